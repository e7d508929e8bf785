/*
 * The yardstick of docs/PERFORMANCE.md: the least a libmicrohttpd server does for a POST of a small body, in
 * the mode stackrig uses it in (external epoll). Prints "ready http://127.0.0.1:PORT".
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>

static char answer[256];

static enum MHD_Result handle(void *argument, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload_data, size_t *upload_data_size, void **state) {
    (void)argument, (void)url, (void)method, (void)version, (void)upload_data;
    if (!*state) {
        *state = answer;
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        *upload_data_size = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof(answer) - 1, answer, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/x-amz-json-1.1");
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

int main(void) {
    for (size_t i = 0; i < sizeof(answer) - 1; i++) {
        answer[i] = 'a';
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
                                                 &address, MHD_OPTION_CONNECTION_LIMIT, 8192u, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "hello: cannot start\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    printf("ready http://127.0.0.1:%d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int outer = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(outer, EPOLL_CTL_ADD, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event);
    for (;;) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;
        epoll_wait(outer, &event, 1, MHD_get_timeout(daemon, &timeout_ms) == MHD_YES ? (int)timeout_ms : -1);
        MHD_run(daemon);
    }
}
