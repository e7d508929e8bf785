#include "services/ssm/ssm_filters.h"

struct filter_key {
    const char *name;
    bool describe; /* allowed in DescribeParameters */
    bool by_path;  /* allowed in GetParametersByPath */
    bool needs_values;
    const char *options; /* as AWS lists them in its error; also what is allowed */
};

static const struct filter_key keys[] = {
    {"Path", true, false, true, "[Recursive, OneLevel]"},
    {"Name", true, false, true, "[BeginsWith, Contains, Equals]"},
    {"Type", true, true, true, "[BeginsWith, Equals]"},
    {"KeyId", true, true, true, "[BeginsWith, Equals]"},
    {"Tier", true, false, true, "[BeginsWith, Equals]"},
    {"DataType", true, false, true, "[BeginsWith, Equals]"},
    {"Label", false, true, true, "[Equals]"},
};
static const struct filter_key tag_key = {"tag:", true, false, false, "[BeginsWith, Equals]"};

static const char *const describe_keys = "[Path, Name, Type, KeyId, Tier]";
static const char *const by_path_keys = "[Type, KeyId]";
static const char *const types = "[String, StringList, SecureString]";
static const char *const tiers = "[Standard, Advanced, Intelligent-Tiering]";

static const struct filter_key *key_of(struct input filter) {
    struct text name = input_text(filter, "Key");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (text_equals(name, keys[i].name)) {
            return &keys[i];
        }
    }
    return &tag_key; /* the declared pattern lets nothing else through */
}

static struct text option_of(struct input filter, const struct filter_key *key) {
    struct text option = input_text(filter, "Option");
    return option.data ? option : text_of(strcmp(key->name, "Path") == 0 ? "OneLevel" : "Equals");
}

/* Whether `word` stands in a list written like "[a, b]". */
static bool is_listed(const char *list, struct text word) {
    struct text rest = text_slice(text_of(list), 1, strlen(list) - 2);
    while (rest.data) {
        if (text_same(text_trim(text_cut(&rest, ',')), word)) {
            return true;
        }
    }
    return false;
}

bool ssm_path_check(struct call *call, struct text path, struct result *refusal) {
    bool good = text_starts_with(path, "/") && text_find(path, "//") < 0;
    for (size_t i = 0; good && i < path.size; i++) {
        char byte = path.data[i];
        good = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               strchr("_.-/", byte);
    }
    if (!good) {
        *refusal = call_error(call, &error_validation_exception,
                              "The parameter doesn't meet the parameter name requirements. The parameter "
                              "name must begin with a "
                              "forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" "
                              "(case-insensitive). It must use only "
                              "letters, numbers, or the following symbols: . (period), - (hyphen), _ "
                              "(underscore). Special characters "
                              "are not allowed. All sub-paths, if specified, must use the forward slash "
                              "symbol \"/\". Valid example: "
                              "/get/parameters2-/by1./path0_.");
    }
    return good;
}

struct text ssm_path_prefix(struct arena *arena, struct text path) {
    return text_ends_with(path, "/") ? path : text_of(arena_printf(arena, "%.*s/", TEXT_ARGUMENTS(path)));
}

static bool check_path_values(struct call *call, struct input values, struct result *refusal) {
    for (struct input value = input_first(values); value.value; value = input_next(value)) {
        struct text path = input_as_text(value);
        struct text start = text_slice(path, 0, 4);
        if (text_equals_ignore_case(start, "/aws") || text_equals_ignore_case(start, "/ssm")) {
            *refusal =
                call_error(call, &error_validation_exception,
                           "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" "
                           "(case-insensitive). When using global parameters, please specify within a global "
                           "namespace.");
            return false;
        }
        if (!ssm_path_check(call, path, refusal)) {
            return false;
        }
    }
    return true;
}

static bool check_words(struct call *call, struct input values, const char *allowed, struct result *refusal) {
    for (struct input value = input_first(values); value.value; value = input_next(value)) {
        if (!is_listed(allowed, input_as_text(value))) {
            *refusal = call_error(call, &ssm_error_InvalidFilterOption,
                                  "The following filter value is not valid: %s. Valid values include: %s.",
                                  input_as_string(value), allowed);
            return false;
        }
    }
    return true;
}

static bool is_duplicate(struct input filters, struct input filter) {
    for (struct input other = input_first(filters); other.value != filter.value; other = input_next(other)) {
        if (text_same(input_text(other, "Key"), input_text(filter, "Key"))) {
            return true;
        }
    }
    return false;
}

static bool check_filter(struct call *call, struct input filters, struct input filter,
                         enum ssm_filter_use use, struct result *refusal) {
    const struct filter_key *key = key_of(filter);
    struct input values = input_list(filter, "Values");
    struct text option = option_of(filter, key);
    const char *name = input_string(filter, "Key");
    if (use == SSM_FILTER_BY_PATH ? !key->by_path : !key->describe) {
        *refusal = call_error(call, &ssm_error_InvalidFilterKey,
                              "The following filter key is not valid: %s. Valid filter keys include: %s.",
                              name, use == SSM_FILTER_BY_PATH ? by_path_keys : describe_keys);
        return false;
    }
    if (key->needs_values && input_count(values) == 0) {
        *refusal = call_error(call, &ssm_error_InvalidFilterValue,
                              "The following filter values are missing : null for filter key %s.", name);
        return false;
    }
    if (is_duplicate(filters, filter)) {
        *refusal = call_error(
            call, &ssm_error_InvalidFilterKey,
            "The following filter is duplicated in the request: %s. A request can contain only one "
            "occurrence of a specific filter.",
            name);
        return false;
    }
    if (!is_listed(key->options, option)) {
        *refusal = call_error(call, &ssm_error_InvalidFilterOption,
                              "The following filter option is not valid: %.*s. Valid options include: %s.",
                              TEXT_ARGUMENTS(option), key->options);
        return false;
    }
    if (strcmp(key->name, "Path") == 0) {
        return check_path_values(call, values, refusal);
    }
    if (strcmp(key->name, "Type") == 0) {
        return check_words(call, values, types, refusal);
    }
    return strcmp(key->name, "Tier") != 0 || check_words(call, values, tiers, refusal);
}

bool ssm_filters_check(struct call *call, struct input filters, enum ssm_filter_use use,
                       struct result *refusal) {
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        if (!check_filter(call, filters, filter, use, refusal)) {
            return false;
        }
    }
    return true;
}

/* ---- Matching ---- */

static bool option_holds(struct text option, struct text subject, struct text value) {
    if (!subject.data || !value.data) {
        return false;
    }
    if (text_equals(option, "Contains")) {
        for (size_t i = 0; i + value.size <= subject.size; i++) {
            if (memcmp(subject.data + i, value.data, value.size) == 0) {
                return true;
            }
        }
        return false;
    }
    if (text_equals(option, "BeginsWith")) {
        return subject.size >= value.size && memcmp(subject.data, value.data, value.size) == 0;
    }
    return text_same(subject, value);
}

static bool below(struct call *call, struct text option, struct text path, struct text value) {
    struct text prefix = ssm_path_prefix(call->arena, value);
    return option_holds(TEXT("BeginsWith"), path, prefix) &&
           (text_equals(option, "Recursive") || ssm_path_is_direct_child(path, prefix));
}

/* Names compare with a slash in front on both sides, unless a part is looked for. */
static bool name_holds(struct call *call, struct text option, struct text path, struct text value) {
    bool add_slash = !text_equals(option, "Contains") && !text_starts_with(value, "/");
    return option_holds(
        option, path, add_slash ? text_of(arena_printf(call->arena, "/%.*s", TEXT_ARGUMENTS(value))) : value);
}

static bool value_holds(struct call *call, const struct filter_key *key, struct text option,
                        const struct ssm_parameter *parameter, struct text value) {
    if (strcmp(key->name, "Path") == 0) {
        return below(call, option, parameter->path, value);
    }
    if (strcmp(key->name, "Name") == 0) {
        return name_holds(call, option, parameter->path, value);
    }
    if (strcmp(key->name, "Label") == 0) {
        return ssm_store_has_label(call->store, parameter->id, parameter->version, value);
    }
    const struct {
        const char *key;
        struct text subject;
    } rows[] = {{"Type", parameter->type},
                {"KeyId", parameter->key_id},
                {"Tier", parameter->tier},
                {"DataType", parameter->data_type}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(key->name, rows[i].key) == 0) {
            return rows[i].subject.data && option_holds(option, rows[i].subject, value);
        }
    }
    return false;
}

static bool tag_holds(struct call *call, struct input filter, const struct ssm_parameter *parameter) {
    struct text name = input_text(filter, "Key");
    struct text key = text_slice(name, strlen("tag:"), name.size);
    struct text tag = arena_text(call->arena, ssm_store_tag(call->store, parameter->id, key));
    struct input values = input_list(filter, "Values");
    if (!tag.data || input_count(values) == 0) {
        return tag.data;
    }
    for (struct input value = input_first(values); value.value; value = input_next(value)) {
        if (option_holds(option_of(filter, &tag_key), tag, input_as_text(value))) {
            return true;
        }
    }
    return false;
}

static bool filter_holds(struct call *call, struct input filter, const struct ssm_parameter *parameter) {
    const struct filter_key *key = key_of(filter);
    if (key == &tag_key) {
        return tag_holds(call, filter, parameter);
    }
    struct input values = input_list(filter, "Values");
    for (struct input value = input_first(values); value.value; value = input_next(value)) {
        if (value_holds(call, key, option_of(filter, key), parameter, input_as_text(value))) {
            return true;
        }
    }
    return false;
}

bool ssm_filters_match(struct call *call, struct input filters, const struct ssm_parameter *parameter) {
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        if (!filter_holds(call, filter, parameter)) {
            return false;
        }
    }
    return true;
}

static bool old_filter_holds(struct input filter, const struct ssm_parameter *parameter) {
    struct text key = input_text(filter, "Key");
    struct input values = input_list(filter, "Values");
    for (struct input value = input_first(values); value.value; value = input_next(value)) {
        struct text wanted = input_as_text(value);
        if (text_equals(key, "Name")   ? option_holds(TEXT("BeginsWith"), parameter->name, wanted)
            : text_equals(key, "Type") ? text_same(parameter->type, wanted)
                                       : text_same(parameter->key_id, wanted)) {
            return true;
        }
    }
    return false;
}

bool ssm_old_filters_match(struct input filters, const struct ssm_parameter *parameter) {
    for (struct input filter = input_first(filters); filter.value; filter = input_next(filter)) {
        if (!old_filter_holds(filter, parameter)) {
            return false;
        }
    }
    return true;
}
