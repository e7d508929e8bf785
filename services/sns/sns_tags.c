/* TagResource, UntagResource, ListTagsForResource. */
#include "services/sns/sns.h"

#define MAXIMUM_TAGS 50

bool sns_check_tags(struct call *call, struct input tags, int64_t already, struct result *refusal) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text key = input_text(tag, "Key");
        for (struct input other = input_next(tag); other.value; other = input_next(other)) {
            if (text_same(key, input_text(other, "Key"))) {
                *refusal = sns_invalid(call, "Duplicated keys are not allowed.");
                return false;
            }
        }
        if (text_starts_with(key, "aws:")) {
            *refusal = sns_invalid(call, "Tag keys starting with aws: are reserved for system use");
            return false;
        }
    }
    if (already + (int64_t)input_count(tags) > MAXIMUM_TAGS) {
        *refusal = call_error(call, &sns_error_TagLimitExceededException,
                              "Could not complete request: tag quota of per resource exceeded");
        return false;
    }
    return true;
}

static const char *require_resource(struct call *call, struct input input, struct result *refusal) {
    struct arn arn;
    struct text text = input_text(input, "ResourceArn");
    if (!sns_read_arn(call, text, "ResourceArn", &arn, refusal)) {
        return NULL;
    }
    const char *topic = arena_text_string(call->arena, text);
    if (!text_equals(arn.region, call->identity.region) || !sns_store_has_topic(call->store, topic)) {
        *refusal = call_error(call, &sns_error_ResourceNotFoundException, "Resource does not exist");
        return NULL;
    }
    return topic;
}

struct result sns_tag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = require_resource(call, input, &refusal);
    struct input tags = input_list(input, "Tags");
    if (!topic) {
        return refusal;
    }
    int64_t others = sns_store_tag_count(call->store, topic);
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        others -= sns_store_tag(call->store, topic, input_text(tag, "Key")).data != NULL;
    }
    if (!sns_check_tags(call, tags, others, &refusal)) {
        return refusal;
    }
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        sns_store_put_tag(call->store, topic, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    return result_output();
}

struct result sns_untag_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = require_resource(call, input, &refusal);
    if (!topic) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        sns_store_delete_tag(call->store, topic, input_as_text(key));
    }
    return result_output();
}

struct result sns_list_tags_for_resource(struct call *call, struct input input) {
    struct result refusal;
    const char *topic = require_resource(call, input, &refusal);
    if (!topic) {
        return refusal;
    }
    struct output *out = call_output(call);
    struct statement *rows = sns_store_tags(call->store, topic);
    output_begin_list(out, "Tags");
    while (statement_step(rows)) {
        output_begin_structure(out, NULL);
        output_text(out, "Key", statement_text(rows, 0));
        output_text(out, "Value", statement_text(rows, 1));
        output_end(out);
    }
    output_end(out);
    return result_output();
}
