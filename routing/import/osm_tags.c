/* Tags of ways -> attributes of links. */
#include "import/osm_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPEED_MIN_KM10 = 50, SPEED_MAX_KM10 = 1300, RAIL_KM10 = 800, WATER_KM10 = 120, FERRY_KM10 = 150 };

static const struct road_kind {
    const char *highway;
    uint8_t road_class;
    uint16_t km10; /* where no limit is said */
} kinds[] = {
    {"motorway", ROAD_MOTORWAY, 1000},
    {"motorway_link", ROAD_MOTORWAY, 500},
    {"trunk", ROAD_TRUNK, 800},
    {"trunk_link", ROAD_TRUNK, 450},
    {"primary", ROAD_PRIMARY, 650},
    {"primary_link", ROAD_PRIMARY, 400},
    {"secondary", ROAD_SECONDARY, 550},
    {"secondary_link", ROAD_SECONDARY, 350},
    {"tertiary", ROAD_TERTIARY, 450},
    {"tertiary_link", ROAD_TERTIARY, 300},
    {"unclassified", ROAD_UNCLASSIFIED, 400},
    {"road", ROAD_UNCLASSIFIED, 300},
    {"residential", ROAD_RESIDENTIAL, 300},
    {"living_street", ROAD_RESIDENTIAL, 100},
    {"service", ROAD_SERVICE, 200},
};

static const struct road_kind *kind_of(const char *highway)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].highway, highway) == 0)
            return &kinds[i];
    return NULL;
}

static bool yes(const char *s)
{
    return s != NULL && strcmp(s, "no") != 0 && strcmp(s, "0") != 0 && strcmp(s, "false") != 0;
}

static net_str name_of(struct osm_map *m, const struct osm_tags *t, const char *key)
{
    const char *s = osm_tag(t, key);
    if (s == NULL)
        return 0;
    bool fits = osm_name_fits(s);
    m->r->names_dropped += !fits;
    return fits ? network_intern(m->b, s) : 0;
}

static uint16_t km10_of(double kmh)
{
    double v = kmh * 10;
    return (uint16_t)lround(v < SPEED_MIN_KM10 ? SPEED_MIN_KM10 : v > SPEED_MAX_KM10 ? SPEED_MAX_KM10 : v);
}

/* The first of the keys that says something; the lower of it and *kmh when there is one (0: none yet). */
static void read_speed(struct osm_map *m, const struct osm_tags *t, const char *const *keys, double *kmh)
{
    for (; *keys != NULL; keys++) {
        double v;
        const char *s = osm_tag(t, *keys);
        enum osm_read how = s != NULL ? osm_speed(s, &v) : OSM_NONE;
        m->r->values_unread += how == OSM_UNREAD;
        if (how != OSM_READ)
            continue;
        *kmh = *kmh > 0 && *kmh < v ? *kmh : v;
        return;
    }
}

static uint16_t speed_of(struct osm_map *m, const struct osm_tags *t, const struct road_kind *k, int dir)
{
    static const char *const all[2][6] = {
        {"maxspeed:forward", "maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed", NULL},
        {"maxspeed:backward", "maxspeed", "maxspeed:type", "source:maxspeed", "zone:maxspeed", NULL}};
    static const char *const hgv[2][3] = {{"maxspeed:hgv:forward", "maxspeed:hgv", NULL},
                                          {"maxspeed:hgv:backward", "maxspeed:hgv", NULL}};
    double kmh = 0;
    /* source:maxspeed often says "sign" or "survey": only words with a country are read */
    if (osm_tag(t, all[dir][0]) != NULL || osm_tag(t, "maxspeed") != NULL) {
        const char *const said[] = {all[dir][0], "maxspeed", NULL};
        read_speed(m, t, said, &kmh);
    } else {
        for (int i = 2; i < 5 && kmh == 0; i++) {
            const char *s = osm_tag(t, all[dir][i]);
            double v;
            if (s != NULL && strchr(s, ':') != NULL && osm_speed(s, &v) == OSM_READ)
                kmh = v;
        }
    }
    if (kmh == 0)
        kmh = k->km10 / 10.0;
    read_speed(m, t, hgv[dir], &kmh);
    return km10_of(kmh);
}

/* Bits of the directions; bit 2: at times the one, at times the other. */
static unsigned directions(const struct osm_tags *t, const char *highway)
{
    const char *s = osm_tag(t, "oneway:hgv"), *round = osm_tag(t, "junction");
    s = s != NULL ? s : osm_tag(t, "oneway:motor_vehicle");
    s = s != NULL ? s : osm_tag(t, "oneway");
    if (osm_word_in(s, "yes true 1"))
        return 1;
    if (osm_word_in(s, "-1 reverse"))
        return 2;
    if (s != NULL && strcmp(s, "reversible") == 0)
        return 7;
    if (s != NULL)
        return 3;
    bool implied = strcmp(highway, "motorway") == 0 || osm_word_in(round, "roundabout circular");
    return implied ? 1 : 3;
}

static uint16_t common_flags(const struct osm_tags *t)
{
    unsigned flags = 0;
    const char *toll = osm_tag(t, "toll:hgv"), *tunnel = osm_tag(t, "tunnel:category");
    toll = toll != NULL ? toll : osm_tag(t, "toll");
    tunnel = tunnel != NULL ? tunnel : osm_tag(t, "hazmat:adr_tunnel_cat");
    tunnel = tunnel != NULL ? tunnel : osm_tag(t, "tunnel_category");
    flags |= yes(toll) ? LINK_TOLL : 0;
    flags |= yes(osm_tag(t, "bridge")) ? LINK_BRIDGE : 0;
    flags |= yes(osm_tag(t, "tunnel")) ? LINK_TUNNEL : 0;
    flags |= osm_tag_is(t, "hazmat", "no") || osm_word_in(tunnel, "B C D E") ? LINK_HAZMAT_NO : 0;
    return (uint16_t)flags;
}

/* Name, ref, flags, limit and lanes, the same in both directions. */
static struct osm_attr common(struct osm_map *m, const struct osm_tags *t, uint8_t mode)
{
    struct osm_attr a = {.name = name_of(m, t, "name"),
                         .ref = name_of(m, t, "ref"),
                         .mode = mode,
                         .road_class = ROAD_OTHER,
                         .status = STATUS_OPEN};
    if (mode != MODE_ROAD)
        return a;
    struct net_limit limit = {0};
    const char *lanes = osm_tag(t, "lanes");
    long n = lanes != NULL ? strtol(lanes, NULL, 10) : 0;
    osm_read_limit(m, t, &limit);
    a.limit = osm_limit_row(m, &limit);
    a.flags = common_flags(t);
    a.lanes = (uint8_t)(n > 0 && n <= 32 ? n : 0);
    return a;
}

/* Access in each direction; false when nothing is left. */
static bool read_access(const struct osm_tags *t, struct osm_way *w)
{
    static const char *const dirs[] = {":forward", ":backward"};
    for (int d = 0; d < 2; d++) {
        struct osm_access a = osm_access(t, dirs[d], 2);
        if (a.motor == 0 && a.hgv == 0) {
            w->open &= (uint8_t) ~(1u << d);
            continue;
        }
        unsigned flags = w->attr[d].flags;
        if (a.hgv == 0)
            flags |= LINK_HGV_NO;
        if (a.hgv == 1 || (a.hgv == 0 && a.motor == 1))
            flags |= LINK_DESTINATION;
        w->attr[d].flags = (uint16_t)flags;
    }
    return w->open != 0;
}

static bool is_area(const struct osm_tags *t)
{
    return osm_tag_is(t, "area", "yes");
}

static bool dropped(enum osm_drop *why, enum osm_drop reason)
{
    *why = reason;
    return false;
}

static bool read_ferry(struct osm_map *m, const struct osm_tags *t, struct osm_way *w, enum osm_drop *why)
{
    static const char *const keys[] = {"vehicle", "motor_vehicle", "motorcar", "hgv"};
    bool said = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *s = osm_tag(t, keys[i]);
        said = said || osm_word_in(s, "yes designated permissive official destination");
    }
    if (!said)
        return dropped(why, OSM_DROP_FERRY);
    w->attr[0] = common(m, t, MODE_ROAD);
    w->attr[0].road_class = ROAD_FERRY;
    w->attr[0].speed_km10 = FERRY_KM10;
    w->attr[1] = w->attr[0];
    w->open = (uint8_t)(directions(t, "ferry") & 3);
    const char *duration = osm_tag(t, "duration");
    if (duration != NULL && !osm_minutes(duration, &w->minutes))
        m->r->values_unread++;
    return read_access(t, w) || dropped(why, OSM_DROP_ACCESS);
}

/* "construction" and "proposed" name the class in another tag. */
static const char *under_way(const struct osm_tags *t, const char *value, uint8_t *status)
{
    const char *s = value;
    if (osm_word_in(value, "construction proposed planned")) {
        *status = value[0] == 'c' ? STATUS_UNDER_CONSTRUCTION : STATUS_PLANNED;
        s = osm_tag(t, value);
        s = s != NULL ? s : "unclassified";
        if (osm_word_in(s, "yes minor"))
            s = "unclassified";
    }
    return s;
}

static bool read_road(struct osm_map *m, const struct osm_tags *t, const char *highway, struct osm_way *w,
                      enum osm_drop *why)
{
    uint8_t status = STATUS_OPEN;
    highway = under_way(t, highway, &status);
    const struct road_kind *k = kind_of(highway);
    if (osm_word_in(highway, "footway path cycleway pedestrian steps bridleway corridor elevator platform"))
        return dropped(why, OSM_DROP_FOOT);
    if (strcmp(highway, "track") == 0)
        return dropped(why, OSM_DROP_TRACK);
    if (k == NULL)
        return dropped(why, OSM_DROP_CLASS);
    if (is_area(t))
        return dropped(why, OSM_DROP_AREA);
    if (osm_word_in(osm_tag(t, "service"), "parking_aisle drive-through drive_through emergency_access"))
        return dropped(why, OSM_DROP_PARKING);
    w->attr[0] = common(m, t, MODE_ROAD);
    w->attr[0].road_class = k->road_class;
    w->attr[1] = w->attr[0];
    unsigned open = directions(t, highway);
    status = open == 7 && status == STATUS_OPEN ? STATUS_CLOSED : status;
    w->open = open & 3;
    for (int d = 0; d < 2; d++) {
        w->attr[d].status = status;
        w->attr[d].speed_km10 = speed_of(m, t, k, d);
    }
    /* a building site is closed anyway */
    return status == STATUS_UNDER_CONSTRUCTION || status == STATUS_PLANNED || read_access(t, w) ||
           dropped(why, OSM_DROP_ACCESS);
}

static bool read_rail(struct osm_map *m, const struct osm_tags *t, const char *railway, struct osm_way *w,
                      enum osm_drop *why)
{
    uint8_t status = STATUS_OPEN;
    railway = under_way(t, railway, &status);
    if (strcmp(railway, "rail") != 0 || osm_word_in(osm_tag(t, "service"), "yard siding"))
        return dropped(why, OSM_DROP_RAIL);
    w->attr[0] = common(m, t, MODE_RAIL);
    w->attr[0].speed_km10 = RAIL_KM10;
    w->attr[0].status = status;
    w->attr[1] = w->attr[0];
    w->open = 3;
    return true;
}

static bool read_water(struct osm_map *m, const struct osm_tags *t, struct osm_way *w, enum osm_drop *why)
{
    static const char *const keys[] = {"boat", "ship", "motorboat"};
    const char *cemt = osm_tag(t, "CEMT");
    bool navigable = cemt != NULL && strcmp(cemt, "0") != 0 && yes(cemt);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        navigable = navigable || osm_word_in(osm_tag(t, keys[i]), "yes designated permissive official");
    if (!navigable)
        return dropped(why, OSM_DROP_WATER);
    w->attr[0] = common(m, t, MODE_WATER);
    w->attr[0].speed_km10 = WATER_KM10;
    w->attr[1] = w->attr[0];
    w->open = 3;
    return true;
}

bool osm_read_way_tags(struct osm_map *m, const struct osm_tags *t, struct osm_way *w, enum osm_drop *why)
{
    const char *highway = osm_tag(t, "highway"), *railway = osm_tag(t, "railway");
    const char *waterway = osm_tag(t, "waterway");
    if (osm_tag_is(t, "route", "ferry"))
        return read_ferry(m, t, w, why);
    if (highway != NULL)
        return read_road(m, t, highway, w, why);
    if (railway != NULL && !osm_word_in(railway, "platform platform_edge station traverser turntable"))
        return read_rail(m, t, railway, w, why);
    if (osm_word_in(waterway, "river canal fairway"))
        return read_water(m, t, w, why);
    return dropped(why, OSM_DROP_COUNT);
}
