/* The parts of a REST request outside its body. */
#include "emulator/base/crypto.h"
#include "emulator/protocol/codec_rest.h"

struct query_pair {
    struct text name;
    struct text value;
};

struct query {
    struct query_pair *pairs;
    size_t count;
};

void rest_add(struct rest_reading *reading, const struct shape_member *member, struct json_value *value) {
    value->key = (struct text){member->name, member->name_size};
    json_append_after(reading->value, &reading->last, value);
}

const struct shape_member *rest_payload(const struct shape *shape) {
    return shape && shape->payload ? shape_member(shape, text_of(shape->payload)) : NULL;
}

bool rest_has_body_members(const struct shape *shape) {
    for (unsigned index = 0; index < shape->member_count; index++) {
        if (shape->members[index].location == LOCATION_BODY) {
            return true;
        }
    }
    return false;
}

static struct query parse_query(struct arena *arena, struct text source) {
    size_t capacity = 1;
    for (size_t index = 0; index < source.size; index++) {
        capacity += source.data[index] == '&';
    }
    struct query query = {.pairs = arena_alloc(arena, capacity * sizeof(*query.pairs))};
    while (source.data) {
        struct text value = text_cut(&source, '&');
        struct text name = text_cut(&value, '=');
        if (name.size) {
            query.pairs[query.count++] = (struct query_pair){
                codec_unpercent(arena, name, true),
                value.data ? codec_unpercent(arena, value, true) : TEXT(""),
            };
        }
    }
    return query;
}

static bool refuse(struct rest_reading *reading, const struct shape_member *member, struct text text) {
    *reading->error = reading->bad_value;
    if (member->shape->type == SHAPE_INTEGER || member->shape->type == SHAPE_LONG) {
        strbuf_printf(reading->message, "Provided %s not an integer or within integer range",
                      member->wire_name);
    } else {
        strbuf_printf(reading->message, "Invalid value for %s: %.*s", member->wire_name,
                      TEXT_ARGUMENTS(text_slice(text, 0, 256)));
    }
    return false;
}

static bool add_scalar(struct rest_reading *reading, const struct shape_member *member, struct text text) {
    const struct shape *shape = member->shape;
    if (text.size == 0 && shape->type != SHAPE_STRING && shape->type != SHAPE_BLOB) {
        return true;
    }
    struct json_value *value = codec_scalar_from_text(reading->arena, shape, text);
    if (!value) {
        return refuse(reading, member, text);
    }
    rest_add(reading, member, value);
    return true;
}

static bool append_element(struct rest_reading *reading, const struct shape_member *member,
                           struct json_value *list, struct json_value **last, struct text text) {
    struct json_value *value = codec_scalar_from_text(reading->arena, member->shape->members[0].shape, text);
    if (!value) {
        return refuse(reading, member, text);
    }
    json_append_after(list, last, value);
    return true;
}

/* ---- Labels of the URI ------------------------------------------------------------------------------- */

/* Number of the label that is called so; -1 when the URI has none. */
static int label_number(const char *uri, const char *name) {
    int number = 0;
    size_t size = strlen(name);
    for (const char *at = strchr(uri, '{'); at; at = strchr(at + 1, '{')) {
        const char *end = strpbrk(at, "+}");
        if (end && (size_t)(end - at - 1) == size && memcmp(at + 1, name, size) == 0) {
            return number;
        }
        number++;
    }
    return -1;
}

static bool read_label(struct rest_reading *reading, const struct shape_member *member,
                       const struct text *uri_values) {
    int number = label_number(reading->context->operation->uri, member->wire_name);
    if (number < 0 || !uri_values) {
        return true;
    }
    return add_scalar(reading, member, codec_unpercent(reading->arena, uri_values[number], false));
}

/* ---- The query --------------------------------------------------------------------------------------- */

static bool read_query_list(struct rest_reading *reading, const struct shape_member *member,
                            const struct query *query) {
    struct json_value *list = NULL;
    struct json_value *last = NULL;
    for (size_t index = 0; index < query->count; index++) {
        if (text_equals(query->pairs[index].name, member->wire_name)) {
            list = list ? list : json_new(reading->arena, JSON_VALUE_ARRAY);
            if (!append_element(reading, member, list, &last, query->pairs[index].value)) {
                return false;
            }
        }
    }
    if (list) {
        rest_add(reading, member, list);
    }
    return true;
}

static bool is_bound(const struct rest_reading *reading, struct text name) {
    const struct shape *shape = reading->context->operation->input;
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        if (member->location == LOCATION_QUERY && member->shape->type != SHAPE_MAP &&
            text_equals(name, member->wire_name)) {
            return true;
        }
    }
    /* Constants of the URI: "/path?x=y&z". */
    struct text rest = text_of(reading->context->operation->uri);
    text_cut(&rest, '?');
    while (rest.data) {
        struct text pair = text_cut(&rest, '&');
        if (text_same(text_cut(&pair, '='), name)) {
            return true;
        }
    }
    return false;
}

/* Every parameter that no other member takes; of several values a map of strings has the first. */
static void read_query_map(struct rest_reading *reading, const struct shape_member *member,
                           const struct query *query) {
    bool lists = member->shape->members[1].shape->type == SHAPE_LIST;
    struct json_value *map = NULL;
    struct json_value *last = NULL;
    for (size_t index = 0; index < query->count; index++) {
        const struct query_pair *pair = &query->pairs[index];
        if (is_bound(reading, pair->name)) {
            continue;
        }
        map = map ? map : json_new(reading->arena, JSON_VALUE_OBJECT);
        struct json_value *known = map->child;
        while (known && !text_same(known->key, pair->name)) {
            known = known->next;
        }
        struct json_value *text = json_new_string(reading->arena, pair->value);
        if (!known) {
            known = lists ? json_new(reading->arena, JSON_VALUE_ARRAY) : text;
            known->key = pair->name;
            json_append_after(map, &last, known);
        }
        if (lists) {
            json_append(known, text);
        }
    }
    if (map) {
        rest_add(reading, member, map);
    }
}

static bool read_query_member(struct rest_reading *reading, const struct shape_member *member,
                              const struct query *query) {
    if (member->shape->type == SHAPE_LIST) {
        return read_query_list(reading, member, query);
    }
    if (member->shape->type == SHAPE_MAP) {
        read_query_map(reading, member, query);
        return true;
    }
    for (size_t index = 0; index < query->count; index++) {
        if (text_equals(query->pairs[index].name, member->wire_name)) {
            return add_scalar(reading, member, query->pairs[index].value);
        }
    }
    return true;
}

/* ---- Headers ----------------------------------------------------------------------------------------- */

/* Makers of presigned URLs put "x-amz-..." headers into the query, as S3 lets them. Checksums stay out: the
 * maker could not know the body. */
static bool is_hoisted(const struct http_request *request, struct text name) {
    return request->query.size > 0 && text_find(request->query, "Signature=") >= 0 &&
           name.size > strlen("x-amz-") && text_equals_ignore_case(text_slice(name, 0, 6), "x-amz-") &&
           text_find(name, "checksum") < 0;
}

/* A header, or the trailer of that name behind a chunked body, or what a presigned URL says of it. */
static struct text find_header(const struct rest_reading *reading, const char *name) {
    const struct http_request *request = reading->context->request;
    struct text value = http_request_header(request, name);
    if (!value.data && is_hoisted(request, text_of(name))) {
        value = http_request_query(request, name);
    }
    for (size_t index = 0; !value.data && index < reading->body.trailer_count; index++) {
        if (text_equals_ignore_case(reading->body.trailers[index].name, name)) {
            value = reading->body.trailers[index].value;
        }
    }
    return value;
}

/* "a, \"b, c\", d": cuts one element off. Dates hold one comma each. */
static struct text cut_element(struct arena *arena, struct text *rest, const struct shape *element) {
    *rest = text_trim(*rest);
    if (element->type == SHAPE_TIMESTAMP && element->timestamp_format != TIMESTAMP_ISO8601 &&
        element->timestamp_format != TIMESTAMP_UNIX) {
        struct text whole = *rest;
        text_cut(rest, ',');
        if (!rest->data) {
            return text_trim(whole);
        }
        text_cut(rest, ',');
        size_t size = rest->data ? (size_t)(rest->data - whole.data) - 1 : whole.size;
        return text_trim(text_slice(whole, 0, size));
    }
    if (rest->size == 0 || rest->data[0] != '"') {
        return text_trim(text_cut(rest, ','));
    }
    struct strbuf buffer = STRBUF_INIT;
    size_t at = 1;
    while (at < rest->size && rest->data[at] != '"') {
        at += rest->data[at] == '\\' && at + 1 < rest->size;
        strbuf_append_char(&buffer, rest->data[at++]);
    }
    struct text element_text = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    *rest = text_slice(*rest, at, rest->size);
    text_cut(rest, ',');
    return element_text;
}

static bool read_header_list(struct rest_reading *reading, const struct shape_member *member,
                             struct text rest) {
    struct json_value *list = json_new(reading->arena, JSON_VALUE_ARRAY);
    struct json_value *last = NULL;
    while (rest.data && text_trim(rest).size) {
        struct text element = cut_element(reading->arena, &rest, member->shape->members[0].shape);
        if (!append_element(reading, member, list, &last, element)) {
            return false;
        }
    }
    rest_add(reading, member, list);
    return true;
}

/* x-amz-meta-*: names are lower case, however the client wrote them. */
struct prefixed {
    struct json_value *map;
    struct json_value *last;
};

static void read_prefixed(struct rest_reading *reading, const struct shape_member *member,
                          struct prefixed *found, struct text name, struct text value) {
    size_t prefix = member->has_wire_name ? member->wire_size : 0;
    if (name.size <= prefix ||
        (prefix && !text_equals_ignore_case(text_slice(name, 0, prefix), member->wire_name))) {
        return;
    }
    char *key = arena_copy(reading->arena, name.data + prefix, name.size - prefix);
    for (char *at = key; *at; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
    }
    struct json_value *text = json_new_string(reading->arena, codec_utf8(reading->arena, value));
    text->key = codec_utf8(reading->arena, (struct text){key, name.size - prefix});
    found->map = found->map ? found->map : json_new(reading->arena, JSON_VALUE_OBJECT);
    json_append_after(found->map, &found->last, text);
}

static void read_prefixed_headers(struct rest_reading *reading, const struct shape_member *member,
                                  const struct query *query) {
    const struct http_request *request = reading->context->request;
    struct prefixed found = {0};
    for (size_t index = 0; index < request->header_count; index++) {
        read_prefixed(reading, member, &found, request->headers[index].name, request->headers[index].value);
    }
    for (size_t index = 0; member->has_wire_name && index < query->count; index++) {
        if (is_hoisted(request, query->pairs[index].name)) {
            read_prefixed(reading, member, &found, query->pairs[index].name, query->pairs[index].value);
        }
    }
    if (found.map) {
        rest_add(reading, member, found.map);
    }
}

/* Content-Encoding without the framing of the upload. */
static struct text without_aws_chunked(struct arena *arena, struct text value) {
    if (text_find(value, "aws-chunked") < 0) {
        return value;
    }
    struct strbuf buffer = STRBUF_INIT;
    while (value.data) {
        struct text part = text_trim(text_cut(&value, ','));
        if (part.size && !text_equals(part, "aws-chunked")) {
            strbuf_append_string(&buffer, buffer.size ? "," : "");
            strbuf_append_text(&buffer, part);
        }
    }
    struct text kept = buffer.size ? arena_text(arena, strbuf_text(&buffer)) : TEXT_NONE;
    strbuf_release(&buffer);
    return kept;
}

static bool read_header(struct rest_reading *reading, const struct shape_member *member) {
    struct text value = find_header(reading, member->wire_name);
    if (value.data && text_equals_ignore_case(text_of(member->wire_name), "Content-Encoding")) {
        value = without_aws_chunked(reading->arena, value);
    }
    if (!value.data) {
        return true;
    }
    value = codec_utf8(reading->arena, value);
    if (member->shape->type == SHAPE_LIST) {
        return read_header_list(reading, member, value);
    }
    if (member->json_text) {
        struct strbuf buffer = STRBUF_INIT;
        bool good = crypto_append_unbase64(&buffer, value);
        struct text text = codec_utf8(reading->arena, arena_text(reading->arena, strbuf_text(&buffer)));
        strbuf_release(&buffer);
        return good ? add_scalar(reading, member, text) : refuse(reading, member, value);
    }
    return add_scalar(reading, member, value);
}

bool rest_read_bindings(struct rest_reading *reading, const struct text *uri_values) {
    const struct shape *shape = reading->context->operation->input;
    struct query query = parse_query(reading->arena, reading->context->request->query);
    bool good = true;
    for (unsigned index = 0; shape && good && index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        switch ((enum shape_location)member->location) {
        case LOCATION_URI:
            good = read_label(reading, member, uri_values);
            break;
        case LOCATION_QUERY:
            good = read_query_member(reading, member, &query);
            break;
        case LOCATION_HEADER:
            good = read_header(reading, member);
            break;
        case LOCATION_HEADERS:
            read_prefixed_headers(reading, member, &query);
            break;
        case LOCATION_BODY:
        case LOCATION_STATUS:
            break;
        }
    }
    return good;
}

void rest_read_raw_payload(struct rest_reading *reading, const struct shape_member *payload) {
    struct text body = reading->body.body;
    if (body.size == 0) {
        return;
    }
    struct json_value *value;
    if (payload->shape->type == SHAPE_BLOB) {
        value = json_new(reading->arena, JSON_VALUE_BYTES);
        value->text = body;
    } else {
        value = json_new_string(reading->arena, codec_utf8(reading->arena, body));
    }
    rest_add(reading, payload, value);
}
