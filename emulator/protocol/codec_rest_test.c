/* The codecs of Lambda and S3: requests and answers spread over path, query, headers and body. */
#include "emulator/base/crypto.h"
#include "emulator/protocol/codec_fixture_test.h"
#include "harness/unit_tests.h"

static void test_lambda(void) {
    struct fixture *fixture = open_fixture("lambda", "Invoke", "{\"a\":1}");
    struct http_header type = {TEXT("X-Amz-Invocation-Type"), TEXT("Event")};
    struct text labels[] = {TEXT("arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af")};
    fixture->request.headers = &type;
    fixture->request.header_count = 1;
    fixture->request.query = TEXT("Qualifier=%24LATEST");
    struct input input = decode(fixture, &codec_rest_json, labels);
    CU_ASSERT_STRING_EQUAL(input_string(input, "FunctionName"),
                           "arn:aws:lambda:eu-west-1:000000000000:function:f");
    CU_ASSERT_STRING_EQUAL(input_string(input, "InvocationType"), "Event");
    CU_ASSERT_STRING_EQUAL(input_string(input, "Qualifier"), "$LATEST");
    CU_ASSERT_TRUE(text_equals(input_blob(input, "Payload"), "{\"a\":1}"));
    codec_rest_json.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_integer(&fixture->output, "StatusCode", 202);
    output_string(&fixture->output, "ExecutedVersion", "$LATEST");
    output_blob(&fixture->output, "Payload", TEXT("null"));
    codec_rest_json.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_EQUAL(fixture->reply.status, 202);
    CU_ASSERT_STRING_EQUAL(body(fixture), "null");
    CU_ASSERT_STRING_EQUAL(header(fixture, "X-Amz-Executed-Version"), "$LATEST");
    CU_ASSERT_STRING_EQUAL(header(fixture, "Content-Type"), "application/json");
    close_fixture(fixture);
}

static void test_lambda_errors(void) {
    struct fixture *fixture = open_fixture("lambda", "GetFunction", "");
    struct error_shape error = {
        .name = "ResourceNotFoundException",
        .message_key = "Message",
        .status = 404,
        .shape = NULL,
    };
    json_t *errors =
        json_pack("{s:{s:s},s:{s:s,s:{s:s,s:s}}}", "String", "type", "string", "ResourceNotFoundException",
                  "type", "structure", "has", "Type", "String", "Message", "String");
    error.shape = built_shape(built_shapes_open(fixture->arena, errors), "ResourceNotFoundException");
    fail_with(fixture, &codec_rest_json, &error, "Function not found: x");
    CU_ASSERT_STRING_EQUAL(body(fixture), "{\"Type\":\"User\",\"Message\":\"Function not found: x\"}");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amzn-ErrorType"), "ResourceNotFoundException");
    CU_ASSERT_EQUAL(fixture->reply.status, 404);
    json_decref(errors);
    close_fixture(fixture);
}

static void test_header_injection(void) {
    struct fixture *fixture = open_fixture("s3", "GetObject", "");
    codec_rest_xml.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_begin_map(&fixture->output, "Metadata");
    for (int index = 0; index < 200; index++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", index);
        output_string(&fixture->output, key, "a\r\nSet-Cookie: b");
    }
    output_end(&fixture->output);
    output_blob(&fixture->output, "Body", TEXT("bytes"));
    codec_rest_xml.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amz-meta-k0"), "a  Set-Cookie: b");
    CU_ASSERT(fixture->reply.header_count <= HTTP_REPLY_HEADERS);
    CU_ASSERT_STRING_EQUAL(body(fixture), "bytes");
    close_fixture(fixture);
}

static void test_s3_answers(void) {
    struct fixture *fixture = open_fixture("s3", "GetBucketLocation", "");
    codec_rest_xml.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_string(&fixture->output, "LocationConstraint", "eu-west-1");
    codec_rest_xml.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(body(fixture),
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns="
                           "\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>");
    CU_ASSERT_STRING_EQUAL(header(fixture, "x-amz-request-id"), "ID");
    close_fixture(fixture);
    fixture = open_fixture("s3", "GetBucketAcl", "");
    struct output *out = &fixture->output;
    codec_rest_xml.begin(&fixture->context, out, &fixture->reply);
    output_begin_list(out, "Grants");
    output_begin_structure(out, NULL);
    output_begin_structure(out, "Grantee");
    output_string(out, "Type", "CanonicalUser");
    output_string(out, "ID", "x");
    output_end(out);
    output_string(out, "Permission", "READ");
    output_end(out);
    output_end(out);
    codec_rest_xml.finish(&fixture->context, out, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(
        body(fixture),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AccessControlPolicy xmlns="
        "\"http://s3.amazonaws.com/doc/2006-03-01/\"><AccessControlList><Grant><Grantee xmlns:xsi="
        "\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xsi:type=\"CanonicalUser\"><ID>x</ID></Grantee><Permission>READ"
        "</Permission></Grant></AccessControlList></AccessControlPolicy>");
    close_fixture(fixture);
}

static void test_s3_errors(void) {
    struct fixture *fixture = open_fixture("s3", "GetObject", "");
    struct error_shape error = {.name = "NoSuchKey", .status = 404};
    fail_with(fixture, &codec_rest_xml, &error, "The specified key does not exist.");
    CU_ASSERT_EQUAL(
        strncmp(body(fixture),
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The "
                "specified key does not exist.</Message><RequestId>ID</RequestId><HostId>",
                146),
        0);
    fixture->request.method = TEXT("HEAD");
    fail_with(fixture, &codec_rest_xml, &error, "The specified key does not exist.");
    CU_ASSERT_STRING_EQUAL(body(fixture), "");
    CU_ASSERT_EQUAL(fixture->reply.status, 404);
    close_fixture(fixture);
}

static void test_s3_chunks(void) {
    static const char chunked[] =
        "5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n"
        "x-amz-trailer-signature:ff\r\n\r\n";
    struct fixture *fixture = open_fixture("s3", "PutObject", chunked);
    struct http_header headers[] = {
        {TEXT("X-Amz-Content-Sha256"), TEXT("STREAMING-UNSIGNED-PAYLOAD-TRAILER")},
        {TEXT("Content-Encoding"), TEXT("gzip,aws-chunked")},
        {TEXT("X-Amz-Decoded-Content-Length"), TEXT("11")},
        {TEXT("x-amz-meta-Colour"), TEXT("blue")},
    };
    struct text labels[] = {TEXT("bucket"), TEXT("a%20b/c+d")};
    fixture->request.headers = headers;
    fixture->request.header_count = 4;
    struct input input = decode(fixture, &codec_rest_xml, labels);
    CU_ASSERT_PTR_NOT_NULL_FATAL(input.value);
    CU_ASSERT_TRUE(text_equals(input_blob(input, "Body"), "hello world"));
    CU_ASSERT_STRING_EQUAL(input_string(input, "ContentEncoding"), "gzip");
    CU_ASSERT_STRING_EQUAL(input_string(input, "ChecksumCRC32"), "AAAAAA==");
    CU_ASSERT_STRING_EQUAL(input_string(input, "Key"), "a b/c+d");
    CU_ASSERT_TRUE(text_equals(input_key(input_first(input_map(input, "Metadata"))), "colour"));
    headers[2].value = TEXT("12");
    CU_ASSERT_PTR_NULL(decode(fixture, &codec_rest_xml, labels).value);
    CU_ASSERT_STRING_EQUAL(fixture->error->name, "IncompleteBody");
    static const char *const broken[] = {
        "", "5\r\nhel", "zz\r\n", "ffffffff\r\nx\r\n", "5\r\nhelloXX\r\n0\r\n\r\n", "5"};
    for (size_t index = 0; index < sizeof(broken) / sizeof(broken[0]); index++) {
        fixture->request.body = text_of(broken[index]);
        CU_ASSERT_PTR_NULL(decode(fixture, &codec_rest_xml, labels).value);
    }
    close_fixture(fixture);
}

static void test_s3_bodies(void) {
    struct fixture *fixture =
        open_fixture("s3", "DeleteObjects",
                     "<?xml version=\"1.0\"?><!-- c --><Delete "
                     "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b"
                     "</Key></Object><Object><Key><![CDATA[<x>]]></Key><VersionId>1</VersionId></"
                     "Object><Quiet>true</Quiet></Delete>");
    struct text labels[] = {TEXT("bucket")};
    CU_ASSERT_STRING_EQUAL(
        decoded(fixture, &codec_rest_xml, labels),
        "{\"Bucket\":\"bucket\",\"Delete\":{\"Objects\":[{\"Key\":\"a&b\"},{\"Key\":\"<x>\","
        "\"VersionId\":\"1\"}],\"Quiet\":true}}");
    static const char *const broken[] = {
        "<Delete>",
        "<Delete></Other>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><Delete/>",
        "<Delete>&b;</Delete>",
        "x",
        "<Delete><Quiet>perhaps</Quiet></Delete>",
        "<Delete/><Delete/>",
        "<Delete a>",
        "<",
        "<Delete a=\"",
        "</Delete>",
    };
    for (size_t index = 0; index < sizeof(broken) / sizeof(broken[0]); index++) {
        fixture->request.body = text_of(broken[index]);
        strbuf_clear(&fixture->message);
        CU_ASSERT_PTR_NULL(decode(fixture, &codec_rest_xml, labels).value);
        CU_ASSERT_STRING_EQUAL(fixture->error->name, "MalformedXML");
    }
    close_fixture(fixture);
}

static void test_bad_numbers(void) {
    struct fixture *fixture = open_fixture("s3", "ListObjectsV2", "");
    struct text labels[] = {TEXT("bucket")};
    fixture->request.query = TEXT("list-type=2&max-keys=abc");
    CU_ASSERT_PTR_NULL(decode(fixture, &codec_rest_xml, labels).value);
    CU_ASSERT_STRING_EQUAL(fixture->error->name, "InvalidArgument");
    CU_ASSERT_STRING_EQUAL(strbuf_text(&fixture->message).data,
                           "Provided max-keys not an integer or within integer range");
    fixture->request.query = TEXT("max-keys=&prefix=%zz%F0%28");
    struct input input = decode(fixture, &codec_rest_xml, labels);
    CU_ASSERT_FALSE(input_has(input, "MaxKeys"));
    CU_ASSERT_STRING_EQUAL(input_string(input, "Prefix"), "%zz\xef\xbf\xbd(");
    close_fixture(fixture);
}

/* printf '{"TableName":"abc"}' | gzip -n | base64 */
static void test_gzip(void) {
    struct fixture *fixture = open_fixture("dynamodb", "DescribeTable", "");
    struct strbuf packed = STRBUF_INIT;
    CU_ASSERT_TRUE(
        crypto_append_unbase64(&packed, TEXT("H4sIAAAAAAAAA6tWCklMykn1S8xNVbJSSkxKVqoFADdm8tATAAAA")));
    struct http_header encoding = {TEXT("Content-Encoding"), TEXT("gzip")};
    fixture->request.headers = &encoding;
    fixture->request.header_count = 1;
    fixture->request.body = strbuf_text(&packed);
    CU_ASSERT_STRING_EQUAL(decoded(fixture, &codec_json, NULL), "{\"TableName\":\"abc\"}");
    fixture->request.body.size -= 9;
    CU_ASSERT_PTR_NULL(decode(fixture, &codec_json, NULL).value);
    CU_ASSERT_EQUAL(fixture->error->status, 500);
    strbuf_release(&packed);
    close_fixture(fixture);
}

static void test_head(void) {
    struct fixture *fixture = open_fixture("s3", "HeadObject", "");
    fixture->request.method = TEXT("HEAD");
    codec_rest_xml.begin(&fixture->context, &fixture->output, &fixture->reply);
    output_integer(&fixture->output, "ContentLength", 123456);
    output_timestamp(&fixture->output, "LastModified", 1700000000000);
    codec_rest_xml.finish(&fixture->context, &fixture->output, &fixture->reply);
    CU_ASSERT_EQUAL(fixture->reply.announced_size, 123456);
    CU_ASSERT_STRING_EQUAL(header(fixture, "Content-Length"), "(none)");
    CU_ASSERT_STRING_EQUAL(header(fixture, "Last-Modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
    close_fixture(fixture);
}

/* The bytes behind the digest were read back by botocore's decoder. */
static void test_events(void) {
    struct fixture *fixture = open_fixture("lambda", "InvokeWithResponseStream", "");
    struct output *out = &fixture->output;
    codec_rest_json.begin(&fixture->context, out, &fixture->reply);
    output_integer(out, "StatusCode", 200);
    output_begin_structure(out, "EventStream");
    output_begin_structure(out, "PayloadChunk");
    output_blob(out, "Payload", TEXT("hello"));
    output_end(out);
    output_begin_structure(out, "InvokeComplete");
    output_string(out, "ErrorCode", "Oops");
    output_end(out);
    output_end(out);
    codec_rest_json.finish(&fixture->context, out, &fixture->reply);
    CU_ASSERT_STRING_EQUAL(header(fixture, "Content-Type"), "application/vnd.amazon.eventstream");
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_MD5, strbuf_text(&fixture->reply.body));
    CU_ASSERT_STRING_EQUAL(hex.data, "f2f44d6e258ed834473d3090e10666d9");
    CU_ASSERT_TRUE(text_find(strbuf_text(&fixture->reply.body), "{\"ErrorCode\":\"Oops\"}") > 0);
    strbuf_release(&hex);
    close_fixture(fixture);
}

void codec_rest_test(void) {
    unit_test("Invoke is spread over path, query, headers and body", test_lambda);
    unit_test("Lambda's errors name whose fault it is", test_lambda_errors);
    unit_test("user metadata can neither split nor flood the headers", test_header_injection);
    unit_test("S3 answers with its own root elements and attributes", test_s3_answers);
    unit_test("S3 errors have no wrapper, and no body for HEAD", test_s3_errors);
    unit_test("S3 uploads in chunks are put together with their trailers", test_s3_chunks);
    unit_test("S3 bodies are read and malformed ones refused", test_s3_bodies);
    unit_test("a number that is none is refused, a broken escape kept", test_bad_numbers);
    unit_test("a compressed body is unpacked, a broken one refused", test_gzip);
    unit_test("a stream of events is framed", test_events);
    unit_test("HEAD announces the size of what is not sent", test_head);
}
