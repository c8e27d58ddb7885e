#include "road/dijkstra.h"

#include <assert.h>
#include <stdlib.h>

enum { ARITY = 4 };
#define SETTLED UINT32_MAX

bool dijkstra_init(struct dijkstra *d, uint32_t node_count)
{
    size_t n = (size_t)node_count + 1;
    *d = (struct dijkstra){
        .node = calloc(n, sizeof *d->node), .heap = calloc(n, sizeof *d->heap), .node_count = node_count};
    return d->node != NULL && d->heap != NULL;
}

void dijkstra_release(struct dijkstra *d)
{
    free(d->node);
    free(d->heap);
    *d = (struct dijkstra){0};
}

static void heap_put(struct dijkstra *d, uint32_t at, uint32_t v)
{
    d->heap[at] = v;
    d->node[v].heap_at = at;
}

static void sift_up(struct dijkstra *d, uint32_t at, uint32_t v)
{
    while (at > 0) {
        uint32_t up = (at - 1) / ARITY;
        if (d->node[d->heap[up]].distance <= d->node[v].distance)
            break;
        heap_put(d, at, d->heap[up]);
        at = up;
    }
    heap_put(d, at, v);
}

/* The child with the smallest key of the entry at `at`; heap_count when it has none. */
static uint32_t least_child(const struct dijkstra *d, uint32_t at)
{
    uint32_t first = at * ARITY + 1;
    if (at > (d->heap_count - 1) / ARITY || first >= d->heap_count)
        return d->heap_count;
    uint32_t end = d->heap_count - first > ARITY ? first + ARITY : d->heap_count, best = first;
    for (uint32_t c = first + 1; c < end; c++)
        if (d->node[d->heap[c]].distance < d->node[d->heap[best]].distance)
            best = c;
    return best;
}

static uint32_t heap_pop(struct dijkstra *d)
{
    uint32_t top = d->heap[0], v = d->heap[--d->heap_count], at = 0;
    d->node[top].heap_at = SETTLED;
    if (d->heap_count == 0)
        return top;
    for (uint32_t c; (c = least_child(d, at)) < d->heap_count; at = c) {
        if (d->node[d->heap[c]].distance >= d->node[v].distance)
            break;
        heap_put(d, at, d->heap[c]);
    }
    heap_put(d, at, v);
    return top;
}

static void next_stamp(struct dijkstra *d)
{
    d->heap_count = 0;
    if (++d->stamp != 0)
        return;
    for (uint32_t v = 0; v < d->node_count; v++) /* once in four thousand million searches */
        d->node[v].stamp = d->node[v].target_stamp = 0;
    d->stamp = 1;
}

static void reach(struct dijkstra *d, uint32_t v, uint64_t distance, uint32_t via_arc, uint32_t via_node)
{
    struct dijkstra_node *x = &d->node[v];
    if (distance >= ROAD_INF || (x->stamp == d->stamp && distance >= x->distance))
        return;
    bool fresh = x->stamp != d->stamp;
    x->stamp = d->stamp;
    x->distance = (uint32_t)distance;
    x->via_arc = via_arc;
    x->via_node = via_node;
    sift_up(d, fresh ? d->heap_count++ : x->heap_at, v);
}

/* Settles nodes until `left` targets are. */
static void settle(struct dijkstra *d, const struct adjacency *g, const uint32_t *weight, uint32_t from,
                   uint32_t left)
{
    reach(d, from, 0, UINT32_MAX, UINT32_MAX);
    while (d->heap_count > 0 && left > 0) {
        uint32_t v = heap_pop(d);
        uint64_t distance = d->node[v].distance;
        left -= d->node[v].target_stamp == d->stamp;
        for (uint32_t i = g->first[v]; i < g->first[v + 1]; i++) {
            uint32_t arc = g->arc != NULL ? g->arc[i] : i;
            if (weight[arc] < ROAD_INF)
                reach(d, g->head[i], distance + weight[arc], arc, v);
        }
    }
}

void dijkstra_run_all(struct dijkstra *d, const struct adjacency *g, const uint32_t *weight, uint32_t from)
{
    assert(from < d->node_count);
    next_stamp(d);
    settle(d, g, weight, from, UINT32_MAX);
}

void dijkstra_run(struct dijkstra *d, const struct adjacency *g, const uint32_t *weight, uint32_t from,
                  const uint32_t *targets, uint32_t target_count)
{
    uint32_t left = 0;
    assert(from < d->node_count);
    next_stamp(d);
    for (uint32_t i = 0; i < target_count; i++) {
        assert(targets[i] < d->node_count);
        left += d->node[targets[i]].target_stamp != d->stamp;
        d->node[targets[i]].target_stamp = d->stamp;
    }
    settle(d, g, weight, from, left);
}

uint32_t dijkstra_distance(const struct dijkstra *d, uint32_t v)
{
    const struct dijkstra_node *x = &d->node[v];
    return x->stamp == d->stamp && x->heap_at == SETTLED ? x->distance : ROAD_INF;
}
