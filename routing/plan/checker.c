/* checker.c - plan_check: an itinerary is derived again from the tables. It shares no code with the search,
 * the calendar or the bill, only network.h and the road layer; what it finds wrong it says first. */
#include "network/geo.h"
#include "plan/checker_inside.h"

static int weekday(int64_t day) /* 0 Monday; 1970-01-05 was one */
{
    int64_t d = (day - 4) % 7;
    return (int)(d < 0 ? d + 7 : d);
}

static int64_t local(const struct network *n, int64_t at)
{
    return at + (int64_t)n->utc_offset_min * 60;
}

static bool gate_open(const struct network *n, uint32_t terminal, int64_t at)
{
    uint32_t row = n->terminal[terminal].hours;
    if (row == 0)
        return true;
    int64_t t = local(n, at), day = t / CHECK_DAY_S;
    for (int64_t d = day; d >= day - 2; d--) {
        const struct net_hours *h = &n->hours[row];
        int64_t minute = t - d * CHECK_DAY_S;
        if (minute >= h->from_min[weekday(d)] * 60 && minute < h->to_min[weekday(d)] * 60)
            return true;
    }
    return false;
}

/* Steps of a minute, for nine days. */
static int64_t gate_wait(const struct network *n, uint32_t terminal, int64_t at)
{
    if (gate_open(n, terminal, at))
        return at;
    at += 60 - at % 60;
    for (int i = 0; i < 9 * 24 * 60; i++, at += 60)
        if (gate_open(n, terminal, at))
            return at;
    return INT64_MAX;
}

static bool service_runs(const struct network *n, const struct net_service *s, int32_t day)
{
    bool runs = (s->days & (1u << weekday(day))) != 0;
    for (uint32_t i = 0; i < n->exception_count; i++)
        if (n->exception[i].service == (uint32_t)(s - n->service) && n->exception[i].day == day)
            runs = n->exception[i].added;
    return runs && s->valid_from_day <= day && day <= s->valid_to_day;
}

/* One terminal's work between two modes: time, and prices owed by a leg. */
static bool handle(struct check *c, unsigned to, uint32_t leg, int64_t *ready)
{
    const struct net_terminal *t = &c->n->terminal[c->terminal];
    int64_t minutes = 0, rows = 0;
    if (!check_terminal_takes(c, t))
        return WRONG(c, "leg %u: terminal %lld is not open to this cargo", leg, (long long)t->id);
    bool boxes = (c->cargo & CARGO_CONTAINER) != 0;
    if (boxes ? t->capacity_teu_per_day != 0 && c->teu > t->capacity_teu_per_day
              : t->capacity_t_per_day != 0 && c->r->cargo.mass_kg > (int64_t)t->capacity_t_per_day * 1000)
        return WRONG(c, "leg %u: the load is larger than terminal %lld turns over in a day", leg,
                     (long long)t->id);
    for (uint32_t i = 0; i < c->n->handling_count; i++) {
        const struct net_handling *h = &c->n->handling[i];
        if (h->terminal != c->terminal || h->from_mode != c->mode || h->to_mode != to ||
            !check_takes(c, h->cargo))
            continue;
        __int128 price = boxes ? (__int128)h->price_myuan_per_teu * c->teu * 1000
                               : (__int128)h->price_myuan_per_t * c->r->cargo.mass_kg;
        if (!check_owe(c, LINE_HANDLING, leg, i, check_fen(price, 1000)))
            return false;
        minutes += h->p50_min;
        rows++;
    }
    if (rows == 0)
        return WRONG(c, "leg %u: illegal change: terminal %lld does not move this cargo from mode %u to %u",
                     leg, (long long)t->id, c->mode, to);
    check_hub(c, leg);
    *ready = c->at + minutes * 60;
    return true;
}

static bool board(struct check *c, uint32_t i, const struct plan_leg *leg, const struct net_service *s)
{
    int64_t ready = 0;
    const struct net_stop *from = &c->n->stop[leg->from_stop];
    if (i == 0) {
        if (c->n->terminal[from->terminal].node != c->r->from)
            return WRONG(c, "leg 0: the cargo does not get from its door to the terminal");
        c->terminal = from->terminal;
        c->mode = MODE_ROAD;
        c->at = gate_wait(c->n, from->terminal, c->r->ready_at);
    }
    if (from->terminal != c->terminal)
        return WRONG(c, "leg %u: starts at another terminal than the leg before ends", i);
    if (!handle(c, s->mode, i, &ready))
        return false;
    /* A stay costs nothing behind the truck from the door, or at the door itself. */
    if (c->rides > 0 && !check_storage(c, i, c->at, leg->depart_at))
        return false;
    if (leg->ready_at != ready)
        return WRONG(c, "leg %u: ready_at is off by %lld s", i, (long long)(leg->ready_at - ready));
    int64_t cut = 0, papers = 0;
    for (uint32_t k = 0; k < c->n->cutoff_count; k++) {
        const struct net_cutoff *x = &c->n->cutoff[k];
        int64_t *at = x->kind == CUTOFF_DOCUMENTS ? &papers : &cut;
        if (x->terminal == c->terminal && x->mode == s->mode && *at < x->before_min)
            *at = x->before_min;
    }
    if (leg->cutoff_at != leg->depart_at - cut * 60)
        return WRONG(c, "leg %u: cutoff_at is not that of the terminal", i);
    if (ready > leg->cutoff_at || c->r->ready_at > leg->depart_at - papers * 60)
        return WRONG(c, "leg %u: missed cut-off", i);
    return true;
}

/* As the crow flies; a metre is let pass. */
static double crow_m(const struct check *c, uint32_t a, uint32_t b)
{
    return geo_distance_m(c->n->node_point[a], c->n->node_point[b]);
}

static bool goes_on(struct check *c, uint32_t i, const struct plan_leg *leg)
{
    uint32_t a = leg->from_node, b = leg->to_node;
    if (crow_m(c, a, b) < CHECK_RIDE_MIN_M - 1)
        return WRONG(c, "leg %u: a ride of less than 10 km is no main carriage", i);
    if (crow_m(c, b, c->r->from) < crow_m(c, a, c->r->from) - 1 &&
        crow_m(c, b, c->r->to) > crow_m(c, a, c->r->to) + 1)
        return WRONG(c, "leg %u: the ride turns back", i);
    return true;
}

static bool check_ride(struct check *c, uint32_t i, const struct plan_leg *leg)
{
    static const uint8_t mode[MODE_COUNT] = {LEG_TRUCK, LEG_TRAIN, LEG_VESSEL, LEG_FLIGHT};
    const struct network *n = c->n;
    if (leg->service >= n->service_count || leg->from_stop >= leg->to_stop || leg->to_stop >= n->stop_count ||
        n->stop[leg->from_stop].service != leg->service || n->stop[leg->to_stop].service != leg->service)
        return WRONG(c, "leg %u: the stops are not two stops of the service in travel order", i);
    const struct net_service *s = &n->service[leg->service];
    const struct net_stop *from = &n->stop[leg->from_stop], *to = &n->stop[leg->to_stop];
    if (leg->mode != mode[s->mode] || leg->from_terminal != from->terminal ||
        leg->to_terminal != to->terminal || leg->from_node != n->terminal[from->terminal].node ||
        leg->to_node != n->terminal[to->terminal].node)
        return WRONG(c, "leg %u: mode or terminals are not the service's", i);
    if (!goes_on(c, i, leg))
        return false;
    if (!service_runs(n, s, leg->service_day))
        return WRONG(c, "leg %u: the service does not run on that day", i);
    int64_t zero =
        (int64_t)leg->service_day * CHECK_DAY_S + (s->depart_min - n->utc_offset_min) * INT64_C(60);
    if (leg->depart_at != zero + from->depart_min * INT64_C(60) ||
        leg->arrive_at != zero + to->arrive_min * INT64_C(60))
        return WRONG(c, "leg %u: departure or arrival is not the timetable's", i);
    if (!check_service_takes(c, s))
        return WRONG(c, "leg %u: the service does not carry this cargo", i);
    bool boxes = (c->cargo & CARGO_CONTAINER) != 0;
    if ((s->capacity_kg > 0 && c->r->cargo.mass_kg > s->capacity_kg) ||
        (boxes && s->capacity_teu_milli > 0 && c->teu * 1000 > s->capacity_teu_milli) ||
        (!boxes && s->capacity_kg == 0 && s->capacity_teu_milli > 0))
        return WRONG(c, "leg %u: the load is larger than a departure", i);
    int64_t m = 0;
    for (uint32_t k = leg->from_stop; k++ < leg->to_stop;)
        m += n->stop[k].distance_m;
    if (m != leg->distance_m)
        return WRONG(c, "leg %u: the distance is not the sum between the stops", i);
    if (!board(c, i, leg, s) || !check_tariff(c, i, s, leg) ||
        !check_emission(c, i, leg, s->emission, s->mode))
        return false;
    c->at = leg->arrive_at;
    c->terminal = to->terminal;
    c->mode = s->mode;
    c->modes |= 1u << s->mode;
    c->rides++;
    return true;
}

/* Is the leg a fastest or a cheapest path of the truck? Of paths with one weight any may have been taken. */
static bool on_the_road(struct check *c, uint32_t i, const struct plan_leg *leg, const struct net_vehicle *v)
{
    struct road_profile p = c->r->vehicle;
    struct road_query *q = NULL;
    p.vehicle_class = v->vehicle_class;
    p.dangerous = p.dangerous || c->r->cargo.dangerous;
    p.height_cm = leg->height_cm > p.height_cm ? leg->height_cm : p.height_cm; /* checked before */
    p.width_cm = leg->width_cm > p.width_cm ? leg->width_cm : p.width_cm;
    if (c->it->alternative > 0 || c->r->via_count > 0) /* no shortest way: every arc is looked at */
        return check_way(c->n, c->r, leg, &p, c->e);
    bool fits = false, ok = road_query_new(c->n, NULL, &q, c->e);
    for (int f = 0; ok && f < 2; f++) {
        struct road_metric *m = NULL;
        struct road_cost x;
        p.objective = f == 0 ? ROAD_FASTEST : ROAD_CHEAPEST;
        ok = check_metric(c->n, c->r, &p, &m, c->e);
        if (!ok)
            break;
        road_one_to_one(q, m, leg->from_node, leg->to_node, &x);
        int64_t money = leg->distance_m * v->myuan_per_km * (1000 + v->empty_return_permille) / 1000000 +
                        leg->drive_s * v->myuan_per_h / 3600 + leg->toll_myuan;
        int64_t off = money - (int64_t)x.weight, slack = 1000 + (int64_t)x.weight / 500;
        if (x.weight != ROAD_INF)
            fits = fits || (f == 0 ? (x.time_ms + INT64_C(999)) / 1000 == leg->drive_s
                                   : (off < slack && off > -slack));
        road_metric_free(m);
    }
    road_query_free(q);
    return ok && (fits || WRONG(c, "leg %u: the truck's leg is no shortest path of its class", i));
}

static bool truck_place(struct check *c, uint32_t i, const struct plan_leg *leg)
{
    bool first = i == 0, last = i + 1 == c->it->leg_count;
    bool between = leg->from_terminal != NET_NONE && leg->to_terminal != NET_NONE;
    if ((leg->from_terminal == NET_NONE) != first || (leg->to_terminal == NET_NONE && !last))
        return WRONG(c, "leg %u: a truck calls at a door in the middle of a chain", i);
    if (!first && c->it->legs[i - 1].service == NET_NONE)
        return WRONG(c, "leg %u: illegal change from truck to truck in a terminal", i);
    if (between && (last || leg->distance_m > CHECK_SHUTTLE_MAX_M))
        return WRONG(
            c, "leg %u: a truck between two terminals is a shuttle of at most 60 km between two rides", i);
    uint32_t from = first ? c->r->from : c->n->terminal[c->terminal].node;
    uint32_t to = leg->to_terminal == NET_NONE ? c->r->to : leg->to_node;
    if (leg->from_node != from || leg->to_node != to || (!first && leg->from_terminal != c->terminal))
        return WRONG(c, "leg %u: the truck does not start or end where the cargo is", i);
    if (leg->to_terminal != NET_NONE &&
        (leg->to_terminal >= c->n->terminal_count || c->n->terminal[leg->to_terminal].node != leg->to_node))
        return WRONG(c, "leg %u: the terminal does not lie where the truck ends", i);
    return true;
}

static bool check_truck(struct check *c, uint32_t i, const struct plan_leg *leg)
{
    const struct net_vehicle *v = check_truck_of(c);
    int64_t ready = c->r->ready_at, breaks = leg->drive_s > 0 ? (leg->drive_s - 1) / 14400 : 0, rest = 0,
            height_cm, width_cm;
    if (!truck_place(c, i, leg))
        return false;
    if (v == NULL || leg->vehicle_class != v->vehicle_class || leg->trucks != check_trucks_of(c, v))
        return WRONG(c, "leg %u: class or number of trucks is not the load's", i);
    check_measures(c, v, &height_cm, &width_cm);
    if (leg->height_cm != height_cm || leg->width_cm != width_cm)
        return WRONG(c, "leg %u: the measures of the loaded truck are not the load's", i);
    if (i > 0 && !handle(c, MODE_ROAD, i, &ready))
        return false;
    if (leg->ready_at != ready || leg->depart_at < ready)
        return WRONG(c, "leg %u: the truck leaves before the cargo is ready", i);
    if (i > 0 && (!gate_open(c->n, c->terminal, leg->depart_at)))
        return WRONG(c, "leg %u: the truck leaves a closed terminal", i);
    for (int64_t k = 1; k <= breaks; k++)
        rest += k % 2 == 0 && !c->r->second_driver ? 36000 : 1200;
    if (leg->rest_s != rest || leg->arrive_at != leg->depart_at + leg->drive_s + leg->rest_s)
        return WRONG(c, "leg %u: driving and rest do not make the arrival", i);
    if (!on_the_road(c, i, leg, v) || !check_truck_money(c, i, leg, v) ||
        !check_emission(c, i, leg, v->emission, MODE_ROAD))
        return false;
    c->at = leg->arrive_at;
    c->terminal = leg->to_terminal;
    if (c->terminal != NET_NONE)
        c->at = gate_wait(c->n, c->terminal, c->at);
    c->truck_m += leg->distance_m;
    c->mode = MODE_ROAD;
    return true;
}

/* The trucks of a chain that rides drive less far than the direct road, of whose two forms the longer counts.
 * Of ways with one weight any may have been taken: two permille are let pass. */
static bool check_share(struct check *c)
{
    const struct net_vehicle *v = check_truck_of(c);
    struct road_profile p = c->r->vehicle;
    struct road_query *q = NULL;
    int64_t longest = 0, height_cm, width_cm;
    int64_t share = c->r->drayage_permille != 0 ? c->r->drayage_permille : CHECK_DRAYAGE_PERMILLE;
    bool road = true, ok = true;
    if (c->rides == 0 || c->truck_m == 0)
        return true;
    check_measures(c, v, &height_cm, &width_cm);
    p.vehicle_class = v->vehicle_class;
    p.dangerous = p.dangerous || c->r->cargo.dangerous;
    p.height_cm = height_cm > p.height_cm ? (uint16_t)height_cm : p.height_cm;
    p.width_cm = width_cm > p.width_cm ? (uint16_t)width_cm : p.width_cm;
    ok = road_query_new(c->n, NULL, &q, c->e);
    for (int f = 0; ok && f < 2; f++) {
        struct road_metric *m = NULL;
        struct road_cost x;
        p.objective = f == 0 ? ROAD_FASTEST : ROAD_CHEAPEST;
        ok = check_metric(c->n, c->r, &p, &m, c->e);
        if (!ok)
            break;
        road_one_to_one(q, m, c->r->from, c->r->to, &x);
        road = road && x.weight != ROAD_INF;
        longest = x.length_m > longest ? x.length_m : longest;
        road_metric_free(m);
    }
    road_query_free(q);
    if (!ok || !road || c->truck_m * 1000 < longest * (share + 2))
        return ok;
    return WRONG(c,
                 "the trucks of the chain drive %lld m, more than %lld permille of the direct road of %lld m",
                 (long long)c->truck_m, (long long)share, (long long)longest);
}

static bool check_family(struct check *c)
{
    enum { RAIL = 1 << MODE_RAIL, WATER = 1 << MODE_WATER, AIR = 1 << MODE_AIR, ROAD = 1 << MODE_ROAD };
    unsigned want = 0;
    switch (c->it->family) {
    case FAMILY_ROAD:
        want = c->it->leg_count == 1 && c->rides == 0 ? 0 : ROAD;
        break;
    case FAMILY_RAIL_ROAD:
        want = RAIL;
        break;
    case FAMILY_AIR_ROAD:
        want = AIR;
        break;
    case FAMILY_RAIL_WATER:
        want = RAIL | WATER;
        break;
    case FAMILY_ROAD_WATER:
        want = WATER;
        break;
    default:
        return WRONG(c, "no such family");
    }
    if (c->modes != want || c->rides > CHECK_RIDES_MAX)
        return WRONG(c, "the modes ridden are not those of family %s", plan_family_name(c->it->family));
    return (c->r->families >> c->it->family & 1) || WRONG(c, "the family was not asked");
}

static bool check_end(struct check *c)
{
    const struct plan_itinerary *it = c->it;
    int64_t ready = 0;
    if (c->terminal != NET_NONE) { /* handed out at the terminal's own gate */
        if (c->mode == MODE_ROAD && !c->rides)
            return WRONG(c, "the chain ends in a terminal without a ride");
        if (c->n->terminal[c->terminal].node != c->r->to)
            return WRONG(c, "the chain does not reach the destination");
        if (!handle(c, MODE_ROAD, it->leg_count - 1, &ready))
            return false;
        c->at = gate_wait(c->n, c->terminal, ready);
    }
    if (it->arrive_at != c->at || it->depart_at != it->legs[0].depart_at)
        return WRONG(c, "departure or arrival of the option is not that of its legs");
    if (c->r->deliver_by != 0 && it->arrive_at > c->r->deliver_by)
        return WRONG(c, "the option arrives after deliver_by");
    return true;
}

bool plan_check(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
                struct err *e)
{
    struct check c = {.n = n, .r = r, .it = it, .e = e, .terminal = NET_NONE, .at = r->ready_at};
    check_load(&c);
    if (it->leg_count == 0 || it->leg_count > PLAN_LEGS_MAX)
        return WRONG(&c, "an option has 1 to %d legs", PLAN_LEGS_MAX);
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *leg = &it->legs[i];
        if (!(leg->service == NET_NONE ? check_truck(&c, i, leg) : check_ride(&c, i, leg)))
            return false;
    }
    return check_end(&c) && check_share(&c) && check_family(&c) && check_bill(&c);
}
