/* Winners and losers, worth over the years, accessibility, critical links: by hand and by other means. */
#include "bundled.h"
#include "freight/calendar.h"
#include "graph/graph.h"
#include "network/file.h"
#include "road/change.h"
#include "test.h"
#include "whatif/access.h"
#include "whatif/compare.h"
#include "whatif/critical.h"
#include "whatif/worth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct network *bundled(void)
{
    static const struct network *net;
    static uint8_t *bytes;
    if (net == NULL)
        net = bundled_network(&bytes);
    return net;
}

static struct trucks random_trucks(const struct network *n, uint32_t rows, double volume, uint64_t seed)
{
    struct trucks t = {0};
    struct err e = {0};
    while (t.count < rows) {
        struct truck_trip x = {.vehicle_class = (uint8_t)(1 + test_rand_below(&seed, 6)),
                               .group = (uint8_t)test_rand_below(&seed, 3),
                               .trucks = volume,
                               .tonnes = 10 * volume};
        x.from = n->place[test_rand_below(&seed, n->place_count)].node;
        x.to = n->place[test_rand_below(&seed, n->place_count)].node;
        bool roads =
            n->arc_first[x.from] < n->arc_first[x.from + 1] && n->arc_first[x.to] < n->arc_first[x.to + 1];
        if (x.from != x.to && roads)
            CHECK(trucks_add(&t, &x, &e));
    }
    trucks_sum(&t);
    return t;
}

/* --- two states of the bundled network, P02 open in the second -------------------------------------------
 */

struct two {
    const struct network *net;
    struct network *with;
    struct roads *a, *b;
    struct trucks was, is;
    struct study_zones z;
    struct study *before, *after;
};

static struct study *run(const struct roads *r, const struct two *x, const struct trucks *t,
                         const struct trucks *also, bool without_toll)
{
    struct study_rules rules = {.without_toll = without_toll};
    struct assign_options o = {.gap = 1e-12, .iterations_max = 300};
    struct study *s;
    struct err e = {0};
    CHECK_MSG(study_new(r, &x->z, t, also, &rules, &s, &e) && study_run(s, NULL, &o, &e) &&
                  study_skims(s, NULL, &e),
              "%s", e.text);
    return s;
}

static void two_open(struct two *x, double volume, bool other_demand, bool without_toll)
{
    struct roads_rules r;
    struct err e = {0};
    *x = (struct two){.net = bundled(), .with = bundled_copy(bundled())};
    for (int64_t id = 1259; id <= 1269; id++)
        bundled_link(x->with, id)->status = STATUS_OPEN;
    roads_rules_default(&r);
    r.background = 0.8;
    struct roads_base base = {.net = x->net};
    CHECK(roads_new(x->net, &r, NULL, &x->a, &e) && roads_new(x->with, &r, &base, &x->b, &e));
    x->was = random_trucks(x->net, 300, volume, 11);
    x->is = random_trucks(x->net, 300, volume, other_demand ? 12 : 11);
    CHECK(study_zones_of(&x->was, &x->is, &x->z, &e));
    x->before = run(x->a, x, &x->was, &x->is, without_toll);
    x->after = run(x->b, x, &x->is, &x->was, without_toll);
}

static void two_close(struct two *x)
{
    study_free(x->before);
    study_free(x->after);
    study_zones_free(&x->z);
    trucks_free(&x->was);
    trucks_free(&x->is);
    roads_free(x->a);
    roads_free(x->b);
    bundled_free(x->with);
}

TEST(benefits_add_up_and_are_what_the_roads_lose)
{
    for (int without_toll = 0; without_toll < 2; without_toll++) {
        struct two x;
        struct compare c;
        struct err e = {0};
        struct study_sums was, is;
        two_open(&x, 60, false, without_toll);
        CHECK_MSG(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e), "%s", e.text);
        study_sum(x.before, &was);
        study_sum(x.after, &is);
        CHECK(c.unmatched_trucks == 0 && c.check.applies);
        CHECK_MSG(c.check.holds && c.check.error < 1e-9, "error %g", c.check.error);
        CHECK(fabs(c.check.change_h - (was.time_h - is.time_h)) <= 1e-9 * fabs(c.check.change_h));
        CHECK(c.total.yuan > 0 && fabs(c.gain_yuan + c.loss_yuan - c.total.yuan) < 1e-6);
        double groups = 0, zones = 0, pairs = 0;
        for (uint32_t i = 0; i < c.group_count; i++)
            groups += c.group[i].yuan;
        for (uint32_t i = 0; i < c.zone_count; i++)
            zones += c.zone[i].yuan;
        for (uint32_t i = 0; i < c.pair_count; i++)
            pairs += c.pair[i].yuan;
        CHECK(fabs(groups - c.total.yuan) < 1e-6 && fabs(zones - c.total.yuan) < 1e-6 &&
              fabs(pairs - c.total.yuan) < 1e-6);
        compare_free(&c);
        two_close(&x);
    }
}

/* Each must be seen by the check: a sign swapped in one skim, a skim that is a hair too large, skims of the
 * other state under a forged version, a pair counted twice. */
TEST(planted_errors_break_the_identity)
{
    struct two x;
    struct compare c;
    struct err e = {0};
    two_open(&x, 60, false, false);
    uint32_t k = 0, cells = x.after->trips[k].first[x.z.count], worst = 0;
    for (uint32_t i = 0; i < cells; i++)
        if (fabs(x.before->skim[k].time[i] - x.after->skim[k].time[i]) >
            fabs(x.before->skim[k].time[worst] - x.after->skim[k].time[worst]))
            worst = i;
    double kept = x.after->skim[k].time[worst];
    x.after->skim[k].time[worst] = 2 * x.before->skim[k].time[worst] - kept;
    CHECK(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e) && c.check.applies && !c.check.holds);
    compare_free(&c);
    x.after->skim[k].time[worst] = kept * (1 + 1e-6);
    CHECK(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e) && !c.check.holds);
    compare_free(&c);
    x.after->skim[k].time[worst] = kept;
    struct assign_skim own = x.after->skim[k];
    x.after->skim[k] = x.before->skim[k];
    CHECK(!compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e) && e.code == ERR_FAILED_PRECONDITION);
    x.after->skim[k].version = own.version; /* forged */
    CHECK(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e) && !c.check.holds);
    compare_free(&c);
    x.after->skim[k] = own;
    uint32_t row = 0; /* the one whose cell changes most */
    while (study_cell(x.after, k, study_zone(&x.z, x.was.of[row].from), study_zone(&x.z, x.was.of[row].to)) !=
           worst)
        row++;
    x.was.of[row].trucks *= 2;
    x.is.of[row].trucks *= 2;
    CHECK(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e) && !c.check.holds);
    compare_free(&c);
    two_close(&x);
}

TEST(other_demand_has_no_identity_and_every_pair_a_way)
{
    struct two x;
    struct compare c;
    struct err e = {0};
    two_open(&x, 10, true, false);
    CHECK(compare_new(x.before, x.after, &x.was, &x.is, 3, &c, &e));
    CHECK(!c.check.applies && c.unmatched_trucks < 1e-6);
    CHECK(fabs(c.total.trucks - (trucks_total(&x.was) + trucks_total(&x.is)) / 2) < 1e-6);
    compare_free(&c);
    two_close(&x);
}

/* --- worth ---------------------------------------------------------------------------------------------- */

TEST(worth_by_hand)
{
    /* 100 in year 1, then 60 and 60 at 10 %: -100/1.1 + 60/1.21 + 60/1.331. */
    struct worth_rules r = {
        .cost_yuan = 100, .benefit_yuan = 60, .discount_rate = 0.1, .years = 2, .construction_years = 1};
    struct worth w;
    struct err e = {0};
    CHECK_MSG(worth_of(&r, &w, &e), "%s", e.text);
    double benefit = 60 / 1.21 + 60 / 1.331, cost = 100 / 1.1;
    CHECK(fabs(w.npv_yuan - (benefit - cost)) < 1e-9 && fabs(w.bcr - benefit / cost) < 1e-12);
    CHECK(fabs(w.break_even_yuan - 60 * cost / benefit) < 1e-9);
    CHECK_MSG(fabs(w.irr - 0.130662386) < 1e-8, "%.9f", w.irr); /* x = 1 + irr solves 100 x^2 = 60 x + 60 */
    r.benefit_yuan = w.break_even_yuan;
    CHECK(worth_of(&r, &w, &e) && fabs(w.npv_yuan) < 1e-9 && fabs(w.irr - 0.1) < 1e-9);
    r.benefit_yuan = 60;
    r.demand_growth = 0.05;
    r.maintenance_share = 0.02;
    CHECK(worth_of(&r, &w, &e));
    CHECK(fabs(w.npv_yuan - (-100 / 1.1 + 58 / 1.21 + 61 / 1.331)) < 1e-9);
    r.benefit_yuan = 1;
    CHECK(worth_of(&r, &w, &e) && isnan(w.irr) && w.npv_yuan < 0);
    r.cost_yuan = 0;
    CHECK(!worth_of(&r, &w, &e) && strcmp(e.field, "cost_yuan") == 0);
    r.cost_yuan = 1;
    r.discount_rate = 0;
    CHECK(!worth_of(&r, &w, &e) && strcmp(e.field, "discount_rate") == 0);
}

/* --- accessibility -------------------------------------------------------------------------------------- */

TEST(times_to_the_nearest_entrance_are_dijkstras)
{
    const struct network *n = bundled();
    struct arena a;
    struct err e = {0};
    struct road_profile v = {.vehicle_class = 1, .objective = ROAD_FASTEST};
    struct road_metric *m;
    struct road_query *q;
    struct access_nodes towns, targets;
    struct access_time *t;
    arena_init(&a, 64 << 20);
    CHECK(road_metric_new(n, &v, &m, &e) && road_query_new(n, NULL, &q, &e));
    CHECK(access_towns(n, &a, &towns, &e) && towns.count > 50);
    for (int k = 0; k < ACCESS_TARGETS; k++) {
        CHECK_MSG(access_targets(n, (enum access_target)k, &a, &targets, &e), "%s", e.text);
        CHECK_MSG(k == ACCESS_EXPRESSWAY ? targets.count > 30 : targets.count == 1, "%u", targets.count);
        CHECK_MSG(access_times(q, m, &towns, &targets, &a, &t, &e), "%s", e.text);
        for (uint32_t i = 0; i < towns.count; i++) {
            uint32_t least = ROAD_INF;
            for (uint32_t j = 0; j < targets.count; j++) {
                struct road_cost c;
                road_one_to_one(q, m, towns.node[i], targets.node[j], &c);
                least = c.weight < least ? c.weight : least;
            }
            CHECK_I64(t[i].ms, least);
        }
        struct road_reach r;
        CHECK_MSG(access_reach(q, m, n, &targets, 1800000, &a, &r, &e), "%s", e.text);
        uint32_t inside = 0, reached = 0;
        for (uint32_t i = 0; i < towns.count; i++) {
            inside += t[i].ms <= 1800000;
            for (uint32_t j = 0; j < r.count; j++)
                reached += r.node[j] == towns.node[i];
        }
        CHECK_I64(reached, inside);
    }
    road_query_free(q);
    road_metric_free(m);
    arena_release(&a);
}

static double area(const struct reach_shape *s)
{
    double sum = 0;
    for (uint32_t i = 0; i < s->ring_count; i++)
        for (uint32_t k = 0; k + 1 < s->ring[i].count; k++) {
            struct net_point p = s->point[s->ring[i].first + k], x = s->point[s->ring[i].first + k + 1];
            sum += (p.lon_e7 * 1e-7 * x.lat_e7 - x.lon_e7 * 1e-7 * p.lat_e7) * 1e-7;
        }
    return sum / 2;
}

/* Areas: after = before + gained - lost; and nothing differs from itself. */
TEST(differences_of_reaches_add_up)
{
    const struct network *n = bundled();
    struct arena a;
    struct err e = {0};
    struct road_profile fast = {.vehicle_class = 1, .objective = ROAD_FASTEST};
    struct road_metric *m, *without;
    struct road_query *q;
    struct road_reach x, y;
    struct reach_shape sx, sy, gained, lost;
    arena_init(&a, 64 << 20);
    CHECK(road_metric_new(n, &fast, &m, &e) && road_query_new(n, NULL, &q, &e));
    uint32_t from = n->place[0].node;
    while (n->arc_first[from] == n->arc_first[from + 1])
        from++;
    CHECK(road_reach(q, m, from, false, 2400000, &a, &x, &e) &&
          road_reach_shape(n, m, &x, 2400000, 500, &a, &sx, &e));
    CHECK(road_reach_difference(m, &x, m, &x, 2400000, 500, &a, &gained, &lost, &e));
    CHECK(gained.ring_count == 0 && lost.ring_count == 0);
    struct road_change c = {.arc = n->arc_first[from], .kind = ROAD_CLOSE};
    CHECK(road_metric_new(n, &fast, &without, &e) && road_metric_change(without, &c, 1, &e));
    CHECK(road_reach(q, without, from, false, 2400000, &a, &y, &e) &&
          road_reach_shape(n, without, &y, 2400000, 500, &a, &sy, &e));
    CHECK_MSG(road_reach_difference(m, &x, without, &y, 2400000, 500, &a, &gained, &lost, &e), "%s", e.text);
    CHECK(y.count < x.count && lost.ring_count > 0);
    CHECK_MSG(fabs(area(&sx) + area(&gained) - area(&lost) - area(&sy)) < 1e-9, "%g + %g - %g is not %g",
              area(&sx), area(&gained), area(&lost), area(&sy));
    road_query_free(q);
    road_metric_free(m);
    road_metric_free(without);
    arena_release(&a);
}

/* --- critical links ------------------------------------------------------------------------------------- */

/* Each link closed by hand: a metric of its own without it, every pair asked again. */
TEST(screening_is_closing_one_by_one)
{
    const struct network *n = bundled();
    struct plan_network *p;
    struct critical c;
    struct err e = {0};
    struct trucks t = random_trucks(n, 40, 2, 5);
    CHECK_MSG(plan_network_new(n, &p, &e) && critical_screen(n, p, &t, NULL, NULL, &c, &e), "%s", e.text);
    CHECK(c.count > 50);
    struct road_query *q;
    CHECK(road_query_new(n, plan_network_index(p), &q, &e));
    for (uint32_t i = 0; i < c.count; i += c.count / 12) {
        const struct critical_row *r = &c.row[i];
        double h = 0, yuan = 0, cut = 0, used = 0;
        for (uint32_t k = 0; k < t.count; k++) {
            struct road_profile v = {.vehicle_class = t.of[k].vehicle_class, .objective = ROAD_CHEAPEST};
            struct plan_avoid avoid = {.link_id = &n->link[r->link].id, .link_count = 1};
            struct road_metric *without;
            struct road_cost a, b;
            CHECK_MSG(plan_make_metric(p, &v, &avoid, &without, &e), "%s", e.text);
            road_one_to_one(q, plan_network_metric(p, &v), t.of[k].from, t.of[k].to, &a);
            road_one_to_one(q, without, t.of[k].from, t.of[k].to, &b);
            road_metric_free(without);
            if (a.weight == ROAD_INF || a.weight == b.weight)
                continue;
            used += t.of[k].trucks;
            cut += b.weight == ROAD_INF ? t.of[k].trucks : 0;
            h += b.weight == ROAD_INF ? 0 : t.of[k].trucks * ((double)b.time_ms - a.time_ms) / 3.6e6;
            yuan += b.weight == ROAD_INF ? 0 : t.of[k].trucks * ((double)b.weight - a.weight) / 1000;
        }
        CHECK_MSG(fabs(r->extra_yuan - yuan) < 1e-6 && fabs(r->cut_off - cut) < 1e-9,
                  "link %u: %g yuan, by hand %g", r->link, r->extra_yuan, yuan);
        CHECK(fabs(r->extra_h - h) < 1e-6 && r->trucks >= used - 1e-9);
    }
    for (uint32_t i = 1; i < c.count; i++)
        CHECK(c.row[i - 1].extra_yuan >= c.row[i].extra_yuan);
    road_query_free(q);
    critical_free(&c);
    trucks_free(&t);
    plan_network_free(p);
}

/* A path of four nodes both ways, and a square: counted by hand. */
TEST(betweenness_by_hand)
{
    static const uint32_t first[] = {0, 1, 3, 5, 6}, head[] = {1, 0, 2, 1, 3, 2},
                          weight[] = {1, 1, 1, 1, 1, 1};
    struct road_graph g = {.node_count = 4, .arc_count = 6, .first_out = first, .head = head};
    double b[6];
    struct err e = {0};
    CHECK_MSG(graph_betweenness(&g, weight, b, &e), "%s", e.text);
    const double want[] = {3, 3, 4, 4, 3, 3}; /* 0-1: to 1, 2, 3; 1-2: from 0, 1 to 2, 3 */
    for (int i = 0; i < 6; i++)
        CHECK_MSG(fabs(b[i] - want[i]) < 1e-12, "arc %d: %g", i, b[i]);
    static const uint32_t closed[] = {1, 1, ROAD_INF, 1, 1, 1};
    CHECK(graph_betweenness(&g, closed, b, &e) && b[2] == 0 && fabs(b[0] - 1) < 1e-12);
    static const uint32_t f2[] = {0, 2, 3, 4, 4}, h2[] = {1, 2, 3, 3};
    struct road_graph square = {.node_count = 4, .arc_count = 4, .first_out = f2, .head = h2};
    CHECK(graph_betweenness(&square, weight, b, &e));
    for (int i = 0; i < 4; i++) /* to the next, and half of the two equal ways across */
        CHECK(fabs(b[i] - 1.5) < 1e-12);
}
