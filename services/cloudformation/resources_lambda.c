/* AWS::Lambda::Function, Version, Alias, LayerVersion. */
#include "emulator/base/crypto.h"
#include "services/cloudformation/resource_types.h"

/* ---- Function ---- */

static const struct property_row function_properties[] = {
    {"Code", PROPERTY_MAP, PROPERTY_REQUIRED, "-"},
    {"Role", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"FunctionName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"PackageType", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Architectures", PROPERTY_LIST, 0, NULL},
    {"CodeSigningConfigArn", PROPERTY_STRING, 0, NULL},
    {"DeadLetterConfig", PROPERTY_MAP, 0, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"Environment", PROPERTY_MAP, 0, NULL},
    {"EphemeralStorage", PROPERTY_MAP, 0, NULL},
    {"FileSystemConfigs", PROPERTY_LIST, 0, NULL},
    {"Handler", PROPERTY_STRING, 0, NULL},
    {"ImageConfig", PROPERTY_MAP, 0, NULL},
    {"KmsKeyArn", PROPERTY_STRING, 0, "KMSKeyArn"},
    {"Layers", PROPERTY_LIST, 0, NULL},
    {"LoggingConfig", PROPERTY_MAP, 0, NULL},
    {"MemorySize", PROPERTY_INTEGER, 0, NULL},
    {"RecursiveLoop", PROPERTY_STRING, 0, "-"},
    {"ReservedConcurrentExecutions", PROPERTY_INTEGER, 0, "-"},
    {"Runtime", PROPERTY_STRING, 0, NULL},
    {"RuntimeManagementConfig", PROPERTY_MAP, 0, "-"},
    {"SnapStart", PROPERTY_MAP, 0, NULL},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {"Timeout", PROPERTY_INTEGER, 0, NULL},
    {"TracingConfig", PROPERTY_MAP, 0, NULL},
    {"VpcConfig", PROPERTY_MAP, 0, NULL},
    {0},
};

static const char *const function_attributes[] = {"Arn", "SnapStartResponse", "SnapStartResponse.ApplyOn",
                                                  "SnapStartResponse.OptimizationStatus", NULL};

/* Inline source goes as it is; the Lambda service makes index.py or index.js of it. */
static json_t *function_code(struct resource_operation *operation) {
    json_t *code = json_deep_copy(resource_property(operation, "Code"));
    const char *source = resource_scalar_text(operation->arena, json_object_get(code, "ZipFile"));
    if (source) {
        struct strbuf base64 = STRBUF_INIT;
        crypto_append_base64(&base64, text_of(source));
        json_object_set_new(code, "ZipFile", json_string(base64.data ? base64.data : ""));
        strbuf_release(&base64);
    }
    return code;
}

static bool create_function(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "FunctionName", resource_name(operation));
    json_object_set_new(input, "Code", function_code(operation));
    json_t *tags = resource_all_tags_map(operation);
    if (json_object_size(tags) > 0) {
        json_object_set(input, "Tags", tags);
    }
    json_decref(tags);
    return true;
}

static void note_function(struct resource_operation *operation, const struct call_reply *reply) {
    resource_set_attribute(operation, "Arn", json_find_text(reply->value, "FunctionArn"));
    if (!operation->physical_id) {
        resource_set_physical_id(operation, json_find_text(reply->value, "FunctionName"));
    }
}

enum { POLL_MS = 50 };

/* Until the function is Active and its last update is over. */
static void check_function(struct resource_operation *operation, const struct call_reply *reply) {
    struct text state = json_find_text(reply->value, "State");
    struct text update = json_find_text(reply->value, "LastUpdateStatus");
    if (text_equals(state, "Failed") || text_equals(update, "Failed")) {
        const char *reason = arena_text_string(operation->arena, json_find_text(reply->value, "StateReason"));
        resource_fail_handler(operation, "NotStabilized", reason ? reason : "Function did not become active");
    } else if (text_equals(state, "Pending") || text_equals(update, "InProgress")) {
        resource_again(operation, POLL_MS);
    }
}

static bool put_concurrency(struct resource_operation *operation, json_t *input) {
    json_t *value = resource_property(operation, "ReservedConcurrentExecutions");
    json_object_set(input, "ReservedConcurrentExecutions", value);
    return value != NULL;
}

static bool delete_concurrency(struct resource_operation *operation, json_t *input) {
    (void)input;
    return !resource_property(operation, "ReservedConcurrentExecutions");
}

static bool code_changed(struct resource_operation *operation, json_t *input) {
    if (!resource_property_changed(operation, "Code") &&
        !resource_property_changed(operation, "Architectures")) {
        return false;
    }
    json_t *code = function_code(operation);
    json_object_update(input, code);
    json_decref(code);
    json_t *architectures = resource_property(operation, "Architectures");
    if (architectures) {
        json_object_set(input, "Architectures", architectures);
    }
    return true;
}

/* What a removed property falls back to: Lambda keeps what is not named. */
static bool configuration_changed(struct resource_operation *operation, json_t *input) {
    static const struct {
        const char *name;
        const char *json;
    } defaults[] = {
        {"Description", "\"\""},
        {"Environment", "{\"Variables\":{}}"},
        {"Layers", "[]"},
        {"MemorySize", "128"},
        {"Timeout", "3"},
        {"DeadLetterConfig", "{}"},
        {"EphemeralStorage", "{\"Size\":512}"},
        {"TracingConfig", "{\"Mode\":\"PassThrough\"}"},
    };
    bool changed = false;
    for (const struct property_row *row = function_properties; row->name; row++) {
        bool elsewhere = strcmp(row->name, "Code") == 0 || strcmp(row->name, "Tags") == 0 ||
                         strcmp(row->name, "ReservedConcurrentExecutions") == 0;
        changed |= !elsewhere && resource_property_changed(operation, row->name);
    }
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        if (!resource_property(operation, defaults[i].name) &&
            resource_old_property(operation, defaults[i].name)) {
            json_object_set_new(input, defaults[i].name, json_loads(defaults[i].json, JSON_DECODE_ANY, NULL));
        }
    }
    return changed;
}

static bool put_runtime_management(struct resource_operation *operation, json_t *input) {
    json_t *config = resource_property(operation, "RuntimeManagementConfig");
    json_object_update(input, config);
    if (!config) {
        json_object_set_new(input, "UpdateRuntimeOn", json_string("Auto"));
    }
    return true;
}

static bool put_recursion(struct resource_operation *operation, json_t *input) {
    const char *loop = resource_property_string(operation, "RecursiveLoop");
    resource_set_member(input, "RecursiveLoop", loop ? loop : "Terminate");
    return true;
}

#define FUNCTION_SETTINGS                                                                                    \
    {.service = "lambda",                                                                                    \
     .operation = "PutRuntimeManagementConfig",                                                              \
     .id_member = "FunctionName",                                                                            \
     .when_changed = "RuntimeManagementConfig",                                                              \
     .build = put_runtime_management},                                                                       \
    {                                                                                                        \
        .service = "lambda", .operation = "PutFunctionRecursionConfig", .id_member = "FunctionName",         \
        .when_changed = "RecursiveLoop", .build = put_recursion                                              \
    }

#define WAIT_FOR_FUNCTION                                                                                    \
    {                                                                                                        \
        .service = "lambda", .operation = "GetFunctionConfiguration", .id_member = "FunctionName",           \
        .reply = check_function                                                                              \
    }

static const struct type_step create_function_steps[] = {
    {.service = "lambda",
     .operation = "CreateFunction",
     .flags = STEP_PROPERTIES,
     .build = create_function,
     .reply = note_function},
    WAIT_FOR_FUNCTION,
    {.service = "lambda",
     .operation = "PutFunctionConcurrency",
     .id_member = "FunctionName",
     .when_changed = "ReservedConcurrentExecutions",
     .build = put_concurrency},
    FUNCTION_SETTINGS,
    {0},
};
static const struct type_step update_function_steps[] = {
    {.service = "lambda",
     .operation = "UpdateFunctionConfiguration",
     .flags = STEP_PROPERTIES,
     .id_member = "FunctionName",
     .build = configuration_changed,
     .reply = note_function},
    WAIT_FOR_FUNCTION,
    {.service = "lambda",
     .operation = "UpdateFunctionCode",
     .id_member = "FunctionName",
     .build = code_changed,
     .reply = note_function},
    WAIT_FOR_FUNCTION,
    {.service = "lambda",
     .operation = "PutFunctionConcurrency",
     .id_member = "FunctionName",
     .when_changed = "ReservedConcurrentExecutions",
     .build = put_concurrency},
    {.service = "lambda",
     .operation = "DeleteFunctionConcurrency",
     .id_member = "FunctionName",
     .when_changed = "ReservedConcurrentExecutions",
     .build = delete_concurrency},
    FUNCTION_SETTINGS,
    TAG_STEPS("lambda", "TagResource", "UntagResource", "Resource", STEP_ARN, resource_tag_map),
    {0},
};
static const struct type_step remove_function_steps[] = {
    {.service = "lambda", .operation = "DeleteFunction", .id_member = "FunctionName"},
    {0},
};

/* ---- Version, Alias ---- */

static const struct property_row version_properties[] = {
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"CodeSha256", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"Description", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"ProvisionedConcurrencyConfig", PROPERTY_MAP, PROPERTY_CREATE_ONLY, "-"},
    {"RuntimePolicy", PROPERTY_MAP, PROPERTY_CREATE_ONLY, "-"},
    {0},
};

static const char *const version_attributes[] = {"Version", "FunctionArn", NULL};

static bool name_function(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "FunctionName", resource_property_string(operation, "FunctionName"));
    return true;
}

static void note_versions(struct resource_operation *operation, const struct call_reply *reply) {
    json_t *known = json_object();
    const struct json_value *list = json_find(reply->value, "Versions");
    for (const struct json_value *row = list ? list->child : NULL; row; row = row->next) {
        struct text version = json_find_text(row, "Version");
        json_object_set_new(known, arena_text_string(operation->arena, version), json_true());
    }
    json_object_set_new(operation->scratch, "Versions", known);
}

/* Lambda answers with the last version when nothing has changed since; the resource type does not take it. */
static void version_published(struct resource_operation *operation, const struct call_reply *reply) {
    const char *version = arena_text_string(operation->arena, json_find_text(reply->value, "Version"));
    if (version && json_object_get(json_object_get(operation->scratch, "Versions"), version)) {
        resource_fail_handler(operation, "AlreadyExists",
                              arena_printf(operation->arena,
                                           "A version for this Lambda function exists ( %s ). Modify the "
                                           "function to create a new version.",
                                           version));
        return;
    }
    struct text arn = json_find_text(reply->value, "FunctionArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "Version", json_find_text(reply->value, "Version"));
    resource_set_attribute(operation, "FunctionArn", arn);
}

/* arn:...:function:NAME:VERSION */
static bool delete_version(struct resource_operation *operation, json_t *input) {
    const char *colon = strrchr(operation->physical_id, ':');
    resource_set_member(input, "Qualifier", colon ? colon + 1 : "");
    resource_set_member(input, "FunctionName", resource_property_string(operation, "FunctionName"));
    return colon != NULL;
}

/* Of a version or an alias, whose physical id ends with what it is called. */
static bool put_provisioned(struct resource_operation *operation, json_t *input) {
    json_t *config = resource_property(operation, "ProvisionedConcurrencyConfig");
    const char *colon = strrchr(operation->physical_id, ':');
    json_object_update(input, config);
    resource_set_member(input, "FunctionName", resource_property_string(operation, "FunctionName"));
    resource_set_member(input, "Qualifier", colon ? colon + 1 : "");
    return config != NULL;
}

static bool drop_provisioned(struct resource_operation *operation, json_t *input) {
    return !resource_property(operation, "ProvisionedConcurrencyConfig") &&
           (put_provisioned(operation, input), true);
}

#define PUT_PROVISIONED                                                                                      \
    {                                                                                                        \
        .service = "lambda", .operation = "PutProvisionedConcurrencyConfig",                                 \
        .when_changed = "ProvisionedConcurrencyConfig", .build = put_provisioned                             \
    }

static const struct type_step create_version_steps[] = {
    {.service = "lambda",
     .operation = "ListVersionsByFunction",
     .build = name_function,
     .reply = note_versions},
    {.service = "lambda",
     .operation = "PublishVersion",
     .flags = STEP_PROPERTIES,
     .reply = version_published},
    PUT_PROVISIONED,
    {0},
};
static const struct type_step remove_version_steps[] = {
    {.service = "lambda", .operation = "DeleteFunction", .build = delete_version},
    {0},
};

static const struct property_row alias_properties[] = {
    {"FunctionName", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"FunctionVersion", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"Name", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"ProvisionedConcurrencyConfig", PROPERTY_MAP, 0, "-"},
    {"RoutingConfig", PROPERTY_MAP, 0, "-"},
    {0},
};

static const char *const alias_attributes[] = {"AliasArn", NULL};

/* CloudFormation lists the weights, the API maps them. */
static bool put_alias(struct resource_operation *operation, json_t *input) {
    json_t *weights = json_object();
    size_t i;
    json_t *row;
    json_array_foreach(
        json_object_get(resource_property(operation, "RoutingConfig"), "AdditionalVersionWeights"), i, row) {
        const char *version = json_string_value(json_object_get(row, "FunctionVersion"));
        if (version) {
            json_object_set(weights, version, json_object_get(row, "FunctionWeight"));
        }
    }
    json_object_set_new(input, "RoutingConfig", json_pack("{s:o}", "AdditionalVersionWeights", weights));
    return true;
}

static void alias_put(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "AliasArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "AliasArn", arn);
}

static bool name_alias(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "FunctionName", resource_property_string(operation, "FunctionName"));
    resource_set_member(input, "Name", resource_property_string(operation, "Name"));
    return true;
}

static const struct type_step create_alias_steps[] = {
    {.service = "lambda",
     .operation = "CreateAlias",
     .flags = STEP_PROPERTIES,
     .build = put_alias,
     .reply = alias_put},
    PUT_PROVISIONED,
    {0},
};
static const struct type_step update_alias_steps[] = {
    {.service = "lambda",
     .operation = "UpdateAlias",
     .flags = STEP_PROPERTIES,
     .build = put_alias,
     .reply = alias_put},
    PUT_PROVISIONED,
    {.service = "lambda",
     .operation = "DeleteProvisionedConcurrencyConfig",
     .when_changed = "ProvisionedConcurrencyConfig",
     .build = drop_provisioned},
    {0},
};
static const struct type_step remove_alias_steps[] = {
    {.service = "lambda", .operation = "DeleteAlias", .build = name_alias},
    {0},
};

/* ---- LayerVersion ---- */

static const struct property_row layer_properties[] = {
    {"Content", PROPERTY_MAP, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"CompatibleArchitectures", PROPERTY_LIST, PROPERTY_CREATE_ONLY, NULL},
    {"CompatibleRuntimes", PROPERTY_LIST, PROPERTY_CREATE_ONLY, NULL},
    {"Description", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"LayerName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"LicenseInfo", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {0},
};

static const char *const layer_attributes[] = {"LayerVersionArn", NULL};

static bool publish_layer(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "LayerName", resource_name(operation));
    return true;
}

static void layer_published(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "LayerVersionArn");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "LayerVersionArn", arn);
}

static bool delete_layer(struct resource_operation *operation, json_t *input) {
    struct text arn = text_of(operation->physical_id);
    const char *colon = strrchr(operation->physical_id, ':');
    if (!colon) {
        return false;
    }
    size_t size = (size_t)(colon - operation->physical_id);
    resource_set_member(input, "LayerName", arena_copy(operation->arena, arn.data, size));
    resource_set_member(input, "VersionNumber", colon + 1);
    return true;
}

static const struct type_step create_layer_steps[] = {
    {.service = "lambda",
     .operation = "PublishLayerVersion",
     .flags = STEP_PROPERTIES,
     .build = publish_layer,
     .reply = layer_published},
    {0},
};
static const struct type_step remove_layer_steps[] = {
    {.service = "lambda", .operation = "DeleteLayerVersion", .build = delete_layer},
    {0},
};

const struct resource_type lambda_resources[] = {
    {.name = "AWS::Lambda::Function",
     .properties = function_properties,
     .attributes = function_attributes,
     .create = create_function_steps,
     .update = update_function_steps,
     .remove = remove_function_steps,
     .system_tags = true,
     .name_is_unique = true,
     .name_property = "FunctionName",
     .name_limit = 64},
    {.name = "AWS::Lambda::Version",
     .properties = version_properties,
     .attributes = version_attributes,
     .create = create_version_steps,
     .remove = remove_version_steps},
    {.name = "AWS::Lambda::Alias",
     .properties = alias_properties,
     .attributes = alias_attributes,
     .create = create_alias_steps,
     .update = update_alias_steps,
     .remove = remove_alias_steps},
    {.name = "AWS::Lambda::LayerVersion",
     .properties = layer_properties,
     .attributes = layer_attributes,
     .create = create_layer_steps,
     .remove = remove_layer_steps,
     .name_property = "LayerName",
     .name_limit = 140},
    {0},
};
