/*
 * Polls a queue for a mapping: a long poll is always out; what it brings makes up a batch, one invocation per
 * batch. Success deletes the batch's messages, failure leaves them to become visible again.
 * Source: lambda.md section 9.
 */
#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "services/lambda/event_source_mapping.h"

#define RECEIVE_MAXIMUM 10
#define WAIT_S 20
/* Invocations of one mapping at a time, as AWS begins; MaximumConcurrency may say more or less. */
#define CONCURRENT_BATCHES 5
/* A batch closes before its payload passes Lambda's limit. */
#define PAYLOAD_BYTES ((size_t)6 * 1024 * 1024 - 65536)
/* After a poll that failed (the queue has gone): how long until the next. */
#define PAUSE_MS 10000

struct queue_poller {
    struct lambda *lambda;
    struct queue_poller *next_leaving;
    char id[UUID_SIZE];
    bool receive_is_out;
    char *source_arn;
    bool closed;           /* freed when nothing is on its way any more */
    int on_its_way;        /* calls, invocations and tasks that will come back to us */
    bool is_polling;       /* a receive is out */
    int running;           /* batches with the function */
    struct batch *filling; /* waits for its window to end; NULL: none */
    task_id window_task;
};

struct item {
    const char *message_id;
    const char *receipt_handle;
    bool failed;
};

struct batch {
    struct queue_poller *poller;
    struct arena *arena;
    struct mapping mapping; /* as it was when the batch began */
    struct item *items;
    size_t count;
    struct strbuf records; /* JSON, comma-separated */
};

static void poll(struct queue_poller *poller);

static void came_back(struct queue_poller *poller) {
    if (--poller->on_its_way == 0 && poller->closed) {
        free(poller->source_arn);
        free(poller);
    }
}

/* ---- batches ---- */

static struct batch *open_batch(struct queue_poller *poller) {
    struct arena *arena = arena_open();
    struct batch *batch = arena_zalloc(arena, sizeof *batch);
    batch->poller = poller;
    batch->arena = arena;
    batch->records = STRBUF_INIT;
    if (!mapping_read(emulator_store(poller->lambda->emulator), arena, poller->id, &batch->mapping)) {
        arena_close(arena);
        return NULL;
    }
    batch->items =
        arena_alloc(arena, sizeof(struct item) * (size_t)(batch->mapping.batch_size + RECEIVE_MAXIMUM));
    return batch;
}

static void close_batch(struct batch *batch) {
    strbuf_release(&batch->records);
    arena_close(batch->arena);
}

static void start_queue_call(struct queue_poller *poller, const struct mapping *mapping,
                             const char *operation, struct strbuf *members, call_done_fn *done) {
    struct arn arn;
    arn_parse(text_of(mapping->source_arn), &arn);
    struct arena *arena = arena_open();
    struct strbuf input = STRBUF_INIT;
    strbuf_printf(&input, "{\"QueueUrl\":\"%s/%.*s/%.*s\"%s}", emulator_endpoint(poller->lambda->emulator),
                  TEXT_ARGUMENTS(arn.account), TEXT_ARGUMENTS(arn.resource), members->data);
    call_start(poller->lambda->emulator,
               &(struct call_request){.service = "sqs",
                                      .operation = operation,
                                      .input = strbuf_text(&input),
                                      .caller = identity_of_service("lambda.amazonaws.com",
                                                                    arena_text_string(arena, arn.account),
                                                                    arena_text_string(arena, arn.region)),
                                      .origin = "lambda"},
               done, poller);
    strbuf_release(&input);
    arena_close(arena);
}

static void delete_message(struct queue_poller *poller, const struct mapping *mapping, const char *handle) {
    struct strbuf members = STRBUF_INIT;
    strbuf_append_string(&members, ",\"ReceiptHandle\":");
    json_write_string(&members, text_of(handle));
    start_queue_call(poller, mapping, "DeleteMessage", &members, NULL);
    strbuf_release(&members);
}

/* ---- the outcome of a batch ---- */

static bool is_item(const void *argument, struct text id) {
    const struct batch *batch = argument;
    for (size_t i = 0; i < batch->count; i++) {
        if (text_equals(id, batch->items[i].message_id)) {
            return true;
        }
    }
    return false;
}

static void mark_failures(struct batch *batch, const struct json_value *failures) {
    for (const struct json_value *failure = failures->child; failure; failure = failure->next) {
        for (size_t i = 0; i < batch->count; i++) {
            if (text_equals(json_find_text(failure, "itemIdentifier"), batch->items[i].message_id)) {
                batch->items[i].failed = true;
            }
        }
    }
    /* Of a FIFO queue nothing behind a failure is done. */
    for (size_t i = 1; batch->mapping.fifo && i < batch->count; i++) {
        batch->items[i].failed = batch->items[i].failed || batch->items[i - 1].failed;
    }
}

static void batch_ended(void *argument, const struct invocation_outcome *outcome) {
    struct batch *batch = argument;
    struct queue_poller *poller = batch->poller;
    if (outcome) {
        const struct json_value *failures;
        enum batch_verdict verdict =
            batch_verdict_of(batch->arena, outcome, batch->mapping.reports_items, is_item, batch, &failures);
        if (verdict == BATCH_PARTLY) {
            mark_failures(batch, failures);
        }
        for (size_t i = 0; i < batch->count && verdict != BATCH_FAILED; i++) {
            if (!batch->items[i].failed) {
                delete_message(poller, &batch->mapping, batch->items[i].receipt_handle);
            }
        }
    }
    close_batch(batch);
    poller->running--;
    if (outcome && !poller->closed) {
        poll(poller);
    }
    came_back(poller);
}

/* Hands the batch to the function. Without room its messages come back by themselves. */
static void run_batch(struct batch *batch) {
    struct queue_poller *poller = batch->poller;
    struct strbuf event = STRBUF_INIT;
    char request_id[UUID_SIZE];
    strbuf_append_string(&event, "{\"Records\":[");
    strbuf_append_text(&event, strbuf_text(&batch->records));
    strbuf_append_string(&event, "]}");
    poller->running++;
    poller->on_its_way++;
    if (!mapping_invoke(poller->lambda, &batch->mapping, strbuf_text(&event), batch_ended, batch,
                        request_id)) {
        poller->running--;
        poller->on_its_way--;
        close_batch(batch);
    }
    strbuf_release(&event);
}

/* ---- records ---- */

static void append_text(struct strbuf *record, const char *name, struct text value) {
    strbuf_printf(record, "\"%s\":", name);
    if (value.data) {
        json_write_string(record, value);
    } else {
        strbuf_append_string(record, "null");
    }
}

static void append_attributes(struct strbuf *record, const struct json_value *attributes) {
    strbuf_append_string(record, ",\"messageAttributes\":{");
    for (const struct json_value *attribute = attributes ? attributes->child : NULL; attribute;
         attribute = attribute->next) {
        struct text binary = json_find_text(attribute, "BinaryValue");
        struct text string = json_find_text(attribute, "StringValue");
        strbuf_append_string(record, attribute == attributes->child ? "" : ",");
        json_write_string(record, attribute->key);
        strbuf_append_string(record, ":{");
        if (string.data) {
            append_text(record, "stringValue", string);
            strbuf_append_char(record, ',');
        }
        if (binary.data) {
            append_text(record, "binaryValue", binary);
            strbuf_append_char(record, ',');
        }
        strbuf_append_string(record, "\"stringListValues\":[],\"binaryListValues\":[],");
        append_text(record, "dataType", json_find_text(attribute, "DataType"));
        strbuf_append_char(record, '}');
    }
    strbuf_append_char(record, '}');
}

/* One received message as Lambda shows it. Source: lambda.md section 9. */
static void append_record(struct strbuf *record, const struct mapping *mapping,
                          const struct json_value *message) {
    struct arn arn;
    arn_parse(text_of(mapping->source_arn), &arn);
    const struct json_value *attributes = json_find(message, "Attributes");
    strbuf_append_char(record, '{');
    append_text(record, "messageId", json_find_text(message, "MessageId"));
    strbuf_append_char(record, ',');
    append_text(record, "receiptHandle", json_find_text(message, "ReceiptHandle"));
    strbuf_append_char(record, ',');
    append_text(record, "body", json_find_text(message, "Body"));
    strbuf_append_string(record, ",\"attributes\":");
    if (attributes) {
        json_write(record, attributes);
    } else {
        strbuf_append_string(record, "{}");
    }
    append_attributes(record, json_find(message, "MessageAttributes"));
    strbuf_append_char(record, ',');
    append_text(record, "md5OfMessageAttributes", json_find_text(message, "MD5OfMessageAttributes"));
    strbuf_append_char(record, ',');
    append_text(record, "md5OfBody", json_find_text(message, "MD5OfBody"));
    strbuf_append_string(record, ",\"eventSource\":\"aws:sqs\",");
    append_text(record, "eventSourceARN", text_of(mapping->source_arn));
    strbuf_append_char(record, ',');
    append_text(record, "awsRegion", arn.region);
    strbuf_append_char(record, '}');
}

/* The record as filters see it: its body parsed, when it is JSON. */
static bool lets_through(struct arena *arena, const struct mapping *mapping, struct text record) {
    if (!mapping->filters) {
        return true;
    }
    struct json_value *parsed = json_parse(arena, record, NULL);
    for (struct json_value *member = parsed ? parsed->child : NULL; member; member = member->next) {
        struct json_value *body =
            text_equals(member->key, "body") ? json_parse(arena, member->text, NULL) : NULL;
        if (body && (body->type == JSON_VALUE_OBJECT || body->type == JSON_VALUE_ARRAY)) {
            body->key = member->key;
            body->next = member->next;
            *member = *body;
        }
    }
    return parsed && mapping_lets_through(arena, mapping->filters, parsed);
}

static void add_message(struct batch *batch, const struct json_value *message) {
    struct strbuf record = STRBUF_INIT;
    append_record(&record, &batch->mapping, message);
    struct text text = arena_text(batch->arena, strbuf_text(&record));
    strbuf_release(&record);
    const char *handle = arena_text_string(batch->arena, json_find_text(message, "ReceiptHandle"));
    if (!lets_through(batch->arena, &batch->mapping, text)) {
        delete_message(batch->poller, &batch->mapping, handle);
        return;
    }
    batch->items[batch->count++] = (struct item){
        .message_id = arena_text_string(batch->arena, json_find_text(message, "MessageId")),
        .receipt_handle = handle,
    };
    if (batch->records.size) {
        strbuf_append_char(&batch->records, ',');
    }
    strbuf_append_text(&batch->records, text);
}

/* ---- polling ---- */

static int concurrency_of(const struct mapping *mapping) {
    return mapping->maximum_concurrency > 0 ? (int)mapping->maximum_concurrency : CONCURRENT_BATCHES;
}

static void end_window(struct queue_poller *poller) {
    struct batch *batch = poller->filling;
    poller->filling = NULL;
    if (batch && batch->count) {
        run_batch(batch);
    } else if (batch) {
        close_batch(batch);
    }
}

static void window_over(void *argument, enum task_event event) {
    struct queue_poller *poller = argument;
    poller->window_task = 0;
    if (event == TASK_RUN && !poller->closed) {
        end_window(poller);
        poll(poller);
    }
    came_back(poller);
}

static void pause_over(void *argument, enum task_event event) {
    struct queue_poller *poller = argument;
    poller->is_polling = false;
    if (event == TASK_RUN && !poller->closed) {
        poll(poller);
    }
    came_back(poller);
}

/* A batch is handed on when it is full, or at once when there is no window. */
static void take_messages(struct queue_poller *poller, const struct json_value *messages) {
    struct batch *batch = poller->filling ? poller->filling : open_batch(poller);
    if (!batch) {
        return; /* deleted meanwhile: what was received becomes visible again */
    }
    for (const struct json_value *message = messages->child; message; message = message->next) {
        add_message(batch, message);
    }
    bool full = (int64_t)batch->count >= batch->mapping.batch_size || batch->records.size > PAYLOAD_BYTES;
    poller->filling = batch;
    if (batch->mapping.window_s == 0 || full) {
        if (poller->window_task) {
            emulator_cancel(poller->lambda->emulator, poller->window_task);
        }
        end_window(poller);
    } else if (!poller->window_task) {
        poller->on_its_way++;
        poller->window_task = emulator_schedule(
            poller->lambda->emulator,
            emulator_now_ms(poller->lambda->emulator) + batch->mapping.window_s * 1000, window_over, poller);
    }
}

/* What a poll brought after its mapping was switched off goes back at once. */
static void put_back(struct queue_poller *poller, const struct call_reply *reply) {
    struct mapping mapping = {.source_arn = poller->source_arn};
    const struct json_value *messages = json_find(reply->value, "Messages");
    for (const struct json_value *message = messages ? messages->child : NULL; message;
         message = message->next) {
        struct strbuf members = STRBUF_INIT;
        strbuf_append_string(&members, ",\"VisibilityTimeout\":0,\"ReceiptHandle\":");
        json_write_string(&members, json_find_text(message, "ReceiptHandle"));
        start_queue_call(poller, &mapping, "ChangeMessageVisibility", &members, NULL);
        strbuf_release(&members);
    }
}

static void stop_leaving(struct queue_poller *poller) {
    struct queue_poller **link = &poller->lambda->leaving;
    while (*link != poller) {
        link = &(*link)->next_leaving;
    }
    *link = poller->next_leaving;
}

static void received(void *argument, const struct call_reply *reply) {
    struct queue_poller *poller = argument;
    poller->is_polling = poller->receive_is_out = false;
    if (poller->closed) {
        stop_leaving(poller);
        put_back(poller, reply);
    } else if (reply->error_code) {
        poller->is_polling = true;
        poller->on_its_way++;
        emulator_schedule_quiet(poller->lambda->emulator,
                                emulator_now_ms(poller->lambda->emulator) + PAUSE_MS, pause_over, poller);
    } else {
        const struct json_value *messages = json_find(reply->value, "Messages");
        if (messages && messages->count) {
            take_messages(poller, messages);
        }
        poll(poller);
    }
    came_back(poller);
}

static void poll(struct queue_poller *poller) {
    struct arena *arena = arena_open();
    struct mapping mapping;
    if (!poller->is_polling && !poller->closed &&
        mapping_read(emulator_store(poller->lambda->emulator), arena, poller->id, &mapping) &&
        poller->running < concurrency_of(&mapping)) {
        int64_t wanted = mapping.batch_size - (poller->filling ? (int64_t)poller->filling->count : 0);
        struct strbuf members = STRBUF_INIT;
        strbuf_printf(&members,
                      ",\"MaxNumberOfMessages\":%lld,\"WaitTimeSeconds\":%d,\"AttributeNames\":[\"All\"],"
                      "\"MessageAttributeNames\":[\"All\"]",
                      (long long)(wanted < RECEIVE_MAXIMUM ? wanted : RECEIVE_MAXIMUM), WAIT_S);
        poller->is_polling = poller->receive_is_out = true;
        poller->on_its_way++;
        start_queue_call(poller, &mapping, "ReceiveMessage", &members, received);
        strbuf_release(&members);
    }
    arena_close(arena);
}

void *queue_poller_open(struct lambda *lambda, const char *id) {
    struct queue_poller *poller = xcalloc(1, sizeof *poller);
    poller->lambda = lambda;
    memcpy(poller->id, id, strnlen(id, UUID_SIZE - 1));
    struct arena *arena = arena_open();
    struct mapping mapping;
    mapping_read(emulator_store(lambda->emulator), arena, id, &mapping);
    poller->source_arn = xstrdup(mapping.source_arn);
    arena_close(arena);
    poll(poller);
    return poller;
}

void queue_poller_poke(void *argument) {
    poll(argument);
}

void queue_poller_close(void *argument, bool calls_are_dead) {
    struct queue_poller *poller = argument;
    poller->closed = true;
    if (poller->receive_is_out && calls_are_dead) {
        poller->on_its_way--;
    } else if (poller->receive_is_out) {
        poller->next_leaving = poller->lambda->leaving;
        poller->lambda->leaving = poller;
    }
    if (poller->filling) {
        close_batch(poller->filling);
        poller->filling = NULL;
    }
    poller->on_its_way++;
    if (poller->window_task) {
        emulator_cancel(poller->lambda->emulator, poller->window_task);
    }
    came_back(poller);
}

void queue_pollers_forget_leaving(struct lambda *lambda) {
    while (lambda->leaving) {
        struct queue_poller *poller = lambda->leaving;
        lambda->leaving = poller->next_leaving;
        came_back(poller);
    }
}
