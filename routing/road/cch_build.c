/* cch_build.c - topology: elimination tree, post-order, chordal completion, the inputs and the division of
 * work. */
#include <stdlib.h>
#include <string.h>

#include "road/cch.h"
#include "road/cch_inside.h"

void cch_free(struct cch *c)
{
    if (c == NULL)
        return;
    void *own[] = {c->rank, c->subtree, c->chain, c->top_node, c->top_chain, c->level_first};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        free(own[i]);
    void *built[] = {c->node,       c->parent,    c->depth,    c->first,       c->head,      c->slot,
                     c->down_first, c->down_tail, c->down_arc, c->input_first, c->input_arc, c->input_at};
    for (size_t i = 0; !c->mapped && i < sizeof built / sizeof *built; i++)
        free(built[i]);
    cch_cut_free(c->cut);
    free(c);
}

size_t cch_bytes(const struct cch *c)
{
    const struct cch_cut *k = c->cut;
    size_t cut = (size_t)c->node_count * 4 + (size_t)k->count * (2 * 4 + k->levels * 2);
    return cut + (size_t)c->node_count * (7 * 4 + 2) + (size_t)c->arc_count * (3 * 4 + 2) +
           (size_t)c->input_count * 8;
}

/* Counting sort of the graph's arcs by the rank of their lower (or higher) end; loops are left out. */
static bool sort_inputs(const struct road_graph *g, const uint32_t *rank, bool by_lower, uint32_t **first,
                        uint32_t **arc, uint32_t **other)
{
    uint32_t n = g->node_count;
    *first = calloc((size_t)n + 2, sizeof **first);
    *arc = arc == NULL ? NULL : malloc(((size_t)g->arc_count + 1) * sizeof **arc);
    *other = malloc(((size_t)g->arc_count + 1) * sizeof **other);
    if (*first == NULL || *arc == NULL || *other == NULL)
        return false;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t v = 0; v < n; v++)
            for (uint32_t a = g->first_out[v]; a < g->first_out[v + 1]; a++) {
                uint32_t x = rank[v], y = rank[g->head[a]];
                uint32_t low = x < y ? x : y, high = x < y ? y : x, key = by_lower ? low : high;
                if (x == y)
                    continue;
                if (pass == 0) {
                    (*first)[key + 2]++;
                } else {
                    uint32_t at = (*first)[key + 1]++;
                    (*arc)[at] = a;
                    (*other)[at] = (by_lower ? high : low) | (x > y && by_lower ? CCH_INPUT : 0);
                }
            }
        for (uint32_t v = 0; pass == 0 && v < n; v++)
            (*first)[v + 2] += (*first)[v + 1];
    }
    return true;
}

/* Liu's algorithm with path compression. */
static bool elimination_tree(const struct road_graph *g, const uint32_t *rank, uint32_t *parent)
{
    uint32_t n = g->node_count, *first = NULL, *arc = NULL, *lower = NULL;
    uint32_t *above = malloc(((size_t)n + 1) * sizeof *above);
    bool ok = above != NULL && sort_inputs(g, rank, false, &first, &arc, &lower);
    for (uint32_t v = 0; ok && v < n; v++) {
        parent[v] = above[v] = CCH_NONE;
        for (uint32_t i = first[v]; i < first[v + 1]; i++)
            for (uint32_t x = lower[i], next; x != v; x = next) {
                next = above[x];
                above[x] = v;
                if (next == CCH_NONE) {
                    parent[x] = v;
                    break;
                }
            }
    }
    free(first);
    free(arc);
    free(lower);
    free(above);
    return ok;
}

/* Post-order numbers: old rank -> new. Parents have larger ranks, so sizes add up in one pass and a second
 * one hands out ranges from the top. */
static bool post_order(uint32_t n, const uint32_t *parent, uint32_t *number)
{
    uint32_t *size = calloc((size_t)n + 1, sizeof *size), *next = calloc((size_t)n + 1, sizeof *next);
    bool ok = size != NULL && next != NULL;
    uint32_t root_next = n;
    for (uint32_t v = 0; ok && v < n; v++) {
        size[v]++;
        if (parent[v] != CCH_NONE)
            size[parent[v]] += size[v];
    }
    for (uint32_t v = n; ok && v-- > 0;) {
        uint32_t *end = parent[v] == CCH_NONE ? &root_next : &next[parent[v]];
        number[v] = *end - 1;
        *end -= size[v];
        next[v] = number[v];
    }
    free(size);
    free(next);
    return ok;
}

/* Ranks such that each subtree is a range, and the tree in these ranks. */
static bool order_nodes(struct cch *c, const struct road_graph *g, const uint32_t *order, struct err *e)
{
    uint32_t n = g->node_count;
    memset(c->rank, 0xff, (size_t)n * sizeof *c->rank);
    for (uint32_t r = 0; r < n; r++) {
        if (order[r] >= n || c->rank[order[r]] != CCH_NONE)
            return fail(e, ERR_INVALID_ARGUMENT,
                        "the contraction order is no permutation: entry %u names node %u again or one that "
                        "does not exist",
                        r, order[r]);
        c->rank[order[r]] = r;
    }
    uint32_t *parent = malloc(((size_t)n + 1) * sizeof *parent);
    uint32_t *number = malloc(((size_t)n + 1) * sizeof *number);
    bool ok = parent != NULL && number != NULL && elimination_tree(g, c->rank, parent) &&
              post_order(n, parent, number);
    for (uint32_t r = 0; ok && r < n; r++) {
        c->node[number[r]] = order[r];
        c->rank[order[r]] = number[r];
        c->parent[number[r]] = parent[r] == CCH_NONE ? CCH_NONE : number[parent[r]];
    }
    free(parent);
    free(number);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the elimination tree of %u nodes", n);
}

static bool set_depths(struct cch *c, struct err *e)
{
    c->slot_count = 0;
    for (uint32_t v = c->node_count; v-- > 0;) {
        uint32_t d = c->parent[v] == CCH_NONE ? 0 : c->depth[c->parent[v]] + 1u;
        if (d > UINT16_MAX)
            return fail(
                e, ERR_OUT_OF_RANGE,
                "this order makes branches of more than %u nodes; a nested dissection order is needed",
                UINT16_MAX);
        c->depth[v] = (uint16_t)d;
        if (d + 1 > c->slot_count)
            c->slot_count = d + 1;
    }
    return true;
}

/* Merges the ascending lists a and b without repeats. */
static uint32_t merge(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count, uint32_t *out)
{
    uint32_t i = 0, j = 0, k = 0;
    while (i < a_count || j < b_count) {
        uint32_t x = i < a_count ? a[i] : CCH_NONE, y = j < b_count ? b[j] : CCH_NONE;
        out[k++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    return k;
}

struct completion {
    uint32_t *row, *spare;     /* the row being made; slot_count entries */
    uint32_t *child, *sibling; /* first child, next sibling */
    size_t room;
};

/* Upper ends of the graph's arcs at v, ascending, without repeats, into row. Degrees are small. */
static uint32_t own_neighbours(const struct cch *c, uint32_t v, const uint32_t *other, uint32_t *row)
{
    uint32_t count = 0;
    for (uint32_t i = c->input_first[v]; i < c->input_first[v + 1]; i++) {
        uint32_t y = other[i] & ~CCH_INPUT, at = count;
        while (at > 0 && row[at - 1] > y)
            at--;
        if (at > 0 && row[at - 1] == y)
            continue;
        memmove(row + at + 1, row + at, (count - at) * sizeof *row);
        row[at] = y;
        count++;
    }
    return count;
}

/* The upper neighbours of a node: its own and those of its children. */
static bool complete(struct cch *c, struct completion *w, const uint32_t *other)
{
    uint32_t n = c->node_count, total = 0;
    for (uint32_t v = 0; v < n; v++) {
        uint32_t count = own_neighbours(c, v, other, w->row);
        for (uint32_t x = w->child[v]; x != CCH_NONE; x = w->sibling[x]) {
            /* the child's first upper neighbour is v itself */
            const uint32_t *row = c->head + c->first[x] + 1;
            count = merge(w->row, count, row, c->first[x + 1] - c->first[x] - 1, w->spare);
            uint32_t *t = w->row;
            w->row = w->spare;
            w->spare = t;
        }
        if (total + (size_t)count > w->room) {
            size_t room = w->room * 2 + count;
            uint32_t *more = room < CCH_INPUT ? realloc(c->head, room * sizeof *more) : NULL;
            if (more == NULL)
                return false;
            c->head = more;
            w->room = room;
        }
        if (count > 0)
            memcpy(c->head + total, w->row, count * sizeof *w->row);
        c->first[v] = total;
        c->first[v + 1] = total += count;
        uint32_t p = c->parent[v];
        if (p != CCH_NONE) {
            w->sibling[v] = w->child[p];
            w->child[p] = v;
        }
    }
    c->arc_count = total;
    return true;
}

uint32_t cch_find_arc(const struct cch *c, uint32_t low, uint32_t high)
{
    uint32_t from = c->first[low], to = c->first[low + 1];
    while (to - from > 8) {
        uint32_t half = from + (to - from) / 2;
        if (c->head[half] <= high)
            from = half;
        else
            to = half;
    }
    while (from < to && c->head[from] != high)
        from++;
    return from < to ? from : CCH_NONE;
}

uint32_t cch_shared_ancestors(const struct cch *c, uint32_t a, uint32_t b)
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

static bool make_arcs(struct cch *c)
{
    uint32_t n = c->node_count;
    struct completion w = {.row = malloc(((size_t)c->slot_count + c->input_count + 1) * sizeof *w.row),
                           .spare = malloc(((size_t)c->slot_count + c->input_count + 1) * sizeof *w.spare),
                           .child = malloc(((size_t)n + 1) * sizeof *w.child),
                           .sibling = malloc(((size_t)n + 1) * sizeof *w.sibling)};
    bool ok = w.row != NULL && w.spare != NULL && w.child != NULL && w.sibling != NULL;
    if (ok) {
        memset(w.child, 0xff, (size_t)n * sizeof *w.child);
        ok = complete(c, &w, c->input_at);
    }
    free(w.row);
    free(w.spare);
    free(w.child);
    free(w.sibling);
    if (!ok)
        return false;
    c->slot = malloc(((size_t)c->arc_count + 1) * sizeof *c->slot);
    c->down_tail = malloc(((size_t)c->arc_count + 1) * sizeof *c->down_tail);
    c->down_arc = malloc(((size_t)c->arc_count + 1) * sizeof *c->down_arc);
    return c->slot != NULL && c->down_tail != NULL && c->down_arc != NULL;
}

/* Slots, the arcs by their heads, and where each input belongs. */
static void index_arcs(struct cch *c)
{
    uint32_t n = c->node_count;
    for (uint32_t a = 0; a < c->arc_count; a++) {
        c->slot[a] = c->depth[c->head[a]];
        c->down_first[c->head[a] + 2]++;
    }
    for (uint32_t v = 0; v < n; v++)
        c->down_first[v + 2] += c->down_first[v + 1];
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t a = c->first[v]; a < c->first[v + 1]; a++) {
            uint32_t at = c->down_first[c->head[a] + 1]++;
            c->down_tail[at] = v;
            c->down_arc[at] = a;
        }
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t i = c->input_first[v]; i < c->input_first[v + 1]; i++) {
            uint32_t leads_down = c->input_at[i] >> 31;
            c->input_at[i] = cch_find_arc(c, v, c->input_at[i] & ~CCH_INPUT) * 2 + leads_down;
        }
}

bool cch_new(const struct road_graph *g, const uint32_t *order, struct cch **out, struct err *e)
{
    *out = NULL;
    size_t n = g->node_count;
    struct cch *c = calloc(1, sizeof *c);
    if (c == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy");
    c->node_count = g->node_count;
    c->rank = malloc((n + 1) * sizeof *c->rank);
    c->node = malloc((n + 1) * sizeof *c->node);
    c->parent = malloc((n + 1) * sizeof *c->parent);
    c->depth = malloc((n + 1) * sizeof *c->depth);
    c->first = calloc(n + 2, sizeof *c->first);
    c->down_first = calloc(n + 2, sizeof *c->down_first);
    if (c->rank == NULL || c->node == NULL || c->parent == NULL || c->depth == NULL || c->first == NULL ||
        c->down_first == NULL) {
        cch_free(c);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy of %zu nodes", n);
    }
    if (!order_nodes(c, g, order, e) || !set_depths(c, e)) {
        cch_free(c);
        return false;
    }
    bool ok = sort_inputs(g, c->rank, true, &c->input_first, &c->input_arc, &c->input_at);
    if (ok) {
        c->input_count = c->input_first[n];
        ok = make_arcs(c);
    }
    if (ok) {
        index_arcs(c);
        ok = cch_divide(c) && cch_cut_new(c, &c->cut);
    }
    if (!ok) {
        cch_free(c);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a contraction hierarchy of %zu nodes", n);
    }
    *out = c;
    return true;
}
