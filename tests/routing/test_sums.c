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
    struct road_sums *s;
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
    CHECK(!road_sums_new(&r->net, t->m, &t->s, &e) && e.code == ERR_FAILED_PRECONDITION);
    CHECK(road_metric_customize(t->m, t->ix, NULL, &e));
    CHECK(road_sums_new(&r->net, t->m, &t->s, &e));
}

static void tear_down(struct setting *t)
{
    road_sums_free(t->s);
    road_metric_free(t->m);
    road_index_free(t->ix);
    free(t->r);
}

/* Every cell over random ends (with repeats), against Dijkstra's algorithm and what its path adds up to. */
static uint32_t compare(const struct setting *t, const struct road_metric *m, const struct road_sums *s,
                        uint64_t *seed)
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
    CHECK(road_sums_matrix(s, from, rows, to, columns, table, &e));
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
        struct road_profile p = {.vehicle_class = (uint8_t)(1 + test_rand_below(&seed, 6)),
                                 .objective = ROAD_SOURCE};
        set_up(t, r, &p, &seed);
        reached += compare(t, t->m, t->s, &seed);
        struct err e = {0};
        struct road_metric *fewer;
        struct road_sums *s;
        uint32_t closed[3];
        for (int i = 0; i < 3; i++)
            closed[i] = test_rand_below(&seed, r->net.arc_head_count);
        CHECK(road_metric_avoid(t->m, t->ix, closed, 3, &fewer, &e));
        CHECK(road_sums_new(&r->net, fewer, &s, &e));
        compare(t, fewer, s, &seed);
        road_sums_free(s);
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
        CHECK(road_sums_matrix(t->s, all, n, all, n, table, &e));
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
    CHECK(road_sums_matrix(t->s, (uint32_t[]){0}, 1, (uint32_t[]){3, 1}, 2, cell, &e));
    CHECK(cell[0].weight == 21 && cell[0].time_ms == UINT32_MAX && cell[0].length_m == UINT32_MAX);
    CHECK(cell[1].weight == 7 && cell[1].length_m == 3000000000u && cell[0].toll_myuan == 0);
    CHECK(road_sums_matrix(t->s, (uint32_t[]){3}, 1, (uint32_t[]){0}, 1, cell, &e));
    CHECK(cell[0].weight == ROAD_INF && cell[0].time_ms == 0 && cell[0].length_m == 0);
    CHECK(road_sums_matrix(t->s, NULL, 0, NULL, 0, cell, &e));
    CHECK(road_sums_matrix(t->s, (uint32_t[]){0}, 1, NULL, 0, cell, &e));
    CHECK(!road_sums_matrix(t->s, (uint32_t[]){4}, 1, (uint32_t[]){0}, 1, cell, &e));
    CHECK(e.code == ERR_INVALID_ARGUMENT);
    CHECK(road_sums_bytes(t->s) >= 24 * 3);
    struct road_metric *other;
    struct road_sums *none;
    struct road_new_link link = {.link = {.from = 3, .length_m = 5, .speed_km10 = 9, .flags = LINK_FORWARD}};
    CHECK(road_metric_fork(t->m, &other, &e) && road_metric_insert(other, &link, 1, &e));
    CHECK(!road_sums_new(&r->net, other, &none, &e) && e.code == ERR_FAILED_PRECONDITION);
    road_metric_free(other);
    tear_down(t);
    free(t);
}
