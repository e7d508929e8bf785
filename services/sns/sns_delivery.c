/* When: batches that a Publish waits for, rows with due times, retries, dead letters. */
#include "services/sns/sns_delivery.h"

#include "emulator/base/die.h"
#include "emulator/core/trace.h"
#include "services/sns/sns.h"
#include "services/sns/sns_envelope.h"
#include "services/sns/sns_status.h"
#include "services/sns/sns_throttle.h"

struct sns_batch {
    struct sns_state *state;
    struct arena *arena;
    struct call *call; /* NULL: nobody waits */
    int outstanding;
    bool closed;
    struct sns_batch *previous;
    struct sns_batch *next;
};

/* ---- batches ---- */

struct sns_batch *sns_batch_open(struct sns_state *state, struct call *call) {
    struct arena *arena = arena_open();
    struct sns_batch *batch = arena_zalloc(arena, sizeof(*batch));
    batch->state = state;
    batch->arena = arena;
    batch->call = call;
    batch->next = state->batches;
    if (batch->next) {
        batch->next->previous = batch;
    }
    state->batches = batch;
    return batch;
}

struct arena *sns_batch_arena(struct sns_batch *batch) {
    return batch->arena;
}

static void free_batch(struct sns_batch *batch) {
    if (batch->previous) {
        batch->previous->next = batch->next;
    } else {
        batch->state->batches = batch->next;
    }
    if (batch->next) {
        batch->next->previous = batch->previous;
    }
    arena_close(batch->arena);
}

void sns_batch_discard(struct sns_batch *batch) {
    free_batch(batch);
}

void sns_forget_batches(struct sns_state *state) {
    state->generation++;
    while (state->batches) {
        free_batch(state->batches);
    }
    if (state->wake) {
        emulator_cancel(state->emulator, state->wake);
    }
}

static void caller_gone(void *argument) {
    struct sns_batch *batch = argument;
    batch->call = NULL;
}

bool sns_batch_close(struct sns_batch *batch) {
    batch->closed = true;
    if (batch->outstanding == 0) {
        free_batch(batch);
        return true;
    }
    if (batch->call) {
        call_on_cancel(batch->call, caller_gone, batch);
    }
    return false;
}

static void one_is_done(struct sns_batch *batch) {
    if (--batch->outstanding == 0 && batch->closed) {
        if (batch->call) {
            call_finish(batch->call, result_output());
        }
        free_batch(batch);
    }
}

static struct sns_delivery *new_delivery(struct sns_batch *batch) {
    struct sns_delivery *delivery = arena_zalloc(batch->arena, sizeof(*delivery));
    delivery->batch = batch;
    batch->outstanding++;
    return delivery;
}

struct sns_state *sns_delivery_state(const struct sns_delivery *delivery) {
    return delivery->batch->state;
}

struct arena *sns_delivery_arena(const struct sns_delivery *delivery) {
    return delivery->batch->arena;
}

void sns_batch_send(struct sns_batch *batch, const struct sns_delivery_row *row,
                    const struct sns_subscriber *subscriber) {
    struct sns_delivery *delivery = new_delivery(batch);
    delivery->row = *row;
    delivery->target = subscriber->target;
    delivery->logged = subscriber->logged;
    delivery->queue_url = arena_text(batch->arena, subscriber->queue_url);
    sns_attempt(batch->state, delivery);
}

/* ---- rows that are due ---- */

static void wake_at(struct sns_state *state, int64_t due_ms);

static struct text attribute(struct sns_state *state, struct sns_delivery *delivery, struct text arn,
                             const char *name) {
    struct arena *arena = delivery->batch->arena;
    return sns_store_attribute(emulator_store(state->emulator), arena, arena_text_string(arena, arn), name);
}

/* What the topic and the subscription say about such a delivery. */
static void read_rules(struct sns_state *state, struct sns_delivery *delivery) {
    struct arena *arena = delivery->batch->arena;
    const struct sns_delivery_row *row = &delivery->row;
    const struct sns_topic *topic = sns_topic_of(state, arena_text_string(arena, row->topic_arn));
    enum sns_protocol protocol;
    delivery->logged =
        topic && sns_protocol_of(row->protocol, &protocol) && sns_feedback_is_wanted(topic, protocol);
    if (text_starts_with(row->protocol, "http")) {
        delivery->plan =
            delivery_policy_plan(arena, attribute(state, delivery, row->topic_arn, "DeliveryPolicy"),
                                 attribute(state, delivery, row->subscription_arn, "DeliveryPolicy"));
    }
}

/* True: the endpoint gets no more in this second, and the delivery has its place in a later one. */
static bool is_throttled(struct sns_state *state, struct sns_delivery *delivery) {
    struct sns_delivery_row *row = &delivery->row;
    if (delivery->plan.receives_per_second == 0 || row->paced || !text_equals(row->kind, "Notification")) {
        return false;
    }
    int64_t now_ms = emulator_now_ms(state->emulator);
    int64_t due_ms =
        sns_throttle_take(state, row->subscription_arn, delivery->plan.receives_per_second, now_ms);
    if (due_ms <= now_ms) {
        return false;
    }
    row->paced = true;
    row->due_ms = due_ms;
    sns_store_delay_delivery(emulator_store(state->emulator), row);
    wake_at(state, due_ms);
    return true;
}

static void start_row(struct sns_state *state, int64_t id) {
    struct store *store = emulator_store(state->emulator);
    struct sns_batch *batch = sns_batch_open(state, NULL);
    struct sns_delivery *delivery = new_delivery(batch);
    struct arn arn;
    if (!sns_store_delivery(store, batch->arena, id, &delivery->row)) {
        free_batch(batch);
        return;
    }
    read_rules(state, delivery);
    if (is_throttled(state, delivery)) {
        free_batch(batch);
        return;
    }
    delivery->row.due_ms = SNS_DELIVERY_STARTED;
    sns_store_delay_delivery(store, &delivery->row);
    if (arn_parse(delivery->row.endpoint, &arn)) {
        struct strbuf url = STRBUF_INIT;
        strbuf_printf(&url, "%s/%.*s/%.*s", emulator_endpoint(state->emulator), TEXT_ARGUMENTS(arn.account),
                      TEXT_ARGUMENTS(arn.resource));
        delivery->queue_url = arena_text(batch->arena, strbuf_text(&url));
        strbuf_release(&url);
        delivery->target =
            identity_of_service("sns.amazonaws.com", arena_text_string(batch->arena, arn.account),
                                arena_text_string(batch->arena, arn.region));
    }
    batch->closed = true;
    sns_attempt(state, delivery);
}

static void wake(void *argument, enum task_event event) {
    struct sns_state *state = argument;
    state->wake = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    struct store *store = emulator_store(state->emulator);
    int64_t now_ms = emulator_now_ms(state->emulator);
    int64_t due_ms = INT64_MIN;
    int64_t id = 0;
    while (sns_store_next_due(store, now_ms, &due_ms, &id)) {
        start_row(state, id);
    }
    int64_t next_ms = sns_store_earliest_due(store, now_ms);
    if (next_ms >= 0) {
        wake_at(state, next_ms);
    }
}

static void wake_at(struct sns_state *state, int64_t due_ms) {
    if (state->wake && state->wake_ms <= due_ms) {
        return;
    }
    if (state->wake) {
        emulator_cancel(state->emulator, state->wake);
    }
    state->wake_ms = due_ms;
    state->wake = emulator_schedule(state->emulator, due_ms, wake, state);
}

void sns_deliver_later(struct sns_state *state, struct sns_delivery_row *row) {
    struct store *store = emulator_store(state->emulator);
    row->due_ms = emulator_now_ms(state->emulator);
    if (row->group.data && sns_store_group_waits(store, row->subscription_arn, row->group)) {
        row->due_ms = SNS_DELIVERY_BLOCKED;
    }
    sns_store_add_delivery(store, row);
    if (row->due_ms != SNS_DELIVERY_BLOCKED) {
        wake_at(state, row->due_ms);
    }
}

void sns_resume_deliveries(struct sns_state *state) {
    struct store *store = emulator_store(state->emulator);
    sns_store_resume_deliveries(store, emulator_now_ms(state->emulator));
    int64_t due_ms = sns_store_earliest_due(store, INT64_MIN);
    if (due_ms >= 0) {
        wake_at(state, due_ms);
    }
}

/* ---- the end of an attempt ---- */

void sns_trace(struct sns_state *state, const struct sns_delivery *delivery, const char *event,
               const char *problem) {
    struct arena *arena = delivery->batch->arena;
    struct call_note notes[] = {
        {"Problem", problem, NULL},
        {"Attempt", arena_printf(arena, "%lld", (long long)delivery->row.failed + 1), NULL},
        {"Endpoint", arena_text_string(arena, delivery->row.endpoint), NULL},
        {"Protocol", arena_text_string(arena, delivery->row.protocol), NULL},
        {"MessageId", arena_text_string(arena, delivery->row.message_id), NULL},
        {"SubscriptionArn", arena_text_string(arena, delivery->row.subscription_arn), NULL},
    };
    size_t first = problem ? 0 : 1;
    for (size_t i = first; i + 1 < sizeof(notes) / sizeof(notes[0]); i++) {
        notes[i].next = &notes[i + 1];
    }
    struct arn arn;
    struct identity identity = {0};
    if (arn_parse(delivery->row.subscription_arn, &arn)) {
        identity = identity_of_service("sns.amazonaws.com", arena_text_string(arena, arn.account),
                                       arena_text_string(arena, arn.region));
    }
    trace_event(state->emulator, "sns", event, &identity, NULL, &notes[first]);
}

static void finish(struct sns_state *state, struct sns_delivery *delivery) {
    struct store *store = emulator_store(state->emulator);
    if (delivery->row.id > 0) {
        sns_store_delete_delivery(store, delivery->row.id);
        if (delivery->row.group.data) {
            int64_t now_ms = emulator_now_ms(state->emulator);
            sns_store_unblock_group(store, delivery->row.subscription_arn, delivery->row.group, now_ms);
            wake_at(state, now_ms);
        }
    }
    one_is_done(delivery->batch);
}

/* Puts it off: a new row, or the old one later. */
static void put_off(struct sns_state *state, struct sns_delivery *delivery, int64_t due_ms) {
    struct store *store = emulator_store(state->emulator);
    delivery->row.due_ms = due_ms;
    if (delivery->row.id > 0) {
        sns_store_delay_delivery(store, &delivery->row);
    } else {
        sns_store_add_delivery(store, &delivery->row);
    }
    wake_at(state, due_ms);
    one_is_done(delivery->batch);
}

void sns_attempt_delayed(struct sns_state *state, struct sns_delivery *delivery, int64_t delay_ms) {
    delivery->row.delayed = true;
    put_off(state, delivery, emulator_now_ms(state->emulator) + delay_ms);
}

static int64_t wait_ms(const struct sns_delivery *delivery) {
    return text_starts_with(delivery->row.protocol, "http")
               ? retry_plan_wait_ms(&delivery->plan, delivery->row.failed)
               : retry_managed_wait_ms(delivery->row.failed);
}

static void give_up(struct sns_state *state, struct sns_delivery *delivery) {
    struct text policy = attribute(state, delivery, delivery->row.subscription_arn, "RedrivePolicy");
    struct text queue =
        json_find_text(json_parse(delivery->batch->arena, policy, NULL), "deadLetterTargetArn");
    if (queue.data && text_equals(delivery->row.kind, "Notification")) {
        sns_attempt_dead_letter(state, delivery, queue);
    } else {
        sns_trace(state, delivery, "DeliveryGivenUp", NULL);
        finish(state, delivery);
    }
}

void sns_dead_letter_ended(struct sns_state *state, struct sns_delivery *delivery) {
    finish(state, delivery);
}

void sns_attempt_ended(struct sns_state *state, struct sns_delivery *delivery, enum sns_outcome outcome) {
    if (outcome == SNS_DELIVERED) {
        sns_status_log(state, delivery, true);
        finish(state, delivery);
        return;
    }
    delivery->row.failed++;
    delivery->row.delayed = false;
    delivery->row.paced = false;
    int64_t wait = outcome == SNS_TRY_AGAIN ? wait_ms(delivery) : -1;
    if (wait >= 0) {
        put_off(state, delivery, emulator_now_ms(state->emulator) + wait);
    } else {
        sns_status_log(state, delivery, false);
        give_up(state, delivery);
    }
}

/* ---- confirmations ---- */

void sns_send_confirmation(struct emulator *emulator, const struct sns_subscription *subscription,
                           const char *type) {
    struct sns_state *state = sns_state_of(emulator);
    struct arena *arena = arena_open();
    char id[UUID_SIZE];
    struct text version =
        sns_store_attribute(emulator_store(emulator), arena, subscription->topic_arn, "SignatureVersion");
    ids_uuid(emulator_ids(emulator), id);
    struct text text = sns_confirmation(state, arena, subscription, type, id,
                                        text_equals(version, "2") ? 2 : 1, emulator_now_ms(emulator));
    struct sns_delivery_row row = {
        .topic_arn = text_of(subscription->topic_arn),
        .subscription_arn = text_of(subscription->arn),
        .protocol = text_of(subscription->protocol),
        .endpoint = text_of(subscription->endpoint),
        .message_id = text_of(id),
        .kind = text_of(type),
        .body = text,
    };
    sns_deliver_later(state, &row);
    arena_close(arena);
}
