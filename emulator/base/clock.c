#include "emulator/base/clock.h"

#include "emulator/base/die.h"

#define MS_PER_DAY ((int64_t)86400000)
#define VIRTUAL_START_MS INT64_C(1767225600000)

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* A moment in UTC, taken apart. */
struct civil {
    int64_t year;
    int month;   /* 1..12 */
    int day;     /* 1..31 */
    int weekday; /* 0 is Sunday */
    int hour;
    int minute;
    int second;
    int millisecond;
};

void clock_init(struct clock *clock, enum clock_mode mode) {
    *clock = (struct clock){.mode = mode, .now_ms = mode == CLOCK_VIRTUAL ? VIRTUAL_START_MS : 0};
}

int64_t clock_now_ms(const struct clock *clock) {
    if (clock->mode == CLOCK_VIRTUAL) {
        return clock->now_ms;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000 + clock->offset_ms;
}

void clock_advance(struct clock *clock, int64_t milliseconds) {
    if (milliseconds < 0) {
        die("clock_advance: %lld ms back", (long long)-milliseconds);
    }
    int64_t *moved = clock->mode == CLOCK_VIRTUAL ? &clock->now_ms : &clock->offset_ms;
    *moved += milliseconds;
}

void clock_set(struct clock *clock, int64_t now_ms) {
    if (clock->mode != CLOCK_VIRTUAL || now_ms < clock->now_ms) {
        die("clock_set: %s", clock->mode != CLOCK_VIRTUAL ? "the clock is real" : "backwards");
    }
    clock->now_ms = now_ms;
}

int64_t clock_monotonic_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- Taking apart and putting together (proleptic Gregorian, years counted from March) ---- */

static int64_t days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_of(int64_t time_ms) {
    int64_t days = time_ms / MS_PER_DAY - (time_ms % MS_PER_DAY < 0);
    int64_t rest = time_ms - days * MS_PER_DAY;
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    struct civil civil = {
        .month = (int)(month_from_march + (month_from_march < 10 ? 3 : -9)),
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .weekday = (int)(((days + 4) % 7 + 7) % 7),
        .hour = (int)(rest / 3600000),
        .minute = (int)(rest / 60000 % 60),
        .second = (int)(rest / 1000 % 60),
        .millisecond = (int)(rest % 1000),
    };
    civil.year = year_of_era + era * 400 + (civil.month <= 2);
    return civil;
}

static int64_t ms_of_civil(const struct civil *civil) {
    return days_from_civil(civil->year, civil->month, civil->day) * MS_PER_DAY +
           civil->hour * INT64_C(3600000) + civil->minute * INT64_C(60000) + civil->second * INT64_C(1000) +
           civil->millisecond;
}

/* ---- Formats ---- */

static void append_digits(struct strbuf *buffer, int64_t number, int width) {
    char digits[20];
    for (int i = width - 1; i >= 0; i--) {
        digits[i] = (char)('0' + number % 10);
        number /= 10;
    }
    strbuf_append(buffer, digits, (size_t)width);
}

static void append_year(struct strbuf *buffer, int64_t year) {
    if (year >= 0 && year <= 9999) {
        append_digits(buffer, year, 4);
    } else {
        strbuf_append_int64(buffer, year);
    }
}

static void append_iso_start(struct strbuf *buffer, const struct civil *civil) {
    append_year(buffer, civil->year);
    char rest[] = {'-', (char)('0' + civil->month / 10),  (char)('0' + civil->month % 10),
                   '-', (char)('0' + civil->day / 10),    (char)('0' + civil->day % 10),
                   'T', (char)('0' + civil->hour / 10),   (char)('0' + civil->hour % 10),
                   ':', (char)('0' + civil->minute / 10), (char)('0' + civil->minute % 10),
                   ':', (char)('0' + civil->second / 10), (char)('0' + civil->second % 10)};
    strbuf_append(buffer, rest, sizeof(rest));
}

void clock_format_iso_ms(struct strbuf *buffer, int64_t time_ms) {
    struct civil civil = civil_of(time_ms);
    append_iso_start(buffer, &civil);
    strbuf_append_char(buffer, '.');
    append_digits(buffer, civil.millisecond, 3);
    strbuf_append_char(buffer, 'Z');
}

void clock_format_iso_s(struct strbuf *buffer, int64_t time_ms) {
    struct civil civil = civil_of(time_ms);
    append_iso_start(buffer, &civil);
    strbuf_append_char(buffer, 'Z');
}

void clock_format_http(struct strbuf *buffer, int64_t time_ms) {
    struct civil civil = civil_of(time_ms);
    strbuf_append(buffer, day_names[civil.weekday], 3);
    strbuf_append_string(buffer, ", ");
    append_digits(buffer, civil.day, 2);
    strbuf_append_char(buffer, ' ');
    strbuf_append(buffer, month_names[civil.month - 1], 3);
    strbuf_append_char(buffer, ' ');
    append_year(buffer, civil.year);
    strbuf_append_char(buffer, ' ');
    append_digits(buffer, civil.hour, 2);
    strbuf_append_char(buffer, ':');
    append_digits(buffer, civil.minute, 2);
    strbuf_append_char(buffer, ':');
    append_digits(buffer, civil.second, 2);
    strbuf_append_string(buffer, " GMT");
}

void clock_format_basic(struct strbuf *buffer, int64_t time_ms) {
    struct civil civil = civil_of(time_ms);
    append_year(buffer, civil.year);
    append_digits(buffer, civil.month, 2);
    append_digits(buffer, civil.day, 2);
    strbuf_append_char(buffer, 'T');
    append_digits(buffer, civil.hour, 2);
    append_digits(buffer, civil.minute, 2);
    append_digits(buffer, civil.second, 2);
    strbuf_append_char(buffer, 'Z');
}

void clock_format(struct strbuf *buffer, const char *format, int64_t time_ms) {
    struct civil civil = civil_of(time_ms);
    struct tm fields = {
        .tm_year = (int)civil.year - 1900,
        .tm_mon = civil.month - 1,
        .tm_mday = civil.day,
        .tm_hour = civil.hour,
        .tm_min = civil.minute,
        .tm_sec = civil.second,
        .tm_wday = civil.weekday,
        .tm_yday =
            (int)(days_from_civil(civil.year, civil.month, civil.day) - days_from_civil(civil.year, 1, 1)),
        .tm_zone = "UTC",
    };
    char text[256];
    size_t size = strftime(text, sizeof(text), format, &fields);
    strbuf_append(buffer, text, size);
}

/* ---- Reading ---- */

static bool take_char(struct text *rest, char wanted) {
    if (!rest->size || rest->data[0] != wanted) {
        return false;
    }
    rest->data++;
    rest->size--;
    return true;
}

/* Exactly `width` digits. */
static bool take_digits(struct text *rest, size_t width, int *number) {
    if (rest->size < width) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < width; i++) {
        unsigned digit = (unsigned char)rest->data[i] - (unsigned)'0';
        if (digit > 9) {
            return false;
        }
        value = value * 10 + (int)digit;
    }
    *rest = text_slice(*rest, width, rest->size);
    *number = value;
    return true;
}

static bool take_name(struct text *rest, const char names[][4], int count, int *index) {
    for (int i = 0; i < count; i++) {
        if (rest->size >= 3 && memcmp(rest->data, names[i], 3) == 0) {
            *rest = text_slice(*rest, 3, rest->size);
            *index = i;
            return true;
        }
    }
    return false;
}

static bool is_valid(const struct civil *civil) {
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (civil->month < 1 || civil->month > 12 || civil->day < 1) {
        return false;
    }
    bool leap = civil->year % 4 == 0 && (civil->year % 100 != 0 || civil->year % 400 == 0);
    int last = days[civil->month - 1] + (civil->month == 2 && leap);
    return civil->day <= last && civil->hour <= 23 && civil->minute <= 59 && civil->second <= 60;
}

/* hh:mm[:ss[.fraction]]; the colons only in the extended form. */
static bool take_time(struct text *rest, bool extended, struct civil *civil) {
    if (!take_digits(rest, 2, &civil->hour) || (extended && !take_char(rest, ':')) ||
        !take_digits(rest, 2, &civil->minute)) {
        return false;
    }
    bool seconds =
        extended ? take_char(rest, ':') : rest->size && rest->data[0] >= '0' && rest->data[0] <= '9';
    if (seconds && !take_digits(rest, 2, &civil->second)) {
        return false;
    }
    if (seconds && (take_char(rest, '.') || take_char(rest, ','))) {
        int scale = 100;
        int digit;
        if (!take_digits(rest, 1, &digit)) {
            return false;
        }
        do {
            civil->millisecond += digit * scale;
            scale /= 10;
        } while (take_digits(rest, 1, &digit));
    }
    return true;
}

/* Z, +hh:mm, +hhmm, +hh or nothing, which means UTC. */
static bool take_zone(struct text *rest, int *minutes) {
    *minutes = 0;
    if (!rest->size || take_char(rest, 'Z') || take_char(rest, 'z')) {
        return true;
    }
    bool west = take_char(rest, '-');
    int hour;
    int minute = 0;
    if ((!west && !take_char(rest, '+')) || !take_digits(rest, 2, &hour)) {
        return false;
    }
    if ((take_char(rest, ':') || rest->size) && !take_digits(rest, 2, &minute)) {
        return false;
    }
    if (hour > 23 || minute > 59) {
        return false;
    }
    *minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

static bool parse_iso(struct text rest, int64_t *time_ms) {
    struct civil civil = {0};
    int year;
    int zone_minutes;
    if (!take_digits(&rest, 4, &year)) {
        return false;
    }
    civil.year = year;
    bool extended = take_char(&rest, '-');
    if (!take_digits(&rest, 2, &civil.month) || (extended && !take_char(&rest, '-')) ||
        !take_digits(&rest, 2, &civil.day)) {
        return false;
    }
    if (rest.size) {
        if (!take_char(&rest, 'T') && !take_char(&rest, 't') && !take_char(&rest, ' ')) {
            return false;
        }
        if (!take_time(&rest, rest.size > 2 && rest.data[2] == ':', &civil)) {
            return false;
        }
    }
    if (!take_zone(&rest, &zone_minutes) || rest.size || !is_valid(&civil)) {
        return false;
    }
    *time_ms = ms_of_civil(&civil) - zone_minutes * INT64_C(60000);
    return true;
}

/* IMF-fixdate: Mon, 01 Jan 2024 00:00:00 GMT */
static bool parse_http(struct text rest, int64_t *time_ms) {
    struct civil civil = {0};
    int weekday;
    int month;
    int year;
    if (!take_name(&rest, day_names, 7, &weekday) || !take_char(&rest, ',') || !take_char(&rest, ' ') ||
        !take_digits(&rest, 2, &civil.day) || !take_char(&rest, ' ') ||
        !take_name(&rest, month_names, 12, &month) || !take_char(&rest, ' ') ||
        !take_digits(&rest, 4, &year) || !take_char(&rest, ' ') || !take_time(&rest, true, &civil)) {
        return false;
    }
    civil.year = year;
    civil.month = month + 1;
    if ((!text_equals(rest, " GMT") && !text_equals(rest, " UTC")) || !is_valid(&civil)) {
        return false;
    }
    *time_ms = ms_of_civil(&civil);
    return true;
}

bool clock_parse(struct text text, int64_t *time_ms) {
    return parse_iso(text, time_ms) || parse_http(text, time_ms);
}
