/* stages.h - several runs at different rates: a staircase, or a search for the highest rate that keeps p99
 * under a limit.
 */
#ifndef ZH_LOADTEST_STAGES_H
#define ZH_LOADTEST_STAGES_H

#include "crew.h"
#include "report.h"

struct stages_plan {
    double from_per_s, to_per_s;
    double factor;    /* steps: of one rate to the next; above 1 */
    int64_t limit_ns; /* of p99; 0: none, nothing is searched */
    bool search;
};

/* A rate holds when p99 is under the limit, nothing failed, and at most one request in a thousand was late or
 * refused. A search doubles from from_per_s until a rate does not hold, then halves the gap until it is below
 * a twentieth. The plan's duration is that of each stage. The result is that of the highest rate that held,
 * or of the last when none did; released by the caller. */
bool stages_run(const struct run_plan *p, const struct stages_plan *s, const struct demand *d, FILE *progress,
                struct marks *marks, struct report *report, struct stage stages[STAGES_MAX],
                struct run_result *result, struct err *e);

#endif
