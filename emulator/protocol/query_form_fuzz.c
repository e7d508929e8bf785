#include "emulator/protocol/query_form.h"
#include "harness/fuzz/fuzz.h"

static void walk(struct form_node node, int depth) {
    form_value(node);
    struct form_node rest = node;
    struct form_node child;
    while (depth < 8 && form_next_number(&rest, &child)) {
        FUZZ_EXPECT(form_exists(child));
        walk(child, depth + 1);
    }
}

/* Every number below every name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text source = fuzz_text(data, size);
    struct text query = text_cut(&source, '\n');
    struct form_node root = form_parse(arena, (struct text[]){query, source}, 2);
    walk(root, 0);
    for (size_t i = root.first; i < root.end; i++) {
        struct text rest = root.pairs[i].name;
        for (struct form_node node = root; rest.data && form_exists(node);) {
            node = form_child(node, text_cut(&rest, '.'));
            walk(node, 0);
        }
    }
    arena_close(arena);
    return 0;
}
