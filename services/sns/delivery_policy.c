#include "services/sns/delivery_policy.h"

#include <jansson.h>
#include <math.h>

#define TEXT_PLAIN "text/plain; charset=UTF-8"
#define MAXIMUM_TOTAL_S 3600

/* ---- what a policy may say ---- */

static const char *const backoff_names[] = {
    [BACKOFF_LINEAR] = "linear",
    [BACKOFF_ARITHMETIC] = "arithmetic",
    [BACKOFF_GEOMETRIC] = "geometric",
    [BACKOFF_EXPONENTIAL] = "exponential",
};

/* In the order SNS shows them, with their defaults. */
static const struct retry_number {
    const char *name;
    int default_value;
    int minimum;
    int maximum;
} retry_numbers[] = {
    {"minDelayTarget", 20, 1, MAXIMUM_TOTAL_S},
    {"maxDelayTarget", 20, 1, MAXIMUM_TOTAL_S},
    {"numRetries", 3, 0, 100},
    {"numMaxDelayRetries", 0, 0, 100},
    {"numNoDelayRetries", 0, 0, 100},
    {"numMinDelayRetries", 0, 0, 100},
};
#define RETRY_NUMBERS (sizeof(retry_numbers) / sizeof(retry_numbers[0]))

static int backoff_of(const json_t *retries) {
    const json_t *value = json_object_get(retries, "backoffFunction");
    const char *name = json_string_value(value);
    for (int i = 0; name && i <= BACKOFF_EXPONENTIAL; i++) {
        if (strcmp(name, backoff_names[i]) == 0) {
            return i;
        }
    }
    return value && !json_is_null(value) ? -1 : BACKOFF_LINEAR;
}

static json_int_t number_of(const json_t *retries, size_t index) {
    const json_t *value = json_object_get(retries, retry_numbers[index].name);
    return json_is_integer(value) ? json_integer_value(value) : retry_numbers[index].default_value;
}

/* NULL: good. */
static const char *check_retries(struct arena *arena, const char *place, const json_t *retries) {
    if (!retries || json_is_null(retries)) {
        return NULL;
    }
    if (!json_is_object(retries)) {
        return arena_printf(arena, "%s must be an object", place);
    }
    for (size_t i = 0; i < RETRY_NUMBERS; i++) {
        const struct retry_number *row = &retry_numbers[i];
        const json_t *value = json_object_get(retries, row->name);
        if (value && !json_is_integer(value)) {
            return arena_printf(arena, "%s.%s must be an integer", place, row->name);
        }
        if (number_of(retries, i) < row->minimum) {
            return arena_printf(arena, "%s.%s must be greater than or equal to %d", place, row->name,
                                row->minimum);
        }
        if (number_of(retries, i) > row->maximum) {
            return arena_printf(arena, "%s.%s must be less than or equal to %d", place, row->name,
                                row->maximum);
        }
    }
    if (number_of(retries, 0) > number_of(retries, 1)) {
        return arena_printf(arena, "%s.maxDelayTarget must be greater than or equal to minDelayTarget",
                            place);
    }
    if (number_of(retries, 3) + number_of(retries, 4) + number_of(retries, 5) > number_of(retries, 2)) {
        return arena_printf(arena,
                            "%s.numRetries must be greater than or equal to total of numMinDelayRetries, "
                            "numNoDelayRetries and numMaxDelayRetries",
                            place);
    }
    if (backoff_of(retries) < 0) {
        return arena_printf(arena,
                            "%s.backoffFunction must be one of arithmetic, exponential, geometric, "
                            "linear",
                            place);
    }
    return NULL;
}

static const char *check_throttle(struct arena *arena, const char *place, const json_t *throttle) {
    const json_t *rate = json_object_get(throttle, "maxReceivesPerSecond");
    if (!throttle || json_is_null(throttle) || (json_is_object(throttle) && (!rate || json_is_null(rate)))) {
        return NULL;
    }
    if (!json_is_integer(rate) || json_integer_value(rate) < 1) {
        return arena_printf(arena, "%s.maxReceivesPerSecond must be greater than or equal to 1", place);
    }
    return NULL;
}

static const char *check_request(struct arena *arena, const char *place, const json_t *request) {
    const json_t *type = json_object_get(request, "headerContentType");
    if (!request || json_is_null(request) || (json_is_object(request) && !type)) {
        return NULL;
    }
    static const char *const families[] = {"text/plain", "application/json", "application/xml", "text/",
                                           "application/"};
    for (size_t i = 0; json_is_string(type) && i < sizeof(families) / sizeof(families[0]); i++) {
        if (text_starts_with(text_of(json_string_value(type)), families[i])) {
            return NULL;
        }
    }
    return arena_printf(arena, "%s.headerContentType is invalid", place);
}

/* ---- writing ---- */

static json_t *complete_retries(const json_t *retries) {
    json_t *complete = json_object();
    for (size_t i = 0; i < RETRY_NUMBERS; i++) {
        json_object_set_new(complete, retry_numbers[i].name, json_integer(number_of(retries, i)));
    }
    int backoff = backoff_of(retries);
    json_object_set_new(complete, "backoffFunction",
                        json_string(backoff_names[backoff < 0 ? BACKOFF_LINEAR : backoff]));
    return complete;
}

/* What was given of it, in SNS's order. */
static json_t *given_retries(const json_t *retries) {
    json_t *given = json_object();
    for (size_t i = 0; i < RETRY_NUMBERS; i++) {
        json_t *value = json_object_get(retries, retry_numbers[i].name);
        if (json_is_integer(value)) {
            json_object_set(given, retry_numbers[i].name, value);
        }
    }
    json_t *backoff = json_object_get(retries, "backoffFunction");
    if (json_is_string(backoff)) {
        json_object_set(given, "backoffFunction", backoff);
    }
    return given;
}

static const char *dump(struct arena *arena, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT);
    const char *copy = arena_strdup(arena, text);
    free(text);
    json_decref(value);
    return copy;
}

/* A new reference, or NULL. */
static json_t *load(struct text source) {
    json_t *value = source.data ? json_loadb(source.data, source.size, 0, NULL) : NULL;
    if (value && !json_is_object(value)) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

static bool is_there(const json_t *value) {
    return value && !json_is_null(value);
}

static json_t *shown(const json_t *object, const char *name) {
    json_t *value = json_object_get(object, name);
    return value ? json_incref(value) : json_null();
}

const char *delivery_policy_of_topic(struct arena *arena, struct text source, const char **message) {
    json_t *policy = load(source);
    json_t *http = json_object_get(policy, "http");
    *message = NULL;
    if (!json_is_object(http)) {
        *message = "failed to parse JSON.";
        json_decref(policy);
        return NULL;
    }
    const json_t *retries = json_object_get(http, "defaultHealthyRetryPolicy");
    *message = check_retries(arena, "http.defaultHealthyRetryPolicy", retries);
    if (!*message) {
        *message = check_throttle(arena, "http.defaultThrottlePolicy",
                                  json_object_get(http, "defaultThrottlePolicy"));
    }
    if (!*message) {
        *message =
            check_request(arena, "http.defaultRequestPolicy", json_object_get(http, "defaultRequestPolicy"));
    }
    json_t *result = json_object();
    if (is_there(retries)) {
        json_object_set_new(result, "defaultHealthyRetryPolicy", given_retries(retries));
    }
    json_object_set_new(result, "disableSubscriptionOverrides",
                        json_boolean(json_is_true(json_object_get(http, "disableSubscriptionOverrides"))));
    static const char *const others[] = {"defaultThrottlePolicy", "defaultRequestPolicy"};
    for (size_t i = 0; i < 2; i++) {
        if (is_there(json_object_get(http, others[i]))) {
            json_object_set(result, others[i], json_object_get(http, others[i]));
        }
    }
    const char *text = dump(arena, json_pack("{s:o}", "http", result));
    json_decref(policy);
    return *message ? NULL : text;
}

const char *delivery_policy_of_subscription(struct arena *arena, struct text source, const char **message) {
    json_t *policy = load(source);
    *message = NULL;
    if (!policy) {
        *message = "failed to parse JSON.";
        return NULL;
    }
    const json_t *retries = json_object_get(policy, "healthyRetryPolicy");
    *message = check_retries(arena, "healthyRetryPolicy", retries);
    if (!*message) {
        *message = check_throttle(arena, "throttlePolicy", json_object_get(policy, "throttlePolicy"));
    }
    if (!*message) {
        *message = check_request(arena, "requestPolicy", json_object_get(policy, "requestPolicy"));
    }
    json_t *result = json_object();
    json_object_set_new(result, "healthyRetryPolicy",
                        is_there(retries) ? complete_retries(retries) : json_null());
    json_object_set_new(result, "sicklyRetryPolicy", shown(policy, "sicklyRetryPolicy"));
    json_object_set_new(result, "throttlePolicy", shown(policy, "throttlePolicy"));
    json_object_set_new(result, "requestPolicy", shown(policy, "requestPolicy"));
    json_object_set_new(result, "guaranteed",
                        json_boolean(json_is_true(json_object_get(policy, "guaranteed"))));
    const char *text = dump(arena, result);
    json_decref(policy);
    return *message ? NULL : text;
}

/* ---- what applies ---- */

static json_t *effective_topic(struct text topic) {
    json_t *policy = load(topic);
    json_t *http = json_object_get(policy, "http");
    json_t *request = json_object_get(http, "defaultRequestPolicy");
    json_t *result = json_object();
    json_object_set_new(result, "defaultHealthyRetryPolicy",
                        complete_retries(json_object_get(http, "defaultHealthyRetryPolicy")));
    json_object_set_new(result, "disableSubscriptionOverrides",
                        json_boolean(json_is_true(json_object_get(http, "disableSubscriptionOverrides"))));
    if (is_there(json_object_get(http, "defaultThrottlePolicy"))) {
        json_object_set(result, "defaultThrottlePolicy", json_object_get(http, "defaultThrottlePolicy"));
    }
    json_object_set_new(result, "defaultRequestPolicy",
                        is_there(request) ? json_incref(request)
                                          : json_pack("{s:s}", "headerContentType", TEXT_PLAIN));
    json_decref(policy);
    return result;
}

static json_t *effective_subscription(struct text topic, struct text subscription) {
    json_t *defaults = effective_topic(topic);
    bool own = !json_is_true(json_object_get(defaults, "disableSubscriptionOverrides"));
    json_t *policy = own ? load(subscription) : NULL;
    static const char *const names[][2] = {
        {"healthyRetryPolicy", "defaultHealthyRetryPolicy"},
        {"sicklyRetryPolicy", NULL},
        {"throttlePolicy", "defaultThrottlePolicy"},
        {"requestPolicy", "defaultRequestPolicy"},
    };
    json_t *result = json_object();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *value = json_object_get(policy, names[i][0]);
        if (!is_there(value) && names[i][1]) {
            value = json_object_get(defaults, names[i][1]);
        }
        json_object_set_new(result, names[i][0], value ? json_incref(value) : json_null());
    }
    json_object_set_new(result, "guaranteed",
                        json_boolean(json_is_true(json_object_get(policy, "guaranteed"))));
    json_decref(policy);
    json_decref(defaults);
    return result;
}

const char *delivery_policy_effective_for_topic(struct arena *arena, struct text topic) {
    return dump(arena, json_pack("{s:o}", "http", effective_topic(topic)));
}

const char *delivery_policy_effective_for_subscription(struct arena *arena, struct text topic,
                                                       struct text subscription) {
    return dump(arena, effective_subscription(topic, subscription));
}

struct retry_plan delivery_policy_plan(struct arena *arena, struct text topic, struct text subscription) {
    json_t *policy = effective_subscription(topic, subscription);
    const json_t *retries = json_object_get(policy, "healthyRetryPolicy");
    const char *type =
        json_string_value(json_object_get(json_object_get(policy, "requestPolicy"), "headerContentType"));
    const json_t *rate = json_object_get(json_object_get(policy, "throttlePolicy"), "maxReceivesPerSecond");
    int backoff = backoff_of(retries);
    struct retry_plan plan = {
        .minimum_s = number_of(retries, 0),
        .maximum_s = number_of(retries, 1),
        .retries = number_of(retries, 2),
        .max_delay = number_of(retries, 3),
        .no_delay = number_of(retries, 4),
        .min_delay = number_of(retries, 5),
        .backoff = backoff < 0 ? BACKOFF_LINEAR : (enum retry_backoff)backoff,
        .receives_per_second = json_is_integer(rate) ? json_integer_value(rate) : 0,
        .content_type = arena_strdup(arena, type ? type : TEXT_PLAIN),
    };
    json_decref(policy);
    return plan;
}

/* ---- when ---- */

/* The i-th of `count` waits of the backoff phase, growing from minimum to maximum; the shapes of the curves
 * are ours, AWS only names them. */
static double backoff_s(const struct retry_plan *plan, int64_t i, int64_t count) {
    double low = (double)plan->minimum_s;
    double high = (double)plan->maximum_s;
    double part = count > 1 ? (double)i / (double)(count - 1) : 0;
    switch (plan->backoff) {
    case BACKOFF_LINEAR:
        break;
    case BACKOFF_ARITHMETIC:
        part = count > 1 ? (double)(i * (i + 1)) / (double)(count * (count - 1)) : 0;
        break;
    case BACKOFF_GEOMETRIC:
        return low * pow(high / low, part);
    case BACKOFF_EXPONENTIAL:
        part = count > 1 ? (exp2((double)i) - 1) / (exp2((double)(count - 1)) - 1) : 0;
        break;
    }
    return low + (high - low) * part;
}

int64_t retry_plan_wait_ms(const struct retry_plan *plan, int64_t failed) {
    int64_t backoffs = plan->retries - plan->no_delay - plan->min_delay - plan->max_delay;
    int64_t i = failed - 1;
    if (i >= plan->retries) {
        return -1;
    }
    if (i < plan->no_delay) {
        return 0;
    }
    i -= plan->no_delay;
    if (i < plan->min_delay) {
        return plan->minimum_s * 1000;
    }
    i -= plan->min_delay;
    return i < backoffs ? (int64_t)(backoff_s(plan, i, backoffs) * 1000) : plan->maximum_s * 1000;
}

int64_t retry_managed_wait_ms(int64_t failed) {
    if (failed <= 3) {
        return 0;
    }
    if (failed <= 5) {
        return 1000;
    }
    if (failed <= 15) { /* 10 of them from 1 s to 20 s */
        return (int64_t)(1000 * pow(20, (double)(failed - 6) / 9));
    }
    return failed <= 15 + 100000 ? 20000 : -1;
}
