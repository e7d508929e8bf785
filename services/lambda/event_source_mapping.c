/* Operations of event source mappings. */
#include "services/lambda/event_source_mapping.h"

#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "emulator/base/event_pattern.h"
#include "services/lambda/function_reference.h"

#define BATCH_MAXIMUM 10000
#define FIFO_BATCH_MAXIMUM 10
#define BATCH_WITHOUT_WINDOW 10

/* ---- showing ---- */

static bool is_settled(struct call *call, const struct lambda_document *row) {
    return call->now_ms >= row->modified_ms + LAMBDA_SETTLE_MS;
}

static void write_echoed(struct output *output, const struct json_value *document) {
    static const char *const members[] = {
        "StartingPosition",
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "ParallelizationFactor",
        "FilterCriteria",
        "KMSKeyArn",
        "MetricsConfig",
        "ScalingConfig",
        "LastProcessingResult",
        "DestinationConfig",
        "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError",
        "MaximumRetryAttempts",
        "TumblingWindowInSeconds",
        "FunctionResponseTypes",
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct json_value *value = json_find(document, members[i]);
        if (value) {
            output_value(output, members[i], value);
        }
    }
}

static struct result write_mapping(struct call *call, struct output *output,
                                   const struct lambda_document *row) {
    const struct json_value *document = json_parse(call->arena, text_of(row->document), NULL);
    struct arn source;
    arn_parse(text_of(row->source), &source);
    bool deleting = strcmp(row->state, "Deleting") == 0;
    const char *state = row->state;
    if (!deleting && is_settled(call, row)) {
        state = mapping_document_says(document, "Enabled") ? "Enabled" : "Disabled";
    }
    output_string(output, "UUID", row->id);
    output_string(output, "EventSourceArn", row->source);
    output_string(output, "FunctionArn", row->function);
    output_string(output, "EventSourceMappingArn",
                  arn_build(call->arena, "lambda", row->owner.region, row->owner.account,
                            arena_printf(call->arena, "event-source-mapping:%s", row->id)));
    output_timestamp(output, "LastModified", row->modified_ms);
    output_string(output, "State", state);
    output_string(output, "StateTransitionReason",
                  text_equals(source.service, "sqs") ? "USER_INITIATED" : "User action");
    write_echoed(output, document);
    return result_output();
}

/* ---- checks ---- */

static struct result bad_value(struct call *call, const char *message) {
    return lambda_fail(call, &lambda_error_InvalidParameterValueException, "%s", message);
}

static bool check_filters(struct call *call, struct input input, struct result *error) {
    struct input filters = input_list(input_structure(input, "FilterCriteria"), "Filters");
    const char *message;
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        struct text pattern = input_text(filter, "Pattern");
        if (!pattern.data || !event_pattern_read(call->arena, pattern, &message)) {
            *error = bad_value(call, "Invalid filter pattern definition.");
            return false;
        }
    }
    return true;
}

static bool check_batch(struct call *call, const struct mapping *mapping, struct result *error) {
    if (mapping->source != MAPPING_QUEUE) {
        return true;
    }
    if (mapping->fifo && (mapping->batch_size > FIFO_BATCH_MAXIMUM || mapping->window_s > 0)) {
        *error = bad_value(call, mapping->window_s > 0 ? "Batching window is not supported for FIFO queues"
                                                       : "Batch size is too large for FIFO queues");
        return false;
    }
    if (mapping->batch_size > BATCH_WITHOUT_WINDOW && mapping->window_s == 0) {
        *error =
            bad_value(call, "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
                            "greater than 10");
        return false;
    }
    return true;
}

/* The ARN that a mapping shows: with the qualifier that was given. False: *error. */
static bool find_function(struct call *call, const char *name, const char **function_arn,
                          struct lambda_version *version, struct result *error) {
    struct lambda_target target;
    if (!lambda_target_of(call, name, NULL, &target, error)) {
        return false;
    }
    if (!lambda_find_version(call, &target, version, NULL)) {
        *error = bad_value(call, "Function does not exist");
        return false;
    }
    *function_arn = lambda_arn(call->arena, target.owner, target.name, target.qualifier);
    return true;
}

static bool check_duplicate(struct call *call, const struct lambda_document *wanted, const char *function,
                            struct result *error) {
    struct lambda_document *rows;
    struct lambda_owner owner = lambda_owner_of(call);
    size_t count =
        lambda_store_list_documents(call->store, LAMBDA_DOCUMENT_MAPPING, &owner, call->arena, &rows);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].source, wanted->source) == 0 && strcmp(rows[i].function, wanted->function) == 0 &&
            strcmp(rows[i].state, "Deleting") != 0) {
            struct arn arn;
            arn_parse(text_of(wanted->source), &arn);
            bool queue = text_equals(arn.service, "sqs");
            *error =
                lambda_fail(call, &lambda_error_ResourceConflictException,
                            "%s (\" %s \") and function (\" %s \") %salready exists. Please update or delete "
                            "the existing mapping with UUID %s",
                            queue ? "An event source mapping with SQS arn" : "The event source arn",
                            wanted->source, function, queue ? "" : "provided mapping ", rows[i].id);
            return false;
        }
    }
    return true;
}

/* ---- create ---- */

/* Waiting to hear whether the source exists. */
struct source_check {
    struct call *call; /* NULL: it ended without us */
    struct lambda_document row;
    int64_t function_timeout_s;
    bool queue;
};

struct wake_mapping {
    struct lambda *lambda;
    char id[UUID_SIZE];
};

static void settled(void *argument, enum task_event event) {
    struct wake_mapping *wake = argument;
    if (event == TASK_RUN) {
        struct arena *arena = arena_open();
        struct store *store = emulator_store(wake->lambda->emulator);
        struct lambda_document row;
        if (lambda_store_document(store, LAMBDA_DOCUMENT_MAPPING, wake->id, arena, &row) &&
            strcmp(row.state, "Deleting") == 0) {
            lambda_store_delete_document(store, LAMBDA_DOCUMENT_MAPPING, wake->id);
        }
        arena_close(arena);
        lambda_pollers_sync(wake->lambda, wake->id);
    }
    free(wake);
}

static void settle_later(struct call *call, const struct lambda_document *row) {
    struct wake_mapping *wake = xcalloc(1, sizeof *wake);
    wake->lambda = lambda_state(call->emulator);
    memcpy(wake->id, row->id, strnlen(row->id, UUID_SIZE - 1));
    emulator_schedule(call->emulator, call->now_ms + LAMBDA_SETTLE_MS, settled, wake);
}

static struct result keep_new(struct source_check *check, const struct call_reply *reply) {
    struct call *call = check->call;
    if (reply->error_code && check->queue) {
        return lambda_fail(
            call, &lambda_error_InvalidParameterValueException,
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not "
            "exist.");
    }
    if (reply->error_code) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException, "Stream not found: %s",
                           check->row.source);
    }
    int64_t visibility_s =
        mapping_document_number(json_find(reply->value, "Attributes"), "VisibilityTimeout", INT64_MAX);
    if (check->queue && visibility_s < check->function_timeout_s) {
        return lambda_fail(
            call, &lambda_error_InvalidParameterValueException,
            "Queue visibility timeout: %lld seconds is less than Function timeout: %lld seconds",
            (long long)visibility_s, (long long)check->function_timeout_s);
    }
    check->row.modified_ms = emulator_now_ms(call->emulator);
    lambda_store_put_document(call->store, LAMBDA_DOCUMENT_MAPPING, &check->row);
    settle_later(call, &check->row);
    return write_mapping(call, call_output(call), &check->row);
}

static void source_checked(void *argument, const struct call_reply *reply) {
    struct source_check *check = argument;
    if (check->call) {
        call_on_cancel(check->call, NULL, NULL);
        call_finish(check->call, keep_new(check, reply));
    }
    free(check);
}

static void check_cancelled(void *argument) {
    struct source_check *check = argument;
    check->call = NULL;
}

static void ask_for_source(struct source_check *check, const struct arn *arn) {
    struct call *call = check->call;
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    if (check->queue) {
        strbuf_printf(&input, "\"QueueUrl\":\"%s/%.*s/%.*s\",\"AttributeNames\":[\"VisibilityTimeout\"]",
                      emulator_endpoint(call->emulator), TEXT_ARGUMENTS(arn->account),
                      TEXT_ARGUMENTS(arn->resource));
    } else {
        strbuf_append_string(&input, "\"StreamArn\":");
        json_write_string(&input, text_of(check->row.source));
    }
    strbuf_append_char(&input, '}');
    call_start(
        call->emulator,
        &(struct call_request){.service = check->queue ? "sqs" : "dynamodbstreams",
                               .operation = check->queue ? "GetQueueAttributes" : "DescribeStream",
                               .input = strbuf_text(&input),
                               .caller = identity_of_service("lambda.amazonaws.com",
                                                             arena_text_string(call->arena, arn->account),
                                                             arena_text_string(call->arena, arn->region)),
                               .origin = "lambda"},
        source_checked, check);
    strbuf_release(&input);
}

struct result lambda_create_mapping(struct call *call, struct input input) {
    struct result error;
    struct arn arn;
    struct lambda_version version;
    const char *source = input_string(input, "EventSourceArn");
    if (!source || !arn_parse(text_of(source), &arn) ||
        !(text_equals(arn.service, "sqs") || text_equals(arn.service, "dynamodb"))) {
        return bad_value(call, "Unrecognized event source.");
    }
    bool queue = text_equals(arn.service, "sqs");
    const char *function_arn;
    if (!find_function(call, input_string(input, "FunctionName"), &function_arn, &version, &error)) {
        return error;
    }
    if (queue && input_has(input, "DestinationConfig")) {
        return bad_value(call,
                         "Unsupported DestinationConfig parameter for given event source mapping type.");
    }
    if (!queue && !input_has(input, "StartingPosition")) {
        return bad_value(call,
                         "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
                         "constraint: Member must not be null.");
    }
    char *id = arena_alloc(call->arena, UUID_SIZE);
    ids_uuid(emulator_ids(call->emulator), id);
    const char *tags = lambda_json_text(call->arena, input_map(input, "Tags").value);
    struct lambda_document row = {
        .id = id,
        .owner = lambda_owner_of(call),
        .function = function_arn,
        .source = source,
        .state = input_boolean(input, "Enabled", true) ? "Creating" : "Disabled",
        .document = mapping_build_document(call, input, NULL, queue),
        .tags = tags ? tags : "{}",
        .modified_ms = call->now_ms,
    };
    struct mapping mapping;
    mapping_read_document(call->arena, &row, &mapping);
    if (!check_filters(call, input, &error) || !check_batch(call, &mapping, &error) ||
        !check_duplicate(call, &row, version.name, &error)) {
        return error;
    }
    struct source_check *check = xcalloc(1, sizeof *check);
    *check = (struct source_check){
        .call = call, .row = row, .queue = queue, .function_timeout_s = version.timeout_s};
    call_on_cancel(call, check_cancelled, check);
    ask_for_source(check, &arn);
    return result_pending();
}

/* ---- the other operations ---- */

static bool find_row(struct call *call, struct input input, struct lambda_document *row,
                     struct result *error) {
    if (lambda_store_document(call->store, LAMBDA_DOCUMENT_MAPPING, input_string(input, "UUID"), call->arena,
                              row) &&
        strcmp(row->owner.account, call->identity.account) == 0 &&
        strcmp(row->owner.region, call->identity.region) == 0) {
        return true;
    }
    *error = lambda_fail(call, &lambda_error_ResourceNotFoundException,
                         "The resource you requested does not exist.");
    return false;
}

struct result lambda_get_mapping(struct call *call, struct input input) {
    struct lambda_document row;
    struct result error;
    if (!find_row(call, input, &row, &error)) {
        return error;
    }
    return write_mapping(call, call_output(call), &row);
}

/* False, and *error: another change has not settled yet. */
static bool may_change(struct call *call, const struct lambda_document *row, struct result *error) {
    if (is_settled(call, row) && strcmp(row->state, "Deleting") != 0) {
        return true;
    }
    *error = lambda_fail(call, &lambda_error_ResourceInUseException,
                         "Cannot update the event source mapping because it is in use.");
    return false;
}

struct result lambda_update_mapping(struct call *call, struct input input) {
    struct lambda_document row;
    struct lambda_version version;
    struct result error;
    if (!find_row(call, input, &row, &error) || !may_change(call, &row, &error)) {
        return error;
    }
    if (input_has(input, "FunctionName") &&
        !find_function(call, input_string(input, "FunctionName"), &row.function, &version, &error)) {
        return error;
    }
    struct mapping mapping;
    mapping_read_document(call->arena, &row, &mapping);
    bool was_enabled = mapping.enabled;
    row.document = mapping_build_document(call, input, json_parse(call->arena, text_of(row.document), NULL),
                                          mapping.source == MAPPING_QUEUE);
    mapping_read_document(call->arena, &row, &mapping);
    if (!check_filters(call, input, &error) || !check_batch(call, &mapping, &error)) {
        return error;
    }
    row.state = mapping.enabled == was_enabled ? "Updating" : mapping.enabled ? "Enabling" : "Disabling";
    row.modified_ms = call->now_ms;
    lambda_store_put_document(call->store, LAMBDA_DOCUMENT_MAPPING, &row);
    settle_later(call, &row);
    return write_mapping(call, call_output(call), &row);
}

struct result lambda_delete_mapping(struct call *call, struct input input) {
    struct lambda_document row;
    struct result error;
    if (!find_row(call, input, &row, &error)) {
        return error;
    }
    row.state = "Deleting";
    row.modified_ms = call->now_ms;
    lambda_store_put_document(call->store, LAMBDA_DOCUMENT_MAPPING, &row);
    lambda_pollers_sync(lambda_state(call->emulator), row.id);
    settle_later(call, &row);
    return write_mapping(call, call_output(call), &row);
}

struct result lambda_list_mappings(struct call *call, struct input input) {
    const char *source = input_string(input, "EventSourceArn");
    const char *name = input_string(input, "FunctionName");
    struct lambda_target target = {.name = NULL};
    struct result error;
    if (name && !lambda_target_of(call, name, NULL, &target, &error)) {
        return error;
    }
    struct lambda_owner owner = lambda_owner_of(call);
    struct lambda_document *rows;
    size_t count =
        lambda_store_list_documents(call->store, LAMBDA_DOCUMENT_MAPPING, &owner, call->arena, &rows);
    int64_t limit = input_integer(input, "MaxItems", 100);
    const char *marker = input_string(input, "Marker");
    bool begun = !marker;
    const char *next = NULL;
    struct output *output = call_output(call);
    output_begin_list(output, "EventSourceMappings");
    for (size_t i = 0; i < count && !next; i++) {
        struct mapping mapping;
        mapping_read_document(call->arena, &rows[i], &mapping);
        bool wanted = (!source || strcmp(rows[i].source, source) == 0) &&
                      (!target.name || strcmp(mapping.function, target.name) == 0);
        if (begun && wanted && limit-- > 0) {
            output_begin_structure(output, NULL);
            write_mapping(call, output, &rows[i]);
            output_end(output);
        } else if (begun && wanted) {
            next = rows[i - 1].id;
        }
        begun = begun || strcmp(rows[i].id, marker) == 0;
    }
    output_end(output);
    output_string(output, "NextMarker", next);
    return result_output();
}
