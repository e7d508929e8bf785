/* A version's settings: taken from requests, shown in answers, digested for publishing. */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda.h"

#define ENVIRONMENT_MAXIMUM_BYTES 4096
#define LAYERS_MAXIMUM 5

char *lambda_json_text(struct arena *arena, const struct json_value *value) {
    if (!value) {
        return NULL;
    }
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, value);
    char *text = arena_copy(arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    return text;
}

char *lambda_time(struct arena *arena, int64_t time_ms) {
    struct strbuf buffer = STRBUF_INIT;
    clock_format_iso_ms(&buffer, time_ms);
    strbuf_truncate(&buffer, buffer.size - 1);
    strbuf_append_string(&buffer, "+0000");
    char *text = arena_copy(arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    return text;
}

void lambda_configuration_default(struct arena *arena, struct lambda_version *version, const char *name) {
    *version = (struct lambda_version){
        .name = name,
        .description = "",
        .timeout_s = 3,
        .memory_mb = 128,
        .ephemeral_mb = 512,
        .tracing_mode = "PassThrough",
        .architecture = "x86_64",
        .snap_start = "None",
        .log_format = "Text",
        .log_group = arena_printf(arena, "/aws/lambda/%s", name),
    };
}

/* ---- runtimes ---- */

/* Names a function can be created with. Source: recording test_create_lambda_exceptions; the older Python
 * and Node.js ones stay, so that old templates can be run. */
static const char *const runtimes[] = {
    "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x",
    "java25",     "python3.10", "python3.11",      "java21",     "ruby3.3",    "ruby3.4",    "ruby3.2",
    "python3.8",  "python3.9",  "java17",          "nodejs16.x", "dotnet10",   "dotnet8",    "java11",
    "dotnet6",    "nodejs18.x", "provided.al2",    "java8.al2",
};
static const char *const old_runtimes[] = {
    "python2.7",  "python3.6",  "python3.7",  "python3.15", "nodejs",     "nodejs4.3", "nodejs6.10",
    "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs26.x", "provided",
};
static const char *const retired_runtimes[] = {
    "java8",         "ruby2.5",       "ruby2.7", "dotnetcore1.0",  "dotnetcore2.0",
    "dotnetcore2.1", "dotnetcore3.1", "go1.x",   "nodejs4.3-edge",
};

static bool is_one_of(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool check_runtime(struct call *call, const char *runtime, struct result *error) {
    if (is_one_of(runtime, runtimes, COUNT(runtimes)) ||
        is_one_of(runtime, old_runtimes, COUNT(old_runtimes))) {
        return true;
    }
    if (is_one_of(runtime, retired_runtimes, COUNT(retired_runtimes))) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "The runtime parameter of %s is no longer supported for creating or updating AWS "
                        "Lambda functions. We recommend you use a supported runtime while creating or "
                        "updating functions.",
                        runtime);
        return false;
    }
    struct strbuf names = STRBUF_INIT;
    for (size_t i = 0; i < COUNT(runtimes); i++) {
        strbuf_printf(&names, "%s%s", i ? ", " : "", runtimes[i]);
    }
    *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                         "Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
                         "set: [%s] or be a valid ARN",
                         runtime, names.data);
    strbuf_release(&names);
    return false;
}

/* ---- taking members ---- */

static const char *const reserved_variables[] = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
};

static bool take_environment(struct call *call, struct input input, struct lambda_version *version,
                             struct result *error) {
    struct input variables = input_map(input_structure(input, "Environment"), "Variables");
    if (!variables.value) {
        version->environment = "{}";
        return true;
    }
    struct strbuf reserved = STRBUF_INIT;
    for (struct input variable = input_first(variables); variable.value; variable = input_next(variable)) {
        const char *name = arena_text_string(call->arena, input_key(variable));
        if (is_one_of(name, reserved_variables, COUNT(reserved_variables))) {
            strbuf_printf(&reserved, "%s%s", reserved.size ? ", " : "", name);
        }
    }
    bool good = reserved.size == 0;
    if (!good) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "Lambda was unable to configure your environment variables because the environment "
                        "variables you have provided contains reserved keys that are currently not supported "
                        "for modification. Reserved keys used in this request: %s",
                        reserved.data);
    }
    strbuf_release(&reserved);
    if (!good) {
        return false;
    }
    version->environment = lambda_json_text(call->arena, variables.value);
    if (strlen(version->environment) > ENVIRONMENT_MAXIMUM_BYTES) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "Lambda was unable to configure your environment variables because the environment "
                        "variables you have provided exceeded the 4KB limit. String measured: %s",
                        version->environment);
        return false;
    }
    return true;
}

/* "arn:...:layer:NAME:7" */
static bool layer_of_arn(const char *text, struct arn *arn, struct text *name, int64_t *version) {
    if (!arn_parse(text_of(text), arn)) {
        return false;
    }
    struct text rest = arn->resource;
    text_cut(&rest, ':');
    *name = text_cut(&rest, ':');
    return rest.data && text_to_int64(rest, version);
}

static bool take_layers(struct call *call, struct input input, struct lambda_version *version,
                        struct result *error) {
    struct input layers = input_list(input, "Layers");
    size_t count = input_count(layers);
    if (count > LAYERS_MAXIMUM) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "Cannot reference more than %d layers.", LAYERS_MAXIMUM);
        return false;
    }
    struct strbuf list = STRBUF_INIT;
    strbuf_append_char(&list, '[');
    bool good = true;
    for (struct input layer = input_first(layers); layer.value && good; layer = input_next(layer)) {
        const char *text = input_as_string(layer);
        struct arn arn;
        struct text name;
        int64_t number;
        struct lambda_layer_version found;
        good = layer_of_arn(text, &arn, &name, &number) &&
               lambda_store_layer_version(call->store,
                                          (struct lambda_owner){arena_text_string(call->arena, arn.account),
                                                                arena_text_string(call->arena, arn.region)},
                                          arena_text_string(call->arena, name), number, call->arena, &found);
        if (good) {
            strbuf_append_string(&list, list.size > 1 ? ",{\"Arn\":" : "{\"Arn\":");
            json_write_string(&list, text_of(text));
            strbuf_printf(&list, ",\"CodeSize\":%lld}", (long long)found.code_size);
        } else {
            *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                                 "Layer version %s does not exist.", text);
        }
    }
    strbuf_append_char(&list, ']');
    version->layers = count ? arena_copy(call->arena, list.data, list.size) : NULL;
    strbuf_release(&list);
    return good;
}

static void take_vpc(struct call *call, struct input vpc, struct lambda_version *version) {
    struct strbuf buffer = STRBUF_INIT;
    static const char *const lists[] = {"SubnetIds", "SecurityGroupIds"};
    strbuf_append_char(&buffer, '{');
    for (size_t i = 0; i < COUNT(lists); i++) {
        strbuf_printf(&buffer, "\"%s\":", lists[i]);
        struct input list = input_list(vpc, lists[i]);
        if (list.value) {
            json_write(&buffer, list.value);
        } else {
            strbuf_append_string(&buffer, "[]");
        }
        strbuf_append_char(&buffer, ',');
    }
    /* There are no VPCs here: the id is made up from the first subnet, always the same. */
    struct input subnet = input_first(input_list(vpc, "SubnetIds"));
    strbuf_append_string(&buffer, "\"VpcId\":\"");
    if (subnet.value) {
        struct strbuf hex = STRBUF_INIT;
        crypto_append_digest_hex(&hex, DIGEST_SHA256, input_as_text(subnet));
        strbuf_printf(&buffer, "vpc-%.17s", hex.data);
        strbuf_release(&hex);
    }
    strbuf_printf(&buffer, "\",\"Ipv6AllowedForDualStack\":%s}",
                  input_boolean(vpc, "Ipv6AllowedForDualStack", false) ? "true" : "false");
    version->vpc_config = arena_copy(call->arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
}

/* Switching to JSON brings the two levels, switching back takes them away. Source: TestLoggingConfig. */
static bool take_logging(struct call *call, struct input logging, struct lambda_version *version,
                         struct result *error) {
    if (input_has(logging, "LogFormat")) {
        version->log_format = input_string(logging, "LogFormat");
    }
    if (input_has(logging, "LogGroup")) {
        version->log_group = input_string(logging, "LogGroup");
    }
    bool json = strcmp(version->log_format, "JSON") == 0;
    if (!json && (input_has(logging, "ApplicationLogLevel") || input_has(logging, "SystemLogLevel"))) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "To use ApplicationLogLevel or SystemLogLevel, you must set LogFormat to JSON.");
        return false;
    }
    if (!json) {
        version->application_log_level = version->system_log_level = NULL;
        return true;
    }
    const char *application = input_string(logging, "ApplicationLogLevel");
    const char *system = input_string(logging, "SystemLogLevel");
    version->application_log_level = application                      ? application
                                     : version->application_log_level ? version->application_log_level
                                                                      : "INFO";
    version->system_log_level = system                      ? system
                                : version->system_log_level ? version->system_log_level
                                                            : "INFO";
    return true;
}

static bool take_dead_letter(struct call *call, struct input input, struct lambda_version *version,
                             struct result *error) {
    const char *target = input_string(input_structure(input, "DeadLetterConfig"), "TargetArn");
    version->dead_letter_arn = target && *target ? target : NULL;
    struct arn arn;
    if (version->dead_letter_arn && (!arn_parse(text_of(target), &arn) ||
                                     !(text_equals(arn.service, "sqs") || text_equals(arn.service, "sns")))) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException,
                             "The provided target ARN %s is not a valid dead letter queue or topic.", target);
        return false;
    }
    return true;
}

struct text_member {
    const char *name;
    size_t offset;
};

/* Plain members, taken over as they come. */
static void take_plain(struct input input, struct lambda_version *version) {
    static const struct text_member texts[] = {
        {"Role", offsetof(struct lambda_version, role)},
        {"Handler", offsetof(struct lambda_version, handler)},
        {"Runtime", offsetof(struct lambda_version, runtime)},
        {"Description", offsetof(struct lambda_version, description)},
        {"KMSKeyArn", offsetof(struct lambda_version, kms_key_arn)},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (input_has(input, texts[i].name)) {
            *(const char **)((char *)version + texts[i].offset) = input_string(input, texts[i].name);
        }
    }
    if (version->kms_key_arn && !*version->kms_key_arn) {
        version->kms_key_arn = NULL;
    }
    version->timeout_s = input_integer(input, "Timeout", version->timeout_s);
    version->memory_mb = input_integer(input, "MemorySize", version->memory_mb);
    version->ephemeral_mb =
        input_integer(input_structure(input, "EphemeralStorage"), "Size", version->ephemeral_mb);
    const char *mode = input_string(input_structure(input, "TracingConfig"), "Mode");
    version->tracing_mode = mode ? mode : version->tracing_mode;
    const char *snap = input_string(input_structure(input, "SnapStart"), "ApplyOn");
    version->snap_start = snap ? snap : version->snap_start;
}

bool lambda_configuration_apply(struct call *call, struct input input, struct lambda_owner owner,
                                struct lambda_version *version, struct result *error) {
    (void)owner;
    take_plain(input, version);
    if (input_has(input, "Runtime") && !check_runtime(call, version->runtime, error)) {
        return false;
    }
    if (input_has(input, "Environment") && !take_environment(call, input, version, error)) {
        return false;
    }
    if (input_has(input, "Layers") && !take_layers(call, input, version, error)) {
        return false;
    }
    if (input_has(input, "DeadLetterConfig") && !take_dead_letter(call, input, version, error)) {
        return false;
    }
    if (input_has(input, "LoggingConfig") &&
        !take_logging(call, input_structure(input, "LoggingConfig"), version, error)) {
        return false;
    }
    if (input_has(input, "VpcConfig")) {
        take_vpc(call, input_structure(input, "VpcConfig"), version);
    }
    if (input_has(input, "FileSystemConfigs")) {
        struct input systems = input_list(input, "FileSystemConfigs");
        version->file_systems = input_count(systems) ? lambda_json_text(call->arena, systems.value) : NULL;
    }
    if (input_has(input, "ImageConfig")) {
        version->image_config = lambda_json_text(call->arena, input_structure(input, "ImageConfig").value);
    }
    return true;
}

/* ---- showing ---- */

static void write_document(struct call *call, struct output *output, const char *member, const char *json) {
    if (json) {
        output_value(output, member, json_parse(call->arena, text_of(json), NULL));
    }
}

static void write_state(struct call *call, struct output *output, const struct lambda_version *version) {
    bool settled = lambda_settled(version, call->now_ms);
    bool pending = !settled && version->created;
    output_string(output, "State", pending ? "Pending" : "Active");
    if (pending) {
        output_string(output, "StateReason", "The function is being created.");
        output_string(output, "StateReasonCode", "Creating");
        return;
    }
    output_string(output, "LastUpdateStatus", settled ? "Successful" : "InProgress");
    if (!settled) {
        output_string(output, "LastUpdateStatusReason", "The function is being created.");
        output_string(output, "LastUpdateStatusReasonCode", "Creating");
    }
}

static void write_runtime(struct call *call, struct output *output, struct lambda_owner owner,
                          const struct lambda_version *version) {
    if (!version->runtime) {
        return;
    }
    output_string(output, "Runtime", version->runtime);
    struct strbuf arn = STRBUF_INIT;
    strbuf_printf(&arn, "arn:aws:lambda:%s::runtime:", owner.region);
    crypto_append_digest_hex(&arn, DIGEST_SHA256, text_of(version->runtime));
    output_begin_structure(output, "RuntimeVersionConfig");
    output_string(output, "RuntimeVersionArn", arena_copy(call->arena, arn.data, arn.size));
    output_end(output);
    strbuf_release(&arn);
}

static void write_logging(struct output *output, const struct lambda_version *version) {
    output_begin_structure(output, "LoggingConfig");
    output_string(output, "LogFormat", version->log_format);
    output_string(output, "ApplicationLogLevel", version->application_log_level);
    output_string(output, "SystemLogLevel", version->system_log_level);
    output_string(output, "LogGroup", version->log_group);
    output_end(output);
}

/* Structures of one string each. */
static void write_single(struct output *output, const char *structure, const char *member,
                         const char *value) {
    if (value) {
        output_begin_structure(output, structure);
        output_string(output, member, value);
        output_end(output);
    }
}

void lambda_configuration_write(struct call *call, struct output *output, struct lambda_owner owner,
                                const struct lambda_version *version, const char *arn_qualifier) {
    output_string(output, "FunctionName", version->name);
    output_string(output, "FunctionArn", lambda_arn(call->arena, owner, version->name, arn_qualifier));
    write_runtime(call, output, owner, version);
    output_string(output, "Role", version->role);
    output_string(output, "Handler", version->handler);
    output_integer(output, "CodeSize", version->code_size);
    output_string(output, "Description", version->description);
    output_integer(output, "Timeout", version->timeout_s);
    output_integer(output, "MemorySize", version->memory_mb);
    output_string(output, "LastModified", lambda_time(call->arena, version->modified_ms));
    output_string(output, "CodeSha256", version->code_sha256);
    output_string(output, "Version", lambda_version_name(call->arena, version->version));
    write_document(call, output, "VpcConfig", version->vpc_config);
    write_single(output, "DeadLetterConfig", "TargetArn", version->dead_letter_arn);
    if (version->environment) {
        output_begin_structure(output, "Environment");
        write_document(call, output, "Variables", version->environment);
        output_end(output);
    }
    output_string(output, "KMSKeyArn", version->kms_key_arn);
    write_single(output, "TracingConfig", "Mode", version->tracing_mode);
    output_string(output, "RevisionId", lambda_revision(version, call->now_ms));
    write_document(call, output, "Layers", version->layers);
    write_state(call, output, version);
    write_document(call, output, "FileSystemConfigs", version->file_systems);
    output_string(output, "PackageType", version->image_uri ? "Image" : "Zip");
    if (version->image_config) {
        output_begin_structure(output, "ImageConfigResponse");
        write_document(call, output, "ImageConfig", version->image_config);
        output_end(output);
    }
    output_begin_list(output, "Architectures");
    output_string(output, NULL, version->architecture);
    output_end(output);
    output_begin_structure(output, "EphemeralStorage");
    output_integer(output, "Size", version->ephemeral_mb);
    output_end(output);
    output_begin_structure(output, "SnapStart");
    output_string(output, "ApplyOn", version->snap_start);
    output_string(output, "OptimizationStatus",
                  version->version != LAMBDA_LATEST && strcmp(version->snap_start, "None") != 0 ? "On"
                                                                                                : "Off");
    output_end(output);
    write_logging(output, version);
}

const char *lambda_configuration_digest(struct arena *arena, const struct lambda_version *version) {
    const char *const parts[] = {
        version->runtime,          version->role,
        version->handler,          version->description,
        version->environment,      version->vpc_config,
        version->file_systems,     version->image_config,
        version->image_uri,        version->layers,
        version->dead_letter_arn,  version->kms_key_arn,
        version->tracing_mode,     version->architecture,
        version->snap_start,       version->log_format,
        version->log_group,        version->application_log_level,
        version->system_log_level, version->code_sha256,
    };
    struct strbuf all = STRBUF_INIT;
    for (size_t i = 0; i < COUNT(parts); i++) {
        strbuf_printf(&all, "%zu:%s\n", i, parts[i] ? parts[i] : "");
    }
    strbuf_printf(&all, "%lld %lld %lld", (long long)version->timeout_s, (long long)version->memory_mb,
                  (long long)version->ephemeral_mb);
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_SHA256, strbuf_text(&all));
    const char *digest = arena_copy(arena, hex.data, hex.size);
    strbuf_release(&hex);
    strbuf_release(&all);
    return digest;
}
