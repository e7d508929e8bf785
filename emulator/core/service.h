/*
 * All that a service hands in: rows. The core never includes a service.
 */
#ifndef STACKRIG_SERVICE_H
#define STACKRIG_SERVICE_H

#include "emulator/core/call.h"
#include "emulator/protocol/shape.h"

typedef struct result operation_fn(struct call *call, struct input input);

/* An emulated operation. What the model has and no row names answers 501 NotImplemented. */
struct operation_row {
    const char *name;
    operation_fn *handle;
};

/*
 * HTTP that is no AWS operation: Runtime API, custom resource answers, function URLs, LocalStack's
 * inspection paths. Dispatched like operations, without shapes.
 */
struct endpoint_row {
    const char *name; /* for faults and trace: "CustomResourceResponse" */
    /* True: this request is mine. Sees every request that reaches this row; must be cheap. */
    bool (*match)(struct emulator *emulator, const struct http_request *request);
    /* Notes the facts that fault rules match (call_note()); runs before the fault point. NULL: none. */
    void (*describe)(struct call *call);
    /* Writes call->reply (status, headers, body). */
    struct result (*handle)(struct call *call);
    /* FAULT_LOSE before: writes the reply a sender gets although nothing arrives. NULL: connection closes. */
    void (*swallow)(struct call *call);
    /* Between the emulator and its own children, on a listener of their own: no fault point, no trace record,
     * no request id, so that a run does not depend on when a child asks. */
    bool plumbing;
};

/* A member the service takes without acting on it, for docs/OPERATIONS.md. */
struct accepted_member {
    const char *operation;
    const char *member;
    const char *why;
};

/*
 * What AWS may do and seldom does: deliver twice, out of order, not all at once. A fault rule of this name
 * makes one operation take that freedom: before it runs, the call gets the note "Fault" with the name, and
 * the handler reads it by call_noted().
 */
struct service_freedom {
    const char *operation;
    const char *name;
};

struct service {
    const struct service_model *model;      /* NULL: endpoints only */
    const struct operation_row *operations; /* ends with a row without name; may be NULL */
    const struct endpoint_row *endpoints;   /* ends with a row without name; may be NULL */
    const struct store_module *store;       /* NULL: keeps nothing */
    const struct accepted_member *accepted; /* ends with a row without member; may be NULL */
    const struct service_freedom *freedoms; /* ends with a row without name; may be NULL */
    /* Per-emulator memory of the service (waiters, environments). May be NULL. */
    void *(*open)(struct emulator *emulator);
    void (*close)(void *state);
    /* After opening a file, reset or restore (not after opening in memory: there is nothing yet): forget what was
     * in memory, recreate tasks from the tables. */
    void (*resume)(struct emulator *emulator, void *state);
    /* Web pages of any origin may call: it has rules of its own for them and runs nobody's code. */
    bool open_to_pages;
    /* Code of its validation errors when it is neither of the front end's two; NULL: the usual. */
    const struct error_shape *validation_error;
    /* Sessions this service handed out (STS, IAM): fills arn, user_id, account. False: not mine. */
    bool (*resolve_access_key)(struct emulator *emulator, const char *access_key, struct arena *arena,
                               struct identity *identity);
    /* Notes facts of an operation's call that fault rules match beside its input ("QueueName" of a QueueUrl).
     * Called only while there are rules, before validation: input holds what the client sent. NULL: none. */
    void (*describe)(struct call *call, const struct json_value *input);
    /* Rewrites AWS's generic validation text or code where a service differs (SQS, SNS, Lambda). NULL: no. */
    struct result (*validation_failed)(struct call *call, struct input input, const char *message);
};

/* State made by service->open. */
void *service_state(struct emulator *emulator, const struct service *service);

#endif
