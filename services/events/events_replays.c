/* Replays: what an archive kept is put on its bus again. Source: EventBridge API reference, recorded answers.
 */
#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "services/events/events.h"

/* From the last event to COMPLETED; AWS takes minutes. */
#define DURATION_MS 1000

/* ---- running ---- */

/* The event again: with an id of its own and the name of the replay. */
static struct text replayed(struct emulator *emulator, struct arena *arena, const char *json,
                            const char *replay) {
    const struct json_value *event = json_parse(arena, text_of(json), NULL);
    struct json_value *copy = json_new(arena, JSON_VALUE_OBJECT);
    struct strbuf out = STRBUF_INIT;
    char id[UUID_SIZE];
    ids_uuid(emulator_ids(emulator), id);
    for (const struct json_value *member = event ? event->child : NULL; member; member = member->next) {
        struct json_value *value = arena_alloc(arena, sizeof(*value));
        *value = *member;
        if (text_equals(member->key, "id")) {
            value = json_new_string(arena, arena_text(arena, text_of(id)));
        }
        value->next = NULL;
        json_append_member(copy, member->key, value);
    }
    json_append_member(copy, TEXT("replay-name"), json_new_string(arena, text_of(replay)));
    json_write(&out, copy);
    struct text text = arena_text(arena, strbuf_text(&out));
    strbuf_release(&out);
    return text;
}

static void run_replay(struct emulator *emulator, struct arena *arena, struct events_replay *replay) {
    struct store *store = emulator_store(emulator);
    struct events_owner owner;
    const char *archive_name;
    struct arn arn;
    const struct json_value *destination = json_parse(arena, text_of(replay->destination), NULL);
    struct text bus_arn = json_find_text(destination, "Arn");
    int64_t time_ms = replay->from_ms - 1;
    int64_t row = INT64_MAX;
    const char *json;
    if (events_archive_named(arena, replay->archive_arn, &owner, &archive_name) && arn_parse(bus_arn, &arn)) {
        struct events_bus_name bus = {
            {arena_text_string(arena, arn.account), arena_text_string(arena, arn.region)},
            arena_text_string(arena, text_slice(arn.resource, strlen("event-bus/"), SIZE_MAX))};
        while ((json = events_store_next_archived(store, owner, archive_name, replay->to_ms, &time_ms, &row,
                                                  arena))) {
            struct events_event event = {.json = replayed(emulator, arena, json, replay->name),
                                         .time_ms = time_ms,
                                         .only_rules = json_find(destination, "FilterArns")};
            event.value = json_parse(arena, event.json, NULL);
            events_route(emulator, arena, &bus, &event);
            replay->last_ms = time_ms;
        }
    }
    replay->state = "RUNNING";
    events_store_put_replay(store, replay);
}

/* Runs what was started and not cancelled, of every owner. */
struct replay_task {
    struct emulator *emulator;
    struct events_owner owner;
    char *name;
    char text[];
};

static void replay_due(void *argument, enum task_event event);

static void schedule(struct emulator *emulator, struct events_owner owner, const char *name,
                     int64_t wait_ms) {
    size_t account = strlen(owner.account) + 1;
    size_t region = strlen(owner.region) + 1;
    size_t size = strlen(name) + 1;
    struct replay_task *task = xmalloc(sizeof(*task) + account + region + size);
    task->emulator = emulator;
    task->owner.account = memcpy(task->text, owner.account, account);
    task->owner.region = memcpy(task->text + account, owner.region, region);
    task->name = memcpy(task->text + account + region, name, size);
    emulator_schedule(emulator, emulator_now_ms(emulator) + wait_ms, replay_due, task);
}

static void replay_due(void *argument, enum task_event event) {
    struct replay_task *task = argument;
    struct events_replay replay;
    if (event == TASK_RUN) {
        struct arena *arena = arena_open();
        bool found =
            events_store_replay(emulator_store(task->emulator), task->owner, task->name, arena, &replay);
        if (found && strcmp(replay.state, "STARTING") == 0) {
            run_replay(task->emulator, arena, &replay);
            schedule(task->emulator, task->owner, task->name, DURATION_MS);
        } else if (found && strcmp(replay.state, "RUNNING") == 0) {
            replay.state = "COMPLETED";
            replay.ended_ms = emulator_now_ms(task->emulator);
            events_store_put_replay(emulator_store(task->emulator), &replay);
        }
        arena_close(arena);
    }
    free(task);
}

void events_resume_replays(struct emulator *emulator) {
    struct arena *arena = arena_open();
    struct events_replay replay;
    int64_t after = 0;
    while (events_store_started_replay(emulator_store(emulator), &after, arena, &replay)) {
        schedule(emulator, replay.owner, replay.name, 0);
    }
    arena_close(arena);
}

/* ---- operations ---- */

static const char *replay_arn(struct call *call, const char *name) {
    return arn_build(call->arena, "events", call->identity.region, call->identity.account,
                     arena_printf(call->arena, "replay/%s", name));
}

static bool check_replay(struct call *call, struct input input, struct result *refusal) {
    const char *destination = input_string(input_structure(input, "Destination"), "Arn");
    const char *source = input_string(input, "EventSourceArn");
    struct events_bus_name bus = events_bus_named(call, destination);
    struct events_owner owner;
    struct events_archive archive;
    const char *name;
    struct arn arn;
    if (!arn_parse(text_of(destination), &arn) || !text_starts_with(arn.resource, "event-bus/")) {
        *refusal = events_invalid(
            call, "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.");
    } else if (!events_bus_exists(call->store, call->arena, &bus)) {
        *refusal = call_error(call, &events_error_ResourceNotFoundException, "Event bus %s does not exist.",
                              bus.name);
    } else if (!events_archive_named(call->arena, source, &owner, &name) ||
               !events_store_archive(call->store, owner, name, call->arena, &archive)) {
        const char *slash = strrchr(source, '/');
        *refusal =
            events_invalid(call, "Parameter EventSourceArn is not valid. Reason: Archive %s does not exist.",
                           slash ? slash + 1 : source);
    } else if (strcmp(archive.bus_arn, destination) != 0) {
        *refusal = events_invalid(
            call, "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
    } else if (input_timestamp(input, "EventStartTime", 0) >= input_timestamp(input, "EventEndTime", 0)) {
        *refusal = events_invalid(
            call, "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
    } else {
        return true;
    }
    return false;
}

struct result events_start_replay(struct call *call, struct input input) {
    struct events_owner owner = events_owner_of(call);
    struct events_replay replay;
    struct result refusal;
    const char *name = input_string(input, "ReplayName");
    if (!check_replay(call, input, &refusal)) {
        return refusal;
    }
    if (events_store_replay(call->store, owner, name, call->arena, &replay)) {
        return call_error(call, &events_error_ResourceAlreadyExistsException, "Replay %s already exists.",
                          name);
    }
    struct strbuf destination = STRBUF_INIT;
    json_write(&destination, input_value(input, "Destination"));
    replay = (struct events_replay){
        .owner = owner,
        .name = name,
        .description = input_string(input, "Description"),
        .archive_arn = input_string(input, "EventSourceArn"),
        .destination = arena_strdup(call->arena, destination.data),
        .state = "STARTING",
        .from_ms = input_timestamp(input, "EventStartTime", 0),
        .to_ms = input_timestamp(input, "EventEndTime", 0),
        .started_ms = call->now_ms,
    };
    strbuf_release(&destination);
    events_store_put_replay(call->store, &replay);
    schedule(call->emulator, owner, name, 0);
    output_string(call_output(call), "ReplayArn", replay_arn(call, name));
    output_string(call_output(call), "State", replay.state);
    output_timestamp(call_output(call), "ReplayStartTime", replay.started_ms);
    return result_output();
}

static bool find_replay(struct call *call, struct input input, struct events_replay *replay,
                        struct result *refusal) {
    const char *name = input_string(input, "ReplayName");
    if (events_store_replay(call->store, events_owner_of(call), name, call->arena, replay)) {
        return true;
    }
    *refusal = call_error(call, &events_error_ResourceNotFoundException, "Replay %s does not exist.", name);
    return false;
}

static void write_replay(struct call *call, const struct events_replay *replay) {
    struct output *out = call_output(call);
    output_string(out, "ReplayName", replay->name);
    output_string(out, "EventSourceArn", replay->archive_arn);
    output_string(out, "State", replay->state);
    output_timestamp(out, "EventStartTime", replay->from_ms);
    output_timestamp(out, "EventEndTime", replay->to_ms);
    output_timestamp(out, "ReplayStartTime", replay->started_ms);
    if (replay->last_ms) {
        output_timestamp(out, "EventLastReplayedTime", replay->last_ms);
    }
    if (replay->ended_ms) {
        output_timestamp(out, "ReplayEndTime", replay->ended_ms);
    }
}

struct result events_describe_replay(struct call *call, struct input input) {
    struct events_replay replay;
    struct result refusal;
    if (!find_replay(call, input, &replay, &refusal)) {
        return refusal;
    }
    output_string(call_output(call), "ReplayArn", replay_arn(call, replay.name));
    output_string(call_output(call), "Description", replay.description);
    output_value(call_output(call), "Destination",
                 json_parse(call->arena, text_of(replay.destination), NULL));
    write_replay(call, &replay);
    return result_output();
}

static bool is_wanted(struct input input, const struct events_replay *replay) {
    const char *prefix = input_string(input, "NamePrefix");
    const char *source = input_string(input, "EventSourceArn");
    const char *state = input_string(input, "State");
    return (!prefix || strncmp(replay->name, prefix, strlen(prefix)) == 0) &&
           (!source || strcmp(replay->archive_arn, source) == 0) &&
           (!state || strcmp(replay->state, state) == 0);
}

struct result events_list_replays(struct call *call, struct input input) {
    struct events_page page;
    struct events_replay replay;
    struct result refusal;
    if (input_has(input, "NamePrefix") + input_has(input, "EventSourceArn") + input_has(input, "State") > 1) {
        return events_invalid(call, "At most one filter is allowed for ListReplays. Use either : State, "
                                    "EventSourceArn, or NamePrefix.");
    }
    if (!events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "Replays");
    const char *last = page.after;
    for (const char *after = page.after;
         events_store_next_replay(call->store, events_owner_of(call), after, call->arena, &replay);
         after = replay.name) {
        if (!is_wanted(input, &replay)) {
            continue;
        }
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        output_begin_structure(call_output(call), NULL);
        write_replay(call, &replay);
        output_end(call_output(call));
        last = replay.name;
    }
    output_end(call_output(call));
    return result_output();
}

struct result events_cancel_replay(struct call *call, struct input input) {
    struct events_replay replay;
    struct result refusal;
    if (!find_replay(call, input, &replay, &refusal)) {
        return refusal;
    }
    if (strcmp(replay.state, "STARTING") != 0 && strcmp(replay.state, "RUNNING") != 0) {
        return call_error(call, &events_error_IllegalStatusException,
                          "Replay %s is not in a valid state for this operation.", replay.name);
    }
    replay.state = "CANCELLED";
    replay.ended_ms = call->now_ms;
    events_store_put_replay(call->store, &replay);
    output_string(call_output(call), "ReplayArn", replay_arn(call, replay.name));
    output_string(call_output(call), "State", "CANCELLING");
    return result_output();
}
