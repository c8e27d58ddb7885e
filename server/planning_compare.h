/* planning_compare.h - two states beside each other: what Compare answers and Appraise begins with. */
#ifndef ZH_SERVER_PLANNING_COMPARE_H
#define ZH_SERVER_PLANNING_COMPARE_H

#include "planning.h"
#include "whatif/compare.h"

enum { COMPARE_ZONES = 20, COMPARE_ZONES_MAX = 2000, COMPARE_LINKS = 500, COMPARE_LINKS_MAX = 20000 };

/* Runs both states and fills the reply, whose parts lie in p->arena. `c` is the caller's (compare_free), set
 * to zeros before. p is planning_end's in any case. */
bool planning_compare_states(struct planning *p, struct job_run *run, const Zongheng__V1__CompareRequest *m,
                             struct compare *c, Zongheng__V1__CompareReply *r, struct err *e);

/* Of one vehicle class, from every township to each target, before and after; false with err. */
struct planning_access_ask {
    struct snapshot *before, *after;
    uint8_t vehicle_class;
    uint32_t targets; /* mask of 1 << enum access_target */
    const uint32_t *minutes;
    uint32_t minute_count;
    bool isochrones;
};
bool planning_access(const struct planning_access_ask *ask, struct arena *a,
                     Zongheng__V1__GetAccessibilityReply *r, struct err *e);

#endif
