#include "conn_inside.h"
#include "log.h"
#include "loop.h"
#include "tls.h"

#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    WIRE_MAX = 65536,      /* bytes that are encrypted, or not decrypted yet */
    WRITE_MAX = 65536,     /* bytes to one socket at once: the others wait meanwhile */
    LIBEVENT_READS = 4096, /* bytes at once, when they are there; */
    READ_MAX = 12288,      /* then so many more */
    NOT_SENT_MAX = 131072, /* that the kernel takes beyond what is on its way: tcp(7), TCP_NOTSENT_LOWAT */
    COPY_MAX = 4096,       /* bytes that are copied rather than referred to */
    PROBE_S = 10,          /* between two keepalive probes, */
    PROBES = 3             /* and so many */
};

size_t conn_unsent(const struct conn *c)
{
    size_t wire = evbuffer_get_length(bufferevent_get_output(c->bev));
    return c->tls != NULL ? wire + evbuffer_get_length(c->out) : wire;
}

/* The alert that says why is in the output; what was to be said or read is void. */
static void break_tls(struct conn *c)
{
    if (c->broken)
        return;
    log_event(LOG_DEBUG, "tls_broken", "why", tls_why(c->tls), NULL);
    atomic_fetch_add_explicit(&loop_stats(c->table->loop)->closed_bad, 1, memory_order_relaxed);
    evbuffer_drain(c->in, evbuffer_get_length(c->in));
    evbuffer_drain(c->out, evbuffer_get_length(c->out));
    c->broken = c->closing = true;
}

void conn_encrypt(struct conn *c)
{
    if (c->tls != NULL && !c->broken && !c->bye &&
        tls_write(c->tls, c->out, bufferevent_get_output(c->bev), WIRE_MAX) == TLS_BROKEN)
        break_tls(c);
}

bool conn_decrypt(struct conn *c)
{
    if (c->tls == NULL || c->closing || c->eof || conn_unsent(c) > c->table->limits.output_max)
        return false;
    struct evbuffer *wire = bufferevent_get_input(c->bev);
    size_t wire_before = evbuffer_get_length(wire), plain_before = evbuffer_get_length(c->in);
    enum tls_state s = tls_read(c->tls, wire, c->in, FRAME_HEAD + c->table->limits.frame_max,
                                bufferevent_get_output(c->bev));
    if (s == TLS_BROKEN)
        break_tls(c);
    c->eof = s == TLS_ENDED;
    return evbuffer_get_length(wire) != wire_before || evbuffer_get_length(c->in) != plain_before;
}

/* libevent asks for writability before it writes, with two calls of epoll_ctl and a look for events for each
 * answer: only what the socket does not take at once waits for that. */
static void await_writable(struct conn *c)
{
    if (evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
        bufferevent_enable(c->bev, EV_WRITE);
}

void conn_flush(struct conn *c)
{
    struct evbuffer *wire = bufferevent_get_output(c->bev);
    bool waits = c->waiters != NULL || (bufferevent_get_enabled(c->bev) & EV_WRITE) != 0;
    if (!waits && evbuffer_get_length(wire) > 0) {
        evbuffer_unfreeze(wire, 1); /* a bufferevent's output is drained by itself only */
        if (evbuffer_write_atmost(wire, bufferevent_getfd(c->bev), WRITE_MAX) > 0)
            c->wrote_ns = c->last_ns;
        evbuffer_freeze(wire, 1);
        conn_encrypt(c);
    }
    await_writable(c); /* an error is found again, and told, by the bufferevent */
}

static bool begin_write(struct conn *c)
{
    if (c->broken || c->bye)
        return false;
    if (conn_unsent(c) == 0)
        c->wrote_ns = c->turning ? c->last_ns : monotonic_ns();
    return true;
}

/* Leaves closing and reading to the events that follow: the caller may stand inside take_messages. */
static void end_write(struct conn *c, bool whole)
{
    if (!whole)
        c->closing = true; /* half a message must never be followed by another */
    conn_encrypt(c);
    if (c->turning)
        return;
    if (!whole)
        conn_owe_turn(c);
    await_writable(c);
    conn_count_held(c);
}

void conn_write(struct conn *c, const void *head, size_t head_len, const void *body, size_t body_len)
{
    struct evbuffer *out = c->out;
    if (begin_write(c))
        end_write(c, (body_len == 0 || evbuffer_expand(out, head_len + body_len) == 0) &&
                         evbuffer_add(out, head, head_len) == 0 &&
                         (body_len == 0 || evbuffer_add(out, body, body_len) == 0));
}

static void free_written(const void *bytes, size_t len, void *memory)
{
    (void)bytes;
    (void)len;
    free(memory);
}

void conn_write_bytes(struct conn *c, struct bytes *b, size_t from)
{
    size_t len = b->len - from;
    if (len >= COPY_MAX && begin_write(c)) {
        bool whole = evbuffer_add_reference(c->out, b->at + from, len, free_written, b->at) == 0;
        if (whole)
            b->at = NULL;
        end_write(c, whole);
    } else if (len > 0 && len < COPY_MAX) {
        conn_write(c, b->at + from, len, NULL, 0);
    }
    bytes_free(b);
}

/* The bytes that wire may hold. */
static size_t input_max(const struct conn *c)
{
    return c->tls != NULL ? (size_t)WIRE_MAX : FRAME_HEAD + c->table->limits.frame_max;
}

/* libevent has read what it reads at once: the rest, as much as a turn may need. Whether more may be left.
 * The end and errors are found again, and told, by the bufferevent. */
static bool read_rest(struct conn *c, struct evbuffer *wire)
{
    size_t have = evbuffer_get_length(wire), room = input_max(c) > have ? input_max(c) - have : 0;
    struct evbuffer_iovec v;
    room = room < READ_MAX ? room : READ_MAX;
    evbuffer_unfreeze(wire, 0); /* a bufferevent's input is filled by itself only */
    if (room > 0 && evbuffer_reserve_space(wire, (ev_ssize_t)room, &v, 1) == 1) {
        ssize_t n = recv(bufferevent_getfd(c->bev), v.iov_base, room, 0);
        v.iov_len = n > 0 ? (size_t)n : 0;
        evbuffer_commit_space(wire, &v, 1);
        room -= v.iov_len;
    }
    evbuffer_freeze(wire, 0);
    return room == 0;
}

static void on_read(struct bufferevent *bev, void *ctx)
{
    struct conn *c = ctx;
    struct evbuffer *wire = bufferevent_get_input(bev);
    if (c->lingering) {
        evbuffer_drain(wire, SIZE_MAX);
        return;
    }
    size_t in = evbuffer_get_length(wire), got = in - (in < c->left ? in : c->left);
    c->last_ns = monotonic_ns();
    conn_date_input(c, got >= LIBEVENT_READS && read_rest(c, wire));
    if (!c->queued)
        conn_proceed(c);
}

static void on_write(struct bufferevent *bev, void *ctx)
{
    struct conn *c = ctx;
    c->wrote_ns = c->last_ns = monotonic_ns();
    bufferevent_disable(bev, EV_WRITE);
    conn_encrypt(c);
    if (conn_unsent(c) <= c->table->limits.output_max / 8)
        conn_tell_waiters(c);
    conn_proceed(c);
}

/* The peer has shut its sending side: frames that are whole are still answered. With TLS only its
 * close_notify says so, and a bare end is a cut. */
static void on_event(struct bufferevent *bev, short what, void *ctx)
{
    (void)bev;
    struct conn *c = ctx;
    const struct conn_protocol *p = c->table->protocol;
    if ((what & BEV_EVENT_EOF) == 0 || c->lingering || (p->hangs_up != NULL && p->hangs_up(c))) {
        conn_close(c);
        return;
    }
    if (c->tls != NULL && !c->cut) {
        c->cut = true;
        c->reading = false;
        conn_proceed(c);
        return;
    }
    if (!c->eof) {
        c->eof = true;
        c->reading = false;
        conn_proceed(c);
        return;
    }
    conn_close(c);
}

/* Puts TLS between the socket and the frames when the server has a certificate. */
static bool add_tls(struct conn *c)
{
    struct tls_context *context = tls_store_get(&loop_server(c->table->loop)->tls);
    if (context == NULL)
        return true;
    c->tls = tls_new(context, NULL);
    c->in = evbuffer_new();
    c->out = evbuffer_new();
    tls_release(context);
    return c->tls != NULL && c->in != NULL && c->out != NULL;
}

/* A peer that is gone without a word is noticed: idle, by probes; with bytes under way, by no word of them.
 */
static void set_keepalive(evutil_socket_t fd, const struct conn_limits *lim)
{
    int on = 1, every = PROBE_S, count = PROBES;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &lim->keepalive_s, sizeof lim->keepalive_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lim->unacked_ms, sizeof lim->unacked_ms);
}

bool conn_wrap(struct conn *c, evutil_socket_t fd)
{
    int on = 1, not_sent_max = NOT_SENT_MAX;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent_max, sizeof not_sent_max);
    set_keepalive(fd, &c->table->limits);
    if (!add_tls(c))
        return false;
    c->bev = bufferevent_socket_new(c->table->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (c->bev != NULL && c->tls == NULL) {
        c->in = bufferevent_get_input(c->bev);
        c->out = bufferevent_get_output(c->bev);
    }
    return c->bev != NULL;
}

bool conn_start(struct conn *c)
{
    bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, input_max(c));
    bufferevent_set_max_single_write(c->bev, WRITE_MAX);
    bufferevent_disable(c->bev, EV_WRITE);
    return bufferevent_enable(c->bev, EV_READ) == 0;
}
