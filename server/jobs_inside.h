/* jobs_inside.h - what jobs*.c share. */
#ifndef ZH_SERVER_JOBS_INSIDE_H
#define ZH_SERVER_JOBS_INSIDE_H

#include "jobs.h"

#include <pthread.h>
#include <stdatomic.h>

enum { JOBS_WORKERS_MAX = 16 };

struct job {
    struct job_info info;
    uint8_t *request, *result;
    size_t request_len, result_len;
    bool held;
    atomic_bool cancel;
    bool lost;        /* another daemon has it now: nothing is to be stored */
    bool dirty;       /* its state is not stored yet */
    bool storing;     /* a statement is on its way */
    struct job *next; /* newest first */
};

struct jobs {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *list; /* all under the lock */
    uint32_t open, running;
    uint64_t ended, refused;
    bool stopping;
    unsigned thread_count;
    pthread_t thread[JOBS_WORKERS_MAX];
    struct jobs_keeper *keeper; /* jobs_keep.c */
    char daemon[JOB_ID_SIZE];   /* its name in leases */
};

struct job *jobs_find(struct jobs *j, const char *id); /* under the lock */
bool job_ended(enum job_state s);
/* Under the lock: a new state, told to who watches and to the keeper. */
void job_move(struct jobs *j, struct job *x, enum job_state s);

void *jobs_work(void *jobs); /* jobs_run.c: a thread, until they stop */

struct jobs_keeper *jobs_keeper_new(void); /* freed by free */

extern job_work_fn *const job_works[JOB_KINDS]; /* planning_work.c */

#endif
