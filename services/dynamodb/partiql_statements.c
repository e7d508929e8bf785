/* ExecuteStatement, and statements as parts of batches and transactions. Source: dynamodb.md section 11. */
#include "services/dynamodb/partiql_statements.h"
#include "emulator/base/crypto.h"
#include "services/dynamodb/key_condition.h"
#include "services/dynamodb/page.h"

bool partiql_read(struct call *call, struct input input, struct statement_request *request,
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

#define MANY_KEYS                                                                                            \
    "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute "     \
    "RANGE "                                                                                                 \
    "keys."

static bool has_many_keys(const struct table_index *index) {
    return index && index->global && (index->schema.hash_count > 1 || index->schema.range_count > 1);
}

/* The top-level attributes under a condition that the index lacks. */
static const char *unheld(struct arena *arena, const struct page *page, const struct node *node,
                          const char *list) {
    if (node->kind == NODE_PATH && !table_index_holds(page->table, page->index, node->path.steps[0].name)) {
        return arena_printf(arena, "%s%s%.*s", list, list[0] ? ", " : "",
                            TEXT_ARGUMENTS(node->path.steps[0].name));
    }
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        list = unheld(arena, page, operand, list);
    }
    return list;
}

/* Does the condition hold the hash key of the index fast: by equality or a choice? */
static bool fixes_hash_key(const struct node *node, const struct page *page) {
    return (node->kind == NODE_EQ || node->kind == NODE_IN) && node->first->kind == NODE_PATH &&
           node->first->path.count == 1 &&
           text_same(node->first->path.steps[0].name, page->schema->parts[0].name);
}

/* A read by the key of an index cannot filter by what the index lacks; a scan of it finds nothing. */
static const char *check_filter(struct arena *arena, const struct page *page) {
    const struct node *where = page->filter;
    const char *list = "";
    bool keyed = false;
    if (!where || where->kind != NODE_AND) {
        return NULL;
    }
    for (const struct node *operand = where->first; operand; operand = operand->next) {
        keyed = keyed || fixes_hash_key(operand, page);
        list = unheld(arena, page, operand, list);
    }
    return keyed && list[0]
               ? arena_printf(arena,
                              "One or more parameter values were invalid: Secondary index %.*s does "
                              "not project one or more filter attributes: [%s]",
                              TEXT_ARGUMENTS(page->index->name), list)
               : NULL;
}

static const char *check_index(struct call *call, struct page *page) {
    struct result refusal;
    if (has_many_keys(page->index)) {
        return MANY_KEYS;
    }
    if (page->index->global && page->consistent) {
        return "Strongly consistent read is not supported on Global Secondary Indexes";
    }
    const char *message = check_filter(call->arena, page);
    return message || page_check_projection(call, page, &refusal) ? message : refusal.message;
}

static bool find_index(struct call *call, struct statement_request *request, const char **message) {
    struct page *page = &request->page;
    page->schema = &page->table->schema;
    if (request->statement->index.data) {
        page->index = table_index(page->table, request->statement->index);
        page->schema = page->index ? &page->index->schema : page->schema;
        *message = page->index ? check_index(call, page) : "The table does not have the specified index";
    }
    *message = *message ? *message : request->statement->not_selectable;
    return !*message;
}

/* Rows of a query where the WHERE fixes the hash key, else of a scan. */
static struct statement *select_rows(struct call *call, struct statement_request *request,
                                     const char **message) {
    struct page *page = &request->page;
    struct key_range range = {0};
    struct item_place start;
    struct node *keys = key_conditions(call->arena, request->statement->where, page->schema);
    bool forward = !request->statement->descending;
    const char *ignored = NULL;
    if (page->start && !page_start(call, page, &start, &ignored)) {
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
    page->start = good ? attribute_read_item(call->arena, WORDING_OLDER, json, &message) : NULL;
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
    return page_write_consumed(call, input_text(request->input, "ReturnConsumedCapacity"),
                               request->statement->table, page, &state, &refusal)
               ? result_output()
               : refusal;
}

/* ---- writes as parts of a transaction of one or many ---- */

static struct table *find_table(struct call *call, struct text reference) {
    const char *account, *region;
    struct text name;
    time_to_live_sweep(call);
    bool known = dynamodb_table_reference(call, reference, &account, &region, &name);
    return known ? table_find(dynamodb_state_of(call), account, region, name) : NULL;
}

/* No matter for a read of one item. */
static bool asks_existence(const struct node *where) {
    for (const struct node *node = where && where->kind == NODE_AND ? where->first : where; node;
         node = node->next) {
        if (node->kind == NODE_ATTRIBUTE_EXISTS || node->kind == NODE_ATTRIBUTE_NOT_EXISTS) {
            return true;
        }
    }
    return false;
}

bool partiql_make_part(struct call *call, struct statement_request *request, struct objection *objection) {
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
    if (statement->index.data && has_many_keys(table_index(part->write.table, statement->index))) {
        *objection = (struct objection){&error_validation_exception, MANY_KEYS};
        return false;
    }
    if (statement->kind == PARTIQL_INSERT) {
        part->key = part->write.new_item = statement->item;
        part->failure_code = "DuplicateItem";
        part->failure_message = "Duplicate primary key exists in table";
        part->condition = node_new(call->arena, NODE_ATTRIBUTE_NOT_EXISTS);
        node_add(part->condition, node_path(call->arena, path_of_name(call->arena, schema->parts[0].name)));
        return true;
    }
    bool exact = statement->kind != PARTIQL_SELECT ||
                 (!statement->index.data && !statement->not_selectable && !asks_existence(statement->where));
    part->key = exact ? key_of_where(call->arena, statement->where, schema) : NULL;
    if (!part->key) {
        objection->error = &error_validation_exception;
        objection->message =
            statement->kind == PARTIQL_SELECT
                ? arena_printf(
                      call->arena,
                      "Select statements within %s must specify the primary key in the where clause.",
                      call->operation->name)
                : "Where clause does not contain a mandatory equality on all key attributes";
        return false;
    }
    part->condition = statement->where;
    return true;
}

/* DELETE of an item that is not there does nothing and is no failure. */
void partiql_decide(struct call *call, struct statement_request *request) {
    struct transaction_part *part = &request->part;
    if (part->kind == PART_DELETE && !part->code) {
        item_write_load(call, &part->write, false);
        if (!part->write.old.id) {
            part->condition = NULL;
        }
    }
    transaction_decide(call, part);
}

void partiql_write_returned(struct call *call, const struct statement_request *request, const char *member) {
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
        output_json(call_output(call), member, strbuf_text(&text));
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
    if (!partiql_read(call, input, &request, &message)) {
        return dynamodb_invalid(call, "%s", message);
    }
    if (request.statement->kind == PARTIQL_SELECT) {
        return execute_select(call, &request);
    }
    if (request.statement->kind == PARTIQL_EXISTS) {
        return dynamodb_invalid(call, "EXISTS is supported in transactions only");
    }
    struct objection objection;
    if (!partiql_make_part(call, &request, &objection)) {
        return call_error(call, objection.error, "%s", objection.message);
    }
    if (!transaction_find(call, &request.part, 1, &refusal)) {
        return refusal;
    }
    partiql_decide(call, &request);
    if (!item_write_admitted(call, &request.part.write, request.part.code != NULL, &refusal)) {
        return refusal;
    }
    if (request.part.code) {
        return single_failure(call, &request.part);
    }
    item_write_commit(call, &request.part.write);
    output_begin_list(call_output(call), "Items");
    partiql_write_returned(call, &request, NULL);
    output_end(call_output(call));
    struct text mode = input_text(input, "ReturnConsumedCapacity");
    const struct item_write *write = &request.part.write;
    struct consumed consumed = item_write_price(call, write, 1, false);
    consumed.table_name = request.statement->table;
    consumed_write(call_output(call), "ConsumedCapacity", mode, &consumed);
    return result_output();
}
