/* show.h - options, bills and events as people read them. Times are China Standard Time (+08:00). Every cost
 * line is shown; a figure that rests on an estimate is marked with "~". Texts are made in the caller's arena.
 */
#ifndef ZH_CLIENT_SHOW_H
#define ZH_CLIENT_SHOW_H

#include "base/arena.h"
#include "zongheng/v1/routing.pb-c.h"
#include "zongheng/v1/shipments.pb-c.h"

#include <stdio.h>

/* number 0: no heading. mass_kg 0: no price per tonne. */
void show_option(struct arena *a, const Zongheng__V1__Option *o, unsigned number, int64_t mass_kg, FILE *out);
void show_lines(struct arena *a, Zongheng__V1__CostLine *const *lines, size_t n, int64_t total_fen, bool legs,
                FILE *out);
void show_not_offered(struct arena *a, Zongheng__V1__NotOffered *const *list, size_t n, FILE *out);
void show_events(struct arena *a, Zongheng__V1__Event *const *events, size_t n, FILE *out);

/* "大冶市 (Daye)". */
const char *show_place(struct arena *a, const Zongheng__V1__Place *p);

/* What a command line calls a place. */
const char *show_place_ref(struct arena *a, const Zongheng__V1__PlaceRef *p);

#endif
