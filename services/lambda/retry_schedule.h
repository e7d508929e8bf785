/* When an asynchronous invocation is tried again. Pure. Source: lambda.md section 8. */
#ifndef STACKRIG_RETRY_SCHEDULE_H
#define STACKRIG_RETRY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum retry_verdict { RETRY_LATER, RETRY_EXHAUSTED, RETRY_TOO_OLD };

struct retry_rules {
    int64_t maximum_retries; /* 0..2 */
    int64_t maximum_age_ms;  /* of the event */
};

/* After the function failed for the attempts-th time (from 1): one minute, then two. */
enum retry_verdict retry_after_failure(const struct retry_rules *rules, int64_t attempts, int64_t created_ms,
                                       int64_t now_ms, int64_t *due_ms);
/* After there was no room for the throttles-th time (from 1): from a second up to five minutes apart. */
enum retry_verdict retry_after_throttle(const struct retry_rules *rules, int64_t throttles,
                                        int64_t created_ms, int64_t now_ms, int64_t *due_ms);

#endif
