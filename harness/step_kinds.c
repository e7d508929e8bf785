#include "harness/step_kinds.h"

#include <string.h>

static const struct member_row deploy_members[] = {
    {"template", MEMBER_STRING, false},
    {"body", MEMBER_ANY, false},
    {"parameters", MEMBER_MAPPING, false},
    {"capabilities", MEMBER_STRINGS, false},
    {"tags", MEMBER_MAPPING, false},
    {"on_failure", MEMBER_STRING, false},
    {"disable_rollback", MEMBER_BOOLEAN, false},
    {"timeout_minutes", MEMBER_INTEGER, false},
    {"role", MEMBER_STRING, false},
    {"change_set", MEMBER_BOOLEAN, false},
    {"ends", MEMBER_STRING, false},
    {"async", MEMBER_BOOLEAN, false},
    {"within", MEMBER_DURATION, false},
    {"error", MEMBER_STRING, false},
    {"message", MEMBER_ANY, false},
    {0},
};

static const struct member_row delete_members[] = {
    {"retain", MEMBER_STRINGS, false}, {"mode", MEMBER_STRING, false},   {"role", MEMBER_STRING, false},
    {"ends", MEMBER_STRING, false},    {"async", MEMBER_BOOLEAN, false}, {"within", MEMBER_DURATION, false},
    {"error", MEMBER_STRING, false},   {"message", MEMBER_ANY, false},   {0},
};

static const struct member_row wait_members[] = {
    {"within", MEMBER_DURATION, false},
    {0},
};

static const struct member_row call_members[] = {
    {"input", MEMBER_MAPPING, false}, {"output", MEMBER_MAPPING, false}, {"error", MEMBER_STRING, false},
    {"message", MEMBER_ANY, false},   {"status", MEMBER_INTEGER, false}, {"save", MEMBER_MAPPING, false},
    {"as", MEMBER_MAPPING, false},    {"lost", MEMBER_BOOLEAN, false},   {0},
};

static const struct member_row invoke_members[] = {
    {"payload", MEMBER_ANY, false},      {"output", MEMBER_ANY, false},
    {"type", MEMBER_STRING, false},      {"error", MEMBER_STRING, false},
    {"message", MEMBER_ANY, false},      {"save", MEMBER_MAPPING, false},
    {"as", MEMBER_MAPPING, false},       {"function_error", MEMBER_STRING, false},
    {"qualifier", MEMBER_STRING, false}, {0},
};

static const struct member_row http_members[] = {
    {"method", MEMBER_STRING, false},  {"headers", MEMBER_MAPPING, false},
    {"text", MEMBER_STRING, false},    {"json", MEMBER_ANY, false},
    {"status", MEMBER_INTEGER, false}, {"contains", MEMBER_STRINGS, false},
    {"save", MEMBER_MAPPING, false},   {0},
};

static const struct member_row function_members[] = {
    {"code", MEMBER_STRINGS, true},    {"handler", MEMBER_STRING, true},
    {"runtime", MEMBER_STRING, true},  {"timeout", MEMBER_INTEGER, false},
    {"memory", MEMBER_INTEGER, false}, {"environment", MEMBER_MAPPING, false},
    {"role", MEMBER_STRING, false},    {0},
};

static const struct member_row put_object_members[] = {
    {"file", MEMBER_STRING, false},
    {"text", MEMBER_STRING, false},
    {"zip", MEMBER_STRINGS, false},
    {0},
};

const struct step_kind step_kinds[] = {
    {"deploy", MEMBER_STRING, deploy_members, check_deploy, step_deploy},
    {"delete", MEMBER_STRING, delete_members, NULL, step_delete},
    {"wait", MEMBER_LIST, wait_members, check_wait, step_wait},
    {"call", MEMBER_STRING, call_members, check_call, step_call},
    {"invoke", MEMBER_STRING, invoke_members, NULL, step_invoke},
    {"http", MEMBER_STRING, http_members, NULL, step_http},
    {"expect", MEMBER_LIST, NULL, check_expect, step_expect},
    {"fault", MEMBER_ANY, NULL, check_fault, step_fault},
    {"clear_faults", MEMBER_BOOLEAN, NULL, NULL, step_clear_faults},
    {"advance", MEMBER_DURATION, NULL, NULL, step_advance},
    {"function", MEMBER_STRING, function_members, NULL, step_function},
    {"cold", MEMBER_STRING, NULL, NULL, step_cold},
    {"put_object", MEMBER_STRING, put_object_members, check_put_object, step_put_object},
    {"snapshot", MEMBER_STRING, NULL, NULL, step_snapshot},
    {"restore", MEMBER_STRING, NULL, NULL, step_restore},
    {0},
};

const struct step_kind *step_kind_find(const char *name) {
    for (const struct step_kind *kind = step_kinds; kind->name; kind++) {
        if (strcmp(kind->name, name) == 0) {
            return kind;
        }
    }
    return NULL;
}
