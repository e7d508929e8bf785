#include "harness/client_codec.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "harness/unit_tests.h"
#include "services/services.h"

static struct client_request request_for(struct arena *arena, const char *service, const char *operation) {
    const struct service_model *model = services_find(service)->model;
    return (struct client_request){
        .arena = arena, .model = model, .operation = service_model_operation(model, text_of(operation))};
}

static void encode(struct client_request *request, const char *input) {
    json_t *value = json_loads(input, 0, NULL);
    client_codec_of(request->model->protocol)->encode(request, value);
    json_decref(value);
}

/* The output as compact JSON with sorted keys; free() it. */
static char *decode(const struct client_request *request, int status, const char *body,
                    struct client_answer *answer) {
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = status;
    strbuf_append_string(&reply.body, body);
    *answer = (struct client_answer){0};
    client_codec_of(request->model->protocol)->decode(request, &reply, answer);
    http_reply_release(&reply);
    char *text = json_dumps(answer->output, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(answer->output);
    return text;
}

static void a_query_request_is_a_form(void) {
    struct arena *arena = arena_open();
    struct client_request request = request_for(arena, "iam", "CreateRole");
    encode(&request,
           "{\"RoleName\":\"a b\",\"MaxSessionDuration\":3600,\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
    CU_ASSERT_TRUE(text_starts_with(request.body, "Action=CreateRole&Version=2010-05-08&"));
    CU_ASSERT_TRUE(text_find(request.body, "&RoleName=a%20b") > 0);
    CU_ASSERT_TRUE(text_find(request.body, "&MaxSessionDuration=3600") > 0);
    CU_ASSERT_TRUE(text_find(request.body, "&Tags.member.1.Key=k&Tags.member.1.Value=v") > 0);
    arena_close(arena);
}

static void a_query_answer_is_read_by_its_shape(void) {
    struct arena *arena = arena_open();
    struct client_request request = request_for(arena, "cloudformation", "DescribeStacks");
    struct client_answer answer;
    char *text = decode(&request, 200,
                        "<DescribeStacksResponse xmlns=\"x\"><DescribeStacksResult><Stacks><member>"
                        "<StackName>s</StackName><CreationTime>1970-01-01T00:00:01.500Z</CreationTime>"
                        "<DisableRollback>false</DisableRollback><Tags/></member></Stacks>"
                        "</DescribeStacksResult></DescribeStacksResponse>",
                        &answer);
    CU_ASSERT_STRING_EQUAL(text, "{\"Stacks\":[{\"CreationTime\":1.5,\"DisableRollback\":false,"
                                 "\"StackName\":\"s\",\"Tags\":[]}]}");
    CU_ASSERT_PTR_NULL(answer.error_code);
    free(text);
    text = decode(&request, 400,
                  "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>no &amp; no"
                  "</Message></Error></ErrorResponse>",
                  &answer);
    CU_ASSERT_STRING_EQUAL(answer.error_code, "ValidationError");
    CU_ASSERT_STRING_EQUAL(answer.error_message, "no & no");
    free(text);
    arena_close(arena);
}

static void a_rest_request_spreads_its_members(void) {
    struct arena *arena = arena_open();
    struct client_request request = request_for(arena, "lambda", "Invoke");
    encode(
        &request,
        "{\"FunctionName\":\"f:1\",\"InvocationType\":\"Event\",\"Qualifier\":\"2\",\"Payload\":\"e30=\"}");
    CU_ASSERT_TRUE(text_equals(request.method, "POST"));
    CU_ASSERT_TRUE(text_equals(request.target, "/2015-03-31/functions/f%3A1/invocations?Qualifier=2"));
    CU_ASSERT_TRUE(text_equals(request.body, "{}"));
    bool found = false;
    for (size_t i = 0; i < request.header_count; i++) {
        found = found || (text_equals_ignore_case(request.headers[i].name, "X-Amz-Invocation-Type") &&
                          text_equals(request.headers[i].value, "Event"));
    }
    CU_ASSERT_TRUE(found);
    struct client_answer answer;
    char *text = decode(&request, 202, "null", &answer);
    CU_ASSERT_STRING_EQUAL(text, "{\"Payload\":\"bnVsbA==\",\"StatusCode\":202}");
    free(text);
    arena_close(arena);
}

static void an_error_has_a_code_and_a_name(void) {
    struct arena *arena = arena_open();
    struct client_request request = request_for(arena, "sqs", "SendMessage");
    struct client_answer answer;
    char *text = decode(&request, 400,
                        "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"gone\"}", &answer);
    CU_ASSERT_STRING_EQUAL(answer.error_name, "QueueDoesNotExist");
    CU_ASSERT_STRING_EQUAL(answer.error_message, "gone");
    free(text);
    arena_close(arena);
}

void client_codec_test(void) {
    unit_test("a query request is a form", a_query_request_is_a_form);
    unit_test("a query answer is read by its shape", a_query_answer_is_read_by_its_shape);
    unit_test("a REST request spreads its members", a_rest_request_spreads_its_members);
    unit_test("an error has a code and a name", an_error_has_a_code_and_a_name);
}
