/* Scalars as text: what headers and XML elements share. */
#include <math.h>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/protocol/output_codec.h"

enum timestamp_format timestamp_format_of(const struct shape_member *member, enum timestamp_format format) {
    if (member->timestamp_format != TIMESTAMP_DEFAULT) {
        return (enum timestamp_format)member->timestamp_format;
    }
    if (member->shape->timestamp_format != TIMESTAMP_DEFAULT) {
        return (enum timestamp_format)member->shape->timestamp_format;
    }
    return format;
}

void timestamp_append(struct strbuf *buffer, enum timestamp_format format, int64_t time_ms) {
    if (format == TIMESTAMP_RFC822) {
        clock_format_http(buffer, time_ms);
    } else if (format == TIMESTAMP_ISO8601) {
        if (time_ms % 1000) {
            clock_format_iso_ms(buffer, time_ms);
        } else {
            clock_format_iso_s(buffer, time_ms);
        }
    } else {
        if (time_ms < 0) {
            strbuf_append_char(buffer, '-');
        }
        uint64_t magnitude = time_ms < 0 ? 0 - (uint64_t)time_ms : (uint64_t)time_ms;
        strbuf_append_int64(buffer, (int64_t)(magnitude / 1000));
        unsigned rest = (unsigned)(magnitude % 1000);
        if (rest) {
            char digits[4] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                              (char)('0' + rest % 10)};
            strbuf_append(buffer, digits, rest % 100 == 0 ? 2 : rest % 10 == 0 ? 3 : 4);
        }
    }
}

static void append_double(struct strbuf *buffer, double number) {
    if (isfinite(number)) {
        json_write_double(buffer, number);
    } else {
        strbuf_append_string(buffer, isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    }
}

void scalar_append(struct strbuf *buffer, const struct shape_member *member, enum timestamp_format format,
                   const struct scalar *value) {
    switch (value->kind) {
    case SCALAR_TEXT:
    case SCALAR_JSON:
        if (member->json_text) {
            crypto_append_base64(buffer, value->text);
        } else {
            strbuf_append_text(buffer, value->text);
        }
        break;
    case SCALAR_INTEGER:
        strbuf_append_int64(buffer, value->integer);
        break;
    case SCALAR_DOUBLE:
        append_double(buffer, value->number);
        break;
    case SCALAR_BOOLEAN:
        strbuf_append_string(buffer, value->integer ? "true" : "false");
        break;
    case SCALAR_TIMESTAMP:
        timestamp_append(buffer, timestamp_format_of(member, format), value->integer);
        break;
    case SCALAR_BLOB:
        crypto_append_base64(buffer, value->text);
        break;
    }
}
