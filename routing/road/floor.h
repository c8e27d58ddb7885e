/* floor.h - what a way costs at least in money, from its weight by the cheapest ways.
 *
 * Weights of ROAD_CHEAPEST round each link's running cost and time to 1/1000 yuan, so the money of a way may
 * lie below its weight: by at most one for each link, and more than 1 % of a short link. Money of any way >=
 * ratio x weight - extra: the ratio leaves out the links that are too short for it, the extra is what all of
 * these together lack (a way passes a link once). Pure; any thread.
 */
#ifndef ZH_ROAD_FLOOR_H
#define ZH_ROAD_FLOOR_H

#include "road/road.h"

struct road_floor {
    double ratio, extra_myuan;
};

/* Of a metric by cheapest ways, as it is now. Cost: a pass over its arcs. */
struct road_floor road_floor_of(const struct road_metric *m);

#endif
