/* CreateTopic, DeleteTopic, ListTopics. Source: sns.md section 2. */
#include "services/sns/sns.h"

#define MAXIMUM_NAME 256

static bool name_is_valid(struct text name, bool fifo) {
    struct text stem = name;
    if (fifo) {
        if (!text_ends_with(name, ".fifo")) {
            return false;
        }
        stem = text_slice(name, 0, name.size - 5);
    }
    return text_is_made_of(stem, SNS_NAME_CHARACTERS) && stem.size > 0 && name.size <= MAXIMUM_NAME;
}

static bool asks_for_fifo(struct input attributes) {
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (text_equals(input_key(entry), "FifoTopic")) {
            return text_equals_ignore_case(input_as_text(entry), "true");
        }
    }
    return false;
}

/* A topic that exists is created again only with what it has. */
static bool check_same(struct call *call, const char *arn, struct input input, struct result *refusal) {
    struct input tags = input_list(input, "Tags");
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text value = sns_store_tag(call->store, arn, input_text(tag, "Key"));
        if (!value.data || !text_same(value, input_text(tag, "Value"))) {
            *refusal = sns_invalid(call, "Tags Reason: Topic already exists with different tags");
            return false;
        }
    }
    struct input attributes = input_map(input, "Attributes");
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        struct text normal;
        const char *name = arena_text_string(call->arena, input_key(entry));
        if (!sns_normal_topic_attribute(call, arn, input_key(entry), input_as_text(entry),
                                        "Attributes Reason: ", &normal, refusal)) {
            return false;
        }
        struct text stored = sns_store_attribute(call->store, call->arena, arn, name);
        bool is_default = !stored.data && (normal.size == 0 || text_equals(normal, "false") ||
                                           strcmp(name, "FifoTopic") == 0);
        if (!is_default && !text_same(stored, normal)) {
            *refusal = sns_invalid(call, "Attributes Reason: Topic already exists with different attributes");
            return false;
        }
    }
    return true;
}

static bool store_topic(struct call *call, const char *arn, struct input input, struct result *refusal) {
    sns_store_add_topic(call->store, sns_scope_of(call), arn);
    struct input attributes = input_map(input, "Attributes");
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        if (!sns_set_topic_attribute(call, arn, input_key(entry), input_as_text(entry),
                                     "Attributes Reason: ", refusal)) {
            return false;
        }
    }
    struct text protection = input_text(input, "DataProtectionPolicy");
    if (protection.size > 0 && !sns_set_topic_attribute(call, arn, TEXT("DataProtectionPolicy"), protection,
                                                        "Attributes Reason: ", refusal)) {
        return false;
    }
    struct input tags = input_list(input, "Tags");
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        sns_store_put_tag(call->store, arn, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    return true;
}

struct result sns_create_topic(struct call *call, struct input input) {
    struct result refusal;
    struct text name = input_text(input, "Name");
    bool fifo = asks_for_fifo(input_map(input, "Attributes"));
    if (fifo && !name_is_valid(name, true)) {
        return sns_invalid(
            call, "Fifo Topic names must end with .fifo and must be made up of only uppercase and "
                  "lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 "
                  "and 256 characters long.");
    }
    if (!fifo && !name_is_valid(name, false)) {
        return sns_invalid(call, "Topic Name");
    }
    const char *arn = arn_build(call->arena, "sns", call->identity.region, call->identity.account,
                                arena_text_string(call->arena, name));
    if (!sns_check_tags(call, input_list(input, "Tags"), 0, &refusal)) {
        return refusal;
    }
    bool good = sns_store_has_topic(call->store, arn) ? check_same(call, arn, input, &refusal)
                                                      : store_topic(call, arn, input, &refusal);
    if (!good) {
        return refusal;
    }
    output_string(call_output(call), "TopicArn", arn);
    return result_output();
}

struct result sns_delete_topic(struct call *call, struct input input) {
    struct result refusal;
    struct arn arn;
    struct text text = input_text(input, "TopicArn");
    if (!sns_read_arn(call, text, "TopicArn", &arn, &refusal)) {
        return refusal;
    }
    if (!text_equals(arn.region, call->identity.region)) {
        return sns_invalid(call, "TopicArn");
    }
    const char *topic = arena_text_string(call->arena, text);
    if (sns_store_has_topic(call->store, topic)) {
        sns_store_delete_topic(call->store, topic);
        sns_forget_topic(sns_state_of(call->emulator), topic);
    }
    return result_output();
}

struct result sns_list_topics(struct call *call, struct input input) {
    struct result refusal;
    struct text after;
    if (!sns_read_next_token(call, input_text(input, "NextToken"), &after, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct statement *rows = sns_store_topics(call->store, sns_scope_of(call), after);
    const char *last = NULL;
    int count = 0;
    bool more = false;
    output_begin_list(out, "Topics");
    while (!more && statement_step(rows)) {
        if (count++ == SNS_PAGE) {
            more = true;
            statement_reset(rows);
            break;
        }
        last = statement_string(rows, 0, call->arena);
        output_begin_structure(out, NULL);
        output_string(out, "TopicArn", last);
        output_end(out);
    }
    output_end(out);
    if (more) {
        sns_write_next_token(call, "NextToken", last);
    }
    return result_output();
}
