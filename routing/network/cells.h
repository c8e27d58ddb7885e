/* cells.h - the spatial index of a network: the plain nodes that an open road leaves or enters, by cells of
 * 0.1 degree. Made when a network is frozen, stored, and searched by places.h. */
#ifndef ZH_NETWORK_CELLS_H
#define ZH_NETWORK_CELLS_H

#include "network/builder.h"

enum { CELL_E7 = 1000000 /* 0.1 degree */ };

/* The cell of a coordinate. */
static inline int32_t cell_of(int32_t e7)
{
    return e7 / CELL_E7 - (e7 % CELL_E7 < 0);
}

/* Adds the section, by x, y and node; the arcs are there. Nothing to do when it is there already. False
 * without memory. */
bool network_add_cells(struct network_builder *b);

#endif
