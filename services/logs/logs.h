/*
 * CloudWatch Logs. logs.c lists the operations; logs_groups.c has groups, retention and tags, logs_streams.c
 * streams, logs_events.c putting and reading events, held_events.c those that
 * wait to be written, logs_policies.c resource policies, logs_filters.c subscription and metric filters,
 * filter_pattern.c the pattern language.
 */
#ifndef STACKRIG_LOGS_H
#define STACKRIG_LOGS_H

#include "emulator/core/service.h"
#include "services/logs/logs_store.h"
#include "services/logs/model.h"

extern const struct service logs_service;

/* What each event counts beside its message. Source: CloudWatch Logs quotas. */
#define LOGS_EVENT_OVERHEAD_BYTES 26

struct result logs_create_log_group(struct call *call, struct input input);
struct result logs_delete_log_group(struct call *call, struct input input);
struct result logs_describe_log_groups(struct call *call, struct input input);
struct result logs_put_retention_policy(struct call *call, struct input input);
struct result logs_delete_retention_policy(struct call *call, struct input input);
struct result logs_put_log_group_deletion_protection(struct call *call, struct input input);
struct result logs_associate_kms_key(struct call *call, struct input input);
struct result logs_disassociate_kms_key(struct call *call, struct input input);
struct result logs_tag_resource(struct call *call, struct input input);
struct result logs_untag_resource(struct call *call, struct input input);
struct result logs_list_tags_for_resource(struct call *call, struct input input);
struct result logs_tag_log_group(struct call *call, struct input input);
struct result logs_untag_log_group(struct call *call, struct input input);
struct result logs_list_tags_log_group(struct call *call, struct input input);

struct result logs_create_log_stream(struct call *call, struct input input);
struct result logs_delete_log_stream(struct call *call, struct input input);
struct result logs_describe_log_streams(struct call *call, struct input input);

struct result logs_put_log_events(struct call *call, struct input input);
struct result logs_get_log_events(struct call *call, struct input input);
struct result logs_filter_log_events(struct call *call, struct input input);

struct result logs_put_subscription_filter(struct call *call, struct input input);
struct result logs_describe_subscription_filters(struct call *call, struct input input);
struct result logs_delete_subscription_filter(struct call *call, struct input input);
struct result logs_put_metric_filter(struct call *call, struct input input);
struct result logs_describe_metric_filters(struct call *call, struct input input);
struct result logs_delete_metric_filter(struct call *call, struct input input);

struct result logs_put_resource_policy(struct call *call, struct input input);
struct result logs_describe_resource_policies(struct call *call, struct input input);
struct result logs_delete_resource_policy(struct call *call, struct input input);

/* ---- Shared by the files above ---- */

/* Sends new events to the functions that subscribe to the group. */
void logs_deliver(struct call *call, const struct logs_group *group, const struct logs_stream *stream,
                  const struct logs_event *events, size_t count);
/* 56 digits, as AWS's event ids have. */
const char *logs_event_id(struct call *call, struct logs_position position);

/* False: *refusal says that there is no such group, or stream. */
bool logs_find_group(struct call *call, struct text name, struct logs_group *group, struct result *refusal);
bool logs_find_stream(struct call *call, const struct logs_group *group, struct text name,
                      struct logs_stream *stream, struct result *refusal);
/* The group that `logGroupName` or `logGroupIdentifier` (name or ARN) means. */
bool logs_find_named_group(struct call *call, struct input input, struct logs_group *group,
                           struct result *refusal);
/* arn:aws:logs:REGION:ACCOUNT:log-group:NAME */
const char *logs_group_arn(struct call *call, const char *name);
/* Name inside a group's ARN (with or without ":*"), or the text itself when it is no ARN. Absent: somebody
 * else's, or no group's. */
struct text logs_group_name_of(struct call *call, struct text identifier);
/* As PutLogEvents answers it. */
const char *logs_sequence_token(struct call *call, const struct logs_stream *stream);
struct result logs_invalid_token(struct call *call);
/* Page tokens hold the last name of the page before. */
const char *logs_make_token(struct call *call, const char *last);
/* The text inside `nextToken`; NULL without one. False: *refusal. */
bool logs_read_token(struct call *call, struct input input, const char **last, struct result *refusal);

#endif
