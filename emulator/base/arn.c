#include "emulator/base/arn.h"

bool arn_parse(struct text text, struct arn *arn) {
    struct text rest = text;
    if (!text_equals(text_cut(&rest, ':'), "arn")) {
        return false;
    }
    arn->partition = text_cut(&rest, ':');
    arn->service = text_cut(&rest, ':');
    arn->region = text_cut(&rest, ':');
    arn->account = text_cut(&rest, ':');
    arn->resource = rest;
    return rest.data != NULL;
}

/* The partition that a Region belongs to. Source: AWS General Reference, "Amazon Resource Names". */
static const char *partition_of(const char *region) {
    static const struct {
        const char *prefix;
        const char *partition;
    } rows[] = {{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strncmp(region, rows[i].prefix, strlen(rows[i].prefix)) == 0) {
            return rows[i].partition;
        }
    }
    return "aws";
}

char *arn_build(struct arena *arena, const char *service, const char *region, const char *account,
                const char *resource) {
    const char *parts[] = {"arn", partition_of(region), service, region, account, resource};
    const size_t count = sizeof(parts) / sizeof(parts[0]);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += strlen(parts[i]) + 1;
    }
    char *arn = arena_alloc(arena, size);
    char *out = arn;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(parts[i]);
        memcpy(out, parts[i], length);
        out += length;
        *out++ = i + 1 < count ? ':' : '\0';
    }
    return arn;
}
