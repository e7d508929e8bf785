/*
 * Intrinsic functions of a template as far as they can be judged without values: arity, kinds of arguments,
 * and whether what they name exists. Texts: recorded answers where known, else as users report them.
 */
#include "services/cloudformation/sub_pattern.h"
#include "services/cloudformation/template_internal.h"

/* Where a function stands decides what it may name and how a missing name is reported. */
enum block { BLOCK_RESOURCES, BLOCK_OUTPUTS, BLOCK_CONDITIONS };

struct check {
    struct template_reader *reader;
    enum block block;
    const char *unresolved; /* "A, B"; NULL: none */
};

static bool check_value(struct check *check, const json_t *value);

/* ---- names ---------------------------------------------------------------------------------------- */

static bool is_pseudo_parameter(const char *name) {
    static const char *const names[] = {
        "AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue",   "AWS::Partition",
        "AWS::Region",    "AWS::StackId",          "AWS::StackName", "AWS::URLSuffix",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const char *list, const char *name) {
    struct text rest = text_of(list);
    while (rest.data) {
        if (text_equals(text_trim(text_cut(&rest, ',')), name)) {
            return true;
        }
    }
    return false;
}

static void unresolved(struct check *check, const char *name) {
    if (check->unresolved && is_listed(check->unresolved, name)) {
        return;
    }
    struct arena *arena = check->reader->arena;
    check->unresolved = check->unresolved ? arena_printf(arena, "%s, %s", check->unresolved, name)
                                          : arena_strdup(arena, name);
}

static bool name_resource(struct check *check, const char *name, const char *function) {
    bool known = template_find_resource(check->reader->template, name);
    if (check->block == BLOCK_CONDITIONS) {
        return template_fail(
            check->reader,
            "Template error: Unresolved dependencies [%s]. Cannot reference resources in the "
            "Conditions block of the template",
            name);
    }
    if (!known && function) {
        return template_fail(check->reader, "Template error: instance of %s references undefined resource %s",
                             function, name);
    }
    if (!known) {
        unresolved(check, name);
    }
    return true;
}

static bool name_anything(struct check *check, const char *name) {
    if (is_pseudo_parameter(name) || template_find_parameter(check->reader->template, name)) {
        return true;
    }
    return name_resource(check, name, NULL);
}

static bool name_condition(struct check *check, const char *name, const char *where) {
    if (json_object_get(check->reader->template->conditions, name)) {
        return true;
    }
    return template_fail(check->reader, "Template error: unresolved condition dependency %s in %s", name,
                         where);
}

/* ---- functions ------------------------------------------------------------------------------------ */

static bool is_function(const json_t *value) {
    json_t *argument;
    return template_function(value, &argument) != NULL;
}

static bool is_string_or_function(const json_t *value) {
    return json_is_string(value) || is_function(value);
}

static bool check_ref(struct check *check, const json_t *argument) {
    if (!json_is_string(argument)) {
        return template_fail(check->reader,
                             "Template error: every Ref object must have a single String value.");
    }
    return name_anything(check, json_string_value(argument));
}

static bool check_getatt(struct check *check, const json_t *argument) {
    static const char message[] =
        "Template error: every Fn::GetAtt object requires two non-empty parameters, "
        "the resource name and the resource attribute";
    const char *name = json_string_value(json_array_get(argument, 0));
    if (json_is_string(argument)) {
        struct text rest = text_of(json_string_value(argument));
        name = arena_text_string(check->reader->arena, text_cut(&rest, '.'));
        if (!rest.data || rest.size == 0) {
            return template_fail(check->reader, message);
        }
    } else {
        const json_t *attribute = json_array_get(argument, 1);
        bool good = json_array_size(argument) == 2 && is_string_or_function(attribute) &&
                    !(json_is_string(attribute) && json_string_length(attribute) == 0);
        if (!good) {
            return template_fail(check->reader, message);
        }
        if (!check_value(check, attribute)) {
            return false;
        }
    }
    if (!name || !name[0]) {
        return template_fail(check->reader, message);
    }
    return name_resource(check, name, "Fn::GetAtt");
}

struct sub_check {
    struct check *check;
    const json_t *map;
    bool good;
};

static void check_variable(void *argument, struct text variable) {
    struct sub_check *sub = argument;
    struct arena *arena = sub->check->reader->arena;
    if (!sub->good || json_object_get(sub->map, arena_text_string(arena, variable))) {
        return;
    }
    struct text rest = variable;
    struct text name = text_cut(&rest, '.');
    sub->good = rest.data ? name_resource(sub->check, arena_text_string(arena, name), NULL)
                          : name_anything(sub->check, arena_text_string(arena, name));
}

static bool check_sub(struct check *check, const json_t *argument) {
    const json_t *pattern = json_is_array(argument) ? json_array_get(argument, 0) : argument;
    const json_t *map = json_is_array(argument) ? json_array_get(argument, 1) : NULL;
    bool good = json_is_string(pattern) &&
                (!json_is_array(argument) || (json_array_size(argument) == 2 && json_is_object(map)));
    if (!good) {
        return template_fail(
            check->reader,
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected "
            "arguments. Specify a string as first argument, and an optional second argument to "
            "specify a mapping of values to replace in the string");
    }
    struct sub_check sub = {check, map, true};
    if (!sub_pattern_variables(text_of(json_string_value(pattern)), check_variable, &sub)) {
        return template_fail(check->reader, SUB_PATTERN_ERROR);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value) {
        if (!check_value(check, value)) {
            return false;
        }
    }
    return sub.good;
}

static bool check_items(struct check *check, const json_t *list) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) {
        if (!check_value(check, item)) {
            return false;
        }
    }
    return true;
}

static bool check_join(struct check *check, const json_t *argument) {
    const json_t *list = json_array_get(argument, 1);
    bool good = json_array_size(argument) == 2 && json_is_string(json_array_get(argument, 0)) &&
                (json_is_array(list) || is_function(list));
    if (!good) {
        return template_fail(
            check->reader,
            "Template error: every Fn::Join object requires two parameters, (1) a string "
            "delimiter and (2) a list of strings to be joined or a function that returns a list "
            "of strings (such as Fn::GetAZs) to be joined.");
    }
    return check_value(check, list);
}

static bool check_split(struct check *check, const json_t *argument) {
    bool good = json_array_size(argument) == 2 && json_is_string(json_array_get(argument, 0)) &&
                is_string_or_function(json_array_get(argument, 1));
    if (!good) {
        return template_fail(
            check->reader, "Template error: every Fn::Split object requires two parameters, (1) a string "
                           "delimiter and (2) a string to be split or a function that returns a string to be "
                           "split.");
    }
    return check_value(check, json_array_get(argument, 1));
}

static bool check_select(struct check *check, const json_t *argument) {
    const json_t *index = json_array_get(argument, 0);
    const json_t *list = json_array_get(argument, 1);
    int64_t number = 0;
    bool good = json_array_size(argument) == 2 && is_string_or_function(index) &&
                (json_is_array(list) || is_function(list));
    if (good && json_is_string(index)) {
        good = text_to_int64(text_of(json_string_value(index)), &number) && number >= 0;
        if (json_is_array(list)) {
            good = good && number < (int64_t)json_array_size(list);
        }
    }
    if (!good) {
        return template_fail(check->reader, "Template error: Fn::Select requires a list argument with two "
                                            "elements: an integer index and a list");
    }
    return check_items(check, argument);
}

static bool check_if(struct check *check, const json_t *argument) {
    const char *condition = json_string_value(json_array_get(argument, 0));
    if (json_array_size(argument) != 3 || !condition) {
        return template_fail(check->reader,
                             "Template error: Fn::If requires a list argument with three elements");
    }
    return name_condition(check, condition, "Fn::If") && check_value(check, json_array_get(argument, 1)) &&
           check_value(check, json_array_get(argument, 2));
}

static bool check_equals(struct check *check, const json_t *argument) {
    if (json_array_size(argument) != 2) {
        return template_fail(
            check->reader, "Template error: every Fn::Equals object requires a list of 2 string parameters.");
    }
    return check_items(check, argument);
}

static bool check_boolean_list(struct check *check, const json_t *argument, const char *name) {
    size_t count = json_array_size(argument);
    if (count < 2 || count > 10) {
        return template_fail(check->reader,
                             "Template error: every %s object requires a list of at least 2 and at most 10 "
                             "boolean parameters.",
                             name);
    }
    return check_items(check, argument);
}

static bool check_and(struct check *check, const json_t *argument) {
    return check_boolean_list(check, argument, "Fn::And");
}

static bool check_or(struct check *check, const json_t *argument) {
    return check_boolean_list(check, argument, "Fn::Or");
}

static bool check_not(struct check *check, const json_t *argument) {
    if (json_array_size(argument) != 1) {
        return template_fail(check->reader,
                             "Template error: every Fn::Not object requires one boolean parameter.");
    }
    return check_items(check, argument);
}

static bool check_condition(struct check *check, const json_t *argument) {
    /* Elsewhere it is an ordinary member, as in the statements of an IAM policy. */
    if (check->block != BLOCK_CONDITIONS) {
        return check_value(check, argument);
    }
    if (!json_is_string(argument)) {
        return template_fail(check->reader,
                             "Template error: every Condition object must have a single String value.");
    }
    return name_condition(check, json_string_value(argument), "Condition");
}

static bool check_find_in_map(struct check *check, const json_t *argument) {
    size_t count = json_array_size(argument);
    if (count != 3) {
        return template_fail(
            check->reader,
            "Template error: every Fn::FindInMap object requires three parameters, the map name, "
            "map key and the attribute for return value");
    }
    const char *map = json_string_value(json_array_get(argument, 0));
    if (map && !json_object_get(check->reader->template->mappings, map)) {
        return template_fail(check->reader,
                             "Template error: Mapping named '%s' is not present in the 'Mappings' section of "
                             "template.",
                             map);
    }
    return check_items(check, argument);
}

static bool check_base64(struct check *check, const json_t *argument) {
    if (!is_string_or_function(argument)) {
        return template_fail(check->reader,
                             "Template error: every Fn::Base64 object must have a String-typed value.");
    }
    return check_value(check, argument);
}

static bool check_cidr(struct check *check, const json_t *argument) {
    size_t count = json_array_size(argument);
    if (count != 2 && count != 3) {
        return template_fail(
            check->reader,
            "Template error: every Fn::Cidr object requires two parameters, (1) the CIDR block and "
            "(2) the number of CIDRs to generate, and an optional third one, the subnet bits.");
    }
    return check_items(check, argument);
}

static bool depends_on_resource(const struct template *template, const json_t *value) {
    const char *key;
    json_t *member;
    size_t index;
    json_t *argument;
    const char *function = template_function(value, &argument);
    if (function && strcmp(function, "Ref") == 0) {
        return json_is_string(argument) && template_find_resource(template, json_string_value(argument));
    }
    if (function && (strcmp(function, "Fn::GetAtt") == 0 || strcmp(function, "Fn::ImportValue") == 0 ||
                     strcmp(function, "Fn::GetAZs") == 0)) {
        return true;
    }
    json_object_foreach((json_t *)value, key, member) {
        if (depends_on_resource(template, member)) {
            return true;
        }
    }
    json_array_foreach((json_t *)value, index, member) {
        if (depends_on_resource(template, member)) {
            return true;
        }
    }
    return false;
}

static bool check_import(struct check *check, const json_t *argument) {
    if (!is_string_or_function(argument) || depends_on_resource(check->reader->template, argument)) {
        return template_fail(
            check->reader,
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, "
            "imported values, or Fn::GetAZs");
    }
    return check_value(check, argument);
}

static bool check_transform(struct check *check, const json_t *argument) {
    (void)check;
    (void)argument;
    return true;
}

struct function_row {
    const char *name;
    bool (*check)(struct check *check, const json_t *argument);
};

static const struct function_row functions[] = {
    {"Ref", check_ref},
    {"Condition", check_condition},
    {"Fn::GetAtt", check_getatt},
    {"Fn::Sub", check_sub},
    {"Fn::Join", check_join},
    {"Fn::Split", check_split},
    {"Fn::Select", check_select},
    {"Fn::If", check_if},
    {"Fn::Equals", check_equals},
    {"Fn::And", check_and},
    {"Fn::Or", check_or},
    {"Fn::Not", check_not},
    {"Fn::FindInMap", check_find_in_map},
    {"Fn::Base64", check_base64},
    {"Fn::Cidr", check_cidr},
    {"Fn::GetAZs", check_value},
    {"Fn::ImportValue", check_import},
    {"Fn::Transform", check_transform},
};

/* Only after AWS::LanguageExtensions. */
static const struct function_row extensions[] = {
    {"Fn::Length", check_value},
    {"Fn::ToJsonString", check_value},
};

const char *template_function(const json_t *value, json_t **argument) {
    if (json_object_size(value) != 1) {
        return NULL;
    }
    void *member = json_object_iter((json_t *)value);
    const char *key = json_object_iter_key(member);
    *argument = json_object_iter_value(member);
    bool named = strncmp(key, "Fn::", 4) == 0 || strcmp(key, "Ref") == 0 ||
                 (strcmp(key, "Condition") == 0 && json_is_string(*argument));
    return named ? key : NULL;
}

static const struct function_row *find_function(const struct template_reader *reader, const char *name) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    for (size_t i = 0; reader->processed && i < sizeof extensions / sizeof extensions[0]; i++) {
        if (strcmp(extensions[i].name, name) == 0) {
            return &extensions[i];
        }
    }
    return NULL;
}

static bool check_value(struct check *check, const json_t *value) {
    json_t *argument;
    const char *name = template_function(value, &argument);
    if (name) {
        const struct function_row *row = find_function(check->reader, name);
        if (row) {
            return row->check(check, argument);
        }
        return template_fail(
            check->reader,
            "Template error: Encountered unsupported function: %s Supported functions are: "
            "[Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, "
            "Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, "
            "Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, "
            "Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]",
            name);
    }
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        if (!check_value(check, member)) {
            return false;
        }
    }
    return !json_is_array(value) || check_items(check, value);
}

/* ---- blocks --------------------------------------------------------------------------------------- */

static bool check_conditions(struct template_reader *reader) {
    struct check check = {reader, BLOCK_CONDITIONS, NULL};
    const char *name;
    json_t *value;
    json_object_foreach(reader->template->conditions, name, value) {
        if (!is_function(value)) {
            return template_fail(reader,
                                 "Template format error: Conditions can only be boolean operations on "
                                 "parameters and other conditions");
        }
        if (!check_value(&check, value)) {
            return false;
        }
    }
    return true;
}

static bool check_resource(struct check *check, const struct template_resource *resource) {
    if (resource->condition && !json_object_get(check->reader->template->conditions, resource->condition)) {
        return template_fail(check->reader,
                             "Template format error: Unresolved condition dependencies [%s] in the Resources "
                             "block of the template",
                             resource->condition);
    }
    for (size_t i = 0; i < resource->depends_on_count; i++) {
        if (!template_find_resource(check->reader->template, resource->depends_on[i])) {
            unresolved(check, resource->depends_on[i]);
        }
    }
    return check_value(check, resource->properties) && check_value(check, resource->metadata) &&
           check_value(check, resource->update_policy) && check_value(check, resource->creation_policy);
}

bool template_check_functions(struct template_reader *reader) {
    struct template *template = reader->template;
    struct check resources = {reader, BLOCK_RESOURCES, NULL};
    struct check outputs = {reader, BLOCK_OUTPUTS, NULL};
    if (!check_conditions(reader)) {
        return false;
    }
    for (size_t i = 0; i < template->resource_count; i++) {
        if (!check_resource(&resources, &template->resources[i])) {
            return false;
        }
    }
    if (resources.unresolved) {
        return template_fail(reader,
                             "Template format error: Unresolved resource dependencies [%s] in the Resources "
                             "block of the template",
                             resources.unresolved);
    }
    for (size_t i = 0; i < template->output_count; i++) {
        const struct template_output *output = &template->outputs[i];
        if (output->condition && !json_object_get(template->conditions, output->condition)) {
            return template_fail(
                reader,
                "Template format error: Unresolved condition dependencies [%s] in the Outputs "
                "block of the template",
                output->condition);
        }
        if (!check_value(&outputs, output->value) || !check_value(&outputs, output->export_name)) {
            return false;
        }
    }
    return !outputs.unresolved ||
           template_fail(reader, "Unresolved resource dependencies [%s] in the Outputs block of the template",
                         outputs.unresolved);
}
