/* Log streams. Source: s3-logs-events.md B, CloudWatch Logs API reference. */
#include "services/logs/logs.h"

#define DEFAULT_PAGE 50

bool logs_find_stream(struct call *call, const struct logs_group *group, struct text name,
                      struct logs_stream *stream, struct result *refusal) {
    if (logs_store_find_stream(call->store, group->id, name, call->arena, stream)) {
        return true;
    }
    *refusal =
        call_error(call, &logs_error_ResourceNotFoundException, "The specified log stream does not exist.");
    return false;
}

struct result logs_create_log_stream(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal)) {
        return refusal;
    }
    if (!logs_store_create_stream(call->store, group.id, input_string(input, "logStreamName"),
                                  call->now_ms)) {
        return call_error(call, &logs_error_ResourceAlreadyExistsException,
                          "The specified log stream already exists");
    }
    return result_output();
}

struct result logs_delete_log_stream(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_stream stream;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal) ||
        !logs_find_stream(call, &group, input_text(input, "logStreamName"), &stream, &refusal)) {
        return refusal;
    }
    logs_store_delete_stream(call->store, stream.id);
    return result_output();
}

static void write_stream(struct call *call, const struct logs_group *group,
                         const struct logs_stream *stream) {
    struct output *out = call_output(call);
    output_begin_structure(out, NULL);
    output_string(out, "logStreamName", stream->name);
    output_integer(out, "creationTime", stream->created_ms);
    if (stream->last_event_ms >= 0) {
        output_integer(out, "firstEventTimestamp", stream->first_event_ms);
        output_integer(out, "lastEventTimestamp", stream->last_event_ms);
        output_integer(out, "lastIngestionTime", stream->last_ingestion_ms);
        output_string(out, "uploadSequenceToken", logs_sequence_token(call, stream));
    }
    output_string(
        out, "arn",
        arena_printf(call->arena, "%s:log-stream:%s", logs_group_arn(call, group->name), stream->name));
    output_integer(out, "storedBytes", 0);
    output_end(out);
}

static enum logs_stream_order order_of(struct input input) {
    const char *by = input_string(input, "orderBy");
    bool down = input_boolean(input, "descending", false);
    if (by && strcmp(by, "LastEventTime") == 0) {
        return down ? LOGS_BY_LAST_EVENT_DOWN : LOGS_BY_LAST_EVENT;
    }
    return down ? LOGS_BY_NAME_DOWN : LOGS_BY_NAME;
}

/* A stream that has gone meanwhile makes the token invalid. */
static bool read_place(struct call *call, struct input input, const struct logs_group *group,
                       struct logs_stream **place, struct result *refusal) {
    const char *last;
    *place = NULL;
    if (!logs_read_token(call, input, &last, refusal)) {
        return false;
    }
    if (!last) {
        return true;
    }
    *place = arena_alloc(call->arena, sizeof(**place));
    if (!logs_store_find_stream(call->store, group->id, text_of(last), call->arena, *place)) {
        *refusal = logs_invalid_token(call);
        return false;
    }
    return true;
}

struct result logs_describe_log_streams(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_stream *place;
    struct logs_stream stream;
    enum logs_stream_order order = order_of(input);
    const char *prefix = input_string(input, "logStreamNamePrefix");
    if (prefix && (order == LOGS_BY_LAST_EVENT || order == LOGS_BY_LAST_EVENT_DOWN)) {
        return call_error(call, &logs_error_InvalidParameterException,
                          "Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    if (!logs_find_named_group(call, input, &group, &refusal) ||
        !read_place(call, input, &group, &place, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *last = NULL;
    const char *token = NULL;
    struct statement *streams = logs_store_streams(call->store, group.id, order, place);
    output_begin_list(out, "logStreams");
    while (logs_store_next_stream(streams, call->arena, &stream)) {
        if (prefix && strncmp(stream.name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(streams);
            break;
        }
        write_stream(call, &group, &stream);
        last = stream.name;
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}
