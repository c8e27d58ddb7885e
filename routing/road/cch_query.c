/* cch_query.c - elimination tree queries: distances kept by depth, paths by what shortcuts stand for. */
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
    } wanted[] = {{&q->up, slots},          {&q->down, slots},   {&q->up_from, slots},
                  {&q->down_from, slots},   {&q->turned, slots}, {&q->stack, slots * 4},
                  {&q->path, q->path_room}, {&q->sweep, nodes},  {&q->trace, slots * 2}};
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
    void *owned[] = {q->up,     q->down, q->up_from, q->down_from, q->stack,
                     q->turned, q->path, q->sweep,   q->trace};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(q);
}

/* Both climb to the lowest common ancestor; CCH_NONE in different trees. */
static uint32_t climb(struct cch_query *q, const struct cch_rows *up, const struct cch_rows *down, uint32_t s,
                      uint32_t t)
{
    const struct cch *c = q->c;
    cch_start(c, s, q->up);
    cch_start(c, t, q->down);
    while (s != t) {
        bool left = s < t;
        uint32_t v = left ? s : t, *side = left ? q->up : q->down, d = side[c->depth[v]];
        if (d < ROAD_INF)
            cch_relax(left ? up : down, v, d, side);
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
    uint32_t best = ROAD_INF;
    if (cch_hub_distance(q, m, c->rank[from], c->rank[to], &best))
        return best;
    struct cch_rows rows_up = cch_rows(m, false), rows_down = cch_rows(m, true);
    uint32_t v = climb(q, &rows_up, &rows_down, c->rank[from], c->rank[to]);
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t up = q->up[c->depth[v]], down = q->down[c->depth[v]];
        if (up + down < best)
            best = up + down;
        if (up < best)
            cch_relax(&rows_up, v, up, q->up);
        if (down < best)
            cch_relax(&rows_down, v, down, q->down);
    }
    return best;
}

static void relax_traced(const struct cch_rows *r, uint32_t v, uint32_t distance, uint32_t *by_depth,
                         uint32_t *from)
{
    for (uint32_t a = r->first[v]; a < r->first[v + 1]; a++) {
        uint32_t w = distance + r->weight[a], d = r->slot[a];
        if (w < by_depth[d]) {
            by_depth[d] = w;
            from[d] = v;
        }
    }
}

/* As climb and the climb from there, remembering from where: the common ancestor with the least sum of both
 * ways; CCH_NONE when there is no way. */
static uint32_t climb_traced(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                             uint32_t *best)
{
    const struct cch *c = q->c;
    struct cch_rows up = cch_rows(m, false), down = cch_rows(m, true);
    uint32_t meet = CCH_NONE;
    *best = ROAD_INF;
    cch_start(c, s, q->up);
    cch_start(c, t, q->down);
    while (s != t) {
        bool left = s < t;
        uint32_t v = left ? s : t, *side = left ? q->up : q->down, d = side[c->depth[v]];
        if (d < ROAD_INF)
            relax_traced(left ? &up : &down, v, d, side, left ? q->up_from : q->down_from);
        if (left)
            s = c->parent[s];
        else
            t = c->parent[t];
        if (s == CCH_NONE || t == CCH_NONE)
            return CCH_NONE;
    }
    for (uint32_t v = s; v != CCH_NONE; v = c->parent[v]) {
        uint32_t there = q->up[c->depth[v]], back = q->down[c->depth[v]];
        if (there + back < *best) {
            *best = there + back;
            meet = v;
        }
        if (there < *best)
            relax_traced(&up, v, there, q->up, q->up_from);
        if (back < *best)
            relax_traced(&down, v, back, q->down, q->down_from);
    }
    return meet;
}

uint32_t cch_trace(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                   const uint32_t **shortcuts, uint32_t *count)
{
    const struct cch *c = q->c;
    uint32_t steps = 0, weight, meet;
    *shortcuts = q->trace;
    *count = 0;
    if (cch_hub_trace(q, m, s, t, &weight, count))
        return weight;
    meet = climb_traced(q, m, s, t, &weight);
    if (meet == CCH_NONE)
        return ROAD_INF;
    for (uint32_t v = meet; v != s; v = q->up_from[c->depth[v]])
        q->turned[steps++] = v;
    for (uint32_t low = s; steps > 0; low = q->turned[steps])
        q->trace[(*count)++] = cch_find_arc(c, low, q->turned[--steps]) << 1;
    for (uint32_t v = meet, low; v != t; v = low) {
        low = q->down_from[c->depth[v]];
        q->trace[(*count)++] = cch_find_arc(c, low, v) << 1 | 1;
    }
    return weight;
}

/* Writes what a shortcut stands for, first part first. */
static void unpack(struct cch_query *q, const struct cch_metric *m, uint32_t arc, bool downwards)
{
    const struct cch *c = q->c;
    uint32_t *top = q->stack;
    top[0] = arc;
    top[1] = downwards;
    top += 2;
    while (top > q->stack) {
        bool back = top[-1];
        uint32_t a = top[-2], first = back ? m->down_way[a] : m->up_way[a], second;
        top -= 2;
        if (first & CCH_INPUT) {
            assert(first != CCH_NONE && q->path_count < q->path_room);
            q->path[q->path_count++] = first & ~CCH_INPUT;
            continue;
        }
        for (second = first + 1; c->slot[second] != c->slot[a];) /* depths fall along a row, up to the root */
            second++;
        /* up: tail, middle, head; the middle is deeper in the tree, so no more levels than slots */
        top[0] = back ? first : second;
        top[1] = 0;
        top[2] = back ? second : first;
        top[3] = 1;
        top += 4;
    }
}

uint32_t cch_append_path(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t)
{
    const uint32_t *shortcuts;
    uint32_t count, weight = cch_trace(q, m, s, t, &shortcuts, &count);
    for (uint32_t i = 0; i < count; i++)
        unpack(q, m, shortcuts[i] >> 1, shortcuts[i] & 1);
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
