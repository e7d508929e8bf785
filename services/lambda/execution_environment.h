/*
 * One execution environment: one runtime process for one version of one function, that works on one
 * invocation at a time and is frozen (SIGSTOP) between them. lambda_invoke.c and lambda_events.c make
 * invocations; runtime_api.c is what the process talks to.
 */
#ifndef STACKRIG_EXECUTION_ENVIRONMENT_H
#define STACKRIG_EXECUTION_ENVIRONMENT_H

#include "services/lambda/lambda.h"
#include "services/lambda/lambda_logs.h"

#define LAMBDA_ACCOUNT_CONCURRENCY 1000
/* Answers of a handler, checked a little above the limit of 6 MiB. Source: lambda.md section 4. */
#define LAMBDA_RESPONSE_MAXIMUM_BYTES 6291556
/* Runtime processes alive at a time; more invocations wait. This machine is no data centre. */
#define LAMBDA_ENVIRONMENTS_MAXIMUM 64
#define LAMBDA_INIT_LIMIT_MS 10000

enum environment_state {
    ENVIRONMENT_STARTING,  /* waits for its role's credentials */
    ENVIRONMENT_INIT,      /* the process runs and has not asked for an event yet */
    ENVIRONMENT_IDLE,      /* frozen in its question for the next event */
    ENVIRONMENT_BUSY,      /* has an event */
    ENVIRONMENT_RETURNING, /* has answered and not asked for the next event yet */
};

/* How an invocation ended. */
struct invocation_outcome {
    bool failed;            /* a function error; payload describes it */
    bool lost;              /* a scripted fault: nobody hears of it */
    bool lost_before;       /* ... and the handler did not run */
    const char *status;     /* "success", "error", "timeout" */
    const char *error_type; /* of the payload, when failed; may be NULL */
    struct text payload;
    struct text log_result; /* base64; absent unless asked for */
};

/* outcome NULL: it was cancelled with everything else (reset, shutdown); free what argument owns. */
typedef void invocation_done_fn(void *argument, const struct invocation_outcome *outcome);

struct invocation {
    struct lambda *lambda;
    struct invocation *next; /* in lambda->waiting */
    struct arena *arena;     /* owns it and every string below */
    const char *request_id;
    struct lambda_owner owner;
    struct lambda_version version;
    const char *invoked_arn;
    const char *trace_id;
    struct text payload;
    const char *client_context; /* JSON; NULL */
    const char *invocation_type;
    int64_t attempt; /* from 1 */
    bool wants_log;
    struct call_note *notes;
    invocation_done_fn *done; /* NULL: nobody waits any more */
    void *argument;

    struct execution_environment *environment; /* NULL: it waits */
    bool held;                                 /* holds the virtual clock */
    bool exits;                                /* a scripted fault: the runtime dies of it */
    const char *exit_message;
    bool started; /* its START line is written */
    int64_t start_ms;
    int64_t start_us;
    task_id task;  /* a scripted delay */
    bool can_wait; /* an event: may wait a moment for an environment that is about to be free */
    struct loop_timer *patience;
    struct invocation_outcome outcome;
    struct strbuf result; /* bytes of outcome.payload */
};

struct execution_environment {
    struct lambda *lambda;
    struct execution_environment *next;
    struct arena *arena;
    struct lambda_owner owner;
    const char *function;
    int64_t version;
    int64_t generation;
    const char *runtime;
    enum environment_state state;
    bool stale; /* to be closed as soon as it is idle */
    bool frozen;
    bool init_repeated; /* the second init counts as time of the invocation */
    int slot;           /* which private directory */
    struct process *process;
    int memory_file; /* /proc/PID/statm; -1: none */
    int64_t memory_pages;
    struct http_listener *listener;
    struct call *next_call; /* its waiting question for an event */
    struct invocation *invocation;
    struct loop_timer *timer;
    struct loop_timer *freeze_timer;
    struct credentials_request *credentials; /* on its way */
    int64_t credentials_expire_ms;
    int64_t init_ms;
    int64_t init_us;
    int64_t init_duration_us; /* -1: still in init */
    bool init_reported;
    int sleepers;           /* threads of the process that sleep in virtual time (virtual_sleep.c) */
    int64_t sleep_began_ms; /* when the first of them began */
    int64_t slept_ms;       /* how far its clocks are ahead of the machine's */
    struct sleeper *first_sleeper;
    struct loop_timer *pause_timer; /* until time may pass */
    struct environment_log log;
    struct lambda_version configuration;
    const char *access_key; /* the role's session; strings in the arena */
    const char *secret_key;
    const char *session_token;
};

/* ---- invocations ---- */

/* Fields above the line are the caller's to fill; arena and lambda are set. */
struct invocation *invocation_open(struct lambda *lambda);
/* One that was never started. */
void invocation_discard(struct invocation *invocation);
/* Takes it over. done is called exactly once, in a later turn or in this one. */
void invocation_start(struct invocation *invocation);
/* Those that run or wait now; name NULL: of the whole account and Region. */
int64_t lambda_running_count(struct lambda *lambda, struct lambda_owner owner, const char *name);
/* The caller of a synchronous one has gone. It still runs. */
void invocation_forget(struct invocation *invocation);

/* ---- what happens to an environment; each may end it ---- */

/* The process asks for an event. */
struct result environment_next(struct execution_environment *environment, struct call *call);
/* The process answered its event: a result, or an error payload with the type its header names. */
void environment_answered(struct execution_environment *environment, bool failed, const char *error_type,
                          struct text payload);
/* The process could not start. */
void environment_init_failed(struct execution_environment *environment, const char *error_type,
                             struct text payload);

/* ---- all of them ---- */

/* Ends those of a function (version -1: of every version), busy ones when they have finished. */
void lambda_environments_drop(struct lambda *lambda, struct lambda_owner owner, const char *name,
                              int64_t version);
/* Ends all at once, and forgets every invocation (reset, shutdown). */
void lambda_environments_close(struct lambda *lambda);
/* A task that places what waits: when a function has become active. */
void lambda_wake_at(struct lambda *lambda, int64_t due_ms);
/* The environment whose listener a request came in by; NULL: none. */
struct execution_environment *lambda_environment_of(struct lambda *lambda, const void *tag);

/* ---- the runtime's process (runtime_process.c) ---- */

/* Starts the process of an environment that has its credentials. False: *message says what is missing. */
bool runtime_process_start(struct execution_environment *environment, const char **message);
/* Written when the process leaves. */
void environment_exited(void *argument, int exit_code, int signal);
void environment_output(void *argument, struct text bytes);

/* ---- sleeps in virtual time (virtual_sleep.c) ---- */

/* A thread of the process wants to sleep: emulated time passes meanwhile, at most up to the function's limit.
 * is_one_of_many: others of the process may be about to do the same. */
struct result environment_sleep(struct execution_environment *environment, struct call *call,
                                int64_t sleep_ms, bool is_one_of_many);
/* The process is gone. */
void environment_forget_sleepers(struct execution_environment *environment);
/* While a process sleeps, time may pass: the hold of its invocation is given back and taken again. */
void invocation_pause(struct invocation *invocation);
void invocation_resume(struct invocation *invocation);
/* Its time is over, in emulated time. */
void environment_time_over(struct execution_environment *environment);

/* The Runtime API (runtime_api.c). */
bool lambda_runtime_match(struct emulator *emulator, const struct http_request *request);
struct result lambda_runtime_handle(struct call *call);

#endif
