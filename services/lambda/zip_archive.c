#include "services/lambda/zip_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "emulator/base/strbuf.h"

#define MAXIMUM_ENTRIES 100000
#define MAXIMUM_NAME 1024
/* Archives up to this size are read through when they are checked, so that a broken one is found early. */
#define CHECKED_BYTES ((int64_t)32 * 1024 * 1024)

/* 1980-01-01 00:00 in MS-DOS form: archives we make do not depend on the time. */
#define DOS_DATE ((1 << 5) | 1)

static zip_t *open_archive(struct text zip) {
    zip_error_t error;
    zip_error_init(&error);
    zip_t *archive = NULL;
    zip_source_t *source = zip_source_buffer_create(zip.data, zip.size, 0, &error);
    if (source) {
        archive = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!archive) {
            zip_source_free(source);
        }
    }
    zip_error_fini(&error);
    return archive;
}

/* A relative path whose parts are names: what may be made below a directory of ours. */
static bool is_safe_path(const char *path) {
    size_t size = strlen(path);
    if (size == 0 || size > MAXIMUM_NAME || path[0] == '/' || strchr(path, '\\')) {
        return false;
    }
    struct text rest = text_of(path);
    while (rest.data) {
        if (text_equals(text_cut(&rest, '/'), "..")) {
            return false;
        }
    }
    return true;
}

/* A link at `path` may point to `target` when following it by name never climbs above the root. */
static bool is_safe_link(const char *path, struct text target) {
    if (target.size == 0 || target.data[0] == '/' || memchr(target.data, 0, target.size)) {
        return false;
    }
    int depth = 0;
    for (const char *byte = path; *byte; byte++) {
        depth += *byte == '/';
    }
    struct text rest = target;
    while (rest.data) {
        struct text part = text_cut(&rest, '/');
        if (text_equals(part, "..")) {
            depth--;
        } else if (part.size > 0 && !text_equals(part, ".")) {
            depth++;
        }
        if (depth < 0) {
            return false;
        }
    }
    return true;
}

static mode_t unix_mode(zip_t *archive, zip_uint64_t index) {
    zip_uint8_t system;
    zip_uint32_t attributes;
    if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) == 0 &&
        system == ZIP_OPSYS_UNIX && attributes >> 16) {
        return (mode_t)(attributes >> 16);
    }
    return S_IFREG | 0644;
}

/* Reads an entry through; gives the bytes to `write` (may be NULL). False: broken, or more than *room. */
static bool read_entry(zip_t *archive, zip_uint64_t index, int64_t *room, int descriptor) {
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file) {
        return false;
    }
    static const size_t block_bytes = 65536;
    char block[65536];
    zip_int64_t size;
    bool good = true;
    while (good && (size = zip_fread(file, block, block_bytes)) > 0) {
        *room -= size;
        good = *room >= 0;
        for (zip_int64_t done = 0; good && descriptor >= 0 && done < size;) {
            ssize_t written = write(descriptor, block + done, (size_t)(size - done));
            good = written > 0 || (written < 0 && errno == EINTR);
            done += written > 0 ? written : 0;
        }
    }
    good = good && size == 0;
    return zip_fclose(file) == 0 && good;
}

enum zip_verdict zip_archive_check(struct text zip, int64_t *unpacked_bytes) {
    zip_t *archive = open_archive(zip);
    if (!archive) {
        return ZIP_BROKEN;
    }
    zip_int64_t count = zip_get_num_entries(archive, 0);
    enum zip_verdict verdict = count > MAXIMUM_ENTRIES ? ZIP_TOO_LARGE : count == 0 ? ZIP_EMPTY : ZIP_GOOD;
    int64_t total = 0;
    for (zip_int64_t i = 0; i < count && verdict == ZIP_GOOD; i++) {
        zip_stat_t entry;
        if (zip_stat_index(archive, (zip_uint64_t)i, 0, &entry) != 0 || !(entry.valid & ZIP_STAT_NAME) ||
            !(entry.valid & ZIP_STAT_SIZE) || !is_safe_path(entry.name)) {
            verdict = ZIP_BROKEN;
        } else if (entry.size > (zip_uint64_t)ZIP_MAXIMUM_UNPACKED_BYTES ||
                   (total += (int64_t)entry.size) > ZIP_MAXIMUM_UNPACKED_BYTES) {
            verdict = ZIP_TOO_LARGE;
        }
    }
    int64_t room = CHECKED_BYTES;
    for (zip_int64_t i = 0; i < count && verdict == ZIP_GOOD && total <= CHECKED_BYTES; i++) {
        if (!read_entry(archive, (zip_uint64_t)i, &room, -1)) {
            verdict = ZIP_BROKEN;
        }
    }
    zip_discard(archive);
    if (unpacked_bytes) {
        *unpacked_bytes = total;
    }
    return verdict;
}

/* mkdir -p of the directories above the last part. */
static bool make_parents(int root, const char *path) {
    char part[MAXIMUM_NAME + 1];
    for (size_t i = 0; path[i]; i++) {
        if (path[i] == '/' && i > 0) {
            memcpy(part, path, i);
            part[i] = 0;
            if (mkdirat(root, part, 0755) != 0 && errno != EEXIST) {
                return false;
            }
        }
    }
    return true;
}

static bool unpack_file(zip_t *archive, zip_uint64_t index, int root, const char *path, mode_t mode,
                        int64_t *room) {
    int descriptor =
        openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, (mode & 0777) | 0600);
    if (descriptor < 0) {
        return false;
    }
    bool good = read_entry(archive, index, room, descriptor);
    return close(descriptor) == 0 && good;
}

static bool unpack_link(zip_t *archive, zip_uint64_t index, int root, const char *path) {
    char target[MAXIMUM_NAME + 1];
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file) {
        return false;
    }
    zip_int64_t size = zip_fread(file, target, MAXIMUM_NAME);
    zip_fclose(file);
    if (size <= 0 || !is_safe_link(path, (struct text){target, (size_t)size})) {
        return false;
    }
    target[size] = 0;
    return symlinkat(target, root, path) == 0 || errno == EEXIST;
}

/* Links come in a second pass: while files are written there is none to write through. */
static bool unpack_pass(zip_t *archive, int root, bool links, int64_t *room) {
    zip_int64_t count = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        zip_uint64_t index = (zip_uint64_t)i;
        const char *path = zip_get_name(archive, index, 0);
        if (!path || !is_safe_path(path)) {
            return false;
        }
        mode_t mode = unix_mode(archive, index);
        bool is_link = S_ISLNK(mode);
        if (is_link != links) {
            continue;
        }
        if (!make_parents(root, path)) {
            return false;
        }
        if (path[strlen(path) - 1] == '/') {
            continue;
        }
        if (is_link ? !unpack_link(archive, index, root, path)
                    : !unpack_file(archive, index, root, path, mode, room)) {
            return false;
        }
    }
    return true;
}

bool zip_archive_unpack(struct text zip, const char *directory) {
    zip_t *archive = open_archive(zip);
    if (!archive) {
        return false;
    }
    int root = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    int64_t room = ZIP_MAXIMUM_UNPACKED_BYTES;
    bool good =
        root >= 0 && unpack_pass(archive, root, false, &room) && unpack_pass(archive, root, true, &room);
    if (root >= 0) {
        close(root);
    }
    zip_discard(archive);
    return good;
}

static bool add_file(zip_t *archive, const struct zip_file *file) {
    zip_source_t *source = zip_source_buffer(archive, file->content.data, file->content.size, 0);
    if (!source) {
        return false;
    }
    zip_int64_t index = zip_file_add(archive, file->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_file_set_dostime(archive, (zip_uint64_t)index, 0, DOS_DATE, 0) == 0 &&
           zip_file_set_external_attributes(archive, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
                                            (zip_uint32_t)(S_IFREG | 0644) << 16) == 0;
}

static struct text read_source(struct arena *arena, zip_source_t *source) {
    zip_stat_t facts;
    if (zip_source_stat(source, &facts) != 0 || zip_source_open(source) != 0) {
        return TEXT_NONE;
    }
    char *bytes = arena_alloc(arena, facts.size);
    zip_int64_t size = zip_source_read(source, bytes, facts.size);
    zip_source_close(source);
    return size == (zip_int64_t)facts.size ? (struct text){bytes, (size_t)size} : TEXT_NONE;
}

struct text zip_archive_make(struct arena *arena, const struct zip_file *files, size_t count) {
    zip_error_t error;
    zip_error_init(&error);
    struct text made = TEXT_NONE;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_TRUNCATE, &error) : NULL;
    if (archive) {
        zip_source_keep(source);
        bool good = true;
        for (size_t i = 0; i < count && good; i++) {
            good = add_file(archive, &files[i]);
        }
        if (!good || zip_close(archive) != 0) {
            zip_discard(archive);
        } else {
            made = read_source(arena, source);
        }
    }
    if (source) {
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return made;
}
