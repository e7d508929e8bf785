#include "services/dynamodb/page.h"

struct result dynamodb_scan(struct call *call, struct input input) {
    struct result refusal;
    struct page page = {0};
    if (!page_read_request(call, input, "ScanFilter", &page, NULL, &refusal) ||
        !page_find(call, input, &page, &refusal)) {
        return refusal;
    }
    int64_t which = input_integer(input, "Segment", 0), of = input_integer(input, "TotalSegments", 1);
    int64_t first = which * KEY_SLOTS / of, last = (which + 1) * KEY_SLOTS / of - 1;
    struct item_place after = {
        .slot = first - 1, .hash = key_bounds_all().to, .range = TEXT(""), .base = TEXT("")};
    const char *wrong = NULL;
    if (page.start && !page_start(call, &page, &after, &wrong)) {
        return dynamodb_invalid(call, "The provided starting key is invalid: %s", wrong);
    }
    if (page.start && (after.slot < first || after.slot > last)) {
        return dynamodb_invalid(call,
                                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                                "ExclusiveStartKey with correct Segment. TotalSegments: %lld Segment: %lld",
                                (long long)of, (long long)which);
    }
    if (!page_check_projected_keys(call, &page, &refusal) ||
        !page_check_filtered_keys(call, &page, &refusal)) {
        return refusal;
    }
    return page_answer(call, input, &page,
                       dynamodb_store_scan(call->store, page.table, page.index, &after, last));
}
