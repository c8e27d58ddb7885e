/* How sure a connection is, against drawing times at random; what a missed one costs, against going through
 * every run of every service day by day. */
#include "freight/bill.h"
#include "freight/calendar.h"
#include "freight/emission.h"
#include "plan/chance.h"
#include "plan_world.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 1500, DRAWS = 3000, HORIZON = 21, YEARLY_PERMILLE = 60 };

static const struct network *net;
static uint64_t seed_of_draws = 1;

static double uniform(void)
{
    return ((double)(test_rand(&seed_of_draws) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void) /* Box, Muller 1958 */
{
    return sqrt(-2 * log(uniform())) * cos(2 * 3.14159265358979323846 * uniform());
}

static double draw(double p50, double p90)
{
    return p90 > p50 && p50 > 0 ? p50 * exp(normal() * log(p90 / p50) / 1.2815515655446004) : p50;
}

TEST(a_lognormal_has_its_median_and_its_90th_percentile)
{
    struct network n = {.utc_offset_min = 480};
    struct chance_step s[4] = {{.kind = CHANCE_RANDOM, .p50_s = 3600, .p90_s = 5400}};
    CHECK(fabs(chance_in_time(&n, s, 1, 1000, 1000 + 3600) - 0.5) < 1e-9);
    CHECK(fabs(chance_in_time(&n, s, 1, 1000, 1000 + 5400) - 0.9) < 1e-9);
    CHECK(chance_in_time(&n, s, 1, 1000, 1000) == 0);
    s[1] = (struct chance_step){.kind = CHANCE_FIXED, .p50_s = 600};
    CHECK(fabs(chance_in_time(&n, s, 2, 1000, 1000 + 4200) - 0.5) < 1e-9);
    s[0].p90_s = 3600; /* no spread: a step */
    CHECK(chance_in_time(&n, s, 2, 0, 4200) == 1 && chance_in_time(&n, s, 2, 0, 4199) == 0);
    for (int by = 4000; by < 20000; by += 1700) {
        struct chance_step x[3] = {{.kind = CHANCE_RANDOM, .p50_s = 3600, .p90_s = 5400},
                                   {.kind = CHANCE_RANDOM, .p50_s = 1800, .p90_s = 7200},
                                   {.kind = CHANCE_RANDOM, .p50_s = 600, .p90_s = 900}};
        double hits = 0;
        for (int i = 0; i < 100000; i++)
            hits += draw(3600, 5400) + draw(1800, 7200) + draw(600, 900) <= by;
        CHECK_MSG(fabs(chance_in_time(&n, x, 3, 0, by) - hits / 100000) < 0.006, "by %d: %f, drawn %f", by,
                  chance_in_time(&n, x, 3, 0, by), hits / 100000);
    }
}

/* --- by drawing --- */

static void times_of(const struct plan_request *r, uint32_t terminal, unsigned from, unsigned to, double *p50,
                     double *p90)
{
    uint16_t cargo = r->cargo.container_count > 0 ? CARGO_CONTAINER
                     : r->cargo.bulk              ? CARGO_BULK
                                                  : CARGO_GENERAL;
    *p50 = *p90 = 0;
    for (uint32_t i = 0; i < net->handling_count; i++) {
        const struct net_handling *h = &net->handling[i];
        if (h->terminal == terminal && h->from_mode == from && h->to_mode == to &&
            cargo_fits(h->cargo, cargo)) {
            *p50 += h->p50_min * 60;
            *p90 += h->p90_min * 60;
        }
    }
}

static double drawn_handling(const struct plan_request *r, uint32_t terminal, unsigned from, unsigned to)
{
    double p50, p90;
    times_of(r, terminal, from, to, &p50, &p90);
    return draw(p50, p90);
}

static double open_at(uint32_t terminal, double at)
{
    int64_t t = cal_next_open(net, net->terminal[terminal].hours, llround(at));
    return t == CAL_NEVER ? 1e18 : (double)t;
}

static unsigned leg_mode(const struct plan_leg *l)
{
    return l->service == NET_NONE ? MODE_ROAD : net->service[l->service].mode;
}

/* When the cargo of one draw is ready for leg i, or delivered when i is the count. */
static double drawn_ready(const struct plan_request *r, const struct plan_itinerary *it, uint32_t i)
{
    const struct plan_leg *leg = it->legs;
    uint32_t ride = i; /* the last ride before */
    while (ride > 0 && leg[ride - 1].service == NET_NONE)
        ride--;
    double at = ride > 0 ? (double)leg[ride - 1].arrive_at : (double)r->ready_at;
    unsigned mode = ride > 0 ? leg_mode(&leg[ride - 1]) : MODE_ROAD;
    if (ride == 0 && i > 0)
        at = (double)leg[0].depart_at;
    for (uint32_t k = ride; k < i; k++) { /* a truck */
        if (leg[k].from_terminal != NET_NONE)
            at = open_at(leg[k].from_terminal, at + drawn_handling(r, leg[k].from_terminal, mode, MODE_ROAD));
        at += draw((double)leg[k].drive_s, (double)leg[k].drive_s * 1.25) + (double)leg[k].rest_s;
        if (leg[k].to_terminal != NET_NONE)
            at = open_at(leg[k].to_terminal, at);
        mode = MODE_ROAD;
    }
    if (i == it->leg_count && leg[i - 1].service == NET_NONE)
        return at;
    if (i == it->leg_count)
        return open_at(leg[i - 1].to_terminal,
                       at + drawn_handling(r, leg[i - 1].to_terminal, mode, MODE_ROAD));
    if (i == 0)
        at = open_at(leg[0].from_terminal, at);
    return at + drawn_handling(r, leg[i].from_terminal, mode, leg_mode(&leg[i]));
}

static void check_chances(const struct plan_request *r, const struct plan_itinerary *it, uint64_t seed,
                          uint32_t *between)
{
    double all = 1;
    for (uint32_t i = 0; i <= it->leg_count; i++) {
        bool end = i == it->leg_count;
        double hits = 0, by = end ? (double)r->deliver_by : (double)it->legs[i].cutoff_at;
        if (end ? r->deliver_by == 0 : it->legs[i].service == NET_NONE)
            continue;
        for (int k = 0; k < DRAWS; k++)
            hits += drawn_ready(r, it, i) <= by;
        all *= hits / DRAWS;
        if (end)
            break;
        CHECK_MSG(fabs(it->legs[i].connection.made_permille - hits * 1000 / DRAWS) < 45,
                  "seed %llu leg %u: %u permille, drawn %.0f", (unsigned long long)seed, i,
                  it->legs[i].connection.made_permille, hits * 1000 / DRAWS);
        *between += hits > 0.02 * DRAWS && hits < 0.98 * DRAWS;
    }
    CHECK_MSG(fabs(it->on_time_permille - all * 1000) < 70, "seed %llu: on time %u, drawn %.0f",
              (unsigned long long)seed, it->on_time_permille, all * 1000);
}

/* --- missed, day by day --- */

static int64_t cutoff_s(uint32_t terminal, unsigned mode)
{
    int64_t min = 0;
    for (uint32_t i = 0; i < net->cutoff_count; i++) {
        const struct net_cutoff *c = &net->cutoff[i];
        if (c->terminal == terminal && c->mode == mode && c->kind != CUTOFF_DOCUMENTS && c->before_min > min)
            min = c->before_min;
    }
    return min * 60;
}

struct found {
    bool any;
    uint32_t from, to;
    int64_t depart_at, arrive_at, price;
};

static int64_t price_of(const struct freight_load *l, uint32_t from, uint32_t to, int32_t day)
{
    struct bill b = {.count = 0};
    struct bill_ride ride = {.service = &net->service[net->stop[from].service], .day = day};
    for (uint32_t k = from + 1; k <= to; k++)
        ride.distance_m += net->stop[k].distance_m;
    return bill_tariff(net, &ride, l, &b) ? b.sum_myuan : -1;
}

static struct found next_of(const struct freight_load *l, const struct plan_leg *leg, int64_t ready,
                            int32_t last)
{
    struct found best = {.any = false};
    for (uint32_t from = 0; from < net->stop_count; from++)
        for (uint32_t to = from + 1; to < net->stop_count; to++) {
            uint32_t service = net->stop[from].service;
            const struct net_service *s = &net->service[service];
            if (net->stop[to].service != service || s->mode != leg_mode(leg) ||
                net->stop[from].terminal != leg->from_terminal ||
                net->stop[to].terminal != leg->to_terminal || !cargo_fits(s->cargo, l->cargo) ||
                !cargo_within_departure(s, l))
                continue;
            for (int32_t day = last - 3 * HORIZON; day <= last; day++) {
                int64_t leave = ((int64_t)day * 1440 - 480 + s->depart_min + net->stop[from].depart_min) * 60;
                int64_t there = leave + (int64_t)(net->stop[to].arrive_min - net->stop[from].depart_min) * 60;
                int64_t price = price_of(l, from, to, day);
                if (!cal_runs(net, s, day) || leave - cutoff_s(leg->from_terminal, s->mode) < ready ||
                    price < 0)
                    continue;
                if (!best.any || there < best.arrive_at || (there == best.arrive_at && price < best.price))
                    best = (struct found){true, from, to, leave, there, price};
                break; /* the first run of this service */
            }
        }
    return best;
}

static int64_t stay(const struct freight_load *l, uint32_t terminal, int64_t from, int64_t to)
{
    struct bill b = {.count = 0};
    CHECK(bill_storage(net, terminal, l, from, to, &b));
    return b.sum_myuan;
}

static int64_t rounded(double yuan1000)
{
    return llround(yuan1000 / 10) * 10;
}

static int64_t holding(const struct plan_request *r, int64_t at)
{
    double s = (double)(at - r->ready_at);
    return rounded((double)r->cargo.value_yuan * YEARLY_PERMILLE * s / 31536000.0) +
           rounded((double)r->value_of_time_myuan_per_t_h * (double)r->cargo.mass_kg * s / 3600000.0);
}

static void check_missed(const struct plan_request *r, const struct freight_load *l,
                         const struct plan_itinerary *it, uint32_t i, uint64_t seed)
{
    const struct plan_leg *leg = it->legs;
    const struct plan_missed *m = &leg[i].connection.missed;
    int32_t last = cal_local_day(net, leg[i].depart_at) + HORIZON;
    int64_t came = i > 0 ? leg[i - 1].arrive_at : llround(open_at(leg[0].from_terminal, (double)r->ready_at));
    int64_t ready = leg[i].cutoff_at + 1, money = 0, storage = 0, co2 = 0, depart_at = 0;
    unsigned mode = MODE_ROAD;
    bool none = false;
    for (uint32_t k = i; k < it->leg_count && !none; k++) {
        double p50, p90;
        if (k > i) {
            times_of(r, leg[k].from_terminal, mode, leg_mode(&leg[k]), &p50, &p90);
            ready = came + llround(p50);
        }
        mode = leg_mode(&leg[k]);
        if (leg[k].service == NET_NONE) {
            double out =
                open_at(leg[k].from_terminal, (double)ready) + (double)(leg[k].drive_s + leg[k].rest_s);
            came = llround(leg[k].to_terminal != NET_NONE ? open_at(leg[k].to_terminal, out) : out);
            continue;
        }
        struct found x = {true, leg[k].from_stop, leg[k].to_stop, leg[k].depart_at, leg[k].arrive_at, 0};
        int64_t before = price_of(l, leg[k].from_stop, leg[k].to_stop, leg[k].service_day);
        x.price = before;
        if (k == i || ready > leg[k].cutoff_at)
            x = next_of(l, &leg[k], ready, last);
        none = !x.any;
        if (none)
            break;
        if (k == i)
            depart_at = x.depart_at;
        int64_t paid = k == 0 || (k == 1 && leg[0].service == NET_NONE)
                           ? 0
                           : stay(l, leg[k].from_terminal, leg[k - 1].arrive_at, leg[k].depart_at);
        storage += stay(l, leg[k].from_terminal, came, x.depart_at) - paid;
        money += x.price - before;
        const struct net_service *s = &net->service[net->stop[x.from].service];
        int64_t far = 0;
        for (uint32_t j = x.from + 1; j <= x.to; j++)
            far += net->stop[j].distance_m;
        co2 += emission_leg(&net->emission[s->emission], l, far).wtw_g - leg[k].co2_wtw_g;
        came = x.arrive_at;
    }
    CHECK_MSG(m->none == none, "seed %llu leg %u: a next departure or none", (unsigned long long)seed, i);
    if (none)
        return;
    const struct plan_leg *end = &leg[it->leg_count - 1];
    if (end->service != NET_NONE) {
        double p50, p90;
        times_of(r, end->to_terminal, mode, MODE_ROAD, &p50, &p90);
        came = llround(open_at(end->to_terminal, (double)came + p50));
    }
    int64_t dearer = money + storage + holding(r, came) - holding(r, it->arrive_at) +
                     rounded((double)r->co2_price_myuan_per_t * (double)(it->co2_wtw_g + co2) / 1e6) -
                     rounded((double)r->co2_price_myuan_per_t * (double)it->co2_wtw_g / 1e6);
    CHECK_I64(m->depart_at, depart_at);
    CHECK_I64(m->arrive_at, came);
    CHECK_I64(m->later_s, came - it->arrive_at);
    CHECK_I64(m->storage_myuan, storage);
    CHECK_MSG(llabs(m->dearer_myuan - dearer) <= 20, "seed %llu leg %u: dearer by %lld, day by day %lld",
              (unsigned long long)seed, i, (long long)m->dearer_myuan, (long long)dearer);
    CHECK(m->past_deadline == (r->deliver_by != 0 && came > r->deliver_by));
}

TEST(connections_are_as_sure_as_drawn_and_cost_what_the_next_departure_costs)
{
    static struct plan_world w;
    uint32_t between = 0, next = 0, last = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer a;
        struct err e = {0};
        r.explain = true;
        if (seed % 4 == 0) {
            r.latest_pickup = true;
            r.deliver_by = r.ready_at + 8 * 86400;
            r.ready_at = 0;
        }
        plan_world_open(&w, seed);
        net = &w.tiny.net;
        CHECK_MSG(plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e), "%s", e.text);
        for (uint32_t i = 0; i < a.option_count; i++) {
            const struct plan_itinerary *it = &a.options[i];
            struct freight_load l = plan_world_load(net, &r);
            struct plan_request then = r;
            if (r.latest_pickup) {
                then.latest_pickup = false;
                then.ready_at = it->latest_pickup.at;
            }
            CHECK_MSG(plan_check(net, &then, it, &e), "%s", e.text);
            if (r.latest_pickup || i < 2 || it->leg_count > 3)
                check_chances(&then, it, seed, &between);
            for (uint32_t k = 0; k < it->leg_count; k++) {
                if (it->legs[k].service == NET_NONE)
                    continue;
                check_missed(&then, &l, it, k, seed);
                next += !it->legs[k].connection.missed.none;
                last += it->legs[k].connection.missed.none;
                CHECK_I64(it->legs[k].connection.slack_s, it->legs[k].cutoff_at - it->legs[k].ready_at);
            }
        }
        plan_world_close(&w);
    }
    CHECK_MSG(between > 100 && next > 400 && last > 0, "only %u connections between, %u next, %u last",
              between, next, last);
}
