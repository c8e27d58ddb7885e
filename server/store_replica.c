#include "store_replica.h"

#include "db_conn.h"
#include "store_sql.h"

#include <stdio.h>
#include <stdlib.h>

enum { AGAIN_MS = 2, POSITION_TEXT = 24 };
static const int64_t PRIMARY_NS = 1000000000;

struct replica {
    struct event_base *base;
    struct db *primary, *reads;
    struct event *timer;                 /* to look at the replica again */
    struct replica_waiter *next, *asked; /* those of the round to come; of the round that runs */
    int64_t wait_ns, until_ns;           /* of the round */
    char position[POSITION_TEXT];
    bool running, stopped;
    struct replica_stats stats;
};

static void begin(struct replica *r);

static void tell(struct replica *r, struct db *db)
{
    struct replica_waiter *list = r->asked;
    r->asked = NULL;
    r->running = false;
    while (list != NULL) {
        struct replica_waiter w = *list; /* gone with its call when ready returns */
        DB_COUNT(r->stats.served, db == r->reads);
        DB_COUNT(r->stats.behind, db == r->primary);
        list = w.next;
        w.ready(w.ctx, db);
    }
    if (r->next != NULL && !r->running && !r->stopped)
        begin(r);
}

static void look(struct replica *r);

static void on_replayed(void *ctx, const struct db_result *res)
{
    struct replica *r = ctx;
    bool ok = res->outcome == DB_OK && res->row_count == 1;
    bool there = ok && db_col_i64(res, 0, "replayed", &ok) != 0;
    if (there && ok) {
        tell(r, r->reads);
    } else if (!ok || r->stopped || db_now_ns() >= r->until_ns) {
        tell(r, r->primary);
    } else {
        struct timeval tv = {.tv_usec = AGAIN_MS * 1000};
        event_add(r->timer, &tv);
    }
}

static void look(struct replica *r)
{
    struct db_query q = {.statement = STORE_REPLAYED, .deadline_ns = r->until_ns};
    db_add_text(&q, r->position);
    db_submit(r->reads, &q, on_replayed, r);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    look(ctx);
}

static void on_position(void *ctx, const struct db_result *res)
{
    struct replica *r = ctx;
    bool ok = res->outcome == DB_OK && res->row_count == 1;
    snprintf(r->position, sizeof r->position, "%s", ok ? db_col_text(res, 0, "position", &ok) : "");
    r->until_ns = db_now_ns() + r->wait_ns;
    if (ok)
        look(r);
    else
        tell(r, r->primary);
}

static void begin(struct replica *r)
{
    struct db_query q = {.statement = STORE_WAL_POSITION, .deadline_ns = db_now_ns() + PRIMARY_NS};
    r->running = true;
    r->asked = r->next;
    r->next = NULL;
    DB_COUNT(r->stats.rounds, 1);
    db_submit(r->primary, &q, on_position, r);
}

void replica_ask(struct replica *r, struct replica_waiter *w)
{
    if (r->stopped || !db_up(r->reads)) {
        DB_COUNT(r->stats.behind, 1);
        w->ready(w->ctx, r->primary);
        return;
    }
    w->next = r->next;
    r->next = w;
    if (!r->running)
        begin(r);
}

struct replica *replica_new(struct event_base *base, struct db *primary, struct db *reads, uint32_t wait_ms)
{
    struct replica *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    *r = (struct replica){
        .base = base, .primary = primary, .reads = reads, .wait_ns = (int64_t)wait_ms * 1000000};
    r->timer = event_new(base, -1, 0, on_timer, r);
    if (r->timer != NULL)
        return r;
    free(r);
    return NULL;
}

void replica_stop(struct replica *r)
{
    r->stopped = true;
    event_del(r->timer);
    tell(r, r->primary);
    r->asked = r->next;
    r->next = NULL;
    tell(r, r->primary);
}

void replica_free(struct replica *r)
{
    event_free(r->timer);
    free(r);
}

const struct replica_stats *replica_stats(const struct replica *r)
{
    return &r->stats;
}
