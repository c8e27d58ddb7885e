#include "conn_inside.h"
#include "loop.h"
#include "tls.h"

#include <event2/bufferevent.h>
#include <poll.h>
#include <sys/socket.h>

enum {
    LINGER_MS = 1000,
    QUEUE_NS = 300 * 1000,  /* that something waits for the loop is no queue yet */
    GATHER_NS = 100 * 1000, /* an answer waits for those of other connections */
    TURN_MESSAGES = 128,    /* that one connection may hand out before the others' turn, */
    TURN_NS = 250 * 1000    /* or for so long */
};

void conn_count_held(struct conn *c)
{
    size_t held = evbuffer_get_length(c->in) + conn_unsent(c) + c->waiting_bytes;
    if (c->tls != NULL)
        held += evbuffer_get_length(bufferevent_get_input(c->bev));
    if (c->table->protocol->held != NULL)
        held += c->table->protocol->held(c);
    if (held == c->held)
        return;
    c->table->held += held - c->held;
    atomic_fetch_add_explicit(&loop_stats(c->table->loop)->buffered, held - c->held, memory_order_relaxed);
    c->held = held;
}

/* Whether it may bring more requests. */
static bool has_room(const struct conn *c)
{
    return c->inflight < c->table->limits.inflight_max;
}

/* Reads on or pauses: by requests in work, messages that wait for their turn, unsent bytes (with hysteresis),
 * and, when all buffers together are too large, by having anything in them. */
void conn_steer_reading(struct conn *c)
{
    const struct conn_limits *lim = &c->table->limits;
    conn_count_held(c);
    bool crowded = c->table->held > lim->buffers_max && c->held > 0;
    c->table->crowded = c->table->crowded || crowded;
    size_t high = c->reading ? lim->output_max / 4 : lim->output_max / 8;
    bool room = has_room(c), reads = conn_unsent(c) <= high;
    bool may = !c->closing && !c->eof && !c->cut && (room || c->table->protocol->hangs_up != NULL) && reads &&
               !c->queued;
    bool want = may && !crowded;
    c->crowded = may && crowded;
    if (c->sated && room && reads)
        c->had_none_ns = monotonic_ns();
    c->sated = !room || !reads;
    if (want == c->reading)
        return;
    c->reading = want;
    if (want) {
        c->reading_ns = monotonic_ns();
        c->on_turn = loop_turn(c->table->loop);
        bufferevent_enable(c->bev, EV_READ);
    } else
        bufferevent_disable(c->bev, EV_READ);
}

static bool done(const struct conn *c)
{
    return (c->closing || c->eof) && (c->inflight == 0 || c->broken) && conn_unsent(c) == 0 &&
           (!c->queued || c->closing);
}

/* One connection must not keep the loop from the others: what it has more waits until they had their turn. */
static bool turn_is_over(const struct conn *c, int64_t began_ns)
{
    return c->taken == TURN_MESSAGES || (c->taken > 0 && monotonic_ns() - began_ns > TURN_NS);
}

void conn_owe_turn(struct conn *c)
{
    struct conn_table *t = c->table;
    if (c->queued)
        return;
    if (TAILQ_EMPTY(&t->turns))
        event_add(t->next_turn, &(struct timeval){0});
    TAILQ_INSERT_TAIL(&t->turns, c, turn);
    c->queued = true;
}

static void queue_turn(struct conn *c)
{
    if (c->queued || evbuffer_get_length(c->in) == 0)
        return;
    conn_owe_turn(c);
    c->delayed = true;
}

/* Hands out the whole messages that are there. May leave the connection closing, never freed. */
static void take_messages(struct conn *c, int64_t began_ns)
{
    if (c->sated) /* until now */
        c->had_none_ns = monotonic_ns();
    c->held_back = false;
    while (!c->closing && has_room(c)) {
        c->held_back = conn_unsent(c) > c->table->limits.output_max;
        if (c->held_back)
            return;
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

void conn_table_flush(struct conn_table *t)
{
    struct conn *c;
    while ((c = TAILQ_FIRST(&t->gathered)) != NULL) {
        TAILQ_REMOVE(&t->gathered, c, gather);
        c->gathered = false;
        conn_flush(c);
        if (c->held_back && conn_unsent(c) <= c->table->limits.output_max)
            conn_owe_turn(c); /* the socket took all at once: it will not tell */
        conn_steer_reading(c);
    }
}

/* Each write wakes a peer that sleeps; when several connections are ready their answers leave together, so
 * that who is woken by the first finds the others. */
static void gather(struct conn *c)
{
    struct conn_table *t = c->table;
    if (!c->gathered) {
        if (TAILQ_EMPTY(&t->gathered))
            t->gathered_ns = c->last_ns;
        TAILQ_INSERT_TAIL(&t->gathered, c, gather);
        c->gathered = true;
    }
    if (c->last_ns - t->gathered_ns > GATHER_NS)
        conn_table_flush(t);
}

/* Whether the peer has reset the connection, or ended both its sides: where there is a queue, nobody else
 * should wait for what nobody waits for. Without one a look costs more than it saves. */
static bool is_gone(struct conn *c)
{
    struct pollfd p = {.fd = bufferevent_getfd(c->bev)};
    return evbuffer_get_length(c->in) > 0 && loop_delay_ns(c->table->loop, monotonic_ns()) > QUEUE_NS &&
           poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

void conn_proceed(struct conn *c)
{
    int64_t began_ns = c->last_ns;
    bool more;
    if (is_gone(c)) {
        conn_close(c);
        return;
    }
    c->taken = 0;
    c->turning = true;
    conn_start_heavy(c, false);
    do { /* what was taken may have made room for what is not decrypted yet */
        uint32_t before = c->taken;
        more = conn_decrypt(c);
        take_messages(c, began_ns);
        more = more || (c->tls != NULL && c->taken != before);
    } while (more && !c->queued);
    conn_encrypt(c);
    c->turning = false;
    c->left = evbuffer_get_length(bufferevent_get_input(c->bev));
    if (!c->closing && !c->eof && !c->cut && conn_unsent(c) > 0) {
        gather(c);
        return;
    }
    conn_flush(c);
    conn_steer_reading(c);
    bool severed = c->cut && !c->eof && !c->closing &&
                   evbuffer_get_length(bufferevent_get_input(c->bev)) == 0; /* all read, no close_notify */
    if (!severed && !done(c))
        return;
    if (!severed && c->tls != NULL && !c->broken && !c->bye) {
        c->bye = true;
        tls_end(c->tls, bufferevent_get_output(c->bev));
        conn_flush(c);
        if (conn_unsent(c) > 0)
            return; /* on_write comes back */
    }
    if (severed || !linger(c))
        conn_close(c);
}

/* One turn for each that waits; who has still more comes again. */
void conn_on_turn(evutil_socket_t fd, short what, void *ctx)
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
        conn_proceed(c);
    }
    if (t->sweeping)
        conn_sweep(t, monotonic_ns());
    if (!TAILQ_EMPTY(&t->turns))
        event_add(t->next_turn, &(struct timeval){0});
}
