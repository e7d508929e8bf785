#include "services/logs/filter_condition.h"

#include "emulator/base/pattern.h"

/* Brackets inside brackets; more is refused, so that a request cannot exhaust the stack. */
#define MAXIMUM_DEPTH 32
/* Columns that a message is split into. */
#define MAXIMUM_COLUMNS 128

enum relation {
    RELATION_AND,
    RELATION_OR,
    RELATION_EQUAL,
    RELATION_NOT_EQUAL,
    RELATION_LESS,
    RELATION_LESS_EQUAL,
    RELATION_GREATER,
    RELATION_GREATER_EQUAL,
    RELATION_IS_TRUE,
    RELATION_IS_FALSE,
    RELATION_IS_NULL,
    RELATION_NOT_EXISTS,
};

struct filter_condition {
    enum relation relation;
    const struct filter_condition *left; /* AND, OR */
    const struct filter_condition *right;
    struct text selector; /* "$.a.b[0]"; a column's name in column patterns */
    struct text value;
    bool is_number; /* value is a number without quotes */
    double number;
    struct pattern *regex; /* %...%; NULL: a text, in which * is any run */
};

struct parser {
    struct arena *arena;
    struct text rest;
    bool columns; /* selectors are plain names, and the name may be left out */
    int depth;
};

/* ---- Parsing ---- */

static void skip_blanks(struct parser *parser) {
    while (parser->rest.size > 0 && strchr(" \t\r\n", parser->rest.data[0])) {
        parser->rest = text_slice(parser->rest, 1, parser->rest.size);
    }
}

static bool accept(struct parser *parser, const char *word) {
    skip_blanks(parser);
    if (!text_starts_with(parser->rest, word)) {
        return false;
    }
    parser->rest = text_slice(parser->rest, strlen(word), parser->rest.size);
    return true;
}

/* Up to a byte of `stops` or the end. */
static struct text take_until(struct parser *parser, const char *stops) {
    size_t size = 0;
    while (size < parser->rest.size && !strchr(stops, parser->rest.data[size])) {
        size++;
    }
    struct text taken = text_slice(parser->rest, 0, size);
    parser->rest = text_slice(parser->rest, size, parser->rest.size);
    return taken;
}

static bool take_quoted(struct parser *parser, struct text *out) {
    struct text rest = parser->rest;
    char *copy = arena_alloc(parser->arena, rest.size + 1);
    size_t size = 0;
    for (size_t i = 1; i < rest.size; i++) {
        char byte = rest.data[i];
        if (byte == '"') {
            *out = (struct text){copy, size};
            parser->rest = text_slice(rest, i + 1, rest.size);
            return true;
        }
        if (byte == '\\' && i + 1 < rest.size) {
            byte = rest.data[++i];
        }
        copy[size++] = byte;
    }
    return false;
}

static bool parse_value(struct parser *parser, struct filter_condition *condition) {
    skip_blanks(parser);
    if (text_starts_with(parser->rest, "\"")) {
        return take_quoted(parser, &condition->value);
    }
    if (text_starts_with(parser->rest, "%")) {
        parser->rest = text_slice(parser->rest, 1, parser->rest.size);
        struct text expression = take_until(parser, "%");
        condition->regex = pattern_compile(parser->arena, expression, NULL);
        return accept(parser, "%") && condition->regex;
    }
    condition->value = text_trim(take_until(parser, parser->columns ? " \t,]|&" : " \t\r\n)}|&"));
    condition->is_number = text_to_double(condition->value, &condition->number);
    return condition->value.size > 0;
}

static bool parse_comparison(struct parser *parser, struct filter_condition *condition) {
    static const struct {
        const char *sign;
        enum relation relation;
    } signs[] = {{"!=", RELATION_NOT_EQUAL}, {"<=", RELATION_LESS_EQUAL}, {">=", RELATION_GREATER_EQUAL},
                 {"=", RELATION_EQUAL},      {"<", RELATION_LESS},        {">", RELATION_GREATER}};
    static const struct {
        const char *words[2];
        enum relation relation;
    } tests[] = {{{"IS", "TRUE"}, RELATION_IS_TRUE},
                 {{"IS", "FALSE"}, RELATION_IS_FALSE},
                 {{"IS", "NULL"}, RELATION_IS_NULL},
                 {{"NOT", "EXISTS"}, RELATION_NOT_EXISTS}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (accept(parser, signs[i].sign)) {
            condition->relation = signs[i].relation;
            return parse_value(parser, condition);
        }
    }
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        struct text before = parser->rest;
        if (accept(parser, tests[i].words[0]) && accept(parser, tests[i].words[1])) {
            condition->relation = tests[i].relation;
            return true;
        }
        parser->rest = before;
    }
    return false;
}

static const struct filter_condition *parse_or(struct parser *parser);

static const struct filter_condition *parse_single(struct parser *parser) {
    if (accept(parser, "(")) {
        if (++parser->depth > MAXIMUM_DEPTH) {
            return NULL;
        }
        const struct filter_condition *inner = parse_or(parser);
        parser->depth--;
        return inner && accept(parser, ")") ? inner : NULL;
    }
    struct filter_condition *condition = arena_zalloc(parser->arena, sizeof(*condition));
    skip_blanks(parser);
    condition->selector = text_trim(take_until(parser, parser->columns ? " \t=!<>,]|&" : " \t\r\n=!<>)}|&"));
    if (!parser->columns && !text_starts_with(condition->selector, "$")) {
        return NULL;
    }
    return parse_comparison(parser, condition) ? condition : NULL;
}

static const struct filter_condition *join(struct parser *parser, enum relation relation,
                                           const struct filter_condition *left,
                                           const struct filter_condition *right) {
    if (!right) {
        return NULL;
    }
    struct filter_condition *condition = arena_zalloc(parser->arena, sizeof(*condition));
    condition->relation = relation;
    condition->left = left;
    condition->right = right;
    return condition;
}

static const struct filter_condition *parse_and(struct parser *parser) {
    const struct filter_condition *condition = parse_single(parser);
    while (condition && accept(parser, "&&")) {
        condition = join(parser, RELATION_AND, condition, parse_single(parser));
    }
    return condition;
}

static const struct filter_condition *parse_or(struct parser *parser) {
    const struct filter_condition *condition = parse_and(parser);
    while (condition && accept(parser, "||")) {
        condition = join(parser, RELATION_OR, condition, parse_and(parser));
    }
    return condition;
}

struct filter_condition *filter_condition_parse(struct arena *arena, struct text source) {
    struct parser parser = {.arena = arena, .rest = source};
    if (!accept(&parser, "{")) {
        return NULL;
    }
    const struct filter_condition *condition = parse_or(&parser);
    if (!condition || !accept(&parser, "}")) {
        return NULL;
    }
    skip_blanks(&parser);
    return parser.rest.size == 0 ? (struct filter_condition *)condition : NULL;
}

/* ---- Evaluation ---- */

/* `*` in the wanted text stands for any run of bytes. */
static bool wildcard_matches(struct text wanted, struct text found) {
    size_t w = 0;
    size_t f = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    while (f < found.size) {
        if (w < wanted.size && wanted.data[w] == '*') {
            star = w++;
            resume = f;
        } else if (w < wanted.size && wanted.data[w] == found.data[f]) {
            w++;
            f++;
        } else if (star != SIZE_MAX) {
            w = star + 1;
            f = ++resume;
        } else {
            return false;
        }
    }
    while (w < wanted.size && wanted.data[w] == '*') {
        w++;
    }
    return w == wanted.size;
}

/* A found text against the condition; for = and != texts, for the rest numbers. */
static bool text_holds(const struct filter_condition *condition, struct text found) {
    double number;
    bool both_numbers = condition->is_number && text_to_double(found, &number);
    bool equal = condition->regex ? pattern_matches(condition->regex, found)
                 : both_numbers   ? number == condition->number
                                  : wildcard_matches(condition->value, found);
    if (condition->relation == RELATION_EQUAL || condition->relation == RELATION_NOT_EQUAL) {
        return equal == (condition->relation == RELATION_EQUAL);
    }
    if (!both_numbers) {
        return false;
    }
    return condition->relation == RELATION_LESS            ? number < condition->number
           : condition->relation == RELATION_LESS_EQUAL    ? number <= condition->number
           : condition->relation == RELATION_GREATER       ? number > condition->number
           : condition->relation == RELATION_GREATER_EQUAL ? number >= condition->number
                                                           : false;
}

/* One step of a selector off the front: ".name", "['name']" or "[3]"; false at the end or when malformed. */
static bool next_step(struct text *rest, struct text *name, bool *is_index) {
    if (text_starts_with(*rest, ".")) {
        size_t size = 1;
        while (size < rest->size && rest->data[size] != '.' && rest->data[size] != '[') {
            size++;
        }
        *name = text_slice(*rest, 1, size - 1);
        *rest = text_slice(*rest, size, rest->size);
        *is_index = false;
        return true;
    }
    ptrdiff_t end = text_find_char(*rest, ']');
    if (!text_starts_with(*rest, "[") || end < 0) {
        return false;
    }
    *name = text_slice(*rest, 1, (size_t)end - 1);
    *rest = text_slice(*rest, (size_t)end + 1, rest->size);
    *is_index = name->size > 0 && name->data[0] != '\'' && name->data[0] != '"';
    if (!*is_index && name->size >= 2) {
        *name = text_slice(*name, 1, name->size - 2);
    }
    return true;
}

static bool is_wanted(const struct json_value *child, uint32_t position, struct text name, bool is_index) {
    int64_t number;
    if (text_equals(name, "*")) {
        return true;
    }
    return is_index ? text_to_int64(name, &number) && number == (int64_t)position
                    : text_same(child->key, name);
}

static bool value_holds(const struct filter_condition *condition, const struct json_value *value) {
    switch (condition->relation) {
    case RELATION_IS_NULL:
        return value->type == JSON_VALUE_NULL;
    case RELATION_IS_TRUE:
        return value->type == JSON_VALUE_TRUE;
    case RELATION_IS_FALSE:
        return value->type == JSON_VALUE_FALSE;
    case RELATION_NOT_EXISTS:
    case RELATION_AND:
    case RELATION_OR:
        return false;
    case RELATION_EQUAL:
    case RELATION_NOT_EQUAL:
    case RELATION_LESS:
    case RELATION_LESS_EQUAL:
    case RELATION_GREATER:
    case RELATION_GREATER_EQUAL:
        break;
    }
    bool scalar = value->type == JSON_VALUE_STRING || value->type == JSON_VALUE_NUMBER;
    return scalar && text_holds(condition, value->text);
}

enum found { FOUND_NOTHING, FOUND_OTHER, FOUND_HOLDING };

/* Follows the selector; with wildcards one holding value is enough. */
static enum found follow(const struct filter_condition *condition, const struct json_value *value,
                         struct text rest) {
    struct text name;
    bool is_index;
    if (rest.size == 0) {
        return value_holds(condition, value) ? FOUND_HOLDING : FOUND_OTHER;
    }
    if (!next_step(&rest, &name, &is_index) ||
        value->type != (is_index ? JSON_VALUE_ARRAY : JSON_VALUE_OBJECT)) {
        return FOUND_NOTHING;
    }
    enum found best = FOUND_NOTHING;
    uint32_t position = 0;
    for (const struct json_value *child = value->child; child; child = child->next, position++) {
        if (is_wanted(child, position, name, is_index)) {
            enum found found = follow(condition, child, rest);
            best = found > best ? found : best;
        }
    }
    return best;
}

bool filter_condition_holds(const struct filter_condition *condition, const struct json_value *document) {
    if (condition->relation == RELATION_AND) {
        return filter_condition_holds(condition->left, document) &&
               filter_condition_holds(condition->right, document);
    }
    if (condition->relation == RELATION_OR) {
        return filter_condition_holds(condition->left, document) ||
               filter_condition_holds(condition->right, document);
    }
    enum found found =
        follow(condition, document, text_slice(condition->selector, 1, condition->selector.size));
    return condition->relation == RELATION_NOT_EXISTS ? found == FOUND_NOTHING : found == FOUND_HOLDING;
}

/* ---- Columns ---- */

struct column {
    bool rest;                                /* "...": any number of columns */
    const struct filter_condition *condition; /* NULL: anything */
    struct column *next;
};

struct filter_columns {
    struct column *first;
};

static bool parse_column(struct parser *parser, struct column *column) {
    if (accept(parser, "...")) {
        column->rest = true;
        return true;
    }
    struct text before = parser->rest;
    struct text name = text_trim(take_until(parser, "=!<>,]|&"));
    char stop = parser->rest.size > 0 ? parser->rest.data[0] : '\0';
    if (stop == ',' || stop == ']') {
        return name.size > 0;
    }
    parser->rest = before;
    column->condition = parse_or(parser);
    return column->condition;
}

struct filter_columns *filter_columns_parse(struct arena *arena, struct text source) {
    struct parser parser = {.arena = arena, .rest = source, .columns = true};
    struct filter_columns *columns = arena_zalloc(arena, sizeof(*columns));
    struct column **end = &columns->first;
    if (!accept(&parser, "[")) {
        return NULL;
    }
    do {
        struct column *column = arena_zalloc(arena, sizeof(*column));
        if (!parse_column(&parser, column)) {
            return NULL;
        }
        *end = column;
        end = &column->next;
    } while (accept(&parser, ","));
    return accept(&parser, "]") ? columns : NULL;
}

/* A word, or what stands between quotes or square brackets. */
static struct text next_column(struct text *rest) {
    char first = rest->data[0];
    char close = first == '"' ? '"' : first == '[' ? ']' : '\0';
    size_t size = close ? 1 : 0;
    while (size < rest->size && (close ? rest->data[size] != close : rest->data[size] != ' ')) {
        size++;
    }
    struct text column = close ? text_slice(*rest, 1, size - 1) : text_slice(*rest, 0, size);
    *rest = text_slice(*rest, close && size < rest->size ? size + 1 : size, rest->size);
    return column;
}

static bool column_holds(const struct filter_condition *condition, struct text found) {
    if (!condition) {
        return true;
    }
    if (condition->relation == RELATION_AND) {
        return column_holds(condition->left, found) && column_holds(condition->right, found);
    }
    if (condition->relation == RELATION_OR) {
        return column_holds(condition->left, found) || column_holds(condition->right, found);
    }
    return text_holds(condition, found);
}

/* Goes back to the last "..." when something does not fit: its run is one column longer then. */
static bool columns_match(const struct column *column, const struct text *found, size_t count) {
    const struct column *after_rest = NULL;
    size_t resume = 0;
    size_t i = 0;
    while (i < count) {
        if (column && column->rest) {
            after_rest = column = column->next;
            resume = i;
            if (!column) {
                return true;
            }
        } else if (column && column_holds(column->condition, found[i])) {
            column = column->next;
            i++;
        } else if (after_rest) {
            column = after_rest;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (column && column->rest) {
        column = column->next;
    }
    return !column;
}

bool filter_columns_match(const struct filter_columns *columns, struct text message, struct arena *arena) {
    struct text *found = arena_alloc(arena, MAXIMUM_COLUMNS * sizeof(*found));
    size_t count = 0;
    struct text rest = text_trim(message);
    while (rest.size > 0 && count < MAXIMUM_COLUMNS) {
        if (rest.data[0] == ' ') {
            rest = text_slice(rest, 1, rest.size);
        } else {
            found[count++] = next_column(&rest);
        }
    }
    return columns_match(columns->first, found, count);
}
