/* compare.h - who gains and who loses between two studies over the same zones (rule of a half, appraise.h).
 *
 * A row of trucks (class, ends, goods group) of either state counts with half of its volumes before and
 * after, times the change of the mean over its used ways: time, length, toll. In money: hours at the class's
 * cost per hour, km at its running cost, tolls as paid, as the class weighs them when it chooses; so with
 * time alone to pay only hours count. Each end of a trip gets half of its benefit, so zones add up.
 *
 * The self-check finds the same from link flows: with the same trucks before and after, benefits are the
 * change of vehicles x time (and money) to 1e-9. It fails on skims of another state, a swapped sign, a pair
 * counted twice. Pure; one thread.
 */
#ifndef ZH_WHATIF_COMPARE_H
#define ZH_WHATIF_COMPARE_H

#include "whatif/study.h"

struct compare_row {
    uint32_t zone; /* ASSIGN_NONE: of all zones */
    uint8_t group;
    double trucks, time_h, distance_km, toll_yuan, yuan; /* per day; above 0: saved */
};

struct compare_check {
    bool applies; /* the same trucks before and after, every pair with a way */
    bool holds;
    double benefit_h, change_h; /* by skims, by links: saved */
    double benefit_yuan, change_yuan;
    double error; /* the larger one of both, relative to the change or to rounding when that is more */
};

struct compare {
    struct compare_row total;
    struct compare_row *group, *zone,
        *pair; /* by goods group; by zone; by zone and goods group: what is not 0 */
    uint32_t group_count, zone_count, pair_count;
    double unmatched_trucks;     /* per day, of rows without a way before or after: in no sum */
    double gain_yuan, loss_yuan; /* of rows that gain, that lose (below 0) */
    double gain_trucks, loss_trucks;
    struct compare_check check;
};

/* Both studies run and skimmed, with trucks as they were made of. FAILED_PRECONDITION: other zones or
 * classes, or skims that are not of the study's flows; RESOURCE_EXHAUSTED. */
bool compare_new(const struct study *before, const struct study *after, const struct trucks *was,
                 const struct trucks *is, uint32_t group_count, struct compare *out, struct err *e);
void compare_free(struct compare *c);
/* Sets error and holds of the other figures; `scale`: the size of the sums, for rounding. */
void compare_judge(struct compare_check *k, double scale_h, double scale_yuan);

#endif
