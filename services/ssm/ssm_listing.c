/* Several parameters or versions at once, in pages. Source: ssm-secrets.md A4, SSM API reference. */
#include "emulator/base/crypto.h"
#include "services/ssm/ssm_filters.h"

#include <jansson.h>

#define BY_PATH_PAGE 10
#define LIST_PAGE 50

/* A token is the last path or version of the page before, in base64: it survives changes between pages. */
static const char *make_token(struct call *call, struct text last) {
    struct strbuf token = STRBUF_INIT;
    crypto_append_base64(&token, last);
    const char *copy = arena_strdup(call->arena, token.data);
    strbuf_release(&token);
    return copy;
}

/* False: the token is none of ours. *last is absent on the first page. */
static bool read_token(struct call *call, struct input input, struct text *last, struct result *refusal) {
    struct text token = input_text(input, "NextToken");
    *last = TEXT_NONE;
    if (token.size == 0) {
        return true;
    }
    struct strbuf bytes = STRBUF_INIT;
    bool good = crypto_append_unbase64(&bytes, token);
    *last = arena_text(call->arena, strbuf_text(&bytes));
    strbuf_release(&bytes);
    if (!good || last->size == 0) {
        *refusal = call_error(call, &ssm_error_InvalidNextToken, "The specified token isn't valid.");
        return false;
    }
    return true;
}

struct result ssm_get_parameters_by_path(struct call *call, struct input input) {
    struct result refusal;
    struct text path = input_text(input, "Path");
    struct input filters = input_list(input, "ParameterFilters");
    struct text last;
    if (!ssm_path_check(call, path, &refusal) ||
        !ssm_filters_check(call, filters, SSM_FILTER_BY_PATH, &refusal) ||
        !read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct text prefix = ssm_path_prefix(call->arena, path);
    bool recursive = input_boolean(input, "Recursive", false);
    bool with_decryption = input_boolean(input, "WithDecryption", false);
    int64_t room = input_integer(input, "MaxResults", BY_PATH_PAGE);
    size_t public_index = 0;
    struct text after = last;
    const char *token = NULL;
    struct ssm_rows rows = ssm_store_below(call->store, ssm_scope_of(call), prefix, last, call->arena);
    output_begin_list(out, "Parameters");
    while (ssm_rows_next(&rows) || ssm_public_next(call, prefix, &public_index, &rows.row)) {
        if (after.data && text_compare(rows.row.path, after) <= 0) {
            continue;
        }
        if ((!recursive && !ssm_path_is_direct_child(rows.row.path, prefix)) ||
            !ssm_filters_match(call, filters, &rows.row)) {
            continue;
        }
        if (room-- == 0) {
            token = make_token(call, last);
            ssm_rows_end(&rows);
            break;
        }
        output_begin_structure(out, NULL);
        ssm_write_parameter(call, &rows.row, TEXT_NONE, with_decryption);
        output_end(out);
        last = arena_text(call->arena, rows.row.path);
    }
    output_end(out);
    output_string(out, "NextToken", token);
    return result_output();
}

/* Policies are given as one JSON text and shown as a list of texts. */
static void write_policies(struct output *out, struct text policies) {
    json_t *list = policies.data ? json_loadb(policies.data, policies.size, 0, NULL) : NULL;
    output_begin_list(out, "Policies");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *policy = json_array_get(list, i);
        char *text = json_dumps(policy, JSON_COMPACT);
        output_begin_structure(out, NULL);
        output_string(out, "PolicyText", text);
        output_string(out, "PolicyType", json_string_value(json_object_get(policy, "Type")));
        output_string(out, "PolicyStatus", "Pending");
        output_end(out);
        free(text);
    }
    output_end(out);
    json_decref(list);
}

/* What ParameterMetadata and ParameterHistory have in common. */
static void write_metadata(struct output *out, const struct ssm_parameter *parameter) {
    output_text(out, "Name", parameter->name);
    output_text(out, "Type", parameter->type);
    output_text(out, "KeyId", parameter->key_id);
    output_timestamp(out, "LastModifiedDate", parameter->modified_ms);
    output_text(out, "LastModifiedUser", parameter->modified_user);
    output_text(out, "Description", parameter->description);
    output_text(out, "AllowedPattern", parameter->allowed_pattern);
    output_integer(out, "Version", parameter->version);
    output_text(out, "Tier", parameter->tier);
    write_policies(out, parameter->policies);
    output_text(out, "DataType", parameter->data_type);
}

static void write_history_entry(struct call *call, const struct ssm_parameter *parameter,
                                bool with_decryption) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    write_metadata(out, parameter);
    output_text(out, "Value", ssm_visible_value(parameter, with_decryption));
    output_begin_list(out, "Labels");
    struct statement *labels = ssm_store_labels(call->store, parameter->id, parameter->version);
    while (statement_step(labels)) {
        output_text(out, NULL, statement_text(labels, 0));
    }
    output_end(out);
    output_end(out);
}

struct result ssm_get_parameter_history(struct call *call, struct input input) {
    struct result refusal;
    struct ssm_reference reference;
    struct text last;
    struct text name = input_text(input, "Name");
    if (!ssm_read_reference(call, name, &reference, &refusal) || !read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    bool with_decryption = input_boolean(input, "WithDecryption", false);
    int64_t page = input_integer(input, "MaxResults", LIST_PAGE);
    int64_t room = page;
    int64_t last_version = 0;
    const char *token = NULL;
    text_to_int64(last, &last_version);
    struct ssm_rows rows = ssm_store_history(call->store, ssm_scope_of(call), reference.path, last_version);
    output_begin_list(out, "Parameters");
    while (ssm_rows_next(&rows)) {
        if (room-- == 0) {
            token = make_token(call, text_of(arena_printf(call->arena, "%lld", (long long)last_version)));
            ssm_rows_end(&rows);
            break;
        }
        write_history_entry(call, &rows.row, with_decryption);
        last_version = rows.row.version;
    }
    output_end(out);
    if (room == page && !last.data) {
        return ssm_not_found(call, name);
    }
    output_string(out, "NextToken", token);
    return result_output();
}

struct result ssm_describe_parameters(struct call *call, struct input input) {
    struct result refusal;
    struct text last;
    struct input filters = input_list(input, "ParameterFilters");
    struct input old_filters = input_list(input, "Filters");
    if (input_count(filters) > 0 && input_count(old_filters) > 0) {
        return call_error(call, &error_validation_exception,
                          "You can use either Filters or ParameterFilters in a single request.");
    }
    if (!ssm_filters_check(call, filters, SSM_FILTER_DESCRIBE, &refusal) ||
        !read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "MaxResults", LIST_PAGE);
    bool shared = input_boolean(input, "Shared", false);
    const char *token = NULL;
    struct ssm_rows rows = ssm_store_below(call->store, ssm_scope_of(call), TEXT("/"), last, call->arena);
    output_begin_list(out, "Parameters");
    while (ssm_rows_next(&rows)) {
        if (shared || !ssm_filters_match(call, filters, &rows.row) ||
            !ssm_old_filters_match(old_filters, &rows.row)) {
            continue;
        }
        if (room-- == 0) {
            token = make_token(call, last);
            ssm_rows_end(&rows);
            break;
        }
        output_begin_structure(out, NULL);
        output_text(out, "ARN", ssm_parameter_arn(call, rows.row.path));
        write_metadata(out, &rows.row);
        output_end(out);
        last = arena_text(call->arena, rows.row.path);
    }
    output_end(out);
    output_string(out, "NextToken", token);
    return result_output();
}
