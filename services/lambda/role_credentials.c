#include "services/lambda/role_credentials.h"

#include "emulator/base/die.h"

struct credentials_request {
    role_credentials_fn *ready; /* NULL: cancelled */
    void *argument;
    char account[ACCOUNT_SIZE];
};

static int64_t read_expiration(const struct json_value *credentials) {
    const struct json_value *expiration = json_find(credentials, "Expiration");
    int64_t expire_ms = INT64_MAX;
    double seconds;
    if (expiration && expiration->type == JSON_VALUE_NUMBER && text_to_double(expiration->text, &seconds)) {
        expire_ms = (int64_t)(seconds * 1000);
    } else if (expiration && expiration->type == JSON_VALUE_STRING) {
        clock_parse(expiration->text, &expire_ms);
    }
    return expire_ms;
}

static void answered(void *argument, const struct call_reply *reply) {
    struct credentials_request *request = argument;
    if (request->ready) {
        const struct json_value *credentials = json_find(reply->value, "Credentials");
        struct text key = json_find_text(credentials, "AccessKeyId");
        struct role_credentials found = {
            .access_key = request->account, .secret_key = "stackrig", .expire_ms = INT64_MAX};
        if (!reply->error_code && key.data) {
            found.access_key = arena_text_string(reply->arena, key);
            found.secret_key =
                arena_text_string(reply->arena, json_find_text(credentials, "SecretAccessKey"));
            found.session_token =
                arena_text_string(reply->arena, json_find_text(credentials, "SessionToken"));
            found.expire_ms = read_expiration(credentials);
        }
        request->ready(request->argument, &found);
    }
    free(request);
}

struct credentials_request *role_credentials_request(struct emulator *emulator, struct lambda_owner owner,
                                                     const char *role, const char *function,
                                                     role_credentials_fn *ready, void *argument) {
    struct credentials_request *request = xcalloc(1, sizeof *request);
    request->ready = ready;
    request->argument = argument;
    memcpy(request->account, owner.account, strnlen(owner.account, ACCOUNT_SIZE - 1));
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"RoleArn\":");
    json_write_string(&input, text_of(role));
    /* Source: recording test_assume_role: a name of one letter is too short for a session. */
    strbuf_printf(&input, ",\"RoleSessionName\":\"%s%s\"}", function, function[1] ? "" : "@lambda_function");
    call_start(emulator,
               &(struct call_request){
                   .service = "sts",
                   .operation = "AssumeRole",
                   .input = strbuf_text(&input),
                   .caller = identity_of_service("lambda.amazonaws.com", owner.account, owner.region),
                   .origin = "lambda"},
               answered, request);
    strbuf_release(&input);
    return request;
}

void role_credentials_cancel(struct credentials_request *request) {
    if (request) {
        request->ready = NULL;
    }
}

void role_credentials_abandon(struct credentials_request *request) {
    free(request);
}
