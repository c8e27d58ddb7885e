#include "conn_inside.h"
#include "loop.h"
#include "tls.h"

#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct conn_table *conn_table_new(struct loop *l, struct event_base *base, const struct conn_limits *limits,
                                  const struct conn_protocol *protocol)
{
    struct conn_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct conn_table){
        .loop = l, .base = base, .limits = *limits, .protocol = protocol, .next_generation = 1};
    TAILQ_INIT(&t->turns);
    TAILQ_INIT(&t->gathered);
    t->next_turn = event_new(base, -1, 0, conn_on_turn, t);
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

/* Out of the list; behind: the one before it, NULL for the first. */
static void unlink_heavy(struct conn *c, struct conn_waiter *behind, struct conn_waiter *w)
{
    if (behind == NULL)
        c->heavies = w->next;
    else
        behind->next = w->next;
    if (c->last_heavy == w)
        c->last_heavy = behind;
    c->waiting--;
    c->waiting_bytes -= w->bytes;
}

void conn_start_heavy(struct conn *c, bool all)
{
    struct conn_waiter *w;
    while ((w = c->heavies) != NULL && (all || (!conn_is_laden(c) && !conn_is_full(c)))) {
        unlink_heavy(c, NULL, w);
        w->go(w->ctx);
    }
}

void conn_expire_heavy(struct conn *c, int64_t now_ns)
{
    struct conn_waiter *behind = NULL, *next;
    for (struct conn_waiter *w = c->heavies; w != NULL; w = next) {
        next = w->next;
        if (w->deadline_ns > now_ns) {
            behind = w;
            continue;
        }
        unlink_heavy(c, behind, w);
        w->go(w->ctx);
    }
}

void conn_tell_waiters(struct conn *c)
{
    struct conn_waiter *w = c->waiters;
    c->waiters = NULL;
    for (struct conn_waiter *next; w != NULL; w = next) {
        next = w->next;
        w->go(w->ctx);
    }
}

void conn_close(struct conn *c)
{
    struct conn_table *t = c->table;
    if (c->queued)
        TAILQ_REMOVE(&t->turns, c, turn);
    if (c->gathered)
        TAILQ_REMOVE(&t->gathered, c, gather);
    t->held -= c->held;
    atomic_fetch_sub_explicit(&loop_stats(t->loop)->buffered, c->held, memory_order_relaxed);
    t->slots[c->ref.slot] = NULL;
    t->free_slots[t->free_count++] = c->ref.slot;
    t->live--;
    atomic_store_explicit(t->limits.open, t->live, memory_order_relaxed);
    bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
    conn_tell_waiters(c); /* they do not find it any more */
    conn_start_heavy(c, true);
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

bool conn_accept(struct conn_table *t, evutil_socket_t fd)
{
    if (t->live == t->limits.connections_max)
        return false;
    struct conn *c = calloc(1, sizeof *c + t->protocol->state_size);
    if (c == NULL)
        return false;
    c->table = t;
    if (!conn_wrap(c, fd)) {
        conn_free(c);
        return false;
    }
    c->ref.slot = t->free_count > 0 ? t->free_slots[--t->free_count] : t->slot_count++;
    c->ref.generation = t->next_generation++;
    c->opened_ns = c->last_ns = c->wrote_ns = c->read_ns = c->arrived_ns = c->reading_ns = monotonic_ns();
    c->reading = true;
    t->slots[c->ref.slot] = c;
    t->live++;
    atomic_store_explicit(t->limits.open, t->live, memory_order_relaxed);
    atomic_fetch_add_explicit(&loop_stats(t->loop)->accepted, 1, memory_order_relaxed);
    if (!conn_start(c)) /* no memory in the kernel to watch it */
        conn_close(c);
    return true;
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

const struct conn_protocol *conn_protocol(const struct conn *c)
{
    return c->table->protocol;
}

struct conn_table *conn_table_of(const struct conn *c)
{
    return c->table;
}

const struct conn_protocol *conn_table_protocol(const struct conn_table *t)
{
    return t->protocol;
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

int64_t conn_waiting_ns(const struct conn *c)
{
    return c->arrived_ns > c->had_none_ns ? c->arrived_ns : c->had_none_ns;
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

void conn_begin_heavy(struct conn *c)
{
    c->heavy++;
}

void conn_end_heavy(struct conn *c)
{
    c->heavy--;
    if (c->heavies != NULL)
        conn_owe_turn(c);
}

bool conn_is_laden(const struct conn *c)
{
    return c->heavy >= c->table->limits.heavy_max;
}

bool conn_may_wait(const struct conn *c, size_t bytes)
{
    return c->waiting < c->table->limits.waiting_max &&
           c->waiting_bytes + bytes <= c->table->limits.output_max;
}

void conn_wait_heavy(struct conn *c, struct conn_waiter *w)
{
    w->next = NULL;
    if (c->heavies == NULL)
        c->heavies = w;
    else
        c->last_heavy->next = w;
    c->last_heavy = w;
    c->waiting++;
    c->waiting_bytes += w->bytes;
    atomic_fetch_add_explicit(&loop_stats(c->table->loop)->heavy_waits, 1, memory_order_relaxed);
}

int64_t conn_reading_ns(const struct conn *c)
{
    return c->reading || c->crowded ? c->reading_ns : INT64_MAX;
}

void conn_wait_sent(struct conn *c, struct conn_waiter *w)
{
    w->next = c->waiters;
    c->waiters = w;
}

bool conn_is_full(const struct conn *c)
{
    return conn_unsent(c) > c->table->limits.output_max / 4;
}

void conn_close_after_write(struct conn *c)
{
    c->closing = true;
    if (!c->turning)
        conn_owe_turn(c); /* there may be nothing to write */
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
