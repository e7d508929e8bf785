#include "emulator/io/http_server.h"

#include "emulator/base/die.h"
#include "emulator/io/io_test.h"
#include "harness/unit_tests.h"

#define MAXIMUM_BODY 100000

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct http_listener *listener;
    int requests;
    int turns;
    struct http_exchange *waiting;
    int waiting_socket;
    struct strbuf received;
    int client;
};

static void reply_text(struct http_exchange *exchange, int status, const char *body) {
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = status;
    http_reply_add_header(&reply, "X-Kind", TEXT("test"));
    strbuf_append_string(&reply.body, body);
    http_exchange_reply(exchange, &reply);
}

/* "METHOD TARGET|PATH|QUERY|Content-Type|secure|body size|body" */
static void reply_echo(struct http_exchange *exchange, struct http_request *request) {
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = 200;
    struct text type = http_request_header(request, "content-type");
    strbuf_printf(&reply.body, "%.*s %.*s|%.*s|%.*s|%.*s|%d|%zu|", TEXT_ARGUMENTS(request->method),
                  TEXT_ARGUMENTS(request->target), TEXT_ARGUMENTS(request->path),
                  TEXT_ARGUMENTS(request->query.data ? request->query : TEXT("none")),
                  TEXT_ARGUMENTS(type.data ? type : TEXT("none")), request->secure, request->body.size);
    strbuf_append_text(&reply.body, text_slice(request->body, 0, 40));
    strbuf_append_string(&reply.body, "<end>");
    http_exchange_reply(exchange, &reply);
}

static void on_request(void *argument, struct http_exchange *exchange, struct http_request *request) {
    struct fixture *fixture = argument;
    fixture->requests++;
    if (text_equals(request->path, "/wait")) {
        fixture->waiting = exchange;
        fixture->waiting_socket = request->socket;
    } else if (text_equals(request->path, "/drop")) {
        struct http_reply reply;
        http_reply_init(&reply);
        reply.drop = true;
        http_exchange_reply(exchange, &reply);
    } else if (text_equals(request->path, "/head")) {
        struct http_reply reply;
        http_reply_init(&reply);
        reply.status = 200;
        reply.announced_size = 123456;
        http_reply_add_header(&reply, "Content-Length", TEXT("7"));
        http_reply_add_header(&reply, "x-amz-meta-empty", TEXT(""));
        http_exchange_reply(exchange, &reply);
    } else if (text_equals(request->path, "/nothing")) {
        reply_text(exchange, 204, "");
    } else if (text_equals(request->path, "/dated")) {
        struct http_reply reply;
        http_reply_init(&reply);
        reply.status = 200;
        http_reply_add_header(&reply, "Date", TEXT("Thu, 01 Jan 2026 00:00:00 GMT"));
        http_reply_add_header(&reply, "X-Split", TEXT("a\r\nX-Evil: yes"));
        http_exchange_reply(exchange, &reply);
    } else if (text_equals(request->path, "/headers")) {
        struct http_reply reply;
        http_reply_init(&reply);
        reply.status = 200;
        for (int i = 0; i < 20; i++) {
            const char *name = arena_printf(request->arena, "x-amz-meta-%d", i);
            http_reply_add_header(&reply, name, text_of(arena_printf(request->arena, "%0250d", i)));
        }
        http_exchange_reply(exchange, &reply);
    } else if (request->listener) {
        reply_text(exchange, 200, request->listener);
    } else {
        reply_echo(exchange, request);
    }
}

static void count_turn(void *argument) {
    ((struct fixture *)argument)->turns++;
}

static struct fixture *open_fixture(void) {
    struct fixture *fixture = xcalloc(1, sizeof *fixture);
    strbuf_init(&fixture->received, STRBUF_DEFAULT_LIMIT);
    fixture->loop = loop_open();
    loop_set_turn_hook(fixture->loop, count_turn, fixture);
    fixture->server = http_server_open(fixture->loop, MAXIMUM_BODY, on_request, fixture);
    fixture->listener = http_server_listen(fixture->server, "127.0.0.1", 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->listener);
    fixture->client = client_connect(http_listener_port(fixture->listener));
    return fixture;
}

static void close_fixture(struct fixture *fixture) {
    close(fixture->client);
    http_server_close(fixture->server);
    loop_close(fixture->loop);
    strbuf_release(&fixture->received);
    free(fixture);
}

static bool wait_for(struct fixture *fixture, const char *wanted) {
    bool found = client_wait(fixture->loop, fixture->client, &fixture->received, wanted);
    if (!found) {
        fprintf(stderr, "wanted '%s', received '%s'\n", wanted ? wanted : "the end", fixture->received.data);
    }
    return found;
}

static void ask(struct fixture *fixture, const char *request, const char *wanted) {
    strbuf_clear(&fixture->received);
    client_send(fixture->client, request);
    CU_ASSERT(wait_for(fixture, wanted));
}

static void run_until_waiting(struct fixture *fixture) {
    for (int round = 0; round < 2000 && !fixture->waiting; round++) {
        loop_run_once(fixture->loop, 10);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->waiting);
}

static void nothing_of_the_target_is_decoded(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "GET /a%2Fb%20c+d/?x=%41&y&z=1+2?3 HTTP/1.1\r\nHost: h\r\nContent-Type: t\r\n\r\n",
        "GET /a%2Fb%20c+d/?x=%41&y&z=1+2?3|/a%2Fb%20c+d/|x=%41&y&z=1+2?3|t|0|0|<end>");
    ask(fixture, "DELETE /plain HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /plain|/plain|none|none|0|0|<end>");
    ask(fixture, "GET /%00%ff%zz? HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%00%ff%zz?|/%00%ff%zz||none|0|0|<end>");
    CU_ASSERT_EQUAL(fixture->requests, 3);
    close_fixture(fixture);
}

static void every_request_is_a_turn(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture,
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: "
        "h\r\n\r\n",
        "GET /3|");
    CU_ASSERT_EQUAL(fixture->requests, 3);
    CU_ASSERT(fixture->turns >= 3);
    close_fixture(fixture);
}

static void bodies_arrive_whole(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "|5|hello<end>");
    ask(fixture, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "|0|<end>");
    ask(fixture,
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n "
        "world\r\n0\r\n\r\n",
        "|11|hello world<end>");
    strbuf_clear(&fixture->received);
    client_send(fixture->client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nab");
    loop_run_once(fixture->loop, 10);
    client_send(fixture->client, "cd");
    loop_run_once(fixture->loop, 10);
    client_send(fixture->client, "ef");
    CU_ASSERT(wait_for(fixture, "|6|abcdef<end>"));
    close_fixture(fixture);
}

static void send_large(struct fixture *fixture, size_t size) {
    char *block = xmalloc(size);
    memset(block, 'x', size);
    for (size_t sent = 0; sent < size;) {
        ssize_t now = send(fixture->client, block + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now > 0) {
            sent += (size_t)now;
        }
        loop_run_once(fixture->loop, 0);
    }
    free(block);
}

static void bodies_up_to_the_limit_are_taken(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    send_large(fixture, MAXIMUM_BODY);
    CU_ASSERT(wait_for(fixture, "|100000|xxxxxxxx"));
    strbuf_clear(&fixture->received);
    client_send(fixture->client, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n");
    send_large(fixture, MAXIMUM_BODY);
    client_send(fixture->client, "\r\n0\r\n\r\n");
    CU_ASSERT(wait_for(fixture, "|100000|xxxxxxxx"));
    close_fixture(fixture);
}

static void larger_bodies_are_swallowed_and_refused(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    send_large(fixture, 1000000);
    CU_ASSERT(wait_for(fixture, "HTTP/1.1 413 "));
    close(fixture->client);
    strbuf_clear(&fixture->received);
    fixture->client = client_connect(http_listener_port(fixture->listener));
    client_send(fixture->client, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n");
    send_large(fixture, 1000000);
    client_send(fixture->client, "\r\n0\r\n\r\n");
    CU_ASSERT(wait_for(fixture, "HTTP/1.1 413 "));
    CU_ASSERT_EQUAL(fixture->requests, 0);
    close_fixture(fixture);
}

static void expect_continue_is_answered(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n");
    ask(fixture, "abc", "|3|abc<end>");
    ask(fixture, "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n",
        "HTTP/1.1 413 ");
    close_fixture(fixture);
}

static void an_answer_may_come_later(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    run_until_waiting(fixture);
    int other = client_connect(http_listener_port(fixture->listener));
    struct strbuf received = STRBUF_INIT;
    client_send(other, "GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    CU_ASSERT(client_wait(fixture->loop, other, &received, "GET /other|"));
    CU_ASSERT_FALSE(http_client_gone(fixture->waiting_socket));
    reply_text(fixture->waiting, 200, "at last");
    CU_ASSERT(wait_for(fixture, "at last"));
    ask(fixture, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", "GET /next|");
    strbuf_release(&received);
    close(other);
    close_fixture(fixture);
}

static void a_waiting_client_that_leaves_is_noticed(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    run_until_waiting(fixture);
    CU_ASSERT_FALSE(http_client_gone(fixture->waiting_socket));
    close(fixture->client);
    CU_ASSERT(http_client_gone(fixture->waiting_socket));
    reply_text(fixture->waiting, 200, "to nobody");
    fixture->client = client_connect(http_listener_port(fixture->listener));
    ask(fixture, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", "GET /next|");
    close_fixture(fixture);
}

static void a_dropped_answer_closes_the_connection(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "GET /drop HTTP/1.1\r\nHost: h\r\n\r\n");
    CU_ASSERT(wait_for(fixture, NULL));
    CU_ASSERT_EQUAL(fixture->received.size, 0);
    close(fixture->client);
    fixture->client = client_connect(http_listener_port(fixture->listener));
    client_send(fixture->client, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    run_until_waiting(fixture);
    struct http_reply reply;
    http_reply_init(&reply);
    reply.drop = true;
    http_exchange_reply(fixture->waiting, &reply);
    CU_ASSERT(wait_for(fixture, NULL));
    CU_ASSERT_EQUAL(fixture->received.size, 0);
    close_fixture(fixture);
}

static void answers_without_a_body_have_none(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n");
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->received.data, "Content-Length: 123456\r\n"));
    CU_ASSERT_PTR_NULL(strstr(fixture->received.data, "Content-Length: 7"));
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->received.data, "x-amz-meta-empty: "));
    ask(fixture, "DELETE /nothing HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n");
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->received.data, "HTTP/1.1 204 "));
    CU_ASSERT_PTR_NULL(strstr(fixture->received.data, "Content-Length"));
    ask(fixture, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", "GET /next|");
    close_fixture(fixture);
}

static void a_date_is_added_once_and_no_header_is_smuggled(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "<end>");
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->received.data, "\r\nDate: "));
    ask(fixture, "GET /dated HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n");
    const char *date = strstr(fixture->received.data, "\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(date);
    CU_ASSERT_PTR_NULL(strstr(date + 2, "\r\nDate:"));
    CU_ASSERT_PTR_NULL(strstr(fixture->received.data, "X-Evil"));
    close_fixture(fixture);
}

static void listeners_tell_their_tags(void) {
    struct fixture *fixture = open_fixture();
    char tag_a[] = "listener A";
    char tag_b[] = "listener B";
    struct http_listener *a = http_server_listen(fixture->server, "127.0.0.1", 0, tag_a);
    struct http_listener *b = http_server_listen(fixture->server, "localhost", 0, tag_b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    close(fixture->client);
    fixture->client = client_connect(http_listener_port(a));
    ask(fixture, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "listener A");
    http_listener_close(a);
    CU_ASSERT(wait_for(fixture, NULL)); /* its connections end with it */
    CU_ASSERT_PTR_NULL(
        http_server_listen(fixture->server, "127.0.0.1", http_listener_port(fixture->listener), NULL));
    CU_ASSERT_EQUAL(errno, EADDRINUSE);
    CU_ASSERT_PTR_NULL(http_server_listen(fixture->server, "no such host.invalid", 0, NULL));
    close_fixture(fixture);
}

static void an_adopted_socket_is_served(void) {
    struct fixture *fixture = open_fixture();
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    http_server_adopt(fixture->server, ends[1], true, NULL);
    close(fixture->client);
    fixture->client = ends[0];
    ask(fixture, "GET /in HTTP/1.1\r\nHost: h\r\n\r\n", "GET /in|/in|none|none|1|0|<end>");
    close_fixture(fixture);
}

static void stray_bytes_after_a_body_do_no_harm(void) {
    struct fixture *fixture = open_fixture();
    ask(fixture, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello\"}}", "|5|hello<end>");
    client_send(fixture->client, "GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
    CU_ASSERT(wait_for(fixture, "HTTP/1.1 400 "));
    CU_ASSERT(wait_for(fixture, NULL));
    CU_ASSERT_EQUAL(fixture->requests, 1);
    close_fixture(fixture);
}

static void malformed_requests_end_the_connection_alone(void) {
    static const char *const requests[] = {
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nno colon here\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nx",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 tls hello",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nshort",
        "GET /",
    };
    struct fixture *fixture = open_fixture();
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int client = client_connect(http_listener_port(fixture->listener));
        client_send(client, requests[i]);
        for (int round = 0; round < 5; round++) {
            loop_run_once(fixture->loop, 1);
        }
        close(client);
        ask(fixture, "GET /still HTTP/1.1\r\nHost: h\r\n\r\n", "GET /still|");
    }
    close_fixture(fixture);
}

/* The same sequence in every run. */
static uint32_t next_number(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void damage(struct strbuf *request, uint32_t *state) {
    for (uint32_t i = next_number(state) % 4 + 1; i > 0; i--) {
        size_t place = next_number(state) % request->size;
        switch (next_number(state) % 4) {
        case 0:
            request->data[place] = (char)next_number(state);
            break;
        case 1:
            request->data[place] = "\r\n :%?0\t;"[next_number(state) % 9];
            break;
        case 2:
            strbuf_truncate(request, place + 1);
            break;
        default: { /* a part once more */
            char part[64];
            size_t size = request->size - place < sizeof part ? request->size - place : sizeof part;
            memcpy(part, request->data + place, size);
            strbuf_append(request, part, size);
        }
        }
    }
}

static void damaged_requests_do_no_harm(void) {
    static const char *const whole[] = {
        "POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nCookie: a=b\r\n\r\nhello",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: "
        "x\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    };
    struct fixture *fixture = open_fixture();
    struct strbuf request = STRBUF_INIT;
    uint32_t state = 1;
    for (int i = 0; i < 2000; i++) {
        strbuf_clear(&request);
        strbuf_append_string(&request, whole[i % 4]);
        damage(&request, &state);
        int client = client_connect(http_listener_port(fixture->listener));
        ssize_t sent = send(client, request.data, request.size, MSG_NOSIGNAL);
        CU_ASSERT_EQUAL(sent, (ssize_t)request.size);
        loop_run_once(fixture->loop, 1);
        loop_run_once(fixture->loop, 0);
        close(client);
        if (i % 100 == 99) {
            ask(fixture, "GET /still HTTP/1.1\r\nHost: h\r\n\r\n", "GET /still|");
        }
    }
    strbuf_release(&request);
    close_fixture(fixture);
}

static void large_targets_and_headers_are_taken(void) {
    struct fixture *fixture = open_fixture();
    struct strbuf request = STRBUF_INIT;
    strbuf_append_string(&request, "PUT /?q=");
    for (int i = 0; i < 4000; i++) {
        strbuf_append_char(&request, 'q');
    }
    strbuf_append_string(&request, " HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n");
    for (int i = 0; i < 40; i++) {
        strbuf_printf(&request, "X-Header-%d: %0150d\r\n", i, i);
    }
    strbuf_append_string(&request, "\r\n");
    for (int again = 0; again < 2; again++) {
        strbuf_clear(&fixture->received);
        client_send(fixture->client, request.data);
        send_large(fixture, 50000);
        CU_ASSERT(wait_for(fixture, "|50000|xxxx"));
    }
    strbuf_release(&request);
    close_fixture(fixture);
}

static void large_headers_are_answered(void) {
    struct fixture *fixture = open_fixture();
    for (int again = 0; again < 2; again++) {
        strbuf_clear(&fixture->received);
        client_send(fixture->client, "PUT /headers HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n");
        send_large(fixture, 90000);
        CU_ASSERT(wait_for(fixture, "\r\n\r\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(fixture->received.data, "x-amz-meta-19: 0000"));
    }
    close_fixture(fixture);
}

static void headers_too_large_are_refused(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "GET / HTTP/1.1\r\nHost: h\r\nX-Large: ");
    send_large(fixture, 60000);
    CU_ASSERT(wait_for(fixture, NULL) || fixture->received.size > 0);
    CU_ASSERT_EQUAL(fixture->requests, 0);
    close_fixture(fixture);
}

static void closing_drops_what_waits(void) {
    struct fixture *fixture = open_fixture();
    client_send(fixture->client, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    run_until_waiting(fixture);
    close_fixture(fixture);
}

void http_server_test(void) {
    unit_test("nothing of the target is decoded", nothing_of_the_target_is_decoded);
    unit_test("every request is a turn", every_request_is_a_turn);
    unit_test("bodies arrive whole, however they are cut", bodies_arrive_whole);
    unit_test("bodies up to the limit are taken", bodies_up_to_the_limit_are_taken);
    unit_test("larger bodies are swallowed and answered 413", larger_bodies_are_swallowed_and_refused);
    unit_test("Expect: 100-continue is answered", expect_continue_is_answered);
    unit_test("an answer may come later", an_answer_may_come_later);
    unit_test("a waiting client that leaves is noticed", a_waiting_client_that_leaves_is_noticed);
    unit_test("a dropped answer closes the connection", a_dropped_answer_closes_the_connection);
    unit_test("HEAD and 204 have no body", answers_without_a_body_have_none);
    unit_test("a date is added once and no header is smuggled",
              a_date_is_added_once_and_no_header_is_smuggled);
    unit_test("listeners tell their tags and close with their connections", listeners_tell_their_tags);
    unit_test("an adopted socket is served", an_adopted_socket_is_served);
    unit_test("stray bytes after a body do no harm", stray_bytes_after_a_body_do_no_harm);
    unit_test("malformed requests end their own connection alone",
              malformed_requests_end_the_connection_alone);
    unit_test("damaged requests do no harm", damaged_requests_do_no_harm);
    unit_test("large targets and headers are taken", large_targets_and_headers_are_taken);
    unit_test("large headers are answered", large_headers_are_answered);
    unit_test("headers that are too large are refused", headers_too_large_are_refused);
    unit_test("closing drops what waits", closing_drops_what_waits);
}
