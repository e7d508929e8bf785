/* Attributes of subscriptions and their lists. Source: sns.md section 3. */
#include <jansson.h>

#include "services/sns/broken_json.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/sns.h"

/* ---- checks ---- */

static bool check_filter(struct call *call, struct text value, enum filter_scope scope, const char *place,
                         struct sns_attribute_change *change, struct result *refusal) {
    const char *message;
    const struct json_value *json = json_parse(call->arena, value, NULL);
    if (value.size == 0 || (json && json->type == JSON_VALUE_OBJECT && !json->child)) {
        change->value = TEXT_NONE;
        return true;
    }
    if (!filter_policy_read(call->arena, value, scope, &message)) {
        *refusal = sns_invalid(call, "%sFilterPolicy: %s", place, message);
        return false;
    }
    return true;
}

static bool check_redrive(struct call *call, const struct sns_subscription *subscription, struct text value,
                          const char *place, struct sns_attribute_change *change, struct result *refusal) {
    struct arn arn;
    struct json_error error;
    const struct json_value *json = json_parse(call->arena, value, &error);
    if (value.size == 0 || (json && json->type == JSON_VALUE_OBJECT && !json->child)) {
        change->value = TEXT_NONE;
        return true;
    }
    if (!json || json->type != JSON_VALUE_OBJECT) {
        *refusal = sns_invalid(call, "%sRedrivePolicy: %s", place,
                               json ? "failed to parse JSON." : broken_json_text(call->arena, value, &error));
        return false;
    }
    struct text target = json_find_text(json, "deadLetterTargetArn");
    if (!target.data || !arn_parse(target, &arn) || !text_equals(arn.service, "sqs") ||
        arn.region.size >= REGION_SIZE || arn.account.size != ACCOUNT_SIZE - 1) {
        *refusal = sns_invalid(call, "%sRedrivePolicy: deadLetterTargetArn is an invalid arn", place);
        return false;
    }
    if (sns_is_fifo(subscription->topic_arn) && sns_is_fifo(subscription->endpoint) &&
        !text_ends_with(target, ".fifo")) {
        *refusal = sns_invalid(call,
                               "%sRedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to "
                               "a FIFO Topic.",
                               place);
        return false;
    }
    return true;
}

static bool check_raw(struct call *call, struct text value, const char *place,
                      struct sns_attribute_change *change, struct result *refusal) {
    bool on = text_equals_ignore_case(value, "true");
    if (!on && !text_equals_ignore_case(value, "false")) {
        *refusal = sns_invalid(call, "%sRawMessageDelivery: Invalid value [%.*s]. Must be true or false.",
                               place, TEXT_ARGUMENTS(value));
        return false;
    }
    change->value = on ? TEXT("true") : TEXT("false");
    return true;
}

bool sns_check_subscription_attribute(struct call *call, const struct sns_subscription *subscription,
                                      struct text name, struct text value, enum filter_scope scope,
                                      const char *place, struct sns_attribute_change *change,
                                      struct result *refusal) {
    if (!value.data) {
        value = TEXT("");
    }
    *change = (struct sns_attribute_change){arena_text_string(call->arena, name), value};
    if (text_equals(name, "FilterPolicy")) {
        return check_filter(call, value, scope, place, change, refusal);
    }
    if (text_equals(name, "RedrivePolicy")) {
        return check_redrive(call, subscription, value, place, change, refusal);
    }
    if (text_equals(name, "RawMessageDelivery")) {
        return check_raw(call, value, place, change, refusal);
    }
    if (text_equals(name, "FilterPolicyScope")) {
        if (!text_equals(value, "MessageBody") && !text_equals(value, "MessageAttributes")) {
            *refusal = sns_invalid(call,
                                   "%sFilterPolicyScope: Invalid value [%.*s]. Please use either "
                                   "MessageBody or MessageAttributes",
                                   place, TEXT_ARGUMENTS(value));
            return false;
        }
        return true;
    }
    if (text_equals(name, "DeliveryPolicy")) {
        const char *message = NULL;
        change->value = value.size == 0
                            ? TEXT_NONE
                            : text_of(delivery_policy_of_subscription(call->arena, value, &message));
        if (message) {
            *refusal = sns_invalid(call, "%sDeliveryPolicy: %s", place, message);
        }
        return !message;
    }
    if (text_equals(name, "ReplayPolicy")) {
        change->value = value.size == 0 ? TEXT_NONE : value;
        return value.size == 0 || sns_check_replay_policy(call, subscription, value, refusal);
    }
    if (text_equals(name, "SubscriptionRoleArn")) {
        return true;
    }
    *refusal = place[0] ? sns_invalid(call, "%sUnknown attribute %.*s", place, TEXT_ARGUMENTS(name))
                        : sns_invalid(call, "AttributeName");
    return false;
}

static bool require_subscription(struct call *call, struct input input, struct sns_subscription *subscription,
                                 struct result *refusal) {
    struct arn arn;
    struct text text = input_text(input, "SubscriptionArn");
    if (!sns_read_subscription_arn(call, text, &arn, refusal)) {
        return false;
    }
    if (!text_equals(arn.region, call->identity.region) ||
        !sns_store_subscription(call->store, call->arena, arena_text_string(call->arena, text),
                                subscription)) {
        *refusal = call_error(call, &sns_error_NotFoundException, "Subscription does not exist");
        return false;
    }
    return true;
}

static enum filter_scope stored_scope(struct call *call, const char *arn) {
    struct text scope = sns_store_attribute(call->store, call->arena, arn, "FilterPolicyScope");
    return text_equals(scope, "MessageBody") ? FILTER_MESSAGE_BODY : FILTER_MESSAGE_ATTRIBUTES;
}

struct result sns_set_subscription_attributes(struct call *call, struct input input) {
    struct result refusal;
    struct sns_subscription subscription;
    struct sns_attribute_change change;
    if (!require_subscription(call, input, &subscription, &refusal) ||
        !sns_check_subscription_attribute(call, &subscription, input_text(input, "AttributeName"),
                                          input_text(input, "AttributeValue"),
                                          stored_scope(call, subscription.arn), "", &change, &refusal)) {
        return refusal;
    }
    sns_store_put_attribute(call->store, subscription.arn, change.name, change.value);
    sns_forget_topic(sns_state_of(call->emulator), subscription.topic_arn);
    if (strcmp(change.name, "ReplayPolicy") == 0 && change.value.data) {
        sns_replay(call, &subscription, change.value);
    }
    return result_output();
}

/* ---- GetSubscriptionAttributes ---- */

static void write_stored(struct call *call, const char *arn) {
    static const char *const names[] = {"RedrivePolicy", "ReplayPolicy", "ReplayStatus",
                                        "SubscriptionRoleArn"};
    struct output *out = call_output(call);
    struct text filter = sns_store_attribute(call->store, call->arena, arn, "FilterPolicy");
    if (filter.data) {
        output_text(out, "FilterPolicy", filter);
        output_string(out, "FilterPolicyScope",
                      stored_scope(call, arn) == FILTER_MESSAGE_BODY ? "MessageBody" : "MessageAttributes");
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        output_text(out, names[i], sns_store_attribute(call->store, call->arena, arn, names[i]));
    }
}

struct result sns_get_subscription_attributes(struct call *call, struct input input) {
    struct result refusal;
    struct sns_subscription subscription;
    if (!require_subscription(call, input, &subscription, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    const char *arn = subscription.arn;
    struct text raw = sns_store_attribute(call->store, call->arena, arn, "RawMessageDelivery");
    struct text policy = sns_store_attribute(call->store, call->arena, arn, "DeliveryPolicy");
    output_begin_map(out, "Attributes");
    output_string(out, "Owner", subscription.owner);
    output_text(out, "RawMessageDelivery", raw.data ? raw : TEXT("false"));
    output_string(out, "TopicArn", subscription.topic_arn);
    output_string(out, "Endpoint", subscription.endpoint);
    output_string(out, "Protocol", subscription.protocol);
    output_string(out, "PendingConfirmation", subscription.confirmed ? "false" : "true");
    output_string(out, "ConfirmationWasAuthenticated", subscription.authenticated ? "true" : "false");
    output_string(out, "SubscriptionArn", arn);
    output_string(out, "SubscriptionPrincipal", subscription.principal);
    write_stored(call, arn);
    output_text(out, "DeliveryPolicy", policy);
    if (strncmp(subscription.protocol, "http", 4) == 0) {
        struct text topic =
            sns_store_attribute(call->store, call->arena, subscription.topic_arn, "DeliveryPolicy");
        output_string(out, "EffectiveDeliveryPolicy",
                      delivery_policy_effective_for_subscription(call->arena, topic, policy));
    }
    output_end(out);
    return result_output();
}

/* ---- lists ---- */

static void write_subscription(struct output *out, const struct sns_subscription *row) {
    output_begin_structure(out, NULL);
    output_string(out, "SubscriptionArn", row->confirmed ? row->arn : "PendingConfirmation");
    output_string(out, "Owner", row->owner);
    output_string(out, "Protocol", row->protocol);
    output_string(out, "Endpoint", row->endpoint);
    output_string(out, "TopicArn", row->topic_arn);
    output_end(out);
}

static struct result write_page(struct call *call, struct sns_subscriptions rows) {
    struct output *out = call_output(call);
    const char *last = NULL;
    int count = 0;
    bool more = false;
    output_begin_list(out, "Subscriptions");
    while (sns_subscriptions_next(&rows)) {
        if (count++ == SNS_PAGE) {
            more = true;
            sns_subscriptions_end(&rows);
            break;
        }
        write_subscription(out, &rows.row);
        last = arena_printf(call->arena, "%lld", (long long)rows.row.id);
    }
    output_end(out);
    if (more) {
        sns_write_next_token(call, "NextToken", last);
    }
    return result_output();
}

/* Where a page begins: behind this id. */
static bool read_page(struct call *call, struct input input, int64_t *after, struct result *refusal) {
    struct text text;
    *after = 0;
    if (!sns_read_next_token(call, input_text(input, "NextToken"), &text, refusal)) {
        return false;
    }
    if (text.data && !text_to_int64(text, after)) {
        *refusal = sns_invalid(call, "NextToken");
        return false;
    }
    return true;
}

struct result sns_list_subscriptions(struct call *call, struct input input) {
    struct result refusal;
    int64_t after;
    if (!read_page(call, input, &after, &refusal)) {
        return refusal;
    }
    return write_page(call, sns_store_subscriptions(call->store, call->arena, sns_scope_of(call), after));
}

struct result sns_list_subscriptions_by_topic(struct call *call, struct input input) {
    struct result refusal;
    int64_t after;
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic || !read_page(call, input, &after, &refusal)) {
        return refusal;
    }
    return write_page(call, sns_store_subscriptions_of(call->store, call->arena, topic, after));
}
