/* places.h - finds places by what people type: Chinese, pinyin, English, other names, codes, "lat,lon".
 *
 * Matching: a code or a name equal to the query before names that begin with it before names that contain it;
 * case does not count in Latin letters; among equals the weight of the place decides. A point takes the
 * nearest node that has open road. Immutable, shared by threads. Cost: a name or code that is given whole is
 * looked up, what is searched for takes one pass over the places; nearest uses a grid.
 */
#ifndef ZH_NETWORK_PLACES_H
#define ZH_NETWORK_PLACES_H

#include "base/err.h"
#include "network/network.h"

struct places;

bool places_new(const struct network *n, struct places **out, struct err *e);
/* Of a version derived (derive.h) from the base's network, which outlives it. near: nodes that have open road
 * only there, added ones among them, copied. */
bool places_derive(const struct places *base, const struct network *n, const uint32_t *near, uint32_t count,
                   struct places **out, struct err *e);
void places_free(struct places *p);

enum { PLACES_FIND_MAX = 50 };

/* The nodes of the best matches, best first; at most max (<= PLACES_FIND_MAX). */
uint32_t places_find(const struct places *p, const char *query, uint32_t max, uint32_t *nodes);

/* The node that a name, code or "lat,lon" means; NOT_FOUND with suggestions in the sentence. */
bool places_resolve(const struct places *p, const char *query, uint32_t *node, struct err *e);

/* The nearest node with open road and its great-circle distance (may be NULL). NOT_FOUND beyond 100 km. */
bool places_nearest(const struct places *p, struct net_point at, uint32_t *node, double *distance_m,
                    struct err *e);

/* By the source's id. */
bool places_node_by_id(const struct places *p, int64_t id, uint32_t *node);

/* The place at a node, NULL when it has no name. */
const struct net_place *places_of_node(const struct places *p, uint32_t node);

#endif
