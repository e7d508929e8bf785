/* When a schedule is due, in its own time zone. */
#include <ctype.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/schedule_expression.h"
#include "services/scheduler/scheduler.h"

#define ZONES "/usr/share/zoneinfo/"

bool scheduler_expression_is_valid(const char *expression) {
    struct schedule_expression read;
    return schedule_expression_read(text_of(expression), true, &read);
}

static bool is_utc(const char *zone) {
    return !zone || strcmp(zone, "UTC") == 0 || strcmp(zone, "Etc/UTC") == 0 || strcmp(zone, "GMT") == 0;
}

bool scheduler_zone_is_valid(const char *zone) {
    char path[sizeof(ZONES) + 64];
    if (is_utc(zone)) {
        return true;
    }
    if (zone[0] == '/' || strstr(zone, "..") || strlen(zone) > 60) {
        return false;
    }
    snprintf(path, sizeof(path), ZONES "%s", zone);
    return isupper((unsigned char)zone[0]) && access(path, R_OK) == 0;
}

/* How far the zone's clocks are ahead of UTC then. The C library knows one zone at a time: ours is put back.
 */
static int64_t offset_ms(const char *zone, int64_t time_ms) {
    if (is_utc(zone)) {
        return 0;
    }
    const char *now = getenv("TZ");
    char *before = now ? xstrdup(now) : NULL;
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm local;
    setenv("TZ", zone, 1);
    tzset();
    localtime_r(&seconds, &local);
    if (before) {
        setenv("TZ", before, 1);
    } else {
        unsetenv("TZ");
    }
    tzset();
    free(before);
    return (int64_t)local.tm_gmtoff * 1000;
}

/* What the zone's clocks show, as if it were UTC, and back: an hour that comes twice means its first. */
static int64_t from_local(const char *zone, int64_t local_ms) {
    int64_t guess = local_ms - offset_ms(zone, local_ms);
    return local_ms - offset_ms(zone, guess);
}

static int64_t next_of(const struct schedule_expression *expression, const struct scheduler_times *times,
                       int64_t after_ms) {
    int64_t base = times->start_ms != INT64_MIN ? times->start_ms : times->created_ms;
    if (expression->kind == SCHEDULE_RATE) {
        return times->start_ms != INT64_MIN && after_ms < base
                   ? base
                   : schedule_expression_next(expression, base, after_ms);
    }
    int64_t from_ms = times->start_ms != INT64_MIN && after_ms < base ? base - 1 : after_ms;
    int64_t local = schedule_expression_next(expression, 0, from_ms + offset_ms(times->zone, from_ms));
    return local < 0 ? -1 : from_local(times->zone, local);
}

int64_t scheduler_next(const struct scheduler_times *times, int64_t after_ms) {
    struct schedule_expression expression;
    if (!schedule_expression_read(text_of(times->expression), true, &expression)) {
        return -1;
    }
    int64_t next_ms = next_of(&expression, times, after_ms);
    return next_ms > times->end_ms ? -1 : next_ms;
}
