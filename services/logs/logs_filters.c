/*
 * Subscription filters, whose matching events go to a function, and metric filters, which are kept and shown.
 * Source: s3-logs-events.md B; recorded/logs, test_logs_subscription_filters, test_logs_metric_filters.
 */
#include "emulator/base/arn.h"
#include "emulator/base/crypto.h"
#include "emulator/base/die.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/logs.h"

#define DEFAULT_PAGE 50
#define MAXIMUM_SUBSCRIPTIONS 2
#define MAXIMUM_METRIC_FILTERS 100

static bool check_pattern(struct call *call, struct text source, struct result *refusal) {
    const char *message;
    if (filter_pattern_compile(call->arena, source, &message)) {
        return true;
    }
    *refusal = call_error(call, &logs_error_InvalidParameterException, "%s", message);
    return false;
}

static bool check_room(struct call *call, const struct logs_filter *filter, int maximum,
                       struct result *refusal) {
    struct logs_filter other;
    int count = 0;
    struct statement *filters = logs_store_filters(call->store, filter->group_id, filter->kind, NULL);
    while (logs_store_next_filter(filters, call->arena, &other)) {
        count += strcmp(other.name, filter->name) != 0;
    }
    if (count >= maximum) {
        *refusal = call_error(call, &logs_error_LimitExceededException, "Resource limit exceeded.");
        return false;
    }
    return true;
}

/* ---- PutSubscriptionFilter ---- */

/* A filter whose function is being looked up. On the heap: the answer may come after the client has gone. */
struct subscription {
    struct call *call; /* NULL: cancelled */
    struct logs_filter filter;
};

static void function_answered(void *argument, const struct call_reply *reply) {
    struct subscription *subscription = argument;
    struct call *call = subscription->call;
    if (call && reply->error_code) {
        call_finish(
            call,
            call_error(call, &logs_error_InvalidParameterException,
                       "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
                       "permission to execute your function."));
    } else if (call) {
        logs_store_put_filter(call->store, &subscription->filter);
        call_finish(call, result_output());
    }
    free(subscription);
}

static void forget(void *argument) {
    struct subscription *subscription = argument;
    subscription->call = NULL;
}

static struct result ask_for_function(struct call *call, const struct logs_filter *filter) {
    struct subscription *subscription = xmalloc(sizeof(*subscription));
    *subscription = (struct subscription){.call = call, .filter = *filter};
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"FunctionName\":");
    json_write_string(&input, text_of(filter->destination));
    strbuf_append_char(&input, '}');
    struct call_request request = {
        .service = "lambda",
        .operation = "GetFunction",
        .input = strbuf_text(&input),
        .caller = identity_of_service("logs.amazonaws.com", call->identity.account, call->identity.region),
        .origin = "logs/PutSubscriptionFilter",
    };
    call_on_cancel(call, forget, subscription);
    call_start(call->emulator, &request, function_answered, subscription);
    strbuf_release(&input);
    return result_pending();
}

struct result logs_put_subscription_filter(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct arn arn;
    const char *distribution = input_string(input, "distribution");
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal) ||
        !check_pattern(call, input_text(input, "filterPattern"), &refusal)) {
        return refusal;
    }
    struct logs_filter filter = {
        .group_id = group.id,
        .kind = LOGS_SUBSCRIPTION,
        .name = input_string(input, "filterName"),
        .pattern = input_string(input, "filterPattern"),
        .destination = input_string(input, "destinationArn"),
        .role_arn = input_string(input, "roleArn"),
        .distribution = distribution ? distribution : "ByLogStream",
        .created_ms = call->now_ms,
    };
    if (!arn_parse(input_text(input, "destinationArn"), &arn)) {
        return call_error(call, &logs_error_InvalidParameterException, "destinationArn is not a valid ARN.");
    }
    if ((text_equals(arn.service, "kinesis") || text_equals(arn.service, "firehose")) && !filter.role_arn) {
        return call_error(call, &logs_error_InvalidParameterException,
                          "destinationArn for vendor %.*s cannot be used without roleArn",
                          TEXT_ARGUMENTS(arn.service));
    }
    if (!text_equals(arn.service, "lambda")) {
        return call_error(call, &error_not_implemented, "stackrig sends log events to Lambda functions only");
    }
    if (!text_equals(arn.account, call->identity.account)) {
        return call_error(
            call, &error_access_denied_exception,
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to "
            "create cross account lambda triggers.");
    }
    if (!check_room(call, &filter, MAXIMUM_SUBSCRIPTIONS, &refusal)) {
        return refusal;
    }
    return ask_for_function(call, &filter);
}

/* ---- Describing and deleting ---- */

static void write_subscription(struct output *out, const char *group_name, const struct logs_filter *filter) {
    output_begin_structure(out, NULL);
    output_string(out, "filterName", filter->name);
    output_string(out, "logGroupName", group_name);
    output_string(out, "filterPattern", filter->pattern);
    output_string(out, "destinationArn", filter->destination);
    output_string(out, "roleArn", filter->role_arn);
    output_string(out, "distribution", filter->distribution);
    output_boolean(out, "applyOnTransformedLogs", false);
    output_integer(out, "creationTime", filter->created_ms);
    output_end(out);
}

static void write_metric(struct output *out, struct arena *arena, const char *group_name,
                         const struct logs_filter *filter) {
    output_begin_structure(out, NULL);
    output_string(out, "filterName", filter->name);
    output_string(out, "filterPattern", filter->pattern);
    output_value(out, "metricTransformations", json_parse(arena, text_of(filter->transformations), NULL));
    output_integer(out, "creationTime", filter->created_ms);
    output_string(out, "logGroupName", group_name);
    output_boolean(out, "applyOnTransformedLogs", false);
    output_end(out);
}

struct result logs_describe_subscription_filters(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_filter filter;
    const char *last;
    const char *prefix = input_string(input, "filterNamePrefix");
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal) ||
        !logs_read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *token = NULL;
    struct statement *filters = logs_store_filters(call->store, group.id, LOGS_SUBSCRIPTION, last);
    output_begin_list(out, "subscriptionFilters");
    while (logs_store_next_filter(filters, call->arena, &filter)) {
        if (prefix && strncmp(filter.name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(filters);
            break;
        }
        write_subscription(out, group.name, &filter);
        last = filter.name;
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}

static struct result delete_filter(struct call *call, struct input input, enum logs_filter_kind kind,
                                   const char *missing) {
    struct result refusal;
    struct logs_group group;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal)) {
        return refusal;
    }
    if (!logs_store_delete_filter(call->store, group.id, kind, input_text(input, "filterName"))) {
        return call_error(call, &logs_error_ResourceNotFoundException, "%s", missing);
    }
    return result_output();
}

struct result logs_delete_subscription_filter(struct call *call, struct input input) {
    return delete_filter(call, input, LOGS_SUBSCRIPTION, "The specified subscription filter does not exist.");
}

/* ---- Metric filters ---- */

struct result logs_put_metric_filter(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct strbuf json = STRBUF_INIT;
    if (!logs_find_group(call, input_text(input, "logGroupName"), &group, &refusal) ||
        !check_pattern(call, input_text(input, "filterPattern"), &refusal)) {
        return refusal;
    }
    json_write(&json, input_list(input, "metricTransformations").value);
    struct logs_filter filter = {
        .group_id = group.id,
        .kind = LOGS_METRIC,
        .name = input_string(input, "filterName"),
        .pattern = input_string(input, "filterPattern"),
        .transformations = arena_strdup(call->arena, json.data),
        .created_ms = call->now_ms,
    };
    strbuf_release(&json);
    if (!check_room(call, &filter, MAXIMUM_METRIC_FILTERS, &refusal)) {
        return refusal;
    }
    logs_store_put_filter(call->store, &filter);
    return result_output();
}

struct result logs_delete_metric_filter(struct call *call, struct input input) {
    return delete_filter(call, input, LOGS_METRIC, "The specified metric filter does not exist.");
}

/* Whether one of the filter's metrics is the one asked for (name and namespace absent: any). */
static bool feeds_metric(struct arena *arena, const struct logs_filter *filter, struct text name,
                         struct text namespace) {
    if (!name.data) {
        return true;
    }
    const struct json_value *metrics = json_parse(arena, text_of(filter->transformations), NULL);
    for (const struct json_value *metric = metrics->child; metric; metric = metric->next) {
        if (text_same(json_find_text(metric, "metricName"), name) &&
            text_same(json_find_text(metric, "metricNamespace"), namespace)) {
            return true;
        }
    }
    return false;
}

static bool check_metric(struct call *call, struct input input, struct result *refusal) {
    const char *message = NULL;
    if (input_has(input, "metricName") != input_has(input, "metricNamespace")) {
        message = "Describe Metric Filters request must contain both MetricName and MetricNamespace";
    } else if (input_has(input, "metricName") && input_has(input, "logGroupName")) {
        message = "Describe Metric Filters request must contain either logGroupName or metricName and "
                  "metricNamespace";
    } else {
        return true;
    }
    *refusal = call_error(call, &logs_error_InvalidParameterException, "%s", message);
    return false;
}

/* Page tokens hold FILTER:GROUP: neither has a colon in its name. */
struct result logs_describe_metric_filters(struct call *call, struct input input) {
    struct result refusal;
    struct logs_group group;
    struct logs_filter filter;
    const char *last;
    struct text group_name = input_text(input, "logGroupName");
    /* Taken only together with a group. Source: API reference. */
    const char *prefix = group_name.data ? input_string(input, "filterNamePrefix") : NULL;
    if ((group_name.data && !logs_find_group(call, group_name, &group, &refusal)) ||
        !check_metric(call, input, &refusal) || !logs_read_token(call, input, &last, &refusal)) {
        return refusal;
    }
    struct output *out = call_output(call);
    int64_t room = input_integer(input, "limit", DEFAULT_PAGE);
    const char *token = NULL;
    struct text after_group = last ? text_of(last) : TEXT_NONE;
    struct text after_name = last ? text_cut(&after_group, ':') : TEXT_NONE;
    struct statement *filters = logs_store_metric_filters(
        call->store, call->identity.account, call->identity.region, group_name, after_name, after_group);
    output_begin_list(out, "metricFilters");
    while (logs_store_next_filter(filters, call->arena, &filter)) {
        if ((prefix && strncmp(filter.name, prefix, strlen(prefix)) != 0) ||
            !feeds_metric(call->arena, &filter, input_text(input, "metricName"),
                          input_text(input, "metricNamespace"))) {
            continue;
        }
        if (room-- == 0) {
            token = logs_make_token(call, last);
            statement_reset(filters);
            break;
        }
        write_metric(out, call->arena, filter.group_name, &filter);
        last = arena_printf(call->arena, "%s:%s", filter.name, filter.group_name);
    }
    output_end(out);
    output_string(out, "nextToken", token);
    return result_output();
}

/* ---- Delivery ---- */

/* {"awslogs":{"data":...}}, base64 of gzip of the events. Absent: none matches. */
static struct text payload_of(struct call *call, const struct logs_group *group,
                              const struct logs_stream *stream, const struct logs_filter *filter,
                              const struct logs_event *events, size_t count) {
    const char *message;
    struct filter_pattern *pattern = filter_pattern_compile(call->arena, text_of(filter->pattern), &message);
    struct strbuf json = STRBUF_INIT;
    size_t matching = 0;
    strbuf_printf(&json,
                  "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"%s\",\"logGroup\":", call->identity.account);
    json_write_string(&json, text_of(group->name));
    strbuf_append_string(&json, ",\"logStream\":");
    json_write_string(&json, text_of(stream->name));
    strbuf_append_string(&json, ",\"subscriptionFilters\":[");
    json_write_string(&json, text_of(filter->name));
    strbuf_append_string(&json, "],\"logEvents\":[");
    for (size_t i = 0; i < count; i++) {
        if (filter_pattern_matches(pattern, events[i].message, call->arena)) {
            strbuf_printf(&json, "%s{\"id\":\"%s\",\"timestamp\":%lld,\"message\":", matching++ ? "," : "",
                          logs_event_id(call, events[i].position), (long long)events[i].position.timestamp);
            json_write_string(&json, events[i].message);
            strbuf_append_char(&json, '}');
        }
    }
    strbuf_append_string(&json, "]}");
    struct strbuf zipped = STRBUF_INIT;
    struct strbuf payload = STRBUF_INIT;
    crypto_append_gzip(&zipped, strbuf_text(&json));
    strbuf_append_string(&payload, "{\"awslogs\":{\"data\":\"");
    crypto_append_base64(&payload, strbuf_text(&zipped));
    strbuf_append_string(&payload, "\"}}");
    struct text text = matching ? arena_text(call->arena, strbuf_text(&payload)) : TEXT_NONE;
    strbuf_release(&payload);
    strbuf_release(&zipped);
    strbuf_release(&json);
    return text;
}

static void invoke(struct call *call, const char *function_arn, struct text payload) {
    struct strbuf input = STRBUF_INIT;
    strbuf_append_string(&input, "{\"FunctionName\":");
    json_write_string(&input, text_of(function_arn));
    strbuf_append_string(&input, ",\"InvocationType\":\"Event\",\"Payload\":\"");
    crypto_append_base64(&input, payload);
    strbuf_append_string(&input, "\"}");
    struct call_request request = {
        .service = "lambda",
        .operation = "Invoke",
        .input = strbuf_text(&input),
        .caller = identity_of_service("logs.amazonaws.com", call->identity.account, call->identity.region),
        .origin = "logs/subscription",
    };
    call_start(call->emulator, &request, NULL, NULL);
    strbuf_release(&input);
}

void logs_deliver(struct call *call, const struct logs_group *group, const struct logs_stream *stream,
                  const struct logs_event *events, size_t count) {
    struct logs_filter filter;
    struct statement *filters = logs_store_filters(call->store, group->id, LOGS_SUBSCRIPTION, NULL);
    while (logs_store_next_filter(filters, call->arena, &filter)) {
        struct text payload = payload_of(call, group, stream, &filter, events, count);
        if (payload.data) {
            invoke(call, filter.destination, payload);
        }
    }
}
