/*
 * JSON out of the query protocol, as SQS writes it for clients that accept nothing else. What XML writes as a
 * flattened map is a list of names and values here as well:
 * {"Attributes":[{"Name":"QueueArn","Value":"arn:..."}]} (LocalStack's test
 * test_get_queue_attributes_json_format, validated against AWS). Lists that only repeat one thing begin with
 * a small letter: "messages", "queueUrls" (programs that read them so).
 */
#include "emulator/protocol/output_codec.h"

static bool is_list_of_pairs(const struct output_level *level) {
    return level->shape->type == SHAPE_MAP && level->member &&
           (level->member->flattened || (level->shape->flags & SHAPE_FLATTENED));
}

/* "Messages", of which each is a "Message". */
static bool repeats_one_thing(const struct shape_member *member) {
    return member->shape->type == SHAPE_LIST && member->name_size == member->wire_size + 1 &&
           member->name[member->name_size - 1] == 's' && member->name[0] >= 'A' && member->name[0] <= 'Z' &&
           memcmp(member->name, member->wire_name, member->wire_size) == 0;
}

/* {"Name":K,"Value": */
static void begin_pair(struct output *output, struct output_level *level, struct text key) {
    struct strbuf *body = output->body;
    strbuf_append_string(body, level->has_items ? ",{\"" : "{\"");
    level->has_items = true;
    strbuf_append_string(body, level->shape->members[0].wire_name);
    strbuf_append_string(body, "\":");
    json_write_string(body, key);
    strbuf_append_string(body, ",\"");
    strbuf_append_string(body, level->shape->members[1].wire_name);
    strbuf_append_string(body, "\":");
}

static void query_json_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    struct output_level *level = output_top(output);
    if (!is_list_of_pairs(level)) {
        json_scalar_place(output, place, value, false);
        return;
    }
    begin_pair(output, level, place.key);
    json_write_scalar(output->body, place.member, TIMESTAMP_UNIX, value);
    strbuf_append_char(output->body, '}');
}

static void query_json_begin(struct output *output, struct output_place place) {
    struct output_level *level = output_top(output);
    struct output_level *below = output_below(output);
    if (is_list_of_pairs(below)) {
        begin_pair(output, below, place.key);
        strbuf_append_char(output->body, level->shape->type == SHAPE_LIST ? '[' : '{');
        return;
    }
    json_begin_place(output, place, false);
    struct strbuf *body = output->body;
    if (body->overflow) {
        return;
    }
    if (is_list_of_pairs(level)) {
        body->data[body->size - 1] = '[';
    } else if (below->shape->type == SHAPE_STRUCTURE && repeats_one_thing(place.member)) {
        char *name = body->data + body->size - strlen("\":[") - place.member->name_size;
        *name = (char)(*name - 'A' + 'a');
    }
}

static void query_json_end(struct output *output) {
    struct output_level *level = output_top(output);
    bool is_list = level->shape->type == SHAPE_LIST || is_list_of_pairs(level);
    strbuf_append_char(output->body, is_list ? ']' : '}');
    if (output->depth > 1 && is_list_of_pairs(output_below(output))) {
        strbuf_append_char(output->body, '}');
    }
}

const struct output_codec output_query_json_codec = {
    .json = true,
    .timestamps = TIMESTAMP_UNIX,
    .scalar = query_json_scalar,
    .begin = query_json_begin,
    .end = query_json_end,
};
