#include "emulator/base/scheduler.h"

#include "emulator/base/die.h"

/*
 * A binary heap of slot numbers. A slot knows its place in the heap, so that cancelling needs no search; its
 * generation counts how often it was reused, so that an old task_id does not reach a new task.
 */
struct slot {
    int64_t due_ms;
    uint64_t sequence;
    task_fn *function;
    void *argument;
    uint32_t heap_index;
    uint32_t generation;
    uint32_t next_free;
    bool used;
    bool quiet;
};

struct scheduler {
    struct slot *slots;
    uint32_t *heap;
    uint32_t slot_count;
    uint32_t capacity; /* of both arrays */
    uint32_t heap_count;
    uint32_t first_free;
    uint32_t quiet_count;
    uint64_t next_sequence;
};

#define NO_SLOT UINT32_MAX

struct scheduler *scheduler_open(void) {
    struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));
    scheduler->first_free = NO_SLOT;
    return scheduler;
}

void scheduler_close(struct scheduler *scheduler) {
    if (!scheduler) {
        return;
    }
    while (scheduler->heap_count) {
        scheduler_clear(scheduler); /* again, when a cancelled task added one */
    }
    free(scheduler->slots);
    free(scheduler->heap);
    free(scheduler);
}

static task_id id_of(const struct scheduler *scheduler, uint32_t slot) {
    return (uint64_t)scheduler->slots[slot].generation << 32 | (slot + 1U);
}

static bool is_before(const struct scheduler *scheduler, uint32_t a, uint32_t b) {
    const struct slot *left = &scheduler->slots[a];
    const struct slot *right = &scheduler->slots[b];
    return left->due_ms != right->due_ms ? left->due_ms < right->due_ms : left->sequence < right->sequence;
}

static void place(struct scheduler *scheduler, uint32_t index, uint32_t slot) {
    scheduler->heap[index] = slot;
    scheduler->slots[slot].heap_index = index;
}

static void sift_up(struct scheduler *scheduler, uint32_t index, uint32_t slot) {
    while (index) {
        uint32_t parent = (index - 1) / 2;
        if (!is_before(scheduler, slot, scheduler->heap[parent])) {
            break;
        }
        place(scheduler, index, scheduler->heap[parent]);
        index = parent;
    }
    place(scheduler, index, slot);
}

static void sift_down(struct scheduler *scheduler, uint32_t index, uint32_t slot) {
    for (;;) {
        uint32_t child = index * 2 + 1;
        if (child >= scheduler->heap_count) {
            break;
        }
        if (child + 1 < scheduler->heap_count &&
            is_before(scheduler, scheduler->heap[child + 1], scheduler->heap[child])) {
            child++;
        }
        if (!is_before(scheduler, scheduler->heap[child], slot)) {
            break;
        }
        place(scheduler, index, scheduler->heap[child]);
        index = child;
    }
    place(scheduler, index, slot);
}

static uint32_t take_slot(struct scheduler *scheduler) {
    if (scheduler->first_free != NO_SLOT) {
        uint32_t slot = scheduler->first_free;
        scheduler->first_free = scheduler->slots[slot].next_free;
        return slot;
    }
    if (scheduler->slot_count == scheduler->capacity) {
        scheduler->capacity = scheduler->capacity ? scheduler->capacity * 2 : 64;
        scheduler->slots = xrealloc(scheduler->slots, scheduler->capacity * sizeof(*scheduler->slots));
        scheduler->heap = xrealloc(scheduler->heap, scheduler->capacity * sizeof(*scheduler->heap));
    }
    scheduler->slots[scheduler->slot_count].generation = 0;
    return scheduler->slot_count++;
}

static task_id add(struct scheduler *scheduler, int64_t due_ms, task_fn *function, void *argument, bool quiet) {
    uint32_t index = take_slot(scheduler);
    struct slot *slot = &scheduler->slots[index];
    slot->due_ms = due_ms;
    slot->sequence = scheduler->next_sequence++;
    slot->function = function;
    slot->argument = argument;
    slot->used = true;
    slot->quiet = quiet;
    scheduler->quiet_count += quiet;
    sift_up(scheduler, scheduler->heap_count++, index);
    return id_of(scheduler, index);
}

task_id scheduler_add(struct scheduler *scheduler, int64_t due_ms, task_fn *function, void *argument) {
    return add(scheduler, due_ms, function, argument, false);
}

task_id scheduler_add_quiet(struct scheduler *scheduler, int64_t due_ms, task_fn *function, void *argument) {
    return add(scheduler, due_ms, function, argument, true);
}

/* Takes it out of the heap and frees the slot; returns a copy, for the call that follows. */
static struct slot remove_slot(struct scheduler *scheduler, uint32_t index) {
    struct slot *slot = &scheduler->slots[index];
    struct slot removed = *slot;
    uint32_t hole = slot->heap_index;
    uint32_t last = scheduler->heap[--scheduler->heap_count];
    if (last != index) {
        if (is_before(scheduler, last, index)) {
            sift_up(scheduler, hole, last);
        } else {
            sift_down(scheduler, hole, last);
        }
    }
    scheduler->quiet_count -= slot->quiet;
    slot->used = false;
    slot->generation++;
    slot->next_free = scheduler->first_free;
    scheduler->first_free = index;
    return removed;
}

bool scheduler_cancel(struct scheduler *scheduler, task_id task) {
    uint32_t number = (uint32_t)task;
    if (number == 0 || number > scheduler->slot_count || !scheduler->slots[number - 1].used ||
        scheduler->slots[number - 1].generation != task >> 32) {
        return false;
    }
    struct slot removed = remove_slot(scheduler, number - 1);
    removed.function(removed.argument, TASK_CANCELLED);
    return true;
}

struct ordered_task {
    int64_t due_ms;
    uint64_t sequence;
    task_id id;
};

static int compare_tasks(const void *left, const void *right) {
    const struct ordered_task *a = left;
    const struct ordered_task *b = right;
    if (a->due_ms != b->due_ms) {
        return a->due_ms < b->due_ms ? -1 : 1;
    }
    return a->sequence < b->sequence ? -1 : 1;
}

void scheduler_clear(struct scheduler *scheduler) {
    /* By id and from a copy, because a cancelled task may cancel others or add new ones, which stay. */
    uint32_t count = scheduler->heap_count;
    struct ordered_task *tasks = xcalloc(count, sizeof(*tasks));
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &scheduler->slots[scheduler->heap[i]];
        tasks[i] = (struct ordered_task){slot->due_ms, slot->sequence, id_of(scheduler, scheduler->heap[i])};
    }
    qsort(tasks, count, sizeof(*tasks), compare_tasks);
    for (uint32_t i = 0; i < count; i++) {
        scheduler_cancel(scheduler, tasks[i].id);
    }
    free(tasks);
}

bool scheduler_next_due(const struct scheduler *scheduler, int64_t *due_ms) {
    if (!scheduler->heap_count) {
        return false;
    }
    *due_ms = scheduler->slots[scheduler->heap[0]].due_ms;
    return true;
}

bool scheduler_next_wanted(const struct scheduler *scheduler, int64_t *due_ms) {
    if (!scheduler->quiet_count) {
        return scheduler_next_due(scheduler, due_ms);
    }
    bool found = false;
    for (uint32_t i = 0; i < scheduler->heap_count; i++) {
        const struct slot *slot = &scheduler->slots[scheduler->heap[i]];
        if (!slot->quiet && (!found || slot->due_ms < *due_ms)) {
            *due_ms = slot->due_ms;
            found = true;
        }
    }
    return found;
}

bool scheduler_run_one(struct scheduler *scheduler, int64_t now_ms) {
    if (!scheduler->heap_count || scheduler->slots[scheduler->heap[0]].due_ms > now_ms) {
        return false;
    }
    struct slot removed = remove_slot(scheduler, scheduler->heap[0]);
    removed.function(removed.argument, TASK_RUN);
    return true;
}

int scheduler_count(const struct scheduler *scheduler) {
    return (int)scheduler->heap_count;
}
