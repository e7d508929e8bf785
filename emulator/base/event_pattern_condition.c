/* The conditions of a filter policy: literals and operators. */
#include <arpa/inet.h>
#include <math.h>

#include "emulator/base/event_pattern_reader.h"

#define MAXIMUM_NUMBER 1e9

/* Behind what follows an element: the next one, or the list's end. */
static const char *after_next(const struct json_value *list, const struct json_value *element) {
    return element->next ? pattern_after_token(element->next) : pattern_after_value(list);
}

/* What a token looks like in a text. */
static struct text token_text(const struct json_value *value) {
    return value->type == JSON_VALUE_STRING   ? value->text
           : value->type == JSON_VALUE_ARRAY  ? TEXT("[")
           : value->type == JSON_VALUE_OBJECT ? TEXT("{")
                                              : value->raw;
}

/* ---- numbers ---- */

static bool read_number(struct pattern_reader *reader, const struct json_value *value, double *number) {
    if (!text_to_double(value->text, number) || fabs(*number) > MAXIMUM_NUMBER) {
        return pattern_refuse_at(reader, pattern_after_value(value),
                                 "Value must be between %.1E and %.1E, inclusive", -MAXIMUM_NUMBER,
                                 MAXIMUM_NUMBER);
    }
    return true;
}

static bool is_number(const struct json_value *value) {
    return value && value->type == JSON_VALUE_NUMBER;
}

/* One end of a range: "<" and "<=" from above, ">" and ">=" from below. */
static void set_end(struct pattern_condition *condition, struct text operator, double number) {
    bool open = operator.size == 1;
    if (operator.data[0] == '<') {
        condition->high = number;
        condition->high_open = open;
    } else {
        condition->low = number;
        condition->low_open = open;
    }
}

static bool is_comparison(struct text operator, char first) {
    return operator.size> 0 && operator.data[0] ==
        first &&(operator.size == 1 ||(operator.size == 2 && operator.data[1] == '='));
}

/* [">", 1, "<", 5]: what follows the first end. */
static bool read_second_end(struct pattern_reader *reader, const struct json_value *list,
                            const struct json_value *operator, struct pattern_condition * condition) {
    double number;
    if (operator->type != JSON_VALUE_STRING) {
        return pattern_refuse_at(reader, pattern_after_token(operator), "Bad value in numeric range: %.*s",
                                 TEXT_ARGUMENTS(token_text(operator)));
    }
    if (!is_comparison(operator->text, '<')) {
        return pattern_refuse_at(reader, pattern_after_value(operator), "Bad numeric range operator: %.*s",
                                 TEXT_ARGUMENTS(operator->text));
    }
    const struct json_value *value = operator->next;
    if (!is_number(value)) {
        return pattern_refuse_at(reader, after_next(list, operator), "Value of %.*s must be numeric",
                                 TEXT_ARGUMENTS(operator->text));
    }
    if (!read_number(reader, value, &number)) {
        return false;
    }
    if (value->next) {
        return pattern_refuse_at(reader, after_next(list, value),
                                 "Too many terms in numeric range expression");
    }
    set_end(condition, operator->text, number);
    if (condition->low >= condition->high) {
        return pattern_refuse_at(reader, pattern_after_value(list), "Bottom must be less than top");
    }
    return true;
}

static bool read_numeric(struct pattern_reader *reader, const struct json_value *list,
                         struct pattern_condition *condition) {
    if (list->type != JSON_VALUE_ARRAY) {
        return pattern_refuse_at(reader, pattern_after_token(list), "Value of numeric must be an array.");
    }
    const struct json_value *first = list->child;
    double number;
    if (!first || first->type != JSON_VALUE_STRING) {
        return pattern_refuse_at(reader, first ? pattern_after_token(first) : pattern_after_value(list),
                                 "Invalid member in numeric match: %.*s",
                                 TEXT_ARGUMENTS(first ? token_text(first) : TEXT("]")));
    }
    struct text operator= first->text;
    bool equals = text_equals(operator, "=");
    if (!equals && !is_comparison(operator, '<') && !is_comparison(operator, '>')) {
        return pattern_refuse_at(reader, after_next(list, first), "Unrecognized numeric range operator: %.*s",
                                 TEXT_ARGUMENTS(operator));
    }
    const struct json_value *value = first->next;
    if (!is_number(value)) {
        return pattern_refuse_at(reader, after_next(list, first), "Value of %.*s must be numeric",
                                 TEXT_ARGUMENTS(equals ? TEXT("equals") : operator));
    }
    if (!read_number(reader, value, &number)) {
        return false;
    }
    condition->operator= PATTERN_NUMERIC;
    condition->low = equals ? number : -INFINITY;
    condition->high = equals ? number : INFINITY;
    if (!equals) {
        set_end(condition, operator, number);
    }
    if (!value->next) {
        return true;
    }
    if (equals || operator.data[0] == '<') {
        return pattern_refuse_at(reader, after_next(list, value), "Too many elements in numeric expression");
    }
    return read_second_end(reader, list, value->next, condition);
}

/* ---- addresses ---- */

static bool read_cidr(struct pattern_reader *reader, struct text text, struct pattern_condition *condition) {
    struct text rest = text;
    struct text address = text_cut(&rest, '/');
    int64_t bits;
    if (!rest.data || text_find_char(rest, '/') >= 0) {
        return pattern_refuse(reader, "Malformed CIDR, one '/' required");
    }
    if (!text_to_int64(rest, &bits)) {
        return pattern_refuse(reader, "Malformed CIDR, mask bits must be an integer");
    }
    if (bits < 0) {
        return pattern_refuse(reader, "Malformed CIDR, mask bits must not be negative");
    }
    char *string = arena_text_string(reader->arena, address);
    if (inet_pton(AF_INET, string, condition->network) == 1) {
        condition->network_size = 4;
    } else if (inet_pton(AF_INET6, string, condition->network) == 1) {
        condition->network_size = 16;
    } else {
        return pattern_refuse(reader, "Nonstandard IP address: %s", string);
    }
    if (bits >= condition->network_size * 8) {
        return pattern_refuse(reader, condition->network_size == 4 ? "IPv4 mask bits must be < 32"
                                                                   : "IPv6 mask bits must be < 128");
    }
    condition->operator= PATTERN_CIDR;
    condition->mask_bits = (int)bits;
    return true;
}

/* ---- conditions ---- */

/* Operators whose operand is a string; cidr names itself wrongly, as AWS does. */
static const struct string_operator {
    const char *name;
    const char *shown;
    enum pattern_operator operator;
} string_operators[] = {
    {"prefix", "prefix", PATTERN_PREFIX},
    {"suffix", "suffix", PATTERN_SUFFIX},
    {"equals-ignore-case", "equals-ignore-case", PATTERN_EQUALS_IGNORE_CASE},
    {"wildcard", "wildcard", PATTERN_WILDCARD},
    {"cidr", "prefix", PATTERN_CIDR},
    {"exactly", "exact", PATTERN_EXACTLY},
};

static const struct string_operator *find_string_operator(struct text name) {
    for (size_t i = 0; i < sizeof(string_operators) / sizeof(string_operators[0]); i++) {
        if (text_equals(name, string_operators[i].name)) {
            return &string_operators[i];
        }
    }
    return NULL;
}

/* A backslash stands before '*' or another one. -1: all are right. */
static ptrdiff_t find_bad_escape(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\\') {
            if (i + 1 >= text.size || (text.data[i + 1] != '*' && text.data[i + 1] != '\\')) {
                return (ptrdiff_t)i;
            }
            i++;
        }
    }
    return -1;
}

static bool may_ignore_case(const struct string_operator *row) {
    return row->operator== PATTERN_PREFIX || row->operator== PATTERN_SUFFIX;
}

/* {"prefix": {"equals-ignore-case": "a"}}, and the same with suffix. */
static bool read_ignoring_case(const struct string_operator *row, const struct json_value *value,
                               struct pattern_condition *condition) {
    const struct json_value *inner = value->child;
    if (!inner || inner->next || inner->type != JSON_VALUE_STRING ||
        !text_equals(inner->key, "equals-ignore-case") || !may_ignore_case(row)) {
        return false;
    }
    condition->operator= row->operator== PATTERN_PREFIX ? PATTERN_PREFIX_IGNORE_CASE
                                                        : PATTERN_SUFFIX_IGNORE_CASE;
    condition->text = inner->text;
    return true;
}

static bool read_string_operator(struct pattern_reader *reader, const struct string_operator *row,
                                 const struct json_value *value, struct pattern_condition *condition) {
    if (value->type == JSON_VALUE_OBJECT && read_ignoring_case(row, value, condition)) {
        return true;
    }
    if (value->type == JSON_VALUE_OBJECT && value->child && may_ignore_case(row) &&
        text_equals(value->child->key, "equals-ignore-case")) {
        return pattern_refuse_at(reader, pattern_after_token(value->child),
                                 "equals-ignore-case match pattern must be a string");
    }
    if (value->type != JSON_VALUE_STRING) {
        return pattern_refuse_at(reader, pattern_after_token(value), "%s match pattern must be a string",
                                 row->shown);
    }
    condition->operator= row->operator;
    condition->text = value->text;
    ptrdiff_t escape = row->operator== PATTERN_WILDCARD ? find_bad_escape(value->text) : - 1;
    if (escape >= 0) {
        return pattern_refuse_at(reader, pattern_after_value(value), "Invalid escape character at pos %td",
                                 escape + 1);
    }
    if (row->operator== PATTERN_WILDCARD && text_find(value->text, "**") >= 0) {
        return pattern_refuse_at(reader, pattern_after_value(value),
                                 "Consecutive wildcard characters at pos %td",
                                 text_find(value->text, "**") + 1);
    }
    return row->operator!= PATTERN_CIDR || read_cidr(reader, value->text, condition);
}

/* A string, number, true, false or null that is meant itself. False: something else. */
static bool read_literal(const struct json_value *value, struct pattern_condition *condition) {
    if (value->type == JSON_VALUE_ARRAY || value->type == JSON_VALUE_OBJECT) {
        return false;
    }
    condition->operator= PATTERN_EQUALS;
    condition->type = value->type;
    condition->text = value->text;
    if (value->type == JSON_VALUE_NUMBER) {
        condition->operator= PATTERN_NUMERIC;
        if (!text_to_double(value->text, &condition->low)) {
            return false;
        }
        condition->high = condition->low;
    }
    return true;
}

static struct pattern_condition *new_condition(struct pattern_reader *reader) {
    return arena_zalloc(reader->arena, sizeof(struct pattern_condition));
}

/* {"anything-but": {"prefix": "a"}}: the texts differ from those of {"prefix": "a"}. */
static bool read_excluded_operator(struct pattern_reader *reader, const struct string_operator *row,
                                   const struct json_value *value, bool in_list,
                                   struct pattern_condition *excluded) {
    bool affix = row->operator== PATTERN_PREFIX || row->operator== PATTERN_SUFFIX;
    if (!in_list && value->type == JSON_VALUE_OBJECT) {
        return pattern_refuse_at(reader, pattern_after_token(value),
                                 "Value of anything-but must be an array or single string/number value.");
    }
    if (affix && value->type != JSON_VALUE_STRING) {
        const char *end = pattern_after_token(value);
        pattern_refuse_at(reader, end, "prefix/suffix match pattern must be a string");
        return in_list ? pattern_refuse_at(reader, end, "%s", reader->message)
                       : false; /* twice, as AWS does */
    }
    if (affix && value->text.size == 0) {
        return pattern_refuse_at(reader, pattern_after_value(value), "Null prefix/suffix not allowed");
    }
    return read_string_operator(reader, row, value, excluded);
}

/* {"anything-but": ["a", "b"]} and the operators that may stand there: of one value or a list. */
static bool read_excluded(struct pattern_reader *reader, const struct string_operator *row,
                          const struct json_value *value, struct pattern_condition *condition) {
    bool is_list = value->type == JSON_VALUE_ARRAY;
    bool mixed = is_list && !value->child;
    const struct json_value *first = is_list ? value->child : value;
    for (const struct json_value *element = first; element; element = is_list ? element->next : NULL) {
        struct pattern_condition *excluded = new_condition(reader);
        if (row) {
            if (!read_excluded_operator(reader, row, element, is_list, excluded)) {
                return false;
            }
        } else if (element->type != JSON_VALUE_STRING && element->type != JSON_VALUE_NUMBER) {
            return pattern_refuse_at(
                reader, pattern_after_token(element),
                is_list ? "Inside anything but list, start|null|boolean is not supported."
                        : "Value of anything-but must be an array or single string/number value.");
        } else if (!read_literal(element, excluded)) {
            return pattern_refuse_at(reader, pattern_after_token(element), "Bad number in anything-but");
        }
        mixed = mixed || (!row && element->type != first->type);
        excluded->next = condition->excluded;
        condition->excluded = excluded;
    }
    if (mixed) {
        return pattern_refuse_at(
            reader, pattern_after_value(value),
            "Inside anything but list, either all values are number or string, mixed type is not supported");
    }
    condition->operator= PATTERN_ANYTHING_BUT;
    return true;
}

static bool read_anything_but(struct pattern_reader *reader, const struct json_value *value,
                              struct pattern_condition *condition) {
    if (value->type != JSON_VALUE_OBJECT) {
        return read_excluded(reader, NULL, value, condition);
    }
    const struct json_value *inner = value->child;
    if (!inner) {
        return pattern_refuse_at(reader, pattern_after_value(value),
                                 "Anything-But expression name not found");
    }
    const struct string_operator *row = find_string_operator(inner->key);
    if (!row || row->operator== PATTERN_CIDR) {
        return pattern_refuse_at(reader, inner->raw.data, "Unsupported anything-but pattern: %.*s",
                                 TEXT_ARGUMENTS(inner->key));
    }
    if (inner->next) {
        return pattern_refuse_at(reader, pattern_after_value(inner),
                                 "Only one key allowed in match expression");
    }
    return read_excluded(reader, row, inner, condition);
}

/* {"prefix": "a"} and the like. */
static bool read_expression(struct pattern_reader *reader, const struct json_value *expression,
                            struct pattern_condition *condition) {
    const struct json_value *value = expression->child;
    if (!value) {
        return pattern_refuse_at(reader, pattern_after_value(expression), "Match expression name not found");
    }
    const struct string_operator *row = find_string_operator(value->key);
    bool good;
    if (row) {
        good = read_string_operator(reader, row, value, condition);
    } else if (text_equals(value->key, "anything-but")) {
        good = read_anything_but(reader, value, condition);
    } else if (text_equals(value->key, "numeric")) {
        good = read_numeric(reader, value, condition);
    } else if (text_equals(value->key, "exists")) {
        condition->operator= PATTERN_EXISTS;
        condition->exists = value->type == JSON_VALUE_TRUE;
        good = condition->exists || value->type == JSON_VALUE_FALSE ||
               pattern_refuse_at(reader, pattern_after_token(value),
                                 "exists match pattern must be either true or false.");
    } else {
        good = pattern_refuse_at(reader, pattern_after_token(value), "Unrecognized match type %.*s",
                                 TEXT_ARGUMENTS(value->key));
    }
    if (good && value->next) {
        return pattern_refuse_at(reader, pattern_after_value(value),
                                 "Only one key allowed in match expression");
    }
    return good;
}

bool pattern_read_conditions(struct pattern_reader *reader, const struct json_value *list,
                             struct pattern_key *key) {
    if (!list->child) {
        return pattern_refuse_at(reader, pattern_after_value(list), "Empty arrays are not allowed");
    }
    struct pattern_condition **last = &key->conditions;
    for (const struct json_value *value = list->child; value; value = value->next) {
        *last = new_condition(reader);
        if (value->type == JSON_VALUE_OBJECT) {
            if (!read_expression(reader, value, *last)) {
                return false;
            }
        } else if (!read_literal(value, *last)) {
            return pattern_refuse_at(reader, pattern_after_token(value),
                                     "Match value must be String, number, true, false, or null");
        }
        last = &(*last)->next;
    }
    return true;
}
