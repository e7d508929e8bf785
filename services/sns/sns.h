/*
 * SNS. Handlers by what they act on: sns_topics.c, sns_topic_attributes.c, sns_subscribe.c (with the
 * confirmation), sns_subscriptions.c (attributes, listing), sns_tags.c, sns_permissions.c, sns_publish.c,
 * sns_platform.c (mobile push), sns_sms.c, sns_inspect.c (endpoints that look without touching, the signing
 * certificate). A published message goes through sns_fanout.c (who gets it), sns_envelope.c (in which form)
 * and sns_delivery.c (attempts, retries, dead letters).
 */
#ifndef STACKRIG_SNS_H
#define STACKRIG_SNS_H

#include "emulator/base/arn.h"
#include "emulator/core/emulator.h"
#include "services/sns/model.h"
#include "services/sns/sns_state.h"
#include "services/sns/sns_store.h"

extern const struct service sns_service;
extern const struct endpoint_row sns_endpoints[];

struct result sns_create_topic(struct call *call, struct input input);
struct result sns_delete_topic(struct call *call, struct input input);
struct result sns_list_topics(struct call *call, struct input input);
struct result sns_get_topic_attributes(struct call *call, struct input input);
struct result sns_set_topic_attributes(struct call *call, struct input input);
struct result sns_get_data_protection_policy(struct call *call, struct input input);
struct result sns_put_data_protection_policy(struct call *call, struct input input);

struct result sns_subscribe(struct call *call, struct input input);
struct result sns_confirm_subscription(struct call *call, struct input input);
struct result sns_unsubscribe(struct call *call, struct input input);
struct result sns_list_subscriptions(struct call *call, struct input input);
struct result sns_list_subscriptions_by_topic(struct call *call, struct input input);
struct result sns_get_subscription_attributes(struct call *call, struct input input);
struct result sns_set_subscription_attributes(struct call *call, struct input input);

struct result sns_publish(struct call *call, struct input input);
struct result sns_publish_batch(struct call *call, struct input input);

struct result sns_tag_resource(struct call *call, struct input input);
struct result sns_untag_resource(struct call *call, struct input input);
struct result sns_list_tags_for_resource(struct call *call, struct input input);
struct result sns_add_permission(struct call *call, struct input input);
struct result sns_remove_permission(struct call *call, struct input input);

struct result sns_create_platform_application(struct call *call, struct input input);
struct result sns_delete_platform_application(struct call *call, struct input input);
struct result sns_get_platform_application_attributes(struct call *call, struct input input);
struct result sns_set_platform_application_attributes(struct call *call, struct input input);
struct result sns_list_platform_applications(struct call *call, struct input input);
struct result sns_create_platform_endpoint(struct call *call, struct input input);
struct result sns_delete_endpoint(struct call *call, struct input input);
struct result sns_get_endpoint_attributes(struct call *call, struct input input);
struct result sns_set_endpoint_attributes(struct call *call, struct input input);
struct result sns_list_endpoints_by_platform_application(struct call *call, struct input input);

struct result sns_check_if_phone_number_is_opted_out(struct call *call, struct input input);
struct result sns_list_phone_numbers_opted_out(struct call *call, struct input input);
struct result sns_opt_in_phone_number(struct call *call, struct input input);
struct result sns_get_sms_attributes(struct call *call, struct input input);
struct result sns_set_sms_attributes(struct call *call, struct input input);
struct result sns_create_sms_sandbox_phone_number(struct call *call, struct input input);
struct result sns_delete_sms_sandbox_phone_number(struct call *call, struct input input);
struct result sns_verify_sms_sandbox_phone_number(struct call *call, struct input input);
struct result sns_list_sms_sandbox_phone_numbers(struct call *call, struct input input);
struct result sns_get_sms_sandbox_account_status(struct call *call, struct input input);
struct result sns_list_origination_numbers(struct call *call, struct input input);

/* ---- requests (sns_requests.c) ---- */

struct sns_scope sns_scope_of(const struct call *call);
/* "Invalid parameter: " and the text. */
struct result sns_invalid(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct result sns_validation_failed(struct call *call, struct input input, const char *message);
struct result sns_no_such_topic(struct call *call);
/* Six parts, else "Invalid parameter: MEMBER Reason: An ARN must have at least 6 elements, not N". */
bool sns_read_arn(struct call *call, struct text text, const char *member, struct arn *arn,
                  struct result *refusal);
/* The same for SubscriptionArn, which ends with an id: else "Invalid parameter: SubscriptionId". */
bool sns_read_subscription_arn(struct call *call, struct text text, struct arn *arn, struct result *refusal);
/* The ARN of a topic of this Region that exists. NULL: *refusal is the answer. */
const char *sns_require_topic(struct call *call, struct text text, const char *member,
                              struct result *refusal);
bool sns_is_fifo(const char *arn);
/* Opaque tokens of a page: what they hold is where the next one begins. False: not one of ours. */
void sns_write_next_token(struct call *call, const char *member, const char *after);
bool sns_read_next_token(struct call *call, struct text token, struct text *after, struct result *refusal);
/* Of names and of the ids of batch entries. */
#define SNS_NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define SNS_PAGE 100
/* +1 (555) 010-9999: digits with a plus and punctuation. */
bool sns_phone_number_is_valid(struct text number);

/* ---- attributes ---- */

/* sns_topic_attributes.c. Checks and stores one attribute; an empty value sets it back. False: *refusal. */
bool sns_set_topic_attribute(struct call *call, const char *topic_arn, struct text name, struct text value,
                             const char *place, struct result *refusal);
/* What is stored for that name and value, in normal form; absent: nothing. */
bool sns_normal_topic_attribute(struct call *call, const char *topic_arn, struct text name, struct text value,
                                const char *place, struct text *normal, struct result *refusal);
/* The policy a new topic has. */
const char *sns_default_policy(struct arena *arena, const char *topic_arn);
/* sns_subscriptions.c. place: "Attributes Reason: " at Subscribe, "" later. */
struct sns_attribute_change {
    const char *name;
    struct text value; /* in normal form; absent: takes it away */
};
bool sns_check_subscription_attribute(struct call *call, const struct sns_subscription *subscription,
                                      struct text name, struct text value, enum filter_scope scope,
                                      const char *place, struct sns_attribute_change *change,
                                      struct result *refusal);
/* sns_tags.c; false: *refusal. */
bool sns_check_tags(struct call *call, struct input tags, int64_t already, struct result *refusal);

/* ---- archive (sns_archive.c) ---- */

bool sns_check_archive_policy(struct call *call, const char *topic_arn, struct text policy,
                              struct result *refusal);
bool sns_check_replay_policy(struct call *call, const struct sns_subscription *subscription,
                             struct text policy, struct result *refusal);
/* Keeps a message if the topic has an archive. */
void sns_archive(struct emulator *emulator, const struct sns_topic *topic, const struct sns_message *message);
/* Sends what the policy names again. */
void sns_replay(struct call *call, const struct sns_subscription *subscription, struct text policy);

#endif
