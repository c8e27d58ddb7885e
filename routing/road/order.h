/* order.h - contraction orders for the hierarchy: nested dissection.
 *
 * The directed graph is taken as undirected, without loops and parallel arcs. order[rank] is a node; the last
 * separator stands last. Deterministic. Cost: seconds for a hundred thousand nodes, once; the order is
 * stored.
 */
#ifndef ZH_ROAD_ORDER_H
#define ZH_ROAD_ORDER_H

#include "base/err.h"
#include "network/network.h"

/* METIS_NodeND (Karypis, Kumar 1998) with eight separators and twenty refinements for each cut. It installs
 * signal handlers and swallows SIGTERM while it runs: the caller puts it into a child process. */
bool road_order_metis(uint32_t node_count, const uint32_t *first_out, const uint32_t *head, uint32_t *order,
                      struct err *e);

/* Separators by maximum flow between the ends of the map (order_flow.h: inertial flow, FlowCutter). Needs
 * coordinates: INVALID_ARGUMENT when all points are the same. Pure: no signals, no output. */
bool road_order_flow(uint32_t node_count, const uint32_t *first_out, const uint32_t *head,
                     const struct net_point *point, uint32_t *order, struct err *e);

#endif
