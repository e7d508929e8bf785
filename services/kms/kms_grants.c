/* Grants: kept, listed, retired. Who may use a key is not checked. Source: kms.md section 8. */
#include "emulator/base/json_value.h"
#include "services/kms/kms.h"

#define GRANT_ID_DIGITS 64
#define TOKEN_DIGITS 128

/* The member as JSON, for the table; absent: not there. */
static struct text json_of(struct call *call, const struct json_value *value) {
    if (!value) {
        return TEXT_NONE;
    }
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, value);
    struct text json = arena_text(call->arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return json;
}

/* Columns of a grant: id, grant_id, name, created_ms, grantee, retiring, operations, constraints, account,
 * region, key_id. */
static void write_grant(struct call *call, struct statement *row) {
    struct output *out = call_output(call);
    const char *account = statement_string(row, 8, call->arena);
    output_begin_structure(out, NULL);
    output_string(out, "KeyId",
                  arena_printf(call->arena, "arn:aws:kms:%s:%s:key/%s", statement_string(row, 9, call->arena),
                               account, statement_string(row, 10, call->arena)));
    output_text(out, "GrantId", statement_text(row, 1));
    output_text(out, "Name", statement_text(row, 2));
    output_timestamp(out, "CreationDate", statement_int64(row, 3));
    output_text(out, "GranteePrincipal", statement_text(row, 4));
    output_text(out, "RetiringPrincipal", statement_text(row, 5));
    output_string(out, "IssuingAccount", arena_printf(call->arena, "arn:aws:iam::%s:root", account));
    output_value(out, "Operations",
                 json_parse(call->arena, arena_text(call->arena, statement_text(row, 6)), NULL));
    if (!statement_is_null(row, 7)) {
        output_value(out, "Constraints",
                     json_parse(call->arena, arena_text(call->arena, statement_text(row, 7)), NULL));
    }
    output_end(out);
}

struct result kms_create_grant(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !kms_must_work(call, &key, &refusal)) {
        return refusal;
    }
    if (input_has(input, "GranteeServicePrincipal") || input_has(input, "RetiringServicePrincipal")) {
        return call_error(call, &error_not_implemented,
                          "CreateGrant with service principals is not emulated");
    }
    const char *grantee = input_string(input, "GranteePrincipal");
    if (!grantee) {
        return call_error(call, &error_validation_exception, "GranteePrincipal is required.");
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    const char *name = input_string(input, "Name");
    const char *retiring = input_string(input, "RetiringPrincipal");
    struct text rights = json_of(call, input_list(input, "Operations").value);
    struct text constraints = json_of(call, input_structure(input, "Constraints").value);
    char *id = NULL;
    if (name) { /* asked twice: the same grant */
        struct statement *same = kms_statement(call->store, KMS_SQL_SAME_GRANT, "issstt", key.id, name,
                                               grantee, retiring, rights, constraints);
        if (statement_step(same)) {
            id = statement_string(same, 1, call->arena);
            statement_reset(same);
        }
    }
    if (!id) {
        id = kms_random_hex(call, GRANT_ID_DIGITS);
        statement_run(kms_statement(call->store, KMS_SQL_ADD_GRANT, "ississtt", key.id, id, name,
                                    call->now_ms, grantee, retiring, rights, constraints));
    }
    char *token = kms_random_hex(call, TOKEN_DIGITS);
    statement_run(kms_statement(call->store, KMS_SQL_ADD_GRANT_TOKEN, "ss", id, token));
    output_string(call_output(call), "GrantToken", token);
    output_string(call_output(call), "GrantId", id);
    return result_output();
}

/* Rows of grants from `statement`, one more than fit. */
static struct result write_grants(struct call *call, struct statement *statement, int64_t limit) {
    const char *marker = NULL;
    int64_t last = 0;
    output_begin_list(call_output(call), "Grants");
    for (int64_t count = 0; statement_step(statement); count++) {
        if (count == limit) {
            marker = arena_printf(call->arena, "%lld", (long long)last);
            statement_reset(statement);
            break;
        }
        last = statement_int64(statement, 0);
        write_grant(call, statement);
    }
    output_end(call_output(call));
    kms_write_page_end(call, marker);
    return result_output();
}

struct result kms_list_grants(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    int64_t after;
    int64_t limit;
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal) ||
        !kms_read_numbered_page(call, input, 100, &after, &limit, &refusal)) {
        return refusal;
    }
    if (input_has(input, "GranteeServicePrincipal")) {
        return call_error(call, &error_not_implemented, "ListGrants with service principals is not emulated");
    }
    return write_grants(call,
                        kms_statement(call->store, KMS_SQL_LIST_GRANTS, "iissi", key.id, after,
                                      input_string(input, "GrantId"), input_string(input, "GranteePrincipal"),
                                      limit + 1),
                        limit);
}

struct result kms_list_retirable_grants(struct call *call, struct input input) {
    struct result refusal;
    int64_t after;
    int64_t limit;
    if (!kms_read_numbered_page(call, input, 100, &after, &limit, &refusal)) {
        return refusal;
    }
    const char *principal = input_string(input, "RetiringPrincipal");
    if (!principal || input_has(input, "RetiringServicePrincipal")) {
        return call_error(call, &error_not_implemented,
                          "ListRetirableGrants without RetiringPrincipal is not emulated");
    }
    kms_delete_overdue(call);
    return write_grants(call,
                        kms_statement(call->store, KMS_SQL_RETIRABLE_GRANTS, "sssii", call->identity.account,
                                      call->identity.region, principal, after, limit + 1),
                        limit);
}

static void forget(struct call *call, const char *grant_id) {
    statement_run(kms_statement(call->store, KMS_SQL_DELETE_GRANT_TOKENS, "s", grant_id));
    statement_run(kms_statement(call->store, KMS_SQL_DELETE_GRANT, "s", grant_id));
}

/* By key and grant id. */
static struct result end_grant(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    const char *id = input_string(input, "GrantId");
    if (!kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    struct statement *statement = kms_statement(call->store, KMS_SQL_FIND_GRANT, "is", key.id, id);
    if (!statement_step(statement)) {
        return call_error(call, &kms_error_NotFoundException, "Grant ID %s not found", id);
    }
    statement_reset(statement);
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    forget(call, id);
    return result_output();
}

struct result kms_revoke_grant(struct call *call, struct input input) {
    return end_grant(call, input);
}

struct result kms_retire_grant(struct call *call, struct input input) {
    const char *token = input_string(input, "GrantToken");
    if (!token) {
        if (!input_has(input, "KeyId") || !input_has(input, "GrantId")) {
            return call_error(call, &error_validation_exception,
                              "Either a GrantToken or a KeyId and a GrantId must be specified.");
        }
        return end_grant(call, input);
    }
    struct statement *statement = kms_statement(call->store, KMS_SQL_FIND_GRANT_TOKEN, "sss", token,
                                                call->identity.account, call->identity.region);
    if (!statement_step(statement)) {
        return call_error(call, &kms_error_InvalidGrantTokenException, "Invalid grant token.");
    }
    const char *id = statement_string(statement, 1, call->arena);
    statement_reset(statement);
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    forget(call, id);
    return result_output();
}
