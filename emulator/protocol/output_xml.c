/* Members as XML elements: the query protocol and the bodies of rest-xml. */
#include "emulator/protocol/output_codec.h"

static bool is_flattened(const struct output_level *level) {
    return level->member && (level->member->flattened || (level->shape->flags & SHAPE_FLATTENED));
}

void output_xml_close_tag(struct output *output) {
    struct output_level *level = output_top(output);
    if (level->tag_open) {
        strbuf_append_char(output->body, '>');
        level->tag_open = false;
    }
}

static void append_namespace(struct strbuf *body, const char *uri, const char *prefix) {
    if (!uri) {
        return;
    }
    strbuf_append_string(body, " xmlns");
    if (prefix) {
        strbuf_append_char(body, ':');
        strbuf_append_string(body, prefix);
    }
    strbuf_append_string(body, "=\"");
    strbuf_append_xml(body, text_of(uri));
    strbuf_append_char(body, '"');
}

/* `<Name xmlns="..."` without the end of the tag. */
void output_xml_open(struct output *output, const char *name, const struct shape_member *member) {
    strbuf_append_char(output->body, '<');
    strbuf_append_string(output->body, name);
    if (member && member->xml_namespace) {
        append_namespace(output->body, member->xml_namespace, member->xml_prefix);
    } else if (member) {
        append_namespace(output->body, member->shape->xml_namespace, member->shape->xml_prefix);
    }
}

static void append_end_tag(struct strbuf *body, const char *name) {
    strbuf_append_string(body, "</");
    strbuf_append_string(body, name);
    strbuf_append_char(body, '>');
}

/* Name of one element of a list, or of one entry of a map. */
static const char *item_name(const struct output_level *level) {
    if (is_flattened(level)) {
        return level->member->wire_name;
    }
    return level->shape->type == SHAPE_MAP ? "entry" : level->shape->members[0].wire_name;
}

/* <entry><key>K</key> before a value of a map. */
static void begin_entry(struct output *output, const struct output_level *level, struct text key) {
    const struct shape_member *key_member = &level->shape->members[0];
    output_xml_open(output, item_name(level), is_flattened(level) ? level->member : NULL);
    strbuf_append_char(output->body, '>');
    output_xml_open(output, key_member->wire_name, key_member);
    strbuf_append_char(output->body, '>');
    strbuf_append_xml(output->body, key);
    append_end_tag(output->body, key_member->wire_name);
}

/* The element's own start tag, left open for attributes; in a list its name is the list's business. */
static const char *open_item(struct output *output, const struct output_level *level,
                             struct output_place place) {
    const char *name = level->shape->type == SHAPE_LIST ? item_name(level) : place.member->wire_name;
    if (level->shape->type == SHAPE_MAP) {
        begin_entry(output, level, place.key);
    }
    bool flat = level->shape->type == SHAPE_LIST && is_flattened(level) && level->member->xml_namespace;
    output_xml_open(output, name, flat ? level->member : place.member);
    return name;
}

static void append_scalar(struct output *output, const struct shape_member *member,
                          const struct scalar *value) {
    if (value->kind == SCALAR_TEXT || value->kind == SCALAR_JSON) {
        strbuf_append_xml(output->body, value->text);
    } else {
        scalar_append(output->body, member, TIMESTAMP_ISO8601, value);
    }
}

void output_xml_scalar(struct output *output, struct output_place place, const struct scalar *value) {
    struct output_level *level = output_top(output);
    if (place.member->xml_attribute && level->tag_open) {
        strbuf_append_char(output->body, ' ');
        strbuf_append_string(output->body, place.member->wire_name);
        strbuf_append_string(output->body, "=\"");
        append_scalar(output, place.member, value);
        strbuf_append_char(output->body, '"');
        return;
    }
    output_xml_close_tag(output);
    const char *name = open_item(output, level, place);
    strbuf_append_char(output->body, '>');
    append_scalar(output, place.member, value);
    append_end_tag(output->body, name);
    if (level->shape->type == SHAPE_MAP) {
        append_end_tag(output->body, item_name(level));
    }
}

void output_xml_begin(struct output *output, struct output_place place) {
    struct output_level *below = output_below(output);
    struct output_level *level = output_top(output);
    output->depth--;
    output_xml_close_tag(output);
    output->depth++;
    if (is_flattened(level) && level->shape->type != SHAPE_STRUCTURE) {
        return; /* only its elements show */
    }
    open_item(output, below, place);
    level->tag_open = true;
}

void output_xml_end(struct output *output) {
    struct output_level *below = output_below(output);
    struct output_level *level = output_top(output);
    if (is_flattened(level) && level->shape->type != SHAPE_STRUCTURE) {
        return;
    }
    const char *name = below->shape->type == SHAPE_LIST ? item_name(below) : level->member->wire_name;
    if (level->tag_open) {
        strbuf_append_string(output->body, "/>");
    } else {
        append_end_tag(output->body, name);
    }
    if (below->shape->type == SHAPE_MAP) {
        append_end_tag(output->body, item_name(below));
    }
}

const struct output_codec output_xml_codec = {
    .timestamps = TIMESTAMP_ISO8601,
    .scalar = output_xml_scalar,
    .begin = output_xml_begin,
    .end = output_xml_end,
};
