#include "emulator/base/ids.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void same_seed_same_run(void) {
    struct ids *one = ids_open(42);
    struct ids *two = ids_open(42);
    struct ids *other = ids_open(43);
    char a[UUID_SIZE];
    char b[UUID_SIZE];
    char c[UUID_SIZE];
    ids_uuid(one, a);
    ids_uuid(two, b);
    ids_uuid(other, c);
    CU_ASSERT_STRING_EQUAL(a, b);
    CU_ASSERT_STRING_NOT_EQUAL(a, c);
    ids_uuid(one, b);
    CU_ASSERT_STRING_NOT_EQUAL(a, b);
    ids_restart(one, 42);
    ids_uuid(one, b);
    CU_ASSERT_STRING_EQUAL(a, b);
    ids_close(one);
    ids_close(two);
    ids_close(other);
}

static void tells_the_seed_it_chose(void) {
    struct ids *ids = ids_open(0);
    uint64_t seed = ids_seed(ids);
    CU_ASSERT_NOT_EQUAL(seed, 0);
    CU_ASSERT(seed <= INT64_MAX);
    struct ids *again = ids_open(seed);
    CU_ASSERT_EQUAL(ids_random_below(ids, 1000000007), ids_random_below(again, 1000000007));
    ids_close(ids);
    ids_close(again);
}

static void uuids_are_version_4(void) {
    struct ids *ids = ids_open(1);
    for (int i = 0; i < 100; i++) {
        char uuid[UUID_SIZE];
        ids_uuid(ids, uuid);
        CU_ASSERT_EQUAL(strlen(uuid), 36);
        CU_ASSERT_EQUAL(strspn(uuid, "0123456789abcdef-"), 36);
        CU_ASSERT_EQUAL(uuid[8], '-');
        CU_ASSERT_EQUAL(uuid[14], '4');
        CU_ASSERT_PTR_NOT_NULL(strchr("89ab", uuid[19]));
        CU_ASSERT_EQUAL(uuid[23], '-');
    }
    ids_close(ids);
}

static void numbers_stay_below_and_reach_all(void) {
    struct ids *ids = ids_open(5);
    int seen[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t number = ids_random_below(ids, 7);
        CU_ASSERT_FATAL(number < 7);
        seen[number]++;
    }
    for (int i = 0; i < 7; i++) {
        CU_ASSERT(seen[i] > 800 && seen[i] < 1200);
    }
    CU_ASSERT_EQUAL(ids_random_below(ids, 1), 0);
    ids_close(ids);
}

static void strings_use_their_alphabet(void) {
    struct ids *ids = ids_open(9);
    char out[65];
    ids_random_string(ids, IDS_BASE32, 64, out);
    CU_ASSERT_EQUAL(strlen(out), 64);
    CU_ASSERT_EQUAL(strspn(out, IDS_BASE32), 64);
    unsigned char bytes[13] = {0};
    ids_random_bytes(ids, bytes, 12);
    CU_ASSERT_EQUAL(bytes[12], 0);
    ids_close(ids);
}

void ids_test(void) {
    unit_test("the same seed gives the same ids, another seed others", same_seed_same_run);
    unit_test("a seed from the system can be given back", tells_the_seed_it_chose);
    unit_test("UUIDs have the form of version 4", uuids_are_version_4);
    unit_test("numbers are even and below their bound", numbers_stay_below_and_reach_all);
    unit_test("strings have the asked size and letters", strings_use_their_alphabet);
}
