/* Creating stacks. Recorded sequences: test_blocked_stack_deletion, test_list_events_after_deployment and
 * others. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/stack_machine_rig.h"

static const struct row one_topic[] = {{"Topic", "AWS::SNS::Topic", "", "1", 0, 0, NULL, false}};
static const struct row one_custom[] = {{"Sum", "Custom::Sum", "", "1", 0, 0, "fn", false}};

/* ---- create ---------------------------------------------------------------------------------------- */

static void create_by_change_set(void) {
    struct rig *rig = rig_open();
    stack_machine_review(rig->state, &rig->actions);
    rig_log(rig);
    CREATE(rig, one_topic);
    EXPECT(rig, "stack REVIEW_IN_PROGRESS | User Initiated\n"
                "stack CREATE_IN_PROGRESS | User Initiated\n"
                "Topic CREATE_IN_PROGRESS ''\n"
                "> create Topic P=1\n");
    struct machine_event event = rig_answer(rig, MACHINE_INITIATED, "Topic");
    event.physical_id = "arn";
    rig_step(rig, event);
    rig_succeed(rig, "Topic", "arn");
    SETTLE(rig, one_topic);
    EXPECT(rig, "Topic CREATE_IN_PROGRESS 'arn' | Resource creation Initiated\n"
                "Topic CREATE_COMPLETE 'arn'\n"
                "> outputs\n"
                "stack CREATE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void custom_resource_shows_its_id_with_the_answer(void) {
    struct rig *rig = rig_open();
    CREATE(rig, one_custom);
    strbuf_clear(&rig->log);
    rig_succeed(rig, "Sum", "sum-1");
    rig_log(rig);
    EXPECT(rig, "Sum CREATE_IN_PROGRESS 'sum-1' | Resource creation Initiated\n"
                "Sum CREATE_COMPLETE 'sum-1'\n"
                "> outputs\n");
    rig_close(rig);
}

static void dependencies_wait_and_the_others_run_together(void) {
    static const struct row rows[] = {
        {"C", "AWS::SNS::Topic", "A,B", "c", 0, 0, NULL, false},
        {"A", "AWS::SNS::Topic", "", "a", 0, 0, NULL, false},
        {"B", "AWS::SNS::Topic", "", "b", 0, 0, NULL, false},
    };
    struct rig *rig = rig_open();
    CREATE(rig, rows);
    EXPECT(rig, "stack CREATE_IN_PROGRESS | User Initiated\n"
                "A CREATE_IN_PROGRESS ''\n"
                "> create A P=a\n"
                "B CREATE_IN_PROGRESS ''\n"
                "> create B P=b\n");
    rig_succeed(rig, "B", "b-1");
    SETTLE(rig, rows);
    strbuf_clear(&rig->log);
    rig_succeed(rig, "A", "a-1");
    SETTLE(rig, rows);
    EXPECT(rig, "A CREATE_IN_PROGRESS 'a-1' | Resource creation Initiated\n"
                "A CREATE_COMPLETE 'a-1'\n"
                "C CREATE_IN_PROGRESS ''\n"
                "> create C P=c\n");
    rig_close(rig);
}

static void blocked_stack_deletion(void) {
    struct rig *rig = rig_open();
    static const struct row rows[] = {{"BrokenPolicy", "AWS::IAM::Policy", "", "1", 0, 0, NULL, false}};
    CREATE(rig, rows);
    struct machine_event event = rig_answer(rig, MACHINE_INITIATED, "BrokenPolicy");
    event.physical_id = "id";
    rig_step(rig, event);
    rig_fail(rig, "BrokenPolicy", "id", "not valid");
    rig_log(rig);
    rig_fail(rig, "BrokenPolicy", NULL, "in use");
    rig_log(rig);
    EXPECT(
        rig,
        "stack CREATE_IN_PROGRESS | User Initiated\n"
        "BrokenPolicy CREATE_IN_PROGRESS ''\n"
        "> create BrokenPolicy P=1\n"
        "BrokenPolicy CREATE_IN_PROGRESS 'id' | Resource creation Initiated\n"
        "BrokenPolicy CREATE_FAILED 'id' | not valid\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [BrokenPolicy]. Rollback "
        "requested by user.\n"
        "BrokenPolicy DELETE_IN_PROGRESS 'id'\n"
        "> delete BrokenPolicy id P=1\n"
        "BrokenPolicy DELETE_FAILED 'id' | in use\n"
        "stack ROLLBACK_FAILED | The following resource(s) failed to delete: [BrokenPolicy]. \n"
        "> finished new\n");
    rig_delete(rig, (struct delete_options){0});
    rig_fail(rig, "BrokenPolicy", NULL, "in use");
    rig_log(rig);
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "BrokenPolicy DELETE_IN_PROGRESS 'id'\n"
                "> delete BrokenPolicy id P=1\n"
                "BrokenPolicy DELETE_FAILED 'id' | in use\n"
                "stack DELETE_FAILED | The following resource(s) failed to delete: [BrokenPolicy]. \n"
                "> finished new\n");
    const char *retain[] = {"BrokenPolicy"};
    rig_delete(rig, (struct delete_options){.retain = retain, .retain_count = 1});
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "BrokenPolicy DELETE_SKIPPED 'id'\n"
                "stack DELETE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void silent_custom_resource_gets_a_delete_with_the_generated_id(void) {
    struct rig *rig = rig_open();
    CREATE(rig, one_custom);
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", NULL, "no response");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(
        rig,
        "Sum CREATE_FAILED 'gen-Sum' | no response\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [Sum]. Rollback requested "
        "by user.\n"
        "Sum DELETE_IN_PROGRESS 'gen-Sum'\n"
        "> delete Sum gen-Sum P=1\n"
        "Sum DELETE_COMPLETE 'gen-Sum'\n"
        "stack ROLLBACK_COMPLETE\n"
        "> finished new\n");
    rig_close(rig);
}

static void nothing_is_deleted_where_nothing_was_begun(void) {
    struct rig *rig = rig_open();
    CREATE(rig, one_custom);
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", "", "Function not found");
    rig_log(rig);
    EXPECT(
        rig,
        "Sum CREATE_FAILED '' | Function not found\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [Sum]. Rollback requested "
        "by user.\n"
        "Sum DELETE_COMPLETE ''\n"
        "stack ROLLBACK_COMPLETE\n"
        "> finished new\n");
    rig_close(rig);
}

static const struct row two_custom_and_one[] = {
    {"A", "Custom::A", "", "a", 0, 0, NULL, false},
    {"B", "Custom::B", "", "b", 0, 0, NULL, false},
    {"C", "Custom::C", "A,B", "c", 0, 0, NULL, false},
};

static void first_failure_cancels_what_is_in_flight(void) {
    struct rig *rig = rig_open();
    CREATE(rig, two_custom_and_one);
    strbuf_clear(&rig->log);
    rig_fail(rig, "B", "b-1", "broken");
    rig_log(rig);
    EXPECT(
        rig,
        "B CREATE_IN_PROGRESS 'b-1' | Resource creation Initiated\n"
        "B CREATE_FAILED 'b-1' | broken\n"
        "A CREATE_FAILED 'gen-A' | Resource creation cancelled\n"
        "> cancel A\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [B, A]. Rollback requested "
        "by user.\n"
        "B DELETE_IN_PROGRESS 'b-1'\n"
        "> delete B b-1 P=b\n"
        "A DELETE_IN_PROGRESS 'gen-A'\n"
        "> delete A gen-A P=a\n");
    rig_close(rig);
}

static void cancelled_native_create_is_deleted_when_its_end_is_known(void) {
    static const struct row rows[] = {
        {"A", "AWS::SNS::Topic", "", "a", 0, 0, NULL, false},
        {"B", "AWS::SNS::Topic", "", "b", 0, 0, NULL, false},
    };
    struct rig *rig = rig_open();
    CREATE(rig, rows);
    strbuf_clear(&rig->log);
    rig_fail(rig, "B", "", "broken");
    rig_log(rig);
    EXPECT(
        rig,
        "B CREATE_FAILED '' | broken\n"
        "A CREATE_FAILED '' | Resource creation cancelled\n"
        "> cancel A\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [B, A]. Rollback requested "
        "by user.\n"
        "B DELETE_COMPLETE ''\n");
    rig_succeed(rig, "A", "a-1"); /* it was made after all */
    rig_succeed(rig, "A", NULL);
    rig_log(rig);
    EXPECT(rig, "A DELETE_IN_PROGRESS 'a-1'\n"
                "> delete A a-1 P=a\n"
                "A DELETE_COMPLETE 'a-1'\n"
                "stack ROLLBACK_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void without_rollback_other_paths_run_on(void) {
    struct rig *rig = rig_open();
    rig_create(rig, two_custom_and_one, 3, FAILURE_DO_NOTHING);
    strbuf_clear(&rig->log);
    rig_fail(rig, "A", "a-1", "broken");
    rig_succeed(rig, "B", "b-1");
    SETTLE(rig, two_custom_and_one);
    EXPECT(rig, "A CREATE_IN_PROGRESS 'a-1' | Resource creation Initiated\n"
                "A CREATE_FAILED 'a-1' | broken\n"
                "B CREATE_IN_PROGRESS 'b-1' | Resource creation Initiated\n"
                "B CREATE_COMPLETE 'b-1'\n"
                "stack CREATE_FAILED | The following resource(s) failed to create: [A]. \n"
                "> finished new\n");
    rig_update(rig, two_custom_and_one, 3, FAILURE_DO_NOTHING);
    rig_succeed(rig, "A", NULL);
    SETTLE(rig, two_custom_and_one);
    EXPECT(rig, "stack UPDATE_IN_PROGRESS | User Initiated\n"
                "A DELETE_IN_PROGRESS 'a-1'\n"
                "> delete A a-1 P=a\n"
                "A DELETE_COMPLETE 'a-1'\n"
                "A CREATE_IN_PROGRESS ''\n"
                "> create A P=a\n");
    rig_close(rig);
}

static void on_failure_delete(void) {
    struct rig *rig = rig_open();
    rig_create(rig, one_custom, 1, FAILURE_DELETE);
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", "s", "broken");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(
        rig,
        "Sum CREATE_IN_PROGRESS 's' | Resource creation Initiated\n"
        "Sum CREATE_FAILED 's' | broken\n"
        "stack DELETE_IN_PROGRESS | The following resource(s) failed to create: [Sum]. Delete requested by "
        "user.\n"
        "Sum DELETE_IN_PROGRESS 's'\n"
        "> delete Sum s P=1\n"
        "Sum DELETE_COMPLETE 's'\n"
        "stack DELETE_COMPLETE\n"
        "> finished new\n");
    rig_close(rig);
}

static void timeout_rolls_back(void) {
    struct rig *rig = rig_open();
    struct stack_plan plan = rig_plan(rig->arena, one_custom, 1);
    struct machine_options options = {.timeout_ms = 60000};
    stack_machine_create(rig->state, &plan, &options, &rig->actions);
    int work = 0;
    for (size_t i = 0; i < rig->actions.count; i++) {
        if (rig->actions.rows[i].kind == ACTION_TIMER) {
            work = rig->actions.rows[i].work;
        }
    }
    SETTLE(rig, one_custom);
    strbuf_clear(&rig->log);
    rig_step(rig, (struct machine_event){.kind = MACHINE_TIMER, .work = work});
    rig_log(rig);
    EXPECT(
        rig,
        "Sum CREATE_FAILED 'gen-Sum' | Resource creation cancelled\n"
        "> cancel Sum\n"
        "stack ROLLBACK_IN_PROGRESS | Stack creation time exceeded the specified timeout. Rollback requested "
        "by user.\n"
        "Sum DELETE_IN_PROGRESS 'gen-Sum'\n"
        "> delete Sum gen-Sum P=1\n");
    rig_close(rig);
}

static void failure_before_any_resource(void) {
    struct rig *rig = rig_open();
    struct stack_plan plan = rig_plan(rig->arena, one_topic, 1);
    struct machine_options options = {0};
    stack_machine_create(rig->state, &plan, &options, &rig->actions);
    rig_step(rig, (struct machine_event){.kind = MACHINE_ABORTED,
                                         .reason = "Template format error: unsupported structure."});
    rig_log(rig);
    EXPECT(
        rig,
        "stack CREATE_IN_PROGRESS | User Initiated\n"
        "stack ROLLBACK_IN_PROGRESS | Template format error: unsupported structure.. Rollback requested by "
        "user.\n"
        "stack ROLLBACK_COMPLETE\n"
        "> finished new\n");
    rig_close(rig);
}

static void failed_outputs_roll_back(void) {
    struct rig *rig = rig_open();
    CREATE(rig, one_topic);
    rig_succeed(rig, "Topic", "arn");
    int work = rig->actions.rows[rig->actions.count - 1].work;
    rig_log(rig);
    strbuf_clear(&rig->log);
    rig_step(rig, (struct machine_event){
                      .kind = MACHINE_OUTPUTS_FAILED, .work = work, .reason = "No export named X found"});
    rig_log(rig);
    EXPECT(rig, "stack ROLLBACK_IN_PROGRESS | No export named X found. Rollback requested by user.\n"
                "Topic DELETE_IN_PROGRESS 'arn'\n"
                "> delete Topic arn P=1\n");
    rig_close(rig);
}

static void retain_in_a_rollback(void) {
    static const struct row rows[] = {
        {"A", "Custom::A", "", "a", POLICY_RETAIN, 0, NULL, false},
        {"B", "Custom::B", "A", "b", POLICY_RETAIN_EXCEPT_ON_CREATE, 0, NULL, false},
    };
    struct rig *rig = rig_open();
    CREATE(rig, rows);
    rig_succeed(rig, "A", "a-1");
    SETTLE(rig, rows);
    strbuf_clear(&rig->log);
    rig_fail(rig, "B", "b-1", "broken");
    rig_succeed(rig, "B", NULL);
    rig_log(rig);
    EXPECT(
        rig,
        "B CREATE_IN_PROGRESS 'b-1' | Resource creation Initiated\n"
        "B CREATE_FAILED 'b-1' | broken\n"
        "stack ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [B]. Rollback requested by "
        "user.\n"
        "B DELETE_IN_PROGRESS 'b-1'\n"
        "> delete B b-1 P=b\n"
        "B DELETE_COMPLETE 'b-1'\n"
        "A DELETE_SKIPPED 'a-1'\n"
        "stack ROLLBACK_COMPLETE\n"
        "> finished new\n");
    rig_close(rig);
}

void stack_machine_test(void) {
    unit_test("A stack made by a change set goes through review to CREATE_COMPLETE", create_by_change_set);
    unit_test("A custom resource shows its id with the answer", custom_resource_shows_its_id_with_the_answer);
    unit_test("Dependencies wait and the others run together", dependencies_wait_and_the_others_run_together);
    unit_test("A blocked stack goes through ROLLBACK_FAILED and DELETE_FAILED to a retained resource",
              blocked_stack_deletion);
    unit_test("A silent custom resource gets a Delete with the generated id",
              silent_custom_resource_gets_a_delete_with_the_generated_id);
    unit_test("Nothing is deleted where nothing was begun", nothing_is_deleted_where_nothing_was_begun);
    unit_test("The first failure cancels what is in flight", first_failure_cancels_what_is_in_flight);
    unit_test("A cancelled native create is deleted when its end is known",
              cancelled_native_create_is_deleted_when_its_end_is_known);
    unit_test("Without rollback other paths run on and the next update makes the failed one anew",
              without_rollback_other_paths_run_on);
    unit_test("OnFailure DELETE deletes the stack", on_failure_delete);
    unit_test("A stack timeout rolls back", timeout_rolls_back);
    unit_test("A failure before any resource ends in ROLLBACK_COMPLETE", failure_before_any_resource);
    unit_test("Outputs that cannot be evaluated roll back", failed_outputs_roll_back);
    unit_test("A rollback keeps Retain and deletes RetainExceptOnCreate", retain_in_a_rollback);
}
