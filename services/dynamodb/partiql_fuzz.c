#include "services/dynamodb/partiql.h"

#include "harness/fuzz/fuzz.h"

#define PARAMETERS "[{\"S\":\"b\"},{\"N\":\"1\"},{\"L\":[{\"N\":\"2\"}]}]"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    const char *message = NULL;
    struct text source = fuzz_copy(arena, fuzz_text(data, size));
    FUZZ_EXPECT(partiql_parse(arena, source, json_parse(arena, TEXT(PARAMETERS), NULL), &message) || message);
    arena_close(arena);
    return 0;
}
