/* scenario_world.h - networks for the tests of scenarios: the bundled one, and one built anew from the tables
 * of a derived version, with which it must agree. */
#ifndef ZH_TESTS_SCENARIO_WORLD_H
#define ZH_TESTS_SCENARIO_WORLD_H

#include "plan/derive.h"
#include "plan/plan.h"
#include "whatif/scenario.h"

struct scenario_world {
    uint8_t *bytes;
    const struct network *net;
    struct places *places;
    struct plan_network *plan;
};

void scenario_world_bundled(struct scenario_world *w);
void scenario_world_anew(const struct network *n, const struct network *base, struct scenario_world *w);
void scenario_world_close(struct scenario_world *w);

struct scenario_version *scenario_make(const struct scenario_world *w,
                                       const struct scenario_modification *mods, uint32_t count,
                                       struct arena *a, struct scenario_result *out);
struct plan_network *scenario_plan(const struct scenario_world *w, const struct scenario_version *v);

#endif
