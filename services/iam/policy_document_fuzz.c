#include "services/iam/policy_document.h"

#include "harness/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text document = fuzz_copy(arena, fuzz_text(data, size));
    policy_document_check_identity(document);
    policy_document_check_trust(document);
    FUZZ_EXPECT(policy_document_size(document) <= size);
    arena_close(arena);
    return 0;
}
