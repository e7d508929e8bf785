/* What targets get; the transformed texts are recorded answers of AWS. */
#include "services/events/event_input.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static const char event[] =
    "{\"id\":\"1\",\"detail\":{\"id\":\"0a\",\"flag\":true,\"n\":5,\"one\":[\"HIGH\"],\"two\":[\"A\",\"B\"],"
    "\"a b\":{\"acc\":\"0a\",\"sf\":\"baz\"},\"quote\":\"say \\\"x\\\"\"}}";

/* NULL: nothing is delivered. */
static bool gives(const char *target, const char *wanted) {
    struct arena *arena = arena_open();
    struct event_input_source source = {text_of(event), json_parse(arena, text_of(event), NULL), "arn:rule",
                                        "rule", 1000};
    struct text made = event_input_make(arena, json_parse(arena, text_of(target), NULL), &source);
    bool same = wanted ? text_equals(made, wanted) : !made.data;
    if (!same) {
        fprintf(stderr, "%s\n  gives  %.*s\n  wanted %s\n", target, TEXT_ARGUMENTS(made),
                wanted ? wanted : "nothing");
    }
    arena_close(arena);
    return same;
}

static bool fills(const char *template, const char *wanted) {
    struct strbuf target = STRBUF_INIT;
    strbuf_append_string(&target, "{\"InputTransformer\":{\"InputPathsMap\":{\"id\":\"$.detail.id\",\"flag\":"
                                  "\"$.detail.flag\",\"n\":\"$.detail.n\",\"one\":\"$.detail.one\",\"two\":"
                                  "\"$.detail.two\",\"map\":\"$.detail['a b']\",\"none\":\"$.detail.no\","
                                  "\"first\":\"$.detail.two[0]\",\"quote\":\"$.detail.quote\"},"
                                  "\"InputTemplate\":");
    json_write_string(&target, text_of(template));
    strbuf_append_string(&target, "}}");
    bool same = gives(target.data, wanted);
    strbuf_release(&target);
    return same;
}

static void a_target_gets_the_event_a_constant_or_a_part(void) {
    CU_ASSERT(gives("{}", event));
    CU_ASSERT(gives("{\"Input\":\"{\\\"a\\\": 1}\"}", "{\"a\": 1}"));
    CU_ASSERT(gives("{\"InputPath\":\"$.detail.two\"}", "[\"A\",\"B\"]"));
    CU_ASSERT(gives("{\"InputPath\":\"$.detail.two[1]\"}", "\"B\""));
    CU_ASSERT(gives("{\"InputPath\":\"$.detail.absent\"}", "null"));
    CU_ASSERT(gives("{\"InputPath\":\"$\"}", event));
}

static void a_template_is_filled(void) {
    CU_ASSERT(fills("\"id <id>, flag <flag>, n <n>, none <none>!\"", "\"id 0a, flag true, n 5, none !\""));
    CU_ASSERT(fills("\"<one> single\"\n\"<two> multi\"\n\"<map> map\"",
                    "\"[HIGH] single\"\n\"[A,B] multi\"\n\"{acc:0a,sf:baz} map\""));
    CU_ASSERT(fills("{\"id\": <id>, \"path\": \"users/<id>\", \"map\": <map>, \"one\": <one>}",
                    "{\"id\": \"0a\", \"path\": \"users/0a\", \"map\": {\"acc\":\"0a\",\"sf\":\"baz\"}, "
                    "\"one\": [\"HIGH\"]}"));
    CU_ASSERT(fills("{\"first\": <first>, \"said\": \"<quote>\"}",
                    "{\"first\": \"A\", \"said\": \"say \\\"x\\\"\"}"));
    CU_ASSERT(fills("{\"one\": \"<one>\"}", NULL));
    CU_ASSERT(fills("<id> without quotes: <two>", "0a without quotes: [A,B]"));
    CU_ASSERT(fills("{\"event\": <aws.events.event>}", "{\"event\": {\"id\":\"1\"}}"));
    CU_ASSERT(fills("{\"rule\": <aws.events.rule-name>, \"at\": \"<aws.events.event.ingestion-time>\"}",
                    "{\"rule\": \"rule\", \"at\": \"1970-01-01T00:00:01Z\"}"));
    CU_ASSERT(fills("{\"less\": \"a < b\", \"name\": <aws.events.rule-arn>}",
                    "{\"less\": \"a < b\", \"name\": \"arn:rule\"}"));
}

static void placeholders_and_paths_are_checked(void) {
    struct arena *arena = arena_open();
    const struct json_value *paths = json_parse(arena, TEXT("{\"a\":\"$.a\"}"), NULL);
    CU_ASSERT(text_equals(event_input_unknown_placeholder(TEXT("\"<a> <b>\""), paths), "b"));
    CU_ASSERT_PTR_NULL(event_input_unknown_placeholder(TEXT("<a> <aws.events.rule-arn> < c >"), paths).data);
    CU_ASSERT(event_input_path_is_valid(TEXT("$.detail.a[0]['b c']")));
    CU_ASSERT_FALSE(event_input_path_is_valid(TEXT("detail")));
    CU_ASSERT_FALSE(event_input_path_is_valid(TEXT("$..a")));
    CU_ASSERT_FALSE(event_input_path_is_valid(TEXT("$.a[")));
    arena_close(arena);
}

void event_input_test(void);
void event_input_test(void) {
    unit_test("a target gets the event, a constant or a part", a_target_gets_the_event_a_constant_or_a_part);
    unit_test("a template is filled", a_template_is_filled);
    unit_test("placeholders and paths are checked", placeholders_and_paths_are_checked);
}
