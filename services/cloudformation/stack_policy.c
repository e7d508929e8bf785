#include "services/cloudformation/stack_policy.h"

#include <jansson.h>

static bool is_one_of(const char *text, const char *a, const char *b) {
    return text && (strcmp(text, a) == 0 || strcmp(text, b) == 0);
}

static bool action_is_valid(const json_t *action) {
    static const char *const actions[] = {"Update:Modify", "Update:Replace", "Update:Delete", "Update:*"};
    const char *text = json_string_value(action);
    for (size_t i = 0; text && i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(text, actions[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool actions_are_valid(const json_t *actions) {
    if (!json_is_array(actions)) {
        return action_is_valid(actions);
    }
    size_t i;
    json_t *action;
    json_array_foreach(actions, i, action) {
        if (!action_is_valid(action)) {
            return false;
        }
    }
    return json_array_size(actions) > 0;
}

static bool statement_is_valid(const json_t *statement) {
    const json_t *actions = json_object_get(statement, "Action");
    if (!actions) {
        actions = json_object_get(statement, "NotAction");
    }
    const char *principal = json_string_value(json_object_get(statement, "Principal"));
    bool resource = json_object_get(statement, "Resource") || json_object_get(statement, "NotResource");
    return json_is_object(statement) &&
           is_one_of(json_string_value(json_object_get(statement, "Effect")), "Allow", "Deny") &&
           actions_are_valid(actions) && principal && strcmp(principal, "*") == 0 && resource;
}

static bool document_is_valid(const json_t *policy) {
    if (!json_is_object(policy)) {
        return false;
    }
    const json_t *statements = json_object_get(policy, "Statement");
    if (!statements) {
        return json_object_size(policy) == 0;
    }
    if (!json_is_array(statements)) {
        return statement_is_valid(statements);
    }
    size_t i;
    json_t *statement;
    json_array_foreach(statements, i, statement) {
        if (!statement_is_valid(statement)) {
            return false;
        }
    }
    return true;
}

bool stack_policy_is_valid(const char *body) {
    if (!*body) {
        return true;
    }
    json_t *policy = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    bool valid = document_is_valid(policy);
    json_decref(policy);
    return valid;
}

bool stack_policy_is_empty(const char *body) {
    return !*body;
}
