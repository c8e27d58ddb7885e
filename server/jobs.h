/* jobs.h - long work of planners: assignments, comparisons, appraisals, screenings.
 *
 * A job runs on threads of its own (jobs_workers), which are nicer than the loops' (jobs_nice), and
 * apart from the pool of heavy requests, so that questions of shippers are not held up. At most
 * jobs_max wait or run.
 *
 *     WAITING -> RUNNING -> FINISHED | FAILED | STOPPED
 *     WAITING, RUNNING -> INTERRUPTED (the daemon ends) -> WAITING (in the next one that is free)
 *
 * With a database a firm's job is written before it runs, and its result when it ends (jobs_keep.h); without
 * one, or for the anonymous, it lives in memory: the newest jobs_kept ended ones are remembered.
 *
 * Threads: all functions from any thread, but new, stop and free (one thread).
 */
#ifndef ZH_SERVER_JOBS_H
#define ZH_SERVER_JOBS_H

#include "base/arena.h"
#include "base/err.h"
#include "road/cch.h"

#include <stdint.h>

struct server;
struct jobs;

enum job_kind { JOB_ASSIGN, JOB_COMPARE, JOB_APPRAISE, JOB_CRITICAL, JOB_KINDS };
/* The wire's numbers. */
enum job_state {
    JOB_WAITING = 1,
    JOB_RUNNING,
    JOB_FINISHED,
    JOB_FAILED,
    JOB_STOPPED,
    JOB_INTERRUPTED,
};

const char *job_kind_name(enum job_kind k);   /* "assign" */
const char *job_state_name(enum job_state s); /* "WAITING" */
bool job_kind_of(const char *name, enum job_kind *out);
bool job_state_of(const char *name, enum job_state *out);

enum { JOB_ID_SIZE = 37, JOB_TEXT_MAX = 640 };

struct job_info { /* as it was when it was looked at */
    char id[JOB_ID_SIZE], firm[JOB_ID_SIZE], author[128], scenario[72], network_version[33];
    enum job_kind kind;
    enum job_state state;
    int64_t created_at, started_at, ended_at; /* UTC seconds; 0: not yet */
    uint32_t iteration, done_permille;
    double relative_gap;
    char text[JOB_TEXT_MAX];
    enum err_code code; /* of FAILED, with the field that is wrong */
    char field[ERR_FIELD_MAX];
    bool kept;        /* in PostgreSQL */
    uint32_t changes; /* grows with every change */
};

struct job_ask {
    enum job_kind kind;
    const char *id;   /* NULL: a new one */
    const char *firm; /* "": anonymous */
    const char *author, *scenario;
    const void *request; /* the packed request of its kind */
    size_t request_len;
    int64_t created_at;
    bool kept, held; /* held: does not begin before jobs_begin */
};

bool jobs_new(struct server *server, struct jobs **out, struct err *e);
/* Stops what runs and ends the threads; jobs that are kept are INTERRUPTED then. */
void jobs_stop(struct jobs *j);
void jobs_free(struct jobs *j);

/* RESOURCE_EXHAUSTED: as many jobs as it takes (jobs_max). */
bool jobs_submit(struct jobs *j, const struct job_ask *ask, char id[JOB_ID_SIZE], struct err *e);
void jobs_begin(struct jobs *j, const char *id, bool kept);
/* False: not in this daemon's memory, or another firm's. */
bool jobs_look(struct jobs *j, const char *firm, const char *id, struct job_info *out);
/* Asks it to end; one that waits ends at once. */
bool jobs_cancel(struct jobs *j, const char *firm, const char *id);
/* The packed reply of its kind, in the arena; NULL: none, or no room. */
const uint8_t *jobs_result(struct jobs *j, const char *firm, const char *id, struct arena *a, size_t *len);
/* A firm's jobs in memory, newest first; at most max. */
uint32_t jobs_list(struct jobs *j, const char *firm, struct job_info *out, uint32_t max);

struct jobs_stats {
    uint32_t waiting, running, max;
    uint64_t ended, refused;
};
struct jobs_stats jobs_stats(struct jobs *j);

/* --- what the work of a job uses, on its thread --- */

struct job_run;

/* Makes the packed reply, by malloc. */
typedef bool job_work_fn(struct job_run *r, const uint8_t *request, size_t len, uint8_t **result,
                         size_t *result_len, struct err *e);

struct server *job_server(struct job_run *r);
const struct job_info *job_about(struct job_run *r); /* as it began */
const struct cch_executor *job_executor(struct job_run *r);
bool job_stopped(void *job_run); /* a stop function: ends soon with CANCELLED when true */
void job_tell(struct job_run *r, uint32_t done_permille, const char *text);
void job_tell_gap(struct job_run *r, uint32_t iteration, double gap);
void job_tell_network(struct job_run *r, const char *version);

#endif
