#include "services/cloudformation/custom_resource_response.h"

#include "emulator/base/json_value.h"

#define PHYSICAL_ID_MAXIMUM_BYTES 1024

static struct custom_resource_response failure(const char *reason) {
    return (struct custom_resource_response){.reason = reason};
}

/* What AWS says to these is not known; the texts that begin with "Invalid Response object" are ours but for
 * the one about the status. */
static const char *echo_error(struct arena *arena, const struct json_value *body,
                              const struct custom_resource_request *request) {
    const struct {
        const char *member;
        const char *value;
    } echoes[] = {
        {"StackId", request->stack_id},
        {"RequestId", request->request_id},
        {"LogicalResourceId", request->logical_resource_id},
    };
    for (size_t i = 0; i < sizeof echoes / sizeof echoes[0]; i++) {
        if (!text_equals(json_find_text(body, echoes[i].member), echoes[i].value)) {
            return arena_printf(arena, "Invalid Response object: Value of property %s is not valid",
                                echoes[i].member);
        }
    }
    return NULL;
}

/* The member as written, null included; NULL: absent. */
static const struct json_value *member_of(const struct json_value *object, const char *key) {
    const struct json_value *found = NULL;
    for (const struct json_value *member = object->child; member; member = member->next) {
        if (text_equals(member->key, key)) {
            found = member;
        }
    }
    return found;
}

static bool is_string(const struct json_value *value) {
    return value && value->type == JSON_VALUE_STRING;
}

static void decref(void *value) {
    json_decref(value);
}

/* Lists and maps stay so; every scalar becomes a string, numbers as they were written. A NUL is no character
 * of a value here. */
static json_t *strings_of(const struct json_value *value) {
    static const char *const words[] = {[JSON_VALUE_FALSE] = "false", [JSON_VALUE_TRUE] = "true"};
    json_t *result;
    switch (value->type) {
    case JSON_VALUE_OBJECT:
        result = json_object();
        for (const struct json_value *member = value->child; member; member = member->next) {
            json_object_setn_new(result, member->key.data, strnlen(member->key.data, member->key.size),
                                 strings_of(member));
        }
        return result;
    case JSON_VALUE_ARRAY:
        result = json_array();
        for (const struct json_value *item = value->child; item; item = item->next) {
            json_array_append_new(result, strings_of(item));
        }
        return result;
    case JSON_VALUE_FALSE:
    case JSON_VALUE_TRUE:
        return json_string(words[value->type]);
    case JSON_VALUE_NUMBER:
    case JSON_VALUE_STRING:
    case JSON_VALUE_BYTES:
        return value->text.data ? json_stringn(value->text.data, strnlen(value->text.data, value->text.size))
                                : json_string("");
    case JSON_VALUE_NULL:
        break;
    }
    return json_null();
}

static json_t *read_data(struct arena *arena, const struct json_value *data) {
    json_t *strings = strings_of(data);
    arena_cleanup(arena, decref, strings);
    return strings;
}

static const char *failed_reason(struct arena *arena, const struct json_value *body, const char *request_id) {
    struct text reason = json_find_text(body, "Reason");
    return arena_printf(arena,
                        "Received response status [FAILED] from custom resource. Message returned: %.*s "
                        "(RequestId: %s)",
                        (int)reason.size, reason.data ? reason.data : "", request_id);
}

static struct custom_resource_response judge(struct arena *arena, const struct json_value *body,
                                             const struct custom_resource_request *request) {
    const struct json_value *status = member_of(body, "Status");
    const struct json_value *id = member_of(body, "PhysicalResourceId");
    const struct json_value *reason = member_of(body, "Reason");
    const struct json_value *data = member_of(body, "Data");
    const struct json_value *no_echo = member_of(body, "NoEcho");
    const char *wrong = echo_error(arena, body, request);
    bool success = is_string(status) && text_equals(status->text, "SUCCESS");
    if (!success && !(is_string(status) && text_equals(status->text, "FAILED"))) {
        struct text text = status ? (is_string(status) ? status->text : status->raw) : TEXT("null");
        return failure(arena_printf(arena, "Invalid Response object: '%.*s' is not a valid ResponseStatus",
                                    TEXT_ARGUMENTS(text)));
    }
    if (id && (!is_string(id) || id->text.size == 0 || id->text.size > PHYSICAL_ID_MAXIMUM_BYTES ||
               text_find_char(id->text, '\0') >= 0)) {
        return failure("Invalid PhysicalResourceId");
    }
    if (wrong) {
        return failure(wrong);
    }
    if (reason && !is_string(reason)) {
        return failure("Invalid Response object: Value of property Reason must be of type String");
    }
    if (data && data->type != JSON_VALUE_OBJECT && data->type != JSON_VALUE_NULL) {
        return failure(
            "Invalid Response object: Value of property Data must be an object with String (or simple "
            "type) properties");
    }
    struct custom_resource_response response = {
        .success = success,
        .physical_resource_id = id ? arena_text_string(arena, id->text) : NULL,
        .no_echo = no_echo && (no_echo->type == JSON_VALUE_TRUE ||
                               (is_string(no_echo) && text_equals_ignore_case(no_echo->text, "true"))),
    };
    if (!success) {
        response.reason = failed_reason(arena, body, request->request_id);
    } else if (data && data->type == JSON_VALUE_OBJECT) {
        response.data = read_data(arena, data);
    }
    return response;
}

struct custom_resource_response custom_resource_response_read(struct arena *arena, struct text body,
                                                              const struct custom_resource_request *request) {
    if (body.size > CUSTOM_RESOURCE_RESPONSE_MAXIMUM_BYTES) {
        return failure("Response object is too long.");
    }
    struct json_value *value = body.data ? json_parse(arena, body, NULL) : NULL;
    if (!value || value->type != JSON_VALUE_OBJECT) {
        return failure("Invalid Response object: response is not valid JSON");
    }
    return judge(arena, value, request);
}

const char *custom_resource_timeout_reason(struct arena *arena, const char *request_id) {
    return arena_printf(
        arena,
        "CloudFormation did not receive a response from your Custom Resource. Please check your "
        "logs for requestId [%s]. If you are using the Python cfn-response module, you may need "
        "to update your Lambda function code so that CloudFormation can attach the updated "
        "version.",
        request_id);
}

const char *custom_resource_attribute_reason(struct arena *arena, const char *attribute,
                                             const struct custom_resource_request *request) {
    return arena_printf(
        arena,
        "CustomResource attribute error: Vendor response doesn't contain %s attribute in object "
        "%s|%s|%s",
        attribute, request->stack_id, request->logical_resource_id, request->request_id);
}
