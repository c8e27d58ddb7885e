/* The end of a loop while workers still hold what is its own: what they are done with after its last turn
 * goes on to the agreed tariffs, PostgreSQL and its replica, and finds them closed, not freed (freed memory
 * is made garbage here). And what a thread that waits has a loop do: its wait does not end when the wall
 * clock is set. */
#include "agreed.h"
#include "bare_loop.h"
#include "db.h"
#include "errand.h"
#include "store_replica.h"
#include "store_sql.h"
#include "test.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The daemon's, too: a wall clock that was an hour behind when it was looked at, and is set right at once. */
static _Atomic int behind_s;
int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int got = (int)syscall(SYS_clock_gettime, clock, ts);
    ts->tv_sec -= clock == CLOCK_REALTIME ? behind_s : 0;
    return got;
}

struct late {            /* what a worker held when the loop ended */
    struct pool_job job; /* first */
    struct loop *loop;
    struct identity who;
    struct call call;
    struct agreed_waiter agreed;
    struct replica_waiter reader;
    enum db_outcome outcome, read_outcome;
    int delivered, agreed_told, submitted_told, read_told;
    bool up, stale;
};

static void on_agreed(struct agreed_waiter *w)
{
    struct late *x = w->owner;
    x->agreed_told++;
    x->stale = w->stale && w->set == NULL;
}

static void on_submitted(void *ctx, const struct db_result *r)
{
    struct late *x = ctx;
    x->submitted_told++;
    x->outcome = r->outcome;
}

static void on_read(void *ctx, const struct db_result *r)
{
    struct late *x = ctx;
    x->read_told++;
    x->read_outcome = r->outcome;
}

static void on_ready(void *ctx, struct db *db)
{
    struct db_query q = {.statement = STORE_WAL_POSITION, .deadline_ns = INT64_MAX};
    db_submit(db, &q, on_read, ctx);
}

static void deliver(struct pool_job *j)
{
    struct late *x = (struct late *)(void *)j;
    struct db_query q = {.statement = STORE_WAL_POSITION, .deadline_ns = INT64_MAX};
    x->delivered++;
    if (agreed_get(loop_agreed(x->loop), &x->call, &x->agreed))
        x->stale = x->agreed.stale;
    x->up = db_up(loop_db(x->loop)) || db_up(loop_reads(x->loop));
    db_submit(loop_db(x->loop), &q, on_submitted, x);
    db_submit(loop_reads(x->loop), &q, on_submitted, x);
    replica_ask(loop_replica(x->loop), &x->reader);
}

TEST(what_comes_after_the_last_turn_finds_postgresql_closed_and_not_freed)
{
    static struct server server;
    static struct late x;
    mallopt(M_PERTURB, 0xa5);
    bare_loop_open(&server, &x.loop);
    snprintf(x.who.firm_id, sizeof x.who.firm_id, "%s", "11111111-1111-1111-1111-111111111111");
    x.call = (struct call){.loop = x.loop, .identity = &x.who, .snapshot = loop_snapshot(x.loop)};
    x.agreed = (struct agreed_waiter){.go = on_agreed, .owner = &x};
    x.reader = (struct replica_waiter){.ready = on_ready, .ctx = &x};
    x.job = (struct pool_job){.done = deliver, .port = loop_port(x.loop)};
    x.up = true;
    pool_post(x.job.port, &x.job);
    bare_loop_close(&server, x.loop);
    CHECK_I64(x.delivered, 1);
    CHECK_I64(x.agreed_told, 1);
    CHECK(x.stale);
    CHECK(!x.up);
    CHECK_I64(x.submitted_told, 2);
    CHECK_I64(x.outcome, DB_RETRY);
    CHECK_I64(x.read_told, 1);
    CHECK_I64(x.read_outcome, DB_RETRY);
}

static void begin_errand(struct errand *x)
{
    errand_end(x);
}

static void release_errand(struct errand *x)
{
    free(x);
}

struct asker { /* a job's thread */
    struct server *server;
    struct err err;
    _Atomic bool over;
    bool done;
};

static void *run_errand(void *asker)
{
    struct asker *a = asker;
    struct errand *x = calloc(1, sizeof *x);
    x->begin = begin_errand;
    x->release = release_errand;
    a->done = errand_run(a->server, x, &a->err);
    if (a->done)
        errand_free(x);
    a->over = true;
    return NULL;
}

TEST(an_errand_waits_by_a_clock_that_nobody_sets)
{
    static struct server server;
    struct loop *l;
    struct asker a = {.server = &server};
    pthread_t thread;
    bare_loop_open(&server, &l);
    server.loops = &l;
    server.loop_count = 1;
    behind_s = 3600;
    CHECK(pthread_create(&thread, NULL, run_errand, &a) == 0);
    usleep(100000); /* it waits by now, or will find its wait over at once */
    while (!a.over)
        loop_step(l, false);
    pthread_join(thread, NULL);
    behind_s = 0;
    CHECK_MSG(a.done, "%s", a.err.text);
    bare_loop_close(&server, l);
}
