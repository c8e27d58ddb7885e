/* assign_inside.h - what the files assign*.c share. Links are in order of their tails inside. */
#ifndef ZH_WHATIF_ASSIGN_INSIDE_H
#define ZH_WHATIF_ASSIGN_INSIDE_H

#include "whatif/assign.h"

#include <math.h>

enum { SLOTS_MAX = 16 };

struct bpr {
    double free, b, per_capacity, power;
    double slope; /* free * b * power / capacity */
    enum { BPR_CONST, BPR_LINEAR, BPR_FOURTH, BPR_POWER } kind;
};

struct link_state {
    double flow, time, slope;
};

static inline void bpr_at(const struct bpr *f, struct link_state *s)
{
    double x = s->flow > 0 ? s->flow * f->per_capacity : 0;
    if (f->kind == BPR_FOURTH) {
        double cube = x * x * x;
        s->time = f->free * (1 + f->b * (cube * x));
        s->slope = f->slope * cube;
    } else if (f->kind == BPR_LINEAR) {
        s->time = f->free * (1 + f->b * x);
        s->slope = f->slope;
    } else if (f->kind == BPR_POWER) {
        double below = pow(x > 1e-9 ? x : 1e-9, f->power - 1); /* below 1 the slope at 0 has no bound */
        s->time = f->free * (1 + f->b * (below * x));
        s->slope = f->slope * below;
    }
}

/* The acyclic part of the network that one origin's vehicles of one class use. Position 0 is the origin;
 * every node that can be reached has a position, its entering links are first[p] to first[p + 1] - 1, and a
 * link's tail stands before its head. Flows are PCE. */
struct bush {
    uint32_t class, zone, root;
    uint32_t node_count, link_count, room;
    double *flow;                          /* of link_count */
    uint32_t *order, *first, *tail, *link; /* node at a position; tails are positions */
    double demand;                         /* PCE that have a way and a way to go */
    double excess; /* what they pay above the cheapest ways, at the costs of the last look */
};

/* The scratch of one task. */
struct slot {
    struct link_state *state; /* the costs that this task moves flow by */
    double *low, *high;       /* labels by position */
    uint32_t *low_in, *high_in;
    double *dist, *need; /* by node, by position */
    uint32_t *pos;       /* by node */
    double *flow_of;     /* by link */
    uint8_t *in;         /* by link */
    uint32_t *count, *queue;
    struct heap_item {
        double key;
        uint32_t node;
    } * heap;
    uint32_t heap_count;
    double *before; /* the bush's flows before the shift */
    struct bush *bush;
    uint32_t *touched, touched_count; /* links whose flow this task moved */
    uint8_t *mark;
    uint32_t *path; /* two stretches of a shift */
    double added;   /* sum over touched links of price x change */
    bool failed;    /* out of memory */
};

struct assign {
    uint32_t node_count, zone_count, link_count, class_count, first_thru;
    uint32_t *zone_node;
    struct assign_link *given; /* in the caller's order */
    struct assign_class class[ASSIGN_CLASSES_MAX];
    uint32_t *outer, *inner; /* link of the caller, link inside */
    uint32_t *from, *to, *out_first, *in_first, *in_link;
    struct bpr *bpr;
    struct link_state *state;
    double *fixed;
    double *price, *cost, *class_flow; /* [class][link]; price of tolls and length, INFINITY: closed */
    struct bush *bush;
    uint32_t bush_count;
    uint32_t *bush_of; /* [class][zone], ASSIGN_NONE: no demand */
    struct slot *slot;
    uint32_t slot_count, batch; /* bushes that are shifted at a time */
    double *block;              /* sums of link flows, [slot][link] */
    uint32_t *changed, changed_count;
    double *step_by; /* by link: the sum of a batch's moves */
    double lambda;
    uint64_t unserved_pairs;
    double unserved, inside;
    uint32_t first_bush; /* of the batch that is running */
    const struct cch_executor *executor;
    bool loaded, failed;
};

/* What a class pays on a link of the caller. */
static inline double toll_of(const struct assign *a, uint32_t class, uint32_t outer)
{
    return a->class[class].toll != NULL ? a->class[class].toll[outer] : a->given[outer].toll;
}

static inline bool may_leave(const struct assign *a, uint32_t node, uint32_t root)
{
    return node >= a->first_thru || node == root;
}

static inline void run_tasks(const struct cch_executor *x, uint32_t count, void (*task)(void *, uint32_t),
                             void *arg)
{
    if (x != NULL && count > 1)
        x->run(x->ctx, count, task, arg);
    else
        for (uint32_t i = 0; i < count; i++)
            task(arg, i);
}

/* assign_bush.c */
bool bush_alloc(struct bush *b, uint32_t nodes, uint32_t links);
void bush_free(struct bush *b);
/* The tree of cheapest ways at a->cost with all demand on it. */
bool bush_grow(const struct assign *a, struct slot *s, struct bush *b);
/* low[] and low_in[] from the bush's own links at a->cost, dist[] by node; then true distances into dist[].
 */
void bush_labels(const struct assign *a, struct slot *s, const struct bush *b);
void bush_true_distances(const struct assign *a, struct slot *s, const struct bush *b);
/* Drops links without flow, adds those that offer something, orders anew; sets b->excess. */
bool bush_improve(const struct assign *a, struct slot *s, struct bush *b);
/* Makes flows fit the demand exactly, with the splits they have. */
void bush_settle(const struct assign *a, struct slot *s, struct bush *b);
double bush_demand(const struct assign *a, const struct bush *b);

/* assign_shift.c: one pass over all bushes; false: stopped. */
bool shift_all(struct assign *a, const struct assign_options *o);

/* assign_sum.c */
void sum_flows(struct assign *a); /* class_flow, state and cost from the bushes */
void sum_costs(struct assign *a);
void sum_progress(const struct assign *a, struct assign_progress *p);

#endif
