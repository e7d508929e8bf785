/*
 * Flags of one subcommand as a table: parsing, messages and the help text come from the same rows. Knows
 * nothing of what a flag means.
 */
#ifndef STACKRIG_OPTIONS_H
#define STACKRIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
    OPTION_FLAG,    /* bool: set */
    OPTION_STRING,  /* const char *: borrowed from argv */
    OPTION_INTEGER, /* int64_t: minimum..maximum */
};

struct option_row {
    const char *name; /* "--port" */
    char letter;      /* short form; 0: none */
    enum option_kind kind;
    size_t offset;        /* of the flag's field in the command's struct of flags */
    const char *argument; /* name of the value in the help; NULL for flags */
    const char *help;
    int64_t minimum;
    int64_t maximum;
    const char *const *choices; /* OPTION_STRING: allowed values, NULL-terminated; NULL: any */
};

struct option_set {
    const char *command;           /* "serve" */
    const char *usage;             /* "stackrig serve [flags]" */
    const char *description;       /* one or more lines */
    const struct option_row *rows; /* ends with a row without name */
    const char *arguments;         /* what stands after the flags ("PATHS..."); NULL: nothing may */
    bool stop_at_argument;         /* the first argument ends the flags (run -- CMD) */
};

enum options_outcome {
    OPTIONS_GOOD,
    OPTIONS_HELP, /* --help was asked for and printed on standard output */
    OPTIONS_BAD,  /* a message stands on standard error */
};

/* argv[0] is the subcommand. Values go into *flags, the struct that the rows' offsets mean. *rest is the
 * index of the first argument that is no flag; all that are left stand from there on (argv is reordered
 * unless stop_at_argument). */
enum options_outcome options_parse(const struct option_set *set, void *flags, int argc, char **argv,
                                   int *rest);
void options_print_help(const struct option_set *set, FILE *stream);

/* The candidate (NULL-terminated list) closest to a mistyped word; NULL when none is close. */
const char *options_nearest(const char *word, const char *const *candidates);

#endif
