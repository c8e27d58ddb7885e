/* services_map.h - the nodes of a builder's road by their places; for services*.c only. */
#ifndef ZH_IMPORT_SERVICES_MAP_H
#define ZH_IMPORT_SERVICES_MAP_H

#include "base/err.h"
#include "network/builder.h"

struct services_spot { /* a node of the main part, and its place on the unit sphere */
    int32_t lat_e7;
    uint32_t node;
    double x, y, z;
};

struct services_map {
    struct services_spot *spot; /* by latitude, then node */
    uint8_t *main_part;         /* of each plain node: lorries reach and leave it */
    uint32_t spots, plain;
};

struct services_own { /* a node that the map does not have */
    int64_t id;
    struct net_point at;
};

/* Marks the largest strongly connected part of the roads for lorries; *size is its count of nodes. The mark
 * is malloc'ed, one byte for each plain node. */
bool services_main_part(struct network_builder *b, uint8_t **mark, uint32_t *plain, uint32_t *size,
                        struct err *e);

bool services_map_new(struct network_builder *b, struct services_map *m, struct err *e);
void services_map_free(struct services_map *m);
/* The nearest node of the main part within so many metres and its distance; of equally near ones the first.
 * NET_NONE: there is none. */
uint32_t services_map_nearest(const struct services_map *m, struct net_point at, double within_m,
                              double *metres);

/* Puts nodes without roads behind the plain ones: they get the indices plain, plain + 1, ... */
bool services_insert_nodes(struct network_builder *b, const struct services_own *own, uint32_t count,
                           struct err *e);

#endif
