/*
 * Event source mappings: their operations (event_source_mapping.c), what is kept of one (mapping_document.c),
 * and the pollers that carry it out (queue_poller.c, stream_poller.c).
 */
#ifndef STACKRIG_EVENT_SOURCE_MAPPING_H
#define STACKRIG_EVENT_SOURCE_MAPPING_H

#include "services/lambda/execution_environment.h"

enum mapping_source { MAPPING_QUEUE, MAPPING_STREAM };

/* One mapping, read from its document. Strings live in the arena it was read into. */
struct mapping {
    const char *id;
    struct lambda_owner owner;
    enum mapping_source source;
    const char *source_arn;
    const char *function_arn; /* with the qualifier that was given */
    const char *function;
    const char *qualifier; /* NULL */
    bool enabled;
    bool fifo;
    int64_t batch_size;
    int64_t window_s;
    int64_t maximum_concurrency; /* 0: not set */
    bool reports_items;          /* FunctionResponseTypes ReportBatchItemFailures */
    const char *filters;         /* JSON list of patterns as text; NULL: none */
    const char *starting_position;
    int64_t maximum_retries; /* streams; -1: for ever */
    int64_t maximum_age_s;   /* streams; -1: for ever */
    bool bisects;
    const char *on_failure; /* ARN; NULL */
};

bool mapping_read(struct store *store, struct arena *arena, const char *id, struct mapping *mapping);
void mapping_read_document(struct arena *arena, const struct lambda_document *row, struct mapping *mapping);
/* Keeps LastProcessingResult. */
void mapping_note_result(struct lambda *lambda, const char *id, const char *result);
int64_t mapping_document_number(const struct json_value *document, const char *member, int64_t fallback);
/* A boolean member that is there and true. */
bool mapping_document_says(const struct json_value *document, const char *member);
/* The request's members over those of `old` (NULL: a new mapping) over the defaults. In the call's arena. */
const char *mapping_build_document(struct call *call, struct input input, const struct json_value *old,
                                   bool queue);
/* Whether the filters (may be NULL) let a record through. */
bool mapping_lets_through(struct arena *arena, const char *filters, const struct json_value *record);

/* What a handler said of its batch. */
enum batch_verdict {
    BATCH_DONE,   /* everything succeeded */
    BATCH_PARTLY, /* all but the items whose ids stand in the answer */
    BATCH_FAILED, /* everything comes back */
};

/* Reads {"batchItemFailures": [{"itemIdentifier": ".."}]}. is_known says whether an id is of this batch.
 * Source: lambda.md section 9. */
enum batch_verdict batch_verdict_of(struct arena *arena, const struct invocation_outcome *outcome,
                                    bool reports_items,
                                    bool (*is_known)(const void *argument, struct text id),
                                    const void *argument, const struct json_value **failures);

/* An invocation of the mapping's function with `payload`; NULL: the function is gone or has no room. done is
 * told as by invocation_start(). */
bool mapping_invoke(struct lambda *lambda, const struct mapping *mapping, struct text payload,
                    invocation_done_fn *done, void *argument, char request_id[UUID_SIZE]);

/* ---- pollers ---- */

struct poller;

/* Starts, stops or restarts what polls for a mapping, as its document says now. */
void lambda_pollers_sync(struct lambda *lambda, const char *id);
/* Forgets them all (reset, shutdown), then starts those that the tables name. */
void lambda_pollers_resume(struct lambda *lambda);
void lambda_pollers_close(struct lambda *lambda);

/* Of a kind of source. */
void *queue_poller_open(struct lambda *lambda, const char *id);
/* The mapping has changed. */
void queue_poller_poke(void *poller);
/* May come while calls of its own are on their way: their answers find it closed. calls_are_dead: no answer
 * will come any more (reset, shutdown). */
void queue_poller_close(void *poller, bool calls_are_dead);
/* The polls of closed pollers that are still out were cancelled: nobody tells. */
void queue_pollers_forget_leaving(struct lambda *lambda);
void *stream_poller_open(struct lambda *lambda, const char *id);
void stream_poller_close(void *poller, bool calls_are_dead);

#endif
