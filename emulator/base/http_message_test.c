#include "emulator/base/http_message.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void reads_a_request(void) {
    struct arena *arena = arena_open();
    struct http_request request;
    CU_ASSERT(http_request_parse(arena,
                                 TEXT("POST /a%20b?x=1+2&y=%41&z&x=3 HTTP/1.1\r\nHost: h\r\n"
                                      "X-Amz-Target:  S.Op \r\n\r\n{\"a\":\n1}"),
                                 &request));
    CU_ASSERT(text_equals(request.method, "POST"));
    CU_ASSERT(text_equals(request.target, "/a%20b?x=1+2&y=%41&z&x=3"));
    CU_ASSERT(text_equals(request.path, "/a%20b"));
    CU_ASSERT(text_equals(request.query, "x=1+2&y=%41&z&x=3"));
    CU_ASSERT(text_equals(request.body, "{\"a\":\n1}"));
    CU_ASSERT(text_equals(http_request_header(&request, "x-amz-target"), "S.Op"));
    CU_ASSERT_PTR_NULL(http_request_header(&request, "Content-Type").data);
    CU_ASSERT(text_equals(http_request_query(&request, "x"), "1 2"));
    CU_ASSERT(text_equals(http_request_query(&request, "y"), "A"));
    CU_ASSERT(text_equals(http_request_query(&request, "z"), ""));
    CU_ASSERT_PTR_NULL(http_request_query(&request, "w").data);
    arena_close(arena);
}

static void a_length_cuts_the_body(void) {
    struct arena *arena = arena_open();
    struct http_request request;
    CU_ASSERT(http_request_parse(arena, TEXT("PUT /k\nContent-Length: 3\n\nabc\n"), &request));
    CU_ASSERT(text_equals(request.body, "abc"));
    CU_ASSERT_PTR_NULL(request.query.data);
    CU_ASSERT(http_request_parse(arena, TEXT("GET / HTTP/1.1"), &request));
    CU_ASSERT(text_equals(request.body, ""));
    arena_close(arena);
}

static void malformed_requests_are_refused(void) {
    static const char *const wrong[] = {"",
                                        "GET",
                                        "GET \n\n",
                                        " / HTTP/1.1\n\n",
                                        "GET / FTP\n\n",
                                        "GET / HTTP/1.1\nno colon\n\n",
                                        "GET / HTTP/1.1\n: empty\n\n",
                                        "GET / HTTP/1.1\nContent-Length: 4\n\nabc",
                                        "GET / HTTP/1.1\nContent-Length: x\n\nabc"};
    struct arena *arena = arena_open();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct http_request request;
        CU_ASSERT_FALSE(http_request_parse(arena, text_of(wrong[i]), &request));
    }
    arena_close(arena);
}

static void a_reply_starts_empty_and_good(void) {
    struct http_reply reply;
    http_reply_init(&reply);
    CU_ASSERT_EQUAL(reply.status, 200);
    CU_ASSERT_EQUAL(reply.announced_size, -1);
    CU_ASSERT_FALSE(reply.drop);
    http_reply_add_header(&reply, "Content-Type", TEXT("text/xml"));
    strbuf_append_string(&reply.body, "x");
    CU_ASSERT_EQUAL(reply.header_count, 1);
    CU_ASSERT(text_equals(reply.headers[0].name, "Content-Type"));
    http_reply_release(&reply);
    CU_ASSERT_EQUAL(reply.header_count, 0);
    CU_ASSERT_EQUAL(reply.body.size, 0);
}

void http_message_test(void) {
    unit_test("a request's text gives line, headers, query and body", reads_a_request);
    unit_test("Content-Length cuts the body", a_length_cuts_the_body);
    unit_test("malformed requests are refused", malformed_requests_are_refused);
    unit_test("a reply starts as an empty 200", a_reply_starts_empty_and_good);
}
