/* scenario_make.h - the snapshot of a scenario and its prerequisites, made on the thread that asks. */
#ifndef ZH_SERVER_SCENARIO_MAKE_H
#define ZH_SERVER_SCENARIO_MAKE_H

#include "scenarios.h"
#include "whatif/scenario.h"

struct scenario_made {
    struct snapshot *snapshot;          /* the caller's; NULL when there are errors, or when only looked at */
    struct scenario_result result;      /* in the arena; version is the snapshot's */
    uint32_t first;                     /* the place of the scenario's own modifications among all */
    const struct scenario_error *error; /* of all: indices of its own; those of prerequisites name them */
    uint32_t error_count;
    uint32_t build_ms;
};

/* look: find what is wrong and the reports, but make no snapshot. Fails for want of memory only. */
bool scenario_make(struct snapshot *base, const struct scenario_set *set, bool look, struct arena *a,
                   struct scenario_made *out, struct err *e);

/* The version's hash: base and modifications. 32 hex digits and NUL. */
void scenario_version_of(const struct network *base, const struct scenario_set *set, char out[33]);

#endif
