#include "emulator/base/yaml.h"

#include <CUnit/CUnit.h>

#include "emulator/base/strbuf.h"
#include "harness/unit_tests.h"

static const struct yaml_options core = {.scalars = YAML_CORE_SCALARS};
static const struct yaml_options strings = {.scalars = YAML_STRING_SCALARS};
static const struct yaml_options strict = {.reject_duplicate_keys = true, .reject_aliases = true};
static const struct yaml_options template = {.scalars = YAML_STRING_SCALARS, .cloudformation_tags = true};

/* The document as JSON equals `expected`; the message of an error shows in the failure. */
static void assert_loads(const char *source, const struct yaml_options *options, const char *expected) {
    struct yaml_error error = {0};
    struct yaml_document *document = yaml_load(text_of(source), "f", options, &error);
    char *found = document ? json_dumps(yaml_root(document), JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!found || strcmp(found, expected) != 0) {
        fprintf(stderr, "\n  %s\n  gave  %s\n  not   %s\n", source, found ? found : error.message, expected);
        CU_FAIL("another document than expected");
    }
    free(found);
    yaml_close(document);
}

static void assert_fails(const char *source, const struct yaml_options *options, int line, int column,
                         const char *message) {
    struct yaml_error error = {0};
    struct yaml_document *document = yaml_load(text_of(source), "f", options, &error);
    CU_ASSERT_PTR_NULL(document);
    CU_ASSERT_EQUAL(error.line, line);
    CU_ASSERT_EQUAL(error.column, column);
    CU_ASSERT_STRING_EQUAL(error.message, message);
    yaml_close(document);
}

static void core_scalars_get_their_types(void) {
    assert_loads("[1, -7, +3, 0, 0x1F, 0o17, 1.5, .5, 1e3, -1.0]", &core,
                 "[1,-7,3,0,31,15,1.5,0.5,1000.0,-1.0]");
    assert_loads("[true, False, TRUE, null, ~, Null, ]", &core, "[true,false,true,null,null,null]");
    assert_loads("a:\nb: ''\nc: ~\n", &core, "{\"a\":null,\"b\":\"\",\"c\":null}");
    assert_loads(
        "[yes, no, on, off, y, .inf, .nan, 1.2.3, 0x, 0xG, 0o8, 1_000, 12:30, 1e, '.', -]", &core,
        "[\"yes\",\"no\",\"on\",\"off\",\"y\",\".inf\",\".nan\",\"1.2.3\",\"0x\",\"0xG\",\"0o8\",\"1_000\","
        "\"12:30\",\"1e\",\".\",\"-\"]");
    assert_loads("[000000000000, 007, 2024-01-01, '1', \"true\"]", &core,
                 "[\"000000000000\",\"007\",\"2024-01-01\",\"1\",\"true\"]");
    assert_loads("[!!str 1, !!int '2', !!bool 'true', ! 3, !!seq [], !!map {}]", &core,
                 "[\"1\",2,true,\"3\",[],{}]");
    assert_loads("99999999999999999999", &core, "1e20");
    assert_loads("|\n  two\n  lines\n", &core, "\"two\\nlines\\n\"");
}

static void string_scalars_stay_as_written(void) {
    assert_loads(
        "{a: 1.0, b: 007, c: true, d: ~, e: , f: 1e3, g: 'x'}", &strings,
        "{\"a\":\"1.0\",\"b\":\"007\",\"c\":\"true\",\"d\":null,\"e\":null,\"f\":\"1e3\",\"g\":\"x\"}");
    assert_loads("{\"a\": 1.0, \"c\": true, \"d\": null, \"g\": \"x\"}", &strings,
                 "{\"a\":\"1.0\",\"c\":\"true\",\"d\":null,\"g\":\"x\"}");
}

static void json_comes_by_the_same_door(void) {
    assert_loads(" {\"a\": [1, 2.5, true, null, \"\\ud83d\\ude00\", 1e400], \"b\":\t{}}", &core,
                 "{\"a\":[1,2.5,true,null,\"\xf0\x9f\x98\x80\",\"1e400\"],\"b\":{}}");
    assert_loads("{a: 1, b: [x]}", &core, "{\"a\":1,\"b\":[\"x\"]}");
    assert_fails("{\"a\": 1,\n \"b\" 2}", &core, 2, 6, "expected ':'");
    assert_fails("{\"a\": 1,\n \"a\": 2}", &strict, 2, 2, "duplicate key 'a'");
    assert_fails("{\"a\\u0000\": 1}", &core, 1, 13, "a key cannot hold a NUL character");
}

static void short_forms_become_functions(void) {
    assert_loads(
        "a: !Ref X\nb: !GetAtt A.B.C\nc: !GetAtt [A, B]\nd: !Sub '${X}'\ne: !GetAZs ''\n", &template,
        "{\"a\":{\"Ref\":\"X\"},\"b\":{\"Fn::GetAtt\":[\"A\",\"B.C\"]},\"c\":{\"Fn::GetAtt\":[\"A\",\"B\"]},"
        "\"d\":{\"Fn::Sub\":\"${X}\"},\"e\":{\"Fn::GetAZs\":\"\"}}");
    assert_loads("!If [C, !Join ['', [!Ref A, !Sub \"x\"]], {Fn::Base64: !Sub y}]", &template,
                 "{\"Fn::If\":[\"C\",{\"Fn::Join\":[\"\",[{\"Ref\":\"A\"},{\"Fn::Sub\":\"x\"}]]},"
                 "{\"Fn::Base64\":{\"Fn::Sub\":\"y\"}}]}");
    assert_loads(
        "a: !Sub\n  - '${x}'\n  - x: !Ref 1\nb: !And\n  - !Condition C\n  - !Not [!Equals [a, 1]]\n",
        &template,
        "{\"a\":{\"Fn::Sub\":[\"${x}\",{\"x\":{\"Ref\":\"1\"}}]},"
        "\"b\":{\"Fn::And\":[{\"Condition\":\"C\"},{\"Fn::Not\":[{\"Fn::Equals\":[\"a\",\"1\"]}]}]}}");
    assert_loads("!Transform {Name: X, Parameters: {A: b}}", &template,
                 "{\"Fn::Transform\":{\"Name\":\"X\",\"Parameters\":{\"A\":\"b\"}}}");
    assert_fails("a:\n  - !Reff X\n", &template, 2, 5, "unknown tag !Reff");
    assert_fails("a: !Ref X\n", &core, 1, 4, "unknown tag !Ref");
    assert_fails("a: !!binary eA==\n", &template, 1, 4, "unknown tag !!binary");
}

static void aliases_become_copies(void) {
    assert_loads("a: &x {k: [1]}\nb: *x\nc: &y v\nd: [*y, *x]\n", &core,
                 "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":\"v\",\"d\":[\"v\",{\"k\":[1]}]}");
    assert_loads("{a: &x 1, a: 2, b: *x}", &core, "{\"a\":2,\"b\":1}");
    assert_fails("a: &x [*x]\n", &core, 1, 8, "unknown alias *x");
    assert_fails("a: *none\n", &core, 1, 4, "unknown alias *none");
    assert_fails("a: &x 1\nb: *x\n", &strict, 2, 4,
                 "YAML aliases are not allowed in CloudFormation templates");
}

static void alias_bombs_do_not_go_off(void) {
    struct strbuf source = STRBUF_INIT;
    strbuf_append_string(&source, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++) {
        strbuf_printf(&source, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1);
    }
    struct yaml_error error;
    CU_ASSERT_PTR_NULL(yaml_load(strbuf_text(&source), "f", &core, &error));
    CU_ASSERT_STRING_EQUAL(error.message, "the aliases make the document too large");
    strbuf_clear(&source);
    strbuf_append_string(&source, "- &long ");
    for (int i = 0; i < 100000; i++) {
        strbuf_append_string(&source, "0123456789");
    }
    for (int i = 0; i < 100; i++) {
        strbuf_append_string(&source, "\n- *long");
    }
    CU_ASSERT_PTR_NULL(yaml_load(strbuf_text(&source), "f", &core, &error));
    CU_ASSERT_STRING_EQUAL(error.message, "the aliases make the document too large");
    strbuf_release(&source);
}

static void mistakes_have_a_place(void) {
    assert_fails("a: 1\nb: 2\na: 3\n", &strict, 3, 1, "duplicate key 'a'");
    assert_loads("a: 1\nb: 2\na: 3\n", &core, "{\"a\":3,\"b\":2}");
    assert_fails("a: 1\n---\nb: 2\n", &core, 2, 1, "a second document");
    assert_fails("", &core, 1, 1, "nothing in it");
    assert_fails("# only this\n", &core, 2, 1, "nothing in it");
    assert_fails("[a]: 1\n", &core, 1, 1, "a key must be a string");
    assert_fails("? {a: 1}\n: 2\n", &core, 1, 3, "a key must be a string");
    assert_fails("!Ref x: 1\n", &template, 1, 1, "a key cannot have a tag");
    assert_fails("\"a\\0b\": 1\n", &core, 1, 1, "a key cannot hold a NUL character");
    struct yaml_error error;
    CU_ASSERT_PTR_NULL(yaml_load(TEXT("a: 1\n  b: 2\n"), "f", &core, &error));
    CU_ASSERT_EQUAL(error.line, 2);
    CU_ASSERT_PTR_NULL(yaml_load(TEXT("a: 'x\n"), "f", &core, &error));
    CU_ASSERT_PTR_NULL(yaml_load(TEXT("a: \xff\n"), "f", &core, &error));
    CU_ASSERT_PTR_NULL(yaml_load(TEXT("\ta: 1\n"), "f", &core, &error));
    CU_ASSERT_PTR_NULL(yaml_load(TEXT_NONE, "f", &core, &error));
    char deep[3000];
    memset(deep, '[', sizeof(deep));
    CU_ASSERT_PTR_NULL(yaml_load((struct text){deep, sizeof(deep)}, "f", &core, &error));
    CU_ASSERT_STRING_EQUAL(error.message, "nested too deeply");
    memset(deep, '{', sizeof(deep));
    CU_ASSERT_PTR_NULL(yaml_load((struct text){deep, sizeof(deep)}, "f", &core, &error));
}

static void assert_place(struct position position, int line, int column) {
    CU_ASSERT_EQUAL(position.line, line);
    CU_ASSERT_EQUAL(position.column, column);
    CU_ASSERT_STRING_EQUAL(position.file, "f");
}

static void values_and_keys_know_their_places(void) {
    static const char *const sources[] = {"steps:\n  - name: x\n    wait: 5\n    go: true\n",
                                          "{\"steps\": [\n {\"name\": \"x\",\n  \"wait\": 5,\"go\": true}]}"};
    static const int places[2][6][2] = {{{1, 1}, {2, 3}, {2, 5}, {2, 11}, {3, 11}, {4, 5}},
                                        {{1, 2}, {1, 11}, {2, 2}, {2, 11}, {3, 11}, {3, 13}}};
    for (size_t i = 0; i < 2; i++) {
        struct yaml_error error;
        struct yaml_document *document = yaml_load(text_of(sources[i]), "f", &core, &error);
        CU_ASSERT_PTR_NOT_NULL_FATAL(document);
        json_t *root = yaml_root(document);
        json_t *steps = json_object_get(root, "steps");
        json_t *step = json_array_get(steps, 0);
        assert_place(yaml_key_position(document, root, "steps"), places[i][0][0], places[i][0][1]);
        assert_place(yaml_position(document, steps), places[i][1][0], places[i][1][1]);
        assert_place(yaml_position(document, step), places[i][2][0], places[i][2][1]);
        assert_place(yaml_position(document, json_object_get(step, "name")), places[i][3][0],
                     places[i][3][1]);
        assert_place(yaml_position(document, json_object_get(step, "wait")), places[i][4][0],
                     places[i][4][1]);
        assert_place(yaml_key_position(document, step, "go"), places[i][5][0], places[i][5][1]);
        assert_place(yaml_position(document, json_object_get(step, "go")), 0, 0);
        assert_place(yaml_key_position(document, step, "none"), 0, 0);
        yaml_close(document);
    }
}

static void many_nodes_keep_their_places(void) {
    struct strbuf source = STRBUF_INIT;
    for (int i = 0; i < 3000; i++) {
        strbuf_printf(&source, "key%d: [%d]\n", i, i);
    }
    struct yaml_error error;
    struct yaml_document *document = yaml_load(strbuf_text(&source), "f", &core, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    for (int i = 0; i < 3000; i += 7) {
        char key[16];
        snprintf(key, sizeof(key), "key%d", i);
        CU_ASSERT_EQUAL(yaml_key_position(document, yaml_root(document), key).line, i + 1);
        json_t *list = json_object_get(yaml_root(document), key);
        CU_ASSERT_EQUAL(yaml_position(document, json_array_get(list, 0)).line, i + 1);
    }
    yaml_close(document);
    strbuf_release(&source);
}

void yaml_test(void) {
    unit_test("core scalars get their types", core_scalars_get_their_types);
    unit_test("string scalars stay as written", string_scalars_stay_as_written);
    unit_test("JSON comes by the same door", json_comes_by_the_same_door);
    unit_test("CloudFormation's short forms become functions", short_forms_become_functions);
    unit_test("aliases become copies", aliases_become_copies);
    unit_test("alias bombs do not go off", alias_bombs_do_not_go_off);
    unit_test("mistakes have a place", mistakes_have_a_place);
    unit_test("values and keys know their places, in YAML and JSON", values_and_keys_know_their_places);
    unit_test("thousands of nodes keep their places", many_nodes_keep_their_places);
}
