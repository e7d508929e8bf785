/*
 * The Smithy protocol tests as a server sees them (fixtures/protocol): every request is decoded and every
 * response encoded by the codecs. Cases that only concern clients are named below with the reason.
 */
#include <CUnit/CUnit.h>
#include <math.h>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/protocol/codec.h"
#include "emulator/protocol/same_body_test.h"
#include "emulator/protocol/shape_builder_test.h"
#include "harness/unit_tests.h"

#define FOLDER "fixtures/protocol/"

struct exception {
    const char
        *id; /* or its beginning and '*' for a family; "/request" or "/response" where both use the id */
    const char *reason;
};

static const struct exception exceptions[] = {
    /* Requests. */
    {"SDKAppliedContentEncoding_*", "the case leaves the compressed body out"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_*", "the case leaves the compressed body out"},
    {"SDKAppendedGzipAfterProvidedEncoding_*", "the case leaves the compressed body out"},
    {"QueryProtocolIdempotencyTokenAutoFill", "the client makes the token up"},
    {"QueryIdempotencyTokenAutoFill", "the client makes the token up"},
    {"RestJsonQueryIdempotencyTokenAutoFill", "the client makes the token up"},
    {"QueryEmptyQueryMaps", "the client sends nothing for an empty map"},
    {"RestJsonHttpPrefixHeadersAreNotPresent/request", "no headers say nothing about an empty map"},
    {"HttpPrefixHeadersAreNotPresent/request", "no headers say nothing about an empty map"},
    {"RestJsonOmitsEmptyListQueryValues", "the client sends nothing for an empty list"},
    {"RestJsonAllQueryStringTypes", "only here bound parameters stand in the map too; the others say no"},
    {"RestJsonQueryStringEscaping", "only here bound parameters stand in the map too; the others say no"},
    {"RestJsonZeroAndFalseQueryValues", "only here bound parameters stand in the map too; the others say no"},
    {"RestJsonSupportsNaNFloatQueryValues", "only here bound parameters stand in the map too"},
    {"RestJsonSupportsInfinityFloatQueryValues", "only here bound parameters stand in the map too"},
    {"RestJsonSupportsNegativeInfinityFloatQueryValues", "only here bound parameters stand in the map too"},
    {"RestJsonQueryPrecedence", "a member hides the map's value in the client"},
    {"RestXmlQueryPrecedence", "a member hides the map's value in the client"},
    {"RestJsonHttpWithEmptyStructurePayload", "the client sends {} for an absent payload"},
    {"RestJsonHttpWithHeadersButNoPayload", "the client sends {} for an absent payload"},
    /* Responses. */
    {"AwsJson11DateTimeWithNegativeOffset", "clients read other offsets; we write UTC"},
    {"AwsJson11DateTimeWithPositiveOffset", "clients read other offsets; we write UTC"},
    {"AwsQueryDateTimeWithNegativeOffset", "clients read other offsets; we write UTC"},
    {"AwsQueryDateTimeWithPositiveOffset", "clients read other offsets; we write UTC"},
    {"RestJsonDateTimeWithNegativeOffset", "clients read other offsets; we write UTC"},
    {"RestJsonDateTimeWithPositiveOffset", "clients read other offsets; we write UTC"},
    {"RestXmlDateTimeWithNegativeOffset", "clients read other offsets; we write UTC"},
    {"RestXmlDateTimeWithPositiveOffset", "clients read other offsets; we write UTC"},
    {"handles_unexpected_json_output", "clients tolerate an object where no output is declared"},
    {"AwsJson10HandlesUnexpectedJsonOutput", "clients tolerate an object where no output is declared"},
    {"AwsJson11FooErrorUsing*", "clients find the code in several places; we use one"},
    {"AwsJson10FooErrorUsing*", "clients find the code in several places; we use one"},
    {"RestJsonFooErrorUsing*", "clients find the code in several places; we use one"},
    {"RestJsonFooErrorWithDunderType*", "clients find the code in several places; we use the header"},
    {"AwsJson11IntEnums/response", "the case asks for a request header in the response"},
    {"AwsJson11DeserializeIgnoreType", "clients ignore a __type inside a union"},
    {"AwsJson10DeserializeIgnoreType", "clients ignore a __type inside a union"},
    {"RestJsonDeserializeIgnoreType", "clients ignore a __type inside a union"},
    {"AwsJson10DeserializeAllowNulls", "clients ignore null members; we write none"},
    {"parses_the_request_id_from_the_response", "the request id is the emulator's"},
    {"AwsJson11StructuresDontDeserializeNullValues", "clients ignore null members; we write none"},
    {"RestJsonDoesntDeserializeNullStructureValues", "clients ignore null members; we write none"},
    {"RestJsonDeserializesDenseSetMapAndSkipsNull", "clients ignore null members; we write none"},
    {"QueryXmlNamespaces", "we write the namespace of a nested structure, as S3's Grantee needs it"},
    {"InvalidGreetingError", "the response holds a member that the model does not know"},
    {"ComplexError", "the response holds a message that is not among the values"},
    {NULL, NULL},
};

/* ---- Comparing ---------------------------------------------------------------------------------------- */

static bool same(const struct shape *shape, const struct json_value *value, const json_t *wanted);

static double number_of(const struct json_value *value) {
    int64_t time_ms;
    double number = NAN;
    if (value->type == JSON_VALUE_STRING && clock_parse(value->text, &time_ms)) {
        return (double)time_ms / 1000;
    }
    text_to_double(value->text, &number);
    return number;
}

static bool same_bytes(const struct json_value *value, const json_t *wanted) {
    struct text expected = {json_string_value(wanted), json_string_length(wanted)};
    if (value->type == JSON_VALUE_BYTES) {
        return text_same(value->text, expected);
    }
    struct strbuf buffer = STRBUF_INIT;
    bool good = crypto_append_unbase64(&buffer, value->text) && text_same(strbuf_text(&buffer), expected);
    strbuf_release(&buffer);
    return good;
}

static bool same_document(const struct json_value *value, const json_t *wanted) {
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, value);
    json_t *parsed = json_loadb(buffer.data, buffer.size, JSON_DECODE_ANY, NULL);
    bool equal = parsed && json_equal(parsed, wanted);
    json_decref(parsed);
    strbuf_release(&buffer);
    return equal;
}

static bool same_text(const struct json_value *value, const json_t *wanted) {
    return value->type == JSON_VALUE_STRING &&
           text_same(value->text, (struct text){json_string_value(wanted), json_string_length(wanted)});
}

static bool same_object(const struct shape *shape, const struct json_value *value, const json_t *wanted) {
    const char *key;
    json_t *member;
    size_t matched = 0;
    json_object_foreach((json_t *)wanted, key, member) {
        const struct shape_member *declared =
            shape->type == SHAPE_MAP ? &shape->members[1] : shape_member(shape, text_of(key));
        const struct json_value *found = json_find(value, key);
        if (!declared || !found || !same(declared->shape, found, member)) {
            return json_is_null(member) && !found;
        }
        matched++;
    }
    return matched == value->count;
}

static bool same_array(const struct shape *shape, const struct json_value *value, const json_t *wanted) {
    if (value->count != json_array_size(wanted)) {
        return false;
    }
    size_t index = 0;
    for (const struct json_value *child = value->child; child; child = child->next) {
        const json_t *element = json_array_get(wanted, index++);
        if (child->type == JSON_VALUE_NULL ? !json_is_null(element)
                                           : !same(shape->members[0].shape, child, element)) {
            return false;
        }
    }
    return true;
}

static bool same(const struct shape *shape, const struct json_value *value, const json_t *wanted) {
    if (shape->flags & SHAPE_DOCUMENT) {
        return same_document(value, wanted);
    }
    switch ((enum shape_type)shape->type) {
    case SHAPE_STRING:
        return same_text(value, wanted);
    case SHAPE_BLOB:
        return same_bytes(value, wanted);
    case SHAPE_BOOLEAN:
        return value->type == (json_is_true(wanted) ? JSON_VALUE_TRUE : JSON_VALUE_FALSE);
    case SHAPE_INTEGER:
    case SHAPE_LONG:
    case SHAPE_TIMESTAMP:
        return fabs(number_of(value) - json_number_value(wanted)) < 1e-6;
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
        return json_is_string(wanted) ? text_equals(value->text, json_string_value(wanted))
                                      : fabs(number_of(value) - json_number_value(wanted)) < 1e-6;
    case SHAPE_STRUCTURE:
    case SHAPE_MAP:
        return value->type == JSON_VALUE_OBJECT && same_object(shape, value, wanted);
    case SHAPE_LIST:
        return value->type == JSON_VALUE_ARRAY && same_array(shape, value, wanted);
    }
    return false;
}

/* ---- Requests ----------------------------------------------------------------------------------------- */

static struct http_header *headers_of(struct arena *arena, const json_t *facts, size_t *count) {
    struct http_header *headers = arena_alloc(arena, (json_object_size(facts) + 1) * sizeof(*headers));
    const char *name;
    json_t *value;
    *count = 0;
    json_object_foreach((json_t *)facts, name, value) {
        headers[(*count)++] = (struct http_header){text_of(name), text_of(json_string_value(value))};
    }
    return headers;
}

/* What the gateway's routing does: the labels of "/a/{B}/{C+}" in order, still encoded. */
static struct text *match_labels(struct arena *arena, const char *uri, struct text path) {
    struct text *labels = arena_zalloc(arena, 32 * sizeof(*labels));
    size_t count = 0;
    const char *at = uri;
    const char *end = strchr(uri, '?') ? strchr(uri, '?') : uri + strlen(uri);
    while (at < end && path.size) {
        if (*at != '{') {
            at++;
            path = text_slice(path, 1, path.size);
            continue;
        }
        const char *close = strchr(at, '}');
        bool greedy = close[-1] == '+';
        at = close + 1;
        size_t rest = (size_t)(end - at);
        ptrdiff_t slash = greedy ? (ptrdiff_t)(path.size - rest) : text_find_char(path, '/');
        size_t size = slash < 0 ? path.size : (size_t)slash;
        labels[count++] = text_slice(path, 0, size);
        path = text_slice(path, size, path.size);
    }
    return labels;
}

static struct http_request *request_of(struct arena *arena, const json_t *facts) {
    struct http_request *request = arena_zalloc(arena, sizeof(*request));
    request->arena = arena;
    request->socket = -1;
    request->method = text_of(json_string_value(json_object_get(facts, "method")));
    request->target = text_of(json_string_value(json_object_get(facts, "target")));
    request->query = request->target;
    request->path = text_cut(&request->query, '?');
    request->headers = headers_of(arena, json_object_get(facts, "headers"), &request->header_count);
    request->body = text_of(json_string_value(json_object_get(facts, "body")));
    return request;
}

static bool check_request(const struct codec_context *given, const json_t *facts, struct strbuf *problem) {
    struct codec_context context = *given;
    context.request = request_of(context.arena, json_object_get(facts, "request"));
    const struct text *labels = match_labels(context.arena, context.operation->uri, context.request->path);
    const struct error_shape *error = NULL;
    struct strbuf message = STRBUF_INIT;
    const struct codec *codec = codec_of(context.model->protocol);
    struct json_value *value = codec->decode(&context, labels, &error, &message);
    const json_t *wanted = json_object_get(facts, "value");
    bool good = value && (context.operation->input ? same(context.operation->input, value, wanted)
                                                   : value->count == 0);
    if (!value) {
        strbuf_printf(problem, "refused: %s %s", error ? error->name : "-", strbuf_text(&message).data);
    } else if (!good) {
        strbuf_append_string(problem, "decoded to ");
        json_write(problem, value);
    }
    strbuf_release(&message);
    return good;
}

/* ---- Responses ---------------------------------------------------------------------------------------- */

static void write_member(struct output *output, const char *name, const struct shape_member *member,
                         const json_t *value);

static void write_object(struct output *output, const struct shape *shape, const json_t *value,
                         bool attributes) {
    for (unsigned index = 0; index < shape->member_count; index++) {
        const struct shape_member *member = &shape->members[index];
        const json_t *part = json_object_get(value, member->name);
        if (part && member->xml_attribute == attributes) {
            write_member(output, member->name, member, part);
        }
    }
}

static void write_collection(struct output *output, const struct shape *shape, const json_t *value) {
    if (shape->type == SHAPE_LIST) {
        for (size_t index = 0; index < json_array_size(value); index++) {
            write_member(output, NULL, &shape->members[0], json_array_get(value, index));
        }
        return;
    }
    const char *key;
    json_t *part;
    json_object_foreach((json_t *)value, key, part) {
        write_member(output, key, &shape->members[1], part);
    }
}

static double float_of(const json_t *value) {
    const char *word = json_string_value(value);
    return !word                           ? json_number_value(value)
           : strcmp(word, "NaN") == 0      ? NAN
           : strcmp(word, "Infinity") == 0 ? INFINITY
                                           : -INFINITY;
}

static void write_document(struct output *output, const char *name, const json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    output_json(output, name, text_of(arena_strdup(output->arena, text)));
    free(text);
}

static void write_scalar(struct output *output, const char *name, const struct shape_member *member,
                         const json_t *value) {
    const struct shape *shape = member->shape;
    struct text text = {json_string_value(value), json_string_length(value)};
    if (shape->type == SHAPE_STRING) {
        output_text(output, name, text);
    } else if (shape->type == SHAPE_BLOB) {
        output_blob(output, name, text);
    } else if (shape->type == SHAPE_BOOLEAN) {
        output_boolean(output, name, json_is_true(value));
    } else if (shape->type == SHAPE_TIMESTAMP) {
        output_timestamp(output, name, (int64_t)llround(json_number_value(value) * 1000));
    } else if (shape->type == SHAPE_FLOAT || shape->type == SHAPE_DOUBLE) {
        output_double(output, name, float_of(value));
    } else {
        output_integer(output, name, json_integer_value(value));
    }
}

static void write_member(struct output *output, const char *name, const struct shape_member *member,
                         const json_t *value) {
    const struct shape *shape = member->shape;
    if (json_is_null(value)) {
        return;
    }
    if (shape->flags & SHAPE_DOCUMENT) {
        write_document(output, name, value);
    } else if (shape->type == SHAPE_STRUCTURE) {
        output_begin_structure(output, name);
        write_object(output, shape, value, true);
        write_object(output, shape, value, false);
        output_end(output);
    } else if (shape->type == SHAPE_LIST) {
        output_begin_list(output, name);
        write_collection(output, shape, value);
        output_end(output);
    } else if (shape->type == SHAPE_MAP) {
        output_begin_map(output, name);
        write_collection(output, shape, value);
        output_end(output);
    } else {
        write_scalar(output, name, member, value);
    }
}

static bool same_headers(const struct http_reply *reply, const json_t *wanted, struct strbuf *problem) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)wanted, name, value) {
        struct text found = TEXT_NONE;
        for (size_t index = 0; index < reply->header_count; index++) {
            if (text_equals_ignore_case(reply->headers[index].name, name)) {
                found = reply->headers[index].value;
            }
        }
        if (!text_equals(found, json_string_value(value)) &&
            !(strcasecmp(name, "Content-Type") == 0 && reply->body.size == 0) &&
            strcasecmp(name, "Content-Length") != 0) { /* the HTTP server's */
            strbuf_printf(problem, "header %s is '%.*s'; ", name, TEXT_ARGUMENTS(found));
        }
    }
    return problem->size == 0;
}

static void write_reply(const struct codec_context *context, const json_t *facts, struct output *output,
                        struct http_reply *reply, struct built_shapes *shapes) {
    const struct codec *codec = codec_of(context->model->protocol);
    const json_t *value = json_object_get(facts, "value");
    const json_t *error = json_object_get(facts, "error");
    if (!error) {
        codec->begin(context, output, reply);
        if (context->operation->output) {
            write_object(output, context->operation->output, value, true);
            write_object(output, context->operation->output, value, false);
        }
        codec->finish(context, output, reply);
        return;
    }
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    struct error_shape row = {
        .name = json_string_value(json_object_get(error, "name")),
        .code = code,
        .message_key = json_object_get(value, "Message") ? "Message" : "message",
        .status = (int)json_integer_value(json_object_get(json_object_get(facts, "response"), "status")),
        .shape = built_shape(shapes, json_string_value(json_object_get(error, "shape"))),
    };
    struct codec_context unknown = *context;
    codec->begin_error(&unknown, &row, message, output, reply);
    for (unsigned index = 0; row.shape && index < row.shape->member_count; index++) {
        const struct shape_member *member = &row.shape->members[index];
        const json_t *part = json_object_get(value, member->name);
        if (part && strcasecmp(member->name, "message") != 0) {
            write_member(output, member->name, member, part);
        }
    }
    codec->finish_error(&unknown, output, reply);
}

static bool is_raw(const struct shape *shape) {
    const struct shape_member *payload =
        shape && shape->payload ? shape_member(shape, text_of(shape->payload)) : NULL;
    return payload && (payload->shape->type == SHAPE_BLOB || payload->shape->type == SHAPE_STRING);
}

static bool check_response(const struct codec_context *context, const json_t *facts,
                           struct built_shapes *shapes, struct strbuf *problem) {
    static struct output output;
    struct http_reply reply;
    http_reply_init(&reply);
    write_reply(context, facts, &output, &reply, shapes);
    const json_t *wanted = json_object_get(facts, "response");
    const char *body = json_string_value(json_object_get(wanted, "body"));
    const char *type = json_string_value(json_object_get(json_object_get(wanted, "headers"), "Content-Type"));
    struct text ours = strbuf_text(&reply.body);
    if (reply.status != json_integer_value(json_object_get(wanted, "status"))) {
        strbuf_printf(problem, "status %d; ", reply.status);
    }
    same_headers(&reply, json_object_get(wanted, "headers"), problem);
    enum protocol protocol = context->model->protocol;
    bool xml = protocol == PROTOCOL_QUERY || protocol == PROTOCOL_REST_XML;
    bool raw = is_raw(context->operation->output) || (type && !strstr(type, "json") && !strstr(type, "xml"));
    bool same_body = raw   ? text_equals(ours, body)
                     : xml ? same_xml_bodies(context->arena, ours, body)
                           : same_json_bodies(ours, body);
    if (!same_body) {
        strbuf_printf(problem, "body %.*s", TEXT_ARGUMENTS(ours));
    }
    http_reply_release(&reply);
    return problem->size == 0;
}

/* ---- Running ------------------------------------------------------------------------------------------ */

static const struct exception *find_exception(const char *id, const char *direction) {
    for (const struct exception *row = exceptions; row->id; row++) {
        const char *slash = strchr(row->id, '/');
        size_t size = slash ? (size_t)(slash - row->id) : strlen(row->id);
        bool family = row->id[size - 1] == '*';
        if ((family ? strncmp(id, row->id, size - 1) == 0
                    : strlen(id) == size && strncmp(id, row->id, size) == 0) &&
            (!slash || strcmp(slash + 1, direction) == 0)) {
            return row;
        }
    }
    return NULL;
}

static void run_case(struct arena *arena, const json_t *suite, const json_t *facts, int *count) {
    const char *id = json_string_value(json_object_get(facts, "id"));
    struct built_shapes *shapes = built_shapes_open(arena, json_object_get(suite, "shapes"));
    struct codec_context context = {
        .model = built_service(arena, json_object_get(suite, "service")),
        .operation = built_operation(arena, shapes, json_object_get(facts, "operation")),
        .request_id = "foo-id",
        .arena = arena,
    };
    struct strbuf problem = STRBUF_INIT;
    bool good = json_object_get(facts, "request") ? check_request(&context, facts, &problem)
                                                  : check_response(&context, facts, shapes, &problem);
    const struct exception *exception =
        find_exception(id, json_object_get(facts, "request") ? "request" : "response");
    if (!good && !exception) {
        printf("\n    %s: %s\n", id, strbuf_text(&problem).data);
        CU_FAIL("a protocol case fails");
    } else if (good && exception && !strchr(exception->id, '*')) {
        printf("\n    %s passes and should not be an exception\n", id);
        CU_FAIL("an exception is stale");
    }
    strbuf_release(&problem);
    (*count)++;
}

static void run_file(const char *name, int wanted) {
    char path[128];
    snprintf(path, sizeof(path), FOLDER "%s", name);
    json_error_t error;
    json_t *suites = json_load_file(path, JSON_ALLOW_NUL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(suites);
    int count = 0;
    size_t index;
    json_t *suite;
    json_array_foreach(suites, index, suite) {
        json_t *cases = json_object_get(suite, "cases");
        for (size_t at = 0; at < json_array_size(cases); at++) {
            struct arena *arena = arena_open();
            run_case(arena, suite, json_array_get(cases, at), &count);
            arena_close(arena);
        }
    }
    CU_ASSERT_EQUAL(count, wanted);
    json_decref(suites);
}

static void test_json_requests(void) {
    run_file("input-json.json", 54);
    run_file("input-json_1_0.json", 21);
}

static void test_query_requests(void) {
    run_file("input-query.json", 38);
}

static void test_rest_json_requests(void) {
    run_file("input-rest-json.json", 113);
}

static void test_rest_xml_requests(void) {
    run_file("input-rest-xml.json", 94);
}

static void test_json_responses(void) {
    run_file("output-json.json", 58);
    run_file("output-json_1_0.json", 32);
}

static void test_query_responses(void) {
    run_file("output-query.json", 38);
}

static void test_rest_json_responses(void) {
    run_file("output-rest-json.json", 91);
}

static void test_rest_xml_responses(void) {
    run_file("output-rest-xml.json", 78);
}

void protocol_cases_test(void) {
    unit_test("JSON requests of the protocol cases decode", test_json_requests);
    unit_test("query requests of the protocol cases decode", test_query_requests);
    unit_test("rest-json requests of the protocol cases decode", test_rest_json_requests);
    unit_test("rest-xml requests of the protocol cases decode", test_rest_xml_requests);
    unit_test("JSON responses of the protocol cases are written", test_json_responses);
    unit_test("query responses of the protocol cases are written", test_query_responses);
    unit_test("rest-json responses of the protocol cases are written", test_rest_json_responses);
    unit_test("rest-xml responses of the protocol cases are written", test_rest_xml_responses);
}
