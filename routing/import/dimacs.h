/* dimacs.h - imports road graphs of the 9th DIMACS challenge (Demetrescu, Goldberg, Johnson 2006).
 *
 *   graph.gr[.gz]   "p sp NODES ARCS", then "a TAIL HEAD WEIGHT" for each arc
 *   graph.co[.gz]   "p aux sp co NODES", then "v NODE LON LAT" in millionths of a degree; optional
 *
 * Node ids are the file's, 1 to NODES. The weight becomes the network's own (ROAD_SOURCE); lengths are great
 * circles between the points, 0 without them. An arc and its way back share a link; loops are dropped and
 * counted. The first mistake ends the import with file and line. Cost: one pass over each file, about 60
 * bytes an arc.
 */
#ifndef ZH_IMPORT_DIMACS_H
#define ZH_IMPORT_DIMACS_H

#include "base/err.h"
#include "network/builder.h"

struct dimacs_report {
    uint32_t nodes, arcs, loops_dropped, parallel_kept;
};

bool network_import_dimacs(const char *gr_path, const char *co_path, struct network_builder *b,
                           struct dimacs_report *report, struct err *e);

#endif
