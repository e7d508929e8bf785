/* ExecuteStatement, BatchExecuteStatement, ExecuteTransaction. Source: dynamodb.md section 11. */
#include "emulator/base/crypto.h"
#include "services/dynamodb/key_condition.h"
#include "services/dynamodb/page.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/transactions.h"

struct statement_request {
    struct partiql *statement;
    struct input input;
    struct page page;             /* reads */
    struct transaction_part part; /* writes, EXISTS */
};

static bool parse(struct call *call, struct input input, struct statement_request *request,
                  const char **message) {
    request->input = input;
    request->statement =
        partiql_parse(call->arena, input_text(input, "Statement"), input_value(input, "Parameters"), message);
    return request->statement != NULL;
}

/* ---- conditions on keys ---- */

static bool is_constant_condition(const struct node *node, const struct key_schema *schema) {
    bool indexable = node->kind == NODE_EQ || (node->kind >= NODE_LT && node->kind <= NODE_BETWEEN) ||
                     node->kind == NODE_BEGINS_WITH;
    if (!indexable || node->first->kind != NODE_PATH || node->first->path.count != 1 ||
        !key_schema_has(schema, node->first->path.steps[0].name)) {
        return false;
    }
    for (const struct node *operand = node->first->next; operand; operand = operand->next) {
        if (operand->kind != NODE_VALUE) {
            return false;
        }
    }
    return true;
}

static struct node *shallow_copy(struct arena *arena, const struct node *node) {
    struct node *copy = node_new(arena, node->kind);
    *copy = *node;
    copy->next = NULL;
    return copy;
}

/* Those parts of the WHERE that key conditions can use. */
static struct node *key_conditions(struct arena *arena, const struct node *where,
                                   const struct key_schema *schema) {
    struct node *all = node_new(arena, NODE_AND);
    if (where && where->kind == NODE_AND) {
        for (const struct node *operand = where->first; operand; operand = operand->next) {
            if (is_constant_condition(operand, schema)) {
                node_add(all, shallow_copy(arena, operand));
            }
        }
    } else if (where && is_constant_condition(where, schema)) {
        node_add(all, shallow_copy(arena, where));
    }
    return all;
}

/* The whole key by equality, as a map; NULL: the WHERE does not fix it. */
static struct attribute *key_of_where(struct arena *arena, const struct node *where,
                                      const struct key_schema *schema) {
    struct attribute *key = attribute_new(arena, ATTRIBUTE_M);
    struct node *all = key_conditions(arena, where, schema);
    for (const struct node *node = all->first; node; node = node->next) {
        struct text name = node->first->path.steps[0].name;
        if (node->kind == NODE_EQ && !attribute_find(key, name)) {
            attribute_append(key, attribute_named(arena, node->first->next->value, name));
        }
    }
    return key->count == schema->hash_count + schema->range_count ? key : NULL;
}

/* ---- SELECT ---- */

static bool find_index(struct call *call, struct statement_request *request, const char **message) {
    struct page *page = &request->page;
    page->schema = &page->table->schema;
    if (request->statement->index.data) {
        page->index = table_index(page->table, request->statement->index);
        if (!page->index) {
            *message = "The table does not have the specified index";
            return false;
        }
        page->schema = &page->index->schema;
        if (page->index->global && page->consistent) {
            *message = "Consistent reads are not supported on global secondary indexes";
            return false;
        }
    }
    (void)call;
    return true;
}

/* Rows of a query where the WHERE fixes the hash key, else of a scan. */
static struct statement *select_rows(struct call *call, struct statement_request *request,
                                     const char **message) {
    struct page *page = &request->page;
    struct key_range range = {0};
    struct item_place start;
    struct node *keys = key_conditions(call->arena, request->statement->where, page->schema);
    bool forward = !request->statement->descending;
    if (page->start && !page_start(call, page, &start)) {
        *message = "Invalid NextToken";
        return NULL;
    }
    if (keys->count > 0 && !key_condition_read(call->arena, keys, page->schema, &range)) {
        struct item_place from = {.range = range.bounds.from, .base = TEXT("")};
        struct item_place to = {.range = range.bounds.to, .base = TEXT("")};
        if (page->start && forward) {
            from.range = page->index ? start.range : key_after(call->arena, start.range);
            from.base = start.base;
        } else if (page->start) {
            to.range = start.range;
            to.base = start.base;
        }
        return dynamodb_store_query(call->store, page->table, page->index, &range.key, &from, &to, forward);
    }
    struct item_place after = {.slot = -1, .hash = TEXT(""), .range = TEXT(""), .base = TEXT("")};
    return dynamodb_store_scan(call->store, page->table, page->index, page->start ? &start : &after,
                               KEY_SLOTS);
}

static bool read_next_token(struct call *call, struct text token, struct page *page) {
    struct strbuf text = STRBUF_INIT;
    const char *message = NULL;
    bool good = crypto_append_unbase64(&text, token);
    struct json_value *json =
        good ? json_parse(call->arena, arena_text(call->arena, strbuf_text(&text)), NULL) : NULL;
    good = json && json->type == JSON_VALUE_OBJECT;
    for (const struct json_value *member = good ? json->child : NULL; member; member = member->next) {
        good = good && member->type == JSON_VALUE_OBJECT && member->child &&
               member->child->type == JSON_VALUE_STRING;
    }
    page->start = good ? attribute_read_item(call->arena, json, &message) : NULL;
    strbuf_release(&text);
    return page->start != NULL;
}

static void write_next_token(struct call *call, const struct attribute *last) {
    struct strbuf json = STRBUF_INIT, token = STRBUF_INIT;
    attribute_write_item(&json, last);
    crypto_append_base64(&token, strbuf_text(&json));
    output_text(call_output(call), "NextToken", strbuf_text(&token));
    strbuf_release(&json);
    strbuf_release(&token);
}

static struct result execute_select(struct call *call, struct statement_request *request) {
    struct result refusal;
    struct page_state state = {0};
    struct page *page = &request->page;
    struct output *out = call_output(call);
    const char *message = NULL;
    if (!dynamodb_named_table(call, request->statement->table, &page->table, &refusal)) {
        return refusal;
    }
    page->filter = request->statement->where;
    page->projection = request->statement->projection;
    page->consistent = input_boolean(request->input, "ConsistentRead", false);
    page->limit = input_integer(request->input, "Limit", 0);
    if (input_has(request->input, "NextToken") &&
        !read_next_token(call, input_text(request->input, "NextToken"), page)) {
        return dynamodb_invalid(call, "Invalid NextToken");
    }
    struct statement *rows =
        find_index(call, request, &message) ? select_rows(call, request, &message) : NULL;
    if (!rows) {
        return dynamodb_invalid(call, "%s", message);
    }
    output_begin_list(out, "Items");
    page_read_rows(call, page, rows, &state);
    output_end(out);
    if (state.last) {
        write_next_token(call, state.last);
    }
    page_write_consumed(call, input_text(request->input, "ReturnConsumedCapacity"), request->statement->table,
                        page, &state);
    return result_output();
}

/* ---- writes as parts of a transaction of one or many ---- */

/* Why a statement cannot be tried; not yet an answer, since a batch goes on. */
struct objection {
    const struct error_shape *error;
    const char *message;
};

static struct table *find_table(struct call *call, struct text reference) {
    const char *account, *region;
    struct text name;
    time_to_live_sweep(call);
    bool known = dynamodb_table_reference(call, reference, &account, &region, &name);
    return known ? table_find(dynamodb_state_of(call), account, region, name) : NULL;
}

static bool make_part(struct call *call, struct statement_request *request, struct objection *objection) {
    const struct partiql *statement = request->statement;
    struct transaction_part *part = &request->part;
    static const enum part_kind kinds[] = {[PARTIQL_SELECT] = PART_GET,
                                           [PARTIQL_INSERT] = PART_PUT,
                                           [PARTIQL_UPDATE] = PART_UPDATE,
                                           [PARTIQL_DELETE] = PART_DELETE,
                                           [PARTIQL_EXISTS] = PART_CHECK};
    *part = (struct transaction_part){.kind = kinds[statement->kind],
                                      .input = request->input,
                                      .table_name = statement->table,
                                      .update = statement->update,
                                      .projection = statement->projection};
    part->return_old =
        text_equals(input_text(request->input, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
    part->write.table = find_table(call, statement->table);
    if (!part->write.table) {
        *objection =
            (struct objection){&dynamodb_error_ResourceNotFoundException, "Requested resource not found"};
        return false;
    }
    const struct key_schema *schema = &part->write.table->schema;
    if (statement->kind == PARTIQL_INSERT) {
        part->key = part->write.new_item = statement->item;
        part->failure_code = "DuplicateItem";
        part->failure_message = "Duplicate primary key exists in table";
        part->condition = node_new(call->arena, NODE_ATTRIBUTE_NOT_EXISTS);
        node_add(part->condition, node_path(call->arena, path_of_name(call->arena, schema->parts[0].name)));
        return true;
    }
    part->key = key_of_where(call->arena, statement->where, schema);
    if (!part->key) {
        objection->error = &error_validation_exception;
        objection->message = statement->kind == PARTIQL_SELECT
                                 ? "Select statements within BatchExecuteStatement must specify the primary "
                                   "key in the where clause."
                                 : "Where clause does not contain a mandatory equality on all key attributes";
        return false;
    }
    part->condition = statement->where;
    return true;
}

/* DELETE of an item that is not there does nothing and is no failure. */
static void decide(struct call *call, struct statement_request *request) {
    struct transaction_part *part = &request->part;
    if (part->kind == PART_DELETE && !part->code) {
        item_write_load(call, &part->write, false);
        if (!part->write.old.id) {
            part->condition = NULL;
        }
    }
    transaction_decide(call, part);
}

static void write_returned(struct call *call, const struct statement_request *request) {
    const struct item_write *write = &request->part.write;
    const struct update *update = request->statement->update;
    const struct attribute *item = NULL;
    switch (request->statement->returning) {
    case RETURNING_NOTHING:
        return;
    case RETURNING_ALL_OLD:
        item = write->old.id ? write->old_item : NULL;
        break;
    case RETURNING_ALL_NEW:
        item = write->new_item;
        break;
    case RETURNING_MODIFIED_OLD:
        item = update ? paths_project(call->arena, write->old_item, update->paths, update->path_count) : NULL;
        break;
    case RETURNING_MODIFIED_NEW:
        item = update ? paths_project(call->arena, write->new_item, update->paths, update->path_count) : NULL;
        break;
    }
    if (item) {
        struct strbuf text = STRBUF_INIT;
        attribute_write_item(&text, item);
        output_json(call_output(call), NULL, strbuf_text(&text));
        strbuf_release(&text);
    }
}

/* The error of one statement by itself. */
static struct result single_failure(struct call *call, const struct transaction_part *part) {
    if (strcmp(part->code, "DuplicateItem") == 0) {
        return call_error(call, &dynamodb_error_DuplicateItemException, "%s", part->message);
    }
    if (strcmp(part->code, "ConditionalCheckFailed") == 0) {
        struct result result =
            call_error(call, &dynamodb_error_ConditionalCheckFailedException, "%s", part->message);
        if (part->return_old && part->write.old.id) {
            output_json(call_error_output(call), "Item", part->write.old.text);
        }
        return result;
    }
    return dynamodb_invalid(call, "%s", part->message);
}

struct result dynamodb_execute_statement(struct call *call, struct input input) {
    struct result refusal;
    struct statement_request request = {0};
    const char *message = NULL;
    if (!parse(call, input, &request, &message)) {
        return dynamodb_invalid(call, "%s", message);
    }
    if (request.statement->kind == PARTIQL_SELECT) {
        return execute_select(call, &request);
    }
    if (request.statement->kind == PARTIQL_EXISTS) {
        return dynamodb_invalid(call, "EXISTS is supported in transactions only");
    }
    struct objection objection;
    if (!make_part(call, &request, &objection)) {
        return call_error(call, objection.error, "%s", objection.message);
    }
    if (!transaction_find(call, &request.part, 1, &refusal)) {
        return refusal;
    }
    decide(call, &request);
    if (request.part.code) {
        return single_failure(call, &request.part);
    }
    item_write_commit(call, &request.part.write);
    output_begin_list(call_output(call), "Items");
    write_returned(call, &request);
    output_end(call_output(call));
    struct text mode = input_text(input, "ReturnConsumedCapacity");
    const struct item_write *write = &request.part.write;
    struct consumed consumed = {.table = write->table, .table_name = request.statement->table};
    consumed_add_write(call->arena, &consumed, write->old.id ? write->old_item : NULL, write->new_item,
                       write->old.id ? write->old.size : 0, write->new_bytes, 1);
    consumed_write(call_output(call), "ConsumedCapacity", mode, &consumed);
    return result_output();
}

/* ---- BatchExecuteStatement ---- */

static void write_batch_error(struct call *call, const char *code, const char *message,
                              const struct transaction_part *part) {
    struct output *out = call_output(call);
    output_begin_structure(out, "Error");
    output_string(out, "Code", code);
    output_string(out, "Message", message);
    if (part && part->return_old && part->write.old.id && part->write.old_item) {
        output_json(out, "Item", part->write.old.text);
    }
    output_end(out);
}

static void write_got(struct call *call, struct statement_request *request, const char *member) {
    struct transaction_part *part = &request->part;
    item_write_load(call, &part->write, true);
    bool found = part->write.old.id &&
                 (!part->condition || expression_holds(call->arena, part->condition, part->write.old_item));
    if (!found) {
        return;
    }
    struct attribute *item = part->write.old_item;
    struct strbuf text = STRBUF_INIT;
    if (part->projection) {
        item = paths_project(call->arena, item, part->projection->paths, part->projection->count);
    }
    if (item) {
        attribute_write_item(&text, item);
    }
    output_json(call_output(call), member, item ? strbuf_text(&text) : TEXT("{}"));
    strbuf_release(&text);
}

/* One statement, for itself: what goes wrong stays its own affair. */
static void execute_in_batch(struct call *call, struct statement_request *request) {
    struct result refusal;
    struct transaction_part *part = &request->part;
    struct objection objection;
    if (!make_part(call, request, &objection)) {
        bool unknown = objection.error == &dynamodb_error_ResourceNotFoundException;
        write_batch_error(call, unknown ? "ResourceNotFound" : "ValidationError", objection.message, NULL);
        return;
    }
    (void)transaction_find(call, part, 1, &refusal); /* one part: nothing to refuse */
    if (part->kind == PART_GET) {
        if (part->code) {
            write_batch_error(call, part->code, part->message, NULL);
        } else {
            write_got(call, request, "Item");
        }
        output_text(call_output(call), "TableName", request->statement->table);
        return;
    }
    decide(call, request);
    if (part->code) {
        write_batch_error(call, part->code, part->message, part);
    } else {
        item_write_commit(call, &part->write);
    }
    output_text(call_output(call), "TableName", request->statement->table);
}

struct result dynamodb_batch_execute_statement(struct call *call, struct input input) {
    struct input list = input_list(input, "Statements");
    struct output *out = call_output(call);
    struct statement_request *requests =
        arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*requests));
    const char **messages = arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*messages));
    size_t count = 0, reads = 0, writes = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        if (parse(call, element, &requests[count], &messages[count])) {
            bool read = requests[count].statement->kind == PARTIQL_SELECT;
            reads += read;
            writes += !read;
        }
        count++;
    }
    if (reads > 0 && writes > 0) {
        return dynamodb_invalid(call, "Batch statements must be either all reads or all writes");
    }
    output_begin_list(out, "Responses");
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(out, NULL);
        if (messages[i]) {
            write_batch_error(call, "ValidationError", messages[i], NULL);
        } else {
            execute_in_batch(call, &requests[i]);
        }
        output_end(out);
    }
    output_end(out);
    return result_output();
}

/* ---- ExecuteTransaction ---- */

static bool read_transaction(struct call *call, struct input list, struct statement_request *requests,
                             size_t *count, struct result *refusal) {
    size_t reads = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        const char *message = NULL;
        if (!parse(call, element, &requests[*count], &message)) {
            *refusal = dynamodb_invalid(call, "%s", message);
            return false;
        }
        reads += requests[*count].statement->kind == PARTIQL_SELECT;
        struct objection objection;
        if (!make_part(call, &requests[*count], &objection)) {
            *refusal = call_error(call, objection.error, "%s", objection.message);
            return false;
        }
        (*count)++;
    }
    if (reads > 0 && reads < *count) {
        *refusal = dynamodb_invalid(
            call, "ExecuteTransaction API does not support both read and write operations in "
                  "the same request");
        return false;
    }
    return true;
}

static void answer_reads(struct call *call, struct statement_request *requests, size_t count) {
    struct output *out = call_output(call);
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(out, NULL);
        write_got(call, &requests[i], "Item");
        output_end(out);
    }
}

struct result dynamodb_execute_transaction(struct call *call, struct input input) {
    struct result refusal;
    struct input list = input_list(input, "TransactStatements");
    struct text token = input_text(input, "ClientRequestToken");
    size_t count = 0, size = input_count(list) + 1;
    struct statement_request *requests = arena_zalloc(call->arena, size * sizeof(*requests));
    struct transaction_part *parts = arena_zalloc(call->arena, size * sizeof(*parts));
    if (!read_transaction(call, list, requests, &count, &refusal)) {
        return refusal;
    }
    for (size_t i = 0; i < count; i++) {
        parts[i] = requests[i].part;
    }
    if (!transaction_find(call, parts, count, &refusal)) {
        return refusal;
    }
    enum token_use use = transaction_use_token(call, token, list);
    if (use == TOKEN_OF_ANOTHER) {
        return transaction_token_mismatch(call);
    }
    bool reads = count > 0 && parts[0].kind == PART_GET;
    for (size_t i = 0; i < count; i++) {
        requests[i].part = parts[i];
        if (!reads && use == TOKEN_NEW) {
            decide(call, &requests[i]);
            parts[i] = requests[i].part;
        }
    }
    if (transaction_cancelled(call, parts, count, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "Responses");
    if (reads) {
        answer_reads(call, requests, count);
    }
    output_end(call_output(call));
    for (size_t i = 0; i < count && !reads && use == TOKEN_NEW; i++) {
        if (parts[i].kind != PART_CHECK) {
            item_write_commit(call, &parts[i].write);
        }
    }
    if (!reads && use == TOKEN_NEW) {
        transaction_keep_token(call, token, list);
    }
    transaction_write_costs(call, input_text(input, "ReturnConsumedCapacity"), parts, count, reads);
    return result_output();
}
