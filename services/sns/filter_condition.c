/* The conditions of a filter policy: literals and operators. */
#include <arpa/inet.h>
#include <math.h>

#include "services/sns/filter_reader.h"

#define MAXIMUM_NUMBER 1e9

/* Behind what follows an element: the next one, or the list's end. */
static const char *after_next(const struct json_value *list, const struct json_value *element) {
    return element->next ? filter_after_token(element->next) : filter_after_value(list);
}

/* What a token looks like in a text. */
static struct text token_text(const struct json_value *value) {
    return value->type == JSON_VALUE_STRING   ? value->text
           : value->type == JSON_VALUE_ARRAY  ? TEXT("[")
           : value->type == JSON_VALUE_OBJECT ? TEXT("{")
                                              : value->raw;
}

/* ---- numbers ---- */

static bool read_number(struct filter_reader *reader, const struct json_value *value, double *number) {
    if (!text_to_double(value->text, number) || fabs(*number) > MAXIMUM_NUMBER) {
        return filter_refuse_at(reader, filter_after_value(value),
                                "Value must be between %.1E and %.1E, inclusive", -MAXIMUM_NUMBER,
                                MAXIMUM_NUMBER);
    }
    return true;
}

static bool is_number(const struct json_value *value) {
    return value && value->type == JSON_VALUE_NUMBER;
}

/* One end of a range: "<" and "<=" from above, ">" and ">=" from below. */
static void set_end(struct filter_condition *condition, struct text operator, double number) {
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
static bool read_second_end(struct filter_reader *reader, const struct json_value *list,
                            const struct json_value *operator, struct filter_condition * condition) {
    double number;
    if (operator->type != JSON_VALUE_STRING) {
        return filter_refuse_at(reader, filter_after_token(operator), "Bad value in numeric range: %.*s",
                                TEXT_ARGUMENTS(token_text(operator)));
    }
    if (!is_comparison(operator->text, '<')) {
        return filter_refuse_at(reader, filter_after_value(operator), "Bad numeric range operator: %.*s",
                                TEXT_ARGUMENTS(operator->text));
    }
    const struct json_value *value = operator->next;
    if (!is_number(value)) {
        return filter_refuse_at(reader, after_next(list, operator), "Value of %.*s must be numeric",
                                TEXT_ARGUMENTS(operator->text));
    }
    if (!read_number(reader, value, &number)) {
        return false;
    }
    if (value->next) {
        return filter_refuse_at(reader, after_next(list, value),
                                "Too many terms in numeric range expression");
    }
    set_end(condition, operator->text, number);
    if (condition->low >= condition->high) {
        return filter_refuse_at(reader, filter_after_value(list), "Bottom must be less than top");
    }
    return true;
}

static bool read_numeric(struct filter_reader *reader, const struct json_value *list,
                         struct filter_condition *condition) {
    if (list->type != JSON_VALUE_ARRAY) {
        return filter_refuse_at(reader, filter_after_token(list), "Value of numeric must be an array.");
    }
    const struct json_value *first = list->child;
    double number;
    if (!first || first->type != JSON_VALUE_STRING) {
        return filter_refuse_at(reader, first ? filter_after_token(first) : filter_after_value(list),
                                "Invalid member in numeric match: %.*s",
                                TEXT_ARGUMENTS(first ? token_text(first) : TEXT("]")));
    }
    struct text operator= first->text;
    bool equals = text_equals(operator, "=");
    if (!equals && !is_comparison(operator, '<') && !is_comparison(operator, '>')) {
        return filter_refuse_at(reader, after_next(list, first), "Unrecognized numeric range operator: %.*s",
                                TEXT_ARGUMENTS(operator));
    }
    const struct json_value *value = first->next;
    if (!is_number(value)) {
        return filter_refuse_at(reader, after_next(list, first), "Value of %.*s must be numeric",
                                TEXT_ARGUMENTS(equals ? TEXT("equals") : operator));
    }
    if (!read_number(reader, value, &number)) {
        return false;
    }
    condition->operator= FILTER_NUMERIC;
    condition->low = equals ? number : -INFINITY;
    condition->high = equals ? number : INFINITY;
    if (!equals) {
        set_end(condition, operator, number);
    }
    if (!value->next) {
        return true;
    }
    if (equals || operator.data[0] == '<') {
        return filter_refuse_at(reader, after_next(list, value), "Too many elements in numeric expression");
    }
    return read_second_end(reader, list, value->next, condition);
}

/* ---- addresses ---- */

static bool read_cidr(struct filter_reader *reader, struct text text, struct filter_condition *condition) {
    struct text rest = text;
    struct text address = text_cut(&rest, '/');
    int64_t bits;
    if (!rest.data || text_find_char(rest, '/') >= 0) {
        return filter_refuse(reader, "Malformed CIDR, one '/' required");
    }
    if (!text_to_int64(rest, &bits)) {
        return filter_refuse(reader, "Malformed CIDR, mask bits must be an integer");
    }
    if (bits < 0) {
        return filter_refuse(reader, "Malformed CIDR, mask bits must not be negative");
    }
    char *string = arena_text_string(reader->arena, address);
    if (inet_pton(AF_INET, string, condition->network) == 1) {
        condition->network_size = 4;
    } else if (inet_pton(AF_INET6, string, condition->network) == 1) {
        condition->network_size = 16;
    } else {
        return filter_refuse(reader, "Nonstandard IP address: %s", string);
    }
    if (bits > condition->network_size * 8) {
        return filter_refuse(reader, condition->network_size == 4 ? "IPv4 mask bits must be < 32"
                                                                  : "IPv6 mask bits must be < 128");
    }
    condition->operator= FILTER_CIDR;
    condition->mask_bits = (int)bits;
    return true;
}

/* ---- conditions ---- */

/* Operators whose operand is a string; cidr names itself wrongly, as AWS does. */
static const struct string_operator {
    const char *name;
    const char *shown;
    enum filter_operator operator;
} string_operators[] = {
    {"prefix", "prefix", FILTER_PREFIX},
    {"suffix", "suffix", FILTER_SUFFIX},
    {"equals-ignore-case", "equals-ignore-case", FILTER_EQUALS_IGNORE_CASE},
    {"wildcard", "wildcard", FILTER_WILDCARD},
    {"cidr", "prefix", FILTER_CIDR},
};

static const struct string_operator *find_string_operator(struct text name) {
    for (size_t i = 0; i < sizeof(string_operators) / sizeof(string_operators[0]); i++) {
        if (text_equals(name, string_operators[i].name)) {
            return &string_operators[i];
        }
    }
    return NULL;
}

static bool read_string_operator(struct filter_reader *reader, const struct string_operator *row,
                                 const struct json_value *value, struct filter_condition *condition) {
    if (value->type != JSON_VALUE_STRING) {
        return filter_refuse_at(reader, filter_after_token(value), "%s match pattern must be a string",
                                row->shown);
    }
    condition->operator= row->operator;
    condition->text = value->text;
    if (row->operator== FILTER_WILDCARD && text_find(value->text, "**") >= 0) {
        return filter_refuse_at(reader, filter_after_value(value),
                                "Consecutive wildcard characters at pos %td", text_find(value->text, "**"));
    }
    return row->operator!= FILTER_CIDR || read_cidr(reader, value->text, condition);
}

/* A string, number, true, false or null that is meant itself. False: something else. */
static bool read_literal(const struct json_value *value, struct filter_condition *condition) {
    if (value->type == JSON_VALUE_ARRAY || value->type == JSON_VALUE_OBJECT) {
        return false;
    }
    condition->operator= FILTER_EQUALS;
    condition->type = value->type;
    condition->text = value->text;
    if (value->type == JSON_VALUE_NUMBER) {
        condition->operator= FILTER_NUMERIC;
        if (!text_to_double(value->text, &condition->low)) {
            return false;
        }
        condition->high = condition->low;
    }
    return true;
}

static struct filter_condition *new_condition(struct filter_reader *reader) {
    return arena_zalloc(reader->arena, sizeof(struct filter_condition));
}

/* {"anything-but": ["a", "b"]} and the operators that may stand there: of one value or a list. */
static bool read_excluded(struct filter_reader *reader, const struct string_operator *row,
                          const struct json_value *value, struct filter_condition *condition) {
    bool is_list = value->type == JSON_VALUE_ARRAY;
    if (is_list && !value->child) {
        return filter_refuse_at(reader, filter_after_value(value), "Empty arrays are not allowed");
    }
    const struct json_value *first = is_list ? value->child : value;
    for (const struct json_value *element = first; element; element = is_list ? element->next : NULL) {
        struct filter_condition *excluded = new_condition(reader);
        if (row) {
            if (!read_string_operator(reader, row, element, excluded)) {
                return false;
            }
        } else if (element->type != JSON_VALUE_STRING && element->type != JSON_VALUE_NUMBER) {
            return filter_refuse_at(
                reader, filter_after_token(element),
                is_list ? "Inside anything but list, start|null|boolean is not supported."
                        : "Value of anything-but must be an array or single string/number value.");
        } else if (element->type != first->type) {
            return filter_refuse_at(
                reader, filter_after_value(value),
                "Inside anything but list, either all values are number or string, mixed type is "
                "not supported");
        } else if (!read_literal(element, excluded)) {
            return filter_refuse_at(reader, filter_after_token(element), "Bad number in anything-but");
        }
        excluded->next = condition->excluded;
        condition->excluded = excluded;
    }
    condition->operator= FILTER_ANYTHING_BUT;
    return true;
}

static bool read_anything_but(struct filter_reader *reader, const struct json_value *value,
                              struct filter_condition *condition) {
    if (value->type != JSON_VALUE_OBJECT) {
        return read_excluded(reader, NULL, value, condition);
    }
    const struct json_value *inner = value->child;
    if (!inner) {
        return filter_refuse_at(reader, filter_after_value(value), "Anything-But expression name not found");
    }
    const struct string_operator *row = find_string_operator(inner->key);
    if (!row || row->operator== FILTER_CIDR) {
        return filter_refuse_at(reader, inner->raw.data, "Unsupported anything-but pattern: %.*s",
                                TEXT_ARGUMENTS(inner->key));
    }
    if (inner->next) {
        return filter_refuse_at(reader, filter_after_value(inner),
                                "Only one key allowed in match expression");
    }
    return read_excluded(reader, row, inner, condition);
}

/* {"prefix": "a"} and the like. */
static bool read_expression(struct filter_reader *reader, const struct json_value *expression,
                            struct filter_condition *condition) {
    const struct json_value *value = expression->child;
    if (!value) {
        return filter_refuse_at(reader, filter_after_value(expression), "Match expression name not found");
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
        condition->operator= FILTER_EXISTS;
        condition->exists = value->type == JSON_VALUE_TRUE;
        good = condition->exists || value->type == JSON_VALUE_FALSE ||
               filter_refuse_at(reader, filter_after_token(value),
                                "exists match pattern must be either true or false.");
    } else {
        good = filter_refuse_at(reader, value->raw.data - 1, "Unrecognized match type %.*s",
                                TEXT_ARGUMENTS(value->key));
    }
    if (good && value->next) {
        return filter_refuse_at(reader, filter_after_value(value),
                                "Only one key allowed in match expression");
    }
    return good;
}

bool filter_read_conditions(struct filter_reader *reader, const struct json_value *list,
                            struct filter_key *key) {
    if (!list->child) {
        return filter_refuse_at(reader, filter_after_value(list), "Empty arrays are not allowed");
    }
    struct filter_condition **last = &key->conditions;
    for (const struct json_value *value = list->child; value; value = value->next) {
        *last = new_condition(reader);
        if (value->type == JSON_VALUE_OBJECT) {
            if (!read_expression(reader, value, *last)) {
                return false;
            }
        } else if (!read_literal(value, *last)) {
            return filter_refuse_at(reader, filter_after_token(value),
                                    "Match value must be String, number, true, false, or null");
        }
        last = &(*last)->next;
    }
    return true;
}
