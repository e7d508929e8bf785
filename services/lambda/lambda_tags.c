/* Tags of functions and event source mappings. */
#include "services/lambda/lambda.h"

#include "emulator/base/arn.h"

/* What carries the tags. */
struct tagged {
    struct lambda_owner owner;
    struct lambda_function function; /* name NULL: it is none */
    struct lambda_document mapping;  /* id NULL: it is none */
};

static bool find_tagged(struct call *call, struct input input, struct tagged *tagged, struct result *error) {
    const char *text = input_string(input, "Resource");
    struct arn arn;
    *tagged = (struct tagged){0};
    if (!arn_parse(text_of(text), &arn)) {
        *error = lambda_fail(call, &lambda_error_InvalidParameterValueException, "Invalid ARN %s", text);
        return false;
    }
    tagged->owner.account = arena_text_string(call->arena, arn.account);
    tagged->owner.region = arena_text_string(call->arena, arn.region);
    struct text rest = arn.resource;
    struct text kind = text_cut(&rest, ':');
    const char *name = arena_text_string(call->arena, text_cut(&rest, ':'));
    if (text_equals(kind, "function") && rest.data) {
        *error =
            lambda_fail(call, &lambda_error_InvalidParameterValueException,
                        "Tags on function aliases and versions are not supported. Please specify a function "
                        "ARN.");
        return false;
    }
    if (text_equals(kind, "function")) {
        if (lambda_store_function(call->store, tagged->owner, name, call->arena, &tagged->function)) {
            return true;
        }
        *error = lambda_fail(call, &lambda_error_ResourceNotFoundException, "Function not found: %s", text);
        return false;
    }
    if (text_equals(kind, "event-source-mapping") &&
        lambda_store_document(call->store, LAMBDA_DOCUMENT_MAPPING, name, call->arena, &tagged->mapping)) {
        return true;
    }
    const char *what = text_equals(kind, "event-source-mapping") ? "Event source mapping"
                       : text_equals(kind, "capacity-provider")  ? "Capacity provider"
                       : text_equals(kind, "layer")              ? "Layer"
                                                                 : "Code signing configuration";
    *error = lambda_fail(call, &lambda_error_ResourceNotFoundException, "%s not found: %s", what, text);
    return false;
}

static const char *tags_of(const struct tagged *tagged) {
    return tagged->mapping.id ? tagged->mapping.tags : tagged->function.tags;
}

static void put_tags(struct call *call, struct tagged *tagged, const char *tags) {
    if (tagged->mapping.id) {
        tagged->mapping.tags = tags;
        lambda_store_put_document(call->store, LAMBDA_DOCUMENT_MAPPING, &tagged->mapping);
    } else {
        tagged->function.tags = tags;
        lambda_store_put_function(call->store, tagged->owner, &tagged->function);
    }
}

static void append_tag(struct strbuf *buffer, struct text key, struct text value, size_t *count) {
    strbuf_append_char(buffer, (*count)++ ? ',' : '{');
    json_write_string(buffer, key);
    strbuf_append_char(buffer, ':');
    json_write_string(buffer, value);
}

static bool has_key(struct input map, struct text key) {
    for (struct input tag = input_first(map); tag.value; tag = input_next(tag)) {
        if (text_same(input_key(tag), key)) {
            return true;
        }
    }
    return false;
}

static bool names_key(struct input list, struct text key) {
    for (struct input name = input_first(list); name.value; name = input_next(name)) {
        if (text_same(input_as_text(name), key)) {
            return true;
        }
    }
    return false;
}

static const char *finish(struct call *call, struct strbuf *buffer, size_t count) {
    strbuf_append_string(buffer, count ? "}" : "{}");
    const char *text = arena_copy(call->arena, buffer->data, buffer->size);
    strbuf_release(buffer);
    return text;
}

struct result lambda_tag_resource(struct call *call, struct input input) {
    struct tagged tagged;
    struct result error;
    if (!find_tagged(call, input, &tagged, &error)) {
        return error;
    }
    struct input added = input_map(input, "Tags");
    if (input_count(added) == 0) {
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "An error occurred and the request cannot be processed.");
    }
    const struct json_value *present = json_parse(call->arena, text_of(tags_of(&tagged)), NULL);
    struct strbuf tags = STRBUF_INIT;
    size_t count = 0;
    for (const struct json_value *tag = present->child; tag; tag = tag->next) {
        if (!has_key(added, tag->key)) {
            append_tag(&tags, tag->key, tag->text, &count);
        }
    }
    for (struct input tag = input_first(added); tag.value; tag = input_next(tag)) {
        append_tag(&tags, input_key(tag), input_as_text(tag), &count);
    }
    const char *text = finish(call, &tags, count);
    if (!lambda_check_tag_count(call, count, &error)) {
        return error;
    }
    put_tags(call, &tagged, text);
    return result_output();
}

struct result lambda_untag_resource(struct call *call, struct input input) {
    struct tagged tagged;
    struct result error;
    if (!find_tagged(call, input, &tagged, &error)) {
        return error;
    }
    struct input removed = input_list(input, "TagKeys");
    const struct json_value *present = json_parse(call->arena, text_of(tags_of(&tagged)), NULL);
    struct strbuf tags = STRBUF_INIT;
    size_t count = 0;
    for (const struct json_value *tag = present->child; tag; tag = tag->next) {
        if (!names_key(removed, tag->key)) {
            append_tag(&tags, tag->key, tag->text, &count);
        }
    }
    put_tags(call, &tagged, finish(call, &tags, count));
    return result_output();
}

struct result lambda_list_tags(struct call *call, struct input input) {
    struct tagged tagged;
    struct result error;
    if (!find_tagged(call, input, &tagged, &error)) {
        return error;
    }
    output_value(call_output(call), "Tags", json_parse(call->arena, text_of(tags_of(&tagged)), NULL));
    return result_output();
}
