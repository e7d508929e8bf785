/*
 * Resource policies, of an account and of single log groups: kept and shown, not enforced. Source:
 * recorded/logs, test_logs_resource_policies; API reference; what a peer's tests tell of revisions.
 */
#include "services/logs/logs.h"

#define DEFAULT_PAGE 50
#define MAXIMUM_POLICIES 10

/* Which policy a request means. */
static bool read_key(struct call *call, struct input input, struct logs_policy *policy,
                     struct result *refusal) {
    struct logs_group group;
    const char *name = input_string(input, "policyName");
    policy->name = name && *name ? name : NULL;
    policy->resource_arn = input_string(input, "resourceArn");
    policy->scope = policy->resource_arn ? LOGS_RESOURCE_POLICY : LOGS_ACCOUNT_POLICY;
    policy->key = policy->name;
    if (policy->resource_arn) {
        if (!logs_find_group(call, logs_group_name_of(call, text_of(policy->resource_arn)), &group,
                             refusal)) {
            return false;
        }
        policy->key = group.name;
    }
    if (!policy->key) {
        *refusal = call_error(call, &logs_error_InvalidParameterException,
                              "%s request must contain policy name or resource arn.", call->operation->name);
    }
    return policy->key;
}

static struct statement *policies_after(struct call *call, enum logs_policy_scope scope, const char *after) {
    return logs_store_policies(call->store, call->identity.account, call->identity.region, scope, after);
}

/* The revision of the policy there is; 0: none. *others counts those beside it. */
static int64_t find_revision(struct call *call, const struct logs_policy *wanted, int *others) {
    struct logs_policy policy;
    int64_t revision = 0;
    *others = 0;
    struct statement *policies = policies_after(call, wanted->scope, NULL);
    while (logs_store_next_policy(policies, call->arena, &policy)) {
        bool same = strcmp(policy.key, wanted->key) == 0;
        revision = same ? policy.revision : revision;
        *others += !same;
    }
    return revision;
}

/* Whether the caller knows the revision there is (0: none): it has to name that of a log group's policy. */
static bool check_revision(struct call *call, struct input input, const struct logs_policy *policy,
                           int64_t revision, struct result *refusal) {
    const char *expected = input_string(input, "expectedRevisionId");
    bool of_account = policy->scope == LOGS_ACCOUNT_POLICY;
    int64_t number = 0;
    if (!expected ? of_account || revision == 0
                  : text_to_int64(text_of(expected), &number) && number == revision && revision > 0) {
        return true;
    }
    *refusal = expected && revision > 0 && !of_account
                   ? call_error(call, &logs_error_InvalidParameterException, "Invalid ExpectedRevisionId")
                   : call_error(call, &logs_error_OperationAbortedException,
                                "A conflicting operation is currently in progress against this resource. "
                                "Please try again.");
    return false;
}

static void write_policy(struct call *call, const char *member, const struct logs_policy *policy) {
    struct output *out = call_output(call);
    bool of_account = policy->scope == LOGS_ACCOUNT_POLICY;
    output_begin_structure(out, member);
    output_string(out, "policyName", policy->name);
    output_string(out, "policyDocument", policy->document);
    output_integer(out, "lastUpdatedTime", policy->updated_ms);
    output_string(out, "policyScope", of_account ? "ACCOUNT" : "RESOURCE");
    output_string(out, "resourceArn", policy->resource_arn);
    if (!of_account && !member) {
        output_string(out, "revisionId", arena_printf(call->arena, "%lld", (long long)policy->revision));
    }
    output_end(out);
}

struct result logs_put_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct logs_policy policy = {.document = input_string(input, "policyDocument"),
                                 .updated_ms = call->now_ms};
    int others;
    if (!read_key(call, input, &policy, &refusal)) {
        return refusal;
    }
    if (!policy.document) {
        return call_error(
            call, &logs_error_InvalidParameterException,
            "1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: "
            "Member must not be null");
    }
    int64_t revision = find_revision(call, &policy, &others);
    if (!check_revision(call, input, &policy, revision, &refusal)) {
        return refusal;
    }
    if (policy.scope == LOGS_ACCOUNT_POLICY && others >= MAXIMUM_POLICIES) {
        return call_error(call, &logs_error_LimitExceededException, "Resource limit exceeded.");
    }
    policy.revision = revision + 1;
    logs_store_put_policy(call->store, call->identity.account, call->identity.region, &policy);
    write_policy(call, "resourcePolicy", &policy);
    if (policy.scope == LOGS_RESOURCE_POLICY) {
        output_string(call_output(call), "revisionId",
                      arena_printf(call->arena, "%lld", (long long)policy.revision));
    }
    return result_output();
}

struct result logs_describe_resource_policies(struct call *call, struct input input) {
    struct result refusal;
    struct logs_policy policy;
    const char *last;
    const char *scope = input_string(input, "policyScope");
    struct text arn = input_text(input, "resourceArn");
    struct text group_name = arn.data ? logs_group_name_of(call, arn) : TEXT_NONE;
    bool of_resource = arn.data || (scope && strcmp(scope, "RESOURCE") == 0);
    if (!logs_read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *token = NULL;
    struct statement *policies =
        policies_after(call, of_resource ? LOGS_RESOURCE_POLICY : LOGS_ACCOUNT_POLICY, last);
    output_begin_list(out, "resourcePolicies");
    while (logs_store_next_policy(policies, call->arena, &policy)) {
        if (arn.data && !text_equals(group_name, policy.key)) {
            continue;
        }
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(policies);
            break;
        }
        write_policy(call, NULL, &policy);
        last = policy.key;
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}

struct result logs_delete_resource_policy(struct call *call, struct input input) {
    struct result refusal;
    struct logs_policy policy = {0};
    int others;
    if (!read_key(call, input, &policy, &refusal)) {
        return refusal;
    }
    int64_t revision = find_revision(call, &policy, &others);
    if (revision == 0 && policy.scope == LOGS_RESOURCE_POLICY) {
        return call_error(call, &logs_error_ResourceNotFoundException, "No policy found for ResourceArn");
    }
    if (revision == 0) {
        return call_error(call, &logs_error_ResourceNotFoundException,
                          "Policy with name [%s] does not exist.", policy.key);
    }
    if (policy.scope == LOGS_RESOURCE_POLICY && !input_has(input, "expectedRevisionId")) {
        return call_error(call, &logs_error_InvalidParameterException, "Invalid ExpectedRevisionId");
    }
    if (!check_revision(call, input, &policy, revision, &refusal)) {
        return refusal;
    }
    logs_store_delete_policy(call->store, call->identity.account, call->identity.region, policy.scope,
                             text_of(policy.key));
    return result_output();
}
