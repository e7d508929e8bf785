/*
 * What Lambda keeps: functions, their versions, code, aliases, permissions, settings, layers, and the queue
 * of asynchronous invocations. Everything is separate per account and Region (struct lambda_owner).
 *
 * Strings that come out live in the arena given.
 */
#ifndef STACKRIG_LAMBDA_STORE_H
#define STACKRIG_LAMBDA_STORE_H

#include "emulator/base/arena.h"
#include "emulator/io/store.h"

extern const struct store_module lambda_store_module;

struct lambda_owner {
    const char *account;
    const char *region;
};

/* ---- functions and versions ---- */

/* What holds for a function whatever its version. */
struct lambda_function {
    const char *name;
    int64_t last_version;            /* the highest number ever published; 0: none */
    int64_t reserved_concurrency;    /* -1: none */
    const char *tags;                /* JSON object of strings */
    const char *recursive_loop;      /* "Terminate", "Allow" */
    const char *update_runtime_on;   /* "Auto", ... */
    const char *runtime_version_arn; /* of runtime management; NULL */
    const char *code_signing_arn;    /* NULL: none */
};

enum { LAMBDA_LATEST = 0 };

/* One version; LAMBDA_LATEST is the one that can change. JSON members hold what the API echoes. */
struct lambda_version {
    const char *name;
    int64_t version;
    const char *runtime; /* NULL: image */
    const char *role;
    const char *handler; /* NULL: image */
    const char *description;
    int64_t timeout_s;
    int64_t memory_mb;
    int64_t ephemeral_mb;
    const char *environment;     /* JSON object of strings; NULL: never given */
    const char *vpc_config;      /* JSON {"SubnetIds","SecurityGroupIds","Ipv6AllowedForDualStack"}; NULL */
    const char *file_systems;    /* JSON list; NULL */
    const char *image_config;    /* JSON; NULL */
    const char *image_uri;       /* NULL: zip */
    const char *layers;          /* JSON list of layer version ARNs; NULL: none */
    const char *dead_letter_arn; /* NULL */
    const char *kms_key_arn;     /* NULL */
    const char *tracing_mode;
    const char *architecture;
    const char *snap_start;
    const char *log_format;
    const char *log_group;
    const char *application_log_level; /* NULL */
    const char *system_log_level;      /* NULL */
    const char *code_key;              /* lambda_store_code(); NULL: image */
    const char *code_sha256;           /* base64 */
    int64_t code_size;
    int64_t modified_ms;
    const char *revision_id;
    /* Until settles_ms the version is Pending (created) or InProgress (updated); then settled_revision_id
     * takes the place of revision_id. */
    const char *settled_revision_id;
    int64_t settles_ms;
    bool created; /* what settles is a creation, not an update */
    /* Changes with code and configuration: environments of another generation are stale. Unique. */
    int64_t generation;
    const char *digest; /* of code and configuration, to tell whether publishing changes anything */
};

/* False: a function of that name exists. */
bool lambda_store_add_function(struct store *store, struct lambda_owner owner, const char *name,
                               const char *tags);
bool lambda_store_function(struct store *store, struct lambda_owner owner, const char *name,
                           struct arena *arena, struct lambda_function *function);
void lambda_store_put_function(struct store *store, struct lambda_owner owner,
                               const struct lambda_function *function);
/* The function with everything that dies with it. */
void lambda_store_delete_function(struct store *store, struct lambda_owner owner, const char *name);
void lambda_store_delete_version(struct store *store, struct lambda_owner owner, const char *name,
                                 int64_t version);
/* Adds or replaces; gives it a new generation. */
void lambda_store_put_version(struct store *store, struct lambda_owner owner, struct lambda_version *version);
/* Writes revision ids and times alone: the generation stays. */
void lambda_store_touch_version(struct store *store, struct lambda_owner owner,
                                const struct lambda_version *version);
bool lambda_store_version(struct store *store, struct lambda_owner owner, const char *name, int64_t version,
                          struct arena *arena, struct lambda_version *out);
/* The same with strings in another arena. */
void lambda_version_copy(struct arena *arena, const struct lambda_version *from, struct lambda_version *to);
/* The published version with the highest number. */
bool lambda_store_newest_version(struct store *store, struct lambda_owner owner, const char *name,
                                 struct arena *arena, struct lambda_version *out);
/*
 * Versions after (name, version) in that order, at most `limit`. name_only: of this function alone; else of
 * all functions; all_versions false: $LATEST alone.
 */
size_t lambda_store_list_versions(struct store *store, struct lambda_owner owner, const char *name_only,
                                  bool all_versions, const char *after_name, int64_t after_version,
                                  size_t limit, struct arena *arena, struct lambda_version **out);
/* Sum over all functions, for concurrency limits. */
int64_t lambda_store_reserved_sum(struct store *store, struct lambda_owner owner, const char *except_name);
int64_t lambda_store_function_count(struct store *store, struct lambda_owner owner);
int64_t lambda_store_code_size_sum(struct store *store, struct lambda_owner owner);

/* Times at which something settles, for the tasks of a resumed emulator. Calls back for each version. */
void lambda_store_each_unsettled(struct store *store, int64_t now_ms,
                                 void (*each)(void *argument, int64_t settles_ms), void *argument);

/* ---- code ---- */

/* Keeps a zip under the hex of its SHA-256, once. */
void lambda_store_put_code(struct store *store, const char *key, struct text zip);
/* Absent when there is none. Copied into the arena. */
struct text lambda_store_code(struct store *store, const char *key, struct arena *arena);
/* Forgets code that no version and no layer names any more. */
void lambda_store_sweep_code(struct store *store);

/* ---- aliases ---- */

struct lambda_alias {
    const char *name;
    const char *version; /* "$LATEST" or a number */
    const char *description;
    const char *routing; /* JSON object version -> weight; NULL: none */
    const char *revision_id;
};

bool lambda_store_alias(struct store *store, struct lambda_owner owner, const char *function,
                        const char *alias, struct arena *arena, struct lambda_alias *out);
void lambda_store_put_alias(struct store *store, struct lambda_owner owner, const char *function,
                            const struct lambda_alias *alias);
void lambda_store_delete_alias(struct store *store, struct lambda_owner owner, const char *function,
                               const char *alias);
/* After `after` by name; version NULL: all. */
size_t lambda_store_list_aliases(struct store *store, struct lambda_owner owner, const char *function,
                                 const char *version, const char *after, size_t limit, struct arena *arena,
                                 struct lambda_alias **out);

/* ---- resource policies (functions and layer versions) ---- */

struct lambda_statement {
    const char *sid;
    const char *document; /* JSON */
};

/* `resource` is what the policy hangs on: an ARN. False: the sid is taken. */
bool lambda_store_add_statement(struct store *store, const char *resource, const char *sid,
                                const char *document);
bool lambda_store_delete_statement(struct store *store, const char *resource, const char *sid);
/* In order of adding. */
size_t lambda_store_list_statements(struct store *store, const char *resource, struct arena *arena,
                                    struct lambda_statement **out);
/* NULL: no policy. */
const char *lambda_store_policy_revision(struct store *store, const char *resource, struct arena *arena);
void lambda_store_put_policy_revision(struct store *store, const char *resource, const char *revision_id);
/* The policies of a resource and of everything below it ("...:NAME" and "...:NAME:*"). */
void lambda_store_delete_policies(struct store *store, const char *resource);

/* ---- settings by qualifier: event-invoke-config, provisioned concurrency, function URLs ---- */

enum lambda_setting_kind {
    LAMBDA_SETTING_EVENT_INVOKE, /* document: as the API shows it, without FunctionArn and LastModified */
    LAMBDA_SETTING_PROVISIONED,  /* document: {"Requested": n} */
    LAMBDA_SETTING_URL,          /* document: {"AuthType","Cors","InvokeMode"}, token: the url id */
};

struct lambda_setting {
    const char *qualifier; /* "$LATEST", an alias or a number */
    const char *document;  /* JSON */
    const char *token;     /* NULL */
    int64_t created_ms;
    int64_t modified_ms;
};

bool lambda_store_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                          const char *function, const char *qualifier, struct arena *arena,
                          struct lambda_setting *out);
void lambda_store_put_setting(struct store *store, struct lambda_owner owner, enum lambda_setting_kind kind,
                              const char *function, const struct lambda_setting *setting);
bool lambda_store_delete_setting(struct store *store, struct lambda_owner owner,
                                 enum lambda_setting_kind kind, const char *function, const char *qualifier);
size_t lambda_store_list_settings(struct store *store, struct lambda_owner owner,
                                  enum lambda_setting_kind kind, const char *function, struct arena *arena,
                                  struct lambda_setting **out);

/* Where a token (function URL id) leads. */
struct lambda_token_target {
    struct lambda_owner owner;
    const char *function;
    const char *qualifier;
    const char *document;
};
bool lambda_store_token(struct store *store, const char *token, struct arena *arena,
                        struct lambda_token_target *out);

/* ---- layers ---- */

struct lambda_layer_version {
    const char *layer;
    int64_t version;
    const char *description;
    const char *license;       /* NULL */
    const char *runtimes;      /* JSON list; NULL */
    const char *architectures; /* JSON list; NULL */
    const char *code_key;
    const char *code_sha256;
    int64_t code_size;
    int64_t created_ms;
};

/* Gives it the next number, which is never used again, and returns it. */
int64_t lambda_store_add_layer_version(struct store *store, struct lambda_owner owner,
                                       const struct lambda_layer_version *version);
bool lambda_store_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                int64_t version, struct arena *arena, struct lambda_layer_version *out);
void lambda_store_delete_layer_version(struct store *store, struct lambda_owner owner, const char *layer,
                                       int64_t version);
/* Newest first, of one layer (versions below `before`), or the newest of every layer (`layer` NULL). */
size_t lambda_store_list_layer_versions(struct store *store, struct lambda_owner owner, const char *layer,
                                        int64_t before, struct arena *arena,
                                        struct lambda_layer_version **out);

/* ---- the asynchronous queue ---- */

struct lambda_event {
    const char *request_id;
    struct lambda_owner owner;
    const char *function;
    const char *qualifier; /* as invoked; NULL: none */
    struct text payload;
    int64_t created_ms;
    int64_t attempts;  /* invocations that ran */
    int64_t throttles; /* attempts that found no room */
    int64_t due_ms;
};

void lambda_store_put_event(struct store *store, const struct lambda_event *event);
bool lambda_store_event(struct store *store, const char *request_id, struct arena *arena,
                        struct lambda_event *out);
void lambda_store_delete_event(struct store *store, const char *request_id);
/* Calls back for every waiting event, oldest due first. */
void lambda_store_each_event(struct store *store,
                             void (*each)(void *argument, const char *request_id, int64_t due_ms),
                             void *argument);

/* ---- documents with an id of their own: event source mappings, code signing configurations ---- */

enum lambda_document_kind { LAMBDA_DOCUMENT_MAPPING, LAMBDA_DOCUMENT_CODE_SIGNING };

struct lambda_document {
    const char *id;
    struct lambda_owner owner;
    const char *function; /* what it belongs to; NULL */
    const char *source;   /* event source ARN; NULL */
    const char *state;
    const char *document; /* JSON */
    const char *tags;     /* JSON object */
    int64_t modified_ms;
};

void lambda_store_put_document(struct store *store, enum lambda_document_kind kind,
                               const struct lambda_document *document);
bool lambda_store_document(struct store *store, enum lambda_document_kind kind, const char *id,
                           struct arena *arena, struct lambda_document *out);
void lambda_store_delete_document(struct store *store, enum lambda_document_kind kind, const char *id);
/* In order of making. owner NULL: everybody's. */
size_t lambda_store_list_documents(struct store *store, enum lambda_document_kind kind,
                                   const struct lambda_owner *owner, struct arena *arena,
                                   struct lambda_document **out);

#endif
