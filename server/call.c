#include "call.h"

#include "log.h"
#include "loop.h"

#include "zongheng/v1/wire.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct call_slot {
    struct call call; /* first: a call is found back from its address */
    struct identity who;
    struct conn_ref ref;
    struct call_pool *pool;
    struct call_slot *next_free, *next_all;
};

struct call_pool {
    struct loop *loop;
    struct conn_table *conns;
    size_t arena_max;
    struct call_slot *free, *all;
};

struct call_pool *call_pool_new(struct loop *l, struct conn_table *conns, size_t arena_max)
{
    struct call_pool *p = calloc(1, sizeof *p);
    if (p != NULL)
        *p = (struct call_pool){.loop = l, .conns = conns, .arena_max = arena_max};
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
    s->ref = conn_ref_of(conn);
    c->loop = p->loop;
    c->identity = &s->who;
    c->snapshot = snapshot_acquire(loop_snapshot(p->loop));
    c->request_id = 0;
    c->method = NULL;
    c->committed = false;
    c->received_ns = monotonic_ns();
    c->deadline_ns = INT64_MAX;
    c->now_s = (int64_t)time(NULL);
    conn_begin_call(conn);
    atomic_fetch_add_explicit(&loop_stats(p->loop)->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&loop_stats(p->loop)->inflight, 1, memory_order_relaxed);
    return c;
}

static void call_end(struct call_slot *s)
{
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

struct identity *call_connection_identity(struct call *c)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    struct conn *conn = conn_find(s->pool->conns, s->ref);
    return conn != NULL ? conn_identity(conn) : NULL;
}

void call_peer(struct call *c, uint8_t address[16])
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    struct conn *conn = conn_find(s->pool->conns, s->ref);
    memset(address, 0, 16);
    if (conn != NULL)
        conn_peer(conn, address);
}

void call_close_connection(struct call *c)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    struct conn *conn = conn_find(s->pool->conns, s->ref);
    if (conn != NULL)
        conn_close_after_write(conn);
}

/* Packs the envelope and sends it when the peer is still there; ends the call in any case. A status always
 * fits `small`, so a call whose arena is full can still be refused. */
static void finish(struct call *c, Zongheng__V1__Reply *reply)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    struct conn *conn = conn_find(s->pool->conns, s->ref);
    if (conn != NULL) {
        uint8_t small[ERR_TEXT_MAX + ERR_FIELD_MAX + 64];
        reply->id = c->request_id;
        size_t n = zongheng__v1__reply__get_packed_size(reply);
        uint8_t *bytes = n <= sizeof small ? small : arena_alloc(&c->arena, n);
        if (bytes != NULL) {
            zongheng__v1__reply__pack(reply, bytes);
            conn_send(conn, bytes, n);
        } else {
            conn_close_after_write(conn);
        }
        conn_end_call(conn);
    }
    call_end(s);
}

static struct conn *conn_of(struct call *c)
{
    struct call_slot *s = (struct call_slot *)(void *)c;
    return conn_find(s->pool->conns, s->ref);
}

/* Not in the arena: a stream would fill it. */
bool call_part(struct call *c, const ProtobufCMessage *part)
{
    Zongheng__V1__Reply reply = ZONGHENG__V1__REPLY__INIT;
    struct conn *conn = conn_of(c);
    if (conn == NULL)
        return false;
    size_t n = protobuf_c_message_get_packed_size(part), size = 0;
    uint8_t *body = malloc(n + 1), *bytes = NULL;
    if (body != NULL) {
        protobuf_c_message_pack(part, body);
        reply.id = c->request_id;
        reply.body = (ProtobufCBinaryData){.len = n, .data = body};
        reply.more = true;
        size = zongheng__v1__reply__get_packed_size(&reply);
        bytes = malloc(size);
    }
    if (bytes != NULL) {
        zongheng__v1__reply__pack(&reply, bytes);
        conn_send(conn, bytes, size);
    } else {
        conn_close_after_write(conn);
    }
    free(body);
    free(bytes);
    return bytes != NULL;
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

void call_reply(struct call *c, const ProtobufCMessage *message)
{
    Zongheng__V1__Reply reply = ZONGHENG__V1__REPLY__INIT;
    struct err e = {0};
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *body = arena_alloc(&c->arena, n + 1);
    if (body == NULL) {
        if (c->committed)
            fail(&e, ERR_UNKNOWN,
                 "it was done, but the answer does not fit the memory of one request: the same key again");
        else
            fail(&e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
        call_fail(c, &e, 0);
        return;
    }
    protobuf_c_message_pack(message, body);
    reply.body = (ProtobufCBinaryData){.len = n, .data = body};
    finish(c, &reply);
}

void call_fail(struct call *c, const struct err *e, uint32_t retry_after_ms)
{
    Zongheng__V1__Reply reply = ZONGHENG__V1__REPLY__INIT;
    Zongheng__V1__Status status = ZONGHENG__V1__STATUS__INIT;
    Zongheng__V1__StatusDetails details = ZONGHENG__V1__STATUS_DETAILS__INIT;
    struct loop_stats *stats = loop_stats(c->loop);
    bool refused = e->code == ERR_RESOURCE_EXHAUSTED || e->code == ERR_UNAVAILABLE;
    atomic_fetch_add_explicit(refused ? &stats->refused : &stats->failed, 1, memory_order_relaxed);
    status.code = (uint32_t)e->code;
    status.message = (char *)(uintptr_t)e->text;
    details.field = (char *)(uintptr_t)e->field;
    details.retry_after_ms = retry_after_ms;
    if (e->field[0] != '\0' || retry_after_ms != 0)
        status.details = &details;
    reply.status = &status;
    if (e->code == ERR_INTERNAL || e->code == ERR_DATA_LOSS)
        log_event(LOG_ERROR, "call_failed", "method", c->method != NULL ? c->method->name : "", "why",
                  e->text, NULL);
    finish(c, &reply);
}

bool call_late(void *call)
{
    const struct call *c = call;
    return monotonic_ns() > c->deadline_ns;
}
