/* CUnit's main: one suite a *_test.c, listed by the build. `unit_tests NAME` runs one suite. */
#include <CUnit/Basic.h>

#include "harness/unit_tests.h"

#define UNIT_TEST(name) void name(void);
#include "unit_test_list.h"
#undef UNIT_TEST

static const char *wanted_suite;
static const char *current_suite;

void unit_test(const char *sentence, void (*function)(void)) {
    if (wanted_suite && strcmp(wanted_suite, current_suite) != 0) {
        return;
    }
    CU_pSuite suite = CU_get_suite(current_suite);
    if (!suite) {
        suite = CU_add_suite(current_suite, NULL, NULL);
    }
    if (!suite || !CU_add_test(suite, sentence, function)) {
        fprintf(stderr, "unit_tests: cannot register '%s'\n", sentence);
        exit(2);
    }
}

int main(int argc, char **argv) {
    wanted_suite = argc > 1 ? argv[1] : NULL;
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 2;
    }
#define UNIT_TEST(name)                                                                                \
    current_suite = #name;                                                                             \
    name();
#include "unit_test_list.h"
#undef UNIT_TEST
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
    printf("unit: %u passed, %u failed\n", CU_get_number_of_tests_run() - CU_get_number_of_tests_failed(),
           CU_get_number_of_tests_failed());
    CU_cleanup_registry();
    return failed ? 1 : 0;
}
