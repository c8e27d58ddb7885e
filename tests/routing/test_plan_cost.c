/* The one option of plan_cost is the best that the whole search offers, whichever way it was found. */
#include "bundled.h"
#include "network/file.h"
#include "network/geo.h"
#include "plan/engine.h"
#include "plan_world.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 900, BUNDLED = 1200 };

struct tally {
    unsigned found, none, rides[2]; /* rides: fastest, cheapest */
};

static const struct plan_itinerary *best(const struct plan_answer *a, bool cheapest)
{
    const struct plan_itinerary *b = NULL;
    for (uint32_t i = 0; i < a->option_count; i++) {
        const struct plan_itinerary *o = &a->options[i];
        if (b == NULL || (cheapest ? o->total_myuan < b->total_myuan : o->arrive_at < b->arrive_at))
            b = o;
    }
    return b;
}

static void same_bill(const struct plan_itinerary *a, const struct plan_itinerary *b)
{
    CHECK_I64(a->line_count, b->line_count);
    CHECK_I64(a->leg_count, b->leg_count);
    for (uint32_t i = 0; i < a->line_count; i++) {
        const struct plan_line *x = &a->lines[i], *y = &b->lines[i];
        CHECK_STR(x->basis, y->basis);
        CHECK_STR(x->rate, y->rate);
        CHECK(x->kind == y->kind && x->leg == y->leg && x->row == y->row && x->estimated == y->estimated);
        CHECK_I64(x->amount_myuan, y->amount_myuan);
    }
    for (uint32_t i = 0; i < a->leg_count; i++) {
        const struct plan_leg *x = &a->legs[i], *y = &b->legs[i];
        CHECK(x->service == y->service && x->depart_at == y->depart_at && x->arrive_at == y->arrive_at &&
              x->distance_m == y->distance_m && x->drive_s == y->drive_s);
    }
}

static void compare(struct plan_query *q, const struct network *n, struct arena *a, struct plan_request r,
                    bool cheapest, const char *what, uint64_t seed, struct tally *t)
{
    struct plan_answer all;
    struct plan_itinerary one;
    struct err e = {0};
    bool found;
    r.max_options = PLAN_OPTIONS_MAX;
    CHECK_MSG(plan_search(q, &r, NULL, NULL, a, &all, &e), "%s", e.text);
    CHECK_MSG(plan_cost(q, &r, cheapest, NULL, NULL, a, &one, &found, &e), "%s", e.text);
    const struct plan_itinerary *want = best(&all, cheapest);
    CHECK_MSG(found == (want != NULL), "%s %llu: found %d", what, (unsigned long long)seed, found);
    t->none += want == NULL;
    if (want == NULL || !found)
        return;
    CHECK_MSG(one.arrive_at == want->arrive_at && one.total_myuan == want->total_myuan &&
                  one.co2_wtw_g == want->co2_wtw_g,
              "%s %llu families %x %s: %lld s and %lld myuan, the search has %lld and %lld", what,
              (unsigned long long)seed, r.families, cheapest ? "cheapest" : "fastest",
              (long long)one.arrive_at, (long long)one.total_myuan, (long long)want->arrive_at,
              (long long)want->total_myuan);
    CHECK_MSG(plan_check(n, &r, &one, &e), "%s %llu: %s", what, (unsigned long long)seed, e.text);
    same_bill(&one, want);
    t->found++;
    t->rides[cheapest] += r.families == 1u << FAMILY_ROAD && one.leg_count > 1;
}

TEST(on_random_networks)
{
    static struct plan_world w;
    struct tally t = {0};
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_request r = plan_world_ask(seed);
        plan_world_open(&w, seed);
        for (int f = 0; f < FAMILY_COUNT; f++) {
            r.families = 1u << f;
            compare(w.query, &w.tiny.net, &w.arena, r, false, "network", seed, &t);
            compare(w.query, &w.tiny.net, &w.arena, r, true, "network", seed, &t);
        }
        plan_world_close(&w);
    }
    CHECK_MSG(t.found > NETWORKS && t.none > 100 && t.rides[0] + t.rides[1] > 4,
              "%u found, %u not, %u and %u with line-hauls", t.found, t.none, t.rides[0], t.rides[1]);
}

/* The first place from v on that lies within so many metres of a terminal. */
static uint32_t near_to(const struct network *n, uint32_t v, uint32_t terminal, double within_m)
{
    struct net_point at = n->node_point[n->terminal[terminal].node];
    while (geo_distance_m(n->node_point[v], at) > within_m)
        v = (v + 1) % net_plain_count(n);
    return v;
}

/* From near the first to near the last stop of some line-haul, some hours before it leaves. */
static void along(const struct network *n, uint64_t x, struct plan_request *r)
{
    uint32_t i = 0;
    for (uint64_t skip = 1 + (x >> 44) % 6; skip > 0; skip--)
        do
            i = (i + 1) % n->service_count;
        while (n->service[i].mode != MODE_ROAD);
    const struct net_service *s = &n->service[i];
    double within_m = (double)(x >> 24 & 0x1ffff);
    r->ready_at +=
        s->depart_min * 60 - n->utc_offset_min * 60 - r->ready_at % 86400 - 8000 - (int64_t)(x >> 14 & 0xfff);
    r->second_driver = false;
    r->from = near_to(n, r->from, n->stop[s->stop_first].terminal, within_m);
    r->to = near_to(n, r->to, n->stop[s->stop_first + s->stop_count - 1].terminal, within_m);
}

/* By truck between places, with goods that a line-haul takes. */
static struct plan_request ask(const struct network *n, uint64_t seed)
{
    uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15);
    struct plan_request r = {.ready_at = 1795700000 + (int64_t)(x >> 20 & 0xfffff),
                             .families = 1u << FAMILY_ROAD,
                             .max_options = 1,
                             .second_driver = (x >> 60 & 3) == 0};
    r.from = (uint32_t)(x >> 8) % net_plain_count(n);
    r.to = (uint32_t)(x >> 36) % net_plain_count(n);
    r.cargo = (struct plan_cargo){.commodity = "general",
                                  .mass_kg = 50 + (int64_t)(x >> 12 & 0x7ff),
                                  .value_yuan = x >> 50 & 1 ? (int64_t)(x >> 30 & 0xfffff) : 0};
    if (seed % 3 > 0)
        along(n, x, &r);
    if (r.from == r.to)
        r.to = (r.to + 1) % net_plain_count(n);
    return r;
}

TEST(on_the_bundled_network)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    struct plan_network *p;
    struct plan_query *q;
    struct arena a;
    struct err e = {0};
    struct tally t = {0};
    CHECK_MSG(plan_network_new(n, &p, &e) && plan_query_new(p, &q, &e), "%s", e.text);
    arena_init(&a, 16u << 20);
    for (uint64_t seed = 1; seed <= BUNDLED; seed++) {
        struct plan_request r = ask(n, seed);
        compare(q, n, &a, r, false, "question", seed, &t);
        compare(q, n, &a, r, true, "question", seed, &t);
        arena_reset(&a);
    }
    CHECK_MSG(t.found > BUNDLED && t.rides[0] > 50 && t.rides[1] > 100, "%u found, %u and %u with line-hauls",
              t.found, t.rides[0], t.rides[1]);
    arena_release(&a);
    plan_query_free(q);
    plan_network_free(p);
    network_release(n);
    free(bytes);
}

/* The first ride of an option by line-haul; NULL: it has none. */
static const struct plan_leg *ridden(const struct plan_itinerary *o)
{
    for (uint32_t i = 0; i < o->leg_count; i++)
        if (o->legs[i].service != NET_NONE)
            return &o->legs[i];
    return NULL;
}

/* Of the options with line-hauls: the least time after ready_at and the least total; 0: there is none. */
static void least_of_rides(const struct plan_answer *all, int64_t ready_at, int64_t *s, int64_t *myuan)
{
    *s = *myuan = INT64_MAX;
    for (uint32_t i = 0; i < all->option_count; i++) {
        const struct plan_itinerary *o = &all->options[i];
        if (ridden(o) == NULL)
            continue;
        *s = o->arrive_at - ready_at < *s ? o->arrive_at - ready_at : *s;
        *myuan = o->total_myuan < *myuan ? o->total_myuan : *myuan;
    }
}

struct held {
    unsigned chains, tight[2]; /* tight: a bound of time, of money, that is nine tenths of it at least */
};

/* As plan_cost has the question when it asks for bounds. */
static void with_bounds(struct plan_query *q, const struct plan_request *r, int64_t s, int64_t myuan,
                        uint64_t seed, struct held *h)
{
    struct err e = {0};
    q->bare = q->no_direct = false;
    q->stop = NULL;
    CHECK_MSG(plan_request_check(q->p->net, r, &e) && plan_metrics(q, r, &e), "%s", e.text);
    plan_drive_doors(q);
    q->stamp++;
    q->relax = 0;
    CHECK_MSG(plan_linehaul_may_arrive(q, s), "question %llu: a chain arrives after %lld s",
              (unsigned long long)seed, (long long)s);
    CHECK_MSG(plan_linehaul_may_cost(q, myuan), "question %llu: a chain costs %lld myuan",
              (unsigned long long)seed, (long long)myuan);
    h->chains++;
    h->tight[0] += !plan_linehaul_may_arrive(q, s * 9 / 10);
    h->tight[1] += !plan_linehaul_may_cost(q, myuan * 9 / 10);
    plan_finish(q);
}

/* Asked twice: then ready just in time for a line-haul, so that its bounds have little to spare. */
static void hold(struct plan_query *q, struct plan_request r, struct arena *a, uint64_t seed, struct held *h)
{
    struct plan_answer all;
    struct err e = {0};
    const struct plan_leg *ride = NULL;
    int64_t s, myuan;
    r.max_options = PLAN_OPTIONS_MAX;
    CHECK_MSG(plan_search(q, &r, NULL, NULL, a, &all, &e), "%s", e.text);
    for (uint32_t i = 0; ride == NULL && i < all.option_count; i++)
        ride = ridden(&all.options[i]);
    if (ride == NULL)
        return;
    r.ready_at += ride->cutoff_at - ride->ready_at;
    CHECK_MSG(plan_search(q, &r, NULL, NULL, a, &all, &e), "%s", e.text);
    least_of_rides(&all, r.ready_at, &s, &myuan);
    if (s != INT64_MAX)
        with_bounds(q, &r, s, myuan, seed, h);
}

/* Each line-haul from its first terminal to its last, and from and to the question's own place. */
TEST(bounds_of_line_hauls_on_random_networks)
{
    static struct plan_world w;
    struct held h = {0};
    for (uint64_t seed = 1; seed <= 2 * NETWORKS; seed++) {
        const struct plan_request asked = plan_world_ask(seed);
        plan_world_open(&w, seed);
        const struct network *n = &w.tiny.net;
        for (uint32_t i = 0; i < n->service_count; i++) {
            const struct net_service *s = &n->service[i];
            if (s->mode != MODE_ROAD || s->stop_count < 2)
                continue;
            uint32_t from = n->terminal[n->stop[s->stop_first].terminal].node,
                     to = n->terminal[n->stop[s->stop_first + s->stop_count - 1].terminal].node;
            for (int k = 0; k < 3; k++) {
                struct plan_request r = asked;
                r.families = 1u << FAMILY_ROAD;
                r.via_count = 0;
                r.from = k == 1 ? asked.from : from;
                r.to = k == 2 ? asked.to : to;
                if (r.from != r.to)
                    hold(w.query, r, &w.arena, seed, &h);
            }
        }
        plan_world_close(&w);
    }
    CHECK_MSG(h.tight[0] > 5, "%u: %u, %u", h.chains, h.tight[0], h.tight[1]);
}

/* From the very terminal of a line-haul, and from nearby. */
TEST(bounds_of_line_hauls_on_the_bundled_network)
{
    uint8_t *bytes;
    const struct network *n = bundled_network(&bytes);
    struct plan_network *p;
    struct plan_query *q;
    struct arena a;
    struct held h = {0};
    CHECK(plan_network_new(n, &p, NULL) && plan_query_new(p, &q, NULL));
    arena_init(&a, 16u << 20);
    for (uint64_t seed = 1; seed <= BUNDLED; seed++) {
        uint64_t x = seed * UINT64_C(0xd1342543de82ef95);
        struct plan_request r = ask(n, seed);
        r.ready_at = 1795700000 + (int64_t)(x >> 20 & 0xfffff);
        along(n, seed % 2 > 0 ? x & ~(UINT64_C(0x1ffff) << 24) : x, &r);
        if (r.from != r.to)
            hold(q, r, &a, seed, &h);
        arena_reset(&a);
    }
    CHECK_MSG(h.chains > 100 && h.tight[1] > 10, "%u: %u, %u", h.chains, h.tight[0], h.tight[1]);
    arena_release(&a);
    plan_query_free(q);
    plan_network_free(p);
    network_release(n);
    free(bytes);
}

TEST(what_is_no_question_for_a_cost_is_refused)
{
    static struct plan_world w;
    struct plan_request r = plan_world_ask(1);
    struct plan_itinerary one;
    struct err e = {0};
    bool found = true;
    plan_world_open(&w, 1);
    r.families = 3;
    CHECK(!plan_cost(w.query, &r, false, NULL, NULL, &w.arena, &one, &found, &e) && !found);
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    CHECK_STR(e.field, "families");
    plan_world_close(&w);
}
