#include "emulator/base/clock.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static void virtual_time_stands_still(void) {
    struct clock clock;
    clock_init(&clock, CLOCK_VIRTUAL);
    struct strbuf buffer = STRBUF_INIT;
    clock_format_iso_ms(&buffer, clock_now_ms(&clock));
    CU_ASSERT_STRING_EQUAL(buffer.data, "2026-01-01T00:00:00.000Z");
    strbuf_release(&buffer);
    int64_t start = clock_now_ms(&clock);
    clock_advance(&clock, 1500);
    CU_ASSERT_EQUAL(clock_now_ms(&clock), start + 1500);
    clock_set(&clock, start + 2000);
    CU_ASSERT_EQUAL(clock_now_ms(&clock), start + 2000);
}

static void real_time_can_be_advanced(void) {
    struct clock clock;
    struct clock ahead;
    clock_init(&clock, CLOCK_REAL);
    clock_init(&ahead, CLOCK_REAL);
    clock_advance(&ahead, 86400000);
    int64_t before = clock_now_ms(&clock);
    int64_t later = clock_now_ms(&ahead);
    CU_ASSERT(later >= before + 86400000);
}

struct sample {
    int64_t time_ms;
    const char *iso;
    const char *http;
};

static const struct sample samples[] = {
    {0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {1704067200123, "2024-01-01T00:00:00.123Z", "Mon, 01 Jan 2024 00:00:00 GMT"},
    {1709209845678, "2024-02-29T12:30:45.678Z", "Thu, 29 Feb 2024 12:30:45 GMT"},
    {951782400000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
    {-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
    {253402300799999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void formats_and_reads_back(void) {
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        int64_t read = 0;
        strbuf_clear(&buffer);
        clock_format_iso_ms(&buffer, samples[i].time_ms);
        CU_ASSERT_STRING_EQUAL(buffer.data, samples[i].iso);
        CU_ASSERT(clock_parse(strbuf_text(&buffer), &read));
        CU_ASSERT_EQUAL(read, samples[i].time_ms);
        strbuf_clear(&buffer);
        clock_format_http(&buffer, samples[i].time_ms);
        CU_ASSERT_STRING_EQUAL(buffer.data, samples[i].http);
        CU_ASSERT(clock_parse(strbuf_text(&buffer), &read));
        CU_ASSERT_EQUAL(read, samples[i].time_ms - ((samples[i].time_ms % 1000) + 1000) % 1000);
    }
    strbuf_clear(&buffer);
    clock_format_basic(&buffer, samples[2].time_ms);
    strbuf_append_char(&buffer, ' ');
    clock_format_iso_s(&buffer, samples[2].time_ms);
    strbuf_append_char(&buffer, ' ');
    clock_format(&buffer, "%Y/%m/%d %j %a %H", samples[2].time_ms);
    CU_ASSERT_STRING_EQUAL(buffer.data, "20240229T123045Z 2024-02-29T12:30:45Z 2024/02/29 060 Thu 12");
    strbuf_release(&buffer);
}

static void agrees_with_the_system(void) {
    struct ids *ids = ids_open(11);
    struct strbuf buffer = STRBUF_INIT;
    for (int i = 0; i < 2000; i++) {
        time_t seconds = (time_t)ids_random_below(ids, 8000000000U) - 2000000000;
        struct tm fields;
        gmtime_r(&seconds, &fields);
        char expected[64];
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &fields);
        strbuf_clear(&buffer);
        clock_format_iso_s(&buffer, (int64_t)seconds * 1000);
        CU_ASSERT_STRING_EQUAL(buffer.data, expected);
    }
    strbuf_release(&buffer);
    ids_close(ids);
}

static void reads_the_forms_that_clients_send(void) {
    static const char *const same[] = {
        "2024-02-29T12:30:45Z",      "20240229T123045Z",          "2024-02-29T12:30:45",
        "2024-02-29T12:30:45.000Z",  "2024-02-29T14:30:45+02:00", "2024-02-29T07:00:45-0530",
        "2024-02-29 12:30:45Z",      "2024-02-29t12:30:45z",      "Thu, 29 Feb 2024 12:30:45 GMT",
        "2024-02-29T12:30:45.0001Z", "2024-02-29T13:30:45+01",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        int64_t read = 0;
        CU_ASSERT(clock_parse(text_of(same[i]), &read));
        CU_ASSERT_EQUAL(read, 1709209845000);
    }
    int64_t date = 0;
    CU_ASSERT(clock_parse(TEXT("2024-02-29"), &date));
    CU_ASSERT_EQUAL(date, 1709164800000);
}

static void refuses_what_is_no_date(void) {
    static const char *const wrong[] = {
        "",
        "2024",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:00ZZ",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+1",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01X00:00:00Z",
        "Thu, 32 Jan 2024 00:00:00 GMT",
        "Thu, 01 Jan 2024 00:00:00",
        "Thu, 01 Foo 2024 00:00:00 GMT",
        "yesterday",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t read = 7;
        CU_ASSERT_FALSE(clock_parse(text_of(wrong[i]), &read));
        CU_ASSERT_EQUAL(read, 7);
    }
}

void clock_test(void) {
    unit_test("virtual time starts at its day and moves only when moved", virtual_time_stands_still);
    unit_test("real time can be put ahead", real_time_can_be_advanced);
    unit_test("every format is right and reads back", formats_and_reads_back);
    unit_test("dates agree with the system's calendar", agrees_with_the_system);
    unit_test("all forms of a date that clients send are read", reads_the_forms_that_clients_send);
    unit_test("impossible dates are refused", refuses_what_is_no_date);
}
