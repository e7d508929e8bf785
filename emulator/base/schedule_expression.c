#include "emulator/base/schedule_expression.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "emulator/base/clock.h"

#define MINUTE_MS ((int64_t)60000)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* ---- rate(5 minutes) ---- */

static const struct rate_unit {
    const char *one;
    const char *many;
    int64_t milliseconds;
} rate_units[] = {
    {"minute", "minutes", MINUTE_MS},
    {"hour", "hours", 60 * MINUTE_MS},
    {"day", "days", DAY_MS},
};

static bool read_rate(struct text inner, bool scheduler, struct schedule_expression *expression) {
    struct text unit = inner;
    struct text number = text_cut(&unit, ' ');
    int64_t value;
    for (size_t i = 0; i < number.size; i++) {
        if (!isdigit((unsigned char)number.data[i])) {
            return false;
        }
    }
    if (!unit.data || !text_to_int64(number, &value) || value < 1 || value > 1000000) {
        return false;
    }
    for (size_t i = 0; i < sizeof(rate_units) / sizeof(rate_units[0]); i++) {
        bool one = text_equals(unit, rate_units[i].one);
        if ((one && (scheduler || value == 1)) ||
            (text_equals(unit, rate_units[i].many) && (scheduler || value > 1))) {
            expression->kind = SCHEDULE_RATE;
            expression->period_ms = value * rate_units[i].milliseconds;
            return true;
        }
    }
    return false;
}

/* ---- cron(minutes hours day-of-month month day-of-week year) ---- */

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct cron_field {
    int first;
    int last;
    const char *const *names; /* of first, first + 1 ...; NULL: none */
    size_t name_count;
    uint64_t *bits; /* of value - base */
    int base;
};

static void set_bit(const struct cron_field *field, int value) {
    int bit = value - field->base;
    field->bits[bit / 64] |= (uint64_t)1 << bit % 64;
}

static bool read_value(const struct cron_field *field, struct text text, int *value) {
    int64_t number;
    for (size_t i = 0; field->names && i < field->name_count; i++) {
        if (text_equals_ignore_case(text, field->names[i])) {
            *value = field->first + (int)i;
            return true;
        }
    }
    if (text.size == 0 || !isdigit((unsigned char)text.data[0]) || !text_to_int64(text, &number) ||
        number < field->first || number > field->last) {
        return false;
    }
    *value = (int)number;
    return true;
}

/* One part of a list: "*", "5", "1-5", and each with "/2". */
static bool read_part(const struct cron_field *field, struct text part) {
    struct text step_text = part;
    struct text range = text_cut(&step_text, '/');
    int64_t step = 1;
    int low = field->first;
    int high = field->last;
    if (step_text.data && (!text_to_int64(step_text, &step) || step < 1 || step > field->last)) {
        return false;
    }
    if (!text_equals(range, "*")) {
        struct text end = range;
        struct text start = text_cut(&end, '-');
        if (!read_value(field, start, &low) || (end.data && !read_value(field, end, &high))) {
            return false;
        }
        if (!end.data && !step_text.data) {
            high = low;
        }
    }
    if (low > high) { /* FRI-MON goes round */
        for (int value = low; value <= field->last; value += (int)step) {
            set_bit(field, value);
        }
        low = field->first;
    }
    for (int value = low; value <= high; value += (int)step) {
        set_bit(field, value);
    }
    return true;
}

static bool read_field(const struct cron_field *field, struct text text) {
    if (text.size == 0) {
        return false;
    }
    while (text.data) {
        if (!read_part(field, text_cut(&text, ','))) {
            return false;
        }
    }
    return true;
}

static bool read_days(struct text text, const struct cron_field *field,
                      struct schedule_expression *expression) {
    int64_t number;
    if (text.size > 0 && toupper((unsigned char)text.data[0]) == 'L') {
        struct text rest = text_slice(text, 1, SIZE_MAX);
        expression->last_day = true;
        if (rest.size == 0) {
            return true;
        }
        if (text_equals_ignore_case(rest, "W")) {
            expression->nearest_weekday = true;
            return true;
        }
        bool good = rest.data[0] == '-' && text_to_int64(text_slice(rest, 1, SIZE_MAX), &number) &&
                    number >= 0 && number <= 30;
        expression->before_last_day = good ? (int)number : 0;
        return good;
    }
    if (text.size > 1 && toupper((unsigned char)text.data[text.size - 1]) == 'W') {
        expression->nearest_weekday = true;
        text.size--;
    }
    return read_field(field, text);
}

static bool read_weekdays(struct text text, const struct cron_field *field,
                          struct schedule_expression *expression) {
    struct text nth = text;
    struct text day = text_cut(&nth, '#');
    int64_t number;
    if (nth.data) {
        if (!text_to_int64(nth, &number) || number < 1 || number > 5) {
            return false;
        }
        expression->nth_weekday = (int)number;
        return read_field(field, day);
    }
    if (text_equals_ignore_case(text, "L")) {
        set_bit(field, 7);
        return true;
    }
    if (text.size > 1 && toupper((unsigned char)text.data[text.size - 1]) == 'L') {
        expression->last_weekday = true;
        text.size--;
    }
    return read_field(field, text);
}

static bool read_cron(struct text inner, struct schedule_expression *expression) {
    struct text parts[6];
    size_t count = 0;
    while (inner.data) {
        struct text part = text_cut(&inner, ' ');
        if (part.size == 0) {
            continue;
        }
        if (count == 6) {
            return false;
        }
        parts[count++] = part;
    }
    if (count != 6) {
        return false;
    }
    expression->kind = SCHEDULE_CRON;
    struct cron_field minutes = {0, 59, NULL, 0, &expression->minutes, 0};
    struct cron_field hours = {0, 23, NULL, 0, &expression->hours, 0};
    struct cron_field days = {1, 31, NULL, 0, &expression->days, 0};
    struct cron_field months = {1, 12, month_names, 12, &expression->months, 0};
    struct cron_field weekdays = {1, 7, weekday_names, 7, &expression->weekdays, 0};
    struct cron_field years = {SCHEDULE_FIRST_YEAR, SCHEDULE_LAST_YEAR, NULL, 0,
                               expression->years,   SCHEDULE_FIRST_YEAR};
    expression->by_weekday = text_equals(parts[2], "?");
    if (expression->by_weekday == text_equals(parts[4], "?")) {
        return false; /* one of the two, and not both */
    }
    return read_field(&minutes, parts[0]) && read_field(&hours, parts[1]) &&
           (expression->by_weekday ? read_weekdays(parts[4], &weekdays, expression)
                                   : read_days(parts[2], &days, expression)) &&
           read_field(&months, parts[3]) && read_field(&years, parts[5]);
}

/* ---- at(2026-01-01T00:00:00) ---- */

static bool read_at(struct text inner, struct schedule_expression *expression) {
    static const char shape[] = "0000-00-00T00:00:00";
    if (inner.size != sizeof(shape) - 1) {
        return false;
    }
    char iso[sizeof(shape) + 1];
    for (size_t i = 0; i < inner.size; i++) {
        if (shape[i] == '0' ? !isdigit((unsigned char)inner.data[i]) : inner.data[i] != shape[i]) {
            return false;
        }
    }
    snprintf(iso, sizeof(iso), "%.*sZ", (int)inner.size, inner.data);
    expression->kind = SCHEDULE_AT;
    return clock_parse(text_of(iso), &expression->at_ms);
}

bool schedule_expression_read(struct text source, bool scheduler, struct schedule_expression *expression) {
    memset(expression, 0, sizeof(*expression));
    ptrdiff_t open = text_find_char(source, '(');
    if (open < 0 || source.data[source.size - 1] != ')') {
        return false;
    }
    struct text name = text_slice(source, 0, (size_t)open);
    struct text inner = text_slice(source, (size_t)open + 1, source.size - (size_t)open - 2);
    if (text_equals(name, "rate")) {
        return read_rate(inner, scheduler, expression);
    }
    if (text_equals(name, "cron")) {
        return read_cron(inner, expression);
    }
    return scheduler && text_equals(name, "at") && read_at(inner, expression);
}

/* ---- when ---- */

static bool has_bit(const uint64_t *bits, int bit) {
    return (bits[bit / 64] >> bit % 64 & 1) != 0;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* 1 is Sunday. */
static int weekday_of(int weekday_today, int today, int day) {
    return ((weekday_today - 1 + (day - today) % 7 + 7) % 7) + 1;
}

/* The working day nearest to `day`, in the same month. */
static int nearest_weekday(int day, int weekday, int month_days) {
    if (weekday == 7) {
        return day > 1 ? day - 1 : day + 2;
    }
    if (weekday == 1) {
        return day < month_days ? day + 1 : day - 2;
    }
    return day;
}

static bool day_matches(const struct schedule_expression *expression, const struct tm *day) {
    int today = day->tm_mday;
    int weekday = day->tm_wday + 1;
    int month_days = days_in_month(day->tm_year + 1900, day->tm_mon + 1);
    if (expression->by_weekday) {
        return has_bit(&expression->weekdays, weekday) &&
               (expression->nth_weekday == 0 || (today - 1) / 7 + 1 == expression->nth_weekday) &&
               (!expression->last_weekday || today + 7 > month_days);
    }
    for (int wanted = 1; wanted <= month_days; wanted++) {
        bool meant = expression->last_day ? wanted == month_days - expression->before_last_day
                                          : has_bit(&expression->days, wanted);
        if (meant) {
            int actual = expression->nearest_weekday
                             ? nearest_weekday(wanted, weekday_of(weekday, today, wanted), month_days)
                             : wanted;
            if (actual == today) {
                return true;
            }
        }
    }
    return false;
}

static int64_t next_cron(const struct schedule_expression *expression, int64_t after_ms) {
    time_t start = (time_t)(after_ms / MINUTE_MS + 1) * 60;
    time_t midnight = start - start % (DAY_MS / 1000);
    for (;; midnight += DAY_MS / 1000) {
        struct tm day;
        gmtime_r(&midnight, &day);
        int year = day.tm_year + 1900;
        if (year > SCHEDULE_LAST_YEAR) {
            return -1;
        }
        if (!has_bit(expression->years, year - SCHEDULE_FIRST_YEAR) ||
            !has_bit(&expression->months, day.tm_mon + 1) || !day_matches(expression, &day)) {
            continue;
        }
        int first = start > midnight ? (int)((start - midnight) / 60) : 0;
        for (int minute = first; minute < 24 * 60; minute++) {
            if (has_bit(&expression->hours, minute / 60) && has_bit(&expression->minutes, minute % 60)) {
                return ((int64_t)midnight + minute * 60) * 1000;
            }
        }
    }
}

int64_t schedule_expression_next(const struct schedule_expression *expression, int64_t created_ms,
                                 int64_t after_ms) {
    switch (expression->kind) {
    case SCHEDULE_RATE: {
        int64_t periods = after_ms < created_ms ? 0 : (after_ms - created_ms) / expression->period_ms;
        return created_ms + (periods + 1) * expression->period_ms;
    }
    case SCHEDULE_AT:
        return expression->at_ms > after_ms ? expression->at_ms : -1;
    case SCHEDULE_CRON:
        return next_cron(expression, after_ms);
    }
    return -1;
}
