#include "services/sqs/sqs_names.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/sqs/sqs_receipt.h"

static void names_end_in_fifo_exactly_for_fifo_queues(void) {
    CU_ASSERT(sqs_name_is_valid(TEXT("orders_1-a"), false));
    CU_ASSERT(sqs_name_is_valid(TEXT("orders.fifo"), true));
    CU_ASSERT_FALSE(sqs_name_is_valid(TEXT("orders.fifo"), false));
    CU_ASSERT_FALSE(sqs_name_is_valid(TEXT("orders"), true));
    CU_ASSERT_FALSE(sqs_name_is_valid(TEXT(".fifo"), true));
    CU_ASSERT_FALSE(sqs_name_is_valid(TEXT("or.ders"), false));
    CU_ASSERT_FALSE(sqs_name_is_valid(TEXT(""), false));
}

static void names_have_at_most_80_characters(void) {
    char name[82];
    memset(name, 'a', sizeof(name));
    CU_ASSERT(sqs_name_is_valid((struct text){name, 80}, false));
    CU_ASSERT_FALSE(sqs_name_is_valid((struct text){name, 81}, false));
    CU_ASSERT(sqs_entry_id_is_valid((struct text){name, 80}));
    CU_ASSERT_FALSE(sqs_entry_id_is_valid((struct text){name, 81}));
}

static void group_ids_are_printable_ascii_without_blanks(void) {
    char id[129];
    memset(id, '!', sizeof(id));
    CU_ASSERT(sqs_group_id_is_valid((struct text){id, 128}));
    CU_ASSERT_FALSE(sqs_group_id_is_valid((struct text){id, 129}));
    CU_ASSERT_FALSE(sqs_group_id_is_valid(TEXT("")));
    CU_ASSERT_FALSE(sqs_group_id_is_valid(TEXT("group 123")));
    CU_ASSERT_FALSE(sqs_group_id_is_valid(TEXT("gr\xc3\xbcn")));
}

static void bodies_hold_what_xml_can_carry(void) {
    CU_ASSERT(
        sqs_characters_are_valid(TEXT("a\tb\r\nc \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbd \xf0\x9f\x98\x80")));
    CU_ASSERT_FALSE(sqs_characters_are_valid(TEXT("a\0b")));
    CU_ASSERT_FALSE(sqs_characters_are_valid(TEXT("\x1f")));
    CU_ASSERT_FALSE(sqs_characters_are_valid(TEXT("\xef\xbf\xbe")));
    CU_ASSERT_FALSE(sqs_characters_are_valid(TEXT("\xed\xa0\x80")));
}

/* Wherever it stands among plain bytes. */
static void a_bad_byte_is_found_anywhere(void) {
    char body[40];
    for (size_t at = 0; at < sizeof(body); at++) {
        memset(body, '~', sizeof(body));
        CU_ASSERT(sqs_characters_are_valid((struct text){body, sizeof(body)}));
        body[at] = '\n';
        CU_ASSERT(sqs_characters_are_valid((struct text){body, sizeof(body)}));
        body[at] = ' ';
        CU_ASSERT(sqs_characters_are_valid((struct text){body, sizeof(body)}));
        body[at] = '\x0b';
        CU_ASSERT_FALSE(sqs_characters_are_valid((struct text){body, sizeof(body)}));
    }
}

static void check_url(const char *url, const char *region, const char *account, const char *name) {
    struct sqs_queue_url parsed;
    CU_ASSERT_FATAL(sqs_queue_url_parse(text_of(url), &parsed));
    CU_ASSERT(region ? text_equals(parsed.region, region) : !parsed.region.data);
    CU_ASSERT(account ? text_equals(parsed.account, account) : !parsed.account.data);
    CU_ASSERT(text_equals(parsed.name, name));
}

static void queue_urls_are_read_whatever_their_host(void) {
    check_url("http://localhost:4566/000000000000/q", NULL, "000000000000", "q");
    check_url("https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo", "eu-west-1", "123456789012",
              "q.fifo");
    check_url("https://us-west-2.queue.amazonaws.com/123456789012/q", "us-west-2", "123456789012", "q");
    check_url("https://queue.amazonaws.com/123456789012/q", NULL, "123456789012", "q");
    check_url("http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q", "us-east-1",
              "000000000000", "q");
    check_url("http://localhost:4566/queue/q", NULL, NULL, "q");
    check_url("http://localhost:4566/queue/eu-central-1/000000000000/q/", "eu-central-1", "000000000000",
              "q");
    check_url("/000000000000/q", NULL, "000000000000", "q");
    check_url("q", NULL, NULL, "q");
}

static void what_names_no_queue_is_refused(void) {
    static const char *const urls[] = {"",
                                       "http://localhost",
                                       "http://localhost/",
                                       "http://localhost/q",
                                       "http://localhost/000/q",
                                       "http://localhost/000000000000/",
                                       "/",
                                       "http://localhost/a/b/c/d/e/f"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct sqs_queue_url parsed;
        CU_ASSERT_FALSE(sqs_queue_url_parse(text_of(urls[i]), &parsed));
    }
}

static void receipt_handles_come_back_as_they_went(void) {
    const struct sqs_receipt receipts[] = {
        {1, 1, 1}, {7, 123456789012, 3}, {INT64_MAX, INT64_MAX, UINT32_MAX}};
    for (size_t i = 0; i < 3; i++) {
        char handle[SQS_RECEIPT_SIZE];
        struct sqs_receipt read;
        sqs_receipt_write(handle, &receipts[i]);
        CU_ASSERT_EQUAL(memcmp(handle, "AQEB", 4), 0);
        CU_ASSERT_FATAL(sqs_receipt_read((struct text){handle, sizeof(handle)}, &read));
        CU_ASSERT_EQUAL(read.queue_id, receipts[i].queue_id);
        CU_ASSERT_EQUAL(read.message_id, receipts[i].message_id);
        CU_ASSERT_EQUAL(read.number, receipts[i].number);
    }
}

static void a_changed_receipt_handle_is_none(void) {
    char handle[SQS_RECEIPT_SIZE];
    struct sqs_receipt receipt = {2, 3, 4};
    struct sqs_receipt read;
    sqs_receipt_write(handle, &receipt);
    for (size_t i = 0; i < sizeof(handle); i++) {
        char kept = handle[i];
        handle[i] = kept == 'A' ? 'B' : 'A';
        CU_ASSERT_FALSE(sqs_receipt_read((struct text){handle, sizeof(handle)}, &read));
        handle[i] = '\0';
        CU_ASSERT_FALSE(sqs_receipt_read((struct text){handle, sizeof(handle)}, &read));
        handle[i] = kept;
    }
    CU_ASSERT_FALSE(sqs_receipt_read(TEXT("garbage"), &read));
    CU_ASSERT_FALSE(sqs_receipt_read((struct text){handle, sizeof(handle) - 1}, &read));
}

void sqs_names_test(void) {
    unit_test("queue names end in .fifo exactly for FIFO queues", names_end_in_fifo_exactly_for_fifo_queues);
    unit_test("queue names and batch ids have at most 80 characters", names_have_at_most_80_characters);
    unit_test("group ids are printable ASCII without blanks", group_ids_are_printable_ascii_without_blanks);
    unit_test("bodies hold what XML can carry", bodies_hold_what_xml_can_carry);
    unit_test("a byte that XML cannot carry is found anywhere", a_bad_byte_is_found_anywhere);
    unit_test("queue URLs are read whatever their host", queue_urls_are_read_whatever_their_host);
    unit_test("what names no queue is refused", what_names_no_queue_is_refused);
    unit_test("receipt handles come back as they went", receipt_handles_come_back_as_they_went);
    unit_test("a changed receipt handle is none", a_changed_receipt_handle_is_none);
}
