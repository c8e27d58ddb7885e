/* Every objective and both directions of the road search against igraph on random networks with closures;
 * sums, paths and arenas that are too small. test_road.c has the networks that the builder makes. */
#include "graph/graph.h"
#include "road/metric.h"
#include "test_road_net.h"

enum { GRAPHS = 300, SAMPLE = 12, PATH_BYTES = 1 << 20 };

static uint32_t tail_of(const struct road_graph *g, uint32_t arc)
{
    uint32_t v = 0;
    while (g->first_out[v + 1] <= arc)
        v++;
    return v;
}

/* Distinct nodes. */
static uint32_t sample(uint64_t *seed, uint32_t nodes, uint32_t *out)
{
    uint32_t count = 0, want = nodes < SAMPLE ? nodes : SAMPLE;
    while (count < want) {
        uint32_t v = test_rand_below(seed, nodes);
        bool seen = false;
        for (uint32_t i = 0; i < count; i++)
            seen = seen || out[i] == v;
        if (!seen)
            out[count++] = v;
    }
    return count;
}

/* The path is connected, open, and its arcs add up to every sum of the cost. */
static void check_path(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                       const struct road_cost *cost)
{
    struct arena a;
    struct err e = {0};
    const uint32_t *arcs;
    uint32_t count, at = from;
    arena_init(&a, PATH_BYTES);
    if (cost->weight == ROAD_INF) {
        CHECK(!road_path(q, m, from, to, &a, &arcs, &count, &e) && e.code == ERR_NOT_FOUND);
        CHECK(cost->time_ms == 0 && cost->length_m == 0 && cost->toll_myuan == 0);
        arena_release(&a);
        return;
    }
    CHECK(road_path(q, m, from, to, &a, &arcs, &count, &e));
    uint64_t weight = 0, time_ms = 0, length_m = 0, toll = 0;
    for (uint32_t i = 0; i < count; i++) {
        CHECK(arcs[i] < m->graph.arc_count && m->weight[arcs[i]] != ROAD_INF);
        CHECK_I64(tail_of(&m->graph, arcs[i]), at);
        at = m->graph.head[arcs[i]];
        weight += m->weight[arcs[i]];
        time_ms += m->time_ms[arcs[i]];
        length_m += m->net->link[net_arc_link(m->net, arcs[i])].length_m;
        toll += m->toll_myuan[arcs[i]];
    }
    CHECK_I64(at, to);
    CHECK_I64(weight, cost->weight);
    CHECK_I64(time_ms, cost->time_ms);
    CHECK_I64(length_m, cost->length_m);
    CHECK_I64(toll, cost->toll_myuan);
    arena_release(&a);
}

static void check_cells(struct road_query *q, const struct road_metric *m, const uint32_t *node,
                        uint32_t count)
{
    struct err e = {0};
    struct graph_oracle *o;
    uint64_t want[SAMPLE * SAMPLE];
    struct road_cost row[SAMPLE], column[SAMPLE], one;
    CHECK(graph_oracle_new(&m->graph, m->weight, &o, &e));
    CHECK_MSG(graph_distances(o, node, count, node, count, want, &e), "%s", e.text);
    for (uint32_t i = 0; i < count; i++) {
        road_one_to_many(q, m, node[i], node, count, row);
        road_many_to_one(q, m, node, count, node[i], column);
        for (uint32_t j = 0; j < count; j++) {
            uint64_t out = want[i * count + j], in = want[j * count + i];
            CHECK_I64(row[j].weight, out == GRAPH_UNREACHED ? ROAD_INF : out);
            CHECK_I64(column[j].weight, in == GRAPH_UNREACHED ? ROAD_INF : in);
            road_one_to_one(q, m, node[i], node[j], &one);
            CHECK_I64(one.weight, row[j].weight);
            check_path(q, m, node[i], node[j], &one);
        }
    }
    graph_oracle_free(o);
}

/* Any permutation is a contraction order. */
static uint32_t *shuffled(uint64_t *seed, uint32_t count)
{
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    return order;
}

TEST(road_equals_igraph_on_300_random_networks)
{
    uint64_t seed = 20250101;
    uint32_t closed = 0, reached = 0;
    for (uint32_t k = 0; k < GRAPHS; k++) {
        struct road_net *r = net_random(&seed, 1 + test_rand_below(&seed, k % 10 == 0 ? 400 : 60));
        struct err e = {0};
        struct road_query *q;
        uint32_t *order = shuffled(&seed, r->net.node_id_count);
        struct road_index *ix;
        struct road_query *by_index;
        r->net.cch_order = order;
        r->net.cch_order_count = r->net.node_id_count;
        CHECK_MSG(road_index_new(&r->net, &ix, &e), "%s", e.text);
        CHECK(road_query_new(&r->net, NULL, &q, &e) && road_query_new(&r->net, ix, &by_index, &e));
        for (uint8_t objective = ROAD_FASTEST; objective <= ROAD_SOURCE; objective++) {
            if (objective == ROAD_SOURCE && r->net.arc_weight_count == 0)
                continue; /* no arcs, no weights: refused, as test_road_metric.c shows */
            struct road_profile p = {.vehicle_class = (uint8_t)(1 + test_rand_below(&seed, 6)),
                                     .objective = objective,
                                     .dangerous = test_rand_below(&seed, 2) != 0};
            struct road_metric *m;
            uint32_t node[SAMPLE], count = sample(&seed, r->net.node_id_count, node);
            CHECK_MSG(road_metric_new(&r->net, &p, &m, &e), "%s", e.text);
            for (uint32_t arc = 0; arc < m->graph.arc_count; arc++)
                closed += m->weight[arc] == ROAD_INF;
            check_cells(q, m, node, count);
            CHECK(road_metric_customize(m, ix, NULL, &e));
            check_cells(by_index, m, node, count);
            reached += count;
            road_metric_free(m);
        }
        road_query_free(q);
        road_query_free(by_index);
        road_index_free(ix);
        free(order);
        free(r);
    }
    CHECK(closed > 1000 && reached > 1000); /* the cases are not all trivial */
}

TEST(one_query_serves_many_metrics_and_repeats_targets)
{
    uint64_t seed = 7;
    struct road_net *r = net_random(&seed, 200);
    struct err e = {0};
    struct road_query *q;
    struct road_metric *m[2];
    CHECK(road_query_new(&r->net, NULL, &q, &e));
    CHECK(road_metric_new(&r->net, &(struct road_profile){.vehicle_class = 1}, &m[0], &e));
    CHECK(road_metric_new(&r->net, &(struct road_profile){.vehicle_class = 6, .objective = ROAD_CHEAPEST},
                          &m[1], &e));
    for (uint32_t k = 0; k < 100; k++) {
        uint32_t from = test_rand_below(&seed, 200), to = test_rand_below(&seed, 200);
        struct road_cost first[2], again[3];
        for (uint32_t i = 0; i < 2; i++)
            road_one_to_one(q, m[i], from, to, &first[i]);
        for (uint32_t i = 0; i < 2; i++) {
            road_one_to_many(q, m[i], from, (uint32_t[]){to, from, to}, 3, again);
            CHECK_I64(again[0].weight, first[i].weight);
            CHECK_I64(again[2].weight, first[i].weight);
            CHECK_I64(again[1].weight, 0);
        }
    }
    road_metric_free(m[0]);
    road_metric_free(m[1]);
    road_query_free(q);
    free(r);
}

TEST(a_path_that_does_not_fit_the_arena_is_refused)
{
    struct road_net *r = net_new(50);
    for (uint32_t v = 0; v + 1 < 50; v++)
        net_add(r, v, v + 1, 100, 600, LINK_FORWARD);
    net_freeze(r);
    struct err e = {0};
    struct road_query *q;
    struct road_metric *m;
    struct arena a;
    const uint32_t *arcs;
    uint32_t count;
    CHECK(road_query_new(&r->net, NULL, &q, &e));
    CHECK(road_metric_new(&r->net, &(struct road_profile){.vehicle_class = 2}, &m, &e));
    arena_init(&a, 100);
    CHECK(!road_path(q, m, 0, 49, &a, &arcs, &count, &e));
    CHECK_STR(err_code_name(e.code), "RESOURCE_EXHAUSTED");
    CHECK(road_path(q, m, 3, 3, &a, &arcs, &count, &e));
    CHECK_I64(count, 0);
    arena_release(&a);
    road_metric_free(m);
    road_query_free(q);
    free(r);
}
