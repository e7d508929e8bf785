/* `stackrig why STACK`: the chain of causes behind a stack's status, as text. */
#include <stdio.h>
#include <string.h>

#include "emulator/base/strbuf.h"
#include "harness/command.h"
#include "harness/control_client.h"

struct why_flags {
    int64_t port;
    const char *endpoint;
    const char *region;
    const char *account;
    bool json;
};

static const struct option_row rows[] = {
    {"--port", 'p', OPTION_INTEGER, offsetof(struct why_flags, port), "N",
     "the emulator's port, 4566 if not given", 1, 65535, NULL},
    {"--endpoint", 0, OPTION_STRING, offsetof(struct why_flags, endpoint), "URL",
     "the emulator's address; else --port, else AWS_ENDPOINT_URL", 0, 0, NULL},
    {"--region", 0, OPTION_STRING, offsetof(struct why_flags, region), "NAME", "the stack's Region", 0, 0,
     NULL},
    {"--account", 0, OPTION_STRING, offsetof(struct why_flags, account), "ID", "the stack's account", 0, 0,
     NULL},
    {"--json", 0, OPTION_FLAG, offsetof(struct why_flags, json), NULL, "the answer as it came", 0, 0, NULL},
    {0},
};

const struct option_set why_options = {
    "why",
    "stackrig why [flags] STACK",
    "Asks a running emulator why a stack is as it is: which resource failed, what its handler was asked, "
    "what it\n"
    "answered or did not, and what its log says. STACK is a name or an ARN.",
    rows,
    "STACK",
    false};

static const char *string_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

/* A text of several lines, each behind the same margin. */
static void print_block(const char *margin, const char *block) {
    struct text rest = text_of(block);
    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        printf("%s%.*s\n", margin, TEXT_ARGUMENTS(line));
    }
}

static void print_list(const char *title, const char *margin, const json_t *list) {
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) {
        if (index == 0) {
            printf("     %s\n", title);
        }
        if (json_is_string(item)) {
            print_block(margin, json_string_value(item));
        }
    }
}

/* One request to a handler: what was sent, tried, answered and logged. */
static void print_request(const json_t *request) {
    const char *kind = string_of(request, "Request");
    const char *resource = string_of(request, "Resource");
    const char *sent = string_of(request, "Sent");
    const char *handler = string_of(request, "Handler");
    printf("   %s%s%s was sent%s%s\n", kind ? kind : "A request", resource ? " of " : "",
           resource ? resource : "", sent ? " at " : "", sent ? sent : "");
    static const char *const facts[] = {"RequestId", "LambdaRequestId", "Deadline", "Answer", "Hint"};
    static const char *const titles[] = {"request id", "of Lambda", "deadline", "answer", "so"};
    if (handler) {
        printf("     %-11s %s\n", "to", handler);
    }
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const json_t *fact = json_object_get(request, facts[i]);
        char *dump = fact && !json_is_string(fact) ? json_dumps(fact, JSON_ENCODE_ANY) : NULL;
        const char *text = dump ? dump : json_string_value(fact);
        if (text) {
            printf("     %-11s %s\n", titles[i], text);
        }
        free(dump);
    }
    print_list("attempts", "       ", json_object_get(request, "Attempts"));
    print_list("its log", "     | ", json_object_get(request, "Log"));
}

static void print_requests(const json_t *requests) {
    size_t index;
    json_t *request;
    json_array_foreach((json_t *)requests, index, request) {
        print_request(request);
    }
}

static void print_resource(size_t number, const json_t *resource) {
    const char *name = string_of(resource, "Resource");
    const char *type = string_of(resource, "Type");
    const char *status = string_of(resource, "Status");
    const char *time = string_of(resource, "Time");
    const char *id = string_of(resource, "PhysicalResourceId");
    const char *reason = string_of(resource, "Reason");
    printf("\n%zu. %s (%s%s%s) is %s since %s\n", number, name ? name : "?", type ? type : "?",
           id ? ", " : "", id ? id : "", status ? status : "?", time ? time : "?");
    if (reason) {
        printf("   %s\n", reason);
    }
    print_requests(json_object_get(resource, "Requests"));
}

/* From the stack down to the handler's own words. */
static void print_chain(const json_t *answer) {
    const char *stack = string_of(answer, "Stack");
    const char *status = string_of(answer, "Status");
    const char *reason = string_of(answer, "Reason");
    const char *hint = string_of(answer, "Hint");
    printf("Stack %s is %s%s%s\n", stack ? stack : "?", status ? status : "?", reason ? ": " : "",
           reason ? reason : "");
    if (hint) {
        printf("%s\n", hint);
    }
    size_t index;
    json_t *resource;
    json_array_foreach(json_object_get(answer, "Failed"), index, resource) {
        print_resource(index + 1, resource);
    }
    if (json_array_size(json_object_get(answer, "Waiting")) > 0) {
        puts("\nNot answered yet:");
        print_requests(json_object_get(answer, "Waiting"));
    }
}

static const char *why_path(struct arena *arena, const struct why_flags *flags, const char *stack) {
    struct strbuf path = STRBUF_INIT;
    strbuf_append_string(&path, "/_stackrig/cloudformation/why?StackName=");
    strbuf_append_percent(&path, text_of(stack), NULL);
    if (flags->region) {
        strbuf_append_string(&path, "&Region=");
        strbuf_append_percent(&path, text_of(flags->region), NULL);
    }
    if (flags->account) {
        strbuf_append_string(&path, "&Account=");
        strbuf_append_percent(&path, text_of(flags->account), NULL);
    }
    const char *text = arena_text_string(arena, strbuf_text(&path));
    strbuf_release(&path);
    return text;
}

static int explain(struct arena *arena, const struct why_flags *flags, const char *stack) {
    const char *endpoint = control_endpoint(arena, flags->endpoint, flags->port, true);
    int status = 0;
    const char *problem = NULL;
    json_t *answer = control_get(arena, endpoint, why_path(arena, flags, stack), &status, &problem);
    if (!answer) {
        fprintf(stderr, "stackrig why: no emulator answers at %s: %s\n", endpoint, problem);
        return EXIT_FAILED;
    }
    if (status != 200) {
        const char *message = json_string_value(json_object_get(answer, "message"));
        fprintf(stderr, "stackrig why: %s\n", message ? message : "the emulator refused the question");
        json_decref(answer);
        return EXIT_FAILED;
    }
    if (flags->json) {
        json_dumpf(answer, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_chain(answer);
    }
    json_decref(answer);
    return EXIT_PASSED;
}

int why_command(int argc, char **argv) {
    struct why_flags flags = {.port = -1};
    int rest = 0;
    enum options_outcome outcome = options_parse(&why_options, &flags, argc, argv, &rest);
    if (outcome != OPTIONS_GOOD) {
        return outcome == OPTIONS_HELP ? EXIT_PASSED : EXIT_BAD_INPUT;
    }
    if (argc - rest != 1) {
        fputs("stackrig why: name one stack\nTry 'stackrig help why'.\n", stderr);
        return EXIT_BAD_INPUT;
    }
    struct arena *arena = arena_open();
    int status = explain(arena, &flags, argv[rest]);
    arena_close(arena);
    return status;
}
