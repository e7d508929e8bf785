#include "services/lambda/environment_internal.h"

#include <signal.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/transitions.h"
#include "emulator/core/fault.h"
#include "emulator/core/trace.h"
#include "emulator/io/process.h"
#include "services/lambda/invocation_report.h"
#include "services/lambda/role_credentials.h"

#define FREEZE_AFTER_MS 2

static const char *const state_names[] = {"starting", "init", "idle", "busy", "returning"};
static const struct transition moves[] = {
    {ENVIRONMENT_STARTING, ENVIRONMENT_INIT},  {ENVIRONMENT_INIT, ENVIRONMENT_IDLE},
    {ENVIRONMENT_IDLE, ENVIRONMENT_BUSY},      {ENVIRONMENT_BUSY, ENVIRONMENT_RETURNING},
    {ENVIRONMENT_RETURNING, ENVIRONMENT_IDLE}, {ENVIRONMENT_INIT, ENVIRONMENT_INIT},
};
static const struct transition_table move_table = {"execution environment", state_names, moves,
                                                   sizeof(moves) / sizeof(moves[0])};

void environment_become(struct execution_environment *environment, enum environment_state state) {
    transition_check(&move_table, (int)environment->state, (int)state);
    environment->state = state;
}

/* ---- the end of an invocation ---- */

void invocation_set_outcome(struct invocation *invocation, bool failed, const char *status,
                            const char *error_type, struct text payload) {
    if (payload.data != invocation->result.data) {
        strbuf_clear(&invocation->result);
        strbuf_append_text(&invocation->result, payload);
    }
    invocation->outcome.failed = failed;
    invocation->outcome.status = status;
    invocation->outcome.error_type = error_type ? arena_strdup(invocation->arena, error_type) : NULL;
    invocation->outcome.payload = strbuf_text(&invocation->result);
}

static void set_exit_outcome(struct invocation *invocation, const char *reason) {
    struct strbuf payload = STRBUF_INIT;
    report_exit_payload(&payload, invocation->request_id, reason);
    invocation_set_outcome(invocation, true, "error", "Runtime.ExitError", strbuf_text(&payload));
    strbuf_release(&payload);
}

void environment_end_invocation(struct execution_environment *environment) {
    struct invocation *invocation = environment->invocation;
    environment->invocation = NULL;
    invocation->environment = NULL;
    loop_cancel_timer(environment->timer);
    environment->timer = NULL;

    struct fault_action action = invocation_decide_fault(invocation, FAULT_AFTER);
    if (action.kind == FAULT_ERROR) {
        set_exit_outcome(invocation, "exit status 1");
        report_exit_line(environment, invocation, "exit status 1");
        environment->stale = true;
    }
    report_end(environment, invocation);
    if (invocation->wants_log) {
        struct strbuf base64 = STRBUF_INIT;
        environment_log_append_tail(&environment->log, &base64);
        invocation->outcome.log_result =
            arena_text(invocation->arena, base64.data ? strbuf_text(&base64) : TEXT(""));
        strbuf_release(&base64);
    }
    environment_log_flush(&environment->log);
    invocation_trace(invocation, "InvocationEnd", invocation->outcome.status);
    if (action.kind == FAULT_DELAY) {
        struct emulator *emulator = invocation->lambda->emulator;
        invocation_let_go(invocation);
        emulator_schedule(emulator, emulator_now_ms(emulator) + action.delay_ms, invocation_delayed_outcome,
                          invocation);
        return;
    }
    invocation->outcome.lost = action.kind == FAULT_LOSE;
    invocation_deliver_outcome(invocation);
}

/* ---- time limits ---- */

void environment_advance_clock(struct emulator *emulator, int64_t now_ms) {
    struct clock *clock = emulator_clock(emulator);
    if (clock->mode == CLOCK_VIRTUAL && clock->now_ms < now_ms) {
        clock_set(clock, now_ms);
    }
}

static void invocation_timed_out(void *argument) {
    struct execution_environment *environment = argument;
    struct invocation *invocation = environment->invocation;
    struct lambda *lambda = environment->lambda;
    environment->timer = NULL;
    process_drain(environment->process);
    environment_advance_clock(lambda->emulator, invocation->start_ms + invocation->version.timeout_s * 1000);
    struct strbuf payload = STRBUF_INIT;
    report_timeout_payload(&payload, invocation->request_id, invocation->version.timeout_s);
    invocation_set_outcome(invocation, true, "timeout", "Sandbox.Timedout", strbuf_text(&payload));
    strbuf_release(&payload);
    report_timeout_line(environment, invocation);
    environment_end_invocation(environment);
    environment_end(environment);
    environment_place_waiting(lambda);
}

void environment_time_over(struct execution_environment *environment) {
    loop_cancel_timer(environment->timer);
    invocation_timed_out(environment);
}

void environment_begin_time(struct execution_environment *environment, struct invocation *invocation) {
    invocation->start_ms = emulator_now_ms(environment->lambda->emulator);
    invocation->start_us = clock_monotonic_us();
    if (!invocation->started) {
        invocation->started = true;
        report_start(environment, invocation);
    }
    loop_cancel_timer(environment->timer);
    environment->timer =
        loop_after_real(emulator_loop(environment->lambda->emulator), invocation->version.timeout_s * 1000,
                        invocation_timed_out, environment);
}

/* ---- running ---- */

static void thaw(struct execution_environment *environment) {
    loop_cancel_timer(environment->freeze_timer);
    environment->freeze_timer = NULL;
    if (environment->frozen) {
        environment->frozen = false;
        process_signal(environment->process, SIGCONT);
    }
}

static void freeze_now(void *argument) {
    struct execution_environment *environment = argument;
    environment->freeze_timer = NULL;
    environment->frozen = true;
    process_signal(environment->process, SIGSTOP);
}

/* Soon, not at once: an event that follows on the heels of the last need not pay for stopping and waking. */
static void freeze_soon(struct execution_environment *environment) {
    environment->freeze_timer = loop_after_real(emulator_loop(environment->lambda->emulator), FREEZE_AFTER_MS,
                                                freeze_now, environment);
}

static void add_header(struct call *call, const char *name, const char *value) {
    if (value) {
        http_reply_add_header(&call->reply, name, text_of(arena_strdup(call->arena, value)));
    }
}

/* Answers the process's question with the event of its invocation. */
void environment_hand_event(struct execution_environment *environment) {
    struct invocation *invocation = environment->invocation;
    struct call *call = environment->next_call;
    environment_become(environment, ENVIRONMENT_BUSY);
    if (!invocation->started) { /* else its time began with a repeated init */
        environment_begin_time(environment, invocation);
    }
    invocation_trace(invocation, "InvocationStart", NULL);
    if (invocation->exits) {
        process_signal(environment->process, SIGKILL);
        return; /* environment_exited() goes on */
    }
    environment->next_call = NULL;
    call_on_cancel(call, NULL, NULL);
    /* Handlers read the machine's clock, whatever ours shows. */
    int64_t deadline_ms = clock_now_ms(&environment->lambda->real_clock) + environment->slept_ms +
                          invocation->version.timeout_s * 1000;
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    add_header(call, "Lambda-Runtime-Aws-Request-Id", invocation->request_id);
    add_header(call, "Lambda-Runtime-Deadline-Ms", arena_printf(call->arena, "%lld", (long long)deadline_ms));
    add_header(call, "Lambda-Runtime-Invoked-Function-Arn", invocation->invoked_arn);
    add_header(call, "Lambda-Runtime-Trace-Id", invocation->trace_id);
    add_header(call, "Lambda-Runtime-Client-Context", invocation->client_context);
    strbuf_append_text(&call->reply.body, invocation->payload);
    thaw(environment);
    call_finish(call, result_output());
}

static void next_cancelled(void *argument) {
    struct execution_environment *environment = argument;
    environment->next_call = NULL;
}

struct result environment_next(struct execution_environment *environment, struct call *call) {
    struct lambda *lambda = environment->lambda;
    if (environment->state == ENVIRONMENT_INIT) {
        environment->init_duration_us = clock_monotonic_us() - environment->init_us;
        if (!environment->init_repeated) {
            loop_cancel_timer(environment->timer);
            environment->timer = NULL;
        }
    }
    environment_become(environment, ENVIRONMENT_IDLE);
    environment->next_call = call;
    call_on_cancel(call, next_cancelled, environment);
    if (environment->invocation) {
        environment_hand_event(environment);
        return result_pending();
    }
    if (environment->stale) {
        environment_end(environment);
        environment_place_waiting(lambda);
        return result_pending();
    }
    freeze_soon(environment);
    environment_place_waiting(lambda);
    return result_pending();
}

void environment_answered(struct execution_environment *environment, bool failed, const char *error_type,
                          struct text payload) {
    struct invocation *invocation = environment->invocation;
    process_drain(environment->process);
    environment_become(environment, ENVIRONMENT_RETURNING);
    if (!failed && payload.size > LAMBDA_RESPONSE_MAXIMUM_BYTES) {
        struct strbuf error = STRBUF_INIT;
        report_too_large_payload(&error, payload.size);
        invocation_set_outcome(invocation, true, "error", "Function.ResponseSizeTooLarge",
                               strbuf_text(&error));
        strbuf_release(&error);
    } else {
        invocation_set_outcome(invocation, failed, failed ? "error" : "success", error_type, payload);
    }
    environment_end_invocation(environment);
}

void environment_init_failed(struct execution_environment *environment, const char *error_type,
                             struct text payload) {
    struct invocation *invocation = environment->invocation;
    struct lambda *lambda = environment->lambda;
    process_drain(environment->process);
    if (environment->init_duration_us < 0) {
        environment->init_duration_us = clock_monotonic_us() - environment->init_us;
    }
    if (invocation) {
        report_init_error(environment, error_type);
        if (!invocation->started) {
            environment_begin_time(environment, invocation);
            invocation_trace(invocation, "InvocationStart", NULL);
        }
        invocation_set_outcome(invocation, true, "error", error_type, payload);
        environment_end_invocation(environment);
    }
    environment_end(environment);
    environment_place_waiting(lambda);
}

/* "exit status 1", "signal: killed"; NULL when the process just left. */
static const char *exit_reason(struct arena *arena, int exit_code, int signal) {
    if (signal == SIGKILL) {
        return "signal: killed";
    }
    if (signal == SIGSEGV) {
        return "signal: segmentation fault";
    }
    if (signal) {
        const char *name = strsignal(signal);
        char *lower = arena_printf(arena, "signal: %s", name ? name : "unknown");
        if (lower[8] >= 'A' && lower[8] <= 'Z') {
            lower[8] = (char)(lower[8] - 'A' + 'a');
        }
        return lower;
    }
    return exit_code ? arena_printf(arena, "exit status %d", exit_code) : NULL;
}

void environment_exited(void *argument, int exit_code, int signal) {
    struct execution_environment *environment = argument;
    struct lambda *lambda = environment->lambda;
    struct invocation *invocation = environment->invocation;
    if (invocation && environment->state != ENVIRONMENT_RETURNING) {
        const char *reason =
            invocation->exits ? "exit status 1" : exit_reason(environment->arena, exit_code, signal);
        if (environment->init_duration_us < 0) {
            environment->init_duration_us = clock_monotonic_us() - environment->init_us;
            report_init_error(environment, "Runtime.ExitError");
        }
        if (!invocation->started) {
            environment_begin_time(environment, invocation);
            invocation_trace(invocation, "InvocationStart", NULL);
        }
        set_exit_outcome(invocation, reason);
        report_exit_line(environment, invocation, reason);
        environment_end_invocation(environment);
    } else if (invocation) {
        /* It left after its last answer: the next event needs another one. */
        environment->invocation = NULL;
        invocation->environment = NULL;
        environment_end(environment);
        invocation_place_or_wait(invocation);
        return;
    }
    environment_end(environment);
    environment_place_waiting(lambda);
}

void environment_output(void *argument, struct text bytes) {
    struct execution_environment *environment = argument;
    environment_log_output(&environment->log, bytes);
}

/* ---- the end of an environment ---- */

void environment_close_process(struct execution_environment *environment) {
    environment_forget_sleepers(environment);
    loop_cancel_timer(environment->freeze_timer);
    environment->freeze_timer = NULL;
    if (environment->process) {
        process_close(environment->process);
        environment->process = NULL;
    }
    if (environment->memory_file >= 0) {
        close(environment->memory_file);
        environment->memory_file = -1;
    }
    if (environment->next_call) {
        struct call *call = environment->next_call;
        environment->next_call = NULL;
        call_on_cancel(call, NULL, NULL);
        call->reply.drop = true;
        call_finish(call, result_output());
    }
    if (environment->listener) {
        http_listener_close(environment->listener);
        environment->listener = NULL;
    }
}

void environment_end(struct execution_environment *environment) {
    struct execution_environment **place_of = &environment->lambda->environments;
    while (*place_of != environment) {
        place_of = &(*place_of)->next;
    }
    *place_of = environment->next;
    role_credentials_cancel(environment->credentials);
    loop_cancel_timer(environment->timer);
    environment_close_process(environment);
    environment_log_flush(&environment->log);
    environment_log_release(&environment->log);
    arena_close(environment->arena);
}
