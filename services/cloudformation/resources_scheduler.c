/* AWS::Scheduler::Schedule, ScheduleGroup; AWS::Events::Archive. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

static const char *const arn_attributes[] = {"Arn", NULL};

/* The name in `member`: the one that the resource has, or gets. */
static void name_it(struct resource_operation *operation, json_t *input, const char *member) {
    resource_set_member(input, member,
                        operation->physical_id ? operation->physical_id : resource_name(operation));
}

static void keep(struct resource_operation *operation, struct text arn) {
    if (!operation->physical_id) {
        resource_set_physical_id(operation, text_of(resource_name(operation)));
    }
    resource_set_attribute(operation, "Arn", arn);
}

/* ---- schedules ---- */

static const struct property_row schedule_properties[] = {
    {"ActionAfterCompletion", PROPERTY_STRING, 0, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"EndDate", PROPERTY_STRING, 0, NULL},
    {"FlexibleTimeWindow", PROPERTY_MAP, PROPERTY_REQUIRED, NULL},
    {"GroupName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"KmsKeyArn", PROPERTY_STRING, 0, NULL},
    {"Name", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"ScheduleExpression", PROPERTY_STRING, PROPERTY_REQUIRED, NULL},
    {"ScheduleExpressionTimezone", PROPERTY_STRING, 0, NULL},
    {"StartDate", PROPERTY_STRING, 0, NULL},
    {"State", PROPERTY_STRING, 0, NULL},
    {"Target", PROPERTY_MAP, PROPERTY_REQUIRED, NULL},
    {0},
};

static bool name_schedule(struct resource_operation *operation, json_t *input) {
    name_it(operation, input, "Name");
    return true;
}

static bool name_schedule_in_group(struct resource_operation *operation, json_t *input) {
    name_it(operation, input, "Name");
    resource_set_member(input, "GroupName", resource_property_string(operation, "GroupName"));
    return true;
}

static void schedule_put(struct resource_operation *operation, const struct call_reply *reply) {
    keep(operation, json_find_text(reply->value, "ScheduleArn"));
}

static const struct type_step create_schedule_steps[] = {
    {.service = "scheduler",
     .operation = "CreateSchedule",
     .flags = STEP_PROPERTIES,
     .build = name_schedule,
     .reply = schedule_put},
    {0},
};
static const struct type_step update_schedule_steps[] = {
    {.service = "scheduler",
     .operation = "UpdateSchedule",
     .flags = STEP_PROPERTIES,
     .build = name_schedule,
     .reply = schedule_put},
    {0},
};
static const struct type_step remove_schedule_steps[] = {
    {.service = "scheduler",
     .operation = "DeleteSchedule",
     .build = name_schedule_in_group,
     .ignored = "ResourceNotFoundException"},
    {0},
};

/* ---- groups of schedules ---- */

static const struct property_row group_properties[] = {
    {"Name", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"Tags", PROPERTY_LIST, 0, NULL},
    {0},
};

static void group_created(struct resource_operation *operation, const struct call_reply *reply) {
    keep(operation, json_find_text(reply->value, "ScheduleGroupArn"));
}

static const struct type_step create_group_steps[] = {
    {.service = "scheduler",
     .operation = "CreateScheduleGroup",
     .flags = STEP_PROPERTIES,
     .build = name_schedule,
     .reply = group_created},
    {0},
};
static const struct type_step update_group_steps[] = {
    TAG_STEPS("scheduler", "TagResource", "UntagResource", "ResourceArn", STEP_ARN, resource_tag_list),
    {0},
};
static const struct type_step remove_group_steps[] = {
    {.service = "scheduler",
     .operation = "DeleteScheduleGroup",
     .id_member = "Name",
     .ignored = "ResourceNotFoundException"},
    {0},
};

/* ---- archives of events ---- */

static const struct property_row archive_properties[] = {
    {"ArchiveName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, "-"},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"EventPattern", PROPERTY_JSON, 0, "-"},
    {"KmsKeyIdentifier", PROPERTY_STRING, 0, NULL},
    {"RetentionDays", PROPERTY_INTEGER, 0, NULL},
    {"SourceArn", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, "EventSourceArn"},
    {0},
};

static bool put_archive(struct resource_operation *operation, json_t *input) {
    name_it(operation, input, "ArchiveName");
    resource_set_member(input, "EventPattern",
                        resource_document_text(operation, resource_property(operation, "EventPattern")));
    return true;
}

static void archive_put(struct resource_operation *operation, const struct call_reply *reply) {
    keep(operation, json_find_text(reply->value, "ArchiveArn"));
}

static const struct type_step create_archive_steps[] = {
    {.service = "events",
     .operation = "CreateArchive",
     .flags = STEP_PROPERTIES,
     .build = put_archive,
     .reply = archive_put},
    {0},
};
static const struct type_step update_archive_steps[] = {
    {.service = "events",
     .operation = "UpdateArchive",
     .flags = STEP_PROPERTIES,
     .build = put_archive,
     .reply = archive_put},
    {0},
};
static const struct type_step remove_archive_steps[] = {
    {.service = "events",
     .operation = "DeleteArchive",
     .id_member = "ArchiveName",
     .ignored = "ResourceNotFoundException"},
    {0},
};

const struct resource_type scheduler_resources[] = {
    {.name = "AWS::Scheduler::Schedule",
     .properties = schedule_properties,
     .attributes = arn_attributes,
     .create = create_schedule_steps,
     .update = update_schedule_steps,
     .remove = remove_schedule_steps,
     .name_property = "Name",
     .name_limit = 64,
     .name_is_unique = true},
    {.name = "AWS::Scheduler::ScheduleGroup",
     .properties = group_properties,
     .attributes = arn_attributes,
     .create = create_group_steps,
     .update = update_group_steps,
     .remove = remove_group_steps,
     .name_property = "Name",
     .name_limit = 64,
     .name_is_unique = true},
    {.name = "AWS::Events::Archive",
     .properties = archive_properties,
     .attributes = arn_attributes,
     .create = create_archive_steps,
     .update = update_archive_steps,
     .remove = remove_archive_steps,
     .name_property = "ArchiveName",
     .name_limit = 48,
     .name_is_unique = true},
    {0},
};
