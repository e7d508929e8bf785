/*
 * The tables say what services/NAME/model.json says, and that says what AWS publishes: the second needs the
 * published models in ../shared/reference/models, and passes where they are not at hand.
 */
#include <CUnit/CUnit.h>

#include "emulator/protocol/shape_builder_test.h"
#include "harness/unit_tests.h"
#include "services/cloudformation/model.h"
#include "services/dynamodb/model.h"
#include "services/dynamodbstreams/model.h"
#include "services/events/model.h"
#include "services/iam/model.h"
#include "services/kms/model.h"
#include "services/lambda/model.h"
#include "services/logs/model.h"
#include "services/s3/model.h"
#include "services/scheduler/model.h"
#include "services/secretsmanager/model.h"
#include "services/sns/model.h"
#include "services/sqs/model.h"
#include "services/ssm/model.h"
#include "services/sts/model.h"

static const struct service_model *const models[] = {
    &cloudformation_model,
    &dynamodb_model,
    &dynamodbstreams_model,
    &events_model,
    &iam_model,
    &kms_model,
    &lambda_model,
    &logs_model,
    &s3_model,
    &scheduler_model,
    &secretsmanager_model,
    &sns_model,
    &sqs_model,
    &ssm_model,
    &sts_model,
};

#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static int differences;

/*
 * Where the service answers otherwise than its published model says: DynamoDB's operations on tables check
 * the name in words of their own, operations on items check names as the model of old did, keys of tables have
 * two attributes at most, and its enumerations print in another order. Source: dynamodb.md, section 2.
 */
static const char *const deviations[][2] = {
    {"CreateTableInput", "TableName"},
    {"CreateTableInput", "KeySchema"},
    {"TableKeySchema", "not published"},
    {"DeleteTableInput", "TableName"},
    {"DescribeTableInput", "TableName"},
    {"DescribeTimeToLiveInput", "TableName"},
    {"UpdateTableInput", "TableName"},
    {"UpdateTimeToLiveInput", "TableName"},
    {"TableReference", "not published"},
    {"TableNameOrArn", "not published"},
    {"DeleteItemInput", "TableName"},
    {"GetItemInput", "TableName"},
    {"PutItemInput", "TableName"},
    {"UpdateItemInput", "TableName"},
    {"QueryInput", "TableName"},
    {"ScanInput", "TableName"},
    {"Get", "TableName"},
    {"Put", "TableName"},
    {"Update", "TableName"},
    {"Delete", "TableName"},
    {"ConditionCheck", "TableName"},
    {"BatchGetRequestMap", "key"},
    {"BatchWriteItemRequestMap", "key"},
    {"ComparisonOperator", "enumeration"},
    {"ConditionalOperator", "enumeration"},
    {"ProjectionType", "enumeration"},
    {"ReturnValue", "enumeration"},
    {"ScalarAttributeType", "enumeration"},
    {"Select", "enumeration"},
};

static bool is_deviation(const char *service, const char *where, const char *what) {
    for (size_t i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++) {
        if (strcmp(service, "dynamodb") == 0 && strcmp(where, deviations[i][0]) == 0 &&
            strcmp(what, deviations[i][1]) == 0) {
            return true;
        }
    }
    return false;
}

static void differ(const char *service, const char *where, const char *what) {
    if (is_deviation(service, where, what)) {
        return;
    }
    if (differences++ < 20) {
        printf("\n    %s %s: %s", service, where, what);
    }
}

static json_t *load(const char *folder, const char *service, const char *file) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s%s", folder, service, file);
    return json_load_file(path, 0, NULL);
}

/* ---- Tables and model.json ----------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_members(const struct shape *a, const struct shape *b) {
    for (unsigned index = 0; index < a->member_count; index++) {
        const struct shape_member *left = &a->members[index];
        const struct shape_member *right = &b->members[index];
        if (strcmp(left->name, right->name) != 0 || strcmp(left->wire_name, right->wire_name) != 0 ||
            left->location != right->location || left->required != right->required ||
            left->flattened != right->flattened || left->has_wire_name != right->has_wire_name ||
            left->name_size != strlen(left->name) || left->wire_size != strlen(left->wire_name) ||
            left->timestamp_format != right->timestamp_format ||
            left->xml_attribute != right->xml_attribute ||
            strcmp(left->shape->name, right->shape->name) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_enums(const struct shape *a, const struct shape *b) {
    for (unsigned index = 0; index < a->enum_count; index++) {
        if (strcmp(a->enums[index], b->enums[index]) != 0) {
            return false;
        }
    }
    return true;
}

/* Follows every reference once; `seen` holds the shapes of the table. */
static void compare_shapes(const char *service, const struct shape *a, struct built_shapes *built,
                           json_t *seen) {
    if (!a || json_object_get(seen, a->name)) {
        return;
    }
    json_object_set_new(seen, a->name, json_true());
    const struct shape *b = built_shape(built, a->name);
    const uint16_t compared = SHAPE_HAS_MINIMUM | SHAPE_HAS_MAXIMUM | SHAPE_SENSITIVE | SHAPE_FLATTENED;
    if (!b || a->type != b->type || a->member_count != b->member_count || a->enum_count != b->enum_count ||
        (a->flags & compared) != (b->flags & compared) || a->minimum != b->minimum ||
        a->maximum != b->maximum || !same_text(a->pattern, b->pattern) ||
        !same_text(a->payload, b->payload) || a->timestamp_format != b->timestamp_format ||
        !same_members(a, b) || !same_enums(a, b)) {
        differ(service, a->name, "the table is not model.json");
        return;
    }
    for (unsigned index = 0; index < a->member_count; index++) {
        compare_shapes(service, a->members[index].shape, built, seen);
    }
}

static void compare_table(const struct service_model *model) {
    json_t *facts = load("services", model->name, "/model.json");
    CU_ASSERT_PTR_NOT_NULL_FATAL(facts);
    struct arena *arena = arena_open();
    struct built_shapes *built = built_shapes_open(arena, json_object_get(facts, "shapes"));
    json_t *operations = json_object_get(facts, "operations");
    json_t *seen = json_object();
    CU_ASSERT_EQUAL(model->operation_count, json_object_size(operations));
    for (int index = 0; index < model->operation_count; index++) {
        const struct operation_model *operation = &model->operations[index];
        json_t *row = json_object_get(operations, operation->name);
        if (!row || service_model_operation(model, text_of(operation->name)) != operation ||
            !same_text(operation->input ? operation->input->name : NULL,
                       json_string_value(json_object_get(row, "in"))) ||
            !same_text(operation->output ? operation->output->name : NULL,
                       json_string_value(json_object_get(row, "out")))) {
            differ(model->name, operation->name, "the operation is not model.json's");
        }
        compare_shapes(model->name, operation->input, built, seen);
        compare_shapes(model->name, operation->output, built, seen);
    }
    int errors = 0;
    while (model->errors[errors]) {
        errors++;
    }
    CU_ASSERT_EQUAL(errors, json_object_size(json_object_get(facts, "errors")));
    json_decref(seen);
    json_decref(facts);
    arena_close(arena);
}

static void test_tables(void) {
    differences = 0;
    for (size_t index = 0; index < MODEL_COUNT; index++) {
        compare_table(models[index]);
        CU_ASSERT_PTR_NULL(service_model_operation(models[index], TEXT("NoSuchOperation")));
        CU_ASSERT_PTR_NULL(service_model_operation(models[index], TEXT("")));
    }
    CU_ASSERT_EQUAL(differences, 0);
}

/* ---- model.json and the published model ---------------------------------------------------------------- */

static const char *text_at(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* Name and required-ness of a member, "Shape" or "Shape!" or an object. */
static bool is_reference(const json_t *ours, const char *shape, bool required) {
    const char *name = json_is_string(ours) ? json_string_value(ours) : text_at(ours, "is");
    size_t size = name ? strlen(name) : 0;
    bool marked = size && name[size - 1] == '!';
    bool named = size - marked == strlen(shape) && strncmp(name, shape, strlen(shape)) == 0;
    return named && (marked || json_is_true(json_object_get(ours, "required"))) == required;
}

static bool is_listed(const json_t *array, const char *name) {
    for (size_t index = 0; index < json_array_size(array); index++) {
        if (strcmp(json_string_value(json_array_get(array, index)), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_place(const json_t *ours, const json_t *theirs) {
    static const char *const places[][2] = {
        {"uri", "uri"},         {"querystring", "query"}, {"header", "header"},
        {"headers", "headers"}, {"statusCode", "status"},
    };
    const char *location = text_at(theirs, "location");
    const char *place = text_at(ours, "in");
    for (size_t index = 0; location && index < sizeof(places) / sizeof(places[0]); index++) {
        if (strcmp(location, places[index][0]) == 0) {
            return same_text(place, places[index][1]);
        }
    }
    return !location && !place;
}

/* SHAPE_FACTS of trim_model.py: recorded answers outrank the published model there. */
static bool is_corrected(const char *service, const char *name) {
    static const char *const corrected[][2] = {
        {"sqs", "AttributeNameList"},
        {"cloudformation", "TemplateBody"},
        {"lambda", "NamespacedFunctionName"},
        {"lambda", "Runtime"},
    };
    for (size_t index = 0; index < sizeof(corrected) / sizeof(corrected[0]); index++) {
        if (strcmp(service, corrected[index][0]) == 0 && strcmp(name, corrected[index][1]) == 0) {
            return true;
        }
    }
    return false;
}

static void compare_published_shape(const char *service, const char *name, const json_t *ours,
                                    const json_t *theirs) {
    const char *type = text_at(theirs, "type");
    if (!same_text(text_at(ours, "type"), type) ||
        !same_text(text_at(ours, "pattern"), text_at(theirs, "pattern")) ||
        !same_text(text_at(ours, "payload"), text_at(theirs, "payload"))) {
        differ(service, name, "type, pattern or payload");
    }
    static const char *const limits[] = {"min", "max"};
    for (size_t index = 0; index < 2; index++) {
        const json_t *limit = json_object_get(theirs, limits[index]);
        bool unpublished =
            !limit && strcmp(service, "cloudformation") == 0 && strcmp(name, "TemplateBody") == 0;
        if (!unpublished &&
            json_number_value(limit) != json_number_value(json_object_get(ours, limits[index]))) {
            differ(service, name, limits[index]);
        }
    }
    const json_t *enums = json_object_get(theirs, "enum");
    if (enums && !json_equal(enums, json_object_get(ours, "enum"))) {
        differ(service, name, "enumeration");
    }
    json_t *members = json_object_get(theirs, "members");
    json_t *has = json_object_get(ours, "has");
    if (json_object_size(members) != json_object_size(has)) {
        differ(service, name, "number of members");
    }
    const char *key;
    json_t *member;
    json_object_foreach(members, key, member) {
        const json_t *our_member = json_object_get(has, key);
        bool required = is_listed(json_object_get(theirs, "required"), key);
        if (!our_member || !is_reference(our_member, text_at(member, "shape"), required) ||
            !same_place(our_member, member)) {
            differ(service, name, key);
        }
        const char *wire = text_at(member, "locationName");
        const char *ours_wire = text_at(our_member, "as");
        if (wire && strcmp(service, "sqs") != 0 && strcmp(ours_wire ? ours_wire : key, wire) != 0) {
            differ(service, name, wire);
        }
    }
    static const char *const parts[][2] = {{"member", "of"}, {"key", "keys"}, {"value", "values"}};
    for (size_t index = 0; index < 3; index++) {
        const json_t *part = json_object_get(theirs, parts[index][0]);
        if (part && !is_reference(json_object_get(ours, parts[index][1]), text_at(part, "shape"), false)) {
            differ(service, name, parts[index][0]);
        }
    }
}

static void compare_published(const char *service, const json_t *ours, const json_t *theirs) {
    const char *name;
    json_t *operation;
    json_object_foreach(json_object_get(theirs, "operations"), name, operation) {
        const json_t *row = json_object_get(json_object_get(ours, "operations"), name);
        if (!row || !same_text(text_at(row, "in"), text_at(json_object_get(operation, "input"), "shape")) ||
            !same_text(text_at(row, "out"), text_at(json_object_get(operation, "output"), "shape")) ||
            json_array_size(json_object_get(row, "errors")) !=
                json_array_size(json_object_get(operation, "errors"))) {
            differ(service, name, "operation");
        }
        const char *http = text_at(row, "http");
        const char *uri = text_at(json_object_get(operation, "http"), "requestUri");
        if (http ? !strstr(http, uri) : strcmp(uri, "/") != 0) {
            differ(service, name, "URI");
        }
    }
    CU_ASSERT_EQUAL(json_object_size(json_object_get(theirs, "operations")),
                    json_object_size(json_object_get(ours, "operations")));
    json_t *shape;
    json_object_foreach(json_object_get(ours, "shapes"), name, shape) {
        const json_t *published = json_object_get(json_object_get(theirs, "shapes"), name);
        if (published && !is_corrected(service, name)) {
            compare_published_shape(service, name, shape, published);
        } else if (!published) {
            differ(service, name, "not published");
        }
    }
    json_object_foreach(json_object_get(theirs, "shapes"), name, shape) {
        if (json_is_true(json_object_get(shape, "exception")) &&
            !json_object_get(json_object_get(ours, "errors"), name)) {
            differ(service, name, "error");
        }
    }
}

static void test_published(void) {
    differences = 0;
    for (size_t index = 0; index < MODEL_COUNT; index++) {
        const char *service = models[index]->name;
        json_t *theirs = load("../shared/reference/models", service, ".json");
        json_t *ours = theirs ? load("services", service, "/model.json") : NULL;
        if (ours) {
            compare_published(service, ours, theirs);
        }
        json_decref(ours);
        json_decref(theirs);
    }
    CU_ASSERT_EQUAL(differences, 0);
}

void models_test(void) {
    unit_test("the tables of every service say what its model.json says", test_tables);
    unit_test("every model.json says what AWS publishes, where that is at hand", test_published);
}
