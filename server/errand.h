/* errand.h - what a thread that may wait (a job's) has a loop do for it, because loops own the connections to
 * PostgreSQL.
 *
 * An errand is malloc'ed by its asker, a struct errand first. errand_run sends it to a loop and waits; begin
 * runs there and has errand_end called once, at once or later. When the wait has an end before (a loop that
 * has stopped does not come back) the errand frees itself when it is over.
 */
#ifndef ZH_SERVER_ERRAND_H
#define ZH_SERVER_ERRAND_H

#include "base/err.h"
#include "pool.h"

#include <pthread.h>
#include <stdint.h>

struct loop;
struct server;

struct errand {
    struct pool_job job; /* first */
    void (*begin)(struct errand *x);
    void (*release)(struct errand *x); /* frees what it holds and itself */
    struct loop *loop;
    int64_t deadline_ns; /* of statements */
    struct err err;      /* set before errand_end: what errand_run fails with */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over, left;
};

/* True: the errand is done and the caller's, who ends it with errand_free. False: e, and it is gone. */
bool errand_run(struct server *s, struct errand *x, struct err *e);
void errand_end(struct errand *x);
void errand_free(struct errand *x);

#endif
