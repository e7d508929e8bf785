#include "services/sqs/sqs_message_attributes.h"

#include "emulator/base/crypto.h"

#define MAXIMUM_NAME 256
#define SIZE_BYTES 4
#define KIND_TEXT 1
#define KIND_BINARY 2

static int compare_names(const void *a, const void *b) {
    const struct sqs_message_attribute *left = a;
    const struct sqs_message_attribute *right = b;
    return text_compare(left->name, right->name);
}

static void append_sized(struct strbuf *packed, struct text text) {
    unsigned char size[SIZE_BYTES] = {(unsigned char)(text.size >> 24), (unsigned char)(text.size >> 16),
                                      (unsigned char)(text.size >> 8), (unsigned char)text.size};
    strbuf_append(packed, size, sizeof(size));
    strbuf_append_text(packed, text);
}

void sqs_message_attributes_pack(struct strbuf *packed, struct sqs_message_attribute *attributes,
                                 size_t count) {
    qsort(attributes, count, sizeof(attributes[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        append_sized(packed, attributes[i].name);
        append_sized(packed, attributes[i].type);
        strbuf_append_char(packed, attributes[i].binary ? KIND_BINARY : KIND_TEXT);
        append_sized(packed, attributes[i].value);
    }
}

static struct text cut_sized(struct text *rest) {
    const unsigned char *bytes = (const unsigned char *)rest->data;
    if (rest->size < SIZE_BYTES) {
        *rest = (struct text){rest->data, 0};
        return TEXT("");
    }
    size_t size = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    struct text text = text_slice(*rest, SIZE_BYTES, size);
    *rest = text_slice(*rest, SIZE_BYTES + size, rest->size);
    return text;
}

bool sqs_message_attributes_next(struct text *packed, struct sqs_message_attribute *attribute,
                                 struct text *piece) {
    struct text start = *packed;
    if (packed->size == 0) {
        return false;
    }
    attribute->name = cut_sized(packed);
    attribute->type = cut_sized(packed);
    attribute->binary = packed->size > 0 && packed->data[0] == KIND_BINARY;
    *packed = text_slice(*packed, 1, packed->size);
    attribute->value = cut_sized(packed);
    if (piece) {
        *piece = text_slice(start, 0, start.size - packed->size);
    }
    return true;
}

void sqs_md5(struct text bytes, char hex[SQS_MD5_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(DIGEST_MD5, bytes, digest);
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * size] = '\0';
}

/* ---- what clients may write ---- */

static bool begins_with_ignoring_case(struct text name, const char *prefix) {
    return text_equals_ignore_case(text_slice(name, 0, strlen(prefix)), prefix);
}

/* The code point that begins here, and how many bytes it takes; the text is valid UTF-8. */
static uint32_t code_point(const char *data, size_t left, size_t *size) {
    unsigned char first = (unsigned char)data[0];
    *size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (*size > left) {
        *size = left;
        return 0;
    }
    uint32_t point = first & (*size == 1 ? 0x7f : 0xff >> (*size + 1));
    for (size_t i = 1; i < *size; i++) {
        point = point << 6 | ((unsigned char)data[i] & 0x3f);
    }
    return point;
}

/* Letters of any alphabet, told by the blocks that hold none. */
static bool is_letter(uint32_t point) {
    static const struct {
        uint32_t first, last;
    } others[] = {{0, '@'},           {'[', '`'},         {'{', 0xa9},      {0xab, 0xb4},
                  {0xb6, 0xb9},       {0xbb, 0xbf},       {0xd7, 0xd7},     {0xf7, 0xf7},
                  {0x2000, 0x2070},   {0x2072, 0x207e},   {0x2080, 0x208f}, {0x20a0, 0x20ff},
                  {0x2190, 0x2bff},   {0x2e00, 0x2e7f},   {0x3000, 0x3004}, {0x3008, 0x3030},
                  {0xd800, 0xf8ff},   {0xfe00, 0xfe6f},   {0xff00, 0xff20}, {0xffe0, 0xffff},
                  {0x1f000, 0x1fbff}, {0xe0000, 0x10ffff}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (point >= others[i].first && point <= others[i].last) {
            return false;
        }
    }
    return true;
}

bool sqs_message_attribute_name_is_valid(struct text name) {
    if (name.size == 0 || name.size > MAXIMUM_NAME || begins_with_ignoring_case(name, "AWS.") ||
        begins_with_ignoring_case(name, "Amazon.")) {
        return false;
    }
    uint32_t previous = '.';
    size_t size;
    for (size_t i = 0; i < name.size; i += size) {
        uint32_t point = code_point(name.data + i, name.size - i, &size);
        bool other = (point >= '0' && point <= '9') || point == '_' || point == '-';
        if (!is_letter(point) && !other && (point != '.' || previous == '.')) {
            return false;
        }
        previous = point;
    }
    return previous != '.';
}

bool sqs_message_attribute_type_is_valid(struct text type) {
    static const char *const bases[] = {"String", "Number", "Binary"};
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        size_t size = strlen(bases[i]);
        if (text_starts_with(type, bases[i]) && (type.size == size || type.data[size] == '.')) {
            return type.size <= MAXIMUM_NAME;
        }
    }
    return false;
}

bool sqs_message_attribute_matches(struct text wanted, struct text name) {
    if (text_equals(wanted, "All") || text_equals(wanted, "*")) {
        return true;
    }
    if (!text_ends_with(wanted, ".*")) {
        return text_same(wanted, name);
    }
    struct text prefix = text_slice(wanted, 0, wanted.size - 2);
    return text_same(prefix, text_slice(name, 0, prefix.size));
}
