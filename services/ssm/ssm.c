#include "services/ssm/ssm.h"

static const struct operation_row operations[] = {
    {"AddTagsToResource", ssm_add_tags_to_resource},
    {"DeleteParameter", ssm_delete_parameter},
    {"DeleteParameters", ssm_delete_parameters},
    {"DescribeParameters", ssm_describe_parameters},
    {"GetParameter", ssm_get_parameter},
    {"GetParameterHistory", ssm_get_parameter_history},
    {"GetParameters", ssm_get_parameters},
    {"GetParametersByPath", ssm_get_parameters_by_path},
    {"LabelParameterVersion", ssm_label_parameter_version},
    {"ListTagsForResource", ssm_list_tags_for_resource},
    {"PutParameter", ssm_put_parameter},
    {"RemoveTagsFromResource", ssm_remove_tags_from_resource},
    {"UnlabelParameterVersion", ssm_unlabel_parameter_version},
    {NULL, NULL},
};

static const struct accepted_member accepted[] = {
    {"PutParameter", "KeyId", "stored and shown; no KMS key encrypts the value"},
    {"PutParameter", "Policies", "stored and shown; parameters do not expire"},
    {"DescribeParameters", "Shared", "no parameter is shared with another account"},
    {NULL, NULL, NULL},
};

const struct service ssm_service = {
    .model = &ssm_model,
    .operations = operations,
    .store = &ssm_store_module,
    .accepted = accepted,
};
