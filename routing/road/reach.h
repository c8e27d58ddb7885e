/* reach.h - how far a vehicle comes: the nodes within a limit, and their outline as polygons (isochrones).
 *
 * A reach is a set of nodes; its shape is made on a raster of square cells (sides of cell_m metres, cells
 * count from the start node, degrees of longitude as wide as they are there): every cell that a reached piece
 * of road passes, and its eight neighbours. An arc that is too long for the limit is covered as far as the
 * limit goes, along its geometry, weight spread evenly. The outline runs on the cracks between cells, so
 * a smaller limit from the same node lies within a larger one, cell by cell.
 *
 * New links count (derive.h, change.h); new nodes that the network does not know have no place on the map:
 * they are not in the set, and links to them are not drawn.
 *
 * Threads: a query belongs to one; the shape reads only what is immutable. Cost: one sweep over the graph
 * (PHAST, cch.h), then a pass over the reached arcs and one over the raster.
 */
#ifndef ZH_ROAD_REACH_H
#define ZH_ROAD_REACH_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"
#include "road/road.h"

enum {
    REACH_CELLS_MAX = 16000000, /* of the raster: above, cells get twice as large until they fit */
    REACH_CELL_M_MAX = 100000,
};

struct road_reach {
    uint32_t count;
    const uint32_t *node;   /* plain ones (network.h), ascending; never empty: the start is 0 away */
    const uint32_t *weight; /* of node[i], in the metric's unit, at most the limit */
    uint32_t from;          /* the start (reverse: the destination) */
    bool reverse;           /* the nodes that come to `from` within the limit */
    /* For the outline: the same of every node of the graph, of expanded junctions as turns leave them. */
    uint32_t state_count;
    const uint32_t *state, *state_weight;
};

/* The nodes within `limit` (inclusive; ROAD_INF and above: all that can be reached), in the arena.
 * RESOURCE_EXHAUSTED without memory. */
bool road_reach(struct road_query *q, const struct road_metric *m, uint32_t from, bool reverse,
                uint32_t limit, struct arena *a, struct road_reach *out, struct err *e);

struct reach_ring {
    uint32_t first,
        count; /* its points: point[first] .. point[first + count - 1], the last equals the first */
    bool hole;
};

/* Rings are simple (no point twice), do not cross, and touch at corners at most. Outer rings run
 * counterclockwise (longitude to the right, latitude up), holes clockwise; the holes of an outer ring follow
 * it, up to the next outer ring. Each straight run has two points. */
struct reach_shape {
    uint32_t ring_count, point_count;
    const struct reach_ring *ring;
    const struct net_point *point;
    uint32_t cell_m; /* as used: the one asked for, doubled as often as REACH_CELLS_MAX wants */
};

/* The shape of a reach that was made with this metric and limit, in the arena. INVALID_ARGUMENT: cell_m is 0
 * or above REACH_CELL_M_MAX; OUT_OF_RANGE: an outline across the 180th meridian or a pole is not made;
 * RESOURCE_EXHAUSTED: no memory (scratch: a byte for each cell). */
bool road_reach_shape(const struct network *n, const struct road_metric *m, const struct road_reach *r,
                      uint32_t limit, uint32_t cell_m, struct arena *a, struct reach_shape *out,
                      struct err *e);

/* Where two reaches of the same kind, start and limit differ: `gained` is in b's shape and not in a's, `lost`
 * the other way round. Their metrics are of one network, or of one and a version derived from it. Fails as
 * road_reach_shape does. */
bool road_reach_difference(const struct road_metric *ma, const struct road_reach *a,
                           const struct road_metric *mb, const struct road_reach *b, uint32_t limit,
                           uint32_t cell_m, struct arena *arena, struct reach_shape *gained,
                           struct reach_shape *lost, struct err *e);

#endif
