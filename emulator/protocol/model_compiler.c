/*
 * Turns services/NAME/model.json into the constant tables of shape.h. A program of its own, run by the
 * build:
 *
 *     model_compiler services/NAME/model.json build/generated/services/NAME/model
 *
 * writes model.c and model.h beside each other. The layout of model.json is described in
 * services/trim_model.py. A mistake in the file ends the build with its name and place.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *model_path;

_Noreturn static void fail(const char *what, const char *name) {
    fprintf(stderr, "model_compiler: %s: %s: %s\n", model_path, name, what);
    exit(1);
}

static void write_string(FILE *out, const char *string) {
    if (!string) {
        fputs("NULL", out);
        return;
    }
    fputc('"', out);
    for (const unsigned char *byte = (const unsigned char *)string; *byte; byte++) {
        if (*byte == '"' || *byte == '\\' || *byte == '?') { /* ?: C17 still has trigraphs */
            fprintf(out, "\\%c", *byte);
        } else if (*byte < 0x20 || *byte > 0x7e) {
            fprintf(out, "\\%03o", *byte);
        } else {
            fputc(*byte, out);
        }
    }
    fputc('"', out);
}

static void write_field(FILE *out, const char *field, const char *string) {
    if (string) {
        fprintf(out, ".%s = ", field);
        write_string(out, string);
        fputs(", ", out);
    }
}

static const char *text_at(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static bool true_at(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

static void write_flag(FILE *out, const json_t *facts, const char *key, const char *field) {
    if (true_at(facts, key)) {
        fprintf(out, ".%s = true, ", field);
    }
}

struct choice {
    const char *name;
    const char *symbol;
};

static const struct choice shape_types[] = {
    {"string", "SHAPE_STRING"},
    {"character", "SHAPE_STRING"},
    {"integer", "SHAPE_INTEGER"},
    {"long", "SHAPE_LONG"},
    {"float", "SHAPE_FLOAT"},
    {"double", "SHAPE_DOUBLE"},
    {"boolean", "SHAPE_BOOLEAN"},
    {"blob", "SHAPE_BLOB"},
    {"timestamp", "SHAPE_TIMESTAMP"},
    {"structure", "SHAPE_STRUCTURE"},
    {"document", "SHAPE_STRUCTURE"},
    {"list", "SHAPE_LIST"},
    {"map", "SHAPE_MAP"},
    {NULL, NULL},
};
static const struct choice locations[] = {
    {"uri", "LOCATION_URI"},         {"query", "LOCATION_QUERY"},   {"header", "LOCATION_HEADER"},
    {"headers", "LOCATION_HEADERS"}, {"status", "LOCATION_STATUS"}, {NULL, NULL},
};
static const struct choice times[] = {
    {"iso8601", "TIMESTAMP_ISO8601"},
    {"unix", "TIMESTAMP_UNIX"},
    {"rfc822", "TIMESTAMP_RFC822"},
    {NULL, NULL},
};
static const struct choice protocols[] = {
    {"json", "PROTOCOL_JSON"},
    {"query", "PROTOCOL_QUERY"},
    {"rest-json", "PROTOCOL_REST_JSON"},
    {"rest-xml", "PROTOCOL_REST_XML"},
    {NULL, NULL},
};
static const struct choice shape_flags[] = {
    {"min", "SHAPE_HAS_MINIMUM"}, {"max", "SHAPE_HAS_MAXIMUM"},           {"sensitive", "SHAPE_SENSITIVE"},
    {"flat", "SHAPE_FLATTENED"},  {"streaming", "SHAPE_STREAMING"},       {"union", "SHAPE_UNION"},
    {"event", "SHAPE_EVENT"},     {"event_stream", "SHAPE_EVENT_STREAM"}, {"or_arn", "SHAPE_OR_ARN"},
    {"pattern_first", "SHAPE_PATTERN_FIRST"}, {NULL, NULL},
};

static const char *choose(const struct choice *choices, const char *name, const char *where) {
    for (; choices->name; choices++) {
        if (name && strcmp(choices->name, name) == 0) {
            return choices->symbol;
        }
    }
    fail(name ? name : "a word is missing", where);
}

static void write_choice(FILE *out, const char *field, const struct choice *choices, const char *name,
                         const char *where) {
    if (name) {
        fprintf(out, ".%s = %s, ", field, choose(choices, name, where));
    }
}

/* One member: "Shape", "Shape!" or an object of facts. default_name: of list elements and map parts. */
static void write_member(FILE *out, const json_t *shapes, const char *name, const char *default_name,
                         const json_t *facts) {
    char shape[256];
    const char *given = json_is_string(facts) ? json_string_value(facts) : text_at(facts, "is");
    if (!given) {
        fail("a member without a shape", name ? name : default_name);
    }
    snprintf(shape, sizeof shape, "%s", given);
    size_t size = strlen(shape);
    bool required = size > 0 && shape[size - 1] == '!';
    if (required) {
        shape[size - 1] = '\0';
    }
    if (!json_object_get(shapes, shape)) {
        fail("no such shape", shape);
    }
    const char *wire = text_at(facts, "as");
    const char *known = name ? name : default_name;
    fputs("    {", out);
    write_field(out, "name", known);
    write_field(out, "wire_name", wire ? wire : known);
    fprintf(out, ".name_size = %zu, .wire_size = %zu, .shape = &shape_%s, ", strlen(known),
            strlen(wire ? wire : known), shape);
    write_choice(out, "location", locations, text_at(facts, "in"), known);
    write_choice(out, "timestamp_format", times, text_at(facts, "time"), known);
    write_field(out, "xml_namespace", text_at(facts, "namespace"));
    write_field(out, "xml_prefix", text_at(facts, "namespace_prefix"));
    if (required || true_at(facts, "required")) {
        fputs(".required = true, ", out);
    }
    if (wire) {
        fputs(".has_wire_name = true, ", out);
    }
    write_flag(out, facts, "flat", "flattened");
    write_flag(out, facts, "attribute", "xml_attribute");
    write_flag(out, facts, "token", "idempotency_token");
    write_flag(out, facts, "event_payload", "event_payload");
    write_flag(out, facts, "event_header", "event_header");
    write_flag(out, facts, "json_text", "json_text");
    fputs("},\n", out);
}

/* Writes the arrays that a shape points at; returns the number of members. */
static size_t write_shape_arrays(FILE *out, const json_t *shapes, const char *name, const json_t *facts) {
    const json_t *enums = json_object_get(facts, "enum");
    if (json_array_size(enums) > 0) {
        fprintf(out, "static const char *const enums_%s[] = {", name);
        for (size_t index = 0; index < json_array_size(enums); index++) {
            write_string(out, json_string_value(json_array_get(enums, index)));
            fputs(", ", out);
        }
        fputs("};\n", out);
    }
    json_t *members = json_object_get(facts, "has");
    json_t *element = json_object_get(facts, "of");
    json_t *keys = json_object_get(facts, "keys");
    json_t *values = json_object_get(facts, "values");
    size_t count = members ? json_object_size(members) : element ? 1 : keys ? 2 : 0;
    if (count == 0) {
        return 0;
    }
    fprintf(out, "static const struct shape_member members_%s[] = {\n", name);
    const char *member;
    json_t *reference;
    json_object_foreach(members, member, reference) {
        write_member(out, shapes, member, NULL, reference);
    }
    if (element) {
        write_member(out, shapes, NULL, "member", element);
    }
    if (keys) {
        write_member(out, shapes, NULL, "key", keys);
        write_member(out, shapes, NULL, "value", values);
    }
    fputs("};\n", out);
    return count;
}

static void write_shape(FILE *out, const json_t *shapes, const char *name, const json_t *facts,
                        const json_t *service) {
    const char *type = text_at(facts, "type");
    size_t count = write_shape_arrays(out, shapes, name, facts);
    const json_t *enums = json_object_get(facts, "enum");
    fprintf(out, "static const struct shape shape_%s = {.name = \"%s\", .type = %s, .flags = 0", name, name,
            choose(shape_types, type, name));
    for (const struct choice *flag = shape_flags; flag->name; flag++) {
        const json_t *value = json_object_get(facts, flag->name);
        if (json_is_integer(value) || json_is_true(value)) {
            fprintf(out, " | %s", flag->symbol);
        }
    }
    fprintf(out, "%s%s%s, ", strcmp(type, "document") == 0 ? " | SHAPE_DOCUMENT" : "",
            true_at(service, "hide_values") ? " | SHAPE_HIDDEN" : "",
            true_at(service, "pattern_first") ? " | SHAPE_PATTERN_FIRST" : "");
    static const char *const limits[][2] = {{"min", "minimum"}, {"max", "maximum"}};
    for (size_t index = 0; index < 2; index++) {
        const json_t *limit = json_object_get(facts, limits[index][0]);
        if (limit) {
            fprintf(out, ".%s = INT64_C(%lld), ", limits[index][1], (long long)json_integer_value(limit));
        }
    }
    write_field(out, "pattern", text_at(facts, "pattern"));
    if (json_array_size(enums) > 0) {
        fprintf(out, ".enums = enums_%s, .enum_count = %zu, ", name, json_array_size(enums));
    }
    if (count > 0) {
        fprintf(out, ".members = members_%s, .member_count = %zu, ", name, count);
    }
    write_choice(out, "timestamp_format", times, text_at(facts, "time"), name);
    write_field(out, "payload", text_at(facts, "payload"));
    write_field(out, "xml_name", text_at(facts, "as"));
    write_field(out, "xml_namespace", text_at(facts, "namespace"));
    write_field(out, "xml_prefix", text_at(facts, "namespace_prefix"));
    fputs("};\n", out);
}

static void write_errors(FILE *out, FILE *header, const char *service, const json_t *model) {
    json_t *errors = json_object_get(model, "errors");
    const char *name;
    json_t *facts;
    json_object_foreach(errors, name, facts) {
        fprintf(header, "extern const struct error_shape %s_error_%s;\n", service, name);
        fprintf(out, "const struct error_shape %s_error_%s = {.name = \"%s\", .status = %d, ", service, name,
                name, (int)json_integer_value(json_object_get(facts, "status")));
        write_field(out, "code", text_at(facts, "code"));
        write_field(out, "query_code", text_at(facts, "query_code"));
        write_field(out, "prefix", text_at(facts, "prefix"));
        write_field(out, "message_key", text_at(facts, "message"));
        if (text_at(facts, "shape")) {
            fprintf(out, ".shape = &shape_%s, ", text_at(facts, "shape"));
        }
        write_flag(out, facts, "receiver", "receiver_fault");
        fputs("};\n", out);
    }
    fputs("static const struct error_shape *const all_errors[] = {", out);
    json_object_foreach(errors, name, facts) {
        fprintf(out, "&%s_error_%s, ", service, name);
    }
    fputs("NULL};\n", out);
}

static void write_operation_errors(FILE *out, const char *service, const json_t *model) {
    json_t *operations = json_object_get(model, "operations");
    const char *name;
    json_t *facts;
    json_object_foreach(operations, name, facts) {
        fprintf(out, "static const struct error_shape *const errors_of_%s[] = {", name);
        const json_t *errors = json_object_get(facts, "errors");
        for (size_t index = 0; index < json_array_size(errors); index++) {
            const char *error = json_string_value(json_array_get(errors, index));
            if (!json_object_get(json_object_get(model, "errors"), error)) {
                fail("no such error", error);
            }
            fprintf(out, "&%s_error_%s, ", service, error);
        }
        fputs("NULL};\n", out);
    }
}

/* "PUT /path/{Name} 201" */
static void write_http(FILE *out, const char *operation, const char *http) {
    char method[16];
    char uri[1024];
    int status = 200;
    if (!http) {
        fputs(".http_method = \"POST\", .uri = \"/\", .http_status = 200, ", out);
        return;
    }
    if (sscanf(http, "%15s %1023s %d", method, uri, &status) != 3) {
        fail("http is not METHOD URI STATUS", operation);
    }
    write_field(out, "http_method", method);
    write_field(out, "uri", uri);
    fprintf(out, ".http_status = %d, ", status);
}

static void write_operations(FILE *out, const json_t *model) {
    json_t *operations = json_object_get(model, "operations");
    const json_t *shapes = json_object_get(model, "shapes");
    const char *previous = "";
    const char *name;
    json_t *facts;
    fputs("static const struct operation_model operations[] = {\n", out);
    json_object_foreach(operations, name, facts) {
        if (strcmp(previous, name) >= 0) {
            fail("operations are not sorted by name", name);
        }
        previous = name;
        fprintf(out, "    {.name = \"%s\", ", name);
        write_http(out, name, text_at(facts, "http"));
        static const char *const sides[][2] = {{"in", "input"}, {"out", "output"}};
        for (size_t index = 0; index < 2; index++) {
            const char *shape = text_at(facts, sides[index][0]);
            if (shape && !json_object_get(shapes, shape)) {
                fail("no such shape", shape);
            }
            if (shape) {
                fprintf(out, ".%s = &shape_%s, ", sides[index][1], shape);
            }
        }
        write_field(out, "result_wrapper", text_at(facts, "wrapper"));
        write_field(out, "input_xml_name", text_at(facts, "in_xml"));
        write_field(out, "input_xml_namespace", text_at(facts, "in_namespace"));
        write_field(out, "output_xml_name", text_at(facts, "out_xml"));
        write_field(out, "payload_type", text_at(facts, "out_type"));
        write_flag(out, facts, "out_bare", "bare_output");
        fprintf(out, ".errors = errors_of_%s},\n", name);
    }
    fputs("};\n", out);
}

static void write_service(FILE *out, const char *service, const json_t *model) {
    const json_t *facts = json_object_get(model, "service");
    fprintf(out, "const struct service_model %s_model = {.name = \"%s\", ", service, service);
    write_field(out, "service_id", text_at(facts, "id"));
    write_field(out, "signing_name", text_at(facts, "signing"));
    write_field(out, "endpoint_prefix", text_at(facts, "host"));
    write_field(out, "api_version", text_at(facts, "version"));
    write_field(out, "target_prefix", text_at(facts, "target"));
    write_field(out, "json_version", text_at(facts, "json"));
    write_field(out, "xml_namespace", text_at(facts, "namespace"));
    const char *prefix = text_at(facts, "error_prefix");
    write_field(out, "error_prefix", prefix ? prefix : "");
    write_field(out, "path_member", text_at(facts, "path_member"));
    write_choice(out, "protocol", protocols, text_at(facts, "protocol"), service);
    write_flag(out, facts, "also_query", "also_query");
    write_flag(out, facts, "crc32", "body_crc32");
    write_flag(out, facts, "error_detail", "error_detail");
    write_flag(out, facts, "plain_errors", "plain_errors");
    fprintf(out, ".operations = operations, .operation_count = %zu, .errors = all_errors};\n",
            json_object_size(json_object_get(model, "operations")));
}

static FILE *open_output(const char *base, const char *extension, char *path, size_t size) {
    snprintf(path, size, "%s%s", base, extension);
    FILE *out = fopen(path, "w");
    if (!out) {
        fail("cannot be written", path);
    }
    return out;
}

static void write_model(const char *service, const char *base, const json_t *model) {
    char path[4096];
    FILE *header = open_output(base, ".h", path, sizeof path);
    FILE *out = open_output(base, ".c", path, sizeof path);
    static const char banner[] =
        "/* Generated from services/%s/model.json by model_compiler; do not edit. */\n";
    fprintf(header, banner, service);
    fprintf(header, "#ifndef STACKRIG_%s_MODEL_H\n#define STACKRIG_%s_MODEL_H\n\n", service, service);
    fprintf(header, "#include \"emulator/protocol/shape.h\"\n\n");
    fprintf(header, "extern const struct service_model %s_model;\n", service);
    fprintf(out, banner, service);
    fprintf(out, "#include \"services/%s/model.h\"\n\n", service);
    json_t *shapes = json_object_get(model, "shapes");
    const char *name;
    json_t *facts;
    json_object_foreach(shapes, name, facts) {
        fprintf(out, "static const struct shape shape_%s;\n", name);
    }
    json_object_foreach(shapes, name, facts) {
        write_shape(out, shapes, name, facts, json_object_get(model, "service"));
    }
    write_errors(out, header, service, model);
    write_operation_errors(out, service, model);
    write_operations(out, model);
    write_service(out, service, model);
    fprintf(header, "\n#endif\n");
    bool written = !ferror(out) && !ferror(header);
    if (fclose(out) != 0 || fclose(header) != 0 || !written) {
        fail("cannot be written", base);
    }
}

/* The folder's name: services/NAME/model.json. */
static void service_of_path(const char *path, char *service, size_t size) {
    const char *end = strrchr(path, '/');
    const char *start = end;
    while (start && start > path && start[-1] != '/') {
        start--;
    }
    if (!end || (size_t)(end - start) >= size) {
        fail("not services/NAME/model.json", path);
    }
    snprintf(service, size, "%.*s", (int)(end - start), start);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: model_compiler services/NAME/model.json OUTPUT_BASE\n");
        return 2;
    }
    model_path = argv[1];
    json_error_t error;
    json_t *model = json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
    if (!model) {
        fprintf(stderr, "model_compiler: %s:%d:%d: %s\n", argv[1], error.line, error.column, error.text);
        return 1;
    }
    char service[128];
    service_of_path(argv[1], service, sizeof service);
    write_model(service, argv[2], model);
    json_decref(model);
    return 0;
}
