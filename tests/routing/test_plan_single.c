/* The one best option: against exhaustive enumeration on random small networks, with roads by labels of hubs
 * and without; the same chain, bill and plan_ref as among all options, there and on the bundled network; the
 * bounds that it rests on below what they bound. */
#include "bundled.h"
#include "freight/bill.h"
#include "freight/floor.h"
#include "network/file.h"
#include "plan/plan.h"
#include "plan_world.h"
#include "road/floor.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 600, QUESTIONS = 800, LOADS = 4000, LEAST = 3 };

static const char *const names[] = {"all", "cheapest", "earliest", "cleanest"};

/* --- what is the best --- */

struct value {
    int64_t of[3];
};

static struct value value_of(int by, int64_t arrive_at, int64_t total, int64_t co2)
{
    if (by == SINGLE_CHEAPEST)
        return (struct value){{total, arrive_at, co2}};
    return by == SINGLE_EARLIEST ? (struct value){{arrive_at, total, co2}} : (struct value){{co2, total, 0}};
}

static int order(struct value a, struct value b)
{
    for (int i = 0; i < 3; i++)
        if (a.of[i] != b.of[i])
            return a.of[i] < b.of[i] ? -1 : 1;
    return 0;
}

static struct value value_of_option(int by, const struct plan_itinerary *it)
{
    return value_of(by, it->arrive_at, it->total_myuan, it->co2_wtw_g);
}

/* Of the first family among equals; NULL: no option. */
static const struct plan_itinerary *best_of(const struct plan_answer *a, int by)
{
    const struct plan_itinerary *best = NULL;
    for (uint32_t i = 0; i < a->option_count; i++)
        if (best == NULL || order(value_of_option(by, &a->options[i]), value_of_option(by, best)) < 0)
            best = &a->options[i];
    return best;
}

static void same_line(const struct plan_line *x, const struct plan_line *y)
{
    CHECK(x->kind == y->kind && x->charge == y->charge && x->leg == y->leg && x->estimated == y->estimated);
    CHECK(x->row == y->row && x->source == y->source && (x->agreed == NULL) == (y->agreed == NULL));
    CHECK_I64(x->amount_myuan, y->amount_myuan);
    CHECK_STR(x->basis, y->basis);
    CHECK_STR(x->rate, y->rate);
}

static void same_leg(const struct plan_leg *x, const struct plan_leg *y)
{
    CHECK(x->mode == y->mode && x->service == y->service && x->from_stop == y->from_stop &&
          x->to_stop == y->to_stop && x->service_day == y->service_day &&
          x->vehicle_class == y->vehicle_class && x->trucks == y->trucks);
    CHECK(x->from_node == y->from_node && x->to_node == y->to_node && x->from_terminal == y->from_terminal &&
          x->to_terminal == y->to_terminal && x->drive_s == y->drive_s && x->rest_s == y->rest_s);
    CHECK(x->ready_at == y->ready_at && x->cutoff_at == y->cutoff_at && x->depart_at == y->depart_at &&
          x->arrive_at == y->arrive_at && x->distance_m == y->distance_m && x->toll_myuan == y->toll_myuan);
    CHECK(x->co2_wtw_g == y->co2_wtw_g && x->co2_ttw_g == y->co2_ttw_g && x->hub_wtw_g == y->hub_wtw_g &&
          x->hub_ttw_g == y->hub_ttw_g && x->chargeable_kg == y->chargeable_kg);
}

static void same_option(const struct network *n, const struct plan_request *r, const struct plan_itinerary *x,
                        const struct plan_itinerary *y)
{
    char a[33], b[33];
    CHECK(x->family == y->family && x->leg_count == y->leg_count && x->line_count == y->line_count);
    for (uint32_t i = 0; i < x->leg_count; i++)
        same_leg(&x->legs[i], &y->legs[i]);
    for (uint32_t i = 0; i < x->line_count; i++)
        same_line(&x->lines[i], &y->lines[i]);
    CHECK(x->total_myuan == y->total_myuan && x->depart_at == y->depart_at && x->arrive_at == y->arrive_at);
    CHECK(x->latest_pickup.at == y->latest_pickup.at && x->latest_pickup.binds == y->latest_pickup.binds);
    CHECK_STR(x->co2_method, y->co2_method);
    plan_ref(n, r, x, a);
    plan_ref(n, r, y, b);
    CHECK_STR(a, b);
}

static bool ask(struct plan_query *q, struct plan_request r, int by, struct arena *arena,
                struct plan_answer *out)
{
    struct err e = {0};
    r.single = (uint8_t)by;
    r.max_options = by == SINGLE_NO ? 32 : 1;
    bool ok = plan_search(q, &r, NULL, NULL, arena, out, &e);
    CHECK_MSG(ok || by == SINGLE_NO || e.code == ERR_RESOURCE_EXHAUSTED, "%s: %s", names[by], e.text);
    return ok;
}

/* --- small networks --- */

static struct brute_points front[FAMILY_COUNT];

static void enumerate(const struct network *n, const struct plan_request *r)
{
    for (int f = 0; f < FAMILY_COUNT; f++) {
        int64_t chains;
        front[f].count = 0;
        if (r->families >> f & 1)
            brute_chains(n, r, (enum plan_family)f, BRUTE_FORWARD, &front[f], &chains);
    }
}

/* The least of all chains; false: there is none. */
static bool least_of(int by, struct value *least, int *family)
{
    bool any = false;
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; i < front[f].count; i++) {
            const struct brute_point *x = &front[f].of[i];
            struct value v = value_of(by, x->arrive_at, x->total, x->co2);
            if (any && order(v, *least) >= 0)
                continue;
            any = true;
            *least = v;
            *family = f;
        }
    return any;
}

static void compare(struct plan_world *w, const struct plan_request *r, const struct plan_answer *all,
                    uint64_t seed, int by, uint32_t *won)
{
    struct plan_answer one;
    struct value least;
    struct err e = {0};
    int family = 0;
    bool any = least_of(by, &least, &family);
    CHECK(ask(w->query, *r, by, &w->arena, &one));
    CHECK_MSG(one.option_count == any, "seed %llu %s: %u options", (unsigned long long)seed, names[by],
              one.option_count);
    CHECK_MSG((one.not_offered_count > 0) == !any, "seed %llu: reasons", (unsigned long long)seed);
    if (!any)
        return;
    const struct plan_itinerary *it = one.options;
    CHECK_MSG(plan_check(&w->tiny.net, r, it, &e), "seed %llu %s: %s", (unsigned long long)seed, names[by],
              e.text);
    CHECK_MSG(order(value_of_option(by, it), least) == 0 && it->family == (enum plan_family)family,
              "seed %llu %s: %lld of family %d, all chains have %lld of %d", (unsigned long long)seed,
              names[by], (long long)value_of_option(by, it).of[0], it->family, (long long)least.of[0],
              family);
    CHECK(it->cheapest == (by == SINGLE_CHEAPEST) && it->earliest == (by == SINGLE_EARLIEST) &&
          it->cleanest == (by == SINGLE_CLEANEST));
    if (all->option_count < 32)
        same_option(&w->tiny.net, r, best_of(all, by), it);
    won[it->family]++;
}

static void all_networks(bool hubs, uint64_t first)
{
    static struct plan_world w;
    uint32_t won[FAMILY_COUNT] = {0};
    for (uint64_t seed = first; seed < first + NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer all;
        uint64_t s = seed;
        if (test_rand_below(&s, 2)) /* road wins most of the time */
            r.families = 1 + test_rand_below(&s, (1u << FAMILY_COUNT) - 1);
        if (test_rand_below(&s, 4) == 0)
            r.families = 1u << test_rand_below(&s, FAMILY_COUNT);
        if (hubs)
            plan_world_open_hubs(&w, seed);
        else
            plan_world_open(&w, seed);
        enumerate(&w.tiny.net, &r);
        CHECK(ask(w.query, r, SINGLE_NO, &w.arena, &all));
        for (int by = SINGLE_CHEAPEST; by <= SINGLE_CLEANEST; by++)
            compare(&w, &r, &all, seed, by, won);
        plan_world_close(&w);
    }
    for (int f = 0; f < FAMILY_COUNT; f++)
        CHECK_MSG(won[f] >= LEAST, "family %s won %u times", plan_family_name((enum plan_family)f), won[f]);
}

TEST(the_best_of_all_chains_on_random_networks)
{
    all_networks(false, 1);
}

TEST(the_best_of_all_chains_by_labels_of_the_terminals)
{
    all_networks(true, 100001);
}

/* --- the bundled network --- */

static struct plan_request any_question(const struct network *n, uint64_t *s)
{
    struct plan_request r = {.from = n->terminal[test_rand_below(s, n->terminal_count)].node,
                             .to = test_rand_below(s, net_plain_count(n)),
                             .ready_at = 1796000000 + test_rand_below(s, 7 * 86400),
                             .families = test_rand_below(s, 4) == 0 ? 1 + test_rand_below(s, 31) : 31,
                             .max_options = 32,
                             .second_driver = test_rand_below(s, 2)};
    r.cargo.mass_kg = 100 + test_rand_below(s, test_rand_below(s, 2) ? 30000 : 400000);
    r.cargo.volume_dm3 = test_rand_below(s, 3) ? r.cargo.mass_kg * 2 : 0;
    r.cargo.value_yuan = test_rand_below(s, 2) ? test_rand_below(s, 10000000) : 0;
    r.cargo.bulk = test_rand_below(s, 4) == 0;
    if (!r.cargo.bulk && test_rand_below(s, 4) == 0) {
        bool high = test_rand_below(s, 2);
        r.cargo.containers[0] = (struct plan_containers){"22G1", 1 + test_rand_below(s, 6), 1};
        if (high)
            r.cargo.containers[0] = (struct plan_containers){"45G1", 1 + test_rand_below(s, 6), 2};
        r.cargo.container_count = 1;
        r.cargo.mass_kg = r.cargo.mass_kg % 20000 * r.cargo.containers[0].count + 1;
    }
    r.co2_price_myuan_per_t = test_rand_below(s, 3) ? 0 : test_rand_below(s, 300000);
    r.value_of_time_myuan_per_t_h = test_rand_below(s, 3) ? 0 : test_rand_below(s, 20000);
    if (test_rand_below(s, 4) == 0)
        r.deliver_by = r.ready_at + 3600 + test_rand_below(s, 7 * 86400);
    if (test_rand_below(s, 6) == 0)
        r.drayage_permille = (uint16_t)(1 + test_rand_below(s, 1000));
    return r;
}

TEST(the_same_chain_bill_and_reference_as_among_all_options)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    struct plan_network *p;
    struct plan_query *q;
    struct arena arena;
    uint64_t s = 77;
    uint32_t won[FAMILY_COUNT] = {0}, labels[2] = {0};
    CHECK(plan_network_new(n, &p, NULL) && plan_query_new(p, &q, NULL));
    arena_init(&arena, 64u << 20);
    for (int i = 0; i < QUESTIONS; i++) {
        struct plan_request r = any_question(n, &s);
        struct plan_answer all, one;
        if (!plan_request_check(n, &r, NULL))
            continue;
        arena_release(&arena);
        arena_init(&arena, 64u << 20);
        if (!ask(q, r, SINGLE_NO, &arena, &all) || all.option_count == 32)
            continue;
        labels[0] += all.label_count;
        for (int by = SINGLE_CHEAPEST; by <= SINGLE_CLEANEST; by++) {
            CHECK(ask(q, r, by, &arena, &one) && one.option_count == (all.option_count > 0));
            if (one.option_count == 0)
                continue;
            same_option(n, &r, best_of(&all, by), one.options);
            won[one.options->family]++;
            labels[1] += by == SINGLE_CHEAPEST ? one.label_count : 0;
        }
    }
    for (int f = 0; f < FAMILY_COUNT; f++)
        CHECK_MSG(won[f] >= LEAST, "family %s won %u times", plan_family_name((enum plan_family)f), won[f]);
    CHECK_MSG(labels[1] * 4 < labels[0], "%u labels, all options took %u", labels[1], labels[0]);
    plan_query_free(q);
    plan_network_free(p);
    arena_release(&arena);
    network_release(n);
    free(bytes);
}

TEST(what_one_option_cannot_honour_is_refused)
{
    static struct plan_world w;
    struct plan_answer a;
    struct err e;
    plan_world_open(&w, 1);
    for (int i = 0; i < 5; i++) {
        struct plan_request r = plan_world_ask(1);
        r.single = i == 4 ? SINGLE_CLEANEST + 1 : SINGLE_CHEAPEST;
        r.max_options = i == 0 ? 2 : 1;
        r.alternatives = i == 1;
        r.tolerance_permille = i == 2 ? 10 : 0;
        r.latest_pickup = i == 3;
        r.deliver_by = i == 3 ? r.ready_at + 86400 : 0;
        memset(&e, 0, sizeof e);
        CHECK(!plan_search(w.query, &r, NULL, NULL, &w.arena, &a, &e));
        CHECK_STR(e.field, "best");
    }
    plan_world_close(&w);
}

/* --- bounds --- */

static uint32_t simple; /* of the lines below tariffs */

static void below(const struct network *n, const struct net_service *s, const struct freight_load *l,
                  uint64_t *seed, uint32_t *carried)
{
    struct freight_floor floor;
    static struct bill b;
    struct bill_ride ride = {.service = s,
                             .distance_m = test_rand_below(seed, 3000000),
                             .day = (int32_t)(20700 + test_rand_below(seed, 300))};
    memset(&b, 0, sizeof b);
    bool some = freight_floor_of(n, s, l, &floor), all = bill_tariff(n, &ride, l, &b);
    CHECK(some || !all);
    struct freight_line line_of;
    struct freight_floor by;
    uint16_t form = l->cargo & CARGO_FORMS;
    if (s->mode != MODE_AIR && !(l->cargo & CARGO_NEEDS) && (form & (form - 1)) == 0) {
        freight_line_of(n, &n->tariff[s->tariff], form, &line_of);
        CHECK(!line_of.simple || freight_floor_by(&line_of, s, l, &by) == some);
        simple += line_of.simple && some;
        CHECK(!line_of.simple || !some ||
              (fabs(by.base_myuan - floor.base_myuan) < 1e-3 &&
               fabs(by.least_myuan - floor.least_myuan) < 1e-3 &&
               fabs(by.per_m_myuan - floor.per_m_myuan) <= 1e-9 * floor.per_m_myuan));
    }
    if (!all)
        return;
    double line = floor.base_myuan + floor.per_m_myuan * (double)ride.distance_m, sum = (double)b.sum_myuan;
    double least = line > floor.least_myuan ? line : floor.least_myuan;
    CHECK_MSG(least <= sum, "%s: a bill of %.0f, bound %.0f", net_string(n, s->name), sum, least);
    CHECK_MSG(s->mode == MODE_AIR || least >= sum - 100 || line < floor.least_myuan || sum > least,
              "%s: bound %.0f", net_string(n, s->name), least);
    ++*carried;
}

TEST(the_line_below_a_tariff_lies_below_its_bills)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    uint64_t seed = 5;
    uint32_t carried = 0;
    for (int i = 0; i < LOADS; i++) {
        struct plan_request r = any_question(n, &seed);
        struct freight_load l = plan_world_load(n, &r);
        const struct net_service *s = &n->service[test_rand_below(&seed, n->service_count)];
        const struct net_tariff *t = &n->tariff[s->tariff];
        bool dated = false;
        for (uint32_t k = t->rule_first; k < t->rule_first + t->rule_count; k++)
            dated = dated || n->tariff_rule[k].valid_from_day != INT32_MIN ||
                    n->tariff_rule[k].valid_to_day != INT32_MAX;
        if (!dated)
            below(n, s, &l, &seed, &carried);
    }
    CHECK_MSG(carried > LOADS / 4, "only %u bills", carried);
    CHECK_MSG(simple > carried / 4, "only %u simple lines", simple);
    network_release(n);
    free(bytes);
}

/* The ways between random places: what they cost is no less than the weight of the cheapest tells. */
static void no_way_costs_less(const struct network *n, const struct net_vehicle *v, int ways, bool near,
                              uint64_t *seed)
{
    struct road_metric *fast, *cheap;
    struct road_query *q;
    struct road_profile of = {.vehicle_class = v->vehicle_class, .objective = ROAD_FASTEST};
    CHECK(road_metric_new(n, &of, &fast, NULL));
    of.objective = ROAD_CHEAPEST;
    CHECK(road_metric_new(n, &of, &cheap, NULL) && road_query_new(n, NULL, &q, NULL));
    struct road_floor floor = road_floor_of(cheap);
    CHECK(floor.ratio >= 0.9 && floor.ratio < 1 && floor.extra_myuan >= 0);
    double per_km = (double)v->myuan_per_km * (1000 + v->empty_return_permille) / 1000;
    for (int i = 0; i < ways; i++) {
        uint32_t from = test_rand_below(seed, net_plain_count(n)),
                 to = test_rand_below(seed, net_plain_count(n));
        struct road_cost c[2];
        road_one_to_one(q, fast, from, to, &c[0]);
        road_one_to_one(q, cheap, from, to, &c[1]);
        for (int k = 0; k < 2 && c[k].weight != ROAD_INF; k++) {
            double money = (double)c[k].length_m * per_km / 1e3 +
                           (double)c[k].time_ms * v->myuan_per_h / 3.6e6 + c[k].toll_myuan;
            double least = floor.ratio * c[1].weight - floor.extra_myuan;
            CHECK_MSG(money >= least - (near ? 1 : 0) && (k == 0 || !near || money <= least * 1.01 + 100),
                      "%.1f, at least %.1f", money, least);
        }
    }
    road_query_free(q);
    road_metric_free(fast);
    road_metric_free(cheap);
}

TEST(no_way_costs_less_than_its_weight_tells)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    uint64_t seed = 9;
    no_way_costs_less(n, &n->vehicle[2], 300, true, &seed);
    network_release(n);
    free(bytes);
}

/* Of links of a few metres the rounding of each weighs. */
TEST(nor_over_links_of_a_few_metres)
{
    static struct tiny_net t;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t s = seed;
        tiny_net_make(&t, seed);
        for (uint32_t i = 0; i < t.net.link_count; i++)
            t.link[i].length_m = 1 + test_rand_below(&s, 40);
        no_way_costs_less(&t.net, &t.net.vehicle[1], 40, false, &s);
    }
}
