/*
 * A stack under test and the part of the runner that it needs. Every step goes through the documents, so that
 * all of it is seen to survive a restart. Actions are logged as one line each.
 */
#ifndef STACKRIG_CLOUDFORMATION_STACK_MACHINE_RIG_H
#define STACKRIG_CLOUDFORMATION_STACK_MACHINE_RIG_H

#include "emulator/base/strbuf.h"
#include "services/cloudformation/stack_machine_internal.h"

struct rig {
    struct arena *arena;
    struct stack_state *state;
    json_t *rows;                   /* serial -> document, as the store keeps them */
    struct machine_actions actions; /* of the last request or steps, not logged yet */
    struct strbuf log;              /* since the last check */
};

/* One resource of a template. */
struct row {
    const char *name;
    const char *type;
    const char *dependencies; /* "A,B" or "" */
    const char *value;        /* of its property P; NULL: cannot be evaluated */
    enum deletion_policy deletion_policy;
    enum deletion_policy update_replace_policy;
    const char *token; /* ServiceToken; NULL: none */
    bool replacement;  /* the native type says that the change needs one */
};

struct rig *rig_open(void);
void rig_close(struct rig *rig);
/* Writes the state's documents and goes on with what was read from them. */
void rig_reopen(struct rig *rig);
/* The machine's plan for these rows. */
struct stack_plan rig_plan(struct arena *arena, const struct row *rows, size_t count);
void rig_create(struct rig *rig, const struct row *rows, size_t count, enum failure_policy policy);
void rig_update(struct rig *rig, const struct row *rows, size_t count, enum failure_policy policy);
void rig_delete(struct rig *rig, struct delete_options options);
/* A stack in CREATE_COMPLETE whose resources have the ids a-1, b-1 ... */
struct rig *rig_created(const struct row *rows, size_t count);

void rig_step(struct rig *rig, struct machine_event event);
/* Answers RESOLVE, and outputs as ready; all else waits for the test. Logs. */
void rig_settle(struct rig *rig, const struct row *rows, size_t count);
/* An event for the work of a resource (of what is left over from it only if there is no other). */
struct machine_event rig_answer(struct rig *rig, enum machine_event_kind kind, const char *name);
void rig_succeed(struct rig *rig, const char *name, const char *physical_id);
void rig_fail(struct rig *rig, const char *name, const char *physical_id, const char *reason);

void rig_log(struct rig *rig);
void rig_expect(struct rig *rig, const char *expected, const char *file, int line);

#define ROWS(rows) (rows), sizeof(rows) / sizeof(rows)[0]
#define EXPECT(rig, expected) rig_expect(rig, expected, __FILE__, __LINE__)
#define SETTLE(rig, rows) rig_settle(rig, ROWS(rows))
#define CREATE(rig, rows) rig_create(rig, ROWS(rows), FAILURE_ROLLBACK)
#define UPDATE(rig, rows) rig_update(rig, ROWS(rows), FAILURE_ROLLBACK)
#define RIG(rows) rig_created(ROWS(rows))

#endif
