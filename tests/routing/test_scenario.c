/* Scenarios against networks built anew from the same tables, on the bundled network: roads, tables of roads,
 * reach and freight answers, and the base that must not change. */
#include "network/derive.h"
#include "network/file.h"
#include "road/alternative.h"
#include "road/derive.h"
#include "road/reach.h"
#include "scenario_world.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 64 << 20, MODS_MAX = 6 };

static struct scenario_world world; /* opened once: the other tests read it */

static const struct scenario_world *bundled(void)
{
    if (world.net == NULL)
        scenario_world_bundled(&world);
    return &world;
}

static const struct net_link *random_road(uint64_t *seed)
{
    const struct network *n = world.net;
    for (;;) {
        const struct net_link *l = &n->link[test_rand_below(seed, n->link_count)];
        if (l->mode == MODE_ROAD)
            return l;
    }
}

static struct net_point near_node(uint64_t *seed, uint32_t spread_e7)
{
    const struct network *n = world.net;
    struct net_point p = n->node_point[random_road(seed)->from];
    p.lat_e7 += (int32_t)test_rand_below(seed, 2 * spread_e7 + 1) - (int32_t)spread_e7;
    p.lon_e7 += (int32_t)test_rand_below(seed, 2 * spread_e7 + 1) - (int32_t)spread_e7;
    return p;
}

static void draw(uint64_t *seed, struct arena *a, struct scenario_add_link *m)
{
    uint32_t count = 2 + test_rand_below(seed, 3);
    struct net_point *p = arena_alloc(a, count * sizeof *p);
    p[0] = near_node(seed, 30000);
    for (uint32_t i = 1; i < count; i++)
        p[i] = (struct net_point){p[i - 1].lat_e7 + (int32_t)test_rand_below(seed, 600000) - 300000,
                                  p[i - 1].lon_e7 + (int32_t)test_rand_below(seed, 600000) - 300000};
    m->name = "画线";
    m->point = p;
    m->point_count = count;
    m->snap_m = 1 + test_rand_below(seed, 2000);
    m->join_crossings = test_rand_below(seed, 2);
    m->figures.speed_km10 = 300 + test_rand_below(seed, 900);
    m->figures.directed = test_rand_below(seed, 4) == 0;
    m->figures.toll = (uint8_t)(1 + test_rand_below(seed, 2));
    m->figures.toll_region = "湖北";
    m->figures.max_gross_kg = test_rand_below(seed, 3) == 0 ? 12000 : 0;
}

static void roll(uint64_t *seed, struct arena *a, struct scenario_modification *m)
{
    const struct network *n = world.net;
    int64_t *id = arena_alloc(a, 8 * sizeof *id);
    *m = scenario_nothing;
    m->kind = (uint8_t)test_rand_below(seed, SCENARIO_KIND_COUNT);
    m->links.id = id;
    m->links.id_count = 1 + test_rand_below(seed, 8);
    for (uint32_t i = 0; i < m->links.id_count; i++)
        id[i] = random_road(seed)->id;
    switch (m->kind) {
    case SCENARIO_ADD_LINK:
        draw(seed, a, &m->add);
        break;
    case SCENARIO_CHANGE_LINK:
        m->set.speed_km10 = 200 + test_rand_below(seed, 1000);
        m->set.toll = (uint8_t)test_rand_below(seed, 3);
        m->set.toll_region = m->set.toll == SCENARIO_TOLL_PAID ? "湖北" : "";
        m->set.ban_class_from = test_rand_below(seed, 3) == 0 ? 5 : 0;
        break;
    case SCENARIO_OPEN_LINK:
        m->links.id_count = 0;
        m->links.project = net_string(n, n->project[test_rand_below(seed, n->project_count)].id);
        break;
    case SCENARIO_PUT_TERMINAL:
        if (test_rand_below(seed, 2)) {
            m->terminal.id = n->terminal[test_rand_below(seed, n->terminal_count)].id;
            m->terminal.status = test_rand_below(seed, 2) ? "open" : "closed";
            m->terminal.capacity_factor = 1.5;
        } else {
            m->terminal.like = n->terminal[test_rand_below(seed, n->terminal_count)].id;
            m->terminal.at =
                (struct scenario_spot){.by = SCENARIO_BY_NODE, .node_id = n->node_id[random_road(seed)->to]};
            m->terminal.open_hours = "Mo-Sa 07:00-19:00";
        }
        break;
    case SCENARIO_PUT_SERVICE: {
        int64_t of = n->service[test_rand_below(seed, n->service_count)].id;
        uint32_t how = test_rand_below(seed, 3);
        m->service.id = how < 2 ? of : 0;
        m->service.like = how < 2 ? 0 : of;
        m->service.withdrawn = how == 0;
        m->service.depart_min1 = 1 + test_rand_below(seed, 1440);
        m->service.days = "1111100";
        break;
    }
    case SCENARIO_CHANGE_TARIFF:
        m->tariff = net_string(n, n->tariff[test_rand_below(seed, n->tariff_count)].id);
        m->factor = 0.5 + test_rand_below(seed, 100) / 100.0;
        break;
    case SCENARIO_CHANGE_TOLL:
        m->region = "湖北";
        m->vehicle_class = test_rand_below(seed, 7);
        m->factor = 0.1 + test_rand_below(seed, 300) / 100.0;
        break;
    default:
        break;
    }
}

static void same_cost(const struct road_cost *got, const struct road_cost *want)
{
    CHECK_I64(got->weight, want->weight);
}

/* Roads of both: one to one with the way found, tables, reach. */
static void compare_roads(uint64_t *seed, const struct network *n, const struct plan_network *p,
                          const struct scenario_world *anew, struct arena *a)
{
    struct err e = {0};
    struct road_query *q, *o;
    enum { SIDE = 6 };
    uint32_t nodes = net_node_count(n), from[SIDE], to[SIDE], arcs;
    const uint32_t *way;
    CHECK(road_query_new(n, plan_network_index(p), &q, &e) &&
          road_query_new(anew->net, plan_network_index(anew->plan), &o, &e));
    for (int k = 0; k < 2; k++) {
        struct road_profile v = {.vehicle_class = (uint8_t)(1 + test_rand_below(seed, 6)),
                                 .objective = k == 0 ? ROAD_FASTEST : ROAD_CHEAPEST};
        const struct road_metric *m = plan_network_metric(p, &v), *w = plan_network_metric(anew->plan, &v);
        struct road_cost got[SIDE * SIDE], want[SIDE * SIDE];
        for (int i = 0; i < SIDE; i++) { /* added nodes, the last ones, come more often */
            from[i] = test_rand_below(seed, 3) ? test_rand_below(seed, nodes)
                                               : nodes - 1 - test_rand_below(seed, 4);
            to[i] = test_rand_below(seed, 3) ? test_rand_below(seed, nodes)
                                             : nodes - 1 - test_rand_below(seed, 4);
        }
        CHECK(road_matrix(q, m, from, SIDE, to, SIDE, got, &e) &&
              road_matrix(o, w, from, SIDE, to, SIDE, want, &e));
        for (int i = 0; i < SIDE * SIDE; i++)
            same_cost(&got[i], &want[i]);
        for (int i = 0; i < SIDE; i++) {
            if (got[i * SIDE].weight == ROAD_INF)
                continue;
            CHECK(road_path(q, m, from[i], to[0], a, &way, &arcs, &e));
            uint32_t at = from[i];
            uint64_t length_m = 0;
            for (uint32_t s = 0; s < arcs; s++) {
                const struct net_link *l = &n->link[net_arc_link(n, way[s])];
                bool back = n->arc_link[way[s]] & 1;
                CHECK_I64(back ? l->to : l->from, at);
                CHECK(l->status == STATUS_OPEN && n->arc_head[way[s]] == (back ? l->from : l->to));
                at = n->arc_head[way[s]];
                length_m += l->length_m;
            }
            CHECK_I64(at, to[0]);
            CHECK_I64(length_m, got[i * SIDE].length_m);
        }
        struct road_reach r, s;
        struct reach_shape shape, anew_shape;
        uint32_t limit = k == 0 ? 3600000 : 300000;
        CHECK(road_reach(q, m, from[0], false, limit, a, &r, &e) &&
              road_reach(o, w, from[0], false, limit, a, &s, &e));
        CHECK_I64(r.count, s.count);
        CHECK(memcmp(r.node, s.node, r.count * sizeof *r.node) == 0);
        CHECK(memcmp(r.weight, s.weight, r.count * sizeof *r.weight) == 0);
        CHECK(road_reach_shape(n, m, &r, limit, 2000, a, &shape, &e) &&
              road_reach_shape(anew->net, w, &s, limit, 2000, a, &anew_shape, &e));
        CHECK(shape.point_count == anew_shape.point_count &&
              memcmp(shape.point, anew_shape.point, shape.point_count * sizeof *shape.point) == 0);
    }
    road_query_free(q);
    road_query_free(o);
}

static uint32_t plain_node(uint64_t *seed, const struct network *n)
{
    for (;;) {
        const struct net_link *l = &n->link[test_rand_below(seed, n->link_count)];
        if (l->mode == MODE_ROAD && l->status == STATUS_OPEN)
            return test_rand_below(seed, 2) ? l->from : l->to;
    }
}

static struct plan_request ask(uint64_t *seed, const struct network *n)
{
    struct plan_request r = {.from = plain_node(seed, n),
                             .to = plain_node(seed, n),
                             .cargo = {.commodity = "steel", .mass_kg = 5000 + test_rand_below(seed, 200000)},
                             .ready_at = INT64_C(1793000000) + test_rand_below(seed, 7 * 86400),
                             .families = (1u << FAMILY_COUNT) - 1,
                             .max_options = 16};
    r.cargo.bulk = test_rand_below(seed, 4) == 0;
    return r;
}

/* Equal options; and each passes the checker on the derived network. */
static uint32_t compare_freight(uint64_t *seed, const struct network *n, const struct plan_network *p,
                                const struct scenario_world *anew, struct arena *a)
{
    struct err e = {0};
    struct plan_query *q, *o;
    uint32_t options = 0;
    CHECK(plan_query_new(p, &q, &e) && plan_query_new(anew->plan, &o, &e));
    for (int k = 0; k < 6; k++) {
        struct plan_request r = ask(seed, n);
        struct plan_answer got, want;
        CHECK_MSG(plan_search(q, &r, NULL, NULL, a, &got, &e), "%s", e.text);
        CHECK_MSG(plan_search(o, &r, NULL, NULL, a, &want, &e), "%s", e.text);
        CHECK_I64(got.option_count, want.option_count);
        for (uint32_t i = 0; i < got.option_count; i++) {
            const struct plan_itinerary *x = &got.options[i], *y = &want.options[i];
            CHECK(x->family == y->family);
            CHECK_I64(x->total_myuan, y->total_myuan);
            CHECK_I64(x->arrive_at, y->arrive_at);
            CHECK_I64(x->co2_wtw_g, y->co2_wtw_g);
            CHECK_MSG(plan_geometry(q, &r, &got.options[i], a, &e), "%s", e.text);
            CHECK_MSG(plan_check(n, &r, x, &e), "%s", e.text);
        }
        options += got.option_count;
    }
    plan_query_free(q);
    plan_query_free(o);
    return options;
}

TEST(scenarios_answer_as_networks_built_anew)
{
    const struct scenario_world *w = bundled();
    uint64_t seed = 20261126;
    uint32_t made = 0, kinds[SCENARIO_KIND_COUNT] = {0}, options = 0, added = 0;
    struct network before = *w->net;
    struct arena a;
    arena_init(&a, ARENA);
    for (int round = 0; round < 60; round++) {
        struct scenario_modification mods[MODS_MAX];
        struct scenario_result res;
        uint32_t count = 1 + test_rand_below(&seed, MODS_MAX);
        for (uint32_t i = 0; i < count; i++)
            roll(&seed, &a, &mods[i]);
        struct scenario_version *v = scenario_make(w, mods, count, &a, &res);
        if (v != NULL) {
            struct scenario_world anew;
            struct plan_network *p = scenario_plan(w, v);
            scenario_world_anew(v->net, w->net, &anew);
            compare_roads(&seed, v->net, p, &anew, &a);
            options += compare_freight(&seed, v->net, p, &anew, &a);
            plan_network_free(p);
            scenario_world_close(&anew);
            made++;
            added += v->net->added_arcs;
            for (uint32_t i = 0; i < count; i++)
                kinds[mods[i].kind]++;
        }
        scenario_version_free(v);
        arena_reset(&a);
    }
    arena_release(&a);
    CHECK(memcmp(&before, w->net, sizeof before) == 0);
    CHECK_MSG(made > 20 && options > 200 && added > 50, "%u made, %u options, %u arcs added", made, options,
              added);
    for (int k = 0; k < SCENARIO_KIND_COUNT; k++)
        CHECK_MSG(kinds[k] > 2, "kind %d came %u times", k, kinds[k]);
}
