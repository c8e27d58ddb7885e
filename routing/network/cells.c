#include "network/cells.h"

#include <stdlib.h>

static int by_cell(const void *pa, const void *pb)
{
    const struct net_cell *a = pa, *b = pb;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

static int32_t key_of(const struct net_cell *c, bool by_x)
{
    return by_x ? c->x : c->y;
}

/* A stable counting sort; false when the keys spread too far for it or there is no memory. */
static bool sort_by(const struct net_cell *from, struct net_cell *to, uint32_t count, bool by_x)
{
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (uint32_t i = 0; i < count; i++) {
        int32_t k = key_of(&from[i], by_x);
        low = k < low ? k : low;
        high = k > high ? k : high;
    }
    if ((int64_t)high - low > 1 << 20)
        return false;
    uint32_t *first = calloc((size_t)(high - low) + 2, sizeof *first);
    if (first == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        first[key_of(&from[i], by_x) - low + 1]++;
    for (int32_t k = 0; k < high - low; k++)
        first[k + 1] += first[k];
    for (uint32_t i = 0; i < count; i++)
        to[first[key_of(&from[i], by_x) - low]++] = from[i];
    free(first);
    return true;
}

/* Nodes come in ascending. */
static void sort_cells(struct net_cell *cell, uint32_t count)
{
    struct net_cell *spare = count > 0 ? malloc(count * sizeof *spare) : NULL;
    bool done = spare != NULL && sort_by(cell, spare, count, false) && sort_by(spare, cell, count, true);
    if (!done && count > 0)
        qsort(cell, count, sizeof *cell, by_cell);
    free(spare);
}

/* The plain nodes with an open road; arcs of copies and sinks are those of their plain node. */
static void mark(struct network_builder *b, bool *reached, uint32_t nodes)
{
    uint32_t arcs, firsts, plain, count;
    const uint32_t *first = network_rows_arc_first(b, &firsts), *head = network_rows_arc_head(b, &arcs);
    const uint32_t *origin = network_rows_node_origin(b, &count);
    network_rows_node_arrival(b, &plain);
    for (uint32_t v = 0; v < nodes; v++)
        for (uint32_t a = first[v]; a < first[v + 1] && a < arcs; a++) {
            uint32_t ends[] = {v, head[a]};
            for (int k = 0; k < 2; k++)
                reached[count > 0 && ends[k] >= plain ? origin[ends[k] - plain] : ends[k]] = true;
        }
}

bool network_add_cells(struct network_builder *b)
{
    uint32_t nodes, have, points;
    network_rows_node_id(b, &nodes);
    const struct net_point *at = network_rows_node_point(b, &points);
    network_rows_cell(b, &have);
    if (have > 0 || nodes == 0 || points != nodes)
        return true;
    bool *reached = calloc(nodes, sizeof *reached);
    if (reached == NULL)
        return false;
    mark(b, reached, nodes);
    bool ok = true;
    for (uint32_t v = 0; ok && v < nodes; v++) {
        struct net_cell c = {cell_of(at[v].lon_e7), cell_of(at[v].lat_e7), v};
        ok = !reached[v] || network_add_cell(b, &c) != NET_NONE;
    }
    free(reached);
    struct net_cell *cell = network_rows_cell(b, &have);
    sort_cells(cell, have);
    return ok;
}
