/* bench_customize.c - customization, basic and perfect, on one thread and on two; and what perfect rows are
 * worth. */
#include "bench.h"
#include "road/cch_inside.h"

#include <pthread.h>
#include <stdatomic.h>

/* Two threads take tasks from one counter; the helper spins between calls, as it would in a daemon under
 * load. */
struct pair_of_threads {
    pthread_t helper;
    void (*task)(void *arg, uint32_t index);
    void *arg;
    uint32_t count;
    atomic_uint next, round, done;
    atomic_bool stop;
};

static void take(struct pair_of_threads *p)
{
    for (uint32_t i; (i = atomic_fetch_add(&p->next, 1)) < p->count;)
        p->task(p->arg, i);
}

static void *help(void *arg)
{
    struct pair_of_threads *p = arg;
    for (uint32_t round = 1;; round++) {
        while (atomic_load(&p->round) < round)
            if (atomic_load(&p->stop))
                return NULL;
        take(p);
        atomic_store(&p->done, round);
    }
}

static void run_on_two(void *ctx, uint32_t count, void (*task)(void *arg, uint32_t index), void *arg)
{
    struct pair_of_threads *p = ctx;
    p->task = task;
    p->arg = arg;
    p->count = count;
    atomic_store(&p->next, 0);
    uint32_t round = atomic_fetch_add(&p->round, 1) + 1;
    take(p);
    while (atomic_load(&p->done) < round)
        ;
}

static double basic(struct bench *b, const struct cch_executor *x)
{
    double t0 = bench_now();
    cch_customize(&b->m, b->weight, x);
    return bench_now() - t0;
}

static double perfect(struct bench *b, const struct cch_executor *x)
{
    struct err e = {0};
    cch_customize(&b->m, b->weight, x); /* drops the perfect rows of the round before */
    double t0 = bench_now();
    if (!cch_perfect(&b->m, x, &e))
        bench_die("perfect customization", &e);
    return bench_now() - t0;
}

static double hubs(struct bench *b, const struct cch_executor *x)
{
    struct err e = {0};
    cch_drop_hubs(&b->m);
    double t0 = bench_now();
    if (!cch_hubs(&b->m, x, &e))
        bench_die("hub labels", &e);
    return bench_now() - t0;
}

static double median(struct bench *b, const struct cch_executor *x,
                     double (*work)(struct bench *b, const struct cch_executor *x))
{
    double s[7];
    work(b, x); /* touches the pages */
    for (int i = 0; i < 7; i++)
        s[i] = work(b, x);
    return bench_spread(s, 7).median;
}

static void on_one_and_two(struct bench *b, double (*work)(struct bench *b, const struct cch_executor *x),
                           double *one, double *two)
{
    struct pair_of_threads p = {0};
    struct cch_executor x = {.run = run_on_two, .ctx = &p};
    *one = median(b, NULL, work);
    *two = 0;
    if (pthread_create(&p.helper, NULL, help, &p) != 0)
        return;
    *two = median(b, &x, work);
    atomic_store(&p.stop, true);
    pthread_join(p.helper, NULL);
}

void bench_customize(struct bench *b)
{
    double one, two;
    on_one_and_two(b, basic, &one, &two);
    bench_say(b, "customize, 1 thread", "customize_1_s", one, 1e3, "ms");
    bench_say(b, "customize, 2 threads", "customize_2_s", two, 1e3, "ms");
    bench_say(b, "  faster by", "customize_speedup", one / two, 1, "x");
}

void bench_perfect(struct bench *b)
{
    double one, two;
    size_t basic_bytes = cch_metric_bytes(&b->m);
    on_one_and_two(b, perfect, &one, &two);
    printf("with perfect customization:\n");
    bench_say(b, "perfect, 1 thread", "perfect_1_s", one, 1e3, "ms");
    bench_say(b, "perfect, 2 threads", "perfect_2_s", two, 1e3, "ms");
    bench_say(b, "  bytes a node more", "perfect_bytes_per_node",
              (double)(cch_metric_bytes(&b->m) - basic_bytes) / b->g.node_count, 1, "B");
    struct spread d = bench_distances(b), p = bench_paths(b);
    bench_say(b, "distance, median of 10,000 pairs", "perfect_distance_s", d.median, 1e6, "us");
    bench_say(b, "distance, p99", "perfect_distance_p99_s", d.p99, 1e6, "us");
    bench_say(b, "with path, median", "perfect_path_s", p.median, 1e6, "us");
    if (b->igraph > 0) {
        bench_say(b, "  distance faster than igraph by", "perfect_distance_ratio", b->igraph / d.median, 1,
                  "x");
        bench_say(b, "  with path faster by", "perfect_path_ratio", b->igraph / p.median, 1, "x");
    }
    bench_tables(b, "perfect_");
}

void bench_hubs(struct bench *b)
{
    double one, two;
    size_t before = cch_metric_bytes(&b->m);
    on_one_and_two(b, hubs, &one, &two);
    printf("with hub labels above %u nodes besides:\n", b->cch->cut->count);
    bench_say(b, "labels, 1 thread", "hubs_1_s", one, 1e3, "ms");
    bench_say(b, "labels, 2 threads", "hubs_2_s", two, 1e3, "ms");
    bench_say(b, "  bytes a node more", "hubs_bytes_per_node",
              (double)(cch_metric_bytes(&b->m) - before) / b->g.node_count, 1, "B");
    struct spread d = bench_distances(b), p = bench_paths(b);
    bench_say(b, "distance, median of 10,000 pairs", "hubs_distance_s", d.median, 1e6, "us");
    bench_say(b, "distance, p99", "hubs_distance_p99_s", d.p99, 1e6, "us");
    bench_say(b, "with path, median", "hubs_path_s", p.median, 1e6, "us");
    if (b->igraph > 0) {
        bench_say(b, "  distance faster than igraph by", "hubs_distance_ratio", b->igraph / d.median, 1, "x");
        bench_say(b, "  with path faster by", "hubs_path_ratio", b->igraph / p.median, 1, "x");
    }
    bench_tables(b, "hubs_");
}
