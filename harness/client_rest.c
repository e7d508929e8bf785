/* REST-JSON as a client speaks it: members in path, query, headers and body. */
#include <string.h>

#include "emulator/base/crypto.h"
#include "harness/client_codec.h"

/* ---- out ---- */

/* Blobs of a document are base64 already; the payload itself is raw bytes. */
static struct text payload_bytes(struct arena *arena, const json_t *value) {
    struct strbuf buffer = STRBUF_INIT;
    struct text bytes = TEXT("");
    if (crypto_append_unbase64(&buffer, text_of(json_string_value(value))) && buffer.size > 0) {
        bytes = arena_text(arena, strbuf_text(&buffer));
    }
    strbuf_release(&buffer);
    return bytes;
}

static void append_query(struct strbuf *target, const char *name, const char *value) {
    strbuf_append_char(target, text_find_char(strbuf_text(target), '?') >= 0 ? '&' : '?');
    strbuf_append_percent(target, text_of(name), NULL);
    strbuf_append_char(target, '=');
    strbuf_append_percent(target, text_of(value), NULL);
}

/* "/2015-03-31/functions/{FunctionName}" with its labels filled; {key+} keeps its slashes. */
static void append_path(struct client_request *request, const json_t *input, struct strbuf *target) {
    const struct shape *shape = request->operation->input;
    struct text rest = text_of(request->operation->uri);
    while (rest.data) {
        struct text fixed = text_cut(&rest, '{');
        strbuf_append_text(target, fixed);
        if (!rest.data) {
            return;
        }
        struct text label = text_cut(&rest, '}');
        bool greedy = text_ends_with(label, "+");
        label.size -= greedy;
        for (unsigned i = 0; shape && i < shape->member_count; i++) {
            const struct shape_member *member = &shape->members[i];
            if (member->location == LOCATION_URI && text_equals(label, member->wire_name)) {
                const char *value =
                    client_scalar_text(request->arena, member->shape, json_object_get(input, member->name));
                strbuf_append_percent(target, text_of(value ? value : ""), greedy ? "/" : NULL);
            }
        }
    }
}

static void add_query_member(struct client_request *request, const struct shape_member *member,
                             const json_t *value, struct strbuf *target) {
    const json_t *items = json_is_array(value) ? value : NULL;
    size_t count = items ? json_array_size(items) : 1;
    const struct shape *shape = items ? member->shape->members[0].shape : member->shape;
    for (size_t i = 0; i < count; i++) {
        const char *text =
            client_scalar_text(request->arena, shape, items ? json_array_get(items, i) : value);
        append_query(target, member->wire_name, text ? text : "");
    }
}

static void rest_encode(struct client_request *request, const json_t *input) {
    const struct shape *shape = request->operation->input;
    struct strbuf target = STRBUF_INIT;
    append_path(request, input, &target);
    json_t *body = json_object();
    request->body = TEXT("");
    bool has_payload = shape && shape->payload;
    for (unsigned i = 0; shape && i < shape->member_count; i++) {
        const struct shape_member *member = &shape->members[i];
        json_t *value = json_object_get(input, member->name);
        if (!value || json_is_null(value) || member->location == LOCATION_URI) {
            continue;
        }
        if (member->location == LOCATION_QUERY) {
            add_query_member(request, member, value, &target);
        } else if (member->location == LOCATION_HEADER) {
            const char *text = client_scalar_text(request->arena, member->shape, value);
            client_add_header(request, member->wire_name, arena_strdup(request->arena, text ? text : ""));
        } else if (has_payload && strcmp(shape->payload, member->name) == 0) {
            request->body = payload_bytes(request->arena, value);
        } else if (member->location == LOCATION_BODY) {
            json_object_set(body, member->wire_name, value);
        }
    }
    if (!has_payload && json_object_size(body) > 0) {
        char *text = json_dumps(body, JSON_COMPACT);
        request->body = text_of(arena_strdup(request->arena, text));
        free(text);
    }
    json_decref(body);
    client_add_header(request, "content-type", "application/json");
    request->method = text_of(request->operation->http_method);
    request->target = arena_text(request->arena, strbuf_text(&target));
    strbuf_release(&target);
}

/* ---- in ---- */

static json_t *base64_of(struct text bytes) {
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_base64(&buffer, bytes);
    json_t *value = json_string(buffer.data ? buffer.data : "");
    strbuf_release(&buffer);
    return value;
}

static void read_member(const struct shape *shape, const struct shape_member *member,
                        const struct http_reply *reply, const json_t *document, json_t *output) {
    json_t *value = NULL;
    if (member->location == LOCATION_STATUS) {
        value = json_integer(reply->status);
    } else if (member->location == LOCATION_HEADER) {
        struct text header = client_reply_header(reply, member->wire_name);
        value = header.data ? client_scalar_value(member->shape, header) : NULL;
    } else if (shape->payload && strcmp(shape->payload, member->name) == 0) {
        value = base64_of(strbuf_text(&reply->body));
    } else if (member->location == LOCATION_BODY) {
        value = json_incref(json_object_get(document, member->wire_name));
    }
    if (value) {
        json_object_set_new(output, member->name, value);
    }
}

static void rest_decode(const struct client_request *request, const struct http_reply *reply,
                        struct client_answer *answer) {
    const struct shape *shape = request->operation->output;
    struct text body = strbuf_text(&reply->body);
    json_t *document = json_loadb(body.data ? body.data : "", body.size, JSON_ALLOW_NUL, NULL);
    if (reply->status >= 300) {
        answer->output = document;
        client_read_json_error(request, reply, answer);
        return;
    }
    answer->output = json_object();
    for (unsigned i = 0; shape && i < shape->member_count; i++) {
        read_member(shape, &shape->members[i], reply, document, answer->output);
    }
    json_decref(document);
}

const struct client_codec client_rest_json = {rest_encode, rest_decode};
