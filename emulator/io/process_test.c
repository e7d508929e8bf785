#include "emulator/io/process.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"

struct child {
    struct process *process;
    struct strbuf output;
    bool exited;
    int exit_code;
    int signal;
    bool close_in_output;
    bool close_in_exit;
};

static void on_output(void *argument, struct text bytes) {
    struct child *child = argument;
    CU_ASSERT_FALSE(child->exited);
    strbuf_append_text(&child->output, bytes);
    if (child->close_in_output) {
        process_close(child->process);
    }
}

static void on_exit_of_child(void *argument, int exit_code, int signal) {
    struct child *child = argument;
    CU_ASSERT_FALSE(child->exited);
    child->exited = true;
    child->exit_code = exit_code;
    child->signal = signal;
    if (child->close_in_exit) {
        process_close(child->process);
    }
}

static const char *const environment[] = {"PATH=/usr/bin:/bin", "COLOUR=blue", NULL};

static struct process *start(struct loop *loop, struct child *child, const char *script,
                             const char *directory) {
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const struct process_options options = {
        .program = "sh",
        .arguments = arguments,
        .environment = environment,
        .directory = directory,
        .output = on_output,
        .exited = on_exit_of_child,
        .argument = child,
    };
    strbuf_init(&child->output, STRBUF_DEFAULT_LIMIT);
    child->process = process_start(loop, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(child->process);
    return child->process;
}

static void wait_for_exit(struct loop *loop, struct child *child) {
    for (int round = 0; round < 5000 && !child->exited; round++) {
        loop_run_once(loop, 10);
    }
    CU_ASSERT(child->exited);
}

static void wait_for_output(struct loop *loop, struct child *child, const char *wanted) {
    for (int round = 0; round < 5000 && !(child->output.data && strstr(child->output.data, wanted));
         round++) {
        loop_run_once(loop, 10);
    }
    CU_ASSERT(child->output.data && strstr(child->output.data, wanted));
}

static void finish(struct child *child) {
    process_close(child->process);
    strbuf_release(&child->output);
}

static void output_and_exit_code_arrive(void) {
    struct loop *loop = loop_open();
    struct child child = {0};
    start(loop, &child, "echo out; echo err >&2; echo $COLOUR; pwd; cat; exit 7", "/usr");
    wait_for_exit(loop, &child);
    CU_ASSERT_STRING_EQUAL(child.output.data, "out\nerr\nblue\n/usr\n");
    CU_ASSERT_EQUAL(child.exit_code, 7);
    CU_ASSERT_EQUAL(child.signal, 0);
    CU_ASSERT_EQUAL(process_id(child.process), 0);
    process_signal(child.process, SIGKILL); /* nobody is there: no effect */
    finish(&child);
    loop_close(loop);
}

static void all_output_comes_before_the_exit(void) {
    struct loop *loop = loop_open();
    struct child child = {0};
    start(loop, &child,
          "i=0; while [ $i -lt 2000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done",
          NULL);
    wait_for_exit(loop, &child);
    CU_ASSERT_EQUAL(child.output.size, 2000 * 41);
    finish(&child);
    loop_close(loop);
}

static void a_signal_reaches_the_whole_group(void) {
    struct loop *loop = loop_open();
    struct child child = {0};
    start(loop, &child, "sleep 1000 & echo started; wait", NULL);
    wait_for_output(loop, &child, "started");
    int group = process_id(child.process);
    CU_ASSERT_EQUAL(kill(-group, 0), 0);
    process_signal(child.process, SIGTERM);
    wait_for_exit(loop, &child);
    CU_ASSERT_EQUAL(child.signal, SIGTERM);
    CU_ASSERT_EQUAL(child.exit_code, 0);
    finish(&child);
    loop_close(loop);
}

static void a_stopped_child_can_be_continued_and_killed(void) {
    struct loop *loop = loop_open();
    struct child child = {0};
    start(loop, &child, "kill -STOP $$; echo thawed; kill -STOP $$; echo never", NULL);
    for (int round = 0; round < 5000 && child.output.size == 0; round++) {
        process_signal(child.process, SIGCONT);
        loop_run_once(loop, 1);
    }
    CU_ASSERT_STRING_EQUAL(child.output.data, "thawed\n");
    process_signal(child.process, SIGKILL);
    wait_for_exit(loop, &child);
    CU_ASSERT_EQUAL(child.signal, SIGKILL);
    finish(&child);
    loop_close(loop);
}

static void what_a_child_leaves_behind_is_killed(void) {
    struct loop *loop = loop_open();
    struct child child = {0};
    start(loop, &child, "sleep 1000 & echo $!; exit 0", NULL);
    wait_for_exit(loop, &child); /* though the sleeper holds the pipe open */
    int64_t sleeper = 0;
    CU_ASSERT(text_to_int64(text_trim(strbuf_text(&child.output)), &sleeper));
    for (int round = 0; round < 5000 && kill((pid_t)sleeper, 0) == 0; round++) {
        char path[64];
        char state[512] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", (int)sleeper);
        FILE *stream = fopen(path, "r");
        if (!stream || !fgets(state, sizeof state, stream) || strstr(state, ") Z")) {
            sleeper = 0; /* gone, or nobody reaps it */
        }
        if (stream) {
            fclose(stream);
        }
        if (!sleeper) {
            break;
        }
        loop_run_once(loop, 1);
    }
    CU_ASSERT(sleeper == 0 || kill((pid_t)sleeper, 0) != 0);
    finish(&child);
    loop_close(loop);
}

static void a_closed_process_is_silent(void) {
    struct loop *loop = loop_open();
    struct child child = {.close_in_output = true};
    start(loop, &child, "echo a; echo b; exec sleep 1000", NULL);
    int id = process_id(child.process);
    wait_for_output(loop, &child, "a");
    for (int round = 0; round < 5000 && kill(id, 0) == 0; round++) {
        loop_run_once(loop, 1);
    }
    CU_ASSERT_NOT_EQUAL(kill(id, 0), 0);
    CU_ASSERT_FALSE(child.exited);
    strbuf_release(&child.output);
    loop_close(loop);
}

static void closing_inside_the_exit_callback_works(void) {
    struct loop *loop = loop_open();
    struct child child = {.close_in_exit = true};
    start(loop, &child, "exit 3", NULL);
    wait_for_exit(loop, &child);
    CU_ASSERT_EQUAL(child.exit_code, 3);
    strbuf_release(&child.output);
    loop_close(loop);
}

static void closing_the_loop_kills_everything(void) {
    struct loop *loop = loop_open();
    struct child a = {0};
    struct child b = {0};
    int first = process_id(start(loop, &a, "exec sleep 1000", NULL));
    int second = process_id(start(loop, &b, "kill -STOP $$", NULL));
    loop_close(loop);
    CU_ASSERT_NOT_EQUAL(kill(first, 0), 0);
    CU_ASSERT_NOT_EQUAL(kill(second, 0), 0);
    CU_ASSERT_FALSE(a.exited);
    strbuf_release(&a.output);
    strbuf_release(&b.output);
}

static void nothing_of_ours_is_inherited(void) {
    struct loop *loop = loop_open();
    int leaky = open("/dev/null", O_RDONLY); /* not closed on exec, on purpose */
    struct child child = {0};
    start(loop, &child, "echo /proc/self/fd/*; ulimit -n; trap; kill -PIPE $$; echo survived", NULL);
    wait_for_exit(loop, &child);
    CU_ASSERT_PTR_NULL(strstr(child.output.data, "/proc/self/fd/4"));
    CU_ASSERT_PTR_NOT_NULL(strstr(child.output.data, "1024\n"));
    CU_ASSERT_EQUAL(child.signal, SIGPIPE);
    close(leaky);
    finish(&child);
    loop_close(loop);
}

static void what_cannot_start_is_refused(void) {
    struct loop *loop = loop_open();
    const char *const arguments[] = {"nothing", NULL};
    struct process_options options = {
        .program = "no-such-program", .arguments = arguments, .environment = environment};
    CU_ASSERT_PTR_NULL(process_start(loop, &options));
    CU_ASSERT_EQUAL(errno, ENOENT);
    options.program = "/no/such/program";
    CU_ASSERT_PTR_NULL(process_start(loop, &options));
    CU_ASSERT_EQUAL(errno, ENOENT);
    options.program = "/etc/passwd";
    CU_ASSERT_PTR_NULL(process_start(loop, &options));
    CU_ASSERT_EQUAL(errno, EACCES);
    options.program = "sh";
    options.directory = "/no/such/directory";
    CU_ASSERT_PTR_NULL(process_start(loop, &options));
    CU_ASSERT_EQUAL(errno, ENOENT);
    loop_close(loop);
}

void process_test(void) {
    unit_test("output and exit code arrive", output_and_exit_code_arrive);
    unit_test("all output comes before the exit", all_output_comes_before_the_exit);
    unit_test("a signal reaches the whole group", a_signal_reaches_the_whole_group);
    unit_test("a stopped child can be continued and killed", a_stopped_child_can_be_continued_and_killed);
    unit_test("what a child leaves behind is killed", what_a_child_leaves_behind_is_killed);
    unit_test("a closed process is silent", a_closed_process_is_silent);
    unit_test("closing inside the exit callback works", closing_inside_the_exit_callback_works);
    unit_test("closing the loop kills everything", closing_the_loop_kills_everything);
    unit_test("nothing of ours is inherited", nothing_of_ours_is_inherited);
    unit_test("what cannot start is refused", what_cannot_start_is_refused);
}
