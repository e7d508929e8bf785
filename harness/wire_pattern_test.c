#include "harness/wire_pattern.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void bytes_must_be_the_same(void) {
    struct wire_captures captures = {.arena = arena_open()};
    size_t reached = 0;
    CU_ASSERT_TRUE(wire_pattern_match(&captures, TEXT("{\"a\":1}"), TEXT("{\"a\":1}"), NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("{\"a\":1}"), TEXT("{\"a\":2}"), &reached));
    CU_ASSERT_EQUAL(reached, 5);
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("abc"), TEXT("abcd"), NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("abcd"), TEXT("abc"), NULL));
    arena_close(captures.arena);
}

static void placeholders_stand_for_parts(void) {
    struct wire_captures captures = {.arena = arena_open()};
    struct text uuid = TEXT("<id>7e57d004-2b97-4e7a-b45f-5387367791cd</id>");
    CU_ASSERT_TRUE(wire_pattern_match(&captures, TEXT("<id>{{uuid}}</id>"), uuid, NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("<id>{{digits}}</id>"), uuid, NULL));
    CU_ASSERT_TRUE(wire_pattern_match(&captures, TEXT("{{any}}{{digits}}!"), TEXT("ab12!"), NULL));
    CU_ASSERT_TRUE(
        wire_pattern_match(&captures, TEXT("at {{timestamp}}."), TEXT("at 2026-01-01T00:00:00Z."), NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("at {{timestamp}}."), TEXT("at noon."), NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("{{any}}"), TEXT(""), NULL));
    arena_close(captures.arena);
}

static void what_is_kept_comes_back(void) {
    struct wire_captures captures = {.arena = arena_open()};
    CU_ASSERT_TRUE(wire_pattern_match(&captures, TEXT("v={{digits:version}};"), TEXT("v=42;"), NULL));
    CU_ASSERT_TRUE(text_equals(wire_pattern_expand(&captures, TEXT("use {{=version}} {{=other}}")),
                               "use 42 {{=other}}"));
    CU_ASSERT_TRUE(wire_pattern_match(&captures, TEXT("{{=version}}"), TEXT("42"), NULL));
    CU_ASSERT_FALSE(wire_pattern_match(&captures, TEXT("{{=version}}"), TEXT("43"), NULL));
    arena_close(captures.arena);
}

void wire_pattern_test(void) {
    unit_test("bytes must be the same", bytes_must_be_the_same);
    unit_test("placeholders stand for parts", placeholders_stand_for_parts);
    unit_test("what is kept comes back", what_is_kept_comes_back);
}
