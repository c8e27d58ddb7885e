#include "metric_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SUMS_PER_METRIC = 2 }; /* bytes, about */

struct metric_entry {
    struct pool_job job; /* first: makes what is wanted */
    struct metric_cache *cache;
    struct metric_entry *older, *newer; /* by last use */
    struct snapshot *snapshot;          /* held */
    struct road_profile profile;        /* simplified */
    struct plan_avoid avoid;            /* its arrays belong to the entry */
    struct metric_waiter *waiters;
    unsigned holders;
    bool making, gone, ticket; /* gone: not found any more, freed when let go */
    bool want_sums;
    struct road_metric *made; /* NULL: the metric is the network's */
    const struct road_metric *metric;
    size_t bytes; /* charged */
};

struct metric_cache {
    pthread_mutex_t lock; /* over everything here and in the entries but what is only read once made */
    struct pool *pool;
    struct metric_entry *oldest, *newest;
    const struct snapshot *current; /* NULL: any; entries of others are not kept */
    struct metric_cache_stats stats;
};

bool metric_cache_new(struct pool *pool, size_t bytes_max, struct metric_cache **out, struct err *e)
{
    struct metric_cache *k = calloc(1, sizeof *k);
    *out = k;
    if (k == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the cache of metrics");
    pthread_mutex_init(&k->lock, NULL);
    k->pool = pool;
    k->stats.bytes_max = bytes_max;
    return true;
}

static void unlink_entry(struct metric_cache *k, struct metric_entry *x)
{
    *(x->older != NULL ? &x->older->newer : &k->oldest) = x->newer;
    *(x->newer != NULL ? &x->newer->older : &k->newest) = x->older;
    x->older = x->newer = NULL;
}

static void link_newest(struct metric_cache *k, struct metric_entry *x)
{
    x->older = k->newest;
    x->newer = NULL;
    *(k->newest != NULL ? &k->newest->newer : &k->oldest) = x;
    k->newest = x;
}

/* Without the lock: letting a snapshot go may unmap a network. */
static void entry_free(struct metric_entry *x)
{
    road_metric_free(x->made);
    free((void *)(uintptr_t)x->avoid.link_id);
    free((void *)(uintptr_t)x->avoid.box);
    snapshot_release(x->snapshot);
    free(x);
}

/* Takes the entry out of the list when nobody has a use for it; the caller frees it after unlocking. */
static bool take_out(struct metric_cache *k, struct metric_entry *x)
{
    if (x->holders > 0 || x->making)
        return false;
    unlink_entry(k, x);
    k->stats.bytes -= x->bytes;
    k->stats.entries--;
    return true;
}

static void free_list(struct metric_entry *x)
{
    for (struct metric_entry *next; x != NULL; x = next) {
        next = x->newer;
        entry_free(x);
    }
}

void metric_cache_free(struct metric_cache *k)
{
    if (k == NULL)
        return;
    free_list(k->oldest);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

/* Charges bytes to x, letting old entries go for them onto the list `out` (through newer). */
static bool charge(struct metric_cache *k, struct metric_entry *x, size_t bytes, struct metric_entry **out)
{
    for (struct metric_entry *y = k->oldest, *next; y != NULL && k->stats.bytes + bytes > k->stats.bytes_max;
         y = next) {
        next = y->newer;
        if (y == x || !take_out(k, y))
            continue;
        y->newer = *out;
        *out = y;
        k->stats.evicted++;
    }
    if (k->stats.bytes + bytes > k->stats.bytes_max)
        return false;
    x->bytes += bytes;
    k->stats.bytes += bytes;
    return true;
}

static bool same_profile(const struct road_profile *a, const struct road_profile *b)
{
    return a->vehicle_class == b->vehicle_class && a->objective == b->objective &&
           a->dangerous == b->dangerous && a->gross_kg == b->gross_kg && a->axle_kg == b->axle_kg &&
           a->height_cm == b->height_cm && a->width_cm == b->width_cm && a->length_cm == b->length_cm;
}

static bool same_avoid(const struct plan_avoid *a, const struct plan_avoid *b)
{
    return a->link_count == b->link_count && a->box_count == b->box_count &&
           (a->link_count == 0 || memcmp(a->link_id, b->link_id, a->link_count * sizeof *a->link_id) == 0) &&
           (a->box_count == 0 || memcmp(a->box, b->box, a->box_count * sizeof *a->box) == 0);
}

static struct metric_entry *find(struct metric_cache *k, const struct snapshot *s,
                                 const struct road_profile *v, const struct plan_avoid *avoid)
{
    for (struct metric_entry *x = k->newest; x != NULL; x = x->older)
        if (!x->gone && x->snapshot == s && same_profile(&x->profile, v) && same_avoid(&x->avoid, avoid))
            return x;
    return NULL;
}

static bool copy_avoid(const struct plan_avoid *from, struct plan_avoid *to)
{
    size_t links = from->link_count * sizeof *from->link_id, boxes = from->box_count * sizeof *from->box;
    int64_t *id = malloc(links + 1);
    struct plan_box *box = malloc(boxes + 1);
    *to = (struct plan_avoid){
        .link_id = id, .link_count = from->link_count, .box = box, .box_count = from->box_count};
    if (id == NULL || box == NULL)
        return false; /* freed with the entry */
    if (links > 0)
        memcpy(id, from->link_id, links);
    if (boxes > 0)
        memcpy(box, from->box, boxes);
    return true;
}

static void fill(struct metric_waiter *w, struct metric_entry *x)
{
    x->holders++;
    w->entry = x;
    w->metric = x->metric;
}

static bool has_sums(const struct metric_entry *x)
{
    return x->metric != NULL && road_metric_has_sums(x->metric);
}

/* Serves those who have what they want, or all with the error. */
static void serve(struct metric_entry *x, const struct err *why)
{
    struct metric_waiter **at = &x->waiters;
    while (*at != NULL) {
        struct metric_waiter *w = *at;
        bool ready = x->metric != NULL && (!w->want_sums || has_sums(x));
        if (!ready && why == NULL) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        if (ready)
            fill(w, x);
        else
            w->err = *why;
        pool_post(w->job.port, &w->job); /* the waiter is its loop's again */
    }
}

/* What making changed about the estimate. */
static void correct(struct metric_entry *x)
{
    size_t bytes = x->made != NULL ? road_metric_bytes(x->made) : 0;
    x->cache->stats.bytes += bytes - x->bytes;
    x->bytes = bytes;
}

/* One step: the metric, then its sums. False when there is nothing left to make. */
static bool make_next(struct metric_entry *x, struct err *e, bool *ok)
{
    struct road_metric *m = NULL;
    pthread_mutex_lock(&x->cache->lock);
    bool metric = x->metric == NULL, more = metric || (x->want_sums && !has_sums(x));
    pthread_mutex_unlock(&x->cache->lock);
    if (!more)
        return false;
    *ok = metric            ? plan_make_metric(x->snapshot->plan, &x->profile, &x->avoid, &m, e)
          : x->made != NULL ? road_metric_sum(x->made, e)
                            : plan_network_sum(x->snapshot->plan, &x->profile, e);
    pthread_mutex_lock(&x->cache->lock);
    if (*ok && metric)
        x->metric = x->made = m;
    x->cache->stats.made += *ok;
    x->cache->stats.failed += !*ok;
    if (*ok)
        serve(x, NULL);
    pthread_mutex_unlock(&x->cache->lock);
    return *ok;
}

/* On a worker, or anywhere when the pool has stopped. */
static void make(struct pool_job *j)
{
    struct metric_entry *x = (struct metric_entry *)(void *)j;
    struct metric_cache *k = x->cache;
    struct err e = {0};
    bool ok, ended = false, ticket = x->ticket, drop = false;
    ok = !j->dropped || fail(&e, ERR_UNAVAILABLE, "the server is stopping");
    while (!ended) {
        while (ok && make_next(x, &e, &ok))
            ;
        pthread_mutex_lock(&k->lock);
        if (!ok) {
            serve(x, &e);
            x->want_sums = has_sums(x);
            x->gone = x->gone || x->metric == NULL;
        }
        ended = !ok || !x->want_sums || has_sums(x); /* somebody may have asked for sums meanwhile */
        if (ended) {
            x->making = false;
            correct(x);
            drop = x->gone && take_out(k, x);
        }
        pthread_mutex_unlock(&k->lock);
    }
    if (drop)
        entry_free(x);
    if (ticket)
        pool_leave(k->pool);
}

static struct metric_entry *add(struct metric_cache *k, struct snapshot *s, const struct road_profile *v,
                                const struct plan_avoid *avoid)
{
    struct metric_entry *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    *x = (struct metric_entry){
        .job = {.work = make, .urgent = true},
        .cache = k,
        .snapshot = snapshot_acquire(s),
        .profile = *v,
        .metric = avoid->link_count + avoid->box_count == 0 ? plan_network_metric(s->plan, v) : NULL};
    if (!copy_avoid(avoid, &x->avoid)) {
        entry_free(x);
        return NULL;
    }
    x->gone = k->current != NULL && k->current != s;
    link_newest(k, x);
    k->stats.entries++;
    return x;
}

/* With the lock: an entry that is being made or will be, with room for it; NULL when refused. */
static struct metric_entry *start(struct metric_cache *k, struct snapshot *s, struct metric_entry *x,
                                  const struct road_profile *v, const struct metric_want *want,
                                  const struct plan_avoid *avoid, struct metric_entry **out, struct err *e)
{
    bool fresh = x == NULL;
    if (!want->has_ticket && !pool_enter(k->pool)) {
        fail(e, ERR_RESOURCE_EXHAUSTED,
             "the server makes as many metrics and tables as it takes (work_max); try again");
        return NULL;
    }
    if (fresh)
        x = add(k, s, v, avoid);
    size_t metric = plan_network_metric_bytes(s->plan), bytes = 0;
    if (x != NULL)
        bytes = (x->metric == NULL ? metric : 0) + (want->sums ? SUMS_PER_METRIC * metric : 0);
    if (x != NULL && charge(k, x, bytes, out)) {
        x->ticket = !want->has_ticket;
        x->making = true;
        return x;
    }
    if (!want->has_ticket)
        pool_leave(k->pool);
    if (x != NULL && fresh && take_out(k, x)) {
        x->newer = *out;
        *out = x;
    }
    fail(e, ERR_RESOURCE_EXHAUSTED,
         "no room for the metric of this vehicle: it takes about %zu bytes of the %llu of metrics_max, and "
         "the "
         "others are in use; try again",
         bytes, (unsigned long long)k->stats.bytes_max);
    return NULL;
}

static bool charge_sums(struct metric_cache *k, struct metric_entry *x, struct metric_entry **out)
{
    return charge(k, x, SUMS_PER_METRIC * plan_network_metric_bytes(x->snapshot->plan), out);
}

enum metric_got metric_cache_get(struct metric_cache *k, struct snapshot *s, const struct metric_want *want,
                                 struct metric_waiter *w, struct err *e)
{
    static const struct plan_avoid nothing = {0};
    const struct plan_avoid *avoid = want->avoid != NULL ? want->avoid : &nothing;
    struct road_profile v = want->profile;
    struct metric_entry *out = NULL, *begun = NULL;
    enum metric_got got = METRIC_WAITING;
    plan_profile_simplify(s->net, &v);
    w->metric = NULL;
    w->entry = NULL;
    w->want_sums = want->sums;
    w->metric = avoid->link_count + avoid->box_count == 0 ? plan_network_metric(s->plan, &v) : NULL;
    if (w->metric != NULL && (!want->sums || road_metric_has_sums(w->metric)))
        return METRIC_READY;
    w->metric = NULL;
    pthread_mutex_lock(&k->lock);
    struct metric_entry *x = find(k, s, &v, avoid);
    if (x != NULL) {
        unlink_entry(k, x);
        link_newest(k, x);
    }
    if (x != NULL && x->metric != NULL && (!want->sums || has_sums(x))) {
        fill(w, x);
        k->stats.hits++;
        got = METRIC_READY;
    } else if (x != NULL && x->making && (!want->sums || x->want_sums || charge_sums(k, x, &out))) {
        k->stats.shared++;
    } else if (x != NULL && x->making) { /* no room for its sums */
        fail(e, ERR_RESOURCE_EXHAUSTED, "no room for the sums of a table (metrics_max); try again");
        k->stats.refused++;
        got = METRIC_REFUSED;
    } else if ((x = begun = start(k, s, x, &v, want, avoid, &out, e)) == NULL) {
        k->stats.refused++;
        got = METRIC_REFUSED;
    }
    if (got == METRIC_WAITING) {
        x->want_sums = x->want_sums || want->sums;
        w->next = x->waiters;
        x->waiters = w;
    }
    pthread_mutex_unlock(&k->lock);
    free_list(out);
    if (begun != NULL)
        pool_submit(k->pool, &begun->job);
    return got;
}

void metric_release(void *entry)
{
    struct metric_entry *x = entry;
    if (x == NULL)
        return;
    struct metric_cache *k = x->cache;
    pthread_mutex_lock(&k->lock);
    x->holders--;
    bool drop = x->gone && take_out(k, x);
    pthread_mutex_unlock(&k->lock);
    if (drop)
        entry_free(x);
}

void metric_cache_keep_only(struct metric_cache *k, const struct snapshot *s)
{
    struct metric_entry *out = NULL;
    pthread_mutex_lock(&k->lock);
    k->current = s;
    for (struct metric_entry *x = k->oldest, *next; x != NULL; x = next) {
        next = x->newer;
        if (x->snapshot == s)
            continue;
        x->gone = true;
        if (take_out(k, x)) {
            x->newer = out;
            out = x;
        }
    }
    pthread_mutex_unlock(&k->lock);
    free_list(out);
}

struct metric_cache_stats metric_cache_stats(struct metric_cache *k)
{
    pthread_mutex_lock(&k->lock);
    struct metric_cache_stats s = k->stats;
    pthread_mutex_unlock(&k->lock);
    return s;
}
