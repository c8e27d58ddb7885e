/* scenarios_sets.c - a scenario with its prerequisites. */
#include "scenarios_inside.h"

#include <stdio.h>
#include <string.h>

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
        struct scenarios_entry *x = scenarios_seen(k, firm_id, need);
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
bool scenarios_gather_locked(struct scenarios *k, const char *firm_id, struct scenario_text *t,
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
    bool ok = scenarios_gather_locked(k, firm_id, t, out, e);
    pthread_mutex_unlock(&k->lock);
    return ok;
}

void scenario_set_release(struct scenario_set *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        scenario_text_release(s->text[i]);
    s->count = 0;
}

uint64_t scenario_set_id(const struct scenario_set *set)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < set->count; i++)
        h = (h ^ set->text[i]->serial) * UINT64_C(1099511628211) + 1;
    return h;
}
