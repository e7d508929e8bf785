#include "emulator/protocol/codec_support.h"

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"

static const struct codec *const codecs[] = {
    [PROTOCOL_JSON] = &codec_json,
    [PROTOCOL_QUERY] = &codec_query,
    [PROTOCOL_REST_JSON] = &codec_rest_json,
    [PROTOCOL_REST_XML] = &codec_rest_xml,
};

const struct codec *codec_of(enum protocol protocol) {
    return codecs[protocol];
}

void codec_start_reply(const struct codec_context *context, struct http_reply *reply, int status,
                       struct text content_type, const char *request_id_header) {
    strbuf_clear(&reply->body);
    reply->header_count = 0;
    reply->status = status;
    if (content_type.data) {
        http_reply_add_header(reply, "Content-Type", content_type);
    }
    if (request_id_header && context->request_id) {
        http_reply_add_header(reply, request_id_header, text_of(context->request_id));
    }
}

const char *codec_query_code(const struct service_model *model, const struct error_shape *error) {
    if (model->also_query && error->query_code) {
        return error->query_code;
    }
    return error->code ? error->code : error->name;
}

const char *codec_message_key(const struct error_shape *error) {
    return error->message_key ? error->message_key : "message";
}

bool codec_has_no_body(const struct codec_context *context, int status) {
    return status == 304 || status == 204 ||
           (context->request && text_equals(context->request->method, "HEAD"));
}

/* Bytes of the character that begins here; 0 when it is malformed. */
static size_t character_size(const unsigned char *at, size_t left) {
    if (at[0] < 0x80) {
        return 1;
    }
    size_t size = at[0] >= 0xc2 && at[0] < 0xe0   ? 2
                  : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                  : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                  : 0;
    if (size == 0 || size > left) {
        return 0;
    }
    for (size_t index = 1; index < size; index++) {
        if ((at[index] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool bad = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) ||
               (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90);
    return bad ? 0 : size;
}

/* How far the text is plain ASCII, in steps of a word. */
static size_t ascii_size(struct text text) {
    size_t at = 0;
    uint64_t word;
    for (; at + sizeof(word) <= text.size; at += sizeof(word)) {
        memcpy(&word, text.data + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080)) {
            break;
        }
    }
    return at;
}

struct text codec_utf8(struct arena *arena, struct text text) {
    const unsigned char *data = (const unsigned char *)text.data;
    size_t at = ascii_size(text);
    size_t size = 1;
    while (at < text.size && (size = character_size(data + at, text.size - at)) > 0) {
        at += size;
    }
    if (at == text.size) {
        return text;
    }
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append(&buffer, text.data, at);
    while (at < text.size) {
        size = character_size(data + at, text.size - at);
        if (size) {
            strbuf_append(&buffer, text.data + at, size);
        } else {
            strbuf_append_string(&buffer, "\xef\xbf\xbd");
        }
        at += size ? size : 1;
    }
    struct text clean = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return clean;
}

struct text codec_unpercent(struct arena *arena, struct text text, bool plus_is_blank) {
    if (text.size == 0) {
        return TEXT("");
    }
    if (!memchr(text.data, '%', text.size) && !(plus_is_blank && memchr(text.data, '+', text.size))) {
        return codec_utf8(arena, text);
    }
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, text, plus_is_blank);
    struct text decoded = strbuf_text(&buffer);
    decoded.data = arena_copy(arena, decoded.data, decoded.size);
    strbuf_release(&buffer);
    return codec_utf8(arena, decoded);
}

/* The text itself when it is a JSON number; "+5", "007" and ".5" are numbers elsewhere only. */
static struct json_value *new_number(struct arena *arena, struct text text, double number) {
    struct json_value *value = json_parse(arena, text, NULL);
    if (value && value->type == JSON_VALUE_NUMBER) {
        value->raw = TEXT_NONE;
        return value;
    }
    struct strbuf buffer = STRBUF_INIT;
    int64_t integer;
    if (text_to_int64(text, &integer)) {
        strbuf_append_int64(&buffer, integer);
    } else {
        json_write_double(&buffer, number);
    }
    value = json_new(arena, JSON_VALUE_NUMBER);
    value->text = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return value;
}

static struct json_value *number_from_text(struct arena *arena, const struct shape *shape, struct text text) {
    int64_t integer;
    double number;
    bool whole = shape->type == SHAPE_INTEGER || shape->type == SHAPE_LONG;
    if (!whole &&
        (text_equals(text, "NaN") || text_equals(text, "Infinity") || text_equals(text, "-Infinity"))) {
        return json_new_string(arena, text);
    }
    if (!(whole ? text_to_int64(text, &integer) : text_to_double(text, &number))) {
        return NULL;
    }
    return new_number(arena, text, whole ? 0 : number);
}

struct json_value *codec_scalar_from_text(struct arena *arena, const struct shape *shape, struct text text) {
    struct text trimmed = text_trim(text);
    int64_t time_ms;
    switch ((enum shape_type)shape->type) {
    case SHAPE_STRING:
    case SHAPE_BLOB:
        return json_new_string(arena, text);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
        return number_from_text(arena, shape, trimmed);
    case SHAPE_BOOLEAN:
        if (!text_equals_ignore_case(trimmed, "true") && !text_equals_ignore_case(trimmed, "false")) {
            return NULL;
        }
        return json_new(arena, text_equals_ignore_case(trimmed, "true") ? JSON_VALUE_TRUE : JSON_VALUE_FALSE);
    case SHAPE_TIMESTAMP: {
        double seconds;
        if (text_to_double(trimmed, &seconds)) {
            return new_number(arena, trimmed, seconds);
        }
        return clock_parse(trimmed, &time_ms) ? json_new_string(arena, trimmed) : NULL;
    }
    case SHAPE_STRUCTURE:
    case SHAPE_LIST:
    case SHAPE_MAP:
        break;
    }
    return NULL;
}

void codec_append_host_id(struct strbuf *buffer, const char *request_id) {
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(DIGEST_SHA512, text_of(request_id), digest);
    crypto_append_base64(buffer, (struct text){(const char *)digest, size - 8});
}

void reply_add_header(struct http_reply *reply, struct arena *arena, const char *name, struct text value) {
    if (reply->header_count == HTTP_REPLY_HEADERS) {
        return; /* more user metadata than an answer may carry */
    }
    char *copy = arena_copy(arena, value.data, value.size);
    for (size_t index = 0; index < value.size; index++) {
        if (copy[index] == '\r' || copy[index] == '\n' || copy[index] == '\0') {
            copy[index] = ' ';
        }
    }
    http_reply_add_header(reply, arena_strdup(arena, name), (struct text){copy, value.size});
}

bool reply_has_header(const struct http_reply *reply, const char *name) {
    for (size_t index = 0; index < reply->header_count; index++) {
        if (text_equals_ignore_case(reply->headers[index].name, name)) {
            return true;
        }
    }
    return false;
}
