/* sums_way.h - one way's sums by the hierarchy, for query.c only. */
#ifndef ZH_ROAD_SUMS_WAY_H
#define ZH_ROAD_SUMS_WAY_H

#include "road/cch.h"
#include "road/metric.h"
#include "road/sums.h"

/* Between nodes of the graph; false: the metric has no sums, or new links. */
bool sums_way(struct cch_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
              struct road_cost *out);
/* As road_kinds, restrictions not looked at. */
bool sums_kinds(struct cch_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                struct road_kind *out);

#endif
