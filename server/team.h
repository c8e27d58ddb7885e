/* team.h - a few threads that share the tasks of one piece of work: a cch_executor (road/cch.h) for loading a
 * network. The caller works with them; run returns when every task is done. One caller at a time. Threads
 * sleep between runs, after a short spin. Without threads to be had the caller works alone.
 */
#ifndef ZH_SERVER_TEAM_H
#define ZH_SERVER_TEAM_H

#include "road/cch.h"

struct team;

/* `threads` counts the caller; NULL for 1 or without memory: then everything is done by the caller. */
struct team *team_new(unsigned threads);
void team_free(struct team *t);

/* For functions that take an executor; NULL for a team that is NULL. Valid as long as the team. */
const struct cch_executor *team_executor(const struct team *t);

#endif
