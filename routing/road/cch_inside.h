/* cch_inside.h - what the parts of the hierarchy share and nobody else uses. */
#ifndef ZH_ROAD_CCH_INSIDE_H
#define ZH_ROAD_CCH_INSIDE_H

#include "road/cch.h"

/* The arc from low to high, CCH_NONE when there is none. */
uint32_t cch_find_arc(const struct cch *c, uint32_t low, uint32_t high);

/* Divides the nodes into subtrees and chains of like work; false without memory. */
bool cch_divide(struct cch *c);

/* The row of x before any triangle, from the graph's own arcs. */
void cch_start_row(const struct cch_metric *m, const uint32_t *weight, uint32_t x);
/* place[slot] = x's arc to the node of that depth; the rest of place is left as it was. */
void cch_set_places(const struct cch *c, uint32_t x, uint32_t *place);
/* The triangles of x with its lower neighbour v, whose arc to x is `side` and whose row ends before `end`. */
void cch_relax_lower(const struct cch_metric *m, uint32_t side, uint32_t end, uint32_t v,
                     const uint32_t *place);

#endif
