/* Mutated templates and answers: whatever comes is either understood or refused with a text. */
#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"
#include "services/cloudformation/custom_resource_response.h"
#include "services/cloudformation/language_extensions.h"
#include "services/cloudformation/stack_plan.h"

#define ROUNDS 3000
#define SIZE_MAXIMUM 8192

static const char *const seeds[] = {
    "AWSTemplateFormatVersion: '2010-09-09'\n"
    "Parameters: {P: {Type: String, Default: a, AllowedPattern: '[a-z]+'}, L: {Type: CommaDelimitedList, "
    "Default: 'a,b'}}\n"
    "Mappings: {M: {a: {b: c, d: [e, f]}}}\n"
    "Conditions: {C: !Equals [!Ref P, a], D: !And [!Condition C, !Not [!Condition C]]}\n"
    "Resources:\n"
    "  A: {Type: 'Custom::A', DependsOn: B, Properties: {ServiceToken: !GetAtt B.Arn, X: !Sub "
    "'${B}-${!x}-${P}'}}\n"
    "  B: {Type: 'AWS::SNS::Topic', Condition: C, Properties: {Y: !Select [0, !Split [',', !Join [',', !Ref "
    "L]]]}}\n"
    "Outputs: {O: {Value: !FindInMap [M, !Ref P, b], Export: {Name: !Sub '${AWS::StackName}-x'}}}\n",
    "{\"Resources\":{\"A\":{\"Type\":\"T\",\"Properties\":{\"C\":{\"Fn::Cidr\":[\"10.0.0.0/"
    "16\",4,8]},\"Z\":{\"Fn::GetAZs\":"
    "\"\"},\"B\":{\"Fn::Base64\":\"x{{resolve:ssm:n:1}}\"},\"I\":{\"Fn::ImportValue\":\"v\"},\"N\":{\"Ref\":"
    "\"AWS::NoValue\"}}"
    "}},\"Rules\":{\"R\":{\"Assertions\":[{\"Assert\":{\"Fn::Contains\":[[\"a\"],\"a\"]},"
    "\"AssertDescription\":\"d\"}]}}}",
    "Transform: AWS::LanguageExtensions\n"
    "Resources: {'Fn::ForEach::L': [X, [a, b], {'R${X}': {Type: T, Properties: {N: {'Fn::Length': [1, 2]}, "
    "J: "
    "{'Fn::ToJsonString': {a: 1}}}}}]}\n",
};

static const char *const words[] = {
    "!Ref ", "!Sub ", "!GetAtt ", "Fn::If", "Fn::ForEach::", "null", "[]", "{}", "${", "}", "'",
    "\"",    ":",     "- ",       "\n",     "{{resolve:",    "A",    "0",
};

static size_t mutate(struct ids *ids, char *text, size_t size) {
    size_t at = (size_t)ids_random_below(ids, size + 1);
    switch (ids_random_below(ids, 4)) {
    case 0: /* another byte */
        if (at < size) {
            text[at] = (char)ids_random_below(ids, 128);
        }
        return size;
    case 1: { /* a part is gone */
        size_t part = (size_t)ids_random_below(ids, 12);
        part = part > size - at ? size - at : part;
        memmove(text + at, text + at + part, size - at - part);
        return size - part;
    }
    case 2: { /* a word comes in */
        const char *word = words[ids_random_below(ids, sizeof words / sizeof words[0])];
        size_t part = strlen(word);
        if (size + part > SIZE_MAXIMUM) {
            return size;
        }
        memmove(text + at + part, text + at, size - at);
        memcpy(text + at, word, part);
        return size + part;
    }
    default: { /* a part stands elsewhere too */
        size_t from = (size_t)ids_random_below(ids, size + 1);
        size_t part = (size_t)ids_random_below(ids, 30);
        part = part > size - from ? size - from : part;
        if (size + part > SIZE_MAXIMUM) {
            return size;
        }
        char copy[32];
        memcpy(copy, text + from, part);
        memmove(text + at + part, text + at, size - at);
        memcpy(text + at, copy, part);
        return size + part;
    }
    }
}

static struct lookup found(void *argument, const char *name) {
    (void)argument;
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(name)};
}

static struct lookup found_attribute(void *argument, const char *logical_id, const char *attribute) {
    (void)argument;
    (void)logical_id;
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_pack("[s]", attribute)};
}

static struct lookup found_reference(void *argument, const struct dynamic_reference *reference) {
    (void)argument;
    return (struct lookup){.status = LOOKUP_FOUND, .value = json_string(reference->name)};
}

/* All that a request does with a template. NULL: refused, with *error. */
static struct stack_plan *use(struct arena *arena, struct text body, const char **error) {
    struct template *template = template_read(arena, body, error);
    struct parameters *parameters = template ? parameters_bind(arena, template, NULL, 0, NULL, error) : NULL;
    if (!parameters || !parameters_check(parameters, error)) {
        return NULL;
    }
    struct environment environment = {.arena = arena,
                                      .template = template,
                                      .parameters = parameters,
                                      .account_id = "0",
                                      .region = "us-east-1",
                                      .stack_name = "s",
                                      .ref = found,
                                      .attribute = found_attribute,
                                      .import = found,
                                      .dynamic_reference = found_reference};
    if (template->provisional) {
        const char *processed = language_extensions_expand(&environment, body, error);
        environment.template = processed ? template_read_processed(arena, text_of(processed), error) : NULL;
    }
    if (!environment.template) {
        return NULL;
    }
    template_capability(arena, environment.template, NULL);
    environment.conditions = conditions_evaluate(&environment, error);
    if (!environment.conditions || !rules_hold(&environment, error)) {
        return NULL;
    }
    struct stack_plan *plan = stack_plan_build(&environment, error);
    for (size_t i = 0; plan && i < plan->count; i++) {
        struct evaluation result = evaluate(&environment, plan->resources[i].declaration->properties);
        CU_ASSERT(result.status == EVALUATION_OK || (result.error && result.error[0]));
    }
    return plan;
}

static void mutated_templates(void) {
    struct ids *ids = ids_open(7);
    char *text = malloc(SIZE_MAXIMUM);
    int understood = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const char *seed = seeds[ids_random_below(ids, sizeof seeds / sizeof seeds[0])];
        size_t size = strlen(seed);
        memcpy(text, seed, size);
        for (uint64_t count = ids_random_below(ids, 6); count > 0; count--) {
            size = mutate(ids, text, size);
        }
        struct arena *arena = arena_open();
        const char *error = NULL;
        if (use(arena, (struct text){text, size}, &error)) {
            understood++;
        } else {
            CU_ASSERT(error && error[0]);
        }
        arena_close(arena);
    }
    CU_ASSERT(understood > ROUNDS / 10);
    free(text);
    ids_close(ids);
}

static void mutated_answers(void) {
    static const char seed[] =
        "{\"Status\":\"SUCCESS\",\"StackId\":\"s\",\"RequestId\":\"r\",\"LogicalResourceId\":\"l\","
        "\"PhysicalResourceId\":\"p\",\"Data\":{\"a\":[1.5,true,null,{\"b\":\"\\u0000\"}]}}";
    const struct custom_resource_request request = {"s", "r", "l"};
    struct ids *ids = ids_open(7);
    char *text = malloc(SIZE_MAXIMUM);
    for (int round = 0; round < ROUNDS; round++) {
        size_t size = sizeof seed - 1;
        memcpy(text, seed, size);
        for (uint64_t count = ids_random_below(ids, 4); count > 0; count--) {
            size = mutate(ids, text, size);
        }
        struct arena *arena = arena_open();
        struct custom_resource_response response =
            custom_resource_response_read(arena, (struct text){text, size}, &request);
        CU_ASSERT(response.success || (response.reason && response.reason[0]));
        char *dumped = response.data ? json_dumps(response.data, 0) : NULL;
        json_t *again = dumped ? json_loads(dumped, 0, NULL) : NULL;
        CU_ASSERT(!response.data || again); /* it is kept as a document */
        json_decref(again);
        free(dumped);
        arena_close(arena);
    }
    free(text);
    ids_close(ids);
}

void template_fuzz_test(void) {
    unit_test("Mutated templates are understood or refused with a text", mutated_templates);
    unit_test("Mutated answers get a verdict and data that can be kept", mutated_answers);
}
