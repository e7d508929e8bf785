#include "services/sqs/sqs_redrive.h"

#include <jansson.h>

#define MAXIMUM_RECEIVES 1000

/* A JSON number, or a text that is one. */
static bool read_count(const json_t *value, int64_t *count) {
    if (json_is_integer(value)) {
        *count = json_integer_value(value);
        return true;
    }
    return json_is_string(value) && text_to_int64(text_of(json_string_value(value)), count);
}

static const char *read_redrive(struct arena *arena, const json_t *policy, struct text json,
                                struct sqs_redrive *redrive) {
    const char *target = json_string_value(json_object_get(policy, "deadLetterTargetArn"));
    const json_t *count = json_object_get(policy, "maxReceiveCount");
    if (!target) {
        return "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.";
    }
    if (!count || json_is_null(count)) {
        return "Redrive policy does not contain mandatory attribute: maxReceiveCount.";
    }
    if (!read_count(count, &redrive->maximum_receives) || redrive->maximum_receives < 1 ||
        redrive->maximum_receives > MAXIMUM_RECEIVES) {
        const char *shown = json_is_string(count) ? json_string_value(count)
                            : json_is_integer(count)
                                ? arena_printf(arena, "%lld", (long long)json_integer_value(count))
                                : "null";
        return arena_printf(
            arena, "Invalid value for maxReceiveCount: %s, valid values are from 1 to %d both inclusive.",
            shown, MAXIMUM_RECEIVES);
    }
    redrive->target_arn = arena_strdup(arena, target);
    redrive->canonical =
        json_is_integer(count)
            ? arena_text_string(arena, json)
            : arena_printf(arena, "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":%lld}", target,
                           (long long)redrive->maximum_receives);
    return NULL;
}

const char *sqs_redrive_parse(struct arena *arena, struct text json, struct sqs_redrive *redrive) {
    json_t *policy = json_loadb(json.data, json.size, 0, NULL);
    const char *reason = json_is_object(policy) ? read_redrive(arena, policy, json, redrive)
                                                : "Redrive policy is not a valid JSON map.";
    json_decref(policy);
    return reason;
}

/* ---- who may use a queue as dead-letter queue ---- */

static const char *read_sources(struct arena *arena, const json_t *sources, struct sqs_redrive_allow *allow) {
    size_t count = json_array_size(sources);
    if (allow->permission != SQS_REDRIVE_BY_QUEUE) {
        return sources ? "Amazon SQS can't create the redrive allow policy. sourceQueueArns can be specified "
                         "only "
                         "when redrivePermission is byQueue."
                       : NULL;
    }
    if (!json_is_array(sources) || count == 0 || count > SQS_MAXIMUM_SOURCE_ARNS) {
        return "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission "
               "type, "
               "you must also specify one or more sourceQueueArns values, at most 10.";
    }
    for (size_t i = 0; i < count; i++) {
        const char *arn = json_string_value(json_array_get(sources, i));
        if (!arn) {
            return "Amazon SQS can't create the redrive allow policy. sourceQueueArns must be queue ARNs.";
        }
        allow->source_arns[allow->source_count++] = arena_strdup(arena, arn);
    }
    return NULL;
}

static const char *read_allow(struct arena *arena, const json_t *policy, struct sqs_redrive_allow *allow) {
    static const char *const names[] = {"allowAll", "denyAll", "byQueue"};
    const char *permission = json_string_value(json_object_get(policy, "redrivePermission"));
    for (size_t i = 0; permission && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], permission) == 0) {
            allow->permission = (enum sqs_redrive_permission)i;
            return read_sources(arena, json_object_get(policy, "sourceQueueArns"), allow);
        }
    }
    return "Amazon SQS can't create the redrive allow policy. redrivePermission must be allowAll, denyAll or "
           "byQueue.";
}

const char *sqs_redrive_allow_parse(struct arena *arena, struct text json, struct sqs_redrive_allow *allow) {
    *allow = (struct sqs_redrive_allow){0};
    json_t *policy = json_loadb(json.data, json.size, 0, NULL);
    const char *reason = json_is_object(policy) ? read_allow(arena, policy, allow)
                                                : "Redrive allow policy is not a valid JSON map.";
    json_decref(policy);
    return reason;
}

bool sqs_redrive_allows(const struct sqs_redrive_allow *allow, const char *source_arn) {
    for (size_t i = 0; i < allow->source_count; i++) {
        if (strcmp(allow->source_arns[i], source_arn) == 0) {
            return true;
        }
    }
    return allow->permission == SQS_REDRIVE_ALLOW_ALL;
}
