/* Buses, rules, targets, tags. */
#include "services/events/events_sql.h"

/* ---- buses ---- */

static bool read_bus(struct statement *statement, struct arena *arena, struct events_bus *bus) {
    if (!statement_step(statement)) {
        return false;
    }
    *bus = (struct events_bus){
        .name = statement_string(statement, 0, arena),
        .description = statement_string(statement, 1, arena),
        .policy = statement_string(statement, 2, arena),
        .kms_key = statement_string(statement, 3, arena),
        .dead_letter = statement_string(statement, 4, arena),
        .log_config = statement_string(statement, 5, arena),
        .created_ms = statement_int64(statement, 6),
        .modified_ms = statement_int64(statement, 7),
    };
    statement_reset(statement);
    return true;
}

bool events_store_bus(struct store *store, struct events_owner owner, const char *name, struct arena *arena,
                      struct events_bus *bus) {
    struct statement *statement = events_owned(store, SQL_BUS, owner);
    statement_bind_string(statement, 3, name);
    return read_bus(statement, arena, bus);
}

bool events_store_next_bus(struct store *store, struct events_owner owner, const char *after,
                           struct arena *arena, struct events_bus *bus) {
    struct statement *statement = events_owned(store, SQL_NEXT_BUS, owner);
    statement_bind_string(statement, 3, after);
    return read_bus(statement, arena, bus);
}

void events_store_put_bus(struct store *store, struct events_owner owner, const struct events_bus *bus) {
    struct statement *statement = events_owned(store, SQL_PUT_BUS, owner);
    const char *const strings[] = {bus->name,    bus->description, bus->policy,
                                   bus->kms_key, bus->dead_letter, bus->log_config};
    events_bind_strings(statement, 3, strings, 6);
    statement_bind_int64(statement, 9, bus->created_ms);
    statement_bind_int64(statement, 10, bus->modified_ms);
    statement_run(statement);
}

void events_store_delete_bus(struct store *store, struct events_owner owner, const char *name) {
    struct statement *statement = events_owned(store, SQL_DELETE_BUS, owner);
    statement_bind_string(statement, 3, name);
    statement_run(statement);
}

/* ---- rules ---- */

static bool read_rule(struct statement *statement, struct arena *arena, struct events_rule *rule) {
    if (!statement_step(statement)) {
        return false;
    }
    *rule = (struct events_rule){
        .id = statement_int64(statement, 0),
        .owner = {statement_string(statement, 1, arena), statement_string(statement, 2, arena)},
        .bus = statement_string(statement, 3, arena),
        .name = statement_string(statement, 4, arena),
        .pattern = statement_string(statement, 5, arena),
        .schedule = statement_string(statement, 6, arena),
        .state = statement_string(statement, 7, arena),
        .description = statement_string(statement, 8, arena),
        .role_arn = statement_string(statement, 9, arena),
        .managed_by = statement_string(statement, 10, arena),
        .created_ms = statement_int64(statement, 11),
        .next_ms = statement_int64(statement, 12),
    };
    statement_reset(statement);
    return true;
}

bool events_store_rule(struct store *store, struct events_owner owner, const char *bus, const char *name,
                       struct arena *arena, struct events_rule *rule) {
    struct statement *statement = events_owned(store, SQL_RULE, owner);
    statement_bind_string(statement, 3, bus);
    statement_bind_string(statement, 4, name);
    return read_rule(statement, arena, rule);
}

bool events_store_rule_by_id(struct store *store, int64_t id, struct arena *arena, struct events_rule *rule) {
    struct statement *statement = events_statement(store, SQL_RULE_BY_ID);
    statement_bind_int64(statement, 1, id);
    return read_rule(statement, arena, rule);
}

bool events_store_next_rule(struct store *store, struct events_owner owner, const char *bus,
                            const char *after, struct arena *arena, struct events_rule *rule) {
    struct statement *statement = events_owned(store, SQL_NEXT_RULE, owner);
    statement_bind_string(statement, 3, bus);
    statement_bind_string(statement, 4, after);
    return read_rule(statement, arena, rule);
}

void events_store_put_rule(struct store *store, const struct events_rule *rule) {
    struct statement *statement = events_owned(store, SQL_PUT_RULE, rule->owner);
    const char *const strings[] = {rule->bus,   rule->name,        rule->pattern,  rule->schedule,
                                   rule->state, rule->description, rule->role_arn, rule->managed_by};
    events_bind_strings(statement, 3, strings, 8);
    statement_bind_int64(statement, 11, rule->created_ms);
    statement_bind_int64(statement, 12, rule->next_ms);
    statement_run(statement);
}

void events_store_delete_rule(struct store *store, int64_t id) {
    struct statement *targets = events_statement(store, SQL_DELETE_RULE_TARGETS);
    statement_bind_int64(targets, 1, id);
    statement_run(targets);
    struct statement *statement = events_statement(store, SQL_DELETE_RULE);
    statement_bind_int64(statement, 1, id);
    statement_run(statement);
}

void events_store_set_next(struct store *store, int64_t rule, int64_t next_ms) {
    struct statement *statement = events_statement(store, SQL_SET_NEXT);
    statement_bind_int64(statement, 1, rule);
    statement_bind_int64(statement, 2, next_ms);
    statement_run(statement);
}

bool events_store_due_rule(struct store *store, int64_t now_ms, int64_t *rule) {
    struct statement *statement = events_statement(store, SQL_DUE_RULE);
    statement_bind_int64(statement, 1, now_ms);
    *rule = events_ask_number(statement);
    return *rule >= 0;
}

int64_t events_store_earliest_rule(struct store *store) {
    return events_ask_number(events_statement(store, SQL_EARLIEST_RULE));
}

/* ---- targets ---- */

void events_store_put_target(struct store *store, int64_t rule, const char *id, const char *arn,
                             struct text document) {
    struct statement *statement = events_statement(store, SQL_PUT_TARGET);
    statement_bind_int64(statement, 1, rule);
    statement_bind_string(statement, 2, id);
    statement_bind_string(statement, 3, arn);
    statement_bind_text(statement, 4, document);
    statement_run(statement);
}

bool events_store_remove_target(struct store *store, int64_t rule, const char *id) {
    struct statement *statement = events_statement(store, SQL_REMOVE_TARGET);
    statement_bind_int64(statement, 1, rule);
    statement_bind_string(statement, 2, id);
    statement_run(statement);
    return store_changes(store) > 0;
}

int64_t events_store_target_count(struct store *store, int64_t rule) {
    struct statement *statement = events_statement(store, SQL_TARGET_COUNT);
    statement_bind_int64(statement, 1, rule);
    return events_ask_number(statement);
}

bool events_store_has_target(struct store *store, int64_t rule, const char *id) {
    struct statement *statement = events_statement(store, SQL_HAS_TARGET);
    statement_bind_int64(statement, 1, rule);
    statement_bind_string(statement, 2, id);
    return events_ask_number(statement) == 1;
}

bool events_store_next_target(struct store *store, int64_t rule, int64_t after, struct arena *arena,
                              struct events_target *target) {
    struct statement *statement = events_statement(store, SQL_NEXT_TARGET);
    statement_bind_int64(statement, 1, rule);
    statement_bind_int64(statement, 2, after);
    if (!statement_step(statement)) {
        return false;
    }
    *target = (struct events_target){
        .row = statement_int64(statement, 0),
        .id = statement_string(statement, 1, arena),
        .document = statement_string(statement, 2, arena),
    };
    statement_reset(statement);
    return true;
}

const char *events_store_next_rule_of(struct store *store, struct events_owner owner, const char *bus,
                                      const char *arn, const char *after, struct arena *arena) {
    struct statement *statement = events_owned(store, SQL_NEXT_RULE_OF, owner);
    const char *name = NULL;
    statement_bind_string(statement, 3, bus);
    statement_bind_string(statement, 4, arn);
    statement_bind_string(statement, 5, after);
    if (statement_step(statement)) {
        name = statement_string(statement, 0, arena);
        statement_reset(statement);
    }
    return name;
}

/* ---- tags ---- */

void events_store_put_tag(struct store *store, const char *arn, const char *key, const char *value) {
    struct statement *statement = events_statement(store, SQL_PUT_TAG);
    const char *const strings[] = {arn, key, value};
    events_bind_strings(statement, 1, strings, 3);
    statement_run(statement);
}

void events_store_remove_tag(struct store *store, const char *arn, const char *key) {
    struct statement *statement = events_statement(store, SQL_REMOVE_TAG);
    const char *const strings[] = {arn, key};
    events_bind_strings(statement, 1, strings, 2);
    statement_run(statement);
}

void events_store_forget_tags(struct store *store, const char *arn) {
    struct statement *statement = events_statement(store, SQL_FORGET_TAGS);
    statement_bind_string(statement, 1, arn);
    statement_run(statement);
}

bool events_store_next_tag(struct store *store, const char *arn, const char *after, struct arena *arena,
                           const char **key, const char **value) {
    struct statement *statement = events_statement(store, SQL_NEXT_TAG);
    const char *const strings[] = {arn, after};
    events_bind_strings(statement, 1, strings, 2);
    if (!statement_step(statement)) {
        return false;
    }
    *key = statement_string(statement, 0, arena);
    *value = statement_string(statement, 1, arena);
    statement_reset(statement);
    return true;
}
