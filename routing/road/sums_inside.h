/* sums_inside.h - what sums.c and hubs.c share and nobody else uses. */
#ifndef ZH_ROAD_SUMS_INSIDE_H
#define ZH_ROAD_SUMS_INSIDE_H

#include "road/metric.h"
#include "road/sums.h"

struct sums_triple {
    uint32_t time_ms, length_m, toll_myuan;
};

struct road_sums {
    const struct network *net;
    const struct road_metric *m;
    struct sums_triple *up, *down; /* per shortcut, as the weights of cch_metric */
};

/* road_sums_new of a metric whose new links do not count. */
bool sums_of_graph(const struct network *n, const struct road_metric *m, struct road_sums **out,
                   struct err *e);

static inline uint32_t sums_add_up(uint32_t a, uint32_t b)
{
    uint32_t sum = a + b;
    return sum < a ? UINT32_MAX : sum;
}

static inline struct sums_triple sums_add(struct sums_triple a, struct sums_triple b)
{
    return (struct sums_triple){sums_add_up(a.time_ms, b.time_ms), sums_add_up(a.length_m, b.length_m),
                                sums_add_up(a.toll_myuan, b.toll_myuan)};
}

/* Labels: weight and sums by depth, to the ancestors of one node (from them, when the arcs are the falling
 * ones); label i begins at i * stride. */
struct sums_labels {
    uint32_t stride;
    uint32_t *weight;
    struct sums_triple *sums;
    uint32_t *arc, *from; /* scratch of one label: the shortcut that came last, the depth it came from */
};

bool sums_labels_init(struct sums_labels *l, uint32_t slot_count, uint32_t count);
void sums_labels_release(struct sums_labels *l);
/* The label of rank v as the at-th. */
void sums_label(const struct road_sums *s, bool upwards, uint32_t v, struct sums_labels *l, uint32_t at);

#endif
