/* Tables with sums: against searches where the shortest way is the only one, and against the list of all
 * shortest ways where there are many. */
#include "road/alternative.h"
#include "road/change.h"
#include "road/metric.h"
#include "road/sums.h"
#include "test_expanded_net.h"

enum { STEPS_MAX = 200000 };

struct setting {
    struct road_net *r;
    struct road_index *ix;
    struct road_metric *m;
    uint32_t order[NET_NODES_MAX], nodes;
};

/* Takes the network: any permutation is a contraction order. */
static void set_up(struct setting *t, struct road_net *r, const struct road_profile *p, uint64_t *seed)
{
    struct err e = {0};
    *t = (struct setting){.r = r, .nodes = r->net.node_id_count};
    for (uint32_t i = 0; i < t->nodes; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        t->order[i] = t->order[k];
        t->order[k] = i;
    }
    r->net.cch_order = t->order;
    r->net.cch_order_count = t->nodes;
    CHECK_MSG(road_metric_new(&r->net, p, &t->m, &e), "%s", e.text);
    CHECK_MSG(road_index_new(&r->net, &t->ix, &e), "%s", e.text);
    CHECK(!road_metric_sum(t->m, &e) && e.code == ERR_FAILED_PRECONDITION);
    CHECK(road_metric_customize(t->m, t->ix, NULL, &e));
    CHECK(!road_metric_has_sums(t->m) && road_metric_sum(t->m, &e) && road_metric_has_sums(t->m));
}

static void tear_down(struct setting *t)
{
    road_metric_free(t->m);
    road_index_free(t->ix);
    free(t->r);
}

/* Every cell over random ends (with repeats), against Dijkstra's algorithm and what its path adds up to. */
static uint32_t compare(const struct setting *t, const struct road_metric *m, uint64_t *seed)
{
    struct err e = {0};
    struct road_query *q;
    uint32_t from[40], to[40], rows = 1 + test_rand_below(seed, 40), columns = 1 + test_rand_below(seed, 40);
    struct road_cost table[40 * 40], one;
    uint32_t reached = 0;
    for (uint32_t i = 0; i < rows; i++)
        from[i] = test_rand_below(seed, net_plain_count(&t->r->net));
    for (uint32_t k = 0; k < columns; k++)
        to[k] = test_rand_below(seed, net_plain_count(&t->r->net));
    CHECK(road_query_new(&t->r->net, NULL, &q, &e));
    CHECK(road_sums_matrix(m, from, rows, to, columns, table, &e));
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t k = 0; k < columns; k++) {
            const struct road_cost *cell = &table[i * columns + k];
            road_one_to_one(q, m, from[i], to[k], &one);
            CHECK_I64(cell->weight, one.weight);
            CHECK_I64(cell->time_ms, one.time_ms);
            CHECK_I64(cell->length_m, one.length_m);
            CHECK_I64(cell->toll_myuan, one.toll_myuan);
            reached += one.weight != ROAD_INF && from[i] != to[k];
        }
    road_query_free(q);
    return reached;
}

/* The kinds of links under a way, against the links of the path that the hierarchy unpacks. */
static void compare_kinds(const struct setting *t, struct road_query *q, uint32_t from, uint32_t to)
{
    const struct network *n = &t->r->net;
    struct road_kind got[LINK_KIND_COUNT], want[LINK_KIND_COUNT] = {{0}};
    struct arena a;
    struct err e = {0};
    const uint32_t *arcs;
    uint32_t count;
    bool known = road_kinds(q, t->m, from, to, got);
    arena_init(&a, 1 << 20);
    if (n->node_origin_count > 0 || !road_path(q, t->m, from, to, &a, &arcs, &count, &e)) {
        CHECK(!known);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            uint32_t link = net_arc_link(n, arcs[i]);
            want[net_link_kind(n, link)].links++;
            want[net_link_kind(n, link)].length_m += n->link[link].length_m;
        }
        CHECK(known);
        for (uint32_t k = 0; k < LINK_KIND_COUNT; k++)
            CHECK_MSG(got[k].links == want[k].links && got[k].length_m == want[k].length_m,
                      "kind %u: %u links, %llu m; not %u, %llu m", k, got[k].links,
                      (unsigned long long)got[k].length_m, want[k].links,
                      (unsigned long long)want[k].length_m);
    }
    arena_release(&a);
}

/* One way at a time, by what its shortcuts add up to; sharp: by labels. */
static void compare_ways(const struct setting *t, uint64_t *seed)
{
    struct err e = {0};
    struct road_query *q, *plain;
    struct road_cost got, want;
    CHECK(road_query_new(&t->r->net, t->ix, &q, &e) && road_query_new(&t->r->net, NULL, &plain, &e));
    for (int i = 0; i < 60; i++) {
        uint32_t from = test_rand_below(seed, net_plain_count(&t->r->net));
        uint32_t to = test_rand_below(seed, net_plain_count(&t->r->net));
        road_one_to_one(q, t->m, from, to, &got);
        road_one_to_one(plain, t->m, from, to, &want);
        CHECK_I64(got.weight, want.weight);
        CHECK_I64(got.time_ms, want.time_ms);
        CHECK_I64(got.length_m, want.length_m);
        CHECK_I64(got.toll_myuan, want.toll_myuan);
        compare_kinds(t, q, from, to);
    }
    road_query_free(q);
    road_query_free(plain);
}

/* A fork shares what it can of the sums, and after a change has its own. */
static void compare_fork(const struct setting *t, uint64_t *seed)
{
    struct err e = {0};
    struct setting other = *t;
    struct road_change c = {.kind = ROAD_REWEIGH, .value = 1000000 + test_rand_below(seed, 9000000)};
    CHECK(road_metric_fork(t->m, &other.m, &e) && !road_metric_has_sums(other.m));
    for (int i = 0; i < 2; i++) {
        c.arc = test_rand_below(seed, t->r->net.arc_head_count);
        CHECK(road_metric_change(other.m, &c, 1, &e) && !road_metric_has_sums(other.m));
        CHECK(road_metric_sum(other.m, &e) && road_metric_has_sums(t->m));
        compare_ways(&other, seed);
    }
    road_metric_free(other.m);
}

TEST(sums_are_those_of_the_shortest_way)
{
    uint64_t seed = 77;
    uint32_t reached = 0;
    struct expansion *x = malloc(sizeof *x);
    for (uint32_t k = 0; k < 150; k++) {
        struct road_net *r = net_random(&seed, 2 + test_rand_below(&seed, k % 10 == 0 ? 300 : 50));
        struct setting *t = malloc(sizeof *t);
        if (r->net.arc_head_count == 0) {
            free(r);
            free(t);
            continue;
        }
        for (uint32_t a = 0; a < r->net.arc_head_count; a++) /* no two ways are alike */
            r->source[a] = 1000000 + test_rand_below(&seed, 9000000);
        if (k % 10 != 0 && k % 3 == 0)
            expand(r, &seed, x);
        for (uint32_t l = 0; l < r->net.link_count; l++)
            r->link[l].road_class = k % 5 == 0 || test_rand_below(&seed, 3) > 0 ? ROAD_TRUNK : ROAD_PRIMARY;
        struct road_profile p = {.vehicle_class = (uint8_t)(1 + test_rand_below(&seed, 6)),
                                 .objective = ROAD_SOURCE};
        set_up(t, r, &p, &seed);
        reached += compare(t, t->m, &seed);
        compare_ways(t, &seed);
        CHECK(road_metric_sharpen(t->m, NULL, &(struct err){0}));
        compare_ways(t, &seed);
        compare_fork(t, &seed);
        struct err e = {0};
        struct road_metric *fewer;
        uint32_t closed[3];
        for (int i = 0; i < 3; i++)
            closed[i] = test_rand_below(&seed, r->net.arc_head_count);
        CHECK(road_metric_avoid(t->m, t->ix, closed, 3, &fewer, &e));
        CHECK(!road_metric_has_sums(fewer) && road_metric_sum(fewer, &e));
        compare(t, fewer, &seed);
        road_metric_free(fewer);
        tear_down(t);
        free(t);
    }
    free(x);
    CHECK(reached > 10000);
}

/* Is there a shortest way from v to `to` with these sums left? */
static bool one_of(const struct road_metric *m, const uint32_t *weight, uint32_t nodes, uint32_t v,
                   uint32_t to, struct road_cost left, uint32_t *steps)
{
    if (v == to)
        return left.time_ms == 0 && left.length_m == 0 && left.toll_myuan == 0;
    for (uint32_t a = m->graph.first_out[v]; a < m->graph.first_out[v + 1]; a++) {
        uint32_t x = m->graph.head[a], length = m->net->link[net_arc_link(m->net, a)].length_m;
        if (m->weight[a] == ROAD_INF || m->weight[a] + weight[x * nodes + to] != weight[v * nodes + to] ||
            left.time_ms < m->time_ms[a] || left.length_m < length || left.toll_myuan < m->toll_myuan[a])
            continue;
        struct road_cost rest = {.time_ms = left.time_ms - m->time_ms[a],
                                 .length_m = left.length_m - length,
                                 .toll_myuan = left.toll_myuan - m->toll_myuan[a]};
        CHECK(++*steps < STEPS_MAX);
        if (one_of(m, weight, nodes, x, to, rest, steps))
            return true;
    }
    return false;
}

/* A grid on which nearly every pair has several shortest ways. */
static struct road_net *grid(uint64_t *seed, uint32_t side)
{
    struct road_net *r = net_new(side * side);
    for (uint32_t v = 0; v < side * side; v++)
        for (uint32_t down = 0; down < 2; down++) {
            if (down ? v + side >= side * side : v % side + 1 == side)
                continue;
            uint32_t l = net_add(r, v, down ? v + side : v + 1, test_rand_below(seed, 5000), 600,
                                 LINK_FORWARD | LINK_BACKWARD | (test_rand_below(seed, 3) ? 0 : LINK_TOLL));
            r->link[l].toll_region = (uint8_t)test_rand_below(seed, 2);
        }
    net_freeze(r);
    for (uint32_t a = 0; a < r->net.arc_head_count; a++)
        r->source[a] = 1 + test_rand_below(seed, 2);
    r->net.arc_weight_count = r->net.arc_head_count;
    return r;
}

TEST(of_many_shortest_ways_the_sums_are_one_ways)
{
    uint64_t seed = 5;
    for (uint32_t k = 0; k < 40; k++) {
        struct setting *t = malloc(sizeof *t);
        struct road_profile p = {.vehicle_class = 3, .objective = ROAD_SOURCE};
        struct err e = {0};
        struct road_query *q;
        set_up(t, grid(&seed, 2 + k % 4), &p, &seed);
        uint32_t n = t->nodes, all[25], *weight = malloc(n * n * sizeof *weight);
        struct road_cost *table = malloc(n * n * sizeof *table);
        for (uint32_t v = 0; v < n; v++)
            all[v] = v;
        CHECK(road_query_new(&t->r->net, NULL, &q, &e));
        CHECK(road_weights(q, t->m, all, n, all, n, weight, &e));
        CHECK(road_sums_matrix(t->m, all, n, all, n, table, &e));
        for (uint32_t i = 0; i < n * n; i++) {
            uint32_t steps = 0;
            CHECK_I64(table[i].weight, weight[i]);
            CHECK(one_of(t->m, weight, n, i / n, i % n, table[i], &steps));
        }
        free(weight);
        free(table);
        road_query_free(q);
        tear_down(t);
        free(t);
    }
}

TEST(sums_stop_at_the_bound)
{
    uint64_t seed = 1;
    struct setting *t = malloc(sizeof *t);
    struct road_net *r = net_new(4);
    for (uint32_t v = 0; v < 3; v++)
        net_add(r, v, v + 1, 3000000000u, 65535, LINK_FORWARD);
    net_freeze(r);
    for (uint32_t a = 0; a < 3; a++)
        r->source[a] = 7;
    r->net.arc_weight_count = 3;
    struct road_profile p = {.objective = ROAD_SOURCE};
    set_up(t, r, &p, &seed);
    struct road_cost cell[2];
    struct err e = {0};
    CHECK(road_sums_matrix(t->m, (uint32_t[]){0}, 1, (uint32_t[]){3, 1}, 2, cell, &e));
    CHECK(cell[0].weight == 21 && cell[0].time_ms == UINT32_MAX && cell[0].length_m == UINT32_MAX);
    CHECK(cell[1].weight == 7 && cell[1].length_m == 3000000000u && cell[0].toll_myuan == 0);
    CHECK(road_sums_matrix(t->m, (uint32_t[]){3}, 1, (uint32_t[]){0}, 1, cell, &e));
    CHECK(cell[0].weight == ROAD_INF && cell[0].time_ms == 0 && cell[0].length_m == 0);
    CHECK(road_sums_matrix(t->m, NULL, 0, NULL, 0, cell, &e));
    CHECK(road_sums_matrix(t->m, (uint32_t[]){0}, 1, NULL, 0, cell, &e));
    CHECK(!road_sums_matrix(t->m, (uint32_t[]){4}, 1, (uint32_t[]){0}, 1, cell, &e));
    CHECK(e.code == ERR_INVALID_ARGUMENT);
    struct road_metric *other;
    struct road_new_link link = {.link = {.from = 3, .length_m = 5, .speed_km10 = 9, .flags = LINK_FORWARD}};
    CHECK(road_metric_fork(t->m, &other, &e) && road_metric_insert(other, &link, 1, &e));
    CHECK(road_metric_sum(other, &e)); /* for hubs: of the graph alone */
    CHECK(!road_sums_matrix(other, (uint32_t[]){0}, 1, (uint32_t[]){3}, 1, cell, &e) &&
          e.code == ERR_FAILED_PRECONDITION);
    road_metric_free(other);
    tear_down(t);
    free(t);
}
