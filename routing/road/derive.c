#include "road/derive.h"

#include <stdlib.h>

#include "road/change.h"
#include "road/departure.h"

bool road_metric_add_arcs(struct road_metric *m, struct err *e)
{
    const struct network *n = m->net;
    uint32_t first = m->graph.arc_count;
    m->new_nodes = n->added_nodes;
    if (n->added_arcs == 0)
        return true;
    m->added = calloc(n->added_arcs, sizeof *m->added);
    if (m->added == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for new links");
    for (uint32_t i = 0; i < n->added_arcs; i++) {
        struct road_arc_cost cost;
        if (!road_cost_of_arc(m, first + i, &cost, e))
            return false;
        m->added[i] = (struct road_added){.from = n->added_tail[i],
                                          .to = n->arc_head[first + i],
                                          .link = net_arc_link(n, first + i),
                                          .backward = (n->arc_link[first + i] & 1) != 0,
                                          .weight = cost.weight,
                                          .time_ms = cost.time_ms,
                                          .length_m = n->link[net_arc_link(n, first + i)].length_m,
                                          .toll_myuan = cost.toll_myuan};
    }
    m->added_count = n->added_arcs;
    return true;
}

/* docs/performance.md: some 3,000 of 3.9 million. */
bool road_metric_many(const struct road_metric *m, uint32_t count)
{
    return count > 16 + m->graph.arc_count / 1024;
}

static bool anew(const struct road_metric *base, const struct network *n, struct road_metric **out,
                 struct err *e)
{
    struct road_metric *m;
    if (!road_metric_new(n, &base->profile, &m, e))
        return false;
    if (base->index != NULL && !road_metric_customize(m, base->index, NULL, e)) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}

static bool adapt(struct road_metric *m, const struct network *n, const uint32_t *arcs, uint32_t count,
                  struct err *e)
{
    m->net = n;
    m->graph = road_graph_of(n);
    for (uint32_t i = 0; i < count; i++) {
        struct road_arc_cost cost;
        if (!road_cost_of_arc(m, arcs[i], &cost, e))
            return false;
        m->weight[arcs[i]] = cost.weight;
        m->time_ms[arcs[i]] = cost.time_ms;
        m->toll_myuan[arcs[i]] = cost.toll_myuan;
    }
    bool ok = road_metric_add_arcs(m, e) && road_metric_follow(m, arcs, count, e);
    cch_patch_free(m->patch); /* scratch of the graph's size */
    m->patch = NULL;
    return ok;
}

bool road_metric_derive(const struct road_metric *base, const struct network *n, const uint32_t *arcs,
                        uint32_t count, struct road_metric **out, struct err *e)
{
    struct road_metric *m;
    *out = NULL;
    if (base->index == NULL && n->added_arcs + n->added_nodes > 0)
        return fail(
            e, ERR_FAILED_PRECONDITION,
            "roads can be added only to a network with a contraction order; build it again to get one");
    if (road_metric_many(base, count))
        return anew(base, n, out, e);
    if (!road_metric_fork(base, &m, e))
        return false;
    if (!adapt(m, n, arcs, count, e)) {
        road_metric_free(m);
        return false;
    }
    *out = m;
    return true;
}

uint32_t road_metric_weight(const struct road_metric *m, uint32_t arc)
{
    return road_arc_weight(m, arc);
}

size_t road_metric_own_bytes(const struct road_metric *m)
{
    enum { PAGE_OF_FORKS = 4096, PAGES = 16 };
    size_t whole = road_metric_bytes(m), overlay = cch_overlay_bytes(m->overlay);
    bool forked = m->arcs.file == NULL;
    size_t pages = whole < PAGES * PAGE_OF_FORKS ? whole : PAGES * PAGE_OF_FORKS;
    return overlay + sizeof *m + m->added_count * sizeof *m->added + (forked ? pages : whole);
}
