/* reach.c - the nodes within a limit. */
#include "road/reach.h"

#include <assert.h>
#include <stdlib.h>

#include "road/change.h"
#include "road/departure.h"

/* The nodes within the limit, but those from `skip` to `on`, in the arena; false when it is full. */
static bool collect(const uint32_t *weight, uint32_t nodes, uint32_t skip, uint32_t on, uint32_t limit,
                    struct arena *a, const uint32_t **node, const uint32_t **node_weight, uint32_t *count)
{
    uint32_t at = 0;
    for (uint32_t v = 0; v < nodes; v++)
        at += (v < skip || v >= on) && weight[v] <= limit;
    uint32_t *kept = arena_alloc(a, ((size_t)at + 1) * sizeof *kept);
    uint32_t *kept_weight = arena_alloc(a, ((size_t)at + 1) * sizeof *kept_weight);
    if (kept == NULL || kept_weight == NULL)
        return false;
    at = 0;
    for (uint32_t v = 0; v < nodes; v++)
        if ((v < skip || v >= on) && weight[v] <= limit) {
            kept[at] = v;
            kept_weight[at++] = weight[v];
        }
    *node = kept;
    *node_weight = kept_weight;
    *count = at;
    return true;
}

bool road_reach(struct road_query *q, const struct road_metric *m, uint32_t from, bool reverse,
                uint32_t limit, struct arena *a, struct road_reach *out, struct err *e)
{
    const struct network *n = m->net;
    uint32_t plain = net_plain_count(n), graph = m->graph.node_count, nodes = graph + n->added_nodes;
    assert(net_is_plain(n, from));
    *out = (struct road_reach){.from = from, .reverse = reverse};
    limit = limit < ROAD_INF ? limit : ROAD_INF - 1;
    uint32_t *weight = malloc((size_t)road_metric_nodes(m) * sizeof *weight);
    if (weight == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a reach over %u nodes", nodes);
    road_one_to_all(q, m, from, reverse, weight);
    bool ok = collect(weight, nodes, plain, graph, limit, a, &out->node, &out->weight, &out->count);
    if (ok && plain < graph) {
        if (!reverse)
            road_departures(m, from, weight);
        ok = collect(weight, nodes, nodes, nodes, limit, a, &out->state, &out->state_weight,
                     &out->state_count);
    } else if (ok) {
        out->state = out->node;
        out->state_weight = out->weight;
        out->state_count = out->count;
    }
    free(weight);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED,
                      "a reach does not fit the memory of the request; ask for a smaller limit");
}
