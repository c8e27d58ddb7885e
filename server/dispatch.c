#include "dispatch.h"

#include "call.h"
#include "envelope.h"
#include "loop.h"
#include "method_stats.h"
#include "scenario_open.h"
#include "wire_scan.h"

#include <string.h>

enum { OVERLOAD_RETRY_MS = 100 };

/* With a key RESOURCE_EXHAUSTED is final (docs/protocol.md): no room here is UNAVAILABLE. */
static enum err_code room_code(const struct method *m)
{
    return m->keyed ? ERR_UNAVAILABLE : ERR_RESOURCE_EXHAUSTED;
}

static bool admitted(struct loop *l, const struct method *m, const struct identity *who, struct err *e)
{
    if (!methods_admit(m, who, e))
        return false;
    if (atomic_load(&loop_stats(l)->inflight) > loop_server(l)->config.inflight_max)
        return fail(e, room_code(m), "the server has as many requests in work as it takes; try again");
    return true;
}

static int64_t deadline_of(struct loop *l, const struct method *m, uint32_t asked_ms, int64_t received_ns)
{
    int64_t max = loop_server(l)->config.deadline_max_ms;
    int64_t ms = asked_ms != 0 ? asked_ms : m->deadline_ms;
    return received_ns + (ms < max ? ms : max) * 1000000;
}

/* Counts it, and says why; the time after which to come back, 0: never. */
static uint32_t say_why(struct loop *l, const struct method *m, enum admission a, int64_t delay_ns,
                        struct err *e)
{
    struct loop_stats *s = loop_stats(l);
    if (a == ADMISSION_EXPIRED) {
        atomic_fetch_add_explicit(&s->expired, 1, memory_order_relaxed);
        fail(e, ERR_DEADLINE_EXCEEDED,
             "the deadline of the request passed before its turn came: nothing was done");
        return 0;
    }
    if (a == ADMISSION_SHARE) {
        atomic_fetch_add_explicit(&s->shed_share, 1, memory_order_relaxed);
        fail(e, room_code(m),
             "the server is busy, and this firm has had more than its share of it; come "
             "back later");
    } else if (a == ADMISSION_LADEN) {
        atomic_fetch_add_explicit(&s->shed[m->criticality], 1, memory_order_relaxed);
        fail(e, room_code(m),
             "as many heavy requests of this connection wait as may (heavy_conn_waiting, output_max); come "
             "back later");
        delay_ns = pool_wait_ns(loop_server(l)->pool);
    } else {
        atomic_fetch_add_explicit(&s->shed[m->criticality], 1, memory_order_relaxed);
        fail(e, room_code(m), "the server is busy: the request waited %lld ms already; come back later",
             (long long)(delay_ns / 1000000));
    }
    return admission_retry_ms(loop_admission(l), delay_ns);
}

/* "": as it is, or the method itself knows what to do with the id. */
static const char *scenario_of(const struct method *m, const ProtobufCMessage *request)
{
    if (m->scenario == NULL)
        return "";
    return *(char *const *)(const void *)((const char *)request + m->scenario->offset);
}

/* What a request costs the loop is charged to its firm. */
static void handle(struct call *c, const ProtobufCMessage *request, int64_t now_ns)
{
    struct loop *l = c->loop;
    char firm[sizeof c->identity->firm_id];
    memcpy(firm, c->identity->firm_id, sizeof firm);
    const char *scenario = scenario_of(c->method, request);
    if (scenario[0] != '\0')
        scenario_door(c, request, scenario);
    else
        c->method->handle(c, request);
    int64_t then_ns = monotonic_ns();
    admission_charge(loop_admission(l), firm, then_ns - now_ns, then_ns);
}

static void unpack(struct call *c, const uint8_t *body, size_t len, int64_t now_ns)
{
    struct err e = {0};
    if (c->method->heavy)
        call_begin_heavy(c);
    if (!wire_scan(c->method->input, body, len, &e)) {
        call_fail(c, &e, 0);
        return;
    }
    ProtobufCMessage *request = call_unpack(c, c->method->input, body, len);
    if (request == NULL) {
        fail(&e, room_code(c->method), "the request does not fit the memory of one request");
        call_fail(c, &e, e.code == ERR_UNAVAILABLE ? OVERLOAD_RETRY_MS : 0);
        return;
    }
    handle(c, request, now_ns);
}

/* A heavy request while its connection has as many in work as it may. */
struct heavy_wait {
    struct conn_waiter waiter;
    struct call *call;
    size_t len;
    uint8_t body[];
};

/* Until now it has waited for its own connection's requests, which is no delay of the loop's. */
static void on_place(void *ctx)
{
    struct heavy_wait *w = ctx;
    struct call *c = w->call;
    struct err e = {0};
    int64_t now_ns = monotonic_ns();
    if (!call_alive(c))
        fail(&e, ERR_CANCELLED, "the peer has gone");
    else if (conn_is_expelled(call_connection(c)))
        fail(&e, ERR_UNAUTHENTICATED, "the connection is ended: nothing was done");
    else if (now_ns > c->deadline_ns)
        say_why(c->loop, c->method, ADMISSION_EXPIRED, 0, &e);
    if (e.code != ERR_OK)
        call_fail(c, &e, 0);
    else
        unpack(c, w->body, w->len, now_ns);
}

static void wait_for_place(struct call *c, const uint8_t *body, size_t len)
{
    struct err e = {0};
    struct heavy_wait *w = arena_alloc(&c->arena, sizeof *w + len);
    if (w == NULL) {
        fail(&e, room_code(c->method), "the request does not fit the memory of one request");
        call_fail(c, &e, OVERLOAD_RETRY_MS);
        return;
    }
    *w =
        (struct heavy_wait){.waiter = {.go = on_place, .ctx = w, .bytes = len, .deadline_ns = c->deadline_ns},
                            .call = c,
                            .len = len};
    if (len > 0) /* else there may be no body to copy from */
        memcpy(w->body, body, len);
    conn_wait_heavy(call_connection(c), &w->waiter);
}

static bool is_heavy_on_laden(const struct method *m, const struct conn *conn)
{
    return m->heavy && conn != NULL && conn_is_laden(conn);
}

void dispatch_call(struct call *c, const uint8_t *body, size_t len, uint32_t deadline_ms)
{
    struct err e = {0};
    int64_t now_ns = monotonic_ns(), delay_ns = now_ns - c->waiting_ns;
    c->deadline_ns = deadline_of(c->loop, c->method, deadline_ms, c->received_ns);
    if (!admitted(c->loop, c->method, c->identity, &e)) {
        call_fail(c, &e, e.code == room_code(c->method) ? OVERLOAD_RETRY_MS : 0);
        return;
    }
    enum admission a = admission_judge(loop_admission(c->loop), c->method->criticality, c->identity->firm_id,
                                       c->waiting_ns, now_ns, c->deadline_ns);
    atomic_store_explicit(&loop_stats(c->loop)->delay_ns, delay_ns, memory_order_relaxed);
    if (a == ADMISSION_YES) {
        if (is_heavy_on_laden(c->method, call_connection(c)))
            wait_for_place(c, body, len);
        else
            unpack(c, body, len, now_ns);
        return;
    }
    uint32_t retry_ms = say_why(c->loop, c->method, a, delay_ns, &e);
    call_fail(c, &e, retry_ms);
}

/* Where ten times as much comes as can be done, nine of ten requests end here: no call is begun for them. */
static bool refused_at_once(struct conn *conn, const struct method *m, const struct envelope *x)
{
    struct loop *l = conn_loop(conn);
    const struct identity *who = conn_identity(conn);
    struct loop_stats *s = loop_stats(l);
    struct err e;
    if (conn_protocol(conn)->refuse == NULL || ((unsigned)m->access & 1u << who->role) == 0 || !who->known)
        return false;
    int64_t now_ns = monotonic_ns(), received_ns = conn_arrived_ns(conn), waiting_ns = conn_waiting_ns(conn);
    enum admission a = admission_judge(loop_admission(l), m->criticality, who->firm_id, waiting_ns, now_ns,
                                       deadline_of(l, m, x->deadline_ms, received_ns));
    if (a == ADMISSION_YES && is_heavy_on_laden(m, conn) && !conn_may_wait(conn, x->body_len))
        a = ADMISSION_LADEN;
    if (a == ADMISSION_YES)
        return false;
    uint32_t retry_ms = say_why(l, m, a, now_ns - waiting_ns, &e);
    atomic_store_explicit(&s->delay_ns, now_ns - waiting_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(a == ADMISSION_EXPIRED ? &s->failed : &s->refused, 1, memory_order_relaxed);
    method_stats_count(&loop_methods(l)[methods_index(m)], e.code, now_ns - received_ns);
    conn_protocol(conn)->refuse(conn, x->id, &e, retry_ms);
    return true;
}

/* Nothing of the request is unpacked before it is admitted: to refuse it costs no more than to read its
 * envelope in place. */
void dispatch_frame(struct conn *conn, const uint8_t *payload, size_t len)
{
    struct err e = {0};
    struct envelope x;
    bool read = envelope_read(payload, len, &x, &e);
    const struct method *m = read ? methods_find(x.method, x.method_len) : NULL;
    if (m != NULL && refused_at_once(conn, m, &x))
        return;
    struct call *c = call_begin(loop_calls(conn_loop(conn)), conn);
    if (c == NULL) { /* out of memory: no reply can be made either */
        conn_close_after_write(conn);
        return;
    }
    if (!read) {
        call_close_connection(c); /* who cannot write an envelope cannot be answered by id */
        call_fail(c, &e, 0);
        return;
    }
    c->request_id = x.id;
    c->method = m;
    if (m != NULL) {
        dispatch_call(c, x.body, x.body_len, x.deadline_ms);
        return;
    }
    fail_field(&e, ERR_UNIMPLEMENTED, "method", "there is no method \"%.*s\"",
               (int)(x.method_len < 100 ? x.method_len : 100), x.method);
    call_fail(c, &e, 0);
}
