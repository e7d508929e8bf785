/*
 * Sleeps of handlers in virtual time. Between the question and its answer the invocation does not hold the
 * clock, so that time passes as for everybody else; the function's time limit counts it.
 */
#include "emulator/base/die.h"
#include "services/lambda/execution_environment.h"

/* How long, in real time, the threads of one process have to begin sleeping at the same emulated time. */
#define GATHER_MS 15

/* One sleeping thread: its question, unanswered. */
struct sleeper {
    struct execution_environment *environment; /* NULL: its process is gone */
    struct call *call;                         /* NULL: the call has ended */
    const struct invocation *invocation;       /* whose time it sleeps away; only to compare */
    struct sleeper *next;
    task_id task;
    bool runs_out; /* the function's time is over before it wakes */
};

static struct result answer_slept(struct call *call, int64_t slept_ms) {
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("text/plain"));
    strbuf_printf(&call->reply.body, "%lld", (long long)slept_ms * 1000);
    return result_output();
}

static void unlink_sleeper(struct sleeper *sleeper) {
    struct execution_environment *environment = sleeper->environment;
    for (struct sleeper **link = &environment->first_sleeper; *link; link = &(*link)->next) {
        if (*link == sleeper) {
            *link = sleeper->next;
            environment->sleepers--;
            return;
        }
    }
}

/* The last one to wake adds what all slept together. */
static int64_t settle(struct execution_environment *environment) {
    int64_t slept_ms =
        environment->slept_ms + emulator_now_ms(environment->lambda->emulator) - environment->sleep_began_ms;
    if (environment->sleepers == 0) {
        loop_cancel_timer(environment->pause_timer);
        environment->pause_timer = NULL;
        environment->slept_ms = slept_ms;
    }
    return slept_ms;
}

static void let_time_pass(void *argument) {
    struct execution_environment *environment = argument;
    environment->pause_timer = NULL;
    if (environment->invocation) {
        invocation_pause(environment->invocation);
    }
}

static void let_time_pass_soon(struct execution_environment *environment) {
    if (!environment->pause_timer) {
        environment->pause_timer = loop_after_real(emulator_loop(environment->lambda->emulator), GATHER_MS,
                                                   let_time_pass, environment);
    }
}

static void wake(void *argument, enum task_event event) {
    struct sleeper *sleeper = argument;
    struct execution_environment *environment = sleeper->environment;
    struct call *call = sleeper->call;
    sleeper->task = 0;
    if (environment) {
        unlink_sleeper(sleeper);
    }
    if (event == TASK_RUN && environment) {
        struct invocation *invocation = environment->invocation;
        if (invocation) {
            invocation_resume(invocation);
        }
        int64_t slept_ms = settle(environment);
        if (invocation && environment->sleepers > 0) {
            let_time_pass_soon(environment); /* the others sleep on */
        }
        if (call) {
            call_on_cancel(call, NULL, NULL);
            call_finish(call, answer_slept(call, slept_ms));
        }
        if (sleeper->runs_out && invocation == sleeper->invocation) {
            environment_time_over(environment); /* before the answer can reach it */
        }
    }
    free(sleeper);
}

static void sleep_cancelled(void *argument) {
    struct sleeper *sleeper = argument;
    sleeper->call = NULL;
}

struct result environment_sleep(struct execution_environment *environment, struct call *call,
                                int64_t sleep_ms, bool is_one_of_many) {
    struct emulator *emulator = environment->lambda->emulator;
    struct invocation *invocation = environment->invocation;
    if (environment->state != ENVIRONMENT_BUSY || emulator_clock(emulator)->mode != CLOCK_VIRTUAL) {
        call->reply.status = 409; /* outside an invocation time is real */
        return result_output();
    }
    int64_t now_ms = emulator_now_ms(emulator);
    int64_t limit_ms = invocation->start_ms + invocation->version.timeout_s * 1000;
    struct sleeper *sleeper = xcalloc(1, sizeof *sleeper);
    *sleeper = (struct sleeper){.environment = environment,
                                .call = call,
                                .invocation = invocation,
                                .next = environment->first_sleeper,
                                .runs_out = now_ms + sleep_ms >= limit_ms};
    environment->first_sleeper = sleeper;
    if (environment->sleepers++ == 0) {
        environment->sleep_began_ms = now_ms;
        if (is_one_of_many) {
            let_time_pass_soon(environment);
        } else {
            invocation_pause(invocation);
        }
    }
    call_on_cancel(call, sleep_cancelled, sleeper);
    sleeper->task =
        emulator_schedule(emulator, sleeper->runs_out ? limit_ms : now_ms + sleep_ms, wake, sleeper);
    return result_pending();
}

void environment_forget_sleepers(struct execution_environment *environment) {
    loop_cancel_timer(environment->pause_timer);
    environment->pause_timer = NULL;
    while (environment->first_sleeper) {
        struct sleeper *sleeper = environment->first_sleeper;
        struct call *call = sleeper->call;
        environment->first_sleeper = sleeper->next;
        environment->sleepers--;
        sleeper->environment = NULL;
        sleeper->call = NULL;
        if (call) {
            call_on_cancel(call, NULL, NULL);
            call->reply.drop = true;
            call_finish(call, result_output());
        }
        emulator_cancel(environment->lambda->emulator, sleeper->task); /* frees it */
    }
}
