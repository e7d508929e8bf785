#include "harness/emulator_options.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/yaml.h"
#include "emulator/core/fault.h"
#include "harness/file_text.h"
#include "services/services.h"

const char *const clock_choices[] = {"real", "virtual", NULL};

static bool is_account(const char *account) {
    return strlen(account) == 12 && strspn(account, "0123456789") == 12;
}

/* us-east-1, us-gov-west-1: letters and digits in at least three parts, the last one a number. */
static bool is_region(const char *region) {
    int parts = 1;
    for (const char *c = region; *c; c++) {
        if (*c == '-') {
            parts++;
        } else if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c)) {
            return false;
        }
    }
    size_t size = strlen(region);
    return parts >= 3 && size < REGION_SIZE && isdigit((unsigned char)region[size - 1]);
}

static struct position fault_position(void *argument, const json_t *value) {
    return yaml_position(argument, value);
}

static bool load_faults(struct emulator *emulator, const char *command, const char *path) {
    struct file_text file;
    if (!file_text_read(path, &file)) {
        fprintf(stderr, "stackrig %s: cannot read the fault rules '%s': %s\n", command, path,
                strerror(errno));
        return false;
    }
    struct yaml_options options = {.scalars = YAML_CORE_SCALARS, .reject_duplicate_keys = true};
    struct yaml_error error;
    struct yaml_document *document = yaml_load(file.text, path, &options, &error);
    if (!document) {
        fprintf(stderr, "%s:%d:%d: %s\n", path, error.line, error.column, error.message);
        file_text_release(&file);
        return false;
    }
    struct diagnostics *diagnostics = diagnostics_open();
    bool good =
        faults_add(emulator_faults(emulator), yaml_root(document), fault_position, document, diagnostics);
    diagnostics_print(diagnostics, stderr);
    diagnostics_close(diagnostics);
    yaml_close(document);
    file_text_release(&file);
    return good;
}

struct emulator *emulator_open_from_flags(const char *command, const struct emulator_flags *flags) {
    if (flags->account && !is_account(flags->account)) {
        fprintf(stderr, "stackrig %s: --account takes 12 digits, not '%s'\n", command, flags->account);
        return NULL;
    }
    if (flags->region && !is_region(flags->region)) {
        fprintf(stderr, "stackrig %s: --region takes a name such as us-east-1, not '%s'\n", command,
                flags->region);
        return NULL;
    }
    bool is_virtual = strcmp(flags->clock, "virtual") == 0;
    struct emulator_options options = {
        .services = services_all(),
        .data_directory = flags->data_directory,
        .account = flags->account,
        .region = flags->region,
        .clock = is_virtual ? CLOCK_VIRTUAL : CLOCK_REAL,
        .seed = (uint64_t)flags->seed,
        .jump_when_idle = is_virtual,
        .host = flags->host,
        .port = (int)flags->port,
    };
    const char *message = NULL;
    struct emulator *emulator = emulator_open(&options, &message);
    if (!emulator) {
        fprintf(stderr, "stackrig %s: %s\n", command, message ? message : "the emulator cannot start");
        return NULL;
    }
    if (flags->faults && !load_faults(emulator, command, flags->faults)) {
        emulator_close(emulator);
        return NULL;
    }
    return emulator;
}

/* ---- signals ---- */

/* Who started us with SIGHUP ignored (nohup) wants us to outlive the terminal: blocked, it would arrive. */
static bool outlives_terminal(void) {
    struct sigaction action;
    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static sigset_t stop_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (!outlives_terminal()) {
        sigaddset(&set, SIGHUP);
    }
    return set;
}

void signals_block(void) {
    sigset_t set = stop_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void signals_unblock(void) {
    sigset_t set = stop_signals();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int signals_open(void) {
    sigset_t set = stop_signals();
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0) {
        die("signalfd: %s", strerror(errno));
    }
    return descriptor;
}

static void signal_arrived(void *argument, int events) {
    struct signal_watch *watch = argument;
    struct signalfd_siginfo info;
    (void)events;
    while (read(watch->descriptor, &info, sizeof info) == (ssize_t)sizeof info) {
        watch->function(watch->argument, (int)info.ssi_signo, info.ssi_code == SI_KERNEL);
    }
}

void signals_watch(struct signal_watch *watch, struct emulator *emulator,
                   void (*function)(void *argument, int signal, bool typed), void *argument) {
    int descriptor = signals_open();
    *watch = (struct signal_watch){.descriptor = descriptor, .function = function, .argument = argument};
    watch->source = loop_watch(emulator_loop(emulator), descriptor, LOOP_READABLE, signal_arrived, watch);
}

void signals_unwatch(struct signal_watch *watch) {
    loop_unwatch(watch->source);
    close(watch->descriptor);
}
