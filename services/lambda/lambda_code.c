#include "services/lambda/lambda_code.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "emulator/base/embed.h"
#include "services/lambda/zip_archive.h"

#define ZIPPED_MAXIMUM_BYTES 52428800
#define REQUEST_MAXIMUM_BYTES 70167211

EMBED(lambda_cfnresponse_python, "services/lambda/bootstrap/cfnresponse.py")
EMBED(lambda_cfnresponse_node, "services/lambda/bootstrap/cfn-response.js")

/* ---- taking code in ---- */

static bool is_zip(struct text bytes) {
    return bytes.size >= 4 && memcmp(bytes.data, "PK", 2) == 0;
}

/*
 * Source text from a template's ZipFile property becomes index.py or index.js, with AWS's answer module
 * beside it. Source: CloudFormation User Guide, cfn-response module.
 */
static struct text zip_of_source(struct arena *arena, struct text source, const char *runtime) {
    struct zip_file files[2];
    size_t count = 1;
    if (strncmp(runtime, "python", 6) == 0) {
        files[0] = (struct zip_file){"index.py", source};
        files[count++] = (struct zip_file){"cfnresponse.py", lambda_cfnresponse_python()};
    } else if (strncmp(runtime, "nodejs", 6) == 0) {
        files[0] = (struct zip_file){"index.js", source};
        files[count++] = (struct zip_file){"cfn-response.js", lambda_cfnresponse_node()};
    } else {
        return TEXT_NONE;
    }
    return zip_archive_make(arena, files, count);
}

static struct result keep_zip(struct call *call, struct input input, struct text zip, lambda_code_fn *next) {
    switch (zip_archive_check(zip, NULL)) {
    case ZIP_BROKEN:
        return lambda_fail(
            call, &lambda_error_InvalidParameterValueException,
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
    case ZIP_EMPTY:
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Uploaded file must be a non-empty zip");
    case ZIP_TOO_LARGE:
        return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                           "Unzipped size must be smaller than %lld bytes",
                           (long long)ZIP_MAXIMUM_UNPACKED_BYTES);
    case ZIP_GOOD:
        break;
    }
    unsigned char digest[DIGEST_MAXIMUM_SIZE];
    size_t size = crypto_digest(DIGEST_SHA256, zip, digest);
    struct strbuf base64 = STRBUF_INIT;
    struct strbuf hex = STRBUF_INIT;
    crypto_append_base64(&base64, (struct text){(const char *)digest, size});
    crypto_append_hex(&hex, (struct text){(const char *)digest, size});
    const struct lambda_code code = {
        .key = arena_copy(call->arena, hex.data, hex.size),
        .sha256 = arena_copy(call->arena, base64.data, base64.size),
        .size = (int64_t)zip.size,
    };
    strbuf_release(&base64);
    strbuf_release(&hex);
    lambda_store_put_code(call->store, code.key, zip);
    return next(call, input, &code);
}

/* Waiting for S3. */
struct fetch {
    struct call *call; /* NULL: it ended without us */
    struct input input;
    lambda_code_fn *next;
};

static void fetch_cancelled(void *argument) {
    struct fetch *fetch = argument;
    fetch->call = NULL;
}

static struct result fetched(struct fetch *fetch, const struct call_reply *reply) {
    if (reply->error_code) {
        return lambda_fail(fetch->call, &lambda_error_InvalidParameterValueException,
                           "Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s",
                           reply->error_code, reply->error_message);
    }
    struct text body = json_find_text(reply->value, "Body");
    struct strbuf zip = STRBUF_INIT;
    struct result result;
    if (!crypto_append_unbase64(&zip, body.data ? body : TEXT(""))) {
        zip.size = 0;
    }
    result = keep_zip(fetch->call, fetch->input, strbuf_text(&zip), fetch->next);
    strbuf_release(&zip);
    return result;
}

static void fetch_done(void *argument, const struct call_reply *reply) {
    struct fetch *fetch = argument;
    if (fetch->call) {
        call_on_cancel(fetch->call, NULL, NULL);
        call_finish(fetch->call, fetched(fetch, reply));
    }
    free(fetch);
}

static struct result fetch_from_s3(struct call *call, struct input input, struct input source,
                                   lambda_code_fn *next) {
    struct strbuf request = STRBUF_INIT;
    strbuf_append_string(&request, "{\"Bucket\":");
    json_write_string(&request, input_text(source, "S3Bucket"));
    strbuf_append_string(&request, ",\"Key\":");
    json_write_string(&request, input_text(source, "S3Key"));
    if (input_has(source, "S3ObjectVersion")) {
        strbuf_append_string(&request, ",\"VersionId\":");
        json_write_string(&request, input_text(source, "S3ObjectVersion"));
    }
    strbuf_append_char(&request, '}');
    struct fetch *fetch = xmalloc(sizeof *fetch);
    *fetch = (struct fetch){call, input, next};
    call_on_cancel(call, fetch_cancelled, fetch);
    call_start(call->emulator,
               &(struct call_request){.service = "s3",
                                      .operation = "GetObject",
                                      .input = strbuf_text(&request),
                                      .caller = call_identity(call),
                                      .origin = "lambda"},
               fetch_done, fetch);
    strbuf_release(&request);
    return result_pending();
}

static struct result take_image(struct call *call, struct input input, const char *uri,
                                lambda_code_fn *next) {
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_SHA256, text_of(uri));
    const struct lambda_code code = {.sha256 = arena_copy(call->arena, hex.data, hex.size), .image_uri = uri};
    strbuf_release(&hex);
    return next(call, input, &code);
}

struct result lambda_code_take(struct call *call, struct input input, struct input source,
                               const char *runtime, lambda_code_fn *next) {
    if (call->request && call->request->body.size > REQUEST_MAXIMUM_BYTES) {
        return call_error(call, &error_request_too_large,
                          "Request must be smaller than %d bytes for the %s operation", REQUEST_MAXIMUM_BYTES,
                          call->operation->name);
    }
    if (input_has(source, "ZipFile")) {
        struct text zip = input_blob(source, "ZipFile");
        if (zip.size > ZIPPED_MAXIMUM_BYTES) {
            return call_error(call, &error_request_too_large, "Zipped size must be smaller than %d bytes",
                              ZIPPED_MAXIMUM_BYTES);
        }
        if (!call->request && runtime && !is_zip(zip)) {
            zip = zip_of_source(call->arena, zip, runtime);
        }
        return keep_zip(call, input, zip.data ? zip : TEXT(""), next);
    }
    if (input_has(source, "S3Bucket") && input_has(source, "S3Key")) {
        return fetch_from_s3(call, input, source, next);
    }
    if (shape_member(source.shape, TEXT("ImageUri")) && input_has(source, "ImageUri")) {
        return take_image(call, input, input_string(source, "ImageUri"), next);
    }
    return lambda_fail(call, &lambda_error_InvalidParameterValueException,
                       "Please provide a source for function code.");
}

/* ---- unpacking ---- */

bool lambda_make_directory(const char *path) {
    char *copy = xstrdup(path);
    bool good = true;
    for (char *slash = strchr(copy + 1, '/'); good; slash = strchr(slash + 1, '/')) {
        if (slash) {
            *slash = 0;
        }
        good = mkdir(copy, 0755) == 0 || errno == EEXIST;
        if (!slash) {
            break;
        }
        *slash = '/';
    }
    free(copy);
    return good;
}

/* Unpacks beside the final name and renames, so that a directory that is there is whole. */
static const char *unpack_once(struct emulator *emulator, struct arena *arena, const char *directory,
                               const char *const *keys, size_t count) {
    if (access(directory, F_OK) == 0) {
        return directory;
    }
    const char *half = arena_printf(arena, "%s.half", directory);
    if (!lambda_make_directory(half)) {
        return NULL;
    }
    struct arena *scratch = arena_open();
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        struct text zip = lambda_store_code(emulator_store(emulator), keys[i], scratch);
        good = zip.data && zip_archive_unpack(zip, half);
        arena_clear(scratch);
    }
    arena_close(scratch);
    return good && rename(half, directory) == 0 ? directory : NULL;
}

const char *lambda_code_directory(struct emulator *emulator, struct arena *arena, const char *key) {
    const char *directory =
        arena_printf(arena, "%s/lambda/code/%.32s", emulator_run_directory(emulator), key);
    return unpack_once(emulator, arena, directory, &key, 1);
}

#define LAYERS_MAXIMUM 5

const char *lambda_layers_directory(struct emulator *emulator, struct arena *arena, const char *layers) {
    const struct json_value *list = json_parse(arena, text_of(layers), NULL);
    const char *keys[LAYERS_MAXIMUM];
    size_t count = 0;
    struct strbuf all = STRBUF_INIT;
    for (const struct json_value *layer = list->child; layer && count < LAYERS_MAXIMUM; layer = layer->next) {
        struct arn arn;
        int64_t number = 0;
        struct lambda_layer_version version;
        if (!arn_parse(json_find_text(layer, "Arn"), &arn)) {
            continue;
        }
        struct text rest = arn.resource;
        text_cut(&rest, ':');
        struct text name = text_cut(&rest, ':');
        if (text_to_int64(rest, &number) &&
            lambda_store_layer_version(emulator_store(emulator),
                                       (struct lambda_owner){arena_text_string(arena, arn.account),
                                                             arena_text_string(arena, arn.region)},
                                       arena_text_string(arena, name), number, arena, &version)) {
            keys[count++] = version.code_key;
            strbuf_append_string(&all, version.code_key);
        }
    }
    struct strbuf hex = STRBUF_INIT;
    crypto_append_digest_hex(&hex, DIGEST_SHA256, all.data ? strbuf_text(&all) : TEXT(""));
    const char *directory =
        arena_printf(arena, "%s/lambda/opt/%.32s", emulator_run_directory(emulator), hex.data);
    strbuf_release(&hex);
    strbuf_release(&all);
    return unpack_once(emulator, arena, directory, keys, count);
}

/* ---- Code.Location ---- */

/* The bucket of AWS's own from which code is downloaded: awslambda-REGION-tasks, ...-layers. */
#define LOCATION_BUCKET "/awslambda-"
#define LOCATION_FOLDER "/snapshots/"

const char *lambda_code_location(struct call *call, struct lambda_owner owner, const char *folder,
                                 const char *name, const char *key) {
    struct text host = call->request ? http_request_header(call->request, "host") : TEXT_NONE;
    const char *origin = emulator_endpoint(call->emulator);
    if (host.data) {
        origin = arena_printf(call->arena, "%s://%.*s", call->request->secure ? "https" : "http",
                              TEXT_ARGUMENTS(host));
    }
    struct strbuf url = STRBUF_INIT;
    struct strbuf date = STRBUF_INIT;
    clock_format_basic(&date, call->now_ms);
    strbuf_printf(&url, "%s%s%s-%s" LOCATION_FOLDER "%s/%s-%s", origin, LOCATION_BUCKET, owner.region, folder,
                  owner.account, name, key);
    strbuf_printf(&url,
                  "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=%s&X-Amz-SignedHeaders=host&X-Amz-Expires=600"
                  "&X-Amz-Credential=%s%%2F%.8s%%2F%s%%2Fs3%%2Faws4_request&X-Amz-Signature=%s",
                  date.data, owner.account, date.data, owner.region, key);
    const char *location = arena_copy(call->arena, url.data, url.size);
    strbuf_release(&date);
    strbuf_release(&url);
    return location;
}

bool lambda_code_match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_starts_with(request->path, LOCATION_BUCKET) && text_find(request->path, LOCATION_FOLDER) > 0;
}

struct result lambda_code_download(struct call *call) {
    static const size_t key_size = 64;
    struct text path = call->request->path;
    struct text zip = TEXT_NONE;
    if (path.size > key_size) {
        struct text key = text_slice(path, path.size - key_size, key_size);
        zip = lambda_store_code(call->store, arena_text_string(call->arena, key), call->arena);
    }
    call->reply.status = zip.data ? 200 : 404;
    http_reply_add_header(&call->reply, "Content-Type",
                          zip.data ? TEXT("application/zip") : TEXT("application/xml"));
    strbuf_append_text(&call->reply.body, zip.data
                                              ? zip
                                              : TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"
                                                     "<Code>NoSuchKey</Code><Message>The specified key does "
                                                     "not exist.</Message></Error>"));
    return result_output();
}
