#include "services/cloudformation/custom_deadline.h"

#include "emulator/base/die.h"
#include "services/cloudformation/cloudformation.h"
#include "services/cloudformation/custom_resource.h"
#include "services/cloudformation/custom_resource_response.h"

struct deadline {
    struct deadline *next;
    struct custom_deadlines *owner;
    char *request_id;
    task_id task;
};

struct custom_deadlines {
    struct emulator *emulator;
    struct deadline *first;
};

struct custom_deadlines *custom_deadlines_open(struct emulator *emulator) {
    struct custom_deadlines *deadlines = xcalloc(1, sizeof *deadlines);
    deadlines->emulator = emulator;
    return deadlines;
}

static void free_deadline(struct deadline *deadline) {
    struct deadline **link = &deadline->owner->first;
    while (*link != deadline) {
        link = &(*link)->next;
    }
    *link = deadline->next;
    free(deadline->request_id);
    free(deadline);
}

static void deadline_due(void *argument, enum task_event task_event) {
    struct deadline *deadline = argument;
    struct emulator *emulator = deadline->owner->emulator;
    if (task_event == TASK_RUN) {
        struct arena *arena = arena_open();
        struct custom_request_row row;
        const char *reason = custom_resource_timeout_reason(arena, deadline->request_id);
        if (custom_resource_end_request(emulator, deadline->request_id, "EXPIRED", TEXT_NONE, reason, arena,
                                        &row)) {
            custom_resource_post_failure(emulator, &row, reason, NULL);
        }
        arena_close(arena);
    }
    free_deadline(deadline);
}

static void set_deadline(struct custom_deadlines *deadlines, const char *request_id, int64_t due_ms) {
    struct deadline *deadline = xcalloc(1, sizeof *deadline);
    deadline->owner = deadlines;
    deadline->request_id = xstrdup(request_id);
    deadline->next = deadlines->first;
    deadlines->first = deadline;
    deadline->task = emulator_schedule(deadlines->emulator, due_ms, deadline_due, deadline);
}

void custom_resource_set_deadline(struct emulator *emulator, const char *request_id, int64_t due_ms) {
    set_deadline(cloudformation_deadlines(emulator), request_id, due_ms);
}

void custom_resource_clear_deadline(struct emulator *emulator, const char *request_id) {
    struct custom_deadlines *deadlines = cloudformation_deadlines(emulator);
    for (struct deadline *deadline = deadlines->first; deadline; deadline = deadline->next) {
        if (strcmp(deadline->request_id, request_id) == 0) {
            emulator_cancel(deadlines->emulator, deadline->task);
            return;
        }
    }
}

static void forget(struct custom_deadlines *deadlines) {
    for (struct deadline *deadline = deadlines->first, *next; deadline; deadline = next) {
        next = deadline->next;
        if (!emulator_cancel(deadlines->emulator, deadline->task)) {
            free_deadline(deadline);
        }
    }
}

void custom_deadlines_close(struct custom_deadlines *deadlines) {
    forget(deadlines);
    free(deadlines);
}

static void resume_request(void *argument, const struct custom_request_row *row) {
    set_deadline(argument, row->request_id, row->due_ms);
}

void custom_deadlines_resume(struct custom_deadlines *deadlines) {
    forget(deadlines);
    struct arena *arena = arena_open();
    custom_request_store_each(emulator_store(deadlines->emulator), arena, NULL, resume_request, deadlines);
    arena_close(arena);
}
