#include "services/dynamodb/dynamodb_number.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static struct arena *arena;

static const char *normal(const char *text) {
    struct number number;
    enum number_verdict verdict = number_parse(text_of(text), &number);
    return verdict == NUMBER_GOOD ? arena_text_string(arena, number_format(arena, &number))
                                  : arena_printf(arena, "verdict %d", (int)verdict);
}

static void test_normal_form(void) {
    static const char *const rows[][2] = {
        {"1.0", "1"},
        {"1e3", "1000"},
        {".5", "0.5"},
        {"-0", "0"},
        {"+7", "7"},
        {"5.", "5"},
        {"00012", "12"},
        {"0.00120", "0.0012"},
        {"1E-3", "0.001"},
        {"-12.50", "-12.5"},
        {"123e-2", "1.23"},
        {"0e10", "0"},
        {"0.0e126", "0"},
        {"100", "100"},
        {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
        {"100000000000000000000000000000000000000000", "100000000000000000000000000000000000000000"},
    };
    arena = arena_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_STRING_EQUAL(normal(rows[i][0]), rows[i][1]);
        CU_ASSERT(number_is_normal(text_of(rows[i][1])) || strlen(rows[i][1]) > NUMBER_DIGITS);
    }
    arena_close(arena);
}

static void test_verdicts(void) {
    static const struct {
        const char *text;
        enum number_verdict verdict;
    } rows[] = {
        {"", NUMBER_NOT_NUMERIC},
        {"b", NUMBER_NOT_NUMERIC},
        {"1x", NUMBER_NOT_NUMERIC},
        {"1e", NUMBER_NOT_NUMERIC},
        {".", NUMBER_NOT_NUMERIC},
        {"--1", NUMBER_NOT_NUMERIC},
        {"1 ", NUMBER_NOT_NUMERIC},
        {"1e126", NUMBER_OVERFLOW},
        {"-1e126", NUMBER_OVERFLOW},
        {"0e126", NUMBER_OVERFLOW},
        {"1e-131", NUMBER_UNDERFLOW},
        {"9.99e125", NUMBER_GOOD},
        {"1e-130", NUMBER_GOOD},
        {"1e99999999999999", NUMBER_OVERFLOW},
        {"123456789012345678901234567890123456789", NUMBER_TOO_MANY_DIGITS},
        {"12345678901234567890123456789012345678000", NUMBER_GOOD},
        {"0.000012345678901234567890123456789012345678", NUMBER_GOOD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct number number;
        CU_ASSERT_EQUAL(number_parse(text_of(rows[i].text), &number), rows[i].verdict);
    }
}

static const char *sum(const char *a, const char *b, bool minus) {
    struct number left, right, result;
    (void)number_parse(text_of(a), &left);
    (void)number_parse(text_of(b), &right);
    enum number_verdict verdict =
        minus ? number_subtract(&left, &right, &result) : number_add(&left, &right, &result);
    return verdict == NUMBER_GOOD ? arena_text_string(arena, number_format(arena, &result))
                                  : arena_printf(arena, "verdict %d", (int)verdict);
}

static void test_arithmetic(void) {
    arena = arena_open();
    CU_ASSERT_STRING_EQUAL(sum("0.1", "0.2", false), "0.3");
    CU_ASSERT_STRING_EQUAL(sum("1", "-1", false), "0");
    CU_ASSERT_STRING_EQUAL(sum("1", "3", true), "-2");
    CU_ASSERT_STRING_EQUAL(sum("-5", "-7", true), "2");
    CU_ASSERT_STRING_EQUAL(sum("0", "5", true), "-5");
    CU_ASSERT_STRING_EQUAL(sum("99999999999999999999999999999999999999", "1", false),
                           "100000000000000000000000000000000000000");
    CU_ASSERT_STRING_EQUAL(sum("1e20", "1e-20", false), "verdict 2"); /* 41 digits */
    CU_ASSERT_STRING_EQUAL(sum("9e125", "9e125", false), "verdict 3");
    CU_ASSERT_STRING_EQUAL(sum("1e125", "1e-130", false), "verdict 2");
    CU_ASSERT_STRING_EQUAL(sum("1.1e-130", "1e-130", true), "verdict 4");
    arena_close(arena);
}

static int64_t random_integer(struct ids *ids) {
    return (int64_t)ids_random_below(ids, 2000001) - 1000000;
}

/* Against the machine's own integers. */
static void test_against_integers(void) {
    struct ids *ids = ids_open(42);
    arena = arena_open();
    for (int i = 0; i < 20000; i++) {
        int64_t a = random_integer(ids), b = random_integer(ids);
        struct number left, right, total;
        const char *left_text = arena_printf(arena, "%lld", (long long)a);
        const char *right_text = arena_printf(arena, "%lld", (long long)b);
        (void)number_parse(text_of(left_text), &left);
        (void)number_parse(text_of(right_text), &right);
        CU_ASSERT_EQUAL(number_compare(&left, &right), (a > b) - (a < b));
        CU_ASSERT_EQUAL(number_add(&left, &right, &total), NUMBER_GOOD);
        CU_ASSERT(text_equals(number_format(arena, &total), arena_printf(arena, "%lld", (long long)(a + b))));
        unsigned char left_key[NUMBER_KEY_BYTES], right_key[NUMBER_KEY_BYTES];
        struct text left_bytes = {(char *)left_key, number_encode(&left, left_key)};
        struct text right_bytes = {(char *)right_key, number_encode(&right, right_key)};
        int order = text_compare(left_bytes, right_bytes);
        CU_ASSERT_EQUAL((order > 0) - (order < 0), (a > b) - (a < b));
        arena_clear(arena);
    }
    arena_close(arena);
    ids_close(ids);
}

static void test_key_order(void) {
    static const char *const ordered[] = {"-9.9e125", "-1000", "-100.5", "-100", "-1.01", "-1",   "-0.5",
                                          "-1e-130",  "0",     "1e-130", "0.5",  "0.51",  "1",    "1.005",
                                          "1.01",     "10",    "99",     "100",  "100.5", "1e50", "9.9e125"};
    size_t count = sizeof(ordered) / sizeof(ordered[0]);
    for (size_t i = 1; i < count; i++) {
        struct number a, b;
        unsigned char left[NUMBER_KEY_BYTES], right[NUMBER_KEY_BYTES];
        (void)number_parse(text_of(ordered[i - 1]), &a);
        (void)number_parse(text_of(ordered[i]), &b);
        struct text left_bytes = {(char *)left, number_encode(&a, left)};
        struct text right_bytes = {(char *)right, number_encode(&b, right)};
        CU_ASSERT(text_compare(left_bytes, right_bytes) < 0);
        CU_ASSERT(number_compare(&a, &b) < 0);
    }
}

void dynamodb_number_test(void) {
    unit_test("a number is shown in plain decimal without needless zeros", test_normal_form);
    unit_test("numbers outside of 38 digits and the range of exponents are refused", test_verdicts);
    unit_test("sums are exact or refused", test_arithmetic);
    unit_test("arithmetic, order and key bytes agree with integers", test_against_integers);
    unit_test("key bytes of numbers sort by value", test_key_order);
}
