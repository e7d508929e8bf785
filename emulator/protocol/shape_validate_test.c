/* AWS's validation texts, on AWS's own shapes. Texts marked recorded: protocols.md section 4 and recorded/.
 */
#include <CUnit/CUnit.h>

#include "emulator/protocol/shape_builder_test.h"
#include "emulator/protocol/shape_pattern.h"
#include "emulator/protocol/shape_types.h"
#include "harness/unit_tests.h"

/* What shape `name` of a service says about a JSON value; "" when it is good. In the arena. */
static const char *verdict(struct arena *arena, const char *service, const char *name, const char *json) {
    char path[128];
    snprintf(path, sizeof(path), "services/%s/model.json", service);
    json_t *model = json_load_file(path, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct built_shapes *shapes = built_shapes_open(arena, json_object_get(model, "shapes"));
    const struct shape *shape = built_shape(shapes, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(shape);
    struct strbuf message = STRBUF_INIT;
    struct json_value *value = json_parse(arena, text_of(json), NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    struct shape_type_rules rules = {.error_prefix = ""};
    bool fits = shape_fit_types(&rules, shape, value, arena, &message);
    CU_ASSERT_TRUE(fits);
    bool good = shape_validate(shape, value, &message);
    CU_ASSERT_EQUAL(good, message.size == 0);
    const char *text = arena_copy(arena, strbuf_text(&message).data, message.size);
    strbuf_release(&message);
    json_decref(model);
    return text;
}

static void expect(const char *service, const char *shape, const char *json, const char *text) {
    struct arena *arena = arena_open();
    const char *said = verdict(arena, service, shape, json);
    if (strcmp(said, text) != 0) {
        printf("\n    expected: %s\n    said:     %s\n", text, said);
        CU_FAIL("another text");
    } else {
        CU_PASS("");
    }
    arena_close(arena);
}

#define CONSTRAINT "failed to satisfy constraint: "

static void test_values(void) {
    expect("kms", "GenerateRandomRequest", "{\"NumberOfBytes\":1024}", "");
    expect("kms", "GenerateRandomRequest", "{\"NumberOfBytes\":1025}",
           "1 validation error detected: Value '1025' at 'numberOfBytes' " CONSTRAINT
           "Member must have value less than or equal to 1024");
    expect("kms", "GenerateRandomRequest", "{\"NumberOfBytes\":0}",
           "1 validation error detected: Value '0' at 'numberOfBytes' " CONSTRAINT
           "Member must have value greater than or equal to 1");
}

static void test_null(void) {
    expect("lambda", "UntagResourceRequest",
           "{\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\"}",
           "1 validation error detected: Value null at 'tagKeys' " CONSTRAINT "Member must not be null");
    expect("dynamodb", "DescribeContinuousBackupsInput", "{\"TableName\":null}",
           "1 validation error detected: Value null at 'tableName' " CONSTRAINT "Member must not be null");
}

static void test_elements(void) {
    expect("lambda", "GetFunctionRequest", "{\"FunctionName\":\"f\"}", "");
    const char *function =
        "{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::000000000000:role/r\",\"Code\":{},"
        "\"Architectures\":[%s]}";
    char json[512];
    snprintf(json, sizeof(json), function, "\"X86_64\"");
    expect("lambda", "CreateFunctionRequest", json,
           "1 validation error detected: Value '[X86_64]' at 'architectures' " CONSTRAINT
           "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
           "Member must not be null]");
    snprintf(json, sizeof(json), function, "\"x86_64\",\"arm64\"");
    expect("lambda", "CreateFunctionRequest", json,
           "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' " CONSTRAINT
           "Member must have length less than or equal to 1");
}

static void test_paths(void) {
    expect("events", "PutTargetsRequest",
           "{\"Rule\":\"r\",\"Targets\":[{\"Id\":\"!@#$@!#$\",\"Arn\":\"a\"}]}",
           "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' " CONSTRAINT
           "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+");
    expect("dynamodb", "CreateTableInput",
           "{\"TableName\":\"abc\",\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},"
           "{\"AttributeName\":\"a\"}],\"AttributeDefinitions\":[]}",
           "1 validation error detected: Value null at 'keySchema.2.member.keyType' " CONSTRAINT
           "Member must not be null");
}

static void test_map_parts(void) {
    expect("dynamodb", "BatchWriteItemInput", "{\"RequestItems\":{\"abc\":[]}}",
           "1 validation error detected: Value '{abc=[]}' at 'requestItems' " CONSTRAINT
           "Map value must satisfy constraint: [Member must have length less than or equal to 25, Member "
           "must have "
           "length greater than or equal to 1]");
    expect("dynamodb", "BatchWriteItemInput", "{\"RequestItems\":{\"abc\":[{\"DeleteRequest\":{}}]}}",
           "1 validation error detected: Value null at "
           "'requestItems.abc.member.1.member.deleteRequest.key' " CONSTRAINT "Member must not be null");
    expect("dynamodb", "BatchWriteItemInput", "{\"RequestItems\":{\"\":[{}]}}",
           "1 validation error detected: Value '{=[WriteRequest(putRequest=null, deleteRequest=null)]}' at "
           "'requestItems' " CONSTRAINT
           "Map keys must satisfy constraint: [Member must have length less than or "
           "equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular "
           "expression pattern: [a-zA-Z0-9_.-]+]");
    expect("dynamodb", "BatchWriteItemInput",
           "{\"RequestItems\":{\"arn:aws:dynamodb:us-east-1:123456789012:table/t\":[{}]}}", "");
    expect("dynamodb", "GetItemInput", "{\"TableName\":\"a;\",\"Key\":{}}",
           "2 validation errors detected: Value 'a;' at 'tableName' " CONSTRAINT
           "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a;' at 'tableName' " CONSTRAINT
           "Member must have length greater than or equal to 3");
}

static void test_sensitive(void) {
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"KeyId\":\"k\",\"Plaintext\":\"");
    for (int index = 0; index < 4100 / 3 + 1; index++) {
        strbuf_append_string(&json, "QUJD");
    }
    strbuf_append_string(&json, "\"}");
    expect("kms", "EncryptRequest", json.data,
           "1 validation error detected: Value at 'plaintext' " CONSTRAINT
           "Member must have length less than or equal to 4096");
    strbuf_release(&json);
}

static void test_iam_shows_nothing(void) {
    struct arena *arena = arena_open();
    json_t *shapes = json_pack("{s:{s:s,s:b,s:[s]},s:{s:s,s:b,s:{s:s}}}", "statusType", "type", "string",
                               "hidden", 1, "enum", "Active", "Request", "type", "structure", "hidden", 1,
                               "has", "Status", "statusType!");
    const struct shape *shape = built_shape(built_shapes_open(arena, shapes), "Request");
    struct strbuf message = STRBUF_INIT;
    CU_ASSERT_FALSE(shape_validate(shape, json_parse(arena, TEXT("{\"Status\":\"x\"}"), NULL), &message));
    CU_ASSERT_STRING_EQUAL(strbuf_text(&message).data,
                           "1 validation error detected: Value at 'status' " CONSTRAINT
                           "Member must satisfy enum value set");
    strbuf_release(&message);
    json_decref(shapes);
    arena_close(arena);
}

static void test_several(void) {
    struct arena *arena = arena_open();
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"Rule\":\"r\",\"Targets\":[");
    for (int index = 0; index < 20; index++) {
        strbuf_append_string(&json, index ? ",{}" : "{}");
    }
    strbuf_append_string(&json, "]}");
    const char *said = verdict(arena, "events", "PutTargetsRequest", json.data);
    CU_ASSERT_EQUAL(strncmp(said, "10 validation errors detected: Value null at 'targets.1.member.id' ", 66),
                    0);
    int separators = 0;
    for (const char *at = strstr(said, "; Value"); at; at = strstr(at + 1, "; Value")) {
        separators++;
    }
    CU_ASSERT_EQUAL(separators, 9);
    strbuf_release(&json);
    arena_close(arena);
}

/* Recorded: EventBridge names the pattern first, Lambda the length. */
static void test_order(void) {
    struct arena *arena = arena_open();
    json_t *shapes =
        json_pack("{s:{s:s,s:i,s:s},s:{s:s,s:i,s:s,s:b},s:{s:s,s:{s:s}},s:{s:s,s:{s:s}}}", "Name", "type",
                  "string", "max", 3, "pattern", "[a-z]+", "EventName", "type", "string", "max", 3, "pattern",
                  "[a-z]+", "pattern_first", 1, "Lambda", "type", "structure", "has", "N", "Name", "Events",
                  "type", "structure", "has", "N", "EventName");
    struct built_shapes *built = built_shapes_open(arena, shapes);
    static const char length[] =
        "Value 'ABCD' at 'n' " CONSTRAINT "Member must have length less than or equal to 3";
    static const char pattern[] =
        "Value 'ABCD' at 'n' " CONSTRAINT "Member must satisfy regular expression pattern: [a-z]+";
    for (int index = 0; index < 2; index++) {
        struct strbuf message = STRBUF_INIT;
        const struct shape *shape = built_shape(built, index ? "Events" : "Lambda");
        CU_ASSERT_FALSE(shape_validate(shape, json_parse(arena, TEXT("{\"N\":\"ABCD\"}"), NULL), &message));
        const char *wanted = arena_printf(arena, "2 validation errors detected: %s; %s",
                                          index ? pattern : length, index ? length : pattern);
        CU_ASSERT_STRING_EQUAL(strbuf_text(&message).data, wanted);
        strbuf_release(&message);
    }
    json_decref(shapes);
    arena_close(arena);
}

static void test_utf16(void) {
    struct arena *arena = arena_open();
    json_t *shapes = json_pack("{s:{s:s,s:i,s:i},s:{s:s,s:{s:s}}}", "Word", "type", "string", "min", 2, "max",
                               3, "Request", "type", "structure", "has", "Word", "Word");
    const struct shape *shape = built_shape(built_shapes_open(arena, shapes), "Request");
    static const struct {
        const char *json;
        bool good;
    } rows[] = {
        {"{\"Word\":\"a\"}", false},
        {"{\"Word\":\"ab\"}", true},
        {"{\"Word\":\"\xc3\xa4\xe2\x82\xac\xc3\xa4\"}", true},      /* three characters in seven bytes */
        {"{\"Word\":\"\xf0\x9f\x98\xb9\"}", true},                  /* one character, two units */
        {"{\"Word\":\"\xf0\x9f\x98\xb9\xf0\x9f\x98\xb9\"}", false}, /* four units */
        {"{\"Word\":\"abcd\",\"Word\":\"abc\"}", true},             /* the last one counts */
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        struct strbuf message = STRBUF_INIT;
        bool good = shape_validate(shape, json_parse(arena, text_of(rows[index].json), NULL), &message);
        CU_ASSERT_EQUAL(good, rows[index].good);
        strbuf_release(&message);
    }
    json_decref(shapes);
    arena_close(arena);
}

static void test_patterns_compile(void) {
    static const char *const services[] = {
        "cloudformation",
        "dynamodb",
        "dynamodbstreams",
        "events",
        "iam",
        "kms",
        "lambda",
        "logs",
        "s3",
        "scheduler",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "sts",
    };
    int patterns = 0;
    for (size_t index = 0; index < sizeof(services) / sizeof(services[0]); index++) {
        char path[128];
        snprintf(path, sizeof(path), "services/%s/model.json", services[index]);
        json_t *model = json_load_file(path, 0, NULL);
        const char *name;
        json_t *facts;
        json_object_foreach(json_object_get(model, "shapes"), name, facts) {
            const char *pattern = json_string_value(json_object_get(facts, "pattern"));
            if (pattern && !shape_pattern_compiles(pattern)) {
                printf("\n    %s: %s\n", name, pattern);
                CU_FAIL("a pattern does not compile");
            }
            patterns += pattern != NULL;
        }
        json_decref(model);
    }
    CU_ASSERT(patterns > 300);
}

static void test_pattern_dialect(void) {
    static const struct {
        const char *pattern;
        const char *subject;
        bool matches;
    } rows[] = {
        {"[a-z]+", "abc", true},
        {"[a-z]+", "abc1", false}, /* the whole of it, as String.matches() */
        {"[a-z]+", "abc\n", false},
        {"^[a-z]+$", "abc\n", false},
        {"a|ab", "ab", true}, /* alternatives are tried until the whole fits */
        {"[\\w-]+", "a-b_9", true},
        {"[a-zA-Z0-9-_]+", "a-b_9", true},
        {"[\\u0020-\\u00FF]*", "\xc3\xa4 b", true},
        {"[\\u0020-\\uD7FF\\uD800\\uDC00-\\uDBFF\\uDFFF]*", "a\xf0\x9f\x98\xb9", true},
        {"[\\u0020-\\u007E]*", "\xc3\xa4", false},
        {"\\w+", "\xc3\xa4", false}, /* ASCII only, as in Java */
        {"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "\xc3\xa4 1", true},
        {"[\\p{Alnum}-]+", "aZ-9", true},
        {"\\p{Print}+", "a b~", true},
        {"(?i)all|[0-9]{12}", "ALL", true},
        {".*", "a\nb", false},
        {"[\\w-_]*", "a-b", true},
        {"[\\w-/]*", "a-/", true},
        {".{1,100000}", "a", true},
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        if (shape_pattern_matches(rows[index].pattern, text_of(rows[index].subject)) != rows[index].matches) {
            printf("\n    %s on '%s'\n", rows[index].pattern, rows[index].subject);
            CU_FAIL("another verdict");
        }
    }
    CU_ASSERT_FALSE(shape_pattern_matches("[a-z]+", (struct text){"\xff\xfe", 2}));
}

/* Nested repeats that backtrack for ever without a limit; long subjects that need a deep stack. */
static void test_hostile_subjects(void) {
    char subject[20001];
    memset(subject, 'a', sizeof(subject) - 1);
    subject[sizeof(subject) - 1] = '\0';
    CU_ASSERT_FALSE(shape_pattern_matches("(a+)+b", (struct text){subject, 60}));
    CU_ASSERT_TRUE(shape_pattern_matches("([a-z]|[A-Z])*", text_of(subject)));
}

void shape_validate_test(void) {
    unit_test("values beyond a limit are named with the limit", test_values);
    unit_test("required members that are missing print as null", test_null);
    unit_test("elements of a list are judged at the list", test_elements);
    unit_test("paths count from one and begin with small letters", test_paths);
    unit_test("maps are judged by keys and by values", test_map_parts);
    unit_test("sensitive values are not printed", test_sensitive);
    unit_test("a hidden shape prints neither value nor enumeration", test_iam_shows_nothing);
    unit_test("ten errors are enough", test_several);
    unit_test("length and pattern are told in the service's order", test_order);
    unit_test("lengths count UTF-16 units", test_utf16);
    unit_test("every pattern of the models compiles", test_patterns_compile);
    unit_test("patterns mean what they mean in Java", test_pattern_dialect);
    unit_test("no subject holds a pattern up for ever", test_hostile_subjects);
}
