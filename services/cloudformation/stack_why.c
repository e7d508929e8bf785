#include "services/cloudformation/stack_why.h"

bool stack_why_match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, "/_stackrig/cloudformation/why");
}

struct result stack_why_handle(struct call *call) {
    call->reply.status = 404;
    return result_output();
}
