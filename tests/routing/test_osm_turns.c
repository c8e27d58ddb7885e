/* Turn restrictions: each kind at a crossing with the answer it must give. Random ones: test_osm_grids.c */
#include "test_osm_file.h"

/* Node 1 in the middle; 2 west (way 10), 3 east (11), 4 north (12), 5 south (13), a unit each. */
static struct osm_text *crossing(void)
{
    struct osm_text *t = osm_text();
    put_node(t, 1, 0, 0, "");
    put_node(t, 2, -1, 0, "");
    put_node(t, 3, 1, 0, "");
    put_node(t, 4, 0, 1, "");
    put_node(t, 5, 0, -1, "");
    put_way(t, 10, "2 1", "highway=primary|name=A");
    put_way(t, 11, "1 3", "highway=primary|name=A");
    put_way(t, 12, "1 4", "highway=primary|name=B");
    put_way(t, 13, "5 1", "highway=primary|name=B");
    return t;
}

static void expect(const struct osm_net *o, const char *what, int from, int to, long units)
{
    long m = osm_metres_of(o, from, to);
    CHECK_MSG(m == (units < 0 ? -1 : units * UNIT), "%s: from %d to %d %ld m, expected %ld units", what, from,
              to, m, units);
}

TEST(each_kind_at_a_crossing)
{
    static const struct {
        const char *members, *tags;
        long north, east, south; /* from node 2, in units */
    } cases[] = {
        {"f10 n1 t12", "restriction=no_left_turn", 4, 2, 2},
        {"f10 n1 t13", "restriction=no_right_turn", 2, 2, 4},
        {"f10 n1 t11", "restriction=no_straight_on", 2, 4, 2},
        {"f10 n1 t10", "restriction=no_u_turn", 2, 2, 2},
        {"f10 n1 t12", "restriction=only_left_turn", 2, 4, 4},
        {"f10 n1 t13", "restriction=only_right_turn", 4, 4, 2},
        {"f10 n1 t11", "restriction=only_straight_on", 4, 2, 4},
        {"f10 n1 t12 t13", "restriction=no_exit", 4, 2, 4},
        {"f10 f11 n1 t12", "restriction=no_entry", 4, 2, 2},
        {"f10 n1 t12", "restriction=no_left_turn|except=hgv", 2, 2, 2},
        {"f10 n1 t12", "restriction=no_left_turn|except=psv;motor_vehicle", 2, 2, 2},
        {"f10 n1 t12", "restriction=no_left_turn|except=bicycle;psv", 4, 2, 2},
        {"f10 n1 t12", "restriction:hgv=no_left_turn", 4, 2, 2},
        {"f10 n1 t12", "restriction:hgv=none|restriction=no_left_turn", 2, 2, 2},
        {"f10 n1 t12", "restriction:bus=no_left_turn", 2, 2, 2},
        {"f10 n1 t12", "restriction:conditional=no_left_turn @ (07:00-09:00)", 4, 2, 2},
        {"f10 n1 t12", "restriction:hgv:conditional=no_left_turn @ (weight>7.5)", 4, 2, 2},
        {"f10 n1 t12", "restriction=no_left_turn|day_on=Monday", 4, 2, 2},
        {"f10 n1 t12", "restriction=no_turn_whatever", 2, 2, 2},
        {"f10 n1 t99", "restriction=only_left_turn", 2, 2, 2},
        {"f10 n4 t12", "restriction=no_left_turn", 2, 2, 2},
        {"f10 t12", "restriction=no_left_turn", 2, 2, 2},
        {"f10 n1", "restriction=no_left_turn", 2, 2, 2},
        {"n1 t12", "restriction=no_left_turn", 2, 2, 2},
        {"f10 n1 n2 t12", "restriction=no_left_turn", 2, 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct osm_net o;
        struct osm_text *t = crossing();
        put_turn(t, 1, cases[i].members, cases[i].tags);
        CHECK(osm_load(t, &o));
        expect(&o, cases[i].tags, 2, 4, cases[i].north);
        expect(&o, cases[i].tags, 2, 3, cases[i].east);
        expect(&o, cases[i].tags, 2, 5, cases[i].south);
        expect(&o, "other ways are free", 4, 2, 2);
        expect(&o, "arriving asks for no turn", 2, 1, 1);
        expect(&o, "leaving asks for no turn", 1, 4, 1);
        expect(&o, "staying", 1, 1, 0);
        expect(&o, "from the east", 3, 4, i == 8 ? 4 : 2);
        osm_done(&o);
    }
}

/* The turn left is forbidden and turning round at the ends as well: then there is no way. */
TEST(u_turns_stay_allowed_until_they_are_forbidden)
{
    struct osm_net o;
    struct osm_text *t = crossing();
    put_turn(t, 1, "f10 n1 t12", "restriction=no_left_turn");
    put_turn(t, 2, "f11 n3 t11", "restriction=no_u_turn");
    CHECK(osm_load(t, &o));
    expect(&o, "by the south", 2, 4, 4);
    osm_done(&o);
    t = crossing();
    put_turn(t, 1, "f10 n1 t12", "restriction=no_left_turn");
    put_turn(t, 2, "f11 n3 t11", "restriction=no_u_turn");
    put_turn(t, 3, "f13 n5 t13", "restriction=no_u_turn");
    CHECK(osm_load(t, &o));
    expect(&o, "no way", 2, 4, -1);
    expect(&o, "straight on", 2, 3, 2);
    CHECK_I64(o.r.turns_used, 3);
    CHECK_I64(o.r.junctions_expanded, 3);
    osm_done(&o);
}

/* A way that goes through the junction: straight on and turning round are told apart; which half a turn off
 * it means, nobody knows. */
TEST(a_way_through_the_junction)
{
    static const struct {
        const char *members, *restriction;
        long east, north;
        uint32_t used, broken;
    } cases[] = {
        {"f20 n1 t20", "restriction=no_u_turn", 2, 2, 1, 0},
        {"f20 n1 t20", "restriction=no_straight_on", 4, 2, 1, 0},
        {"f20 n1 t20", "restriction=only_straight_on", 2, -1, 1, 0}, /* from the east, too */
        {"f20 n1 t12", "restriction=no_left_turn", 2, 2, 0, 1},
        {"f20 n1 t12", "restriction=only_left_turn", 2, 2, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct osm_net o;
        struct osm_text *t = osm_text();
        put_node(t, 1, 0, 0, "");
        put_node(t, 2, -1, 0, "");
        put_node(t, 3, 1, 0, "");
        put_node(t, 4, 0, 1, "");
        put_node(t, 5, 0, -1, "");
        put_way(t, 20, "2 1 3", "highway=primary");
        put_way(t, 12, "1 4", "highway=primary");
        put_way(t, 13, "1 5", "highway=primary");
        put_turn(t, 1, cases[i].members, cases[i].restriction);
        CHECK(osm_load(t, &o));
        expect(&o, cases[i].restriction, 2, 3, cases[i].east);
        expect(&o, cases[i].restriction, 2, 4, cases[i].north);
        expect(&o, cases[i].restriction, 3, 2, cases[i].east);
        CHECK_I64(o.r.turns_used, cases[i].used);
        CHECK_I64(o.r.turns_broken, cases[i].broken);
        osm_done(&o);
    }
}

/* Two carriageways and a link between them: turning round by way of the link is forbidden, not the link. */
TEST(by_way_of_a_way)
{
    for (int only = 0; only < 2; only++) {
        struct osm_net o;
        struct osm_text *t = osm_text();
        for (int i = 0; i < 3; i++) {
            put_node(t, 1 + i, i, 0, "");
            put_node(t, 11 + i, i, 1, "");
        }
        put_node(t, 5, 1, 0.5, "");
        put_node(t, 6, 2, 0.5, "");
        put_way(t, 1, "1 2", "highway=primary|oneway=yes");
        put_way(t, 2, "2 3", "highway=primary|oneway=yes");
        put_way(t, 3, "13 12", "highway=primary|oneway=yes");
        put_way(t, 4, "12 11", "highway=primary|oneway=yes");
        put_way(t, 5, "2 5", "highway=service");
        put_way(t, 6, "5 12", "highway=service");
        put_way(t, 7, "5 6", "highway=service");
        put_turn(t, 1, "f1 v5 v6 t4", only ? "restriction=only_u_turn" : "restriction=no_u_turn");
        CHECK(osm_load(t, &o));
        /* forbidden, it takes turning round twice on way 6: then way 1 is not what was driven before */
        expect(&o, "round", 1, 11, only ? 3 : 4);
        CHECK_I64(osm_metres_of(&o, 5, 11), UNIT / 2 + UNIT);
        expect(&o, "on", 1, 3, only ? -1 : 2);
        CHECK_I64(o.r.turns_used, 1);
        osm_done(&o);
    }
}

/* The way that the turn goes by lacks its first node, or both, or all. */
TEST(by_way_of_a_way_that_is_cut)
{
    static const char *const refs[] = {"99 5 12", "99 5 98", "99 98", "2 99", "2 99 12"};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        struct osm_net o;
        struct osm_text *t = osm_text();
        for (int k = 0; k < 2; k++) {
            put_node(t, 1 + k, k, 0, "");
            put_node(t, 11 + k, k, 1, "");
        }
        put_node(t, 5, 1, 0.5, "");
        put_way(t, 1, "1 2", "highway=primary");
        put_way(t, 4, "12 11", "highway=primary");
        put_way(t, 5, refs[i], "highway=service");
        put_turn(t, 1, "f1 v5 t4", "restriction=no_u_turn");
        put_turn(t, 2, "f4 v5 t1", "restriction=only_u_turn");
        CHECK(osm_load(t, &o));
        expect(&o, refs[i], 1, 2, 1);
        CHECK_I64(o.r.turns_used, 0);
        CHECK_I64(o.r.turns_idle, 2);
        osm_done(&o);
    }
}

TEST(the_report_says_what_became_of_each)
{
    struct osm_net o;
    struct osm_text *t = crossing();
    put_turn(t, 1, "f10 n1 t12", "restriction=no_left_turn");
    put_turn(t, 2, "f10 n1 t12", "restriction=no_left_turn|except=hgv");
    put_turn(t, 3, "f10 n1 t99", "restriction=no_left_turn");
    put_turn(t, 4, "f10 n1 t12", "restriction=no_such_turn");
    put_turn(t, 5, "f10 n1 t13", "restriction:conditional=no_right_turn @ (Mo 07:00-09:00)");
    put_turn(t, 6, "f10 n1 t13", "restriction:bicycle=no_right_turn");
    CHECK(osm_load(t, &o));
    CHECK_I64(o.r.turns_read, 5);
    CHECK_I64(o.r.turns_used, 2);
    CHECK_I64(o.r.turns_excepted, 1);
    CHECK_I64(o.r.turns_idle, 1);
    CHECK_I64(o.r.turns_broken, 1);
    CHECK_I64(o.r.turns_conditional, 1);
    CHECK_I64(o.r.junctions_expanded, 1);
    CHECK_I64(o.r.copies, 2); /* the junction as entered from the west, and its sink */
    CHECK_I64(net_plain_count(o.n), 5);
    osm_done(&o);
}
