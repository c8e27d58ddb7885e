/* labels.h - truck ways between any two nodes of a small network, read off.
 *
 * The labels of all nodes (cch.h: distances to and from all ancestors, with the sums of the ways and the
 * shortcut that came last) are made once for a metric, where they take few megabytes: what a way costs is
 * then one pass over two short arrays, without the climb that makes a label, and its arcs are followed
 * without a search. Labels of the whole graph after Abraham, Delling, Goldberg, Werneck (2011), over the
 * elimination tree.
 *
 * Immutable; any thread. The metric and its index outlive them and are not changed under them. Sums are those
 * of one shortest way, as in sums.h; ways end where trips end (net_arrival).
 */
#ifndef ZH_ROAD_LABELS_H
#define ZH_ROAD_LABELS_H

#include "road/road.h"
#include "road/sums.h"

struct road_labels; /* opaque */

enum { ROAD_LABELS_MAX_BYTES = 2 << 20 }; /* of one metric */

/* *out stays NULL, as a success, when they would take more than ROAD_LABELS_MAX_BYTES, or the metric has new
 * links. FAILED_PRECONDITION: the metric was not customized. */
bool road_labels_new(const struct network *n, struct road_metric *m, struct road_labels **out, struct err *e);
void road_labels_free(struct road_labels *l);
size_t road_labels_bytes(const struct road_labels *l);

/* As road_one_to_one (and its weight alone), road_path and (sums.h) road_kinds, for nodes of the graph. */
uint32_t road_labels_weight(const struct road_labels *l, uint32_t from, uint32_t to); /* ROAD_INF: no way */
void road_labels_cost(const struct road_labels *l, uint32_t from, uint32_t to, struct road_cost *out);
bool road_labels_path(const struct road_labels *l, uint32_t from, uint32_t to, struct arena *a,
                      const uint32_t **arcs, uint32_t *count, struct err *e);
bool road_labels_kinds(const struct road_labels *l, uint32_t from, uint32_t to, struct road_kind *out);

#endif
