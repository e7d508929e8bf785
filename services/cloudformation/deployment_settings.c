/* What a request says beside its template, as the document that the stack keeps. */
#include "services/cloudformation/deployment_request.h"

/* Request members kept in the settings; those that an update without them leaves as they were. */
static const struct {
    const char *name;
    bool inherited;
} setting_rows[] = {
    {"Tags", true},
    {"Capabilities", false},
    {"NotificationARNs", true},
    {"RollbackConfiguration", true},
    {"RoleARN", true},
    {"DisableRollback", false},
    {"OnFailure", false},
    {"OnStackFailure", false},
    {"TimeoutInMinutes", false},
    {"RetainExceptOnCreate", false},
    {"ResourceTypes", false},
    {"Description", false},
};

json_t *deployment_member_json(struct arena *arena, struct input input, const char *member) {
    struct strbuf buffer = STRBUF_INIT;
    json_write(&buffer, input_value(input, member));
    json_t *value = buffer.data ? json_loadb(buffer.data, buffer.size, JSON_DECODE_ANY, NULL) : NULL;
    strbuf_release(&buffer);
    return deployment_keep(arena, value);
}

static json_t *shown_parameters(const struct parameters *parameters) {
    json_t *shown = json_array();
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter_value *row = &parameters->rows[i];
        const char *mask = row->declaration->no_echo ? PARAMETER_MASK : NULL;
        json_t *item = json_pack("{s:s, s:s}", "ParameterKey", row->declaration->name, "ParameterValue",
                                 mask ? mask : row->value);
        if (row->ssm_name && row->resolved) {
            json_object_set_new(item, "ResolvedValue", json_string(mask ? mask : row->resolved));
        }
        json_array_append_new(shown, item);
    }
    return shown;
}

json_t *deployment_request_settings(struct deployment_request *request) {
    struct arena *arena = request->call->arena;
    struct deployment *deployment = request->deployment;
    json_t *settings = deployment_keep(arena, json_object());
    json_object_set(settings, "Parameters", parameters_values(deployment->parameters));
    json_t *resolved = json_object();
    for (size_t i = 0; i < deployment->parameters->count; i++) {
        const struct parameter_value *row = &deployment->parameters->rows[i];
        if (row->resolved) {
            json_object_set_new(resolved, row->declaration->name, json_string(row->resolved));
        }
    }
    json_object_set_new(settings, "Resolved", resolved);
    json_object_set_new(settings, "Shown", shown_parameters(deployment->parameters));
    for (size_t i = 0; i < sizeof setting_rows / sizeof *setting_rows; i++) {
        const char *name = setting_rows[i].name;
        if (shape_member(request->input.shape, text_of(name)) && input_has(request->input, name)) {
            json_object_set(settings, name, deployment_member_json(arena, request->input, name));
        } else if (setting_rows[i].inherited && json_object_get(request->previous_settings, name)) {
            json_object_set(settings, name, json_object_get(request->previous_settings, name));
        }
    }
    return settings;
}
