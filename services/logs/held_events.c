#include "services/logs/held_events.h"

#include "emulator/base/die.h"
#include "emulator/core/emulator.h"
#include "services/logs/logs.h"

#define HELD_AGE_MS 200
#define HELD_BYTES ((size_t)256 * 1024)
/* Writing as many takes about a millisecond, in which nobody else is served. */
#define HELD_COUNT 256

struct held_stream {
    struct held_stream *next;
    const char *account;
    const char *region;
    struct text group_name;
    struct text stream_name;
    struct logs_target target;
    int64_t first_ms; /* of the events held; -1: none */
    int64_t last_ms;
    int64_t ingestion_ms;
    int64_t bytes;
};

struct held_event {
    struct held_stream *stream;
    int64_t timestamp;
    int64_t ingestion_ms;
    size_t start; /* of its message */
    size_t size;
};

struct held_events {
    struct emulator *emulator;
    struct arena *arena; /* the streams */
    struct held_stream *streams;
    struct held_event *events;
    size_t count;
    size_t capacity;
    struct strbuf messages;
    struct loop_timer *timer;
};

static void forget(struct held_events *held) {
    loop_cancel_timer(held->timer);
    held->timer = NULL;
    held->streams = NULL;
    held->count = 0;
    strbuf_clear(&held->messages);
    arena_clear(held->arena);
}

/* As the store asks for it. */
static void write_events(void *argument) {
    struct held_events *held = argument;
    struct store *store = emulator_store(held->emulator);
    struct text messages = strbuf_text(&held->messages);
    for (size_t i = 0; i < held->count; i++) {
        const struct held_event *event = &held->events[i];
        logs_store_add_event(store, event->stream->target.group_id, event->stream->target.stream_id,
                             event->timestamp, text_slice(messages, event->start, event->size),
                             event->ingestion_ms);
    }
    for (const struct held_stream *stream = held->streams; stream; stream = stream->next) {
        if (stream->first_ms >= 0) {
            logs_store_note_events(store, stream->target.group_id, stream->target.stream_id, stream->first_ms,
                                   stream->last_ms, stream->ingestion_ms, stream->bytes);
        }
    }
    forget(held);
}

static void write_now(struct held_events *held) {
    store_write_held_rows(emulator_store(held->emulator), &logs_store_module);
}

static void time_over(void *argument) {
    struct held_events *held = argument;
    held->timer = NULL;
    write_now(held);
}

void *held_events_open(struct emulator *emulator) {
    struct held_events *held = xcalloc(1, sizeof *held);
    held->emulator = emulator;
    held->arena = arena_open();
    held->messages = STRBUF_INIT;
    return held;
}

void held_events_close(void *state) {
    struct held_events *held = state;
    write_now(held);
    forget(held);
    arena_close(held->arena);
    strbuf_release(&held->messages);
    free(held->events);
    free(held);
}

void held_events_resume(struct emulator *emulator, void *state) {
    (void)emulator;
    forget(state);
}

static struct held_events *state_of(struct call *call) {
    return service_state(call->emulator, &logs_service);
}

struct held_stream *held_events_stream(struct call *call, struct text group_name, struct text stream_name) {
    struct held_events *held = state_of(call);
    const struct identity *identity = &call->identity;
    for (struct held_stream *stream = held->streams; stream; stream = stream->next) {
        if (text_same(stream->stream_name, stream_name) && text_same(stream->group_name, group_name) &&
            strcmp(stream->account, identity->account) == 0 &&
            strcmp(stream->region, identity->region) == 0) {
            return stream;
        }
    }
    struct logs_target target;
    if (!logs_store_find_plain_target(call->store, identity->account, identity->region, group_name,
                                      stream_name, &target)) {
        return NULL;
    }
    struct held_stream *stream = arena_zalloc(held->arena, sizeof *stream);
    stream->account = arena_strdup(held->arena, identity->account);
    stream->region = arena_strdup(held->arena, identity->region);
    stream->group_name = arena_text(held->arena, group_name);
    stream->stream_name = arena_text(held->arena, stream_name);
    stream->target = target;
    stream->first_ms = -1;
    stream->next = held->streams;
    held->streams = stream;
    /* From here on whatever may change the stream or its group has this forgotten first. */
    store_hold_rows(call->store, &logs_store_module, write_events, held);
    return stream;
}

int64_t held_events_stream_id(const struct held_stream *stream) {
    return stream->target.stream_id;
}

void held_events_add(struct call *call, struct held_stream *stream, int64_t timestamp, struct text message) {
    struct held_events *held = state_of(call);
    if (held->count == held->capacity) {
        held->capacity = held->capacity ? held->capacity * 2 : 64;
        held->events = xrealloc(held->events, held->capacity * sizeof *held->events);
    }
    held->events[held->count++] =
        (struct held_event){stream, timestamp, call->now_ms, held->messages.size, message.size};
    strbuf_append_text(&held->messages, message);
    stream->first_ms = stream->first_ms < 0 || timestamp < stream->first_ms ? timestamp : stream->first_ms;
    stream->last_ms = timestamp > stream->last_ms ? timestamp : stream->last_ms;
    stream->ingestion_ms = call->now_ms;
    stream->bytes += (int64_t)message.size + LOGS_EVENT_OVERHEAD_BYTES;
}

void held_events_end(struct call *call) {
    struct held_events *held = state_of(call);
    if (held->messages.size > HELD_BYTES || held->count > HELD_COUNT) {
        write_now(held);
    } else if (!held->timer) {
        held->timer = loop_after_real(emulator_loop(held->emulator), HELD_AGE_MS, time_over, held);
    }
}
