/* osm.h - imports OpenStreetMap extracts: .osm.pbf and .osm (XML), chosen by the end of the name.
 *
 * What becomes what is in docs/data.md ("OpenStreetMap"). In short: roads that lorries may use, with speeds,
 * directions, limits, tolls and barriers; ferries for vehicles; railway=rail and navigable waterways as links
 * of their own modes; chains of nodes where nothing changes become one link with its geometry; junctions with
 * turn restrictions are expanded (network.h, net_arrival), and only these.
 *
 * The file is looked at before libreadosm sees it, because that library believes what it reads: every block
 * is inflated (so that its checksum counts) and its structure checked. Mistakes of the file end the import
 * with block and byte, or line; objects that cannot be used are dropped and counted. Cost: three passes over
 * a file; memory: 8 bytes for each node reference of the ways that are kept, 25 for each node of them, 72 for
 * each way. Threads: none; a builder belongs to one.
 */
#ifndef ZH_IMPORT_OSM_H
#define ZH_IMPORT_OSM_H

#include "base/err.h"
#include "network/builder.h"

/* Why a way was dropped. */
#define OSM_DROPS(X)                                                   \
    X(FOOT, "for people on foot, bicycles or horses")                  \
    X(TRACK, "tracks")                                                 \
    X(PARKING, "parking aisles, drive-throughs, emergency accesses")   \
    X(ACCESS, "closed to motor vehicles or private")                   \
    X(CLASS, "of a kind of highway that is no road for lorries")       \
    X(AREA, "areas")                                                   \
    X(FERRY, "ferries that take no vehicles")                          \
    X(RAIL, "rail yards, sidings and rails that are not railway=rail") \
    X(WATER, "waterways without a word about boats")                   \
    X(DUPLICATE, "of an id that stands twice")                         \
    X(SHORT, "without two nodes that the file has")

enum osm_drop {
#define X(name, text) OSM_DROP_##name,
    OSM_DROPS(X)
#undef X
        OSM_DROP_COUNT
};

const char *network_osm_drop_text(enum osm_drop why);

struct network_osm_report {
    uint64_t nodes_read, ways_read, relations_read; /* in the file */
    uint32_t ways_kept, dropped[OSM_DROP_COUNT];
    uint32_t nodes, links[MODE_COUNT], arcs; /* of the network; nodes without copies and sinks */
    uint32_t links_not_open;                 /* of the links: planned, under construction, reversible */
    uint64_t points_contracted;              /* nodes of ways that became geometry */
    uint32_t missing_refs, ways_cut;         /* nodes that the file lacks, ways that were cut there */
    uint32_t duplicate_nodes, names_dropped; /* names of more than 1020 bytes or no UTF-8 */
    uint32_t values_unread;                  /* speeds, limits and conditions that could not be read */
    uint32_t barriers;                       /* nodes that nobody passes */
    uint32_t turns_read, turns_used, turns_excepted; /* restriction relations; those that except lorries */
    uint32_t turns_conditional;          /* of the used: at certain times; taken as always in force */
    uint32_t turns_idle;                 /* on ways that are not there or cannot be driven so */
    uint32_t turns_broken;               /* members that do not make a turn, unknown kinds */
    uint32_t junctions_expanded, copies; /* copies with the sinks */
    uint32_t part_nodes, parts;          /* nodes of the largest strongly connected part of the road; parts */
};

/* Called now and then during long work: total 0 is unknown. */
struct network_osm_progress {
    void (*tell)(void *ctx, const char *stage, uint64_t done, uint64_t total);
    void *ctx;
};

/* progress may be NULL. NOT_FOUND: no such file; INVALID_ARGUMENT: not OSM, damaged, without roads;
 * UNIMPLEMENTED: a sound file that uses what is not read here (lzma, history, other granularities);
 * RESOURCE_EXHAUSTED. After a failure the builder holds half a network: free it. */
bool network_import_osm(const char *path, struct network_builder *b, struct network_osm_report *report,
                        const struct network_osm_progress *progress, struct err *e);

#endif
