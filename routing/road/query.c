/* query.c - the questions of road.h: by the hierarchy where there is one, otherwise by Dijkstra's algorithm.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "road/dijkstra.h"
#include "road/metric.h"
#include "road/sums_way.h"

struct road_query {
    const struct network *net;
    struct road_graph graph;
    struct dijkstra search;
    uint32_t nodes;                           /* with added ones (network/derive.h) */
    uint32_t *in_first, *in_tail, *in_arc;    /* the graph backwards */
    uint32_t *out_first, *out_head, *out_arc; /* forwards, of a network with added arcs; NULL: the graph's */
    const struct road_index *index;           /* NULL: none */
    struct cch_query *cch;
};

struct arrays { /* adjacency to be filled: first is zeroed, of two more than the nodes */
    uint32_t *first, *end, *arc;
};

/* Counting sort, two places ahead; at the end first[v] is where v's begin. */
static void put_arc(const struct arrays *x, uint32_t v, uint32_t end, uint32_t arc)
{
    uint32_t at = x->first[v + 1]++;
    x->end[at] = end;
    x->arc[at] = arc;
}

static void sort_arcs(const struct road_query *q, const struct arrays *in, const struct arrays *out)
{
    const struct road_graph *g = &q->graph;
    const struct network *n = q->net;
    for (uint32_t arc = 0; arc < net_arc_count(n); arc++)
        in->first[n->arc_head[arc] + 2]++;
    for (uint32_t v = 0; out != NULL && v < g->node_count; v++)
        out->first[v + 2] = g->first_out[v + 1] - g->first_out[v];
    for (uint32_t i = 0; out != NULL && i < n->added_arcs; i++)
        out->first[n->added_tail[i] + 2]++;
    for (uint32_t v = 0; v < q->nodes; v++) {
        in->first[v + 2] += in->first[v + 1];
        if (out != NULL)
            out->first[v + 2] += out->first[v + 1];
    }
    for (uint32_t v = 0; v < g->node_count; v++)
        for (uint32_t arc = g->first_out[v]; arc < g->first_out[v + 1]; arc++) {
            put_arc(in, g->head[arc], v, arc);
            if (out != NULL)
                put_arc(out, v, g->head[arc], arc);
        }
    for (uint32_t i = 0, arc = g->arc_count; i < n->added_arcs; i++, arc++) {
        put_arc(in, g->head[arc], n->added_tail[i], arc);
        put_arc(out, n->added_tail[i], g->head[arc], arc);
    }
}

static bool prepare_dijkstra(struct road_query *q)
{
    size_t nodes = (size_t)q->nodes + 3, arcs = (size_t)net_arc_count(q->net) + 1;
    bool more = q->net->added_arcs > 0;
    q->in_first = calloc(nodes, sizeof *q->in_first);
    q->in_tail = calloc(arcs, sizeof *q->in_tail);
    q->in_arc = calloc(arcs, sizeof *q->in_arc);
    q->out_first = more ? calloc(nodes, sizeof *q->out_first) : NULL;
    q->out_head = more ? calloc(arcs, sizeof *q->out_head) : NULL;
    q->out_arc = more ? calloc(arcs, sizeof *q->out_arc) : NULL;
    bool searched = dijkstra_init(&q->search, q->nodes);
    if (!q->in_first || !q->in_tail || !q->in_arc || !searched ||
        (more && (!q->out_first || !q->out_head || !q->out_arc)))
        return false;
    struct arrays in = {q->in_first, q->in_tail, q->in_arc}, out = {q->out_first, q->out_head, q->out_arc};
    sort_arcs(q, &in, more ? &out : NULL);
    return true;
}

static struct adjacency forwards(const struct road_query *q)
{
    if (q->out_first != NULL)
        return (struct adjacency){.first = q->out_first, .head = q->out_head, .arc = q->out_arc};
    return (struct adjacency){.first = q->graph.first_out, .head = q->graph.head};
}

bool road_query_new(const struct network *n, const struct road_index *ix, struct road_query **out,
                    struct err *e)
{
    *out = NULL;
    struct road_query *q = calloc(1, sizeof *q);
    if (q == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query");
    q->net = n;
    q->graph = road_graph_of(n);
    q->nodes = net_node_count(n);
    q->index = ix;
    uint32_t count = q->nodes;
    if (ix != NULL ? !cch_query_new(ix->cch, &q->cch, e) : !prepare_dijkstra(q)) {
        road_query_free(q);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a road query over %u nodes", count);
    }
    *out = q;
    return true;
}

void road_query_free(struct road_query *q)
{
    if (q == NULL)
        return;
    cch_query_free(q->cch);
    free(q->in_first);
    free(q->in_tail);
    free(q->in_arc);
    free(q->out_first);
    free(q->out_head);
    free(q->out_arc);
    dijkstra_release(&q->search);
    free(q);
}

/* A query with an index knows only metrics that were customized for it; one without no new links but those
 * that the network has, of a metric that was made for it. */
static bool by_hierarchy(const struct road_query *q, const struct road_metric *m)
{
    assert(q->index == NULL ? m->added_count == 0 || m->arc_room == m->graph.arc_count + m->added_count
                            : m->index == q->index);
    return q->index != NULL;
}

static void check_graph(const struct road_query *q, const struct road_metric *m)
{
    assert(q->graph.first_out == m->graph.first_out && q->graph.arc_count == m->graph.arc_count);
}

/* Where a trip ends; one that goes nowhere asks for no arrival. */
static uint32_t arrival(const struct road_query *q, uint32_t from, uint32_t to)
{
    return from == to ? to : net_arrival(q->net, to);
}

static bool expanded(const struct road_query *q)
{
    return q->net->node_origin_count > 0;
}

static void search_out(struct road_query *q, const struct road_metric *m, uint32_t from, const uint32_t *to,
                       uint32_t count)
{
    struct adjacency g = forwards(q);
    check_graph(q, m);
    if (expanded(q) && count > 1) /* no list of so many arrivals is kept */
        dijkstra_run_all(&q->search, &g, m->weight, from);
    else if (count > 0)
        dijkstra_run(&q->search, &g, m->weight, from, expanded(q) ? &(uint32_t){arrival(q, from, to[0])} : to,
                     count);
}

/* The sums of the way that the last search found to or from v. */
static void sum_up(const struct road_query *q, const struct road_metric *m, uint32_t v, struct road_cost *out)
{
    *out = (struct road_cost){.weight = dijkstra_distance(&q->search, v)};
    if (out->weight == ROAD_INF)
        return;
    uint32_t weight = out->weight;
    out->weight = 0;
    for (const struct dijkstra_node *x = &q->search.node[v]; x->via_node != UINT32_MAX;
         x = &q->search.node[x->via_node])
        road_cost_add(out, m, x->via_arc);
    assert(out->weight == weight);
}

static void cost_by_hierarchy(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                              struct road_cost *out)
{
    const uint32_t *arcs;
    uint32_t count, weight;
    struct err e = {0};
    if (sums_way(q->cch, m, from, arrival(q, from, to), out))
        return;
    *out = (struct road_cost){.weight = ROAD_INF};
    if (!cch_overlay_path(q->cch, &m->shortcuts, m->overlay, from, arrival(q, from, to), &weight, &arcs,
                          &count, &e) ||
        weight == ROAD_INF)
        return;
    out->weight = 0;
    for (uint32_t i = 0; i < count; i++)
        road_cost_add(out, m, arcs[i]);
    assert(out->weight == weight);
}

bool road_kinds(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                struct road_kind *out)
{
    check_graph(q, m);
    return by_hierarchy(q, m) && !expanded(q) && sums_kinds(q->cch, m, from, to, out);
}

void road_one_to_many(struct road_query *q, const struct road_metric *m, uint32_t from, const uint32_t *to,
                      uint32_t count, struct road_cost *out)
{
    check_graph(q, m);
    for (uint32_t i = 0; by_hierarchy(q, m) && i < count; i++)
        cost_by_hierarchy(q, m, from, to[i], &out[i]);
    if (by_hierarchy(q, m))
        return;
    search_out(q, m, from, to, count);
    for (uint32_t i = 0; i < count; i++)
        sum_up(q, m, arrival(q, from, to[i]), &out[i]);
}

void road_one_to_one(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                     struct road_cost *out)
{
    road_one_to_many(q, m, from, &to, 1, out);
}

void road_many_to_one(struct road_query *q, const struct road_metric *m, const uint32_t *from, uint32_t count,
                      uint32_t to, struct road_cost *out)
{
    check_graph(q, m);
    for (uint32_t i = 0; by_hierarchy(q, m) && i < count; i++)
        cost_by_hierarchy(q, m, from[i], to, &out[i]);
    if (by_hierarchy(q, m))
        return;
    struct adjacency g = {.first = q->in_first, .head = q->in_tail, .arc = q->in_arc};
    check_graph(q, m);
    dijkstra_run(&q->search, &g, m->weight, net_arrival(q->net, to), from, count);
    for (uint32_t i = 0; i < count; i++) {
        out[i] = (struct road_cost){0};
        if (from[i] != to)
            sum_up(q, m, from[i], &out[i]);
    }
}

static bool weights_by_hierarchy(struct road_query *q, const struct road_metric *m, const uint32_t *from,
                                 uint32_t from_count, const uint32_t *to, uint32_t to_count, uint32_t *out,
                                 struct err *e)
{
    if (!expanded(q))
        return cch_overlay_matrix(q->cch, &m->shortcuts, m->overlay, from, from_count, to, to_count, out, e);
    uint32_t *ends = malloc(((size_t)to_count + 1) * sizeof *ends);
    if (ends == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a table of %u x %u", from_count, to_count);
    for (uint32_t k = 0; k < to_count; k++)
        ends[k] = net_arrival(q->net, to[k]);
    bool ok = cch_overlay_matrix(q->cch, &m->shortcuts, m->overlay, from, from_count, ends, to_count, out, e);
    free(ends);
    for (uint32_t i = 0; ok && i < from_count; i++)
        for (uint32_t k = 0; k < to_count; k++)
            if (from[i] == to[k])
                out[(size_t)i * to_count + k] = 0;
    return ok;
}

bool road_weights(struct road_query *q, const struct road_metric *m, const uint32_t *from,
                  uint32_t from_count, const uint32_t *to, uint32_t to_count, uint32_t *out, struct err *e)
{
    if (by_hierarchy(q, m))
        return weights_by_hierarchy(q, m, from, from_count, to, to_count, out, e);
    for (uint32_t i = 0; i < from_count; i++) {
        search_out(q, m, from[i], to, to_count);
        for (uint32_t k = 0; k < to_count; k++)
            out[(size_t)i * to_count + k] = dijkstra_distance(&q->search, arrival(q, from[i], to[k]));
    }
    return true;
}

uint32_t road_weight(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to)
{
    if (by_hierarchy(q, m))
        return cch_overlay_distance(q->cch, &m->shortcuts, m->overlay, from, arrival(q, from, to));
    search_out(q, m, from, &to, 1);
    return dijkstra_distance(&q->search, arrival(q, from, to));
}

bool road_matrix(struct road_query *q, const struct road_metric *m, const uint32_t *from, uint32_t from_count,
                 const uint32_t *to, uint32_t to_count, struct road_cost *out, struct err *e)
{
    (void)e;
    for (uint32_t i = 0; i < from_count; i++)
        road_one_to_many(q, m, from[i], to, to_count, out + (size_t)i * to_count);
    return true;
}

/* The weights of plain nodes are those of arriving at them. */
static void arrive(const struct road_query *q, uint32_t from, bool reversed, uint32_t *weight)
{
    for (uint32_t v = 0; !reversed && v < q->net->node_arrival_count; v++)
        weight[v] = weight[q->net->node_arrival[v]];
    weight[from] = 0;
}

void road_one_to_all(struct road_query *q, const struct road_metric *m, uint32_t from, bool reversed,
                     uint32_t *weight)
{
    struct adjacency g = forwards(q);
    if (reversed)
        g = (struct adjacency){.first = q->in_first, .head = q->in_tail, .arc = q->in_arc};
    uint32_t start = reversed ? net_arrival(q->net, from) : from;
    check_graph(q, m);
    if (by_hierarchy(q, m)) {
        cch_overlay_one_to_all(q->cch, &m->shortcuts, m->overlay, start, reversed, weight);
    } else {
        dijkstra_run_all(&q->search, &g, m->weight, start);
        for (uint32_t v = 0; v < q->nodes; v++)
            weight[v] = dijkstra_distance(&q->search, v);
    }
    arrive(q, from, reversed, weight);
}

static bool path_by_hierarchy(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                              struct arena *a, const uint32_t **arcs, uint32_t *count, struct err *e)
{
    const uint32_t *way;
    uint32_t length, weight;
    if (!cch_overlay_path(q->cch, &m->shortcuts, m->overlay, from, arrival(q, from, to), &weight, &way,
                          &length, e))
        return false;
    if (weight == ROAD_INF)
        return fail(e, ERR_NOT_FOUND, "no road for this vehicle leads from node %u to node %u", from, to);
    uint32_t *copy = arena_calloc(a, (size_t)length + 1, sizeof *copy);
    if (copy == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "a path of %u arcs does not fit the memory of the request",
                    length);
    memcpy(copy, way, length * sizeof *copy);
    *arcs = copy;
    *count = length;
    return true;
}

bool road_path(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to, struct arena *a,
               const uint32_t **arcs, uint32_t *count, struct err *e)
{
    *arcs = NULL;
    *count = 0;
    if (by_hierarchy(q, m))
        return path_by_hierarchy(q, m, from, to, a, arcs, count, e);
    search_out(q, m, from, &to, 1);
    uint32_t end = arrival(q, from, to);
    if (dijkstra_distance(&q->search, end) == ROAD_INF)
        return fail(e, ERR_NOT_FOUND, "no road for this vehicle leads from node %u to node %u", from, to);
    uint32_t length = 0;
    const struct dijkstra_node *node = q->search.node;
    for (uint32_t v = end; v != from; v = node[v].via_node)
        length++;
    uint32_t *way = arena_calloc(a, (size_t)length + 1, sizeof *way);
    if (way == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "a path of %u arcs does not fit the memory of the request",
                    length);
    for (uint32_t v = end, at = length; v != from; v = node[v].via_node)
        way[--at] = node[v].via_arc;
    *arcs = way;
    *count = length;
    return true;
}
