/* Does a message pass? Source: sns.md section 6. */
#include <arpa/inet.h>
#include <ctype.h>

#include "services/sns/filter_policy.h"

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

static bool lies_in_network(const struct filter_condition *condition, struct text text) {
    char address[64];
    unsigned char bytes[16];
    if (text.size >= sizeof(address)) {
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

static bool lies_in_range(const struct filter_condition *condition, const struct json_value *value) {
    double number;
    if (value->type != JSON_VALUE_NUMBER || !text_to_double(value->text, &number)) {
        return false;
    }
    bool above = condition->low_open ? number > condition->low : number >= condition->low;
    bool below = condition->high_open ? number < condition->high : number <= condition->high;
    return above && below;
}

/* One scalar against one condition; FILTER_EXISTS is not about a value. */
static bool scalar_matches(const struct filter_condition *condition, const struct json_value *value) {
    bool is_string = value->type == JSON_VALUE_STRING;
    switch (condition->operator) {
    case FILTER_EQUALS:
        return value->type == condition->type && (!is_string || text_same(value->text, condition->text));
    case FILTER_PREFIX:
        return is_string && begins_with(value->text, condition->text);
    case FILTER_SUFFIX:
        return is_string && finishes_with(value->text, condition->text);
    case FILTER_EQUALS_IGNORE_CASE:
        return is_string && equals_ignore_case(value->text, condition->text);
    case FILTER_WILDCARD:
        return is_string && fits_wildcard(value->text, condition->text);
    case FILTER_NUMERIC:
        return lies_in_range(condition, value);
    case FILTER_CIDR:
        return is_string && lies_in_network(condition, value->text);
    case FILTER_ANYTHING_BUT:
        for (const struct filter_condition *one = condition->excluded; one; one = one->next) {
            if (scalar_matches(one, value)) {
                return false;
            }
        }
        return true;
    case FILTER_EXISTS:
        return condition->exists;
    }
    return false;
}

/* A scalar, or any scalar in a list, lists in it included. *seen: there was one. */
static bool any_scalar_matches(const struct filter_condition *condition, const struct json_value *value,
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

static bool conditions_match(const struct filter_condition *conditions, const struct json_value *value) {
    for (const struct filter_condition *condition = conditions; condition; condition = condition->next) {
        bool seen = false;
        if (any_scalar_matches(condition, value, &seen) ||
            (!seen && condition->operator== FILTER_EXISTS && !condition->exists)) {
            return true;
        }
    }
    return false;
}

/* Unlike json_find() it tells null from absent. */
static const struct json_value *find_member(const struct json_value *object, struct text name) {
    const struct json_value *found = NULL;
    if (object && object->type == JSON_VALUE_OBJECT) {
        for (const struct json_value *member = object->child; member; member = member->next) {
            if (text_same(member->key, name)) {
                found = member;
            }
        }
    }
    return found;
}

/* value: an object, a list of which one element must match as a whole, or (NULL and the rest) nothing. */
static bool object_matches(const struct filter_object *policy, const struct json_value *value) {
    if (value && value->type == JSON_VALUE_ARRAY && value->child) {
        for (const struct json_value *element = value->child; element; element = element->next) {
            if (object_matches(policy, element)) {
                return true;
            }
        }
        return false;
    }
    for (const struct filter_key *key = policy->keys; key; key = key->next) {
        bool good = false;
        if (key->alternatives) {
            for (const struct filter_object *one = key->alternatives; one && !good; one = one->next) {
                good = object_matches(one, value);
            }
        } else if (key->object) {
            good = object_matches(key->object, find_member(value, key->name));
        } else {
            good = conditions_match(key->conditions, find_member(value, key->name));
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

bool filter_policy_matches(const struct filter_object *policy, const struct json_value *subject) {
    return subject && subject->type == JSON_VALUE_OBJECT && object_matches(policy, subject);
}
