/* AWS CloudFormation: stacks, change sets, custom resources. */
#ifndef STACKRIG_CLOUDFORMATION_H
#define STACKRIG_CLOUDFORMATION_H

#include "emulator/core/emulator.h"
#include "services/cloudformation/cloudformation_store.h"
#include "services/cloudformation/model.h"

extern const struct service cloudformation_service;

operation_fn cloudformation_cancel_update_stack, cloudformation_continue_update_rollback,
    cloudformation_create_change_set, cloudformation_create_stack, cloudformation_delete_change_set,
    cloudformation_delete_stack, cloudformation_describe_account_limits, cloudformation_describe_change_set,
    cloudformation_describe_events, cloudformation_describe_stack_events,
    cloudformation_describe_stack_resource, cloudformation_describe_stack_resources,
    cloudformation_describe_stacks, cloudformation_execute_change_set, cloudformation_get_stack_policy,
    cloudformation_get_template, cloudformation_get_template_summary, cloudformation_list_change_sets,
    cloudformation_list_exports, cloudformation_list_imports, cloudformation_list_stack_resources,
    cloudformation_list_stacks, cloudformation_rollback_stack, cloudformation_set_stack_policy,
    cloudformation_signal_resource, cloudformation_signal_resource, cloudformation_update_stack,
    cloudformation_update_termination_protection, cloudformation_validate_template;

struct custom_deadlines;
struct stack_runner;
struct custom_deadlines *cloudformation_deadlines(struct emulator *emulator);
struct stack_runner *cloudformation_runner(struct emulator *emulator);

/* "Stack with id X does not exist" and its kin. */
struct result cloudformation_stack_missing(struct call *call, const char *format, const char *name);
/* A ValidationError with this message. */
struct result cloudformation_refuse(struct call *call, const char *message);
bool cloudformation_find_stack(struct call *call, const char *name_or_id, struct stack_row *row);

#endif
