/* Archive of FIFO topics, and replaying from it. Source: sns.md; the texts of refusals are inferred. */
#include "services/sns/sns.h"
#include "services/sns/sns_envelope.h"
#include "services/sns/sns_fanout.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)
#define MAXIMUM_DAYS 365

/* Days that an archive policy keeps messages; 0: it keeps none; -1: no policy. */
static int64_t retention_days(struct arena *arena, struct text policy) {
    const struct json_value *json = json_parse(arena, policy, NULL);
    const struct json_value *period = json_find(json, "MessageRetentionPeriod");
    int64_t days;
    if (!json || json->type != JSON_VALUE_OBJECT || (json->child && !period)) {
        return -1;
    }
    if (!period) {
        return 0; /* {} switches it off */
    }
    return text_to_int64(period->text, &days) && days >= 1 && days <= MAXIMUM_DAYS ? days : -1;
}

bool sns_check_archive_policy(struct call *call, const char *topic_arn, struct text policy,
                              struct result *refusal) {
    (void)topic_arn;
    if (retention_days(call->arena, policy) < 0) {
        *refusal = sns_invalid(call, "ArchivePolicy: MessageRetentionPeriod must be between 1 and 365 days");
        return false;
    }
    return true;
}

/* ---- keeping ---- */

void sns_archive(struct emulator *emulator, const struct sns_topic *topic,
                 const struct sns_message *message) {
    if (!topic->archived) {
        return;
    }
    struct store *store = emulator_store(emulator);
    struct arena *arena = arena_open();
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"Id\":");
    json_write_string(&json, text_of(message->id));
    strbuf_append_string(&json, ",\"Message\":");
    json_write_string(&json, message->text);
    if (message->subject.data) {
        strbuf_append_string(&json, ",\"Subject\":");
        json_write_string(&json, message->subject);
    }
    strbuf_append_string(&json, ",\"Group\":");
    json_write_string(&json, message->group);
    strbuf_append_string(&json, ",\"Deduplication\":");
    json_write_string(&json, message->deduplication);
    strbuf_printf(&json, ",\"Sequence\":%lld,\"Json\":%s,\"Attributes\":", (long long)message->sequence,
                  message->structure ? "true" : "false");
    sns_write_attributes(&json, message);
    strbuf_append_char(&json, '}');
    int64_t days = retention_days(arena, sns_store_attribute(store, arena, topic->arn, "ArchivePolicy"));
    sns_store_expire_archive(store, topic->arn, message->time_ms - days * DAY_MS);
    sns_store_archive(store, topic->arn, message->time_ms, strbuf_text(&json));
    strbuf_release(&json);
    arena_close(arena);
}

/* ---- replaying ---- */

struct replay_window {
    int64_t from_ms;
    int64_t to_ms;
};

static bool read_window(struct arena *arena, struct text policy, struct replay_window *window) {
    const struct json_value *json = json_parse(arena, policy, NULL);
    struct text end = json_find_text(json, "EndingPoint");
    window->to_ms = INT64_MAX;
    return json && json->type == JSON_VALUE_OBJECT &&
           text_equals(json_find_text(json, "PointType"), "Timestamp") &&
           json_find_text(json, "StartingPoint").data &&
           clock_parse(json_find_text(json, "StartingPoint"), &window->from_ms) &&
           (!end.data || clock_parse(end, &window->to_ms));
}

bool sns_check_replay_policy(struct call *call, const struct sns_subscription *subscription,
                             struct text policy, struct result *refusal) {
    struct replay_window window;
    struct text archive =
        sns_store_attribute(call->store, call->arena, subscription->topic_arn, "ArchivePolicy");
    if (!read_window(call->arena, policy, &window)) {
        *refusal = sns_invalid(call, "ReplayPolicy: PointType must be Timestamp and StartingPoint a time");
        return false;
    }
    if (retention_days(call->arena, archive) <= 0) {
        *refusal = sns_invalid(call, "ReplayPolicy: the topic has no active archive policy");
        return false;
    }
    if (window.from_ms > call->now_ms || window.to_ms < window.from_ms) {
        *refusal =
            sns_invalid(call, "ReplayPolicy: StartingPoint must lie before now and before EndingPoint");
        return false;
    }
    return true;
}

static void read_attributes(struct arena *arena, const struct json_value *object,
                            struct sns_message *message) {
    if (!object || object->count == 0) {
        return;
    }
    struct sns_attribute *attributes = arena_zalloc(arena, object->count * sizeof(*attributes));
    message->attributes = attributes;
    for (const struct json_value *member = object->child; member; member = member->next) {
        struct sns_attribute *attribute = &attributes[message->attribute_count++];
        attribute->name = member->key;
        attribute->type = json_find_text(member, "Type");
        attribute->value = json_find_text(member, "Value");
        attribute->binary = text_starts_with(attribute->type, "Binary");
    }
}

static void read_message(struct arena *arena, const struct sns_topic *topic, struct text source,
                         int64_t time_ms, struct sns_message *message) {
    const struct json_value *json = json_parse(arena, source, NULL);
    const struct json_value *sequence = json_find(json, "Sequence");
    const struct json_value *structured = json_find(json, "Json");
    struct text id = json_find_text(json, "Id");
    *message = (struct sns_message){
        .id = id.data ? arena_text_string(arena, id) : "",
        .topic_arn = text_of(topic->arn),
        .subject = json_find_text(json, "Subject"),
        .text = json_find_text(json, "Message"),
        .group = json_find_text(json, "Group"),
        /* The queue would drop what it has seen within five minutes: a replayed one is a new one to it. */
        .deduplication = text_of(arena_printf(arena, "%.*s-%lld", TEXT_ARGUMENTS(id), (long long)time_ms)),
        .sequence = 0,
        .time_ms = time_ms,
        .replayed = true,
    };
    if (sequence) {
        text_to_int64(sequence->text, &message->sequence);
    }
    if (structured && structured->type == JSON_VALUE_TRUE) {
        message->structure = json_parse(arena, message->text, NULL);
    }
    read_attributes(arena, json_find(json, "Attributes"), message);
}

void sns_replay(struct call *call, const struct sns_subscription *subscription, struct text policy) {
    struct sns_state *state = sns_state_of(call->emulator);
    const struct sns_topic *topic = sns_topic_of(state, subscription->topic_arn);
    struct replay_window window;
    if (!topic || !read_window(call->arena, policy, &window)) {
        return;
    }
    struct text archive = sns_store_attribute(call->store, call->arena, topic->arn, "ArchivePolicy");
    int64_t oldest_ms = call->now_ms - retention_days(call->arena, archive) * DAY_MS;
    struct statement *rows = sns_store_archived(
        call->store, topic->arn, window.from_ms > oldest_ms ? window.from_ms : oldest_ms, window.to_ms);
    size_t count = 0;
    struct sns_message *messages = NULL;
    size_t room = 0;
    while (statement_step(rows)) {
        if (count == room) {
            room = room ? room * 2 : 64;
            struct sns_message *larger = arena_alloc(call->arena, room * sizeof(*larger));
            if (count > 0) {
                memcpy(larger, messages, count * sizeof(*larger));
            }
            messages = larger;
        }
        read_message(call->arena, topic, arena_text(call->arena, statement_text(rows, 2)),
                     statement_int64(rows, 1), &messages[count++]);
    }
    struct sns_batch *batch = sns_batch_open(state, NULL);
    for (size_t i = 0; i < count; i++) {
        sns_fan_out(state, batch, topic, &messages[i], subscription->arn);
    }
    sns_batch_close(batch);
    sns_store_put_attribute(call->store, subscription->arn, "ReplayStatus", TEXT("Completed"));
}
