/* Where a fault could have acted in a run, read from its trace. */
#include <string.h>

#include "harness/scenario_run.h"

/* Records that are no fault points: they tell of what others did. */
static bool is_point(const struct trace_record *record) {
    return strcmp(record->service, "stackrig") != 0 && strcmp(record->event, "StackEvent") != 0 &&
           strcmp(record->event, "InvocationEnd") != 0;
}

/* "lambda:Invocation" is the point before each InvocationStart. */
static const char *point_name(struct scenario_run *run, const struct trace_record *record) {
    bool invocation = strcmp(record->event, "InvocationStart") == 0;
    return arena_printf(run->arena, "%s:%s", record->service, invocation ? "Invocation" : record->event);
}

json_t *run_fault_points(struct scenario_run *run) {
    const struct trace *trace = emulator_trace(run->emulator);
    json_t *points = json_object();
    json_t *asked = json_object();
    uint64_t sequence = 0;
    const struct trace_record *record;
    while ((record = trace_after(trace, sequence))) {
        sequence = record->sequence;
        if (!is_point(record)) {
            continue;
        }
        const char *name = point_name(run, record);
        json_t *list = run_is_question(record) ? asked : points;
        json_int_t count = json_integer_value(json_object_get(list, name));
        json_object_set_new(list, name, json_integer(count + 1));
    }
    const char *name;
    json_t *count;
    json_object_foreach(asked, name, count) {
        json_object_del(points, name);
    }
    json_decref(asked);
    return points;
}
