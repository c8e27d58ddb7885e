/* sums.h - secondary sums kept on shortcuts: weight, time, length and toll of ways that nobody unpacks.
 *
 * The weight decides which way is taken; its sums ride along. Each shortcut of a customized metric carries
 * the time, metres and toll of the way it stands for, added up from below by its middle nodes. The label of a
 * node then knows weight and sums to each ancestor, a cell of a table is one pass over two labels (cch.h) and
 * the sums of the ancestor where they meet, and the cost of one way is that of some twenty shortcuts. Each
 * also knows how many links it stands for and, when that is the same of all, what kind they are
 * (network/link_kind.h).
 *
 * Sums are those of one shortest path (when several have the same weight, any of them, and not always the one
 * that road_path takes) and stop at 2^32 - 1, as in road.h. Ways end where trips end (net_arrival).
 *
 * Sums belong to their metric and any change of it undoes them (change.h). Those of a fork share the base's
 * memory where they are alike. Threads: made while others ask the metric; a table allocates its own scratch.
 */
#ifndef ZH_ROAD_SUMS_H
#define ZH_ROAD_SUMS_H

#include "base/err.h"
#include "network/link_kind.h"
#include "network/network.h"
#include "road/road.h"

/* Nothing when it has them. FAILED_PRECONDITION: not customized; RESOURCE_EXHAUSTED. Memory: 32 bytes for
 * each shortcut. Of a metric with new links (change.h) they are those of the graph without these. */
bool road_metric_sum(struct road_metric *m, struct err *e);
bool road_metric_has_sums(const struct road_metric *m);

/* out[i * to_count + j] is the cost from from[i] to to[j]; weight ROAD_INF and sums 0 where there is no way.
 * FAILED_PRECONDITION: the metric has no sums, or new links (ask road_matrix); INVALID_ARGUMENT: no such
 * node; RESOURCE_EXHAUSTED (scratch: 16 bytes x the depth of the hierarchy for each target). */
bool road_sums_matrix(const struct road_metric *m, const uint32_t *from, uint32_t from_count,
                      const uint32_t *to, uint32_t to_count, struct road_cost *out, struct err *e);

/* What kinds of links a shortest way takes, each link once: out has LINK_KIND_COUNT entries. False, and
 * nothing is known: no way, no sums, new links, or turn restrictions, under which a way may use a link twice.
 */
struct road_kind {
    uint32_t links;
    uint64_t length_m;
};
bool road_kinds(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                struct road_kind *out);

#endif
