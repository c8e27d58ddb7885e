/* jobs_keep.h - the planner's jobs in PostgreSQL.
 *
 * Of the loops with a database the first that ticks is the keeper: it stores what its daemon's jobs become,
 * renews their leases, and takes over jobs whose lease has run out, because their daemon was killed or ended.
 * What cannot be stored now (PostgreSQL is away) is tried again until it is.
 */
#ifndef ZH_SERVER_JOBS_KEEP_H
#define ZH_SERVER_JOBS_KEEP_H

#include "jobs.h"

struct db;
struct loop;

/* Some times a second, on each loop's thread. */
void jobs_tick(struct jobs *j, struct loop *l, struct db *db, int64_t now_ns);
/* Before the loop is freed. */
void jobs_untick(struct jobs *j, struct loop *l);
/* Is something of this loop's still to be stored? For a daemon that ends. */
bool jobs_unsaved(struct jobs *j, const struct loop *l);
/* This daemon's name in leases. */
const char *jobs_daemon(const struct jobs *j);

#endif
