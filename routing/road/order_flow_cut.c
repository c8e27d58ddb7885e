#include "road/order_flow.h"

#include <stdlib.h>

/* A tenth of the piece is fixed at each end of a line; the smaller side of a separator has a fifth at least,
 * unless there is no such one. */
enum { FIXED_DIVISOR = 10, SMALL_DIVISOR = 5, LINES = 8, USED = 4 };

bool flow_cutter_init(struct flow_cutter *c, uint32_t room)
{
    size_t n = (size_t)room + 1;
    *c = (struct flow_cutter){.room = room};
    bool ok = true;
    for (int s = 0; s < 2; s++) {
        ok = (c->side[s].list = malloc(2 * n * sizeof(uint32_t))) != NULL && ok;
        ok = (c->side[s].cut = malloc(n * sizeof(uint32_t))) != NULL && ok;
        ok = (c->side[s].closed = malloc(n * sizeof(uint32_t))) != NULL && ok;
        ok = (c->link[s] = malloc(n * sizeof(uint32_t))) != NULL && ok;
    }
    ok = (c->parent = malloc(2 * n * sizeof *c->parent)) != NULL && ok;
    ok = (c->root = malloc(2 * n * sizeof *c->root)) != NULL && ok;
    ok = (c->mark = malloc(2 * n)) != NULL && ok;
    ok = (c->terminal = malloc(n)) != NULL && ok;
    ok = (c->key = malloc(n * sizeof *c->key)) != NULL && ok;
    ok = (c->best = malloc(n * sizeof *c->best)) != NULL && ok;
    ok = (c->idx = malloc(n * sizeof *c->idx)) != NULL && ok;
    if (!ok)
        flow_cutter_release(c);
    return ok;
}

void flow_cutter_release(struct flow_cutter *c)
{
    for (int s = 0; s < 2; s++) {
        free(c->side[s].list);
        free(c->side[s].cut);
        free(c->side[s].closed);
        free(c->link[s]);
    }
    free(c->parent);
    free(c->root);
    free(c->mark);
    free(c->terminal);
    free(c->key);
    free(c->best);
    free(c->idx);
    *c = (struct flow_cutter){0};
}

static bool before(const struct flow_cutter *c, uint32_t a, uint32_t b)
{
    return c->key[a] != c->key[b] ? c->key[a] < c->key[b] : a < b;
}

/* Puts the k least nodes of idx[lo .. hi) first (quickselect with the middle of three). */
static void select_least(struct flow_cutter *c, uint32_t lo, uint32_t hi, uint32_t k)
{
    uint32_t *idx = c->idx;
    while (hi - lo > 1) {
        uint32_t p = idx[lo], q = idx[lo + (hi - lo) / 2], r = idx[hi - 1];
        uint32_t least = before(c, p, q) ? p : q, most = least == p ? q : p;
        uint32_t pivot = before(c, r, least) ? least : before(c, r, most) ? r : most;
        uint32_t i = lo, j = hi - 1;
        for (;; i++, j--) {
            while (before(c, idx[i], pivot))
                i++;
            while (before(c, pivot, idx[j]))
                j--;
            if (i >= j)
                break;
            uint32_t t = idx[i];
            idx[i] = idx[j];
            idx[j] = t;
        }
        /* All before i are less than the pivot or equal, all from i on not less. */
        if (i == lo)
            i++;
        if (k < i)
            hi = i;
        else
            lo = i;
    }
}

/* Removes everything reached since the side was fixed. */
static void reset(struct flow_cutter *c, int s)
{
    struct flow_side *d = &c->side[s];
    for (uint32_t i = d->fixed; i < d->len; i++)
        c->mark[d->list[i]] &= (uint8_t) ~((1u << s) | USED);
    d->len = d->fixed;
    d->cut_len = d->cut_fixed;
}

static void reach(struct flow_cutter *c, int s, uint32_t state, uint32_t parent)
{
    struct flow_side *d = &c->side[s];
    c->mark[state] |= (uint8_t)(1u << s);
    c->parent[state] = parent;
    c->root[state] = parent == FLOW_NONE || c->root[parent] == FLOW_NONE ? state : c->root[parent];
    d->list[d->len++] = state;
    if ((int)(state & 1) == s && c->link[0][state / 2] != FLOW_NONE)
        d->cut[d->cut_len++] = state / 2;
}

/* Turns the search's way from the fixed states to `state`, and on to the other side's node `end`, into flow.
 */
static void augment(struct flow_cutter *c, int s, uint32_t state, uint32_t end)
{
    uint32_t *back = c->link[s], *forth = c->link[1 - s], to = 2 * end + (uint32_t)s;
    for (uint32_t at = state; at != FLOW_NONE; to = at, at = c->parent[at]) {
        bool leaves = (int)(at & 1) != s, enters = (int)(to & 1) == s;
        if (leaves && enters && at / 2 == to / 2) {
            back[at / 2] = forth[at / 2] = FLOW_NONE;
        } else if (leaves && enters) {
            back[to / 2] = at / 2;
            forth[at / 2] = to / 2;
        }
    }
    c->flow++;
}

/* Searches the residual graph from side s, breadth first; each tree that grows out of the fixed states gives
 * one path at most, trees do not meet, so their paths may all be used. Returns the number of paths. */
static uint32_t search(struct flow_cutter *c, const struct flow_piece *g, int s)
{
    struct flow_side *d = &c->side[s];
    uint32_t found = 0, in = (uint32_t)s, out = 1 - in;
    uint8_t seen = (uint8_t)(1u << s), other = (uint8_t)(2u >> s);
    reset(c, s);
    for (uint32_t i = d->base; i < d->len; i++) {
        uint32_t state = d->list[i], v = state / 2, root = c->root[state];
        bool on_path = c->link[0][v] != FLOW_NONE;
        if (root != FLOW_NONE && (c->mark[root] & USED))
            continue;
        if ((state & 1) == in) {
            uint32_t next = on_path ? 2 * c->link[s][v] + out : 2 * v + out;
            if (root != FLOW_NONE && !(c->mark[next] & seen))
                reach(c, s, next, state);
            continue;
        }
        if (on_path && root != FLOW_NONE && !(c->mark[2 * v + in] & seen))
            reach(c, s, 2 * v + in, state);
        for (uint32_t a = g->first[v]; a < g->first[v + 1]; a++) {
            uint32_t w = g->head[a], next = 2 * w + in;
            if (c->mark[next] & seen)
                continue;
            if (!(c->terminal[w] & other)) {
                reach(c, s, next, state);
                continue;
            }
            augment(c, s, state, w);
            found++;
            if (root != FLOW_NONE) {
                c->mark[root] |= USED;
                break;
            }
        }
    }
    return found;
}

/* Nodes that may be left are inside; the cut keeps those that may not. */
static void close_side(struct flow_cutter *c, int s, uint32_t from)
{
    struct flow_side *d = &c->side[s];
    d->closed_len = 0;
    for (uint32_t i = 0; i < d->cut_len; i++)
        if (!(c->mark[2 * d->cut[i] + 1 - (uint32_t)s] & (1u << s)))
            d->closed[d->closed_len++] = d->cut[i];
    for (uint32_t i = from; i < d->len; i++)
        d->nodes += (int)(d->list[i] & 1) != s;
}

static void fix_side(struct flow_cutter *c, int s)
{
    struct flow_side *d = &c->side[s];
    for (uint32_t i = d->base; i < d->len; i++) {
        if ((int)(d->list[i] & 1) != s)
            c->terminal[d->list[i] / 2] |= (uint8_t)(1u << s);
        c->root[d->list[i]] = FLOW_NONE;
    }
    d->base = d->fixed = d->len;
    for (uint32_t i = 0; i < d->closed_len; i++)
        d->cut[i] = d->closed[i];
    d->cut_fixed = d->cut_len = d->closed_len;
}

/* Fewer separator nodes for each node of the smaller side; first of all enough of them. */
static void consider(struct flow_cutter *c, uint32_t n, int s)
{
    const struct flow_side *d = &c->side[s];
    uint32_t other = n - d->nodes - d->closed_len, small = d->nodes < other ? d->nodes : other;
    bool fair = small >= n / SMALL_DIVISOR, was = c->best_small >= n / SMALL_DIVISOR;
    if (small == 0 || d->closed_len == 0 || (c->best_len > 0 && was && !fair))
        return;
    if (c->best_len == 0 || (fair && !was) ||
        (uint64_t)d->closed_len * c->best_small < (uint64_t)c->best_len * small) {
        for (uint32_t i = 0; i < d->closed_len; i++)
            c->best[i] = d->closed[i];
        c->best_len = d->closed_len;
        c->best_small = small;
    }
}

/* Adds one node of the separator to its side: rather one that lets no more flow through, then the one that is
 * nearest to the side's end of the line. A neighbour of the other side's fixed nodes has to stay. */
static bool pierce(struct flow_cutter *c, const struct flow_piece *g, int s)
{
    struct flow_side *d = &c->side[s];
    uint32_t out = 1 - (uint32_t)s, best = FLOW_NONE;
    uint8_t other = (uint8_t)(2u >> s);
    bool best_free = false;
    for (uint32_t i = 0; i < d->closed_len; i++) {
        uint32_t v = d->closed[i];
        bool is_free = !(c->mark[2 * v + out] & other), stays = c->terminal[v] & other;
        for (uint32_t a = g->first[v]; a < g->first[v + 1] && !stays; a++)
            stays = c->terminal[g->head[a]] & other;
        if (stays || (best != FLOW_NONE && best_free && !is_free))
            continue;
        if (best == FLOW_NONE || (is_free && !best_free) || (before(c, v, best) == (s == 0))) {
            best = v;
            best_free = is_free;
        }
    }
    if (best == FLOW_NONE)
        return false;
    fix_side(c, s);
    uint32_t state = 2 * best + out;
    reach(c, s, state, FLOW_NONE);
    c->root[state] = FLOW_NONE;
    c->terminal[best] |= (uint8_t)(1u << s);
    d->fixed = d->len;
    return true;
}

/* Sources and sinks at the ends of the line. Of two that are neighbours the one with more neighbours is none.
 */
static bool place_terminals(struct flow_cutter *c, const struct flow_piece *g)
{
    uint32_t n = g->n, k = n / FIXED_DIVISOR > 0 ? n / FIXED_DIVISOR : 1;
    for (uint32_t v = 0; v < n; v++) {
        c->idx[v] = v;
        c->terminal[v] = 0;
        c->mark[2 * v] = c->mark[2 * v + 1] = 0;
        c->link[0][v] = c->link[1][v] = FLOW_NONE;
    }
    select_least(c, 0, n, k);
    select_least(c, k, n, n - k);
    for (uint32_t i = 0; i < k; i++) {
        c->terminal[c->idx[i]] = 1;
        c->terminal[c->idx[n - 1 - i]] = 2;
    }
    for (uint32_t i = 0; i < k; i++) {
        uint32_t v = c->idx[i], degree = g->first[v + 1] - g->first[v];
        for (uint32_t a = g->first[v]; a < g->first[v + 1] && c->terminal[v]; a++) {
            uint32_t w = g->head[a];
            if (c->terminal[w] == 2)
                c->terminal[g->first[w + 1] - g->first[w] > degree ? w : v] = 0;
        }
    }
    c->flow = 0;
    for (int s = 0; s < 2; s++) {
        struct flow_side *d = &c->side[s];
        d->len = d->base = d->fixed = d->cut_len = d->cut_fixed = d->nodes = 0;
        for (uint32_t i = 0; i < k; i++) {
            uint32_t v = c->idx[s == 0 ? i : n - 1 - i];
            for (uint32_t b = 0; b < 2 && c->terminal[v] == 1 << s; b++) {
                reach(c, s, 2 * v + b, FLOW_NONE);
                c->root[2 * v + b] = FLOW_NONE;
            }
        }
        d->fixed = d->len;
    }
    return c->side[0].len > 0 && c->side[1].len > 0;
}

static bool hopeless(const struct flow_cutter *c, uint32_t n)
{
    return c->best_len > 0 && c->best_small >= n / SMALL_DIVISOR &&
           (uint64_t)c->flow * c->best_small >= (uint64_t)c->best_len * (n / 2);
}

static void cut_along_line(struct flow_cutter *c, const struct flow_piece *g)
{
    uint32_t inside[2] = {0, 0}, flow_before = FLOW_NONE; /* inside: counted before d->base */
    if (!place_terminals(c, g))
        return;
    for (int s = 0;;) {
        while (search(c, g, s) > 0)
            if (hopeless(c, g->n))
                return;
        bool changed = c->flow != flow_before;
        if (changed)
            search(c, g, 1 - s);
        flow_before = c->flow;
        if (hopeless(c, g->n))
            return;
        for (int t = 0; t < 2; t++)
            if (t == s || changed) {
                c->side[t].nodes = inside[t];
                close_side(c, t, c->side[t].base);
                consider(c, g->n, t);
            }
        s = c->side[0].nodes <= c->side[1].nodes ? 0 : 1;
        if (c->side[s].nodes >= g->n / 2)
            return;
        if (!pierce(c, g, s)) {
            s = 1 - s;
            if (c->side[s].nodes >= g->n / 2 || !pierce(c, g, s))
                return;
        }
        inside[s] = c->side[s].nodes;
    }
}

uint32_t flow_cut(struct flow_cutter *c, const struct flow_piece *g)
{
    static const int line[LINES][2] = {{1, 0}, {0, 1}, {1, 1}, {1, -1}, {1, 2}, {2, 1}, {1, -2}, {2, -1}};
    c->best_len = c->best_small = 0;
    for (int i = 0; i < LINES; i++) {
        for (uint32_t v = 0; v < g->n; v++)
            c->key[v] = (int64_t)line[i][0] * g->x[v] + (int64_t)line[i][1] * g->y[v];
        cut_along_line(c, g);
    }
    return c->best_len;
}
