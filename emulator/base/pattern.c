#include "emulator/base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Backtracking steps of one match: far more than an honest pattern takes on a value of 8 KiB. */
#define MATCH_LIMIT 1000000
#define MESSAGE_SIZE 128

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
};

static void release(void *argument) {
    struct pattern *pattern = argument;
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
}

struct pattern *pattern_compile(struct arena *arena, struct text expression, const char **message) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)expression.data, expression.size,
                                         PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
    if (!compiled) {
        if (message) {
            PCRE2_UCHAR text[MESSAGE_SIZE] = "";
            pcre2_get_error_message(code, text, sizeof(text));
            *message = arena_strdup(arena, (const char *)text);
        }
        return NULL;
    }
    struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));
    pattern->code = compiled;
    pattern->match = pcre2_match_data_create_from_pattern(compiled, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
    arena_cleanup(arena, release, pattern);
    return pattern;
}

bool pattern_matches(struct pattern *pattern, struct text subject) {
    return pcre2_match(pattern->code, (PCRE2_SPTR)subject.data, subject.size, 0, 0, pattern->match,
                       pattern->context) >= 0;
}
