/* access.h - how long it takes from each township to the nearest expressway entrance, to the airport, to the
 * port.
 *
 * expressway   nodes where an open motorway and another open road meet
 * airport      the place of kind airport with code IATA:EHU (鄂州花湖)
 * port         the place of kind port with code UN-LOCODE:CNWYK (黄石新港)
 *
 * Times are driving times of the metric, which is a fastest one, in ms. Places keep their node numbers in a
 * derived network. Threads: as the query.
 */
#ifndef ZH_WHATIF_ACCESS_H
#define ZH_WHATIF_ACCESS_H

#include "road/reach.h"

enum access_target { ACCESS_EXPRESSWAY, ACCESS_AIRPORT, ACCESS_PORT, ACCESS_TARGETS };
enum { ACCESS_CELLS_MAX = 20000000, ACCESS_SWEEPS_MAX = 5000 };

const char *access_target_name(enum access_target t); /* "expressway" */
bool access_target_of(const char *name, enum access_target *out);

struct access_nodes {
    uint32_t *node; /* in the arena */
    uint32_t count;
};

bool access_targets(const struct network *n, enum access_target t, struct arena *a, struct access_nodes *out,
                    struct err *e);
/* Nodes of the places of kind "township" that have open road; in the order of the places. */
bool access_towns(const struct network *n, struct arena *a, struct access_nodes *out, struct err *e);

struct access_time {
    uint32_t ms;     /* ROAD_INF: no way */
    uint32_t target; /* the nearest one's node; NET_NONE: none */
};
/* Of each town, in the arena. RESOURCE_EXHAUSTED: more than ACCESS_CELLS_MAX pairs, no memory. */
bool access_times(struct road_query *q, const struct road_metric *m, const struct access_nodes *towns,
                  const struct access_nodes *targets, struct arena *a, struct access_time **out,
                  struct err *e);

/* All that comes to the nearest target within the limit: a reach (road/reach.h) whose start is the first
 * target. RESOURCE_EXHAUSTED: no memory, more than ACCESS_SWEEPS_MAX targets; NOT_FOUND: no target. */
bool access_reach(struct road_query *q, const struct road_metric *m, const struct network *n,
                  const struct access_nodes *targets, uint32_t limit_ms, struct arena *a,
                  struct road_reach *out, struct err *e);

#endif
