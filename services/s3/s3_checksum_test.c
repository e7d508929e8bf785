#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/s3/s3_checksum.h"

/* Values that AWS answered: recorded/s3, test_multipart_copy_object_etag and test_complete_multipart_... */
static void checksums_are_what_aws_answers(void) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(s3_checksum(arena, S3_CRC64NVME, TEXT("test content 123")), "BsLNlKumA5I=");
    CU_ASSERT_STRING_EQUAL(s3_checksum(arena, S3_CRC64NVME, TEXT("aaa")), "Rnr2/5P7Gsk=");
    CU_ASSERT_STRING_EQUAL(s3_checksum(arena, S3_CRC32C, TEXT("test content 123")), "fwuu0Q==");
    CU_ASSERT_STRING_EQUAL(s3_checksum(arena, S3_CRC32, TEXT("test-checksum")), "lVk/nw==");
    arena_close(arena);
}

static void composite_checksums_are_what_aws_answers(void) {
    struct arena *arena = arena_open();
    const char *one[] = {"fwuu0Q=="};
    CU_ASSERT_STRING_EQUAL(s3_checksum_composite(arena, S3_CRC32C, one, 1), "sZB91Q==-1");
    const char *three[] = {"NRU+Sw==", "NRU+Sw==", "TBHN8A=="};
    CU_ASSERT_STRING_EQUAL(s3_checksum_composite(arena, S3_CRC32, three, 3), "5FRUiw==-3");
    arena_close(arena);
}

static void crcs_of_pieces_combine_to_the_crc_of_the_whole(void) {
    struct arena *arena = arena_open();
    static const enum s3_checksum_algorithm crcs[] = {S3_CRC32, S3_CRC32C, S3_CRC64NVME};
    static const char whole[] = "Polynomial division, done by hand and in pieces";
    for (size_t i = 0; i < 3; i++) {
        for (size_t cut = 0; cut < sizeof(whole); cut++) {
            struct text first = {whole, cut};
            struct text second = {whole + cut, sizeof(whole) - cut};
            const char *combined =
                s3_checksum_combine(arena, crcs[i], s3_checksum(arena, crcs[i], first),
                                    s3_checksum(arena, crcs[i], second), (int64_t)second.size);
            const char *expected = s3_checksum(arena, crcs[i], (struct text){whole, sizeof(whole)});
            CU_ASSERT_STRING_EQUAL(combined, expected);
        }
    }
    arena_close(arena);
}

static void a_value_of_the_wrong_size_is_invalid(void) {
    CU_ASSERT_TRUE(s3_checksum_is_valid(S3_CRC32, TEXT("lVk/nw==")));
    CU_ASSERT_FALSE(s3_checksum_is_valid(S3_SHA256, TEXT("lVk/nw==")));
    CU_ASSERT_FALSE(s3_checksum_is_valid(S3_CRC32, TEXT("no base64")));
}

void s3_checksum_test(void) {
    unit_test("checksums are what AWS answers", checksums_are_what_aws_answers);
    unit_test("composite checksums are what AWS answers", composite_checksums_are_what_aws_answers);
    unit_test("CRCs of pieces combine to the CRC of the whole",
              crcs_of_pieces_combine_to_the_crc_of_the_whole);
    unit_test("a value of the wrong size is invalid", a_value_of_the_wrong_size_is_invalid);
}
