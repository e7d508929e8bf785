#include "services/lambda/lambda_destinations.h"

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"

#define ERROR_MESSAGE_BYTES 1024

/* ---- one delivery ---- */

static void append_member(struct strbuf *input, const char *name, struct text value) {
    strbuf_printf(input, "%s\"%s\":", input->size > 1 ? "," : "", name);
    json_write_string(input, value);
}

static void append_blob(struct strbuf *input, const char *name, struct text value) {
    strbuf_printf(input, "%s\"%s\":\"", input->size > 1 ? "," : "", name);
    crypto_append_base64(input, value);
    strbuf_append_char(input, '"');
}

static void append_queue_url(struct strbuf *input, struct emulator *emulator, const struct arn *arn) {
    struct strbuf url = STRBUF_INIT;
    strbuf_printf(&url, "%s/%.*s/%.*s", emulator_endpoint(emulator), TEXT_ARGUMENTS(arn->account),
                  TEXT_ARGUMENTS(arn->resource));
    append_member(input, "QueueUrl", strbuf_text(&url));
    strbuf_release(&url);
}

static void append_event(struct strbuf *input, const struct delivery *delivery) {
    strbuf_append_string(input, "\"Entries\":[{\"Source\":\"lambda\"");
    append_member(input, "DetailType", text_of(delivery->detail_type));
    append_member(input, "EventBusName", text_of(delivery->destination));
    append_member(input, "Detail", delivery->text);
    strbuf_append_string(input, ",\"Resources\":[");
    json_write_string(input, text_of(delivery->destination));
    strbuf_append_char(input, ',');
    json_write_string(input, text_of(delivery->resource));
    strbuf_append_string(input, "]}]");
}

void lambda_deliver(struct emulator *emulator, const struct delivery *delivery) {
    struct arn arn;
    if (!arn_parse(text_of(delivery->destination), &arn)) {
        return;
    }
    const char *service = NULL;
    const char *operation = NULL;
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    if (text_equals(arn.service, "sqs")) {
        service = "sqs";
        operation = "SendMessage";
        append_queue_url(&input, emulator, &arn);
        append_member(&input, "MessageBody", delivery->text);
        if (delivery->attributes) {
            strbuf_printf(&input, ",\"MessageAttributes\":%s", delivery->attributes);
        }
    } else if (text_equals(arn.service, "sns")) {
        service = "sns";
        operation = "Publish";
        append_member(&input, "TopicArn", text_of(delivery->destination));
        append_member(&input, "Message", delivery->text);
        if (delivery->attributes) {
            strbuf_printf(&input, ",\"MessageAttributes\":%s", delivery->attributes);
        }
    } else if (text_equals(arn.service, "lambda")) {
        service = "lambda";
        operation = "Invoke";
        append_member(&input, "FunctionName", text_of(delivery->destination));
        append_member(&input, "InvocationType", TEXT("Event"));
        append_blob(&input, "Payload", delivery->text);
    } else if (text_equals(arn.service, "events")) {
        service = "events";
        operation = "PutEvents";
        append_event(&input, delivery);
    } else if (text_equals(arn.service, "s3")) {
        service = "s3";
        operation = "PutObject";
        append_member(&input, "Bucket", arn.resource);
        append_member(&input, "Key", text_of(delivery->key));
        append_blob(&input, "Body", delivery->text);
    }
    strbuf_append_char(&input, '}');
    if (service) {
        struct arena *arena = arena_open();
        const char *account =
            arn.account.size ? arena_text_string(arena, arn.account) : delivery->owner.account;
        const char *region = arn.region.size ? arena_text_string(arena, arn.region) : delivery->owner.region;
        call_start(
            emulator,
            &(struct call_request){.service = service,
                                   .operation = operation,
                                   .input = strbuf_text(&input),
                                   .caller = identity_of_service("lambda.amazonaws.com", account, region),
                                   .origin = "lambda"},
            NULL, NULL);
        arena_close(arena);
    }
    strbuf_release(&input);
}

/* ---- the record ---- */

/* Source: lambda.md section 8, recordings test_lambda_destinations. */
static void append_record(struct strbuf *record, struct emulator *emulator, struct arena *arena,
                          const struct event_end *end) {
    const struct lambda_event *event = end->event;
    strbuf_append_string(record, "{\"version\":\"1.0\",\"timestamp\":\"");
    clock_format_iso_ms(record, emulator_now_ms(emulator));
    strbuf_printf(
        record, "\",\"requestContext\":{\"requestId\":\"%s\",\"functionArn\":\"%s\",\"condition\":\"%s\"",
        event->request_id,
        lambda_arn(arena, event->owner, event->function, event->qualifier ? event->qualifier : "$LATEST"),
        end->condition);
    strbuf_printf(record,
                  ",\"approximateInvokeCount\":%lld},\"requestPayload\":", (long long)event->attempts);
    strbuf_append_text(record, event->payload);
    if (end->outcome) {
        strbuf_printf(
            record,
            ",\"responseContext\":{\"statusCode\":200,\"executedVersion\":\"%s\"%s},\"responsePayload\":",
            end->executed_version, end->outcome->failed ? ",\"functionError\":\"Unhandled\"" : "");
        /* A runtime of its own may have answered what is no JSON. */
        if (json_parse(arena, end->outcome->payload, NULL)) {
            strbuf_append_text(record, end->outcome->payload);
        } else {
            json_write_string(record, end->outcome->payload);
        }
    }
    strbuf_append_char(record, '}');
}

static const char *object_key(struct emulator *emulator, struct arena *arena, const struct event_end *end) {
    struct strbuf key = STRBUF_INIT;
    int64_t now_ms = emulator_now_ms(emulator);
    char uuid[UUID_SIZE];
    ids_uuid(emulator_ids(emulator), uuid);
    strbuf_printf(&key, "aws/lambda/async/%s/", end->event->function);
    clock_format(&key, "%Y/%m/%d/%Y-%m-%dT%H.%M.%S-", now_ms);
    strbuf_append_string(&key, uuid);
    const char *text = arena_copy(arena, key.data, key.size);
    strbuf_release(&key);
    return text;
}

static void send_record(struct emulator *emulator, struct arena *arena, const struct event_end *end,
                        const char *destination) {
    struct strbuf record = STRBUF_INIT;
    append_record(&record, emulator, arena, end);
    bool success = strcmp(end->condition, "Success") == 0;
    lambda_deliver(emulator,
                   &(struct delivery){
                       .owner = end->event->owner,
                       .destination = destination,
                       .text = strbuf_text(&record),
                       .detail_type = success ? "Lambda Function Invocation Result - Success"
                                              : "Lambda Function Invocation Result - Failure",
                       .resource = lambda_arn(arena, end->event->owner, end->event->function,
                                              end->event->qualifier ? end->event->qualifier : "$LATEST"),
                       .key = object_key(emulator, arena, end),
                   });
    strbuf_release(&record);
}

/* The event itself, with three attributes. */
static void send_dead_letter(struct emulator *emulator, struct arena *arena, const struct event_end *end) {
    struct strbuf attributes = STRBUF_INIT;
    struct text message = TEXT("");
    if (end->outcome) {
        message = json_find_text(json_parse(arena, end->outcome->payload, NULL), "errorMessage");
        message = message.data ? text_slice(message, 0, ERROR_MESSAGE_BYTES) : TEXT("");
    }
    strbuf_printf(&attributes, "{\"RequestID\":{\"DataType\":\"String\",\"StringValue\":\"%s\"}",
                  end->event->request_id);
    if (end->outcome) {
        strbuf_append_string(&attributes, ",\"ErrorCode\":{\"DataType\":\"Number\",\"StringValue\":\"200\"}");
    }
    if (message.size > 0) {
        strbuf_append_string(&attributes, ",\"ErrorMessage\":{\"DataType\":\"String\",\"StringValue\":");
        json_write_string(&attributes, message);
        strbuf_append_char(&attributes, '}');
    }
    strbuf_append_char(&attributes, '}');
    lambda_deliver(emulator, &(struct delivery){.owner = end->event->owner,
                                                .destination = end->dead_letter_arn,
                                                .text = end->event->payload,
                                                .attributes = attributes.data});
    strbuf_release(&attributes);
}

void lambda_send_outcome(struct emulator *emulator, const struct event_end *end) {
    struct arena *arena = arena_open();
    bool success = strcmp(end->condition, "Success") == 0;
    const char *destination = success ? end->on_success : end->on_failure;
    if (!success && end->dead_letter_arn) {
        send_dead_letter(emulator, arena, end);
    }
    if (destination && *destination) {
        send_record(emulator, arena, end, destination);
    }
    arena_close(arena);
}
