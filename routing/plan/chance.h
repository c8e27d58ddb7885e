/* chance.h - the probability that a row of steps, some of random length, ends in time.
 *
 * A random time is lognormal, the usual distribution of travel and service times, which have a least value
 * and a long tail (Emam, Al-Deek 2006, Transportation Research Record 1959; Pu 2011, TRR 2254): its median is
 * p50 and its 90th percentile p90, so that ln t has the mean ln p50 and the deviation ln(p90 / p50) / 1.2816.
 * Times of different steps are taken to be independent. The last random step is integrated in closed form,
 * those before it by the trapezoidal rule over the normal variable (its error falls exponentially for smooth
 * integrands: Trefethen, Weideman 2014; gates that close make steps, with an error below 0.01).
 *
 * Instants are UTC seconds. Pure; any thread. Cost: 2 x 90 evaluations for one random step before the last,
 * 60 x 60 for two.
 */
#ifndef ZH_PLAN_CHANCE_H
#define ZH_PLAN_CHANCE_H

#include "network/network.h"

enum chance_kind {
    CHANCE_FIXED,  /* p50_s seconds */
    CHANCE_RANDOM, /* fixed too when p90_s is not above p50_s */
    CHANCE_GATE    /* waits for the opening hours */
};

struct chance_step {
    enum chance_kind kind;
    uint32_t hours; /* of a gate: index into net.hours */
    int64_t p50_s, p90_s;
};

enum { CHANCE_STEPS_MAX = 8 };

/* In 0..1: that what begins at `at` has ended by `by`. */
double chance_in_time(const struct network *n, const struct chance_step *step, uint32_t count, int64_t at,
                      int64_t by);

#endif
