/* floors.c - bounds like those of bounds.c, lower and much cheaper, for the search for one option.
 *
 * What a whole front needs is the least time, money and CO2 of every state, each as high as can be. One
 * option needs money (and time where it costs or a deadline counts), and only where a chain may still beat
 * the best so far; everything else gets no bound and is never looked at. So the recursion goes from the
 * terminals near the destination backwards over the edges that end there, as long as what must come before
 * (the truck from the door, and rides of the modes not ridden yet: least.h) leaves room for it. A truck's leg
 * counts by the weight of its cheapest way alone (road/floor.h), without the sums of the way; a ride by the
 * line below its tariff (freight/floor.h); CO2 by nothing. */
#include "freight/calendar.h"
#include "freight/floor.h"
#include "plan/floors_inside.h"

#include <math.h>

enum { BOTH = 2 }; /* modes used so far: the place of the only one, or both */

struct floors { /* of a family */
    struct bounds b;
    int round;
    bool timed;
    double least_out;    /* of the truck from the door */
    double room[3];      /* what is worth looking at where one comes to by rides of the modes used */
    double room_both[2]; /* where a ride of mode m begins and both have been ridden behind it */
    struct floor_list *changed;
};

struct plan_bound plan_floor_out(const struct plan_query *q, uint32_t terminal)
{
    return q->floors->out.leg[terminal];
}

const uint32_t *plan_floor_near(const struct plan_query *q, uint32_t *count)
{
    *count = q->floors->out.near.count;
    return q->floors->out.near.of;
}

/* The line below a tariff: by units of the load where that is enough. */
static bool floor_of(const struct plan_query *q, const struct net_service *s, struct freight_floor *out)
{
    const struct freight_load *l = &q->load;
    unsigned forms = l->cargo & CARGO_FORMS, form = (unsigned)__builtin_ctz(forms | 1u << PLAN_LEAST_FORMS);
    if (s->mode == MODE_AIR || l->cargo & CARGO_NEEDS || (forms & (forms - 1)) != 0 ||
        form == PLAN_LEAST_FORMS || s->tariff >= q->p->net->tariff_count)
        return freight_floor_of(q->p->net, s, l, out);
    const struct freight_line *x = &q->p->least.line[s->tariff * PLAN_LEAST_FORMS + form];
    return x->simple ? freight_floor_by(x, s, l, out) : freight_floor_of(q->p->net, s, l, out);
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
    r->ok = plan_group_ok(q, group) && floor_of(q, s, &floor);
    if (r->ok) {
        r->base_myuan = floor.base_myuan;
        r->per_m_myuan = floor.per_m_myuan;
        r->least_myuan = floor.least_myuan > 0 ? floor.least_myuan : 0;
    }
    return r;
}

/* The same where money alone counts. */
static bool lower_money(double room, struct plan_bound *to, int64_t money, uint32_t truck_m)
{
    bool first = to->s == INT64_MAX;
    if ((double)money > room || (!first && money >= to->money_myuan && truck_m >= to->truck_m))
        return false;
    if (first)
        *to = (struct plan_bound){.money_myuan = money, .truck_m = truck_m};
    to->money_myuan = money < to->money_myuan ? money : to->money_myuan;
    to->truck_m = truck_m < to->truck_m ? truck_m : to->truck_m;
    return true;
}

static bool lower_timed(const struct plan_query *q, double room, struct plan_bound *to,
                        const struct plan_bound *x, const struct plan_bound *more, uint32_t truck_m)
{
    bool nearer = to->s == INT64_MAX || truck_m < to->truck_m;
    struct plan_bound y = *to;
    if (!nearer && !bound_may_lower(to, x, more->s, more->money_myuan, INT64_MAX - x->co2_g))
        return false;
    bound_least(&y, x, more->s, more->money_myuan, 0);
    if (floor_worth(q, &y) > room)
        return false;
    y.truck_m = nearer ? truck_m : to->truck_m;
    *to = y;
    return true;
}

/* Does x and that lower a bound of terminal t, within the room that what comes before leaves? */
static bool lower(const struct floors *w, uint32_t t, double room, struct plan_bound *to,
                  const struct plan_bound *x, const struct plan_bound *more)
{
    struct plan_query *q = w->b.q;
    uint32_t truck_m = x->truck_m + more->truck_m;
    if (x->s == INT64_MAX || (truck_m >= q->truck_limit_m && truck_m > 0)) /* too far to drive */
        return false;
    bool yes = w->timed ? lower_timed(q, room, to, x, more, truck_m)
                        : lower_money(room, to, x->money_myuan + more->money_myuan, truck_m);
    if (yes)
        floor_put(&q->floors->touched, t);
    return yes;
}

/* Handling alone. */
static bool lower_by_step(const struct floors *w, uint32_t t, double room, struct plan_bound *to,
                          const struct plan_bound *x, const struct plan_step *step)
{
    const struct plan_bound more = {.s = step->p50_s, .money_myuan = step->money_myuan};
    return step->p50_s >= 0 && lower(w, t, room, to, x, &more);
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
    const struct plan_bound *leg = &q->floors->in.leg[t];
    if (!(q->p->stop_modes[t] & w->b.mask) || leg->s == INT64_MAX)
        return;
    double left = w->room[w->b.both ? BOTH : 0];
    if (floor_worth(q, leg) > left || !plan_ready(q, t))
        return;
    for (unsigned m = 0; m < w->b.modes; m++) {
        const struct plan_step *step = plan_step_at(q, t, w->b.mode[m], MODE_ROAD);
        if (stops(w, t, m) && lower_by_step(w, t, left, ridden_at(w, t, m, w->b.both), leg, step))
            floor_put(w->changed, t);
    }
}

/* What is worth looking at where a ride of mode m begins: the truck has come, or another ride. */
static double board_room(const struct floors *w, uint32_t t, unsigned m)
{
    double driven = w->b.q->floors->most - w->b.q->floors->out_worth[t];
    return driven > w->room[m] || w->round == PLAN_RIDES_MAX ? driven : w->room[m];
}

/* Can the other mode have been ridden before, with the rides that are left? */
static bool other_joins(const struct floors *w, uint32_t t, unsigned m)
{
    unsigned other = w->b.mode[1 - m] + (w->round == 1 ? MODE_COUNT : 0);
    return w->round < PLAN_RIDES_MAX && w->b.q->p->joins[t] >> other & 1;
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
            const struct plan_edge *x = &r->edge[r->into[i]];
            struct plan_bound *board = &q->floors->board[(size_t)x->from * BOARDS + m];
            const struct plan_rate *rate = rate_of(q, x->group);
            if (!rate->ok || !plan_goes_on(q, x->from, x->to))
                continue;
            double line = rate->base_myuan + rate->per_m_myuan * x->distance_m;
            const struct plan_bound ride = {
                .s = x->least_s,
                .money_myuan = (int64_t)(line > rate->least_myuan ? line : rate->least_myuan)};
            bool better = lower(w, x->from, board_room(w, x->from, m), board, one, &ride);
            if (w->b.both && other_joins(w, x->from, m) &&
                lower(w, x->from, w->room_both[m], board + 2, both, &ride))
                better = true;
            if (better)
                floor_put(&q->floors->fresh, x->from);
        }
    }
}

/* Boarding anything at t, come by `from`. used: place of the one mode used so far, or BOTH. */
static bool board_any(struct floors *w, uint32_t t, unsigned from, unsigned used, double left,
                      struct plan_bound *out)
{
    struct plan_query *q = w->b.q;
    bool better = false;
    for (unsigned m = 0; m < w->b.modes; m++) {
        bool both = w->b.both && used != m;
        const struct plan_bound *x = &q->floors->board[(size_t)t * BOARDS + m + (both ? 2 : 0)];
        if (x->s == INT64_MAX)
            continue;
        better = lower_by_step(w, t, left, out, x, plan_step_at(q, t, from, w->b.mode[m])) || better;
    }
    return better;
}

/* A truck between two terminals, by the sums of its ways. */
static struct plan_bound shuttle_leg(struct plan_query *q, uint32_t from, uint32_t i)
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
        int64_t money = floor_truck_myuan(q, ways), drive_s = plan_run(c).drive_s;
        least.s = drive_s < least.s ? drive_s : least.s;
        least.money_myuan = money < least.money_myuan ? money : least.money_myuan;
        least.truck_m = least.truck_m == 0 || c->length_m < least.truck_m ? c->length_m : least.truck_m;
    }
    f->shuttle_stamp[i] = f->asked;
    f->shuttle[i] = least;
    return least;
}

/* From a ride of mode m to t by truck; used: the modes ridden then. */
static bool shuttle_from(struct floors *w, uint32_t t, uint32_t shuttle, uint32_t from, unsigned m,
                         unsigned used)
{
    struct plan_query *q = w->b.q;
    const struct plan_step *step = plan_step_at(q, from, w->b.mode[m], MODE_ROAD);
    const struct plan_bound *x = at(w, SLOT_SHUTTLED + used, t);
    struct plan_bound *to = ridden_at(w, from, m, used == BOTH);
    if (x->s == INT64_MAX || step->p50_s < 0 || floor_worth(q, x) > w->room[used])
        return false;
    struct plan_bound leg = shuttle_leg(q, from, shuttle);
    if (leg.s == INT64_MAX)
        return false;
    leg.s += step->p50_s;
    leg.money_myuan += step->money_myuan;
    return lower(w, from, w->room[used], to, x, &leg);
}

/* To t by truck, from where a ride has ended, to board here. */
static void shuttles_into(struct floors *w, uint32_t t)
{
    const struct plan_network *p = w->b.q->p;
    for (uint32_t i = p->back_first[t]; i < p->back_first[t + 1]; i++) {
        uint32_t from = p->back_from[i];
        if (!(p->stop_modes[from] & w->b.mask) || !plan_ready(w->b.q, from))
            continue;
        for (unsigned m = 0; m < w->b.modes; m++)
            for (unsigned both = 0; both <= w->b.both && stops(w, from, m); both++)
                if (shuttle_from(w, t, p->back[i], from, m, both ? BOTH : m))
                    floor_put(w->changed, from);
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
        better = board_any(w, t, MODE_ROAD, used, w->room[used], at(w, SLOT_SHUTTLED + used, t)) || better;
    for (unsigned m = 0; m < w->b.modes; m++)
        for (unsigned both = 0; both <= w->b.both && stops(w, t, m); both++) {
            unsigned used = both ? BOTH : m;
            if (board_any(w, t, w->b.mode[m], used, w->room[used], ridden_at(w, t, m, both)))
                floor_put(w->changed, t);
        }
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
    floor_empty(&f->touched);
}

/* One ride more. */
static void round_of(struct floors *w)
{
    struct plan_floors *f = w->b.q->floors;
    struct floor_list *now = &f->changed[w->round % 2], *next = &f->changed[1 - w->round % 2];
    for (uint32_t i = 0; i < now->count; i++)
        rides_into(w, now->of[i]);
    floor_empty(now);
    w->changed = next;
    for (uint32_t i = 0; i < f->fresh.count; i++) {
        floor_put(&f->boarded, f->fresh.of[i]);
        if (w->round < PLAN_RIDES_MAX)
            go_on(w, f->fresh.of[i]);
    }
    floor_empty(&f->fresh);
}

/* What the truck from the door and the rides before leave of what is worth looking at. */
static void set_rooms(struct floors *w)
{
    const struct plan_query *q = w->b.q;
    const struct plan_floors *f = q->floors;
    w->least_out = INFINITY;
    for (unsigned m = 0; m < w->b.modes; m++)
        w->least_out = fmin(w->least_out, f->least_out[w->b.mode[m]]);
    double ride[2] = {0, 0}, most = f->most - w->least_out;
    for (unsigned m = 0; m < w->b.modes; m++)
        ride[m] = f->ride[w->b.mode[m]].myuan;
    for (unsigned m = 0; m < 2; m++) {
        w->room[m] = most - ride[m];
        w->room_both[m] = most - ride[1 - m];
    }
    w->room[BOTH] = most - ride[0] - ride[1];
}

/* Too far to drive, with the truck from the door? */
static bool far(const struct plan_query *q, uint32_t t, const struct plan_bound *x)
{
    uint32_t truck_m = q->floors->out.leg[t].truck_m + x->truck_m;
    return truck_m > 0 && truck_m >= q->truck_limit_m;
}

static double door_least(const struct floors *w, uint32_t t)
{
    const struct plan_query *q = w->b.q;
    double least = INFINITY;
    for (unsigned m = 0; m < w->b.modes; m++) {
        const struct plan_bound *x = &q->floors->board[(size_t)t * BOARDS + m];
        const struct plan_step *step = plan_step_at(q, t, MODE_ROAD, w->b.mode[m]);
        if (far(q, t, x))
            continue;
        double sum = (double)x->money_myuan + (double)step->money_myuan;
        if (x->s != INT64_MAX && step->p50_s >= 0 && sum < least)
            least = sum;
    }
    return least + q->floors->out_worth[t];
}

/* Where money alone counts, the best chain costs little more than the least bound of one: what this round has
 * found from the door says what is worth looking at in the next. */
static void hope(struct floors *w)
{
    enum { MORE_MYUAN = 20000 };
    const double more = 1.03;
    struct plan_query *q = w->b.q;
    struct plan_floors *f = q->floors;
    for (uint32_t i = 0; i < f->boarded.count; i++) {
        uint32_t t = f->boarded.of[i];
        if (f->out_worth[t] >= f->most || !plan_ready(q, t))
            continue;
        double most = door_least(w, t) * more + MORE_MYUAN;
        f->most = most < f->most ? most : f->most;
    }
    set_rooms(w);
}

bool plan_floors_of(struct plan_query *q, enum plan_family family, bool hopeful)
{
    enum { ROUNDING_MYUAN = 30 }; /* of holding and CO2, and one to spare: chain_least_total */
    struct plan_floors *f = q->floors;
    struct floors w = {.changed = &f->changed[1], .timed = f->timed};
    bound_modes(&w.b, q, family);
    const double known = q->single.by == SINGLE_EARLIEST
                             ? (double)q->single.limit - (double)q->request->ready_at
                             : (double)q->single.limit + ROUNDING_MYUAN;
    f->most = known;
    if (floor_hopeless(q, w.b.mask))
        return false;
    floor_legs_make(q);
    set_rooms(&w);
    if (!(w.room[BOTH] >= 0))
        return false;
    clear(q);
    for (uint32_t i = 0; i < f->in.near.count; i++)
        deliver(&w, f->in.near.of[i]);
    for (w.round = 1; w.round <= PLAN_RIDES_MAX && f->changed[w.round % 2].count > 0; w.round++) {
        round_of(&w);
        if (hopeful && !w.timed && q->co2_myuan_per_g == 0)
            hope(&w);
    }
    bool any = false;
    for (uint32_t i = 0; i < f->boarded.count; i++) {
        uint32_t t = f->boarded.of[i];
        double left = f->most - f->out_worth[t];
        for (unsigned m = 0; left >= 0 && plan_ready(q, t) && m < w.b.modes; m++) {
            const struct plan_bound *x = &f->board[(size_t)t * BOARDS + m];
            if (!far(q, t, x))
                any = lower_by_step(&w, t, left, at(&w, SLOT_DOOR, t), x,
                                    plan_step_at(q, t, MODE_ROAD, w.b.mode[m])) ||
                      any;
        }
    }
    if (f->most < known)
        q->single.limit = (int64_t)f->most - ROUNDING_MYUAN;
    floor_empty(&f->boarded);
    floor_empty(&f->changed[0]);
    floor_empty(&f->changed[1]);
    return any;
}

const struct plan_bound *plan_floor_bounds(const struct plan_query *q, int slot)
{
    return &q->floors->bound[(size_t)slot * q->p->net->terminal_count];
}
