/* reach_inside.h - what reach_shape.c (roads onto a raster) and reach_trace.c (outlines from it) share. */
#ifndef ZH_ROAD_REACH_INSIDE_H
#define ZH_ROAD_REACH_INSIDE_H

#include "road/reach.h"

/* Of a cell; PASSED: of its lower left corner. */
enum { DRAWN = 1, WIDE = 2, FILLED = 4, FOLLOWED = 8, PASSED = 16 };

struct raster {
    struct net_point origin;
    double lat_step, lon_step; /* of a cell, degrees x 1e7 */
    int64_t x0, y0;            /* the lower left cell, counted from the origin */
    int64_t width, height;
    uint8_t *cell;                   /* width x height; the outermost are never FILLED */
    double west, east, south, north; /* what is drawn, in cells from the origin */
};

/* The rings around what is FILLED, in the arena. */
bool reach_trace(struct raster *r, struct arena *a, struct reach_shape *out, struct err *e);

#endif
