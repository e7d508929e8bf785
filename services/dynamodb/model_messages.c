/* What is said when a request breaks the model's constraints: AWS moves operation by operation to another
 * front, which tells some of them in words of its own. Source: dynamodb.md section 0. */
#include "services/dynamodb/dynamodb.h"

/* Levels of JSON: about 62 lists and maps of a value. */
#define DEEPEST 128
#define ONE_ERROR "1 validation error detected: "

/* Of any operation: the member need not be in its model. */
static const struct json_value *given(struct input input, const char *member) {
    const struct json_value *value = json_find(input.value, member);
    return value && value->type != JSON_VALUE_NULL ? value : NULL;
}

static bool is_return_value(struct text wanted) {
    static const char *const values[] = {"NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (text_equals(wanted, values[i])) {
            return true;
        }
    }
    return !wanted.data;
}

/* Levels of lists and maps of the request, up to a limit. */
static int depth_of(const struct json_value *value, int limit) {
    int deepest = 0;
    for (const struct json_value *child = value->child; child && deepest < limit; child = child->next) {
        int depth = 1 + depth_of(child, limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

#define RETURN_VALUES                                                                                        \
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, "     \
    "UPDATE_NEW, NONE]"

/* The same message, with what it says about ReturnValues in those words. */
static const char *with_return_values(struct call *call, struct text wanted, const char *message) {
    const char *old =
        arena_printf(call->arena, "Value '%.*s' at 'returnValues' failed", TEXT_ARGUMENTS(wanted));
    const char *begin = strstr(message, old);
    const char *end = begin ? strchr(begin, ']') : NULL;
    return end ? arena_printf(call->arena, "%.*s" RETURN_VALUES "%s", (int)(begin - message), message,
                              end + 1)
               : NULL;
}

/* Writers of items that are not nested too deeply go through a front of 2026: it stops at an empty name and
 * at an unknown ReturnValues. Source: dynamodb.md section 0. */
static const char *newer_front(struct call *call, struct input input, const char *message) {
    static const char *const writers[] = {"PutItem", "UpdateItem", "DeleteItem", "GetItem", NULL};
    bool complete = given(input, "Key") || given(input, "Item");
    if (!dynamodb_is_one_of(call, writers) || !complete || depth_of(input.value, DEEPEST + 1) > DEEPEST) {
        return NULL;
    }
    const struct json_value *name = given(input, "TableName");
    if (name && name->text.size == 0) {
        return ONE_ERROR "Value at 'TableName' failed to satisfy constraint: Member must have length greater "
                         "than or equal to 1";
    }
    const struct json_value *wanted = given(input, "ReturnValues");
    if (!wanted || is_return_value(wanted->text)) {
        return NULL;
    }
    return strcmp(call->operation->name, "UpdateItem") == 0 ? ONE_ERROR RETURN_VALUES
                                                            : with_return_values(call, wanted->text, message);
}

/* The map is told as JSON, by this operation alone. */
static const char *with_json_map(struct call *call, const struct json_value *map, const char *message) {
    const char *begin = strchr(message, '\'');
    const char *end = strstr(message, "' at 'requestItems'");
    if (!begin || !end || !strstr(end, "Map keys must satisfy")) {
        return NULL;
    }
    struct strbuf text = STRBUF_INIT;
    strbuf_append(&text, message, (size_t)(begin + 1 - message));
    json_write(&text, map);
    strbuf_append_string(&text, end);
    const char *told = arena_text_string(call->arena, strbuf_text(&text));
    strbuf_release(&text);
    return told;
}

static const char *batch_get_message(struct call *call, struct input input, const char *message) {
    struct input tables = input_map(input, "RequestItems");
    if (tables.value && tables.value->count == 0) {
        return ONE_ERROR "Value at 'RequestItems' failed to satisfy constraint: Member must have length "
                         "greater than or equal to 1";
    }
    for (struct input table = tables.value ? input_first(tables) : tables; table.value;
         table = input_next(table)) {
        const struct json_value *keys = input_value(table, "Keys");
        if (keys && (keys->count == 0 || keys->count > 100)) {
            return arena_printf(call->arena,
                                ONE_ERROR "Value at 'RequestItems.%.*s.member.Keys' failed to satisfy "
                                          "constraint: Member must have length %s than or equal to %d",
                                TEXT_ARGUMENTS(input_key(table)), keys->count ? "less" : "greater",
                                keys->count ? 100 : 1);
        }
    }
    return tables.value ? with_json_map(call, tables.value, message) : NULL;
}

/* Bad names are told when nothing else is. */
static const char *batch_write_message(struct call *call, struct input input, const char *message) {
    const struct json_value *tables = input_value(input, "RequestItems");
    const char *names = strstr(message, "Map keys must satisfy");
    const char *others = names ? strstr(names, "]; ") : NULL;
    if (tables && tables->count == 0) {
        return "The requestItems parameter is required for BatchWriteItem";
    }
    if (!others) {
        return NULL;
    }
    bool one = message[0] == '2';
    return arena_printf(call->arena, "%c validation error%s detected: %s", message[0] - 1, one ? "" : "s",
                        others + 3);
}

static const char *newer_message(struct call *call, struct input input, const char *message) {
    const char *name = call->operation->name;
    if (strcmp(name, "BatchGetItem") == 0) {
        return batch_get_message(call, input, message);
    }
    if (strcmp(name, "BatchWriteItem") == 0) {
        return batch_write_message(call, input, message);
    }
    if (strcmp(name, "Query") == 0 && strstr(message, "at 'conditionalOperator'") &&
        input_value(input, "QueryFilter") && input_value(input, "QueryFilter")->count > 1) {
        return "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]";
    }
    if (text_starts_with(text_of(message), ONE_ERROR) &&
        strstr(message, "at 'tableClass' failed to satisfy")) {
        return "Invalid table-class parameter provided. Please try again with a valid table-class value: "
               "[STANDARD, STANDARD_INFREQUENT_ACCESS].";
    }
    if (strcmp(name, "Query") == 0 && text_starts_with(text_of(message), ONE_ERROR) &&
        strstr(message, "at 'limit'")) {
        return ONE_ERROR "Value at 'Limit' failed to satisfy constraint: Member must have value greater than "
                         "or equal to 1";
    }
    return newer_front(call, input, message);
}

struct result dynamodb_validation_failed(struct call *call, struct input input, const char *message) {
    const char *newer = newer_message(call, input, message);
    return call_error(call, &error_validation_exception, "%s", newer ? newer : message);
}
