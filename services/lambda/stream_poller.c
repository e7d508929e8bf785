/*
 * Polls a table's stream for a mapping: each shard in order, one batch of it with the function at a time. A
 * batch that fails is tried again until it succeeds, its tries or its age run out; then it is reported to the
 * on-failure destination and passed over. Source: lambda.md section 9.
 */
#include "emulator/base/arn.h"
#include "emulator/base/die.h"
#include "emulator/core/trace.h"
#include "services/lambda/event_source_mapping.h"
#include "services/lambda/lambda_destinations.h"

/* Looks for news: every second of emulated time, and, so that a clock that stands still does not stop it, a
 * few times a second in real time when something happened to a table. */
#define LOOK_MS 1000
#define REAL_LOOK_MS 100
/* Items also expire, which no call tells of. */
#define LOOKS_WITHOUT_NEWS 60
/* Before a batch is tried again: doubled each time. */
#define FIRST_BACKOFF_MS 1000
#define LAST_BACKOFF_MS 60000

struct record {
    char *text; /* as the function sees it */
    char *sequence;
    int64_t created_ms;
};

struct shard {
    struct stream_poller *poller;
    struct shard *next;
    char *id;
    char *iterator; /* NULL: none yet, or the shard has ended */
    bool is_new;    /* made after the mapping: read from its start */
    bool ended;
    bool busy;              /* a call, an invocation or a pause is on its way */
    struct record *records; /* read and not done with, from `first` on */
    size_t first;
    size_t count;
    size_t batch_size;      /* of the batch with the function; smaller after a bisection */
    int64_t tries;          /* of that batch */
    struct mapping mapping; /* while a batch is with the function; strings in arena */
    struct arena *arena;
    char request_id[UUID_SIZE];
};

struct stream_poller {
    struct lambda *lambda;
    char id[UUID_SIZE];
    bool closed;
    int on_its_way;
    int calls_out; /* of on_its_way */
    bool describing;
    struct shard *shards;
    task_id look_task;
    struct loop_timer *look_timer;
    unsigned looks;
    uint64_t seen; /* newest trace record looked at */
};

static void look(struct stream_poller *poller);
static void go_on(struct shard *shard);

/* ---- memory ---- */

static void drop_records(struct shard *shard) {
    for (size_t i = 0; i < shard->count; i++) {
        free(shard->records[i].text);
        free(shard->records[i].sequence);
    }
    free(shard->records);
    shard->records = NULL;
    shard->first = shard->count = 0;
}

static void free_poller(struct stream_poller *poller) {
    while (poller->shards) {
        struct shard *shard = poller->shards;
        poller->shards = shard->next;
        drop_records(shard);
        if (shard->arena) {
            arena_close(shard->arena);
        }
        free(shard->id);
        free(shard->iterator);
        free(shard);
    }
    free(poller);
}

static void came_back(struct stream_poller *poller) {
    if (--poller->on_its_way == 0 && poller->closed) {
        free_poller(poller);
    }
}

static void call_came_back(struct stream_poller *poller) {
    poller->calls_out--;
    came_back(poller);
}

static bool read_mapping(struct stream_poller *poller, struct arena *arena, struct mapping *mapping) {
    return mapping_read(emulator_store(poller->lambda->emulator), arena, poller->id, mapping);
}

static void start_stream_call(struct stream_poller *poller, const struct mapping *mapping,
                              const char *operation, struct text input, call_done_fn *done, void *argument) {
    poller->on_its_way++;
    poller->calls_out++;
    call_start(
        poller->lambda->emulator,
        &(struct call_request){.service = "dynamodbstreams",
                               .operation = operation,
                               .input = input,
                               .caller = identity_of_service("lambda.amazonaws.com", mapping->owner.account,
                                                             mapping->owner.region),
                               .origin = "lambda"},
        done, argument);
}

/* ---- a batch with the function ---- */

static void forget_first(struct shard *shard, size_t count) {
    shard->first += count;
    shard->tries = 0;
    shard->batch_size = 0;
    if (shard->first >= shard->count) {
        drop_records(shard);
    }
}

static bool is_record(const void *argument, struct text id) {
    const struct shard *shard = argument;
    for (size_t i = 0; i < shard->batch_size; i++) {
        if (text_equals(id, shard->records[shard->first + i].sequence)) {
            return true;
        }
    }
    return false;
}

/* How many records stand before the first that the answer names. */
static size_t done_before_failure(const struct shard *shard, const struct json_value *failures) {
    for (size_t i = 0; i < shard->batch_size; i++) {
        for (const struct json_value *failure = failures->child; failure; failure = failure->next) {
            if (text_equals(json_find_text(failure, "itemIdentifier"),
                            shard->records[shard->first + i].sequence)) {
                return i;
            }
        }
    }
    return 0;
}

static void append_time(struct strbuf *buffer, const char *name, int64_t time_ms) {
    strbuf_printf(buffer, ",\"%s\":\"", name);
    clock_format_iso_ms(buffer, time_ms);
    strbuf_append_char(buffer, '"');
}

/* The batch is given up: its place in the stream goes to the destination. */
static void report_failure(struct shard *shard, const char *condition, bool function_error) {
    struct emulator *emulator = shard->poller->lambda->emulator;
    const struct mapping *mapping = &shard->mapping;
    const struct record *first = &shard->records[shard->first];
    const struct record *last = &shard->records[shard->first + shard->batch_size - 1];
    if (!mapping->on_failure) {
        return;
    }
    struct strbuf record = STRBUF_INIT;
    strbuf_printf(
        &record,
        "{\"requestContext\":{\"requestId\":\"%s\",\"functionArn\":\"%s\",\"condition\":\"%s\","
        "\"approximateInvokeCount\":%lld},\"responseContext\":{\"statusCode\":200,\"executedVersion\":"
        "\"$LATEST\",\"functionError\":%s},\"version\":\"1.0\"",
        shard->request_id, mapping->function_arn, condition, (long long)shard->tries,
        function_error ? "\"Unhandled\"" : "null");
    append_time(&record, "timestamp", emulator_now_ms(emulator));
    strbuf_printf(&record,
                  ",\"DDBStreamBatchInfo\":{\"shardId\":\"%s\",\"startSequenceNumber\":\"%s\","
                  "\"endSequenceNumber\":\"%s\"",
                  shard->id, first->sequence, last->sequence);
    append_time(&record, "approximateArrivalOfFirstRecord", first->created_ms);
    append_time(&record, "approximateArrivalOfLastRecord", last->created_ms);
    strbuf_printf(&record, ",\"batchSize\":%zu,\"streamArn\":\"%s\"}}", shard->batch_size,
                  mapping->source_arn);
    lambda_deliver(emulator,
                   &(struct delivery){.owner = mapping->owner,
                                      .destination = mapping->on_failure,
                                      .text = strbuf_text(&record),
                                      .detail_type = "Lambda Function Invocation Result - Failure",
                                      .resource = mapping->function_arn,
                                      .key = arena_printf(shard->arena, "aws/lambda/%s/%s/%s", mapping->id,
                                                          shard->id, shard->request_id)});
    strbuf_release(&record);
}

static void pause_over(void *argument, enum task_event event) {
    struct shard *shard = argument;
    struct stream_poller *poller = shard->poller;
    shard->busy = false;
    if (event == TASK_RUN && !poller->closed) {
        go_on(shard);
    }
    came_back(poller);
}

/* Tries the batch again, in halves if the mapping bisects; or gives it up. */
static void failed(struct shard *shard, bool function_error) {
    struct stream_poller *poller = shard->poller;
    struct emulator *emulator = poller->lambda->emulator;
    const struct mapping *mapping = &shard->mapping;
    int64_t now_ms = emulator_now_ms(emulator);
    int64_t age_ms = now_ms - shard->records[shard->first].created_ms;
    bool exhausted = mapping->maximum_retries >= 0 && shard->tries > mapping->maximum_retries;
    bool too_old = mapping->maximum_age_s > 0 && age_ms > mapping->maximum_age_s * 1000;
    mapping_note_result(poller->lambda, poller->id, "PROBLEM: Function call failed");
    if (mapping->bisects && shard->batch_size > 1 && !too_old) {
        /* Halving is no retry: every half has all its tries. */
        shard->batch_size = (shard->batch_size + 1) / 2;
        shard->tries = 0;
    } else if (exhausted || too_old) {
        report_failure(shard, exhausted ? "RetryAttemptsExhausted" : "RecordAgeExceeded", function_error);
        forget_first(shard, shard->batch_size);
        go_on(shard);
        return;
    }
    int64_t backoff_ms = FIRST_BACKOFF_MS;
    for (int64_t i = 1; i < shard->tries && backoff_ms < LAST_BACKOFF_MS; i++) {
        backoff_ms *= 2;
    }
    bool ends = mapping->maximum_retries >= 0 || mapping->maximum_age_s > 0;
    shard->busy = true;
    poller->on_its_way++;
    /* Tries without end are no reason for virtual time to run without end. */
    (ends ? emulator_schedule : emulator_schedule_quiet)(emulator, now_ms + backoff_ms, pause_over, shard);
}

static void batch_ended(void *argument, const struct invocation_outcome *outcome) {
    struct shard *shard = argument;
    struct stream_poller *poller = shard->poller;
    shard->busy = false;
    if (outcome && !poller->closed) {
        const struct json_value *failures;
        enum batch_verdict verdict = batch_verdict_of(shard->arena, outcome, shard->mapping.reports_items,
                                                      is_record, shard, &failures);
        if (verdict == BATCH_DONE) {
            mapping_note_result(poller->lambda, poller->id, "OK");
            forget_first(shard, shard->batch_size);
            go_on(shard);
        } else {
            size_t done = verdict == BATCH_PARTLY ? done_before_failure(shard, failures) : 0;
            size_t left = shard->batch_size - done;
            shard->first += done; /* what stands before the first failure is done */
            shard->batch_size = left;
            failed(shard, outcome->failed);
        }
    }
    came_back(poller);
}

static void run_batch(struct shard *shard) {
    struct stream_poller *poller = shard->poller;
    if (shard->arena) {
        arena_close(shard->arena);
    }
    shard->arena = arena_open();
    if (!read_mapping(poller, shard->arena, &shard->mapping)) {
        return;
    }
    size_t waiting = shard->count - shard->first;
    size_t limit = shard->batch_size ? shard->batch_size : (size_t)shard->mapping.batch_size;
    shard->batch_size = waiting < limit ? waiting : limit;
    struct strbuf event = STRBUF_INIT;
    strbuf_append_string(&event, "{\"Records\":[");
    for (size_t i = 0; i < shard->batch_size; i++) {
        strbuf_printf(&event, "%s%s", i ? "," : "", shard->records[shard->first + i].text);
    }
    strbuf_append_string(&event, "]}");
    shard->busy = true;
    shard->tries++;
    poller->on_its_way++;
    if (!mapping_invoke(poller->lambda, &shard->mapping, strbuf_text(&event), batch_ended, shard,
                        shard->request_id)) {
        poller->on_its_way--;
        shard->busy = false;
        shard->tries--; /* no room: the next look tries again */
    }
    strbuf_release(&event);
}

/* ---- reading a shard ---- */

/* A record as Lambda shows it: with the stream's ARN. */
static void keep_record(struct shard *shard, const struct mapping *mapping, struct arena *arena,
                        const struct json_value *record) {
    struct strbuf text = STRBUF_INIT;
    json_write(&text, record);
    strbuf_truncate(&text, text.size - 1);
    strbuf_printf(&text, ",\"eventSourceARN\":\"%s\"}", mapping->source_arn);
    const struct json_value *shown = json_parse(arena, arena_text(arena, strbuf_text(&text)), NULL);
    if (!shown || !mapping_lets_through(arena, mapping->filters, shown)) {
        strbuf_release(&text);
        return; /* filtered-out records are passed over */
    }
    const struct json_value *change = json_find(record, "dynamodb");
    const struct json_value *created = json_find(change, "ApproximateCreationDateTime");
    double created_s = 0;
    if (created) {
        text_to_double(created->text, &created_s);
    }
    shard->records = xrealloc(shard->records, (shard->count + 1) * sizeof *shard->records);
    shard->records[shard->count++] = (struct record){
        .text = strbuf_detach(&text),
        .sequence = xstrdup(arena_text_string(arena, json_find_text(change, "SequenceNumber"))),
        .created_ms = (int64_t)(created_s * 1000),
    };
}

static void take_iterator(struct shard *shard, struct text iterator) {
    free(shard->iterator);
    shard->iterator = NULL;
    shard->ended = !iterator.data;
    if (iterator.data) {
        shard->iterator = xcalloc(1, iterator.size + 1);
        memcpy(shard->iterator, iterator.data, iterator.size);
    }
}

static void records_read(void *argument, const struct call_reply *reply) {
    struct shard *shard = argument;
    struct stream_poller *poller = shard->poller;
    struct mapping mapping;
    shard->busy = false;
    if (!poller->closed && reply->error_code) {
        free(shard->iterator);
        shard->iterator = NULL; /* expired or trimmed: asked for anew */
    } else if (!poller->closed && read_mapping(poller, reply->arena, &mapping)) {
        const struct json_value *records = json_find(reply->value, "Records");
        for (const struct json_value *record = records ? records->child : NULL; record;
             record = record->next) {
            keep_record(shard, &mapping, reply->arena, record);
        }
        take_iterator(shard, json_find_text(reply->value, "NextShardIterator"));
        if (records && records->count) {
            go_on(shard);
        }
    }
    call_came_back(poller);
}

static void iterator_given(void *argument, const struct call_reply *reply) {
    struct shard *shard = argument;
    struct stream_poller *poller = shard->poller;
    shard->busy = false;
    if (!poller->closed && !reply->error_code) {
        take_iterator(shard, json_find_text(reply->value, "ShardIterator"));
        go_on(shard);
    }
    call_came_back(poller);
}

static void ask_for_iterator(struct shard *shard, const struct mapping *mapping) {
    struct strbuf input = STRBUF_INIT;
    const char *position =
        shard->is_new || !mapping->starting_position || strcmp(mapping->starting_position, "LATEST") != 0
            ? "TRIM_HORIZON"
            : "LATEST";
    strbuf_printf(&input, "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":\"%s\"}",
                  mapping->source_arn, shard->id, position);
    shard->busy = true;
    start_stream_call(shard->poller, mapping, "GetShardIterator", strbuf_text(&input), iterator_given, shard);
    strbuf_release(&input);
}

static void read_records(struct shard *shard, const struct mapping *mapping) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"ShardIterator\":");
    json_write_string(&input, text_of(shard->iterator));
    strbuf_printf(&input, ",\"Limit\":%lld}",
                  (long long)(mapping->batch_size < 1000 ? mapping->batch_size : 1000));
    shard->busy = true;
    start_stream_call(shard->poller, mapping, "GetRecords", strbuf_text(&input), records_read, shard);
    strbuf_release(&input);
}

/* The next step of a shard that has nothing on its way. */
static void go_on(struct shard *shard) {
    struct stream_poller *poller = shard->poller;
    struct arena *arena = arena_open();
    struct mapping mapping;
    if (!shard->busy && !poller->closed && read_mapping(poller, arena, &mapping)) {
        if (shard->first < shard->count) {
            run_batch(shard);
        } else if (shard->iterator) {
            read_records(shard, &mapping);
        } else if (!shard->ended) {
            ask_for_iterator(shard, &mapping);
        }
    }
    arena_close(arena);
}

/* ---- finding shards ---- */

static bool is_known(const struct stream_poller *poller, struct text id) {
    for (const struct shard *shard = poller->shards; shard; shard = shard->next) {
        if (text_equals(id, shard->id)) {
            return true;
        }
    }
    return false;
}

static void described(void *argument, const struct call_reply *reply) {
    struct stream_poller *poller = argument;
    bool first_time = !poller->shards;
    poller->describing = false;
    if (!poller->closed && !reply->error_code) {
        const struct json_value *shards = json_find(json_find(reply->value, "StreamDescription"), "Shards");
        for (const struct json_value *each = shards ? shards->child : NULL; each; each = each->next) {
            struct text id = json_find_text(each, "ShardId");
            if (!is_known(poller, id)) {
                struct shard *shard = xcalloc(1, sizeof *shard);
                shard->poller = poller;
                shard->id = xstrdup(arena_text_string(reply->arena, id));
                shard->is_new = !first_time;
                shard->next = poller->shards;
                poller->shards = shard;
                go_on(shard);
            }
        }
    }
    call_came_back(poller);
}

static void describe(struct stream_poller *poller) {
    struct arena *arena = arena_open();
    struct mapping mapping;
    if (!poller->describing && read_mapping(poller, arena, &mapping)) {
        struct strbuf input = STRBUF_INIT;
        strbuf_printf(&input, "{\"StreamArn\":\"%s\"}", mapping.source_arn);
        poller->describing = true;
        start_stream_call(poller, &mapping, "DescribeStream", strbuf_text(&input), described, poller);
        strbuf_release(&input);
    }
    arena_close(arena);
}

/* ---- looking for news ---- */

static bool tables_changed(struct stream_poller *poller) {
    bool changed = false;
    struct trace *trace = emulator_trace(poller->lambda->emulator);
    for (const struct trace_record *record; (record = trace_after(trace, poller->seen));) {
        changed = changed || (strcmp(record->service, "dynamodb") == 0 && !record->error_code);
        poller->seen = record->sequence;
    }
    return changed;
}

static void look_in_real_time(void *argument) {
    struct stream_poller *poller = argument;
    poller->look_timer =
        loop_after_real(emulator_loop(poller->lambda->emulator), REAL_LOOK_MS, look_in_real_time, poller);
    if (tables_changed(poller)) {
        look(poller);
    }
}

static void look_in_emulated_time(void *argument, enum task_event event) {
    struct stream_poller *poller = argument;
    poller->look_task = 0;
    if (event == TASK_RUN && !poller->closed) {
        struct emulator *emulator = poller->lambda->emulator;
        if (tables_changed(poller) || ++poller->looks % LOOKS_WITHOUT_NEWS == 0) {
            look(poller);
        }
        poller->on_its_way++;
        poller->look_task = emulator_schedule_quiet(emulator, emulator_now_ms(emulator) + LOOK_MS,
                                                    look_in_emulated_time, poller);
    }
    came_back(poller);
}

static void look(struct stream_poller *poller) {
    bool open = false;
    for (struct shard *shard = poller->shards; shard; shard = shard->next) {
        open = open || !shard->ended;
        go_on(shard);
    }
    if (!open) {
        describe(poller);
    }
}

void *stream_poller_open(struct lambda *lambda, const char *id) {
    struct emulator *emulator = lambda->emulator;
    struct stream_poller *poller = xcalloc(1, sizeof *poller);
    poller->lambda = lambda;
    memcpy(poller->id, id, strnlen(id, UUID_SIZE - 1));
    describe(poller);
    poller->on_its_way++;
    poller->look_task =
        emulator_schedule_quiet(emulator, emulator_now_ms(emulator) + LOOK_MS, look_in_emulated_time, poller);
    poller->look_timer = loop_after_real(emulator_loop(emulator), REAL_LOOK_MS, look_in_real_time, poller);
    return poller;
}

void stream_poller_close(void *argument, bool calls_are_dead) {
    struct stream_poller *poller = argument;
    poller->closed = true;
    loop_cancel_timer(poller->look_timer);
    poller->look_timer = NULL;
    if (calls_are_dead) {
        poller->on_its_way -= poller->calls_out;
    }
    poller->on_its_way++;
    if (poller->look_task) {
        emulator_cancel(poller->lambda->emulator, poller->look_task);
    }
    came_back(poller);
}
