/* Alternatives, via, avoid and roads without data: on random networks every option that is made with them
 * stands before the checker, which looks at each arc; boxes and gaps against a slow and plain way of saying
 * the same. */
#include "plan/gaps.h"
#include "plan/plan.h"
#include "test.h"
#include "tiny_net.h"

#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 400 };

struct world {
    struct tiny_net tiny;
    struct plan_network *plan;
    struct plan_query *query;
    struct arena arena;
    uint64_t s;
};

static uint32_t roll(struct world *w, uint32_t bound)
{
    return test_rand_below(&w->s, bound);
}

static void open_world(struct world *w, uint64_t seed)
{
    struct err e = {0};
    memset(w, 0, sizeof *w);
    w->s = seed * 77 + 1;
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

static struct plan_request ask(struct world *w)
{
    struct plan_request r = {.from = roll(w, 3),
                             .to = 5 + roll(w, 4),
                             .ready_at = TINY_READY + roll(w, 7 * 86400),
                             .families = 1u << FAMILY_ROAD,
                             .max_options = 32,
                             .second_driver = roll(w, 2)};
    r.cargo.mass_kg = 500 + roll(w, 30000);
    return r;
}

static void search(struct world *w, const struct plan_request *r, struct plan_answer *a, uint64_t seed)
{
    struct err e = {0};
    CHECK_MSG(plan_search(w->query, r, NULL, NULL, &w->arena, a, &e), "%s", e.text);
    for (uint32_t i = 0; i < a->option_count; i++)
        CHECK_MSG(plan_check(&w->tiny.net, r, &a->options[i], &e), "seed %llu option %u: %s",
                  (unsigned long long)seed, i, e.text);
}

static bool same_ref(struct world *w, const struct plan_request *a, const struct plan_itinerary *x,
                     const struct plan_request *b, const struct plan_itinerary *y)
{
    char p[33], q[33];
    plan_ref(&w->tiny.net, a, x, p);
    plan_ref(&w->tiny.net, b, y, q);
    return strcmp(p, q) == 0;
}

TEST(alternatives_stand_before_the_checker_and_hide_nothing)
{
    static struct world w;
    uint32_t found = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_answer plain, more;
        open_world(&w, seed);
        struct plan_request r = ask(&w);
        search(&w, &r, &plain, seed);
        r.alternatives = 1 + roll(&w, PLAN_ALTERNATIVES_MAX);
        search(&w, &r, &more, seed);
        CHECK_I64(more.option_count - more.alternative_count, plain.option_count);
        CHECK(more.alternative_count <= r.alternatives);
        for (uint32_t i = 0; i < more.option_count; i++) {
            const struct plan_itinerary *it = &more.options[i];
            CHECK_I64(it->alternative, i < plain.option_count ? 0 : i - plain.option_count + 1);
            for (uint32_t k = 0; k < i; k++)
                CHECK(!same_ref(&w, &r, it, &r, &more.options[k]));
            if (i < plain.option_count)
                CHECK_I64(it->total_myuan, plain.options[i].total_myuan);
        }
        found += more.alternative_count;
        close_world(&w);
    }
    CHECK_MSG(found > NETWORKS / 8, "only %u alternatives in all", found);
}

TEST(via_passes_its_places_in_order_and_changes_the_reference)
{
    static struct world w;
    uint32_t found = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct plan_answer plain, led;
        open_world(&w, seed);
        struct plan_request r = ask(&w);
        search(&w, &r, &plain, seed);
        struct plan_request v = r;
        v.via_count = 1 + roll(&w, PLAN_VIA_MAX);
        for (uint32_t i = 0; i < v.via_count; i++)
            v.via[i] = roll(&w, TINY_NODES);
        search(&w, &v, &led, seed);
        for (uint32_t i = 0; i < led.option_count; i++) {
            CHECK_I64(led.options[i].leg_count, 1);
            CHECK(led.options[i].legs[0].arcs != NULL || led.options[i].legs[0].arc_count == 0);
            for (uint32_t k = 0; k < plain.option_count; k++)
                CHECK(!same_ref(&w, &r, &plain.options[k], &v, &led.options[i]));
        }
        found += led.option_count > 0;
        if (led.option_count > 0) { /* a way that ends early is found out */
            struct plan_itinerary cut = led.options[0];
            struct plan_leg leg = cut.legs[0];
            cut.legs = &leg;
            if (leg.arc_count > 0) {
                leg.arc_count--;
                CHECK(!plan_check(&w.tiny.net, &v, &cut, NULL));
            }
        }
        close_world(&w);
    }
    CHECK_MSG(found > NETWORKS / 2, "only %u ways", found);
}

/* Many points on the road, each looked at. */
static bool touches(const struct network *n, const struct net_link *l, const struct plan_box *b)
{
    struct net_point p = n->node_point[l->from], q = n->node_point[l->to];
    for (int i = 0; i <= 4000; i++) {
        double lat = p.lat_e7 + (q.lat_e7 - (double)p.lat_e7) * i / 4000;
        double lon = p.lon_e7 + (q.lon_e7 - (double)p.lon_e7) * i / 4000;
        if (lat >= b->south_e7 && lat <= b->north_e7 && lon >= b->west_e7 && lon <= b->east_e7)
            return true;
    }
    return false;
}

static struct plan_box box_around(struct world *w)
{
    int32_t lat = 300000000 + (int32_t)roll(w, 4000000), lon = 1140000000 + (int32_t)roll(w, 4000000);
    int32_t size = 50000 + (int32_t)roll(w, 800000);
    return (struct plan_box){lat, lon, lat + size, lon + size};
}

TEST(boxes_and_links_close_what_they_name)
{
    static struct world w;
    uint32_t closed = 0, spared = 0, corners = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct err e = {0};
        uint32_t *arcs, count;
        bool shut[2 * TINY_LINKS] = {false};
        open_world(&w, seed);
        const struct network *n = &w.tiny.net;
        struct plan_box box[2] = {box_around(&w), box_around(&w)};
        int64_t id[3] = {roll(&w, n->link_count), roll(&w, n->link_count), 0};
        struct plan_avoid avoid = {
            .link_id = id, .box = box, .link_count = roll(&w, 3), .box_count = roll(&w, 3)};
        CHECK_MSG(plan_avoid_arcs(n, &avoid, &arcs, &count, &e), "%s", e.text);
        for (uint32_t i = 0; i < count; i++) {
            CHECK(arcs[i] < net_arc_count(n) && (i == 0 || arcs[i - 1] < arcs[i]));
            shut[arcs[i]] = true;
        }
        free(arcs);
        for (uint32_t a = 0; a < net_arc_count(n); a++) {
            const struct net_link *l = &n->link[net_arc_link(n, a)];
            bool want = false;
            for (uint32_t k = 0; k < avoid.link_count; k++)
                want = want || l->id == id[k];
            for (uint32_t k = 0; k < avoid.box_count; k++)
                want = want || touches(n, l, &box[k]);
            corners += shut[a] && !want; /* cuts a corner between two of the points looked at */
            CHECK_MSG(shut[a] || !want, "seed %llu arc %u is open", (unsigned long long)seed, a);
            closed += want;
            spared += !want;
        }
        struct plan_request r = ask(&w);
        struct plan_answer answer;
        r.avoid = &avoid;
        r.alternatives = roll(&w, 3);
        search(&w, &r, &answer, seed); /* the checker knows what is to be avoided */
        close_world(&w);
    }
    CHECK_MSG(closed > 1000 && spared > 1000 && corners * 200 < closed, "%u closed, %u open, %u corners",
              closed, spared, corners);
}

TEST(avoided_roads_must_be_roads)
{
    static struct world w;
    struct err e = {0};
    uint32_t *arcs, count;
    open_world(&w, 1);
    int64_t id = 4711;
    struct plan_avoid avoid = {.link_id = &id, .link_count = 1};
    CHECK(!plan_avoid_arcs(&w.tiny.net, &avoid, &arcs, &count, &e));
    CHECK_I64(e.code, ERR_NOT_FOUND);
    CHECK(arcs == NULL && count == 0);
    id = 0;
    w.tiny.link[0].mode = MODE_RAIL;
    CHECK(!plan_avoid_arcs(&w.tiny.net, &avoid, &arcs, &count, &e));
    CHECK_I64(e.code, ERR_INVALID_ARGUMENT);
    CHECK_STR(e.field, "avoid.link_ids");
    close_world(&w);
}

TEST(own_profiles_are_only_made_for_trucks_that_differ)
{
    static struct world w;
    struct road_profile v[PLAN_FORMS];
    open_world(&w, 3);
    struct plan_request r = ask(&w);
    r.vehicle.vehicle_class = 6;
    CHECK(!plan_own_profiles(w.plan, &r, v));
    r.vehicle.height_cm = 400; /* the class's own */
    CHECK(!plan_own_profiles(w.plan, &r, v));
    r.vehicle.height_cm = 401;
    CHECK(plan_own_profiles(w.plan, &r, v));
    CHECK_I64(v[0].objective, ROAD_FASTEST);
    CHECK_I64(v[1].objective, ROAD_CHEAPEST);
    CHECK_I64(v[1].height_cm, 401);
    r.vehicle.height_cm = 0;
    r.cargo.dangerous = true;
    CHECK(plan_own_profiles(w.plan, &r, v) && v[0].dangerous);
    CHECK(plan_network_metric_bytes(w.plan) > 0);
    close_world(&w);
}

TEST(gaps_are_counted_for_limits_that_the_truck_comes_near)
{
    static struct net_limit limit[3] = {
        {0}, {.max_height_cm = 450}, {.max_gross_kg = 60000, .max_axle_kg = 13000}};
    static struct net_vehicle vehicle[1] = {{.vehicle_class = 6,
                                             .gross_kg = 49000,
                                             .axle_kg = 9000,
                                             .height_cm = 400,
                                             .width_cm = 255,
                                             .length_cm = 1710}};
    static struct net_link link[6] = {{.length_m = 1, .road_class = ROAD_MOTORWAY},
                                      {.length_m = 10, .road_class = ROAD_TRUNK, .limit = 1},
                                      {.length_m = 100, .road_class = ROAD_PRIMARY},
                                      {.length_m = 1000, .road_class = ROAD_TERTIARY, .limit = 1},
                                      {.length_m = 10000, .road_class = ROAD_SERVICE, .limit = 2},
                                      {.length_m = 100000, .mode = MODE_RAIL}};
    struct network n = {.limit = limit,
                        .limit_count = 3,
                        .vehicle = vehicle,
                        .vehicle_count = 1,
                        .link = link,
                        .link_count = 6};
    static const struct {
        struct road_profile v;
        uint64_t metres[LIMIT_COUNT]; /* height, width, length, gross, axle */
    } cases[] = {
        {{.vehicle_class = 6}, {10100, 0, 0, 1100, 0}},
        {{.vehicle_class = 6, .height_cm = 399, .gross_kg = 39999}, {0, 0, 0, 0, 0}},
        {{.vehicle_class = 6, .height_cm = 401, .gross_kg = 1000}, {10101, 0, 0, 0, 0}},
        {{.vehicle_class = 6, .height_cm = 300, .width_cm = 256, .gross_kg = 1000}, {0, 11111, 0, 0, 0}},
        {{.vehicle_class = 6, .height_cm = 300, .length_cm = 1801, .gross_kg = 1000}, {0, 0, 11100, 0, 0}},
        {{.vehicle_class = 6, .height_cm = 300, .length_cm = 1811, .gross_kg = 49001},
         {0, 0, 11111, 1111, 0}},
        {{.vehicle_class = 6, .height_cm = 300, .axle_kg = 10000, .gross_kg = 1000}, {0, 0, 0, 0, 1100}},
        {{.vehicle_class = 1}, {0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan_gap got[LIMIT_COUNT];
        struct plan_measures m = plan_measures_of(&n, &cases[i].v);
        plan_gaps(&n, &m, NULL, 0, got);
        for (unsigned k = 0; k < LIMIT_COUNT; k++)
            CHECK_MSG(got[k].length_m == cases[i].metres[k], "case %zu: %s on %llu m, not %llu", i,
                      plan_limit_name((enum net_limit_kind)k), (unsigned long long)got[k].length_m,
                      (unsigned long long)cases[i].metres[k]);
    }
    const uint32_t some[] = {2, 4};
    struct plan_gap got[LIMIT_COUNT];
    struct plan_measures m = plan_measures_of(&n, &cases[0].v);
    plan_gaps(&n, &m, some, 2, got);
    CHECK_I64(got[LIMIT_HEIGHT].links, 2);
    CHECK_I64(got[LIMIT_GROSS].links, 1);
    char words[24];
    plan_limit_words(LIMIT_HEIGHT, 420, words);
    CHECK_STR(words, "4.20 m");
    plan_limit_words(LIMIT_AXLE, 11500, words);
    CHECK_STR(words, "11.5 t");
}
