/* Errors in XML: <ErrorResponse> of the query protocol, plain <Error> of S3. Source: protocols.md section 2.
 */
#include "emulator/protocol/codec_support.h"

static void append_element(struct strbuf *body, const char *name, const char *text) {
    strbuf_printf(body, "<%s>", name);
    strbuf_append_xml(body, text_of(text));
    strbuf_printf(body, "</%s>", name);
}

void codec_begin_error_xml(const struct codec_context *context, const struct error_shape *error,
                           const char *message, struct output *output, struct http_reply *reply) {
    struct strbuf *body = &reply->body;
    output_init(output, &output_rest_xml_codec, context, reply, error->shape);
    output->is_error = true;
    if (context->model->plain_errors) {
        strbuf_append_string(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    } else {
        strbuf_append_string(body, "<ErrorResponse");
        if (context->model->xml_namespace) {
            strbuf_append_string(body, " xmlns=\"");
            strbuf_append_xml(body, text_of(context->model->xml_namespace));
            strbuf_append_char(body, '"');
        }
        strbuf_append_string(body, "><Error>");
        append_element(body, "Type", error->receiver_fault ? "Receiver" : "Sender");
    }
    append_element(body, "Code", codec_query_code(context->model, error));
    if (message) {
        append_element(body, "Message", message);
    }
}

void codec_finish_error_xml(const struct codec_context *context, struct output *output,
                            struct http_reply *reply) {
    (void)output;
    struct strbuf *body = &reply->body;
    const char *request_id = context->request_id ? context->request_id : "";
    if (codec_has_no_body(context, reply->status)) {
        strbuf_clear(body);
        return;
    }
    if (context->model->plain_errors) {
        append_element(body, "RequestId", request_id);
        strbuf_append_string(body, "<HostId>");
        codec_append_host_id(body, request_id);
        strbuf_append_string(body, "</HostId></Error>");
        return;
    }
    strbuf_append_string(body, context->model->error_detail ? "<Detail/></Error>" : "</Error>");
    append_element(body, "RequestId", request_id);
    strbuf_append_string(body, "</ErrorResponse>");
}
