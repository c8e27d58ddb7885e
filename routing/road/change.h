/* change.h - a metric changed: arcs closed, opened, slowed and priced, and links that do not exist yet.
 *
 * A fork shares everything with its base that it does not change (base/cow.h), so many stand side by side;
 * the base stays as it is and must not be changed while forks of it are made. Changes are followed by partial
 * customization (cch.h, cch_patch_apply), new links by an overlay (cch_overlay.h).
 *
 * Threads: a metric is changed by one thread before it is shared, then read by many.
 */
#ifndef ZH_ROAD_CHANGE_H
#define ZH_ROAD_CHANGE_H

#include "road/road.h"

/* New links of the base are the fork's as well. RESOURCE_EXHAUSTED. The base need not outlive the fork, its
 * network and index do. A fork of a fork costs a whole copy. */
bool road_metric_fork(const struct road_metric *base, struct road_metric **out, struct err *e);

enum road_change_kind {
    ROAD_CLOSE,   /* also of an arc of a new link */
    ROAD_OPEN,    /* undoes CLOSE: as the vehicle may drive there, in its time and toll as last set */
    ROAD_RETIME,  /* value: free speed in 1/10 km/h, above 0; a closed arc stays closed */
    ROAD_RETOLL,  /* value: 1/1000 yuan for driving the arc; 0: free */
    ROAD_REWEIGH, /* value: the weight itself; for ROAD_SOURCE metrics only */
};

struct road_change {
    uint32_t arc; /* of the network */
    uint32_t value;
    uint8_t kind; /* enum road_change_kind */
};

/* All or none. INVALID_ARGUMENT: an arc that the network has not, a speed of 0, a kind that the objective
 * cannot tell (ROAD_SOURCE knows weights only, and nothing else knows REWEIGH); OUT_OF_RANGE: a weight that
 * does not fit; RESOURCE_EXHAUSTED: the metric must be thrown away then. */
bool road_metric_change(struct road_metric *m, const struct road_change *changes, uint32_t count,
                        struct err *e);

/* A link as planned: length_m, speed_km10, flags (ways, toll, bridge, bans), toll_region and id of `link`
 * count, and the limits beside it. Status is not looked at. Ends are plain nodes of the network or new nodes:
 * NET node count
 * + i. At an expanded junction every turn into and out of the new link is allowed. */
struct road_new_link {
    struct net_link link;
    struct net_limit limit;
    uint32_t weight; /* both ways; for ROAD_SOURCE metrics, otherwise 0 */
};

struct road_added { /* an arc of a new link; in paths its number is the graph's arc_count + its place */
    uint32_t from, to, link; /* link: which one inserted, from 0 */
    bool backward;
    uint32_t weight, time_ms, length_m, toll_myuan;
};

/* Adds links, behind those added before; all or none. Needs a customized metric (FAILED_PRECONDITION).
 * INVALID_ARGUMENT: ends that are no nodes, equal or without a way to drive; OUT_OF_RANGE: a weight that does
 * not fit, more than 512 places touched; RESOURCE_EXHAUSTED. */
bool road_metric_insert(struct road_metric *m, const struct road_new_link *links, uint32_t count,
                        struct err *e);
const struct road_added *road_metric_added(const struct road_metric *m, uint32_t *count);
/* Nodes of the graph and new ones: what road_one_to_all writes of a changed metric. */
uint32_t road_metric_nodes(const struct road_metric *m);

#endif
