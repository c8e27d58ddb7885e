/* road.h - the road layer: exact truck routes between nodes of a network.
 *
 * graph    the open road in adjacency array form (a view of the network's arcs)
 * profile  a truck and what it minimizes
 * metric   the weights of one profile, immutable once made, shared by threads
 * query    one thread's scratch; reusable for any metric of the same graph
 *
 * All answers minimize the metric's weight exactly; the sums are those of one shortest path (when several
 * have the same weight, any of them). Node and arc numbers are the network's. Every number that comes from
 * outside must be checked by the caller against net_plain_count: an assert stands here, not an error. Ways
 * that end at a junction with turn restrictions end at its sink (net_arrival); the queries see to that.
 */
#ifndef ZH_ROAD_ROAD_H
#define ZH_ROAD_ROAD_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"

#define ROAD_INF 0x7fffffffu /* no path, closed arc. Weights and sums stay below it or are refused */

struct road_graph {
    uint32_t node_count, arc_count;
    const uint32_t *first_out; /* node_count + 1 */
    const uint32_t *head;      /* arc_count */
};

struct road_graph road_graph_of(const struct network *n);

/* The same without the copies of expanded junctions: every arc between the plain nodes it stands for, turns
 * not restricted. For components and pictures; the arrays are the network's or the arena's. */
bool road_graph_plain(const struct network *n, struct arena *a, struct road_graph *out, struct err *e);

enum road_objective {
    ROAD_FASTEST,  /* weight: drive time in ms at the lower of road's and vehicle's speed */
    ROAD_CHEAPEST, /* weight: running cost with its empty return + driver and vehicle by the hour + toll,
                      myuan */
    ROAD_SHORTEST, /* weight: metres */
    ROAD_SOURCE,   /* weight: the source file's own (DIMACS) */
};

/* A vehicle class with its own measures laid over the class's. 0: the class's value (dangerous: no). */
struct road_profile {
    uint8_t vehicle_class; /* 1..6 */
    uint8_t objective;     /* enum road_objective */
    bool dangerous;
    uint32_t gross_kg, axle_kg;
    uint16_t height_cm, width_cm, length_cm;
};

/* What a path costs. weight is ROAD_INF when there is none, and then the rest is 0. */
struct road_cost {
    uint32_t weight;
    uint32_t time_ms;
    uint32_t length_m;
    uint32_t toll_myuan;
};

struct road_metric; /* opaque */

/* The metric of a profile. Fails with INVALID_ARGUMENT naming what the network cannot serve (class without
 * a table row, no source weights) and OUT_OF_RANGE when a weight does not fit. */
bool road_metric_new(const struct network *n, const struct road_profile *p, struct road_metric **out,
                     struct err *e);
void road_metric_free(struct road_metric *m);
/* The weight of each arc, ROAD_INF where the vehicle may not go: for oracles and checkers. */
const uint32_t *road_metric_weights(const struct road_metric *m);

/* The contraction hierarchy of a network: made from its stored order, shared by every metric and thread.
 * NOT_FOUND when the network carries no order; searches are then Dijkstra's. */
struct road_index;   /* opaque */
struct cch_executor; /* road/cch.h */

bool road_index_new(const struct network *n, struct road_index **out, struct err *e);
void road_index_free(struct road_index *ix);
size_t road_index_bytes(const struct road_index *ix);

/* Customizes the metric for the index (which outlives it), on the executor's threads or, with NULL, here.
 * Before the metric is shared. */
bool road_metric_customize(struct road_metric *m, const struct road_index *ix, const struct cch_executor *x,
                           struct err *e);
/* Makes a customized metric quicker to ask, also while others ask it: perfect rows and hub labels (cch.h). A
 * distance at 1.5 million nodes then takes 5 us instead of 17, a metric some 135 bytes a node instead of 56.
 * Any change (change.h) undoes it. FAILED_PRECONDITION: not customized; RESOURCE_EXHAUSTED. */
bool road_metric_sharpen(struct road_metric *m, const struct cch_executor *x, struct err *e);
size_t road_metric_bytes(const struct road_metric *m);

struct road_query; /* opaque */

/* With an index: for metrics customized for it, and no others. NULL: Dijkstra's algorithm, for any metric
 * without new links (change.h), or made for a derived network (road_metric_new). */
bool road_query_new(const struct network *n, const struct road_index *ix, struct road_query **out,
                    struct err *e);
void road_query_free(struct road_query *q);

void road_one_to_one(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to,
                     struct road_cost *out);
/* From one node to each of to[count], and from each of from[count] to one node. */
void road_one_to_many(struct road_query *q, const struct road_metric *m, uint32_t from, const uint32_t *to,
                      uint32_t count, struct road_cost *out);
void road_many_to_one(struct road_query *q, const struct road_metric *m, const uint32_t *from, uint32_t count,
                      uint32_t to, struct road_cost *out);

/* The weight alone, ROAD_INF when there is no way; and a table of them, out[i * to_count + j]. Much cheaper.
 */
uint32_t road_weight(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to);
bool road_weights(struct road_query *q, const struct road_metric *m, const uint32_t *from,
                  uint32_t from_count, const uint32_t *to, uint32_t to_count, uint32_t *out, struct err *e);

/* rows x columns: out[i * to_count + j] is the cost from from[i] to to[j]. RESOURCE_EXHAUSTED without memory.
 */
bool road_matrix(struct road_query *q, const struct road_metric *m, const uint32_t *from, uint32_t from_count,
                 const uint32_t *to, uint32_t to_count, struct road_cost *out, struct err *e);
/* The weight from `from` to every plain node (reverse: from every one to it), ROAD_INF where there is no way.
 * weight: graph.node_count entries; those of copies and sinks mean nothing to callers. */
void road_one_to_all(struct road_query *q, const struct road_metric *m, uint32_t from, bool reverse,
                     uint32_t *weight);

/* The arcs of a shortest path in travel order, in the arena; *count is 0 when from == to. NOT_FOUND when
 * there is no path, RESOURCE_EXHAUSTED when the arena is full. */
bool road_path(struct road_query *q, const struct road_metric *m, uint32_t from, uint32_t to, struct arena *a,
               const uint32_t **arcs, uint32_t *count, struct err *e);

/* May the profile's vehicle enter each link of the network (its limits and bans; status and direction are not
 * looked at)? open: link_count entries. INVALID_ARGUMENT: a class without a table row. */
bool road_open_links(const struct network *n, const struct road_profile *p, bool *open, struct err *e);

#endif
