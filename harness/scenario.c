#include "harness/scenario.h"

#include <errno.h>
#include <string.h>

#include "emulator/base/die.h"
#include "harness/options.h"
#include "harness/predicates.h"
#include "harness/queries.h"
#include "harness/step_kinds.h"
#include "harness/variables.h"

#define DEFAULT_TIME_LIMIT_MS 60000
#define MAXIMUM_NAMES 64

static const struct member_row scenario_members[] = {
    {"name", MEMBER_STRING, true},
    {"description", MEMBER_STRING, false},
    {"requires", MEMBER_MAPPING, false},
    {"seed", MEMBER_INTEGER, false},
    {"account", MEMBER_STRING, false},
    {"region", MEMBER_STRING, false},
    {"variables", MEMBER_MAPPING, false},
    {"time_limit", MEMBER_DURATION, false},
    {"always", MEMBER_LIST, false},
    {"steps", MEMBER_LIST, true},
    {0},
};

static const struct member_row requires_members[] = {
    {"interpreters", MEMBER_STRINGS, false}, {"programs", MEMBER_STRINGS, false},
    {"node_modules", MEMBER_STRINGS, false}, {"python_packages", MEMBER_MAPPING, false},
    {"handlers", MEMBER_STRINGS, false},     {0},
};

/* What every step takes besides its own members. */
static const struct member_row step_modifiers[] = {{"say", MEMBER_STRING, false}, {0}};

static const char *const built_in_variables[] = {"account",      "region",       "seed",     "endpoint",
                                                 "scenario_dir", "node_modules", "handlers", NULL};

/* ---- assertions ---- */

const struct query *assertion_query(const json_t *assertion) {
    const struct query *found = NULL;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)assertion, name, value) {
        const struct query *query = query_find(name);
        if (query && found) {
            return NULL;
        }
        found = query ? query : found;
    }
    return found;
}

static void check_predicate(const struct member_check *check, const json_t *assertion,
                            const struct predicate *predicate) {
    const json_t *expected = json_object_get(assertion, predicate->name);
    const char *problem = predicate->problem(expected);
    /* The text of a pattern may come from a variable. */
    bool variable = json_is_string(expected) && strstr(json_string_value(expected), "${");
    if (problem && !variable) {
        diagnostics_add(check->diagnostics, yaml_key_position(check->document, assertion, predicate->name),
                        "'%s' %s", predicate->name, problem);
    }
}

static void complain_no_query(const struct member_check *check, const json_t *assertion) {
    const char *names[MAXIMUM_NAMES + 1] = {0};
    size_t count = 0;
    for (const struct query *query = queries; query->name; query++) {
        names[count++] = query->name;
    }
    const char *first = json_object_iter_key(json_object_iter((json_t *)assertion));
    const char *nearest = first ? options_nearest(first, names) : NULL;
    diagnostics_add(check->diagnostics, yaml_position(check->document, assertion),
                    "%s must name exactly one thing to look at%s%s%s", check->what,
                    nearest ? ", did you mean '" : " (status, outputs, events, log, call ...)",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

static void check_assertion(const struct member_check *outer, const json_t *assertion) {
    const struct query *query = assertion_query(assertion);
    if (!query) {
        complain_no_query(outer, assertion);
        return;
    }
    char what[96];
    snprintf(what, sizeof what, "%s '%s'", outer->what, query->name);
    struct member_check check = {outer->document, outer->diagnostics, what};
    struct member_row rows[MAXIMUM_NAMES] = {{query->name, query->type, true}};
    size_t count = 1;
    for (const struct member_row *row = query->members; row && row->name; row++) {
        rows[count++] = *row;
    }
    for (const struct predicate *predicate = predicates; predicate->name; predicate++) {
        rows[count++] = (struct member_row){predicate->name, MEMBER_ANY, false};
    }
    members_check(&check, assertion, rows, query_modifiers);
    int predicate_count = 0;
    for (const struct predicate *predicate = predicates; predicate->name; predicate++) {
        if (json_object_get(assertion, predicate->name)) {
            check_predicate(&check, assertion, predicate);
            predicate_count++;
        }
    }
    if (predicate_count == 0) {
        diagnostics_add(check.diagnostics, yaml_position(check.document, assertion),
                        "%s says nothing about what it finds: add equals, contains, matches, count, ordered, "
                        "exists or absent",
                        what);
    }
}

void assertions_check(const struct member_check *check, const json_t *assertions) {
    size_t index;
    json_t *assertion;
    json_array_foreach((json_t *)assertions, index, assertion) {
        if (json_is_object(assertion)) {
            check_assertion(check, assertion);
        } else {
            diagnostics_add(check->diagnostics, yaml_position(check->document, assertion),
                            "%s must be a mapping", check->what);
        }
    }
}

/* ---- steps ---- */

static const struct step_kind *kind_of(const struct member_check *check, const json_t *step) {
    const struct step_kind *found = NULL;
    const char *names[MAXIMUM_NAMES + 1] = {0};
    size_t count = 0;
    for (const struct step_kind *kind = step_kinds; kind->name; kind++) {
        names[count++] = kind->name;
        if (!json_object_get(step, kind->name)) {
            continue;
        }
        if (found) {
            diagnostics_add(check->diagnostics, yaml_key_position(check->document, step, kind->name),
                            "this step is both '%s' and '%s': make two steps of it", found->name, kind->name);
            return NULL;
        }
        found = kind;
    }
    if (!found) {
        const char *first = json_object_iter_key(json_object_iter((json_t *)step));
        const char *nearest = first ? options_nearest(first, names) : NULL;
        diagnostics_add(check->diagnostics, yaml_position(check->document, step),
                        nearest ? "no such step: '%s', did you mean '%s'?" : "no such step: '%s'",
                        first ? first : "", nearest);
    }
    return found;
}

static void check_step(struct scenario *scenario, const json_t *step, struct diagnostics *diagnostics) {
    struct member_check check = {scenario->document, diagnostics, "a step"};
    if (!json_is_object(step)) {
        diagnostics_add(diagnostics, yaml_position(scenario->document, step),
                        "a step must be a mapping such as '- deploy: STACK'");
        return;
    }
    const struct step_kind *kind = kind_of(&check, step);
    if (!kind) {
        return;
    }
    char what[64];
    snprintf(what, sizeof what, "step '%s'", kind->name);
    check.what = what;
    struct member_row rows[MAXIMUM_NAMES] = {{kind->name, kind->type, true}, step_modifiers[0]};
    size_t count = 2;
    for (const struct member_row *row = kind->members; row && row->name; row++) {
        rows[count++] = *row;
    }
    bool good = members_check(&check, step, rows, NULL);
    if (good && kind->check) {
        kind->check(&check, step);
    }
    scenario->steps[scenario->step_count++] = (struct scenario_step){kind, step};
}

/* ---- variables ---- */

struct variable_check {
    const struct scenario *scenario;
    struct diagnostics *diagnostics;
    const json_t *known; /* an object whose members are the names */
    struct position position;
};

static void check_variable(void *argument, const char *name) {
    struct variable_check *check = argument;
    if (!json_object_get(check->known, name)) {
        diagnostics_add(
            check->diagnostics, check->position,
            "no variable '%s' is saved or set before this line (write $${%s} for the text itself)", name,
            name);
    }
}

static void check_variables(struct variable_check *check, const json_t *value) {
    struct position position = yaml_position(check->scenario->document, value);
    if (position.line > 0) {
        check->position = position;
    }
    if (json_is_string(value)) {
        variables_scan(json_string_value(value), check_variable, check);
    }
    size_t index;
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)value, name, member) {
        if (strcmp(name, "body") != 0) {
            check_variables(check, member);
        }
    }
    json_array_foreach((json_t *)value, index, member) {
        check_variables(check, member);
    }
}

static void add_names(json_t *known, const json_t *mapping) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)mapping, name, value) {
        json_object_set_new(known, name, json_true());
    }
}

/* `save` of a call names members, that of an assertion is one name. */
static void add_saved_names(json_t *known, const json_t *step) {
    add_names(known, json_object_get(step, "save"));
    static const char *const lists[] = {"expect", "wait"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t index;
        json_t *assertion;
        json_array_foreach(json_object_get(step, lists[i]), index, assertion) {
            const char *name = string_member(assertion, "save");
            if (name) {
                json_object_set_new(known, name, json_true());
            }
        }
    }
}

/* Steps are checked in order, so that a variable is known only after it is saved. */
static void check_all_variables(const struct scenario *scenario, struct diagnostics *diagnostics) {
    json_t *known = json_object();
    for (const char *const *name = built_in_variables; *name; name++) {
        json_object_set_new(known, *name, json_true());
    }
    add_names(known, scenario->variables);
    struct variable_check check = {scenario, diagnostics, known, {0}};
    for (int i = 0; i < scenario->step_count; i++) {
        check_variables(&check, scenario->steps[i].value);
        add_saved_names(known, scenario->steps[i].value);
    }
    json_decref(known);
}

/* ---- the file ---- */

static void check_always(const struct scenario *scenario, struct diagnostics *diagnostics) {
    struct member_check check = {scenario->document, diagnostics, "an invariant"};
    assertions_check(&check, scenario->always);
}

static bool is_account(const char *account) {
    return strlen(account) == 12 && strspn(account, "0123456789") == 12;
}

static void check_settings(const struct scenario *scenario, struct diagnostics *diagnostics) {
    const json_t *root = yaml_root(scenario->document);
    if (scenario->account && !is_account(scenario->account)) {
        diagnostics_add(diagnostics, yaml_key_position(scenario->document, root, "account"),
                        "'account' must be 12 digits");
    }
    const json_t *seed = json_object_get(root, "seed");
    if (json_is_integer(seed) && json_integer_value(seed) < 1) {
        diagnostics_add(diagnostics, yaml_key_position(scenario->document, root, "seed"),
                        "'seed' must be 1 or more");
    }
    if (scenario->requires) {
        struct member_check check = {scenario->document, diagnostics, "'requires'"};
        members_check(&check, scenario->requires, requires_members, NULL);
    }
}

static void read_scenario(struct scenario *scenario, struct diagnostics *diagnostics) {
    const json_t *root = yaml_root(scenario->document);
    struct member_check check = {scenario->document, diagnostics, "a scenario"};
    if (!json_is_object(root)) {
        diagnostics_add(diagnostics, (struct position){scenario->file, 1, 1},
                        "a scenario is a mapping with "
                        "'name' and 'steps'");
        return;
    }
    members_check(&check, root, scenario_members, NULL);
    scenario->name = string_member(root, "name");
    scenario->account = string_member(root, "account");
    scenario->region = string_member(root, "region");
    scenario->time_limit_ms = duration_member(root, "time_limit", DEFAULT_TIME_LIMIT_MS);
    scenario->requires = json_object_get(root, "requires");
    scenario->variables = json_object_get(root, "variables");
    scenario->always = json_object_get(root, "always");
    json_int_t seed = json_integer_value(json_object_get(root, "seed"));
    scenario->seed = seed > 0 ? (uint64_t)seed : 1;
    check_settings(scenario, diagnostics);
    const json_t *steps = json_object_get(root, "steps");
    scenario->steps = xcalloc(json_array_size(steps) + 1, sizeof *scenario->steps);
    size_t index;
    json_t *step;
    json_array_foreach((json_t *)steps, index, step) {
        check_step(scenario, step, diagnostics);
    }
    if (json_is_array(steps) && json_array_size(steps) == 0) {
        diagnostics_add(diagnostics, yaml_key_position(scenario->document, root, "steps"),
                        "there are no steps");
    }
    check_always(scenario, diagnostics);
    check_all_variables(scenario, diagnostics);
}

static struct scenario *parse(const char *file, struct file_text source, struct diagnostics *diagnostics) {
    struct yaml_options options = {
        .scalars = YAML_CORE_SCALARS, .cloudformation_tags = true, .reject_duplicate_keys = true};
    struct yaml_error error = {0};
    struct yaml_document *document = yaml_load(source.text, file, &options, &error);
    if (!document) {
        diagnostics_add(diagnostics, (struct position){file, error.line, error.column}, "%s", error.message);
        file_text_release(&source);
        return NULL;
    }
    struct scenario *scenario = xcalloc(1, sizeof *scenario);
    scenario->file = xstrdup(file);
    scenario->source = source;
    scenario->document = document;
    int before = diagnostics_count(diagnostics);
    read_scenario(scenario, diagnostics);
    if (diagnostics_count(diagnostics) == before) {
        return scenario;
    }
    scenario_close(scenario);
    return NULL;
}

struct scenario *scenario_parse(const char *file, struct text source, struct diagnostics *diagnostics) {
    return parse(file, (struct file_text){.text = source, .memory = NULL}, diagnostics);
}

struct scenario *scenario_load(const char *file, struct diagnostics *diagnostics) {
    struct file_text source;
    if (!file_text_read(file, &source)) {
        diagnostics_add(diagnostics, (struct position){file, 0, 0}, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    return parse(file, source, diagnostics);
}

void scenario_close(struct scenario *scenario) {
    if (!scenario) {
        return;
    }
    yaml_close(scenario->document);
    file_text_release(&scenario->source);
    free(scenario->steps);
    free(scenario->file);
    free(scenario);
}
