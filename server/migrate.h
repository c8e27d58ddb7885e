/* migrate.h - brings a database to the schema of this build, before any loop runs.
 *
 * The files NNNN_name.sql of a folder from 0001 on are applied in the order of their numbers, each in one
 * transaction, under an advisory lock, so that of many daemons that start together one migrates and the
 * others wait. What was applied stands in zh.schema_migration(version, name, sha256, applied_at): files are
 * append-only, and one whose bytes have changed since, a gap in the numbers, or a database that is newer than
 * the folder stop the start. 0000_bootstrap.sql makes the roles and that table; only a superuser can run it
 * (tools/setup_db.sh), so it is not run here.
 *
 * Blocking libpq: for the start of a process only.
 */
#ifndef ZH_SERVER_MIGRATE_H
#define ZH_SERVER_MIGRATE_H

#include "base/err.h"

#include <stdbool.h>

/* *applied: how many files were applied by this run. The connection's role must be able to SET ROLE zh_owner.
 */
bool migrate_run(const char *conninfo, const char *dir, unsigned *applied, struct err *e);

#endif
