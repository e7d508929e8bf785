#include "services/logs/logs.h"

#include "services/logs/held_events.h"

static const struct operation_row operations[] = {
    {"AssociateKmsKey", logs_associate_kms_key},
    {"CreateLogGroup", logs_create_log_group},
    {"CreateLogStream", logs_create_log_stream},
    {"DeleteLogGroup", logs_delete_log_group},
    {"DeleteLogStream", logs_delete_log_stream},
    {"DeleteMetricFilter", logs_delete_metric_filter},
    {"DeleteResourcePolicy", logs_delete_resource_policy},
    {"DeleteRetentionPolicy", logs_delete_retention_policy},
    {"DeleteSubscriptionFilter", logs_delete_subscription_filter},
    {"DescribeLogGroups", logs_describe_log_groups},
    {"DescribeLogStreams", logs_describe_log_streams},
    {"DescribeMetricFilters", logs_describe_metric_filters},
    {"DescribeResourcePolicies", logs_describe_resource_policies},
    {"DescribeSubscriptionFilters", logs_describe_subscription_filters},
    {"DisassociateKmsKey", logs_disassociate_kms_key},
    {"FilterLogEvents", logs_filter_log_events},
    {"GetLogEvents", logs_get_log_events},
    {"ListTagsForResource", logs_list_tags_for_resource},
    {"ListTagsLogGroup", logs_list_tags_log_group},
    {"PutLogEvents", logs_put_log_events},
    {"PutLogGroupDeletionProtection", logs_put_log_group_deletion_protection},
    {"PutMetricFilter", logs_put_metric_filter},
    {"PutResourcePolicy", logs_put_resource_policy},
    {"PutRetentionPolicy", logs_put_retention_policy},
    {"PutSubscriptionFilter", logs_put_subscription_filter},
    {"TagLogGroup", logs_tag_log_group},
    {"TagResource", logs_tag_resource},
    {"UntagLogGroup", logs_untag_log_group},
    {"UntagResource", logs_untag_resource},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"AssociateKmsKey", "kmsKeyId", "stored and shown; events are not encrypted"},
    {"CreateLogGroup", "kmsKeyId", "stored and shown; events are not encrypted"},
    {"DescribeLogGroups", "accountIdentifiers", "no accounts are linked"},
    {"DescribeLogGroups", "includeLinkedAccounts", "no accounts are linked"},
    {"FilterLogEvents", "interleaved", "AWS ignores it too: results are always interleaved"},
    {"FilterLogEvents", "unmask", "no data is masked"},
    {"GetLogEvents", "unmask", "no data is masked"},
    {"PutLogEvents", "entity", "entities are not related to events"},
    {"PutLogEvents", "sequenceToken", "AWS accepts any token too"},
    {"PutMetricFilter", "metricTransformations", "stored and shown; no metrics are made"},
    {"PutResourcePolicy", "policyDocument", "stored and shown; permissions are not enforced"},
    {"PutSubscriptionFilter", "roleArn", "stored and shown; permissions are not enforced"},
    {NULL, NULL, NULL},
};

/* Members whose values are not repeated in errors. Source: moto's tests verified on AWS; a peer's tests. */
static const char *const silent_members[] = {"at 'logGroupIdentifier' failed", "at 'policyScope' failed",
                                             NULL};

/* Where the service's wording differs from the general one. Source for names that are too long: recorded/logs
 * (2026).
 */
static struct result validation_failed(struct call *call, struct input input, const char *message) {
    static const char too_long[] = "Member must have length less than or equal to 512";
    (void)input;
    bool single = strncmp(message, "1 validation error detected: Value ", 35) == 0;
    if (single && strstr(message, too_long) &&
        (strstr(message, "' at 'logGroupName' failed") || strstr(message, "' at 'logStreamName' failed"))) {
        message = "Invalid LogGroup or LogStream, both must have length less than or equal to 512.";
    }
    for (const char *const *member = silent_members; single && *member; member++) {
        const char *place = strstr(message, *member);
        if (place) {
            message = arena_printf(call->arena, "1 validation error detected: Value %s", place);
        }
    }
    return call_error(call, &logs_error_InvalidParameterException, "%s", message);
}

const struct service logs_service = {
    .model = &logs_model,
    .operations = operations,
    .store = &logs_store_module,
    .accepted = accepted,
    .open = held_events_open,
    .close = held_events_close,
    .resume = held_events_resume,
    .validation_failed = validation_failed,
};
