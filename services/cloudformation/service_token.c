#include "services/cloudformation/service_token.h"

#include "emulator/base/arn.h"

const char *service_token_problem(const char *token, const char *region) {
    struct arn arn;
    if (!token || !*token) {
        return "Property ServiceToken cannot be empty.";
    }
    bool good = arn_parse(text_of(token), &arn) && text_equals(arn.region, region) &&
                ((text_equals(arn.service, "lambda") && text_starts_with(arn.resource, "function:")) ||
                 text_equals(arn.service, "sns"));
    return good ? NULL : "Invalid service token.";
}

bool service_token_is_topic(const char *token) {
    struct arn arn;
    return arn_parse(text_of(token), &arn) && text_equals(arn.service, "sns");
}
