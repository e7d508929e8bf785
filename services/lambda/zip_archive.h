/*
 * Zip archives over libzip, its only user: is this one, is it safe, unpack it, make one. Archives come from
 * clients, so nothing in them is believed: no absolute paths, no "..", no link that leads out, no sizes
 * beyond the limit whatever the directory says.
 */
#ifndef STACKRIG_ZIP_ARCHIVE_H
#define STACKRIG_ZIP_ARCHIVE_H

#include "emulator/base/arena.h"

/* Lambda's limit on unpacked code with its layers. */
#define ZIP_MAXIMUM_UNPACKED_BYTES ((int64_t)262144000)

enum zip_verdict { ZIP_GOOD, ZIP_BROKEN, ZIP_EMPTY, ZIP_TOO_LARGE };

/* unpacked_bytes: as the directory says; may be NULL. */
enum zip_verdict zip_archive_check(struct text zip, int64_t *unpacked_bytes);
/* Into an existing directory; links are made last. False: broken or the disk refused; a part may be there. */
bool zip_archive_unpack(struct text zip, const char *directory);

struct zip_file {
    const char *name;
    struct text content;
};

/* The same bytes for the same files. In the arena; absent when libzip fails. */
struct text zip_archive_make(struct arena *arena, const struct zip_file *files, size_t count);

#endif
