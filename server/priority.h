/* priority.h - which thread goes first where there are more of them than processors. Of the calling thread,
 * and of those that it makes. Nothing here wants a privilege, and nothing is lost where the kernel refuses.
 */
#ifndef ZH_SERVER_PRIORITY_H
#define ZH_SERVER_PRIORITY_H

#include <stdint.h>

enum { PRIORITY_IDLE = 20 };

/* By so much nicer; PRIORITY_IDLE: SCHED_IDLE, which gives way at once, but counts as an idle processor when
 * threads are placed: where the machine has cores to spare those who answer wait longer than beside a nice
 * one (docs/assignment.md). */
void priority_nice(int64_t by);

/* For who works briefly and often: a short slice of the processor, so that it takes one from threads of
 * longer slices as soon as it has something to do, rather than at the end of theirs (milliseconds). Since
 * Linux 6.12 (Stoica and Abdel-Wahab's EEVDF, 1995); an older one ignores it. */
void priority_prompt(void);

#endif
