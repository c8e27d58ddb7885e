#include "scenarios.h"

#include "loop.h"
#include "scenario_make.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, LOOKS = 8192, MAKE_ARENA = 64 << 20 };

struct entry {
    struct entry *next;         /* in its bucket */
    struct scenario_text *text; /* held */
    struct snapshot *made;      /* held; NULL: none */
    uint64_t made_of;           /* the set that it was made of */
    size_t bytes;               /* charged for it */
    uint64_t asked;             /* a clock of asking */
};

struct flight {          /* a snapshot that is being made */
    struct pool_job job; /* first */
    struct scenarios *k;
    struct flight *next;
    struct snapshot *base; /* held */
    struct scenario_set set;
    uint64_t set_id;
    struct scenarios_waiter *waiters;
};

struct look { /* what PostgreSQL was asked for last, by hash */
    uint64_t key;
    int64_t at_ns;
};

struct scenarios {
    struct pool_job trim; /* first */
    bool trimming;
    pthread_mutex_t lock; /* over everything */
    struct pool *pool;
    struct scenarios_settings set;
    struct entry *bucket[BUCKETS];
    struct flight *flights;
    struct look look[LOOKS];
    const struct snapshot *base; /* in force; only compared */
    uint64_t clock;
    struct scenarios_stats stats;
};

bool scenarios_new(const struct scenarios_settings *s, struct pool *pool, struct scenarios **out,
                   struct err *e)
{
    struct scenarios *k = calloc(1, sizeof *k);
    *out = k;
    if (k == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for scenarios");
    pthread_mutex_init(&k->lock, NULL);
    k->pool = pool;
    k->set = *s;
    k->stats.bytes_max = s->memory_max;
    return true;
}

static uint64_t hash_of(const char *a, const char *b)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (int i = 0; i < 2; i++)
        for (const char *s = i == 0 ? a : b;; s++) {
            h = (h ^ (uint8_t)*s) * UINT64_C(1099511628211);
            if (*s == '\0')
                break;
        }
    return h;
}

static struct entry **bucket_of(struct scenarios *k, const char *id)
{
    return &k->bucket[hash_of(id, "") % BUCKETS];
}

/* What can be seen by whom: own before shared, shared before nobody's. */
static int sees(const struct entry *x, const char *firm_id, const char *id)
{
    const struct scenario_text *t = x->text;
    if (strcmp(t->message->scenario_id, id) != 0)
        return 0;
    if (strcmp(t->firm_id, firm_id) == 0)
        return 3;
    return !t->message->shared ? 0 : t->firm_id[0] != '\0' ? 2 : 1;
}

static struct entry *find(struct scenarios *k, const char *firm_id, const char *id)
{
    struct entry *best = NULL;
    int seen = 0;
    for (struct entry *x = *bucket_of(k, id); x != NULL; x = x->next)
        if (sees(x, firm_id, id) > seen) {
            seen = sees(x, firm_id, id);
            best = x;
        }
    return best;
}

static struct entry *find_own(struct scenarios *k, const char *firm_id, const char *id)
{
    for (struct entry *x = *bucket_of(k, id); x != NULL; x = x->next)
        if (sees(x, firm_id, id) == 3)
            return x;
    return NULL;
}

/* Releasing may free a network: the caller does it without the lock. */
static struct snapshot *let_go(struct scenarios *k, struct entry *x)
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
static void trim_later(struct scenarios *k)
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
static struct entry *oldest(struct scenarios *k, const struct entry *keep)
{
    struct entry *old = NULL;
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *x = k->bucket[i]; x != NULL; x = x->next)
            if (x->made != NULL && x != keep && (old == NULL || x->asked < old->asked))
                old = x;
    return old;
}

enum { FREED_MAX = 64 };
struct freed {
    struct snapshot *of[FREED_MAX];
    int count;
};

static void free_all(struct freed *f)
{
    for (int i = 0; i < f->count; i++)
        snapshot_release(f->of[i]);
    f->count = 0;
}

/* Keeps the snapshot (acquired here) when it fits the memory; others go for it. */
static void keep(struct scenarios *k, struct entry *x, struct snapshot *s, uint64_t set_id, struct freed *f)
{
    size_t bytes = snapshot_own_bytes(s);
    if (x->made != NULL && f->count < FREED_MAX)
        f->of[f->count++] = let_go(k, x);
    while (k->stats.bytes + bytes > k->stats.bytes_max && f->count < FREED_MAX) {
        struct entry *old = oldest(k, x);
        if (old == NULL)
            break;
        f->of[f->count++] = let_go(k, old);
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

void scenarios_free(struct scenarios *k)
{
    if (k == NULL)
        return;
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *x = k->bucket[i], *next; x != NULL; x = next) {
            next = x->next;
            if (x->made != NULL)
                snapshot_release(x->made);
            scenario_text_release(x->text);
            free(x);
        }
    pthread_mutex_destroy(&k->lock);
    free(k);
}

/* --- texts --------------------------------------------------------------------------------------------- */

struct scenario_text *scenarios_find(struct scenarios *k, const char *firm_id, const char *id)
{
    pthread_mutex_lock(&k->lock);
    struct entry *x = find(k, firm_id, id);
    struct scenario_text *t = x != NULL ? scenario_text_acquire(x->text) : NULL;
    pthread_mutex_unlock(&k->lock);
    return t;
}

static uint32_t count_of_firm(struct scenarios *k, const char *firm_id)
{
    uint32_t count = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *x = k->bucket[i]; x != NULL; x = x->next)
            count += strcmp(x->text->firm_id, firm_id) == 0 &&
                     strncmp(x->text->message->scenario_id, SCENARIO_PROJECT_PREFIX,
                             sizeof SCENARIO_PROJECT_PREFIX - 1) != 0;
    return count;
}

static struct entry *add_entry(struct scenarios *k, struct scenario_text *t, struct err *e)
{
    if (k->stats.texts >= SCENARIOS_TEXTS_MAX ||
        (!k->set.database && count_of_firm(k, t->firm_id) >= k->set.firm_max)) {
        fail(e, ERR_RESOURCE_EXHAUSTED,
             "there are as many scenarios as are kept (scenarios_max); delete some");
        return NULL;
    }
    struct entry *x = calloc(1, sizeof *x);
    if (x == NULL) {
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for scenarios");
        return NULL;
    }
    struct entry **at = bucket_of(k, t->message->scenario_id);
    x->next = *at;
    *at = x;
    k->stats.texts++;
    return x;
}

static uint64_t set_id_of(const struct scenario_set *set)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < set->count; i++)
        h = (h ^ set->text[i]->serial) * UINT64_C(1099511628211) + 1;
    return h;
}

static bool gather(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                   struct scenario_set *out, struct err *e);

bool scenarios_set(struct scenarios *k, struct scenario_text *t, struct snapshot *made, struct err *e)
{
    struct freed f = {.count = 0};
    struct scenario_set set;
    bool ok = true;
    pthread_mutex_lock(&k->lock);
    struct entry *x = find_own(k, t->firm_id, t->message->scenario_id);
    struct scenario_text *old = NULL;
    if (x == NULL)
        x = add_entry(k, t, e);
    if (x != NULL) {
        old = x->text;
        x->text = t;
        if (x->made != NULL)
            f.of[f.count++] = let_go(k, x);
        if (made != NULL && (made->base == k->base || k->base == NULL) &&
            gather(k, t->firm_id, t, &set, NULL)) {
            keep(k, x, made, set_id_of(&set), &f);
            scenario_set_release(&set);
        }
    }
    ok = x != NULL;
    pthread_mutex_unlock(&k->lock);
    scenario_text_release(old);
    free_all(&f);
    return ok;
}

bool scenarios_remove(struct scenarios *k, const char *firm_id, const char *id)
{
    struct snapshot *made = NULL;
    pthread_mutex_lock(&k->lock);
    struct entry *x = find_own(k, firm_id, id);
    for (struct entry **at = bucket_of(k, id); x != NULL; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            made = let_go(k, x);
            k->stats.texts--;
            break;
        }
    pthread_mutex_unlock(&k->lock);
    if (x == NULL)
        return false;
    if (made != NULL) {
        snapshot_release(made);
        trim_later(k);
    }
    scenario_text_release(x->text);
    free(x);
    return true;
}

static bool has_tag(const struct scenario_text *t, const char *tag)
{
    for (size_t i = 0; i < t->message->n_tags; i++)
        if (strcmp(t->message->tags[i], tag) == 0)
            return true;
    return tag[0] == '\0';
}

uint32_t scenarios_list(struct scenarios *k, const char *firm_id, bool projects_only, const char *tag,
                        const char *after, uint32_t max, struct scenario_text **out)
{
    uint32_t count = 0;
    pthread_mutex_lock(&k->lock);
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *x = k->bucket[i]; x != NULL; x = x->next) {
            const char *id = x->text->message->scenario_id;
            bool project = strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0;
            if (strcmp(id, after) <= 0 || (projects_only && !project) || find(k, firm_id, id) != x ||
                !has_tag(x->text, tag))
                continue;
            uint32_t at = count < max ? count++ : count;
            for (; at > 0 && strcmp(out[at - 1]->message->scenario_id, id) > 0; at--)
                if (at < count)
                    out[at] = out[at - 1];
            if (at < count)
                out[at] = x->text;
        }
    for (uint32_t i = 0; i < count; i++)
        scenario_text_acquire(out[i]);
    pthread_mutex_unlock(&k->lock);
    return count;
}

bool scenarios_looked(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns)
{
    uint64_t key = hash_of(firm_id, id);
    if (!k->set.database || strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0)
        return true;
    pthread_mutex_lock(&k->lock);
    const struct look *l = &k->look[key % LOOKS];
    bool looked = l->key == key && now_ns - l->at_ns < (int64_t)SCENARIOS_LOOK_MS * 1000000;
    pthread_mutex_unlock(&k->lock);
    return looked;
}

void scenarios_note_look(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns)
{
    uint64_t key = hash_of(firm_id, id);
    pthread_mutex_lock(&k->lock);
    k->look[key % LOOKS] = (struct look){key, now_ns};
    pthread_mutex_unlock(&k->lock);
}

bool scenarios_rebase(struct scenarios *k, struct snapshot *base, struct err *e)
{
    struct snapshot *old[FREED_MAX];
    int count;
    pthread_mutex_lock(&k->lock);
    k->base = base;
    pthread_mutex_unlock(&k->lock);
    do { /* some at a time: they are freed without the lock */
        count = 0;
        pthread_mutex_lock(&k->lock);
        for (int i = 0; i < BUCKETS; i++)
            for (struct entry *x = k->bucket[i]; x != NULL && count < FREED_MAX; x = x->next)
                if (x->made != NULL && x->made->base != base)
                    old[count++] = let_go(k, x);
        pthread_mutex_unlock(&k->lock);
        for (int i = 0; i < count; i++)
            snapshot_release(old[i]);
    } while (count == FREED_MAX);
    for (uint32_t i = 0; i < base->net->project_count; i++) {
        struct scenario_text *t;
        if (!scenario_text_of_project(base->net, i, &t, e))
            return false;
        if (!scenarios_set(k, t, NULL, e)) {
            scenario_text_release(t);
            return false;
        }
    }
    return true;
}

/* --- sets ---------------------------------------------------------------------------------------------- */

static bool holds(const struct scenario_set *s, const char *id)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (strcmp(s->text[i]->message->scenario_id, id) == 0)
            return true;
    return false;
}

/* Prerequisites before who needs them, depth first. depth: how many are on the way. */
static bool visit(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                  const struct scenario_text **way, uint32_t depth, struct scenario_set *out, struct err *e)
{
    const char *id = t->message->scenario_id;
    for (uint32_t i = 0; i < depth; i++)
        if (strcmp(way[i]->message->scenario_id, id) == 0)
            return fail_field(e, ERR_FAILED_PRECONDITION, "prerequisites",
                              "scenario %s is a prerequisite of itself", id);
    if (holds(out, id))
        return true;
    if (depth > SCENARIO_PREREQUISITES_MAX || out->count > SCENARIO_PREREQUISITES_MAX)
        return fail_field(e, ERR_FAILED_PRECONDITION, "prerequisites", "more than %d prerequisites",
                          SCENARIO_PREREQUISITES_MAX);
    way[depth] = t;
    for (size_t i = 0; i < t->message->n_prerequisites; i++) {
        const char *need = t->message->prerequisites[i];
        struct entry *x = find(k, firm_id, need);
        if (x == NULL) {
            snprintf(out->missing, sizeof out->missing, "%s", need);
            return fail_field(e, ERR_FAILED_PRECONDITION, "prerequisites",
                              "scenario %s, a prerequisite of %s, is not "
                              "there",
                              need, id);
        }
        if (!visit(k, firm_id, x->text, way, depth + 1, out, e))
            return false;
    }
    if (out->count > SCENARIO_PREREQUISITES_MAX)
        return fail_field(e, ERR_FAILED_PRECONDITION, "prerequisites", "more than %d prerequisites",
                          SCENARIO_PREREQUISITES_MAX);
    out->text[out->count++] = scenario_text_acquire(t);
    return true;
}

static bool exclude_each_other(const struct scenario_set *s, struct err *e)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (size_t c = 0; c < s->text[i]->message->n_conflicts; c++)
            if (holds(s, s->text[i]->message->conflicts[c]))
                return !fail_field(e, ERR_FAILED_PRECONDITION, "conflicts",
                                   "scenarios %s and %s cannot be combined", s->text[i]->message->scenario_id,
                                   s->text[i]->message->conflicts[c]);
    return false;
}

/* With the lock. */
static bool gather(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                   struct scenario_set *out, struct err *e)
{
    const struct scenario_text *way[SCENARIO_PREREQUISITES_MAX + 2];
    *out = (struct scenario_set){.count = 0};
    if (visit(k, firm_id, t, way, 0, out, e) && !exclude_each_other(out, e))
        return true;
    scenario_set_release(out);
    return false;
}

bool scenarios_gather(struct scenarios *k, const char *firm_id, struct scenario_text *t,
                      struct scenario_set *out, struct err *e)
{
    pthread_mutex_lock(&k->lock);
    bool ok = gather(k, firm_id, t, out, e);
    pthread_mutex_unlock(&k->lock);
    return ok;
}

void scenario_set_release(struct scenario_set *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        scenario_text_release(s->text[i]);
    s->count = 0;
}

/* --- snapshots ----------------------------------------------------------------------------------------- */

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
                     uint64_t set_id, struct snapshot *made, struct freed *f)
{
    const struct scenario_text *t = set->text[set->count - 1];
    struct entry *x = find_own(k, t->firm_id, t->message->scenario_id);
    k->stats.made += made != NULL;
    k->stats.failed += made == NULL;
    if (made != NULL && x != NULL && x->text == t && base == k->base)
        keep(k, x, made, set_id, f);
}

static void fly(struct pool_job *j)
{
    struct flight *x = (struct flight *)(void *)j;
    struct scenarios *k = x->k;
    struct snapshot *made = NULL;
    struct err e = {0};
    struct freed f = {.count = 0};
    if (j->dropped)
        fail(&e, ERR_UNAVAILABLE, "the server is stopping");
    else
        make(x->base, &x->set, &made, &e);
    pthread_mutex_lock(&k->lock);
    put_made(k, &x->set, x->base, x->set_id, made, &f);
    for (struct flight **at = &k->flights; *at != NULL; at = &(*at)->next)
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
    free_all(&f);
    if (made != NULL)
        snapshot_release(made);
    scenario_set_release(&x->set);
    snapshot_release(x->base);
    pool_leave(k->pool);
    free(x);
}

static struct flight *find_flight(struct scenarios *k, const struct snapshot *base, uint64_t set_id)
{
    for (struct flight *x = k->flights; x != NULL; x = x->next)
        if (x->base == base && x->set_id == set_id)
            return x;
    return NULL;
}

/* Takes the set. */
static struct flight *new_flight(struct scenarios *k, struct snapshot *base, struct scenario_set *set,
                                 uint64_t set_id, struct err *e)
{
    struct flight *x = pool_enter(k->pool) ? calloc(1, sizeof *x) : NULL;
    if (x == NULL) {
        scenario_set_release(set);
        fail(e, ERR_RESOURCE_EXHAUSTED,
             "the server has as many heavy requests in work as it takes (work_max); try again");
        return NULL;
    }
    *x = (struct flight){.job = {.work = fly, .urgent = true},
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
    struct entry *x = find(k, firm_id, id);
    *made = NULL;
    if (x == NULL)
        return not_found(e);
    if (!gather(k, firm_id, x->text, set, e)) {
        if (e != NULL)
            snprintf(e->field, sizeof e->field, "scenario_id");
        return false;
    }
    *set_id = set_id_of(set);
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
    struct flight *begun = NULL, *x = NULL;
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
    struct freed f = {.count = 0};
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
        free_all(&f);
    }
    scenario_set_release(&set);
    return ok;
}

struct scenarios_stats scenarios_stats(struct scenarios *k)
{
    pthread_mutex_lock(&k->lock);
    struct scenarios_stats s = k->stats;
    pthread_mutex_unlock(&k->lock);
    return s;
}
