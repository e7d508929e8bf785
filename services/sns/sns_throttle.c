#include "services/sns/sns_throttle.h"

#include "emulator/base/die.h"

#define SECOND_MS 1000

/* The second in which the newest place was taken. */
struct sns_throttle {
    char *subscription_arn;
    int64_t second_ms;
    int64_t taken;
    struct sns_throttle *next;
};

static struct sns_throttle *throttle_of(struct sns_state *state, struct text subscription_arn) {
    struct sns_throttle *throttle = state->throttles;
    while (throttle && !text_equals(subscription_arn, throttle->subscription_arn)) {
        throttle = throttle->next;
    }
    if (!throttle) {
        throttle = xcalloc(1, sizeof(*throttle));
        throttle->subscription_arn = xmalloc(subscription_arn.size + 1);
        memcpy(throttle->subscription_arn, subscription_arn.data, subscription_arn.size);
        throttle->subscription_arn[subscription_arn.size] = '\0';
        throttle->second_ms = INT64_MIN / 2;
        throttle->next = state->throttles;
        state->throttles = throttle;
    }
    return throttle;
}

int64_t sns_throttle_take(struct sns_state *state, struct text subscription_arn, int64_t per_second,
                          int64_t now_ms) {
    struct sns_throttle *throttle = throttle_of(state, subscription_arn);
    if (now_ms >= throttle->second_ms + SECOND_MS) {
        throttle->second_ms = now_ms;
        throttle->taken = 0;
    } else if (throttle->taken >= per_second) {
        throttle->second_ms += SECOND_MS;
        throttle->taken = 0;
    }
    throttle->taken++;
    return throttle->second_ms > now_ms ? throttle->second_ms : now_ms;
}

void sns_throttle_forget(struct sns_state *state) {
    while (state->throttles) {
        struct sns_throttle *throttle = state->throttles;
        state->throttles = throttle->next;
        free(throttle->subscription_arn);
        free(throttle);
    }
}
