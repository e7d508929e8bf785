#include "services/sns/filter_policy.h"

#include "services/sns/broken_json.h"

#define MAXIMUM_KEYS 5
#define MAXIMUM_COMBINATIONS 150

/* ---- SNS's own limits ---- */

/* Of the conditions of all keys, each times its depth. Each alternative of an $or is counted from what stood
 * before it; the sum goes on. */
static int64_t count_combinations(const struct event_pattern *object, int depth, int64_t combinations) {
    for (const struct pattern_key *key = object->keys; key; key = key->next) {
        if (key->alternatives) {
            int64_t sum = 0;
            for (const struct event_pattern *one = key->alternatives; one; one = one->next) {
                sum += count_combinations(one, depth, combinations);
            }
            combinations = sum;
        } else if (key->object) {
            combinations = count_combinations(key->object, depth + 1, combinations);
        } else if (combinations <= MAXIMUM_COMBINATIONS) { /* beyond that it only must not overflow */
            int64_t count = 0;
            for (const struct pattern_condition *one = key->conditions; one; one = one->next) {
                count++;
            }
            combinations *= count * depth;
        }
    }
    return combinations;
}

static int count_keys(const struct event_pattern *object) {
    int count = 0;
    for (const struct pattern_key *key = object->keys; key; key = key->next) {
        count++;
    }
    return count;
}

static bool is_nested(const struct event_pattern *object) {
    for (const struct pattern_key *key = object->keys; key; key = key->next) {
        if (key->object) {
            return true;
        }
        for (const struct event_pattern *one = key->alternatives; one; one = one->next) {
            if (is_nested(one)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- the source ---- */

/* AWS shows the policy without the blanks between its tokens. */
static struct text without_blanks(struct arena *arena, struct text source) {
    char *text = arena_alloc(arena, source.size + 1);
    size_t size = 0;
    bool quoted = false;
    for (size_t i = 0; i < source.size; i++) {
        char byte = source.data[i];
        if (!quoted && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')) {
            continue;
        }
        text[size++] = byte;
        if (quoted && byte == '\\' && i + 1 < source.size) {
            text[size++] = source.data[++i];
        } else if (byte == '"') {
            quoted = !quoted;
        }
    }
    text[size] = '\0';
    return (struct text){text, size};
}

const struct event_pattern *filter_policy_read(struct arena *arena, struct text source,
                                               enum filter_scope scope, const char **message) {
    struct json_error error;
    if (!json_parse(arena, source, &error)) {
        *message = broken_json_text(arena, source, &error);
        return NULL;
    }
    const struct event_pattern *policy = event_pattern_read(arena, without_blanks(arena, source), message);
    if (!policy) {
        return NULL;
    }
    if (count_keys(policy) > MAXIMUM_KEYS) {
        *message = "Filter policy can not have more than 5 keys";
    } else if (count_combinations(policy, 1, 1) > MAXIMUM_COMBINATIONS) {
        *message = "Filter policy is too complex";
    } else if (scope == FILTER_MESSAGE_ATTRIBUTES && is_nested(policy)) {
        *message = "Filter policy scope MessageAttributes does not support nested filter policy";
    }
    return *message ? NULL : policy;
}
