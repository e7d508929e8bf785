/*
 * All SQL of CloudFormation. Verbs speak of stacks, resources, events, exports, change sets, custom resource
 * requests and timers; texts that are JSON documents belong to the modules that write them.
 * Rows are filled with strings that live in the arena given.
 */
#ifndef STACKRIG_CLOUDFORMATION_STORE_H
#define STACKRIG_CLOUDFORMATION_STORE_H

#include "emulator/io/store.h"

extern const struct store_module cloudformation_store;

struct stack_row {
    const char *stack_id;
    const char *account;
    const char *region;
    const char *name;
    const char *status;
    const char *status_reason; /* NULL: none */
    bool deleted;              /* DELETE_COMPLETE: known by id only */
    int64_t created_ms;
    int64_t updated_ms;        /* 0: never */
    int64_t deletion_ms;       /* 0: no delete or rollback has begun */
    const char *description;   /* NULL: none */
    const char *settings;      /* stack_settings.h: of the last operation that was kept; NULL: none yet */
    const char *next_settings; /* of the operation under way; NULL: none */
    const char *template_body; /* belongs to settings */
    const char *next_template; /* belongs to next_settings */
    const char *outputs;       /* [{"OutputKey", ...}]; NULL: none */
    const char *policy;        /* NULL: none */
    bool protected;            /* termination protection */
    const char *change_set_id; /* last executed; NULL: none */
    const char *operation_id;  /* of the last operation */
    const char *client_token;  /* of the last operation; NULL: none */
    const char *caller;        /* identity of the last operation, as JSON */
    const char *parent_id;     /* nested stacks; NULL: none */
    const char *root_id;
    const char *deletion_mode; /* NULL: none */
};

void stack_store_insert(struct store *store, const struct stack_row *row);
/* Writes every column but the key. */
void stack_store_update(struct store *store, const struct stack_row *row);
/* By id (deleted ones too), or by name (live ones only). */
bool stack_store_find(struct store *store, struct arena *arena, const char *account, const char *region,
                      const char *name_or_id, struct stack_row *row);
bool stack_store_find_id(struct store *store, struct arena *arena, const char *stack_id,
                         struct stack_row *row);
/* Calls visit for each stack of the account and Region, newest first, deleted ones included. */
void stack_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                      void (*visit)(void *argument, const struct stack_row *row), void *argument);
/* Ids of stacks whose status ends with IN_PROGRESS, oldest first. */
void stack_store_each_busy(struct store *store, struct arena *arena,
                           void (*visit)(void *argument, const char *stack_id), void *argument);
void stack_store_set_status(struct store *store, const char *stack_id, const char *status, const char *reason,
                            int64_t deletion_ms, bool deleted);
/* stack_state_write()'s document, NULL for a new stack. */
const char *stack_store_state(struct store *store, struct arena *arena, const char *stack_id);
void stack_store_set_state(struct store *store, const char *stack_id, const char *state);
/* Deleted stacks whose deletion is older than before_ms are forgotten, with their events. */
void stack_store_forget_deleted(struct store *store, int64_t before_ms);

struct resource_row {
    int serial;
    const char *logical_id;  /* only for resource_store_put() */
    const char *physical_id; /* same; NULL: none */
    const char *document;    /* stack_resource_write() */
    int64_t updated_ms;      /* put: 0 leaves it */
};

void resource_store_put(struct store *store, const char *stack_id, const struct resource_row *row);
void resource_store_touch(struct store *store, const char *stack_id, int serial, int64_t now_ms);
void resource_store_remove(struct store *store, const char *stack_id, int serial);
void resource_store_each(struct store *store, struct arena *arena, const char *stack_id,
                         void (*visit)(void *argument, const struct resource_row *row), void *argument);
int64_t resource_store_updated_ms(struct store *store, const char *stack_id, int serial);
/* The live stack that owns a physical resource: its id, or NULL. */
const char *resource_store_owner(struct store *store, struct arena *arena, const char *account,
                                 const char *region, const char *physical_id);
/* The function of the macro that a stack of this account and Region made; NULL: there is none. */
const char *macro_store_function(struct store *store, struct arena *arena, const char *account,
                                 const char *region, const char *name);

struct event_row {
    int64_t sequence;
    const char *stack_id;
    const char *stack_name;
    const char *event_id;
    const char *logical_id;
    const char *physical_id;
    const char *type;
    int64_t time_ms;
    const char *status;
    const char *reason;     /* NULL: none */
    const char *properties; /* NULL: none */
    const char *token;      /* NULL: none */
    const char *operation_id;
};

void event_store_insert(struct store *store, const struct event_row *row);
/* Newest first, those with a sequence below `before`, at most `limit`. */
void event_store_each(struct store *store, struct arena *arena, const char *stack_id, int64_t before,
                      int limit, void (*visit)(void *argument, const struct event_row *row), void *argument);

/* False: another stack exports that name. */
bool export_store_put(struct store *store, const char *account, const char *region, const char *name,
                      const char *value, const char *stack_id);
void export_store_remove(struct store *store, const char *account, const char *region, const char *name);
/* The value, or NULL; *stack_id (may be NULL) gets the exporter. */
const char *export_store_find(struct store *store, struct arena *arena, const char *account,
                              const char *region, const char *name, const char **stack_id);
/* In order of names, those after `after`. stack_id NULL: of every stack. */
void export_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                       const char *stack_id, const char *after,
                       void (*visit)(void *argument, const char *name, const char *value,
                                     const char *stack_id),
                       void *argument);
/* Imports of a stack are replaced as a whole. */
void import_store_clear(struct store *store, const char *stack_id);
void import_store_add(struct store *store, const char *account, const char *region, const char *name,
                      const char *stack_id);
/* Names of the live stacks that import it, in order. */
void import_store_each(struct store *store, struct arena *arena, const char *account, const char *region,
                       const char *name, void (*visit)(void *argument, const char *stack_name),
                       void *argument);

struct change_set_row {
    const char *change_set_id;
    const char *account;
    const char *region;
    const char *stack_id;
    const char *stack_name;
    const char *name;
    const char *status;
    const char *execution_status;
    const char *reason; /* NULL: none */
    int64_t created_ms;
    const char *settings; /* stack_settings.h */
    const char *template_body;
    const char *changes; /* {"Plain": [{...}], "Values": [{...}]}; change_sets.c */
    const char *caller;
};

void change_set_store_insert(struct store *store, const struct change_set_row *row);
void change_set_store_update(struct store *store, const struct change_set_row *row);
bool change_set_store_find_id(struct store *store, struct arena *arena, const char *change_set_id,
                              struct change_set_row *row);
/* By name: one that can still be executed before one that was. */
bool change_set_store_find(struct store *store, struct arena *arena, const char *stack_id, const char *name,
                           struct change_set_row *row);
void change_set_store_each(struct store *store, struct arena *arena, const char *stack_id,
                           void (*visit)(void *argument, const struct change_set_row *row), void *argument);
void change_set_store_remove(struct store *store, const char *change_set_id);
/* Others of the stack: removed (after execution) or marked OBSOLETE (CreateStack during review). */
void change_set_store_remove_others(struct store *store, const char *stack_id, const char *change_set_id);
void change_set_store_obsolete(struct store *store, const char *stack_id);

struct custom_request_row {
    const char *request_id;
    const char *stack_id;
    int serial;
    int work;
    const char *logical_id;
    const char *type;
    const char *request_type;
    const char *physical_id; /* known when it was sent; NULL: create */
    const char *state;       /* WAITING, ANSWERED, EXPIRED, REFUSED, CANCELLED */
    int64_t sent_ms;
    int64_t due_ms;
    int64_t ended_ms;   /* 0: not yet */
    const char *event;  /* the request as sent */
    const char *answer; /* NULL: none */
    const char *reason; /* of a failure; NULL */
};

void custom_request_store_insert(struct store *store, const struct custom_request_row *row);
void custom_request_store_end(struct store *store, const char *request_id, const char *state, int64_t now_ms,
                              struct text answer, const char *reason);
bool custom_request_store_find(struct store *store, struct arena *arena, const char *request_id,
                               struct custom_request_row *row);
bool custom_request_store_find_work(struct store *store, struct arena *arena, const char *stack_id,
                                    int serial, int work, struct custom_request_row *row);
/* Oldest first. stack_id NULL: those WAITING of every stack. */
void custom_request_store_each(struct store *store, struct arena *arena, const char *stack_id,
                               void (*visit)(void *argument, const struct custom_request_row *row),
                               void *argument);

/* Returns the timer's number. */
int64_t timer_store_insert(struct store *store, const char *stack_id, int resource, int work, int64_t due_ms);
void timer_store_remove(struct store *store, int64_t timer);
void timer_store_remove_stack(struct store *store, const char *stack_id);
void timer_store_each(struct store *store, struct arena *arena,
                      void (*visit)(void *argument, int64_t timer, const char *stack_id, int resource,
                                    int work, int64_t due_ms),
                      void *argument);

/* Signals of wait conditions; a second one with the same unique id replaces the first. */
void signal_store_put(struct store *store, const char *stack_id, const char *logical_id,
                      const char *unique_id, const char *status, const char *reason, const char *data);
void signal_store_each(struct store *store, struct arena *arena, const char *stack_id, const char *logical_id,
                       void (*visit)(void *argument, const char *unique_id, const char *status,
                                     const char *reason, const char *data),
                       void *argument);
void signal_store_clear(struct store *store, const char *stack_id);

/* ClientRequestToken: NULL when new, else the digest that was stored with it; *stack_id gets its stack. */
const char *token_store_find(struct store *store, struct arena *arena, const char *account,
                             const char *region, const char *operation, const char *token,
                             const char **stack_id);
void token_store_put(struct store *store, const char *account, const char *region, const char *operation,
                     const char *token, const char *digest, const char *stack_id);

#endif
