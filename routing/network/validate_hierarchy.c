#include "network/validate.h"

#include <stdlib.h>

static bool broken(struct err *e, const char *what, uint32_t at)
{
    return fail(e, ERR_DATA_LOSS, "the stored hierarchy is broken: %s of rank %u; build the network again",
                what, at);
}

/* Firsts that start at 0, never fall, and end at `end`. */
static bool ascends(const uint32_t *first, uint32_t count, uint32_t end)
{
    for (uint32_t v = 0; v < count; v++)
        if (first[v] > first[v + 1])
            return false;
    return first[0] == 0 && first[count] == end;
}

/* The upper neighbours of a node but the lowest, its parent, are upper neighbours of the parent; so any two
 * of them are neighbours, which customization relies on without looking. */
static bool chordal(const struct network *n, uint32_t v)
{
    uint32_t a = n->cch_first[v], end = n->cch_first[v + 1], p = n->cch_parent[v];
    if (p == NET_NONE || a == end)
        return p == NET_NONE && a == end;
    uint32_t b = n->cch_first[p], last = n->cch_first[p + 1];
    if (n->cch_head[a++] != p)
        return false;
    for (; a < end; a++, b++) {
        while (b < last && n->cch_head[b] < n->cch_head[a])
            b++;
        if (b == last || n->cch_head[b] != n->cch_head[a])
            return false;
    }
    return true;
}

static bool validate_node(const struct network *n, uint32_t v, struct err *e)
{
    uint32_t nodes = n->cch_order_count, p = n->cch_parent[v], last = v;
    if (n->cch_order[v] >= nodes)
        return broken(e, "the node", v);
    if (p == NET_NONE ? n->cch_depth[v] != 0 : p <= v || p >= nodes || n->cch_depth[v] != n->cch_depth[p] + 1)
        return broken(e, "the parent", v);
    for (uint32_t a = n->cch_first[v]; a < n->cch_first[v + 1]; a++) {
        uint32_t y = n->cch_head[a];
        if (y <= last || y >= nodes || n->cch_slot[a] != n->cch_depth[y] || n->cch_slot[a] >= n->cch_depth[v])
            return broken(e, "a shortcut", v);
        last = y;
    }
    if (!chordal(n, v))
        return broken(e, "the upper neighbours", v);
    for (uint32_t i = n->cch_down_first[v]; i < n->cch_down_first[v + 1]; i++) {
        uint32_t x = n->cch_down_tail[i], a = n->cch_down_arc[i];
        bool ascends_too = i == n->cch_down_first[v] || n->cch_down_tail[i - 1] < x;
        if (!ascends_too || x >= v || a < n->cch_first[x] || a >= n->cch_first[x + 1] || n->cch_head[a] != v)
            return broken(e, "a shortcut from below", v);
    }
    for (uint32_t i = n->cch_input_first[v]; i < n->cch_input_first[v + 1]; i++) {
        uint32_t a = n->cch_input_at[i] >> 1;
        if (n->cch_input_arc[i] >= n->arc_head_count || a < n->cch_first[v] || a >= n->cch_first[v + 1])
            return broken(e, "an arc", v);
    }
    return true;
}

/* Every node has one rank. */
static bool validate_order(const struct network *n, struct err *e)
{
    uint32_t nodes = n->cch_order_count;
    uint8_t *seen = calloc((size_t)nodes / 8 + 1, 1);
    bool ok = true;
    if (seen == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory to check an order of %u nodes", nodes);
    for (uint32_t i = 0; ok && i < nodes; i++) {
        uint32_t v = n->cch_order[i];
        uint8_t bit = (uint8_t)(1u << v % 8);
        ok = (seen[v / 8] & bit) == 0 || broken(e, "the node", i);
        seen[v / 8] |= bit;
    }
    free(seen);
    return ok;
}

bool network_validate_hierarchy(const struct network *n, struct err *e)
{
    uint32_t nodes = n->cch_order_count, arcs = n->cch_head_count, inputs = n->cch_input_arc_count;
    if (n->cch_first_count == 0)
        return true;
    if (n->cch_first_count != nodes + 1 || n->cch_parent_count != nodes || n->cch_depth_count != nodes ||
        n->cch_slot_count != arcs || n->cch_down_first_count != nodes + 1 || n->cch_down_tail_count != arcs ||
        n->cch_down_arc_count != arcs || n->cch_input_first_count != nodes + 1 ||
        n->cch_input_at_count != inputs || !ascends(n->cch_first, nodes, arcs) ||
        !ascends(n->cch_down_first, nodes, arcs) || !ascends(n->cch_input_first, nodes, inputs))
        return fail(e, ERR_DATA_LOSS,
                    "the arrays of the stored hierarchy do not fit each other; build the network again");
    for (uint32_t v = 0; v < nodes; v++)
        if (!validate_node(n, v, e))
            return false;
    return validate_order(n, e);
}
