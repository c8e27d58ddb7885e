#include "conn.h"

#include "frame.h"
#include "log.h"
#include "loop.h"
#include "tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum {
    WIRE_MAX = 65536,
    EXPEL_MS = 200,
    LINGER_MS = 1000,
    PROGRESS = 65536,     /* bytes that a reader must take in stall_ms, or all there are */
    READ_MAX = 4096,      /* libevent reads at least so much at once, when it is there */
    TURN_MESSAGES = 32,   /* that one connection may hand out before the others' turn, */
    TURN_NS = 500 * 1000, /* or for so long */
    CLOSES = 64,          /* in a turn, of connections that are over time */
    PROBE_S = 10,         /* between two keepalive probes, */
    PROBES = 3            /* and so many */
};

static const int64_t HELD_UP_NS = 1000000000; /* without a tick, which comes four times a second */

struct conn {
    struct conn_table *table;
    struct bufferevent *bev;
    struct evbuffer *in, *out; /* plain bytes: the bufferevent's own buffers, or with TLS two of ours */
    struct tls *tls;           /* NULL: plain TCP */
    struct conn_ref ref;
    struct identity identity;
    int64_t opened_ns, last_ns, wrote_ns;
    struct conn_waiter *waiters; /* for less unsent output */
    int64_t expel_ns;            /* 0: not expelled */
    size_t unsent_mark;          /* unsent when it last made progress */
    int64_t read_ns;             /* of the last read */
    int64_t arrived_ns;          /* when the oldest bytes that are not taken yet may have come */
    size_t held, left;           /* as counted in the table; in the input after the last turn */
    uint32_t inflight, taken;    /* taken: messages in this turn */
    TAILQ_ENTRY(conn) turn;      /* when queued */
    bool queued, delayed, full; /* queued: its next turn is due; delayed: was since the last read; full: there
                                   was more to be read */
    bool reading, closing, eof; /* eof: the peer has ended its side in order */
    bool lingering;             /* all is sent and our side ended */
    bool cut, broken, bye;      /* TLS: TCP ended; nothing can be encrypted any more; close_notify is sent */
    max_align_t state[];        /* the protocol's */
};

struct conn_table {
    struct loop *loop;
    struct event_base *base;
    struct conn_limits limits;
    const struct conn_protocol *protocol;
    struct conn **slots;
    uint32_t *free_slots;
    uint32_t slot_count, free_count, live;
    uint64_t next_generation;
    TAILQ_HEAD(conn_turns, conn) turns; /* connections with messages that wait for their turn */
    struct event *next_turn;
    size_t held; /* bytes in all buffers */
    bool crowded, was_crowded, sweeping;
    int64_t ticked_ns;
    uint32_t sweep_at; /* the next slot that is looked at */
};

static void on_turn(evutil_socket_t fd, short what, void *ctx);

struct conn_table *conn_table_new(struct loop *l, struct event_base *base, const struct conn_limits *limits,
                                  const struct conn_protocol *protocol)
{
    struct conn_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct conn_table){
        .loop = l, .base = base, .limits = *limits, .protocol = protocol, .next_generation = 1};
    TAILQ_INIT(&t->turns);
    t->next_turn = event_new(base, -1, 0, on_turn, t);
    t->slots = calloc(limits->connections_max, sizeof *t->slots);
    t->free_slots = calloc(limits->connections_max, sizeof *t->free_slots);
    if (t->slots == NULL || t->free_slots == NULL || t->next_turn == NULL) {
        conn_table_free(t);
        return NULL;
    }
    return t;
}

static void conn_free(struct conn *c)
{
    bool own = c->tls != NULL || c->bev == NULL;
    if (c->table->protocol->end != NULL)
        c->table->protocol->end(c);
    if (own && c->in != NULL)
        evbuffer_free(c->in);
    if (own && c->out != NULL)
        evbuffer_free(c->out);
    tls_free(c->tls);
    if (c->bev != NULL)
        bufferevent_free(c->bev);
    free(c);
}

static void tell_waiters(struct conn *c)
{
    struct conn_waiter *w = c->waiters;
    c->waiters = NULL;
    for (struct conn_waiter *next; w != NULL; w = next) {
        next = w->next;
        w->go(w->ctx);
    }
}

static void conn_close(struct conn *c)
{
    struct conn_table *t = c->table;
    if (c->queued)
        TAILQ_REMOVE(&t->turns, c, turn);
    t->held -= c->held;
    atomic_fetch_sub_explicit(&loop_stats(t->loop)->buffered, c->held, memory_order_relaxed);
    t->slots[c->ref.slot] = NULL;
    t->free_slots[t->free_count++] = c->ref.slot;
    t->live--;
    atomic_store_explicit(t->limits.open, t->live, memory_order_relaxed);
    bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
    tell_waiters(c); /* they do not find it any more */
    conn_free(c);
}

void conn_table_close(struct conn_table *t)
{
    for (uint32_t i = 0; t->slots != NULL && i < t->slot_count; i++)
        if (t->slots[i] != NULL)
            conn_close(t->slots[i]);
}

void conn_table_free(struct conn_table *t)
{
    conn_table_close(t);
    if (t->next_turn != NULL)
        event_free(t->next_turn);
    free(t->slots);
    free(t->free_slots);
    free(t);
}

static size_t unsent(const struct conn *c)
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

/* Encrypts as much as the socket's buffer should hold. */
static void encrypt(struct conn *c)
{
    if (c->tls != NULL && !c->broken && !c->bye &&
        tls_write(c->tls, c->out, bufferevent_get_output(c->bev), WIRE_MAX) == TLS_BROKEN)
        break_tls(c);
}

/* Decrypts as much as one frame needs; whether anything moved. */
static bool decrypt(struct conn *c)
{
    if (c->tls == NULL || c->closing || c->eof || unsent(c) > c->table->limits.output_max)
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

/* Keeps the sum over all connections. */
static void count_held(struct conn *c)
{
    size_t held = evbuffer_get_length(c->in) + unsent(c);
    if (c->tls != NULL)
        held += evbuffer_get_length(bufferevent_get_input(c->bev));
    if (held == c->held)
        return;
    c->table->held += held - c->held;
    atomic_fetch_add_explicit(&loop_stats(c->table->loop)->buffered, held - c->held, memory_order_relaxed);
    c->held = held;
}

/* Reads on or pauses: by requests in work, messages that wait for their turn, unsent bytes (with hysteresis),
 * and, when all buffers together are too large, by having anything in them. */
static void steer_reading(struct conn *c)
{
    const struct conn_limits *lim = &c->table->limits;
    count_held(c);
    bool crowded = c->table->held > lim->buffers_max && c->held > 0;
    c->table->crowded = c->table->crowded || crowded;
    size_t high = c->reading ? lim->output_max / 4 : lim->output_max / 8;
    bool want = !c->closing && !c->eof && !c->cut &&
                (c->inflight < lim->inflight_max || c->table->protocol->hangs_up != NULL) &&
                unsent(c) <= high && !c->queued && !crowded;
    if (want == c->reading)
        return;
    c->reading = want;
    if (want)
        bufferevent_enable(c->bev, EV_READ);
    else
        bufferevent_disable(c->bev, EV_READ);
}

static bool done(const struct conn *c)
{
    return (c->closing || c->eof) && (c->inflight == 0 || c->broken) && unsent(c) == 0 &&
           (!c->queued || c->closing);
}

/* One connection must not keep the loop from the others: what it has more waits until they had their turn. */
static bool turn_is_over(const struct conn *c, int64_t began_ns)
{
    return c->taken == TURN_MESSAGES || (c->taken > 0 && monotonic_ns() - began_ns > TURN_NS);
}

static void queue_turn(struct conn *c)
{
    struct conn_table *t = c->table;
    if (c->queued || evbuffer_get_length(c->in) == 0)
        return;
    if (TAILQ_EMPTY(&t->turns))
        event_add(t->next_turn, &(struct timeval){0});
    TAILQ_INSERT_TAIL(&t->turns, c, turn);
    c->queued = c->delayed = true;
}

/* Hands out the whole messages that are there. May leave the connection closing, never freed. */
static void take_messages(struct conn *c, int64_t began_ns)
{
    while (!c->closing && c->inflight < c->table->limits.inflight_max &&
           unsent(c) <= c->table->limits.output_max) {
        if (turn_is_over(c, began_ns)) {
            queue_turn(c);
            return;
        }
        enum conn_take took = c->table->protocol->take(c, c->in);
        c->taken++;
        if (took == CONN_PARTIAL)
            return;
        if (took == CONN_TAKEN)
            continue;
        atomic_fetch_add_explicit(&loop_stats(c->table->loop)->closed_bad, 1, memory_order_relaxed);
        evbuffer_drain(c->in, evbuffer_get_length(c->in));
        c->closing = true;
    }
}

/* Ends our side and reads on for a moment; false: there is nothing to wait for. */
static bool linger(struct conn *c)
{
    if (!c->table->protocol->lingers || c->eof || c->cut || c->broken)
        return false;
    if (c->lingering)
        return true;
    c->lingering = true;
    c->expel_ns = monotonic_ns() + (int64_t)LINGER_MS * 1000000;
    shutdown(bufferevent_getfd(c->bev), SHUT_WR);
    bufferevent_enable(c->bev, EV_READ);
    return true;
}

static void proceed(struct conn *c)
{
    int64_t began_ns = c->last_ns;
    bool more;
    c->taken = 0;
    do {
        more = decrypt(c);
        take_messages(c, began_ns);
    } while (more && !c->queued);
    encrypt(c);
    c->left = evbuffer_get_length(bufferevent_get_input(c->bev));
    steer_reading(c);
    bool severed = c->cut && !c->eof && !c->closing &&
                   evbuffer_get_length(bufferevent_get_input(c->bev)) == 0; /* all read, no close_notify */
    if (!severed && !done(c))
        return;
    if (!severed && c->tls != NULL && !c->broken && !c->bye) {
        c->bye = true;
        tls_end(c->tls, bufferevent_get_output(c->bev));
        if (unsent(c) > 0)
            return; /* on_write comes back */
    }
    if (severed || !linger(c))
        conn_close(c);
}

static const char *over_time(struct conn *c, int64_t now)
{
    const struct conn_limits *lim = &c->table->limits;
    if (c->expel_ns != 0 && now > c->expel_ns)
        return "expelled";
    if (unsent(c) > 0 && now - c->wrote_ns > lim->stall_ns)
        return "reader stalled";
    if (c->inflight == 0 && now - c->last_ns > lim->idle_ns)
        return "idle";
    return c->table->protocol->over_time(c, now);
}

/* A reader that takes its bytes one by one makes no progress. */
static void watch_progress(struct conn *c, int64_t now)
{
    size_t left = unsent(c);
    if (left + PROGRESS <= c->unsent_mark)
        c->wrote_ns = now;
    if (left + PROGRESS <= c->unsent_mark || left > c->unsent_mark || left == 0)
        c->unsent_mark = left;
}

/* Looks at all connections, and closes some of those that are over time: to close thousands at once would
 * hold up the others. */
static void sweep(struct conn_table *t, int64_t now_ns)
{
    for (unsigned closed = 0; t->sweep_at < t->slot_count && closed < CLOSES; t->sweep_at++) {
        struct conn *c = t->slots[t->sweep_at];
        if (c == NULL)
            continue;
        watch_progress(c, now_ns);
        if (t->was_crowded)
            steer_reading(c);
        const char *why = over_time(c, now_ns);
        if (why == NULL)
            continue;
        log_event(LOG_DEBUG, "connection_closed", "why", why, NULL);
        conn_close(c);
        closed++;
    }
    t->sweeping = t->sweep_at < t->slot_count;
    if (t->sweeping)
        event_add(t->next_turn, &(struct timeval){0});
}

/* One turn for each that waits; who has still more comes again. */
static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
    struct conn_table *t = ctx;
    struct conn *c;
    unsigned waiting = 0;
    (void)fd;
    (void)what;
    loop_delay_ns(t->loop, monotonic_ns());
    TAILQ_FOREACH(c, &t->turns, turn)
    waiting++;
    for (; waiting > 0 && (c = TAILQ_FIRST(&t->turns)) != NULL; waiting--) {
        TAILQ_REMOVE(&t->turns, c, turn);
        c->queued = false;
        c->last_ns = monotonic_ns();
        proceed(c);
    }
    if (t->sweeping)
        sweep(t, monotonic_ns());
    if (!TAILQ_EMPTY(&t->turns))
        event_add(t->next_turn, &(struct timeval){0});
}

/* When what was read now may have come. What filled the last read may have left more behind it, which came no
 * later; what was read to the end had its rest come since; and what came since the loop last looked has
 * waited for as long as that is ago at most. */
static void date_input(struct conn *c, size_t got)
{
    int64_t looked_ns = c->last_ns - loop_delay_ns(c->table->loop, c->last_ns);
    if (!c->full)
        c->arrived_ns = c->delayed || c->read_ns > looked_ns ? c->read_ns : looked_ns;
    c->read_ns = c->last_ns;
    c->full = got >= READ_MAX;
    c->delayed = false;
}

static void on_read(struct bufferevent *bev, void *ctx)
{
    struct conn *c = ctx;
    if (c->lingering) {
        evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
        return;
    }
    size_t in = evbuffer_get_length(bufferevent_get_input(bev));
    c->last_ns = monotonic_ns();
    date_input(c, in - (in < c->left ? in : c->left));
    if (!c->queued)
        proceed(c);
}

static void on_write(struct bufferevent *bev, void *ctx)
{
    (void)bev;
    struct conn *c = ctx;
    c->wrote_ns = c->last_ns = monotonic_ns();
    encrypt(c);
    if (unsent(c) <= c->table->limits.output_max / 8)
        tell_waiters(c);
    proceed(c);
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
        proceed(c);
        return;
    }
    if (!c->eof) {
        c->eof = true;
        c->reading = false;
        proceed(c);
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

/* The descriptor is taken when this succeeds. */
static bool wrap(struct conn *c, evutil_socket_t fd)
{
    if (!add_tls(c))
        return false;
    c->bev = bufferevent_socket_new(c->table->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (c->bev != NULL && c->tls == NULL) {
        c->in = bufferevent_get_input(c->bev);
        c->out = bufferevent_get_output(c->bev);
    }
    return c->bev != NULL;
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

bool conn_accept(struct conn_table *t, evutil_socket_t fd)
{
    if (t->live == t->limits.connections_max)
        return false;
    struct conn *c = calloc(1, sizeof *c + t->protocol->state_size);
    if (c == NULL)
        return false;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_keepalive(fd, &t->limits);
    c->table = t;
    if (!wrap(c, fd)) {
        conn_free(c);
        return false;
    }
    c->ref.slot = t->free_count > 0 ? t->free_slots[--t->free_count] : t->slot_count++;
    c->ref.generation = t->next_generation++;
    c->opened_ns = c->last_ns = c->wrote_ns = c->read_ns = c->arrived_ns = monotonic_ns();
    c->reading = true;
    t->slots[c->ref.slot] = c;
    t->live++;
    atomic_store_explicit(t->limits.open, t->live, memory_order_relaxed);
    atomic_fetch_add_explicit(&loop_stats(t->loop)->accepted, 1, memory_order_relaxed);
    bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0,
                             c->tls != NULL ? (size_t)WIRE_MAX : FRAME_HEAD + t->limits.frame_max);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    return true;
}

void conn_table_tick(struct conn_table *t, int64_t now_ns)
{
    bool held_up = now_ns - t->ticked_ns > HELD_UP_NS; /* the peers could not do anything meanwhile */
    t->ticked_ns = now_ns;
    if (t->sweeping || held_up)
        return;
    t->sweeping = true;
    t->was_crowded = t->crowded;
    t->crowded = false;
    t->sweep_at = 0;
    sweep(t, now_ns);
}

uint32_t conn_table_count(const struct conn_table *t)
{
    return t->live;
}

struct conn_ref conn_ref_of(const struct conn *c)
{
    return c->ref;
}

struct conn *conn_find(struct conn_table *t, struct conn_ref r)
{
    struct conn *c = r.slot < t->slot_count ? t->slots[r.slot] : NULL;
    return c != NULL && c->ref.generation == r.generation ? c : NULL;
}

struct identity *conn_identity(struct conn *c)
{
    return &c->identity;
}

void conn_begin_call(struct conn *c)
{
    c->inflight++;
}

/* Leaves closing and reading to the events that follow: the caller may stand inside take_messages. */
void conn_write(struct conn *c, const void *head, size_t head_len, const void *body, size_t body_len)
{
    struct evbuffer *out = c->out;
    if (c->broken || c->bye)
        return;
    if (unsent(c) == 0)
        c->wrote_ns = monotonic_ns();
    if (evbuffer_expand(out, head_len + body_len) != 0 || evbuffer_add(out, head, head_len) != 0 ||
        (body_len > 0 && evbuffer_add(out, body, body_len) != 0))
        c->closing = true; /* half a message must never be followed by another */
    encrypt(c);
}

const struct conn_protocol *conn_protocol(const struct conn *c)
{
    return c->table->protocol;
}

struct conn_table *conn_table_of(const struct conn *c)
{
    return c->table;
}

struct loop *conn_table_loop(const struct conn_table *t)
{
    return t->loop;
}

struct loop *conn_loop(const struct conn *c)
{
    return c->table->loop;
}

const struct conn_limits *conn_limits(const struct conn *c)
{
    return &c->table->limits;
}

void *conn_state(struct conn *c)
{
    return c->state;
}

int64_t conn_opened_ns(const struct conn *c)
{
    return c->opened_ns;
}

int64_t conn_last_ns(const struct conn *c)
{
    return c->last_ns;
}

int64_t conn_arrived_ns(const struct conn *c)
{
    return c->arrived_ns;
}

bool conn_is_holding(const struct conn *c)
{
    return c->tls != NULL && !c->eof && tls_is_holding(c->tls);
}

uint32_t conn_inflight(const struct conn *c)
{
    return c->inflight;
}

void conn_end_call(struct conn *c)
{
    c->inflight--;
}

void conn_wait_sent(struct conn *c, struct conn_waiter *w)
{
    w->next = c->waiters;
    c->waiters = w;
}

bool conn_is_full(const struct conn *c)
{
    return unsent(c) > c->table->limits.output_max / 4;
}

void conn_close_after_write(struct conn *c)
{
    c->closing = true;
}

void conn_peer(const struct conn *c, uint8_t address[16])
{
    struct sockaddr_storage ss = {0};
    socklen_t len = sizeof ss;
    memset(address, 0, 16);
    if (getpeername(bufferevent_getfd(c->bev), (struct sockaddr *)&ss, &len) != 0)
        return;
    if (ss.ss_family == AF_INET6) {
        memcpy(address, &((struct sockaddr_in6 *)&ss)->sin6_addr, 16);
    } else if (ss.ss_family == AF_INET) {
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &((struct sockaddr_in *)&ss)->sin_addr, 4);
    }
}

void conn_table_each(struct conn_table *t, void (*fn)(void *ctx, struct conn *c), void *ctx)
{
    for (uint32_t i = 0; i < t->slot_count; i++)
        if (t->slots[i] != NULL)
            fn(ctx, t->slots[i]);
}

void conn_expel(struct conn *c, const char *why)
{
    if (c->expel_ns != 0)
        return;
    c->expel_ns = monotonic_ns() + (int64_t)EXPEL_MS * 1000000;
    c->table->protocol->expel(c, why);
    c->closing = true;
    steer_reading(c);
}
