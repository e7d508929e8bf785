/* A whole file as text: scenarios, templates, fault rules. Not for anything a client names. */
#ifndef STACKRIG_FILE_TEXT_H
#define STACKRIG_FILE_TEXT_H

#include "emulator/base/arena.h"

struct file_text {
    struct text text; /* a NUL follows the last byte */
    char *memory;
};

/* False and errno when it cannot be read (a directory: EISDIR). */
bool file_text_read(const char *path, struct file_text *file);
void file_text_release(struct file_text *file);

/* `path` as seen from the directory of `file`; absolute paths stay. In the arena. */
char *path_beside(struct arena *arena, const char *file, const char *path);

#endif
