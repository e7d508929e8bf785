#include "services/cloudformation/resource_call.h"

#include "emulator/base/die.h"
#include "services/cloudformation/intrinsics.h"
#include "services/cloudformation/resource_types.h"

struct error_row {
    const char *part; /* of the service's error code */
    const char *handler_error_code;
};

/* The first part found decides. */
static const struct error_row error_rows[] = {
    {"AlreadyExist", "AlreadyExists"},
    {"EntityAlreadyExists", "AlreadyExists"},
    {"NameExists", "AlreadyExists"},
    {"BucketAlready", "AlreadyExists"},
    {"ResourceExistsException", "AlreadyExists"},
    {"ResourceConflict", "AlreadyExists"},
    {"ResourceInUse", "AlreadyExists"},
    {"NotFound", "NotFound"},
    {"NoSuch", "NotFound"},
    {"NonExistent", "NotFound"},
    {"DoesNotExist", "NotFound"},
    {"AccessDenied", "AccessDenied"},
    {"AuthorizationError", "AccessDenied"},
    {"Throttl", "Throttling"},
    {"TooManyRequests", "Throttling"},
    {"LimitExceeded", "ServiceLimitExceeded"},
    {"DeleteConflict", "ResourceConflict"},
    {"BucketNotEmpty", "GeneralServiceException"},
    {"Internal", "ServiceInternalError"},
    {"ServiceException", "ServiceInternalError"},
    {"NotImplemented", "GeneralServiceException"},
    {"Validation", "InvalidRequest"},
    {"Invalid", "InvalidRequest"},
    {"Malformed", "InvalidRequest"},
    {"Serialization", "InvalidRequest"},
    {"MissingParameter", "InvalidRequest"},
};

struct service_name {
    const char *service;
    const char *sdk_name; /* as the Java SDK names it in its error texts */
};

static const struct service_name service_names[] = {
    {"cloudformation", "CloudFormation"},
    {"dynamodb", "DynamoDb"},
    {"events", "EventBridge"},
    {"iam", "Iam"},
    {"kms", "Kms"},
    {"lambda", "Lambda"},
    {"logs", "CloudWatchLogs"},
    {"s3", "S3"},
    {"scheduler", "Scheduler"},
    {"secretsmanager", "SecretsManager"},
    {"sns", "Sns"},
    {"sqs", "Sqs"},
    {"ssm", "Ssm"},
};

const char *resource_handler_error_code(const char *error_code) {
    for (size_t i = 0; i < sizeof error_rows / sizeof *error_rows; i++) {
        if (strstr(error_code, error_rows[i].part)) {
            return error_rows[i].handler_error_code;
        }
    }
    return "GeneralServiceException";
}

static const char *sdk_name(const char *service) {
    for (size_t i = 0; i < sizeof service_names / sizeof *service_names; i++) {
        if (strcmp(service_names[i].service, service) == 0) {
            return service_names[i].sdk_name;
        }
    }
    return service;
}

void resource_fail_call(struct resource_operation *operation, const char *service,
                        const struct call_reply *reply) {
    const char *code = resource_handler_error_code(reply->error_code);
    struct arena *arena = operation->arena;
    const char *message;
    if (operation->request.action == RESOURCE_CREATE && !operation->physical_id &&
        strcmp(code, "AlreadyExists") == 0) {
        message = arena_printf(arena, "Resource of type '%s' with identifier '%s' already exists.",
                               operation->request.type_name, resource_name(operation));
    } else {
        char request_id[UUID_SIZE];
        ids_uuid(emulator_ids(operation->emulator), request_id);
        message = arena_printf(arena, "%s (Service: %s, Status Code: %d, Request ID: %s)",
                               reply->error_message, sdk_name(service), reply->status, request_id);
    }
    resource_fail_handler(operation, code, message);
}

const struct operation_model *resource_operation_model(struct emulator *emulator, const char *service,
                                                       const char *name) {
    const struct service *const *services = emulator_services(emulator);
    for (; services && *services; services++) {
        const struct service_model *model = (*services)->model;
        if (model && strcmp(model->name, service) == 0) {
            return service_model_operation(model, text_of(name));
        }
    }
    return NULL;
}

static json_t *fit_scalar(const struct shape *shape, const json_t *value) {
    struct text text = json_is_string(value)
                           ? (struct text){json_string_value(value), json_string_length(value)}
                           : TEXT_NONE;
    int64_t integer;
    double real;
    switch ((enum shape_type)shape->type) {
    case SHAPE_STRING:
    case SHAPE_BLOB:
        return scalars_as_strings(value);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
        if (text.data && text_to_int64(text, &integer)) {
            return json_integer(integer);
        }
        break;
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
        if (text.data && text_to_double(text, &real)) {
            return json_real(real);
        }
        break;
    case SHAPE_BOOLEAN:
        if (text.data && (text_equals_ignore_case(text, "true") || text_equals_ignore_case(text, "false"))) {
            return json_boolean(text_equals_ignore_case(text, "true"));
        }
        break;
    case SHAPE_TIMESTAMP:
    case SHAPE_STRUCTURE:
    case SHAPE_LIST:
    case SHAPE_MAP:
        break;
    }
    return json_deep_copy(value);
}

json_t *resource_fit_to_shape(const struct shape *shape, const json_t *value) {
    if (!shape || (shape->flags & SHAPE_DOCUMENT)) {
        return json_deep_copy(value);
    }
    if (json_is_array(value) && shape->type == SHAPE_LIST) {
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_array_append_new(list,
                                  resource_fit_to_shape(shape->members[0].shape, json_array_get(value, i)));
        }
        return list;
    }
    if (json_is_object(value) && (shape->type == SHAPE_STRUCTURE || shape->type == SHAPE_MAP)) {
        json_t *object = json_object();
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member) {
            const struct shape_member *row =
                shape->type == SHAPE_MAP ? &shape->members[1] : shape_member(shape, text_of(key));
            json_object_set_new(object, key,
                                row ? resource_fit_to_shape(row->shape, member) : json_deep_copy(member));
        }
        return object;
    }
    return fit_scalar(shape, value);
}

void resource_call(struct resource_operation *operation, const char *service, const char *name,
                   const json_t *input, call_done_fn *done) {
    const struct operation_model *model = resource_operation_model(operation->emulator, service, name);
    json_t *fitted =
        model && model->input ? resource_fit_to_shape(model->input, input) : json_deep_copy(input);
    char *body = json_dumps(fitted, JSON_COMPACT);
    json_decref(fitted);
    if (!body) {
        die("cloudformation: the input of %s.%s is no JSON", service, name);
    }
    struct call_request request = {
        .service = service,
        .operation = name,
        .input = text_of(body),
        .caller = operation->request.caller,
        .origin = arena_printf(operation->arena, "cloudformation/%s/%s", operation->request.stack_id,
                               operation->request.logical_id),
    };
    call_start(operation->emulator, &request, done, operation);
    free(body);
}
