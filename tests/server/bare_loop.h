/* bare_loop.h - one loop of the daemon on the bundled network, in a test's process; the loop runs when the
 * test steps it. PostgreSQL and its replica are configured and away. No pool, no jobs, nobody asks. */
#ifndef ZH_TESTS_BARE_LOOP_H
#define ZH_TESTS_BARE_LOOP_H

#include "loop.h"

#define BARE_AWAY "host=/nonexistent/zh user=nobody dbname=none"

/* *s is zero. Ends the test on failure. */
void bare_loop_open(struct server *s, struct loop **l);
void bare_loop_close(struct server *s, struct loop *l);

#endif
