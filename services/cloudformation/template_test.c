#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/template.h"

/* The error of a template that is refused; "" when it is not. */
static const char *refusal(struct arena *arena, const char *body) {
    const char *error = "";
    struct template *template = template_read(arena, text_of(body), &error);
    return template ? "" : error;
}

static void check_refusal(const char *body, const char *expected) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(refusal(arena, body), expected);
    arena_close(arena);
}

#define RESOURCE "Resources: {A: {Type: 'AWS::SNS::Topic'}}\n"

static void body_that_is_no_map(void) {
    check_refusal("https://example.com/template", "Template format error: unsupported structure.");
    check_refusal("[1, 2]", "Template format error: unsupported structure.");
}

static void broken_json_names_the_place(void) {
    check_refusal("{\"this is invalid JSON\"=\"bobbins\"}",
                  "Template format error: JSON not well-formed. (line 1, column 25)");
}

static void broken_yaml(void) {
    check_refusal("Resources:\n  A: \"open", "Template format error: YAML not well-formed.");
    check_refusal("Resources:\n  A: &x {Type: T}\n  B: *x",
                  "Template error: YAML aliases are not allowed in CloudFormation templates");
}

static void resources_are_needed(void) {
    check_refusal("Parameters: {}", "Template format error: At least one Resources member must be defined.");
    check_refusal("Resources: {}", "Template format error: At least one Resources member must be defined.");
    check_refusal("Resources: {A: text}", "Template format error: Any Resources member must be an object.");
    check_refusal("Resources: {'Fn::ForEach::L': [X, [a], {}]}",
                  "Template format error: [/Resources/Fn::ForEach::L] resource definition is malformed");
    check_refusal("Resources: {A: {Properties: {}}}",
                  "Template format error: [/Resources/A] Every Resources object must contain a Type member.");
    check_refusal("Resources: {A: {Type: 'AWS::SNS::Topic', Invalid: x}}",
                  "Invalid template resource property 'Invalid'");
}

static void names_are_alphanumeric(void) {
    check_refusal("Resources: {my-bad-resource-id: {Type: 'AWS::SNS::Topic'}}",
                  "Template format error: Resource name my-bad-resource-id is non alphanumeric.");
    check_refusal("Parameters: {'AWS::NoValue': {Type: String}}\n" RESOURCE,
                  "Template format error: Parameter name AWS::NoValue is non alphanumeric.");
}

static void nulls_are_refused_with_their_path(void) {
    check_refusal(RESOURCE "Outputs: {MyOutput: {Value: null}}",
                  "[/Outputs/MyOutput/Value] 'null' values are not allowed in templates");
    check_refusal(RESOURCE "Outputs: {MyOutput: {}}",
                  "Template format error: Every Outputs member must contain a Value object");
}

static void unknown_sections(void) {
    check_refusal(RESOURCE "Foo: 1\nBar: 2\n", "Invalid template property or properties [Foo, Bar]");
}

static void mappings_have_two_levels(void) {
    check_refusal(RESOURCE "Mappings: {M: {A: x}}",
                  "Template format error: Every Mappings member A must be a map");
    check_refusal(RESOURCE "Mappings: {M: {A: {B: {C: x}}}}",
                  "Template format error: Every Mappings attribute must be a String or a List.");
    check_refusal(RESOURCE "Mappings: {M: {A: {B: !Ref X}}}",
                  "Template format error: Every Mappings attribute must be a String or a List.");
}

static void references_to_nothing(void) {
    check_refusal(
        "Resources: {A: {Type: T, Properties: {P: !Ref InvalidRef}}}",
        "Template format error: Unresolved resource dependencies [InvalidRef] in the Resources block of "
        "the template");
    check_refusal(
        "Resources: {A: {Type: T, DependsOn: X, Properties: {P: !Sub '${Y}-${A.B}'}}}",
        "Template format error: Unresolved resource dependencies [X, Y] in the Resources block of the "
        "template");
    check_refusal(RESOURCE "Outputs: {O: {Value: !Ref X}}",
                  "Unresolved resource dependencies [X] in the Outputs block of the template");
    check_refusal("Resources: {A: {Type: T, Properties: {P: !GetAtt X.Arn}}}",
                  "Template error: instance of Fn::GetAtt references undefined resource X");
}

static void arity_of_functions(void) {
    check_refusal(
        "Resources: {A: {Type: T, Properties: {P: !GetAtt [A]}}}",
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and "
        "the resource attribute");
    check_refusal(
        "Resources: {A: {Type: T, Properties: {P: !Select [x, [a, b]]}}}",
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a "
        "list");
    check_refusal(
        "Resources: {A: {Type: T, Properties: {P: !Select [2, [a, b]]}}}",
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a "
        "list");
    check_refusal(
        "Resources: {A: {Type: T, Properties: {P: !Split [',']}}}",
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) "
        "a string to be split or a function that returns a string to be split.");
    check_refusal("Conditions: {C: !Equals [a]}\n" RESOURCE,
                  "Template error: every Fn::Equals object requires a list of 2 string parameters.");
    check_refusal("Resources: {A: {Type: T, Properties: {P: !If [MissingCondition, a, b]}}}",
                  "Template error: unresolved condition dependency MissingCondition in Fn::If");
}

static void transform_names_are_strings(void) {
    check_refusal(RESOURCE "Transform: {Name: {Ref: X}}",
                  "Key Name of transform definition must be a string.");
}

static void scalars_are_strings_as_written(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template = template_read(
        arena,
        TEXT("{\"Resources\": {\"A\": {\"Type\": \"Custom::T\", \"Version\": \"1.0\", \"Properties\": "
             "{\"F\": 1.0, \"B\": true, \"N\": 12, \"E\": 1e3}}}}"),
        &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    char *dumped = json_dumps(template->resources[0].properties, JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(dumped, "{\"F\":\"1.0\",\"B\":\"true\",\"N\":\"12\",\"E\":\"1e3\"}");
    free(dumped);
    arena_close(arena);
}

static void resource_attributes_are_read(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template = template_read(arena,
                                              TEXT("Conditions: {C: !Equals [a, a]}\n"
                                                   "Resources:\n"
                                                   "  A:\n"
                                                   "    Type: Custom::Thing\n"
                                                   "    DependsOn: [B]\n"
                                                   "    Condition: C\n"
                                                   "    DeletionPolicy: RetainExceptOnCreate\n"
                                                   "    UpdateReplacePolicy: Retain\n"
                                                   "  B: {Type: 'AWS::SNS::Topic'}\n"),
                                              &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    const struct template_resource *a = template_find_resource(template, "A");
    CU_ASSERT_EQUAL(a->deletion_policy, POLICY_RETAIN_EXCEPT_ON_CREATE);
    CU_ASSERT_EQUAL(a->update_replace_policy, POLICY_RETAIN);
    CU_ASSERT_STRING_EQUAL(a->depends_on[0], "B");
    CU_ASSERT_STRING_EQUAL(a->condition, "C");
    CU_ASSERT_EQUAL(json_array_size(template_resource_types(arena, template)), 2);
    arena_close(arena);
}

static const char *missing_capability(struct arena *arena, const char *body, const char *given,
                                      bool expanding) {
    const char *error = NULL;
    struct template *template = template_read(arena, text_of(body), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    json_t *list = json_loads(given, 0, NULL);
    const char *missing = template_missing_capability(arena, template, list, expanding);
    json_decref(list);
    return missing ? missing : "";
}

static void iam_resources_need_a_capability(void) {
    struct arena *arena = arena_open();
    const char *role = "Resources: {R: {Type: 'AWS::IAM::Role'}}";
    const char *named = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {RoleName: x}}}";
    CU_ASSERT_STRING_EQUAL(missing_capability(arena, role, "[]", true),
                           "Requires capabilities : [CAPABILITY_IAM]");
    CU_ASSERT_STRING_EQUAL(missing_capability(arena, role, "[\"CAPABILITY_NAMED_IAM\"]", true), "");
    CU_ASSERT_STRING_EQUAL(missing_capability(arena, named, "[\"CAPABILITY_IAM\"]", true),
                           "Requires capabilities : [CAPABILITY_NAMED_IAM]");
    arena_close(arena);
}

static void transforms_need_auto_expand_outside_change_sets(void) {
    struct arena *arena = arena_open();
    const char *body = "Transform: Some\nResources: {A: {Type: T}}";
    CU_ASSERT_STRING_EQUAL(missing_capability(arena, body, "[]", true),
                           "Requires capabilities : [CAPABILITY_AUTO_EXPAND]");
    CU_ASSERT_STRING_EQUAL(missing_capability(arena, body, "[]", false), "");
    arena_close(arena);
}

static void template_with_a_transform_is_provisional(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template = template_read(
        arena, TEXT("Resources: {A: {'Fn::Transform': {Name: M, Parameters: {K: v}}}}"), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    CU_ASSERT_TRUE(template->provisional);
    CU_ASSERT_TRUE(template_has_transform(template, "M"));
    arena_close(arena);
}

static void policy_conditions_are_no_functions(void) {
    check_refusal("Resources: {A: {Type: T, Properties: {S: {Condition: {StringEquals: {a: b}}}}}}", "");
}

void template_test(void) {
    unit_test("A body that is no map is of an unsupported structure", body_that_is_no_map);
    unit_test("Broken JSON names line and column as the service does", broken_json_names_the_place);
    unit_test("Broken YAML and aliases are refused", broken_yaml);
    unit_test("Resources are needed and checked", resources_are_needed);
    unit_test("Names are alphanumeric", names_are_alphanumeric);
    unit_test("A null is refused with its path", nulls_are_refused_with_their_path);
    unit_test("Unknown sections are listed", unknown_sections);
    unit_test("Mappings have exactly two levels", mappings_have_two_levels);
    unit_test("References to nothing are listed for their block", references_to_nothing);
    unit_test("Functions with wrong arguments are refused", arity_of_functions);
    unit_test("A transform's name is a string", transform_names_are_strings);
    unit_test("Scalars are strings as they were written", scalars_are_strings_as_written);
    unit_test("Attributes of a resource are read", resource_attributes_are_read);
    unit_test("IAM resources need a capability, named ones a stronger one", iam_resources_need_a_capability);
    unit_test("Transforms need AUTO_EXPAND outside of change sets",
              transforms_need_auto_expand_outside_change_sets);
    unit_test("A template with a transform is provisional", template_with_a_transform_is_provisional);
    unit_test("A policy statement's Condition is no function", policy_conditions_are_no_functions);
}
