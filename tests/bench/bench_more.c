/* bench_more.c - what is built on the hierarchy: tables with all sums, reach and its outline, alternatives,
 * stops. */
#include "bench.h"
#include "road/alternative.h"
#include "road/reach.h"
#include "road/sums.h"

#include <stdlib.h>

enum { REACHES = 7, CHOICES = 50, CELL_M = 500 };

struct layer {
    struct road_index *ix;
    struct road_metric *m;
    struct road_query *q;
};

static void sums(struct bench *b, const struct layer *l)
{
    struct err e = {0};
    struct road_metric *m = l->m;
    struct road_cost *out = bench_must(malloc((size_t)TABLE * TABLE * sizeof *out));
    size_t without = road_metric_bytes(m);
    double t0 = bench_now(), t[3];
    if (!road_metric_sum(m, &e))
        bench_die("sums", &e);
    bench_say(b, "sums of all shortcuts", "sums_s", bench_now() - t0, 1e3, "ms");
    for (int i = 0; i < 3; i++) {
        t0 = bench_now();
        if (!road_sums_matrix(m, b->from, TABLE, b->to, TABLE, out, &e))
            bench_die("sums", &e);
        t[i] = bench_now() - t0;
    }
    bench_say(b, "table 1000 x 1000, time, metres and toll", "sums_table_1000_s", bench_spread(t, 3).median,
              1e3, "ms");
    bench_say(b, "  bytes a node", "sums_bytes_per_node",
              (double)(road_metric_bytes(m) - without) / b->g.node_count, 1, "B");
    free(out);
}

/* As far as half the weight of a random pair. */
static void reaches(struct bench *b, const struct layer *l)
{
    struct err e = {0};
    struct arena a;
    struct road_reach r;
    struct reach_shape shape;
    double set[REACHES], outline[REACHES], nodes[REACHES];
    uint32_t count = 0;
    arena_init(&a, (size_t)1 << 30);
    for (uint32_t i = 0; i < PAIRS && count < REACHES; i++) {
        uint32_t w = road_weight(l->q, l->m, b->from[i], b->to[i]);
        if (w == ROAD_INF || w < 4)
            continue;
        double t0 = bench_now();
        if (!road_reach(l->q, l->m, b->from[i], false, w / 4, &a, &r, &e))
            bench_die("reach", &e);
        double t1 = bench_now();
        if (!road_reach_shape(b->net, l->m, &r, w / 4, CELL_M, &a, &shape, &e))
            bench_die("outline", &e);
        outline[count] = bench_now() - t1;
        nodes[count] = r.count;
        set[count++] = t1 - t0;
        arena_reset(&a);
    }
    if (count > 0) {
        bench_say(b, "reach as a set, median", "reach_s", bench_spread(set, count).median, 1e3, "ms");
        bench_say(b, "  its outline", "reach_shape_s", bench_spread(outline, count).median, 1e3, "ms");
        bench_say(b, "  its nodes", "reach_nodes", bench_spread(nodes, count).median, 1, "");
    }
    arena_release(&a);
}

static void choices(struct bench *b, const struct layer *l)
{
    struct err e = {0};
    struct arena a;
    struct road_alternative *way;
    double t[CHOICES];
    uint32_t ways, count = 0, found = 0;
    arena_init(&a, (size_t)1 << 30);
    for (uint32_t i = 0; i < PAIRS && count < CHOICES; i++) {
        double t0 = bench_now();
        if (!road_alternatives(l->q, b->net, l->m, b->from[i], b->to[i], 3, NULL, &a, &way, &ways, &e)) {
            if (e.code != ERR_NOT_FOUND)
                bench_die("alternatives", &e);
            continue;
        }
        t[count++] = bench_now() - t0;
        found += ways;
        arena_reset(&a);
    }
    if (count > 0) {
        bench_say(b, "up to 3 ways, median", "alternatives_s", bench_spread(t, count).median, 1e3, "ms");
        bench_say(b, "  found, mean", "alternatives_found", (double)found / count, 1, "");
    }
    arena_release(&a);
}

void bench_more(struct bench *b)
{
    struct err e = {0};
    struct layer l = {0};
    if (!road_index_new(b->net, &l.ix, &e) || !road_metric_new(b->net, &b->profile, &l.m, &e) ||
        !road_metric_customize(l.m, l.ix, NULL, &e) || !road_query_new(b->net, l.ix, &l.q, &e))
        bench_die("metric", &e);
    sums(b, &l);
    reaches(b, &l);
    choices(b, &l);
    road_query_free(l.q);
    road_metric_free(l.m);
    road_index_free(l.ix);
}
