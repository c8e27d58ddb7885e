/* index.c - the hierarchy of a network and the metrics made for it. */
#include <stdlib.h>

#include "road/metric.h"
#include "road/sums_inside.h"

bool road_index_new(const struct network *n, struct road_index **out, struct err *e)
{
    struct road_graph g = road_graph_of(n);
    *out = NULL;
    if (n->cch_order_count != g.node_count || g.node_count == 0)
        return fail(e, ERR_NOT_FOUND, "network %s carries no contraction order; build it again to get one",
                    n->version);
    struct road_index *ix = calloc(1, sizeof *ix);
    if (ix == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy");
    bool stored = n->cch_first_count > 0;
    if (!(stored ? cch_open(n, &ix->cch, e) : cch_new(&g, n->cch_order, &ix->cch, e))) {
        free(ix);
        return false;
    }
    *out = ix;
    return true;
}

void road_index_free(struct road_index *ix)
{
    if (ix == NULL)
        return;
    cch_free(ix->cch);
    free(ix);
}

size_t road_index_bytes(const struct road_index *ix)
{
    return cch_bytes(ix->cch);
}

bool road_metric_customize(struct road_metric *m, const struct road_index *ix, const struct cch_executor *x,
                           struct err *e)
{
    struct cch_metric fresh;
    if (!cch_metric_new(ix->cch, &fresh, e))
        return false;
    cch_customize(&fresh, m->weight, x);
    sums_drop(m);
    sums_free(m->stale_sums); /* of another hierarchy, perhaps */
    m->stale_sums = NULL;
    cch_patch_free(m->patch);
    m->patch = NULL;
    cch_metric_release(&m->shortcuts);
    m->shortcuts = fresh;
    m->index = ix;
    return !road_metric_grown(m) || road_metric_renew_overlay(m, e);
}

bool road_metric_sharpen(struct road_metric *m, const struct cch_executor *x, struct err *e)
{
    if (m->index == NULL)
        return fail(e, ERR_FAILED_PRECONDITION, "a metric is customized before it is sharpened");
    return cch_perfect(&m->shortcuts, x, e) && cch_hubs(&m->shortcuts, x, e) && road_metric_sum(m, e);
}

size_t road_metric_bytes(const struct road_metric *m)
{
    size_t arcs = (size_t)m->graph.arc_count * 3 * sizeof *m->weight;
    return arcs + sums_bytes(m) + cch_overlay_bytes(m->overlay) +
           (m->index != NULL ? cch_metric_bytes(&m->shortcuts) : 0);
}
