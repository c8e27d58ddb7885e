/* test_road_net.h - networks in memory for the tests of the road layer: nodes, links, arcs and small tables,
 * without the builder, so that these tests depend on nothing but network.h. */
#ifndef ZH_TEST_ROAD_NET_H
#define ZH_TEST_ROAD_NET_H

#include <stdlib.h>
#include <string.h>

#include "network/network.h"
#include "test.h"

enum { NET_LINKS_MAX = 4096, NET_ARCS_MAX = 2 * NET_LINKS_MAX, NET_NODES_MAX = 1024 };

struct road_net {
    struct network net;
    int64_t node_id[NET_NODES_MAX];
    struct net_point point[NET_NODES_MAX];
    struct net_link link[NET_LINKS_MAX];
    struct net_limit limit[16];
    struct net_vehicle vehicle[6];
    struct net_toll toll[12];
    uint32_t first[NET_NODES_MAX + 1], head[NET_ARCS_MAX], arc_link[NET_ARCS_MAX], source[NET_ARCS_MAX];
};

/* A network of nodes only, with a vehicle table and tolls of two regions. Freed by free(). */
static inline struct road_net *net_new(uint32_t nodes)
{
    struct road_net *r = calloc(1, sizeof *r);
    CHECK(r != NULL && nodes <= NET_NODES_MAX);
    for (uint8_t k = 0; k < 6; k++) {
        r->vehicle[k] = (struct net_vehicle){.vehicle_class = (uint8_t)(k + 1),
                                             .gross_kg = 5000 + 8000u * k,
                                             .axle_kg = 3000 + 1500u * k,
                                             .height_cm = (uint16_t)(300 + 20 * k),
                                             .width_cm = 255,
                                             .length_cm = (uint16_t)(600 + 200 * k),
                                             .max_speed_km10 = (uint16_t)(1000 - 50 * k),
                                             .myuan_per_km = 900 + 450 * k,
                                             .myuan_per_h = 45000 + 12000 * k};
        for (uint8_t region = 0; region < 2; region++)
            r->toll[2 * k + region] = (struct net_toll){.vehicle_class = (uint8_t)(k + 1),
                                                        .region_index = region,
                                                        .myuan_per_km = (450 + 300 * k) * (region + 1),
                                                        .bridge_myuan = 10000 * (k + 1)};
    }
    r->net = (struct network){.string = "",
                              .string_count = 1,
                              .node_id = r->node_id,
                              .node_id_count = nodes,
                              .node_point = r->point,
                              .node_point_count = nodes,
                              .link = r->link,
                              .limit = r->limit,
                              .limit_count = 16,
                              .vehicle = r->vehicle,
                              .vehicle_count = 6,
                              .toll = r->toll,
                              .toll_count = 12,
                              .arc_first = r->first,
                              .arc_first_count = nodes + 1,
                              .arc_head = r->head,
                              .arc_link = r->arc_link,
                              .arc_weight = r->source};
    return r;
}

/* Adds a link; flags say in which directions it may be driven. Its index. */
static inline uint32_t net_add(struct road_net *r, uint32_t from, uint32_t to, uint32_t length_m,
                               uint16_t speed_km10, uint16_t flags)
{
    uint32_t i = r->net.link_count++;
    CHECK(i < NET_LINKS_MAX);
    r->link[i] = (struct net_link){.id = 1000 + i,
                                   .from = from,
                                   .to = to,
                                   .length_m = length_m,
                                   .speed_km10 = speed_km10,
                                   .flags = flags};
    return i;
}

/* Makes the arcs of the links. */
static inline void net_freeze(struct road_net *r)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < r->net.node_id_count; v++) {
        r->first[v] = count;
        for (uint32_t i = 0; i < r->net.link_count; i++)
            for (uint32_t back = 0; back < 2; back++) {
                const struct net_link *l = &r->link[i];
                if ((back ? l->to : l->from) != v || !(l->flags & (back ? LINK_BACKWARD : LINK_FORWARD)))
                    continue;
                r->head[count] = back ? l->from : l->to;
                r->arc_link[count++] = 2 * i + back;
            }
    }
    r->first[r->net.node_id_count] = count;
    r->net.arc_head_count = r->net.arc_link_count = count;
}

/* A random network: sparse or dense, one-way links, loops, parallel links, limits, tolls, isolated nodes. */
static inline struct road_net *net_random(uint64_t *seed, uint32_t nodes)
{
    struct road_net *r = net_new(nodes);
    uint32_t links = test_rand_below(seed, 3 * nodes + 1);
    for (uint32_t k = 1; k < 16; k++)
        r->limit[k] =
            (struct net_limit){.max_gross_kg = test_rand_below(seed, 3) ? 0 : 8000 + 2500 * k,
                               .max_height_cm = (uint16_t)(test_rand_below(seed, 2) ? 0 : 310 + 8 * k),
                               .ban_class_from = (uint8_t)(k % 5 == 0 ? 1 + test_rand_below(seed, 6) : 0),
                               .no_dangerous = k % 3 == 0};
    static const uint16_t ways[] = {LINK_FORWARD, LINK_BACKWARD, LINK_FORWARD | LINK_BACKWARD,
                                    LINK_FORWARD | LINK_BACKWARD};
    for (uint32_t i = 0; i < links; i++) {
        uint16_t flags = ways[test_rand_below(seed, 4)];
        if (test_rand_below(seed, 3) == 0)
            flags |= LINK_TOLL;
        if (test_rand_below(seed, 20) == 0)
            flags |= LINK_BRIDGE;
        uint32_t length =
            test_rand_below(seed, 10) == 0 ? test_rand_below(seed, 3) : test_rand_below(seed, 9999);
        uint32_t l = net_add(r, test_rand_below(seed, nodes), test_rand_below(seed, nodes), length,
                             (uint16_t)(50 + test_rand_below(seed, 1200)), flags);
        r->link[l].toll_region = (uint8_t)test_rand_below(seed, 2);
        if (test_rand_below(seed, 4) == 0)
            r->link[l].limit = test_rand_below(seed, 16);
    }
    net_freeze(r);
    for (uint32_t arc = 0; arc < r->net.arc_head_count; arc++)
        r->source[arc] = test_rand_below(seed, 50);
    r->net.arc_weight_count = r->net.arc_head_count;
    return r;
}

#endif
