/* Updates that are rolled back. */
#include <CUnit/CUnit.h>

#include "harness/unit_tests.h"
#include "services/cloudformation/stack_machine_rig.h"

static const struct row one_custom[] = {{"Sum", "Custom::Sum", "", "1", 0, 0, "fn", false}};

static const struct row changed_custom[] = {{"Sum", "Custom::Sum", "", "2", 0, 0, "fn", false}};

/* ---- update rollback ------------------------------------------------------------------------------- */

static void failed_update_gets_the_reverse_update(void) {
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed_custom);
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", NULL, "broken");
    rig_succeed(rig, "Sum", "sum-1");
    rig_log(rig);
    EXPECT(rig, "Sum UPDATE_FAILED 'sum-1' | broken\n"
                "stack UPDATE_ROLLBACK_IN_PROGRESS | The following resource(s) failed to update: [Sum]. \n"
                "Sum UPDATE_IN_PROGRESS 'sum-1'\n"
                "> update Sum sum-1 P=1 old=2\n"
                "Sum UPDATE_COMPLETE 'sum-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

static const struct row changed_pair[] = {
    {"A", "Custom::A", "", "a2", 0, 0, NULL, false},
    {"B", "Custom::B", "A", "b2", 0, 0, NULL, false},
    {"New", "Custom::N", "A", "n", 0, 0, NULL, false},
};
static const struct row pair[] = {
    {"A", "Custom::A", "", "a", 0, 0, NULL, false},
    {"B", "Custom::B", "A", "b", 0, 0, NULL, false},
};

static void replaced_resource_is_current_again_and_its_successor_deleted(void) {
    struct rig *rig = RIG(pair);
    UPDATE(rig, changed_pair);
    rig_succeed(rig, "A", "a-2");
    SETTLE(rig, changed_pair);
    strbuf_clear(&rig->log);
    rig_fail(rig, "B", NULL, "broken");
    rig_log(rig);
    EXPECT(rig, "B UPDATE_FAILED 'b-1' | broken\n"
                "New CREATE_FAILED 'gen-New' | Resource creation cancelled\n"
                "> cancel New\n"
                "stack UPDATE_ROLLBACK_IN_PROGRESS | The following resource(s) failed to create: [New]. The "
                "following "
                "resource(s) failed to update: [B]. \n"
                "A UPDATE_COMPLETE 'a-1'\n"
                "B UPDATE_IN_PROGRESS 'b-1'\n"
                "> update B b-1 P=b old=b2\n");
    rig_succeed(rig, "B", "b-1");
    rig_succeed(rig, "New", NULL); /* depends on A, so A's successor goes after it */
    rig_succeed(rig, "A", NULL);
    rig_log(rig);
    EXPECT(rig, "B UPDATE_COMPLETE 'b-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "New DELETE_IN_PROGRESS 'gen-New' uuid\n"
                "> delete New gen-New P=n\n"
                "New DELETE_COMPLETE 'gen-New' uuid\n"
                "A DELETE_IN_PROGRESS 'a-2' uuid\n"
                "> delete A a-2 P=a2\n"
                "A DELETE_COMPLETE 'a-2' uuid\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    CU_ASSERT_STRING_EQUAL(stack_state_find(rig->state, "A")->physical_id, "a-1");
    CU_ASSERT_PTR_NULL(stack_state_find(rig->state, "New"));
    rig_close(rig);
}

static void failed_answer_with_another_id_is_a_failed_replacement(void) {
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed_custom);
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", "sum-2", "broken");
    rig_succeed(rig, "Sum", NULL);
    rig_log(rig);
    EXPECT(rig, "Sum UPDATE_FAILED 'sum-1' | broken\n"
                "stack UPDATE_ROLLBACK_IN_PROGRESS | The following resource(s) failed to update: [Sum]. \n"
                "Sum UPDATE_COMPLETE 'sum-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "Sum DELETE_IN_PROGRESS 'sum-2' uuid\n"
                "> delete Sum sum-2 P=2\n"
                "Sum DELETE_COMPLETE 'sum-2' uuid\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

static void failed_restore_can_be_continued_or_skipped(void) {
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed_custom);
    rig_fail(rig, "Sum", NULL, "broken");
    strbuf_clear(&rig->log);
    rig_fail(rig, "Sum", NULL, "still broken");
    rig_log(rig);
    strbuf_clear(&rig->log);
    CU_ASSERT_EQUAL(stack_state_status(rig->state), STACK_UPDATE_ROLLBACK_FAILED);
    CU_ASSERT_STRING_EQUAL(stack_state_reason(rig->state),
                           "The following resource(s) failed to update: [Sum]. ");
    stack_machine_continue_rollback(rig->state, NULL, 0, &rig->actions);
    rig_fail(rig, "Sum", NULL, "still broken");
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_ROLLBACK_IN_PROGRESS | User Initiated\n"
                "Sum UPDATE_IN_PROGRESS 'sum-1'\n"
                "> update Sum sum-1 P=1 old=2\n"
                "Sum UPDATE_FAILED 'sum-1' | still broken\n"
                "stack UPDATE_ROLLBACK_FAILED | The following resource(s) failed to update: [Sum]. \n"
                "> finished old\n");
    const char *skip[] = {"Sum"};
    CU_ASSERT_PTR_NULL(stack_skip_refusal(rig->arena, rig->state, skip, 1));
    stack_machine_continue_rollback(rig->state, skip, 1, &rig->actions);
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_ROLLBACK_IN_PROGRESS | User Initiated\n"
                "Sum UPDATE_COMPLETE 'sum-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

static void cancelled_update_is_restored(void) {
    struct rig *rig = RIG(one_custom);
    UPDATE(rig, changed_custom);
    strbuf_clear(&rig->log);
    stack_machine_cancel_update(rig->state, &rig->actions);
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_ROLLBACK_IN_PROGRESS | User Initiated\n"
                "Sum UPDATE_FAILED 'sum-1' | Resource update cancelled\n"
                "> cancel Sum\n"
                "Sum UPDATE_IN_PROGRESS 'sum-1'\n"
                "> update Sum sum-1 P=1 old=2\n");
    rig_close(rig);
}

static void disabled_rollback_waits_for_rollback_stack(void) {
    struct rig *rig = RIG(pair);
    rig_update(rig, changed_pair, 3, FAILURE_DO_NOTHING);
    rig_succeed(rig, "A", "a-1");
    SETTLE(rig, changed_pair);
    strbuf_clear(&rig->log);
    rig_fail(rig, "B", NULL, "broken");
    rig_succeed(rig, "New", "n-1");
    rig_log(rig);
    EXPECT(rig, "B UPDATE_FAILED 'b-1' | broken\n"
                "New CREATE_IN_PROGRESS 'n-1' | Resource creation Initiated\n"
                "New CREATE_COMPLETE 'n-1'\n"
                "stack UPDATE_FAILED | The following resource(s) failed to update: [B]. \n"
                "> finished new\n");
    stack_machine_rollback(rig->state, false, &rig->actions);
    rig_succeed(rig, "A", "a-1");
    rig_succeed(rig, "B", "b-1");
    rig_succeed(rig, "New", NULL);
    rig_log(rig);
    EXPECT(rig, "stack UPDATE_ROLLBACK_IN_PROGRESS | User Initiated\n"
                "A UPDATE_IN_PROGRESS 'a-1'\n"
                "> update A a-1 P=a old=a2\n"
                "A UPDATE_COMPLETE 'a-1'\n"
                "B UPDATE_IN_PROGRESS 'b-1'\n"
                "> update B b-1 P=b old=b2\n"
                "B UPDATE_COMPLETE 'b-1'\n"
                "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS\n"
                "New DELETE_IN_PROGRESS 'n-1' uuid\n"
                "> delete New n-1 P=n\n"
                "New DELETE_COMPLETE 'n-1' uuid\n"
                "stack UPDATE_ROLLBACK_COMPLETE\n"
                "> finished old\n");
    rig_close(rig);
}

void stack_machine_restore_test(void) {
    unit_test("A failed update gets the reverse update", failed_update_gets_the_reverse_update);
    unit_test("A replaced resource is current again and its successor is deleted",
              replaced_resource_is_current_again_and_its_successor_deleted);
    unit_test("A failed answer with another id is a failed replacement",
              failed_answer_with_another_id_is_a_failed_replacement);
    unit_test("A failed restore can be continued or skipped", failed_restore_can_be_continued_or_skipped);
    unit_test("A cancelled update is restored", cancelled_update_is_restored);
    unit_test("With rollback disabled an update waits for RollbackStack",
              disabled_rollback_waits_for_rollback_stack);
}
