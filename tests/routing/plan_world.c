#include "plan_world.h"
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/truck.h"
#include "network/geo.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum {
    HORIZON = 21,
    RIDES = 3,
    SHUTTLE_M = 60000,
    FORMS = 2,
    YEARLY_PERMILLE = 60,
    DRAYAGE_PERMILLE = 500,
    RIDE_MIN_M = 10000,
    LONG_S = 40 * 86400
};

struct brute {
    const struct network *n;
    const struct plan_request *r;
    struct freight_load load, held; /* held: against capacities */
    struct brute_relax relax;
    struct road_cost out[FORMS][TINY_TERMINALS], in[FORMS][TINY_TERMINALS], direct[FORMS];
    struct road_cost shuttle[FORMS][TINY_TERMINALS][TINY_TERMINALS];
    enum plan_family family;
    enum brute_kind kind;
    int64_t ready_at; /* of the enumeration: long ago for a backward one */
    int32_t first_day, last_day;
    int64_t chains, truck_limit; /* permille of metres */
    struct brute_points *points;
};

struct cargo_at {
    uint32_t terminal;
    unsigned from_mode, used, rides;
    int64_t at, money, co2, truck_m;
    int64_t pickup;  /* as far as the rides so far tell */
    int64_t first_s; /* of the first truck */
    uint32_t first_terminal;
};

static int64_t half_up(int64_t a, int64_t b, int64_t divisor)
{
    return (int64_t)(((__int128)a * b * 2 + (__int128)divisor * 10) / ((__int128)divisor * 20)) * 10;
}

static bool beats(const struct brute_point *a, const struct brute_point *b, enum brute_kind kind)
{
    bool pickups = kind == BRUTE_BACKWARD || kind == BRUTE_PROFILE;
    if (a->co2 > b->co2 || (pickups && a->pickup < b->pickup) ||
        (kind != BRUTE_BACKWARD && a->arrive_at > b->arrive_at))
        return false;
    return kind == BRUTE_FORWARD ? a->total <= b->total : a->money <= b->money;
}

static void put(struct brute_points *p, const struct brute_point *x, enum brute_kind kind)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->count; i++)
        if (beats(&p->of[i], x, kind))
            return;
    for (uint32_t i = 0; i < p->count; i++)
        if (!beats(x, &p->of[i], kind))
            p->of[kept++] = p->of[i];
    CHECK(kept < BRUTE_POINTS_MAX);
    p->of[kept++] = *x;
    p->count = kept;
}

static int by_point(const void *a, const void *b)
{
    const struct brute_point *x = a, *y = b;
    const int64_t p[] = {x->arrive_at, x->pickup, x->money, x->co2},
                  q[] = {y->arrive_at, y->pickup, y->money, y->co2};
    for (int i = 0; i < 4; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

void brute_front(struct brute_points *p, enum brute_kind kind)
{
    static struct brute_points q;
    q.count = 0;
    for (uint32_t i = 0; i < p->count; i++)
        put(&q, &p->of[i], kind);
    qsort(q.of, q.count, sizeof *q.of, by_point);
    p->count = q.count;
    memcpy(p->of, q.of, q.count * sizeof *q.of);
}

static void arrive(struct brute *b, const struct cargo_at *x, int64_t at, int64_t money, int64_t co2)
{
    const struct plan_request *r = b->r;
    if (r->deliver_by != 0 && at > r->deliver_by)
        return;
    if (!b->relax.any_truck && x->rides > 0 && x->truck_m * 1000 >= b->truck_limit)
        return;
    money += half_up(r->co2_price_myuan_per_t, co2, 1000000);
    struct brute_point p = {.pickup = x->pickup, .arrive_at = at, .money = money, .co2 = co2};
    p.total = money + half_up(r->cargo.value_yuan * YEARLY_PERMILLE, at - r->ready_at, INT64_C(31536000)) +
              half_up(r->value_of_time_myuan_per_t_h * r->cargo.mass_kg, at - r->ready_at, 3600000);
    b->chains++;
    put(b->points, &p, b->kind);
}

static bool truck(const struct brute *b, const struct road_cost *c, int64_t *s, struct cargo_at *x)
{
    struct bill bill = {.count = 0};
    struct truck_run run = {((int64_t)c->time_ms + 999) / 1000, c->length_m, c->toll_myuan};
    if (c->weight == ROAD_INF || !truck_bill(b->n, &b->load, &run, &bill))
        return false;
    *s = run.drive_s + truck_rest_s(run.drive_s, b->r->second_driver);
    x->money += bill.sum_myuan;
    x->truck_m += c->length_m;
    x->co2 += emission_leg(&b->n->emission[b->n->vehicle[b->load.vehicle].emission], &b->load, run.distance_m)
                  .wtw_g;
    return true;
}

static bool handle(const struct brute *b, uint32_t terminal, unsigned from, unsigned to, int64_t *at,
                   int64_t *money)
{
    struct bill bill = {.count = 0};
    const struct net_terminal *t = &b->n->terminal[terminal];
    uint32_t min;
    if (t->status != STATUS_OPEN || !cargo_fits(t->cargo, b->load.cargo) ||
        (b->relax.capacity_kg >= 0 && !cargo_within_terminal(t, &b->held)) ||
        !bill_handling(b->n, t, (uint8_t)from, (uint8_t)to, &b->load, &bill, &min))
        return false;
    *at += min * INT64_C(60);
    *money += bill.sum_myuan;
    return true;
}

static void go_on(struct brute *b, struct cargo_at x);

static const unsigned family_modes[FAMILY_COUNT] = {1u << MODE_ROAD, 1u << MODE_RAIL, 1u << MODE_AIR,
                                                    1u << MODE_RAIL | 1u << MODE_WATER, 1u << MODE_WATER};

static int64_t longest_cutoff(const struct brute *b, uint32_t terminal, unsigned mode, bool documents)
{
    int64_t min = 0;
    for (uint32_t i = 0; i < b->n->cutoff_count; i++) {
        const struct net_cutoff *c = &b->n->cutoff[i];
        if (c->terminal == terminal && c->mode == mode && (c->kind == CUTOFF_DOCUMENTS) == documents &&
            c->before_min > min)
            min = c->before_min;
    }
    return min * 60;
}

/* The latest instant at which the cargo is ready and still makes a cut-off after so much handling: found by
 * halving, for later never helps. */
static int64_t latest_pickup(const struct brute *b, const struct cargo_at *x, int64_t handling, int64_t cut)
{
    int64_t low = cut - LONG_S, high = cut + 1; /* low does, high does not */
    uint32_t hours = b->n->terminal[x->first_terminal].hours;
    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2, at = cal_next_open(b->n, hours, mid + x->first_s);
        if (at != CAL_NEVER && at + handling <= cut)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* No ride of less than 10 km, and none that ends nearer to the origin and farther from the destination. */
static bool goes_on(const struct brute *b, uint32_t from, uint32_t to)
{
    const struct net_point *p = b->n->node_point;
    struct geo_vector x = geo_vector_of(p[b->n->terminal[from].node]),
                      y = geo_vector_of(p[b->n->terminal[to].node]), o = geo_vector_of(p[b->r->from]),
                      d = geo_vector_of(p[b->r->to]);
    bool nearer = geo_product(y, o) > geo_product(x, o), farther = geo_product(y, d) < geo_product(x, d);
    return !(nearer && farther) && geo_product(x, y) <= geo_product_of(RIDE_MIN_M);
}

static void ride_all(struct brute *b, struct cargo_at x, uint32_t call)
{
    const struct network *n = b->n;
    const struct net_service *s = &n->service[n->stop[call].service];
    int64_t before = x.at;
    if (!(family_modes[b->family] >> s->mode & 1) || !cargo_fits(s->cargo, b->load.cargo) ||
        (b->relax.capacity_kg >= 0 && !cargo_within_departure(s, &b->held)) ||
        !handle(b, x.terminal, x.from_mode, s->mode, &x.at, &x.money))
        return;
    int64_t handling = x.at - before;
    for (int32_t day = b->first_day; day <= b->last_day; day++) {
        int64_t leave =
            (int64_t)day * 86400 - 28800 + ((int64_t)s->depart_min + n->stop[call].depart_min) * 60;
        int64_t cut = leave - longest_cutoff(b, x.terminal, s->mode, false);
        int64_t papers = leave - longest_cutoff(b, x.terminal, s->mode, true);
        if (!cal_runs(n, s, day) || x.at > cut || b->ready_at > papers)
            continue;
        struct bill_ride ride = {.service = s, .day = day};
        for (uint32_t k = call + 1; k < s->stop_first + s->stop_count; k++) {
            struct bill bill = {.count = 0};
            struct cargo_at y = x;
            struct bill stay = {.count = 0};
            ride.distance_m += n->stop[k].distance_m;
            if (!goes_on(b, n->stop[call].terminal, n->stop[k].terminal))
                continue;
            if (!bill_tariff(n, &ride, &b->load, &bill))
                continue;
            if (x.rides == 0)
                y.pickup = latest_pickup(b, &x, handling, cut);
            y.pickup = papers < y.pickup ? papers : y.pickup;
            y.at = leave + ((int64_t)n->stop[k].arrive_min - n->stop[call].depart_min) * 60;
            if (x.rides > 0)
                CHECK(bill_storage(n, x.terminal, &b->load, before, leave, &stay));
            y.money += bill.sum_myuan + stay.sum_myuan;
            y.co2 += emission_leg(&n->emission[s->emission], &b->load, ride.distance_m).wtw_g;
            y.terminal = n->stop[k].terminal;
            y.from_mode = s->mode;
            y.used |= 1u << s->mode;
            y.rides++;
            if (b->r->deliver_by == 0 || y.at <= b->r->deliver_by)
                go_on(b, y);
        }
    }
}

static void leave_by_truck(struct brute *b, struct cargo_at x)
{
    const struct network *n = b->n;
    struct cargo_at out = x;
    if (!handle(b, x.terminal, x.from_mode, MODE_ROAD, &out.at, &out.money))
        return;
    out.at = cal_next_open(n, n->terminal[x.terminal].hours, out.at);
    if (out.at == CAL_NEVER)
        return;
    bool done = (x.used & family_modes[b->family]) == family_modes[b->family];
    if (done && n->terminal[x.terminal].node == b->r->to)
        arrive(b, &out, out.at, out.money, out.co2);
    for (int f = 0; f < FORMS; f++) {
        struct cargo_at y = out;
        int64_t s;
        if (done && n->terminal[x.terminal].node != b->r->to && truck(b, &b->in[f][x.terminal], &s, &y))
            arrive(b, &y, y.at + s, y.money, y.co2);
        for (uint32_t t = 0; n->storage_count == 0 && x.rides < RIDES && t < n->terminal_count; t++) {
            const struct road_cost *c = &b->shuttle[f][x.terminal][t];
            struct cargo_at z = out;
            if (t == x.terminal || c->length_m > SHUTTLE_M || !truck(b, c, &s, &z))
                continue;
            z.at = cal_next_open(n, n->terminal[t].hours, z.at + s);
            z.terminal = t;
            z.from_mode = MODE_ROAD;
            for (uint32_t k = 0; z.at != CAL_NEVER && k < n->stop_count; k++)
                if (n->stop[k].terminal == t)
                    ride_all(b, z, k);
        }
    }
}

static void go_on(struct brute *b, struct cargo_at x)
{
    for (uint32_t k = 0; x.rides < RIDES && k < b->n->stop_count; k++)
        if (b->n->stop[k].terminal == x.terminal)
            ride_all(b, x, k);
    if (x.rides > 0)
        leave_by_truck(b, x);
}

static void enumerate(struct brute *b)
{
    for (int form = 0; form < FORMS; form++) {
        struct cargo_at d = {0};
        int64_t s;
        if (b->family == FAMILY_ROAD && b->kind <= BRUTE_BACKWARD && truck(b, &b->direct[form], &s, &d)) {
            bool back = b->kind == BRUTE_BACKWARD;
            d.pickup = back ? b->r->deliver_by - s : b->ready_at;
            arrive(b, &d, d.pickup + s, d.money, d.co2);
        }
        for (uint32_t t = 0; t < b->n->terminal_count; t++) {
            struct cargo_at x = {.terminal = t, .from_mode = MODE_ROAD, .first_terminal = t};
            bool here = b->n->terminal[t].node == b->r->from;
            if (!here && !truck(b, &b->out[form][t], &s, &x))
                continue;
            x.first_s = here ? 0 : s;
            x.at = cal_next_open(b->n, b->n->terminal[t].hours, b->ready_at + x.first_s);
            if (x.at != CAL_NEVER)
                go_on(b, x);
        }
    }
}

static void roads(struct brute *b, const struct network *n, const struct plan_request *r)
{
    static const uint8_t objective[FORMS] = {ROAD_FASTEST, ROAD_CHEAPEST};
    struct road_query *q;
    struct err e;
    uint32_t node[TINY_TERMINALS];
    bool direct = true;
    int64_t longest = 0;
    CHECK(b->load.vehicle != NET_NONE && road_query_new(n, NULL, &q, &e));
    for (uint32_t t = 0; t < n->terminal_count; t++)
        node[t] = n->terminal[t].node;
    for (int f = 0; f < FORMS; f++) {
        struct road_profile p = {.vehicle_class = n->vehicle[b->load.vehicle].vehicle_class,
                                 .objective = objective[f]};
        struct road_metric *m;
        CHECK_MSG(road_metric_new(n, &p, &m, &e), "%s", e.text);
        road_one_to_one(q, m, r->from, r->to, &b->direct[f]);
        road_one_to_many(q, m, r->from, node, TINY_TERMINALS, b->out[f]);
        road_many_to_one(q, m, node, TINY_TERMINALS, r->to, b->in[f]);
        for (uint32_t t = 0; t < TINY_TERMINALS; t++)
            road_one_to_many(q, m, node[t], node, TINY_TERMINALS, b->shuttle[f][t]);
        direct = direct && b->direct[f].weight != ROAD_INF;
        longest = b->direct[f].length_m > longest ? b->direct[f].length_m : longest;
        road_metric_free(m);
    }
    road_query_free(q);
    /* shorter than this many thousandths of a metre, in whole metres */
    int64_t share = b->r->drayage_permille != 0 ? b->r->drayage_permille : DRAYAGE_PERMILLE;
    b->truck_limit = direct ? (longest * share + 999) / 1000 * 1000 : INT64_MAX;
}

struct freight_load plan_world_load(const struct network *n, const struct plan_request *r)
{
    struct freight_load l = {.mass_kg = r->cargo.mass_kg,
                             .volume_dm3 = r->cargo.volume_dm3,
                             .cargo = r->cargo.container_count ? CARGO_CONTAINER
                                      : r->cargo.bulk          ? CARGO_BULK
                                                               : CARGO_GENERAL};
    for (uint32_t i = 0; i < r->cargo.container_count; i++) {
        l.teu += r->cargo.containers[i].count * r->cargo.containers[i].teu;
        l.box20 += r->cargo.containers[i].teu == 1 ? r->cargo.containers[i].count : 0;
        l.box40 += r->cargo.containers[i].teu == 2 ? r->cargo.containers[i].count : 0;
    }
    cargo_choose_truck(n, r->vehicle.vehicle_class, &l);
    return l;
}

int64_t brute_pickup(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it)
{
    static const uint8_t mode[] = {MODE_ROAD, MODE_RAIL, MODE_WATER, MODE_AIR};
    struct brute b = {.n = n, .r = r, .load = plan_world_load(n, r), .held = plan_world_load(n, r)};
    struct cargo_at x = {0};
    int64_t pickup = 0;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *leg = &it->legs[i];
        int64_t handling = 0, money = 0;
        if (leg->service == NET_NONE)
            continue;
        unsigned m = n->service[leg->service].mode;
        CHECK(leg->mode == LEG_TRUCK || mode[leg->mode] == m);
        if (pickup == 0) {
            x.first_terminal = leg->from_terminal;
            x.first_s = i > 0 ? it->legs[0].drive_s + it->legs[0].rest_s : 0;
            CHECK(handle(&b, leg->from_terminal, MODE_ROAD, m, &handling, &money));
            pickup = latest_pickup(&b, &x, handling,
                                   leg->depart_at - longest_cutoff(&b, leg->from_terminal, m, false));
        }
        int64_t papers = leg->depart_at - longest_cutoff(&b, leg->from_terminal, m, true);
        pickup = papers < pickup ? papers : pickup;
    }
    return pickup;
}

void brute_chains(const struct network *n, const struct plan_request *r, enum plan_family f,
                  enum brute_kind kind, struct brute_points *out, int64_t *chains)
{
    brute_chains_relaxed(n, r, f, kind, (struct brute_relax){0}, out, chains);
}

void brute_chains_relaxed(const struct network *n, const struct plan_request *r, enum plan_family f,
                          enum brute_kind kind, struct brute_relax relax, struct brute_points *out,
                          int64_t *chains)
{
    static struct brute b;
    memset(&b, 0, sizeof b);
    b.n = n;
    b.r = r;
    b.family = f;
    b.kind = kind;
    b.points = out;
    out->count = 0;
    b.ready_at = kind == BRUTE_BACKWARD ? r->deliver_by - 90 * 86400 : r->ready_at;
    int32_t today = (int32_t)(((kind == BRUTE_BACKWARD ? r->deliver_by : r->ready_at) + 28800) / 86400);
    b.first_day = kind == BRUTE_BACKWARD ? today - HORIZON : today - 5;
    b.last_day = kind == BRUTE_BACKWARD ? today : today + HORIZON;
    b.load = b.held = plan_world_load(n, r);
    b.relax = relax;
    if (relax.capacity_kg > 0)
        b.held.mass_kg = relax.capacity_kg;
    roads(&b, n, r);
    enumerate(&b);
    brute_front(out, kind);
    *chains = b.chains;
}

void plan_world_open(struct plan_world *w, uint64_t seed)
{
    struct err e = {0};
    tiny_net_make(&w->tiny, seed);
    CHECK_MSG(plan_network_new(&w->tiny.net, &w->plan, &e), "%s", e.text);
    CHECK_MSG(plan_query_new(w->plan, &w->query, &e), "%s", e.text);
    arena_init(&w->arena, 64u << 20);
}

void plan_world_open_hubs(struct plan_world *w, uint64_t seed)
{
    static uint32_t order_of[TINY_NODES];
    struct err e = {0};
    tiny_net_make(&w->tiny, seed);
    for (uint32_t i = 0; i < w->tiny.net.node_id_count; i++) {
        uint32_t k = test_rand_below(&seed, i + 1);
        order_of[i] = order_of[k];
        order_of[k] = i;
    }
    w->tiny.net.cch_order = order_of;
    w->tiny.net.cch_order_count = w->tiny.net.node_id_count;
    CHECK_MSG(plan_network_new(&w->tiny.net, &w->plan, &e), "%s", e.text);
    CHECK_MSG(plan_query_new(w->plan, &w->query, &e), "%s", e.text);
    arena_init(&w->arena, 64u << 20);
}

void plan_world_close(struct plan_world *w)
{
    arena_release(&w->arena);
    plan_query_free(w->query);
    plan_network_free(w->plan);
}

struct plan_request plan_world_ask(uint64_t seed)
{
    uint64_t s = seed ^ 0x5eed;
    struct plan_request r = {.from = test_rand_below(&s, 3),
                             .to = 5 + test_rand_below(&s, 4),
                             .ready_at = TINY_READY + test_rand_below(&s, 7 * 86400),
                             .families = (1u << FAMILY_COUNT) - 1,
                             .max_options = 32,
                             .second_driver = test_rand_below(&s, 2)};
    r.cargo.mass_kg = 500 + test_rand_below(&s, 30000);
    r.cargo.volume_dm3 = test_rand_below(&s, 60000);
    r.cargo.bulk = test_rand_below(&s, 3) == 0;
    if (!r.cargo.bulk && test_rand_below(&s, 3) == 0) {
        r.cargo.containers[0] = (struct plan_containers){"22G1", 1 + test_rand_below(&s, 2), 1};
        r.cargo.containers[1] = (struct plan_containers){"45G1", 1, 2};
        r.cargo.container_count = 1 + test_rand_below(&s, 2);
    }
    r.cargo.value_yuan = test_rand_below(&s, 3) ? test_rand_below(&s, 5000000) : 0;
    r.value_of_time_myuan_per_t_h = test_rand_below(&s, 2) ? test_rand_below(&s, 20000) : 0;
    r.co2_price_myuan_per_t = test_rand_below(&s, 2) ? test_rand_below(&s, 900000) : 0;
    if (test_rand_below(&s, 4) == 0)
        r.deliver_by = r.ready_at + 86400 * (1 + test_rand_below(&s, 8));
    /* Worlds are small: with the share of a real question few chains would be left to compare. */
    static const uint16_t shares[] = {1000, 1000, 1000, 900, 700, 0};
    r.drayage_permille = shares[test_rand_below(&s, sizeof shares / sizeof shares[0])];
    return r;
}
