/*
 * Every identifier and random byte comes from here: seeded in tests and with --seed, so that the same
 * seed gives the same run; from the system otherwise. Also what AWS does not promise (order, duplicates)
 * is decided by ids_random_below().
 */
#ifndef STACKRIG_IDS_H
#define STACKRIG_IDS_H

#include <stddef.h>
#include <stdint.h>

struct ids;

#define UUID_SIZE 37 /* with the NUL */

/* seed 0: a seed from the system; ids_seed() tells which. */
struct ids *ids_open(uint64_t seed);
void ids_close(struct ids *ids);
uint64_t ids_seed(const struct ids *ids);
/* Starts the sequence again from the seed (reset). */
void ids_restart(struct ids *ids, uint64_t seed);

void ids_random_bytes(struct ids *ids, void *bytes, size_t size);
/* 0 .. bound-1; bound > 0. */
uint64_t ids_random_below(struct ids *ids, uint64_t bound);
/* Version 4, lower case. */
void ids_uuid(struct ids *ids, char uuid[UUID_SIZE]);
/* `size` characters of the alphabet and a NUL. */
void ids_random_string(struct ids *ids, const char *alphabet, size_t size, char *out);

#define IDS_HEX "0123456789abcdef"
#define IDS_UPPER_ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define IDS_BASE32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define IDS_ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

#endif
