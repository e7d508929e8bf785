#include "emulator/core/foreign_page.h"

#include <arpa/inet.h>

const struct error_shape error_foreign_page = {.name = "AccessDenied", .status = 403};

/* "https://example.com:8080" to "example.com"; absent for "null" and what is no origin. */
static struct text host_of(struct text origin) {
    ptrdiff_t mark = text_find(origin, "://");
    if (mark < 0) {
        return TEXT_NONE;
    }
    struct text host = text_slice(origin, (size_t)mark + 3, origin.size);
    if (text_starts_with(host, "[")) {
        struct text rest = text_slice(host, 1, host.size);
        return text_cut(&rest, ']');
    }
    return text_cut(&host, ':');
}

static bool is_loopback(struct text host) {
    char name[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    if (host.size >= sizeof name) {
        return false;
    }
    snprintf(name, sizeof name, "%.*s", TEXT_ARGUMENTS(host));
    return inet_pton(AF_INET, name, &v4) == 1
               ? ntohl(v4.s_addr) >> 24 == 127
               : inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool comes_from_foreign_page(const struct http_request *request) {
    struct text origin = http_request_header(request, "Origin");
    if (!origin.data) {
        return false;
    }
    struct text host = host_of(origin);
    return !host.data || (!text_equals_ignore_case(host, "localhost") &&
                          !text_ends_with(host, ".localhost") && !is_loopback(host));
}
