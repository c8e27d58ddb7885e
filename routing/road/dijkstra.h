/* dijkstra.h - inside of the road layer: Dijkstra's algorithm (1959) over adjacency arrays.
 *
 * A 4-ary heap with the position of each node, so that a key is lowered in place; a node's entries count only
 * when its stamp is the search's, so nothing is cleared between searches. A search stops when the last of its
 * targets is settled. Cost: O((nodes + arcs) log nodes) of what lies nearer than the farthest target.
 *
 * Threads: a search belongs to one thread.
 */
#ifndef ZH_ROAD_DIJKSTRA_H
#define ZH_ROAD_DIJKSTRA_H

#include <stdbool.h>
#include <stdint.h>

#include "road/road.h"

/* The neighbours of v are head[first[v]] .. head[first[v + 1] - 1]. */
struct adjacency {
    const uint32_t *first, *head;
    const uint32_t *arc; /* the arc each entry stands for; NULL: its own place */
};

struct dijkstra_node {
    uint32_t stamp; /* of the search that reached it */
    uint32_t distance;
    uint32_t heap_at; /* place in the heap; UINT32_MAX when settled */
    uint32_t via_arc, via_node;
    uint32_t target_stamp; /* of the search that wants it */
};

struct dijkstra {
    struct dijkstra_node *node;
    uint32_t *heap; /* nodes */
    uint32_t node_count, heap_count, stamp;
};

bool dijkstra_init(struct dijkstra *d, uint32_t node_count);
void dijkstra_release(struct dijkstra *d);

/* Settles every target that can be reached from `from`. Arcs of weight ROAD_INF are not driven, and a way
 * that comes to ROAD_INF or more is no way. */
void dijkstra_run(struct dijkstra *d, const struct adjacency *g, const uint32_t *weight, uint32_t from,
                  const uint32_t *targets, uint32_t target_count);

/* The same for every node. */
void dijkstra_run_all(struct dijkstra *d, const struct adjacency *g, const uint32_t *weight, uint32_t from);

/* ROAD_INF when the last run did not settle v. */
uint32_t dijkstra_distance(const struct dijkstra *d, uint32_t v);

#endif
