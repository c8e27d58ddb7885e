#include "snapshot.h"

#include "team.h"
#include "whatif/scenario.h"

#include <stdio.h>
#include <stdlib.h>

static bool make_plan(struct snapshot *s, unsigned threads, struct err *e)
{
    struct team *t = team_new(threads);
    bool ok = plan_network_new_on(s->net, team_executor(t), &s->plan, e);
    team_free(t);
    return ok;
}

bool snapshot_load(const char *path, unsigned threads, struct snapshot **out, struct err *e)
{
    struct snapshot *s = calloc(1, sizeof *s);
    if (s == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the network");
    s->holders = 1;
    if (network_open(path, &s->net, e) && places_new(s->net, &s->places, e) && make_plan(s, threads, e)) {
        *out = s;
        return true;
    }
    snapshot_release(s);
    return false;
}

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    __atomic_add_fetch(&s->holders, 1, __ATOMIC_RELAXED);
    return s;
}

void snapshot_release(struct snapshot *s)
{
    if (__atomic_sub_fetch(&s->holders, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (s->plan != NULL)
        plan_network_free(s->plan);
    if (s->made != NULL) { /* what its plan and places look into goes after them */
        scenario_version_free(s->made);
        snapshot_release(s->base);
        free(s);
        return;
    }
    if (s->places != NULL)
        places_free(s->places);
    if (s->net != NULL)
        network_release(s->net);
    free(s);
}

bool snapshot_of_scenario(struct snapshot *base, struct scenario_version *made, struct plan_network *plan,
                          const char *id, struct snapshot **out, struct err *e)
{
    struct snapshot *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL) {
        plan_network_free(plan);
        scenario_version_free(made);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for a scenario");
    }
    *s = (struct snapshot){.net = made->net,
                           .places = made->places,
                           .plan = plan,
                           .holders = 1,
                           .base = snapshot_acquire(base),
                           .made = made};
    snprintf(s->scenario_id, sizeof s->scenario_id, "%s", id);
    return true;
}

size_t snapshot_own_bytes(const struct snapshot *s)
{
    return s->made != NULL ? s->made->bytes + sizeof *s : 0;
}

void snapshot_store_init(struct snapshot_store *store, struct snapshot *first)
{
    pthread_mutex_init(&store->lock, NULL);
    store->newest = first;
    store->held = NULL;
}

void snapshot_store_put(struct snapshot_store *store, struct snapshot *s, int64_t now_ns)
{
    pthread_mutex_lock(&store->lock);
    struct snapshot *old = store->held;
    store->held = store->newest;
    store->held_until_ns = now_ns + SNAPSHOT_HOLD_NS;
    store->newest = s;
    pthread_mutex_unlock(&store->lock);
    if (old != NULL)
        snapshot_release(old);
}

void snapshot_store_hold(struct snapshot_store *store, struct snapshot *before, int64_t now_ns)
{
    pthread_mutex_lock(&store->lock);
    store->held = before;
    store->held_until_ns = now_ns + SNAPSHOT_HOLD_NS;
    pthread_mutex_unlock(&store->lock);
}

struct snapshot *snapshot_store_held(struct snapshot_store *store, int64_t now_ns)
{
    struct snapshot *s = NULL;
    pthread_mutex_lock(&store->lock);
    if (store->held != NULL && now_ns < store->held_until_ns)
        s = snapshot_acquire(store->held);
    pthread_mutex_unlock(&store->lock);
    return s;
}

struct snapshot *snapshot_store_get(struct snapshot_store *store)
{
    pthread_mutex_lock(&store->lock);
    struct snapshot *s = snapshot_acquire(store->newest);
    pthread_mutex_unlock(&store->lock);
    return s;
}

void snapshot_store_release(struct snapshot_store *store)
{
    snapshot_release(store->newest);
    if (store->held != NULL)
        snapshot_release(store->held);
    pthread_mutex_destroy(&store->lock);
}
