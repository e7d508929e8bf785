/* Buses and their policies. Source: EventBridge API reference, s3-logs-events.md C, recorded answers. */
#include <jansson.h>
#include <stdlib.h>

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "services/events/events.h"

#define DEFAULT_BUS "default"
#define DEFAULT_PAGE 100
#define MAXIMUM_POLICY_BYTES 10240

/* ---- shared ---- */

struct events_owner events_owner_of(const struct call *call) {
    return (struct events_owner){call->identity.account, call->identity.region};
}

struct result events_invalid(struct call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return call_error(call, &error_validation_exception, "%s", message);
}

struct events_bus_name events_bus_named(struct call *call, const char *name_or_arn) {
    struct events_bus_name bus = {events_owner_of(call), name_or_arn ? name_or_arn : DEFAULT_BUS};
    struct arn arn;
    if (name_or_arn && arn_parse(text_of(name_or_arn), &arn) &&
        text_starts_with(arn.resource, "event-bus/")) {
        bus.owner.account = arena_text_string(call->arena, arn.account);
        bus.owner.region = arena_text_string(call->arena, arn.region);
        bus.name = arena_text_string(call->arena, text_slice(arn.resource, strlen("event-bus/"), SIZE_MAX));
    }
    return bus;
}

bool events_bus_exists(struct store *store, struct arena *arena, const struct events_bus_name *bus) {
    struct events_bus found;
    return strcmp(bus->name, DEFAULT_BUS) == 0 ||
           events_store_bus(store, bus->owner, bus->name, arena, &found);
}

static struct result no_such_bus(struct call *call, const char *name) {
    return call_error(call, &events_error_ResourceNotFoundException, "Event bus %s does not exist.", name);
}

bool events_existing_bus(struct call *call, struct input input, const char *member,
                         struct events_bus_name *bus, struct result *refusal) {
    *bus = events_bus_named(call, input_string(input, member));
    if (events_bus_exists(call->store, call->arena, bus)) {
        return true;
    }
    *refusal = no_such_bus(call, bus->name);
    return false;
}

const char *events_bus_arn(struct arena *arena, const struct events_bus_name *bus) {
    return arn_build(arena, "events", bus->owner.region, bus->owner.account,
                     arena_printf(arena, "event-bus/%s", bus->name));
}

bool events_page_open(struct call *call, struct input input, struct events_page *page,
                      struct result *refusal) {
    struct text token = input_text(input, "NextToken");
    page->after = "";
    page->left = input_integer(input, "Limit", DEFAULT_PAGE);
    if (!token.data) {
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    bool good = crypto_append_unbase64(&bytes, token) && bytes.size > 0;
    if (good) {
        page->after = arena_strdup(call->arena, bytes.data);
    } else {
        *refusal = events_invalid(call, "Parameter NextToken is not valid.");
    }
    strbuf_release(&bytes);
    return good;
}

bool events_page_take(struct call *call, struct events_page *page, const char *last) {
    if (page->left > 0) {
        page->left--;
        return true;
    }
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, text_of(last));
    output_end(call_output(call)); /* the list */
    output_text(call_output(call), "NextToken", strbuf_text(&token));
    strbuf_release(&token);
    return false;
}

/* ---- buses ---- */

/* A bus as stored; the default one begins when somebody first looks at it. */
static bool find_bus(struct call *call, const struct events_bus_name *name, struct events_bus *bus) {
    if (events_store_bus(call->store, name->owner, name->name, call->arena, bus)) {
        return true;
    }
    if (strcmp(name->name, DEFAULT_BUS) != 0) {
        return false;
    }
    *bus = (struct events_bus){.name = DEFAULT_BUS, .created_ms = call->now_ms, .modified_ms = call->now_ms};
    events_store_put_bus(call->store, name->owner, bus);
    return true;
}

static const char *document_of(struct call *call, struct input input, const char *member) {
    struct input structure = input_structure(input, member);
    if (!structure.value) {
        return NULL;
    }
    struct strbuf json = STRBUF_INIT;
    json_write(&json, structure.value);
    const char *copy = arena_copy(call->arena, json.data, json.size);
    strbuf_release(&json);
    return copy;
}

static void write_document(struct call *call, const char *member, const char *json) {
    if (json) {
        output_value(call_output(call), member, json_parse(call->arena, text_of(json), NULL));
    }
}

static void write_settings(struct call *call, const struct events_bus *bus) {
    output_string(call_output(call), "Description", bus->description);
    output_string(call_output(call), "KmsKeyIdentifier", bus->kms_key);
    write_document(call, "DeadLetterConfig", bus->dead_letter);
    write_document(call, "LogConfig", bus->log_config);
}

struct result events_create_event_bus(struct call *call, struct input input) {
    struct events_bus_name name = {events_owner_of(call), input_string(input, "Name")};
    const char *source = input_string(input, "EventSourceName");
    if (source) {
        return call_error(call, &events_error_ResourceNotFoundException, "Event source %s does not exist.",
                          source);
    }
    if (events_bus_exists(call->store, call->arena, &name)) {
        return call_error(call, &events_error_ResourceAlreadyExistsException, "Event bus %s already exists.",
                          name.name);
    }
    if (strchr(name.name, '/')) {
        return events_invalid(call, "Event bus name must not contain '/'.");
    }
    struct events_bus bus = {
        .name = name.name,
        .description = input_string(input, "Description"),
        .kms_key = input_string(input, "KmsKeyIdentifier"),
        .dead_letter = document_of(call, input, "DeadLetterConfig"),
        .log_config = document_of(call, input, "LogConfig"),
        .created_ms = call->now_ms,
        .modified_ms = call->now_ms,
    };
    events_store_put_bus(call->store, name.owner, &bus);
    const char *arn = events_bus_arn(call->arena, &name);
    events_write_tags(call, arn, input_list(input, "Tags"));
    output_string(call_output(call), "EventBusArn", arn);
    write_settings(call, &bus);
    return result_output();
}

struct result events_update_event_bus(struct call *call, struct input input) {
    struct events_bus_name name = events_bus_named(call, input_string(input, "Name"));
    struct events_bus bus;
    if (!find_bus(call, &name, &bus)) {
        return no_such_bus(call, name.name);
    }
    if (input_has(input, "Description")) {
        bus.description = input_string(input, "Description");
    }
    if (input_has(input, "KmsKeyIdentifier")) {
        bus.kms_key = input_string(input, "KmsKeyIdentifier");
    }
    if (input_has(input, "DeadLetterConfig")) {
        bus.dead_letter = document_of(call, input, "DeadLetterConfig");
    }
    if (input_has(input, "LogConfig")) {
        bus.log_config = document_of(call, input, "LogConfig");
    }
    bus.modified_ms = call->now_ms;
    events_store_put_bus(call->store, name.owner, &bus);
    output_string(call_output(call), "Arn", events_bus_arn(call->arena, &name));
    output_string(call_output(call), "Name", name.name);
    write_settings(call, &bus);
    return result_output();
}

struct result events_delete_event_bus(struct call *call, struct input input) {
    struct events_bus_name name = events_bus_named(call, input_string(input, "Name"));
    struct events_rule rule;
    if (strcmp(name.name, DEFAULT_BUS) == 0) {
        return events_invalid(call, "Cannot delete event bus default.");
    }
    if (events_store_next_rule(call->store, name.owner, name.name, "", call->arena, &rule)) {
        return events_invalid(call, "Event bus %s can't be deleted since it has rules.", name.name);
    }
    events_store_delete_bus(call->store, name.owner, name.name);
    events_store_forget_tags(call->store, events_bus_arn(call->arena, &name));
    return result_output();
}

static void write_times(struct call *call, const struct events_bus *bus) {
    output_timestamp(call_output(call), "CreationTime", bus->created_ms);
    output_timestamp(call_output(call), "LastModifiedTime", bus->modified_ms);
}

struct result events_describe_event_bus(struct call *call, struct input input) {
    struct events_bus_name name = events_bus_named(call, input_string(input, "Name"));
    struct events_bus bus;
    if (!find_bus(call, &name, &bus)) {
        return no_such_bus(call, name.name);
    }
    output_string(call_output(call), "Name", name.name);
    output_string(call_output(call), "Arn", events_bus_arn(call->arena, &name));
    write_settings(call, &bus);
    output_string(call_output(call), "Policy", bus.policy);
    write_times(call, &bus);
    return result_output();
}

static void write_bus(struct call *call, struct events_owner owner, const struct events_bus *bus) {
    struct events_bus_name name = {owner, bus->name};
    output_begin_structure(call_output(call), NULL);
    output_string(call_output(call), "Name", bus->name);
    output_string(call_output(call), "Arn", events_bus_arn(call->arena, &name));
    output_string(call_output(call), "Description", bus->description);
    output_string(call_output(call), "Policy", bus->policy);
    write_times(call, bus);
    output_end(call_output(call));
}

struct result events_list_event_buses(struct call *call, struct input input) {
    const char *prefix = input_string(input, "NamePrefix");
    struct events_owner owner = events_owner_of(call);
    struct events_page page;
    struct events_bus bus;
    struct result refusal;
    find_bus(call, &(struct events_bus_name){owner, DEFAULT_BUS}, &bus);
    if (!events_page_open(call, input, &page, &refusal)) {
        return refusal;
    }
    output_begin_list(call_output(call), "EventBuses");
    const char *last = page.after;
    for (const char *after = page.after; events_store_next_bus(call->store, owner, after, call->arena, &bus);
         after = bus.name) {
        if (prefix && strncmp(bus.name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (!events_page_take(call, &page, last)) {
            return result_output();
        }
        write_bus(call, owner, &bus);
        last = bus.name;
    }
    output_end(call_output(call));
    return result_output();
}

/* ---- policies ---- */

/* A new reference. */
static json_t *policy_of(const struct events_bus *bus) {
    json_t *policy = bus->policy ? json_loads(bus->policy, 0, NULL) : NULL;
    return policy ? policy : json_pack("{s:s, s:[]}", "Version", "2012-10-17", "Statement");
}

static void store_policy(struct call *call, const struct events_bus_name *name, struct events_bus *bus,
                         json_t *policy) {
    char *text = json_dumps(policy, JSON_COMPACT);
    bool empty = json_array_size(json_object_get(policy, "Statement")) == 0;
    bus->policy = empty ? NULL : arena_strdup(call->arena, text);
    bus->modified_ms = call->now_ms;
    events_store_put_bus(call->store, name->owner, bus);
    free(text);
}

static ssize_t find_statement(json_t *statements, const char *sid) {
    size_t index;
    json_t *statement;
    json_array_foreach(statements, index, statement) {
        const char *found = json_string_value(json_object_get(statement, "Sid"));
        if (found && strcmp(found, sid) == 0) {
            return (ssize_t)index;
        }
    }
    return -1;
}

static json_t *new_statement(struct call *call, struct input input, const char *bus_arn) {
    const char *principal = input_string(input, "Principal");
    struct input condition = input_structure(input, "Condition");
    json_t *statement = json_pack("{s:s, s:s}", "Sid", input_string(input, "StatementId"), "Effect", "Allow");
    if (strcmp(principal, "*") == 0) {
        json_object_set_new(statement, "Principal", json_string("*"));
    } else {
        json_object_set_new(
            statement, "Principal",
            json_pack("{s:s}", "AWS", arena_printf(call->arena, "arn:aws:iam::%s:root", principal)));
    }
    json_object_set_new(statement, "Action", json_string(input_string(input, "Action")));
    json_object_set_new(statement, "Resource", json_string(bus_arn));
    if (condition.value) {
        json_object_set_new(statement, "Condition",
                            json_pack("{s:{s:s}}", input_string(condition, "Type"),
                                      input_string(condition, "Key"), input_string(condition, "Value")));
    }
    return statement;
}

static struct result put_whole_policy(struct call *call, const struct events_bus_name *name,
                                      struct events_bus *bus, const char *text) {
    json_t *policy = json_loads(text, 0, NULL);
    if (!json_is_object(policy) || !json_object_get(policy, "Statement")) {
        json_decref(policy);
        return events_invalid(call, "This policy contains invalid Json");
    }
    store_policy(call, name, bus, policy);
    json_decref(policy);
    return result_output();
}

struct result events_put_permission(struct call *call, struct input input) {
    struct events_bus_name name;
    struct events_bus bus;
    struct result refusal;
    const char *action = input_string(input, "Action");
    const char *sid = input_string(input, "StatementId");
    if (!events_existing_bus(call, input, "EventBusName", &name, &refusal)) {
        return refusal;
    }
    find_bus(call, &name, &bus);
    if (input_has(input, "Policy")) {
        return put_whole_policy(call, &name, &bus, input_string(input, "Policy"));
    }
    if (!action || !sid || !input_has(input, "Principal")) {
        return events_invalid(call, "Parameter(s) %s must be specified.",
                              !action                          ? "Action"
                              : !input_has(input, "Principal") ? "Principal"
                                                               : "StatementId");
    }
    if (strcmp(action, "events:PutEvents") != 0) {
        return events_invalid(call, "Provided value in parameter 'action' is not supported.");
    }
    json_t *policy = policy_of(&bus);
    json_t *statements = json_object_get(policy, "Statement");
    json_t *statement = new_statement(call, input, events_bus_arn(call->arena, &name));
    ssize_t index = find_statement(statements, sid);
    if (index >= 0) {
        json_array_set_new(statements, (size_t)index, statement);
    } else {
        json_array_append_new(statements, statement);
    }
    store_policy(call, &name, &bus, policy);
    json_decref(policy);
    if (bus.policy && strlen(bus.policy) > MAXIMUM_POLICY_BYTES) {
        return call_error(call, &events_error_PolicyLengthExceededException,
                          "The size of policy exceeded the limit of %d.", MAXIMUM_POLICY_BYTES);
    }
    return result_output();
}

struct result events_remove_permission(struct call *call, struct input input) {
    struct events_bus_name name;
    struct events_bus bus;
    struct result refusal;
    const char *sid = input_string(input, "StatementId");
    if (!events_existing_bus(call, input, "EventBusName", &name, &refusal)) {
        return refusal;
    }
    find_bus(call, &name, &bus);
    bool all = input_boolean(input, "RemoveAllPermissions", false);
    if (!all && !bus.policy) {
        return call_error(call, &events_error_ResourceNotFoundException, "EventBus does not have a policy.");
    }
    json_t *policy = policy_of(&bus);
    json_t *statements = json_object_get(policy, "Statement");
    ssize_t index = all || !sid ? -1 : find_statement(statements, sid);
    if (all) {
        json_array_clear(statements);
    } else if (index >= 0) {
        json_array_remove(statements, (size_t)index);
    }
    if (all || index >= 0) {
        store_policy(call, &name, &bus, policy);
    }
    json_decref(policy);
    if (!all && index < 0) {
        return call_error(call, &events_error_ResourceNotFoundException,
                          "Statement with the provided id does not exist.");
    }
    return result_output();
}
