#include "emulator/io/http_client.h"

#include "emulator/io/http_server.h"
#include "emulator/io/io_test.h"
#include "harness/unit_tests.h"

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct http_client *client;
    char url[64];
    int answers;
    int status;
    char error[256];
    struct strbuf body;
};

static void on_request(void *argument, struct http_exchange *exchange, struct http_request *request) {
    struct http_reply reply;
    (void)argument;
    if (text_equals(request->path, "/silent")) {
        return;
    }
    http_reply_init(&reply);
    reply.status = text_equals(request->path, "/moved") ? 302 : 201;
    http_reply_add_header(&reply, "Location", TEXT("/elsewhere"));
    struct text type = http_request_header(request, "Content-Type");
    struct text empty = http_request_header(request, "X-Empty");
    strbuf_printf(&reply.body, "%.*s %.*s type=%.*s empty=%d body=%.*s", TEXT_ARGUMENTS(request->method),
                  TEXT_ARGUMENTS(request->target), TEXT_ARGUMENTS(type.data ? type : TEXT("none")),
                  empty.data && empty.size == 0, TEXT_ARGUMENTS(request->body));
    while (text_equals(request->path, "/huge") && reply.body.size < (size_t)9 * 1024 * 1024) {
        strbuf_append_string(&reply.body, "0123456789abcdef0123456789abcdef");
    }
    http_exchange_reply(exchange, &reply);
}

static void on_answer(void *argument, const struct http_client_reply *reply) {
    struct fixture *fixture = argument;
    fixture->answers++;
    fixture->status = reply->status;
    snprintf(fixture->error, sizeof fixture->error, "%s", reply->error ? reply->error : "");
    strbuf_clear(&fixture->body);
    strbuf_append_text(&fixture->body, reply->body);
}

static void open_fixture(struct fixture *fixture) {
    *fixture = (struct fixture){.loop = loop_open()};
    strbuf_init(&fixture->body, STRBUF_DEFAULT_LIMIT);
    fixture->server = http_server_open(fixture->loop, 1000000, on_request, fixture);
    struct http_listener *listener = http_server_listen(fixture->server, "127.0.0.1", 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(listener);
    snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%d", http_listener_port(listener));
    fixture->client = http_client_open(fixture->loop);
}

static void close_fixture(struct fixture *fixture) {
    http_client_close(fixture->client);
    http_server_close(fixture->server);
    loop_close(fixture->loop);
    strbuf_release(&fixture->body);
}

static void wait_for_answers(struct fixture *fixture, int wanted) {
    for (int round = 0; round < 3000 && fixture->answers < wanted; round++) {
        loop_run_once(fixture->loop, 10);
    }
    CU_ASSERT_EQUAL(fixture->answers, wanted);
}

static void ask(struct fixture *fixture, const char *method, const char *path,
                const struct http_header *headers, size_t header_count, struct text body) {
    char url[256];
    snprintf(url, sizeof url, "%s%s", fixture->url, path);
    int before = fixture->answers;
    http_client_send(fixture->client, method, url, headers, header_count, body, 20000, on_answer, fixture);
    CU_ASSERT_EQUAL(fixture->answers, before); /* never within the call */
    wait_for_answers(fixture, before + 1);
}

static void requests_go_out_and_answers_come_back(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    static const struct http_header headers[] = {{TEXT("Content-Type"), TEXT("text/plain; charset=UTF-8")},
                                                 {TEXT("X-Empty"), TEXT("")}};
    ask(&fixture, "POST", "/a%20b?c=d", headers, 2, TEXT("hello"));
    CU_ASSERT_EQUAL(fixture.status, 201);
    CU_ASSERT_STRING_EQUAL(fixture.body.data,
                           "POST /a%20b?c=d type=text/plain; charset=UTF-8 empty=1 body=hello");
    ask(&fixture, "GET", "/", NULL, 0, TEXT_NONE);
    CU_ASSERT_STRING_EQUAL(fixture.body.data, "GET / type=none empty=0 body=");
    ask(&fixture, "PUT", "/", NULL, 0, TEXT(""));
    CU_ASSERT_STRING_EQUAL(fixture.body.data, "PUT / type=none empty=0 body=");
    ask(&fixture, "DELETE", "/", NULL, 0, TEXT_NONE);
    CU_ASSERT_STRING_EQUAL(fixture.body.data, "DELETE / type=none empty=0 body=");
    ask(&fixture, "HEAD", "/", NULL, 0, TEXT_NONE);
    CU_ASSERT_EQUAL(fixture.status, 201);
    CU_ASSERT_EQUAL(fixture.body.size, 0);
    close_fixture(&fixture);
}

static void redirects_are_not_followed(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    ask(&fixture, "GET", "/moved", NULL, 0, TEXT_NONE);
    CU_ASSERT_EQUAL(fixture.status, 302);
    close_fixture(&fixture);
}

static void many_go_out_at_once(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    for (int i = 0; i < 50; i++) {
        http_client_send(fixture.client, "POST", fixture.url, NULL, 0, TEXT("x"), 20000, on_answer, &fixture);
    }
    wait_for_answers(&fixture, 50);
    CU_ASSERT_EQUAL(fixture.status, 201);
    close_fixture(&fixture);
}

static void failures_are_told(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    int before = 0;
    static const char *const urls[] = {"http://127.0.0.1:1/", "file:///etc/passwd", "not a url", ""};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        fixture.status = 99;
        http_client_send(fixture.client, "GET", urls[i], NULL, 0, TEXT_NONE, 20000, on_answer, &fixture);
        wait_for_answers(&fixture, ++before);
        CU_ASSERT_EQUAL(fixture.status, 0);
        CU_ASSERT(fixture.error[0] != '\0');
    }
    close_fixture(&fixture);
}

static void replies_too_large_are_given_up(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    ask(&fixture, "GET", "/huge", NULL, 0, TEXT_NONE);
    CU_ASSERT_EQUAL(fixture.status, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture.error, "8 MiB"));
    close_fixture(&fixture);
}

static void a_silent_server_times_out(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    char url[256];
    snprintf(url, sizeof url, "%s/silent", fixture.url);
    http_client_send(fixture.client, "GET", url, NULL, 0, TEXT_NONE, 20, on_answer, &fixture);
    wait_for_answers(&fixture, 1);
    CU_ASSERT_EQUAL(fixture.status, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture.error, "timed out"));
    http_client_send(fixture.client, "GET", url, NULL, 0, TEXT_NONE, 20000, on_answer, &fixture);
    loop_run_once(fixture.loop, 0);
    close_fixture(&fixture); /* with one under way */
    CU_ASSERT_EQUAL(fixture.answers, 1);
}

void http_client_test(void) {
    unit_test("requests go out and answers come back", requests_go_out_and_answers_come_back);
    unit_test("redirects are not followed", redirects_are_not_followed);
    unit_test("many requests go out at once", many_go_out_at_once);
    unit_test("failures are told, and other schemes refused", failures_are_told);
    unit_test("replies that are too large are given up", replies_too_large_are_given_up);
    unit_test("a silent server times out", a_silent_server_times_out);
}
