/* Descriptions, lists, batches. Source: ssm-secrets.md B3 and B5, Secrets Manager API reference. */
#include <ctype.h>
#include <inttypes.h>

#include "services/secretsmanager/secrets.h"

/* Members that DescribeSecret and an entry of ListSecrets have in common; `stages` is how they call the map.
 */
static void write_description(struct call *call, const struct secret *secret, const char *stages) {
    struct output *out = call_output(call);
    secrets_write_names(call, secret);
    if (secret->description && *secret->description) {
        output_string(out, "Description", secret->description);
    }
    output_string(out, "KmsKeyId", secret->kms_key_id);
    output_timestamp(out, "CreatedDate", secret->created_ms);
    output_timestamp(out, "LastChangedDate", secret->changed_ms);
    if (secret->accessed_ms) {
        output_timestamp(out, "LastAccessedDate", secret->accessed_ms);
    }
    if (secret->deleted_ms) {
        output_timestamp(out, "DeletedDate", secret->deleted_ms);
    }
    struct statement *row = secrets_statement(call->store, SECRETS_SQL_TAGS, "i", secret->id);
    bool any = false;
    while (statement_step(row)) {
        if (!any) {
            output_begin_list(out, "Tags");
        }
        any = true;
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(row, 0));
        output_text(out, "Value", statement_text(row, 1));
        output_end(out);
    }
    if (any) {
        output_end(out);
    }
    const char *version_id = NULL;
    row = secrets_statement(call->store, SECRETS_SQL_STAGED_VERSIONS, "i", secret->id);
    while (statement_step(row)) {
        if (!version_id) {
            output_begin_map(out, stages);
        }
        if (!version_id || !text_equals(statement_text(row, 0), version_id)) {
            if (version_id) {
                output_end(out);
            }
            version_id = statement_string(row, 0, call->arena);
            output_begin_list(out, version_id);
        }
        output_text(out, NULL, statement_text(row, 1));
    }
    if (version_id) {
        output_end(out);
        output_end(out);
    }
}

struct result secrets_describe_secret(struct call *call, struct input input) {
    struct secret secret;
    struct result refusal;
    if (!secrets_find(call, input_text(input, "SecretId"), &secret, &refusal)) {
        return refusal;
    }
    write_description(call, &secret, "VersionIdsToStages");
    return result_output();
}

/* ---- filters ---- */

/* Case matters only for names. */
static bool starts_with(struct text text, struct text prefix, bool case_matters) {
    if (text.size < prefix.size) {
        return false;
    }
    for (size_t i = 0; i < prefix.size; i++) {
        int a = (unsigned char)text.data[i];
        int b = (unsigned char)prefix.data[i];
        if (case_matters ? a != b : tolower(a) != tolower(b)) {
            return false;
        }
    }
    return true;
}

/* Each word of the value begins a word of the text. */
static bool words_match(struct text text, struct text value) {
    struct text words = value;
    while (words.data) {
        struct text word = text_cut(&words, ' ');
        struct text rest = text;
        bool found = word.size == 0;
        while (rest.data && !found) {
            found = starts_with(text_cut(&rest, ' '), word, false);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* column 0: the key of a tag, 1: its value. */
static bool tags_match(struct call *call, const struct secret *secret, int column, struct text value) {
    struct statement *row = secrets_statement(call->store, SECRETS_SQL_TAGS, "i", secret->id);
    while (statement_step(row)) {
        if (starts_with(statement_text(row, column), value, true)) {
            statement_reset(row);
            return true;
        }
    }
    return false;
}

static bool value_matches(struct call *call, const struct secret *secret, const char *key,
                          struct text value) {
    bool all = strcmp(key, "all") == 0;
    struct text description = text_of(secret->description ? secret->description : "");
    return ((all || strcmp(key, "name") == 0) && starts_with(text_of(secret->name), value, !all)) ||
           ((all || strcmp(key, "description") == 0) && words_match(description, value)) ||
           ((all || strcmp(key, "tag-key") == 0) && tags_match(call, secret, 0, value)) ||
           ((all || strcmp(key, "tag-value") == 0) && tags_match(call, secret, 1, value)) ||
           (strcmp(key, "primary-region") == 0 && text_equals(value, call->identity.region));
}

/* Filters are joined by AND, the values of one by OR. */
static bool filters_match(struct call *call, const struct secret *secret, struct input filters) {
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        struct input values = input_list(filter, "Values");
        const char *key = input_string(filter, "Key");
        bool found = false;
        for (struct input value = input_first(values); value.value && !found; value = input_next(value)) {
            struct text text = input_as_text(value);
            bool negated = text_starts_with(text, "!");
            found = value_matches(call, secret, key, text_slice(text, negated, text.size)) != negated;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool check_filters(struct call *call, struct input filters, struct result *refusal) {
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        const char *key = input_string(filter, "Key");
        if (!key) {
            *refusal =
                call_error(call, &secretsmanager_error_InvalidParameterException, "Invalid filter key");
            return false;
        }
        if (input_count(input_list(filter, "Values")) == 0) {
            *refusal = call_error(call, &secretsmanager_error_InvalidParameterException,
                                  "Invalid filter values for key: %s", key);
            return false;
        }
    }
    return true;
}

/* ---- ListSecrets, BatchGetSecretValue ---- */

static bool read_token(struct call *call, struct input input, int64_t *skip, struct result *refusal) {
    struct text token = input_text(input, "NextToken");
    *skip = 0;
    if (token.size > 0 && (!text_to_int64(token, skip) || *skip < 0)) {
        *refusal = call_error(call, &secretsmanager_error_InvalidNextTokenException, "Invalid NextToken.");
        return false;
    }
    return true;
}

static struct statement *begin_list(struct call *call, bool ascending) {
    secrets_delete_overdue(call);
    return secrets_statement(call->store, SECRETS_SQL_LIST, "ssi", call->identity.account,
                             call->identity.region, (int64_t)ascending);
}

struct result secrets_list_secrets(struct call *call, struct input input) {
    const char *order = input_string(input, "SortOrder");
    int64_t limit = input_integer(input, "MaxResults", 100);
    int64_t skip;
    int64_t seen = 0;
    const char *next = NULL;
    struct secret secret;
    struct result refusal;
    if (!read_token(call, input, &skip, &refusal) ||
        !check_filters(call, input_list(input, "Filters"), &refusal)) {
        return refusal;
    }
    if (input_has(input, "SortBy") && strcmp(input_string(input, "SortBy"), "created-date") != 0) {
        return call_error(call, &error_not_implemented, "ListSecrets with SortBy %s is not emulated",
                          input_string(input, "SortBy"));
    }
    bool planned = input_boolean(input, "IncludePlannedDeletion", false);
    struct statement *rows = begin_list(call, order && strcmp(order, "asc") == 0);
    output_begin_list(call_output(call), "SecretList");
    while (statement_step(rows)) {
        secrets_read(rows, call->arena, &secret);
        if ((secret.deleted_ms && !planned) || !filters_match(call, &secret, input_list(input, "Filters")) ||
            seen++ < skip) {
            continue;
        }
        if (seen > skip + limit) {
            next = arena_printf(call->arena, "%" PRId64, skip + limit);
            statement_reset(rows);
            break;
        }
        output_begin_structure(call_output(call), NULL);
        write_description(call, &secret, "SecretVersionsToStages");
        output_end(call_output(call));
    }
    output_end(call_output(call));
    output_string(call_output(call), "NextToken", next);
    return result_output();
}

/* Why this one has no value; NULL: it has. */
static const char *problem_of(struct call *call, struct text id, struct secret *secret, const char **code) {
    *code = "ResourceNotFoundException";
    if (!secrets_find_quietly(call, id, secret)) {
        return "Secrets Manager can't find the specified secret.";
    }
    if (secret->deleted_ms) {
        *code = "InvalidRequestException";
        return "You can't perform this operation on the secret because it was marked for deletion.";
    }
    if (!secrets_version_of(call, secret->id, "AWSCURRENT")) {
        return "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    }
    return NULL;
}

static void write_batch_value(struct call *call, const struct secret *secret) {
    struct result impossible;
    output_begin_structure(call_output(call), NULL);
    (void)secrets_write_value(call, secret, NULL, NULL, &impossible); /* it has one: problem_of() */
    output_end(call_output(call));
}

static void batch_by_ids(struct call *call, struct input ids) {
    struct output *out = call_output(call);
    struct secret secret;
    const char *code;
    output_begin_list(out, "SecretValues");
    for (struct input id = input_first(ids); id.value; id = input_next(id)) {
        if (!problem_of(call, input_as_text(id), &secret, &code)) {
            write_batch_value(call, &secret);
        }
    }
    output_end(out);
    output_begin_list(out, "Errors");
    for (struct input id = input_first(ids); id.value; id = input_next(id)) {
        const char *problem = problem_of(call, input_as_text(id), &secret, &code);
        if (problem) {
            output_begin_structure(out, NULL);
            output_text(out, "SecretId", input_as_text(id));
            output_string(out, "ErrorCode", code);
            output_string(out, "Message", problem);
            output_end(out);
        }
    }
    output_end(out);
}

struct result secrets_batch_get_secret_value(struct call *call, struct input input) {
    struct input ids = input_list(input, "SecretIdList");
    struct input filters = input_list(input, "Filters");
    int64_t limit = input_integer(input, "MaxResults", 20);
    int64_t skip;
    int64_t seen = 0;
    const char *next = NULL;
    struct secret secret;
    struct result refusal;
    if ((input_count(ids) > 0) == (input_count(filters) > 0)) {
        return call_error(call, &secretsmanager_error_InvalidParameterException,
                          "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    }
    if (input_count(ids) > 0 && input_has(input, "MaxResults")) {
        return call_error(
            call, &secretsmanager_error_InvalidParameterException,
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
    }
    if (input_count(ids) > 0) {
        batch_by_ids(call, ids);
        return result_output();
    }
    if (!read_token(call, input, &skip, &refusal) || !check_filters(call, filters, &refusal)) {
        return refusal;
    }
    struct statement *rows = begin_list(call, false);
    output_begin_list(call_output(call), "SecretValues");
    while (statement_step(rows)) {
        secrets_read(rows, call->arena, &secret);
        if (secret.deleted_ms || !filters_match(call, &secret, filters) ||
            !secrets_version_of(call, secret.id, "AWSCURRENT") || seen++ < skip) {
            continue;
        }
        if (seen > skip + limit) {
            next = arena_printf(call->arena, "%" PRId64, skip + limit);
            statement_reset(rows);
            break;
        }
        write_batch_value(call, &secret);
    }
    output_end(call_output(call));
    output_begin_list(call_output(call), "Errors");
    output_end(call_output(call));
    output_string(call_output(call), "NextToken", next);
    return result_output();
}
