#include "services/lambda/function_reference.h"

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_lower(char byte) {
    return byte >= 'a' && byte <= 'z';
}

bool text_is_account(struct text text) {
    if (text.size != 12) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    return true;
}

bool text_is_region(struct text text) {
    int parts = 0;
    struct text rest = text;
    struct text last = TEXT_NONE;
    while (rest.data) {
        last = text_cut(&rest, '-');
        if (last.size == 0) {
            return false;
        }
        for (size_t i = 0; rest.data && i < last.size; i++) {
            if (!is_lower(last.data[i])) {
                return false;
            }
        }
        parts++;
    }
    return parts >= 3 && last.size == 1 && is_digit(last.data[0]);
}

/* The part before the first ':' when something follows it and it passes `wanted`; else nothing moves. */
static bool cut_if(struct text *rest, bool (*wanted)(struct text text), struct text *part) {
    ptrdiff_t colon = text_find_char(*rest, ':');
    if (colon < 0) {
        return false;
    }
    struct text head = text_slice(*rest, 0, (size_t)colon);
    if (!wanted(head)) {
        return false;
    }
    *part = head;
    *rest = text_slice(*rest, (size_t)colon + 1, rest->size);
    return true;
}

static bool is_arn(struct text text) {
    return text_equals(text, "arn");
}

static bool is_partition(struct text text) {
    return text_starts_with(text, "aws");
}

static bool is_lambda(struct text text) {
    return text_equals(text, "lambda");
}

static bool is_function(struct text text) {
    return text_equals(text, "function");
}

bool function_reference_parse(struct text text, struct function_reference *reference) {
    *reference = (struct function_reference){0};
    struct text rest = text;
    struct text ignored;
    if (cut_if(&rest, is_arn, &ignored)) {
        cut_if(&rest, is_partition, &ignored);
        cut_if(&rest, is_lambda, &ignored);
    }
    cut_if(&rest, text_is_region, &reference->region);
    cut_if(&rest, text_is_account, &reference->account);
    cut_if(&rest, is_function, &ignored);
    reference->name = text_cut(&rest, ':');
    if (rest.data) {
        reference->qualifier = text_cut(&rest, ':');
    }
    return !rest.data && reference->name.size > 0;
}

bool qualifier_is_version(const char *qualifier) {
    if (!qualifier || !*qualifier) {
        return false;
    }
    for (const char *byte = qualifier; *byte; byte++) {
        if (!is_digit(*byte)) {
            return false;
        }
    }
    return true;
}
