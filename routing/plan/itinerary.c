/* itinerary.c - a delivered label becomes legs and the lines of its bill, in words. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/truck.h"
#include "plan/engine.h"
#include "plan/words.h"

_Static_assert((int)BILL_TRUCK_RUNNING == (int)LINE_TRUCK_RUNNING && (int)BILL_TOLL == (int)LINE_TOLL &&
                   (int)BILL_TARIFF == (int)LINE_TARIFF && (int)BILL_HANDLING == (int)LINE_HANDLING &&
                   (int)BILL_CO2 == (int)LINE_CO2 && (int)BILL_REEFER == (int)LINE_REEFER &&
                   (int)BILL_STORAGE == (int)LINE_STORAGE,
               "bill.h and plan.h name the lines in one order");

enum { LINES_MAX = 128 };
#define YEAR_S (INT64_C(365) * 86400)

struct build {
    struct plan_query *q;
    const struct network *n;
    struct arena *a;
    struct plan_itinerary *it;
    struct err *e;
};

int64_t plan_holding_myuan(const struct plan_request *r, int64_t arrive_at)
{
    int64_t s = arrive_at - r->ready_at, by_value = 0, by_mass = 0;
    /* yuan x 1000 myuan x permille / 1000 */
    if (!bill_round(r->cargo.value_yuan * PLAN_HOLDING_PERMILLE_PER_YEAR, s, YEAR_S, &by_value) ||
        !bill_round(r->value_of_time_myuan_per_t_h, s * r->cargo.mass_kg, 3600 * INT64_C(1000), &by_mass))
        return BILL_MAX_MYUAN;
    return by_value + by_mass;
}

int64_t plan_co2_myuan(const struct plan_request *r, int64_t co2_g)
{
    int64_t m = 0;
    return bill_round(r->co2_price_myuan_per_t, co2_g, 1000000, &m) ? m : BILL_MAX_MYUAN;
}

static bool take_lines(struct build *b, uint32_t leg)
{
    struct bill *bill = &b->q->bill;
    for (uint32_t i = 0; i < bill->count; i++) {
        const struct bill_line *l = &bill->line[i];
        if (b->it->line_count == LINES_MAX)
            return fail(b->e, ERR_RESOURCE_EXHAUSTED, "a bill has more than %d lines", LINES_MAX);
        struct plan_line *out = &b->it->lines[b->it->line_count++];
        plan_word_line(b->n, &b->q->load, l, &b->it->legs[leg], b->a, out);
        out->leg = (uint8_t)leg;
        b->it->total_myuan += l->amount_myuan;
        if (out->basis == NULL || out->rate == NULL)
            return fail(b->e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    }
    bill->count = 0;
    bill->sum_myuan = 0;
    return true;
}

static bool overflow(struct build *b)
{
    return fail(b->e, ERR_OUT_OF_RANGE, "an amount of the bill passes all bounds; check mass and tariffs");
}

/* The step at the terminal where the label stands, as lines of a leg. */
static bool handle(struct build *b, const struct label *at, uint8_t to_mode, uint32_t leg)
{
    uint32_t min = 0;
    const struct net_terminal *t = &b->n->terminal[at->terminal];
    struct emission hub = emission_hub(b->n, t, &b->q->load);
    b->it->legs[leg].hub_wtw_g += hub.wtw_g;
    b->it->legs[leg].hub_ttw_g += hub.ttw_g;
    if (!bill_handling(b->n, t, plan_mode_of_state(at->state), to_mode, &b->q->load, &b->q->bill, &min))
        return overflow(b);
    return take_lines(b, leg);
}

/* What of a leg the load alone tells. */
static void load_leg(struct build *b, struct plan_leg *leg, uint8_t mode, uint32_t emission)
{
    const struct freight_load *l = &b->q->load;
    struct emission g = emission_leg(&b->n->emission[emission], l, leg->distance_m);
    leg->emission = emission;
    leg->co2_wtw_g = g.wtw_g;
    leg->co2_ttw_g = g.ttw_g;
    leg->co2_wtt_g = g.wtw_g - g.ttw_g;
    leg->chargeable_kg = cargo_chargeable_kg(l, mode);
    leg->boxes = l->box20 + l->box40;
    leg->teu = l->teu;
}

static void truck_leg(struct build *b, const struct road_cost *c, const struct road_cost *fastest, uint32_t i)
{
    struct plan_leg *leg = &b->it->legs[i];
    const struct net_vehicle *v = &b->n->vehicle[b->q->load.vehicle];
    struct truck_run run = plan_run(c);
    struct cargo_measures m = cargo_measures(v, &b->q->load);
    leg->mode = LEG_TRUCK;
    leg->height_cm = m.height_cm;
    leg->width_cm = m.width_cm;
    leg->vehicle_class = v->vehicle_class;
    leg->trucks = (uint16_t)b->q->load.trucks;
    leg->service = leg->from_stop = leg->to_stop = NET_NONE;
    leg->distance_m = run.distance_m;
    leg->drive_s = run.drive_s;
    leg->rest_s = truck_rest_s(run.drive_s, b->q->request->second_driver);
    leg->toll_myuan = run.toll_myuan;
    leg->form = run.drive_s != plan_run(fastest).drive_s;
    load_leg(b, leg, MODE_ROAD, v->emission);
}

static bool truck_lines(struct build *b, const struct road_cost *c, uint32_t i)
{
    struct truck_run run = plan_run(c);
    if (!truck_bill(b->n, &b->q->load, &run, &b->q->bill))
        return overflow(b);
    return take_lines(b, i);
}

/* When the cargo is at hand in the terminal of the ride. The truck from the door comes later than it could
 * when waiting would cost storage there: when the free time begins, or in time for the cut-off. */
static int64_t arrival(struct build *b, const struct label *at, const struct plan_leg *leg, int64_t p50_s)
{
    struct plan_leg *truck = &b->it->legs[0];
    int64_t free_s = bill_storage_free_s(b->n, at->terminal, &b->q->load);
    if (at->kind != LABEL_ORIGIN || at->form == LABEL_NO_TRUCK || free_s == INT64_MAX ||
        leg->depart_at - at->arrive_at <= free_s)
        return at->arrive_at;
    int64_t latest = leg->cutoff_at - p50_s, wanted = leg->depart_at - free_s;
    int64_t later =
        cal_next_open(b->n, b->n->terminal[at->terminal].hours, wanted < latest ? wanted : latest);
    if (later == CAL_NEVER || later + p50_s > leg->cutoff_at || later <= at->arrive_at)
        return at->arrive_at;
    truck->depart_at += later - truck->arrive_at;
    truck->arrive_at = later;
    return later;
}

static bool store(struct build *b, const struct label *at, int64_t depart_at, uint32_t leg)
{
    if (at->kind == LABEL_ORIGIN) /* comes in time; what does not find the gate open then is not charged */
        return true;
    return bill_storage(b->n, at->terminal, &b->q->load, at->arrive_at, depart_at, &b->q->bill)
               ? take_lines(b, leg)
               : overflow(b);
}

static bool ride_leg(struct build *b, const struct label *at, const struct label *l, uint32_t i)
{
    static const uint8_t mode[MODE_COUNT] = {LEG_TRUCK, LEG_TRAIN, LEG_VESSEL, LEG_FLIGHT};
    struct plan_leg *leg = &b->it->legs[i];
    const struct net_stop *from = &b->n->stop[l->from_stop], *to = &b->n->stop[l->to_stop];
    const struct net_service *s = &b->n->service[from->service];
    int64_t p50_s = plan_step_at(b->q, from->terminal, plan_mode_of_state(at->state), s->mode)->p50_s;
    uint32_t cut = b->q->p->cutoff_min[from->terminal * MODE_COUNT + s->mode];
    leg->mode = mode[s->mode];
    leg->service = from->service;
    leg->from_stop = l->from_stop;
    leg->to_stop = l->to_stop;
    leg->service_day = l->day;
    leg->from_terminal = from->terminal;
    leg->to_terminal = to->terminal;
    leg->from_node = b->n->terminal[from->terminal].node;
    leg->to_node = b->n->terminal[to->terminal].node;
    leg->depart_at = cal_departure(b->n, s, l->day, from);
    leg->cutoff_at = leg->depart_at - (int64_t)cut * 60;
    leg->ready_at = arrival(b, at, leg, p50_s) + p50_s;
    leg->arrive_at = cal_arrival(b->n, s, l->day, to);
    leg->distance_m = plan_ride_m(b->n, l->from_stop, l->to_stop);
    load_leg(b, leg, s->mode, s->emission);
    struct bill_ride ride = {.service = s, .distance_m = leg->distance_m, .day = l->day};
    if (!handle(b, at, s->mode, i) || !store(b, at, leg->depart_at, i))
        return false;
    return bill_tariff(b->n, &ride, &b->q->load, &b->q->bill) ? take_lines(b, i) : overflow(b);
}

/* From a terminal by truck to another terminal or the door; the gates' hours as in the search. */
static bool leave_leg(struct build *b, const struct label *at, const struct label *l, uint32_t i)
{
    struct plan_leg *leg = &b->it->legs[i];
    const struct net_terminal *t = &b->n->terminal[at->terminal];
    bool door = l->kind == LABEL_DELIVERED;
    const struct plan_shuttle *s = door ? NULL : plan_shuttle_of(b->q->p, at->terminal, l->terminal);
    const struct road_cost *c =
        door ? &b->q->in[l->form][at->terminal] : plan_shuttle_cost(b->q, at->terminal, s, l->form);
    truck_leg(b, c, door ? b->q->in[0] + at->terminal : plan_shuttle_cost(b->q, at->terminal, s, 0), i);
    leg->from_terminal = at->terminal;
    leg->to_terminal = door ? NET_NONE : l->terminal;
    leg->from_node = t->node;
    leg->to_node = door ? b->q->request->to : b->n->terminal[l->terminal].node;
    leg->ready_at =
        at->arrive_at + plan_step_at(b->q, at->terminal, plan_mode_of_state(at->state), MODE_ROAD)->p50_s;
    leg->depart_at = cal_next_open(b->n, t->hours, leg->ready_at);
    leg->arrive_at = leg->depart_at + leg->drive_s + leg->rest_s;
    return handle(b, at, MODE_ROAD, i) && truck_lines(b, c, i);
}

static bool door_leg(struct build *b, const struct label *l, uint32_t i)
{
    struct plan_leg *leg = &b->it->legs[i];
    const struct plan_request *r = b->q->request;
    bool direct = l->kind == LABEL_DELIVERED;
    const struct road_cost *c = direct ? &b->q->direct[l->form] : &b->q->out[l->form][l->terminal];
    truck_leg(b, c, direct ? &b->q->direct[0] : &b->q->out[0][l->terminal], i);
    leg->arcs = direct ? b->q->direct_arcs[l->form] : NULL;
    leg->arc_count = direct ? b->q->direct_arc_count[l->form] : 0;
    leg->from_terminal = NET_NONE;
    leg->to_terminal = direct ? NET_NONE : l->terminal;
    leg->from_node = r->from;
    leg->to_node = direct ? r->to : b->n->terminal[l->terminal].node;
    leg->ready_at = r->ready_at;
    leg->arrive_at = l->arrive_at; /* leaves in time to find the gate open */
    leg->depart_at = leg->arrive_at - leg->drive_s - leg->rest_s;
    return truck_lines(b, c, i);
}

static bool add_leg(struct build *b, const struct label *l)
{
    const struct label *at = l->parent != NET_NONE ? &b->q->pool.label[l->parent] : NULL;
    uint32_t i = b->it->leg_count;
    if (l->form == LABEL_NO_TRUCK && l->kind == LABEL_ORIGIN)
        return true;
    if (l->form == LABEL_NO_TRUCK && l->kind == LABEL_DELIVERED)
        return handle(b, at, MODE_ROAD, i - 1); /* ends the last ride */
    b->it->legs[b->it->leg_count++] = (struct plan_leg){0};
    if (at == NULL)
        return door_leg(b, l, i);
    return l->kind == LABEL_RIDE ? ride_leg(b, at, l, i) : leave_leg(b, at, l, i);
}

static bool add_line(struct build *b, const struct plan_line *line)
{
    if (line->basis == NULL || line->rate == NULL)
        return fail(b->e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    b->it->lines[b->it->line_count++] = *line;
    b->it->total_myuan += line->amount_myuan;
    return true;
}

static bool add_holding(struct build *b, const struct label *l)
{
    const struct plan_request *r = b->q->request;
    struct plan_line line = {.kind = LINE_HOLDING, .leg = 0, .estimated = true, .row = NET_NONE};
    line.amount_myuan = plan_holding_myuan(r, l->arrive_at);
    if (line.amount_myuan == 0)
        return true;
    line.basis = arena_printf(b->a, "%lld yuan and %.3f t x %.3f h", (long long)r->cargo.value_yuan,
                              (double)r->cargo.mass_kg / 1000, (double)(l->arrive_at - r->ready_at) / 3600);
    line.rate = arena_printf(b->a, "%.1f %%/year + %.3f yuan/t/h", PLAN_HOLDING_PERMILLE_PER_YEAR / 10.0,
                             (double)r->value_of_time_myuan_per_t_h / 1000);
    return add_line(b, &line);
}

static bool add_co2(struct build *b)
{
    const struct plan_request *r = b->q->request;
    int64_t co2_g = b->it->co2_wtw_g;
    struct plan_line line = {.kind = LINE_CO2, .row = NET_NONE, .amount_myuan = plan_co2_myuan(r, co2_g)};
    if (line.amount_myuan == 0)
        return true;
    line.basis = arena_printf(b->a, "%.6f t CO2e", (double)co2_g / 1e6);
    line.rate = arena_printf(b->a, "%.3f yuan/t", (double)r->co2_price_myuan_per_t / 1000);
    return add_line(b, &line);
}

static void add_up(struct plan_itinerary *it)
{
    for (uint32_t i = 0; i < it->leg_count; i++) {
        struct plan_leg *l = &it->legs[i];
        it->distance_m += l->distance_m;
        it->co2_wtw_g += l->co2_wtw_g + l->hub_wtw_g;
        it->co2_ttw_g += l->co2_ttw_g + l->hub_ttw_g;
        it->hub_wtw_g += l->hub_wtw_g;
        it->hub_ttw_g += l->hub_ttw_g;
    }
    it->co2_wtt_g = it->co2_wtw_g - it->co2_ttw_g;
}

bool plan_bill(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
               struct plan_itinerary *out, struct err *e)
{
    struct build b = {.q = q, .n = q->p->net, .a = a, .it = out, .e = e};
    uint32_t chain[PLAN_LEGS_MAX + 2], depth = 0;
    const struct label *last = &q->pool.label[label];
    *out = (struct plan_itinerary){.family = f};
    out->legs = arena_alloc(a, PLAN_LEGS_MAX * sizeof *out->legs);
    out->lines = arena_alloc(a, (LINES_MAX + 2) * sizeof *out->lines);
    if (out->legs == NULL || out->lines == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = label; i != NET_NONE; i = q->pool.label[i].parent)
        chain[depth++] = i;
    q->bill.count = 0;
    q->bill.sum_myuan = 0;
    while (depth > 0)
        if (!add_leg(&b, &q->pool.label[chain[--depth]]))
            return false;
    add_up(out);
    out->depart_at = out->legs[0].depart_at;
    out->arrive_at = last->arrive_at;
    return add_holding(&b, last) && add_co2(&b);
}

bool plan_build(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
                struct plan_itinerary *out, struct err *e)
{
    if (!plan_bill(q, f, label, a, out, e))
        return false;
    out->co2_method = plan_word_emissions(q->p->net, out, a);
    return out->co2_method != NULL ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}
