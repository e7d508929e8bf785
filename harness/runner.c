#include "harness/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/base/clock.h"
#include "emulator/base/die.h"
#include "emulator/io/run_directory.h"
#include "harness/emulator_options.h"
#include "harness/orphans.h"
#include "harness/requirements.h"
#include "harness/scenario_run.h"

/* Time a scenario gets beyond its own limit before its process is ended. */
#define GRACE_MS 15000

struct job {
    const struct scenario *scenario;
    struct scenario_result *result; /* NULL: not done */
    pid_t process;                  /* 0: not started or done */
    int pipe;
    struct strbuf received;
    int64_t started_us;
};

/* ---- in the scenario's process ---- */

static void write_all(int descriptor, const char *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        data += written;
        size -= (size_t)written;
    }
}

static _Noreturn void be_scenario(const struct scenario *scenario, int descriptor,
                                  struct play_options options) {
    /* Ctrl-C reaches the whole group; when the parent is killed alone, nobody waits for us any more. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct arena *arena = arena_open();
    struct scenario_result *result = scenario_result_open(scenario->file, scenario->name);
    result->seed = scenario->seed;
    const char *missing = requirements_missing(arena, scenario->requires);
    if (missing) {
        scenario_result_end(result, OUTCOME_SKIPPED, missing);
    } else {
        options.node_modules = requirements_node_modules(arena);
        options.handlers = requirements_handlers(arena);
        scenario_play(scenario, result, &options);
    }
    json_t *json = scenario_result_to_json(result);
    char *text = json_dumps(json, JSON_COMPACT);
    write_all(descriptor, text ? text : "", text ? strlen(text) : 0);
    free(text);
    json_decref(json);
    scenario_result_close(result);
    arena_close(arena);
    close(descriptor);
    /* Output buffers were copied from the parent: they are its to flush. exit() for the sanitizers. */
    exit(0);
}

/* ---- in the parent ---- */

/* In a scenario's process: what the parent knows of the others. */
static void forget_jobs(struct job *jobs, int count) {
    for (int i = 0; i < count; i++) {
        scenario_result_close(jobs[i].result);
        strbuf_release(&jobs[i].received);
    }
    free(jobs);
}

/* Starts the first job that has not been started. */
static void start_job(struct job *jobs, int index, const struct runner_options *runner) {
    struct job *job = &jobs[index];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        die("pipe: %s", strerror(errno));
    }
    fflush(NULL);
    job->started_us = clock_monotonic_us();
    pid_t child = fork();
    if (child < 0) {
        die("fork: %s", strerror(errno));
    }
    if (child == 0) {
        const struct scenario *scenario = job->scenario;
        close(ends[0]);
        signals_unblock();
        struct play_options options = {
            .keep_going = runner->keep_going,
            .only_invariants = runner->only_invariants,
            .collect_points = runner->collect_points,
            .fault = runner->faults ? runner->faults[index] : NULL,
        };
        forget_jobs(jobs, index);
        be_scenario(scenario, ends[1], options);
    }
    close(ends[1]);
    job->process = child;
    job->pipe = ends[0];
    job->received = STRBUF_INIT;
}

static struct scenario_result *broken(const struct job *job, const char *reason) {
    struct scenario_result *result = scenario_result_open(job->scenario->file, job->scenario->name);
    result->seed = job->scenario->seed;
    result->real_us = clock_monotonic_us() - job->started_us;
    scenario_result_end(result, OUTCOME_BROKEN, reason);
    return result;
}

struct job_list {
    const struct job *jobs;
    int count;
};

static bool is_running_job(void *argument, pid_t child) {
    const struct job_list *list = argument;
    for (int i = 0; i < list->count; i++) {
        if (list->jobs[i].process == child) {
            return true;
        }
    }
    return false;
}

/* The pipe is closed: the tree is complete, or the process has died. */
static void end_job(struct job *job, const char *reason) {
    int status = 0;
    close(job->pipe);
    if (reason) {
        kill(job->process, SIGKILL);
    }
    while (waitpid(job->process, &status, 0) < 0 && errno == EINTR) {
    }
    job->process = 0;
    json_t *json = json_loadb(job->received.data ? job->received.data : "", job->received.size, 0, NULL);
    /* A status other than 0 after a whole result is a sanitizer's word on how the process ended. */
    job->result = json && !reason && status == 0 ? scenario_result_from_json(json) : NULL;
    json_decref(json);
    if (!job->result) {
        char text[128];
        if (WIFSIGNALED(status)) {
            snprintf(text, sizeof text, "the scenario's process was ended by signal %d (%s)",
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
        } else {
            snprintf(text, sizeof text, "the scenario's process ended with status %d", WEXITSTATUS(status));
        }
        job->result = broken(job, reason ? reason : text);
    }
    strbuf_release(&job->received);
}

static void read_pipe(struct job *job) {
    char bytes[65536];
    ssize_t count = read(job->pipe, bytes, sizeof bytes);
    if (count > 0) {
        strbuf_append(&job->received, bytes, (size_t)count);
    } else if (count == 0 || errno != EINTR) {
        end_job(job, NULL);
    }
}

/* Real time left to the job; ends it when there is none. */
static int64_t time_left_ms(struct job *job) {
    int64_t used_ms = (clock_monotonic_us() - job->started_us) / 1000;
    return job->scenario->time_limit_ms + GRACE_MS - used_ms;
}

/* Waits until a running job has something to say. */
static void wait_for_jobs(struct job *jobs, int count, int signals) {
    struct pollfd *polls = xcalloc((size_t)count + 1, sizeof *polls);
    struct job **polled = xcalloc((size_t)count, sizeof(struct job *));
    nfds_t poll_count = 0;
    int64_t wait_ms = INT32_MAX;
    for (int i = 0; i < count; i++) {
        if (jobs[i].process) {
            int64_t left_ms = time_left_ms(&jobs[i]);
            wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
            polls[poll_count] = (struct pollfd){.fd = jobs[i].pipe, .events = POLLIN};
            polled[poll_count++] = &jobs[i];
        }
    }
    polls[poll_count] = (struct pollfd){.fd = signals, .events = POLLIN};
    poll(polls, poll_count + 1, wait_ms < 0 ? 0 : (int)wait_ms);
    for (nfds_t i = 0; i < poll_count; i++) {
        if (polls[i].revents) {
            read_pipe(polled[i]);
        } else if (time_left_ms(polled[i]) <= 0) {
            end_job(polled[i], "the scenario took longer than its time_limit of real time");
        }
    }
    free(polls);
    free(polled);
}

static int running_count(const struct job *jobs, int count) {
    int running = 0;
    for (int i = 0; i < count; i++) {
        running += jobs[i].process != 0;
    }
    return running;
}

/* ---- temporary files ---- */

/* One folder for all scenarios, so that nothing stays behind when one of them dies. */
struct scratch {
    struct run_directory folder; /* none: it could not be made, all stays as it was */
    char *before;                /* TMPDIR; NULL: it was not set */
};

static struct scratch open_scratch(void) {
    const char *before = getenv("TMPDIR");
    struct scratch scratch = {.folder = RUN_DIRECTORY_NONE, .before = before ? xstrdup(before) : NULL};
    if (run_directory_make(&scratch.folder, run_directory_parent())) {
        setenv("TMPDIR", scratch.folder.path, 1);
    }
    return scratch;
}

static void close_scratch(struct scratch *scratch) {
    run_directory_remove(&scratch->folder);
    if (scratch->before) {
        setenv("TMPDIR", scratch->before, 1);
    } else {
        unsetenv("TMPDIR");
    }
    free(scratch->before);
}

/* ---- being told to stop ---- */

/* The scenarios end, their files go, and then the signal does what it would have done at first. */
static void stop_if_told(int signals, struct job *jobs, int started, struct scratch *scratch) {
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    for (int i = 0; i < started; i++) {
        if (jobs[i].process) {
            kill(jobs[i].process, SIGKILL);
            waitpid(jobs[i].process, NULL, 0);
            jobs[i].process = 0;
        }
    }
    orphans_end(is_running_job, &(struct job_list){jobs, started});
    close_scratch(scratch);
    signal((int)info.ssi_signo, SIG_DFL);
    raise((int)info.ssi_signo);
    signals_unblock();
    _exit(128 + (int)info.ssi_signo); /* whoever started us had blocked it */
}

/* ---- all of them ---- */

void runner_run(struct scenario *const *scenarios, int count, const struct runner_options *options,
                struct run_result *result) {
    int64_t before_us = clock_monotonic_us();
    signals_block();
    orphans_adopt(); /* handlers of a scenario that dies */
    struct scratch scratch = open_scratch();
    int signals = signals_open();
    struct job *jobs = xcalloc((size_t)count + 1, sizeof *jobs);
    for (int i = 0; i < count; i++) {
        jobs[i].scenario = scenarios[i];
    }
    int started = 0;
    int reported = 0;
    while (reported < count) {
        while (started < count && running_count(jobs, started) < options->jobs) {
            start_job(jobs, started++, options);
        }
        wait_for_jobs(jobs, started, signals);
        stop_if_told(signals, jobs, started, &scratch);
        for (; reported < count && jobs[reported].result; reported++) {
            if (jobs[reported].result->outcome == OUTCOME_BROKEN) {
                orphans_end(is_running_job, &(struct job_list){jobs, started});
            }
            if (options->finished) {
                options->finished(options->argument, jobs[reported].result);
            }
        }
    }
    result->scenarios = xcalloc((size_t)count + 1, sizeof(struct scenario_result *));
    result->scenario_count = count;
    for (int i = 0; i < count; i++) {
        result->scenarios[i] = jobs[i].result;
    }
    close_scratch(&scratch);
    signals_unblock();
    close(signals);
    result->real_us = clock_monotonic_us() - before_us;
    free(jobs);
}

void run_result_release(struct run_result *result) {
    for (int i = 0; i < result->scenario_count; i++) {
        scenario_result_close(result->scenarios[i]);
    }
    free(result->scenarios);
}
