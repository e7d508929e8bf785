#include "emulator/io/http_server_response.h"

#include <microhttpd.h>

#include "emulator/base/die.h"

void http_dates_init(struct http_dates *dates) {
    clock_init(&dates->clock, CLOCK_REAL);
    dates->second = -1;
    strbuf_init(&dates->text, 64);
}

void http_dates_release(struct http_dates *dates) {
    strbuf_release(&dates->text);
}

static const char *date_now(struct http_dates *dates) {
    int64_t now_ms = clock_now_ms(&dates->clock);
    if (now_ms / 1000 != dates->second) {
        dates->second = now_ms / 1000;
        strbuf_clear(&dates->text);
        clock_format_http(&dates->text, now_ms);
    }
    return dates->text.data;
}

/* MHD wants C strings and copies them; ours are texts. */
static void add_header(struct MHD_Response *response, struct text name, struct text value) {
    char memory[512];
    size_t needed = name.size + value.size + 3;
    char *buffer = needed <= sizeof memory ? memory : xmalloc(needed);
    memcpy(buffer, name.data, name.size);
    buffer[name.size] = '\0';
    char *content = buffer + name.size + 1;
    memcpy(content, value.data, value.size);
    content[value.size] = '\0';
    if (value.size == 0) {
        memcpy(content, " ", 2); /* MHD refuses an empty value; a blank reads the same */
    }
    MHD_add_response_header(response, buffer, content);
    if (buffer != memory) {
        free(buffer);
    }
}

static ssize_t no_content(void *argument, uint64_t position, char *buffer, size_t size) {
    (void)argument;
    (void)position;
    (void)buffer;
    (void)size;
    return MHD_CONTENT_READER_END_WITH_ERROR; /* HEAD alone uses it, and never asks */
}

struct MHD_Response *http_server_response(struct http_dates *dates, struct http_reply *reply) {
    struct MHD_Response *response;
    if (reply->announced_size >= 0) {
        response =
            MHD_create_response_from_callback((uint64_t)reply->announced_size, 4096, no_content, NULL, NULL);
    } else if (reply->body.size == 0) {
        response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    } else {
        size_t size = reply->body.size;
        char *data = strbuf_detach(&reply->body);
        response = MHD_create_response_from_buffer_with_free_callback_cls(size, data, free, data);
    }
    if (!response) {
        die("http_server: no memory for a response");
    }
    bool has_date = false;
    for (size_t i = 0; i < reply->header_count; i++) {
        struct text name = reply->headers[i].name;
        if (text_equals_ignore_case(name, "Content-Length")) {
            continue;
        }
        has_date = has_date || text_equals_ignore_case(name, "Date");
        add_header(response, name, reply->headers[i].value);
    }
    if (!has_date) {
        MHD_add_response_header(response, "Date", date_now(dates));
    }
    return response;
}

struct MHD_Response *http_fixed_response(const char *body) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_PERSISTENT);
    if (!response) {
        die("http_server: no memory for a response");
    }
    MHD_add_response_header(response, "Connection", "close");
    return response;
}
