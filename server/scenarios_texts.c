/* scenarios_texts.c - what was put, by id, and who sees it. */
#include "scenarios_inside.h"

#include <stdlib.h>
#include <string.h>

struct scenarios_entry **scenarios_bucket(struct scenarios *k, const char *id)
{
    return &k->bucket[scenarios_hash(id, "") % SCENARIOS_BUCKETS];
}

/* What can be seen by whom: own before shared, shared before nobody's. */
static int sees(const struct scenarios_entry *x, const char *firm_id, const char *id)
{
    const struct scenario_text *t = x->text;
    if (strcmp(t->message->scenario_id, id) != 0)
        return 0;
    if (strcmp(t->firm_id, firm_id) == 0)
        return 3;
    return !t->message->shared ? 0 : t->firm_id[0] != '\0' ? 2 : 1;
}

struct scenarios_entry *scenarios_seen(struct scenarios *k, const char *firm_id, const char *id)
{
    struct scenarios_entry *best = NULL;
    int seen = 0;
    for (struct scenarios_entry *x = *scenarios_bucket(k, id); x != NULL; x = x->next)
        if (sees(x, firm_id, id) > seen) {
            seen = sees(x, firm_id, id);
            best = x;
        }
    return best;
}

struct scenarios_entry *scenarios_own(struct scenarios *k, const char *firm_id, const char *id)
{
    for (struct scenarios_entry *x = *scenarios_bucket(k, id); x != NULL; x = x->next)
        if (sees(x, firm_id, id) == 3)
            return x;
    return NULL;
}

struct scenario_text *scenarios_find(struct scenarios *k, const char *firm_id, const char *id)
{
    pthread_mutex_lock(&k->lock);
    struct scenarios_entry *x = scenarios_seen(k, firm_id, id);
    struct scenario_text *t = x != NULL ? scenario_text_acquire(x->text) : NULL;
    pthread_mutex_unlock(&k->lock);
    return t;
}

static uint32_t count_of_firm(struct scenarios *k, const char *firm_id)
{
    uint32_t count = 0;
    for (int i = 0; i < SCENARIOS_BUCKETS; i++)
        for (struct scenarios_entry *x = k->bucket[i]; x != NULL; x = x->next)
            count += strcmp(x->text->firm_id, firm_id) == 0 &&
                     strncmp(x->text->message->scenario_id, SCENARIO_PROJECT_PREFIX,
                             sizeof SCENARIO_PROJECT_PREFIX - 1) != 0;
    return count;
}

static struct scenarios_entry *add_entry(struct scenarios *k, struct scenario_text *t, struct err *e)
{
    if (k->stats.texts >= SCENARIOS_TEXTS_MAX ||
        (!k->set.database && count_of_firm(k, t->firm_id) >= k->set.firm_max)) {
        fail(e, ERR_RESOURCE_EXHAUSTED,
             "there are as many scenarios as are kept (scenarios_max); delete some");
        return NULL;
    }
    struct scenarios_entry *x = calloc(1, sizeof *x);
    if (x == NULL) {
        fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for scenarios");
        return NULL;
    }
    struct scenarios_entry **at = scenarios_bucket(k, t->message->scenario_id);
    x->next = *at;
    *at = x;
    k->stats.texts++;
    return x;
}

bool scenarios_set(struct scenarios *k, struct scenario_text *t, struct snapshot *made, struct err *e)
{
    struct scenarios_freed f = {.count = 0};
    struct scenario_set set;
    bool ok = true;
    pthread_mutex_lock(&k->lock);
    struct scenarios_entry *x = scenarios_own(k, t->firm_id, t->message->scenario_id);
    struct scenario_text *old = NULL;
    if (x == NULL)
        x = add_entry(k, t, e);
    if (x != NULL) {
        old = x->text;
        x->text = t;
        if (x->made != NULL)
            f.of[f.count++] = scenarios_let_go(k, x);
        if (made != NULL && (made->base == k->base || k->base == NULL) &&
            scenarios_gather_locked(k, t->firm_id, t, &set, NULL)) {
            scenarios_keep(k, x, made, scenario_set_id(&set), &f);
            scenario_set_release(&set);
        }
    }
    ok = x != NULL;
    pthread_mutex_unlock(&k->lock);
    scenario_text_release(old);
    scenarios_free_freed(&f);
    return ok;
}

bool scenarios_remove(struct scenarios *k, const char *firm_id, const char *id)
{
    struct snapshot *made = NULL;
    pthread_mutex_lock(&k->lock);
    struct scenarios_entry *x = scenarios_own(k, firm_id, id);
    for (struct scenarios_entry **at = scenarios_bucket(k, id); x != NULL; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            made = scenarios_let_go(k, x);
            k->stats.texts--;
            break;
        }
    pthread_mutex_unlock(&k->lock);
    if (x == NULL)
        return false;
    if (made != NULL) {
        snapshot_release(made);
        scenarios_trim_later(k);
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
    for (int i = 0; i < SCENARIOS_BUCKETS; i++)
        for (struct scenarios_entry *x = k->bucket[i]; x != NULL; x = x->next) {
            const char *id = x->text->message->scenario_id;
            bool project = strncmp(id, SCENARIO_PROJECT_PREFIX, sizeof SCENARIO_PROJECT_PREFIX - 1) == 0;
            if (strcmp(id, after) <= 0 || (projects_only && !project) ||
                scenarios_seen(k, firm_id, id) != x || !has_tag(x->text, tag))
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
