/* Damaged requests through every codec, validation and the accessors: whatever comes, nothing breaks. Worth
 * running under the sanitizers (make asan). */
#include "emulator/base/ids.h"
#include "emulator/protocol/codec_fixture_test.h"
#include "harness/unit_tests.h"

#define ROUNDS 400

struct sample {
    const char *service;
    const char *operation;
    const char *query;
    const char *body;
};

static const struct sample samples[] = {
    {"dynamodb", "PutItem", NULL,
     "{\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"x\\u00e4\"},\"b\":{\"M\":{\"c\":{\"L\":[{\"N\":\"1."
     "5e3\"},"
     "{\"B\":\"QUJD\"},{\"NULL\":true}]}}}},\"ReturnValues\":\"ALL_OLD\"}"},
    {"ssm", "PutParameter", NULL,
     "{\"Name\":\"/a/b\",\"Value\":\"v\",\"Type\":\"String\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
     "\"Overwrite\":true}"},
    {"events", "PutEvents", NULL,
     "{\"Entries\":[{\"Time\":1700000000.5,\"Source\":\"s\",\"Resources\":[\"r\"],\"Detail\":\"{}\"}]}"},
    {"sqs", "SendMessageBatch", NULL,
     "QueueUrl=http%3A%2F%2Fa%2Fq&SendMessageBatchRequestEntry.1.Id=one&SendMessageBatchRequestEntry.1."
     "MessageBody=a+b&"
     "SendMessageBatchRequestEntry.2.MessageAttribute.1.Name=n&SendMessageBatchRequestEntry.2."
     "MessageAttribute.1.Value."
     "DataType=String&SendMessageBatchRequestEntry.2.DelaySeconds=10"},
    {"cloudformation", "CreateStack", NULL,
     "Action=CreateStack&StackName=s&TemplateBody=%7B%7D&Parameters.member.1.ParameterKey=k&Parameters."
     "member.1."
     "ParameterValue=%C3%A4&Capabilities.member.1=CAPABILITY_IAM&OnFailure=DELETE&TimeoutInMinutes=5"},
    {"lambda", "CreateFunction", "Qualifier=1&MaxItems=2",
     "{\"FunctionName\":\"f\",\"Runtime\":\"python3.12\",\"Role\":\"r\",\"Handler\":\"h\",\"Code\":{"
     "\"ZipFile\":\"QUJD\"},"
     "\"Timeout\":3,\"Environment\":{\"Variables\":{\"A\":\"b\"}},\"Layers\":[\"l\"]}"},
    {"s3", "PutBucketLifecycleConfiguration", "lifecycle",
     "<?xml version=\"1.0\"?><LifecycleConfiguration "
     "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>a&amp;b"
     "</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value><![CDATA[v]]></Value></Tag></And></"
     "Filter><Status>"
     "Enabled</Status><Expiration><Days>5</Days></Expiration></Rule><!-- c --></LifecycleConfiguration>"},
    {"s3", "ListObjectsV2", "list-type=2&prefix=a%20b&max-keys=5&encoding-type=url", ""},
    {"scheduler", "CreateSchedule", NULL,
     "{\"ScheduleExpression\":\"rate(1 "
     "hour)\",\"StartDate\":1700000000,\"FlexibleTimeWindow\":{\"Mode\":\"OFF\"},"
     "\"Target\":{\"Arn\":\"a\",\"RoleArn\":\"b\",\"RetryPolicy\":{\"MaximumRetryAttempts\":3}}}"},
};

/* Flips, drops, doubles and overwrites bytes; a few bytes that mean something stand in most often. */
static struct text damage(struct ids *ids, struct arena *arena, const char *source) {
    static const char likely[] = "{}[]\",:.&=%<>/!?-0159eE\\u;'\n\r\xff\xc3";
    size_t size = source ? strlen(source) : 0;
    if (size == 0) {
        return source ? TEXT("") : TEXT_NONE;
    }
    char *bytes = arena_alloc(arena, size * 2 + 1);
    memcpy(bytes, source, size);
    for (uint64_t change = ids_random_below(ids, 6); change > 0 && size > 1; change--) {
        size_t at = (size_t)ids_random_below(ids, size);
        size_t length = (size_t)ids_random_below(ids, size - at) % 16;
        switch (ids_random_below(ids, 4)) {
        case 0:
            bytes[at] = likely[ids_random_below(ids, sizeof(likely) - 1)];
            break;
        case 1:
            bytes[at] = (char)ids_random_below(ids, 256);
            break;
        case 2:
            memmove(bytes + at, bytes + at + length, size - at - length);
            size -= length;
            break;
        default:
            if (size + length < strlen(source) * 2) {
                memmove(bytes + at + length, bytes + at, size - at);
                size += length;
            }
            break;
        }
    }
    /* An exact copy, so that the sanitizer sees a step beyond the end. */
    char *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    arena_cleanup(arena, free, exact);
    return (struct text){exact, size};
}

static void run(struct ids *ids, const struct sample *sample, const struct service_model *service,
                const struct operation_model *operation, enum protocol protocol, int *decoded) {
    struct arena *arena = arena_open();
    struct http_header headers[] = {
        {TEXT("Host"), TEXT("localhost")},
        {TEXT("x-amz-meta-a"), damage(ids, arena, "b, \"c\"")},
        {TEXT("x-amz-content-sha256"),
         ids_random_below(ids, 4) ? TEXT("UNSIGNED-PAYLOAD") : TEXT("STREAMING-X")},
    };
    const struct text labels[] = {
        damage(ids, arena, "a%20b%2fc"),
        damage(ids, arena, "x"),
        damage(ids, arena, "y"),
        damage(ids, arena, "z"),
    };
    struct http_request request = {
        .method = TEXT("POST"),
        .path = TEXT("/a/b"),
        .query = damage(ids, arena, sample->query),
        .headers = headers,
        .header_count = 3,
        .body = damage(ids, arena, sample->body),
        .arena = arena,
    };
    struct codec_context context = {
        .model = service,
        .operation = operation,
        .request = &request,
        .arena = arena,
    };
    const struct error_shape *error = NULL;
    struct strbuf message = STRBUF_INIT;
    struct json_value *value = codec_of(protocol)->decode(&context, labels, &error, &message);
    CU_ASSERT_TRUE(value || error);
    if (value) {
        shape_validate(operation->input, value, &message);
        struct strbuf text = STRBUF_INIT;
        json_write(&text, value);
        struct json_value *again = json_parse(arena, strbuf_text(&text), NULL);
        CU_ASSERT_PTR_NOT_NULL(again); /* what codecs hand on is JSON and UTF-8 */
        strbuf_release(&text);
        (*decoded)++;
    }
    strbuf_release(&message);
    arena_close(arena);
}

static void test_damage(void) {
    const char *rounds = getenv("HOSTILE_ROUNDS");
    int64_t count = ROUNDS;
    if (rounds) {
        text_to_int64(text_of(rounds), &count);
    }
    struct ids *ids = ids_open(20240101);
    for (size_t index = 0; index < sizeof(samples) / sizeof(samples[0]); index++) {
        char path[128];
        snprintf(path, sizeof(path), "services/%s/model.json", samples[index].service);
        json_t *model = json_load_file(path, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        struct arena *arena = arena_open();
        struct built_shapes *shapes = built_shapes_open(arena, json_object_get(model, "shapes"));
        struct service_model *service = built_service(arena, json_object_get(model, "service"));
        json_t *facts = json_object_get(json_object_get(model, "operations"), samples[index].operation);
        struct operation_model *operation = built_operation(arena, shapes, facts);
        operation->name = samples[index].operation;
        enum protocol protocol = service->also_query ? PROTOCOL_QUERY : service->protocol;
        int decoded = 0;
        for (int64_t round = 0; round < count; round++) {
            run(ids, &samples[index], service, operation, protocol, &decoded);
        }
        CU_ASSERT(decoded > count / 20); /* otherwise nothing behind the parser was tried */
        arena_close(arena);
        json_decref(model);
    }
    ids_close(ids);
}

/* A form of nothing but the smallest parameters; the status of its refusal, 0 when it is decoded. */
static int status_of_form(size_t bytes) {
    struct arena *arena = arena_open();
    json_t *facts = json_pack("{s:{s:s,s:{s:s}},s:{s:s}}", "In", "type", "structure", "has", "a", "String",
                              "String", "type", "string");
    json_t *operation = json_pack("{s:s,s:s}", "name", "Do", "in", "In");
    struct built_shapes *shapes = built_shapes_open(arena, facts);
    char *body = memset(arena_alloc(arena, bytes + 1), '&', bytes);
    for (size_t i = 0; i < bytes; i += 2) {
        body[i] = 'a';
    }
    struct http_request request = {.path = TEXT("/"), .body = {body, bytes}, .arena = arena};
    struct codec_context context = {
        .model = built_service(arena, operation),
        .operation = built_operation(arena, shapes, operation),
        .request = &request,
        .arena = arena,
    };
    const struct error_shape *error = NULL;
    struct strbuf message = STRBUF_INIT;
    bool good = codec_query.decode(&context, NULL, &error, &message);
    int status = good ? 0 : error->status;
    strbuf_release(&message);
    arena_close(arena);
    json_decref(operation);
    json_decref(facts);
    return status;
}

static void test_large_form(void) {
    CU_ASSERT_EQUAL(status_of_form(1024 * 1024), 0);
    CU_ASSERT_EQUAL(status_of_form(8 * 1024 * 1024 + 1), 413);
}

/* ---- Hostile forms ------------------------------------------------------------------------------------- */

static void test_sparse_lists(void) {
    expect_query("sqs", "ReceiveMessage",
                 "QueueUrl=u&AttributeName.4294967296000000000000=C&AttributeName.7=A&AttributeName.0008=B&"
                 "AttributeName.x=D&AttributeName=",
                 "{\"QueueUrl\":\"u\",\"AttributeNames\":[\"A\",\"B\",\"C\"]}");
    expect_query("sqs", "ReceiveMessage", "QueueUrl=u&QueueUrl=v&MaxNumberOfMessages=1&MaxNumberOfMessages=2",
                 "{\"QueueUrl\":\"v\",\"MaxNumberOfMessages\":2}");
    expect_query("sqs", "ReceiveMessage",
                 "QueueUrl=%zz%&&&=&=x&MaxNumberOfMessages=", "{\"QueueUrl\":\"%zz%\"}");
    expect_query("sqs", "ReceiveMessage", "QueueUrl=u&MaxNumberOfMessages=ten",
                 "MalformedInput: Value ten for parameter MaxNumberOfMessages is invalid. Reason: Must be an "
                 "integer.");
    expect_query("sns", "CreateTopic", "Name=t&Tags.member.1.Key=a&Tags.member.1.Value=b&Attributes=",
                 "{\"Name\":\"t\",\"Attributes\":{},\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
}

/* Sorting keeps this from taking quadratic time. */
static void test_many_parameters(void) {
    struct strbuf form = STRBUF_INIT;
    strbuf_append_string(&form, "QueueUrl=u");
    for (int index = 100000; index > 0; index--) {
        strbuf_printf(&form, "&AttributeName.%d=%d", index, index);
    }
    struct fixture *fixture = open_fixture("sqs", "ReceiveMessage", form.data);
    struct input names = input_list(decode(fixture, &codec_query, NULL), "AttributeNames");
    CU_ASSERT_EQUAL(input_count(names), 100000);
    CU_ASSERT_STRING_EQUAL(input_as_string(input_first(names)), "1");
    close_fixture(fixture);
    strbuf_release(&form);
}

/* A recursive shape and a name that follows it down. */
static void test_deep_names(void) {
    struct arena *arena = arena_open();
    json_t *facts = json_pack("{s:{s:s,s:{s:s}}}", "Tree", "type", "structure", "has", "a", "Tree");
    json_t *operation = json_pack("{s:s,s:s}", "name", "Do", "in", "Tree");
    struct built_shapes *shapes = built_shapes_open(arena, facts);
    struct strbuf form = STRBUF_INIT;
    for (int index = 0; index < 100000; index++) {
        strbuf_append_string(&form, "a.");
    }
    strbuf_append_string(&form, "a=1");
    struct http_request request = {.path = TEXT("/"), .body = strbuf_text(&form), .arena = arena};
    struct codec_context context = {
        .model = built_service(arena, operation),
        .operation = built_operation(arena, shapes, operation),
        .request = &request,
        .arena = arena,
    };
    const struct error_shape *error = NULL;
    struct strbuf message = STRBUF_INIT;
    const struct json_value *value = codec_query.decode(&context, NULL, &error, &message);
    int depth = 0;
    for (; value; value = json_find(value, "a")) {
        depth++;
    }
    CU_ASSERT(depth > 10 && depth < 100);
    strbuf_release(&form);
    json_decref(facts);
    json_decref(operation);
    arena_close(arena);
}

void codec_hostile_test(void) {
    unit_test("indices in forms may be sparse, huge or missing", test_sparse_lists);
    unit_test("a form with very many parameters is read", test_many_parameters);
    unit_test("names that descend for ever end", test_deep_names);
    unit_test("a form larger than any request is refused", test_large_form);
    unit_test("damaged requests are decoded or refused, never fatal", test_damage);
}
