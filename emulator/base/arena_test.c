#include "emulator/base/arena.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/unit_tests.h"

static void memory_is_aligned_and_apart(void) {
    struct arena *arena = arena_open();
    char *blocks[3000];
    for (size_t i = 0; i < 3000; i++) {
        size_t size = i % 97;
        blocks[i] = arena_alloc(arena, size);
        CU_ASSERT_EQUAL((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], (int)(i & 255), size);
        arena_copy(arena, "odd", i % 3); /* moves the next one off its alignment */
    }
    for (size_t i = 0; i < 3000; i++) {
        for (size_t k = 0; k < i % 97; k++) {
            CU_ASSERT_EQUAL((unsigned char)blocks[i][k], (i & 255));
        }
    }
    arena_close(arena);
}

static void large_pieces_leave_the_block_usable(void) {
    struct arena *arena = arena_open();
    char *before = arena_strdup(arena, "before");
    char *large = arena_zalloc(arena, (size_t)3 * 1024 * 1024);
    char *after = arena_strdup(arena, "after");
    CU_ASSERT_EQUAL(large[3 * 1024 * 1024 - 1], 0);
    CU_ASSERT_EQUAL(after, before + sizeof("before"));
    CU_ASSERT_STRING_EQUAL(before, "before");
    arena_close(arena);
}

static void clearing_starts_again_in_the_same_block(void) {
    struct arena *arena = arena_open();
    void *first = arena_alloc(arena, 16);
    for (int i = 0; i < 100; i++) {
        arena_alloc(arena, 1000);
    }
    arena_clear(arena);
    CU_ASSERT_PTR_EQUAL(arena_alloc(arena, 16), first);
    arena_close(arena);
    arena_close(NULL);
}

static void formats_short_and_long_text(void) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(arena_printf(arena, "%s-%d", "a", 7), "a-7");
    char *wide = arena_printf(arena, "%0600d|", 5);
    CU_ASSERT_EQUAL(strlen(wide), 601);
    CU_ASSERT_STRING_EQUAL(wide + 598, "05|");
    arena_close(arena);
}

static void texts_are_copied(void) {
    struct arena *arena = arena_open();
    char source[] = "abc";
    struct text copy = arena_text(arena, text_of(source));
    source[0] = 'x';
    CU_ASSERT(text_equals(copy, "abc"));
    CU_ASSERT_PTR_NULL(arena_text(arena, TEXT_NONE).data);
    CU_ASSERT_PTR_NULL(arena_text_string(arena, TEXT_NONE));
    CU_ASSERT_STRING_EQUAL(arena_text_string(arena, TEXT("")), "");
    arena_close(arena);
}

struct order {
    struct arena *arena;
    char seen[8];
};

static void see_a(void *argument) {
    struct order *order = argument;
    order->seen[strlen(order->seen)] = 'a';
}

static void see_b(void *argument) {
    struct order *order = argument;
    order->seen[strlen(order->seen)] = 'b';
    if (order->arena) {
        arena_cleanup(order->arena, see_a, order);
    }
}

static void cleanups_run_last_first(void) {
    struct order order = {.arena = arena_open()};
    arena_cleanup(order.arena, see_a, &order);
    arena_cleanup(order.arena, see_b, &order);
    arena_clear(order.arena);
    CU_ASSERT_STRING_EQUAL(order.seen, "baa");
    arena_close(order.arena);
    CU_ASSERT_STRING_EQUAL(order.seen, "baa");
}

/* Pages of this process that are in memory. */
static size_t resident_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        CU_ASSERT_EQUAL(fscanf(file, "%*u %lu", &pages), 1);
        fclose(file);
    }
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_giant_gives_its_memory_back(void) {
    struct arena *arena = arena_open();
    void *volatile large = malloc(20000000);
    free(large); /* from now on malloc() keeps pieces up to this size */
    void *volatile pin = NULL;
    size_t before = resident_bytes();
    for (int i = 0; i < 100000; i++) {
        memset(arena_alloc(arena, 1000), 1, 1000);
        if (i == 90000) {
            pin = malloc(2000000); /* so that what lies below it is not at the end of the heap */
        }
    }
    CU_ASSERT(resident_bytes() > before + 90000000);
    arena_clear(arena);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory apart for a while */
    CU_ASSERT(resident_bytes() < before + 20000000);
#endif
    free(pin);
    arena_close(arena);
}

void arena_test(void) {
    unit_test("an arena that held very much gives its memory back", a_giant_gives_its_memory_back);
    unit_test("memory is aligned and no piece touches another", memory_is_aligned_and_apart);
    unit_test("a large piece gets a block of its own", large_pieces_leave_the_block_usable);
    unit_test("clearing keeps the first block", clearing_starts_again_in_the_same_block);
    unit_test("formatted text may be longer than the local buffer", formats_short_and_long_text);
    unit_test("texts are copied, absent stays absent", texts_are_copied);
    unit_test("cleanups run once, last added first, and may add more", cleanups_run_last_first);
}
