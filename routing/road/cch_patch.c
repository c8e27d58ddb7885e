/* cch_patch.c - makes a customized metric follow the change of a few arcs.
 *
 * Shortcuts are looked at in the order of their lower ends. One whose weight changed is followed into the
 * upper triangles it belongs to, but only where it was the middle of the way or now offers a shorter one.
 */
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

struct cch_patch {
    const struct cch *c;
    uint32_t *heap; /* shortcut arcs, smallest first */
    uint8_t *queued;
    uint32_t count, room;
};

bool cch_patch_new(const struct cch *c, struct cch_patch **out, struct err *e)
{
    struct cch_patch *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p != NULL) {
        *p = (struct cch_patch){.c = c, .queued = calloc((size_t)c->arc_count + 1, 1), .room = 1024};
        p->heap = malloc(p->room * sizeof *p->heap);
    }
    if (p == NULL || p->queued == NULL || p->heap == NULL) {
        cch_patch_free(p);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for changing %u shortcuts", c->arc_count);
    }
    *out = p;
    return true;
}

void cch_patch_free(struct cch_patch *p)
{
    if (p == NULL)
        return;
    free(p->heap);
    free(p->queued);
    free(p);
}

static bool push(struct cch_patch *p, uint32_t arc)
{
    if (p->queued[arc])
        return true;
    if (p->count == p->room) {
        uint32_t *more = realloc(p->heap, (size_t)p->room * 2 * sizeof *more);
        if (more == NULL)
            return false;
        p->heap = more;
        p->room *= 2;
    }
    uint32_t at = p->count++;
    for (uint32_t up; at > 0 && p->heap[up = (at - 1) / 2] > arc; at = up)
        p->heap[at] = p->heap[up];
    p->heap[at] = arc;
    p->queued[arc] = 1;
    return true;
}

static uint32_t pop(struct cch_patch *p)
{
    uint32_t top = p->heap[0], last = p->heap[--p->count], at = 0;
    for (uint32_t child; (child = at * 2 + 1) < p->count; at = child) {
        child += child + 1 < p->count && p->heap[child + 1] < p->heap[child];
        if (p->heap[child] >= last)
            break;
        p->heap[at] = p->heap[child];
    }
    p->heap[at] = last;
    p->queued[top] = 0;
    return top;
}

struct pair {
    uint32_t up, down, up_mid, down_mid;
};

static void offer(struct pair *w, const struct cch_metric *m, uint32_t to_low, uint32_t to_high, uint32_t v)
{
    uint32_t there = m->down[to_low] + m->up[to_high], back = m->down[to_high] + m->up[to_low];
    if (there < w->up) {
        w->up = there;
        w->up_mid = v;
    }
    if (back < w->down) {
        w->down = back;
        w->down_mid = v;
    }
}

/* What the shortcut from x to y should weigh. */
static struct pair weigh(const struct cch_metric *m, const uint32_t *weight, uint32_t x, uint32_t arc)
{
    const struct cch *c = m->cch;
    uint32_t y = c->head[arc];
    struct pair w = {ROAD_INF, ROAD_INF, CCH_NONE, CCH_NONE};
    for (uint32_t i = c->input_first[x]; i < c->input_first[x + 1]; i++) {
        uint32_t a = c->input_arc[i];
        if (c->input_at[i] == arc * 2 && weight[a] < w.up) {
            w.up = weight[a];
            w.up_mid = CCH_INPUT | a;
        } else if (c->input_at[i] == arc * 2 + 1 && weight[a] < w.down) {
            w.down = weight[a];
            w.down_mid = CCH_INPUT | a;
        }
    }
    bool by_low = c->down_first[x + 1] - c->down_first[x] <= c->down_first[y + 1] - c->down_first[y];
    uint32_t through = by_low ? x : y;
    for (uint32_t i = c->down_first[through]; i < c->down_first[through + 1] && c->down_tail[i] < x; i++) {
        uint32_t v = c->down_tail[i], known = c->down_arc[i], other = cch_find_arc(c, v, by_low ? y : x);
        if (other != CCH_NONE)
            offer(&w, m, by_low ? known : other, by_low ? other : known, v);
    }
    return w;
}

/* Queues what the shortcut x-y reaches through its lower end. */
static bool follow(struct cch_patch *p, const struct cch_metric *m, uint32_t x, uint32_t arc, bool up_changed,
                   bool down_changed)
{
    const struct cch *c = p->c;
    uint32_t y = c->head[arc];
    for (uint32_t b = c->first[x]; b < c->first[x + 1]; b++) {
        uint32_t z = c->head[b];
        if (b == arc || (m->up[b] == ROAD_INF && m->down[b] == ROAD_INF))
            continue; /* an arc closed just now has been followed itself */
        uint32_t t = z < y ? cch_find_arc(c, z, y) : cch_find_arc(c, y, z);
        /* towards y by up[arc], away from y by down[arc] */
        uint32_t to_y = m->down[b] + m->up[arc], from_y = m->down[arc] + m->up[b];
        const uint32_t *in = z < y ? m->up : m->down, *out = z < y ? m->down : m->up;
        const uint32_t *in_mid = z < y ? m->up_mid : m->down_mid, *out_mid = z < y ? m->down_mid : m->up_mid;
        bool touched = (up_changed && (in_mid[t] == x || to_y < in[t])) ||
                       (down_changed && (out_mid[t] == x || from_y < out[t]));
        if (touched && !push(p, t))
            return false;
    }
    return true;
}

static uint32_t tail_of(const struct cch *c, uint32_t arc)
{
    uint32_t from = 0, to = c->node_count;
    while (to - from > 1) {
        uint32_t half = from + (to - from) / 2;
        if (c->first[half] <= arc)
            from = half;
        else
            to = half;
    }
    return from;
}

static bool queue_inputs(struct cch_patch *p, const struct road_graph *g, const uint32_t *arcs,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = 0, to = g->node_count; /* the arc's tail in the graph */
        while (to - from > 1) {
            uint32_t half = from + (to - from) / 2;
            if (g->first_out[half] <= arcs[i])
                from = half;
            else
                to = half;
        }
        uint32_t x = p->c->rank[from], y = p->c->rank[g->head[arcs[i]]];
        if (x != y && !push(p, x < y ? cch_find_arc(p->c, x, y) : cch_find_arc(p->c, y, x)))
            return false;
    }
    return true;
}

bool cch_patch_apply(struct cch_patch *p, struct cch_metric *m, const struct road_graph *g,
                     const uint32_t *weight, const uint32_t *arcs, uint32_t count, uint32_t *looked_at,
                     struct err *e)
{
    bool ok = queue_inputs(p, g, arcs, count);
    *looked_at = 0;
    while (ok && p->count > 0) {
        uint32_t arc = pop(p), x = tail_of(p->c, arc);
        struct pair w = weigh(m, weight, x, arc);
        bool up_changed = w.up != m->up[arc], down_changed = w.down != m->down[arc];
        m->up[arc] = w.up;
        m->down[arc] = w.down;
        m->up_mid[arc] = w.up_mid;
        m->down_mid[arc] = w.down_mid;
        if (up_changed || down_changed)
            ok = follow(p, m, x, arc, up_changed, down_changed);
        ++*looked_at;
    }
    while (!ok && p->count > 0)
        pop(p);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED,
                      "out of memory while the metric followed a change; customize it anew");
}
