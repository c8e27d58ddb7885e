/* Roads, demand and studies of the planner's bench: against the road engine, by hand, and the identity. */
#include "bundled.h"
#include "network/file.h"
#include "test.h"
#include "whatif/chains.h"
#include "whatif/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SOME = 150 };
#define WEEK                                                                                       \
    INT64_C(1797782400) /* a day within the timetable: 2026-12-20 16:00 UTC, Monday 00:00 in China \
                         */

static const struct network *net;
static uint8_t *net_bytes;

static const struct network *bundled(void)
{
    if (net == NULL)
        net = bundled_network(&net_bytes);
    return net;
}

static struct roads *roads_of(const struct network *n, const struct network *base, double background)
{
    struct roads_rules r;
    struct roads *x;
    struct err e = {0};
    roads_rules_default(&r);
    r.background = background;
    struct roads_base b = {.net = base};
    CHECK_MSG(roads_new(n, &r, base != NULL ? &b : NULL, &x, &e), "%s", e.text);
    return x;
}

/* Lorries of class 6 between random towns. */
static struct trucks some_trucks(const struct network *n, uint32_t rows, double volume)
{
    struct trucks t = {0};
    struct err e = {0};
    uint64_t seed = 7;
    while (t.count < rows) {
        struct truck_trip x = {.vehicle_class = 6, .trucks = volume, .tonnes = 30 * volume};
        x.from = n->place[test_rand_below(&seed, n->place_count)].node;
        x.to = n->place[test_rand_below(&seed, n->place_count)].node;
        if (x.from != x.to && n->arc_first[x.from] < n->arc_first[x.from + 1] &&
            n->arc_first[x.to] < n->arc_first[x.to + 1])
            CHECK(trucks_add(&t, &x, &e));
    }
    trucks_sum(&t);
    return t;
}

static struct study *study_of(const struct roads *r, const struct study_zones *z, const struct trucks *t,
                              bool without_toll, const struct study *warm)
{
    struct study_rules rules = {.without_toll = without_toll};
    struct assign_options o = {.gap = 1e-12, .iterations_max = 200};
    struct study *s;
    struct err e = {0};
    CHECK_MSG(study_new(r, z, t, NULL, &rules, &s, &e), "%s", e.text);
    CHECK_MSG(study_run(s, warm, &o, &e) && study_skims(s, NULL, &e), "%s", e.text);
    return s;
}

/* Without traffic the cheapest way in the assignment is the road engine's: times, running cost and tolls. */
TEST(an_empty_road_costs_what_the_road_engine_says)
{
    const struct network *n = bundled();
    struct roads *r = roads_of(n, NULL, 0);
    struct trucks t = some_trucks(n, 60, 1e-6);
    struct study_zones z;
    struct road_metric *m;
    struct road_query *q;
    struct err e = {0};
    struct road_profile p = {.vehicle_class = 6, .objective = ROAD_CHEAPEST};
    CHECK(study_zones_of(&t, NULL, &z, &e));
    struct study *s = study_of(r, &z, &t, false, NULL);
    CHECK_MSG(road_metric_new(n, &p, &m, &e) && road_query_new(n, NULL, &q, &e), "%s", e.text);
    uint32_t compared = 0;
    for (uint32_t i = 0; i < t.count; i++) {
        uint32_t from = study_zone(&z, t.of[i].from), to = study_zone(&z, t.of[i].to);
        uint32_t cell = study_cell(s, 0, from, to);
        struct road_cost c;
        road_one_to_one(q, m, t.of[i].from, t.of[i].to, &c);
        CHECK(cell != ASSIGN_NONE);
        if (c.weight == ROAD_INF) {
            CHECK(isinf(s->skim[0].cost[cell]));
            continue;
        }
        double yuan = s->skim[0].cost[cell] * s->yuan_per_h[0];
        CHECK_MSG(fabs(yuan - c.weight / 1000.0) < 1e-4 * yuan + 0.01, "%g yuan, the engine says %g", yuan,
                  c.weight / 1000.0);
        compared++;
    }
    CHECK_MSG(compared > 30, "%u pairs", compared);
    road_query_free(q);
    road_metric_free(m);
    study_free(s);
    study_zones_free(&z);
    trucks_free(&t);
    roads_free(r);
}

TEST(links_are_found_again_by_id_direction_and_place)
{
    const struct network *n = bundled();
    struct network *c = bundled_copy(n);
    uint32_t closed = 0;
    while (n->link[closed].mode != MODE_ROAD || n->link[closed].status != STATUS_OPEN)
        closed++;
    bundled_link(c, n->link[closed].id)->status = STATUS_CLOSED;
    struct net_link *opened = bundled_link(c, 1259);
    CHECK(opened->status != STATUS_OPEN);
    opened->status = STATUS_OPEN;
    struct roads *a = roads_of(n, NULL, 0.5), *b = roads_of(c, n, 0.5);
    uint32_t *old = roads_match(a, b), new_ones = 0;
    CHECK(old != NULL);
    for (uint32_t i = 0; i < b->link_count; i++) {
        if (old[i] == ASSIGN_NONE) {
            CHECK_I64(c->link[b->source[i] >> 1].id, 1259);
            CHECK(b->link[i].fixed == 0);
            new_ones++;
            continue;
        }
        CHECK(a->source[old[i]] == b->source[i]);
        CHECK(fabs(b->link[i].fixed - 0.5 * a->link[old[i]].capacity) < 1e-9);
    }
    CHECK_I64(new_ones, 2);
    CHECK_I64(b->link_count, a->link_count); /* two closed, two opened */
    free(old);
    roads_free(a);
    roads_free(b);
    bundled_free(c);
}

TEST(cars_do_not_grow_with_a_wider_road)
{
    const struct network *n = bundled();
    struct network *c = bundled_copy(n);
    struct net_link *l = bundled_link(c, 128);
    l->lanes = (uint8_t)(l->lanes * 2);
    struct roads *a = roads_of(n, NULL, 0.4), *b = roads_of(c, n, 0.4);
    for (uint32_t i = 0; i < b->link_count; i++) {
        CHECK(b->link[i].fixed == a->link[i].fixed);
        bool wider = c->link[b->source[i] >> 1].id == 128;
        CHECK(b->link[i].capacity == (wider ? 2 : 1) * a->link[i].capacity);
    }
    roads_free(a);
    roads_free(b);
    bundled_free(c);
}

TEST(rows_of_trucks_add_up_in_any_order)
{
    struct trucks a = {0}, b = {0};
    struct err e = {0};
    struct truck_trip row[40];
    uint64_t seed = 3;
    for (int i = 0; i < 40; i++)
        row[i] = (struct truck_trip){test_rand_below(&seed, 3),
                                     test_rand_below(&seed, 3),
                                     1,
                                     0,
                                     0.1 * (1 + test_rand_below(&seed, 9)),
                                     1};
    for (int i = 0; i < 40; i++)
        CHECK(trucks_add(&a, &row[i], &e) && trucks_add(&b, &row[39 - i], &e));
    double total = trucks_total(&a);
    trucks_sum(&a);
    trucks_sum(&b);
    CHECK(a.count == b.count && a.count == 9);
    for (uint32_t i = 0; i < a.count; i++)
        CHECK(a.of[i].trucks == b.of[i].trucks && a.of[i].from == b.of[i].from && a.of[i].to == b.of[i].to);
    CHECK(fabs(trucks_total(&a) - total) < 1e-12);
    trucks_free(&a);
    trucks_free(&b);
}

/* --- families ------------------------------------------------------------------------------------------- */

static void choose(const struct plan_network *p, const struct consignments *c, bool logit, double scale,
                   double factor, struct chains *out)
{
    struct chains_rules r = {.week_start_s = WEEK, .logit = logit, .logit_scale = scale, .factor = factor};
    struct err e = {0};
    CHECK_MSG(chains_choose(bundled(), p, c, &r, NULL, out, &e), "%s", e.text);
}

static double family_tonnes(const struct chains *c)
{
    double sum = 0;
    for (int f = 0; f < FAMILY_COUNT; f++)
        sum += c->family[f].tonnes;
    return sum;
}

TEST(families_are_chosen_by_cost)
{
    const struct network *n = bundled();
    struct plan_network *p;
    struct consignments *c;
    struct chains least, sharp, even, twice;
    struct err e = {0};
    CHECK_MSG(plan_network_new(n, &p, &e) && consignments_read("data/demand.csv", n, &c, &e), "%s", e.text);
    CHECK(c->count > SOME && c->unknown == 0 && c->days == 7 && c->group_count == 10);
    c->count = SOME;
    choose(p, c, false, 0, 1, &least);
    choose(p, c, true, 1000, 1, &sharp); /* a huge scale: the cheapest takes all */
    choose(p, c, true, 0, 1, &even);     /* none: every family alike */
    choose(p, c, false, 0, 2, &twice);
    double tonnes = 0, dearer = 0;
    for (uint32_t i = 0; i < SOME; i++)
        tonnes += (double)c->of[i].mass_kg / 1000 / 7;
    CHECK(least.unserved == 0 && fabs(family_tonnes(&least) - tonnes) < 1e-9 * tonnes);
    for (int f = 0; f < FAMILY_COUNT; f++) {
        CHECK(fabs(sharp.family[f].tonnes - least.family[f].tonnes) < 1e-6 * tonnes);
        CHECK(fabs(twice.family[f].money_yuan - 2 * least.family[f].money_yuan) < 1e-6 * tonnes);
        dearer += even.family[f].money_yuan - least.family[f].money_yuan;
    }
    CHECK(fabs(family_tonnes(&even) - tonnes) < 1e-9 * tonnes && dearer > 0);
    CHECK(fabs(trucks_total(&twice.trucks) - 2 * trucks_total(&least.trucks)) < 1e-6);
    /* The first one by hand. */
    struct plan_query *q;
    struct plan_request r;
    struct plan_answer a;
    struct arena arena;
    int64_t cheapest = INT64_MAX;
    arena_init(&arena, 8 << 20);
    consignment_request(n, &c->of[0], WEEK, false, &r);
    CHECK(plan_query_new(p, &q, &e) && plan_search(q, &r, NULL, NULL, &arena, &a, &e));
    for (uint32_t i = 0; i < a.option_count; i++)
        cheapest = a.options[i].total_myuan < cheapest ? a.options[i].total_myuan : cheapest;
    c->count = 1;
    struct chains one;
    choose(p, c, false, 0, 7, &one);
    double money = 0;
    for (int f = 0; f < FAMILY_COUNT; f++)
        money += one.family[f].money_yuan;
    CHECK_MSG(fabs(money - (double)cheapest / 1000) < 1e-6, "%g yuan, by hand %g", money,
              (double)cheapest / 1000);
    arena_release(&arena);
    plan_query_free(q);
    struct chains *all[] = {&least, &sharp, &even, &twice, &one};
    for (int i = 0; i < 5; i++)
        chains_free(all[i]);
    consignments_free(c);
    plan_network_free(p);
}

static bool stop_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

TEST(choosing_can_be_stopped_and_says_what_is_wrong)
{
    const struct network *n = bundled();
    struct plan_network *p;
    struct consignments *c;
    struct chains out;
    struct err e = {0};
    struct chains_rules r = {.week_start_s = WEEK, .factor = 1};
    struct chains_hooks h = {.stop = stop_at_once};
    CHECK(plan_network_new(n, &p, &e) && consignments_read("data/demand.csv", n, &c, &e));
    CHECK(!chains_choose(n, p, c, &r, &h, &out, &e) && e.code == ERR_CANCELLED);
    chains_free(&out);
    r.factor = 0;
    CHECK(!chains_choose(n, p, c, &r, NULL, &out, &e) && e.code == ERR_INVALID_ARGUMENT);
    chains_free(&out);
    consignments_free(c);
    CHECK(!consignments_read("data/node.csv", n, &c, &e) && e.code == ERR_INVALID_ARGUMENT);
    plan_network_free(p);
}

/* --- before and after ----------------------------------------------------------------------------------- */

/* With time alone to pay, what travellers gain by the rule of a half is what the roads lose in vehicle hours.
 */
TEST(the_identity_holds_on_the_bundled_roads)
{
    const struct network *n = bundled();
    struct network *c = bundled_copy(n);
    for (int64_t id = 1259; id <= 1269; id++)
        bundled_link(c, id)->status = STATUS_OPEN;
    struct roads *a = roads_of(n, NULL, 0.9), *b = roads_of(c, n, 0.9);
    struct trucks t = some_trucks(n, 400, 40);
    struct study_zones z;
    struct err e = {0};
    struct appraise_identity i;
    CHECK(study_zones_of(&t, NULL, &z, &e));
    struct study *before = study_of(a, &z, &t, true, NULL), *after = study_of(b, &z, &t, true, before);
    struct study *cold = study_of(b, &z, &t, true, NULL);
    struct study_sums was, is;
    study_sum(before, &was);
    study_sum(after, &is);
    CHECK(fabs(cold->result.last.objective - after->result.last.objective) <
          1e-9 * cold->result.last.objective);
    CHECK_MSG(appraise_identity(before->assign, after->assign, before->skim, after->skim, &i, &e), "%s",
              e.text);
    CHECK_MSG(i.holds && i.error < 1e-9 && i.benefit > 0, "benefit %g, error %g", i.benefit, i.error);
    CHECK(fabs(i.benefit - (was.time_h - is.time_h)) < 1e-8 * i.benefit);
    /* A skim of another version is refused; a forged one breaks it. */
    CHECK(!appraise_identity(before->assign, after->assign, before->skim, before->skim, &i, &e));
    CHECK(e.code == ERR_FAILED_PRECONDITION);
    for (uint32_t k = 0; k < t.count; k++)
        after->skim[0].time[k] = 2 * before->skim[0].time[k] - after->skim[0].time[k]; /* the sign swapped */
    CHECK(appraise_identity(before->assign, after->assign, before->skim, after->skim, &i, &e) && !i.holds);
    study_free(before);
    study_free(after);
    study_free(cold);
    study_zones_free(&z);
    trucks_free(&t);
    roads_free(a);
    roads_free(b);
    bundled_free(c);
}
