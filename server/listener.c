#include "listener.h"

#include "log.h"
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPTS_MIN = 4, ACCEPTS_MAX = 64, PAUSE_MS = 100 };
static const int64_t TELL_NS = 10000000000; /* between two lines of the log */
static const int64_t LONG_TURN_NS = 5000000;

struct listener {
    struct event *readable, *resume;
    struct conn_table *conns;
    evutil_socket_t fd;
    int accepts;     /* so many at most in this turn */
    int64_t told_ns; /* when the log last had a pause; 0: never */
};

static int set_port(struct sockaddr_storage *ss, int port)
{
    in_port_t *slot = ss->ss_family == AF_INET ? &((struct sockaddr_in *)ss)->sin_port
                                               : &((struct sockaddr_in6 *)ss)->sin6_port;
    if (port >= 0)
        *slot = htons((uint16_t)port);
    return ntohs(*slot);
}

/* libevent's parser knows no port 0, so the host goes through it with another one. */
static bool parse(const char *address, struct sockaddr_storage *ss, socklen_t *len)
{
    char host[256], *end;
    int n = (int)sizeof *ss;
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon[1] < '0' || colon[1] > '9')
        return false;
    long port = strtol(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535 ||
        snprintf(host, sizeof host, "%.*s:1", (int)(colon - address), address) >= (int)sizeof host ||
        evutil_parse_sockaddr_port(host, (struct sockaddr *)ss, &n) != 0)
        return false;
    set_port(ss, (int)port);
    *len = (socklen_t)n;
    return true;
}

bool listener_is_loopback(const char *address)
{
    struct sockaddr_storage ss = {0};
    socklen_t len;
    if (!parse(address, &ss, &len))
        return false;
    if (ss.ss_family == AF_INET)
        return (ntohl(((struct sockaddr_in *)&ss)->sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&ss)->sin6_addr);
}

static void pause_accepting(struct listener *l)
{
    struct timeval tv = {.tv_usec = PAUSE_MS * 1000};
    const char *why = strerror(errno);
    int64_t now_ns = monotonic_ns();
    atomic_fetch_add_explicit(&loop_stats(conn_table_loop(l->conns))->accept_pauses, 1, memory_order_relaxed);
    if (l->told_ns == 0 || now_ns - l->told_ns > TELL_NS) {
        log_event(LOG_WARN, "accept_paused", "why", why, NULL);
        l->told_ns = now_ns;
    }
    event_del(l->readable);
    event_add(l->resume, &tv);
}

static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct listener *l = ctx;
    if (event_add(l->readable, NULL) != 0) /* no memory for it: as good a reason to wait */
        pause_accepting(l);
}

/* Who connects brings work for the next turns (a TLS handshake takes most of a millisecond). When turns
 * become long, fewer are let in at once: the others wait in the kernel's queue, and those who are in have
 * their turns. */
static int accepts_now(struct listener *l)
{
    bool is_long = loop_stats(conn_table_loop(l->conns))->turns.took_ns > LONG_TURN_NS;
    int more = l->accepts + ACCEPTS_MIN < ACCEPTS_MAX ? l->accepts + ACCEPTS_MIN : ACCEPTS_MAX;
    int fewer = l->accepts / 2 > ACCEPTS_MIN ? l->accepts / 2 : ACCEPTS_MIN;
    l->accepts = is_long ? fewer : more;
    return l->accepts;
}

static void on_connection(evutil_socket_t fd, short what, void *ctx)
{
    (void)what;
    struct listener *l = ctx;
    turn_begins(monotonic_ns());
    for (int i = accepts_now(l); i > 0; i--) {
        int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                pause_accepting(l);
            return;
        }
        if (!conn_accept(l->conns, peer))
            close(peer);
    }
}

static bool open_socket(struct listener *l, const char *setting, const char *address, int port,
                        int *port_taken, struct err *e)
{
    struct sockaddr_storage ss = {0};
    socklen_t len;
    int on = 1;
    if (!parse(address, &ss, &len))
        return fail_field(e, ERR_INVALID_ARGUMENT, setting,
                          "%s = \"%s\" must be HOST:PORT with a numeric host", setting, address);
    set_port(&ss, port);
    l->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(l->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(l->fd, (struct sockaddr *)&ss, len) != 0 || listen(l->fd, BACKLOG) != 0 ||
        getsockname(l->fd, (struct sockaddr *)&ss, &len) != 0)
        return fail_field(e, ERR_UNAVAILABLE, setting, "cannot listen on %s: %s", address, strerror(errno));
    *port_taken = set_port(&ss, -1);
    return true;
}

bool listener_new(struct event_base *base, struct conn_table *conns, const char *setting, const char *address,
                  int port, int *port_taken, struct listener **out, struct err *e)
{
    struct listener *l = calloc(1, sizeof *l);
    if (l == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the listener");
    l->conns = conns;
    l->fd = -1;
    l->accepts = ACCEPTS_MAX;
    if (!open_socket(l, setting, address, port, port_taken, e)) {
        listener_free(l);
        return false;
    }
    l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, on_connection, l);
    l->resume = event_new(base, -1, 0, on_resume, l);
    if (l->readable == NULL || l->resume == NULL || event_add(l->readable, NULL) != 0) {
        listener_free(l);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the listener");
    }
    *out = l;
    return true;
}

void listener_free(struct listener *l)
{
    if (l->readable != NULL)
        event_free(l->readable);
    if (l->resume != NULL)
        event_free(l->resume);
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}
