#include "emulator/io/listener.h"

#include <sys/resource.h>

#include "emulator/io/io_test.h"
#include "harness/unit_tests.h"

#define FILES 200

struct taken {
    int descriptors[FILES];
    int count;
};

static void on_accepted(void *argument, int descriptor, const struct sockaddr *address, socklen_t size) {
    struct taken *taken = argument;
    (void)address;
    (void)size;
    taken->descriptors[taken->count++] = descriptor;
}

/* The clients live in this process and take descriptors, too. */
static void clients_leave_descriptors_to_us(void) {
    struct rlimit before;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = FILES, .rlim_max = before.rlim_max};
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct loop *loop = loop_open();
    struct taken taken = {0};
    struct listener *listener = listener_open(loop, "127.0.0.1", 0, on_accepted, &taken);
    CU_ASSERT_PTR_NOT_NULL_FATAL(listener);
    int clients[FILES / 2];
    int count = 0;
    struct strbuf received = STRBUF_INIT;
    bool refused = false;
    while (!refused && count < FILES / 2) {
        int known = taken.count;
        int client = client_connect(listener_port(listener));
        clients[count++] = client;
        for (int round = 0; round < 1000 && taken.count == known && !refused; round++) {
            loop_run_once(loop, 1);
            refused = !client_read(client, &received);
        }
    }
    CU_ASSERT(refused);
    CU_ASSERT(taken.count > 10);
    int pipe_ends[2];
    CU_ASSERT_EQUAL(pipe(pipe_ends), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);

    close(taken.descriptors[--taken.count]); /* some go, the next is taken */
    close(taken.descriptors[--taken.count]);
    int known = taken.count;
    int client = client_connect(listener_port(listener));
    for (int round = 0; round < 1000 && taken.count == known; round++) {
        loop_run_once(loop, 1);
    }
    CU_ASSERT_EQUAL(taken.count, known + 1);
    close(client);
    while (taken.count > 0) {
        close(taken.descriptors[--taken.count]);
    }
    while (count > 0) {
        close(clients[--count]);
    }
    strbuf_release(&received);
    listener_close(listener);
    loop_close(loop);
    setrlimit(RLIMIT_NOFILE, &before);
}

void listener_test(void) {
    unit_test("clients do not take the last descriptors", clients_leave_descriptors_to_us);
}
