/* sums_table.c - labels with sums, and tables made of them. */
#include <stdlib.h>

#include "road/cch_inside.h"
#include "road/sums_inside.h"

enum { LANES = 16 };

bool sums_labels_init(struct sums_labels *l, uint32_t slot_count, uint32_t count)
{
    l->stride = (slot_count + LANES - 1) / LANES * LANES;
    size_t room = ((size_t)count + 1) * l->stride + 1;
    l->weight = malloc(room * sizeof *l->weight);
    l->sums = malloc(room * sizeof *l->sums);
    l->arc = malloc(((size_t)l->stride + 1) * sizeof *l->arc);
    l->from = malloc(((size_t)l->stride + 1) * sizeof *l->from);
    return l->weight != NULL && l->sums != NULL && l->arc != NULL && l->from != NULL;
}

void sums_labels_release(struct sums_labels *l)
{
    free(l->weight);
    free(l->sums);
    free(l->arc);
    free(l->from);
}

void sums_label(const struct road_metric *m, bool upwards, uint32_t v, struct sums_labels *l, uint32_t at)
{
    const struct cch *c = m->shortcuts.cch;
    const struct road_sums *s = sums_of(m);
    const uint32_t *weight = upwards ? m->shortcuts.up : m->shortcuts.down;
    const struct sums_triple *sum = upwards ? s->up : s->down;
    uint32_t *to = l->weight + (size_t)at * l->stride, start = c->depth[v];
    struct sums_triple *sums = l->sums + (size_t)at * l->stride;
    for (uint32_t d = 0; d < start; d++)
        to[d] = ROAD_INF;
    to[start] = 0;
    sums[start] = (struct sums_triple){0};
    for (; v != CCH_NONE; v = c->parent[v]) {
        uint32_t depth = c->depth[v], distance = to[depth];
        if (distance >= ROAD_INF)
            continue;
        if (depth != start)
            sums[depth] = sums_add(sums[l->from[depth]], sum[l->arc[depth]]);
        for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++) {
            uint32_t w = distance + weight[a], d = c->slot[a];
            if (w < to[d]) {
                to[d] = w;
                l->arc[d] = a;
                l->from[d] = depth;
            }
        }
    }
}

/* The least sum over the shared ancestors, then the first of them that has it. */
static void fill_cell(const struct sums_labels *from, const struct sums_labels *to, uint32_t target,
                      uint32_t shared, struct road_cost *out)
{
    const uint32_t *a = from->weight, *b = to->weight + (size_t)target * to->stride;
    *out = (struct road_cost){.weight = cch_least_sum(a, b, shared)};
    if (out->weight >= ROAD_INF)
        return;
    uint32_t i = 0;
    while (a[i] + b[i] != out->weight)
        i++;
    struct sums_triple sum = sums_add(from->sums[i], to->sums[(size_t)target * to->stride + i]);
    out->time_ms = sum.time_ms;
    out->length_m = sum.length_m;
    out->toll_myuan = sum.toll_myuan;
}

/* Ends are sorted by rank: in post-order, two nodes share as many ancestors as the neighbours between them do
 * that share the fewest. */
struct end {
    uint32_t rank, place; /* in from[] or, plus from_count, in to[] */
    uint32_t shared;      /* ancestors, with the end before */
    uint32_t target;      /* targets before this end: the place of its label, when it is one */
};

static int by_rank(const void *a, const void *b)
{
    const struct end *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static void sort_ends(const struct road_metric *m, const uint32_t *from, uint32_t from_count,
                      const uint32_t *to, size_t count, struct end *end)
{
    const struct cch *c = m->shortcuts.cch;
    uint32_t targets = 0;
    for (uint32_t i = 0; i < count; i++)
        end[i] = (struct end){
            .place = i, .rank = c->rank[i < from_count ? from[i] : net_arrival(m->net, to[i - from_count])]};
    qsort(end, count, sizeof *end, by_rank);
    for (uint32_t i = 0; i < count; i++) {
        end[i].shared = i > 0 ? cch_shared_ancestors(c, end[i - 1].rank, end[i].rank) : 0;
        end[i].target = targets;
        targets += end[i].place >= from_count;
    }
}

/* One row of the table, from the end at `at` outwards in both directions. */
static void fill_row(const struct cch *c, const struct end *end, size_t count, size_t at, uint32_t from_count,
                     const struct sums_labels *from, const struct sums_labels *to, struct road_cost *row)
{
    uint32_t shared = c->depth[end[at].rank] + 1u;
    for (size_t i = at + 1; i < count; i++) {
        shared = end[i].shared < shared ? end[i].shared : shared;
        if (end[i].place >= from_count)
            fill_cell(from, to, end[i].target, shared, &row[end[i].place - from_count]);
    }
    shared = c->depth[end[at].rank] + 1u;
    for (size_t i = at; i-- > 0;) {
        shared = end[i + 1].shared < shared ? end[i + 1].shared : shared;
        if (end[i].place >= from_count)
            fill_cell(from, to, end[i].target, shared, &row[end[i].place - from_count]);
    }
}

static bool check_ends(const struct cch *c, const uint32_t *node, uint32_t count, const char *field,
                       struct err *e)
{
    for (uint32_t i = 0; i < count; i++)
        if (node[i] >= c->node_count)
            return fail_field(e, ERR_INVALID_ARGUMENT, field, "there is no node %u among %u", node[i],
                              c->node_count);
    return true;
}

bool road_sums_matrix(const struct road_metric *m, const uint32_t *from, uint32_t from_count,
                      const uint32_t *to, uint32_t to_count, struct road_cost *out, struct err *e)
{
    size_t count = (size_t)from_count + to_count;
    if (road_metric_grown(m))
        return fail(e, ERR_FAILED_PRECONDITION, "a metric with new links has no sums on its shortcuts");
    if (sums_of(m) == NULL)
        return fail(e, ERR_FAILED_PRECONDITION, "the metric has no sums");
    const struct cch *c = m->shortcuts.cch;
    if (!check_ends(c, from, from_count, "from", e) || !check_ends(c, to, to_count, "to", e))
        return false;
    if (count >= UINT32_MAX)
        return fail(e, ERR_OUT_OF_RANGE, "a table of %u x %u is too large", from_count, to_count);
    struct sums_labels source = {0}, target = {0};
    struct end *end = malloc((count + 1) * sizeof *end);
    bool ok = sums_labels_init(&source, c->slot_count, 1);
    ok = sums_labels_init(&target, c->slot_count, to_count) && ok && end != NULL;
    if (ok)
        sort_ends(m, from, from_count, to, count, end);
    for (size_t i = 0; ok && i < count; i++) /* in the order of ranks: neighbours climb the same rows */
        if (end[i].place >= from_count)
            sums_label(m, false, end[i].rank, &target, end[i].target);
    for (size_t i = 0; ok && i < count; i++)
        if (end[i].place < from_count) {
            sums_label(m, true, end[i].rank, &source, 0);
            fill_row(c, end, count, i, from_count, &source, &target, out + (size_t)end[i].place * to_count);
        }
    for (size_t i = 0; ok && i < from_count; i++) /* who goes nowhere asks for no arrival */
        for (size_t k = 0; k < to_count; k++)
            if (from[i] == to[k])
                out[i * to_count + k] = (struct road_cost){0};
    free(end);
    sums_labels_release(&source);
    sums_labels_release(&target);
    return ok ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %u x %u", from_count, to_count);
}
