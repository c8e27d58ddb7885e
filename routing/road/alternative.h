/* alternative.h - other good ways than the shortest, ways through given stops, ways that avoid arcs.
 *
 * Alternatives are single-via paths (Abraham, Delling, Goldberg, Werneck: Alternative Routes in Road
 * Networks, 2013): from the start to a node v and on to the destination, both parts shortest. Candidates are
 * plateaus (Camvit 2005), the runs on which the tree of shortest ways from the start and the one to the
 * destination go together: all nodes of a plateau make the same path; and long arcs that are in neither. They
 * are taken in the order of 2 x weight + what is shared with the shortest - length of the plateau, and those
 * that keep the limits are the answer.
 *
 * Junctions with turn restrictions and new links (change.h) are honoured as by road_path.
 *
 * Threads: a query belongs to one thread; metrics are shared. Node and arc numbers are the network's.
 */
#ifndef ZH_ROAD_ALTERNATIVE_H
#define ZH_ROAD_ALTERNATIVE_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"
#include "road/road.h"

enum { ROAD_ALTERNATIVES_MAX = 32 }; /* in one answer */

struct road_alternative {
    uint32_t count;
    const uint32_t
        *arc; /* in travel order. Only the first may pass a node twice, for a turn that is banned */
    struct road_cost cost;
    double shared; /* the greatest part (0..1) of its weight that lies on links of one earlier one; 0: the
                      first */
};

/* A field that is 0 or less stands for its usual value; the limits of an answer to NULL are all usual. */
struct road_alternative_limits {
    double stretch; /* weight at most this times the shortest; usual 1.25 */
    double shared;  /* with each earlier one at most this part; usual 0.75 */
    double local; /* every piece up to this part of the shortest way's weight is a shortest way; usual 0.25 */
};

/* At most max (bounded by ROAD_ALTERNATIVES_MAX) ways, the shortest first, then as candidates are taken; in
 * the arena. NOT_FOUND: no way at all; INVALID_ARGUMENT: max is 0 or stretch is below 1; RESOURCE_EXHAUSTED.
 * Arcs of weight 0 may hide an alternative, never make a wrong one. Cost: a sweep from each end over what can
 * lie on a way within the stretch, then a walk for each of at most 1,000 candidates; across 1.5 million nodes
 * 70 ms (near pairs 15 ms) and some 90 MB of scratch: not for a loop thread. */
bool road_alternatives(struct road_query *q, const struct network *n, const struct road_metric *m,
                       uint32_t from, uint32_t to, uint32_t max, const struct road_alternative_limits *limits,
                       struct arena *a, struct road_alternative **out, uint32_t *count, struct err *e);

/* Shortest ways from stop to stop, one behind the other; *count arcs in the arena and the sum of the pieces.
 * No stop or one: no arcs. NOT_FOUND names the piece without a way; OUT_OF_RANGE: the weight comes to
 * ROAD_INF. */
bool road_via(struct road_query *q, const struct network *n, const struct road_metric *m,
              const uint32_t *stop, uint32_t stop_count, struct arena *a, const uint32_t **arcs,
              uint32_t *count, struct road_cost *cost, struct err *e);

/* A metric of the same profile with these arcs closed, and with each the twins that lead the same way over
 * the same link into an expanded junction. A fork (change.h): the base need not outlive it. With an index
 * (which outlives it) customized for that: by patching, or anew where the base was not customized for it or
 * the arcs are many; without one as the base is. INVALID_ARGUMENT: no such arc; FAILED_PRECONDITION: the base
 * has new links; RESOURCE_EXHAUSTED. */
bool road_metric_avoid(const struct road_metric *base, const struct road_index *ix, const uint32_t *arcs,
                       uint32_t count, struct road_metric **out, struct err *e);

#endif
