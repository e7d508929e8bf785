/* Putting events, reading a stream, searching a group. Source: s3-logs-events.md B, CloudWatch Logs API
 * reference and quotas. */
#include "emulator/base/crypto.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/held_events.h"
#include "services/logs/logs.h"

#define DAY_MS INT64_C(86400000)
#define TOO_OLD_MS (14 * DAY_MS)
#define TOO_NEW_MS (2 * INT64_C(3600000))
#define MAXIMUM_BATCH_BYTES 1048576
#define MAXIMUM_PAGE_EVENTS 10000
#define MAXIMUM_PAGE_BYTES 1048576

/* Events older than this are past the group's retention and no longer there; INT64_MIN: it keeps all. */
static int64_t retention_limit(const struct call *call, const struct logs_group *group) {
    return group->retention_days > 0 ? call->now_ms - group->retention_days * DAY_MS : INT64_MIN;
}

const char *logs_sequence_token(struct call *call, const struct logs_stream *stream) {
    return arena_printf(call->arena, "49%018lld%036lld", (long long)stream->last_ingestion_ms,
                        (long long)stream->id);
}

/* ---- PutLogEvents ---- */

/* What a batch of events amounts to. Indexes count the events; -1: none of that kind. */
struct batch {
    struct logs_event *accepted;
    size_t accepted_count;
    int64_t too_old_end;
    int64_t expired_end;
    int64_t too_new_start;
    int64_t first_ms; /* of the accepted ones; -1: none */
    int64_t last_ms;
    int64_t accepted_bytes;
};

static bool check_batch(struct call *call, struct input events, struct result *refusal) {
    int64_t first = -1;
    int64_t previous = -1;
    int64_t bytes = 0;
    for (struct input event = input_first(events); event.value; event = input_next(event)) {
        int64_t timestamp = input_integer(event, "timestamp", 0);
        first = first < 0 ? timestamp : first;
        if (timestamp < previous) {
            *refusal =
                call_error(call, &logs_error_InvalidParameterException,
                           "Log events in a single PutLogEvents request must be in chronological order.");
            return false;
        }
        previous = timestamp;
        bytes += (int64_t)input_text(event, "message").size + LOGS_EVENT_OVERHEAD_BYTES;
    }
    if (previous - first > DAY_MS) {
        *refusal =
            call_error(call, &logs_error_InvalidParameterException,
                       "The batch of log events in a single PutLogEvents request cannot span more than 24 "
                       "hours.");
        return false;
    }
    if (bytes > MAXIMUM_BATCH_BYTES) {
        *refusal = call_error(call, &logs_error_InvalidParameterException,
                              "Upload too large: %lld bytes exceeds limit of %d", (long long)bytes,
                              MAXIMUM_BATCH_BYTES);
        return false;
    }
    return true;
}

/* Sorts out what is too old or too new. */
static struct batch accept_events(struct call *call, int64_t limit, struct input events) {
    struct batch batch = {.too_old_end = -1, .expired_end = -1, .too_new_start = -1, .first_ms = -1};
    batch.accepted = arena_alloc(call->arena, input_count(events) * sizeof(*batch.accepted));
    int64_t index = 0;
    for (struct input event = input_first(events); event.value; event = input_next(event), index++) {
        int64_t timestamp = input_integer(event, "timestamp", 0);
        struct text message = input_text(event, "message");
        if (timestamp < call->now_ms - TOO_OLD_MS) {
            batch.too_old_end = index + 1;
        } else if (timestamp < limit) {
            batch.expired_end = index + 1;
        } else if (timestamp > call->now_ms + TOO_NEW_MS) {
            batch.too_new_start = batch.too_new_start < 0 ? index : batch.too_new_start;
        } else {
            batch.accepted[batch.accepted_count++] =
                (struct logs_event){.position = {.timestamp = timestamp}, .message = message};
            batch.first_ms = batch.first_ms < 0 ? timestamp : batch.first_ms;
            batch.last_ms = timestamp;
            batch.accepted_bytes += (int64_t)message.size + LOGS_EVENT_OVERHEAD_BYTES;
        }
    }
    return batch;
}

static void store_events(struct call *call, const struct logs_group *group, const struct logs_stream *stream,
                         const struct batch *batch) {
    for (size_t i = 0; i < batch->accepted_count; i++) {
        struct logs_event *event = &batch->accepted[i];
        event->position.id = logs_store_add_event(call->store, group->id, stream->id,
                                                  event->position.timestamp, event->message, call->now_ms);
    }
    if (batch->accepted_count > 0) {
        logs_store_note_events(call->store, group->id, stream->id, batch->first_ms, batch->last_ms,
                               call->now_ms, batch->accepted_bytes);
        logs_deliver(call, group, stream, batch->accepted, batch->accepted_count);
    }
}

static void write_rejected(struct output *out, const struct batch *batch) {
    const struct {
        const char *member;
        int64_t index;
    } rows[] = {{"tooNewLogEventStartIndex", batch->too_new_start},
                {"tooOldLogEventEndIndex", batch->too_old_end},
                {"expiredLogEventEndIndex", batch->expired_end}};
    if (batch->too_new_start < 0 && batch->too_old_end < 0 && batch->expired_end < 0) {
        return;
    }
    output_begin_structure(out, "rejectedLogEventsInfo");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].index >= 0) {
            output_integer(out, rows[i].member, rows[i].index);
        }
    }
    output_end(out);
}

static struct result answer_put(struct call *call, struct logs_stream *stream, const struct batch *batch) {
    stream->last_ingestion_ms = call->now_ms;
    output_string(call_output(call), "nextSequenceToken", logs_sequence_token(call, stream));
    write_rejected(call_output(call), batch);
    return result_output();
}

/* Events of a service of ours: they need not be written in this turn. */
static struct result hold_events(struct call *call, struct held_stream *held, struct input events) {
    struct result refusal;
    struct logs_stream stream = {.id = held_events_stream_id(held)};
    if (!check_batch(call, events, &refusal)) {
        return refusal;
    }
    struct batch batch = accept_events(call, INT64_MIN, events);
    for (size_t i = 0; i < batch.accepted_count; i++) {
        held_events_add(call, held, batch.accepted[i].position.timestamp, batch.accepted[i].message);
    }
    held_events_end(call);
    return answer_put(call, &stream, &batch);
}

struct result logs_put_log_events(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_stream stream;
    struct text group_name = input_text(input, "logGroupName");
    struct text stream_name = input_text(input, "logStreamName");
    struct input events = input_list(input, "logEvents");
    struct held_stream *held = call->request ? NULL : held_events_stream(call, group_name, stream_name);
    if (held) {
        return hold_events(call, held, events);
    }
    if (!logs_find_group(call, group_name, &group, &refusal) ||
        !logs_find_stream(call, &group, stream_name, &stream, &refusal) ||
        !check_batch(call, events, &refusal)) {
        return refusal;
    }
    int64_t limit = retention_limit(call, &group);
    if (group.retention_days > 0) {
        logs_store_expire_events(call->store, group.id, limit);
    }
    struct batch batch = accept_events(call, limit, events);
    store_events(call, &group, &stream, &batch);
    return answer_put(call, &stream, &batch);
}

/* ---- GetLogEvents ---- */

/* AWS's event ids are 56 digits; so are ours: a 3, the time, the number of the event. */
const char *logs_event_id(struct call *call, struct logs_position position) {
    return arena_printf(call->arena, "3%019lld%036lld", (long long)position.timestamp,
                        (long long)position.id);
}

static bool read_digits(struct text digits, struct logs_position *position) {
    return digits.size == 56 && text_to_int64(text_slice(digits, 1, 19), &position->timestamp) &&
           text_to_int64(text_slice(digits, 20, 36), &position->id);
}

/* One page of events, kept until its order is known. */
struct page {
    struct logs_event *events; /* as read: upwards or downwards */
    size_t count;
    size_t bytes;
};

static struct page read_page(struct call *call, struct statement *statement, size_t limit) {
    size_t capacity = 64;
    struct page page = {.events = arena_alloc(call->arena, capacity * sizeof(*page.events))};
    struct logs_event event;
    while (logs_store_next_event(statement, &event)) {
        size_t bytes = event.message.size + LOGS_EVENT_OVERHEAD_BYTES;
        if (page.count == limit || (page.count > 0 && page.bytes + bytes > MAXIMUM_PAGE_BYTES)) {
            statement_reset(statement);
            break;
        }
        if (page.count == capacity) {
            struct logs_event *larger = arena_alloc(call->arena, 2 * capacity * sizeof(*larger));
            memcpy(larger, page.events, capacity * sizeof(*larger));
            page.events = larger;
            capacity *= 2;
        }
        event.message = arena_text(call->arena, event.message);
        page.events[page.count++] = event;
        page.bytes += bytes;
    }
    return page;
}

/* Tokens are "f/DIGITS/s" (after that position) and "b/DIGITS/s" (before it). */
static bool read_token(struct text token, bool *forward, struct logs_position *position) {
    *forward = text_starts_with(token, "f/");
    return (*forward || text_starts_with(token, "b/")) && text_ends_with(token, "/s") && token.size == 60 &&
           read_digits(text_slice(token, 2, 56), position);
}

static void write_page(struct call *call, const struct page *page, bool downwards) {
    struct output *out = call_output(call);
    output_begin_list(out, "events");
    for (size_t i = 0; i < page->count; i++) {
        const struct logs_event *event = &page->events[downwards ? page->count - 1 - i : i];
        output_begin_structure(out, NULL);
        output_integer(out, "timestamp", event->position.timestamp);
        output_text(out, "message", event->message);
        output_integer(out, "ingestionTime", event->ingestion_ms);
        output_end(out);
    }
    output_end(out);
}

/* An empty page keeps its place: the token that was asked with comes back, the other one leads back over it.
 */
static void write_tokens(struct call *call, const struct page *page, bool downwards,
                         struct logs_position place) {
    struct output *out = call_output(call);
    struct logs_position after = place;
    struct logs_position before = place;
    if (page->count > 0) {
        after = page->events[downwards ? 0 : page->count - 1].position;
        before = page->events[downwards ? page->count - 1 : 0].position;
    } else if (downwards && place.id > 0) {
        after.id--;
    } else if (!downwards) {
        before.id++;
    }
    output_string(out, "nextForwardToken", arena_printf(call->arena, "f/%s/s", logs_event_id(call, after)));
    output_string(out, "nextBackwardToken", arena_printf(call->arena, "b/%s/s", logs_event_id(call, before)));
}

/* The position just before all events of this millisecond. */
static struct logs_position start_of(int64_t timestamp) {
    return (struct logs_position){.timestamp = timestamp, .id = 0};
}

static bool comes_before(struct logs_position a, struct logs_position b) {
    return a.timestamp < b.timestamp || (a.timestamp == b.timestamp && a.id < b.id);
}

struct result logs_get_log_events(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_stream stream;
    bool forward = input_boolean(input, "startFromHead", false);
    struct text token = input_text(input, "nextToken");
    struct logs_position place = {0};
    if (!logs_find_named_group(call, input, &group, &refusal) ||
        !logs_find_stream(call, &group, input_text(input, "logStreamName"), &stream, &refusal)) {
        return refusal;
    }
    if (token.data && !read_token(token, &forward, &place)) {
        return logs_invalid_token(call);
    }
    int64_t oldest = retention_limit(call, &group);
    int64_t start = input_integer(input, "startTime", 0);
    struct logs_position after = start_of(start > oldest ? start : oldest);
    struct logs_position before = start_of(input_integer(input, "endTime", INT64_MAX));
    if (token.data && forward && comes_before(after, place)) {
        after = place;
    } else if (token.data && !forward && comes_before(place, before)) {
        before = place;
    }
    struct statement *events = logs_store_stream_events(call->store, stream.id, after, before, !forward);
    struct page page = read_page(call, events, (size_t)input_integer(input, "limit", MAXIMUM_PAGE_EVENTS));
    write_page(call, &page, !forward);
    write_tokens(call, &page, !forward, place);
    return result_output();
}

/* ---- FilterLogEvents ---- */

struct search {
    struct input names; /* logStreamNames */
    const char *prefix; /* logStreamNamePrefix */
    const struct filter_pattern *pattern;
};

static bool is_searched(const struct search *search, struct text stream_name) {
    if (search->prefix) {
        return text_starts_with(stream_name, search->prefix);
    }
    for (struct input name = input_first(search->names); name.value; name = input_next(name)) {
        if (text_same(input_as_text(name), stream_name)) {
            return true;
        }
    }
    return input_count(search->names) == 0;
}

/* Streams asked for by name have to exist; the pattern has to be one. */
static bool read_search(struct call *call, struct input input, const struct logs_group *group,
                        struct search *search, struct result *refusal) {
    const char *message = NULL;
    struct logs_stream stream;
    search->names = input_list(input, "logStreamNames");
    search->prefix = input_string(input, "logStreamNamePrefix");
    if (search->prefix && input_count(search->names) > 0) {
        *refusal = call_error(call, &logs_error_InvalidParameterException,
                              "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
        return false;
    }
    for (struct input name = input_first(search->names); name.value; name = input_next(name)) {
        if (!logs_find_stream(call, group, input_as_text(name), &stream, refusal)) {
            return false;
        }
    }
    struct text source = input_text(input, "filterPattern");
    search->pattern = filter_pattern_compile(call->arena, source.data ? source : TEXT(""), &message);
    if (!search->pattern) {
        *refusal = call_error(call, &logs_error_InvalidParameterException, "%s", message);
    }
    return search->pattern;
}

static void write_found(struct call *call, const struct logs_event *event) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    output_text(out, "logStreamName", event->stream_name);
    output_integer(out, "timestamp", event->position.timestamp);
    output_text(out, "message", event->message);
    output_integer(out, "ingestionTime", event->ingestion_ms);
    output_string(out, "eventId", logs_event_id(call, event->position));
    output_end(out);
}

/* Writes matching events; the position of the last one when there are more, else false. */
static bool write_matches(struct call *call, const struct search *search, struct statement *events,
                          int64_t limit, struct logs_position *last) {
    struct logs_event event;
    size_t bytes = 0;
    struct arena *scratch = arena_open();
    bool more = false;
    while (!more && logs_store_next_event(events, &event)) {
        arena_clear(scratch);
        if (!is_searched(search, event.stream_name) ||
            !filter_pattern_matches(search->pattern, event.message, scratch)) {
            continue;
        }
        bytes += event.message.size + LOGS_EVENT_OVERHEAD_BYTES;
        if (limit-- == 0 || bytes > MAXIMUM_PAGE_BYTES) {
            more = true;
            statement_reset(events);
        } else {
            write_found(call, &event);
            *last = event.position;
        }
    }
    arena_close(scratch);
    return more;
}

struct result logs_filter_log_events(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct search search;
    const char *token;
    struct logs_position last = {0};
    if (!logs_find_named_group(call, input, &group, &refusal) ||
        !logs_read_token(call, input, &token, &refusal) ||
        !read_search(call, input, &group, &search, &refusal)) {
        return refusal;
    }
    if (token && !read_digits(text_of(token), &last)) {
        return logs_invalid_token(call);
    }
    struct output *out = call_output(call);
    int64_t oldest = retention_limit(call, &group);
    int64_t start = input_integer(input, "startTime", 0);
    int64_t end = input_integer(input, "endTime", INT64_MAX - 1);
    struct logs_position after = start_of(start > oldest ? start : oldest);
    if (token && comes_before(after, last)) {
        after = last;
    }
    struct statement *events = logs_store_group_events(call->store, group.id, after, start_of(end + 1));
    output_begin_list(out, "events");
    bool more =
        write_matches(call, &search, events, input_integer(input, "limit", MAXIMUM_PAGE_EVENTS), &last);
    output_end(out);
    output_begin_list(out, "searchedLogStreams");
    output_end(out);
    output_string(out, "nextToken", more ? logs_make_token(call, logs_event_id(call, last)) : NULL);
    return result_output();
}
