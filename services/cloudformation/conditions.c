/* Conditions and Rules: boolean functions over parameters, mappings and other conditions. */
#include "services/cloudformation/intrinsics_internal.h"
#include "services/cloudformation/stack_plan.h"
#include "services/cloudformation/template_internal.h"

/* One evaluation of all conditions; a condition may name one that comes later. */
struct condition_run {
    struct evaluator evaluator;
    json_t *results;   /* name -> boolean, filled as they become known */
    json_t *under_way; /* names on the stack, against circles */
    const char *outer; /* the condition that is being evaluated, for the circle's text */
};

static bool evaluate_boolean(struct condition_run *run, const json_t *value);

static void decref(void *value) {
    json_decref(value);
}

/* ---- named conditions ----------------------------------------------------------------------------- */

static bool named_condition(struct condition_run *run, const char *name) {
    const json_t *known = json_object_get(run->results, name);
    if (known) {
        return json_is_true(known);
    }
    const json_t *body = json_object_get(run->evaluator.environment->template->conditions, name);
    if (!body) {
        evaluate_fail(&run->evaluator, "Template error: unresolved condition dependency %s in Condition",
                      name);
        return false;
    }
    if (json_object_get(run->under_way, name)) {
        evaluate_fail(&run->evaluator,
                      "Template error: Found circular condition dependency between %s and %s",
                      run->outer ? run->outer : name, name);
        return false;
    }
    const char *outer = run->outer;
    run->outer = name;
    json_object_set_new(run->under_way, name, json_true());
    bool holds = evaluate_boolean(run, body);
    json_object_del(run->under_way, name);
    run->outer = outer;
    json_object_set_new(run->results, name, json_boolean(holds));
    return holds;
}

/* ---- boolean functions ---------------------------------------------------------------------------- */

static bool boolean_condition(struct condition_run *run, const json_t *argument) {
    return named_condition(run, json_is_string(argument) ? json_string_value(argument) : "");
}

static bool boolean_equals(struct condition_run *run, const json_t *argument) {
    json_t *left = evaluate_value(&run->evaluator, json_array_get(argument, 0));
    json_t *right = evaluate_value(&run->evaluator, json_array_get(argument, 1));
    bool equal = left && right && values_equal(left, right);
    json_decref(left);
    json_decref(right);
    return equal;
}

static bool boolean_and(struct condition_run *run, const json_t *argument) {
    size_t index;
    json_t *item;
    bool all = true;
    json_array_foreach((json_t *)argument, index, item) {
        all &= evaluate_boolean(run, item);
    }
    return all;
}

static bool boolean_or(struct condition_run *run, const json_t *argument) {
    size_t index;
    json_t *item;
    bool any = false;
    json_array_foreach((json_t *)argument, index, item) {
        any |= evaluate_boolean(run, item);
    }
    return any;
}

static bool boolean_not(struct condition_run *run, const json_t *argument) {
    return !evaluate_boolean(run, json_array_get(argument, 0));
}

static bool list_contains(const json_t *list, const json_t *wanted) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) {
        if (values_equal(item, wanted)) {
            return true;
        }
    }
    return false;
}

/* The three functions of Rules over a list and a value or another list. */

static bool boolean_contains(struct condition_run *run, const json_t *argument) {
    json_t *pair = evaluate_value(&run->evaluator, argument);
    bool result = list_contains(json_array_get(pair, 0), json_array_get(pair, 1));
    json_decref(pair);
    return result;
}

static bool boolean_each_equals(struct condition_run *run, const json_t *argument) {
    json_t *pair = evaluate_value(&run->evaluator, argument);
    size_t index;
    json_t *item;
    bool all = true;
    json_array_foreach(json_array_get(pair, 0), index, item) {
        all &= json_array_get(pair, 1) && values_equal(item, json_array_get(pair, 1));
    }
    json_decref(pair);
    return all;
}

static bool boolean_each_in(struct condition_run *run, const json_t *argument) {
    json_t *pair = evaluate_value(&run->evaluator, argument);
    size_t index;
    json_t *item;
    bool all = true;
    json_array_foreach(json_array_get(pair, 0), index, item) {
        all &= list_contains(json_array_get(pair, 1), item);
    }
    json_decref(pair);
    return all;
}

struct boolean_row {
    const char *name;
    bool (*evaluate)(struct condition_run *run, const json_t *argument);
};

static const struct boolean_row booleans[] = {
    {"Condition", boolean_condition},
    {"Fn::Equals", boolean_equals},
    {"Fn::And", boolean_and},
    {"Fn::Or", boolean_or},
    {"Fn::Not", boolean_not},
    {"Fn::Contains", boolean_contains},
    {"Fn::EachMemberEquals", boolean_each_equals},
    {"Fn::EachMemberIn", boolean_each_in},
};

static bool evaluate_boolean(struct condition_run *run, const json_t *value) {
    json_t *argument;
    const char *name = template_function(value, &argument);
    for (size_t i = 0; name && i < sizeof booleans / sizeof booleans[0]; i++) {
        if (strcmp(booleans[i].name, name) == 0) {
            return booleans[i].evaluate(run, argument);
        }
    }
    /* A literal, or a function whose value reads as a boolean. */
    json_t *plain = evaluate_value(&run->evaluator, value);
    const char *text = plain ? scalar_text(run->evaluator.arena, plain) : NULL;
    bool holds = text && strcmp(text, "true") == 0;
    if (run->evaluator.status == EVALUATION_OK && (!text || (!holds && strcmp(text, "false") != 0))) {
        evaluate_fail(&run->evaluator, "Template format error: Conditions can only be boolean operations on "
                                       "parameters and other conditions");
    }
    json_decref(plain);
    return holds;
}

static struct condition_run begin(const struct environment *environment) {
    struct condition_run run = {
        .evaluator = {.environment = environment, .arena = environment->arena},
        .results = json_object(),
        .under_way = json_object(),
    };
    arena_cleanup(environment->arena, decref, run.results);
    arena_cleanup(environment->arena, decref, run.under_way);
    return run;
}

json_t *conditions_evaluate(const struct environment *environment, const char **error) {
    struct condition_run run = begin(environment);
    const char *name;
    json_t *body;
    json_object_foreach(environment->template->conditions, name, body) {
        named_condition(&run, name);
        if (run.evaluator.status != EVALUATION_OK) {
            *error = run.evaluator.error;
            return NULL;
        }
    }
    return run.results;
}

bool condition_holds(const struct environment *environment, const char *name) {
    return !name || json_is_true(json_object_get(environment->conditions, name));
}

/* ---- rules ---------------------------------------------------------------------------------------- */

static bool rule_holds(struct condition_run *run, const char *name, const json_t *rule, const char **error) {
    const json_t *condition = json_object_get(rule, "RuleCondition");
    if (condition && !evaluate_boolean(run, condition)) {
        return true;
    }
    size_t index;
    json_t *assertion;
    json_array_foreach(json_object_get(rule, "Assertions"), index, assertion) {
        if (evaluate_boolean(run, json_object_get(assertion, "Assert"))) {
            continue;
        }
        const char *description = json_string_value(json_object_get(assertion, "AssertDescription"));
        *error = description
                     ? description
                     : arena_printf(run->evaluator.arena, "Template error: rule %s does not hold", name);
        return false;
    }
    return true;
}

bool rules_hold(const struct environment *environment, const char **error) {
    struct condition_run run = begin(environment);
    const char *name;
    json_t *rule;
    json_object_foreach(environment->template->rules, name, rule) {
        if (!rule_holds(&run, name, rule, error)) {
            return false;
        }
        if (run.evaluator.status != EVALUATION_OK) {
            *error = run.evaluator.error;
            return false;
        }
    }
    return true;
}
