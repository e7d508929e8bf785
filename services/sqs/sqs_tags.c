/* Tags, and permissions in the shape of the Policy attribute. Source: sqs.md section 9. */
#include <jansson.h>

#include "services/sqs/sqs.h"

#define MAXIMUM_TAGS 50
#define MAXIMUM_KEY 128
#define MAXIMUM_VALUE 256
#define MAXIMUM_ACTIONS 7

/* ---- tags ---- */

static struct result too_many_tags(struct call *call, const char *queue_name) {
    return call_error(call, &sqs_error_invalid_parameter, "Too many tags added for queue %s.", queue_name);
}

bool sqs_check_tags(struct call *call, struct input tags, const char *queue_name, struct result *refusal) {
    if (input_count(tags) > MAXIMUM_TAGS) {
        *refusal = too_many_tags(call, queue_name);
        return false;
    }
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text key = input_key(tag);
        if (key.size == 0 || key.size > MAXIMUM_KEY || input_as_text(tag).size > MAXIMUM_VALUE) {
            *refusal =
                call_error(call, &sqs_error_invalid_parameter,
                           "Tag keys must be between 1 and 128 characters in length, tag values at most "
                           "256.");
            return false;
        }
        if (text_equals_ignore_case(text_slice(key, 0, 4), "aws:")) {
            *refusal = call_error(call, &sqs_error_invalid_parameter,
                                  "System tags cannot be added/updated by requester");
            return false;
        }
    }
    return true;
}

struct result sqs_tag_queue(struct call *call, struct input input) {
    struct result refusal;
    struct input tags = input_map(input, "Tags");
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue || !sqs_check_tags(call, tags, queue->name, &refusal)) {
        return refusal;
    }
    if (input_count(tags) == 0) {
        return call_error(call, &sqs_error_missing_parameter, "The request must contain the parameter Tags.");
    }
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        sqs_store_put_tag(call->store, queue->id, input_key(tag), input_as_text(tag));
    }
    if (sqs_store_tag_count(call->store, queue->id) > MAXIMUM_TAGS) {
        return too_many_tags(call, queue->name);
    }
    return result_output();
}

struct result sqs_untag_queue(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    if (input_count(keys) == 0) {
        return call_error(call, &sqs_error_invalid_parameter,
                          "Tag keys must be between 1 and 128 characters in length.");
    }
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        sqs_store_delete_tag(call->store, queue->id, input_as_text(key));
    }
    return result_output();
}

struct result sqs_list_queue_tags(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct statement *tags = sqs_store_tags(call->store, queue->id);
    bool begun = false;
    while (statement_step(tags)) {
        if (!begun) {
            output_begin_map(out, "Tags");
            begun = true;
        }
        output_text(out, statement_string(tags, 0, call->arena), statement_text(tags, 1));
    }
    if (begun) {
        output_end(out);
    }
    return result_output();
}

/* ---- permissions ---- */

/* What only the owner may do can be given to nobody. */
static bool can_be_given(struct text action) {
    static const char *const actions[] = {
        "*",
        "SendMessage",
        "ReceiveMessage",
        "DeleteMessage",
        "ChangeMessageVisibility",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "SendMessageBatch",
        "DeleteMessageBatch",
        "ChangeMessageVisibilityBatch",
    };
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (text_equals(action, actions[i])) {
            return true;
        }
    }
    return false;
}

/* The Policy attribute as a document, a new one when there is none. */
static json_t *load_policy(const struct sqs_queue *queue) {
    struct text text = sqs_attribute_value(queue, SQS_POLICY);
    json_t *policy = text.data ? json_loadb(text.data, text.size, 0, NULL) : NULL;
    if (!json_is_object(policy)) {
        json_decref(policy);
        policy = json_pack("{s:s, s:o}", "Version", "2008-10-17", "Id",
                           json_sprintf("%s/SQSDefaultPolicy", queue->arn));
    }
    if (!json_is_array(json_object_get(policy, "Statement"))) {
        json_t *only = json_incref(json_object_get(policy, "Statement"));
        json_object_set_new(policy, "Statement", json_array());
        if (only) {
            json_array_append_new(json_object_get(policy, "Statement"), only);
        }
    }
    return policy;
}

static void save_policy(struct call *call, struct sqs_queue *queue, json_t *policy) {
    bool empty = json_array_size(json_object_get(policy, "Statement")) == 0;
    char *text = empty ? NULL : json_dumps(policy, JSON_COMPACT);
    sqs_set_attribute(queue, SQS_POLICY, text ? text_of(text) : TEXT(""));
    queue->modified_ms = call->now_ms;
    sqs_save_queue(queue);
    free(text);
    json_decref(policy);
}

/* Index of the statement with this Sid, or -1. */
static int find_statement(const json_t *policy, struct text label) {
    size_t index;
    json_t *statement;
    json_array_foreach(json_object_get(policy, "Statement"), index, statement) {
        if (text_same(text_of(json_string_value(json_object_get(statement, "Sid"))), label)) {
            return (int)index;
        }
    }
    return -1;
}

/* One text stands alone, several are a list. */
static json_t *collapse(json_t *list) {
    if (json_array_size(list) != 1) {
        return list;
    }
    json_t *only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

static json_t *new_statement(const struct sqs_queue *queue, struct input input) {
    json_t *principals = json_array();
    json_t *actions = json_array();
    struct input accounts = input_list(input, "AWSAccountIds");
    for (struct input account = input_first(accounts); account.value; account = input_next(account)) {
        json_array_append_new(principals, json_sprintf("arn:aws:iam::%s:root", input_as_string(account)));
    }
    struct input names = input_list(input, "Actions");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        json_array_append_new(actions, json_sprintf("SQS:%s", input_as_string(name)));
    }
    struct text label = input_text(input, "Label");
    return json_pack("{s:s%, s:s, s:{s:o}, s:o, s:s}", "Sid", label.data, label.size, "Effect", "Allow",
                     "Principal", "AWS", collapse(principals), "Action", collapse(actions), "Resource",
                     queue->arn);
}

static bool check_permission(struct call *call, struct input input, struct result *refusal) {
    struct text label = input_text(input, "Label");
    if (!sqs_entry_id_is_valid(label)) {
        *refusal =
            sqs_invalid_value(call, label, "Label",
                              "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 "
                              "in length");
        return false;
    }
    struct input names = input_list(input, "Actions");
    if (input_count(names) == 0) {
        *refusal =
            call_error(call, &sqs_error_missing_parameter, "The request must contain the parameter Actions.");
        return false;
    }
    if (input_count(names) > MAXIMUM_ACTIONS) {
        *refusal = call_error(call, &sqs_error_OverLimit, "%zu Actions were found, maximum allowed is %d.",
                              input_count(names), MAXIMUM_ACTIONS);
        return false;
    }
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        if (!can_be_given(input_as_text(name))) {
            *refusal =
                call_error(call, &sqs_error_invalid_parameter,
                           "Value SQS:%s for parameter ActionName is invalid. Reason: Only the queue owner "
                           "is allowed to invoke this action.",
                           input_as_string(name));
            return false;
        }
    }
    struct input accounts = input_list(input, "AWSAccountIds");
    if (input_count(accounts) == 0) {
        *refusal = sqs_invalid_value(call, TEXT("[]"), "PrincipalId", "Unable to verify.");
        return false;
    }
    for (struct input account = input_first(accounts); account.value; account = input_next(account)) {
        const char *id = input_as_string(account);
        if (strlen(id) != ACCOUNT_SIZE - 1 || strspn(id, "0123456789") != ACCOUNT_SIZE - 1) {
            *refusal = sqs_invalid_value(call, text_of(id), "PrincipalId", "Unable to verify.");
            return false;
        }
    }
    return true;
}

struct result sqs_add_permission(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue || !check_permission(call, input, &refusal)) {
        return refusal;
    }
    struct text label = input_text(input, "Label");
    json_t *policy = load_policy(queue);
    if (find_statement(policy, label) >= 0) {
        json_decref(policy);
        return sqs_invalid_value(call, label, "Label", "Already exists.");
    }
    json_array_append_new(json_object_get(policy, "Statement"), new_statement(queue, input));
    save_policy(call, queue, policy);
    return result_output();
}

struct result sqs_remove_permission(struct call *call, struct input input) {
    struct result refusal;
    struct sqs_queue *queue = sqs_require_queue(call, input, &refusal);
    if (!queue) {
        return refusal;
    }
    struct text label = input_text(input, "Label");
    json_t *policy = load_policy(queue);
    int index = find_statement(policy, label);
    if (index < 0) {
        json_decref(policy);
        return sqs_invalid_value(call, label, "Label", "can't find label.");
    }
    json_array_remove(json_object_get(policy, "Statement"), (size_t)index);
    save_policy(call, queue, policy);
    return result_output();
}
