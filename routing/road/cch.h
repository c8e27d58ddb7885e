/* cch.h - a customizable contraction hierarchy: exact shortest paths under weights that change.
 *
 * topology   from a graph and a contraction order: chordal completion, elimination tree, the lists that
 *            customization walks. Knows no weights; immutable, shared by threads and by every metric.
 * metric     shortcut weights in both directions and the middle node of each shortcut, customized from the
 *            weight of every arc of the graph; patched when a few arcs change.
 * query      one thread's scratch.
 *
 * Dibbelt, Strasser, Wagner: Customizable Contraction Hierarchies (2016); elimination tree: Liu (1990).
 * Ranks are post-order numbers of the elimination tree, so a subtree is a range. The upper neighbours of a
 * node are all its ancestors: an arc names its head also by the head's depth (its slot), a search keeps its
 * distances in an array of one entry per ancestor, and the labels of two nodes share the prefix of their
 * common ancestors. Weights are below ROAD_INF, which stands for a closed arc and for no way; no sum of two
 * overflows 32 bits.
 */
#ifndef ZH_ROAD_CCH_H
#define ZH_ROAD_CCH_H

#include "base/arena.h"
#include "base/cow.h"
#include "base/err.h"
#include "network/builder.h"
#include "road/road.h"

#define CCH_NONE UINT32_MAX
#define CCH_INPUT 0x80000000u /* of a way: not a shortcut, the rest is the graph's arc */

struct cch_task { /* nodes [from, to) of whole subtrees; or entries of top_node */
    uint32_t from, to;
};

/* Arrays by rank have node_count entries (+1 where they are firsts), by arc arc_count. */
struct cch {
    bool mapped; /* the arrays up to input_at, except rank, are the network's and only read */
    uint32_t node_count, arc_count, input_count, slot_count; /* slot_count: nodes on the longest branch */
    uint32_t *rank;                                          /* node -> rank */
    uint32_t *node;                                          /* rank -> node */
    uint32_t *parent;                            /* rank -> rank of the parent; CCH_NONE: a root */
    uint16_t *depth;                             /* rank -> number of its ancestors */
    uint32_t *first;                             /* arcs to upper neighbours, ascending */
    uint32_t *head;                              /* arc -> rank of its upper end */
    uint16_t *slot;                              /* arc -> depth of its upper end */
    uint32_t *down_first, *down_tail, *down_arc; /* arcs from lower neighbours, ascending tails */
    uint32_t *input_first;                       /* the graph's arcs by their lower end's rank */
    uint32_t *input_arc;                         /* the graph's arc */
    uint32_t *input_at;                          /* arc x 2, + 1 when it leads down */
    /* How customization may be divided: tasks of subtrees first, then levels of chains of the top. */
    struct cch_task *subtree, *chain; /* chain: entries of top_node, one run without a branch */
    uint32_t *top_node;               /* nodes above the subtrees, by level and chain */
    uint32_t *top_chain;              /* rank -> chain; CCH_NONE below the top */
    uint32_t *level_first;            /* level -> its first chain */
    uint32_t subtree_count, chain_count, top_count, level_count;
    struct cch_cut *cut; /* between the nodes with labels and the small subtrees below (cch_hubs.c) */
};

/* order[rank] is a node; any permutation will do, a good one makes it fast (order.h). Fails with
 * INVALID_ARGUMENT (not a permutation), OUT_OF_RANGE (branches of more than 65,535 nodes: no order for this),
 * RESOURCE_EXHAUSTED. */
bool cch_new(const struct road_graph *g, const uint32_t *order, struct cch **out, struct err *e);
/* The same from the arrays that a network file carries, without copying them: the network outlives it. */
bool cch_open(const struct network *n, struct cch **out, struct err *e);
/* Adds those arrays to a network that is being built; the builder remembers it when memory runs out. */
void cch_store(const struct cch *c, struct network_builder *b);
void cch_free(struct cch *c);
size_t cch_bytes(const struct cch *c);

/* Runs task(arg, 0) .. task(arg, count - 1) in any order and on any threads and returns when all are done.
 * NULL instead of an executor: one after the other. */
struct cch_executor {
    void (*run)(void *ctx, uint32_t count, void (*task)(void *arg, uint32_t index), void *arg);
    void *ctx;
};

/* A shortcut from x to y that goes over a middle node v stands for v's arcs to x and to y. They are in one
 * row, so the first of them in the way names both: the other one's slot is the shortcut's. */
struct cch_metric {
    const struct cch *cch;
    uint32_t *up, *down;         /* per arc: tail to head, head to tail */
    uint32_t *up_way, *down_way; /* the middle's arc to the tail, or CCH_INPUT | arc; CCH_NONE: closed */
    struct cow memory;           /* of all four */
    struct cch_perfect *perfect; /* this and the next: NULL: none; may be added while others read */
    struct cch_hubs *hubs;
};

/* weight: one per arc of the graph. */
bool cch_metric_new(const struct cch *c, struct cch_metric *m, struct err *e);
/* A copy that shares what neither is changed in: to be patched, while the base is not touched any more. */
bool cch_metric_fork(const struct cch_metric *base, struct cch_metric *m, struct err *e);
void cch_metric_release(struct cch_metric *m);
size_t cch_metric_bytes(const struct cch_metric *m);
void cch_customize(struct cch_metric *m, const uint32_t *weight, const struct cch_executor *x);

/* After weight[] of the named arcs of the graph was changed: makes the metric as if customized anew.
 * Returns how many shortcut arcs were looked at. */
struct cch_patch; /* scratch */
bool cch_patch_new(const struct cch *c, struct cch_patch **out, struct err *e);
void cch_patch_free(struct cch_patch *p);
bool cch_patch_apply(struct cch_patch *p, struct cch_metric *m, const struct road_graph *g,
                     const uint32_t *weight, const uint32_t *arcs, uint32_t count, uint32_t *looked_at,
                     struct err *e);

/* Perfect customization: keeps for the searches only the shortcuts that are themselves shortest ways, apart
 * for each direction (some 70 % of them on roads), which answers distances half as fast again. Costs as much
 * time as customization and two thirds of its memory. What changes a metric afterwards drops it. Threads:
 * while others ask. */
bool cch_perfect(struct cch_metric *m, const struct cch_executor *x, struct err *e);

/* Hub labels of the top of the elimination tree: distances between its nodes and all their ancestors, stored.
 * A distance then takes a microsecond or two whatever the size. Costs some tens of milliseconds at 1.5
 * million nodes and at most the memory of the shortcuts. Dropped and added like perfect rows, and independent
 * of them. */
bool cch_hubs(struct cch_metric *m, const struct cch_executor *x, struct err *e);

struct cch_query;
bool cch_query_new(const struct cch *c, struct cch_query **out, struct err *e);
void cch_query_free(struct cch_query *q);

/* Nodes are the graph's. ROAD_INF: no way. */
uint32_t cch_distance(struct cch_query *q, const struct cch_metric *m, uint32_t from, uint32_t to);

/* Writes the graph's arcs of a shortest path, in travel order; *count of them. The array is the query's and
 * stands until its next call. *weight is ROAD_INF when there is no way. */
void cch_path(struct cch_query *q, const struct cch_metric *m, uint32_t from, uint32_t to, uint32_t *weight,
              const uint32_t **arcs, uint32_t *count);

/* out[i * to_count + j]: weights by the labels of both ends. Cost: a label for each end, then one pass over
 * the common ancestors for each cell. */
bool cch_matrix(struct cch_query *q, const struct cch_metric *m, const uint32_t *from, uint32_t from_count,
                const uint32_t *to, uint32_t to_count, uint32_t *out, struct err *e);

/* From one node to all (reverse: from all to it): a label, then one sweep down the tree (PHAST: Delling,
 * Goldberg, Nowatzyk, Werneck 2011). weight: by node of the graph. */
void cch_one_to_all(struct cch_query *q, const struct cch_metric *m, uint32_t from, bool reverse,
                    uint32_t *weight);

#endif
