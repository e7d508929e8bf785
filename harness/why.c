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

static void print_outline(const json_t *value, int depth);

static void indent(int depth) {
    printf("%*s", depth * 2, "");
}

static bool is_scalar(const json_t *value) {
    return !json_is_object(value) && !json_is_array(value);
}

static void print_scalar(const json_t *value) {
    if (json_is_string(value)) {
        puts(json_string_value(value));
        return;
    }
    char *dump = json_dumps(value, JSON_ENCODE_ANY);
    puts(dump ? dump : "");
    free(dump);
}

static void print_member(const char *name, const json_t *value, int depth) {
    if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
        return;
    }
    indent(depth);
    printf("%s:", name);
    if (is_scalar(value)) {
        putchar(' ');
        print_scalar(value);
    } else {
        putchar('\n');
        print_outline(value, depth + 1);
    }
}

static void print_outline(const json_t *value, int depth) {
    const char *name;
    json_t *member;
    size_t index;
    json_object_foreach((json_t *)value, name, member) {
        print_member(name, member, depth);
    }
    json_array_foreach((json_t *)value, index, member) {
        if (is_scalar(member)) {
            indent(depth);
            print_scalar(member);
        } else {
            print_outline(member, depth);
        }
    }
    if (is_scalar(value)) {
        indent(depth);
        print_scalar(value);
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
        print_outline(answer, 0);
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
