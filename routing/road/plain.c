/* plain.c - the road between plain nodes: expanded junctions folded together again. */
#include "road/road.h"

bool road_graph_plain(const struct network *n, struct arena *a, struct road_graph *out, struct err *e)
{
    *out = road_graph_of(n);
    if (n->node_origin_count == 0)
        return true;
    uint32_t plain = net_plain_count(n), nodes = net_node_count(n), arcs = net_arc_count(n);
    uint32_t *first = arena_calloc(a, (size_t)plain + 2, sizeof *first);
    uint32_t *head = arena_calloc(a, (size_t)arcs + 1, sizeof *head);
    if (first == NULL || head == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the road between %u nodes", plain);
    for (uint32_t v = 0; v < nodes; v++)
        first[net_origin(n, v) + 2] += n->arc_first[v + 1] - n->arc_first[v];
    for (uint32_t v = 0; v < plain; v++) /* first[v + 1]: where the next arc of v goes */
        first[v + 2] += first[v + 1];
    for (uint32_t v = 0; v < nodes; v++)
        for (uint32_t arc = n->arc_first[v]; arc < n->arc_first[v + 1]; arc++)
            head[first[net_origin(n, v) + 1]++] = net_origin(n, n->arc_head[arc]);
    *out = (struct road_graph){.node_count = plain, .arc_count = arcs, .first_out = first, .head = head};
    return true;
}
