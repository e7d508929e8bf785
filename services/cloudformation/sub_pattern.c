#include "services/cloudformation/sub_pattern.h"

static bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '.' || byte == ':';
}

static bool take(struct text *rest, size_t size, struct sub_piece *piece, struct text text, bool variable) {
    *piece = (struct sub_piece){text, variable};
    *rest = text_slice(*rest, size, rest->size - size);
    return true;
}

bool sub_pattern_next(struct text *rest, struct sub_piece *piece) {
    if (!rest->data || rest->size == 0) {
        *rest = TEXT_NONE;
        return false;
    }
    ptrdiff_t start = text_find(*rest, "${");
    if (start != 0) {
        size_t size = start < 0 ? rest->size : (size_t)start;
        return take(rest, size, piece, text_slice(*rest, 0, size), false);
    }
    ptrdiff_t end = text_find_char(*rest, '}');
    if (end < 0) {
        return take(rest, rest->size, piece, *rest, false); /* "${" without an end is literal */
    }
    struct text inner = text_slice(*rest, 2, (size_t)end - 2);
    if (inner.size > 0 && inner.data[0] == '!') {
        return take(rest, 3, piece, TEXT("${"), false); /* ${!Literal} comes out as ${Literal} */
    }
    struct text name = inner;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.data[i])) {
            return false;
        }
    }
    if (name.size == 0) {
        return false;
    }
    return take(rest, (size_t)end + 1, piece, name, true);
}

bool sub_pattern_variables(struct text pattern, void (*function)(void *argument, struct text variable),
                           void *argument) {
    struct sub_piece piece;
    while (sub_pattern_next(&pattern, &piece)) {
        if (piece.variable) {
            function(argument, piece.text);
        }
    }
    return pattern.data == NULL;
}
