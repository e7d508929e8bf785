/* AddPermission, RemovePermission: statements of the topic's Policy attribute. Who may call is not checked.
 */
#include <jansson.h>

#include "services/sns/sns.h"

static json_t *load_policy(struct call *call, const char *topic) {
    struct text text = sns_store_attribute(call->store, call->arena, topic, "Policy");
    json_t *policy = text.data ? json_loadb(text.data, text.size, 0, NULL) : NULL;
    if (!json_is_object(policy)) {
        json_decref(policy);
        policy = json_loads(sns_default_policy(call->arena, topic), 0, NULL);
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

static void save_policy(struct call *call, const char *topic, json_t *policy) {
    char *text = json_dumps(policy, JSON_COMPACT);
    sns_store_put_attribute(call->store, topic, "Policy", text_of(text));
    free(text);
    json_decref(policy);
}

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

/* What may be given to others. */
static bool is_action(struct text action) {
    static const char *const actions[] = {
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "Publish",
        "ListSubscriptionsByTopic",
        "Receive",
        "GetDataProtectionPolicy",
        "PutDataProtectionPolicy",
        "*",
    };
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (text_equals(action, actions[i])) {
            return true;
        }
    }
    return false;
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

static json_t *new_statement(const char *topic, struct input input) {
    json_t *principals = json_array();
    json_t *actions = json_array();
    struct input accounts = input_list(input, "AWSAccountId");
    for (struct input account = input_first(accounts); account.value; account = input_next(account)) {
        json_array_append_new(principals, json_sprintf("arn:aws:iam::%s:root", input_as_string(account)));
    }
    struct input names = input_list(input, "ActionName");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        json_array_append_new(actions, json_sprintf("SNS:%s", input_as_string(name)));
    }
    struct text label = input_text(input, "Label");
    return json_pack("{s:s%, s:s, s:{s:o}, s:o, s:s}", "Sid", label.data, label.size, "Effect", "Allow",
                     "Principal", "AWS", collapse(principals), "Action", collapse(actions), "Resource",
                     topic);
}

struct result sns_add_permission(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic) {
        return refusal;
    }
    struct input names = input_list(input, "ActionName");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        if (!is_action(input_as_text(name))) {
            return sns_invalid(call, "Policy statement action out of service scope!");
        }
    }
    json_t *policy = load_policy(call, topic);
    if (find_statement(policy, input_text(input, "Label")) >= 0) {
        json_decref(policy);
        return sns_invalid(call, "Statement already exists");
    }
    json_array_append_new(json_object_get(policy, "Statement"), new_statement(topic, input));
    save_policy(call, topic, policy);
    return result_output();
}

struct result sns_remove_permission(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic) {
        return refusal;
    }
    json_t *policy = load_policy(call, topic);
    int index = find_statement(policy, input_text(input, "Label"));
    if (index >= 0) {
        json_array_remove(json_object_get(policy, "Statement"), (size_t)index);
    }
    save_policy(call, topic, policy);
    return result_output();
}
