#include "services/secretsmanager/secrets.h"

static const struct operation_row operations[] = {
    {"BatchGetSecretValue", secrets_batch_get_secret_value},
    {"CreateSecret", secrets_create_secret},
    {"DeleteResourcePolicy", secrets_delete_resource_policy},
    {"DeleteSecret", secrets_delete_secret},
    {"DescribeSecret", secrets_describe_secret},
    {"GetRandomPassword", secrets_get_random_password},
    {"GetResourcePolicy", secrets_get_resource_policy},
    {"GetSecretValue", secrets_get_secret_value},
    {"ListSecretVersionIds", secrets_list_secret_version_ids},
    {"ListSecrets", secrets_list_secrets},
    {"PutResourcePolicy", secrets_put_resource_policy},
    {"PutSecretValue", secrets_put_secret_value},
    {"RestoreSecret", secrets_restore_secret},
    {"TagResource", secrets_tag_resource},
    {"UntagResource", secrets_untag_resource},
    {"UpdateSecret", secrets_update_secret},
    {"UpdateSecretVersionStage", secrets_update_secret_version_stage},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"CreateSecret", "KmsKeyId", "stored and shown; no KMS key encrypts the value"},
    {"UpdateSecret", "KmsKeyId", "stored and shown; no KMS key encrypts the value"},
    {"CreateSecret", "ForceOverwriteReplicaSecret", "there are no replicas"},
    {"PutResourcePolicy", "ResourcePolicy", "stored and shown; who may read the secret is not checked"},
    {"PutSecretValue", "RotationToken", "who may rotate is not checked"},
    {NULL, NULL, NULL},
};

const struct service secretsmanager_service = {
    .model = &secretsmanager_model,
    .operations = operations,
    .store = &secrets_store_module,
    .accepted = accepted,
};
