#include "services/dynamodb/item_key.h"

#define MAXIMUM_HASH_BYTES 2048
#define MAXIMUM_RANGE_BYTES 1024
/* Longer and greater than any range key. */
#define TOP_BYTES 8192

bool key_schema_has(const struct key_schema *schema, struct text name) {
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        if (text_same(schema->parts[i].name, name)) {
            return true;
        }
    }
    return false;
}

bool key_part_is_last(const struct key_schema *schema, size_t at) {
    return at + 1 == schema->hash_count || at + 1 == schema->hash_count + schema->range_count;
}

/* Escaped and ended so that a shorter value sorts first and no value runs into the next part. */
static void append_escaped(struct strbuf *buffer, struct text bytes, bool prefix) {
    for (size_t i = 0; i < bytes.size; i++) {
        strbuf_append_char(buffer, bytes.data[i]);
        if (bytes.data[i] == '\0') {
            strbuf_append_char(buffer, '\xFF');
        }
    }
    if (!prefix) {
        strbuf_append(buffer, "\0\1", 2);
    }
}

void key_append_part(struct strbuf *buffer, const struct key_schema *schema, size_t at,
                     const struct attribute *value, bool prefix) {
    struct text bytes = value->text;
    unsigned char encoded[NUMBER_KEY_BYTES];
    if (value->type == ATTRIBUTE_N) {
        struct number number = attribute_number(value);
        bytes = (struct text){(const char *)encoded, number_encode(&number, encoded)};
    }
    if (key_part_is_last(schema, at)) {
        strbuf_append_text(buffer, bytes);
    } else {
        append_escaped(buffer, bytes, prefix);
    }
}

/* Parts [from, to) of the item. False: one is missing or of another type. */
static bool encode_half(struct arena *arena, const struct key_schema *schema, const struct attribute *item,
                        size_t from, size_t to, struct text *out) {
    const struct attribute *only = NULL;
    for (size_t i = from; i < to; i++) {
        only = attribute_find(item, schema->parts[i].name);
        if (!only || only->type != schema->parts[i].type) {
            return false;
        }
    }
    if (to - from == 1 && only->type != ATTRIBUTE_N) {
        *out = only->text; /* the usual: nothing to do */
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    for (size_t i = from; i < to; i++) {
        key_append_part(&bytes, schema, i, attribute_find(item, schema->parts[i].name), false);
    }
    *out = arena_text(arena, strbuf_text(&bytes));
    strbuf_release(&bytes);
    return true;
}

int64_t key_slot(struct text hash) {
    uint64_t mixed = 1469598103934665603ULL;
    for (size_t i = 0; i < hash.size; i++) {
        mixed = (mixed ^ (unsigned char)hash.data[i]) * 1099511628211ULL;
    }
    mixed ^= mixed >> 33;
    mixed *= 0xff51afd7ed558ccdULL;
    return (int64_t)(mixed >> 32);
}

bool key_encode(struct arena *arena, const struct key_schema *schema, const struct attribute *item,
                struct item_key *key) {
    size_t parts = schema->hash_count + schema->range_count;
    key->range = TEXT("");
    if (!encode_half(arena, schema, item, 0, schema->hash_count, &key->hash) ||
        (schema->range_count > 0 &&
         !encode_half(arena, schema, item, schema->hash_count, parts, &key->range))) {
        return false;
    }
    key->slot = key_slot(key->hash);
    return true;
}

struct text key_join(struct arena *arena, const struct item_key *key) {
    struct strbuf bytes = STRBUF_INIT;
    append_escaped(&bytes, key->hash, false);
    strbuf_append_text(&bytes, key->range);
    struct text joined = arena_text(arena, strbuf_text(&bytes));
    strbuf_release(&bytes);
    return joined;
}

/* ---- bounds ---- */

struct key_bounds key_bounds_all(void) {
    static const char top[TOP_BYTES] = {[0 ... TOP_BYTES - 1] = '\xFF'};
    return (struct key_bounds){.from = TEXT(""), .to = {top, sizeof(top)}};
}

struct text key_after_prefix(struct arena *arena, struct text bytes) {
    char *copy = arena_copy(arena, bytes.data, bytes.size);
    size_t size = bytes.size;
    while (size > 0 && (unsigned char)copy[size - 1] == 0xFF) {
        size--;
    }
    if (size == 0) {
        return key_bounds_all().to;
    }
    copy[size - 1]++;
    return (struct text){copy, size};
}

struct text key_after(struct arena *arena, struct text bytes) {
    return (struct text){arena_copy(arena, bytes.data, bytes.size),
                         bytes.size + 1}; /* with the NUL after it */
}

/* ---- checks ---- */

const char *key_check_value(struct arena *arena, const struct key_part *part, bool range,
                            const struct attribute *value) {
    if (value->text.size == 0) {
        return arena_printf(
            arena,
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty %s value. Key: %.*s",
            value->type == ATTRIBUTE_B ? "binary" : "string", TEXT_ARGUMENTS(part->name));
    }
    if (value->type == ATTRIBUTE_N) {
        return NULL;
    }
    if (!range && value->text.size > MAXIMUM_HASH_BYTES) {
        return "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
               "limit "
               "of2048 bytes";
    }
    if (range && value->text.size > MAXIMUM_RANGE_BYTES) {
        return "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
               "the "
               "size limit of 1024 bytes";
    }
    return NULL;
}

const char *key_check_item(struct arena *arena, const struct key_schema *schema,
                           const struct attribute *item) {
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        const struct key_part *part = &schema->parts[i];
        const struct attribute *value = attribute_find(item, part->name);
        if (!value) {
            return arena_printf(arena,
                                "One or more parameter values were invalid: Missing the key %.*s in the item",
                                TEXT_ARGUMENTS(part->name));
        }
        if (value->type != part->type) {
            return arena_printf(arena,
                                "One or more parameter values were invalid: Type mismatch for key %.*s "
                                "expected: %s actual: %s",
                                TEXT_ARGUMENTS(part->name), attribute_type_name(part->type),
                                attribute_type_name(value->type));
        }
        const char *message = key_check_value(arena, part, i >= schema->hash_count, value);
        if (message) {
            return message;
        }
    }
    return NULL;
}

const char *key_check(struct arena *arena, const struct key_schema *schema, const struct attribute *key) {
    size_t parts = schema->hash_count + schema->range_count;
    const char *message = NULL;
    if (key->count != parts) {
        return "The provided key element does not match the schema";
    }
    for (size_t i = 0; i < parts; i++) {
        const struct attribute *value = attribute_find(key, schema->parts[i].name);
        if (!value || value->type != schema->parts[i].type) {
            return "The provided key element does not match the schema";
        }
        const char *wrong = key_check_value(arena, &schema->parts[i], i >= schema->hash_count, value);
        message = message ? message : wrong;
    }
    return message;
}

bool key_encode_entry(struct arena *arena, const struct key_schema *schema, const struct attribute *item,
                      struct item_key *key) {
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        const struct attribute *value = attribute_find(item, schema->parts[i].name);
        bool sized = value && value->text.size > 0 &&
                     (value->type == ATTRIBUTE_N ||
                      value->text.size <=
                          (size_t)(i >= schema->hash_count ? MAXIMUM_RANGE_BYTES : MAXIMUM_HASH_BYTES));
        if (!sized) {
            return false;
        }
    }
    return key_encode(arena, schema, item, key);
}

struct attribute *key_of_item(struct arena *arena, const struct key_schema *schema,
                              const struct attribute *item) {
    struct attribute *key = attribute_new(arena, ATTRIBUTE_M);
    for (size_t i = 0; i < schema->hash_count + schema->range_count; i++) {
        const struct attribute *value = attribute_find(item, schema->parts[i].name);
        if (value) {
            attribute_append(key, attribute_named(arena, value, schema->parts[i].name));
        }
    }
    return key;
}
