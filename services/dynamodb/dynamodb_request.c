/* What the handlers of many operations begin with. */
#include "emulator/base/arn.h"
#include "services/dynamodb/dynamodb.h"

struct dynamodb_state *dynamodb_state_of(const struct call *call) {
    return service_state(call->emulator, &dynamodb_service);
}

bool dynamodb_fault_is(const struct call *call, const char *kind) {
    const char *noted = call->notes ? call_noted(call, "Fault") : NULL;
    return noted && strcmp(noted, kind) == 0;
}

/* ---- errors ---- */

bool dynamodb_is_one_of(const struct call *call, const char *const *names) {
    while (call->operation && *names && strcmp(call->operation->name, *names) != 0) {
        names++;
    }
    return call->operation && *names;
}

/* Operations that count their validation errors since 2026: those found in the request alone, not those that
 * need the table. Source: dynamodb.md section 0. */
static bool counts_errors(const struct call *call) {
    static const char *const names[] = {"PutItem", "UpdateItem", "DeleteItem", NULL};
    return dynamodb_is_one_of(call, names);
}

enum wording dynamodb_wording(const struct call *call) {
    static const char *const names[] = {"PutItem",      "UpdateItem", "DeleteItem", "GetItem",
                                        "BatchGetItem", "Query",      NULL};
    return dynamodb_is_one_of(call, names) ? WORDING_CURRENT : WORDING_OLDER;
}

struct result dynamodb_invalid(struct call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    bool counted = counts_errors(call) && !text_starts_with(text_of(message), "Supplied AttributeValue");
    return call_error(call, &error_validation_exception, "%s%s",
                      counted ? "1 validation error detected: " : "", message);
}

struct result dynamodb_invalid_plainly(struct call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return call_error(call, &error_validation_exception, "%s", message);
}

/* ---- tables by name or ARN ---- */

static bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '.' || byte == '-';
}

bool dynamodb_check_table_given(struct call *call, struct text name, struct result *refusal) {
    if (!name.data) {
        *refusal = dynamodb_invalid_plainly(
            call, "The parameter 'TableName' is required but was not present in the request");
        return false;
    }
    if (!text_starts_with(name, "arn:") && (name.size < 3 || name.size > 255)) {
        *refusal = dynamodb_invalid_plainly(
            call, "TableName must be at least 3 characters long and at most 255 characters long");
        return false;
    }
    for (size_t i = 0; i < name.size && !text_starts_with(name, "arn:"); i++) {
        if (!is_name_byte(name.data[i])) {
            *refusal = dynamodb_invalid_plainly(
                call,
                "1 validation error detected: Value '%.*s' at 'tableName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                TEXT_ARGUMENTS(name));
            return false;
        }
    }
    return true;
}

bool dynamodb_table_reference(struct call *call, struct text reference, const char **account,
                              const char **region, struct text *name) {
    struct arn arn;
    *account = call->identity.account;
    *region = call->identity.region;
    *name = reference;
    if (!text_starts_with(reference, "arn:")) {
        return true;
    }
    if (!arn_parse(reference, &arn) || !text_equals(arn.service, "dynamodb") ||
        !text_starts_with(arn.resource, "table/") || arn.account.size != ACCOUNT_SIZE - 1) {
        return false;
    }
    *account = arena_text_string(call->arena, arn.account);
    *region = arena_text_string(call->arena, arn.region);
    struct text rest = text_slice(arn.resource, 6, arn.resource.size);
    *name = text_cut(&rest, '/');
    return true;
}

bool dynamodb_named_table(struct call *call, struct text name, struct table **table, struct result *refusal) {
    const char *account, *region;
    struct text plain;
    *table = NULL;
    time_to_live_sweep(call);
    if (dynamodb_table_reference(call, name, &account, &region, &plain) &&
        strcmp(region, call->identity.region) == 0) {
        *table = table_find(dynamodb_state_of(call), account, region, plain);
    }
    if (!*table) {
        *refusal =
            call_error(call, &dynamodb_error_ResourceNotFoundException, "Requested resource not found");
    }
    return *table != NULL;
}

bool dynamodb_described_table(struct call *call, struct input input, struct table **table,
                              struct result *refusal) {
    const char *account, *region;
    struct text name = input_text(input, "TableName"), plain;
    *table = NULL;
    if (!dynamodb_check_table_given(call, name, refusal)) {
        return false;
    }
    if (dynamodb_table_reference(call, name, &account, &region, &plain)) {
        *table = table_find(dynamodb_state_of(call), account, region, plain);
    }
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_ResourceNotFoundException,
                              "Requested resource not found: Table: %.*s not found", TEXT_ARGUMENTS(plain));
    }
    return *table != NULL;
}

/* ---- expressions ---- */

static bool any_given(struct input input, const char *const *names) {
    while (*names && !input_has(input, *names)) {
        names++;
    }
    return *names != NULL;
}

/* Those of the names that are given, as "{A, B}"'s inside; "" when none is. */
static const char *given_names(struct call *call, struct input input, const char *const *names) {
    const char *list = "";
    for (; *names; names++) {
        if (input_has(input, *names)) {
            list = arena_printf(call->arena, "%s%s%s", list, list[0] ? ", " : "", *names);
        }
    }
    return list;
}

static bool check_values_allowed(struct call *call, struct input input, const char *const *with_values,
                                 struct result *refusal) {
    const char *list = "";
    size_t count = 0;
    if (!with_values || any_given(input, with_values)) {
        return true;
    }
    if (counts_errors(call)) {
        *refusal =
            dynamodb_invalid(call, "ExpressionAttributeValues can only be specified when using expressions");
        return false;
    }
    for (; with_values[count]; count++) {
        list = arena_printf(call->arena, "%s%s%s", list, count > 0 ? " and " : "", with_values[count]);
    }
    *refusal = dynamodb_invalid(
        call, "ExpressionAttributeValues can only be specified when using expressions: %s %s null", list,
        count > 1 ? "are" : "is");
    return false;
}

bool dynamodb_check_placeholders(struct call *call, struct input input, const char *const *expressions,
                                 const char *const *with_values, struct result *refusal) {
    if (input_has(input, "ExpressionAttributeNames") && !any_given(input, expressions)) {
        *refusal =
            dynamodb_invalid(call, "ExpressionAttributeNames can only be specified when using expressions");
        return false;
    }
    return !with_values || !input_has(input, "ExpressionAttributeValues") ||
           check_values_allowed(call, input, with_values, refusal);
}

bool dynamodb_check_mix(struct call *call, struct input input, const char *const *legacy,
                        const char *const *expressions, const char *const *with_values,
                        struct result *refusal) {
    if (any_given(input, legacy) && any_given(input, expressions)) {
        *refusal = dynamodb_invalid(call,
                                    "Can not use both expression and non-expression parameters in the same "
                                    "request: Non-expression parameters: {%s} Expression parameters: {%s}",
                                    given_names(call, input, legacy), given_names(call, input, expressions));
        return false;
    }
    return dynamodb_check_placeholders(call, input, expressions, with_values, refusal);
}

bool dynamodb_read_placeholders(struct call *call, struct input input, bool with_values,
                                struct placeholders *placeholders, struct result *refusal) {
    const struct json_value *names = input_value(input, "ExpressionAttributeNames");
    const struct json_value *values = with_values ? input_value(input, "ExpressionAttributeValues") : NULL;
    const char *message = placeholders_read(placeholders, call->arena, dynamodb_wording(call), names, values);
    if (message) {
        *refusal = dynamodb_invalid(call, "%s", message);
    }
    return !message;
}

bool dynamodb_read_condition(struct call *call, struct input input, const char *member,
                             enum expression_role role, struct placeholders *placeholders, struct node **node,
                             struct result *refusal) {
    const char *message = NULL;
    if (!input_has(input, member)) {
        return true;
    }
    *node = condition_parse(placeholders, role, input_text(input, member), &message);
    if (!*node) {
        *refusal = role == ROLE_KEY_CONDITION ? dynamodb_invalid_plainly(call, "%s", message)
                                              : dynamodb_invalid(call, "%s", message);
    }
    return *node != NULL;
}

bool dynamodb_read_projection(struct call *call, struct input input, struct placeholders *placeholders,
                              struct projection_paths **projection, struct result *refusal) {
    const char *message = NULL;
    if (!input_has(input, "ProjectionExpression")) {
        return true;
    }
    *projection = projection_parse(placeholders, input_text(input, "ProjectionExpression"), &message);
    if (!*projection) {
        *refusal = dynamodb_invalid(call, "%s", message);
    }
    return *projection != NULL;
}

bool dynamodb_check_used(struct call *call, const struct placeholders *placeholders, struct result *refusal) {
    const char *message = placeholders_check_used(placeholders);
    if (message) {
        *refusal = dynamodb_invalid(call, "%s", message);
    }
    return !message;
}
