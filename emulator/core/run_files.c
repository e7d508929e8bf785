/* Files the emulator lends to handler processes: a directory of its own, the CA, the interposer. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"
#include "emulator/base/embed.h"
#include "emulator/core/emulator_state.h"

EMBED(interposer_library, "build/libstackrig.so")

/* Debian's bundle of system roots: they stay trusted beside ours. */
#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"

const char *emulator_run_directory(struct emulator *emulator) {
    if (!emulator->run_directory.path &&
        !run_directory_make(&emulator->run_directory, run_directory_parent())) {
        die("cannot make a directory in %s: %s", run_directory_parent(), strerror(errno));
    }
    return emulator->run_directory.path;
}

static void write_all(int descriptor, struct text bytes, const char *path) {
    while (bytes.size > 0) {
        ssize_t written = write(descriptor, bytes.data, bytes.size);
        if (written < 0 && errno != EINTR) {
            die("cannot write %s: %s", path, strerror(errno));
        }
        bytes = text_slice(bytes, written > 0 ? (size_t)written : 0, bytes.size);
    }
}

static void append_file(int descriptor, const char *source, const char *path) {
    int from = open(source, O_RDONLY | O_CLOEXEC);
    char chunk[16384];
    ssize_t size;
    while (from >= 0 && (size = read(from, chunk, sizeof(chunk))) > 0) {
        write_all(descriptor, (struct text){chunk, (size_t)size}, path);
    }
    if (from >= 0) {
        close(from);
    }
}

/* Writes bytes to a new file of the run directory, then the content of `extra` (NULL: nothing). */
static char *write_file(struct emulator *emulator, const char *name, mode_t mode, struct text bytes,
                        const char *extra) {
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/%s", emulator_run_directory(emulator), name);
    int descriptor = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0) {
        die("cannot write %s: %s", path.data, strerror(errno));
    }
    write_all(descriptor, bytes, path.data);
    if (extra) {
        append_file(descriptor, extra, path.data);
    }
    close(descriptor);
    return strbuf_detach(&path);
}

const char *emulator_ca_file(struct emulator *emulator) {
    if (!emulator->ca_file) {
        emulator->ca_file =
            write_file(emulator, "ca.pem", 0644, tls_ca_pem(emulator_tls(emulator)), SYSTEM_ROOTS);
    }
    return emulator->ca_file;
}

const char *emulator_interposer_file(struct emulator *emulator) {
    if (!emulator->interposer_file) {
        emulator->interposer_file = write_file(emulator, "libstackrig.so", 0755, interposer_library(), NULL);
    }
    return emulator->interposer_file;
}

void run_files_remove(struct emulator *emulator) {
    run_directory_remove(&emulator->run_directory);
    free(emulator->ca_file);
    free(emulator->interposer_file);
    emulator->ca_file = emulator->interposer_file = NULL;
}
