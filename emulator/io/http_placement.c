#include "emulator/io/http_placement.h"

#include <stdint.h>

#include "emulator/base/die.h"

#define PAGE_BYTES 4096
/* Leaves 1.4 KiB for the request, and 1.1 KiB before our block for the list of headers. */
#define START_IN_PAGE 2700
#define MOST_PADDING 1024
/* malloc() keeps smaller pieces for later, instead of making the next allocation from them. */
#define TOO_LARGE_TO_KEEP 1100

void *http_placement_alloc(const struct http_placement *placement, size_t size, size_t *padding) {
    /* First as much as it may become: where it lies, it stays. */
    char *block = xmalloc(size + MOST_PADDING + TOO_LARGE_TO_KEEP);
    uintptr_t start = (uintptr_t)block + placement->distance;
    *padding = (START_IN_PAGE - start) % PAGE_BYTES;
    if (*padding > MOST_PADDING || placement->distance == 0) {
        *padding = 0; /* the next ones will lie nearer */
    }
    return xrealloc(block, size + *padding);
}

void http_placement_learn(struct http_placement *placement, const void *block, size_t padding,
                          const struct MHD_Connection *handle, const char *target) {
    uintptr_t ours = (uintptr_t)block;
    uintptr_t theirs = (uintptr_t)handle;
    uintptr_t start = (uintptr_t)target;
    if (ours >= theirs || theirs >= start) {
        return; /* they did not come one after the other */
    }
    size_t distance = start - ours - padding;
    if (placement->distance == 0 || distance < placement->distance) {
        placement->distance = distance;
    }
}
