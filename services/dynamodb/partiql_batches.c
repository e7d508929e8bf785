/* BatchExecuteStatement, ExecuteTransaction. Source: dynamodb.md section 11. */
#include "services/dynamodb/partiql_statements.h"
#include "services/dynamodb/throttle.h"

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

/* Of an item that has been loaded. */
static void write_got(struct call *call, struct statement_request *request, const char *member) {
    struct transaction_part *part = &request->part;
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
    struct throttled why;
    if (!partiql_make_part(call, request, &objection)) {
        bool unknown = objection.error == &dynamodb_error_ResourceNotFoundException;
        write_batch_error(call, unknown ? "ResourceNotFound" : "ValidationError", objection.message, NULL);
        return;
    }
    (void)transaction_find(call, part, 1, &refusal); /* one part: nothing to refuse */
    if (part->kind == PART_GET) {
        if (!part->code) {
            item_write_load(call, &part->write, true);
            struct consumed price = {
                .table = part->write.table,
                .units = read_units(part->write.old.id ? part->write.old.size : 0,
                                    input_boolean(request->input, "ConsistentRead", false)),
            };
            if (throttle_take(call, &price, &why)) {
                request->price = price;
            } else {
                part->code = throttle_code(&why);
                part->message = throttle_message(&why);
            }
        }
        if (part->code) {
            write_batch_error(call, part->code, part->message, NULL);
        } else {
            write_got(call, request, "Item");
        }
        output_text(call_output(call), "TableName", request->statement->table);
        return;
    }
    partiql_decide(call, request);
    struct consumed price = item_write_price(call, &part->write, 1, part->code != NULL);
    if (throttle_take(call, &price, &why)) {
        request->price = price;
    } else {
        part->code = throttle_code(&why);
        part->message = throttle_message(&why);
    }
    if (part->code) {
        write_batch_error(call, part->code, part->message, part);
    } else {
        item_write_commit(call, &part->write);
        partiql_write_returned(call, request, "Item");
    }
    output_text(call_output(call), "TableName", request->statement->table);
}

/* The sum of each table. */
static void write_batch_costs(struct call *call, struct text mode, const struct statement_request *requests,
                              size_t count) {
    struct output *out = call_output(call);
    if (!wants_capacity(mode)) {
        return;
    }
    output_begin_list(out, "ConsumedCapacity");
    for (size_t i = 0; i < count; i++) {
        struct consumed sum = {.table = requests[i].price.table};
        bool first = sum.table != NULL;
        for (size_t j = 0; j < i; j++) {
            first = first && (!requests[j].price.table || requests[j].price.table->id != sum.table->id);
        }
        for (size_t j = i; first && j < count; j++) {
            if (requests[j].price.table && requests[j].price.table->id == sum.table->id) {
                consumed_add(call->arena, &sum, &requests[j].price);
            }
        }
        if (first) {
            sum.table_name = requests[i].statement->table;
            consumed_write(out, NULL, mode, &sum);
        }
    }
    output_end(out);
}

struct result dynamodb_batch_execute_statement(struct call *call, struct input input) {
    struct input list = input_list(input, "Statements");
    struct output *out = call_output(call);
    struct statement_request *requests =
        arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*requests));
    const char **messages = arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*messages));
    size_t count = 0, reads = 0, writes = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        if (partiql_read(call, element, &requests[count], &messages[count])) {
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
    write_batch_costs(call, input_text(input, "ReturnConsumedCapacity"), requests, count);
    return result_output();
}

/* ---- ExecuteTransaction ---- */

/* What no statement of a transaction may ask for; NULL: nothing of that. */
static const char *check_in_transaction(const struct statement_request *request) {
    const struct partiql *statement = request->statement;
    if (statement->returning != RETURNING_NOTHING) {
        return "RETURNING clause is not supported in ExecuteTransaction.";
    }
    if (statement->index.data) {
        return "Reads on indices are not supported within transactions.";
    }
    return NULL;
}

/* EXISTS asks for more than the item. */
static const char *check_exists(const struct statement_request *request) {
    const struct node *where = request->statement->where;
    if (request->statement->kind != PARTIQL_EXISTS || !where) {
        return NULL;
    }
    const struct key_schema *schema = &request->part.write.table->schema;
    size_t conditions = where->kind == NODE_AND ? where->count : 1;
    return conditions > schema->hash_count + schema->range_count
               ? NULL
               : "EXISTS() must contain a single item read with additional condition";
}

static bool refuse_statement(struct call *call, size_t at, const char *message, struct result *refusal) {
    *refusal = dynamodb_invalid(call, "Validation failed in TransactStatements[%zu]: %s", at, message);
    return false;
}

static bool read_transaction(struct call *call, struct input list, struct statement_request *requests,
                             size_t *count, struct result *refusal) {
    size_t reads = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        const char *message = NULL;
        if (!partiql_read(call, element, &requests[*count], &message)) {
            *refusal = dynamodb_invalid(call, "%s", message);
            return false;
        }
        reads += requests[*count].statement->kind == PARTIQL_SELECT;
        struct objection objection;
        message = check_in_transaction(&requests[*count]);
        if (message) {
            return refuse_statement(call, *count, message, refusal);
        }
        if (!partiql_make_part(call, &requests[*count], &objection)) {
            if (objection.error == &error_validation_exception) {
                return refuse_statement(call, *count, objection.message, refusal);
            }
            *refusal = call_error(call, objection.error, "%s", objection.message);
            return false;
        }
        message = check_exists(&requests[*count]);
        if (message) {
            return refuse_statement(call, *count, message, refusal);
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
        if (reads) {
            item_write_load(call, &requests[i].part.write, true);
        } else if (use == TOKEN_NEW) {
            partiql_decide(call, &requests[i]);
        }
        parts[i] = requests[i].part;
    }
    transaction_pay(call, parts, count, reads);
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
    transaction_write_costs(call, input_text(input, "ReturnConsumedCapacity"), parts, count,
                            reads || use == TOKEN_REPEATED);
    return result_output();
}
