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
    struct plan_bound *shuttle;  /* of a truck between two terminals */
    uint32_t *edge_stamp, *group_stamp, *shuttle_stamp, asked;
    double per_km_myuan, per_h_myuan, fixed_myuan; /* of the load's trucks */
    bool timed;                                    /* does time count? */
    double most;                                   /* that is worth looking at */
    struct plan_bound *bound, *board;              /* as those of bounds.c, but of three rides to go */
    double *out_worth;                             /* INFINITY: none */
    bool *want;                                    /* terminals near enough for a truck */
    struct floor_list changed[2], boarded, touched;
};

struct floors { /* of a family */
    struct bounds b;
    int round;
    double least_out; /* of the truck from the door */
    double most;      /* that may be left after that */
    bool timed;
    struct floor_list *changed;
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
    f->shuttle = calloc((size_t)p->shuttle_first[t - 1] + 1, sizeof *f->shuttle);
    f->shuttle_stamp = calloc((size_t)p->shuttle_first[t - 1] + 1, sizeof *f->shuttle_stamp);
    f->bound = calloc(t * SLOT_COUNT, sizeof *f->bound);
    f->board = calloc(t * BOARDS, sizeof *f->board);
    f->out_worth = calloc(t, sizeof *f->out_worth);
    f->want = calloc(t, sizeof *f->want);
    for (size_t i = 0; f->bound != NULL && i < t * SLOT_COUNT; i++)
        f->bound[i] = bound_nothing;
    for (size_t i = 0; f->board != NULL && i < t * BOARDS; i++)
        f->board[i] = bound_nothing;
    return list_new(&f->changed[0], t) && list_new(&f->changed[1], t) && list_new(&f->boarded, t) &&
           list_new(&f->touched, t) && f->bound && f->board && f->out_worth && f->want && f->out && f->in &&
           f->weight && f->time_ms && f->shuttle && f->shuttle_stamp && f->edge && f->edge_stamp &&
           f->group_stamp;
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
    free(f->shuttle);
    free(f->shuttle_stamp);
    free(f->bound);
    free(f->board);
    free(f->out_worth);
    free(f->want);
    struct floor_list *lists[] = {&f->changed[0], &f->changed[1], &f->boarded, &f->touched};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free(lists[i]->of);
        free(lists[i]->mark);
    }
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

/* Terminals that are nearer to the door, as the crow flies, than all trucks of a chain may drive. */
static void set_near(struct plan_query *q, const double *near)
{
    double metres = q->p->linehaul.m_per_unit; /* of road for each unit of the chord, at least */
    double unit = metres > 0 ? q->truck_limit_m / metres : INFINITY;
    double least = 1 - unit * unit / 2 - 1e-12; /* chord^2 = 2 - 2 x product */
    for (uint32_t i = 0; i < q->served->count; i++)
        q->floors->want[q->served->terminal[i]] = near[q->served->terminal[i]] > least;
}

/* By the weights of the ways. */
static void weigh_legs(struct plan_query *q, bool out, struct plan_bound *leg)
{
    struct plan_floors *f = q->floors;
    const struct plan_served *at = q->served;
    set_near(q, out ? q->near_from : q->near_to);
    const struct road_floor *floor = &q->p->floor[q->p->net->vehicle[q->load.vehicle].vehicle_class];
    road_hubs_weigh(plan_hubs(q, PLAN_CHEAPEST), q->hub_scratch[PLAN_CHEAPEST], out, f->want, f->weight);
    if (f->timed)
        road_hubs_weigh(plan_hubs(q, PLAN_FASTEST), q->hub_scratch[PLAN_FASTEST], out, f->want, f->time_ms);
    for (uint32_t i = 0; i < at->count; i++) {
        uint32_t t = at->terminal[i];
        struct road_cost way = {.time_ms = f->timed ? f->time_ms[t] : 0};
        leg[t] = bound_nothing;
        if (!f->want[t] || f->weight[t] >= ROAD_INF)
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
    for (uint32_t i = 0; i < q->served->count; i++) {
        const struct plan_bound *out = &f->out[q->served->terminal[i]];
        f->out_worth[q->served->terminal[i]] = out->s != INT64_MAX ? worth(q, out) : INFINITY;
    }
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
    r->ok = plan_group_ok(q, group) && freight_floor_of(n, s, &q->load, &floor);
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

enum { ROUNDING_MYUAN = 30 }; /* of holding and CO2, and one to spare: chain_least_total */

/* Can no chain of it be as good as the best so far? What comes before it costs at least `before`. */
static bool beaten(const struct plan_query *q, const struct plan_bound *x, double before)
{
    return x->s == INT64_MAX || worth(q, x) + before > q->floors->most;
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

/* Does x and that lower a bound of terminal t? */
static bool lower(const struct floors *w, uint32_t t, struct plan_bound *to, const struct plan_bound *x,
                  int64_t s, int64_t money)
{
    if (x->s == INT64_MAX)
        return false;
    if (!w->timed) { /* money alone */
        int64_t sum = x->money_myuan + money;
        if (sum >= to->money_myuan || (double)sum > w->most)
            return false;
        *to = (struct plan_bound){0, sum, 0};
        put(&w->b.q->floors->touched, t);
        return true;
    }
    if (!bound_may_lower(to, x, s, money, INT64_MAX - x->co2_g))
        return false;
    struct plan_bound y = *to;
    bound_least(&y, x, s, money, 0);
    if (beaten(w->b.q, &y, w->least_out))
        return false;
    *to = y;
    put(&w->b.q->floors->touched, t);
    return true;
}

static struct plan_bound *at(const struct floors *w, unsigned slot, uint32_t t)
{
    return &w->b.q->floors->bound[(size_t)slot * w->b.n->terminal_count + t];
}

static struct plan_bound *ridden_at(const struct floors *w, uint32_t t, unsigned m, bool both)
{
    return at(w, SLOT_RIDDEN + m + (both ? 2 : 0), t);
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
            lower(w, t, ridden_at(w, t, m, w->b.both), leg, step->p50_s, step->money_myuan))
            put(w->changed, t);
    }
}

/* Rides backwards from where they end with one to go less. */
static void rides_into(struct floors *w, uint32_t t)
{
    struct plan_query *q = w->b.q;
    const struct plan_rides *r = &q->p->rides;
    for (unsigned m = 0; m < w->b.modes; m++) {
        const struct plan_bound *one = ridden_at(w, t, m, false),
                                *both = w->b.both ? ridden_at(w, t, m, true) : one;
        const uint32_t *into = &r->into_first[w->b.mode[m] * w->b.n->terminal_count + t];
        if (one->s == INT64_MAX && both->s == INT64_MAX)
            continue;
        for (uint32_t i = into[0]; i < into[1]; i++) {
            const struct plan_bound *edge = edge_of(q, r->into[i]);
            uint32_t from = r->edge[r->into[i]].from;
            struct plan_bound *board = &q->floors->board[(size_t)from * BOARDS + m];
            if (edge->s == INT64_MAX)
                continue;
            bool better = lower(w, from, board, one, edge->s, edge->money_myuan);
            better = (w->b.both && lower(w, from, board + 2, both, edge->s, edge->money_myuan)) || better;
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
        const struct plan_bound *x = &q->floors->board[(size_t)t * BOARDS + m + (both ? 2 : 0)];
        const struct plan_step *step = plan_step_at(q, t, from, w->b.mode[m]);
        if (step->p50_s >= 0)
            better = lower(w, t, out, x, step->p50_s, step->money_myuan) || better;
    }
    return better;
}

/* A truck between two terminals, by the sums of its ways. */
static struct plan_bound shuttle(struct plan_query *q, uint32_t from, uint32_t i)
{
    struct plan_floors *f = q->floors;
    const struct plan_shuttle *s = &q->p->shuttle[i];
    struct plan_bound least = bound_nothing;
    if (f->shuttle_stamp[i] == f->asked)
        return f->shuttle[i];
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
    f->shuttle_stamp[i] = f->asked;
    f->shuttle[i] = least;
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
        struct plan_bound leg = shuttle(q, from, p->back[i]);
        for (unsigned m = 0; leg.s != INT64_MAX && m < w->b.modes; m++) {
            const struct plan_step *step = plan_step_at(q, from, w->b.mode[m], MODE_ROAD);
            for (unsigned both = 0; both <= w->b.both && stops(w, from, m) && step->p50_s >= 0; both++) {
                unsigned used = !w->b.both ? 0 : both ? 2 : m;
                if (lower(w, from, ridden_at(w, from, m, both), at(w, SLOT_SHUTTLED + used, t),
                          step->p50_s + leg.s, step->money_myuan + leg.money_myuan))
                    put(w->changed, from);
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
        better = board_any(w, t, MODE_ROAD, used, at(w, SLOT_SHUTTLED + used, t)) || better;
    for (unsigned m = 0; m < w->b.modes; m++)
        for (unsigned both = 0; both <= w->b.both && stops(w, t, m); both++)
            if (board_any(w, t, w->b.mode[m], both ? 2 : m, ridden_at(w, t, m, both)))
                put(w->changed, t);
    if (better)
        shuttles_into(w, t);
}

/* What the family before has left. */
static void clear(struct plan_query *q)
{
    struct plan_floors *f = q->floors;
    for (uint32_t i = 0; i < f->touched.count; i++) {
        for (size_t k = 0; k < SLOT_COUNT; k++)
            f->bound[k * q->p->net->terminal_count + f->touched.of[i]] = bound_nothing;
        for (size_t k = 0; k < BOARDS; k++)
            f->board[(size_t)f->touched.of[i] * BOARDS + k] = bound_nothing;
    }
    empty(&f->touched);
}

/* One ride more. */
static void round_of(struct floors *w)
{
    struct plan_floors *f = w->b.q->floors;
    struct floor_list *now = &f->changed[w->round % 2], *next = &f->changed[1 - w->round % 2];
    for (uint32_t i = 0; i < now->count; i++)
        rides_into(w, now->of[i]);
    empty(now);
    w->changed = next;
    for (uint32_t i = 0; w->round < PLAN_RIDES_MAX && i < f->boarded.count; i++)
        go_on(w, f->boarded.of[i]);
}

bool plan_floors_of(struct plan_query *q, enum plan_family family)
{
    struct plan_floors *f = q->floors;
    struct floors w = {.least_out = INFINITY, .changed = &f->changed[1]};
    bound_modes(&w.b, q, family);
    clear(q);
    f->most = q->single.by == SINGLE_EARLIEST ? (double)q->single.limit - (double)q->request->ready_at
                                              : (double)q->single.limit + ROUNDING_MYUAN;
    for (uint32_t i = 0; i < w.b.at->count; i++) {
        uint32_t t = w.b.at->terminal[i];
        if (f->out_worth[t] < w.least_out && q->p->call_modes[t] & w.b.mask)
            w.least_out = f->out_worth[t];
    }
    w.timed = f->timed;
    w.most = f->most - w.least_out;
    for (uint32_t i = 0; i < w.b.at->count; i++)
        deliver(&w, w.b.at->terminal[i]);
    for (w.round = 1; w.round <= PLAN_RIDES_MAX && f->changed[w.round % 2].count > 0; w.round++)
        round_of(&w);
    bool any = false;
    for (uint32_t i = 0; i < f->boarded.count; i++) {
        uint32_t t = f->boarded.of[i];
        w.least_out = f->out_worth[t];
        w.most = f->most - w.least_out;
        if (w.least_out <= f->most && plan_ready(q, t))
            any = board_any(&w, t, MODE_ROAD, 3, at(&w, SLOT_DOOR, t)) || any;
    }
    empty(&f->boarded);
    empty(&f->changed[0]);
    empty(&f->changed[1]);
    return any;
}

const struct plan_bound *plan_floor_bounds(const struct plan_query *q, int slot)
{
    return &q->floors->bound[(size_t)slot * q->p->net->terminal_count];
}
