/* cch_inside.h - what the parts of the hierarchy share and nobody else uses. */
#ifndef ZH_ROAD_CCH_INSIDE_H
#define ZH_ROAD_CCH_INSIDE_H

#include "road/cch.h"

/* The arc from low to high, CCH_NONE when there is none. */
uint32_t cch_find_arc(const struct cch *c, uint32_t low, uint32_t high);

/* How many ancestors two ranks share, themselves included: by walking up; by what is kept for hub labels. */
uint32_t cch_shared_ancestors(const struct cch *c, uint32_t a, uint32_t b);
uint32_t cch_common_ancestors(const struct cch *c, uint32_t a, uint32_t b);

/* Divides the nodes into subtrees and chains of like work; false without memory. */
bool cch_divide(struct cch *c);

/* The row of x before any triangle, from the graph's own arcs. */
void cch_start_row(const struct cch_metric *m, const uint32_t *weight, uint32_t x);
/* place[slot] = x's arc to the node of that depth; the rest of place is left as it was. */
void cch_set_places(const struct cch *c, uint32_t x, uint32_t *place);
/* The triangles of x with its lower neighbour v, whose arc to x is `side` and whose row ends before `end`. */
void cch_relax_lower(const struct cch_metric *m, uint32_t side, uint32_t end, const uint32_t *place);

enum { CCH_LANES = 16 };

struct cch_query {
    const struct cch *c;
    uint32_t *up, *down; /* by depth: from the start to the ancestor, from the ancestor to the target */
    uint32_t *up_from, *down_from; /* rank of the node that the last shortcut to it came from */
    uint32_t *stack;               /* two numbers for each of two shortcuts a level of the tree */
    uint32_t *turned;              /* by depth: the way up, from its start; distances of a sweep */
    uint32_t *trace;               /* shortcuts of a way: twice the depth of the tree */
    uint32_t *path;                /* room for twice every node: memory that no path touches costs nothing */
    size_t path_count, path_room;
    uint32_t *sweep; /* by rank, one to all */
};

static inline void cch_start(const struct cch *c, uint32_t v, uint32_t *by_depth)
{
    for (uint32_t d = 0; d < c->depth[v]; d++)
        by_depth[d] = ROAD_INF;
    by_depth[c->depth[v]] = 0;
}

/* The shortcuts that searches climb in one direction: of rank v [first[v], first[v + 1]). */
struct cch_rows {
    const uint32_t *first;
    const uint16_t *slot;
    const uint32_t *weight;
};

struct cch_perfect {
    struct cch_rows up, down;
    uint32_t *first[2], *weight[2]; /* what they point to: up, down */
    uint16_t *slot[2];
    size_t bytes;
};

static inline struct cch_rows cch_rows(const struct cch_metric *m, bool down)
{
    const struct cch_perfect *p = __atomic_load_n(&m->perfect, __ATOMIC_ACQUIRE);
    if (p != NULL)
        return down ? p->down : p->up;
    return (struct cch_rows){m->cch->first, m->cch->slot, down ? m->down : m->up};
}

struct cch_cut {
    uint32_t count, levels; /* nodes above the cut; rows of shared */
    uint32_t *index;        /* rank -> place among them; CCH_NONE: below */
    uint32_t *rank;         /* place -> rank, ascending */
    uint32_t *first;        /* place -> first entry of its label */
    uint16_t *shared;
};

struct cch_hubs {
    const struct cch_metric *m;
    uint32_t *up, *down; /* labels, by depth */
    size_t bytes;
};

bool cch_cut_new(const struct cch *c, struct cch_cut **out); /* false without memory */
void cch_cut_free(struct cch_cut *k);

/* Before a metric changes. */
void cch_drop_perfect(struct cch_metric *m);
void cch_drop_hubs(struct cch_metric *m);

/* Where the ways meet, by labels: depth, and the distances to and from there. False as the next. */
struct cch_meet {
    uint32_t depth, up, down;
};
bool cch_hub_meet(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                  struct cch_meet *out);
/* The arcs of a shortest way from v up to its ancestor of that depth (down: from there), from v on, where a
 * hub label has said how far it is. How many. */
struct cch_low { /* scratch by depth, of one v; climbed: filled by a call before */
    uint32_t *by_depth, *last;
    bool climbed;
};
uint32_t cch_trace_side(const struct cch_metric *m, bool down, uint32_t v, uint32_t depth, uint32_t distance,
                        struct cch_low *low, uint32_t *arcs);
/* As cch_trace, into q->trace; false as cch_hub_distance. */
bool cch_hub_trace(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t, uint32_t *weight,
                   uint32_t *count);
/* The first node above the cut, v itself or an ancestor; *root is the one before it, CCH_NONE when v is
 * above. */
uint32_t cch_first_top(const struct cch *c, uint32_t v, uint32_t *root);
/* By labels; false: there are none, or both ends lie in one small subtree. */
bool cch_hub_distance(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                      uint32_t *distance);
/* The label of v. False: no labels, or its tree is all below the cut. */
bool cch_hub_label(const struct cch_metric *m, bool down, uint32_t v, uint32_t *by_depth);

static inline void cch_relax(const struct cch_rows *r, uint32_t v, uint32_t distance,
                             uint32_t *restrict by_depth)
{
    const uint16_t *slot = r->slot;
    const uint32_t *weight = r->weight;
    for (uint32_t a = r->first[v], end = r->first[v + 1]; a < end; a++) {
        uint32_t w = distance + weight[a], *to = &by_depth[slot[a]];
        *to = w < *to ? w : *to;
    }
}

/* The label of rank v: its distance to (down: from) each ancestor and itself, by depth. */
void cch_label(const struct cch_metric *m, bool down, uint32_t v, uint32_t *by_depth);
/* The least of a[i] + b[i], at most ROAD_INF. */
uint32_t cch_least_sum(const uint32_t *a, const uint32_t *b, uint32_t count);
/* The first depth with the least sum of two labels, CCH_NONE when there is no way. */
static inline uint32_t cch_meeting(const uint32_t *a, const uint32_t *b, uint32_t shared, uint32_t *weight)
{
    uint32_t i = 0, least = *weight = cch_least_sum(a, b, shared);
    if (least >= ROAD_INF)
        return CCH_NONE;
    for (;; i += CCH_LANES) { /* both arrays have so much room behind them */
        unsigned hit = 0;
        for (uint32_t k = 0; k < CCH_LANES; k++)
            hit |= a[i + k] + b[i + k] == least;
        if (hit != 0)
            break;
    }
    while (a[i] + b[i] != least)
        i++;
    return i;
}
/* From the distances that q->sweep holds for some ranks and all their ancestors (ROAD_INF elsewhere) to all.
 */
void cch_sweep(struct cch_query *q, const struct cch_metric *m, bool reverse, uint32_t *weight);
/* The shortcuts of a shortest way between two ranks, in travel order, as arc << 1 | downwards; its weight.
 * The array is the query's and stands until its next call. */
uint32_t cch_trace(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t,
                   const uint32_t **shortcuts, uint32_t *count);
/* Appends the arcs of a shortest path between two ranks to q->path; its weight. */
uint32_t cch_append_path(struct cch_query *q, const struct cch_metric *m, uint32_t s, uint32_t t);

#endif
