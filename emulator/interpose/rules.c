#include "emulator/interpose/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static struct number_set told; /* hosts that were named on standard error */

/* ---- Reading ---- */

static void split_names(char *list, const char **names) {
    size_t count = 0;
    for (char *name = list; name && count < MAXIMUM_NAMES - 1;) {
        char *end = strchr(name, ';');
        if (end) {
            *end++ = '\0';
        }
        if (*name) {
            names[count++] = name;
        }
        name = end;
    }
}

static void read_setting(struct rules *rules, char *setting) {
    char *value = strchr(setting, '=');
    if (!value) {
        return;
    }
    *value++ = '\0';
    if (strcmp(setting, "plain") == 0) {
        rules->plain_port = (uint16_t)strtoul(value, NULL, 10);
    } else if (strcmp(setting, "tls") == 0) {
        rules->tls_port = (uint16_t)strtoul(value, NULL, 10);
    } else if (strcmp(setting, "deny") == 0) {
        rules->deny = strcmp(value, "1") == 0;
    } else if (strcmp(setting, "allow") == 0) {
        split_names(value, rules->allowed);
    } else if (strcmp(setting, "own") == 0) {
        split_names(value, rules->owned);
    }
}

void rules_read(struct rules *rules, const char *variable) {
    if (!variable || !*variable || strlen(variable) >= sizeof(rules->text)) {
        return;
    }
    memcpy(rules->text, variable, strlen(variable) + 1);
    for (char *setting = rules->text; setting;) {
        char *end = strchr(setting, ',');
        if (end) {
            *end++ = '\0';
        }
        read_setting(rules, setting);
        setting = end;
    }
    if (gethostname(rules->host_name, sizeof(rules->host_name) - 1) != 0) {
        rules->host_name[0] = '\0';
    }
    if (fstat(STDERR_FILENO, &rules->error_output) != 0) {
        memset(&rules->error_output, 0, sizeof(rules->error_output));
    }
    rules->active = true;
}

/* ---- Sets ---- */

bool number_set_add(struct number_set *set, uint64_t number) {
    number |= number == 0;
    for (size_t i = 0; i < SET_SIZE; i++) {
        _Atomic uint64_t *place = &set->numbers[(number + i) % SET_SIZE];
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(place, &found, number)) {
            return true;
        }
        if (found == number) {
            return false;
        }
    }
    return false;
}

bool number_set_has(struct number_set *set, uint64_t number) {
    number |= number == 0;
    for (size_t i = 0; i < SET_SIZE; i++) {
        uint64_t found = atomic_load(&set->numbers[(number + i) % SET_SIZE]);
        if (found == number || found == 0) {
            return found == number;
        }
    }
    return false;
}

/* FNV-1a. */
uint64_t number_hash(const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* ---- Names ---- */

/* Without the dot that may end a full name. */
static size_t name_length(const char *name) {
    size_t size = strlen(name);
    return size && name[size - 1] == '.' ? size - 1 : size;
}

static bool is_same_name(const char *name, const char *wanted) {
    size_t size = name_length(name);
    return size == strlen(wanted) && strncasecmp(name, wanted, size) == 0;
}

/* The domain itself or a name below it. */
static bool is_within(const char *name, const char *domain) {
    size_t size = name_length(name);
    size_t tail = strlen(domain);
    return size >= tail && strncasecmp(name + size - tail, domain, tail) == 0 &&
           (size == tail || name[size - tail - 1] == '.');
}

bool rules_list_has(const char *name, const char *const *list) {
    for (; *list; list++) {
        const char *entry = *list;
        const char *domain = entry[0] == '*' && entry[1] == '.' ? entry + 2
                             : entry[0] == '.'                  ? entry + 1
                                                                : NULL;
        if (strcmp(entry, "*") == 0 || (domain ? is_within(name, domain) : is_same_name(name, entry))) {
            return true;
        }
    }
    return false;
}

static bool is_numeric(const char *name) {
    struct in6_addr address;
    struct in_addr short_form;
    /* inet_aton(), because getaddrinfo() takes 127.1 as well; a zone may follow an IPv6 address. */
    return inet_aton(name, &short_form) || inet_pton(AF_INET6, name, &address) == 1 || strchr(name, ':');
}

static bool is_owned(const struct rules *rules, const char *name) {
    static const char *const domains[] = {"amazonaws.com", "amazonaws.com.cn", "api.aws"};
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        if (is_within(name, domains[i])) {
            return true;
        }
    }
    return rules_list_has(name, rules->owned);
}

static bool is_local_name(const struct rules *rules, const char *name) {
    return is_within(name, "localhost") || is_same_name(name, "localhost.localdomain") ||
           is_same_name(name, "ip6-localhost") || is_same_name(name, "ip6-loopback") ||
           (rules->host_name[0] && is_same_name(name, rules->host_name));
}

void rules_tell(const struct rules *rules, const char *host) {
    if (!number_set_add(&told, number_hash(host, strlen(host)))) {
        return;
    }
    int before = errno;
    struct stat now;
    /* A program that closed its standard error may have a connection there by now. */
    bool changed = fstat(STDERR_FILENO, &now) != 0 || now.st_ino != rules->error_output.st_ino ||
                   now.st_dev != rules->error_output.st_dev;
    if (!changed || !S_ISSOCK(now.st_mode)) {
        char line[512];
        int size = snprintf(
            line, sizeof(line),
            "stackrig: %.300s is out of reach: nothing leaves this machine unless it is allowed\n", host);
        if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0) {
            errno = before; /* nobody to tell it to */
        }
    }
    errno = before;
}

enum way rules_way_of(const struct rules *rules, const char *name) {
    if (!rules->active || !name || !*name || is_numeric(name)) {
        return WAY_REAL;
    }
    if (is_owned(rules, name)) {
        return WAY_EMULATOR;
    }
    if (!rules->deny || is_local_name(rules, name)) {
        return WAY_REAL;
    }
    if (rules_list_has(name, rules->allowed)) {
        return WAY_ALLOWED;
    }
    rules_tell(rules, name);
    return WAY_DENIED;
}
