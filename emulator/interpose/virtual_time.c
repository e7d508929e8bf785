/*
 * A second library that handler processes preload when the emulator's clock is virtual: sleeps take emulated
 * time. A sleep of a tenth of a second or more is not slept: the emulator is asked (on the environment's
 * Runtime API address) to let that much of its time pass, and the process's clocks move on by it. A handler
 * that sleeps for two minutes is done in milliseconds, and the emulator sees it take two minutes.
 *
 * Until the first such sleep everything here is the C library's own. When another thread of the process is at
 * work, or the emulator does not answer, the sleep is a real one.
 *
 * Not covered: waiting for descriptors with a limit (Node.js timers), static programs and those that make
 * system calls themselves (Go).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
/* Shorter sleeps are slept: programs that look for something every few milliseconds count on real time. */
#define SHORTEST_NS (SECOND_NS / 10)
/* How long to sleep really before looking again whether the other threads rest. */
#define LOOK_AGAIN_NS (SECOND_NS / 200)
#define LOOKS 4

struct real_clock {
    int (*clock_gettime)(clockid_t, struct timespec *);
    int (*gettimeofday)(struct timeval *, void *);
    time_t (*time)(time_t *);
    int (*clock_nanosleep)(clockid_t, int, const struct timespec *, struct timespec *);
    int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    int (*poll)(struct pollfd *, nfds_t, int);
    int (*cond_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    int (*cond_clockwait)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    int (*sem_timedwait)(sem_t *, const struct timespec *);
    int (*sem_clockwait)(sem_t *, clockid_t, const struct timespec *);
};

static struct real_clock real;
static bool is_virtual;
static struct sockaddr_in emulator_address;
static pthread_once_t started = PTHREAD_ONCE_INIT;
/* By how much the process's clocks are ahead of the machine's. */
static _Atomic int64_t offset_ns;

static void load(void *place, const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    memcpy(place, &function, sizeof(function));
}

static void start(void) {
    int before = errno;
    load(&real.clock_gettime, "clock_gettime");
    load(&real.gettimeofday, "gettimeofday");
    load(&real.time, "time");
    load(&real.clock_nanosleep, "clock_nanosleep");
    load(&real.select, "select");
    load(&real.poll, "poll");
    load(&real.cond_timedwait, "pthread_cond_timedwait");
    load(&real.cond_clockwait, "pthread_cond_clockwait");
    load(&real.sem_timedwait, "sem_timedwait");
    load(&real.sem_clockwait, "sem_clockwait");
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    const char *colon = address ? strchr(address, ':') : NULL;
    if (colon) {
        emulator_address.sin_family = AF_INET;
        emulator_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        emulator_address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
        is_virtual = emulator_address.sin_port != 0;
    }
    errno = before;
}

static const struct real_clock *functions(void) {
    pthread_once(&started, start);
    return &real;
}

/* ---- Asking the emulator ---- */

/* True when a thread beside this one runs: real time is passing for a reason. *count: threads in all. */
static bool others_work(int *count) {
    DIR *tasks = opendir("/proc/self/task");
    bool found = false;
    *count = 1;
    for (struct dirent *entry; tasks && !found && (entry = readdir(tasks));) {
        char path[300];
        char line[512];
        if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) == (long)gettid()) {
            continue;
        }
        ++*count;
        snprintf(path, sizeof(path), "/proc/self/task/%.200s/stat", entry->d_name);
        int descriptor = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = descriptor >= 0 ? read(descriptor, line, sizeof(line) - 1) : -1;
        if (descriptor >= 0) {
            close(descriptor);
        }
        line[size > 0 ? size : 0] = '\0';
        const char *state = strrchr(line, ')');
        found = state && (state[2] == 'R' || state[2] == 'D');
    }
    if (tasks) {
        closedir(tasks);
    }
    return found;
}

/* The microseconds that the process's clock is to be ahead afterwards; -1: the emulator will not do it. */
static int64_t ask(int64_t sleep_ns, int threads) {
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[256];
    char answer[1024];
    size_t received = 0;
    int size =
        snprintf(request, sizeof(request),
                 "POST /2018-06-01/stackrig/sleep/%lld/%d HTTP/1.1\r\nHost: emulator\r\nConnection: close\r\n"
                 "Content-Length: 0\r\n\r\n",
                 (long long)((sleep_ns + 999999) / 1000000), threads);
    if (connection < 0 ||
        connect(connection, (const struct sockaddr *)&emulator_address, sizeof(emulator_address)) != 0 ||
        send(connection, request, (size_t)size, MSG_NOSIGNAL) != size) {
        received = sizeof(answer);
    }
    while (received < sizeof(answer) - 1) {
        ssize_t count = recv(connection, answer + received, sizeof(answer) - 1 - received, 0);
        if (count < 0) {
            received = sizeof(answer);
        } else if (count == 0) {
            break;
        } else {
            received += (size_t)count;
        }
    }
    if (connection >= 0) {
        close(connection);
    }
    if (received >= sizeof(answer)) {
        return -1;
    }
    answer[received] = '\0';
    const char *body = strstr(answer, "\r\n\r\n");
    return body && strstr(answer, " 200 ") ? (int64_t)strtoll(body + 4, NULL, 10) : -1;
}

static void move_clock_to(int64_t wanted_ns) {
    int64_t now_ns = atomic_load(&offset_ns);
    while (now_ns < wanted_ns && !atomic_compare_exchange_weak(&offset_ns, &now_ns, wanted_ns)) {
    }
}

/* True: the time has passed. False: sleep really. */
static bool sleep_virtually(int64_t sleep_ns) {
    functions();
    if (!is_virtual || sleep_ns < SHORTEST_NS) {
        return false;
    }
    int before = errno;
    int threads = 1;
    /* Of several threads the others may be about to sleep too: then all sleep at the same time. */
    for (int looks = 0; sleep_ns > 0 && (others_work(&threads) || (threads > 1 && looks < LOOKS)); looks++) {
        const struct timespec moment = {0, LOOK_AGAIN_NS};
        real.clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
        sleep_ns -= LOOK_AGAIN_NS;
    }
    bool passed = sleep_ns <= 0;
    if (!passed) {
        int64_t ahead_us = ask(sleep_ns, threads);
        passed = ahead_us >= 0;
        if (passed) {
            move_clock_to(ahead_us * 1000);
        }
    }
    errno = before;
    return passed;
}

static int64_t nanoseconds(const struct timespec *time) {
    return time->tv_sec * SECOND_NS + time->tv_nsec;
}

static struct timespec timespec_of(int64_t time_ns) {
    return (struct timespec){.tv_sec = time_ns / SECOND_NS, .tv_nsec = time_ns % SECOND_NS};
}

/* ---- Clocks ---- */

static bool is_wall_or_monotonic(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
           clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_MONOTONIC_RAW;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = functions()->clock_gettime(clock, time);
    int64_t ahead_ns = atomic_load_explicit(&offset_ns, memory_order_relaxed);
    if (ahead_ns && result == 0 && is_wall_or_monotonic(clock)) {
        *time = timespec_of(nanoseconds(time) + ahead_ns);
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    int result = functions()->gettimeofday(time, zone);
    int64_t ahead_ns = atomic_load_explicit(&offset_ns, memory_order_relaxed);
    if (ahead_ns && result == 0) {
        int64_t now_us = time->tv_sec * INT64_C(1000000) + time->tv_usec + ahead_ns / 1000;
        *time = (struct timeval){.tv_sec = now_us / 1000000, .tv_usec = now_us % 1000000};
    }
    return result;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) {
        *place = now.tv_sec;
    }
    return now.tv_sec;
}

/* A moment of the process's clock as the kernel knows it. */
static struct timespec real_moment(const struct timespec *moment) {
    return timespec_of(nanoseconds(moment) - atomic_load(&offset_ns));
}

/* ---- Sleeps ---- */

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left) {
    const struct real_clock *now = functions();
    if (!is_virtual || !wanted || !is_wall_or_monotonic(clock)) {
        return now->clock_nanosleep(clock, flags, wanted, left);
    }
    int64_t sleep_ns = nanoseconds(wanted);
    if (flags & TIMER_ABSTIME) {
        struct timespec present;
        clock_gettime(clock, &present);
        sleep_ns -= nanoseconds(&present);
    }
    if (sleep_virtually(sleep_ns)) {
        return 0;
    }
    struct timespec moment = flags & TIMER_ABSTIME ? real_moment(wanted) : *wanted;
    return now->clock_nanosleep(clock, flags, &moment, left);
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
    int error = clock_nanosleep(CLOCK_REALTIME, 0, wanted, left);
    if (error) {
        errno = error;
        return -1;
    }
    return 0;
}

unsigned sleep(unsigned seconds) {
    const struct timespec wanted = {.tv_sec = seconds};
    struct timespec left = {0};
    return nanosleep(&wanted, &left) == 0 ? 0 : (unsigned)left.tv_sec;
}

int usleep(useconds_t microseconds) {
    const struct timespec wanted = timespec_of(microseconds * INT64_C(1000));
    return nanosleep(&wanted, NULL);
}

/* Python up to 3.10 sleeps so. */
int select(int count, fd_set *restrict read, fd_set *restrict write, fd_set *restrict except,
           struct timeval *restrict limit) {
    const struct real_clock *now = functions();
    bool is_sleep = count == 0 || (!read && !write && !except);
    if (is_virtual && is_sleep && limit &&
        sleep_virtually(limit->tv_sec * SECOND_NS + limit->tv_usec * INT64_C(1000))) {
        return 0;
    }
    return now->select(count, read, write, except, limit);
}

int poll(struct pollfd *descriptors, nfds_t count, int limit_ms) {
    const struct real_clock *now = functions();
    if (is_virtual && count == 0 && limit_ms > 0 && sleep_virtually(limit_ms * INT64_C(1000000))) {
        return 0;
    }
    return now->poll(descriptors, count, limit_ms);
}

/* ---- Waits until a moment of the process's clock ---- */

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict moment) {
    struct timespec until = real_moment(moment);
    return functions()->cond_timedwait(condition, mutex, &until);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           clockid_t clock, const struct timespec *restrict moment) {
    struct timespec until = real_moment(moment);
    return functions()->cond_clockwait(condition, mutex, clock, &until);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict moment) {
    struct timespec until = real_moment(moment);
    return functions()->sem_timedwait(semaphore, &until);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict moment) {
    struct timespec until = real_moment(moment);
    return functions()->sem_clockwait(semaphore, clock, &until);
}
