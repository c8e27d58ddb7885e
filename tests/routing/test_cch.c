/* The hierarchy against Dijkstra's algorithm on random graphs under random and bad orders: every pair, every
 * path, tables, one to all, on one thread and on two, before and after patches. */
#include "road/cch_inside.h"
#include "road/dijkstra.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 400, ARCS_MAX = 2000 };

struct sample {
    struct road_graph g;
    uint32_t first[NODES_MAX + 1], head[ARCS_MAX], weight[ARCS_MAX], order[NODES_MAX];
    uint64_t seed;
};

static uint32_t roll(struct sample *s, uint32_t below)
{
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(s->seed >> 33) % below;
}

/* Mostly a grid with holes, some far arcs, loops and parallels; closed arcs; weights that come near the
 * bound. */
static void make(struct sample *s, uint64_t seed)
{
    s->seed = seed * 977 + 1;
    uint32_t side = 1 + roll(s, 18), n = side * side, m = 0;
    for (uint32_t v = 0; v < n; v++) {
        s->first[v] = m;
        s->order[v] = v;
        uint32_t near[] = {v % side ? v - 1 : v, v % side + 1 < side ? v + 1 : v, v >= side ? v - side : v,
                           v + side < n ? v + side : v};
        for (int i = 0; i < 4; i++)
            if (roll(s, 5) > 0 && m + 2 < ARCS_MAX) {
                s->head[m] = roll(s, 60) == 0 ? roll(s, n) : near[i];
                uint32_t kind = roll(s, 30);
                s->weight[m++] = kind == 0   ? ROAD_INF
                                 : kind == 1 ? ROAD_INF / 3
                                 : kind == 2 ? 0
                                             : roll(s, 1000);
            }
    }
    s->first[n] = m;
    for (uint32_t v = n; v > 1; v--) {
        uint32_t w = roll(s, v), t = s->order[w];
        s->order[w] = s->order[v - 1];
        s->order[v - 1] = t;
    }
    s->g = (struct road_graph){.node_count = n, .arc_count = m, .first_out = s->first, .head = s->head};
}

static void check_path(const struct sample *s, uint32_t from, uint32_t to, uint32_t weight,
                       const uint32_t *arcs, uint32_t count)
{
    uint32_t at = from, sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool leaves = arcs[i] >= s->first[at] && arcs[i] < s->first[at + 1];
        CHECK(leaves);
        if (!leaves)
            return;
        sum += s->weight[arcs[i]];
        at = s->head[arcs[i]];
    }
    CHECK(at == to);
    CHECK_I64(sum, weight);
}

/* Everything the query can say, against Dijkstra from `sources` nodes. */
static void compare(struct sample *s, struct cch_query *q, const struct cch_metric *m, uint32_t sources)
{
    struct dijkstra d;
    struct err e = {0};
    uint32_t n = s->g.node_count, all[NODES_MAX], wrong = 0;
    struct adjacency a = {.first = s->first, .head = s->head};
    uint32_t *table = malloc((size_t)n * n * sizeof *table), *sweep = malloc(n * sizeof *sweep);
    for (uint32_t v = 0; v < n; v++)
        all[v] = v;
    CHECK(dijkstra_init(&d, n));
    CHECK(cch_matrix(q, m, all, n, all, n, table, &e));
    for (uint32_t k = 0; k < sources; k++) {
        uint32_t from = roll(s, n), weight, count;
        const uint32_t *arcs;
        dijkstra_run(&d, &a, s->weight, from, all, n);
        cch_one_to_all(q, m, from, false, sweep);
        for (uint32_t to = 0; to < n; to++) {
            uint32_t right = dijkstra_distance(&d, to);
            wrong += cch_distance(q, m, from, to) != right;
            wrong += table[from * n + to] != right;
            wrong += sweep[to] != right;
        }
        uint32_t to = roll(s, n);
        cch_path(q, m, from, to, &weight, &arcs, &count);
        CHECK_I64(weight, dijkstra_distance(&d, to));
        if (weight != ROAD_INF)
            check_path(s, from, to, weight, arcs, count);
        cch_one_to_all(q, m, from, true, sweep);
        for (uint32_t v = 0; v < n; v++)
            wrong += sweep[v] != table[v * n + from];
    }
    CHECK_I64(wrong, 0);
    free(table);
    free(sweep);
    dijkstra_release(&d);
}

/* Two threads that take tasks from one counter. */
struct two {
    void (*task)(void *arg, uint32_t index);
    void *arg;
    uint32_t count;
    atomic_uint next;
};

static void *work(void *arg)
{
    struct two *w = arg;
    for (uint32_t i; (i = atomic_fetch_add(&w->next, 1)) < w->count;)
        w->task(w->arg, i);
    return NULL;
}

static void run_on_two(void *ctx, uint32_t count, void (*task)(void *arg, uint32_t index), void *arg)
{
    (void)ctx;
    struct two w = {.task = task, .arg = arg, .count = count};
    pthread_t other;
    int started = pthread_create(&other, NULL, work, &w) == 0;
    work(&w);
    if (started)
        pthread_join(other, NULL);
}

static bool same_weights(const struct cch_metric *a, const struct cch_metric *b)
{
    size_t bytes = (size_t)a->cch->arc_count * sizeof *a->up;
    return memcmp(a->up, b->up, bytes) == 0 && memcmp(a->down, b->down, bytes) == 0;
}

/* Closes, opens and retimes arcs; the patched metric must be the one that customization would make. */
static bool same_rows(const struct cch_metric *a, const struct cch_metric *b)
{
    uint32_t n = a->cch->node_count;
    for (int down = 0; down < 2; down++) {
        struct cch_rows x = cch_rows(a, down), y = cch_rows(b, down);
        size_t count = x.first[n];
        if (memcmp(x.first, y.first, ((size_t)n + 1) * sizeof *x.first) != 0 ||
            memcmp(x.slot, y.slot, count * sizeof *x.slot) != 0 ||
            memcmp(x.weight, y.weight, count * sizeof *x.weight) != 0)
            return false;
    }
    return true;
}

static void patches(struct sample *s, struct cch_metric *m, struct cch_query *q)
{
    struct err e = {0};
    struct cch_patch *p;
    struct cch_metric fresh;
    CHECK(cch_patch_new(m->cch, &p, &e) && cch_metric_new(m->cch, &fresh, &e));
    for (int round = 0; round < 6 && s->g.arc_count > 0; round++) {
        uint32_t arcs[20], count = 1 + roll(s, 20), looked_at;
        for (uint32_t i = 0; i < count; i++) {
            arcs[i] = roll(s, s->g.arc_count);
            s->weight[arcs[i]] = roll(s, 3) == 0 ? ROAD_INF : roll(s, 1200);
        }
        CHECK(cch_patch_apply(p, m, &s->g, s->weight, arcs, count, &looked_at, &e));
        cch_customize(&fresh, s->weight, NULL);
        CHECK(same_weights(m, &fresh));
    }
    compare(s, q, m, 3);
    cch_patch_free(p);
    cch_metric_release(&fresh);
}

TEST(random_graphs)
{
    struct sample *s = malloc(sizeof *s);
    struct cch_executor two = {.run = run_on_two};
    uint64_t above = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct err e = {0};
        struct cch *c;
        struct cch_metric m, parallel;
        struct cch_query *q;
        make(s, seed);
        CHECK(cch_new(&s->g, s->order, &c, &e));
        CHECK(cch_metric_new(c, &m, &e) && cch_metric_new(c, &parallel, &e) && cch_query_new(c, &q, &e));
        cch_customize(&m, s->weight, NULL);
        cch_customize(&parallel, s->weight, &two);
        CHECK(same_weights(&m, &parallel));
        compare(s, q, &m, 5);
        CHECK_MSG(cch_perfect(&m, NULL, &e) && cch_perfect(&parallel, &two, &e), "%s", e.text);
        CHECK(same_rows(&m, &parallel));
        CHECK(cch_metric_bytes(&m) > cch_metric_bytes(&parallel) / 2 && m.perfect != NULL);
        compare(s, q, &m, 5);
        CHECK_MSG(cch_hubs(&m, NULL, &e) && cch_hubs(&parallel, &two, &e), "%s", e.text);
        compare(s, q, &m, 5);
        cch_drop_perfect(&parallel);
        compare(s, q, &parallel, 5);
        above += c->cut->count;
        patches(s, &m, q);
        CHECK(s->g.arc_count == 0 || (m.perfect == NULL && m.hubs == NULL)); /* of no use after a change */
        cch_query_free(q);
        cch_metric_release(&m);
        cch_metric_release(&parallel);
        cch_free(c);
    }
    CHECK(above > 1000); /* the labels were asked */
    free(s);
}

TEST(bad_orders)
{
    struct err e = {0};
    struct cch *c;
    uint32_t first[] = {0, 1, 2, 2}, head[] = {1, 2};
    struct road_graph g = {.node_count = 3, .arc_count = 2, .first_out = first, .head = head};
    CHECK(!cch_new(&g, (uint32_t[]){0, 1, 1}, &c, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK(!cch_new(&g, (uint32_t[]){0, 1, 3}, &c, &e) && e.code == ERR_INVALID_ARGUMENT);
    struct road_graph none = {.first_out = first};
    CHECK(cch_new(&none, NULL, &c, &e));
    cch_free(c);
}
