/* appraise.h - what a scenario is worth to those who travel, and whether the figures hold together.
 *
 * Rule of a half (Tressider et al. 1968; Williams 1977): the benefit of a pair of zones is 1/2 (q0 + q1) (c0
 * - c1), with q vehicles and c what each pays, before and after. Benefits above 0 are savings.
 */
#ifndef ZH_WHATIF_APPRAISE_H
#define ZH_WHATIF_APPRAISE_H

#include "whatif/assign.h"

struct appraise_users {
    double time, length, toll, cost; /* benefit in each figure; cost is generalised */
    uint64_t pairs;                  /* compared: with a way before and after */
    uint64_t better, worse;          /* whose cheapest way changed by more than 1e-9 of it */
    double gain, loss;               /* benefit in cost of the better, of the worse (below 0) */
    uint64_t unmatched;              /* pairs that only one of the tables has, or that have a way only once */
    double unmatched_volume;         /* before and after together; in none of the sums */
};

/* Of one class. Benefits per cell of before->trips go to `cell` (cost; may be NULL). The tables may differ in
 * volumes; zones must be the same. */
bool appraise_users(const struct assign_skim *before, const struct assign_skim *after,
                    struct appraise_users *out, double *cell, struct err *e);

/* With demand fixed and no tolls or distance weights, vehicles x time fall by just what the rule of a half
 * says: found from skims on one side and from link flows on the other. */
struct appraise_identity {
    double benefit;       /* rule of a half, of time, all classes */
    double before, after; /* vehicles x time from links */
    double error;         /* |benefit - (before - after)| relative to |before - after| */
    bool holds;           /* to 1e-9 of the change, or to rounding (1e-14 of the total) when that is more */
};

/* skims: one per class. FAILED_PRECONDITION: a skim of another version, demand that is not the same, tolls or
 * distance weights, pairs without a way. That the identity does not hold is no failure here, but holds false.
 */
bool appraise_identity(const struct assign *before, const struct assign *after,
                       const struct assign_skim *skims_before, const struct assign_skim *skims_after,
                       struct appraise_identity *out, struct err *e);
/* The comparison alone: sets error and holds from the other three. */
void appraise_compare(struct appraise_identity *i);

#endif
