/* derive.h - the metric of a derived network (network/derive.h) from that of its base.
 *
 * Equal to road_metric_new and road_metric_customize on the derived network, at the cost of what differs: a
 * fork, the changed arcs followed by partial customization, the added arcs as an overlay (change.h). When
 * more arcs change than patching is good for, it is made anew.
 */
#ifndef ZH_ROAD_DERIVE_H
#define ZH_ROAD_DERIVE_H

#include "road/road.h"

/* arcs: those of the base whose link, limit or toll row differs in n, at least. The base's index serves both.
 * FAILED_PRECONDITION: added arcs without a hierarchy; otherwise fails as road_metric_new does. */
bool road_metric_derive(const struct road_metric *base, const struct network *n, const uint32_t *arcs,
                        uint32_t count, struct road_metric **out, struct err *e);

/* The weight of any arc of the metric's network, added ones as well; ROAD_INF: closed. */
uint32_t road_metric_weight(const struct road_metric *m, uint32_t arc);

/* What it takes beside a base that it shares the rest with, about: a page for each changed arc at most. */
size_t road_metric_own_bytes(const struct road_metric *m);

/* The metric's arcs change so that a patch costs more than customizing anew. */
bool road_metric_many(const struct road_metric *m, uint32_t count);

#endif
