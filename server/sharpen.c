#include "sharpen.h"

#include "log.h"

#include <stdlib.h>
#include <time.h>

struct sharpen {
    struct pool_job job; /* first */
    struct pool *pool;
    struct snapshot *snapshot;
};

static bool useless(void *ctx)
{
    struct sharpen *s = ctx;
    return pool_stopping(s->pool) || __atomic_load_n(&s->snapshot->holders, __ATOMIC_ACQUIRE) == 1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sharpen(struct pool_job *j)
{
    struct sharpen *s = (struct sharpen *)(void *)j;
    struct err e = {0};
    int64_t begin = now_ms();
    bool ok = j->dropped || plan_network_sharpen(s->snapshot->plan, useless, s, &e);
    if (!ok)
        log_event(LOG_WARN, "sharpen_failed", "why", e.text, NULL);
    else if (!j->dropped)
        log_event(LOG_INFO, "sharpened", "version", s->snapshot->net->version, "ms",
                  LOG_I64(now_ms() - begin), NULL);
    snapshot_release(s->snapshot);
    free(s);
}

void sharpen_later(struct pool *p, struct snapshot *snapshot)
{
    struct sharpen *s = calloc(1, sizeof *s);
    if (s == NULL)
        return;
    *s = (struct sharpen){.job = {.work = sharpen}, .pool = p, .snapshot = snapshot_acquire(snapshot)};
    pool_submit(p, &s->job);
}
