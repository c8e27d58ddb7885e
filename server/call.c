#include "call.h"

#include "log.h"
#include "loop.h"
#include "method_stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct call_slot {
    struct call call; /* first: a call is found back from its address */
    struct identity who;
    struct conn_table *conns; /* where its connection is found by ref */
    struct conn_ref ref;
    struct call_pool *pool;
    struct call_slot *next_free, *next_all;
};

struct call_pool {
    struct loop *loop;
    size_t arena_max;
    struct call_slot *free, *all;
};

struct call_pool *call_pool_new(struct loop *l, size_t arena_max)
{
    struct call_pool *p = calloc(1, sizeof *p);
    if (p != NULL)
        *p = (struct call_pool){.loop = l, .arena_max = arena_max};
    return p;
}

void call_pool_free(struct call_pool *p)
{
    for (struct call_slot *s = p->all, *next; s != NULL; s = next) {
        next = s->next_all;
        arena_release(&s->call.arena);
        if (s->call.snapshot != NULL)
            snapshot_release(s->call.snapshot);
        free(s);
    }
    free(p);
}

static struct call_slot *slot_get(struct call_pool *p)
{
    struct call_slot *s = p->free;
    if (s != NULL) {
        p->free = s->next_free;
        return s;
    }
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    arena_init(&s->call.arena, p->arena_max);
    s->pool = p;
    s->next_all = p->all;
    p->all = s;
    return s;
}

struct call *call_begin(struct call_pool *p, struct conn *conn)
{
    struct call_slot *s = slot_get(p);
    if (s == NULL)
        return NULL;
    struct call *c = &s->call;
    s->who = *conn_identity(conn);
    s->conns = conn_table_of(conn);
    s->ref = conn_ref_of(conn);
    c->loop = p->loop;
    c->identity = &s->who;
    c->snapshot = snapshot_acquire(loop_snapshot(p->loop));
    c->request_id = 0;
    c->method = NULL;
    c->committed = c->bearer = c->heavy = false;
    c->style = 0;
    c->received_ns = conn_arrived_ns(conn);
    c->waiting_ns = conn_waiting_ns(conn);
    c->deadline_ns = INT64_MAX;
    c->now_s = (int64_t)time(NULL);
    conn_begin_call(conn);
    atomic_fetch_add_explicit(&loop_stats(p->loop)->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&loop_stats(p->loop)->inflight, 1, memory_order_relaxed);
    return c;
}

static struct conn *conn_of(struct call *c)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    return conn_find(s->conns, s->ref);
}

static void call_end(struct call_slot *s, enum err_code code)
{
    struct call *c = &s->call;
    struct conn *conn = conn_of(c);
    if (conn != NULL && c->heavy)
        conn_end_heavy(conn);
    if (conn != NULL)
        conn_end_call(conn);
    if (c->method != NULL)
        method_stats_count(&loop_methods(c->loop)[methods_index(c->method)], code,
                           monotonic_ns() - c->received_ns);
    arena_reset(&s->call.arena);
    snapshot_release(s->call.snapshot);
    s->call.snapshot = NULL;
    s->next_free = s->pool->free;
    s->pool->free = s;
    atomic_fetch_sub_explicit(&loop_stats(s->pool->loop)->inflight, 1, memory_order_relaxed);
}

static void *pb_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void pb_free(void *arena, void *p)
{
    (void)arena;
    (void)p; /* the arena frees */
}

ProtobufCMessage *call_unpack(struct call *c, const ProtobufCMessageDescriptor *d, const uint8_t *bytes,
                              size_t len)
{
    ProtobufCAllocator a = {.alloc = pb_alloc, .free = pb_free, .allocator_data = &c->arena};
    return protobuf_c_message_unpack(d, &a, len, bytes);
}

bool call_enter_pool(struct call *c)
{
    return pool_enter(loop_server(c->loop)->pool);
}

void call_leave_pool(struct call *c)
{
    pool_leave(loop_server(c->loop)->pool);
}

struct conn *call_connection(struct call *c)
{
    return conn_of(c);
}

void call_begin_heavy(struct call *c)
{
    struct conn *conn = conn_of(c);
    c->heavy = conn != NULL;
    if (conn != NULL)
        conn_begin_heavy(conn);
}

void call_identify(struct call *c, const struct identity *who)
{
    ((struct call_slot *)(void *)c)->who = *who;
}

struct identity *call_connection_identity(struct call *c)
{
    struct conn *conn = conn_of(c);
    return conn != NULL ? conn_identity(conn) : NULL;
}

void call_peer(struct call *c, uint8_t address[16])
{
    struct conn *conn = conn_of(c);
    memset(address, 0, 16);
    if (conn != NULL)
        conn_peer(conn, address);
}

void call_close_connection(struct call *c)
{
    struct conn *conn = conn_of(c);
    if (conn != NULL)
        conn_close_after_write(conn);
}

/* Sends the message, or what was encoded. False: the connection closes, or with e the answer cannot be made.
 */
static bool send_answer(struct call *c, struct conn *conn, const ProtobufCMessage *m, struct answer *a,
                        struct err *e)
{
    const struct conn_protocol *p = conn_protocol(conn);
    if (m != NULL && p->quick != NULL && p->quick(conn, c, m, a->more))
        return true;
    if (m != NULL && !p->encode(c, m, a, e))
        return false;
    if (p->send(conn, c, a))
        return true;
    conn_close_after_write(conn);
    return false;
}

bool call_encode(struct call *c, const ProtobufCMessage *m, bool more, struct answer *a, struct err *e)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    *a = (struct answer){.more = more};
    bool ok = conn_table_protocol(s->conns)->encode(c, m, a, e);
    if (!ok)
        bytes_free(&a->bytes);
    return ok;
}

static bool part(struct call *c, const ProtobufCMessage *m, struct answer *a)
{
    struct conn *conn = conn_of(c);
    struct err e = {0};
    bool sent = conn != NULL && send_answer(c, conn, m, a, &e);
    if (!sent && conn != NULL)
        conn_close_after_write(conn);
    bytes_free(&a->bytes);
    return sent;
}

bool call_part(struct call *c, const ProtobufCMessage *message)
{
    struct answer a = {.more = true};
    return part(c, message, &a);
}

bool call_send_part(struct call *c, struct answer *a)
{
    return part(c, NULL, a);
}

bool call_alive(struct call *c)
{
    return conn_of(c) != NULL;
}

bool call_is_full(struct call *c)
{
    struct conn *conn = conn_of(c);
    return conn != NULL && conn_is_full(conn);
}

void call_wait_sent(struct call *c, struct conn_waiter *w)
{
    conn_wait_sent(conn_of(c), w);
}

static void finish(struct call *c, const ProtobufCMessage *m, struct answer *a)
{
    if (call_late(c))
        atomic_fetch_add_explicit(&loop_stats(c->loop)->answered_late, 1, memory_order_relaxed);
    struct conn *conn = conn_of(c);
    struct err e = {0};
    if (conn != NULL && !send_answer(c, conn, m, a, &e) && e.code != ERR_OK) {
        bytes_free(&a->bytes);
        if (c->committed)
            fail(&e, ERR_UNKNOWN,
                 "it was done, but the answer does not fit the memory of one request: the same key again");
        call_fail(c, &e, 0);
        return;
    }
    bytes_free(&a->bytes);
    call_end((struct call_slot *)(void *)c, ERR_OK);
}

void call_reply(struct call *c, const ProtobufCMessage *message)
{
    struct answer a = {0};
    finish(c, message, &a);
}

void call_send(struct call *c, struct answer *a)
{
    finish(c, NULL, a);
}

void call_fail(struct call *c, const struct err *e, uint32_t retry_after_ms)
{
    struct loop_stats *stats = loop_stats(c->loop);
    struct conn *conn = conn_of(c);
    bool refused = e->code == ERR_RESOURCE_EXHAUSTED || e->code == ERR_UNAVAILABLE;
    atomic_fetch_add_explicit(refused ? &stats->refused : &stats->failed, 1, memory_order_relaxed);
    if (e->code == ERR_INTERNAL || e->code == ERR_DATA_LOSS)
        log_event(LOG_ERROR, "call_failed", "method", c->method != NULL ? c->method->name : "", "why",
                  e->text, NULL);
    if (conn != NULL && !conn_protocol(conn)->status(conn, c, e, retry_after_ms))
        conn_close_after_write(conn);
    call_end((struct call_slot *)(void *)c, e->code);
}

bool call_late(void *call)
{
    const struct call *c = call;
    return monotonic_ns() > c->deadline_ns;
}
