/*
 * The story around a failure: calls and events of the trace and handler output, merged by emulated time.
 */
#include <string.h>

#include "harness/queries.h"
#include "harness/scenario_run.h"

/* Lines kept, the newest ones. */
#define STORY_LINES 60

struct story_line {
    int64_t time_ms;
    int order; /* of arrival, for equal times */
    const char *text;
};

struct story {
    struct scenario_run *run;
    struct story_line *lines;
    int count;
    int capacity;
};

static void add_line(struct story *story, int64_t time_ms, const char *text) {
    if (story->count == story->capacity) {
        int capacity = story->capacity ? story->capacity * 2 : 256;
        struct story_line *lines = arena_alloc(story->run->arena, (size_t)capacity * sizeof *lines);
        if (story->count > 0) {
            memcpy(lines, story->lines, (size_t)story->count * sizeof *lines);
        }
        story->lines = lines;
        story->capacity = capacity;
    }
    story->lines[story->count] = (struct story_line){time_ms, story->count, text};
    story->count++;
}

static int by_time(const void *a, const void *b) {
    const struct story_line *left = a;
    const struct story_line *right = b;
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }
    return left->order - right->order;
}

/* Notes that tell what a record is about, in this order. */
static const char *const telling_notes[] = {
    "StackName", "LogicalResourceId", "RequestType", "FunctionName", "Attempt", "Status",      "Name",
    "QueueUrl",  "TableName",         "RoleName",    "Bucket",       "Key",     "logGroupName"};

/* "event of stack sum: Sum CREATE_FAILED: "reason"". */
static void tell_stack_event(struct story *story, const struct trace_record *record) {
    json_t *notes = json_loads(record->notes ? record->notes : "{}", 0, NULL);
    const char *reason = string_member(notes, "ResourceStatusReason");
    const char *names[] = {"StackName", "LogicalResourceId", "ResourceStatus"};
    const char *values[3];
    for (int i = 0; i < 3; i++) {
        const char *value = string_member(notes, names[i]);
        values[i] = value ? value : "";
    }
    add_line(story, record->time_ms,
             arena_printf(story->run->arena, "  event of stack %s: %s %s%s%s", values[0], values[1],
                          values[2], reason ? ": " : "", reason ? reason : ""));
    json_decref(notes);
}

static void tell_record(struct story *story, const struct trace_record *record) {
    if (strcmp(record->event, "StackEvent") == 0) {
        tell_stack_event(story, record);
        return;
    }
    struct strbuf line = STRBUF_INIT;
    strbuf_printf(&line, "%s %s", record->service, record->event);
    json_t *notes = record->notes ? json_loads(record->notes, 0, NULL) : NULL;
    for (size_t i = 0; i < sizeof telling_notes / sizeof telling_notes[0]; i++) {
        const char *value = string_member(notes, telling_notes[i]);
        if (value) {
            strbuf_printf(&line, " %s=%s", telling_notes[i], value);
        }
    }
    json_decref(notes);
    if (record->status) {
        strbuf_printf(&line, " -> %d", record->status);
    }
    if (record->error_code) {
        strbuf_printf(&line, " %s: %s", record->error_code, record->message ? record->message : "");
    }
    if (record->fault) {
        strbuf_printf(&line, " [fault: %s]", record->fault);
    }
    add_line(story, record->time_ms, arena_text_string(story->run->arena, strbuf_text(&line)));
    strbuf_release(&line);
}

static void tell_trace(struct story *story) {
    const struct trace *trace = emulator_trace(story->run->emulator);
    uint64_t sequence = 0;
    const struct trace_record *record;
    while ((record = trace_after(trace, sequence))) {
        sequence = record->sequence;
        if (!run_is_question(record)) {
            tell_record(story, record);
        }
    }
}

/* Lines that Lambda writes itself tell nothing that the trace does not. */
static bool is_frame(struct text message) {
    static const char *const frames[] = {"INIT_START ", "START RequestId", "END RequestId",
                                         "REPORT RequestId"};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        if (text_starts_with(message, frames[i])) {
            return true;
        }
    }
    return false;
}

static void tell_log(struct story *story, const char *group) {
    struct call_outcome outcome =
        run_ask(story->run, "logs", "FilterLogEvents", json_pack("{s:s}", "logGroupName", group));
    size_t index;
    json_t *event;
    json_array_foreach(json_object_get(outcome.output, "events"), index, event) {
        struct text message = text_trim(text_of(string_member(event, "message")));
        const char *slash = strrchr(group, '/');
        if (is_frame(message)) {
            continue;
        }
        add_line(story, json_integer_value(json_object_get(event, "timestamp")),
                 arena_printf(story->run->arena, "  log of %s: %.*s", slash ? slash + 1 : group,
                              TEXT_ARGUMENTS(message)));
    }
    json_decref(outcome.output);
}

static void tell_logs(struct story *story) {
    struct call_outcome outcome = run_ask(story->run, "logs", "DescribeLogGroups", json_object());
    size_t index;
    json_t *group;
    json_array_foreach(json_object_get(outcome.output, "logGroups"), index, group) {
        tell_log(story, string_member(group, "logGroupName"));
    }
    json_decref(outcome.output);
}

/* A line of several lines is told line by line. */
static void tell_line(struct scenario_run *run, const struct story_line *line) {
    const char *stamp =
        arena_printf(run->arena, "%+12.3f s  ", (double)(line->time_ms - run->started_ms) / 1000);
    struct text rest = text_of(line->text);
    while (rest.data) {
        struct text part = text_cut(&rest, '\n');
        scenario_result_add_story(run->result,
                                  arena_printf(run->arena, "%s%.*s", stamp, TEXT_ARGUMENTS(part)));
        stamp = "                ";
    }
}

void run_tell_story(struct scenario_run *run) {
    struct story story = {.run = run};
    run_settle(run);
    tell_trace(&story);
    tell_logs(&story);
    if (story.count == 0) {
        return;
    }
    qsort(story.lines, (size_t)story.count, sizeof *story.lines, by_time);
    int first = story.count > STORY_LINES ? story.count - STORY_LINES : 0;
    if (first > 0) {
        scenario_result_add_story(run->result,
                                  arena_printf(run->arena, "(%d earlier lines left out)", first));
    }
    for (int i = first; i < story.count; i++) {
        tell_line(run, &story.lines[i]);
    }
}
