/*
 * STS: who is calling, and temporary credentials that later calls are recognised by. sts.c lists the
 * operations; sts_assume_role.c makes sessions of roles, sts_sessions.c the other ones.
 */
#ifndef STACKRIG_STS_H
#define STACKRIG_STS_H

#include "emulator/core/service.h"
#include "services/sts/model.h"
#include "services/sts/sts_store.h"

extern const struct service sts_service;

struct result sts_get_caller_identity(struct call *call, struct input input);
struct result sts_get_session_token(struct call *call, struct input input);
struct result sts_get_federation_token(struct call *call, struct input input);
struct result sts_get_access_key_info(struct call *call, struct input input);
struct result sts_decode_authorization_message(struct call *call, struct input input);
struct result sts_assume_role(struct call *call, struct input input);
struct result sts_assume_role_with_web_identity(struct call *call, struct input input);

/* ---- Shared by the files above ---- */

/* The session the caller acts under; false: none (lasting credentials). */
bool sts_caller_session(struct call *call, struct sts_session *session);
/* Makes keys for the session (account, arn, user_id, kind are set), remembers it and writes `Credentials`. */
void sts_open_session(struct call *call, struct sts_session *session, int64_t duration_s);
/* Session policies: JSON objects within their size. False: *refusal. */
bool sts_check_policy(struct call *call, struct input input, struct result *refusal);
/* Session tags of a request: no key twice, transitive keys are among them, none that the caller's session
 * hands down. False: *refusal. */
bool sts_check_tags(struct call *call, struct input tags, struct input transitive_keys,
                    struct result *refusal);
/* Writes PackedPolicySize when there is a policy or a tag; absent inputs are allowed. */
void sts_write_packed_size(struct call *call, struct text policy, struct input arns, struct input tags);

#endif
