/* scenario.h - what a network would be like: a list of modifications over a base, and the version derived
 * from both.
 *
 * A modification names roads by the source's ids, by road name and cross-streets, by a project of the
 * network, or draws them. Resolving finds all that is wrong at once; only when nothing is, a version is made
 * (network/derive.h): a network with places like any, at the cost of what differs, and what plan/derive.h
 * wants to know to make its plan_network.
 * Modifications count in their order: a later one sees the roads that an earlier one made.
 *
 * Added nodes and links have negative ids, counted down in the order in which they are made: -1, -2, ...
 * Drawn ends snap to a node, or split the road that they meet; a split road is closed and two links of the
 * same figures take its place, which keep the turns that are forbidden at its ends.
 *
 * Ownership: what comes in is only read; errors and reports lie in the caller's arena. A version holds its
 * base network, not the base's places, which outlive it. Threads: immutable once made.
 */
#ifndef ZH_WHATIF_SCENARIO_H
#define ZH_WHATIF_SCENARIO_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"
#include "network/places.h"

enum {
    SCENARIO_MODIFICATIONS_MAX = 1000,
    SCENARIO_POINTS_MAX = 2000, /* of a drawn line */
    SCENARIO_SNAP_M = 300,
    SCENARIO_SNAP_M_MAX = 5000,
    SCENARIO_LINKS_MAX = 100000, /* that one modification is about */
    SCENARIO_ADDED_MAX = 400,    /* links that a scenario adds (cch_overlay.h bounds their ends) */
    SCENARIO_ERRORS_MAX = 200,
};

enum scenario_kind {
    SCENARIO_ADD_LINK,
    SCENARIO_CHANGE_LINK,
    SCENARIO_CLOSE_LINK,
    SCENARIO_OPEN_LINK,
    SCENARIO_PUT_TERMINAL,
    SCENARIO_PUT_SERVICE,
    SCENARIO_CHANGE_TARIFF,
    SCENARIO_CHANGE_TOLL,
    SCENARIO_KIND_COUNT
};

/* Strings are never NULL; "" is absent. */
struct scenario_links { /* one of ids, road, project */
    const int64_t *id;
    uint32_t id_count;
    const char *road, *from_cross, *to_cross, *project;
};

enum scenario_toll { SCENARIO_TOLL_ANY, SCENARIO_TOLL_FREE, SCENARIO_TOLL_PAID };

/* 0, "": as it is, or not asserted. */
struct scenario_figures {
    uint32_t speed_km10, lanes, length_m, max_gross_kg, max_height_cm, ban_class_from, capacity_pce_h;
    uint8_t toll; /* enum scenario_toll */
    bool directed;
    const char *toll_region, *road_class, *status;
};

enum scenario_by { SCENARIO_BY_NOTHING, SCENARIO_BY_NAME, SCENARIO_BY_NODE, SCENARIO_BY_POINT };

struct scenario_spot { /* a place */
    uint8_t by;        /* enum scenario_by */
    const char *name;  /* a name, code or "lat,lon" */
    int64_t node_id;
    struct net_point point;
};

struct scenario_add_link {
    const char *name, *ref;
    const struct net_point *point; /* as drawn; none: between from and to */
    uint32_t point_count, snap_m;
    struct scenario_spot from, to;
    bool join_crossings;
    struct scenario_figures figures;
};

struct scenario_terminal {
    int64_t id, like;
    struct scenario_spot at;
    const char *name_zh, *name_en, *kind, *open_hours, *status;
    uint32_t cargo, modes; /* masks (network.h); 0: as it is */
    uint32_t capacity_t_per_day, capacity_teu_per_day;
    double capacity_factor;
};

struct scenario_stop {
    int64_t terminal;
    uint32_t arrive_min, depart_min, distance_m;
};

struct scenario_service {
    int64_t id, like;
    const char *name, *days, *tariff;
    uint32_t depart_min1; /* + 1; 0: as there */
    const struct scenario_stop *stop;
    uint32_t stop_count;
    int64_t capacity_kg, capacity_teu_milli;
    bool withdrawn;
};

struct scenario_modification {
    uint8_t kind; /* enum scenario_kind */
    struct scenario_links links;
    struct scenario_figures set, existing;
    struct scenario_add_link add;
    struct scenario_terminal terminal;
    struct scenario_service service;
    const char *tariff, *charge, *region; /* of CHANGE_TARIFF, CHANGE_TOLL */
    uint32_t vehicle_class;
    double factor;
};

extern const struct scenario_modification scenario_nothing; /* to begin with: every string is "" */

struct scenario_error {
    uint32_t index; /* of the modification */
    const char *field, *message;
};

struct scenario_end {
    struct net_point drawn, snapped;
    double moved_m;
    int64_t node_id, split_link_id; /* split_link_id 0: none */
    const char *what;               /* name of the place or road */
    bool new_node, dangling;
};

struct scenario_crossing {
    int64_t link_id;
    const char *name;
    struct net_point point;
    bool joined;
};

enum { SCENARIO_WARNINGS_MAX = 16 };

struct scenario_report {
    struct scenario_end end[2];
    uint32_t end_count;
    const struct scenario_crossing *crossing;
    uint32_t crossing_count;
    const int64_t *link_id;
    uint32_t link_id_count;
    uint32_t length_m;
    const struct net_point *point; /* of an added link, as put */
    uint32_t point_count;
    const char *warning[SCENARIO_WARNINGS_MAX];
    uint32_t warning_count;
};

/* Capacity of one direction of a link that a modification set, passenger-car equivalents per hour. */
struct scenario_capacity {
    uint32_t link, pce_h;
};

struct scenario_version {
    const struct network *net;
    struct places *places;
    uint32_t *arc; /* of the base, whose link, limit or toll differs: once each, ascending */
    uint32_t arc_count;
    uint32_t *closed; /* links of the base that were open, but not those whose pieces are */
    uint32_t closed_count;
    bool terminals, services; /* terminals were added; services, stops or tariffs differ */
    uint32_t *origin; /* of each added link, behind the base's: the base's link that it is a piece of, or
                         NET_NONE */
    struct scenario_capacity *capacity; /* by link */
    uint32_t capacity_count;
    size_t bytes; /* beside its base, about */
};

struct scenario_result {
    const struct scenario_report *report; /* one for each modification */
    const struct scenario_error *error;
    uint32_t error_count;             /* above 0: no version */
    struct scenario_version *version; /* the caller's */
};

/* version: 32 hex digits, the caller's hash of base and modifications. Fails only for want of memory
 * (RESOURCE_EXHAUSTED, also of the arena); what is wrong with the modifications is in *out. Cost: some passes
 * over the links and arcs of the base. */
bool scenario_build(const struct network *base, const struct places *places,
                    const struct scenario_modification *mods, uint32_t count, const char *version,
                    struct arena *a, struct scenario_result *out, struct err *e);
void scenario_version_free(struct scenario_version *v);

/* The link of the base whose piece an added link is, that link itself of the base's, NET_NONE of a new road.
 */
uint32_t scenario_origin_of(const struct scenario_version *v, uint32_t base_links, uint32_t link);

/* 0: not set, so by class and lanes. */
uint32_t scenario_capacity_of(const struct scenario_version *v, uint32_t link);

/* The modifications that a project of the network stands for, in the arena; *built: the project is open
 * already, and they take it away. */
bool scenario_of_project(const struct network *n, uint32_t project, struct arena *a,
                         const struct scenario_modification **mods, uint32_t *count, bool *built,
                         struct err *e);

#endif
