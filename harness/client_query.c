/* The query protocol as a client speaks it: a form out, XML in. */
#include <string.h>

#include "emulator/protocol/xml_reader.h"
#include "harness/client_codec.h"

/* ---- the form ---- */

struct form {
    struct arena *arena;
    struct strbuf *body;
};

static void write_value(struct form *form, const struct shape *shape, bool flattened, const char *name,
                        const json_t *value);

static void write_pair(struct form *form, const char *name, const char *value) {
    if (form->body->size > 0) {
        strbuf_append_char(form->body, '&');
    }
    strbuf_append_percent(form->body, text_of(name), NULL);
    strbuf_append_char(form->body, '=');
    strbuf_append_percent(form->body, text_of(value), NULL);
}

/* "Tags" and "member" become "Tags.member"; an empty part adds nothing. */
static const char *join(struct arena *arena, const char *name, const char *part) {
    return !*name ? part : !*part ? name : arena_printf(arena, "%s.%s", name, part);
}

static void write_structure(struct form *form, const struct shape *shape, const char *name,
                            const json_t *value) {
    for (unsigned i = 0; i < shape->member_count; i++) {
        const struct shape_member *member = &shape->members[i];
        const json_t *part = json_object_get(value, member->name);
        bool flattened = member->flattened || member->shape->flags & SHAPE_FLATTENED;
        if (part && !json_is_null(part)) {
            write_value(form, member->shape, flattened, join(form->arena, name, member->wire_name), part);
        }
    }
}

static void write_list(struct form *form, const struct shape *shape, bool flattened, const char *name,
                       const json_t *value) {
    const char *prefix = flattened ? name : join(form->arena, name, shape->members[0].wire_name);
    for (size_t i = 0; i < json_array_size(value); i++) {
        write_value(form, shape->members[0].shape, false, arena_printf(form->arena, "%s.%zu", prefix, i + 1),
                    json_array_get(value, i));
    }
    if (json_array_size(value) == 0) {
        write_pair(form, name, "");
    }
}

static void write_map(struct form *form, const struct shape *shape, bool flattened, const char *name,
                      const json_t *value) {
    const char *prefix = flattened ? name : join(form->arena, name, "entry");
    size_t number = 0;
    const char *key;
    json_t *part;
    json_object_foreach((json_t *)value, key, part) {
        const char *entry = arena_printf(form->arena, "%s.%zu", prefix, ++number);
        write_pair(form, join(form->arena, entry, shape->members[0].wire_name), key);
        write_value(form, shape->members[1].shape, false,
                    join(form->arena, entry, shape->members[1].wire_name), part);
    }
}

static void write_value(struct form *form, const struct shape *shape, bool flattened, const char *name,
                        const json_t *value) {
    if (shape->type == SHAPE_STRUCTURE) {
        write_structure(form, shape, name, value);
    } else if (shape->type == SHAPE_LIST) {
        write_list(form, shape, flattened, name, value);
    } else if (shape->type == SHAPE_MAP) {
        write_map(form, shape, flattened, name, value);
    } else {
        const char *text = client_scalar_text(form->arena, shape, value);
        write_pair(form, name, text ? text : "");
    }
}

static void query_encode(struct client_request *request, const json_t *input) {
    struct strbuf body = STRBUF_INIT;
    struct form form = {request->arena, &body};
    write_pair(&form, "Action", request->operation->name);
    write_pair(&form, "Version", request->model->api_version);
    if (request->operation->input) {
        write_structure(&form, request->operation->input, "", input);
    }
    request->method = TEXT("POST");
    request->target = TEXT("/");
    request->body = arena_text(request->arena, strbuf_text(&body));
    strbuf_release(&body);
    client_add_header(request, "content-type", "application/x-www-form-urlencoded; charset=utf-8");
}

/* ---- the document ---- */

static json_t *read_element(const struct shape *shape, bool flattened, const struct xml_element *element);

static const struct xml_element *find_child(const struct xml_element *element, const char *name) {
    const struct xml_element *child = element ? element->child : NULL;
    while (child && !text_equals(xml_local_name(child), name)) {
        child = child->next;
    }
    return child;
}

static json_t *read_structure(const struct shape *shape, const struct xml_element *element) {
    json_t *value = json_object();
    for (unsigned i = 0; i < shape->member_count; i++) {
        const struct shape_member *member = &shape->members[i];
        bool flattened = member->flattened || member->shape->flags & SHAPE_FLATTENED;
        const struct xml_element *child = find_child(element, member->wire_name);
        if (child) {
            json_object_set_new(value, member->name, read_element(member->shape, flattened, child));
        }
    }
    return value;
}

/* Flattened: the element and its siblings of the same name are the items. */
static json_t *read_list(const struct shape *shape, bool flattened, const struct xml_element *element) {
    json_t *value = json_array();
    const struct xml_element *item = flattened ? element : element->child;
    for (; item; item = item->next) {
        if (!flattened || text_same(item->name, element->name)) {
            json_array_append_new(value, read_element(shape->members[0].shape, false, item));
        }
    }
    return value;
}

static json_t *read_map(const struct shape *shape, bool flattened, const struct xml_element *element) {
    json_t *value = json_object();
    const struct xml_element *entry = flattened ? element : element->child;
    for (; entry; entry = entry->next) {
        const struct xml_element *key = find_child(entry, shape->members[0].wire_name);
        const struct xml_element *part = find_child(entry, shape->members[1].wire_name);
        if (key && part && (!flattened || text_same(entry->name, element->name))) {
            json_object_setn_new(value, key->text.data, key->text.size,
                                 read_element(shape->members[1].shape, false, part));
        }
    }
    return value;
}

static json_t *read_element(const struct shape *shape, bool flattened, const struct xml_element *element) {
    if (shape->type == SHAPE_STRUCTURE) {
        return read_structure(shape, element);
    }
    if (shape->type == SHAPE_LIST) {
        return read_list(shape, flattened, element);
    }
    if (shape->type == SHAPE_MAP) {
        return read_map(shape, flattened, element);
    }
    return client_scalar_value(shape, element->text);
}

static void read_error(const struct client_request *request, const struct xml_element *root,
                       struct client_answer *answer) {
    const struct xml_element *error = find_child(root, "Error");
    const struct xml_element *code = find_child(error, "Code");
    const struct xml_element *message = find_child(error, "Message");
    answer->error_code = code ? arena_text_string(request->arena, code->text) : "Unknown";
    answer->error_message = message ? arena_text_string(request->arena, message->text) : "";
}

static void query_decode(const struct client_request *request, const struct http_reply *reply,
                         struct client_answer *answer) {
    struct text body = strbuf_text(&reply->body);
    const struct xml_element *root = xml_parse(request->arena, body.data ? body : TEXT(""), NULL);
    const struct operation_model *operation = request->operation;
    if (reply->status >= 300) {
        read_error(request, root, answer);
        return;
    }
    const struct xml_element *result =
        operation->result_wrapper ? find_child(root, operation->result_wrapper) : root;
    answer->output = operation->output && result ? read_structure(operation->output, result) : json_object();
}

const struct client_codec client_query = {query_encode, query_decode};
