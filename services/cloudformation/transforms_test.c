#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/transforms.h"

/* Runs all transforms, each of which adds its name to the list "Ran" of its fragment. */
static json_t *run_all(struct arena *arena, const char *body) {
    json_t *root = transforms_parse(arena, text_of(body));
    struct transform_site site;
    for (int i = 0; i < 20 && transforms_next(arena, root, &site); i++) {
        json_t *result = json_copy(site.fragment);
        json_t *ran = json_deep_copy(json_object_get(result, "Ran"));
        ran = ran ? ran : json_array();
        json_array_append_new(ran, json_string(site.name));
        json_object_set_new(result, "Ran", ran);
        root = transforms_put(arena, root, &site, result);
        json_decref(result);
    }
    return root;
}

static const char *dump(struct arena *arena, const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT);
    const char *copy = arena_strdup(arena, text ? text : "");
    free(text);
    return copy;
}

static void lists_run_in_order(void) {
    struct arena *arena = arena_open();
    json_t *root = run_all(arena, "Transform: [{Name: AWS::Include}, A, B]\n"
                                  "Resources: {R: {Fn::Transform: [C, {Name: D}]}}");
    CU_ASSERT_STRING_EQUAL(
        dump(arena, root),
        "{\"Resources\":{\"R\":{\"Ran\":[\"C\",\"D\"]}},\"Ran\":[\"A\",\"B\",\"AWS::Include\"]}");
    arena_close(arena);
}

static void inner_ones_run_first(void) {
    struct arena *arena = arena_open();
    json_t *root = transforms_parse(
        arena, TEXT("Resources: {R: {Fn::Transform: Outer, Properties: {Fn::Transform: {Name: Inner}}}}"));
    struct transform_site site;
    CU_ASSERT_TRUE(transforms_next(arena, root, &site));
    CU_ASSERT_STRING_EQUAL(site.name, "Inner");
    json_t *text = json_string("done");
    root = transforms_put(arena, root, &site, text);
    json_decref(text);
    CU_ASSERT_TRUE(transforms_next(arena, root, &site));
    CU_ASSERT_STRING_EQUAL(site.name, "Outer");
    CU_ASSERT_STRING_EQUAL(dump(arena, site.fragment), "{\"Properties\":\"done\"}");
    arena_close(arena);
}

static void language_extensions_stay(void) {
    struct arena *arena = arena_open();
    json_t *root = run_all(arena, "Transform: [AWS::LanguageExtensions, M]\nResources: {}");
    CU_ASSERT_STRING_EQUAL(dump(arena, root),
                           "{\"Resources\":{},\"Ran\":[\"M\"],\"Transform\":[\"AWS::LanguageExtensions\"]}");
    arena_close(arena);
}

static void included_text_is_joined(void) {
    struct arena *arena = arena_open();
    json_t *fragment = transforms_parse(arena, TEXT("Outputs: {A: {Value: a}}\nResources: {R: {Type: T}}"));
    json_t *joined = transforms_include(arena, fragment, TEXT("Outputs: {B: {Value: b}}"));
    CU_ASSERT_STRING_EQUAL(dump(arena, joined),
                           "{\"Outputs\":{\"A\":{\"Value\":\"a\"},\"B\":{\"Value\":\"b\"}},"
                           "\"Resources\":{\"R\":{\"Type\":\"T\"}}}");
    CU_ASSERT_PTR_NULL(transforms_include(arena, fragment, TEXT("{\"not\": [closed")));
    arena_close(arena);
}

static void hostile_transforms_end(void) {
    static const char *const bodies[] = {
        "Fn::Transform: X",
        "Fn::Transform: []",
        "Fn::Transform: [1, null]",
        "Transform: {Parameters: {A: 1}}",
        "Resources: [{Fn::Transform: {Name: [1]}}]",
        "Transform: [[A]]",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct arena *arena = arena_open();
        CU_ASSERT_TRUE(json_is_object(run_all(arena, bodies[i])));
        arena_close(arena);
    }
    struct arena *arena = arena_open();
    CU_ASSERT_PTR_NULL(transforms_parse(arena, TEXT("[1, 2]")));
    arena_close(arena);
}

void transforms_test(void);
void transforms_test(void) {
    unit_test("transforms of a list run in order, AWS::Include last", lists_run_in_order);
    unit_test("inner transforms run first, and their results may be texts", inner_ones_run_first);
    unit_test("language extensions are left for later", language_extensions_stay);
    unit_test("included text joins the sections of a template", included_text_is_joined);
    unit_test("hostile transforms come to an end", hostile_transforms_end);
}
