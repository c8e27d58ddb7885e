/* plan_check against planted faults; references, refusals and reasons of plan_search. Its options are
 * compared with all chains in test_plan_set.c. */
#include "plan/plan.h"
#include "plan_world.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

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
    static struct plan_world w;
    static struct copy c;
    uint32_t planted[FAULTS] = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct plan_request r = plan_world_ask(seed);
        struct plan_answer a;
        struct err e = {0};
        plan_world_open(&w, seed);
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
        plan_world_close(&w);
    }
    for (int f = 0; f < FAULTS; f++)
        CHECK_MSG(planted[f] > 0, "%s was never planted", faults[f].name);
}

TEST(plan_ref_is_stable_and_tells_options_apart)
{
    static struct plan_world w;
    struct plan_request r = plan_world_ask(3);
    struct plan_answer a, b;
    struct err e = {0};
    char x[33], y[33];
    plan_world_open(&w, 3);
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
    plan_world_close(&w);
}

TEST(bad_requests_name_their_field)
{
    static struct plan_world w;
    struct plan_answer a;
    struct err e = {0};
    plan_world_open(&w, 1);
    const struct plan_request good = plan_world_ask(1);
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
    plan_world_close(&w);
}

/* --- reasons --- */

static enum plan_reason reason_of(struct plan_world *w, const struct plan_request *r, enum plan_family f)
{
    struct plan_answer a;
    struct err e = {0};
    CHECK_MSG(plan_search(w->query, r, NULL, NULL, &w->arena, &a, &e), "%s", e.text);
    for (uint32_t i = 0; i < a.not_offered_count; i++)
        if (a.not_offered[i].family == f && !a.not_offered[i].offered) {
            CHECK(a.not_offered[i].text[0] != '\0');
            return a.not_offered[i].reason;
        }
    return REASON_COUNT; /* offered */
}

/* After a change of the services, which a plan_network has taken over. */
static void plan_anew(struct plan_world *w)
{
    plan_query_free(w->query);
    plan_network_free(w->plan);
    CHECK(plan_network_new(&w->tiny.net, &w->plan, NULL) && plan_query_new(w->plan, &w->query, NULL));
}

/* Takes one thing away from a network that has a rail chain: the reason must name it. */
TEST(reasons_name_what_is_missing)
{
    static struct plan_world w;
    uint32_t tried = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct plan_request r = plan_world_ask(seed);
        r.deliver_by = 0;
        plan_world_open(&w, seed);
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
            plan_anew(&w);
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_EXPIRED);
            memcpy(w.tiny.service, keep, sizeof keep);
            for (int i = 0; i < TINY_SERVICES; i++)
                w.tiny.service[i].mode = MODE_AIR;
            plan_anew(&w);
            CHECK_I64(reason_of(&w, &r, FAMILY_RAIL_ROAD), REASON_NO_SERVICE);
        }
        plan_world_close(&w);
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
    static struct plan_world w;
    struct plan_request r = plan_world_ask(3);
    struct plan_answer a;
    struct err e = {0};
    uint32_t refused = 0;
    plan_world_open(&w, 3);
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
    plan_world_close(&w);
}
