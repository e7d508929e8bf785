/*
 * The asynchronous queue: an accepted event waits in its table until an attempt is due; the function's
 * failures and missing room bring it back later, always with the same request id.
 */
#include "emulator/base/die.h"
#include "services/lambda/lambda_destinations.h"
#include "services/lambda/lambda_invoke.h"
#include "services/lambda/retry_schedule.h"

#define MAXIMUM_AGE_S 21600
#define MAXIMUM_RETRIES 2

/* An attempt on its way: which event, and as which version. */
struct attempt {
    struct lambda *lambda;
    char *request_id;
    char *executed_version; /* NULL until it runs */
};

static struct attempt *open_attempt(struct lambda *lambda, const char *request_id) {
    struct attempt *attempt = xcalloc(1, sizeof *attempt);
    attempt->lambda = lambda;
    attempt->request_id = xstrdup(request_id);
    return attempt;
}

static void close_attempt(struct attempt *attempt) {
    free(attempt->request_id);
    free(attempt->executed_version);
    free(attempt);
}

static void attempt_due(void *argument, enum task_event task);

static void schedule(struct lambda *lambda, const char *request_id, int64_t due_ms) {
    emulator_schedule(lambda->emulator, due_ms, attempt_due, open_attempt(lambda, request_id));
}

void lambda_event_accept(struct call *call, const struct lambda_target *target, struct text payload) {
    const struct lambda_event event = {
        .request_id = call->request_id,
        .owner = target->owner,
        .function = target->name,
        .qualifier = target->qualifier,
        .payload = payload,
        .created_ms = call->now_ms,
        .due_ms = call->now_ms,
    };
    lambda_store_put_event(call->store, &event);
    schedule(lambda_state(call->emulator), event.request_id, event.due_ms);
}

/* ---- rules ---- */

struct event_rules {
    struct retry_rules retry;
    const char *on_success;
    const char *on_failure;
    const char *dead_letter_arn;
};

static const char *destination_of(struct arena *arena, const struct json_value *config, const char *side) {
    const struct json_value *destinations = json_find(config, "DestinationConfig");
    return arena_text_string(arena, json_find_text(json_find(destinations, side), "Destination"));
}

static void read_rules(struct lambda *lambda, const struct lambda_event *event, struct arena *arena,
                       struct event_rules *rules) {
    *rules = (struct event_rules){.retry = {MAXIMUM_RETRIES, MAXIMUM_AGE_S * (int64_t)1000}};
    struct store *store = emulator_store(lambda->emulator);
    struct lambda_setting setting;
    if (lambda_store_setting(store, event->owner, LAMBDA_SETTING_EVENT_INVOKE, event->function,
                             event->qualifier ? event->qualifier : "$LATEST", arena, &setting)) {
        const struct json_value *config = json_parse(arena, text_of(setting.document), NULL);
        const struct json_value *retries = json_find(config, "MaximumRetryAttempts");
        const struct json_value *age = json_find(config, "MaximumEventAgeInSeconds");
        int64_t age_s;
        if (retries) {
            text_to_int64(retries->text, &rules->retry.maximum_retries);
        }
        if (age && text_to_int64(age->text, &age_s)) {
            rules->retry.maximum_age_ms = age_s * 1000;
        }
        rules->on_success = destination_of(arena, config, "OnSuccess");
        rules->on_failure = destination_of(arena, config, "OnFailure");
    }
    struct lambda_version version;
    const char *arn;
    if (lambda_resolve_invocation(lambda->emulator, event->owner, event->function, event->qualifier, arena,
                                  &version, &arn)) {
        rules->dead_letter_arn = version.dead_letter_arn;
    }
}

/* The event is done with. */
static void finish(struct lambda *lambda, const struct lambda_event *event, const struct event_rules *rules,
                   const char *condition, const char *executed_version,
                   const struct invocation_outcome *outcome) {
    lambda_store_delete_event(emulator_store(lambda->emulator), event->request_id);
    lambda_send_outcome(lambda->emulator, &(struct event_end){
                                              .event = event,
                                              .condition = condition,
                                              .executed_version = executed_version,
                                              .outcome = outcome,
                                              .dead_letter_arn = rules->dead_letter_arn,
                                              .on_success = rules->on_success,
                                              .on_failure = rules->on_failure,
                                          });
}

/* Comes back later, or is given up. */
static void retry(struct lambda *lambda, struct lambda_event *event, const struct event_rules *rules,
                  enum retry_verdict verdict, const char *executed_version,
                  const struct invocation_outcome *outcome) {
    switch (verdict) {
    case RETRY_LATER:
        lambda_store_put_event(emulator_store(lambda->emulator), event);
        schedule(lambda, event->request_id, event->due_ms);
        return;
    case RETRY_EXHAUSTED:
        finish(lambda, event, rules, "RetriesExhausted", executed_version, outcome);
        return;
    case RETRY_TOO_OLD:
        finish(lambda, event, rules, "EventAgeExceeded", executed_version, outcome);
        return;
    }
}

/* ---- one attempt ---- */

static void attempt_ended(void *argument, const struct invocation_outcome *outcome) {
    struct attempt *attempt = argument;
    struct lambda *lambda = attempt->lambda;
    struct store *store = emulator_store(lambda->emulator);
    struct arena *arena = arena_open();
    struct lambda_event event;
    if (outcome && lambda_store_event(store, attempt->request_id, arena, &event)) {
        int64_t now_ms = emulator_now_ms(lambda->emulator);
        struct event_rules rules;
        read_rules(lambda, &event, arena, &rules);
        if (outcome->lost_before) {
            lambda_store_delete_event(store, event.request_id);
        } else if (outcome->lost) {
            /* The queue does not hear that the function worked: it delivers the event again. */
            event.attempts++;
            event.throttles++;
            retry(lambda, &event, &rules,
                  event.attempts > rules.retry.maximum_retries
                      ? RETRY_EXHAUSTED
                      : retry_after_throttle(&rules.retry, event.throttles, event.created_ms, now_ms,
                                             &event.due_ms),
                  NULL, NULL);
        } else {
            event.attempts++;
            if (!outcome->failed) {
                finish(lambda, &event, &rules, "Success", attempt->executed_version, outcome);
            } else {
                enum retry_verdict verdict = retry_after_failure(&rules.retry, event.attempts,
                                                                 event.created_ms, now_ms, &event.due_ms);
                retry(lambda, &event, &rules, verdict, attempt->executed_version, outcome);
            }
        }
    }
    arena_close(arena);
    close_attempt(attempt);
}

static void start_attempt(struct attempt *attempt, const struct lambda_event *event) {
    struct lambda *lambda = attempt->lambda;
    struct invocation *invocation = invocation_open(lambda);
    struct arena *arena = invocation->arena;
    invocation->owner.account = arena_strdup(arena, event->owner.account);
    invocation->owner.region = arena_strdup(arena, event->owner.region);
    lambda_resolve_invocation(lambda->emulator, invocation->owner, event->function, event->qualifier, arena,
                              &invocation->version, &invocation->invoked_arn);
    invocation->request_id = arena_strdup(arena, event->request_id);
    invocation->trace_id =
        arena_printf(arena, "Root=1-%08llx-%.8s%.4s%.12s;Parent=%.8s%.8s;Sampled=0",
                     (unsigned long long)(event->created_ms / 1000), event->request_id, event->request_id + 9,
                     event->request_id + 24, event->request_id, event->request_id + 28);
    invocation->payload = arena_text(arena, event->payload);
    invocation->invocation_type = "Event";
    invocation->attempt = event->attempts + 1;
    invocation->can_wait = true;
    invocation->notes = lambda_invocation_notes(arena, invocation);
    invocation->done = attempt_ended;
    invocation->argument = attempt;
    attempt->executed_version = xstrdup(lambda_version_name(arena, invocation->version.version));
    invocation_start(invocation);
}

/* True: the attempt was handed on. */
static bool try_event(struct attempt *attempt, struct arena *arena) {
    struct lambda *lambda = attempt->lambda;
    struct emulator *emulator = lambda->emulator;
    struct store *store = emulator_store(emulator);
    struct lambda_event event;
    struct lambda_version version;
    const char *arn;
    struct lambda_function function;
    if (!lambda_store_event(store, attempt->request_id, arena, &event)) {
        return false;
    }
    if (!lambda_store_function(store, event.owner, event.function, arena, &function) ||
        !lambda_resolve_invocation(emulator, event.owner, event.function, event.qualifier, arena, &version,
                                   &arn)) {
        lambda_store_delete_event(store, event.request_id); /* the function has gone meanwhile */
        return false;
    }
    struct event_rules rules;
    read_rules(lambda, &event, arena, &rules);
    int64_t now_ms = emulator_now_ms(emulator);
    if (function.reserved_concurrency == 0) {
        finish(lambda, &event, &rules, "ZeroReservedConcurrency", NULL, NULL);
        return false;
    }
    if (lambda_find_room(lambda, event.owner, event.function) != LAMBDA_ROOM) {
        event.throttles++;
        enum retry_verdict verdict =
            retry_after_throttle(&rules.retry, event.throttles, event.created_ms, now_ms, &event.due_ms);
        retry(lambda, &event, &rules, verdict, NULL, NULL);
        return false;
    }
    start_attempt(attempt, &event);
    return true;
}

static void attempt_due(void *argument, enum task_event task) {
    struct attempt *attempt = argument;
    struct arena *arena = arena_open();
    bool handed_on = task == TASK_RUN && try_event(attempt, arena);
    arena_close(arena);
    if (!handed_on) {
        close_attempt(attempt);
    }
}

static void resume_event(void *argument, const char *request_id, int64_t due_ms) {
    schedule(argument, request_id, due_ms);
}

void lambda_events_resume(struct lambda *lambda) {
    lambda_store_each_event(emulator_store(lambda->emulator), resume_event, lambda);
}
