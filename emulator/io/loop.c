#include "emulator/io/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/scheduler.h"

#define EVENTS_PER_ROUND 64
/* How often work that makes work is done before descriptors are looked at again. */
#define PASSES_PER_ROUND 4
#define WORKER_STACK_BYTES ((size_t)512 * 1024)

struct loop_source {
    struct loop *loop;
    int descriptor;
    int events;
    bool dead; /* unwatched: an event of the same round may still point here */
    loop_fn *function;
    void *argument;
    struct loop_source *next; /* watched: all sources; dead: what the end of the round frees */
    struct loop_source *previous;
};

struct loop_timer {
    struct loop *loop;
    task_id task;
    void (*function)(void *argument);
    void *argument;
};

struct loop_job {
    void (*function)(void *argument);
    void (*done)(void *argument);
    void *argument;
    struct loop_job *next;
};

struct job_queue {
    struct loop_job *first;
    struct loop_job **end;
};

struct before_wait {
    loop_before_wait_fn *function;
    void *argument;
};

struct close_function {
    void (*function)(void *argument);
    void *argument;
};

struct loop {
    int epoll;
    int wake; /* eventfd */
    void (*hook)(void *argument);
    void *hook_argument;
    struct loop_source *sources;
    struct loop_source *dead;

    struct scheduler *timers; /* in real time */

    struct before_wait *before_waits;
    size_t before_wait_count;
    struct close_function *close_functions;
    size_t close_function_count;

    pthread_t worker;
    bool worker_started;
    pthread_mutex_t mutex; /* of the three below */
    pthread_cond_t work_added;
    bool stopping;
    struct job_queue todo;
    struct job_queue finished;
    atomic_bool has_finished;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct loop *loop_open(void) {
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll < 0 || loop->wake < 0) {
        die("loop: no descriptors left: %s", strerror(errno));
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}; /* NULL: the wake-up */
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) != 0) {
        die("loop: cannot watch the wake-up: %s", strerror(errno));
    }
    pthread_mutex_init(&loop->mutex, NULL);
    pthread_cond_init(&loop->work_added, NULL);
    loop->todo.end = &loop->todo.first;
    loop->finished.end = &loop->finished.first;
    loop->timers = scheduler_open();
    signal(SIGPIPE, SIG_IGN);
    return loop;
}

static void free_jobs(struct job_queue *queue) {
    while (queue->first) {
        struct loop_job *job = queue->first;
        queue->first = job->next;
        free(job);
    }
}

static void free_sources(struct loop_source **list) {
    while (*list) {
        struct loop_source *source = *list;
        *list = source->next;
        free(source);
    }
}

void loop_close(struct loop *loop) {
    if (!loop) {
        return;
    }
    while (loop->close_function_count > 0) {
        struct close_function last = loop->close_functions[--loop->close_function_count];
        last.function(last.argument);
    }
    if (loop->worker_started) {
        pthread_mutex_lock(&loop->mutex);
        loop->stopping = true;
        pthread_cond_signal(&loop->work_added);
        pthread_mutex_unlock(&loop->mutex);
        pthread_join(loop->worker, NULL);
    }
    free_jobs(&loop->todo);
    free_jobs(&loop->finished);
    pthread_cond_destroy(&loop->work_added);
    pthread_mutex_destroy(&loop->mutex);
    scheduler_close(loop->timers);
    free_sources(&loop->sources);
    free_sources(&loop->dead);
    free(loop->before_waits);
    free(loop->close_functions);
    close(loop->wake);
    close(loop->epoll);
    free(loop);
}

void loop_at_close(struct loop *loop, void (*function)(void *argument), void *argument) {
    size_t count = loop->close_function_count;
    for (size_t i = 0; i < count; i++) {
        if (loop->close_functions[i].function == function && loop->close_functions[i].argument == argument) {
            return;
        }
    }
    loop->close_functions = xrealloc(loop->close_functions, (count + 1) * sizeof *loop->close_functions);
    loop->close_functions[count] = (struct close_function){function, argument};
    loop->close_function_count = count + 1;
}

void loop_set_turn_hook(struct loop *loop, void (*hook)(void *argument), void *argument) {
    loop->hook = hook;
    loop->hook_argument = argument;
}

void loop_end_turn(struct loop *loop) {
    if (loop->hook) {
        loop->hook(loop->hook_argument);
    }
}

void loop_wake(struct loop *loop) {
    int saved = errno;
    uint64_t one = 1;
    ssize_t ignored = write(loop->wake, &one, sizeof one);
    (void)ignored; /* a full counter wakes as well */
    errno = saved;
}

/* ---- descriptors ---- */

static uint32_t epoll_events(int events) {
    return (events & LOOP_READABLE ? (uint32_t)EPOLLIN | EPOLLRDHUP : 0) |
           (events & LOOP_WRITABLE ? (uint32_t)EPOLLOUT : 0);
}

struct loop_source *loop_watch(struct loop *loop, int descriptor, int events, loop_fn *function,
                               void *argument) {
    struct loop_source *source = xcalloc(1, sizeof *source);
    source->loop = loop;
    source->descriptor = descriptor;
    source->events = events;
    source->function = function;
    source->argument = argument;
    struct epoll_event event = {.events = epoll_events(events), .data.ptr = source};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        die("loop: cannot watch descriptor %d: %s", descriptor, strerror(errno));
    }
    source->next = loop->sources;
    if (loop->sources) {
        loop->sources->previous = source;
    }
    loop->sources = source;
    return source;
}

void loop_change(struct loop_source *source, int events) {
    if (source->dead || source->events == events) {
        return;
    }
    source->events = events;
    struct epoll_event event = {.events = epoll_events(events), .data.ptr = source};
    if (epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->descriptor, &event) != 0) {
        die("loop: cannot watch descriptor %d: %s", source->descriptor, strerror(errno));
    }
}

void loop_unwatch(struct loop_source *source) {
    if (!source || source->dead) {
        return;
    }
    struct loop *loop = source->loop;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->descriptor, NULL);
    if (source->previous) {
        source->previous->next = source->next;
    } else {
        loop->sources = source->next;
    }
    if (source->next) {
        source->next->previous = source->previous;
    }
    source->dead = true;
    source->next = loop->dead;
    loop->dead = source;
}

static void call_source(struct loop *loop, struct loop_source *source, uint32_t ready) {
    int events = 0;
    if (ready & (EPOLLIN | EPOLLRDHUP)) {
        events |= LOOP_READABLE;
    }
    if (ready & EPOLLOUT) {
        events |= LOOP_WRITABLE;
    }
    if (ready & (EPOLLHUP | EPOLLERR)) {
        events |= LOOP_HANGUP;
    }
    source->function(source->argument, events);
    loop_end_turn(loop);
}

/* ---- timers ---- */

static void end_timer(void *argument, enum task_event event) {
    struct loop_timer *timer = argument;
    struct loop_timer copy = *timer;
    free(timer);
    if (event == TASK_RUN) {
        copy.function(copy.argument);
        loop_end_turn(copy.loop);
    }
}

struct loop_timer *loop_after_real(struct loop *loop, int64_t milliseconds, void (*function)(void *argument),
                                   void *argument) {
    struct loop_timer *timer = xcalloc(1, sizeof *timer);
    timer->loop = loop;
    timer->function = function;
    timer->argument = argument;
    timer->task =
        scheduler_add(loop->timers, now_ms() + (milliseconds > 0 ? milliseconds : 0), end_timer, timer);
    return timer;
}

void loop_cancel_timer(struct loop_timer *timer) {
    if (timer) {
        scheduler_cancel(timer->loop->timers, timer->task);
    }
}

/* At most as many as there are: timers that set timers do not keep the round from ending. */
static void run_timers(struct loop *loop) {
    int count = scheduler_count(loop->timers);
    int64_t now = count > 0 ? now_ms() : 0;
    while (count-- > 0 && scheduler_run_one(loop->timers, now)) {
    }
}

/* ---- the worker thread ---- */

static void add_job(struct job_queue *queue, struct loop_job *job) {
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

static struct loop_job *take_job(struct job_queue *queue) {
    struct loop_job *job = queue->first;
    if (job) {
        queue->first = job->next;
        if (!queue->first) {
            queue->end = &queue->first;
        }
    }
    return job;
}

static void *run_worker(void *argument) {
    struct loop *loop = argument;
    pthread_mutex_lock(&loop->mutex);
    for (;;) {
        while (!loop->todo.first && !loop->stopping) {
            pthread_cond_wait(&loop->work_added, &loop->mutex);
        }
        if (loop->stopping) {
            break;
        }
        struct loop_job *job = take_job(&loop->todo);
        pthread_mutex_unlock(&loop->mutex);
        job->function(job->argument);
        pthread_mutex_lock(&loop->mutex);
        add_job(&loop->finished, job);
        atomic_store(&loop->has_finished, true);
        loop_wake(loop);
    }
    pthread_mutex_unlock(&loop->mutex);
    return NULL;
}

static void start_worker(struct loop *loop) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    /* Signals are the main thread's. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&loop->worker, &attributes, run_worker, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error) {
        die("loop: cannot start the worker thread: %s", strerror(error));
    }
    loop->worker_started = true;
}

void loop_work(struct loop *loop, void (*function)(void *argument), void (*done)(void *argument),
               void *argument) {
    if (!loop->worker_started) {
        start_worker(loop);
    }
    struct loop_job *job = xcalloc(1, sizeof *job);
    job->function = function;
    job->done = done;
    job->argument = argument;
    pthread_mutex_lock(&loop->mutex);
    add_job(&loop->todo, job);
    pthread_cond_signal(&loop->work_added);
    pthread_mutex_unlock(&loop->mutex);
}

static void report_finished_work(struct loop *loop) {
    while (atomic_load(&loop->has_finished)) {
        pthread_mutex_lock(&loop->mutex);
        struct loop_job *job = take_job(&loop->finished);
        if (!loop->finished.first) {
            atomic_store(&loop->has_finished, false);
        }
        pthread_mutex_unlock(&loop->mutex);
        if (job) {
            struct loop_job copy = *job;
            free(job);
            copy.done(copy.argument);
            loop_end_turn(loop);
        }
    }
}

/* ---- rounds ---- */

void loop_add_before_wait(struct loop *loop, loop_before_wait_fn *function, void *argument) {
    size_t count = loop->before_wait_count;
    loop->before_waits = xrealloc(loop->before_waits, (count + 1) * sizeof *loop->before_waits);
    loop->before_waits[count] = (struct before_wait){function, argument};
    loop->before_wait_count = count + 1;
}

void loop_remove_before_wait(struct loop *loop, loop_before_wait_fn *function, void *argument) {
    for (size_t i = 0; i < loop->before_wait_count; i++) {
        if (loop->before_waits[i].function == function && loop->before_waits[i].argument == argument) {
            memmove(&loop->before_waits[i], &loop->before_waits[i + 1],
                    (loop->before_wait_count - i - 1) * sizeof *loop->before_waits);
            loop->before_wait_count--;
            return;
        }
    }
}

static void shorten(int64_t *wait_ms, int64_t limit_ms) {
    if (limit_ms >= 0 && (*wait_ms < 0 || limit_ms < *wait_ms)) {
        *wait_ms = limit_ms;
    }
}

/* What one does may give another work: no reason to ask the kernel in between. Whoever limits the wait has
 * work of its own to do between two rounds. */
static int64_t run_before_waits(struct loop *loop, int64_t maximum_ms) {
    int passes = maximum_ms < 0 ? PASSES_PER_ROUND : 1;
    int64_t wait_ms = 0;
    for (int pass = 0; pass < passes && wait_ms == 0; pass++) {
        wait_ms = maximum_ms;
        for (size_t i = 0; i < loop->before_wait_count; i++) {
            shorten(&wait_ms, loop->before_waits[i].function(loop->before_waits[i].argument));
        }
    }
    return wait_ms;
}

static int wait_time(struct loop *loop, int64_t maximum_ms) {
    int64_t wait_ms = run_before_waits(loop, maximum_ms);
    int64_t due_ms;
    if (scheduler_next_due(loop->timers, &due_ms)) {
        int64_t left_ms = due_ms - now_ms();
        shorten(&wait_ms, left_ms > 0 ? left_ms : 0);
    }
    return wait_ms < 0 ? -1 : wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms;
}

void loop_run_once(struct loop *loop, int64_t maximum_ms) {
    struct epoll_event events[EVENTS_PER_ROUND];
    int count = epoll_wait(loop->epoll, events, EVENTS_PER_ROUND, wait_time(loop, maximum_ms));
    if (count < 0 && errno != EINTR) {
        die("loop: epoll_wait: %s", strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        struct loop_source *source = events[i].data.ptr;
        if (!source) {
            uint64_t number;
            ssize_t ignored = read(loop->wake, &number, sizeof number);
            (void)ignored; /* not blocking */
        } else if (!source->dead) {
            call_source(loop, source, events[i].events);
        }
    }
    report_finished_work(loop);
    run_timers(loop);
    free_sources(&loop->dead);
}
