/* For tests of the codecs: one operation of one of AWS's services, ready to decode and encode. */
#ifndef STACKRIG_CODEC_FIXTURE_TEST_H
#define STACKRIG_CODEC_FIXTURE_TEST_H

#include <CUnit/CUnit.h>

#include "emulator/protocol/codec.h"
#include "emulator/protocol/input.h"
#include "emulator/protocol/shape_builder_test.h"

struct fixture {
    json_t *model;
    struct arena *arena;
    struct built_shapes *shapes;
    struct codec_context context;
    struct http_request request;
    struct http_reply reply;
    struct output output;
    const struct error_shape *error;
    struct strbuf message;
};

static inline struct fixture *open_fixture(const char *service, const char *operation, const char *body) {
    static struct fixture fixture;
    char path[128];
    snprintf(path, sizeof(path), "services/%s/model.json", service);
    fixture = (struct fixture){.model = json_load_file(path, 0, NULL), .arena = arena_open()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture.model);
    fixture.shapes = built_shapes_open(fixture.arena, json_object_get(fixture.model, "shapes"));
    json_t *facts = json_object_get(json_object_get(fixture.model, "operations"), operation);
    CU_ASSERT_PTR_NOT_NULL_FATAL(facts);
    struct operation_model *built = built_operation(fixture.arena, fixture.shapes, facts);
    built->name = operation;
    if (!built->http_status) {
        built->http_status = 200;
    }
    fixture.request = (struct http_request){
        .method = TEXT("POST"),
        .path = TEXT("/"),
        .target = TEXT("/"),
        .body = text_of(body),
        .arena = fixture.arena,
        .socket = -1,
    };
    fixture.context = (struct codec_context){
        .model = built_service(fixture.arena, json_object_get(fixture.model, "service")),
        .operation = built,
        .request = &fixture.request,
        .request_id = "ID",
        .arena = fixture.arena,
    };
    http_reply_init(&fixture.reply);
    fixture.message = STRBUF_INIT;
    return &fixture;
}

static inline void close_fixture(struct fixture *fixture) {
    http_reply_release(&fixture->reply);
    strbuf_release(&fixture->message);
    arena_close(fixture->arena);
    json_decref(fixture->model);
}

static inline struct input decode(struct fixture *fixture, const struct codec *codec,
                                  const struct text *labels) {
    const struct json_value *value =
        codec->decode(&fixture->context, labels, &fixture->error, &fixture->message);
    return (struct input){
        .shape = fixture->context.operation->input, .value = value, .arena = fixture->arena};
}

/* The whole tree as JSON: for comparing. */
static inline const char *decoded(struct fixture *fixture, const struct codec *codec,
                                  const struct text *labels) {
    struct input input = decode(fixture, codec, labels);
    struct strbuf buffer = STRBUF_INIT;
    if (input.value) {
        json_write(&buffer, input.value);
    } else {
        strbuf_printf(&buffer, "%s: %s", fixture->error->name, strbuf_text(&fixture->message).data);
    }
    const char *text = arena_copy(fixture->arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    return text;
}

static inline const char *header(const struct fixture *fixture, const char *name) {
    for (size_t index = 0; index < fixture->reply.header_count; index++) {
        if (text_equals_ignore_case(fixture->reply.headers[index].name, name)) {
            return arena_text_string(fixture->arena, fixture->reply.headers[index].value);
        }
    }
    return "(none)";
}

static inline const char *body(const struct fixture *fixture) {
    return strbuf_text(&fixture->reply.body).data;
}

static inline void fail_with(struct fixture *fixture, const struct codec *codec,
                             const struct error_shape *error, const char *message) {
    codec->begin_error(&fixture->context, error, message, &fixture->output, &fixture->reply);
    codec->finish_error(&fixture->context, &fixture->output, &fixture->reply);
}

static inline void expect_query(const char *service, const char *operation, const char *form,
                                const char *wanted) {
    struct fixture *fixture = open_fixture(service, operation, form);
    const char *said = decoded(fixture, &codec_query, NULL);
    if (strcmp(said, wanted) != 0) {
        printf("\n    %s\n    %s\n", form, said);
        CU_FAIL("decoded to something else");
    }
    close_fixture(fixture);
}

#endif
