#include "services/cloudformation/stack_why_requests.h"

#include "emulator/core/emulator.h"
#include "emulator/core/trace.h"
#include "services/cloudformation/deployment.h"
#include "services/cloudformation/service_token.h"

enum { LOG_LINES = 12 };

const char *why_time(struct arena *arena, int64_t time_ms) {
    struct strbuf buffer = STRBUF_INIT;
    clock_format_iso_ms(&buffer, time_ms);
    char *text = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

/* ---- attempts, out of the trace ---- */

struct attempts {
    json_t *list;
    const char
        *lambda_request_id; /* of the Invoke that carried the request; NULL: not in the trace any more */
    int ended;
    int failed;
    bool lost; /* a scripted fault took the answer or the invocation */
};

static const char *note_of(struct arena *arena, const struct trace_record *record, const char *name) {
    return deployment_setting(deployment_document(arena, record->notes), name);
}

static bool carries(const struct trace_record *record, const char *request_id) {
    size_t size = strlen(request_id);
    const char *origin = record->origin;
    return strcmp(record->service, "lambda") == 0 && strcmp(record->event, "Invoke") == 0 && origin &&
           strlen(origin) > size && strcmp(origin + strlen(origin) - size, request_id) == 0;
}

static void add_attempt(struct arena *arena, struct attempts *attempts, const struct trace_record *record) {
    const char *status = note_of(arena, record, "Status");
    bool good = status && strcmp(status, "success") == 0;
    attempts->ended++;
    attempts->failed += !good;
    json_array_append_new(attempts->list, json_sprintf("%s ended: %s", why_time(arena, record->time_ms),
                                                       status ? status : "unknown"));
}

static void find_attempts(struct call *call, const char *request_id, struct attempts *attempts) {
    struct trace *trace = emulator_trace(call->emulator);
    struct arena *arena = call->arena;
    for (const struct trace_record *record = trace_after(trace, 0); record;
         record = trace_after(trace, record->sequence)) {
        bool answer = strcmp(record->event, "CustomResourceResponse") == 0;
        if (carries(record, request_id)) {
            attempts->lambda_request_id = record->request_id ? arena_strdup(arena, record->request_id) : NULL;
        } else if (answer && record->fault && record->notes && strstr(record->notes, request_id)) {
            attempts->lost = true;
        } else if (attempts->lambda_request_id && record->request_id &&
                   strcmp(record->request_id, attempts->lambda_request_id) == 0 &&
                   strcmp(record->event, "InvocationEnd") == 0) {
            add_attempt(arena, attempts, record);
        }
    }
}

/* ---- the sentence ---- */

static const char *times(struct arena *arena, int count) {
    return count == 1 ? "once" : count == 2 ? "twice" : arena_printf(arena, "%d times", count);
}

static const char *hint_unanswered(struct arena *arena, const struct custom_request_row *row,
                                   const struct attempts *attempts) {
    const char *kind = row->request_type;
    if (attempts->lost) {
        return arena_printf(arena, "The handler answered the %s, but a scripted fault lost the answer.",
                            kind);
    }
    if (attempts->ended == 0) {
        return arena_printf(arena,
                            "No run of the handler for the %s has ended; it is still running, was never "
                            "started, or the topic has no subscriber that answers.",
                            kind);
    }
    if (attempts->failed == attempts->ended) {
        return arena_printf(
            arena,
            "The handler failed on %s %s and never sent an answer; catch every error and answer "
            "FAILED to event['ResponseURL'].",
            kind, times(arena, attempts->ended));
    }
    return arena_printf(
        arena,
        "The handler ended without an error on %s but sent no answer; every path must PUT one to "
        "event['ResponseURL'], Delete included.",
        kind);
}

static const char *hint_of(struct arena *arena, const struct custom_request_row *row,
                           const struct attempts *attempts) {
    if (strcmp(row->state, "WAITING") == 0) {
        return arena_printf(arena, "CloudFormation still waits for an answer to the %s of %s, until %s.",
                            row->request_type, row->logical_id, why_time(arena, row->due_ms));
    }
    if (strcmp(row->state, "REFUSED") == 0) {
        return arena_printf(arena, "The %s could not be handed over: %s", row->request_type, row->reason);
    }
    if (strcmp(row->state, "EXPIRED") == 0) {
        return hint_unanswered(arena, row, attempts);
    }
    if (row->reason && strstr(row->reason, "[FAILED]")) {
        return arena_printf(arena, "The handler answered FAILED to the %s; the message is its own.",
                            row->request_type);
    }
    return row->reason ? arena_printf(arena, "The handler's answer to the %s breaks the protocol: %s",
                                      row->request_type, row->reason)
                       : "The handler answered SUCCESS.";
}

/* ---- the story ---- */

json_t *why_describe_request(struct call *call, const struct custom_request_row *row) {
    struct arena *arena = call->arena;
    struct attempts attempts = {.list = json_array()};
    find_attempts(call, row->request_id, &attempts);
    json_t *story = json_object();
    const json_t *event = deployment_document(arena, row->event);
    json_object_set_new(story, "Request", json_string(row->request_type));
    json_object_set_new(story, "RequestId", json_string(row->request_id));
    json_object_set_new(story, "Handler", json_string(deployment_setting(event, "ServiceToken")));
    json_object_set_new(story, "Sent", json_string(why_time(arena, row->sent_ms)));
    json_object_set_new(story, "Attempts", attempts.list);
    if (row->answer) {
        json_t *text = json_stringn(row->answer, strlen(row->answer));
        json_object_set_new(story, "Answer", text ? text : json_string("(no valid UTF-8)"));
        json_object_set_new(story, "Answered", json_string(why_time(arena, row->ended_ms)));
    } else if (strcmp(row->state, "EXPIRED") == 0 || strcmp(row->state, "WAITING") == 0) {
        json_object_set_new(story, "Answer", json_string("none"));
        json_object_set_new(story, "Deadline", json_string(why_time(arena, row->due_ms)));
    }
    json_object_set_new(story, "Hint", json_string(hint_of(arena, row, &attempts)));
    json_object_set_new(story, "_sent_ms", json_integer(row->sent_ms));
    json_object_set_new(story, "_ended_ms", json_integer(row->ended_ms));
    if (attempts.lambda_request_id) {
        json_object_set_new(story, "LambdaRequestId", json_string(attempts.lambda_request_id));
    }
    return story;
}

json_t *why_log_query(struct arena *arena, const json_t *described) {
    const char *handler = deployment_setting(described, "Handler");
    const char *mark = handler ? strstr(handler, ":function:") : NULL;
    if (!mark || !json_object_get(described, "LambdaRequestId")) {
        return NULL;
    }
    struct text name = text_of(mark + strlen(":function:"));
    struct text function = text_cut(&name, ':');
    json_int_t ended_ms = json_integer_value(json_object_get(described, "_ended_ms"));
    json_t *input = json_object();
    json_object_set_new(input, "logGroupName",
                        json_string(arena_printf(arena, "/aws/lambda/%.*s", TEXT_ARGUMENTS(function))));
    json_object_set_new(input, "startTime", json_incref(json_object_get(described, "_sent_ms")));
    if (ended_ms) {
        json_object_set_new(input, "endTime", json_integer(ended_ms + 1));
    }
    return input;
}

/* Lines between this request's START and REPORT; its lines carry no id of their own. */
void why_add_log_lines(json_t *described, const struct json_value *reply) {
    const char *id = deployment_setting(described, "LambdaRequestId");
    const struct json_value *events = json_find(reply, "events");
    json_t *lines = json_array();
    bool inside = false;
    for (const struct json_value *event = events ? events->child : NULL; event; event = event->next) {
        struct text message = text_trim(json_find_text(event, "message"));
        bool names_it = text_find(message, id) >= 0;
        if (text_starts_with(message, "START RequestId:")) {
            inside = names_it;
            if (names_it) {
                json_array_clear(lines); /* the last attempt tells enough */
            }
        }
        if (inside || names_it) {
            json_t *line = json_stringn(message.data, message.size);
            json_array_append_new(lines, line ? line : json_string(""));
        }
        if (text_starts_with(message, "REPORT RequestId:")) {
            inside = false;
        }
    }
    while (json_array_size(lines) > LOG_LINES) {
        json_array_remove(lines, 0);
    }
    json_object_set_new(described, "Log", lines);
}

void why_hide_internals(json_t *described) {
    json_object_del(described, "_sent_ms");
    json_object_del(described, "_ended_ms");
}
