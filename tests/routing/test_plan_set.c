/* The answers of the freight search are all that exhaustive enumeration leaves unbeaten, on random small
 * networks: forward over (arrival, total, CO2), backward over (pickup, money, CO2), and at every instant of a
 * window. */
#include "plan_world.h"
#include "test.h"

#include <string.h>

enum { NETWORKS = 1500, BACKWARD = 800, PROFILES = 120, THINNED = 300, INSTANTS = 24 };

static int64_t holding(const struct plan_itinerary *it)
{
    for (uint32_t i = 0; i < it->line_count; i++)
        if (it->lines[i].kind == LINE_HOLDING)
            return it->lines[i].amount_myuan;
    return 0;
}

static void check_pickup(const struct network *n, const struct plan_request *r,
                         const struct plan_itinerary *it)
{
    const struct plan_pickup *p = &it->latest_pickup;
    int64_t want = brute_pickup(n, r, it);
    if (want == 0 && r->deliver_by != 0)
        want = r->deliver_by - it->legs[0].drive_s - it->legs[0].rest_s;
    CHECK_I64(p->at, want);
    CHECK(want == 0 || p->at >= r->ready_at);
    CHECK(p->leg < it->leg_count);
    if (p->binds == BINDS_NOTHING || p->binds == BINDS_DELIVERY)
        CHECK(it->leg_count == 1 && it->legs[0].service == NET_NONE);
    else
        CHECK(it->legs[p->leg].service != NET_NONE && p->slack_s == p->at - r->ready_at);
    if (p->binds == BINDS_CARGO || p->binds == BINDS_SECURITY || p->binds == BINDS_HOURS)
        CHECK(p->leg <= 1);
}

static void compare(struct plan_world *w, const struct plan_request *r, uint64_t seed, int f, uint32_t *found,
                    uint32_t *points)
{
    static struct brute_points want, got;
    struct plan_answer a;
    struct err e = {0};
    struct plan_request one = *r;
    int64_t chains;
    one.families = 1u << f;
    CHECK_MSG(plan_search(w->query, &one, NULL, NULL, &w->arena, &a, &e), "%s", e.text);
    brute_chains(&w->tiny.net, &one, (enum plan_family)f, BRUTE_FORWARD, &want, &chains);
    got.count = 0;
    for (uint32_t i = 0; i < a.option_count; i++) {
        const struct plan_itinerary *it = &a.options[i];
        CHECK_MSG(plan_check(&w->tiny.net, &one, it, &e), "seed %llu family %d option %u: %s",
                  (unsigned long long)seed, f, i, e.text);
        check_pickup(&w->tiny.net, &one, it);
        got.of[got.count++] =
            (struct brute_point){.arrive_at = it->arrive_at, .total = it->total_myuan, .co2 = it->co2_wtw_g};
    }
    bool cut = want.count > one.max_options;
    CHECK_MSG(a.option_count == (cut ? one.max_options : want.count),
              "seed %llu family %s: %u options, all chains leave %u", (unsigned long long)seed,
              plan_family_name((enum plan_family)f), a.option_count, want.count);
    for (uint32_t i = 0, k = 0; i < got.count; i++, k++) {
        /* both are sorted by arrival; of one arrival the order may differ */
        bool there = false;
        for (uint32_t j = 0; j < want.count; j++)
            there = there || (want.of[j].arrive_at == got.of[i].arrive_at &&
                              want.of[j].total == got.of[i].total && want.of[j].co2 == got.of[i].co2);
        CHECK_MSG(there, "seed %llu family %s: option %u is beaten", (unsigned long long)seed,
                  plan_family_name((enum plan_family)f), i);
    }
    CHECK_MSG((a.not_offered_count == 1) == (chains == 0),
              "seed %llu family %d: reason without need, or none", (unsigned long long)seed, f);
    CHECK(a.not_offered_count == 0 || a.not_offered[0].text != NULL);
    *found += chains > 0;
    *points += got.count;
}

TEST(the_whole_pareto_set_on_random_networks)
{
    static struct plan_world w;
    uint32_t found[FAMILY_COUNT] = {0}, points = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        plan_world_open(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++)
            compare(&w, &r, seed, f, &found[f], &points);
        plan_world_close(&w);
    }
    for (int f = 0; f < FAMILY_COUNT; f++) /* the networks must be worth the test */
        CHECK_MSG(found[f] >= 20, "only %u networks had a chain of family %s", found[f],
                  plan_family_name((enum plan_family)f));
    CHECK_MSG(points > NETWORKS, "only %u options in all", points);
}

static void backward(struct plan_world *w, struct plan_request r, uint64_t seed, int f, uint32_t *found,
                     uint32_t binds[BINDS_DELIVERY + 1])
{
    static struct brute_points want;
    struct plan_answer a;
    struct err e = {0};
    int64_t chains;
    r.families = 1u << f;
    r.deliver_by = r.ready_at + 12 * 86400;
    r.ready_at = 0;
    r.latest_pickup = true;
    CHECK_MSG(plan_search(w->query, &r, NULL, NULL, &w->arena, &a, &e), "%s", e.text);
    brute_chains(&w->tiny.net, &r, (enum plan_family)f, BRUTE_BACKWARD, &want, &chains);
    CHECK_MSG(a.option_count == (want.count > r.max_options ? r.max_options : want.count),
              "seed %llu family %s: %u options, all chains leave %u", (unsigned long long)seed,
              plan_family_name((enum plan_family)f), a.option_count, want.count);
    for (uint32_t i = 0; i < a.option_count; i++) {
        const struct plan_itinerary *it = &a.options[i];
        struct plan_request then = r;
        bool there = false;
        then.ready_at = it->latest_pickup.at;
        then.latest_pickup = false;
        CHECK_MSG(plan_check(&w->tiny.net, &then, it, &e), "seed %llu family %d option %u: %s",
                  (unsigned long long)seed, f, i, e.text);
        check_pickup(&w->tiny.net, &then, it);
        CHECK_I64(it->latest_pickup.slack_s, 0);
        for (uint32_t k = 0; k < want.count; k++)
            there = there ||
                    (want.of[k].pickup == it->latest_pickup.at &&
                     want.of[k].money == it->total_myuan - holding(it) && want.of[k].co2 == it->co2_wtw_g);
        CHECK_MSG(there, "seed %llu family %s: option %u is beaten", (unsigned long long)seed,
                  plan_family_name((enum plan_family)f), i);
        binds[it->latest_pickup.binds]++;
    }
    CHECK((a.not_offered_count == 1) == (a.option_count == 0));
    *found += a.option_count;
}

TEST(the_latest_pickups_on_random_networks)
{
    static struct plan_world w;
    uint32_t found = 0, binds[BINDS_DELIVERY + 1] = {0};
    for (uint64_t seed = 1; seed <= BACKWARD; seed++) {
        struct plan_request r = plan_world_ask(seed);
        plan_world_open(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++)
            backward(&w, r, seed, f, &found, binds);
        plan_world_close(&w);
    }
    CHECK_MSG(found > BACKWARD, "only %u options", found);
    for (int i = BINDS_CARGO; i <= BINDS_DELIVERY; i++)
        CHECK_MSG(binds[i] > 10, "%s bound %u times only", plan_binding_name((enum plan_binding)i), binds[i]);
}

/* What the points say of one instant must be what all chains say. */
static void at_instant(struct plan_world *w, const struct plan_request *r, const struct plan_profile *p,
                       int f, int64_t t, uint64_t seed)
{
    static struct brute_points want, got;
    struct plan_request then = *r;
    int64_t chains;
    then.ready_at = t;
    brute_chains(&w->tiny.net, &then, (enum plan_family)f, BRUTE_INSTANT, &want, &chains);
    got.count = 0;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->points[i].depart_at >= t)
            got.of[got.count++] = (struct brute_point){.arrive_at = p->points[i].arrive_at,
                                                       .money = p->points[i].money_myuan,
                                                       .co2 = p->points[i].co2_g};
    brute_front(&got, BRUTE_INSTANT);
    for (uint32_t i = 0; i < want.count; i++)
        want.of[i].pickup = 0;
    brute_front(&want, BRUTE_INSTANT); /* sorted anew */
    CHECK_MSG(got.count == want.count, "seed %llu family %s at %lld: %u points, all chains leave %u",
              (unsigned long long)seed, plan_family_name((enum plan_family)f), (long long)t, got.count,
              want.count);
    for (uint32_t i = 0; i < got.count; i++)
        CHECK(got.of[i].arrive_at == want.of[i].arrive_at && got.of[i].money == want.of[i].money &&
              got.of[i].co2 == want.of[i].co2);
}

TEST(a_profile_is_the_search_at_every_instant)
{
    static struct plan_world w;
    uint32_t points = 0;
    for (uint64_t seed = 1; seed <= PROFILES; seed++) {
        struct plan_request r = plan_world_ask(seed);
        uint64_t s = seed;
        r.deliver_by = 0;
        plan_world_open(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++) {
            struct plan_profile p;
            struct err e = {0};
            const int64_t window_s = 7 * 86400;
            r.families = 1u << f;
            CHECK_MSG(plan_profile(w.query, &r, window_s, 2000, NULL, NULL, &w.arena, &p, &e), "%s", e.text);
            CHECK_I64(p.more_from, 0);
            points += p.count;
            at_instant(&w, &r, &p, f, r.ready_at, seed);
            at_instant(&w, &r, &p, f, r.ready_at + window_s, seed);
            for (uint32_t i = 0; i < INSTANTS / 3; i++)
                at_instant(&w, &r, &p, f, r.ready_at + test_rand_below(&s, (uint32_t)window_s), seed);
            for (uint32_t i = 0; i < p.count && i < INSTANTS; i++)
                for (int after = 0; after < 2; after++) {
                    int64_t t = p.points[i].depart_at + after;
                    if (t >= r.ready_at && t <= r.ready_at + window_s)
                        at_instant(&w, &r, &p, f, t, seed);
                }
        }
        plan_world_close(&w);
    }
    CHECK_MSG(points > PROFILES / 2, "only %u points", points);
}

TEST(a_profile_that_is_cut_says_where_to_go_on)
{
    static struct plan_world w;
    uint32_t cut = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_profile all, some;
        plan_world_open(&w, seed);
        r.families = 1u << FAMILY_RAIL_ROAD;
        CHECK(plan_profile(w.query, &r, 7 * 86400, 1000, NULL, NULL, &w.arena, &all, NULL));
        if (all.count > 2) {
            CHECK(plan_profile(w.query, &r, 7 * 86400, 2, NULL, NULL, &w.arena, &some, NULL));
            CHECK(some.count <= 2 && some.more_from >= r.ready_at);
            cut++;
        }
        CHECK(!plan_profile(w.query, &r, -1, 10, NULL, NULL, &w.arena, &all, NULL));
        CHECK(!plan_profile(w.query, &r, 60, 0, NULL, NULL, &w.arena, &all, NULL));
        plan_world_close(&w);
    }
    CHECK(cut > 0);
}

static bool near_enough(const struct plan_request *r, const struct plan_itinerary *a,
                        const struct plan_itinerary *b)
{
    int64_t dearer = a->total_myuan > b->total_myuan ? a->total_myuan : b->total_myuan;
    int64_t share = (int64_t)((__int128)dearer * r->tolerance_permille / 1000);
    int64_t money = share > r->tolerance_myuan ? share : r->tolerance_myuan;
    return a->arrive_at <= b->arrive_at + r->tolerance_s && a->total_myuan <= b->total_myuan + money &&
           a->co2_wtw_g <= b->co2_wtw_g + r->tolerance_g;
}

TEST(a_tolerance_leaves_options_that_differ_and_every_family)
{
    static struct plan_world w;
    uint32_t gone = 0;
    for (uint64_t seed = 1; seed <= THINNED; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer all, some;
        plan_world_open(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++) {
            r.families = 1u << f;
            r.tolerance_s = r.tolerance_myuan = r.tolerance_g = r.tolerance_permille = 0;
            CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &all, NULL));
            r.tolerance_s = 3600 * (int64_t)(seed % 7);
            r.tolerance_permille = (uint32_t)(seed % 5) * 20;
            r.tolerance_myuan = 50000 * (int64_t)(seed % 3);
            r.tolerance_g = 1000 * (int64_t)(seed % 11);
            CHECK(plan_search(w.query, &r, NULL, NULL, &w.arena, &some, NULL));
            CHECK((all.option_count > 0) == (some.option_count > 0) && some.option_count <= all.option_count);
            gone += all.option_count - some.option_count;
            for (uint32_t i = 0; i < some.option_count; i++)
                for (uint32_t k = 0; k < some.option_count; k++)
                    CHECK(i == k || !near_enough(&r, &some.options[i], &some.options[k]));
            for (uint32_t i = 0; i < some.option_count; i++) { /* and all are of the whole set */
                bool there = false;
                for (uint32_t k = 0; k < all.option_count; k++)
                    there = there || (all.options[k].arrive_at == some.options[i].arrive_at &&
                                      all.options[k].total_myuan == some.options[i].total_myuan);
                CHECK(there || all.option_count == r.max_options);
            }
        }
        plan_world_close(&w);
    }
    CHECK_MSG(gone > 20, "only %u options fell to the tolerance", gone);
}
