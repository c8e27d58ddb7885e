/* OpenStreetMap files made by hand: each tag with what it must do to a lorry, chains and loops, barriers, and
 * what must be counted. What is refused: test_osm_xml.c, test_osm_pbf.c */
#include "test_osm_file.h"

/* Way 1 from node 1 to node 2 with these tags, beside a road that is always there. */
static bool load_way(const char *tags, struct osm_net *o)
{
    struct osm_text *t = osm_text();
    put_node(t, 1, 0, 0, "");
    put_node(t, 2, 10, 0, "");
    put_node(t, 3, 0, 5, "");
    put_node(t, 4, 1, 5, "");
    put_way(t, 1, "1 2", tags);
    put_way(t, 2, "3 4", "highway=primary");
    return osm_load(t, o);
}

struct drive {
    const char *tags;
    struct road_profile p;
    bool there, back;
};

TEST(who_may_drive_where)
{
#define CLASS(k)           \
    {                      \
        .vehicle_class = k \
    }
    static const struct drive cases[] = {
        {"highway=primary", CLASS(6), true, true},
        {"highway=footway", CLASS(1), false, false},
        {"highway=track", CLASS(1), false, false},
        {"highway=path|motor_vehicle=yes", CLASS(1), false, false},
        {"highway=service|service=parking_aisle", CLASS(1), false, false},
        {"highway=service|service=drive-through", CLASS(1), false, false},
        {"highway=service|service=emergency_access", CLASS(1), false, false},
        {"highway=service|service=driveway", CLASS(6), true, true},
        {"highway=living_street", CLASS(6), true, true},
        {"highway=construction|construction=primary", CLASS(1), false, false},
        {"highway=proposed|proposed=trunk", CLASS(1), false, false},
        {"highway=residential|area=yes", CLASS(1), false, false},
        {"highway=primary|oneway=yes", CLASS(6), true, false},
        {"highway=primary|oneway=-1", CLASS(6), false, true},
        {"highway=primary|oneway=reversible", CLASS(6), false, false},
        {"highway=primary|oneway=alternating", CLASS(6), true, true},
        {"highway=motorway", CLASS(6), true, false},
        {"highway=motorway|oneway=no", CLASS(6), true, true},
        {"highway=motorway_link", CLASS(6), true, true},
        {"highway=primary|junction=roundabout", CLASS(6), true, false},
        {"highway=primary|junction=circular", CLASS(6), true, false},
        {"highway=primary|oneway=yes|oneway:hgv=no", CLASS(6), true, true},
        {"highway=primary|access=no", CLASS(1), false, false},
        {"highway=primary|access=private", CLASS(1), false, false},
        {"highway=primary|access=no|motor_vehicle=yes", CLASS(6), true, true},
        {"highway=primary|access=no|hgv=yes", CLASS(6), true, true},
        {"highway=primary|vehicle=no|motor_vehicle=destination", CLASS(6), true, true},
        {"highway=primary|motor_vehicle=no", CLASS(1), false, false},
        {"highway=primary|motor_vehicle:backward=no", CLASS(6), true, false},
        {"highway=primary|motor_vehicle=agricultural;forestry", CLASS(1), false, false},
        {"highway=primary|hgv=no", CLASS(6), false, false},
        {"highway=primary|hgv=no", CLASS(1), true, true},
        {"highway=primary|hgv:forward=no", CLASS(2), false, true},
        {"highway=primary|hgv:forward=no", CLASS(1), true, true},
        {"highway=primary|hgv=destination", CLASS(6), true, true},
        {"highway=primary|maxheight=3.9", CLASS(6), false, false},
        {"highway=primary|maxheight=4", CLASS(6), true, true},
        {"highway=primary|maxheight=4.1 m", CLASS(6), true, true},
        {"highway=primary|maxheight=13'6\"", CLASS(6), true, true},
        {"highway=primary|maxheight=12'6\"", CLASS(6), false, false},
        {"highway=primary|maxheight=12 ft 6 in", CLASS(6), false, false},
        {"highway=primary|maxheight=390 cm", CLASS(6), false, false},
        {"highway=primary|maxheight=3,9", CLASS(6), false, false},
        {"highway=primary|maxheight=default", CLASS(6), true, true},
        {"highway=primary|maxheight:physical=3.5", CLASS(6), false, false},
        {"highway=primary|maxheight=3.9", CLASS(1), true, true},
        {"highway=primary|maxheight=3.9", {.vehicle_class = 6, .height_cm = 390}, true, true},
        {"highway=primary|maxheight=3.9", {.vehicle_class = 6, .height_cm = 391}, false, false},
        {"highway=primary|maxweight=7.5", CLASS(2), false, false},
        {"highway=primary|maxweight=7.5", CLASS(1), true, true},
        {"highway=primary|maxweight=49", CLASS(6), true, true},
        {"highway=primary|maxweight=48.9", CLASS(6), false, false},
        {"highway=primary|maxweight=44000 kg", CLASS(6), false, false},
        {"highway=primary|maxweight=44000 kg", CLASS(5), true, true},
        {"highway=primary|maxweight=80000 lbs", CLASS(6), false, false},
        {"highway=primary|maxweight=55 st", CLASS(6), true, true},
        {"highway=primary|maxweightrating=3.5", CLASS(2), false, false},
        {"highway=primary|maxweight:hgv=20", CLASS(3), false, false},
        {"highway=primary|maxaxleload=10", CLASS(6), false, false},
        {"highway=primary|maxaxleload=11.5", CLASS(6), true, true},
        {"highway=primary|maxwidth=2.5", CLASS(6), false, false},
        {"highway=primary|maxwidth=2.55", CLASS(6), true, true},
        {"highway=primary|maxlength=12", CLASS(6), false, false},
        {"highway=primary|maxlength=12", CLASS(4), true, true},
        {"highway=primary|hazmat=no", CLASS(6), true, true},
        {"highway=primary|hazmat=no", {.vehicle_class = 6, .dangerous = true}, false, false},
        {"highway=primary|tunnel=yes|tunnel:category=C",
         {.vehicle_class = 6, .dangerous = true},
         false,
         false},
        {"highway=primary|tunnel=yes|tunnel:category=A", {.vehicle_class = 6, .dangerous = true}, true, true},
        {"highway=primary|hgv:conditional=no @ (22:00-06:00)", CLASS(2), false, false},
        {"highway=primary|hgv:conditional=no @ (22:00-06:00)", CLASS(1), true, true},
        {"highway=primary|hgv:conditional=no @ (weight>7.5)", CLASS(2), false, false},
        {"highway=primary|hgv:conditional=no @ (weight>7.5)",
         {.vehicle_class = 2, .gross_kg = 7500},
         true,
         true},
        {"highway=primary|hgv:conditional=no @ (weight>=7.5)",
         {.vehicle_class = 2, .gross_kg = 7500},
         false,
         false},
        {"highway=primary|hgv:conditional=no @ (length>16)", CLASS(6), false, false},
        {"highway=primary|hgv:conditional=yes @ (08:00-09:00)", CLASS(6), true, true},
        {"route=ferry|motor_vehicle=yes", CLASS(6), true, true},
        {"route=ferry|foot=yes", CLASS(1), false, false},
        {"route=ferry|motorcar=yes|hgv=no", CLASS(1), true, true},
        {"route=ferry|motorcar=yes|hgv=no", CLASS(2), false, false},
        {"route=ferry", CLASS(1), false, false},
        {"railway=rail", CLASS(1), false, false},
        {"waterway=river|boat=yes", CLASS(1), false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct osm_net o;
        struct road_profile p = cases[i].p;
        p.objective = ROAD_SHORTEST;
        CHECK_MSG(load_way(cases[i].tags, &o), "%s: %s", cases[i].tags, o.e.text);
        long there = osm_way_of(&o, &p, 1, 2), back = osm_way_of(&o, &p, 2, 1);
        CHECK_MSG((there > 0) == cases[i].there && (back > 0) == cases[i].back,
                  "%s, class %u: %ld there, %ld back", cases[i].tags, p.vehicle_class, there, back);
        CHECK_MSG(o.r.values_unread == 0, "%s: a value was not read", cases[i].tags);
        osm_done(&o);
    }
}

TEST(speeds)
{
    static const struct {
        const char *tags;
        int there, back; /* tenths of km/h */
    } cases[] = {
        {"highway=motorway", 1000, 0},
        {"highway=primary", 650, 650},
        {"highway=primary|maxspeed=50", 500, 500},
        {"highway=primary|maxspeed=30 mph", 483, 483},
        {"highway=primary|maxspeed=50 km/h", 500, 500},
        {"highway=primary|maxspeed=none", 1300, 1300},
        {"highway=primary|maxspeed=walk", 50, 50},
        {"highway=primary|maxspeed=DE:urban", 500, 500},
        {"highway=primary|maxspeed=CN:rural", 800, 800},
        {"highway=primary|maxspeed=FR:zone30", 300, 300},
        {"highway=primary|maxspeed:type=DE:motorway", 1200, 1200},
        {"highway=primary|source:maxspeed=sign", 650, 650},
        {"highway=primary|maxspeed=signals", 650, 650},
        {"highway=primary|maxspeed=80|maxspeed:hgv=60", 600, 600},
        {"highway=primary|maxspeed=50|maxspeed:hgv=80", 500, 500},
        {"highway=primary|maxspeed:forward=70|maxspeed:backward=50", 700, 500},
        {"highway=primary|maxspeed=70|maxspeed:backward=50", 700, 500},
        {"highway=primary|maxspeed=200", 1300, 1300},
        {"highway=living_street", 100, 100},
        {"route=ferry|motor_vehicle=yes", 150, 150},
        {"route=ferry|motor_vehicle=yes|duration=00:30", 222, 222}, /* 11,120 m */
        {"route=ferry|motor_vehicle=yes|duration=PT1H", 111, 111},
        {"railway=rail", 800, 800},
        {"waterway=canal|CEMT=IV", 120, 120},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct osm_net o;
        CHECK_MSG(load_way(cases[i].tags, &o), "%s", o.e.text);
        int got[2] = {0};
        for (int k = 0; k < 2; k++) {
            const struct net_link *l = osm_link(&o, 1, k);
            if (l == NULL)
                continue;
            bool turned = o.n->node_id[l->from] == 2;
            if ((l->flags & LINK_FORWARD) != 0)
                got[turned] = l->speed_km10;
            if ((l->flags & LINK_BACKWARD) != 0)
                got[!turned] = l->speed_km10;
            CHECK_I64(l->length_m, 11120);
        }
        CHECK_MSG(got[0] == cases[i].there && got[1] == cases[i].back, "%s: %d there, %d back", cases[i].tags,
                  got[0], got[1]);
        osm_done(&o);
    }
}

TEST(what_a_link_carries)
{
    struct osm_net o;
    CHECK(load_way(
        "highway=trunk|name=沿江大道|ref=G316|toll=yes|bridge=yes|lanes=4|hgv:conditional=no @ (Mo-Fr "
        "07:00-09:00)",
        &o));
    const struct net_link *l = osm_link(&o, 1, 0);
    CHECK_STR(net_string(o.n, l->name), "沿江大道");
    CHECK_STR(net_string(o.n, l->ref), "G316");
    CHECK_I64(l->flags, LINK_TOLL | LINK_BRIDGE | LINK_FORWARD | LINK_BACKWARD);
    CHECK_I64(l->lanes, 4);
    CHECK_I64(l->road_class, ROAD_TRUNK);
    const struct net_limit *m = &o.n->limit[l->limit];
    CHECK_I64(m->ban_class_from, 2);
    CHECK_I64(o.n->hours[m->hours].from_min[0], 420);
    CHECK_I64(o.n->hours[m->hours].to_min[4], 540);
    CHECK_I64(o.n->hours[m->hours].to_min[5], 0);
    CHECK_I64(o.n->vehicle_count, 6);
    CHECK(strstr(net_string(o.n, o.n->attribution), "OpenStreetMap") != NULL);
    osm_done(&o);
    CHECK(load_way("highway=trunk|toll=yes|toll:hgv=no", &o));
    CHECK_I64(osm_link(&o, 1, 0)->flags & LINK_TOLL, 0);
    osm_done(&o);
    CHECK(load_way("highway=trunk|hgv=delivery|tunnel=yes", &o));
    CHECK_I64(osm_link(&o, 1, 0)->flags, LINK_DESTINATION | LINK_TUNNEL | LINK_FORWARD | LINK_BACKWARD);
    osm_done(&o);
    CHECK(load_way("highway=construction|construction=motorway", &o));
    CHECK_I64(osm_link(&o, 1, 0)->status, STATUS_UNDER_CONSTRUCTION);
    CHECK_I64(o.r.links_not_open, 1);
    osm_done(&o);
    CHECK(load_way("highway=primary|maxheight=tall|maxspeed=fast|maxweight=9999999", &o));
    CHECK(o.r.values_unread >= 3);
    osm_done(&o);
}

TEST(chains_become_one_link_with_their_points)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    for (int i = 1; i <= 9; i++)
        put_node(t, i, i, i % 2, "");
    put_way(t, 1, "1 2 3", "highway=primary|name=A");
    put_way(t, 2, "5 4 3", "highway=primary|name=A"); /* against the first: still the same road */
    put_way(t, 3, "5 6 7", "highway=primary|name=B");
    put_way(t, 4, "7 8 9", "highway=primary|name=B|oneway=yes");
    CHECK(osm_load(t, &o));
    CHECK_I64(o.n->link_count, 3);
    CHECK_I64(net_node_count(o.n), 4);
    const struct net_link *l = &o.n->link[0];
    CHECK_I64(o.n->node_id[l->from] + o.n->node_id[l->to], 6);
    CHECK_I64(l->shape_count, 3);
    bool turned = o.n->node_id[l->from] == 5;
    for (uint32_t k = 0; k < 3; k++)
        CHECK_I64(o.n->shape[l->shape_first + k].lon_e7, (turned ? 4 - (int)k : 2 + (int)k) * 100000);
    CHECK(osm_metres_of(&o, 1, 9) > 8 * UNIT);
    CHECK_I64(osm_metres_of(&o, 9, 1), -1);
    CHECK_I64(o.r.part_nodes, 3);
    osm_done(&o);
}

/* A ring on a stalk, a ring alone, a way that turns on itself: each drives round, none is lost. */
TEST(rings_are_split)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    put_node(t, 1, 0, 0, "");
    put_node(t, 2, 1, 0, "");
    put_node(t, 3, 2, 1, "");
    put_node(t, 4, 3, 0, "");
    put_node(t, 5, 2, -1, "");
    put_way(t, 1, "1 2", "highway=primary");
    put_way(t, 2, "2 3 4 5 2", "highway=primary|junction=roundabout");
    for (int i = 0; i < 4; i++)
        put_node(t, 10 + i, 10 + i % 2, i / 2, "");
    put_way(t, 3, "10 11 13 12 10", "highway=primary|oneway=yes");
    put_node(t, 20, 20, 0, "");
    put_node(t, 21, 21, 0, "");
    put_way(t, 4, "20 21 20", "highway=primary");
    CHECK(osm_load(t, &o));
    uint32_t metres[5] = {0};
    for (uint32_t i = 0; i < o.n->link_count; i++) {
        CHECK(o.n->link[i].from != o.n->link[i].to);
        metres[o.n->link[i].id] += o.n->link[i].length_m;
    }
    CHECK_I64(metres[1], UNIT);
    CHECK(metres[2] > 4 * 1572 - 4 && metres[2] < 4 * 1572 + 8);
    CHECK(metres[3] > 4 * UNIT - 4 && metres[3] < 4 * UNIT + 4);
    CHECK_I64(metres[4], 2 * UNIT);
    osm_done(&o);
}

TEST(barriers)
{
    static const struct {
        const char *tags;
        uint8_t vehicle_class;
        bool passes;
    } cases[] = {
        {"barrier=bollard", 1, false},
        {"barrier=block", 1, false},
        {"barrier=bollard|motor_vehicle=yes", 6, true},
        {"barrier=gate", 6, true},
        {"barrier=gate|access=no", 1, false},
        {"barrier=gate|access=private", 1, false},
        {"barrier=gate|access=no|hgv=yes", 6, true},
        {"barrier=lift_gate", 6, true},
        {"barrier=toll_booth", 6, true},
        {"barrier=height_restrictor|maxheight=3.2", 6, false},
        {"barrier=height_restrictor|maxheight=3.2", 1, true},
        {"barrier=gate|hgv=no", 2, false},
        {"barrier=gate|hgv=no", 1, true},
        {"highway=crossing", 6, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct osm_net o;
        struct osm_text *t = osm_text();
        struct road_profile p = {.vehicle_class = cases[i].vehicle_class, .objective = ROAD_SHORTEST};
        put_node(t, 1, 0, 0, "");
        put_node(t, 2, 1, 0, cases[i].tags);
        put_node(t, 3, 2, 0, "");
        put_node(t, 4, 1, 1, "");
        put_way(t, 1, "1 2 3", "highway=primary");
        if (i % 2 == 1)
            put_way(t, 2, "2 4", "highway=primary"); /* at a junction, too */
        CHECK(osm_load(t, &o));
        CHECK_MSG(osm_way_of(&o, &p, 1, 3) == (cases[i].passes ? 2 * UNIT : -1), "%s", cases[i].tags);
        osm_done(&o);
    }
}

TEST(a_barrier_leaves_ends_with_ids_of_their_own)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    put_node(t, -7, 0, 0, "");
    put_node(t, 2, 1, 0, "barrier=bollard");
    put_node(t, 3, 2, 0, "");
    put_way(t, 1, "-7 2 3", "highway=primary");
    CHECK(osm_load(t, &o));
    CHECK_I64(net_node_count(o.n), 4);
    CHECK_I64(osm_metres_of(&o, -7, 3), -1);
    CHECK_I64(osm_metres_of(&o, -7, -8), UNIT);
    CHECK_I64(osm_metres_of(&o, -9, 3), UNIT);
    CHECK_I64(o.r.barriers, 1);
    osm_done(&o);
}

TEST(other_modes_are_links_without_arcs)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    for (int i = 1; i <= 6; i++)
        put_node(t, i, i, 0, "");
    put_node(t, 7, 2, 1, "");
    put_way(t, 1, "1 2 3", "railway=rail|name=武九铁路");
    put_way(t, 2, "3 4", "railway=rail|service=yard");
    put_way(t, 3, "4 5", "waterway=river|CEMT=III");
    put_way(t, 4, "5 6", "waterway=river");
    put_way(t, 5, "7 2", "highway=primary"); /* a level crossing keeps node 2 */
    CHECK(osm_load(t, &o));
    CHECK_I64(o.r.links[MODE_RAIL], 2);
    CHECK_I64(o.r.links[MODE_WATER], 1);
    CHECK_I64(o.r.links[MODE_ROAD], 1);
    CHECK_I64(net_arc_count(o.n), 2);
    CHECK_I64(o.r.dropped[OSM_DROP_RAIL], 1);
    CHECK_I64(o.r.dropped[OSM_DROP_WATER], 1);
    osm_done(&o);
}

TEST(what_is_missing_or_twice_is_counted)
{
    struct osm_net o;
    struct osm_text *t = osm_text();
    put_node(t, 1, 0, 0, "");
    put_node(t, 2, 1, 0, "");
    put_node(t, 2, 5, 5, "");
    put_node(t, 4, 3, 0, "");
    put_node(t, 5, 4, 0, "");
    put_way(t, 1, "1 2 3 4 4 5 99", "highway=primary"); /* 3 and 99 are not there */
    put_way(t, 1, "1 5", "highway=primary");
    put_way(t, 2, "1", "highway=primary");
    put_way(t, 3, "77 78", "highway=primary");
    put_way(t, 4, "", "highway=primary");
    CHECK(osm_load(t, &o));
    CHECK_I64(o.r.missing_refs, 4);
    CHECK_I64(o.r.ways_cut, 2);
    CHECK_I64(o.r.duplicate_nodes, 1);
    CHECK_I64(o.r.dropped[OSM_DROP_DUPLICATE], 1);
    CHECK_I64(o.r.dropped[OSM_DROP_SHORT], 3);
    CHECK_I64(osm_metres_of(&o, 1, 2), UNIT);
    CHECK_I64(osm_metres_of(&o, 4, 5), UNIT);
    CHECK_I64(osm_metres_of(&o, 1, 5), -1);
    osm_done(&o);
}

TEST(long_names_are_dropped_and_counted)
{
    static char tags[(64 << 10) + 64];
    struct osm_net o;
    size_t n = (size_t)snprintf(tags, sizeof tags, "highway=primary|name=");
    memset(tags + n, 'x', 64 << 10);
    CHECK(load_way(tags, &o));
    CHECK_I64(o.r.names_dropped, 1);
    CHECK_I64(osm_link(&o, 1, 0)->name, 0);
    osm_done(&o);
}
