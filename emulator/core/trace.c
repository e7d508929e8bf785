#include "emulator/core/trace.h"

#include "emulator/base/die.h"
#include "emulator/core/emulator_state.h"

/* Most records' strings fit inline: no allocation per request. */
#define INLINE_BYTES 128

struct trace_slot {
    struct trace_record record;
    char *strings; /* inline_strings or allocated */
    char inline_strings[INLINE_BYTES];
};

struct trace {
    struct trace_slot *slots; /* calloc: pages are touched only as records come */
    uint64_t newest;          /* sequence of the last record; 0: none */
};

struct trace *trace_open(void) {
    struct trace *trace = xcalloc(1, sizeof(*trace));
    trace->slots = xcalloc(TRACE_CAPACITY, sizeof(*trace->slots));
    return trace;
}

static void release_slot(struct trace_slot *slot) {
    if (slot->strings != slot->inline_strings) {
        free(slot->strings);
    }
    slot->strings = NULL;
}

void trace_clear(struct trace *trace) {
    uint64_t used = trace->newest < TRACE_CAPACITY ? trace->newest : TRACE_CAPACITY;
    for (uint64_t i = 0; i < used; i++) {
        release_slot(&trace->slots[i]);
    }
    trace->newest = 0;
}

void trace_close(struct trace *trace) {
    if (!trace) {
        return;
    }
    trace_clear(trace);
    free(trace->slots);
    free(trace);
}

/* The record's strings, all of which are copied. */
static void list_strings(struct trace_record *record, const char **list[10]) {
    const char **all[10] = {&record->service,    &record->event,  &record->account,    &record->region,
                            &record->request_id, &record->origin, &record->error_code, &record->message,
                            &record->fault,      &record->notes};
    memcpy(list, all, sizeof(all));
}

void trace_add(struct trace *trace, const struct trace_record *record) {
    struct trace_slot *slot = &trace->slots[trace->newest % TRACE_CAPACITY];
    release_slot(slot);
    slot->record = *record;
    slot->record.sequence = ++trace->newest;
    const char **strings[10];
    size_t sizes[10];
    size_t total = 0;
    list_strings(&slot->record, strings);
    for (int i = 0; i < 10; i++) {
        sizes[i] = *strings[i] ? strlen(*strings[i]) + 1 : 0;
        total += sizes[i];
    }
    slot->strings = total <= INLINE_BYTES ? slot->inline_strings : xmalloc(total);
    char *next = slot->strings;
    for (int i = 0; i < 10; i++) {
        if (*strings[i]) {
            memcpy(next, *strings[i], sizes[i]);
            *strings[i] = next;
            next += sizes[i];
        }
    }
}

const struct trace_record *trace_after(const struct trace *trace, uint64_t sequence) {
    if (sequence >= trace->newest) {
        return NULL;
    }
    uint64_t oldest = trace->newest > TRACE_CAPACITY ? trace->newest - TRACE_CAPACITY + 1 : 1;
    uint64_t wanted = sequence + 1 < oldest ? oldest : sequence + 1;
    return &trace->slots[(wanted - 1) % TRACE_CAPACITY].record;
}

static void write_string_member(struct strbuf *buffer, const char *name, const char *value) {
    if (value) {
        strbuf_printf(buffer, ",\"%s\":", name);
        json_write_string(buffer, text_of(value));
    }
}

void trace_write_json(struct strbuf *buffer, const struct trace_record *record) {
    strbuf_printf(buffer, "{\"sequence\":%llu,\"time\":\"", (unsigned long long)record->sequence);
    clock_format_iso_ms(buffer, record->time_ms);
    strbuf_append_char(buffer, '"');
    write_string_member(buffer, "service", record->service);
    write_string_member(buffer, "event", record->event);
    write_string_member(buffer, "account", record->account);
    write_string_member(buffer, "region", record->region);
    write_string_member(buffer, "requestId", record->request_id);
    write_string_member(buffer, "origin", record->origin);
    if (record->status) {
        strbuf_printf(buffer, ",\"status\":%d", record->status);
    }
    write_string_member(buffer, "errorCode", record->error_code);
    write_string_member(buffer, "message", record->message);
    write_string_member(buffer, "fault", record->fault);
    if (record->notes) {
        strbuf_printf(buffer, ",\"notes\":%s", record->notes);
    }
    strbuf_append_char(buffer, '}');
}

void trace_write_notes(struct strbuf *buffer, const struct call_note *notes) {
    char separator = '{';
    for (const struct call_note *note = notes; note; note = note->next) {
        strbuf_append_char(buffer, separator);
        json_write_string(buffer, text_of(note->name));
        strbuf_append_char(buffer, ':');
        json_write_string(buffer, text_of(note->value));
        separator = ',';
    }
    if (notes) {
        strbuf_append_char(buffer, '}');
    }
}

void trace_event(struct emulator *emulator, const char *service, const char *event,
                 const struct identity *identity, const char *request_id, const struct call_note *notes) {
    struct strbuf json = STRBUF_INIT;
    trace_write_notes(&json, notes);
    struct trace_record record = {
        .time_ms = emulator_now_ms(emulator),
        .service = service,
        .event = event,
        .account = identity->account,
        .region = identity->region,
        .request_id = request_id,
        .notes = json.data,
    };
    trace_add(emulator->trace, &record);
    strbuf_release(&json);
}
