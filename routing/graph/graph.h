/* graph.h - analysis of a road graph with igraph. graph.c is the only file that includes igraph.
 *
 * Components and bridges serve the check of a network; the oracle is the slow, independent shortest path
 * search that the engine of road/ is tested against and measured beside.
 *
 * Threads: Debian's igraph is not thread-safe (global error stack, caches written through const pointers):
 * call everything here from one thread of the process at a time. Each call sets igraph's error handler to one
 * that does not abort and puts the former back.
 *
 * igraph 0.10.2 neither checks vertex numbers nor skips infinite weights, so every number is checked here
 * first and closed arcs are left out.
 */
#ifndef ZH_GRAPH_GRAPH_H
#define ZH_GRAPH_GRAPH_H

#include "road/road.h"

enum graph_connection { GRAPH_WEAK, GRAPH_STRONG };

/* Writes the component of each node, 0.. *component_count - 1, into label[node_count]. `weight` may be NULL;
 * arcs whose weight is ROAD_INF are left out. INVALID_ARGUMENT when an arc leads out of the graph. */
bool graph_components(const struct road_graph *g, const uint32_t *weight, enum graph_connection how,
                      uint32_t *label, uint32_t *component_count, struct err *e);

/* Sets bridge[arc_count] to 1 for arcs between two nodes whose only tie, with direction disregarded, they are
 * (arcs both ways are one tie), and which lie on no cycle. */
bool graph_bridges(const struct road_graph *g, uint8_t *bridge, struct err *e);

/* Writes into betweenness[arc_count] on how many shortest ways between two nodes each arc lies (of several
 * equal ways each counts its part; Brandes 2001). weight above 0; ROAD_INF: closed, 0 then. Costs a search
 * from every node. */
bool graph_betweenness(const struct road_graph *g, const uint32_t *weight, double *betweenness,
                       struct err *e);

struct graph_oracle; /* a weighted graph in igraph's form; opaque */

/* Copies graph and weights; arcs of weight ROAD_INF are closed. */
bool graph_oracle_new(const struct road_graph *g, const uint32_t *weight, struct graph_oracle **out,
                      struct err *e);
void graph_oracle_free(struct graph_oracle *o);

#define GRAPH_UNREACHED UINT64_MAX

/* distance[i * to_count + j] from from[i] to to[j] by igraph's Dijkstra; each source costs a search of the
 * whole graph. INVALID_ARGUMENT for a node that the graph has not, and for a node that `to` names twice
 * (igraph refuses it). Exact: sums of 31-bit integers stay below 2^53. */
bool graph_distances(struct graph_oracle *o, const uint32_t *from, uint32_t from_count, const uint32_t *to,
                     uint32_t to_count, uint64_t *distance, struct err *e);

#endif
