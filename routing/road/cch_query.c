/* cch_query.c - elimination tree queries: distances kept by depth, paths by middle nodes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

bool cch_query_new(const struct cch *c, struct cch_query **out, struct err *e)
{
    *out = NULL;
    struct cch_query *q = calloc(1, sizeof *q);
    if (q == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query");
    q->c = c;
    q->path_room = ((size_t)c->node_count + CCH_LANES) * 2;
    size_t slots = (size_t)c->slot_count + CCH_LANES, nodes = (size_t)c->node_count + CCH_LANES;
    struct {
        uint32_t **array;
        size_t count;
    } wanted[] = {{&q->up, slots},       {&q->down, slots},      {&q->up_arc, slots},
                  {&q->down_arc, slots}, {&q->up_from, slots},   {&q->down_from, slots},
                  {&q->turned, slots},   {&q->stack, slots * 6}, {&q->path, q->path_room},
                  {&q->sweep, nodes}};
    bool ok = true;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].array = malloc(wanted[i].count * sizeof **wanted[i].array);
        ok = ok && *wanted[i].array != NULL;
    }
    if (!ok) {
        cch_query_free(q);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query");
    }
    *out = q;
    return true;
}

void cch_query_free(struct cch_query *q)
{
    if (q == NULL)
        return;
    void *owned[] = {q->up,        q->down,  q->up_arc, q->down_arc, q->up_from,
                     q->down_from, q->stack, q->turned, q->path,     q->sweep};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(q);
}

/* The lowest common ancestor, reached by both sides; CCH_NONE in different trees. */
static uint32_t climb(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t)
{
    const struct cch *c = q->c;
    cch_start(c, s, q->up);
    cch_start(c, t, q->down);
    while (s != t) {
        bool left = s < t;
        uint32_t v = left ? s : t, *side = left ? q->up : q->down, d = side[c->depth[v]];
        if (d < ROAD_INF)
            cch_relax(c, left ? m->up : m->down, v, d, side);
        if (left)
            s = c->parent[s];
        else
            t = c->parent[t];
        if (s == CCH_NONE || t == CCH_NONE)
            return CCH_NONE; /* ranks below CCH_NONE: the other side is at its root as well, or will be */
    }
    return s;
}

uint32_t cch_distance(struct cch_query *q, const struct cch_metric *m, uint32_t from, uint32_t to)
{
    const struct cch *c = q->c;
    assert(from < c->node_count && to < c->node_count);
    uint32_t best = ROAD_INF, v = climb(q, m, c->rank[from], c->rank[to]);
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t up = q->up[c->depth[v]], down = q->down[c->depth[v]];
        if (up + down < best)
            best = up + down;
        if (up < best)
            cch_relax(c, m->up, v, up, q->up);
        if (down < best)
            cch_relax(c, m->down, v, down, q->down);
    }
    return best;
}

static void relax_traced(const struct cch *c, const uint32_t *weight, uint32_t v, uint32_t distance,
                         uint32_t *by_depth, uint32_t *arc, uint32_t *from)
{
    for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++) {
        uint32_t w = distance + weight[a], d = c->slot[a];
        if (w < by_depth[d]) {
            by_depth[d] = w;
            arc[d] = a;
            from[d] = v;
        }
    }
}

/* Replaces the shortcut between low and its head by what it stands for, first part first. */
static void unpack(struct cch_query *q, const struct cch_metric *m, uint32_t arc, uint32_t low,
                   bool downwards)
{
    const struct cch *c = q->c;
    uint32_t *top = q->stack;
    const uint32_t start[] = {low, arc, downwards};
    memcpy(top, start, sizeof start);
    top += 3;
    while (top > q->stack) {
        bool back = top[-1];
        uint32_t a = top[-2], x = top[-3], mid = back ? m->down_mid[a] : m->up_mid[a];
        top -= 3;
        if (mid & CCH_INPUT) {
            assert(mid != CCH_NONE && q->path_count < q->path_room);
            q->path[q->path_count++] = mid & ~CCH_INPUT;
            continue;
        }
        uint32_t tail = back ? c->head[a] : x, head = back ? x : c->head[a];
        const uint32_t parts[] = {mid, cch_find_arc(c, mid, head), 0, mid, cch_find_arc(c, mid, tail), 1};
        memcpy(top, parts,
               sizeof parts); /* the middle is deeper in the tree than x: no more levels than slots */
        top += 6;
    }
}

/* The traced climb of one side to its root. */
static void climb_traced(const struct cch *c, const uint32_t *weight, uint32_t v, uint32_t *by_depth,
                         uint32_t *arc, uint32_t *from)
{
    cch_start(c, v, by_depth);
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t d = by_depth[c->depth[v]];
        if (d < ROAD_INF)
            relax_traced(c, weight, v, d, by_depth, arc, from);
    }
}

/* The common ancestor with the least sum of both ways; CCH_NONE when there is no way. */
static uint32_t meeting(const struct cch_query *q, uint32_t s, uint32_t t, uint32_t *best)
{
    const struct cch *c = q->c;
    uint32_t meet = CCH_NONE;
    *best = ROAD_INF;
    while (s != t && s != CCH_NONE && t != CCH_NONE) {
        if (s < t)
            s = c->parent[s];
        else
            t = c->parent[t];
    }
    for (uint32_t v = s == t ? s : CCH_NONE; v != CCH_NONE; v = c->parent[v]) {
        uint32_t sum = q->up[c->depth[v]] + q->down[c->depth[v]];
        if (sum < *best) {
            *best = sum;
            meet = v;
        }
    }
    return meet;
}

uint32_t cch_append_path(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t)
{
    const struct cch *c = q->c;
    uint32_t steps = 0, weight;
    climb_traced(c, m->up, s, q->up, q->up_arc, q->up_from);
    climb_traced(c, m->down, t, q->down, q->down_arc, q->down_from);
    uint32_t meet = meeting(q, s, t, &weight);
    if (meet == CCH_NONE)
        return ROAD_INF;
    for (uint32_t v = meet; v != s; v = q->up_from[c->depth[v]])
        q->turned[steps++] = c->depth[v];
    while (steps > 0) {
        uint32_t d = q->turned[--steps];
        unpack(q, m, q->up_arc[d], q->up_from[d], false);
    }
    for (uint32_t v = meet; v != t; v = q->down_from[c->depth[v]])
        unpack(q, m, q->down_arc[c->depth[v]], q->down_from[c->depth[v]], true);
    return weight;
}

void cch_path(struct cch_query *q, const struct cch_metric *m, uint32_t from, uint32_t to, uint32_t *weight,
              const uint32_t **arcs, uint32_t *count)
{
    const struct cch *c = q->c;
    assert(from < c->node_count && to < c->node_count);
    q->path_count = 0;
    *weight = cch_append_path(q, m, c->rank[from], c->rank[to]);
    *arcs = q->path;
    *count = (uint32_t)q->path_count;
}
