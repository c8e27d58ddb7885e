/* igraph behind graph.h: components and bridges against slow definitions, and what it must not see. */
#include "graph/graph.h"
#include "test_road_net.h"

enum { NODES = 24 };

/* reach[i][j]: j can be reached from i; arcs also backwards when weak.
 */
static void closure(const struct road_graph *g, bool weak, bool reach[NODES][NODES])
{
    memset(reach, 0, sizeof(bool[NODES][NODES]));
    for (uint32_t v = 0; v < g->node_count; v++) {
        reach[v][v] = true;
        for (uint32_t arc = g->first_out[v]; arc < g->first_out[v + 1]; arc++) {
            reach[v][g->head[arc]] = true;
            if (weak)
                reach[g->head[arc]][v] = true;
        }
    }
    for (uint32_t k = 0; k < g->node_count; k++)
        for (uint32_t i = 0; i < g->node_count; i++)
            for (uint32_t j = 0; j < g->node_count; j++)
                reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
}

TEST(components_equal_mutual_reachability)
{
    uint64_t seed = 99;
    for (uint32_t k = 0; k < 100; k++) {
        struct road_net *r = net_random(&seed, 1 + test_rand_below(&seed, NODES));
        struct road_graph g = road_graph_of(&r->net);
        bool reach[NODES][NODES];
        for (int weak = 0; weak < 2; weak++) {
            uint32_t label[NODES], count;
            struct err e = {0};
            closure(&g, weak, reach);
            CHECK(graph_components(&g, NULL, weak ? GRAPH_WEAK : GRAPH_STRONG, label, &count, &e));
            for (uint32_t i = 0; i < g.node_count; i++) {
                CHECK(label[i] < count);
                for (uint32_t j = 0; j < g.node_count; j++)
                    CHECK_I64(label[i] == label[j], reach[i][j] && reach[j][i]);
            }
        }
        free(r);
    }
}

TEST(closed_arcs_split_components)
{
    struct road_net *r = net_new(3);
    net_add(r, 0, 1, 1, 600, LINK_FORWARD | LINK_BACKWARD);
    net_add(r, 1, 2, 1, 600, LINK_FORWARD | LINK_BACKWARD);
    net_freeze(r);
    struct road_graph g = road_graph_of(&r->net);
    uint32_t label[3], count, weight[4] = {1, 1, ROAD_INF, 1}; /* 1 -> 2 closed */
    struct err e = {0};
    CHECK(graph_components(&g, NULL, GRAPH_STRONG, label, &count, &e));
    CHECK_I64(count, 1);
    CHECK(graph_components(&g, weight, GRAPH_STRONG, label, &count, &e));
    CHECK_I64(count, 2);
    CHECK(label[0] == label[1] && label[1] != label[2]);
    free(r);
}

/* Whether u and v hang together weakly without the arcs between them. */
static bool tied_otherwise(const struct road_graph *g, uint32_t u, uint32_t v)
{
    bool seen[NODES] = {false};
    uint32_t stack[NODES * NODES], depth = 0;
    stack[depth++] = u;
    while (depth > 0) {
        uint32_t x = stack[--depth];
        if (seen[x])
            continue;
        seen[x] = true;
        for (uint32_t y = 0; y < g->node_count; y++)
            for (uint32_t arc = g->first_out[y]; arc < g->first_out[y + 1]; arc++) {
                uint32_t z = g->head[arc];
                if ((y == u && z == v) || (y == v && z == u))
                    continue;
                if (y == x && !seen[z] && depth < NODES * NODES)
                    stack[depth++] = z;
                if (z == x && !seen[y] && depth < NODES * NODES)
                    stack[depth++] = y;
            }
    }
    return seen[v];
}

TEST(bridges_equal_their_definition)
{
    uint64_t seed = 5;
    uint32_t found = 0;
    for (uint32_t k = 0; k < 100; k++) {
        struct road_net *r = net_random(&seed, 2 + test_rand_below(&seed, NODES - 2));
        struct road_graph g = road_graph_of(&r->net);
        uint8_t *bridge = calloc(g.arc_count + 1, 1);
        struct err e = {0};
        CHECK_MSG(graph_bridges(&g, bridge, &e), "%s", e.text);
        for (uint32_t v = 0; v < g.node_count; v++)
            for (uint32_t arc = g.first_out[v]; arc < g.first_out[v + 1]; arc++) {
                uint32_t w = g.head[arc], out = 0, in = 0;
                for (uint32_t a = g.first_out[v]; a < g.first_out[v + 1]; a++)
                    out += g.head[a] == w;
                for (uint32_t a = g.first_out[w]; a < g.first_out[w + 1]; a++)
                    in += g.head[a] == v;
                bool want = v != w && out < 2 && in < 2 && !tied_otherwise(&g, v, w);
                CHECK_I64(bridge[arc], want);
                found += want;
            }
        free(bridge);
        free(r);
    }
    CHECK(found > 50);
}

TEST(wrong_numbers_never_reach_igraph)
{
    struct err e = {0};
    uint32_t first[] = {0, 1, 2}, good[] = {1, 0}, bad[] = {1, 2}, label[2], count, weight[] = {5, ROAD_INF};
    struct road_graph g = {.node_count = 2, .arc_count = 2, .first_out = first, .head = bad};
    struct graph_oracle *o;
    uint64_t d[4];
    CHECK(!graph_components(&g, NULL, GRAPH_WEAK, label, &count, &e) && e.code == ERR_INVALID_ARGUMENT);
    CHECK(!graph_oracle_new(&g, weight, &o, &e) && o == NULL);
    g.head = good;
    CHECK(graph_oracle_new(&g, weight, &o, &e));
    err_clear(&e);
    CHECK(!graph_distances(o, (uint32_t[]){2}, 1, (uint32_t[]){0}, 1, d, &e) &&
          e.code == ERR_INVALID_ARGUMENT);
    CHECK(!graph_distances(o, (uint32_t[]){0}, 1, (uint32_t[]){UINT32_MAX}, 1, d, &e));
    CHECK(graph_distances(o, (uint32_t[]){0, 1}, 2, (uint32_t[]){0, 1}, 2, d, &e));
    CHECK(d[0] == 0 && d[1] == 5 && d[2] == GRAPH_UNREACHED && d[3] == 0); /* the way back is closed */
    CHECK(
        !graph_distances(o, (uint32_t[]){0}, 1, (uint32_t[]){1, 1}, 2, d, &e)); /* igraph's error, no abort */
    graph_oracle_free(o);
}

TEST(the_empty_graph)
{
    uint32_t first[] = {0}, count = 7;
    struct road_graph g = {.first_out = first};
    struct err e = {0};
    CHECK(graph_components(&g, NULL, GRAPH_STRONG, NULL, &count, &e));
    CHECK_I64(count, 0);
    CHECK(graph_bridges(&g, NULL, &e));
}
