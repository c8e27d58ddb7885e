/* cch_inside.h - what the parts of the hierarchy share and nobody else uses. */
#ifndef ZH_ROAD_CCH_INSIDE_H
#define ZH_ROAD_CCH_INSIDE_H

#include "road/cch.h"

/* The arc from low to high, CCH_NONE when there is none. */
uint32_t cch_find_arc(const struct cch *c, uint32_t low, uint32_t high);

/* Divides the nodes into subtrees and chains of like work; false without memory. */
bool cch_divide(struct cch *c);

#endif
