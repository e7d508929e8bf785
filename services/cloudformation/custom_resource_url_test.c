#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/custom_resource_url.h"

#define STACK_ID                                                                                             \
    "arn:aws:cloudformation:us-east-1:000000000000:stack/sum/0d2f3c5e-1111-2222-3333-444455556666"

static struct arena *arena;
static struct ids *ids;

static char *build(const char *region) {
    const struct custom_resource_url url = {.region = region,
                                            .stack_id = STACK_ID,
                                            .logical_id = "Sum",
                                            .request_id = "req-1",
                                            .now_ms = 1736133406000};
    return custom_resource_url_build(arena, ids, &url);
}

static void open_all(void) {
    arena = arena_open();
    ids = ids_open(1);
}

static void close_all(void) {
    ids_close(ids);
    arena_close(arena);
}

static void looks_as_captured(void) {
    open_all();
    const char *url = build("us-east-1");
    static const char start[] =
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/"
        "arn%3Aaws%3Acloudformation%3Aus-east-1%3A000000000000%3Astack/sum/"
        "0d2f3c5e-1111-2222-3333-444455556666"
        "%7CSum%7Creq-1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20250106T031646Z&X-Amz-SignedHeaders=host"
        "&X-Amz-Expires=7200&X-Amz-Credential=AKIA";
    CU_ASSERT_EQUAL(strncmp(url, start, sizeof start - 1), 0);
    const char *signature = strstr(url, "&X-Amz-Signature=");
    CU_ASSERT_PTR_NOT_NULL_FATAL(signature);
    CU_ASSERT_EQUAL(strlen(signature), strlen("&X-Amz-Signature=") + 64);
    CU_ASSERT_PTR_NOT_NULL(strstr(url, "%2F20250106%2Fus-east-1%2Fs3%2Faws4_request&"));
    close_all();
}

static void names_the_region(void) {
    open_all();
    CU_ASSERT_PTR_NOT_NULL(strstr(build("eu-west-1"), "-response-euwest1.s3.eu-west-1.amazonaws.com/"));
    CU_ASSERT_PTR_NOT_NULL(strstr(build("cn-north-1"), "-response-cnnorth1.s3.cn-north-1.amazonaws.com.cn/"));
    close_all();
}

static void check_key(const char *path) {
    struct custom_resource_key key;
    CU_ASSERT_TRUE_FATAL(custom_resource_url_parse(arena, text_of(path), &key));
    CU_ASSERT_STRING_EQUAL(key.stack_id, STACK_ID);
    CU_ASSERT_STRING_EQUAL(key.logical_id, "Sum");
    CU_ASSERT_STRING_EQUAL(key.request_id, "req-1");
}

static void reads_every_spelling_of_the_key(void) {
    open_all();
    check_key("/arn%3Aaws%3Acloudformation%3Aus-east-1%3A000000000000%3Astack/sum/"
              "0d2f3c5e-1111-2222-3333-444455556666%7CSum%7Creq-1");
    check_key("/" STACK_ID "|Sum|req-1");
    check_key("/cloudformation-custom-resource-response-useast1/" STACK_ID "%7cSum%7creq-1");
    close_all();
}

static void refuses_other_paths(void) {
    static const char *const paths[] = {
        "/", "", "/arn:x", "/arn:x|a", "/arn:x|a|b|c", "/a|b|c", "/arn%00:x|a|b"};
    open_all();
    struct custom_resource_key key;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CU_ASSERT_FALSE(custom_resource_url_parse(arena, text_of(paths[i]), &key));
    }
    close_all();
}

void custom_resource_url_test(void);
void custom_resource_url_test(void) {
    unit_test("a ResponseURL looks as those captured from AWS", looks_as_captured);
    unit_test("a ResponseURL names its Region's host", names_the_region);
    unit_test("the key is read escaped or plain, with or without the bucket",
              reads_every_spelling_of_the_key);
    unit_test("a path that is no answer's key is refused", refuses_other_paths);
}
