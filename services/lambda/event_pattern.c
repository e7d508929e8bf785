#include "services/lambda/event_pattern.h"

/* ---- one value against one filter ---- */

static bool same_scalar(const struct json_value *a, const struct json_value *b) {
    double left;
    double right;
    if (a->type == JSON_VALUE_NUMBER && b->type == JSON_VALUE_NUMBER) {
        return text_to_double(a->text, &left) && text_to_double(b->text, &right) && left == right;
    }
    return a->type == b->type && (a->type != JSON_VALUE_STRING || text_same(a->text, b->text)) &&
           a->type != JSON_VALUE_OBJECT && a->type != JSON_VALUE_ARRAY;
}

static bool compare_number(struct text operator, double value, double limit) {
    if (text_equals(operator, "=")) {
        return value == limit;
    }
    if (text_equals(operator, "<")) {
        return value < limit;
    }
    if (text_equals(operator, "<=")) {
        return value <= limit;
    }
    if (text_equals(operator, ">")) {
        return value > limit;
    }
    return text_equals(operator, ">=") && value >= limit;
}

/* {"numeric": [">", 0, "<=", 5]} */
static bool matches_numeric(const struct json_value *rule, const struct json_value *value) {
    double number;
    double limit;
    if (value->type != JSON_VALUE_NUMBER || !text_to_double(value->text, &number)) {
        return false;
    }
    for (const struct json_value *part = rule->child; part && part->next; part = part->next->next) {
        if (!text_to_double(part->next->text, &limit) || !compare_number(part->text, number, limit)) {
            return false;
        }
    }
    return true;
}

static bool ends_with(struct text text, struct text end) {
    return text.size >= end.size && text_same(text_slice(text, text.size - end.size, end.size), end);
}

static bool begins_with(struct text text, struct text start) {
    return text.size >= start.size && text_same(text_slice(text, 0, start.size), start);
}

static bool same_ignoring_case(struct text a, struct text b) {
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        char left = a.data[i];
        char right = b.data[i];
        left = (char)(left >= 'A' && left <= 'Z' ? left + 32 : left);
        right = (char)(right >= 'A' && right <= 'Z' ? right + 32 : right);
        if (left != right) {
            return false;
        }
    }
    return true;
}

/* '*' stands for any run of characters. */
static bool matches_wildcard(struct text pattern, struct text text) {
    size_t at = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    for (size_t i = 0; i < text.size;) {
        if (at < pattern.size && pattern.data[at] == '*') {
            star = at++;
            resume = i;
        } else if (at < pattern.size && pattern.data[at] == text.data[i]) {
            at++;
            i++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (at < pattern.size && pattern.data[at] == '*') {
        at++;
    }
    return at == pattern.size;
}

static bool matches_filter(const struct json_value *filter, const struct json_value *value);

static bool matches_anything_but(const struct json_value *rule, const struct json_value *value) {
    if (rule->type == JSON_VALUE_OBJECT) {
        return !matches_filter(rule, value);
    }
    if (rule->type != JSON_VALUE_ARRAY) {
        return !same_scalar(rule, value);
    }
    for (const struct json_value *each = rule->child; each; each = each->next) {
        if (same_scalar(each, value)) {
            return false;
        }
    }
    return true;
}

/* value: a scalar that is there. */
static bool matches_filter(const struct json_value *filter, const struct json_value *value) {
    if (filter->type != JSON_VALUE_OBJECT) {
        return same_scalar(filter, value);
    }
    const struct json_value *rule = filter->child;
    bool is_string = value->type == JSON_VALUE_STRING;
    if (!rule) {
        return false;
    }
    if (text_equals(rule->key, "exists")) {
        return rule->type == JSON_VALUE_TRUE;
    }
    if (text_equals(rule->key, "numeric")) {
        return matches_numeric(rule, value);
    }
    if (text_equals(rule->key, "anything-but")) {
        return matches_anything_but(rule, value);
    }
    if (text_equals(rule->key, "prefix")) {
        return is_string && begins_with(value->text, rule->text);
    }
    if (text_equals(rule->key, "suffix")) {
        return is_string && ends_with(value->text, rule->text);
    }
    if (text_equals(rule->key, "equals-ignore-case")) {
        return is_string && same_ignoring_case(value->text, rule->text);
    }
    return text_equals(rule->key, "wildcard") && is_string && matches_wildcard(rule->text, value->text);
}

/* ---- the tree ---- */

/* A leaf of the pattern: one filter of the list must match; of an array in the event, any element counts. */
static bool matches_leaf(const struct json_value *filters, const struct json_value *value) {
    for (const struct json_value *filter = filters->child; filter; filter = filter->next) {
        const struct json_value *rule = filter->type == JSON_VALUE_OBJECT ? filter->child : NULL;
        if (!value) {
            if (rule && text_equals(rule->key, "exists") && rule->type == JSON_VALUE_FALSE) {
                return true;
            }
            continue;
        }
        if (value->type == JSON_VALUE_ARRAY) {
            for (const struct json_value *element = value->child; element; element = element->next) {
                if (matches_filter(filter, element)) {
                    return true;
                }
            }
        } else if (matches_filter(filter, value)) {
            return true;
        }
    }
    return false;
}

/* json_find() hides null members, which patterns can ask for. */
static const struct json_value *member(const struct json_value *object, struct text key) {
    const struct json_value *found = NULL;
    if (object && object->type == JSON_VALUE_OBJECT) {
        for (const struct json_value *child = object->child; child; child = child->next) {
            found = text_same(child->key, key) ? child : found;
        }
    }
    return found;
}

bool event_pattern_matches(const struct json_value *pattern, const struct json_value *event) {
    for (const struct json_value *part = pattern->child; part; part = part->next) {
        if (text_equals(part->key, "$or") && part->type == JSON_VALUE_ARRAY) {
            bool any = false;
            for (const struct json_value *choice = part->child; choice && !any; choice = choice->next) {
                any = event_pattern_matches(choice, event);
            }
            if (!any) {
                return false;
            }
            continue;
        }
        const struct json_value *value = member(event, part->key);
        if (part->type == JSON_VALUE_OBJECT ? !event_pattern_matches(part, value)
                                            : !matches_leaf(part, value)) {
            return false;
        }
    }
    return true;
}

static bool is_known_filter(const struct json_value *filter) {
    static const char *const names[] = {"exists", "numeric", "anything-but",       "prefix",
                                        "suffix", "cidr",    "equals-ignore-case", "wildcard"};
    for (size_t i = 0; filter->child && i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equals(filter->child->key, names[i])) {
            return true;
        }
    }
    return false;
}

bool event_pattern_is_valid(const struct json_value *pattern) {
    if (!pattern || pattern->type != JSON_VALUE_OBJECT || pattern->count == 0) {
        return false;
    }
    for (const struct json_value *part = pattern->child; part; part = part->next) {
        if (part->type == JSON_VALUE_OBJECT) {
            if (!event_pattern_is_valid(part)) {
                return false;
            }
            continue;
        }
        if (part->type != JSON_VALUE_ARRAY || part->count == 0) {
            return false;
        }
        bool choices = text_equals(part->key, "$or");
        for (const struct json_value *filter = part->child; filter; filter = filter->next) {
            if (filter->type == JSON_VALUE_ARRAY ||
                (filter->type == JSON_VALUE_OBJECT &&
                 !(choices ? event_pattern_is_valid(filter) : is_known_filter(filter)))) {
                return false;
            }
        }
    }
    return true;
}
