/* The texts are recorded answers of AWS; most of the matching too. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/sns/filter_policy.h"

static bool is_refused(const char *source, enum filter_scope scope, const char *wanted) {
    struct arena *arena = arena_open();
    const char *message = NULL;
    const struct event_pattern *policy = filter_policy_read(arena, text_of(source), scope, &message);
    bool same = wanted ? !policy && message && strcmp(message, wanted) == 0 : policy && !message;
    if (!same) {
        fprintf(stderr, "%s\n  gives  %s\n  wanted %s\n", source, message ? message : "no error",
                wanted ? wanted : "no error");
    }
    arena_close(arena);
    return same;
}

static bool matches(const char *source, const char *subject) {
    struct arena *arena = arena_open();
    const char *message;
    const struct event_pattern *policy =
        filter_policy_read(arena, text_of(source), FILTER_MESSAGE_BODY, &message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
    bool good = event_pattern_matches(policy, json_parse(arena, text_of(subject), NULL));
    arena_close(arena);
    return good;
}

static void a_wrong_policy_is_refused_with_the_place_aws_names(void) {
    static const char *const cases[][2] = {
        {"{\"key\":[]}",
         "Empty arrays are not allowed\n at [Source: (String)\"{\"key\":[]}\"; line: 1, column: 10]"},
        {"{\"key\":[{\"suffix\":100}]}", "suffix match pattern must be a string\n at [Source: "
                                         "(String)\"{\"key\":[{\"suffix\":100}]}\"; line: 1, column: 22]"},
        {"{\"key\":[{\"suffix\":null}]}", "suffix match pattern must be a string\n at [Source: "
                                          "(String)\"{\"key\":[{\"suffix\":null}]}\"; line: 1, column: 23]"},
        {"{\"key\":{\"suffix\":\"value\"}}",
         "\"suffix\" must be an object or an array\n at [Source: "
         "(String)\"{\"key\":{\"suffix\":\"value\"}}\"; line: 1, column: 19]"},
        {"{\"key\":[{\"suffix\":[]}]}", "suffix match pattern must be a string\n at [Source: "
                                        "(String)\"{\"key\":[{\"suffix\":[]}]}\"; line: 1, column: 20]"},
        {"{\"key\":[{\"suffix\":[\"test\",\"test2\"]}]}",
         "suffix match pattern must be a string\n at [Source: "
         "(String)\"{\"key\":[{\"suffix\":[\"test\",\"test2\"]}]}\"; line: 1, column: 20]"},
        {"{\"key\":{\"suffix\":\"value\",\"prefix\":\"value\"}}",
         "\"suffix\" must be an object or an array\n at [Source: "
         "(String)\"{\"key\":{\"suffix\":\"value\",\"prefix\":\"value\"}}\"; line: 1, column: 19]"},
        {"{\"key\":{\"not-an-operator\":\"value\"}}",
         "\"not-an-operator\" must be an object or an array\n at [Source: "
         "(String)\"{\"key\":{\"not-an-operator\":\"value\"}}\"; line: 1, column: 28]"},
        {"{\"key\":[{\"cidr\":[\"bad-filter\"]}]}",
         "prefix match pattern must be a string\n at [Source: "
         "(String)\"{\"key\":[{\"cidr\":[\"bad-filter\"]}]}\"; line: 1, column: 18]"},
        {"{\"key\":[{\"numeric\":[]}]}", "Invalid member in numeric match: ]\n at [Source: "
                                         "(String)\"{\"key\":[{\"numeric\":[]}]}\"; line: 1, column: 22]"},
        {"{\"key\":[{\"numeric\":[\"operator\"]}]}",
         "Unrecognized numeric range operator: operator\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\"operator\"]}]}\"; line: 1, column: 32]"},
        {"{\"key\":[{\"numeric\":[1,\"<=\"]}]}",
         "Invalid member in numeric match: 1\n at [Source: (String)\"{\"key\":[{\"numeric\":[1,\"<=\"]}]}\"; "
         "line: 1, column: 22]"},
        {"{\"key\":[{\"numeric\":[\"=\",\"000\"]}]}",
         "Value of equals must be numeric\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\"=\",\"000\"]}]}\"; line: 1, column: 26]"},
        {"{\"key\":[{\"numeric\":[\">=\"]}]}",
         "Value of >= must be numeric\n at [Source: (String)\"{\"key\":[{\"numeric\":[\">=\"]}]}\"; line: 1, "
         "column: 26]"},
        {"{\"key\":[{\"numeric\":[\"<\",100,\">\",10]}]}",
         "Too many elements in numeric expression\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\"<\",100,\">\",10]}]}\"; line: 1, column: 30]"},
        {"{\"key\":[{\"numeric\":[\">=\",1,\">\",2]}]}",
         "Bad numeric range operator: >\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">=\",1,\">\",2]}]}\"; line: 1, column: 31]"},
        {"{\"key\":[{\"numeric\":[\">\",3,\"<\",1]}]}",
         "Bottom must be less than top\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">\",3,\"<\",1]}]}\"; line: 1, column: 33]"},
        {"{\"key\":[{\"numeric\":[\">\",20,\"<=\"]}]}",
         "Value of <= must be numeric\n at [Source: (String)\"{\"key\":[{\"numeric\":[\">\",20,\"<=\"]}]}\"; "
         "line: 1, column: 33]"},
        {"{\"key\":[{\"numeric\":[\">\",20,30]}]}",
         "Bad value in numeric range: 30\n at [Source: (String)\"{\"key\":[{\"numeric\":[\">\",20,30]}]}\"; "
         "line: 1, column: 30]"},
        {"{\"key\":[{\"numeric\":[\">\",20,\"test\"]}]}",
         "Bad numeric range operator: test\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">\",20,\"test\"]}]}\"; line: 1, column: 34]"},
        {"{\"key\":[{\"numeric\":[\">\",\"20\",\"<\",\"30\"]}]}",
         "Value of > must be numeric\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">\",\"20\",\"<\",\"30\"]}]}\"; line: 1, column: 26]"},
        {"{\"key\":[{\"numeric\":[\">\",20,\"<\",\"30\"]}]}",
         "Value of < must be numeric\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">\",20,\"<\",\"30\"]}]}\"; line: 1, column: 33]"},
        {"{\"key\":[{\"numeric\":[\">\",20,\"<\",30,\"<\",50]}]}",
         "Too many terms in numeric range expression\n at [Source: "
         "(String)\"{\"key\":[{\"numeric\":[\">\",20,\"<\",30,\"<\",50]}]}\"; line: 1, column: 36]"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CU_ASSERT_TRUE(is_refused(cases[i][0], FILTER_MESSAGE_ATTRIBUTES, cases[i][1]));
    }
}

static void blanks_do_not_count_for_the_place(void) {
    CU_ASSERT_TRUE(is_refused(
        "{\"key\": [ ]}", FILTER_MESSAGE_ATTRIBUTES,
        "Empty arrays are not allowed\n at [Source: (String)\"{\"key\":[]}\"; line: 1, column: 10]"));
}

static void addresses_are_checked(void) {
    static const char *const cases[][2] = {
        {"{\"key\":[{\"cidr\":\"bad-filter\"}]}", "Malformed CIDR, one '/' required"},
        {"{\"key\":[{\"cidr\":\"bad-filter/64\"}]}", "Nonstandard IP address: bad-filter"},
        {"{\"key\":[{\"cidr\":\"bad-filter/64x\"}]}", "Malformed CIDR, mask bits must be an integer"},
        {"{\"key\":[{\"cidr\":\"xx.11.xx/8\"}]}", "Nonstandard IP address: xx.11.xx"},
        {"{\"key\":[{\"cidr\":\"xxxx:db8:1234:1a00::/64\"}]}",
         "Nonstandard IP address: xxxx:db8:1234:1a00::"},
        {"{\"key\":[{\"cidr\":\"10.0.0.0/24\"}]}", NULL},
        {"{\"key\":[{\"cidr\":\"2001:db8::/64\"}]}", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CU_ASSERT_TRUE(is_refused(cases[i][0], FILTER_MESSAGE_ATTRIBUTES, cases[i][1]));
    }
}

static void text_that_is_no_json_is_named(void) {
    CU_ASSERT_TRUE(is_refused(
        "invalid", FILTER_MESSAGE_ATTRIBUTES,
        "failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, "
        "Object or token 'null', 'true' or 'false')\n at [Source: REDACTED "
        "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]"));
}

/* {"NAME":["0","1",..]} without the braces. */
static void append_values(struct strbuf *policy, const char *name, int count) {
    strbuf_printf(policy, "\"%s\":[", name);
    for (int i = 0; i < count; i++) {
        strbuf_printf(policy, "%s\"%d\"", i ? "," : "", i);
    }
    strbuf_append_char(policy, ']');
}

static bool is_too_complex(const char *source, enum filter_scope scope) {
    return is_refused(source, scope, "Filter policy is too complex");
}

static void combinations_count_up_to_150(void) {
    struct strbuf policy = STRBUF_INIT;
    strbuf_append_char(&policy, '{');
    append_values(&policy, "a", 150);
    strbuf_append_char(&policy, '}');
    CU_ASSERT_TRUE(is_refused(policy.data, FILTER_MESSAGE_ATTRIBUTES, NULL));
    strbuf_clear(&policy);
    strbuf_append_char(&policy, '{');
    append_values(&policy, "a", 151);
    strbuf_append_char(&policy, '}');
    CU_ASSERT_TRUE(is_too_complex(policy.data, FILTER_MESSAGE_ATTRIBUTES));
    strbuf_clear(&policy);
    /* (4 x 3) x (3 x 2) x (3 x 1) = 216, of AWS's documentation. */
    strbuf_append_string(&policy, "{\"a\":{\"b\":{");
    append_values(&policy, "c", 4);
    strbuf_append_string(&policy, "}},\"d\":{");
    append_values(&policy, "e", 3);
    strbuf_append_string(&policy, "},");
    append_values(&policy, "f", 3);
    strbuf_append_char(&policy, '}');
    CU_ASSERT_TRUE(is_too_complex(policy.data, FILTER_MESSAGE_BODY));
    strbuf_release(&policy);
}

static void alternatives_add_up(void) {
    struct strbuf policy = STRBUF_INIT;
    for (int extra = 0; extra < 2; extra++) {
        strbuf_clear(&policy);
        strbuf_append_string(&policy, "{\"$or\":[{");
        append_values(&policy, "a", 75);
        strbuf_append_string(&policy, "},{");
        append_values(&policy, "b", 75 + extra);
        strbuf_append_string(&policy, "}]}");
        CU_ASSERT_TRUE(extra ? is_too_complex(policy.data, FILTER_MESSAGE_ATTRIBUTES)
                             : is_refused(policy.data, FILTER_MESSAGE_ATTRIBUTES, NULL));
    }
    strbuf_release(&policy);
}

static void five_keys_are_the_most(void) {
    CU_ASSERT_TRUE(
        is_refused("{\"a\":[1],\"b\":[1],\"c\":[1],\"d\":[1],\"e\":[1]}", FILTER_MESSAGE_ATTRIBUTES, NULL));
    CU_ASSERT_TRUE(is_refused("{\"a\":[1],\"b\":[1],\"c\":[1],\"d\":[1],\"e\":[1],\"f\":[1]}",
                              FILTER_MESSAGE_ATTRIBUTES, "Filter policy can not have more than 5 keys"));
}

static void attributes_have_no_nested_keys(void) {
    CU_ASSERT_TRUE(is_refused("{\"a\":{\"b\":[\"c\"]}}", FILTER_MESSAGE_ATTRIBUTES,
                              "Filter policy scope MessageAttributes does not support nested filter policy"));
    CU_ASSERT_TRUE(is_refused("{\"a\":{\"b\":[\"c\"]}}", FILTER_MESSAGE_BODY, NULL));
}

static void values_match_by_their_type(void) {
    CU_ASSERT_TRUE(matches("{\"a\":[\"x\",\"y\"]}", "{\"a\":\"y\"}"));
    CU_ASSERT_FALSE(matches("{\"a\":[\"x\"]}", "{\"a\":\"X\"}"));
    CU_ASSERT_TRUE(matches("{\"a\":[5]}", "{\"a\":5.0}"));
    CU_ASSERT_FALSE(matches("{\"a\":[5]}", "{\"a\":\"5\"}"));
    CU_ASSERT_FALSE(matches("{\"a\":[\"5\"]}", "{\"a\":5}"));
    CU_ASSERT_TRUE(matches("{\"a\":[null]}", "{\"a\":null}"));
    CU_ASSERT_FALSE(matches("{\"a\":[null]}", "{}"));
    CU_ASSERT_TRUE(matches("{\"a\":[true]}", "{\"a\":true}"));
    CU_ASSERT_FALSE(matches("{\"a\":[true]}", "{\"a\":\"true\"}"));
}

static void operators_match(void) {
    static const struct {
        const char *condition;
        const char *good;
        const char *bad;
    } cases[] = {
        {"{\"prefix\":\"ab\"}", "\"abc\"", "\"cab\""},
        {"{\"suffix\":\"bc\"}", "\"abc\"", "\"bca\""},
        {"{\"equals-ignore-case\":\"aB\"}", "\"Ab\"", "\"Abc\""},
        {"{\"wildcard\":\"a*c*e\"}", "\"abcde\"", "\"abcdf\""},
        {"{\"wildcard\":\"a\\\\*c\"}", "\"a*c\"", "\"abc\""},
        {"{\"anything-but\":[\"a\",\"b\"]}", "\"c\"", "\"b\""},
        {"{\"anything-but\":[1,2]}", "3", "2"},
        {"{\"anything-but\":{\"prefix\":\"a\"}}", "\"b\"", "\"ab\""},
        {"{\"anything-but\":{\"suffix\":\"a\"}}", "\"b\"", "\"ba\""},
        {"{\"numeric\":[\"=\",5]}", "5.0", "5.1"},
        {"{\"numeric\":[\">\",0,\"<=\",100]}", "100", "0"},
        {"{\"numeric\":[\"<\",10]}", "9.99", "10"},
        {"{\"cidr\":\"10.1.0.0/16\"}", "\"10.1.2.3\"", "\"10.2.0.1\""},
        {"{\"cidr\":\"2001:db8::/32\"}", "\"2001:db8:1::1\"", "\"2001:db9::1\""},
        {"{\"exists\":true}", "\"x\"", "[]"},
        {"{\"exists\":false}", "[]", "\"x\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char policy[256];
        char subject[256];
        snprintf(policy, sizeof(policy), "{\"k\":[%s]}", cases[i].condition);
        snprintf(subject, sizeof(subject), "{\"k\":%s}", cases[i].good);
        CU_ASSERT_TRUE(matches(policy, subject));
        snprintf(subject, sizeof(subject), "{\"k\":%s}", cases[i].bad);
        CU_ASSERT_FALSE(matches(policy, subject));
    }
    CU_ASSERT_FALSE(matches("{\"k\":[{\"anything-but\":\"a\"}]}", "{}"));
    CU_ASSERT_TRUE(matches("{\"k\":[{\"exists\":false}]}", "{}"));
}

static void lists_match_by_any_element(void) {
    CU_ASSERT_TRUE(matches("{\"a\":[\"x\"]}", "{\"a\":[\"w\",\"x\"]}"));
    CU_ASSERT_TRUE(matches("{\"a\":[\"x\"]}", "{\"a\":[[\"x\"]]}"));
    CU_ASSERT_FALSE(matches("{\"a\":[\"x\"]}", "{\"a\":[]}"));
    CU_ASSERT_TRUE(matches("{\"a\":[{\"anything-but\":[\"x\"]}]}", "{\"a\":[\"x\",\"y\"]}"));
    CU_ASSERT_FALSE(matches("{\"a\":[{\"anything-but\":[\"x\"]}]}", "{\"a\":[\"x\"]}"));
}

/* Recorded: test_filter_policy_on_message_body_array_of_object_attributes. */
static void keys_are_looked_for_in_lists_of_objects(void) {
    static const char policy[] = "{\"Records\":{\"s3\":{\"object\":{\"key\":[{\"prefix\":\"auto-\"}]}},"
                                 "\"eventName\":[{\"prefix\":\"ObjectCreated:\"}]}}";
    CU_ASSERT_TRUE(matches(policy,
                           "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":"
                           "[[{\"key\":\"auto-1.xml\"}]]}},{\"eventName\":\"ObjectRemoved:Delete\"}]}"));
    CU_ASSERT_FALSE(matches(policy, "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":"
                                    "{\"key\":\"home-1.xml\"}}}]}"));
    CU_ASSERT_FALSE(matches(policy, "{\"Records\":[]}"));
}

static void one_alternative_is_enough(void) {
    static const char policy[] =
        "{\"source\":[\"s\"],\"$or\":[{\"a\":[1]},{\"b\":[{\"numeric\":[\">\",5]}]}]}";
    CU_ASSERT_TRUE(matches(policy, "{\"source\":\"s\",\"a\":1}"));
    CU_ASSERT_TRUE(matches(policy, "{\"source\":\"s\",\"b\":6}"));
    CU_ASSERT_FALSE(matches(policy, "{\"source\":\"s\",\"b\":5}"));
    CU_ASSERT_FALSE(matches(policy, "{\"a\":1}"));
}

static void what_is_no_object_never_matches(void) {
    CU_ASSERT_FALSE(matches("{\"a\":[{\"exists\":false}]}", "\"text\""));
    CU_ASSERT_FALSE(matches("{\"a\":[{\"exists\":false}]}", "5"));
    CU_ASSERT_FALSE(matches("{\"a\":[{\"exists\":false}]}", "no json"));
}

static void damaged_policies_are_survived(void) {
    static const char policy[] =
        "{\"a\":[{\"numeric\":[\">\",1,\"<\",5]},{\"anything-but\":{\"prefix\":\"x\"}}],"
        "\"$or\":[{\"b\":[{\"cidr\":\"10.0.0.0/8\"}]},{\"c\":[null,true,\"\\u00e9\"]}]}";
    for (size_t i = 0; i < sizeof(policy) - 1; i++) {
        for (const char *byte = "{}[]\",:0x\\"; *byte; byte++) {
            struct arena *arena = arena_open();
            char *copy = arena_strdup(arena, policy);
            const char *message;
            copy[i] = *byte;
            const struct event_pattern *read =
                filter_policy_read(arena, text_of(copy), FILTER_MESSAGE_BODY, &message);
            CU_ASSERT_TRUE((read == NULL) == (message != NULL));
            arena_close(arena);
        }
    }
}

void filter_policy_test(void) {
    unit_test("a wrong policy is refused with the place AWS names",
              a_wrong_policy_is_refused_with_the_place_aws_names);
    unit_test("blanks do not count for the place", blanks_do_not_count_for_the_place);
    unit_test("addresses are checked", addresses_are_checked);
    unit_test("text that is no JSON is named", text_that_is_no_json_is_named);
    unit_test("combinations count up to 150", combinations_count_up_to_150);
    unit_test("alternatives add up", alternatives_add_up);
    unit_test("five keys are the most", five_keys_are_the_most);
    unit_test("attributes have no nested keys", attributes_have_no_nested_keys);
    unit_test("values match by their type", values_match_by_their_type);
    unit_test("operators match", operators_match);
    unit_test("lists match by any element", lists_match_by_any_element);
    unit_test("keys are looked for in lists of objects", keys_are_looked_for_in_lists_of_objects);
    unit_test("one alternative is enough", one_alternative_is_enough);
    unit_test("what is no object never matches", what_is_no_object_never_matches);
    unit_test("damaged policies are survived", damaged_policies_are_survived);
}
