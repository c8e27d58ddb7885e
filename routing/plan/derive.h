/* derive.h - the plan_network of a derived network (network/derive.h) from that of its base.
 *
 * Answers as plan_network_new on the derived network would. What the changes do not touch is the base's:
 * metrics and truck legs of terminals when no road changes, rides when timetables and tariffs do not.
 *
 * Ownership: the base and its network outlive it. Threads: the base may be asked meanwhile.
 */
#ifndef ZH_PLAN_DERIVE_H
#define ZH_PLAN_DERIVE_H

#include "plan/plan.h"

struct plan_changes {
    const uint32_t *arcs; /* of the base, whose link, limit or toll differs */
    uint32_t arc_count;
    bool terminals; /* some are added */
    bool services;  /* services, stops, exceptions or tariffs differ */
};

bool plan_network_derive(const struct plan_network *base, const struct network *n,
                         const struct plan_changes *c, const struct cch_executor *x,
                         struct plan_network **out, struct err *e);

/* Bytes beside the base's, about. */
size_t plan_network_bytes(const struct plan_network *p);

#endif
