/*
 * Reading of streams. One shard for each stream; an iterator says everything in itself: stream, position,
 * when it was made. Source: dynamodb.md section 10.
 */
#include "services/dynamodb/streams.h"

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/stream_records.h"
#include "services/dynamodbstreams/model.h"

#define ITERATOR_LIFE_MS (15LL * 60 * 1000)
#define MAXIMUM_RECORDS 1000
#define MAXIMUM_BYTES (1024 * 1024)
#define MAXIMUM_STREAMS 100

/* ---- names ---- */

static const char *stream_arn(struct call *call, const struct stream_row *stream) {
    return arn_build(call->arena, "dynamodb", call->identity.region, call->identity.account,
                     arena_printf(call->arena, "table/%.*s/stream/%.*s", TEXT_ARGUMENTS(stream->table_name),
                                  TEXT_ARGUMENTS(stream->label)));
}

static const char *shard_id(struct call *call, const struct stream_row *stream) {
    return arena_printf(call->arena, "shardId-%020lld-%08llx", (long long)stream->created_ms,
                        (unsigned long long)stream->id);
}

/* 21 digits and more, in the order of the records. */
static const char *sequence_number(struct call *call, int64_t sequence) {
    return arena_printf(call->arena, "%lld%020lld", 100LL, (long long)sequence);
}

/* False: not one of ours. */
static bool read_sequence(struct text text, int64_t *sequence) {
    return text_starts_with(text, "100") && text_to_int64(text_slice(text, 3, text.size), sequence);
}

/* Table and label of "table/NAME/stream/LABEL". */
static bool split_arn(struct text text, struct arn *arn, struct text *table, struct text *label) {
    if (!arn_parse(text, arn) || !text_starts_with(arn->resource, "table/")) {
        return false;
    }
    struct text rest = text_slice(arn->resource, 6, arn->resource.size);
    *table = text_cut(&rest, '/');
    if (!rest.data || !text_equals(text_cut(&rest, '/'), "stream") || !rest.data) {
        return false;
    }
    *label = rest;
    return true;
}

static bool find_stream(struct call *call, struct text text, struct stream_row *stream,
                        struct result *refusal) {
    struct arn arn;
    struct text table, label;
    time_to_live_sweep(call);
    if (!split_arn(text, &arn, &table, &label)) {
        *refusal = dynamodb_invalid_plainly(
            call, "Invalid StreamArn: Invalid ResourceArn provided as input %.*s", TEXT_ARGUMENTS(text));
        return false;
    }
    const char *account = arena_text_string(call->arena, arn.account);
    if (text_equals(arn.region, call->identity.region) &&
        stream_store_find(call->store, account, call->identity.region, table, label, call->arena, stream) &&
        (!stream->closed_ms || stream->closed_ms + STREAM_RETENTION_MS > call->now_ms)) {
        return true;
    }
    *refusal = call_error(call, &dynamodbstreams_error_ResourceNotFoundException,
                          "Requested resource not found: Stream: %.*s not found", TEXT_ARGUMENTS(text));
    return false;
}

/* ---- ListStreams, DescribeStream ---- */

static struct result list_streams(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct text wanted = input_text(input, "TableName"), table = TEXT(""), label = TEXT("");
    int64_t limit = input_integer(input, "Limit", MAXIMUM_STREAMS), count = 0;
    const char *last = NULL;
    struct arn arn;
    if (input_has(input, "ExclusiveStartStreamArn") &&
        !split_arn(input_text(input, "ExclusiveStartStreamArn"), &arn, &table, &label)) {
        return dynamodb_invalid_plainly(call, "Invalid StreamArn");
    }
    limit = limit > MAXIMUM_STREAMS ? MAXIMUM_STREAMS : limit;
    struct statement *rows =
        stream_store_list(call->store, call->identity.account, call->identity.region, table, label);
    output_begin_list(out, "Streams");
    bool more = false;
    while (!more && statement_step(rows)) {
        struct stream_row stream = stream_store_row(rows);
        bool gone = stream.closed_ms && stream.closed_ms + STREAM_RETENTION_MS <= call->now_ms;
        if (gone || (wanted.data && !text_same(wanted, stream.table_name))) {
            continue;
        }
        if (count == limit) {
            more = true;
            break;
        }
        last = stream_arn(call, &stream);
        output_begin_structure(out, NULL);
        output_string(out, "StreamArn", last);
        output_text(out, "TableName", stream.table_name);
        output_text(out, "StreamLabel", stream.label);
        output_end(out);
        count++;
    }
    if (more) {
        statement_reset(rows);
    }
    output_end(out);
    output_string(out, "LastEvaluatedStreamArn", more ? last : NULL);
    return result_output();
}

static void write_shard(struct call *call, const struct stream_row *stream) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    output_string(out, "ShardId", shard_id(call, stream));
    output_begin_structure(out, "SequenceNumberRange");
    output_string(out, "StartingSequenceNumber", sequence_number(call, stream->id));
    if (stream->closed_ms) {
        output_string(out, "EndingSequenceNumber",
                      sequence_number(call, stream_store_last(call->store, stream->id)));
    }
    output_end(out);
    output_end(out);
}

static struct result describe_stream(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct result refusal;
    struct stream_row stream;
    if (!find_stream(call, input_text(input, "StreamArn"), &stream, &refusal)) {
        return refusal;
    }
    output_begin_structure(out, "StreamDescription");
    output_string(out, "StreamArn", stream_arn(call, &stream));
    output_text(out, "StreamLabel", stream.label);
    output_string(out, "StreamStatus", stream.closed_ms ? "DISABLED" : "ENABLED");
    output_text(out, "StreamViewType", stream.view);
    output_timestamp(out, "CreationRequestDateTime", stream.created_ms);
    output_text(out, "TableName", stream.table_name);
    output_json(out, "KeySchema", stream.keys);
    output_begin_list(out, "Shards");
    if (!input_has(input, "ExclusiveStartShardId") && !input_has(input, "ShardFilter")) {
        write_shard(call, &stream);
    }
    output_end(out);
    output_end(out);
    return result_output();
}

/* ---- iterators ---- */

/* ARN|version|base64 of "position,made": as AWS's, opaque but telling. */
static const char *make_iterator(struct call *call, const struct stream_row *stream, int64_t position) {
    struct strbuf text = STRBUF_INIT, inner = STRBUF_INIT;
    strbuf_printf(&inner, "%lld,%lld,%s", (long long)position, (long long)call->now_ms,
                  shard_id(call, stream));
    strbuf_printf(&text, "%s|1|", stream_arn(call, stream));
    crypto_append_base64(&text, strbuf_text(&inner));
    const char *iterator = arena_strdup(call->arena, text.data);
    strbuf_release(&text);
    strbuf_release(&inner);
    return iterator;
}

static bool read_iterator(struct call *call, struct text text, struct text *arn, int64_t *position,
                          int64_t *made_ms) {
    struct strbuf inner = STRBUF_INIT;
    *arn = text_cut(&text, '|');
    bool good = text.data && text_equals(text_cut(&text, '|'), "1") && text.data &&
                crypto_append_unbase64(&inner, text);
    if (good) {
        struct text rest = strbuf_text(&inner);
        good = text_to_int64(text_cut(&rest, ','), position) && rest.data &&
               text_to_int64(text_cut(&rest, ','), made_ms);
    }
    strbuf_release(&inner);
    *arn = arena_text(call->arena, *arn);
    return good;
}

/* The first record not yet trimmed, or whatever comes next. */
static int64_t first_kept(struct call *call, const struct stream_row *stream) {
    struct statement *rows = stream_store_records(call->store, stream->id, 0);
    while (statement_step(rows)) {
        int64_t sequence = statement_int64(rows, 0);
        if (statement_int64(rows, 1) >= call->now_ms - STREAM_RETENTION_MS) {
            statement_reset(rows);
            return sequence;
        }
    }
    return 0;
}

static struct result get_shard_iterator(struct call *call, struct input input) {
    struct result refusal;
    struct stream_row stream;
    struct text type = input_text(input, "ShardIteratorType");
    int64_t position = 0;
    if (!find_stream(call, input_text(input, "StreamArn"), &stream, &refusal)) {
        return refusal;
    }
    if (!text_equals(input_text(input, "ShardId"), shard_id(call, &stream))) {
        return call_error(call, &dynamodbstreams_error_ResourceNotFoundException,
                          "Requested resource not found: Shard does not exist");
    }
    if (text_equals(type, "LATEST")) {
        position = stream_store_last(call->store, stream.id) + 1;
    } else if (text_ends_with(type, "SEQUENCE_NUMBER")) {
        if (!input_has(input, "SequenceNumber")) {
            return dynamodb_invalid_plainly(call, "ShardIteratorType %.*s requires a SequenceNumber",
                                            TEXT_ARGUMENTS(type));
        }
        if (!read_sequence(input_text(input, "SequenceNumber"), &position)) {
            return dynamodb_invalid_plainly(call, "Invalid SequenceNumber");
        }
        position += text_equals(type, "AFTER_SEQUENCE_NUMBER");
        int64_t oldest = first_kept(call, &stream);
        if (oldest && position < oldest && position > stream.id) {
            return call_error(call, &dynamodbstreams_error_TrimmedDataAccessException,
                              "The operation attempted to read past the oldest stream record in a shard.");
        }
    }
    output_string(call_output(call), "ShardIterator", make_iterator(call, &stream, position));
    return result_output();
}

static void write_record(struct call *call, struct text record, int64_t sequence, struct strbuf *json) {
    strbuf_clear(json);
    strbuf_printf(
        json,
        "{\"awsRegion\":\"%s\",\"eventSource\":\"aws:dynamodb\",\"eventVersion\":\"1.1\",\"dynamodb\":{"
        "\"SequenceNumber\":\"%s\",",
        call->identity.region, sequence_number(call, sequence));
    strbuf_append_text(json, record);
    output_json(call_output(call), NULL, strbuf_text(json));
}

static struct result get_records(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct result refusal;
    struct stream_row stream;
    struct text arn;
    int64_t position = 0, made_ms = 0, count = 0, bytes = 0;
    int64_t limit = input_integer(input, "Limit", MAXIMUM_RECORDS);
    if (!read_iterator(call, input_text(input, "ShardIterator"), &arn, &position, &made_ms)) {
        return dynamodb_invalid_plainly(call, "Invalid ShardIterator");
    }
    if (limit > MAXIMUM_RECORDS) {
        return dynamodb_invalid_plainly(
            call,
            "1 validation error detected: Value '%lld' at 'limit' failed to satisfy "
            "constraint: Member must have value less than or equal to 1000",
            (long long)limit);
    }
    if (!find_stream(call, arn, &stream, &refusal)) {
        return refusal;
    }
    if (call->now_ms - made_ms > ITERATOR_LIFE_MS) {
        return call_error(call, &dynamodbstreams_error_ExpiredIteratorException,
                          "Iterator expired. The iterator was created at a time more than 15 minutes ago.");
    }
    struct statement *rows = stream_store_records(call->store, stream.id, position);
    struct strbuf json = STRBUF_INIT;
    output_begin_list(out, "Records");
    bool more = false;
    while (!more && statement_step(rows)) {
        struct text record = statement_text(rows, 2);
        if (statement_int64(rows, 1) < call->now_ms - STREAM_RETENTION_MS) {
            continue; /* trimmed */
        }
        position = statement_int64(rows, 0) + 1;
        bytes += (int64_t)record.size;
        write_record(call, record, position - 1, &json);
        more = ++count == limit || bytes >= MAXIMUM_BYTES;
    }
    if (more) {
        statement_reset(rows);
    }
    strbuf_release(&json);
    output_end(out);
    if (more || !stream.closed_ms) { /* an ended shard ends */
        output_string(out, "NextShardIterator", make_iterator(call, &stream, position));
    }
    return result_output();
}

static const struct operation_row operations[] = {
    {"DescribeStream", describe_stream},
    {"GetRecords", get_records},
    {"GetShardIterator", get_shard_iterator},
    {"ListStreams", list_streams},
    {NULL, NULL},
};

const struct service dynamodbstreams_service = {
    .model = &dynamodbstreams_model, .operations = operations, .open_to_pages = true};
