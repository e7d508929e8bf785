/* Resource policies of functions: AddPermission, GetPolicy, RemovePermission. */
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"
#include "services/lambda/resource_policy.h"

#define POLICY_MAXIMUM_BYTES 20480

/* ---- documents ---- */

static void append_condition(struct strbuf *document, const char *operator, const char * key,
                             const char *value, int *count) {
    if (value) {
        strbuf_printf(document, "%s\"%s\":{\"%s\":", (*count)++ ? "," : "", operator, key);
        json_write_string(document, text_of(value));
        strbuf_append_char(document, '}');
    }
}

/* Conditions of the same operator share its object. */
static void append_string_equals(struct strbuf *document, const char *const pairs[][2], size_t size,
                                 int *count) {
    int inside = 0;
    for (size_t i = 0; i < size; i++) {
        if (!pairs[i][1]) {
            continue;
        }
        strbuf_append_string(document, inside++     ? ","
                                       : (*count)++ ? ",\"StringEquals\":{"
                                                    : "\"StringEquals\":{");
        strbuf_printf(document, "\"%s\":", pairs[i][0]);
        json_write_string(document, text_of(pairs[i][1]));
    }
    if (inside) {
        strbuf_append_char(document, '}');
    }
}

/* False: no principal that AWS knows. */
bool policy_append_principal(struct strbuf *document, struct arena *arena, const char *principal) {
    struct text text = text_of(principal);
    const char *kind = "Service";
    if (strcmp(principal, "*") == 0) {
        strbuf_append_string(document, "\"*\"");
        return true;
    }
    if (text_is_account(text)) {
        kind = "AWS";
        principal = arena_printf(arena, "arn:aws:iam::%s:root", principal);
    } else if (text_starts_with(text, "arn:")) {
        kind = "AWS";
    } else if (text_find_char(text, '.') < 0) {
        return false;
    }
    strbuf_printf(document, "{\"%s\":", kind);
    json_write_string(document, text_of(principal));
    strbuf_append_char(document, '}');
    return true;
}

/* Source: lambda.md section 3; recordings TestLambdaPermissions. False: a bad principal. */
static bool append_statement(struct strbuf *document, struct call *call, struct input input,
                             const char *resource) {
    strbuf_append_string(document, "{\"Sid\":");
    json_write_string(document, input_text(input, "StatementId"));
    strbuf_append_string(document, ",\"Effect\":\"Allow\",\"Principal\":");
    if (!policy_append_principal(document, call->arena, input_string(input, "Principal"))) {
        return false;
    }
    strbuf_append_string(document, ",\"Action\":");
    json_write_string(document, input_text(input, "Action"));
    strbuf_append_string(document, ",\"Resource\":");
    json_write_string(document, text_of(resource));
    const char *const equals[][2] = {
        {"AWS:SourceAccount", input_string(input, "SourceAccount")},
        {"lambda:FunctionUrlAuthType", input_string(input, "FunctionUrlAuthType")},
        {"aws:PrincipalOrgID", input_string(input, "PrincipalOrgID")},
        {"lambda:EventSourceToken", input_string(input, "EventSourceToken")},
    };
    struct strbuf conditions = STRBUF_INIT;
    int count = 0;
    append_string_equals(&conditions, equals, sizeof(equals) / sizeof(equals[0]), &count);
    append_condition(&conditions, "ArnLike", "AWS:SourceArn", input_string(input, "SourceArn"), &count);
    if (input_has(input, "InvokedViaFunctionUrl")) {
        append_condition(&conditions, "Bool", "lambda:InvokedViaFunctionUrl",
                         input_boolean(input, "InvokedViaFunctionUrl", false) ? "true" : "false", &count);
    }
    if (count) {
        strbuf_printf(document, ",\"Condition\":{%s}", conditions.data);
    }
    strbuf_release(&conditions);
    strbuf_append_char(document, '}');
    return true;
}

const char *policy_document(struct call *call, const char *resource, const char **revision_id) {
    struct lambda_statement *statements;
    size_t count = lambda_store_list_statements(call->store, resource, call->arena, &statements);
    if (count == 0) {
        return NULL;
    }
    struct strbuf document = STRBUF_INIT;
    strbuf_append_string(&document, "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[");
    for (size_t i = 0; i < count; i++) {
        strbuf_printf(&document, "%s%s", i ? "," : "", statements[i].document);
    }
    strbuf_append_string(&document, "]}");
    const char *text = arena_copy(call->arena, document.data, document.size);
    strbuf_release(&document);
    *revision_id = lambda_store_policy_revision(call->store, resource, call->arena);
    return text;
}

void policy_changed(struct call *call, const char *resource) {
    char revision_id[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), revision_id);
    lambda_store_put_policy_revision(call->store, resource, revision_id);
}

/* ---- operations ---- */

/* The function or version whose policy is meant. False: *error. */
static bool find_resource(struct call *call, struct input input, struct lambda_target *target,
                          const char **resource, struct result *error) {
    struct lambda_version version;
    if (!lambda_target_of(call, input_string(input, "FunctionName"), input_string(input, "Qualifier"), target,
                          error)) {
        return false;
    }
    if (!lambda_find_version(call, target, &version, NULL)) {
        *error = lambda_no_function(call, target);
        return false;
    }
    if (target->qualifier && strcmp(target->qualifier, "$LATEST") == 0) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "We currently do not support adding policies for $LATEST.");
        return false;
    }
    *resource = lambda_arn(call->arena, target->owner, target->name, target->qualifier);
    return true;
}

struct result lambda_add_permission(struct call *call, struct input input) {
    struct lambda_target target;
    const char *resource;
    struct result error;
    if (!find_resource(call, input, &target, &resource, &error)) {
        return error;
    }
    const char *revision_id = NULL;
    const char *present = policy_document(call, resource, &revision_id);
    if (!lambda_revision_matches(call, input_string(input, "RevisionId"), revision_id ? revision_id : "",
                                 &error)) {
        return error;
    }
    struct strbuf statement = STRBUF_INIT;
    bool good = append_statement(&statement, call, input, resource);
    const char *text = arena_copy(call->arena, statement.data, statement.size);
    strbuf_release(&statement);
    if (!good) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "The provided principal was invalid. Please check the principal and try again.");
    }
    if ((present ? strlen(present) : 0) + strlen(text) > POLICY_MAXIMUM_BYTES) {
        return lambda_fail(call, &lambda_error_PolicyLengthExceededException,
                           "The final policy size (%zu) is bigger than the limit (%d).",
                           (present ? strlen(present) : 0) + strlen(text), POLICY_MAXIMUM_BYTES);
    }
    const char *sid = input_string(input, "StatementId");
    if (!lambda_store_add_statement(call->store, resource, sid, text)) {
        return lambda_fail(
            call, &lambda_error_ResourceConflictException,
            "The statement id (%s) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.",
            sid);
    }
    policy_changed(call, resource);
    output_string(call_output(call), "Statement", text);
    return result_output();
}

static struct result no_policy(struct call *call) {
    return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                       "The resource you requested does not exist.");
}

struct result lambda_get_policy(struct call *call, struct input input) {
    struct lambda_target target;
    const char *resource;
    struct result error;
    if (!find_resource(call, input, &target, &resource, &error)) {
        return error;
    }
    const char *revision_id;
    const char *document = policy_document(call, resource, &revision_id);
    if (!document) {
        return no_policy(call);
    }
    output_string(call_output(call), "Policy", document);
    output_string(call_output(call), "RevisionId", revision_id);
    return result_output();
}

struct result lambda_remove_permission(struct call *call, struct input input) {
    struct lambda_target target;
    const char *resource;
    struct result error;
    if (!find_resource(call, input, &target, &resource, &error)) {
        return error;
    }
    const char *revision_id;
    if (!policy_document(call, resource, &revision_id)) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                           "No policy is associated with the given resource.");
    }
    if (!lambda_revision_matches(call, input_string(input, "RevisionId"), revision_id, &error)) {
        return error;
    }
    const char *sid = input_string(input, "StatementId");
    if (!lambda_store_delete_statement(call->store, resource, sid)) {
        return lambda_fail(call, &lambda_error_ResourceNotFoundException,
                           "Statement %s is not found in resource policy.", sid);
    }
    policy_changed(call, resource);
    return result_output();
}
