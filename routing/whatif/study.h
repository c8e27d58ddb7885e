/* study.h - one state of the roads under one demand: zones, trip tables by vehicle class, user equilibrium,
 * skims, sums.
 *
 * Zones are the nodes that lorries start from or go to. Each has a centroid of its own, tied to its node by
 * connectors of no length, so that nobody drives through a zone. Two states are compared over the same zones
 * and pairs: a pair that only one of them has is in the other's table with 1e-9 vehicles, so that its way is
 * known.
 *
 * A class of vehicles pays time + toll / (yuan per hour) + km x (yuan per km) / (yuan per hour), in hours;
 * with study_rules.toll_h_per_yuan above 0 that instead of the class's for tolls; without_toll leaves both
 * away, and then the generalised cost is time alone.
 *
 * Threads: a study belongs to one caller at a time; the executor's threads help. Memory: study_bytes says how
 * much an assignment takes before it is made.
 */
#ifndef ZH_WHATIF_STUDY_H
#define ZH_WHATIF_STUDY_H

#include "whatif/appraise.h"
#include "whatif/roads.h"
#include "whatif/trucks.h"

enum { STUDY_CLASSES = ROADS_CLASSES - 1 };

struct study_rules {
    double toll_h_per_yuan; /* 0: by the class's cost per hour */
    bool without_toll;      /* time alone: no tolls, no money per km */
};

struct study_zones {
    uint32_t count;
    uint32_t *node; /* plain nodes, ascending */
};

struct study {
    const struct roads *roads;
    const struct study_zones *zones;
    struct assign_problem problem;
    struct assign_link *link; /* those of the roads, then two connectors a zone */
    struct assign_class class[STUDY_CLASSES];
    uint8_t vehicle_class[STUDY_CLASSES]; /* of each class of the problem */
    double yuan_per_h[STUDY_CLASSES];     /* what an hour of generalised cost is worth */
    double tonnes[STUDY_CLASSES];         /* mean load of a truck */
    double co2_t_per_tkm[STUDY_CLASSES];  /* well-to-wheel */
    struct trips trips[STUDY_CLASSES];
    double *toll[STUDY_CLASSES];
    struct assign *assign;
    struct assign_result result;
    struct assign_skim skim[STUDY_CLASSES]; /* of study_skims */
    bool skimmed;
    double *pce, *time; /* per link of the problem, of study_run */
};

struct study_sums { /* per day */
    double time_h, distance_km, toll_yuan, co2_t, trucks;
    double yuan; /* time, distance and tolls in money */
};

/* Zones of both lists (b may be NULL). RESOURCE_EXHAUSTED. */
bool study_zones_of(const struct trucks *a, const struct trucks *b, struct study_zones *out, struct err *e);
void study_zones_free(struct study_zones *z);

/* The trips of `t`, with the pairs of `also` (may be NULL) at 1e-9 vehicles. Roads, zones and trucks outlive
 * the study; trucks are summed lists. */
bool study_new(const struct roads *r, const struct study_zones *z, const struct trucks *t,
               const struct trucks *also, const struct study_rules *rules, struct study **out, struct err *e);
void study_free(struct study *s);
size_t study_bytes(const struct study *s);

/* Finds the equilibrium, warm from `earlier` when that is not NULL (same zones and classes), and finds its
 * figures again by other code (assign_check): INTERNAL when they differ. CANCELLED: stopped. */
bool study_run(struct study *s, const struct study *earlier, const struct assign_options *o, struct err *e);
bool study_skims(struct study *s, const struct cch_executor *x, struct err *e);
void study_sum(const struct study *s, struct study_sums *out);

/* Place of a pair in the trips of a class, ASSIGN_NONE: not there. Zones by study_zone. */
uint32_t study_zone(const struct study_zones *z, uint32_t node);
uint32_t study_cell(const struct study *s, uint32_t class, uint32_t from_zone, uint32_t to_zone);

#endif
