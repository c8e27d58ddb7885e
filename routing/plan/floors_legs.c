/* floors_legs.c - the truck's legs of floors.c: by the weights of their ways alone, and only to terminals
 * that are not farther off as the crow flies than trucks may drive. */
#include "plan/floors_inside.h"

#include <math.h>

/* Of the families that may still win: their modes, and what rides cost at least. */
static unsigned left_modes(const struct plan_query *q, struct plan_least_ride *least)
{
    unsigned left = 0;
    *least = (struct plan_least_ride){INFINITY, INFINITY};
    for (int i = 0; i < FAMILY_COUNT; i++) {
        unsigned modes = plan_main_modes((enum plan_family)i);
        struct plan_least_ride x = floor_come(q->floors, modes);
        if (!(q->request->families >> i & 1) || floor_hopeless(q, modes))
            continue;
        left |= modes;
        least->myuan = x.myuan < least->myuan ? x.myuan : least->myuan;
        least->myuan_per_unit =
            x.myuan_per_unit < least->myuan_per_unit ? x.myuan_per_unit : least->myuan_per_unit;
    }
    return left;
}

/* Terminals that are nearer to the door, as the crow flies, than all trucks of a chain may drive, and than
 * what is paid for the rest of it allows. */
static void set_near(struct plan_query *q, const double *near, const double *far, struct floor_list *out)
{
    const struct plan_floors *f = q->floors;
    double metres = q->p->linehaul.m_per_unit; /* of road for each unit of the chord, at least */
    double unit = metres > 0 ? q->truck_limit_m / metres : INFINITY;
    double least = 1 - unit * unit / 2 - 1e-12; /* chord^2 = 2 - 2 x product */
    struct plan_least_ride ride;
    unsigned modes = left_modes(q, &ride);
    for (uint32_t i = 0; i < q->served->count; i++) {
        uint32_t t = q->served->terminal[i];
        if (near[t] > least && (q->p->call_modes[t] | q->p->stop_modes[t]) & modes &&
            ride.myuan + f->truck_per_unit * geo_chord_of(near[t]) +
                    ride.myuan_per_unit * geo_chord_of(far[t]) <=
                f->most)
            floor_put(out, t);
    }
}

/* By the weights of the ways. */
static void weigh(struct plan_query *q, bool out, struct floor_legs *x)
{
    const struct plan_floors *f = q->floors;
    if (out)
        set_near(q, q->near_from, q->near_to, &x->near);
    else
        set_near(q, q->near_to, q->near_from, &x->near);
    const struct road_floor *floor = &q->p->floor[q->p->net->vehicle[q->load.vehicle].vehicle_class];
    const uint32_t *weight = plan_door_weights(q, PLAN_CHEAPEST, out, &x->near, x->weight);
    const uint32_t *time_ms = f->timed ? plan_door_weights(q, PLAN_FASTEST, out, &x->near, x->time_ms) : NULL;
    for (uint32_t i = 0; i < x->near.count; i++) {
        uint32_t t = x->near.of[i];
        struct road_cost way = {.time_ms = time_ms != NULL ? time_ms[t] : 0};
        if (weight[t] >= ROAD_INF)
            continue;
        double ways = floor->ratio * weight[t] - floor->extra_myuan;
        x->leg[t] = (struct plan_bound){.s = time_ms != NULL ? plan_truck_s(q, &way) : 0,
                                        .money_myuan = floor_truck_myuan(q, ways > 0 ? ways : 0),
                                        .truck_m = plan_door_metres(q, out, t)};
        if (x->leg[t].truck_m >= q->truck_limit_m)
            x->leg[t] = bound_nothing;
    }
}

/* By the legs themselves, where these are known. */
static void take(struct plan_query *q, bool out, struct floor_legs *x)
{
    static const struct plan_bound nothing_left = {0};
    for (uint32_t i = 0; i < q->served->count; i++) {
        uint32_t t = q->served->terminal[i];
        floor_put(&x->near, t);
        for (int form = 0; form < PLAN_FORMS; form++) {
            const struct plan_haul *h = out ? plan_haul_out(q, form, t) : plan_haul_in(q, form, t);
            if (!h->ok)
                continue;
            if (x->leg[t].s == INT64_MAX || h->length_m < x->leg[t].truck_m)
                x->leg[t].truck_m = h->length_m;
            bound_least(&x->leg[t], &nothing_left, h->s, h->money_myuan, 0);
        }
    }
}

static void make(struct plan_query *q, bool out, uint32_t door, struct floor_legs *x)
{
    for (uint32_t i = 0; i < x->near.count; i++)
        x->leg[x->near.of[i]] = bound_nothing;
    floor_empty(&x->near);
    if (q->lazy)
        weigh(q, out, x);
    else
        take(q, out, x);
    for (uint32_t i = 0; i < x->near.count; i++)
        if (q->p->node[x->near.of[i]] == door) /* who is there needs no truck */
            x->leg[x->near.of[i]] = (struct plan_bound){0};
}

void floor_legs_make(struct plan_query *q)
{
    struct plan_floors *f = q->floors;
    const struct floor_list *near = &f->out.near;
    if (f->legs_of == f->asked)
        return;
    f->legs_of = f->asked;
    for (uint32_t i = 0; i < near->count; i++)
        f->out_worth[near->of[i]] = INFINITY;
    make(q, true, q->request->from, &f->out);
    make(q, false, q->request->to, &f->in);
    for (unsigned m = 0; m < MODE_COUNT; m++)
        f->least_out[m] = INFINITY;
    for (uint32_t i = 0; i < near->count; i++) {
        uint32_t t = near->of[i];
        const struct plan_bound *out = &f->out.leg[t];
        f->out_worth[t] = out->s != INT64_MAX ? floor_worth(q, out) : INFINITY;
        for (unsigned m = 0; m < MODE_COUNT; m++)
            if (q->p->call_modes[t] >> m & 1 && f->out_worth[t] < f->least_out[m])
                f->least_out[m] = f->out_worth[t];
    }
}
