/* Workers: every job is done once and on its port's thread, tickets bound them, urgent ones go first, nothing
 * is lost or run late when the pool stops; a team's tasks run once each. Also under the thread sanitizer. */
#include "pool.h"
#include "team.h"
#include "test.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sum_job {
    struct pool_job job; /* first */
    uint32_t from, to;
    uint64_t sum;
    unsigned rounds; /* submits itself again so often */
    struct bench *bench;
};

struct bench {
    struct pool *pool;
    struct pool_port *port;
    struct event_base *base;
    pthread_t thread;
    uint32_t done, want;
    uint64_t sum;
    bool wrong_thread;
};

static void add_up(struct pool_job *j)
{
    struct sum_job *s = (struct sum_job *)(void *)j;
    for (uint32_t i = s->from; !j->dropped && i < s->to; i++)
        s->sum += i;
}

static void collect(struct pool_job *j)
{
    struct sum_job *s = (struct sum_job *)(void *)j;
    struct bench *b = s->bench;
    b->wrong_thread = b->wrong_thread || !pthread_equal(pthread_self(), b->thread);
    if (s->rounds > 0) {
        s->rounds--;
        pool_submit(b->pool, j);
        return;
    }
    b->sum += s->sum;
    if (++b->done == b->want)
        event_base_loopexit(b->base, NULL);
}

static void bench_open(struct bench *b, struct pool *pool)
{
    struct err e;
    *b = (struct bench){.pool = pool, .base = event_base_new(), .thread = pthread_self()};
    CHECK(b->base != NULL);
    CHECK_MSG(pool_port_new(b->base, &b->port, &e), "%s", e.text);
}

static void *many_jobs(void *arg)
{
    enum { JOBS = 500, ROUNDS = 3 };
    struct bench *b = arg;
    struct sum_job *jobs = calloc(JOBS, sizeof *jobs);
    bench_open(b, b->pool);
    b->want = JOBS;
    for (uint32_t i = 0; jobs != NULL && i < JOBS; i++) {
        jobs[i] =
            (struct sum_job){.job = {.work = add_up, .done = collect, .port = b->port, .urgent = i % 3 == 0},
                             .from = i,
                             .to = i + 100,
                             .rounds = ROUNDS,
                             .bench = b};
        pool_submit(b->pool, &jobs[i].job);
    }
    event_base_dispatch(b->base);
    pool_port_free(b->port);
    event_base_free(b->base);
    free(jobs);
    return NULL;
}

TEST(jobs_of_three_loops_are_done_once_each_on_their_own_thread)
{
    struct pool *p;
    struct err e;
    struct bench b[3] = {{0}};
    pthread_t t[3];
    uint64_t want = 0;
    CHECK_MSG(pool_new(4, 0, 1, 1000, &p, &e), "%s", e.text);
    for (uint32_t i = 0; i < 500; i++)
        for (uint32_t k = i; k < i + 100; k++)
            want += 4 * k;
    for (int i = 0; i < 3; i++) {
        b[i].pool = p;
        CHECK(pthread_create(&t[i], NULL, many_jobs, &b[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        CHECK_I64(b[i].done, 500);
        CHECK_I64(b[i].sum, want);
        CHECK(!b[i].wrong_thread);
    }
    struct pool_stats s = pool_stats(p);
    CHECK_I64(s.jobs, 3 * 500 * 4);
    CHECK_I64(s.waiting + s.running, 0);
    pool_stop(p);
    pool_free(p);
}

TEST(bytes_are_bounded)
{
    struct err e = {0};
    struct pool *p;
    CHECK(pool_new(1, 0, 3, 1000, &p, &e));
    CHECK(pool_hold(p, 600) && !pool_hold(p, 401) && pool_hold(p, 400) && !pool_hold(p, SIZE_MAX));
    CHECK(pool_stats(p).held == 1000 && pool_stats(p).held_max == 1000 && pool_stats(p).refused == 2);
    pool_let_go(p, 600);
    CHECK(!pool_hold(p, 601) && pool_hold(p, 600));
    pool_stop(p);
    pool_free(p);
}

TEST(tickets_are_bounded)
{
    struct pool *p;
    struct err e;
    CHECK(pool_new(1, 0, 3, 1000, &p, &e));
    CHECK(pool_enter(p) && pool_enter(p) && pool_enter(p));
    CHECK(!pool_enter(p) && !pool_enter(p));
    pool_leave(p);
    CHECK(pool_enter(p));
    CHECK_I64(pool_stats(p).tickets, 3);
    CHECK_I64(pool_stats(p).refused, 2);
    pool_stop(p);
    pool_free(p);
}

static atomic_bool gate;
static atomic_uint begun;
static char order[64];

static void hold(struct pool_job *j)
{
    (void)j;
    atomic_fetch_add(&begun, 1);
    while (!atomic_load(&gate))
        usleep(200);
}

struct letter {
    struct pool_job job;
    char name;
};

static void sign(struct pool_job *j) /* one worker: nobody else writes */
{
    size_t n = strlen(order);
    if (!j->dropped)
        order[n] = ((struct letter *)(void *)j)->name;
}

static void wait_begun(unsigned n)
{
    while (atomic_load(&begun) < n)
        usleep(200);
}

TEST(urgent_jobs_go_first_and_otherwise_the_first_submitted)
{
    struct pool *p;
    struct err e;
    struct pool_job blocker = {.work = hold};
    struct letter l[6];
    atomic_store(&gate, false);
    atomic_store(&begun, 0);
    memset(order, 0, sizeof order);
    CHECK(pool_new(1, 0, 1, 1000, &p, &e));
    pool_submit(p, &blocker);
    wait_begun(1);
    for (int i = 0; i < 6; i++) {
        l[i] = (struct letter){.job = {.work = sign, .urgent = i % 2 == 1}, .name = (char)('a' + i)};
        pool_submit(p, &l[i].job);
    }
    atomic_store(&gate, true);
    while (pool_stats(p).waiting + pool_stats(p).running > 0)
        usleep(200);
    CHECK_STR(order, "bdface");
    pool_stop(p);
    pool_free(p);
}

static void *open_gate(void *unused)
{
    (void)unused;
    usleep(20000);
    atomic_store(&gate, true);
    return NULL;
}

TEST(a_stopped_pool_drops_what_waits_and_tells_every_port)
{
    struct pool *p;
    struct err e;
    struct bench b;
    struct pool_job blocker = {.work = hold};
    struct sum_job s[20], late;
    pthread_t opener;
    atomic_store(&gate, false);
    atomic_store(&begun, 0);
    CHECK(pool_new(1, 0, 1, 1000, &p, &e));
    bench_open(&b, p);
    pool_submit(p, &blocker);
    wait_begun(1);
    for (uint32_t i = 0; i < 20; i++) {
        s[i] = (struct sum_job){
            .job = {.work = add_up, .done = collect, .port = b.port}, .to = 10, .bench = &b, .rounds = i % 2};
        pool_submit(p, &s[i].job);
    }
    CHECK(pthread_create(&opener, NULL, open_gate, NULL) == 0);
    pool_stop(p);
    pthread_join(opener, NULL);
    CHECK_I64(b.done, 0); /* done runs on the port's thread, which has not looked yet */
    late = (struct sum_job){.job = {.work = add_up, .done = collect, .port = b.port}, .to = 10, .bench = &b};
    pool_submit(p, &late.job);
    pool_port_free(b.port);
    CHECK_I64(b.done, 21);
    CHECK_I64(b.sum, 0);
    for (int i = 0; i < 20; i++)
        CHECK(s[i].job.dropped && s[i].rounds == 0);
    pool_free(p);
    event_base_free(b.base);
}

struct marks {
    atomic_uint hits[5000];
    unsigned plain[5000]; /* what the tasks of a run wrote must be seen after it */
};

static void mark(void *arg, uint32_t i)
{
    struct marks *m = arg;
    atomic_fetch_add(&m->hits[i], 1);
    m->plain[i]++;
}

TEST(a_team_runs_every_task_once_and_returns_when_all_are_done)
{
    struct marks *m = calloc(1, sizeof *m);
    CHECK(m != NULL);
    CHECK(team_new(1) == NULL && team_executor(NULL) == NULL);
    for (unsigned threads = 2; threads <= 4; threads++) {
        struct team *t = team_new(threads);
        const struct cch_executor *x = team_executor(t);
        uint64_t seed = threads;
        unsigned want[5000] = {0};
        memset(m, 0, sizeof *m);
        for (int round = 0; round < 2000; round++) {
            uint32_t count = test_rand_below(&seed, round % 100 == 0 ? 5001 : 6);
            x->run(x->ctx, count, mark, m);
            for (uint32_t i = 0; i < count; i++)
                want[i]++;
            if (round % 100 == 0)
                usleep(2000); /* helpers fall asleep */
        }
        for (uint32_t i = 0; i < 5000; i++)
            CHECK_MSG(m->plain[i] == want[i] && atomic_load(&m->hits[i]) == want[i],
                      "task %u ran %u times, not %u", i, m->plain[i], want[i]);
        team_free(t);
    }
    free(m);
}
