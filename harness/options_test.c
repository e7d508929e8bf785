#include "harness/options.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

struct flags {
    int64_t port;
    bool verbose;
    const char *mode;
};

static const char *const modes[] = {"real", "virtual", NULL};
static const struct option_row rows[] = {
    {"--port", 'p', OPTION_INTEGER, offsetof(struct flags, port), "N", "port", 0, 65535, NULL},
    {"--verbose", 'v', OPTION_FLAG, offsetof(struct flags, verbose), NULL, "more", 0, 0, NULL},
    {"--clock", 0, OPTION_STRING, offsetof(struct flags, mode), "real|virtual", "clock", 0, 0, modes},
    {0},
};
static const struct option_set set = {"try", "stackrig try", "Tries.", rows, "FILES...", false};

static enum options_outcome parse(struct flags *flags, int argc, const char **argv, int *rest) {
    *flags = (struct flags){.port = -1};
    return options_parse(&set, flags, argc, (char **)argv, rest);
}

static void flags_and_arguments_may_stand_in_any_order(void) {
    const char *argv[] = {"try", "a", "--port", "12", "b", "-v", "--clock=virtual", "c", NULL};
    struct flags flags;
    int rest = 0;
    CU_ASSERT_EQUAL(parse(&flags, 8, argv, &rest), OPTIONS_GOOD);
    CU_ASSERT_EQUAL(flags.port, 12);
    CU_ASSERT_TRUE(flags.verbose);
    CU_ASSERT_STRING_EQUAL(flags.mode, "virtual");
    CU_ASSERT_EQUAL_FATAL(rest, 5);
    CU_ASSERT_STRING_EQUAL(argv[5], "a");
    CU_ASSERT_STRING_EQUAL(argv[6], "b");
    CU_ASSERT_STRING_EQUAL(argv[7], "c");
}

static void two_dashes_end_the_flags(void) {
    const char *argv[] = {"try", "-p7", "--", "--port", "8", NULL};
    struct flags flags;
    int rest = 0;
    CU_ASSERT_EQUAL(parse(&flags, 5, argv, &rest), OPTIONS_GOOD);
    CU_ASSERT_EQUAL(flags.port, 7);
    CU_ASSERT_EQUAL(rest, 3);
}

static void a_mistyped_word_finds_its_neighbour(void) {
    const char *const names[] = {"--port", "--host", "--data-dir", NULL};
    CU_ASSERT_STRING_EQUAL(options_nearest("--prot", names), "--port");
    CU_ASSERT_STRING_EQUAL(options_nearest("--datadir", names), "--data-dir");
    CU_ASSERT_PTR_NULL(options_nearest("--zzzzzzzz", names));
}

void options_test(void);

void options_test(void) {
    unit_test("flags and arguments may stand in any order", flags_and_arguments_may_stand_in_any_order);
    unit_test("two dashes end the flags", two_dashes_end_the_flags);
    unit_test("a mistyped word finds its neighbour", a_mistyped_word_finds_its_neighbour);
}
