#include "services/lambda/zip_archive.h"

#include <ftw.h>
#include <sys/stat.h>

#include "emulator/base/die.h"
#include "harness/fuzz/fuzz.h"

#define LARGEST_UNPACKED_BYTES 100000

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}

/* Small archives are unpacked; nothing may appear beside the folder. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t unpacked_bytes = 0;
    struct text zip = fuzz_text(data, size);
    if (zip_archive_check(zip, &unpacked_bytes) != ZIP_GOOD || unpacked_bytes > LARGEST_UNPACKED_BYTES) {
        return 0;
    }
    char outer[] = "/tmp/zip-fuzz-XXXXXX";
    if (!mkdtemp(outer)) {
        die("no directory: %s", outer);
    }
    struct arena *arena = arena_open();
    const char *inner = arena_printf(arena, "%s/inner", outer);
    FUZZ_EXPECT(mkdir(inner, 0700) == 0);
    zip_archive_unpack(zip, inner);
    nftw(inner, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    FUZZ_EXPECT(remove(outer) == 0);
    arena_close(arena);
    return 0;
}
