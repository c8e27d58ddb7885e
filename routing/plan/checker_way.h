/* checker_way.h - the part of plan_check that looks at a truck's way arc by arc: alternatives, ways through
 * given places, roads to avoid. Nobody else includes it. */
#ifndef ZH_PLAN_CHECKER_WAY_H
#define ZH_PLAN_CHECKER_WAY_H

#include "plan/plan.h"

/* The metric of a profile with what the request avoids closed; not customized. */
bool check_metric(const struct network *n, const struct plan_request *r, const struct road_profile *p,
                  struct road_metric **out, struct err *e);

/* Are leg->arcs a way of open arcs between the leg's ends, through the request's via nodes in their order,
 * and do length and time come from them? FAILED_PRECONDITION with what is wrong. */
bool check_way(const struct network *n, const struct plan_request *r, const struct plan_leg *leg,
               const struct road_profile *p, struct err *e);

#endif
