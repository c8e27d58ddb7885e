/* departure.c - what arriving hides: the weights that ways go on with. */
#include "road/departure.h"

static bool lower(const struct network *n, uint32_t v, uint32_t weight, uint32_t *of)
{
    if (net_arrival(n, v) == v || weight >= of[v])
        return false;
    of[v] = weight;
    return true;
}

void road_departures(const struct road_metric *m, uint32_t from, uint32_t *weight)
{
    const struct network *n = m->net;
    const struct road_graph *g = &m->graph;
    bool changed = n->node_origin_count > 0;
    for (uint32_t v = 0; v < n->node_arrival_count; v++)
        if (net_arrival(n, v) != v)
            weight[v] = v == from ? 0 : ROAD_INF;
    while (changed) { /* ways from one such node into another are rare: few rounds */
        changed = false;
        for (uint32_t v = 0; v < g->node_count; v++)
            for (uint32_t a = g->first_out[v]; a < g->first_out[v + 1]; a++)
                changed |= lower(n, g->head[a], weight[v] + m->weight[a], weight);
        for (uint32_t i = 0; i < m->added_count; i++)
            changed |= lower(n, m->added[i].to, weight[m->added[i].from] + m->added[i].weight, weight);
    }
}
