/* ref.h - the parts of a plan_ref: what an option rests on, and what has changed since.
 *
 * A plan_ref is 32 hex digits. It holds short hashes of the versions, the scenario, the firm's agreed
 * tariffs, the question, the chain (services, days, terminals), of its times, distances, CO2e and lines, and
 * the total itself. Two refs are equal when all of it is; a single part may agree by chance (one in 2^8 to
 * 2^16), which can hide one reason of a change, never the change of a price. Pure; any thread.
 */
#ifndef ZH_PLAN_REF_H
#define ZH_PLAN_REF_H

#include "plan/plan.h"

enum { PLAN_REF_TOTAL_BITS = 36 };

struct plan_ref {
    uint64_t network, tariff, timetable, scenario, agreed, request, chain, seal;
    uint64_t total_fen; /* 2^36 - 1: that or more */
};

void plan_ref_of(const struct network *n, const struct plan_request *r, const struct plan_itinerary *it,
                 struct plan_ref *out);
void plan_ref_print(const struct plan_ref *x, char out[33]);
/* False: not 32 hex digits in lower case. */
bool plan_ref_parse(const char *text, struct plan_ref *out);

enum plan_ref_part {
    PLAN_REF_NETWORK = 1 << 0,
    PLAN_REF_TARIFF = 1 << 1,
    PLAN_REF_TIMETABLE = 1 << 2,
    PLAN_REF_SCENARIO = 1 << 3,
    PLAN_REF_AGREED = 1 << 4,
    PLAN_REF_REQUEST = 1 << 5,
    PLAN_REF_OPTION = 1 << 6, /* another chain */
    PLAN_REF_SEAL = 1 << 7,   /* something of it; alone: times, distances, CO2e or lines */
    PLAN_REF_PRICE = 1 << 8,
};
/* Mask of plan_ref_part. */
unsigned plan_ref_differs(const struct plan_ref *a, const struct plan_ref *b);

/* The option of an answer with the chain of a ref, NULL when none has; of several the one of the nearest
 * total. */
const struct plan_itinerary *plan_ref_find(const struct network *n, const struct plan_request *r,
                                           const struct plan_answer *a, const struct plan_ref *want,
                                           struct plan_ref *found);

#endif
