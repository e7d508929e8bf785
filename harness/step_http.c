/* The step that sends one HTTP request as it stands. */
#include <string.h>

#include "emulator/core/gateway.h"
#include "harness/predicates.h"
#include "harness/scenario_run.h"
#include "harness/step_kinds.h"

struct waiting_reply {
    bool done;
    bool dropped;
    int status;
    const char *body;
    struct arena *arena;
};

static void http_replied(void *argument, struct http_reply *reply) {
    struct waiting_reply *waiting = argument;
    waiting->done = true;
    waiting->dropped = reply->drop;
    waiting->status = reply->status;
    waiting->body = arena_text_string(waiting->arena, strbuf_text(&reply->body));
    http_reply_release(reply);
}

static bool http_done(void *argument) {
    const struct waiting_reply *waiting = argument;
    return waiting->done;
}

/* Splits a URL or a path into what a request carries; the host becomes the first header. */
static void set_target(struct scenario_run *run, struct http_request *request, struct http_header *host,
                       const char *url) {
    const char *scheme = strstr(url, "://");
    const char *authority = scheme ? scheme + 3 : NULL;
    const char *path = authority ? strchr(authority, '/') : url;
    path = path ? path : "/";
    *host = (struct http_header){TEXT("host"), TEXT("127.0.0.1")};
    if (authority) {
        size_t size = strcspn(authority, "/");
        host->value = text_of(arena_printf(run->arena, "%.*s", (int)size, authority));
        request->secure = strncmp(url, "https", 5) == 0;
    }
    request->target = text_of(arena_strdup(run->arena, path));
    struct text rest = request->target;
    request->path = text_cut(&rest, '?');
    request->query = rest;
}

#define MAXIMUM_HTTP_HEADERS 32

/*
 * http: URL or path
 *   One HTTP request as it stands, to the front door (a custom resource's ResponseURL, /_stackrig/...).
 *   method: PUT             GET if not given
 *   headers: {name: value}
 *   text: BODY  or  json: VALUE
 *   status: N               200 if not given
 *   contains: TEXTS         of the answer's body
 *   save: {name: PATH}      of {status, body, json}
 */
void step_http(struct scenario_run *run, const json_t *step) {
    struct http_header headers[MAXIMUM_HTTP_HEADERS];
    const char *method = string_member(step, "method");
    const json_t *json = json_object_get(step, "json");
    const char *text = string_member(step, "text");
    char *dumped = json ? value_dump(json) : NULL;
    text = dumped ? arena_strdup(run->arena, dumped) : text ? arena_strdup(run->arena, text) : "";
    free(dumped);
    struct http_request request = {
        .method = text_of(arena_strdup(run->arena, method ? method : "GET")),
        .headers = headers,
        .header_count = 1,
        .body = text_of(text),
        .arena = run->arena,
        .socket = -1,
    };
    /* A URL out of a log message brings its line end along. */
    set_target(run, &request, &headers[0],
               arena_text_string(run->arena, text_trim(text_of(string_member(step, "http")))));
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(step, "headers"), name, value) {
        if (json_is_string(value) && request.header_count < MAXIMUM_HTTP_HEADERS) {
            headers[request.header_count++] =
                (struct http_header){text_of(arena_strdup(run->arena, name)),
                                     text_of(arena_strdup(run->arena, json_string_value(value)))};
        }
    }
    struct waiting_reply *waiting = arena_zalloc(run->arena, sizeof *waiting);
    waiting->arena = run->arena;
    struct http_request *kept = arena_alloc(run->arena, sizeof *kept);
    *kept = request;
    struct http_header *kept_headers = arena_alloc(run->arena, sizeof headers);
    memcpy(kept_headers, headers, sizeof headers);
    kept->headers = kept_headers;
    gateway_handle(run->emulator, kept, http_replied, waiting);
    if (!run_until(run, http_done, waiting, INT64_MAX) || waiting->dropped) {
        run_fail_step(run, NULL, "http: no answer arrived");
        return;
    }
    json_t *found = json_pack("{s:i, s:s}", "status", waiting->status, "body", waiting->body);
    json_t *body_json = json_loads(waiting->body, JSON_DECODE_ANY, NULL);
    json_object_set_new(found, "json", body_json ? body_json : json_null());
    json_t *wanted = json_object_get(step, "status");
    json_t *good = json_integer(200);
    run_check_value(run, "status", "HTTP status", wanted ? wanted : good, json_object_get(found, "status"));
    json_decref(good);
    struct comparison comparison = {.culprit = -1};
    const json_t *contains = json_object_get(step, "contains");
    if (contains &&
        !predicate_find("contains")->holds(&comparison, contains, json_object_get(found, "body"))) {
        char *expected = value_dump(contains);
        run_fail(run, run_position(run, "contains"), "body of the answer", expected, waiting->body, NULL);
        free(expected);
    }
    run_save_members(run, step, found);
    json_decref(found);
}
