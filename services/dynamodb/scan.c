#include "services/dynamodb/page.h"

static bool check_segments(struct call *call, struct input input, struct result *refusal) {
    bool segment = input_has(input, "Segment"), total = input_has(input, "TotalSegments");
    int64_t which = input_integer(input, "Segment", 0), of = input_integer(input, "TotalSegments", 1);
    if (segment && !total) {
        *refusal =
            dynamodb_invalid(call, "The TotalSegments parameter is required but was not present in the "
                                   "request when Segment parameter is present");
        return false;
    }
    if (total && !segment) {
        *refusal =
            dynamodb_invalid(call, "The Segment parameter is required but was not present in the request "
                                   "when parameter TotalSegments is present");
        return false;
    }
    if (which >= of) {
        *refusal = dynamodb_invalid(call,
                                    "The Segment parameter is zero-based and must be less than parameter "
                                    "TotalSegments: Segment: %lld is not less than TotalSegments: %lld",
                                    (long long)which, (long long)of);
        return false;
    }
    return true;
}

struct result dynamodb_scan(struct call *call, struct input input) {
    struct result refusal;
    struct page page = {0};
    if (!page_read_request(call, input, "ScanFilter", &page, NULL, &refusal) ||
        !check_segments(call, input, &refusal) || !page_find(call, input, &page, &refusal)) {
        return refusal;
    }
    int64_t which = input_integer(input, "Segment", 0), of = input_integer(input, "TotalSegments", 1);
    int64_t first = which * KEY_SLOTS / of, last = (which + 1) * KEY_SLOTS / of - 1;
    struct item_place after = {
        .slot = first - 1, .hash = key_bounds_all().to, .range = TEXT(""), .base = TEXT("")};
    if (page.start && !page_start(call, &page, &after)) {
        return dynamodb_invalid(call,
                                "The provided starting key is invalid: The provided key element does not "
                                "match the schema");
    }
    if (page.start && (after.slot < first || after.slot > last)) {
        return dynamodb_invalid(call,
                                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                                "ExclusiveStartKey with correct Segment. TotalSegments: %lld Segment: %lld",
                                (long long)of, (long long)which);
    }
    return page_answer(call, input, &page,
                       dynamodb_store_scan(call->store, page.table, page.index, &after, last));
}
