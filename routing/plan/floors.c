/* floors.c - bounds like those of bounds.c, lower and much cheaper, for the search for one option.
 *
 * What a whole front needs is the least time, money and CO2 of every state, each as high as can be. One
 * option needs money (and time where it costs or a deadline counts), and only where a chain may still beat
 * the best so far; everything else gets no bound and is never looked at. So the recursion goes from the
 * terminals near the destination backwards over the edges that end there; a truck's leg counts by the weight
 * of its cheapest way alone (road/floor.h), without the sums of the way; a ride by the line below its tariff
 * (freight/floor.h); CO2 by nothing. */
#include "freight/calendar.h"
#include "freight/floor.h"
#include "plan/bounds_inside.h"

#include <math.h>
#include <stdlib.h>

struct floor_list { /* of terminals, each once */
    uint32_t *of, count;
    bool *mark;
};

struct plan_floors {
    struct plan_bound *out, *in; /* of the truck's leg, by terminal */
    uint32_t *weight, *time_ms;  /* of its ways */
    struct plan_bound *edge;     /* of a ride; s INT64_MAX: none */
    uint32_t *edge_stamp, *group_stamp, asked;
    double per_km_myuan, per_h_myuan, fixed_myuan; /* of the load's trucks */
    bool timed;                                    /* does time count? */
    double most;                                   /* that is worth looking at */
    struct floor_list changed, boarded;            /* since the layer before; ever */
};

struct floors { /* of a family */
    struct bounds b;
    int layer;
    double least_out; /* of the truck from the door */
    unsigned step;    /* from slot to slot: with one mode only the first of each kind is used */
};

static bool list_new(struct floor_list *l, size_t room)
{
    l->of = calloc(room, sizeof *l->of);
    l->mark = calloc(room, sizeof *l->mark);
    return l->of != NULL && l->mark != NULL;
}

bool plan_floors_new(const struct plan_network *p, struct plan_floors **out)
{
    size_t t = (size_t)p->net->terminal_count + 1;
    struct plan_floors *f = *out = calloc(1, sizeof *f);
    if (f == NULL)
        return false;
    f->out = calloc(t, sizeof *f->out);
    f->in = calloc(t, sizeof *f->in);
    f->weight = calloc(t, sizeof *f->weight);
    f->time_ms = calloc(t, sizeof *f->time_ms);
    f->edge = calloc((size_t)p->rides.edge_count + 1, sizeof *f->edge);
    f->edge_stamp = calloc((size_t)p->rides.edge_count + 1, sizeof *f->edge_stamp);
    f->group_stamp = calloc((size_t)p->rides.group_count + 1, sizeof *f->group_stamp);
    return list_new(&f->changed, t) && list_new(&f->boarded, t) && f->out && f->in && f->weight &&
           f->time_ms && f->edge && f->edge_stamp && f->group_stamp;
}

void plan_floors_free(struct plan_floors *f)
{
    if (f == NULL)
        return;
    free(f->out);
    free(f->in);
    free(f->weight);
    free(f->time_ms);
    free(f->edge);
    free(f->edge_stamp);
    free(f->group_stamp);
    free(f->changed.of);
    free(f->changed.mark);
    free(f->boarded.of);
    free(f->boarded.mark);
    free(f);
}

/* Of what the best has least of. */
static double worth(const struct plan_query *q, const struct plan_bound *x)
{
    if (q->single.by == SINGLE_EARLIEST)
        return (double)x->s;
    return (double)x->money_myuan + (double)x->s * q->holding_myuan_per_s;
}

/* Six lines, each to 5 myuan. */
enum { TRUCK_ROUNDING_MYUAN = 30 };

/* Of money that the ways' weights tell. */
static int64_t truck_least(const struct plan_query *q, double ways_myuan)
{
    double least = ways_myuan * q->load.trucks + q->floors->fixed_myuan - TRUCK_ROUNDING_MYUAN;
    return least > 0 ? (int64_t)least : 0;
}

/* By the weights of the ways. */
static void weigh_legs(struct plan_query *q, bool out, struct plan_bound *leg)
{
    struct plan_floors *f = q->floors;
    const struct plan_served *at = q->served;
    const struct road_floor *floor = &q->p->floor[q->p->net->vehicle[q->load.vehicle].vehicle_class];
    road_hubs_weigh(plan_hubs(q, PLAN_CHEAPEST), q->hub_scratch[PLAN_CHEAPEST], out, at->is, f->weight);
    if (f->timed)
        road_hubs_weigh(plan_hubs(q, PLAN_FASTEST), q->hub_scratch[PLAN_FASTEST], out, at->is, f->time_ms);
    for (uint32_t i = 0; i < at->count; i++) {
        uint32_t t = at->terminal[i];
        struct road_cost way = {.time_ms = f->timed ? f->time_ms[t] : 0};
        leg[t] = bound_nothing;
        if (f->weight[t] >= ROAD_INF)
            continue;
        double ways = floor->ratio * f->weight[t] - floor->extra_myuan;
        leg[t] =
            (struct plan_bound){f->timed ? plan_truck_s(q, &way) : 0, truck_least(q, ways > 0 ? ways : 0), 0};
    }
}

/* By the legs themselves, where these are known. */
static void take_legs(struct plan_query *q, bool out, struct plan_bound *leg)
{
    static const struct plan_bound nothing_left = {0, 0, 0};
    for (uint32_t i = 0; i < q->served->count; i++) {
        uint32_t t = q->served->terminal[i];
        leg[t] = bound_nothing;
        for (int form = 0; form < PLAN_FORMS; form++) {
            const struct plan_haul *h = out ? plan_haul_out(q, form, t) : plan_haul_in(q, form, t);
            if (h->ok)
                bound_least(&leg[t], &nothing_left, h->s, h->money_myuan, 0);
        }
    }
}

static void set_legs(struct plan_query *q, bool out, uint32_t door, struct plan_bound *leg)
{
    if (q->lazy)
        weigh_legs(q, out, leg);
    else
        take_legs(q, out, leg);
    for (uint32_t i = 0; i < q->served->count; i++)
        if (q->p->node[q->served->terminal[i]] == door) /* who is there needs no truck */
            leg[q->served->terminal[i]] = (struct plan_bound){0, 0, 0};
}

void plan_floors_begin(struct plan_query *q)
{
    struct plan_floors *f = q->floors;
    f->asked++;
    f->timed = q->request->deliver_by != 0 || q->holding_myuan_per_s > 0 || q->single.by == SINGLE_EARLIEST;
    if (q->load.vehicle != NET_NONE) {
        const struct net_vehicle *v = &q->p->net->vehicle[q->load.vehicle];
        f->per_km_myuan = v->myuan_per_km;
        f->per_h_myuan = v->myuan_per_h;
        f->fixed_myuan = (double)v->fixed_myuan * q->load.trucks;
    }
    set_legs(q, true, q->request->from, f->out);
    set_legs(q, false, q->request->to, f->in);
}

struct plan_bound plan_floor_out(const struct plan_query *q, uint32_t terminal)
{
    return q->floors->out[terminal];
}

/* Of a group without dates; the others have theirs by bounds.c. */
static const struct plan_rate *rate_of(struct plan_query *q, uint32_t group)
{
    const struct network *n = q->p->net;
    struct plan_rate *r = &q->rate[group];
    struct freight_floor floor;
    if (q->floors->group_stamp[group] == q->floors->asked)
        return r;
    q->floors->group_stamp[group] = q->floors->asked;
    if (plan_dated(q, group)) {
        int32_t today = cal_local_day(n, q->request->ready_at);
        bound_rates(q, group, today - PLAN_TRIP_DAYS, today + PLAN_HORIZON_DAYS);
        return r;
    }
    *r = (struct plan_rate){.stamp = 0}; /* not as those of bounds.c */
    const struct net_service *s = &n->service[q->p->rides.group[group].service];
    r->ok = q->group_ok[group] && freight_floor_of(n, s, &q->load, &floor);
    if (r->ok) {
        r->base_myuan = floor.base_myuan;
        r->per_m_myuan = floor.per_m_myuan;
        r->least_myuan = floor.least_myuan > 0 ? floor.least_myuan : 0;
    }
    return r;
}

static const struct plan_bound *edge_of(struct plan_query *q, uint32_t i)
{
    struct plan_floors *f = q->floors;
    const struct plan_edge *x = &q->p->rides.edge[i];
    if (f->edge_stamp[i] == f->asked)
        return &f->edge[i];
    f->edge_stamp[i] = f->asked;
    f->edge[i] = bound_nothing;
    int64_t money, co2;
    rate_of(q, x->group);
    if (plan_edge_least(q, x, &money, &co2))
        f->edge[i] = (struct plan_bound){x->least_s, money, 0};
    return &f->edge[i];
}

/* Can no chain of it be as good as the best so far? What comes before it costs at least `before`. */
static bool beaten(const struct plan_query *q, const struct plan_bound *x, double before)
{
    return x->s == INT64_MAX || worth(q, x) + before > q->floors->most;
}

/* Is *to lower by x and that? */
static bool lower(const struct floors *w, struct plan_bound *to, const struct plan_bound *x, int64_t s,
                  int64_t money)
{
    if (!bound_may_lower(to, x, s, money, INT64_MAX - x->co2_g))
        return false;
    struct plan_bound y = *to;
    bound_least(&y, x, s, money, 0);
    if (beaten(w->b.q, &y, w->least_out))
        return false;
    *to = y;
    return true;
}

static void put(struct floor_list *l, uint32_t t)
{
    if (l->mark[t])
        return;
    l->mark[t] = true;
    l->of[l->count++] = t;
}

static void empty(struct floor_list *l)
{
    while (l->count > 0)
        l->mark[l->of[--l->count]] = false;
}

static struct plan_bound *ridden_at(const struct floors *w, int layer, uint32_t t, unsigned m, bool both)
{
    return bound_at(w->b.q, layer, t, SLOT_RIDDEN + (int)(m + (both ? 2u : 0u)));
}

static struct plan_bound *shuttled_at(const struct floors *w, int layer, uint32_t t, unsigned used)
{
    return bound_at(w->b.q, layer, t, SLOT_SHUTTLED + (int)used);
}

static bool stops(const struct floors *w, uint32_t t, unsigned m)
{
    return w->b.q->p->stop_modes[t] >> w->b.mode[m] & 1;
}

/* Trucks to the door after the last ride: no ride to go. */
static void deliver(struct floors *w, uint32_t t)
{
    struct plan_query *q = w->b.q;
    const struct plan_bound *leg = &q->floors->in[t];
    if (beaten(q, leg, w->least_out) || !(q->p->stop_modes[t] & w->b.mask) || !plan_ready(q, t))
        return;
    for (unsigned m = 0; m < w->b.modes; m++) {
        const struct plan_step *step = plan_step_at(q, t, w->b.mode[m], MODE_ROAD);
        if (stops(w, t, m) && step->p50_s >= 0 &&
            lower(w, ridden_at(w, 0, t, m, w->b.both), leg, step->p50_s, step->money_myuan))
            put(&q->floors->changed, t);
    }
}

/* Rides backwards from where they end with one to go less. */
static void rides_into(struct floors *w, uint32_t t)
{
    struct plan_query *q = w->b.q;
    const struct plan_rides *r = &q->p->rides;
    for (unsigned m = 0; m < w->b.modes; m++) {
        const struct plan_bound *one = ridden_at(w, w->layer - 1, t, m, false),
                                *both = w->b.both ? ridden_at(w, w->layer - 1, t, m, true) : one;
        const uint32_t *into = &r->into_first[w->b.mode[m] * w->b.n->terminal_count + t];
        if (one->s == INT64_MAX && both->s == INT64_MAX)
            continue;
        for (uint32_t i = into[0]; i < into[1]; i++) {
            const struct plan_bound *edge = edge_of(q, r->into[i]);
            uint32_t from = r->edge[r->into[i]].from;
            struct plan_bound *board = &q->board[(size_t)from * BOARDS + m];
            if (edge->s == INT64_MAX)
                continue;
            bool better = lower(w, board, one, edge->s, edge->money_myuan);
            better = (w->b.both && lower(w, board + 2, both, edge->s, edge->money_myuan)) || better;
            if (better)
                put(&q->floors->boarded, from);
        }
    }
}

/* Boarding anything at t, come by `from`. used: place of the one mode used so far, 2 both, 3 none. */
static bool board_any(struct floors *w, uint32_t t, unsigned from, unsigned used, struct plan_bound *out)
{
    struct plan_query *q = w->b.q;
    bool better = false;
    for (unsigned m = 0; m < w->b.modes; m++) {
        bool both = w->b.both && used != 3 && used != m;
        const struct plan_bound *x = &q->board[(size_t)t * BOARDS + m + (both ? 2 : 0)];
        const struct plan_step *step = plan_step_at(q, t, from, w->b.mode[m]);
        if (step->p50_s >= 0)
            better = lower(w, out, x, step->p50_s, step->money_myuan) || better;
    }
    return better;
}

/* A truck between two terminals, by the sums of its ways. */
static struct plan_bound shuttle(struct plan_query *q, uint32_t from, const struct plan_shuttle *s)
{
    struct plan_bound least = bound_nothing;
    for (int form = 0; form < PLAN_FORMS; form++) {
        const struct road_cost *c = plan_shuttle_cost(q, from, s, form);
        if (c->weight == ROAD_INF || c->length_m > PLAN_SHUTTLE_MAX_M)
            continue;
        double ways = (double)c->length_m * q->floors->per_km_myuan / 1e3 +
                      (double)c->time_ms * q->floors->per_h_myuan / 3.6e6 + c->toll_myuan;
        int64_t money = truck_least(q, ways), drive_s = plan_run(c).drive_s;
        least.s = drive_s < least.s ? drive_s : least.s;
        least.money_myuan = money < least.money_myuan ? money : least.money_myuan;
    }
    return least;
}

/* To t by truck, from where a ride has ended, to board here. */
static void shuttles_into(struct floors *w, uint32_t t)
{
    struct plan_query *q = w->b.q;
    const struct plan_network *p = q->p;
    for (uint32_t i = p->back_first[t]; i < p->back_first[t + 1]; i++) {
        uint32_t from = p->back_from[i];
        if (!(p->stop_modes[from] & w->b.mask) || !plan_ready(q, from))
            continue;
        struct plan_bound leg = shuttle(q, from, &p->shuttle[p->back[i]]);
        for (unsigned m = 0; leg.s != INT64_MAX && m < w->b.modes; m++) {
            const struct plan_step *step = plan_step_at(q, from, w->b.mode[m], MODE_ROAD);
            for (unsigned both = 0; both <= w->b.both && stops(w, from, m) && step->p50_s >= 0; both++) {
                unsigned used = !w->b.both ? 0 : both ? 2 : m;
                if (lower(w, ridden_at(w, w->layer, from, m, both), shuttled_at(w, w->layer, t, used),
                          step->p50_s + leg.s, step->money_myuan + leg.money_myuan))
                    put(&q->floors->changed, from);
            }
        }
    }
}

/* Where boarding has become better: for who came by truck between two rides, and by a ride. */
static void go_on(struct floors *w, uint32_t t)
{
    struct plan_query *q = w->b.q;
    bool better = false;
    if (!plan_ready(q, t))
        return;
    for (unsigned used = 0; used < (w->b.both ? 3u : 1u); used++)
        better = board_any(w, t, MODE_ROAD, used, shuttled_at(w, w->layer, t, used)) || better;
    for (unsigned m = 0; m < w->b.modes; m++)
        for (unsigned both = 0; both <= w->b.both && stops(w, t, m); both++)
            if (board_any(w, t, w->b.mode[m], both ? 2 : m, ridden_at(w, w->layer, t, m, both)))
                put(&q->floors->changed, t);
    if (better)
        shuttles_into(w, t);
}

/* With a ride more to go there is all that there was. */
static void keep(struct floors *w, uint32_t t)
{
    for (unsigned k = SLOT_RIDDEN; k < SLOT_COUNT; k += w->step)
        *bound_at(w->b.q, w->layer, t, (int)k) = *bound_at(w->b.q, w->layer - 1, t, (int)k);
}

static void clear(struct floors *w, uint32_t t)
{
    for (unsigned k = SLOT_RIDDEN; k < SLOT_COUNT; k += w->step)
        *bound_at(w->b.q, 0, t, (int)k) = bound_nothing;
    for (unsigned k = 0; k < BOARDS; k += w->b.both ? 1 : 2)
        w->b.q->board[(size_t)t * BOARDS + k] = bound_nothing;
    *bound_at(w->b.q, PLAN_RIDES_MAX, t, SLOT_DOOR) = bound_nothing;
}

static void layer_of(struct floors *w)
{
    struct plan_floors *f = w->b.q->floors;
    for (uint32_t i = 0; i < f->changed.count; i++)
        rides_into(w, f->changed.of[i]);
    empty(&f->changed);
    for (uint32_t i = 0; w->layer < PLAN_RIDES_MAX && i < w->b.at->count; i++)
        keep(w, w->b.at->terminal[i]);
    for (uint32_t i = 0; w->layer < PLAN_RIDES_MAX && i < f->boarded.count; i++)
        go_on(w, f->boarded.of[i]);
}

/* False: no chain can be as good as the best so far. */
bool plan_floors_of(struct plan_query *q, enum plan_family family)
{
    struct plan_floors *f = q->floors;
    enum { ROUNDING_MYUAN = 30 }; /* of holding and CO2, and one to spare: chain_least_total */
    struct floors w = {.least_out = INFINITY};
    f->most = q->single.by == SINGLE_EARLIEST ? (double)q->single.limit - (double)q->request->ready_at
                                              : (double)q->single.limit + ROUNDING_MYUAN;
    bound_modes(&w.b, q, family);
    w.step = w.b.both ? 1 : SLOT_SHUTTLED - SLOT_RIDDEN;
    for (uint32_t i = 0; i < w.b.at->count; i++) {
        uint32_t t = w.b.at->terminal[i];
        double out = f->out[t].s != INT64_MAX ? worth(q, &f->out[t]) : INFINITY;
        if (q->p->call_modes[t] & w.b.mask && out < w.least_out)
            w.least_out = out;
    }
    for (uint32_t i = 0; i < w.b.at->count; i++) {
        clear(&w, w.b.at->terminal[i]);
        deliver(&w, w.b.at->terminal[i]);
    }
    for (w.layer = 1; w.layer <= PLAN_RIDES_MAX && f->changed.count > 0; w.layer++)
        layer_of(&w);
    bool any = false;
    for (; w.layer < PLAN_RIDES_MAX; w.layer++) /* nothing has changed any more */
        for (uint32_t i = 0; i < w.b.at->count; i++)
            keep(&w, w.b.at->terminal[i]);
    for (uint32_t i = 0; i < f->boarded.count; i++) {
        uint32_t t = f->boarded.of[i];
        struct plan_bound *x = bound_at(q, PLAN_RIDES_MAX, t, SLOT_DOOR);
        w.least_out = f->out[t].s != INT64_MAX ? worth(q, &f->out[t]) : INFINITY;
        if (!beaten(q, &f->out[t], 0) && plan_ready(q, t))
            any = board_any(&w, t, MODE_ROAD, 3, x) || any;
    }
    empty(&f->boarded);
    empty(&f->changed);
    return any;
}
