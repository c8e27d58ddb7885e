/* tiny_net.h - random small networks for the tests of freight, as arrays in memory: roads between a few
 * nodes, terminals with hours, handling and cut-offs, services with calendars, tariffs with breaks and dates.
 */
#ifndef ZH_TESTS_TINY_NET_H
#define ZH_TESTS_TINY_NET_H

#include "network/network.h"

enum { TINY_NODES = 9, TINY_TERMINALS = 6, TINY_SERVICES = 8, TINY_LINKS = 64, TINY_HANDLING = 128 };

#define TINY_DAY 20000                                 /* 2024-10-04, a Friday */
#define TINY_READY (INT64_C(20000) * 86400 + 3600 * 2) /* 10:00 local */

struct tiny_net {
    struct network net;
    char string[64];
    int64_t node_id[TINY_NODES];
    struct net_point point[TINY_NODES];
    struct net_link link[TINY_LINKS];
    struct net_limit limit[1];
    struct net_hours hours[4];
    uint32_t arc_first[TINY_NODES + 1], arc_head[2 * TINY_LINKS], arc_link[2 * TINY_LINKS];
    struct net_terminal terminal[TINY_TERMINALS];
    struct net_handling handling[TINY_HANDLING];
    struct net_cutoff cutoff[TINY_TERMINALS * 4];
    struct net_storage storage[TINY_TERMINALS * 2];
    struct net_service service[TINY_SERVICES];
    struct net_stop stop[TINY_SERVICES * 3];
    struct net_exception exception[TINY_SERVICES * 2];
    struct net_tariff tariff[4];
    struct net_tariff_rule rule[4 * 5];
    struct net_toll toll[2];
    struct net_vehicle vehicle[2];
    struct net_emission emission[6];
};

/* The same network for the same seed. */
void tiny_net_make(struct tiny_net *t, uint64_t seed);

#endif
