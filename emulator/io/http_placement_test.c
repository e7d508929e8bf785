#include "emulator/io/http_placement.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "harness/unit_tests.h"

static char memory[10000];

static const struct MHD_Connection *handle_at(size_t offset) {
    return (const struct MHD_Connection *)(const void *)(memory + offset);
}

static void the_shortest_distance_in_order_counts(void) {
    struct http_placement placement = {0};
    http_placement_learn(&placement, memory + 500, 0, handle_at(100), memory + 2000);
    CU_ASSERT_EQUAL(placement.distance, 0); /* libmicrohttpd's block came from elsewhere */
    http_placement_learn(&placement, memory + 500, 0, handle_at(3000), memory + 2000);
    CU_ASSERT_EQUAL(placement.distance, 0); /* its memory did */
    http_placement_learn(&placement, memory, 64, handle_at(200), memory + 2064);
    CU_ASSERT_EQUAL(placement.distance, 2000); /* without the padding */
    http_placement_learn(&placement, memory, 300, handle_at(500), memory + 900);
    CU_ASSERT_EQUAL(placement.distance, 600);
    http_placement_learn(&placement, memory, 0, handle_at(500), memory + 7000);
    CU_ASSERT_EQUAL(placement.distance, 600); /* something came in between */
}

static void blocks_can_be_used_whatever_their_padding(void) {
    struct http_placement placement = {0};
    for (size_t distance = 0; distance < 4200; distance += 100) {
        placement.distance = distance;
        size_t padding;
        char *block = http_placement_alloc(&placement, 48, &padding);
        CU_ASSERT(padding <= 1024 && (distance > 0 || padding == 0));
        memset(block, 1, 48 + padding);
        free(block);
    }
}

void http_placement_test(void) {
    unit_test("the shortest distance counts, of what lies in order", the_shortest_distance_in_order_counts);
    unit_test("blocks can be used whatever their padding", blocks_can_be_used_whatever_their_padding);
}
