#include "emulator/io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/base/die.h"

#define READ_BYTES 65536
#define READS_PER_TURN 4
/* More than a pipe holds: what is still written then comes from a process that left the group. */
#define LAST_READS 32
/* Where the kernel has no pidfd_open(): how often an exit is looked for. */
#define POLL_MS 5
/* Our own limit may be far higher; programs that close every possible descriptor would take long. AWS Lambda
 * gives 1,024. */
#define OPEN_FILES 1024

struct process {
    struct loop *loop;
    pid_t id;              /* 0: has exited and is reaped */
    int exit_descriptor;   /* pidfd; -1: none, polled */
    int output_descriptor; /* -1: at its end */
    struct loop_source *exit_source;
    struct loop_source *output_source;
    struct loop_timer *poll_timer;
    void (*output)(void *argument, struct text bytes);
    void (*exited)(void *argument, int exit_code, int signal);
    void *argument;
    bool is_calling; /* its end is being reported: process_close() only marks */
    bool is_closed;
    struct process *next;
    struct process *previous;
};

/* Every child alive, so that none is left behind when the program ends: the one thing of this module that
 * must be reachable without a handle. */
static struct process *all_processes;

static void kill_all(void) {
    for (struct process *process = all_processes; process; process = process->next) {
        if (process->id) {
            kill(-process->id, SIGKILL);
        }
    }
}

static void add_to_all(struct process *process) {
    static bool registered;
    if (!registered) {
        registered = true;
        atexit(kill_all);
    }
    process->next = all_processes;
    if (all_processes) {
        all_processes->previous = process;
    }
    all_processes = process;
}

static void remove_from_all(struct process *process) {
    if (process->previous) {
        process->previous->next = process->next;
    } else {
        all_processes = process->next;
    }
    if (process->next) {
        process->next->previous = process->previous;
    }
}

/* ---- starting ---- */

static bool is_program(const char *path) {
    return access(path, X_OK) == 0;
}

/* The program's path; NULL and ENOENT when PATH has none. free(). */
static char *find_program(const struct process_options *options) {
    if (strchr(options->program, '/')) {
        return xstrdup(options->program);
    }
    struct text path = TEXT("/usr/local/bin:/usr/bin:/bin");
    for (const char *const *entry = options->environment; *entry; entry++) {
        if (strncmp(*entry, "PATH=", 5) == 0) {
            path = text_of(*entry + 5);
        }
    }
    while (path.data) {
        struct text directory = text_cut(&path, ':');
        char *candidate = NULL;
        if (asprintf(&candidate, "%.*s/%s", TEXT_ARGUMENTS(directory.size ? directory : TEXT(".")),
                     options->program) < 0) {
            die("process: no memory");
        }
        if (is_program(candidate)) {
            return candidate;
        }
        free(candidate);
    }
    errno = ENOENT;
    return NULL;
}

static int spawn(const char *program, const struct process_options *options, int output, pid_t *id) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (options->directory) {
        posix_spawn_file_actions_addchdir_np(&actions, options->directory);
    }
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int error = posix_spawn(id, program, &actions, &attributes, (char *const *)(uintptr_t)options->arguments,
                            (char *const *)(uintptr_t)options->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Children inherit the soft limit, so it is lowered while one is started. */
static int spawn_with_few_files(const char *program, const struct process_options *options, int output,
                                pid_t *id) {
    struct rlimit ours;
    bool lowers = getrlimit(RLIMIT_NOFILE, &ours) == 0 && ours.rlim_cur > OPEN_FILES;
    if (lowers) {
        struct rlimit theirs = {.rlim_cur = OPEN_FILES, .rlim_max = ours.rlim_max};
        setrlimit(RLIMIT_NOFILE, &theirs);
    }
    int error = spawn(program, options, output, id);
    if (lowers) {
        setrlimit(RLIMIT_NOFILE, &ours);
    }
    return error;
}

static void on_output(void *argument, int events);
static void on_exit_event(void *argument, int events);
static void on_poll(void *argument);
static void close_all_of(void *argument);

static void watch(struct process *process) {
    process->output_source =
        loop_watch(process->loop, process->output_descriptor, LOOP_READABLE, on_output, process);
    process->exit_descriptor = (int)syscall(SYS_pidfd_open, process->id, 0);
    if (process->exit_descriptor >= 0) {
        fcntl(process->exit_descriptor, F_SETFD, FD_CLOEXEC);
        process->exit_source =
            loop_watch(process->loop, process->exit_descriptor, LOOP_READABLE, on_exit_event, process);
    } else {
        process->poll_timer = loop_after_real(process->loop, POLL_MS, on_poll, process);
    }
}

struct process *process_start(struct loop *loop, const struct process_options *options) {
    int ends[2];
    char *program = find_program(options);
    if (!program) {
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int saved = errno;
        free(program);
        errno = saved;
        return NULL;
    }
    /* Only our end: children expect an ordinary standard output. */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pid_t id = 0;
    int error = spawn_with_few_files(program, options, ends[1], &id);
    close(ends[1]);
    free(program);
    if (error) {
        close(ends[0]);
        errno = error;
        return NULL;
    }
    struct process *process = xcalloc(1, sizeof *process);
    process->loop = loop;
    process->id = id;
    process->output_descriptor = ends[0];
    process->output = options->output;
    process->exited = options->exited;
    process->argument = options->argument;
    add_to_all(process);
    loop_at_close(loop, close_all_of, loop);
    watch(process);
    return process;
}

bool process_is_known(int64_t id) {
    const struct process *process = all_processes;
    while (process && process->id != id) {
        process = process->next;
    }
    return process;
}

int process_id(const struct process *process) {
    return process->id;
}

void process_signal(struct process *process, int signal) {
    if (process->id) {
        kill(-process->id, signal);
    }
}

/* ---- output and exit ---- */

static void close_output(struct process *process) {
    if (process->output_descriptor >= 0) {
        loop_unwatch(process->output_source);
        close(process->output_descriptor);
        process->output_descriptor = -1;
    }
}

/* Hands on what is in the pipe; at most `rounds` reads. */
static void read_output(struct process *process, int rounds) {
    char bytes[READ_BYTES];
    for (int i = 0; i < rounds && process->output_descriptor >= 0 && !process->is_closed; i++) {
        ssize_t size = read(process->output_descriptor, bytes, sizeof bytes);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        if (size <= 0) {
            close_output(process);
            return;
        }
        if (process->output) {
            process->output(process->argument, (struct text){bytes, (size_t)size});
        }
    }
}

void process_drain(struct process *process) {
    read_output(process, LAST_READS);
}

static void free_process(struct process *process) {
    close_output(process);
    loop_unwatch(process->exit_source);
    loop_cancel_timer(process->poll_timer);
    if (process->exit_descriptor >= 0) {
        close(process->exit_descriptor);
    }
    remove_from_all(process);
    free(process);
}

static void on_output(void *argument, int events) {
    struct process *process = argument;
    (void)events;
    read_output(process, READS_PER_TURN); /* closed meanwhile: freed when its end is seen */
}

static int reap(struct process *process) {
    int status = 0;
    while (waitpid(process->id, &status, 0) < 0 && errno == EINTR) {
    }
    process->id = 0;
    return status;
}

/* The leader has exited and is not reaped: its group's number is still ours. Whatever it started and left
 * ends too; what all of them wrote is in the pipe. */
static void finish(struct process *process) {
    kill(-process->id, SIGKILL);
    loop_unwatch(process->exit_source);
    process->exit_source = NULL;
    int status = reap(process);
    process->is_calling = true;
    read_output(process, LAST_READS);
    close_output(process);
    if (!process->is_closed && process->exited) {
        bool killed = WIFSIGNALED(status);
        process->exited(process->argument, killed ? 0 : WEXITSTATUS(status), killed ? WTERMSIG(status) : 0);
    }
    process->is_calling = false;
    if (process->is_closed) {
        free_process(process);
    }
}

static void on_exit_event(void *argument, int events) {
    (void)events;
    finish(argument);
}

static void on_poll(void *argument) {
    struct process *process = argument;
    process->poll_timer = NULL;
    siginfo_t information = {0};
    if (waitid(P_PID, (id_t)process->id, &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        information.si_pid == process->id) {
        finish(process);
    } else {
        process->poll_timer = loop_after_real(process->loop, POLL_MS, on_poll, process);
    }
}

void process_close(struct process *process) {
    if (!process || process->is_closed) {
        return;
    }
    process->is_closed = true;
    if (process->id) {
        /* Freed when its end is seen: dying takes a large process a while. */
        kill(-process->id, SIGKILL);
        close_output(process);
    } else if (!process->is_calling) {
        free_process(process);
    }
}

static void close_all_of(void *argument) {
    const struct loop *loop = argument;
    struct process *next;
    for (struct process *process = all_processes; process; process = next) {
        next = process->next;
        if (process->loop == loop) {
            process->is_closed = true;
            if (process->id) {
                kill(-process->id, SIGKILL);
                reap(process);
            }
            free_process(process);
        }
    }
}
