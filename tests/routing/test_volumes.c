/* Demands that planners bring: zones by id, name and code, lorries and tonnes, goods groups and periods, all
 * mistakes at once, the same table as CSV and as TNTP. */
#include "bundled.h"
#include "network/file.h"
#include "network/places.h"
#include "test.h"
#include "whatif/volumes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct network *net;
static struct places *places;
static uint8_t *bytes;

static void open_net(void)
{
    struct err e = {0};
    if (net == NULL)
        net = bundled_network(&bytes);
    if (places == NULL)
        CHECK_MSG(places_new(net, &places, &e), "%s", e.text);
}

static struct volumes *reading(const char *text, struct volumes_rules rules)
{
    struct err e = {0};
    struct volumes *v;
    open_net();
    CHECK_I64(volumes_format_of(text, strlen(text)), rules.format);
    CHECK_MSG(volumes_read(text, strlen(text), &rules, net, places, &v, &e), "%s", e.text);
    return v;
}

static const struct volumes_rules lorries = {VOLUMES_CSV, false, 6}, tonnes = {VOLUMES_CSV, true, 6};
static const struct volumes_choice all = {"", "", 1};

static double payload_t(uint8_t vehicle_class)
{
    for (uint32_t i = 0; i < net->vehicle_count; i++)
        if (net->vehicle[i].vehicle_class == vehicle_class)
            return net->vehicle[i].payload_kg / 1000.0;
    return 0;
}

static double trips_between(const struct trucks *t, int64_t from, int64_t to)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->count; i++)
        if (net->node_id[t->of[i].from] == from && net->node_id[t->of[i].to] == to)
            sum += t->of[i].trucks;
    return sum;
}

TEST(zones_are_ids_names_and_codes)
{
    struct err e = {0};
    struct trucks t;
    uint32_t daye, ehu;
    open_net();
    CHECK(places_resolve(places, "大冶", &daye, &e) && places_resolve(places, "EHU", &ehu, &e));
    char text[300];
    snprintf(text, sizeof text, "o,d,volume\n大冶,EHU,3\nDaye,ehu,4\n%lld,%lld,5\nICAO,EHU,1\n冶,EHU,1\n",
             (long long)net->node_id[daye], (long long)net->node_id[ehu]);
    struct volumes *v = reading(text, lorries);
    CHECK_I64(v->report.pairs,
              1); /* all three are one pair; a kind of code and a part of a name are no zones */
    CHECK_I64(v->report.repeated, 2);
    CHECK_I64(v->report.unknown, 2);
    CHECK(v->report.unknown_volume == 2 && v->report.refused == 0 && v->vehicles == 12);
    CHECK_MSG(volumes_trucks(v, net, &all, &t, &e), "%s", e.text);
    CHECK(trips_between(&t, net->node_id[daye], net->node_id[ehu]) == 12 && trucks_total(&t) == 12);
    trucks_free(&t);
    volumes_free(v);
}

TEST(tonnes_fill_lorries)
{
    struct err e = {0};
    struct trucks t;
    struct volumes *v = reading("origin,destination,volume\n2001,2010,320\n", tonnes);
    double full = payload_t(6);
    CHECK(full > 10 && fabs(v->vehicles - 320 / full) < 1e-9 && v->tonnes == 320);
    struct volumes_choice half = {"", "", 0.5};
    CHECK_MSG(volumes_trucks(v, net, &half, &t, &e), "%s", e.text);
    CHECK(fabs(trips_between(&t, 2001, 2010) - 160 / full) < 1e-9 && fabs(t.of[0].tonnes - 160) < 1e-9);
    trucks_free(&t);
    volumes_free(v);
}

TEST(groups_and_periods)
{
    struct err e = {0};
    struct trucks t;
    const char *name[GROUPS_MAX];
    struct volumes *v = reading("o,d,volume,goods_group,period\n2001,2010,1,steel,AM\n2001,2010,2,steel,PM\n"
                                "2001,2010,4,parcels,AM\n2001,2001,8,parcels,AM\n",
                                lorries);
    CHECK_I64(volumes_groups(v, name), 2);
    CHECK_STR(name[0], "steel");
    CHECK_STR(name[1], "parcels");
    const struct {
        struct volumes_choice choice;
        double sum;
    } cases[] = {{{"", "", 1}, 7}, {{"steel", "", 1}, 3}, {{"", "AM", 1}, 5}, {{"parcels", "AM", 2}, 8}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_MSG(volumes_trucks(v, net, &cases[i].choice, &t, &e), "%s", e.text);
        CHECK_MSG(trucks_total(&t) == cases[i].sum, "case %u: %g", i,
                  trucks_total(&t)); /* none inside a zone */
        trucks_free(&t);
    }
    struct volumes_choice none[] = {{"coal", "", 1}, {"steel", "noon", 1}};
    for (int i = 0; i < 2; i++) {
        CHECK(!volumes_trucks(v, net, &none[i], &t, &e) && e.code == ERR_INVALID_ARGUMENT);
        CHECK_STR(e.field, i == 0 ? "demand.goods_group" : "demand.period");
        trucks_free(&t);
        e = (struct err){0};
    }
    volumes_free(v);
}

TEST(all_mistakes_at_once)
{
    struct volumes *v =
        reading("o,d,volume\n2001,2010,x\n,2010,1\n2001,2010,-1\n2001,2010,1\n2001,nowhere,9\n"
                "2001,2010\n",
                lorries);
    CHECK_I64(v->report.refused, 4);
    CHECK(strstr(v->report.note[0], ":2:") != NULL && strstr(v->report.note[1], ":3:") != NULL &&
          strstr(v->report.note[2], ":4:") != NULL && strstr(v->report.note[3], ":7:") != NULL);
    CHECK_STR(v->report.unknown_zone[0], "nowhere");
    CHECK(v->report.total == 1);
    volumes_free(v);
    v = reading(
        "demand_id,release_at_min,origin_node_id,destination_node_id,commodity,cargo,mass_kg,deliver_by_h,"
        "families_allowed\n1,0,2001,2010,x,general,0,24,ROAD\n2,0,2001,2010,x,general,5,24,MULE\n"
        "3,0,2001,2010,x,general,5000,24,ROAD\n4,0,2001,999999,x,general,7000,24,ROAD\n",
        (struct volumes_rules){VOLUMES_CONSIGNMENTS, false, 0});
    CHECK_I64(v->report.refused, 2);
    CHECK(strstr(v->report.note[0], ":2:") != NULL && strstr(v->report.note[1], ":3:") != NULL);
    CHECK_I64(v->goods->count, 1);
    CHECK(v->report.unknown == 1 && v->report.unknown_volume == 7 && v->tonnes == 5);
    volumes_free(v);
}

TEST(tntp_is_csv_in_another_dress)
{
    struct err e = {0};
    struct trucks a, b;
    struct volumes *v =
        reading("<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 10\n<END OF METADATA>\nOrigin 2001\n2010 : 3; "
                "2016 : 4;\nOrigin 77\n2010 : 3;\nOrigin 2010\n2001:2.5;99:1;",
                (struct volumes_rules){VOLUMES_TNTP, false, 6});
    struct volumes *w = reading("o,d,volume\n2001,2010,3\n2010,2001,2.5\n2001,2016,4\n", lorries);
    CHECK(v->report.announced == 10 && v->report.total == 9.5 && v->report.unknown == 2 &&
          v->report.unknown_volume == 4);
    CHECK(volumes_trucks(v, net, &all, &a, &e) && volumes_trucks(w, net, &all, &b, &e));
    CHECK_I64(a.count, 3);
    CHECK_I64(b.count, 3);
    CHECK(memcmp(a.of, b.of, 3 * sizeof *a.of) == 0);
    CHECK(strcmp(v->version, w->version) != 0);
    trucks_free(&a);
    trucks_free(&b);
    volumes_free(v);
    volumes_free(w);
}

TEST(what_makes_the_rest_meaningless)
{
    struct err e = {0};
    struct volumes *v;
    open_net();
    struct volumes_rules nine = {VOLUMES_CSV, false, 9};
    CHECK(!volumes_read("", 0, &lorries, net, places, &v, &e) && v == NULL);
    CHECK_STR(e.field, "content");
    CHECK(!volumes_read("o,d,volume\n", 11, &nine, net, places, &v, &e));
    CHECK_STR(e.field, "vehicle_class");
    CHECK(!volumes_read("o,volume\n", 9, &lorries, net, places, &v, &e) && e.code == ERR_INVALID_ARGUMENT);
    static char many[4000] = "o,d,volume,goods_group\n";
    for (int i = 0; i < 65; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "2001,2010,1,group%d\n", i);
    CHECK(!volumes_read(many, strlen(many), &lorries, net, places, &v, &e));
    CHECK(strstr(e.text, "goods groups") != NULL);
    places_free(places);
    network_release((struct network *)(uintptr_t)net);
    free(bytes);
}
