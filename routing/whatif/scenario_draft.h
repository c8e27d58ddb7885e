/* scenario_draft.h - a network being modified: what differs from the base, readable as a whole. Shared by
 * scenario*.c and nobody else.
 *
 * Links and nodes are numbered as in the version to come: the base's, then the added ones. Everything lies in
 * the arena but edit_of. A want of memory is remembered in `full` and looked at once, at the end.
 */
#ifndef ZH_WHATIF_SCENARIO_DRAFT_H
#define ZH_WHATIF_SCENARIO_DRAFT_H

#include "whatif/scenario.h"

#include <stdarg.h>

/* Rows that grow in the arena. */
struct draft_rows {
    void *at;
    size_t size;
    uint32_t count, room;
    bool taken; /* of a table: it differs from the base's */
};

struct draft_edit {
    uint32_t link;
    struct net_link row;
    bool split; /* its pieces are added links */
};

struct draft_link {
    struct net_link row;
    uint32_t parent;         /* the link that it is a piece of; NET_NONE */
    uint32_t at_from, at_to; /* the base's link whose turns its ends keep; NET_NONE: all turns are allowed */
};

enum draft_table {
    DRAFT_TERMINAL,
    DRAFT_HANDLING,
    DRAFT_CUTOFF,
    DRAFT_STORAGE,
    DRAFT_SERVICE,
    DRAFT_STOP,
    DRAFT_EXCEPTION,
    DRAFT_RULE,
    DRAFT_TOLL,
    DRAFT_HOURS,
    DRAFT_TABLE_COUNT
};

struct draft {
    const struct network *net;
    const struct places *places;
    struct arena *a;
    bool full;
    uint32_t *edit_of; /* link of the base -> edit + 1; 0: as it is */
    struct draft_rows edit, link, node, shape, string, limit, capacity, error, report;
    struct draft_rows table[DRAFT_TABLE_COUNT];
    uint32_t index; /* the modification in work */
    struct scenario_report *now;
    uint32_t toll_regions; /* mask of regions whose tolls differ */
    int64_t first_node_id, first_link_id;
};

bool draft_init(struct draft *d, const struct network *n, const struct places *places, struct arena *a);
void draft_release(struct draft *d);

/* A new zeroed row behind the others; NULL when full. */
void *draft_add(struct draft *d, struct draft_rows *r);
/* The rows of a table, the base's copied when it is asked for the first time; NULL when full. */
void *draft_take(struct draft *d, enum draft_table t);
/* Of a table as it is now, without taking it. */
const void *draft_look(const struct draft *d, enum draft_table t, uint32_t *count);

uint32_t draft_link_count(const struct draft *d);
const struct net_link *draft_link(const struct draft *d, uint32_t link);
struct net_link *draft_link_edit(struct draft *d, uint32_t link);     /* NULL when full */
struct draft_link *draft_added(const struct draft *d, uint32_t link); /* NULL: the base's */
bool draft_was_split(const struct draft *d, uint32_t link);
/* Is it a road that may be driven in the version so far? */
bool draft_is_open(const struct draft *d, uint32_t link);

uint32_t draft_node_count(const struct draft *d);
struct net_point draft_point(const struct draft *d, uint32_t node);
uint32_t draft_add_node(struct draft *d, struct net_point at); /* NET_NONE when full */

const char *draft_string(const struct draft *d, net_str s);
net_str draft_intern(struct draft *d, const char *s);
const struct net_limit *draft_limit(const struct draft *d, uint32_t limit);

/* Ends, inner points included: *count points in the arena; NULL when full. */
const struct net_point *draft_line(struct draft *d, uint32_t link, uint32_t *count);
/* Room for so many points of a link's shape, whose first is *first; NULL when full. */
struct net_point *draft_add_shape(struct draft *d, uint32_t count, uint32_t *first);

void draft_error(struct draft *d, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void draft_warn(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool draft_failed(const struct draft *d); /* an error or full */

/* The name that people know a link by. */
const char *draft_link_name(const struct draft *d, const struct net_link *l);

/* scenario_links.c: the links that a reference means, ascending, without split ones but with their pieces, in
 * the arena. NULL after an error. */
const uint32_t *draft_find_links(struct draft *d, const struct scenario_links *ref, const char *field,
                                 uint32_t *count);
/* The node that a place means; NET_NONE after an error. */
uint32_t draft_find_node(struct draft *d, const struct scenario_spot *s, const char *field);
void draft_report_links(struct draft *d, const uint32_t *link, uint32_t count);

/* scenario_snap.c */
struct draft_spot {         /* on an open road */
    uint32_t link, segment; /* of draft_line */
    double along;           /* of the segment, 0..1 */
    double away_m;
    struct net_point at;
};
/* The nearest within max_m; near: only on this link and its pieces, NET_NONE: any. False: there is none. */
bool draft_nearest_road(struct draft *d, struct net_point at, double max_m, uint32_t near,
                        struct draft_spot *out);
/* Splits the link there: the node between the pieces, or the end that the spot is on. NET_NONE when full. */
uint32_t draft_split(struct draft *d, const struct draft_spot *spot);
double draft_length_m(const struct net_point *point, uint32_t count);

struct draft_crossing {
    uint32_t link;
    double at_m; /* along the line */
    struct net_point at;
};
/* Where the line crosses open roads between its ends, in its direction, in the arena. NULL when full. */
const struct draft_crossing *draft_crossings(struct draft *d, const struct net_point *point, uint32_t count,
                                             uint32_t *crossings);

/* scenario_arcs.c: the arcs of roads that the base does not drive, and of the base those whose link or toll
 * differs. */
struct draft_arcs {
    uint32_t *tail, *head, *link; /* link: x 2 + 1 when driven backwards */
    uint32_t count;
    uint32_t *changed; /* of the base, ascending, by malloc */
    uint32_t changed_count;
};
bool draft_arcs_make(struct draft *d, struct draft_arcs *out);

/* scenario_roads.c: what of the figures cannot be set is an error (part names them); the rest set in a link's
 * row. */
void draft_check_figures(struct draft *d, const struct scenario_figures *f, const char *part);
void draft_set_figures(struct draft *d, const struct scenario_figures *f, uint32_t link, struct net_link *l);

/* scenario_money.c: of the network; NET_NONE: none. */
uint32_t draft_find_tariff(const struct draft *d, const char *id);

/* scenario_line.c, scenario_roads.c, scenario_tables.c, scenario_money.c: each carries out one modification.
 */
void draft_add_link(struct draft *d, const struct scenario_add_link *m);
void draft_change_link(struct draft *d, const struct scenario_modification *m);
void draft_close_link(struct draft *d, const struct scenario_modification *m);
void draft_open_link(struct draft *d, const struct scenario_modification *m);
void draft_put_terminal(struct draft *d, const struct scenario_terminal *m);
void draft_put_service(struct draft *d, const struct scenario_service *m);
void draft_change_tariff(struct draft *d, const struct scenario_modification *m);
void draft_change_toll(struct draft *d, const struct scenario_modification *m);

#endif
