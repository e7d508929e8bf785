/* Aliases. Source: kms.md section 7, KMS API reference. */
#include "services/kms/kms.h"

/* In no model: KMS answers so to whom reserves AWS's own names. */
static const struct error_shape not_authorized = {.name = "NotAuthorizedException", .status = 400};

static bool name_is_good(struct call *call, struct text name, struct result *refusal) {
    if (!text_starts_with(name, "alias/") || name.size == strlen("alias/")) {
        *refusal = call_error(call, &error_validation_exception,
                              "Alias must start with the prefix \"alias/\". Please see "
                              "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
        return false;
    }
    if (text_starts_with(name, "alias/aws/")) {
        *refusal = call_error(call, &not_authorized, NULL);
        return false;
    }
    if (text_find_char(name, ':') >= 0) {
        *refusal = call_error(call, &kms_error_InvalidAliasNameException,
                              "%.*s contains invalid characters for an alias", TEXT_ARGUMENTS(name));
        return false;
    }
    return true;
}

/* Id of the key that has it; 0: there is no such alias. */
static int64_t find_alias(struct call *call, struct text name) {
    struct statement *statement = kms_statement(call->store, KMS_SQL_FIND_ALIAS, "sst",
                                                call->identity.account, call->identity.region, name);
    if (!statement_step(statement)) {
        return 0;
    }
    int64_t key = statement_int64(statement, 0);
    statement_reset(statement);
    return key;
}

static const char *alias_arn(struct call *call, struct text name) {
    return arena_printf(call->arena, "arn:aws:kms:%s:%s:%.*s", call->identity.region, call->identity.account,
                        TEXT_ARGUMENTS(name));
}

static struct result alias_not_found(struct call *call, struct text name) {
    return call_error(call, &kms_error_NotFoundException, "Alias %s is not found.", alias_arn(call, name));
}

static bool find_target(struct call *call, struct input input, struct kms_key *key, struct result *refusal) {
    struct text target = input_text(input, "TargetKeyId");
    if (text_starts_with(target, "alias/")) {
        *refusal = call_error(call, &error_validation_exception, "Aliases must refer to keys. Not aliases");
        return false;
    }
    return kms_find_key(call, target, KMS_KEY_NAMES, key, refusal) &&
           kms_must_be_customers(call, key, refusal) && kms_must_live(call, key, refusal);
}

struct result kms_create_alias(struct call *call, struct input input) {
    struct text name = input_text(input, "AliasName");
    struct kms_key key;
    struct result refusal;
    if (!name_is_good(call, name, &refusal) || !find_target(call, input, &key, &refusal)) {
        return refusal;
    }
    if (!statement_run_unique(kms_statement(call->store, KMS_SQL_ADD_ALIAS, "sstii", call->identity.account,
                                            call->identity.region, name, key.id, call->now_ms))) {
        return call_error(call, &kms_error_AlreadyExistsException, "An alias with the name %s already exists",
                          alias_arn(call, name));
    }
    return result_output();
}

struct result kms_update_alias(struct call *call, struct input input) {
    struct text name = input_text(input, "AliasName");
    struct kms_key key;
    struct result refusal;
    if (!name_is_good(call, name, &refusal) || !find_target(call, input, &key, &refusal)) {
        return refusal;
    }
    if (!find_alias(call, name)) {
        return alias_not_found(call, name);
    }
    statement_run(kms_statement(call->store, KMS_SQL_MOVE_ALIAS, "sstii", call->identity.account,
                                call->identity.region, name, key.id, call->now_ms));
    return result_output();
}

struct result kms_delete_alias(struct call *call, struct input input) {
    struct text name = input_text(input, "AliasName");
    struct result refusal;
    if (!name_is_good(call, name, &refusal)) {
        return refusal;
    }
    if (!find_alias(call, name)) {
        return alias_not_found(call, name);
    }
    statement_run(kms_statement(call->store, KMS_SQL_DELETE_ALIAS, "sst", call->identity.account,
                                call->identity.region, name));
    return result_output();
}

struct result kms_list_aliases(struct call *call, struct input input) {
    struct kms_key key = {0};
    struct result refusal;
    if (input_has(input, "KeyId") &&
        !kms_find_key(call, input_text(input, "KeyId"), KMS_KEY_NAMES, &key, &refusal)) {
        return refusal;
    }
    kms_delete_overdue(call);
    struct text after;
    int64_t limit;
    kms_read_page(input, 100, &after, &limit);
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_LIST_ALIASES, "ssiti", call->identity.account,
                      call->identity.region, key.id, after, limit + 1);
    struct output *out = call_output(call);
    const char *last = NULL;
    const char *marker = NULL;
    output_begin_list(out, "Aliases");
    for (int64_t count = 0; statement_step(statement); count++) {
        if (count == limit) {
            marker = last;
            statement_reset(statement);
            break;
        }
        last = statement_string(statement, 0, call->arena);
        output_begin_structure(out, NULL);
        output_string(out, "AliasName", last);
        output_string(out, "AliasArn", alias_arn(call, text_of(last)));
        output_text(out, "TargetKeyId", statement_text(statement, 1));
        output_timestamp(out, "CreationDate", statement_int64(statement, 2));
        output_timestamp(out, "LastUpdatedDate", statement_int64(statement, 3));
        output_end(out);
    }
    output_end(out);
    kms_write_page_end(call, marker);
    return result_output();
}
