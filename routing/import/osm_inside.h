/* osm_inside.h - what the osm_*.c files share and nobody else uses. */
#ifndef ZH_IMPORT_OSM_INSIDE_H
#define ZH_IMPORT_OSM_INSIDE_H

#include "import/osm.h"

#include <readosm.h>

/* --- before libreadosm: is the file what it must be? -------------------------------------------------- */

bool osm_check_pbf(const char *path, const struct network_osm_progress *p, struct err *e);
/* An inflated block: HeaderBlock or PrimitiveBlock. `where`: "FILE: block 3 at byte 4711". */
bool osm_check_header_block(const uint8_t *data, size_t len, const char *where, struct err *e);
bool osm_check_data_block(const uint8_t *data, size_t len, const char *where, struct err *e);
bool osm_check_xml(const char *path, const struct network_osm_progress *p, struct err *e);

/* --- protobuf's wire format by a subtracting cursor ---------------------------------------------------- */

struct osm_wire {
    const uint8_t *at;
    size_t left;
};

struct osm_field {
    uint32_t number, type; /* type 0: varint, 2: bytes */
    uint64_t value;        /* of a varint */
    struct osm_wire bytes;
};

bool osm_varint(struct osm_wire *w, int bytes_max, uint64_t *value);
/* False when the bytes are no field or one of another type than 0 and 2. */
bool osm_next_field(struct osm_wire *w, struct osm_field *f);

/* --- tags -------------------------------------------------------------------------------------------- */

struct osm_tags {
    const readosm_tag *tag;
    int count;
};

/* NULL when it is not there. */
const char *osm_tag(const struct osm_tags *t, const char *key);
bool osm_tag_is(const struct osm_tags *t, const char *key, const char *value);
/* s is one of the ' '-joined words. */
bool osm_word_in(const char *s, const char *words);

/* NONE: the word says that there is no such limit. */
enum osm_read { OSM_READ, OSM_NONE, OSM_UNREAD };

enum osm_read osm_speed(const char *s, double *kmh);
enum osm_read osm_metres(const char *s, double *m);
enum osm_read osm_tonnes(const char *s, double *t);
bool osm_minutes(const char *s, uint32_t *minutes);
bool osm_hours(const char *s, struct net_hours *h);
bool osm_name_fits(const char *s);

/* What a link is apart from its place. No padding: compared as bytes. */
struct osm_attr {
    net_str name, ref;
    uint32_t limit;
    uint16_t speed_km10, flags; /* flags without the directions */
    uint8_t mode, road_class, status, lanes;
};

struct osm_way {
    int64_t id;
    uint64_t ref_first;
    uint32_t ref_count;
    uint32_t minutes;        /* of a crossing by ferry; 0: not said */
    struct osm_attr attr[2]; /* forward, backward */
    uint8_t open;            /* bit 0: forward, bit 1: backward */
};

enum { OSM_SEEN = 1, OSM_KEPT = 2, OSM_BLOCKED = 4, OSM_USED = 8 }; /* of osm_map.flag */

/* Two edges: 2 x index from -> to, + 1 to -> from. Nodes are the network's once osm_links has ended. */
struct osm_stretch {
    uint32_t from, to;
    uint32_t way_from, way_to; /* the way at each end */
    uint32_t arc[2];           /* arc_link of each edge; NET_NONE: no open road */
};

struct osm_member {
    int64_t id;
    uint8_t is_node, role;
};
enum osm_role { OSM_FROM, OSM_VIA, OSM_TO };

struct osm_turn {
    uint32_t member_first, member_count;
    bool only, u_turn, conditional;
};

struct osm_map {
    struct network_builder *b;
    struct network_osm_report *r;
    const struct network_osm_progress *progress;
    struct err *e;
    const char *path;
    bool failed; /* inside a callback of libreadosm */

    struct osm_way *way;
    uint32_t way_count, way_room;
    struct osm_way_at {
        int64_t id;
        uint32_t way;
    } * way_by_id; /* r->ways_kept of them, sorted */
    int64_t *ref;  /* node ids, later indices, -1 for what is missing */
    uint64_t ref_count, ref_room;

    int64_t *node_id; /* sorted; behind node_sorted come ends at barriers, ids below 0 */
    struct net_point *point;
    uint8_t *flag, *use;
    uint32_t *node_limit; /* NULL: none */
    uint32_t *number;     /* in the network; NET_NONE: geometry only */
    uint32_t node_count, node_sorted, node_room, node_hint;
    int64_t next_id;

    uint32_t *limit_slot, *limit_next; /* rows of `limit` by hash */
    uint32_t limit_next_room;

    struct osm_turn *turn;
    uint32_t turn_count, turn_room;
    struct osm_member *member;
    uint32_t member_count, member_room;

    struct osm_stretch *stretch;
    uint32_t stretch_count, stretch_room;
    uint32_t *out_first, *out; /* network node -> edges that leave it, drivable or not */
    uint32_t plain_count;      /* nodes of the network before any copy */
};

/* Room for n more elements of `size` in *array; false: out of memory, e says so. */
bool osm_room(void *array, uint64_t count, uint64_t n, size_t size, void *room, size_t room_size,
              struct err *e);
void osm_tell(const struct network_osm_progress *p, const char *stage, uint64_t done, uint64_t total);

/* The attributes of a way; false: dropped for *why (OSM_DROP_COUNT: it is none of our business). */
bool osm_read_way_tags(struct osm_map *m, const struct osm_tags *t, struct osm_way *w, enum osm_drop *why);
/* A node's barrier: blocked, or a limit. */
bool osm_node_blocked(const struct osm_tags *t);
/* What `access` says for motor vehicles and for lorries: 0 closed, 1 destinations only, 2 open. dir: "",
 * ":forward" or ":backward". Absent: `fallback`. */
struct osm_access {
    int motor, hgv;
};
struct osm_access osm_access(const struct osm_tags *t, const char *dir, int fallback);

/* Adds what the tags say to the limit. */
void osm_read_limit(struct osm_map *m, const struct osm_tags *t, struct net_limit *limit);
/* The row of `limit`, equal ones once; NET_NONE without memory. */
uint32_t osm_limit_row(struct osm_map *m, const struct net_limit *limit);
uint32_t osm_limit_both(struct osm_map *m, uint32_t a, uint32_t b);

bool osm_read_file(struct osm_map *m, struct err *e);
/* Of the sorted ones; NET_NONE when no way that is kept has it. */
uint32_t osm_find_node(struct osm_map *m, int64_t id);
uint32_t osm_find_way(const struct osm_map *m, int64_t id);
uint32_t osm_add_node(struct osm_map *m, uint32_t at, struct err *e);
/* The next run of nodes that are all there, as positions in ref; false: no more. */
bool osm_next_run(const struct osm_map *m, const struct osm_way *w, uint64_t *at, uint64_t *first,
                  uint64_t *last);

bool osm_links(struct osm_map *m, struct err *e);
bool osm_add_vehicles(struct network_builder *b);

void osm_read_turn(struct osm_map *m, const readosm_relation *rel);
/* Nodes where turns are restricted are not contracted. */
void osm_keep_turns(struct osm_map *m);

static inline uint32_t osm_tail(const struct osm_map *m, uint32_t edge)
{
    return (edge & 1) == 0 ? m->stretch[edge >> 1].from : m->stretch[edge >> 1].to;
}
static inline uint32_t osm_head(const struct osm_map *m, uint32_t edge)
{
    return osm_tail(m, edge ^ 1);
}
static inline uint32_t osm_way_at_tail(const struct osm_map *m, uint32_t edge)
{
    return (edge & 1) == 0 ? m->stretch[edge >> 1].way_from : m->stretch[edge >> 1].way_to;
}
static inline uint32_t osm_arc(const struct osm_map *m, uint32_t edge)
{
    return m->stretch[edge >> 1].arc[edge & 1];
}

/* Sequences of edges that nobody may drive. */
struct osm_bans {
    uint32_t *edge;
    uint32_t edge_count, edge_room;
    uint32_t *first; /* count + 1 */
    uint32_t count, first_room;
};
bool osm_find_bans(struct osm_map *m, struct osm_bans *bans, struct err *e);

/* Aho, Corasick 1975: the states are the prefixes of the sequences; state 0 is the empty one. */
struct osm_trie {
    struct osm_state {
        uint32_t edge, parent, fail, child, sibling;
        bool forbidden;
    } * state;
    uint32_t count, room;
    uint32_t *root; /* edge -> state of that one edge, 0: none */
};
bool osm_trie_new(const struct osm_map *m, const struct osm_bans *bans, struct osm_trie *t, struct err *e);
void osm_trie_release(struct osm_trie *t);
uint32_t osm_trie_next(const struct osm_trie *t, uint32_t state, uint32_t edge);

/* The arcs of a network with expanded junctions. */
bool osm_expand(struct osm_map *m, const struct osm_trie *t, struct err *e);
/* The largest strongly connected part of the road. */
bool osm_count_parts(struct osm_map *m, struct err *e);

#endif
