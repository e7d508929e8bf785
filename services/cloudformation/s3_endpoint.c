#include "services/cloudformation/s3_endpoint.h"

#include "emulator/base/crypto.h"

void s3_endpoint_stored(struct call *call) {
    struct strbuf tag = STRBUF_INIT;
    strbuf_append_char(&tag, '"');
    crypto_append_digest_hex(&tag, DIGEST_MD5, call->request->body);
    strbuf_append_char(&tag, '"');
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "ETag", arena_text(call->arena, strbuf_text(&tag)));
    http_reply_add_header(&call->reply, "x-amz-request-id", text_of(call->request_id));
    http_reply_add_header(&call->reply, "Server", TEXT("AmazonS3"));
    strbuf_release(&tag);
}

struct result s3_endpoint_deny(struct call *call, const char *code, const char *message) {
    call->reply.status = 403;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/xml"));
    strbuf_printf(&call->reply.body,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message>"
                  "<RequestId>%s</RequestId><HostId></HostId></Error>",
                  code, message, call->request_id);
    return result_output();
}
