/* metric_cache.h - metrics that no vehicle class of the network has: a truck with measures of its own,
 * dangerous goods, roads to avoid, another objective; and, for tables by time, metres and toll, metrics with
 * their sums (road/sums.h).
 *
 * One cache for the process, by network version and profile. What is not there is made on the pool; everybody
 * who asks for the same meanwhile waits for the same. Bounded in bytes: the least recently used that nobody
 * holds go first, and when all are held the answer is RESOURCE_EXHAUSTED. An entry holds its snapshot, so
 * that a question ends on the network it began with; after a reload the old ones are let go.
 *
 * Threads: all functions from any thread; a waiter belongs to the loop of its port.
 */
#ifndef ZH_SERVER_METRIC_CACHE_H
#define ZH_SERVER_METRIC_CACHE_H

#include "plan/plan.h"
#include "pool.h"
#include "road/sums.h"
#include "snapshot.h"

enum { METRIC_RETRY_MS = 200 };

struct metric_cache;
struct metric_entry;

bool metric_cache_new(struct pool *pool, size_t bytes_max, struct metric_cache **out, struct err *e);
/* After pool_stop, when nothing is held any more. */
void metric_cache_free(struct metric_cache *k);

struct metric_want {
    struct road_profile profile;
    const struct plan_avoid *avoid; /* NULL: nothing; copied */
    bool sums;                      /* also tables of sums; only where the network has a hierarchy */
    bool has_ticket;                /* the asker holds one of the pool's: none is needed for this */
};

/* Filled by metric_cache_get, at once or before job.done is called. */
struct metric_waiter {
    struct pool_job job; /* first; done and port are the asker's to set */
    const struct road_metric *metric;
    struct metric_entry *entry; /* NULL: the network's own metric; otherwise to be released */
    struct err err;             /* why there is none */
    void *owner;                /* the asker's */
    bool want_sums;             /* the cache's */
    struct metric_waiter *next;
};

enum metric_got { METRIC_READY, METRIC_WAITING, METRIC_REFUSED };

/* READY: w is filled, job.done is not called. WAITING: job.done comes later, with w->metric or w->err.
 * REFUSED: e says why (RESOURCE_EXHAUSTED: too many, or no room). */
enum metric_got metric_cache_get(struct metric_cache *k, struct snapshot *s, const struct metric_want *want,
                                 struct metric_waiter *w, struct err *e);
/* NULL is allowed; an `undo` for arena_defer. */
void metric_release(void *entry);

/* Lets go of all that belongs to other snapshots, now and later, as soon as nobody holds it. */
void metric_cache_keep_only(struct metric_cache *k, const struct snapshot *s);

struct metric_cache_stats {
    uint64_t bytes, bytes_max, hits, made, shared, failed, evicted, refused;
    uint32_t entries;
};
struct metric_cache_stats metric_cache_stats(struct metric_cache *k);

#endif
