/* cch_hubs.c - hub labels for the top of the elimination tree.
 *
 * A node above the cut carries its label, the distances to and from all its ancestors, stored by depth. The
 * subtrees below the cut are small: a search climbs to the root of its subtree, and from there the labels of
 * the few nodes that bound the subtree (the upper neighbours of its root) give the distances to all
 * ancestors, each in one vectorized pass. How many ancestors two nodes share is a range minimum over
 * post-order.
 *
 * Hub labels: Abraham, Delling, Goldberg, Werneck (2011); by the ancestors of a tree of separators: Ouyang,
 * Qin, Chang, Lin, Zhang, Zhu (2018). Here only the top is stored, in the memory of one metric, and made anew
 * in tens of milliseconds when weights change.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "road/cch_inside.h"

enum { SLOTS_MAX = UINT16_MAX + 1 };
enum { CUT_SIZES = 20 }; /* cuts that are tried: subtrees of at most 16 << i nodes stay below */

/* Entries of all labels above each cut. */
static void weigh_cuts(const struct cch *c, const uint32_t *size, uint64_t entries[CUT_SIZES])
{
    memset(entries, 0, CUT_SIZES * sizeof *entries);
    for (uint32_t v = 0; v < c->node_count; v++)
        for (uint32_t k = 0; k < CUT_SIZES && size[v] > 16u << k; k++)
            entries[k] += c->depth[v] + 1u;
}

static void measure_subtrees(const struct cch *c, uint32_t *size)
{
    for (uint32_t v = 0; v < c->node_count; v++)
        size[v] = 1;
    for (uint32_t v = 0; v < c->node_count; v++)
        if (c->parent[v] != CCH_NONE)
            size[c->parent[v]] += size[v];
}

/* shared[level * count + i]: the least that top nodes i - (1 << level) to i share with their predecessors. */
static void fill_shared(const struct cch *c, struct cch_cut *k)
{
    uint32_t n = k->count;
    for (uint32_t i = 1; i < n; i++)
        k->shared[i] = (uint16_t)cch_shared_ancestors(c, k->rank[i - 1], k->rank[i]);
    for (uint32_t level = 1; level < k->levels; level++) {
        const uint16_t *below = k->shared + (size_t)(level - 1) * n;
        uint16_t *row = k->shared + (size_t)level * n;
        uint32_t half = 1u << (level - 1);
        for (uint32_t i = 1; i < n; i++) {
            uint16_t other = i > half ? below[i - half] : below[i];
            row[i] = other < below[i] ? other : below[i];
        }
    }
}

static bool list_top(const struct cch *c, const uint32_t *size, uint32_t bound, struct cch_cut *k)
{
    for (uint32_t v = 0; v < c->node_count; v++)
        k->count += size[v] > bound;
    while (k->count >> k->levels != 0)
        k->levels++;
    k->index = malloc(((size_t)c->node_count + 1) * sizeof *k->index);
    k->rank = malloc(((size_t)k->count + 1) * sizeof *k->rank);
    k->first = malloc(((size_t)k->count + 1) * sizeof *k->first);
    k->shared = calloc((size_t)k->count * k->levels + 1, sizeof *k->shared);
    if (k->index == NULL || k->rank == NULL || k->first == NULL || k->shared == NULL)
        return false;
    uint32_t at = 0, entry = 0;
    for (uint32_t v = 0; v < c->node_count; v++) {
        k->index[v] = size[v] > bound ? at : CCH_NONE;
        if (size[v] <= bound)
            continue;
        k->rank[at] = v;
        k->first[at++] = entry;
        entry += c->depth[v] + 1u;
    }
    k->first[at] = entry;
    fill_shared(c, k);
    return true;
}

void cch_cut_free(struct cch_cut *k)
{
    if (k == NULL)
        return;
    free(k->index);
    free(k->rank);
    free(k->first);
    free(k->shared);
    free(k);
}

/* The lowest cut whose labels take no more memory than a metric's shortcuts do. */
bool cch_cut_new(const struct cch *c, struct cch_cut **out)
{
    uint64_t entries[CUT_SIZES];
    uint32_t *size = malloc(((size_t)c->node_count + 1) * sizeof *size), i = 0;
    struct cch_cut *k = calloc(1, sizeof *k);
    *out = k;
    if (size == NULL || k == NULL) {
        free(size);
        return false;
    }
    measure_subtrees(c, size);
    weigh_cuts(c, size, entries);
    while (i + 1 < CUT_SIZES && entries[i] > 2 * (uint64_t)c->arc_count)
        i++;
    bool ok = entries[i] < UINT32_MAX && list_top(c, size, 16u << i, k);
    free(size);
    return ok;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
static void
lower(uint32_t *restrict label, const uint32_t *restrict from, uint32_t distance, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t w = distance + from[i];
        label[i] = w < label[i] ? w : label[i];
    }
}

/* Top down: a label is the least over the upper neighbours of the shortcut to them and theirs. */
static void make_labels(void *arg, uint32_t down)
{
    const struct cch_hubs *h = arg;
    const struct cch *c = h->m->cch;
    const struct cch_cut *k = c->cut;
    const uint32_t *weight = down ? h->m->down : h->m->up;
    uint32_t *labels = down ? h->down : h->up;
    for (uint32_t i = k->count; i-- > 0;) {
        uint32_t v = k->rank[i], *label = labels + k->first[i];
        for (uint32_t d = 0; d < c->depth[v]; d++)
            label[d] = ROAD_INF;
        label[c->depth[v]] = 0;
        for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++)
            if (weight[a] < ROAD_INF)
                lower(label, labels + k->first[k->index[c->head[a]]], weight[a], c->slot[a] + 1u);
    }
}

static void hubs_free(struct cch_hubs *h)
{
    if (h == NULL)
        return;
    free(h->up);
    free(h->down);
    free(h);
}

void cch_drop_hubs(struct cch_metric *m)
{
    hubs_free(__atomic_exchange_n(&m->hubs, NULL, __ATOMIC_ACQ_REL));
}

bool cch_hubs(struct cch_metric *m, const struct cch_executor *x, struct err *e)
{
    const struct cch_cut *k = m->cch->cut;
    struct cch_hubs *h = calloc(1, sizeof *h), *none = NULL;
    size_t entries = (size_t)k->first[k->count] + CCH_LANES;
    if (h != NULL) {
        h->m = m;
        h->up = malloc(entries * sizeof *h->up);
        h->down = malloc(entries * sizeof *h->down);
        h->bytes = 2 * entries * sizeof *h->up;
    }
    if (h == NULL || h->up == NULL || h->down == NULL) {
        hubs_free(h);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the labels of %u nodes", k->count);
    }
    if (x != NULL)
        x->run(x->ctx, 2, make_labels, h);
    else
        for (uint32_t down = 0; down < 2; down++)
            make_labels(h, down);
    if (!__atomic_compare_exchange_n(&m->hubs, &none, h, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        hubs_free(h); /* somebody made them meanwhile */
    return true;
}

/* The least that the top nodes after a up to b share with their predecessors: what a and b share. */
static uint32_t shared_top(const struct cch *c, uint32_t a, uint32_t b)
{
    const struct cch_cut *k = c->cut;
    uint32_t i = k->index[a], j = k->index[b];
    if (i == j)
        return c->depth[a] + 1u;
    uint32_t low = i < j ? i : j, high = i < j ? j : i;
    uint32_t level = 31u - (uint32_t)__builtin_clz(high - low);
    const uint16_t *row = k->shared + (size_t)level * k->count;
    uint16_t x = row[high], y = row[low + (1u << level)];
    return x < y ? x : y;
}

uint32_t cch_first_top(const struct cch *c, uint32_t v, uint32_t *root)
{
    *root = CCH_NONE;
    while (v != CCH_NONE && c->cut->index[v] == CCH_NONE) {
        *root = v;
        v = c->parent[v];
    }
    return v;
}

uint32_t cch_common_ancestors(const struct cch *c, uint32_t a, uint32_t b)
{
    uint32_t a_root, b_root, a_top = cch_first_top(c, a, &a_root), b_top = cch_first_top(c, b, &b_root);
    if (a_top == CCH_NONE || b_top == CCH_NONE || (a_root == b_root && a_root != CCH_NONE))
        return cch_shared_ancestors(c, a, b);
    return shared_top(c, a_top, b_top);
}

/* From v up to the root of its subtree, into by_depth: distances within it and to the nodes that bound it. */
static void climb_low(const struct cch *c, const struct cch_rows *rows, uint32_t v, uint32_t root,
                      uint32_t *by_depth)
{
    for (uint32_t a = c->first[root]; a < c->first[root + 1]; a++)
        by_depth[c->slot[a]] = ROAD_INF;
    for (uint32_t d = c->depth[root]; d < c->depth[v]; d++)
        by_depth[d] = ROAD_INF;
    by_depth[c->depth[v]] = 0;
    for (uint32_t x = v;; x = c->parent[x]) {
        uint32_t d = by_depth[c->depth[x]];
        if (d < ROAD_INF)
            cch_relax(rows, x, d, by_depth);
        if (x == root)
            break;
    }
}

/* The distances between v and its first `count` ancestors: stored ones when v is above the cut (root:
 * CCH_NONE), otherwise in by_depth, which then also holds those below the cut. */
static const uint32_t *reach_top(const struct cch_hubs *h, bool down, uint32_t v, uint32_t root,
                                 uint32_t count, uint32_t *by_depth)
{
    const struct cch *c = h->m->cch;
    const struct cch_cut *k = c->cut;
    const uint32_t *labels = down ? h->down : h->up;
    uint32_t bound[SLOTS_MAX];
    if (root == CCH_NONE)
        return labels + k->first[k->index[v]];
    struct cch_rows rows = cch_rows(h->m, down);
    uint32_t first = c->first[root], bounds = c->first[root + 1] - first;
    climb_low(c, &rows, v, root, by_depth);
    for (uint32_t i = 0; i < bounds; i++)
        bound[i] = by_depth[c->slot[first + i]];
    for (uint32_t d = 0; d < count; d++)
        by_depth[d] = ROAD_INF;
    for (uint32_t i = 0; i < bounds; i++) {
        uint32_t length = c->slot[first + i] + 1u;
        if (bound[i] < ROAD_INF)
            lower(by_depth, labels + k->first[k->index[c->head[first + i]]], bound[i],
                  length < count ? length : count);
    }
    return by_depth;
}

/* The labels of both ends and how many entries they share; false: there are none. */
static bool both_labels(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                        const uint32_t *label[2], uint32_t *count)
{
    const struct cch *c = q->c;
    const struct cch_hubs *h = __atomic_load_n(&m->hubs, __ATOMIC_ACQUIRE);
    uint32_t s_root, t_root;
    if (h == NULL)
        return false;
    uint32_t s_top = cch_first_top(c, s, &s_root), t_top = cch_first_top(c, t, &t_root);
    if (s_top == CCH_NONE || t_top == CCH_NONE || (s_root == t_root && s_root != CCH_NONE))
        return false; /* within one subtree */
    *count = shared_top(c, s_top, t_top);
    label[0] = reach_top(h, false, s, s_root, *count, q->up);
    label[1] = reach_top(h, true, t, t_root, *count, q->down);
    return true;
}

bool cch_hub_distance(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                      uint32_t *distance)
{
    const uint32_t *label[2];
    uint32_t count;
    if (!both_labels(q, m, s, t, label, &count))
        return false;
    *distance = cch_least_sum(label[0], label[1], count);
    return true;
}

bool cch_hub_meet(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                  struct cch_meet *out)
{
    const uint32_t *label[2];
    uint32_t count, i = 0;
    if (!both_labels(q, m, s, t, label, &count))
        return false;
    uint32_t best = cch_least_sum(label[0], label[1], count);
    while (best < ROAD_INF && label[0][i] + label[1][i] != best)
        i++;
    *out = (struct cch_meet){best < ROAD_INF ? i : CCH_NONE, ROAD_INF, ROAD_INF};
    if (best < ROAD_INF) {
        out->up = label[0][i];
        out->down = label[1][i];
    }
    return true;
}

bool cch_hub_label(const struct cch_metric *m, bool down, uint32_t v, uint32_t *by_depth)
{
    const struct cch *c = m->cch;
    const struct cch_hubs *h = __atomic_load_n(&m->hubs, __ATOMIC_ACQUIRE);
    uint32_t root, top = h != NULL ? cch_first_top(c, v, &root) : CCH_NONE;
    if (top == CCH_NONE)
        return false;
    uint32_t count = c->depth[top] + 1u;
    const uint32_t *label = reach_top(h, down, v, root, count, by_depth);
    if (label != by_depth)
        memcpy(by_depth, label, count * sizeof *by_depth);
    return true;
}
