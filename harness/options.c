#include "harness/options.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "emulator/base/text.h"

#define MAXIMUM_OPTIONS 32
#define MAXIMUM_WORD 40

/* Levenshtein distance of two short words; long ones count as far apart. */
static size_t edit_distance(const char *a, const char *b) {
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    if (a_size > MAXIMUM_WORD || b_size > MAXIMUM_WORD) {
        return MAXIMUM_WORD;
    }
    size_t row[MAXIMUM_WORD + 1];
    for (size_t j = 0; j <= b_size; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[b_size];
}

const char *options_nearest(const char *word, const char *const *candidates) {
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 2;
    for (const char *const *candidate = candidates; *candidate; candidate++) {
        size_t distance = edit_distance(word, *candidate);
        if (distance < best_distance) {
            best = *candidate;
            best_distance = distance;
        }
    }
    return best;
}

static const char *const help_names[] = {"--help", "-h", NULL};

static bool is_help(const char *argument) {
    return strcmp(argument, help_names[0]) == 0 || strcmp(argument, help_names[1]) == 0;
}

/* Prints "stackrig serve: <message>" and where to read on. */
__attribute__((format(printf, 2, 3))) static enum options_outcome bad(const struct option_set *set,
                                                                      const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "stackrig %s: ", set->command);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry 'stackrig help %s'.\n", set->command);
    va_end(arguments);
    return OPTIONS_BAD;
}

static enum options_outcome unknown_option(const struct option_set *set, const char *argument) {
    const char *names[MAXIMUM_OPTIONS + 2] = {0};
    size_t count = 0;
    for (const struct option_row *row = set->rows; row->name && count < MAXIMUM_OPTIONS; row++) {
        names[count++] = row->name;
    }
    names[count] = help_names[0];
    const char *nearest = options_nearest(argument, names);
    if (nearest) {
        return bad(set, "unknown option '%s', did you mean '%s'?", argument, nearest);
    }
    return bad(set, "unknown option '%s'", argument);
}

static enum options_outcome take_string(const struct option_set *set, const struct option_row *row,
                                        const char *value, const char **target) {
    if (row->choices) {
        const char *const *choice = row->choices;
        while (*choice && strcmp(*choice, value) != 0) {
            choice++;
        }
        if (!*choice) {
            return bad(set, "%s takes %s, not '%s'", row->name, row->argument, value);
        }
    }
    *target = value;
    return OPTIONS_GOOD;
}

static enum options_outcome take_value(const struct option_set *set, const struct option_row *row,
                                       const char *value, char *flags) {
    if (row->kind == OPTION_STRING) {
        return take_string(set, row, value, (const char **)(void *)(flags + row->offset));
    }
    int64_t number = 0;
    if (!text_to_int64(text_of(value), &number) || number < row->minimum || number > row->maximum) {
        return bad(set, "%s takes a number from %lld to %lld, not '%s'", row->name, (long long)row->minimum,
                   (long long)row->maximum, value);
    }
    *(int64_t *)(void *)(flags + row->offset) = number;
    return OPTIONS_GOOD;
}

/* The row of "--name", "--name=value" or "-x"; *value is what stands behind '=' or NULL. */
static const struct option_row *find_row(const struct option_set *set, const char *argument,
                                         const char **value) {
    const char *equals = strchr(argument, '=');
    *value = equals ? equals + 1 : NULL;
    struct text name = equals ? (struct text){argument, (size_t)(equals - argument)} : text_of(argument);
    for (const struct option_row *row = set->rows; row->name; row++) {
        bool is_letter = row->letter && argument[0] == '-' && argument[1] == row->letter;
        if (text_equals(name, row->name)) {
            return row;
        }
        if (is_letter) {
            *value = argument[2] ? argument + 2 : NULL;
            return row;
        }
    }
    return NULL;
}

static enum options_outcome take_option(const struct option_set *set, char *flags, int argc, char **argv,
                                        int *index) {
    const char *value = NULL;
    const struct option_row *row = find_row(set, argv[*index], &value);
    if (!row) {
        return unknown_option(set, argv[*index]);
    }
    if (row->kind == OPTION_FLAG) {
        if (value) {
            return bad(set, "%s takes no value", row->name);
        }
        *(bool *)(void *)(flags + row->offset) = true;
        return OPTIONS_GOOD;
    }
    if (!value) {
        if (*index + 1 >= argc) {
            return bad(set, "%s needs a value: %s %s", row->name, row->name, row->argument);
        }
        value = argv[++*index];
    }
    return take_value(set, row, value, flags);
}

enum options_outcome options_parse(const struct option_set *set, void *flags, int argc, char **argv,
                                   int *rest) {
    int kept = 1; /* arguments are moved to the front, then back behind the flags */
    int index = 1;
    for (; index < argc; index++) {
        if (strcmp(argv[index], "--") == 0) {
            index++;
            break;
        }
        if (argv[index][0] != '-' || argv[index][1] == '\0') {
            if (set->stop_at_argument) {
                break;
            }
            argv[kept++] = argv[index];
            continue;
        }
        if (is_help(argv[index])) {
            options_print_help(set, stdout);
            return OPTIONS_HELP;
        }
        enum options_outcome outcome = take_option(set, flags, argc, argv, &index);
        if (outcome != OPTIONS_GOOD) {
            return outcome;
        }
    }
    int moved = kept - 1;
    for (int i = 0; i < moved; i++) {
        argv[index - 1 - i] = argv[kept - 1 - i];
    }
    *rest = index - moved;
    if (!set->arguments && *rest < argc) {
        return bad(set, "takes no argument, got '%s'", argv[*rest]);
    }
    return OPTIONS_GOOD;
}

void options_print_help(const struct option_set *set, FILE *stream) {
    fprintf(stream, "Usage: %s\n\n%s\n", set->usage, set->description);
    for (const struct option_row *row = set->rows; row->name; row++) {
        char left[64];
        char letter[8] = "    ";
        if (row->letter) {
            snprintf(letter, sizeof letter, "-%c, ", row->letter);
        }
        snprintf(left, sizeof left, "%s%s%s%s", letter, row->name, row->argument ? " " : "",
                 row->argument ? row->argument : "");
        fprintf(stream, "%s  %-26s %s\n", row == set->rows ? "\n" : "", left, row->help);
    }
}
