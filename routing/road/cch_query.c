/* cch_query.c - elimination tree queries: distances kept by depth, paths by middle nodes, tables by labels.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

enum { LANES = 16 };

struct cch_query {
    const struct cch *c;
    uint32_t *up, *down; /* by depth: from the start to the ancestor, from the ancestor to the target */
    uint32_t *up_arc, *down_arc;   /* the shortcut that came to it last */
    uint32_t *up_from, *down_from; /* rank of that shortcut's tail */
    uint32_t *stack;               /* three numbers for each level that unpacking may go down */
    uint32_t *turned;              /* slot_count: the way up, from its start */
    uint32_t *path;                /* room for twice every node: memory that no path touches costs nothing */
    uint32_t path_count;
    uint32_t *sweep; /* by rank, one to all */
};

bool cch_query_new(const struct cch *c, struct cch_query **out, struct err *e)
{
    *out = NULL;
    struct cch_query *q = calloc(1, sizeof *q);
    if (q == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query");
    q->c = c;
    size_t slots = (size_t)c->slot_count + LANES, nodes = (size_t)c->node_count + LANES;
    struct {
        uint32_t **array;
        size_t count;
    } wanted[] = {{&q->up, slots},       {&q->down, slots},      {&q->up_arc, slots}, {&q->down_arc, slots},
                  {&q->up_from, slots},  {&q->down_from, slots}, {&q->turned, slots}, {&q->stack, slots * 6},
                  {&q->path, nodes * 2}, {&q->sweep, nodes}};
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

static void start(const struct cch *c, uint32_t v, uint32_t *by_depth)
{
    for (uint32_t d = 0; d < c->depth[v]; d++)
        by_depth[d] = ROAD_INF;
    by_depth[c->depth[v]] = 0;
}

static inline void relax(const struct cch *c, const uint32_t *restrict weight, uint32_t v, uint32_t distance,
                         uint32_t *restrict by_depth)
{
    const uint16_t *slot = c->slot;
    for (uint32_t a = c->first[v], end = c->first[v + 1]; a < end; a++) {
        uint32_t w = distance + weight[a], *to = &by_depth[slot[a]];
        *to = w < *to ? w : *to;
    }
}

/* The lowest common ancestor, reached by both sides; CCH_NONE in different trees. */
static uint32_t climb(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t)
{
    const struct cch *c = q->c;
    start(c, s, q->up);
    start(c, t, q->down);
    while (s != t) {
        bool left = s < t;
        uint32_t v = left ? s : t, *side = left ? q->up : q->down, d = side[c->depth[v]];
        if (d < ROAD_INF)
            relax(c, left ? m->up : m->down, v, d, side);
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
            relax(c, m->up, v, up, q->up);
        if (down < best)
            relax(c, m->down, v, down, q->down);
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
            assert(mid != CCH_NONE && q->path_count < 2 * (size_t)c->node_count);
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
    start(c, v, by_depth);
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

void cch_path(struct cch_query *q, const struct cch_metric *m, uint32_t from, uint32_t to, uint32_t *weight,
              const uint32_t **arcs, uint32_t *count)
{
    const struct cch *c = q->c;
    assert(from < c->node_count && to < c->node_count);
    uint32_t s = c->rank[from], t = c->rank[to], steps = 0;
    climb_traced(c, m->up, s, q->up, q->up_arc, q->up_from);
    climb_traced(c, m->down, t, q->down, q->down_arc, q->down_from);
    uint32_t meet = meeting(q, s, t, weight);
    q->path_count = 0;
    if (meet != CCH_NONE) {
        for (uint32_t v = meet; v != s; v = q->up_from[c->depth[v]])
            q->turned[steps++] = c->depth[v];
        while (steps > 0) {
            uint32_t d = q->turned[--steps];
            unpack(q, m, q->up_arc[d], q->up_from[d], false);
        }
        for (uint32_t v = meet; v != t; v = q->down_from[c->depth[v]])
            unpack(q, m, q->down_arc[c->depth[v]], q->down_from[c->depth[v]], true);
    }
    *arcs = q->path;
    *count = q->path_count;
}

static void make_label(const struct cch *c, const uint32_t *weight, uint32_t v, uint32_t *by_depth)
{
    start(c, v, by_depth);
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t d = by_depth[c->depth[v]];
        if (d < ROAD_INF)
            relax(c, weight, v, d, by_depth);
    }
}

/* How many ancestors two nodes share, themselves included. */
static uint32_t shared_ancestors(const struct cch *c, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (a < b)
            a = c->parent[a];
        else
            b = c->parent[b];
        if (a == CCH_NONE || b == CCH_NONE)
            return 0;
    }
    return c->depth[a] + 1u;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
static uint32_t
least_sum(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t count)
{
    uint32_t best = ROAD_INF;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t sum = a[i] + b[i];
        best = sum < best ? sum : best;
    }
    return best;
}

/* One end of the table. Ends are sorted by rank: in post-order, two nodes share as many ancestors as the
 * neighbours between them do that share the fewest. */
struct end {
    uint32_t rank, place; /* in from[] or, plus from_count, in to[] */
    uint32_t shared;      /* ancestors, with the end before */
};

static int by_rank(const void *a, const void *b)
{
    const struct end *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static struct end *sort_ends(const struct cch *c, const uint32_t *from, uint32_t from_count,
                             const uint32_t *to, uint32_t to_count)
{
    uint32_t count = from_count + to_count;
    struct end *end = malloc(((size_t)count + 1) * sizeof *end);
    if (end == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        end[i] = (struct end){.rank = c->rank[i < from_count ? from[i] : to[i - from_count]], .place = i};
    qsort(end, count, sizeof *end, by_rank);
    for (uint32_t i = 1; i < count; i++)
        end[i].shared = shared_ancestors(c, end[i - 1].rank, end[i].rank);
    return end;
}

/* One row of the table: from the end at `at` outwards in both directions. */
static void fill_row(const struct end *end, uint32_t count, uint32_t at, const struct cch *c,
                     const uint32_t *source, const uint32_t *labels, uint32_t stride, uint32_t from_count,
                     uint32_t *row)
{
    uint32_t own = c->depth[end[at].rank] + 1u, shared = own;
    for (uint32_t i = at + 1; i < count; i++) {
        shared = end[i].shared < shared ? end[i].shared : shared;
        if (end[i].place >= from_count)
            row[end[i].place - from_count] = least_sum(source, labels + (size_t)i * stride, shared);
    }
    shared = own;
    for (uint32_t i = at; i-- > 0;) {
        shared = end[i + 1].shared < shared ? end[i + 1].shared : shared;
        if (end[i].place >= from_count)
            row[end[i].place - from_count] = least_sum(source, labels + (size_t)i * stride, shared);
    }
}

bool cch_matrix(struct cch_query *q, const struct cch_metric *m, const uint32_t *from, uint32_t from_count,
                const uint32_t *to, uint32_t to_count, uint32_t *out, struct err *e)
{
    const struct cch *c = q->c;
    uint32_t stride = (c->slot_count + LANES - 1) / LANES * LANES, count = from_count + to_count;
    struct end *end = sort_ends(c, from, from_count, to, to_count);
    uint32_t *labels = malloc(((size_t)count * stride + 1) * sizeof *labels);
    bool ok = end != NULL && labels != NULL;
    for (uint32_t i = 0; ok && i < count; i++) /* in the order of ranks: neighbours climb the same rows */
        make_label(c, end[i].place < from_count ? m->up : m->down, end[i].rank, labels + (size_t)i * stride);
    for (uint32_t i = 0; ok && i < count; i++)
        if (end[i].place < from_count)
            fill_row(end, count, i, c, labels + (size_t)i * stride, labels, stride, from_count,
                     out + (size_t)end[i].place * to_count);
    free(end);
    free(labels);
    return ok ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %u x %u", from_count, to_count);
}

void cch_one_to_all(struct cch_query *q, const struct cch_metric *m, uint32_t from, bool reverse,
                    uint32_t *weight)
{
    const struct cch *c = q->c;
    const uint32_t *climbing = reverse ? m->down : m->up, *falling = reverse ? m->up : m->down;
    for (uint32_t v = 0; v < c->node_count; v++)
        q->sweep[v] = ROAD_INF;
    make_label(c, climbing, c->rank[from], q->up);
    for (uint32_t v = c->rank[from]; v != CCH_NONE; v = c->parent[v])
        q->sweep[v] = q->up[c->depth[v]];
    for (uint32_t v = c->node_count; v-- > 0;) {
        uint32_t best = q->sweep[v];
        for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++) {
            uint32_t w = q->sweep[c->head[a]] + falling[a];
            best = w < best ? w : best;
        }
        q->sweep[v] = best;
        weight[c->node[v]] = best;
    }
}
