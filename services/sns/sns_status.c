#include "services/sns/sns_status.h"

#include "services/sns/sns.h"

/* ---- who wants it ---- */

static const char *const feedback_names[SNS_FEEDBACK_COUNT] = {
    [SNS_FEEDBACK_HTTP] = "HTTP",         [SNS_FEEDBACK_SQS] = "SQS",
    [SNS_FEEDBACK_LAMBDA] = "Lambda",     [SNS_FEEDBACK_APPLICATION] = "Application",
    [SNS_FEEDBACK_FIREHOSE] = "Firehose",
};

static const enum sns_feedback_kind kinds[SNS_PROTOCOL_COUNT] = {
    [SNS_SQS] = SNS_FEEDBACK_SQS,           [SNS_LAMBDA] = SNS_FEEDBACK_LAMBDA,
    [SNS_HTTP] = SNS_FEEDBACK_HTTP,         [SNS_HTTPS] = SNS_FEEDBACK_HTTP,
    [SNS_EMAIL] = SNS_FEEDBACK_COUNT,       [SNS_EMAIL_JSON] = SNS_FEEDBACK_COUNT,
    [SNS_SMS] = SNS_FEEDBACK_COUNT,         [SNS_APPLICATION] = SNS_FEEDBACK_APPLICATION,
    [SNS_FIREHOSE] = SNS_FEEDBACK_FIREHOSE,
};

static struct text read_one(struct store *store, const struct sns_topic *topic, int kind, const char *rest) {
    return sns_store_attribute(store, topic->arena, topic->arn,
                               arena_printf(topic->arena, "%s%s", feedback_names[kind], rest));
}

void sns_feedback_read(struct store *store, struct sns_topic *topic) {
    for (int i = 0; i < SNS_FEEDBACK_COUNT; i++) {
        struct sns_feedback *feedback = &topic->feedback[i];
        feedback->success_role = read_one(store, topic, i, "SuccessFeedbackRoleArn");
        feedback->failure_role = read_one(store, topic, i, "FailureFeedbackRoleArn");
        text_to_int64(read_one(store, topic, i, "SuccessFeedbackSampleRate"), &feedback->sample_rate);
    }
}

bool sns_feedback_is_wanted(const struct sns_topic *topic, enum sns_protocol protocol) {
    if (kinds[protocol] == SNS_FEEDBACK_COUNT) {
        return false;
    }
    const struct sns_feedback *feedback = &topic->feedback[kinds[protocol]];
    return feedback->success_role.data || feedback->failure_role.data;
}

/* ---- the record ---- */

/* SNS speaks SQS's query protocol, where this error has another name and text. */
#define QUERY_NO_QUEUE "AWS.SimpleQueueService.NonExistentQueue"
#define QUERY_NO_QUEUE_TEXT "The specified queue does not exist or you do not have access to it."

static void append_member(struct strbuf *buffer, const char *name, struct text value) {
    strbuf_printf(buffer, "\"%s\":", name);
    json_write_string(buffer, value);
}

void sns_status_note_reply(struct sns_delivery *delivery, const struct call_reply *reply) {
    bool lambda = text_equals(delivery->row.protocol, "lambda");
    delivery->status = reply->status;
    if (!delivery->logged) {
        return;
    }
    bool failed = reply->error_code != NULL;
    struct strbuf json = STRBUF_INIT;
    strbuf_append_char(&json, '{');
    if (failed) {
        bool no_queue = strcmp(reply->error_code, "QueueDoesNotExist") == 0;
        append_member(&json, "ErrorCode", text_of(no_queue ? QUERY_NO_QUEUE : reply->error_code));
        strbuf_append_char(&json, ',');
        append_member(&json, "ErrorMessage", text_of(no_queue ? QUERY_NO_QUEUE_TEXT : reply->error_message));
        strbuf_append_char(&json, ',');
    }
    append_member(&json, lambda ? "lambdaRequestId" : "sqsRequestId",
                  failed && !lambda ? TEXT("Unrecoverable") : text_of(reply->request_id));
    if (!failed && !lambda) {
        strbuf_append_char(&json, ',');
        append_member(&json, "sqsMessageId", json_find_text(reply->value, "MessageId"));
    }
    strbuf_append_char(&json, '}');
    delivery->response = arena_text(sns_delivery_arena(delivery), strbuf_text(&json));
    strbuf_release(&json);
}

/* The message alone, of what the endpoint got. */
static struct text message_of(const struct sns_delivery_row *row, struct arena *arena) {
    if (row->raw && !text_equals(row->protocol, "lambda")) {
        return row->body;
    }
    struct text message = json_find_text(json_parse(arena, row->body, NULL), "Message");
    return message.data ? message : TEXT("");
}

static void append_timestamp(struct strbuf *record, int64_t time_ms) {
    strbuf_append_string(record, ",\"timestamp\":\"");
    clock_format(record, "%Y-%m-%d %H:%M:%S", time_ms);
    strbuf_printf(record, ".%03d\"", (int)(time_ms % 1000));
}

static void append_record(struct strbuf *record, struct sns_state *state, const struct sns_delivery *delivery,
                          bool success) {
    const struct sns_delivery_row *row = &delivery->row;
    struct arena *arena = sns_delivery_arena(delivery);
    char delivery_id[UUID_SIZE];
    int64_t dwell_ms = delivery->attempted_ms - row->published_ms;
    ids_uuid(emulator_ids(state->emulator), delivery_id);
    strbuf_append_string(record, "{\"notification\":{\"messageMD5Sum\":\"");
    crypto_append_digest_hex(record, DIGEST_MD5, message_of(row, arena));
    strbuf_append_string(record, "\",");
    append_member(record, "messageId", row->message_id);
    strbuf_append_char(record, ',');
    append_member(record, "topicArn", row->topic_arn);
    append_timestamp(record, row->published_ms);
    strbuf_append_string(record, "},\"delivery\":{");
    append_member(record, "deliveryId", text_of(delivery_id));
    strbuf_append_char(record, ',');
    append_member(record, "destination", row->endpoint);
    strbuf_append_char(record, ',');
    append_member(record, "providerResponse", delivery->response.data ? delivery->response : TEXT(""));
    strbuf_printf(record, ",\"dwellTimeMs\":%lld", (long long)dwell_ms);
    /* AWS's record of a success at Lambda has none. */
    if (!success || text_starts_with(row->protocol, "http")) {
        int64_t attempts = row->failed + (success ? 1 : 0);
        strbuf_printf(record, ",\"attempts\":%lld", (long long)attempts);
    }
    if (delivery->status > 0) { /* nobody answered: there is none */
        strbuf_printf(record, ",\"statusCode\":%d", delivery->status);
    }
    strbuf_printf(record, "},\"status\":\"%s\"}", success ? "SUCCESS" : "FAILURE");
}

/* ---- writing it ---- */

/* One record on its way; lives in a batch, which a reset forgets. */
struct write {
    struct sns_state *state;
    struct sns_batch *batch;
    struct identity caller;
    const char *group;
    const char *stream;
    struct text events;
};

static void start_write(const struct write *write, const char *operation, call_done_fn *done) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    append_member(&input, "logGroupName", text_of(write->group));
    if (strcmp(operation, "CreateLogGroup") != 0) {
        strbuf_append_char(&input, ',');
        append_member(&input, "logStreamName", text_of(write->stream));
    }
    if (strcmp(operation, "PutLogEvents") == 0) {
        strbuf_append_string(&input, ",\"logEvents\":");
        strbuf_append_text(&input, write->events);
    }
    strbuf_append_char(&input, '}');
    struct call_request request = {
        .service = "logs",
        .operation = operation,
        .input = strbuf_text(&input),
        .caller = write->caller,
        .origin = "sns",
    };
    call_start(write->state->emulator, &request, done, (void *)(uintptr_t)write);
    strbuf_release(&input);
}

static void written(void *argument, const struct call_reply *reply) {
    struct write *write = argument;
    if (reply->error_code && strcmp(reply->error_code, "ResourceNotFoundException") == 0) {
        start_write(write, "CreateLogGroup", NULL);
        start_write(write, "CreateLogStream", NULL);
        start_write(write, "PutLogEvents", NULL);
    }
    sns_batch_discard(write->batch);
}

/* Streams have no name that AWS promises; here a group has one, an id that follows from its name. */
static const char *stream_of(struct arena *arena, const char *group) {
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_MD5, text_of(group));
    const char *name = arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.data, hex.data + 8, hex.data + 12,
                                    hex.data + 16, hex.data + 20);
    strbuf_release(&hex);
    return name;
}

/* The role's session, in the topic's account and Region. */
static struct identity session_of(struct arena *arena, const struct arn *topic, struct text role) {
    struct identity identity =
        identity_of_service("sns.amazonaws.com", arena_text_string(arena, topic->account),
                            arena_text_string(arena, topic->region));
    struct arn arn;
    if (arn_parse(role, &arn) && text_starts_with(arn.resource, "role/")) {
        struct text name = text_slice(arn.resource, strlen("role/"), arn.resource.size);
        identity.arn = arena_printf(arena, "arn:aws:sts::%.*s:assumed-role/%.*s/sns",
                                    TEXT_ARGUMENTS(arn.account), TEXT_ARGUMENTS(name));
        identity.service_principal = false;
    }
    return identity;
}

static bool is_sampled(struct sns_state *state, int64_t rate) {
    return rate >= 100 || (rate > 0 && (int64_t)ids_random_below(emulator_ids(state->emulator), 100) < rate);
}

/* Into the group of that name in the Region and account of `place`. */
static void write_record(struct sns_state *state, const struct arn *place, struct text name, struct text role,
                         struct text record, bool success) {
    struct sns_batch *batch = sns_batch_open(state, NULL);
    struct arena *arena = sns_batch_arena(batch);
    struct write *write = arena_zalloc(arena, sizeof(*write));
    struct strbuf events = STRBUF_INIT;
    strbuf_printf(&events, "[{\"timestamp\":%lld,", (long long)emulator_now_ms(state->emulator));
    append_member(&events, "message", record);
    strbuf_append_string(&events, "}]");
    *write = (struct write){
        .state = state,
        .batch = batch,
        .caller = session_of(arena, place, role),
        .group =
            arena_printf(arena, "sns/%.*s/%.*s/%.*s%s", TEXT_ARGUMENTS(place->region),
                         TEXT_ARGUMENTS(place->account), TEXT_ARGUMENTS(name), success ? "" : "/Failure"),
        .events = arena_text(arena, strbuf_text(&events)),
    };
    write->stream = stream_of(arena, write->group);
    strbuf_release(&events);
    start_write(write, "PutLogEvents", written);
}

void sns_status_log(struct sns_state *state, const struct sns_delivery *delivery, bool success) {
    const struct sns_delivery_row *row = &delivery->row;
    enum sns_protocol protocol;
    struct arn arn;
    if (!delivery->logged || !text_equals(row->kind, "Notification") || !arn_parse(row->topic_arn, &arn) ||
        !sns_protocol_of(row->protocol, &protocol)) {
        return;
    }
    const struct sns_topic *topic =
        sns_topic_of(state, arena_text_string(sns_delivery_arena(delivery), row->topic_arn));
    if (!topic || !sns_feedback_is_wanted(topic, protocol)) {
        return; /* since changed */
    }
    const struct sns_feedback *feedback = &topic->feedback[kinds[protocol]];
    struct text role = success ? feedback->success_role : feedback->failure_role;
    if (!role.data || (success && !is_sampled(state, feedback->sample_rate))) {
        return;
    }
    struct strbuf record = STRBUF_INIT;
    append_record(&record, state, delivery, success);
    write_record(state, &arn, arn.resource, role, strbuf_text(&record), success);
    strbuf_release(&record);
}

/* ---- pushes, which a platform application may want recorded ---- */

static void append_push(struct strbuf *record, struct sns_state *state, const struct sns_push *push,
                        struct text token) {
    char delivery_id[UUID_SIZE];
    int64_t dwell_ms = emulator_now_ms(state->emulator) - push->published_ms;
    ids_uuid(emulator_ids(state->emulator), delivery_id);
    strbuf_append_string(record, "{\"notification\":{");
    append_member(record, "messageId", push->message_id);
    append_timestamp(record, push->published_ms);
    strbuf_append_string(record, "},\"delivery\":{");
    append_member(record, "deliveryId", text_of(delivery_id));
    strbuf_append_char(record, ',');
    append_member(record, "destination", push->endpoint);
    strbuf_append_char(record, ',');
    append_member(record, "providerResponse", TEXT(SNS_RECORDED_ONLY));
    strbuf_printf(record, ",\"dwellTimeMs\":%lld,\"attempts\":1,", (long long)dwell_ms);
    append_member(record, "token", token.data ? token : TEXT(""));
    strbuf_append_string(record, ",\"statusCode\":200},\"status\":\"SUCCESS\"}");
}

void sns_status_log_push(struct sns_state *state, const struct sns_push *push) {
    struct store *store = emulator_store(state->emulator);
    struct arn arn;
    int64_t rate = 0;
    if (!arn_parse(push->endpoint, &arn) || !text_starts_with(arn.resource, "endpoint/")) {
        return;
    }
    struct arena *arena = arena_open();
    struct text rest = text_slice(arn.resource, strlen("endpoint/"), arn.resource.size);
    struct text platform = text_cut(&rest, '/');
    struct text name = text_cut(&rest, '/');
    const char *path = arena_printf(arena, "app/%.*s/%.*s", TEXT_ARGUMENTS(platform), TEXT_ARGUMENTS(name));
    const char *application = arena_printf(arena, "arn:aws:sns:%.*s:%.*s:%s", TEXT_ARGUMENTS(arn.region),
                                           TEXT_ARGUMENTS(arn.account), path);
    struct text role = sns_store_attribute(store, arena, application, "SuccessFeedbackRoleArn");
    text_to_int64(sns_store_attribute(store, arena, application, "SuccessFeedbackSampleRate"), &rate);
    if (role.size > 0 && is_sampled(state, rate)) {
        struct strbuf record = STRBUF_INIT;
        const char *endpoint = arena_text_string(arena, push->endpoint);
        append_push(&record, state, push, sns_store_attribute(store, arena, endpoint, "Token"));
        write_record(state, &arn, text_of(path), role, strbuf_text(&record), true);
        strbuf_release(&record);
    }
    arena_close(arena);
}
