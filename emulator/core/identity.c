#include "emulator/core/identity.h"

#include "emulator/core/emulator_state.h"

/* AKID/20240101/us-east-1/sts/aws4_request */
static void read_credential(struct text credential, struct arena *arena, struct identity *identity) {
    struct text rest = credential;
    struct text access_key = text_cut(&rest, '/');
    text_cut(&rest, '/'); /* date */
    struct text region = text_cut(&rest, '/');
    struct text service = text_cut(&rest, '/');
    if (access_key.size > 0 && access_key.size <= 128) {
        identity->access_key = arena_text_string(arena, access_key);
    }
    if (region.size > 0 && region.size < REGION_SIZE) {
        memcpy(identity->region, region.data, region.size);
        identity->region[region.size] = '\0';
    }
    if (service.size > 0) {
        identity->signing_service = arena_text_string(arena, service);
    }
}

static void read_authorization(struct text header, struct arena *arena, struct identity *identity) {
    ptrdiff_t start = text_find(header, "Credential=");
    if (text_starts_with(header, "AWS4-") && start >= 0) {
        struct text credential = text_slice(header, (size_t)start + 11, header.size);
        size_t end = 0;
        while (end < credential.size && credential.data[end] != ',' && credential.data[end] != ' ') {
            end++;
        }
        read_credential(text_slice(credential, 0, end), arena, identity);
    } else if (text_starts_with(header, "AWS ")) { /* S3's old SigV2: AWS AKID:signature */
        struct text rest = text_slice(header, 4, header.size);
        identity->access_key = arena_text_string(arena, text_cut(&rest, ':'));
        identity->signing_service = "s3";
    }
}

static bool is_account_id(const char *access_key) {
    return strlen(access_key) == ACCOUNT_SIZE - 1 && strspn(access_key, "0123456789") == ACCOUNT_SIZE - 1;
}

/* Sessions and users that a service of ours handed out. */
static bool resolve(struct emulator *emulator, struct arena *arena, struct identity *identity) {
    if (strncmp(identity->access_key, "ASIA", 4) != 0 && strncmp(identity->access_key, "AKIA", 4) != 0) {
        return false;
    }
    for (const struct service *const *service = emulator->services; *service; service++) {
        if ((*service)->resolve_access_key &&
            (*service)->resolve_access_key(emulator, identity->access_key, arena, identity)) {
            return true;
        }
    }
    return false;
}

void identity_of_request(struct emulator *emulator, const struct http_request *request,
                         struct identity *identity) {
    struct arena *arena = request->arena;
    *identity = (struct identity){0};
    memcpy(identity->account, emulator->account, ACCOUNT_SIZE);
    memcpy(identity->region, emulator->region, REGION_SIZE);
    struct text authorization = http_request_header(request, "authorization");
    if (authorization.data) {
        read_authorization(authorization, arena, identity);
        struct text token = http_request_header(request, "x-amz-security-token");
        identity->session_token = arena_text_string(arena, token);
    } else if (request->query.data && text_find(request->query, "X-Amz-Credential=") >= 0) {
        read_credential(http_request_query(request, "X-Amz-Credential"), arena, identity);
        identity->session_token =
            arena_text_string(arena, http_request_query(request, "X-Amz-Security-Token"));
    }
    if (identity->access_key && is_account_id(identity->access_key)) {
        memcpy(identity->account, identity->access_key, ACCOUNT_SIZE);
    } else if (identity->access_key && resolve(emulator, arena, identity)) {
        return;
    }
    identity->user_id = arena_copy(arena, identity->account, ACCOUNT_SIZE - 1);
    char *arn = arena_alloc(arena, sizeof("arn:aws:iam::000000000000:root"));
    memcpy(arn, "arn:aws:iam::000000000000:root", sizeof("arn:aws:iam::000000000000:root"));
    memcpy(arn + 13, identity->account, ACCOUNT_SIZE - 1);
    identity->arn = arn;
}
