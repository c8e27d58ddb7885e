/* store_replica.h - reads from a streaming replica that know all that was committed before they were asked.
 *
 * A replica is behind. Before a read goes to it, the primary is asked for its place in the log, and the
 * replica until it has replayed that far; then whatever was committed before the read was asked, through any
 * daemon, is there (the read index of Ongaro, "Consensus: Bridging Theory and Practice", 2014, 6.4, with
 * PostgreSQL's log). One such round serves all reads that came before it began, so the primary answers one
 * trivial statement for many reads. A replica that does not catch up within the limit, or is away, is passed
 * over: the primary answers. With the primary away nobody can tell how old the replica is: then reads fail as
 * writes do.
 *
 * Threads: of one loop.
 */
#ifndef ZH_SERVER_STORE_REPLICA_H
#define ZH_SERVER_STORE_REPLICA_H

#include "db.h"

struct replica;

/* `reads` goes to the replica and falls back to `primary`; neither is closed before replica_stop, nor freed
 * while anybody may ask. */
struct replica *replica_new(struct event_base *base, struct db *primary, struct db *reads, uint32_t wait_ms);
/* Before the two databases are closed: whoever waits is told the primary, and so is whoever asks from now on.
 */
void replica_stop(struct replica *r);
/* After they were closed. */
void replica_free(struct replica *r);

/* In the arena of the call that waits. */
struct replica_waiter {
    struct replica_waiter *next;
    void (*ready)(void *ctx, struct db *db); /* once, perhaps before replica_ask returns */
    void *ctx;
};
void replica_ask(struct replica *r, struct replica_waiter *w);

/* Reads told the replica, and told the primary because the replica was behind or away. */
struct replica_stats {
    _Atomic uint64_t rounds, served, behind;
};
const struct replica_stats *replica_stats(const struct replica *r);

#endif
