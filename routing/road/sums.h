/* sums.h - tables of weight, time, length and toll: secondary sums kept on shortcuts.
 *
 * The weight decides which way is taken; its sums ride along. Each shortcut of a customized metric carries
 * the time, metres and toll of the way it stands for, added up from below by its middle nodes; the label of a
 * node then knows weight and sums to each ancestor, and a cell of a table is one pass over two labels
 * (cch.h) and the sums of the ancestor where they meet. No path is unpacked.
 *
 * Sums are those of one shortest path (when several have the same weight, any of them, and not always the one
 * that road_one_to_one takes) and stop at 2^32 - 1, as in road.h.
 *
 * Ways end where trips end (net_arrival), as in road.h.
 *
 * Ownership: the metric and its index outlive the sums and are not changed under them; a patched metric needs
 * new sums. Threads: immutable once made, shared; a table allocates its own scratch.
 */
#ifndef ZH_ROAD_SUMS_H
#define ZH_ROAD_SUMS_H

#include "base/err.h"
#include "network/network.h"
#include "road/road.h"

struct road_sums; /* opaque */

/* FAILED_PRECONDITION: the metric was not customized or has new links (change.h; ask road_matrix);
 * RESOURCE_EXHAUSTED. Memory: 24 bytes for each shortcut. */
bool road_sums_new(const struct network *n, const struct road_metric *m, struct road_sums **out,
                   struct err *e);
void road_sums_free(struct road_sums *s);
size_t road_sums_bytes(const struct road_sums *s);

/* out[i * to_count + j] is the cost from from[i] to to[j]; weight ROAD_INF and sums 0 where there is no way.
 * INVALID_ARGUMENT: no such node; RESOURCE_EXHAUSTED (scratch: 16 bytes x the depth of the hierarchy for each
 * target). */
bool road_sums_matrix(const struct road_sums *s, const uint32_t *from, uint32_t from_count,
                      const uint32_t *to, uint32_t to_count, struct road_cost *out, struct err *e);

#endif
