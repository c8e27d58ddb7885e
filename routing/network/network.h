/* network.h - a frozen network version: flat arrays over one mapped file.
 *
 * A network is built once (builder.h), written to one file (file.h), and from then on only read: every
 * array below points into the mapped bytes, nothing is parsed at start. It holds
 *   - nodes and links of every mode, whatever their status, and shapes, names, places;
 *   - the open road as a directed graph in adjacency array form (arcs);
 *   - the freight tables: terminals, handling, cut-offs, services, stops, calendars, tariffs, tolls,
 *     vehicle classes, emission factors, restrictions, corridors, projects.
 * docs/data.md tells where each column comes from.
 *
 * Units are in the names: _m metre, _km10 tenth of km/h, _min minute, _myuan 1/1000 yuan, _e7 degree x 1e7
 * (WGS-84), _day days since 1970-01-01 in the network's local calendar (utc_offset_min from UTC, no daylight
 * saving). Strings are offsets into one pool; offset 0 is "". Indices that may be absent hold NET_NONE.
 *
 * A version derived from another (derive.h) is a network like any: whoever goes over links, nodes, arcs by
 * number or tables sees it as built that way. Only arc_first does not know the added arcs.
 *
 * Threads: immutable, shared freely; network_acquire/release (file.h) count the holders.
 */
#ifndef ZH_NETWORK_NETWORK_H
#define ZH_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_NONE UINT32_MAX
#define NET_WEIGHT_MAX 0x7ffffffeu /* of arc_weight */

typedef uint32_t net_str; /* offset into the string pool */

enum net_mode { MODE_ROAD, MODE_RAIL, MODE_WATER, MODE_AIR, MODE_COUNT };

enum net_status { STATUS_OPEN, STATUS_UNDER_CONSTRUCTION, STATUS_PLANNED, STATUS_CLOSED, STATUS_COUNT };

/* How sure a figure is; an estimated one is marked in every answer that uses it. */
enum net_confidence { CONF_MEASURED, CONF_PUBLISHED, CONF_ESTIMATED, CONF_COUNT };

/* What a terminal handles and a service carries, as bits of a mask. */
enum net_cargo {
    CARGO_GENERAL = 1 << 0,
    CARGO_BULK = 1 << 1,
    CARGO_CONTAINER = 1 << 2,
    CARGO_REEFER = 1 << 3,
    CARGO_DANGEROUS = 1 << 4,
    CARGO_ULD = 1 << 5,
};

/* Dangerous goods by class and division (UN model regulations), as bits of a mask: 0 for a code that is none.
 * A code is 10 x class + division, 0 where a class has no divisions: 41 is 4.1, 30 is 3. */
static inline uint32_t net_dangerous_bit(unsigned code)
{
    static const uint8_t codes[] = {11, 12, 13, 14, 15, 16, 21, 22, 23, 30,
                                    41, 42, 43, 51, 52, 61, 62, 70, 80, 90};
    for (unsigned i = 0; i < sizeof codes; i++)
        if (codes[i] == code)
            return UINT32_C(1) << i;
    return 0;
}

enum net_road_class {
    ROAD_MOTORWAY,
    ROAD_TRUNK,
    ROAD_PRIMARY,
    ROAD_SECONDARY,
    ROAD_TERTIARY,
    ROAD_UNCLASSIFIED,
    ROAD_RESIDENTIAL,
    ROAD_SERVICE,
    ROAD_FERRY,
    ROAD_OTHER, /* DIMACS and TNTP graphs, which name no class; and links of other modes */
    ROAD_CLASS_COUNT
};

enum net_link_flag {
    LINK_TOLL = 1 << 0,
    LINK_BRIDGE = 1 << 1,
    LINK_TUNNEL = 1 << 2,
    LINK_FORWARD = 1 << 3,  /* may be driven from -> to */
    LINK_BACKWARD = 1 << 4, /* may be driven to -> from */
    LINK_HAZMAT_NO = 1 << 5,
    LINK_HGV_NO = 1 << 6,
    LINK_DESTINATION = 1 << 7, /* access for destinations only */
};

/* A terminal, village, junction or city that people name. */
struct net_place {
    uint32_t node;
    net_str name_zh, name_en, pinyin; /* pinyin without tones or spaces, lower case */
    net_str names_alt;                /* other names, ';' between them */
    net_str codes;                    /* "IATA:EHU;ICAO:ZHEC" */
    net_str admin_zh, kind;           /* kind: city, district, township, port, airport, ... */
    uint32_t weight;                  /* larger first among equal matches */
};

struct net_link {
    int64_t id; /* the source's */
    uint32_t from, to;
    uint32_t length_m;
    net_str name, ref, project;
    uint32_t shape_first, shape_count; /* inner and end points in `shape`, from -> to; 0 points: straight */
    uint32_t limit;                    /* index into `limit`; 0 is "nothing known" */
    uint16_t speed_km10;               /* free-flow speed */
    uint16_t flags;
    uint8_t mode, road_class, status, lanes;
    uint8_t toll_region; /* index into the distinct regions of `toll` */
    uint8_t confidence, pad[2];
};

/* What limits vehicles on a link; 0 in a field: no data on it. */
struct net_limit {
    uint32_t max_gross_kg, max_axle_kg;
    uint16_t max_height_cm, max_width_cm, max_length_cm;
    uint8_t ban_class_from; /* this class and above may not enter; 0 none */
    uint8_t no_dangerous;
    uint32_t hours; /* the weekly hours in which all this applies: index into `hours`; 0 always */
    net_str source;
};

/* Weekly hours: for each day, Monday first, [from,to) in minutes since 00:00; to may pass 1440. */
struct net_hours {
    uint16_t from_min[7], to_min[7]; /* from == to: closed on that day */
};

struct net_point {
    int32_t lat_e7, lon_e7;
};

/* A cell of 0.1 degree (cells.h) and a node in it. */
struct net_cell {
    int32_t x, y; /* of longitude, latitude */
    uint32_t node;
};

struct net_terminal {
    int64_t id;
    uint32_t node, place;
    net_str name_zh, name_en, kind, source;
    uint32_t hours; /* index into `hours` */
    uint32_t handling_first, handling_count, cutoff_first, cutoff_count;
    uint32_t capacity_t_per_day, capacity_teu_per_day; /* 0: no limit known */
    uint16_t cargo;                                    /* mask of net_cargo */
    uint8_t modes;                                     /* mask of 1 << net_mode */
    uint8_t status, confidence, pad[3];
    int16_t min_c, max_c; /* temperatures that it can keep; 0 and 0: no data */
    uint32_t
        dangerous_classes; /* mask of net_dangerous_bit; 0: no data, so all when `cargo` says dangerous */
    uint32_t max_piece_kg; /* of one lift; 0: no data */
    uint32_t hub_emission; /* index into `emission` + 1, of its kind's factor per t; 0: none */
    uint32_t pad_end;
};

enum net_handling_kind { HANDLING_TRANSFER, HANDLING_LOAD, HANDLING_UNLOAD, HANDLING_KIND_COUNT };

/* One priced, timed transition of cargo from one mode to another in a terminal. Times of several rows that
 * fit one transition run one after the other; prices add up as separate lines. */
struct net_handling {
    uint32_t terminal;
    net_str source;
    int64_t price_myuan_per_t, price_myuan_per_teu;
    uint16_t p50_min, p90_min;
    uint16_t cargo; /* mask: the cargo it is for */
    uint8_t from_mode, to_mode, kind, confidence, pad[6];
};

enum net_cutoff_kind { CUTOFF_CARGO, CUTOFF_DOCUMENTS, CUTOFF_SECURITY, CUTOFF_KIND_COUNT };

/* Storage of cargo that waits for a departure, and demurrage of boxes: a started day of the stay costs the
 * rate of the row with the largest from_day not above it (days count from 1; those before the smallest
 * from_day are free). Rows of a terminal stand in for those of its kind. */
struct net_storage {
    uint32_t terminal; /* NET_NONE: every terminal of `kind` */
    net_str kind, source;
    uint32_t from_day;
    int64_t myuan_per_day; /* per unit */
    uint16_t cargo;        /* mask: as of a tariff rule */
    uint8_t unit, confidence, pad[4];
};

struct net_cutoff {
    uint32_t terminal;
    uint16_t before_min; /* before departure */
    uint8_t mode, kind;
};

struct net_service {
    int64_t id;
    net_str name, operator, source;
    uint32_t stop_first, stop_count;
    uint32_t exception_first, exception_count;
    uint32_t tariff;                         /* index into `tariff` */
    uint32_t emission;                       /* index into `emission` */
    int32_t valid_from_day, valid_to_day;    /* both inclusive, of the first stop's departure */
    uint32_t equipment;                      /* index into `equipment` + 1; 0: nothing known of its limits */
    int64_t capacity_kg, capacity_teu_milli; /* of a departure; 0: not sold in that unit */
    uint16_t depart_min;                     /* at the first stop, local */
    uint16_t electrified_permille;           /* of the distance, rail */
    uint16_t cargo;                          /* mask it carries */
    uint8_t days;                            /* bit 0 Monday .. bit 6 Sunday */
    uint8_t mode, confidence, pad[7];
};

/* What the wagons, holds or doors of a service take. 0 in a field: no data. */
struct net_equipment {
    net_str id, name, source;
    uint32_t max_piece_kg;
    uint32_t dangerous_classes;              /* mask of net_dangerous_bit; 0: no data */
    uint16_t length_cm, width_cm, height_cm; /* the largest piece, lying; turned on the floor when it helps */
    int16_t min_c, max_c;                    /* temperatures that it can keep; 0 and 0: no data */
    uint8_t mode, confidence;
};

/* A container by its size and type code (ISO 6346). */
struct net_container {
    char iso_type[8]; /* "22G1" */
    net_str name, source;
    uint32_t tare_kg, payload_kg, volume_dm3; /* volume: inner */
    uint16_t height_cm, length_cm;            /* outer */
    uint16_t inner_length_cm, door_width_cm, door_height_cm;
    int16_t min_c, max_c; /* of a reefer */
    uint8_t teu;          /* of one: 1, or 2 for every box longer than 20 ft */
    uint8_t reefer, confidence, pad[3];
};

struct net_stop {
    uint32_t service, terminal;
    uint32_t arrive_min, depart_min; /* after the service's departure; may pass 24:00 */
    uint32_t distance_m;             /* from the stop before; for rail the tariff distance */
};

struct net_exception { /* of a calendar */
    uint32_t service;
    int32_t day;
    uint8_t added, pad[3]; /* 1 runs on that day, 0 does not */
};

enum net_charge {
    CHARGE_FREIGHT,
    CHARGE_FUND,            /* railway construction fund */
    CHARGE_ELECTRIFICATION, /* per electrified km */
    CHARGE_LOAD,
    CHARGE_UNLOAD,
    CHARGE_FUEL,
    CHARGE_SECURITY,
    CHARGE_HANDLING,
    CHARGE_DOCUMENT,
    CHARGE_BOOKING,
    CHARGE_DIVERSION,
    CHARGE_STAMP,
    CHARGE_SEAL,
    CHARGE_OTHER,
    CHARGE_COUNT
};

enum net_unit { UNIT_T, UNIT_TEU, UNIT_BOX20, UNIT_BOX40, UNIT_KG, UNIT_SHIPMENT, UNIT_TRUCK, UNIT_COUNT };

/* A tariff is a name and the rules that make its bill. */
struct net_tariff {
    net_str id, name, source;
    uint32_t rule_first, rule_count;
    uint8_t mode, pad[3];
};

/* amount = max(minimum, units x (base + per_km x km)), for the cargo of the mask. Of the rules of one kind
 * that fit, the one with the largest break_kg not above the chargeable mass counts (air weight breaks). */
struct net_tariff_rule {
    uint32_t tariff;
    net_str source;
    int64_t base_myuan, per_km_nyuan; /* per unit; per unit and km in 1e-6 yuan */
    int64_t min_myuan;
    uint32_t break_kg;
    int32_t valid_from_day, valid_to_day;
    uint16_t cargo;
    uint8_t kind, unit, electrified_only, confidence, pad[6];
};

struct net_toll {
    net_str region, source;
    int32_t myuan_per_km, bridge_myuan;
    uint8_t vehicle_class, region_index, confidence, pad;
};

struct net_vehicle {
    net_str name_zh, name_en, source;
    uint32_t gross_kg, payload_kg, volume_dm3, axle_kg;
    uint16_t height_cm, width_cm, length_cm, max_speed_km10;
    uint16_t empty_return_permille;    /* of the running cost, for the way back empty */
    uint16_t box_return_permille;      /* the same for a truck that takes the empty box back to its depot */
    int32_t myuan_per_km, myuan_per_h; /* running; driver and vehicle */
    int32_t fixed_myuan;               /* per truck and order */
    uint32_t emission;
    int32_t reefer_myuan_per_h;             /* of the cooling unit, while driving */
    uint16_t floor_cm, deck_cm;             /* length and height of the loading floor; 0: no data */
    uint16_t load_width_cm, load_height_cm; /* of truck and load with a permit at most; 0: its own measures */
    uint8_t vehicle_class, axles, teu, confidence;
};

/* A factor of transport (per t km), or of handling in terminals of a kind (per t). */
struct net_emission {
    net_str variant, source;
    uint32_t ttw_mg_per_tkm, wtw_mg_per_tkm;
    uint32_t ttw_mg_per_t, wtw_mg_per_t;
    net_str terminal_kind;    /* of a hub's factor; 0: transport */
    uint16_t reefer_permille; /* added for cargo under temperature control */
    uint8_t mode, confidence;
};

struct net_corridor {
    net_str id, axis, name_zh, name_en, refs, from, to, note, source;
    uint32_t length_m, planned_m;
    uint32_t link_first, link_count; /* in `corridor_link` */
};

struct net_project {
    net_str id, name_zh, name_en, kind, changes, source;
    net_str opening_date; /* as written; may be "" */
    int64_t cost_myuan;
    uint32_t length_m, link_first, link_count; /* in `project_link` */
    uint32_t terminal_first, terminal_count;   /* in `project_terminal`: opened or enlarged by it */
    net_str requires;                          /* ids of projects that it serves with, ';' between them */
    uint32_t capacity_permille;                /* of the terminals' capacity so far; 0: as it is */
    uint16_t speed_km10;
    uint8_t lanes, toll, status, confidence, pad[2];
};

/* Sections of the file, in this order: name, element type. Arrays of the road engine (order, topology) are
 * added by their own modules under the same table. */
#define NET_SECTIONS(X)                                                                              \
    X(string, char)                                                                                  \
    X(node_id, int64_t)                                                                              \
    X(node_point, struct net_point)                                                                  \
    X(place, struct net_place)                                                                       \
    X(link, struct net_link)                                                                         \
    X(shape, struct net_point)                                                                       \
    X(limit, struct net_limit)                                                                       \
    X(hours, struct net_hours)                                                                       \
    X(arc_first, uint32_t)    /* node_count + 1: the arcs that leave node v are [v] .. [v+1]-1 */    \
    X(arc_head, uint32_t)     /* target node */                                                      \
    X(arc_link, uint32_t)     /* link index x 2 + 1 when driven backwards */                         \
    X(arc_weight, uint32_t)   /* the source file's own weight (DIMACS); empty otherwise */           \
    X(node_arrival, uint32_t) /* where arrivals at a node end, see net_arrival; empty: everywhere */ \
    X(node_origin, uint32_t)  /* of the nodes after node_arrival's: the node each stands for */      \
    X(cell, struct net_cell)  /* spatial index: plain nodes with open road, by x, y and node */      \
    X(terminal, struct net_terminal)                                                                 \
    X(handling, struct net_handling)                                                                 \
    X(cutoff, struct net_cutoff)                                                                     \
    X(service, struct net_service)                                                                   \
    X(stop, struct net_stop)                                                                         \
    X(exception, struct net_exception)                                                               \
    X(tariff, struct net_tariff)                                                                     \
    X(tariff_rule, struct net_tariff_rule)                                                           \
    X(toll, struct net_toll)                                                                         \
    X(vehicle, struct net_vehicle)                                                                   \
    X(emission, struct net_emission)                                                                 \
    X(storage, struct net_storage)                                                                   \
    X(equipment, struct net_equipment)                                                               \
    X(container, struct net_container)                                                               \
    X(corridor, struct net_corridor)                                                                 \
    X(corridor_link, uint32_t)                                                                       \
    X(project, struct net_project)                                                                   \
    X(project_link, uint32_t)                                                                        \
    X(cch_order, uint32_t)  /* contraction order: rank -> node; empty until ordered */               \
    X(cch_parent, uint32_t) /* this and what follows: the hierarchy of road/cch.h, all or nothing */ \
    X(cch_depth, uint16_t)                                                                           \
    X(cch_first, uint32_t)                                                                           \
    X(cch_head, uint32_t)                                                                            \
    X(cch_slot, uint16_t)                                                                            \
    X(cch_down_first, uint32_t)                                                                      \
    X(cch_down_tail, uint32_t)                                                                       \
    X(cch_down_arc, uint32_t)                                                                        \
    X(cch_input_first, uint32_t)                                                                     \
    X(cch_input_arc, uint32_t)                                                                       \
    X(cch_input_at, uint32_t)                                                                        \
    X(project_terminal, uint32_t)

struct network {
#define X(name, type) \
    const type *name; \
    uint32_t name##_count;
    NET_SECTIONS(X)
#undef X
    net_str name, source, attribution; /* attribution is shown to people */
    int32_t utc_offset_min;
    char version[33];           /* content hash: 32 hex digits and NUL; the network's version */
    char tariff_version[17];    /* hash of the tariff, toll, handling, vehicle and emission tables */
    char timetable_version[17]; /* hash of the service, stop, exception and cut-off tables */
    /* Of a version derived from another (derive.h): the last nodes and arcs are beside the adjacency array
     * and the hierarchy, which are the base's. 0 and NULL otherwise. */
    uint32_t added_nodes, added_arcs;
    const uint32_t *added_tail; /* of the added arcs */
};

static inline const char *net_string(const struct network *n, net_str s)
{
    return n->string + s;
}

static inline uint32_t net_node_count(const struct network *n)
{
    return n->node_id_count;
}

/* A junction with turn restrictions is expanded: behind the nodes that people name (the plain ones) come
 * copies, each the junction as entered on a certain way, and one sink for each expanded junction, where every
 * arc that ends there has a twin, so that arriving asks for no turn. Trips start at the plain node and end at
 * the sink; copies and sinks carry the id and point of their plain node. node_arrival has an entry for each
 * plain node. */
static inline uint32_t net_plain_count(const struct network *n)
{
    return n->node_arrival_count > 0 ? n->node_arrival_count : n->node_id_count;
}

/* Where a trip to a plain node ends. */
static inline uint32_t net_arrival(const struct network *n, uint32_t node)
{
    return node < n->node_arrival_count ? n->node_arrival[node] : node;
}

/* The plain node that any node stands for. */
static inline uint32_t net_origin(const struct network *n, uint32_t node)
{
    bool named = node < net_plain_count(n) || node >= n->node_id_count - n->added_nodes;
    return named ? node : n->node_origin[node - n->node_arrival_count];
}

static inline uint32_t net_arc_count(const struct network *n)
{
    return n->arc_head_count;
}

/* What the adjacency array and the hierarchy know: all but what a derived version added. */
static inline uint32_t net_graph_nodes(const struct network *n)
{
    return n->node_id_count - n->added_nodes;
}

static inline uint32_t net_graph_arcs(const struct network *n)
{
    return n->arc_head_count - n->added_arcs;
}

/* Do people name it: neither a copy nor the sink of an expanded junction? */
static inline bool net_is_plain(const struct network *n, uint32_t node)
{
    return node < net_plain_count(n) || (node >= net_graph_nodes(n) && node < net_node_count(n));
}

static inline uint32_t net_arc_link(const struct network *n, uint32_t arc)
{
    return n->arc_link[arc] >> 1;
}

#endif
