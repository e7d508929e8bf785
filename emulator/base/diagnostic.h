/*
 * Mistakes of the user in our own files and flags: scenario, fault file, template on disk, command line.
 * All are collected, then printed as "file:line:column: text", then the command ends with status 2.
 */
#ifndef STACKRIG_DIAGNOSTIC_H
#define STACKRIG_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdio.h>

struct position {
    const char *file; /* borrowed (diagnostics_add() copies it); NULL on the command line */
    int line;         /* from 1; 0 unknown */
    int column;       /* from 1; 0 unknown */
};

struct diagnostics;

struct diagnostics *diagnostics_open(void);
void diagnostics_close(struct diagnostics *diagnostics);
void diagnostics_add(struct diagnostics *diagnostics, struct position position, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* How many; 0 means the input is good. */
int diagnostics_count(const struct diagnostics *diagnostics);
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

#endif
