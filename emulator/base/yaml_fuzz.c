#include "emulator/base/yaml.h"
#include "harness/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct yaml_options options[] = {
        {.scalars = YAML_CORE_SCALARS, .reject_duplicate_keys = true},
        {.scalars = YAML_STRING_SCALARS, .cloudformation_tags = true, .reject_aliases = true},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct yaml_error error;
        struct yaml_document *document = yaml_load(fuzz_text(data, size), "fuzz", &options[i], &error);
        if (document) {
            yaml_position(document, yaml_root(document));
            yaml_close(document);
        }
    }
    return 0;
}
