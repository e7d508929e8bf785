/* Does an event match? */
#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>

#include "emulator/base/event_pattern.h"

static bool equals_ignore_case(struct text a, struct text b) {
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        if (tolower((unsigned char)a.data[i]) != tolower((unsigned char)b.data[i])) {
            return false;
        }
    }
    return true;
}

static bool begins_with(struct text text, struct text part) {
    return text.size >= part.size && memcmp(text.data, part.data, part.size) == 0;
}

static bool finishes_with(struct text text, struct text part) {
    return text.size >= part.size && memcmp(text.data + text.size - part.size, part.data, part.size) == 0;
}

/* '*' stands for any run of characters; "\*" and "\\" for themselves. Time: both sizes multiplied. */
static bool fits_wildcard(struct text text, struct text pattern) {
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX; /* behind the last '*' */
    size_t retry = 0;       /* where the text after it was tried */
    while (t < text.size) {
        bool is_star = p < pattern.size && pattern.data[p] == '*';
        size_t escaped = p + 1 < pattern.size && pattern.data[p] == '\\' &&
                                 (pattern.data[p + 1] == '*' || pattern.data[p + 1] == '\\')
                             ? 1
                             : 0;
        if (is_star) {
            star = ++p;
            retry = t;
        } else if (p < pattern.size && pattern.data[p + escaped] == text.data[t]) {
            p += 1 + escaped;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*') {
        p++;
    }
    return p == pattern.size;
}

static bool lies_in_network(const struct pattern_condition *condition, struct text text) {
    char address[64];
    unsigned char bytes[16];
    if (text.size >= sizeof(address) || (text_find_char(text, ':') >= 0 && text_find_char(text, '.') >= 0)) {
        return false;
    }
    memcpy(address, text.data, text.size);
    address[text.size] = '\0';
    if (inet_pton(condition->network_size == 4 ? AF_INET : AF_INET6, address, bytes) != 1) {
        return false;
    }
    for (int bit = 0; bit < condition->mask_bits; bit++) {
        int mask = 0x80 >> bit % 8;
        if ((bytes[bit / 8] & mask) != (condition->network[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

/* Numbers that differ behind the sixth decimal only are one: AWS's matcher looks at millionths. */
static double in_millionths(double number) {
    return floor((number + 5e9) * 1e6);
}

static bool lies_in_range(const struct pattern_condition *condition, const struct json_value *value) {
    double number;
    if (value->type != JSON_VALUE_NUMBER || !text_to_double(value->text, &number)) {
        return false;
    }
    number = in_millionths(number);
    double low = in_millionths(condition->low);
    double high = in_millionths(condition->high);
    bool above = condition->low_open ? number > low : number >= low;
    bool below = condition->high_open ? number < high : number <= high;
    return above && below;
}

/* One scalar against one condition; PATTERN_EXISTS is not about a value. */
static bool scalar_matches(const struct pattern_condition *condition, const struct json_value *value) {
    bool is_string = value->type == JSON_VALUE_STRING;
    switch (condition->operator) {
    case PATTERN_EQUALS:
        return value->type == condition->type && (!is_string || text_same(value->text, condition->text));
    case PATTERN_EXACTLY:
        return is_string && text_same(value->text, condition->text);
    case PATTERN_PREFIX:
        return is_string && begins_with(value->text, condition->text);
    case PATTERN_PREFIX_IGNORE_CASE:
        return is_string &&
               equals_ignore_case(text_slice(value->text, 0, condition->text.size), condition->text);
    case PATTERN_SUFFIX:
        return is_string && finishes_with(value->text, condition->text);
    case PATTERN_SUFFIX_IGNORE_CASE:
        return is_string && value->text.size >= condition->text.size &&
               equals_ignore_case(
                   text_slice(value->text, value->text.size - condition->text.size, condition->text.size),
                   condition->text);
    case PATTERN_EQUALS_IGNORE_CASE:
        return is_string && equals_ignore_case(value->text, condition->text);
    case PATTERN_WILDCARD:
        return is_string && fits_wildcard(value->text, condition->text);
    case PATTERN_NUMERIC:
        return lies_in_range(condition, value);
    case PATTERN_CIDR:
        return is_string && lies_in_network(condition, value->text);
    case PATTERN_ANYTHING_BUT:
        for (const struct pattern_condition *one = condition->excluded; one; one = one->next) {
            if (scalar_matches(one, value)) {
                return false;
            }
        }
        return true;
    case PATTERN_EXISTS:
        return condition->exists;
    }
    return false;
}

/* A scalar, or any scalar in a list, lists in it included. *seen: there was one. */
static bool any_scalar_matches(const struct pattern_condition *condition, const struct json_value *value,
                               bool *seen) {
    if (!value || value->type == JSON_VALUE_OBJECT) {
        return false;
    }
    if (value->type != JSON_VALUE_ARRAY) {
        *seen = true;
        return scalar_matches(condition, value);
    }
    for (const struct json_value *element = value->child; element; element = element->next) {
        if (any_scalar_matches(condition, element, seen)) {
            return true;
        }
    }
    return false;
}

static bool conditions_match(const struct pattern_condition *conditions, const struct json_value *value) {
    for (const struct pattern_condition *condition = conditions; condition; condition = condition->next) {
        bool seen = false;
        if (any_scalar_matches(condition, value, &seen) ||
            (!seen && condition->operator== PATTERN_EXISTS && !condition->exists)) {
            return true;
        }
    }
    return false;
}

/*
 * A member by its name or, where the name has dots, in the objects on its way: "a.b" also is b of a. Unlike
 * json_find() it tells null from absent.
 */
static const struct json_value *find_member(const struct json_value *object, struct text name) {
    const struct json_value *found = NULL;
    if (!object || object->type != JSON_VALUE_OBJECT) {
        return NULL;
    }
    for (const struct json_value *member = object->child; member; member = member->next) {
        if (text_same(member->key, name)) {
            found = member;
        } else if (!found && name.size > member->key.size && name.data[member->key.size] == '.' &&
                   begins_with(name, member->key)) {
            found = find_member(member, text_slice(name, member->key.size + 1, SIZE_MAX));
        }
    }
    return found;
}

/* The object has a key that goes on where `name` ends: "name.more". */
static bool has_longer_key(const struct json_value *object, struct text name) {
    if (object && object->type == JSON_VALUE_OBJECT) {
        for (const struct json_value *member = object->child; member; member = member->next) {
            if (member->key.size > name.size && member->key.data[name.size] == '.' &&
                begins_with(member->key, name)) {
                return true;
            }
        }
    }
    return false;
}

struct matching {
    struct arena *arena; /* for names joined by dots; opened when one is needed */
};

static bool object_matches(struct matching *matching, const struct event_pattern *pattern,
                           const struct json_value *value, struct text prefix);

static struct text joined(struct matching *matching, struct text prefix, struct text name) {
    if (prefix.size == 0) {
        return name;
    }
    if (!matching->arena) {
        matching->arena = arena_open();
    }
    return text_of(arena_printf(matching->arena, "%.*s.%.*s", TEXT_ARGUMENTS(prefix), TEXT_ARGUMENTS(name)));
}

static bool key_matches(struct matching *matching, const struct pattern_key *key,
                        const struct json_value *value, struct text prefix) {
    if (key->alternatives) {
        for (const struct event_pattern *one = key->alternatives; one; one = one->next) {
            if (object_matches(matching, one, value, prefix)) {
                return true;
            }
        }
        return false;
    }
    struct text name = joined(matching, prefix, key->name);
    const struct json_value *member = find_member(value, name);
    if (!key->object) {
        return conditions_match(key->conditions, member);
    }
    if (!member && has_longer_key(value, name)) {
        return object_matches(matching, key->object, value, name);
    }
    return object_matches(matching, key->object, member, TEXT(""));
}

/*
 * value: an object, a list of which one element must match as a whole, or (NULL and the rest) nothing.
 * prefix: the names on the way that the event joins by dots.
 */
static bool object_matches(struct matching *matching, const struct event_pattern *pattern,
                           const struct json_value *value, struct text prefix) {
    if (value && value->type == JSON_VALUE_ARRAY && value->child) {
        for (const struct json_value *element = value->child; element; element = element->next) {
            if (object_matches(matching, pattern, element, prefix)) {
                return true;
            }
        }
        return false;
    }
    for (const struct pattern_key *key = pattern->keys; key; key = key->next) {
        if (!key_matches(matching, key, value, prefix)) {
            return false;
        }
    }
    return true;
}

bool event_pattern_matches(const struct event_pattern *pattern, const struct json_value *event) {
    struct matching matching = {NULL};
    bool good =
        event && event->type == JSON_VALUE_OBJECT && object_matches(&matching, pattern, event, TEXT(""));
    arena_close(matching.arena);
    return good;
}
