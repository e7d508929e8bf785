#include "services/dynamodb/attribute_value.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

/* What the one reader finds under every name, the other finds, too. */
static void assert_same_members(const char *item) {
    struct arena *arena = arena_open();
    struct attribute *whole = attribute_parse_item(arena, text_of(item));
    size_t count = 0;
    for (const struct attribute *member = whole->first; member; member = member->next) {
        struct attribute *alone = attribute_parse_member(arena, text_of(item), member->name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(alone);
        CU_ASSERT(attribute_equals(alone, member));
        CU_ASSERT(text_same(alone->name, member->name));
        count++;
    }
    CU_ASSERT_EQUAL(count, whole->count);
    CU_ASSERT_PTR_NULL(attribute_parse_member(arena, text_of(item), TEXT("none")));
    arena_close(arena);
}

static void one_attribute_is_read_without_the_others(void) {
    assert_same_members("{}");
    assert_same_members("{\"a\":{\"S\":\"x\"}}");
    assert_same_members(
        "{\"a\":{\"S\":\"\"},\"b\":{\"N\":\"-1.5\"},\"c\":{\"BOOL\":true},\"d\":{\"NULL\":true}}");
    assert_same_members(
        "{\"brackets\":{\"S\":\"}]{[\"},\"quotes\":{\"S\":\"\\\"\\\\\\\"}\\\\\"},\"z\":{\"B\":\"AP8=\"}}");
    assert_same_members("{\"m\":{\"M\":{\"z\":{\"L\":[{\"S\":\"]\"},{\"M\":{}},{\"NS\":[\"1\",\"2\"]}]}}},"
                        "\"z\":{\"SS\":[\"a\\\"\",\"b\"]}}");
    assert_same_members(
        "{\"with \\\"quotes\\\"\":{\"S\":\"a\"},\"back\\\\slash\":{\"S\":\"b\"},\"z\":{\"S\":\"c\"}}");
}

void attribute_value_test(void) {
    unit_test("one attribute of a stored item is read without the others",
              one_attribute_is_read_without_the_others);
}
