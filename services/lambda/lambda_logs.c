#include "services/lambda/lambda_logs.h"

#include "emulator/base/crypto.h"

#define TAIL_BYTES 4096
/* Room that PutLogEvents leaves: 1 MiB and 10000 events a call; one event at most 256 KiB. */
#define BATCH_BYTES ((size_t)900 * 1024)
#define EVENT_BYTES ((size_t)255 * 1024)
#define FRAME_HEAD (sizeof(LOG_FRAME_START) - 1 + 8)
/* A line that never ends is cut here, so that a handler cannot make us grow. */
#define LINE_BYTES EVENT_BYTES

void environment_log_init(struct environment_log *log, struct emulator *emulator) {
    *log = (struct environment_log){
        .emulator = emulator, .partial = STRBUF_INIT, .events = STRBUF_INIT, .tail = STRBUF_INIT};
}

void environment_log_release(struct environment_log *log) {
    strbuf_release(&log->partial);
    strbuf_release(&log->events);
    strbuf_release(&log->tail);
}

/* ---- calls to CloudWatch Logs ---- */

static void start_call(struct environment_log *log, const char *operation, struct text input) {
    call_start(log->emulator,
               &(struct call_request){.service = "logs",
                                      .operation = operation,
                                      .input = input,
                                      .caller = identity_of_service("lambda.amazonaws.com",
                                                                    log->owner.account, log->owner.region),
                                      .origin = "lambda"},
               NULL, NULL);
}

static void begin_input(struct environment_log *log, struct strbuf *input, bool with_stream) {
    strbuf_append_string(input, "{\"logGroupName\":");
    json_write_string(input, text_of(log->group));
    if (with_stream) {
        strbuf_append_string(input, ",\"logStreamName\":");
        json_write_string(input, text_of(log->stream));
    }
}

void environment_log_announce(struct environment_log *log) {
    if (log->announced) {
        return;
    }
    log->announced = true;
    struct strbuf input = STRBUF_INIT;
    begin_input(log, &input, false);
    strbuf_append_char(&input, '}');
    start_call(log, "CreateLogGroup", strbuf_text(&input));
    strbuf_clear(&input);
    begin_input(log, &input, true);
    strbuf_append_char(&input, '}');
    start_call(log, "CreateLogStream", strbuf_text(&input));
    strbuf_release(&input);
}

static void deliver(struct environment_log *log) {
    if (log->events.size == 0) {
        return;
    }
    environment_log_announce(log);
    struct strbuf input = STRBUF_INIT;
    begin_input(log, &input, true);
    strbuf_append_string(&input, ",\"logEvents\":[");
    strbuf_append_text(&input, strbuf_text(&log->events));
    strbuf_append_string(&input, "]}");
    start_call(log, "PutLogEvents", strbuf_text(&input));
    strbuf_release(&input);
    strbuf_clear(&log->events);
}

/* ---- events ---- */

/* Bytes that are not UTF-8 cannot travel in JSON: they become U+FFFD. */
static void append_json_text(struct strbuf *buffer, struct text bytes) {
    size_t start = buffer->size;
    json_write_string(buffer, bytes);
    struct arena *arena = arena_open();
    if (!json_parse(arena, text_slice(strbuf_text(buffer), start, buffer->size), NULL)) {
        strbuf_truncate(buffer, start);
        struct strbuf clean = STRBUF_INIT;
        for (size_t i = 0; i < bytes.size; i++) {
            if ((unsigned char)bytes.data[i] < 0x80) {
                strbuf_append_char(&clean, bytes.data[i]);
            } else if (i == 0 || (unsigned char)bytes.data[i - 1] < 0x80) {
                strbuf_append_string(&clean, "\xef\xbf\xbd");
            }
        }
        json_write_string(buffer, strbuf_text(&clean));
        strbuf_release(&clean);
    }
    arena_close(arena);
}

static bool is_ascii(struct text bytes) {
    for (size_t i = 0; i < bytes.size; i++) {
        if ((unsigned char)bytes.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static void add_event(struct environment_log *log, struct text message) {
    if (message.size == 0) {
        return;
    }
    strbuf_append_text(&log->tail, message);
    if (log->tail.size > 16 * TAIL_BYTES) {
        memmove(log->tail.data, log->tail.data + log->tail.size - TAIL_BYTES, TAIL_BYTES);
        strbuf_truncate(&log->tail, TAIL_BYTES);
    }
    if (message.size > EVENT_BYTES) {
        message.size = EVENT_BYTES;
    }
    if (log->events.size + message.size > BATCH_BYTES) {
        deliver(log);
    }
    strbuf_append_string(&log->events, log->events.size ? ",{\"timestamp\":" : "{\"timestamp\":");
    strbuf_append_int64(&log->events, emulator_now_ms(log->emulator));
    strbuf_append_string(&log->events, ",\"message\":");
    if (is_ascii(message)) {
        json_write_string(&log->events, message);
    } else {
        append_json_text(&log->events, message);
    }
    strbuf_append_char(&log->events, '}');
}

static void end_partial(struct environment_log *log) {
    if (log->partial.size > 0) {
        add_event(log, strbuf_text(&log->partial));
        strbuf_clear(&log->partial);
    }
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Size of the frame that begins here: its message. -1: no frame, -2: not all of its head is here. */
static long frame_size(struct text bytes) {
    size_t marks = sizeof(LOG_FRAME_START) - 1;
    size_t known = bytes.size < marks ? bytes.size : marks;
    if (memcmp(bytes.data, LOG_FRAME_START, known) != 0) {
        return -1;
    }
    long size = 0;
    for (size_t i = marks; i < FRAME_HEAD; i++) {
        if (i >= bytes.size) {
            return -2;
        }
        int digit = hex_digit(bytes.data[i]);
        if (digit < 0) {
            return -1;
        }
        size = size * 16 + digit;
    }
    return size <= (long)EVENT_BYTES * 64 ? size : -1;
}

/* Takes one event off the front. False: more bytes are needed. */
static bool take_event(struct environment_log *log, struct text *rest) {
    long size = rest->data[0] == LOG_FRAME_START[0] ? frame_size(*rest) : -1;
    if (size == -2 || (size >= 0 && rest->size < FRAME_HEAD + (size_t)size)) {
        return false;
    }
    size_t end;
    struct text message;
    if (size >= 0) {
        end = FRAME_HEAD + (size_t)size;
        message = text_slice(*rest, FRAME_HEAD, (size_t)size);
    } else {
        const char *newline = memchr(rest->data, '\n', rest->size);
        const char *frame = memchr(rest->data + 1, LOG_FRAME_START[0], rest->size - 1);
        if (frame && (!newline || frame < newline) &&
            frame_size(text_slice(*rest, (size_t)(frame - rest->data), rest->size)) != -1) {
            end = (size_t)(frame - rest->data);
        } else if (newline) {
            end = (size_t)(newline - rest->data) + 1;
        } else if (rest->size > LINE_BYTES) {
            end = LINE_BYTES;
        } else {
            return false;
        }
        message = text_slice(*rest, 0, end);
    }
    add_event(log, message);
    *rest = text_slice(*rest, end, rest->size);
    return true;
}

void environment_log_output(struct environment_log *log, struct text bytes) {
    struct strbuf joined = STRBUF_INIT;
    struct text rest = bytes;
    if (log->partial.size > 0) {
        strbuf_append_text(&joined, strbuf_text(&log->partial));
        strbuf_append_text(&joined, bytes);
        strbuf_clear(&log->partial);
        rest = strbuf_text(&joined);
    }
    while (rest.size > 0 && take_event(log, &rest)) {
    }
    strbuf_append_text(&log->partial, rest);
    strbuf_release(&joined);
}

void environment_log_event(struct environment_log *log, struct text message) {
    end_partial(log);
    add_event(log, message);
}

void environment_log_printf(struct environment_log *log, const char *format, ...) {
    struct strbuf line = STRBUF_INIT;
    va_list arguments;
    va_start(arguments, format);
    strbuf_vprintf(&line, format, arguments);
    va_end(arguments);
    environment_log_event(log, strbuf_text(&line));
    strbuf_release(&line);
}

void environment_log_record(struct environment_log *log, const char *type, const char *format, ...) {
    struct strbuf line = STRBUF_INIT;
    strbuf_append_string(&line, "{\"time\":\"");
    clock_format_iso_ms(&line, emulator_now_ms(log->emulator));
    strbuf_printf(&line, "\",\"type\":\"%s\",\"record\":{", type);
    va_list arguments;
    va_start(arguments, format);
    strbuf_vprintf(&line, format, arguments);
    va_end(arguments);
    strbuf_append_string(&line, "}}\n");
    environment_log_event(log, strbuf_text(&line));
    strbuf_release(&line);
}

void environment_log_flush(struct environment_log *log) {
    end_partial(log);
    deliver(log);
}

void environment_log_append_tail(struct environment_log *log, struct strbuf *buffer) {
    struct text tail = strbuf_text(&log->tail);
    if (tail.size > TAIL_BYTES) {
        tail = text_slice(tail, tail.size - TAIL_BYTES, TAIL_BYTES);
    }
    crypto_append_base64(buffer, tail.data ? tail : TEXT(""));
}
