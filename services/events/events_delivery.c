/*
 * One event to one target: attempts, retries on the clock, dead letters. Every delivery is a row with a due
 * time; one task wakes the earliest. Each attempt is a fault point ("events", "Delivery").
 * Source: EventBridge user guide "Retrying event delivery", "Using dead-letter queues".
 */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "emulator/core/fault.h"
#include "emulator/core/trace.h"
#include "services/events/event_input.h"
#include "services/events/events.h"

#define PRINCIPAL "events.amazonaws.com"
#define DEFAULT_RETRIES 185
#define DEFAULT_AGE_S 86400
/* 185 attempts in 24 hours; the steps between are a guess. */
#define LONGEST_WAIT_MS ((int64_t)480000)
/* An event that goes round between buses ends here; AWS does not say where. */
#define MAXIMUM_HOPS 8

/* An attempt under way; its texts live in its arena. */
struct events_attempt {
    struct events_state *state;
    struct arena *arena;
    struct events_delivery delivery;
    const struct json_value *target;
    struct text payload;
    struct arn arn;
    struct identity identity; /* in the target's account and Region */
    struct events_attempt *previous;
    struct events_attempt *next;
};

struct failure {
    const char *code;
    const char *message;
    bool permanent;
};

/* ---- the list of attempts ---- */

static struct events_attempt *open_attempt(struct events_state *state) {
    struct arena *arena = arena_open();
    struct events_attempt *attempt = arena_zalloc(arena, sizeof(*attempt));
    attempt->state = state;
    attempt->arena = arena;
    attempt->next = state->attempts;
    if (attempt->next) {
        attempt->next->previous = attempt;
    }
    state->attempts = attempt;
    return attempt;
}

/* A call that answers when the deliveries first .. last were tried. */
struct events_wait {
    struct events_state *state;
    struct call *call;
    int64_t first;
    int64_t last;
    int64_t left;
    struct events_wait *next;
};

static void drop_wait(struct events_state *state, struct events_wait *wait) {
    struct events_wait **place = &state->waits;
    while (*place != wait) {
        place = &(*place)->next;
    }
    *place = wait->next;
    free(wait);
}

static void one_is_tried(struct events_state *state, int64_t id) {
    for (struct events_wait *wait = state->waits; wait; wait = wait->next) {
        if (id >= wait->first && id <= wait->last) {
            if (--wait->left == 0) {
                struct call *call = wait->call;
                drop_wait(state, wait);
                call_finish(call, result_output());
            }
            return;
        }
    }
}

static void caller_gone(void *argument) {
    struct events_wait *wait = argument;
    drop_wait(wait->state, wait);
}

int64_t events_deliveries_begun(struct events_state *state) {
    return state->begun;
}

struct result events_answer_after_deliveries(struct call *call, int64_t before) {
    struct events_state *state = events_state_of(call->emulator);
    int64_t count = state->begun - before;
    if (count == 0) {
        return result_output();
    }
    struct events_wait *wait = xcalloc(1, sizeof(*wait));
    int64_t last = state->last_delivery; /* rows of one turn are numbered without a gap */
    *wait = (struct events_wait){state, call, last - count + 1, last, count, state->waits};
    state->waits = wait;
    call_on_cancel(call, caller_gone, wait);
    return result_pending();
}

static void close_attempt(struct events_attempt *attempt) {
    struct events_state *state = attempt->state;
    int64_t tried = attempt->delivery.failed <= 1 ? attempt->delivery.id : 0;
    if (attempt->previous) {
        attempt->previous->next = attempt->next;
    } else {
        state->attempts = attempt->next;
    }
    if (attempt->next) {
        attempt->next->previous = attempt->previous;
    }
    arena_close(attempt->arena);
    if (tried) {
        one_is_tried(state, tried);
    }
}

/* Reset, restore, close: the core cancels the calls that wait. */
void events_forget_attempts(struct events_state *state) {
    while (state->waits) {
        drop_wait(state, state->waits);
    }
    while (state->attempts) {
        close_attempt(state->attempts);
    }
}

/* ---- waking ---- */

static void start(struct events_state *state, int64_t id);

static void wake(void *argument, enum task_event event) {
    struct events_state *state = argument;
    int64_t id;
    state->deliveries = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    struct store *store = emulator_store(state->emulator);
    int64_t now_ms = emulator_now_ms(state->emulator);
    while (events_store_due_delivery(store, now_ms, &id)) {
        start(state, id);
    }
    events_resume_deliveries(state);
}

static void wake_at(struct events_state *state, int64_t due_ms) {
    if (state->deliveries && state->deliveries_ms <= due_ms) {
        return;
    }
    if (state->deliveries) {
        emulator_cancel(state->emulator, state->deliveries);
    }
    state->deliveries_ms = due_ms;
    state->deliveries = emulator_schedule(state->emulator, due_ms, wake, state);
}

/* After a restart what was under way begins again. */
void events_resume_deliveries(struct events_state *state) {
    struct store *store = emulator_store(state->emulator);
    if (!state->attempts) {
        events_store_restart_deliveries(store, emulator_now_ms(state->emulator));
    }
    int64_t due_ms = events_store_earliest_delivery(store);
    if (due_ms >= 0) {
        wake_at(state, due_ms);
    }
}

void events_deliver(struct events_state *state, const struct events_delivery *delivery) {
    state->begun++;
    state->last_delivery = events_store_add_delivery(emulator_store(state->emulator), delivery);
    wake_at(state, delivery->due_ms);
}

/* ---- faults and the trace ---- */

static void make_notes(const struct events_attempt *attempt, struct call_note notes[5]) {
    struct arena *arena = attempt->arena;
    const struct json_value *event = json_parse(arena, text_of(attempt->delivery.event), NULL);
    notes[0] = (struct call_note){"RuleName", attempt->delivery.rule_name, &notes[1]};
    notes[1] = (struct call_note){"TargetId", arena_text_string(arena, json_find_text(attempt->target, "Id")),
                                  &notes[2]};
    notes[2] = (struct call_note){
        "TargetArn", arena_text_string(arena, json_find_text(attempt->target, "Arn")), &notes[3]};
    notes[3] = (struct call_note){"EventId", arena_text_string(arena, json_find_text(event, "id")), NULL};
}

static struct identity owner_identity(const struct events_attempt *attempt) {
    return identity_of_service(PRINCIPAL, attempt->delivery.owner.account, attempt->delivery.owner.region);
}

static void trace(struct events_attempt *attempt, const char *event, const struct failure *failure) {
    struct call_note notes[5] = {0};
    struct identity identity = owner_identity(attempt);
    make_notes(attempt, notes);
    if (failure) {
        notes[3].next = &notes[4];
        notes[4] = (struct call_note){"Problem", failure->code, NULL};
    }
    trace_event(attempt->state->emulator, "events", event, &identity, NULL, notes);
}

static struct fault_action ask_faults(struct events_attempt *attempt, enum fault_phase phase) {
    struct call_note notes[5] = {0};
    struct identity identity = owner_identity(attempt);
    struct emulator *emulator = attempt->state->emulator;
    if (faults_count(emulator_faults(emulator)) == 0 ||
        (phase == FAULT_BEFORE && attempt->delivery.delayed)) {
        return (struct fault_action){.kind = FAULT_NONE};
    }
    make_notes(attempt, notes);
    return fault_point(emulator, "events", "Delivery", phase, &identity, notes);
}

/* ---- the end of an attempt ---- */

static void finish(struct events_attempt *attempt) {
    events_store_delete_delivery(emulator_store(attempt->state->emulator), attempt->delivery.id);
    close_attempt(attempt);
}

static void put_off(struct events_attempt *attempt, int64_t wait_ms) {
    struct events_state *state = attempt->state;
    attempt->delivery.due_ms = emulator_now_ms(state->emulator) + wait_ms;
    events_store_move_delivery(emulator_store(state->emulator), &attempt->delivery);
    wake_at(state, attempt->delivery.due_ms);
    close_attempt(attempt);
}

static void append_attribute(struct strbuf *input, const char *name, const char *value) {
    strbuf_printf(input, "%s\"%s\":{\"DataType\":\"String\",\"StringValue\":",
                  input->data[input->size - 1] == '{' ? "" : ",", name);
    json_write_string(input, text_of(value));
    strbuf_append_char(input, '}');
}

static void append_queue_url(struct strbuf *input, struct emulator *emulator, const struct arn *arn) {
    struct strbuf url = STRBUF_INIT;
    strbuf_printf(&url, "%s/%.*s/%.*s", emulator_endpoint(emulator), TEXT_ARGUMENTS(arn->account),
                  TEXT_ARGUMENTS(arn->resource));
    strbuf_append_string(input, "\"QueueUrl\":");
    json_write_string(input, strbuf_text(&url));
    strbuf_release(&url);
}

static void dead_letter_done(void *argument, const struct call_reply *reply) {
    struct events_attempt *attempt = argument;
    struct failure failure = {reply->error_code, reply->error_message, true};
    trace(attempt, reply->error_code ? "DeadLetterLost" : "DeadLetter", reply->error_code ? &failure : NULL);
    finish(attempt);
}

/* condition: why no further attempt follows; NULL: AWS would not have tried again anyway. */
static void give_up(struct events_attempt *attempt, const struct failure *failure, const char *condition) {
    struct emulator *emulator = attempt->state->emulator;
    struct text queue = json_find_text(json_find(attempt->target, "DeadLetterConfig"), "Arn");
    struct arn arn;
    if (!arn_parse(queue, &arn)) {
        trace(attempt, "DeliveryGivenUp", failure);
        finish(attempt);
        return;
    }
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    append_queue_url(&input, emulator, &arn);
    strbuf_append_string(&input, ",\"MessageBody\":");
    json_write_string(&input, text_of(attempt->delivery.event));
    strbuf_append_string(&input, ",\"MessageAttributes\":{");
    append_attribute(&input, "RULE_ARN", attempt->delivery.rule_arn);
    append_attribute(&input, "TARGET_ARN",
                     arena_text_string(attempt->arena, json_find_text(attempt->target, "Arn")));
    append_attribute(&input, "ERROR_CODE", failure->code);
    append_attribute(&input, "ERROR_MESSAGE", *failure->message ? failure->message : failure->code);
    if (condition) {
        append_attribute(&input, "EXHAUSTED_RETRY_CONDITION", condition);
        append_attribute(&input, "RETRY_ATTEMPTS",
                         arena_printf(attempt->arena, "%lld", (long long)attempt->delivery.failed - 1));
    }
    strbuf_append_string(&input, "}}");
    struct call_request request = {
        .service = "sqs",
        .operation = "SendMessage",
        .input = strbuf_text(&input),
        .caller = identity_of_service(PRINCIPAL, arena_text_string(attempt->arena, arn.account),
                                      arena_text_string(attempt->arena, arn.region)),
        .origin = "events",
    };
    call_start(emulator, &request, dead_letter_done, attempt);
    strbuf_release(&input);
}

static int64_t policy_number(const struct events_attempt *attempt, const char *name, int64_t fallback) {
    const struct json_value *number = json_find(json_find(attempt->target, "RetryPolicy"), name);
    int64_t value;
    return number && text_to_int64(number->text, &value) ? value : fallback;
}

static void failed(struct events_attempt *attempt, const struct failure *failure) {
    struct events_delivery *delivery = &attempt->delivery;
    int64_t now_ms = emulator_now_ms(attempt->state->emulator);
    delivery->failed++;
    delivery->delayed = false;
    trace(attempt, "DeliveryFailed", failure);
    if (failure->permanent) {
        give_up(attempt, failure, NULL);
        return;
    }
    if (delivery->failed > policy_number(attempt, "MaximumRetryAttempts", DEFAULT_RETRIES)) {
        give_up(attempt, failure, "MaximumRetryAttempts");
        return;
    }
    int64_t wait_ms = delivery->failed > 9 ? LONGEST_WAIT_MS : (int64_t)1000 << (delivery->failed - 1);
    wait_ms = wait_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait_ms;
    int64_t age_ms = policy_number(attempt, "MaximumEventAgeInSeconds", DEFAULT_AGE_S) * 1000;
    if (now_ms + wait_ms > delivery->created_ms + age_ms) {
        give_up(attempt, failure, "MaximumEventAgeInSeconds");
        return;
    }
    put_off(attempt, wait_ms);
}

/* The target has taken it; what a fault rule makes of that. */
static void delivered(struct events_attempt *attempt) {
    struct fault_action action = ask_faults(attempt, FAULT_AFTER);
    if (action.kind == FAULT_ERROR || action.kind == FAULT_LOSE) {
        failed(attempt, &(struct failure){"InternalException", "scripted fault", false});
        return;
    }
    finish(attempt);
}

static void called(void *argument, const struct call_reply *reply) {
    struct events_attempt *attempt = argument;
    if (!reply->error_code) {
        delivered(attempt);
        return;
    }
    struct failure failure = {
        arena_strdup(attempt->arena, reply->error_code),
        arena_strdup(attempt->arena, reply->error_message ? reply->error_message : ""),
        reply->status == 501 || (reply->status >= 400 && reply->status < 500 && reply->status != 429),
    };
    failed(attempt, &failure);
}

/* ---- targets ---- */

static void call_service(struct events_attempt *attempt, const char *service, const char *operation,
                         struct strbuf *input, call_done_fn *done) {
    struct call_request request = {
        .service = service,
        .operation = operation,
        .input = strbuf_text(input),
        .caller = attempt->identity,
        .origin = arena_printf(attempt->arena, "events/%s", attempt->delivery.rule_name),
    };
    call_start(attempt->state->emulator, &request, done, attempt);
    strbuf_release(input);
}

static void to_lambda(struct events_attempt *attempt) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"InvocationType\":\"Event\",\"FunctionName\":");
    json_write_string(&input, json_find_text(attempt->target, "Arn"));
    strbuf_append_string(&input, ",\"Payload\":\"");
    crypto_append_base64(&input, attempt->payload);
    strbuf_append_string(&input, "\"}");
    call_service(attempt, "lambda", "Invoke", &input, called);
}

static void to_queue(struct events_attempt *attempt) {
    struct strbuf input = STRBUF_INIT;
    struct text group = json_find_text(json_find(attempt->target, "SqsParameters"), "MessageGroupId");
    strbuf_append_char(&input, '{');
    append_queue_url(&input, attempt->state->emulator, &attempt->arn);
    strbuf_append_string(&input, ",\"MessageBody\":");
    json_write_string(&input, attempt->payload);
    if (group.size > 0) {
        strbuf_append_string(&input, ",\"MessageGroupId\":");
        json_write_string(&input, group);
    }
    strbuf_append_char(&input, '}');
    call_service(attempt, "sqs", "SendMessage", &input, called);
}

static void to_topic(struct events_attempt *attempt) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"TopicArn\":");
    json_write_string(&input, json_find_text(attempt->target, "Arn"));
    strbuf_append_string(&input, ",\"Message\":");
    json_write_string(&input, attempt->payload);
    strbuf_append_char(&input, '}');
    call_service(attempt, "sns", "Publish", &input, called);
}

/* A stream of its own for each event, named by its id. */
static void append_stream(struct strbuf *input, struct events_attempt *attempt) {
    struct text group = text_slice(attempt->arn.resource, strlen("log-group:"), SIZE_MAX);
    const struct json_value *event = json_parse(attempt->arena, text_of(attempt->delivery.event), NULL);
    strbuf_append_string(input, "{\"logGroupName\":");
    json_write_string(input, text_cut(&group, ':'));
    strbuf_append_string(input, ",\"logStreamName\":");
    json_write_string(input, json_find_text(event, "id"));
}

static void stream_made(void *argument, const struct call_reply *reply) {
    struct events_attempt *attempt = argument;
    if (reply->error_code && strcmp(reply->error_code, "ResourceAlreadyExistsException") != 0) {
        called(attempt, reply);
        return;
    }
    struct strbuf input = STRBUF_INIT;
    append_stream(&input, attempt);
    strbuf_printf(&input, ",\"logEvents\":[{\"timestamp\":%lld,\"message\":",
                  (long long)emulator_now_ms(attempt->state->emulator));
    json_write_string(&input, attempt->payload);
    strbuf_append_string(&input, "}]}");
    call_service(attempt, "logs", "PutLogEvents", &input, called);
}

static void to_log_group(struct events_attempt *attempt) {
    struct strbuf input = STRBUF_INIT;
    append_stream(&input, attempt);
    strbuf_append_char(&input, '}');
    call_service(attempt, "logs", "CreateLogStream", &input, stream_made);
}

/* The envelope goes on as it is: account, Region and time stay those of its origin. */
static void to_bus(struct events_attempt *attempt) {
    struct emulator *emulator = attempt->state->emulator;
    struct events_bus_name bus = {
        {attempt->identity.account, attempt->identity.region},
        arena_text_string(attempt->arena, text_slice(attempt->arn.resource, strlen("event-bus/"), SIZE_MAX))};
    struct events_event event = {
        .json = attempt->payload,
        .value = json_parse(attempt->arena, attempt->payload, NULL),
        .time_ms = emulator_now_ms(emulator),
        .hops = attempt->delivery.hops + 1,
    };
    if (event.hops > MAXIMUM_HOPS || !events_bus_exists(emulator_store(emulator), attempt->arena, &bus)) {
        failed(attempt, &(struct failure){
                            "ResourceNotFoundException",
                            arena_printf(attempt->arena, "Event bus %s does not exist.", bus.name), true});
        return;
    }
    events_route(emulator, attempt->arena, &bus, &event);
    delivered(attempt);
}

static const struct target_row {
    const char *service;
    const char *resource; /* how the ARN's resource begins; NULL: any */
    void (*send)(struct events_attempt *attempt);
} target_rows[] = {
    {"lambda", "function:", to_lambda},   {"sqs", NULL, to_queue},          {"sns", NULL, to_topic},
    {"logs", "log-group:", to_log_group}, {"events", "event-bus/", to_bus},
};

static void send(struct events_attempt *attempt) {
    for (size_t i = 0; i < sizeof(target_rows) / sizeof(target_rows[0]); i++) {
        const struct target_row *row = &target_rows[i];
        if (text_equals(attempt->arn.service, row->service) &&
            (!row->resource || text_starts_with(attempt->arn.resource, row->resource))) {
            row->send(attempt);
            return;
        }
    }
    failed(attempt, &(struct failure){"NotImplemented", "Targets of this kind are not emulated.", true});
}

/* ---- one attempt ---- */

static bool read_attempt(struct events_attempt *attempt) {
    struct emulator *emulator = attempt->state->emulator;
    struct arena *arena = attempt->arena;
    attempt->target = json_parse(arena, text_of(attempt->delivery.target), NULL);
    if (!arn_parse(json_find_text(attempt->target, "Arn"), &attempt->arn)) {
        return false;
    }
    attempt->identity = identity_of_service(PRINCIPAL, arena_text_string(arena, attempt->arn.account),
                                            arena_text_string(arena, attempt->arn.region));
    struct event_input_source source = {
        .event = text_of(attempt->delivery.event),
        .value = json_parse(arena, text_of(attempt->delivery.event), NULL),
        .rule_arn = attempt->delivery.rule_arn,
        .rule_name = attempt->delivery.rule_name,
        .now_ms = emulator_now_ms(emulator),
    };
    attempt->payload = event_input_make(arena, attempt->target, &source);
    return attempt->payload.data != NULL;
}

static void start(struct events_state *state, int64_t id) {
    struct store *store = emulator_store(state->emulator);
    struct events_attempt *attempt = open_attempt(state);
    if (!events_store_delivery(store, id, attempt->arena, &attempt->delivery)) {
        close_attempt(attempt);
        return;
    }
    attempt->delivery.due_ms = EVENTS_DELIVERY_STARTED;
    events_store_move_delivery(store, &attempt->delivery);
    if (!read_attempt(attempt)) {
        trace(attempt, "DeliveryGivenUp", &(struct failure){"InvalidInput", "", true});
        finish(attempt); /* a template that gives no JSON is dropped without a word */
        return;
    }
    struct fault_action action = ask_faults(attempt, FAULT_BEFORE);
    switch (action.kind) {
    case FAULT_NONE:
    case FAULT_FREEDOM:
        send(attempt);
        break;
    case FAULT_DELAY:
        attempt->delivery.delayed = true;
        put_off(attempt, action.delay_ms);
        break;
    case FAULT_ERROR:
        failed(attempt, &(struct failure){action.error.name, action.message ? action.message : "",
                                          action.error.status < 500 && action.error.status != 429});
        break;
    case FAULT_LOSE:
        failed(attempt, &(struct failure){"InternalException", "scripted fault", false});
        break;
    }
}
