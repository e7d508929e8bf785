/* Resource policies of an account: kept and shown, not enforced. Source: recorded/logs,
 * test_logs_resource_policies. */
#include "services/logs/logs.h"

#define DEFAULT_PAGE 50
#define MAXIMUM_POLICIES 10

/* Policies of single log groups are another thing, with revisions of their own. */
static bool is_of_account(struct call *call, struct input input, struct result *refusal) {
    if (input_has(input, "resourceArn")) {
        *refusal =
            call_error(call, &error_not_implemented, "stackrig keeps resource policies of accounts only");
        return false;
    }
    return true;
}

static bool has_members(struct call *call, struct input input, const char *const *members,
                        struct result *refusal) {
    for (; *members; members++) {
        if (!input_has(input, *members)) {
            *refusal = call_error(call, &logs_error_InvalidParameterException,
                                  "1 validation error detected: Value at '%s' failed to satisfy constraint: "
                                  "Member must not be null",
                                  *members);
            return false;
        }
    }
    return true;
}

/* One may be replaced, whatever their number. */
static bool check_room(struct call *call, const char *name, struct result *refusal) {
    struct logs_policy other;
    int count = 0;
    struct statement *policies =
        logs_store_policies(call->store, call->identity.account, call->identity.region, NULL);
    while (logs_store_next_policy(policies, call->arena, &other)) {
        count += strcmp(other.name, name) != 0;
    }
    if (count >= MAXIMUM_POLICIES) {
        *refusal = call_error(call, &logs_error_LimitExceededException, "Resource limit exceeded.");
        return false;
    }
    return true;
}

static void write_policy(struct output *out, const char *member, const struct logs_policy *policy) {
    output_begin_structure(out, member);
    output_string(out, "policyName", policy->name);
    output_string(out, "policyDocument", policy->document);
    output_integer(out, "lastUpdatedTime", policy->updated_ms);
    output_string(out, "policyScope", "ACCOUNT");
    output_end(out);
}

struct result logs_put_resource_policy(struct call *call, struct input input) {
    static const char *const required[] = {"policyName", "policyDocument", NULL};
    struct result refusal;
    struct logs_policy policy = {.name = input_string(input, "policyName"),
                                 .document = input_string(input, "policyDocument"),
                                 .updated_ms = call->now_ms};
    if (!is_of_account(call, input, &refusal) || !has_members(call, input, required, &refusal) ||
        !check_room(call, policy.name, &refusal)) {
        return refusal;
    }
    logs_store_put_policy(call->store, call->identity.account, call->identity.region, &policy);
    write_policy(call_output(call), "resourcePolicy", &policy);
    return result_output();
}

struct result logs_describe_resource_policies(struct call *call, struct input input) {
    struct result refusal;
    struct logs_policy policy;
    const char *last;
    if (!is_of_account(call, input, &refusal) || !logs_read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    const char *scope = input_string(input, "policyScope");
    if (scope && strcmp(scope, "ACCOUNT") != 0) {
        return call_error(call, &error_not_implemented, "stackrig keeps resource policies of accounts only");
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *token = NULL;
    struct statement *policies =
        logs_store_policies(call->store, call->identity.account, call->identity.region, last);
    output_begin_list(out, "resourcePolicies");
    while (logs_store_next_policy(policies, call->arena, &policy)) {
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(policies);
            break;
        }
        write_policy(out, NULL, &policy);
        last = policy.name;
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}

struct result logs_delete_resource_policy(struct call *call, struct input input) {
    static const char *const required[] = {"policyName", NULL};
    struct result refusal;
    if (!is_of_account(call, input, &refusal) || !has_members(call, input, required, &refusal)) {
        return refusal;
    }
    if (!logs_store_delete_policy(call->store, call->identity.account, call->identity.region,
                                  input_text(input, "policyName"))) {
        return call_error(call, &logs_error_ResourceNotFoundException,
                          "Policy with name [%s] does not exist.", input_string(input, "policyName"));
    }
    return result_output();
}
