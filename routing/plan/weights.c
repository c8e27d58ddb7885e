#include "plan/weights.h"

#include "network/network.h"
#include "road/labels.h"
#include "road/sums.h"

#include <stdlib.h>

static void take(const struct road_cost *c, uint32_t *weight, uint16_t *metres)
{
    uint32_t m = c->length_m / PLAN_WEIGHTS_M;
    *weight = c->weight;
    *metres = (uint16_t)(m < UINT16_MAX ? m : UINT16_MAX);
}

static bool fill(const struct road_metric *m, const uint32_t *all, uint32_t nodes, const uint32_t *node,
                 uint32_t terminals, struct plan_weights *out, struct road_cost *cost, struct err *e)
{
    size_t count = (size_t)nodes * terminals;
    if (!road_sums_matrix(m, all, nodes, node, terminals, cost, e))
        return false;
    for (size_t i = 0; i < count; i++)
        take(&cost[i], &out->out[i], &out->out_m[i]);
    if (!road_sums_matrix(m, node, terminals, all, nodes, cost, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t at = i % nodes * terminals + i / nodes;
        take(&cost[i], &out->in[at], &out->in_m[at]);
    }
    return true;
}

static size_t bytes_of(size_t count)
{
    const struct plan_weights *w = NULL;
    return 2 * count * (sizeof *w->out + sizeof *w->out_m);
}

size_t plan_weights_bytes(const struct network *n, const struct plan_weights *w)
{
    return w->out != NULL ? bytes_of((size_t)net_graph_nodes(n) * n->terminal_count) : 0;
}

bool plan_weights_new(const struct network *n, const struct road_metric *m, const uint32_t *node,
                      struct plan_weights *out, struct err *e)
{
    uint32_t nodes = net_graph_nodes(n), terminals = n->terminal_count;
    size_t count = (size_t)nodes * terminals;
    *out = (struct plan_weights){NULL, NULL, NULL, NULL};
    if (bytes_of(count) > ROAD_LABELS_MAX_BYTES || count == 0)
        return true;
    uint32_t *all = malloc(nodes * sizeof *all);
    struct road_cost *cost = malloc(count * sizeof *cost);
    for (uint32_t v = 0; all != NULL && v < nodes; v++)
        all[v] = v;
    out->out = malloc(count * sizeof *out->out);
    out->in = malloc(count * sizeof *out->in);
    out->out_m = malloc(count * sizeof *out->out_m);
    out->in_m = malloc(count * sizeof *out->in_m);
    bool ok = all && cost && out->out && out->in && out->out_m && out->in_m;
    ok = ok ? fill(m, all, nodes, node, terminals, out, cost, e)
            : fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the weights of truck legs");
    free(all);
    free(cost);
    if (!ok)
        plan_weights_free(out);
    return ok;
}

void plan_weights_free(struct plan_weights *w)
{
    free(w->out);
    free(w->in);
    free(w->out_m);
    free(w->in_m);
    *w = (struct plan_weights){NULL, NULL, NULL, NULL};
}
