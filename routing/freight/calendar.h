/* calendar.h - local days, the running days of a service, opening hours.
 *
 * Instants are UTC seconds; a day is a number of days since 1970-01-01 in the network's local calendar
 * (utc_offset_min east of UTC, no daylight saving). A service's operating day is that of its departure at the
 * first stop; a trip that passes midnight keeps it. Outside [valid_from_day, valid_to_day] a service does not
 * run, not even by an exception: an expired timetable is never guessed.
 *
 * Pure functions of the network; any thread. Cost: a few operations per day looked at.
 */
#ifndef ZH_FREIGHT_CALENDAR_H
#define ZH_FREIGHT_CALENDAR_H

#include "network/network.h"

#define CAL_NEVER INT64_MAX  /* an instant that does not come */
#define CAL_NO_DAY INT32_MAX /* a day that does not come */
enum { CAL_DAY_S = 86400, CAL_WEEK_DAYS = 7 };

int64_t cal_day_start(const struct network *n, int32_t day);
int32_t cal_local_day(const struct network *n, int64_t at);

/* 0 Monday .. 6 Sunday. */
int cal_weekday(int32_t day);

bool cal_runs(const struct network *n, const struct net_service *s, int32_t day);

/* The first day in [from, last] on which the service runs, or CAL_NO_DAY. */
int32_t cal_next_run(const struct network *n, const struct net_service *s, int32_t from, int32_t last);

/* When the run of `day` leaves and reaches a stop of the service. */
int64_t cal_departure(const struct network *n, const struct net_service *s, int32_t day,
                      const struct net_stop *stop);
int64_t cal_arrival(const struct network *n, const struct net_service *s, int32_t day,
                    const struct net_stop *stop);

/* The first operating day whose departure at `stop` is not before `at`; CAL_NO_DAY after `last`. */
int32_t cal_next_departure(const struct network *n, const struct net_service *s, const struct net_stop *stop,
                           int64_t at, int32_t last);

/* `hours` is an index into n->hours, 0 for always. The first open instant not before `at`, or CAL_NEVER. */
int64_t cal_next_open(const struct network *n, uint32_t hours, int64_t at);

#endif
