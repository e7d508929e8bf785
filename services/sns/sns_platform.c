/* Mobile push: applications and endpoints are stored and listed; what is sent to them is recorded.
 * Source: sns.md and recorded answers. */
#include "services/sns/sns.h"

#define MAXIMUM_NAME 256
#define MAXIMUM_USER_DATA 2048

static const char *const platforms[] = {"ADM",   "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX",
                                        "BAIDU", "FCM",  "GCM",          "MACOS",     "MACOS_SANDBOX",
                                        "MPNS",  "WNS"};

static const char *const application_attributes[] = {"PlatformCredential",
                                                     "PlatformPrincipal",
                                                     "EventEndpointCreated",
                                                     "EventEndpointDeleted",
                                                     "EventEndpointUpdated",
                                                     "EventDeliveryFailure",
                                                     "SuccessFeedbackRoleArn",
                                                     "FailureFeedbackRoleArn",
                                                     "SuccessFeedbackSampleRate",
                                                     "ApplePlatformTeamID",
                                                     "ApplePlatformBundleID",
                                                     "Enabled",
                                                     NULL};
/* What nobody is shown again. */
static const char *const secrets[] = {"PlatformCredential", "PlatformPrincipal", NULL};
static const char *const endpoint_attributes[] = {"CustomUserData", "Enabled", "Token", NULL};

static bool is_among(struct text name, const char *const *names) {
    for (; *names; names++) {
        if (text_equals(name, *names)) {
            return true;
        }
    }
    return false;
}

/* ---- shared ---- */

/* "app/GCM/name" has two slashes, "endpoint/GCM/name/uuid" three. */
static bool read_platform_arn(struct call *call, struct text text, const char *member, int slashes,
                              const char *what, const char **result, struct result *refusal) {
    struct arn arn;
    int count = 0;
    if (!sns_read_arn(call, text, member, &arn, refusal)) {
        return false;
    }
    for (size_t i = 0; i < arn.resource.size; i++) {
        count += arn.resource.data[i] == '/';
    }
    if (count != slashes) {
        *refusal =
            sns_invalid(call, "%s Reason: Wrong number of slashes in relative portion of the ARN.", member);
        return false;
    }
    *result = arena_text_string(call->arena, text);
    if (what &&
        (!text_equals(arn.region, call->identity.region) || !sns_store_has_platform(call->store, *result))) {
        *refusal = call_error(call, &sns_error_NotFoundException, "%s does not exist", what);
        return false;
    }
    return true;
}

static bool check_attributes(struct call *call, struct input attributes, const char *const *names,
                             struct result *refusal) {
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        struct text name = input_key(entry);
        if (!is_among(name, names)) {
            *refusal =
                sns_invalid(call, "Attributes Reason: Invalid attribute name: %.*s", TEXT_ARGUMENTS(name));
            return false;
        }
        if (text_equals(name, "CustomUserData") && input_as_text(entry).size > MAXIMUM_USER_DATA) {
            *refusal =
                sns_invalid(call, "Attributes Reason: Invalid value for attribute: CustomUserData: must "
                                  "be at most 2048 bytes long in UTF-8 encoding");
            return false;
        }
    }
    return true;
}

static void store_attributes(struct call *call, const char *arn, struct input attributes) {
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        const char *name = arena_text_string(call->arena, input_key(entry));
        struct text value = input_as_text(entry);
        if (strcmp(name, "Enabled") == 0) {
            value = text_equals_ignore_case(value, "true") ? TEXT("true") : TEXT("false");
        }
        sns_store_put_attribute(call->store, arn, name, value);
    }
}

static void write_attributes(struct call *call, const char *arn) {
    struct output *out = call_output(call);
    struct statement *rows = sns_store_attributes(call->store, arn);
    output_begin_map(out, "Attributes");
    while (statement_step(rows)) {
        if (!is_among(statement_text(rows, 0), secrets)) {
            output_text(out, statement_string(rows, 0, call->arena), statement_text(rows, 1));
        }
    }
    output_end(out);
}

static struct result write_list(struct call *call, struct input input, const char *parent, const char *list,
                                const char *arn_member) {
    struct result refusal;
    struct text after;
    const char *page[SNS_PAGE];
    size_t count = 0;
    bool more = false;
    if (!sns_read_next_token(call, input_text(input, "NextToken"), &after, &refusal)) {
        return refusal;
    }
    struct statement *rows = sns_store_platforms(call->store, sns_scope_of(call), parent, after);
    while (statement_step(rows)) {
        if (count == SNS_PAGE) {
            more = true;
            statement_reset(rows);
            break;
        }
        page[count++] = statement_string(rows, 0, call->arena);
    }
    struct output *out = call_output(call);
    output_begin_list(out, list);
    for (size_t i = 0; i < count; i++) {
        output_begin_structure(out, NULL);
        output_string(out, arn_member, page[i]);
        write_attributes(call, page[i]);
        output_end(out);
    }
    output_end(out);
    if (more) {
        sns_write_next_token(call, "NextToken", page[count - 1]);
    }
    return result_output();
}

/* ---- applications ---- */

static bool check_application(struct call *call, struct input input, struct result *refusal) {
    struct text name = input_text(input, "Name");
    struct text platform = input_text(input, "Platform");
    bool known = false;
    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        known = known || text_equals(platform, platforms[i]);
    }
    if (!known) {
        *refusal = sns_invalid(call, "Platform Reason: %.*s is not supported", TEXT_ARGUMENTS(platform));
        return false;
    }
    if (name.size > MAXIMUM_NAME) {
        *refusal =
            sns_invalid(call, "%.*s Reason: must be at most 256 characters long", TEXT_ARGUMENTS(name));
        return false;
    }
    if (name.size == 0) {
        *refusal = sns_invalid(call, "Name Reason: cannot be empty");
        return false;
    }
    if (!text_is_made_of(name, SNS_NAME_CHARACTERS ".")) {
        *refusal = sns_invalid(call,
                               "%.*s Reason: must contain only characters 'a'-'z', 'A'-'Z', "
                               "'0'-'9', '_', '-', and '.'",
                               TEXT_ARGUMENTS(name));
        return false;
    }
    return check_attributes(call, input_map(input, "Attributes"), application_attributes, refusal);
}

struct result sns_create_platform_application(struct call *call, struct input input) {
    struct result refusal;
    if (!check_application(call, input, &refusal)) {
        return refusal;
    }
    const char *arn = arn_build(
        call->arena, "sns", call->identity.region, call->identity.account,
        arena_printf(call->arena, "app/%s/%s", input_string(input, "Platform"), input_string(input, "Name")));
    if (!sns_store_has_platform(call->store, arn)) {
        sns_store_add_platform(call->store, sns_scope_of(call), arn, NULL, TEXT_NONE);
    }
    sns_store_put_attribute(call->store, arn, "Enabled", TEXT("true"));
    store_attributes(call, arn, input_map(input, "Attributes"));
    output_string(call_output(call), "PlatformApplicationArn", arn);
    return result_output();
}

struct result sns_delete_platform_application(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    if (!read_platform_arn(call, input_text(input, "PlatformApplicationArn"), "PlatformApplicationArn", 2,
                           NULL, &arn, &refusal)) {
        return refusal;
    }
    sns_store_delete_platform(call->store, arn);
    return result_output();
}

static bool require_application(struct call *call, struct input input, const char **arn,
                                struct result *refusal) {
    return read_platform_arn(call, input_text(input, "PlatformApplicationArn"), "PlatformApplicationArn", 2,
                             "PlatformApplication", arn, refusal);
}

struct result sns_get_platform_application_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    if (!require_application(call, input, &arn, &refusal)) {
        return refusal;
    }
    write_attributes(call, arn);
    return result_output();
}

struct result sns_set_platform_application_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    struct input attributes = input_map(input, "Attributes");
    if (!require_application(call, input, &arn, &refusal) ||
        !check_attributes(call, attributes, application_attributes, &refusal)) {
        return refusal;
    }
    store_attributes(call, arn, attributes);
    return result_output();
}

struct result sns_list_platform_applications(struct call *call, struct input input) {
    return write_list(call, input, NULL, "PlatformApplications", "PlatformApplicationArn");
}

/* ---- endpoints ---- */

/* The token's endpoint again, unless other attributes are wanted of it. */
static bool check_existing(struct call *call, const char *arn, struct input input, struct text user_data,
                           struct result *refusal) {
    struct text stored = sns_store_attribute(call->store, call->arena, arn, "CustomUserData");
    bool same = !user_data.data || text_same(stored, user_data);
    struct input attributes = input_map(input, "Attributes");
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        const char *name = arena_text_string(call->arena, input_key(entry));
        if (strcmp(name, "CustomUserData") != 0) {
            struct text value = sns_store_attribute(call->store, call->arena, arn, name);
            same = same && value.data &&
                   text_equals_ignore_case(input_as_text(entry), arena_text_string(call->arena, value));
        }
    }
    if (!same) {
        *refusal = sns_invalid(call,
                               "Token Reason: Endpoint %s already exists with the same Token, but "
                               "different attributes.",
                               arn);
    }
    return same;
}

/* CustomUserData as a member of its own wins over the attribute. */
static struct text wanted_user_data(struct input input) {
    struct input attributes = input_map(input, "Attributes");
    struct text data = input_text(input, "CustomUserData");
    for (struct input entry = input_first(attributes); entry.value && !data.data; entry = input_next(entry)) {
        if (text_equals(input_key(entry), "CustomUserData")) {
            data = input_as_text(entry);
        }
    }
    return data;
}

struct result sns_create_platform_endpoint(struct call *call, struct input input) {
    struct result refusal;
    const char *application;
    struct text token = input_text(input, "Token");
    struct text user_data = wanted_user_data(input);
    if (!require_application(call, input, &application, &refusal) ||
        !check_attributes(call, input_map(input, "Attributes"), endpoint_attributes, &refusal)) {
        return refusal;
    }
    if (token.size == 0) {
        return sns_invalid(call, "Token Reason: Invalid token");
    }
    if (user_data.size > MAXIMUM_USER_DATA) {
        return sns_invalid(call, "CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding");
    }
    const char *arn =
        arena_text_string(call->arena, sns_store_endpoint_of_token(call->store, application, token));
    if (arn) {
        if (!check_existing(call, arn, input, user_data, &refusal)) {
            return refusal;
        }
    } else {
        char uuid[UUID_SIZE];
        ids_uuid(emulator_ids(call->emulator), uuid);
        struct arn parts;
        arn_parse(text_of(application), &parts);
        struct text path = text_slice(parts.resource, strlen("app"), parts.resource.size);
        arn = arn_build(call->arena, "sns", call->identity.region, call->identity.account,
                        arena_printf(call->arena, "endpoint%.*s/%s", TEXT_ARGUMENTS(path), uuid));
        sns_store_add_platform(call->store, sns_scope_of(call), arn, application, token);
        sns_store_put_attribute(call->store, arn, "Enabled", TEXT("true"));
        sns_store_put_attribute(call->store, arn, "Token", token);
        store_attributes(call, arn, input_map(input, "Attributes"));
        if (user_data.data) {
            sns_store_put_attribute(call->store, arn, "CustomUserData", user_data);
        }
    }
    output_string(call_output(call), "EndpointArn", arn);
    return result_output();
}

static bool require_endpoint(struct call *call, struct input input, const char *what, const char **arn,
                             struct result *refusal) {
    return read_platform_arn(call, input_text(input, "EndpointArn"), "EndpointArn", 3, what, arn, refusal);
}

struct result sns_delete_endpoint(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    if (!require_endpoint(call, input, NULL, &arn, &refusal)) {
        return refusal;
    }
    sns_store_delete_platform(call->store, arn);
    return result_output();
}

struct result sns_get_endpoint_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    if (!require_endpoint(call, input, "Endpoint", &arn, &refusal)) {
        return refusal;
    }
    write_attributes(call, arn);
    return result_output();
}

struct result sns_set_endpoint_attributes(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    struct input attributes = input_map(input, "Attributes");
    if (!require_endpoint(call, input, "Endpoint", &arn, &refusal) ||
        !check_attributes(call, attributes, endpoint_attributes, &refusal)) {
        return refusal;
    }
    store_attributes(call, arn, attributes);
    return result_output();
}

struct result sns_list_endpoints_by_platform_application(struct call *call, struct input input) {
    struct result refusal;
    const char *arn;
    if (!require_application(call, input, &arn, &refusal)) {
        return refusal;
    }
    return write_list(call, input, arn, "Endpoints", "EndpointArn");
}
