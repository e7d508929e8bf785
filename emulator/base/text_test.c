#include "emulator/base/text.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void absent_and_empty_differ(void) {
    CU_ASSERT_PTR_NULL(text_of(NULL).data);
    CU_ASSERT(text_equals(TEXT(""), ""));
    CU_ASSERT_FALSE(text_equals(TEXT_NONE, ""));
    CU_ASSERT_FALSE(text_same(TEXT_NONE, TEXT("")));
    CU_ASSERT(text_same(TEXT_NONE, TEXT_NONE));
    CU_ASSERT_FALSE(text_equals_ignore_case(TEXT_NONE, ""));
}

static void compares_without_case(void) {
    CU_ASSERT(text_equals_ignore_case(TEXT("Content-Type"), "content-TYPE"));
    CU_ASSERT_FALSE(text_equals_ignore_case(TEXT("Content"), "Content-Type"));
    CU_ASSERT_FALSE(text_equals_ignore_case(TEXT("Content-Type"), "Content"));
    CU_ASSERT_FALSE(text_equals_ignore_case(((struct text){"ab\0", 3}), "ab"));
    /* '[' and '{' differ by the bit that makes letters small. */
    CU_ASSERT_FALSE(text_equals_ignore_case(TEXT("["), "{"));
}

static void orders_by_bytes_and_prefixes_first(void) {
    CU_ASSERT(text_compare(TEXT("a"), TEXT("ab")) < 0);
    CU_ASSERT(text_compare(TEXT("b"), TEXT("ab")) > 0);
    CU_ASSERT(text_compare(TEXT("\xff"), TEXT("a")) > 0);
    CU_ASSERT_EQUAL(text_compare(TEXT("a"), TEXT("a")), 0);
    CU_ASSERT_EQUAL(text_compare(TEXT_NONE, TEXT("")), 0);
}

static void cuts_parts_until_nothing_is_left(void) {
    struct text rest = TEXT("a,,b,");
    CU_ASSERT(text_equals(text_cut(&rest, ','), "a"));
    CU_ASSERT(text_equals(text_cut(&rest, ','), ""));
    CU_ASSERT(text_equals(text_cut(&rest, ','), "b"));
    CU_ASSERT_PTR_NOT_NULL(rest.data);
    CU_ASSERT(text_equals(text_cut(&rest, ','), ""));
    CU_ASSERT_PTR_NULL(rest.data);
}

static void finds_slices_and_trims(void) {
    struct text text = TEXT("  key = value\r\n");
    CU_ASSERT(text_equals(text_trim(text), "key = value"));
    CU_ASSERT_EQUAL(text_find(text, "value"), 8);
    CU_ASSERT_EQUAL(text_find(text, "none"), -1);
    CU_ASSERT_EQUAL(text_find_char(TEXT_NONE, 'x'), -1);
    CU_ASSERT(text_equals(text_slice(text, 2, 3), "key"));
    CU_ASSERT(text_equals(text_slice(text, 100, 3), ""));
    CU_ASSERT(text_starts_with(text, "  key"));
    CU_ASSERT(text_ends_with(text, "\n"));
    CU_ASSERT_FALSE(text_ends_with(TEXT("a"), "ba"));
}

static void reads_whole_integers_only(void) {
    int64_t number = 7;
    CU_ASSERT(text_to_int64(TEXT("9223372036854775807"), &number));
    CU_ASSERT_EQUAL(number, INT64_MAX);
    CU_ASSERT(text_to_int64(TEXT("-9223372036854775808"), &number));
    CU_ASSERT_EQUAL(number, INT64_MIN);
    CU_ASSERT(text_to_int64(TEXT("+007"), &number));
    CU_ASSERT_EQUAL(number, 7);
    static const char *const wrong[] = {"",
                                        "-",
                                        "+",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "0x1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CU_ASSERT_FALSE(text_to_int64(text_of(wrong[i]), &number));
    }
    CU_ASSERT_EQUAL(number, 7);
}

static void knows_what_a_text_is_made_of(void) {
    CU_ASSERT(text_is_made_of(TEXT("cab"), "abc"));
    CU_ASSERT(text_is_made_of(TEXT_NONE, "abc"));
    CU_ASSERT_FALSE(text_is_made_of(TEXT("cad"), "abc"));
    CU_ASSERT_FALSE(text_is_made_of(TEXT("a\0b"), "abc"));
}

static void reads_decimal_doubles_only(void) {
    double number = 7;
    CU_ASSERT(text_to_double(TEXT("-1.5e3"), &number));
    CU_ASSERT_EQUAL(number, -1500.0);
    static const char *const wrong[] = {"", ".", "nan", "inf", "0x10", " 1", "1 ", "1e999", "1.2.3", "1e"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CU_ASSERT_FALSE(text_to_double(text_of(wrong[i]), &number));
    }
    CU_ASSERT_EQUAL(number, -1500.0);
}

void text_test(void) {
    unit_test("an absent text is not an empty one", absent_and_empty_differ);
    unit_test("letters compare without case, other bytes exactly", compares_without_case);
    unit_test("order is by bytes, a prefix first", orders_by_bytes_and_prefixes_first);
    unit_test("cutting gives every part, the empty ones too", cuts_parts_until_nothing_is_left);
    unit_test("finding, slicing and trimming stay inside the text", finds_slices_and_trims);
    unit_test("the bytes of a text are counted among the allowed ones, NUL never is",
              knows_what_a_text_is_made_of);
    unit_test("an integer is the whole text and fits in 64 bits", reads_whole_integers_only);
    unit_test("a double is decimal and finite", reads_decimal_doubles_only);
}
