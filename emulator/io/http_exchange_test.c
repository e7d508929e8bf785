/* Requests that wait long, and many of them at once. */
#include "emulator/base/die.h"
#include "emulator/io/http_server.h"
#include "emulator/io/io_test.h"
#include "harness/unit_tests.h"

#define MANY 300 /* more than one daemon of libmicrohttpd is given */

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct http_listener *listener;
    struct http_exchange *waiting[MANY];
    int count;
    struct strbuf received;
};

static void reply_echo(struct http_exchange *exchange, struct http_request *request) {
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = 200;
    strbuf_printf(&reply.body, "%.*s %.*s|%.*s|", TEXT_ARGUMENTS(request->method),
                  TEXT_ARGUMENTS(request->target), TEXT_ARGUMENTS(request->path));
    strbuf_append_text(&reply.body, request->query.data ? request->query : TEXT("none"));
    strbuf_append_text(&reply.body, http_request_header(request, "x-last"));
    strbuf_printf(&reply.body, "|%zu|%.*s<end>", request->header_count, TEXT_ARGUMENTS(request->body));
    http_exchange_reply(exchange, &reply);
}

/* Parks, and overwrites what the arena held by using another. */
static void on_request(void *argument, struct http_exchange *exchange, struct http_request *request) {
    struct fixture *fixture = argument;
    CU_ASSERT_PTR_EQUAL(request->exchange, exchange);
    if (text_equals(request->path, "/direct")) {
        CU_ASSERT(http_exchange_park(exchange));
        reply_echo(exchange, http_exchange_unpark(exchange));
        return;
    }
    if (!text_equals(request->path, "/plain")) {
        CU_ASSERT(http_exchange_park(exchange));
    }
    fixture->waiting[fixture->count++] = exchange;
}

static void open_fixture(struct fixture *fixture) {
    *fixture = (struct fixture){.received = STRBUF_INIT};
    fixture->loop = loop_open();
    fixture->server = http_server_open(fixture->loop, 100000, on_request, fixture);
    fixture->listener = http_server_listen(fixture->server, "127.0.0.1", 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->listener);
}

static void close_fixture(struct fixture *fixture) {
    http_server_close(fixture->server);
    loop_close(fixture->loop);
    strbuf_release(&fixture->received);
}

static void run_until_waiting(struct fixture *fixture, int count) {
    for (int round = 0; round < 5000 && fixture->count < count; round++) {
        loop_run_once(fixture->loop, 10);
    }
    CU_ASSERT_EQUAL_FATAL(fixture->count, count);
}

static int ask(struct fixture *fixture, const char *request) {
    int client = client_connect(http_listener_port(fixture->listener));
    client_send(client, request);
    return client;
}

static bool answered(struct fixture *fixture, int client, const char *wanted) {
    strbuf_clear(&fixture->received);
    return client_wait(fixture->loop, client, &fixture->received, wanted);
}

static void a_parked_request_comes_back_whole(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    int first =
        ask(&fixture, "POST /a%2F?b=%41 HTTP/1.1\r\nHost: h\r\nX-Last: 1\r\nContent-Length: 5\r\n\r\nhello");
    int second = ask(&fixture, "GET /b HTTP/1.1\r\nHost: h\r\nX-Last: 2\r\n\r\n");
    int third = ask(&fixture, "PUT /direct HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    CU_ASSERT(answered(&fixture, third, "PUT /direct|/direct|none|2|ok<end>"));
    run_until_waiting(&fixture, 2);
    for (int i = 0; i < 2; i++) {
        struct http_request *request = http_exchange_unpark(fixture.waiting[i]);
        arena_alloc(request->arena, 1000);
        CU_ASSERT_FALSE(http_exchange_park(fixture.waiting[i])); /* too late */
        reply_echo(fixture.waiting[i], request);
    }
    CU_ASSERT(answered(&fixture, first, "POST /a%2F?b=%41|/a%2F|b=%411|3|hello<end>"));
    CU_ASSERT(answered(&fixture, second, "GET /b|/b|none2|2|<end>"));
    close(first);
    close(second);
    close(third);
    close_fixture(&fixture);
}

static void a_parked_request_can_be_dropped(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    int client = ask(&fixture, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    int other = ask(&fixture, "GET /c HTTP/1.1\r\nHost: h\r\n\r\n");
    run_until_waiting(&fixture, 2);
    struct http_reply reply;
    http_reply_init(&reply);
    reply.drop = true;
    http_exchange_reply(fixture.waiting[0], &reply);
    CU_ASSERT(answered(&fixture, client, NULL) || answered(&fixture, other, NULL));
    close_fixture(&fixture); /* drops the second */
    close(client);
    close(other);
}

static void many_wait_at_once(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    int clients[MANY];
    for (int i = 0; i < MANY; i++) {
        char request[64];
        snprintf(request, sizeof request, "GET /%s?%d HTTP/1.1\r\nHost: h\r\n\r\n", i % 3 ? "b" : "plain", i);
        clients[i] = ask(&fixture, request);
        run_until_waiting(&fixture, i + 1);
    }
    for (int i = MANY - 1; i >= 0; i--) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "|%d|1|<end>", i);
        reply_echo(fixture.waiting[i], http_exchange_unpark(fixture.waiting[i]));
        CU_ASSERT(answered(&fixture, clients[i], wanted));
        close(clients[i]);
    }
    int again = ask(&fixture, "GET /direct HTTP/1.1\r\nHost: h\r\n\r\n");
    CU_ASSERT(answered(&fixture, again, "<end>"));
    close(again);
    close_fixture(&fixture);
}

void http_exchange_test(void) {
    unit_test("a parked request comes back whole", a_parked_request_comes_back_whole);
    unit_test("a parked request can be dropped", a_parked_request_can_be_dropped);
    unit_test("many requests wait at once", many_wait_at_once);
}
