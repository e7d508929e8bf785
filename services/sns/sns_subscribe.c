/* Subscribe, ConfirmSubscription, Unsubscribe. Source: sns.md section 3. */
#include <ctype.h>

#include "services/sns/sns.h"
#include "services/sns/sns_delivery.h"

#define TOKEN_SIZE 200
#define MAXIMUM_FILTER_POLICIES 200

/* ---- endpoints ---- */

static bool refuse_endpoint(struct call *call, struct result *refusal, const char *reason) {
    *refusal = sns_invalid(call, "Endpoint Reason: %s", reason);
    return false;
}

static bool check_queue(struct call *call, const char *topic, struct text endpoint, struct result *refusal) {
    struct arn arn;
    if (!arn_parse(endpoint, &arn) || !text_equals(arn.service, "sqs") || arn.region.size == 0 ||
        arn.region.size >= REGION_SIZE || arn.account.size != ACCOUNT_SIZE - 1 || arn.resource.size == 0) {
        *refusal = sns_invalid(call, "SQS endpoint ARN");
        return false;
    }
    if (text_ends_with(endpoint, ".fifo") && !sns_is_fifo(topic)) {
        *refusal = sns_invalid(call, "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be "
                                     "subscribed to standard SNS topics");
        return false;
    }
    return true;
}

static bool check_function(struct call *call, struct text endpoint, struct result *refusal) {
    struct arn arn;
    if (!arn_parse(endpoint, &arn) || !text_equals(arn.service, "lambda") || arn.region.size >= REGION_SIZE ||
        arn.account.size != ACCOUNT_SIZE - 1 || !text_starts_with(arn.resource, "function:")) {
        *refusal = sns_invalid(call, "Lambda endpoint ARN");
        return false;
    }
    return true;
}

static bool check_arn(struct call *call, struct text endpoint, const char *service, const char *reason,
                      struct result *refusal) {
    struct arn arn;
    if (!arn_parse(endpoint, &arn) || !text_equals(arn.service, service) || arn.region.size >= REGION_SIZE ||
        arn.account.size != ACCOUNT_SIZE - 1) {
        return refuse_endpoint(call, refusal, reason);
    }
    return true;
}

static bool check_endpoint(struct call *call, const char *topic, enum sns_protocol protocol,
                           struct text endpoint, struct result *refusal) {
    if (sns_is_fifo(topic) && protocol != SNS_SQS) {
        *refusal = sns_invalid(call, "Invalid protocol type: %s", sns_protocol_name(protocol));
        return false;
    }
    switch (protocol) {
    case SNS_SQS:
        return check_queue(call, topic, endpoint, refusal);
    case SNS_LAMBDA:
        return check_function(call, endpoint, refusal);
    case SNS_FIREHOSE:
        return check_arn(call, endpoint, "firehose", "Invalid Firehose delivery stream ARN", refusal);
    case SNS_APPLICATION:
        if (!check_arn(call, endpoint, "sns", "Invalid endpoint ARN", refusal)) {
            return false;
        }
        return sns_store_has_platform(call->store, arena_text_string(call->arena, endpoint)) ||
               refuse_endpoint(call, refusal, "Endpoint does not exist for endpoint arn");
    case SNS_HTTP:
        return text_starts_with(endpoint, "http://") ||
               refuse_endpoint(call, refusal, "Endpoint must match the specified protocol");
    case SNS_HTTPS:
        return text_starts_with(endpoint, "https://") ||
               refuse_endpoint(call, refusal, "Endpoint must match the specified protocol");
    case SNS_EMAIL:
    case SNS_EMAIL_JSON:
        if (text_find_char(endpoint, '@') <= 0) {
            *refusal = sns_invalid(call, "Email address");
            return false;
        }
        return true;
    case SNS_SMS:
        if (!sns_phone_number_is_valid(endpoint)) {
            *refusal = call_error(call, &sns_error_InvalidParameterException, "Invalid SMS endpoint: %.*s",
                                  TEXT_ARGUMENTS(endpoint));
            return false;
        }
        return true;
    case SNS_PROTOCOL_COUNT:
        break;
    }
    return false;
}

/* Confirmed without being asked: what AWS can reach in the caller's own account. */
static bool needs_no_confirmation(const struct call *call, enum sns_protocol protocol, struct text endpoint) {
    struct arn arn;
    switch (protocol) {
    case SNS_SQS:
    case SNS_LAMBDA:
    case SNS_FIREHOSE:
        return arn_parse(endpoint, &arn) && text_equals(arn.account, call->identity.account);
    case SNS_APPLICATION:
    case SNS_SMS:
        return true;
    case SNS_HTTP:
    case SNS_HTTPS:
    case SNS_EMAIL:
    case SNS_EMAIL_JSON:
    case SNS_PROTOCOL_COUNT:
        break;
    }
    return false;
}

/* ---- Subscribe ---- */

struct wanted_attributes {
    struct sns_attribute_change changes[16];
    size_t count;
};

static enum filter_scope wanted_scope(struct input attributes) {
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (text_equals(input_key(entry), "FilterPolicyScope")) {
            return text_equals(input_as_text(entry), "MessageBody") ? FILTER_MESSAGE_BODY
                                                                    : FILTER_MESSAGE_ATTRIBUTES;
        }
    }
    return FILTER_MESSAGE_ATTRIBUTES;
}

static bool read_attributes(struct call *call, const struct sns_subscription *subscription,
                            struct input attributes, struct wanted_attributes *wanted,
                            struct result *refusal) {
    enum filter_scope scope = wanted_scope(attributes);
    wanted->count = 0;
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        struct text name = input_key(entry);
        if (wanted->count == sizeof(wanted->changes) / sizeof(wanted->changes[0])) {
            *refusal = sns_invalid(call, "Attributes");
            return false;
        }
        if (!sns_check_subscription_attribute(call, subscription, name, input_as_text(entry), scope,
                                              "Attributes Reason: ", &wanted->changes[wanted->count++],
                                              refusal)) {
            return false;
        }
        if (text_equals(name, "FilterPolicy") &&
            sns_store_filter_count(call->store, subscription->topic_arn) >= MAXIMUM_FILTER_POLICIES) {
            *refusal = call_error(call, &sns_error_FilterPolicyLimitExceededException,
                                  "Filter policy limit exceeded for topic %s", subscription->topic_arn);
            return false;
        }
    }
    return true;
}

/* Subscribing again gives the same subscription, if nothing else is wanted of it. */
static bool attributes_are_same(struct call *call, const char *arn, const struct wanted_attributes *wanted) {
    for (size_t i = 0; i < wanted->count; i++) {
        const struct sns_attribute_change *change = &wanted->changes[i];
        struct text stored = sns_store_attribute(call->store, call->arena, arn, change->name);
        bool both_default = !stored.data && (text_equals(change->value, "false") ||
                                             text_equals(change->value, "MessageAttributes"));
        if (!both_default && !text_same(stored, change->value)) {
            return false;
        }
    }
    return true;
}

static const char *new_token(struct call *call) {
    char *token = arena_alloc(call->arena, TOKEN_SIZE + 1);
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, TOKEN_SIZE, token);
    return token;
}

static struct result answer(struct call *call, const struct sns_subscription *subscription, bool show_arn) {
    output_string(call_output(call), "SubscriptionArn",
                  subscription->confirmed || show_arn ? subscription->arn : "pending confirmation");
    return result_output();
}

static void store_subscription(struct call *call, struct sns_subscription *subscription,
                               const struct wanted_attributes *wanted) {
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), uuid);
    subscription->arn = arena_printf(call->arena, "%s:%s", subscription->topic_arn, uuid);
    if (!subscription->confirmed) {
        subscription->token = new_token(call);
    }
    sns_store_add_subscription(call->store, sns_scope_of(call), subscription);
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->changes[i].value.data) {
            sns_store_put_attribute(call->store, subscription->arn, wanted->changes[i].name,
                                    wanted->changes[i].value);
        }
    }
    sns_forget_topic(sns_state_of(call->emulator), subscription->topic_arn);
}

struct result sns_subscribe(struct call *call, struct input input) {
    struct result refusal;
    enum sns_protocol protocol;
    struct text endpoint = input_text(input, "Endpoint");
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic) {
        return refusal;
    }
    if (!sns_protocol_of(input_text(input, "Protocol"), &protocol)) {
        return sns_invalid(call, "Amazon SNS does not support this protocol string: %s",
                           input_string(input, "Protocol"));
    }
    if (!check_endpoint(call, topic, protocol, endpoint.data ? endpoint : TEXT(""), &refusal)) {
        return refusal;
    }
    bool confirmed = needs_no_confirmation(call, protocol, endpoint);
    struct sns_subscription subscription = {
        .topic_arn = topic,
        .protocol = sns_protocol_name(protocol),
        .endpoint = arena_text_string(call->arena, endpoint),
        .owner = call->identity.account,
        .principal = call->identity.arn ? call->identity.arn : "",
        .confirmed = confirmed,
        .authenticated = confirmed,
    };
    struct wanted_attributes wanted;
    struct sns_subscription existing;
    if (!read_attributes(call, &subscription, input_map(input, "Attributes"), &wanted, &refusal)) {
        return refusal;
    }
    bool show_arn = input_boolean(input, "ReturnSubscriptionArn", false);
    if (sns_store_same_subscription(call->store, call->arena, topic, subscription.protocol,
                                    subscription.endpoint, &existing)) {
        if (!attributes_are_same(call, existing.arn, &wanted)) {
            return sns_invalid(call,
                               "Attributes Reason: Subscription already exists with different attributes");
        }
        if (!existing.confirmed) {
            sns_send_confirmation(call->emulator, &existing, "SubscriptionConfirmation");
        }
        return answer(call, &existing, show_arn);
    }
    store_subscription(call, &subscription, &wanted);
    if (!confirmed) {
        sns_send_confirmation(call->emulator, &subscription, "SubscriptionConfirmation");
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (strcmp(wanted.changes[i].name, "ReplayPolicy") == 0 && wanted.changes[i].value.data) {
            sns_replay(call, &subscription, wanted.changes[i].value);
        }
    }
    return answer(call, &subscription, show_arn);
}

/* ---- ConfirmSubscription: also a plain GET link ---- */

/* The token tells whose it is. Of the topic AWS wants no more than an ARN in the token's Region. */
struct result sns_confirm_subscription(struct call *call, struct input input) {
    struct text token = input_text(input, "Token");
    struct sns_subscription subscription;
    struct arn wanted;
    struct arn arn;
    bool is_signed = !call->request || call->identity.signing_service;
    if (!arn_parse(input_text(input, "TopicArn"), &wanted) ||
        (is_signed && !text_equals(wanted.region, call->identity.region))) {
        return sns_invalid(call, "Topic");
    }
    if (!text_is_made_of(token, "0123456789abcdef")) {
        return call_error(call, &sns_error_InvalidParameterException, "Invalid token");
    }
    if (!sns_store_subscription_of_token(call->store, call->arena, token, &subscription)) {
        return sns_invalid(call, "Token");
    }
    if (!arn_parse(text_of(subscription.topic_arn), &arn) || !text_same(arn.region, wanted.region)) {
        return sns_invalid(call, "Topic");
    }
    subscription.confirmed = true;
    subscription.authenticated =
        text_equals_ignore_case(input_text(input, "AuthenticateOnUnsubscribe"), "true");
    sns_store_save_subscription(call->store, &subscription);
    sns_forget_topic(sns_state_of(call->emulator), subscription.topic_arn);
    output_string(call_output(call), "SubscriptionArn", subscription.arn);
    return result_output();
}

/* ---- Unsubscribe: also a plain GET link ---- */

struct result sns_unsubscribe(struct call *call, struct input input) {
    struct result refusal;
    struct arn arn;
    struct sns_subscription subscription;
    struct text text = input_text(input, "SubscriptionArn");
    if (!sns_read_subscription_arn(call, text, &arn, &refusal)) {
        return refusal;
    }
    const char *name = arena_text_string(call->arena, text);
    if (!sns_store_subscription(call->store, call->arena, name, &subscription)) {
        return result_output();
    }
    bool is_signed = !call->request || call->identity.signing_service;
    if (subscription.authenticated && !is_signed) {
        return call_error(call, &sns_error_AuthorizationErrorException,
                          "User: anonymous is not authorized to perform: SNS:Unsubscribe on resource: %s",
                          name);
    }
    sns_store_drop_deliveries(call->store, name);
    sns_forget_topic(sns_state_of(call->emulator), subscription.topic_arn);
    if (subscription.confirmed && subscription.token) {
        subscription.token = new_token(call);
        sns_store_leave_subscription(call->store, name, subscription.token);
        sns_send_confirmation(call->emulator, &subscription, "UnsubscribeConfirmation");
    } else {
        sns_store_delete_subscription(call->store, name);
    }
    return result_output();
}
