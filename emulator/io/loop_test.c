#include "emulator/io/loop.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "harness/unit_tests.h"

struct scene {
    struct loop *loop;
    struct loop_source *sources[2];
    struct loop_timer *timer;
    int pipes[2][2];
    int calls[2];
    int turns;
    int finished;
    char order[32];
    size_t size;
    pthread_t worker;
};

static void note(struct scene *scene, char letter) {
    scene->order[scene->size++] = letter;
}

static void count_turn(void *argument) {
    ((struct scene *)argument)->turns++;
}

static void open_scene(struct scene *scene) {
    *scene = (struct scene){.loop = loop_open()};
    CU_ASSERT_EQUAL_FATAL(pipe2(scene->pipes[0], O_CLOEXEC | O_NONBLOCK), 0);
    CU_ASSERT_EQUAL_FATAL(pipe2(scene->pipes[1], O_CLOEXEC | O_NONBLOCK), 0);
    loop_set_turn_hook(scene->loop, count_turn, scene);
}

static void close_scene(struct scene *scene) {
    loop_close(scene->loop);
    for (int i = 0; i < 2; i++) {
        close(scene->pipes[i][0]);
        close(scene->pipes[i][1]);
    }
}

static void fill(struct scene *scene, int pipe) {
    CU_ASSERT_EQUAL(write(scene->pipes[pipe][1], "x", 1), 1);
}

static void on_first(void *argument, int events) {
    struct scene *scene = argument;
    CU_ASSERT(events & LOOP_READABLE);
    scene->calls[0]++;
}

static void on_second(void *argument, int events) {
    struct scene *scene = argument;
    (void)events;
    scene->calls[1]++;
}

/* Whichever comes first takes both away. */
static void on_either(void *argument, int events) {
    struct scene *scene = argument;
    (void)events;
    scene->calls[0]++;
    loop_unwatch(scene->sources[0]);
    loop_unwatch(scene->sources[1]);
}

static void readable_descriptors_are_reported_until_read(void) {
    struct scene scene;
    open_scene(&scene);
    scene.sources[0] = loop_watch(scene.loop, scene.pipes[0][0], LOOP_READABLE, on_first, &scene);
    loop_run_once(scene.loop, 0);
    CU_ASSERT_EQUAL(scene.calls[0], 0);
    fill(&scene, 0);
    loop_run_once(scene.loop, -1);
    loop_run_once(scene.loop, -1);
    CU_ASSERT_EQUAL(scene.calls[0], 2);
    CU_ASSERT_EQUAL(scene.turns, 2);
    loop_change(scene.sources[0], 0);
    loop_run_once(scene.loop, 0);
    CU_ASSERT_EQUAL(scene.calls[0], 2);
    loop_change(scene.sources[0], LOOP_READABLE);
    loop_run_once(scene.loop, 0);
    CU_ASSERT_EQUAL(scene.calls[0], 3);
    close_scene(&scene);
}

static void sources_can_go_inside_callbacks(void) {
    struct scene scene;
    open_scene(&scene);
    scene.sources[0] = loop_watch(scene.loop, scene.pipes[0][0], LOOP_READABLE, on_either, &scene);
    scene.sources[1] = loop_watch(scene.loop, scene.pipes[1][0], LOOP_READABLE, on_either, &scene);
    fill(&scene, 0);
    fill(&scene, 1);
    loop_run_once(scene.loop, -1);
    loop_run_once(scene.loop, 0);
    CU_ASSERT_EQUAL(scene.calls[0], 1);
    close_scene(&scene);
}

static void hang_ups_are_reported(void) {
    struct scene scene;
    open_scene(&scene);
    scene.sources[1] = loop_watch(scene.loop, scene.pipes[1][0], 0, on_second, &scene);
    close(scene.pipes[1][1]);
    loop_run_once(scene.loop, 100);
    CU_ASSERT_EQUAL(scene.calls[1], 1);
    loop_unwatch(scene.sources[1]);
    scene.pipes[1][1] = dup(scene.pipes[0][1]);
    close_scene(&scene);
}

static void on_a(void *argument) {
    note(argument, 'a');
}

static void on_b(void *argument) {
    note(argument, 'b');
}

static void on_c(void *argument) {
    note(argument, 'c');
}

static void on_again(void *argument) {
    struct scene *scene = argument;
    note(scene, 'r');
    loop_after_real(scene->loop, 0, on_again, scene);
}

static void on_cancels(void *argument) {
    struct scene *scene = argument;
    note(scene, 'x');
    loop_cancel_timer(scene->timer);
}

static void timers_run_in_order(void) {
    struct scene scene;
    open_scene(&scene);
    loop_after_real(scene.loop, 2, on_c, &scene);
    loop_after_real(scene.loop, 0, on_a, &scene);
    loop_after_real(scene.loop, 0, on_b, &scene);
    struct loop_timer *cancelled = loop_after_real(scene.loop, 1, on_a, &scene);
    loop_cancel_timer(cancelled);
    for (int round = 0; round < 1000 && scene.size < 3; round++) {
        loop_run_once(scene.loop, -1);
    }
    CU_ASSERT_STRING_EQUAL(scene.order, "abc");
    CU_ASSERT_EQUAL(scene.turns, 3);
    close_scene(&scene);
}

static void a_timer_can_cancel_another_that_is_due(void) {
    struct scene scene;
    open_scene(&scene);
    loop_after_real(scene.loop, 0, on_cancels, &scene);
    scene.timer = loop_after_real(scene.loop, 0, on_a, &scene);
    loop_after_real(scene.loop, 0, on_b, &scene);
    loop_run_once(scene.loop, -1);
    CU_ASSERT_STRING_EQUAL(scene.order, "xb");
    close_scene(&scene);
}

static void a_timer_set_by_a_timer_waits_for_the_next_round(void) {
    struct scene scene;
    open_scene(&scene);
    loop_after_real(scene.loop, 0, on_again, &scene);
    loop_run_once(scene.loop, -1);
    CU_ASSERT_STRING_EQUAL(scene.order, "r");
    close_scene(&scene);
}

static void timers_can_be_cancelled_in_any_order(void) {
    struct scene scene;
    open_scene(&scene);
    struct loop_timer *timers[200];
    for (int i = 0; i < 200; i++) {
        timers[i] = loop_after_real(scene.loop, 1000000 + i * 7919 % 200, on_a, &scene);
    }
    loop_after_real(scene.loop, 0, on_b, &scene);
    for (int i = 0; i < 199; i++) {
        loop_cancel_timer(timers[i * 37 % 200]);
    }
    loop_run_once(scene.loop, -1);
    CU_ASSERT_STRING_EQUAL(scene.order, "b"); /* the one left is not due */
    close_scene(&scene);
}

static void work(void *argument) {
    struct scene *scene = argument;
    scene->worker = pthread_self();
}

static void done(void *argument) {
    struct scene *scene = argument;
    CU_ASSERT_FALSE(pthread_equal(scene->worker, pthread_self()));
    scene->finished++;
}

static void work_is_done_elsewhere_and_reported_here(void) {
    struct scene scene;
    open_scene(&scene);
    for (int i = 0; i < 20; i++) {
        loop_work(scene.loop, work, done, &scene);
    }
    for (int round = 0; round < 1000 && scene.finished < 20; round++) {
        loop_run_once(scene.loop, -1);
    }
    CU_ASSERT_EQUAL(scene.finished, 20);
    CU_ASSERT_EQUAL(scene.turns, 20);
    loop_work(scene.loop, work, done, &scene);
    close_scene(&scene); /* with work under way */
}

static int64_t do_not_wait(void *argument) {
    note(argument, 'w');
    return 0;
}

static int64_t wait_for_ever(void *argument) {
    note(argument, 'e');
    return -1;
}

static void the_shortest_wait_wins(void) {
    struct scene scene;
    open_scene(&scene);
    loop_add_before_wait(scene.loop, wait_for_ever, &scene);
    loop_add_before_wait(scene.loop, do_not_wait, &scene);
    loop_run_once(scene.loop, 60000); /* comes back */
    loop_remove_before_wait(scene.loop, do_not_wait, &scene);
    loop_wake(scene.loop);
    loop_run_once(scene.loop, -1); /* comes back, once */
    loop_run_once(scene.loop, 0);
    CU_ASSERT_STRING_EQUAL(scene.order, "ewee");
    close_scene(&scene);
}

static int64_t have_work_twice(void *argument) {
    struct scene *scene = argument;
    note(scene, 'w');
    return strcmp(scene->order, "w") == 0 ? 0 : -1;
}

static void work_that_makes_work_comes_before_waiting(void) {
    struct scene scene;
    open_scene(&scene);
    loop_add_before_wait(scene.loop, have_work_twice, &scene);
    loop_wake(scene.loop);
    loop_run_once(scene.loop, -1);
    CU_ASSERT_STRING_EQUAL(scene.order, "ww");
    close_scene(&scene);
}

static void close_functions_run_last_first(void) {
    struct scene scene;
    open_scene(&scene);
    loop_at_close(scene.loop, on_a, &scene);
    loop_at_close(scene.loop, on_b, &scene);
    loop_at_close(scene.loop, on_a, &scene);
    close_scene(&scene);
    CU_ASSERT_STRING_EQUAL(scene.order, "ba");
}

void loop_test(void) {
    unit_test("readable descriptors are reported until they are read",
              readable_descriptors_are_reported_until_read);
    unit_test("sources can go inside callbacks", sources_can_go_inside_callbacks);
    unit_test("hang-ups are reported", hang_ups_are_reported);
    unit_test("timers run in order", timers_run_in_order);
    unit_test("a timer can cancel another that is due", a_timer_can_cancel_another_that_is_due);
    unit_test("a timer set by a timer waits for the next round",
              a_timer_set_by_a_timer_waits_for_the_next_round);
    unit_test("many timers can be cancelled in any order", timers_can_be_cancelled_in_any_order);
    unit_test("work is done on another thread and reported here", work_is_done_elsewhere_and_reported_here);
    unit_test("the shortest wait wins", the_shortest_wait_wins);
    unit_test("work that makes work comes before waiting", work_that_makes_work_comes_before_waiting);
    unit_test("close functions run last first, each once", close_functions_run_last_first);
}
