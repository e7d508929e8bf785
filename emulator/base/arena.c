#include "emulator/base/arena.h"

#include <malloc.h>
#include <stdalign.h>

#include "emulator/base/die.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(start, size) __asan_poison_memory_region((start), (size))
#define UNPOISON(start, size) __asan_unpoison_memory_region((start), (size))
#else
#define POISON(start, size) ((void)(start), (void)(size))
#define UNPOISON(start, size) ((void)(start), (void)(size))
#endif

/* The first block holds the arena itself, and most calls; thousands that wait give theirs back (call_park()).
 */
#define FIRST_BLOCK_BYTES ((size_t)4 * 1024)
#define SECOND_BLOCK_BYTES ((size_t)16 * 1024)
#define LARGEST_BLOCK_BYTES ((size_t)1024 * 1024)
/* An arena that held this much was one of a giant: malloc would keep its memory for good. */
#define GIANT_BYTES ((size_t)32 * 1024 * 1024)
#define ALIGNMENT alignof(max_align_t)

struct block {
    struct block *previous;
    size_t size;
};

struct cleanup {
    struct cleanup *previous;
    void (*function)(void *argument);
    void *argument;
};

struct arena {
    char *next;
    char *end;
    struct block *blocks; /* after the first one; last allocated first */
    size_t next_block_bytes;
    struct cleanup *cleanups;
    alignas(max_align_t) char first[];
};

static void rewind_to_first(struct arena *arena) {
    arena->next = arena->first;
    arena->end = (char *)arena + FIRST_BLOCK_BYTES;
    arena->blocks = NULL;
    arena->next_block_bytes = SECOND_BLOCK_BYTES;
    arena->cleanups = NULL;
    POISON(arena->next, (size_t)(arena->end - arena->next));
}

struct arena *arena_open(void) {
    struct arena *arena = xmalloc(FIRST_BLOCK_BYTES);
    rewind_to_first(arena);
    return arena;
}

static void run_cleanups(struct arena *arena) {
    /* A cleanup may allocate and may add another cleanup. */
    while (arena->cleanups) {
        struct cleanup *cleanup = arena->cleanups;
        arena->cleanups = cleanup->previous;
        cleanup->function(cleanup->argument);
    }
}

static void release(struct arena *arena) {
    run_cleanups(arena);
    struct block *block = arena->blocks;
    size_t bytes = 0;
    while (block) {
        struct block *previous = block->previous;
        bytes += block->size;
        UNPOISON(block, block->size);
        free(block);
        block = previous;
    }
    if (bytes >= GIANT_BYTES) {
        malloc_trim(0);
    }
}

void arena_close(struct arena *arena) {
    if (!arena) {
        return;
    }
    release(arena);
    UNPOISON(arena, FIRST_BLOCK_BYTES);
    free(arena);
}

void arena_clear(struct arena *arena) {
    release(arena);
    rewind_to_first(arena);
}

static struct block *add_block(struct arena *arena, size_t size) {
    struct block *block = xmalloc(size);
    block->previous = arena->blocks;
    block->size = size;
    arena->blocks = block;
    return block;
}

/* What does not fit in the current block. */
static __attribute__((noinline)) char *alloc_slowly(struct arena *arena, size_t size) {
    const size_t header = (sizeof(struct block) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (size > SIZE_MAX / 2) {
        die("no memory for %zu bytes", size);
    }
    if (size > arena->next_block_bytes / 4) {
        /* A block of its own, so that the rest of the current one is not wasted. */
        return (char *)add_block(arena, header + size) + header;
    }
    struct block *block = add_block(arena, arena->next_block_bytes);
    if (arena->next_block_bytes < LARGEST_BLOCK_BYTES) {
        arena->next_block_bytes *= 2;
    }
    char *memory = (char *)block + header;
    arena->next = memory + size;
    arena->end = (char *)block + block->size;
    POISON(arena->next, (size_t)(arena->end - arena->next));
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size) {
    char *memory = arena->next + (-(uintptr_t)arena->next & (ALIGNMENT - 1));
    if (memory > arena->end || (size_t)(arena->end - memory) < size) {
        return alloc_slowly(arena, size);
    }
    arena->next = memory + size;
    UNPOISON(memory, size);
    return memory;
}

/* As arena_alloc(), for text: any alignment. */
static char *alloc_bytes(struct arena *arena, size_t size) {
    if ((size_t)(arena->end - arena->next) < size) {
        return alloc_slowly(arena, size);
    }
    char *memory = arena->next;
    arena->next += size;
    UNPOISON(memory, size);
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size) {
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_copy(struct arena *arena, const void *data, size_t size) {
    char *copy = alloc_bytes(arena, size + 1);
    if (size) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *string) {
    return arena_copy(arena, string, strlen(string));
}

char *arena_text_string(struct arena *arena, struct text text) {
    return text.data ? arena_copy(arena, text.data, text.size) : NULL;
}

struct text arena_text(struct arena *arena, struct text text) {
    return text.data ? (struct text){arena_copy(arena, text.data, text.size), text.size} : TEXT_NONE;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *string = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return string;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    char local[256];
    int size = vsnprintf(local, sizeof(local), format, arguments);
    if (size < 0) {
        die("cannot format '%s'", format);
    }
    char *string;
    if ((size_t)size < sizeof(local)) {
        string = arena_copy(arena, local, (size_t)size);
    } else {
        string = alloc_bytes(arena, (size_t)size + 1);
        vsnprintf(string, (size_t)size + 1, format, again);
    }
    va_end(again);
    return string;
}

void arena_cleanup(struct arena *arena, void (*function)(void *argument), void *argument) {
    struct cleanup *cleanup = arena_alloc(arena, sizeof(*cleanup));
    *cleanup = (struct cleanup){.previous = arena->cleanups, .function = function, .argument = argument};
    arena->cleanups = cleanup;
}
