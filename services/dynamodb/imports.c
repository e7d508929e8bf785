/*
 * ImportTable: a new table from the files under a prefix of a bucket, DynamoDB JSON or CSV, gzipped or not.
 * Lines that are no items are counted as errors, the others come in. Source: DynamoDB Developer Guide
 * ("import format").
 */
#include "emulator/base/crypto.h"
#include "services/dynamodb/transfers.h"

#define BATCH 25
#define UNPACKED_LIMIT ((size_t)256 * 1024 * 1024)

struct source {
    const char *key;
    struct source *next;
};

struct line {
    struct text item; /* as JSON */
    struct line *next;
};

struct import {
    struct transfer transfer;
    const char *bucket;
    struct text owner;
    struct text prefix;
    struct text parameters; /* TableCreationParameters */
    struct text table_name;
    struct text table_id;
    struct table *draft; /* its attribute types */
    bool gzip, csv;
    char delimiter;
    struct text header; /* CSV's first line, when the request gives it; absent: the file does */
    struct source *sources;
    struct source **sources_end;
    struct line *lines; /* of the file at hand */
    size_t in_batch;    /* of the lines; sent and not yet answered */
    int64_t processed_bytes, processed, imported, errors;
};

static void next_source(struct import *import);
static void next_batch(struct import *import, size_t most);

static struct arena *arena_of(struct import *import) {
    return import->transfer.arena;
}

static void finish(struct import *import) {
    struct strbuf result = STRBUF_INIT;
    append_time_member(&result, "EndTime", emulator_now_ms(import->transfer.state->emulator));
    append_text_member(&result, "TableId", import->table_id);
    append_number_member(&result, "ProcessedSizeBytes", import->processed_bytes);
    append_number_member(&result, "ProcessedItemCount", import->processed);
    append_number_member(&result, "ImportedItemCount", import->imported);
    append_number_member(&result, "ErrorCount", import->errors);
    if (import->errors > 0) {
        append_text_member(&result, "FailureCode", TEXT("ItemValidationError"));
        append_text_member(&result, "FailureMessage",
                           TEXT("Some of the items failed validation checks. Please check CloudWatch error "
                                "logs for more details."));
    }
    transfer_finish(&import->transfer, import->errors > 0 ? "FAILED" : "COMPLETED", strbuf_text(&result));
    strbuf_release(&result);
}

/* ---- lines ---- */

static void add_line(struct import *import, struct line ***end, struct text item) {
    struct line *line = arena_zalloc(arena_of(import), sizeof(*line));
    line->item = arena_text(arena_of(import), item);
    **end = line;
    *end = &line->next;
}

/* Cuts an object off: objects may follow each other without a line's end between them. What is none: a line.
 */
static struct text cut_object(struct text *rest) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; rest->size > 0 && rest->data[0] == '{' && i < rest->size; i++) {
        char byte = rest->data[i];
        if (quoted) {
            i += byte == '\\';
            quoted = byte != '"';
            continue;
        }
        quoted = byte == '"';
        depth += (byte == '{') - (byte == '}');
        if (depth == 0) {
            struct text object = {rest->data, i + 1};
            *rest = text_slice(*rest, i + 1, rest->size);
            return object;
        }
    }
    return text_cut(rest, '\n');
}

/* {"Item": {...}} */
static void read_json_line(struct import *import, struct line ***end, struct text text) {
    struct json_value *json = json_parse(arena_of(import), text, NULL);
    const struct json_value *item = json_find(json, "Item");
    import->processed++;
    if (!item || item->type != JSON_VALUE_OBJECT) {
        import->errors++;
        return;
    }
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, item);
    add_line(import, end, strbuf_text(&buffer));
    strbuf_release(&buffer);
}

/* Cuts a field off; quotes enclose delimiters, and are doubled inside. */
static struct text cut_field(struct import *import, struct text *rest) {
    if (rest->size == 0 || rest->data[0] != '"') {
        return text_cut(rest, import->delimiter);
    }
    struct strbuf field = STRBUF_INIT;
    size_t at = 1;
    while (at < rest->size && (rest->data[at] != '"' || (at + 1 < rest->size && rest->data[at + 1] == '"'))) {
        at += rest->data[at] == '"';
        strbuf_append_char(&field, rest->data[at++]);
    }
    struct text tail = text_slice(*rest, at + 1, rest->size);
    text_cut(&tail, import->delimiter);
    *rest = tail;
    struct text text = arena_text(arena_of(import), strbuf_text(&field));
    strbuf_release(&field);
    return text;
}

/* Key attributes have their types, all others are strings; empty fields are left out. */
static void read_csv_line(struct import *import, struct line ***end, struct text header, struct text text) {
    struct strbuf item = STRBUF_INIT;
    strbuf_append_char(&item, '{');
    import->processed++;
    while (header.data && text.data) {
        struct text name = cut_field(import, &header), value = cut_field(import, &text);
        enum attribute_type type = ATTRIBUTE_S;
        for (size_t i = 0; i < import->draft->attribute_count; i++) {
            if (text_same(import->draft->attributes[i].name, name)) {
                type = import->draft->attributes[i].type;
            }
        }
        if (value.size > 0) {
            strbuf_append_string(&item, item.size > 1 ? "," : "");
            json_write_string(&item, name);
            strbuf_printf(&item, ":{\"%s\":", attribute_type_name(type));
            json_write_string(&item, value);
            strbuf_append_char(&item, '}');
        }
    }
    strbuf_append_char(&item, '}');
    add_line(import, end, strbuf_text(&item));
    strbuf_release(&item);
}

static void read_file(struct import *import, struct text bytes) {
    struct strbuf unpacked = STRBUF_INIT;
    strbuf_init(&unpacked, UNPACKED_LIMIT);
    import->processed_bytes += (int64_t)bytes.size;
    if (import->gzip && !crypto_append_gunzip(&unpacked, bytes)) {
        import->errors++;
        strbuf_release(&unpacked);
        return;
    }
    struct text rest = import->gzip ? strbuf_text(&unpacked) : bytes, header = import->header;
    struct line **end = &import->lines;
    while (rest.size > 0) {
        struct text text = text_trim(import->csv ? text_cut(&rest, '\n') : cut_object(&rest));
        rest = import->csv ? rest : text_trim(rest);
        if (text.size == 0) {
            continue;
        }
        if (!import->csv) {
            read_json_line(import, &end, text);
        } else if (!header.data) {
            header = arena_text(arena_of(import), text);
        } else {
            read_csv_line(import, &end, header, text);
        }
    }
    strbuf_release(&unpacked);
}

/* ---- into the table ---- */

static void batch_done(void *argument, const struct call_reply *reply) {
    struct import *import = argument;
    if (reply->error_code && import->in_batch > 1) { /* who is to blame? */
        next_batch(import, 1);
        return;
    }
    for (size_t i = 0; i < import->in_batch; i++) {
        import->lines = import->lines->next;
    }
    import->errors += reply->error_code != NULL;
    import->imported += reply->error_code ? 0 : (int64_t)import->in_batch;
    next_batch(import, BATCH);
}

/* The next lines, at most so many, or the next file. */
static void next_batch(struct import *import, size_t most) {
    struct strbuf input = STRBUF_INIT;
    if (!import->lines) {
        next_source(import);
        return;
    }
    strbuf_append_string(&input, "{\"RequestItems\":{");
    json_write_string(&input, import->table_name);
    strbuf_append_string(&input, ":[");
    import->in_batch = 0;
    for (struct line *line = import->lines; line && import->in_batch < most; line = line->next) {
        strbuf_append_string(&input, import->in_batch > 0 ? ",{\"PutRequest\":{\"Item\":"
                                                          : "{\"PutRequest\":{\"Item\":");
        strbuf_append_text(&input, line->item);
        strbuf_append_string(&input, "}}");
        import->in_batch++;
    }
    strbuf_append_string(&input, "]}}");
    transfer_call(&import->transfer, "dynamodb", "BatchWriteItem", strbuf_text(&input), batch_done);
    strbuf_release(&input);
}

/* ---- out of the bucket ---- */

static void fail_by_s3(struct import *import, const struct call_reply *reply) {
    transfer_fail(&import->transfer, arena_printf(arena_of(import), "S3%s", reply->error_code),
                  reply->error_message);
}

static void file_came(void *argument, const struct call_reply *reply) {
    struct import *import = argument;
    struct strbuf bytes = STRBUF_INIT;
    if (reply->error_code) {
        fail_by_s3(import, reply);
        return;
    }
    struct text body = json_find_text(reply->value, "Body");
    strbuf_init(&bytes, UNPACKED_LIMIT);
    (void)crypto_append_unbase64(&bytes, body.data ? body : TEXT(""));
    read_file(import, strbuf_text(&bytes));
    strbuf_release(&bytes);
    import->sources = import->sources->next;
    next_batch(import, BATCH);
}

/* What every request to the bucket says. */
static void begin_request(struct import *import, struct strbuf *input) {
    strbuf_append_char(input, '{');
    append_text_member(input, "Bucket", text_of(import->bucket));
    append_text_member(input, "ExpectedBucketOwner", import->owner);
}

static void next_source(struct import *import) {
    struct strbuf input = STRBUF_INIT;
    if (!import->sources) {
        finish(import);
        return;
    }
    begin_request(import, &input);
    append_text_member(&input, "Key", text_of(import->sources->key));
    strbuf_append_char(&input, '}');
    transfer_call(&import->transfer, "s3", "GetObject", strbuf_text(&input), file_came);
    strbuf_release(&input);
}

static void table_made(void *argument, const struct call_reply *reply) {
    struct import *import = argument;
    if (reply->error_code) {
        transfer_fail(&import->transfer, "ValidationError", reply->error_message);
        return;
    }
    struct text id = json_find_text(json_find(reply->value, "TableDescription"), "TableId");
    import->table_id = arena_text(arena_of(import), id);
    next_source(import);
}

static void list(struct import *import, struct text token);

static void listed(void *argument, const struct call_reply *reply) {
    struct import *import = argument;
    const struct json_value *contents = json_find(reply->value, "Contents");
    struct text token = json_find_text(reply->value, "NextContinuationToken");
    if (reply->error_code) {
        fail_by_s3(import, reply);
        return;
    }
    for (const struct json_value *object = contents ? contents->child : NULL; object; object = object->next) {
        struct source *source = arena_zalloc(arena_of(import), sizeof(*source));
        source->key = arena_text_string(arena_of(import), json_find_text(object, "Key"));
        *import->sources_end = source;
        import->sources_end = &source->next;
    }
    if (token.data) {
        list(import, token);
        return;
    }
    transfer_call(&import->transfer, "dynamodb", "CreateTable", import->parameters, table_made);
}

static void list(struct import *import, struct text token) {
    struct strbuf input = STRBUF_INIT;
    begin_request(import, &input);
    append_text_member(&input, "Prefix", import->prefix);
    append_text_member(&input, "ContinuationToken", token);
    strbuf_append_char(&input, '}');
    transfer_call(&import->transfer, "s3", "ListObjectsV2", strbuf_text(&input), listed);
    strbuf_release(&input);
}

/* ---- the operations ---- */

static void append_json_member(struct call *call, struct strbuf *json, struct input input, const char *name) {
    if (input_has(input, name)) {
        struct strbuf value = STRBUF_INIT;
        json_write(&value, input_value(input, name));
        strbuf_printf(json, ",\"%s\":%s", name, arena_text_string(call->arena, strbuf_text(&value)));
        strbuf_release(&value);
    }
}

static struct text describe(struct call *call, struct input input, const struct job_row *job) {
    struct strbuf json = STRBUF_INIT;
    struct text compression = input_text(input, "InputCompressionType");
    append_text_member(&json, "ImportArn", job->arn);
    append_text_member(&json, "TableArn", job->table_arn);
    append_text_member(&json, "ClientToken", input_text(input, "ClientToken"));
    append_json_member(call, &json, input, "S3BucketSource");
    append_text_member(&json, "InputFormat", input_text(input, "InputFormat"));
    append_json_member(call, &json, input, "InputFormatOptions");
    append_text_member(&json, "InputCompressionType", compression.data ? compression : TEXT("NONE"));
    append_json_member(call, &json, input, "TableCreationParameters");
    append_time_member(&json, "StartTime", call->now_ms);
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static bool check_import(struct call *call, struct input input, struct table *draft, struct result *refusal) {
    struct input parameters = input_structure(input, "TableCreationParameters");
    struct text name = input_text(parameters, "TableName");
    if (text_equals(input_text(input, "InputFormat"), "ION") ||
        text_equals(input_text(input, "InputCompressionType"), "ZSTD")) {
        *refusal = call_error(call, &error_not_implemented,
                              "stackrig imports DYNAMODB_JSON and CSV, plain or GZIP, no ION and no ZSTD");
        return false;
    }
    if (input_has(input, "InputFormatOptions") && !text_equals(input_text(input, "InputFormat"), "CSV")) {
        return table_fail(call, refusal,
                          "Invalid Request: Unsupported InputFormatOptions for the given input format: %.*s.",
                          TEXT_ARGUMENTS(input_text(input, "InputFormat")));
    }
    /* The same members, but CreateTable knows more. */
    parameters.shape = service_model_operation(&dynamodb_model, TEXT("CreateTable"))->input;
    if (!table_read_draft(call, parameters, draft, refusal)) {
        return false;
    }
    if (table_find(dynamodb_state_of(call), call->identity.account, call->identity.region, name)) {
        *refusal = call_error(call, &dynamodb_error_ResourceInUseException, "Table already exists: %.*s",
                              TEXT_ARGUMENTS(name));
        return false;
    }
    return true;
}

/* HeaderList as a line of a file. */
static struct text header_line(struct import *import, struct input list) {
    struct strbuf line = STRBUF_INIT;
    for (struct input name = input_first(list); name.value; name = input_next(name)) {
        if (line.size > 0) {
            strbuf_append_char(&line, import->delimiter);
        }
        strbuf_append_text(&line, input_as_text(name));
    }
    struct text text = line.size > 0 ? arena_text(arena_of(import), strbuf_text(&line)) : TEXT_NONE;
    strbuf_release(&line);
    return text;
}

static struct import *open_import(struct call *call, struct input input, const struct table *draft) {
    struct import *import = transfer_open(call, sizeof(*import));
    struct arena *arena = arena_of(import);
    struct input source = input_structure(input, "S3BucketSource");
    struct input parameters = input_structure(input, "TableCreationParameters");
    struct input csv = input_structure(input_structure(input, "InputFormatOptions"), "Csv");
    struct text delimiter = input_text(csv, "Delimiter");
    struct strbuf json = STRBUF_INIT;
    json_write(&json, parameters.value);
    import->sources_end = &import->sources;
    import->bucket = arena_text_string(arena, input_text(source, "S3Bucket"));
    import->owner = arena_text(arena, input_text(source, "S3BucketOwner"));
    import->prefix = arena_text(arena, input_text(source, "S3KeyPrefix"));
    import->parameters = arena_text(arena, strbuf_text(&json));
    import->table_name = arena_text(arena, input_text(parameters, "TableName"));
    import->gzip = text_equals(input_text(input, "InputCompressionType"), "GZIP");
    import->csv = text_equals(input_text(input, "InputFormat"), "CSV");
    import->delimiter = delimiter.size > 0 ? delimiter.data[0] : ',';
    import->header = header_line(import, input_list(csv, "HeaderList"));
    import->draft = arena_zalloc(arena, sizeof(*import->draft));
    import->draft->attribute_count = draft->attribute_count;
    import->draft->attributes =
        arena_zalloc(arena, (draft->attribute_count + 1) * sizeof(*draft->attributes));
    for (size_t i = 0; i < draft->attribute_count; i++) {
        import->draft->attributes[i] = draft->attributes[i];
        import->draft->attributes[i].name = arena_text(arena, draft->attributes[i].name);
    }
    strbuf_release(&json);
    return import;
}

struct result dynamodb_import_table(struct call *call, struct input input) {
    struct result refusal;
    struct table draft = {0};
    struct job_row job = {.kind = JOB_IMPORT, .token = input_text(input, "ClientToken")};
    if (job.token.data && dynamodb_store_find_job_of_token(call->store, &call->identity, call->arena, &job)) {
        transfer_write(call, "ImportTableDescription", &job);
        return result_output();
    }
    if (!check_import(call, input, &draft, &refusal)) {
        return refusal;
    }
    struct import *import = open_import(call, input, &draft);
    char random[9];
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, 8, random);
    job.table_arn =
        text_of(arena_printf(call->arena, "arn:aws:dynamodb:%s:%s:table/%.*s", call->identity.region,
                             call->identity.account, TEXT_ARGUMENTS(import->table_name)));
    job.arn = text_of(arena_printf(call->arena, "%.*s/import/%014lld-%s", TEXT_ARGUMENTS(job.table_arn),
                                   (long long)call->now_ms, random));
    job.description = describe(call, input, &job);
    transfer_keep(call, &import->transfer, &job);
    list(import, TEXT_NONE);
    transfer_write(call, "ImportTableDescription", &job);
    return result_output();
}

struct result dynamodb_describe_import(struct call *call, struct input input) {
    struct job_row job = {.kind = JOB_IMPORT, .arn = input_text(input, "ImportArn")};
    if (!dynamodb_store_find_job(call->store, call->arena, &job)) {
        return call_error(call, &dynamodb_error_ImportNotFoundException, "Import not found: %.*s",
                          TEXT_ARGUMENTS(job.arn));
    }
    transfer_write(call, "ImportTableDescription", &job);
    return result_output();
}

static void write_summary(struct call *call, const struct job_row *job) {
    static const char *const members[] = {"ImportArn",   "TableArn",  "S3BucketSource",
                                          "InputFormat", "StartTime", "EndTime"};
    struct output *out = call_output(call);
    const struct json_value *parts[2];
    struct text texts[] = {job->description, job->result};
    for (size_t i = 0; i < 2; i++) {
        parts[i] = json_parse(call->arena,
                              text_of(arena_printf(call->arena, "{%.*s}", TEXT_ARGUMENTS(texts[i]))), NULL);
    }
    output_begin_structure(out, NULL);
    output_text(out, "ImportStatus", job->status);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct json_value *value = json_find(parts[0], members[i]);
        value = value ? value : json_find(parts[1], members[i]);
        if (value) {
            output_value(out, members[i], value);
        }
    }
    output_end(out);
}

struct result dynamodb_list_imports(struct call *call, struct input input) {
    struct output *out = call_output(call);
    int64_t limit = input_integer(input, "PageSize", 25), after = 0, count = 0;
    struct text token = input_text(input, "NextToken"), table = input_text(input, "TableArn");
    struct strbuf next = STRBUF_INIT;
    for (size_t i = 0; i < 16 && i < token.size; i++) { /* hexadecimal, as the model has it */
        after = after * 16 + (token.data[i] <= '9' ? token.data[i] - '0' : token.data[i] - 'a' + 10);
    }
    struct statement *rows = dynamodb_store_jobs(call->store, &call->identity, JOB_IMPORT, after);
    output_begin_list(out, "ImportSummaryList");
    while (statement_step(rows)) {
        struct job_row job = dynamodb_store_job_row(rows);
        if (table.data && !text_same(table, job.table_arn)) {
            continue;
        }
        if (count == limit) {
            for (int i = 0; i < 7; i++) {
                strbuf_printf(&next, "%016llx", (unsigned long long)after);
            }
            statement_reset(rows);
            break;
        }
        write_summary(call, &job);
        after = job.id;
        count++;
    }
    output_end(out);
    output_text(out, "NextToken", next.size > 0 ? strbuf_text(&next) : TEXT_NONE);
    strbuf_release(&next);
    return result_output();
}
