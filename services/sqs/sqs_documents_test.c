/* Message attributes, redrive policies, queue attributes: what AWS's recorded answers say about them. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/sqs/sqs_message_attributes.h"
#include "services/sqs/sqs_queue_attributes.h"

/* ---- message attributes ---- */

static void check_digest(struct sqs_message_attribute *attributes, size_t count, const char *wanted) {
    struct strbuf packed = STRBUF_INIT;
    char md5[SQS_MD5_SIZE];
    sqs_message_attributes_pack(&packed, attributes, count);
    sqs_md5(strbuf_text(&packed), md5);
    CU_ASSERT_STRING_EQUAL(md5, wanted);
    strbuf_release(&packed);
}

/* Source: recorded answers of SQS (test_sqs). */
static void digests_of_attributes_are_those_of_aws(void) {
    struct sqs_message_attribute one[] = {{TEXT("Foo"), TEXT("String"), TEXT("Bar"), false}};
    struct sqs_message_attribute three[] = {{TEXT("Help.Me"), TEXT("String"), TEXT("Me"), false},
                                            {TEXT("Hello"), TEXT("String"), TEXT("There"), false},
                                            {TEXT("General"), TEXT("String"), TEXT("Kenobi"), false}};
    struct sqs_message_attribute binary[] = {{TEXT("attr1"), TEXT("Binary"),
                                              TEXT("traceparent\x1e"
                                                   "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"),
                                              true}};
    struct sqs_message_attribute trace[] = {
        {TEXT("AWSTraceHeader"), TEXT("String"),
         TEXT("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"), false}};
    check_digest(one, 1, "ae7155c6026991b6d54b11589678bf9c");
    check_digest(three, 3, "4c360f3fdafd970e05fae2f149d997f5");
    check_digest(binary, 1, "8cbe4db156db8a94db8b801b7addb984");
    check_digest(trace, 1, "5ae4d5d7636402d80f4eb6d213245a88");
}

static void packed_attributes_come_apart_again(void) {
    struct sqs_message_attribute attributes[] = {{TEXT("b"), TEXT("Number.int"), TEXT("12"), false},
                                                 {TEXT("a"), TEXT("Binary"), TEXT("\0\1"), true}};
    struct strbuf packed = STRBUF_INIT;
    struct sqs_message_attribute read;
    struct text piece;
    sqs_message_attributes_pack(&packed, attributes, 2);
    struct text rest = strbuf_text(&packed);
    CU_ASSERT(sqs_message_attributes_next(&rest, &read, &piece));
    CU_ASSERT(text_equals(read.name, "a") && read.binary && text_same(read.value, TEXT("\0\1")));
    CU_ASSERT_EQUAL(piece.size + rest.size, packed.size);
    CU_ASSERT(sqs_message_attributes_next(&rest, &read, NULL));
    CU_ASSERT(text_equals(read.name, "b") && !read.binary && text_equals(read.type, "Number.int"));
    CU_ASSERT_FALSE(sqs_message_attributes_next(&rest, &read, NULL));
    strbuf_release(&packed);
}

static void attribute_names_and_types_follow_the_rules(void) {
    CU_ASSERT(sqs_message_attribute_name_is_valid(TEXT("a.b-c_1")));
    CU_ASSERT(sqs_message_attribute_name_is_valid(TEXT("gro\xc3\x9f")));
    CU_ASSERT(sqs_message_attribute_name_is_valid(TEXT("\xe5\x90\x8d\xe5\x89\x8d")));
    static const char *const bad[] = {"",      ".a",        "a.",           "a..b",
                                      "AWS.x", "aws.x",     "Amazon.x",     "a b",
                                      "a$",    "a\xc2\xa7", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                      "a\xc3"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_FALSE(sqs_message_attribute_name_is_valid(text_of(bad[i])));
    }
    CU_ASSERT(sqs_message_attribute_type_is_valid(TEXT("Number.int")));
    CU_ASSERT(sqs_message_attribute_type_is_valid(TEXT("Binary")));
    CU_ASSERT_FALSE(sqs_message_attribute_type_is_valid(TEXT("Integer")));
    CU_ASSERT_FALSE(sqs_message_attribute_type_is_valid(TEXT("Strings")));
}

static void receivers_ask_by_name_prefix_or_all(void) {
    CU_ASSERT(sqs_message_attribute_matches(TEXT("All"), TEXT("Hello")));
    CU_ASSERT(sqs_message_attribute_matches(TEXT(".*"), TEXT("Hello")));
    CU_ASSERT(sqs_message_attribute_matches(TEXT("*"), TEXT("Hello")));
    CU_ASSERT(sqs_message_attribute_matches(TEXT("Hel.*"), TEXT("Help.Me")));
    CU_ASSERT(sqs_message_attribute_matches(TEXT("Hello"), TEXT("Hello")));
    CU_ASSERT_FALSE(sqs_message_attribute_matches(TEXT("Hel"), TEXT("Hello")));
    CU_ASSERT_FALSE(sqs_message_attribute_matches(TEXT("Hex.*"), TEXT("Hello")));
}

/* ---- redrive ---- */

#define DLQ "arn:aws:sqs:us-east-1:000000000000:dlq"

static const char *redrive_objection(struct arena *arena, const char *json, struct sqs_redrive *redrive) {
    *redrive = (struct sqs_redrive){0};
    return sqs_redrive_parse(arena, text_of(json), redrive);
}

static void redrive_policies_take_counts_as_numbers_and_texts(void) {
    struct arena *arena = arena_open();
    struct sqs_redrive redrive;
    CU_ASSERT_PTR_NULL(redrive_objection(
        arena, "{\"maxReceiveCount\":\"7\",\"deadLetterTargetArn\":\"" DLQ "\"}", &redrive));
    CU_ASSERT_EQUAL(redrive.maximum_receives, 7);
    CU_ASSERT_STRING_EQUAL(redrive.canonical, "{\"deadLetterTargetArn\":\"" DLQ "\",\"maxReceiveCount\":7}");
    CU_ASSERT_PTR_NULL(
        redrive_objection(arena, "{\"deadLetterTargetArn\":\"" DLQ "\",\"maxReceiveCount\":1000}", &redrive));
    arena_close(arena);
}

static void redrive_policies_without_their_parts_are_refused(void) {
    struct arena *arena = arena_open();
    struct sqs_redrive redrive;
    const char *reason = redrive_objection(arena, "{\"deadLetterTargetArn\":\"" DLQ "\"}", &redrive);
    CU_ASSERT(reason && strstr(reason, "mandatory attribute: maxReceiveCount."));
    reason = redrive_objection(arena, "{\"maxReceiveCount\":1}", &redrive);
    CU_ASSERT(reason && strstr(reason, "mandatory attribute: deadLetterTargetArn."));
    static const char *const counts[] = {"0", "1001", "\"invalid\"", "1.5", "[]"};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        char *json =
            arena_printf(arena, "{\"deadLetterTargetArn\":\"" DLQ "\",\"maxReceiveCount\":%s}", counts[i]);
        CU_ASSERT_PTR_NOT_NULL(redrive_objection(arena, json, &redrive));
    }
    CU_ASSERT_PTR_NOT_NULL(redrive_objection(arena, "[]", &redrive));
    CU_ASSERT_PTR_NOT_NULL(redrive_objection(arena, "{", &redrive));
    arena_close(arena);
}

static void redrive_allow_policies_name_their_sources(void) {
    struct arena *arena = arena_open();
    struct sqs_redrive_allow allow;
    CU_ASSERT_PTR_NULL(sqs_redrive_allow_parse(
        arena, TEXT("{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:a\",\"arn:b\"]}"),
        &allow));
    CU_ASSERT(sqs_redrive_allows(&allow, "arn:b"));
    CU_ASSERT_FALSE(sqs_redrive_allows(&allow, "arn:c"));
    CU_ASSERT_PTR_NULL(sqs_redrive_allow_parse(arena, TEXT("{\"redrivePermission\":\"denyAll\"}"), &allow));
    CU_ASSERT_FALSE(sqs_redrive_allows(&allow, "arn:a"));
    CU_ASSERT_PTR_NULL(sqs_redrive_allow_parse(arena, TEXT("{\"redrivePermission\":\"allowAll\"}"), &allow));
    CU_ASSERT(sqs_redrive_allows(&allow, "arn:a"));
    CU_ASSERT_PTR_NOT_NULL(
        sqs_redrive_allow_parse(arena, TEXT("{\"redrivePermission\":\"byQueue\"}"), &allow));
    CU_ASSERT_PTR_NOT_NULL(sqs_redrive_allow_parse(arena, TEXT("{\"redrivePermission\":\"some\"}"), &allow));
    CU_ASSERT_PTR_NOT_NULL(sqs_redrive_allow_parse(
        arena, TEXT("{\"redrivePermission\":\"denyAll\",\"sourceQueueArns\":[\"arn:a\"]}"), &allow));
    arena_close(arena);
}

/* ---- queue attributes ---- */

static bool accepts(struct arena *arena, enum sqs_attribute attribute, const char *value,
                    const char *normal) {
    struct text kept;
    return !sqs_attribute_check(arena, attribute, text_of(value), &kept) && text_equals(kept, normal);
}

static void attribute_values_have_ranges_and_a_normal_form(void) {
    struct arena *arena = arena_open();
    CU_ASSERT(accepts(arena, SQS_VISIBILITY_TIMEOUT, "0", "0"));
    CU_ASSERT(accepts(arena, SQS_VISIBILITY_TIMEOUT, "43200", "43200"));
    CU_ASSERT(accepts(arena, SQS_MAXIMUM_MESSAGE_SIZE, "1048576", "1048576"));
    CU_ASSERT(accepts(arena, SQS_CONTENT_DEDUPLICATION, "TRUE", "true"));
    CU_ASSERT(accepts(arena, SQS_REDRIVE_POLICY, "", ""));
    static const struct {
        enum sqs_attribute attribute;
        const char *value;
    } bad[] = {
        {SQS_VISIBILITY_TIMEOUT, "43201"},
        {SQS_VISIBILITY_TIMEOUT, "-1"},
        {SQS_VISIBILITY_TIMEOUT, "x"},
        {SQS_VISIBILITY_TIMEOUT, ""},
        {SQS_RETENTION_PERIOD, "59"},
        {SQS_MAXIMUM_MESSAGE_SIZE, "1023"},
        {SQS_DELAY_SECONDS, "901"},
        {SQS_WAIT_TIME, "21"},
        {SQS_KMS_REUSE, "59"},
        {SQS_MANAGED_SSE, "yes"},
        {SQS_DEDUPLICATION_SCOPE, "none"},
        {SQS_POLICY, "{"},
        {SQS_FIFO_QUEUE, ""},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct text normal;
        const char *message = sqs_attribute_check(arena, bad[i].attribute, text_of(bad[i].value), &normal);
        CU_ASSERT(message && strstr(message, sqs_attribute_name(bad[i].attribute)));
    }
    arena_close(arena);
}

static void documents_are_compared_by_content(void) {
    CU_ASSERT(sqs_attribute_same(SQS_POLICY, TEXT("{\"a\": 1, \"b\": 2}"), TEXT("{\"b\":2,\"a\":1}")));
    CU_ASSERT_FALSE(sqs_attribute_same(SQS_POLICY, TEXT("{\"a\":1}"), TEXT("{\"a\":2}")));
    CU_ASSERT_FALSE(sqs_attribute_same(SQS_DELAY_SECONDS, TEXT("1"), TEXT("2")));
    CU_ASSERT(sqs_attribute_same(SQS_POLICY, TEXT(""), TEXT_NONE));
}

void sqs_documents_test(void) {
    unit_test("digests of message attributes are those AWS answers", digests_of_attributes_are_those_of_aws);
    unit_test("packed message attributes come apart again", packed_attributes_come_apart_again);
    unit_test("names and types of message attributes follow the rules",
              attribute_names_and_types_follow_the_rules);
    unit_test("receivers ask for attributes by name, prefix or all", receivers_ask_by_name_prefix_or_all);
    unit_test("redrive policies take counts as numbers and as texts",
              redrive_policies_take_counts_as_numbers_and_texts);
    unit_test("redrive policies without their parts are refused",
              redrive_policies_without_their_parts_are_refused);
    unit_test("redrive allow policies name their sources", redrive_allow_policies_name_their_sources);
    unit_test("queue attributes have ranges and a normal form",
              attribute_values_have_ranges_and_a_normal_form);
    unit_test("documents are compared by content", documents_are_compared_by_content);
}
