/* node.csv, link.csv, restriction.csv */
#include "import/gmns_tables.h"

#include "network/geo.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DETOUR_MAX = 20, DETOUR_FROM_M = 50000 };

struct net_point gmns_read_point(struct csv *t)
{
    struct net_point at = {
        (int32_t)csv_scaled(t, "y_coord", CSV_REQUIRED, 10000000, -900000000, 900000000),
        (int32_t)csv_scaled(t, "x_coord", CSV_REQUIRED, 10000000, -1800000000, 1800000000)};
    if (at.lat_e7 == 0 && at.lon_e7 == 0)
        csv_fault(t, "x_coord",
                  "and y_coord are 0, 0, in the sea off Africa: the place of the node is missing");
    return at;
}

uint32_t gmns_read_place(struct gmns *g, struct csv *t, uint32_t node)
{
    struct net_place p = {.node = node,
                          .name_zh = gmns_string(g, t, "name_zh"),
                          .name_en = gmns_string(g, t, "name_en"),
                          .pinyin = gmns_string(g, t, "pinyin"),
                          .names_alt = gmns_string(g, t, "names_alt"),
                          .codes = gmns_string(g, t, "codes"),
                          .admin_zh = gmns_string(g, t, "admin_zh"),
                          .kind = gmns_string(g, t, "kind"),
                          .weight = (uint32_t)csv_int(t, "weight", CSV_OPTIONAL, 0, 1000)};
    if (p.name_zh == 0 && p.name_en == 0)
        p.name_en = gmns_string(g, t, "name"); /* the name's column in GMNS */
    return p.name_zh != 0 || p.name_en != 0 ? network_add_place(g->b, &p) : NET_NONE;
}

static void read_node(struct gmns *g, struct csv *t)
{
    int64_t id = csv_int(t, "node_id", CSV_REQUIRED, INT64_MIN, INT64_MAX);
    struct net_point at = gmns_read_point(t);
    uint32_t node = network_add_node_id(g->b, &id);
    network_add_node_point(g->b, &at);
    id_map_add(g, &g->node, id, node);
    gmns_read_place(g, t, node);
}

static uint8_t toll_region(struct gmns *g, struct csv *t)
{
    const char *region = csv_text(t, "toll_region", CSV_OPTIONAL);
    net_str want = network_intern(g->b, region[0] != '\0' ? region : "全国");
    uint32_t count;
    const struct net_toll *toll = network_rows_toll(g->b, &count);
    for (uint32_t i = 0; i < count; i++)
        if (toll[i].region == want)
            return toll[i].region_index;
    if (csv_flag(t, "toll", CSV_OPTIONAL))
        csv_fault(t, "toll_region", "\"%.40s\" is no region of toll.csv", region);
    return 0;
}

/* Ours, then what GMNS networks say for the same. Empty: no class. */
static uint8_t road_class(struct csv *t, uint8_t mode)
{
    static const char *const words[] = {"motorway",
                                        "trunk",
                                        "primary",
                                        "secondary",
                                        "tertiary",
                                        "unclassified",
                                        "residential",
                                        "service",
                                        "ferry",
                                        "freeway",
                                        "highway",
                                        "arterial",
                                        "principal arterial",
                                        "major arterial",
                                        "minor arterial",
                                        "collector",
                                        "local",
                                        "local street",
                                        "motorway_link",
                                        "trunk_link",
                                        "primary_link",
                                        "secondary_link",
                                        "tertiary_link",
                                        "ramp",
                                        NULL};
    static const uint8_t classes[] = {
        ROAD_MOTORWAY,    ROAD_TRUNK,   ROAD_PRIMARY,   ROAD_SECONDARY, ROAD_TERTIARY,    ROAD_UNCLASSIFIED,
        ROAD_RESIDENTIAL, ROAD_SERVICE, ROAD_FERRY,     ROAD_MOTORWAY,  ROAD_TRUNK,       ROAD_PRIMARY,
        ROAD_PRIMARY,     ROAD_PRIMARY, ROAD_SECONDARY, ROAD_TERTIARY,  ROAD_RESIDENTIAL, ROAD_RESIDENTIAL,
        ROAD_MOTORWAY,    ROAD_TRUNK,   ROAD_PRIMARY,   ROAD_SECONDARY, ROAD_TERTIARY,    ROAD_TRUNK};
    _Static_assert(sizeof classes == sizeof words / sizeof *words - 1, "a class for each word");
    if (mode != MODE_ROAD || !csv_has(t, "facility_type"))
        return ROAD_OTHER;
    return classes[csv_word(t, "facility_type", CSV_OPTIONAL, words, ROAD_UNCLASSIFIED)];
}

/* A table that lacks the column altogether is plain GMNS: all its links are open roads. */
static int word_or(struct csv *t, const char *column, const char *const *words, int fallback)
{
    return csv_word(t, column, csv_has_column(t, column) ? CSV_REQUIRED : CSV_OPTIONAL, words, fallback);
}

static uint16_t read_flags(struct gmns *g, struct csv *t, uint8_t mode)
{
    unsigned flags = csv_flag(t, "directed", CSV_REQUIRED) ? LINK_FORWARD : LINK_FORWARD | LINK_BACKWARD;
    uint8_t uses = gmns_uses(g, t, "allowed_uses");
    if (mode == MODE_ROAD && uses != 0 && (uses & (USE_TRUCK | USE_MOTOR)) == 0)
        flags = 0; /* nobody drives there */
    else if (mode == MODE_ROAD && uses != 0 && (uses & USE_TRUCK) == 0)
        flags |= LINK_HGV_NO;
    flags |= csv_flag(t, "toll", CSV_OPTIONAL) ? LINK_TOLL : 0;
    flags |= csv_flag(t, "bridge", CSV_OPTIONAL) ? LINK_BRIDGE : 0;
    flags |= csv_flag(t, "tunnel", CSV_OPTIONAL) ? LINK_TUNNEL : 0;
    return (uint16_t)flags;
}

/* Against wrong units: a link is not shorter than the great circle and not far longer. */
static void judge_length(struct csv *t, uint32_t length_m, double direct)
{
    if (length_m < direct * 0.99 - 1)
        csv_fault(t, "length", "%u m is below the great circle of %.0f m; is the unit wrong?", length_m,
                  direct);
    if (length_m > direct * DETOUR_MAX + DETOUR_FROM_M)
        csv_fault(t, "length", "%u m between nodes that are %.0f m apart; is the unit wrong?", length_m,
                  direct);
}

static void read_link(struct gmns *g, struct csv *t)
{
    struct net_link l = {
        .id = csv_int(t, "link_id", CSV_REQUIRED, INT64_MIN, INT64_MAX),
        .from = id_column(t, "from_node_id", &g->node),
        .to = id_column(t, "to_node_id", &g->node),
        .length_m = (uint32_t)csv_measure(t, "length", CSV_REQUIRED, g->m_per_length, 1, 20000000),
        .name = gmns_string(g, t, "name"),
        .ref = gmns_string(g, t, "ref"),
        .project = gmns_string(g, t, "project"),
        .speed_km10 = (uint16_t)csv_measure(t, "free_speed", CSV_REQUIRED, g->km10_per_speed, 10, 2000),
        .mode = (uint8_t)word_or(t, "mode", gmns_modes, MODE_ROAD),
        .status = (uint8_t)word_or(t, "status", gmns_status, STATUS_OPEN),
        .lanes = (uint8_t)csv_int(t, "lanes", CSV_OPTIONAL, 0, 32),
        .confidence = CONF_ESTIMATED};
    uint32_t count;
    if (csv_has_column(t, "confidence"))
        l.confidence = gmns_confidence(t);
    l.road_class = road_class(t, l.mode);
    l.flags = read_flags(g, t, l.mode);
    l.toll_region = toll_region(g, t);
    gmns_read_shape(g, t, &l);
    if (l.from == NET_NONE || l.to == NET_NONE)
        return;
    const struct net_point *at = network_rows_node_point(g->b, &count);
    double direct = geo_distance_m(at[l.from], at[l.to]);
    if (l.from == l.to)
        csv_fault(t, "to_node_id", "is the node where the link begins");
    judge_length(t, l.length_m, direct);
    id_map_add(g, &g->link, l.id, network_add_link(g->b, &l));
}

/* Gives each link of the list a limits row of its own before it is changed. */
static struct net_limit *limit_of_link(struct gmns *g, uint32_t link)
{
    uint32_t count;
    struct net_link *l = &network_rows_link(g->b, &count)[link];
    if (l->limit == 0) {
        const struct net_limit fresh = {0};
        l->limit = network_add_limit(g->b, &fresh);
    }
    return l->limit != NET_NONE ? &network_rows_limit(g->b, &count)[l->limit] : NULL;
}

enum rule { MAX_GROSS, MAX_HEIGHT, MAX_WIDTH, MAX_LENGTH, MAX_AXLE, CLASS_BAN, NO_DANGEROUS, DRIVER_REST };

static void apply_rule(struct csv *t, enum rule rule, int64_t value, int64_t class_from, struct net_limit *m)
{
    uint16_t cm = (uint16_t)(value / 10);
    switch (rule) {
    case MAX_GROSS:
        m->max_gross_kg = (uint32_t)value;
        break;
    case MAX_AXLE:
        m->max_axle_kg = (uint32_t)value;
        break;
    case MAX_HEIGHT:
        m->max_height_cm = cm;
        break;
    case MAX_WIDTH:
        m->max_width_cm = cm;
        break;
    case MAX_LENGTH:
        m->max_length_cm = cm;
        break;
    case CLASS_BAN:
        m->ban_class_from = (uint8_t)(value / 1000);
        break;
    case NO_DANGEROUS:
        m->no_dangerous = 1;
        break;
    case DRIVER_REST:
        csv_fault(t, "rule", "driver_rest holds everywhere: it takes no link_ids");
        break;
    }
    if (class_from != 0 && rule != CLASS_BAN)
        csv_fault(t, "class_from", "is allowed with min_class_banned only");
}

static void read_restriction(struct gmns *g, struct csv *t)
{
    static const char *const rules[] = {"max_gross_t",  "max_height_m", "max_width_m",
                                        "max_length_m", "max_axle_t",   "min_class_banned",
                                        "no_dangerous", "driver_rest",  NULL};
    enum rule rule = (enum rule)csv_word(t, "rule", CSV_REQUIRED, rules, MAX_GROSS);
    int64_t value = csv_scaled(t, "value", CSV_OPTIONAL, 1000, 0, 1000000);
    int64_t class_from = csv_int(t, "class_from", CSV_OPTIONAL, 1, 6);
    uint32_t hours = gmns_hours(g, t, "hours");
    net_str source = gmns_string(g, t, "source");
    for (const char *s = csv_text(t, "link_ids", CSV_OPTIONAL); *s != '\0';) {
        char *end;
        long long id = strtoll(s, &end, 10);
        if (end == s || (*end != ';' && *end != '\0')) {
            csv_fault(t, "link_ids", "\"%.60s\" is not a ';'-joined list of ids", s);
            return;
        }
        uint32_t link = id_map_find(t, "link_ids", &g->link, id);
        struct net_limit *m = link != NET_NONE ? limit_of_link(g, link) : NULL;
        if (m != NULL) {
            apply_rule(t, rule, value, class_from, m);
            m->hours = hours;
            m->source = source;
        }
        s = end + (*end == ';');
    }
}

static void read_toll(struct gmns *g, struct csv *t)
{
    uint32_t count, regions = 0;
    struct net_toll r = {.region = network_intern(g->b, csv_text(t, "region", CSV_REQUIRED)),
                         .source = gmns_string(g, t, "source"),
                         .vehicle_class = (uint8_t)csv_int(t, "vehicle_class", CSV_REQUIRED, 1, 6),
                         .myuan_per_km = (int32_t)csv_scaled(t, "cny_per_km", CSV_REQUIRED, 1000, 0, 100000),
                         .bridge_myuan =
                             (int32_t)csv_scaled(t, "bridge_cny", CSV_OPTIONAL, 1000, 0, 10000000),
                         .confidence = gmns_confidence(t)};
    const struct net_toll *have = network_rows_toll(g->b, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (have[i].region == r.region) {
            r.region_index = have[i].region_index;
            network_add_toll(g->b, &r);
            return;
        }
        if (have[i].region_index >= regions)
            regions = have[i].region_index + 1u;
    }
    r.region_index = (uint8_t)regions;
    network_add_toll(g->b, &r);
}

bool gmns_read_tolls(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "toll.csv", read_toll, NULL, e);
}

bool gmns_read_roads(struct gmns *g, struct err *e)
{
    return gmns_read_table(g, "node.csv", read_node, &g->node, e) && gmns_read_geometry(g, e) &&
           gmns_read_tolls(g, e) && gmns_read_table(g, "link.csv", read_link, &g->link, e) &&
           gmns_read_table(g, "restriction.csv", read_restriction, NULL, e);
}
