#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/template_url.h"

static void check(const char *url, const char *bucket, const char *key) {
    struct arena *arena = arena_open();
    const char *found_bucket = NULL;
    const char *found_key = NULL;
    const char *version = NULL;
    const char *bad_domain = NULL;
    bool good = template_url_parse(arena, url, &found_bucket, &found_key, &version, &bad_domain);
    CU_ASSERT_EQUAL(good, bucket != NULL);
    if (good && bucket) {
        CU_ASSERT_STRING_EQUAL(found_bucket, bucket);
        CU_ASSERT_STRING_EQUAL(found_key, key);
    }
    arena_close(arena);
}

static void both_styles(void) {
    check("https://s3.amazonaws.com/tpl/dir/a.yaml", "tpl", "dir/a.yaml");
    check("https://s3.eu-west-1.amazonaws.com/tpl/a.yaml", "tpl", "a.yaml");
    check("https://s3-eu-west-1.amazonaws.com/tpl/a.yaml", "tpl", "a.yaml");
    check("https://tpl.s3.amazonaws.com/dir/a.yaml", "tpl", "dir/a.yaml");
    check("https://my.tpl.s3.eu-west-1.amazonaws.com/a%20b.yaml", "my.tpl", "a b.yaml");
    check("https://tpl.s3-us-west-2.amazonaws.com/a", "tpl", "a");
}

static void our_own_addresses(void) {
    check("http://127.0.0.1:4566/tpl/a.yaml", "tpl", "a.yaml");
    check("http://localhost:4566/tpl/a.yaml", "tpl", "a.yaml");
    check("http://tpl.s3.localhost.localstack.cloud:4566/a.yaml", "tpl", "a.yaml");
}

static void others(void) {
    check("https://example.com/a.yaml", NULL, NULL);
    check("ftp://s3.amazonaws.com/tpl/a", NULL, NULL);
    check("https://s3.amazonaws.com/tpl", NULL, NULL);
    check("https://", NULL, NULL);
    check("", NULL, NULL);
}

static void names_a_bad_domain(void) {
    struct arena *arena = arena_open();
    const char *bucket;
    const char *key;
    const char *version;
    const char *bad_domain;
    CU_ASSERT_FALSE(template_url_parse(arena, "s3://tpl/a.yaml", &bucket, &key, &version, &bad_domain));
    CU_ASSERT_STRING_EQUAL(bad_domain, "tpl");
    CU_ASSERT_TRUE(template_url_parse(arena, "https://s3.amazonaws.com/t/k?versionId=v1", &bucket, &key,
                                      &version, &bad_domain));
    CU_ASSERT_STRING_EQUAL(key, "k");
    CU_ASSERT_STRING_EQUAL(version, "v1");
    arena_close(arena);
}

void template_url_test(void);
void template_url_test(void) {
    unit_test("a template URL is read in path and in host style", both_styles);
    unit_test("a template URL may lead to the emulator itself", our_own_addresses);
    unit_test("other URLs are no template URLs", others);
    unit_test("an s3:// URL is refused by its bucket's name; a version is taken along", names_a_bad_domain);
}
