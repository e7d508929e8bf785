#include "emulator/base/diagnostic.h"

#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"

static void prints_all_with_their_places(void) {
    struct diagnostics *diagnostics = diagnostics_open();
    CU_ASSERT_EQUAL(diagnostics_count(diagnostics), 0);
    char name[] = "a.yaml";
    diagnostics_add(diagnostics, (struct position){name, 3, 7}, "unknown step '%s'", "x");
    name[0] = 'z';
    diagnostics_add(diagnostics, (struct position){"b.yaml", 4, 0}, "no steps");
    diagnostics_add(diagnostics, (struct position){"c.yaml", 0, 0}, "cannot be read");
    diagnostics_add(diagnostics, (struct position){NULL, 0, 0}, "unknown flag");
    CU_ASSERT_EQUAL(diagnostics_count(diagnostics), 4);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    diagnostics_print(diagnostics, stream);
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "a.yaml:3:7: unknown step 'x'\nb.yaml:4: no steps\n"
                                 "c.yaml: cannot be read\nstackrig: unknown flag\n");
    free(text);
    diagnostics_close(diagnostics);
}

void diagnostic_test(void) {
    unit_test("mistakes are collected and printed with what is known of their place",
              prints_all_with_their_places);
}
