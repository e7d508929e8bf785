/*
 * DynamoDB's typed values as a tree in an arena: read from requests (checked, with AWS's texts) or from
 * stored text (trusted), written back as JSON, compared, measured. Pure; knows no table and no expression.
 * Source: dynamodb.md section 3.
 */
#ifndef STACKRIG_ATTRIBUTE_VALUE_H
#define STACKRIG_ATTRIBUTE_VALUE_H

#include "emulator/base/json_value.h"
#include "services/dynamodb/dynamodb_number.h"

enum attribute_type {
    ATTRIBUTE_S,
    ATTRIBUTE_N,
    ATTRIBUTE_B,
    ATTRIBUTE_BOOL,
    ATTRIBUTE_NULL,
    ATTRIBUTE_SS,
    ATTRIBUTE_NS,
    ATTRIBUTE_BS,
    ATTRIBUTE_L,
    ATTRIBUTE_M,
    ATTRIBUTE_TYPE_COUNT
};

/* Levels of lists and maps in one attribute's value. */
#define ATTRIBUTE_MAXIMUM_DEPTH 32 /* the attribute itself is the first */
#define ITEM_MAXIMUM_BYTES 409600
/* In UTF-8. Longer ones are refused in every place. Source: Scylla's test_limits.py, run against AWS. */
#define ATTRIBUTE_MAXIMUM_NAME 65535
#define ATTRIBUTE_NAME_TOO_LONG                                                                              \
    "One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes"

/*
 * One value. Members of sets are values of type S, N or B; members of maps have a name. An item is a value of
 * type M. Trees share branches: nothing is changed in place but by document_path.h on copies.
 */
struct attribute {
    enum attribute_type type;
    bool boolean;
    uint32_t count;   /* of members: sets, L, M */
    struct text text; /* S: characters, N: normal form, B: bytes */
    struct text raw;  /* S and B: the JSON string as written, quotes included; absent: to be made */
    struct text name; /* of a member of a map */
    struct attribute *first;
    struct attribute *next;
};

/* "S", "NS", ... and AWS's words "STRING", "NUMBER_SET", ... */
const char *attribute_type_name(enum attribute_type type);
const char *attribute_type_word(enum attribute_type type);
/* False: no such type. */
bool attribute_type_of(struct text name, enum attribute_type *type);
static inline bool attribute_is_set(const struct attribute *value) {
    return value->type == ATTRIBUTE_SS || value->type == ATTRIBUTE_NS || value->type == ATTRIBUTE_BS;
}
/* Of the members of a set. */
enum attribute_type attribute_member_type(enum attribute_type set);

/* AWS checks values in two layers; which one an operation has decides the text. Source: dynamodb.md section
 * 0.
 */
enum wording { WORDING_OLDER, WORDING_CURRENT };

/* A checked value of a request ({"S": "x"}). NULL: *message is AWS's text. */
struct attribute *attribute_read(struct arena *arena, enum wording wording, const struct json_value *value,
                                 const char **message);
/* A checked item or key: a map of names to values. NULL JSON gives an empty item. */
struct attribute *attribute_read_item(struct arena *arena, enum wording wording,
                                      const struct json_value *item, const char **message);
/* Stored text: written by attribute_write_item(); dies when it is not. */
struct attribute *attribute_parse_item(struct arena *arena, struct text text);

/* One attribute of such text, without reading the others; NULL: it has none of that name. */
struct attribute *attribute_parse_member(struct arena *arena, struct text text, struct text name);

/* JSON without blanks; of an item: the map's braces without {"M": }. */
void attribute_write(struct strbuf *buffer, const struct attribute *value);
void attribute_write_item(struct strbuf *buffer, const struct attribute *item);

struct attribute *attribute_new(struct arena *arena, enum attribute_type type);
struct attribute *attribute_new_text(struct arena *arena, enum attribute_type type, struct text text);
struct attribute *attribute_new_number(struct arena *arena, const struct number *number);
/* A copy of this one node, with other name and without sibling; shares members. */
struct attribute *attribute_named(struct arena *arena, const struct attribute *value, struct text name);
/* Appends in place; the caller owns the list alone. */
void attribute_append(struct attribute *parent, struct attribute *member);
/* Member of a map (or item), or NULL. */
struct attribute *attribute_find(const struct attribute *map, struct text name);
/* Element of a list, or NULL. */
struct attribute *attribute_element(const struct attribute *list, uint32_t index);
/* Puts the members of a set in the order in which AWS shows them: strings and bytes bytewise, numbers by value.
 */
void attribute_sort_set(struct arena *arena, struct attribute *set);
/* True: a set has a member equal to `member`. */
bool attribute_set_has(const struct attribute *set, const struct attribute *member);

/* The parsed number of an N. */
struct number attribute_number(const struct attribute *value);
/* By value: sets in any order, maps in any order, deep. */
bool attribute_equals(const struct attribute *a, const struct attribute *b);
/* Order of S, N or B of one type. */
int attribute_compare(const struct attribute *a, const struct attribute *b);
/* Bytes as AWS counts them: of the value, and of an item with its names. */
size_t attribute_size(const struct attribute *value);
size_t attribute_item_size(const struct attribute *item);
/* Java style, as AWS's texts show values: {S:b}. */
void attribute_describe(struct strbuf *buffer, const struct attribute *value);

#endif
