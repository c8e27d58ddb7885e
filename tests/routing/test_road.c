/* The road search against igraph on random graphs and on the bundled network, and the limits of vehicles. */
#include "graph/graph.h"
#include "import/gmns.h"
#include "network/builder.h"
#include "network/file.h"
#include "road/road.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

struct world {
    const struct network *net;
    uint8_t *bytes;
};

static void world_free(struct world *w)
{
    network_release(w->net);
    free(w->bytes);
}

static void freeze(struct network_builder *b, struct world *w)
{
    struct err e = {0};
    size_t len;
    uint8_t *raw;
    CHECK_MSG(network_builder_freeze(b, &raw, &len, &e), "%s", e.text);
    network_builder_free(b);
    w->bytes = aligned_alloc(64, len);
    memcpy(w->bytes, raw, len);
    free(raw);
    CHECK_MSG(network_open_bytes(w->bytes, len, &w->net, &e), "%s", e.text);
}

static struct network_builder *begin(uint32_t nodes, uint64_t *seed)
{
    struct network_builder *b;
    struct net_limit none = {0};
    struct net_hours always = {0};
    struct net_emission em = {0};
    struct net_vehicle v = {.vehicle_class = 1,
                            .gross_kg = 20000,
                            .height_cm = 400,
                            .max_speed_km10 = 800,
                            .myuan_per_km = 1900,
                            .myuan_per_h = 70000};
    struct net_toll toll = {.vehicle_class = 1, .myuan_per_km = 900, .bridge_myuan = 5000};
    CHECK(network_builder_new(&b, NULL));
    network_add_limit(b, &none);
    network_add_hours(b, &always);
    network_add_emission(b, &em);
    network_add_vehicle(b, &v);
    network_add_toll(b, &toll);
    for (uint32_t i = 0; i < nodes; i++) {
        int64_t id = 1000 + i;
        struct net_point at = {(int32_t)test_rand_below(seed, 1000000),
                               (int32_t)test_rand_below(seed, 1000000)};
        network_add_node_id(b, &id);
        network_add_node_point(b, &at);
    }
    return b;
}

static void random_world(uint64_t *seed, struct world *w)
{
    uint32_t nodes = 2 + test_rand_below(seed, 60), links = test_rand_below(seed, nodes * 3);
    struct network_builder *b = begin(nodes, seed);
    struct net_limit low = {.max_height_cm = 350}, high = {.max_height_cm = 450};
    network_add_limit(b, &low);
    network_add_limit(b, &high);
    for (uint32_t i = 0; i < links; i++) {
        struct net_link l = {.id = i,
                             .from = test_rand_below(seed, nodes),
                             .to = test_rand_below(seed, nodes),
                             .length_m = 1 + test_rand_below(seed, test_rand_below(seed, 2) ? 5 : 50000),
                             .speed_km10 = (uint16_t)(100 + test_rand_below(seed, 1100)),
                             .limit = test_rand_below(seed, 12) == 0 ? 1 + test_rand_below(seed, 2) : 0,
                             .status = test_rand_below(seed, 10) == 0 ? STATUS_PLANNED : STATUS_OPEN};
        l.flags = test_rand_below(seed, 3) == 0 ? LINK_FORWARD : LINK_FORWARD | LINK_BACKWARD;
        l.flags |= test_rand_below(seed, 2) ? LINK_TOLL : 0;
        l.flags |= test_rand_below(seed, 8) == 0 ? LINK_BRIDGE : 0;
        network_add_link(b, &l);
    }
    freeze(b, w);
}

/* igraph's distances from one node to all. */
static void oracle(const struct road_graph *g, const uint32_t *weight, uint32_t from, const uint32_t *all,
                   uint32_t *want)
{
    struct graph_oracle *o;
    struct err e = {0};
    uint64_t *d = calloc(g->node_count, sizeof *d);
    CHECK_MSG(graph_oracle_new(g, weight, &o, &e), "%s", e.text);
    CHECK_MSG(graph_distances(o, &from, 1, all, g->node_count, d, &e), "%s", e.text);
    for (uint32_t v = 0; v < g->node_count; v++)
        want[v] = d[v] < ROAD_INF ? (uint32_t)d[v] : ROAD_INF;
    graph_oracle_free(o);
    free(d);
}

/* Everything the road layer says about one source, against igraph and against itself. */
static void compare_from(const struct network *n, struct road_query *q, const struct road_metric *m,
                         uint32_t from)
{
    struct road_graph g = road_graph_of(n);
    const uint32_t *weight = road_metric_weights(m);
    uint32_t *want = calloc(g.node_count, sizeof *want), *all = calloc(g.node_count, sizeof *all);
    struct road_cost *cost = calloc(g.node_count, sizeof *cost), back, one;
    struct arena a;
    struct err e = {0};
    arena_init(&a, 1 << 22);
    for (uint32_t v = 0; v < g.node_count; v++)
        all[v] = v;
    oracle(&g, weight, from, all, want);
    road_one_to_many(q, m, from, all, g.node_count, cost);
    for (uint32_t v = 0; v < g.node_count; v++)
        CHECK_I64(cost[v].weight, want[v]);
    for (uint32_t v = 0; v < g.node_count; v += 1 + g.node_count / 12) {
        const uint32_t *arcs;
        uint32_t count, at = from;
        uint64_t sum = 0, length = 0;
        road_one_to_one(q, m, from, v, &one);
        CHECK_I64(one.weight, want[v]);
        road_many_to_one(q, m, &from, 1, v, &back);
        CHECK_I64(back.weight, want[v]);
        bool found = road_path(q, m, from, v, &a, &arcs, &count, &e);
        CHECK_I64(found, want[v] != ROAD_INF);
        if (!found)
            continue;
        for (uint32_t i = 0; i < count; i++) {
            CHECK(arcs[i] >= n->arc_first[at] && arcs[i] < n->arc_first[at + 1]);
            at = n->arc_head[arcs[i]];
            sum += weight[arcs[i]];
            length += n->link[net_arc_link(n, arcs[i])].length_m;
        }
        CHECK_I64(at, v);
        CHECK_I64(sum, want[v]);
        CHECK_I64(length, back.length_m);
        arena_reset(&a);
    }
    arena_release(&a);
    free(want);
    free(all);
    free(cost);
}

static void compare(const struct network *n, const struct road_profile *p, uint32_t sources, uint64_t *seed)
{
    struct road_metric *m;
    struct road_query *q;
    struct err e = {0};
    CHECK_MSG(road_metric_new(n, p, &m, &e), "%s", e.text);
    CHECK(road_query_new(n, NULL, &q, &e));
    for (uint32_t i = 0; i < sources; i++)
        compare_from(n, q, m, test_rand_below(seed, net_node_count(n)));
    road_query_free(q);
    road_metric_free(m);
}

TEST(random_graphs_agree_with_igraph)
{
    uint64_t seed = 20261124;
    for (int round = 0; round < 300; round++) {
        struct world w;
        random_world(&seed, &w);
        struct road_profile p = {.vehicle_class = 1, .objective = (uint8_t)(round % 3)};
        compare(w.net, &p, 4, &seed);
        world_free(&w);
    }
}

TEST(the_bundled_network_agrees_with_igraph)
{
    struct network_builder *b;
    struct csv_report r = {0};
    struct err e = {0};
    struct world w;
    uint64_t seed = 11;
    CHECK(network_builder_new(&b, &e));
    CHECK_MSG(network_import_gmns("data", b, &r, &e), "%s", e.text);
    freeze(b, &w);
    for (uint8_t c = 1; c <= 6; c++)
        for (uint8_t o = ROAD_FASTEST; o <= ROAD_SHORTEST; o++)
            compare(w.net, &(struct road_profile){.vehicle_class = c, .objective = o}, 10, &seed);
    world_free(&w);
}

/* Two ways: the short one has the limit. */
TEST(a_limit_that_is_broken_closes_the_road)
{
    struct limit_case {
        struct net_limit limit;
        struct road_profile fits, breaks;
    } cases[] = {
        {{.max_gross_kg = 10000}, {.gross_kg = 10000}, {.gross_kg = 10001}},
        {{.max_axle_kg = 8000}, {.axle_kg = 8000}, {.axle_kg = 8001}},
        {{.max_height_cm = 410}, {.height_cm = 410}, {.height_cm = 411}},
        {{.max_width_cm = 255}, {.width_cm = 255}, {.width_cm = 310}},
        {{.max_length_cm = 1200}, {.length_cm = 1200}, {.length_cm = 1300}},
        {{.no_dangerous = 1}, {.dangerous = false}, {.dangerous = true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t seed = i;
        struct world w;
        struct network_builder *b = begin(3, &seed);
        network_add_limit(b, &cases[i].limit);
        const uint32_t ends[3][3] = {{0, 1, 1000}, {0, 2, 1000}, {2, 1, 1000}};
        for (uint32_t k = 0; k < 3; k++) {
            struct net_link l = {.id = k,
                                 .from = ends[k][0],
                                 .to = ends[k][1],
                                 .length_m = ends[k][2],
                                 .speed_km10 = 600,
                                 .flags = LINK_FORWARD,
                                 .limit = k == 0 ? 1 : 0};
            network_add_link(b, &l);
        }
        freeze(b, &w);
        for (int broken = 0; broken < 2; broken++) {
            struct road_profile p = broken ? cases[i].breaks : cases[i].fits;
            struct road_metric *m;
            struct road_query *q;
            struct road_cost c;
            p.vehicle_class = 1;
            CHECK(road_metric_new(w.net, &p, &m, NULL) && road_query_new(w.net, NULL, &q, NULL));
            road_one_to_one(q, m, 0, 1, &c);
            CHECK_I64(c.length_m, broken ? 2000 : 1000);
            road_query_free(q);
            road_metric_free(m);
        }
        world_free(&w);
    }
}

TEST(what_a_network_cannot_serve_is_refused)
{
    uint64_t seed = 1;
    struct world w;
    struct err e = {0};
    struct road_metric *m;
    freeze(begin(2, &seed), &w);
    CHECK(!road_metric_new(w.net, &(struct road_profile){.vehicle_class = 5}, &m, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    CHECK(!road_metric_new(w.net, &(struct road_profile){.objective = ROAD_SOURCE}, &m, &e));
    CHECK(!road_metric_new(w.net, &(struct road_profile){.objective = 9}, &m, &e));
    struct road_graph g = road_graph_of(w.net);
    struct graph_oracle *o;
    uint32_t outside = 2, inside = 0;
    uint64_t d;
    CHECK(graph_oracle_new(&g, w.net->arc_head, &o, &e));
    CHECK(!graph_distances(o, &outside, 1, &inside, 1, &d, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    graph_oracle_free(o);
    world_free(&w);
}
