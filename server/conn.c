#include "conn.h"

#include "frame.h"
#include "log.h"
#include "loop.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FRAME_MAX_BEFORE_HELLO = 4096 };

struct conn {
    struct conn_table *table;
    struct bufferevent *bev;
    struct conn_ref ref;
    struct identity identity;
    int64_t opened_ns, frame_since_ns, last_ns, wrote_ns; /* frame_since 0: no frame is half there */
    struct conn_waiter *waiters;                          /* for less unsent output */
    uint32_t inflight;
    bool reading, closing, eof;
};

struct conn_table {
    struct loop *loop;
    struct event_base *base;
    struct conn_limits limits;
    conn_frame_fn *on_frame;
    struct conn **slots;
    uint32_t *free_slots;
    uint32_t slot_count, free_count, live;
    uint64_t next_generation;
};

struct conn_table *conn_table_new(struct loop *l, struct event_base *base, const struct conn_limits *limits,
                                  conn_frame_fn *on_frame)
{
    struct conn_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct conn_table){
        .loop = l, .base = base, .limits = *limits, .on_frame = on_frame, .next_generation = 1};
    t->slots = calloc(limits->connections_max, sizeof *t->slots);
    t->free_slots = calloc(limits->connections_max, sizeof *t->free_slots);
    if (t->slots == NULL || t->free_slots == NULL) {
        conn_table_free(t);
        return NULL;
    }
    return t;
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
    t->slots[c->ref.slot] = NULL;
    t->free_slots[t->free_count++] = c->ref.slot;
    t->live--;
    atomic_store_explicit(&loop_stats(t->loop)->connections, t->live, memory_order_relaxed);
    bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
    tell_waiters(c); /* they do not find it any more */
    bufferevent_free(c->bev);
    free(c);
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
    free(t->slots);
    free(t->free_slots);
    free(t);
}

static size_t unsent(const struct conn *c)
{
    return evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* Reads on or pauses, by requests in work and unsent bytes (with hysteresis on the latter). */
static void steer_reading(struct conn *c)
{
    const struct conn_limits *lim = &c->table->limits;
    size_t high = c->reading ? lim->output_max / 4 : lim->output_max / 8;
    bool want = !c->closing && !c->eof && c->inflight < lim->inflight_max && unsent(c) <= high;
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
    return (c->closing || c->eof) && c->inflight == 0 && unsent(c) == 0;
}

/* Hands out the whole frames that are there. May leave the connection closing, never freed. */
static void take_frames(struct conn *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);
    while (!c->closing && c->inflight < c->table->limits.inflight_max &&
           unsent(c) <= c->table->limits.output_max) {
        size_t have = evbuffer_get_length(in), len = 0;
        uint8_t head[FRAME_HEAD] = {0};
        evbuffer_copyout(in, head, sizeof head);
        size_t max = c->identity.known ? c->table->limits.frame_max : FRAME_MAX_BEFORE_HELLO;
        enum frame_state s = frame_judge(head, have, max, &len);
        if (s == FRAME_PARTIAL) {
            c->frame_since_ns = have == 0 ? 0 : c->frame_since_ns != 0 ? c->frame_since_ns : c->last_ns;
            return;
        }
        c->frame_since_ns = 0;
        if (s == FRAME_BROKEN) {
            atomic_fetch_add_explicit(&loop_stats(c->table->loop)->closed_bad, 1, memory_order_relaxed);
            evbuffer_drain(in, have);
            c->closing = true;
            return;
        }
        const uint8_t *bytes = evbuffer_pullup(in, (ev_ssize_t)(FRAME_HEAD + len));
        if (bytes == NULL) {
            c->closing = true;
            return;
        }
        c->table->on_frame(c->table->loop, c, bytes + FRAME_HEAD, len);
        evbuffer_drain(in, FRAME_HEAD + len);
    }
}

static void proceed(struct conn *c)
{
    take_frames(c);
    steer_reading(c);
    if (done(c))
        conn_close(c);
}

static void on_read(struct bufferevent *bev, void *ctx)
{
    (void)bev;
    struct conn *c = ctx;
    c->last_ns = monotonic_ns();
    proceed(c);
}

static void on_write(struct bufferevent *bev, void *ctx)
{
    (void)bev;
    struct conn *c = ctx;
    c->wrote_ns = c->last_ns = monotonic_ns();
    tell_waiters(c);
    proceed(c);
}

/* The peer has shut its sending side: frames that are whole are still answered. */
static void on_event(struct bufferevent *bev, short what, void *ctx)
{
    (void)bev;
    struct conn *c = ctx;
    if ((what & BEV_EVENT_EOF) != 0 && !c->eof) {
        c->eof = true;
        c->reading = false;
        proceed(c);
        return;
    }
    conn_close(c);
}

bool conn_accept(struct conn_table *t, evutil_socket_t fd)
{
    if (t->live == t->limits.connections_max)
        return false;
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        return false;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    c->bev = bufferevent_socket_new(t->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (c->bev == NULL) {
        free(c);
        return false;
    }
    c->table = t;
    c->ref.slot = t->free_count > 0 ? t->free_slots[--t->free_count] : t->slot_count++;
    c->ref.generation = t->next_generation++;
    c->opened_ns = c->last_ns = c->wrote_ns = monotonic_ns();
    c->reading = true;
    t->slots[c->ref.slot] = c;
    t->live++;
    bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, FRAME_HEAD + t->limits.frame_max);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    return true;
}

static const char *over_time(const struct conn *c, int64_t now)
{
    const struct conn_limits *lim = &c->table->limits;
    if (!c->identity.known && now - c->opened_ns > lim->hello_ns)
        return "no hello";
    if (c->frame_since_ns != 0 && now - c->frame_since_ns > lim->frame_ns)
        return "frame too slow";
    if (unsent(c) > 0 && now - c->wrote_ns > lim->stall_ns)
        return "reader stalled";
    if (c->inflight == 0 && now - c->last_ns > lim->idle_ns)
        return "idle";
    return NULL;
}

void conn_table_tick(struct conn_table *t, int64_t now_ns)
{
    for (uint32_t i = 0; i < t->slot_count; i++) {
        struct conn *c = t->slots[i];
        const char *why = c != NULL ? over_time(c, now_ns) : NULL;
        if (why == NULL)
            continue;
        log_event(LOG_DEBUG, "connection_closed", "why", why, NULL);
        conn_close(c);
    }
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

/* Leaves closing and reading to the events that follow: the caller may stand inside take_frames. */
void conn_send(struct conn *c, const uint8_t *payload, size_t len)
{
    uint8_t head[FRAME_HEAD];
    struct evbuffer *out = bufferevent_get_output(c->bev);
    frame_put_head(head, (uint32_t)len);
    if (unsent(c) == 0)
        c->wrote_ns = monotonic_ns();
    if (evbuffer_expand(out, FRAME_HEAD + len) != 0 || evbuffer_add(out, head, sizeof head) != 0 ||
        evbuffer_add(out, payload, len) != 0)
        c->closing = true; /* half a frame must never be followed by another */
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
