/* SMS: attributes, opt-outs and the sandbox are stored; nothing is sent, what would be is recorded. */
#include "services/sns/sns.h"

#define OPT_IN_DIGITS 6

/* ---- opt-outs ---- */

struct result sns_check_if_phone_number_is_opted_out(struct call *call, struct input input) {
    struct text state;
    struct text code;
    struct text number = input_text(input, "phoneNumber");
    if (!sns_phone_number_is_valid(number)) {
        return sns_invalid(call, "PhoneNumber Reason: input incorrectly formatted");
    }
    output_boolean(
        call_output(call), "isOptedOut",
        sns_store_number(call->store, sns_scope_of(call), SNS_NUMBER_OPTED_OUT, number, &state, &code));
    return result_output();
}

struct result sns_opt_in_phone_number(struct call *call, struct input input) {
    sns_store_delete_number(call->store, sns_scope_of(call), SNS_NUMBER_OPTED_OUT,
                            input_text(input, "phoneNumber"));
    return result_output();
}

/* One page. Nobody answers STOP to us: numbers come in by POST /_stackrig/sns/opted-out. */
static struct result write_numbers(struct call *call, struct input input, enum sns_number_kind kind,
                                   const char *token, const char *list) {
    struct result refusal;
    struct text after;
    if (!sns_read_next_token(call, input_text(input, token), &after, &refusal)) {
        return refusal;
    }
    int64_t limit = kind == SNS_NUMBER_SANDBOX ? input_integer(input, "MaxResults", SNS_PAGE) : SNS_PAGE;
    struct output *out = call_output(call);
    struct statement *rows =
        sns_store_numbers(call->store, call->identity.account, call->identity.region, kind, after);
    const char *last = NULL;
    int64_t count = 0;
    bool more = false;
    output_begin_list(out, list);
    while (statement_step(rows)) {
        if (count++ == limit) {
            more = true;
            statement_reset(rows);
            break;
        }
        last = statement_string(rows, 0, call->arena);
        if (kind == SNS_NUMBER_OPTED_OUT) {
            output_string(out, NULL, last);
            continue;
        }
        output_begin_structure(out, NULL);
        output_string(out, "PhoneNumber", last);
        output_text(out, "Status", statement_text(rows, 1));
        output_end(out);
    }
    output_end(out);
    if (more) {
        sns_write_next_token(call, token, last);
    }
    return result_output();
}

struct result sns_list_phone_numbers_opted_out(struct call *call, struct input input) {
    return write_numbers(call, input, SNS_NUMBER_OPTED_OUT, "nextToken", "phoneNumbers");
}

/* ---- attributes of the account ---- */

static const char *const sms_attributes[] = {
    "MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",   "DefaultSMSType",        "UsageReportS3Bucket"};

static const char *owner_of(struct call *call) {
    return arena_printf(call->arena, "sms:%s:%s", call->identity.region, call->identity.account);
}

struct result sns_set_sms_attributes(struct call *call, struct input input) {
    struct input attributes = input_map(input, "attributes");
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        struct text name = input_key(entry);
        struct text value = input_as_text(entry);
        bool known = false;
        for (size_t i = 0; i < sizeof(sms_attributes) / sizeof(sms_attributes[0]); i++) {
            known = known || text_equals(name, sms_attributes[i]);
        }
        if (!known) {
            return call_error(call, &sns_error_InvalidParameterException, "%.*s is not a valid attribute",
                              TEXT_ARGUMENTS(name));
        }
        if (text_equals(name, "DefaultSMSType") && !text_equals(value, "Promotional") &&
            !text_equals(value, "Transactional")) {
            return call_error(call, &sns_error_InvalidParameterException, "DefaultSMSType is invalid");
        }
    }
    for (struct input entry = input_first(attributes); entry.value; entry = input_next(entry)) {
        sns_store_put_attribute(call->store, owner_of(call), arena_text_string(call->arena, input_key(entry)),
                                input_as_text(entry));
    }
    return result_output();
}

static bool is_wanted(struct input names, struct text name) {
    for (struct input wanted = input_first(names); wanted.value; wanted = input_next(wanted)) {
        if (text_same(input_as_text(wanted), name)) {
            return true;
        }
    }
    return input_count(names) == 0;
}

struct result sns_get_sms_attributes(struct call *call, struct input input) {
    struct output *out = call_output(call);
    struct statement *rows = sns_store_attributes(call->store, owner_of(call));
    output_begin_map(out, "attributes");
    while (statement_step(rows)) {
        if (is_wanted(input_list(input, "attributes"), statement_text(rows, 0))) {
            output_text(out, statement_string(rows, 0, call->arena), statement_text(rows, 1));
        }
    }
    output_end(out);
    return result_output();
}

/* ---- sandbox ---- */

struct result sns_create_sms_sandbox_phone_number(struct call *call, struct input input) {
    struct text number = input_text(input, "PhoneNumber");
    char code[OPT_IN_DIGITS + 1];
    if (!sns_phone_number_is_valid(number)) {
        return sns_invalid(call, "PhoneNumber Reason: input incorrectly formatted");
    }
    ids_random_string(emulator_ids(call->emulator), "0123456789", OPT_IN_DIGITS, code);
    sns_store_put_number(call->store, sns_scope_of(call), SNS_NUMBER_SANDBOX, number, "Pending", code);
    char id[UUID_SIZE];
    ids_uuid(emulator_ids(call->emulator), id);
    struct sns_recorded recorded = {
        .kind = TEXT("sms"),
        .target = number,
        .message_id = text_of(id),
        .message = text_of(arena_printf(call->arena, "Your Amazon SNS verification code is %s", code)),
        .time_ms = call->now_ms,
    };
    sns_store_record(call->store, sns_scope_of(call), &recorded);
    return result_output();
}

struct result sns_verify_sms_sandbox_phone_number(struct call *call, struct input input) {
    struct text state;
    struct text code;
    struct text number = input_text(input, "PhoneNumber");
    if (!sns_store_number(call->store, sns_scope_of(call), SNS_NUMBER_SANDBOX, number, &state, &code)) {
        return call_error(call, &sns_error_ResourceNotFoundException, "Resource does not exist");
    }
    if (!text_same(code, input_text(input, "OneTimePassword"))) {
        struct result refused =
            call_error(call, &sns_error_VerificationException, "Invalid verification code");
        output_string(call_error_output(call), "Status", "Pending");
        return refused;
    }
    sns_store_put_number(call->store, sns_scope_of(call), SNS_NUMBER_SANDBOX, number, "Verified",
                         arena_text_string(call->arena, code));
    return result_output();
}

struct result sns_delete_sms_sandbox_phone_number(struct call *call, struct input input) {
    struct text state;
    struct text code;
    struct text number = input_text(input, "PhoneNumber");
    if (!sns_store_number(call->store, sns_scope_of(call), SNS_NUMBER_SANDBOX, number, &state, &code)) {
        return call_error(call, &sns_error_ResourceNotFoundException, "Resource does not exist");
    }
    sns_store_delete_number(call->store, sns_scope_of(call), SNS_NUMBER_SANDBOX, number);
    return result_output();
}

struct result sns_list_sms_sandbox_phone_numbers(struct call *call, struct input input) {
    return write_numbers(call, input, SNS_NUMBER_SANDBOX, "NextToken", "PhoneNumbers");
}

struct result sns_get_sms_sandbox_account_status(struct call *call, struct input input) {
    (void)input;
    /* A new account is in the sandbox. */
    output_boolean(call_output(call), "IsInSandbox", true);
    return result_output();
}

struct result sns_list_origination_numbers(struct call *call, struct input input) {
    (void)input;
    struct output *out = call_output(call);
    output_begin_list(out, "PhoneNumbers"); /* none can be bought here */
    output_end(out);
    return result_output();
}
