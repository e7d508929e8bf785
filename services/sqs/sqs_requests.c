/* What all handlers share: which queue is meant, how it is named to this caller, and SQS's way of refusing.
 */
#include "services/sqs/sqs.h"

#include "emulator/base/die.h"

const struct error_shape sqs_error_invalid_parameter = {
    .name = "InvalidParameterValueException",
    .code = "InvalidParameterValue",
    .prefix = "com.amazon.coral.service#",
    .query_code = "InvalidParameterValue",
    .status = 400,
};
const struct error_shape sqs_error_missing_parameter = {
    .name = "MissingRequiredParameterException",
    .code = "MissingParameter",
    .prefix = "com.amazon.coral.service#",
    .query_code = "MissingParameter",
    .status = 400,
};

/* ---- which queue ---- */

static struct sqs_queue *find_in_region(const struct sqs_state *state, const char *account,
                                        struct text region, struct text name) {
    char copy[REGION_SIZE];
    if (!region.data || region.size >= sizeof(copy)) {
        return NULL;
    }
    snprintf(copy, sizeof(copy), "%.*s", TEXT_ARGUMENTS(region));
    return sqs_find_queue(state, account, copy, name);
}

struct sqs_queue *sqs_queue_of_url(const struct call *call, struct text url) {
    const struct sqs_state *state = sqs_state_of(call->emulator);
    struct sqs_queue_url parsed;
    char account[ACCOUNT_SIZE];
    if (!sqs_queue_url_parse(url, &parsed)) {
        return NULL;
    }
    memcpy(account, parsed.account.data ? parsed.account.data : call->identity.account, ACCOUNT_SIZE - 1);
    account[ACCOUNT_SIZE - 1] = '\0';
    /* The Region of the signature counts; an unsigned caller has only named one by a host. */
    bool is_signed = !call->request || call->identity.signing_service;
    struct sqs_queue *queue = NULL;
    if (is_signed) {
        queue = sqs_find_queue(state, account, call->identity.region, parsed.name);
    }
    if (!queue) {
        queue = find_in_region(state, account, parsed.region, parsed.name);
    }
    if (parsed.region_in_path) {
        return queue;
    }
    if (!queue && !is_signed) {
        struct text host = http_request_header(call->request, "host");
        queue = find_in_region(state, account, sqs_region_of_host(host), parsed.name);
    }
    return queue || is_signed ? queue : sqs_find_queue(state, account, call->identity.region, parsed.name);
}

struct result sqs_no_such_queue(struct call *call) {
    /* A link keeps the words of the old API. */
    bool is_link = call->operation && call->request && text_equals(call->request->method, "GET");
    return call_error(call, &sqs_error_QueueDoesNotExist, "The specified queue does not exist%s.",
                      is_link ? " for this wsdl version" : "");
}

bool sqs_refuse_on_queue_url(struct call *call, struct result *refusal) {
    struct sqs_queue_url parsed;
    if (!call->request || http_request_header(call->request, "x-amz-target").data ||
        !sqs_queue_url_parse(call->request->path, &parsed) || !parsed.account.data) {
        return false;
    }
    *refusal = call_error(call, &error_invalid_action, "The action %s is not valid for this endpoint.",
                          call->operation->name);
    return true;
}

struct sqs_queue *sqs_require_queue(struct call *call, struct input input, struct result *refusal) {
    struct sqs_queue *queue = sqs_queue_of_url(call, input_text(input, "QueueUrl"));
    if (!queue) {
        *refusal = sqs_no_such_queue(call);
    }
    return queue;
}

/* Source: SQS developer guide, "Amazon SQS FIFO queue quotas". Only when the setting fifo_throttle is on. */
#define CALLS_A_SECOND 300

struct sqs_queue *sqs_require_queue_at_rate(struct call *call, struct input input, enum sqs_rate rate,
                                            struct result *refusal) {
    struct sqs_queue *queue = sqs_require_queue(call, input, refusal);
    if (!queue || !queue->fifo || !sqs_setting(queue->state, SQS_FIFO_THROTTLE) ||
        text_equals(sqs_attribute_value(queue, SQS_THROUGHPUT_LIMIT), "perMessageGroupId")) {
        return queue;
    }
    if (queue->rates[rate].second != call->now_ms / 1000) {
        queue->rates[rate].second = call->now_ms / 1000;
        queue->rates[rate].calls = 0;
    }
    if (++queue->rates[rate].calls > CALLS_A_SECOND) {
        *refusal = call_error(call, &sqs_error_RequestThrottled,
                              "The request was denied due to request throttling.");
        return NULL;
    }
    return queue;
}

const char *sqs_url_of_queue(struct call *call, const struct sqs_queue *queue) {
    struct text host = call->request ? http_request_header(call->request, "host") : TEXT_NONE;
    if (host.size == 0) {
        return arena_printf(call->arena, "%s/%s/%s", emulator_endpoint(call->emulator), queue->account,
                            queue->name);
    }
    return arena_printf(call->arena, "%s://%.*s/%s/%s", call->request->secure ? "https" : "http",
                        TEXT_ARGUMENTS(host), queue->account, queue->name);
}

void sqs_describe(struct call *call, const struct json_value *input) {
    struct sqs_queue_url parsed;
    if (sqs_queue_url_parse(json_find_text(input, "QueueUrl"), &parsed)) {
        call_note(call, "QueueName", arena_text_string(call->arena, parsed.name));
    }
}

bool sqs_fault_is(const struct call *call, const char *kind) {
    const char *noted = call->notes ? call_noted(call, "Fault") : NULL;
    return noted && strcmp(noted, kind) == 0;
}

/* ---- refusing ---- */

struct result sqs_invalid_value(struct call *call, struct text value, const char *parameter,
                                const char *reason) {
    return call_error(call, &sqs_error_invalid_parameter,
                      "Value %.*s for parameter %s is invalid. Reason: %s", TEXT_ARGUMENTS(value), parameter,
                      reason);
}

struct result sqs_refuse(struct call *call, const struct sqs_refusal *refusal) {
    return call_error(call, refusal->error, "%s", refusal->message);
}

/* "SendMessageBatchRequestEntry.2.MessageBody": the name of the first required member that is absent, as the
 * query protocol calls it. NULL: all are there. */
static const char *find_missing(struct arena *arena, const struct shape *shape,
                                const struct json_value *value) {
    for (int i = 0; i < shape->member_count; i++) {
        const struct shape_member *member = &shape->members[i];
        const struct json_value *child = json_find(value, member->name);
        if (!child) {
            if (member->required) {
                return member->name;
            }
            continue;
        }
        if (member->shape->type != SHAPE_LIST || member->shape->members[0].shape->type != SHAPE_STRUCTURE) {
            continue;
        }
        const struct shape_member *element = &member->shape->members[0];
        int number = 1;
        for (const struct json_value *entry = child->child; entry; entry = entry->next, number++) {
            const char *missing = find_missing(arena, element->shape, entry);
            if (missing) {
                return arena_printf(arena, "%s.%d.%s", element->wire_name, number, missing);
            }
        }
    }
    return NULL;
}

static bool is_one_of(const struct shape *shape, struct text text) {
    for (int i = 0; i < shape->enum_count; i++) {
        if (text_equals(text, shape->enums[i])) {
            return true;
        }
    }
    return shape->enum_count == 0;
}

/* The first name in a list or map of attribute names that no attribute has; absent: all are known. */
static struct text find_unknown_name(const struct shape *shape, const struct json_value *value) {
    for (int i = 0; i < shape->member_count; i++) {
        const struct shape_member *member = &shape->members[i];
        const struct json_value *child = json_find(value, member->name);
        if (!child || (member->shape->type != SHAPE_LIST && member->shape->type != SHAPE_MAP)) {
            continue;
        }
        bool is_map = member->shape->type == SHAPE_MAP;
        for (const struct json_value *entry = child->child; entry; entry = entry->next) {
            struct text name = is_map ? entry->key : entry->text;
            if (name.data && !is_one_of(member->shape->members[0].shape, name)) {
                return name;
            }
        }
    }
    return TEXT_NONE;
}

/* The first message attribute without a DataType, also in entries of a batch; absent: all have one. */
static struct text find_typeless_attribute(const struct shape *shape, const struct json_value *value) {
    struct text name = TEXT_NONE;
    for (int i = 0; i < shape->member_count && !name.data; i++) {
        const struct shape *child_shape = shape->members[i].shape;
        const struct json_value *child = json_find(value, shape->members[i].name);
        bool is_map = child_shape->type == SHAPE_MAP;
        if (!child || (!is_map && child_shape->type != SHAPE_LIST)) {
            continue;
        }
        const struct shape *element = child_shape->members[is_map ? 1 : 0].shape;
        for (const struct json_value *entry = child->child; entry && !name.data; entry = entry->next) {
            if (element->type == SHAPE_STRUCTURE && is_map && !json_find(entry, "DataType")) {
                name = entry->key;
            } else if (element->type == SHAPE_STRUCTURE && !is_map) {
                name = find_typeless_attribute(element, entry);
            }
        }
    }
    return name;
}

struct result sqs_validation_failed(struct call *call, struct input input, const char *message) {
    const char *missing = find_missing(call->arena, input.shape, input.value);
    if (missing && strcmp(missing, "Entries") == 0) {
        /* Forms cannot tell an empty list from none. */
        struct result empty;
        const char *operation = call->operation->name;
        sqs_check_batch(call, input_list(input, "Entries"),
                        arena_printf(call->arena, "%sRequestEntry", operation), &empty);
        return empty;
    }
    if (missing) {
        return call_error(call, &sqs_error_missing_parameter, "The request must contain the parameter %s.",
                          missing);
    }
    struct text typeless = find_typeless_attribute(input.shape, input.value);
    if (typeless.data) {
        return call_error(call, &sqs_error_invalid_parameter,
                          "The message attribute '%.*s' must contain non-empty message attribute type.",
                          TEXT_ARGUMENTS(typeless));
    }
    struct text unknown = find_unknown_name(input.shape, input.value);
    if (unknown.data && strstr(call->operation->name, "SendMessage")) {
        return call_error(call, &sqs_error_invalid_parameter,
                          "Message system attribute name '%.*s' is invalid.", TEXT_ARGUMENTS(unknown));
    }
    if (unknown.data) {
        return call_error(call, &sqs_error_InvalidAttributeName, "Unknown Attribute %.*s.",
                          TEXT_ARGUMENTS(unknown));
    }
    return call_error(call, &sqs_error_invalid_parameter, "%s", message);
}

/* ---- batches ---- */

bool sqs_check_batch(struct call *call, struct input entries, const char *entry_name,
                     struct result *refusal) {
    size_t count = input_count(entries);
    if (count == 0) {
        *refusal = call_error(call, &sqs_error_EmptyBatchRequest,
                              "There should be at least one %s in the request.", entry_name);
        return false;
    }
    if (count > SQS_MAXIMUM_BATCH) {
        *refusal = call_error(call, &sqs_error_TooManyEntriesInBatchRequest,
                              "Maximum number of entries per request are %d. You have sent %zu.",
                              SQS_MAXIMUM_BATCH, count);
        return false;
    }
    struct text seen[SQS_MAXIMUM_BATCH];
    size_t number = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry)) {
        seen[number] = input_text(entry, "Id");
        if (!sqs_entry_id_is_valid(seen[number])) {
            *refusal = call_error(call, &sqs_error_InvalidBatchEntryId,
                                  "A batch entry id can only contain alphanumeric characters, hyphens and "
                                  "underscores. It can be at most 80 letters long.");
            return false;
        }
        number++;
    }
    for (size_t i = 1; i < number; i++) {
        for (size_t j = 0; j < i; j++) {
            if (text_same(seen[i], seen[j])) {
                *refusal = call_error(call, &sqs_error_BatchEntryIdsNotDistinct, "Id %.*s repeated.",
                                      TEXT_ARGUMENTS(seen[i]));
                return false;
            }
        }
    }
    return true;
}

void sqs_write_failed(struct call *call, struct input entries, const struct sqs_refusal *refusals) {
    struct output *out = call_output(call);
    bool begun = false;
    size_t number = 0;
    for (struct input entry = input_first(entries); entry.value; entry = input_next(entry), number++) {
        const struct error_shape *error = refusals[number].error;
        if (!error) {
            continue;
        }
        if (!begun) {
            output_begin_list(out, "Failed");
            begun = true;
        }
        output_begin_structure(out, NULL);
        output_text(out, "Id", input_text(entry, "Id"));
        output_boolean(out, "SenderFault", true);
        output_string(out, "Code",
                      error->query_code ? error->query_code
                      : error->code     ? error->code
                                        : error->name);
        output_string(out, "Message", refusals[number].message);
        output_end(out);
    }
    if (begun) {
        output_end(out);
    }
}
