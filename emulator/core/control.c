/*
 * The emulator's own endpoints under /_stackrig/ (docs/CONTROL.md), and the health and reset paths that users
 * of LocalStack and moto's server call.
 */
#include "emulator/base/die.h"
#include "emulator/core/emulator_state.h"
#include "emulator/core/foreign_page.h"
#include "emulator/core/version.h"

#include <unistd.h>

/* The path a row answers to, and with which methods; `handle` sees no others. */
struct control_path {
    const char *name;
    const char *path;
    const char *methods; /* "GET POST" */
    struct result (*handle)(struct call *call);
};

static const struct error_shape bad_request = {.name = "BadRequest", .status = 400};
static const struct error_shape not_found = {.name = "NotFound", .status = 404};
static const struct error_shape method_not_allowed = {.name = "MethodNotAllowed", .status = 405};

/* ---- answering ---- */

static struct result reply_json(struct call *call, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    strbuf_append_string(&call->reply.body, text);
    strbuf_append_char(&call->reply.body, '\n');
    free(text);
    return result_output();
}

static bool is_method(const struct call *call, const char *method) {
    return text_equals(call->request->method, method);
}

/* The body as an object; an empty body is an empty object. NULL: *failed is the answer. */
static json_t *read_body(struct call *call, struct result *failed) {
    struct text body = call->request->body;
    if (body.size == 0) {
        return json_object();
    }
    json_error_t error;
    json_t *value = json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        *failed = call_error(call, &bad_request, "the body is not JSON: line %d, column %d: %s", error.line,
                             error.column, error.text);
    }
    return value;
}

/* ---- health and reset ---- */

static struct result handle_health(struct call *call) {
    struct emulator *emulator = call->emulator;
    json_t *services = json_object();
    for (const struct service *const *service = emulator->services; *service; service++) {
        if ((*service)->model) {
            json_object_set_new(services, (*service)->model->name,
                                json_string((*service)->operations ? "running" : "disabled"));
        }
    }
    const char *mode = emulator->clock.mode == CLOCK_VIRTUAL ? "virtual" : "real";
    json_t *health = json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:i}", "status", "running", "version",
                               STACKRIG_VERSION, "edition", "stackrig", "services", services, "clock", mode,
                               "seed", (json_int_t)ids_seed(emulator->ids), "pid", (int)getpid());
    if (text_starts_with(call->request->path, "/_stackrig/")) {
        json_object_set_new(health, "endpoint", json_string(emulator_endpoint(emulator)));
        json_object_set_new(health, "tls_port", json_integer(emulator_tls_port(emulator)));
        json_object_set_new(health, "ca_file", json_string(emulator_ca_file(emulator)));
        json_object_set_new(health, "interposer", json_string(emulator_interposer_file(emulator)));
        json_object_set_new(health, "account", json_string(emulator->account));
        json_object_set_new(health, "region", json_string(emulator->region));
    }
    return reply_json(call, health);
}

/* Resetting ends every waiting call, and this one waits for nothing: a task of its own does it. */
static void reset_task(void *argument, enum task_event event) {
    if (event == TASK_RUN) {
        emulator_reset(argument);
    }
}

static struct result handle_reset(struct call *call) {
    struct result result = reply_json(call, json_pack("{s:s}", "status", "ok"));
    emulator_schedule(call->emulator, call->now_ms, reset_task, call->emulator);
    return result;
}

/* ---- trace ---- */

static struct result handle_trace(struct call *call) {
    struct trace *trace = call->emulator->trace;
    int64_t after = 0;
    int64_t limit = TRACE_CAPACITY;
    struct text after_text = http_request_query(call->request, "after");
    struct text limit_text = http_request_query(call->request, "limit");
    if ((after_text.data && (!text_to_int64(after_text, &after) || after < 0)) ||
        (limit_text.data && (!text_to_int64(limit_text, &limit) || limit < 0))) {
        return call_error(call, &bad_request,
                          "'after' and 'limit' must be whole numbers that are not negative");
    }
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/x-ndjson"));
    uint64_t sequence = (uint64_t)after;
    const struct trace_record *record;
    for (int64_t i = 0; i < limit && (record = trace_after(trace, sequence)); i++) {
        trace_write_json(&call->reply.body, record);
        strbuf_append_char(&call->reply.body, '\n');
        sequence = record->sequence;
    }
    return result_output();
}

/* ---- clock ---- */

static struct result describe_clock(struct call *call) {
    struct emulator *emulator = call->emulator;
    struct strbuf now = STRBUF_INIT;
    clock_format_iso_ms(&now, emulator_now_ms(emulator));
    json_t *clock = json_pack(
        "{s:s, s:I, s:s, s:b}", "mode", emulator->clock.mode == CLOCK_VIRTUAL ? "virtual" : "real", "now_ms",
        (json_int_t)emulator_now_ms(emulator), "now", now.data, "jump_when_idle", emulator->jump_when_idle);
    strbuf_release(&now);
    return reply_json(call, clock);
}

/* The advance is over when the clock has reached its end, tasks on the way included. */
static void advance_task(void *argument, enum task_event event) {
    struct call *call = argument;
    if (event == TASK_RUN) {
        call_finish(call, describe_clock(call));
    }
}

static struct result handle_clock(struct call *call) {
    struct emulator *emulator = call->emulator;
    if (is_method(call, "GET")) {
        return describe_clock(call);
    }
    struct result failed;
    json_t *body = read_body(call, &failed);
    if (!body) {
        return failed;
    }
    json_t *advance = json_object_get(body, "advance_ms");
    json_t *jump = json_object_get(body, "jump_when_idle");
    int64_t advance_ms = json_integer_value(advance);
    bool good = json_is_object(body) && (advance || jump) &&
                (!advance || (json_is_integer(advance) && advance_ms >= 0)) &&
                (!jump || json_is_boolean(jump));
    bool jumps = json_is_true(jump);
    json_decref(body);
    if (!good) {
        return call_error(call, &bad_request,
                          "send {\"advance_ms\": N} with N >= 0, and/or {\"jump_when_idle\": true|false}");
    }
    if (jump && jumps && emulator->clock.mode != CLOCK_VIRTUAL) {
        return call_error(call, &bad_request, "only a virtual clock jumps: start with --clock virtual");
    }
    if (jump) {
        emulator->jump_when_idle = jumps;
    }
    if (!advance || advance_ms == 0) {
        return describe_clock(call);
    }
    int64_t target_ms = emulator_now_ms(emulator) + advance_ms;
    if (target_ms > emulator->advance_to_ms) {
        emulator->advance_to_ms = target_ms;
    }
    emulator_schedule(emulator, target_ms, advance_task, call);
    return result_pending();
}

/* ---- faults ---- */

static struct result add_faults(struct call *call) {
    struct result failed;
    json_t *body = read_body(call, &failed);
    if (!body) {
        return failed;
    }
    struct diagnostics *diagnostics = diagnostics_open();
    bool added = faults_add(call->emulator->faults, body, NULL, NULL, diagnostics);
    json_decref(body);
    if (!added) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        diagnostics_print(diagnostics, stream);
        fclose(stream);
        while (size > 0 && text[size - 1] == '\n') {
            text[--size] = '\0';
        }
        struct result result = call_error(call, &bad_request, "%s", text);
        free(text);
        diagnostics_close(diagnostics);
        return result;
    }
    diagnostics_close(diagnostics);
    return reply_json(call, json_pack("{s:o}", "faults", faults_describe(call->emulator->faults)));
}

static struct result handle_faults(struct call *call) {
    if (is_method(call, "POST")) {
        return add_faults(call);
    }
    if (is_method(call, "DELETE")) {
        faults_clear(call->emulator->faults);
    }
    return reply_json(call, json_pack("{s:o}", "faults", faults_describe(call->emulator->faults)));
}

/* ---- snapshot and restore ---- */

/* The name in the body, "default" without one; NULL: *failed is the answer. */
static const char *read_name(struct call *call, struct result *failed) {
    json_t *body = read_body(call, failed);
    if (!body) {
        return NULL;
    }
    json_t *name = json_object_get(body, "name");
    const char *text = NULL;
    if (name && !json_is_string(name)) {
        *failed = call_error(call, &bad_request, "'name' must be a text");
    } else {
        text = arena_strdup(call->arena, name ? json_string_value(name) : "default");
    }
    json_decref(body);
    return text;
}

static struct snapshot *find_snapshot(struct emulator *emulator, const char *name) {
    for (struct snapshot *snapshot = emulator->snapshots; snapshot; snapshot = snapshot->next) {
        if (strcmp(snapshot->name, name) == 0) {
            return snapshot;
        }
    }
    return NULL;
}

static struct result handle_snapshot(struct call *call) {
    struct emulator *emulator = call->emulator;
    struct result failed;
    const char *name = read_name(call, &failed);
    if (!name) {
        return failed;
    }
    struct snapshot *snapshot = find_snapshot(emulator, name);
    if (!snapshot) {
        snapshot = xcalloc(1, sizeof(*snapshot));
        snapshot->name = xstrdup(name);
        snapshot->next = emulator->snapshots;
        emulator->snapshots = snapshot;
    }
    free(snapshot->data);
    snapshot->data = emulator_snapshot(emulator, &snapshot->size);
    return reply_json(call, json_pack("{s:s, s:I}", "name", name, "bytes", (json_int_t)snapshot->size));
}

struct restore {
    struct emulator *emulator;
    struct snapshot *snapshot;
};

static void restore_task(void *argument, enum task_event event) {
    struct restore *restore = argument;
    if (event == TASK_RUN) {
        emulator_restore(restore->emulator, restore->snapshot->data, restore->snapshot->size);
    }
    free(restore);
}

static struct result handle_restore(struct call *call) {
    struct result failed;
    const char *name = read_name(call, &failed);
    if (!name) {
        return failed;
    }
    struct snapshot *snapshot = find_snapshot(call->emulator, name);
    if (!snapshot) {
        return call_error(call, &not_found, "there is no snapshot '%s'", name);
    }
    struct restore *restore = xmalloc(sizeof(*restore));
    *restore = (struct restore){call->emulator, snapshot};
    emulator_schedule(call->emulator, call->now_ms, restore_task, restore);
    return reply_json(call, json_pack("{s:s}", "name", name));
}

/* ---- the rows ---- */

static const struct control_path paths[] = {
    {"Health", "/_stackrig/health", "GET HEAD", handle_health},
    {"Reset", "/_stackrig/reset", "POST", handle_reset},
    {"Trace", "/_stackrig/trace", "GET", handle_trace},
    {"Clock", "/_stackrig/clock", "GET POST", handle_clock},
    {"Faults", "/_stackrig/faults", "GET POST DELETE", handle_faults},
    {"Snapshot", "/_stackrig/snapshot", "POST", handle_snapshot},
    {"Restore", "/_stackrig/restore", "POST", handle_restore},
    /* the same, at the paths existing suites call */
    {"Health", "/_localstack/health", "GET HEAD", handle_health},
    {"Reset", "/_localstack/state/reset", "POST", handle_reset},
    {"Reset", "/moto-api/reset", "POST", handle_reset},
};

static const struct control_path *find_path(const struct http_request *request) {
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (text_equals(request->path, paths[i].path)) {
            return &paths[i];
        }
    }
    return NULL;
}

static bool match_control(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->path.size > 2 && (request->path.data[1] == '_' || request->path.data[1] == 'm') &&
           (text_starts_with(request->path, "/_stackrig/") || find_path(request));
}

static struct result handle_control(struct call *call) {
    if (comes_from_foreign_page(call->request)) {
        return call_error(call, &error_foreign_page, FOREIGN_PAGE_TEXT);
    }
    const struct control_path *path = find_path(call->request);
    if (!path) {
        return call_error(call, &not_found, "no such control path; docs/CONTROL.md lists them");
    }
    const char *found = strstr(path->methods, arena_text_string(call->arena, call->request->method));
    if (!found || call->request->method.size < 3) {
        return call_error(call, &method_not_allowed, "%s takes %s", path->path, path->methods);
    }
    return path->handle(call);
}

static const struct endpoint_row endpoints[] = {
    {.name = "Control", .match = match_control, .handle = handle_control},
    {0},
};

const struct service control_service = {.endpoints = endpoints};
