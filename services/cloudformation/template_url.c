#include "services/cloudformation/template_url.h"

#include "emulator/base/strbuf.h"

static bool split_path(struct arena *arena, struct text path, const char **bucket, const char **key) {
    ptrdiff_t slash = text_find_char(path, '/');
    if (slash <= 0 || (size_t)slash + 1 >= path.size) {
        return false;
    }
    *bucket = arena_copy(arena, path.data, (size_t)slash);
    *key = arena_text_string(arena, text_slice(path, (size_t)slash + 1, path.size));
    return true;
}

static bool is_address(struct text host) {
    return text_starts_with(host, "127.") || text_equals(host, "localhost") || text_equals(host, "0.0.0.0") ||
           text_starts_with(host, "s3.localhost") || text_equals(host, "[::1]") ||
           text_equals(host, "host.docker.internal");
}

static char *unescape(struct arena *arena, const char *text) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_unpercent(&buffer, text_of(text), false);
    char *result = arena_text_string(arena, (struct text){buffer.data ? buffer.data : "", buffer.size});
    strbuf_release(&buffer);
    return result;
}

bool template_url_parse(struct arena *arena, const char *url, const char **bucket, const char **key,
                        const char **version, const char **bad_domain) {
    struct text rest = text_of(url);
    *version = NULL;
    *bad_domain = NULL;
    if (text_starts_with(rest, "s3://")) {
        rest = text_slice(rest, 5, rest.size);
        ptrdiff_t end = text_find_char(rest, '/');
        *bad_domain = arena_copy(arena, rest.data, end < 0 ? rest.size : (size_t)end);
        return false;
    }
    size_t scheme = text_starts_with(rest, "https://") ? 8 : text_starts_with(rest, "http://") ? 7 : 0;
    if (!scheme) {
        return false;
    }
    rest = text_slice(rest, scheme, rest.size);
    ptrdiff_t question = text_find_char(rest, '?');
    if (question >= 0) {
        struct text query = text_slice(rest, (size_t)question + 1, rest.size);
        rest.size = (size_t)question;
        if (text_starts_with(query, "versionId=")) {
            *version = arena_text_string(arena, text_slice(query, 10, query.size));
        }
    }
    ptrdiff_t slash = text_find_char(rest, '/');
    if (slash <= 0) {
        return false;
    }
    struct text path = text_slice(rest, (size_t)slash + 1, rest.size);
    struct text host = text_slice(rest, 0, (size_t)slash);
    ptrdiff_t colon = text_find_char(host, ':');
    if (colon > 0) {
        host.size = (size_t)colon;
    }
    ptrdiff_t dot_s3 = text_find(host, ".s3.");
    if (dot_s3 < 0) {
        dot_s3 = text_find(host, ".s3-");
    }
    bool ours = is_address(host) || text_starts_with(host, "s3.") || text_starts_with(host, "s3-");
    if (!ours && dot_s3 > 0) {
        *bucket = arena_copy(arena, host.data, (size_t)dot_s3);
        *key = unescape(arena, arena_text_string(arena, path));
        return path.size > 0;
    }
    if (!ours || !split_path(arena, path, bucket, key)) {
        return false;
    }
    *key = unescape(arena, *key);
    return true;
}
