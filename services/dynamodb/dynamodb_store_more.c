#include "services/dynamodb/dynamodb_store_more.h"

#include "services/dynamodb/dynamodb_sql.h"

struct statement *dynamodb_store_tags(struct store *store, const char *arn) {
    struct statement *statement = dynamodb_prepare(store, SQL_TAGS);
    statement_bind_string(statement, 1, arn);
    return statement;
}

void dynamodb_store_put_tag(struct store *store, const char *arn, struct text key, struct text value) {
    struct statement *statement = dynamodb_prepare(store, SQL_PUT_TAG);
    statement_bind_string(statement, 1, arn);
    statement_bind_text(statement, 2, key);
    statement_bind_text(statement, 3, value);
    statement_run(statement);
}

void dynamodb_store_delete_tag(struct store *store, const char *arn, struct text key) {
    struct statement *statement = dynamodb_prepare(store, SQL_DELETE_TAG);
    statement_bind_string(statement, 1, arn);
    statement_bind_text(statement, 2, key);
    statement_run(statement);
}

struct text dynamodb_store_token(struct store *store, const char *account, const char *region,
                                 struct text token, int64_t after_ms, struct arena *arena) {
    struct statement *forget = dynamodb_prepare(store, SQL_FORGET_TOKENS);
    statement_bind_int64(forget, 1, after_ms);
    statement_run(forget);
    struct statement *statement = dynamodb_prepare(store, SQL_TOKEN);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, token);
    struct text digest = TEXT_NONE;
    if (statement_step(statement)) {
        digest = arena_text(arena, statement_text(statement, 0));
        statement_reset(statement);
    }
    return digest;
}

void dynamodb_store_add_token(struct store *store, const char *account, const char *region, struct text token,
                              struct text digest, int64_t now_ms) {
    struct statement *statement = dynamodb_prepare(store, SQL_ADD_TOKEN);
    statement_bind_string(statement, 1, account);
    statement_bind_string(statement, 2, region);
    statement_bind_text(statement, 3, token);
    statement_bind_blob(statement, 4, digest);
    statement_bind_int64(statement, 5, now_ms);
    statement_run(statement);
}
