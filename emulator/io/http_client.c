#include "emulator/io/http_client.h"

#define CURL_DISABLE_DEPRECATION /* the successors are missing in older versions of the library */
#include <curl/curl.h>
#include <dlfcn.h>

#include "emulator/base/die.h"

#define MAXIMUM_REPLY_BYTES ((size_t)8 * 1024 * 1024)

/* The header wraps these in type-checking macros; we call through pointers. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* libcurl's functions, by their own names, found at the first request: loading it costs 2 ms and 2 MiB. */
struct curl_functions {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *easy);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_assign)(CURLM *multi, curl_socket_t socket, void *data);
    CURLMcode (*multi_socket_action)(CURLM *multi, curl_socket_t socket, int events, int *running);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *string);
    void (*slist_free_all)(struct curl_slist *list);
};

struct exchange {
    struct http_client *client;
    CURL *easy; /* NULL: never started; `error` says why */
    struct curl_slist *headers;
    struct strbuf body; /* of the request */
    struct strbuf reply;
    char error[CURL_ERROR_SIZE];
    bool too_large;
    http_client_fn *function;
    void *argument;
    struct exchange *next;
    struct exchange *previous;
};

struct http_client {
    struct loop *loop;
    struct curl_functions curl;
    const char *load_error; /* libcurl cannot be used */
    CURLM *multi;           /* NULL until first needed */
    struct loop_timer *timer;
    struct loop_timer *failed_timer;
    struct exchange *exchanges;
    struct exchange *failed; /* to be reported in a turn of their own */
};

/* ---- loading ---- */

struct symbol {
    const char *name;
    size_t offset;
};

#define SYMBOL(name)                                                                                         \
    { "curl_" #name, offsetof(struct curl_functions, name) }

static const struct symbol symbols[] = {
    SYMBOL(global_init),         SYMBOL(easy_init),           SYMBOL(easy_cleanup),
    SYMBOL(easy_setopt),         SYMBOL(easy_getinfo),        SYMBOL(easy_strerror),
    SYMBOL(multi_init),          SYMBOL(multi_cleanup),       SYMBOL(multi_setopt),
    SYMBOL(multi_add_handle),    SYMBOL(multi_remove_handle), SYMBOL(multi_assign),
    SYMBOL(multi_socket_action), SYMBOL(multi_info_read),     SYMBOL(slist_append),
    SYMBOL(slist_free_all),
};

static const char *load_library(struct curl_functions *curl) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return "libcurl.so.4 is not installed";
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *function = dlsym(library, symbols[i].name);
        if (!function) {
            return "libcurl.so.4 lacks a function";
        }
        memcpy((char *)curl + symbols[i].offset, &function, sizeof function);
    }
    return curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? NULL : "libcurl does not start";
}

/* ---- sockets and timers of libcurl in our loop ---- */

static void report_finished(struct http_client *client);

static void act(struct http_client *client, curl_socket_t socket, int events) {
    int running;
    client->curl.multi_socket_action(client->multi, socket, events, &running);
    report_finished(client);
}

/* One descriptor that libcurl watches; kept by libcurl (multi_assign). */
struct watch {
    struct http_client *client;
    curl_socket_t socket;
    struct loop_source *source;
};

static void on_socket(void *argument, int events) {
    const struct watch *watch = argument;
    int flags = (events & LOOP_READABLE ? CURL_CSELECT_IN : 0) |
                (events & LOOP_WRITABLE ? CURL_CSELECT_OUT : 0) |
                (events & LOOP_HANGUP ? CURL_CSELECT_ERR : 0);
    act(watch->client, watch->socket, flags);
}

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *argument, void *socket_data) {
    struct http_client *client = argument;
    struct watch *watch = socket_data;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            loop_unwatch(watch->source);
            free(watch);
            client->curl.multi_assign(client->multi, socket, NULL);
        }
        return 0;
    }
    int events = (what & CURL_POLL_IN ? LOOP_READABLE : 0) | (what & CURL_POLL_OUT ? LOOP_WRITABLE : 0);
    if (watch) {
        loop_change(watch->source, events);
        return 0;
    }
    watch = xcalloc(1, sizeof *watch);
    watch->client = client;
    watch->socket = socket;
    watch->source = loop_watch(client->loop, socket, events, on_socket, watch);
    client->curl.multi_assign(client->multi, socket, watch);
    return 0;
}

static void on_timer(void *argument) {
    struct http_client *client = argument;
    client->timer = NULL;
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *argument) {
    struct http_client *client = argument;
    (void)multi;
    loop_cancel_timer(client->timer);
    client->timer = timeout_ms < 0 ? NULL : loop_after_real(client->loop, timeout_ms, on_timer, client);
    return 0;
}

/* ---- exchanges ---- */

static void add_exchange(struct exchange **list, struct exchange *exchange) {
    exchange->next = *list;
    if (*list) {
        (*list)->previous = exchange;
    }
    *list = exchange;
}

static void remove_exchange(struct exchange **list, struct exchange *exchange) {
    if (exchange->previous) {
        exchange->previous->next = exchange->next;
    } else {
        *list = exchange->next;
    }
    if (exchange->next) {
        exchange->next->previous = exchange->previous;
    }
    exchange->next = exchange->previous = NULL;
}

static struct exchange *take_first(struct exchange **list) {
    struct exchange *first = *list;
    *list = first->next;
    if (first->next) {
        first->next->previous = NULL;
    }
    first->next = NULL;
    return first;
}

static void free_exchange(struct exchange *exchange) {
    struct http_client *client = exchange->client;
    if (exchange->easy) {
        client->curl.multi_remove_handle(client->multi, exchange->easy);
        client->curl.easy_cleanup(exchange->easy);
    }
    if (exchange->headers) {
        client->curl.slist_free_all(exchange->headers);
    }
    strbuf_release(&exchange->body);
    strbuf_release(&exchange->reply);
    free(exchange);
}

static void report(struct exchange *exchange, CURLcode code) {
    struct http_client_reply reply = {0};
    if (exchange->too_large) {
        reply.error = "the reply is larger than 8 MiB";
    } else if (!exchange->easy) {
        reply.error = exchange->error;
    } else if (code != CURLE_OK) {
        reply.error = exchange->error[0] ? exchange->error : exchange->client->curl.easy_strerror(code);
    } else {
        long status = 0;
        exchange->client->curl.easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = (int)status;
        reply.body = exchange->reply.data ? strbuf_text(&exchange->reply) : TEXT("");
    }
    exchange->function(exchange->argument, &reply);
    free_exchange(exchange);
}

static void report_finished(struct http_client *client) {
    CURLMsg *message;
    int left;
    while ((message = client->curl.multi_info_read(client->multi, &left))) {
        struct exchange *exchange = NULL;
        CURLcode code = message->data.result;
        client->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        remove_exchange(&client->exchanges, exchange);
        report(exchange, code);
    }
}

static void report_failed(void *argument) {
    struct http_client *client = argument;
    client->failed_timer = NULL;
    while (client->failed) {
        report(take_first(&client->failed), CURLE_FAILED_INIT);
    }
}

/* It never gets under way: reported later all the same, as the caller expects. */
static void fail(struct exchange *exchange, const char *error) {
    struct http_client *client = exchange->client;
    snprintf(exchange->error, sizeof exchange->error, "%s", error);
    add_exchange(&client->failed, exchange);
    if (!client->failed_timer) {
        client->failed_timer = loop_after_real(client->loop, 0, report_failed, client);
    }
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *argument) {
    struct exchange *exchange = argument;
    size_t total = size * count;
    if (total > MAXIMUM_REPLY_BYTES - exchange->reply.size) {
        exchange->too_large = true;
        return 0; /* libcurl gives up */
    }
    strbuf_append(&exchange->reply, bytes, total);
    return total;
}

/* ---- the public part ---- */

struct http_client *http_client_open(struct loop *loop) {
    struct http_client *client = xcalloc(1, sizeof *client);
    client->loop = loop;
    return client;
}

void http_client_close(struct http_client *client) {
    if (!client) {
        return;
    }
    while (client->exchanges) {
        free_exchange(take_first(&client->exchanges));
    }
    while (client->failed) {
        free_exchange(take_first(&client->failed));
    }
    if (client->multi) {
        client->curl.multi_cleanup(client->multi);
    }
    loop_cancel_timer(client->timer);
    loop_cancel_timer(client->failed_timer);
    free(client);
}

static bool open_multi(struct http_client *client) {
    if (client->multi || client->load_error) {
        return client->multi != NULL;
    }
    client->load_error = load_library(&client->curl);
    if (client->load_error) {
        return false;
    }
    client->multi = client->curl.multi_init();
    if (!client->multi) {
        die("http_client: no memory");
    }
    client->curl.multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    client->curl.multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    client->curl.multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    client->curl.multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    return true;
}

static void add_headers(struct exchange *exchange, const struct http_header *headers, size_t count) {
    const struct curl_functions *curl = &exchange->client->curl;
    struct strbuf line = STRBUF_INIT;
    bool has_type = false;
    for (size_t i = 0; i < count; i++) {
        has_type = has_type || text_equals_ignore_case(headers[i].name, "Content-Type");
        strbuf_clear(&line);
        strbuf_append_text(&line, headers[i].name);
        /* libcurl sends a header without a value only when it ends in ';'. */
        strbuf_append_string(&line, headers[i].value.size ? ": " : ";");
        strbuf_append_text(&line, headers[i].value);
        if (text_find_char(strbuf_text(&line), '\n') < 0 && text_find_char(strbuf_text(&line), '\r') < 0) {
            exchange->headers = curl->slist_append(exchange->headers, line.data);
        }
    }
    exchange->headers = curl->slist_append(exchange->headers, "Expect:");
    if (!has_type) {
        exchange->headers = curl->slist_append(exchange->headers, "Content-Type:");
    }
    strbuf_release(&line);
}

static void set_options(struct exchange *exchange, const char *method, const char *url, int64_t timeout_ms) {
    const struct curl_functions *curl = &exchange->client->curl;
    CURL *easy = exchange->easy;
    curl->easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl->easy_setopt(easy, CURLOPT_URL, url);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl->easy_setopt(easy, CURLOPT_PROXY, "");
    curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout_ms > 0 ? timeout_ms : 1));
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
    curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    if (strcmp(method, "HEAD") == 0) {
        curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (exchange->body.size > 0 || strcmp(method, "GET") != 0) {
        curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.size);
        curl->easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body.data ? exchange->body.data : "");
        curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    }
}

void http_client_send(struct http_client *client, const char *method, const char *url,
                      const struct http_header *headers, size_t header_count, struct text body,
                      int64_t timeout_ms, http_client_fn *function, void *argument) {
    struct exchange *exchange = xcalloc(1, sizeof *exchange);
    exchange->client = client;
    exchange->function = function;
    exchange->argument = argument;
    strbuf_init(&exchange->body, STRBUF_DEFAULT_LIMIT);
    strbuf_init(&exchange->reply, MAXIMUM_REPLY_BYTES + 1);
    if (!open_multi(client)) {
        fail(exchange, client->load_error);
        return;
    }
    strbuf_append_text(&exchange->body, body);
    add_headers(exchange, headers, header_count);
    exchange->easy = client->curl.easy_init();
    if (!exchange->easy) {
        die("http_client: no memory");
    }
    set_options(exchange, method, url, timeout_ms);
    add_exchange(&client->exchanges, exchange);
    client->curl.multi_add_handle(client->multi, exchange->easy);
}
