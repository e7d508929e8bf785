#include "emulator/base/diagnostic.h"

#include "emulator/base/arena.h"

struct entry {
    struct position position;
    const char *text;
    struct entry *next;
};

struct diagnostics {
    struct arena *arena; /* holds this struct too */
    struct entry *first;
    struct entry **place;
    int count;
};

struct diagnostics *diagnostics_open(void) {
    struct arena *arena = arena_open();
    struct diagnostics *diagnostics = arena_zalloc(arena, sizeof(*diagnostics));
    diagnostics->arena = arena;
    diagnostics->place = &diagnostics->first;
    return diagnostics;
}

void diagnostics_close(struct diagnostics *diagnostics) {
    if (diagnostics) {
        arena_close(diagnostics->arena);
    }
}

void diagnostics_add(struct diagnostics *diagnostics, struct position position, const char *format, ...) {
    struct entry *entry = arena_zalloc(diagnostics->arena, sizeof(*entry));
    va_list arguments;
    va_start(arguments, format);
    entry->text = arena_vprintf(diagnostics->arena, format, arguments);
    va_end(arguments);
    entry->position = position;
    if (position.file) {
        /* The file's name may be gone when the mistakes are printed. */
        entry->position.file = arena_strdup(diagnostics->arena, position.file);
    }
    *diagnostics->place = entry;
    diagnostics->place = &entry->next;
    diagnostics->count++;
}

int diagnostics_count(const struct diagnostics *diagnostics) {
    return diagnostics->count;
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream) {
    for (const struct entry *entry = diagnostics->first; entry; entry = entry->next) {
        const struct position *position = &entry->position;
        fputs(position->file ? position->file : "stackrig", stream);
        if (position->line > 0) {
            fprintf(stream, ":%d", position->line);
        }
        if (position->line > 0 && position->column > 0) {
            fprintf(stream, ":%d", position->column);
        }
        fprintf(stream, ": %s\n", entry->text);
    }
}
