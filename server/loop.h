/* loop.h - one event loop thread and what it owns: its listener, connections, search scratch, PostgreSQL
 * connections and current snapshot. Loops share nothing mutable but the pool and the cache of metrics; the
 * main thread talks to them through an eventfd: a new snapshot is there, or drain.
 */
#ifndef ZH_SERVER_LOOP_H
#define ZH_SERVER_LOOP_H

#include "admission.h"
#include "base/err.h"
#include "config.h"
#include "handler.h"
#include "metric_cache.h"
#include "plan/plan.h"
#include "pool.h"
#include "snapshot.h"
#include "tls.h"
#include "turn.h"
#include "web_files.h"

#include <event2/event.h>
#include <stdatomic.h>

struct agreed_cache;
struct conn;
struct db;
struct jobs;
struct failures;
struct method_stats;
struct replica;
struct revocations;

enum { HTTP_CLASSES = 6 };

/* Counted by the loop, read by anyone. */
struct loop_stats {
    _Atomic uint64_t requests, refused, failed, accepted, closed_bad;
    _Atomic uint64_t http_answers[HTTP_CLASSES]; /* by the first digit of their status */
    _Atomic uint64_t shed[CRITICALITIES];        /* refused for delay, by criticality */
    _Atomic uint64_t shed_share;                 /* refused as the firm had had more than its share */
    _Atomic uint64_t expired;                    /* the deadline had passed before anything was done */
    _Atomic uint64_t answered_late;              /* answered after the deadline */
    _Atomic uint64_t accept_pauses;              /* no descriptors */
    _Atomic uint64_t heavy_waits; /* heavy requests that waited for those of their connection */
    _Atomic uint64_t buffered;    /* bytes in the buffers of connections now */
    _Atomic int64_t delay_ns;     /* that the last request had behind it */
    _Atomic uint32_t connections, http_connections, inflight;
    struct turn_stats turns;
};

/* What all loops of the process know: set before they start, then only read. */
struct server {
    struct config config;
    struct snapshot_store store;
    struct pool *pool;
    struct metric_cache *metrics;
    struct scenarios *scenarios;
    struct demands *demands;
    struct jobs *jobs;
    struct tls_store tls;      /* empty: plain TCP */
    struct web_files web;      /* the page */
    struct failures *failures; /* wrong tokens by address */
    struct loop **loops;
    unsigned loop_count;
    int64_t started_at; /* UTC seconds */
    _Atomic int schema_version;
};

struct loop;

/* The ports of its listeners; -1 before the first loop: that of the setting. http stays -1 without one. */
struct loop_ports {
    int tcp, http;
};

/* Opens the listeners (*ports becomes what was taken, for the next loop) and the loop's resources. */
bool loop_new(struct server *server, struct loop_ports *ports, struct loop **out, struct err *e);
/* Runs until drained; on a thread of its own or on the main one. */
void loop_run(struct loop *l);
/* One turn of it; waits: for events, when there are none. False: the loop is over. */
bool loop_step(struct loop *l, bool waits);
/* After it ran, and when the pool has stopped: ends all its calls. They may look at the other loops, so all
 * are closed before one is freed. */
void loop_close(struct loop *l);
/* After loop_close, or instead of it where it is the only one. */
void loop_free(struct loop *l);

/* From any thread. */
void loop_tell_reload(struct loop *l);
void loop_tell_drain(struct loop *l);

/* From the loop's own thread. */
struct event_base *loop_base(struct loop *l);
struct db *loop_db(struct loop *l);           /* NULL: no database configured */
struct db *loop_reads(struct loop *l);        /* the replica's connections, for their counters; NULL: none */
struct replica *loop_replica(struct loop *l); /* NULL: none */
struct agreed_cache *loop_agreed(struct loop *l);
struct server *loop_server(struct loop *l);
struct snapshot *loop_snapshot(struct loop *l); /* not acquired */
struct plan_query *loop_query(struct loop *l);  /* the scratch for loop_snapshot */
struct loop_stats *loop_stats(struct loop *l);
struct method_stats *loop_methods(struct loop *l); /* one for each row of dispatch.h's table */
struct pool_port *loop_port(struct loop *l);       /* where the pool's jobs for this loop come back */

struct admission_state *loop_admission(struct loop *l);
/* How long ago, at most, what is dealt with at now_ns may have come: since the loop last looked for events.
 */
int64_t loop_delay_ns(struct loop *l, int64_t now_ns);
/* The number of this turn of the loop; and whether a look for events after that turn found nothing on a
 * socket that is found ready now: another turn lies between, or the look had to wait for longer than any look
 * takes. */
uint64_t loop_turn(const struct loop *l);
bool loop_found_nothing(const struct loop *l, uint64_t turn);

bool loop_draining(const struct loop *l); /* streams end now */

int64_t monotonic_ns(void);

#endif
