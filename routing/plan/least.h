/* least.h - what a ride of a mode costs a load at least, whatever the service, its stops and the day: so
 * much, and so much for each unit of the chord between its ends (a unit is the radius of the earth, as in
 * linehaul.h).
 *
 * By the rules of the tariffs of all services of the mode: a bound for a search that does not know yet which
 * rides come before what it looks at. Made once with the plan_network; knows no load. */
#ifndef ZH_PLAN_LEAST_H
#define ZH_PLAN_LEAST_H

#include "base/err.h"
#include "freight/floor.h"
#include "network/network.h"

enum { PLAN_LEAST_FORMS = 3 }; /* of CARGO_FORMS, in the order of their bits */

struct plan_least_rate { /* what all of a tariff's charges come to, by units of the load */
    double myuan[UNIT_COUNT], myuan_per_m[UNIT_COUNT];
};

struct plan_least_rates { /* every ride is above one of them; none: nothing of the mode carries the form */
    struct plan_least_rate *of;
    uint32_t count, room;
};

struct plan_least {
    struct freight_line *line; /* [tariff * PLAN_LEAST_FORMS + form] */
    struct plan_least_rates ride[MODE_COUNT][PLAN_LEAST_FORMS];
    double m_per_unit[MODE_COUNT]; /* that tariffs count, of a ride, for each unit of its chord */
    double board_myuan[MODE_COUNT][PLAN_LEAST_FORMS]; /* of what leads to the mode: a tonne, of boxes a TEU */
};

struct plan_least_ride {
    double myuan; /* the handling before it among this; INFINITY: no service of the mode has it */
    double myuan_per_unit;
};

struct plan_network;
struct plan_query;

/* When rides and terminals are there. */
bool plan_least_new(struct plan_network *p, struct err *e);
void plan_least_free(struct plan_least *x);

/* Of the load in work. */
struct plan_least_ride plan_least_ride(const struct plan_query *q, unsigned mode);

#endif
