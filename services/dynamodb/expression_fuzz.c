#include "services/dynamodb/expression.h"

#include "harness/fuzz/fuzz.h"

#define NAMES "{\"#a\":\"a\",\"#s\":\"size\"}"
#define VALUES                                                                                               \
    "{\":s\":{\"S\":\"b\"},\":n\":{\"N\":\"1\"},\":l\":{\"L\":[{\"N\":\"2\"}]},\":b\":{\"BOOL\":true},"      \
    "\":ns\":{\"NS\":[\"1\",\"2\"]},\":ss\":{\"SS\":[\"a\"]},\":t\":{\"S\":\"N\"},\":x\":{\"B\":\"eA==\"}}"
#define ITEM                                                                                                 \
    "{\"a\":{\"S\":\"abc\"},\"b\":{\"N\":\"-12.5\"},\"c\":{\"L\":[{\"S\":\"x\"},{\"M\":{\"d\":{\"N\":"       \
    "\"7\"}}}]},\"d\":{\"NS\":[\"1\",\"3\"]},\"e\":{\"M\":{\"f\":{\"L\":[]}}}}"

/* The first byte chooses the grammar; what parses is carried out on an item. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    struct arena *arena = arena_open();
    struct text source = fuzz_copy(arena, fuzz_text(data + 1, size - 1));
    struct placeholders placeholders;
    const char *message =
        placeholders_read(&placeholders, arena, WORDING_OLDER, json_parse(arena, TEXT(NAMES), NULL),
                          json_parse(arena, TEXT(VALUES), NULL));
    FUZZ_EXPECT(!message);
    struct attribute *item =
        attribute_read_item(arena, WORDING_OLDER, json_parse(arena, TEXT(ITEM), NULL), &message);
    FUZZ_EXPECT(item);
    if (data[0] % 4 == 0) {
        const struct update *update = update_parse(&placeholders, source, &message);
        FUZZ_EXPECT(update || message);
        if (update) {
            FUZZ_EXPECT(update_apply(arena, update, item, true, &message) || message);
        }
    } else if (data[0] % 4 == 1) {
        FUZZ_EXPECT(projection_parse(&placeholders, source, &message) || message);
    } else {
        enum expression_role role = data[0] % 4 == 2 ? ROLE_CONDITION : ROLE_KEY_CONDITION;
        const struct node *condition = condition_parse(&placeholders, role, source, &message);
        FUZZ_EXPECT(condition || message);
        if (condition) {
            expression_holds(arena, condition, item);
        }
    }
    placeholders_check_used(&placeholders);
    arena_close(arena);
    return 0;
}
