#include "services/cloudformation/paging.h"

#include "emulator/base/crypto.h"

static const char prefix[] = "page:";

bool paging_read_number(const char *token, int64_t *number) {
    *number = 0;
    if (!token) {
        return true;
    }
    struct strbuf buffer = STRBUF_INIT;
    bool good = crypto_append_unbase64(&buffer, text_of(token)) && buffer.data &&
                text_starts_with(strbuf_text(&buffer), prefix) &&
                text_to_int64(text_slice(strbuf_text(&buffer), sizeof prefix - 1, buffer.size), number) &&
                *number > 0;
    strbuf_release(&buffer);
    return good;
}

const char *paging_write_number(struct arena *arena, int64_t number) {
    const char *plain = arena_printf(arena, "%s%lld", prefix, (long long)number);
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_base64(&buffer, text_of(plain));
    char *token = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return token;
}
