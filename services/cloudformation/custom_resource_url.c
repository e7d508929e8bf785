#include "services/cloudformation/custom_resource_url.h"

#include "emulator/base/clock.h"

static void append_host(struct strbuf *buffer, const char *region) {
    strbuf_append_string(buffer, CUSTOM_RESOURCE_HOST);
    for (const char *c = region; *c; c++) {
        if (*c != '-') {
            strbuf_append_char(buffer, *c);
        }
    }
    if (strcmp(region, "us-east-1") == 0) {
        strbuf_append_string(buffer, ".s3.amazonaws.com");
    } else if (strncmp(region, "cn-", 3) == 0) {
        strbuf_printf(buffer, ".s3.%s.amazonaws.com.cn", region);
    } else {
        strbuf_printf(buffer, ".s3.%s.amazonaws.com", region);
    }
}

char *custom_resource_url_build(struct arena *arena, struct ids *ids, const struct custom_resource_url *url) {
    struct strbuf buffer = STRBUF_INIT;
    char access_key[17];
    char signature[65];
    ids_random_string(ids, IDS_BASE32, 16, access_key);
    ids_random_string(ids, IDS_HEX, 64, signature);
    strbuf_append_string(&buffer, "https://");
    append_host(&buffer, url->region);
    strbuf_append_char(&buffer, '/');
    strbuf_append_percent(&buffer, text_of(url->stack_id), "/");
    strbuf_append_string(&buffer, "%7C");
    strbuf_append_percent(&buffer, text_of(url->logical_id), NULL);
    strbuf_printf(&buffer, "%%7C%s?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=", url->request_id);
    clock_format_basic(&buffer, url->now_ms);
    strbuf_printf(&buffer, "&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIA%s%%2F",
                  access_key);
    clock_format(&buffer, "%Y%m%d", url->now_ms);
    strbuf_printf(&buffer, "%%2F%s%%2Fs3%%2Faws4_request&X-Amz-Signature=%s", url->region, signature);
    char *text = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

bool custom_resource_url_parse(struct arena *arena, struct text path, struct custom_resource_key *key) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, path, false);
    struct text plain = arena_text(arena, (struct text){buffer.data ? buffer.data : "", buffer.size});
    strbuf_release(&buffer);
    ptrdiff_t start = text_find(plain, "arn:");
    if (start < 0 || memchr(plain.data, '\0', plain.size)) {
        return false;
    }
    struct text rest = text_slice(plain, (size_t)start, plain.size);
    struct text parts[3];
    for (int i = 0; i < 3; i++) {
        if (!rest.data) {
            return false;
        }
        parts[i] = text_cut(&rest, '|');
    }
    key->stack_id = arena_text_string(arena, parts[0]);
    key->logical_id = arena_text_string(arena, parts[1]);
    key->request_id = arena_text_string(arena, parts[2]);
    return !rest.data;
}
