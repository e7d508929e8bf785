/*
 * DynamoDB's expressions as trees: condition, filter, key condition, projection, update. Parsed with AWS's
 * texts for every mistake; PartiQL and the legacy parameters make the same trees by hand. Pure.
 * Source: dynamodb.md section 4.
 */
#ifndef STACKRIG_EXPRESSION_H
#define STACKRIG_EXPRESSION_H

#include "services/dynamodb/document_path.h"

/* ---- placeholders ---- */

struct placeholder {
    struct text key;  /* "#a", ":v" */
    struct text name; /* of a name */
    const struct attribute *value;
    bool used;
};

/* ExpressionAttributeNames and ExpressionAttributeValues of one request or of one part of a transaction. */
struct placeholders {
    struct arena *arena;
    struct placeholder *names;
    struct placeholder *values;
    size_t name_count;
    size_t value_count;
};

/* JSON maps as given, NULL: none. NULL on success, else AWS's text. */
const char *placeholders_read(struct placeholders *placeholders, struct arena *arena, enum wording wording,
                              const struct json_value *names, const struct json_value *values);
/* To ask after all expressions are parsed. NULL: every one is used. */
const char *placeholders_check_used(const struct placeholders *placeholders);

/* ---- trees ---- */

enum node_kind {
    /* operands */
    NODE_PATH,
    NODE_VALUE,
    NODE_SIZE,
    NODE_IF_NOT_EXISTS,
    NODE_LIST_APPEND,
    NODE_PLUS,
    NODE_MINUS,
    /* conditions */
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_EQ,
    NODE_NE,
    NODE_LT,
    NODE_LE,
    NODE_GT,
    NODE_GE,
    NODE_BETWEEN,
    NODE_IN,
    NODE_ATTRIBUTE_EXISTS,
    NODE_ATTRIBUTE_NOT_EXISTS,
    NODE_ATTRIBUTE_TYPE,
    NODE_BEGINS_WITH,
    NODE_CONTAINS,
    NODE_KIND_COUNT
};

struct node {
    enum node_kind kind;
    bool in_parentheses;
    struct node *first; /* operands */
    struct node *next;
    size_t count;
    struct document_path path;     /* NODE_PATH */
    const struct attribute *value; /* NODE_VALUE */
};

struct node *node_new(struct arena *arena, enum node_kind kind);
struct node *node_path(struct arena *arena, struct document_path path);
struct node *node_value(struct arena *arena, const struct attribute *value);
void node_add(struct node *parent, struct node *operand);
/* "=", "BETWEEN", "begins_with", ... */
const char *node_kind_name(enum node_kind kind);

struct update_action {
    enum { UPDATE_SET, UPDATE_REMOVE, UPDATE_ADD, UPDATE_DELETE } kind;
    struct document_path path;
    struct node *operand; /* not of REMOVE */
    struct update_action *next;
};

struct update {
    struct update_action *first;
    struct document_path *paths; /* of all actions, in their order */
    size_t path_count;
    bool legacy_add; /* AttributeUpdates: ADD works on lists too */
};

struct projection_paths {
    struct document_path *paths;
    size_t count;
};

/* "ConditionExpression" ...; in texts. */
enum expression_role { ROLE_CONDITION, ROLE_FILTER, ROLE_KEY_CONDITION, ROLE_UPDATE, ROLE_PROJECTION };

/* NULL: *message is AWS's text. */
struct node *condition_parse(struct placeholders *placeholders, enum expression_role role, struct text source,
                             const char **message);
struct update *update_parse(struct placeholders *placeholders, struct text source, const char **message);
struct projection_paths *projection_parse(struct placeholders *placeholders, struct text source,
                                          const char **message);
bool is_reserved_word(struct text word);
/* NULL: no two paths overlap or conflict; else the text behind "Invalid ...Expression: ". */
const char *paths_check(struct arena *arena, const struct document_path *paths, size_t count);

/* ---- evaluation ---- */

/* `item` may be an empty map: no item. */
bool expression_holds(struct arena *arena, const struct node *condition, const struct attribute *item);

/*
 * The item after the update; `item` (its old form, an empty map when there is none) is not changed. NULL:
 * *message is AWS's text. `exists`: there was an item.
 */
struct attribute *update_apply(struct arena *arena, const struct update *update, const struct attribute *item,
                               bool exists, const char **message);
/* False: on a missing item nothing is created (only REMOVE or DELETE actions). */
bool update_creates(const struct update *update);

#endif
