/* Steps that talk to the emulator: call, invoke, expect. */
#include <string.h>

#include "emulator/base/crypto.h"
#include "harness/predicates.h"
#include "harness/scenario_run.h"
#include "harness/step_kinds.h"
#include "services/services.h"

/* ---- the caller ---- */

/* Who calls: `as: {access_key, session_token, account, region}`. */
static struct scenario_caller caller_of(struct scenario_run *run, const json_t *step) {
    const json_t *as = json_object_get(step, "as");
    struct scenario_caller caller = run_caller(run);
    const char *account = string_member(as, "account");
    const char *key = string_member(as, "access_key");
    const char *region = string_member(as, "region");
    caller.access_key = key ? key : account ? account : caller.access_key;
    caller.region = region ? region : caller.region;
    caller.session_token = string_member(as, "session_token");
    return caller;
}

/* ---- what is expected of an answer ---- */

void run_save_members(struct scenario_run *run, const json_t *step, json_t *output) {
    const char *name;
    json_t *path;
    json_object_foreach(json_object_get(step, "save"), name, path) {
        json_t *value = json_is_string(path) ? value_at_path(output, json_string_value(path)) : NULL;
        if (value) {
            run_save(run, name, json_deep_copy(value));
        } else {
            char *whole = value_dump(output);
            run_fail(run, run_position(run, "save"),
                     arena_printf(run->arena, "save %s: the answer has no such member", name),
                     json_string_value(path), whole, NULL);
            free(whole);
        }
    }
}

void run_check_value(struct scenario_run *run, const char *member, const char *what, const json_t *expected,
                     const json_t *found) {
    run->expectations++;
    if (value_meets(expected, found, true)) {
        return;
    }
    char *expected_text = value_dump(expected);
    char *found_text = found ? value_dump(found) : NULL;
    run_fail(run, run_position(run, member), what, expected_text, found_text ? found_text : "nothing", NULL);
    free(expected_text);
    free(found_text);
}

/* True: the call worked and was to work. */
static bool check_error(struct scenario_run *run, const json_t *step, const char *what,
                        const struct call_outcome *outcome) {
    const char *wanted = string_member(step, "error");
    const char *found = outcome->error_code ? outcome->error_code : "success";
    run->expectations += wanted ? 1 : 0;
    if (wanted ? !outcome_is_error(outcome, wanted) : outcome->error_code != NULL) {
        const char *text =
            outcome->error_code ? arena_printf(run->arena, "%s: %s", found, outcome->error_message) : found;
        run_fail(run, run_position(run, "error"), what, wanted ? wanted : "success", text, NULL);
        return false;
    }
    const json_t *message = json_object_get(step, "message");
    if (message && outcome->error_message) {
        json_t *text = json_string(outcome->error_message);
        run_check_value(run, "message", arena_printf(run->arena, "message of %s", what), message, text);
        json_decref(text);
    }
    return !wanted;
}

/* ---- call ---- */

/* "ssm.GetParameter" in two; false when there is no dot. */
static bool split_operation(struct scenario_run *run, const char *name, const char **service,
                            const char **operation) {
    const char *dot = strchr(name, '.');
    if (!dot || dot == name || !dot[1]) {
        return false;
    }
    *service = arena_printf(run->arena, "%.*s", (int)(dot - name), name);
    *operation = dot + 1;
    return true;
}

/* The service's and the operation's name, and the input's members, are those of AWS's model. */
static void check_operation(const struct member_check *check, const json_t *step, const char *name) {
    char service_name[64];
    const char *dot = strchr(name, '.');
    snprintf(service_name, sizeof service_name, "%.*s", (int)(dot - name), name);
    const struct service *service = services_find(service_name);
    const struct operation_model *operation =
        service && service->model ? service_model_operation(service->model, text_of(dot + 1)) : NULL;
    struct position position = yaml_key_position(check->document, step, "call");
    if (!service || !service->model) {
        diagnostics_add(check->diagnostics, position, "there is no service '%s'", service_name);
    } else if (!operation) {
        diagnostics_add(check->diagnostics, position, "%s has no operation '%s'", service_name, dot + 1);
    }
    const json_t *input = json_object_get(step, "input");
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)input, member, value) {
        bool known = operation && operation->input && shape_member(operation->input, text_of(member));
        if (operation && !known) {
            diagnostics_add(check->diagnostics, yaml_key_position(check->document, input, member),
                            "%s has no member '%s'", name, member);
        }
    }
}

void check_call(const struct member_check *check, const json_t *step) {
    const char *name = string_member(step, "call");
    const char *dot = strchr(name, '.');
    if (!dot || dot == name || !dot[1]) {
        diagnostics_add(check->diagnostics, yaml_key_position(check->document, step, "call"),
                        "'call' takes SERVICE.Operation, for example ssm.GetParameter");
        return;
    }
    check_operation(check, step, name);
}

/*
 * call: SERVICE.Operation
 *   One AWS operation: the same way through validation, fault points and trace as a client's.
 *   input: {...}            members as the API names them, blobs in base64
 *   output: {...}           members of the answer (of an error, too) that must be so; others are not looked
 * at error: CODE             the call must fail with this code (without it, it must succeed) message: TEXT of
 * the error, exactly; or {$matches: PATTERN} status: N               the HTTP status lost: true no answer may
 * arrive (a fault swallows it) save: {name: PATH}      keeps members of the answer as ${name} as: {account,
 * region, access_key, session_token}
 */
void step_call(struct scenario_run *run, const json_t *step) {
    const char *service = NULL;
    const char *operation = NULL;
    if (!split_operation(run, string_member(step, "call"), &service, &operation)) {
        run_fail_step(run, "call", "'call' takes SERVICE.Operation");
        return;
    }
    json_t *input = json_object_get(step, "input");
    struct scenario_caller caller = caller_of(run, step);
    struct call_outcome outcome =
        run_call(run, &caller, service, operation, input ? json_deep_copy(input) : json_object());
    const char *what = arena_printf(run->arena, "%s %s", service, operation);
    bool lost = json_is_true(json_object_get(step, "lost"));
    if (outcome.answered == lost) {
        run_fail(run, run_position(run, lost ? "lost" : NULL), what, lost ? "no answer" : "an answer",
                 lost ? "an answer" : "no answer", NULL);
    } else if (!lost) {
        bool worked = check_error(run, step, what, &outcome);
        const json_t *output = json_object_get(step, "output");
        if (output && (worked || string_member(step, "error"))) {
            run_check_value(run, "output", arena_printf(run->arena, "answer of %s", what), output,
                            outcome.output);
        }
        if (worked) {
            run_save_members(run, step, outcome.output);
        }
    }
    const json_t *status = json_object_get(step, "status");
    if (status && outcome.answered) {
        json_t *found = json_integer(outcome.status);
        run_check_value(run, "status", arena_printf(run->arena, "HTTP status of %s", what), status, found);
        json_decref(found);
    }
    json_decref(outcome.output);
}

/* ---- invoke ---- */

static json_t *base64(const char *text) {
    struct strbuf buffer = STRBUF_INIT;
    crypto_append_base64(&buffer, text_of(text));
    json_t *value = json_string(buffer.data ? buffer.data : "");
    strbuf_release(&buffer);
    return value;
}

/* The payload as JSON, or as a string when it is none. */
static json_t *unbase64(const char *text) {
    struct strbuf buffer = STRBUF_INIT;
    json_t *value = NULL;
    if (text && crypto_append_unbase64(&buffer, text_of(text)) && buffer.size > 0) {
        value = json_loadb(buffer.data, buffer.size, JSON_DECODE_ANY, NULL);
        value = value ? value : json_stringn(buffer.data, buffer.size);
    }
    strbuf_release(&buffer);
    return value;
}

/*
 * invoke: FUNCTION
 *   Lambda's Invoke with the payload as YAML.
 *   payload: VALUE          the event; {} if not given
 *   type: Event             or RequestResponse (the default) or DryRun
 *   qualifier: VERSION or alias
 *   output: VALUE           what the function must return; of mappings only the members named
 *   function_error: Unhandled
 *   error, message, as: as for call
 *   save: {name: PATH}      of {Payload, FunctionError, ExecutedVersion, StatusCode}
 */
void step_invoke(struct scenario_run *run, const json_t *step) {
    const json_t *payload = json_object_get(step, "payload");
    char *text = payload ? value_dump(payload) : NULL;
    const char *type = string_member(step, "type");
    json_t *input =
        json_pack("{s:O, s:s, s:o}", "FunctionName", json_object_get(step, "invoke"), "InvocationType",
                  type ? type : "RequestResponse", "Payload", base64(text ? text : "{}"));
    free(text);
    if (json_object_get(step, "qualifier")) {
        json_object_set(input, "Qualifier", json_object_get(step, "qualifier"));
    }
    struct scenario_caller caller = caller_of(run, step);
    struct call_outcome outcome = run_call(run, &caller, "lambda", "Invoke", input);
    if (!outcome.answered) {
        run_fail_step(run, NULL, "lambda Invoke: no answer arrived");
    } else if (check_error(run, step, "lambda Invoke", &outcome) && outcome.output) {
        json_t *found = unbase64(string_member(outcome.output, "Payload"));
        json_t *function_error = json_object_get(outcome.output, "FunctionError");
        const json_t *wanted_error = json_object_get(step, "function_error");
        if (wanted_error || json_is_string(function_error)) {
            json_t *none = json_string("");
            run_check_value(run, "function_error", "function error", wanted_error ? wanted_error : none,
                            function_error);
            json_decref(none);
        }
        if (json_object_get(step, "output")) {
            run_check_value(run, "output", "what the function returned", json_object_get(step, "output"),
                            found);
        }
        json_object_set_new(outcome.output, "Payload", found ? found : json_null());
        run_save_members(run, step, outcome.output);
    }
    json_decref(outcome.output);
}

/* ---- expect ---- */

void check_expect(const struct member_check *check, const json_t *step) {
    struct member_check inner = {check->document, check->diagnostics, "assertion"};
    assertions_check(&inner, json_object_get(step, "expect"));
}

/*
 * expect: [ASSERTIONS]
 *   All of them are checked, also after one has failed. Time does not move.
 */
void step_expect(struct scenario_run *run, const json_t *step) {
    run_check_assertions(run, json_object_get(run->step, "expect"), json_object_get(step, "expect"));
}
