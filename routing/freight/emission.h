/* emission.h - CO2e by ISO 14083: well-to-wheel and tank-to-wheel of a leg and of handling in a hub.
 *
 * A leg: mass x distance x factor (net_emission, mg per t km) + the uplift of cargo under temperature
 * control. Mass is that of the goods with their packing, without the tare of boxes, and without empty
 * running: the factors are averages that hold it. Distance is that of the path taken by truck, of the
 * timetable otherwise. A hub: mass x factor per t of the terminal's kind, once for each transition between
 * two legs, or between a door and a leg. Well-to-tank is the difference of the two. Rounded to the gram per
 * leg and per hub. Pure; any thread.
 */
#ifndef ZH_FREIGHT_EMISSION_H
#define ZH_FREIGHT_EMISSION_H

#include "freight/cargo.h"

struct emission {
    int64_t wtw_g, ttw_g;
};

int64_t emission_g(int64_t mass_kg, int64_t distance_m, uint32_t mg_per_tkm);

struct emission emission_leg(const struct net_emission *f, const struct freight_load *l, int64_t distance_m);

/* 0 where the kind of the terminal has no factor. */
struct emission emission_hub(const struct network *n, const struct net_terminal *t,
                             const struct freight_load *l);

#endif
