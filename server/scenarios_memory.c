/* scenarios_memory.c - which snapshots are kept in the memory that there is for them. */
#include "scenarios_inside.h"

#include <malloc.h>

/* Releasing may free a network: the caller does it without the lock. */
struct snapshot *scenarios_let_go(struct scenarios *k, struct scenarios_entry *x)
{
    struct snapshot *s = x->made;
    k->stats.bytes -= x->bytes;
    k->stats.snapshots -= s != NULL;
    x->made = NULL;
    x->bytes = 0;
    return s;
}

static void trim(struct pool_job *j)
{
    struct scenarios *k = (struct scenarios *)(void *)j;
    pthread_mutex_lock(&k->lock);
    k->trimming = false;
    pthread_mutex_unlock(&k->lock);
    if (!j->dropped)
        malloc_trim(0);
}

/* What a snapshot was is given back to the machine, which malloc does not do by itself. */
void scenarios_trim_later(struct scenarios *k)
{
    pthread_mutex_lock(&k->lock);
    bool already = k->trimming;
    k->trimming = true;
    if (!already)
        k->trim = (struct pool_job){.work = trim};
    pthread_mutex_unlock(&k->lock);
    if (!already)
        pool_submit(k->pool, &k->trim);
}

/* The entry asked for longest ago that has a snapshot, but not `keep`. */
static struct scenarios_entry *oldest(struct scenarios *k, const struct scenarios_entry *keep)
{
    struct scenarios_entry *old = NULL;
    for (int i = 0; i < SCENARIOS_BUCKETS; i++)
        for (struct scenarios_entry *x = k->bucket[i]; x != NULL; x = x->next)
            if (x->made != NULL && x != keep && (old == NULL || x->asked < old->asked))
                old = x;
    return old;
}

void scenarios_free_freed(struct scenarios_freed *f)
{
    for (int i = 0; i < f->count; i++)
        snapshot_release(f->of[i]);
    f->count = 0;
}

/* Keeps the snapshot (acquired here) when it fits the memory; others go for it. */
void scenarios_keep(struct scenarios *k, struct scenarios_entry *x, struct snapshot *s, uint64_t set_id,
                    struct scenarios_freed *f)
{
    size_t bytes = snapshot_own_bytes(s);
    if (x->made != NULL && f->count < SCENARIOS_FREED_MAX)
        f->of[f->count++] = scenarios_let_go(k, x);
    while (k->stats.bytes + bytes > k->stats.bytes_max && f->count < SCENARIOS_FREED_MAX) {
        struct scenarios_entry *old = oldest(k, x);
        if (old == NULL)
            break;
        f->of[f->count++] = scenarios_let_go(k, old);
        k->stats.evicted++;
    }
    if (x->made != NULL || k->stats.bytes + bytes > k->stats.bytes_max)
        return;
    x->made = snapshot_acquire(s);
    x->made_of = set_id;
    x->bytes = bytes;
    x->asked = ++k->clock;
    k->stats.bytes += bytes;
    k->stats.snapshots++;
}
