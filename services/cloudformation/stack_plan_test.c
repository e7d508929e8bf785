#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/stack_plan.h"

struct built {
    struct arena *arena;
    struct stack_plan *plan;
    const char *error;
};

static struct built build(const char *body) {
    struct built built = {.arena = arena_open(), .error = ""};
    struct template *template = template_read(built.arena, text_of(body), &built.error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    struct parameters *parameters = parameters_bind(built.arena, template, NULL, 0, NULL, &built.error);
    CU_ASSERT_TRUE_FATAL(parameters && parameters_check(parameters, &built.error));
    struct environment environment = {.arena = built.arena,
                                      .template = template,
                                      .parameters = parameters,
                                      .account_id = "0",
                                      .region = "us-east-1"};
    environment.conditions = conditions_evaluate(&environment, &built.error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(environment.conditions);
    built.plan = stack_plan_build(&environment, &built.error);
    return built;
}

static void check_dependencies(const struct built *built, const char *logical_id, const char *expected) {
    const struct plan_resource *resource = stack_plan_find(built->plan, logical_id);
    CU_ASSERT_PTR_NOT_NULL_FATAL(resource);
    const char *list = "";
    for (size_t i = 0; i < resource->dependency_count; i++) {
        list = arena_printf(built->arena, "%s%s%s", list, list[0] ? "," : "", resource->dependencies[i]);
    }
    CU_ASSERT_STRING_EQUAL(list, expected);
}

static void check_refusal(const char *body, const char *expected) {
    struct built built = build(body);
    CU_ASSERT_PTR_NULL(built.plan);
    CU_ASSERT_STRING_EQUAL(built.error, expected);
    arena_close(built.arena);
}

static void every_kind_of_reference_is_a_dependency(void) {
    struct built built =
        build("Parameters: {P: {Type: String, Default: x}}\n"
              "Resources:\n"
              "  A: {Type: T}\n  B: {Type: T}\n  C: {Type: T}\n  D: {Type: T}\n  E: {Type: T}\n"
              "  Z:\n"
              "    Type: T\n"
              "    DependsOn: [D, A]\n"
              "    Properties:\n"
              "      Q: [!Ref A, !Ref P, {R: !GetAtt B.Arn}]\n"
              "      S: !Sub ['${C}-${E2}-${AWS::Region}', {E2: !Ref E}]\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(built.plan);
    check_dependencies(&built, "Z", "A,B,C,E,D");
    check_dependencies(&built, "A", "");
    arena_close(built.arena);
}

#define CONDITIONAL                                                                                          \
    "Conditions: {No: !Equals [a, b]}\n"                                                                     \
    "Resources:\n"                                                                                           \
    "  Topic: {Type: T, Condition: No}\n"                                                                    \
    "  Other: {Type: T}\n"

static void only_the_chosen_branch_counts(void) {
    struct built built =
        build(CONDITIONAL "  Z: {Type: T, DependsOn: Topic, Properties: {P: !If [No, !Ref Topic, "
                          "!Ref Other]}}\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(built.plan);
    CU_ASSERT_EQUAL(built.plan->count, 2);
    check_dependencies(&built, "Z", "Other");
    arena_close(built.arena);
}

static void resources_that_are_not_made_cannot_be_named(void) {
    check_refusal(
        CONDITIONAL "  Z: {Type: T, Properties: {P: !Ref Topic}}\n",
        "Template format error: Unresolved resource dependencies [Topic] in the Resources block of the "
        "template");
    check_refusal(
        CONDITIONAL "  Z: {Type: T, Properties: {P: !GetAtt Topic.Arn}}\n",
        "Template format error: Unresolved resource dependencies [Topic] in the Resources block of the "
        "template");
    check_refusal(CONDITIONAL "Outputs: {O: {Value: !Ref Topic}}\n",
                  "Unresolved resource dependencies [Topic] in the Outputs block of the template");
}

static void circles_are_named_without_their_followers(void) {
    check_refusal("Resources:\n"
                  "  F: {Type: T, DependsOn: A}\n"
                  "  A: {Type: T, Properties: {P: !Ref B}}\n"
                  "  B: {Type: T, Properties: {P: !Ref C, Q: !Ref G}}\n"
                  "  C: {Type: T, Properties: {P: !GetAtt A.Arn}}\n"
                  "  G: {Type: T}\n",
                  "Circular dependency between resources: [A, B, C]");
    check_refusal("Resources: {A: {Type: T, DependsOn: A}}", "Circular dependency between resources: [A]");
}

static void wrong_values_are_refused_before_anything_begins(void) {
    check_refusal("Parameters: {K: {Type: String, Default: C}}\n"
                  "Mappings: {TopicSuffixMap: {A: {Suffix: x}}}\n"
                  "Resources: {A: {Type: T, Properties: {P: !FindInMap [TopicSuffixMap, !Ref K, Suffix]}}}",
                  "Template error: Unable to get mapping for TopicSuffixMap::C::Suffix");
}

static void types_must_not_change(void) {
    struct built built = build("Resources: {A: {Type: 'Custom::B'}, C: {Type: T}}");
    json_t *types = json_pack("{s:s,s:s}", "A", "Custom::A", "C", "T");
    CU_ASSERT_STRING_EQUAL(
        stack_plan_type_change(built.arena, built.plan, types),
        "Update of resource type is not permitted. The new template modifies resource type of the "
        "following resources: [A]");
    json_object_del(types, "A");
    CU_ASSERT_PTR_NULL(stack_plan_type_change(built.arena, built.plan, types));
    json_decref(types);
    arena_close(built.arena);
}

static void changed_properties_are_listed(void) {
    struct arena *arena = arena_open();
    json_t *old = json_pack("{s:i,s:s,s:[s,b],s:s}", "N", 5, "S", "a", "L", "x", 1, "Gone", "g");
    json_t *new = json_pack("{s:s,s:s,s:[s,s],s:{}}", "N", "5", "S", "b", "L", "x", "true", "New");
    char *dumped = json_dumps(properties_changed(arena, old, new), JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(dumped, "[\"S\",\"New\",\"Gone\"]");
    free(dumped);
    json_decref(old);
    json_decref(new);
    arena_close(arena);
}

void stack_plan_test(void) {
    unit_test("Every kind of reference is a dependency", every_kind_of_reference_is_a_dependency);
    unit_test("Only the branch that a condition chooses counts", only_the_chosen_branch_counts);
    unit_test("Resources that are not made cannot be named", resources_that_are_not_made_cannot_be_named);
    unit_test("A circle is named without those that only lead to it",
              circles_are_named_without_their_followers);
    unit_test("Wrong values are refused before anything begins",
              wrong_values_are_refused_before_anything_begins);
    unit_test("A logical id keeps its type", types_must_not_change);
    unit_test("Changed properties are listed, scalars compared as text", changed_properties_are_listed);
}
