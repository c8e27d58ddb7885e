/* osm_pieces.h - the pieces of ways between junctions; of osm_pieces.c and osm_links.c only. */
#ifndef ZH_IMPORT_OSM_PIECES_H
#define ZH_IMPORT_OSM_PIECES_H

#include "import/osm_inside.h"

/* The references first .. last of a way. node[] are its ends: at a barrier not those of the references. */
struct osm_piece {
    uint64_t first, last;
    uint32_t way, node[2];
};

struct osm_pieces {
    struct osm_piece *piece;
    uint32_t count, room;
    uint32_t *end_first, *end; /* node -> piece x 2 + which end of it */
};

/* Counts how often nodes are used, cuts ways into pieces, gives each end at a barrier a node of its own. */
bool osm_cut_ways(struct osm_map *m, struct osm_pieces *p, struct err *e);
void osm_pieces_release(struct osm_pieces *p);

#endif
