/* report.h - what a replay found, for people and for programs. */
#ifndef ZH_LOADTEST_REPORT_H
#define ZH_LOADTEST_REPORT_H

#include "run.h"
#include "verify.h"

#include <stdio.h>

/* v NULL: not verified. Sorts the samples. */
void report_print(const struct run_plan *p, struct run_result *r, const struct verify_result *v, FILE *out);
bool report_write(const struct run_plan *p, struct run_result *r, const struct verify_result *v,
                  const char *path, struct err *e);

/* Errors of all kinds together; refused bookings are answers, not errors. */
uint64_t report_errors(const struct run_result *r);

#endif
