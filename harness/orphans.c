#include "harness/orphans.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/base/text.h"

/* Generations of orphans: ending one may bring its children to us. */
#define MAXIMUM_ROUNDS 64

void orphans_adopt(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* The numbers of our children, as the kernel lists them. */
static struct text list_children(char *buffer, size_t capacity) {
    int descriptor = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t size = descriptor < 0 ? 0 : read(descriptor, buffer, capacity);
    if (descriptor >= 0) {
        close(descriptor);
    }
    return (struct text){buffer, size > 0 ? (size_t)size : 0};
}

/* True when there was one to end. */
static bool end_once(bool (*keep)(void *argument, pid_t child), void *argument) {
    char buffer[65536];
    struct text rest = list_children(buffer, sizeof buffer);
    pid_t own_group = getpgrp();
    bool ended = false;
    while (rest.data) {
        struct text word = text_cut(&rest, ' ');
        int64_t number = 0;
        if (!text_to_int64(word, &number) || keep(argument, (pid_t)number)) {
            continue;
        }
        pid_t child = (pid_t)number;
        pid_t group = getpgid(child);
        if (group == child && group != own_group) {
            kill(-child, SIGKILL);
        }
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        ended = true;
    }
    return ended;
}

void orphans_end(bool (*keep)(void *argument, pid_t child), void *argument) {
    for (int round = 0; round < MAXIMUM_ROUNDS && end_once(keep, argument); round++) {
    }
}
