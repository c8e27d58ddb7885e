/* assign.h - user equilibrium: how traffic spreads over a road network when every driver takes the cheapest
 * way and ways grow slower with traffic.
 *
 * Travel time of a link: t = t0 (1 + b (v / capacity)^power) (BPR, U.S. Bureau of Public Roads, 1964), v in
 * passenger-car equivalents (PCE), all classes together and what is preloaded. A class pays t + toll weight x
 * toll
 * + distance weight x length. Units are the caller's: volumes and capacities of the same span of time, times
 * as free_flow_time, tolls and lengths by the weights.
 *
 * Method: bushes, one for each origin and class (Dial, "A path-based user-equilibrium traffic assignment
 * algorithm that obviates path storage and enumeration", 2006: Algorithm B), links added by Nie's test ("A
 * class of bush-based algorithms", 2010), flow moved from the dearest used to the cheapest way of each node
 * by safeguarded Newton steps. A bush holds its flows per link: 16 bytes a link and 8 a node, so 40,000 links
 * and 1,700 origins take some 0.7 GB, whatever the number of O-D pairs (12 bytes each in struct trips).
 *
 * Relative gap, as in the literature of the TNTP cases: 1 - SPTT / TSTT, where TSTT is the sum of flow x
 * generalised cost and SPTT what the same demand would pay on cheapest ways at these costs. Objective:
 * Beckmann's, the integrals of t plus tolls and distances (PCE-weighted).
 *
 * Threads: routing/ starts none; the work of several origins runs on the executor's. Which origins are worked
 * on together depends on the problem only, so that flows are the same to the last bit with any number of
 * threads. With more than 64 bushes several are shifted at a time against the same costs, their sum as far as
 * it helps (a line search on the objective). A struct assign belongs to one caller at a time; const functions
 * may run beside each other.
 */
#ifndef ZH_WHATIF_ASSIGN_H
#define ZH_WHATIF_ASSIGN_H

#include "base/err.h"
#include "road/cch.h"
#include "whatif/demand.h"

enum { ASSIGN_CLASSES_MAX = 32 };
#define ASSIGN_NONE UINT32_MAX

struct assign_link {
    uint32_t from, to;                         /* nodes */
    double capacity, free_flow_time, b, power; /* capacity may be 0 where b is */
    double length, toll;
    double fixed;       /* PCE that are there anyway and do not choose */
    uint32_t closed_to; /* bit c: class c may not use it */
};

struct assign_class {
    double pce; /* passenger-car equivalents of a vehicle, above 0 */
    double toll_weight, distance_weight;
    const struct trips *trips; /* vehicles; outlives the assignment */
    const double *toll;        /* per link, instead of the link's own; NULL: that. Outlives the assignment */
};

/* Nodes are 0 to node_count - 1, zone z is at node z, or at zone_node[z]. Nodes below first_thru_node may be
 * started from and ended in, not driven through. */
struct assign_problem {
    uint32_t node_count, zone_count, first_thru_node;
    const uint32_t *zone_node;
    const struct assign_link *link;
    uint32_t link_count;
    const struct assign_class *class;
    uint32_t class_count;
};

struct assign_progress {
    uint32_t iteration; /* 0: the first loading */
    double relative_gap, objective;
    double total_time; /* of the assigned vehicles: vehicles x time */
};

struct assign_options {
    double gap;                          /* done when the relative gap is at most this */
    uint32_t iterations_max;             /* 0: 1,000 */
    const struct cch_executor *executor; /* NULL: one after the other */
    /* Both may be NULL, both are called on the caller's thread, the second some times in an iteration. True
     * from `stop` ends the run with CANCELLED; flows are then those of a feasible state between two
     * iterations. */
    void (*progress)(void *ctx, const struct assign_progress *p);
    bool (*stop)(void *ctx);
    void *ctx;
};

struct assign_result {
    struct assign_progress last; /* of the flows as they are */
    bool converged;              /* false: iterations_max came first */
    uint64_t unserved_pairs;     /* O-D pairs without a way, which are left out */
    double unserved, inside;     /* their vehicles; vehicles from a zone to itself, which use no link */
    size_t bytes;                /* of memory */
};

struct assign;

/* Copies what it needs, but trips. INVALID_ARGUMENT names the link or class. */
bool assign_new(const struct assign_problem *p, struct assign **out, struct err *e);
void assign_free(struct assign *a);

/* Before the first run: takes over the ways of an earlier assignment with the same zones at the same nodes
 * and the same classes. old_link[l] is what link l was there, or ASSIGN_NONE; NULL: the same links in the
 * same order. Origins whose ways are cut start anew. Returns in *taken how many bushes were taken (may be
 * NULL). */
bool assign_warm(struct assign *a, const struct assign *earlier, const uint32_t *old_link, uint32_t *taken,
                 struct err *e);

/* May be called again, to go on to a smaller gap. */
bool assign_run(struct assign *a, const struct assign_options *o, struct assign_result *r, struct err *e);

/* Per link of the caller's order. Flows are PCE with what is preloaded, or vehicles of one class without. */
void assign_flows(const struct assign *a, double *pce);
void assign_class_flows(const struct assign *a, uint32_t class, double *vehicles);
void assign_times(const struct assign *a, double *time);
/* A fingerprint of network, demand and flows: skims say of which state they are. */
uint64_t assign_version(const struct assign *a);

/* The same figures found another way: labels by plain label correction over the caller's links, costs by
 * pow(), sums in long double, nothing of the bushes but their flows. */
struct assign_check {
    double relative_gap, objective, total_time;
    double conservation; /* worst |in - out - demand| of a node and bush, relative to the bush's demand */
    double link_sums;    /* worst |flow of a link - sum over bushes|, relative to the largest flow */
    double negative;     /* the most negative flow, 0 when there is none */
};
bool assign_check(const struct assign *a, const struct cch_executor *x, struct assign_check *out,
                  struct err *e);

/* Who uses a link, class by class (vehicles). Ways of an origin are told apart by its own splits at each
 * node, the natural reading of a bush; equilibrium itself fixes only the flows of links. */
struct assign_selected {
    double *flow;   /* per link: vehicles that also use the selected one */
    double *volume; /* per cell of the class's trips */
    double total;
};
bool assign_select_link(const struct assign *a, uint32_t class, uint32_t link, struct assign_selected *out,
                        struct err *e);
void assign_selected_free(struct assign_selected *s);

/* Vehicles of a class that go from link `in` straight on to link `out`, for every pair at a node. */
struct assign_turn {
    uint32_t in, out;
    double vehicles;
};
bool assign_turns(const struct assign *a, uint32_t class, uint32_t node, struct assign_turn **out,
                  uint32_t *count, struct err *e);

/* Skims of a class, per cell of its trips. Time, length and toll are means over the used ways (so that volume
 * x time adds up to the total time whatever the gap); cost is the cheapest way's generalised cost. A pair
 * without a way has INFINITY, a zone to itself 0. */
struct assign_skim {
    uint64_t version; /* assign_version of the state it was taken of */
    uint32_t class;
    const struct trips *trips;
    double *time, *length, *toll, *cost;
};
bool assign_skim(const struct assign *a, uint32_t class, const struct cch_executor *x,
                 struct assign_skim *out, struct err *e);
void assign_skim_free(struct assign_skim *s);

#endif
