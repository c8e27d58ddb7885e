/* generalize.h - what a map of a certain scale draws of a network: the selection of links and the
 * simplification of their lines (Ramer 1972, Douglas and Peucker 1973). Pure.
 *
 * The scale is the zoom of a web map with tiles of 512 pixels: one pixel is 78271.5 m x cos(latitude) /
 * 2^zoom. Memory is taken from the arena that the caller gives; an arena that is full is
 * ERR_RESOURCE_EXHAUSTED.
 */
#ifndef ZH_NETWORK_GENERALIZE_H
#define ZH_NETWORK_GENERALIZE_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"

enum { GENERALIZE_ZOOM_MAX = 22 };

struct net_box {
    int32_t south_e7, west_e7, north_e7, east_e7;
};

/* The extent of all nodes; all 0 without any. Cost: one pass over the nodes. */
struct net_box generalize_extent(const struct network *n);

bool generalize_inside(const struct net_box *b, struct net_point p);

struct generalize_links {
    uint32_t *link; /* indices, ascending */
    uint32_t count;
    uint32_t left_out; /* in the box, but too small for the zoom, or more than max */
};

/* The links whose course touches the box (NULL: all). From afar only the great roads are chosen, with all
 * rails, waterways and links of projects; when more than max are left, the least important go, the shortest
 * first. Cost: one pass over links and points. */
bool generalize_select(const struct network *n, const struct net_box *box, unsigned zoom, uint32_t max,
                       struct arena *a, struct generalize_links *out, struct err *e);

/* The course of a link, from -> to with both ends, into points that has room for shape_count + 2. */
uint32_t generalize_course(const struct network *n, const struct net_link *l, struct net_point *points);

/* Keeps of the points those that a line at this zoom needs: no dropped one lies further from it than half a
 * pixel. In place; the count that is left, both ends among them. False when the arena is full. */
bool generalize_line(struct net_point *points, uint32_t *count, unsigned zoom, struct arena *a);

#endif
