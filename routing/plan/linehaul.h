/* linehaul.h - scheduled line-hauls beside the direct truck: which chains with them are out of the question
 * before a road is searched.
 *
 * Bounds from the straight line between two points of the globe, as A* has them (Hart, Nilsson, Raphael
 * 1968): no arc of the network is driven in less time, metres or money than its class's least per unit of
 * chord, chords obey the triangle inequality, so no way is. A unit is the radius of the earth. Made once with
 * the plan_network; knows no load. */
#ifndef ZH_PLAN_LINEHAUL_H
#define ZH_PLAN_LINEHAUL_H

#include "base/err.h"
#include "network/geo.h"
#include "network/network.h"

enum { LINEHAUL_CLASSES = 7 };

struct plan_linehaul { /* an edge of rides.h of mode road */
    uint32_t edge;
    struct geo_vector from, to;
    double least_s; /* on board and in handling before, and behind when nothing follows */
    bool goes_on;   /* another line-haul may follow, perhaps after a shuttle */
};

struct plan_linehauls {
    struct plan_linehaul *of;
    struct geo_vector *end; /* of each */
    uint32_t count;
    double ride_s_per_unit, least_end_s; /* of all rides; of the handling behind the last */
    /* of roads; 0: nothing is known (new roads of a scenario) */
    double m_per_unit, drive_s_per_unit[LINEHAUL_CLASSES], myuan_per_unit[LINEHAUL_CLASSES];
};

struct plan_network;
struct plan_query;

/* When metrics, rides and shuttles are there; roads: of a plan_network with the same roads, NULL none.
 * measure: look at the roads themselves. */
bool plan_linehauls_new(struct plan_network *p, const struct plan_linehauls *roads, bool measure,
                        struct err *e);
void plan_linehauls_free(struct plan_linehauls *x);

/* May a chain with line-hauls arrive at most so many seconds after ready_at (cheapest: cost at most so much)?
 * Of the question in work, whose load and direct ways are known. False is certain. */
bool plan_linehaul_may_arrive(const struct plan_query *q, int64_t within_s);
bool plan_linehaul_may_cost(struct plan_query *q, int64_t total_myuan);

#endif
