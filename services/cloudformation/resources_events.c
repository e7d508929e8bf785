/* AWS::Events::Rule, EventBus. */
#include "services/cloudformation/resource_lists.h"
#include "services/cloudformation/resource_types.h"

static const struct property_row rule_properties[] = {
    {"Description", PROPERTY_STRING, 0, NULL}, {"EventBusName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"EventPattern", PROPERTY_JSON, 0, "-"},   {"Name", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"RoleArn", PROPERTY_STRING, 0, NULL},     {"ScheduleExpression", PROPERTY_STRING, 0, NULL},
    {"State", PROPERTY_STRING, 0, NULL},       {"Tags", PROPERTY_LIST, 0, "-"},
    {"Targets", PROPERTY_LIST, 0, "-"},        {0},
};

static const char *const arn_attributes[] = {"Arn", NULL};

static const char *bus(struct resource_operation *operation) {
    return resource_property_string(operation, "EventBusName");
}

/* Ref is the rule's name, on another bus "bus|name". */
static const char *rule_name(struct resource_operation *operation) {
    const char *bar = operation->physical_id ? strrchr(operation->physical_id, '|') : NULL;
    if (operation->physical_id) {
        return bar ? bar + 1 : operation->physical_id;
    }
    return resource_name(operation);
}

static bool put_rule(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Name", rule_name(operation));
    resource_set_member(input, "EventPattern",
                        resource_document_text(operation, resource_property(operation, "EventPattern")));
    json_t *tags = resource_all_tags(operation);
    if (json_array_size(tags) > 0 && operation->request.action == RESOURCE_CREATE) {
        json_object_set(input, "Tags", tags);
    }
    json_decref(tags);
    return true;
}

static void rule_put(struct resource_operation *operation, const struct call_reply *reply) {
    if (!operation->physical_id) {
        const char *name = resource_name(operation);
        const char *id = bus(operation) && strcmp(bus(operation), "default") != 0
                             ? arena_printf(operation->arena, "%s|%s", bus(operation), name)
                             : name;
        resource_set_physical_id(operation, text_of(id));
    }
    resource_set_attribute(operation, "Arn", json_find_text(reply->value, "RuleArn"));
}

static void name_rule(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Rule", rule_name(operation));
    resource_set_member(input, "EventBusName", bus(operation));
}

static bool put_targets(struct resource_operation *operation, json_t *input) {
    json_t *targets = resource_property(operation, "Targets");
    name_rule(operation, input);
    json_object_set(input, "Targets", targets);
    return json_array_size(targets) > 0;
}

static void targets_put(struct resource_operation *operation, const struct call_reply *reply) {
    const struct json_value *failed = json_find(reply->value, "FailedEntries");
    if (failed && failed->child) {
        const char *message =
            arena_text_string(operation->arena, json_find_text(failed->child, "ErrorMessage"));
        resource_fail_handler(operation, "InvalidRequest", message ? message : "PutTargets failed");
    }
}

static bool remove_targets(struct resource_operation *operation, json_t *input) {
    const char *id = resource_list_removed_key(operation, "Targets", "Id");
    name_rule(operation, input);
    json_object_set_new(input, "Ids", id ? json_pack("[s]", id) : json_array());
    return id != NULL;
}

static bool delete_rule(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Name", rule_name(operation));
    resource_set_member(input, "EventBusName", bus(operation));
    return true;
}

static const struct type_step create_rule_steps[] = {
    {.service = "events",
     .operation = "PutRule",
     .flags = STEP_PROPERTIES,
     .build = put_rule,
     .reply = rule_put},
    {.service = "events", .operation = "PutTargets", .build = put_targets, .reply = targets_put},
    {0},
};
static const struct type_step update_rule_steps[] = {
    {.service = "events",
     .operation = "PutRule",
     .flags = STEP_PROPERTIES,
     .build = put_rule,
     .reply = rule_put},
    {.service = "events",
     .operation = "RemoveTargets",
     .flags = STEP_REPEATED,
     .when_changed = "Targets",
     .build = remove_targets},
    {.service = "events",
     .operation = "PutTargets",
     .when_changed = "Targets",
     .build = put_targets,
     .reply = targets_put},
    {0},
};
static const struct type_step remove_rule_steps[] = {
    {.service = "events", .operation = "RemoveTargets", .flags = STEP_REPEATED, .build = remove_targets},
    {.service = "events", .operation = "DeleteRule", .build = delete_rule},
    {0},
};

static const struct property_row bus_properties[] = {
    {"Name", PROPERTY_STRING, PROPERTY_REQUIRED | PROPERTY_CREATE_ONLY, NULL},
    {"DeadLetterConfig", PROPERTY_MAP, 0, NULL},
    {"Description", PROPERTY_STRING, 0, NULL},
    {"EventSourceName", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"KmsKeyIdentifier", PROPERTY_STRING, 0, NULL},
    {"Tags", PROPERTY_LIST, 0, NULL},
    {0},
};

static const char *const bus_attributes[] = {"Arn", "Name", NULL};

static void bus_created(struct resource_operation *operation, const struct call_reply *reply) {
    const char *name = resource_property_string(operation, "Name");
    resource_set_physical_id(operation, text_of(name));
    resource_set_attribute(operation, "Name", text_of(name));
    resource_set_attribute(operation, "Arn", json_find_text(reply->value, "EventBusArn"));
}

static const struct type_step create_bus_steps[] = {
    {.service = "events", .operation = "CreateEventBus", .flags = STEP_PROPERTIES, .reply = bus_created},
    {0},
};
static const struct type_step update_bus_steps[] = {
    {.service = "events", .operation = "UpdateEventBus", .flags = STEP_PROPERTIES},
    {0},
};
static const struct type_step remove_bus_steps[] = {
    {.service = "events", .operation = "DeleteEventBus", .id_member = "Name"},
    {0},
};

const struct resource_type events_resources[] = {
    {.name = "AWS::Events::Rule",
     .properties = rule_properties,
     .attributes = arn_attributes,
     .create = create_rule_steps,
     .update = update_rule_steps,
     .remove = remove_rule_steps,
     .name_property = "Name",
     .name_limit = 64},
    {.name = "AWS::Events::EventBus",
     .properties = bus_properties,
     .attributes = bus_attributes,
     .create = create_bus_steps,
     .update = update_bus_steps,
     .remove = remove_bus_steps,
     .name_property = "Name"},
    {0},
};
