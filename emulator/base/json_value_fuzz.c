#include "emulator/base/json_value.h"
#include "harness/fuzz/fuzz.h"

static struct text written(struct arena *arena, const struct json_value *value) {
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, value);
    struct text text = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

/* The same tree without its sources, so that it is written anew. */
static struct json_value *rebuilt(struct arena *arena, const struct json_value *value) {
    struct json_value *copy = json_new(arena, value->type);
    copy->text = value->text;
    for (const struct json_value *child = value->child; child; child = child->next) {
        if (value->type == JSON_VALUE_OBJECT) {
            json_append_member(copy, child->key, rebuilt(arena, child));
        } else {
            json_append(copy, rebuilt(arena, child));
        }
    }
    return copy;
}

/* What was read can be written, read again, and is then written the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct json_error error;
    const struct json_value *value = json_parse(arena, fuzz_text(data, size), &error);
    if (value && value->count < 1000) {
        struct text text = written(arena, rebuilt(arena, value));
        const struct json_value *again = json_parse(arena, text, &error);
        FUZZ_EXPECT(again);
        FUZZ_EXPECT(text_same(text, written(arena, rebuilt(arena, again))));
    }
    arena_close(arena);
    return 0;
}
