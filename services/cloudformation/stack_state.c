#include "emulator/base/die.h"
#include "emulator/base/json_value.h"
#include "emulator/base/strbuf.h"
#include "services/cloudformation/stack_machine_internal.h"

/* ---- resources ------------------------------------------------------------------------------------ */

void hold_json(json_t **slot, json_t *value) {
    json_incref(value);
    json_decref(*slot);
    *slot = value;
}

void hold_properties(struct properties *slot, const struct properties *value) {
    struct properties copy = value ? *value : (struct properties){0};
    hold_json(&slot->sent, copy.sent);
    hold_json(&slot->shown, copy.shown);
}

void state_set_text(struct stack_state *state, const char **slot, const char *text) {
    *slot = text ? arena_strdup(state->arena, text) : NULL;
}

static struct stack_resource *append(struct stack_state *state) {
    if (state->count == state->capacity) {
        state->capacity = state->capacity ? state->capacity * 2 : 16;
        state->resources = xrealloc(state->resources, state->capacity * sizeof *state->resources);
    }
    struct stack_resource *resource = xcalloc(1, sizeof *resource);
    resource->physical_id = "";
    state->resources[state->count++] = resource;
    return resource;
}

struct stack_resource *state_add_resource(struct stack_state *state, const char *logical_id,
                                          const char *type) {
    struct stack_resource *resource = append(state);
    resource->serial = ++state->next_serial;
    resource->logical_id = arena_strdup(state->arena, logical_id);
    resource->type = arena_strdup(state->arena, type);
    resource->dirty = true;
    return resource;
}

static size_t hash(const char *name) {
    uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name; name++) {
        value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
    }
    return (size_t)value;
}

/* The slot of the resource with this name, or the empty one where it belongs. */
static struct stack_resource **slot_of(const struct stack_state *state, const char *logical_id) {
    size_t at = hash(logical_id) & (state->index_size - 1);
    while (state->index[at] && strcmp(state->index[at]->logical_id, logical_id) != 0) {
        at = (at + 1) & (state->index_size - 1);
    }
    return &state->index[at];
}

static void make_index(struct stack_state *state) {
    free(state->index);
    state->index_size = 16;
    while (state->index_size < state->count * 2) {
        state->index_size *= 2;
    }
    state->index = xcalloc(state->index_size, sizeof(struct stack_resource *));
    for (size_t i = 0; i < state->count; i++) {
        if (!state->resources[i]->leftover && !state->resources[i]->gone) {
            *slot_of(state, state->resources[i]->logical_id) = state->resources[i];
        }
    }
    state->indexed_count = state->count;
}

struct stack_resource *state_find(struct stack_state *state, const char *logical_id) {
    if (!state->index || state->indexed_count != state->count) {
        make_index(state);
    }
    struct stack_resource *resource = *slot_of(state, logical_id);
    return resource && !resource->gone ? resource : NULL;
}

struct stack_resource *state_serial(const struct stack_state *state, int serial) {
    for (size_t i = 0; i < state->count; i++)
        if (state->resources[i]->serial == serial && !state->resources[i]->gone)
            return state->resources[i];
    return NULL;
}

static void release(struct stack_resource *resource) {
    hold_properties(&resource->current, NULL);
    hold_properties(&resource->target, NULL);
    hold_properties(&resource->stable_properties, NULL);
    json_decref(resource->attributes);
    json_decref(resource->stable_attributes);
    json_decref(resource->dependencies);
    json_decref(resource->stable_dependencies);
    free(resource);
}

void stack_state_close(struct stack_state *state) {
    if (!state)
        return;
    for (size_t i = 0; i < state->count; i++)
        release(state->resources[i]);
    free(state->resources);
    free(state->index);
    arena_close(state->arena);
    free(state);
}

/* ---- documents ------------------------------------------------------------------------------------ */

/* One row for each field that is kept: its key and where it stands. */
enum field_kind {
    FIELD_BOOL,
    FIELD_INT, /* int and enumerations */
    FIELD_INT64,
    FIELD_TEXT,
    FIELD_JSON,
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
};

#define R(kind, name)                                                                                        \
    { #name, kind, offsetof(struct stack_resource, name) }
static const struct field resource_fields[] = {
    R(FIELD_INT, serial),
    R(FIELD_TEXT, logical_id),
    R(FIELD_TEXT, type),
    R(FIELD_BOOL, leftover),
    R(FIELD_BOOL, held),
    R(FIELD_INT, status),
    R(FIELD_TEXT, status_reason),
    R(FIELD_TEXT, physical_id),
    R(FIELD_JSON, current.sent),
    R(FIELD_JSON, current.shown),
    R(FIELD_JSON, attributes),
    R(FIELD_BOOL, attributes_no_echo),
    R(FIELD_INT, step),
    R(FIELD_INT, work),
    R(FIELD_BOOL, wanted),
    R(FIELD_BOOL, selected),
    R(FIELD_BOOL, changed),
    R(FIELD_BOOL, touched),
    R(FIELD_BOOL, retain),
    R(FIELD_BOOL, skip),
    R(FIELD_INT, failure),
    R(FIELD_TEXT, replacement_id),
    R(FIELD_BOOL, initiated),
    R(FIELD_INT, attempts),
    R(FIELD_TEXT, generated_id),
    R(FIELD_JSON, target.sent),
    R(FIELD_JSON, target.shown),
    R(FIELD_BOOL, stable),
    R(FIELD_TEXT, stable_physical_id),
    R(FIELD_JSON, stable_properties.sent),
    R(FIELD_JSON, stable_properties.shown),
    R(FIELD_JSON, stable_attributes),
    R(FIELD_BOOL, stable_no_echo),
    R(FIELD_JSON, dependencies),
    R(FIELD_JSON, stable_dependencies),
    R(FIELD_INT, deletion_policy),
    R(FIELD_INT, update_replace_policy),
    R(FIELD_INT, stable_deletion_policy),
    R(FIELD_INT, stable_update_replace_policy),
};
#undef R

#define S(kind, name)                                                                                        \
    { #name, kind, offsetof(struct stack_state, name) }
static const struct field state_fields[] = {
    S(FIELD_INT, status),
    S(FIELD_TEXT, reason),
    S(FIELD_INT, phase),
    S(FIELD_BOOL, updating),
    S(FIELD_BOOL, rolling_back),
    S(FIELD_BOOL, stable),
    S(FIELD_BOOL, leftovers_failed),
    S(FIELD_BOOL, retain_except_on_create),
    S(FIELD_BOOL, force),
    S(FIELD_BOOL, hold),
    S(FIELD_INT, on_failure),
    S(FIELD_INT64, monitoring_ms),
    S(FIELD_INT, next_serial),
    S(FIELD_INT, next_work),
    S(FIELD_INT, failures),
    S(FIELD_INT, outputs_work),
    S(FIELD_INT, timeout_work),
    S(FIELD_INT, monitor_work),
};
#undef S

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* Written here and not by jansson: every step of every resource writes a document. */
static void append_json(struct strbuf *buffer, const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    const char *separator = "";
    if (json_is_string(value)) {
        json_write_string(buffer, (struct text){json_string_value(value), json_string_length(value)});
    } else if (json_is_object(value)) {
        strbuf_append_char(buffer, '{');
        json_object_foreach((json_t *)value, key, member) {
            strbuf_append_string(buffer, separator);
            json_write_string(buffer, text_of(key));
            strbuf_append_char(buffer, ':');
            append_json(buffer, member);
            separator = ",";
        }
        strbuf_append_char(buffer, '}');
    } else if (json_is_array(value)) {
        strbuf_append_char(buffer, '[');
        json_array_foreach((json_t *)value, index, member) {
            strbuf_append_string(buffer, separator);
            append_json(buffer, member);
            separator = ",";
        }
        strbuf_append_char(buffer, ']');
    } else {
        char *scalar = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!scalar)
            die("cloudformation: a stack document cannot be written");
        strbuf_append_string(buffer, scalar);
        free(scalar);
    }
}

static void append_key(struct strbuf *buffer, const char *key) {
    strbuf_append_string(buffer, buffer->size > 1 ? ",\"" : "\"");
    strbuf_append_string(buffer, key);
    strbuf_append_string(buffer, "\":");
}

/* What is zero, false or absent is not written, so a document stays small. */
static void append_field(struct strbuf *buffer, const struct field *field, const char *base) {
    const void *slot = base + field->offset;
    switch (field->kind) {
    case FIELD_BOOL:
        if (*(const bool *)slot) {
            append_key(buffer, field->key);
            strbuf_append_string(buffer, "true");
        }
        break;
    case FIELD_INT:
    case FIELD_INT64: {
        int64_t number = field->kind == FIELD_INT ? *(const int *)slot : *(const int64_t *)slot;
        if (number) {
            append_key(buffer, field->key);
            strbuf_append_int64(buffer, number);
        }
        break;
    }
    case FIELD_TEXT:
        if (*(const char *const *)slot) {
            append_key(buffer, field->key);
            json_write_string(buffer, text_of(*(const char *const *)slot));
        }
        break;
    case FIELD_JSON:
        if (*(json_t *const *)slot) {
            append_key(buffer, field->key);
            append_json(buffer, *(json_t *const *)slot);
        }
        break;
    }
}

static char *write_fields(struct arena *arena, const struct field *fields, size_t count, const void *base) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_char(&buffer, '{');
    for (size_t i = 0; i < count; i++)
        append_field(&buffer, &fields[i], base);
    strbuf_append_char(&buffer, '}');
    char *text = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

static void read_fields(struct arena *arena, const struct field *fields, size_t count, void *base,
                        const char *text) {
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    if (!document)
        die("cloudformation: a stack document cannot be read: %s", error.text);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(document, fields[i].key);
        void *slot = (char *)base + fields[i].offset;
        if (!value)
            continue;
        switch (fields[i].kind) {
        case FIELD_BOOL:
            *(bool *)slot = json_is_true(value);
            break;
        case FIELD_INT:
            *(int *)slot = (int)json_integer_value(value);
            break;
        case FIELD_INT64:
            *(int64_t *)slot = json_integer_value(value);
            break;
        case FIELD_TEXT:
            *(const char **)slot = arena_strdup(arena, json_string_value(value));
            break;
        case FIELD_JSON:
            hold_json((json_t **)slot, value);
            break;
        }
    }
    json_decref(document);
}

_Static_assert(sizeof(enum resource_status) == sizeof(int), "enumerations are kept as int");

struct stack_state *stack_state_open(const char *document) {
    struct stack_state *state = xcalloc(1, sizeof *state);
    state->arena = arena_open();
    if (document)
        read_fields(state->arena, state_fields, COUNT(state_fields), state, document);
    return state;
}

void stack_state_add(struct stack_state *state, const char *document) {
    struct stack_resource *resource = append(state);
    read_fields(state->arena, resource_fields, COUNT(resource_fields), resource, document);
}

char *stack_state_write(struct arena *arena, const struct stack_state *state) {
    return write_fields(arena, state_fields, COUNT(state_fields), state);
}

char *stack_resource_write(struct arena *arena, const struct stack_resource *resource) {
    return write_fields(arena, resource_fields, COUNT(resource_fields), resource);
}

/* ---- reading the state ---------------------------------------------------------------------------- */

enum stack_status stack_state_status(const struct stack_state *state) {
    return state->status;
}

const char *stack_state_reason(const struct stack_state *state) {
    return state->reason;
}

size_t stack_state_count(const struct stack_state *state) {
    return state->count;
}

const struct stack_resource *stack_state_at(const struct stack_state *state, size_t index) {
    return index < state->count ? state->resources[index] : NULL;
}

const struct stack_resource *stack_state_find(const struct stack_state *state, const char *logical_id) {
    /* The index is no part of what the state says. */
    return state_find((struct stack_state *)state, logical_id);
}

const struct stack_resource *stack_state_serial(const struct stack_state *state, int serial) {
    return state_serial(state, serial);
}

void stack_state_clean(struct stack_state *state) {
    size_t kept = 0;
    for (size_t i = 0; i < state->count; i++) {
        struct stack_resource *resource = state->resources[i];
        resource->dirty = false;
        if (resource->gone)
            release(resource);
        else
            state->resources[kept++] = resource;
    }
    state->count = kept;
    state->indexed_count = SIZE_MAX;
}

json_t *stack_state_types(struct arena *arena, const struct stack_state *state) {
    json_t *types = json_object();
    arena_cleanup(arena, (void (*)(void *))json_decref, types);
    for (size_t i = 0; i < state->count; i++) {
        const struct stack_resource *resource = state->resources[i];
        if (!resource->leftover && !resource->gone && resource->status != RESOURCE_DELETE_COMPLETE)
            json_object_set_new(types, resource->logical_id, json_string(resource->type));
    }
    return types;
}
