#include "services/dynamodb/attribute_value.h"

#include <string.h>

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"

static const struct {
    const char *name;
    const char *word;
} types[ATTRIBUTE_TYPE_COUNT] = {
    [ATTRIBUTE_S] = {"S", "STRING"},       [ATTRIBUTE_N] = {"N", "NUMBER"},
    [ATTRIBUTE_B] = {"B", "BINARY"},       [ATTRIBUTE_BOOL] = {"BOOL", "BOOLEAN"},
    [ATTRIBUTE_NULL] = {"NULL", "NULL"},   [ATTRIBUTE_SS] = {"SS", "STRING_SET"},
    [ATTRIBUTE_NS] = {"NS", "NUMBER_SET"}, [ATTRIBUTE_BS] = {"BS", "BINARY_SET"},
    [ATTRIBUTE_L] = {"L", "LIST"},         [ATTRIBUTE_M] = {"M", "MAP"},
};

const char *attribute_type_name(enum attribute_type type) {
    return types[type].name;
}

const char *attribute_type_word(enum attribute_type type) {
    return types[type].word;
}

/* Asked for every value of every request: told by the bytes, not by comparing names. */
bool attribute_type_of(struct text name, enum attribute_type *type) {
    static const struct {
        char first;
        char second;
        enum attribute_type type;
    } short_names[] = {{'S', 0, ATTRIBUTE_S},    {'N', 0, ATTRIBUTE_N},   {'M', 0, ATTRIBUTE_M},
                       {'L', 0, ATTRIBUTE_L},    {'B', 0, ATTRIBUTE_B},   {'S', 'S', ATTRIBUTE_SS},
                       {'N', 'S', ATTRIBUTE_NS}, {'B', 'S', ATTRIBUTE_BS}};
    char second = name.size == 2 ? name.data[1] : '\0';
    for (size_t i = 0; (name.size == 1 || (name.size == 2 && second)) && i < 8; i++) {
        if (short_names[i].first == name.data[0] && short_names[i].second == second) {
            *type = short_names[i].type;
            return true;
        }
    }
    *type = text_equals(name, "BOOL") ? ATTRIBUTE_BOOL : ATTRIBUTE_NULL;
    return name.size == 4 && (*type == ATTRIBUTE_BOOL || text_equals(name, "NULL"));
}

enum attribute_type attribute_member_type(enum attribute_type set) {
    return set == ATTRIBUTE_SS ? ATTRIBUTE_S : set == ATTRIBUTE_NS ? ATTRIBUTE_N : ATTRIBUTE_B;
}

/* ---- making ---- */

struct attribute *attribute_new(struct arena *arena, enum attribute_type type) {
    struct attribute *value = arena_zalloc(arena, sizeof(*value));
    value->type = type;
    return value;
}

struct attribute *attribute_new_text(struct arena *arena, enum attribute_type type, struct text text) {
    struct attribute *value = attribute_new(arena, type);
    value->text = text;
    return value;
}

struct attribute *attribute_new_number(struct arena *arena, const struct number *number) {
    return attribute_new_text(arena, ATTRIBUTE_N, number_format(arena, number));
}

struct attribute *attribute_named(struct arena *arena, const struct attribute *value, struct text name) {
    struct attribute *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *value;
    copy->name = name;
    copy->next = NULL;
    return copy;
}

void attribute_append(struct attribute *parent, struct attribute *member) {
    struct attribute **end = &parent->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = member;
    parent->count++;
}

struct attribute *attribute_find(const struct attribute *map, struct text name) {
    for (struct attribute *member = map->first; member; member = member->next) {
        if (text_same(member->name, name)) {
            return member;
        }
    }
    return NULL;
}

struct attribute *attribute_element(const struct attribute *list, uint32_t index) {
    struct attribute *member = index < list->count ? list->first : NULL;
    while (member && index-- > 0) {
        member = member->next;
    }
    return member;
}

static int compare_members(const void *a, const void *b) {
    return attribute_compare(*(const struct attribute *const *)a, *(const struct attribute *const *)b);
}

void attribute_sort_set(struct arena *arena, struct attribute *set) {
    bool sorted = true;
    for (const struct attribute *member = set->first; sorted && member && member->next;
         member = member->next) {
        sorted = attribute_compare(member, member->next) <= 0;
    }
    if (sorted) {
        return;
    }
    struct attribute **members = arena_alloc(arena, set->count * sizeof(struct attribute *));
    size_t count = 0;
    for (struct attribute *member = set->first; member; member = member->next) {
        members[count++] = member;
    }
    qsort(members, count, sizeof(members[0]), compare_members);
    struct attribute **end = &set->first;
    for (size_t i = 0; i < count; i++) {
        *end = members[i];
        end = &members[i]->next;
    }
    *end = NULL;
}

bool attribute_set_has(const struct attribute *set, const struct attribute *member) {
    for (const struct attribute *other = set->first; other; other = other->next) {
        if (text_same(other->text, member->text)) {
            return true;
        }
    }
    return false;
}

struct number attribute_number(const struct attribute *value) {
    struct number number;
    (void)number_parse(value->text, &number);
    return number;
}

/* ---- comparing ---- */

static bool members_equal(const struct attribute *a, const struct attribute *b) {
    const struct attribute *other = b->first;
    for (const struct attribute *member = a->first; member; member = member->next) {
        if (a->type == ATTRIBUTE_L) {
            if (!attribute_equals(member, other)) {
                return false;
            }
            other = other->next;
        } else if (a->type == ATTRIBUTE_M) {
            const struct attribute *found = attribute_find(b, member->name);
            if (!found || !attribute_equals(member, found)) {
                return false;
            }
        } else if (!attribute_set_has(b, member)) {
            return false;
        }
    }
    return true;
}

bool attribute_equals(const struct attribute *a, const struct attribute *b) {
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case ATTRIBUTE_S:
    case ATTRIBUTE_N: /* in normal form */
    case ATTRIBUTE_B:
        return text_same(a->text, b->text);
    case ATTRIBUTE_BOOL:
        return a->boolean == b->boolean;
    case ATTRIBUTE_NULL:
        return true;
    case ATTRIBUTE_SS:
    case ATTRIBUTE_NS:
    case ATTRIBUTE_BS:
    case ATTRIBUTE_L:
    case ATTRIBUTE_M:
        return a->count == b->count && members_equal(a, b);
    case ATTRIBUTE_TYPE_COUNT:
        break;
    }
    return false;
}

int attribute_compare(const struct attribute *a, const struct attribute *b) {
    if (a->type == ATTRIBUTE_N) {
        struct number left = attribute_number(a), right = attribute_number(b);
        return number_compare(&left, &right);
    }
    return text_compare(a->text, b->text);
}

/* ---- measuring ---- */

#define COLLECTION_OVERHEAD 3
#define MEMBER_OVERHEAD 1

size_t attribute_size(const struct attribute *value) {
    size_t size = 0;
    switch (value->type) {
    case ATTRIBUTE_S:
    case ATTRIBUTE_B:
        return value->text.size;
    case ATTRIBUTE_N: {
        struct number number = attribute_number(value);
        return number_size(&number);
    }
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_NULL:
        return 1;
    case ATTRIBUTE_SS:
    case ATTRIBUTE_NS:
    case ATTRIBUTE_BS:
        for (const struct attribute *member = value->first; member; member = member->next) {
            size += attribute_size(member);
        }
        return size;
    case ATTRIBUTE_L:
    case ATTRIBUTE_M:
        for (const struct attribute *member = value->first; member; member = member->next) {
            size += attribute_size(member) + MEMBER_OVERHEAD + member->name.size;
        }
        return size + COLLECTION_OVERHEAD;
    case ATTRIBUTE_TYPE_COUNT:
        break;
    }
    return size;
}

size_t attribute_item_size(const struct attribute *item) {
    size_t size = 0;
    for (const struct attribute *member = item->first; member; member = member->next) {
        size += member->name.size + attribute_size(member);
    }
    return size;
}

/* ---- writing ---- */

static void write_scalar(struct strbuf *buffer, const struct attribute *value) {
    if (value->raw.data) {
        strbuf_append_text(buffer, value->raw);
    } else if (value->type == ATTRIBUTE_S) {
        json_write_string(buffer, value->text);
    } else {
        strbuf_append_char(buffer, '"');
        if (value->type == ATTRIBUTE_N) {
            strbuf_append_text(buffer, value->text);
        } else {
            crypto_append_base64(buffer, value->text);
        }
        strbuf_append_char(buffer, '"');
    }
}

static void write_members(struct strbuf *buffer, const struct attribute *value) {
    bool map = value->type == ATTRIBUTE_M;
    strbuf_append_char(buffer, map ? '{' : '[');
    for (const struct attribute *member = value->first; member; member = member->next) {
        if (member != value->first) {
            strbuf_append_char(buffer, ',');
        }
        if (map) {
            json_write_string(buffer, member->name);
            strbuf_append_char(buffer, ':');
        }
        if (map || value->type == ATTRIBUTE_L) {
            attribute_write(buffer, member);
        } else {
            write_scalar(buffer, member);
        }
    }
    strbuf_append_char(buffer, map ? '}' : ']');
}

void attribute_write(struct strbuf *buffer, const struct attribute *value) {
    strbuf_append(buffer, "{\"", 2);
    strbuf_append_string(buffer, types[value->type].name);
    strbuf_append(buffer, "\":", 2);
    if (value->type == ATTRIBUTE_BOOL || value->type == ATTRIBUTE_NULL) {
        bool truth = value->type == ATTRIBUTE_NULL || value->boolean;
        strbuf_append_string(buffer, truth ? "true" : "false");
    } else if (value->type == ATTRIBUTE_S || value->type == ATTRIBUTE_N || value->type == ATTRIBUTE_B) {
        write_scalar(buffer, value);
    } else {
        write_members(buffer, value);
    }
    strbuf_append_char(buffer, '}');
}

void attribute_write_item(struct strbuf *buffer, const struct attribute *item) {
    write_members(buffer, item);
}

static void describe_members(struct strbuf *buffer, const struct attribute *value) {
    bool map = value->type == ATTRIBUTE_M;
    strbuf_append_char(buffer, map ? '{' : '[');
    for (const struct attribute *member = value->first; member; member = member->next) {
        if (member != value->first) {
            strbuf_append_string(buffer, map ? "," : ", ");
        }
        if (map) {
            strbuf_append_text(buffer, member->name);
            strbuf_append_char(buffer, '=');
        }
        if (map || value->type == ATTRIBUTE_L) {
            attribute_describe(buffer, member);
        } else if (member->type == ATTRIBUTE_B) {
            crypto_append_base64(buffer, member->text);
        } else {
            strbuf_append_text(buffer, member->text);
        }
    }
    strbuf_append_char(buffer, map ? '}' : ']');
}

void attribute_describe(struct strbuf *buffer, const struct attribute *value) {
    strbuf_printf(buffer, "{%s:", types[value->type].name);
    if (value->type == ATTRIBUTE_S || value->type == ATTRIBUTE_N) {
        strbuf_append_text(buffer, value->text);
    } else if (value->type == ATTRIBUTE_B) {
        crypto_append_base64(buffer, value->text);
    } else if (value->type == ATTRIBUTE_BOOL || value->type == ATTRIBUTE_NULL) {
        strbuf_append_string(buffer, value->type == ATTRIBUTE_NULL || value->boolean ? "true" : "false");
    } else {
        describe_members(buffer, value);
    }
    strbuf_append_char(buffer, '}');
}
