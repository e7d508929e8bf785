/*
 * The library that handler processes preload: AWS's host names lead to the emulator, and nothing leaves the
 * machine unless it is allowed. It changes look-up of names, connect() and datagrams with an address; all
 * else is left alone, and everything when STACKRIG_INTERPOSE is absent:
 *
 *   STACKRIG_INTERPOSE="plain=PORT,tls=PORT[,deny=1][,allow=NAME;NAME...][,own=NAME;NAME...]"
 *
 * A name of AWS resolves to a reserved address of the loopback network. A connection to that address goes to
 * 127.0.0.1: port 443 to the TLS port, port 80 to the plain one, any other is refused. So a real service on
 * localhost:443 stays reachable. Clients put the name into SNI and the Host header, so the emulator knows it.
 *
 *   deny    other names do not resolve (EAI_NONAME) and addresses beyond loopback are out of reach
 *           (ENETUNREACH, as on a machine without a network); each is told once on standard error
 *   allow   exceptions to deny: names (*.example.com for all below), numeric addresses, or * for everything
 *   own     more names that lead to the emulator
 *
 * Not covered: static programs and those that make system calls themselves (Go), and clients with a resolver
 * of their own (c-ares), whose datagrams `deny` stops. It runs in any thread, after fork() and in signal
 * handlers, so it takes no lock and allocates nothing after it was loaded.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulator/interpose/rules.h"

/* 127.'S'.'R'.'G': nobody listens there by accident. */
#define RESERVED_ADDRESS "127.83.82.71"
#define RESERVED_ADDRESS_NUMBER UINT32_C(0x7f535247)

struct real_functions {
    int (*connect)(int, const struct sockaddr *, socklen_t);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    ssize_t (*sendmsg)(int, const struct msghdr *, int);
    int (*sendmmsg)(int, struct mmsghdr *, unsigned, int);
    int (*getaddrinfo)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    struct hostent *(*gethostbyname)(const char *);
    struct hostent *(*gethostbyname2)(const char *, int);
    int (*gethostbyname_r)(const char *, struct hostent *, char *, size_t, struct hostent **, int *);
    int (*gethostbyname2_r)(const char *, int, struct hostent *, char *, size_t, struct hostent **, int *);
};

/* Written once by start(), only read afterwards. */
static struct rules rules;
static struct real_functions real;
static pthread_once_t started = PTHREAD_ONCE_INIT;

static struct number_set allowed_addresses; /* what the allowed names resolved to */

/* ---- Start ---- */

static void load(void *place, const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    memcpy(place, &function, sizeof(function));
}

static void start(void) {
    int before = errno;
    load(&real.connect, "connect");
    load(&real.sendto, "sendto");
    load(&real.sendmsg, "sendmsg");
    load(&real.sendmmsg, "sendmmsg");
    load(&real.getaddrinfo, "getaddrinfo");
    load(&real.gethostbyname, "gethostbyname");
    load(&real.gethostbyname2, "gethostbyname2");
    load(&real.gethostbyname_r, "gethostbyname_r");
    load(&real.gethostbyname2_r, "gethostbyname2_r");
    rules_read(&rules, getenv("STACKRIG_INTERPOSE"));
    errno = before;
}

/* Loaded early, so that later calls find everything in place; a constructor of another library may call one
 * of our functions even earlier, hence the "once". */
static __attribute__((constructor)) void start_when_loaded(void) {
    pthread_once(&started, start);
}

static const struct rules *current(void) {
    pthread_once(&started, start);
    return &rules;
}

/* ---- Addresses ---- */

/* The IPv4 address, in host order, of AF_INET and of IPv6's mapped form. */
static bool ipv4_of(const struct sockaddr *address, socklen_t size, uint32_t *number, uint16_t *port) {
    if (address->sa_family == AF_INET && size >= (socklen_t)sizeof(struct sockaddr_in)) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof(ipv4));
        *number = ntohl(ipv4.sin_addr.s_addr);
        *port = ntohs(ipv4.sin_port);
        return true;
    }
    if (address->sa_family == AF_INET6 && size >= (socklen_t)sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof(ipv6));
        if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
            uint32_t part;
            memcpy(&part, &ipv6.sin6_addr.s6_addr[12], sizeof(part));
            *number = ntohl(part);
            *port = ntohs(ipv6.sin6_port);
            return true;
        }
    }
    return false;
}

static bool is_loopback(const struct sockaddr *address, socklen_t size) {
    uint32_t number;
    uint16_t port;
    if (ipv4_of(address, size, &number, &port)) {
        return number >> 24 == 127 || number == INADDR_ANY;
    }
    struct sockaddr_in6 ipv6;
    if (address->sa_family != AF_INET6 || size < (socklen_t)sizeof(ipv6)) {
        return true; /* not of the internet; or too short, which the system will say itself */
    }
    memcpy(&ipv6, address, sizeof(ipv6));
    return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&ipv6.sin6_addr);
}

/* The same for an IPv4 address and its mapped form. */
static uint64_t address_hash(const struct sockaddr *address, socklen_t size) {
    uint32_t number;
    uint16_t port;
    if (ipv4_of(address, size, &number, &port)) {
        return number_hash(&number, sizeof(number));
    }
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, address, sizeof(ipv6));
    return number_hash(&ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
}

static void print_address(const struct sockaddr *address, socklen_t size, char text[INET6_ADDRSTRLEN]) {
    uint32_t number;
    uint16_t port;
    text[0] = '\0';
    if (ipv4_of(address, size, &number, &port)) {
        struct in_addr ipv4 = {htonl(number)};
        inet_ntop(AF_INET, &ipv4, text, INET6_ADDRSTRLEN);
        return;
    }
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, address, sizeof(ipv6));
    inet_ntop(AF_INET6, &ipv6.sin6_addr, text, INET6_ADDRSTRLEN);
}

/* True when `deny` forbids it; says so. */
static bool is_denied(const struct sockaddr *address, socklen_t size) {
    const struct rules *now = current();
    if (!now->active || !now->deny || !address || size < (socklen_t)sizeof(sa_family_t) ||
        is_loopback(address, size) || number_set_has(&allowed_addresses, address_hash(address, size))) {
        return false;
    }
    char text[INET6_ADDRSTRLEN];
    print_address(address, size, text);
    if (rules_list_has(text, now->allowed)) {
        return false;
    }
    rules_tell(now, text);
    return true;
}

/* ---- connect() ---- */

static int connect_to_emulator(int socket, sa_family_t family, uint16_t port) {
    uint16_t target = port == 443 ? rules.tls_port : port == 80 ? rules.plain_port : 0;
    if (target == 0) {
        errno = ECONNREFUSED;
        return -1;
    }
    if (family == AF_INET) {
        struct sockaddr_in ipv4 = {
            .sin_family = AF_INET, .sin_port = htons(target), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        return real.connect(socket, (const struct sockaddr *)&ipv4, sizeof(ipv4));
    }
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(target)};
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &ipv6.sin6_addr);
    return real.connect(socket, (const struct sockaddr *)&ipv6, sizeof(ipv6));
}

int connect(int socket, const struct sockaddr *address, socklen_t size) {
    const struct rules *now = current();
    if (!now->active || !address || size < (socklen_t)sizeof(sa_family_t)) {
        return real.connect(socket, address, size);
    }
    uint32_t number;
    uint16_t port;
    if (ipv4_of(address, size, &number, &port) && number == RESERVED_ADDRESS_NUMBER) {
        return connect_to_emulator(socket, address->sa_family, port);
    }
    if (is_denied(address, size)) {
        errno = ENETUNREACH;
        return -1;
    }
    return real.connect(socket, address, size);
}

/* ---- Datagrams with an address ---- */

ssize_t sendto(int socket, const void *bytes, size_t size, int flags, const struct sockaddr *address,
               socklen_t address_size) {
    if (is_denied(address, address_size)) {
        errno = ENETUNREACH;
        return -1;
    }
    return real.sendto(socket, bytes, size, flags, address, address_size);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    if (message && is_denied(message->msg_name, message->msg_namelen)) {
        errno = ENETUNREACH;
        return -1;
    }
    return real.sendmsg(socket, message, flags);
}

int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags) {
    for (unsigned i = 0; messages && i < count; i++) {
        if (is_denied(messages[i].msg_hdr.msg_name, messages[i].msg_hdr.msg_namelen)) {
            errno = ENETUNREACH;
            return -1;
        }
    }
    return real.sendmmsg(socket, messages, count, flags);
}

/* ---- Look-up ---- */

static int look_up_emulator(const char *name, const char *service, const struct addrinfo *hints,
                            struct addrinfo **result) {
    struct addrinfo own = {.ai_flags = AI_V4MAPPED};
    if (hints) {
        own = (struct addrinfo){.ai_flags = hints->ai_flags,
                                .ai_family = hints->ai_family,
                                .ai_socktype = hints->ai_socktype,
                                .ai_protocol = hints->ai_protocol};
    }
    if ((own.ai_flags & AI_NUMERICHOST) || (own.ai_family == AF_INET6 && !(own.ai_flags & AI_V4MAPPED))) {
        return EAI_NONAME;
    }
    if (own.ai_family == AF_UNSPEC) {
        own.ai_family = AF_INET;
    }
    /* Loopback is always there, whatever addresses the machine's interfaces have. */
    own.ai_flags &= ~AI_ADDRCONFIG;
    int status = real.getaddrinfo(RESERVED_ADDRESS, service, &own, result);
    if (status == 0 && (*result)->ai_canonname) {
        char *asked = strdup(name);
        if (asked) {
            free((*result)->ai_canonname);
            (*result)->ai_canonname = asked;
        }
    }
    return status;
}

static void remember_addresses(const struct addrinfo *found) {
    for (; found; found = found->ai_next) {
        if (found->ai_family == AF_INET || found->ai_family == AF_INET6) {
            number_set_add(&allowed_addresses, address_hash(found->ai_addr, found->ai_addrlen));
        }
    }
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    enum way way = rules_way_of(current(), name);
    if (way == WAY_EMULATOR) {
        return look_up_emulator(name, service, hints, result);
    }
    if (way == WAY_DENIED) {
        return EAI_NONAME;
    }
    int status = real.getaddrinfo(name, service, hints, result);
    if (status == 0 && way == WAY_ALLOWED) {
        remember_addresses(*result);
    }
    return status;
}

static void remember_host(const struct hostent *host) {
    for (char **at = host ? host->h_addr_list : NULL; at && *at; at++) {
        if (host->h_addrtype == AF_INET) {
            struct sockaddr_in ipv4 = {.sin_family = AF_INET};
            memcpy(&ipv4.sin_addr, *at, sizeof(ipv4.sin_addr));
            number_set_add(&allowed_addresses, address_hash((const struct sockaddr *)&ipv4, sizeof(ipv4)));
        } else if (host->h_addrtype == AF_INET6) {
            struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
            memcpy(&ipv6.sin6_addr, *at, sizeof(ipv6.sin6_addr));
            number_set_add(&allowed_addresses, address_hash((const struct sockaddr *)&ipv6, sizeof(ipv6)));
        }
    }
}

/* The name to ask the system for, or NULL: there is no such host. */
static const char *name_to_ask(const char *name, int family, enum way way) {
    if (way == WAY_EMULATOR) {
        return family == AF_INET ? RESERVED_ADDRESS : NULL;
    }
    return way == WAY_DENIED ? NULL : name;
}

struct hostent *gethostbyname2(const char *name, int family) {
    enum way way = rules_way_of(current(), name);
    const char *asked = name_to_ask(name, family, way);
    if (!asked) {
        h_errno = HOST_NOT_FOUND;
        return NULL;
    }
    struct hostent *host = real.gethostbyname2(asked, family);
    if (way == WAY_ALLOWED) {
        remember_host(host);
    }
    return host;
}

struct hostent *gethostbyname(const char *name) {
    enum way way = rules_way_of(current(), name);
    const char *asked = name_to_ask(name, AF_INET, way);
    if (!asked) {
        h_errno = HOST_NOT_FOUND;
        return NULL;
    }
    struct hostent *host = real.gethostbyname(asked);
    if (way == WAY_ALLOWED) {
        remember_host(host);
    }
    return host;
}

/* glibc's way to say "no such host": success without a result. */
static int no_such_host(struct hostent **result, int *error) {
    *result = NULL;
    *error = HOST_NOT_FOUND;
    return 0;
}

int gethostbyname2_r(const char *name, int family, struct hostent *host, char *buffer, size_t size,
                     struct hostent **result, int *error) {
    enum way way = rules_way_of(current(), name);
    const char *asked = name_to_ask(name, family, way);
    if (!asked) {
        return no_such_host(result, error);
    }
    int status = real.gethostbyname2_r(asked, family, host, buffer, size, result, error);
    if (status == 0 && way == WAY_ALLOWED) {
        remember_host(*result);
    }
    return status;
}

int gethostbyname_r(const char *name, struct hostent *host, char *buffer, size_t size,
                    struct hostent **result, int *error) {
    enum way way = rules_way_of(current(), name);
    const char *asked = name_to_ask(name, AF_INET, way);
    if (!asked) {
        return no_such_host(result, error);
    }
    int status = real.gethostbyname_r(asked, host, buffer, size, result, error);
    if (status == 0 && way == WAY_ALLOWED) {
        remember_host(*result);
    }
    return status;
}
