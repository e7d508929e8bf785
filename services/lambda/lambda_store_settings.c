/* Policies, settings, layers, the asynchronous queue, documents of event sources and URLs. */
#include "services/lambda/lambda_sql.h"

/* ---- resource policies ---- */

bool lambda_store_add_statement(struct store *store, const char *resource, const char *sid,
                                const char *document) {
    struct statement *statement = lambda_statement(store, ADD_STATEMENT);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, sid);
    statement_bind_string(statement, 3, document);
    return statement_run_unique(statement);
}

bool lambda_store_delete_statement(struct store *store, const char *resource, const char *sid) {
    struct statement *statement = lambda_statement(store, DELETE_STATEMENT);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, sid);
    statement_run(statement);
    return store_changes(store) > 0;
}

size_t lambda_store_list_statements(struct store *store, const char *resource, struct arena *arena,
                                    struct lambda_statement **out) {
    struct statement *statement = lambda_statement(store, LIST_STATEMENTS);
    statement_bind_string(statement, 1, resource);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        (*out)[count++] = (struct lambda_statement){
            .sid = statement_string(statement, 0, arena),
            .document = statement_string(statement, 1, arena),
        };
    }
    return count;
}

const char *lambda_store_policy_revision(struct store *store, const char *resource, struct arena *arena) {
    struct statement *statement = lambda_statement(store, GET_POLICY);
    statement_bind_string(statement, 1, resource);
    if (!statement_step(statement)) {
        return NULL;
    }
    const char *revision_id = statement_string(statement, 0, arena);
    statement_reset(statement);
    return revision_id;
}

void lambda_store_put_policy_revision(struct store *store, const char *resource, const char *revision_id) {
    struct statement *statement = lambda_statement(store, PUT_POLICY);
    statement_bind_string(statement, 1, resource);
    statement_bind_string(statement, 2, revision_id);
    statement_run(statement);
}

void lambda_store_delete_policies(struct store *store, const char *resource) {
    static const int statements[] = {DELETE_STATEMENTS, DELETE_POLICIES};
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct statement *statement = lambda_statement(store, statements[i]);
        statement_bind_string(statement, 1, resource);
        statement_run(statement);
    }
}

/* ---- settings ---- */

static const struct column setting_columns[] = {
    TEXT_COLUMN(struct lambda_setting, qualifier),     TEXT_COLUMN(struct lambda_setting, document),
    TEXT_COLUMN(struct lambda_setting, token),         NUMBER_COLUMN(struct lambda_setting, created_ms),
    NUMBER_COLUMN(struct lambda_setting, modified_ms),
};

static struct statement *prepare_setting(struct store *store, int index, struct lambda_owner owner,
                                         enum lambda_setting_kind kind, const char *function) {
    struct statement *statement = lambda_statement_owned(store, index, owner);
    statement_bind_int64(statement, 3, kind);
    statement_bind_string(statement, 4, function);
    return statement;
}

bool lambda_store_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                          const char *function, const char *qualifier, struct arena *arena,
                          struct lambda_setting *out) {
    struct statement *statement = prepare_setting(store, GET_SETTING, owner, kind, function);
    statement_bind_string(statement, 5, qualifier);
    if (!statement_step(statement)) {
        return false;
    }
    lambda_read_row(statement, 0, out, setting_columns, COUNT(setting_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_put_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                              const char *function, const struct lambda_setting *setting) {
    struct statement *statement = prepare_setting(store, PUT_SETTING, owner, kind, function);
    lambda_bind_row(statement, 5, setting, setting_columns, COUNT(setting_columns));
    statement_run(statement);
}

bool lambda_store_delete_setting(struct store *store, struct lambda_owner owner,
                                 enum lambda_setting_kind kind, const char *function, const char *qualifier) {
    struct statement *statement = prepare_setting(store, DELETE_SETTING, owner, kind, function);
    statement_bind_string(statement, 5, qualifier);
    statement_run(statement);
    return store_changes(store) > 0;
}

size_t lambda_store_list_settings(struct store *store, struct lambda_owner owner,
                                  enum lambda_setting_kind kind, const char *function, struct arena *arena,
                                  struct lambda_setting **out) {
    struct statement *statement = prepare_setting(store, LIST_SETTINGS, owner, kind, function);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        lambda_read_row(statement, 0, &(*out)[count++], setting_columns, COUNT(setting_columns), arena);
    }
    return count;
}

bool lambda_store_token(struct store *store, const char *token, struct arena *arena,
                        struct lambda_token_target *out) {
    struct statement *statement = lambda_statement(store, GET_TOKEN);
    statement_bind_string(statement, 1, token);
    if (!statement_step(statement)) {
        return false;
    }
    out->owner.account = statement_string(statement, 0, arena);
    out->owner.region = statement_string(statement, 1, arena);
    out->function = statement_string(statement, 2, arena);
    out->qualifier = statement_string(statement, 3, arena);
    out->document = statement_string(statement, 4, arena);
    statement_reset(statement);
    return true;
}

/* ---- layers ---- */

#define LAYER_TEXT(member) TEXT_COLUMN(struct lambda_layer_version, member)
#define LAYER_NUMBER(member) NUMBER_COLUMN(struct lambda_layer_version, member)

static const struct column layer_columns[] = {
    LAYER_TEXT(layer),       LAYER_NUMBER(version),     LAYER_TEXT(description), LAYER_TEXT(license),
    LAYER_TEXT(runtimes),    LAYER_TEXT(architectures), LAYER_TEXT(code_key),    LAYER_TEXT(code_sha256),
    LAYER_NUMBER(code_size), LAYER_NUMBER(created_ms),
};

int64_t lambda_store_add_layer_version(struct store *store, struct lambda_owner owner,
                                       const struct lambda_layer_version *version) {
    struct statement *next = lambda_statement_owned(store, NEXT_LAYER_VERSION, owner);
    statement_bind_string(next, 3, version->layer);
    struct lambda_layer_version numbered = *version;
    numbered.version = statement_only_number(next, 0);
    struct statement *statement = lambda_statement_owned(store, ADD_LAYER_VERSION, owner);
    lambda_bind_row(statement, 3, &numbered, layer_columns, COUNT(layer_columns));
    statement_run(statement);
    return numbered.version;
}

bool lambda_store_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                int64_t version, struct arena *arena, struct lambda_layer_version *out) {
    struct statement *statement = lambda_statement_owned(store, GET_LAYER_VERSION, owner);
    statement_bind_string(statement, 3, layer);
    statement_bind_int64(statement, 4, version);
    if (!statement_step(statement)) {
        return false;
    }
    lambda_read_row(statement, 0, out, layer_columns, COUNT(layer_columns), arena);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                       int64_t version) {
    struct statement *statement = lambda_statement_owned(store, DELETE_LAYER_VERSION, owner);
    statement_bind_string(statement, 3, layer);
    statement_bind_int64(statement, 4, version);
    statement_run(statement);
}

size_t lambda_store_list_layer_versions(struct store *store, struct lambda_owner owner, const char *layer,
                                        int64_t before, struct arena *arena,
                                        struct lambda_layer_version **out) {
    struct statement *statement =
        lambda_statement_owned(store, layer ? LIST_LAYER_VERSIONS : LIST_LAYERS, owner);
    if (layer) {
        statement_bind_string(statement, 3, layer);
        statement_bind_int64(statement, 4, before);
    }
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        lambda_read_row(statement, 0, &(*out)[count++], layer_columns, COUNT(layer_columns), arena);
    }
    return count;
}

/* ---- the asynchronous queue ---- */

void lambda_store_put_event(struct store *store, const struct lambda_event *event) {
    struct statement *statement = lambda_statement(store, PUT_EVENT);
    statement_bind_string(statement, 1, event->request_id);
    statement_bind_string(statement, 2, event->owner.account);
    statement_bind_string(statement, 3, event->owner.region);
    statement_bind_string(statement, 4, event->function);
    statement_bind_string(statement, 5, event->qualifier);
    statement_bind_blob(statement, 6, event->payload);
    statement_bind_int64(statement, 7, event->created_ms);
    statement_bind_int64(statement, 8, event->attempts);
    statement_bind_int64(statement, 9, event->throttles);
    statement_bind_int64(statement, 10, event->due_ms);
    statement_run(statement);
}

bool lambda_store_event(struct store *store, const char *request_id, struct arena *arena,
                        struct lambda_event *out) {
    struct statement *statement = lambda_statement(store, GET_EVENT);
    statement_bind_string(statement, 1, request_id);
    if (!statement_step(statement)) {
        return false;
    }
    out->request_id = statement_string(statement, 0, arena);
    out->owner.account = statement_string(statement, 1, arena);
    out->owner.region = statement_string(statement, 2, arena);
    out->function = statement_string(statement, 3, arena);
    out->qualifier = statement_string(statement, 4, arena);
    out->payload = arena_text(arena, statement_text(statement, 5));
    out->created_ms = statement_int64(statement, 6);
    out->attempts = statement_int64(statement, 7);
    out->throttles = statement_int64(statement, 8);
    out->due_ms = statement_int64(statement, 9);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_event(struct store *store, const char *request_id) {
    struct statement *statement = lambda_statement(store, DELETE_EVENT);
    statement_bind_string(statement, 1, request_id);
    statement_run(statement);
}

void lambda_store_each_event(struct store *store,
                             void (*each)(void *argument, const char *request_id, int64_t due_ms),
                             void *argument) {
    struct statement *statement = lambda_statement(store, LIST_EVENTS);
    struct arena *arena = arena_open();
    while (statement_step(statement)) {
        each(argument, statement_string(statement, 0, arena), statement_int64(statement, 1));
        arena_clear(arena);
    }
    arena_close(arena);
}

/* ---- documents ---- */

static void read_document(struct statement *statement, struct lambda_document *out, struct arena *arena) {
    out->id = statement_string(statement, 0, arena);
    out->owner.account = statement_string(statement, 1, arena);
    out->owner.region = statement_string(statement, 2, arena);
    out->function = statement_string(statement, 3, arena);
    out->source = statement_string(statement, 4, arena);
    out->state = statement_string(statement, 5, arena);
    out->document = statement_string(statement, 6, arena);
    out->tags = statement_string(statement, 7, arena);
    out->modified_ms = statement_int64(statement, 8);
}

void lambda_store_put_document(struct store *store, enum lambda_document_kind kind,
                               const struct lambda_document *document) {
    struct statement *statement = lambda_statement(store, PUT_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, document->id);
    statement_bind_string(statement, 3, document->owner.account);
    statement_bind_string(statement, 4, document->owner.region);
    statement_bind_string(statement, 5, document->function);
    statement_bind_string(statement, 6, document->source);
    statement_bind_string(statement, 7, document->state);
    statement_bind_string(statement, 8, document->document);
    statement_bind_string(statement, 9, document->tags);
    statement_bind_int64(statement, 10, document->modified_ms);
    statement_run(statement);
}

bool lambda_store_document(struct store *store, enum lambda_document_kind kind, const char *id,
                           struct arena *arena, struct lambda_document *out) {
    struct statement *statement = lambda_statement(store, GET_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, id);
    if (!statement_step(statement)) {
        return false;
    }
    read_document(statement, out, arena);
    statement_reset(statement);
    return true;
}

void lambda_store_delete_document(struct store *store, enum lambda_document_kind kind, const char *id) {
    struct statement *statement = lambda_statement(store, DELETE_DOCUMENT);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, id);
    statement_run(statement);
}

size_t lambda_store_list_documents(struct store *store, enum lambda_document_kind kind,
                                   const struct lambda_owner *owner, struct arena *arena,
                                   struct lambda_document **out) {
    struct statement *statement = lambda_statement(store, LIST_DOCUMENTS);
    statement_bind_int64(statement, 1, kind);
    statement_bind_string(statement, 2, owner ? owner->account : NULL);
    statement_bind_string(statement, 3, owner ? owner->region : NULL);
    size_t count = 0;
    *out = NULL;
    while (statement_step(statement)) {
        *out = lambda_grow_rows(arena, *out, count, sizeof(**out));
        read_document(statement, &(*out)[count++], arena);
    }
    return count;
}
