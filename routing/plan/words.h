/* words.h - the lines of a bill and the method of the emissions in words. Texts lie in the arena; NULL when
 * it is full. */
#ifndef ZH_PLAN_WORDS_H
#define ZH_PLAN_WORDS_H

#include "freight/bill.h"
#include "plan/plan.h"

/* All of the line but its leg: what it is of, basis ("32.000 t x 417.000 km") and rate ("0.089 yuan/t/km").
 */
void plan_word_line(const struct network *n, const struct freight_load *load, const struct bill_line *l,
                    const struct plan_leg *leg, struct arena *a, struct plan_line *out);

/* "ISO 14083 ...; factors: road_6 (source, estimated) ...": each factor used once. */
const char *plan_word_emissions(const struct network *n, const struct plan_itinerary *it, struct arena *a);

#endif
