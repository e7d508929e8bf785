/*
 * Looking into queues without touching them: GET /_stackrig/sqs/messages, the path that users of LocalStack
 * know, the settings, and what AWS answers to a browser on a queue URL. Described in docs/CONTROL.md.
 */
#include <jansson.h>

#include "emulator/base/crypto.h"
#include "services/sqs/sqs.h"

#define LOCALSTACK_PATH "/_aws/sqs/messages"
#define MESSAGES_PATH "/_stackrig/sqs/messages"
#define SETTINGS_PATH "/_stackrig/sqs/settings"
/* LocalStack's placeholder: what was only looked at cannot be deleted. */
#define NO_RECEIPT "SQS/BACKDOOR/ACCESS"

static const struct error_shape bad_request = {.name = "BadRequest", .status = 400};
static const struct error_shape wrong_method = {.name = "MethodNotAllowed", .status = 405};

/* ---- which messages ---- */

/* A parameter of the query string or of a form in the body; absent: not there. */
static struct text parameter(const struct call *call, const char *name) {
    struct text value = http_request_query(call->request, name);
    if (value.data || !call->request->body.data) {
        return value;
    }
    struct http_request form = *call->request;
    form.query = call->request->body;
    return http_request_query(&form, name);
}

static bool is_on(struct text value) {
    return text_equals_ignore_case(value, "true") || text_equals(value, "1");
}

/* The queue: by ?QueueUrl=, by a form or JSON body, or .../REGION/ACCOUNT/NAME. NULL: none of them. */
static struct sqs_queue *queue_asked_for(const struct call *call) {
    struct text path = call->request->path;
    struct text url = parameter(call, "QueueUrl");
    if (!url.data && call->request->body.size > 0 && call->request->body.data[0] == '{') {
        url = json_find_text(json_parse(call->arena, call->request->body, NULL), "QueueUrl");
    }
    if (!url.data && text_starts_with(path, LOCALSTACK_PATH "/")) {
        struct text rest = text_slice(path, strlen(LOCALSTACK_PATH "/"), path.size);
        url = text_of(arena_printf(call->arena, "/queue/%.*s", TEXT_ARGUMENTS(rest)));
    }
    return url.data ? sqs_queue_of_url(call, url) : NULL;
}

static bool is_shown(const struct sqs_message *message, bool all, bool invisible, bool delayed) {
    if (message->state == SQS_VISIBLE) {
        return all || invisible || !sqs_message_is_blocked(message);
    }
    return all || (invisible && message->state == SQS_IN_FLIGHT) ||
           (delayed && message->state == SQS_DELAYED);
}

/* Attributes that LocalStack adds to those of SQS. */
static void each_localstack_attribute(const struct sqs_queue *queue, const struct sqs_message *message,
                                      const struct sqs_body *body,
                                      void (*write)(void *argument, const char *name, struct text value),
                                      void *argument) {
    sqs_each_system_attribute(queue, message, body, SQS_ALL_SYSTEM_ATTRIBUTES, write, argument);
    write(argument, "IsVisible", message->state == SQS_IN_FLIGHT ? TEXT("false") : TEXT("true"));
    write(argument, "IsDelayed", message->state == SQS_DELAYED ? TEXT("true") : TEXT("false"));
}

/* ---- as JSON ---- */

static json_t *json_of(struct text text) {
    return json_stringn(text.data, text.size);
}

static void add_member(void *argument, const char *name, struct text value) {
    json_object_set_new(argument, name, json_of(value));
}

static void add_pair(void *argument, const char *name, struct text value) {
    json_array_append_new(argument, json_pack("{s:s, s:o}", "Name", name, "Value", json_of(value)));
}

static json_t *json_of_attributes(struct text packed) {
    json_t *attributes = json_object();
    struct sqs_message_attribute attribute;
    while (sqs_message_attributes_next(&packed, &attribute, NULL)) {
        json_t *value = json_object();
        if (attribute.binary) {
            struct strbuf base64 = STRBUF_INIT;
            crypto_append_base64(&base64, attribute.value);
            json_object_set_new(value, "BinaryValue", json_of(strbuf_text(&base64)));
            strbuf_release(&base64);
        } else {
            json_object_set_new(value, "StringValue", json_of(attribute.value));
        }
        json_object_set_new(value, "DataType", json_of(attribute.type));
        json_object_setn_new(attributes, attribute.name.data, attribute.name.size, value);
    }
    return attributes;
}

/* In the form ReceiveMessage gives; with `state` also where the message is. */
static json_t *json_of_message(const struct sqs_queue *queue, const struct sqs_message *message,
                               const struct sqs_body *body, bool state) {
    static const char *const states[] = {
        [SQS_VISIBLE] = "visible", [SQS_DELAYED] = "delayed", [SQS_IN_FLIGHT] = "in flight"};
    json_t *attributes = json_object();
    sqs_each_system_attribute(queue, message, body, SQS_ALL_SYSTEM_ATTRIBUTES, add_member, attributes);
    json_t *value = json_pack("{s:o, s:s, s:o, s:o, s:o}", "MessageId", json_of(body->uuid), "ReceiptHandle",
                              NO_RECEIPT, "MD5OfBody", json_of(body->body_md5), "Body", json_of(body->body),
                              "Attributes", attributes);
    if (body->attributes.size > 0) {
        json_object_set_new(value, "MD5OfMessageAttributes", json_of(body->attributes_md5));
        json_object_set_new(value, "MessageAttributes", json_of_attributes(body->attributes));
    }
    if (state) {
        json_object_set_new(value, "State", json_string(states[message->state]));
        json_object_set_new(value, "VisibleAt", json_integer(message->due_ms));
    }
    return value;
}

/* In the form of the query protocol's JSON: lists of names and values. */
static json_t *json_of_entry(const struct sqs_queue *queue, const struct sqs_message *message,
                             const struct sqs_body *body) {
    json_t *pairs = json_array();
    each_localstack_attribute(queue, message, body, add_pair, pairs);
    json_t *value = json_pack("{s:o, s:o, s:o, s:o, s:s}", "MessageId", json_of(body->uuid), "MD5OfBody",
                              json_of(body->body_md5), "Body", json_of(body->body), "Attribute", pairs,
                              "ReceiptHandle", NO_RECEIPT);
    if (body->attributes.size > 0) {
        json_t *named = json_of_attributes(body->attributes);
        json_t *list = json_array();
        const char *name;
        json_t *attribute;
        json_object_foreach(named, name, attribute) {
            json_array_append_new(list, json_pack("{s:s, s:O}", "Name", name, "Value", attribute));
        }
        json_decref(named);
        json_object_set_new(value, "MessageAttribute", list);
    }
    return value;
}

static struct result reply_json(struct call *call, json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    strbuf_append_string(&call->reply.body, text);
    free(text);
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    return result_output();
}

/* ---- as XML ---- */

static void append_element(struct strbuf *xml, const char *name, struct text value) {
    strbuf_printf(xml, "<%s>", name);
    strbuf_append_xml(xml, value);
    strbuf_printf(xml, "</%s>", name);
}

static void append_attribute(void *argument, const char *name, struct text value) {
    strbuf_printf(argument, "<Attribute><Name>%s</Name>", name);
    append_element(argument, "Value", value);
    strbuf_append_string(argument, "</Attribute>");
}

static void append_message(struct strbuf *xml, const struct sqs_queue *queue,
                           const struct sqs_message *message, const struct sqs_body *body) {
    strbuf_append_string(xml, "<Message>");
    append_element(xml, "MessageId", body->uuid);
    append_element(xml, "MD5OfBody", body->body_md5);
    append_element(xml, "Body", body->body);
    each_localstack_attribute(queue, message, body, append_attribute, xml);
    struct text rest = body->attributes;
    struct sqs_message_attribute attribute;
    while (sqs_message_attributes_next(&rest, &attribute, NULL)) {
        strbuf_append_string(xml, "<MessageAttribute>");
        append_element(xml, "Name", attribute.name);
        strbuf_append_string(xml, "<Value>");
        if (attribute.binary) {
            strbuf_append_string(xml, "<BinaryValue>");
            crypto_append_base64(xml, attribute.value);
            strbuf_append_string(xml, "</BinaryValue>");
        } else {
            append_element(xml, "StringValue", attribute.value);
        }
        append_element(xml, "DataType", attribute.type);
        strbuf_append_string(xml, "</Value></MessageAttribute>");
    }
    if (body->attributes.size > 0) {
        append_element(xml, "MD5OfMessageAttributes", body->attributes_md5);
    }
    append_element(xml, "ReceiptHandle", TEXT(NO_RECEIPT));
    strbuf_append_string(xml, "</Message>");
}

/* ---- the endpoints ---- */

static bool wants_json(const struct call *call) {
    struct text accept = http_request_header(call->request, "accept");
    struct text type = http_request_header(call->request, "content-type");
    return !text_starts_with(call->request->path, LOCALSTACK_PATH) ||
           (accept.data && text_find(accept, "json") >= 0) || (type.data && text_find(type, "amz-json") >= 0);
}

static struct result reply_messages_json(struct call *call, struct sqs_queue *queue, bool all, bool invisible,
                                         bool delayed) {
    json_t *messages = json_array();
    json_t *entries = json_array();
    struct sqs_body body;
    for (struct sqs_message *message = sqs_index_after(queue->index, NULL); message;
         message = sqs_index_after(queue->index, message)) {
        if (is_shown(message, all, invisible, delayed) && sqs_store_body(call->store, message->id, &body)) {
            json_array_append_new(messages, json_of_message(queue, message, &body, all));
            if (!all) {
                json_array_append_new(entries, json_of_entry(queue, message, &body));
            }
        }
    }
    json_t *reply = json_pack("{s:o}", "Messages", messages);
    if (all) {
        json_decref(entries);
    } else {
        if (json_array_size(entries) == 1) { /* one element of XML is no list */
            json_t *only = json_incref(json_array_get(entries, 0));
            json_decref(entries);
            entries = only;
        }
        json_object_set_new(reply, "ReceiveMessageResponse",
                            json_pack("{s:{s:o}, s:{s:s}}", "ReceiveMessageResult", "Message", entries,
                                      "ResponseMetadata", "RequestId", call->request_id));
    }
    return reply_json(call, reply);
}

static struct result reply_messages_xml(struct call *call, struct sqs_queue *queue, bool invisible,
                                        bool delayed) {
    struct strbuf *xml = &call->reply.body;
    struct sqs_body body;
    strbuf_append_string(xml, "<?xml version='1.0' encoding='utf-8'?>\n"
                              "<ReceiveMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
                              "<ReceiveMessageResult>");
    for (struct sqs_message *message = sqs_index_after(queue->index, NULL); message;
         message = sqs_index_after(queue->index, message)) {
        if (is_shown(message, false, invisible, delayed) && sqs_store_body(call->store, message->id, &body)) {
            append_message(xml, queue, message, &body);
        }
    }
    strbuf_printf(xml,
                  "</ReceiveMessageResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>"
                  "</ReceiveMessageResponse>",
                  call->request_id);
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("text/xml"));
    return result_output();
}

/* Errors in the words and the shape of the query protocol, as XML or as the same in JSON. */
static struct result refuse_messages(struct call *call, int status, const char *code, const char *message) {
    if (text_starts_with(call->request->path, MESSAGES_PATH)) {
        return sqs_no_such_queue(call);
    }
    if (wants_json(call)) {
        json_t *error = json_pack("{s:s, s:s, s:s}", "Type", "Sender", "Code", code, "Message", message);
        struct result result =
            reply_json(call, json_pack("{s:{s:o, s:s}, s:s, s:s}", "ErrorResponse", "Error", error,
                                       "RequestId", call->request_id, "__type", code, "message", message));
        http_reply_add_header(&call->reply, "x-amzn-query-error",
                              text_of(arena_printf(call->arena, "%s;Sender", code)));
        call->reply.status = status;
        return result;
    }
    strbuf_printf(
        &call->reply.body,
        "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>"
        "<Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
        code, message, call->request_id);
    http_reply_add_header(&call->reply, "Content-Type", TEXT("text/xml"));
    call->reply.status = status;
    return result_output();
}

/* A client's own calls come here when this is its endpoint. */
static bool is_another_action(const struct call *call) {
    struct text action = parameter(call, "Action");
    struct text target = http_request_header(call->request, "x-amz-target");
    return (action.data && !text_equals(action, "ReceiveMessage")) ||
           (target.data && !text_ends_with(target, ".ReceiveMessage"));
}

static struct result handle_messages(struct call *call) {
    struct sqs_queue_url url;
    struct text given = parameter(call, "QueueUrl");
    if (is_another_action(call)) {
        return refuse_messages(call, 400, "InvalidRequest",
                               "This endpoint only accepts ReceiveMessage calls");
    }
    if (given.data && !sqs_queue_url_parse(given, &url)) {
        return refuse_messages(call, 404, "InvalidAddress", "The address is not valid for this endpoint.");
    }
    struct sqs_queue *queue = queue_asked_for(call);
    if (!queue) {
        return refuse_messages(call, 400, "AWS.SimpleQueueService.NonExistentQueue",
                               "The specified queue does not exist.");
    }
    sqs_advance(queue, call->now_ms);
    bool all = text_starts_with(call->request->path, MESSAGES_PATH);
    bool invisible = is_on(parameter(call, "ShowInvisible"));
    bool delayed = is_on(parameter(call, "ShowDelayed"));
    return wants_json(call) ? reply_messages_json(call, queue, all, invisible, delayed)
                            : reply_messages_xml(call, queue, invisible, delayed);
}

static bool match_messages(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return request->path.size > 6 && request->path.data[1] == '_' &&
           (text_equals(request->path, MESSAGES_PATH) || text_starts_with(request->path, LOCALSTACK_PATH));
}

static struct result handle_settings(struct call *call) {
    struct sqs_state *state = sqs_state_of(call->emulator);
    if (text_equals(call->request->method, "POST")) {
        json_t *wanted = json_loadb(call->request->body.data, call->request->body.size, 0, NULL);
        const char *name;
        json_t *value;
        const char *objection = json_is_object(wanted) ? NULL : "the body must be a JSON object";
        for (int pass = 0; pass < 2 && !objection; pass++) { /* all or none */
            json_object_foreach(wanted, name, value) {
                int setting = 0;
                while (setting < SQS_SETTING_COUNT &&
                       strcmp(name, sqs_setting_name((enum sqs_setting)setting)) != 0) {
                    setting++;
                }
                if (setting == SQS_SETTING_COUNT || !json_is_boolean(value)) {
                    objection = "settings are recreate_wait, purge_wait, fifo_throttle; each true or false";
                } else if (pass == 1) {
                    sqs_change_setting(state, (enum sqs_setting)setting, json_is_true(value));
                }
            }
        }
        json_decref(wanted);
        if (objection) {
            return call_error(call, &bad_request, "%s", objection);
        }
    } else if (!text_equals(call->request->method, "GET")) {
        return call_error(call, &wrong_method, SETTINGS_PATH " takes GET and POST");
    }
    json_t *settings = json_object();
    for (int i = 0; i < SQS_SETTING_COUNT; i++) {
        json_object_set_new(settings, sqs_setting_name((enum sqs_setting)i),
                            json_boolean(sqs_setting(state, (enum sqs_setting)i)));
    }
    return reply_json(call, settings);
}

static bool match_settings(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, SETTINGS_PATH);
}

/* ---- a queue URL without an Action ---- */

static bool match_bare_queue_url(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    struct sqs_queue_url url;
    if (!text_equals(request->method, "GET") || request->path.size < 15 ||
        !sqs_queue_url_parse(request->path, &url) || !url.account.data ||
        (request->query.data && text_find(request->query, "Action=") >= 0)) {
        return false;
    }
    struct text authorization = http_request_header(request, "authorization");
    return !authorization.data || text_find(authorization, "/sqs/aws4_request") >= 0;
}

static struct result handle_bare_queue_url(struct call *call) {
    call->reply.status = 404;
    strbuf_append_string(&call->reply.body, "<UnknownOperationException/>");
    http_reply_add_header(&call->reply, "Content-Type", TEXT("text/xml"));
    return result_output();
}

const struct endpoint_row sqs_endpoints[] = {
    {.name = "Messages", .match = match_messages, .handle = handle_messages},
    {.name = "Settings", .match = match_settings, .handle = handle_settings},
    {.name = "QueueUrl", .match = match_bare_queue_url, .handle = handle_bare_queue_url},
    {0},
};
