#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

enum { TIME, LENGTH, TOLL, FIGURES };

struct skimming {
    const struct assign *a;
    struct assign_skim *out;
    uint32_t parts;
    bool failed[SLOTS_MAX];
};

struct scratch {
    struct slot s; /* only what the labels need */
    double *mean;  /* [position][figure] */
};

static bool scratch_new(const struct assign *a, struct scratch *x)
{
    size_t n = (size_t)a->node_count + 1, m = (size_t)a->link_count + 1;
    *x = (struct scratch){0};
    x->s.low = malloc(n * sizeof *x->s.low);
    x->s.low_in = malloc(n * sizeof *x->s.low_in);
    x->s.dist = malloc(n * sizeof *x->s.dist);
    x->s.count = malloc(n * sizeof *x->s.count);
    x->s.pos = malloc(n * sizeof *x->s.pos);
    x->s.heap = malloc(2 * m * sizeof *x->s.heap);
    x->mean = malloc(n * FIGURES * sizeof *x->mean);
    return x->s.low != NULL && x->s.low_in != NULL && x->s.dist != NULL && x->s.count != NULL &&
           x->s.pos != NULL && x->s.heap != NULL && x->mean != NULL;
}

static void scratch_free(struct scratch *x)
{
    free(x->s.low);
    free(x->s.low_in);
    free(x->s.dist);
    free(x->s.count);
    free(x->s.pos);
    free(x->s.heap);
    free(x->mean);
}

static void means(const struct assign *a, const struct bush *b, const struct scratch *x)
{
    for (int f = 0; f < FIGURES; f++)
        x->mean[f] = 0;
    for (uint32_t p = 1; p < b->node_count; p++) {
        double in = 0, *mean = &x->mean[(size_t)p * FIGURES];
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++)
            in += b->flow[k];
        memset(mean, 0, FIGURES * sizeof *mean);
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++) {
            double part = in > 0 ? b->flow[k] / in : k == x->s.low_in[p];
            const double *tail = &x->mean[(size_t)b->tail[k] * FIGURES];
            uint32_t outer = a->outer[b->link[k]];
            if (part == 0)
                continue;
            mean[TIME] += part * (tail[TIME] + a->state[b->link[k]].time);
            mean[LENGTH] += part * (tail[LENGTH] + a->given[outer].length);
            mean[TOLL] += part * (tail[TOLL] + toll_of(a, b->class, outer));
        }
    }
}

static void row(const struct assign *a, const struct bush *b, struct scratch *x, struct assign_skim *out)
{
    const struct trips *t = out->trips;
    bush_labels(a, &x->s, b);
    means(a, b, x);
    bush_true_distances(a, &x->s, b);
    memset(x->s.pos, 0xff, a->node_count * sizeof *x->s.pos);
    for (uint32_t p = 0; p < b->node_count; p++)
        x->s.pos[b->order[p]] = p;
    for (uint32_t k = t->first[b->zone]; k < t->first[b->zone + 1]; k++) {
        uint32_t v = a->zone_node[t->to[k]], p = x->s.pos[v];
        const double *mean = &x->mean[(size_t)p * FIGURES];
        if (p == ASSIGN_NONE)
            continue;
        out->time[k] = mean[TIME];
        out->length[k] = mean[LENGTH];
        out->toll[k] = mean[TOLL];
        out->cost[k] = x->s.dist[v];
    }
}

static void skim_task(void *arg, uint32_t i)
{
    struct skimming *s = arg;
    struct scratch x;
    s->failed[i] = !scratch_new(s->a, &x);
    for (uint32_t z = i; !s->failed[i] && z < s->a->zone_count; z += s->parts) {
        uint32_t at = s->a->bush_of[(size_t)s->out->class * s->a->zone_count + z];
        if (at != ASSIGN_NONE && s->a->bush[at].flow != NULL)
            row(s->a, &s->a->bush[at], &x, s->out);
    }
    scratch_free(&x);
}

bool assign_skim(const struct assign *a, uint32_t class, const struct cch_executor *x,
                 struct assign_skim *out, struct err *e)
{
    *out = (struct assign_skim){0};
    if (class >= a->class_count)
        return fail(e, ERR_OUT_OF_RANGE, "there is no class %u", class);
    const struct trips *t = a->class[class].trips;
    size_t cells = t->first[a->zone_count];
    *out = (struct assign_skim){.version = assign_version(a), .class = class, .trips = t};
    double **column[] = {&out->time, &out->length, &out->toll, &out->cost};
    bool ok = true;
    for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
        *column[i] = malloc((cells + 1) * sizeof **column[i]);
        ok = ok && *column[i] != NULL;
    }
    for (uint32_t z = 0; ok && z < a->zone_count; z++)
        for (uint32_t k = t->first[z]; k < t->first[z + 1]; k++)
            out->time[k] = out->length[k] = out->toll[k] = out->cost[k] =
                a->zone_node[t->to[k]] == a->zone_node[z] ? 0 : INFINITY;
    struct skimming s = {.a = a, .out = out, .parts = a->slot_count};
    if (ok)
        run_tasks(x, s.parts, skim_task, &s);
    for (uint32_t i = 0; i < s.parts; i++)
        ok = ok && !s.failed[i];
    if (!ok)
        assign_skim_free(out);
    return ok || fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for skims of %zu pairs", cells);
}

void assign_skim_free(struct assign_skim *s)
{
    free(s->time);
    free(s->length);
    free(s->toll);
    free(s->cost);
    *s = (struct assign_skim){0};
}
