/* Grammar of update expressions and projections, and the placeholders of all expressions. */
#include "services/dynamodb/expression_parser.h"

static const char *const clause_names[] = {
    [UPDATE_SET] = "SET", [UPDATE_REMOVE] = "REMOVE", [UPDATE_ADD] = "ADD", [UPDATE_DELETE] = "DELETE"};
#define CLAUSE_COUNT 4

/* ---- placeholders ---- */

static bool is_placeholder_key(struct text key, char sign) {
    if (key.size < 2 || key.data[0] != sign) {
        return false;
    }
    for (size_t i = 1; i < key.size; i++) {
        char byte = key.data[i];
        bool good = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                    (byte >= 'A' && byte <= 'Z') || byte == '_';
        if (!good) {
            return false;
        }
    }
    return true;
}

/* NULL: every key begins with the sign and is not longer than AWS allows. */
static const char *check_keys(struct arena *arena, const struct json_value *map, const char *member,
                              char sign) {
    if (map && map->count == 0) {
        return arena_printf(arena, "%s must not be empty", member);
    }
    for (const struct json_value *entry = map ? map->child : NULL; entry; entry = entry->next) {
        if (!is_placeholder_key(entry->key, sign)) {
            return arena_printf(arena, "%s contains invalid key: Syntax error; key: \"%.*s\"", member,
                                TEXT_ARGUMENTS(entry->key));
        }
        if (entry->key.size > 255) {
            return arena_printf(arena,
                                "%s contains invalid key: The expression attribute map contains a key that "
                                "is too long; key: \"%.*s\"",
                                member, TEXT_ARGUMENTS(entry->key));
        }
    }
    return NULL;
}

const char *placeholders_read(struct placeholders *placeholders, struct arena *arena, enum wording wording,
                              const struct json_value *names, const struct json_value *values) {
    *placeholders = (struct placeholders){.arena = arena};
    const char *message = check_keys(arena, names, "ExpressionAttributeNames", '#');
    message = message ? message : check_keys(arena, values, "ExpressionAttributeValues", ':');
    if (message) {
        return message;
    }
    placeholders->names = arena_zalloc(arena, (names ? names->count : 0) * sizeof(struct placeholder));
    for (const struct json_value *entry = names ? names->child : NULL; entry; entry = entry->next) {
        if (entry->text.size > ATTRIBUTE_MAXIMUM_NAME) {
            return arena_printf(arena, "ExpressionAttributeNames contains invalid value: %s for key %.*s",
                                ATTRIBUTE_NAME_TOO_LONG, TEXT_ARGUMENTS(entry->key));
        }
        placeholders->names[placeholders->name_count++] =
            (struct placeholder){.key = entry->key, .name = entry->text};
    }
    placeholders->values = arena_zalloc(arena, (values ? values->count : 0) * sizeof(struct placeholder));
    for (const struct json_value *entry = values ? values->child : NULL; entry; entry = entry->next) {
        struct placeholder *value = &placeholders->values[placeholders->value_count++];
        value->key = entry->key;
        value->value = attribute_read(arena, wording, entry, &message);
        if (!value->value && wording == WORDING_CURRENT) {
            return message;
        }
        if (!value->value) {
            return arena_printf(arena, "ExpressionAttributeValues contains invalid value: %s for key %.*s",
                                message, TEXT_ARGUMENTS(entry->key));
        }
    }
    return NULL;
}

static const char *unused_message(struct arena *arena, const char *member, const struct placeholder *all,
                                  size_t count) {
    struct strbuf keys = STRBUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (!all[i].used) {
            strbuf_append_string(&keys, keys.size > 0 ? ", " : "");
            strbuf_append_text(&keys, all[i].key);
        }
    }
    const char *message =
        keys.size > 0
            ? arena_printf(arena, "Value provided in %s unused in expressions: keys: {%s}", member, keys.data)
            : NULL;
    strbuf_release(&keys);
    return message;
}

const char *placeholders_check_used(const struct placeholders *placeholders) {
    const char *message = unused_message(placeholders->arena, "ExpressionAttributeNames", placeholders->names,
                                         placeholders->name_count);
    return message ? message
                   : unused_message(placeholders->arena, "ExpressionAttributeValues", placeholders->values,
                                    placeholders->value_count);
}

/* ---- paths against each other ---- */

const char *paths_check(struct arena *arena, const struct document_path *paths, size_t count) {
    static const char *const words[] = {[PATHS_OVERLAP] = "overlap", [PATHS_CONFLICT] = "conflict"};
    for (enum path_relation relation = PATHS_OVERLAP; relation <= PATHS_CONFLICT; relation++) {
        for (size_t late = 1; late < count; late++) {
            for (size_t early = 0; early < late; early++) {
                if (paths_relation(&paths[early], &paths[late]) != relation) {
                    continue;
                }
                struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
                path_describe(&one, &paths[early]);
                path_describe(&two, &paths[late]);
                const char *message = arena_printf(
                    arena,
                    "Two document paths %s with each other; must remove or rewrite one of these paths; path "
                    "one: %s, path two: %s",
                    words[relation], one.data, two.data);
                strbuf_release(&one);
                strbuf_release(&two);
                return message;
            }
        }
    }
    return NULL;
}

/* ---- update ---- */

/* Functions inside a function: list_append is not allowed there. */
static void check_nesting(struct parser *parser, const struct node *node) {
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        if (operand->kind == NODE_LIST_APPEND && node->kind != NODE_IF_NOT_EXISTS) {
            parser_mistake(parser, MISTAKE_MISUSED_FUNCTION,
                           "The function is not allowed to be used this way in an expression; function: "
                           "list_append");
        }
        check_nesting(parser, operand);
    }
}

static struct node *parse_set_value(struct parser *parser) {
    size_t brackets = 0;
    for (; parser_at_symbol(parser, "("); brackets++) {
        parser_advance(parser);
    }
    struct node *value = parse_operand(parser);
    if (!value) {
        return NULL;
    }
    bool plus = parser_at_symbol(parser, "+");
    if (plus || parser_at_symbol(parser, "-")) {
        struct node *sum = node_new(parser->arena, plus ? NODE_PLUS : NODE_MINUS);
        parser_count_operator(parser);
        parser_advance(parser);
        node_add(sum, value);
        struct node *right = parse_operand(parser);
        if (!right) {
            return NULL;
        }
        node_add(sum, right);
        check_operands(parser, sum);
        value = sum;
    }
    check_nesting(parser, value);
    while (brackets > 0 && parser_expect(parser, ")")) {
        brackets--;
    }
    return brackets == 0 ? value : NULL;
}

/* ADD and DELETE take constants of some types only, and say so in words. */
static void check_change(struct parser *parser, const struct update_action *action) {
    const struct attribute *value = action->operand->value;
    bool good =
        !value || attribute_is_set(value) || (action->kind == UPDATE_ADD && value->type == ATTRIBUTE_N);
    if (!good) {
        parser_mistake(parser, MISTAKE_OPERAND,
                       "Incorrect operand type for operator or function; operator: %s, operand type: %s",
                       clause_names[action->kind], attribute_type_word(value->type));
    }
}

static bool parse_action(struct parser *parser, struct update_action *action) {
    if (!parse_path(parser, &action->path)) {
        return false;
    }
    if (action->kind == UPDATE_SET) {
        if (!parser_expect(parser, "=")) {
            return false;
        }
        action->operand = parse_set_value(parser);
        return action->operand != NULL;
    }
    if (action->kind == UPDATE_ADD || action->kind == UPDATE_DELETE) {
        if (parser->token.kind != TOKEN_VALUE) {
            parser_syntax_error(parser);
            return false;
        }
        action->operand = parse_operand(parser);
        check_change(parser, action);
    }
    return true;
}

static bool parse_clause(struct parser *parser, int clause, struct update *update,
                         struct update_action ***end) {
    parser_advance(parser);
    for (;;) {
        struct update_action *action = arena_zalloc(parser->arena, sizeof(*action));
        action->kind = clause;
        if (!parse_action(parser, action)) {
            return false;
        }
        **end = action;
        *end = &action->next;
        update->path_count++;
        if (!parser_at_symbol(parser, ",")) {
            return true;
        }
        parser_advance(parser);
    }
}

static void collect_paths(struct parser *parser, struct update *update) {
    update->paths = arena_alloc(parser->arena, (update->path_count + 1) * sizeof(*update->paths));
    size_t count = 0;
    for (struct update_action *action = update->first; action; action = action->next) {
        update->paths[count++] = action->path;
    }
}

struct update *update_parse(struct placeholders *placeholders, struct text source, const char **message) {
    static const enum mistake order[] = {MISTAKE_RESERVED,    MISTAKE_UNKNOWN_FUNCTION, MISTAKE_SECTION,
                                         MISTAKE_PLACEHOLDER, MISTAKE_DISTINCT,         MISTAKE_OPERAND,
                                         MISTAKE_FUNCTION,    MISTAKE_MISUSED_FUNCTION, MISTAKE_COUNT};
    struct parser parser;
    if (!parser_begin(&parser, placeholders, ROLE_UPDATE, source, message)) {
        return NULL;
    }
    struct update *update = arena_zalloc(parser.arena, sizeof(*update));
    struct update_action **end = &update->first;
    bool seen[CLAUSE_COUNT] = {false};
    while (!parser.syntax && parser.token.kind != TOKEN_END) {
        int clause = 0;
        while (clause < CLAUSE_COUNT && !parser_at_word(&parser, clause_names[clause])) {
            clause++;
        }
        if (clause == CLAUSE_COUNT) {
            parser_syntax_error(&parser);
            break;
        }
        if (seen[clause]) {
            parser_mistake(&parser, MISTAKE_SECTION,
                           "The \"%s\" section can only be used once in an update expression;",
                           clause_names[clause]);
        }
        seen[clause] = true;
        if (!parse_clause(&parser, clause, update, &end)) {
            break;
        }
    }
    collect_paths(&parser, update);
    const char *paths = paths_check(parser.arena, update->paths, update->path_count);
    if (paths) { /* has no rank of its own: between placeholders and operands */
        parser.mistakes[MISTAKE_DISTINCT] = paths;
    }
    *message = parser_verdict(&parser, order);
    return *message ? NULL : update;
}

/* ---- projection ---- */

struct projection_paths *projection_parse(struct placeholders *placeholders, struct text source,
                                          const char **message) {
    static const enum mistake order[] = {MISTAKE_RESERVED, MISTAKE_PLACEHOLDER, MISTAKE_OPERAND,
                                         MISTAKE_DISTINCT, MISTAKE_COUNT};
    struct parser parser;
    if (!parser_begin(&parser, placeholders, ROLE_PROJECTION, source, message)) {
        return NULL;
    }
    struct projection_paths *projection = arena_zalloc(parser.arena, sizeof(*projection));
    size_t capacity = 0;
    for (;;) {
        if (projection->count == capacity) {
            capacity = capacity * 2 + 8;
            struct document_path *more = arena_alloc(parser.arena, capacity * sizeof(*more));
            if (projection->count > 0) {
                memcpy(more, projection->paths, projection->count * sizeof(*more));
            }
            projection->paths = more;
        }
        if (!parse_path(&parser, &projection->paths[projection->count])) {
            break;
        }
        projection->count++;
        if (parser.token.kind == TOKEN_END) {
            parser.mistakes[MISTAKE_DISTINCT] =
                paths_check(parser.arena, projection->paths, projection->count);
            break;
        }
        if (!parser_expect(&parser, ",")) {
            break;
        }
    }
    *message = parser_verdict(&parser, order);
    return *message ? NULL : projection;
}
