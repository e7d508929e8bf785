#include "services/dynamodb/expression.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static struct arena *arena;

#define NAMES "{\"#a\":\"a\",\"#s\":\"size\"}"
#define VALUES                                                                                               \
    "{\":s\":{\"S\":\"b\"},\":n\":{\"N\":\"1\"},\":l\":{\"L\":[]},\":b\":{\"BOOL\":true},"                   \
    "\":t\":{\"S\":\"a\"},\":ns\":{\"NS\":[\"1\",\"2\"]}}"

static void read_placeholders(struct placeholders *placeholders) {
    const char *message =
        placeholders_read(placeholders, arena, WORDING_OLDER, json_parse(arena, TEXT(NAMES), NULL),
                          json_parse(arena, TEXT(VALUES), NULL));
    CU_ASSERT_PTR_NULL(message);
}

static const char *condition_error(const char *source) {
    struct placeholders placeholders;
    const char *message = NULL;
    read_placeholders(&placeholders);
    return condition_parse(&placeholders, ROLE_CONDITION, text_of(source), &message) ? "good" : message;
}

static const char *update_error(const char *source) {
    struct placeholders placeholders;
    const char *message = NULL;
    read_placeholders(&placeholders);
    return update_parse(&placeholders, text_of(source), &message) ? "good" : message;
}

static void test_condition_errors(void) {
    static const char *const rows[][2] = {
        {"foo", "Syntax error; token: \"<EOF>\", near: \"foo\""},
        {"a = :s b", "Syntax error; token: \"b\", near: \":s b\""},
        {"", "The expression can not be empty;"},
        {"a = ;", "Syntax error; token: \";\", near: \"= ;\""},
        {"name = :s", "Attribute name is a reserved keyword; reserved keyword: name"},
        {"a = :x", "An expression attribute value used in expression is not defined; attribute value: :x"},
        {"#x = :s",
         "An expression attribute name used in the document path is not defined; attribute name: #x"},
        {"foo(a)", "Invalid function name; function: foo"},
        {"size(a)", "The function is not allowed to be used this way in an expression; function: size"},
        {"attribute_exists(a) = :s",
         "The function is not allowed to be used this way in an expression; function: attribute_exists"},
        {"begins_with(a)", "Incorrect number of operands for operator or function; operator or function: "
                           "begins_with, number of operands: 1"},
        {"a < :l",
         "Incorrect operand type for operator or function; operator or function: <, operand type: L"},
        {"attribute_exists(:s)",
         "Operator or function requires a document path; operator or function: attribute_exists"},
        {"a = a", "The first operand must be distinct from the remaining operands for this operator or "
                  "function; operator: =, first operand: [a]"},
        {"((a = :s))", "The expression has redundant parentheses;"},
        {"a between :s and :t",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
         "operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
        {"a between :s and :n",
         "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
         "AttributeValue: {S:b}, upper bound operand: AttributeValue: {N:1}"},
        {"attribute_type(a, :s)", "Invalid attribute type name found; type: b, valid types: "
                                  "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
    };
    arena = arena_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *expected = arena_printf(arena, "Invalid ConditionExpression: %s", rows[i][1]);
        CU_ASSERT_STRING_EQUAL(condition_error(rows[i][0]), expected);
    }
    arena_close(arena);
}

static void test_good_conditions(void) {
    static const char *const rows[] = {
        "a = :s",
        "(a = :s)",
        "(a) = (:s)",
        "NOT a = :s AND #a.b[3].#s <> :n OR c IN (:s, :n)",
        "not (a < :n) or b BETWEEN :n and :n",
        "size(a) > :n",
        "attribute_not_exists(a.b)",
        "contains(a, :s) AND begins_with(b, :s)",
        "a=:s AND(b=:s)",
    };
    arena = arena_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_STRING_EQUAL(condition_error(rows[i]), "good");
    }
    arena_close(arena);
}

static void test_update_errors(void) {
    static const char *const rows[][2] = {
        {"SET a = :s SET b = :s", "The \"SET\" section can only be used once in an update expression;"},
        {"SET a = :s, a.b = :s", "Two document paths overlap with each other; must remove or rewrite one of "
                                 "these paths; path one: [a], path two: [a, b]"},
        {"SET a.b = :s, a[1] = :s",
         "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "
         "[a, b], path two: [a, [1]]"},
        {"ADD a :s", "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"},
        {"SET a = :s +", "Syntax error; token: \"<EOF>\", near: \"+\""},
        {"SET a = list_append(a)",
         "Incorrect number of operands for operator or function; operator or function: list_append, number "
         "of operands: 1"},
        {"SET a = list_append(list_append(a, :l), :l)",
         "The function is not allowed to be used this way in an expression; function: list_append"},
        {"SET a = b + :s",
         "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
    };
    arena = arena_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *expected = arena_printf(arena, "Invalid UpdateExpression: %s", rows[i][1]);
        CU_ASSERT_STRING_EQUAL(update_error(rows[i][0]), expected);
    }
    CU_ASSERT_STRING_EQUAL(update_error("SET a = if_not_exists(a, :n) + :n REMOVE b, c[1] ADD d :ns"),
                           "good");
    arena_close(arena);
}

/* The item after the update, or the text of its refusal. */
static const char *updated(const char *item, const char *source) {
    struct placeholders placeholders;
    const char *message = NULL;
    read_placeholders(&placeholders);
    struct update *update = update_parse(&placeholders, text_of(source), &message);
    struct attribute *old = attribute_parse_item(arena, text_of(item));
    struct attribute *result = update ? update_apply(arena, update, old, true, &message) : NULL;
    if (!result) {
        return message;
    }
    struct strbuf text = STRBUF_INIT;
    attribute_write_item(&text, result);
    const char *json = arena_strdup(arena, text.data);
    strbuf_release(&text);
    return json;
}

static void test_updates(void) {
    arena = arena_open();
    const char *item = "{\"l\":{\"L\":[{\"N\":\"0\"},{\"N\":\"1\"},{\"N\":\"2\"}]},\"n\":{\"N\":\"5\"}}";
    CU_ASSERT_STRING_EQUAL(updated(item, "REMOVE l[0], l[2]"),
                           "{\"l\":{\"L\":[{\"N\":\"1\"}]},\"n\":{\"N\":\"5\"}}");
    CU_ASSERT_STRING_EQUAL(
        updated(item, "SET l[9] = :s, l[7] = :n REMOVE n"),
        "{\"l\":{\"L\":[{\"N\":\"0\"},{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"1\"},{\"S\":\"b\"}]}}");
    CU_ASSERT_STRING_EQUAL(updated("{\"n\":{\"N\":\"5\"}}", "SET n = n - :n, m = n"),
                           "{\"n\":{\"N\":\"4\"},\"m\":{\"N\":\"5\"}}");
    CU_ASSERT_STRING_EQUAL(updated("{}", "ADD x :n, y :ns"),
                           "{\"x\":{\"N\":\"1\"},\"y\":{\"NS\":[\"1\",\"2\"]}}");
    CU_ASSERT_STRING_EQUAL(updated("{\"y\":{\"NS\":[\"2\",\"3\"]}}", "DELETE y :ns"),
                           "{\"y\":{\"NS\":[\"3\"]}}");
    CU_ASSERT_STRING_EQUAL(updated("{\"y\":{\"NS\":[\"2\",\"1\"]}}", "DELETE y :ns"), "{}");
    CU_ASSERT_STRING_EQUAL(updated("{}", "SET x = z"),
                           "The provided expression refers to an attribute that does not exist in the item");
    CU_ASSERT_STRING_EQUAL(updated("{}", "SET x.y = :n"),
                           "The document path provided in the update expression is invalid for update");
    CU_ASSERT_STRING_EQUAL(updated("{\"n\":{\"S\":\"5\"}}", "SET n = n + :n"),
                           "An operand in the update expression has an incorrect data type");
    arena_close(arena);
}

static void test_unused(void) {
    struct placeholders placeholders;
    const char *message = NULL;
    arena = arena_open();
    (void)placeholders_read(&placeholders, arena, WORDING_OLDER,
                            json_parse(arena, TEXT("{\"#a\":\"a\",\"#b\":\"b\"}"), NULL), NULL);
    CU_ASSERT_PTR_NOT_NULL(
        condition_parse(&placeholders, ROLE_FILTER, TEXT("attribute_exists(c)"), &message));
    CU_ASSERT_STRING_EQUAL(
        placeholders_check_used(&placeholders),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
    arena_close(arena);
}

void expression_test(void) {
    unit_test("mistakes in conditions are told in AWS's words", test_condition_errors);
    unit_test("every form of condition is understood", test_good_conditions);
    unit_test("mistakes in updates are told in AWS's words", test_update_errors);
    unit_test("updates read the old item and write the new one", test_updates);
    unit_test("placeholders that no expression uses are refused", test_unused);
}
