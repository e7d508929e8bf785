/*
 * What the preloaded library is told in STACKRIG_INTERPOSE (see interpose.c), and where a name leads by that.
 * Like the rest of the library it takes no lock and allocates nothing.
 */
#ifndef STACKRIG_INTERPOSE_RULES_H
#define STACKRIG_INTERPOSE_RULES_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The library lives in other people's processes: none of these names may meet theirs. */
#pragma GCC visibility push(hidden)

#define MAXIMUM_NAMES 64
#define SET_SIZE 1024

struct rules {
    bool active;
    bool deny;
    uint16_t plain_port; /* 0: none */
    uint16_t tls_port;   /* 0: none */
    char text[8192];     /* the variable's copy; the names below lie in it */
    const char *owned[MAXIMUM_NAMES];
    const char *allowed[MAXIMUM_NAMES]; /* NULL-terminated, as owned */
    char host_name[HOST_NAME_MAX + 1];  /* of this machine */
    struct stat error_output;           /* what descriptor 2 was at the start */
};

/* Numbers that were seen; 0 marks a free place. A full set forgets. */
struct number_set {
    _Atomic uint64_t numbers[SET_SIZE];
};

/* Fills all-zero rules; absent or empty: they stay inactive. */
void rules_read(struct rules *rules, const char *variable);

enum way { WAY_REAL, WAY_EMULATOR, WAY_ALLOWED, WAY_DENIED };

/* Where a name leads; one that is denied is told of. Numeric ones always go the real way: connect() looks at
 * them. */
enum way rules_way_of(const struct rules *rules, const char *name);
/* One of a list, where *.example.com and .example.com stand for all names below. */
bool rules_list_has(const char *name, const char *const *list);
/* Says once for each host that it is out of reach. */
void rules_tell(const struct rules *rules, const char *host);

/* True when it was not in there. */
bool number_set_add(struct number_set *set, uint64_t number);
bool number_set_has(struct number_set *set, uint64_t number);
uint64_t number_hash(const void *bytes, size_t size);

#pragma GCC visibility pop

#endif
