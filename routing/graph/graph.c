#include "graph/graph.h"

#include <igraph.h>
#include <math.h>
#include <stdlib.h>

struct graph_oracle {
    igraph_t graph;
    igraph_vector_t weight;
};

static bool report(igraph_error_t code, struct err *e)
{
    if (code == IGRAPH_SUCCESS)
        return true;
    return fail(e, code == IGRAPH_ENOMEM ? ERR_RESOURCE_EXHAUSTED : ERR_INTERNAL, "igraph: %s",
                igraph_strerror(code));
}

static bool check_graph(const struct road_graph *g, struct err *e)
{
    if (g->node_count == 0)
        return g->arc_count == 0 ||
               fail(e, ERR_INVALID_ARGUMENT, "a graph without nodes has %u arcs", g->arc_count);
    if (g->first_out[0] != 0 || g->first_out[g->node_count] != g->arc_count)
        return fail(e, ERR_INVALID_ARGUMENT, "first_out does not cover the %u arcs", g->arc_count);
    for (uint32_t v = 0; v < g->node_count; v++)
        if (g->first_out[v] > g->first_out[v + 1])
            return fail(e, ERR_INVALID_ARGUMENT, "first_out falls at node %u", v);
    for (uint32_t arc = 0; arc < g->arc_count; arc++)
        if (g->head[arc] >= g->node_count)
            return fail(e, ERR_INVALID_ARGUMENT, "arc %u leads to node %u of %u", arc, g->head[arc],
                        g->node_count);
    return true;
}

/* The open arcs as igraph's edge list and, when wanted, their weights. */
static igraph_error_t edges_of(const struct road_graph *g, const uint32_t *weight, igraph_vector_int_t *edges,
                               igraph_vector_t *open_weight)
{
    igraph_error_t code = igraph_vector_int_reserve(edges, 2 * (igraph_integer_t)g->arc_count);
    if (code == IGRAPH_SUCCESS && open_weight != NULL)
        code = igraph_vector_reserve(open_weight, (igraph_integer_t)g->arc_count);
    for (uint32_t v = 0; v < g->node_count; v++)
        for (uint32_t arc = g->first_out[v]; arc < g->first_out[v + 1] && code == IGRAPH_SUCCESS; arc++) {
            if (weight != NULL && weight[arc] >= ROAD_INF)
                continue;
            code = igraph_vector_int_push_back(edges, v);
            if (code == IGRAPH_SUCCESS)
                code = igraph_vector_int_push_back(edges, g->head[arc]);
            if (code == IGRAPH_SUCCESS && open_weight != NULL)
                code = igraph_vector_push_back(open_weight, weight[arc]);
        }
    return code;
}

static igraph_error_t make_graph(const struct road_graph *g, const uint32_t *weight, igraph_t *out,
                                 igraph_vector_t *open_weight)
{
    igraph_vector_int_t edges;
    igraph_error_t code = igraph_vector_int_init(&edges, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = edges_of(g, weight, &edges, open_weight);
    if (code == IGRAPH_SUCCESS)
        code = igraph_create(out, &edges, (igraph_integer_t)g->node_count, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&edges);
    return code;
}

static igraph_error_t label_components(const igraph_t *graph, enum graph_connection how, uint32_t *label,
                                       uint32_t *component_count)
{
    igraph_vector_int_t member;
    igraph_integer_t count = 0;
    igraph_error_t code = igraph_vector_int_init(&member, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_connected_components(graph, &member, NULL, &count,
                                       how == GRAPH_STRONG ? IGRAPH_STRONG : IGRAPH_WEAK);
    if (code == IGRAPH_SUCCESS) {
        for (igraph_integer_t v = 0; v < igraph_vector_int_size(&member); v++)
            label[v] = (uint32_t)VECTOR(member)[v];
        *component_count = (uint32_t)count;
    }
    igraph_vector_int_destroy(&member);
    return code;
}

bool graph_components(const struct road_graph *g, const uint32_t *weight, enum graph_connection how,
                      uint32_t *label, uint32_t *component_count, struct err *e)
{
    *component_count = 0;
    if (!check_graph(g, e))
        return false;
    if (g->node_count == 0)
        return true;
    igraph_error_handler_t *former = igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_t graph;
    igraph_error_t code = make_graph(g, weight, &graph, NULL);
    if (code == IGRAPH_SUCCESS) {
        code = label_components(&graph, how, label, component_count);
        igraph_destroy(&graph);
    }
    igraph_set_error_handler(former);
    return report(code, e);
}

bool graph_betweenness(const struct road_graph *g, const uint32_t *weight, double *betweenness, struct err *e)
{
    igraph_t graph;
    igraph_vector_t open, result;
    if (!check_graph(g, e))
        return false;
    igraph_error_handler_t *former = igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_error_t code = igraph_vector_init(&open, 0);
    bool has_open = code == IGRAPH_SUCCESS, has_result = false, has_graph = false;
    if (code == IGRAPH_SUCCESS) {
        code = igraph_vector_init(&result, 0);
        has_result = code == IGRAPH_SUCCESS;
    }
    if (code == IGRAPH_SUCCESS) {
        code = make_graph(g, weight, &graph, &open);
        has_graph = code == IGRAPH_SUCCESS;
    }
    if (code == IGRAPH_SUCCESS)
        code = igraph_edge_betweenness(&graph, &result, IGRAPH_DIRECTED, &open);
    igraph_integer_t edge = 0;
    for (uint32_t arc = 0; code == IGRAPH_SUCCESS && arc < g->arc_count; arc++)
        betweenness[arc] = weight[arc] < ROAD_INF ? VECTOR(result)[edge++] : 0;
    if (has_graph)
        igraph_destroy(&graph);
    if (has_result)
        igraph_vector_destroy(&result);
    if (has_open)
        igraph_vector_destroy(&open);
    igraph_set_error_handler(former);
    return report(code, e);
}

/* --- bridges ------------------------------------------------------------------------------------- */

struct tie { /* of an unordered pair of nodes */
    uint32_t low, high, arc;
    bool down; /* the arc goes from high to low */
};

static int tie_order(const void *left, const void *right)
{
    const struct tie *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->arc > b->arc) - (a->arc < b->arc);
}

static uint32_t tie_group_end(const struct tie *t, uint32_t first, uint32_t count)
{
    uint32_t end = first + 1;
    while (end < count && t[end].low == t[first].low && t[end].high == t[first].high)
        end++;
    return end;
}

/* One edge for a pair with at most one arc each way, two (which make a cycle) for a pair with more.
 * group[edge] is the place of the pair's first tie. */
static igraph_error_t tie_edges(const struct tie *t, uint32_t count, igraph_vector_int_t *edges,
                                uint32_t *group)
{
    igraph_error_t code = igraph_vector_int_reserve(edges, 2 * (igraph_integer_t)count);
    uint32_t edge = 0;
    for (uint32_t first = 0, end; first < count && code == IGRAPH_SUCCESS; first = end) {
        uint32_t down = 0;
        end = tie_group_end(t, first, count);
        for (uint32_t i = first; i < end; i++)
            down += t[i].down;
        uint32_t copies = down > 1 || end - first - down > 1 ? 2 : 1;
        for (uint32_t i = 0; i < copies && code == IGRAPH_SUCCESS; i++) {
            group[edge++] = first;
            code = igraph_vector_int_push_back(edges, t[first].low);
            if (code == IGRAPH_SUCCESS)
                code = igraph_vector_int_push_back(edges, t[first].high);
        }
    }
    return code;
}

static igraph_error_t mark_bridges(const struct tie *t, uint32_t count, igraph_integer_t nodes,
                                   const igraph_vector_int_t *edges, const uint32_t *group, uint8_t *bridge)
{
    igraph_t graph;
    igraph_vector_int_t found;
    igraph_error_t code = igraph_create(&graph, edges, nodes, IGRAPH_UNDIRECTED);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_vector_int_init(&found, 0);
    if (code == IGRAPH_SUCCESS) {
        code = igraph_bridges(&graph, &found);
        for (igraph_integer_t i = 0; code == IGRAPH_SUCCESS && i < igraph_vector_int_size(&found); i++) {
            uint32_t first = group[VECTOR(found)[i]], end = tie_group_end(t, first, count);
            for (uint32_t k = first; k < end; k++)
                bridge[t[k].arc] = 1;
        }
        igraph_vector_int_destroy(&found);
    }
    igraph_destroy(&graph);
    return code;
}

static uint32_t collect_ties(const struct road_graph *g, struct tie *t)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < g->node_count; v++)
        for (uint32_t arc = g->first_out[v]; arc < g->first_out[v + 1]; arc++) {
            uint32_t w = g->head[arc];
            if (w != v) /* a loop is no tie */
                t[count++] = (struct tie){v < w ? v : w, v < w ? w : v, arc, v > w};
        }
    qsort(t, count, sizeof *t, tie_order);
    return count;
}

bool graph_bridges(const struct road_graph *g, uint8_t *bridge, struct err *e)
{
    if (!check_graph(g, e))
        return false;
    for (uint32_t arc = 0; arc < g->arc_count; arc++)
        bridge[arc] = 0;
    struct tie *t = calloc((size_t)g->arc_count + 1, sizeof *t);
    uint32_t *group = calloc((size_t)g->arc_count + 1, sizeof *group);
    igraph_error_handler_t *former = igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_vector_int_t edges;
    igraph_error_t code = t != NULL && group != NULL ? igraph_vector_int_init(&edges, 0) : IGRAPH_ENOMEM;
    if (code == IGRAPH_SUCCESS) {
        uint32_t count = collect_ties(g, t);
        code = tie_edges(t, count, &edges, group);
        if (code == IGRAPH_SUCCESS && count > 0)
            code = mark_bridges(t, count, (igraph_integer_t)g->node_count, &edges, group, bridge);
        igraph_vector_int_destroy(&edges);
    }
    igraph_set_error_handler(former);
    free(t);
    free(group);
    return report(code, e);
}

/* --- oracle -------------------------------------------------------------------------------------- */

bool graph_oracle_new(const struct road_graph *g, const uint32_t *weight, struct graph_oracle **out,
                      struct err *e)
{
    *out = NULL;
    if (!check_graph(g, e))
        return false;
    struct graph_oracle *o = calloc(1, sizeof *o);
    if (o == NULL)
        return report(IGRAPH_ENOMEM, e);
    igraph_error_handler_t *former = igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_error_t code = igraph_vector_init(&o->weight, 0);
    if (code == IGRAPH_SUCCESS) {
        code = make_graph(g, weight, &o->graph, &o->weight);
        if (code != IGRAPH_SUCCESS)
            igraph_vector_destroy(&o->weight);
    }
    igraph_set_error_handler(former);
    if (code != IGRAPH_SUCCESS) {
        free(o);
        return report(code, e);
    }
    *out = o;
    return true;
}

void graph_oracle_free(struct graph_oracle *o)
{
    if (o == NULL)
        return;
    igraph_destroy(&o->graph);
    igraph_vector_destroy(&o->weight);
    free(o);
}

static igraph_error_t distances(struct graph_oracle *o, const igraph_vector_int_t *from,
                                const igraph_vector_int_t *to, uint64_t *distance)
{
    igraph_matrix_t found;
    igraph_error_t code = igraph_matrix_init(&found, 0, 0);
    if (code != IGRAPH_SUCCESS)
        return code;
    code = igraph_distances_dijkstra(&o->graph, &found, igraph_vss_vector(from), igraph_vss_vector(to),
                                     &o->weight, IGRAPH_OUT);
    igraph_integer_t rows = igraph_vector_int_size(from), columns = igraph_vector_int_size(to);
    for (igraph_integer_t i = 0; code == IGRAPH_SUCCESS && i < rows; i++)
        for (igraph_integer_t j = 0; j < columns; j++) {
            double d = MATRIX(found, i, j);
            *distance++ = isfinite(d) ? (uint64_t)d : GRAPH_UNREACHED;
        }
    igraph_matrix_destroy(&found);
    return code;
}

static igraph_error_t copy_nodes(igraph_vector_int_t *out, const uint32_t *node, uint32_t count)
{
    igraph_error_t code = igraph_vector_int_init(out, count);
    for (uint32_t i = 0; code == IGRAPH_SUCCESS && i < count; i++)
        VECTOR(*out)[i] = node[i];
    return code;
}

bool graph_distances(struct graph_oracle *o, const uint32_t *from, uint32_t from_count, const uint32_t *to,
                     uint32_t to_count, uint64_t *distance, struct err *e)
{
    uint64_t nodes = (uint64_t)igraph_vcount(&o->graph);
    for (uint32_t i = 0; i < from_count + (uint64_t)to_count; i++) {
        uint32_t v = i < from_count ? from[i] : to[i - from_count];
        if (v >= nodes)
            return fail(e, ERR_INVALID_ARGUMENT, "node %u is not in a graph of %llu nodes", v,
                        (unsigned long long)nodes);
    }
    if (from_count == 0 || to_count == 0)
        return true;
    igraph_error_handler_t *former = igraph_set_error_handler(igraph_error_handler_ignore);
    igraph_vector_int_t sources, targets;
    igraph_error_t code = copy_nodes(&sources, from, from_count);
    if (code == IGRAPH_SUCCESS) {
        code = copy_nodes(&targets, to, to_count);
        if (code == IGRAPH_SUCCESS) {
            code = distances(o, &sources, &targets, distance);
            igraph_vector_int_destroy(&targets);
        }
        igraph_vector_int_destroy(&sources);
    }
    igraph_set_error_handler(former);
    return report(code, e);
}
