/*
 * What a symmetric key does. Source: kms.md section 5, KMS API reference.
 *
 * A blob names its key, so that Decrypt needs none: a fixed head, account, key id and material id (each after
 * a byte with its size), a nonce, and AES-256-GCM over the plaintext. All before the nonce and the encryption
 * context are authenticated with it.
 */
#include "emulator/base/crypto_cipher.h"
#include "emulator/base/ids.h"
#include "services/kms/kms.h"

static const char head[] = {1, 2, 2, 0, 0x78}; /* as the blobs of AWS begin */

#define BLOB_NAMES 3

struct blob {
    struct text names[BLOB_NAMES]; /* account, key id, material id */
    struct text front;             /* all before the nonce */
    struct text nonce;
    struct text sealed;
};

/* ---- encryption context ---- */

static int compare_pairs(const void *a, const void *b) {
    const struct json_value *const *left = a;
    const struct json_value *const *right = b;
    return text_compare((*left)->key, (*right)->key);
}

static void append_sized(struct strbuf *buffer, struct text text) {
    strbuf_append_int64(buffer, (int64_t)text.size);
    strbuf_append_char(buffer, ':');
    strbuf_append_text(buffer, text);
}

struct text kms_canonical_context(struct arena *arena, const struct json_value *context) {
    size_t count = 0;
    for (const struct json_value *pair = context ? context->child : NULL; pair; pair = pair->next) {
        count++;
    }
    const struct json_value **pairs = arena_alloc(arena, (count + 1) * sizeof(struct json_value *));
    size_t i = 0;
    for (const struct json_value *pair = context ? context->child : NULL; pair; pair = pair->next) {
        pairs[i++] = pair;
    }
    if (count > 1) {
        qsort(pairs, count, sizeof(struct json_value *), compare_pairs);
    }
    struct strbuf buffer = STRBUF_INIT;
    for (i = 0; i < count; i++) {
        append_sized(&buffer, pairs[i]->key);
        append_sized(&buffer, pairs[i]->text);
    }
    struct text canonical = arena_text(arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return canonical;
}

static struct text read_context(struct call *call, struct input input, const char *member) {
    return kms_canonical_context(call->arena, input_map(input, member).value);
}

/* ---- blobs ---- */

static struct text authenticated(struct call *call, struct text front, struct text context) {
    char *bytes = arena_alloc(call->arena, front.size + context.size + 1);
    memcpy(bytes, front.data, front.size);
    if (context.size > 0) {
        memcpy(bytes + front.size, context.data, context.size);
    }
    return (struct text){bytes, front.size + context.size};
}

static const unsigned char *key_bytes(struct text material) {
    return (const unsigned char *)material.data;
}

static struct text seal(struct call *call, const struct kms_key *key, struct text context,
                        struct text plaintext) {
    const char *const names[BLOB_NAMES] = {key->account, key->key_id, key->material_id};
    unsigned char nonce[CIPHER_NONCE_SIZE];
    ids_random_bytes(emulator_ids(call->emulator), nonce, sizeof(nonce));
    struct strbuf buffer = STRBUF_INIT;
    strbuf_append(&buffer, head, sizeof(head));
    for (size_t i = 0; i < BLOB_NAMES; i++) {
        strbuf_append_char(&buffer, (char)strlen(names[i]));
        strbuf_append_string(&buffer, names[i]);
    }
    struct text front = arena_text(call->arena, strbuf_text(&buffer));
    strbuf_append(&buffer, nonce, sizeof(nonce));
    cipher_append_sealed(&buffer, key_bytes(kms_material(call, key, text_of(key->material_id))), nonce,
                         authenticated(call, front, context), plaintext);
    struct text blob = arena_text(call->arena, strbuf_text(&buffer));
    strbuf_release(&buffer);
    return blob;
}

/* False: not made by seal(). */
static bool parse_blob(struct text bytes, struct blob *blob) {
    if (bytes.size < sizeof(head) || memcmp(bytes.data, head, sizeof(head)) != 0) {
        return false;
    }
    struct text rest = text_slice(bytes, sizeof(head), bytes.size);
    for (size_t i = 0; i < BLOB_NAMES; i++) {
        if (rest.size < 1) {
            return false;
        }
        size_t size = (unsigned char)rest.data[0];
        if (rest.size < size + 1 || memchr(rest.data + 1, '\0', size)) {
            return false;
        }
        blob->names[i] = text_slice(rest, 1, size);
        rest = text_slice(rest, size + 1, rest.size);
    }
    if (rest.size < CIPHER_NONCE_SIZE + CIPHER_TAG_SIZE) {
        return false;
    }
    blob->front = text_slice(bytes, 0, (size_t)(rest.data - bytes.data));
    blob->nonce = text_slice(rest, 0, CIPHER_NONCE_SIZE);
    blob->sealed = text_slice(rest, CIPHER_NONCE_SIZE, rest.size);
    return true;
}

/* What came out of a blob. */
struct opened {
    struct text plaintext;
    const char *key_arn;     /* NULL: scripted without one */
    const char *material_id; /* NULL: scripted */
};

static bool refuse_blob(struct call *call, struct result *refusal) {
    *refusal = call_error(call, &kms_error_InvalidCiphertextException, NULL);
    return false;
}

/* Material and authenticity. */
static bool open_blob(struct call *call, const struct blob *blob, const struct kms_key *key,
                      struct text context, struct opened *opened) {
    struct text material = kms_material(call, key, blob->names[2]);
    struct strbuf buffer = STRBUF_INIT;
    bool good = material.size == CIPHER_KEY_SIZE &&
                cipher_append_opened(&buffer, key_bytes(material), (const unsigned char *)blob->nonce.data,
                                     authenticated(call, blob->front, context), blob->sealed);
    if (good) {
        opened->plaintext = arena_text(call->arena, strbuf_text(&buffer));
        opened->key_arn = key->arn;
        opened->material_id = arena_text_string(call->arena, blob->names[2]);
    }
    strbuf_release(&buffer);
    return good;
}

/* Finds the blob's key, holds it against the one the request names, decrypts. False: *refusal. */
static bool decrypt(struct call *call, struct input input, const char *key_member, const char *context_member,
                    struct opened *opened, struct result *refusal) {
    struct text bytes = input_blob(input, "CiphertextBlob");
    struct text context = read_context(call, input, context_member);
    struct kms_key named = {0};
    *opened = (struct opened){0};
    opened->plaintext = kms_scripted_plaintext(call, bytes, context, &opened->key_arn);
    if (opened->plaintext.data) {
        return true;
    }
    if (input_has(input, key_member) &&
        !kms_find_key(call, input_text(input, key_member), KMS_ALL_NAMES, &named, refusal)) {
        return false;
    }
    struct blob blob;
    if (!parse_blob(bytes, &blob)) {
        return refuse_blob(call, refusal);
    }
    struct kms_key key;
    if (!kms_find_key_id(call, arena_text_string(call->arena, blob.names[0]), call->identity.region,
                         blob.names[1], &key)) {
        *refusal = call_error(call, &error_access_denied_exception,
                              "The ciphertext refers to a customer master key that does not exist, does not "
                              "exist in this region, or you are not allowed to access.");
        return false;
    }
    if (named.id && named.id != key.id) {
        *refusal =
            call_error(call, &kms_error_IncorrectKeyException,
                       "The key ID in the request does not identify a CMK that can perform this operation.");
        return false;
    }
    return kms_must_work(call, &key, refusal) &&
           (open_blob(call, &blob, &key, context, opened) || refuse_blob(call, refusal));
}

/* ---- operations ---- */

/* Only what symmetric keys know. */
static bool algorithm_is_good(struct call *call, struct input input, const char *member,
                              struct result *refusal) {
    const char *algorithm = input_string(input, member);
    if (algorithm && strcmp(algorithm, "SYMMETRIC_DEFAULT") != 0) {
        *refusal = call_error(call, &kms_error_InvalidKeyUsageException,
                              "Algorithm %s is incompatible with key spec SYMMETRIC_DEFAULT.", algorithm);
        return false;
    }
    return true;
}

static bool has_no_recipient(struct call *call, struct input input, struct result *refusal) {
    if (input_has(input, "Recipient")) {
        *refusal = call_error(call, &error_not_implemented, "%s with Recipient is not emulated",
                              call->operation->name);
        return false;
    }
    return true;
}

struct result kms_encrypt(struct call *call, struct input input) {
    struct kms_key key;
    struct result refusal;
    if (!kms_find_usable(call, input, "KeyId", "ENCRYPT_DECRYPT", &key, &refusal) ||
        !algorithm_is_good(call, input, "EncryptionAlgorithm", &refusal)) {
        return refusal;
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    struct output *out = call_output(call);
    output_blob(
        out, "CiphertextBlob",
        seal(call, &key, read_context(call, input, "EncryptionContext"), input_blob(input, "Plaintext")));
    output_string(out, "KeyId", key.arn);
    output_string(out, "EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    return result_output();
}

struct result kms_decrypt(struct call *call, struct input input) {
    struct opened opened;
    struct result refusal;
    if (!input_has(input, "CiphertextBlob") || input_has(input, "DryRunModifiers")) {
        return call_error(call, &error_not_implemented, "Decrypt with DryRunModifiers is not emulated");
    }
    if (!has_no_recipient(call, input, &refusal) ||
        !algorithm_is_good(call, input, "EncryptionAlgorithm", &refusal) ||
        !decrypt(call, input, "KeyId", "EncryptionContext", &opened, &refusal)) {
        return refusal;
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    struct output *out = call_output(call);
    output_string(out, "KeyId", opened.key_arn);
    output_blob(out, "Plaintext", opened.plaintext);
    output_string(out, "EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    output_string(out, "KeyMaterialId", opened.material_id);
    return result_output();
}

struct result kms_re_encrypt(struct call *call, struct input input) {
    struct opened opened;
    struct kms_key key;
    struct result refusal;
    if (!input_has(input, "CiphertextBlob") || input_has(input, "DryRunModifiers")) {
        return call_error(call, &error_not_implemented, "ReEncrypt with DryRunModifiers is not emulated");
    }
    if (!algorithm_is_good(call, input, "SourceEncryptionAlgorithm", &refusal) ||
        !algorithm_is_good(call, input, "DestinationEncryptionAlgorithm", &refusal) ||
        !decrypt(call, input, "SourceKeyId", "SourceEncryptionContext", &opened, &refusal) ||
        !kms_find_usable(call, input, "DestinationKeyId", "ENCRYPT_DECRYPT", &key, &refusal)) {
        return refusal;
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    struct output *out = call_output(call);
    output_blob(
        out, "CiphertextBlob",
        seal(call, &key, read_context(call, input, "DestinationEncryptionContext"), opened.plaintext));
    output_string(out, "SourceKeyId", opened.key_arn);
    output_string(out, "KeyId", key.arn);
    output_string(out, "SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    output_string(out, "DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    output_string(out, "SourceKeyMaterialId", opened.material_id);
    output_string(out, "DestinationKeyMaterialId", key.material_id);
    return result_output();
}

static struct result generate_data_key(struct call *call, struct input input, bool with_plaintext) {
    struct kms_key key;
    struct result refusal;
    const char *spec = input_string(input, "KeySpec");
    if (input_has(input, "NumberOfBytes") == (spec != NULL)) {
        return call_error(call, &error_validation_exception,
                          "Please specify either number of bytes or key spec.");
    }
    if ((with_plaintext && !has_no_recipient(call, input, &refusal)) ||
        !kms_find_usable(call, input, "KeyId", "ENCRYPT_DECRYPT", &key, &refusal)) {
        return refusal;
    }
    if (input_boolean(input, "DryRun", false)) {
        return kms_refuse_dry_run(call);
    }
    size_t size =
        spec ? (strcmp(spec, "AES_128") == 0 ? 16 : 32) : (size_t)input_integer(input, "NumberOfBytes", 0);
    struct text plaintext = {arena_alloc(call->arena, size), size};
    ids_random_bytes(emulator_ids(call->emulator), (char *)plaintext.data, size);
    struct output *out = call_output(call);
    output_blob(out, "CiphertextBlob",
                seal(call, &key, read_context(call, input, "EncryptionContext"), plaintext));
    if (with_plaintext) {
        output_blob(out, "Plaintext", plaintext);
    }
    output_string(out, "KeyId", key.arn);
    output_string(out, "KeyMaterialId", key.material_id);
    return result_output();
}

struct result kms_generate_data_key(struct call *call, struct input input) {
    return generate_data_key(call, input, true);
}

struct result kms_generate_data_key_without_plaintext(struct call *call, struct input input) {
    return generate_data_key(call, input, false);
}

struct result kms_generate_random(struct call *call, struct input input) {
    struct result refusal;
    if (!has_no_recipient(call, input, &refusal)) {
        return refusal;
    }
    if (input_has(input, "CustomKeyStoreId")) {
        return call_error(call, &error_not_implemented,
                          "GenerateRandom with CustomKeyStoreId is not emulated");
    }
    if (!input_has(input, "NumberOfBytes")) {
        return call_error(call, &error_validation_exception, "NumberOfBytes is required.");
    }
    size_t size = (size_t)input_integer(input, "NumberOfBytes", 0);
    char *bytes = arena_alloc(call->arena, size);
    ids_random_bytes(emulator_ids(call->emulator), bytes, size);
    output_blob(call_output(call), "Plaintext", (struct text){bytes, size});
    return result_output();
}
