/* pool.h - worker threads for what would hold up a loop: tables, reach, metrics of a request's own vehicle.
 *
 * A job's work runs on a worker; its done then runs on the thread of the loop whose port it names, through
 * that loop's eventfd. A handler that keeps its call submits a job that lies in the call's arena, and must
 * not touch what the job uses until done: the call's arena belongs to the worker meanwhile. A call whose
 * connection or deadline has gone is still ended by its done: nothing is freed under a job.
 *
 * The queue is bounded by tickets: who brings heavy work takes one (pool_enter) and keeps it until all its
 * jobs are done (pool_leave), however many jobs that takes. Jobs of ticket holders are always taken, urgent
 * ones before the others, in the order of submission.
 *
 * Ending: pool_stop ends what is running and calls the work of what waits with `dropped` set, which should
 * return at once; from then on submitted jobs are dropped where they are submitted. Ports are freed after
 * that, and what they still hold is done first.
 *
 * Threads: all functions from any thread, but for a port's new and free (its loop's, or any once that has
 * ended) and pool_new, pool_stop, pool_free (one thread).
 */
#ifndef ZH_SERVER_POOL_H
#define ZH_SERVER_POOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct pool;
struct pool_port; /* a loop's letterbox */

struct pool_job {
    void (*work)(struct pool_job *j);
    void (*done)(struct pool_job *j); /* NULL: none */
    struct pool_port *port;           /* where done runs */
    bool urgent;                      /* before those that are not */
    bool dropped;                     /* the pool has stopped: work must not do anything long */
    struct pool_job *next;            /* the pool's */
};

/* held_max: bytes that ticket holders may keep beside their requests' arenas (pool_hold). */
bool pool_new(unsigned threads, int64_t nicer, uint32_t tickets_max, size_t held_max, struct pool **out,
              struct err *e);
void pool_stop(struct pool *p);
void pool_free(struct pool *p); /* after pool_stop */

/* False when all tickets are out: the answer is RESOURCE_EXHAUSTED. */
bool pool_enter(struct pool *p);
void pool_leave(struct pool *p);

/* Counts bytes that a ticket holder is about to allocate, until pool_let_go of the same; false when that were
 * more than held_max: the answer is RESOURCE_EXHAUSTED. */
bool pool_hold(struct pool *p, size_t bytes);
void pool_let_go(struct pool *p, size_t bytes);

/* How long a job that is not urgent and submitted now will wait, guessed from what jobs took lately. */
int64_t pool_wait_ns(struct pool *p);

void pool_submit(struct pool *p, struct pool_job *j);
/* For work that takes long: has pool_stop been called? */
bool pool_stopping(struct pool *p);

struct pool_stats {
    uint32_t threads, tickets, tickets_max; /* tickets: out now */
    uint32_t waiting, running;              /* jobs */
    uint64_t jobs, refused;                 /* jobs begun; tickets and bytes refused */
    size_t held, held_max;                  /* bytes */
};
struct pool_stats pool_stats(struct pool *p);

bool pool_port_new(struct event_base *base, struct pool_port **out, struct err *e);
/* Runs the done of what is there, also what that brings. */
void pool_port_empty(struct pool_port *port);
/* The same, and frees. */
void pool_port_free(struct pool_port *port);
/* Calls only j->done, on the port's thread. */
void pool_post(struct pool_port *port, struct pool_job *j);

#endif
