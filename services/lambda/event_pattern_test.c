#include "services/lambda/event_pattern.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static bool matches(const char *pattern, const char *event) {
    struct arena *arena = arena_open();
    const struct json_value *parsed = json_parse(arena, text_of(pattern), NULL);
    CU_ASSERT(event_pattern_is_valid(parsed));
    bool result = event_pattern_matches(parsed, json_parse(arena, text_of(event), NULL));
    arena_close(arena);
    return result;
}

static bool is_valid(const char *pattern) {
    struct arena *arena = arena_open();
    bool result = event_pattern_is_valid(json_parse(arena, text_of(pattern), NULL));
    arena_close(arena);
    return result;
}

static void values_and_nesting(void) {
    CU_ASSERT(matches("{\"body\":{\"a\":[\"x\",\"y\"]}}", "{\"body\":{\"a\":\"y\",\"b\":1}}"));
    CU_ASSERT_FALSE(matches("{\"body\":{\"a\":[\"x\"]}}", "{\"body\":{\"a\":\"y\"}}"));
    CU_ASSERT_FALSE(matches("{\"body\":{\"a\":[\"x\"]}}", "{\"body\":\"plain\"}"));
    CU_ASSERT(matches("{\"n\":[3]}", "{\"n\":3.0}"));
    CU_ASSERT(matches("{\"n\":[null]}", "{\"n\":null}"));
    CU_ASSERT(matches("{\"l\":[\"b\"]}", "{\"l\":[\"a\",\"b\"]}"));
}

static void filters(void) {
    CU_ASSERT(matches("{\"n\":[{\"numeric\":[\">\",0,\"<=\",5]}]}", "{\"n\":5}"));
    CU_ASSERT_FALSE(matches("{\"n\":[{\"numeric\":[\">\",0,\"<=\",5]}]}", "{\"n\":6}"));
    CU_ASSERT(matches("{\"s\":[{\"prefix\":\"ab\"}]}", "{\"s\":\"abc\"}"));
    CU_ASSERT(matches("{\"s\":[{\"suffix\":\"bc\"}]}", "{\"s\":\"abc\"}"));
    CU_ASSERT(matches("{\"s\":[{\"wildcard\":\"a*c\"}]}", "{\"s\":\"abbc\"}"));
    CU_ASSERT_FALSE(matches("{\"s\":[{\"wildcard\":\"a*d\"}]}", "{\"s\":\"abbc\"}"));
    CU_ASSERT(matches("{\"s\":[{\"anything-but\":[\"x\"]}]}", "{\"s\":\"y\"}"));
    CU_ASSERT_FALSE(matches("{\"s\":[{\"anything-but\":{\"prefix\":\"y\"}}]}", "{\"s\":\"yes\"}"));
    CU_ASSERT(matches("{\"s\":[{\"exists\":false}]}", "{\"t\":1}"));
    CU_ASSERT(matches("{\"s\":[{\"exists\":true}]}", "{\"s\":1}"));
    CU_ASSERT(matches("{\"s\":[{\"equals-ignore-case\":\"YES\"}]}", "{\"s\":\"yes\"}"));
    CU_ASSERT(matches("{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}", "{\"a\":0,\"b\":2}"));
}

static void patterns_that_are_none(void) {
    CU_ASSERT_FALSE(is_valid("\"simple string\""));
    CU_ASSERT_FALSE(is_valid("{\"a\":\"x\"}"));
    CU_ASSERT_FALSE(is_valid("{}"));
    CU_ASSERT_FALSE(is_valid("{\"a\":[]}"));
    CU_ASSERT_FALSE(is_valid("{\"a\":[{\"filter\":[]}]}"));
    CU_ASSERT_FALSE(is_valid("[\"a\"]"));
    CU_ASSERT_FALSE(is_valid("rubbish"));
}

void event_pattern_test(void);
void event_pattern_test(void) {
    unit_test("patterns match values at any depth", values_and_nesting);
    unit_test("content filters do what EventBridge's do", filters);
    unit_test("strings, lists and unknown filters are no patterns", patterns_that_are_none);
}
