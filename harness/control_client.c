#include "harness/control_client.h"

#include <stdlib.h>
#include <string.h>

#include "emulator/io/http_client.h"

#define CONTROL_TIMEOUT_MS 10000

struct control_answer {
    struct arena *arena;
    bool done;
    int status;
    struct text body;
    const char *error;
};

static void answered(void *argument, const struct http_client_reply *reply) {
    struct control_answer *answer = argument;
    answer->done = true;
    answer->status = reply->status;
    answer->body = arena_text(answer->arena, reply->body);
    answer->error = reply->error ? arena_strdup(answer->arena, reply->error) : NULL;
}

json_t *control_get(struct arena *arena, const char *endpoint, const char *path, int *status,
                    const char **problem) {
    struct control_answer answer = {.arena = arena};
    struct loop *loop = loop_open();
    struct http_client *client = http_client_open(loop);
    size_t size = strlen(endpoint);
    while (size > 0 && endpoint[size - 1] == '/') {
        size--;
    }
    const char *url = arena_printf(arena, "%.*s%s", (int)size, endpoint, path);
    http_client_send(client, "GET", url, NULL, 0, TEXT(""), CONTROL_TIMEOUT_MS, answered, &answer);
    while (!answer.done) {
        loop_run_once(loop, -1);
    }
    http_client_close(client);
    loop_close(loop);
    *status = answer.status;
    if (answer.status == 0) {
        *problem = answer.error ? answer.error : "no answer";
        return NULL;
    }
    json_t *json = json_loadb(answer.body.data ? answer.body.data : "", answer.body.size, 0, NULL);
    if (!json) {
        *problem = arena_printf(arena, "what answers there (HTTP %d) is not stackrig", answer.status);
    }
    return json;
}

const char *control_endpoint(struct arena *arena, const char *endpoint, int64_t port, bool inherit) {
    const char *inherited = inherit && port < 0 ? getenv("AWS_ENDPOINT_URL") : NULL;
    if (endpoint) {
        return strstr(endpoint, "://") ? endpoint : arena_printf(arena, "http://%s", endpoint);
    }
    if (inherited && *inherited) {
        return inherited;
    }
    return arena_printf(arena, "http://127.0.0.1:%d", port < 0 ? 4566 : (int)port);
}
