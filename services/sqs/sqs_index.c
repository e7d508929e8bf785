#include "services/sqs/sqs_index.h"

#include "emulator/base/die.h"
#include "services/sqs/sqs_heap.h"

#define FIRST_BUCKETS 64

/* A message group: its messages in order, known while it has any. */
struct sqs_group {
    struct sqs_message *first, *last;
    bool is_ready;                     /* its first message is visible: in the list of ready groups */
    struct sqs_group *previous, *next; /* ready groups */
    struct sqs_group *hash_next;
    uint32_t hash;
    struct text name; /* stored behind the struct */
};

struct sqs_index {
    bool fifo;
    struct sqs_message **buckets; /* by id */
    size_t bucket_count;          /* a power of two */
    struct sqs_group **groups;    /* by name */
    size_t group_buckets;
    int64_t group_count;
    struct sqs_message *first, *last;           /* visible ones of a standard queue, in order of their ids */
    struct sqs_heap returned;                   /* those that would come too late there */
    struct sqs_group *first_ready, *last_ready; /* FIFO */
    int64_t ready_groups;
    struct sqs_message *oldest, *newest;
    struct sqs_heap timed;
    struct sqs_heap strays; /* sent before their predecessors: what came from another queue */
    int64_t count;
    int64_t delayed;
    int64_t in_flight;
};

static bool due_before(const struct sqs_message *a, const struct sqs_message *b) {
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->id < b->id;
}

static bool id_before(const struct sqs_message *a, const struct sqs_message *b) {
    return a->id < b->id;
}

static bool sent_before(const struct sqs_message *a, const struct sqs_message *b) {
    return a->sent_ms < b->sent_ms;
}

static int32_t *timed_slot(struct sqs_message *message) {
    return &message->timed_slot;
}

static int32_t *stray_slot(struct sqs_message *message) {
    return &message->stray_slot;
}

struct sqs_index *sqs_index_open(bool fifo) {
    struct sqs_index *index = xcalloc(1, sizeof(*index));
    index->fifo = fifo;
    index->timed = (struct sqs_heap){.before = due_before, .slot = timed_slot};
    index->returned = (struct sqs_heap){.before = id_before, .slot = timed_slot};
    index->strays = (struct sqs_heap){.before = sent_before, .slot = stray_slot};
    return index;
}

/* ---- by id ---- */

static size_t bucket_of(size_t bucket_count, int64_t id) {
    return (size_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (bucket_count - 1);
}

static void grow_buckets(struct sqs_index *index) {
    size_t wanted = index->bucket_count ? index->bucket_count * 2 : FIRST_BUCKETS;
    struct sqs_message **buckets = xcalloc(wanted, sizeof(struct sqs_message *));
    for (size_t i = 0; i < index->bucket_count; i++) {
        for (struct sqs_message *message = index->buckets[i]; message;) {
            struct sqs_message *next = message->hash_next;
            size_t bucket = bucket_of(wanted, message->id);
            message->hash_next = buckets[bucket];
            buckets[bucket] = message;
            message = next;
        }
    }
    free(index->buckets);
    index->buckets = buckets;
    index->bucket_count = wanted;
}

struct sqs_message *sqs_index_find(const struct sqs_index *index, int64_t id) {
    struct sqs_message *message =
        index->bucket_count ? index->buckets[bucket_of(index->bucket_count, id)] : NULL;
    while (message && message->id != id) {
        message = message->hash_next;
    }
    return message;
}

static void remember(struct sqs_index *index, struct sqs_message *message) {
    if ((size_t)index->count >= index->bucket_count) {
        grow_buckets(index);
    }
    size_t bucket = bucket_of(index->bucket_count, message->id);
    message->hash_next = index->buckets[bucket];
    index->buckets[bucket] = message;
    index->count++;
}

static void forget(struct sqs_index *index, struct sqs_message *message) {
    struct sqs_message **link = &index->buckets[bucket_of(index->bucket_count, message->id)];
    while (*link != message) {
        link = &(*link)->hash_next;
    }
    *link = message->hash_next;
    index->count--;
}

/* ---- groups ---- */

static uint32_t hash_text(struct text text) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < text.size; i++) {
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619u;
    }
    return hash;
}

static void grow_groups(struct sqs_index *index) {
    size_t wanted = index->group_buckets ? index->group_buckets * 2 : FIRST_BUCKETS;
    struct sqs_group **buckets = xcalloc(wanted, sizeof(struct sqs_group *));
    for (size_t i = 0; i < index->group_buckets; i++) {
        for (struct sqs_group *group = index->groups[i]; group;) {
            struct sqs_group *next = group->hash_next;
            group->hash_next = buckets[group->hash & (wanted - 1)];
            buckets[group->hash & (wanted - 1)] = group;
            group = next;
        }
    }
    free(index->groups);
    index->groups = buckets;
    index->group_buckets = wanted;
}

static struct sqs_group *group_named(struct sqs_index *index, struct text name) {
    uint32_t hash = hash_text(name);
    if (index->group_buckets) {
        struct sqs_group *group = index->groups[hash & (index->group_buckets - 1)];
        for (; group; group = group->hash_next) {
            if (group->hash == hash && text_same(group->name, name)) {
                return group;
            }
        }
    }
    if ((size_t)index->group_count >= index->group_buckets) {
        grow_groups(index);
    }
    struct sqs_group *group = xcalloc(1, sizeof(*group) + name.size + 1);
    char *copy = (char *)(group + 1);
    if (name.size > 0) {
        memcpy(copy, name.data, name.size);
    }
    group->name = (struct text){copy, name.size};
    group->hash = hash;
    group->hash_next = index->groups[hash & (index->group_buckets - 1)];
    index->groups[hash & (index->group_buckets - 1)] = group;
    index->group_count++;
    return group;
}

static void append_ready(struct sqs_index *index, struct sqs_group *group) {
    group->previous = index->last_ready;
    group->next = NULL;
    *(index->last_ready ? &index->last_ready->next : &index->first_ready) = group;
    index->last_ready = group;
    group->is_ready = true;
    index->ready_groups++;
}

static void unlink_ready(struct sqs_index *index, struct sqs_group *group) {
    *(group->previous ? &group->previous->next : &index->first_ready) = group->next;
    *(group->next ? &group->next->previous : &index->last_ready) = group->previous;
    group->is_ready = false;
    index->ready_groups--;
}

/* A group is ready while its first message is visible. */
static void settle_group(struct sqs_index *index, struct sqs_group *group) {
    bool ready = group->first && group->first->state == SQS_VISIBLE;
    if (ready && !group->is_ready) {
        append_ready(index, group);
    } else if (!ready && group->is_ready) {
        unlink_ready(index, group);
    }
}

static void drop_group(struct sqs_index *index, struct sqs_group *group) {
    struct sqs_group **link = &index->groups[group->hash & (index->group_buckets - 1)];
    while (*link != group) {
        link = &(*link)->hash_next;
    }
    *link = group->hash_next;
    index->group_count--;
    free(group);
}

/* ---- order of delivery ---- */

/* Appends to the visible ones of a standard queue or to the group. */
static void link_last(struct sqs_message **first, struct sqs_message **last, struct sqs_message *message) {
    message->previous = *last;
    message->next = NULL;
    *(*last ? &(*last)->next : first) = message;
    *last = message;
}

static void unlink_from(struct sqs_message **first, struct sqs_message **last, struct sqs_message *message) {
    *(message->previous ? &message->previous->next : first) = message->next;
    *(message->next ? &message->next->previous : last) = message->previous;
    message->previous = message->next = NULL;
}

static void count_state(struct sqs_index *index, enum sqs_message_state state, int64_t by) {
    if (state == SQS_DELAYED) {
        index->delayed += by;
    } else if (state == SQS_IN_FLIGHT) {
        index->in_flight += by;
    }
}

static void set_state(struct sqs_index *index, struct sqs_message *message, enum sqs_message_state state) {
    count_state(index, message->state, -1);
    message->state = state;
    count_state(index, state, 1);
}

static void become_visible(struct sqs_index *index, struct sqs_message *message) {
    set_state(index, message, SQS_VISIBLE);
    if (index->fifo) {
        settle_group(index, message->group);
    } else if (!index->last || index->last->id < message->id) {
        link_last(&index->first, &index->last, message);
    } else {
        sqs_heap_add(&index->returned, message);
    }
}

/* A visible message leaves the order; or a hidden one the heap. */
static void take_out(struct sqs_index *index, struct sqs_message *message) {
    if (message->state != SQS_VISIBLE) {
        sqs_heap_remove(&index->timed, message);
    } else if (message->timed_slot >= 0) {
        sqs_heap_remove(&index->returned, message);
    } else if (!index->fifo) {
        unlink_from(&index->first, &index->last, message);
    }
}

static void put_until(struct sqs_index *index, struct sqs_message *message, enum sqs_message_state state,
                      int64_t due_ms, int64_t now_ms) {
    take_out(index, message);
    message->due_ms = due_ms;
    if (due_ms <= now_ms) {
        become_visible(index, message);
        return;
    }
    set_state(index, message, state);
    sqs_heap_add(&index->timed, message);
    if (index->fifo) {
        settle_group(index, message->group);
    }
}

void sqs_index_hide(struct sqs_index *index, struct sqs_message *message, int64_t due_ms, int64_t now_ms) {
    put_until(index, message, SQS_IN_FLIGHT, due_ms, now_ms);
}

void sqs_index_redelay(struct sqs_index *index, struct sqs_message *message, int64_t due_ms, int64_t now_ms) {
    put_until(index, message, SQS_DELAYED, due_ms, now_ms);
}

void sqs_index_advance(struct sqs_index *index, int64_t now_ms) {
    struct sqs_message *message;
    while ((message = sqs_heap_first(&index->timed)) && message->due_ms <= now_ms) {
        sqs_heap_remove(&index->timed, message);
        become_visible(index, message);
    }
}

bool sqs_index_next_due(const struct sqs_index *index, int64_t *due_ms) {
    struct sqs_message *message = sqs_heap_first(&index->timed);
    if (message) {
        *due_ms = message->due_ms;
    }
    return message != NULL;
}

/* ---- age ---- */

static void note_age(struct sqs_index *index, struct sqs_message *message) {
    if (index->newest && message->sent_ms < index->newest->sent_ms) {
        sqs_heap_add(&index->strays, message);
        return;
    }
    message->older = index->newest;
    *(index->newest ? &index->newest->newer : &index->oldest) = message;
    index->newest = message;
}

static void forget_age(struct sqs_index *index, struct sqs_message *message) {
    if (message->stray_slot >= 0) {
        sqs_heap_remove(&index->strays, message);
        return;
    }
    *(message->older ? &message->older->newer : &index->oldest) = message->newer;
    *(message->newer ? &message->newer->older : &index->newest) = message->older;
}

struct sqs_message *sqs_index_expired(const struct sqs_index *index, int64_t sent_ms) {
    if (index->oldest && index->oldest->sent_ms <= sent_ms) {
        return index->oldest;
    }
    struct sqs_message *stray = sqs_heap_first(&index->strays);
    return stray && stray->sent_ms <= sent_ms ? stray : NULL;
}

/* ---- adding and removing ---- */

struct sqs_message *sqs_index_add(struct sqs_index *index, const struct sqs_message *facts, struct text group,
                                  int64_t now_ms) {
    struct sqs_message *message = xmalloc(sizeof(*message));
    *message = (struct sqs_message){
        .id = facts->id,
        .sequence = facts->sequence,
        .sent_ms = facts->sent_ms,
        .due_ms = facts->due_ms,
        .first_receive_ms = facts->first_receive_ms,
        .last_receive_ms = facts->last_receive_ms,
        .receive_count = facts->receive_count,
        .received_before = facts->received_before,
        .receipt = facts->receipt,
        .state = SQS_VISIBLE,
        .timed_slot = -1,
        .stray_slot = -1,
    };
    remember(index, message);
    note_age(index, message);
    if (index->fifo) {
        message->group = group_named(index, group);
        link_last(&message->group->first, &message->group->last, message);
    }
    if (message->due_ms <= now_ms) {
        become_visible(index, message);
        return message;
    }
    set_state(index, message, message->receive_count > 0 ? SQS_IN_FLIGHT : SQS_DELAYED);
    sqs_heap_add(&index->timed, message);
    return message;
}

void sqs_index_remove(struct sqs_index *index, struct sqs_message *message) {
    take_out(index, message);
    set_state(index, message, SQS_VISIBLE);
    forget_age(index, message);
    forget(index, message);
    struct sqs_group *group = message->group;
    if (group) {
        unlink_from(&group->first, &group->last, message);
        settle_group(index, group);
        if (!group->first) {
            drop_group(index, group);
        }
    }
    free(message);
}

void sqs_index_close(struct sqs_index *index) {
    if (!index) {
        return;
    }
    for (size_t i = 0; i < index->bucket_count; i++) {
        while (index->buckets[i]) {
            struct sqs_message *message = index->buckets[i];
            index->buckets[i] = message->hash_next;
            free(message);
        }
    }
    for (size_t i = 0; i < index->group_buckets; i++) {
        while (index->groups[i]) {
            struct sqs_group *group = index->groups[i];
            index->groups[i] = group->hash_next;
            free(group);
        }
    }
    free(index->buckets);
    free(index->groups);
    sqs_heap_release(&index->timed);
    sqs_heap_release(&index->returned);
    sqs_heap_release(&index->strays);
    free(index);
}

/* ---- receiving ---- */

bool sqs_index_has_deliverable(const struct sqs_index *index) {
    return index->fifo ? index->first_ready != NULL : index->first || index->returned.count > 0;
}

void sqs_cursor_init(struct sqs_cursor *cursor, struct sqs_index *index) {
    *cursor = (struct sqs_cursor){.index = index, .groups_left = index->ready_groups};
}

static struct sqs_message *next_standard(const struct sqs_index *index) {
    struct sqs_message *returned = sqs_heap_first(&index->returned);
    return !returned || (index->first && index->first->id < returned->id) ? index->first : returned;
}

struct sqs_message *sqs_cursor_next(struct sqs_cursor *cursor) {
    struct sqs_index *index = cursor->index;
    if (!index->fifo) {
        return next_standard(index);
    }
    struct sqs_message *message = cursor->following;
    if (!message || message->state != SQS_VISIBLE) {
        struct sqs_group *group = index->first_ready;
        if (cursor->groups_left-- <= 0 || !group) {
            return NULL;
        }
        /* Served groups go behind the others. */
        unlink_ready(index, group);
        append_ready(index, group);
        message = group->first;
    }
    cursor->following = message->next;
    return message;
}

/* ---- looking ---- */

int64_t sqs_index_count(const struct sqs_index *index) {
    return index->count;
}

int64_t sqs_index_count_in_flight(const struct sqs_index *index) {
    return index->in_flight;
}

int64_t sqs_index_count_delayed(const struct sqs_index *index) {
    return index->delayed;
}

int64_t sqs_index_count_visible(const struct sqs_index *index) {
    return index->count - index->delayed - index->in_flight;
}

struct sqs_message *sqs_index_after(const struct sqs_index *index, const struct sqs_message *message) {
    int32_t stray = message ? message->stray_slot + 1 : 0;
    struct sqs_message *found = (stray > 0 || !message) ? sqs_heap_at(&index->strays, stray) : NULL;
    if (found) {
        return found;
    }
    return !message || message->stray_slot >= 0 ? index->oldest : message->newer;
}

bool sqs_message_is_blocked(const struct sqs_message *message) {
    const struct sqs_message *earlier = message->group ? message->previous : NULL;
    while (earlier && earlier->state == SQS_VISIBLE) {
        earlier = earlier->previous;
    }
    return earlier != NULL;
}

struct text sqs_message_group(const struct sqs_message *message) {
    return message->group ? message->group->name : TEXT_NONE;
}
