#include "services/sqs/sqs_queue.h"

#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "services/sqs/sqs.h"

#define FIRST_BUCKETS 64
/* Message ids are taken from the store in blocks: one write for so many messages. */
#define ID_BLOCK 4096
/* Rows deleted in one turn when a queue goes with all its messages. */
#define GARBAGE_IN_A_TURN 1000
/* SetQueueAttributes may take so long to have an effect. Source: SQS API reference; sqs.md section 7. */
#define SCOPE_CHANGE_MS 60000

struct sqs_state {
    struct emulator *emulator;
    struct sqs_queue **buckets;
    size_t bucket_count;
    size_t count;
    struct sqs_queue *first, *last;
    int64_t next_id;
    int64_t reserved_id; /* ids below it may be given out */
    int64_t *garbage;    /* messages that are gone but for the store */
    size_t garbage_count;
    size_t garbage_capacity;
    task_id garbage_task;
    bool settings[SQS_SETTING_COUNT];
    struct sqs_move *moves;
};

/* ---- finding ---- */

static uint32_t hash_queue(const char *account, const char *region, struct text name) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.size; i++) {
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
    }
    for (const char *c = region; *c; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    return (hash ^ (unsigned char)account[11]) * 16777619u;
}

struct sqs_queue *sqs_find_queue(const struct sqs_state *state, const char *account, const char *region,
                                 struct text name) {
    if (!state->bucket_count || strlen(account) != ACCOUNT_SIZE - 1) {
        return NULL;
    }
    struct sqs_queue *queue = state->buckets[hash_queue(account, region, name) & (state->bucket_count - 1)];
    while (queue && !(text_equals(name, queue->name) && strcmp(queue->account, account) == 0 &&
                      strcmp(queue->region, region) == 0)) {
        queue = queue->hash_next;
    }
    return queue;
}

struct sqs_queue *sqs_find_queue_by_arn(const struct sqs_state *state, const char *text) {
    struct arn arn;
    char account[ACCOUNT_SIZE];
    char region[REGION_SIZE];
    if (!text || !arn_parse(text_of(text), &arn) || !text_equals(arn.service, "sqs") ||
        arn.account.size >= sizeof(account) || arn.region.size >= sizeof(region)) {
        return NULL;
    }
    snprintf(account, sizeof(account), "%.*s", TEXT_ARGUMENTS(arn.account));
    snprintf(region, sizeof(region), "%.*s", TEXT_ARGUMENTS(arn.region));
    return sqs_find_queue(state, account, region, arn.resource);
}

struct sqs_queue *sqs_first_queue(const struct sqs_state *state) {
    return state->first;
}

static uint32_t hash_of(const struct sqs_queue *queue) {
    return hash_queue(queue->account, queue->region, text_of(queue->name));
}

static void grow_buckets(struct sqs_state *state) {
    free(state->buckets);
    state->bucket_count = state->bucket_count ? state->bucket_count * 2 : FIRST_BUCKETS;
    state->buckets = xcalloc(state->bucket_count, sizeof(struct sqs_queue *));
    for (struct sqs_queue *queue = state->first; queue; queue = queue->next) {
        struct sqs_queue **bucket = &state->buckets[hash_of(queue) & (state->bucket_count - 1)];
        queue->hash_next = *bucket;
        *bucket = queue;
    }
}

static void link_queue(struct sqs_state *state, struct sqs_queue *queue) {
    queue->previous = state->last;
    *(state->last ? &state->last->next : &state->first) = queue;
    state->last = queue;
    if (state->count++ >= state->bucket_count) {
        grow_buckets(state);
        return;
    }
    struct sqs_queue **bucket = &state->buckets[hash_of(queue) & (state->bucket_count - 1)];
    queue->hash_next = *bucket;
    *bucket = queue;
}

static void unlink_queue(struct sqs_state *state, struct sqs_queue *queue) {
    *(queue->previous ? &queue->previous->next : &state->first) = queue->next;
    *(queue->next ? &queue->next->previous : &state->last) = queue->previous;
    struct sqs_queue **link = &state->buckets[hash_of(queue) & (state->bucket_count - 1)];
    while (*link != queue) {
        link = &(*link)->hash_next;
    }
    *link = queue->hash_next;
    state->count--;
}

/* ---- a queue's life ---- */

static char *text_copy(struct text text) {
    if (!text.data) {
        return NULL;
    }
    char *copy = xmalloc(text.size + 1);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

static struct sqs_queue *open_queue(struct sqs_state *state, const struct sqs_queue_row *row) {
    struct sqs_queue *queue = xcalloc(1, sizeof(*queue));
    queue->id = row->id;
    snprintf(queue->account, sizeof(queue->account), "%.*s", TEXT_ARGUMENTS(row->account));
    snprintf(queue->region, sizeof(queue->region), "%.*s", TEXT_ARGUMENTS(row->region));
    queue->name = text_copy(row->name);
    struct strbuf arn = STRBUF_INIT;
    strbuf_printf(&arn, "arn:aws:sqs:%s:%s:%s", queue->region, queue->account, queue->name);
    queue->arn = strbuf_detach(&arn);
    queue->fifo = text_ends_with(row->name, ".fifo");
    queue->created_ms = row->created_ms;
    queue->modified_ms = row->modified_ms;
    queue->purged_ms = row->purged_ms;
    queue->purged_id = row->purged_id;
    queue->scope_before = text_copy(row->scope_before);
    queue->scope_changed_ms = row->scope_changed_ms;
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        queue->numbers[i] = sqs_attribute_default_number((enum sqs_attribute)i);
    }
    queue->state = state;
    queue->index = sqs_index_open(queue->fifo);
    link_queue(state, queue);
    return queue;
}

static void close_queue(struct sqs_queue *queue) {
    struct sqs_state *state = queue->state;
    if (queue->wake_task) {
        emulator_cancel(state->emulator, queue->wake_task);
    }
    unlink_queue(state, queue);
    sqs_forget_attempts(queue);
    sqs_index_close(queue->index);
    for (int i = 0; i < SQS_ATTRIBUTE_COUNT; i++) {
        free(queue->values[i]);
    }
    free(queue->dead_letter_arn);
    free(queue->scope_before);
    free(queue->name);
    free(queue->arn);
    free(queue);
}

struct sqs_queue *sqs_create_queue(struct sqs_state *state, const char *account, const char *region,
                                   const char *name, int64_t now_ms) {
    struct sqs_queue_row row = {
        .account = text_of(account),
        .region = text_of(region),
        .name = text_of(name),
        .created_ms = now_ms,
        .modified_ms = now_ms,
    };
    sqs_store_create_queue(emulator_store(state->emulator), &row);
    return open_queue(state, &row);
}

void sqs_delete_queue(struct sqs_queue *queue) {
    sqs_delete_all_messages(queue);
    sqs_store_delete_queue(emulator_store(queue->state->emulator), queue->id);
    close_queue(queue);
}

/* ---- attributes ---- */

static void keep_value(struct sqs_queue *queue, enum sqs_attribute attribute, struct text value) {
    free(queue->values[attribute]);
    queue->values[attribute] = value.size > 0 ? text_copy(value) : NULL;
    if (sqs_attribute_is_number(attribute)) {
        queue->numbers[attribute] = sqs_attribute_default_number(attribute);
        text_to_int64(value, &queue->numbers[attribute]);
    }
    if (attribute == SQS_REDRIVE_POLICY) {
        struct arena *arena = arena_open();
        struct sqs_redrive redrive = {0};
        free(queue->dead_letter_arn);
        queue->dead_letter_arn = NULL;
        queue->maximum_receives = 0;
        if (value.size > 0 && !sqs_redrive_parse(arena, value, &redrive)) {
            queue->dead_letter_arn = xstrdup(redrive.target_arn);
            queue->maximum_receives = redrive.maximum_receives;
        }
        arena_close(arena);
    }
}

void sqs_set_attribute(struct sqs_queue *queue, enum sqs_attribute attribute, struct text value) {
    keep_value(queue, attribute, value);
    sqs_store_put_attribute(emulator_store(queue->state->emulator), queue->id, sqs_attribute_name(attribute),
                            value);
}

void sqs_save_queue(struct sqs_queue *queue) {
    struct sqs_queue_row row = {
        .id = queue->id,
        .modified_ms = queue->modified_ms,
        .purged_ms = queue->purged_ms,
        .purged_id = queue->purged_id,
        .scope_before = text_of(queue->scope_before),
        .scope_changed_ms = queue->scope_changed_ms,
    };
    sqs_store_update_queue(emulator_store(queue->state->emulator), &row);
}

struct text sqs_attribute_value(const struct sqs_queue *queue, enum sqs_attribute attribute) {
    const char *value = queue->values[attribute];
    return text_of(value ? value : sqs_attribute_default(attribute, queue->fifo));
}

bool sqs_scope_is_group(const struct sqs_queue *queue, int64_t now_ms) {
    if (queue->scope_before && now_ms < queue->scope_changed_ms + SCOPE_CHANGE_MS) {
        return strcmp(queue->scope_before, "messageGroup") == 0;
    }
    return text_equals(sqs_attribute_value(queue, SQS_DEDUPLICATION_SCOPE), "messageGroup");
}

/* ---- messages ---- */

int64_t sqs_next_id(struct sqs_state *state) {
    if (state->next_id == state->reserved_id) {
        state->next_id = sqs_store_reserve_ids(emulator_store(state->emulator), ID_BLOCK);
        state->reserved_id = state->next_id + ID_BLOCK;
    }
    return state->next_id++;
}

static void collect(struct sqs_state *state, size_t limit) {
    struct store *store = emulator_store(state->emulator);
    for (size_t i = 0; i < limit && state->garbage_count > 0; i++) {
        sqs_store_delete_message(store, state->garbage[--state->garbage_count]);
    }
    for (struct sqs_queue *queue = state->first; queue && state->garbage_count == 0; queue = queue->next) {
        if (queue->purged_id > 0) {
            queue->purged_id = 0;
            sqs_save_queue(queue);
        }
    }
}

static void collect_garbage(void *argument, enum task_event event) {
    struct sqs_state *state = argument;
    state->garbage_task = 0;
    if (event == TASK_CANCELLED) {
        return;
    }
    collect(state, GARBAGE_IN_A_TURN);
    if (state->garbage_count > 0) {
        state->garbage_task =
            emulator_schedule(state->emulator, emulator_now_ms(state->emulator), collect_garbage, state);
    }
}

static void add_garbage(struct sqs_state *state, int64_t message_id) {
    if (state->garbage_count == state->garbage_capacity) {
        state->garbage_capacity = state->garbage_capacity ? state->garbage_capacity * 2 : GARBAGE_IN_A_TURN;
        state->garbage = xrealloc(state->garbage, state->garbage_capacity * sizeof(int64_t));
    }
    state->garbage[state->garbage_count++] = message_id;
    if (!state->garbage_task) {
        state->garbage_task =
            emulator_schedule(state->emulator, emulator_now_ms(state->emulator), collect_garbage, state);
    }
}

void sqs_advance(struct sqs_queue *queue, int64_t now_ms) {
    sqs_index_advance(queue->index, now_ms);
    int64_t oldest_ms = now_ms - queue->numbers[SQS_RETENTION_PERIOD] * 1000;
    struct sqs_message *message;
    while ((message = sqs_index_expired(queue->index, oldest_ms))) {
        add_garbage(queue->state, message->id);
        sqs_index_remove(queue->index, message);
    }
}

void sqs_delete_message(struct sqs_queue *queue, struct sqs_message *message) {
    sqs_store_delete_message(emulator_store(queue->state->emulator), message->id);
    sqs_index_remove(queue->index, message);
}

void sqs_delete_all_messages(struct sqs_queue *queue) {
    struct sqs_state *state = queue->state;
    struct store *store = emulator_store(state->emulator);
    bool at_once = sqs_index_count(queue->index) <= GARBAGE_IN_A_TURN;
    struct sqs_message *message;
    while ((message = sqs_index_after(queue->index, NULL))) {
        if (at_once) {
            sqs_store_delete_message(store, message->id);
        } else {
            add_garbage(state, message->id);
        }
        sqs_index_remove(queue->index, message);
    }
    if (!at_once) {
        queue->purged_id = sqs_next_id(state);
    }
}

void sqs_move_message(struct sqs_queue *from, struct sqs_queue *to, struct sqs_message *message,
                      const char *source_arn, int64_t now_ms) {
    struct sqs_state *state = to->state;
    struct sqs_message facts = *message;
    char *group = to->fifo ? text_copy(sqs_message_group(message)) : NULL;
    char uuid[UUID_SIZE];
    facts.due_ms = now_ms;
    if (message->id <= to->purged_id) {
        collect(state, SIZE_MAX); /* an old message in a purged queue: the mark must go first */
    }
    if (to->fifo) {
        facts.sequence = sqs_next_id(state);
    }
    if (to->fifo || !source_arn) {
        facts.sent_ms = now_ms;
    }
    if (!source_arn) {
        facts.receive_count = 0;
        facts.first_receive_ms = facts.last_receive_ms = 0;
        ids_uuid(emulator_ids(state->emulator), uuid);
    }
    facts.received_before = facts.receive_count;
    sqs_index_remove(from->index, message);
    sqs_index_add(to->index, &facts, text_of(group ? group : ""), now_ms);
    sqs_store_move_message(emulator_store(state->emulator), to->id, &facts, source_arn,
                           source_arn ? NULL : uuid);
    free(group);
}

struct sqs_move **sqs_state_moves(struct sqs_state *state) {
    return &state->moves;
}

/* ---- memory and store ---- */

static const char *const setting_names[SQS_SETTING_COUNT] = {
    [SQS_RECREATE_WAIT] = "recreate_wait",
    [SQS_PURGE_WAIT] = "purge_wait",
    [SQS_FIFO_THROTTLE] = "fifo_throttle",
};
/* A name is free at once: suites that make and delete queues of one name would wait a minute each time. */
static const bool setting_defaults[SQS_SETTING_COUNT] = {
    [SQS_PURGE_WAIT] = true,
};

const char *sqs_setting_name(enum sqs_setting setting) {
    return setting_names[setting];
}

bool sqs_setting(const struct sqs_state *state, enum sqs_setting setting) {
    return state->settings[setting];
}

void sqs_change_setting(struct sqs_state *state, enum sqs_setting setting, bool on) {
    state->settings[setting] = on;
    sqs_store_put_setting(emulator_store(state->emulator), setting_names[setting],
                          on ? TEXT("1") : TEXT("0"));
}

void *sqs_state_open(struct emulator *emulator) {
    struct sqs_state *state = xcalloc(1, sizeof(*state));
    state->emulator = emulator;
    memcpy(state->settings, setting_defaults, sizeof(state->settings));
    return state;
}

static void forget_all(struct sqs_state *state) {
    sqs_forget_moves(state);
    while (state->first) {
        close_queue(state->first);
    }
    free(state->buckets);
    free(state->garbage);
    if (state->garbage_task) {
        emulator_cancel(state->emulator, state->garbage_task);
    }
    *state = (struct sqs_state){.emulator = state->emulator};
}

void sqs_state_close(void *argument) {
    forget_all(argument);
    free(argument);
}

static void load_queues(struct sqs_state *state, struct store *store) {
    struct statement *queues = sqs_store_queues(store);
    struct sqs_queue_row row;
    while (sqs_store_next_queue(queues, &row)) {
        struct sqs_queue *queue = open_queue(state, &row);
        struct statement *attributes = sqs_store_attributes(store, queue->id);
        while (statement_step(attributes)) {
            int attribute = sqs_attribute_find(statement_text(attributes, 0));
            if (attribute >= 0) {
                keep_value(queue, (enum sqs_attribute)attribute, statement_text(attributes, 1));
            }
        }
    }
}

static int compare_id(const void *key, const void *element) {
    int64_t id = *(const int64_t *)key;
    const struct sqs_queue *queue = *(struct sqs_queue *const *)element;
    return id < queue->id ? -1 : id > queue->id;
}

static void load_messages(struct sqs_state *state, struct store *store, int64_t now_ms) {
    struct sqs_queue **by_id = xcalloc(state->count + 1, sizeof(struct sqs_queue *));
    size_t count = 0;
    for (struct sqs_queue *queue = state->first; queue; queue = queue->next) {
        by_id[count++] = queue; /* loaded in order of their ids */
    }
    struct statement *messages = sqs_store_messages(store);
    struct sqs_message message;
    struct text group;
    int64_t queue_id;
    while (sqs_store_next_message(messages, &queue_id, &message, &group)) {
        struct sqs_queue **found = bsearch(&queue_id, by_id, count, sizeof(by_id[0]), compare_id);
        struct sqs_queue *queue = found ? *found : NULL;
        if (!queue || message.id <= queue->purged_id) {
            add_garbage(state, message.id);
        } else {
            sqs_index_add(queue->index, &message, group.data ? group : TEXT(""), now_ms);
        }
    }
    free(by_id);
}

void sqs_state_resume(struct emulator *emulator, void *argument) {
    struct sqs_state *state = argument;
    struct store *store = emulator_store(emulator);
    forget_all(state);
    for (int i = 0; i < SQS_SETTING_COUNT; i++) {
        struct text value = sqs_store_setting(store, setting_names[i]);
        state->settings[i] = value.data ? text_equals(value, "1") : setting_defaults[i];
    }
    load_queues(state, store);
    load_messages(state, store, emulator_now_ms(emulator));
    sqs_resume_moves(state);
}

struct sqs_state *sqs_state_of(struct emulator *emulator) {
    return service_state(emulator, &sqs_service);
}

struct emulator *sqs_state_emulator(const struct sqs_state *state) {
    return state->emulator;
}
