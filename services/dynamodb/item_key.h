/*
 * Keys of tables and indexes: their schema, their bytes in DynamoDB's order, and AWS's texts for wrong ones.
 * Pure. Source: dynamodb.md sections 2, 3 and 4.5.
 */
#ifndef STACKRIG_ITEM_KEY_H
#define STACKRIG_ITEM_KEY_H

#include "services/dynamodb/attribute_value.h"

#define KEY_MAXIMUM_PARTS 8

struct key_part {
    struct text name;
    enum attribute_type type; /* S, N or B */
};

/* Tables: one HASH and at most one RANGE attribute; indexes: up to four of each. HASH parts come first. */
struct key_schema {
    size_t hash_count;
    size_t range_count;
    struct key_part parts[KEY_MAXIMUM_PARTS];
};

/* memcmp() orders hash and range as DynamoDB does. slot spreads hashes: the order of Scan. */
struct item_key {
    int64_t slot;
    struct text hash;
    struct text range; /* empty without a range key */
};

#define KEY_SLOTS ((int64_t)1 << 32)

/* Is the attribute part of the key? */
bool key_schema_has(const struct key_schema *schema, struct text name);
/* False: an attribute is missing or of the wrong type. */
bool key_encode(struct arena *arena, const struct key_schema *schema, const struct attribute *item,
                struct item_key *key);
/* The same for an index, which leaves out items whose keys are empty or too long for it. */
bool key_encode_entry(struct arena *arena, const struct key_schema *schema, const struct attribute *item,
                      struct item_key *key);
/* Hash and range as one run of bytes in the order of both. */
struct text key_join(struct arena *arena, const struct item_key *key);

/* Ranges of range keys, half open: from <= range < to. */
struct key_bounds {
    struct text from;
    struct text to;
};

struct key_bounds key_bounds_all(void);
/* The smallest bytes after every range that begins with these. */
struct text key_after_prefix(struct arena *arena, struct text bytes);
/* The smallest bytes after these. */
struct text key_after(struct arena *arena, struct text bytes);
int64_t key_slot(struct text hash);
/*
 * Bytes of part `at` of the schema, to be appended to those of the parts before it in its half. `prefix`:
 * only a beginning of the value (begins_with).
 */
void key_append_part(struct strbuf *buffer, const struct key_schema *schema, size_t at,
                     const struct attribute *value, bool prefix);
/* True: nothing is written behind that part's bytes, so that they end with the value. */
bool key_part_is_last(const struct key_schema *schema, size_t at);

/* Each: NULL or AWS's text. Of an item to be put: */
const char *key_check_item(struct arena *arena, const struct key_schema *schema,
                           const struct attribute *item);
/* Of a key that a client names: exactly the schema's attributes. */
const char *key_check(struct arena *arena, const struct key_schema *schema, const struct attribute *key);
/* Only the key's attributes of the item, as a map. */
struct attribute *key_of_item(struct arena *arena, const struct key_schema *schema,
                              const struct attribute *item);
/* Empty value or too long, of one attribute. */
const char *key_check_value(struct arena *arena, const struct key_part *part, bool range,
                            const struct attribute *value);

#endif
