/* check.h - whether a network is fit to serve: what validate.h cannot know because it needs judgement.
 *
 * Errors make a network unfit: absurd lengths and speeds, terminals no truck can reach, services faster than
 * physics, tariffs without rules, nothing valid any more. Warnings are told: one-way traps, parts apart,
 * timetables that end soon. */
#ifndef ZH_NETWORK_CHECK_H
#define ZH_NETWORK_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "network/network.h"

struct network_finding {
    bool fatal;
    const char *text;
};

enum { NETWORK_FINDINGS_MAX = 1000 };

struct network_findings {
    struct network_finding *finding; /* in the arena; the first NETWORK_FINDINGS_MAX */
    uint32_t count, errors;
};

/* Components of the open road between plain nodes (road_graph_plain) from igraph (graph/graph.h): labels per
 * plain node. */
struct network_components {
    const uint32_t *weak, *strong;
    uint32_t weak_count, strong_count;
};

/* today: days since 1970-01-01, local. Fails only when the arena is full. */
bool network_check(const struct network *n, const struct network_components *parts, int32_t today,
                   struct arena *a, struct network_findings *out, struct err *e);

#endif
