/* The document that is kept of an event source mapping: reading it, and making it of a request. */
#include "emulator/base/arn.h"
#include "services/lambda/event_source_mapping.h"
#include "services/lambda/function_reference.h"

/* ---- reading ---- */

int64_t mapping_document_number(const struct json_value *document, const char *member, int64_t fallback) {
    const struct json_value *value = json_find(document, member);
    int64_t number = fallback;
    if (value) {
        text_to_int64(value->text, &number);
    }
    return number;
}

bool mapping_document_says(const struct json_value *document, const char *member) {
    const struct json_value *value = json_find(document, member);
    return value && value->type == JSON_VALUE_TRUE;
}

void mapping_read_document(struct arena *arena, const struct lambda_document *row, struct mapping *mapping) {
    const struct json_value *document = json_parse(arena, text_of(row->document), NULL);
    struct function_reference reference;
    *mapping = (struct mapping){
        .id = row->id,
        .owner = row->owner,
        .source_arn = row->source,
        .function_arn = row->function,
        .enabled = mapping_document_says(document, "Enabled"),
        .batch_size = mapping_document_number(document, "BatchSize", 10),
        .window_s = mapping_document_number(document, "MaximumBatchingWindowInSeconds", 0),
        .maximum_concurrency =
            mapping_document_number(json_find(document, "ScalingConfig"), "MaximumConcurrency", 0),
        .maximum_retries = mapping_document_number(document, "MaximumRetryAttempts", -1),
        .maximum_age_s = mapping_document_number(document, "MaximumRecordAgeInSeconds", -1),
        .bisects = mapping_document_says(document, "BisectBatchOnFunctionError"),
        .starting_position = arena_text_string(arena, json_find_text(document, "StartingPosition")),
    };
    function_reference_parse(text_of(row->function), &reference);
    mapping->function = arena_text_string(arena, reference.name);
    mapping->qualifier = arena_text_string(arena, reference.qualifier);
    struct arn arn;
    arn_parse(text_of(row->source), &arn);
    mapping->source = text_equals(arn.service, "sqs") ? MAPPING_QUEUE : MAPPING_STREAM;
    mapping->fifo = text_ends_with(arn.resource, ".fifo");
    const struct json_value *types = json_find(document, "FunctionResponseTypes");
    mapping->reports_items = types && types->count > 0;
    const struct json_value *filters = json_find(json_find(document, "FilterCriteria"), "Filters");
    mapping->filters = filters && filters->count ? lambda_json_text(arena, filters) : NULL;
    mapping->on_failure = arena_text_string(
        arena,
        json_find_text(json_find(json_find(document, "DestinationConfig"), "OnFailure"), "Destination"));
}

bool mapping_read(struct store *store, struct arena *arena, const char *id, struct mapping *mapping) {
    struct lambda_document row;
    if (!lambda_store_document(store, LAMBDA_DOCUMENT_MAPPING, id, arena, &row) ||
        strcmp(row.state, "Deleting") == 0) {
        return false;
    }
    mapping_read_document(arena, &row, mapping);
    return true;
}

/* ---- changing ---- */

/* The document with one member more or changed; value is JSON. */
static const char *with_member(struct arena *arena, const char *document, const char *name,
                               const char *value) {
    const struct json_value *parsed = json_parse(arena, text_of(document), NULL);
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append_char(&buffer, '{');
    for (const struct json_value *member = parsed->child; member; member = member->next) {
        if (!text_equals(member->key, name)) {
            json_write_string(&buffer, member->key);
            strbuf_append_char(&buffer, ':');
            json_write(&buffer, member);
            strbuf_append_char(&buffer, ',');
        }
    }
    strbuf_printf(&buffer, "\"%s\":%s}", name, value);
    const char *text = arena_copy(arena, buffer.data, buffer.size);
    strbuf_release(&buffer);
    return text;
}

void mapping_note_result(struct lambda *lambda, const char *id, const char *result) {
    struct arena *arena = arena_open();
    struct store *store = emulator_store(lambda->emulator);
    struct lambda_document row;
    if (lambda_store_document(store, LAMBDA_DOCUMENT_MAPPING, id, arena, &row)) {
        row.document =
            with_member(arena, row.document, "LastProcessingResult", arena_printf(arena, "\"%s\"", result));
        lambda_store_put_document(store, LAMBDA_DOCUMENT_MAPPING, &row);
    }
    arena_close(arena);
}

static void append_value(struct strbuf *document, const char *name, const struct json_value *value) {
    if (value) {
        strbuf_printf(document, ",\"%s\":", name);
        json_write(document, value);
    }
}

static void append_number(struct strbuf *document, struct input input, const char *name,
                          const struct json_value *old, int64_t fallback) {
    strbuf_printf(document, ",\"%s\":%lld", name,
                  (long long)input_integer(input, name, mapping_document_number(old, name, fallback)));
}

const char *mapping_build_document(struct call *call, struct input input, const struct json_value *old,
                                   bool queue) {
    struct strbuf document = STRBUF_INIT;
    bool enabled = input_boolean(input, "Enabled", old ? mapping_document_says(old, "Enabled") : true);
    strbuf_printf(&document, "{\"Enabled\":%s", enabled ? "true" : "false");
    append_number(&document, input, "BatchSize", old, queue ? 10 : 100);
    append_number(&document, input, "MaximumBatchingWindowInSeconds", old, 0);
    const struct json_value *types = input_list(input, "FunctionResponseTypes").value;
    types = types ? types : json_find(old, "FunctionResponseTypes");
    if (types) {
        append_value(&document, "FunctionResponseTypes", types);
    } else if (queue) {
        strbuf_append_string(&document, ",\"FunctionResponseTypes\":[]");
    }
    const struct json_value *filters = input_structure(input, "FilterCriteria").value;
    filters = filters ? filters : json_find(old, "FilterCriteria");
    append_value(&document, "FilterCriteria", filters && filters->count ? filters : NULL);
    const struct json_value *scaling = input_structure(input, "ScalingConfig").value;
    scaling = scaling ? scaling : json_find(old, "ScalingConfig");
    append_value(&document, "ScalingConfig", scaling && scaling->count ? scaling : NULL);
    if (!queue) {
        append_number(&document, input, "ParallelizationFactor", old, 1);
        append_number(&document, input, "MaximumRecordAgeInSeconds", old, -1);
        append_number(&document, input, "MaximumRetryAttempts", old, -1);
        append_number(&document, input, "TumblingWindowInSeconds", old, 0);
        bool bisects = input_boolean(input, "BisectBatchOnFunctionError",
                                     mapping_document_says(old, "BisectBatchOnFunctionError"));
        strbuf_printf(&document, ",\"BisectBatchOnFunctionError\":%s", bisects ? "true" : "false");
        const struct json_value *destination = input_structure(input, "DestinationConfig").value;
        destination = destination ? destination : json_find(old, "DestinationConfig");
        if (destination && destination->count) {
            append_value(&document, "DestinationConfig", destination);
        } else {
            strbuf_append_string(&document, ",\"DestinationConfig\":{\"OnFailure\":{}}");
        }
        struct text position =
            old ? json_find_text(old, "StartingPosition") : input_text(input, "StartingPosition");
        strbuf_append_string(&document, ",\"StartingPosition\":");
        json_write_string(&document, position.data ? position : TEXT("LATEST"));
        struct text result = json_find_text(old, "LastProcessingResult");
        strbuf_append_string(&document, ",\"LastProcessingResult\":");
        json_write_string(&document, result.data ? result : TEXT("No records processed"));
    }
    strbuf_append_char(&document, '}');
    const char *text = arena_copy(call->arena, document.data, document.size);
    strbuf_release(&document);
    return text;
}
