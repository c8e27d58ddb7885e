/* metric.h - the inside of a road_metric, for the search engines of this folder only. */
#ifndef ZH_ROAD_METRIC_H
#define ZH_ROAD_METRIC_H

#include "road/cch.h"
#include "road/road.h"

struct road_metric {
    const struct network *net;
    struct road_graph graph;
    struct road_profile profile;
    uint32_t *weight;               /* per arc; ROAD_INF where this vehicle may not go */
    uint32_t *time_ms;              /* per arc */
    uint32_t *toll_myuan;           /* per arc */
    const struct road_index *index; /* NULL: not customized */
    struct cch_metric shortcuts;
};

struct road_index {
    struct cch *cch;
};

/* Adds an arc's weight, time, length and toll; sums stop at UINT32_MAX. */
void road_cost_add(struct road_cost *sum, const struct road_metric *m, uint32_t arc);

#endif
