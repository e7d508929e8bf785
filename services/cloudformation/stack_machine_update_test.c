/* Deleting and updating stacks. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/stack_machine_rig.h"

static const struct row one_topic[] = {{"Topic", "AWS::SNS::Topic", "", "1", 0, 0, NULL, false}};
static const struct row one_custom[] = {{"Sum", "Custom::Sum", "", "1", 0, 0, "fn", false}};

static const struct row chain[] = {
    {"A", "Custom::A", "", "a", 0, 0, NULL, false},
    {"B", "Custom::B", "A", "b", 0, 0, NULL, false},
    {"C", "Custom::C", "B", "c", 0, 0, NULL, false},
    {"D", "Custom::D", "", "d", 0, 0, NULL, false},
};

/* ---- delete ---------------------------------------------------------------------------------------- */

static void delete_runs_backwards_and_a_failure_keeps_what_it_needs(void) {
    struct rig *rig = RIG(chain);
    rig_delete(rig, (struct delete_options){0});
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "D DELETE_IN_PROGRESS 'd-1'\n"
                "> delete D d-1 P=d\n"
                "C DELETE_IN_PROGRESS 'c-1'\n"
                "> delete C c-1 P=c\n");
    rig_succeed(rig, "C", NULL);
    rig_fail(rig, "B", NULL, "stuck");
    rig_succeed(rig, "D", NULL);
    rig_log(rig);
    EXPECT(rig, "C DELETE_COMPLETE 'c-1'\n"
                "B DELETE_IN_PROGRESS 'b-1'\n"
                "> delete B b-1 P=b\n"
                "B DELETE_FAILED 'b-1' | stuck\n"
                "D DELETE_COMPLETE 'd-1'\n"
                "stack DELETE_FAILED | The following resource(s) failed to delete: [B]. \n"
                "> finished new\n");
    rig_delete(rig, (struct delete_options){.force = true});
    rig_fail(rig, "B", NULL, "stuck");
    rig_succeed(rig, "A", NULL);
    rig_log(rig);
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "B DELETE_IN_PROGRESS 'b-1'\n"
                "> delete B b-1 P=b\n"
                "B DELETE_FAILED 'b-1' | stuck\n"
                "B DELETE_SKIPPED 'b-1'\n"
                "A DELETE_IN_PROGRESS 'a-1'\n"
                "> delete A a-1 P=a\n"
                "A DELETE_COMPLETE 'a-1'\n"
                "stack DELETE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void deletion_policy_retain(void) {
    static const struct row rows[] = {{"A", "Custom::A", "", "a", POLICY_RETAIN, 0, NULL, false}};
    struct rig *rig = RIG(rows);
    rig_delete(rig, (struct delete_options){0});
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "A DELETE_SKIPPED 'a-1'\n"
                "stack DELETE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void delete_takes_over_a_create(void) {
    struct rig *rig = rig_open();
    CREATE(rig, one_custom);
    strbuf_clear(&rig->log);
    struct machine_event late = rig_answer(rig, MACHINE_SUCCEEDED, "Sum");
    rig_delete(rig, (struct delete_options){0});
    rig_step(rig, late);
    rig_log(rig);
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "Sum CREATE_FAILED 'gen-Sum' | Resource creation cancelled\n"
                "> cancel Sum\n"
                "Sum DELETE_IN_PROGRESS 'gen-Sum'\n"
                "> delete Sum gen-Sum P=1\n");
    rig_delete(rig, (struct delete_options){0});
    EXPECT(rig, "");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_COMPLETE 'gen-Sum'\n"
                "stack DELETE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void delete_refused_for_an_export(void) {
    struct rig *rig = RIG(one_topic);
    rig_delete(rig, (struct delete_options){
                        .refusal = "Delete canceled. Cannot delete export X as it is in use by Y."});
    EXPECT(rig, "stack DELETE_IN_PROGRESS | User Initiated\n"
                "stack CREATE_COMPLETE | Delete canceled. Cannot delete export X as it is in use by Y.\n");
    rig_close(rig);
}

/* ---- update ---------------------------------------------------------------------------------------- */

static void update_in_place_and_unchanged(void) {
    static const struct row rows[] = {
        {"A", "Custom::A", "", "a", 0, 0, NULL, false},
        {"B", "Custom::B", "A", "b2", 0, 0, NULL, false},
        {"C", "Custom::C", "B", "c", 0, 0, NULL, false},
        {"D", "Custom::D", "", "d", 0, 0, NULL, false},
    };
    struct rig *rig = RIG(chain);
    UPDATE(rig, rows);
    rig_succeed(rig, "B", "b-1");
    SETTLE(rig, rows);
    EXPECT(rig, "stack UPDATE_IN_PROGRESS | User Initiated\n"
                "B UPDATE_IN_PROGRESS 'b-1'\n"
                "> update B b-1 P=b2 old=b\n"
                "B UPDATE_COMPLETE 'b-1'\n"
                "> outputs\n"
                "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "stack UPDATE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void native_replacement_with_cleanup(void) {
    static const struct row rows[] = {{"Topic", "AWS::SNS::Topic", "", "2", 0, 0, NULL, true}};
    struct rig *rig = RIG(one_topic);
    UPDATE(rig, rows);
    rig_succeed(rig, "Topic", "topic-2");
    SETTLE(rig, rows);
    rig_succeed(rig, "Topic", NULL);
    rig_log(rig);
    EXPECT(rig,
           "stack UPDATE_IN_PROGRESS | User Initiated\n"
           "Topic UPDATE_IN_PROGRESS 'topic-1' | Requested update requires the creation of a new physical "
           "resource; hence creating one.\n"
           "> create Topic topic-1 P=2 old=1\n"
           "Topic UPDATE_IN_PROGRESS 'topic-2' | Resource creation Initiated\n"
           "Topic UPDATE_COMPLETE 'topic-2'\n"
           "> outputs\n"
           "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
           "Topic DELETE_IN_PROGRESS 'topic-1' uuid\n"
           "> delete Topic topic-1 P=1\n"
           "Topic DELETE_COMPLETE 'topic-1' uuid\n"
           "stack UPDATE_COMPLETE\n"
           "> finished new\n");
    rig_close(rig);
}

static const struct row changed_custom[] = {{"Sum", "Custom::Sum", "", "2", 0, 0, "fn", false}};

static void custom_replacement_and_three_cleanup_attempts(void) {
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed_custom);
    rig_succeed(rig, "Sum", "sum-2");
    SETTLE(rig, changed_custom);
    EXPECT(
        rig,
        "stack UPDATE_IN_PROGRESS | User Initiated\n"
        "Sum UPDATE_IN_PROGRESS 'sum-1'\n"
        "> update Sum sum-1 P=2 old=1\n"
        "Sum UPDATE_IN_PROGRESS 'sum-2' | Requested update requires the creation of a new physical resource; "
        "hence creating one.\n"
        "Sum UPDATE_COMPLETE 'sum-2'\n"
        "> outputs\n"
        "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
        "Sum DELETE_IN_PROGRESS 'sum-1' uuid\n"
        "> delete Sum sum-1 P=1\n");
    for (int i = 0; i < 3; i++) {
        rig_fail(rig, "Sum", NULL, "stuck");
    }
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_FAILED 'sum-1' uuid | stuck\n"
                "Sum DELETE_IN_PROGRESS 'sum-1' uuid\n"
                "> delete Sum sum-1 P=1\n"
                "Sum DELETE_FAILED 'sum-1' uuid | stuck\n"
                "Sum DELETE_IN_PROGRESS 'sum-1' uuid\n"
                "> delete Sum sum-1 P=1\n"
                "Sum DELETE_FAILED 'sum-1' uuid | stuck\n"
                "stack UPDATE_COMPLETE | Update successful. One or more resources could not be deleted.\n"
                "> finished new\n");
    rig_close(rig);
}

static void update_replace_policy_retain(void) {
    static const struct row rows[] = {{"Topic", "AWS::SNS::Topic", "", "2", 0, POLICY_RETAIN, NULL, true}};
    struct rig *rig = RIG(one_topic);
    UPDATE(rig, rows);
    rig_succeed(rig, "Topic", "topic-2");
    rig_log(rig);
    strbuf_clear(&rig->log);
    rig_step(rig, (struct machine_event){.kind = MACHINE_OUTPUTS_READY, .work = rig->state->outputs_work});
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "Topic DELETE_SKIPPED 'topic-1' uuid\n"
                "stack UPDATE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void removed_resources_go_in_cleanup_backwards(void) {
    static const struct row rows[] = {{"D", "Custom::D", "", "d", 0, 0, NULL, false}};
    struct rig *rig = RIG(chain);
    UPDATE(rig, rows);
    rig_succeed(rig, "C", NULL);
    rig_succeed(rig, "B", NULL);
    rig_succeed(rig, "A", NULL);
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_IN_PROGRESS | User Initiated\n"
                "> outputs\n"
                "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "C DELETE_IN_PROGRESS 'c-1' uuid\n"
                "> delete C c-1 P=c\n"
                "C DELETE_COMPLETE 'c-1' uuid\n"
                "B DELETE_IN_PROGRESS 'b-1' uuid\n"
                "> delete B b-1 P=b\n"
                "B DELETE_COMPLETE 'b-1' uuid\n"
                "A DELETE_IN_PROGRESS 'a-1' uuid\n"
                "> delete A a-1 P=a\n"
                "A DELETE_COMPLETE 'a-1' uuid\n"
                "stack UPDATE_COMPLETE\n"
                "> finished new\n");
    CU_ASSERT_PTR_NULL(stack_state_find(rig->state, "A"));
    CU_ASSERT_PTR_NOT_NULL(stack_state_find(rig->state, "D"));
    rig_close(rig);
}

static void changed_service_token_is_refused(void) {
    static const struct row rows[] = {{"Sum", "Custom::Sum", "", "1", 0, 0, "fn2", false}};
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, rows);
    EXPECT(rig, "stack UPDATE_IN_PROGRESS | User Initiated\n"
                "Sum UPDATE_FAILED 'sum-1' | Modifying service token is not allowed.\n"
                "stack UPDATE_ROLLBACK_IN_PROGRESS | The following resource(s) failed to update: [Sum]. \n"
                "Sum UPDATE_COMPLETE 'sum-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

static void requests_are_refused_by_status(void) {
    struct arena *arena = arena_open();
    CU_ASSERT_STRING_EQUAL(stack_request_refusal(arena, STACK_ROLLBACK_COMPLETE, REQUEST_UPDATE, "arn"),
                           "Stack:arn is in ROLLBACK_COMPLETE state and can not be updated.");
    CU_ASSERT_PTR_NULL(stack_request_refusal(arena, STACK_UPDATE_ROLLBACK_COMPLETE, REQUEST_UPDATE, "arn"));
    CU_ASSERT_STRING_EQUAL(stack_request_refusal(arena, STACK_CREATE_COMPLETE, REQUEST_DELETE_RETAIN, "arn"),
                           "Invalid operation on stack [arn]. When you delete a stack, specify which "
                           "resources to retain only when the "
                           "stack is in the DELETE_FAILED state.");
    CU_ASSERT_STRING_EQUAL(stack_request_refusal(arena, STACK_UPDATE_COMPLETE, REQUEST_CANCEL_UPDATE, "arn"),
                           "CancelUpdateStack cannot be called from current stack status");
    arena_close(arena);
}

/* ---- nested stacks ---------------------------------------------------------------------------------- */

/* An update by its parent, done so far that only the cleanup is left. */
static struct rig *held_child(void) {
    static const struct row changed[] = {{"Sum", "Custom::Sum", "", "2", 0, 0, "fn", false}};
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed);
    rig->state->hold = true;
    SETTLE(rig, changed);
    strbuf_clear(&rig->log);
    rig_succeed(rig, "Sum", "sum-2");
    SETTLE(rig, changed);
    EXPECT(rig, "Sum UPDATE_IN_PROGRESS 'sum-2' | Requested update requires the creation of a new physical "
                "resource; hence creating one.\n"
                "Sum UPDATE_COMPLETE 'sum-2'\n"
                "> outputs\n"
                "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "> held\n");
    CU_ASSERT_TRUE(stack_state_is_held(rig->state));
    rig_reopen(rig);
    return rig;
}

static void a_child_waits_to_be_released(void) {
    struct rig *rig = held_child();
    stack_machine_release(rig->state, &rig->actions);
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_IN_PROGRESS 'sum-1' uuid\n"
                "> delete Sum sum-1 P=1\n");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_COMPLETE 'sum-1' uuid\n"
                "stack UPDATE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

static void a_child_goes_back_with_its_parent(void) {
    struct rig *rig = held_child();
    stack_machine_revert(rig->state, &rig->actions);
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_ROLLBACK_IN_PROGRESS\n"
                "Sum UPDATE_COMPLETE 'sum-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "> held\n");
    rig_reopen(rig);
    stack_machine_release(rig->state, &rig->actions);
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_IN_PROGRESS 'sum-2' uuid\n"
                "> delete Sum sum-2 P=2\n");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(rig, "Sum DELETE_COMPLETE 'sum-2' uuid\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

static void a_parent_releases_its_children(void) {
    static const struct row before[] = {{"Child", "AWS::CloudFormation::Stack", "", "1", 0, 0, NULL, false}};
    static const struct row after[] = {{"Child", "AWS::CloudFormation::Stack", "", "2", 0, 0, NULL, false}};
    struct rig *rig = RIG(before);
    UPDATE(rig, after);
    SETTLE(rig, after);
    strbuf_clear(&rig->log);
    struct machine_event held = rig_answer(rig, MACHINE_SUCCEEDED, "Child");
    held.held = true;
    rig_step(rig, held);
    SETTLE(rig, after);
    EXPECT(rig, "Child UPDATE_COMPLETE 'child-1'\n"
                "> outputs\n"
                "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "> release Child child-1\n");
    rig_succeed(rig, "Child", NULL);
    rig_log(rig);
    EXPECT(rig, "Child UPDATE_COMPLETE 'child-1'\n"
                "stack UPDATE_COMPLETE\n"
                "> finished new\n");
    rig_close(rig);
}

void stack_machine_update_test(void) {
    unit_test("A delete runs backwards and a failure keeps what it needs",
              delete_runs_backwards_and_a_failure_keeps_what_it_needs);
    unit_test("DeletionPolicy Retain skips", deletion_policy_retain);
    unit_test("A delete takes over a create", delete_takes_over_a_create);
    unit_test("A delete refused for an export goes back to the status before", delete_refused_for_an_export);
    unit_test("An update calls only what changed", update_in_place_and_unchanged);
    unit_test("A native replacement deletes the old one in cleanup", native_replacement_with_cleanup);
    unit_test("A custom replacement's old id gets three deletes in cleanup",
              custom_replacement_and_three_cleanup_attempts);
    unit_test("UpdateReplacePolicy Retain skips the old one", update_replace_policy_retain);
    unit_test("Removed resources go in cleanup, backwards", removed_resources_go_in_cleanup_backwards);
    unit_test("A changed service token is refused without a call", changed_service_token_is_refused);
    unit_test("Requests are refused by status", requests_are_refused_by_status);
    unit_test("a child waits with its cleanup to be released", a_child_waits_to_be_released);
    unit_test("a child goes back with its parent, and waits again", a_child_goes_back_with_its_parent);
    unit_test("a parent's cleanup releases its children", a_parent_releases_its_children);
}
