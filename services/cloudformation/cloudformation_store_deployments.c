/* Exports and imports, change sets, custom resource requests, timers, tokens. */
#include "services/cloudformation/cloudformation_sql.h"

/* ---- exports ---- */

bool export_store_put(struct store *store, const char *account, const char *region, const char *name,
                      const char *value, const char *stack_id) {
    if (statement_run_unique(PREPARE(store, EXPORT_PUT, account, region, name, value, stack_id))) {
        return true;
    }
    statement_run(PREPARE(store, EXPORT_CHANGE, account, region, name, value, stack_id));
    return store_changes(store) > 0;
}

void export_store_remove(struct store *store, const char *account, const char *region, const char *name) {
    statement_run(PREPARE(store, EXPORT_REMOVE, account, region, name));
}

const char *export_store_find(struct store *store, struct arena *arena, const char *account,
                              const char *region, const char *name, const char **stack_id) {
    struct statement *statement = PREPARE(store, EXPORT_FIND, account, region, name);
    if (!statement_step(statement)) {
        return NULL;
    }
    const char *value = statement_string(statement, 0, arena);
    if (stack_id) {
        *stack_id = statement_string(statement, 1, arena);
    }
    statement_reset(statement);
    return value;
}

void export_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                       const char *stack_id, const char *after,
                       void (*visit)(void *argument, const char *name, const char *value,
                                     const char *stack_id),
                       void *argument) {
    struct list {
        struct list *next;
        const char *name;
        const char *value;
        const char *stack_id;
    } *first = NULL, **last = &first;
    struct statement *statement = PREPARE(store, EXPORT_EACH, account, region, stack_id, after ? after : "");
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        item->name = statement_string(statement, 0, arena);
        item->value = statement_string(statement, 1, arena);
        item->stack_id = statement_string(statement, 2, arena);
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, first->name, first->value, first->stack_id);
    }
}

void import_store_clear(struct store *store, const char *stack_id) {
    statement_run(PREPARE(store, IMPORT_CLEAR, stack_id));
}

void import_store_add(struct store *store, const char *account, const char *region, const char *name,
                      const char *stack_id) {
    statement_run(PREPARE(store, IMPORT_ADD, account, region, name, stack_id));
}

void import_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                       const char *name, void (*visit)(void *argument, const char *stack_name),
                       void *argument) {
    struct statement *statement = PREPARE(store, IMPORT_EACH, account, region, name);
    while (statement_step(statement)) {
        visit(argument, statement_string(statement, 0, arena));
    }
}

/* ---- change sets ---- */

static void write_change_set(struct store *store, int index, const struct change_set_row *row) {
    struct statement *statement =
        PREPARE(store, index, row->change_set_id, row->account, row->region, row->stack_id, row->stack_name,
                row->name, row->status, row->execution_status, row->reason);
    statement_bind_int64(statement, 10, row->created_ms);
    const char *const rest[] = {row->settings, row->template_body, row->changes, row->caller};
    for (int i = 0; i < 4; i++) {
        statement_bind_string(statement, i + 11, rest[i]);
    }
    statement_run(statement);
}

void change_set_store_insert(struct store *store, const struct change_set_row *row) {
    write_change_set(store, CHANGE_SET_INSERT, row);
}

void change_set_store_update(struct store *store, const struct change_set_row *row) {
    write_change_set(store, CHANGE_SET_UPDATE, row);
}

static void read_change_set(struct statement *statement, struct arena *arena, struct change_set_row *row) {
    *row = (struct change_set_row){
        .change_set_id = statement_string(statement, 0, arena),
        .account = statement_string(statement, 1, arena),
        .region = statement_string(statement, 2, arena),
        .stack_id = statement_string(statement, 3, arena),
        .stack_name = statement_string(statement, 4, arena),
        .name = statement_string(statement, 5, arena),
        .status = statement_string(statement, 6, arena),
        .execution_status = statement_string(statement, 7, arena),
        .reason = statement_string(statement, 8, arena),
        .created_ms = statement_int64(statement, 9),
        .settings = statement_string(statement, 10, arena),
        .template_body = statement_string(statement, 11, arena),
        .changes = statement_string(statement, 12, arena),
        .caller = statement_string(statement, 13, arena),
    };
}

static bool find_change_set(struct statement *statement, struct arena *arena, struct change_set_row *row) {
    bool found = statement_step(statement);
    if (found) {
        read_change_set(statement, arena, row);
        statement_reset(statement);
    }
    return found;
}

bool change_set_store_find_id(struct store *store, struct arena *arena, const char *change_set_id,
                              struct change_set_row *row) {
    return find_change_set(PREPARE(store, CHANGE_SET_FIND_ID, change_set_id), arena, row);
}

bool change_set_store_find(struct store *store, struct arena *arena, const char *stack_id, const char *name,
                           struct change_set_row *row) {
    return find_change_set(PREPARE(store, CHANGE_SET_FIND, stack_id, name), arena, row);
}

void change_set_store_each(struct store *store, struct arena *arena, const char *stack_id,
                           void (*visit)(void *argument, const struct change_set_row *row), void *argument) {
    struct list {
        struct list *next;
        struct change_set_row row;
    } *first = NULL, **last = &first;
    struct statement *statement = PREPARE(store, CHANGE_SET_EACH, stack_id);
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        read_change_set(statement, arena, &item->row);
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, &first->row);
    }
}

void change_set_store_remove(struct store *store, const char *change_set_id) {
    statement_run(PREPARE(store, CHANGE_SET_REMOVE, change_set_id));
}

void change_set_store_remove_others(struct store *store, const char *stack_id, const char *change_set_id) {
    statement_run(PREPARE(store, CHANGE_SET_REMOVE_OTHERS, stack_id, change_set_id));
}

void change_set_store_obsolete(struct store *store, const char *stack_id) {
    statement_run(PREPARE(store, CHANGE_SET_OBSOLETE, stack_id));
}

/* ---- custom resource requests ---- */

void custom_request_store_insert(struct store *store, const struct custom_request_row *row) {
    struct statement *statement = PREPARE(store, REQUEST_INSERT, row->request_id, row->stack_id);
    statement_bind_int64(statement, 3, row->serial);
    statement_bind_int64(statement, 4, row->work);
    const char *const texts[] = {row->logical_id, row->type, row->request_type, row->physical_id, row->state};
    for (int i = 0; i < 5; i++) {
        statement_bind_string(statement, i + 5, texts[i]);
    }
    statement_bind_int64(statement, 10, row->sent_ms);
    statement_bind_int64(statement, 11, row->due_ms);
    statement_bind_int64(statement, 12, row->ended_ms);
    statement_bind_string(statement, 13, row->event);
    statement_bind_string(statement, 14, row->answer);
    statement_bind_string(statement, 15, row->reason);
    statement_run(statement);
}

void custom_request_store_end(struct store *store, const char *request_id, const char *state, int64_t now_ms,
                              struct text answer, const char *reason) {
    struct statement *statement = PREPARE(store, REQUEST_END, request_id, state);
    statement_bind_int64(statement, 3, now_ms);
    statement_bind_text(statement, 4, answer);
    statement_bind_string(statement, 5, reason);
    statement_run(statement);
}

static void read_request(struct statement *statement, struct arena *arena, struct custom_request_row *row) {
    *row = (struct custom_request_row){
        .request_id = statement_string(statement, 0, arena),
        .stack_id = statement_string(statement, 1, arena),
        .serial = (int)statement_int64(statement, 2),
        .work = (int)statement_int64(statement, 3),
        .logical_id = statement_string(statement, 4, arena),
        .type = statement_string(statement, 5, arena),
        .request_type = statement_string(statement, 6, arena),
        .physical_id = statement_string(statement, 7, arena),
        .state = statement_string(statement, 8, arena),
        .sent_ms = statement_int64(statement, 9),
        .due_ms = statement_int64(statement, 10),
        .ended_ms = statement_int64(statement, 11),
        .event = statement_string(statement, 12, arena),
        .answer = statement_string(statement, 13, arena),
        .reason = statement_string(statement, 14, arena),
    };
}

static bool find_request(struct statement *statement, struct arena *arena, struct custom_request_row *row) {
    bool found = statement_step(statement);
    if (found) {
        read_request(statement, arena, row);
        statement_reset(statement);
    }
    return found;
}

bool custom_request_store_find(struct store *store, struct arena *arena, const char *request_id,
                               struct custom_request_row *row) {
    return find_request(PREPARE(store, REQUEST_FIND, request_id), arena, row);
}

bool custom_request_store_find_work(struct store *store, struct arena *arena, const char *stack_id,
                                    int serial, int work, struct custom_request_row *row) {
    struct statement *statement = PREPARE(store, REQUEST_FIND_WORK, stack_id);
    statement_bind_int64(statement, 2, serial);
    statement_bind_int64(statement, 3, work);
    return find_request(statement, arena, row);
}

void custom_request_store_each(struct store *store, struct arena *arena, const char *stack_id,
                               void (*visit)(void *argument, const struct custom_request_row *row),
                               void *argument) {
    struct list {
        struct list *next;
        struct custom_request_row row;
    } *first = NULL, **last = &first;
    struct statement *statement = stack_id
                                      ? PREPARE(store, REQUEST_EACH, stack_id)
                                      : store_statement(store, &cloudformation_store, REQUEST_EACH_WAITING);
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        read_request(statement, arena, &item->row);
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, &first->row);
    }
}

/* ---- timers ---- */

int64_t timer_store_insert(struct store *store, const char *stack_id, int resource, int work,
                           int64_t due_ms) {
    struct statement *statement = PREPARE(store, TIMER_INSERT, stack_id);
    statement_bind_int64(statement, 2, resource);
    statement_bind_int64(statement, 3, work);
    statement_bind_int64(statement, 4, due_ms);
    statement_run(statement);
    return store_last_rowid(store);
}

void timer_store_remove(struct store *store, int64_t timer) {
    struct statement *statement = store_statement(store, &cloudformation_store, TIMER_REMOVE);
    statement_bind_int64(statement, 1, timer);
    statement_run(statement);
}

void timer_store_remove_stack(struct store *store, const char *stack_id) {
    statement_run(PREPARE(store, TIMER_REMOVE_STACK, stack_id));
}

void timer_store_each(struct store *store, struct arena *arena,
                      void (*visit)(void *argument, int64_t timer, const char *stack_id, int resource,
                                    int work, int64_t due_ms),
                      void *argument) {
    struct statement *statement = store_statement(store, &cloudformation_store, TIMER_EACH);
    while (statement_step(statement)) {
        visit(argument, statement_int64(statement, 0), statement_string(statement, 1, arena),
              (int)statement_int64(statement, 2), (int)statement_int64(statement, 3),
              statement_int64(statement, 4));
    }
}

/* ---- signals ---- */

void signal_store_put(struct store *store, const char *stack_id, const char *logical_id,
                      const char *unique_id, const char *status, const char *reason, const char *data) {
    statement_run(PREPARE(store, SIGNAL_PUT, stack_id, logical_id, unique_id, status, reason, data));
}

void signal_store_each(struct store *store, struct arena *arena, const char *stack_id, const char *logical_id,
                       void (*visit)(void *argument, const char *unique_id, const char *status,
                                     const char *reason, const char *data),
                       void *argument) {
    struct statement *statement = PREPARE(store, SIGNAL_EACH, stack_id, logical_id);
    while (statement_step(statement)) {
        visit(argument, statement_string(statement, 0, arena), statement_string(statement, 1, arena),
              statement_string(statement, 2, arena), statement_string(statement, 3, arena));
    }
}

void signal_store_clear(struct store *store, const char *stack_id) {
    statement_run(PREPARE(store, SIGNAL_CLEAR, stack_id));
}

/* ---- tokens ---- */

const char *token_store_find(struct store *store, struct arena *arena, const char *account,
                             const char *region, const char *operation, const char *token,
                             const char **stack_id) {
    struct statement *statement = PREPARE(store, TOKEN_FIND, account, region, operation, token);
    if (!statement_step(statement)) {
        return NULL;
    }
    const char *digest = statement_string(statement, 0, arena);
    *stack_id = statement_string(statement, 1, arena);
    statement_reset(statement);
    return digest;
}

void token_store_put(struct store *store, const char *account, const char *region, const char *operation,
                     const char *token, const char *digest, const char *stack_id) {
    statement_run(PREPARE(store, TOKEN_PUT, account, region, operation, token, digest, stack_id));
}
