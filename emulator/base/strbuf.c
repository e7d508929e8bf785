#include "emulator/base/strbuf.h"

#include "emulator/base/die.h"

#define SMALLEST_CAPACITY 256

void strbuf_init(struct strbuf *buffer, size_t limit_bytes) {
    *buffer = (struct strbuf){.limit_bytes = limit_bytes};
}

void strbuf_release(struct strbuf *buffer) {
    free(buffer->data);
    *buffer = (struct strbuf){.limit_bytes = buffer->limit_bytes};
}

void strbuf_clear(struct strbuf *buffer) {
    buffer->overflow = false;
    strbuf_truncate(buffer, 0);
}

void strbuf_truncate(struct strbuf *buffer, size_t size) {
    if (buffer->data && size <= buffer->size) {
        buffer->size = size;
        buffer->data[size] = '\0';
    }
}

/* False: past the limit. Otherwise there is room for `extra` bytes and the NUL. */
static bool make_room(struct strbuf *buffer, size_t extra) {
    size_t limit = buffer->limit_bytes ? buffer->limit_bytes : STRBUF_DEFAULT_LIMIT;
    if (buffer->overflow || extra > limit || buffer->size > limit - extra) {
        buffer->overflow = true;
        return false;
    }
    size_t needed = buffer->size + extra + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity * 2 : SMALLEST_CAPACITY;
        if (capacity < needed) {
            capacity = needed;
        }
        if (capacity > limit + 1) {
            capacity = limit + 1; /* strbuf_append() relies on it: what fits is within the limit */
        }
        buffer->data = xrealloc(buffer->data, capacity);
        buffer->capacity = capacity;
        buffer->data[buffer->size] = '\0';
    }
    return true;
}

void strbuf_reserve(struct strbuf *buffer, size_t extra) {
    bool before = buffer->overflow;
    make_room(buffer, extra);
    buffer->overflow = before; /* a reservation alone loses nothing */
}

char *strbuf_detach(struct strbuf *buffer) {
    char *data = buffer->data ? buffer->data : xcalloc(1, 1);
    *buffer = (struct strbuf){.limit_bytes = buffer->limit_bytes};
    return data;
}

struct text strbuf_text(const struct strbuf *buffer) {
    return (struct text){buffer->data ? buffer->data : "", buffer->size};
}

void strbuf_append_slowly(struct strbuf *buffer, const void *data, size_t size) {
    if (!make_room(buffer, size)) {
        return;
    }
    if (size) {
        memcpy(buffer->data + buffer->size, data, size);
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void strbuf_append_int64(struct strbuf *buffer, int64_t number) {
    char digits[20];
    size_t start = sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--start] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0) {
        digits[--start] = '-';
    }
    strbuf_append(buffer, digits + start, sizeof(digits) - start);
}

void strbuf_printf(struct strbuf *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    strbuf_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list arguments) {
    if (buffer->overflow) {
        return;
    }
    va_list again;
    va_copy(again, arguments);
    size_t room = buffer->capacity - buffer->size;
    int size = vsnprintf(room ? buffer->data + buffer->size : NULL, room, format, arguments);
    if (size < 0) {
        die("cannot format '%s'", format);
    }
    if ((size_t)size < room) {
        buffer->size += (size_t)size;
    } else if (make_room(buffer, (size_t)size)) {
        vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    } else if (room) {
        buffer->data[buffer->size] = '\0'; /* undo the part that did fit */
    }
    va_end(again);
}

static bool is_unreserved(char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_' || byte == '.' || byte == '~';
}

void strbuf_append_percent(struct strbuf *buffer, struct text text, const char *keep) {
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (is_unreserved(byte) || (keep && byte && strchr(keep, byte))) {
            strbuf_append_char(buffer, byte);
        } else {
            char escape[3] = {'%', hex[(unsigned char)byte >> 4], hex[byte & 15]};
            strbuf_append(buffer, escape, sizeof(escape));
        }
    }
}

static int hex_value(char byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    char low = (char)(byte | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

void strbuf_append_unpercent(struct strbuf *buffer, struct text text, bool plus_is_blank) {
    size_t plain = 0; /* start of the bytes not yet copied */
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        char decoded = ' ';
        size_t taken = 1;
        if (byte == '%' && text.size - i > 2 && hex_value(text.data[i + 1]) >= 0 &&
            hex_value(text.data[i + 2]) >= 0) {
            decoded = (char)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]));
            taken = 3;
        } else if (byte != '+' || !plus_is_blank) {
            continue;
        }
        strbuf_append_text(buffer, text_slice(text, plain, i - plain));
        strbuf_append_char(buffer, decoded);
        i += taken - 1;
        plain = i + 1;
    }
    strbuf_append_text(buffer, text_slice(text, plain, text.size));
}

void strbuf_append_xml(struct strbuf *buffer, struct text text) {
    size_t plain = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        const char *escape = NULL;
        switch (byte) {
        case '&':
            escape = "&amp;";
            break;
        case '<':
            escape = "&lt;";
            break;
        case '>':
            escape = "&gt;";
            break;
        case '"':
            escape = "&quot;";
            break;
        case '\r':
            escape = "&#xD;"; /* a reader would turn a bare one into a line feed */
            break;
        default:
            if (byte >= 0x20 || byte == '\n' || byte == '\t') {
                continue;
            }
        }
        strbuf_append_text(buffer, text_slice(text, plain, i - plain));
        plain = i + 1;
        if (escape) {
            strbuf_append_string(buffer, escape);
        } else {
            strbuf_printf(buffer, "&#x%X;", byte);
        }
    }
    strbuf_append_text(buffer, text_slice(text, plain, text.size));
}
