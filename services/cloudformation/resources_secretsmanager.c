/* AWS::SecretsManager::Secret. */
#include "services/cloudformation/resource_types.h"

static const struct property_row secret_properties[] = {
    {"Description", PROPERTY_STRING, 0, NULL},
    {"GenerateSecretString", PROPERTY_MAP, 0, "-"},
    {"KmsKeyId", PROPERTY_STRING, 0, NULL},
    {"Name", PROPERTY_STRING, PROPERTY_CREATE_ONLY, NULL},
    {"ReplicaRegions", PROPERTY_LIST, 0, "AddReplicaRegions"},
    {"SecretString", PROPERTY_STRING, PROPERTY_SECRET, NULL},
    {"Tags", PROPERTY_LIST, 0, "-"},
    {0},
};

static const char *const secret_attributes[] = {"Id", NULL};

static bool ask_password(struct resource_operation *operation, json_t *input) {
    json_t *generate = resource_property(operation, "GenerateSecretString");
    if (!generate || resource_property(operation, "SecretString")) {
        return false;
    }
    json_object_update(input, generate);
    json_object_del(input, "SecretStringTemplate");
    json_object_del(input, "GenerateStringKey");
    return true;
}

/* With a template, the password becomes one member of it. */
static void password_made(struct resource_operation *operation, const struct call_reply *reply) {
    json_t *generate = resource_property(operation, "GenerateSecretString");
    const char *template = json_string_value(json_object_get(generate, "SecretStringTemplate"));
    const char *key = json_string_value(json_object_get(generate, "GenerateStringKey"));
    struct text password = json_find_text(reply->value, "RandomPassword");
    if (!password.data) {
        return;
    }
    json_t *secret = json_stringn(password.data, password.size);
    if (template && key) {
        json_t *document = json_loads(template, 0, NULL);
        if (!json_is_object(document)) {
            json_decref(document);
            json_decref(secret);
            resource_fail(operation, "Could not parse SecretStringTemplate JSON");
            return;
        }
        json_object_set_new(document, key, secret);
        secret = json_string(resource_document_text(operation, document));
        json_decref(document);
    }
    json_object_set_new(operation->scratch, "SecretString", secret);
}

static bool create_secret(struct resource_operation *operation, json_t *input) {
    resource_set_member(input, "Name", resource_name(operation));
    json_t *made = json_object_get(operation->scratch, "SecretString");
    if (made) {
        json_object_set(input, "SecretString", made);
    }
    resource_add_tag_list(operation, input);
    return true;
}

static void secret_created(struct resource_operation *operation, const struct call_reply *reply) {
    struct text arn = json_find_text(reply->value, "ARN");
    resource_set_physical_id(operation, arn);
    resource_set_attribute(operation, "Id", arn);
}

static bool update_secret(struct resource_operation *operation, json_t *input) {
    if (!resource_property_changed(operation, "SecretString")) {
        json_object_del(input, "SecretString");
    }
    json_t *made = resource_property_changed(operation, "GenerateSecretString")
                       ? json_object_get(operation->scratch, "SecretString")
                       : NULL;
    if (made) {
        json_object_set(input, "SecretString", made);
    }
    return true;
}

static bool delete_secret(struct resource_operation *operation, json_t *input) {
    (void)operation;
    json_object_set_new(input, "ForceDeleteWithoutRecovery", json_true());
    return true;
}

static const struct type_step create_secret_steps[] = {
    {.service = "secretsmanager",
     .operation = "GetRandomPassword",
     .build = ask_password,
     .reply = password_made},
    {.service = "secretsmanager",
     .operation = "CreateSecret",
     .flags = STEP_PROPERTIES,
     .build = create_secret,
     .reply = secret_created},
    {0},
};
static const struct type_step update_secret_steps[] = {
    {.service = "secretsmanager",
     .operation = "GetRandomPassword",
     .when_changed = "GenerateSecretString",
     .build = ask_password,
     .reply = password_made},
    {.service = "secretsmanager",
     .operation = "UpdateSecret",
     .flags = STEP_PROPERTIES,
     .id_member = "SecretId",
     .build = update_secret},
    TAG_STEPS("secretsmanager", "TagResource", "UntagResource", "SecretId", 0, resource_tag_list),
    {0},
};
static const struct type_step remove_secret_steps[] = {
    {.service = "secretsmanager",
     .operation = "DeleteSecret",
     .id_member = "SecretId",
     .build = delete_secret},
    {0},
};

const struct resource_type secretsmanager_resources[] = {
    {.name = "AWS::SecretsManager::Secret",
     .properties = secret_properties,
     .attributes = secret_attributes,
     .create = create_secret_steps,
     .update = update_secret_steps,
     .remove = remove_secret_steps,
     .system_tags = true,
     .name_is_unique = true,
     .name_property = "Name",
     .name_limit = 512},
    {0},
};
