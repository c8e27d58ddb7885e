/* order_flow.h - inside of order_flow.c and order_flow_cut.c: a piece of the graph and what cuts it in two.
 *
 * A flow_cutter finds a small set of nodes whose removal leaves two sides of similar size. Along each of
 * eight lines the outermost nodes of both ends become sources and sinks (inertial flow: Schild, Sommer 2015),
 * a maximum flow of node-disjoint paths gives a least separator, and the smaller side is then made larger by
 * one node of its separator after the other (FlowCutter: Hamann, Strasser 2018), so that each run yields
 * separators from small and lopsided to large and balanced. Kept is the one of the least nodes per node of
 * the smaller side. Cost: separator size x piece size for each line. One thread at a time.
 */
#ifndef ZH_ROAD_ORDER_FLOW_H
#define ZH_ROAD_ORDER_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#define FLOW_NONE UINT32_MAX

/* Connected, undirected, without loops and parallel edges: both directions are in the lists. */
struct flow_piece {
    uint32_t n;
    uint32_t *first, *head; /* n + 1; neighbours of node v at [v] .. [v + 1] - 1 */
    uint32_t *id;           /* the node's number outside */
    int32_t *x, *y;         /* on a plane, in one unit */
};

struct flow_side {    /* side 0: the sources, 1: the sinks */
    uint32_t *list;   /* states reached, in the order of reaching; 2 v: into node v, 2 v + 1: out of it */
    uint32_t *cut;    /* nodes on paths that were entered: those that may not be left are the separator */
    uint32_t *closed; /* the separator, when the search is over */
    uint32_t len, base, fixed; /* of list: searching starts again at base, what is before fixed stays */
    uint32_t cut_len, cut_fixed, closed_len;
    uint32_t nodes; /* inside the side */
};

struct flow_cutter { /* arrays for a piece of up to `room` nodes */
    uint32_t room;
    struct flow_side side[2];
    uint32_t *link[2]; /* node on a path -> the node before it [0], after it [1]; FLOW_NONE: on no path */
    uint32_t *parent, *root; /* of a state in the search for paths */
    uint8_t *mark;           /* of a state: bits 0, 1: reached from this side; bit 2: root of a used tree */
    uint8_t *terminal;       /* of a node: 1 source, 2 sink for good */
    int64_t *key;            /* of a node: how far along the line */
    uint32_t *best;          /* the best separator so far */
    uint32_t best_len, best_small; /* its size and that of its smaller side */
    uint32_t flow;
    uint32_t *idx; /* nodes, partly sorted by key */
};

bool flow_cutter_init(struct flow_cutter *c, uint32_t room); /* false: out of memory */
void flow_cutter_release(struct flow_cutter *c);

/* Leaves the separator in c->best; returns its size, 0 when there is none (a clique). */
uint32_t flow_cut(struct flow_cutter *c, const struct flow_piece *g);

#endif
