/*
 * Message move tasks: what lies in a dead-letter queue goes back, as fast as wanted, on the emulator's clock.
 * Source: sqs.md section 8; SQS developer guide, "Moving messages out of a dead-letter queue".
 */
#include <jansson.h>

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/sqs/sqs.h"

#define MAXIMUM_RATE 500
#define MAXIMUM_LISTED 10
/* Without a rate, so many in one turn. */
#define MESSAGES_IN_A_TURN 200

/* A task at work; the store has the same facts. */
struct sqs_move {
    struct sqs_state *state;
    int64_t id;
    char *source_arn;
    char *destination_arn; /* NULL: back to each message's own source */
    int64_t rate;          /* 0: as fast as it goes */
    int64_t moved;
    int64_t started_ms;
    bool cancelled;
    task_id task;
    struct sqs_move *next;
};

static void step(void *argument, enum task_event event);

/* ---- at work ---- */

static void free_move(struct sqs_move *move) {
    free(move->source_arn);
    free(move->destination_arn);
    free(move);
}

static void schedule(struct sqs_move *move, int64_t due_ms) {
    struct emulator *emulator = sqs_state_emulator(move->state);
    if (move->task) {
        emulator_cancel(emulator, move->task);
    }
    move->task = emulator_schedule(emulator, due_ms, step, move);
}

static void begin(struct sqs_state *state, const struct sqs_move_row *row, int64_t now_ms) {
    struct sqs_move *move = xcalloc(1, sizeof(*move));
    struct strbuf text = STRBUF_INIT;
    move->state = state;
    move->id = row->id;
    strbuf_append_text(&text, row->source_arn);
    move->source_arn = strbuf_detach(&text);
    if (row->destination_arn.data) {
        strbuf_append_text(&text, row->destination_arn);
        move->destination_arn = strbuf_detach(&text);
    }
    move->rate = row->rate;
    move->moved = row->moved;
    move->started_ms = row->started_ms;
    move->next = *sqs_state_moves(state);
    *sqs_state_moves(state) = move;
    schedule(move, now_ms);
}

static void end(struct sqs_move *move, const char *status, const char *failure) {
    sqs_store_update_move(emulator_store(sqs_state_emulator(move->state)), move->id, status, move->moved,
                          failure);
    struct sqs_move **link = sqs_state_moves(move->state);
    while (*link != move) {
        link = &(*link)->next;
    }
    *link = move->next;
    free_move(move);
}

/* Where a message goes. NULL: *failure says why nowhere. */
static struct sqs_queue *target_of(struct sqs_move *move, const struct sqs_message *message,
                                   const char **failure) {
    struct sqs_body body;
    struct strbuf arn = STRBUF_INIT;
    if (move->destination_arn) {
        strbuf_append_string(&arn, move->destination_arn);
    } else if (sqs_store_body(emulator_store(sqs_state_emulator(move->state)), message->id, &body)) {
        strbuf_append_text(&arn, body.source_arn);
    }
    *failure = arn.size > 0 ? "AWS.SimpleQueueService.NonExistentQueue" : "CouldNotDetermineMessageSource";
    struct sqs_queue *target = sqs_find_queue_by_arn(move->state, arn.data ? arn.data : "");
    strbuf_release(&arn);
    return target;
}

/* How many messages the rate allows to have moved by now. */
static int64_t allowed_by(const struct sqs_move *move, int64_t now_ms) {
    if (move->rate == 0) {
        return move->moved + MESSAGES_IN_A_TURN;
    }
    return (now_ms - move->started_ms) * move->rate / 1000 + 1;
}

static void step(void *argument, enum task_event event) {
    struct sqs_move *move = argument;
    move->task = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    struct emulator *emulator = sqs_state_emulator(move->state);
    int64_t now_ms = emulator_now_ms(emulator);
    struct sqs_queue *source = sqs_find_queue_by_arn(move->state, move->source_arn);
    if (move->cancelled) {
        end(move, "CANCELLED", NULL);
        return;
    }
    if (!source) {
        end(move, "FAILED", "AWS.SimpleQueueService.NonExistentQueue");
        return;
    }
    sqs_advance(source, now_ms);
    struct sqs_cursor cursor;
    struct sqs_message *message = NULL;
    int64_t allowed = allowed_by(move, now_ms);
    sqs_cursor_init(&cursor, source->index);
    while (move->moved < allowed && (message = sqs_cursor_next(&cursor))) {
        const char *failure;
        struct sqs_queue *target = target_of(move, message, &failure);
        if (!target) {
            end(move, "FAILED", failure);
            return;
        }
        sqs_move_message(source, target, message, NULL, now_ms);
        sqs_wake(target, now_ms);
        move->moved++;
    }
    if (!sqs_index_has_deliverable(source->index)) {
        end(move, "COMPLETED", NULL);
        return;
    }
    sqs_store_update_move(emulator_store(emulator), move->id, "RUNNING", move->moved, NULL);
    schedule(move,
             move->rate ? move->started_ms + (move->moved * 1000 + move->rate - 1) / move->rate : now_ms);
}

void sqs_forget_moves(struct sqs_state *state) {
    while (*sqs_state_moves(state)) {
        struct sqs_move *move = *sqs_state_moves(state);
        if (move->task) {
            emulator_cancel(sqs_state_emulator(state), move->task);
        }
        *sqs_state_moves(state) = move->next;
        free_move(move);
    }
}

void sqs_resume_moves(struct sqs_state *state) {
    struct emulator *emulator = sqs_state_emulator(state);
    struct statement *moves = sqs_store_moves(emulator_store(emulator), 0);
    struct sqs_move_row row;
    while (sqs_store_next_move(moves, &row)) {
        if (text_equals(row.status, "RUNNING") || text_equals(row.status, "CANCELLING")) {
            begin(state, &row, emulator_now_ms(emulator));
            (*sqs_state_moves(state))->cancelled = text_equals(row.status, "CANCELLING");
        }
    }
}

/* ---- StartMessageMoveTask ---- */

static const char *task_handle(struct call *call, struct text uuid, struct text source_arn) {
    struct strbuf handle = STRBUF_INIT;
    crypto_append_base64(&handle,
                         text_of(arena_printf(call->arena, "{\"taskId\":\"%.*s\",\"sourceArn\":\"%.*s\"}",
                                              TEXT_ARGUMENTS(uuid), TEXT_ARGUMENTS(source_arn))));
    const char *copy = arena_text_string(call->arena, strbuf_text(&handle));
    strbuf_release(&handle);
    return copy;
}

static struct sqs_queue *require_by_arn(struct call *call, const char *text, const char *parameter,
                                        struct result *refusal) {
    struct arn arn;
    if (!arn_parse(text_of(text), &arn)) {
        *refusal = call_error(call, &sqs_error_invalid_parameter,
                              "You must use this format to specify the %s: "
                              "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
                              parameter);
        return NULL;
    }
    struct sqs_queue *queue = sqs_find_queue_by_arn(sqs_state_of(call->emulator), text);
    if (!queue) {
        *refusal =
            call_error(call, &sqs_error_ResourceNotFoundException,
                       "The resource that you specified for the %s parameter doesn't exist.", parameter);
    }
    return queue;
}

static bool is_dead_letter_queue(const struct sqs_queue *queue) {
    for (struct sqs_queue *source = sqs_first_queue(queue->state); source; source = source->next) {
        if (source->dead_letter_arn && strcmp(source->dead_letter_arn, queue->arn) == 0) {
            return true;
        }
    }
    return false;
}

static const char *find_objection(const struct sqs_queue *source, const struct sqs_queue *destination) {
    if (!is_dead_letter_queue(source)) {
        return "Source queue must be configured as a Dead Letter Queue.";
    }
    if (destination == source) {
        return "Source queue arn and destination queue arn cannot be the same.";
    }
    if (destination && destination->fifo != source->fifo) {
        return "Source queue and destination queue must be of the same type.";
    }
    for (struct sqs_move *move = *sqs_state_moves(source->state); move; move = move->next) {
        if (strcmp(move->source_arn, source->arn) == 0 && !move->cancelled) {
            return "There is already a task running. Only one active task is allowed for a source queue arn "
                   "at a "
                   "given time.";
        }
    }
    return NULL;
}

struct result sqs_start_message_move_task(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *destination = NULL;
    const char *destination_arn = input_string(input, "DestinationArn");
    struct sqs_queue *source = require_by_arn(call, input_string(input, "SourceArn"), "SourceArn", &refusal);
    if (!source) {
        return refusal;
    }
    if (destination_arn &&
        !(destination = require_by_arn(call, destination_arn, "DestinationArn", &refusal))) {
        return refusal;
    }
    int64_t rate = input_integer(input, "MaxNumberOfMessagesPerSecond", 0);
    if (input_has(input, "MaxNumberOfMessagesPerSecond") && (rate < 1 || rate > MAXIMUM_RATE)) {
        return sqs_invalid_value(call, text_of(arena_printf(call->arena, "%lld", (long long)rate)),
                                 "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.");
    }
    const char *objection = find_objection(source, destination);
    if (objection) {
        return call_error(call, &sqs_error_invalid_parameter, "%s", objection);
    }
    sqs_advance(source, call->now_ms);
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), uuid);
    struct sqs_move_row row = {
        .uuid = text_of(uuid),
        .source_arn = text_of(source->arn),
        .destination_arn = text_of(destination_arn),
        .rate = rate,
        .status = TEXT("RUNNING"),
        .to_move = sqs_index_count_visible(source->index),
        .started_ms = call->now_ms,
        .queue_id = source->id,
    };
    sqs_store_create_move(call->store, &row);
    begin(source->state, &row, call->now_ms);
    output_string(call_output(call), "TaskHandle", task_handle(call, row.uuid, row.source_arn));
    return result_output();
}

/* ---- CancelMessageMoveTask ---- */

/* In the call's arena. False: no handle of ours. */
static bool read_handle(struct call *call, struct text handle, const char **uuid, const char **source_arn) {
    struct strbuf text = STRBUF_INIT;
    json_t *value = NULL;
    if (crypto_append_unbase64(&text, handle)) {
        value = json_loadb(text.data ? text.data : "", text.size, 0, NULL);
    }
    const char *id = json_string_value(json_object_get(value, "taskId"));
    const char *arn = json_string_value(json_object_get(value, "sourceArn"));
    bool good = id && arn;
    if (good) {
        *uuid = arena_strdup(call->arena, id);
        *source_arn = arena_strdup(call->arena, arn);
    }
    json_decref(value);
    strbuf_release(&text);
    return good;
}

struct result sqs_cancel_message_move_task(struct call *call, struct input input) {
    const char *uuid;
    const char *source_arn;
    if (!read_handle(call, input_text(input, "TaskHandle"), &uuid, &source_arn)) {
        return call_error(call, &sqs_error_invalid_parameter, "Value for parameter TaskHandle is invalid.");
    }
    struct sqs_state *state = sqs_state_of(call->emulator);
    struct sqs_queue *source = sqs_find_queue_by_arn(state, source_arn);
    if (!source) {
        return call_error(call, &sqs_error_ResourceNotFoundException,
                          "The resource that you specified for the SourceArn parameter doesn't exist.");
    }
    struct sqs_move_row row;
    struct statement *moves = sqs_store_moves(call->store, source->id);
    int64_t id = 0;
    while (id == 0 && sqs_store_next_move(moves, &row)) {
        id = text_equals(row.uuid, uuid) ? row.id : 0;
    }
    statement_reset(moves);
    struct sqs_move *move = *sqs_state_moves(state);
    while (move && (move->id != id || move->cancelled)) {
        move = move->next;
    }
    if (!move) {
        return call_error(call, &sqs_error_ResourceNotFoundException, "Task does not exist.");
    }
    move->cancelled = true;
    sqs_store_update_move(call->store, id, "CANCELLING", move->moved, NULL);
    schedule(move, call->now_ms);
    output_integer(call_output(call), "ApproximateNumberOfMessagesMoved", move->moved);
    return result_output();
}

/* ---- ListMessageMoveTasks ---- */

static void write_task(struct call *call, const struct sqs_move_row *row) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    if (text_equals(row->status, "RUNNING")) {
        output_string(out, "TaskHandle", task_handle(call, row->uuid, row->source_arn));
    }
    output_text(out, "Status", row->status);
    output_text(out, "SourceArn", row->source_arn);
    output_text(out, "DestinationArn", row->destination_arn);
    if (row->rate > 0) {
        output_integer(out, "MaxNumberOfMessagesPerSecond", row->rate);
    }
    output_integer(out, "ApproximateNumberOfMessagesMoved", row->moved);
    output_integer(out, "ApproximateNumberOfMessagesToMove", row->to_move);
    output_text(out, "FailureReason", row->failure);
    output_integer(out, "StartedTimestamp", row->started_ms);
    output_end(out);
}

struct result sqs_list_message_move_tasks(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *source = require_by_arn(call, input_string(input, "SourceArn"), "SourceArn", &refusal);
    if (!source) {
        return refusal;
    }
    int64_t maximum = input_integer(input, "MaxResults", 1);
    if (maximum < 1 || maximum > MAXIMUM_LISTED) {
        return sqs_invalid_value(call, text_of(arena_printf(call->arena, "%lld", (long long)maximum)),
                                 "MaxResults", "Must be between 1 and 10, if provided.");
    }
    struct output *out = call_output(call);
    struct statement *moves = sqs_store_moves(call->store, source->id);
    struct sqs_move_row row;
    output_begin_list(out, "Results");
    while (maximum-- > 0 && sqs_store_next_move(moves, &row)) {
        write_task(call, &row);
    }
    output_end(out);
    statement_reset(moves);
    return result_output();
}
