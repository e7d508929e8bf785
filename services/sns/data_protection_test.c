#include "services/sns/data_protection.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

#define STATEMENT                                                                                            \
    "{\"Sid\":\"s\",\"DataDirection\":\"Inbound\",\"Principal\":[\"*\"],\"DataIdentifier\":["                \
    "\"arn:aws:dataprotection::aws:data-identifier/CreditCardNumber\"],\"Operation\":"
#define POLICY(operation)                                                                                    \
    "{\"Name\":\"p\",\"Description\":\"d\",\"Version\":\"2021-06-01\",\"Statement\":[" STATEMENT operation   \
    "}]}"

static bool is_good(const char *policy) {
    struct arena *arena = arena_open();
    bool good = data_protection_problem(arena, text_of(policy)) == NULL;
    arena_close(arena);
    return good;
}

static void the_three_operations_are_policies(void) {
    CU_ASSERT(is_good(POLICY("{\"Deny\":{}}")));
    CU_ASSERT(is_good(POLICY("{\"Deidentify\":{\"MaskConfig\":{\"MaskWithCharacter\":\"#\"}}}")));
    CU_ASSERT(is_good(POLICY("{\"Audit\":{\"SampleRate\":\"99\",\"FindingsDestination\":{},"
                             "\"NoFindingsDestination\":{}}}")));
}

static void what_lacks_a_part_is_none(void) {
    static const char *const policies[] = {
        "no json",
        "[]",
        "{}",
        "{\"Name\":\"p\",\"Version\":\"2012-10-17\",\"Statement\":[" STATEMENT "{\"Deny\":{}}}]}",
        "{\"Name\":\"p\",\"Version\":\"2021-06-01\",\"Statement\":[]}",
        "{\"Name\":\"p\",\"Version\":\"2021-06-01\",\"Statement\":[7]}",
        "{\"Name\":\"p\",\"Version\":\"2021-06-01\",\"Statement\":[{\"DataDirection\":\"Sideways\"}]}",
        POLICY("{}"),
        POLICY("{\"Allow\":{}}"),
        POLICY("{\"Deny\":{},\"Audit\":{}}"),
        POLICY("{\"Deny\":true}"),
    };
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        CU_ASSERT_FALSE(is_good(policies[i]));
    }
}

void data_protection_test(void) {
    unit_test("the three operations are policies", the_three_operations_are_policies);
    unit_test("what lacks a part is none", what_lacks_a_part_is_none);
}
