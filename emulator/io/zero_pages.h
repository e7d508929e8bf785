/*
 * Memory that holds nothing but zeros, given back to the system. It reads as zeros afterwards as well, so
 * that nobody can tell but the resident set.
 */
#ifndef STACKRIG_ZERO_PAGES_H
#define STACKRIG_ZERO_PAGES_H

#include <stddef.h>

/* Of private anonymous memory that no other thread writes: whole pages within size bytes from start. */
void zero_pages_give_back(const void *start, size_t size);

#endif
