/* One parameter or some by their names. Source: ssm-secrets.md A4, SSM API reference. */
#include "services/ssm/ssm.h"

enum lookup { LOOKUP_FOUND, LOOKUP_NO_PARAMETER, LOOKUP_NO_VERSION };

static bool exists(struct call *call, struct text path) {
    struct ssm_rows rows = ssm_store_newest(call->store, ssm_scope_of(call), path);
    bool found = ssm_rows_next(&rows);
    ssm_rows_end(&rows);
    return found;
}

/* Finds what a reference with its selector names. On LOOKUP_FOUND the caller ends the reading. */
static enum lookup look_up(struct call *call, const struct ssm_reference *reference, struct ssm_rows *rows) {
    struct ssm_scope scope = ssm_scope_of(call);
    int64_t version;
    if (!reference->selector.data) {
        *rows = ssm_store_newest(call->store, scope, reference->path);
        return ssm_rows_next(rows) || ssm_public_find(call, reference->path, &rows->row)
                   ? LOOKUP_FOUND
                   : LOOKUP_NO_PARAMETER;
    }
    if (text_to_int64(reference->selector, &version)) {
        *rows = ssm_store_version(call->store, scope, reference->path, version);
    } else {
        *rows = ssm_store_labelled(call->store, scope, reference->path, reference->selector);
    }
    if (ssm_rows_next(rows)) {
        return LOOKUP_FOUND;
    }
    return exists(call, reference->path) ? LOOKUP_NO_VERSION : LOOKUP_NO_PARAMETER;
}

static struct ssm_secrets *new_secrets(struct call *call, struct input input) {
    struct ssm_secrets *secrets = arena_alloc(call->arena, sizeof *secrets);
    *secrets = (struct ssm_secrets){.call = call, .input = input};
    return secrets;
}

static struct result answer_secret(struct call *call, struct input input, const struct ssm_secrets *secrets) {
    (void)input;
    const struct ssm_secret *secret = &secrets->list[0];
    if (!secret->found) {
        return ssm_secret_not_found(call, secret->reference.path);
    }
    output_begin_structure(call_output(call), "Parameter");
    ssm_write_secret(call, secret);
    output_end(call_output(call));
    return result_output();
}

static struct result get_secret(struct call *call, struct input input, struct ssm_reference reference) {
    if (!input_boolean(input, "WithDecryption", false)) {
        return ssm_secret_needs_decryption(call);
    }
    struct ssm_secrets *secrets = new_secrets(call, input);
    secrets->answer = answer_secret;
    secrets->list[secrets->count++].reference = reference;
    return ssm_ask_secrets(secrets);
}

struct result ssm_get_parameter(struct call *call, struct input input) {
    struct result refusal;
    struct ssm_reference reference;
    struct ssm_rows rows;
    bool with_decryption = input_boolean(input, "WithDecryption", false);
    if (!ssm_read_reference(call, input_text(input, "Name"), &reference, &refusal)) {
        return refusal;
    }
    if (ssm_is_secret(reference.path)) {
        return get_secret(call, input, reference);
    }
    switch (look_up(call, &reference, &rows)) {
    case LOOKUP_NO_PARAMETER:
        /* AWS sends no text here; other operations do. */
        return call_error(call, &ssm_error_ParameterNotFound, NULL);
    case LOOKUP_NO_VERSION:
        return ssm_version_not_found(call, reference.selector, reference.name);
    case LOOKUP_FOUND:
        break;
    }
    output_begin_structure(call_output(call), "Parameter");
    ssm_write_parameter(call, &rows.row, reference.selector, with_decryption);
    output_end(call_output(call));
    ssm_rows_end(&rows);
    return result_output();
}

static bool parse(struct call *call, struct text text, struct ssm_reference *reference) {
    return ssm_reference_parse(call->arena, text, call->identity.account, call->identity.region, reference) ==
           SSM_REFERENCE_GOOD;
}

/* Writes what the name means. False: nothing. *secret: the next answer of Secrets Manager. */
static bool write_named(struct call *call, struct text name, bool with_decryption,
                        const struct ssm_secret **secret) {
    struct ssm_reference reference;
    struct ssm_rows rows;
    if (!parse(call, name, &reference)) {
        return false;
    }
    const struct ssm_secret *asked = ssm_is_secret(reference.path) ? (*secret)++ : NULL;
    if (asked ? !asked->found : look_up(call, &reference, &rows) != LOOKUP_FOUND) {
        return false;
    }
    output_begin_structure(call_output(call), NULL);
    if (asked) {
        ssm_write_secret(call, asked);
    } else {
        ssm_write_parameter(call, &rows.row, reference.selector, with_decryption);
        ssm_rows_end(&rows);
    }
    output_end(call_output(call));
    return true;
}

static struct result answer_parameters(struct call *call, struct input input,
                                       const struct ssm_secrets *secrets) {
    struct output *out = call_output(call);
    struct input names = input_list(input, "Names");
    bool with_decryption = input_boolean(input, "WithDecryption", false);
    const struct ssm_secret *secret = secrets->list;
    struct text invalid[SSM_MAXIMUM_NAMES];
    size_t invalid_count = 0;
    output_begin_list(out, "Parameters");
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        if (!ssm_seen_before(names, name) &&
            !write_named(call, input_as_text(name), with_decryption, &secret)) {
            invalid[invalid_count++] = input_as_text(name);
        }
    }
    output_end(out);
    output_begin_list(out, "InvalidParameters");
    for (size_t i = 0; i < invalid_count; i++) {
        output_text(out, NULL, invalid[i]);
    }
    output_end(out);
    return result_output();
}

struct result ssm_get_parameters(struct call *call, struct input input) {
    struct input names = input_list(input, "Names");
    struct ssm_secrets *secrets = new_secrets(call, input);
    secrets->answer = answer_parameters;
    for (struct input name = input_first(names); name.value; name = input_next(name)) {
        struct ssm_reference reference;
        if (parse(call, input_as_text(name), &reference) && ssm_is_secret(reference.path) &&
            !ssm_seen_before(names, name)) {
            secrets->list[secrets->count++].reference = reference;
        }
    }
    if (secrets->count > 0 && !input_boolean(input, "WithDecryption", false)) {
        return ssm_secret_needs_decryption(call);
    }
    return ssm_ask_secrets(secrets);
}
