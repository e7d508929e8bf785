#include "emulator/base/yaml_parts.h"

#include "emulator/base/arena.h"
#include "emulator/base/die.h"

struct entry {
    const json_t *value; /* NULL: a free place */
    struct text key;     /* absent: the place of the value itself */
    struct yaml_place place;
};

/* Open addressing, never more than half full. */
struct yaml_positions {
    struct entry *entries;
    size_t capacity; /* a power of two */
    size_t count;
    struct arena *arena; /* the keys */
};

#define FIRST_CAPACITY 256

struct yaml_positions *yaml_positions_open(void) {
    struct yaml_positions *positions = xcalloc(1, sizeof(*positions));
    positions->capacity = FIRST_CAPACITY;
    positions->entries = xcalloc(FIRST_CAPACITY, sizeof(*positions->entries));
    positions->arena = arena_open();
    return positions;
}

void yaml_positions_close(struct yaml_positions *positions) {
    arena_close(positions->arena);
    free(positions->entries);
    free(positions);
}

static struct entry *find(const struct yaml_positions *positions, const json_t *value, struct text key) {
    uint64_t hash = (uint64_t)(uintptr_t)value;
    for (size_t i = 0; i < key.size; i++) {
        hash = (hash ^ (unsigned char)key.data[i]) * 0x100000001b3U;
    }
    hash *= 0x9e3779b97f4a7c15U;
    size_t mask = positions->capacity - 1;
    size_t at = (size_t)(hash >> 32) & mask;
    while (positions->entries[at].value &&
           (positions->entries[at].value != value || !text_same(positions->entries[at].key, key))) {
        at = (at + 1) & mask;
    }
    return &positions->entries[at];
}

static void grow(struct yaml_positions *positions) {
    struct entry *old = positions->entries;
    size_t old_capacity = positions->capacity;
    positions->capacity *= 2;
    positions->entries = xcalloc(positions->capacity, sizeof(*positions->entries));
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].value) {
            *find(positions, old[i].value, old[i].key) = old[i];
        }
    }
    free(old);
}

static bool is_shared(const json_t *value) {
    return json_is_boolean(value) || json_is_null(value);
}

void yaml_positions_put(struct yaml_positions *positions, const json_t *value, const char *key,
                        struct yaml_place place) {
    yaml_positions_put_text(positions, value, text_of(key), place);
}

void yaml_positions_put_text(struct yaml_positions *positions, const json_t *object, struct text key,
                             struct yaml_place place) {
    if (is_shared(object)) {
        return;
    }
    if (positions->count >= positions->capacity / 2) {
        grow(positions);
    }
    struct entry *entry = find(positions, object, key);
    if (!entry->value) {
        *entry = (struct entry){.value = object, .key = arena_text(positions->arena, key)};
        positions->count++;
    }
    entry->place = place;
}

struct yaml_place yaml_positions_get(const struct yaml_positions *positions, const json_t *value,
                                     const char *key) {
    if (!value) {
        return (struct yaml_place){0, 0};
    }
    return find(positions, value, text_of(key))->place;
}
