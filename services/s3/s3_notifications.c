/*
 * Events of buckets, sent to queues, topics and functions as calls between services. Putting a configuration
 * asks every destination first, as AWS does: queues and topics get a test event, functions are looked up.
 * Source: s3-logs-events.md A3; recorded/s3, test_s3_notifications_*.
 */
#include "emulator/base/arn.h"
#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "emulator/base/ids.h"
#include "emulator/core/emulator.h"
#include "services/s3/s3.h"

#define MAXIMUM_DESTINATIONS 100

enum destination_kind { TO_TOPIC, TO_QUEUE, TO_FUNCTION };

struct destination_row {
    const char *list;     /* member of the configuration */
    const char *arn;      /* member with the ARN */
    const char *argument; /* how errors call it */
    const char *service;  /* in the ARN, and ours */
    const char *missing;
};

static const struct destination_row rows[] = {
    [TO_TOPIC] = {"TopicConfigurations", "TopicArn", "Topic", "sns", "The destination topic does not exist"},
    [TO_QUEUE] = {"QueueConfigurations", "QueueArn", "Queue", "sqs", "The destination queue does not exist"},
    [TO_FUNCTION] = {"LambdaFunctionConfigurations", "LambdaFunctionArn", "CloudFunction", "lambda",
                     "The destination Lambda does not exist"},
};
#define KIND_COUNT (sizeof(rows) / sizeof(rows[0]))

/* ---- Sending ---- */

static void append_member(struct strbuf *json, const char *name, struct text value) {
    if (json->data[json->size - 1] != '{') {
        strbuf_append_char(json, ',');
    }
    json_write_string(json, text_of(name));
    strbuf_append_char(json, ':');
    json_write_string(json, value);
}

/* The input of the call that hands `body` to a destination; a function is only looked up when it is NULL. */
static const char *destination_call(struct arena *arena, enum destination_kind kind, struct text arn_text,
                                    const struct arn *arn, const struct text *body, struct strbuf *input) {
    strbuf_append_char(input, '{');
    if (kind == TO_TOPIC) {
        append_member(input, "TopicArn", arn_text);
        append_member(input, "Subject", TEXT("Amazon S3 Notification"));
        append_member(input, "Message", *body);
    } else if (kind == TO_QUEUE) {
        char *url =
            arena_printf(arena, "https://sqs.%.*s.amazonaws.com/%.*s/%.*s", TEXT_ARGUMENTS(arn->region),
                         TEXT_ARGUMENTS(arn->account), TEXT_ARGUMENTS(arn->resource));
        append_member(input, "QueueUrl", text_of(url));
        append_member(input, "MessageBody", *body);
    } else {
        append_member(input, "FunctionName", arn_text);
    }
    if (kind == TO_FUNCTION && body) {
        append_member(input, "InvocationType", TEXT("Event"));
        strbuf_append_string(input, ",\"Payload\":\"");
        crypto_append_base64(input, *body);
        strbuf_append_char(input, '"');
    }
    strbuf_append_char(input, '}');
    return kind == TO_TOPIC ? "Publish" : kind == TO_QUEUE ? "SendMessage" : body ? "Invoke" : "GetFunction";
}

static void start(struct call *call, enum destination_kind kind, struct text arn_text,
                  const struct text *body, call_done_fn *done, void *argument) {
    struct arn arn;
    struct strbuf input = STRBUF_INIT;
    arn_parse(arn_text, &arn);
    struct call_request request = {
        .service = rows[kind].service,
        .operation = destination_call(call->arena, kind, arn_text, &arn, body, &input),
        .input = strbuf_text(&input),
        .caller = identity_of_service("s3.amazonaws.com", arena_text_string(call->arena, arn.account),
                                      arena_text_string(call->arena, arn.region)),
        .origin = "s3/notification",
    };
    call_start(call->emulator, &request, done, argument);
    strbuf_release(&input);
}

/* ---- Events ---- */

/* Keys as in forms: a blank is a plus. */
static void append_key(struct strbuf *json, const char *key) {
    struct strbuf encoded = STRBUF_INIT;
    strbuf_append_percent(&encoded, text_of(key), "/");
    for (size_t i = 0; i < encoded.size; i++) {
        if (encoded.data[i] == '%' && strncmp(encoded.data + i, "%20", 3) == 0) {
            strbuf_append_char(json, '+');
            i += 2;
        } else {
            strbuf_append_char(json, encoded.data[i]);
        }
    }
    strbuf_release(&encoded);
}

static void append_object(struct strbuf *json, struct call *call, const struct s3_bucket *bucket,
                          const char *event, const struct s3_object *object) {
    bool removed = strncmp(event, "ObjectRemoved:", 14) == 0;
    bool tagging = strncmp(event, "ObjectTagging:", 14) == 0;
    strbuf_append_string(json, "\"object\":{\"key\":\"");
    append_key(json, object->key);
    strbuf_append_char(json, '"');
    if (!removed && !tagging) {
        strbuf_printf(json, ",\"size\":%lld", (long long)object->size);
    }
    if (!removed && object->etag) {
        strbuf_printf(json, ",\"eTag\":\"%s\"", object->etag);
    }
    if (bucket->versioning != S3_UNVERSIONED && object->version_id) {
        strbuf_printf(json, ",\"versionId\":\"%s\"", object->version_id);
    }
    if (!tagging) {
        char random[7];
        ids_random_string(emulator_ids(call->emulator), "0123456789ABCDEF", 6, random);
        strbuf_printf(json, ",\"sequencer\":\"00%010llX%s\"", (unsigned long long)(call->now_ms / 1000),
                      random);
    }
    strbuf_append_char(json, '}');
}

static struct text record_of(struct call *call, const struct s3_bucket *bucket, const char *event,
                             const struct s3_object *object, struct text configuration_id) {
    struct strbuf json = STRBUF_INIT;
    bool tagging = strncmp(event, "ObjectTagging:", 14) == 0;
    strbuf_printf(&json,
                  "{\"Records\":[{\"eventVersion\":\"%s\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"%s\",",
                  tagging ? "2.3" : "2.1", bucket->region);
    strbuf_append_string(&json, "\"eventTime\":\"");
    clock_format_iso_ms(&json, call->now_ms);
    strbuf_printf(&json, "\",\"eventName\":\"%s\",\"userIdentity\":{\"principalId\":", event);
    json_write_string(&json, text_of(arena_printf(call->arena, "AWS:%s", call->identity.user_id)));
    strbuf_printf(&json,
                  "},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},\"responseElements\":"
                  "{\"x-amz-request-id\":\"%s\",\"x-amz-id-2\":\"%s\"},"
                  "\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":",
                  call->request_id, call->request_id);
    json_write_string(&json, configuration_id);
    strbuf_printf(&json,
                  ",\"bucket\":{\"name\":\"%s\",\"ownerIdentity\":{\"principalId\":\"%s\"},"
                  "\"arn\":\"arn:aws:s3:::%s\"},",
                  bucket->name, s3_owner_id(call, bucket->account), bucket->name);
    append_object(&json, call, bucket, event, object);
    strbuf_append_string(&json, "}}]}");
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

/* "s3:ObjectCreated:*" covers "ObjectCreated:Put". */
static bool covers(const struct json_value *events, const char *event) {
    for (const struct json_value *one = events ? events->child : NULL; one; one = one->next) {
        struct text pattern = text_slice(one->text, strlen("s3:"), one->text.size);
        bool wildcard = text_ends_with(pattern, "*");
        if (wildcard ? strncmp(event, pattern.data, pattern.size - 1) == 0 : text_equals(pattern, event)) {
            return true;
        }
    }
    return false;
}

static bool passes(const struct json_value *configuration, struct arena *arena, const char *key) {
    const struct json_value *filter = json_find(configuration, "Filter");
    const struct json_value *rules = filter ? json_find(json_find(filter, "Key"), "FilterRules") : NULL;
    for (const struct json_value *rule = rules ? rules->child : NULL; rule; rule = rule->next) {
        char *value = arena_text_string(arena, json_find_text(rule, "Value"));
        bool prefix = text_equals_ignore_case(json_find_text(rule, "Name"), "prefix");
        if (value &&
            !(prefix ? text_starts_with(text_of(key), value) : text_ends_with(text_of(key), value))) {
            return false;
        }
    }
    return true;
}

void s3_notify(struct call *call, const struct s3_bucket *bucket, const char *event,
               const struct s3_object *object) {
    struct text stored = s3_store_setting(call->store, bucket->id, "Notification", call->arena);
    const struct json_value *document = stored.size > 0 ? json_parse(call->arena, stored, NULL) : NULL;
    for (size_t kind = 0; document && kind < KIND_COUNT; kind++) {
        const struct json_value *list = json_find(document, rows[kind].list);
        for (const struct json_value *one = list ? list->child : NULL; one; one = one->next) {
            if (covers(json_find(one, "Events"), event) && passes(one, call->arena, object->key)) {
                struct text body = record_of(call, bucket, event, object, json_find_text(one, "Id"));
                start(call, (enum destination_kind)kind, json_find_text(one, rows[kind].arn), &body, NULL,
                      NULL);
            }
        }
    }
}

/* ---- PutBucketNotificationConfiguration ---- */

/* A configuration whose destinations are being asked. Lives on the heap: answers may come after the client
 * has gone. */
struct validation {
    struct call *call; /* NULL: cancelled */
    int64_t bucket_id;
    char *document;
    int waiting;
    int asked;
    struct question {
        struct validation *validation;
        enum destination_kind kind;
        char arn[256];
        bool missing;
    } questions[MAXIMUM_DESTINATIONS];
};

static bool check_filter(struct call *call, struct input filter, struct result *refusal) {
    struct input rules = input_list(input_structure(filter, "Key"), "FilterRules");
    for (struct input rule = input_first(rules); rule.value; rule = input_next(rule)) {
        struct text name = input_text(rule, "Name");
        if (!text_equals_ignore_case(name, "prefix") && !text_equals_ignore_case(name, "suffix")) {
            *refusal = s3_error_text(
                call, S3_INVALID_ARGUMENT, "filter rule name must be either prefix or suffix", "ArgumentName",
                "FilterRule.Name", "ArgumentValue", arena_text_string(call->arena, name), NULL);
            return false;
        }
    }
    return true;
}

static bool check_destination(struct call *call, enum destination_kind kind, struct input one,
                              struct result *refusal) {
    struct arn arn;
    struct text text = input_text(one, rows[kind].arn);
    if (!arn_parse(text, &arn) || !text_equals(arn.service, rows[kind].service) ||
        arn.account.size != ACCOUNT_SIZE - 1 || arn.region.size == 0 || arn.region.size >= REGION_SIZE ||
        text.size >= sizeof(((struct question *)NULL)->arn)) {
        *refusal =
            s3_error_text(call, S3_INVALID_ARGUMENT, "The ARN could not be parsed", "ArgumentName",
                          rows[kind].argument, "ArgumentValue", arena_text_string(call->arena, text), NULL);
        return false;
    }
    return check_filter(call, input_structure(one, "Filter"), refusal);
}

/* One configuration as it will be given back: with an Id, and rule names as AWS writes them. */
static void append_configuration(struct strbuf *json, struct call *call, enum destination_kind kind,
                                 struct input one) {
    char uuid[UUID_SIZE];
    const char *id = input_string(one, "Id");
    struct input filter = input_structure(one, "Filter");
    if (!id) {
        ids_uuid(emulator_ids(call->emulator), uuid);
        id = uuid;
    }
    strbuf_append_char(json, '{');
    append_member(json, "Id", text_of(id));
    append_member(json, rows[kind].arn, input_text(one, rows[kind].arn));
    strbuf_append_string(json, ",\"Events\":");
    json_write(json, input_list(one, "Events").value);
    if (filter.value) {
        struct input rules = input_list(input_structure(filter, "Key"), "FilterRules");
        strbuf_append_string(json, ",\"Filter\":{\"Key\":{\"FilterRules\":[");
        for (struct input rule = input_first(rules); rule.value; rule = input_next(rule)) {
            bool prefix = text_equals_ignore_case(input_text(rule, "Name"), "prefix");
            struct text value = input_text(rule, "Value");
            strbuf_append_string(json, json->data[json->size - 1] == '[' ? "{" : ",{");
            append_member(json, "Name", prefix ? TEXT("Prefix") : TEXT("Suffix"));
            append_member(json, "Value", value.data ? value : TEXT(""));
            strbuf_append_char(json, '}');
        }
        strbuf_append_string(json, "]}}");
    }
    strbuf_append_char(json, '}');
}

/* The whole configuration as JSON; destinations go into *validation. False: *refusal. */
static bool read_configuration(struct call *call, struct input configuration, struct validation *validation,
                               struct strbuf *json, struct result *refusal) {
    strbuf_append_char(json, '{');
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        struct input list = input_list(configuration, rows[kind].list);
        if (input_count(list) == 0) {
            continue;
        }
        strbuf_printf(json, "%s\"%s\":[", json->size > 1 ? "," : "", rows[kind].list);
        for (struct input one = input_first(list); one.value; one = input_next(one)) {
            if (!check_destination(call, (enum destination_kind)kind, one, refusal)) {
                return false;
            }
            if (validation->asked == MAXIMUM_DESTINATIONS) {
                *refusal =
                    s3_error_text(call, S3_INVALID_ARGUMENT, "Too many notification configurations", NULL);
                return false;
            }
            struct question *question = &validation->questions[validation->asked++];
            struct text arn = input_text(one, rows[kind].arn);
            *question = (struct question){.validation = validation, .kind = (enum destination_kind)kind};
            memcpy(question->arn, arn.data, arn.size);
            strbuf_append_string(json, json->data[json->size - 1] == '[' ? "" : ",");
            append_configuration(json, call, (enum destination_kind)kind, one);
        }
        strbuf_append_char(json, ']');
    }
    strbuf_append_char(json, '}');
    return true;
}

static struct result conclude(struct validation *validation) {
    struct call *call = validation->call;
    struct result result = result_output();
    int number = 0;
    for (int i = 0; i < validation->asked; i++) {
        const struct question *question = &validation->questions[i];
        if (!question->missing) {
            continue;
        }
        if (number++ == 0) {
            result = s3_error_text(call, S3_INVALID_ARGUMENT,
                                   "Unable to validate the following destination configurations", NULL);
        }
        if (number <= S3_MAXIMUM_NUMBERED_ARGUMENTS) {
            output_string(call_error_output(call), arena_printf(call->arena, "ArgumentName%d", number),
                          question->arn);
            output_string(call_error_output(call), arena_printf(call->arena, "ArgumentValue%d", number),
                          rows[question->kind].missing);
        }
    }
    if (number == 0) {
        s3_store_put_setting(call->store, validation->bucket_id, "Notification",
                             text_of(validation->document));
    }
    return result;
}

static void answered(void *argument, const struct call_reply *reply) {
    struct question *question = argument;
    struct validation *validation = question->validation;
    question->missing = reply->error_code;
    if (--validation->waiting > 0) {
        return;
    }
    if (validation->call) {
        call_finish(validation->call, conclude(validation));
    }
    free(validation->document);
    free(validation);
}

static void forget(void *argument) {
    struct validation *validation = argument;
    validation->call = NULL;
}

static struct text test_event(struct call *call, const struct s3_bucket *bucket) {
    struct strbuf json = STRBUF_INIT;
    strbuf_append_string(&json, "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"");
    clock_format_iso_ms(&json, call->now_ms);
    strbuf_printf(&json, "\",\"Bucket\":\"%s\",\"RequestId\":\"%s\",\"HostId\":\"%s\"}", bucket->name,
                  call->request_id, call->request_id);
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static struct result ask_destinations(struct call *call, const struct s3_bucket *bucket,
                                      struct validation *validation) {
    struct text event = test_event(call, bucket);
    validation->waiting = validation->asked;
    call_on_cancel(call, forget, validation);
    for (int i = 0; i < validation->asked; i++) {
        struct question *question = &validation->questions[i];
        start(call, question->kind, text_of(question->arn), question->kind == TO_FUNCTION ? NULL : &event,
              answered, question);
    }
    return result_pending();
}

struct result s3_put_bucket_notification(struct call *call, struct input input) {
    struct result result;
    struct s3_bucket bucket;
    struct input configuration = input_structure(input, "NotificationConfiguration");
    if (!s3_find_bucket(call, input, &bucket, &result)) {
        return result;
    }
    if (input_has(configuration, "EventBridgeConfiguration")) {
        return s3_error_text(call, S3_NOT_IMPLEMENTED, "stackrig does not send S3 events to EventBridge",
                             NULL);
    }
    struct validation *validation = xcalloc(1, sizeof(*validation));
    struct strbuf json = STRBUF_INIT;
    validation->call = call;
    validation->bucket_id = bucket.id;
    bool good = read_configuration(call, configuration, validation, &json, &result);
    validation->document = strbuf_detach(&json);
    if (good && validation->asked > 0 && !input_boolean(input, "SkipDestinationValidation", false)) {
        return ask_destinations(call, &bucket, validation);
    }
    if (good) {
        s3_store_put_setting(call->store, bucket.id, "Notification", text_of(validation->document));
        result = result_output();
    }
    free(validation->document);
    free(validation);
    return result;
}
