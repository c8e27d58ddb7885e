/* Roads that scenarios split and large networks that they fork: junctions with forbidden turns keep them, and
 * a network in a file is not copied, only its changed pages. */
#include "network/builder.h"
#include "network/derive.h"
#include "network/file.h"
#include "road/derive.h"
#include "road/order.h"
#include "scenario_world.h"
#include "test.h"
#include "test_expanded_net.h"
#include "whatif/roads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA = 32 << 20, SIDE = 60 };

/* The arrays of a test network as bytes that can be held; in a random order. */
static void hold(const struct network *n, uint64_t *seed, uint8_t **bytes, const struct network **out)
{
    struct err e = {0};
    struct network_builder *b;
    size_t len;
    uint32_t nodes = net_node_count(n), *order = malloc((nodes + 1) * sizeof *order);
    struct net_hours always = {.to_min = {1440, 1440, 1440, 1440, 1440, 1440, 1440}};
    struct net_emission none = {0};
    CHECK(order != NULL && network_builder_new(&b, &e) && network_add_hours(b, &always) != NET_NONE &&
          network_add_emission(b, &none) != NET_NONE);
#define COPY(name)                                    \
    for (uint32_t i_ = 0; i_ < n->name##_count; i_++) \
    CHECK(network_add_##name(b, &n->name[i_]) != NET_NONE)
    COPY(node_id);
    COPY(node_point);
    COPY(link);
    COPY(limit);
    COPY(vehicle);
    COPY(toll);
    COPY(arc_first);
    COPY(arc_head);
    COPY(arc_link);
    COPY(node_arrival);
    COPY(node_origin);
#undef COPY
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t k = test_rand_below(seed, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (uint32_t i = 0; i < nodes; i++)
        CHECK(network_add_cch_order(b, &order[i]) != NET_NONE);
    CHECK_MSG(network_builder_freeze(b, bytes, &len, &e) && network_open_bytes(*bytes, len, out, &e), "%s",
              e.text);
    network_builder_free(b);
    free(order);
}

static struct net_point middle_of(const struct network *n, uint32_t link)
{
    struct net_point a = n->node_point[n->link[link].from], b = n->node_point[n->link[link].to];
    return (struct net_point){(a.lat_e7 + b.lat_e7) / 2, (a.lon_e7 + b.lon_e7) / 2};
}

static bool drives(const struct network *n, uint32_t link)
{
    const struct net_link *l = &n->link[link];
    struct net_point a = n->node_point[l->from], b = n->node_point[l->to];
    return l->from != l->to && l->length_m >= 100 && (a.lat_e7 != b.lat_e7 || a.lon_e7 != b.lon_e7);
}

/* A road so long that nobody takes it splits two others: every shortest way stays as long as it was. */
static uint32_t check_split(const struct network *n, uint32_t one, uint32_t two, struct arena *a)
{
    struct err e = {0};
    struct places *places;
    struct road_index *ix;
    struct road_metric *base, *m;
    struct road_query *q, *o;
    struct scenario_result res;
    struct net_point line[] = {middle_of(n, one), middle_of(n, two)};
    struct scenario_modification mod = scenario_nothing;
    struct road_profile p = {.objective = ROAD_SHORTEST};
    uint32_t plain = net_plain_count(n), split = 0;
    mod.add = (struct scenario_add_link){.name = "", .ref = "", .point = line, .point_count = 2, .snap_m = 1};
    mod.add.figures = mod.set;
    mod.add.figures.speed_km10 = 500;
    mod.add.figures.length_m = 9000000;
    CHECK(places_new(n, &places, &e) && road_index_new(n, &ix, &e));
    CHECK_MSG(scenario_build(n, places, &mod, 1, "0123456789abcdef0123456789abcdef", a, &res, &e), "%s",
              e.text);
    if (res.version != NULL) {
        const struct network *d = res.version->net;
        split = d->added_nodes;
        CHECK(road_metric_new(n, &p, &base, &e) && road_metric_customize(base, ix, NULL, &e));
        CHECK_MSG(road_metric_derive(base, d, res.version->arc, res.version->arc_count, &m, &e), "%s",
                  e.text);
        CHECK(road_query_new(n, ix, &q, &e) && road_query_new(d, ix, &o, &e));
        for (uint32_t v = 0; v < plain; v++)
            for (uint32_t w = 0; w < plain; w++)
                CHECK_I64(road_weight(o, m, v, w), road_weight(q, base, v, w));
        road_query_free(q);
        road_query_free(o);
        road_metric_free(m);
        road_metric_free(base);
    }
    scenario_version_free(res.version);
    road_index_free(ix);
    places_free(places);
    arena_reset(a);
    return split;
}

TEST(a_split_road_keeps_the_turns_that_are_forbidden_at_its_ends)
{
    uint64_t seed = 20261127;
    struct expansion *x = malloc(sizeof *x);
    struct arena a;
    uint32_t split = 0, expanded = 0;
    arena_init(&a, ARENA);
    for (int round = 0; round < 120; round++) {
        struct road_net *r = net_random(&seed, 4 + test_rand_below(&seed, 12));
        for (uint32_t v = 0; v < r->net.node_id_count; v++) {
            r->node_id[v] = v;
            r->point[v] = (struct net_point){300000000 + (int32_t)test_rand_below(&seed, 10000000),
                                             1140000000 + (int32_t)test_rand_below(&seed, 10000000)};
        }
        r->net.arc_weight_count = 0; /* roads, not a graph with weights of its own */
        uint32_t plain = r->net.node_id_count, links = r->net.link_count;
        if (links < 2) {
            free(r);
            continue;
        }
        expand(r, &seed, x);
        for (uint32_t v = plain; v < r->net.node_id_count; v++)
            r->node_id[v] = r->node_id[x->origin[v - plain]];
        r->net.arc_weight_count = 0;
        r->net.node_point_count = r->net.node_id_count;
        r->net.arc_first_count = r->net.node_id_count + 1;
        uint8_t *bytes;
        const struct network *n;
        hold(&r->net, &seed, &bytes, &n);
        uint32_t one = test_rand_below(&seed, links), two = test_rand_below(&seed, links);
        if (one != two && drives(n, one) && drives(n, two)) {
            split += check_split(n, one, two, &a);
            expanded += n->node_origin_count > 0;
        }
        network_release(n);
        free(bytes);
        free(r);
    }
    free(x);
    arena_release(&a);
    CHECK_MSG(split > 60 && expanded > 20, "%u splits, %u networks with forbidden turns", split, expanded);
}

/* A grid in a file, its links more than are copied whole. */
static const struct network *grid(const char *path)
{
    struct err e = {0};
    struct network_builder *b;
    const struct network *n;
    uint8_t *bytes;
    size_t len;
    uint32_t *order = malloc(SIDE * SIDE * sizeof *order);
    CHECK(order != NULL);
    for (int pass = 0; pass < 2; pass++) {
        struct net_limit limit = {0};
        struct net_hours always = {.to_min = {1440, 1440, 1440, 1440, 1440, 1440, 1440}};
        struct net_emission none = {0};
        CHECK(network_builder_new(&b, &e) && network_add_limit(b, &limit) != NET_NONE &&
              network_add_hours(b, &always) != NET_NONE && network_add_emission(b, &none) != NET_NONE);
        for (int64_t v = 0; v < SIDE * SIDE; v++) {
            struct net_point p = {300000000 + (int32_t)(v / SIDE) * 10000,
                                  1140000000 + (int32_t)(v % SIDE) * 10000};
            CHECK(network_add_node_id(b, &v) != NET_NONE && network_add_node_point(b, &p) != NET_NONE);
        }
        for (uint32_t v = 0; v < SIDE * SIDE; v++)
            for (int down = 0; down < 2; down++) {
                struct net_link l = {.id = 1000000 + 2 * (int64_t)v + down,
                                     .from = v,
                                     .to = down ? v + SIDE : v + 1,
                                     .length_m = 1000 + v % 7 * 10,
                                     .speed_km10 = 500,
                                     .flags = LINK_FORWARD | LINK_BACKWARD};
                if (down ? v / SIDE + 1 < SIDE : v % SIDE + 1 < SIDE)
                    CHECK(network_add_link(b, &l) != NET_NONE);
            }
        struct net_vehicle truck = {.vehicle_class = 6, .gross_kg = 40000, .max_speed_km10 = 900};
        CHECK(network_add_vehicle(b, &truck) != NET_NONE);
        for (uint32_t i = 0; pass == 1 && i < SIDE * SIDE; i++)
            CHECK(network_add_cch_order(b, &order[i]) != NET_NONE);
        CHECK_MSG(network_builder_freeze(b, &bytes, &len, &e), "%s", e.text);
        network_builder_free(b);
        CHECK_MSG(network_write(path, bytes, len, &e) && network_open(path, &n, &e), "%s", e.text);
        free(bytes);
        if (pass == 0) {
            CHECK(road_order_flow(net_node_count(n), n->arc_first, n->arc_head, n->node_point, order, &e));
            network_release(n);
        }
    }
    free(order);
    return n;
}

TEST(a_network_in_a_file_is_forked_and_not_copied)
{
    char path[] = "/tmp/zh-scenario-XXXXXX";
    int file = mkstemp(path);
    CHECK(file >= 0);
    close(file);
    struct err e = {0};
    const struct network *n = grid(path);
    struct places *places;
    struct road_index *ix;
    struct road_metric *base, *m, *fresh;
    struct road_query *q, *o;
    struct scenario_result res;
    struct arena a;
    uint64_t seed = 4;
    arena_init(&a, ARENA);
    struct net_point line[] = {{300000000 + 5000, 1140000000}, {300000000 + 585000, 1140000000 + 590000}};
    int64_t closed[] = {n->link[40].id, n->link[4000].id};
    struct scenario_modification mod[2] = {scenario_nothing, scenario_nothing};
    mod[0].add =
        (struct scenario_add_link){.name = "斜线", .ref = "", .point = line, .point_count = 2, .snap_m = 50};
    mod[0].add.figures = mod[0].set;
    mod[0].add.figures.speed_km10 = 1200;
    mod[1].kind = SCENARIO_CLOSE_LINK;
    mod[1].links.id = closed;
    mod[1].links.id_count = 2;
    CHECK(n->link_count * sizeof *n->link > 1 << 18);
    struct net_link *before = malloc(n->link_count * sizeof *before);
    memcpy(before, n->link, n->link_count * sizeof *before);
    CHECK(places_new(n, &places, &e) && road_index_new(n, &ix, &e));
    CHECK_MSG(scenario_build(n, places, mod, 2, "0123456789abcdef0123456789abcdef", &a, &res, &e), "%s",
              e.text);
    CHECK_MSG(res.error_count == 0, "%s", res.error_count > 0 ? res.error[0].message : "");
    const struct network *d = res.version->net;
    CHECK(network_derived_bytes(d) < n->link_count * sizeof *n->link / 2);
    CHECK(d->link[40].status == STATUS_CLOSED && d->link_count > n->link_count &&
          d->link[41].id == n->link[41].id);
    CHECK_STR(net_string(d, d->link[d->link_count - 1].name), "斜线");
    CHECK(memcmp(before, n->link, n->link_count * sizeof *before) == 0);
    struct road_profile p = {.vehicle_class = 6, .objective = ROAD_FASTEST};
    CHECK(road_metric_new(n, &p, &base, &e) && road_metric_customize(base, ix, NULL, &e));
    CHECK_MSG(road_metric_derive(base, d, res.version->arc, res.version->arc_count, &m, &e), "%s", e.text);
    CHECK_MSG(road_metric_new(d, &p, &fresh, &e), "%s", e.text);
    CHECK(road_query_new(d, ix, &q, &e) && road_query_new(d, NULL, &o, &e));
    uint32_t faster = 0;
    for (int i = 0; i < 60; i++) {
        uint32_t v = test_rand_below(&seed, net_node_count(d)), w = test_rand_below(&seed, net_node_count(d));
        uint32_t got = road_weight(q, m, v, w);
        CHECK_I64(got, road_weight(o, fresh, v, w));
        faster += v < net_node_count(n) && w < net_node_count(n) && got < road_weight(q, m, w, v) + 1;
    }
    CHECK(faster > 0);
    road_query_free(q);
    road_query_free(o);
    road_metric_free(fresh);
    road_metric_free(m);
    road_metric_free(base);
    scenario_version_free(res.version);
    road_index_free(ix);
    places_free(places);
    network_release(n);
    arena_release(&a);
    free(before);
    remove(path);
}

/* --- cars and capacities of a road that is split ------------------------------------------------------- */

/* An open road of the bundled network that has so many points that its middle one lies on it, and both ways.
 */
static uint32_t long_road(const struct network *n, uint32_t from)
{
    for (uint32_t i = from; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        unsigned both = LINK_FORWARD | LINK_BACKWARD;
        if (l->mode == MODE_ROAD && l->status == STATUS_OPEN && (l->flags & both) == both &&
            l->shape_count >= 5 && l->length_m > 4000)
            return i;
    }
    return NET_NONE;
}

static double preloaded_km(const struct roads *r)
{
    double sum = 0;
    for (uint32_t i = 0; i < r->link_count; i++)
        sum += r->link[i].fixed * r->link[i].length;
    return sum;
}

static uint32_t check_pieces(const struct scenario_world *w, const struct roads *before,
                             const struct roads *after, const struct scenario_version *v, uint32_t link)
{
    uint32_t *strict = roads_match(before, after), *loose = roads_match_pieces(before, after), pieces = 0;
    for (uint32_t i = 0; i < after->link_count; i++) {
        uint32_t now = after->source[i] >> 1;
        if (now < w->net->link_count) {
            CHECK(after->whole[i] == NET_NONE && strict[i] == loose[i] && strict[i] != ASSIGN_NONE);
            continue;
        }
        CHECK(strict[i] == ASSIGN_NONE);
        bool piece = scenario_origin_of(v, w->net->link_count, now) == link;
        CHECK(piece == (after->whole[i] != NET_NONE) && piece == (loose[i] != ASSIGN_NONE));
        if (!piece) {
            CHECK(after->link[i].fixed <= 0); /* the new road itself */
            continue;
        }
        pieces++;
        CHECK(before->source[loose[i]] == link * 2 + (after->source[i] & 1));
        CHECK(after->link[i].fixed > 0 && after->link[i].fixed == before->link[loose[i]].fixed);
        CHECK(scenario_capacity_of(v, now) == 777); /* set on the whole before it was split */
    }
    free(strict);
    free(loose);
    return pieces;
}

TEST(pieces_of_a_split_road_keep_its_cars_and_its_capacity)
{
    struct scenario_world w;
    struct arena a;
    struct roads_rules rules;
    uint32_t rounds = 0;
    roads_rules_default(&rules);
    arena_init(&a, ARENA);
    scenario_world_bundled(&w);
    for (uint32_t link = long_road(w.net, 0); link != NET_NONE && rounds < 6;
         link = long_road(w.net, link + 9)) {
        struct err e = {0};
        struct scenario_result res;
        struct scenario_modification mods[2] = {scenario_nothing, scenario_nothing};
        const struct net_link *l = &w.net->link[link];
        struct net_point line[2] = {w.net->shape[l->shape_first + l->shape_count / 2]};
        line[1] =
            (struct net_point){line[0].lat_e7 + 30000000, line[0].lon_e7 + 30000000}; /* joins nothing */
        mods[0].kind = SCENARIO_CHANGE_LINK;
        mods[0].links = (struct scenario_links){&l->id, 1, "", "", "", ""};
        mods[0].set.capacity_pce_h = 777;
        mods[1].kind = SCENARIO_ADD_LINK;
        mods[1].add =
            (struct scenario_add_link){.name = "", .ref = "", .point = line, .point_count = 2, .snap_m = 5};
        mods[1].add.figures = mods[1].set;
        mods[1].add.figures.speed_km10 = 600;
        struct scenario_version *v = scenario_make(&w, mods, 2, &a, &res);
        struct roads *before, *after;
        struct roads_base base = {w.net, v->origin};
        CHECK(roads_new(w.net, &rules, NULL, &before, &e) && roads_new(v->net, &rules, &base, &after, &e));
        uint32_t pieces = check_pieces(&w, before, after, v, link);
        CHECK(pieces == 4 || pieces == 0); /* 0: the middle was an end of another road */
        rounds += pieces == 4;
        double was = preloaded_km(before), is = preloaded_km(after);
        CHECK_MSG(is > was - 1 && is < was + 1, "%.3f and %.3f PCE km", was, is); /* metres are rounded */
        roads_free(before);
        roads_free(after);
        scenario_version_free(v);
        arena_reset(&a);
    }
    CHECK(rounds >= 3);
    scenario_world_close(&w);
    arena_release(&a);
}
