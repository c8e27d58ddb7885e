/* scenarios.h - the scenarios of this process: what firms put, what the network's projects stand for, and the
 * snapshots derived from them.
 *
 * An entry is the message as it was put. Its snapshot is made on a worker when it is put, or when it is asked
 * for the first time after a start or a reload: it is then derived from the network in force, so a reload
 * rebases every scenario, and one that no longer applies is refused with what is wrong (FAILED_PRECONDITION).
 * Kept snapshots are bounded in bytes (scenarios_max_bytes): the least recently asked go first and are made
 * again when asked.
 *
 * A scenario of another firm is not there: it answers exactly as an id that nobody has put.
 *
 * Threads: any. Loops use scenarios_get, workers scenarios_snapshot.
 */
#ifndef ZH_SERVER_SCENARIOS_H
#define ZH_SERVER_SCENARIOS_H

#include "handler.h"
#include "pool.h"
#include "snapshot.h"

struct scenarios;

/* For a worker: the snapshot of a scenario on this base as the firm sees it, acquired; made here when there
 * is none. "" is the base. NOT_FOUND, FAILED_PRECONDITION with field scenario_id, RESOURCE_EXHAUSTED. */
bool scenarios_snapshot(struct scenarios *k, struct snapshot *base, const char *firm_id,
                        const char *scenario_id, struct snapshot **out, struct err *e);

#endif
