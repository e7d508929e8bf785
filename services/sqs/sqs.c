#include "services/sqs/sqs.h"

static const struct operation_row operations[] = {
    {"SendMessage", sqs_send_message},
    {"ReceiveMessage", sqs_receive_message},
    {"DeleteMessage", sqs_delete_message_call},
    {"SendMessageBatch", sqs_send_message_batch},
    {"DeleteMessageBatch", sqs_delete_message_batch},
    {"ChangeMessageVisibility", sqs_change_message_visibility},
    {"ChangeMessageVisibilityBatch", sqs_change_message_visibility_batch},
    {"CreateQueue", sqs_create_queue_call},
    {"GetQueueUrl", sqs_get_queue_url},
    {"GetQueueAttributes", sqs_get_queue_attributes},
    {"SetQueueAttributes", sqs_set_queue_attributes},
    {"DeleteQueue", sqs_delete_queue_call},
    {"ListQueues", sqs_list_queues},
    {"ListDeadLetterSourceQueues", sqs_list_dead_letter_source_queues},
    {"PurgeQueue", sqs_purge_queue},
    {"TagQueue", sqs_tag_queue},
    {"UntagQueue", sqs_untag_queue},
    {"ListQueueTags", sqs_list_queue_tags},
    {"AddPermission", sqs_add_permission},
    {"RemovePermission", sqs_remove_permission},
    {"StartMessageMoveTask", sqs_start_message_move_task},
    {"CancelMessageMoveTask", sqs_cancel_message_move_task},
    {"ListMessageMoveTasks", sqs_list_message_move_tasks},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateQueue", "Attributes.Policy", "stored and shown; who may call is not checked"},
    {"CreateQueue", "Attributes.KmsMasterKeyId", "stored and shown; messages are not encrypted"},
    {"CreateQueue", "Attributes.KmsDataKeyReusePeriodSeconds", "stored and shown"},
    {"CreateQueue", "Attributes.SqsManagedSseEnabled", "stored and shown; messages are not encrypted"},
    {"AddPermission", "AWSAccountIds", "written into the Policy attribute; who may call is not checked"},
    {NULL, NULL, NULL},
};

/* What AWS does not promise: exactly one delivery, order, all that is there, exact counts. */
static const struct service_freedom freedoms[] = {
    {"SendMessage", "duplicate"},
    {"ReceiveMessage", "duplicate"},
    {"ReceiveMessage", "reorder"},
    {"ReceiveMessage", "partial"},
    {"DeleteMessage", "resurface"},
    {"DeleteMessageBatch", "resurface"},
    {"GetQueueAttributes", "stale_counters"},
    {NULL, NULL},
};

const struct service sqs_service = {
    .model = &sqs_model,
    .operations = operations,
    .endpoints = sqs_endpoints,
    .store = &sqs_store_module,
    .accepted = accepted,
    .freedoms = freedoms,
    .open = sqs_state_open,
    .close = sqs_state_close,
    .resume = sqs_state_resume,
    .describe = sqs_describe,
    .validation_failed = sqs_validation_failed,
};
