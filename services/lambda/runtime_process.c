/* The process of an execution environment: program, arguments, variables, directories. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "emulator/base/embed.h"
#include "emulator/io/process.h"
#include "services/lambda/execution_environment.h"
#include "services/lambda/interpreter.h"
#include "services/lambda/lambda_code.h"
#include "services/lambda/node_sdk.h"

EMBED(lambda_python_bootstrap, "services/lambda/bootstrap/python.py")
EMBED(lambda_virtual_time_library, "build/libstackrig_time.so")
EMBED(lambda_node_bootstrap, "services/lambda/bootstrap/node.cjs")
EMBED(lambda_node_path, "services/lambda/bootstrap/node_path.cjs")

#define VARIABLES_MAXIMUM 512

/* What a process is started with. */
struct launch {
    struct execution_environment *environment;
    struct arena *arena;
    const char *task;    /* unpacked code: LAMBDA_TASK_ROOT */
    const char *opt;     /* layers; a directory that may be empty */
    const char *runtime; /* bootstraps: LAMBDA_RUNTIME_DIR */
    const char *temporary;
    const char *arguments[8];
    int argument_count;
    const char *variables[VARIABLES_MAXIMUM + 1];
    int variable_count;
};

/* ---- variables ---- */

static void set(struct launch *launch, const char *name, const char *value) {
    size_t size = strlen(name);
    const char *entry = arena_printf(launch->arena, "%s=%s", name, value);
    for (int i = 0; i < launch->variable_count; i++) {
        if (strncmp(launch->variables[i], entry, size + 1) == 0) {
            launch->variables[i] = entry;
            return;
        }
    }
    if (launch->variable_count < VARIABLES_MAXIMUM) {
        launch->variables[launch->variable_count++] = entry;
    }
}

static const char *get(const struct launch *launch, const char *name) {
    size_t size = strlen(name);
    for (int i = 0; i < launch->variable_count; i++) {
        if (strncmp(launch->variables[i], name, size) == 0 && launch->variables[i][size] == '=') {
            return launch->variables[i] + size + 1;
        }
    }
    return NULL;
}

static bool starts_with(const char *text, const char *prefix) {
    return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Paths of AWS's file system as they are here: /var/task/x, /opt/x. */
static const char *real_path(const struct launch *launch, const char *path) {
    if (starts_with(path, "/var/task/")) {
        return arena_printf(launch->arena, "%s%s", launch->task, path + strlen("/var/task"));
    }
    if (starts_with(path, "/opt/")) {
        return arena_printf(launch->arena, "%s%s", launch->opt, path + strlen("/opt"));
    }
    return path;
}

/* Source: lambda.md section 5, recorded in a function. Paths are those of this machine. */
static void set_lambda_variables(struct launch *launch) {
    const struct execution_environment *environment = launch->environment;
    const struct lambda_version *version = &environment->configuration;
    struct arena *arena = launch->arena;
    const char *region = environment->owner.region;
    set(launch, "AWS_ACCESS_KEY_ID", environment->access_key);
    set(launch, "AWS_SECRET_ACCESS_KEY", environment->secret_key);
    if (environment->session_token) {
        set(launch, "AWS_SESSION_TOKEN", environment->session_token);
    }
    set(launch, "AWS_REGION", region);
    set(launch, "AWS_DEFAULT_REGION", region);
    if (!starts_with(version->runtime, "provided")) {
        set(launch, "AWS_EXECUTION_ENV", arena_printf(arena, "AWS_Lambda_%s", version->runtime));
    }
    set(launch, "AWS_LAMBDA_FUNCTION_NAME", version->name);
    set(launch, "AWS_LAMBDA_FUNCTION_VERSION", lambda_version_name(arena, version->version));
    set(launch, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        arena_printf(arena, "%lld", (long long)version->memory_mb));
    set(launch, "AWS_LAMBDA_LOG_GROUP_NAME", environment->log.group);
    set(launch, "AWS_LAMBDA_LOG_STREAM_NAME", environment->log.stream);
    if (environment->log.json) {
        set(launch, "AWS_LAMBDA_LOG_FORMAT", "JSON");
        set(launch, "AWS_LAMBDA_LOG_LEVEL",
            version->application_log_level ? version->application_log_level : "INFO");
    }
    set(launch, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set(launch, "AWS_LAMBDA_RUNTIME_API",
        arena_printf(arena, "127.0.0.1:%d", http_listener_port(environment->listener)));
    set(launch, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    set(launch, "AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000");
    set(launch, "_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129");
    set(launch, "_AWS_XRAY_DAEMON_PORT", "2000");
    set(launch, "LAMBDA_TASK_ROOT", launch->task);
    set(launch, "LAMBDA_RUNTIME_DIR", launch->runtime);
    set(launch, "LANG", "en_US.UTF-8");
    set(launch, "TZ", ":UTC");
    set(launch, "PWD", launch->task);
    set(launch, "SHLVL", "0");
    set(launch, "_HANDLER", version->handler ? version->handler : "");
    set(launch, "TMPDIR", launch->temporary);
}

/* `program`: the interpreter, whose directory stands for /var/lang/bin; NULL: none. */
static void set_paths(struct launch *launch, const char *program) {
    struct arena *arena = launch->arena;
    const char *runtime = launch->environment->configuration.runtime;
    const char *slash = program ? strrchr(program, '/') : NULL;
    const char *lang = slash ? arena_printf(arena, "%.*s:", (int)(slash - program), program) : "";
    set(launch, "PATH", arena_printf(arena, "%s/usr/local/bin:/usr/bin/:/bin:%s/bin", lang, launch->opt));
    set(launch, "LD_LIBRARY_PATH",
        arena_printf(arena, "%s:%s/lib:%s/lib", launch->task, launch->task, launch->opt));
    if (starts_with(runtime, "python")) {
        set(launch, "LC_CTYPE", "C.UTF-8");
        set(launch, "PYTHONPATH", launch->runtime);
    } else if (starts_with(runtime, "nodejs")) {
        set(launch, "NODE_PATH",
            arena_printf(arena, "%s/nodejs/node%.*s/node_modules:%s/nodejs/node_modules:%s:%s:%s",
                         launch->opt, (int)strcspn(runtime + 6, "."), runtime + 6, launch->opt,
                         node_sdk_directory(arena, launch->runtime, runtime), launch->runtime, launch->task));
    }
}

/* Where the handler's own calls to AWS go: the emulator, and nowhere else. */
static void set_emulator_variables(struct launch *launch) {
    static const char *const bundles[] = {"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
                                          "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"};
    struct emulator *emulator = launch->environment->lambda->emulator;
    const char *endpoint = emulator_endpoint(emulator);
    set(launch, "AWS_ENDPOINT_URL", endpoint);
    for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
        set(launch, bundles[i], emulator_ca_file(emulator));
    }
    const char *colon = strrchr(endpoint, ':');
    set(launch, "STACKRIG_INTERPOSE",
        arena_printf(launch->arena, "plain=%s,tls=%d,deny=1", colon ? colon + 1 : "80",
                     emulator_tls_port(emulator)));
    const char *libraries = emulator_interposer_file(emulator);
    if (emulator_clock(emulator)->mode == CLOCK_VIRTUAL) {
        libraries = arena_printf(launch->arena, "%s:%s/virtual_time.so", libraries, launch->runtime);
    }
    set(launch, "LD_PRELOAD", libraries);
}

static void set_user_variables(struct launch *launch) {
    const char *document = launch->environment->configuration.environment;
    const struct json_value *variables = document ? json_parse(launch->arena, text_of(document), NULL) : NULL;
    for (const struct json_value *variable = variables ? variables->child : NULL; variable;
         variable = variable->next) {
        const char *name = arena_text_string(launch->arena, variable->key);
        const char *value = arena_text_string(launch->arena, variable->text);
        if (strcmp(name, "LD_PRELOAD") == 0) {
            value = arena_printf(launch->arena, "%s:%s", get(launch, name), value);
        }
        set(launch, name, value);
    }
}

/* ---- directories ---- */

static bool write_file(const char *path, struct text content) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = descriptor >= 0;
    while (good && content.size > 0) {
        ssize_t written = write(descriptor, content.data, content.size);
        good = written > 0 || (written < 0 && errno == EINTR);
        content = text_slice(content, written > 0 ? (size_t)written : 0, content.size);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return good;
}

static bool make_directories(struct launch *launch) {
    struct execution_environment *environment = launch->environment;
    struct lambda *lambda = environment->lambda;
    const struct lambda_version *version = &environment->configuration;
    const char *run = emulator_run_directory(lambda->emulator);
    launch->runtime = arena_printf(launch->arena, "%s/lambda/runtime", run);
    launch->temporary = arena_printf(
        launch->arena, "%s/lambda/tmp/%s-%s/%s-%lld-%d", run, environment->owner.account,
        environment->owner.region, environment->function, (long long)environment->version, environment->slot);
    launch->opt = arena_printf(launch->arena, "%s/lambda/opt/none", run);
    if (!lambda_make_directory(launch->runtime) || !lambda_make_directory(launch->temporary)) {
        return false;
    }
    if (!lambda->bootstraps_written) {
        lambda->bootstraps_written =
            /* A module beside a script of two lines: Python keeps it compiled. */
            write_file(arena_printf(launch->arena, "%s/stackrig_runtime.py", launch->runtime),
                       lambda_python_bootstrap()) &&
            write_file(arena_printf(launch->arena, "%s/bootstrap.py", launch->runtime),
                       TEXT("import stackrig_runtime\n\nstackrig_runtime.main()\n")) &&
            write_file(arena_printf(launch->arena, "%s/virtual_time.so", launch->runtime),
                       lambda_virtual_time_library()) &&
            write_file(arena_printf(launch->arena, "%s/bootstrap.cjs", launch->runtime),
                       lambda_node_bootstrap()) &&
            write_file(arena_printf(launch->arena, "%s/node_path.cjs", launch->runtime), lambda_node_path());
    }
    if (starts_with(version->runtime, "nodejs") && !lambda->node_sdk_linked) {
        lambda->node_sdk_linked = node_sdk_link(launch->arena, launch->runtime);
    }
    if (version->layers) {
        launch->opt = lambda_layers_directory(lambda->emulator, launch->arena, version->layers);
    }
    launch->task = lambda_code_directory(lambda->emulator, launch->arena, version->code_key);
    return lambda->bootstraps_written && launch->opt && launch->task;
}

/* ---- the program ---- */

static void add_argument(struct launch *launch, const char *argument) {
    launch->arguments[launch->argument_count++] = argument;
}

/* A function of its own runtime: the first bootstrap of /var/task and /opt. */
static bool find_bootstrap(struct launch *launch, const char **message) {
    const char *candidates[] = {arena_printf(launch->arena, "%s/bootstrap", launch->task),
                                arena_printf(launch->arena, "%s/bootstrap", launch->opt)};
    for (size_t i = 0; i < 2; i++) {
        if (access(candidates[i], F_OK) == 0) {
            if (access(candidates[i], X_OK) != 0) {
                *message = "fork/exec /var/task/bootstrap: permission denied";
                return false;
            }
            add_argument(launch, candidates[i]);
            return true;
        }
    }
    *message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    return false;
}

/* Fills arguments. *interpreter: NULL for own runtimes. */
static bool choose_program(struct launch *launch, const char **interpreter, const char **message) {
    const char *runtime = launch->environment->configuration.runtime;
    *interpreter = NULL;
    if (starts_with(runtime, "provided")) {
        return find_bootstrap(launch, message);
    }
    *interpreter = interpreter_find(launch->arena, runtime, getenv("PATH"), getenv("HOME"));
    if (!*interpreter) {
        const char *wanted = starts_with(runtime, "nodejs") ? "node" : runtime;
        *message =
            starts_with(runtime, "python") || starts_with(runtime, "nodejs")
                ? arena_printf(launch->arena,
                               "no interpreter for the runtime %s on this machine: %s is not in PATH",
                               runtime, wanted)
                : arena_printf(launch->arena,
                               "stackrig runs Python, Node.js and provided.* functions, not %s", runtime);
        return false;
    }
    add_argument(launch, *interpreter);
    if (starts_with(runtime, "nodejs")) {
        add_argument(launch, arena_printf(launch->arena, "%s/bootstrap.cjs", launch->runtime));
    } else {
        add_argument(launch, "-u"); /* what is printed before a crash is logged */
        add_argument(launch, arena_printf(launch->arena, "%s/bootstrap.py", launch->runtime));
    }
    return true;
}

/* AWS_LAMBDA_EXEC_WRAPPER: a script that is given the runtime's command line. */
static void wrap(struct launch *launch) {
    const char *wrapper = get(launch, "AWS_LAMBDA_EXEC_WRAPPER");
    if (wrapper && *wrapper) {
        memmove(launch->arguments + 1, launch->arguments, (size_t)launch->argument_count * sizeof(char *));
        launch->arguments[0] = real_path(launch, wrapper);
        launch->argument_count++;
    }
}

bool runtime_process_start(struct execution_environment *environment, const char **message) {
    struct emulator *emulator = environment->lambda->emulator;
    struct launch *launch = arena_zalloc(environment->arena, sizeof *launch);
    launch->environment = environment;
    launch->arena = environment->arena;
    const char *interpreter;
    if (environment->configuration.image_uri) {
        *message = "stackrig does not run container images";
        return false;
    }
    if (!make_directories(launch)) {
        *message = arena_printf(launch->arena, "cannot unpack the function's code: %s", strerror(errno));
        return false;
    }
    if (!choose_program(launch, &interpreter, message)) {
        return false;
    }
    environment->listener = http_server_listen(emulator_http_server(emulator), "127.0.0.1", 0, environment);
    if (!environment->listener) {
        *message = arena_printf(launch->arena, "cannot open the Runtime API: %s", strerror(errno));
        return false;
    }
    set_lambda_variables(launch);
    set_paths(launch, interpreter);
    set_emulator_variables(launch);
    set_user_variables(launch);
    wrap(launch);
    environment->process = process_start(emulator_loop(emulator), &(struct process_options){
                                                                      .program = launch->arguments[0],
                                                                      .arguments = launch->arguments,
                                                                      .environment = launch->variables,
                                                                      .directory = launch->task,
                                                                      .output = environment_output,
                                                                      .exited = environment_exited,
                                                                      .argument = environment,
                                                                  });
    if (!environment->process) {
        *message = arena_printf(launch->arena, "fork/exec %s: %s", launch->arguments[0], strerror(errno));
    }
    return environment->process != NULL;
}
