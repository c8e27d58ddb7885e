#include "network/validate.h"

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
    for (uint32_t i = n->cch_down_first[v]; i < n->cch_down_first[v + 1]; i++) {
        uint32_t x = n->cch_down_tail[i], a = n->cch_down_arc[i];
        if (x >= v || a < n->cch_first[x] || a >= n->cch_first[x + 1] || n->cch_head[a] != v)
            return broken(e, "a shortcut from below", v);
    }
    for (uint32_t i = n->cch_input_first[v]; i < n->cch_input_first[v + 1]; i++) {
        uint32_t a = n->cch_input_at[i] >> 1;
        if (n->cch_input_arc[i] >= n->arc_head_count || a < n->cch_first[v] || a >= n->cch_first[v + 1])
            return broken(e, "an arc", v);
    }
    return true;
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
    return true;
}
