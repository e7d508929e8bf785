/* How an execution environment begins: credentials, directories, process, and an init that takes too long. */
#include <fcntl.h>
#include <unistd.h>

#include "emulator/io/process.h"
#include "services/lambda/environment_internal.h"
#include "services/lambda/invocation_report.h"
#include "services/lambda/role_credentials.h"

static void init_timed_out(void *argument);

static void fail_start(struct execution_environment *environment, const char *message) {
    struct invocation *invocation = environment->invocation;
    struct lambda *lambda = environment->lambda;
    if (!invocation) {
        environment_end(environment);
        return;
    }
    if (!invocation->started) {
        environment_begin_time(environment, invocation);
    }
    struct strbuf payload = STRBUF_INIT;
    report_entrypoint_payload(&payload, invocation->request_id, message);
    invocation_set_outcome(invocation, true, "error", "Runtime.InvalidEntrypoint", strbuf_text(&payload));
    strbuf_release(&payload);
    environment_log_printf(&environment->log, "RequestId: %s Error: %s\nRuntime.InvalidEntrypoint\n",
                           invocation->request_id, message);
    environment_end_invocation(environment);
    environment_end(environment);
    environment_place_waiting(lambda);
}

static void open_memory_file(struct execution_environment *environment) {
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "/proc/%d/statm", process_id(environment->process));
    environment->memory_file = open(path.data, O_RDONLY | O_CLOEXEC);
    strbuf_release(&path);
}

/* With credentials at hand: the process. */
static void start_process(struct execution_environment *environment) {
    struct emulator *emulator = environment->lambda->emulator;
    const char *message = NULL;
    environment->init_ms = emulator_now_ms(emulator);
    environment->init_us = clock_monotonic_us();
    environment->init_duration_us = -1;
    environment_log_announce(&environment->log);
    report_init_start(environment);
    if (!runtime_process_start(environment, &message)) {
        fail_start(environment, message);
        return;
    }
    open_memory_file(environment);
    environment_become(environment, ENVIRONMENT_INIT);
    if (environment->init_repeated) {
        environment_begin_time(environment, environment->invocation);
    } else {
        environment->timer =
            loop_after_real(emulator_loop(emulator), LAMBDA_INIT_LIMIT_MS, init_timed_out, environment);
    }
}

static void credentials_ready(void *argument, const struct role_credentials *credentials) {
    struct execution_environment *environment = argument;
    environment->credentials = NULL;
    environment->access_key = arena_strdup(environment->arena, credentials->access_key);
    environment->secret_key = arena_strdup(environment->arena, credentials->secret_key);
    environment->session_token =
        credentials->session_token ? arena_strdup(environment->arena, credentials->session_token) : NULL;
    environment->credentials_expire_ms = credentials->expire_ms;
    start_process(environment);
}

/* Init took its ten seconds: it is begun again as a part of the invocation. Source: lambda.md section 5. */
static void init_timed_out(void *argument) {
    struct execution_environment *environment = argument;
    environment->timer = NULL;
    process_drain(environment->process);
    environment_advance_clock(environment->lambda->emulator, environment->init_ms + LAMBDA_INIT_LIMIT_MS);
    report_init_timeout(environment);
    environment_close_process(environment);
    if (!environment->invocation) {
        environment_end(environment);
        return;
    }
    environment->init_repeated = true;
    start_process(environment);
}

/* The lowest number that no living environment of the version has: its private directory survives the
 * process that used it. */
static int free_slot(struct lambda *lambda, const struct invocation *invocation) {
    for (int slot = 0;; slot++) {
        bool taken = false;
        for (struct execution_environment *other = lambda->environments; other && !taken;
             other = other->next) {
            taken = other->slot == slot && other->version == invocation->version.version &&
                    strcmp(other->function, invocation->version.name) == 0 &&
                    strcmp(other->owner.account, invocation->owner.account) == 0 &&
                    strcmp(other->owner.region, invocation->owner.region) == 0;
        }
        if (!taken) {
            return slot;
        }
    }
}

/* YYYY/MM/DD/[version]<32 hex> */
static const char *new_stream(struct execution_environment *environment) {
    struct emulator *emulator = environment->lambda->emulator;
    char hex[33];
    ids_random_string(emulator_ids(emulator), IDS_HEX, 32, hex);
    struct strbuf stream = STRBUF_INIT;
    clock_format(&stream, "%Y/%m/%d", emulator_now_ms(emulator));
    strbuf_printf(&stream, "/[%s]%s", lambda_version_name(environment->arena, environment->version), hex);
    const char *text = arena_copy(environment->arena, stream.data, stream.size);
    strbuf_release(&stream);
    return text;
}

void environment_start(struct invocation *invocation) {
    struct lambda *lambda = invocation->lambda;
    struct arena *arena = arena_open();
    struct execution_environment *environment = arena_zalloc(arena, sizeof *environment);
    environment->lambda = lambda;
    environment->arena = arena;
    lambda_version_copy(arena, &invocation->version, &environment->configuration);
    environment->owner.account = arena_strdup(arena, invocation->owner.account);
    environment->owner.region = arena_strdup(arena, invocation->owner.region);
    environment->function = environment->configuration.name;
    environment->runtime = environment->configuration.runtime;
    environment->version = invocation->version.version;
    environment->generation = invocation->version.generation;
    environment->slot = free_slot(lambda, invocation);
    environment->memory_file = -1;
    environment->invocation = invocation;
    invocation->environment = environment;
    environment->next = lambda->environments;
    lambda->environments = environment;

    environment_log_init(&environment->log, lambda->emulator);
    environment->log.owner = environment->owner;
    environment->log.group = environment->configuration.log_group;
    environment->log.stream = new_stream(environment);
    environment->log.json = strcmp(environment->configuration.log_format, "JSON") == 0;
    environment->log.platform_quiet =
        environment->log.json && text_equals(text_of(environment->configuration.system_log_level), "WARN");
    environment->credentials =
        role_credentials_request(lambda->emulator, environment->owner, environment->configuration.role,
                                 environment->function, credentials_ready, environment);
}
