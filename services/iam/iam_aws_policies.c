/*
 * Some of the policies that AWS manages: those that templates and tools name most. Documents of the small
 * ones; of the others only their names are known here.
 */
#include "services/iam/iam.h"

#define ALLOW(actions)                                                                                       \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[" actions                  \
    "],\"Resource\":\"*\"}]}"
#define LOGS "\"logs:CreateLogGroup\",\"logs:CreateLogStream\",\"logs:PutLogEvents\""

static const struct iam_aws_policy policies[] = {
    {"/", "AdministratorAccess", ALLOW("\"*\"")},
    {"/", "PowerUserAccess", NULL},
    {"/", "ReadOnlyAccess", NULL},
    {"/", "SecurityAudit", NULL},
    {"/", "IAMFullAccess", NULL},
    {"/", "IAMReadOnlyAccess", NULL},
    {"/", "AWSLambda_FullAccess", NULL},
    {"/", "AWSLambda_ReadOnlyAccess", NULL},
    {"/", "AWSLambdaExecute", NULL},
    {"/", "AWSLambdaInvocation-DynamoDB", NULL},
    {"/", "AWSCloudFormationFullAccess", ALLOW("\"cloudformation:*\"")},
    {"/", "AWSCloudFormationReadOnlyAccess", NULL},
    {"/", "AWSKeyManagementServicePowerUser", NULL},
    {"/", "AWSStepFunctionsFullAccess", NULL},
    {"/", "AWSXRayDaemonWriteAccess", NULL},
    {"/", "AWSXrayWriteOnlyAccess", NULL},
    {"/", "AmazonAPIGatewayAdministrator", NULL},
    {"/", "AmazonDynamoDBFullAccess", NULL},
    {"/", "AmazonDynamoDBReadOnlyAccess", NULL},
    {"/", "AmazonEC2ContainerRegistryReadOnly", NULL},
    {"/", "AmazonEC2FullAccess", NULL},
    {"/", "AmazonEC2ReadOnlyAccess", NULL},
    {"/", "AmazonEventBridgeFullAccess", NULL},
    {"/", "AmazonKinesisFullAccess", ALLOW("\"kinesis:*\"")},
    {"/", "AmazonRDSFullAccess", NULL},
    {"/", "AmazonRoute53FullAccess", NULL},
    {"/", "AmazonS3FullAccess", ALLOW("\"s3:*\",\"s3-object-lambda:*\"")},
    {"/", "AmazonS3ReadOnlyAccess",
     ALLOW("\"s3:Get*\",\"s3:List*\",\"s3:Describe*\",\"s3-object-lambda:Get*\",\"s3-object-lambda:List*\"")},
    {"/", "AmazonSNSFullAccess", NULL},
    {"/", "AmazonSNSReadOnlyAccess", NULL},
    {"/", "AmazonSQSFullAccess", ALLOW("\"sqs:*\"")},
    {"/", "AmazonSQSReadOnlyAccess", NULL},
    {"/", "AmazonSSMFullAccess", NULL},
    {"/", "AmazonSSMManagedInstanceCore", NULL},
    {"/", "AmazonSSMReadOnlyAccess", NULL},
    {"/", "AmazonVPCFullAccess", NULL},
    {"/", "CloudWatchFullAccess", NULL},
    {"/", "CloudWatchAgentServerPolicy", NULL},
    {"/", "CloudWatchLogsFullAccess", NULL},
    {"/", "CloudWatchLogsReadOnlyAccess", NULL},
    {"/", "SecretsManagerReadWrite", NULL},
    {"/job-function/", "Billing", NULL},
    {"/job-function/", "ViewOnlyAccess", NULL},
    {"/service-role/", "AWSLambdaBasicExecutionRole", ALLOW(LOGS)},
    {"/service-role/", "AWSLambdaDynamoDBExecutionRole",
     ALLOW("\"dynamodb:DescribeStream\",\"dynamodb:GetRecords\",\"dynamodb:GetShardIterator\","
           "\"dynamodb:ListStreams\"," LOGS)},
    {"/service-role/", "AWSLambdaKinesisExecutionRole", NULL},
    {"/service-role/", "AWSLambdaRole", ALLOW("\"lambda:InvokeFunction\"")},
    {"/service-role/", "AWSLambdaSQSQueueExecutionRole",
     ALLOW("\"sqs:ReceiveMessage\",\"sqs:DeleteMessage\",\"sqs:GetQueueAttributes\"," LOGS)},
    {"/service-role/", "AWSLambdaVPCAccessExecutionRole", NULL},
    {"/service-role/", "AWSAppSyncPushToCloudWatchLogs", ALLOW(LOGS)},
    {"/service-role/", "AWSCodeDeployRoleForLambda", NULL},
    {"/service-role/", "AWSConfigRole", NULL},
    {"/service-role/", "AmazonAPIGatewayPushToCloudWatchLogs", NULL},
    {"/service-role/", "AmazonECSTaskExecutionRolePolicy", NULL},
    {"/service-role/", "AmazonEC2RoleforSSM", NULL},
};

#define COUNT (sizeof(policies) / sizeof(policies[0]))

const struct iam_aws_policy *iam_aws_policy_of_arn(struct text arn) {
    static const char prefix[] = "arn:aws:iam::aws:policy";
    if (!text_starts_with(arn, prefix)) {
        return NULL;
    }
    struct text rest = text_slice(arn, strlen(prefix), arn.size);
    for (size_t i = 0; i < COUNT; i++) {
        size_t path_size = strlen(policies[i].path);
        if (text_starts_with(rest, policies[i].path) &&
            text_equals(text_slice(rest, path_size, rest.size), policies[i].name)) {
            return &policies[i];
        }
    }
    return NULL;
}

const struct iam_aws_policy *iam_aws_policy_at(size_t index) {
    return index < COUNT ? &policies[index] : NULL;
}
