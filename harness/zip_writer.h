/*
 * Zip archives of a function's code, made in memory from files and folders. No time is stored: the same files
 * give the same bytes.
 */
#ifndef STACKRIG_ZIP_WRITER_H
#define STACKRIG_ZIP_WRITER_H

#include "emulator/base/arena.h"
#include "emulator/base/strbuf.h"

struct zip_writer;

struct zip_writer *zip_writer_open(void);
void zip_writer_close(struct zip_writer *writer);
/* name inside the archive; executable: mode 0755, else 0644. Copies both. */
void zip_writer_add(struct zip_writer *writer, const char *name, struct text content, bool executable);
/*
 * A file, or a folder with all that is in it (in byte order of the names), below `prefix` ("" or "a/b").
 * False: *message (in the arena) says what could not be read.
 */
bool zip_writer_add_path(struct zip_writer *writer, struct arena *arena, const char *path, const char *prefix,
                         const char **message);
/* Writes the directory; nothing can be added afterwards. Borrowed until close. */
struct text zip_writer_finish(struct zip_writer *writer);

#endif
