#include "emulator/core/fault.h"

#include <CUnit/CUnit.h>

#include "emulator/core/call_state.h"
#include "harness/unit_tests.h"

static const struct service_model queue_model = {.name = "queue"};
static const struct service_freedom freedoms[] = {{"Receive", "duplicate"}, {"Send", "twice"}, {0}};
static const struct service queue_service = {.model = &queue_model, .freedoms = freedoms};
static const struct service *const services[] = {&queue_service, NULL};
static struct faults *faults;
static struct diagnostics *diagnostics;

static bool load(const char *json) {
    json_t *value = json_loads(json, 0, NULL);
    bool added = faults_add(faults, value, NULL, NULL, diagnostics);
    json_decref(value);
    return added;
}

static void start(void) {
    faults = faults_open(services);
    diagnostics = diagnostics_open();
}

static void finish(void) {
    faults_close(faults);
    diagnostics_close(diagnostics);
}

static enum fault_kind at(const char *event, struct call_note *notes, enum fault_phase phase) {
    struct call_state state = {.event = event};
    state.call.notes = notes;
    return faults_decide(faults, &state.call, phase).kind;
}

static void rule_lets_skip_matches_pass_then_acts_times(void) {
    start();
    CU_ASSERT(load("{\"on\":\"*:Invoke\",\"fault\":\"lose\",\"skip\":1,\"times\":2}"));
    CU_ASSERT_EQUAL(at("Invoke", NULL, FAULT_BEFORE), FAULT_NONE);
    CU_ASSERT_EQUAL(at("Invoke", NULL, FAULT_BEFORE), FAULT_LOSE);
    CU_ASSERT_EQUAL(at("Invoke", NULL, FAULT_BEFORE), FAULT_LOSE);
    CU_ASSERT_EQUAL(at("Invoke", NULL, FAULT_BEFORE), FAULT_NONE);
    finish();
}

static void rule_acts_in_its_phase_alone(void) {
    start();
    CU_ASSERT(load("{\"on\":\"*:*\",\"fault\":\"lose\",\"phase\":\"after\",\"times\":\"always\"}"));
    CU_ASSERT_EQUAL(at("PutItem", NULL, FAULT_BEFORE), FAULT_NONE);
    CU_ASSERT_EQUAL(at("PutItem", NULL, FAULT_AFTER), FAULT_LOSE);
    CU_ASSERT_EQUAL(at("GetItem", NULL, FAULT_AFTER), FAULT_LOSE);
    finish();
}

static void conditions_compare_noted_facts(void) {
    start();
    CU_ASSERT(load(
        "[{\"on\":\"*:CustomResourceResponse\",\"where\":{\"RequestType\":\"Delete\"},\"fault\":\"lose\"}]"));
    struct call_note create = {"RequestType", "Create", NULL};
    struct call_note delete = {"RequestType", "Delete", NULL};
    CU_ASSERT_EQUAL(at("CustomResourceResponse", &create, FAULT_BEFORE), FAULT_NONE);
    CU_ASSERT_EQUAL(at("CustomResourceResponse", NULL, FAULT_BEFORE), FAULT_NONE);
    CU_ASSERT_EQUAL(at("CustomResourceResponse", &delete, FAULT_BEFORE), FAULT_LOSE);
    finish();
}

static void mistakes_are_all_reported_and_nothing_is_added(void) {
    start();
    CU_ASSERT_FALSE(
        load("[{\"on\":\"*:X\",\"fault\":\"lose\"},{\"on\":\"nonsense\",\"fault\":\"explode\",\"time\":1}]"));
    CU_ASSERT_EQUAL(diagnostics_count(diagnostics), 3);
    CU_ASSERT_EQUAL(faults_count(faults), 0);
    finish();
}

static void error_rule_needs_its_code(void) {
    start();
    CU_ASSERT_FALSE(load("{\"on\":\"*:X\",\"fault\":\"error\"}"));
    CU_ASSERT(load("{\"on\":\"*:X\",\"fault\":\"error\",\"error\":\"ThrottlingException\",\"status\":429}"));
    struct call_state state = {.event = "X"};
    struct fault_action action = faults_decide(faults, &state.call, FAULT_BEFORE);
    CU_ASSERT_EQUAL(action.kind, FAULT_ERROR);
    CU_ASSERT_STRING_EQUAL(action.error.name, "ThrottlingException");
    CU_ASSERT_EQUAL(action.error.status, 429);
    finish();
}

static enum fault_kind at_queue(const char *event) {
    struct call_state state = {.event = event, .call.service = &queue_service};
    return faults_decide(faults, &state.call, FAULT_BEFORE).kind;
}

static void freedom_acts_on_its_operation_alone(void) {
    start();
    CU_ASSERT(load("{\"on\":\"queue:*\",\"fault\":\"duplicate\",\"times\":\"always\"}"));
    CU_ASSERT_EQUAL(at_queue("Send"), FAULT_NONE);
    CU_ASSERT_EQUAL(at_queue("Receive"), FAULT_FREEDOM);
    finish();
}

static void freedom_of_another_operation_is_refused(void) {
    start();
    CU_ASSERT_FALSE(load("{\"on\":\"queue:Send\",\"fault\":\"duplicate\"}"));
    CU_ASSERT_FALSE(load("{\"on\":\"other:Receive\",\"fault\":\"duplicate\"}"));
    CU_ASSERT_FALSE(load("{\"on\":\"queue:Receive\",\"fault\":\"duplicate\",\"phase\":\"after\"}"));
    CU_ASSERT_EQUAL(diagnostics_count(diagnostics), 3);
    CU_ASSERT_EQUAL(faults_count(faults), 0);
    finish();
}

void fault_test(void) {
    unit_test("a service's freedom acts on its operation alone", freedom_acts_on_its_operation_alone);
    unit_test("a freedom that an operation does not have is refused",
              freedom_of_another_operation_is_refused);
    unit_test("a rule lets `skip` matches pass, then acts `times`",
              rule_lets_skip_matches_pass_then_acts_times);
    unit_test("a rule acts in its phase alone", rule_acts_in_its_phase_alone);
    unit_test("conditions compare noted facts", conditions_compare_noted_facts);
    unit_test("mistakes are all reported and nothing is added",
              mistakes_are_all_reported_and_nothing_is_added);
    unit_test("an error rule needs its code", error_rule_needs_its_code);
}
