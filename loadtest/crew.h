/* crew.h - the threads of one replay: starts them together, shows progress, joins what they found. */
#ifndef ZH_LOADTEST_CREW_H
#define ZH_LOADTEST_CREW_H

#include "run.h"

#include <stdio.h>

/* One whole run. Progress goes to `progress` once a second when that is not NULL. SIGUSR1, which must be
 * blocked, sets a mark; SIGINT and SIGTERM, blocked as well, end the sending early. The result is released by
 * the caller (run_release) in any case. */
bool crew_run(const struct run_plan *p, const struct demand *d, FILE *progress, struct marks *marks,
              struct run_result *result, struct err *e);

/* Blocks those signals; before crew_run. */
void crew_block_signals(void);

#endif
