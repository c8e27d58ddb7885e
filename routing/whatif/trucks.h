/* trucks.h - lorries per day between two nodes: what an assignment puts on the road.
 *
 * A list grows row by row; equal ends, class and goods group are added up by trucks_sum, which also makes the
 * order independent of how the rows came. Threads: a list belongs to one.
 */
#ifndef ZH_WHATIF_TRUCKS_H
#define ZH_WHATIF_TRUCKS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { TRUCKS_MAX = 8000000 };

struct truck_trip {
    uint32_t from, to; /* plain nodes */
    uint8_t vehicle_class, group;
    double trucks, tonnes; /* per day */
};

struct trucks {
    struct truck_trip *of;
    uint32_t count, room;
};

/* RESOURCE_EXHAUSTED: no memory, or TRUCKS_MAX rows. Rows of 0 trucks are left out. */
bool trucks_add(struct trucks *t, const struct truck_trip *row, struct err *e);
/* By class, ends and group, as a summed list goes; 0: rows of one sum. */
int truck_trip_order(const struct truck_trip *x, const struct truck_trip *y);
void trucks_sum(struct trucks *t);
void trucks_free(struct trucks *t);
double trucks_total(const struct trucks *t);

#endif
