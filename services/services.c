#include "services/services.h"

#include "services/cloudformation/cloudformation.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/streams.h"
#include "services/events/events.h"
#include "services/iam/iam.h"
#include "services/kms/kms.h"
#include "services/lambda/lambda.h"
#include "services/logs/logs.h"
#include "services/s3/s3.h"
#include "services/scheduler/scheduler.h"
#include "services/secretsmanager/secrets.h"
#include "services/sns/sns.h"
#include "services/sqs/sqs.h"
#include "services/ssm/ssm.h"
#include "services/sts/sts.h"

/* Routing asks in this order. S3 stands last: it takes what nobody else claims. */
/* clang-format off */
static const struct service *const services[] = {
    &ssm_service,
    &sqs_service,
    &sts_service,
    &iam_service,
    &logs_service,
    &lambda_service,
    &cloudformation_service,
    &sns_service,
    &dynamodb_service,
    &dynamodbstreams_service,
    &kms_service,
    &secretsmanager_service,
    &events_service,
    &scheduler_service,
    &s3_service,
    NULL,
};
/* clang-format on */

const struct service *const *services_all(void) {
    return services;
}

const struct service *services_find(const char *name) {
    for (size_t i = 0; services[i]; i++) {
        if (services[i]->model && strcmp(services[i]->model->name, name) == 0) {
            return services[i];
        }
    }
    return NULL;
}
