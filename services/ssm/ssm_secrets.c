/*
 * Secrets of Secrets Manager under the names of parameters: "/aws/reference/secretsmanager/NAME[:VERSION]".
 * Source: Systems Manager user guide, "Referencing AWS Secrets Manager secrets from Parameter Store
 * parameters"; ssm-secrets.md A4.
 */
#include "emulator/base/die.h"
#include "emulator/base/json_value.h"
#include "emulator/base/strbuf.h"
#include "services/ssm/ssm.h"

#define ROOT "/aws/reference/secretsmanager/"
#define MINIMUM_VERSION_ID 32 /* shorter ones are staging labels */

/* Outlives the call when its client goes away while Secrets Manager is asked. */
struct waiting {
    struct ssm_secrets *secrets; /* NULL: nobody waits any more */
};

static struct result ask_next(struct ssm_secrets *secrets);

bool ssm_is_secret(struct text path) {
    return text_starts_with(path, ROOT);
}

struct result ssm_secret_needs_decryption(struct call *call) {
    return call_error(call, &error_validation_exception,
                      "WithDecryption flag must be True for retrieving a Secret Manager secret.");
}

struct result ssm_secret_not_found(struct call *call, struct text path) {
    struct text name = text_slice(path, 1, path.size);
    return call_error(
        call, &ssm_error_ParameterNotFound,
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret %.*s not found.",
        TEXT_ARGUMENTS(name));
}

static void forget(void *argument) {
    struct waiting *waiting = argument;
    waiting->secrets = NULL;
}

static void keep(struct ssm_secret *secret, const struct call_reply *reply, struct arena *arena) {
    struct text value = json_find_text(reply->value, "SecretString");
    const struct json_value *created = json_find(reply->value, "CreatedDate");
    double seconds;
    secret->found = true;
    secret->value = arena_text(arena, value.data ? value : json_find_text(reply->value, "SecretBinary"));
    secret->arn = arena_text(arena, json_find_text(reply->value, "ARN"));
    secret->source = arena_text(arena, reply->body);
    if (created && text_to_double(created->text, &seconds)) {
        secret->modified_ms = (int64_t)(seconds * 1000 + 0.5);
    }
}

static void answered(void *argument, const struct call_reply *reply) {
    struct waiting *waiting = argument;
    struct ssm_secrets *secrets = waiting->secrets;
    free(waiting);
    if (!secrets) {
        return;
    }
    call_on_cancel(secrets->call, NULL, NULL);
    if (!reply->error_code) {
        keep(&secrets->list[secrets->asked], reply, secrets->call->arena);
    }
    secrets->asked++;
    struct result result = ask_next(secrets);
    if (result.kind != RESULT_PENDING) {
        call_finish(secrets->call, result);
    }
}

static void add_member(struct strbuf *body, const char *name, struct text value) {
    strbuf_append_string(body, body->size > 0 ? "," : "{");
    json_write_string(body, text_of(name));
    strbuf_append_string(body, ":");
    json_write_string(body, value);
}

static struct result ask_next(struct ssm_secrets *secrets) {
    struct call *call = secrets->call;
    if (secrets->asked == secrets->count) {
        return secrets->answer(call, secrets->input, secrets);
    }
    const struct ssm_reference *reference = &secrets->list[secrets->asked].reference;
    struct strbuf body = STRBUF_INIT;
    add_member(&body, "SecretId", text_slice(reference->path, sizeof(ROOT) - 1, reference->path.size));
    if (reference->selector.data) {
        bool is_id = reference->selector.size >= MINIMUM_VERSION_ID;
        add_member(&body, is_id ? "VersionId" : "VersionStage", reference->selector);
    }
    strbuf_append_string(&body, "}");
    struct waiting *waiting = xcalloc(1, sizeof *waiting);
    waiting->secrets = secrets;
    call_on_cancel(call, forget, waiting);
    struct call_request request = {
        .service = "secretsmanager",
        .operation = "GetSecretValue",
        .input = {body.data, body.size},
        .caller = call_identity(call),
        .origin = "ssm",
    };
    call_start(call->emulator, &request, answered, waiting);
    strbuf_release(&body);
    return result_pending();
}

struct result ssm_ask_secrets(struct ssm_secrets *secrets) {
    secrets->asked = 0;
    return ask_next(secrets);
}

void ssm_write_secret(struct call *call, const struct ssm_secret *secret) {
    struct output *out = call_output(call);
    struct text selector = secret->reference.selector;
    output_text(out, "Name", secret->reference.name);
    output_string(out, "Type", "SecureString");
    output_text(out, "Value", secret->value);
    output_integer(out, "Version", 0);
    if (selector.data) {
        output_string(out, "Selector", arena_printf(call->arena, ":%.*s", TEXT_ARGUMENTS(selector)));
    }
    output_text(out, "SourceResult", secret->source);
    output_timestamp(out, "LastModifiedDate", secret->modified_ms);
    output_text(out, "ARN", secret->arn);
    output_string(out, "DataType", "text");
}
