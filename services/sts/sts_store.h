/* Sessions that STS handed out, by access key id. */
#ifndef STACKRIG_STS_STORE_H
#define STACKRIG_STS_STORE_H

#include "emulator/base/access_key.h"
#include "emulator/io/store.h"

extern const struct store_module sts_store_module;

enum sts_session_kind {
    STS_SESSION_OF_USER, /* GetSessionToken: the same user or root, with other keys */
    STS_SESSION_OF_ROLE,
    STS_SESSION_FEDERATED,
};

struct sts_session {
    const char *access_key;
    const char *secret_key;
    const char *session_token;
    const char *account;
    const char *arn;
    const char *user_id;
    enum sts_session_kind kind;
    const char *source_identity; /* NULL: none */
    int64_t expires_ms;
};

void sts_store_add(struct store *store, const struct sts_session *session);
/* Strings live in the arena. False: no such session; one that is over may still be found. */
bool sts_store_find(struct store *store, const char *access_key, struct arena *arena,
                    struct sts_session *session);
/* Forgets sessions that ended before. */
void sts_store_purge(struct store *store, int64_t before_ms);

void sts_store_add_tag(struct store *store, const char *access_key, struct text key, struct text value,
                       bool transitive);
/* The session has a transitive tag of this name, whatever its case. */
bool sts_store_has_transitive_tag(struct store *store, const char *access_key, struct text key);
/* What a chained session inherits. */
void sts_store_copy_transitive_tags(struct store *store, const char *from_access_key,
                                    const char *to_access_key);

#endif
