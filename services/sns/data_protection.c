#include "services/sns/data_protection.h"

#define POLICY_VERSION "2021-06-01"

static bool is_object(const struct json_value *value) {
    return value && value->type == JSON_VALUE_OBJECT;
}

static bool is_text(const struct json_value *value) {
    return value && value->type == JSON_VALUE_STRING;
}

static bool is_list_of_texts(const struct json_value *value) {
    if (!value || value->type != JSON_VALUE_ARRAY || !value->child) {
        return false;
    }
    for (const struct json_value *element = value->child; element; element = element->next) {
        if (!is_text(element)) {
            return false;
        }
    }
    return true;
}

/* Exactly one of the three, an object. */
static bool is_operation(const struct json_value *operation) {
    static const char *const names[] = {"Audit", "Deidentify", "Deny"};
    if (!is_object(operation) || !operation->child || operation->child->next) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_object(json_find(operation, names[i]))) {
            return true;
        }
    }
    return false;
}

static const char *statement_problem(const struct json_value *statement) {
    if (!is_object(statement)) {
        return "Statement must be a list of objects";
    }
    struct text direction = json_find_text(statement, "DataDirection");
    if (!text_equals(direction, "Inbound") && !text_equals(direction, "Outbound")) {
        return "DataDirection must be Inbound or Outbound";
    }
    if (!is_list_of_texts(json_find(statement, "DataIdentifier"))) {
        return "DataIdentifier must be a list of identifiers";
    }
    if (json_find(statement, "Principal") && !is_list_of_texts(json_find(statement, "Principal"))) {
        return "Principal must be a list of ARNs or \"*\"";
    }
    return is_operation(json_find(statement, "Operation"))
               ? NULL
               : "Operation must be one of Audit, Deidentify and Deny";
}

const char *data_protection_problem(struct arena *arena, struct text policy) {
    const struct json_value *json = json_parse(arena, policy, NULL);
    if (!is_object(json)) {
        return "failed to parse JSON.";
    }
    if (!is_text(json_find(json, "Name"))) {
        return "Name is required";
    }
    if (!text_equals(json_find_text(json, "Version"), POLICY_VERSION)) {
        return "Version must be " POLICY_VERSION;
    }
    const struct json_value *statements = json_find(json, "Statement");
    if (!statements || statements->type != JSON_VALUE_ARRAY || !statements->child) {
        return "Statement must be a list of objects";
    }
    for (const struct json_value *statement = statements->child; statement; statement = statement->next) {
        const char *problem = statement_problem(statement);
        if (problem) {
            return problem;
        }
    }
    return NULL;
}
