#include "emulator/base/strbuf.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

#define ASSERT_BUFFER(buffer, expected) CU_ASSERT_STRING_EQUAL((buffer).data, (expected))

static void builds_text(void) {
    struct strbuf buffer = STRBUF_INIT;
    CU_ASSERT(text_equals(strbuf_text(&buffer), ""));
    for (int i = 0; i < 1000; i++) {
        strbuf_append_string(&buffer, "ab");
        strbuf_append_char(&buffer, 'c');
    }
    CU_ASSERT_EQUAL(buffer.size, 3000);
    CU_ASSERT_EQUAL(strlen(buffer.data), 3000);
    strbuf_clear(&buffer);
    strbuf_append_int64(&buffer, INT64_MIN);
    strbuf_append_int64(&buffer, 0);
    strbuf_append_text(&buffer, TEXT_NONE);
    strbuf_printf(&buffer, "%s|%0300d", "x", 1);
    CU_ASSERT(text_starts_with(strbuf_text(&buffer), "-92233720368547758080x|000"));
    CU_ASSERT_EQUAL(buffer.size, 20 + 1 + 2 + 300);
    strbuf_truncate(&buffer, 3);
    ASSERT_BUFFER(buffer, "-92");
    strbuf_release(&buffer);
    CU_ASSERT_PTR_NULL(buffer.data);
}

static void stops_at_the_limit(void) {
    struct strbuf buffer;
    strbuf_init(&buffer, 10);
    strbuf_append_string(&buffer, "0123456789");
    CU_ASSERT_FALSE(buffer.overflow);
    strbuf_append_char(&buffer, 'x');
    CU_ASSERT(buffer.overflow);
    ASSERT_BUFFER(buffer, "0123456789");
    strbuf_truncate(&buffer, 2);
    strbuf_append_char(&buffer, 'y'); /* a hole in the text would be worse than its loss */
    strbuf_printf(&buffer, "z");
    ASSERT_BUFFER(buffer, "01");
    strbuf_clear(&buffer);
    strbuf_printf(&buffer, "%s", "0123456789a");
    CU_ASSERT(buffer.overflow);
    ASSERT_BUFFER(buffer, "");
    strbuf_release(&buffer);
}

static void hands_over_its_memory(void) {
    struct strbuf buffer = STRBUF_INIT;
    char *empty = strbuf_detach(&buffer);
    CU_ASSERT_STRING_EQUAL(empty, "");
    free(empty);
    strbuf_append_string(&buffer, "kept");
    char *kept = strbuf_detach(&buffer);
    strbuf_append_string(&buffer, "new");
    CU_ASSERT_STRING_EQUAL(kept, "kept");
    ASSERT_BUFFER(buffer, "new");
    free(kept);
    strbuf_release(&buffer);
}

static void escapes_urls(void) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_percent(&buffer, TEXT("a/b c~\xc3\xa4"), "/");
    ASSERT_BUFFER(buffer, "a/b%20c~%C3%A4");
    strbuf_clear(&buffer);
    strbuf_append_percent(&buffer, (struct text){"\0/", 2}, NULL);
    ASSERT_BUFFER(buffer, "%00%2F");
    strbuf_clear(&buffer);
    strbuf_append_unpercent(&buffer, TEXT("a%2fb+c%zz%4"), true);
    ASSERT_BUFFER(buffer, "a/b c%zz%4");
    strbuf_clear(&buffer);
    strbuf_append_unpercent(&buffer, TEXT("%41+%"), false);
    ASSERT_BUFFER(buffer, "A+%");
    strbuf_release(&buffer);
}

static void escapes_xml(void) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_xml(&buffer, TEXT("<a b=\"c\">&\x01\r\n\t"));
    ASSERT_BUFFER(buffer, "&lt;a b=&quot;c&quot;&gt;&amp;&#x1;&#xD;\n\t");
    strbuf_release(&buffer);
}

void strbuf_test(void) {
    unit_test("text grows piece by piece", builds_text);
    unit_test("past its limit it keeps what it had", stops_at_the_limit);
    unit_test("detached memory is the caller's", hands_over_its_memory);
    unit_test("percent-encoding and back, broken escapes as they are", escapes_urls);
    unit_test("XML text is escaped, forbidden characters too", escapes_xml);
}
