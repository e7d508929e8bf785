#include "emulator/base/event_pattern.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static bool matches(const char *source, const char *event) {
    struct arena *arena = arena_open();
    const char *message;
    const struct event_pattern *pattern = event_pattern_read(arena, text_of(source), &message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pattern);
    bool result = event_pattern_matches(pattern, json_parse(arena, text_of(event), NULL));
    arena_close(arena);
    return result;
}

static bool is_valid(const char *source) {
    struct arena *arena = arena_open();
    const char *message;
    bool result = event_pattern_read(arena, text_of(source), &message) != NULL;
    arena_close(arena);
    return result;
}

static bool is_refused(const char *source, const char *wanted) {
    struct arena *arena = arena_open();
    const char *message = NULL;
    bool same = !event_pattern_read(arena, text_of(source), &message) && strcmp(message, wanted) == 0;
    if (!same) {
        fprintf(stderr, "%s\n  gives  %s\n  wanted %s\n", source, message ? message : "no error", wanted);
    }
    arena_close(arena);
    return same;
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

static void numbers_are_compared_in_millionths(void) {
    CU_ASSERT(matches("{\"n\":[100.123456789]}", "{\"n\":100.1234567}"));
    CU_ASSERT_FALSE(matches("{\"n\":[100.12345]}", "{\"n\":100.12346}"));
    CU_ASSERT_FALSE(matches("{\"n\":[{\"numeric\":[\">\",1.0000001]}]}", "{\"n\":1.0000002}"));
    CU_ASSERT(matches("{\"n\":[{\"numeric\":[\">\",-1e9]}]}", "{\"n\":1e9}"));
}

static void dots_and_objects_mean_the_same(void) {
    CU_ASSERT(matches("{\"detail.state.code\":[1]}", "{\"detail\":{\"state\":{\"code\":1}}}"));
    CU_ASSERT(matches("{\"detail\":{\"state\":{\"code\":[1]}}}", "{\"detail\":{\"state.code\":1}}"));
    CU_ASSERT(matches("{\"detail\":{\"state.code\":[1]}}", "{\"detail.state\":{\"code\":1}}"));
    CU_ASSERT_FALSE(matches("{\"detail.state\":[1]}", "{\"detail\":{\"states\":1}}"));
    CU_ASSERT_FALSE(matches("{\"detail.state\":[1]}", "{\"detail\":1}"));
    CU_ASSERT(matches("{\"a\":{\"b\":[{\"exists\":false}]}}", "{\"c\":1}"));
}

static void case_is_ignored_at_either_end(void) {
    CU_ASSERT(matches("{\"s\":[{\"prefix\":{\"equals-ignore-case\":\"AB\"}}]}", "{\"s\":\"abc\"}"));
    CU_ASSERT_FALSE(matches("{\"s\":[{\"prefix\":{\"equals-ignore-case\":\"AB\"}}]}", "{\"s\":\"a\"}"));
    CU_ASSERT(matches("{\"s\":[{\"suffix\":{\"equals-ignore-case\":\".PNG\"}}]}", "{\"s\":\"a.png\"}"));
    CU_ASSERT_FALSE(matches("{\"s\":[{\"suffix\":{\"equals-ignore-case\":\".PNG\"}}]}", "{\"s\":\"png\"}"));
}

/* Recorded answers of EventBridge: the source is shown with its blanks. */
static void the_place_of_a_mistake_is_named(void) {
    static const char *const cases[][3] = {
        {"{\"detail\": {\"equal\": [{\"NUMERIC\": [\"=\", 5]}]}}", "Unrecognized match type NUMERIC",
         "1, column: 36"},
        {"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \">\", 0]}]}}",
         "Bad numeric range operator: >", "1, column: 49"},
        {"{\"detail\": {\"c-count\": [{\"numeric\": [\">\", 0, \"<\"]}]}}", "Value of < must be numeric",
         "1, column: 50"},
        {"{\"detail\": {\"c-count\": [{\"numeric\": 10}]}}", "Value of numeric must be an array.",
         "1, column: 39"},
        {"{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": \"\"}}]}}",
         "Null prefix/suffix not allowed", "1, column: 56"},
        {"{\"detail\": {\"FileName\": [{\"anything-but\": {\"suffix\": 123}}]}}",
         "prefix/suffix match pattern must be a string", "1, column: 57"},
        {"{\"detail\": {\"FileName\": [{\"anything-but\": {\"prefix\": {\"equals-ignore-case\": "
         "\"file\"}}}]}}",
         "Value of anything-but must be an array or single string/number value.", "1, column: 55"},
        {"{\"detail\": {\"FilePath\": [{\"anything-but\": {\"wildcard\": 123}}]}}",
         "wildcard match pattern must be a string", "1, column: 59"},
        {"{\"EventBusArn\": [{\"wildcard\": \"arn:aws:events:us-east-1:**:event-bus/*\"}]}",
         "Consecutive wildcard characters at pos 26", "1, column: 72"},
        {"{\"detail-type\": [{\"equals-ignore-case\": {\"prefix\": \"ec2\"}}]}",
         "equals-ignore-case match pattern must be a string", "1, column: 42"},
        {"{\"time\": [{\"prefix\": [\"2022-07-13\"]}]}", "prefix match pattern must be a string",
         "1, column: 23"},
        {"this is no JSON",
         "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', "
         "'true' or 'false')",
         "1, column: 5"},
        {"{\n \"a\": 1\n}", "\"a\" must be an object or an array", "2, column: 8"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strbuf wanted = STRBUF_INIT;
        strbuf_printf(&wanted, "%s\n at [Source: (String)\"%s\"; line: %s]", cases[i][1], cases[i][0],
                      cases[i][2]);
        CU_ASSERT(is_refused(cases[i][0], wanted.data));
        strbuf_release(&wanted);
    }
    CU_ASSERT(is_refused("{\"ip\": [{\"cidr\": \"10.0.0.0\"}]}", "Malformed CIDR, one '/' required"));
}

void event_pattern_test(void);
void event_pattern_test(void) {
    unit_test("patterns match values at any depth", values_and_nesting);
    unit_test("content filters do what EventBridge's do", filters);
    unit_test("strings, lists and unknown filters are no patterns", patterns_that_are_none);
    unit_test("numbers are compared in millionths", numbers_are_compared_in_millionths);
    unit_test("keys with dots and objects mean the same", dots_and_objects_mean_the_same);
    unit_test("prefix and suffix may ignore case", case_is_ignored_at_either_end);
    unit_test("a mistake is named with its place", the_place_of_a_mistake_is_named);
}
