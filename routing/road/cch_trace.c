/* cch_trace.c - which shortcuts a shortest way is made of, by hub labels: from arc to arc, each time one from
 * whose head the label has what is left to the node where both ways meet. */
#include <assert.h>

#include "road/cch_inside.h"

/* Above the cut: the next arc is one from whose head the label has what is left. */
static uint32_t trace_top(const struct cch_hubs *h, bool down, uint32_t v, uint32_t depth, uint32_t left,
                          uint32_t *arcs)
{
    const struct cch *c = h->m->cch;
    const struct cch_cut *k = c->cut;
    const uint32_t *label = (down ? h->down : h->up) + depth, *weight = down ? h->m->down : h->m->up;
    uint32_t count = 0;
    while (c->depth[v] > depth) {
        uint32_t a = c->first[v];
        while (weight[a] > left || label[k->first[k->index[c->head[a]]]] != left - weight[a])
            a++;
        assert(a < c->first[v + 1] && c->slot[a] >= depth);
        left -= weight[a];
        v = c->head[a];
        arcs[count++] = a;
    }
    return count;
}

/* As climb_low, by the arc that came last. */
static void climb_low_traced(const struct cch *c, const uint32_t *weight, uint32_t v, uint32_t root,
                             uint32_t *by_depth, uint32_t *arc)
{
    for (uint32_t a = c->first[root]; a < c->first[root + 1]; a++)
        by_depth[c->slot[a]] = ROAD_INF;
    for (uint32_t d = c->depth[root]; d < c->depth[v]; d++)
        by_depth[d] = ROAD_INF;
    by_depth[c->depth[v]] = 0;
    for (uint32_t x = v;; x = c->parent[x]) {
        uint32_t there = by_depth[c->depth[x]];
        for (uint32_t a = c->first[x]; there < ROAD_INF && a < c->first[x + 1]; a++)
            if (there + weight[a] < by_depth[c->slot[a]]) {
                by_depth[c->slot[a]] = there + weight[a];
                arc[c->slot[a]] = a;
            }
        if (x == root)
            break;
    }
}

/* The rank of the tail of an arc whose tail is v or an ancestor of it. */
static uint32_t tail_of(const struct cch *c, uint32_t v, uint32_t arc)
{
    while (arc >= c->first[v + 1])
        v = c->parent[v];
    return v;
}

/* The arcs of the way within the small subtree from v to the node at that depth, in its order. */
static uint32_t trace_low(const struct cch *c, uint32_t v, uint32_t depth, const uint32_t *last,
                          uint32_t *arcs)
{
    uint32_t count = 0;
    for (uint32_t d = depth; d != c->depth[v]; d = c->depth[tail_of(c, v, last[d])])
        arcs[count++] = last[d];
    for (uint32_t i = 0; i < count / 2; i++) {
        uint32_t a = arcs[i];
        arcs[i] = arcs[count - 1 - i];
        arcs[count - 1 - i] = a;
    }
    return count;
}

uint32_t cch_trace_side(const struct cch_metric *m, bool down, uint32_t v, uint32_t depth, uint32_t distance,
                        struct cch_low *low, uint32_t *arcs)
{
    const struct cch *c = m->cch;
    const struct cch_hubs *h = __atomic_load_n(&m->hubs, __ATOMIC_ACQUIRE);
    const uint32_t *label = (down ? h->down : h->up) + depth;
    uint32_t root;
    if (cch_first_top(c, v, &root) == v)
        return trace_top(h, down, v, depth, distance, arcs);
    if (!low->climbed)
        climb_low_traced(c, down ? m->down : m->up, v, root, low->by_depth, low->last);
    low->climbed = true;
    if (depth >= c->depth[root])
        return trace_low(c, v, depth, low->last, arcs);
    uint32_t b = c->first[root]; /* the node above the cut that the way goes over */
    while (c->slot[b] < depth || low->by_depth[c->slot[b]] > distance ||
           label[c->cut->first[c->cut->index[c->head[b]]]] != distance - low->by_depth[c->slot[b]])
        b++;
    assert(b < c->first[root + 1]);
    uint32_t count = trace_low(c, v, c->slot[b], low->last, arcs);
    return count + trace_top(h, down, c->head[b], depth, distance - low->by_depth[c->slot[b]], arcs + count);
}

bool cch_hub_trace(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t, uint32_t *weight,
                   uint32_t *count)
{
    struct cch_meet meet;
    if (!cch_hub_meet(q, m, s, t, &meet))
        return false;
    *weight = meet.depth == CCH_NONE ? ROAD_INF : meet.up + meet.down;
    *count = 0;
    if (meet.depth == CCH_NONE)
        return true;
    struct cch_low there = {q->up, q->up_from, false}, back = {q->down, q->down_from, false};
    uint32_t up = cch_trace_side(m, false, s, meet.depth, meet.up, &there, q->trace);
    uint32_t down = cch_trace_side(m, true, t, meet.depth, meet.down, &back, q->turned);
    for (uint32_t i = 0; i < up; i++)
        q->trace[i] <<= 1;
    for (uint32_t i = 0; i < down; i++)
        q->trace[up + i] = q->turned[down - 1 - i] << 1 | 1;
    *count = up + down;
    return true;
}
