#include "emulator/core/foreign_page.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static bool is_foreign(const char *origin) {
    const struct http_header header = {TEXT("origin"), text_of(origin)};
    const struct http_request request = {.headers = &header, .header_count = 1};
    return comes_from_foreign_page(&request);
}

static void pages_of_this_machine_may_call(void) {
    static const char *const own[] = {"http://localhost",          "https://localhost:3000",
                                      "http://app.localhost:8080", "http://127.0.0.1:4566",
                                      "http://127.8.9.1",          "http://[::1]:5173"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        CU_ASSERT_FALSE(is_foreign(own[i]));
    }
    CU_ASSERT_FALSE(comes_from_foreign_page(&(struct http_request){0}));
}

static void pages_of_others_may_not(void) {
    static const char *const others[] = {"https://example.com",
                                         "null",
                                         "",
                                         "localhost",
                                         "http://localhost.example.com",
                                         "http://127.0.0.1.example.com",
                                         "http://notlocalhost",
                                         "http://128.0.0.1",
                                         "http://[::2]",
                                         "http://",
                                         "http://127.0.0.1@example.com",
                                         "chrome-extension://abcdefghijklmnop"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CU_ASSERT(is_foreign(others[i]));
    }
}

void foreign_page_test(void) {
    unit_test("pages of this machine and programs may call", pages_of_this_machine_may_call);
    unit_test("pages of others may not", pages_of_others_may_not);
}
