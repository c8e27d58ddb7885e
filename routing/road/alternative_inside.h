/* alternative_inside.h - where ways within a bound run: what alternative_field.c makes for alternative.c. */
#ifndef ZH_ROAD_ALTERNATIVE_INSIDE_H
#define ZH_ROAD_ALTERNATIVE_INSIDE_H

#include "road/departure.h"

#define ALTERNATIVE_NONE UINT32_MAX

/* What is known of a node: weight from the start and to the destination, and its arcs in one tree of shortest
 * ways from the start (in, and that arc's tail) and to the destination (out); NONE: none. */
struct alternative_node {
    uint32_t before, after, in, in_tail, out;
};

/* The nodes v with weight(from, v) + weight(v, to) <= bound. An arc that can be in both trees is. Of other
 * nodes before and after are ROAD_INF. */
struct alternative_field {
    uint32_t count, *node;
    struct alternative_node *at; /* by node */
};

/* Between nodes of the graph: `to` is where the trip ends (net_arrival). False: out of memory. Released in
 * any case. */
bool alternative_field_init(struct alternative_field *f, struct road_query *q, const struct road_metric *m,
                            uint32_t from, uint32_t to, uint32_t bound);
void alternative_field_release(struct alternative_field *f);

#endif
