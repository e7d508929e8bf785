/* Labels of versions, tags of parameters. Source: ssm-secrets.md A4, SSM API reference. */
#include "services/ssm/ssm.h"

#define MAXIMUM_LABELS 10
#define MAXIMUM_TAGS 50

/* The parameter's id and the wanted version (0: the newest, which comes back in *version). */
static bool find_version(struct call *call, struct text name, int64_t *version, int64_t *id,
                         struct result *refusal) {
    struct ssm_reference reference;
    if (ssm_is_arn(name)) {
        *refusal = ssm_bad_path(call);
        return false;
    }
    if (!ssm_read_reference(call, name, &reference, refusal)) {
        return false;
    }
    struct ssm_rows rows = ssm_store_newest(call->store, ssm_scope_of(call), reference.path);
    if (!ssm_rows_next(&rows)) {
        *refusal = ssm_not_found(call, name);
        return false;
    }
    *id = rows.row.id;
    int64_t newest = rows.row.version;
    ssm_rows_end(&rows);
    if (*version == 0 || *version == newest) {
        *version = newest;
        return true;
    }
    rows = ssm_store_version(call->store, ssm_scope_of(call), reference.path, *version);
    if (!ssm_rows_next(&rows)) {
        *refusal = ssm_version_not_found(
            call, text_of(arena_printf(call->arena, "%lld", (long long)*version)), name);
        return false;
    }
    ssm_rows_end(&rows);
    return true;
}

struct result ssm_label_parameter_version(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct input labels = input_list(input, "Labels");
    int64_t version = input_integer(input, "ParameterVersion", 0);
    int64_t id;
    if (!find_version(call, input_text(input, "Name"), &version, &id, &refusal)) {
        return refusal;
    }
    output_begin_list(out, "InvalidLabels");
    for (struct input label = input_first(labels); label.value; label = input_next(label)) {
        if (ssm_label_is_valid(input_as_text(label))) {
            ssm_store_put_label(call->store, id, version, input_as_text(label));
        } else {
            output_text(out, NULL, input_as_text(label));
        }
    }
    output_end(out);
    if (ssm_store_label_count(call->store, id, version) > MAXIMUM_LABELS) {
        return call_error(
            call, &ssm_error_ParameterVersionLabelLimitExceeded,
            "A parameter version can have maximum %d labels.Move one or more labels to another version "
            "and try again.",
            MAXIMUM_LABELS);
    }
    output_integer(out, "ParameterVersion", version);
    return result_output();
}

struct result ssm_unlabel_parameter_version(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct input labels = input_list(input, "Labels");
    int64_t version = input_integer(input, "ParameterVersion", 0);
    int64_t id;
    struct text invalid[MAXIMUM_LABELS]; /* the declared maximum of Labels */
    size_t invalid_count = 0;
    if (!find_version(call, input_text(input, "Name"), &version, &id, &refusal)) {
        return refusal;
    }
    output_begin_list(out, "RemovedLabels");
    for (struct input label = input_first(labels); label.value; label = input_next(label)) {
        if (ssm_store_delete_label(call->store, id, version, input_as_text(label))) {
            output_text(out, NULL, input_as_text(label));
        } else {
            invalid[invalid_count++] = input_as_text(label);
        }
    }
    output_end(out);
    output_begin_list(out, "InvalidLabels");
    for (size_t i = 0; i < invalid_count; i++) {
        output_text(out, NULL, invalid[i]);
    }
    output_end(out);
    return result_output();
}

/* ---- Tags ---- */

/* Parameters are the only resources here that exist. */
static bool find_tagged(struct call *call, struct input input, int64_t *id, struct result *refusal) {
    struct ssm_reference reference;
    struct text name = input_text(input, "ResourceId");
    bool found = false;
    if (strcmp(input_string(input, "ResourceType"), "Parameter") == 0 &&
        ssm_reference_parse(call->arena, name, call->identity.account, call->identity.region, &reference) ==
            SSM_REFERENCE_GOOD) {
        struct ssm_rows rows = ssm_store_newest(call->store, ssm_scope_of(call), reference.path);
        if (ssm_rows_next(&rows)) {
            *id = rows.row.id;
            found = true;
            ssm_rows_end(&rows);
        }
    }
    if (!found) {
        *refusal = call_error(call, &ssm_error_InvalidResourceId, NULL);
    }
    return found;
}

struct result ssm_add_tags_to_resource(struct call *call, struct input input) {
    struct result refusal;
    int64_t id;
    if (!find_tagged(call, input, &id, &refusal)) {
        return refusal;
    }
    for (struct input tag = input_first(input_list(input, "Tags")); tag.value; tag = input_next(tag)) {
        ssm_store_put_tag(call->store, id, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    if (ssm_store_tag_count(call->store, id) > MAXIMUM_TAGS) {
        return call_error(call, &ssm_error_TooManyTagsError, NULL);
    }
    return result_output();
}

struct result ssm_remove_tags_from_resource(struct call *call, struct input input) {
    struct result refusal;
    int64_t id;
    if (!find_tagged(call, input, &id, &refusal)) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        ssm_store_delete_tag(call->store, id, input_as_text(key));
    }
    return result_output();
}

struct result ssm_list_tags_for_resource(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    int64_t id;
    if (!find_tagged(call, input, &id, &refusal)) {
        return refusal;
    }
    output_begin_list(out, "TagList");
    struct statement *tags = ssm_store_tags(call->store, id);
    while (statement_step(tags)) {
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(tags, 0));
        output_text(out, "Value", statement_text(tags, 1));
        output_end(out);
    }
    output_end(out);
    return result_output();
}
