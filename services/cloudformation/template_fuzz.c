#include "services/cloudformation/template.h"

#include "harness/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    const char *error = NULL;
    const struct template *template = template_read(arena, fuzz_copy(arena, fuzz_text(data, size)), &error);
    FUZZ_EXPECT(template || error);
    if (template) {
        const char *reason = NULL;
        template_capability(arena, template, &reason);
        template_resource_types(arena, template);
    }
    arena_close(arena);
    return 0;
}
