/* roads.h - the open road of a network as links of an assignment, with what is assumed about it.
 *
 * A link and direction that some truck may use is one assignment link: free time at the road's speed (at most
 * a loaded truck's), BPR with b and power, capacity by road class and lanes, and the cars that are there
 * anyway as a share of the capacity. Which vehicle class may enter, and its toll, are those of the road layer
 * (road.h). Turn restrictions are left out: an expanded junction is one node again, so that the traffic of a
 * link meets one capacity.
 *
 * Units: hours, km, yuan, PCE per day. A day carries as much as day_hours of its busiest hour. Capacities are
 * basic capacities of JTG B01-2014 (design standard for highways) per lane, recalled and rounded; PCE by the
 * same standard's classes of payload. Both, the share of cars and day_hours are ESTIMATES: no counts of this
 * region are known, and freight alone never fills a road.
 *
 * Threads: immutable once made. Cost: passes over the links.
 */
#ifndef ZH_WHATIF_ROADS_H
#define ZH_WHATIF_ROADS_H

#include "road/road.h"
#include "whatif/assign.h"

enum { ROADS_CLASSES = 7 }; /* vehicle classes 1 to 6 */

struct roads_rules {
    double b, power;
    double day_hours;
    double background;                   /* cars, as a share of a day's capacity; 0 to 1 */
    double lane_pce_h[ROAD_CLASS_COUNT]; /* capacity of a lane */
    double lanes[ROAD_CLASS_COUNT];      /* of one direction, where the network says nothing */
    double speed_kmh;                    /* of a loaded truck at most */
};

void roads_rules_default(struct roads_rules *r);

/* By payload: up to 2 t 1, to 7 t 1.5, to 20 t 2.5, above 4 (JTG B01-2014, table 3.3.2). */
double roads_pce(const struct net_vehicle *v);

struct roads {
    const struct network *net;
    uint32_t node_count; /* of the network */
    uint32_t link_count;
    struct assign_link *link;    /* from, to: plain nodes; closed_to: bit of vehicle class - 1 */
    uint32_t *source;            /* network link x 2 + 1 when driven backwards */
    uint32_t *whole;             /* of pieces of a split road: source in the base; NET_NONE: not a piece */
    double *toll[ROADS_CLASSES]; /* per link in yuan, by vehicle class; NULL: no such class */
};

struct roads_base { /* what a network is a scenario of; net NULL: of nothing */
    const struct network *net;
    const uint32_t *origin; /* of each link behind the base's: the base's link that it is a piece of, or
                               NET_NONE; NULL: none is */
};

/* Cars are those of the base where it has the link (equal id, direction and place among its namesakes) or the
 * whole of which the link is a piece, and none on other links: they do not choose. Without a base the network
 * itself. The networks outlive the roads. */
bool roads_new(const struct network *n, const struct roads_rules *r, const struct roads_base *base,
               struct roads **out, struct err *e);
void roads_free(struct roads *r);

/* old[i]: which link of `before` link i of `after` is, or ASSIGN_NONE; by id, direction and place among
 * namesakes. The caller frees it; NULL: no memory. */
uint32_t *roads_match(const struct roads *before, const struct roads *after);
/* The same, and pieces of a road that `after` splits are what the whole was. */
uint32_t *roads_match_pieces(const struct roads *before, const struct roads *after);

#endif
