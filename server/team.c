#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { HELPERS_MAX = 63, SPINS = 4000 };

/* A task is claimed by adding one to `claim`, which holds the round in its upper half: a helper that wakes
 * late cannot take a task of a round that it does not know. */
struct team {
    struct cch_executor executor;
    _Atomic(void (*)(void *arg, uint32_t index)) task;
    _Atomic(void *) arg;
    _Atomic uint32_t count, finished;
    _Atomic uint64_t claim;
    atomic_bool stop;
    pthread_mutex_t lock; /* for sleeping only */
    pthread_cond_t wake;
    atomic_uint sleepers;
    unsigned helper_count;
    pthread_t helper[HELPERS_MAX];
};

static uint32_t round_of(uint64_t claim)
{
    return (uint32_t)(claim >> 32);
}

static void work(struct team *t, uint32_t round)
{
    for (;;) {
        uint64_t at = atomic_load(&t->claim);
        void (*task)(void *, uint32_t) = atomic_load(&t->task);
        void *arg = atomic_load(&t->arg);
        if (round_of(at) != round || (uint32_t)at >= atomic_load(&t->count))
            return;
        if (!atomic_compare_exchange_weak(&t->claim, &at, at + 1))
            continue;
        task(arg, (uint32_t)at);
        atomic_fetch_add(&t->finished, 1);
    }
}

static void sleep_until_after(struct team *t, uint32_t round)
{
    pthread_mutex_lock(&t->lock);
    atomic_fetch_add(&t->sleepers, 1);
    while (round_of(atomic_load(&t->claim)) == round && !atomic_load(&t->stop))
        pthread_cond_wait(&t->wake, &t->lock);
    atomic_fetch_sub(&t->sleepers, 1);
    pthread_mutex_unlock(&t->lock);
}

static void *help(void *arg)
{
    struct team *t = arg;
    uint32_t seen = 0;
    while (!atomic_load(&t->stop)) {
        for (int i = 0; i < SPINS && round_of(atomic_load(&t->claim)) == seen; i++)
            ;
        if (round_of(atomic_load(&t->claim)) == seen)
            sleep_until_after(t, seen);
        seen = round_of(atomic_load(&t->claim));
        work(t, seen);
    }
    return NULL;
}

static void wake(struct team *t)
{
    if (atomic_load(&t->sleepers) == 0)
        return;
    pthread_mutex_lock(&t->lock);
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->lock);
}

static void run(void *ctx, uint32_t count, void (*task)(void *arg, uint32_t index), void *arg)
{
    struct team *t = ctx;
    if (count < 2) {
        for (uint32_t i = 0; i < count; i++)
            task(arg, i);
        return;
    }
    uint32_t round = round_of(atomic_load(&t->claim)) + 1;
    /* The round before is closed first: a claim that was read in it cannot succeed any more. */
    atomic_store(&t->claim, ((uint64_t)round - 1) << 32 | UINT32_MAX);
    atomic_store(&t->task, task);
    atomic_store(&t->arg, arg);
    atomic_store(&t->finished, 0);
    atomic_store(&t->count, count);
    atomic_store(&t->claim, (uint64_t)round << 32);
    wake(t);
    work(t, round);
    for (int spins = 0; atomic_load(&t->finished) < count; spins++)
        if (spins > SPINS)
            sched_yield();
}

struct team *team_new(unsigned threads)
{
    struct team *t = threads > 1 ? calloc(1, sizeof *t) : NULL;
    if (t == NULL)
        return NULL;
    t->executor = (struct cch_executor){.run = run, .ctx = t};
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    while (t->helper_count + 1 < threads && t->helper_count < HELPERS_MAX &&
           pthread_create(&t->helper[t->helper_count], NULL, help, t) == 0)
        t->helper_count++;
    return t;
}

void team_free(struct team *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->stop, true);
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->lock);
    for (unsigned i = 0; i < t->helper_count; i++)
        pthread_join(t->helper[i], NULL);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

const struct cch_executor *team_executor(const struct team *t)
{
    return t != NULL ? &t->executor : NULL;
}
