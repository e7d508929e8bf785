/* Stacks, their resources and events. */
#include "services/cloudformation/cloudformation_sql.h"
#include "services/cloudformation/stack_status.h"

/* ---- stacks ---- */

static void bind_stack(struct statement *statement, const struct stack_row *row) {
    const char *const names[] = {row->stack_id, row->account, row->region,
                                 row->name,     row->status,  row->status_reason};
    for (int i = 0; i < 6; i++) {
        statement_bind_string(statement, i + 1, names[i]);
    }
    statement_bind_int64(statement, 7, row->deleted);
    statement_bind_int64(statement, 8, row->created_ms);
    statement_bind_int64(statement, 9, row->updated_ms);
    statement_bind_int64(statement, 10, row->deletion_ms);
    const char *const texts[] = {row->description,   row->settings, row->next_settings, row->template_body,
                                 row->next_template, row->outputs,  row->policy};
    for (int i = 0; i < 7; i++) {
        statement_bind_string(statement, i + 11, texts[i]);
    }
    statement_bind_int64(statement, 18, row->protected);
    const char *const rest[] = {row->change_set_id, row->operation_id, row->client_token, row->caller,
                                row->parent_id,     row->root_id,      row->deletion_mode};
    for (int i = 0; i < 7; i++) {
        statement_bind_string(statement, i + 19, rest[i]);
    }
}

static void read_stack(struct statement *statement, struct arena *arena, struct stack_row *row) {
    *row = (struct stack_row){
        .stack_id = statement_string(statement, 0, arena),
        .account = statement_string(statement, 1, arena),
        .region = statement_string(statement, 2, arena),
        .name = statement_string(statement, 3, arena),
        .status = statement_string(statement, 4, arena),
        .status_reason = statement_string(statement, 5, arena),
        .deleted = statement_int64(statement, 6) != 0,
        .created_ms = statement_int64(statement, 7),
        .updated_ms = statement_int64(statement, 8),
        .deletion_ms = statement_int64(statement, 9),
        .description = statement_string(statement, 10, arena),
        .settings = statement_string(statement, 11, arena),
        .next_settings = statement_string(statement, 12, arena),
        .template_body = statement_string(statement, 13, arena),
        .next_template = statement_string(statement, 14, arena),
        .outputs = statement_string(statement, 15, arena),
        .policy = statement_string(statement, 16, arena),
        .protected = statement_int64(statement, 17) != 0,
        .change_set_id = statement_string(statement, 18, arena),
        .operation_id = statement_string(statement, 19, arena),
        .client_token = statement_string(statement, 20, arena),
        .caller = statement_string(statement, 21, arena),
        .parent_id = statement_string(statement, 22, arena),
        .root_id = statement_string(statement, 23, arena),
        .deletion_mode = statement_string(statement, 24, arena),
    };
}

void stack_store_insert(struct store *store, const struct stack_row *row) {
    struct statement *statement = store_statement(store, &cloudformation_store, STACK_INSERT);
    bind_stack(statement, row);
    statement_run(statement);
}

void stack_store_update(struct store *store, const struct stack_row *row) {
    struct statement *statement = store_statement(store, &cloudformation_store, STACK_UPDATE);
    bind_stack(statement, row);
    statement_run(statement);
}

static bool find_stack(struct statement *statement, struct arena *arena, struct stack_row *row) {
    bool found = statement_step(statement);
    if (found) {
        read_stack(statement, arena, row);
        statement_reset(statement);
    }
    return found;
}

bool stack_store_find_id(struct store *store, struct arena *arena, const char *stack_id,
                         struct stack_row *row) {
    return find_stack(PREPARE(store, STACK_FIND_ID, stack_id), arena, row);
}

bool stack_store_find(struct store *store, struct arena *arena, const char *account, const char *region,
                      const char *name_or_id, struct stack_row *row) {
    if (strncmp(name_or_id, "arn:", 4) == 0) {
        return stack_store_find_id(store, arena, name_or_id, row) && strcmp(row->account, account) == 0 &&
               strcmp(row->region, region) == 0;
    }
    return find_stack(PREPARE(store, STACK_FIND_NAME, account, region, name_or_id), arena, row);
}

/* Rows are gathered first: a visitor may ask for the same statement again. */
void stack_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                      void (*visit)(void *argument, const struct stack_row *row), void *argument) {
    struct list {
        struct list *next;
        struct stack_row row;
    } *first = NULL, **last = &first;
    struct statement *statement = PREPARE(store, STACK_EACH, account, region);
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        read_stack(statement, arena, &item->row);
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, &first->row);
    }
}

void stack_store_each_busy(struct store *store, struct arena *arena,
                           void (*visit)(void *argument, const char *stack_id), void *argument) {
    struct list {
        struct list *next;
        const char *stack_id;
    } *first = NULL, **last = &first;
    struct statement *statement = store_statement(store, &cloudformation_store, STACK_BUSY);
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        item->stack_id = statement_string(statement, 0, arena);
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, first->stack_id);
    }
}

void stack_store_set_status(struct store *store, const char *stack_id, const char *status, const char *reason,
                            int64_t deletion_ms, bool deleted) {
    struct statement *statement = PREPARE(store, STACK_SET_STATUS, stack_id, status, reason);
    statement_bind_int64(statement, 4, deletion_ms);
    statement_bind_int64(statement, 5, deleted);
    statement_run(statement);
}

const char *stack_store_state(struct store *store, struct arena *arena, const char *stack_id) {
    struct statement *statement = PREPARE(store, STACK_STATE, stack_id);
    const char *state = NULL;
    if (statement_step(statement)) {
        state = statement_string(statement, 0, arena);
        statement_reset(statement);
    }
    return state;
}

void stack_store_set_state(struct store *store, const char *stack_id, const char *state) {
    statement_run(PREPARE(store, STACK_SET_STATE, stack_id, state));
}

void stack_store_forget_deleted(struct store *store, int64_t before_ms) {
    static const int statements[] = {STACK_FORGET_EVENTS, STACK_FORGET_REQUESTS, STACK_FORGET_STATES,
                                     STACK_FORGET_RESOURCES, STACK_FORGET};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        struct statement *statement = store_statement(store, &cloudformation_store, statements[i]);
        statement_bind_int64(statement, 1, before_ms);
        statement_run(statement);
    }
}

/* ---- resources ---- */

void resource_store_put(struct store *store, const char *stack_id, const struct resource_row *row) {
    struct statement *statement = store_statement(store, &cloudformation_store, RESOURCE_PUT);
    statement_bind_string(statement, 1, stack_id);
    statement_bind_int64(statement, 2, row->serial);
    statement_bind_string(statement, 3, row->logical_id);
    statement_bind_string(statement, 4, row->physical_id);
    statement_bind_string(statement, 5, row->document);
    statement_bind_int64(statement, 6, row->updated_ms);
    statement_run(statement);
}

static struct statement *resource_statement(struct store *store, int index, const char *stack_id,
                                            int serial) {
    struct statement *statement = store_statement(store, &cloudformation_store, index);
    statement_bind_string(statement, 1, stack_id);
    statement_bind_int64(statement, 2, serial);
    return statement;
}

void resource_store_touch(struct store *store, const char *stack_id, int serial, int64_t now_ms) {
    struct statement *statement = resource_statement(store, RESOURCE_TOUCH, stack_id, serial);
    statement_bind_int64(statement, 3, now_ms);
    statement_run(statement);
}

void resource_store_remove(struct store *store, const char *stack_id, int serial) {
    statement_run(resource_statement(store, RESOURCE_REMOVE, stack_id, serial));
}

int64_t resource_store_updated_ms(struct store *store, const char *stack_id, int serial) {
    struct statement *statement = resource_statement(store, RESOURCE_UPDATED, stack_id, serial);
    int64_t updated_ms = 0;
    if (statement_step(statement)) {
        updated_ms = statement_int64(statement, 0);
        statement_reset(statement);
    }
    return updated_ms;
}

void resource_store_each(struct store *store, struct arena *arena, const char *stack_id,
                         void (*visit)(void *argument, const struct resource_row *row), void *argument) {
    struct list {
        struct list *next;
        struct resource_row row;
    } *first = NULL, **last = &first;
    struct statement *statement = PREPARE(store, RESOURCE_EACH, stack_id);
    while (statement_step(statement)) {
        struct list *item = arena_zalloc(arena, sizeof *item);
        item->row = (struct resource_row){.serial = (int)statement_int64(statement, 0),
                                          .document = statement_string(statement, 1, arena),
                                          .updated_ms = statement_int64(statement, 2)};
        *last = item;
        last = &item->next;
    }
    for (; first; first = first->next) {
        visit(argument, &first->row);
    }
}

static const char *first_string(struct statement *statement, struct arena *arena) {
    const char *string = NULL;
    if (statement_step(statement)) {
        string = statement_string(statement, 0, arena);
        statement_reset(statement);
    }
    return string;
}

const char *resource_store_owner(struct store *store, struct arena *arena, const char *account,
                                 const char *region, const char *physical_id) {
    return first_string(PREPARE(store, RESOURCE_OWNER, physical_id, account, region), arena);
}

const char *macro_store_function(struct store *store, struct arena *arena, const char *account,
                                 const char *region, const char *name) {
    char gone[12];
    snprintf(gone, sizeof gone, "%d", (int)RESOURCE_DELETE_COMPLETE);
    return first_string(PREPARE(store, MACRO_FUNCTION, name, account, region, gone), arena);
}

/* ---- events ---- */

void event_store_insert(struct store *store, const struct event_row *row) {
    struct statement *statement = PREPARE(store, EVENT_INSERT, row->stack_id, row->stack_name, row->event_id,
                                          row->logical_id, row->physical_id, row->type);
    statement_bind_int64(statement, 7, row->time_ms);
    const char *const rest[] = {row->status, row->reason, row->properties, row->token, row->operation_id};
    for (int i = 0; i < 5; i++) {
        statement_bind_string(statement, i + 8, rest[i]);
    }
    statement_run(statement);
}

void event_store_each(struct store *store, struct arena *arena, const char *stack_id, int64_t before,
                      int limit, void (*visit)(void *argument, const struct event_row *row), void *argument) {
    struct statement *statement = PREPARE(store, EVENT_EACH, stack_id);
    statement_bind_int64(statement, 2, before);
    statement_bind_int64(statement, 3, limit);
    while (statement_step(statement)) {
        struct event_row row = {
            .sequence = statement_int64(statement, 0),
            .stack_id = statement_string(statement, 1, arena),
            .stack_name = statement_string(statement, 2, arena),
            .event_id = statement_string(statement, 3, arena),
            .logical_id = statement_string(statement, 4, arena),
            .physical_id = statement_string(statement, 5, arena),
            .type = statement_string(statement, 6, arena),
            .time_ms = statement_int64(statement, 7),
            .status = statement_string(statement, 8, arena),
            .reason = statement_string(statement, 9, arena),
            .properties = statement_string(statement, 10, arena),
            .token = statement_string(statement, 11, arena),
            .operation_id = statement_string(statement, 12, arena),
        };
        visit(argument, &row);
    }
}
