#include "services/iam/policy_document.h"

#include <jansson.h>

static const char syntax_errors[] = "Syntax errors in policy.";

static const char *check_version(const json_t *document) {
    const json_t *version = json_object_get(document, "Version");
    const char *text = json_string_value(version);
    if (!version) {
        return NULL;
    }
    if (!text || (strcmp(text, "2012-10-17") != 0 && strcmp(text, "2008-10-17") != 0)) {
        return "The policy must contain a valid version string";
    }
    return NULL;
}

static bool has_effect(const json_t *statement) {
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    return effect && (strcmp(effect, "Allow") == 0 || strcmp(effect, "Deny") == 0);
}

/* A text or a list of texts that is not empty. */
static bool is_text_list(const json_t *value) {
    size_t index;
    const json_t *element;
    if (json_is_string(value)) {
        return true;
    }
    if (!json_is_array(value)) {
        return false;
    }
    json_array_foreach(value, index, element) {
        if (!json_is_string(element)) {
            return false;
        }
    }
    return json_array_size(value) > 0;
}

static const json_t *either(const json_t *statement, const char *name, const char *negated) {
    const json_t *value = json_object_get(statement, name);
    return value ? value : json_object_get(statement, negated);
}

static const char *check_identity_statement(const json_t *statement) {
    const json_t *actions = either(statement, "Action", "NotAction");
    const json_t *resources = either(statement, "Resource", "NotResource");
    if (!has_effect(statement)) {
        return syntax_errors;
    }
    if (either(statement, "Principal", "NotPrincipal")) {
        return "Policy document should not specify a principal.";
    }
    if (!actions || (json_is_array(actions) && json_array_size(actions) == 0)) {
        return "Policy statement must contain actions.";
    }
    if (!resources || (json_is_array(resources) && json_array_size(resources) == 0)) {
        return "Policy statement must contain resources.";
    }
    return is_text_list(actions) && is_text_list(resources) ? NULL : syntax_errors;
}

static bool is_sts_action(const json_t *action) {
    return strncasecmp(json_string_value(action), "sts:", 4) == 0;
}

static const char *check_trust_statement(const json_t *statement) {
    const json_t *actions = either(statement, "Action", "NotAction");
    size_t index;
    const json_t *action;
    if (!has_effect(statement)) {
        return syntax_errors;
    }
    if (either(statement, "Resource", "NotResource")) {
        return "Has prohibited field Resource";
    }
    if (!actions || !is_text_list(actions)) {
        return syntax_errors;
    }
    if (!either(statement, "Principal", "NotPrincipal")) {
        return "Missing required field Principal";
    }
    bool all_sts = json_is_array(actions) || is_sts_action(actions);
    json_array_foreach(actions, index, action) {
        all_sts = all_sts && is_sts_action(action);
    }
    return all_sts ? NULL : "AssumeRole policy may only specify STS AssumeRole actions.";
}

static const char *check(struct text text, const char *(*check_statement)(const json_t *statement)) {
    json_t *document = json_loadb(text.data, text.size, 0, NULL);
    const json_t *statements = json_object_get(document, "Statement");
    const char *message = NULL;
    if (!json_is_object(document) || (!json_is_array(statements) && !json_is_object(statements))) {
        message = syntax_errors;
    } else {
        message = check_version(document);
    }
    if (!message && json_is_object(statements)) {
        message = check_statement(statements);
    }
    for (size_t i = 0; !message && i < json_array_size(statements); i++) {
        const json_t *statement = json_array_get(statements, i);
        message = json_is_object(statement) ? check_statement(statement) : syntax_errors;
    }
    json_decref(document);
    return message;
}

const char *policy_document_check_identity(struct text document) {
    return check(document, check_identity_statement);
}

const char *policy_document_check_trust(struct text document) {
    return check(document, check_trust_statement);
}

size_t policy_document_size(struct text document) {
    size_t size = 0;
    for (size_t i = 0; i < document.size; i++) {
        size += !strchr(" \t\r\n", document.data[i]);
    }
    return size;
}
