/* connection.c - how sure the connections of an option are, and what it costs to miss one.
 *
 * What begins a connection is known: the truck leaves the door as planned, a service arrives by its timetable
 * (the tables tell nothing of its delays). Then handling takes its p50 and p90 of the terminal's table, and a
 * truck its driving time as p50 and PLAN_DRIVE_P90_PERMILLE of it as p90: an estimate, for the tables have no
 * spread of truck times. (The ratio of the 95th percentile to the median that US states report for trucks on
 * interstates, 23 CFR 490.611, lies mostly between 1.2 and 1.5, which is 1.15 to 1.37 at the 90th; 1.25 is
 * taken.) Rests are fixed, papers are ready.
 *
 * After a miss the cargo stands in the terminal where it came as planned and takes the departure of any
 * service of the same mode to the same terminal, whose cut-off is after the missed one, that arrives first,
 * of equals the cheapest. Later legs keep their departures while these can be reached, and else do the same.
 * Roads and handling stay. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "plan/chance.h"
#include "plan/engine.h"

#include <math.h>

enum { PLAN_DRIVE_P90_PERMILLE = 1250 };

static const uint8_t mode_of_leg[] = {MODE_ROAD, MODE_RAIL, MODE_WATER, MODE_AIR};

struct steps {
    struct chance_step of[CHANCE_STEPS_MAX];
    uint32_t count;
    int64_t at; /* when they begin */
    bool estimated;
};

struct walk { /* of an itinerary */
    struct plan_query *q;
    const struct network *n;
    const struct plan_itinerary *it;
};

static unsigned mode_of(const struct walk *w, const struct plan_leg *leg)
{
    return leg->service != NET_NONE ? w->n->service[leg->service].mode : mode_of_leg[LEG_TRUCK];
}

static void gate(struct steps *s, const struct network *n, uint32_t terminal)
{
    s->of[s->count++] = (struct chance_step){.kind = CHANCE_GATE, .hours = n->terminal[terminal].hours};
}

static void drive(struct steps *s, const struct plan_leg *truck)
{
    s->of[s->count++] = (struct chance_step){.kind = CHANCE_RANDOM,
                                             .p50_s = truck->drive_s,
                                             .p90_s = truck->drive_s * PLAN_DRIVE_P90_PERMILLE / 1000};
    s->of[s->count++] = (struct chance_step){.kind = CHANCE_FIXED, .p50_s = truck->rest_s};
    s->estimated = true;
}

static bool handling_is_estimated(const struct walk *w, uint32_t terminal, unsigned from, unsigned to)
{
    const struct net_terminal *t = &w->n->terminal[terminal];
    for (uint32_t i = t->handling_first; i < t->handling_first + t->handling_count; i++) {
        const struct net_handling *h = &w->n->handling[i];
        if (h->from_mode == from && h->to_mode == to && h->confidence == CONF_ESTIMATED)
            return true;
    }
    return false;
}

static void handle(struct steps *s, const struct walk *w, uint32_t terminal, unsigned from, unsigned to)
{
    const struct plan_step *x = plan_step_at(w->q, terminal, from, to);
    s->of[s->count++] = (struct chance_step){.kind = CHANCE_RANDOM, .p50_s = x->p50_s, .p90_s = x->p90_s};
    s->estimated = s->estimated || handling_is_estimated(w, terminal, from, to);
}

/* From what is known to the terminal where leg i is boarded, or to its truck. */
static unsigned come_to(struct steps *s, const struct walk *w, uint32_t i)
{
    const struct plan_leg *leg = w->it->legs;
    if (i == 0) { /* a door in the terminal */
        s->at = w->q->request->ready_at;
        gate(s, w->n, leg[0].from_terminal);
        return MODE_ROAD;
    }
    const struct plan_leg *before = &leg[i - 1];
    if (before->service != NET_NONE) {
        s->at = before->arrive_at;
        return mode_of(w, before);
    }
    if (before->from_terminal == NET_NONE) {
        s->at = before->depart_at;
    } else {
        s->at = leg[i - 2].arrive_at;
        handle(s, w, before->from_terminal, mode_of(w, &leg[i - 2]), MODE_ROAD);
        gate(s, w->n, before->from_terminal);
    }
    drive(s, before);
    gate(s, w->n, leg[i].from_terminal);
    return MODE_ROAD;
}

static double of_ride(const struct walk *w, uint32_t i, bool *estimated)
{
    const struct plan_leg *leg = &w->it->legs[i];
    struct steps s = {.count = 0};
    unsigned from = come_to(&s, w, i);
    handle(&s, w, leg->from_terminal, from, mode_of(w, leg));
    *estimated = s.estimated;
    return chance_in_time(w->n, s.of, s.count, s.at, leg->cutoff_at);
}

/* That the last leg ends by deliver_by. */
static double of_delivery(const struct walk *w, bool *estimated)
{
    const struct plan_itinerary *it = w->it;
    const struct plan_leg *last = &it->legs[it->leg_count - 1];
    struct steps s = {.at = last->depart_at};
    if (last->service != NET_NONE) {
        s.at = last->arrive_at;
        handle(&s, w, last->to_terminal, mode_of(w, last), MODE_ROAD);
        gate(&s, w->n, last->to_terminal);
    } else {
        if (last->from_terminal != NET_NONE) {
            s.at = last[-1].arrive_at;
            handle(&s, w, last->from_terminal, mode_of(w, last - 1), MODE_ROAD);
            gate(&s, w->n, last->from_terminal);
        }
        drive(&s, last);
    }
    *estimated = *estimated || s.estimated;
    return chance_in_time(w->n, s.of, s.count, s.at, w->q->request->deliver_by);
}

/* --- missed --- */

struct ride { /* instead of a planned one */
    uint32_t from_stop, to_stop;
    int32_t day;
    int64_t depart_at, arrive_at, price_myuan;
};

static void take_if_better(struct ride *best, const struct ride *x)
{
    if (best->from_stop == NET_NONE || x->arrive_at < best->arrive_at ||
        (x->arrive_at == best->arrive_at && x->price_myuan < best->price_myuan))
        *best = *x;
}

/* The first run from then on that takes the load; price -1: none. */
static struct ride first_run(const struct walk *w, uint32_t call, uint32_t to, int64_t board_at,
                             int32_t last_day)
{
    const struct net_stop *stop = &w->n->stop[call];
    const struct net_service *s = &w->n->service[stop->service];
    struct ride x = {.from_stop = call, .to_stop = to, .price_myuan = -1};
    int32_t day = cal_next_departure(w->n, s, stop, board_at, last_day);
    for (; day != CAL_NO_DAY && x.price_myuan < 0; day = cal_next_run(w->n, s, day + 1, last_day)) {
        x.day = day;
        x.depart_at = cal_departure(w->n, s, day, stop);
        x.arrive_at = cal_arrival(w->n, s, day, &w->n->stop[to]);
        x.price_myuan = plan_ride_price(w->q, call, to, day).money_myuan;
    }
    return x;
}

/* The departure from leg's terminal to where it ends for cargo that is ready then. */
static bool next_ride(const struct walk *w, const struct plan_leg *leg, int64_t ready_at, int32_t last_day,
                      struct ride *best)
{
    struct plan_query *q = w->q;
    unsigned mode = mode_of(w, leg);
    uint32_t k = leg->from_terminal * MODE_COUNT + mode;
    int64_t board_at = ready_at + (int64_t)q->p->cutoff_min[k] * 60;
    best->from_stop = NET_NONE;
    for (uint32_t i = q->p->call_first[k]; i < q->p->call_first[k + 1]; i++) {
        uint32_t call = q->p->call[i];
        const struct net_service *s = &w->n->service[w->n->stop[call].service];
        uint32_t end = plan_service_ok(q, w->n->stop[call].service) ? s->stop_first + s->stop_count : 0;
        for (uint32_t to = call + 1; to < end; to++) {
            struct ride x;
            if (w->n->stop[to].terminal != leg->to_terminal)
                continue;
            x = first_run(w, call, to, board_at, last_day);
            if (x.price_myuan >= 0)
                take_if_better(best, &x);
        }
    }
    return best->from_stop != NET_NONE;
}

struct rest {                                  /* of a chain after a miss */
    int64_t at;                                /* the cargo's */
    int64_t money_myuan, storage_myuan, co2_g; /* beside the plan's */
};

/* Where planned cargo came to the terminal of a ride, and what its stay there cost. */
static int64_t came_at(const struct walk *w, uint32_t i)
{
    const struct plan_leg *leg = &w->it->legs[i];
    return i > 0 ? leg[-1].arrive_at
                 : cal_next_open(w->n, w->n->terminal[leg->from_terminal].hours, w->q->request->ready_at);
}

static int64_t planned_stay(const struct walk *w, uint32_t i)
{
    const struct plan_leg *leg = &w->it->legs[i];
    bool from_door = i == 0 || (i == 1 && leg[-1].service == NET_NONE);
    return from_door ? 0 : plan_storage_myuan(w->q, leg->from_terminal, came_at(w, i), leg->depart_at);
}

/* Leg i, by timetable, with this ride; the cargo came to its terminal at `came`. */
static void ride(const struct walk *w, uint32_t i, int64_t came, const struct ride *x, struct rest *r)
{
    const struct plan_leg *leg = &w->it->legs[i];
    const struct net_service *s = &w->n->service[w->n->stop[x->from_stop].service];
    int64_t stay = plan_storage_myuan(w->q, leg->from_terminal, came, x->depart_at) - planned_stay(w, i);
    int64_t planned = plan_ride_price(w->q, leg->from_stop, leg->to_stop, leg->service_day).money_myuan;
    r->storage_myuan += stay;
    r->money_myuan += stay + x->price_myuan - planned;
    r->co2_g +=
        emission_leg(&w->n->emission[s->emission], &w->q->load, plan_ride_m(w->n, x->from_stop, x->to_stop))
            .wtw_g -
        leg->co2_wtw_g;
    r->at = x->arrive_at;
}

/* From where a ride ended through the rest; false: no departure, or a gate that never opens. */
static bool go_on(const struct walk *w, uint32_t i, int32_t last_day, struct rest *r)
{
    const struct plan_itinerary *it = w->it;
    unsigned mode = mode_of(w, &it->legs[i]);
    for (i++; i < it->leg_count; i++) {
        const struct plan_leg *leg = &it->legs[i];
        int64_t ready = r->at + plan_step_at(w->q, leg->from_terminal, mode,
                                             leg->service != NET_NONE ? mode_of(w, leg) : MODE_ROAD)
                                    ->p50_s;
        struct ride x = {.from_stop = leg->from_stop,
                         .to_stop = leg->to_stop,
                         .day = leg->service_day,
                         .depart_at = leg->depart_at,
                         .arrive_at = leg->arrive_at};
        if (leg->service == NET_NONE) {
            int64_t leave = cal_next_open(w->n, w->n->terminal[leg->from_terminal].hours, ready);
            if (leave == CAL_NEVER)
                return false;
            r->at = leave + leg->drive_s + leg->rest_s;
            if (leg->to_terminal != NET_NONE)
                r->at = cal_next_open(w->n, w->n->terminal[leg->to_terminal].hours, r->at);
            if (r->at == CAL_NEVER)
                return false;
            mode = MODE_ROAD;
            continue;
        }
        if (ready <= leg->cutoff_at)
            x.price_myuan = plan_ride_price(w->q, x.from_stop, x.to_stop, x.day).money_myuan;
        else if (!next_ride(w, leg, ready, last_day, &x))
            return false;
        ride(w, i, r->at, &x, r);
        mode = mode_of(w, leg);
    }
    const struct plan_leg *last = &it->legs[it->leg_count - 1];
    if (last->service == NET_NONE)
        return true;
    r->at = cal_next_open(w->n, w->n->terminal[last->to_terminal].hours,
                          r->at + plan_step_at(w->q, last->to_terminal, mode, MODE_ROAD)->p50_s);
    return r->at != CAL_NEVER;
}

static struct plan_missed missed(const struct walk *w, uint32_t i)
{
    const struct plan_itinerary *it = w->it;
    const struct plan_request *r = w->q->request;
    const struct plan_leg *leg = &it->legs[i];
    struct plan_missed m = {.none = true, .service = NET_NONE};
    int32_t last_day = cal_local_day(w->n, leg->depart_at) + PLAN_HORIZON_DAYS;
    struct rest rest = {0};
    struct ride x;
    if (!next_ride(w, leg, leg->cutoff_at + 1, last_day, &x))
        return m;
    ride(w, i, came_at(w, i), &x, &rest);
    if (!go_on(w, i, last_day, &rest))
        return m;
    int64_t holding = plan_holding_myuan(r, rest.at) - plan_holding_myuan(r, it->arrive_at);
    int64_t co2 = plan_co2_myuan(r, it->co2_wtw_g + rest.co2_g) - plan_co2_myuan(r, it->co2_wtw_g);
    return (struct plan_missed){.service = w->n->stop[x.from_stop].service,
                                .day = x.day,
                                .depart_at = x.depart_at,
                                .arrive_at = rest.at,
                                .later_s = rest.at - it->arrive_at,
                                .dearer_myuan = rest.money_myuan + holding + co2,
                                .storage_myuan = rest.storage_myuan,
                                .holding_myuan = holding,
                                .past_deadline = r->deliver_by != 0 && rest.at > r->deliver_by};
}

void plan_connections(struct plan_query *q, struct plan_itinerary *it)
{
    struct walk w = {.q = q, .n = q->p->net, .it = it};
    double all = 1;
    bool estimated = false;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        struct plan_leg *leg = &it->legs[i];
        struct plan_connection *c = &leg->connection;
        if (leg->service == NET_NONE)
            continue;
        double p = of_ride(&w, i, &c->estimated);
        c->made_permille = (uint16_t)lround(p * 1000);
        c->slack_s = leg->cutoff_at - leg->ready_at;
        c->missed = missed(&w, i);
        all *= p;
        estimated = estimated || c->estimated;
    }
    if (q->request->deliver_by != 0)
        all *= of_delivery(&w, &estimated);
    it->on_time_permille = (uint16_t)lround(all * 1000);
    it->on_time_estimated = estimated;
}
