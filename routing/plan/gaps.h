/* gaps.h - roads of which it is not known whether the truck may use them: no data on a limit that it comes
 * near.
 *
 * A truck comes near a limit from 4.00 m of height, above 2.55 m of width, above 18.00 m of length, from 40 t
 * in all and from 10 t on an axle. On motorways and trunk roads nothing is missing as long as the truck keeps
 * to what every vehicle may have (GB 1589-2016: 4.00 m, 2.55 m, 18.10 m for an articulated train, 49 t, 11.5
 * t on a driven axle): they are built for that, and lower limits are signed and mapped. Beyond it (what needs
 * a permit for oversize transport) they count like any road.
 */
#ifndef ZH_PLAN_GAPS_H
#define ZH_PLAN_GAPS_H

#include "plan/plan.h"
#include "road/sums.h"

const char *plan_limit_name(enum net_limit_kind k); /* "height" */
/* "4.20 m", "49.0 t": the truck's measure in words. */
void plan_limit_words(enum net_limit_kind k, uint32_t value, char out[24]);

struct plan_measures {
    uint32_t of[LIMIT_COUNT]; /* cm, cm, cm, kg, kg */
    unsigned near;            /* mask of 1 << net_limit_kind */
};

/* The profile's measures over those of its class; all 0 for a class that the network does not have. */
struct plan_measures plan_measures_of(const struct network *n, const struct road_profile *v);

struct plan_gap {
    uint32_t links; /* each counts once */
    uint64_t length_m;
};

/* Of these links (road links, each named once); link NULL: of all open roads of the network. */
void plan_gaps(const struct network *n, const struct plan_measures *m, const uint32_t *link, uint32_t count,
               struct plan_gap out[LIMIT_COUNT]);
/* Of links that are known by their kinds (LINK_KIND_COUNT entries). */
void plan_gaps_of_kinds(const struct plan_measures *m, const struct road_kind *kind,
                        struct plan_gap out[LIMIT_COUNT]);

/* The kinds of links under the option's truck legs, without unpacking them. False: not known so (more than
 * one such leg, or see road_kinds); ask plan_geometry. */
bool plan_kinds(struct plan_query *q, const struct plan_request *r, const struct plan_itinerary *it,
                struct road_kind *out);

#endif
