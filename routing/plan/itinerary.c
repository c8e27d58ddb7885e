/* itinerary.c - a delivered label becomes legs and the lines of its bill, in words. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/truck.h"
#include "plan/engine.h"

_Static_assert((int)BILL_TRUCK_RUNNING == (int)LINE_TRUCK_RUNNING && (int)BILL_TOLL == (int)LINE_TOLL &&
                   (int)BILL_TARIFF == (int)LINE_TARIFF && (int)BILL_HANDLING == (int)LINE_HANDLING &&
                   (int)BILL_CO2 == (int)LINE_CO2,
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

static const char *unit_name(const struct network *n, const struct bill_line *l)
{
    static const char *const names[UNIT_COUNT] = {"t",  "TEU",      "20-ft box", "40-ft box",
                                                  "kg", "shipment", "truck"};
    uint8_t unit = l->kind == BILL_TARIFF ? n->tariff_rule[l->row].unit : UNIT_T;
    return unit < UNIT_COUNT ? names[unit] : "unit";
}

static void word_tariff(struct build *b, const struct bill_line *l, struct plan_line *out)
{
    const struct net_tariff_rule *r = &b->n->tariff_rule[l->row];
    const char *unit = unit_name(b->n, l);
    double units = (double)l->units_milli / 1000, km = (double)l->distance_m / 1000;
    double base = (double)r->base_myuan / 1000, per_km = (double)r->per_km_nyuan / 1e6;
    if (r->per_km_nyuan != 0) {
        out->basis = arena_printf(b->a, "%.3f %s x %.3f km", units, unit, km);
        out->rate = arena_printf(b->a, "%.3f yuan/%s + %.6f yuan/%s/km", base, unit, per_km, unit);
    } else {
        out->basis = arena_printf(b->a, "%.3f %s", units, unit);
        out->rate = arena_printf(b->a, "%.3f yuan/%s", base, unit);
    }
}

static void word_truck(struct build *b, const struct bill_line *l, const struct plan_leg *leg,
                       struct plan_line *out)
{
    const struct net_vehicle *v = &b->n->vehicle[b->q->load.vehicle];
    unsigned trucks = leg->trucks;
    const char *s = trucks == 1 ? "" : "s";
    if (l->kind == BILL_TRUCK_RUNNING) {
        out->basis = arena_printf(b->a, "%u truck%s x %.3f km", trucks, s, (double)leg->distance_m / 1000);
        out->rate = arena_printf(b->a, "%.3f yuan/km", v->myuan_per_km / 1000.0);
    } else if (l->kind == BILL_TRUCK_TIME) {
        out->basis = arena_printf(b->a, "%u truck%s x %.3f h", trucks, s, (double)leg->drive_s / 3600);
        out->rate = arena_printf(b->a, "%.3f yuan/h", v->myuan_per_h / 1000.0);
    } else if (l->kind == BILL_TRUCK_FIXED) {
        out->basis = arena_printf(b->a, "%u truck%s", trucks, s);
        out->rate = arena_printf(b->a, "%.3f yuan/truck", v->fixed_myuan / 1000.0);
    } else {
        out->basis = arena_printf(b->a, "%u truck%s, class %u", trucks, s, (unsigned)leg->vehicle_class);
        out->rate = arena_printf(b->a, "%.3f yuan/truck", (double)leg->toll_myuan / 1000);
    }
}

static void word_handling(struct build *b, const struct bill_line *l, struct plan_line *out)
{
    const struct net_handling *h = &b->n->handling[l->row];
    bool box = (b->q->load.cargo & CARGO_CONTAINER) != 0;
    double price = (double)(box ? h->price_myuan_per_teu : h->price_myuan_per_t) / 1000;
    out->basis = arena_printf(b->a, "%.3f %s", (double)l->units_milli / 1000, box ? "TEU" : "t");
    out->rate = arena_printf(b->a, "%.3f yuan/%s", price, box ? "TEU" : "t");
}

static bool take_lines(struct build *b, uint32_t leg)
{
    struct bill *bill = &b->q->bill;
    for (uint32_t i = 0; i < bill->count; i++) {
        const struct bill_line *l = &bill->line[i];
        if (b->it->line_count == LINES_MAX)
            return fail(b->e, ERR_RESOURCE_EXHAUSTED, "a bill has more than %d lines", LINES_MAX);
        struct plan_line *out = &b->it->lines[b->it->line_count++];
        *out = (struct plan_line){.kind = l->kind,
                                  .charge = l->charge,
                                  .leg = (uint8_t)leg,
                                  .estimated = l->estimated,
                                  .row = l->row,
                                  .amount_myuan = l->amount_myuan,
                                  .source = l->source};
        if (l->kind == BILL_TARIFF)
            word_tariff(b, l, out);
        else if (l->kind == BILL_HANDLING)
            word_handling(b, l, out);
        else
            word_truck(b, l, &b->it->legs[leg], out);
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
    if (!bill_handling(b->n, &b->n->terminal[at->terminal], plan_mode_of_state(at->state), to_mode,
                       &b->q->load, &b->q->bill, &min))
        return overflow(b);
    return take_lines(b, leg);
}

static void truck_leg(struct build *b, const struct road_cost *c, uint32_t i)
{
    struct plan_leg *leg = &b->it->legs[i];
    const struct net_vehicle *v = &b->n->vehicle[b->q->load.vehicle];
    const struct net_emission *em = &b->n->emission[v->emission];
    struct truck_run run = plan_run(c);
    leg->mode = LEG_TRUCK;
    leg->vehicle_class = v->vehicle_class;
    leg->trucks = (uint16_t)b->q->load.trucks;
    leg->service = leg->from_stop = leg->to_stop = NET_NONE;
    leg->distance_m = run.distance_m;
    leg->drive_s = run.drive_s;
    leg->rest_s = truck_rest_s(run.drive_s, b->q->request->second_driver);
    leg->toll_myuan = run.toll_myuan;
    leg->co2_wtw_g = emission_g(b->q->load.mass_kg, run.distance_m, em->wtw_mg_per_tkm);
    leg->co2_ttw_g = emission_g(b->q->load.mass_kg, run.distance_m, em->ttw_mg_per_tkm);
}

static bool truck_lines(struct build *b, const struct road_cost *c, uint32_t i)
{
    struct truck_run run = plan_run(c);
    if (!truck_bill(b->n, &b->q->load, &run, &b->q->bill))
        return overflow(b);
    return take_lines(b, i);
}

static bool ride_leg(struct build *b, const struct label *at, const struct label *l, uint32_t i)
{
    static const uint8_t mode[MODE_COUNT] = {LEG_TRUCK, LEG_TRAIN, LEG_VESSEL, LEG_FLIGHT};
    struct plan_leg *leg = &b->it->legs[i];
    const struct net_stop *from = &b->n->stop[l->from_stop], *to = &b->n->stop[l->to_stop];
    const struct net_service *s = &b->n->service[from->service];
    const struct net_emission *em = &b->n->emission[s->emission];
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
    leg->ready_at =
        at->arrive_at + plan_step_at(b->q, from->terminal, plan_mode_of_state(at->state), s->mode)->p50_s;
    leg->depart_at = cal_departure(b->n, s, l->day, from);
    leg->cutoff_at = leg->depart_at - (int64_t)cut * 60;
    leg->arrive_at = cal_arrival(b->n, s, l->day, to);
    leg->distance_m = plan_ride_m(b->n, l->from_stop, l->to_stop);
    leg->co2_wtw_g = emission_g(b->q->load.mass_kg, leg->distance_m, em->wtw_mg_per_tkm);
    leg->co2_ttw_g = emission_g(b->q->load.mass_kg, leg->distance_m, em->ttw_mg_per_tkm);
    struct bill_ride ride = {.service = s, .distance_m = leg->distance_m, .day = l->day};
    if (!handle(b, at, s->mode, i))
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
    truck_leg(b, c, i);
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
    truck_leg(b, c, i);
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
    b->it->leg_count++;
    if (at == NULL)
        return door_leg(b, l, i);
    return l->kind == LABEL_RIDE ? ride_leg(b, at, l, i) : leave_leg(b, at, l, i);
}

static bool add_line(struct build *b, const struct plan_line *line)
{
    if (line->basis == NULL || line->rate == NULL)
        return fail(b->e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    if (line->amount_myuan > 0)
        b->it->lines[b->it->line_count++] = *line;
    b->it->total_myuan += line->amount_myuan;
    return true;
}

static bool add_general_lines(struct build *b, const struct label *l)
{
    const struct plan_request *r = b->q->request;
    struct plan_line line = {.kind = LINE_HOLDING, .leg = 0, .estimated = true, .row = NET_NONE};
    line.amount_myuan = plan_holding_myuan(r, l->arrive_at);
    line.basis = arena_printf(b->a, "%lld yuan and %.3f t x %.3f h", (long long)r->cargo.value_yuan,
                              (double)r->cargo.mass_kg / 1000, (double)(l->arrive_at - r->ready_at) / 3600);
    line.rate = arena_printf(b->a, "%.1f %%/year + %.3f yuan/t/h", PLAN_HOLDING_PERMILLE_PER_YEAR / 10.0,
                             (double)r->value_of_time_myuan_per_t_h / 1000);
    if (!add_line(b, &line))
        return false;
    line = (struct plan_line){.kind = LINE_CO2, .row = NET_NONE, .amount_myuan = plan_co2_myuan(r, l->co2_g)};
    line.basis = arena_printf(b->a, "%.6f t CO2e", (double)l->co2_g / 1e6);
    line.rate = arena_printf(b->a, "%.3f yuan/t", (double)r->co2_price_myuan_per_t / 1000);
    return add_line(b, &line);
}

bool plan_build(struct plan_query *q, enum plan_family f, uint32_t label, struct arena *a,
                struct plan_itinerary *out, struct err *e)
{
    struct build b = {.q = q, .n = q->p->net, .a = a, .it = out, .e = e};
    uint32_t chain[PLAN_LEGS_MAX + 2], depth = 0;
    const struct label *last = &q->pool.label[label];
    *out = (struct plan_itinerary){.family = f};
    out->legs = arena_calloc(a, PLAN_LEGS_MAX, sizeof *out->legs);
    out->lines = arena_calloc(a, LINES_MAX + 2, sizeof *out->lines);
    if (out->legs == NULL || out->lines == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = label; i != NET_NONE; i = q->pool.label[i].parent)
        chain[depth++] = i;
    q->bill.count = 0;
    q->bill.sum_myuan = 0;
    while (depth > 0)
        if (!add_leg(&b, &q->pool.label[chain[--depth]]))
            return false;
    if (!add_general_lines(&b, last))
        return false;
    for (uint32_t i = 0; i < out->leg_count; i++) {
        out->distance_m += out->legs[i].distance_m;
        out->co2_wtw_g += out->legs[i].co2_wtw_g;
        out->co2_ttw_g += out->legs[i].co2_ttw_g;
    }
    out->depart_at = out->legs[0].depart_at;
    out->arrive_at = last->arrive_at;
    return true;
}
