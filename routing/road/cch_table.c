/* cch_table.c - labels (the distances between a node and its ancestors), tables by labels, sweeps to all
 * nodes.
 */
#include <stdlib.h>

#include "road/cch_inside.h"

void cch_label(const struct cch_metric *m, bool down, uint32_t v, uint32_t *by_depth)
{
    const struct cch *c = m->cch;
    struct cch_rows rows = cch_rows(m, down);
    if (cch_hub_label(m, down, v, by_depth))
        return;
    cch_start(c, v, by_depth);
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t d = by_depth[c->depth[v]];
        if (d < ROAD_INF)
            cch_relax(&rows, v, d, by_depth);
    }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
uint32_t
cch_least_sum(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t count)
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
        end[i].shared = cch_shared_ancestors(c, end[i - 1].rank, end[i].rank);
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
            row[end[i].place - from_count] = cch_least_sum(source, labels + (size_t)i * stride, shared);
    }
    shared = own;
    for (uint32_t i = at; i-- > 0;) {
        shared = end[i + 1].shared < shared ? end[i + 1].shared : shared;
        if (end[i].place >= from_count)
            row[end[i].place - from_count] = cch_least_sum(source, labels + (size_t)i * stride, shared);
    }
}

bool cch_matrix(struct cch_query *q, const struct cch_metric *m, const uint32_t *from, uint32_t from_count,
                const uint32_t *to, uint32_t to_count, uint32_t *out, struct err *e)
{
    const struct cch *c = q->c;
    uint32_t stride = (c->slot_count + CCH_LANES - 1) / CCH_LANES * CCH_LANES, count = from_count + to_count;
    struct end *end = sort_ends(c, from, from_count, to, to_count);
    uint32_t *labels = malloc(((size_t)count * stride + 1) * sizeof *labels);
    bool ok = end != NULL && labels != NULL;
    for (uint32_t i = 0; ok && i < count; i++) /* in the order of ranks: neighbours climb the same rows */
        cch_label(m, end[i].place >= from_count, end[i].rank, labels + (size_t)i * stride);
    for (uint32_t i = 0; ok && i < count; i++)
        if (end[i].place < from_count)
            fill_row(end, count, i, c, labels + (size_t)i * stride, labels, stride, from_count,
                     out + (size_t)end[i].place * to_count);
    free(end);
    free(labels);
    return ok ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %u x %u", from_count, to_count);
}

/* Ranks are a post-order: downwards through them, what was written last at each lower depth are the
 * ancestors. So the sweep reads a few hundred distances over and over, not the whole array. */
void cch_sweep(struct cch_query *q, const struct cch_metric *m, bool reverse, uint32_t *weight)
{
    const struct cch *c = q->c;
    struct cch_rows rows = cch_rows(m, !reverse);
    uint32_t *restrict by_depth = q->turned;
    for (uint32_t v = c->node_count; v-- > 0;) {
        uint32_t best = q->sweep[v];
        for (uint32_t a = rows.first[v], end = rows.first[v + 1]; a < end; a++) {
            uint32_t w = by_depth[rows.slot[a]] + rows.weight[a];
            best = w < best ? w : best;
        }
        by_depth[c->depth[v]] = best;
        weight[c->node[v]] = best;
    }
}

void cch_one_to_all(struct cch_query *q, const struct cch_metric *m, uint32_t from, bool reverse,
                    uint32_t *weight)
{
    const struct cch *c = q->c;
    for (uint32_t v = 0; v < c->node_count; v++)
        q->sweep[v] = ROAD_INF;
    cch_label(m, reverse, c->rank[from], q->up);
    for (uint32_t v = c->rank[from]; v != CCH_NONE; v = c->parent[v])
        q->sweep[v] = q->up[c->depth[v]];
    cch_sweep(q, m, reverse, weight);
}
