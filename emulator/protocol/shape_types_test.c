/* Texts of wrong types. Source: dynalite's tests against DynamoDB, as told in protocols.md section 4. */
#include "emulator/protocol/shape_types.h"

#include <CUnit/CUnit.h>

#include "emulator/protocol/shape_builder_test.h"
#include "harness/unit_tests.h"

static const char shapes_json[] =
    "{\"Request\":{\"type\":\"structure\",\"has\":{\"S\":\"String\",\"I\":\"Integer\",\"L\":\"Long\",\"D\":"
    "\"Double\","
    "\"B\":\"Boolean\",\"Blob\":\"Blob\",\"Time\":\"Time\",\"List\":\"Strings\",\"Map\":\"Values\",\"Value\":"
    "\"AttributeValue\",\"Keys\":\"Keys\",\"Document\":\"Document\"}},"
    "\"String\":{\"type\":\"string\"},\"Integer\":{\"type\":\"integer\"},\"Long\":{\"type\":\"long\"},"
    "\"Double\":{\"type\":\"double\"},\"Boolean\":{\"type\":\"boolean\"},\"Blob\":{\"type\":\"blob\"},"
    "\"Time\":{\"type\":\"timestamp\"},\"Strings\":{\"type\":\"list\",\"of\":\"String\"},"
    "\"Values\":{\"type\":\"map\",\"keys\":\"String\",\"values\":\"AttributeValue\"},"
    "\"AttributeValue\":{\"type\":\"structure\",\"has\":{\"S\":\"String\",\"M\":\"Values\"}},"
    "\"Keys\":{\"type\":\"list\",\"of\":\"Values\"},\"Document\":{\"type\":\"document\"}}";

/* The refusal of a request, "" when it fits; *rest is what the value has become. */
static const char *refusal(struct arena *arena, const char *json, const char *prefix, const char **rest) {
    json_t *facts = json_loads(shapes_json, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(facts);
    const struct shape *shape = built_shape(built_shapes_open(arena, facts), "Request");
    struct json_value *value = json_parse(arena, text_of(json), NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    struct shape_type_rules rules = {.error_prefix = prefix};
    struct strbuf buffer = STRBUF_INIT;
    bool fits = shape_fit_types(&rules, shape, value, arena, &buffer);
    CU_ASSERT_EQUAL(fits, buffer.size == 0);
    const char *text = arena_copy(arena, strbuf_text(&buffer).data, buffer.size);
    strbuf_clear(&buffer);
    json_write(&buffer, value);
    *rest = arena_copy(arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    json_decref(facts);
    return text;
}

static const struct {
    const char *json;
    const char *text;
} rows[] = {
    {"{\"S\":true}", "TRUE_VALUE cannot be converted to String"},
    {"{\"S\":23}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"S\":34.56}", "DECIMAL_VALUE cannot be converted to String"},
    {"{\"S\":[]}", "Unrecognized collection type class java.lang.String"},
    {"{\"S\":{}}", "Start of structure or map found where not expected"},
    {"{\"I\":\"23\"}", "STRING_VALUE cannot be converted to Integer"},
    {"{\"I\":false}", "FALSE_VALUE cannot be converted to Integer"},
    {"{\"I\":[]}", "Unrecognized collection type class java.lang.Integer"},
    {"{\"L\":\"23\"}", "STRING_VALUE cannot be converted to Long"},
    {"{\"D\":\"x\"}", "STRING_VALUE cannot be converted to Double"},
    {"{\"D\":\"NaN\"}", ""},
    {"{\"B\":\"abc\"}", "Unexpected token received from parser"},
    {"{\"B\":23}", "NUMBER_VALUE cannot be converted to Boolean"},
    {"{\"B\":{}}", "Start of structure or map found where not expected"},
    {"{\"Blob\":23}", "only base-64-encoded strings are convertible to bytes"},
    {"{\"Blob\":\"23456\"}", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
    {"{\"Blob\":\"=+/=\"}", "Invalid last non-pad Base64 character dectected"},
    {"{\"Blob\":\"+/+=\"}", "Invalid last non-pad Base64 character dectected"},
    {"{\"Blob\":\"+/8=\"}", ""},
    {"{\"Blob\":\"====\"}", "Invalid last non-pad Base64 character dectected"},
    {"{\"Blob\":[]}", "Unrecognized collection type class java.nio.ByteBuffer"},
    {"{\"Time\":\"2020-01-01T00:00:00Z\"}", "STRING_VALUE cannot be converted to Date"},
    {"{\"Time\":1577836800.5}", ""},
    {"{\"List\":\"a\"}", "Unexpected field type"},
    {"{\"List\":{}}", "Start of structure or map found where not expected"},
    {"{\"List\":[1]}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Map\":5}", "Unexpected field type"},
    {"{\"Map\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                     "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
    {"{\"Map\":{\"a\":5}}", "Unexpected value type in payload"},
    {"{\"Map\":{\"a\":[]}}",
     "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
    {"{\"Map\":{\"a\":{\"S\":5}}}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Value\":5}", "Unexpected field type"},
    {"{\"Keys\":[\"a\"]}",
     "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
     "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
     "java.lang.Class are in module java.base of loader 'bootstrap')"},
    {"{\"Document\":[1,{\"a\":null}],\"Unknown\":5}", ""},
};

static void test_texts(void) {
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct arena *arena = arena_open();
        const char *rest;
        const char *text = refusal(arena, rows[index].json, "com.amazonaws.dynamodb.v20120810#", &rest);
        if (strcmp(text, rows[index].text) != 0) {
            printf("\n    %s: %s\n", rows[index].json, text);
            CU_FAIL("another text");
        }
        arena_close(arena);
    }
}

static void expect_rest(const char *json, const char *wanted) {
    struct arena *arena = arena_open();
    const char *rest;
    CU_ASSERT_STRING_EQUAL(refusal(arena, json, "", &rest), "");
    CU_ASSERT_STRING_EQUAL(rest, wanted);
    arena_close(arena);
}

static void test_repairs(void) {
    expect_rest("{\"S\":null,\"I\":1}", "{\"I\":1}");
    expect_rest("{\"Value\":{\"S\":null,\"M\":{\"a\":{\"S\":null}}}}", "{\"Value\":{\"M\":{\"a\":{}}}}");
    expect_rest("{\"Map\":{\"a\":{\"S\":\"1\"},\"b\":{},\"a\":{\"S\":\"2\"}}}",
                "{\"Map\":{\"b\":{},\"a\":{\"S\":\"2\"}}}");
    expect_rest("{\"Time\":\"2020-01-01T00:00:00Z\"}", "{\"Time\":\"2020-01-01T00:00:00Z\"}");
}

/* A map of many equal and colliding keys takes linear time: this would not end otherwise. */
static void test_many_keys(void) {
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"Map\":{");
    for (int index = 0; index < 200000; index++) {
        strbuf_printf(&json, "%s\"%d\":{}", index ? "," : "", index % 100000);
    }
    strbuf_append_string(&json, "}}");
    struct arena *arena = arena_open();
    const char *rest;
    CU_ASSERT_STRING_EQUAL(refusal(arena, json.data, "", &rest), "");
    CU_ASSERT(strlen(rest) < json.size * 6 / 10);
    arena_close(arena);
    strbuf_release(&json);
}

static void test_depth(void) {
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"Map\":");
    for (int index = 0; index < 200; index++) {
        strbuf_append_string(&json, "{\"a\":{\"M\":");
    }
    strbuf_append_string(&json, "{}");
    for (int index = 0; index < 200; index++) {
        strbuf_append_string(&json, "}}");
    }
    strbuf_append_char(&json, '}');
    struct arena *arena = arena_open();
    const char *rest;
    CU_ASSERT_STRING_EQUAL(refusal(arena, json.data, "", &rest), "");
    CU_ASSERT_STRING_EQUAL(rest, json.data);
    arena_close(arena);
    strbuf_release(&json);
}

void shape_types_test(void) {
    unit_test("a wrong type is refused in the words of DynamoDB's front end", test_texts);
    unit_test("nulls are absent and the last of equal keys counts", test_repairs);
    unit_test("a map with very many keys is read in linear time", test_many_keys);
    unit_test("deep nesting is read", test_depth);
}
