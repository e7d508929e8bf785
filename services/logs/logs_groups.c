/* Log groups, their retention and their tags. Source: s3-logs-events.md B, CloudWatch Logs API reference. */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "services/logs/logs.h"

#define DEFAULT_PAGE 50
#define MAXIMUM_TAGS 50

bool logs_find_group(struct call *call, struct text name, struct logs_group *group, struct result *refusal) {
    if (name.data && logs_store_find_group(call->store, call->identity.account, call->identity.region, name,
                                           call->arena, group)) {
        return true;
    }
    *refusal =
        call_error(call, &logs_error_ResourceNotFoundException, "The specified log group does not exist.");
    return false;
}

struct text logs_group_name_of(struct call *call, struct text identifier) {
    struct arn arn;
    if (!text_starts_with(identifier, "arn:")) {
        return identifier;
    }
    if (!arn_parse(identifier, &arn) || !text_equals(arn.service, "logs") ||
        !text_equals(arn.region, call->identity.region) ||
        !text_equals(arn.account, call->identity.account) || !text_starts_with(arn.resource, "log-group:")) {
        return TEXT_NONE;
    }
    struct text rest = text_slice(arn.resource, strlen("log-group:"), arn.resource.size);
    return text_cut(&rest, ':');
}

bool logs_find_named_group(struct call *call, struct input input, struct logs_group *group,
                           struct result *refusal) {
    struct text name = input_text(input, "logGroupName");
    struct text identifier = input_text(input, "logGroupIdentifier");
    if (name.data && identifier.data) {
        *refusal = call_error(call, &logs_error_ValidationException,
                              "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
        return false;
    }
    if (!name.data && !identifier.data) {
        *refusal = call_error(call, &logs_error_InvalidParameterException,
                              "LogGroup name or LogGroup ARN must be specified.");
        return false;
    }
    return logs_find_group(call, name.data ? name : logs_group_name_of(call, identifier), group, refusal);
}

const char *logs_group_arn(struct call *call, const char *name) {
    return arena_printf(call->arena, "arn:aws:logs:%s:%s:log-group:%s", call->identity.region,
                        call->identity.account, name);
}

/* ---- Page tokens ---- */

struct result logs_invalid_token(struct call *call) {
    return call_error(call, &logs_error_InvalidParameterException, "The specified nextToken is invalid.");
}

const char *logs_make_token(struct call *call, const char *last) {
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, text_of(last));
    const char *copy = arena_strdup(call->arena, token.data);
    strbuf_release(&token);
    return copy;
}

bool logs_read_token(struct call *call, struct input input, const char **last, struct result *refusal) {
    struct text token = input_text(input, "nextToken");
    *last = NULL;
    if (!token.data) {
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    bool good = crypto_append_unbase64(&bytes, token) && bytes.size > 0;
    *last = good ? arena_strdup(call->arena, bytes.data) : NULL;
    strbuf_release(&bytes);
    if (!good) {
        *refusal = logs_invalid_token(call);
    }
    return good;
}

/* ---- Groups ---- */

static bool put_tags(struct call *call, const struct logs_group *group, struct input tags,
                     struct result *refusal) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        logs_store_put_tag(call->store, group->id, input_key(tag), input_as_text(tag));
    }
    if (logs_store_tag_count(call->store, group->id) > MAXIMUM_TAGS) {
        *refusal = call_error(call, &logs_error_TooManyTagsException,
                              "A resource can have no more than %d tags.", MAXIMUM_TAGS);
        output_string(call_error_output(call), "resourceName", group->name);
        return false;
    }
    return true;
}

struct result logs_create_log_group(struct call *call, struct input input) {
    struct result refusal;
    const char *class_name = input_string(input, "logGroupClass");
    struct logs_group group = {
        .name = input_string(input, "logGroupName"),
        .created_ms = call->now_ms,
        .class_name = class_name ? class_name : "STANDARD",
        .kms_key_id = input_string(input, "kmsKeyId"),
        .deletion_protected = input_boolean(input, "deletionProtectionEnabled", false),
    };
    if (strncasecmp(group.name, "aws/", 4) == 0) {
        return call_error(call, &logs_error_InvalidParameterException,
                          "Log groups starting with AWS/ are reserved for AWS.");
    }
    if (!logs_store_create_group(call->store, call->identity.account, call->identity.region, &group)) {
        return call_error(call, &logs_error_ResourceAlreadyExistsException,
                          "The specified log group already exists");
    }
    if (!put_tags(call, &group, input_map(input, "tags"), &refusal)) {
        return refusal;
    }
    return result_output();
}

struct result logs_delete_log_group(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal)) {
        return refusal;
    }
    if (group.deletion_protected) {
        return call_error(call, &logs_error_ValidationException,
                          "The log group cannot be deleted because deletion protection is enabled.");
    }
    logs_store_delete_policy(call->store, call->identity.account, call->identity.region, LOGS_RESOURCE_POLICY,
                             text_of(group.name));
    logs_store_delete_group(call->store, group.id);
    return result_output();
}

/* Found by a part of its name, a group comes from an index that knows less of it. Source: recorded/logs. */
static void write_group(struct call *call, const struct logs_group *group, bool from_index) {
    struct output *out = call_output(call);
    const char *arn = logs_group_arn(call, group->name);
    output_begin_structure(out, NULL);
    output_string(out, "logGroupName", group->name);
    output_integer(out, "creationTime", group->created_ms);
    if (group->retention_days > 0) {
        output_integer(out, "retentionInDays", group->retention_days);
    }
    output_integer(out, "metricFilterCount", logs_store_filter_count(call->store, group->id, LOGS_METRIC));
    output_string(out, "arn", arena_printf(call->arena, "%s:*", arn));
    if (!from_index) {
        output_integer(out, "storedBytes", group->stored_bytes);
    }
    output_string(out, "kmsKeyId", group->kms_key_id);
    output_string(out, "logGroupClass", group->class_name);
    output_string(out, "logGroupArn", arn);
    if (!from_index) {
        output_boolean(out, "deletionProtectionEnabled", group->deletion_protected);
    }
    output_end(out);
}

static bool is_identified(struct call *call, struct input identifiers, const char *name) {
    for (struct input one = input_first(identifiers); one.value; one = input_next(one)) {
        if (text_equals(logs_group_name_of(call, input_as_text(one)), name)) {
            return true;
        }
    }
    return input_count(identifiers) == 0;
}

static bool is_wanted(struct call *call, struct input input, const struct logs_group *group) {
    const char *prefix = input_string(input, "logGroupNamePrefix");
    const char *part = input_string(input, "logGroupNamePattern");
    const char *class_name = input_string(input, "logGroupClass");
    return (!prefix || strncmp(group->name, prefix, strlen(prefix)) == 0) &&
           (!part || strstr(group->name, part)) &&
           (!class_name || strcmp(class_name, group->class_name) == 0) &&
           is_identified(call, input_list(input, "logGroupIdentifiers"), group->name);
}

struct result logs_describe_log_groups(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    const char *last;
    if (input_has(input, "logGroupNamePrefix") && input_has(input, "logGroupNamePattern")) {
        return call_error(
            call, &logs_error_InvalidParameterException,
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
    }
    if (!logs_read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *token = NULL;
    struct statement *groups =
        logs_store_groups(call->store, call->identity.account, call->identity.region, text_of(last));
    output_begin_list(out, "logGroups");
    while (logs_store_next_group(groups, call->arena, &group)) {
        if (!is_wanted(call, input, &group)) {
            continue;
        }
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(groups);
            break;
        }
        write_group(call, &group, input_has(input, "logGroupNamePattern"));
        last = group.name;
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}

/* ---- Settings ---- */

static const int64_t retentions[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                     365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

struct result logs_put_retention_policy(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    int64_t days = input_integer(input, "retentionInDays", 0);
    bool known = false;
    for (size_t i = 0; i < sizeof(retentions) / sizeof(retentions[0]); i++) {
        known = known || retentions[i] == days;
    }
    if (!known) {
        return call_error(
            call, &logs_error_InvalidParameterException,
            "1 validation error detected: Value '%lld' at 'retentionInDays' failed to satisfy "
            "constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
            "365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
            (long long)days);
    }
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal)) {
        return refusal;
    }
    logs_store_set_retention(call->store, group.id, days);
    return result_output();
}

struct result logs_delete_retention_policy(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal)) {
        return refusal;
    }
    logs_store_set_retention(call->store, group.id, 0);
    return result_output();
}

struct result logs_put_log_group_deletion_protection(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct text name = logs_group_name_of(call, input_text(input, "logGroupIdentifier"));
    if (!logs_find_group(call, name, &group, &refusal)) {
        return refusal;
    }
    logs_store_set_protection(call->store, group.id,
                              input_boolean(input, "deletionProtectionEnabled", false));
    return result_output();
}

/* A group is named by logGroupName, or by resourceIdentifier, its ARN. */
static bool find_keyed_group(struct call *call, struct input input, struct logs_group *group,
                             struct result *refusal) {
    struct text name = input_text(input, "logGroupName");
    if (!name.data && input_has(input, "resourceIdentifier")) {
        name = logs_group_name_of(call, input_text(input, "resourceIdentifier"));
    }
    return logs_find_group(call, name, group, refusal);
}

struct result logs_associate_kms_key(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    if (!find_keyed_group(call, input, &group, &refusal)) {
        return refusal;
    }
    logs_store_set_key(call->store, group.id, input_string(input, "kmsKeyId"));
    return result_output();
}

struct result logs_disassociate_kms_key(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    if (!find_keyed_group(call, input, &group, &refusal)) {
        return refusal;
    }
    logs_store_set_key(call->store, group.id, NULL);
    return result_output();
}

/* ---- Tags: the same ones by ARN and, in the older operations, by name ---- */

static struct result add_tags(struct call *call, struct text name, struct input tags) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, name, &group, &refusal) || !put_tags(call, &group, tags, &refusal)) {
        return refusal;
    }
    return result_output();
}

static struct result remove_tags(struct call *call, struct text name, struct input keys) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, name, &group, &refusal)) {
        return refusal;
    }
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        logs_store_delete_tag(call->store, group.id, input_as_text(key));
    }
    return result_output();
}

static struct result list_tags(struct call *call, struct text name) {
    struct result refusal;
    struct logs_group group;
    struct output *out = call_output(call);
    if (!logs_find_group(call, name, &group, &refusal)) {
        return refusal;
    }
    output_begin_map(out, "tags");
    struct statement *tags = logs_store_tags(call->store, group.id);
    while (statement_step(tags)) {
        output_text(out, statement_string(tags, 0, call->arena), statement_text(tags, 1));
    }
    output_end(out);
    return result_output();
}

struct result logs_tag_resource(struct call *call, struct input input) {
    return add_tags(call, logs_group_name_of(call, input_text(input, "resourceArn")),
                    input_map(input, "tags"));
}

struct result logs_untag_resource(struct call *call, struct input input) {
    return remove_tags(call, logs_group_name_of(call, input_text(input, "resourceArn")),
                       input_list(input, "tagKeys"));
}

struct result logs_list_tags_for_resource(struct call *call, struct input input) {
    return list_tags(call, logs_group_name_of(call, input_text(input, "resourceArn")));
}

struct result logs_tag_log_group(struct call *call, struct input input) {
    return add_tags(call, input_text(input, "logGroupName"), input_map(input, "tags"));
}

struct result logs_untag_log_group(struct call *call, struct input input) {
    return remove_tags(call, input_text(input, "logGroupName"), input_list(input, "tags"));
}

struct result logs_list_tags_log_group(struct call *call, struct input input) {
    return list_tags(call, input_text(input, "logGroupName"));
}
