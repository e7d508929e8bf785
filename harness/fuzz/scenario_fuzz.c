#include "harness/fuzz/fuzz.h"
#include "harness/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct diagnostics *diagnostics = diagnostics_open();
    struct scenario *scenario = scenario_parse("fuzz.yaml", fuzz_text(data, size), diagnostics);
    FUZZ_EXPECT(scenario || diagnostics_count(diagnostics) > 0);
    if (scenario) {
        scenario_close(scenario);
    }
    diagnostics_close(diagnostics);
    return 0;
}
