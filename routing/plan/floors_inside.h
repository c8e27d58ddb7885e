/* floors_inside.h - what floors.c and floors_legs.c share. */
#ifndef ZH_PLAN_FLOORS_INSIDE_H
#define ZH_PLAN_FLOORS_INSIDE_H

#include "plan/bounds_inside.h"

static inline void floor_put(struct floor_list *l, uint32_t t)
{
    if (l->mark[t])
        return;
    l->mark[t] = true;
    l->of[l->count++] = t;
}

static inline void floor_empty(struct floor_list *l)
{
    while (l->count > 0)
        l->mark[l->of[--l->count]] = false;
}

/* Truck legs between a door and the terminals near enough for a chain. */
struct floor_legs {
    struct floor_list near;
    struct plan_bound *leg;     /* by terminal; of others: none */
    uint32_t *weight, *time_ms; /* scratch for its ways */
};

struct plan_floors {
    struct floor_legs out, in;
    uint32_t legs_of;                        /* `asked` when the legs are made */
    struct plan_least_ride ride[MODE_COUNT]; /* of the load; costs nothing where the earliest is asked for */
    double truck_per_unit;                   /* the least money of a unit of chord by truck */
    struct plan_bound *shuttle;              /* of a truck between two terminals */
    uint32_t *group_stamp, *shuttle_stamp, asked;
    double per_km_myuan, per_h_myuan, fixed_myuan; /* of the load's trucks */
    bool timed;                                    /* does time count? */
    double most;                                   /* that is worth looking at */
    struct plan_bound *bound, *board;              /* as those of bounds.c, but of three rides to go */
    double least_out[MODE_COUNT];                  /* of out_worth, where a mode is boarded */
    double *out_worth;                             /* of out.leg; INFINITY: none */
    struct floor_list changed[2], boarded, fresh, touched; /* fresh: boarded by this round */
};

/* Of what the best has least of. */
static inline double floor_worth(const struct plan_query *q, const struct plan_bound *x)
{
    if (q->single.by == SINGLE_EARLIEST)
        return (double)x->s;
    return (double)x->money_myuan + (double)x->s * q->holding_myuan_per_s;
}

/* Six lines of a truck's bill, each to 5 myuan. */
enum { FLOOR_TRUCK_ROUNDING_MYUAN = 30 };

/* Of a truck's leg whose ways cost that. */
static inline int64_t floor_truck_myuan(const struct plan_query *q, double ways_myuan)
{
    double least = ways_myuan * q->load.trucks + q->floors->fixed_myuan - FLOOR_TRUCK_ROUNDING_MYUAN;
    return least > 0 ? (int64_t)least : 0;
}

/* What coming to a place costs at least when these modes have been ridden: so much, and so much for each unit
 * that it is away. */
static inline struct plan_least_ride floor_come(const struct plan_floors *f, unsigned modes)
{
    struct plan_least_ride x = {0, f->truck_per_unit};
    for (unsigned m = 0; m < MODE_COUNT; m++) {
        if (!(modes >> m & 1))
            continue;
        x.myuan += f->ride[m].myuan;
        x.myuan_per_unit =
            f->ride[m].myuan_per_unit < x.myuan_per_unit ? f->ride[m].myuan_per_unit : x.myuan_per_unit;
    }
    return x;
}

/* Can no chain of these modes be as good as the best so far, wherever it goes? */
static inline bool floor_hopeless(const struct plan_query *q, unsigned modes)
{
    struct plan_least_ride x = floor_come(q->floors, modes);
    return !(x.myuan + x.myuan_per_unit * geo_chord_of(q->near_doors) <= q->floors->most);
}

/* The legs of the question in work, made when they are not. */
void floor_legs_make(struct plan_query *q);

#endif
