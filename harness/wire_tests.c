/*
 * Wire tests: fixtures/wire/SERVICE/CASE/ holds request.http and response.http, or 01-request.http,
 * 01-response.http, 02-... for several steps. Each case runs against an emulator of its own, through the
 * gateway, without a socket.
 *
 * A response file names the status, the headers that matter (others are not looked at) and the whole body,
 * with the placeholders of wire_pattern.h. Lines that begin with '#' before the first line say where a case
 * is from.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "emulator/base/die.h"
#include "emulator/core/gateway.h"
#include "harness/file_text.h"
#include "harness/wire_pattern.h"
#include "services/services.h"

#define FIXTURES "fixtures/wire"
#define REAL_LIMIT_MS 20000

struct wire_case {
    const char *path;
    struct arena *arena;
    struct emulator *emulator;
    struct wire_captures captures;
};

struct wire_reply {
    bool done;
    struct http_reply reply;
};

static void replied(void *argument, struct http_reply *reply) {
    struct wire_reply *waiting = argument;
    waiting->done = true;
    waiting->reply = *reply;
    reply->body = STRBUF_INIT;
}

static bool is_done(void *argument) {
    const struct wire_reply *waiting = argument;
    return waiting->done;
}

/* ---- reading ---- */

/* The file without its leading comments and its last line end; in the arena. Absent: it cannot be read. */
static struct text read_fixture(struct arena *arena, const char *path) {
    struct file_text file;
    if (!file_text_read(path, &file)) {
        return TEXT_NONE;
    }
    struct text text = arena_text(arena, file.text);
    file_text_release(&file);
    while (text_starts_with(text, "#")) {
        text_cut(&text, '\n');
    }
    if (text_ends_with(text, "\n")) {
        text.size--;
    }
    return text;
}

/* A line without its line end, which may be CRLF. */
static struct text take_line(struct text *rest) {
    struct text line = text_cut(rest, '\n');
    return text_ends_with(line, "\r") ? text_slice(line, 0, line.size - 1) : line;
}

/* ---- comparing ---- */

static bool complain(const struct wire_case *test, const char *step, const char *what, struct text expected,
                     struct text found) {
    printf("FAIL %s/%s: %s\n  expected: %.*s\n  found:    %.*s\n", test->path, step, what,
           TEXT_ARGUMENTS(expected), TEXT_ARGUMENTS(found));
    return false;
}

static struct text reply_header(const struct http_reply *reply, struct text name) {
    for (size_t i = 0; i < reply->header_count; i++) {
        struct text present = reply->headers[i].name;
        if (present.size == name.size && strncasecmp(present.data, name.data, name.size) == 0) {
            return reply->headers[i].value;
        }
    }
    return TEXT_NONE;
}

static bool compare_status(struct wire_case *test, const char *step, struct text line,
                           const struct http_reply *reply) {
    struct text rest = line;
    text_cut(&rest, ' ');
    struct text code = rest.data ? text_cut(&rest, ' ') : TEXT("");
    char found[16];
    snprintf(found, sizeof found, "%d", reply->status);
    return text_equals(code, found) || complain(test, step, "status", code, text_of(found));
}

static bool compare_header(struct wire_case *test, const char *step, struct text line,
                           const struct http_reply *reply) {
    struct text value = line;
    struct text name = text_cut(&value, ':');
    value = value.data ? text_trim(value) : TEXT("");
    struct text found = reply_header(reply, name);
    if (!found.data || !wire_pattern_match(&test->captures, value, found, NULL)) {
        return complain(test, step, "header", line, found.data ? found : TEXT("(no such header)"));
    }
    return true;
}

static bool compare_body(struct wire_case *test, const char *step, struct text expected,
                         const struct http_reply *reply) {
    struct text found = strbuf_text(&reply->body);
    found = found.data ? found : TEXT("");
    if (text_ends_with(found, "\n")) {
        found.size--;
    }
    size_t reached = 0;
    if (wire_pattern_match(&test->captures, expected, found, &reached)) {
        return true;
    }
    complain(test, step, "body", expected, found);
    printf("  the same up to byte %zu: ...%.*s\n", reached,
           TEXT_ARGUMENTS(text_slice(found, reached > 30 ? reached - 30 : 0, 60)));
    return false;
}

static bool compare(struct wire_case *test, const char *step, struct text expected,
                    const struct http_reply *reply) {
    struct text rest = expected;
    bool good = compare_status(test, step, take_line(&rest), reply);
    while (rest.data) {
        struct text line = take_line(&rest);
        if (line.size == 0) {
            break;
        }
        good = compare_header(test, step, line, reply) && good;
    }
    return compare_body(test, step, rest.data ? rest : TEXT(""), reply) && good;
}

/* ---- running ---- */

static bool run_step(struct wire_case *test, const char *request_name) {
    struct arena *arena = test->arena;
    size_t prefix = strlen(request_name) - strlen("request.http");
    const char *request_path = arena_printf(arena, "%s/%s", test->path, request_name);
    const char *response_path =
        arena_printf(arena, "%s/%.*sresponse.http", test->path, (int)prefix, request_name);
    struct text source = read_fixture(arena, request_path);
    struct text expected = read_fixture(arena, response_path);
    struct http_request *request = arena_zalloc(arena, sizeof *request);
    request->arena = arena;
    if (!source.data || !expected.data) {
        return complain(test, request_name, "cannot be read", text_of(response_path),
                        text_of(strerror(errno)));
    }
    if (!http_request_parse(arena, wire_pattern_expand(&test->captures, source), request)) {
        return complain(test, request_name, "is not an HTTP request", TEXT(""), source);
    }
    request->socket = -1;
    struct wire_reply *waiting = arena_zalloc(arena, sizeof *waiting);
    gateway_handle(test->emulator, request, replied, waiting);
    if (!emulator_run_until(test->emulator, is_done, waiting, INT64_MAX, REAL_LIMIT_MS)) {
        return complain(test, request_name, "no answer", expected, TEXT(""));
    }
    bool good = compare(test, request_name, expected, &waiting->reply);
    http_reply_release(&waiting->reply);
    return good;
}

static int is_request(const struct dirent *entry) {
    return text_ends_with(text_of(entry->d_name), "request.http");
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool run_case(const char *path) {
    struct emulator_options options = {
        .services = services_all(), .clock = CLOCK_VIRTUAL, .seed = 1, .port = -1};
    const char *message = NULL;
    struct wire_case test = {
        .path = path, .arena = arena_open(), .emulator = emulator_open(&options, &message)};
    if (!test.emulator) {
        die("%s", message);
    }
    test.captures.arena = test.arena;
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_request, by_bytes);
    bool good = count > 0;
    if (count <= 0) {
        printf("FAIL %s: holds no request.http\n", path);
    }
    for (int i = 0; i < count; i++) {
        good = good && run_step(&test, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    emulator_close(test.emulator);
    arena_close(test.arena);
    return good;
}

struct tally {
    int passed;
    int failed;
};

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* SERVICE/CASE: cases are folders two levels down. */
static void run_folder(struct arena *arena, const char *path, int depth, const char *wanted,
                       struct tally *tally) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, by_bytes);
    for (int i = 0; i < count; i++) {
        const char *inner = arena_printf(arena, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        if (!is_folder(inner)) {
            continue;
        }
        if (depth == 0) {
            run_folder(arena, inner, 1, wanted, tally);
        } else if (!wanted || strstr(inner, wanted)) {
            bool good = run_case(inner);
            tally->passed += good;
            tally->failed += !good;
        }
    }
    free(entries);
}

int main(int argc, char **argv) {
    struct arena *arena = arena_open();
    struct tally tally = {0};
    run_folder(arena, FIXTURES, 0, argc > 1 ? argv[1] : NULL, &tally);
    printf("wire: %d passed, %d failed\n", tally.passed, tally.failed);
    arena_close(arena);
    return tally.failed > 0 ? 1 : 0;
}
