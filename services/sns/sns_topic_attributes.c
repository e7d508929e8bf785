/* GetTopicAttributes, SetTopicAttributes, data protection policies. Source: sns.md section 2. */
#include <jansson.h>

#include "services/sns/data_protection.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/sns.h"

#define MAXIMUM_DISPLAY_NAME 100
#define MAXIMUM_PROTECTION_POLICY 30720

enum attribute_kind {
    KIND_TEXT,
    KIND_DISPLAY_NAME,
    KIND_BOOLEAN,
    KIND_JSON,
    KIND_DATA_PROTECTION,
    KIND_DELIVERY_POLICY,
    KIND_ARCHIVE_POLICY,
    KIND_SIGNATURE,
    KIND_TRACING,
    KIND_THROUGHPUT,
    KIND_RATE,
};

static const struct topic_attribute {
    const char *name;
    enum attribute_kind kind;
    bool fifo_only;
    bool create_only;
} topic_attributes[] = {
    {"DisplayName", KIND_DISPLAY_NAME, false, false},
    {"Policy", KIND_JSON, false, false},
    {"DeliveryPolicy", KIND_DELIVERY_POLICY, false, false},
    {"FifoTopic", KIND_BOOLEAN, false, true},
    {"ContentBasedDeduplication", KIND_BOOLEAN, true, false},
    {"FifoThroughputScope", KIND_THROUGHPUT, true, false},
    {"ArchivePolicy", KIND_ARCHIVE_POLICY, true, false},
    {"KmsMasterKeyId", KIND_TEXT, false, false},
    {"SignatureVersion", KIND_SIGNATURE, false, false},
    {"TracingConfig", KIND_TRACING, false, false},
    {"DataProtectionPolicy", KIND_DATA_PROTECTION, false, false},
};

/* HTTPSuccessFeedbackRoleArn, SQSSuccessFeedbackSampleRate ... */
static bool read_feedback(struct text name, enum attribute_kind *kind) {
    static const char *const services[] = {"HTTP", "Firehose", "Lambda", "Application", "SQS"};
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (text_starts_with(name, services[i])) {
            struct text rest = text_slice(name, strlen(services[i]), name.size);
            *kind = text_equals(rest, "SuccessFeedbackSampleRate") ? KIND_RATE : KIND_TEXT;
            return *kind == KIND_RATE || text_equals(rest, "SuccessFeedbackRoleArn") ||
                   text_equals(rest, "FailureFeedbackRoleArn");
        }
    }
    return false;
}

static bool read_row(struct text name, struct topic_attribute *row) {
    for (size_t i = 0; i < sizeof(topic_attributes) / sizeof(topic_attributes[0]); i++) {
        if (text_equals(name, topic_attributes[i].name)) {
            *row = topic_attributes[i];
            return true;
        }
    }
    *row = (struct topic_attribute){0};
    return read_feedback(name, &row->kind);
}

static bool is_json_object(struct call *call, struct text value) {
    const struct json_value *json = json_parse(call->arena, value, NULL);
    return json && json->type == JSON_VALUE_OBJECT;
}

static bool is_one_of(struct text value, const char *first, const char *second) {
    return text_equals(value, first) || text_equals(value, second);
}

/* What is wrong with the value ("" : nothing more to say), or NULL; *normal is what to store. */
static const char *check_value(struct call *call, const struct topic_attribute *row, struct text value,
                               struct text *normal) {
    const char *message = NULL;
    int64_t number;
    *normal = value;
    switch (row->kind) {
    case KIND_TEXT:
        return NULL;
    case KIND_DISPLAY_NAME:
        return value.size > MAXIMUM_DISPLAY_NAME ? "must be at most 100 characters long" : NULL;
    case KIND_BOOLEAN:
        *normal = text_equals_ignore_case(value, "true") ? TEXT("true") : TEXT("false");
        return text_equals_ignore_case(value, "true") || text_equals_ignore_case(value, "false")
                   ? NULL
                   : "must be true or false";
    case KIND_JSON:
        return is_json_object(call, value) ? NULL : "failed to parse JSON.";
    case KIND_DATA_PROTECTION:
        return value.size > MAXIMUM_PROTECTION_POLICY ? "must be at most 30720 bytes long"
                                                      : data_protection_problem(call->arena, value);
    case KIND_DELIVERY_POLICY:
        *normal = text_of(delivery_policy_of_topic(call->arena, value, &message));
        return message;
    case KIND_ARCHIVE_POLICY:
        return NULL;
    case KIND_SIGNATURE:
        return is_one_of(value, "1", "2") ? NULL : "must be 1 or 2";
    case KIND_TRACING:
        return is_one_of(value, "PassThrough", "Active") ? NULL : "must be PassThrough or Active";
    case KIND_THROUGHPUT:
        return is_one_of(value, "Topic", "MessageGroup") ? NULL : "must be Topic or MessageGroup";
    case KIND_RATE:
        return text_to_int64(value, &number) && number >= 0 && number <= 100 ? NULL
                                                                             : "must be between 0 and 100";
    }
    return NULL;
}

bool sns_normal_topic_attribute(struct call *call, const char *topic_arn, struct text name, struct text value,
                                const char *place, struct text *normal, struct result *refusal) {
    struct topic_attribute row;
    bool creating = place[0] != '\0';
    *normal = TEXT_NONE;
    if (!read_row(name, &row) || (row.create_only && !creating)) {
        *refusal = creating ? sns_invalid(call, "%sUnknown attribute %.*s", place, TEXT_ARGUMENTS(name))
                            : sns_invalid(call, "AttributeName");
        return false;
    }
    if (row.fifo_only && !sns_is_fifo(topic_arn)) {
        *refusal = sns_invalid(call, "%s%.*s: can only be set for FIFO topics", place, TEXT_ARGUMENTS(name));
        return false;
    }
    if (value.size == 0 && row.kind != KIND_DISPLAY_NAME) {
        return true; /* back to the default */
    }
    const char *message = check_value(call, &row, value, normal);
    if (message) {
        *refusal = sns_invalid(call, "%s%.*s: %s", place, TEXT_ARGUMENTS(name), message);
        return false;
    }
    return row.kind != KIND_ARCHIVE_POLICY || sns_check_archive_policy(call, topic_arn, value, refusal);
}

bool sns_set_topic_attribute(struct call *call, const char *topic_arn, struct text name, struct text value,
                             const char *place, struct result *refusal) {
    struct text normal;
    if (!sns_normal_topic_attribute(call, topic_arn, name, value, place, &normal, refusal)) {
        return false;
    }
    if (!text_equals(name, "FifoTopic")) { /* its name tells */
        sns_store_put_attribute(call->store, topic_arn, arena_text_string(call->arena, name), normal);
    }
    sns_forget_topic(sns_state_of(call->emulator), topic_arn);
    return true;
}

struct result sns_set_topic_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic || !sns_set_topic_attribute(call, topic, input_text(input, "AttributeName"),
                                           input_text(input, "AttributeValue"), "", &refusal)) {
        return refusal;
    }
    return result_output();
}

const char *sns_default_policy(struct arena *arena, const char *topic_arn) {
    struct arn arn;
    arn_parse(text_of(topic_arn), &arn);
    return arena_printf(
        arena,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
        "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
        "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
        "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"%s\",\"Condition\":{"
        "\"StringEquals\":{\"AWS:SourceOwner\":\"%.*s\"}}}]}",
        topic_arn, TEXT_ARGUMENTS(arn.account));
}

/* Those that are always there; the stored ones follow. */
static void write_fixed_attributes(struct call *call, const char *topic) {
    struct output *out = call_output(call);
    struct arn arn;
    int64_t confirmed;
    int64_t pending;
    arn_parse(text_of(topic), &arn);
    sns_store_count_subscriptions(call->store, topic, &confirmed, &pending);
    struct text delivery = sns_store_attribute(call->store, call->arena, topic, "DeliveryPolicy");
    struct text policy = sns_store_attribute(call->store, call->arena, topic, "Policy");
    struct text name = sns_store_attribute(call->store, call->arena, topic, "DisplayName");
    output_text(out, "Policy", policy.data ? policy : text_of(sns_default_policy(call->arena, topic)));
    output_text(out, "Owner", arn.account);
    output_string(out, "SubscriptionsPending", arena_printf(call->arena, "%lld", (long long)pending));
    output_string(out, "TopicArn", topic);
    output_string(out, "EffectiveDeliveryPolicy", delivery_policy_effective_for_topic(call->arena, delivery));
    output_string(out, "SubscriptionsConfirmed", arena_printf(call->arena, "%lld", (long long)confirmed));
    output_text(out, "DisplayName", name.data ? name : TEXT(""));
    output_string(out, "SubscriptionsDeleted", "0");
    if (sns_is_fifo(topic)) {
        struct text content =
            sns_store_attribute(call->store, call->arena, topic, "ContentBasedDeduplication");
        output_string(out, "FifoTopic", "true");
        output_text(out, "ContentBasedDeduplication", content.data ? content : TEXT("false"));
    }
    struct text archive = sns_store_attribute(call->store, call->arena, topic, "ArchivePolicy");
    int64_t begin = archive.size > 0 ? sns_store_archive_begin(call->store, topic) : -1;
    if (begin >= 0) {
        struct strbuf time = STRBUF_INIT;
        clock_format_iso_ms(&time, begin);
        output_text(out, "BeginningArchiveTime", strbuf_text(&time));
        strbuf_release(&time);
    }
}

static bool is_fixed(struct text name) {
    return is_one_of(name, "Policy", "DisplayName") || text_equals(name, "ContentBasedDeduplication");
}

struct result sns_get_topic_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "TopicArn"), "TopicArn", &refusal);
    if (!topic) {
        return refusal;
    }
    struct output *out = call_output(call);
    output_begin_map(out, "Attributes");
    write_fixed_attributes(call, topic);
    struct statement *rows = sns_store_attributes(call->store, topic);
    while (statement_step(rows)) {
        if (!is_fixed(statement_text(rows, 0))) {
            output_text(out, statement_string(rows, 0, call->arena), statement_text(rows, 1));
        }
    }
    output_end(out);
    return result_output();
}

/* ---- data protection: stored, nothing is audited or masked ---- */

struct result sns_get_data_protection_policy(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "ResourceArn"), "ResourceArn", &refusal);
    if (!topic) {
        return refusal;
    }
    struct text policy = sns_store_attribute(call->store, call->arena, topic, "DataProtectionPolicy");
    output_text(call_output(call), "DataProtectionPolicy", policy.data ? policy : TEXT(""));
    return result_output();
}

struct result sns_put_data_protection_policy(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = sns_require_topic(call, input_text(input, "ResourceArn"), "ResourceArn", &refusal);
    if (!topic || !sns_set_topic_attribute(call, topic, TEXT("DataProtectionPolicy"),
                                           input_text(input, "DataProtectionPolicy"), "", &refusal)) {
        return refusal;
    }
    return result_output();
}
