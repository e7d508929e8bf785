/* What exists, by the services' own list operations: before and after a stack, the difference is its
 * leftovers. */
#include <string.h>

#include "harness/scenario_run.h"

struct list_operation {
    const char *service;
    const char *operation;
    const char *input;    /* JSON */
    const char *list;     /* member of the answer */
    const char *name;     /* member of an item; NULL: the item itself */
    const char *what;     /* "iam Role" */
    const char *token_in; /* paging; NULL: one page */
    const char *token_out;
};

static const struct list_operation list_operations[] = {
    {"iam", "ListRoles", "{}", "Roles", "RoleName", "iam Role", "Marker", "Marker"},
    {"iam", "ListPolicies", "{\"Scope\":\"Local\"}", "Policies", "PolicyName", "iam ManagedPolicy", "Marker",
     "Marker"},
    {"iam", "ListUsers", "{}", "Users", "UserName", "iam User", "Marker", "Marker"},
    {"lambda", "ListFunctions", "{}", "Functions", "FunctionName", "lambda Function", "Marker", "NextMarker"},
    {"lambda", "ListEventSourceMappings", "{}", "EventSourceMappings", "UUID", "lambda EventSourceMapping",
     "Marker", "NextMarker"},
    {"logs", "DescribeLogGroups", "{}", "logGroups", "logGroupName", "logs LogGroup", "nextToken",
     "nextToken"},
    {"ssm", "DescribeParameters", "{}", "Parameters", "Name", "ssm Parameter", "NextToken", "NextToken"},
    {"s3", "ListBuckets", "{}", "Buckets", "Name", "s3 Bucket", NULL, NULL},
    {"sqs", "ListQueues", "{}", "QueueUrls", NULL, "sqs Queue", NULL, NULL},
    {"sns", "ListTopics", "{}", "Topics", "TopicArn", "sns Topic", "NextToken", "NextToken"},
    {"dynamodb", "ListTables", "{}", "TableNames", NULL, "dynamodb Table", "ExclusiveStartTableName",
     "LastEvaluatedTableName"},
    {"secretsmanager", "ListSecrets", "{}", "SecretList", "Name", "secretsmanager Secret", "NextToken",
     "NextToken"},
    {"kms", "ListAliases", "{}", "Aliases", "AliasName", "kms Alias", "Marker", "NextMarker"},
    {"events", "ListRules", "{}", "Rules", "Name", "events Rule", "NextToken", "NextToken"},
};

static void add_item(struct scenario_run *run, const struct list_operation *row, const json_t *item,
                     json_t *inventory) {
    const json_t *name = row->name ? json_object_get(item, row->name) : item;
    /* Keys that AWS makes for itself belong to no stack. */
    if (json_is_string(name) && strncmp(json_string_value(name), "alias/aws/", strlen("alias/aws/")) != 0) {
        json_array_append_new(
            inventory, json_string(arena_printf(run->arena, "%s %s", row->what, json_string_value(name))));
    }
}

/* An operation that is not emulated shows nothing: its things cannot have been made either. */
static void add_list(struct scenario_run *run, const struct list_operation *row, json_t *inventory) {
    const char *token = NULL;
    do {
        json_t *input = json_loads(row->input, 0, NULL);
        if (token) {
            json_object_set_new(input, row->token_in, json_string(token));
        }
        struct call_outcome outcome = run_ask(run, row->service, row->operation, input);
        size_t index;
        json_t *item;
        json_array_foreach(json_object_get(outcome.output, row->list), index, item) {
            add_item(run, row, item, inventory);
        }
        token = outcome.error_code || !row->token_out ? NULL : string_member(outcome.output, row->token_out);
        token = token && *token ? arena_strdup(run->arena, token) : NULL;
        json_decref(outcome.output);
    } while (token);
}

static int by_text(const void *a, const void *b) {
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

json_t *run_inventory(struct scenario_run *run) {
    json_t *inventory = json_array();
    for (size_t i = 0; i < sizeof list_operations / sizeof list_operations[0]; i++) {
        add_list(run, &list_operations[i], inventory);
    }
    size_t count = json_array_size(inventory);
    json_t **items = arena_alloc(run->arena, (count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = json_array_get(inventory, i);
    }
    qsort(items, count, sizeof *items, by_text);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append(sorted, items[i]);
    }
    json_decref(inventory);
    return sorted;
}
