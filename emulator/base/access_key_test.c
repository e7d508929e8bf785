#include <CUnit/CUnit.h>

#include "emulator/base/access_key.h"
#include "harness/unit_tests.h"

static void an_access_key_id_carries_its_account(void) {
    struct ids *ids = ids_open(7);
    static const char *const accounts[] = {"000000000000", "123456789012", "999999999999"};
    for (size_t i = 0; i < 3; i++) {
        char id[ACCESS_KEY_ID_SIZE];
        char account[13];
        access_key_make_id(ids, "ASIA", accounts[i], id);
        CU_ASSERT_EQUAL(strlen(id), 20);
        CU_ASSERT_TRUE(access_key_account(text_of(id), account));
        CU_ASSERT_STRING_EQUAL(account, accounts[i]);
    }
    ids_close(ids);
}

/* The example of AWS's own form that is widely published. */
static void an_id_made_by_aws_is_read(void) {
    char account[13];
    CU_ASSERT_TRUE(access_key_account(TEXT("ASIAQNZGKIQY56JQ7WML"), account));
    CU_ASSERT_STRING_EQUAL(account, "029608264753");
}

static void other_texts_carry_no_account(void) {
    char account[13];
    CU_ASSERT_FALSE(access_key_account(TEXT("test"), account));
    CU_ASSERT_FALSE(access_key_account(TEXT("ASIA0000000000000000"), account));
    CU_ASSERT_FALSE(access_key_account(TEXT("AKIAIOSFODNN7EXAMPLE"), account));
}

void access_key_test(void) {
    unit_test("an access key id carries its account", an_access_key_id_carries_its_account);
    unit_test("an id made by AWS is read", an_id_made_by_aws_is_read);
    unit_test("other texts carry no account", other_texts_carry_no_account);
}
