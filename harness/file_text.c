#include "harness/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/die.h"

bool file_text_read(const char *path, struct file_text *file) {
    *file = (struct file_text){.text = TEXT_NONE};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    size_t size = 0;
    size_t capacity = 0;
    char *memory = NULL;
    for (;;) {
        if (capacity - size < 4097) {
            capacity = capacity ? capacity * 2 : 16384;
            memory = xrealloc(memory, capacity);
        }
        ssize_t count = read(descriptor, memory + size, capacity - size - 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            int error = errno;
            free(memory);
            close(descriptor);
            errno = error;
            return false;
        }
        if (count == 0) {
            break;
        }
        size += (size_t)count;
    }
    close(descriptor);
    memory[size] = '\0';
    *file = (struct file_text){.text = {memory, size}, .memory = memory};
    return true;
}

void file_text_release(struct file_text *file) {
    free(file->memory);
    *file = (struct file_text){.text = TEXT_NONE};
}

char *path_beside(struct arena *arena, const char *file, const char *path) {
    const char *slash = strrchr(file, '/');
    if (path[0] == '/' || !slash) {
        return arena_strdup(arena, path);
    }
    return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}
