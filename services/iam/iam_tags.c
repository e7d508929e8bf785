/* Tags of roles, users, instance profiles and policies. Source: IAM API reference. */
#include "emulator/base/arn.h"
#include "services/iam/iam.h"

#define MAXIMUM_TAGS 50

/* Policies are named by their ARN, the rest by name. */
static bool find_tagged(struct call *call, struct input input, struct iam_entity *entity,
                        struct result *refusal) {
    struct arn arn;
    if (!shape_member(input.shape, TEXT("PolicyArn"))) {
        return iam_find_named_entity(call, input, entity, refusal);
    }
    struct text text = input_text(input, "PolicyArn");
    if (!iam_check_policy_exists(call, text, false, refusal)) {
        return false;
    }
    arn_parse(text, &arn);
    struct text name = TEXT_NONE;
    while (arn.resource.data) {
        name = text_cut(&arn.resource, '/');
    }
    if (!iam_store_find(call->store, call->identity.account, IAM_POLICY, name, call->arena, entity)) {
        *refusal = call_error(call, &iam_error_InvalidInputException, "Policies of AWS cannot be tagged.");
        return false;
    }
    return true;
}

bool iam_check_tags(struct call *call, struct input tags, struct result *refusal) {
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        struct text key = input_text(tag, "Key");
        for (struct input other = input_first(tags); other.value != tag.value; other = input_next(other)) {
            struct text other_key = input_text(other, "Key");
            if (other_key.size == key.size && strncasecmp(other_key.data, key.data, key.size) == 0) {
                *refusal =
                    call_error(call, &iam_error_InvalidInputException,
                               "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
                return false;
            }
        }
    }
    return true;
}

struct result iam_tag(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    struct input tags = input_list(input, "Tags");
    if (!find_tagged(call, input, &entity, &refusal) || !iam_check_tags(call, tags, &refusal)) {
        return refusal;
    }
    for (struct input tag = input_first(tags); tag.value; tag = input_next(tag)) {
        iam_store_put_tag(call->store, entity.id, input_text(tag, "Key"), input_text(tag, "Value"));
    }
    if (iam_store_tag_count(call->store, entity.id) > MAXIMUM_TAGS) {
        return call_error(call, &iam_error_LimitExceededException,
                          "The number of tags has reached the maximum limit.");
    }
    return result_output();
}

struct result iam_untag(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity entity;
    if (!find_tagged(call, input, &entity, &refusal)) {
        return refusal;
    }
    struct input keys = input_list(input, "TagKeys");
    for (struct input key = input_first(keys); key.value; key = input_next(key)) {
        iam_store_delete_tag(call->store, entity.id, input_as_text(key));
    }
    return result_output();
}

struct result iam_list_tags(struct call *call, struct input input) {
    struct result refusal;
    struct output *out = call_output(call);
    struct iam_page page = iam_read_page(input);
    struct iam_entity entity;
    if (!find_tagged(call, input, &entity, &refusal)) {
        return refusal;
    }
    struct statement *tags = iam_store_tags(call->store, entity.id, page.after);
    output_begin_list(out, "Tags");
    while (statement_step(tags)) {
        const char *key = statement_string(tags, 0, call->arena);
        if (!iam_take_room(&page, key)) {
            statement_reset(tags);
            break;
        }
        output_begin_structure(out, NULL);
        output_string(out, "Key", key);
        output_text(out, "Value", statement_text(tags, 1));
        output_end(out);
    }
    output_end(out);
    iam_write_page(call, &page);
    return result_output();
}
