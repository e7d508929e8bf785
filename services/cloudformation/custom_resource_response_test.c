#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/custom_resource_response.h"

static const struct custom_resource_request request = {"stack-arn", "req-1", "Sum"};

#define HEAD "\"StackId\":\"stack-arn\",\"RequestId\":\"req-1\",\"LogicalResourceId\":\"Sum\""

static void check_reason(const char *body, const char *expected) {
    struct arena *arena = arena_open();
    struct custom_resource_response response = custom_resource_response_read(arena, text_of(body), &request);
    CU_ASSERT_FALSE(response.success);
    CU_ASSERT_STRING_EQUAL(response.reason, expected);
    arena_close(arena);
}

static void success_gives_id_and_data(void) {
    struct arena *arena = arena_open();
    struct custom_resource_response response = custom_resource_response_read(
        arena,
        TEXT("{\"Status\":\"SUCCESS\"," HEAD ",\"PhysicalResourceId\":\"id\",\"NoEcho\":true,"
             "\"Data\":{\"Sum\":7.1,\"Ok\":true,\"List\":[1,\"a\"]},\"Extra\":1}"),
        &request);
    CU_ASSERT_TRUE_FATAL(response.success);
    CU_ASSERT_STRING_EQUAL(response.physical_resource_id, "id");
    CU_ASSERT_TRUE(response.no_echo);
    char *data = json_dumps(response.data, JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(data, "{\"Sum\":\"7.1\",\"Ok\":\"true\",\"List\":[\"1\",\"a\"]}");
    free(data);
    arena_close(arena);
}

static void absent_id_is_accepted(void) {
    struct arena *arena = arena_open();
    struct custom_resource_response response =
        custom_resource_response_read(arena, TEXT("{\"Status\":\"SUCCESS\"," HEAD "}"), &request);
    CU_ASSERT_TRUE(response.success);
    CU_ASSERT_PTR_NULL(response.physical_resource_id);
    arena_close(arena);
}

static void failed_keeps_id_and_reason(void) {
    struct arena *arena = arena_open();
    struct custom_resource_response response = custom_resource_response_read(
        arena, TEXT("{\"Status\":\"FAILED\",\"Reason\":\"no disk\"," HEAD ",\"PhysicalResourceId\":\"id\"}"),
        &request);
    CU_ASSERT_FALSE(response.success);
    CU_ASSERT_STRING_EQUAL(response.physical_resource_id, "id");
    CU_ASSERT_STRING_EQUAL(response.reason, "Received response status [FAILED] from custom resource. Message "
                                            "returned: no disk (RequestId: req-1)");
    arena_close(arena);
}

static void misspelt_status(void) {
    check_reason("{\"Status\":\"FAILURE\"," HEAD ",\"PhysicalResourceId\":\"id\"}",
                 "Invalid Response object: 'FAILURE' is not a valid ResponseStatus");
}

static void empty_or_wrong_id_hides_the_reason(void) {
    check_reason("{\"Status\":\"FAILED\",\"Reason\":\"lost\"," HEAD ",\"PhysicalResourceId\":\"\"}",
                 "Invalid PhysicalResourceId");
    check_reason("{\"Status\":\"SUCCESS\"," HEAD ",\"PhysicalResourceId\":null}",
                 "Invalid PhysicalResourceId");
    check_reason("{\"Status\":\"SUCCESS\"," HEAD ",\"PhysicalResourceId\":5}", "Invalid PhysicalResourceId");
}

static void body_may_have_4096_bytes(void) {
    struct arena *arena = arena_open();
    static const char head[] = "{\"Status\":\"SUCCESS\"," HEAD ",\"PhysicalResourceId\":\"id\",\"X\":\"";
    char *body = arena_alloc(arena, 4098);
    memset(body, 'x', 4098);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + 4094, "\"}", 2);
    CU_ASSERT_TRUE(custom_resource_response_read(arena, (struct text){body, 4096}, &request).success);
    memcpy(body + 4094, "x\"}", 3);
    struct custom_resource_response long_one =
        custom_resource_response_read(arena, (struct text){body, 4097}, &request);
    CU_ASSERT_FALSE(long_one.success);
    CU_ASSERT_STRING_EQUAL(long_one.reason, "Response object is too long.");
    arena_close(arena);
}

static void data_must_be_an_object(void) {
    check_reason(
        "{\"Status\":\"SUCCESS\"," HEAD ",\"PhysicalResourceId\":\"id\",\"Data\":\"text\"}",
        "Invalid Response object: Value of property Data must be an object with String (or simple type) "
        "properties");
}

static void request_must_be_echoed(void) {
    check_reason("{\"Status\":\"SUCCESS\",\"StackId\":\"stack-arn\",\"RequestId\":\"other\","
                 "\"LogicalResourceId\":\"Sum\",\"PhysicalResourceId\":\"id\"}",
                 "Invalid Response object: Value of property RequestId is not valid");
}

static void body_must_be_json(void) {
    check_reason("", "Invalid Response object: response is not valid JSON");
    check_reason("Status=SUCCESS", "Invalid Response object: response is not valid JSON");
    check_reason("[]", "Invalid Response object: response is not valid JSON");
}

void custom_resource_response_test(void) {
    unit_test("A success gives its id and its data as strings", success_gives_id_and_data);
    unit_test("An absent PhysicalResourceId is accepted", absent_id_is_accepted);
    unit_test("A failure keeps its id and its reason", failed_keeps_id_and_reason);
    unit_test("A misspelt status fails at once", misspelt_status);
    unit_test("An empty PhysicalResourceId hides the reason", empty_or_wrong_id_hides_the_reason);
    unit_test("An answer may have 4096 bytes", body_may_have_4096_bytes);
    unit_test("Data must be an object", data_must_be_an_object);
    unit_test("The request's ids must come back", request_must_be_echoed);
    unit_test("An answer must be a JSON object", body_must_be_json);
}
