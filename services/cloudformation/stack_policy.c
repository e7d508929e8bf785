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

/* ---- judging ---- */

struct wish {
    const char *action;
    const char *resource; /* LogicalResourceId/X */
    const char *type;
};

/* '*' and '?' as in every AWS policy. */
static bool matches(const char *pattern, const char *text) {
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (matches(pattern + 1, rest)) {
                    return true;
                }
                if (!*rest) {
                    return false;
                }
            }
        }
        if (!*text || (*pattern != '?' && *pattern != *text)) {
            return false;
        }
    }
    return !*text;
}

static bool any_matches(const json_t *patterns, const char *text) {
    if (json_is_string(patterns)) {
        return matches(json_string_value(patterns), text);
    }
    size_t i;
    json_t *pattern;
    json_array_foreach(patterns, i, pattern) {
        if (json_is_string(pattern) && matches(json_string_value(pattern), text)) {
            return true;
        }
    }
    return false;
}

/* "Action" or, turned around, "NotAction". */
static bool element_applies(const json_t *statement, const char *name, const char *not_name,
                            const char *text) {
    const json_t *positive = json_object_get(statement, name);
    return positive ? any_matches(positive, text) : !any_matches(json_object_get(statement, not_name), text);
}

static bool conditions_hold(const json_t *statement, const char *type) {
    static const char *const operators[] = {"StringEquals", "StringLike"};
    const json_t *condition = json_object_get(statement, "Condition");
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const json_t *types = json_object_get(json_object_get(condition, operators[i]), "ResourceType");
        if (types && !any_matches(types, type)) {
            return false;
        }
    }
    return true;
}

static bool applies(const json_t *statement, const struct wish *wish) {
    return element_applies(statement, "Action", "NotAction", wish->action) &&
           element_applies(statement, "Resource", "NotResource", wish->resource) &&
           conditions_hold(statement, wish->type);
}

static const char *as_text(struct arena *arena, const json_t *element) {
    if (json_is_string(element)) {
        return arena_strdup(arena, json_string_value(element));
    }
    const char *list = "";
    size_t i;
    json_t *item;
    json_array_foreach(element, i, item) {
        const char *text = json_is_string(item) ? json_string_value(item) : "";
        list = i ? arena_printf(arena, "%s, %s", list, text) : arena_strdup(arena, text);
    }
    return list;
}

static const char *judge(struct arena *arena, const json_t *statements, const struct wish *wish) {
    bool allowed = false;
    size_t i;
    json_t *statement;
    json_array_foreach(statements, i, statement) {
        if (!applies(statement, wish)) {
            continue;
        }
        if (strcmp(json_string_value(json_object_get(statement, "Effect")), "Deny") == 0) {
            const json_t *action = json_object_get(statement, "Action");
            const json_t *resource = json_object_get(statement, "Resource");
            return arena_printf(
                arena,
                "Action denied by stack policy: Statement [#%zu] does not allow [%s] for resource [%s];",
                i + 1, action ? as_text(arena, action) : wish->action,
                resource ? as_text(arena, resource) : wish->resource);
        }
        allowed = true;
    }
    return allowed
               ? NULL
               : arena_printf(arena,
                              "Action denied by stack policy: no statement allows [%s] for resource [%s];",
                              wish->action, wish->resource);
}

const char *stack_policy_denial(struct arena *arena, const char *body, const char *action,
                                const char *logical_id, const char *type) {
    json_t *policy = body ? json_loads(body, 0, NULL) : NULL;
    json_t *statement = json_object_get(policy, "Statement");
    const char *denial = NULL;
    if (statement) {
        struct wish wish = {action, arena_printf(arena, "LogicalResourceId/%s", logical_id), type};
        json_t *list = json_is_array(statement) ? json_incref(statement) : json_pack("[O]", statement);
        denial = judge(arena, list, &wish);
        json_decref(list);
    }
    json_decref(policy);
    return denial;
}
