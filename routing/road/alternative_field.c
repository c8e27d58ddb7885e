/* alternative_field.c - two sweeps, from the start and to the destination, over what lies within a bound. */
#include <stdlib.h>
#include <string.h>

#include "road/alternative_inside.h"
#include "road/cch_inside.h"

void alternative_field_release(struct alternative_field *f)
{
    free(f->node);
    free(f->at);
    *f = (struct alternative_field){0};
}

/* Weights by rank while the hierarchy is swept. Ends' ancestors have labels; each other node gets its weights
 * from its upper neighbours. */
struct sweep {
    const struct cch_metric *m;
    uint32_t *from_weight, *to_weight; /* by rank */
    uint32_t *from_label, *to_label;   /* by depth */
    uint32_t *from_branch, *to_branch; /* by depth: the end's ancestor */
    uint32_t from_depth, to_depth;
};

static void make_label(const struct cch_metric *m, bool down, uint32_t v, uint32_t *label, uint32_t *branch)
{
    const struct cch *c = m->cch;
    cch_label(m, down, v, label);
    for (; v != CCH_NONE; v = c->parent[v])
        branch[c->depth[v]] = v;
}

/* Who comes into a subtree without an end comes through the upper neighbours of its root, and so does who
 * leaves it: when the least of both is beyond the bound, nothing in it is wanted. */
static bool sweep_node(struct sweep *s, uint32_t v, uint32_t bound)
{
    const struct cch *c = s->m->cch;
    const uint32_t *up = s->m->up, *down = s->m->down;
    uint32_t d = c->depth[v], enter = ROAD_INF, leave = ROAD_INF;
    bool above_from = d <= s->from_depth && s->from_branch[d] == v;
    bool above_to = d <= s->to_depth && s->to_branch[d] == v;
    uint32_t there = above_from ? s->from_label[d] : ROAD_INF, on = above_to ? s->to_label[d] : ROAD_INF;
    for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++) {
        uint32_t f = s->from_weight[c->head[a]], t = s->to_weight[c->head[a]];
        enter = f < enter ? f : enter;
        leave = t < leave ? t : leave;
        there = f + down[a] < there ? f + down[a] : there;
        on = t + up[a] < on ? t + up[a] : on;
    }
    s->from_weight[v] = there;
    s->to_weight[v] = on;
    return above_from || above_to || enter + leave <= bound;
}

static void sweep_all(struct sweep *s, struct alternative_field *f, uint32_t bound)
{
    const struct cch *c = s->m->cch;
    for (uint32_t v = c->node_count; v-- > 0;) {
        if (sweep_node(s, v, bound)) {
            if (s->from_weight[v] + s->to_weight[v] <= bound) {
                uint32_t node = c->node[v];
                f->node[f->count++] = node;
                f->at[node].before = s->from_weight[v];
                f->at[node].after = s->to_weight[v];
            }
            continue;
        }
        for (uint32_t depth = c->depth[v]; v > 0 && c->depth[v - 1] > depth;) /* its subtree */
            v--;
    }
}

static bool by_hierarchy(struct alternative_field *f, const struct road_metric *m, uint32_t from, uint32_t to,
                         uint32_t bound)
{
    const struct cch *c = m->shortcuts.cch;
    size_t nodes = (size_t)c->node_count + 1, slots = (size_t)c->slot_count + 1;
    uint32_t *weights = malloc(2 * nodes * sizeof *weights), *labels = malloc(4 * slots * sizeof *labels);
    if (weights != NULL && labels != NULL) {
        struct sweep s = {.m = &m->shortcuts,
                          .from_weight = weights,
                          .to_weight = weights + nodes,
                          .from_label = labels,
                          .to_label = labels + slots,
                          .from_branch = labels + 2 * slots,
                          .to_branch = labels + 3 * slots,
                          .from_depth = c->depth[c->rank[from]],
                          .to_depth = c->depth[c->rank[to]]};
        make_label(&m->shortcuts, false, c->rank[from], s.from_label, s.from_branch);
        make_label(&m->shortcuts, true, c->rank[to], s.to_label, s.to_branch);
        sweep_all(&s, f, bound);
    }
    bool ok = weights != NULL && labels != NULL;
    free(weights);
    free(labels);
    return ok;
}

/* By what the query says of all nodes. A trip's end, plain and expanded, is no place to pass. */
static bool by_searches(struct alternative_field *f, struct road_query *q, const struct road_metric *m,
                        uint32_t from, uint32_t to, uint32_t bound)
{
    uint32_t nodes = road_metric_nodes(m);
    uint32_t plain = to < m->graph.node_count ? net_origin(m->net, to) : to;
    uint32_t *before = malloc(2 * (size_t)nodes * sizeof *before), *after = before + nodes;
    if (before == NULL)
        return false;
    road_one_to_all(q, m, from, false, before);
    road_departures(m, from, before);
    road_one_to_all(q, m, plain, true, after);
    if (plain != to)
        after[plain] = ROAD_INF;
    for (uint32_t v = 0; v < nodes; v++)
        if (before[v] + after[v] <= bound) {
            f->node[f->count++] = v;
            f->at[v].before = before[v];
            f->at[v].after = after[v];
        }
    free(before);
    return true;
}

/* The arc from u to v becomes a tree's where one is missing; with `both` only when it can be in both. */
static void offer_arc(struct alternative_field *f, uint32_t arc, uint32_t u, uint32_t v, uint32_t w,
                      bool both)
{
    struct alternative_node *tail = &f->at[u], *head = &f->at[v];
    if (v == u || w >= ROAD_INF || tail->before >= ROAD_INF || head->before >= ROAD_INF)
        return;
    bool enters = head->in == ALTERNATIVE_NONE && tail->before + w == head->before;
    bool leaves = tail->out == ALTERNATIVE_NONE && head->after + w == tail->after;
    if (both && !(enters && leaves))
        return;
    if (enters) {
        head->in = arc;
        head->in_tail = u;
    }
    if (leaves)
        tail->out = arc;
}

static void make_trees(struct alternative_field *f, const struct road_metric *m, bool both)
{
    const struct road_graph *g = &m->graph;
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t u = f->node[i];
        for (uint32_t arc = u < g->node_count ? g->first_out[u] : g->arc_count;
             u < g->node_count && arc < g->first_out[u + 1]; arc++)
            offer_arc(f, arc, u, g->head[arc], m->weight[arc], both);
    }
    for (uint32_t i = 0; i < m->added_count; i++)
        offer_arc(f, g->arc_count + i, m->added[i].from, m->added[i].to, m->added[i].weight, both);
}

bool alternative_field_init(struct alternative_field *f, struct road_query *q, const struct road_metric *m,
                            uint32_t from, uint32_t to, uint32_t bound)
{
    size_t nodes = (size_t)road_metric_nodes(m) + 1;
    *f = (struct alternative_field){.node = malloc(nodes * sizeof *f->node),
                                    .at = malloc(nodes * sizeof *f->at)};
    if (f->node == NULL || f->at == NULL)
        return false;
    for (size_t v = 0; v < nodes; v++)
        f->at[v] = (struct alternative_node){ROAD_INF, ROAD_INF, ALTERNATIVE_NONE, ALTERNATIVE_NONE,
                                             ALTERNATIVE_NONE};
    bool hierarchy = m->index != NULL && !road_metric_grown(m);
    if (!(hierarchy ? by_hierarchy(f, m, from, to, bound) : by_searches(f, q, m, from, to, bound)))
        return false;
    make_trees(f, m, true);
    make_trees(f, m, false);
    /* Arcs of weight 0 may lead to a root. */
    f->at[from].in = ALTERNATIVE_NONE;
    f->at[to].out = ALTERNATIVE_NONE;
    return true;
}
