#include "services/lambda/invocation_report.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

#define REQUEST "8286a188-ba32-4475-8077-530cd35c09a9"

static void exits(void) {
    struct strbuf payload = STRBUF_INIT;
    report_exit_payload(&payload, REQUEST, "exit status 1");
    CU_ASSERT_STRING_EQUAL(payload.data,
                           "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST
                           " Error: Runtime exited with error: exit status 1\"}");
    strbuf_clear(&payload);
    report_exit_payload(&payload, REQUEST, NULL);
    CU_ASSERT_STRING_EQUAL(payload.data,
                           "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST
                           " Error: Runtime exited without providing a reason\"}");
    strbuf_release(&payload);
}

static void timeouts(void) {
    struct strbuf payload = STRBUF_INIT;
    report_timeout_payload(&payload, REQUEST, 30);
    CU_ASSERT_STRING_EQUAL(payload.data,
                           "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " REQUEST
                           " Error: Task timed out after 30.00 seconds\"}");
    strbuf_release(&payload);
}

static void large_answers(void) {
    struct strbuf payload = STRBUF_INIT;
    report_too_large_payload(&payload, 6291557);
    CU_ASSERT_STRING_EQUAL(
        payload.data,
        "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size "
        "(6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).\"}");
    strbuf_release(&payload);
}

void invocation_report_test(void);
void invocation_report_test(void) {
    unit_test("an exit says its status, or that it gave no reason", exits);
    unit_test("a timeout has two decimals", timeouts);
    unit_test("an answer that is too large tells both sizes", large_answers);
}
