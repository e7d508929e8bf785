#include <CUnit/CUnit.h>

#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"
#include "services/cloudformation/intrinsics.h"

/* ---- an environment -------------------------------------------------------------------------------- */

#define HEAD                                                                                                 \
    "Parameters:\n"                                                                                          \
    "  Stage: {Type: String, Default: dev}\n"                                                                \
    "  List: {Type: CommaDelimitedList, Default: 'x,y,z'}\n"                                                 \
    "  Secret: {Type: String, Default: pw, NoEcho: true}\n"                                                  \
    "Mappings: {M: {dev: {Size: small, Zones: [a, b]}}}\n"                                                   \
    "Conditions:\n"                                                                                          \
    "  IsProd: !Equals [!Ref Stage, prod]\n"                                                                 \
    "  IsDev: !Not [!Condition IsProd]\n"                                                                    \
    "  Both: !And [!Condition IsDev, !Equals [a, a]]\n"                                                      \
    "  Either: !Or [!Condition IsProd, !Condition Both]\n"

static struct lookup look_up_ref(void *argument, const char *logical_id) {
    (void)argument;
    if (strcmp(logical_id, "Later") == 0) {
        return (struct lookup){.status = LOOKUP_NOT_YET};
    }
    if (strcmp(logical_id, "Unknown") == 0) {
        return (struct lookup){.status = LOOKUP_UNKNOWN};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_sprintf("id-of-%s", logical_id)};
}

static struct lookup look_up_attribute(void *argument, const char *logical_id, const char *attribute) {
    (void)argument;
    if (strcmp(attribute, "Missing") == 0) {
        return (struct lookup){.status = LOOKUP_ERROR, .error = "no such attribute"};
    }
    if (strcmp(attribute, "Hidden") == 0) {
        return (struct lookup){.status = LOOKUP_FOUND, .value = json_string("secret"), .no_echo = true};
    }
    if (strcmp(attribute, "Port") == 0) {
        return (struct lookup){.status = LOOKUP_FOUND, .value = json_integer(8080)};
    }
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_sprintf("%s/%s", logical_id, attribute)};
}

static struct lookup look_up_import(void *argument, const char *name) {
    (void)argument;
    if (strcmp(name, "dev-vpc") == 0) {
        return (struct lookup){.status = LOOKUP_FOUND, .value = json_string("vpc-1")};
    }
    return (struct lookup){.status = LOOKUP_ERROR, .error = "No export named X found"};
}

static struct lookup look_up_reference(void *argument, const struct dynamic_reference *reference) {
    (void)argument;
    const char *parts[] = {reference->service,  reference->name,          reference->version,
                           reference->json_key, reference->version_stage, reference->version_id};
    struct strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        strbuf_printf(&text, "%s%s", i ? "/" : "", parts[i] ? parts[i] : "-");
    }
    json_t *value = json_string(text.data);
    strbuf_release(&text);
    return (struct lookup){.status = LOOKUP_FOUND, .value = value};
}

struct fixture {
    struct arena *arena;
    struct environment environment;
};

static struct fixture open_fixture(const char *value) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    const char *body = arena_printf(arena,
                                    HEAD "Resources:\n"
                                         "  A: {Type: T, Properties: {V: %s}}\n"
                                         "  B: {Type: T}\n  Later: {Type: T}\n  Unknown: {Type: T}\n",
                                    value);
    struct template *template = template_read(arena, text_of(body), &error);
    if (!template) {
        fprintf(stderr, "%s\n", error);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    struct parameters *parameters = parameters_bind(arena, template, NULL, 0, NULL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
    CU_ASSERT_TRUE_FATAL(parameters_check(parameters, &error));
    struct fixture fixture = {
        .arena = arena,
        .environment = {.arena = arena,
                        .template = template,
                        .parameters = parameters,
                        .account_id = "000000000000",
                        .region = "eu-west-1",
                        .stack_id = "arn:stack",
                        .stack_name = "sum",
                        .ref = look_up_ref,
                        .attribute = look_up_attribute,
                        .import = look_up_import,
                        .dynamic_reference = look_up_reference},
    };
    fixture.environment.conditions = conditions_evaluate(&fixture.environment, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture.environment.conditions);
    return fixture;
}

static struct evaluation evaluate_v(const struct fixture *fixture) {
    const struct template_resource *resource = template_find_resource(fixture->environment.template, "A");
    return evaluate(&fixture->environment, json_object_get(resource->properties, "V"));
}

static void check_value(const char *value, const char *expected) {
    struct fixture fixture = open_fixture(value);
    struct evaluation result = evaluate_v(&fixture);
    CU_ASSERT_EQUAL(result.status, EVALUATION_OK);
    char *dumped = result.value ? json_dumps(result.value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *found = dumped ? dumped : result.error ? result.error : "(none)";
    if (strcmp(found, expected) != 0) {
        fprintf(stderr, "%s gives %s, not %s\n", value, found, expected);
    }
    CU_ASSERT_STRING_EQUAL(found, expected);
    free(dumped);
    arena_close(fixture.arena);
}

static void check_error(const char *value, const char *expected) {
    struct fixture fixture = open_fixture(value);
    struct evaluation result = evaluate_v(&fixture);
    CU_ASSERT_EQUAL(result.status, EVALUATION_ERROR);
    CU_ASSERT_STRING_EQUAL(result.error ? result.error : "", expected);
    arena_close(fixture.arena);
}

/* ---- functions ------------------------------------------------------------------------------------- */

static void ref_gives_parameters_resources_and_pseudo_parameters(void) {
    check_value("!Ref Stage", "\"dev\"");
    check_value("!Ref List", "[\"x\",\"y\",\"z\"]");
    check_value("!Ref B", "\"id-of-B\"");
    check_value("[!Ref 'AWS::Region', !Ref 'AWS::Partition', !Ref 'AWS::URLSuffix', !Ref 'AWS::StackName']",
                "[\"eu-west-1\",\"aws\",\"amazonaws.com\",\"sum\"]");
}

static void getatt_splits_at_the_first_dot(void) {
    check_value("!GetAtt B.Endpoint.Address", "\"B/Endpoint.Address\"");
    check_value("{'Fn::GetAtt': [B, Arn]}", "\"B/Arn\"");
    check_value("!GetAtt B.Port", "\"8080\"");
    check_error("!GetAtt B.Missing", "no such attribute");
}

static void novalue_removes_members_and_items(void) {
    check_value("{P: !Ref 'AWS::NoValue', Q: [!Ref 'AWS::NoValue', a]}", "{\"Q\":[\"a\"]}");
    check_value("!Ref 'AWS::NoValue'", "(none)");
}

static void sub_replaces_variables(void) {
    check_value("!Sub 'a-${Stage}-${B}-${B.Arn}-${AWS::AccountId}-${!Literal}-$x'",
                "\"a-dev-id-of-B-B/Arn-000000000000-${Literal}-$x\"");
    check_value("!Sub ['my number is ${N} in ${Stage}', {N: 3, Stage: !Ref B}]",
                "\"my number is 3 in id-of-B\"");
    check_error("!Sub '${List}'",
                "Template error: variable List in Fn::Sub expression does not resolve to a string");
}

static void join_split_and_select(void) {
    check_value("!Join ['-', [a, !Ref Stage, !Ref 'AWS::NoValue', 1]]", "\"a-dev-1\"");
    check_value("!Join [',', [!Ref 'AWS::NoValue']]", "\"\"");
    check_value("!Join [',', !Ref List]", "\"x,y,z\"");
    check_value("!Split ['|', 'a||b|']", "[\"a\",\"\",\"b\",\"\"]");
    check_value("!Select ['1', !Ref List]", "\"y\"");
    check_value("!Select [0, !Split ['-', !Sub '${Stage}-1']]", "\"dev\"");
    check_error("!Select [3, !Ref List]",
                "Template error: Fn::Select requires a list argument with two elements: an "
                "integer index and a list");
    check_error(
        "!Join [',', !Ref Stage]",
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a "
        "list "
        "of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be "
        "joined.");
}

static void if_chooses_by_condition(void) {
    check_value("!If [IsProd, big, !If [Either, mid, small]]", "\"mid\"");
    check_value("{P: !If [IsProd, x, !Ref 'AWS::NoValue']}", "{}");
}

static void find_in_map(void) {
    check_value("!FindInMap [M, !Ref Stage, Size]", "\"small\"");
    check_value("!FindInMap [M, dev, Zones]", "[\"a\",\"b\"]");
    check_error("!FindInMap [M, prod, Size]", "Template error: Unable to get mapping for M::prod::Size");
}

static void base64_and_zones(void) {
    check_value("{'Fn::Base64': !Sub '${Stage}'}", "\"ZGV2\"");
    check_value("!GetAZs ''", "[\"eu-west-1a\",\"eu-west-1b\",\"eu-west-1c\"]");
    check_value("!GetAZs us-east-1", "[\"us-east-1a\",\"us-east-1b\",\"us-east-1c\"]");
}

static void cidr_splits_blocks(void) {
    check_value("!Cidr [192.168.0.0/24, 6, 5]",
                "[\"192.168.0.0/27\",\"192.168.0.32/27\",\"192.168.0.64/27\",\"192.168.0.96/27\","
                "\"192.168.0.128/27\",\"192.168.0.160/27\"]");
    check_value("!Cidr [10.0.0.0/16, 2]", "[\"10.0.0.0/24\",\"10.0.1.0/24\"]");
    check_value("!Cidr ['2001:db8::/56', 2, 64]", "[\"2001:db8::/64\",\"2001:db8:0:1::/64\"]");
    check_error("!Cidr [192.168.0.0/24, 9, 5]",
                "Template error: Fn::Cidr cannot split 192.168.0.0/24 into 9 blocks with 5 subnet bits");
}

static void import_asks_for_the_export(void) {
    check_value("!ImportValue {'Fn::Sub': '${Stage}-vpc'}", "\"vpc-1\"");
    check_error("!ImportValue other", "No export named X found");
}

static void evaluation_waits_for_what_is_not_there_yet(void) {
    struct fixture fixture = open_fixture("{P: !Ref Later, Q: !Sub '${Later.Arn}'}");
    CU_ASSERT_EQUAL(evaluate_v(&fixture).status, EVALUATION_WAIT);
    arena_close(fixture.arena);
}

static void unknown_values_swallow_the_functions_around_them(void) {
    check_value(
        "{P: !Sub 'a-${Unknown}', Q: !Join ['', [a, !Ref Unknown]], R: x}",
        "{\"P\":\"{{changeSet:KNOWN_AFTER_APPLY}}\",\"Q\":\"{{changeSet:KNOWN_AFTER_APPLY}}\",\"R\":\"x\"}");
}

static void secrets_are_masked_only_where_asked(void) {
    struct fixture fixture = open_fixture("[!Ref Secret, !GetAtt B.Hidden]");
    struct evaluation clear = evaluate_v(&fixture);
    CU_ASSERT_TRUE(clear.no_echo);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(clear.value, 0)), "pw");
    fixture.environment.mask_no_echo = true;
    struct evaluation masked = evaluate_v(&fixture);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(masked.value, 0)), "****");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(masked.value, 1)), "*****");
    arena_close(fixture.arena);
}

static void dynamic_references_are_resolved_inside_strings(void) {
    check_value("'a {{resolve:ssm:/my/name:2}} b {{resolve:ssm:n}}'",
                "\"a ssm//my/name/2/-/-/- b ssm/n/-/-/-/-\"");
    check_value("'{{resolve:secretsmanager:db:SecretString:password}}'",
                "\"secretsmanager/db/-/password/-/-\"");
    check_value("'{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:0:secret:db-x1::key::v1}}'",
                "\"secretsmanager/arn:aws:secretsmanager:eu-west-1:0:secret:db-x1/-/key/-/v1\"");
    check_value("'{{resolve:ssm:open'", "\"{{resolve:ssm:open\"");
}

static void secure_references_stay_for_custom_resources(void) {
    struct fixture fixture = open_fixture("['{{resolve:ssm-secure:n:1}}', '{{resolve:ssm:n}}']");
    fixture.environment.custom_resource = true;
    struct evaluation result = evaluate_v(&fixture);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(result.value, 0)), "{{resolve:ssm-secure:n:1}}");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(result.value, 1)), "ssm/n/-/-/-/-");
    arena_close(fixture.arena);
}

static void circular_conditions_are_refused(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template =
        template_read(arena,
                      TEXT("Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n"
                           "Resources: {R: {Type: T}}"),
                      &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    struct environment environment = {.arena = arena, .template = template};
    CU_ASSERT_PTR_NULL(conditions_evaluate(&environment, &error));
    CU_ASSERT_STRING_EQUAL(error, "Template error: Found circular condition dependency between B and A");
    arena_close(arena);
}

static void rules_assert(void) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    struct template *template = template_read(
        arena,
        TEXT("Parameters: {Size: {Type: String, Default: big}}\n"
             "Rules:\n"
             "  R:\n"
             "    RuleCondition: !Equals [!Ref Size, big]\n"
             "    Assertions:\n"
             "      - {Assert: {'Fn::Contains': [[small], !Ref Size]}, AssertDescription: only small ones}\n"
             "Resources: {R: {Type: T}}"),
        &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(template);
    struct parameters *parameters = parameters_bind(arena, template, NULL, 0, NULL, &error);
    CU_ASSERT_TRUE_FATAL(parameters_check(parameters, &error));
    struct environment environment = {.arena = arena, .template = template, .parameters = parameters};
    CU_ASSERT_FALSE(rules_hold(&environment, &error));
    CU_ASSERT_STRING_EQUAL(error, "only small ones");
    arena_close(arena);
}

void intrinsics_test(void) {
    unit_test("Ref gives parameters, resources and pseudo parameters",
              ref_gives_parameters_resources_and_pseudo_parameters);
    unit_test("GetAtt splits at the first dot", getatt_splits_at_the_first_dot);
    unit_test("AWS::NoValue removes members and items", novalue_removes_members_and_items);
    unit_test("Sub replaces variables in both forms", sub_replaces_variables);
    unit_test("Join, Split and Select work on lists", join_split_and_select);
    unit_test("If chooses by its condition", if_chooses_by_condition);
    unit_test("FindInMap finds or says what it cannot get", find_in_map);
    unit_test("Base64 and GetAZs", base64_and_zones);
    unit_test("Cidr splits IPv4 and IPv6 blocks", cidr_splits_blocks);
    unit_test("ImportValue asks for the export", import_asks_for_the_export);
    unit_test("An evaluation waits for what is not there yet", evaluation_waits_for_what_is_not_there_yet);
    unit_test("An unknown value swallows the functions around it",
              unknown_values_swallow_the_functions_around_them);
    unit_test("Secrets are masked only where asked", secrets_are_masked_only_where_asked);
    unit_test("Dynamic references are resolved inside strings",
              dynamic_references_are_resolved_inside_strings);
    unit_test("Secure references stay as they are for custom resources",
              secure_references_stay_for_custom_resources);
    unit_test("Circular conditions are refused", circular_conditions_are_refused);
    unit_test("A rule's assertion refuses with its description", rules_assert);
}
