/* Assertions: a query's answer, modified, against its predicates; and what the report says when they differ.
 */
#include <string.h>

#include "harness/predicates.h"
#include "harness/queries.h"
#include "harness/scenario_run.h"

/* Found values longer than this are cut in reports. */
#define LONGEST_FOUND 4000

char *value_dump(const json_t *value) {
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
}

/* ---- paths and modifiers ---- */

static void print_value(struct strbuf *buffer, const struct query *query, const json_t *value) {
    if (query && query->print_item && json_is_object(value)) {
        query->print_item(buffer, value);
        return;
    }
    char *dump = value_dump(value);
    strbuf_append_string(buffer, dump ? dump : "(not printable)");
    free(dump);
}

/* What only and without look at: a text itself, anything else as it is printed. */
static bool item_matches(const struct query *query, const json_t *item, const char *pattern) {
    if (json_is_string(item)) {
        return pattern_found(pattern, json_string_value(item), json_string_length(item));
    }
    struct strbuf line = STRBUF_INIT;
    print_value(&line, query, item);
    bool matches = pattern_found(pattern, line.data, line.size);
    strbuf_release(&line);
    return matches;
}

static json_t *filter(const struct query *query, json_t *list, const char *pattern, bool keep) {
    json_t *kept = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        if (item_matches(query, item, pattern) == keep) {
            json_array_append(kept, item);
        }
    }
    json_decref(list);
    return kept;
}

static json_t *pick_each(json_t *list, const char *path) {
    json_t *picked = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        json_t *value = value_at_path(item, path);
        json_array_append_new(picked, value ? json_incref(value) : json_null());
    }
    json_decref(list);
    return picked;
}

/* Texts that are JSON become what they say; others stay. */
static json_t *parse_each(json_t *list) {
    json_t *parsed = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        json_t *value =
            json_is_string(item) ? json_loads(json_string_value(item), JSON_DECODE_ANY, NULL) : NULL;
        json_array_append_new(parsed, value ? value : json_incref(item));
    }
    json_decref(list);
    return parsed;
}

/* One item, counted from the end when negative; NULL: there is none. */
static json_t *pick_item(json_t *list, json_int_t index) {
    json_int_t size = (json_int_t)json_array_size(list);
    json_int_t place = index < 0 ? index + size : index;
    json_t *item = place >= 0 && place < size ? json_incref(json_array_get(list, (size_t)place)) : NULL;
    json_decref(list);
    return item;
}

static json_t *drop_repeated(json_t *list) {
    json_t *distinct = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) {
        bool seen = false;
        for (size_t i = 0; i < json_array_size(distinct) && !seen; i++) {
            seen = json_equal(json_array_get(distinct, i), item);
        }
        if (!seen) {
            json_array_append(distinct, item);
        }
    }
    json_decref(list);
    return distinct;
}

/* Applies path, only, without, json, each, distinct, item, in this order. Takes the value, returns a new one.
 */
static json_t *modify(const struct query *query, const json_t *assertion, json_t *value) {
    const char *path = string_member(assertion, "path");
    if (path && value) {
        json_t *picked = json_incref(value_at_path(value, path));
        json_decref(value);
        value = picked;
    }
    if (!json_is_array(value)) {
        return value;
    }
    const char *only = string_member(assertion, "only");
    const char *without = string_member(assertion, "without");
    const char *each = string_member(assertion, "each");
    value = only ? filter(query, value, only, true) : value;
    value = without ? filter(query, value, without, false) : value;
    const json_t *item = json_object_get(assertion, "item");
    value = json_is_true(json_object_get(assertion, "json")) ? parse_each(value) : value;
    value = each ? pick_each(value, each) : value;
    value = json_is_true(json_object_get(assertion, "distinct")) ? drop_repeated(value) : value;
    return item ? pick_item(value, json_integer_value(item)) : value;
}

/* ---- one assertion ---- */

static json_t *read_items(const struct query *query, const json_t *expected) {
    if (!query->read_item) {
        return json_incref((json_t *)expected);
    }
    if (!json_is_array(expected)) {
        return query->read_item(expected);
    }
    json_t *items = json_array();
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)expected, index, item) {
        json_array_append_new(items, query->read_item(item));
    }
    return items;
}

/* Do the expected items have the query's short form? Not after `each` has picked something else. */
static bool wants_items(const struct query *query, const json_t *assertion,
                        const struct predicate *predicate) {
    static const char *const names[] = {"equals", "contains", "lacks", "ordered"};
    bool compares = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        compares = compares || strcmp(predicate->name, names[i]) == 0;
    }
    return compares && query->read_item && !json_object_get(assertion, "each") &&
           !json_object_get(assertion, "path") && !json_object_get(assertion, "item");
}

static bool predicate_holds(const struct query *query, const struct predicate *predicate,
                            const json_t *assertion, const json_t *found, int *culprit) {
    const json_t *expected = json_object_get(assertion, predicate->name);
    json_t *items = wants_items(query, assertion, predicate) ? read_items(query, expected)
                                                             : json_incref((json_t *)expected);
    struct comparison comparison = {.records = query->records, .culprit = -1};
    bool holds = !predicate->problem(items) && predicate->holds(&comparison, items, found);
    json_decref(items);
    *culprit = comparison.culprit;
    return holds;
}

bool run_assertion_holds(struct scenario_run *run, const json_t *assertion) {
    const struct query *query = assertion_query(assertion);
    struct strbuf problem = STRBUF_INIT;
    json_t *found = modify(query, assertion, query->ask(run, assertion, &problem));
    bool holds = problem.size == 0;
    for (const struct predicate *predicate = predicates; predicate->name && holds; predicate++) {
        int culprit;
        if (json_object_get(assertion, predicate->name)) {
            holds = predicate_holds(query, predicate, assertion, found, &culprit);
        }
    }
    strbuf_release(&problem);
    json_decref(found);
    return holds;
}

/* ---- the report ---- */

static const char *print_found(struct scenario_run *run, const struct query *query, const json_t *found) {
    struct strbuf buffer = STRBUF_INIT;
    if (!found) {
        strbuf_append_string(&buffer, "nothing");
    } else if (json_is_array(found) && json_array_size(found) > 0) {
        size_t index;
        json_t *item;
        json_array_foreach(found, index, item) {
            strbuf_append_string(&buffer, index ? "\n- " : "- ");
            print_value(&buffer, query, item);
        }
    } else {
        print_value(&buffer, query, found);
    }
    bool cut = buffer.size > LONGEST_FOUND;
    const char *text = arena_printf(run->arena, "%.*s%s", cut ? LONGEST_FOUND : (int)buffer.size, buffer.data,
                                    cut ? "\n..." : "");
    strbuf_release(&buffer);
    return text;
}

static const char *print_expected(struct scenario_run *run, const struct query *query, const char *name,
                                  const json_t *expected, bool items) {
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_string(&buffer, name);
    if (json_is_array(expected)) {
        size_t index;
        json_t *item;
        json_array_foreach((json_t *)expected, index, item) {
            strbuf_append_string(&buffer, "\n- ");
            json_t *read = items ? query->read_item(item) : json_incref(item);
            print_value(&buffer, items ? query : NULL, read);
            json_decref(read);
        }
    } else {
        strbuf_append_char(&buffer, ' ');
        print_value(&buffer, NULL, expected);
    }
    const char *text = arena_text_string(run->arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

/* "status sum, resource Adder": the query and its own members as written. */
static const char *print_question(struct scenario_run *run, const struct query *query,
                                  const json_t *assertion) {
    struct strbuf buffer = STRBUF_INIT;
    const json_t *argument = json_object_get(assertion, query->name);
    strbuf_printf(&buffer, "%s ", query->name);
    if (json_is_string(argument)) {
        strbuf_append_string(&buffer, json_string_value(argument));
    } else {
        print_value(&buffer, NULL, argument);
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)assertion, name, value) {
        if (value == argument || predicate_find(name)) {
            continue;
        }
        strbuf_printf(&buffer, ", %s ", name);
        if (json_is_string(value)) {
            strbuf_append_string(&buffer, json_string_value(value));
        } else {
            print_value(&buffer, NULL, value);
        }
    }
    const char *text = arena_text_string(run->arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

/* The place of the expected item that was not met, else of the predicate. */
static struct position predicate_position(struct scenario_run *run, const json_t *written, const char *name,
                                          int culprit) {
    const struct yaml_document *document = run->scenario->document;
    if (culprit >= 0) {
        const json_t *item = json_array_get(json_object_get(written, name), (size_t)culprit);
        struct position position = yaml_position(document, item);
        if (item && position.line > 0) {
            return position;
        }
    }
    return yaml_key_position(document, written, name);
}

static void check_one(struct scenario_run *run, const json_t *written, const json_t *assertion) {
    const struct query *query = assertion_query(assertion);
    const char *question = print_question(run, query, assertion);
    struct strbuf problem = STRBUF_INIT;
    json_t *found = modify(query, assertion, query->ask(run, assertion, &problem));
    if (problem.size > 0) {
        run_fail(run, yaml_position(run->scenario->document, written), question, NULL, NULL, problem.data);
    }
    for (const struct predicate *predicate = predicates; predicate->name && problem.size == 0; predicate++) {
        const json_t *expected = json_object_get(assertion, predicate->name);
        if (!expected) {
            continue;
        }
        run->expectations++;
        int culprit;
        if (predicate_holds(query, predicate, assertion, found, &culprit)) {
            continue;
        }
        const char *detail = NULL;
        if (culprit >= 0) {
            detail = arena_printf(run->arena, "item %d of the expectation is the first that is not met",
                                  culprit + 1);
        }
        run_fail(
            run, predicate_position(run, written, predicate->name, culprit), question,
            print_expected(run, query, predicate->name, expected, wants_items(query, assertion, predicate)),
            print_found(run, query, found), detail);
    }
    const char *name = string_member(assertion, "save");
    if (name && found) {
        run_save(run, name, json_incref(found));
    }
    strbuf_release(&problem);
    json_decref(found);
}

void run_check_assertions(struct scenario_run *run, const json_t *written, const json_t *assertions) {
    for (size_t i = 0; i < json_array_size(assertions); i++) {
        check_one(run, json_array_get(written, i), json_array_get(assertions, i));
    }
}
