#include "services/logs/logs.h"

static const struct operation_row operations[] = {
    {"AssociateKmsKey", logs_associate_kms_key},
    {"CreateLogGroup", logs_create_log_group},
    {"CreateLogStream", logs_create_log_stream},
    {"DeleteLogGroup", logs_delete_log_group},
    {"DeleteLogStream", logs_delete_log_stream},
    {"DeleteRetentionPolicy", logs_delete_retention_policy},
    {"DescribeLogGroups", logs_describe_log_groups},
    {"DescribeLogStreams", logs_describe_log_streams},
    {"DisassociateKmsKey", logs_disassociate_kms_key},
    {"FilterLogEvents", logs_filter_log_events},
    {"GetLogEvents", logs_get_log_events},
    {"ListTagsForResource", logs_list_tags_for_resource},
    {"ListTagsLogGroup", logs_list_tags_log_group},
    {"PutLogEvents", logs_put_log_events},
    {"PutLogGroupDeletionProtection", logs_put_log_group_deletion_protection},
    {"PutRetentionPolicy", logs_put_retention_policy},
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
    {NULL, NULL, NULL},
};

const struct service logs_service = {
    .model = &logs_model,
    .operations = operations,
    .store = &logs_store_module,
    .accepted = accepted,
    .validation_error = &logs_error_InvalidParameterException,
};
