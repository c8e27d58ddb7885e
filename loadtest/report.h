/* report.h - what a replay found: a table for people, JSON for programs, and one HTML page that needs nothing
 * else (html.c).
 */
#ifndef ZH_LOADTEST_REPORT_H
#define ZH_LOADTEST_REPORT_H

#include "run.h"
#include "verify.h"

#include <jansson.h>
#include <stdio.h>

enum { STAGES_MAX = 64 };

/* One rate of a staircase or a search. */
struct stage {
    double rate_per_s, sent_per_s, good_per_s; /* asked for; reached; answered in time */
    int64_t p50_ns, p99_ns;
    uint64_t sent, by[OUTCOMES];
    bool held; /* the limit was kept */
};

struct report {
    const struct run_plan *plan;
    struct run_result *result;            /* of the last stage, when there are stages */
    const struct verify_result *verified; /* NULL: not asked for */
    const struct marks *marks;
    const struct stage *stages;
    unsigned stage_count;
    int64_t limit_ns;   /* of the search; 0: none */
    double found_per_s; /* the highest rate that held; 0: none did */
    const char *command;
};

/* The sum over kinds; its histogram is the caller's to release. False when memory is out. */
bool report_sum(const struct run_result *r, struct run_count *all);
uint64_t report_answered(const struct run_count *c);
double report_good_per_s(const struct run_result *r); /* answers in time per second of sending */

void report_print(const struct report *p, FILE *out);
bool report_write_json(const struct report *p, const char *path, struct err *e);
bool report_write_html(const struct report *p, const char *path, struct err *e);

/* Everything was answered or cleanly refused, no rule broken, nothing unsettled or unverified. */
bool report_is_good(const struct report *p);

#endif
