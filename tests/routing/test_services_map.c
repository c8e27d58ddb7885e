/* Upon which node of a map a place comes to lie, against a search of all nodes; nodes put in before the
 * copies of expanded junctions. */
#include "test_services_map.h"
#include "import/services_map.h"

#include <stdio.h>
#include <time.h>

#ifdef __SANITIZE_ADDRESS__
enum { SIDE = 300 };
#else
enum { SIDE = 1225 }; /* 1.5 million nodes */
#endif

enum { RANDOM_NODES = 60 };

/* Mutual reachability by Warshall's algorithm; the size of a node's part. */
static uint32_t brute_parts(struct network_builder *b, uint32_t n, bool way[RANDOM_NODES][RANDOM_NODES],
                            uint32_t *part)
{
    uint32_t links, best = 0;
    const struct net_link *l = network_rows_link(b, &links);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++)
            way[i][k] = i == k;
    for (uint32_t i = 0; i < links; i++) {
        if ((l[i].flags & LINK_HGV_NO) != 0 || l[i].status != STATUS_OPEN || l[i].limit != 0)
            continue;
        way[l[i].from][l[i].to] = way[l[i].from][l[i].to] || (l[i].flags & LINK_FORWARD) != 0;
        way[l[i].to][l[i].from] = way[l[i].to][l[i].from] || (l[i].flags & LINK_BACKWARD) != 0;
    }
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++)
                way[i][j] = way[i][j] || (way[i][k] && way[k][j]);
    for (uint32_t i = 0; i < n; i++) {
        part[i] = 0;
        for (uint32_t k = 0; k < n; k++)
            part[i] += way[i][k] && way[k][i];
        best = part[i] > best ? part[i] : best;
    }
    return best;
}

TEST(the_main_part_and_the_nearest_node_equal_a_search_of_all)
{
    static bool way[RANDOM_NODES][RANDOM_NODES];
    uint32_t part[RANDOM_NODES], inside = 0, outside = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t s = seed;
        struct network_builder *b = new_map();
        struct services_map m;
        struct err e = {0};
        uint32_t limit = network_add_limit(b, &(struct net_limit){.max_height_cm = 300}), count;
        double wide = seed % 3 == 0 ? 170 : seed % 3 == 1 ? 1 : 20;
        for (uint32_t i = 0; i < RANDOM_NODES; i++) /* also across 180 degrees and near the poles */
            put_node(b, i, wide / 2 * ((double)test_rand_below(&s, 2001) / 1000 - 1),
                     wide * ((double)test_rand_below(&s, 2001) / 1000 - 1));
        for (uint32_t i = 0; i < RANDOM_NODES + RANDOM_NODES / 2; i++) {
            unsigned flags =
                test_rand_below(&s, 4) == 0 ? BOTH : (unsigned)LINK_FORWARD << test_rand_below(&s, 2);
            uint32_t l = put_road(b, test_rand_below(&s, RANDOM_NODES), test_rand_below(&s, RANDOM_NODES),
                                  flags | (test_rand_below(&s, 12) == 0 ? (unsigned)LINK_HGV_NO : 0u));
            if (test_rand_below(&s, 12) == 0)
                network_rows_link(b, &count)[l].limit = limit;
            if (test_rand_below(&s, 12) == 0)
                network_rows_link(b, &count)[l].status = STATUS_PLANNED;
        }
        uint32_t best = brute_parts(b, RANDOM_NODES, way, part);
        bool ok = services_map_new(b, &m, &e);
        CHECK(ok == (best > 1));
        CHECK(ok || e.code == ERR_FAILED_PRECONDITION);
        CHECK_I64(m.spots, best > 1 ? best : 0);
        for (uint32_t i = 0; ok && i < RANDOM_NODES; i++) {
            CHECK(!m.main_part[i] || part[i] == best);
            for (uint32_t k = 0; k < RANDOM_NODES; k++)
                CHECK(!m.main_part[i] || m.main_part[k] == (way[i][k] && way[k][i]));
            inside += m.main_part[i];
            outside += !m.main_part[i];
        }
        const struct net_point *at = network_rows_node_point(b, &count);
        for (int i = 0; ok && i < 50; i++) {
            struct net_point p = {(int32_t)(test_rand_below(&s, 1800000001) - 900000000u),
                                  (int32_t)(test_rand_below(&s, 3600000001u) - 1800000000u)};
            if (i % 2 == 0)
                p = at[test_rand_below(&s, RANDOM_NODES)];
            double metres, want = 1e9;
            uint32_t v = services_map_nearest(&m, p, 3e7, &metres);
            for (uint32_t k = 0; k < RANDOM_NODES; k++)
                if (m.main_part[k])
                    want = fmin(want, geo_distance_m(at[k], p));
            CHECK(v < RANDOM_NODES && m.main_part[v]);
            CHECK_MSG(fabs(metres - want) < 0.5 && fabs(geo_distance_m(at[v], p) - want) < 0.5,
                      "seed %llu: %.1f m, another is %.1f m away", (unsigned long long)seed, metres, want);
            CHECK_I64(services_map_nearest(&m, p, want + 1, &metres), v);
            CHECK(want < 2 || want > 1.5e7 || services_map_nearest(&m, p, want - 1, &metres) == NET_NONE);
        }
        services_map_free(&m);
        network_builder_free(b);
    }
    CHECK(inside > 500 && outside > 500);
}

TEST(six_hundred_nodes_upon_a_map_of_millions)
{
    struct network_builder *b = new_map();
    struct services_map m;
    struct err e = {0};
    uint64_t s = 7;
    for (uint32_t i = 0; i < SIDE; i++)
        for (uint32_t k = 0; k < SIDE; k++)
            put_node(b, i * SIDE + k, 29 + 4.0 * i / SIDE, 112 + 4.0 * k / SIDE);
    for (uint32_t i = 0; i < SIDE; i++)
        for (uint32_t k = 0; k + 1 < SIDE; k++) {
            put_road(b, i * SIDE + k, i * SIDE + k + 1, BOTH);
            put_road(b, k * SIDE + i, (k + 1) * SIDE + i, BOTH);
        }
    clock_t begun = clock();
    CHECK_MSG(services_map_new(b, &m, &e), "%s", e.text);
    double made = (double)(clock() - begun) / CLOCKS_PER_SEC, metres;
    for (int i = 0; i < 600; i++) {
        struct net_point p = {290000000 + (int32_t)test_rand_below(&s, 40000000),
                              1120000000 + (int32_t)test_rand_below(&s, 40000000)};
        if (i % 12 == 0)
            p.lon_e7 += 60000000; /* 190 km and more east of the map */
        CHECK(services_map_nearest(&m, p, 3e7, &metres) < SIDE * SIDE);
        CHECK(i % 12 == 0 ? metres > 190000 : metres < 400000.0 / SIDE);
    }
    double all = (double)(clock() - begun) / CLOCKS_PER_SEC;
    printf("%d nodes: map %.2f s, 600 nodes upon it %.2f s\n", SIDE * SIDE, made, all - made);
#ifndef __SANITIZE_ADDRESS__
    CHECK_MSG(all < 3, "%.2f s", all); /* below 1 s on an idle machine */
#endif
    services_map_free(&m);
    network_builder_free(b);
}

/* Plain nodes 0 to 2, a copy (3) of 1 as entered from 0, and its sink (4): 0 -> 1 -> 0 is forbidden. */
TEST(nodes_go_in_before_copies_and_sinks)
{
    static const uint32_t first[] = {0, 2, 4, 6, 7, 7}, head[] = {3, 4, 0, 2, 1, 4, 2},
                          link[] = {0, 0, 1, 2, 3, 3, 2}, arrival[] = {0, 4, 2}, origin[] = {1, 1};
    struct network_builder *b = new_map();
    struct err e = {0};
    uint8_t *bytes;
    for (uint32_t v = 0; v < 5; v++)
        put_node(b, v < 3 ? v : 1, 30, 114 + 0.01 * (v < 3 ? v : 1));
    put_road(b, 0, 1, BOTH);
    put_road(b, 1, 2, BOTH);
    for (int i = 0; i < 6; i++)
        network_add_arc_first(b, &first[i]);
    for (int i = 0; i < 7; i++) {
        network_add_arc_head(b, &head[i]);
        network_add_arc_link(b, &link[i]);
    }
    for (int i = 0; i < 3; i++)
        network_add_node_arrival(b, &arrival[i]);
    for (int i = 0; i < 2; i++)
        network_add_node_origin(b, &origin[i]);
    struct services_own own[] = {{70, {510000000, 80000000}}, {71, {520000000, 90000000}}};
    CHECK(services_insert_nodes(b, own, 2, &e));
    const struct network *n = freeze(b, &bytes);
    network_builder_free(b);
    static const int64_t ids[] = {0, 1, 2, 70, 71, 1, 1};
    CHECK_I64(n->node_id_count, 7);
    CHECK_I64(net_plain_count(n), 5);
    for (int v = 0; v < 7; v++)
        CHECK_I64(n->node_id[v], ids[v]);
    CHECK_I64(n->node_point[4].lat_e7, 520000000);
    CHECK_I64(n->node_point[5].lat_e7, 300000000);
    CHECK_I64(net_arrival(n, 1), 6);
    CHECK_I64(net_arrival(n, 3), 3);
    CHECK_I64(net_origin(n, 6), 1);
    for (uint32_t v = 0, a = 0; v < 5; v++) { /* the same arcs between what they were between */
        uint32_t now = v < 3 ? v : v + 2;
        for (uint32_t k = n->arc_first[now]; k < n->arc_first[now + 1]; k++, a++)
            CHECK_I64(n->arc_head[k], head[a] < 3 ? head[a] : head[a] + 2);
        CHECK_I64(n->arc_first[now + 1] - n->arc_first[now], first[v + 1] - first[v]);
    }
    CHECK_I64(n->arc_first[3], n->arc_first[5]);
    network_release(n);
    free(bytes);
}
