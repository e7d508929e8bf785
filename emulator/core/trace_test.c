#include "emulator/core/trace.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void add(struct trace *trace, const char *event) {
    struct trace_record record = {
        .service = "sqs", .event = event, .status = 200, .account = "000000000000", .region = "us-east-1"};
    trace_add(trace, &record);
}

static void records_come_back_in_order(void) {
    struct trace *trace = trace_open();
    CU_ASSERT_PTR_NULL(trace_after(trace, 0));
    add(trace, "CreateQueue");
    add(trace, "SendMessage");
    const struct trace_record *first = trace_after(trace, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    CU_ASSERT_STRING_EQUAL(first->event, "CreateQueue");
    CU_ASSERT_STRING_EQUAL(trace_after(trace, first->sequence)->event, "SendMessage");
    CU_ASSERT_PTR_NULL(trace_after(trace, 2));
    trace_close(trace);
}

static void oldest_records_give_way(void) {
    struct trace *trace = trace_open();
    for (int i = 0; i < TRACE_CAPACITY + 3; i++) {
        add(trace, "SendMessage");
    }
    const struct trace_record *oldest = trace_after(trace, 0);
    CU_ASSERT_EQUAL(oldest->sequence, 4);
    trace_close(trace);
}

static void json_holds_what_is_known(void) {
    struct trace *trace = trace_open();
    struct trace_record record = {.time_ms = 0,
                                  .service = "lambda",
                                  .event = "Invoke",
                                  .account = "000000000000",
                                  .region = "us-east-1",
                                  .error_code = "TooManyRequestsException",
                                  .status = 429,
                                  .message = "a \"quoted\" text",
                                  .notes = "{\"A\":\"b\"}"};
    trace_add(trace, &record);
    struct strbuf json = STRBUF_INIT;
    trace_write_json(&json, trace_after(trace, 0));
    CU_ASSERT_STRING_EQUAL(
        json.data,
        "{\"sequence\":1,\"time\":\"1970-01-01T00:00:00.000Z\",\"service\":\"lambda\",\"event\":\"Invoke\","
        "\"account\":\"000000000000\",\"region\":\"us-east-1\",\"status\":429,"
        "\"errorCode\":\"TooManyRequestsException\",\"message\":\"a \\\"quoted\\\" text\","
        "\"notes\":{\"A\":\"b\"}}");
    strbuf_release(&json);
    trace_close(trace);
}

void trace_test(void) {
    unit_test("records come back in order", records_come_back_in_order);
    unit_test("the oldest records give way", oldest_records_give_way);
    unit_test("the JSON of a record holds what is known", json_holds_what_is_known);
}
