/*
 * Answers made of events (application/vnd.amazon.eventstream): InvokeWithResponseStream, StartLiveTail. A
 * frame is its length, the length of its headers, a CRC of both, headers, payload, a CRC of all. Source:
 * Smithy, Amazon Event Stream specification.
 */
#include "emulator/base/crypto.h"
#include "emulator/protocol/output_codec.h"

#define PRELUDE_SIZE 12
#define CRC_SIZE 4
#define STRING_HEADER 7

struct event_stream {
    struct output_codec codec; /* stands before `inner` while the stream is open */
    const struct output_codec *inner;
    struct strbuf *body; /* of the reply */
    struct strbuf headers;
    struct strbuf payload;
    int depth; /* of the stream's own level */
};

static void append_number(struct strbuf *buffer, size_t number, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        strbuf_append_char(buffer, (char)(number >> shift & 0xff));
    }
}

static void append_header(struct event_stream *events, const char *name, struct text value) {
    append_number(&events->headers, strlen(name) & 0xff, 1);
    strbuf_append(&events->headers, name, strlen(name) & 0xff);
    append_number(&events->headers, STRING_HEADER, 1);
    value = text_slice(value, 0, 0x7fff);
    append_number(&events->headers, value.size, 2);
    strbuf_append_text(&events->headers, value);
}

static void append_frame(struct event_stream *events) {
    struct strbuf *body = events->body;
    size_t start = body->size;
    append_number(body, PRELUDE_SIZE + events->headers.size + events->payload.size + CRC_SIZE, 4);
    append_number(body, events->headers.size, 4);
    append_number(body, crypto_crc32((struct text){body->data + start, PRELUDE_SIZE - CRC_SIZE}), 4);
    strbuf_append_text(body, strbuf_text(&events->headers));
    strbuf_append_text(body, strbuf_text(&events->payload));
    append_number(body, crypto_crc32((struct text){body->data + start, body->size - start}), 4);
}

static void begin_frame(struct event_stream *events, const char *type) {
    strbuf_clear(&events->headers);
    strbuf_clear(&events->payload);
    append_header(events, ":message-type", TEXT("event"));
    append_header(events, ":event-type", text_of(type));
}

static const struct shape_member *payload_of(const struct shape *event) {
    for (unsigned index = 0; index < event->member_count; index++) {
        if (event->members[index].event_payload) {
            return &event->members[index];
        }
    }
    return NULL;
}

static const char *content_type(const struct event_stream *events, const struct shape *event) {
    const struct shape_member *payload = payload_of(event);
    if (payload && payload->shape->type == SHAPE_BLOB) {
        return "application/octet-stream";
    }
    if (payload && payload->shape->type == SHAPE_STRING) {
        return "text/plain";
    }
    return events->inner->json ? "application/json" : "text/xml";
}

static void event_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    struct event_stream *events = output->events;
    if (output->depth != events->depth + 1) {
        events->inner->scalar(output, place, value);
    } else if (place.member->event_header) {
        struct strbuf text = STRBUF_INIT;
        scalar_append(&text, place.member, TIMESTAMP_ISO8601, value);
        append_header(events, place.member->name, strbuf_text(&text));
        strbuf_release(&text);
    } else if (place.member->event_payload) {
        strbuf_append_text(&events->payload, value->text);
    } else {
        events->inner->scalar(output, place, value);
    }
}

static void event_begin(struct output *output, struct output_place place) {
    struct event_stream *events = output->events;
    if (output->depth != events->depth + 1) {
        events->inner->begin(output, place);
        return;
    }
    begin_frame(events, place.member->name);
    append_header(events, ":content-type", text_of(content_type(events, place.member->shape)));
    output->body = &events->payload;
    if (events->inner->json && !payload_of(place.member->shape)) {
        strbuf_append_char(&events->payload, '{');
    }
}

static void event_end(struct output *output) {
    struct event_stream *events = output->events;
    if (output->depth > events->depth + 1) {
        events->inner->end(output);
    } else if (output->depth == events->depth + 1) {
        if (events->inner->json && !payload_of(output_top(output)->shape)) {
            strbuf_append_char(&events->payload, '}');
        }
        output->body = events->body;
        append_frame(events);
    } else {
        output->codec = events->inner;
    }
}

static void release(void *argument) {
    struct event_stream *events = argument;
    strbuf_release(&events->headers);
    strbuf_release(&events->payload);
}

static void set_content_type(struct http_reply *reply) {
    static const char type[] = "application/vnd.amazon.eventstream";
    for (size_t index = 0; index < reply->header_count; index++) {
        if (text_equals_ignore_case(reply->headers[index].name, "Content-Type")) {
            reply->headers[index].value = text_of(type);
            return;
        }
    }
    http_reply_add_header(reply, "Content-Type", text_of(type));
}

void event_stream_begin(struct output *output) {
    struct event_stream *events = arena_zalloc(output->arena, sizeof(*events));
    events->inner = output->codec;
    events->codec = (struct output_codec){
        .json = output->codec->json,
        .timestamps = output->codec->timestamps,
        .scalar = event_scalar,
        .begin = event_begin,
        .end = event_end,
    };
    events->body = output->body;
    events->depth = output->depth;
    arena_cleanup(output->arena, release, events);
    output->events = events;
    output->codec = &events->codec;
    strbuf_clear(output->body); /* the stream is the body, whatever was begun */
    set_content_type(output->reply);
    if (output->context->model->protocol == PROTOCOL_JSON) {
        /* RPC has no other place for the members beside the stream. */
        begin_frame(events, "initial-response");
        append_header(events, ":content-type", TEXT("application/json"));
        strbuf_append_string(&events->payload, "{}");
        append_frame(events);
    }
}
