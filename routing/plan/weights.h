/* weights.h - what all truck legs of a small network weigh, by one look: from each node to each terminal and
 * back.
 *
 * For who looks at many terminals before it asks what the ways to a few of them cost (floors.c): a row lies
 * together in memory. Made where the metric has labels of all nodes (road/labels.h) and both tables together
 * take no more than those may. Immutable; any thread. */
#ifndef ZH_PLAN_WEIGHTS_H
#define ZH_PLAN_WEIGHTS_H

#include "road/road.h"

enum { PLAN_WEIGHTS_M = 64 };

struct plan_weights {       /* [node * terminals + terminal]; NULL: there are none */
    uint32_t *out, *in;     /* from the node, to the node; ROAD_INF no way */
    uint16_t *out_m, *in_m; /* metres of these ways in PLAN_WEIGHTS_M, rounded down */
};

/* node: of each terminal. What was made is freed when it fails (RESOURCE_EXHAUSTED). */
bool plan_weights_new(const struct network *n, const struct road_metric *m, const uint32_t *node,
                      struct plan_weights *out, struct err *e);
void plan_weights_free(struct plan_weights *w);
size_t plan_weights_bytes(const struct network *n, const struct plan_weights *w);

#endif
