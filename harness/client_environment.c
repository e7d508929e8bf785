#include "harness/client_environment.h"

#include <stdlib.h>
#include <string.h>

/* Each of them is obeyed by some client (handlers.md lists who reads what): all name the same file. */
static const char *const ca_variables[] = {"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
                                           "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"};
/* Left over from work with real accounts, they would win over the dummy credentials. */
static const char *const unwanted_variables[] = {"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE"};

/* ours, then what is set already, unless ours is in it. */
static const char *join(struct arena *arena, const char *ours, const char *variable, char separator) {
    const char *present = getenv(variable);
    if (!present || !*present || strcmp(present, ours) == 0) {
        return ours;
    }
    if (strstr(present, ours)) {
        return arena_strdup(arena, present);
    }
    return arena_printf(arena, "%s%c%s", ours, separator, present);
}

static int plain_port(const char *endpoint) {
    int64_t port = 80;
    const char *colon = strrchr(endpoint, ':');
    text_to_int64(text_of(colon ? colon + 1 : "80"), &port);
    return (int)port;
}

void client_environment(struct arena *arena, const struct emulator_facts *facts,
                        struct environment_entry entries[CLIENT_ENVIRONMENT_ENTRIES]) {
    int count = 0;
    entries[count++] = (struct environment_entry){"AWS_ENDPOINT_URL", facts->endpoint};
    entries[count++] = (struct environment_entry){"AWS_ACCESS_KEY_ID", "test"};
    entries[count++] = (struct environment_entry){"AWS_SECRET_ACCESS_KEY", "test"};
    entries[count++] = (struct environment_entry){"AWS_DEFAULT_REGION", facts->region};
    entries[count++] = (struct environment_entry){"AWS_REGION", facts->region};
    entries[count++] = (struct environment_entry){"AWS_EC2_METADATA_DISABLED", "true"};
    entries[count++] =
        (struct environment_entry){"NO_PROXY", join(arena, "127.0.0.1,localhost", "NO_PROXY", ',')};
    for (size_t i = 0; i < sizeof ca_variables / sizeof ca_variables[0]; i++) {
        entries[count++] = (struct environment_entry){ca_variables[i], facts->ca_file};
    }
    for (size_t i = 0; i < sizeof unwanted_variables / sizeof unwanted_variables[0]; i++) {
        entries[count++] = (struct environment_entry){unwanted_variables[i], NULL};
    }
    if (facts->interposer) {
        entries[count++] =
            (struct environment_entry){"LD_PRELOAD", join(arena, facts->interposer, "LD_PRELOAD", ':')};
        entries[count++] = (struct environment_entry){
            "STACKRIG_INTERPOSE",
            arena_printf(arena, "plain=%d,tls=%d", plain_port(facts->endpoint), facts->tls_port)};
    }
    entries[count] = (struct environment_entry){0};
}
