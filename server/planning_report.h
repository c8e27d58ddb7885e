/* planning_report.h - an appraisal as one self-contained HTML page: maps as inline SVG (flows as bandwidths,
 * differences red and blue, new roads marked), tables, assumptions, winners and losers, in Chinese and
 * English. No script, no link to anything outside.
 *
 * Made in two steps, for the states are run again with other demand between them: new draws the maps from the
 * flows, write puts all together. Threads: one.
 */
#ifndef ZH_SERVER_PLANNING_REPORT_H
#define ZH_SERVER_PLANNING_REPORT_H

#include "planning.h"
#include "whatif/compare.h"

struct planning_report;

bool planning_report_new(const struct planning *p, const struct compare *c,
                         const Zongheng__V1__CompareReply *m, struct planning_report **out, struct err *e);
/* *html lies in the arena. */
bool planning_report_write(const struct planning_report *r, struct planning *p,
                           const Zongheng__V1__AppraiseReply *m, char **html, struct err *e);
void planning_report_free(struct planning_report *r);

#endif
