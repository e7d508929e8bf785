#include "emulator/io/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "emulator/base/die.h"
#include "emulator/io/io_test.h"
#include "harness/unit_tests.h"

#define LARGE ((size_t)3 * 1024 * 1024)

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct tls *tls;
    SSL_CTX *trusting; /* a client that trusts our CA alone */
    int port;
    struct http_exchange *waiting;
    int waiting_socket;
};

static void on_request(void *argument, struct http_exchange *exchange, struct http_request *request) {
    struct fixture *fixture = argument;
    if (text_equals(request->path, "/wait")) {
        fixture->waiting = exchange;
        fixture->waiting_socket = request->socket;
        return;
    }
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = 200;
    if (text_equals(request->path, "/large")) {
        strbuf_reserve(&reply.body, LARGE);
        while (reply.body.size < LARGE) {
            strbuf_append_string(&reply.body, "0123456789abcdef");
        }
    }
    strbuf_printf(&reply.body, "secure=%d size=%zu<end>", request->secure, request->body.size);
    http_exchange_reply(exchange, &reply);
}

static SSL_CTX *client_context(struct text pem) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *ca = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_free(ca);
    BIO_free(memory);
    return context;
}

static void open_fixture(struct fixture *fixture) {
    *fixture = (struct fixture){.loop = loop_open()};
    fixture->server = http_server_open(fixture->loop, 16 * 1024 * 1024, on_request, fixture);
    fixture->tls = tls_open(fixture->loop, fixture->server, TLS_HANDSHAKE_LIMIT_MS);
    fixture->port = tls_listen(fixture->tls, "127.0.0.1", 0);
    CU_ASSERT_FATAL(fixture->port > 0);
    fixture->trusting = client_context(tls_ca_pem(fixture->tls));
}

static void close_fixture(struct fixture *fixture) {
    SSL_CTX_free(fixture->trusting);
    tls_close(fixture->tls);
    http_server_close(fixture->server);
    loop_close(fixture->loop);
}

/* A connection with its handshake done; NULL: refused. An address instead of a name sends no SNI. */
static SSL *connect_client(struct fixture *fixture, const char *name, bool is_address) {
    SSL *ssl = SSL_new(fixture->trusting);
    int client = client_connect(fixture->port);
    SSL_set_fd(ssl, client);
    fcntl(client, F_SETFL, O_NONBLOCK);
    if (is_address) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
    } else {
        SSL_set_tlsext_host_name(ssl, name);
        SSL_set1_host(ssl, name);
    }
    int result = 0;
    for (int round = 0; round < 2000 && result != 1; round++) {
        result = SSL_connect(ssl);
        if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) {
            break;
        }
        loop_run_once(fixture->loop, 1);
    }
    ERR_clear_error();
    if (result != 1) {
        close(client);
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

static void close_client(SSL *ssl) {
    int client = SSL_get_fd(ssl);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(client);
}

static void client_write(struct fixture *fixture, SSL *ssl, const char *data, size_t size) {
    size_t sent = 0;
    for (int round = 0; round < 20000 && sent < size; round++) {
        int now = SSL_write(ssl, data + sent, (int)(size - sent < 16384 ? size - sent : 16384));
        sent += now > 0 ? (size_t)now : 0;
        loop_run_once(fixture->loop, 0);
    }
    CU_ASSERT_EQUAL(sent, size);
}

/* Reads until `wanted` has come. */
static bool client_expect(struct fixture *fixture, SSL *ssl, struct strbuf *received, const char *wanted) {
    char bytes[16384];
    for (int round = 0; round < 20000; round++) {
        int size = SSL_read(ssl, bytes, sizeof bytes);
        if (size > 0) {
            strbuf_append(received, bytes, (size_t)size);
            size_t from = received->size > 100 ? received->size - 100 : 0;
            if (strstr(received->data + from, wanted)) {
                return true;
            }
        } else if (SSL_get_error(ssl, size) != SSL_ERROR_WANT_READ) {
            return false;
        }
        loop_run_once(fixture->loop, round < 10000 ? 0 : 1);
    }
    return false;
}

static void any_name_is_served_with_a_trusted_certificate(void) {
    static const char *const names[] = {"dynamodb.us-east-1.amazonaws.com", "my.bucket.s3.amazonaws.com",
                                        "LocalHost",
                                        "cloudformation-custom-resource-response-useast1.s3.amazonaws.com",
                                        "dynamodb.us-east-1.amazonaws.com"};
    struct fixture fixture;
    open_fixture(&fixture);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        SSL *ssl = connect_client(&fixture, names[i], false);
        CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
        struct strbuf received = STRBUF_INIT;
        static const char request[] = "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
        client_write(&fixture, ssl, request, sizeof request - 1);
        CU_ASSERT(client_expect(&fixture, ssl, &received, "secure=1 size=3<end>"));
        strbuf_release(&received);
        close_client(ssl);
    }
    close_fixture(&fixture);
}

static void an_address_is_served_too(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    SSL *ssl = connect_client(&fixture, "127.0.0.1", true);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
    close_client(ssl);
    CU_ASSERT_PTR_NULL(connect_client(&fixture, "127.0.0.2", true));
    int port = tls_listen(fixture.tls, "127.0.0.2", 0);
    CU_ASSERT(port > 0);
    CU_ASSERT_EQUAL(tls_listen(fixture.tls, "127.0.0.2", port), -1);
    CU_ASSERT_EQUAL(errno, EADDRINUSE);
    close_fixture(&fixture);
}

static void more_names_than_are_kept_are_served(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    for (int i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof name, "bucket-%d.s3.amazonaws.com", i);
        SSL *ssl = connect_client(&fixture, name, false);
        CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
        close_client(ssl);
    }
    close_fixture(&fixture);
}

static void large_bodies_pass_both_ways(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    SSL *ssl = connect_client(&fixture, "localhost", false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
    struct strbuf bytes = STRBUF_INIT;
    strbuf_printf(&bytes, "PUT /large HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", LARGE);
    size_t head = bytes.size;
    while (bytes.size < head + LARGE) {
        strbuf_append_char(&bytes, 'x');
    }
    client_write(&fixture, ssl, bytes.data, bytes.size);
    strbuf_clear(&bytes);
    /* Not read at once: the door has to wait for the client. */
    for (int round = 0; round < 50; round++) {
        loop_run_once(fixture.loop, 0);
    }
    CU_ASSERT(client_expect(&fixture, ssl, &bytes, "secure=1 size=3145728<end>"));
    CU_ASSERT(bytes.size > LARGE);
    strbuf_release(&bytes);
    close_client(ssl);
    close_fixture(&fixture);
}

static void a_waiting_client_that_leaves_is_noticed(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    SSL *ssl = connect_client(&fixture, "localhost", false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ssl);
    static const char request[] = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";
    client_write(&fixture, ssl, request, sizeof request - 1);
    for (int round = 0; round < 2000 && !fixture.waiting; round++) {
        loop_run_once(fixture.loop, 1);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture.waiting);
    CU_ASSERT_FALSE(http_client_gone(fixture.waiting_socket));
    close_client(ssl);
    for (int round = 0; round < 2000 && !http_client_gone(fixture.waiting_socket); round++) {
        loop_run_once(fixture.loop, 1);
    }
    CU_ASSERT(http_client_gone(fixture.waiting_socket));
    struct http_reply reply;
    http_reply_init(&reply);
    reply.status = 200;
    http_exchange_reply(fixture.waiting, &reply);
    loop_run_once(fixture.loop, 0);
    close_fixture(&fixture);
}

static void what_is_no_tls_is_turned_away(void) {
    struct fixture fixture;
    open_fixture(&fixture);
    int client = client_connect(fixture.port);
    client_send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    struct strbuf received = STRBUF_INIT;
    CU_ASSERT(client_wait(fixture.loop, client, &received, NULL));
    close(client);
    client = client_connect(fixture.port); /* and one that says nothing */
    loop_run_once(fixture.loop, 10);
    close_fixture(&fixture);
    close(client);
    strbuf_release(&received);
}

static void a_handshake_has_to_end(void) {
    struct loop *loop = loop_open();
    struct http_server *server = http_server_open(loop, 1024, on_request, NULL);
    struct tls *tls = tls_open(loop, server, 1);
    int client = client_connect(tls_listen(tls, "127.0.0.1", 0));
    struct strbuf received = STRBUF_INIT;
    CU_ASSERT(client_wait(loop, client, &received, NULL));
    close(client);
    strbuf_release(&received);
    tls_close(tls);
    http_server_close(server);
    loop_close(loop);
}

void tls_test(void) {
    unit_test("any name is served with a certificate of our CA",
              any_name_is_served_with_a_trusted_certificate);
    unit_test("an address is served, too", an_address_is_served_too);
    unit_test("more names than are kept are served", more_names_than_are_kept_are_served);
    unit_test("large bodies pass both ways", large_bodies_pass_both_ways);
    unit_test("a waiting client that leaves is noticed", a_waiting_client_that_leaves_is_noticed);
    unit_test("a handshake has to end", a_handshake_has_to_end);
    unit_test("what is no TLS is turned away", what_is_no_tls_is_turned_away);
}
