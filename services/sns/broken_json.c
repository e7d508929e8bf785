#include "services/sns/broken_json.h"

#include "emulator/base/strbuf.h"

#define REDACTED                                                                                             \
    "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: "  \
    "%zu]"
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"

/* Does a member's name belong at the offset: behind the brace of an object, or behind a comma in one? */
static bool is_place_of_a_name(struct text source, size_t offset) {
    char stack[64]; /* deeper ones are not looked at */
    size_t depth = 0;
    char last = '\0';
    bool quoted = false;
    for (size_t i = 0; i < offset && i < source.size; i++) {
        char byte = source.data[i];
        if (quoted) {
            i += byte == '\\';
            quoted = byte != '"';
        } else if (byte == '"') {
            quoted = true;
        } else if ((byte == '{' || byte == '[') && depth < sizeof(stack)) {
            stack[depth++] = byte;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
            last = byte;
        }
    }
    return last == '{' || (last == ',' && depth > 0 && stack[depth - 1] == '{');
}

const char *broken_json_text(struct arena *arena, struct text source, const struct json_error *error) {
    size_t end = error->offset;
    while (end < source.size && source.data[end] && strchr(WORD, source.data[end])) {
        end++;
    }
    if (end == error->offset) {
        return arena_printf(arena, "failed to parse JSON. %s" REDACTED, error->message, error->line,
                            (size_t)error->column);
    }
    if (is_place_of_a_name(source, error->offset)) {
        char byte = source.data[error->offset];
        return arena_printf(arena,
                            "failed to parse JSON. Unexpected character ('%c' (code %d)): was expecting "
                            "double-quote to start field name" REDACTED,
                            byte, byte, error->line, (size_t)error->column);
    }
    return arena_printf(
        arena,
        "failed to parse JSON. Unrecognized token '%.*s': was expecting (JSON String, Number, Array, "
        "Object or token 'null', 'true' or 'false')" REDACTED,
        (int)(end - error->offset), source.data + error->offset, error->line,
        (size_t)error->column + end - error->offset);
}
