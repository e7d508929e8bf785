#include "emulator/core/fault.h"

#include "emulator/base/die.h"
#include "emulator/core/emulator_state.h"

/* One "name must equal value" of a rule. */
struct fault_condition {
    char *name;
    char *value;
    struct fault_condition *next;
};

struct fault_rule {
    char *service;   /* NULL: any */
    char *operation; /* NULL: any */
    struct fault_condition *where;
    enum fault_phase phase;
    enum fault_kind kind;
    int64_t skip;
    int64_t times; /* -1: for ever */
    int64_t matched;
    int64_t acted;
    int64_t delay_ms;
    char *error;
    char *message;
    int status;
    const char *freedom; /* the service's own string */
    struct fault_rule *next;
};

struct faults {
    const struct service *const *services; /* may be NULL */
    struct fault_rule *first;
    int count;
};

struct faults *faults_open(const struct service *const *services) {
    struct faults *faults = xcalloc(1, sizeof(*faults));
    faults->services = services;
    return faults;
}

static void close_rule(struct fault_rule *rule) {
    while (rule->where) {
        struct fault_condition *condition = rule->where;
        rule->where = condition->next;
        free(condition->name);
        free(condition->value);
        free(condition);
    }
    free(rule->service);
    free(rule->operation);
    free(rule->error);
    free(rule->message);
    free(rule);
}

static void close_rules(struct fault_rule *rule) {
    while (rule) {
        struct fault_rule *next = rule->next;
        close_rule(rule);
        rule = next;
    }
}

void faults_clear(struct faults *faults) {
    close_rules(faults->first);
    faults->first = NULL;
    faults->count = 0;
}

void faults_close(struct faults *faults) {
    if (faults) {
        faults_clear(faults);
        free(faults);
    }
}

int faults_count(const struct faults *faults) {
    return faults->count;
}

/* ---- reading rules ---- */

struct rule_reader {
    const struct service *const *services;
    struct position (*position_of)(void *argument, const json_t *value);
    void *argument;
    struct diagnostics *diagnostics;
};

static void complain(const struct rule_reader *reader, const json_t *value, const char *what,
                     const char *detail) {
    struct position position =
        reader->position_of ? reader->position_of(reader->argument, value) : (struct position){0};
    diagnostics_add(reader->diagnostics, position, what, detail);
}

static void read_on(const struct rule_reader *reader, struct fault_rule *rule, const json_t *value) {
    const char *text = json_string_value(value);
    const char *colon = text ? strchr(text, ':') : NULL;
    if (!colon || colon == text || colon[1] == '\0') {
        complain(reader, value,
                 "'on' must be \"service:Operation\", for example \"lambda:Invoke\" or \"sqs:*\"%s", "");
        return;
    }
    if (strncmp(text, "*:", 2) != 0) {
        rule->service = xmalloc((size_t)(colon - text) + 1);
        memcpy(rule->service, text, (size_t)(colon - text));
        rule->service[colon - text] = '\0';
    }
    if (strcmp(colon + 1, "*") != 0) {
        rule->operation = xstrdup(colon + 1);
    }
}

static void read_where(const struct rule_reader *reader, struct fault_rule *rule, json_t *value) {
    const char *name;
    json_t *wanted;
    if (!json_is_object(value)) {
        complain(reader, value, "'where' must be a map of names to texts%s", "");
        return;
    }
    json_object_foreach(value, name, wanted) {
        if (!json_is_string(wanted)) {
            complain(reader, wanted, "'where.%s' must be a text", name);
            continue;
        }
        struct fault_condition *condition = xcalloc(1, sizeof(*condition));
        condition->name = xstrdup(name);
        condition->value = xstrdup(json_string_value(wanted));
        condition->next = rule->where;
        rule->where = condition;
    }
}

/* The service's own string; NULL: no operation like that has such a freedom. service, operation NULL: any. */
static const char *find_freedom(const struct rule_reader *reader, const char *service, const char *operation,
                                const char *name) {
    for (const struct service *const *each = reader->services; name && each && *each; each++) {
        const struct service_freedom *row = (*each)->freedoms;
        bool right = row && (!service || ((*each)->model && strcmp((*each)->model->name, service) == 0));
        for (; right && row->name; row++) {
            if (strcmp(row->name, name) == 0 && (!operation || strcmp(row->operation, operation) == 0)) {
                return row->name;
            }
        }
    }
    return NULL;
}

/* ", sqs:ReceiveMessage duplicate, ..." */
static struct strbuf freedoms_listed(const struct rule_reader *reader) {
    struct strbuf list = STRBUF_INIT;
    strbuf_append_string(&list, "");
    for (const struct service *const *each = reader->services; each && *each; each++) {
        for (const struct service_freedom *row = (*each)->freedoms; row && row->name; row++) {
            strbuf_printf(&list, "; on %s:%s also %s", (*each)->model->name, row->operation, row->name);
        }
    }
    return list;
}

static void read_kind(const struct rule_reader *reader, struct fault_rule *rule, const json_t *value) {
    static const struct {
        const char *name;
        enum fault_kind kind;
    } kinds[] = {{"error", FAULT_ERROR}, {"delay", FAULT_DELAY}, {"lose", FAULT_LOSE}};
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(text, kinds[i].name) == 0) {
            rule->kind = kinds[i].kind;
            return;
        }
    }
    rule->kind = FAULT_FREEDOM;
    rule->freedom = find_freedom(reader, NULL, NULL, text);
    if (!rule->freedom) {
        struct strbuf list = freedoms_listed(reader);
        char *others = strbuf_detach(&list);
        complain(reader, value, "'fault' must be one of: error, delay, lose%s", others);
        free(others);
    }
}

/* A freedom belongs to its operation, before the effect. */
static void check_freedom(const struct rule_reader *reader, const struct fault_rule *rule,
                          const json_t *value) {
    if (rule->kind != FAULT_FREEDOM || !rule->freedom) {
        return;
    }
    if (rule->service && !find_freedom(reader, rule->service, rule->operation, rule->freedom)) {
        complain(reader, value, "'on' names no operation that has the fault '%s'", rule->freedom);
    }
    if (rule->phase == FAULT_AFTER) {
        complain(reader, value, "the fault '%s' has no phase after: the operation itself does it",
                 rule->freedom);
    }
}

static void read_phase(const struct rule_reader *reader, struct fault_rule *rule, const json_t *value) {
    const char *text = json_string_value(value);
    if (text && strcmp(text, "before") == 0) {
        rule->phase = FAULT_BEFORE;
    } else if (text && strcmp(text, "after") == 0) {
        rule->phase = FAULT_AFTER;
    } else {
        complain(reader, value, "'phase' must be before or after%s", "");
    }
}

static void read_count(const struct rule_reader *reader, const char *name, int64_t *number, int64_t least,
                       const json_t *value) {
    if (strcmp(name, "times") == 0 && json_is_string(value) &&
        strcmp(json_string_value(value), "always") == 0) {
        *number = -1;
    } else if (json_is_integer(value) && json_integer_value(value) >= least) {
        *number = json_integer_value(value);
    } else {
        complain(reader, value, "'%s' must be a whole number that is not negative", name);
    }
}

static void read_text(const struct rule_reader *reader, const char *name, char **text, const json_t *value) {
    if (!json_is_string(value)) {
        complain(reader, value, "'%s' must be a text", name);
        return;
    }
    free(*text);
    *text = xstrdup(json_string_value(value));
}

static void read_member(const struct rule_reader *reader, struct fault_rule *rule, const char *name,
                        json_t *value) {
    int64_t status = 0;
    if (strcmp(name, "on") == 0) {
        read_on(reader, rule, value);
    } else if (strcmp(name, "where") == 0) {
        read_where(reader, rule, value);
    } else if (strcmp(name, "fault") == 0) {
        read_kind(reader, rule, value);
    } else if (strcmp(name, "phase") == 0) {
        read_phase(reader, rule, value);
    } else if (strcmp(name, "skip") == 0) {
        read_count(reader, name, &rule->skip, 0, value);
    } else if (strcmp(name, "times") == 0) {
        read_count(reader, name, &rule->times, 1, value);
    } else if (strcmp(name, "delay_ms") == 0) {
        read_count(reader, name, &rule->delay_ms, 0, value);
    } else if (strcmp(name, "status") == 0) {
        read_count(reader, name, &status, 400, value);
        rule->status = status > 599 ? 500 : (int)status;
    } else if (strcmp(name, "error") == 0) {
        read_text(reader, name, &rule->error, value);
    } else if (strcmp(name, "message") == 0) {
        read_text(reader, name, &rule->message, value);
    } else {
        complain(reader, value, "a fault rule has no member '%s'", name);
    }
}

static struct fault_rule *read_rule(const struct rule_reader *reader, json_t *value) {
    struct fault_rule *rule = xcalloc(1, sizeof(*rule));
    rule->times = 1;
    const char *name;
    json_t *member;
    if (!json_is_object(value)) {
        complain(reader, value, "a fault rule must be a map%s", "");
        return rule;
    }
    json_object_foreach(value, name, member) {
        read_member(reader, rule, name, member);
    }
    if (!json_object_get(value, "on")) {
        complain(reader, value, "a fault rule needs 'on'%s", "");
    }
    if (!json_object_get(value, "fault")) {
        complain(reader, value, "a fault rule needs 'fault'%s", "");
    }
    if (rule->kind == FAULT_ERROR && !rule->error) {
        complain(reader, value, "a fault of kind error needs 'error', the AWS error code%s", "");
    }
    if (rule->kind == FAULT_DELAY && !json_object_get(value, "delay_ms")) {
        complain(reader, value, "a fault of kind delay needs 'delay_ms'%s", "");
    }
    check_freedom(reader, rule, value);
    return rule;
}

bool faults_add(struct faults *faults, const json_t *rules,
                struct position (*position_of)(void *argument, const json_t *value), void *argument,
                struct diagnostics *diagnostics) {
    struct rule_reader reader = {faults->services, position_of, argument, diagnostics};
    int before = diagnostics_count(diagnostics);
    struct fault_rule *first = NULL;
    struct fault_rule **last = &first;
    int count = json_is_array(rules) ? (int)json_array_size(rules) : 1;
    for (int i = 0; i < count; i++) {
        json_t *value = json_is_array(rules) ? json_array_get(rules, (size_t)i) : (json_t *)rules;
        *last = read_rule(&reader, value);
        last = &(*last)->next;
    }
    if (diagnostics_count(diagnostics) > before) {
        close_rules(first);
        return false;
    }
    struct fault_rule **end = &faults->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = first;
    faults->count += count;
    return true;
}

/* ---- describing rules ---- */

static const char *kind_name(enum fault_kind kind, const char *freedom) {
    switch (kind) {
    case FAULT_FREEDOM:
        return freedom;
    case FAULT_ERROR:
        return "error";
    case FAULT_DELAY:
        return "delay";
    case FAULT_LOSE:
        return "lose";
    case FAULT_NONE:
        break;
    }
    return "none";
}

json_t *faults_describe(const struct faults *faults) {
    json_t *list = json_array();
    for (const struct fault_rule *rule = faults->first; rule; rule = rule->next) {
        json_t *where = json_object();
        for (const struct fault_condition *condition = rule->where; condition; condition = condition->next) {
            json_object_set_new(where, condition->name, json_string(condition->value));
        }
        json_t *entry =
            json_pack("{s:o, s:o, s:s, s:s, s:I, s:o, s:I, s:I}", "on",
                      json_sprintf("%s:%s", rule->service ? rule->service : "*",
                                   rule->operation ? rule->operation : "*"),
                      "where", where, "fault", kind_name(rule->kind, rule->freedom), "phase",
                      rule->phase == FAULT_BEFORE ? "before" : "after", "skip", (json_int_t)rule->skip,
                      "times", rule->times < 0 ? json_string("always") : json_integer(rule->times), "matched",
                      (json_int_t)rule->matched, "acted", (json_int_t)rule->acted);
        if (rule->error) {
            json_object_set_new(entry, "error", json_string(rule->error));
        }
        if (rule->message) {
            json_object_set_new(entry, "message", json_string(rule->message));
        }
        if (rule->kind == FAULT_DELAY) {
            json_object_set_new(entry, "delay_ms", json_integer(rule->delay_ms));
        }
        json_array_append_new(list, entry);
    }
    return list;
}

/* ---- matching ---- */

/* One point that rules are held against. */
struct fault_subject {
    const char *service;
    const char *operation;
    enum fault_phase phase;
    const struct identity *identity;
    const struct call_note *notes;
    const struct json_value *input;         /* NULL: none */
    const struct operation_model *model;    /* NULL: an endpoint or event */
    const struct service_freedom *freedoms; /* of the service; NULL: none */
};

static struct text subject_value(const struct fault_subject *subject, const char *name) {
    for (const struct call_note *note = subject->notes; note; note = note->next) {
        if (strcmp(note->name, name) == 0) {
            return text_of(note->value);
        }
    }
    if (strcmp(name, "account") == 0) {
        return text_of(subject->identity->account);
    }
    if (strcmp(name, "region") == 0) {
        return text_of(subject->identity->region);
    }
    return subject->input ? json_find_text(subject->input, name) : TEXT_NONE;
}

static bool has_freedom(const struct fault_subject *subject, const char *name) {
    for (const struct service_freedom *row = subject->freedoms; row && row->name; row++) {
        if (strcmp(row->name, name) == 0 && strcmp(row->operation, subject->operation) == 0) {
            return true;
        }
    }
    return false;
}

static bool rule_matches(const struct fault_rule *rule, const struct fault_subject *subject) {
    if (rule->phase != subject->phase || (rule->service && strcmp(rule->service, subject->service) != 0) ||
        (rule->operation && strcmp(rule->operation, subject->operation) != 0)) {
        return false;
    }
    if (rule->kind == FAULT_FREEDOM && !has_freedom(subject, rule->freedom)) {
        return false; /* "sqs:*" stands for the operations that have it */
    }
    for (const struct fault_condition *condition = rule->where; condition; condition = condition->next) {
        struct text value = subject_value(subject, condition->name);
        if (!value.data || !text_equals(value, condition->value)) {
            return false;
        }
    }
    return true;
}

/* The scripted error, in the words of the service's model where it knows the code. */
static struct error_shape error_of_rule(const struct fault_rule *rule, const struct operation_model *model) {
    struct error_shape error = {.name = rule->error, .status = 400};
    for (int i = 0; model && model->errors && model->errors[i]; i++) {
        if (strcmp(model->errors[i]->name, rule->error) == 0 ||
            (model->errors[i]->code && strcmp(model->errors[i]->code, rule->error) == 0)) {
            error = *model->errors[i];
        }
    }
    if (rule->status) {
        error.status = rule->status;
        error.receiver_fault = rule->status >= 500;
    }
    return error;
}

static struct fault_action decide(struct faults *faults, const struct fault_subject *subject) {
    int index = 0;
    for (struct fault_rule *rule = faults->first; rule; rule = rule->next, index++) {
        if (!rule_matches(rule, subject)) {
            continue;
        }
        rule->matched++;
        if (rule->matched <= rule->skip || (rule->times >= 0 && rule->acted >= rule->times)) {
            continue;
        }
        rule->acted++;
        struct fault_action action = {
            .kind = rule->kind, .delay_ms = rule->delay_ms, .freedom = rule->freedom, .rule = index};
        if (rule->kind == FAULT_ERROR) {
            action.error = error_of_rule(rule, subject->model);
            action.message = rule->message;
        }
        return action;
    }
    return (struct fault_action){.kind = FAULT_NONE};
}

struct fault_action faults_decide(struct faults *faults, const struct call *call, enum fault_phase phase) {
    const struct call_state *state = (const struct call_state *)call;
    struct fault_subject subject = {
        .service = call->service && call->service->model ? call->service->model->name : "",
        .operation = state->event,
        .phase = phase,
        .identity = &call->identity,
        .notes = call->notes,
        .input = state->input,
        .model = call->operation,
        .freedoms = call->service ? call->service->freedoms : NULL,
    };
    return decide(faults, &subject);
}

struct fault_action fault_point(struct emulator *emulator, const char *service, const char *operation,
                                enum fault_phase phase, const struct identity *identity,
                                const struct call_note *notes) {
    if (faults_count(emulator->faults) == 0) {
        return (struct fault_action){.kind = FAULT_NONE};
    }
    struct fault_subject subject = {
        .service = service, .operation = operation, .phase = phase, .identity = identity, .notes = notes};
    struct fault_action action = decide(emulator->faults, &subject);
    if (action.kind != FAULT_NONE) {
        struct call_note kind = {"Fault", kind_name(action.kind, action.freedom), (struct call_note *)notes};
        trace_event(emulator, service, operation, identity, NULL, &kind);
    }
    return action;
}
