#include "emulator/io/zero_pages.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/unit_tests.h"

#define PAGES 8

static void zero_pages_go_and_others_stay(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(memory, MAP_FAILED);
    memset(memory, 0, PAGES * page);
    memory[100] = 'a';
    memory[4 * page - 1] = 'b'; /* a page's last byte */
    memory[7 * page] = 'c';     /* a page that is not wholly inside */
    zero_pages_give_back(memory + 10, 7 * page + 100);
    unsigned char resident[PAGES];
    CU_ASSERT_EQUAL_FATAL(mincore(memory, PAGES * page, resident), 0);
    static const bool stays[PAGES] = {true, false, false, true, false, false, false, true};
    for (int i = 0; i < PAGES; i++) {
        CU_ASSERT_EQUAL(resident[i] & 1, stays[i]);
    }
    CU_ASSERT_EQUAL(memory[100], 'a');
    CU_ASSERT_EQUAL(memory[4 * page - 1], 'b');
    CU_ASSERT_EQUAL(memory[7 * page], 'c');
    CU_ASSERT_EQUAL(memory[5 * page], 0);
    munmap(memory, PAGES * page);
}

static void less_than_a_page_is_left_alone(void) {
    char small[64] = {0};
    zero_pages_give_back(small, sizeof small);
    zero_pages_give_back(small, 0);
    CU_ASSERT_EQUAL(small[0], 0);
}

void zero_pages_test(void) {
    unit_test("pages of zeros go, others stay", zero_pages_go_and_others_stay);
    unit_test("less than a page is left alone", less_than_a_page_is_left_alone);
}
