/* scenarios.h - the scenarios of this process: what firms put, what the network's projects stand for, and the
 * snapshots derived from them.
 *
 * With a database the texts here are copies of what PostgreSQL keeps, looked at again when a question comes
 * and the last look is older than SCENARIOS_LOOK_MS (scenario_open.h); without one they are all there is, and
 * end with the process. A snapshot is made on a worker when its scenario is put, or when it is first asked
 * for after a start, a reload or a change of it or of a prerequisite: it is always derived from the network
 * in force, so a reload rebases every scenario, and one that no longer applies is refused with what is wrong
 * (FAILED_PRECONDITION). Snapshots are bounded in bytes (scenarios_memory): those asked for longest ago go
 * first, and are made again when asked.
 *
 * A firm sees its own scenarios, those that others share, and the projects; its own before others' of the
 * same id. A scenario that it does not see answers exactly as one that nobody has put.
 *
 * Threads: any; one lock, held for moments. Snapshots are made without it.
 */
#ifndef ZH_SERVER_SCENARIOS_H
#define ZH_SERVER_SCENARIOS_H

#include "pool.h"
#include "scenario_text.h"
#include "snapshot.h"

struct scenarios;
struct server;

enum { SCENARIOS_LOOK_MS = 1000, SCENARIOS_TEXTS_MAX = 20000 };

#define SCENARIOS_NOT_FOUND "there is no scenario of this id; ListScenarios tells which there are"

struct scenarios_settings {
    size_t memory_max; /* bytes of snapshots */
    uint32_t firm_max; /* scenarios of one firm, where there is no database */
    bool database;
};
bool scenarios_new(const struct scenarios_settings *s, struct pool *pool, struct scenarios **out,
                   struct err *e);
void scenarios_free(struct scenarios *k); /* after pool_stop */
/* The projects of a network that is now in force; snapshots of others are let go. */
bool scenarios_rebase(struct scenarios *k, struct snapshot *base, struct err *e);

/* --- texts --------------------------------------------------------------------------------------------- */

/* As the firm sees it, acquired; NULL: not there. */
struct scenario_text *scenarios_find(struct scenarios *k, const char *firm_id, const char *id);
/* Takes the place of what its firm had under that id; the reference is the store's then. made: its snapshot,
 * or NULL. RESOURCE_EXHAUSTED: too many. */
bool scenarios_set(struct scenarios *k, struct scenario_text *t, struct snapshot *made, struct err *e);
/* The firm's own; false: there was none. */
bool scenarios_remove(struct scenarios *k, const char *firm_id, const char *id);
/* What a firm sees, by id from `after` on, acquired; for a store without a database and for the projects. */
uint32_t scenarios_list(struct scenarios *k, const char *firm_id, bool projects_only, const char *tag,
                        const char *after, uint32_t max, struct scenario_text **out);

/* When PostgreSQL was last asked what the firm sees under an id. */
bool scenarios_looked(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns);
void scenarios_note_look(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns);

/* --- sets of texts ------------------------------------------------------------------------------------- */

/* A scenario with all its prerequisites, these first. */
struct scenario_set {
    struct scenario_text *text[SCENARIO_PREREQUISITES_MAX + 1];
    uint32_t count;
    char missing[SCENARIO_ID_MAX + 1]; /* a prerequisite that is not there */
};
/* Of a text, by what is in the store, acquired. False: one is missing, they go in a circle or exclude each
 * other, or there are too many; FAILED_PRECONDITION with field prerequisites or conflicts. */
bool scenarios_gather(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                      struct scenario_set *out, struct err *e);
void scenario_set_release(struct scenario_set *s);

/* --- snapshots ----------------------------------------------------------------------------------------- */

struct scenarios_waiter {
    struct pool_job job;       /* first; done and port are the asker's to set */
    struct snapshot *snapshot; /* acquired */
    struct err err;
    struct scenarios_waiter *next; /* the store's */
};

enum scenarios_got { SCENARIOS_READY, SCENARIOS_WAITING, SCENARIOS_REFUSED };

/* By the texts that are in the store. READY: w->snapshot; WAITING: job.done comes, with w->snapshot or
 * w->err; REFUSED: e. NOT_FOUND and FAILED_PRECONDITION have the field scenario_id. */
enum scenarios_got scenarios_get(struct scenarios *k, struct snapshot *base, const char *firm_id,
                                 const char *id, struct scenarios_waiter *w, struct err *e);

/* For a thread that may wait (a job's): looks into PostgreSQL through a loop and makes the snapshot here when
 * there is none. "" is the base. */
bool scenarios_snapshot(struct server *s, struct snapshot *base, const char *firm_id, const char *id,
                        struct snapshot **out, struct err *e);

/* The same by the texts that are in the store. */
bool scenarios_make_here(struct scenarios *k, struct snapshot *base, const char *firm_id, const char *id,
                         struct snapshot **out, struct err *e);

struct scenarios_stats {
    uint64_t bytes, bytes_max, made, failed, evicted;
    uint32_t texts, snapshots;
};
struct scenarios_stats scenarios_stats(struct scenarios *k);

#endif
