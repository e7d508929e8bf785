#include "emulator/protocol/shape_builder_test.h"

#include <CUnit/CUnit.h>

#include "emulator/base/die.h"
#include "harness/unit_tests.h"

struct built {
    const char *name;
    struct shape shape;
};

struct built_shapes {
    struct arena *arena;
    size_t count;
    struct built *items;
};

struct choice {
    const char *name;
    int value;
};

static const struct choice types[] = {
    {"string", SHAPE_STRING},      {"integer", SHAPE_INTEGER},     {"long", SHAPE_LONG},
    {"float", SHAPE_FLOAT},        {"double", SHAPE_DOUBLE},       {"boolean", SHAPE_BOOLEAN},
    {"blob", SHAPE_BLOB},          {"timestamp", SHAPE_TIMESTAMP}, {"structure", SHAPE_STRUCTURE},
    {"document", SHAPE_STRUCTURE}, {"list", SHAPE_LIST},           {"map", SHAPE_MAP},
    {NULL, SHAPE_STRING},
};
static const struct choice locations[] = {
    {"uri", LOCATION_URI},         {"query", LOCATION_QUERY},   {"header", LOCATION_HEADER},
    {"headers", LOCATION_HEADERS}, {"status", LOCATION_STATUS}, {NULL, LOCATION_BODY},
};
static const struct choice times[] = {
    {"iso8601", TIMESTAMP_ISO8601},
    {"unix", TIMESTAMP_UNIX},
    {"rfc822", TIMESTAMP_RFC822},
    {NULL, TIMESTAMP_DEFAULT},
};
static const struct choice protocols[] = {
    {"json", PROTOCOL_JSON},         {"query", PROTOCOL_QUERY}, {"rest-json", PROTOCOL_REST_JSON},
    {"rest-xml", PROTOCOL_REST_XML}, {NULL, PROTOCOL_JSON},
};

static int choose(const struct choice *choices, const char *name) {
    while (choices->name && !(name && strcmp(choices->name, name) == 0)) {
        choices++;
    }
    return choices->value;
}

static const char *text_at(const json_t *facts, const char *key) {
    return json_string_value(json_object_get(facts, key));
}

const struct shape *built_shape(struct built_shapes *built, const char *name) {
    for (size_t index = 0; name && index < built->count; index++) {
        if (strcmp(built->items[index].name, name) == 0) {
            return &built->items[index].shape;
        }
    }
    return NULL;
}

static void fill_member(struct built_shapes *built, struct shape_member *member, const char *name,
                        const json_t *facts) {
    const char *given = json_is_string(facts) ? json_string_value(facts) : text_at(facts, "is");
    char *shape = arena_strdup(built->arena, given);
    size_t size = strlen(shape);
    member->required = json_is_true(json_object_get(facts, "required"));
    if (size && shape[size - 1] == '!') {
        shape[size - 1] = '\0';
        member->required = true;
    }
    member->shape = built_shape(built, shape);
    if (!member->shape) {
        die("no shape %s", shape);
    }
    const char *wire = text_at(facts, "as");
    member->name = name;
    member->wire_name = wire ? wire : name;
    member->name_size = (uint16_t)strlen(name);
    member->wire_size = (uint16_t)strlen(member->wire_name);
    member->has_wire_name = wire != NULL;
    member->location = (uint8_t)choose(locations, text_at(facts, "in"));
    member->timestamp_format = (uint8_t)choose(times, text_at(facts, "time"));
    member->flattened = json_is_true(json_object_get(facts, "flat"));
    member->xml_attribute = json_is_true(json_object_get(facts, "attribute"));
    member->event_payload = json_is_true(json_object_get(facts, "event_payload"));
    member->event_header = json_is_true(json_object_get(facts, "event_header"));
    member->json_text = json_is_true(json_object_get(facts, "json_text"));
    member->xml_namespace = text_at(facts, "namespace");
    member->xml_prefix = text_at(facts, "namespace_prefix");
}

static void fill_shape(struct built_shapes *built, struct shape *shape, const json_t *facts) {
    static const struct choice flags[] = {
        {"min", SHAPE_HAS_MINIMUM},
        {"max", SHAPE_HAS_MAXIMUM},
        {"sensitive", SHAPE_SENSITIVE},
        {"flat", SHAPE_FLATTENED},
        {"hidden", SHAPE_HIDDEN},
        {"event_stream", SHAPE_EVENT_STREAM},
        {"pattern_first", SHAPE_PATTERN_FIRST},
        {"or_arn", SHAPE_OR_ARN},
    };
    for (size_t index = 0; index < sizeof(flags) / sizeof(flags[0]); index++) {
        const json_t *value = json_object_get(facts, flags[index].name);
        shape->flags |= (uint16_t)(value ? flags[index].value : 0);
    }
    const char *type = text_at(facts, "type");
    shape->type = (uint8_t)choose(types, type);
    shape->flags |= (uint16_t)(strcmp(type, "document") == 0 ? SHAPE_DOCUMENT : 0);
    shape->minimum = json_integer_value(json_object_get(facts, "min"));
    shape->maximum = json_integer_value(json_object_get(facts, "max"));
    shape->pattern = text_at(facts, "pattern");
    shape->timestamp_format = (uint8_t)choose(times, text_at(facts, "time"));
    shape->payload = text_at(facts, "payload");
    shape->xml_name = text_at(facts, "as");
    shape->xml_namespace = text_at(facts, "namespace");
    shape->xml_prefix = text_at(facts, "namespace_prefix");
    const json_t *enums = json_object_get(facts, "enum");
    shape->enum_count = (uint16_t)json_array_size(enums);
    const char **names = arena_zalloc(built->arena, (shape->enum_count + 1U) * sizeof(*names));
    for (size_t index = 0; index < shape->enum_count; index++) {
        names[index] = json_string_value(json_array_get(enums, index));
    }
    shape->enums = names;
    json_t *has = json_object_get(facts, "has");
    struct shape_member *members = arena_zalloc(built->arena, (json_object_size(has) + 2) * sizeof(*members));
    shape->members = members;
    const char *name;
    json_t *member;
    json_object_foreach(has, name, member) {
        fill_member(built, &members[shape->member_count++], name, member);
    }
    if (json_object_get(facts, "of")) {
        fill_member(built, &members[shape->member_count++], "member", json_object_get(facts, "of"));
    }
    if (json_object_get(facts, "keys")) {
        fill_member(built, &members[shape->member_count++], "key", json_object_get(facts, "keys"));
        fill_member(built, &members[shape->member_count++], "value", json_object_get(facts, "values"));
    }
}

struct built_shapes *built_shapes_open(struct arena *arena, const json_t *shapes) {
    struct built_shapes *built = arena_zalloc(arena, sizeof(*built));
    built->arena = arena;
    built->items = arena_zalloc(arena, (json_object_size(shapes) + 1) * sizeof(*built->items));
    const char *name;
    json_t *facts;
    json_object_foreach((json_t *)shapes, name, facts) {
        built->items[built->count].name = name;
        built->items[built->count++].shape.name = name;
    }
    size_t index = 0;
    json_object_foreach((json_t *)shapes, name, facts) {
        fill_shape(built, &built->items[index++].shape, facts);
    }
    return built;
}

struct operation_model *built_operation(struct arena *arena, struct built_shapes *built,
                                        const json_t *facts) {
    struct operation_model *operation = arena_zalloc(arena, sizeof(*operation));
    struct text http = text_of(text_at(facts, "http"));
    operation->name = text_at(facts, "name");
    operation->http_method = arena_text_string(arena, text_cut(&http, ' '));
    operation->uri = arena_text_string(arena, text_cut(&http, ' '));
    int64_t status = 200;
    text_to_int64(http, &status);
    operation->http_status = (int)status;
    operation->input = built_shape(built, text_at(facts, "in"));
    operation->output = built_shape(built, text_at(facts, "out"));
    operation->result_wrapper = text_at(facts, "wrapper");
    operation->output_xml_name = text_at(facts, "out_xml");
    operation->payload_type = text_at(facts, "out_type");
    operation->bare_output = json_is_true(json_object_get(facts, "out_bare"));
    return operation;
}

struct service_model *built_service(struct arena *arena, const json_t *facts) {
    struct service_model *service = arena_zalloc(arena, sizeof(*service));
    service->name = "case";
    service->protocol = (enum protocol)choose(protocols, text_at(facts, "protocol"));
    service->json_version = text_at(facts, "json");
    service->xml_namespace = text_at(facts, "namespace");
    const char *prefix = text_at(facts, "error_prefix");
    service->error_prefix = prefix ? prefix : "";
    service->path_member = text_at(facts, "path_member");
    service->also_query = json_is_true(json_object_get(facts, "also_query"));
    service->body_crc32 = json_is_true(json_object_get(facts, "crc32"));
    service->error_detail = json_is_true(json_object_get(facts, "error_detail"));
    service->plain_errors = json_is_true(json_object_get(facts, "plain_errors"));
    return service;
}

static void test_recursion(void) {
    struct arena *arena = arena_open();
    json_t *shapes = json_pack("{s:{s:s,s:{s:s,s:s}},s:{s:s,s:i}}", "Tree", "type", "structure", "has",
                               "Left", "Tree", "Name", "Word!", "Word", "type", "string", "max", 3);
    struct built_shapes *built = built_shapes_open(arena, shapes);
    const struct shape *tree = built_shape(built, "Tree");
    CU_ASSERT_PTR_EQUAL(tree->members[0].shape, tree);
    CU_ASSERT_TRUE(tree->members[1].required);
    CU_ASSERT_EQUAL(tree->members[1].shape->maximum, 3);
    arena_close(arena);
    json_decref(shapes);
}

void shape_builder_test(void) {
    unit_test("a structure of a test model may contain itself", test_recursion);
}
