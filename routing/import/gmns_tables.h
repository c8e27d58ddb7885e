/* gmns_tables.h - what the gmns_*.c files share: the tables by which ids become
 * indices. */
#ifndef ZH_IMPORT_GMNS_TABLES_H
#define ZH_IMPORT_GMNS_TABLES_H

#include "import/csv.h"
#include "network/builder.h"
#include "network/names.h"

/* Ids of a table in the order of its rows, looked up by binary search once
 * sorted. */
struct id_map {
    struct id_at {
        int64_t id;
        uint32_t index;
    } * at;
    uint32_t count, room;
};

/* Points of a course, both ends among them. */
struct gmns_line {
    struct net_point *at;
    uint32_t count, room;
};

struct gmns {
    const char *dir;
    struct network_builder *b;
    struct csv_report *report;
    struct id_map node, link, terminal, service, geometry;
    struct id_map place;    /* node id -> its place, when several nodes may lie on one (services.c) */
    struct gmns_line *line; /* of geometry.csv */
    uint32_t lines;
    double m_per_length, km10_per_speed; /* units of config.csv */
    struct use_group *use_group;         /* of use_group.csv */
    uint32_t use_groups;
    uint32_t vehicles; /* rows of vehicle_class.csv so far */
    /* Tables laid over another source's network (services.c): rows that were there before and are replaced by
     * those of the same id, and what people must be told about that source. */
    uint32_t old_emissions, old_vehicles;
    const char *map_attribution;
    bool out_of_memory;
};

void id_map_add(struct gmns *g, struct id_map *m, int64_t id, uint32_t index);
/* Sorts; an id that stands twice is a fault of table t, which may be NULL. */
void id_map_sort(struct id_map *m, struct csv *t);
/* NULL: no such id. */
struct id_at *id_map_at(const struct id_map *m, int64_t id);
/* The index of the id in a required column; a fault and NET_NONE when there is
 * none. */
uint32_t id_map_find(struct csv *t, const char *column, const struct id_map *m, int64_t id);
uint32_t id_column(struct csv *t, const char *column, const struct id_map *m);

net_str gmns_string(struct gmns *g, struct csv *t, const char *column);
uint8_t gmns_confidence(struct csv *t);
uint32_t gmns_hours(struct gmns *g, struct csv *t, const char *column); /* index into `hours`; 0 when empty */

extern const char *const gmns_modes[], *const gmns_status[];

uint32_t gmns_emission(struct gmns *g, struct csv *t); /* of the column emission_id */
/* Of the column equipment_id: index + 1, 0 when it is empty. */
uint32_t gmns_equipment(struct gmns *g, struct csv *t, uint8_t mode);
/* Columns min_c and max_c: both or none (0 and 0). */
void gmns_temperatures(struct csv *t, int16_t *min_c, int16_t *max_c);
/* A list of dangerous-goods classes and divisions as a mask of net_dangerous_bit. */
uint32_t gmns_classes(struct csv *t, const char *column);

/* Of a row of node.csv. The place's index, NET_NONE when the node has no name. */
struct net_point gmns_read_point(struct csv *t);
uint32_t gmns_read_place(struct gmns *g, struct csv *t, uint32_t node);

/* Sorts the cut-offs by terminal, and the terminals say where theirs are. */
void gmns_group_cutoffs(struct network_builder *b);

/* Reads every row of an optional table; ids, when given, are sorted afterwards
 * by the table's first column. */
bool gmns_read_table(struct gmns *g, const char *name, void (*read)(struct gmns *, struct csv *),
                     struct id_map *ids, struct err *e);

/* Who may drive on a link, from allowed_uses of link.csv. */
enum gmns_use {
    USE_TRUCK = 1,
    USE_MOTOR = 2,   /* motor vehicles, but no trucks */
    USE_NOTHING = 4, /* people on foot, bicycles, parking */
};
/* Mask of gmns_use; 0 when the field is empty. */
uint8_t gmns_uses(struct gmns *g, struct csv *t, const char *column);
bool gmns_read_use_groups(struct gmns *g, struct err *e);

/* geometry.csv, and the shape of the link that is being read. */
bool gmns_read_geometry(struct gmns *g, struct err *e);
void gmns_free_geometry(struct gmns *g);
void gmns_read_shape(struct gmns *g, struct csv *t, struct net_link *l);

/* Each reads its tables; false only when a table cannot be opened. */
bool gmns_read_config(struct gmns *g, struct err *e);
bool gmns_read_roads(struct gmns *g, struct err *e);
bool gmns_read_tolls(struct gmns *g, struct err *e);
bool gmns_read_tariffs(struct gmns *g, struct err *e);
bool gmns_read_terminals(struct gmns *g, struct err *e);
bool gmns_read_cargo(struct gmns *g, struct err *e); /* after the terminals, before the services */
bool gmns_read_services(struct gmns *g, struct err *e);
bool gmns_read_plans(struct gmns *g, struct err *e);

/* Frees what was read beside the builder, and turns faults into a failure. */
bool gmns_finish(struct gmns *g, bool ok, struct err *e);

#endif
