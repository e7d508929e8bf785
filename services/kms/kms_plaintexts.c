/*
 * Plaintexts for blobs that no key of ours made: handlers carry ciphertexts of real keys in their
 * configuration. POST, GET and DELETE /_stackrig/kms/plaintexts, described in docs/CONTROL.md. They hold for
 * all accounts and Regions.
 */
#include "emulator/base/crypto.h"
#include "emulator/base/json_value.h"
#include "services/kms/kms.h"

#define PATH "/_stackrig/kms/plaintexts"

static const struct error_shape bad_request = {.name = "BadRequest", .status = 400};
static const struct error_shape wrong_method = {.name = "MethodNotAllowed", .status = 405};

struct text kms_scripted_plaintext(struct call *call, struct text ciphertext, struct text context,
                                   const char **key_arn) {
    struct statement *statement =
        kms_statement(call->store, KMS_SQL_FIND_PLAINTEXTS, "bb", ciphertext, context);
    if (!statement_step(statement)) {
        return TEXT_NONE;
    }
    struct text found = statement_text(statement, 0);
    /* An empty blob of the table has no address. */
    struct text plaintext = {arena_copy(call->arena, found.data ? found.data : "", found.size), found.size};
    *key_arn = statement_string(statement, 1, call->arena);
    statement_reset(statement);
    return plaintext;
}

static bool match(struct emulator *emulator, const struct http_request *request) {
    (void)emulator;
    return text_equals(request->path, PATH);
}

/* A member in base64. False: missing, or not base64. */
static bool read_bytes(struct call *call, const struct json_value *rule, const char *member,
                       struct text *bytes) {
    struct text base64 = json_find_text(rule, member);
    struct strbuf buffer = STRBUF_INIT;
    bool good = base64.data && crypto_append_unbase64(&buffer, base64);
    if (good) {
        *bytes = (struct text){arena_copy(call->arena, strbuf_text(&buffer).data, buffer.size), buffer.size};
    }
    strbuf_release(&buffer);
    return good;
}

/* NULL: added. */
static const char *add_rule(struct call *call, const struct json_value *rule) {
    struct text ciphertext;
    struct text plaintext;
    const struct json_value *context = json_find(rule, "EncryptionContext");
    if (rule->type != JSON_VALUE_OBJECT) {
        return "an object with CiphertextBlob and Plaintext, or a list of them, is wanted";
    }
    if (!read_bytes(call, rule, "CiphertextBlob", &ciphertext) || ciphertext.size == 0) {
        return "CiphertextBlob: base64 is wanted";
    }
    if (!read_bytes(call, rule, "Plaintext", &plaintext)) {
        return "Plaintext: base64 is wanted";
    }
    if (context && context->type != JSON_VALUE_OBJECT) {
        return "EncryptionContext: an object with strings is wanted";
    }
    for (const struct json_value *pair = context ? context->child : NULL; pair; pair = pair->next) {
        if (pair->type != JSON_VALUE_STRING) {
            return "EncryptionContext: an object with strings is wanted";
        }
    }
    statement_run(kms_statement(call->store, KMS_SQL_PUT_PLAINTEXT, "bbbt", ciphertext,
                                kms_canonical_context(call->arena, context), plaintext,
                                json_find_text(rule, "KeyId")));
    return NULL;
}

static struct result reply_count(struct call *call) {
    struct statement *statement = kms_statement(call->store, KMS_SQL_COUNT_PLAINTEXTS, "");
    statement_step(statement);
    strbuf_printf(&call->reply.body, "{\"count\":%lld}", (long long)statement_int64(statement, 0));
    statement_reset(statement);
    call->reply.status = 200;
    http_reply_add_header(&call->reply, "Content-Type", TEXT("application/json"));
    return result_output();
}

static struct result handle(struct call *call) {
    struct text method = call->request->method;
    if (text_equals(method, "DELETE")) {
        statement_run(kms_statement(call->store, KMS_SQL_FORGET_PLAINTEXTS, ""));
        return reply_count(call);
    }
    if (text_equals(method, "GET")) {
        return reply_count(call);
    }
    if (!text_equals(method, "POST")) {
        return call_error(call, &wrong_method, "GET, POST or DELETE");
    }
    struct json_error error;
    const struct json_value *body = json_parse(call->arena, call->request->body, &error);
    if (!body) {
        return call_error(call, &bad_request, "line %d, column %d: %s", error.line, error.column,
                          error.message);
    }
    const char *mistake = NULL;
    if (body->type == JSON_VALUE_ARRAY) {
        for (const struct json_value *rule = body->child; rule && !mistake; rule = rule->next) {
            mistake = add_rule(call, rule);
        }
    } else {
        mistake = add_rule(call, body);
    }
    return mistake ? call_error(call, &bad_request, "%s", mistake) : reply_count(call);
}

const struct endpoint_row kms_endpoints[] = {
    {.name = "Plaintexts", .match = match, .handle = handle},
    {0},
};
