#include "emulator/io/zero_pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_PAGES 64 /* looked at in one call */

static bool is_zero(const char *page, size_t page_size) {
    return page[0] == 0 && memcmp(page, page + 1, page_size - 1) == 0;
}

void zero_pages_give_back(const void *start, size_t size) {
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = -(uintptr_t)start & (page_size - 1);
    size_t count = size > before ? (size - before) / page_size : 0;
    char *first = (char *)(uintptr_t)start + before;
    unsigned char resident[MOST_PAGES];
    if (count == 0 || count > MOST_PAGES || mincore(first, count * page_size, resident) < 0) {
        return;
    }
    for (size_t from = 0; from < count;) {
        size_t end = from;
        while (end < count && (resident[end] & 1) && is_zero(first + end * page_size, page_size)) {
            end++;
        }
        if (end > from) {
            madvise(first + from * page_size, (end - from) * page_size, MADV_DONTNEED);
        }
        from = end + 1;
    }
}
