#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/resource_call.h"
#include "services/cloudformation/resource_types.h"

static const char *check_parameter(struct arena *arena, const char *properties) {
    json_t *json = json_loads(properties, 0, NULL);
    const char *problem =
        resource_type_check_properties(resource_type_find("AWS::SSM::Parameter"), json, arena);
    json_decref(json);
    return problem;
}

static void properties_are_checked(void) {
    struct arena *arena = arena_open();
    CU_ASSERT_PTR_NULL(check_parameter(arena, "{\"Type\":\"String\",\"Value\":1}"));
    /* Source: recorded test_invalid_stack_deploy. */
    CU_ASSERT_STRING_EQUAL(check_parameter(arena, "{\"Value\":\"abc123\"}"),
                           "Property validation failure: [The property {/Type} is required]");
    CU_ASSERT_STRING_EQUAL(
        check_parameter(arena, "{\"Type\":\"String\",\"Value\":\"\",\"Foo\":1,\"Bar\":2}"),
        "Property validation failure: [Encountered unsupported properties in {/}: [Foo, Bar]]");
    CU_ASSERT_STRING_EQUAL(
        check_parameter(arena, "{\"Type\":[],\"Value\":\"\"}"),
        "Property validation failure: [Value of property {/Type} does not match type {String}]");
    arena_close(arena);
}

static void every_row_is_whole(void) {
    static const char *const names[] = {
        "AWS::Lambda::Function",   "AWS::Lambda::Permission",
        "AWS::IAM::Role",          "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy", "AWS::SSM::Parameter",
        "AWS::Logs::LogGroup",     "AWS::S3::Bucket",
        "AWS::SQS::Queue",         "AWS::SNS::Topic",
        "AWS::DynamoDB::Table",    "AWS::CloudFormation::Stack",
        "Custom::Anything",        "AWS::CloudFormation::CustomResource",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct resource_type *type = resource_type_find(names[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(type);
        CU_ASSERT_TRUE(type->start || type->remove || resource_type_is_custom(names[i]));
    }
    CU_ASSERT_PTR_NULL(resource_type_find("AWS::EC2::Nothing"));
}

static void replacement_and_attributes(void) {
    const struct resource_type *type = resource_type_find("AWS::SSM::Parameter");
    CU_ASSERT_TRUE(resource_type_property_replaces(type, "Name"));
    CU_ASSERT_FALSE(resource_type_property_replaces(type, "Value"));
    CU_ASSERT_TRUE(resource_type_has_attribute(type, "Value"));
    CU_ASSERT_FALSE(resource_type_has_attribute(type, "Arn"));
    CU_ASSERT_TRUE(resource_type_has_attribute(resource_type_find("Custom::X"), "any.thing"));
    CU_ASSERT_TRUE(
        resource_type_has_attribute(resource_type_find("AWS::CloudFormation::Stack"), "Outputs.A"));
    CU_ASSERT_FALSE(
        resource_type_has_attribute(resource_type_find("AWS::CloudFormation::Stack"), "Outputs."));
}

static void names_are_generated(void) {
    struct arena *arena = arena_open();
    struct ids *ids = ids_open(7);
    const char *name = resource_type_generate_name(arena, ids, "stack", "Logical", 0, false);
    CU_ASSERT_EQUAL(strncmp(name, "stack-Logical-", 14), 0);
    CU_ASSERT_EQUAL(strlen(name), 14 + 12);
    CU_ASSERT_EQUAL(strspn(name + 14, IDS_UPPER_ALPHANUMERIC), 12);
    const char *lower = resource_type_generate_name(arena, ids, "Stack", "Logical", 63, true);
    CU_ASSERT_EQUAL(strspn(lower, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(lower));
    const char *s = "a-stack-with-quite-a-long-name-indeed";
    const char *l = "AndALogicalIdThatIsNotShortEither";
    const char *cut = resource_type_generate_name(arena, ids, s, l, 64, false);
    CU_ASSERT_EQUAL(strlen(cut), 64);
    CU_ASSERT_EQUAL(strncmp(cut, s, 25), 0);
    const char *half = resource_type_generate_name(arena, ids, "s", l, 40, false);
    CU_ASSERT_EQUAL(strlen(half), 40);
    CU_ASSERT_EQUAL(strncmp(half, "s-AndALogicalIdThatIsNotS", 25), 0);
    ids_close(ids);
    arena_close(arena);
}

static void errors_become_handler_codes(void) {
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("ParameterAlreadyExists"), "AlreadyExists");
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("NoSuchEntity"), "NotFound");
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("AWS.SimpleQueueService.NonExistentQueue"),
                           "NotFound");
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("AccessDeniedException"), "AccessDenied");
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("ValidationException"), "InvalidRequest");
    CU_ASSERT_STRING_EQUAL(resource_handler_error_code("Whatever"), "GeneralServiceException");
}

/* Scalars of a template are texts; calls want what their shapes say. */
static void scalars_fit_the_shape(void) {
    static const struct shape integer = {.name = "I", .type = SHAPE_INTEGER};
    static const struct shape boolean = {.name = "B", .type = SHAPE_BOOLEAN};
    static const struct shape string = {.name = "S", .type = SHAPE_STRING};
    json_t *twelve = json_string("12");
    json_t *letters = json_string("x");
    json_t *yes = json_string("true");
    json_t *five = json_integer(5);
    json_t *fitted[] = {resource_fit_to_shape(&integer, twelve), resource_fit_to_shape(&integer, letters),
                        resource_fit_to_shape(&boolean, yes), resource_fit_to_shape(&string, five),
                        resource_fit_to_shape(&string, json_true())};
    CU_ASSERT_EQUAL(json_integer_value(fitted[0]), 12);
    CU_ASSERT_STRING_EQUAL(json_string_value(fitted[1]), "x");
    CU_ASSERT_TRUE(json_is_true(fitted[2]));
    CU_ASSERT_STRING_EQUAL(json_string_value(fitted[3]), "5");
    CU_ASSERT_STRING_EQUAL(json_string_value(fitted[4]), "true");
    for (size_t i = 0; i < sizeof fitted / sizeof *fitted; i++) {
        json_decref(fitted[i]);
    }
    json_decref(twelve);
    json_decref(letters);
    json_decref(yes);
    json_decref(five);
}

void resource_types_test(void);
void resource_types_test(void) {
    unit_test("properties are checked with AWS's texts", properties_are_checked);
    unit_test("each type can at least be deleted; unknown types have no row", every_row_is_whole);
    unit_test("a row says what replaces and what Fn::GetAtt may ask", replacement_and_attributes);
    unit_test("generated names keep to the limit and share it fairly", names_are_generated);
    unit_test("service errors become handler error codes", errors_become_handler_codes);
    unit_test("scalars are turned into what the called shape declares", scalars_fit_the_shape);
}
