/* How: one attempt at one endpoint. */
#include "emulator/base/die.h"
#include "emulator/core/fault.h"
#include "services/sns/sns.h"
#include "services/sns/sns_delivery.h"
#include "services/sns/sns_status.h"

/* Real time that an HTTP endpoint has to answer. Source: sns.md section 7. */
#define HTTP_TIMEOUT_MS 15000

static void fault_notes(const struct sns_delivery *delivery, struct arena *arena, struct call_note notes[5]) {
    notes[0] = (struct call_note){"TopicArn", arena_text_string(arena, delivery->row.topic_arn), &notes[1]};
    notes[1] = (struct call_note){"SubscriptionArn", arena_text_string(arena, delivery->row.subscription_arn),
                                  &notes[2]};
    notes[2] = (struct call_note){"Protocol", arena_text_string(arena, delivery->row.protocol), &notes[3]};
    notes[3] = (struct call_note){"Endpoint", arena_text_string(arena, delivery->row.endpoint), &notes[4]};
    notes[4] = (struct call_note){"MessageId", arena_text_string(arena, delivery->row.message_id), NULL};
}

static struct fault_action ask_faults(struct sns_state *state, struct sns_delivery *delivery,
                                      enum fault_phase phase) {
    if (faults_count(emulator_faults(state->emulator)) == 0 ||
        (phase == FAULT_BEFORE && delivery->row.delayed)) {
        return (struct fault_action){.kind = FAULT_NONE};
    }
    struct arena *arena = arena_open();
    struct call_note notes[5];
    struct arn arn;
    struct identity identity = {0};
    fault_notes(delivery, arena, notes);
    if (arn_parse(delivery->row.subscription_arn, &arn)) {
        identity = identity_of_service("sns.amazonaws.com", arena_text_string(arena, arn.account),
                                       arena_text_string(arena, arn.region));
    }
    struct fault_action action = fault_point(state->emulator, "sns", "Delivery", phase, &identity, notes);
    arena_close(arena);
    return action;
}

/* Server-side errors are tried again, those of the client are not. */
static enum sns_outcome outcome_of_status(int status) {
    return status >= 200 && status < 300                    ? SNS_DELIVERED
           : status >= 400 && status < 500 && status != 429 ? SNS_REFUSED
                                                            : SNS_TRY_AGAIN;
}

/* The endpoint has answered; what a fault rule makes of that. */
static void answered(struct sns_delivery *delivery, enum sns_outcome outcome, const char *problem) {
    struct sns_state *state = sns_delivery_state(delivery);
    if (outcome == SNS_DELIVERED) {
        struct fault_action action = ask_faults(state, delivery, FAULT_AFTER);
        if (action.kind == FAULT_ERROR || action.kind == FAULT_LOSE) {
            outcome = action.kind == FAULT_ERROR ? outcome_of_status(action.error.status) : SNS_TRY_AGAIN;
            problem = "scripted fault";
        }
    }
    if (outcome != SNS_DELIVERED) {
        sns_trace(state, delivery, "DeliveryFailed", problem);
    }
    sns_attempt_ended(state, delivery, outcome);
}

/* ---- SQS and Lambda ---- */

static void called(void *argument, const struct call_reply *reply) {
    struct sns_delivery *delivery = argument;
    sns_status_note_reply(delivery, reply);
    if (!reply->error_code) {
        answered(delivery, SNS_DELIVERED, NULL);
    } else {
        answered(delivery, outcome_of_status(reply->status ? reply->status : 500),
                 arena_strdup(reply->arena, reply->error_code));
    }
}

static void add_member(struct arena *arena, struct json_value *object, struct text key, struct text value) {
    json_append_member(object, key, json_new_string(arena, value));
}

/* The tree lives in the delivery's arena, as long as the call may need it. */
static struct json_value *send_message_input(const struct sns_delivery_row *row, struct arena *arena,
                                             struct text queue_url, bool fifo_queue) {
    bool fifo_topic = text_ends_with(row->topic_arn, ".fifo");
    struct json_value *extra = row->extra.data ? json_parse(arena, row->extra, NULL) : NULL;
    struct json_value *input = extra ? extra : json_new(arena, JSON_VALUE_OBJECT);
    add_member(arena, input, TEXT("QueueUrl"), queue_url);
    add_member(arena, input, TEXT("MessageBody"), row->body);
    if (row->group.data && fifo_queue == fifo_topic) {
        add_member(arena, input, TEXT("MessageGroupId"), row->group);
    }
    if (row->deduplication.data && fifo_queue) {
        add_member(arena, input, TEXT("MessageDeduplicationId"), row->deduplication);
    }
    return input;
}

static void send_to_queue(struct sns_state *state, struct sns_delivery *delivery, struct text queue_url,
                          bool fifo, const struct identity *caller, call_done_fn *done) {
    struct call_request request = {
        .service = "sqs",
        .operation = "SendMessage",
        .value = send_message_input(&delivery->row, sns_delivery_arena(delivery), queue_url, fifo),
        .caller = *caller,
        .outcome_only = !delivery->logged,
        .origin = "sns",
    };
    call_start(state->emulator, &request, done, delivery);
}

static void invoke(struct sns_state *state, struct sns_delivery *delivery) {
    struct strbuf *input = &state->scratch;
    strbuf_clear(input);
    strbuf_append_string(input, "{\"FunctionName\":");
    json_write_string(input, delivery->row.endpoint);
    strbuf_append_string(input, ",\"InvocationType\":\"Event\",\"Payload\":\"");
    crypto_append_base64(input, delivery->row.payload);
    strbuf_append_string(input, "\"}");
    struct call_request request = {
        .service = "lambda",
        .operation = "Invoke",
        .input = strbuf_text(input),
        .caller = delivery->target,
        .origin = "sns",
    };
    call_start(state->emulator, &request, called, delivery);
}

static void dead_letter_done(void *argument, const struct call_reply *reply) {
    struct sns_delivery *delivery = argument;
    struct sns_state *state = sns_delivery_state(delivery);
    sns_trace(state, delivery, reply->error_code ? "DeadLetterLost" : "DeadLetter", reply->error_code);
    sns_dead_letter_ended(state, delivery);
}

void sns_attempt_dead_letter(struct sns_state *state, struct sns_delivery *delivery, struct text queue_arn) {
    struct arn arn;
    if (!arn_parse(queue_arn, &arn)) {
        sns_dead_letter_ended(state, delivery);
        return;
    }
    struct arena *arena = sns_delivery_arena(delivery);
    struct identity caller = identity_of_service("sns.amazonaws.com", arena_text_string(arena, arn.account),
                                                 arena_text_string(arena, arn.region));
    struct text url = text_of(arena_printf(arena, "%s/%.*s/%.*s", emulator_endpoint(state->emulator),
                                           TEXT_ARGUMENTS(arn.account), TEXT_ARGUMENTS(arn.resource)));
    send_to_queue(state, delivery, url, text_ends_with(queue_arn, ".fifo"), &caller, dead_letter_done);
}

/* ---- HTTP ---- */

/* The delivery may be gone when the answer comes. */
struct exchange {
    struct emulator *emulator;
    struct sns_delivery *delivery;
    uint64_t generation;
};

static void http_answered(void *argument, const struct http_client_reply *reply) {
    struct exchange *exchange = argument;
    struct sns_state *state = sns_state_of(exchange->emulator);
    emulator_release(exchange->emulator);
    if (state->generation == exchange->generation) {
        struct sns_delivery *delivery = exchange->delivery;
        delivery->status = reply->status;
        delivery->response =
            arena_text(sns_delivery_arena(delivery), reply->status ? reply->body : text_of(reply->error));
        char problem[64];
        snprintf(problem, sizeof(problem), "HTTP status %d", reply->status);
        enum sns_outcome outcome = reply->status ? outcome_of_status(reply->status) : SNS_TRY_AGAIN;
        if (outcome == SNS_DELIVERED) {
            sns_trace(state, delivery, "Delivery", NULL);
        }
        answered(delivery, outcome, reply->status ? problem : reply->error);
    }
    free(exchange);
}

static void post(struct sns_state *state, struct sns_delivery *delivery) {
    struct arena *arena = arena_open();
    const struct sns_delivery_row *row = &delivery->row;
    bool notification = text_equals(row->kind, "Notification");
    struct http_header headers[8] = {
        {TEXT("x-amz-sns-message-type"), row->kind},
        {TEXT("x-amz-sns-message-id"), row->message_id},
        {TEXT("x-amz-sns-topic-arn"), row->topic_arn},
        {TEXT("Content-Type"),
         notification ? text_of(delivery->plan.content_type) : TEXT("text/plain; charset=UTF-8")},
        {TEXT("User-Agent"), TEXT("Amazon Simple Notification Service Agent")},
        {TEXT("Accept-Encoding"), TEXT("gzip,deflate")},
    };
    size_t count = 6;
    if (!text_equals(row->kind, "SubscriptionConfirmation")) {
        headers[count++] = (struct http_header){TEXT("x-amz-sns-subscription-arn"), row->subscription_arn};
    }
    if (notification && row->raw) {
        headers[count++] = (struct http_header){TEXT("x-amz-sns-rawdelivery"), TEXT("true")};
    }
    struct exchange *exchange = xmalloc(sizeof(*exchange));
    *exchange = (struct exchange){state->emulator, delivery, state->generation};
    emulator_hold(state->emulator);
    http_client_send(emulator_http_client(state->emulator), "POST", arena_text_string(arena, row->endpoint),
                     headers, count, row->body, HTTP_TIMEOUT_MS, http_answered, exchange);
    arena_close(arena);
}

/* ---- what is only recorded: e-mail, SMS, push, Firehose ---- */

static void record(struct sns_state *state, struct sns_delivery *delivery) {
    struct arena *arena = arena_open();
    const struct sns_delivery_row *row = &delivery->row;
    bool notification = text_equals(row->kind, "Notification");
    const struct json_value *parts = notification ? json_parse(arena, row->payload, NULL) : NULL;
    struct arn arn;
    arn_parse(row->topic_arn, &arn);
    const struct json_value *attributes = json_find(parts, "Attributes");
    struct sns_recorded recorded = {
        .kind = row->protocol,
        .target = row->endpoint,
        .topic_arn = row->topic_arn,
        .subscription_arn = row->subscription_arn,
        .message_id = row->message_id,
        .subject = json_find_text(parts, "Subject"),
        .message = notification ? json_find_text(parts, "Message") : row->body,
        .attributes = attributes ? attributes->raw : TEXT("{}"),
        .structure = json_find_text(parts, "MessageStructure"),
        .time_ms = emulator_now_ms(state->emulator),
    };
    sns_store_record(
        emulator_store(state->emulator),
        (struct sns_scope){arena_text_string(arena, arn.account), arena_text_string(arena, arn.region)},
        &recorded);
    sns_trace(state, delivery, "Delivery", NULL);
    arena_close(arena);
    delivery->status = 200;
    delivery->response = TEXT(SNS_RECORDED_ONLY);
    if (text_equals(row->protocol, "application")) {
        struct sns_push push = {row->endpoint, row->message_id, row->published_ms};
        sns_status_log_push(state, &push);
    }
    answered(delivery, SNS_DELIVERED, NULL);
}

/* ---- one attempt ---- */

void sns_attempt(struct sns_state *state, struct sns_delivery *delivery) {
    enum sns_protocol protocol = SNS_SQS;
    struct fault_action action = ask_faults(state, delivery, FAULT_BEFORE);
    delivery->attempted_ms = emulator_now_ms(state->emulator);
    delivery->status = 0;
    delivery->response = TEXT("scripted fault");
    switch (action.kind) {
    case FAULT_NONE:
    case FAULT_FREEDOM:
        break;
    case FAULT_DELAY:
        sns_attempt_delayed(state, delivery, action.delay_ms);
        return;
    case FAULT_ERROR:
        sns_trace(state, delivery, "DeliveryFailed", action.error.name);
        delivery->status = action.error.status;
        sns_attempt_ended(state, delivery, outcome_of_status(action.error.status));
        return;
    case FAULT_LOSE:
        sns_trace(state, delivery, "DeliveryFailed", "scripted fault");
        sns_attempt_ended(state, delivery, SNS_TRY_AGAIN);
        return;
    }
    sns_protocol_of(delivery->row.protocol, &protocol);
    switch (protocol) {
    case SNS_SQS:
        send_to_queue(state, delivery, delivery->queue_url, text_ends_with(delivery->row.endpoint, ".fifo"),
                      &delivery->target, called);
        break;
    case SNS_LAMBDA:
        invoke(state, delivery);
        break;
    case SNS_HTTP:
    case SNS_HTTPS:
        post(state, delivery);
        break;
    case SNS_EMAIL:
    case SNS_EMAIL_JSON:
    case SNS_SMS:
    case SNS_APPLICATION:
    case SNS_FIREHOSE:
    case SNS_PROTOCOL_COUNT:
        record(state, delivery);
        break;
    }
}
