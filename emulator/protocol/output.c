#include "emulator/protocol/output.h"

#include <math.h>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "emulator/protocol/output_codec.h"

/* Most answers are no deeper. */
#define OUTPUT_FIRST_LEVELS 8

void output_init(struct output *output, const struct output_codec *codec, const struct codec_context *context,
                 struct http_reply *reply, const struct shape *shape) {
    output->codec = codec;
    output->body = &reply->body;
    output->reply = reply;
    output->arena = context->arena;
    output->is_error = false;
    output->context = context;
    output->header = NULL;
    output->events = NULL;
    output->depth = 1;
    output->capacity = OUTPUT_FIRST_LEVELS;
    output->levels = arena_alloc(context->arena, OUTPUT_FIRST_LEVELS * sizeof(*output->levels));
    output->levels[0] = (struct output_level){.shape = shape};
}

#ifdef STACKRIG_DEBUG
#define BUG(...) die(__VA_ARGS__)
#else
#define BUG(...) ((void)0)
#endif

/* The place of a value in the level on top. False: not declared, leave it out. */
static bool find_place(struct output *output, const char *name, unsigned types, struct output_place *place) {
    struct output_level *level = output_top(output);
    const struct shape *shape = level->shape;
    *place = (struct output_place){.key = TEXT_NONE};
    if (level->ignored) {
        return false;
    }
    if (!shape) {
        BUG("%s is written to an answer that has no members", name ? name : "an element");
        return false;
    }
    if (shape->type == SHAPE_LIST) {
        place->member = &shape->members[0];
    } else if (shape->type == SHAPE_MAP) {
        place->member = &shape->members[1];
        place->key = text_of(name);
    } else {
        place->member = shape_member(shape, text_of(name));
    }
    if (!place->member) {
        BUG("%s has no member %s", shape->name, name);
        return false;
    }
    if (!(place->member->shape->flags & SHAPE_DOCUMENT) && !(types & 1U << place->member->shape->type)) {
        BUG("member %s of %s has another type", place->member->name, shape->name);
    }
    return true;
}

static void write_scalar(struct output *output, const char *member, unsigned types,
                         const struct scalar *value) {
    struct output_place place;
    if (find_place(output, member, types, &place)) {
        output->codec->scalar(output, place, value);
    }
}

void output_text(struct output *output, const char *member, struct text value) {
    if (value.data) {
        write_scalar(output, member, 1U << SHAPE_STRING,
                     &(struct scalar){.kind = SCALAR_TEXT, .text = value});
    }
}

void output_string(struct output *output, const char *member, const char *value) {
    output_text(output, member, text_of(value));
}

void output_integer(struct output *output, const char *member, int64_t value) {
    write_scalar(output, member,
                 1U << SHAPE_INTEGER | 1U << SHAPE_LONG | 1U << SHAPE_FLOAT | 1U << SHAPE_DOUBLE,
                 &(struct scalar){.kind = SCALAR_INTEGER, .integer = value});
}

void output_double(struct output *output, const char *member, double value) {
    write_scalar(output, member, 1U << SHAPE_FLOAT | 1U << SHAPE_DOUBLE,
                 &(struct scalar){.kind = SCALAR_DOUBLE, .number = value});
}

void output_boolean(struct output *output, const char *member, bool value) {
    write_scalar(output, member, 1U << SHAPE_BOOLEAN,
                 &(struct scalar){.kind = SCALAR_BOOLEAN, .integer = value});
}

void output_timestamp(struct output *output, const char *member, int64_t time_ms) {
    write_scalar(output, member, 1U << SHAPE_TIMESTAMP,
                 &(struct scalar){.kind = SCALAR_TIMESTAMP, .integer = time_ms});
}

void output_blob(struct output *output, const char *member, struct text bytes) {
    if (bytes.data) {
        write_scalar(output, member, 1U << SHAPE_BLOB, &(struct scalar){.kind = SCALAR_BLOB, .text = bytes});
    }
}

#define ANY_TYPE (~0U)

void output_json(struct output *output, const char *member, struct text json) {
    if (!json.data) {
        return;
    }
    if (output->codec->json) {
        write_scalar(output, member, ANY_TYPE, &(struct scalar){.kind = SCALAR_JSON, .text = json});
        return;
    }
    struct json_value *value = json_parse(output->arena, json, NULL);
    if (value) {
        output_value(output, member, value);
    }
}

static void write_children(struct output *output, const struct json_value *value) {
    const struct shape *shape = output_top(output)->shape;
    for (const struct json_value *child = value->child; child; child = child->next) {
        if (shape && shape->type == SHAPE_STRUCTURE && !shape_member(shape, child->key)) {
            continue; /* clients may send what the model does not know */
        }
        char *name = shape && shape->type == SHAPE_LIST ? NULL : arena_text_string(output->arena, child->key);
        output_value(output, name, child);
    }
}

static void write_number(struct output *output, const char *member, const struct shape *shape,
                         const struct json_value *value) {
    int64_t integer;
    double number;
    if (shape->type == SHAPE_TIMESTAMP) {
        if (text_to_double(value->text, &number) && fabs(number) < 9e15) {
            output_timestamp(output, member, (int64_t)llround(number * 1000));
        }
    } else if (text_to_int64(value->text, &integer)) {
        output_integer(output, member, integer);
    } else if (text_to_double(value->text, &number)) {
        output_double(output, member, number);
    }
}

static void write_string(struct output *output, const char *member, const struct shape *shape,
                         const struct json_value *value) {
    int64_t time_ms;
    if (shape->type == SHAPE_BLOB) {
        struct strbuf buffer = STRBUF_INIT;
        crypto_append_unbase64(&buffer, value->text);
        output_blob(output, member, strbuf_text(&buffer));
        strbuf_release(&buffer);
    } else if (shape->type == SHAPE_TIMESTAMP) {
        if (clock_parse(value->text, &time_ms)) {
            output_timestamp(output, member, time_ms);
        }
    } else if (shape->type == SHAPE_FLOAT || shape->type == SHAPE_DOUBLE) {
        output_double(output, member,
                      text_equals(value->text, "NaN")        ? NAN
                      : text_equals(value->text, "Infinity") ? INFINITY
                                                             : -INFINITY);
    } else {
        output_text(output, member, value->text);
    }
}

void output_value(struct output *output, const char *member, const struct json_value *value) {
    struct output_place place;
    if (!value || value->type == JSON_VALUE_NULL || !find_place(output, member, ANY_TYPE, &place)) {
        return;
    }
    const struct shape *shape = place.member->shape;
    if (value->raw.data && output->codec->json && (shape->flags & SHAPE_DOCUMENT || output->depth > 1)) {
        write_scalar(output, member, ANY_TYPE, &(struct scalar){.kind = SCALAR_JSON, .text = value->raw});
        return;
    }
    if (value->type == JSON_VALUE_OBJECT || value->type == JSON_VALUE_ARRAY) {
        if (output->depth >= OUTPUT_MAXIMUM_DEPTH - 1) {
            return; /* deeper than any shape of AWS's: a client's own recursion */
        }
        if (value->type == JSON_VALUE_ARRAY) {
            output_begin_list(output, member);
        } else if (shape->type == SHAPE_MAP) {
            output_begin_map(output, member);
        } else {
            output_begin_structure(output, member);
        }
        write_children(output, value);
        output_end(output);
    } else if (value->type == JSON_VALUE_NUMBER) {
        write_number(output, member, shape, value);
    } else if (value->type == JSON_VALUE_STRING) {
        write_string(output, member, shape, value);
    } else if (value->type == JSON_VALUE_BYTES) {
        output_blob(output, member, value->text);
    } else {
        output_boolean(output, member, value->type == JSON_VALUE_TRUE);
    }
}

static void begin_level(struct output *output, const char *member, enum shape_type type) {
    struct output_place place;
    bool found = find_place(output, member, 1U << type, &place);
    if (output->depth == OUTPUT_MAXIMUM_DEPTH) {
        die("an answer is nested deeper than %d levels", OUTPUT_MAXIMUM_DEPTH);
    }
    if (output->depth == output->capacity) {
        struct output_level *levels = arena_alloc(output->arena, OUTPUT_MAXIMUM_DEPTH * sizeof(*levels));
        memcpy(levels, output->levels, (size_t)output->capacity * sizeof(*levels));
        output->levels = levels;
        output->capacity = OUTPUT_MAXIMUM_DEPTH;
    }
    struct output_level *level = &output->levels[output->depth++];
    *level = (struct output_level){.ignored = !found};
    if (found) {
        level->shape = place.member->shape;
        level->member = place.member;
        if (place.member->shape->flags & SHAPE_EVENT_STREAM && output->codec != &output_internal_codec) {
            event_stream_begin(output);
            return;
        }
        output->codec->begin(output, place);
    }
}

void output_begin_structure(struct output *output, const char *member) {
    begin_level(output, member, SHAPE_STRUCTURE);
}

void output_begin_list(struct output *output, const char *member) {
    begin_level(output, member, SHAPE_LIST);
}

void output_begin_map(struct output *output, const char *member) {
    begin_level(output, member, SHAPE_MAP);
}

void output_end(struct output *output) {
    if (output->depth <= 1) {
        die("output_end() closes what was never opened");
    }
    if (!output_top(output)->ignored) {
        output->codec->end(output);
    }
    output->depth--;
}
