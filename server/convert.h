/* convert.h - between the wire's messages and routing's structs. The messages made here lie in the call's
 * arena; NULL or false means that it is full or that the request is wrong (the error names the field). */
#ifndef ZH_SERVER_CONVERT_H
#define ZH_SERVER_CONVERT_H

#include "handler.h"
#include "plan/plan.h"
#include "road/sums.h"
#include "snapshot.h"

#include "zongheng/v1/routing.pb-c.h"

/* Finds the node that a PlaceRef means. */
bool convert_place_ref(const struct snapshot *s, const Zongheng__V1__PlaceRef *ref, const char *field,
                       uint32_t *node, struct err *e);

/* Nodes of a table's rows or columns: places, then the source's ids. `field`, `id_field`: their names in
 * errors. */
bool convert_row_places(const struct snapshot *s, Zongheng__V1__PlaceRef *const *ref, size_t refs,
                        const int64_t *id, size_t ids, const char *field, const char *id_field,
                        uint32_t *node, struct err *e);

/* A whole question; every number is checked. What it points to lies in the arena. */
bool convert_request(struct arena *a, const struct snapshot *s, const Zongheng__V1__FindRoutesRequest *m,
                     int64_t now_s, struct plan_request *out, struct err *e);
/* The same without origin and destination, and unchecked by plan_request_check. */
bool convert_question(struct arena *a, const struct snapshot *s, const Zongheng__V1__FindRoutesRequest *m,
                      int64_t now_s, struct plan_request *out, struct err *e);
/* NULL stands for nothing to avoid: *out is then NULL. */
bool convert_avoid(struct arena *a, const Zongheng__V1__Avoid *m, const struct plan_avoid **out,
                   struct err *e);
bool convert_cargo(const struct snapshot *s, const Zongheng__V1__Cargo *m, struct plan_cargo *out,
                   struct err *e);
bool convert_vehicle(const Zongheng__V1__Vehicle *m, struct plan_request *out, struct err *e);

Zongheng__V1__Place *convert_place(struct arena *a, const struct snapshot *s, uint32_t node);
Zongheng__V1__CostLine **convert_lines(struct arena *a, const struct network *n,
                                       const struct plan_itinerary *it);
Zongheng__V1__Option *convert_option(struct arena *a, const struct snapshot *s, const struct plan_request *r,
                                     const struct plan_itinerary *it, bool geometry);

/* answer->not_offered_count of them. */
Zongheng__V1__NotOffered **convert_reasons(struct arena *a, const struct plan_answer *answer);
Zongheng__V1__Connection *convert_connection(struct arena *a, const struct network *n,
                                             const struct plan_connection *x);
/* "2026-12-01" of a day since 1970. */
char *convert_date(struct arena *a, int32_t day);

/* What an answer warns of. */
enum { CONVERT_WARNINGS_MAX = 16 };
struct convert_warnings {
    char **text;
    size_t count;
    Zongheng__V1__LimitGap **gap;
    size_t gap_count;
};
bool convert_warnings_init(struct arena *a, struct convert_warnings *w, struct err *e);
void convert_warn(struct convert_warnings *w, const char *text); /* NULL is passed over */
/* Does a line of them rest on an estimated rate? */
bool convert_any_estimated(const struct plan_itinerary *it, uint32_t count);
/* Whether this truck comes near a limit at all: without it there is nothing to look for. */
bool convert_comes_near(const struct network *n, const struct road_profile *v);
/* By the kinds of the roads (plan_kinds). */
bool convert_gaps_of_kinds(struct arena *a, const struct network *n, const struct road_profile *v,
                           const struct road_kind *kind, struct convert_warnings *w, struct err *e);
/* Of the roads of the itineraries' truck legs, whose arcs must be known; count 0 and it NULL: of all roads.
 */
bool convert_gaps(struct arena *a, const struct network *n, const struct road_profile *v,
                  const struct plan_itinerary *it, uint32_t count, struct convert_warnings *w, struct err *e);

Zongheng__V1__Family convert_family(enum plan_family f);

#endif
