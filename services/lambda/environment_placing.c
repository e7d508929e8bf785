/* Which environment works on which invocation, and the look over all of them. */
#include "emulator/base/die.h"
#include "services/lambda/environment_internal.h"
#include "services/lambda/role_credentials.h"

/* A session that ends sooner than this is not handed to another invocation. */
#define CREDENTIALS_MARGIN_MS 60000
/*
 * AWS's queue hands an event over a moment after it came. Here a moment is as long as a handler takes to
 * return after the call that made somebody send the next event: the next one then finds its environment warm.
 */
#define PATIENCE_MS 25

/* ---- placing ---- */

static bool same_version(const struct execution_environment *environment, struct lambda_owner owner,
                         const char *name, int64_t version) {
    return environment->version == version && strcmp(environment->function, name) == 0 &&
           strcmp(environment->owner.account, owner.account) == 0 &&
           strcmp(environment->owner.region, owner.region) == 0;
}

static bool is_usable(const struct execution_environment *environment, const struct invocation *invocation) {
    return !environment->stale && !environment->invocation &&
           environment->generation == invocation->version.generation &&
           same_version(environment, invocation->owner, invocation->version.name,
                        invocation->version.version);
}

/* Ends an idle environment to make room: of older code or with a session about to end, else the oldest. */
static bool make_room(struct lambda *lambda) {
    struct execution_environment *victim = NULL;
    for (struct execution_environment *other = lambda->environments; other; other = other->next) {
        if (other->state == ENVIRONMENT_IDLE && !other->invocation) {
            victim = other;
        }
    }
    if (victim) {
        environment_end(victim);
    }
    return victim != NULL;
}

static void drop_stale(struct lambda *lambda, const struct invocation *invocation) {
    int64_t now_ms = emulator_now_ms(lambda->emulator);
    int64_t needed_ms = now_ms + invocation->version.timeout_s * 1000 + CREDENTIALS_MARGIN_MS;
    for (struct execution_environment *other = lambda->environments, *next; other; other = next) {
        next = other->next;
        if (same_version(other, invocation->owner, invocation->version.name, invocation->version.version) &&
            (other->generation != invocation->version.generation ||
             other->credentials_expire_ms < needed_ms) &&
            other->state != ENVIRONMENT_STARTING) {
            other->stale = true;
            if (other->state == ENVIRONMENT_IDLE && !other->invocation) {
                environment_end(other);
            }
        }
    }
}

static void patience_over(void *argument) {
    struct invocation *invocation = argument;
    invocation->patience = NULL;
    invocation->can_wait = false;
    environment_place_waiting(invocation->lambda);
}

/* True: an environment of its version is at work, and it has not waited for it yet. */
static bool waits_for(struct invocation *invocation, bool busy) {
    if (!busy || !invocation->can_wait) {
        return false;
    }
    if (!invocation->patience) {
        invocation->patience = loop_after_real(emulator_loop(invocation->lambda->emulator), PATIENCE_MS,
                                               patience_over, invocation);
    }
    return true;
}

/* False: it must wait. */
bool environment_place(struct invocation *invocation) {
    struct lambda *lambda = invocation->lambda;
    if (invocation->version.created &&
        !lambda_settled(&invocation->version, emulator_now_ms(lambda->emulator))) {
        return false;
    }
    drop_stale(lambda, invocation);
    int count = 0;
    bool busy = false;
    struct execution_environment *idle = NULL;
    struct execution_environment *returning = NULL;
    for (struct execution_environment *other = lambda->environments; other; other = other->next) {
        count++;
        busy = busy || (other->state == ENVIRONMENT_BUSY && !other->stale &&
                        other->generation == invocation->version.generation);
        if (is_usable(other, invocation)) {
            idle = other->state == ENVIRONMENT_IDLE && !idle ? other : idle;
            returning = other->state == ENVIRONMENT_RETURNING && !returning ? other : returning;
        }
    }
    if (!idle && !returning &&
        (waits_for(invocation, busy) || (count >= LAMBDA_ENVIRONMENTS_MAXIMUM && !make_room(lambda)))) {
        return false;
    }
    loop_cancel_timer(invocation->patience);
    invocation->patience = NULL;
    invocation_hold(invocation);
    if (idle || returning) {
        struct execution_environment *found = idle ? idle : returning;
        found->invocation = invocation;
        invocation->environment = found;
        if (idle) {
            environment_hand_event(found);
        }
    } else {
        environment_start(invocation);
    }
    return true;
}

void environment_place_waiting(struct lambda *lambda) {
    struct invocation *waiting = lambda->waiting;
    lambda->waiting = NULL;
    while (waiting) {
        struct invocation *invocation = waiting;
        waiting = waiting->next;
        invocation_place_or_wait(invocation);
    }
}

static void wake(void *argument, enum task_event event) {
    if (event == TASK_RUN) {
        environment_place_waiting(argument);
    }
}

void lambda_wake_at(struct lambda *lambda, int64_t due_ms) {
    emulator_schedule(lambda->emulator, due_ms, wake, lambda);
}

/* ---- all of them ---- */

static bool is_of(struct lambda_owner a, struct lambda_owner b, const char *name, const char *wanted) {
    return strcmp(a.account, b.account) == 0 && strcmp(a.region, b.region) == 0 &&
           (!wanted || strcmp(name, wanted) == 0);
}

int64_t lambda_running_count(struct lambda *lambda, struct lambda_owner owner, const char *name) {
    int64_t count = 0;
    for (const struct execution_environment *other = lambda->environments; other; other = other->next) {
        count += other->invocation && is_of(other->owner, owner, other->function, name);
    }
    for (const struct invocation *waiting = lambda->waiting; waiting; waiting = waiting->next) {
        count += is_of(waiting->owner, owner, waiting->version.name, name);
    }
    return count;
}

struct execution_environment *lambda_environment_of(struct lambda *lambda, const void *tag) {
    struct execution_environment *environment = lambda->environments;
    while (environment && environment != tag) {
        environment = environment->next;
    }
    return environment;
}

void lambda_environments_drop(struct lambda *lambda, struct lambda_owner owner, const char *name,
                              int64_t version) {
    for (struct execution_environment *other = lambda->environments, *next; other; other = next) {
        next = other->next;
        if (is_of(other->owner, owner, other->function, name) && (version < 0 || other->version == version)) {
            other->stale = true;
            if (other->state == ENVIRONMENT_IDLE && !other->invocation) {
                environment_end(other);
            }
        }
    }
}

void lambda_environments_close(struct lambda *lambda) {
    while (lambda->waiting) {
        struct invocation *invocation = lambda->waiting;
        lambda->waiting = invocation->next;
        invocation_close(invocation);
    }
    while (lambda->environments) {
        struct execution_environment *environment = lambda->environments;
        struct invocation *invocation = environment->invocation;
        if (invocation) {
            environment->invocation = NULL;
            invocation_close(invocation);
        }
        role_credentials_abandon(environment->credentials);
        environment->credentials = NULL;
        environment_end(environment);
    }
}
