/* scenarios_flights.c - snapshots being made: once for all who ask at the same time. */
#include "loop.h"
#include "scenario_make.h"
#include "scenarios_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAKE_ARENA = 64 << 20 };

/* What is wrong with a scenario that was put once, in one sentence. */
static void stale(const struct snapshot *base, const char *id, const struct scenario_made *m, struct err *e)
{
    const struct scenario_error *x = &m->error[0];
    fail_field(e, ERR_FAILED_PRECONDITION, "scenario_id",
               "scenario %s no longer applies to network %.8s (%u errors): modification %u, %s: %s", id,
               base->net->version, m->error_count, x->index, x->field, x->message);
}

static bool make(struct snapshot *base, const struct scenario_set *set, struct snapshot **out, struct err *e)
{
    struct scenario_made m;
    struct arena a;
    *out = NULL;
    arena_init(&a, MAKE_ARENA);
    bool ok = scenario_make(base, set, false, &a, &m, e);
    if (ok && m.snapshot == NULL)
        stale(base, set->text[set->count - 1]->message->scenario_id, &m, e);
    else if (ok)
        *out = m.snapshot;
    arena_release(&a);
    return *out != NULL;
}

/* Keeps what was made when its text is still the one in force. */
static void put_made(struct scenarios *k, const struct scenario_set *set, struct snapshot *base,
                     uint64_t set_id, struct snapshot *made, struct scenarios_freed *f)
{
    const struct scenario_text *t = set->text[set->count - 1];
    struct scenarios_entry *x = scenarios_own(k, t->firm_id, t->message->scenario_id);
    k->stats.made += made != NULL;
    k->stats.failed += made == NULL;
    if (made != NULL && x != NULL && x->text == t && base == k->base)
        scenarios_keep(k, x, made, set_id, f);
}

static void fly(struct pool_job *j)
{
    struct scenarios_flight *x = (struct scenarios_flight *)(void *)j;
    struct scenarios *k = x->k;
    struct snapshot *made = NULL;
    struct err e = {0};
    struct scenarios_freed f = {.count = 0};
    if (j->dropped)
        fail(&e, ERR_UNAVAILABLE, "the server is stopping");
    else
        make(x->base, &x->set, &made, &e);
    pthread_mutex_lock(&k->lock);
    put_made(k, &x->set, x->base, x->set_id, made, &f);
    for (struct scenarios_flight **at = &k->flights; *at != NULL; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            break;
        }
    for (struct scenarios_waiter *w = x->waiters, *next; w != NULL; w = next) {
        next = w->next;
        w->err = e;
        w->snapshot = made != NULL ? snapshot_acquire(made) : NULL;
        pool_post(w->job.port, &w->job); /* it is its loop's again */
    }
    pthread_mutex_unlock(&k->lock);
    scenarios_free_freed(&f);
    if (made != NULL)
        snapshot_release(made);
    scenario_set_release(&x->set);
    snapshot_release(x->base);
    pool_leave(k->pool);
    free(x);
}

static struct scenarios_flight *find_flight(struct scenarios *k, const struct snapshot *base, uint64_t set_id)
{
    for (struct scenarios_flight *x = k->flights; x != NULL; x = x->next)
        if (x->base == base && x->set_id == set_id)
            return x;
    return NULL;
}

/* Takes the set. */
static struct scenarios_flight *new_flight(struct scenarios *k, struct snapshot *base,
                                           struct scenario_set *set, uint64_t set_id, struct err *e)
{
    struct scenarios_flight *x = pool_enter(k->pool) ? calloc(1, sizeof *x) : NULL;
    if (x == NULL) {
        scenario_set_release(set);
        fail(e, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
        return NULL;
    }
    *x = (struct scenarios_flight){.job = {.work = fly, .urgent = true},
                                   .k = k,
                                   .next = k->flights,
                                   .base = snapshot_acquire(base),
                                   .set = *set,
                                   .set_id = set_id};
    k->flights = x;
    return x;
}

/* Without the id: another firm's is answered as one of nobody, byte for byte. */
static bool not_found(struct err *e)
{
    return fail_field(e, ERR_NOT_FOUND, "scenario_id", SCENARIOS_NOT_FOUND);
}

/* With the lock: the set of a scenario, and its snapshot when there is one for it. */
static bool look_up(struct scenarios *k, struct snapshot *base, const char *firm_id, const char *id,
                    struct scenario_set *set, uint64_t *set_id, struct snapshot **made, struct err *e)
{
    struct scenarios_entry *x = scenarios_seen(k, firm_id, id);
    *made = NULL;
    if (x == NULL)
        return not_found(e);
    if (!scenarios_gather_locked(k, firm_id, x->text, set, e)) {
        if (e != NULL)
            snprintf(e->field, sizeof e->field, "scenario_id");
        return false;
    }
    *set_id = scenario_set_id(set);
    x->asked = ++k->clock;
    if (x->made != NULL && x->made->base == base && x->made_of == *set_id)
        *made = snapshot_acquire(x->made);
    return true;
}

enum scenarios_got scenarios_get(struct scenarios *k, struct snapshot *base, const char *firm_id,
                                 const char *id, struct scenarios_waiter *w, struct err *e)
{
    struct scenario_set set;
    uint64_t set_id;
    struct scenarios_flight *begun = NULL, *x = NULL;
    enum scenarios_got got = SCENARIOS_REFUSED;
    w->snapshot = NULL;
    pthread_mutex_lock(&k->lock);
    if (look_up(k, base, firm_id, id, &set, &set_id, &w->snapshot, e)) {
        if (w->snapshot != NULL || (x = find_flight(k, base, set_id)) != NULL)
            scenario_set_release(&set);
        else
            x = begun = new_flight(k, base, &set, set_id, e);
        got = w->snapshot != NULL ? SCENARIOS_READY : x != NULL ? SCENARIOS_WAITING : SCENARIOS_REFUSED;
    }
    if (got == SCENARIOS_WAITING) {
        w->next = x->waiters;
        x->waiters = w;
    }
    pthread_mutex_unlock(&k->lock);
    if (begun != NULL)
        pool_submit(k->pool, &begun->job);
    return got;
}

bool scenarios_make_here(struct scenarios *k, struct snapshot *base, const char *firm_id, const char *id,
                         struct snapshot **out, struct err *e)
{
    struct scenario_set set;
    uint64_t set_id;
    struct scenarios_freed f = {.count = 0};
    pthread_mutex_lock(&k->lock);
    bool ok = look_up(k, base, firm_id, id, &set, &set_id, out, e);
    pthread_mutex_unlock(&k->lock);
    if (!ok)
        return false;
    if (*out == NULL) {
        ok = make(base, &set, out, e);
        pthread_mutex_lock(&k->lock);
        put_made(k, &set, base, set_id, *out, &f);
        pthread_mutex_unlock(&k->lock);
        scenarios_free_freed(&f);
    }
    scenario_set_release(&set);
    return ok;
}
