/* TransactWriteItems, TransactGetItems. Source: dynamodb.md section 7. */
#include "services/dynamodb/transactions.h"
#include "emulator/base/crypto.h"
#include "services/dynamodb/dynamodb_store_more.h"
#include "services/dynamodb/throttle.h"

#define MAXIMUM_PAYLOAD_BYTES (4 * 1024 * 1024)
#define TOKEN_WINDOW_MS (10LL * 60 * 1000)

static const char *const part_members[] = {"ConditionCheck", "Put", "Update", "Delete"};

static bool fail(struct call *call, struct result *refusal, const char *message) {
    *refusal = dynamodb_invalid(call, "%s", message);
    return false;
}

static void blame(struct transaction_part *part, const char *code, const char *message) {
    if (!part->code) {
        part->code = code;
        part->message = message;
    }
}

/* Empty key values are the request's fault, whatever else is; other faults cancel the transaction. */
static bool refused_at_once(struct call *call, const struct transaction_part *parts, size_t count,
                            struct result *refusal) {
    for (size_t i = 0; i < count; i++) {
        if (parts[i].code && parts[i].message &&
            text_starts_with(text_of(parts[i].message), "One or more parameter values are not valid.")) {
            *refusal = dynamodb_invalid(call, "%s", parts[i].message);
            return true;
        }
    }
    return false;
}

/* ---- reading ---- */

static bool read_kind(struct call *call, struct input element, struct transaction_part *part,
                      struct result *refusal) {
    int found = 0;
    for (int kind = PART_CHECK; kind <= PART_DELETE; kind++) {
        struct input input = input_structure(element, part_members[kind]);
        if (input.value) {
            found++;
            part->kind = (enum part_kind)kind;
            part->input = input;
        }
    }
    return found == 1 ||
           fail(call, refusal, "TransactItems can only contain one of Check, Put, Update or Delete");
}

static bool read_expressions(struct call *call, struct transaction_part *part, struct result *refusal) {
    static const char *const with_update[] = {"UpdateExpression", "ConditionExpression", NULL};
    static const char *const with_condition[] = {"ConditionExpression", NULL};
    const char *const *expressions = part->kind == PART_UPDATE ? with_update : with_condition;
    const char *message = NULL;
    if (!dynamodb_check_placeholders(call, part->input, expressions, expressions, refusal) ||
        !dynamodb_read_placeholders(call, part->input, true, &part->placeholders, refusal)) {
        return false;
    }
    if (part->kind == PART_UPDATE) {
        part->update =
            update_parse(&part->placeholders, input_text(part->input, "UpdateExpression"), &message);
        if (!part->update) {
            return fail(call, refusal, message);
        }
    }
    return dynamodb_read_condition(call, part->input, "ConditionExpression", ROLE_CONDITION,
                                   &part->placeholders, &part->condition, refusal) &&
           dynamodb_check_used(call, &part->placeholders, refusal);
}

static bool read_values(struct call *call, struct transaction_part *part, struct result *refusal) {
    const char *message = NULL;
    const char *member = part->kind == PART_PUT ? "Item" : "Key";
    struct attribute *values =
        attribute_read_item(call->arena, dynamodb_wording(call), input_value(part->input, member), &message);
    if (!values) {
        return fail(call, refusal, message);
    }
    part->key = values;
    if (part->kind == PART_PUT) {
        part->write.new_item = values;
        return attribute_item_size(values) <= ITEM_MAXIMUM_BYTES ||
               fail(call, refusal, "Item size has exceeded the maximum allowed size");
    }
    return true;
}

static bool read_part(struct call *call, struct input element, struct transaction_part *part,
                      struct result *refusal) {
    return read_kind(call, element, part, refusal) && read_expressions(call, part, refusal) &&
           read_values(call, part, refusal);
}

static void keep_wishes(struct transaction_part *part) {
    part->table_name = input_text(part->input, "TableName");
    part->return_old = part->kind != PART_GET &&
                       text_equals(input_text(part->input, "ReturnValuesOnConditionCheckFailure"), "ALL_OLD");
}

static bool same_place(const struct item_write *a, const struct item_write *b) {
    return a->table->id == b->table->id && text_same(a->key.hash, b->key.hash) &&
           text_same(a->key.range, b->key.range);
}

/* Tables and keys; a key of the wrong form cancels the transaction, two parts for one item refuse it. */
bool transaction_find(struct call *call, struct transaction_part *parts, size_t count,
                      struct result *refusal) {
    bool blamed = false; /* only the first mistake is told */
    for (size_t i = 0; i < count; i++) {
        struct transaction_part *part = &parts[i];
        if (!dynamodb_named_table(call, part->table_name, &part->write.table, refusal)) {
            return false;
        }
        const struct key_schema *schema = &part->write.table->schema;
        const char *message = part->kind == PART_PUT ? key_check_item(call->arena, schema, part->key)
                                                     : key_check(call->arena, schema, part->key);
        if (!message && part->update) {
            message = update_check_keys(call, part->write.table, part->update);
        }
        if (message && !blamed) {
            blame(part, "ValidationError", message);
            blamed = true;
        }
        if (message) {
            part->unusable = true;
            continue;
        }
        (void)key_encode(call->arena, schema, part->key, &part->write.key);
        for (size_t j = 0; j < i; j++) {
            if (!parts[j].unusable && same_place(&parts[j].write, &part->write)) {
                return fail(call, refusal,
                            "Transaction request cannot include multiple operations on one item");
            }
        }
    }
    return true;
}

/* ---- deciding ---- */

void transaction_decide(struct call *call, struct transaction_part *part) {
    const char *message = NULL;
    struct item_write *write = &part->write;
    if (part->code || part->unusable) {
        return;
    }
    item_write_load(call, write, true);
    if (part->condition && !expression_holds(call->arena, part->condition, write->old_item)) {
        blame(part, part->failure_code ? part->failure_code : "ConditionalCheckFailed",
              part->failure_code ? part->failure_message : "The conditional request failed");
        return;
    }
    if (part->kind == PART_UPDATE) {
        const struct attribute *base = write->old.id ? write->old_item : part->key;
        struct attribute *updated =
            update_apply(call->arena, part->update, base, write->old.id != 0, &message);
        if (!updated) {
            blame(part, "ValidationError", message);
            return;
        }
        write->new_item = write->old.id || update_creates(part->update) ? updated : NULL;
    }
    message = part->kind == PART_CHECK ? NULL : item_write_check(call, write, part->kind == PART_UPDATE);
    if (message) {
        blame(part, "ValidationError", message);
    }
}

/* What one part costs. */
static struct consumed price_of(struct call *call, const struct transaction_part *part, bool reading) {
    struct consumed price = {.table = part->write.table};
    const struct item_write *write = &part->write;
    int64_t old_bytes = write->old.id ? write->old.size : 0;
    if (reading) {
        price.units = 2 * read_units(old_bytes, true);
        return price;
    }
    const struct attribute *old_item = write->old.id ? write->old_item : NULL;
    consumed_add_write(call->arena, &price, old_item, part->kind == PART_CHECK ? old_item : write->new_item,
                       old_bytes, write->new_bytes, 2);
    return price;
}

void transaction_pay(struct call *call, struct transaction_part *parts, size_t count, bool reading) {
    bool refused = false;
    for (size_t i = 0; i < count; i++) {
        if (!throttle_is_on(call) || parts[i].code) {
            return; /* cancelled anyway */
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct throttled why;
        struct consumed price = price_of(call, &parts[i], reading);
        if (!throttle_take(call, &price, &why)) {
            blame(&parts[i], throttle_code(&why), throttle_message(&why));
            refused = true;
        }
    }
    for (size_t i = 0; i < count && refused; i++) {
        if (!parts[i].code) {
            struct consumed price = price_of(call, &parts[i], reading);
            throttle_give_back(call, &price);
        }
    }
}

/* The whole answer when at least one part stands in the way. */
bool transaction_cancelled(struct call *call, const struct transaction_part *parts, size_t count,
                           struct result *refusal) {
    struct strbuf codes = STRBUF_INIT;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        strbuf_append_string(&codes, i > 0 ? ", " : "");
        strbuf_append_string(&codes, parts[i].code ? parts[i].code : "None");
        any = any || parts[i].code;
    }
    if (any) {
        *refusal = call_error(
            call, &dynamodb_error_TransactionCanceledException,
            "Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", codes.data);
        struct output *out = call_error_output(call);
        output_begin_list(out, "CancellationReasons");
        for (size_t i = 0; i < count; i++) {
            const struct item_write *write = &parts[i].write;
            output_begin_structure(out, NULL);
            output_string(out, "Code", parts[i].code ? parts[i].code : "None");
            output_string(out, "Message", parts[i].message);
            if (parts[i].code && parts[i].condition && write->old.id && write->old_item &&
                parts[i].return_old) {
                output_json(out, "Item", write->old.text);
            }
            output_end(out);
        }
        output_end(out);
    }
    strbuf_release(&codes);
    return any;
}

/* ---- tokens ---- */

/* What the token stands for: the list of parts as written. */
static struct text digest_of(struct call *call, struct input list) {
    struct strbuf text = STRBUF_INIT;
    json_write(&text, list.value);
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(DIGEST_SHA256, strbuf_text(&text), digest);
    strbuf_release(&text);
    return arena_text(call->arena, (struct text){(const char *)digest, size});
}

enum token_use transaction_use_token(struct call *call, struct text token, struct input list) {
    if (!token.data) {
        return TOKEN_NEW;
    }
    struct text known = dynamodb_store_token(call->store, call->identity.account, call->identity.region,
                                             token, call->now_ms - TOKEN_WINDOW_MS, call->arena);
    return !known.data                               ? TOKEN_NEW
           : text_same(known, digest_of(call, list)) ? TOKEN_REPEATED
                                                     : TOKEN_OF_ANOTHER;
}

void transaction_keep_token(struct call *call, struct text token, struct input list) {
    if (token.data) {
        dynamodb_store_add_token(call->store, call->identity.account, call->identity.region, token,
                                 digest_of(call, list), call->now_ms);
    }
}

struct result transaction_token_mismatch(struct call *call) {
    return call_error(call, &dynamodb_error_IdempotentParameterMismatchException,
                      "The request uses the same client token as a previous, but non-identical request.");
}

/* ---- the answer ---- */

/* One element for each table, in the order of their first parts. */
void transaction_write_costs(struct call *call, struct text mode, const struct transaction_part *parts,
                             size_t count, bool reading) {
    struct output *out = call_output(call);
    if (!wants_capacity(mode)) {
        return;
    }
    output_begin_list(out, "ConsumedCapacity");
    for (size_t i = 0; i < count; i++) {
        struct consumed consumed = {
            .table = parts[i].write.table, .table_name = parts[i].table_name, .in_transaction = true};
        bool first = true;
        for (size_t j = 0; j < i; j++) {
            first = first && parts[j].write.table->id != consumed.table->id;
        }
        for (size_t j = i; first && j < count; j++) {
            if (parts[j].write.table->id == consumed.table->id) {
                struct consumed price = price_of(call, &parts[j], reading);
                consumed_add(call->arena, &consumed, &price);
            }
        }
        if (first) {
            consumed_write(out, NULL, mode, &consumed);
        }
    }
    output_end(out);
}

struct result dynamodb_transact_write_items(struct call *call, struct input input) {
    struct result refusal;
    struct input list = input_list(input, "TransactItems");
    struct transaction_part *parts = arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*parts));
    struct text token = input_text(input, "ClientRequestToken");
    size_t count = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        if (!read_part(call, element, &parts[count], &refusal)) {
            return refusal;
        }
        keep_wishes(&parts[count++]);
    }
    if (list.value->raw.size > MAXIMUM_PAYLOAD_BYTES) {
        return dynamodb_invalid(call, "Transaction payload size cannot exceed 4 MB: the transaction payload "
                                      "size cannot exceed the limit");
    }
    if (!transaction_find(call, parts, count, &refusal) || refused_at_once(call, parts, count, &refusal) ||
        transaction_cancelled(call, parts, count, &refusal)) { /* before any condition is asked */
        return refusal;
    }
    enum token_use use = transaction_use_token(call, token, list);
    if (use == TOKEN_OF_ANOTHER) {
        return transaction_token_mismatch(call);
    }
    for (size_t i = 0; i < count && use == TOKEN_NEW; i++) {
        transaction_decide(call, &parts[i]);
    }
    if (refused_at_once(call, parts, count, &refusal)) {
        return refusal;
    }
    transaction_pay(call, parts, count, use == TOKEN_REPEATED);
    if (transaction_cancelled(call, parts, count, &refusal)) {
        return refusal;
    }
    for (size_t i = 0; i < count && use == TOKEN_NEW; i++) {
        if (parts[i].kind != PART_CHECK) {
            item_write_commit(call, &parts[i].write);
        }
    }
    if (use == TOKEN_NEW) {
        transaction_keep_token(call, token, list);
    }
    transaction_write_costs(call, input_text(input, "ReturnConsumedCapacity"), parts, count,
                            use == TOKEN_REPEATED);
    return result_output();
}

/* ---- TransactGetItems ---- */

static bool read_get(struct call *call, struct input element, struct transaction_part *part,
                     struct result *refusal) {
    static const char *const expressions[] = {"ProjectionExpression", NULL};
    part->kind = PART_GET;
    part->input = input_structure(element, "Get");
    return read_values(call, part, refusal) &&
           dynamodb_check_placeholders(call, part->input, expressions, NULL, refusal) &&
           dynamodb_read_placeholders(call, part->input, false, &part->placeholders, refusal) &&
           dynamodb_read_projection(call, part->input, &part->placeholders, &part->projection, refusal) &&
           dynamodb_check_used(call, &part->placeholders, refusal);
}

static void write_get(struct call *call, const struct transaction_part *part) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    if (part->write.old.id) {
        struct attribute *item = part->write.old_item;
        struct strbuf text = STRBUF_INIT;
        if (part->projection) {
            item = paths_project(call->arena, item, part->projection->paths, part->projection->count);
        }
        if (item) {
            attribute_write_item(&text, item);
        }
        output_json(out, "Item", item ? strbuf_text(&text) : TEXT("{}"));
        strbuf_release(&text);
    }
    output_end(out);
}

struct result dynamodb_transact_get_items(struct call *call, struct input input) {
    struct result refusal;
    struct input list = input_list(input, "TransactItems");
    struct transaction_part *parts = arena_zalloc(call->arena, (input_count(list) + 1) * sizeof(*parts));
    size_t count = 0;
    for (struct input element = input_first(list); element.value; element = input_next(element)) {
        if (!read_get(call, element, &parts[count], &refusal)) {
            return refusal;
        }
        keep_wishes(&parts[count++]);
    }
    if (!transaction_find(call, parts, count, &refusal)) {
        return refusal;
    }
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].code) {
            item_write_load(call, &parts[i].write, true);
        }
    }
    transaction_pay(call, parts, count, true);
    if (transaction_cancelled(call, parts, count, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "Responses");
    for (size_t i = 0; i < count; i++) {
        write_get(call, &parts[i]);
    }
    output_end(call_output(call));
    transaction_write_costs(call, input_text(input, "ReturnConsumedCapacity"), parts, count, true);
    return result_output();
}
