#include "emulator/base/json_value.h"

#include <CUnit/CUnit.h>
#include <math.h>

#include "emulator/base/ids.h"
#include "harness/unit_tests.h"

static struct arena *arena;

static void set_up(void) {
    arena = arena_open();
}

static void tear_down(void) {
    arena_close(arena);
}

static struct json_value *parse(const char *source) {
    return json_parse(arena, text_of(source), NULL);
}

/* What json_write() makes of a tree without its source. */
static void strip_raw(struct json_value *value) {
    value->raw = TEXT_NONE;
    for (struct json_value *child = value->child; child; child = child->next) {
        strip_raw(child);
    }
}

static char *write_compactly(struct json_value *value) {
    struct strbuf buffer = STRBUF_INIT;
    strip_raw(value);
    json_write(&buffer, value);
    char *written = arena_text_string(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return written;
}

static void reads_every_kind_of_value(void) {
    set_up();
    struct json_value *root = parse(" {\"s\":\"x\",\"n\":-1.5e+3,\"t\":true,\"f\":false,\"z\":null,\n"
                                    "\"a\":[1,[],{}],\"o\":{\"k\":\"v\"}} ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(root->type, JSON_VALUE_OBJECT);
    CU_ASSERT_EQUAL(root->count, 7);
    CU_ASSERT(text_equals(json_find_text(root, "s"), "x"));
    CU_ASSERT(text_equals(json_find(root, "n")->text, "-1.5e+3"));
    CU_ASSERT_EQUAL(json_find(root, "t")->type, JSON_VALUE_TRUE);
    CU_ASSERT_EQUAL(json_find(root, "f")->type, JSON_VALUE_FALSE);
    CU_ASSERT_PTR_NULL(json_find(root, "z"));
    CU_ASSERT_PTR_NULL(json_find(root, "none"));
    CU_ASSERT_EQUAL(json_find(root, "a")->count, 3);
    CU_ASSERT(text_equals(json_find(root, "a")->raw, "[1,[],{}]"));
    CU_ASSERT(text_equals(json_find(root, "s")->raw, "\"x\""));
    CU_ASSERT(text_equals(json_find_text(json_find(root, "o"), "k"), "v"));
    CU_ASSERT_PTR_NULL(json_find_text(root, "n").data);
    CU_ASSERT_PTR_NULL(json_find(json_find(root, "s"), "x"));
    CU_ASSERT_PTR_NULL(json_find(NULL, "x"));
    CU_ASSERT_STRING_EQUAL(write_compactly(root),
                           "{\"s\":\"x\",\"n\":-1.5e+3,\"t\":true,\"f\":false,\"z\":null,"
                           "\"a\":[1,[],{}],\"o\":{\"k\":\"v\"}}");
    tear_down();
}

static void the_last_of_equal_keys_counts(void) {
    set_up();
    struct json_value *root = parse("{\"a\":1,\"a\":2,\"b\":1,\"b\":null}");
    CU_ASSERT_EQUAL(root->count, 4);
    CU_ASSERT(text_equals(json_find(root, "a")->text, "2"));
    CU_ASSERT_PTR_NULL(json_find(root, "b"));
    tear_down();
}

static void strings_without_escapes_are_borrowed(void) {
    set_up();
    const char *source = "[\"plain \xc3\xa4\",\"a\\nb\"]";
    struct json_value *root = parse(source);
    CU_ASSERT_PTR_EQUAL(root->child->text.data, source + 2);
    CU_ASSERT(text_equals(root->child->next->text, "a\nb"));
    tear_down();
}

static void escapes_are_decoded(void) {
    set_up();
    struct json_value *root = parse(
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20AC\\ud83d\\uDE00 and more text behind\\u0000\"");
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    static const char expected[] =
        "\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 and more text behind\0";
    CU_ASSERT(text_same(root->text, (struct text){expected, sizeof(expected) - 1}));
    root = parse("{\"k\\u0065y\":1}");
    CU_ASSERT(text_equals(json_find(root, "key")->text, "1"));
    tear_down();
}

static void every_position_in_a_word_is_seen(void) {
    set_up();
    for (size_t size = 0; size < 40; size++) {
        for (size_t at = 0; at < size; at++) {
            static const char specials[] = {'\\', '\x1f', '\x7f', '\xff', ' ', '!', '#', '['};
            for (size_t k = 0; k < sizeof(specials); k++) {
                char source[64];
                memset(source, 'a', sizeof(source));
                source[0] = '"';
                source[1 + at] = specials[k];
                source[1 + size] = '"';
                if (specials[k] == '\\' && at + 1 < size) {
                    source[2 + at] = 'n';
                }
                bool good =
                    specials[k] == '\\' ? at + 1 < size : specials[k] != '\x1f' && specials[k] != '\xff';
                const struct json_value *value = json_parse(arena, (struct text){source, size + 2}, NULL);
                CU_ASSERT_EQUAL(value != NULL, good);
                if (value) {
                    CU_ASSERT_EQUAL(value->text.size, size - (specials[k] == '\\'));
                }
            }
        }
    }
    tear_down();
}

static void malformed_texts_are_refused(void) {
    static const char *const wrong[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{,}",
        "[1 2]",
        "1 2",
        "tru",
        "truex",
        "nul",
        "True",
        "NaN",
        "-",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x1",
        "--1",
        "\"",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\t\"",
        "\"a\nb\"",
        "'a'",
        "[1}",
        "{\"a\":1]",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\x80\"",
        "\"\xc0\xaf\"",
        "\"\xe0\x80\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf8\x88\x80\x80\x80\"",
        "\"\xc3\"",
        "\"\xe2\x82\"",
        "\"\xf0\x9f\x98\"",
        "\xef\xbb\xbf{}",
        "\"\\n\xff\"",
        "\"\\n\x01\"",
        "/**/1",
        "1//",
    };
    set_up();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct json_error error = {0};
        CU_ASSERT_PTR_NULL(json_parse(arena, text_of(wrong[i]), &error));
        CU_ASSERT_PTR_NOT_NULL(error.message);
        CU_ASSERT(error.offset <= strlen(wrong[i]));
    }
    CU_ASSERT_PTR_NULL(json_parse(arena, TEXT_NONE, NULL));
    CU_ASSERT_PTR_NULL(json_parse(arena, ((struct text){"1\0", 2}), NULL));
    tear_down();
}

static void errors_say_where(void) {
    set_up();
    struct json_error error;
    CU_ASSERT_PTR_NULL(json_parse(arena, TEXT("{\n  \"a\": 1,\n  \"b\" 2\n}"), &error));
    CU_ASSERT_EQUAL(error.line, 3);
    CU_ASSERT_EQUAL(error.column, 7);
    CU_ASSERT_EQUAL(error.offset, 18);
    CU_ASSERT_STRING_EQUAL(error.message, "expected ':'");
    tear_down();
}

static struct json_value *parse_nested(int depth, char open, char close) {
    struct strbuf buffer = STRBUF_INIT;
    for (int i = 0; i < depth; i++) {
        strbuf_append_string(&buffer, open == '[' ? "[" : "{\"a\":");
    }
    strbuf_append_char(&buffer, '1');
    for (int i = 0; i < depth; i++) {
        strbuf_append_char(&buffer, close);
    }
    struct json_value *value = json_parse(arena, arena_text(arena, strbuf_text(&buffer)), NULL);
    strbuf_release(&buffer);
    return value;
}

static void deep_nesting_is_refused(void) {
    set_up();
    CU_ASSERT_PTR_NOT_NULL(parse_nested(JSON_MAXIMUM_DEPTH, '[', ']'));
    CU_ASSERT_PTR_NULL(parse_nested(JSON_MAXIMUM_DEPTH + 1, '[', ']'));
    CU_ASSERT_PTR_NOT_NULL(parse_nested(JSON_MAXIMUM_DEPTH, '{', '}'));
    CU_ASSERT_PTR_NULL(parse_nested(JSON_MAXIMUM_DEPTH + 1, '{', '}'));
    struct text hostile = {memset(arena_alloc(arena, 1000000), '[', 1000000), 1000000};
    CU_ASSERT_PTR_NULL(json_parse(arena, hostile, NULL));
    tear_down();
}

/* [7,7,...] with so many sevens. */
static const char *verdict_of_list(int count) {
    struct arena *many = arena_open();
    char *bytes = arena_alloc(many, 2 * (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        memcpy(bytes + 2 * i, ",7", 2);
    }
    bytes[0] = '[';
    bytes[2 * count] = ']';
    struct json_error error;
    const char *verdict =
        json_parse(many, (struct text){bytes, 2 * (size_t)count + 1}, &error) ? "good" : error.message;
    arena_close(many);
    return verdict;
}

static void more_values_than_memory_should_hold_are_refused(void) {
    CU_ASSERT_STRING_EQUAL(verdict_of_list(JSON_MAXIMUM_VALUES), "good");
    CU_ASSERT_STRING_EQUAL(verdict_of_list(JSON_MAXIMUM_VALUES + 1), "too many values");
}

static void trees_are_built_and_written(void) {
    set_up();
    struct json_value *root = json_new(arena, JSON_VALUE_OBJECT);
    json_append_member(root, TEXT("k\"y"), json_new_string(arena, TEXT("a\x01\n\\\xc3\xa4/\x7f")));
    struct json_value *list = json_new(arena, JSON_VALUE_ARRAY);
    json_append_member(root, TEXT("l"), list);
    struct json_value *last = NULL;
    for (int i = 0; i < 3; i++) {
        struct json_value *number = json_new(arena, JSON_VALUE_NUMBER);
        number->text = TEXT("7");
        json_append_after(list, &last, number);
    }
    struct json_value *bytes = json_new(arena, JSON_VALUE_BYTES);
    bytes->text = TEXT("foob");
    json_append(list, bytes);
    json_append(list, json_new_string(arena, TEXT_NONE));
    CU_ASSERT_EQUAL(list->count, 5);
    CU_ASSERT_STRING_EQUAL(write_compactly(root),
                           "{\"k\\\"y\":\"a\\u0001\\n\\\\\xc3\xa4/\x7f\",\"l\":[7,7,7,\"Zm9vYg==\",\"\"]}");
    tear_down();
}

static void parsed_values_are_written_as_they_stood(void) {
    set_up();
    struct strbuf buffer = STRBUF_INIT;
    struct json_value *root = parse("[ {\"a\" : 1.0} , \"\\u0041\" ]");
    json_write(&buffer, root->child);
    CU_ASSERT_STRING_EQUAL(buffer.data, "{\"a\" : 1.0}");
    json_append_member(root->child, TEXT("b"), json_new(arena, JSON_VALUE_NULL));
    strbuf_clear(&buffer);
    json_write(&buffer, root->child);
    CU_ASSERT_STRING_EQUAL(buffer.data, "{\"a\":1.0,\"b\":null}");
    strbuf_release(&buffer);
    tear_down();
}

static void doubles_are_short_and_exact(void) {
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-7.1, "-7.1"},
        {0.1, "0.1"},
        {1e21, "1e+21"},
        {1e20, "100000000000000000000"},
        {1.5e-9, "1.5e-9"},
        {0.00001, "0.00001"},
        {100, "100"},
        {1704067200.123, "1704067200.123"},
        {1e300, "1e+300"},
        {5e-324, "5e-324"},
        {123456789012345680, "123456789012345680"},
        {NAN, "\"NaN\""},
        {INFINITY, "\"Infinity\""},
        {-INFINITY, "\"-Infinity\""},
    };
    struct strbuf buffer = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strbuf_clear(&buffer);
        json_write_double(&buffer, rows[i].number);
        CU_ASSERT_STRING_EQUAL(buffer.data, rows[i].text);
    }
    struct ids *ids = ids_open(8);
    for (int i = 0; i < 20000; i++) {
        double number;
        ids_random_bytes(ids, &number, sizeof(number));
        if (!isfinite(number)) {
            continue;
        }
        strbuf_clear(&buffer);
        json_write_double(&buffer, number);
        double read = 0;
        CU_ASSERT(text_to_double(strbuf_text(&buffer), &read));
        CU_ASSERT_EQUAL(memcmp(&read, &number, sizeof(read)), 0);
    }
    ids_close(ids);
    strbuf_release(&buffer);
}

/* ---- Random trees ---- */

static struct text random_string(struct ids *ids) {
    static const char *const pieces[] = {
        "a", "bc",  "\"", "\\", "\n", "\x01", "/", "\xc3\xa4", "\xf0\x9f\x98\x80", "a longer plain piece",
        " ", "\x7f"};
    struct strbuf buffer = STRBUF_INIT;
    uint64_t count = ids_random_below(ids, 6);
    for (uint64_t i = 0; i < count; i++) {
        strbuf_append_string(&buffer, pieces[ids_random_below(ids, sizeof(pieces) / sizeof(pieces[0]))]);
    }
    struct text text = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return text;
}

static struct json_value *random_tree(struct ids *ids, int depth) {
    static const char *const numbers[] = {"0", "-1", "1.50", "2e10", "-0.0E-7", "12345678901234567890"};
    enum json_type type = (enum json_type)ids_random_below(ids, depth ? 7 : 5);
    struct json_value *value = json_new(arena, type);
    if (type == JSON_VALUE_STRING) {
        value->text = random_string(ids);
    } else if (type == JSON_VALUE_NUMBER) {
        value->text = text_of(numbers[ids_random_below(ids, 6)]);
    } else if (type == JSON_VALUE_ARRAY || type == JSON_VALUE_OBJECT) {
        uint64_t count = ids_random_below(ids, 5);
        for (uint64_t i = 0; i < count; i++) {
            json_append_member(value, type == JSON_VALUE_OBJECT ? random_string(ids) : TEXT_NONE,
                               random_tree(ids, depth - 1));
        }
    }
    return value;
}

static bool same_tree(const struct json_value *a, const struct json_value *b) {
    if (a->type != b->type || a->count != b->count || !text_same(a->key, b->key)) {
        return false;
    }
    bool has_text = a->type == JSON_VALUE_STRING || a->type == JSON_VALUE_NUMBER;
    if (has_text && !text_same(a->text, b->text)) {
        return false;
    }
    const struct json_value *other = b->child;
    for (const struct json_value *child = a->child; child; child = child->next, other = other->next) {
        if (!other || !same_tree(child, other)) {
            return false;
        }
    }
    return true;
}

static void random_trees_read_back(void) {
    struct ids *ids = ids_open(21);
    for (int i = 0; i < 500; i++) {
        set_up();
        struct json_value *tree = random_tree(ids, 5);
        const struct json_value *read = parse(write_compactly(tree));
        CU_ASSERT_PTR_NOT_NULL_FATAL(read);
        CU_ASSERT(same_tree(tree, read));
        tear_down();
    }
    ids_close(ids);
}

/* Whatever is still JSON after a byte changed must read back; nothing may be read outside the text (the exact
 * copy on the heap lets the sanitizer see it). */
static void mutated_texts_do_no_harm(void) {
    static const char bytes[] = "\"\\{}[]:,0-9eE.tfnu \n\x01\x80\xc3\xff";
    struct ids *ids = ids_open(22);
    int good = 0;
    for (int i = 0; i < 3000; i++) {
        set_up();
        struct text source = text_of(write_compactly(random_tree(ids, 4)));
        size_t size = (size_t)ids_random_below(ids, source.size + 1);
        size = ids_random_below(ids, 3) ? source.size : size; /* a third is cut short */
        char *copy = malloc(size ? size : 1);
        memcpy(copy, source.data, size);
        if (size) {
            copy[ids_random_below(ids, size)] = bytes[ids_random_below(ids, sizeof(bytes) - 1)];
        }
        struct json_value *value = json_parse(arena, (struct text){copy, size}, NULL);
        if (value) {
            good++;
            const struct json_value *again = parse(write_compactly(value));
            CU_ASSERT_PTR_NOT_NULL_FATAL(again);
            CU_ASSERT(same_tree(value, again));
        }
        free(copy);
        tear_down();
    }
    CU_ASSERT(good > 100 && good < 2500);
    ids_close(ids);
}

void json_value_test(void) {
    unit_test("every kind of value is read, and written without blanks", reads_every_kind_of_value);
    unit_test("of equal keys the last counts", the_last_of_equal_keys_counts);
    unit_test("strings without escapes are borrowed from the source", strings_without_escapes_are_borrowed);
    unit_test("escapes are decoded, surrogate pairs and NUL too", escapes_are_decoded);
    unit_test("a special byte is seen wherever it stands", every_position_in_a_word_is_seen);
    unit_test("malformed texts are refused", malformed_texts_are_refused);
    unit_test("an error says offset, line and column", errors_say_where);
    unit_test("nesting is limited", deep_nesting_is_refused);
    unit_test("more values than memory should hold are refused",
              more_values_than_memory_should_hold_are_refused);
    unit_test("trees are built by hand and written", trees_are_built_and_written);
    unit_test("parsed values are written as they stood", parsed_values_are_written_as_they_stood);
    unit_test("doubles are written short and read back exactly", doubles_are_short_and_exact);
    unit_test("random trees read back", random_trees_read_back);
    unit_test("mutated texts do no harm", mutated_texts_do_no_harm);
}
