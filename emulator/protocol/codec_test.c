/* The codecs on AWS's own services: what is peculiar to one of them. */
#include "emulator/protocol/codec_fixture_test.h"
#include "harness/unit_tests.h"

/* ---- SQS: one service, two protocols ------------------------------------------------------------------ */

static void test_sqs_names(void) {
    expect_query(
        "sqs", "CreateQueue",
        "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=a&"
        "Tag.1.Value=b",
        "{\"QueueName\":\"q\",\"Attributes\":{\"DelaySeconds\":\"5\"},\"tags\":{\"a\":\"b\"}}");
    expect_query("sqs", "ReceiveMessage",
                 "QueueUrl=u&AttributeName.2=B&AttributeName.1=A&MaxNumberOfMessages=10",
                 "{\"QueueUrl\":\"u\",\"AttributeNames\":[\"A\",\"B\"],\"MaxNumberOfMessages\":10}");
    expect_query(
        "sqs", "SendMessageBatch",
        "QueueUrl=u&SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.1.MessageBody=a%20b+c&"
        "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&SendMessageBatchRequestEntry.1."
        "MessageAttribute.1.Value.DataType=Binary&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value."
        "BinaryValue=QUJD",
        "{\"QueueUrl\":\"u\",\"Entries\":[{\"Id\":\"one\",\"MessageBody\":\"a b c\",\"MessageAttributes\":"
        "{\"n\":{\"BinaryValue\":\"QUJD\",\"DataType\":\"Binary\"}}}]}");
    expect_query(
        "sns", "Publish",
        "Message=m&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=String&"
        "MessageAttributes.entry.1.Value.StringValue=v",
        "{\"Message\":\"m\",\"MessageAttributes\":{\"k\":{\"DataType\":\"String\",\"StringValue\":\"v\"}}}");
    expect_query("sqs", "UntagQueue", "QueueUrl=u&TagKey.1=a", "{\"QueueUrl\":\"u\",\"TagKeys\":[\"a\"]}");
}

static void test_queue_of_the_path(void) {
    struct fixture *fixture = open_fixture("sqs", "SendMessage", "MessageBody=x");
    struct http_header host = {TEXT("Host"), TEXT("localhost:4566")};
    fixture->request.headers = &host;
    fixture->request.header_count = 1;
    fixture->request.path = TEXT("/000000000000/q");
    struct input input = decode(fixture, &codec_query, NULL);
    CU_ASSERT_STRING_EQUAL(input_string(input, "QueueUrl"), "http://localhost:4566/000000000000/q");
    close_fixture(fixture);
}

static void write_message(struct fixture *fixture, const struct codec *codec) {
    struct output *out = &fixture->output;
    codec->begin(&fixture->context, out, &fixture->reply);
    output_begin_list(out, "Messages");
    output_begin_structure(out, NULL);
    output_string(out, "Body", "a\r\"<\xc3\xa4");
    output_begin_map(out, "Attributes");
    output_string(out, "SenderId", "AIDA");
    output_end(out);
    output_end(out);
    output_end(out);
    codec->finish(&fixture->context, out, &fixture->reply);
}

static void test_sqs_answers(void) {
    struct fixture *fixture = open_fixture("sqs", "ReceiveMessage", "");
    write_message(fixture, &codec_json);
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"Messages\":[{\"Body\":\"a\\r\\\"<\xc3\xa4\",\"Attributes\":"
                                          "{\"SenderId\":\"AIDA\"}}]}");
    CU_ASSERT_STRING_EQUAL(header(fixture, "Content-Type"), "application/x-amz-json-1.0");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amzn-RequestId"), "ID");
    write_message(fixture, &codec_query);
    CU_ASSERT_STRING_EQUAL(
        body(fixture), "<ReceiveMessageResponse "
                       "xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ReceiveMessageResult><Message>"
                       "<Body>a&#xD;&quot;&lt;\xc3\xa4</Body><Attribute><Name>SenderId</Name><Value>AIDA</"
                       "Value></Attribute></Message>"
                       "</ReceiveMessageResult><ResponseMetadata><RequestId>ID</RequestId></"
                       "ResponseMetadata></ReceiveMessageResponse>");
    codec_query.begin(&fixture->context, &fixture->output, &fixture->reply);
    codec_query.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_PTR_NOT_NULL(strstr(body(fixture), "<ReceiveMessageResult/>"));
    close_fixture(fixture);
}

static void test_json_on_demand(void) {
    struct fixture *fixture = open_fixture("sqs", "ReceiveMessage", "");
    struct http_header accept = {TEXT("Accept"), TEXT("application/json")};
    fixture->request.headers = &accept;
    fixture->request.header_count = 1;
    write_message(fixture, &codec_query);
    CU_ASSERT_STRING_EQUAL(
        body(fixture),
        "{\"ReceiveMessageResponse\":{\"ReceiveMessageResult\":{\"messages\":[{\"Body\":\"a\\r\\\"<"
        "\xc3\xa4\",\"Attributes\":[{\"Name\":\"SenderId\",\"Value\":\"AIDA\"}]}]},\"ResponseMetadata\":{"
        "\"RequestId\":"
        "\"ID\"}}}");
    fail_with(fixture, &codec_query, &error_invalid_action, "no");
    CU_ASSERT_STRING_EQUAL(body(fixture),
                           "{\"Error\":{\"Code\":\"InvalidAction\",\"Message\":\"no\",\"Type\":"
                           "\"Sender\"},\"RequestId\":\"ID\"}");
    close_fixture(fixture);
}

/* Source: protocols.md section 3 (recorded). */
static void test_sqs_errors(void) {
    struct fixture *fixture = open_fixture("sqs", "SendMessage", "");
    struct error_shape missing = {
        .name = "QueueDoesNotExist",
        .query_code = "AWS.SimpleQueueService.NonExistentQueue",
        .status = 400,
    };
    fail_with(fixture, &codec_json, &missing, "The specified queue does not exist.");
    CU_ASSERT_EQUAL(fixture->reply.status, 400);
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":"
                                          "\"The specified queue does not exist.\"}");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amzn-query-error"),
                           "AWS.SimpleQueueService.NonExistentQueue;Sender");
    fail_with(fixture, &codec_query, &missing, "The specified queue does not exist.");
    CU_ASSERT_STRING_EQUAL(
        body(fixture),
        "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type><Code>"
        "AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not "
        "exist.</Message><Detail/>"
        "</Error><RequestId>ID</RequestId></ErrorResponse>");
    close_fixture(fixture);
}

/* ---- DynamoDB ------------------------------------------------------------------------------------------ */

static void test_dynamodb_errors(void) {
    struct fixture *fixture = open_fixture("dynamodb", "PutItem", "{\"TableName\":5}");
    CU_ASSERT_PTR_NULL(decode(fixture, &codec_json, NULL).value);
    CU_ASSERT_PTR_EQUAL(fixture->error, &error_serialization);
    fail_with(fixture, &codec_json, fixture->error, strbuf_text(&fixture->message).data);
    CU_ASSERT_STRING_EQUAL(body(fixture),
                           "{\"__type\":\"com.amazon.coral.service#SerializationException\",\"Message\":"
                           "\"NUMBER_VALUE cannot be converted to String\"}");
    fixture->request.body = TEXT("");
    CU_ASSERT_PTR_NULL(decode(fixture, &codec_json, NULL).value);
    /* Recorded by dynalite: an unknown target. */
    fail_with(fixture, &codec_json, &error_unknown_operation, NULL);
    CU_ASSERT_STRING_EQUAL(body(fixture),
                           "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amz-crc32"), "1368724161");
    close_fixture(fixture);
}

static void test_bare_names(void) {
    struct fixture *fixture = open_fixture("ssm", "GetParameter", "");
    CU_ASSERT_PTR_NOT_NULL(decode(fixture, &codec_json, NULL).value);
    fail_with(fixture, &codec_json, &error_validation_exception, "x");
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"__type\":\"ValidationException\",\"message\":\"x\"}");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amz-crc32"), "(none)");
    fail_with(fixture, &codec_json, &error_validation_exception, NULL);
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"__type\":\"ValidationException\"}");
    close_fixture(fixture);
}

static void test_empty_answers(void) {
    struct fixture *fixture = open_fixture("dynamodb", "TagResource", "{}");
    codec_json.begin(&fixture->context, &fixture->output, &fixture->reply);
    codec_json.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(body(fixture), "");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amz-crc32"), "0");
    close_fixture(fixture);
}

/* ---- Between services ---------------------------------------------------------------------------------- */

static void test_internal(void) {
    struct fixture *fixture = open_fixture(
        "lambda", "Invoke", "{\"FunctionName\":\"f\",\"InvocationType\":\"Event\",\"Payload\":\"e30=\"}");
    struct input input = decode(fixture, &codec_internal, NULL);
    CU_ASSERT_STRING_EQUAL(input_string(input, "InvocationType"), "Event");
    CU_ASSERT_TRUE(text_equals(input_blob(input, "Payload"), "{}"));
    codec_internal.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_integer(&fixture->output, "StatusCode", 202);
    output_blob(&fixture->output, "Payload", TEXT("{}"));
    output_string(&fixture->output, "LogResult", NULL);
    codec_internal.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"StatusCode\":202,\"Payload\":\"e30=\"}");
    CU_ASSERT_EQUAL(fixture->reply.status, 202);
    struct error_shape error = {.name = "NotFoundException", .code = "NotFound", .status = 404};
    fail_with(fixture, &codec_internal, &error, "gone");
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"__type\":\"NotFound\",\"message\":\"gone\"}");
    close_fixture(fixture);
}

static void test_times(void) {
    struct fixture *fixture = open_fixture("ssm", "GetParameter", "");
    codec_json.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_begin_structure(&fixture->output, "Parameter");
    output_timestamp(&fixture->output, "LastModifiedDate", 1700000000120);
    output_integer(&fixture->output, "Version", 7);
    output_end(&fixture->output);
    codec_json.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(body(fixture),
                           "{\"Parameter\":{\"LastModifiedDate\":1700000000.12,\"Version\":7}}");
    close_fixture(fixture);
    static const struct {
        const char *body;
        int64_t time_ms;
    } rows[] = {
        {"1700000000", 1700000000000},
        {"1700000000.123", 1700000000123},
        {"1.7E9", 1700000000000},
        {"\"2023-11-14T22:13:20Z\"", 1700000000000},
        {"-1.5", -1500},
        {"1e400", 42},
    };
    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        char json[128];
        snprintf(json, sizeof(json), "{\"DeletionDate\":%s}", rows[index].body);
        struct arena *arena = arena_open();
        json_t *facts = json_pack("{s:{s:s,s:{s:s}},s:{s:s}}", "Request", "type", "structure", "has",
                                  "DeletionDate", "Time", "Time", "type", "timestamp");
        struct input input = {
            .shape = built_shape(built_shapes_open(arena, facts), "Request"),
            .value = json_parse(arena, text_of(json), NULL),
            .arena = arena,
        };
        CU_ASSERT_EQUAL(input_timestamp(input, "DeletionDate", 42), rows[index].time_ms);
        json_decref(facts);
        arena_close(arena);
    }
}

void codec_test(void) {
    unit_test("SQS and SNS understand the names of the query protocol", test_sqs_names);
    unit_test("a request to a queue's URL names that queue", test_queue_of_the_path);
    unit_test("SQS answers JSON and XML from the same calls", test_sqs_answers);
    unit_test("the query protocol answers JSON to clients that want it", test_json_on_demand);
    unit_test("SQS errors carry the code of each protocol", test_sqs_errors);
    unit_test("DynamoDB's errors carry prefixes and a checksum", test_dynamodb_errors);
    unit_test("other services send bare error names", test_bare_names);
    unit_test("an operation without output has an empty body", test_empty_answers);
    unit_test("services among each other see one JSON object", test_internal);
    unit_test("times are written and read in every form", test_times);
}
