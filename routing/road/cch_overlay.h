/* cch_overlay.h - new arcs and nodes beside a hierarchy, without touching it.
 *
 * An overlay knows its points: the portals (nodes of the graph where new arcs end) and the new nodes. It
 * keeps the label of each portal and the closure of the distances among points, over the graph and the new
 * arcs. A shortest way then uses no new arc, or it is a way of the graph to a point, a way among points, and
 * a way of the graph from a point: one pass over two labels for each portal, and one over the closure. Adding
 * an arc costs a label for each portal and the closure of a small table, whatever the size of the graph.
 *
 * Nodes from node_count on are the new ones. Arcs of a path from first_arc on are new: first_arc + i is
 * arcs[i].
 *
 * Threads: immutable once made, for one metric as it was then; shared. A NULL overlay adds nothing.
 */
#ifndef ZH_ROAD_CCH_OVERLAY_H
#define ZH_ROAD_CCH_OVERLAY_H

#include "road/cch.h"

struct cch_new_arc {
    uint32_t from, to, weight; /* ROAD_INF: closed */
};

enum { CCH_POINTS_MAX = 512 }; /* portals and new nodes */

struct cch_overlay;

/* OUT_OF_RANGE: more than CCH_POINTS_MAX points; RESOURCE_EXHAUSTED. Arcs name nodes below node_count +
 * new_nodes. */
bool cch_overlay_new(const struct cch_metric *m, const struct cch_new_arc *arcs, uint32_t count,
                     uint32_t new_nodes, uint32_t first_arc, struct cch_overlay **out, struct err *e);
void cch_overlay_free(struct cch_overlay *o);
size_t cch_overlay_bytes(const struct cch_overlay *o);

/* As the functions of cch.h, with the new arcs. */
uint32_t cch_overlay_distance(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                              uint32_t from, uint32_t to);
bool cch_overlay_path(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                      uint32_t from, uint32_t to, uint32_t *weight, const uint32_t **arcs, uint32_t *count,
                      struct err *e);
bool cch_overlay_matrix(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                        const uint32_t *from, uint32_t from_count, const uint32_t *to, uint32_t to_count,
                        uint32_t *out, struct err *e);
/* weight: by node of the graph, new nodes behind them. */
void cch_overlay_one_to_all(struct cch_query *q, const struct cch_metric *m, const struct cch_overlay *o,
                            uint32_t from, bool reverse, uint32_t *weight);

#endif
