/* Schedules. Source: EventBridge Scheduler API reference, recorded answers. */
#include "emulator/base/arn.h"
#include "services/scheduler/scheduler.h"

#define DEFAULT_PAGE 100
#define START_GRACE_MS ((int64_t)300000)

const char *scheduler_schedule_arn(struct arena *arena, struct scheduler_owner owner, const char *group,
                                   const char *name) {
    return arn_build(arena, "scheduler", owner.region, owner.account,
                     arena_printf(arena, "schedule/%s/%s", group, name));
}

static const char *group_of(struct input input) {
    const char *group = input_string(input, "GroupName");
    return group ? group : "default";
}

static struct result no_schedule(struct call *call, const char *name) {
    return call_error(call, &scheduler_error_ResourceNotFoundException, "Schedule %s does not exist.", name);
}

/* ---- what is stored ---- */

static void append_value(struct strbuf *out, struct input input, const char *member, const char *fallback) {
    const struct json_value *value = input_value(input, member);
    if (!value && !fallback) {
        return;
    }
    strbuf_printf(out, "%s\"%s\":", out->size > 1 ? "," : "", member);
    if (value) {
        json_write(out, value);
    } else {
        json_write_string(out, text_of(fallback));
    }
}

static void append_time(struct strbuf *out, struct input input, const char *member) {
    if (input_has(input, member)) {
        strbuf_printf(out, "%s\"%s\":%lld", out->size > 1 ? "," : "", member,
                      (long long)input_timestamp(input, member, 0));
    }
}

static const char *document_of(struct call *call, struct input input) {
    struct strbuf out = STRBUF_INIT;
    strbuf_append_char(&out, '{');
    append_value(&out, input, "ActionAfterCompletion", "NONE");
    append_value(&out, input, "Description", NULL);
    append_value(&out, input, "FlexibleTimeWindow", NULL);
    append_value(&out, input, "KmsKeyArn", NULL);
    append_value(&out, input, "ScheduleExpression", NULL);
    append_value(&out, input, "ScheduleExpressionTimezone", "UTC");
    append_value(&out, input, "State", "ENABLED");
    append_value(&out, input, "Target", NULL);
    append_time(&out, input, "StartDate");
    append_time(&out, input, "EndDate");
    strbuf_append_char(&out, '}');
    const char *copy = arena_copy(call->arena, out.data, out.size);
    strbuf_release(&out);
    return copy;
}

static int64_t time_of(const struct json_value *document, const char *member, int64_t fallback) {
    const struct json_value *value = json_find(document, member);
    int64_t time_ms;
    return value && text_to_int64(value->text, &time_ms) ? time_ms : fallback;
}

struct scheduler_times scheduler_times_of(const struct scheduler_schedule *schedule, struct arena *arena,
                                          const struct json_value *document) {
    return (struct scheduler_times){
        .expression = arena_text_string(arena, json_find_text(document, "ScheduleExpression")),
        .zone = arena_text_string(arena, json_find_text(document, "ScheduleExpressionTimezone")),
        .created_ms = schedule->modified_ms,
        .start_ms = time_of(document, "StartDate", INT64_MIN),
        .end_ms = time_of(document, "EndDate", INT64_MAX),
    };
}

/* ---- checks ---- */

static bool check_schedule(struct call *call, struct input input, struct result *refusal) {
    const char *expression = input_string(input, "ScheduleExpression");
    const char *zone = input_string(input, "ScheduleExpressionTimezone");
    struct input window = input_structure(input, "FlexibleTimeWindow");
    bool flexible = strcmp(input_string(window, "Mode"), "FLEXIBLE") == 0;
    struct arn arn;
    struct text target = input_text(input_structure(input, "Target"), "Arn");
    const struct error_shape *invalid = &scheduler_error_ValidationException;
    if (!scheduler_expression_is_valid(expression)) {
        *refusal = call_error(call, invalid, "Invalid Schedule Expression %s.", expression);
    } else if (!scheduler_zone_is_valid(zone)) {
        *refusal = call_error(call, invalid, "Invalid ScheduleExpressionTimezone: %s", zone);
    } else if (flexible != input_has(window, "MaximumWindowInMinutes")) {
        *refusal =
            call_error(call, invalid,
                       flexible ? "Maximum flexible time window must be provided when mode is FLEXIBLE."
                                : "Maximum flexible time window should not be provided when mode is OFF.");
    } else if (input_has(input, "StartDate") &&
               input_timestamp(input, "StartDate", 0) < call->now_ms - START_GRACE_MS) {
        *refusal =
            call_error(call, invalid, "The StartDate you specify cannot be earlier than 5 minutes ago.");
    } else if (input_has(input, "EndDate") &&
               input_timestamp(input, "EndDate", 0) <= input_timestamp(input, "StartDate", call->now_ms)) {
        *refusal = call_error(call, invalid, "The EndDate you specify must come after the StartDate.");
    } else if (!arn_parse(target, &arn)) {
        *refusal = call_error(call, invalid, "Provided Arn is not in correct format.");
    } else {
        return true;
    }
    return false;
}

/* ---- operations ---- */

static void put(struct call *call, struct input input, struct scheduler_schedule *schedule) {
    schedule->document = document_of(call, input);
    schedule->modified_ms = call->now_ms;
    const struct json_value *document = json_parse(call->arena, text_of(schedule->document), NULL);
    struct scheduler_times times = scheduler_times_of(schedule, call->arena, document);
    bool enabled = text_equals(json_find_text(document, "State"), "ENABLED");
    schedule->next_ms = enabled ? scheduler_next(&times, call->now_ms) : -1;
    scheduler_store_put_schedule(call->store, schedule);
    scheduler_wake(scheduler_state_of(call->emulator));
    output_string(call_output(call), "ScheduleArn",
                  scheduler_schedule_arn(call->arena, schedule->owner, schedule->group, schedule->name));
}

struct result scheduler_create_schedule(struct call *call, struct input input) {
    struct result refusal;
    struct scheduler_schedule schedule;
    struct scheduler_owner owner = scheduler_owner_of(call);
    const char *group = group_of(input);
    const char *name = input_string(input, "Name");
    if (!check_schedule(call, input, &refusal)) {
        return refusal;
    }
    if (!scheduler_group_exists(call, group)) {
        return scheduler_no_group(call, group);
    }
    if (scheduler_store_schedule(call->store, owner, group, name, call->arena, &schedule)) {
        return call_error(call, &scheduler_error_ConflictException, "Schedule %s already exists.", name);
    }
    schedule =
        (struct scheduler_schedule){.owner = owner, .group = group, .name = name, .created_ms = call->now_ms};
    put(call, input, &schedule);
    return result_output();
}

struct result scheduler_update_schedule(struct call *call, struct input input) {
    struct result refusal;
    struct scheduler_schedule schedule;
    const char *name = input_string(input, "Name");
    if (!check_schedule(call, input, &refusal)) {
        return refusal;
    }
    if (!scheduler_store_schedule(call->store, scheduler_owner_of(call), group_of(input), name, call->arena,
                                  &schedule)) {
        return no_schedule(call, name);
    }
    put(call, input, &schedule);
    return result_output();
}

/* The target with the retry policy it has by itself. */
static void write_target(struct call *call, const struct json_value *target) {
    struct json_value *copy = json_new(call->arena, JSON_VALUE_OBJECT);
    struct json_value *policy = json_new(call->arena, JSON_VALUE_OBJECT);
    static const struct {
        const char *name;
        const char *value;
    } defaults[] = {{"MaximumEventAgeInSeconds", "86400"}, {"MaximumRetryAttempts", "185"}};
    for (const struct json_value *member = target->child; member; member = member->next) {
        if (!text_equals(member->key, "RetryPolicy")) {
            struct json_value *value = arena_alloc(call->arena, sizeof(*value));
            *value = *member;
            value->next = NULL;
            json_append_member(copy, member->key, value);
        }
    }
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        const struct json_value *given = json_find(json_find(target, "RetryPolicy"), defaults[i].name);
        struct json_value *number = json_new(call->arena, JSON_VALUE_NUMBER);
        number->text = given ? given->text : text_of(defaults[i].value);
        json_append_member(policy, text_of(defaults[i].name), number);
    }
    json_append_member(copy, TEXT("RetryPolicy"), policy);
    output_value(call_output(call), "Target", copy);
}

struct result scheduler_get_schedule(struct call *call, struct input input) {
    static const char *const members[] = {
        "ActionAfterCompletion", "Description", "FlexibleTimeWindow",        "KmsKeyArn",
        "ScheduleExpression",    "State",       "ScheduleExpressionTimezone"};
    struct scheduler_schedule schedule;
    const char *name = input_string(input, "Name");
    struct output *out = call_output(call);
    if (!scheduler_group_exists(call, group_of(input))) {
        return scheduler_no_group(call, group_of(input));
    }
    if (!scheduler_store_schedule(call->store, scheduler_owner_of(call), group_of(input), name, call->arena,
                                  &schedule)) {
        return no_schedule(call, name);
    }
    const struct json_value *document = json_parse(call->arena, text_of(schedule.document), NULL);
    output_string(out, "Arn", scheduler_schedule_arn(call->arena, schedule.owner, schedule.group, name));
    output_timestamp(out, "CreationDate", schedule.created_ms);
    output_timestamp(out, "LastModificationDate", schedule.modified_ms);
    output_string(out, "GroupName", schedule.group);
    output_string(out, "Name", schedule.name);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct json_value *value = json_find(document, members[i]);
        if (value) {
            output_value(out, members[i], value);
        }
    }
    if (json_find(document, "StartDate")) {
        output_timestamp(out, "StartDate", time_of(document, "StartDate", 0));
    }
    if (json_find(document, "EndDate")) {
        output_timestamp(out, "EndDate", time_of(document, "EndDate", 0));
    }
    write_target(call, json_find(document, "Target"));
    return result_output();
}

struct result scheduler_delete_schedule(struct call *call, struct input input) {
    struct scheduler_schedule schedule;
    const char *name = input_string(input, "Name");
    if (!scheduler_store_schedule(call->store, scheduler_owner_of(call), group_of(input), name, call->arena,
                                  &schedule)) {
        return no_schedule(call, name);
    }
    scheduler_store_delete_schedule(call->store, schedule.id);
    scheduler_wake(scheduler_state_of(call->emulator));
    return result_output();
}

static void write_summary(struct call *call, const struct scheduler_schedule *schedule,
                          const struct json_value *document) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    output_string(out, "Arn",
                  scheduler_schedule_arn(call->arena, schedule->owner, schedule->group, schedule->name));
    output_timestamp(out, "CreationDate", schedule->created_ms);
    output_string(out, "GroupName", schedule->group);
    output_timestamp(out, "LastModificationDate", schedule->modified_ms);
    output_string(out, "Name", schedule->name);
    output_text(out, "State", json_find_text(document, "State"));
    output_begin_structure(out, "Target");
    output_text(out, "Arn", json_find_text(json_find(document, "Target"), "Arn"));
    output_end(out);
    output_end(out);
}

static bool is_wanted(struct input input, const struct scheduler_schedule *schedule,
                      const struct json_value *document) {
    const char *group = input_string(input, "GroupName");
    const char *prefix = input_string(input, "NamePrefix");
    const char *state = input_string(input, "State");
    return (!group || strcmp(schedule->group, group) == 0) &&
           (!prefix || strncmp(schedule->name, prefix, strlen(prefix)) == 0) &&
           (!state || text_equals(json_find_text(document, "State"), state));
}

struct result scheduler_list_schedules(struct call *call, struct input input) {
    int64_t left = input_integer(input, "MaxResults", DEFAULT_PAGE);
    struct scheduler_schedule schedule;
    struct result refusal;
    const char *token;
    const char *next = NULL;
    if (input_has(input, "GroupName") && !scheduler_group_exists(call, input_string(input, "GroupName"))) {
        return scheduler_no_group(call, input_string(input, "GroupName"));
    }
    if (!scheduler_read_token(call, input, &token, &refusal)) {
        return refusal;
    }
    struct text rest = text_of(token ? token : "");
    const char *group = arena_text_string(call->arena, text_cut(&rest, '/'));
    const char *name = rest.data ? arena_text_string(call->arena, rest) : "";
    const char *last = token;
    output_begin_list(call_output(call), "Schedules");
    while (scheduler_store_next_schedule(call->store, scheduler_owner_of(call), group, name, call->arena,
                                         &schedule)) {
        const struct json_value *document = json_parse(call->arena, text_of(schedule.document), NULL);
        group = schedule.group;
        name = schedule.name;
        if (!is_wanted(input, &schedule, document)) {
            continue;
        }
        if (left-- == 0) {
            next = last;
            break;
        }
        write_summary(call, &schedule, document);
        last = arena_printf(call->arena, "%s/%s", group, name);
    }
    output_end(call_output(call));
    if (next) {
        scheduler_write_token(call, next);
    }
    return result_output();
}
