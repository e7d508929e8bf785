/*
 * One call of one operation or endpoint, from the wire or from another service: who, when, memory, the
 * answer being written, and how it ends. Adding a field needs a reason in the commit.
 *
 * An operation's handler reads `input`, writes `call_output(call)` and returns a struct result. Its turn is
 * one transaction: committed on output or pending, rolled back on error.
 */
#ifndef STACKRIG_CALL_H
#define STACKRIG_CALL_H

#include "emulator/core/identity.h"
#include "emulator/io/store.h"
#include "emulator/protocol/input.h"
#include "emulator/protocol/output.h"

struct call;
struct emulator;
struct service;
struct operation_row;

enum result_kind { RESULT_OUTPUT, RESULT_ERROR, RESULT_PENDING };

struct result {
    enum result_kind kind;
    const struct error_shape *error; /* RESULT_ERROR */
    const char *message;             /* RESULT_ERROR, in the call's arena; NULL: none on the wire */
};

/* A named fact of a call, borrowed; a list. */
struct call_note {
    const char *name;
    const char *value;
    struct call_note *next;
};

struct call {
    struct emulator *emulator;
    struct store *store;
    struct arena *arena;            /* dies with the call */
    const struct service *service;
    const struct operation_model *operation; /* NULL: an endpoint */
    const struct http_request *request;      /* NULL: from another service */
    struct identity identity;
    int64_t now_ms;                 /* read once */
    const char *request_id;
    struct http_reply reply;        /* endpoints write here */
    struct output output;           /* operations write here, by call_output() */
    /* Facts of this call that fault rules and the trace can name ("LogicalResourceId" ...). */
    struct call_note *notes;
    void *private_data;             /* core's own; nobody else looks */
};

/* The answer is what was written to call_output() (or call->reply for endpoints). */
struct result result_output(void) __attribute__((warn_unused_result));
/* The handler has arranged for call_finish() later; until then the connection waits. */
struct result result_pending(void);
/* An AWS error; what was written so far is thrown away. format NULL: an error without message. */
struct result call_error(struct call *call, const struct error_shape *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* After call_error(): the place for the error's extra members ("Item", "BucketName" ...). */
struct output *call_error_output(struct call *call);

struct output *call_output(struct call *call);

/* Ends a pending call, in any later turn; the call is freed. A result_pending() here is a bug. */
void call_finish(struct call *call, struct result result);
/* Told when a pending call ends without call_finish(): client gone, reset, shutdown. Forget the call then. */
void call_on_cancel(struct call *call, void (*cancelled)(void *argument), void *argument);
/* False: the caller only asks whether it worked. */
bool call_output_is_wanted(const struct call *call);
/* False when the client of a waiting call has gone: do not hand it a message. Internal calls: true. */
bool call_client_alive(const struct call *call);

/*
 * For a pending call that may wait for long, among thousands of them: gives back the call's memory, and with it
 * its input. After it, return result_pending() and use neither call nor input. `cancelled` as for
 * call_on_cancel(). The memory comes back only when called within the operation's own handler.
 *
 * call_unpark() makes the call and its input anew, read from the same bytes, to be ended by call_finish() or
 * parked again; what was parked is gone then, as it is when the call was cancelled.
 */
struct parked_call;
struct parked_call *call_park(struct call *call, void (*cancelled)(void *argument), void *argument);
struct call *call_unpark(struct parked_call *parked, struct input *input);
/* call_client_alive() of a parked call. */
bool parked_call_client_alive(const struct parked_call *parked);

/* Notes a fact; copies nothing (value must live as long as the call). */
void call_note(struct call *call, const char *name, const char *value);
const char *call_noted(const struct call *call, const char *name);

/* ---- Calling another service (the only way services meet) ---- */

struct call_request {
    const char *service;    /* "lambda" */
    const char *operation;  /* "Invoke" */
    struct text input;      /* one JSON object, every member by model name, blobs base64; copied */
    /* Or the same as a tree, which saves writing and reading it: borrowed, and may be changed, until done is
     * called (forever when nobody waits, so give a done). NULL: read `input`. */
    struct json_value *value;
    struct identity caller; /* account and Region decide whose resources; strings are copied */
    bool outcome_only;      /* nobody reads the output: a handler may leave out what only the answer needs */
    const char *origin;     /* for the trace: what caused it ("cloudformation/arn..."); copied; may be NULL */
};

struct call_reply {
    int status;
    const char *error_code;     /* NULL: it worked */
    const char *error_message;  /* "" when it has none */
    struct text body;           /* the output as one JSON object */
    const struct json_value *value; /* the same, parsed; in `arena` */
    const char *request_id;     /* of the call */
    struct arena *arena;        /* lives during the callback */
};

typedef void call_done_fn(void *argument, const struct call_reply *reply);

/*
 * Starts it as a task of its own, due now: validation, fault points, trace and transaction are those of a
 * call from outside. done is called in a later turn, exactly once unless the emulator is reset or closed
 * (then never; NULL: nobody waits). Returns the request id (valid until the call ends).
 */
void call_start(struct emulator *emulator, const struct call_request *request, call_done_fn *done,
                void *argument);
/* The identity of `call` as a starting point for a call_request's caller. */
struct identity call_identity(const struct call *call);
/* An AWS service acting by itself in an account and Region: "cloudformation.amazonaws.com". */
struct identity identity_of_service(const char *service_principal, const char *account, const char *region);

#endif
