/* course.h - the way that trains and ships take over the links of their mode, for drawing: the shortest by
 * metres (Dijkstra 1959). Timetables name terminals only; what a leg costs and lasts does not come from here.
 *
 * Threads: a course_net belongs to one thread at a time. Memory: from the arena, which must outlive it.
 */
#ifndef ZH_NETWORK_COURSE_H
#define ZH_NETWORK_COURSE_H

#include "base/arena.h"
#include "network/network.h"

struct course_net;

/* The open links of one mode, in both directions. NULL when the arena is full. */
struct course_net *course_net_new(const struct network *n, uint8_t mode, struct arena *a);

/* Appends the points of the way behind the first `count` of points; *room grows in the arena as needed. The
 * way begins and ends at the two nodes; where no way leads, or `steps` (settled nodes that may still be
 * spent, counted down) are used up, it is the straight line. False when the arena is full. */
bool course_find(struct course_net *c, uint32_t from, uint32_t to, uint64_t *steps, struct net_point **points,
                 uint32_t *count, uint32_t *room);

#endif
