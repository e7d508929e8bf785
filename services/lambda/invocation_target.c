/* Which version an invocation runs, and whether there is room for one more. Asked at every invocation,
 * answered from memory while nothing of Lambda's tables has changed. */
#include "emulator/base/die.h"
#include "services/lambda/function_reference.h"
#include "services/lambda/lambda_invoke.h"

#define RESOLUTIONS_MAXIMUM 32

struct resolution {
    struct lambda_owner owner;
    const char *name;
    const char *qualifier; /* NULL: none */
    struct lambda_version version;
    const char *arn;
    int64_t reserved_concurrency; /* -1: none */
};

struct resolutions {
    struct arena *arena; /* of all strings */
    uint64_t changes;    /* store_module_changes() of the time */
    struct resolution all[RESOLUTIONS_MAXIMUM];
    size_t count;
};

struct resolutions *lambda_resolutions_open(void) {
    struct resolutions *resolutions = xcalloc(1, sizeof *resolutions);
    resolutions->arena = arena_open();
    return resolutions;
}

void lambda_resolutions_close(struct resolutions *resolutions) {
    arena_close(resolutions->arena);
    free(resolutions);
}

/* ---- which version ---- */

/* The version that an alias' weights draw. */
static const char *draw_version(struct emulator *emulator, struct arena *arena,
                                const struct lambda_alias *alias) {
    const struct json_value *weights =
        alias->routing ? json_parse(arena, text_of(alias->routing), NULL) : NULL;
    if (!weights || weights->count == 0) {
        return alias->version;
    }
    double drawn = (double)ids_random_below(emulator_ids(emulator), 1000000) / 1000000;
    for (const struct json_value *weight = weights->child; weight; weight = weight->next) {
        double share = 0;
        text_to_double(weight->text, &share);
        drawn -= share;
        if (drawn < 0) {
            return arena_text_string(arena, weight->key);
        }
    }
    return alias->version;
}

/* The tables' answer. */
static bool read_version(struct emulator *emulator, struct lambda_owner owner, const char *name,
                         const char *qualifier, struct arena *arena, struct lambda_version *version) {
    struct store *store = emulator_store(emulator);
    const char *number_text = qualifier;
    if (qualifier && strcmp(qualifier, "$LATEST") != 0 && !qualifier_is_version(qualifier)) {
        struct lambda_alias alias;
        if (!lambda_store_alias(store, owner, name, qualifier, arena, &alias)) {
            return false;
        }
        number_text = draw_version(emulator, arena, &alias);
    }
    int64_t number = LAMBDA_LATEST;
    if (number_text && strcmp(number_text, "$LATEST") != 0 &&
        (!text_to_int64(text_of(number_text), &number) || number == LAMBDA_LATEST)) {
        return false;
    }
    return lambda_store_version(store, owner, name, number, arena, version);
}

/* ---- what is kept ---- */

static bool same_string(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Forgets everything when anything has changed. */
static struct resolutions *current(struct emulator *emulator) {
    struct resolutions *resolutions = lambda_state(emulator)->resolutions;
    uint64_t changes = store_module_changes(emulator_store(emulator), &lambda_store_module);
    if (resolutions->changes != changes || resolutions->count == RESOLUTIONS_MAXIMUM) {
        arena_clear(resolutions->arena);
        resolutions->count = 0;
        resolutions->changes = changes;
    }
    return resolutions;
}

/* any_qualifier: whatever holds for the function in all its versions is asked for. */
static const struct resolution *find(const struct resolutions *resolutions, struct lambda_owner owner,
                                     const char *name, bool any_qualifier, const char *qualifier) {
    for (size_t i = 0; i < resolutions->count; i++) {
        const struct resolution *one = &resolutions->all[i];
        if (strcmp(one->name, name) == 0 && (any_qualifier || same_string(one->qualifier, qualifier)) &&
            strcmp(one->owner.account, owner.account) == 0 && strcmp(one->owner.region, owner.region) == 0) {
            return one;
        }
    }
    return NULL;
}

/* NULL: there is none. */
static const struct resolution *add(struct emulator *emulator, struct resolutions *resolutions,
                                    struct lambda_owner owner, const char *name, const char *qualifier) {
    struct arena *arena = resolutions->arena;
    struct resolution *one = &resolutions->all[resolutions->count];
    struct lambda_function function;
    if (!read_version(emulator, owner, name, qualifier, arena, &one->version) ||
        !lambda_store_function(emulator_store(emulator), owner, name, arena, &function)) {
        return NULL;
    }
    one->owner.account = arena_strdup(arena, owner.account);
    one->owner.region = arena_strdup(arena, owner.region);
    one->name = arena_strdup(arena, name);
    one->qualifier = qualifier ? arena_strdup(arena, qualifier) : NULL;
    one->arn = lambda_arn(arena, owner, name, qualifier);
    one->reserved_concurrency = function.reserved_concurrency;
    resolutions->count++;
    return one;
}

bool lambda_resolve_invocation(struct emulator *emulator, struct lambda_owner owner, const char *name,
                               const char *qualifier, struct arena *arena, struct lambda_version *version,
                               const char **invoked_arn) {
    if (qualifier && strcmp(qualifier, "$LATEST") != 0 && !qualifier_is_version(qualifier)) {
        *invoked_arn = lambda_arn(arena, owner, name, qualifier);
        return read_version(emulator, owner, name, qualifier, arena, version); /* each time drawn anew */
    }
    struct resolutions *resolutions = current(emulator);
    const struct resolution *one = find(resolutions, owner, name, false, qualifier);
    if (!one) {
        one = add(emulator, resolutions, owner, name, qualifier);
    }
    if (one) {
        lambda_version_copy(arena, &one->version, version);
        *invoked_arn = arena_strdup(arena, one->arn);
    }
    return one;
}

/* ---- room ---- */

static int64_t reserved_concurrency(struct lambda *lambda, struct lambda_owner owner, const char *name) {
    struct resolutions *resolutions = current(lambda->emulator);
    const struct resolution *one = find(resolutions, owner, name, true, NULL);
    if (!one) {
        one = add(lambda->emulator, resolutions, owner, name, NULL);
    }
    return one ? one->reserved_concurrency : -1;
}

enum lambda_room lambda_find_room(struct lambda *lambda, struct lambda_owner owner, const char *name) {
    int64_t reserved = reserved_concurrency(lambda, owner, name);
    if (reserved >= 0) {
        return lambda_running_count(lambda, owner, name) >= reserved ? LAMBDA_NO_RESERVED_ROOM : LAMBDA_ROOM;
    }
    return lambda_running_count(lambda, owner, NULL) >= LAMBDA_ACCOUNT_CONCURRENCY ? LAMBDA_NO_ACCOUNT_ROOM
                                                                                   : LAMBDA_ROOM;
}
