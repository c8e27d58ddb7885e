/* convert_scenario.h - between the planner's messages and whatif/scenario.h. What is made lies in the arena.
 */
#ifndef ZH_SERVER_CONVERT_SCENARIO_H
#define ZH_SERVER_CONVERT_SCENARIO_H

#include "base/arena.h"
#include "base/err.h"
#include "whatif/scenario.h"

#include "zongheng/v1/planning.pb-c.h"

/* Numbers that no network can honour are refused here (INVALID_ARGUMENT with the field within the
 * modification); the rest is scenario_build's. */
bool convert_modification(struct arena *a, const Zongheng__V1__Modification *m,
                          struct scenario_modification *out, struct err *e);

/* NULL without memory. */
Zongheng__V1__ModificationReport *convert_report(struct arena *a, uint32_t index,
                                                 const struct scenario_report *r);

#endif
