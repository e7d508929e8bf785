#include "harness/zip_writer.h"

#include <zlib.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "harness/file_text.h"

/* Signatures and sizes of APPNOTE.TXT, the zip format's description. */
#define LOCAL_SIGNATURE 0x04034b50u
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_SIGNATURE 0x06054b50u
#define VERSION_NEEDED 20u
#define MADE_BY_UNIX (3u << 8 | 20u)
#define UTF8_NAMES 0x0800u
#define METHOD_STORED 0u
#define METHOD_DEFLATED 8u
/* 1980-01-01, the earliest date the format knows. */
#define EARLIEST_DATE 0x0021u

struct zip_writer {
    struct strbuf archive;
    struct strbuf directory;
    unsigned count;
};

struct zip_writer *zip_writer_open(void) {
    struct zip_writer *writer = xcalloc(1, sizeof *writer);
    writer->archive = STRBUF_INIT;
    writer->directory = STRBUF_INIT;
    return writer;
}

void zip_writer_close(struct zip_writer *writer) {
    if (writer) {
        strbuf_release(&writer->archive);
        strbuf_release(&writer->directory);
        free(writer);
    }
}

static void put16(struct strbuf *buffer, unsigned value) {
    strbuf_append_char(buffer, (char)(value & 0xff));
    strbuf_append_char(buffer, (char)(value >> 8 & 0xff));
}

static void put32(struct strbuf *buffer, size_t value) {
    put16(buffer, (unsigned)(value & 0xffff));
    put16(buffer, (unsigned)(value >> 16 & 0xffff));
}

/* A file as it lies in the archive. */
struct packed_file {
    struct text bytes;
    struct text content;
    unsigned method;
};

/* The fields that the local header and the directory entry have in common. */
static void put_common(struct strbuf *buffer, const struct packed_file *file, size_t name_size) {
    put16(buffer, VERSION_NEEDED);
    put16(buffer, UTF8_NAMES);
    put16(buffer, file->method);
    put16(buffer, 0); /* midnight */
    put16(buffer, EARLIEST_DATE);
    put32(buffer, crypto_crc32(file->content));
    put32(buffer, file->bytes.size);
    put32(buffer, file->content.size);
    put16(buffer, (unsigned)name_size);
    put16(buffer, 0); /* no extra field */
}

/* Raw deflate of the content into *buffer (free() it); false when that does not make it smaller. */
static bool deflate_content(struct text content, unsigned char **buffer, size_t *size) {
    z_stream stream = {0};
    *buffer = xmalloc(content.size + 1);
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    stream.next_in = (unsigned char *)content.data;
    stream.avail_in = (unsigned)content.size;
    stream.next_out = *buffer;
    stream.avail_out = (unsigned)content.size;
    bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *size = stream.total_out;
    deflateEnd(&stream);
    return done && *size < content.size;
}

void zip_writer_add(struct zip_writer *writer, const char *name, struct text content, bool executable) {
    unsigned char *deflated = NULL;
    size_t deflated_size = 0;
    struct packed_file file = {.bytes = content, .content = content, .method = METHOD_STORED};
    if (content.size > 0 && content.size < UINT32_MAX &&
        deflate_content(content, &deflated, &deflated_size)) {
        file.bytes = (struct text){(const char *)deflated, deflated_size};
        file.method = METHOD_DEFLATED;
    }
    size_t offset = writer->archive.size;
    size_t name_size = strlen(name);
    put32(&writer->archive, LOCAL_SIGNATURE);
    put_common(&writer->archive, &file, name_size);
    strbuf_append(&writer->archive, name, name_size);
    strbuf_append_text(&writer->archive, file.bytes);

    put32(&writer->directory, CENTRAL_SIGNATURE);
    put16(&writer->directory, MADE_BY_UNIX);
    put_common(&writer->directory, &file, name_size);
    put16(&writer->directory, 0); /* no comment */
    put16(&writer->directory, 0); /* first disk */
    put16(&writer->directory, 0);
    unsigned mode = S_IFREG | (executable ? 0755u : 0644u);
    put32(&writer->directory, (size_t)mode << 16);
    put32(&writer->directory, offset);
    strbuf_append(&writer->directory, name, name_size);
    writer->count++;
    free(deflated);
}

static bool add_file(struct zip_writer *writer, struct arena *arena, const char *path, const char *name,
                     bool executable, const char **message) {
    struct file_text file;
    if (!file_text_read(path, &file)) {
        *message = arena_printf(arena, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    zip_writer_add(writer, name, file.text, executable);
    file_text_release(&file);
    return true;
}

static int is_entry(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
           strcmp(entry->d_name, "__pycache__") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *join(struct arena *arena, const char *prefix, const char *name) {
    return *prefix ? arena_printf(arena, "%s/%s", prefix, name) : arena_strdup(arena, name);
}

static bool add_folder(struct zip_writer *writer, struct arena *arena, const char *path, const char *prefix,
                       const char **message) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_entry, by_bytes);
    if (count < 0) {
        *message = arena_printf(arena, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *inner = join(arena, path, entries[i]->d_name);
        const char *name = join(arena, prefix, entries[i]->d_name);
        struct stat status;
        if (!good) {
            /* only freeing the rest */
        } else if (stat(inner, &status) != 0) {
            *message = arena_printf(arena, "cannot read %s: %s", inner, strerror(errno));
            good = false;
        } else if (S_ISDIR(status.st_mode)) {
            good = add_folder(writer, arena, inner, name, message);
        } else {
            good = add_file(writer, arena, inner, name, (status.st_mode & S_IXUSR) != 0, message);
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool zip_writer_add_path(struct zip_writer *writer, struct arena *arena, const char *path, const char *prefix,
                         const char **message) {
    struct stat status;
    if (stat(path, &status) != 0) {
        *message = arena_printf(arena, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        return add_folder(writer, arena, path, prefix, message);
    }
    const char *slash = strrchr(path, '/');
    return add_file(writer, arena, path, join(arena, prefix, slash ? slash + 1 : path),
                    (status.st_mode & S_IXUSR) != 0, message);
}

struct text zip_writer_finish(struct zip_writer *writer) {
    size_t offset = writer->archive.size;
    strbuf_append_text(&writer->archive, strbuf_text(&writer->directory));
    put32(&writer->archive, END_SIGNATURE);
    put16(&writer->archive, 0); /* this disk, the directory's disk */
    put16(&writer->archive, 0);
    put16(&writer->archive, writer->count);
    put16(&writer->archive, writer->count);
    put32(&writer->archive, writer->directory.size);
    put32(&writer->archive, offset);
    put16(&writer->archive, 0); /* no comment */
    return strbuf_text(&writer->archive);
}
