#include "rpc.h"

#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool rpc_split_address(const char *server, char *host, size_t size, char port[6], struct err *e)
{
    const char *colon = strrchr(server, ':');
    size_t n = colon != NULL ? (size_t)(colon - server) : 0;
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    const char *start = server;
    if (n > 2 && server[0] == '[' && server[n - 1] == ']') {
        start++;
        n -= 2;
    } else if (memchr(server, ':', n) != NULL || memchr(server, '[', n) != NULL) {
        n = 0; /* an IPv6 address without its brackets, or nothing in them */
    }
    if (n == 0 || n >= size || digits == 0 || digits > 5 || colon[1 + digits] != '\0')
        return fail_field(e, ERR_INVALID_ARGUMENT, "--server",
                          "the server \"%s\" must be HOST:PORT, such as 127.0.0.1:7420", server);
    memcpy(host, start, n);
    host[n] = '\0';
    snprintf(port, 6, "%s", colon + 1);
    return true;
}

/* Waits until fd is ready or the instant passes. */
static bool wait_for(int fd, short events, int64_t until_ms)
{
    for (;;) {
        int64_t left = until_ms - now_ms();
        struct pollfd p = {.fd = fd, .events = events};
        int n = left > 0 ? poll(&p, 1, left > 60000 ? 60000 : (int)left) : 0;
        if (n > 0)
            return true;
        if ((n == 0 && left <= 60000) || (n < 0 && errno != EINTR))
            return false;
    }
}

/* A connected non-blocking socket, or -1 with errno. */
static int connect_one(const struct addrinfo *ai, int64_t until_ms)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
    if (fd < 0)
        return -1;
    int one = 1, bad = 0;
    socklen_t len = sizeof bad;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
        return fd;
    bad = errno;
    if (bad == EINPROGRESS) {
        bad = ETIMEDOUT;
        if (wait_for(fd, POLLOUT, until_ms) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &len) == 0 &&
            bad == 0)
            return fd;
    }
    close(fd);
    errno = bad;
    return -1;
}

static bool open_socket(struct rpc *r, const char *server, int64_t until_ms, struct err *e)
{
    char host[256], port[6];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (!rpc_split_address(server, host, sizeof host, port, e))
        return false;
    int bad = getaddrinfo(host, port, &hints, &list);
    if (bad != 0)
        return fail(e, ERR_UNAVAILABLE, "the server's name \"%s\" cannot be found: %s", host,
                    gai_strerror(bad));
    for (const struct addrinfo *ai = list; ai != NULL && r->fd < 0; ai = ai->ai_next)
        r->fd = connect_one(ai, until_ms);
    int why = errno;
    freeaddrinfo(list);
    return r->fd >= 0 || fail(e, ERR_UNAVAILABLE,
                              "no zonghengd answers at %s (%s); start one, or name another with --server",
                              server, strerror(why));
}

/* More than 0: bytes moved. 0: wait for *events. -1: over. */
static long some_sent(struct rpc *r, const uint8_t *bytes, size_t len, short *events)
{
    if (r->secure != NULL)
        return secure_send(r->secure, bytes, len, events);
    ssize_t n = send(r->fd, bytes, len, MSG_NOSIGNAL);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static long some_received(struct rpc *r, uint8_t *bytes, size_t len, short *events)
{
    if (r->secure != NULL)
        return secure_receive(r->secure, bytes, len, events);
    ssize_t n = recv(r->fd, bytes, len, 0);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static bool send_all(struct rpc *r, const uint8_t *bytes, size_t len, int64_t until_ms)
{
    while (len > 0) {
        short events = POLLOUT;
        long n = some_sent(r, bytes, len, &events);
        if (n < 0 || (n == 0 && !wait_for(r->fd, events, until_ms)))
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool receive_all(struct rpc *r, uint8_t *bytes, size_t len, int64_t until_ms)
{
    while (len > 0) {
        short events = POLLIN;
        long n = some_received(r, bytes, len, &events);
        if (n < 0 || (n == 0 && !wait_for(r->fd, events, until_ms)))
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static Zongheng__V1__Reply *receive_reply(struct rpc *r, struct arena *a, int64_t until_ms)
{
    uint8_t head[WIRE_HEAD];
    size_t len;
    if (!receive_all(r, head, sizeof head, until_ms))
        return NULL;
    if (r->secure == NULL && head[0] == 0x15 && head[1] == 3) /* an alert of TLS */
        snprintf(r->why, sizeof r->why, "the server speaks TLS: use --tls, --ca");
    if (!wire_reply_length(head, &len))
        return NULL;
    uint8_t *bytes = arena_alloc(a, len);
    if (bytes == NULL || !receive_all(r, bytes, len, until_ms))
        return NULL;
    return (Zongheng__V1__Reply *)wire_unpack(a, &zongheng__v1__reply__descriptor, bytes, len);
}

static bool send_request(struct rpc *r, const char *method, const ProtobufCMessage *request, struct arena *a,
                         int64_t until_ms, bool *sent, struct err *e)
{
    size_t len;
    r->retry_after_ms = 0;
    if (r->fd < 0)
        return fail(e, ERR_UNAVAILABLE, "the connection is closed");
    uint8_t *frame = wire_request(a, ++r->last_id, method, r->timeout_ms, request, &len);
    if (frame == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory");
    *sent = send_all(r, frame, len, until_ms);
    return true;
}

/* The next reply to the last request; its message is unpacked into the arena. */
static bool next_reply(struct rpc *r, const char *method, bool sent,
                       const ProtobufCMessageDescriptor *reply_type, struct arena *a, int64_t until_ms,
                       const ProtobufCMessage **reply, bool *more, struct err *e)
{
    Zongheng__V1__Reply *answer = NULL;
    /* Replies to requests that this caller gave up on are passed over. */
    while (sent && (answer = receive_reply(r, a, until_ms)) != NULL && answer->id != r->last_id) {
        bool about_connection = answer->id == 0 && answer->status != NULL && answer->status->code != 0;
        if (about_connection) {
            rpc_close(r);
            return wire_status(answer, &r->retry_after_ms, e);
        }
    }
    if (answer == NULL) {
        bool late = now_ms() >= until_ms;
        if (r->secure != NULL)
            snprintf(r->why, sizeof r->why, "%s", secure_why(r->secure));
        rpc_close(r);
        return fail(e, ERR_UNKNOWN, "%s: %s before an answer came%s%s%s; it may have happened", method,
                    late ? "time ran out" : "the connection broke", r->why[0] != '\0' ? " (" : "", r->why,
                    r->why[0] != '\0' ? ")" : "");
    }
    if (!wire_status(answer, &r->retry_after_ms, e))
        return false;
    *more = answer->more;
    *reply = wire_unpack(a, reply_type, answer->body.data, answer->body.len);
    return *reply != NULL ||
           fail(e, ERR_INTERNAL, "%s: the answer is not a %s", method, reply_type->short_name);
}

/* Half a second more than the server has, so that its own DEADLINE_EXCEEDED arrives. */
static int64_t end_ms(const struct rpc *r)
{
    return now_ms() + r->timeout_ms + 500;
}

bool rpc_call(struct rpc *r, const char *method, const ProtobufCMessage *request,
              const ProtobufCMessageDescriptor *reply_type, struct arena *a, const ProtobufCMessage **reply,
              struct err *e)
{
    int64_t until_ms = end_ms(r);
    bool sent = false, more = false;
    return send_request(r, method, request, a, until_ms, &sent, e) &&
           next_reply(r, method, sent, reply_type, a, until_ms, reply, &more, e);
}

bool rpc_call_parts(struct rpc *r, const char *method, const ProtobufCMessage *request,
                    const ProtobufCMessageDescriptor *reply_type, rpc_part_fn *part, void *ctx, struct err *e)
{
    enum { PART_MAX = 64 * 1024 * 1024 };
    struct arena a;
    const ProtobufCMessage *reply;
    int64_t until_ms = end_ms(r);
    bool sent = false, more = false;
    arena_init(&a, PART_MAX);
    bool ok = send_request(r, method, request, &a, until_ms, &sent, e);
    do {
        arena_reset(&a);
        bool first = !more;
        ok = ok && next_reply(r, method, sent, reply_type, &a, until_ms, &reply, &more, e);
        bool refused = !ok && first; /* with a status, and nothing follows */
        ok = ok && part(ctx, reply, e);
        if (!ok && !refused)
            rpc_close(r);
    } while (ok && more);
    arena_release(&a);
    return ok;
}

/* A greeting does nothing, so nothing can have happened. */
static void greeting_failed(const struct rpc *r, struct err *e)
{
    const char *hint = r->why[0] != '\0' ? r->why : "if the server speaks TLS, use --tls and --ca";
    fail(e, ERR_UNAVAILABLE, "the server ended or broke the connection before it was greeted (%s)", hint);
}

static bool hello(struct rpc *r, const char *token, struct err *e)
{
    struct arena a;
    const ProtobufCMessage *reply;
    Zongheng__V1__HelloRequest q = ZONGHENG__V1__HELLO_REQUEST__INIT;
    arena_init(&a, 1024 * 1024);
    q.protocol_version = RPC_PROTOCOL_VERSION;
    q.token.len = strlen(token);
    q.token.data = (uint8_t *)arena_strdup(&a, token);
    bool ok = q.token.data != NULL && rpc_call(r, "zongheng.v1.Session/Hello", &q.base,
                                               &zongheng__v1__hello_reply__descriptor, &a, &reply, e);
    if (!ok && e != NULL && e->code == ERR_UNKNOWN)
        greeting_failed(r, e);
    arena_release(&a);
    return ok;
}

bool rpc_open(struct rpc *r, const char *server, const char *token, uint32_t timeout_ms, struct err *e)
{
    const struct secure_settings plain = {0};
    return rpc_open_tls(r, server, &plain, token, timeout_ms, e);
}

static bool open_tls(struct rpc *r, const char *server, const struct secure_settings *tls, int64_t until_ms,
                     struct err *e)
{
    char host[256], port[6];
    return rpc_split_address(server, host, sizeof host, port, e) &&
           secure_open(r->fd, tls, host, until_ms, &r->secure, e);
}

bool rpc_open_tls(struct rpc *r, const char *server, const struct secure_settings *tls, const char *token,
                  uint32_t timeout_ms, struct err *e)
{
    int64_t until_ms = now_ms() + timeout_ms;
    *r = (struct rpc){.fd = -1, .timeout_ms = timeout_ms};
    if (!open_socket(r, server, until_ms, e))
        return false;
    if ((!tls->on || open_tls(r, server, tls, until_ms, e)) && hello(r, token, e))
        return true;
    rpc_close(r);
    return false;
}

void rpc_close(struct rpc *r)
{
    secure_free(r->secure);
    r->secure = NULL;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}
