/* hubs_inside.h - what hubs.c and hubs_portals.c share and nobody else uses. */
#ifndef ZH_ROAD_HUBS_INSIDE_H
#define ZH_ROAD_HUBS_INSIDE_H

#include "road/hubs.h"
#include "road/metric.h"

struct hub { /* one end of the hubs, sorted by rank */
    uint32_t rank, place;
    uint32_t shared; /* ancestors, with the hub before */
    size_t first;    /* of its label */
};

struct side { /* the hubs as sources (up) or as targets */
    struct hub *hub;
    uint32_t *at; /* place -> index into hub */
    uint32_t *weight;
    struct sums_triple *sums;
    size_t length;
};

/* Of a metric with new links: its ways over them meet the graph at portals (cch_overlay.h), which are hubs
 * beside the named ones. Tables of costs: between portals with the new links; portal x named hub over the
 * graph, to and from the hub. */
struct hub_portals {
    uint32_t count;
    struct road_cost *between, *to_hub, *from_hub;
};

struct road_hubs {
    const struct network *net;
    const struct road_metric *m;
    uint32_t count, *node; /* the named hubs, then the portals */
    uint32_t named;
    struct side source, target;
    struct hub_portals portals;
};

/* The ends of new links in the graph, each once, by malloc. */
bool hub_portals_list(const struct road_metric *m, uint32_t **node, uint32_t *count);
bool hub_portals_fill(struct road_hubs *h, struct err *e);
void hub_portals_release(struct hub_portals *p);
/* door: costs between the door and each portal over the graph; out: between the door and the named hubs,
 * made better where a way over new links is. outwards: from the door. */
void hub_portals_improve(const struct road_hubs *h, bool outwards, const struct road_cost *door,
                         struct road_cost *out);

/* *out becomes the sum of the parts when that weighs less. */
void hub_portals_lower(struct road_cost *out, const struct road_cost *const *part, int parts);

/* Over the graph only, by places (portals follow the named ones). */
void hubs_graph_between(const struct road_hubs *h, uint32_t from, uint32_t to, struct road_cost *out);

#endif
