/* One invocation: from its start to its outcome, with the faults that strike it. */
#include "emulator/core/fault.h"
#include "emulator/core/trace.h"
#include "services/lambda/environment_internal.h"

struct invocation *invocation_open(struct lambda *lambda) {
    struct arena *arena = arena_open();
    struct invocation *invocation = arena_zalloc(arena, sizeof *invocation);
    invocation->arena = arena;
    invocation->lambda = lambda;
    invocation->attempt = 1;
    invocation->result = STRBUF_INIT;
    return invocation;
}

void invocation_hold(struct invocation *invocation) {
    if (!invocation->held) {
        invocation->held = true;
        emulator_hold(invocation->lambda->emulator);
    }
}

void invocation_let_go(struct invocation *invocation) {
    if (invocation->held) {
        invocation->held = false;
        emulator_release(invocation->lambda->emulator);
    }
}

void invocation_pause(struct invocation *invocation) {
    invocation_let_go(invocation);
}

void invocation_resume(struct invocation *invocation) {
    invocation_hold(invocation);
}

void invocation_close(struct invocation *invocation) {
    invocation_let_go(invocation);
    loop_cancel_timer(invocation->patience);
    if (invocation->done) {
        invocation->done(invocation->argument, NULL);
    }
    strbuf_release(&invocation->result);
    arena_close(invocation->arena);
}

void invocation_discard(struct invocation *invocation) {
    invocation_close(invocation);
}

static struct identity identity_of_invocation(const struct invocation *invocation) {
    return identity_of_service("lambda.amazonaws.com", invocation->owner.account, invocation->owner.region);
}

struct fault_action invocation_decide_fault(struct invocation *invocation, enum fault_phase phase) {
    struct emulator *emulator = invocation->lambda->emulator;
    if (faults_count(emulator_faults(emulator)) == 0) {
        return (struct fault_action){.kind = FAULT_NONE};
    }
    struct identity identity = identity_of_invocation(invocation);
    return fault_point(emulator, "lambda", "Invocation", phase, &identity, invocation->notes);
}

void invocation_trace(struct invocation *invocation, const char *event, const char *status) {
    struct call_note note = {"Status", status, invocation->notes};
    struct identity identity = identity_of_invocation(invocation);
    trace_event(invocation->lambda->emulator, "lambda", event, &identity, invocation->request_id,
                status ? &note : invocation->notes);
}

/* Tells who waits, then frees. */
void invocation_deliver_outcome(struct invocation *invocation) {
    invocation_let_go(invocation);
    invocation_done_fn *done = invocation->done;
    invocation->done = NULL;
    if (done) {
        done(invocation->argument, &invocation->outcome);
    }
    invocation_close(invocation);
}

void invocation_delayed_outcome(void *argument, enum task_event event) {
    struct invocation *invocation = argument;
    if (event == TASK_CANCELLED) {
        invocation_close(invocation);
    } else {
        invocation_deliver_outcome(invocation);
    }
}

static void enqueue(struct invocation *invocation) {
    struct invocation **end = &invocation->lambda->waiting;
    while (*end) {
        end = &(*end)->next;
    }
    invocation->next = NULL;
    *end = invocation;
}

void invocation_place_or_wait(struct invocation *invocation) {
    struct lambda *lambda = invocation->lambda;
    if (!environment_place(invocation)) {
        if (lambda_settled(&invocation->version, emulator_now_ms(lambda->emulator))) {
            invocation_hold(invocation);
        }
        enqueue(invocation);
    }
}

static void delayed_start(void *argument, enum task_event event) {
    struct invocation *invocation = argument;
    invocation->task = 0;
    if (event == TASK_CANCELLED) {
        invocation_close(invocation);
    } else {
        invocation_place_or_wait(invocation);
    }
}

static void lose_event(struct invocation *invocation) {
    invocation->outcome = (struct invocation_outcome){.lost = true, .lost_before = true, .status = "lost"};
    invocation_deliver_outcome(invocation);
}

void invocation_start(struct invocation *invocation) {
    struct emulator *emulator = invocation->lambda->emulator;
    struct fault_action action = invocation_decide_fault(invocation, FAULT_BEFORE);
    switch (action.kind) {
    case FAULT_LOSE:
        lose_event(invocation);
        return;
    case FAULT_DELAY:
        invocation->task = emulator_schedule(emulator, emulator_now_ms(emulator) + action.delay_ms,
                                             delayed_start, invocation);
        return;
    case FAULT_ERROR:
        invocation->exits = true;
        break;
    case FAULT_FREEDOM:
    case FAULT_NONE:
        break;
    }
    invocation_place_or_wait(invocation);
}

void invocation_forget(struct invocation *invocation) {
    invocation->done = NULL;
}
