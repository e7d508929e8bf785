#include "services/ssm/ssm_names.h"

#include "emulator/base/arn.h"

static bool is_letter_or_digit(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

static bool is_name_byte(char byte) {
    return is_letter_or_digit(byte) || byte == '.' || byte == '-' || byte == '_';
}

static bool starts_with_ignore_case(struct text text, const char *prefix) {
    return text_equals_ignore_case(text_slice(text, 0, strlen(prefix)), prefix);
}

/* A slash anywhere but in front. */
static bool has_inner_slash(struct text name) {
    return text_find_char(text_slice(name, 1, name.size), '/') >= 0;
}

static bool is_well_formed(struct text name) {
    if (name.size == 0 || name.data[name.size - 1] == '/' || text_find(name, "//") >= 0) {
        return false;
    }
    if (name.data[0] != '/' && has_inner_slash(name)) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_byte(name.data[i]) && name.data[i] != '/') {
            return false;
        }
    }
    return true;
}

static int count_levels(struct text name) {
    int levels = name.data[0] == '/' ? 0 : 1;
    for (size_t i = 0; i < name.size; i++) {
        levels += name.data[i] == '/';
    }
    return levels;
}

enum ssm_name_verdict ssm_name_check(struct text name) {
    struct text bare = name.size && name.data[0] == '/' ? text_slice(name, 1, name.size) : name;
    bool is_path = has_inner_slash(name) && name.data[0] == '/';
    if (starts_with_ignore_case(bare, "aws")) {
        return is_path ? SSM_NAME_RESERVED_PATH : SSM_NAME_RESERVED_PREFIX;
    }
    if (starts_with_ignore_case(bare, "ssm")) {
        return is_path ? SSM_NAME_BAD_PATH : SSM_NAME_RESERVED_PREFIX;
    }
    if (!is_well_formed(name)) {
        return SSM_NAME_BAD_PATH;
    }
    return count_levels(name) > SSM_MAXIMUM_LEVELS ? SSM_NAME_TOO_DEEP : SSM_NAME_GOOD;
}

/* The part of a parameter's ARN behind "parameter", which begins with a slash; absent when it is none of
 * ours. */
static struct text path_of_arn(struct text text, const char *account, const char *region) {
    struct arn arn;
    if (!arn_parse(text, &arn) || !text_equals(arn.service, "ssm") || !text_equals(arn.account, account) ||
        !text_equals(arn.region, region) || !text_starts_with(arn.resource, "parameter/")) {
        return TEXT_NONE;
    }
    return text_slice(arn.resource, strlen("parameter"), arn.resource.size);
}

bool ssm_is_arn(struct text text) {
    return text_starts_with(text, "arn:");
}

enum ssm_reference_verdict ssm_reference_parse(struct arena *arena, struct text text, const char *account,
                                               const char *region, struct ssm_reference *reference) {
    if (ssm_is_arn(text)) {
        text = path_of_arn(text, account, region);
        if (!text.data) {
            return SSM_REFERENCE_UNKNOWN;
        }
    }
    struct text rest = text;
    reference->name = text_cut(&rest, ':');
    reference->selector = rest;
    struct text name = reference->name;
    bool absolute = name.size > 0 && name.data[0] == '/';
    if (text_find(name, "//") >= 0 || (!absolute && text_find_char(name, '/') >= 0)) {
        return SSM_REFERENCE_BAD_PATH;
    }
    if (name.size == 0 || (rest.data && text_find_char(rest, ':') >= 0)) {
        return SSM_REFERENCE_UNKNOWN;
    }
    if (absolute) {
        reference->path = name;
    } else {
        char *path = arena_alloc(arena, name.size + 1);
        path[0] = '/';
        memcpy(path + 1, name.data, name.size);
        reference->path = (struct text){path, name.size + 1};
    }
    return SSM_REFERENCE_GOOD;
}

bool ssm_label_is_valid(struct text label) {
    if (label.size == 0 || (label.data[0] >= '0' && label.data[0] <= '9') ||
        starts_with_ignore_case(label, "aws") || starts_with_ignore_case(label, "ssm")) {
        return false;
    }
    for (size_t i = 0; i < label.size; i++) {
        if (!is_name_byte(label.data[i])) {
            return false;
        }
    }
    return true;
}

bool ssm_path_is_direct_child(struct text path, struct text prefix) {
    return text_find_char(text_slice(path, prefix.size, path.size), '/') < 0;
}
