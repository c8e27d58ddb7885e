/* hubs.h - truck legs between any node and fixed places (terminals) that every question asks for.
 *
 * The labels of the hubs (cch.h: distances to and from all their ancestors, with the sums of the ways) are
 * made once for a metric and kept. A question makes the label of its door, finds for each hub the common
 * ancestor where the ways meet in one pass over two arrays, and adds up the sums (sums.h) of the shortcuts
 * from the door to those few ancestors, each once. A hub label after Abraham, Delling, Goldberg, Werneck
 * (2011), over the elimination tree.
 *
 * Of a metric with new links (derive.h) the ends of these in the graph are hubs beside the named ones, and
 * ways over them are looked for between any two (hubs_portals.c).
 *
 * Sums are those of one shortest way, as in sums.h; ways end where trips end (net_arrival). Memory: 32 bytes
 * x the depth of the hierarchy for each hub. Threads: hubs are immutable and shared, a scratch is one
 * thread's. The metric and its index outlive both and are not changed under them.
 */
#ifndef ZH_ROAD_HUBS_H
#define ZH_ROAD_HUBS_H

#include "base/err.h"
#include "network/network.h"
#include "road/road.h"

struct road_hubs;        /* opaque */
struct road_hub_scratch; /* opaque; for hubs of any metric of one index */

/* FAILED_PRECONDITION: the metric was not customized; INVALID_ARGUMENT: no node of the graph;
 * RESOURCE_EXHAUSTED. Gives the metric its sums (sums.h). */
bool road_hubs_new(const struct network *n, struct road_metric *m, const uint32_t *node, uint32_t count,
                   struct road_hubs **out, struct err *e);
void road_hubs_free(struct road_hubs *h);
size_t road_hubs_bytes(const struct road_hubs *h);

bool road_hub_scratch_new(const struct road_index *ix, struct road_hub_scratch **out, struct err *e);
void road_hub_scratch_free(struct road_hub_scratch *s);

struct road_hub_choice { /* some of the hubs, by their places in node[] */
    uint32_t count;
    const uint32_t *hub;
    const bool *is; /* the same, by hub */
};

/* out[i]: from the node to hub i; from hub i to the node, for each hub of the choice (NULL: all; of the
 * others out[i] means nothing). The node is one of the graph. Few hubs are asked for one by one, many in one
 * pass over all. */
void road_hubs_from(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t from,
                    const struct road_hub_choice *some, struct road_cost *out);
void road_hubs_to(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t to,
                  const struct road_hub_choice *some, struct road_cost *out);

/* From the node of the last road_hubs_from to that of the last road_hubs_to; both were of these hubs. */
void road_hubs_doors(const struct road_hubs *h, struct road_hub_scratch *s, struct road_cost *out);

/* The same piece by piece, for who asks few of the hubs: the label of a door (road_hubs_doors then works as
 * well); the weight of the ways between the last door and the wanted hubs, of others weight[i] is not set;
 * the cost of one of these ways. For hubs that are plain only: of a metric without new links. */
bool road_hubs_plain(const struct road_hubs *h);
void road_hubs_look_from(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t from);
void road_hubs_look_to(const struct road_hubs *h, struct road_hub_scratch *s, uint32_t to);
void road_hubs_weigh(const struct road_hubs *h, const struct road_hub_scratch *s, bool outwards,
                     const bool *want, uint32_t *weight);
void road_hubs_cost(const struct road_hubs *h, struct road_hub_scratch *s, bool outwards, uint32_t hub,
                    struct road_cost *out);

/* From one hub to another, by their places in node[]. */
void road_hubs_between(const struct road_hubs *h, uint32_t from, uint32_t to, struct road_cost *out);

#endif
