/* gmns_tables.h - what the gmns_*.c files share: the tables by which ids become
 * indices. */
#ifndef ZH_IMPORT_GMNS_TABLES_H
#define ZH_IMPORT_GMNS_TABLES_H

#include "import/csv.h"
#include "network/builder.h"

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
    struct gmns_line *line; /* of geometry.csv */
    uint32_t lines;
    double m_per_length, km10_per_speed; /* units of config.csv */
    struct use_group *use_group;         /* of use_group.csv */
    uint32_t use_groups;
    bool out_of_memory;
};

void id_map_add(struct gmns *g, struct id_map *m, int64_t id, uint32_t index);
/* Sorts; an id that stands twice is a fault of table t. */
void id_map_sort(struct id_map *m, struct csv *t);
/* The index of the id in a required column; a fault and NET_NONE when there is
 * none. */
uint32_t id_map_find(struct csv *t, const char *column, const struct id_map *m, int64_t id);
uint32_t id_column(struct csv *t, const char *column, const struct id_map *m);

net_str gmns_string(struct gmns *g, struct csv *t, const char *column);
uint8_t gmns_confidence(struct csv *t);
uint32_t gmns_hours(struct gmns *g, struct csv *t, const char *column); /* index into `hours`; 0 when empty */

extern const char *const gmns_modes[], *const gmns_cargo[], *const gmns_status[];

uint32_t gmns_emission(struct gmns *g, struct csv *t); /* of the column emission_id */

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
bool gmns_read_tariffs(struct gmns *g, struct err *e);
bool gmns_read_terminals(struct gmns *g, struct err *e);
bool gmns_read_services(struct gmns *g, struct err *e);
bool gmns_read_plans(struct gmns *g, struct err *e);

#endif
