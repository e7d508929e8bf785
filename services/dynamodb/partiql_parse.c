/* Statements of PartiQL. */
#include "services/dynamodb/partiql_lexer.h"

/* ---- SET ---- */

static bool same_path(const struct document_path *a, const struct document_path *b) {
    for (size_t i = 0; a->count == b->count && i < a->count; i++) {
        if (!text_same(a->steps[i].name, b->steps[i].name) || a->steps[i].index != b->steps[i].index) {
            return false;
        }
    }
    return a->count == b->count;
}

/* path = set_add(path, <<..>>) and set_delete are actions of their own. */
static bool read_set_function(struct partiql_parser *parser, struct update_action *action) {
    struct partiql_parser function = *parser, first;
    struct node *operands = node_new(parser->arena, NODE_AND);
    action->kind = partiql_at_word(parser, "set_add") ? UPDATE_ADD : UPDATE_DELETE;
    const char *name = action->kind == UPDATE_ADD ? "SET_ADD" : "SET_DELETE";
    partiql_advance(parser);
    first = *parser;
    do {
        partiql_advance(parser);
        first = operands->count == 0 ? *parser : first;
        struct node *operand = partiql_operand(parser);
        if (!operand) {
            return false;
        }
        node_add(operands, operand);
    } while (partiql_at(parser, ","));
    if (!partiql_expect(parser, ")")) {
        return false;
    }
    if (operands->count != 2) {
        return partiql_refuse_at(
            parser, arena_printf(parser->arena, "%s must have exactly two arguments", name), &function);
    }
    struct node *value = operands->first->next;
    if (operands->first->kind != NODE_PATH || !same_path(&operands->first->path, &action->path)) {
        return partiql_refuse_at(
            parser,
            arena_printf(parser->arena, "The first argument to %s must equal the assignment value", name),
            &function);
    }
    if (value->kind != NODE_VALUE || !attribute_is_set(value->value)) {
        return partiql_refuse_at(
            parser,
            arena_printf(parser->arena, "The second argument to %s must be a value with type SET", name),
            &first);
    }
    value->next = NULL;
    action->operand = value;
    return true;
}

static bool is_assignable(const struct node *node) {
    if (node->kind >= NODE_AND || node->kind == NODE_SIZE) {
        return false;
    }
    for (const struct node *operand = node->first; operand; operand = operand->next) {
        if (!is_assignable(operand)) {
            return false;
        }
    }
    return true;
}

struct update_action *partiql_assignment(struct partiql_parser *parser) {
    struct update_action *action = arena_zalloc(parser->arena, sizeof(*action));
    action->kind = UPDATE_SET;
    if (!partiql_path(parser, &action->path) || !partiql_expect(parser, "=")) {
        return NULL;
    }
    if (partiql_at_word(parser, "set_add") || partiql_at_word(parser, "set_delete")) {
        return read_set_function(parser, action) ? action : NULL;
    }
    struct node *value = partiql_operand(parser);
    if (!value) {
        return NULL;
    }
    bool plus = partiql_at(parser, "+");
    if (plus || partiql_at(parser, "-")) {
        partiql_advance(parser);
        struct node *sum = node_new(parser->arena, plus ? NODE_PLUS : NODE_MINUS);
        struct node *right = partiql_operand(parser);
        if (!right) {
            return NULL;
        }
        node_add(sum, value);
        node_add(sum, right);
        value = sum;
    }
    if (!is_assignable(value)) {
        return partiql_unexpected(parser);
    }
    action->operand = value;
    return action;
}

/* ---- statements ---- */

static bool read_table(struct partiql_parser *parser, struct partiql *statement) {
    if (parser->kind != PARTIQL_WORD && parser->kind != PARTIQL_QUOTED) {
        partiql_unexpected(parser);
        return false;
    }
    statement->table = parser->text;
    partiql_advance(parser);
    if (statement->kind == PARTIQL_SELECT && partiql_take(parser, ".")) {
        statement->index = parser->text;
        partiql_advance(parser);
    }
    if (statement->kind == PARTIQL_SELECT && partiql_at(parser, ".")) {
        return partiql_refuse(parser, "A path may contain at most 2 components in the FROM clause");
    }
    if (statement->table.size == 0 || (statement->index.data && statement->index.size == 0)) {
        return partiql_refuse(parser, "Path component cannot be an empty string");
    }
    return true;
}

/* Behind a table no other name may stand. */
static bool refuse_alias(struct partiql_parser *parser) {
    static const char *const words[] = {"WHERE", "ORDER", "SET", "REMOVE", "RETURNING"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (partiql_at_word(parser, words[i])) {
            return true;
        }
    }
    return (parser->kind != PARTIQL_WORD && parser->kind != PARTIQL_QUOTED) ||
           partiql_refuse(parser, "Aliasing is not supported");
}

static bool read_where(struct partiql_parser *parser, struct partiql *statement) {
    if (partiql_take_word(parser, "WHERE")) {
        statement->where = partiql_condition(parser);
        return statement->where != NULL;
    }
    return true;
}

static bool read_projection(struct partiql_parser *parser, struct partiql *statement) {
    struct projection_paths *all = arena_zalloc(parser->arena, sizeof(*all));
    size_t capacity = 0;
    struct partiql_parser count = *parser;
    if (partiql_take(parser, "*")) {
        return true;
    }
    if (partiql_take_word(&count, "COUNT") && partiql_take(&count, "(") && partiql_take(&count, "*") &&
        partiql_take(&count, ")")) { /* found out only when the index is known to be readable */
        (void)partiql_refuse_at(&count, "Unexpected path component", parser);
        statement->not_selectable = count.message;
        count.message = NULL;
        *parser = count;
        return true;
    }
    do {
        if (partiql_at_call(parser)) {
            return partiql_refuse_at(parser, "Unexpected path component", parser);
        }
        if (all->count == capacity) {
            capacity = capacity * 2 + 8;
            struct document_path *more = arena_alloc(parser->arena, capacity * sizeof(*more));
            if (all->count > 0) {
                memcpy(more, all->paths, all->count * sizeof(*more));
            }
            all->paths = more;
        }
        if (!partiql_path(parser, &all->paths[all->count++])) {
            return false;
        }
    } while (partiql_take(parser, ","));
    statement->projection = all;
    return true;
}

static bool read_select(struct partiql_parser *parser, struct partiql *statement) {
    if (!read_projection(parser, statement) || !partiql_expect_word(parser, "FROM") ||
        !read_table(parser, statement) || !refuse_alias(parser) || !read_where(parser, statement)) {
        return false;
    }
    if (partiql_take_word(parser, "ORDER")) {
        struct document_path path;
        do {
            if (!(partiql_take_word(parser, "BY") || partiql_take(parser, ",")) ||
                !partiql_path(parser, &path)) {
                partiql_unexpected(parser);
                return false;
            }
            statement->descending = partiql_take_word(parser, "DESC");
            if (!statement->descending) {
                (void)partiql_take_word(parser, "ASC");
            }
        } while (partiql_at(parser, ","));
    }
    return true;
}

static bool read_insert(struct partiql_parser *parser, struct partiql *statement) {
    if (!partiql_expect_word(parser, "INTO") || !read_table(parser, statement)) {
        return false;
    }
    if (!partiql_take_word(parser, "VALUE")) {
        return partiql_refuse(parser, NOT_WELL_FORMED "Unexpected token after expression");
    }
    parser->in_item = true;
    statement->item = partiql_value(parser);
    if (statement->item && statement->item->type != ATTRIBUTE_M) {
        partiql_unexpected(parser);
        return false;
    }
    return statement->item != NULL;
}

static bool read_returning(struct partiql_parser *parser, struct partiql *statement) {
    if (!partiql_take_word(parser, "RETURNING")) {
        return true;
    }
    bool all = partiql_take_word(parser, "ALL");
    if (!all && !partiql_expect_word(parser, "MODIFIED")) {
        return false;
    }
    bool old = partiql_take_word(parser, "OLD");
    if (!old && !partiql_expect_word(parser, "NEW")) {
        return false;
    }
    statement->returning = all ? (old ? RETURNING_ALL_OLD : RETURNING_ALL_NEW)
                               : (old ? RETURNING_MODIFIED_OLD : RETURNING_MODIFIED_NEW);
    return partiql_expect(parser, "*");
}

static bool read_actions(struct partiql_parser *parser, struct update *update) {
    struct update_action **end = &update->first;
    for (;;) {
        bool set = partiql_take_word(parser, "SET");
        if (!set && !partiql_take_word(parser, "REMOVE")) {
            break;
        }
        do {
            struct update_action *action =
                set ? partiql_assignment(parser) : arena_zalloc(parser->arena, sizeof(*action));
            if (!set) {
                action->kind = UPDATE_REMOVE;
            }
            if (!action || (!set && !partiql_path(parser, &action->path))) {
                return false;
            }
            *end = action;
            end = &action->next;
            update->path_count++;
        } while (partiql_take(parser, ","));
    }
    update->paths = arena_alloc(parser->arena, (update->path_count + 1) * sizeof(*update->paths));
    size_t count = 0;
    for (struct update_action *action = update->first; action; action = action->next) {
        update->paths[count++] = action->path;
    }
    const char *message = paths_check(parser->arena, update->paths, update->path_count);
    return !message || partiql_refuse(parser, message);
}

static bool read_update(struct partiql_parser *parser, struct partiql *statement) {
    statement->update = arena_zalloc(parser->arena, sizeof(*statement->update));
    if (!read_table(parser, statement) || !refuse_alias(parser) || !read_actions(parser, statement->update)) {
        return false;
    }
    if (!statement->update->first) {
        partiql_unexpected(parser);
        return false;
    }
    return read_where(parser, statement) && read_returning(parser, statement);
}

/* FROM t WHERE ... SET ...: the same the other way round. */
static bool read_from(struct partiql_parser *parser, struct partiql *statement) {
    statement->update = arena_zalloc(parser->arena, sizeof(*statement->update));
    if (!read_table(parser, statement) || !refuse_alias(parser) || !read_where(parser, statement) ||
        !read_actions(parser, statement->update)) {
        return false;
    }
    return statement->update->first ? read_returning(parser, statement) : partiql_unexpected(parser) != NULL;
}

static bool read_delete(struct partiql_parser *parser, struct partiql *statement) {
    static const char *const words[] = {[RETURNING_ALL_NEW] = "ALL NEW",
                                        [RETURNING_MODIFIED_OLD] = "MODIFIED OLD",
                                        [RETURNING_MODIFIED_NEW] = "MODIFIED NEW"};
    if (!partiql_expect_word(parser, "FROM") || !read_table(parser, statement) || !refuse_alias(parser) ||
        !read_where(parser, statement) || !read_returning(parser, statement)) {
        return false;
    }
    enum partiql_returning returning = statement->returning;
    return returning == RETURNING_NOTHING || returning == RETURNING_ALL_OLD ||
           partiql_refuse(parser, arena_printf(parser->arena,
                                               "Invalid returning clause: RETURNING %s *. Only RETURNING ALL "
                                               "OLD * is allowed in DELETE statements.",
                                               words[returning]));
}

/* EXISTS(SELECT ...): a condition of transactions. */
static bool read_exists(struct partiql_parser *parser, struct partiql *statement) {
    statement->kind = PARTIQL_SELECT;
    bool good = partiql_expect(parser, "(") && partiql_expect_word(parser, "SELECT") &&
                read_select(parser, statement) && partiql_expect(parser, ")");
    statement->kind = PARTIQL_EXISTS;
    return good;
}

struct partiql *partiql_parse(struct arena *arena, struct text source, const struct json_value *parameters,
                              const char **message) {
    static const struct {
        const char *word;
        enum partiql_kind kind;
        bool (*read)(struct partiql_parser *, struct partiql *);
    } rows[] = {
        {"SELECT", PARTIQL_SELECT, read_select}, {"INSERT", PARTIQL_INSERT, read_insert},
        {"UPDATE", PARTIQL_UPDATE, read_update}, {"DELETE", PARTIQL_DELETE, read_delete},
        {"EXISTS", PARTIQL_EXISTS, read_exists}, {"FROM", PARTIQL_UPDATE, read_from},
    };
    struct partiql_parser parser = {.arena = arena,
                                    .source = source,
                                    .place = "root",
                                    .next_parameter = parameters ? parameters->child : NULL};
    struct partiql *statement = arena_zalloc(arena, sizeof(*statement));
    size_t at = 0;
    partiql_advance(&parser);
    while (at < sizeof(rows) / sizeof(rows[0]) && !partiql_at_word(&parser, rows[at].word)) {
        at++;
    }
    if (at == sizeof(rows) / sizeof(rows[0])) {
        partiql_refuse(&parser, NOT_WELL_FORMED "Expected data manipulation");
    } else {
        statement->kind = rows[at].kind;
        partiql_advance(&parser);
        if (rows[at].read(&parser, statement) && parser.kind != PARTIQL_END) {
            partiql_refuse(&parser, NOT_WELL_FORMED "Unexpected token after expression");
        }
    }
    if (!parser.message && parser.next_parameter) {
        parser.message = "Number of parameters in request and statement don't match.";
    }
    *message = parser.message;
    return parser.message ? NULL : statement;
}
