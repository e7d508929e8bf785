#include "emulator/protocol/xml_reader.h"

#include "emulator/base/strbuf.h"

struct reader {
    const char *at;
    const char *end;
    struct arena *arena;
    const char *message;
    int nodes;
};

static bool fail(struct reader *reader, const char *message) {
    reader->message = reader->message ? reader->message : message;
    return false;
}

static bool count_node(struct reader *reader) {
    return ++reader->nodes <= XML_MAXIMUM_NODES || fail(reader, "too many elements");
}

static bool starts_with(const struct reader *reader, const char *text) {
    size_t size = strlen(text);
    return (size_t)(reader->end - reader->at) >= size && memcmp(reader->at, text, size) == 0;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void skip_blanks(struct reader *reader) {
    while (reader->at < reader->end && is_blank(*reader->at)) {
        reader->at++;
    }
}

/* Up to and over `closing`. */
static bool skip_past(struct reader *reader, const char *closing) {
    size_t size = strlen(closing);
    for (; (size_t)(reader->end - reader->at) >= size; reader->at++) {
        if (memcmp(reader->at, closing, size) == 0) {
            reader->at += size;
            return true;
        }
    }
    return fail(reader, "a comment or instruction does not end");
}

static bool is_name_byte(char byte) {
    return !is_blank(byte) && byte != '<' && byte != '>' && byte != '/' && byte != '=' && byte != '"' &&
           byte != '\'' && byte != '&' && byte != '\0';
}

static bool read_name(struct reader *reader, struct text *name) {
    const char *start = reader->at;
    while (reader->at < reader->end && is_name_byte(*reader->at)) {
        reader->at++;
    }
    *name = (struct text){start, (size_t)(reader->at - start)};
    return name->size > 0 || fail(reader, "a name is missing");
}

static void append_character(struct strbuf *buffer, unsigned code) {
    char bytes[4];
    size_t size;
    if (code < 0x80) {
        bytes[0] = (char)code;
        size = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        size = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        size = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (code & 0x3f));
        size = 4;
    }
    strbuf_append(buffer, bytes, size);
}

/* The digits of &#...; */
static bool append_numeric(struct strbuf *buffer, struct text digits) {
    unsigned base = 10;
    if (digits.size && (digits.data[0] == 'x' || digits.data[0] == 'X')) {
        base = 16;
        digits = text_slice(digits, 1, digits.size);
    }
    unsigned code = 0;
    if (digits.size == 0 || digits.size > 8) {
        return false;
    }
    for (size_t index = 0; index < digits.size; index++) {
        char byte = digits.data[index];
        unsigned digit = byte >= '0' && byte <= '9'   ? (unsigned)(byte - '0')
                         : byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a' + 10)
                         : byte >= 'A' && byte <= 'F' ? (unsigned)(byte - 'A' + 10)
                                                      : 99;
        if (digit >= base) {
            return false;
        }
        code = code * base + digit;
    }
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return false;
    }
    append_character(buffer, code);
    return true;
}

static bool append_reference(struct strbuf *buffer, struct text name) {
    static const struct {
        const char *name;
        char byte;
    } entities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    if (name.size && name.data[0] == '#') {
        return append_numeric(buffer, text_slice(name, 1, name.size));
    }
    for (size_t index = 0; index < sizeof(entities) / sizeof(entities[0]); index++) {
        if (text_equals(name, entities[index].name)) {
            strbuf_append_char(buffer, entities[index].byte);
            return true;
        }
    }
    return false;
}

/* Character data with its references; line ends as XML wants them. */
static bool append_text(struct reader *reader, struct strbuf *buffer, struct text source) {
    for (size_t index = 0; index < source.size; index++) {
        char byte = source.data[index];
        if (byte == '\r') {
            strbuf_append_char(buffer, '\n');
            index += index + 1 < source.size && source.data[index + 1] == '\n';
        } else if (byte != '&') {
            strbuf_append_char(buffer, byte);
        } else {
            struct text rest = text_slice(source, index + 1, 16);
            ptrdiff_t end = text_find_char(rest, ';');
            if (end < 0 || !append_reference(buffer, text_slice(rest, 0, (size_t)end))) {
                return fail(reader, "an unknown entity");
            }
            index += (size_t)end + 1;
        }
    }
    return true;
}

static bool decode(struct reader *reader, struct text source, struct text *decoded) {
    if (!memchr(source.data, '&', source.size) && !memchr(source.data, '\r', source.size)) {
        *decoded = source;
        return true;
    }
    struct strbuf buffer = STRBUF_INIT;
    bool good = append_text(reader, &buffer, source);
    struct text text = strbuf_text(&buffer);
    *decoded = (struct text){arena_copy(reader->arena, text.data, text.size), text.size};
    strbuf_release(&buffer);
    return good;
}

/* name="value" until the tag ends. */
static bool read_attributes(struct reader *reader, struct xml_element *element) {
    struct xml_attribute **place = &element->attributes;
    for (;;) {
        skip_blanks(reader);
        if (reader->at == reader->end) {
            return fail(reader, "a tag does not end");
        }
        if (*reader->at == '>' || *reader->at == '/') {
            return true;
        }
        if (!count_node(reader)) {
            return false;
        }
        struct xml_attribute *attribute = arena_zalloc(reader->arena, sizeof(*attribute));
        if (!read_name(reader, &attribute->name)) {
            return false;
        }
        skip_blanks(reader);
        if (!starts_with(reader, "=")) {
            return fail(reader, "an attribute without a value");
        }
        reader->at++;
        skip_blanks(reader);
        char quote = reader->at < reader->end ? *reader->at : '\0';
        if (quote != '"' && quote != '\'') {
            return fail(reader, "an attribute's value is not quoted");
        }
        const char *start = ++reader->at;
        const char *end = memchr(start, quote, (size_t)(reader->end - start));
        if (!end || !decode(reader, (struct text){start, (size_t)(end - start)}, &attribute->value)) {
            return fail(reader, "an attribute's value does not end");
        }
        reader->at = end + 1;
        *place = attribute;
        place = &attribute->next;
    }
}

static bool read_element(struct reader *reader, struct xml_element **result, int depth);

static bool read_cdata(struct reader *reader, struct strbuf *text) {
    reader->at += strlen("<![CDATA[");
    const char *start = reader->at;
    if (!skip_past(reader, "]]>")) {
        return false;
    }
    strbuf_append(text, start, (size_t)(reader->at - start) - 3);
    return true;
}

static bool skip_comment_or_instruction(struct reader *reader) {
    return skip_past(reader, starts_with(reader, "<!--") ? "-->" : "?>");
}

/* What stands between the tags. `text` is only used when the text comes in pieces. */
static bool read_content(struct reader *reader, struct xml_element *element, struct strbuf *text, int depth) {
    struct xml_element **place = &element->child;
    while (reader->at < reader->end) {
        if (*reader->at != '<') {
            const char *start = reader->at;
            const char *end = memchr(start, '<', (size_t)(reader->end - start));
            reader->at = end ? end : reader->end;
            struct text piece;
            if (!decode(reader, (struct text){start, (size_t)(reader->at - start)}, &piece)) {
                return false;
            }
            if (starts_with(reader, "</") && text->size == 0) {
                element->text = piece;
            } else {
                strbuf_append_text(text, piece);
            }
        } else if (starts_with(reader, "</")) {
            return true;
        } else if (starts_with(reader, "<![CDATA[")) {
            if (!read_cdata(reader, text)) {
                return false;
            }
        } else if (starts_with(reader, "<!--") || starts_with(reader, "<?")) {
            if (!skip_comment_or_instruction(reader)) {
                return false;
            }
        } else {
            if (!read_element(reader, place, depth + 1)) {
                return false;
            }
            place = &(*place)->next;
        }
    }
    return fail(reader, "an element does not end");
}

static bool read_end_tag(struct reader *reader, const struct xml_element *element) {
    reader->at += 2;
    struct text name;
    if (!read_name(reader, &name)) {
        return false;
    }
    skip_blanks(reader);
    if (!text_same(name, element->name) || !starts_with(reader, ">")) {
        return fail(reader, "tags do not match");
    }
    reader->at++;
    return true;
}

static bool read_element(struct reader *reader, struct xml_element **result, int depth) {
    if (depth > XML_MAXIMUM_DEPTH) {
        return fail(reader, "elements are nested too deeply");
    }
    if (!starts_with(reader, "<")) {
        return fail(reader, "an element is missing");
    }
    reader->at++;
    if (!count_node(reader)) {
        return false;
    }
    struct xml_element *element = arena_zalloc(reader->arena, sizeof(*element));
    element->text = TEXT("");
    if (!read_name(reader, &element->name) || !read_attributes(reader, element)) {
        return false;
    }
    *result = element;
    if (starts_with(reader, "/>")) {
        reader->at += 2;
        return true;
    }
    if (!starts_with(reader, ">")) {
        return fail(reader, "a tag does not end");
    }
    reader->at++;
    struct strbuf text = STRBUF_INIT;
    bool good = read_content(reader, element, &text, depth);
    if (text.size) {
        element->text = arena_text(reader->arena, strbuf_text(&text));
    }
    strbuf_release(&text);
    return good && read_end_tag(reader, element);
}

/* Blanks, comments, instructions around the root element. */
static bool skip_around(struct reader *reader) {
    for (;;) {
        skip_blanks(reader);
        if (!starts_with(reader, "<!--") && !starts_with(reader, "<?")) {
            return true;
        }
        if (!skip_comment_or_instruction(reader)) {
            return false;
        }
    }
}

struct xml_element *xml_parse(struct arena *arena, struct text source, const char **message) {
    if (text_starts_with(source, "\xef\xbb\xbf")) {
        source = text_slice(source, 3, source.size);
    }
    struct reader reader = {
        .at = source.data,
        .end = source.data + source.size,
        .arena = arena,
    };
    struct xml_element *root = NULL;
    bool good =
        source.size > 0 && skip_around(&reader) && read_element(&reader, &root, 1) && skip_around(&reader);
    if (good && reader.at != reader.end) {
        good = fail(&reader, "something follows the root element");
    }
    if (message) {
        *message = good ? NULL : reader.message ? reader.message : "the document is empty";
    }
    return good ? root : NULL;
}

struct text xml_local_name(const struct xml_element *element) {
    ptrdiff_t colon = text_find_char(element->name, ':');
    return colon < 0 ? element->name : text_slice(element->name, (size_t)colon + 1, element->name.size);
}

struct text xml_attribute(const struct xml_element *element, const char *name) {
    for (const struct xml_attribute *attribute = element->attributes; attribute;
         attribute = attribute->next) {
        if (text_equals(attribute->name, name)) {
            return attribute->value;
        }
    }
    return TEXT_NONE;
}
