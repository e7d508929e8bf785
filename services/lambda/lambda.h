/*
 * Lambda: functions as local processes. This header is the service's own; what others see are its rows
 * (lambda_service) and the AWS API.
 *
 * lambda_functions.c: create, read, update, delete, list; lambda_configuration.c: their settings.
 * lambda_code.c: zips, kept and unpacked; lambda_versions.c: versions and aliases; lambda_policy.c:
 * permissions. lambda_invoke.c: Invoke; lambda_events.c: the asynchronous queue; invocation_target.c: which
 * version runs. execution_environment.c: one runtime process and its work; environment_start.c: how it
 * begins; environment_placing.c: who works where; runtime_api.c: what it talks to; lambda_logs.c: its log
 * lines. event_source_mapping.c, mapping_document.c: mappings; queue_poller.c, stream_poller.c: their
 * pollers.
 */
#ifndef STACKRIG_LAMBDA_H
#define STACKRIG_LAMBDA_H

#include "emulator/core/call.h"
#include "emulator/core/emulator.h"
#include "emulator/core/service.h"
#include "services/lambda/lambda_store.h"
#include "services/lambda/model.h"

extern const struct service lambda_service;

struct execution_environment;
struct invocation;
struct poller;
struct queue_poller;
struct resolutions;

/* Per emulator. */
struct lambda {
    struct emulator *emulator;
    struct execution_environment *environments; /* all that live, newest first */
    struct invocation *waiting;      /* for room or for a function to become active; oldest first */
    struct queue_poller *leaving;    /* of mappings that have ended; a poll of theirs is still out */
    struct poller *pollers;          /* of enabled event source mappings */
    struct clock real_clock;         /* what handlers see, whatever the emulator's clock shows */
    struct resolutions *resolutions; /* invocation_target.c */
    bool bootstraps_written;
    bool node_sdk_linked;
    int sequence; /* names directories of environments */
};

struct lambda *lambda_state(struct emulator *emulator);

/* ---- naming ---- */

/* A function as a request names it. */
struct lambda_target {
    struct lambda_owner owner;
    const char *name;
    const char *qualifier; /* NULL: none given */
};

/* From the FunctionName and Qualifier members. False: *error is the answer. */
bool lambda_target_of(struct call *call, const char *function_name, const char *qualifier,
                      struct lambda_target *target, struct result *error);
/* As lambda_target_of() on `input`'s own members, for functions that exist. */
bool lambda_existing_target(struct call *call, struct input input, struct lambda_target *target,
                            struct result *error);
/* qualifier NULL: unqualified. */
char *lambda_arn(struct arena *arena, struct lambda_owner owner, const char *name, const char *qualifier);
struct lambda_owner lambda_owner_of(const struct call *call);
/* "$LATEST" or the number. */
const char *lambda_version_name(struct arena *arena, int64_t version);

/*
 * The version that the target means: $LATEST, a number or an alias (its main version). False: there is none.
 * *alias (may be NULL) is filled, name NULL when it is none.
 */
bool lambda_find_version(struct call *call, const struct lambda_target *target,
                         struct lambda_version *version, struct lambda_alias *alias);

/* ---- errors ---- */

/* An error of the model with its "Type":"User". */
struct result lambda_fail(struct call *call, const struct error_shape *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ResourceNotFoundException "Function not found: ARN". */
struct result lambda_no_function(struct call *call, const struct lambda_target *target);

/* ---- versions and their state ---- */

/* How long a new or changed function is Pending or InProgress. AWS takes a second or so; long enough to be
 * seen by the next call, short enough for waiters' first polls. */
#define LAMBDA_SETTLE_MS 200

bool lambda_settled(const struct lambda_version *version, int64_t now_ms);
const char *lambda_revision(const struct lambda_version *version, int64_t now_ms);
/* Starts a change: new revision ids, time to settle, a task that wakes who waits. */
void lambda_begin_change(struct call *call, struct lambda_version *version, bool created);
/* A new revision id alone: publishing changes that of $LATEST. */
void lambda_new_revision(struct call *call, struct lambda_owner owner, struct lambda_version *version);
/* False while a change is under way: *error is the 409. */
bool lambda_may_change(struct call *call, struct lambda_owner owner, const struct lambda_version *version,
                       struct result *error);
/* False: the caller's RevisionId is another: *error is the 412. given NULL: no condition. */
bool lambda_revision_matches(struct call *call, const char *given, const char *current, struct result *error);

/* Takes the configuration members of CreateFunction or UpdateFunctionConfiguration. False: *error. */
bool lambda_configuration_apply(struct call *call, struct input input, struct lambda_owner owner,
                                struct lambda_version *version, struct result *error);
/* Everything at its default, for a function that is being created. */
void lambda_configuration_default(struct arena *arena, struct lambda_version *version, const char *name);
/* Members of FunctionConfiguration into the open structure. arn_qualifier NULL: the unqualified ARN. */
void lambda_configuration_write(struct call *call, struct output *output, struct lambda_owner owner,
                                const struct lambda_version *version, const char *arn_qualifier);
/* What publishing compares. */
const char *lambda_configuration_digest(struct arena *arena, const struct lambda_version *version);
/* 2024-01-01T00:00:00.000+0000 */
char *lambda_time(struct arena *arena, int64_t time_ms);
/* A decoded value as text in the arena; NULL for NULL. */
char *lambda_json_text(struct arena *arena, const struct json_value *value);
/* Publishes $LATEST as the next version and fills *published. */
void lambda_publish(struct call *call, struct lambda_owner owner, const struct lambda_version *latest,
                    const char *description, struct lambda_version *published);

/* Checks tags against the limits of a resource. False: *error. */
bool lambda_check_tag_count(struct call *call, size_t count, struct result *error);

/* ---- rows ---- */

operation_fn lambda_create_function, lambda_get_function, lambda_get_function_configuration,
    lambda_update_function_code, lambda_update_function_configuration, lambda_delete_function,
    lambda_list_functions, lambda_get_account_settings;
operation_fn lambda_publish_version, lambda_list_versions_by_function, lambda_create_alias, lambda_get_alias,
    lambda_update_alias, lambda_delete_alias, lambda_list_aliases;
operation_fn lambda_add_permission, lambda_get_policy, lambda_remove_permission;
operation_fn lambda_tag_resource, lambda_untag_resource, lambda_list_tags;
operation_fn lambda_put_function_concurrency, lambda_get_function_concurrency,
    lambda_delete_function_concurrency, lambda_put_provisioned, lambda_get_provisioned,
    lambda_delete_provisioned, lambda_list_provisioned;
operation_fn lambda_put_event_invoke_config, lambda_update_event_invoke_config,
    lambda_get_event_invoke_config, lambda_delete_event_invoke_config, lambda_list_event_invoke_configs;
operation_fn lambda_create_url, lambda_get_url, lambda_update_url, lambda_delete_url, lambda_list_urls;
operation_fn lambda_get_recursion_config, lambda_put_recursion_config, lambda_get_runtime_management,
    lambda_put_runtime_management;
operation_fn lambda_create_code_signing, lambda_get_code_signing, lambda_update_code_signing,
    lambda_delete_code_signing, lambda_list_code_signing, lambda_list_functions_by_code_signing,
    lambda_put_function_code_signing, lambda_get_function_code_signing, lambda_delete_function_code_signing;
operation_fn lambda_publish_layer, lambda_get_layer, lambda_get_layer_by_arn, lambda_delete_layer,
    lambda_list_layer_versions, lambda_list_layers, lambda_add_layer_permission, lambda_get_layer_policy,
    lambda_remove_layer_permission;
operation_fn lambda_invoke, lambda_invoke_async;
operation_fn lambda_create_mapping, lambda_get_mapping, lambda_update_mapping, lambda_delete_mapping,
    lambda_list_mappings;

#endif
