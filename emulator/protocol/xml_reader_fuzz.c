#include "emulator/protocol/xml_reader.h"
#include "harness/fuzz/fuzz.h"

static size_t walk(const struct xml_element *element) {
    size_t bytes = 0;
    for (; element; element = element->next) {
        bytes += xml_local_name(element).size + element->text.size + walk(element->child);
    }
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    const char *message = NULL;
    const struct xml_element *root = xml_parse(arena, fuzz_text(data, size), &message);
    FUZZ_EXPECT(root || message);
    FUZZ_EXPECT(walk(root) <= 2 * size);
    arena_close(arena);
    return 0;
}
