/* Resource policies of tables: stored and shown. */
#include "emulator/base/arn.h"
#include "services/dynamodb/tables.h"

static bool find_resource(struct call *call, struct input input, struct table **table,
                          struct result *refusal) {
    struct text reference = input_text(input, "ResourceArn"), name;
    const char *account, *region;
    *table = NULL;
    if (dynamodb_table_reference(call, reference, &account, &region, &name)) {
        *table = table_find(dynamodb_state_of(call), account, region, name);
    }
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_ResourceNotFoundException,
                              "Requested resource not found: Table: %.*s not found", TEXT_ARGUMENTS(name));
    }
    return *table != NULL;
}

#define NO_SUCH_POLICY "Resource-based policy not found for the provided ResourceArn: "

static bool check_revision(struct call *call, struct input input, const struct table *table,
                           struct text current, struct result *refusal) {
    struct text expected = input_text(input, "ExpectedRevisionId");
    bool none_expected = text_equals(expected, "NO_POLICY");
    if (!expected.data || (none_expected ? !current.data : current.data && text_same(expected, current))) {
        return true;
    }
    if (none_expected) {
        *refusal = call_error(call, &dynamodb_error_PolicyNotFoundException,
                              NO_SUCH_POLICY "Requested policy update expecting none to be present for table "
                                             "%.*s, but a policy exists with revision id %.*s.",
                              TEXT_ARGUMENTS(table->name), TEXT_ARGUMENTS(current));
    } else if (current.data) {
        *refusal = call_error(call, &dynamodb_error_PolicyNotFoundException,
                              NO_SUCH_POLICY "Requested update for policy with revision id %.*s, but the "
                                             "policy associated to target table %.*s has revision id %.*s.",
                              TEXT_ARGUMENTS(expected), TEXT_ARGUMENTS(table->name), TEXT_ARGUMENTS(current));
    } else {
        *refusal = call_error(call, &dynamodb_error_PolicyNotFoundException,
                              NO_SUCH_POLICY "Requested update for policy with revision id %.*s, but no "
                                             "policy is associated to target table %.*s.",
                              TEXT_ARGUMENTS(expected), TEXT_ARGUMENTS(table->name));
    }
    return false;
}

/* Of a policy that came with the table: the time of the table. Absent: no policy. */
static struct text current_revision(struct call *call, const struct table *table) {
    struct text revision = dynamodb_setting(call->store, table->id, SETTING_POLICY_REVISION, call->arena);
    bool given = dynamodb_setting(call->store, table->id, SETTING_POLICY, call->arena).data != NULL;
    return revision.data || !given ? revision
                                   : text_of(arena_printf(call->arena, "%lld", (long long)table->created_ms));
}

/* Revisions are times in milliseconds that only grow; the same policy again is no new one. */
struct result dynamodb_put_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text policy = input_text(input, "Policy"), revision = current_revision(call, table);
    if (!check_revision(call, input, table, revision, &refusal)) {
        return refusal;
    }
    struct text old = dynamodb_setting(call->store, table->id, SETTING_POLICY, call->arena);
    if (!old.data || !text_same(old, policy)) {
        int64_t last = 0;
        (void)(revision.data && text_to_int64(revision, &last));
        int64_t next = call->now_ms > last ? call->now_ms : last + 1;
        revision = text_of(arena_printf(call->arena, "%lld", (long long)next));
        dynamodb_set_setting(call->store, table->id, SETTING_POLICY, policy);
        dynamodb_set_setting(call->store, table->id, SETTING_POLICY_REVISION, revision);
    }
    output_text(call_output(call), "RevisionId", revision);
    return result_output();
}

struct result dynamodb_get_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text policy = dynamodb_setting(call->store, table->id, SETTING_POLICY, call->arena);
    if (!policy.data) {
        return call_error(call, &dynamodb_error_PolicyNotFoundException,
                          "Resource-based policy not found for the provided ResourceArn: %.*s",
                          TEXT_ARGUMENTS(input_text(input, "ResourceArn")));
    }
    output_text(call_output(call), "Policy", policy);
    output_text(call_output(call), "RevisionId", current_revision(call, table));
    return result_output();
}

struct result dynamodb_delete_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    if (!find_resource(call, input, &table, &refusal)) {
        return refusal;
    }
    struct text revision = current_revision(call, table);
    if (!check_revision(call, input, table, revision, &refusal)) {
        return refusal;
    }
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY, TEXT_NONE);
    dynamodb_set_setting(call->store, table->id, SETTING_POLICY_REVISION, TEXT_NONE);
    output_text(call_output(call), "RevisionId", revision);
    return result_output();
}
