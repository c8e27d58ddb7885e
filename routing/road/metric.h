/* metric.h - the inside of a road_metric, for the search engines of this folder only. */
#ifndef ZH_ROAD_METRIC_H
#define ZH_ROAD_METRIC_H

#include "road/cch_overlay.h"
#include "road/road.h"

/* The vehicle as it drives: the request's measures over those of its class. */
struct road_truck {
    uint32_t gross_kg, axle_kg, speed_km10;
    uint16_t height_cm, width_cm, length_cm;
    int64_t myuan_per_km, myuan_per_h; /* per km: with the share of the way back empty */
};

struct road_metric {
    const struct network *net;
    struct road_graph graph;
    struct road_profile profile;
    struct road_truck truck;
    uint32_t *weight;               /* per arc; ROAD_INF where this vehicle may not go */
    uint32_t *time_ms;              /* per arc */
    uint32_t *toll_myuan;           /* per arc */
    struct cow arcs;                /* of the three */
    uint32_t arc_room;              /* arcs that they hold: those of the graph, or the added ones as well */
    const struct road_index *index; /* NULL: not customized */
    struct cch_metric shortcuts;
    struct road_sums *sums, *stale_sums; /* sums.h; memory to make them in again. NULL: none */
    /* of a changed metric (change.h) */
    struct cch_patch *patch;
    struct cch_overlay *overlay; /* NULL: no new links */
    struct road_added *added;    /* new arcs: graph.arc_count + i */
    uint32_t added_count, new_nodes;
};

/* Are there nodes or arcs that the hierarchy does not know? They are searched as an overlay. */
static inline bool road_metric_grown(const struct road_metric *m)
{
    return m->added_count > 0 || m->new_nodes > 0;
}

struct road_index {
    struct cch *cch;
};

/* What an arc of a link costs this metric's vehicle, times and tolls given. ROAD_INF: it may not go there. */
struct road_arc_cost {
    uint32_t weight, time_ms, toll_myuan;
};

/* Time and toll of a link by its own speed and rate. Fails as road_metric_new does. */
bool road_cost_of_link(const struct road_metric *m, const struct net_link *l, struct road_arc_cost *out,
                       struct err *e);
/* Sets the weight that time and toll make; source: the weight of the file, for ROAD_SOURCE. */
bool road_weigh(const struct road_metric *m, const struct net_link *l, const struct net_limit *limit,
                uint32_t source, struct road_arc_cost *cost, struct err *e);

/* Of an arc of the network, by its link as the network has it. */
bool road_cost_of_arc(const struct road_metric *m, uint32_t arc, struct road_arc_cost *out, struct err *e);

/* Takes up the arcs that a derived network adds; not yet their overlay. */
bool road_metric_add_arcs(struct road_metric *m, struct err *e);
/* The overlay of all new arcs by the shortcuts as they are now. */
bool road_metric_renew_overlay(struct road_metric *m, struct err *e);
/* Makes the shortcuts follow changed weights of arcs of the graph. */
bool road_metric_follow(struct road_metric *m, const uint32_t *arcs, uint32_t count, struct err *e);

/* Adds an arc's weight, time, length and toll; sums stop at UINT32_MAX. */
void road_cost_add(struct road_cost *sum, const struct road_metric *m, uint32_t arc);

#endif
