/* Attribute values from JSON: of requests, checked; of stored items, trusted. */
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/dynamodb/attribute_value.h"

#define INVALID "One or more parameter values were invalid: "
#define EMPTY_NAME "Empty attribute name"
/* Members of a set that has one twice are put in order up to here: the text is for eyes. */
#define MAXIMUM_SORTED 1000

struct reading {
    struct arena *arena;
    bool trusted; /* our own stored text: no checks */
    enum wording wording;
    bool unnamed; /* a member without name was read: told when there is nothing else */
    const char *message;
};

/* Members seen so far, by name or text: hostile requests hold a hundred thousand. */
struct seen {
    struct attribute ***slots; /* places in the list of members */
    size_t capacity;           /* a power of two */
    size_t count;
};

static struct attribute *read_value(struct reading *reading, const struct json_value *json, int depth);

static struct text identity_of(const struct attribute *member, bool by_name) {
    return by_name ? member->name : member->text;
}

static size_t hash_of(struct text text) {
    uint64_t hash = 14695981039346656037ULL;
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * 1099511628211ULL;
    }
    return (size_t)(hash ^ (hash >> 29));
}

/* The slot of that identity: empty, or its place in the list. */
static struct attribute ***slot_of(const struct seen *seen, struct text identity, bool by_name) {
    size_t at = hash_of(identity) & (seen->capacity - 1);
    while (seen->slots[at] && !text_same(identity_of(*seen->slots[at], by_name), identity)) {
        at = (at + 1) & (seen->capacity - 1);
    }
    return &seen->slots[at];
}

/* Enters the member at *place. Returns the place of an equal one, or NULL. */
static struct attribute **see(struct reading *reading, struct seen *seen, struct attribute **place,
                              const struct attribute *member, bool by_name) {
    if (seen->count * 2 >= seen->capacity) {
        struct seen old = *seen;
        seen->capacity = old.capacity > 0 ? old.capacity * 4 : 16;
        seen->slots = arena_zalloc(reading->arena, seen->capacity * sizeof(*seen->slots));
        for (size_t i = 0; i < old.capacity; i++) {
            if (old.slots[i]) {
                *slot_of(seen, identity_of(*old.slots[i], by_name), by_name) = old.slots[i];
            }
        }
    }
    struct attribute ***slot = slot_of(seen, identity_of(member, by_name), by_name);
    if (*slot) {
        return *slot;
    }
    *slot = place;
    seen->count++;
    return NULL;
}

static bool fail(struct reading *reading, const char *message) {
    reading->message = message;
    return false;
}

/* Bytes that reached us are valid base64 or refused here; stored ones always are. */
static bool read_binary(struct reading *reading, const struct json_value *json, struct attribute *value) {
    if (json->type == JSON_VALUE_BYTES) {
        value->text = json->text;
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    bool good = crypto_append_unbase64(&bytes, json->text);
    if (good) {
        value->text = arena_text(reading->arena, strbuf_text(&bytes));
        value->raw = json->raw;
    }
    strbuf_release(&bytes);
    return good || fail(reading, "Supplied AttributeValue is not valid base64");
}

static bool read_number(struct reading *reading, const struct json_value *json, struct attribute *value) {
    value->text = json->text;
    if (reading->trusted || number_is_normal(json->text)) {
        return true;
    }
    struct number number;
    enum number_verdict verdict = number_parse(json->text, &number);
    if (verdict != NUMBER_GOOD) {
        bool current = reading->wording == WORDING_CURRENT;
        const char *message = number_verdict_message(
            reading->arena, current ? verdict : number_verdict_32(json->text, verdict), json->text);
        return fail(reading, current && json->text.size == 0 ? arena_printf(reading->arena, "%s: ", message)
                                                             : message);
    }
    value->text = number_format(reading->arena, &number);
    return true;
}

static bool read_scalar(struct reading *reading, const struct json_value *json, struct attribute *value) {
    if (value->type == ATTRIBUTE_N) {
        return read_number(reading, json, value);
    }
    if (value->type == ATTRIBUTE_B) {
        return read_binary(reading, json, value);
    }
    value->text = json->text;
    value->raw = json->raw;
    return true;
}

/* The members up to the first that is there already stand in order, the others as sent. */
static void sort_members(struct attribute *set, const struct attribute *repeated) {
    struct attribute *sorted = NULL, *rest = set->first;
    while (rest != repeated) {
        struct attribute *member = rest;
        struct attribute **place = &sorted;
        rest = rest->next;
        while (*place && text_compare((*place)->text, member->text) < 0) {
            place = &(*place)->next;
        }
        member->next = *place;
        *place = member;
    }
    struct attribute **end = &sorted;
    while (*end) {
        end = &(*end)->next;
    }
    *end = rest;
    set->first = sorted;
}

static const char *duplicates_message(struct reading *reading, struct attribute *set,
                                      const struct attribute *repeated) {
    bool current = reading->wording == WORDING_CURRENT;
    const char *quote = current ? "\"" : "";
    const char *separator = current && set->type == ATTRIBUTE_BS ? "," : ", ";
    if (set->type == ATTRIBUTE_NS) {
        return current ? INVALID "Input collection contains duplicates."
                       : "Input collection contains duplicates";
    }
    if (current && set->count <= MAXIMUM_SORTED) {
        sort_members(set, repeated);
    }
    struct strbuf list = STRBUF_INIT;
    for (const struct attribute *member = set->first; member; member = member->next) {
        strbuf_append_string(&list, member == set->first ? "" : separator);
        strbuf_append_string(&list, quote);
        if (set->type == ATTRIBUTE_BS) {
            crypto_append_base64(&list, member->text);
        } else {
            strbuf_append_text(&list, member->text);
        }
        strbuf_append_string(&list, quote);
    }
    const char *format = set->type == ATTRIBUTE_BS ? INVALID
                             "Input collection [%.*s]of type BS contains duplicates."
                                                   : INVALID "Input collection [%.*s] contains duplicates.";
    const char *message = arena_printf(reading->arena, format, TEXT_ARGUMENTS(strbuf_text(&list)));
    strbuf_release(&list);
    return message;
}

static bool read_set(struct reading *reading, const struct json_value *json, struct attribute *set) {
    struct attribute **end = &set->first;
    struct seen seen = {0};
    const struct attribute *repeated = NULL; /* the first of them */
    if (!reading->trusted && json->count == 0) {
        return fail(reading, set->type == ATTRIBUTE_SS   ? INVALID "An string set  may not be empty"
                             : set->type == ATTRIBUTE_NS ? INVALID "An number set  may not be empty"
                                                         : INVALID "Binary sets should not be empty");
    }
    for (const struct json_value *child = json->child; child; child = child->next) {
        struct attribute *member = attribute_new(reading->arena, attribute_member_type(set->type));
        if (!read_scalar(reading, child, member)) {
            return false;
        }
        if (!reading->trusted && see(reading, &seen, end, member, false) && !repeated) {
            repeated = member;
        }
        *end = member;
        end = &member->next;
        set->count++;
    }
    if (repeated) {
        return fail(reading, duplicates_message(reading, set, repeated));
    }
    if (!reading->trusted) {
        attribute_sort_set(reading->arena, set);
    }
    return true;
}

/* Puts other contents into the node at *place, so that the places behind it stay. */
static void replace(struct attribute **place, const struct attribute *member) {
    struct attribute *next = (*place)->next;
    **place = *member;
    (*place)->next = next;
}

static bool read_members(struct reading *reading, const struct json_value *json, struct attribute *value,
                         int depth) {
    struct attribute **end = &value->first;
    struct seen seen = {0};
    if (depth >= ATTRIBUTE_MAXIMUM_DEPTH && json->count > 0 && !reading->trusted) {
        return fail(reading, "Nesting Levels have exceeded supported limits: Attributes in the item have "
                             "nested levels beyond supported limit");
    }
    for (const struct json_value *child = json->child; child; child = child->next) {
        struct attribute *member = read_value(reading, child, depth + 1);
        if (!member) {
            return false;
        }
        member->name = child->key;
        reading->unnamed = reading->unnamed || (child->key.size == 0 && value->type == ATTRIBUTE_M);
        if (child->key.size > ATTRIBUTE_MAXIMUM_NAME && value->type == ATTRIBUTE_M && !reading->trusted) {
            return fail(reading, ATTRIBUTE_NAME_TOO_LONG);
        }
        if (value->type == ATTRIBUTE_M && !reading->trusted) {
            struct attribute **place = see(reading, &seen, end, member, true);
            if (place) { /* a name given twice: the last one counts */
                replace(place, member);
                continue;
            }
        }
        *end = member;
        end = &member->next;
        value->count++;
    }
    return true;
}

static bool read_typed(struct reading *reading, const struct json_value *json, struct attribute *value,
                       int depth) {
    switch (value->type) {
    case ATTRIBUTE_S:
    case ATTRIBUTE_N:
    case ATTRIBUTE_B:
        return read_scalar(reading, json, value);
    case ATTRIBUTE_BOOL:
        value->boolean = json->type == JSON_VALUE_TRUE;
        return true;
    case ATTRIBUTE_NULL:
        return json->type == JSON_VALUE_TRUE ||
               fail(reading, INVALID "Null attribute value types must have the value of true");
    case ATTRIBUTE_SS:
    case ATTRIBUTE_NS:
    case ATTRIBUTE_BS:
        return read_set(reading, json, value);
    case ATTRIBUTE_L:
    case ATTRIBUTE_M:
        return read_members(reading, json, value, depth);
    case ATTRIBUTE_TYPE_COUNT:
        break;
    }
    return false;
}

static struct attribute *read_value(struct reading *reading, const struct json_value *json, int depth) {
    const struct json_value *only = NULL;
    enum attribute_type type = ATTRIBUTE_S;
    for (const struct json_value *member = json->child; member; member = member->next) {
        enum attribute_type member_type;
        if (member->type == JSON_VALUE_NULL || !attribute_type_of(member->key, &member_type)) {
            continue;
        }
        if (only) {
            /* A number that is none is told first. */
            const struct json_value *both[] = {only, member};
            for (size_t i = 0; i < 2; i++) {
                enum attribute_type either = i == 0 ? type : member_type;
                struct attribute ignored = {.type = either};
                if ((either == ATTRIBUTE_N && !read_number(reading, both[i], &ignored)) ||
                    (either == ATTRIBUTE_NS && !read_set(reading, both[i], &ignored))) {
                    return NULL;
                }
            }
            fail(reading, "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
                          "of the supported datatypes");
            return NULL;
        }
        only = member;
        type = member_type;
    }
    if (!only) {
        fail(reading,
             "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        return NULL;
    }
    struct attribute *value = attribute_new(reading->arena, type);
    return read_typed(reading, only, value, depth) ? value : NULL;
}

struct attribute *attribute_read(struct arena *arena, enum wording wording, const struct json_value *value,
                                 const char **message) {
    struct reading reading = {.arena = arena, .wording = wording};
    struct attribute *read = read_value(&reading, value, 1);
    *message = read && reading.unnamed ? EMPTY_NAME : reading.message;
    return *message ? NULL : read;
}

struct attribute *attribute_read_item(struct arena *arena, enum wording wording,
                                      const struct json_value *item, const char **message) {
    struct reading reading = {.arena = arena, .wording = wording};
    struct attribute *value = attribute_new(arena, ATTRIBUTE_M);
    if (item && json_find(item, "")) { /* told before anything inside */
        *message = EMPTY_NAME;
        return NULL;
    }
    bool good = !item || read_members(&reading, item, value, 0);
    *message = good && reading.unnamed ? EMPTY_NAME : reading.message;
    return *message ? NULL : value;
}

/* Behind the string whose opening quote stands at `at`. */
static const char *skip_string(const char *at, const char *end) {
    const char *quote = at;
    size_t escapes;
    do {
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
        for (escapes = 0; quote && quote[-1 - (ptrdiff_t)escapes] == '\\'; escapes++) {
        }
    } while (quote && escapes % 2 == 1);
    return quote ? quote + 1 : end;
}

/* Behind the value ({"S":...}) that begins at `at`. */
static const char *skip_value(const char *at, const char *end) {
    int depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    } while (depth > 0 && at < end);
    return at;
}

struct attribute *attribute_parse_member(struct arena *arena, struct text text, struct text name) {
    struct reading reading = {.arena = arena, .trusted = true};
    const char *end = text.data + text.size;
    const char *at = text.data + 1; /* {"name":{...},"name":{...}} */
    while (at < end && *at == '"') {
        const char *key = at + 1;
        at = skip_string(at, end);
        struct text raw = {key, (size_t)(at - key - 1)};
        if (memchr(raw.data, '\\', raw.size)) { /* seldom: let the real reader find out what it says */
            return attribute_find(attribute_parse_item(arena, text), name);
        }
        const char *value = at + 1;
        at = skip_value(value, end);
        if (text_same(raw, name)) {
            struct json_value *json = json_parse(arena, (struct text){value, (size_t)(at - value)}, NULL);
            struct attribute *member = json ? read_value(&reading, json, 1) : NULL;
            if (!member) {
                die("a stored attribute does not parse: %.*s", TEXT_ARGUMENTS(name));
            }
            member->name = name;
            return member;
        }
        at++;
    }
    return NULL;
}

struct attribute *attribute_parse_item(struct arena *arena, struct text text) {
    struct reading reading = {.arena = arena, .trusted = true};
    struct attribute *item = attribute_new(arena, ATTRIBUTE_M);
    struct json_value *json = json_parse(arena, text, NULL);
    if (!json || !read_members(&reading, json, item, 0)) {
        die("a stored item does not parse: %s", reading.message ? reading.message : "not JSON");
    }
    return item;
}
