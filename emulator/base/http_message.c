#include "emulator/base/http_message.h"

#include "emulator/base/die.h"

struct text http_request_header(const struct http_request *request, const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        /* The first letter, case aside, tells most of them apart. */
        if (header->name.size == size && ((header->name.data[0] ^ name[0]) & ~0x20) == 0 &&
            text_equals_ignore_case(header->name, name)) {
            return header->value;
        }
    }
    return TEXT_NONE;
}

static struct text decode(struct arena *arena, struct text text) {
    if (text_find_char(text, '%') < 0 && text_find_char(text, '+') < 0) {
        return text;
    }
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, text, true);
    struct text decoded = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return decoded;
}

struct text http_request_query(const struct http_request *request, const char *name) {
    struct text rest = request->query;
    while (rest.data) {
        struct text value = text_cut(&rest, '&');
        struct text key = text_cut(&value, '=');
        if (text_equals(decode(request->arena, key), name)) {
            return value.data ? decode(request->arena, value) : TEXT("");
        }
    }
    return TEXT_NONE;
}

void http_reply_init(struct http_reply *reply) {
    reply->status = 200;
    reply->headers = NULL;
    reply->header_count = 0;
    reply->header_capacity = 0;
    reply->body = STRBUF_INIT;
    reply->announced_size = -1;
    reply->drop = false;
}

void http_reply_release(struct http_reply *reply) {
    strbuf_release(&reply->body);
    free(reply->headers);
    reply->headers = NULL;
    reply->header_count = 0;
    reply->header_capacity = 0;
}

void http_reply_add_header(struct http_reply *reply, const char *name, struct text value) {
    if (reply->header_count == HTTP_REPLY_HEADERS) {
        die("more than %d headers in a reply; the last is %s", HTTP_REPLY_HEADERS, name);
    }
    if (reply->header_count == reply->header_capacity) {
        reply->header_capacity = reply->header_capacity ? reply->header_capacity * 4 : 8;
        reply->headers = xrealloc(reply->headers, reply->header_capacity * sizeof(*reply->headers));
    }
    reply->headers[reply->header_count++] = (struct http_header){text_of(name), value};
}

static struct text cut_line(struct text *rest) {
    struct text line = text_cut(rest, '\n');
    if (line.size && line.data[line.size - 1] == '\r') {
        line.size--;
    }
    return line;
}

static bool parse_request_line(struct text line, struct http_request *request) {
    request->method = text_cut(&line, ' ');
    request->target = text_cut(&line, ' ');
    if (!request->method.size || !request->target.size || (line.data && !text_starts_with(line, "HTTP/"))) {
        return false;
    }
    request->query = request->target;
    request->path = text_cut(&request->query, '?');
    return true;
}

bool http_request_parse(struct arena *arena, struct text source, struct http_request *request) {
    *request = (struct http_request){.arena = arena, .socket = -1};
    struct text rest = source;
    if (!source.data || !parse_request_line(cut_line(&rest), request)) {
        return false;
    }
    size_t lines = 0;
    for (size_t i = 0; i < rest.size; i++) {
        lines += rest.data[i] == '\n';
    }
    struct http_header *headers = arena_alloc(arena, (lines + 1) * sizeof(*headers));
    while (rest.data) {
        struct text value = cut_line(&rest);
        if (!value.size) {
            break;
        }
        struct text name = text_cut(&value, ':');
        if (!value.data || !name.size) {
            return false;
        }
        headers[request->header_count++] = (struct http_header){name, text_trim(value)};
    }
    request->headers = headers;
    request->body = rest.data ? rest : TEXT("");
    struct text length = http_request_header(request, "Content-Length");
    int64_t size;
    if (length.data) {
        /* A file may end in a line feed that is not part of the body. */
        if (!text_to_int64(length, &size) || size < 0 || (uint64_t)size > request->body.size) {
            return false;
        }
        request->body.size = (size_t)size;
    }
    return true;
}
