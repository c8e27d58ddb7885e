#include "conn_inside.h"
#include "log.h"
#include "loop.h"

#include <event2/bufferevent.h>
#include <sys/socket.h>

enum {
    EXPEL_MS = 200,
    PROGRESS = 65536,  /* bytes that a reader must take in stall_ms, or all there are */
    SWEEP_LOOKS = 64,  /* connections, */
    SWEEP_NS = 200000, /* or so long: then the others have their turn; */
    SWEEP_CLOSES = 2   /* of them at most: libevent closes in its next round, where no clock sees it */
};

static const int64_t HELD_UP_NS = 1000000000; /* without a tick, which comes four times a second */

/* When what was read now may have come. What filled the last read may have left more behind it, which came no
 * later; what was read to the end had its rest come since; and what came since the loop last looked has
 * waited for as long as that is ago at most. Once the loop has looked at the socket after the last read, with
 * reading on, and found nothing, nothing was left there: a pause makes no request late. */
void conn_date_input(struct conn *c, bool full)
{
    int64_t looked_ns = c->last_ns - loop_delay_ns(c->table->loop, c->last_ns);
    if (loop_found_nothing(c->table->loop, c->on_turn))
        c->arrived_ns = looked_ns;
    else if (!c->full)
        c->arrived_ns = c->delayed || c->read_ns > looked_ns ? c->read_ns : looked_ns;
    c->read_ns = c->last_ns;
    c->full = full;
    c->delayed = false;
    c->on_turn = loop_turn(c->table->loop);
}

static const char stalled[] = "reader stalled";

/* What the kernel holds of it as well, megabytes that it would keep for a minute more. */
static void reset(struct conn *c)
{
    struct linger at_once = {.l_onoff = 1};
    setsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static const char *over_time(struct conn *c, int64_t now)
{
    const struct conn_limits *lim = &c->table->limits;
    if (c->expel_ns != 0 && now > c->expel_ns)
        return "expelled";
    if (conn_unsent(c) > 0 && now - c->wrote_ns > lim->stall_ns)
        return stalled;
    if (c->inflight == 0 && now - c->last_ns > lim->idle_ns)
        return "idle";
    return c->table->protocol->over_time(c, now);
}

/* A reader that takes its bytes one by one makes no progress. */
static void watch_progress(struct conn *c, int64_t now)
{
    size_t left = conn_unsent(c);
    if (left + PROGRESS <= c->unsent_mark)
        c->wrote_ns = now;
    if (left + PROGRESS <= c->unsent_mark || left > c->unsent_mark || left == 0)
        c->unsent_mark = left;
}

/* Looks at some of the connections, and closes those that are over time: to look at ten thousand at once, or
 * to free what hundreds held, would hold up the others. */
void conn_sweep(struct conn_table *t, int64_t now_ns)
{
    for (unsigned looks = 0, closed = 0; t->sweep_at < t->slot_count; t->sweep_at++) {
        struct conn *c = t->slots[t->sweep_at];
        if (c == NULL)
            continue;
        if (closed == SWEEP_CLOSES || (++looks % SWEEP_LOOKS == 0 && monotonic_ns() - now_ns > SWEEP_NS))
            break;
        watch_progress(c, now_ns);
        conn_expire_heavy(c, now_ns);
        conn_count_held(c);
        if (t->was_crowded)
            conn_steer_reading(c);
        const char *why = over_time(c, now_ns);
        if (why == NULL)
            continue;
        log_event(LOG_DEBUG, "connection_closed", "why", why, NULL);
        if (why == stalled)
            reset(c);
        conn_close(c);
        closed++;
    }
    t->sweeping = t->sweep_at < t->slot_count;
    if (t->sweeping)
        event_add(t->next_turn, &(struct timeval){0});
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
    conn_sweep(t, now_ns);
}

void conn_expel(struct conn *c, const char *why)
{
    if (c->expel_ns != 0)
        return;
    c->expel_ns = monotonic_ns() + (int64_t)EXPEL_MS * 1000000;
    c->table->protocol->expel(c, why);
    c->closing = true;
    conn_start_heavy(c, true); /* they end: nothing is begun any more */
    conn_steer_reading(c);
}

bool conn_is_expelled(const struct conn *c)
{
    return c->expel_ns != 0;
}
