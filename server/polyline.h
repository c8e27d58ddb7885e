/* polyline.h - a line of points as text: the encoded polyline algorithm with 5 digits (about 1 m). Pure. */
#ifndef ZH_SERVER_POLYLINE_H
#define ZH_SERVER_POLYLINE_H

#include "base/arena.h"
#include "network/network.h"

#include <stddef.h>

/* NULL when the arena is full. */
char *polyline_encode(struct arena *a, const struct net_point *points, size_t count);

/* Walks a text from {0}: the next point; false at its end, or when it is broken. */
struct polyline_at {
    int64_t lat_e5, lon_e5;
};
bool polyline_next(const char **text, struct polyline_at *at);

#endif
