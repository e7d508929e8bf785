/*
 * The whole way of a request, without a socket: route, codec, validation, handler, answer. Requests are texts
 * as in fixtures/wire, one after the other with a line of "====" between them; each input meets an empty
 * emulator.
 */
#include "emulator/base/die.h"
#include "emulator/core/gateway.h"
#include "harness/fuzz/fuzz.h"
#include "services/services.h"

#define REAL_LIMIT_MS 50
#define MAXIMUM_REQUESTS 8

/* Outlives the request: an answer may come when nobody waits any more. */
static bool answered;

static void replied(void *argument, struct http_reply *reply) {
    (void)argument;
    http_reply_release(reply);
    answered = true;
}

static bool is_answered(void *argument) {
    (void)argument;
    return answered;
}

static struct emulator *emulator_of_all(void) {
    static struct emulator *emulator;
    if (!emulator) {
        struct emulator_options options = {
            .services = services_all(), .clock = CLOCK_VIRTUAL, .seed = 1, .port = -1};
        const char *message = NULL;
        emulator = emulator_open(&options, &message);
        if (!emulator) {
            die("%s", message);
        }
    }
    return emulator;
}

static struct text cut_request(struct text *rest) {
    static const char mark[] = "\n====\n";
    ptrdiff_t at = text_find(*rest, mark);
    struct text request = at < 0 ? *rest : text_slice(*rest, 0, (size_t)at);
    *rest = at < 0 ? TEXT_NONE : text_slice(*rest, (size_t)at + sizeof mark - 1, SIZE_MAX);
    return request;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct emulator *emulator = emulator_of_all();
    struct arena *arena = arena_open(); /* of all requests: one of them may wait */
    struct text rest = fuzz_text(data, size);
    for (int i = 0; rest.data && i < MAXIMUM_REQUESTS; i++) {
        struct http_request *request = arena_zalloc(arena, sizeof *request);
        request->arena = arena;
        request->socket = -1;
        if (!http_request_parse(arena, fuzz_copy(arena, cut_request(&rest)), request)) {
            break;
        }
        answered = false;
        gateway_handle(emulator, request, replied, NULL);
        emulator_run_until(emulator, is_answered, NULL, INT64_MAX, REAL_LIMIT_MS);
    }
    emulator_reset(emulator);
    arena_close(arena);
    return 0;
}
