#include "scenarios_inside.h"

#include <stdlib.h>
#include <string.h>

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

uint64_t scenarios_hash(const char *a, const char *b)
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

void scenarios_free(struct scenarios *k)
{
    if (k == NULL)
        return;
    for (int i = 0; i < SCENARIOS_BUCKETS; i++)
        for (struct scenarios_entry *x = k->bucket[i], *next; x != NULL; x = next) {
            next = x->next;
            if (x->made != NULL)
                snapshot_release(x->made);
            scenario_text_release(x->text);
            free(x);
        }
    pthread_mutex_destroy(&k->lock);
    free(k);
}

bool scenarios_looked(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns)
{
    uint64_t key = scenarios_hash(firm_id, id);
    if (!k->set.database || strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0)
        return true;
    pthread_mutex_lock(&k->lock);
    const struct scenarios_look *l = &k->look[key % SCENARIOS_LOOKS];
    bool looked = l->key == key && now_ns - l->at_ns < (int64_t)SCENARIOS_LOOK_MS * 1000000;
    pthread_mutex_unlock(&k->lock);
    return looked;
}

void scenarios_note_look(struct scenarios *k, const char *firm_id, const char *id, int64_t now_ns)
{
    uint64_t key = scenarios_hash(firm_id, id);
    pthread_mutex_lock(&k->lock);
    k->look[key % SCENARIOS_LOOKS] = (struct scenarios_look){key, now_ns};
    pthread_mutex_unlock(&k->lock);
}

bool scenarios_rebase(struct scenarios *k, struct snapshot *base, struct err *e)
{
    struct snapshot *old[SCENARIOS_FREED_MAX];
    int count;
    pthread_mutex_lock(&k->lock);
    k->base = base;
    pthread_mutex_unlock(&k->lock);
    do { /* some at a time: they are freed without the lock */
        count = 0;
        pthread_mutex_lock(&k->lock);
        for (int i = 0; i < SCENARIOS_BUCKETS; i++)
            for (struct scenarios_entry *x = k->bucket[i]; x != NULL && count < SCENARIOS_FREED_MAX;
                 x = x->next)
                if (x->made != NULL && x->made->base != base)
                    old[count++] = scenarios_let_go(k, x);
        pthread_mutex_unlock(&k->lock);
        for (int i = 0; i < count; i++)
            snapshot_release(old[i]);
    } while (count == SCENARIOS_FREED_MAX);
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

struct scenarios_stats scenarios_stats(struct scenarios *k)
{
    pthread_mutex_lock(&k->lock);
    struct scenarios_stats s = k->stats;
    pthread_mutex_unlock(&k->lock);
    return s;
}
