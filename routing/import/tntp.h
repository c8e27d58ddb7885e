/* tntp.h - reads networks of the collection Transportation Networks for Research (TNTP; Stabler, Bar-Gera,
 * Sall).
 *
 *   X_net.tntp    <NUMBER OF ZONES>, <NUMBER OF NODES>, <FIRST THRU NODE>, <NUMBER OF LINKS>, other tags
 * (passed over), <END OF METADATA>; then a row for each link, fields between blanks and tabs, ';' at the end:
 *                 init_node term_node capacity length free_flow_time b power speed toll link_type ;
 *   X_node.tntp   "node X Y ;" for each node, beside the former; optional
 *
 * '~' starts a comment line. CRLF and a byte-order mark are tolerated. The first mistake ends the reading
 * with file and line.
 *
 * What a network made from it holds: node ids are the file's, 1 to NODES; a link's id is its place among the
 * rows, 1 first. The network's own weight (ROAD_SOURCE) is free_flow_time in thousandths of the file's unit
 * of time, rounded half up; 0 is allowed. The format names no unit of length: kilometres are assumed
 * (`length_m`), and when one of them would then be longer than 20,000 km no length is kept; the report
 * says which. X and Y are longitude and latitude when all of them lie within +-180 and +-90, otherwise places
 * in an unknown plane: then all nodes stay at 0, 0. Links from a node to itself are dropped and counted.
 * Speeds have no unit either and are not taken over.
 *
 * **Zones may be driven through.** Nodes below FIRST THRU NODE are zones that a path may start or end in, not
 * pass. A directed graph says that only with two nodes for a zone, and a query names one; so the network does
 * not say it, and report.zones_passable counts the zones where it matters. Whoever assigns traffic reads
 * first_thru_node from tntp_read_net and keeps the rule.
 *
 * Memory grows with the rows of the file, not with what it announces. Cost: one pass over each file and a
 * sort.
 */
#ifndef ZH_IMPORT_TNTP_H
#define ZH_IMPORT_TNTP_H

#include "base/err.h"
#include "network/builder.h"

/* Figures are the file's, in its own units; all are finite and not negative. */
struct tntp_link {
    uint32_t from, to; /* 1 to node_count */
    double capacity, length, free_flow_time, b, power, speed, toll;
    int type;
    uint32_t line; /* of the file, for messages */
};

struct tntp_net {
    uint32_t zone_count, node_count, link_count;
    uint32_t first_thru_node; /* 1: every node may be passed */
    struct tntp_link *link;   /* in the file's order */
};

/* A link with b above 0 has a capacity above 0. On failure *out is empty. */
bool tntp_read_net(const char *path, struct tntp_net *out, struct err *e);
void tntp_net_free(struct tntp_net *net);

enum tntp_places {
    TNTP_NO_PLACES,  /* no node file */
    TNTP_GEOGRAPHIC, /* taken as longitude and latitude */
    TNTP_PLANAR,     /* an unknown plane: not taken over */
};

struct tntp_report {
    uint32_t nodes, links, zones, first_thru_node;
    uint32_t zones_passable; /* zones that no path may pass and that paths of this network can pass */
    uint32_t loops_dropped, parallel_kept;
    enum tntp_places places;
    bool lengths_kept; /* as if in kilometres; false: they cannot be, length_m is 0 */
};

/* The node file is looked for when net_path ends in "_net.tntp". */
bool network_import_tntp(const char *net_path, struct network_builder *b, struct tntp_report *report,
                         struct err *e);

#endif
