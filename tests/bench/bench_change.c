/* bench_change.c - what a change costs: closures of 1 to 1,000 arcs, a fork of a metric, a new link. */
#include "bench.h"
#include "road/change.h"
#include "road/metric.h"

#include <string.h>

enum { INSERTED = 20, FORKS = 20 };

/* Closes arcs, times the patch, opens them again. pick chooses the arcs; false: no arc for this round. */
static struct spread patches(struct bench *b, struct cch_patch *p, uint32_t rounds, uint32_t count,
                             bool (*pick)(struct bench *b, uint32_t round, uint32_t *arcs, uint32_t count))
{
    struct err e = {0};
    uint32_t arcs[1000], old[1000], looked_at, timed = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        if (!pick(b, i, arcs, count))
            continue;
        for (uint32_t k = 0; k < count; k++)
            old[k] = b->weight[arcs[k]];
        for (uint32_t k = 0; k < count; k++)
            b->weight[arcs[k]] = ROAD_INF;
        double t0 = bench_now();
        if (!cch_patch_apply(p, &b->m, &b->g, b->weight, arcs, count, &looked_at, &e))
            bench_die("patch", &e);
        b->sample[timed++] = bench_now() - t0;
        for (uint32_t k = 0; k < count; k++)
            b->weight[arcs[k]] = old[k];
        if (!cch_patch_apply(p, &b->m, &b->g, b->weight, arcs, count, &looked_at, &e))
            bench_die("patch", &e);
    }
    return bench_spread(b->sample, timed > 0 ? timed : 1);
}

/* Different arcs, so that opening them again restores each. */
static bool pick_random(struct bench *b, uint32_t round, uint32_t *arcs, uint32_t count)
{
    (void)round;
    if (b->g.arc_count < count)
        return false;
    uint32_t step = b->g.arc_count / count;
    for (uint32_t k = 0; k < count; k++)
        arcs[k] = k * step + bench_roll(b, step);
    return true;
}

static bool pick_middle(struct bench *b, uint32_t round, uint32_t *arcs, uint32_t count)
{
    const uint32_t *way;
    uint32_t weight, length;
    cch_path(b->q, &b->m, b->from[round], b->to[round], &weight, &way, &length);
    if (length < 3 || count != 1)
        return false;
    arcs[0] = way[length / 3 + bench_roll(b, length / 3)];
    return true;
}

/* Between two nodes that are no neighbours, some kilometres apart where the map has coordinates. */
static struct road_new_link new_link(struct bench *b, uint32_t number)
{
    struct net_link l = {
        .id = number, .length_m = 5000, .speed_km10 = 1000, .flags = LINK_FORWARD | LINK_BACKWARD};
    l.from = bench_roll(b, net_plain_count(b->net));
    do
        l.to = bench_roll(b, net_plain_count(b->net));
    while (l.to == l.from);
    return (struct road_new_link){.link = l, .weight = b->profile.objective == ROAD_SOURCE ? 5000 : 0};
}

/* One fork, one link after the other into it, then the queries again. */
static void insertions(struct bench *b, const struct road_metric *base, struct road_query *q)
{
    struct err e = {0};
    struct road_metric *m;
    double s[INSERTED];
    if (!road_metric_fork(base, &m, &e))
        bench_die("fork", &e);
    for (uint32_t i = 0; i < INSERTED; i++) {
        struct road_new_link l = new_link(b, i);
        double t0 = bench_now();
        if (!road_metric_insert(m, &l, 1, &e))
            bench_die("insert", &e);
        s[i] = bench_now() - t0;
    }
    double first = s[0], last = s[INSERTED - 1];
    bench_say(b, "insert a link", "insert_s", first, 1e6, "us");
    bench_say(b, "  the twentieth", "insert_20_s", last, 1e6, "us");
    for (uint32_t i = 0; i < PAIRS; i++) {
        double t0 = bench_now();
        road_weight(q, m, b->from[i], b->to[i]);
        b->sample[i] = bench_now() - t0;
    }
    bench_say(b, "  distance with 20 new links, median", "distance_20_new_s",
              bench_spread(b->sample, PAIRS).median, 1e6, "us");
    road_metric_free(m);
}

/* A scenario: a fork with one arc in the middle of a path closed. */
static void forks(struct bench *b)
{
    struct err e = {0};
    struct road_index *ix;
    struct road_metric *base, *m;
    struct road_query *q;
    double s[FORKS], bytes[FORKS];
    uint32_t count = 0;
    if (!road_index_new(b->net, &ix, &e) || !road_metric_new(b->net, &b->profile, &base, &e) ||
        !road_metric_customize(base, ix, NULL, &e) || !road_query_new(b->net, ix, &q, &e))
        bench_die("fork", &e);
    for (uint32_t i = 0; i < PAIRS && count < FORKS; i++) {
        uint32_t arc;
        if (!pick_middle(b, i, &arc, 1))
            continue;
        struct road_change c = {.arc = arc, .kind = ROAD_CLOSE};
        double t0 = bench_now();
        if (!road_metric_fork(base, &m, &e) || !road_metric_change(m, &c, 1, &e))
            bench_die("fork", &e);
        s[count] = bench_now() - t0;
        bytes[count++] = (double)(cow_changed_bytes(&base->arcs, &m->arcs) +
                                  cow_changed_bytes(&base->shortcuts.memory, &m->shortcuts.memory));
        road_metric_free(m);
    }
    bench_say(b, "fork a metric, close such a one, median", "fork_close_s", bench_spread(s, count).median,
              1e6, "us");
    bench_say(b, "  bytes of its own, median", "fork_bytes", bench_spread(bytes, count).median, 1e-3, "kB");
    bench_say(b, "  of a whole metric", "metric_bytes", (double)road_metric_bytes(base), 1e-6, "MB");
    insertions(b, base, q);
    road_query_free(q);
    road_metric_free(base);
    road_index_free(ix);
}

void bench_changes(struct bench *b)
{
    struct err e = {0};
    struct cch_patch *p;
    if (!cch_patch_new(b->cch, &p, &e))
        bench_die("patch", &e);
    static const struct {
        uint32_t count, rounds;
        const char *name, *key;
    } random[] = {{1, PATCHES, "close 1 random arc, median", "close_1_s"},
                  {10, 200, "close 10", "close_10_s"},
                  {100, 40, "close 100", "close_100_s"},
                  {1000, 9, "close 1000", "close_1000_s"}};
    for (size_t i = 0; i < sizeof random / sizeof *random; i++)
        bench_say(b, random[i].name, random[i].key,
                  patches(b, p, random[i].rounds, random[i].count, pick_random).median, 1e6, "us");
    struct spread middle = patches(b, p, PATCHES, 1, pick_middle);
    bench_say(b, "close one in the middle third of a path, median", "close_middle_s", middle.median, 1e6,
              "us");
    bench_say(b, "  p99", "close_middle_p99_s", middle.p99, 1e6, "us");
    cch_patch_free(p);
    forks(b);
}
