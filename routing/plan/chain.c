/* chain.c - one family: labels over all legal chains, round by round of rides.
 *
 * Labels are taken in the order they were made; one that was beaten since is skipped. That is label
 * correcting (Martins 1984): exact whatever the order, and with at most PLAN_RIDES_MAX rides it ends. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/truck.h"
#include "plan/engine.h"

enum { STOP_EVERY = 256 };

struct work { /* one family's run */
    struct plan_query *q;
    const struct network *n;
    unsigned main_modes, must_modes;
    int32_t last_day;
    bool full, stopped;
};

unsigned plan_main_modes(enum plan_family f)
{
    static const unsigned modes[FAMILY_COUNT] = {[FAMILY_ROAD] = 1u << MODE_ROAD,
                                                 [FAMILY_RAIL_ROAD] = 1u << MODE_RAIL,
                                                 [FAMILY_AIR_ROAD] = 1u << MODE_AIR,
                                                 [FAMILY_RAIL_WATER] = 1u << MODE_RAIL | 1u << MODE_WATER,
                                                 [FAMILY_ROAD_WATER] = 1u << MODE_WATER};
    return modes[f];
}

unsigned plan_must_modes(enum plan_family f)
{
    return plan_main_modes(f); /* every main mode of a family must be ridden at least once */
}

static void put(struct work *w, const struct label *l)
{
    if (l->arrive_at != CAL_NEVER && !label_hopeless(&w->q->pool, l) &&
        label_put(&w->q->pool, l) == LABEL_POOL_FULL)
        w->full = true;
}

/* Money and CO2 of a truck leg added to a label. */
static bool add_truck(struct plan_query *q, const struct road_cost *c, struct label *l)
{
    struct truck_run run = plan_run(c);
    q->bill.count = 0;
    q->bill.sum_myuan = 0;
    if (!truck_bill(q->p->net, &q->load, &run, &q->bill))
        return false;
    const struct network *n = q->p->net;
    l->money_myuan += q->bill.sum_myuan;
    uint32_t row = n->vehicle[q->load.vehicle].emission;
    l->co2_g += emission_g(q->load.mass_kg, run.distance_m, n->emission[row].wtw_mg_per_tkm);
    return true;
}

static void seed(struct work *w, uint32_t terminal)
{
    struct plan_query *q = w->q;
    const struct net_terminal *t = &w->n->terminal[terminal];
    if (!q->terminal_ok[terminal] || !(q->p->call_modes[terminal] & w->main_modes))
        return;
    struct label l = {.kind = LABEL_ORIGIN, .state = AT_FROM_DOOR, .terminal = terminal, .parent = NET_NONE};
    if (t->node == q->request->from) {
        l.form = LABEL_NO_TRUCK;
        l.arrive_at = cal_next_open(w->n, t->hours, q->request->ready_at);
        put(w, &l);
        return;
    }
    for (uint8_t f = 0; f < PLAN_FORMS; f++) {
        const struct road_cost *c = &q->out[f][terminal];
        l.money_myuan = l.co2_g = 0;
        l.form = f;
        if (c->weight == ROAD_INF || !add_truck(q, c, &l))
            continue;
        l.arrive_at = cal_next_open(w->n, t->hours, q->request->ready_at + plan_truck_s(q, c));
        put(w, &l);
    }
}

/* Rides one departure to every later stop. */
static void ride_day(struct work *w, uint32_t from, const struct label *at, const struct net_service *s,
                     int32_t day)
{
    struct plan_query *q = w->q;
    const struct plan_step *step;
    int64_t m = 0;
    for (uint32_t k = at->from_stop + 1; k < s->stop_first + s->stop_count; k++) {
        const struct net_stop *stop = &w->n->stop[k];
        m += stop->distance_m;
        struct label l = *at;
        l.parent = from;
        l.to_stop = k;
        l.day = day;
        l.terminal = stop->terminal;
        l.arrive_at = cal_arrival(w->n, s, day, stop);
        if (!q->terminal_ok[stop->terminal] || label_hopeless(&q->pool, &l))
            continue;
        step = plan_step_at(q, stop->terminal, s->mode, 0);
        if (step[0].p50_s < 0 && step[1].p50_s < 0 && step[2].p50_s < 0 && step[3].p50_s < 0)
            continue; /* nothing can take the cargo on from here */
        struct bill_ride ride = {.service = s, .distance_m = m, .day = day};
        q->bill.count = 0;
        q->bill.sum_myuan = 0;
        if (!bill_tariff(w->n, &ride, &q->load, &q->bill) && !(q->relax & RELAX_CARGO))
            continue;
        l.money_myuan += q->bill.sum_myuan;
        l.co2_g += emission_g(q->load.mass_kg, m, w->n->emission[s->emission].wtw_mg_per_tkm);
        put(w, &l);
    }
}

/* The earliest day from `day` on which a rule of the service's tariff begins or has ended. */
static int32_t next_tariff_change(const struct network *n, const struct net_service *s, int32_t day)
{
    int32_t next = CAL_NO_DAY;
    if (s->tariff >= n->tariff_count)
        return next;
    const struct net_tariff *t = &n->tariff[s->tariff];
    for (uint32_t i = t->rule_first; i < t->rule_first + t->rule_count; i++) {
        const struct net_tariff_rule *r = &n->tariff_rule[i];
        if (r->valid_from_day > day && r->valid_from_day < next)
            next = r->valid_from_day;
        if (r->valid_to_day >= day && r->valid_to_day < next - 1)
            next = r->valid_to_day + 1;
    }
    return next;
}

static int32_t first_day(const struct work *w, const struct net_service *s, const struct net_stop *stop,
                         int64_t at)
{
    if (w->q->relax & RELAX_CALENDAR) { /* as if it ran every day */
        struct net_service daily = *s;
        daily.days = 0x7f;
        daily.exception_count = 0;
        daily.valid_from_day = INT32_MIN / 2;
        daily.valid_to_day = INT32_MAX / 2;
        return cal_next_departure(w->n, &daily, stop, at, w->last_day);
    }
    return cal_next_departure(w->n, s, stop, at, w->last_day);
}

static void ride(struct work *w, uint32_t from, uint32_t call)
{
    struct plan_query *q = w->q;
    const struct net_stop *stop = &w->n->stop[call];
    const struct net_service *s = &w->n->service[stop->service];
    struct label l = q->pool.label[from];
    uint8_t mode = plan_mode_of_state(l.state);
    const struct plan_step *step = plan_step_at(q, stop->terminal, mode, s->mode);
    static const uint8_t state[MODE_COUNT] = {AT_FROM_LINE_HAUL, AT_FROM_RAIL, AT_FROM_WATER, AT_FROM_AIR};
    if (!(w->main_modes >> s->mode & 1) || !q->service_ok[stop->service] || step->p50_s < 0)
        return;
    if ((l.state == AT_SHUTTLED_FROM_RAIL && s->mode == MODE_RAIL) ||
        (l.state == AT_SHUTTLED_FROM_WATER && s->mode == MODE_WATER))
        return;
    uint32_t k = stop->terminal * MODE_COUNT + s->mode;
    int64_t board = l.arrive_at + step->p50_s + (int64_t)q->p->cutoff_min[k] * 60;
    int64_t papers = q->request->ready_at + (int64_t)q->p->document_min[k] * 60;
    l.money_myuan += step->money_myuan;
    l.kind = LABEL_RIDE;
    l.state = state[s->mode];
    l.used_modes |= (uint8_t)(1u << s->mode);
    l.from_stop = call;
    l.rides++;
    int32_t day = first_day(w, s, stop, board > papers ? board : papers);
    while (day <= w->last_day && day != CAL_NO_DAY) {
        ride_day(w, from, &l, s, day);
        int32_t change = next_tariff_change(w->n, s, day);
        if (change > w->last_day || w->q->relax & RELAX_CALENDAR)
            break;
        day = cal_next_run(w->n, s, change, w->last_day);
    }
}

/* Between a yard and a port by truck, where the chain changes mode. */
static void shuttle(struct work *w, uint32_t from)
{
    struct plan_query *q = w->q;
    struct label at = q->pool.label[from];
    const struct net_terminal *a = &w->n->terminal[at.terminal];
    const struct plan_step *step = plan_step_at(q, at.terminal, plan_mode_of_state(at.state), MODE_ROAD);
    if (step->p50_s < 0 || q->load.vehicle == NET_NONE || at.rides >= PLAN_RIDES_MAX)
        return;
    int64_t leave = cal_next_open(w->n, a->hours, at.arrive_at + step->p50_s);
    if (leave == CAL_NEVER)
        return;
    for (uint32_t i = q->p->shuttle_first[at.terminal]; i < q->p->shuttle_first[at.terminal + 1]; i++) {
        const struct plan_shuttle *s = &q->p->shuttle[i];
        for (uint8_t f = 0; f < PLAN_FORMS && q->terminal_ok[s->to]; f++) {
            const struct road_cost *c = plan_shuttle_cost(q, at.terminal, s, f);
            struct label l = at;
            if (c->weight == ROAD_INF || c->length_m > PLAN_SHUTTLE_MAX_M || !add_truck(q, c, &l))
                continue;
            l.kind = LABEL_SHUTTLE;
            l.state = at.state == AT_FROM_RAIL ? AT_SHUTTLED_FROM_RAIL : AT_SHUTTLED_FROM_WATER;
            l.parent = from;
            l.form = f;
            l.terminal = s->to;
            l.money_myuan += step->money_myuan;
            l.arrive_at = cal_next_open(w->n, w->n->terminal[s->to].hours, leave + plan_truck_s(q, c));
            put(w, &l);
        }
    }
}

static void deliver_label(struct work *w, const struct label *l)
{
    struct plan_query *q = w->q;
    if (q->request->deliver_by != 0 && l->arrive_at > q->request->deliver_by) {
        if (l->arrive_at < q->late_at)
            q->late_at = l->arrive_at;
        return;
    }
    put(w, l);
}

static void deliver(struct work *w, uint32_t from)
{
    struct plan_query *q = w->q;
    struct label at = q->pool.label[from];
    const struct net_terminal *t = &w->n->terminal[at.terminal];
    const struct plan_step *step = plan_step_at(q, at.terminal, plan_mode_of_state(at.state), MODE_ROAD);
    if (step->p50_s < 0)
        return;
    int64_t leave = cal_next_open(w->n, t->hours, at.arrive_at + step->p50_s);
    if (leave == CAL_NEVER)
        return;
    at.kind = LABEL_DELIVERED;
    at.parent = from;
    at.money_myuan += step->money_myuan;
    at.arrive_at = leave;
    at.form = LABEL_NO_TRUCK;
    if (t->node == q->request->to) {
        deliver_label(w, &at);
        return;
    }
    for (uint8_t f = 0; f < PLAN_FORMS; f++) {
        const struct road_cost *c = &q->in[f][at.terminal];
        struct label l = at;
        if (c->weight == ROAD_INF || !add_truck(q, c, &l))
            continue;
        l.form = f;
        l.arrive_at = leave + plan_truck_s(q, c);
        deliver_label(w, &l);
    }
}

bool plan_direct_label(struct plan_query *q, unsigned form, struct label *out)
{
    const struct road_cost *c = &q->direct[form];
    *out = (struct label){
        .kind = LABEL_DELIVERED, .parent = NET_NONE, .form = (uint8_t)form, .terminal = NET_NONE};
    if (c->weight == ROAD_INF || !add_truck(q, c, out))
        return false;
    out->arrive_at = q->request->ready_at + plan_truck_s(q, c);
    return true;
}

/* A truck from door to door. */
static void drive_direct(struct work *w)
{
    struct label l;
    for (unsigned f = 0; f < PLAN_FORMS; f++)
        if (plan_direct_label(w->q, f, &l))
            deliver_label(w, &l);
}

static void expand(struct work *w, uint32_t i)
{
    struct plan_query *q = w->q;
    const struct label at = q->pool.label[i];
    bool ridden = at.kind == LABEL_RIDE;
    if (at.dead || at.kind == LABEL_DELIVERED || label_hopeless(&q->pool, &at))
        return;
    if (ridden && (at.used_modes & w->must_modes) == w->must_modes)
        deliver(w, i);
    if (at.rides < PLAN_RIDES_MAX)
        for (uint32_t k = q->p->call_first[at.terminal]; k < q->p->call_first[at.terminal + 1]; k++)
            ride(w, i, q->p->call[k]);
    if (ridden && w->main_modes == (1u << MODE_RAIL | 1u << MODE_WATER))
        shuttle(w, i);
}

bool plan_label_family(struct plan_query *q, enum plan_family f, struct err *e)
{
    struct work w = {.q = q,
                     .n = q->p->net,
                     .main_modes = plan_main_modes(f),
                     .must_modes = plan_must_modes(f),
                     .last_day = cal_local_day(q->p->net, q->request->ready_at) + PLAN_HORIZON_DAYS};
    label_pool_clear_sets(&q->pool);
    q->late_at = CAL_NEVER;
    uint32_t i = q->pool.count;
    if (f == FAMILY_ROAD)
        drive_direct(&w);
    for (uint32_t t = 0; q->request->via_count == 0 && t < w.n->terminal_count; t++)
        seed(&w, t); /* a chain does not pass the places asked for */
    for (; i < q->pool.count && !w.full; i++) {
        if (q->stop != NULL && ++q->ticks % STOP_EVERY == 0 && q->stop(q->stop_ctx))
            return fail(e, ERR_DEADLINE_EXCEEDED,
                        "the deadline of the request passed while chains were searched");
        expand(&w, i);
    }
    if (w.full)
        return fail(e, ERR_RESOURCE_EXHAUSTED,
                    "the question needs more than %d partial chains; ask for fewer families", LABELS_MAX);
    return true;
}
