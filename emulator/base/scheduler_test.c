#include "emulator/base/scheduler.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static char seen[64];

/* The argument is a letter; a cancelled task shows it small. */
static void see(void *argument, enum task_event event) {
    char letter = *(const char *)argument;
    seen[strlen(seen)] = event == TASK_RUN ? letter : (char)(letter | 0x20);
}

static struct scheduler *start(void) {
    memset(seen, 0, sizeof(seen));
    return scheduler_open();
}

static void earlier_first_then_as_added(void) {
    struct scheduler *scheduler = start();
    scheduler_add(scheduler, 20, see, "C");
    scheduler_add(scheduler, 10, see, "A");
    scheduler_add(scheduler, 20, see, "D");
    scheduler_add(scheduler, 10, see, "B");
    int64_t due;
    CU_ASSERT(scheduler_next_due(scheduler, &due));
    CU_ASSERT_EQUAL(due, 10);
    CU_ASSERT_FALSE(scheduler_run_one(scheduler, 9));
    CU_ASSERT(scheduler_run_one(scheduler, 10));
    CU_ASSERT(scheduler_run_one(scheduler, 10));
    CU_ASSERT_FALSE(scheduler_run_one(scheduler, 19));
    CU_ASSERT_EQUAL(scheduler_count(scheduler), 2);
    while (scheduler_run_one(scheduler, 1000)) {
    }
    CU_ASSERT_STRING_EQUAL(seen, "ABCD");
    CU_ASSERT_FALSE(scheduler_next_due(scheduler, &due));
    scheduler_close(scheduler);
}

static void cancelled_tasks_are_told_once(void) {
    struct scheduler *scheduler = start();
    task_id a = scheduler_add(scheduler, 1, see, "A");
    task_id b = scheduler_add(scheduler, 2, see, "B");
    CU_ASSERT(scheduler_cancel(scheduler, a));
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, a));
    task_id c = scheduler_add(scheduler, 3, see, "C"); /* may use the place that `a` had */
    CU_ASSERT_NOT_EQUAL(a, c);
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, a));
    CU_ASSERT(scheduler_run_one(scheduler, 2));
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, b));
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, 0));
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, UINT64_MAX));
    scheduler_close(scheduler);
    CU_ASSERT_STRING_EQUAL(seen, "aBc");
}

struct nested {
    struct scheduler *scheduler;
    task_id other;
};

static void add_when_told(void *argument, enum task_event event) {
    struct nested *nested = argument;
    see("X", event);
    scheduler_add(nested->scheduler, 0, see, "Y");
    scheduler_cancel(nested->scheduler, nested->other);
}

static void clearing_spares_what_is_added_meanwhile(void) {
    struct scheduler *scheduler = start();
    struct nested nested = {.scheduler = scheduler};
    scheduler_add(scheduler, 1, add_when_told, &nested);
    nested.other = scheduler_add(scheduler, 2, see, "B");
    scheduler_add(scheduler, 3, see, "C");
    scheduler_clear(scheduler);
    CU_ASSERT_STRING_EQUAL(seen, "xbc");
    CU_ASSERT_EQUAL(scheduler_count(scheduler), 1);
    CU_ASSERT(scheduler_run_one(scheduler, 0));
    CU_ASSERT_STRING_EQUAL(seen, "xbcY");
    scheduler_close(scheduler);
}

struct sample {
    int64_t due;
    int number;
    task_id id;
    bool gone;
};

static const struct sample *last_run;
static int runs;

static void check_order(void *argument, enum task_event event) {
    struct sample *sample = argument;
    CU_ASSERT_FALSE(sample->gone);
    sample->gone = true;
    if (event == TASK_RUN) {
        runs++;
        CU_ASSERT(!last_run || last_run->due < sample->due ||
                  (last_run->due == sample->due && last_run->number < sample->number));
        last_run = sample;
    }
}

static void many_tasks_keep_the_order(void) {
    enum { COUNT = 2000 };
    static struct sample samples[COUNT];
    struct ids *ids = ids_open(3);
    struct scheduler *scheduler = scheduler_open();
    last_run = NULL;
    runs = 0;
    int cancelled = 0;
    for (int i = 0; i < COUNT; i++) {
        samples[i] = (struct sample){.due = (int64_t)ids_random_below(ids, 50), .number = i};
        samples[i].id = scheduler_add(scheduler, samples[i].due, check_order, &samples[i]);
        if (i % 3 == 0) {
            cancelled += scheduler_cancel(scheduler, samples[ids_random_below(ids, (uint64_t)i + 1)].id);
        }
    }
    while (scheduler_run_one(scheduler, 50)) {
    }
    CU_ASSERT_EQUAL(runs, COUNT - cancelled);
    scheduler_close(scheduler);
    ids_close(ids);
}

static void quiet_tasks_are_no_reason_to_jump(void) {
    struct scheduler *scheduler = scheduler_open();
    struct sample quiet = {.due = 10};
    struct sample loud = {.due = 20, .number = 1};
    int64_t due_ms = 0;
    last_run = NULL;
    runs = 0;
    task_id id = scheduler_add_quiet(scheduler, quiet.due, check_order, &quiet);
    CU_ASSERT_FALSE(scheduler_next_wanted(scheduler, &due_ms));
    scheduler_add(scheduler, loud.due, check_order, &loud);
    CU_ASSERT(scheduler_next_wanted(scheduler, &due_ms));
    CU_ASSERT_EQUAL(due_ms, 20);
    CU_ASSERT(scheduler_next_due(scheduler, &due_ms));
    CU_ASSERT_EQUAL(due_ms, 10);
    CU_ASSERT(scheduler_run_one(scheduler, 10));
    CU_ASSERT_FALSE(scheduler_cancel(scheduler, id));
    CU_ASSERT(scheduler_next_wanted(scheduler, &due_ms));
    CU_ASSERT_EQUAL(due_ms, 20);
    scheduler_close(scheduler);
}

void scheduler_test(void) {
    unit_test("the earlier task runs first; of equal ones the one added first", earlier_first_then_as_added);
    unit_test("a cancelled task is told so, once, and its id dies", cancelled_tasks_are_told_once);
    unit_test("clearing cancels in order and spares what is added meanwhile",
              clearing_spares_what_is_added_meanwhile);
    unit_test("a quiet task runs when it is due, and is no reason to jump", quiet_tasks_are_no_reason_to_jump);
    unit_test("thousands of tasks with cancellations keep the order", many_tasks_keep_the_order);
}
