/* What modifications mean, row by row of the derived version: test_scenario.c compares with networks built
 * anew from these same rows, so it cannot tell a row that is wrong. */
#include "network/derive.h"
#include "scenario_world.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { ARENA = 32 << 20 };

static struct scenario_world world; /* opened once; only read */
static struct arena arena;

static const struct network *bundled(void)
{
    if (world.net == NULL) {
        scenario_world_bundled(&world);
        arena_init(&arena, ARENA);
    }
    return world.net;
}

/* An open road of some length with its inner points: both ways, tolled. */
static uint32_t tolled_road(const struct network *n)
{
    for (uint32_t i = 0; i < n->link_count; i++) {
        const struct net_link *l = &n->link[i];
        if (l->mode == MODE_ROAD && l->status == STATUS_OPEN && l->length_m > 15000 && l->shape_count > 2 &&
            (l->flags & (LINK_FORWARD | LINK_BACKWARD | LINK_TOLL)) ==
                (LINK_FORWARD | LINK_BACKWARD | LINK_TOLL))
            return i;
    }
    CHECK_MSG(false, "the bundled network has no such road");
    return 0;
}

static struct scenario_modification of_link(uint8_t kind, const int64_t *id)
{
    struct scenario_modification m = scenario_nothing;
    m.kind = kind;
    m.links.id = id;
    m.links.id_count = 1;
    return m;
}

static const struct network *made(const struct scenario_modification *mods, uint32_t count,
                                  struct scenario_result *res)
{
    struct scenario_version *v = scenario_make(&world, mods, count, &arena, res);
    CHECK_MSG(v != NULL, "modification %u, %s: %s", res->error[0].index, res->error[0].field,
              res->error[0].message);
    return v->net;
}

static void refused(const struct scenario_modification *mods, uint32_t count, uint32_t index,
                    const char *field)
{
    struct scenario_result res;
    CHECK(scenario_make(&world, mods, count, &arena, &res) == NULL);
    CHECK_I64(res.error_count, 1);
    CHECK_I64(res.error[0].index, index);
    CHECK_STR(res.error[0].field, field);
}

/* Arcs of the version over a link, by direction; those of the base must be told as changed, or their metrics
 * stay as they were. */
static void arcs_of(const struct network *d, const struct scenario_version *v, uint32_t link, uint32_t *count)
{
    count[0] = count[1] = 0;
    for (uint32_t a = 0, k = 0; a < d->arc_link_count; a++) {
        if (net_arc_link(d, a) != link)
            continue;
        count[d->arc_link[a] & 1]++;
        while (k < v->arc_count && v->arc[k] < a)
            k++;
        CHECK(a >= world.net->arc_link_count || (k < v->arc_count && v->arc[k] == a));
    }
}

TEST(a_changed_toll_is_the_factor_of_its_region_and_class)
{
    const struct network *n = bundled();
    struct scenario_modification m = scenario_nothing;
    struct scenario_result res;
    uint32_t changed = 0, tolled = 0;
    m.kind = SCENARIO_CHANGE_TOLL;
    m.region = "湖北";
    m.vehicle_class = 3;
    m.factor = 1.7;
    const struct network *d = made(&m, 1, &res);
    CHECK_I64(d->toll_count, n->toll_count);
    for (uint32_t i = 0; i < n->toll_count; i++) {
        bool meant = strcmp(net_string(n, n->toll[i].region), "湖北") == 0 && n->toll[i].vehicle_class == 3;
        double factor = meant ? 1.7 : 1;
        CHECK_I64(d->toll[i].myuan_per_km, lround(n->toll[i].myuan_per_km * factor));
        CHECK_I64(d->toll[i].bridge_myuan, lround(n->toll[i].bridge_myuan * factor));
        changed += meant && d->toll[i].myuan_per_km > n->toll[i].myuan_per_km;
    }
    CHECK_I64(changed, 1);
    CHECK(strcmp(d->tariff_version, n->tariff_version) != 0);
    CHECK_STR(d->timetable_version, n->timetable_version);
    for (uint32_t i = 0; i < res.version->arc_count; i++)
        tolled += (n->link[net_arc_link(n, res.version->arc[i])].flags & LINK_TOLL) != 0;
    CHECK(tolled > 0 && tolled == res.version->arc_count);
    scenario_version_free(res.version);
}

TEST(a_closed_road_is_closed_both_ways_and_an_opened_one_is_driven_both_ways)
{
    const struct network *n = bundled();
    uint32_t link = tolled_road(n), way[2];
    struct scenario_modification m[2] = {of_link(SCENARIO_CLOSE_LINK, &n->link[link].id)};
    struct scenario_result res;
    const struct network *d = made(m, 1, &res);
    CHECK_I64(d->link[link].status, STATUS_CLOSED);
    CHECK_I64(res.version->closed_count, 1);
    CHECK_I64(res.version->closed[0], link);
    arcs_of(d, res.version, link, way);
    CHECK(way[0] == 1 && way[1] == 1);
    scenario_version_free(res.version);
    m[1] = of_link(SCENARIO_OPEN_LINK, &n->link[link].id); /* the later one counts */
    d = made(m, 2, &res);
    CHECK_I64(d->link[link].status, STATUS_OPEN);
    CHECK_I64(res.version->closed_count, 0);
    scenario_version_free(res.version);
    for (link = 0; n->link[link].mode != MODE_ROAD || n->link[link].status == STATUS_OPEN ||
                   (n->link[link].flags & LINK_BACKWARD) == 0;)
        CHECK(++link < n->link_count);
    *m = of_link(SCENARIO_OPEN_LINK, &n->link[link].id);
    d = made(m, 1, &res);
    CHECK_I64(d->link[link].status, STATUS_OPEN);
    arcs_of(d, res.version, link, way);
    CHECK(way[0] > 0 && way[1] > 0);
    scenario_version_free(res.version);
}

/* A road is drawn to the middle of another, whose pieces keep what it had. */
TEST(pieces_of_a_split_road_have_its_figures_and_what_was_changed_before)
{
    const struct network *n = bundled();
    uint32_t link = tolled_road(n), pieces = 0, length_m = 0;
    const struct net_link *l = &n->link[link];
    struct net_point at = n->shape[l->shape_first + l->shape_count / 2], line[] = {at, at};
    line[1].lat_e7 += 400000;
    struct scenario_modification m[3] = {of_link(SCENARIO_CHANGE_LINK, &l->id), scenario_nothing,
                                         of_link(SCENARIO_CHANGE_LINK, &l->id)};
    struct scenario_result res;
    m[0].set.max_gross_kg = 31000;
    m[0].set.capacity_pce_h = 4321;
    m[1].kind = SCENARIO_ADD_LINK;
    m[1].add.name = "支线";
    m[1].add.point = line;
    m[1].add.point_count = 2;
    m[1].add.snap_m = 100;
    m[1].add.figures.speed_km10 = 600;
    m[2].existing.max_gross_kg = 31000; /* the third sees the pieces, with what the first set */
    m[2].set.speed_km10 = 777;
    const struct network *d = made(m, 3, &res);
    CHECK_I64(res.report[1].end[0].split_link_id, l->id);
    CHECK_I64(res.report[2].link_id_count, 2);
    CHECK_I64(d->link[link].status, STATUS_CLOSED);
    CHECK_I64(res.version->closed_count, 0); /* its pieces are open */
    for (uint32_t i = n->link_count; i < d->link_count; i++) {
        const struct net_link *x = &d->link[i];
        if (x->id != res.report[2].link_id[0] && x->id != res.report[2].link_id[1])
            continue;
        pieces++;
        length_m += x->length_m;
        CHECK(x->flags == l->flags && x->lanes == l->lanes && x->road_class == l->road_class &&
              x->toll_region == l->toll_region && x->name == l->name && x->status == STATUS_OPEN);
        CHECK_I64(x->speed_km10, 777);
        CHECK_I64(d->limit[x->limit].max_gross_kg, 31000);
        CHECK_I64(d->limit[x->limit].max_height_cm, n->limit[l->limit].max_height_cm);
        uint32_t way[2];
        arcs_of(d, res.version, i, way);
        CHECK(way[0] > 0 && way[1] > 0);
    }
    CHECK_I64(pieces, 2);
    CHECK_I64(length_m, l->length_m);
    scenario_version_free(res.version);
}

TEST(what_is_asserted_must_be_so_when_its_turn_comes)
{
    const struct network *n = bundled();
    const struct net_link *l = &n->link[tolled_road(n)];
    static const char *const field[] = {
        "existing.speed_kmh",        "existing.lanes",         "existing.length_km",
        "existing.max_gross_kg",     "existing.toll",          "existing.toll_region",
        "existing.road_class",       "existing.status",        "existing.max_height_cm",
        "existing.min_class_banned", "existing.capacity_pce_h"};
    for (uint32_t i = 0; i < sizeof field / sizeof *field; i++) {
        struct scenario_modification m[2] = {of_link(SCENARIO_CHANGE_LINK, &l->id),
                                             of_link(SCENARIO_CLOSE_LINK, &l->id)};
        struct scenario_figures *f = &m[1].existing;
        m[0].set.speed_km10 = l->speed_km10 + 50u;
        f->speed_km10 = i == 0 ? l->speed_km10 : l->speed_km10 + 50u; /* what was, or what the first set */
        f->lanes = i == 1 ? l->lanes + 1u : 0;
        f->length_m = i == 2 ? l->length_m + 1 : 0;
        f->max_gross_kg = i == 3 ? 12345 : 0;
        f->toll = i == 4 ? SCENARIO_TOLL_FREE : SCENARIO_TOLL_PAID;
        f->toll_region = i == 5 ? "火星" : "";
        f->road_class = i == 6 ? "residential" : "";
        f->status = i == 7 ? "planned" : "open";
        f->max_height_cm = i == 8 ? 123 : 0;
        f->ban_class_from = i == 9 ? 2 : 0;
        f->capacity_pce_h = i == 10 ? 1234 : 0;
        refused(m, 2, 1, field[i]);
    }
}

TEST(a_tariff_is_the_factor_of_its_charge_and_later_factors_multiply)
{
    const struct network *n = bundled();
    struct scenario_modification m[2] = {scenario_nothing, scenario_nothing};
    struct scenario_result res;
    for (int i = 0; i < 2; i++) {
        m[i].kind = SCENARIO_CHANGE_TARIFF;
        m[i].tariff = net_string(n, n->tariff[0].id);
        m[i].factor = 3;
    }
    const struct network *d = made(m, 2, &res);
    for (uint32_t i = 0; i < n->tariff_rule_count; i++) {
        const struct net_tariff *t = &n->tariff[0];
        int64_t factor = i >= t->rule_first && i < t->rule_first + t->rule_count ? 9 : 1;
        CHECK_I64(d->tariff_rule[i].base_myuan, n->tariff_rule[i].base_myuan * factor);
        CHECK_I64(d->tariff_rule[i].per_km_nyuan, n->tariff_rule[i].per_km_nyuan * factor);
    }
    CHECK_I64(res.version->arc_count, 0);
    scenario_version_free(res.version);
}

TEST(figures_that_are_set_and_no_others_are_in_the_row)
{
    const struct network *n = bundled();
    uint32_t link = tolled_road(n);
    const struct net_link *l = &n->link[link];
    struct scenario_modification m[3] = {of_link(SCENARIO_CHANGE_LINK, &l->id),
                                         of_link(SCENARIO_CHANGE_LINK, &l->id),
                                         of_link(SCENARIO_CHANGE_LINK, &l->id)};
    struct scenario_result res;
    m[0].set.max_gross_kg = 31000;
    m[0].set.lanes = l->lanes + 1u;
    m[0].set.toll = SCENARIO_TOLL_FREE;
    m[1].set.max_height_cm = 456; /* the weight limit of the first stays */
    m[1].set.capacity_pce_h = 4321;
    m[1].set.ban_class_from = 5;
    m[2].set.capacity_pce_h = 1234; /* the later one counts */
    const struct network *d = made(m, 3, &res);
    struct net_link want = *l;
    want.lanes = (uint8_t)(l->lanes + 1);
    want.flags = (uint16_t)(l->flags & ~LINK_TOLL);
    want.limit = d->link[link].limit;
    CHECK(memcmp(&d->link[link], &want, sizeof want) == 0);
    struct net_limit limit = n->limit[l->limit];
    limit.max_gross_kg = 31000;
    limit.max_height_cm = 456;
    limit.ban_class_from = 5;
    CHECK(memcmp(&d->limit[want.limit], &limit, sizeof limit) == 0);
    CHECK_I64(scenario_capacity_of(res.version, link), 1234);
    CHECK_I64(scenario_capacity_of(res.version, link + 1), 0);
    for (uint32_t i = 0; i < n->link_count; i++)
        CHECK(i == link || memcmp(&d->link[i], &n->link[i], sizeof *l) == 0);
    CHECK_STR(d->tariff_version, n->tariff_version);
    CHECK_STR(d->timetable_version, n->timetable_version);
    scenario_version_free(res.version);
}

TEST(a_withdrawn_service_keeps_its_row_and_runs_on_no_day)
{
    const struct network *n = bundled();
    uint32_t of = 0;
    while (n->service[of].days == 0 || n->service[of].exception_count == 0)
        CHECK(++of < n->service_count);
    struct scenario_modification m = scenario_nothing;
    struct scenario_result res;
    m.kind = SCENARIO_PUT_SERVICE;
    m.service.id = n->service[of].id;
    m.service.withdrawn = true;
    const struct network *d = made(&m, 1, &res);
    CHECK_I64(d->service_count, n->service_count);
    CHECK(d->service[of].id == n->service[of].id && d->service[of].days == 0 &&
          d->service[of].exception_count == 0);
    for (uint32_t i = 0; i < n->service_count; i++)
        CHECK(i == of || memcmp(&d->service[i], &n->service[i], sizeof *d->service) == 0);
    CHECK(res.version->services && strcmp(d->timetable_version, n->timetable_version) != 0);
    CHECK_STR(d->tariff_version, n->tariff_version);
    scenario_version_free(res.version);
}
