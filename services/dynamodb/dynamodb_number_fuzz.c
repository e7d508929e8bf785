#include "services/dynamodb/dynamodb_number.h"

#include "harness/fuzz/fuzz.h"

static int sign_of(int number) {
    return (number > 0) - (number < 0);
}

/* Two numbers, a line end between them: what is written is read as the same number, keys are ordered as
 * numbers are, and a + b - b is a where no digit was lost. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = arena_open();
    struct text second = fuzz_text(data, size);
    struct text first = text_cut(&second, '\n');
    struct number a;
    struct number b;
    if (number_parse(first, &a) == NUMBER_GOOD) {
        struct text text = number_format(arena, &a);
        struct number again;
        FUZZ_EXPECT(!number_is_normal(first) || text_same(first, text));
        FUZZ_EXPECT(number_parse(text, &again) == NUMBER_GOOD && number_compare(&a, &again) == 0);
        if (second.data && number_parse(second, &b) == NUMBER_GOOD) {
            unsigned char key_a[NUMBER_KEY_BYTES] = {0};
            unsigned char key_b[NUMBER_KEY_BYTES] = {0};
            FUZZ_EXPECT(number_encode(&a, key_a) <= sizeof key_a && number_encode(&b, key_b) <= sizeof key_b);
            FUZZ_EXPECT(sign_of(memcmp(key_a, key_b, sizeof key_a)) == sign_of(number_compare(&a, &b)));
            FUZZ_EXPECT(number_compare(&a, &b) == -number_compare(&b, &a));
            struct number sum;
            struct number back;
            if (number_add(&a, &b, &sum) == NUMBER_GOOD && number_subtract(&sum, &b, &back) == NUMBER_GOOD) {
                FUZZ_EXPECT(number_compare(&back, &a) == 0);
            }
        }
    }
    arena_close(arena);
    return 0;
}
