#include "services/lambda/invocation_report.h"

#include <math.h>
#include <unistd.h>

#include "emulator/base/crypto.h"

/* ---- error payloads ---- */

static void append_error(struct strbuf *buffer, const char *type, const char *message) {
    strbuf_printf(buffer, "{\"errorType\":\"%s\",\"errorMessage\":", type);
    json_write_string(buffer, text_of(message));
    strbuf_append_char(buffer, '}');
}

static void append_request_error(struct strbuf *buffer, const char *type, const char *request_id,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void append_request_error(struct strbuf *buffer, const char *type, const char *request_id,
                                 const char *format, ...) {
    struct strbuf message = STRBUF_INIT;
    strbuf_printf(&message, "RequestId: %s Error: ", request_id);
    va_list arguments;
    va_start(arguments, format);
    strbuf_vprintf(&message, format, arguments);
    va_end(arguments);
    append_error(buffer, type, message.data);
    strbuf_release(&message);
}

void report_exit_payload(struct strbuf *buffer, const char *request_id, const char *reason) {
    if (reason) {
        append_request_error(buffer, "Runtime.ExitError", request_id, "Runtime exited with error: %s",
                             reason);
    } else {
        append_request_error(buffer, "Runtime.ExitError", request_id,
                             "Runtime exited without providing a reason");
    }
}

void report_timeout_payload(struct strbuf *buffer, const char *request_id, int64_t timeout_s) {
    append_request_error(buffer, "Sandbox.Timedout", request_id, "Task timed out after %.2f seconds",
                         (double)timeout_s);
}

void report_entrypoint_payload(struct strbuf *buffer, const char *request_id, const char *message) {
    append_request_error(buffer, "Runtime.InvalidEntrypoint", request_id, "%s", message);
}

void report_too_large_payload(struct strbuf *buffer, size_t size) {
    struct strbuf message = STRBUF_INIT;
    strbuf_printf(&message,
                  "Response payload size (%zu bytes) exceeded maximum allowed payload size (%d bytes).", size,
                  LAMBDA_RESPONSE_MAXIMUM_BYTES);
    append_error(buffer, "Function.ResponseSizeTooLarge", message.data);
    strbuf_release(&message);
}

/* ---- figures ---- */

static bool is_virtual(const struct execution_environment *environment) {
    return emulator_clock(environment->lambda->emulator)->mode == CLOCK_VIRTUAL;
}

/* In virtual time a handler takes what the emulator's clock says, so that runs repeat; at least 1 ms. */
static double duration_ms(const struct execution_environment *environment, int64_t start_ms,
                          int64_t spent_us) {
    if (!is_virtual(environment)) {
        return (double)(spent_us > 10 ? spent_us : 10) / 1000;
    }
    int64_t spent_ms = emulator_now_ms(environment->lambda->emulator) - start_ms;
    return spent_ms > 1 ? (double)spent_ms : 1;
}

static double init_duration_ms(const struct execution_environment *environment) {
    return is_virtual(environment) ? 1 : (double)environment->init_duration_us / 1000;
}

static void measure_memory(struct execution_environment *environment) {
    char line[128];
    ssize_t size =
        environment->memory_file >= 0 ? pread(environment->memory_file, line, sizeof line - 1, 0) : 0;
    if (size > 0) {
        struct text rest = {line, (size_t)size};
        int64_t pages = 0;
        text_cut(&rest, ' ');
        text_to_int64(text_cut(&rest, ' '), &pages);
        if (pages > environment->memory_pages) {
            environment->memory_pages = pages;
        }
    }
}

/* The most resident memory seen so far, in MB. In virtual time in steps of 32, so that runs repeat. */
static int64_t memory_used_mb(struct execution_environment *environment) {
    measure_memory(environment);
    int64_t step = is_virtual(environment) ? 32 : 1;
    int64_t used_mb = environment->memory_pages * sysconf(_SC_PAGESIZE) / (1024 * 1024);
    used_mb = (used_mb + step) / step * step;
    return used_mb < environment->configuration.memory_mb ? used_mb : environment->configuration.memory_mb;
}

/* ---- log lines ---- */

/* "python:3.13.v1" and the ARN of the runtime's version. */
static void append_runtime(struct strbuf *name, struct strbuf *arn,
                           const struct execution_environment *environment) {
    const char *runtime = environment->runtime ? environment->runtime : "provided.al2023";
    size_t letters = strcspn(runtime, "0123456789.");
    size_t number = strcspn(runtime + letters, "x");
    strbuf_printf(name, "%.*s:%.*s", (int)letters, runtime,
                  (int)(runtime[letters + number] == 'x' ? number - 1 : number), runtime + letters);
    strbuf_append_string(name, ".v1");
    strbuf_printf(arn, "arn:aws:lambda:%s::runtime:", environment->owner.region);
    crypto_append_digest_hex(arn, DIGEST_SHA256, text_of(runtime));
}

void report_init_start(struct execution_environment *environment) {
    struct strbuf name = STRBUF_INIT;
    struct strbuf arn = STRBUF_INIT;
    struct environment_log *log = &environment->log;
    append_runtime(&name, &arn, environment);
    if (!log->json) {
        environment_log_printf(log, "INIT_START Runtime Version: %s\tRuntime Version ARN: %s\n", name.data,
                               arn.data);
    } else if (!log->platform_quiet) {
        environment_log_record(
            log, "platform.initStart",
            "\"initializationType\":\"on-demand\",\"phase\":\"init\",\"runtimeVersion\":\"%s\","
            "\"runtimeVersionArn\":\"%s\",\"functionName\":\"%s\",\"functionVersion\":\"%s\"",
            name.data, arn.data, environment->function,
            environment->version ? lambda_version_name(environment->arena, environment->version) : "$LATEST");
    }
    strbuf_release(&name);
    strbuf_release(&arn);
}

static void report_init(struct execution_environment *environment, const char *status, const char *error_type,
                        double duration) {
    struct environment_log *log = &environment->log;
    if (log->json) {
        environment_log_record(log, "platform.initReport",
                               "\"initializationType\":\"on-demand\",\"phase\":\"init\",\"status\":\"%s\","
                               "\"metrics\":{\"durationMs\":%.3f}",
                               status, duration);
    } else {
        environment_log_printf(log, "INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: %s%s%s\n",
                               duration, status, error_type ? "\tError Type: " : "",
                               error_type ? error_type : "");
    }
}

void report_init_timeout(struct execution_environment *environment) {
    report_init(environment, "timeout", NULL, LAMBDA_INIT_LIMIT_MS);
}

void report_init_error(struct execution_environment *environment, const char *error_type) {
    report_init(environment, "error", error_type ? error_type : "Runtime.Unknown",
                init_duration_ms(environment));
    environment->init_reported = true;
}

void report_start(struct execution_environment *environment, const struct invocation *invocation) {
    struct environment_log *log = &environment->log;
    if (!environment->init_reported) {
        measure_memory(environment);
    }
    /* What init wrote belongs to an invocation only when it failed. */
    if (environment->state != ENVIRONMENT_INIT) {
        strbuf_clear(&log->tail);
    }
    const char *version = lambda_version_name(invocation->arena, invocation->version.version);
    if (!log->json) {
        environment_log_printf(log, "START RequestId: %s Version: %s\n", invocation->request_id, version);
    } else if (!log->platform_quiet) {
        environment_log_record(log, "platform.start", "\"requestId\":\"%s\",\"version\":\"%s\"",
                               invocation->request_id, version);
    }
}

void report_exit_line(struct execution_environment *environment, const struct invocation *invocation,
                      const char *reason) {
    if (environment->log.json) {
        return; /* the report record says it */
    }
    if (reason) {
        environment_log_printf(&environment->log, "RequestId: %s Error: Runtime exited with error: %s\n",
                               invocation->request_id, reason);
    } else {
        environment_log_printf(&environment->log,
                               "RequestId: %s Error: Runtime exited without providing a reason\n",
                               invocation->request_id);
    }
    environment_log_event(&environment->log, TEXT("Runtime.ExitError\n"));
}

void report_timeout_line(struct execution_environment *environment, const struct invocation *invocation) {
    if (environment->log.json) {
        return;
    }
    struct strbuf line = STRBUF_INIT;
    clock_format_iso_ms(&line, emulator_now_ms(environment->lambda->emulator));
    strbuf_printf(&line, " %s Task timed out after %.2f seconds\n\n", invocation->request_id,
                  (double)invocation->version.timeout_s);
    environment_log_event(&environment->log, strbuf_text(&line));
    strbuf_release(&line);
}

static bool is_platform_error(const struct invocation *invocation) {
    const char *type = invocation->outcome.error_type;
    return type && (strncmp(type, "Runtime.", 8) == 0 || strncmp(type, "Sandbox.", 8) == 0 ||
                    strncmp(type, "Function.", 9) == 0);
}

/* "12.34": as %.2f, which costs as much as the rest of the line. */
static void append_hundredths(struct strbuf *line, double number) {
    int64_t hundredths = (int64_t)(number * 100 + 0.5);
    strbuf_append_int64(line, hundredths / 100);
    char decimals[3] = {'.', (char)('0' + hundredths / 10 % 10), (char)('0' + hundredths % 10)};
    strbuf_append(line, decimals, sizeof decimals);
}

static void append_figure(struct strbuf *line, const char *name, int64_t figure, const char *unit) {
    strbuf_append_string(line, name);
    strbuf_append_int64(line, figure);
    strbuf_append_string(line, unit);
}

static void report_text(struct environment_log *log, const struct invocation *invocation, double duration,
                        double init, int64_t memory_mb) {
    struct strbuf line = STRBUF_INIT;
    strbuf_append_string(&line, "END RequestId: ");
    strbuf_append_string(&line, invocation->request_id);
    strbuf_append_char(&line, '\n');
    environment_log_event(log, strbuf_text(&line));
    strbuf_clear(&line);
    strbuf_append_string(&line, "REPORT RequestId: ");
    strbuf_append_string(&line, invocation->request_id);
    strbuf_append_string(&line, "\tDuration: ");
    append_hundredths(&line, duration);
    append_figure(&line, " ms\tBilled Duration: ", (int64_t)ceil(duration + (init > 0 ? init : 0)), " ms");
    append_figure(&line, "\tMemory Size: ", invocation->version.memory_mb, " MB");
    append_figure(&line, "\tMax Memory Used: ", memory_mb, " MB\t");
    if (init > 0) {
        strbuf_append_string(&line, "Init Duration: ");
        append_hundredths(&line, init);
        strbuf_append_string(&line, " ms\t");
    }
    if (strcmp(invocation->outcome.status, "timeout") == 0) {
        strbuf_append_string(&line, "Status: timeout");
    } else if (is_platform_error(invocation)) {
        strbuf_printf(&line, "Status: error\tError Type: %s", invocation->outcome.error_type);
    }
    strbuf_append_char(&line, '\n');
    environment_log_event(log, strbuf_text(&line));
    strbuf_release(&line);
}

static void report_record(struct environment_log *log, const struct invocation *invocation, double duration,
                          double init, int64_t memory_mb) {
    const char *status = strcmp(invocation->outcome.status, "error") == 0 && !is_platform_error(invocation)
                             ? "error"
                             : invocation->outcome.status;
    if (log->platform_quiet && !invocation->outcome.failed) {
        return;
    }
    environment_log_record(log, "platform.runtimeDone",
                           "\"requestId\":\"%s\",\"status\":\"%s\",\"metrics\":{\"durationMs\":%.3f}",
                           invocation->request_id, status, duration);
    char init_member[64] = "";
    if (init > 0) {
        snprintf(init_member, sizeof init_member, ",\"initDurationMs\":%.3f", init);
    }
    environment_log_record(log, "platform.report",
                           "\"requestId\":\"%s\",\"metrics\":{\"durationMs\":%.3f,\"billedDurationMs\":%.0f,"
                           "\"memorySizeMB\":%lld,\"maxMemoryUsedMB\":%lld%s},\"status\":\"%s\"",
                           invocation->request_id, duration, ceil(duration + (init > 0 ? init : 0)),
                           (long long)invocation->version.memory_mb, (long long)memory_mb, init_member,
                           status);
}

void report_end(struct execution_environment *environment, const struct invocation *invocation) {
    double duration =
        duration_ms(environment, invocation->start_ms, clock_monotonic_us() - invocation->start_us);
    if (strcmp(invocation->outcome.status, "timeout") == 0) {
        duration = (double)invocation->version.timeout_s * 1000;
    }
    double init = 0;
    if (!environment->init_reported && environment->init_duration_us >= 0) {
        environment->init_reported = true;
        init = init_duration_ms(environment);
    }
    int64_t memory_mb = memory_used_mb(environment);
    if (environment->log.json) {
        report_record(&environment->log, invocation, duration, init, memory_mb);
    } else {
        report_text(&environment->log, invocation, duration, init, memory_mb);
    }
}
