/* sums_inside.h - what sums.c, sums_table.c, sums_way.c and hubs.c share and nobody else uses. */
#ifndef ZH_ROAD_SUMS_INSIDE_H
#define ZH_ROAD_SUMS_INSIDE_H

#include "road/metric.h"
#include "road/sums.h"

struct sums_triple {
    uint32_t time_ms, length_m, toll_myuan;
};

/* By shortcut, as the weights of cch_metric. Links: their count << 8, stopping at the greatest, and their
 * kind when it is one (network/link_kind.h), else SUMS_MIXED. */
struct road_sums {
    struct cow memory;
    struct sums_triple *up, *down;
    uint32_t *up_links, *down_links;
};

enum { SUMS_MIXED = 0xff, SUMS_LINKS_MAX = 0xffffff };

/* NULL: none. */
static inline const struct road_sums *sums_of(const struct road_metric *m)
{
    return __atomic_load_n(&m->sums, __ATOMIC_ACQUIRE);
}

void sums_free(struct road_sums *s);
/* Before a metric changes, by who alone has it: the sums that it has are not true any more. */
void sums_drop(struct road_metric *m);
/* For a fork of base: memory that it shares until it is written. */
bool sums_fork(const struct road_metric *base, struct road_metric *m);
size_t sums_bytes(const struct road_metric *m);

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

static inline struct sums_triple sums_of_arc(const struct road_metric *m, uint32_t arc)
{
    return (struct sums_triple){m->time_ms[arc], m->net->link[net_arc_link(m->net, arc)].length_m,
                                m->toll_myuan[arc]};
}

/* The two shortcuts that an unpacked one stands for: the middle's arcs to its tail and to its head. way is
 * the first of them; depths fall along a row, up to the root. */
static inline uint32_t sums_second(const struct cch *c, uint32_t arc, uint32_t way)
{
    uint32_t second = way + 1;
    while (c->slot[second] != c->slot[arc])
        second++;
    return second;
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
/* The label of rank v as the at-th; the metric has sums. */
void sums_label(const struct road_metric *m, bool upwards, uint32_t v, struct sums_labels *l, uint32_t at);

#endif
