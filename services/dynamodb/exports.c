/*
 * ExportTableToPointInTime: the items of a moment as DynamoDB JSON, gzipped, with AWS's manifests, in a
 * bucket of S3. Source: DynamoDB Developer Guide ("export output format").
 */
#include "emulator/base/crypto.h"
#include "services/dynamodb/transfers.h"

struct upload {
    const char *key;
    struct text body;
    struct upload *next;
};

struct export {
    struct transfer transfer;
    const char *bucket;
    struct text owner;
    struct text algorithm;
    struct text kms_key;
    struct upload *uploads; /* yet to be done */
    struct upload **end;
    const char *summary_key;
    int64_t billed_bytes;
    int64_t item_count;
};

static void add_upload(struct export *export, const char *key, struct text body) {
    struct arena *arena = export->transfer.arena;
    struct upload *upload = arena_zalloc(arena, sizeof(*upload));
    *upload = (struct upload){.key = key, .body = arena_text(arena, body)};
    *export->end = upload;
    export->end = &upload->next;
}

/* ---- what goes into the bucket ---- */

static void append_md5(struct strbuf *buffer, struct text bytes) {
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(DIGEST_MD5, bytes, digest);
    crypto_append_base64(buffer, (struct text){(const char *)digest, size});
}

/* A manifest and its checksum. */
static void add_manifest(struct export *export, const char *folder, const char *name, struct text body) {
    struct arena *arena = export->transfer.arena;
    struct strbuf md5 = STRBUF_INIT;
    append_md5(&md5, body);
    add_upload(export, arena_printf(arena, "%s/%s.json", folder, name), body);
    add_upload(export, arena_printf(arena, "%s/%s.md5", folder, name), strbuf_text(&md5));
    strbuf_release(&md5);
}

/* The items one after the other, a line each. */
static void add_data(struct call *call, struct export *export, const struct table *table, int64_t when,
                     const char *folder) {
    struct strbuf lines = STRBUF_INIT, packed = STRBUF_INIT, manifest = STRBUF_INIT, hex = STRBUF_INIT;
    struct arena *arena = arena_open();
    struct statement *rows = dynamodb_store_items_at(call->store, table->id, when);
    while (statement_step(rows)) {
        struct text item = statement_text(rows, 3);
        strbuf_append_string(&lines, "{\"Item\":");
        strbuf_append_text(&lines, item);
        strbuf_append_string(&lines, "}\n");
        export->billed_bytes += (int64_t)attribute_item_size(attribute_parse_item(arena, item));
        export->item_count++;
        arena_clear(arena);
    }
    arena_close(arena);
    char name[27];
    ids_random_string(emulator_ids(call->emulator), "abcdefghijklmnopqrstuvwxyz234567", 26, name);
    const char *key = arena_printf(export->transfer.arena, "%s/data/%s.json.gz", folder, name);
    crypto_append_gzip(&packed, strbuf_text(&lines));
    add_upload(export, key, strbuf_text(&packed));
    strbuf_append_char(&manifest, '{');
    append_number_member(&manifest, "itemCount", export->item_count);
    strbuf_append_string(&manifest, ",\"md5Checksum\":\"");
    append_md5(&manifest, strbuf_text(&packed));
    crypto_append_digest_hex(&hex, DIGEST_MD5, strbuf_text(&packed));
    strbuf_append_char(&manifest, '"');
    append_text_member(&manifest, "etag", strbuf_text(&hex));
    append_text_member(&manifest, "dataFileS3Key", text_of(key));
    strbuf_append_string(&manifest, "}\n");
    add_manifest(export, folder, "manifest-files", strbuf_text(&manifest));
    strbuf_release(&lines);
    strbuf_release(&packed);
    strbuf_release(&manifest);
    strbuf_release(&hex);
}

static void append_iso_member(struct strbuf *json, const char *name, int64_t time_ms) {
    struct strbuf text = STRBUF_INIT;
    clock_format_iso_ms(&text, time_ms);
    append_text_member(json, name, strbuf_text(&text));
    strbuf_release(&text);
}

static void add_summary(struct call *call, struct export *export, struct input input,
                        const struct table *table, const char *arn, int64_t when, const char *folder) {
    struct strbuf json = STRBUF_INIT;
    struct text id = dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena);
    strbuf_append_char(&json, '{');
    append_text_member(&json, "version", TEXT("2023-08-01"));
    append_text_member(&json, "exportArn", text_of(arn));
    append_iso_member(&json, "startTime", call->now_ms);
    append_iso_member(&json, "endTime", call->now_ms);
    append_text_member(&json, "tableArn", text_of(table->arn));
    append_text_member(&json, "tableId", id);
    append_iso_member(&json, "exportTime", when);
    append_text_member(&json, "s3Bucket", input_text(input, "S3Bucket"));
    append_text_member(&json, "s3Prefix", input_text(input, "S3Prefix"));
    append_text_member(&json, "s3SseAlgorithm", export->algorithm);
    append_text_member(&json, "s3SseKmsKeyId", export->kms_key);
    append_text_member(&json, "manifestFilesS3Key",
                       text_of(arena_printf(call->arena, "%s/manifest-files.json", folder)));
    append_number_member(&json, "billedSizeBytes", export->billed_bytes);
    append_number_member(&json, "itemCount", export->item_count);
    append_text_member(&json, "outputFormat", TEXT("DYNAMODB_JSON"));
    append_text_member(&json, "exportType", TEXT("FULL_EXPORT"));
    strbuf_append_char(&json, '}');
    export->summary_key = arena_printf(export->transfer.arena, "%s/manifest-summary.json", folder);
    add_manifest(export, folder, "manifest-summary", strbuf_text(&json));
    strbuf_release(&json);
}

/* ---- writing it ---- */

static void upload_next(struct export *export);

static void uploaded(void *argument, const struct call_reply *reply) {
    struct export *export = argument;
    if (reply->error_code) {
        transfer_fail(&export->transfer, arena_printf(export->transfer.arena, "S3%s", reply->error_code),
                      reply->error_message);
        return;
    }
    export->uploads = export->uploads->next;
    if (export->uploads) {
        upload_next(export);
        return;
    }
    struct strbuf result = STRBUF_INIT;
    append_time_member(&result, "EndTime", emulator_now_ms(export->transfer.state->emulator));
    append_text_member(&result, "ExportManifest", text_of(export->summary_key));
    append_number_member(&result, "BilledSizeBytes", export->billed_bytes);
    append_number_member(&result, "ItemCount", export->item_count);
    transfer_finish(&export->transfer, "COMPLETED", strbuf_text(&result));
    strbuf_release(&result);
}

static void upload_next(struct export *export) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_char(&input, '{');
    append_text_member(&input, "Bucket", text_of(export->bucket));
    append_text_member(&input, "Key", text_of(export->uploads->key));
    append_text_member(&input, "ExpectedBucketOwner", export->owner);
    append_text_member(&input, "ServerSideEncryption",
                       text_equals(export->algorithm, "KMS") ? TEXT("aws:kms") : export->algorithm);
    append_text_member(&input, "SSEKMSKeyId", export->kms_key);
    strbuf_append_string(&input, ",\"Body\":\"");
    crypto_append_base64(&input, export->uploads->body);
    strbuf_append_string(&input, "\"}");
    transfer_call(&export->transfer, "s3", "PutObject", strbuf_text(&input), uploaded);
    strbuf_release(&input);
}

/* ---- the operations ---- */

static struct text describe(struct call *call, struct input input, const struct table *table, const char *arn,
                            int64_t when, struct text algorithm) {
    struct strbuf json = STRBUF_INIT;
    append_text_member(&json, "ExportArn", text_of(arn));
    append_time_member(&json, "StartTime", call->now_ms);
    append_text_member(&json, "TableArn", text_of(table->arn));
    append_text_member(&json, "TableId",
                       dynamodb_setting(call->store, table->id, SETTING_TABLE_ID, call->arena));
    append_time_member(&json, "ExportTime", when);
    append_text_member(&json, "ClientToken", input_text(input, "ClientToken"));
    append_text_member(&json, "S3Bucket", input_text(input, "S3Bucket"));
    append_text_member(&json, "S3BucketOwner", input_text(input, "S3BucketOwner"));
    append_text_member(&json, "S3Prefix", input_text(input, "S3Prefix"));
    append_text_member(&json, "S3SseAlgorithm", algorithm);
    append_text_member(&json, "S3SseKmsKeyId", input_text(input, "S3SseKmsKeyId"));
    append_text_member(&json, "ExportFormat", TEXT("DYNAMODB_JSON"));
    append_text_member(&json, "ExportType", TEXT("FULL_EXPORT"));
    struct text text = arena_text(call->arena, strbuf_text(&json));
    strbuf_release(&json);
    return text;
}

static bool check_export(struct call *call, struct input input, struct table **table, int64_t *when,
                         struct result *refusal) {
    struct text arn = input_text(input, "TableArn"), name;
    const char *account, *region;
    bool known = dynamodb_table_reference(call, arn, &account, &region, &name);
    *table = known ? table_find(dynamodb_state_of(call), account, region, name) : NULL;
    *when = input_timestamp(input, "ExportTime", call->now_ms);
    if (!*table) {
        *refusal = call_error(call, &dynamodb_error_TableNotFoundException, "Table not found: %.*s",
                              TEXT_ARGUMENTS(arn));
    } else if ((*table)->recovery_ms == 0) {
        *refusal = call_error(call, &dynamodb_error_PointInTimeRecoveryUnavailableException,
                              "Point in time recovery is not enabled for table '%.*s'",
                              TEXT_ARGUMENTS((*table)->name));
    } else if (*when / 1000 < recovery_begin_ms(call, *table) / 1000 || *when / 1000 > call->now_ms / 1000) {
        *refusal = call_error(call, &dynamodb_error_InvalidExportTimeException,
                              "The specified ExportTime is outside of the point in time recovery window.");
    } else if (text_equals(input_text(input, "ExportFormat"), "ION") ||
               text_equals(input_text(input, "ExportType"), "INCREMENTAL_EXPORT")) {
        *refusal = call_error(call, &error_not_implemented,
                              "stackrig exports whole tables as DYNAMODB_JSON, no ION and no increments");
    } else {
        return true;
    }
    return false;
}

struct result dynamodb_export_table_to_point_in_time(struct call *call, struct input input) {
    struct result refusal;
    struct table *table;
    struct job_row job = {.kind = JOB_EXPORT, .token = input_text(input, "ClientToken")};
    int64_t when;
    if (job.token.data && dynamodb_store_find_job_of_token(call->store, &call->identity, call->arena, &job)) {
        transfer_write(call, "ExportDescription", &job);
        return result_output();
    }
    if (!check_export(call, input, &table, &when, &refusal)) {
        return refusal;
    }
    struct export *export = transfer_open(call, sizeof(*export));
    struct arena *arena = export->transfer.arena;
    char random[9];
    ids_random_string(emulator_ids(call->emulator), IDS_HEX, 8, random);
    const char *id = arena_printf(arena, "%014lld-%s", (long long)call->now_ms, random);
    const char *arn = arena_printf(call->arena, "%s/export/%s", table->arn, id);
    struct text prefix = input_text(input, "S3Prefix"), algorithm = input_text(input, "S3SseAlgorithm");
    const char *top =
        arena_printf(arena, "%.*s%sAWSDynamoDB", TEXT_ARGUMENTS(prefix.data ? prefix : TEXT("")),
                     prefix.size > 0 ? "/" : "");
    export->end = &export->uploads;
    export->bucket = arena_text_string(arena, input_text(input, "S3Bucket"));
    export->owner = arena_text(arena, input_text(input, "S3BucketOwner"));
    export->algorithm = algorithm.data ? arena_text(arena, algorithm) : TEXT("AES256");
    export->kms_key = arena_text(arena, input_text(input, "S3SseKmsKeyId"));
    job.arn = text_of(arn);
    job.table_arn = text_of(table->arn);
    job.description = describe(call, input, table, arn, when, export->algorithm);
    const char *folder = arena_printf(arena, "%s/%s", top, id);
    add_upload(export, arena_printf(arena, "%s/_started", top), TEXT(""));
    add_data(call, export, table, when, folder);
    add_summary(call, export, input, table, arn, when, folder);
    transfer_keep(call, &export->transfer, &job);
    upload_next(export);
    transfer_write(call, "ExportDescription", &job);
    return result_output();
}

struct result dynamodb_describe_export(struct call *call, struct input input) {
    struct job_row job = {.kind = JOB_EXPORT, .arn = input_text(input, "ExportArn")};
    if (!dynamodb_store_find_job(call->store, call->arena, &job)) {
        return call_error(call, &dynamodb_error_ExportNotFoundException, "Export not found: %.*s",
                          TEXT_ARGUMENTS(job.arn));
    }
    transfer_write(call, "ExportDescription", &job);
    return result_output();
}

struct result dynamodb_list_exports(struct call *call, struct input input) {
    struct output *out = call_output(call);
    int64_t limit = input_integer(input, "MaxResults", 25), after = 0, count = 0;
    struct text token = input_text(input, "NextToken"), table = input_text(input, "TableArn");
    if (token.data && !text_to_int64(token, &after)) {
        return dynamodb_invalid(call, "Invalid Request: Provided nextToken is invalid: %.*s",
                                TEXT_ARGUMENTS(token));
    }
    struct statement *rows = dynamodb_store_jobs(call->store, &call->identity, JOB_EXPORT, after);
    bool more = false;
    output_begin_list(out, "ExportSummaries");
    while (statement_step(rows)) {
        struct job_row job = dynamodb_store_job_row(rows);
        if (table.data && !text_same(table, job.table_arn)) {
            continue;
        }
        if (count == limit) {
            more = true;
            statement_reset(rows);
            break;
        }
        output_begin_structure(out, NULL);
        output_text(out, "ExportArn", job.arn);
        output_text(out, "ExportStatus", job.status);
        output_string(out, "ExportType", "FULL_EXPORT");
        output_end(out);
        after = job.id;
        count++;
    }
    output_end(out);
    output_string(out, "NextToken", more ? arena_printf(call->arena, "%lld", (long long)after) : NULL);
    return result_output();
}
