#include "plan/weights.h"

#include "network/network.h"
#include "road/labels.h"

#include <stdlib.h>

static bool fill(struct road_query *q, const struct road_metric *m, const uint32_t *all, uint32_t nodes,
                 const uint32_t *node, uint32_t terminals, struct plan_weights *out, struct err *e)
{
    uint32_t *turned = malloc((size_t)nodes * terminals * sizeof *turned);
    bool ok = turned != NULL && out->out != NULL && out->in != NULL;
    if (!ok)
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the weights of truck legs");
    ok = ok && road_weights(q, m, all, nodes, node, terminals, out->out, e) &&
         road_weights(q, m, node, terminals, all, nodes, turned, e);
    for (uint32_t t = 0; ok && t < terminals; t++)
        for (uint32_t v = 0; v < nodes; v++)
            out->in[(size_t)v * terminals + t] = turned[(size_t)t * nodes + v];
    free(turned);
    return ok;
}

bool plan_weights_new(const struct network *n, const struct road_index *ix, const struct road_metric *m,
                      const uint32_t *node, struct plan_weights *out, struct err *e)
{
    uint32_t nodes = net_graph_nodes(n), terminals = n->terminal_count;
    size_t bytes = (size_t)nodes * terminals * sizeof(uint32_t);
    struct road_query *q;
    *out = (struct plan_weights){NULL, NULL};
    if (2 * bytes > ROAD_LABELS_MAX_BYTES || bytes == 0)
        return true;
    if (!road_query_new(n, ix, &q, e))
        return false;
    uint32_t *all = malloc(nodes * sizeof *all);
    for (uint32_t v = 0; all != NULL && v < nodes; v++)
        all[v] = v;
    out->out = malloc(bytes);
    out->in = malloc(bytes);
    bool ok = all != NULL ? fill(q, m, all, nodes, node, terminals, out, e)
                          : fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the weights of truck legs");
    free(all);
    road_query_free(q);
    if (!ok)
        plan_weights_free(out);
    return ok;
}

void plan_weights_free(struct plan_weights *w)
{
    free(w->out);
    free(w->in);
    *w = (struct plan_weights){NULL, NULL};
}
