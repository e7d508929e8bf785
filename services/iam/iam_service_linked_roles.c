/*
 * Roles that a service makes for itself. Which role and policy belong to a service, and whether a suffix is
 * allowed, is what AWS answered in recorded/iam (test_service_role_lifecycle), for Application Auto Scaling,
 * ECS, OpenSearch, API Gateway and Spot what their user guides say; for other services the name is made from
 * the service's.
 */
#include "emulator/base/ids.h"
#include "emulator/core/emulator.h"
#include "services/iam/iam.h"

struct linked_service {
    const char *principal;
    const char *role;   /* behind "AWSServiceRoleFor" */
    const char *policy; /* below /aws-service-role/; NULL: none */
    bool suffix_allowed;
};

static const struct linked_service services[] = {
    {"acm.amazonaws.com", "CertificateManager", "CertificateManagerServiceRolePolicy", true},
    {"autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy", true},
    {"batch.amazonaws.com", "Batch", "BatchServiceRolePolicy", true},
    {"cassandra.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_CassandraTable",
     "AWSApplicationAutoscalingCassandraTablePolicy", true},
    {"appstream.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_AppStreamFleet",
     "AWSApplicationAutoscalingAppStreamFleetPolicy", true},
    {"custom-resource.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_CustomResource",
     "AWSApplicationAutoscalingCustomResourcePolicy", true},
    {"dynamodb.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_DynamoDBTable",
     "AWSApplicationAutoscalingDynamoDBTablePolicy", true},
    {"ecs.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_ECSService",
     "AWSApplicationAutoscalingECSServicePolicy", true},
    {"lambda.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_LambdaConcurrency",
     "AWSApplicationAutoscalingLambdaConcurrencyPolicy", true},
    {"rds.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_RDSCluster",
     "AWSApplicationAutoscalingRDSClusterPolicy", true},
    {"sagemaker.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_SageMakerEndpoint",
     "AWSApplicationAutoscalingSageMakerEndpointPolicy", true},
    {"ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy", true},
    {"opensearchservice.amazonaws.com", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy", true},
    {"ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy", true},
    {"spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy", true},
    {"cks.kms.amazonaws.com", "KeyManagementServiceCustomKeyStores",
     "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy", true},
    {"cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy", true},
    {"config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy", true},
    {"dms.amazonaws.com", "DMSServerless", "AWSDMSServerlessServiceRolePolicy", true},
    {"ecr.amazonaws.com", "ECRTemplate", "ECRTemplateServiceRolePolicy", false},
    {"eks-connector.amazonaws.com", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy", true},
    {"eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup", true},
    {"eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy", false},
    {"elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy", true},
    {"elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy", false},
    {"elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy",
     false},
    {"elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy",
     true},
    {"email.cognito-idp.amazonaws.com", "AmazonCognitoIdpEmailService",
     "AmazonCognitoIdpEmailServiceRolePolicy", false},
    {"emr-containers.amazonaws.com", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy", false},
    {"grafana.amazonaws.com", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy", false},
    {"kafka.amazonaws.com", "Kafka", "KafkaServiceRolePolicy", false},
    {"kafkaconnect.amazonaws.com", "KafkaConnect", "KafkaConnectServiceRolePolicy", true},
    {"lakeformation.amazonaws.com", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy",
     true},
    {"lex.amazonaws.com", "LexBots", "AmazonLexBotPolicy", false},
    {"m2.amazonaws.com", "AWSM2", "AWSM2ServicePolicy", false},
    {"mq.amazonaws.com", "AmazonMQ", "AmazonMQServiceRolePolicy", true},
    {"mrk.kms.amazonaws.com", "KeyManagementServiceMultiRegionKeys",
     "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy", false},
    {"notifications.amazonaws.com", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy",
     true},
    {"observability.aoss.amazonaws.com", "AmazonOpenSearchServerless",
     "AmazonOpenSearchServerlessServiceRolePolicy", true},
    {"opsdatasync.ssm.amazonaws.com", "SystemsManagerOpsDataSync",
     "AWSSystemsManagerOpsDataSyncServiceRolePolicy", true},
    {"opsinsights.ssm.amazonaws.com", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy", true},
    {"pullthroughcache.ecr.amazonaws.com", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy",
     false},
    {"ram.amazonaws.com", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy", false},
    {"rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy", true},
    {"replication.cassandra.amazonaws.com", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy",
     true},
    {"repository.sync.codeconnections.amazonaws.com", "GitSync", "AWSGitSyncServiceRolePolicy", false},
    {"resource-explorer-2.amazonaws.com", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy", false},
    {"s3-outposts.amazonaws.com", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy", true},
    {"ses.amazonaws.com", "AmazonSES", "AmazonSESServiceRolePolicy", true},
    {"sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy", true},
    {"wafv2.amazonaws.com", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy", false},
};

/* Others that refuse a suffix. */
static const char *const without_suffix[] = {
    "appmesh.amazonaws.com",
    "autoscaling-plans.amazonaws.com",
    "backup.amazonaws.com",
    "dms-fleet-advisor.amazonaws.com",
    "docdb-elastic.amazonaws.com",
    "ec2-instance-connect.amazonaws.com",
    "lightsail.amazonaws.com",
    "replication.ecr.amazonaws.com",
    "rolesanywhere.amazonaws.com",
    "shield.amazonaws.com",
    "ssm-incidents.amazonaws.com",
    "ssm-quicksetup.amazonaws.com",
    "vpcorigin.cloudfront.amazonaws.com",
    "waf.amazonaws.com",
};

static const struct linked_service *find_service(const char *principal) {
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i].principal, principal) == 0) {
            return &services[i];
        }
    }
    return NULL;
}

static bool allows_suffix(const char *principal) {
    const struct linked_service *service = find_service(principal);
    for (size_t i = 0; i < sizeof(without_suffix) / sizeof(without_suffix[0]); i++) {
        if (strcmp(without_suffix[i], principal) == 0) {
            return false;
        }
    }
    return !service || service->suffix_allowed;
}

/* "elastic-thing.amazonaws.com" becomes "ElasticThing". */
static const char *camel_case(struct arena *arena, const char *principal) {
    char *name = arena_strdup(arena, principal);
    size_t size = 0;
    bool upper = true;
    for (const char *byte = principal; *byte && *byte != '.'; byte++) {
        if (*byte == '-') {
            upper = true;
            continue;
        }
        name[size++] = upper && *byte >= 'a' && *byte <= 'z' ? (char)(*byte - 'a' + 'A') : *byte;
        upper = false;
    }
    name[size] = '\0';
    return name;
}

struct result iam_create_service_linked_role(struct call *call, struct input input) {
    struct result refusal;
    const char *principal = input_string(input, "AWSServiceName");
    const char *suffix = input_string(input, "CustomSuffix");
    const struct linked_service *service = find_service(principal);
    if (!strstr(principal, ".amazonaws.com")) {
        return call_error(call, &iam_error_InvalidInputException,
                          "Service principal %s is not a valid service.", principal);
    }
    if (suffix && !allows_suffix(principal)) {
        return call_error(call, &iam_error_InvalidInputException, "Custom suffix is not allowed for %s",
                          principal);
    }
    char *unique_id = arena_alloc(call->arena, UNIQUE_ID_SIZE);
    unique_id_make(emulator_ids(call->emulator), "AROA", unique_id);
    struct iam_entity role = {
        .kind = IAM_ROLE,
        .account = call->identity.account,
        .name = arena_printf(call->arena, "AWSServiceRoleFor%s%s%s",
                             service ? service->role : camel_case(call->arena, principal), suffix ? "_" : "",
                             suffix ? suffix : ""),
        .path = arena_printf(call->arena, "/aws-service-role/%s/", principal),
        .unique_id = unique_id,
        .created_ms = iam_now_ms(call),
        .updated_ms = iam_now_ms(call),
        .description = input_string(input, "Description"),
        .trust_policy =
            arena_printf(call->arena,
                         "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                         "{\"Service\":\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
                         principal),
        .max_session_s = 3600,
    };
    struct iam_entity other;
    if (iam_store_find(call->store, role.account, IAM_ROLE, text_of(role.name), call->arena, &other)) {
        return call_error(
            call, &iam_error_InvalidInputException,
            "Service role name %s has been taken in this account, please try a different suffix.", role.name);
    }
    if (!iam_create_entity(call, input, &role, &refusal)) {
        return refusal;
    }
    if (service && service->policy) {
        const char *arn =
            arena_printf(call->arena, "arn:aws:iam::aws:policy/aws-service-role/%s", service->policy);
        iam_store_attach(call->store, role.id, text_of(arn));
    }
    struct output *out = call_output(call);
    output_begin_structure(out, "Role");
    output_string(out, "Path", role.path);
    output_string(out, "RoleName", role.name);
    output_string(out, "RoleId", role.unique_id);
    output_string(out, "Arn", iam_arn(call->arena, &role));
    output_timestamp(out, "CreateDate", role.created_ms);
    iam_write_document(call, "AssumeRolePolicyDocument", text_of(role.trust_policy));
    output_end(out);
    return result_output();
}

/* On AWS the service is asked first; here no service holds on to its role. */
struct result iam_delete_service_linked_role(struct call *call, struct input input) {
    struct result refusal;
    struct iam_entity role;
    char uuid[UUID_SIZE];
    if (!iam_find_entity(call, input, IAM_ROLE, &role, &refusal)) {
        return refusal;
    }
    if (strncmp(role.path, "/aws-service-role/", strlen("/aws-service-role/")) != 0) {
        return call_error(call, &iam_error_NoSuchEntityException, "The role with name %s cannot be found.",
                          role.name);
    }
    ids_uuid(emulator_ids(call->emulator), uuid);
    const char *task = arena_printf(call->arena, "task%s%s/%s", role.path, role.name, uuid);
    iam_store_delete(call->store, role.id);
    iam_store_add_deletion(call->store, call->identity.account, task);
    output_string(call_output(call), "DeletionTaskId", task);
    return result_output();
}

struct result iam_get_service_linked_role_deletion_status(struct call *call, struct input input) {
    struct text task = input_text(input, "DeletionTaskId");
    if (!iam_store_has_deletion(call->store, call->identity.account, task)) {
        return call_error(call, &iam_error_NoSuchEntityException, "Deletion Task id %.*s not found",
                          TEXT_ARGUMENTS(task));
    }
    output_string(call_output(call), "Status", "SUCCEEDED");
    return result_output();
}
