#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

/* Moving flow is cheaper than looking for new ways, but little use before the ways are found. */
enum { ITERATIONS_MAX = 1000, EARLY = 5, SWEEPS_EARLY = 4, SWEEPS = 8 };

static void grow_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    uint64_t at = (uint64_t)a->first_bush + i;
    if (at < a->bush_count && a->bush[at].flow == NULL)
        a->slot[i].failed = !bush_grow(a, &a->slot[i], &a->bush[at]);
}

static void improve_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    for (uint32_t j = i; j < a->bush_count && !a->slot[i].failed; j += a->slot_count)
        a->slot[i].failed = !bush_improve(a, &a->slot[i], &a->bush[j]);
}

static void settle_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    for (uint32_t j = i; j < a->bush_count; j += a->slot_count)
        bush_settle(a, &a->slot[i], &a->bush[j]);
}

static bool tasks_done(struct assign *a, struct err *e)
{
    for (uint32_t i = 0; i < a->slot_count; i++)
        if (a->slot[i].failed) {
            a->slot[i].failed = false;
            return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the bushes of %u links", a->link_count);
        }
    return true;
}

/* What has no way is left out and counted. */
static void count_unserved(struct assign *a)
{
    uint32_t *mark = a->slot[0].pos;
    a->unserved_pairs = 0;
    a->unserved = a->inside = 0;
    for (uint32_t c = 0; c < a->class_count; c++)
        for (uint32_t z = 0; z < a->zone_count; z++) {
            uint32_t at = a->bush_of[(size_t)c * a->zone_count + z];
            const struct trips *t = a->class[c].trips;
            memset(mark, 0, a->node_count * sizeof *mark);
            for (uint32_t p = 0; at != ASSIGN_NONE && p < a->bush[at].node_count; p++)
                mark[a->bush[at].order[p]] = 1;
            for (uint32_t k = t->first[z]; k < t->first[z + 1]; k++)
                if (a->zone_node[t->to[k]] == a->zone_node[z]) {
                    a->inside += t->volume[k];
                } else if (!mark[a->zone_node[t->to[k]]] && t->volume[k] > 0) {
                    a->unserved += t->volume[k];
                    a->unserved_pairs++;
                }
        }
}

/* All that have no ways yet, some origins at a time at the costs of those before. */
static bool load(struct assign *a, const struct assign_options *o, struct err *e)
{
    sum_flows(a); /* of what an earlier assignment gave */
    for (a->first_bush = 0; a->first_bush < a->bush_count; a->first_bush += a->batch) {
        bool some = false;
        uint32_t end = a->first_bush + a->batch < a->bush_count ? a->first_bush + a->batch : a->bush_count;
        for (uint32_t j = a->first_bush; j < end; j++)
            some = some || a->bush[j].flow == NULL;
        if (!some)
            continue;
        bool fresh[SLOTS_MAX] = {false};
        for (uint32_t j = a->first_bush; j < end; j++)
            fresh[j - a->first_bush] = a->bush[j].flow == NULL;
        run_tasks(o->executor, end - a->first_bush, grow_task, a);
        if (!tasks_done(a, e))
            return false;
        for (uint32_t j = a->first_bush; j < end; j++)
            for (uint32_t k = 0; fresh[j - a->first_bush] && k < a->bush[j].link_count; k++)
                a->state[a->bush[j].link[k]].flow += a->bush[j].flow[k];
        for (uint32_t l = 0; l < a->link_count; l++)
            bpr_at(&a->bpr[l], &a->state[l]);
        sum_costs(a);
        if (o->stop != NULL && o->stop(o->ctx))
            return fail(e, ERR_CANCELLED, "the assignment was stopped while loading");
    }
    count_unserved(a);
    a->loaded = true;
    return true;
}

static void settle(struct assign *a)
{
    run_tasks(a->executor, a->slot_count, settle_task, a);
    sum_flows(a);
}

static bool iterate(struct assign *a, const struct assign_options *o, struct assign_result *r, struct err *e)
{
    uint32_t most = o->iterations_max > 0 ? o->iterations_max : ITERATIONS_MAX;
    for (r->last.iteration = 0;; r->last.iteration++) {
        run_tasks(a->executor, a->slot_count, improve_task, a);
        if (!tasks_done(a, e))
            return false;
        sum_progress(a, &r->last);
        if (o->progress != NULL)
            o->progress(o->ctx, &r->last);
        r->converged = r->last.relative_gap <= o->gap;
        if (r->converged || r->last.iteration == most)
            return true;
        bool on = o->stop == NULL || !o->stop(o->ctx);
        int sweeps = r->last.iteration < EARLY ? SWEEPS_EARLY : SWEEPS;
        for (int i = 0; i < sweeps && on; i++)
            on = shift_all(a, o);
        settle(a);
        if (!on)
            return fail(e, ERR_CANCELLED, "the assignment was stopped in iteration %u at relative gap %.3g",
                        r->last.iteration + 1, r->last.relative_gap);
    }
}

static size_t bytes_of(const struct assign *a)
{
    size_t n = a->node_count, m = a->link_count, c = a->class_count;
    size_t sum = m * (sizeof(struct assign_link) + sizeof(struct bpr) + sizeof(struct link_state) + 52) +
                 n * 8 + c * m * 24 + a->slot_count * c * m * 8 + a->slot_count * (n * 56 + m * 54) +
                 a->batch * m * sizeof(struct link_state);
    for (uint32_t i = 0; i < a->bush_count; i++)
        sum += (size_t)a->bush[i].room * 16 + (size_t)a->bush[i].node_count * 8 + sizeof(struct bush);
    return sum;
}

bool assign_run(struct assign *a, const struct assign_options *o, struct assign_result *r, struct err *e)
{
    memset(r, 0, sizeof *r);
    a->executor = o->executor;
    bool ok = a->loaded || load(a, o, e);
    if (ok) {
        settle(a);
        ok = iterate(a, o, r, e);
    }
    r->unserved_pairs = a->unserved_pairs;
    r->unserved = a->unserved;
    r->inside = a->inside;
    r->bytes = bytes_of(a);
    a->executor = NULL;
    return ok;
}

void assign_flows(const struct assign *a, double *pce)
{
    for (uint32_t l = 0; l < a->link_count; l++)
        pce[a->outer[l]] = a->state[l].flow;
}

void assign_class_flows(const struct assign *a, uint32_t class, double *vehicles)
{
    for (uint32_t l = 0; l < a->link_count; l++)
        vehicles[a->outer[l]] = a->class_flow[(size_t) class * a->link_count + l] / a->class[class].pce;
}

void assign_times(const struct assign *a, double *time)
{
    for (uint32_t l = 0; l < a->link_count; l++)
        time[a->outer[l]] = a->state[l].time;
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t mix(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ at[i]) * 1099511628211u;
    return h;
}

uint64_t assign_version(const struct assign *a)
{
    uint64_t h = 14695981039346656037u;
    for (uint32_t i = 0; i < a->link_count; i++) {
        const struct assign_link *l = &a->given[i];
        double f[] = {l->capacity, l->free_flow_time, l->b, l->power, l->length, l->toll, l->fixed};
        uint32_t w[] = {l->from, l->to, l->closed_to};
        h = mix(mix(h, f, sizeof f), w, sizeof w);
        h = mix(h, &a->state[a->inner[i]].flow, sizeof(double));
    }
    for (uint32_t c = 0; c < a->class_count; c++) {
        const struct assign_class *k = &a->class[c];
        double f[] = {k->pce, k->toll_weight, k->distance_weight};
        h = mix(h, f, sizeof f);
        if (k->toll != NULL)
            h = mix(h, k->toll, a->link_count * sizeof *k->toll);
        h = mix(h, k->trips->first, ((size_t)a->zone_count + 1) * sizeof *k->trips->first);
        h = mix(h, k->trips->to, k->trips->first[a->zone_count] * sizeof *k->trips->to);
        h = mix(h, k->trips->volume, k->trips->first[a->zone_count] * sizeof *k->trips->volume);
        h = mix(h, &a->class_flow[(size_t)c * a->link_count], a->link_count * sizeof(double));
    }
    return h;
}
