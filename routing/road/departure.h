/* departure.h - inside of the road layer: weights to leave nodes with, on networks with expanded junctions.
 *
 * road_one_to_all says when plain nodes are arrived at (network.h, net_arrival). Who goes on from there needs
 * the weight of the node itself, which only those have who start there or whom no turn restriction concerns.
 */
#ifndef ZH_ROAD_DEPARTURE_H
#define ZH_ROAD_DEPARTURE_H

#include "road/change.h"
#include "road/metric.h"

/* weight: as road_one_to_all made it from `from`, forwards; afterwards of every node of the graph (and new
 * ones) the weight of the way to it. Cost: nothing without expanded junctions, else passes over the arcs. */
void road_departures(const struct road_metric *m, uint32_t from, uint32_t *weight);

/* Of any arc, new ones (change.h) as well. */
static inline uint32_t road_arc_weight(const struct road_metric *m, uint32_t arc)
{
    return arc < m->graph.arc_count ? m->weight[arc] : m->added[arc - m->graph.arc_count].weight;
}

static inline uint32_t road_arc_head(const struct road_metric *m, uint32_t arc)
{
    return arc < m->graph.arc_count ? m->graph.head[arc] : m->added[arc - m->graph.arc_count].to;
}

#endif
