#include "whatif/assign_inside.h"

#include <string.h>

enum { TRIES = 30 };

/* A stretch: links of the bush between the node where two ways part and the one where they meet. */
struct stretch {
    uint32_t *k, count;
    double cost, slope, least;
};

struct work {
    const struct assign *a;
    struct slot *s;
    struct bush *b;
    const double *price;
    bool note; /* which links were touched */
};

/* Cheapest and dearest used ways by the task's own costs. Nodes without flow have no dearest. */
static void labels(const struct work *w)
{
    const struct bush *b = w->b;
    struct slot *s = w->s;
    s->low[0] = s->high[0] = 0;
    s->high_in[0] = s->low_in[0] = ASSIGN_NONE;
    for (uint32_t p = 1; p < b->node_count; p++) {
        double low = INFINITY, high = -1;
        uint32_t low_in = b->first[p], high_in = ASSIGN_NONE;
        for (uint32_t k = b->first[p]; k < b->first[p + 1]; k++) {
            double cost = s->state[b->link[k]].time + w->price[b->link[k]];
            double l = s->low[b->tail[k]] + cost, h = s->high[b->tail[k]] + cost;
            if (l < low) {
                low = l;
                low_in = k;
            }
            if (b->flow[k] > 0 && h > high) {
                high = h;
                high_in = k;
            }
        }
        s->low[p] = low;
        s->low_in[p] = low_in;
        s->high[p] = high_in != ASSIGN_NONE ? high : low;
        s->high_in[p] = high_in;
    }
}

static void measure(const struct work *w, struct stretch *t)
{
    t->cost = t->slope = 0;
    t->least = INFINITY;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t l = w->b->link[t->k[i]];
        t->cost += w->s->state[l].time + w->price[l];
        t->slope += w->s->state[l].slope;
        t->least = fmin(t->least, w->b->flow[t->k[i]]);
    }
}

static void add(const struct work *w, const struct stretch *t, double change)
{
    struct slot *s = w->s;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t k = t->k[i], l = w->b->link[k];
        double flow = w->b->flow[k] + change;
        w->b->flow[k] = flow > 0 ? flow : 0;
        flow = s->state[l].flow + change;
        s->state[l].flow = flow > 0 ? flow : 0;
        bpr_at(&w->a->bpr[l], &s->state[l]);
        if (w->note && !s->mark[l]) {
            s->mark[l] = 1;
            s->touched[s->touched_count++] = l;
        }
    }
}

static void part(const struct work *w, uint32_t p, struct stretch *dear, struct stretch *cheap)
{
    const struct slot *s = w->s;
    uint32_t i = s->high_in[p], k = s->low_in[p];
    *dear = (struct stretch){.k = s->path};
    *cheap = (struct stretch){.k = s->path + w->a->node_count};
    dear->k[dear->count++] = i;
    cheap->k[cheap->count++] = k;
    uint32_t x = w->b->tail[i], y = w->b->tail[k];
    while (x != y)
        if (x > y) {
            i = s->high_in[x] != ASSIGN_NONE ? s->high_in[x] : s->low_in[x];
            dear->k[dear->count++] = i;
            x = w->b->tail[i];
        } else {
            cheap->k[cheap->count++] = s->low_in[y];
            y = w->b->tail[s->low_in[y]];
        }
}

/* Newton's steps until both ways cost about the same, kept between a move that is too small and one that is
 * too large: where a road is empty its time seems not to grow, and the first step goes much too far. */
static void even_out(const struct work *w, uint32_t p)
{
    struct stretch dear, cheap;
    part(w, p, &dear, &cheap);
    measure(w, &dear);
    measure(w, &cheap);
    double diff = dear.cost - cheap.cost, first = diff, moved = 0, low = 0, high = dear.least;
    if (!(diff > 1e-15 * dear.cost) || !(high > 0))
        return;
    for (int i = 0; i < TRIES && high > low; i++) {
        double slope = dear.slope + cheap.slope, to = slope > 0  ? moved + diff / slope
                                                      : diff > 0 ? high
                                                                 : low;
        if (i > 2 && !(to > low && to < high))
            to = low + (high - low) / 2;
        to = fmin(fmax(to, low), high);
        if (to == moved)
            return;
        add(w, &dear, moved - to);
        add(w, &cheap, to - moved);
        moved = to;
        measure(w, &dear);
        measure(w, &cheap);
        diff = dear.cost - cheap.cost;
        if (fabs(diff) <= 0.02 * first)
            return;
        if (diff > 0)
            low = moved;
        else
            high = moved;
    }
}

static void shift_bush(const struct work *w)
{
    struct slot *s = w->s;
    labels(w);
    for (uint32_t p = w->b->node_count; p-- > 1;)
        if (s->high_in[p] != ASSIGN_NONE && s->high_in[p] != s->low_in[p])
            even_out(w, p);
}

static uint32_t batches(const struct assign *a)
{
    return (a->bush_count + a->batch - 1) / a->batch;
}

/* Every bush has its turn, also one that is nearly done: passing over those whose excess was small took ten
 * times as many iterations, since they then answer the others' moves too late. */
static void shift_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    struct slot *s = &a->slot[i];
    uint64_t at = a->first_bush + (uint64_t)i * batches(a);
    s->touched_count = 0;
    s->added = 0;
    s->bush = at < a->bush_count ? &a->bush[at] : NULL;
    if (s->bush == NULL)
        return;
    struct work w = {a, s, s->bush, &a->price[(size_t)s->bush->class * a->link_count], a->batch > 1};
    if (w.note)
        memcpy(s->before, s->bush->flow, s->bush->link_count * sizeof *s->before);
    shift_bush(&w);
    for (uint32_t k = 0; k < s->touched_count; k++) {
        uint32_t l = s->touched[k];
        s->mark[l] = 0;
        s->added += w.price[l] * (s->state[l].flow - a->state[l].flow);
    }
}

/* After the batch: flows go as far as was decided, and this task's costs follow the common ones. */
static void follow_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    struct slot *s = &a->slot[i];
    if (s->bush != NULL && a->lambda < 1)
        for (uint32_t k = 0; k < s->bush->link_count; k++)
            s->bush->flow[k] = s->before[k] + a->lambda * (s->bush->flow[k] - s->before[k]);
    for (uint32_t k = 0; k < a->changed_count; k++)
        s->state[a->changed[k]] = a->state[a->changed[k]];
}

/* The objective's slope along the sum of all moves. */
static double along(const struct assign *a, double lambda, double added)
{
    double sum = added;
    for (uint32_t i = 0; i < a->changed_count; i++) {
        uint32_t l = a->changed[i];
        struct link_state s = a->state[l];
        s.flow += lambda * a->step_by[l];
        bpr_at(&a->bpr[l], &s);
        sum += s.time * a->step_by[l];
    }
    return sum;
}

/* How far to go, 0 to 1: the whole way when the objective still falls there, else about where it is least. */
static double search(const struct assign *a, double added)
{
    double low = 0, high = 1, at_high = along(a, 1, added), at_low;
    if (at_high <= 0)
        return 1;
    at_low = along(a, 0, added);
    if (at_low >= 0)
        return 1.0 / a->batch; /* rounding: near the end nothing is to be seen any more */
    for (int i = 0; i < 6 && high - low > 0.02; i++) {
        double mid = low + (high - low) * fmin(fmax(at_low / (at_low - at_high), 0.1), 0.9);
        double at = along(a, mid, added);
        if (at <= 0) {
            low = mid;
            at_low = at;
        } else {
            high = mid;
            at_high = at;
        }
    }
    return low > 0 ? low : high / 2;
}

static void apply(struct assign *a)
{
    double added = 0;
    a->changed_count = 0;
    for (uint32_t i = 0; i < a->batch; i++) {
        struct slot *s = &a->slot[i];
        added += s->added;
        for (uint32_t k = 0; k < s->touched_count; k++) {
            uint32_t l = s->touched[k];
            if (!a->slot[0].in[l]) {
                a->slot[0].in[l] = 1;
                a->step_by[l] = 0;
                a->changed[a->changed_count++] = l;
            }
            a->step_by[l] += s->state[l].flow - a->state[l].flow;
        }
    }
    a->lambda = search(a, added);
    for (uint32_t i = 0; i < a->changed_count; i++) {
        uint32_t l = a->changed[i];
        a->slot[0].in[l] = 0;
        a->state[l].flow = fmax(a->state[l].flow + a->lambda * a->step_by[l], 0);
        bpr_at(&a->bpr[l], &a->state[l]);
    }
}

static void copy_task(void *arg, uint32_t i)
{
    struct assign *a = arg;
    memcpy(a->slot[i].state, a->state, a->link_count * sizeof *a->state);
}

bool shift_all(struct assign *a, const struct assign_options *o)
{
    if (a->batch > 1)
        run_tasks(o->executor, a->batch, copy_task, a);
    memset(a->slot[0].in, 0, a->link_count);
    for (uint32_t i = 0; i < batches(a); i++) {
        a->first_bush = i;
        run_tasks(o->executor, a->batch, shift_task, a);
        if (a->batch > 1) {
            apply(a);
            run_tasks(o->executor, a->batch, follow_task, a);
        }
        if (o->stop != NULL && i % 16 == 15 && o->stop(o->ctx))
            return false;
    }
    return true;
}
