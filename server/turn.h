/* turn.h - how long an event loop is away from its events.
 *
 * A turn is what a loop's thread does between two looks for events. libevent does not tell when a look is
 * over, so whatever is called first after one says so: it is a thread's own variable, as a pool's port or a
 * connection to PostgreSQL does not know the loop that calls it. What only writes what had to wait is not
 * counted.
 *
 * Each turn_stats is written by its loop's thread alone and read by any.
 */
#ifndef ZH_SERVER_TURN_H
#define ZH_SERVER_TURN_H

#include <stdatomic.h>
#include <stdint.h>

enum { TURN_BUCKET_COUNT = 9 };

struct turn_stats {
    _Atomic uint64_t bucket[TURN_BUCKET_COUNT]; /* turns by length */
    _Atomic uint64_t sum_us;
    _Atomic int64_t longest_ns; /* since the start */
    _Atomic int64_t last_ns;    /* the longest of the last whole window of 10 s that had turns */
    _Atomic int64_t window_ns;  /* and of the one that is open */
    int64_t window_began_ns;    /* CLOCK_MONOTONIC; 0: none yet */
    int64_t took_ns;            /* the last turn; for its loop only */
};

/* At the head of a callback at now_ns (CLOCK_MONOTONIC); only the first of a turn counts. */
void turn_begins(int64_t now_ns);
/* Before the loop looks for events again. */
void turn_ends(struct turn_stats *s, int64_t now_ns);

/* The upper bound of a bucket in us; UINT32_MAX: none. */
uint32_t turn_bound(unsigned bucket);
/* The longest of the last 10 to 20 s. */
int64_t turn_recent_ns(const struct turn_stats *s);

#endif
