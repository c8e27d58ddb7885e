/* polyline.h - a line of points as text: the encoded polyline algorithm with 5 digits (about 1 m). Pure. */
#ifndef ZH_SERVER_POLYLINE_H
#define ZH_SERVER_POLYLINE_H

#include "base/arena.h"
#include "network/network.h"

#include <stddef.h>

/* NULL when the arena is full. */
char *polyline_encode(struct arena *a, const struct net_point *points, size_t count);

#endif
