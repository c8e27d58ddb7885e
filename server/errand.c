#include "errand.h"

#include "loop.h"

#include <time.h>

enum { WAIT_S = 5 };

void errand_free(struct errand *x)
{
    pthread_cond_destroy(&x->ended);
    pthread_mutex_destroy(&x->lock);
    x->release(x);
}

void errand_end(struct errand *x)
{
    pthread_mutex_lock(&x->lock);
    bool left = x->left;
    x->over = true;
    pthread_cond_signal(&x->ended);
    pthread_mutex_unlock(&x->lock);
    if (left)
        errand_free(x);
}

static void on_loop(struct pool_job *j)
{
    struct errand *x = (struct errand *)(void *)j;
    x->begin(x);
}

static bool wait_for(struct errand *x, struct err *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S + 1;
    pthread_mutex_lock(&x->lock);
    while (!x->over && pthread_cond_timedwait(&x->ended, &x->lock, &until) == 0)
        ;
    bool over = x->over;
    x->left = true;
    if (over)
        *e = x->err;
    pthread_mutex_unlock(&x->lock);
    if (!over)
        return fail(e, ERR_UNAVAILABLE, "PostgreSQL could not be asked in time");
    if (e->code == ERR_OK)
        return true;
    errand_free(x);
    return false;
}

/* Its waits are by the clock that nobody sets. */
static void init_end(pthread_cond_t *ended)
{
    pthread_condattr_t how;
    pthread_condattr_init(&how);
    pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
    pthread_cond_init(ended, &how);
    pthread_condattr_destroy(&how);
}

bool errand_run(struct server *s, struct errand *x, struct err *e)
{
    x->loop = s->loops[0];
    x->deadline_ns = monotonic_ns() + (int64_t)WAIT_S * 1000000000;
    x->job.done = on_loop;
    pthread_mutex_init(&x->lock, NULL);
    init_end(&x->ended);
    *e = (struct err){0};
    pool_post(loop_port(x->loop), &x->job);
    return wait_for(x, e);
}
