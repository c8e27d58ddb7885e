/* plan_nation.h - a generated nation for the measurement of freight questions: a road grid of three classes,
 * cities with their terminals, trains, vessels along rivers, flights and line-hauls that run every day.
 * Deterministic: the same size and seed give the same bytes. */
#ifndef ZH_BENCH_PLAN_NATION_H
#define ZH_BENCH_PLAN_NATION_H

#include "base/err.h"
#include "network/network.h"

struct plan_nation {
    uint32_t nodes, terminals, services; /* asked; services: departures of a day */
    const struct network *net;
    uint8_t *bytes; /* that net stands on */
    size_t len;
};

#define PLAN_NATION_DAY 20500 /* the first of its timetable */

bool plan_nation_make(struct plan_nation *w, uint64_t seed, struct err *e);
void plan_nation_free(struct plan_nation *w);

#endif
