/* Steps that arrange the world: faults, the clock, functions and objects, snapshots. */
#include <errno.h>
#include <string.h>

#include "emulator/base/crypto.h"
#include "emulator/core/fault.h"
#include "harness/scenario_run.h"
#include "harness/step_kinds.h"
#include "harness/zip_writer.h"
#include "services/services.h"

/* ---- faults ---- */

static struct position position_in(void *argument, const json_t *value) {
    return yaml_position(argument, value);
}

/* The rules are read once without a machine, so that mistakes show before anything runs. */
void check_fault(const struct member_check *check, const json_t *step) {
    struct faults *faults = faults_open(services_all());
    faults_add(faults, json_object_get(step, "fault"), position_in, (void *)check->document,
               check->diagnostics);
    faults_close(faults);
}

/*
 * fault: RULE or [RULES]
 *   Adds fault rules, as POST /_stackrig/faults takes them (docs/FAULTS.md).
 */
void step_fault(struct scenario_run *run, const json_t *step) {
    struct diagnostics *diagnostics = diagnostics_open();
    if (!faults_add(emulator_faults(run->emulator), json_object_get(step, "fault"), NULL, NULL,
                    diagnostics)) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        diagnostics_print(diagnostics, stream);
        fclose(stream);
        run_fail_step(run, "fault", "the fault rule is not usable: %s", text);
        free(text);
    }
    diagnostics_close(diagnostics);
}

/*
 * clear_faults: true
 *   Takes all fault rules away.
 */
void step_clear_faults(struct scenario_run *run, const json_t *step) {
    if (json_is_true(json_object_get(step, "clear_faults"))) {
        faults_clear(emulator_faults(run->emulator));
    }
}

/* ---- time ---- */

static bool never(void *argument) {
    (void)argument;
    return false;
}

/*
 * advance: DURATION
 *   Moves the clock and runs everything that becomes due on the way.
 */
void step_advance(struct scenario_run *run, const json_t *step) {
    int64_t target_ms = emulator_now_ms(run->emulator) + duration_member(step, "advance", 0);
    run_until(run, never, NULL, target_ms);
    if (emulator_now_ms(run->emulator) < target_ms) {
        clock_set(emulator_clock(run->emulator), target_ms);
        run_until(run, never, NULL, target_ms);
    }
}

/* ---- code ---- */

/*
 * Code of a function as a zip: each item is a file or folder relative to the scenario, whose content goes to
 * the top of the archive; "PATH as NAME" puts it below NAME. NULL: a failure has been reported.
 */
static json_t *zip_of(struct scenario_run *run, const char *member, const json_t *items) {
    struct zip_writer *writer = zip_writer_open();
    size_t count = json_is_array(items) ? json_array_size(items) : 1;
    json_t *archive = NULL;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        const char *item = json_string_value(json_is_array(items) ? json_array_get(items, i) : items);
        const char *as = strstr(item, " as ");
        const char *prefix = as ? as + 4 : "";
        const char *path = as ? arena_printf(run->arena, "%.*s", (int)(as - item), item) : item;
        const char *message = NULL;
        good = zip_writer_add_path(writer, run->arena, path_beside(run->arena, run->scenario->file, path),
                                   prefix, &message);
        if (!good) {
            run_fail_step(run, member, "%s", message);
        }
    }
    if (good) {
        struct strbuf text = STRBUF_INIT;
        crypto_append_base64(&text, zip_writer_finish(writer));
        archive = json_string(text.data);
        strbuf_release(&text);
    }
    zip_writer_close(writer);
    return archive;
}

static bool call_must_work(struct scenario_run *run, const char *service, const char *operation,
                           json_t *input) {
    struct scenario_caller caller = run_caller(run);
    struct call_outcome outcome = run_call(run, &caller, service, operation, input);
    json_decref(outcome.output);
    if (outcome.answered && !outcome.error_code) {
        return true;
    }
    run_fail_step(run, NULL, "%s %s: %s: %s", service, operation,
                  outcome.error_code ? outcome.error_code : "no answer arrived",
                  outcome.error_message ? outcome.error_message : "");
    return false;
}

static const char trust_policy[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
    "{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";

/* ARN of the function's role; without one in the step a role of the function's name is made. */
static json_t *role_of(struct scenario_run *run, const json_t *step, const char *function) {
    if (json_object_get(step, "role")) {
        return json_incref(json_object_get(step, "role"));
    }
    const char *name = arena_printf(run->arena, "%s-role", function);
    struct scenario_caller caller = run_caller(run);
    struct call_outcome outcome =
        run_call(run, &caller, "iam", "CreateRole",
                 json_pack("{s:s, s:s}", "RoleName", name, "AssumeRolePolicyDocument", trust_policy));
    json_decref(outcome.output);
    return json_string(
        arena_printf(run->arena, "arn:aws:iam::%s:role/%s", emulator_default_account(run->emulator), name));
}

/*
 * function: NAME
 *   Creates a Lambda function from files.
 *   code: PATHS             files or folders, "PATH as NAME" to place them deeper in the archive
 *   handler, runtime        as Lambda takes them
 *   timeout, memory, environment, role
 */
void step_function(struct scenario_run *run, const json_t *step) {
    const char *name = string_member(step, "function");
    json_t *archive = zip_of(run, "code", json_object_get(step, "code"));
    if (!archive) {
        return;
    }
    json_t *input = json_pack("{s:s, s:{s:o}, s:O, s:O, s:o}", "FunctionName", name, "Code", "ZipFile",
                              archive, "Handler", json_object_get(step, "handler"), "Runtime",
                              json_object_get(step, "runtime"), "Role", role_of(run, step, name));
    if (json_object_get(step, "timeout")) {
        json_object_set(input, "Timeout", json_object_get(step, "timeout"));
    }
    if (json_object_get(step, "memory")) {
        json_object_set(input, "MemorySize", json_object_get(step, "memory"));
    }
    if (json_object_get(step, "environment")) {
        json_object_set_new(input, "Environment",
                            json_pack("{s:O}", "Variables", json_object_get(step, "environment")));
    }
    call_must_work(run, "lambda", "CreateFunction", input);
}

/*
 * cold: FUNCTION or STACK/LOGICAL_ID
 *   The function's next invocation starts in a fresh environment, as after any change of its configuration
 *   in AWS (its description is set).
 */
void step_cold(struct scenario_run *run, const json_t *step) {
    const char *function = run_function_name(run, string_member(step, "cold"));
    const char *description =
        arena_printf(run->arena, "cold start at %lld", (long long)emulator_now_ms(run->emulator));
    call_must_work(run, "lambda", "UpdateFunctionConfiguration",
                   json_pack("{s:s, s:s}", "FunctionName", function, "Description", description));
}

/* ---- objects ---- */

void check_put_object(const struct member_check *check, const json_t *step) {
    int sources = (json_object_get(step, "file") != NULL) + (json_object_get(step, "text") != NULL) +
                  (json_object_get(step, "zip") != NULL);
    const char *where = string_member(step, "put_object");
    if (sources != 1) {
        diagnostics_add(check->diagnostics, yaml_position(check->document, step),
                        "%s needs exactly one of 'file', 'text' and 'zip'", check->what);
    }
    if (!strchr(where, '/') || where[0] == '/') {
        diagnostics_add(check->diagnostics, yaml_key_position(check->document, step, "put_object"),
                        "'put_object' takes BUCKET/KEY");
    }
}

static json_t *object_content(struct scenario_run *run, const json_t *step) {
    if (json_object_get(step, "zip")) {
        return zip_of(run, "zip", json_object_get(step, "zip"));
    }
    struct file_text file = {.text = text_of(string_member(step, "text"))};
    const char *path = string_member(step, "file");
    if (path) {
        path = path_beside(run->arena, run->scenario->file, path);
        if (!file_text_read(path, &file)) {
            run_fail_step(run, "file", "cannot read %s: %s", path, strerror(errno));
            return NULL;
        }
    }
    struct strbuf text = STRBUF_INIT;
    crypto_append_base64(&text, file.text);
    json_t *content = json_string(text.data ? text.data : "");
    strbuf_release(&text);
    file_text_release(&file);
    return content;
}

/*
 * put_object: BUCKET/KEY
 *   Puts an object into S3; the bucket is made when it is not there.
 *   file: PATH, text: CONTENT, or zip: PATHS (as `code` of the function step)
 */
void step_put_object(struct scenario_run *run, const json_t *step) {
    const char *where = string_member(step, "put_object");
    const char *key = strchr(where, '/') + 1;
    const char *bucket = arena_printf(run->arena, "%.*s", (int)(key - 1 - where), where);
    json_t *content = object_content(run, step);
    if (!content) {
        return;
    }
    struct call_outcome head = run_ask(run, "s3", "HeadBucket", json_pack("{s:s}", "Bucket", bucket));
    json_decref(head.output);
    if (head.error_code && !call_must_work(run, "s3", "CreateBucket", json_pack("{s:s}", "Bucket", bucket))) {
        json_decref(content);
        return;
    }
    call_must_work(run, "s3", "PutObject",
                   json_pack("{s:s, s:s, s:o}", "Bucket", bucket, "Key", key, "Body", content));
}

/* ---- snapshots ---- */

/*
 * snapshot: NAME
 *   Keeps the whole state under this name.
 */
void step_snapshot(struct scenario_run *run, const json_t *step) {
    struct snapshot_data *snapshot = arena_zalloc(run->arena, sizeof *snapshot);
    snapshot->name = arena_strdup(run->arena, string_member(step, "snapshot"));
    snapshot->data = emulator_snapshot(run->emulator, &snapshot->size);
    snapshot->next = run->snapshots;
    run->snapshots = snapshot;
}

/*
 * restore: NAME
 *   Goes back to that state; calls that wait are cancelled.
 */
void step_restore(struct scenario_run *run, const json_t *step) {
    const char *name = string_member(step, "restore");
    struct snapshot_data *snapshot = run->snapshots;
    while (snapshot && strcmp(snapshot->name, name) != 0) {
        snapshot = snapshot->next;
    }
    if (!snapshot) {
        run_fail_step(run, "restore", "there is no snapshot '%s'", name);
    } else if (!emulator_restore(run->emulator, snapshot->data, snapshot->size)) {
        run_fail_step(run, "restore", "the snapshot '%s' cannot be restored", name);
    }
}
