/* pace.h - when each request of an open loop is due.
 *
 * FLAT: at a rate. PROFILE: the rate follows the hours of a day, `rate` being the day's mean. DEMAND: when
 * the rows of the demand come up. With a speed-up a demand day (or the profile's) passes in 86,400 / speed
 * seconds. Within that, requests come evenly, or at random with the same mean (a Poisson process; each thread
 * has its own, seeded). Pure.
 */
#ifndef ZH_LOADTEST_PACE_H
#define ZH_LOADTEST_PACE_H

#include "demand.h"

enum pace_kind { PACE_FLAT, PACE_PROFILE, PACE_DEMAND };

struct pace {
    enum pace_kind kind;
    double rate_per_s; /* FLAT, PROFILE */
    double speed;      /* PROFILE, DEMAND: 1 is real time */
    double weight[24]; /* PROFILE: by the hour, in China */
    int first_hour;    /* at the start */
    bool poisson;
};

/* "day": trucks and offices, most between 8 and 18 h; "huahu": a parcel hub whose sort is from 01:00 to
 * 05:00. Both are estimates. Otherwise the name of a CSV file with "hour,weight" and 24 rows. */
bool pace_profile(struct pace *p, const char *name, struct err *e);

/* Nanoseconds from the start to the instant at which `work` requests (0, 1, ...; a fraction when random) are
 * due. The demand begins again when it is used up. */
double pace_due_ns(const struct pace *p, const struct demand *d, double work);

#endif
