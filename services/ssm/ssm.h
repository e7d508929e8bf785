/*
 * SSM Parameter Store. Handlers stand in ssm_parameters.c (Put, Delete), ssm_reading.c (Get by name),
 * ssm_listing.c (by path, history, describe), ssm_labels.c (labels, tags), ssm_public.c (what AWS publishes)
 * and ssm_secrets.c (secrets under the names of parameters); ssm.c lists them. The rest of Systems Manager is
 * known to the model and answers NotImplemented.
 */
#ifndef STACKRIG_SSM_H
#define STACKRIG_SSM_H

#include "emulator/core/service.h"
#include "services/ssm/model.h"
#include "services/ssm/ssm_names.h"
#include "services/ssm/ssm_store.h"

extern const struct service ssm_service;

struct result ssm_put_parameter(struct call *call, struct input input);
struct result ssm_get_parameter(struct call *call, struct input input);
struct result ssm_get_parameters(struct call *call, struct input input);
struct result ssm_delete_parameter(struct call *call, struct input input);
struct result ssm_delete_parameters(struct call *call, struct input input);

struct result ssm_get_parameters_by_path(struct call *call, struct input input);
struct result ssm_get_parameter_history(struct call *call, struct input input);
struct result ssm_describe_parameters(struct call *call, struct input input);

struct result ssm_label_parameter_version(struct call *call, struct input input);
struct result ssm_unlabel_parameter_version(struct call *call, struct input input);
struct result ssm_add_tags_to_resource(struct call *call, struct input input);
struct result ssm_remove_tags_from_resource(struct call *call, struct input input);
struct result ssm_list_tags_for_resource(struct call *call, struct input input);

/* ---- Shared by the files above ---- */

/* True when an earlier element of the list is the same text. */
bool ssm_seen_before(struct input list, struct input element);
struct ssm_scope ssm_scope_of(const struct call *call);
/* The value as this caller may see it: a SecureString's only when it asked for decryption. */
struct text ssm_visible_value(const struct ssm_parameter *parameter, bool with_decryption);
/* Reads a name, of a parameter that need not exist. False: *refusal is the answer (a bad path, or "Parameter
 * NAME not found."). */
bool ssm_read_reference(struct call *call, struct text text, struct ssm_reference *reference,
                        struct result *refusal);
struct result ssm_bad_path(struct call *call);
/* ParameterNotFound with the text that all operations but GetParameter send. */
struct result ssm_not_found(struct call *call, struct text name);
struct result ssm_version_not_found(struct call *call, struct text version, struct text name);
/* arn:aws:ssm:REGION:ACCOUNT:parameter/PATH, in the call's arena. */
struct text ssm_parameter_arn(struct call *call, struct text path);
/* The members of shape Parameter; the structure is open. selector: absent for none. */
void ssm_write_parameter(struct call *call, const struct ssm_parameter *parameter, struct text selector,
                         bool with_decryption);

/* ---- Public parameters (ssm_public.c) ---- */

/* Whether the path belongs to AWS. */
bool ssm_is_public(struct text path);
bool ssm_public_find(struct call *call, struct text path, struct ssm_parameter *parameter);
/* The next one below `prefix`, in the order of their paths; *index starts at 0. */
bool ssm_public_next(struct call *call, struct text prefix, size_t *index, struct ssm_parameter *parameter);

/* ---- Secrets under the names of parameters (ssm_secrets.c) ---- */

#define SSM_MAXIMUM_NAMES 10 /* the declared maximum of GetParameters */

struct ssm_secret {
    struct ssm_reference reference;
    bool found; /* the rest is set only then */
    struct text value;
    struct text arn;
    struct text source; /* what Secrets Manager answered */
    int64_t modified_ms;
};

/* In the call's arena; the caller sets all but `asked`. */
struct ssm_secrets {
    struct call *call;
    struct input input;
    struct result (*answer)(struct call *call, struct input input, const struct ssm_secrets *secrets);
    size_t count;
    size_t asked;
    struct ssm_secret list[SSM_MAXIMUM_NAMES];
};

bool ssm_is_secret(struct text path);
/* Asks Secrets Manager, as this caller, for each of the list, then answers; pending meanwhile. */
struct result ssm_ask_secrets(struct ssm_secrets *secrets);
/* The members of shape Parameter; the structure is open. */
void ssm_write_secret(struct call *call, const struct ssm_secret *secret);
struct result ssm_secret_needs_decryption(struct call *call);
struct result ssm_secret_not_found(struct call *call, struct text path);

#endif
