#include "services/logs/logs.h"

#include "services/logs/held_events.h"

static const struct operation_row operations[] = {
    {"AssociateKmsKey", logs_associate_kms_key},
    {"CreateLogGroup", logs_create_log_group},
    {"CreateLogStream", logs_create_log_stream},
    {"DeleteLogGroup", logs_delete_log_group},
    {"DeleteLogStream", logs_delete_log_stream},
    {"DeleteMetricFilter", logs_delete_metric_filter},
    {"DeleteRetentionPolicy", logs_delete_retention_policy},
    {"DeleteSubscriptionFilter", logs_delete_subscription_filter},
    {"DescribeLogGroups", logs_describe_log_groups},
    {"DescribeLogStreams", logs_describe_log_streams},
    {"DescribeMetricFilters", logs_describe_metric_filters},
    {"DescribeSubscriptionFilters", logs_describe_subscription_filters},
    {"DisassociateKmsKey", logs_disassociate_kms_key},
    {"FilterLogEvents", logs_filter_log_events},
    {"GetLogEvents", logs_get_log_events},
    {"ListTagsForResource", logs_list_tags_for_resource},
    {"ListTagsLogGroup", logs_list_tags_log_group},
    {"PutLogEvents", logs_put_log_events},
    {"PutLogGroupDeletionProtection", logs_put_log_group_deletion_protection},
    {"PutMetricFilter", logs_put_metric_filter},
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
    {"PutSubscriptionFilter", "roleArn", "stored and shown; permissions are not enforced"},
    {NULL, NULL, NULL},
};

const struct service logs_service = {
    .model = &logs_model,
    .operations = operations,
    .store = &logs_store_module,
    .accepted = accepted,
    .open = held_events_open,
    .close = held_events_close,
    .resume = held_events_resume,
    .validation_error = &logs_error_InvalidParameterException,
};
