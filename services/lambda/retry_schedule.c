#include "services/lambda/retry_schedule.h"

#define MINUTE_MS 60000
#define FIRST_BACKOFF_MS 1000
#define LAST_BACKOFF_MS 300000

static enum retry_verdict not_too_late(const struct retry_rules *rules, int64_t created_ms, int64_t due_ms) {
    return due_ms - created_ms >= rules->maximum_age_ms ? RETRY_TOO_OLD : RETRY_LATER;
}

enum retry_verdict retry_after_failure(const struct retry_rules *rules, int64_t attempts, int64_t created_ms,
                                       int64_t now_ms, int64_t *due_ms) {
    if (attempts > rules->maximum_retries) {
        return RETRY_EXHAUSTED;
    }
    *due_ms = now_ms + (attempts == 1 ? 1 : 2) * MINUTE_MS;
    return not_too_late(rules, created_ms, *due_ms);
}

enum retry_verdict retry_after_throttle(const struct retry_rules *rules, int64_t throttles,
                                        int64_t created_ms, int64_t now_ms, int64_t *due_ms) {
    int64_t backoff_ms = FIRST_BACKOFF_MS;
    for (int64_t i = 1; i < throttles && backoff_ms < LAST_BACKOFF_MS; i++) {
        backoff_ms *= 2;
    }
    *due_ms = now_ms + (backoff_ms < LAST_BACKOFF_MS ? backoff_ms : LAST_BACKOFF_MS);
    return not_too_late(rules, created_ms, *due_ms);
}
