/*
 * Schedules that are due, and their calls: attempts, retries on the clock, dead letters. Each attempt is a
 * fault point ("scheduler", "Delivery"). Source: EventBridge Scheduler user guide.
 */
#include <ctype.h>

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/core/fault.h"
#include "emulator/core/trace.h"
#include "services/scheduler/scheduler.h"

#define PRINCIPAL "scheduler.amazonaws.com"
#define DEFAULT_RETRIES 185
#define DEFAULT_AGE_S 86400
#define LONGEST_WAIT_MS ((int64_t)480000)

struct scheduler_attempt {
    struct scheduler_state *state;
    struct arena *arena;
    struct scheduler_delivery delivery;
    const struct json_value *target;
    struct scheduler_attempt *previous;
    struct scheduler_attempt *next;
};

static void start(struct scheduler_state *state, int64_t id);

/* ---- waking ---- */

static void deliveries_due(void *argument, enum task_event event) {
    struct scheduler_state *state = argument;
    int64_t id;
    state->deliveries = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    int64_t now_ms = emulator_now_ms(state->emulator);
    while (scheduler_store_due_delivery(emulator_store(state->emulator), now_ms, &id)) {
        start(state, id);
    }
    scheduler_wake(state);
}

/* One firing becomes a delivery; a schedule that has had its last time may go. */
static void fire(struct scheduler_state *state, int64_t id, int64_t now_ms) {
    struct store *store = emulator_store(state->emulator);
    struct arena *arena = arena_open();
    struct scheduler_schedule schedule;
    if (scheduler_store_schedule_by_id(store, id, arena, &schedule)) {
        const struct json_value *document = json_parse(arena, text_of(schedule.document), NULL);
        struct strbuf target = STRBUF_INIT;
        json_write(&target, json_find(document, "Target"));
        scheduler_store_add_delivery(store, &(struct scheduler_delivery){
                                                .owner = schedule.owner,
                                                .schedule_arn = scheduler_schedule_arn(
                                                    arena, schedule.owner, schedule.group, schedule.name),
                                                .target = target.data,
                                                .due_ms = now_ms,
                                                .created_ms = now_ms,
                                            });
        strbuf_release(&target);
        struct scheduler_times times = scheduler_times_of(&schedule, arena, document);
        schedule.next_ms = scheduler_next(&times, now_ms);
        if (schedule.next_ms < 0 &&
            text_equals(json_find_text(document, "ActionAfterCompletion"), "DELETE")) {
            scheduler_store_delete_schedule(store, id);
        } else {
            scheduler_store_put_schedule(store, &schedule);
        }
    }
    arena_close(arena);
}

static void schedules_due(void *argument, enum task_event event) {
    struct scheduler_state *state = argument;
    int64_t id;
    state->schedules = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    int64_t now_ms = emulator_now_ms(state->emulator);
    while (scheduler_store_due_schedule(emulator_store(state->emulator), now_ms, &id)) {
        fire(state, id, now_ms);
    }
    scheduler_wake(state);
}

/* Moves the task to due_ms; -1: none is needed. quiet: no reason for virtual time to pass. */
static void wake_at(struct scheduler_state *state, task_id *task, int64_t *task_ms, int64_t due_ms,
                    task_fn *function, bool quiet) {
    if (*task && *task_ms == due_ms) {
        return;
    }
    if (*task) {
        emulator_cancel(state->emulator, *task);
        *task = 0;
    }
    if (due_ms >= 0) {
        *task_ms = due_ms;
        *task = quiet ? emulator_schedule_quiet(state->emulator, due_ms, function, state)
                      : emulator_schedule(state->emulator, due_ms, function, state);
    }
}

void scheduler_wake(struct scheduler_state *state) {
    struct store *store = emulator_store(state->emulator);
    wake_at(state, &state->schedules, &state->schedules_ms, scheduler_store_earliest_schedule(store),
            schedules_due, true);
    wake_at(state, &state->deliveries, &state->deliveries_ms, scheduler_store_earliest_delivery(store),
            deliveries_due, false);
}

void scheduler_resume(struct scheduler_state *state) {
    scheduler_store_restart_deliveries(emulator_store(state->emulator), emulator_now_ms(state->emulator));
    scheduler_wake(state);
}

/* ---- attempts ---- */

static void close_attempt(struct scheduler_attempt *attempt) {
    if (attempt->previous) {
        attempt->previous->next = attempt->next;
    } else {
        attempt->state->attempts = attempt->next;
    }
    if (attempt->next) {
        attempt->next->previous = attempt->previous;
    }
    arena_close(attempt->arena);
}

void scheduler_forget_attempts(struct scheduler_state *state) {
    while (state->attempts) {
        close_attempt(state->attempts);
    }
}

static struct identity owner_identity(const struct scheduler_attempt *attempt) {
    return identity_of_service(PRINCIPAL, attempt->delivery.owner.account, attempt->delivery.owner.region);
}

static void make_notes(const struct scheduler_attempt *attempt, struct call_note notes[3]) {
    notes[0] = (struct call_note){"ScheduleArn", attempt->delivery.schedule_arn, &notes[1]};
    notes[1] = (struct call_note){
        "TargetArn", arena_text_string(attempt->arena, json_find_text(attempt->target, "Arn")), NULL};
}

static void trace(struct scheduler_attempt *attempt, const char *event, const char *problem) {
    struct call_note notes[3];
    struct identity identity = owner_identity(attempt);
    make_notes(attempt, notes);
    if (problem) {
        notes[1].next = &notes[2];
        notes[2] = (struct call_note){"Problem", problem, NULL};
    }
    trace_event(attempt->state->emulator, "scheduler", event, &identity, NULL, notes);
}

static void finish(struct scheduler_attempt *attempt) {
    scheduler_store_delete_delivery(emulator_store(attempt->state->emulator), attempt->delivery.id);
    close_attempt(attempt);
}

static void put_off(struct scheduler_attempt *attempt, int64_t wait_ms) {
    struct scheduler_state *state = attempt->state;
    attempt->delivery.due_ms = emulator_now_ms(state->emulator) + wait_ms;
    scheduler_store_move_delivery(emulator_store(state->emulator), &attempt->delivery);
    close_attempt(attempt);
    scheduler_wake(state);
}

static void call_service(struct scheduler_attempt *attempt, const char *service, const char *operation,
                         struct strbuf *input, struct identity caller, call_done_fn *done) {
    struct call_request request = {
        .service = service,
        .operation = operation,
        .input = strbuf_text(input),
        .caller = caller,
        .origin = attempt->delivery.schedule_arn,
    };
    call_start(attempt->state->emulator, &request, done, attempt);
    strbuf_release(input);
}

static void append_member(struct strbuf *out, const char *name, struct text value) {
    strbuf_printf(out, "%s\"%s\":", out->data[out->size - 1] == '{' ? "" : ",", name);
    json_write_string(out, value);
}

static void append_queue(struct strbuf *out, struct scheduler_attempt *attempt, const struct arn *arn) {
    append_member(
        out, "QueueUrl",
        text_of(arena_printf(attempt->arena, "%s/%.*s/%.*s", emulator_endpoint(attempt->state->emulator),
                             TEXT_ARGUMENTS(arn->account), TEXT_ARGUMENTS(arn->resource))));
}

static struct identity identity_at(struct scheduler_attempt *attempt, const struct arn *arn) {
    return identity_of_service(PRINCIPAL, arena_text_string(attempt->arena, arn->account),
                               arena_text_string(attempt->arena, arn->region));
}

/* AWS sends an empty object to a target without input. Source: user guide. */
static struct text input_of(const struct scheduler_attempt *attempt) {
    struct text input = json_find_text(attempt->target, "Input");
    return input.data ? input : TEXT("{}");
}

static void append_attribute(struct strbuf *out, const char *name, const char *value) {
    strbuf_printf(out, "%s\"%s\":{\"DataType\":\"String\",\"StringValue\":",
                  out->data[out->size - 1] == '{' ? "" : ",", name);
    json_write_string(out, text_of(value && *value ? value : "-"));
    strbuf_append_char(out, '}');
}

static void dead_letter_done(void *argument, const struct call_reply *reply) {
    struct scheduler_attempt *attempt = argument;
    trace(attempt, reply->error_code ? "DeadLetterLost" : "DeadLetter", reply->error_code);
    finish(attempt);
}

static void give_up(struct scheduler_attempt *attempt, const char *code, const char *message,
                    const char *condition) {
    struct text queue = json_find_text(json_find(attempt->target, "DeadLetterConfig"), "Arn");
    struct arn arn;
    if (!arn_parse(queue, &arn)) {
        trace(attempt, "DeliveryGivenUp", code);
        finish(attempt);
        return;
    }
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    append_queue(&input, attempt, &arn);
    append_member(&input, "MessageBody", input_of(attempt));
    strbuf_append_string(&input, ",\"MessageAttributes\":{");
    append_attribute(&input, "SCHEDULE_ARN", attempt->delivery.schedule_arn);
    append_attribute(&input, "TARGET_ARN",
                     arena_text_string(attempt->arena, json_find_text(attempt->target, "Arn")));
    append_attribute(&input, "ERROR_CODE", code);
    append_attribute(&input, "ERROR_MESSAGE", message);
    if (condition) {
        append_attribute(&input, "EXHAUSTED_RETRY_CONDITION", condition);
        append_attribute(&input, "RETRY_ATTEMPTS",
                         arena_printf(attempt->arena, "%lld", (long long)attempt->delivery.failed - 1));
    }
    strbuf_append_string(&input, "}}");
    call_service(attempt, "sqs", "SendMessage", &input, identity_at(attempt, &arn), dead_letter_done);
}

static int64_t policy_number(const struct scheduler_attempt *attempt, const char *name, int64_t fallback) {
    const struct json_value *number = json_find(json_find(attempt->target, "RetryPolicy"), name);
    int64_t value;
    return number && text_to_int64(number->text, &value) ? value : fallback;
}

static void failed(struct scheduler_attempt *attempt, const char *code, const char *message, int status) {
    struct scheduler_delivery *delivery = &attempt->delivery;
    delivery->failed++;
    trace(attempt, "DeliveryFailed", code);
    if (status == 501 || (status >= 400 && status < 500 && status != 429)) {
        give_up(attempt, code, message, NULL);
        return;
    }
    int64_t wait_ms = delivery->failed > 9 ? LONGEST_WAIT_MS : (int64_t)1000 << (delivery->failed - 1);
    int64_t end_ms =
        delivery->created_ms + policy_number(attempt, "MaximumEventAgeInSeconds", DEFAULT_AGE_S) * 1000;
    if (delivery->failed > policy_number(attempt, "MaximumRetryAttempts", DEFAULT_RETRIES)) {
        give_up(attempt, code, message, "MaximumRetryAttempts");
    } else if (emulator_now_ms(attempt->state->emulator) + wait_ms > end_ms) {
        give_up(attempt, code, message, "MaximumEventAgeInSeconds");
    } else {
        put_off(attempt, wait_ms);
    }
}

static void called(void *argument, const struct call_reply *reply) {
    struct scheduler_attempt *attempt = argument;
    if (reply->error_code) {
        failed(attempt, arena_strdup(attempt->arena, reply->error_code),
               arena_strdup(attempt->arena, reply->error_message ? reply->error_message : ""),
               reply->status ? reply->status : 500);
    } else {
        finish(attempt);
    }
}

/* ---- targets ---- */

/* arn:aws:scheduler:::aws-sdk:sqs:sendMessage: any operation, its input as given. */
static void call_operation(struct scheduler_attempt *attempt, struct text resource) {
    struct text operation = text_slice(resource, strlen("aws-sdk:"), SIZE_MAX);
    const char *service = arena_text_string(attempt->arena, text_cut(&operation, ':'));
    char *name = arena_copy(attempt->arena, operation.data ? operation.data : "", operation.size);
    name[0] = (char)toupper((unsigned char)name[0]);
    struct strbuf input = STRBUF_INIT;
    strbuf_append_text(&input, input_of(attempt));
    call_service(attempt, strcmp(service, "eventbridge") == 0 ? "events" : service, name, &input,
                 owner_identity(attempt), called);
}

static void send(struct scheduler_attempt *attempt) {
    struct text target = json_find_text(attempt->target, "Arn");
    const char *service = "";
    const char *operation = "";
    struct arn arn;
    struct strbuf input = STRBUF_INIT;
    arn_parse(target, &arn);
    if (text_equals(arn.service, "scheduler") && text_starts_with(arn.resource, "aws-sdk:")) {
        call_operation(attempt, arn.resource);
        return;
    }
    strbuf_append_char(&input, '{');
    if (text_equals(arn.service, "lambda")) {
        service = "lambda";
        operation = "Invoke";
        append_member(&input, "FunctionName", target);
        append_member(&input, "InvocationType", TEXT("Event"));
        strbuf_append_string(&input, ",\"Payload\":\"");
        crypto_append_base64(&input, input_of(attempt));
        strbuf_append_char(&input, '"');
    } else if (text_equals(arn.service, "sqs")) {
        struct text group = json_find_text(json_find(attempt->target, "SqsParameters"), "MessageGroupId");
        service = "sqs";
        operation = "SendMessage";
        append_queue(&input, attempt, &arn);
        append_member(&input, "MessageBody", input_of(attempt));
        if (group.data) {
            append_member(&input, "MessageGroupId", group);
        }
    } else if (text_equals(arn.service, "sns")) {
        service = "sns";
        operation = "Publish";
        append_member(&input, "TopicArn", target);
        append_member(&input, "Message", input_of(attempt));
    } else if (text_equals(arn.service, "events")) {
        const struct json_value *parameters = json_find(attempt->target, "EventBridgeParameters");
        service = "events";
        operation = "PutEvents";
        strbuf_append_string(&input, "\"Entries\":[{");
        append_member(&input, "EventBusName", target);
        append_member(&input, "Source", json_find_text(parameters, "Source"));
        append_member(&input, "DetailType", json_find_text(parameters, "DetailType"));
        append_member(&input, "Detail", input_of(attempt));
        strbuf_append_string(&input, "}]");
    }
    strbuf_append_char(&input, '}');
    if (!*service) {
        strbuf_release(&input);
        failed(attempt, "NotImplemented", "Targets of this kind are not emulated.", 501);
        return;
    }
    call_service(attempt, service, operation, &input, identity_at(attempt, &arn), called);
}

static struct fault_action ask_faults(struct scheduler_attempt *attempt) {
    struct call_note notes[3];
    struct identity identity = owner_identity(attempt);
    make_notes(attempt, notes);
    return fault_point(attempt->state->emulator, "scheduler", "Delivery", FAULT_BEFORE, &identity, notes);
}

static void start(struct scheduler_state *state, int64_t id) {
    struct store *store = emulator_store(state->emulator);
    struct arena *arena = arena_open();
    struct scheduler_attempt *attempt = arena_zalloc(arena, sizeof(*attempt));
    *attempt = (struct scheduler_attempt){.state = state, .arena = arena, .next = state->attempts};
    if (attempt->next) {
        attempt->next->previous = attempt;
    }
    state->attempts = attempt;
    scheduler_store_delivery(store, id, arena, &attempt->delivery);
    attempt->target = json_parse(arena, text_of(attempt->delivery.target), NULL);
    attempt->delivery.due_ms = SCHEDULER_DELIVERY_STARTED;
    scheduler_store_move_delivery(store, &attempt->delivery);
    struct fault_action action = {.kind = FAULT_NONE};
    if (faults_count(emulator_faults(state->emulator)) > 0) {
        action = ask_faults(attempt);
    }
    switch (action.kind) {
    case FAULT_NONE:
    case FAULT_FREEDOM:
        send(attempt);
        break;
    case FAULT_DELAY:
        put_off(attempt, action.delay_ms);
        break;
    case FAULT_ERROR:
        failed(attempt, action.error.name, action.message ? action.message : "", action.error.status);
        break;
    case FAULT_LOSE:
        failed(attempt, "InternalServerException", "scripted fault", 500);
        break;
    }
}
