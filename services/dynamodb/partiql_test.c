#include "services/dynamodb/partiql_lexer.h"

#include <CUnit/CUnit.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static struct arena *arena;

static struct partiql *parse(const char *source, const char *parameters) {
    const char *message = NULL;
    const struct json_value *list = parameters ? json_parse(arena, text_of(parameters), NULL) : NULL;
    struct partiql *statement = partiql_parse(arena, text_of(source), list, &message);
    CU_ASSERT((statement == NULL) == (message != NULL));
    return statement;
}

static bool where_holds(const char *where, const char *item) {
    const char *source = arena_printf(arena, "SELECT * FROM t WHERE %s", where);
    struct partiql *statement = parse(source, NULL);
    return statement && expression_holds(arena, statement->where, attribute_parse_item(arena, text_of(item)));
}

static void statements_are_understood(void) {
    arena = arena_open();
    struct partiql *select =
        parse("select a, b.c[2] from \"my-table\".\"by-x\" where p = ? order by x desc;", "[{\"S\":\"v\"}]");
    CU_ASSERT_PTR_NOT_NULL_FATAL(select);
    CU_ASSERT(text_equals(select->table, "my-table"));
    CU_ASSERT(text_equals(select->index, "by-x"));
    CU_ASSERT_EQUAL(select->projection->count, 2);
    CU_ASSERT_EQUAL(select->projection->paths[1].steps[2].index, 2);
    CU_ASSERT(select->descending);
    struct partiql *insert =
        parse("INSERT INTO t VALUE {'p':'it''s', 's':<<1,2>>, 'l':[true,null,-1.50]}", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(insert);
    struct strbuf text = STRBUF_INIT;
    attribute_write_item(&text, insert->item);
    CU_ASSERT_STRING_EQUAL(
        text.data, "{\"p\":{\"S\":\"it's\"},\"s\":{\"NS\":[\"1\",\"2\"]},\"l\":{\"L\":[{\"BOOL\":true},"
                   "{\"NULL\":true},{\"N\":\"-1.5\"}]}}");
    strbuf_release(&text);
    struct partiql *update =
        parse("UPDATE t SET a = a + 1 SET b = set_add(b, <<'x'>>) REMOVE c WHERE p = 'k' "
              "RETURNING MODIFIED OLD *",
              NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(update);
    CU_ASSERT_EQUAL(update->update->path_count, 3);
    CU_ASSERT_EQUAL(update->returning, RETURNING_MODIFIED_OLD);
    arena_close(arena);
}

static void conditions_mean_what_sql_means(void) {
    const char *item =
        "{\"a\":{\"N\":\"5\"},\"n\":{\"NULL\":true},\"l\":{\"L\":[{\"S\":\"x\"}]},\"s\":{\"S\":\"abc\"}}";
    arena = arena_open();
    CU_ASSERT(where_holds("a = 5.0 AND NOT a <> 5", item));
    CU_ASSERT(where_holds("b IS MISSING AND a IS NOT MISSING AND n IS NULL", item));
    CU_ASSERT(where_holds("a IN [1, 5] AND a NOT IN (1, 2)", item));
    CU_ASSERT(where_holds("a BETWEEN 5 AND 6 AND (a > 9 OR begins_with(s, 'ab'))", item));
    CU_ASSERT(where_holds("contains(l, 'x') AND size(s) = 3 AND \"l\"[0] != 'y'", item));
    CU_ASSERT_FALSE(where_holds("a > 5 OR s = 'abcd' OR b = 1", item));
    arena_close(arena);
}

static void parameters_must_fit(void) {
    const char *message = NULL;
    arena = arena_open();
    CU_ASSERT_PTR_NULL(partiql_parse(arena, TEXT("SELECT * FROM t WHERE p = ?"), NULL, &message));
    CU_ASSERT_STRING_EQUAL(message, "Number of parameters in request and statement don't match.");
    const struct json_value *list = json_parse(arena, TEXT("[{\"S\":\"v\"}]"), NULL);
    CU_ASSERT_PTR_NULL(partiql_parse(arena, TEXT("SELECT * FROM t"), list, &message));
    CU_ASSERT_STRING_EQUAL(message, "Number of parameters in request and statement don't match.");
    arena_close(arena);
}

static void refusals_have_the_words_of_aws(void) {
    static const char *const rows[][2] = {
        {"SELECT * FROM t WHERE p = 1 foo", NOT_WELL_FORMED "Unexpected token after expression"},
        {"INSERT INTO t x VALUE {'p': 1}", NOT_WELL_FORMED "Unexpected token after expression"},
        {"SELECT * FROM t AS x WHERE p = 1", "Aliasing is not supported"},
        {"SELECT * FROM t WHERE p = 1e99999999999", NOT_WELL_FORMED},
        {"SELECT * FROM t WHERE p = 1 /* note", NOT_WELL_FORMED},
        {"SELECT * FROM t WHERE", NOT_WELL_FORMED "Unexpected term"},
        {"SELECT * FROM t WHERE a.inner = 1", NOT_WELL_FORMED "Invalid path dot component"},
        {"SELECT * FROM t.\"\" WHERE a = 1", "Path component cannot be an empty string"},
        {"SELECT * FROM t WHERE\n EXISTS(a)", "Unrecognized function: exists at 2:2:6"},
        {"SELECT size(a) FROM t", "Unexpected path component at 1:8:4"},
        {"UPDATE t SET a = set_add(a, 'x') WHERE p = 1",
         "The second argument to SET_ADD must be a value with type SET at 1:26:1"},
        {"UPDATE t SET a = set_add(b, <<'x'>>) WHERE p = 1",
         "The first argument to SET_ADD must equal the assignment value at 1:18:7"},
        {"SELECT * FROM t WHERE a < true",
         "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
        {"DELETE FROM t WHERE p = 1 RETURNING ALL NEW *",
         "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE "
         "statements."},
        {"INSERT INTO t VALUE {'p': 1, 'm': {'x': [1, 1e126]}}",
         "Number overflow. Attempting to store a number with magnitude larger than supported range under "
         "root.x[1]"},
    };
    arena = arena_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *message = NULL;
        CU_ASSERT_PTR_NULL(partiql_parse(arena, text_of(rows[i][0]), NULL, &message));
        CU_ASSERT_STRING_EQUAL(message, rows[i][1]);
    }
    CU_ASSERT_PTR_NOT_NULL(parse("-- a\nFROM t /* b */ WHERE p = .5e1 SET a = 1 REMOVE b -- c", NULL));
    arena_close(arena);
}

static void damaged_statements_are_refused(void) {
    static const char *const seeds[] = {
        "SELECT a, b.c[2] FROM \"t\".\"x\" WHERE p = 'v' AND (q IN [1, ?] OR r IS NOT MISSING) ORDER BY x "
        "DESC",
        "INSERT INTO t VALUE {'p':'it''s', 's':<<1,2>>, 'l':[true,null,-1.5e3]}",
        "UPDATE t SET a = list_append(a, [1]) SET b = set_add(b, <<'x'>>) REMOVE c[1] WHERE p = 'k' "
        "RETURNING ALL NEW *",
        "DELETE FROM t WHERE p = 'k' AND size(a) BETWEEN 1 AND 2",
    };
    static const char alphabet[] = "'\"<>[]{}(),.?*=!- aANDORNOTIS0\n\x80";
    struct ids *ids = ids_open(5);
    struct strbuf text = STRBUF_INIT;
    arena = arena_open();
    for (int i = 0; i < 4000; i++) {
        const char *message = NULL;
        strbuf_clear(&text);
        for (const char *byte = seeds[i % 4]; *byte; byte++) {
            uint64_t what = ids_random_below(ids, 30);
            if (what > 0) {
                strbuf_append_char(&text,
                                   what == 1 ? alphabet[ids_random_below(ids, sizeof(alphabet) - 1)] : *byte);
            }
            if (what == 2) {
                strbuf_append(&text, byte, 1 + ids_random_below(ids, strlen(byte)));
            }
        }
        const void *statement = partiql_parse(arena, strbuf_text(&text), NULL, &message);
        CU_ASSERT((statement == NULL) == (message != NULL));
        arena_clear(arena);
    }
    strbuf_release(&text);
    arena_close(arena);
    ids_close(ids);
}

void partiql_test(void) {
    unit_test("PartiQL statements become trees", statements_are_understood);
    unit_test("PartiQL conditions mean what SQL means", conditions_mean_what_sql_means);
    unit_test("PartiQL statements and their parameters agree in number", parameters_must_fit);
    unit_test("PartiQL is refused in the words of AWS", refusals_have_the_words_of_aws);
    unit_test("damaged PartiQL is parsed or refused with a text", damaged_statements_are_refused);
}
