/* floors_scratch.c - the scratch of floors.c, and its beginning in a question. */
#include "plan/floors_inside.h"

#include <math.h>
#include <stdlib.h>

static bool floor_list_new(struct floor_list *l, size_t room)
{
    l->of = calloc(room, sizeof *l->of);
    l->mark = calloc(room, sizeof *l->mark);
    return l->of != NULL && l->mark != NULL;
}

static void floor_list_free(struct floor_list *l)
{
    free(l->of);
    free(l->mark);
}

static bool floor_legs_new(struct floor_legs *x, size_t terminals)
{
    x->leg = calloc(terminals, sizeof *x->leg);
    x->weight = calloc(terminals, sizeof *x->weight);
    x->time_ms = calloc(terminals, sizeof *x->time_ms);
    for (size_t i = 0; x->leg != NULL && i < terminals; i++)
        x->leg[i] = bound_nothing;
    return floor_list_new(&x->near, terminals) && x->leg && x->weight && x->time_ms;
}

static void floor_legs_free(struct floor_legs *x)
{
    floor_list_free(&x->near);
    free(x->leg);
    free(x->weight);
    free(x->time_ms);
}

bool plan_floors_new(const struct plan_network *p, struct plan_floors **out)
{
    size_t t = (size_t)p->net->terminal_count + 1;
    struct plan_floors *f = *out = calloc(1, sizeof *f);
    if (f == NULL)
        return false;
    f->group_stamp = calloc((size_t)p->rides.group_count + 1, sizeof *f->group_stamp);
    f->shuttle = calloc((size_t)p->shuttle_first[t - 1] + 1, sizeof *f->shuttle);
    f->shuttle_stamp = calloc((size_t)p->shuttle_first[t - 1] + 1, sizeof *f->shuttle_stamp);
    f->bound = calloc(t * SLOT_COUNT, sizeof *f->bound);
    f->board = calloc(t * BOARDS, sizeof *f->board);
    f->out_worth = calloc(t, sizeof *f->out_worth);
    for (size_t i = 0; f->bound != NULL && i < t * SLOT_COUNT; i++)
        f->bound[i] = bound_nothing;
    for (size_t i = 0; f->board != NULL && i < t * BOARDS; i++)
        f->board[i] = bound_nothing;
    for (size_t i = 0; f->out_worth != NULL && i < t; i++)
        f->out_worth[i] = INFINITY;
    return floor_legs_new(&f->out, t) && floor_legs_new(&f->in, t) && floor_list_new(&f->changed[0], t) &&
           floor_list_new(&f->changed[1], t) && floor_list_new(&f->boarded, t) &&
           floor_list_new(&f->fresh, t) && floor_list_new(&f->touched, t) && f->bound && f->board &&
           f->out_worth && f->shuttle && f->shuttle_stamp && f->group_stamp;
}

void plan_floors_free(struct plan_floors *f)
{
    if (f == NULL)
        return;
    floor_legs_free(&f->out);
    floor_legs_free(&f->in);
    free(f->shuttle);
    free(f->shuttle_stamp);
    free(f->group_stamp);
    free(f->bound);
    free(f->board);
    free(f->out_worth);
    struct floor_list *lists[] = {&f->changed[0], &f->changed[1], &f->boarded, &f->fresh, &f->touched};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        floor_list_free(lists[i]);
    free(f);
}

void plan_floors_begin(struct plan_query *q)
{
    struct plan_floors *f = q->floors;
    f->asked++;
    f->timed = q->request->deliver_by != 0 || q->holding_myuan_per_s > 0 || q->single.by == SINGLE_EARLIEST;
    for (unsigned m = 0; m < MODE_COUNT; m++) {
        if (!(q->modes >> m & 1))
            continue;
        f->ride[m] = plan_least_ride(q, m);
        if (q->single.by == SINGLE_EARLIEST && f->ride[m].myuan < INFINITY)
            f->ride[m] = (struct plan_least_ride){0, 0};
    }
    f->truck_per_unit = 0;
    if (q->load.vehicle != NET_NONE) {
        const struct net_vehicle *v = &q->p->net->vehicle[q->load.vehicle];
        if (q->single.by == SINGLE_CHEAPEST)
            f->truck_per_unit = q->p->linehaul.myuan_per_unit[v->vehicle_class] * q->load.trucks;
        f->per_km_myuan = v->myuan_per_km;
        f->per_h_myuan = v->myuan_per_h;
        f->fixed_myuan = (double)v->fixed_myuan * q->load.trucks;
    }
}
