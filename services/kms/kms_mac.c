/* HMAC keys. Source: kms.md section 6, KMS API reference. */
#include "emulator/base/crypto.h"
#include "services/kms/kms.h"

static const struct {
    const char *spec;
    const char *algorithm;
    enum digest digest;
} algorithms[] = {
    {"HMAC_224", "HMAC_SHA_224", DIGEST_SHA224},
    {"HMAC_256", "HMAC_SHA_256", DIGEST_SHA256},
    {"HMAC_384", "HMAC_SHA_384", DIGEST_SHA384},
    {"HMAC_512", "HMAC_SHA_512", DIGEST_SHA512},
};

/* The MAC of the request's message, in the call's arena. False: *refusal. */
static bool make_mac(struct call *call, struct input input, struct kms_key *key, struct text *mac,
                     struct result *refusal) {
    if (!kms_find_usable(call, input, "KeyId", "GENERATE_VERIFY_MAC", key, refusal)) {
        return false;
    }
    const char *algorithm = input_string(input, "MacAlgorithm");
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (strcmp(algorithms[i].spec, key->spec) == 0 && strcmp(algorithms[i].algorithm, algorithm) == 0) {
            unsigned char out[DIGEST_MAXIMUM_SIZE];
            size_t size =
                crypto_hmac(algorithms[i].digest, kms_material(call, key, text_of(key->material_id)),
                            input_blob(input, "Message"), out);
            *mac = (struct text){arena_copy(call->arena, out, size), size};
            return true;
        }
    }
    *refusal = call_error(call, &kms_error_InvalidKeyUsageException,
                          "Algorithm %s is incompatible with key spec %s.", algorithm, key->spec);
    return false;
}

struct result kms_generate_mac(struct call *call, struct input input) {
    struct kms_key key;
    struct text mac;
    struct result refusal;
    if (!make_mac(call, input, &key, &mac, &refusal)) {
        return refusal;
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    output_blob(call_output(call), "Mac", mac);
    output_string(call_output(call), "MacAlgorithm", input_string(input, "MacAlgorithm"));
    output_string(call_output(call), "KeyId", key.arn);
    return result_output();
}

struct result kms_verify_mac(struct call *call, struct input input) {
    struct kms_key key;
    struct text mac;
    struct result refusal;
    if (!make_mac(call, input, &key, &mac, &refusal)) {
        return refusal;
    }
    if (!text_same(mac, input_blob(input, "Mac"))) {
        return call_error(call, &kms_error_KMSInvalidMacException, NULL);
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    output_string(call_output(call), "KeyId", key.arn);
    output_boolean(call_output(call), "MacValid", true);
    output_string(call_output(call), "MacAlgorithm", input_string(input, "MacAlgorithm"));
    return result_output();
}
