/* GetRandomPassword. Source: Secrets Manager API reference. */
#include "emulator/base/ids.h"
#include "services/secretsmanager/secrets.h"

#define KINDS 5

static const struct {
    const char *characters;
    const char *exclude; /* member; NULL: IncludeSpace asks for it */
} kinds[KINDS] = {
    {"abcdefghijklmnopqrstuvwxyz", "ExcludeLowercase"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ExcludeUppercase"},
    {"0123456789", "ExcludeNumbers"},
    {"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "ExcludePunctuation"},
    {" ", NULL},
};

static char pick(struct call *call, const char *characters) {
    return characters[ids_random_below(emulator_ids(call->emulator), strlen(characters))];
}

struct result secrets_get_random_password(struct call *call, struct input input) {
    struct text excluded = input_text(input, "ExcludeCharacters");
    size_t length = (size_t)input_integer(input, "PasswordLength", 32);
    char allowed[KINDS][64];
    char all[128] = "";
    size_t required = 0; /* a blank is never required */
    for (size_t kind = 0; kind < KINDS; kind++) {
        size_t size = 0;
        bool wanted = kinds[kind].exclude ? !input_boolean(input, kinds[kind].exclude, false)
                                          : input_boolean(input, "IncludeSpace", false);
        for (const char *c = kinds[kind].characters; wanted && *c; c++) {
            if (excluded.size == 0 || !memchr(excluded.data, *c, excluded.size)) {
                allowed[kind][size++] = *c;
            }
        }
        allowed[kind][size] = '\0';
        required += size > 0 && kinds[kind].exclude;
        memcpy(all + strlen(all), allowed[kind], size + 1);
    }
    bool each = input_boolean(input, "RequireEachIncludedType", true);
    if (!all[0] || (each && required > length)) {
        return call_error(call, &secretsmanager_error_InvalidParameterException,
                          !all[0] ? "There are no characters left to make a password of."
                                  : "The password length is too short for one of each included type.");
    }
    char *password = arena_alloc(call->arena, length + 1);
    size_t size = 0;
    for (size_t kind = 0; each && kind < KINDS; kind++) {
        if (allowed[kind][0] && kinds[kind].exclude) {
            password[size++] = pick(call, allowed[kind]);
        }
    }
    while (size < length) {
        password[size++] = pick(call, all);
    }
    password[length] = '\0';
    for (size_t i = length - 1; i > 0; i--) { /* so that the first ones are not always of the same kind */
        size_t other = (size_t)ids_random_below(emulator_ids(call->emulator), i + 1);
        char kept = password[i];
        password[i] = password[other];
        password[other] = kept;
    }
    output_string(call_output(call), "RandomPassword", password);
    return result_output();
}
