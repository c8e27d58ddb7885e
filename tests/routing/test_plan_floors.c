/* The bounds that the search for one option cuts by (plan/floors.c) lie below what chains take and cost,
 * however little there is to spare: of each option of the whole front, on random small networks with the
 * truck's legs by the weights of their ways and by the legs themselves, and between terminals of the bundled
 * network. */
#include "bundled.h"
#include "freight/bill.h"
#include "freight/calendar.h"
#include "network/file.h"
#include "plan/bounds_inside.h"
#include "plan_world.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

enum { NETWORKS = 3000, QUESTIONS = 500 };

static const int64_t rounding_myuan = 30; /* floors.c */

struct tally {
    unsigned chains, tight,
        lazy; /* tight: 0.5 yuan or 30 s to spare at most; lazy: with truck legs by weight */
};

/* NULL: it has no ride. */
static const struct plan_leg *ridden(const struct plan_itinerary *it)
{
    for (uint32_t i = 0; i < it->leg_count; i++)
        if (it->legs[i].service != NET_NONE)
            return &it->legs[i];
    return NULL;
}

static double worth(const struct plan_query *q, bool early, const struct plan_bound *x)
{
    return early ? (double)x->s : (double)x->money_myuan + (double)x->s * q->holding_myuan_per_s;
}

/* As plan_find_single begins, with a best so far of that time or money. */
static void with_floors(struct plan_query *q, const struct plan_request *r, bool early, int64_t limit,
                        struct arena *a)
{
    struct err e = {0};
    q->bare = q->no_direct = false;
    q->stop = NULL;
    CHECK_MSG(plan_request_check(q->p->net, r, &e) && plan_metrics(q, r, &e), "%s", e.text);
    q->single.by = early ? SINGLE_EARLIEST : SINGLE_CHEAPEST;
    q->single.limit = limit;
    CHECK_MSG(plan_prepare_tables(q, a, &e), "%s", e.text);
    plan_set_rates(q);
    plan_floors_begin(q);
}

/* Of the family whose floors are there; any: what they said. */
static void check_option(struct plan_query *q, const struct plan_itinerary *it, bool any, bool early,
                         uint64_t seed, struct tally *t)
{
    const char *family = plan_family_name(it->family);
    const struct plan_bound *door = plan_floor_bounds(q, SLOT_DOOR);
    uint32_t from = ridden(it)->from_terminal;
    struct plan_bound out = plan_floor_out(q, from);
    double value = early ? (double)(it->arrive_at - q->request->ready_at) : (double)it->total_myuan;
    CHECK_MSG(any && door[from].s != INT64_MAX && out.s != INT64_MAX,
              "question %llu: a chain of %s has no bound", (unsigned long long)seed, family);
    double least = worth(q, early, &out) + worth(q, early, &door[from]);
    CHECK_MSG(least <= value + (early ? 0 : (double)rounding_myuan),
              "question %llu: a chain of %s has %.0f, its bound is %.1f (%s)", (unsigned long long)seed,
              family, value, least, early ? "s" : "myuan");
    t->chains++;
    t->tight += value - least <= (early ? 30 : 500);
    t->lazy += q->lazy;
}

/* With no best so far, and for each with a best that is just as good: it must not be cut off. */
static void check_options(struct plan_query *q, const struct plan_request *r, const struct plan_answer *all,
                          bool early, struct arena *a, uint64_t seed, struct tally *t)
{
    with_floors(q, r, early, INT64_MAX / 4, a);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        bool any = plan_floors_of(q, (enum plan_family)f, false);
        for (uint32_t i = 0; i < all->option_count; i++)
            if (all->options[i].family == (enum plan_family)f && ridden(&all->options[i]) != NULL)
                check_option(q, &all->options[i], any, early, seed, t);
    }
    plan_finish(q);
    for (uint32_t i = 0; i < all->option_count; i++) {
        const struct plan_itinerary *it = &all->options[i];
        if (ridden(it) == NULL)
            continue;
        with_floors(q, r, early, early ? it->arrive_at : it->total_myuan, a);
        check_option(q, it, plan_floors_of(q, it->family, false), early, seed, t);
        plan_finish(q);
    }
}

/* Asked twice: the second time ready just in time for what is boarded first, so nobody waits there. */
static void check(struct plan_query *q, struct plan_request r, struct arena *a, uint64_t seed,
                  struct tally *t)
{
    struct plan_answer all;
    r.max_options = PLAN_OPTIONS_MAX;
    for (int again = 0; again < 2; again++) {
        if (!plan_search(q, &r, NULL, NULL, a, &all, NULL))
            return;
        for (int early = 0; early < 2; early++)
            check_options(q, &r, &all, early != 0, a, seed, &t[early]);
        const struct plan_leg *ride =
            all.option_count > 0 ? ridden(&all.options[all.option_count - 1]) : NULL;
        if (ride == NULL)
            return;
        r.ready_at += ride->cutoff_at - ride->ready_at;
    }
}

TEST(on_random_networks)
{
    static struct plan_world w;
    struct tally t[2] = {{0, 0, 0}, {0, 0, 0}};
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        if (seed % 2 == 0)
            plan_world_open(&w, seed);
        else
            plan_world_open_hubs(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++) {
            r.families = 1u << f;
            check(w.query, r, &w.arena, seed, t);
        }
        plan_world_close(&w);
    }
    CHECK_MSG(t[0].tight > 5 && t[1].tight > 5 && t[0].lazy > 100, "%u of %u, %u of %u, %u", t[0].tight,
              t[0].chains, t[1].tight, t[1].chains, t[0].lazy);
}

/* Between terminals half of the time; ready just before something leaves, or at any time. */
static struct plan_request question(const struct network *n, uint64_t *s)
{
    struct plan_request r = {.from = n->terminal[test_rand_below(s, n->terminal_count)].node,
                             .to = n->terminal[test_rand_below(s, n->terminal_count)].node,
                             .ready_at = 1796000000 + test_rand_below(s, 7 * 86400),
                             .second_driver = test_rand_below(s, 2)};
    if (test_rand_below(s, 2))
        r.to = test_rand_below(s, net_plain_count(n));
    r.families = 1u << test_rand_below(s, FAMILY_COUNT);
    r.cargo.mass_kg = 100 + test_rand_below(s, 30000);
    r.cargo.value_yuan = test_rand_below(s, 2) ? test_rand_below(s, 10000000) : 0;
    return r;
}

TEST(on_the_bundled_network)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    struct plan_network *p;
    struct plan_query *q;
    struct arena a;
    struct tally t[2] = {{0, 0, 0}, {0, 0, 0}};
    uint64_t s = 5;
    CHECK(plan_network_new(n, &p, NULL) && plan_query_new(p, &q, NULL));
    arena_init(&a, 64u << 20);
    for (uint64_t i = 0; i < QUESTIONS; i++) {
        struct plan_request r = question(n, &s);
        if (r.from == r.to)
            continue;
        arena_reset(&a);
        check(q, r, &a, i, t);
    }
    CHECK_MSG(t[0].tight > 30 && t[1].chains > 200, "%u of %u, %u of %u", t[0].tight, t[0].chains, t[1].tight,
              t[1].chains);
    arena_release(&a);
    plan_query_free(q);
    plan_network_free(p);
    network_release(n);
    free(bytes);
}

/* --- before any ride is known --- */

/* The least handling that leads to a mode, as bills have it. */
static double boarding(const struct network *n, const struct freight_load *l, unsigned mode)
{
    double least = INFINITY;
    bool box = (l->cargo & CARGO_CONTAINER) != 0;
    for (uint32_t i = 0; i < n->handling_count; i++) {
        const struct net_handling *h = &n->handling[i];
        int64_t amount = 0;
        if (h->to_mode == mode && cargo_fits(h->cargo, l->cargo) &&
            bill_round(box ? (int64_t)l->teu * 1000 : l->mass_kg,
                       box ? h->price_myuan_per_teu : h->price_myuan_per_t, 1000, &amount) &&
            (double)amount < least)
            least = (double)amount;
    }
    return least;
}

static void check_rides(struct plan_query *q, int32_t day, unsigned mode, unsigned *tight, unsigned *all)
{
    const struct plan_network *p = q->p;
    struct plan_least_ride least = plan_least_ride(q, mode);
    double board = boarding(p->net, &q->load, mode), nearest = INFINITY;
    for (uint32_t i = p->rides.edge_first[mode]; i < p->rides.edge_first[mode + 1]; i++) {
        const struct plan_edge *x = &p->rides.edge[i];
        double product = geo_product(p->lies[x->from], p->lies[x->to]);
        struct plan_price price = plan_class_price(q, x->class, day);
        if (price.money_myuan < 0 || product > p->ride_min || board == INFINITY)
            continue;
        double bound = least.myuan + least.myuan_per_unit * geo_chord_of(product);
        double value = (double)price.money_myuan + board;
        CHECK_MSG(bound <= value, "a ride of mode %u costs %.0f, its bound is %.0f", mode, value, bound);
        nearest = value / bound < nearest ? value / bound : nearest;
        ++*all;
    }
    *tight += nearest < 1.2;
}

TEST(no_ride_costs_less_than_the_least_of_its_mode)
{
    static struct plan_world w;
    unsigned tight[MODE_COUNT] = {0}, all[MODE_COUNT] = {0};
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        plan_world_open_hubs(&w, seed);
        with_floors(w.query, &r, false, INT64_MAX / 4, &w.arena);
        for (unsigned m = 0; m < MODE_COUNT; m++)
            check_rides(w.query, cal_local_day(&w.tiny.net, r.ready_at), m, &tight[m], &all[m]);
        plan_finish(w.query);
        plan_world_close(&w);
    }
    for (unsigned m = 0; m < MODE_COUNT; m++)
        CHECK_MSG(tight[m] > 100 && all[m] > 1000, "mode %u: %u tight of %u", m, tight[m], all[m]);
}
