/* The freight search against exhaustive enumeration on random small networks, and plan_check against planted
 * faults.
 *
 * The enumeration tries every chain and every departure of the horizon, without dominance and without looking
 * for the next departure; it takes the amounts of a line from bill.h, whose arithmetic plan_check repeats on
 * its own. */
#include "freight/calendar.h"
#include "freight/emission.h"
#include "freight/truck.h"
#include "plan/plan.h"
#include "test.h"
#include "tiny_net.h"

#include <stdio.h>
#include <string.h>

enum { NETWORKS = 3000, HORIZON = 21, RIDES = 3, SHUTTLE_M = 60000, FORMS = 2, YEARLY_PERMILLE = 60 };

struct world {
    struct tiny_net tiny;
    struct plan_network *plan;
    struct plan_query *query;
    struct arena arena;
};

struct brute {
    const struct network *n;
    const struct plan_request *r;
    struct freight_load load;
    struct road_cost out[FORMS][TINY_TERMINALS], in[FORMS][TINY_TERMINALS], direct[FORMS];
    struct road_cost shuttle[FORMS][TINY_TERMINALS][TINY_TERMINALS];
    enum plan_family family;
    int64_t earliest, cheapest, cleanest; /* INT64_MAX: no chain */
    int64_t chains;
};

static int64_t half_up(int64_t a, int64_t b, int64_t divisor)
{
    return (int64_t)(((__int128)a * b * 2 + (__int128)divisor * 10) / ((__int128)divisor * 20)) * 10;
}

static void arrive(struct brute *b, int64_t at, int64_t money, int64_t co2)
{
    const struct plan_request *r = b->r;
    if (r->deliver_by != 0 && at > r->deliver_by)
        return;
    money += half_up(r->cargo.value_yuan * YEARLY_PERMILLE, at - r->ready_at, INT64_C(31536000)) +
             half_up(r->value_of_time_myuan_per_t_h * r->cargo.mass_kg, at - r->ready_at, 3600000) +
             half_up(r->co2_price_myuan_per_t, co2, 1000000);
    b->chains++;
    b->earliest = at < b->earliest ? at : b->earliest;
    b->cheapest = money < b->cheapest ? money : b->cheapest;
    b->cleanest = co2 < b->cleanest ? co2 : b->cleanest;
}

static bool truck(const struct brute *b, const struct road_cost *c, int64_t *s, int64_t *money, int64_t *co2)
{
    struct bill bill = {.count = 0};
    struct truck_run run = {((int64_t)c->time_ms + 999) / 1000, c->length_m, c->toll_myuan};
    if (c->weight == ROAD_INF || !truck_bill(b->n, &b->load, &run, &bill))
        return false;
    *s = run.drive_s + truck_rest_s(run.drive_s, b->r->second_driver);
    *money += bill.sum_myuan;
    *co2 += emission_g(b->load.mass_kg, run.distance_m,
                       b->n->emission[b->n->vehicle[b->load.vehicle].emission].wtw_mg_per_tkm);
    return true;
}

static bool handle(const struct brute *b, uint32_t terminal, unsigned from, unsigned to, int64_t *at,
                   int64_t *money)
{
    struct bill bill = {.count = 0};
    const struct net_terminal *t = &b->n->terminal[terminal];
    uint32_t min;
    if (t->status != STATUS_OPEN || !cargo_fits(t->cargo, b->load.cargo) ||
        !cargo_within_terminal(t, &b->load) ||
        !bill_handling(b->n, t, (uint8_t)from, (uint8_t)to, &b->load, &bill, &min))
        return false;
    *at += min * INT64_C(60);
    *money += bill.sum_myuan;
    return true;
}

struct cargo_at {
    uint32_t terminal;
    unsigned from_mode, used, rides, not_mode; /* not_mode: of the ride before a shuttle, MODE_COUNT none */
    int64_t at, money, co2;
};

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

static void ride_all(struct brute *b, struct cargo_at x, uint32_t call)
{
    const struct network *n = b->n;
    const struct net_service *s = &n->service[n->stop[call].service];
    if (!(family_modes[b->family] >> s->mode & 1) || s->mode == x.not_mode ||
        !cargo_fits(s->cargo, b->load.cargo) || !cargo_within_departure(s, &b->load) ||
        !handle(b, x.terminal, x.from_mode, s->mode, &x.at, &x.money))
        return;
    int32_t today = (int32_t)((b->r->ready_at + 28800) / 86400);
    for (int32_t day = today - 5; day <= today + HORIZON; day++) {
        int64_t leave =
            (int64_t)day * 86400 - 28800 + ((int64_t)s->depart_min + n->stop[call].depart_min) * 60;
        if (!cal_runs(n, s, day) || x.at > leave - longest_cutoff(b, x.terminal, s->mode, false) ||
            b->r->ready_at > leave - longest_cutoff(b, x.terminal, s->mode, true))
            continue;
        struct bill_ride ride = {.service = s, .day = day};
        for (uint32_t k = call + 1; k < s->stop_first + s->stop_count; k++) {
            struct bill bill = {.count = 0};
            struct cargo_at y = x;
            ride.distance_m += n->stop[k].distance_m;
            if (!bill_tariff(n, &ride, &b->load, &bill))
                continue;
            y.at = leave + ((int64_t)n->stop[k].arrive_min - n->stop[call].depart_min) * 60;
            y.money += bill.sum_myuan;
            y.co2 += emission_g(b->load.mass_kg, ride.distance_m, n->emission[s->emission].wtw_mg_per_tkm);
            y.terminal = n->stop[k].terminal;
            y.from_mode = s->mode;
            y.not_mode = MODE_COUNT;
            y.used |= 1u << s->mode;
            y.rides++;
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
        arrive(b, out.at, out.money, out.co2);
    for (int f = 0; f < FORMS; f++) {
        struct cargo_at y = out;
        int64_t s;
        if (done && n->terminal[x.terminal].node != b->r->to &&
            truck(b, &b->in[f][x.terminal], &s, &y.money, &y.co2))
            arrive(b, y.at + s, y.money, y.co2);
        for (uint32_t t = 0; b->family == FAMILY_RAIL_WATER && x.rides < RIDES && t < n->terminal_count;
             t++) {
            const struct road_cost *c = &b->shuttle[f][x.terminal][t];
            struct cargo_at z = out;
            if (t == x.terminal || c->length_m > SHUTTLE_M || !truck(b, c, &s, &z.money, &z.co2))
                continue;
            z.at = cal_next_open(n, n->terminal[t].hours, z.at + s);
            z.terminal = t;
            z.not_mode = x.from_mode;
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

static void enumerate(struct brute *b, enum plan_family f)
{
    b->family = f;
    b->earliest = b->cheapest = b->cleanest = INT64_MAX;
    b->chains = 0;
    for (int form = 0; form < FORMS; form++) {
        int64_t s, money = 0, co2 = 0;
        if (f == FAMILY_ROAD && truck(b, &b->direct[form], &s, &money, &co2))
            arrive(b, b->r->ready_at + s, money, co2);
        for (uint32_t t = 0; t < b->n->terminal_count; t++) {
            struct cargo_at x = {.terminal = t, .from_mode = MODE_ROAD, .not_mode = MODE_COUNT};
            bool here = b->n->terminal[t].node == b->r->from;
            if (!here && !truck(b, &b->out[form][t], &s, &x.money, &x.co2))
                continue;
            x.at = cal_next_open(b->n, b->n->terminal[t].hours, b->r->ready_at + (here ? 0 : s));
            if (x.at != CAL_NEVER)
                go_on(b, x);
        }
    }
}

static void brute_init(struct brute *b, const struct network *n, const struct plan_request *r)
{
    static const uint8_t objective[FORMS] = {ROAD_FASTEST, ROAD_CHEAPEST};
    struct road_query *q;
    struct err e;
    uint32_t node[TINY_TERMINALS];
    memset(b, 0, sizeof *b);
    b->n = n;
    b->r = r;
    b->load = (struct freight_load){.mass_kg = r->cargo.mass_kg,
                                    .volume_dm3 = r->cargo.volume_dm3,
                                    .cargo = r->cargo.container_count ? CARGO_CONTAINER
                                             : r->cargo.bulk          ? CARGO_BULK
                                                                      : CARGO_GENERAL};
    for (uint32_t i = 0; i < r->cargo.container_count; i++) {
        b->load.teu += r->cargo.containers[i].count * r->cargo.containers[i].teu;
        b->load.box20 += r->cargo.containers[i].teu == 1 ? r->cargo.containers[i].count : 0;
        b->load.box40 += r->cargo.containers[i].teu == 2 ? r->cargo.containers[i].count : 0;
    }
    cargo_choose_truck(n, r->vehicle.vehicle_class, &b->load);
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
        road_metric_free(m);
    }
    road_query_free(q);
}

static void open_world(struct world *w, uint64_t seed)
{
    struct err e = {0};
    tiny_net_make(&w->tiny, seed);
    CHECK_MSG(plan_network_new(&w->tiny.net, &w->plan, &e), "%s", e.text);
    CHECK_MSG(plan_query_new(w->plan, &w->query, &e), "%s", e.text);
    arena_init(&w->arena, 8u << 20);
}

static void close_world(struct world *w)
{
    arena_release(&w->arena);
    plan_query_free(w->query);
    plan_network_free(w->plan);
}

static struct plan_request ask(uint64_t seed)
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
    return r;
}

static void compare(struct world *w, const struct plan_request *r, uint64_t seed,
                    uint32_t found[FAMILY_COUNT])
{
    static struct brute b;
    struct plan_answer a;
    struct err e = {0};
    CHECK_MSG(plan_search(w->query, r, NULL, NULL, &w->arena, &a, &e), "%s", e.text);
    brute_init(&b, &w->tiny.net, r);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        int64_t earliest = INT64_MAX, cheapest = INT64_MAX, cleanest = INT64_MAX;
        bool refused = false;
        for (uint32_t i = 0; i < a.option_count; i++) {
            const struct plan_itinerary *it = &a.options[i];
            if ((int)it->family != f)
                continue;
            earliest = it->arrive_at < earliest ? it->arrive_at : earliest;
            cheapest = it->total_myuan < cheapest ? it->total_myuan : cheapest;
            cleanest = it->co2_wtw_g < cleanest ? it->co2_wtw_g : cleanest;
            CHECK_MSG(plan_check(&w->tiny.net, r, it, &e), "seed %llu family %d option %u: %s",
                      (unsigned long long)seed, f, i, e.text);
        }
        for (uint32_t i = 0; i < a.not_offered_count; i++)
            refused = refused || ((int)a.not_offered[i].family == f && a.not_offered[i].text != NULL);
        enumerate(&b, (enum plan_family)f);
        CHECK_MSG(earliest == b.earliest && cheapest == b.cheapest,
                  "seed %llu family %s: arrival %lld (all chains: %lld), cost %lld (all chains: %lld)",
                  (unsigned long long)seed, plan_family_name((enum plan_family)f), (long long)earliest,
                  (long long)b.earliest, (long long)cheapest, (long long)b.cheapest);
        CHECK_I64(cleanest, b.cleanest);
        CHECK_MSG(refused == (b.chains == 0), "seed %llu family %d: reason without need, or none",
                  (unsigned long long)seed, f);
        found[f] += b.chains > 0;
    }
}

TEST(best_of_all_chains_on_random_networks)
{
    static struct world w;
    uint32_t found[FAMILY_COUNT] = {0};
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = ask(seed);
        open_world(&w, seed);
        compare(&w, &r, seed, found);
        close_world(&w);
    }
    for (int f = 0; f < FAMILY_COUNT; f++) /* the networks must be worth the test */
        CHECK_MSG(found[f] >= 20, "only %u networks had a chain of family %s", found[f],
                  plan_family_name((enum plan_family)f));
}

/* --- planted faults --- */

struct copy {
    struct plan_itinerary it;
    struct plan_leg legs[PLAN_LEGS_MAX];
    struct plan_line lines[256];
};

static void take_copy(struct copy *c, const struct plan_itinerary *it)
{
    c->it = *it;
    memcpy(c->legs, it->legs, it->leg_count * sizeof *it->legs);
    memcpy(c->lines, it->lines, it->line_count * sizeof *it->lines);
    c->it.legs = c->legs;
    c->it.lines = c->lines;
}

static void drop_line(struct copy *c, uint32_t i)
{
    c->it.total_myuan -= c->lines[i].amount_myuan;
    memmove(&c->lines[i], &c->lines[i + 1], (c->it.line_count - i - 1) * sizeof c->lines[0]);
    c->it.line_count--;
}

static bool dodge_handling(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.line_count; i++)
        if (c->lines[i].kind == LINE_HANDLING) {
            drop_line(c, i);
            return true;
        }
    return false;
}

/* The first truck dawdles past the cut-off of the ride it feeds; all else is adjusted to it. */
static bool miss_cutoff(struct copy *c)
{
    if (c->it.leg_count < 2 || c->legs[0].service != NET_NONE || c->legs[1].service == NET_NONE)
        return false;
    int64_t late = c->legs[1].cutoff_at - c->legs[1].ready_at + 60;
    c->legs[0].depart_at += late;
    c->legs[0].arrive_at += late;
    c->legs[1].ready_at += late;
    c->it.depart_at += late;
    return true;
}

/* The ride is left out with its lines: truck to a terminal and on by truck. */
static bool truck_to_truck(struct copy *c)
{
    if (c->it.leg_count != 3 || c->legs[0].service != NET_NONE || c->legs[2].service != NET_NONE)
        return false;
    for (uint32_t i = c->it.line_count; i-- > 0;) {
        if (c->lines[i].leg == 1)
            drop_line(c, i);
        else if (c->lines[i].leg == 2)
            c->lines[i].leg = 1;
    }
    c->it.distance_m -= c->legs[1].distance_m;
    c->it.co2_wtw_g -= c->legs[1].co2_wtw_g;
    c->it.co2_ttw_g -= c->legs[1].co2_ttw_g;
    c->legs[1] = c->legs[2];
    c->it.leg_count = 2;
    return true;
}

static bool wrong_sum(struct copy *c)
{
    c->it.total_myuan += 10;
    return true;
}

static bool shift_departure(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].service != NET_NONE) {
            c->legs[i].depart_at += 60;
            c->legs[i].cutoff_at += 60;
            return true;
        }
    return false;
}

static bool ride_on_a_free_day(struct copy *c)
{
    for (uint32_t i = 0; i < c->it.leg_count; i++)
        if (c->legs[i].service != NET_NONE) {
            c->legs[i].service_day += 10000;
            return true;
        }
    return false;
}

static bool skip_rest(struct copy *c)
{
    if (c->legs[0].service != NET_NONE || c->legs[0].rest_s == 0)
        return false;
    c->legs[0].rest_s -= 60;
    c->legs[0].depart_at += 60;
    c->it.depart_at += 60;
    return true;
}

static bool forget_co2(struct copy *c)
{
    c->legs[0].co2_wtw_g -= 1;
    c->it.co2_wtw_g -= 1;
    return true;
}

TEST(planted_faults_are_caught)
{
    static const struct {
        const char *name, *words;
        bool (*plant)(struct copy *c);
    } faults[] = {{"dodged handling fee", "missing", dodge_handling},
                  {"missed cut-off", "cut-off", miss_cutoff},
                  {"illegal change", "truck", truck_to_truck},
                  {"wrong sum", "sum", wrong_sum},
                  {"shifted departure", "timetable", shift_departure},
                  {"free day", "run", ride_on_a_free_day},
                  {"no rest", "rest", skip_rest},
                  {"lost CO2", "CO2", forget_co2}};
    enum { FAULTS = sizeof faults / sizeof faults[0] };
    static struct world w;
    static struct copy c;
    uint32_t planted[FAULTS] = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct plan_request r = ask(seed);
        struct plan_answer a;
        struct err e = {0};
        open_world(&w, seed);
        CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
        for (uint32_t i = 0; i < a.option_count; i++)
            for (int f = 0; f < FAULTS; f++) {
                take_copy(&c, &a.options[i]);
                CHECK(plan_check(&w.tiny.net, &r, &c.it, &e));
                if (!faults[f].plant(&c))
                    continue;
                planted[f]++;
                CHECK_MSG(!plan_check(&w.tiny.net, &r, &c.it, &e), "%s passed", faults[f].name);
                CHECK_MSG(f == 1 || strstr(e.text, faults[f].words) != NULL, "%s was caught as: %s",
                          faults[f].name, e.text);
            }
        close_world(&w);
    }
    for (int f = 0; f < FAULTS; f++)
        CHECK_MSG(planted[f] > 0, "%s was never planted", faults[f].name);
}

TEST(plan_ref_is_stable_and_tells_options_apart)
{
    static struct world w;
    struct plan_request r = ask(3);
    struct plan_answer a, b;
    struct err e = {0};
    char x[33], y[33];
    open_world(&w, 3);
    CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &b, &e));
    CHECK_I64(a.option_count, b.option_count);
    CHECK(a.option_count > 0);
    for (uint32_t i = 0; i < a.option_count; i++) {
        plan_ref(&w.tiny.net, &r, &a.options[i], x);
        plan_ref(&w.tiny.net, &r, &b.options[i], y);
        CHECK_STR(x, y);
        CHECK_I64(strlen(x), 32);
        for (uint32_t k = 0; k < i; k++) {
            plan_ref(&w.tiny.net, &r, &a.options[k], y);
            CHECK(strcmp(x, y) != 0);
        }
    }
    close_world(&w);
}

TEST(bad_requests_name_their_field)
{
    static struct world w;
    struct plan_answer a;
    struct err e = {0};
    open_world(&w, 1);
    const struct plan_request good = ask(1);
    struct plan_request r = good;
    r.cargo.mass_kg = 0;
    CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK_STR(e.field, "cargo.mass_kg");
    r = good, r.to = r.from;
    CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK_STR(e.field, "destination");
    r = good, r.from = TINY_NODES;
    CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK_STR(e.field, "origin");
    r = good, r.vehicle.vehicle_class = 3;
    CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK_STR(e.field, "vehicle.vehicle_class");
    r = good, r.deliver_by = r.ready_at;
    CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
    CHECK_STR(e.field, "deliver_by");
    close_world(&w);
}

/* --- reasons --- */

static enum plan_reason reason_of(struct world *w, const struct plan_request *r, enum plan_family f)
{
    struct plan_answer a;
    struct err e = {0};
    CHECK_MSG(plan_search(w->query, r, NULL, NULL, &w->arena, &a, &e), "%s", e.text);
    for (uint32_t i = 0; i < a.not_offered_count; i++)
        if (a.not_offered[i].family == f) {
            CHECK(a.not_offered[i].text[0] != '\0');
            return a.not_offered[i].reason;
        }
    return REASON_COUNT; /* offered */
}

/* Takes one thing away from a network that has a rail chain: the reason must name it. */
TEST(reasons_name_what_is_missing)
{
    static struct world w;
    uint32_t tried = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct plan_request r = ask(seed);
        r.deliver_by = 0;
        open_world(&w, seed);
        if (reason_of(&w, &r, FAMILY_RAIL_ROAD) == REASON_COUNT) {
            struct net_service keep[TINY_SERVICES];
            memcpy(keep, w.tiny.service, sizeof keep);
            tried++;
            r.deliver_by = r.ready_at + 60;
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_DEADLINE);
            r.deliver_by = 0;
            for (int i = 0; i < TINY_SERVICES; i++)
                w.tiny.service[i].capacity_kg = 1, w.tiny.service[i].capacity_teu_milli = 1;
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_CAPACITY);
            memcpy(w.tiny.service, keep, sizeof keep);
            for (int i = 0; i < TINY_SERVICES; i++)
                w.tiny.service[i].cargo = CARGO_DANGEROUS;
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_CARGO);
            memcpy(w.tiny.service, keep, sizeof keep);
            for (int i = 0; i < TINY_SERVICES; i++)
                w.tiny.service[i].valid_to_day = TINY_DAY - 1;
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_EXPIRED);
            memcpy(w.tiny.service, keep, sizeof keep);
            for (int i = 0; i < TINY_SERVICES; i++)
                w.tiny.service[i].mode = MODE_AIR;
            plan_query_free(w.query);
            plan_network_free(w.plan);
            CHECK(plan_network_new(&w.tiny.net, &w.plan, NULL) && plan_query_new(w.plan, &w.query, NULL));
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_NO_SERVICE);
        }
        close_world(&w);
    }
    CHECK_MSG(tried >= 10, "only %u networks had a rail chain", tried);
}

static bool stop_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

TEST(a_small_arena_and_a_passed_deadline_fail_cleanly)
{
    static struct world w;
    struct plan_request r = ask(3);
    struct plan_answer a;
    struct err e = {0};
    uint32_t refused = 0;
    open_world(&w, 3);
    for (size_t limit = 0; limit < 200000; limit += 1024) {
        struct arena small;
        arena_init(&small, limit);
        err_clear(&e);
        if (!plan_search(w.query, &r, NULL, NULL, &small, &a, &e)) {
            CHECK_I64(e.code, ERR_RESOURCE_EXHAUSTED);
            refused++;
        }
        arena_release(&small);
    }
    CHECK(refused > 0);
    bool ok = plan_search(w.query, &r, stop_at_once, NULL, &w.arena, &a, &e);
    CHECK(ok || e.code == ERR_DEADLINE_EXCEEDED); /* asked every 256 labels only */
    close_world(&w);
}
