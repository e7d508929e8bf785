/* {{resolve:ssm:...}}, {{resolve:ssm-secure:...}} and {{resolve:secretsmanager:...}} inside strings. */
#include "emulator/base/strbuf.h"
#include "services/cloudformation/intrinsics_internal.h"

#define OPENING "{{resolve:"

/* The next part up to a colon, or NULL when there is none or it is empty. */
static const char *next_part(struct arena *arena, struct text *rest) {
    if (!rest->data) {
        return NULL;
    }
    struct text part = text_cut(rest, ':');
    return part.size ? arena_text_string(arena, part) : NULL;
}

/* A secret may be named by its ARN, which has six colons of its own. */
static const char *secret_id(struct arena *arena, struct text *rest) {
    if (!text_starts_with(*rest, "arn:")) {
        return next_part(arena, rest);
    }
    const char *id = next_part(arena, rest);
    for (int i = 0; i < 6 && rest->data; i++) {
        const char *part = next_part(arena, rest);
        id = arena_printf(arena, "%s:%s", id, part ? part : "");
    }
    return id;
}

static bool parse(struct arena *arena, struct text text, struct dynamic_reference *reference) {
    size_t opening = strlen(OPENING);
    struct text rest = text_slice(text, opening, text.size - opening - 2);
    const char *service = next_part(arena, &rest);
    if (!service || !rest.data) {
        return false;
    }
    *reference = (struct dynamic_reference){.service = service, .text = arena_text_string(arena, text)};
    if (strcmp(service, "secretsmanager") == 0) {
        reference->name = secret_id(arena, &rest);
        reference->secret_string = next_part(arena, &rest);
        reference->json_key = next_part(arena, &rest);
        reference->version_stage = next_part(arena, &rest);
        reference->version_id = next_part(arena, &rest);
    } else if (strcmp(service, "ssm") == 0 || strcmp(service, "ssm-secure") == 0) {
        reference->name = next_part(arena, &rest);
        reference->version = next_part(arena, &rest);
    }
    return reference->name != NULL;
}

/* False: the text stays as it is. */
static bool append_resolved(struct evaluator *evaluator, struct strbuf *buffer, struct text text) {
    const struct environment *environment = evaluator->environment;
    struct dynamic_reference reference;
    if (!environment->dynamic_reference || !parse(evaluator->arena, text, &reference)) {
        return false;
    }
    bool secure = strcmp(reference.service, "ssm") != 0;
    if (secure && (environment->custom_resource || environment->mask_no_echo)) {
        return false;
    }
    json_t *value =
        evaluate_lookup(evaluator, environment->dynamic_reference(environment->argument, &reference));
    const char *resolved = value ? scalar_text(evaluator->arena, value) : NULL;
    strbuf_append_string(buffer, resolved ? resolved : "");
    json_decref(value);
    return true;
}

static json_t *resolve_text(struct evaluator *evaluator, json_t *string) {
    struct text rest = {json_string_value(string), json_string_length(string)};
    ptrdiff_t start = text_find(rest, OPENING);
    if (start < 0) {
        return string;
    }
    struct strbuf buffer = STRBUF_INIT;
    while (start >= 0) {
        struct text from = text_slice(rest, (size_t)start, rest.size);
        ptrdiff_t end = text_find(from, "}}");
        if (end < 0) {
            break;
        }
        strbuf_append_text(&buffer, text_slice(rest, 0, (size_t)start));
        struct text reference = text_slice(from, 0, (size_t)end + 2);
        if (!append_resolved(evaluator, &buffer, reference)) {
            strbuf_append_text(&buffer, reference);
        }
        rest = text_slice(from, (size_t)end + 2, from.size);
        start = text_find(rest, OPENING);
    }
    strbuf_append_text(&buffer, rest);
    json_decref(string);
    json_t *result = json_stringn(buffer.data ? buffer.data : "", buffer.size);
    strbuf_release(&buffer);
    return result;
}

json_t *resolve_dynamic_references(struct evaluator *evaluator, json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    void *next;
    if (!value || evaluator->status == EVALUATION_ERROR) {
        return value;
    }
    if (json_is_string(value)) {
        return resolve_text(evaluator, value);
    }
    json_object_foreach_safe(value, next, key, member) {
        json_t *resolved = resolve_dynamic_references(evaluator, json_incref(member));
        json_object_set_new(value, key, resolved);
    }
    json_array_foreach(value, index, member) {
        json_t *resolved = resolve_dynamic_references(evaluator, json_incref(member));
        json_array_set_new(value, index, resolved);
    }
    return value;
}
