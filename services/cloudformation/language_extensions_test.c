#include "services/cloudformation/language_extensions.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/stack_plan.h"

static const char *expand(struct arena *arena, const char *body) {
    const char *error = NULL;
    struct template *template = template_read(arena, text_of(body), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    CU_ASSERT_TRUE(template->provisional);
    struct parameters *parameters = parameters_bind(arena, template, NULL, 0, NULL, &error);
    CU_ASSERT_TRUE_FATAL(parameters && parameters_check(parameters, &error));
    struct environment environment = {.arena = arena,
                                      .template = template,
                                      .parameters = parameters,
                                      .account_id = "000000000000",
                                      .region = "us-east-1"};
    const char *processed = language_extensions_expand(&environment, text_of(body), &error);
    return processed ? processed : error;
}

static void check_expansion(const char *body, const char *expected) {
    struct arena *arena = arena_open();
    const char *found = expand(arena, arena_printf(arena, "Transform: AWS::LanguageExtensions\n%s", body));
    if (strcmp(found, expected) != 0) {
        fprintf(stderr, "expected %s\nfound    %s\n", expected, found);
    }
    CU_ASSERT_STRING_EQUAL(found, expected);
    arena_close(arena);
}

static void loops_make_resources(void) {
    check_expansion(
        "Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b'}}\n"
        "Resources:\n"
        "  Fn::ForEach::Topics:\n"
        "    - Name\n"
        "    - !Ref Names\n"
        "    - SnsTopic${Name}:\n"
        "        Type: AWS::SNS::Topic\n"
        "        Properties: {TopicName: !Sub '${Name}.fifo', FifoTopic: true, Tag: !Ref Name}\n",
        "{\"Parameters\":{\"Names\":{\"Type\":\"CommaDelimitedList\",\"Default\":\"a,b\"}},\"Resources\":{"
        "\"SnsTopica\":{\"Type\":\"AWS::SNS::Topic\",\"Properties\":{\"TopicName\":{\"Fn::Sub\":\"a.fifo\"},"
        "\"FifoTopic\":true,\"Tag\":\"a\"}},"
        "\"SnsTopicb\":{\"Type\":\"AWS::SNS::Topic\",\"Properties\":{\"TopicName\":{\"Fn::Sub\":\"b.fifo\"},"
        "\"FifoTopic\":true,\"Tag\":\"b\"}}}}");
}

static void loops_nest_and_strip(void) {
    check_expansion(
        "Resources:\n"
        "  Fn::ForEach::Outer:\n"
        "    - X\n"
        "    - ['10.0', b]\n"
        "    - Fn::ForEach::Inner:\n"
        "        - Y\n"
        "        - [c, d]\n"
        "        - R&{X}${Y}: {Type: T}\n",
        "{\"Resources\":{\"R100c\":{\"Type\":\"T\"},\"R100d\":{\"Type\":\"T\"},\"Rbc\":{\"Type\":\"T\"},"
        "\"Rbd\":{\"Type\":\"T\"}}}");
}

static void length_and_json_are_values(void) {
    check_expansion(
        "Parameters: {L: {Type: CommaDelimitedList, Default: 'a,b,c'}}\n"
        "Resources:\n"
        "  P:\n"
        "    Type: T\n"
        "    Properties:\n"
        "      N: {'Fn::Length': !Ref L}\n"
        "      J: {'Fn::ToJsonString': {a: foo, n: 1, l: !Ref L}}\n"
        "      K: {'Fn::ToJsonString': {a: !GetAtt Q.Arn}}\n"
        "  Q: {Type: T}\n",
        "{\"Parameters\":{\"L\":{\"Type\":\"CommaDelimitedList\",\"Default\":\"a,b,c\"}},\"Resources\":{"
        "\"P\":{\"Type\":\"T\",\"Properties\":{\"N\":3,\"J\":\"{\\\"a\\\":\\\"foo\\\",\\\"n\\\":1,\\\"l\\\":["
        "\\\"a\\\",\\\"b\\\",\\\"c\\\"]}\",\"K\":{\"Fn::ToJsonString\":{\"a\":{\"Fn::GetAtt\":[\"Q\",\"Arn\"]"
        "}"
        "}}}},\"Q\":{\"Type\":\"T\"}}}");
}

static void missing_mappings_have_defaults(void) {
    check_expansion(
        "Mappings: {M: {a: {b: c}}}\n"
        "Resources:\n"
        "  P:\n"
        "    Type: T\n"
        "    Properties: {X: !FindInMap [M, z, b, {DefaultValue: d}], Y: !FindInMap [M, a, b]}\n",
        "{\"Mappings\":{\"M\":{\"a\":{\"b\":\"c\"}}},\"Resources\":{\"P\":{\"Type\":\"T\",\"Properties\":{"
        "\"X\":\"d\",\"Y\":\"c\"}}}}");
}

static void policies_may_be_parameters(void) {
    check_expansion(
        "Parameters: {D: {Type: String, Default: Retain}}\n"
        "Resources: {P: {Type: T, DeletionPolicy: !Ref D}}\n",
        "{\"Parameters\":{\"D\":{\"Type\":\"String\",\"Default\":\"Retain\"}},\"Resources\":{\"P\":{\"Type\":"
        "\"T\",\"DeletionPolicy\":\"Retain\"}}}");
}

static void wrong_loops_are_refused(void) {
    check_expansion("Resources: {'Fn::ForEach::L': [X, [a]]}\n",
                    "Transform AWS::LanguageExtensions failed with: Fn::ForEach layout is incorrect");
    check_expansion(
        "Resources: {'Fn::ForEach::L': [X, !Ref R, {Y: {Type: T}}], R: {Type: T}}\n",
        "Transform AWS::LanguageExtensions failed with: Could not find a collection or could not be "
        "resolved for Fn::ForEach");
    check_expansion("Resources: {'Fn::ForEach::L': [X, 'a,b', {Y: {Type: T}}]}\n",
                    "Transform AWS::LanguageExtensions failed with: Fn::ForEach layout is incorrect");
}

static void exploding_loops_are_refused(void) {
    struct arena *arena = arena_open();
    const char *body = "{Y: {Type: T}}";
    for (int i = 0; i < 8; i++) {
        body = arena_printf(arena, "{'Fn::ForEach::L%d': [X%d, [a, b, c, d, e, f, g, h, i, j], %s]}", i, i,
                            body);
    }
    const char *found =
        expand(arena, arena_printf(arena, "{Transform: 'AWS::LanguageExtensions', Resources: %s}", body));
    CU_ASSERT_STRING_EQUAL(
        found, "Transform AWS::LanguageExtensions failed with: Fn::ForEach makes too many members");
    arena_close(arena);
}

static void processed_template_is_read(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template =
        template_read_processed(arena,
                                TEXT("{\"Resources\":{\"P\":{\"Type\":\"T\",\"Properties\":{\"K\":{\"Fn::"
                                     "ToJsonString\":{\"a\":\"b\"}}}}"
                                     "}}"),
                                &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    CU_ASSERT_FALSE(template->provisional);
    struct environment environment = {.arena = arena, .template = template};
    struct evaluation result = evaluate(&environment, template->resources[0].properties);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(result.value, "K")), "{\"a\":\"b\"}");
    arena_close(arena);
}

void language_extensions_test(void) {
    unit_test("Fn::ForEach makes resources and keeps types", loops_make_resources);
    unit_test("Loops nest and &{} strips", loops_nest_and_strip);
    unit_test("Fn::Length and Fn::ToJsonString become values where they are known",
              length_and_json_are_values);
    unit_test("Fn::FindInMap has defaults", missing_mappings_have_defaults);
    unit_test("DeletionPolicy may be a parameter", policies_may_be_parameters);
    unit_test("Wrong loops are refused", wrong_loops_are_refused);
    unit_test("Loops that explode are refused", exploding_loops_are_refused);
    unit_test("A processed template may keep its functions", processed_template_is_read);
}
