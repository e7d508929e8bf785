/* `stackrig test`: scenario files, run and reported. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "harness/command.h"
#include "harness/report.h"
#include "harness/runner.h"

struct test_flags {
    int64_t jobs;
    const char *report;
    int64_t seed;
    bool verbose;
    bool keep_going;
};

static const char *const report_names[] = {"text", "tap", "junit", NULL};

static const struct option_row rows[] = {
    {"--jobs", 'j', OPTION_INTEGER, offsetof(struct test_flags, jobs), "N",
     "scenarios at a time; 0: one a processor", 0, 1024, NULL},
    {"--report", 'r', OPTION_STRING, offsetof(struct test_flags, report), "text|tap|junit", "what to print",
     0, 0, report_names},
    {"--seed", 's', OPTION_INTEGER, offsetof(struct test_flags, seed), "N",
     "instead of the scenarios' own seeds", 1, INT64_MAX, NULL},
    {"--verbose", 'v', OPTION_FLAG, offsetof(struct test_flags, verbose), NULL,
     "the steps of passed scenarios too", 0, 0, NULL},
    {"--keep-going", 'k', OPTION_FLAG, offsetof(struct test_flags, keep_going), NULL,
     "go on with a scenario's later steps after a failure", 0, 0, NULL},
    {0},
};

const struct option_set test_options = {
    "test",
    "stackrig test [flags] PATHS...",
    "Runs scenario files (docs/SCENARIOS.md); of a folder, all *.yaml below it.\n"
    "Exit status: 0 passed or skipped, 1 something failed, 2 a file or flag is wrong (nothing was run).",
    rows,
    "PATHS...",
    false};

/* ---- finding the files ---- */

struct file_list {
    char **files;
    int count;
};

static void list_add(struct file_list *list, const char *file) {
    list->files = xrealloc(list->files, (size_t)(list->count + 1) * sizeof *list->files);
    list->files[list->count++] = xstrdup(file);
}

static void list_release(struct file_list *list) {
    for (int i = 0; i < list->count; i++) {
        free(list->files[i]);
    }
    free(list->files);
}

static bool is_scenario_name(const char *name) {
    return text_ends_with(text_of(name), ".yaml") || text_ends_with(text_of(name), ".yml");
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_path(struct file_list *list, struct arena *arena, const char *path,
                     struct diagnostics *diagnostics, bool named) {
    struct stat status;
    if (stat(path, &status) != 0) {
        diagnostics_add(diagnostics, (struct position){path, 0, 0}, "cannot be read: %s", strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        if (named || is_scenario_name(path)) {
            list_add(list, path);
        }
        return true;
    }
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, by_bytes);
    if (count < 0) {
        diagnostics_add(diagnostics, (struct position){path, 0, 0}, "cannot be read: %s", strerror(errno));
        return false;
    }
    size_t size = strlen(path);
    bool slash = size > 0 && path[size - 1] == '/';
    for (int i = 0; i < count; i++) {
        add_path(list, arena, arena_printf(arena, "%s%s%s", path, slash ? "" : "/", entries[i]->d_name),
                 diagnostics, false);
        free(entries[i]);
    }
    free(entries);
    return true;
}

/* ---- loading ---- */

static struct scenario **load_all(const struct file_list *list, int64_t seed,
                                  struct diagnostics *diagnostics) {
    struct scenario **scenarios = xcalloc((size_t)list->count + 1, sizeof(struct scenario *));
    for (int i = 0; i < list->count; i++) {
        scenarios[i] = scenario_load(list->files[i], diagnostics);
        if (scenarios[i] && seed > 0) {
            scenarios[i]->seed = (uint64_t)seed;
        }
    }
    return scenarios;
}

/* ---- reporting ---- */

static void print_scenario(void *argument, const struct scenario_result *result) {
    struct strbuf buffer = STRBUF_INIT;
    report_text_scenario(&buffer, result, argument);
    fwrite(buffer.data, 1, buffer.size, stdout);
    fflush(stdout);
    strbuf_release(&buffer);
}

static const struct report_kind report_kinds[] = {
    {"text", report_text_summary}, {"tap", report_tap}, {"junit", report_junit}};

static void print_report(const char *name, const struct run_result *result,
                         const struct report_options *options) {
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof report_kinds / sizeof report_kinds[0]; i++) {
        if (strcmp(report_kinds[i].name, name) == 0) {
            report_kinds[i].write(&buffer, result, options);
        }
    }
    fwrite(buffer.data, 1, buffer.size, stdout);
    strbuf_release(&buffer);
}

static int run_all(struct scenario *const *scenarios, int count, const struct test_flags *flags) {
    bool text = strcmp(flags->report, "text") == 0;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct report_options report_options = {
        .verbose = flags->verbose,
        .color = text && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
    };
    struct runner_options options = {
        .jobs = flags->jobs > 0  ? (int)flags->jobs
                : processors > 1 ? (int)processors
                                 : 1,
        .keep_going = flags->keep_going,
        .finished = text ? print_scenario : NULL,
        .argument = &report_options,
    };
    struct run_result result;
    runner_run(scenarios, count, &options, &result);
    print_report(flags->report, &result, &report_options);
    int bad = run_result_count(&result, OUTCOME_FAILED) + run_result_count(&result, OUTCOME_BROKEN);
    run_result_release(&result);
    return bad > 0 ? EXIT_FAILED : EXIT_PASSED;
}

int test_command(int argc, char **argv) {
    struct test_flags flags = {.report = "text"};
    int rest = 0;
    enum options_outcome outcome = options_parse(&test_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    if (rest >= argc) {
        fputs("stackrig test: name scenario files or folders, for example 'stackrig test scenarios/'\n",
              stderr);
        return EXIT_BAD_INPUT;
    }
    struct diagnostics *diagnostics = diagnostics_open();
    struct arena *arena = arena_open();
    struct file_list list = {0};
    for (int i = rest; i < argc; i++) {
        add_path(&list, arena, argv[i], diagnostics, true);
    }
    struct scenario **scenarios = load_all(&list, flags.seed, diagnostics);
    int status = EXIT_BAD_INPUT;
    if (diagnostics_count(diagnostics) > 0) {
        diagnostics_print(diagnostics, stderr);
    } else if (list.count == 0) {
        fputs("stackrig test: there is no scenario file (*.yaml) in what you named\n", stderr);
    } else {
        status = run_all(scenarios, list.count, &flags);
    }
    for (int i = 0; i < list.count; i++) {
        scenario_close(scenarios[i]);
    }
    free(scenarios);
    list_release(&list);
    diagnostics_close(diagnostics);
    arena_close(arena);
    return status;
}
