/* Groups and tags. Source: EventBridge Scheduler API reference, recorded answers. */
#include "services/scheduler/scheduler.h"

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"

#define DEFAULT_GROUP "default"
#define DEFAULT_PAGE 100

struct scheduler_state *scheduler_state_of(struct emulator *emulator) {
    return service_state(emulator, &scheduler_service);
}

struct scheduler_owner scheduler_owner_of(const struct call *call) {
    return (struct scheduler_owner){call->identity.account, call->identity.region};
}

/* ---- pages ---- */

bool scheduler_read_token(struct call *call, struct input input, const char **token, struct result *refusal) {
    struct text text = input_text(input, "NextToken");
    *token = NULL;
    if (!text.data) {
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    bool good = crypto_append_unbase64(&bytes, text) && bytes.size > 0;
    *token = good ? arena_strdup(call->arena, bytes.data) : NULL;
    strbuf_release(&bytes);
    if (!good) {
        *refusal = call_error(call, &scheduler_error_ValidationException, "Invalid NextToken.");
    }
    return good;
}

void scheduler_write_token(struct call *call, const char *last) {
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, text_of(last));
    output_text(call_output(call), "NextToken", strbuf_text(&token));
    strbuf_release(&token);
}

/* ---- groups ---- */

static const char *group_arn(struct call *call, const char *name) {
    return arn_build(call->arena, "scheduler", call->identity.region, call->identity.account,
                     arena_printf(call->arena, "schedule-group/%s", name));
}

/* The default group begins when somebody first looks at it. */
static bool find_group(struct call *call, const char *name, struct scheduler_group *group) {
    if (scheduler_store_group(call->store, scheduler_owner_of(call), name, call->arena, group)) {
        return true;
    }
    if (strcmp(name, DEFAULT_GROUP) != 0) {
        return false;
    }
    *group = (struct scheduler_group){DEFAULT_GROUP, call->now_ms, call->now_ms};
    scheduler_store_put_group(call->store, scheduler_owner_of(call), group);
    return true;
}

bool scheduler_group_exists(struct call *call, const char *name) {
    struct scheduler_group group;
    return strcmp(name, DEFAULT_GROUP) == 0 || find_group(call, name, &group);
}

struct result scheduler_no_group(struct call *call, const char *name) {
    return call_error(call, &scheduler_error_ResourceNotFoundException, "Schedule group %s does not exist.",
                      name);
}

static struct result create_group(struct call *call, struct input input) {
    struct scheduler_group group = {input_string(input, "Name"), call->now_ms, call->now_ms};
    struct input tags = input_list(input, "Tags");
    if (scheduler_group_exists(call, group.name)) {
        return call_error(call, &scheduler_error_ConflictException, "Schedule group %s already exists.",
                          group.name);
    }
    scheduler_store_put_group(call->store, scheduler_owner_of(call), &group);
    const char *arn = group_arn(call, group.name);
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        scheduler_store_put_tag(call->store, arn, input_string(tag, "Key"), input_string(tag, "Value"));
    }
    output_string(call_output(call), "ScheduleGroupArn", arn);
    return result_output();
}

static void write_group(struct call *call, const struct scheduler_group *group) {
    output_string(call_output(call), "Arn", group_arn(call, group->name));
    output_timestamp(call_output(call), "CreationDate", group->created_ms);
    output_timestamp(call_output(call), "LastModificationDate", group->modified_ms);
    output_string(call_output(call), "Name", group->name);
    output_string(call_output(call), "State", "ACTIVE");
}

static struct result get_group(struct call *call, struct input input) {
    struct scheduler_group group;
    const char *name = input_string(input, "Name");
    if (!find_group(call, name, &group)) {
        return scheduler_no_group(call, name);
    }
    write_group(call, &group);
    return result_output();
}

static struct result delete_group(struct call *call, struct input input) {
    const char *name = input_string(input, "Name");
    if (strcmp(name, DEFAULT_GROUP) == 0) {
        return call_error(call, &scheduler_error_ValidationException,
                          "The default schedule group cannot be deleted.");
    }
    if (!scheduler_group_exists(call, name)) {
        return scheduler_no_group(call, name);
    }
    scheduler_store_delete_group(call->store, scheduler_owner_of(call), name);
    scheduler_wake(scheduler_state_of(call->emulator));
    return result_output();
}

static struct result list_groups(struct call *call, struct input input) {
    const char *prefix = input_string(input, "NamePrefix");
    int64_t left = input_integer(input, "MaxResults", DEFAULT_PAGE);
    struct scheduler_group group;
    struct result refusal;
    const char *after;
    const char *next = NULL;
    find_group(call, DEFAULT_GROUP, &group);
    if (!scheduler_read_token(call, input, &after, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "ScheduleGroups");
    const char *last = after ? after : "";
    for (after = last;
         scheduler_store_next_group(call->store, scheduler_owner_of(call), after, call->arena, &group);
         after = group.name) {
        if (prefix && strncmp(group.name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (left-- == 0) {
            next = last;
            break;
        }
        output_begin_structure(call_output(call), NULL);
        write_group(call, &group);
        output_end(call_output(call));
        last = group.name;
    }
    output_end(call_output(call));
    if (next) {
        scheduler_write_token(call, next);
    }
    return result_output();
}

/* ---- tags, of groups ---- */

static bool check_tagged(struct call *call, const char *text, struct result *refusal) {
    struct arn arn;
    if (!arn_parse(text_of(text), &arn) || !text_starts_with(arn.resource, "schedule-group/")) {
        *refusal = call_error(call, &scheduler_error_ValidationException, "Invalid resource ARN: %s", text);
        return false;
    }
    const char *name =
        arena_text_string(call->arena, text_slice(arn.resource, strlen("schedule-group/"), SIZE_MAX));
    if (!scheduler_group_exists(call, name)) {
        *refusal = scheduler_no_group(call, name);
        return false;
    }
    return true;
}

static struct result tag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceArn");
    if (!check_tagged(call, arn, &refusal)) {
        return refusal;
    }
    struct input tags = input_list(input, "Tags");
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        scheduler_store_put_tag(call->store, arn, input_string(tag, "Key"), input_string(tag, "Value"));
    }
    return result_output();
}

static struct result untag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceArn");
    if (!check_tagged(call, arn, &refusal)) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        scheduler_store_remove_tag(call->store, arn, input_as_string(key));
    }
    return result_output();
}

static struct result list_tags(struct call *call, struct input input) {
    struct result refusal;
    const char *arn = input_string(input, "ResourceArn");
    if (!check_tagged(call, arn, &refusal)) {
        return refusal;
    }
    const char *key = "";
    const char *value;
    output_begin_list(call_output(call), "Tags");
    while (scheduler_store_next_tag(call->store, arn, key, call->arena, &key, &value)) {
        output_begin_structure(call_output(call), NULL);
        output_string(call_output(call), "Key", key);
        output_string(call_output(call), "Value", value);
        output_end(call_output(call));
    }
    output_end(call_output(call));
    return result_output();
}

/* ---- the service ---- */

static const struct operation_row operations[] = {
    {"CreateSchedule", scheduler_create_schedule},
    {"CreateScheduleGroup", create_group},
    {"DeleteSchedule", scheduler_delete_schedule},
    {"DeleteScheduleGroup", delete_group},
    {"GetSchedule", scheduler_get_schedule},
    {"GetScheduleGroup", get_group},
    {"ListScheduleGroups", list_groups},
    {"ListSchedules", scheduler_list_schedules},
    {"ListTagsForResource", list_tags},
    {"TagResource", tag_resource},
    {"UntagResource", untag_resource},
    {"UpdateSchedule", scheduler_update_schedule},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateSchedule", "ClientToken", "a schedule is known by its name"},
    {"CreateSchedule", "FlexibleTimeWindow",
     "stored and shown; the target is called at the window's beginning"},
    {"CreateSchedule", "KmsKeyArn", "stored and shown; nothing is encrypted"},
    {"CreateSchedule", "Target.RoleArn", "stored and shown; who may call the target is not checked"},
    {"CreateScheduleGroup", "ClientToken", "a group is known by its name"},
    {NULL, NULL, NULL},
};

static void *open_state(struct emulator *emulator) {
    struct scheduler_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    return state;
}

static void close_state(void *argument) {
    scheduler_forget_attempts(argument);
    free(argument);
}

static void resume(struct emulator *emulator, void *argument) {
    struct scheduler_state *state = argument;
    (void)emulator;
    scheduler_forget_attempts(state);
    state->deliveries = 0;
    state->schedules = 0;
    scheduler_resume(state);
}

const struct service scheduler_service = {
    .model = &scheduler_model,
    .operations = operations,
    .store = &scheduler_store_module,
    .accepted = accepted,
    .open = open_state,
    .close = close_state,
    .resume = resume,
};
