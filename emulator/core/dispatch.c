#include "emulator/core/dispatch.h"

#include <assert.h>

#include "emulator/base/die.h"
#include "emulator/core/emulator_state.h"
#include "emulator/core/park.h"

static void fault_before(struct call_state *state);
static void perform(struct call_state *state);
static void settle(struct call_state *state, struct result result);
static void answer(struct call_state *state);

/* ---- the pipeline, top to bottom ---- */

void dispatch_start(struct call_state *state) {
    struct call *call = &state->call;
    call->store = call->emulator->store;
    call->now_ms = emulator_now_ms(call->emulator);
    if (state->endpoint) {
        if (state->endpoint->describe) {
            state->endpoint->describe(call);
        }
    } else {
        const struct error_shape *error = NULL;
        struct strbuf message = STRBUF_INIT;
        state->input = state->codec->decode(&state->context, state->uri_values, &error, &message);
        if (!state->input) {
            struct result refused = message.size > 0 ? call_error(call, error, "%s", message.data)
                                                     : call_error(call, error, NULL);
            strbuf_release(&message);
            settle(state, refused);
            return;
        }
        strbuf_release(&message);
    }
    fault_before(state);
}

void dispatch_refuse(struct call_state *state, const struct error_shape *error, const char *message) {
    state->call.store = state->call.emulator->store;
    state->call.now_ms = emulator_now_ms(state->call.emulator);
    settle(state,
           message ? call_error(&state->call, error, "%s", message) : call_error(&state->call, error, NULL));
}

/* Goes on after a scripted delay. */
static void delay_over(void *argument, enum task_event event) {
    struct call_state *state = argument;
    state->task = 0;
    if (event == TASK_CANCELLED) {
        dispatch_cancel(state);
        return;
    }
    state->call.now_ms = emulator_now_ms(state->call.emulator);
    if (state->phase == FAULT_BEFORE) {
        perform(state);
    } else {
        answer(state);
    }
}

static void delay(struct call_state *state, enum fault_phase phase, int64_t delay_ms) {
    struct emulator *emulator = state->call.emulator;
    state->phase = phase;
    state->fault = "delay";
    state->task = emulator_schedule(emulator, emulator_now_ms(emulator) + delay_ms, delay_over, state);
}

/* The rule may be gone before the call ends: its error row is copied. */
static const struct error_shape *scripted_error(struct call *call, const struct fault_action *action) {
    struct error_shape *error = arena_alloc(call->arena, sizeof(*error));
    *error = action->error;
    error->name = arena_strdup(call->arena, action->error.name);
    error->code = action->error.code ? arena_strdup(call->arena, action->error.code) : NULL;
    return error;
}

static struct result answer_scripted_error(struct call_state *state, const struct fault_action *action) {
    struct call *call = &state->call;
    const struct error_shape *error = scripted_error(call, action);
    state->fault = "error";
    return action->message ? call_error(call, error, "%s", action->message) : call_error(call, error, NULL);
}

/* The request never arrives. */
static void lose_request(struct call_state *state) {
    struct call *call = &state->call;
    state->fault = "lose";
    if (state->endpoint && state->endpoint->swallow) {
        state->endpoint->swallow(call);
    } else {
        call->reply.drop = true;
    }
    state->result = result_output();
    answer(state);
}

static bool is_plumbing(const struct call_state *state) {
    return state->call.service == &control_service || (state->endpoint && state->endpoint->plumbing);
}

/* The emulator's own endpoints never fail by script: they are how a script is taken back. */
static bool may_fail(const struct call_state *state) {
    return faults_count(state->call.emulator->faults) > 0 && !is_plumbing(state);
}

static void fault_before(struct call_state *state) {
    struct call *call = &state->call;
    if (may_fail(state)) {
        if (state->operation && call->service->describe) {
            call->service->describe(call, state->input);
        }
        struct fault_action action = faults_decide(call->emulator->faults, call, FAULT_BEFORE);
        switch (action.kind) {
        case FAULT_NONE:
            break;
        case FAULT_ERROR:
            settle(state, answer_scripted_error(state, &action));
            return;
        case FAULT_DELAY:
            delay(state, FAULT_BEFORE, action.delay_ms);
            return;
        case FAULT_LOSE:
            lose_request(state);
            return;
        case FAULT_FREEDOM:
            state->fault = action.freedom;
            call_note(call, "Fault", action.freedom);
            break;
        }
    }
    perform(state);
}

/* Checks what the shapes declare. Good: output; the service's own words: pending never. */
static struct result validate(struct call_state *state, struct input input) {
    struct call *call = &state->call;
    struct strbuf message = STRBUF_INIT;
    struct result result = result_output();
    if (!shape_validate(input.shape, input.value, &message)) {
        const char *text = arena_text_string(call->arena, strbuf_text(&message));
        if (call->service->validation_failed) {
            result = call->service->validation_failed(call, input, text);
        } else {
            const struct error_shape *error = call->service->validation_error;
            if (!error) {
                error = call->service->model->protocol == PROTOCOL_QUERY ? &error_validation_error
                                                                         : &error_validation_exception;
            }
            result = call_error(call, error, "%s", text);
        }
    }
    strbuf_release(&message);
    return result;
}

static void perform(struct call_state *state) {
    struct call *call = &state->call;
    if (state->endpoint) {
        settle(state, state->endpoint->handle(call));
        return;
    }
    if (!state->operation) {
        settle(state, call_error(call, &error_not_implemented, "stackrig does not emulate %s %s",
                                 call->service->model->service_id, call->operation->name));
        return;
    }
    struct input input = {.shape = call->operation->input, .value = state->input, .arena = call->arena};
    if (input.shape) {
        struct result checked = validate(state, input);
        if (checked.kind == RESULT_ERROR) {
            settle(state, checked);
            return;
        }
    }
    settle(state, state->operation->handle(call, input));
}

/* The effect is decided: commit or roll back, finish what was written, fault point after. */
static void settle(struct call_state *state, struct result result) {
    struct call *call = &state->call;
    struct emulator *emulator = call->emulator;
    if (result.kind == RESULT_PENDING) {
        store_commit(emulator->store);
        return;
    }
    if (result.kind == RESULT_ERROR) {
        assert(state->error_begun);
        store_rollback(emulator->store);
        if (state->codec) {
            state->codec->finish_error(&state->context, &call->output, &call->reply);
        }
    } else {
        if (!state->endpoint) {
            call_output(call);
            state->codec->finish(&state->context, &call->output, &call->reply);
        }
        store_commit(emulator->store);
    }
    state->result = result;
    if (may_fail(state) && !state->fault) {
        struct fault_action action = faults_decide(emulator->faults, call, FAULT_AFTER);
        switch (action.kind) {
        case FAULT_NONE:
            break;
        case FAULT_ERROR:
            state->result = answer_scripted_error(state, &action);
            if (state->codec) {
                state->codec->finish_error(&state->context, &call->output, &call->reply);
            }
            break;
        case FAULT_DELAY:
            delay(state, FAULT_AFTER, action.delay_ms);
            return;
        case FAULT_LOSE:
            state->fault = "lose";
            call->reply.drop = true;
            break;
        case FAULT_FREEDOM:
            break;
        }
    }
    answer(state);
}

/* ---- the end of a call ---- */

static const char *notes_as_json(struct call *call) {
    if (!call->notes) {
        return NULL;
    }
    struct strbuf json = STRBUF_INIT;
    trace_write_notes(&json, call->notes);
    const char *text = arena_text_string(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static void record(struct call_state *state) {
    struct call *call = &state->call;
    const struct error_shape *error = state->result.kind == RESULT_ERROR ? state->result.error : NULL;
    struct trace_record record = {
        .time_ms = emulator_now_ms(call->emulator),
        .service = call->service && call->service->model ? call->service->model->name : "stackrig",
        .event = state->event,
        .account = call->identity.account,
        .region = call->identity.region,
        .request_id = call->request_id,
        .origin = state->origin,
        .status = call->reply.drop ? 0 : call->reply.status,
        .error_code = error ? (error->code ? error->code : error->name) : NULL,
        .message = state->result.message,
        .fault = state->fault,
        .notes = notes_as_json(call),
    };
    trace_add(call->emulator->trace, &record);
}

void dispatch_unlink(struct call_state *state) {
    struct emulator *emulator = state->call.emulator;
    if (state->previous) {
        state->previous->next = state->next;
    } else if (emulator->live_calls == state) {
        emulator->live_calls = state->next;
    }
    if (state->next) {
        state->next->previous = state->previous;
    }
}

static void hand_over(struct call_state *state) {
    struct call *call = &state->call;
    struct arena *arena = call->arena;
    const struct error_shape *error = state->result.kind == RESULT_ERROR ? state->result.error : NULL;
    struct call_reply reply = {.status = call->reply.status, .body = strbuf_text(&call->reply.body)};
    if (call->reply.drop) {
        /* A caller inside the emulator has no socket to time out: it hears that nothing came back. */
        reply = (struct call_reply){.error_code = "RequestLost",
                                    .error_message = "no answer arrived",
                                    .body = TEXT("{}")};
    } else if (error) {
        reply.error_code = error->code ? error->code : error->name;
        reply.error_message = state->result.message ? state->result.message : "";
    }
    reply.value = json_parse(arena, reply.body, NULL);
    reply.request_id = call->request_id;
    reply.arena = arena;
    state->done(state->reply_argument, &reply);
}

/* The caller hears of it in a turn of its own. */
static void hand_over_task(void *argument, enum task_event event) {
    struct call_state *state = argument;
    state->task = 0;
    dispatch_unlink(state);
    if (event == TASK_RUN && state->done) {
        hand_over(state);
    }
    http_reply_release(&state->call.reply);
    arena_close(state->call.arena);
}

static void answer(struct call_state *state) {
    struct call *call = &state->call;
    if (!is_plumbing(state)) {
        record(state);
    }
    if (state->internal_request) {
        state->task =
            emulator_schedule(call->emulator, emulator_now_ms(call->emulator), hand_over_task, state);
        return;
    }
    dispatch_unlink(state);
    gateway_reply_fn *reply = state->reply;
    void *argument = state->reply_argument;
    struct http_reply message = call->reply;
    call->reply.body = STRBUF_INIT;
    reply(argument, &message);
}

/* ---- waiting calls ---- */

static void finish_task(void *argument, enum task_event event) {
    struct call_state *state = argument;
    state->task = 0;
    if (event == TASK_CANCELLED) {
        dispatch_cancel(state);
        return;
    }
    settle(state, state->result);
}

void call_finish(struct call *call, struct result result) {
    struct call_state *state = call_state_of(call);
    assert(result.kind != RESULT_PENDING);
    assert(state->task == 0);
    state->cancelled = NULL;
    state->result = result;
    state->task = emulator_schedule(call->emulator, emulator_now_ms(call->emulator), finish_task, state);
}

void dispatch_cancel(struct call_state *state) {
    struct call *call = &state->call;
    dispatch_unlink(state);
    if (state->cancelled) {
        state->cancelled(state->cancel_argument);
    }
    if (state->internal_request) {
        http_reply_release(&call->reply);
        arena_close(call->arena);
        return;
    }
    struct http_reply message = call->reply;
    message.drop = true;
    call->reply.body = STRBUF_INIT;
    state->reply(state->reply_argument, &message);
}

void emulator_cancel_calls(struct emulator *emulator) {
    park_cancel_calls(emulator);
    while (emulator->live_calls) {
        struct call_state *state = emulator->live_calls;
        task_id task = state->task;
        if (task) {
            scheduler_cancel(emulator->scheduler, task); /* its function cancels the call */
            if (emulator->live_calls == state) {
                die("a call's task did not cancel it");
            }
        } else {
            dispatch_cancel(state);
        }
    }
}
