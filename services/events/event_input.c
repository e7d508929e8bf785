#include "services/events/event_input.h"

#include <ctype.h>

#include "emulator/base/clock.h"

/* ---- paths ---- */

/* One step of a path, cut off its front: a name or an index (name absent). False: not a path. */
static bool next_step(struct text *path, struct text *name, int64_t *index) {
    struct text rest = *path;
    size_t end = 1;
    if (rest.data[0] == '.') {
        while (end < rest.size && rest.data[end] != '.' && rest.data[end] != '[') {
            end++;
        }
        *name = text_slice(rest, 1, end - 1);
        *path = text_slice(rest, end, SIZE_MAX);
        return name->size > 0;
    }
    if (rest.data[0] != '[') {
        return false;
    }
    ptrdiff_t close = text_find_char(rest, ']');
    if (close < 0) {
        return false;
    }
    struct text inner = text_trim(text_slice(rest, 1, (size_t)close - 1));
    *path = text_slice(rest, (size_t)close + 1, SIZE_MAX);
    if (inner.size >= 2 && (inner.data[0] == '\'' || inner.data[0] == '"') &&
        inner.data[inner.size - 1] == inner.data[0]) {
        *name = text_slice(inner, 1, inner.size - 2);
        return true;
    }
    *name = TEXT_NONE;
    return text_to_int64(inner, index) && *index >= 0;
}

bool event_input_path_is_valid(struct text path) {
    struct text name;
    int64_t index;
    if (!text_starts_with(path, "$")) {
        return false;
    }
    path = text_slice(path, 1, SIZE_MAX);
    while (path.size > 0) {
        if (!next_step(&path, &name, &index)) {
            return false;
        }
    }
    return true;
}

static const struct json_value *member_of(const struct json_value *value, struct text name) {
    const struct json_value *found = NULL;
    for (const struct json_value *child = value->child; child; child = child->next) {
        if (text_same(child->key, name)) {
            found = child;
        }
    }
    return value->type == JSON_VALUE_OBJECT ? found : NULL;
}

/* NULL: there is nothing. */
static const struct json_value *follow(const struct json_value *value, struct text path) {
    struct text name;
    int64_t index = 0;
    if (!text_starts_with(path, "$")) {
        return NULL;
    }
    path = text_slice(path, 1, SIZE_MAX);
    while (value && path.size > 0) {
        if (!next_step(&path, &name, &index)) {
            return NULL;
        }
        if (name.data) {
            value = member_of(value, name);
            continue;
        }
        const struct json_value *element = value->type == JSON_VALUE_ARRAY ? value->child : NULL;
        while (element && index-- > 0) {
            element = element->next;
        }
        value = element;
    }
    return value;
}

/* ---- templates ---- */

static bool is_own(struct text name) {
    static const char *const names[] = {"aws.events.rule-arn", "aws.events.rule-name",
                                        "aws.events.event.ingestion-time", "aws.events.event",
                                        "aws.events.event.json"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equals(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* "<name>" at the front of the text: its name; absent when there is none. */
static struct text placeholder(struct text text) {
    size_t end = 1;
    if (text.size < 3 || text.data[0] != '<') {
        return TEXT_NONE;
    }
    while (end < text.size && (isalnum((unsigned char)text.data[end]) || strchr("-_.", text.data[end]))) {
        end++;
    }
    bool closed = end < text.size && text.data[end] == '>' && end > 1;
    return closed ? text_slice(text, 1, end - 1) : TEXT_NONE;
}

struct text event_input_unknown_placeholder(struct text template, const struct json_value *paths) {
    for (size_t i = 0; i < template.size; i++) {
        struct text name = placeholder(text_slice(template, i, SIZE_MAX));
        if (name.data && !is_own(name) && (!paths || !member_of(paths, name))) {
            return name;
        }
    }
    return TEXT_NONE;
}

/* Inside quotes: strings as they are, lists [A,B], objects {k:v}. */
static void append_bare(struct strbuf *out, const struct json_value *value) {
    if (value->type == JSON_VALUE_STRING) {
        struct strbuf quoted = STRBUF_INIT; /* quotes and line breaks in it stay escaped */
        json_write_string(&quoted, value->text);
        strbuf_append(out, quoted.data + 1, quoted.size - 2);
        strbuf_release(&quoted);
    } else if (value->type == JSON_VALUE_ARRAY || value->type == JSON_VALUE_OBJECT) {
        bool list = value->type == JSON_VALUE_ARRAY;
        strbuf_append_char(out, list ? '[' : '{');
        for (const struct json_value *child = value->child; child; child = child->next) {
            strbuf_append_string(out, child == value->child ? "" : ",");
            if (!list) {
                strbuf_append_text(out, child->key);
                strbuf_append_char(out, ':');
            }
            append_bare(out, child);
        }
        strbuf_append_char(out, list ? ']' : '}');
    } else {
        json_write(out, value);
    }
}

struct filling {
    const struct event_input_source *source;
    const struct json_value *paths;
    bool is_text;  /* the template is text, quoted or not, no object */
    bool unquoted; /* it is text without quotes: nothing in it is JSON */
    struct strbuf *out;
};

/* <aws.events.event> is the event without its detail, <aws.events.event.json> all of it. */
static void append_without_detail(struct strbuf *out, const struct json_value *event) {
    strbuf_append_char(out, '{');
    bool first = true;
    for (const struct json_value *member = event->child; member; member = member->next) {
        if (!text_equals(member->key, "detail")) {
            strbuf_append_string(out, first ? "" : ",");
            json_write_string(out, member->key);
            strbuf_append_char(out, ':');
            json_write(out, member);
            first = false;
        }
    }
    strbuf_append_char(out, '}');
}

static void append_own(const struct filling *filling, struct text name, bool quoted) {
    const struct event_input_source *source = filling->source;
    struct strbuf value = STRBUF_INIT;
    if (text_equals(name, "aws.events.event.json")) {
        strbuf_append_text(filling->out, source->event);
        return;
    }
    if (text_equals(name, "aws.events.event")) {
        append_without_detail(filling->out, source->value);
        return;
    }
    if (text_equals(name, "aws.events.event.ingestion-time")) {
        clock_format_iso_s(&value, source->now_ms);
    } else {
        strbuf_append_string(&value,
                             text_equals(name, "aws.events.rule-arn") ? source->rule_arn : source->rule_name);
    }
    if (quoted) {
        strbuf_append_text(filling->out, strbuf_text(&value));
    } else {
        json_write_string(filling->out, strbuf_text(&value));
    }
    strbuf_release(&value);
}

static void append_value(const struct filling *filling, struct text name, bool quoted) {
    if (is_own(name)) {
        append_own(filling, name, quoted);
        return;
    }
    const struct json_value *path = filling->paths ? member_of(filling->paths, name) : NULL;
    const struct json_value *value = path ? follow(filling->source->value, path->text) : NULL;
    if (!value) {
        strbuf_append_string(filling->out, quoted ? "" : "null");
    } else if (!quoted) {
        json_write(filling->out, value);
    } else if (!filling->is_text && value->child) {
        json_write(filling->out, value); /* its quotes break the JSON, as in AWS */
    } else {
        append_bare(filling->out, value);
    }
}

static struct text fill(struct arena *arena, struct text template, const struct json_value *paths,
                        const struct event_input_source *source) {
    struct strbuf out = STRBUF_INIT;
    bool quoted = false;
    struct text start = text_trim(template);
    struct filling filling = {.source = source,
                              .paths = paths,
                              .is_text = start.size == 0 || !strchr("{[", start.data[0]),
                              .unquoted = start.size == 0 || !strchr("{[\"", start.data[0]),
                              .out = &out};
    for (size_t i = 0; i < template.size; i++) {
        struct text name = placeholder(text_slice(template, i, SIZE_MAX));
        if (name.data) {
            append_value(&filling, name, quoted || filling.unquoted);
            i += name.size + 1;
            continue;
        }
        strbuf_append_char(&out, template.data[i]);
        if (quoted && template.data[i] == '\\' && i + 1 < template.size) {
            strbuf_append_char(&out, template.data[++i]);
        } else if (template.data[i] == '"') {
            quoted = !quoted;
        }
    }
    struct text result = arena_text(arena, strbuf_text(&out));
    strbuf_release(&out);
    return filling.is_text || json_parse(arena, result, NULL) ? result : TEXT_NONE;
}

/* ---- the choice ---- */

struct text event_input_make(struct arena *arena, const struct json_value *target,
                             const struct event_input_source *source) {
    struct text constant = json_find_text(target, "Input");
    struct text path = json_find_text(target, "InputPath");
    const struct json_value *transformer = json_find(target, "InputTransformer");
    if (constant.data) {
        return constant;
    }
    if (transformer) {
        return fill(arena, json_find_text(transformer, "InputTemplate"),
                    json_find(transformer, "InputPathsMap"), source);
    }
    if (!path.data) {
        return source->event;
    }
    const struct json_value *value = follow(source->value, path);
    struct strbuf out = STRBUF_INIT;
    if (value) {
        json_write(&out, value);
    } else {
        strbuf_append_string(&out, "null");
    }
    struct text result = arena_text(arena, strbuf_text(&out));
    strbuf_release(&out);
    return result;
}
