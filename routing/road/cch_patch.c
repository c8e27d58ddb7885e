/* cch_patch.c - makes a customized metric follow the change of a few arcs.
 *
 * Nodes are looked at by rank. A shortcut is in doubt when the node below it was the middle of its way or now
 * offers a shorter one; few doubtful shortcuts of a node are weighed one by one, more by making its row anew.
 */
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

enum { ROW_WORTH = 4 }; /* so many doubtful shortcuts of one node: the row is made anew */

struct cch_patch {
    const struct cch *c;
    uint32_t *heap;                                /* nodes with doubtful shortcuts, smallest first */
    uint8_t *queued, *doubtful;                    /* by node, by shortcut */
    uint32_t *place, *old_up, *old_down, *changed; /* slot_count */
    uint8_t *ways;                                 /* by place in the row: which ways of it changed */
    uint32_t count, room;
};

enum { WAY_UP = 1, WAY_DOWN = 2 };

bool cch_patch_new(const struct cch *c, struct cch_patch **out, struct err *e)
{
    struct cch_patch *p = calloc(1, sizeof *p);
    size_t slots = (size_t)c->slot_count + 1;
    *out = NULL;
    if (p != NULL) {
        *p = (struct cch_patch){.c = c, .room = 1024};
        p->heap = malloc(p->room * sizeof *p->heap);
        p->queued = calloc((size_t)c->node_count + 1, 1);
        p->doubtful = calloc((size_t)c->arc_count + 1, 1);
        p->place = malloc(slots * sizeof *p->place);
        p->old_up = malloc(slots * sizeof *p->old_up);
        p->old_down = malloc(slots * sizeof *p->old_down);
        p->changed = malloc(slots * sizeof *p->changed);
        p->ways = calloc(slots, 1);
    }
    if (p == NULL || p->heap == NULL || p->queued == NULL || p->doubtful == NULL || p->place == NULL ||
        p->old_up == NULL || p->old_down == NULL || p->changed == NULL || p->ways == NULL) {
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
    void *owned[] = {p->heap, p->queued, p->doubtful, p->place, p->old_up, p->old_down, p->changed, p->ways};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(p);
}

/* Marks a shortcut of node x. */
static bool push(struct cch_patch *p, uint32_t x, uint32_t arc)
{
    p->doubtful[arc] = 1;
    if (p->queued[x])
        return true;
    if (p->count == p->room) {
        uint32_t *more = realloc(p->heap, (size_t)p->room * 2 * sizeof *more);
        if (more == NULL)
            return false;
        p->heap = more;
        p->room *= 2;
    }
    uint32_t at = p->count++;
    for (uint32_t up; at > 0 && p->heap[up = (at - 1) / 2] > x; at = up)
        p->heap[at] = p->heap[up];
    p->heap[at] = x;
    p->queued[x] = 1;
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
    uint32_t up, down, up_way, down_way;
};

static void offer(struct pair *w, const struct cch_metric *m, uint32_t to_low, uint32_t to_high)
{
    uint32_t there = m->down[to_low] + m->up[to_high], back = m->down[to_high] + m->up[to_low];
    if (there < w->up) {
        w->up = there;
        w->up_way = to_low;
    }
    if (back < w->down) {
        w->down = back;
        w->down_way = to_low;
    }
}

static struct pair weigh_inputs(const struct cch *c, const uint32_t *weight, uint32_t x, uint32_t arc)
{
    struct pair w = {ROAD_INF, ROAD_INF, CCH_NONE, CCH_NONE};
    for (uint32_t i = c->input_first[x]; i < c->input_first[x + 1]; i++) {
        uint32_t a = c->input_arc[i];
        if (c->input_at[i] == arc * 2 && weight[a] < w.up) {
            w.up = weight[a];
            w.up_way = CCH_INPUT | a;
        } else if (c->input_at[i] == arc * 2 + 1 && weight[a] < w.down) {
            w.down = weight[a];
            w.down_way = CCH_INPUT | a;
        }
    }
    return w;
}

/* What one shortcut of x should weigh: lower neighbours of both ends, found from the end that has fewer. */
static struct pair weigh(const struct cch_metric *m, const uint32_t *weight, uint32_t x, uint32_t arc)
{
    const struct cch *c = m->cch;
    uint32_t y = c->head[arc];
    struct pair w = weigh_inputs(c, weight, x, arc);
    bool by_low = c->down_first[x + 1] - c->down_first[x] <= c->down_first[y + 1] - c->down_first[y];
    uint32_t through = by_low ? x : y;
    for (uint32_t i = c->down_first[through]; i < c->down_first[through + 1] && c->down_tail[i] < x; i++) {
        uint32_t v = c->down_tail[i], known = c->down_arc[i];
        if (m->up[known] == ROAD_INF && m->down[known] == ROAD_INF)
            continue;
        uint32_t other = cch_find_arc(c, v, by_low ? y : x);
        if (other != CCH_NONE)
            offer(&w, m, by_low ? known : other, by_low ? other : known);
    }
    return w;
}

static uint8_t ways_changed(uint32_t old_up, uint32_t up, uint32_t old_down, uint32_t down)
{
    return (uint8_t)((old_up != up ? WAY_UP : 0) | (old_down != down ? WAY_DOWN : 0));
}

/* Makes the row of x anew and lists the shortcuts that came out otherwise. */
static uint32_t renew_row(struct cch_patch *p, struct cch_metric *m, const uint32_t *weight, uint32_t x)
{
    const struct cch *c = p->c;
    uint32_t first = c->first[x], count = c->first[x + 1] - first, changed = 0;
    memcpy(p->old_up, m->up + first, count * sizeof *p->old_up);
    memcpy(p->old_down, m->down + first, count * sizeof *p->old_down);
    cch_start_row(m, weight, x);
    cch_set_places(c, x, p->place);
    for (uint32_t i = c->down_first[x]; i < c->down_first[x + 1]; i++) {
        uint32_t v = c->down_tail[i];
        cch_relax_lower(m, c->down_arc[i], c->first[v + 1], p->place);
    }
    for (uint32_t i = 0; i < count; i++) {
        p->doubtful[first + i] = 0;
        p->ways[i] = ways_changed(p->old_up[i], m->up[first + i], p->old_down[i], m->down[first + i]);
        if (p->ways[i] != 0)
            p->changed[changed++] = first + i;
    }
    return changed;
}

/* Weighs the doubtful shortcuts of x; the changed ones are listed, ascending. */
static uint32_t renew(struct cch_patch *p, struct cch_metric *m, const uint32_t *weight, uint32_t x,
                      uint32_t *looked_at)
{
    const struct cch *c = p->c;
    uint32_t doubtful = 0, changed = 0;
    for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++)
        doubtful += p->doubtful[a];
    *looked_at += doubtful;
    if (doubtful >= ROW_WORTH)
        return renew_row(p, m, weight, x);
    for (uint32_t a = c->first[x]; a < c->first[x + 1]; a++) {
        uint8_t *ways = &p->ways[a - c->first[x]];
        *ways = 0;
        if (!p->doubtful[a])
            continue;
        struct pair w = weigh(m, weight, x, a);
        p->doubtful[a] = 0;
        *ways = ways_changed(m->up[a], w.up, m->down[a], w.down);
        if (*ways != 0)
            p->changed[changed++] = a;
        m->up[a] = w.up;
        m->down[a] = w.down;
        m->up_way[a] = w.up_way;
        m->down_way[a] = w.down_way;
    }
    return changed;
}

/* The triangle of a node with its shortcuts a and b, a's head below b's, and t between the heads: is t in
 * doubt now? */
static inline bool in_doubt(const struct cch_metric *m, uint32_t a, uint8_t a_ways, uint32_t b,
                            uint8_t b_ways, uint32_t t)
{
    bool up = (a_ways & WAY_DOWN) || (b_ways & WAY_UP), down = (a_ways & WAY_UP) || (b_ways & WAY_DOWN);
    return (up && (m->up_way[t] == a || m->down[a] + m->up[b] < m->up[t])) ||
           (down && (m->down_way[t] == a || m->down[b] + m->up[a] < m->down[t]));
}

/* Queues what the changed shortcuts of x reach through x. */
static bool follow(struct cch_patch *p, const struct cch_metric *m, uint32_t x, uint32_t changed)
{
    const struct cch *c = p->c;
    uint32_t first = c->first[x], end = c->first[x + 1], next = 0;
    for (uint32_t a = first; next < changed && a < end; a++) {
        uint32_t low = c->head[a];
        if (p->changed[next] == a) { /* with every higher one */
            next++;
            cch_set_places(c, low, p->place);
            for (uint32_t b = a + 1; b < end; b++) {
                uint32_t t = p->place[c->slot[b]];
                if (in_doubt(m, a, p->ways[a - first], b, p->ways[b - first], t) && !push(p, low, t))
                    return false;
            }
            continue;
        }
        for (uint32_t i = next; i < changed; i++) { /* with the higher ones that changed */
            uint32_t b = p->changed[i], t = cch_find_arc(c, low, c->head[b]);
            if (in_doubt(m, a, p->ways[a - first], b, p->ways[b - first], t) && !push(p, low, t))
                return false;
        }
    }
    return true;
}

static uint32_t tail_of(const struct road_graph *g, uint32_t arc)
{
    uint32_t from = 0, to = g->node_count;
    while (to - from > 1) {
        uint32_t half = from + (to - from) / 2;
        if (g->first_out[half] <= arc)
            from = half;
        else
            to = half;
    }
    return from;
}

bool cch_patch_apply(struct cch_patch *p, struct cch_metric *m, const struct road_graph *g,
                     const uint32_t *weight, const uint32_t *arcs, uint32_t count, uint32_t *looked_at,
                     struct err *e)
{
    const struct cch *c = p->c;
    bool ok = true;
    *looked_at = 0;
    cch_drop_perfect(m);
    cch_drop_hubs(m);
    for (uint32_t i = 0; ok && i < count; i++) {
        uint32_t x = c->rank[tail_of(g, arcs[i])], y = c->rank[g->head[arcs[i]]];
        uint32_t low = x < y ? x : y, high = x < y ? y : x;
        ok = low == high || push(p, low, cch_find_arc(c, low, high));
    }
    while (ok && p->count > 0) {
        uint32_t x = pop(p), changed = renew(p, m, weight, x, looked_at);
        ok = changed == 0 || follow(p, m, x, changed);
    }
    if (ok)
        return true;
    p->count = 0;
    memset(p->queued, 0, c->node_count);
    memset(p->doubtful, 0, c->arc_count);
    return fail(e, ERR_RESOURCE_EXHAUSTED,
                "out of memory while the metric followed a change; customize it anew");
}
