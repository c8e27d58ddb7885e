#include "whatif/assign_inside.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_FROM = 65, BATCH = 4 };

/* --- the problem ---------------------------------------------------------------------------------------- */

static bool value(double v, double low)
{
    return isfinite(v) && v >= low && v <= 1e15;
}

static bool link_fits(const struct assign_problem *p, uint32_t i, struct err *e)
{
    const struct assign_link *l = &p->link[i];
    if (l->from >= p->node_count || l->to >= p->node_count)
        return fail(e, ERR_INVALID_ARGUMENT, "link %u: node %u or %u is not below %u", i, l->from, l->to,
                    p->node_count);
    if (!value(l->capacity, 0) || !value(l->free_flow_time, 0) || !value(l->b, 0) || !value(l->power, 0) ||
        !value(l->length, 0) || !value(l->toll, 0) || !value(l->fixed, 0) || l->power > 100)
        return fail(e, ERR_INVALID_ARGUMENT,
                    "link %u (%u to %u): a figure is negative, not finite or above 1e15", i, l->from, l->to);
    return l->capacity > 0 || l->b == 0 ||
           fail(e, ERR_INVALID_ARGUMENT, "link %u (%u to %u): capacity is 0 and b is not", i, l->from, l->to);
}

static bool problem_fits(const struct assign_problem *p, struct err *e)
{
    if (p->node_count == 0 || p->node_count > UINT32_MAX / 8 || p->link_count > UINT32_MAX / 8 ||
        p->class_count == 0 || p->class_count > ASSIGN_CLASSES_MAX ||
        (uint64_t)p->class_count * p->zone_count > UINT32_MAX / 2)
        return fail(e, ERR_INVALID_ARGUMENT, "%u nodes, %u links, %u classes are none or too many",
                    p->node_count, p->link_count, p->class_count);
    for (uint32_t z = 0; z < p->zone_count; z++)
        if ((p->zone_node != NULL ? p->zone_node[z] : z) >= p->node_count)
            return fail(e, ERR_INVALID_ARGUMENT, "zone %u is at no node", z);
    for (uint32_t c = 0; c < p->class_count; c++) {
        const struct assign_class *k = &p->class[c];
        if (!value(k->pce, 1e-6) || !value(k->toll_weight, 0) || !value(k->distance_weight, 0))
            return fail(e, ERR_INVALID_ARGUMENT, "class %u: its PCE or a weight is negative or not finite",
                        c);
        for (uint32_t i = 0; k->toll != NULL && i < p->link_count; i++)
            if (!value(k->toll[i], 0))
                return fail(e, ERR_INVALID_ARGUMENT,
                            "class %u: its toll of link %u is negative or not finite", c, i);
        if (k->trips == NULL || k->trips->zone_count != p->zone_count)
            return fail(e, ERR_INVALID_ARGUMENT, "class %u: its trips are of %u zones, the network has %u", c,
                        k->trips != NULL ? k->trips->zone_count : 0, p->zone_count);
    }
    for (uint32_t i = 0; i < p->link_count; i++)
        if (!link_fits(p, i, e))
            return false;
    return true;
}

static struct bpr bpr_of(const struct assign_link *l)
{
    struct bpr f = {.free = l->free_flow_time, .b = l->b, .power = l->power};
    f.per_capacity = l->capacity > 0 ? 1 / l->capacity : 0;
    if (l->power == 0)
        f.free *= 1 + l->b;
    if (l->power == 0 || l->b == 0 || l->free_flow_time == 0)
        f.b = 0;
    f.slope = f.free * f.b * f.power * f.per_capacity;
    f.kind = f.b == 0 ? BPR_CONST : f.power == 1 ? BPR_LINEAR : f.power == 4 ? BPR_FOURTH : BPR_POWER;
    return f;
}

static void sort_links(struct assign *a, const struct assign_problem *p)
{
    uint32_t *out = a->out_first, *in = a->in_first;
    for (uint32_t i = 0; i < p->link_count; i++) {
        out[p->link[i].from + 1]++;
        in[p->link[i].to + 1]++;
    }
    for (uint32_t v = 0; v < p->node_count; v++) {
        out[v + 1] += out[v];
        in[v + 1] += in[v];
    }
    for (uint32_t i = 0; i < p->link_count; i++) {
        uint32_t l = out[p->link[i].from]++;
        a->outer[l] = i;
        a->inner[i] = l;
        a->from[l] = p->link[i].from;
        a->to[l] = p->link[i].to;
        a->bpr[l] = bpr_of(&p->link[i]);
        a->fixed[l] = p->link[i].fixed;
        a->state[l] = (struct link_state){p->link[i].fixed, a->bpr[l].free, 0};
    }
    memmove(out + 1, out, p->node_count * sizeof *out);
    out[0] = 0;
    for (uint32_t l = 0; l < p->link_count; l++)
        a->in_link[in[a->to[l]]++] = l;
    memmove(in + 1, in, p->node_count * sizeof *in);
    in[0] = 0;
}

static void set_prices(struct assign *a)
{
    for (uint32_t c = 0; c < a->class_count; c++)
        for (uint32_t l = 0; l < a->link_count; l++) {
            const struct assign_link *g = &a->given[a->outer[l]];
            bool closed = (g->closed_to >> c & 1) != 0 || g->from == g->to;
            a->price[(size_t)c * a->link_count + l] =
                closed ? INFINITY
                       : a->class[c].toll_weight * toll_of(a, c, a->outer[l]) +
                             a->class[c].distance_weight * g->length;
        }
}

static void *zeros(struct assign *a, size_t count, size_t size)
{
    void *m = calloc(count + 1, size);
    a->failed = a->failed || m == NULL;
    return m;
}

static void slot_new(struct assign *a, struct slot *s, bool own_state)
{
    size_t n = a->node_count, m = a->link_count;
    s->state = own_state ? zeros(a, m, sizeof *s->state) : a->state;
    s->low = zeros(a, n, sizeof *s->low);
    s->high = zeros(a, n, sizeof *s->high);
    s->low_in = zeros(a, n, sizeof *s->low_in);
    s->high_in = zeros(a, n, sizeof *s->high_in);
    s->dist = zeros(a, n, sizeof *s->dist);
    s->need = zeros(a, n, sizeof *s->need);
    s->pos = zeros(a, n, sizeof *s->pos);
    s->count = zeros(a, n, sizeof *s->count);
    s->path = zeros(a, 2 * n, sizeof *s->path);
    s->flow_of = zeros(a, m, sizeof *s->flow_of);
    s->before = zeros(a, m, sizeof *s->before);
    s->in = zeros(a, m, sizeof *s->in);
    s->mark = zeros(a, m, sizeof *s->mark);
    s->touched = zeros(a, m, sizeof *s->touched);
    s->heap = zeros(a, 2 * m + 1, sizeof *s->heap);
}

static void slot_free(struct assign *a, struct slot *s)
{
    void *all[] = {s->low,  s->high,    s->low_in, s->high_in, s->dist, s->need,    s->pos, s->count,
                   s->path, s->flow_of, s->before, s->in,      s->mark, s->touched, s->heap};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    if (s->state != a->state)
        free(s->state);
}

/* A bush for each class and zone with vehicles that go somewhere. */
static void list_bushes(struct assign *a)
{
    for (int fill = 0; fill < 2 && !a->failed; fill++) {
        a->bush_count = 0;
        for (uint32_t c = 0; c < a->class_count; c++)
            for (uint32_t z = 0; z < a->zone_count; z++) {
                struct bush b = {.class = c, .zone = z, .root = a->zone_node[z]};
                bool some = bush_demand(a, &b) > 0;
                if (fill)
                    a->bush_of[(size_t)c * a->zone_count + z] = some ? a->bush_count : ASSIGN_NONE;
                if (fill && some)
                    a->bush[a->bush_count] = b;
                a->bush_count += some;
            }
        if (!fill)
            a->bush = zeros(a, a->bush_count, sizeof *a->bush);
    }
}

static void make(struct assign *a, const struct assign_problem *p)
{
    size_t n = p->node_count, m = p->link_count, c = p->class_count;
    a->given = zeros(a, m, sizeof *a->given);
    a->zone_node = zeros(a, p->zone_count, sizeof *a->zone_node);
    a->outer = zeros(a, m, sizeof *a->outer);
    a->inner = zeros(a, m, sizeof *a->inner);
    a->from = zeros(a, m, sizeof *a->from);
    a->to = zeros(a, m, sizeof *a->to);
    a->out_first = zeros(a, n + 1, sizeof *a->out_first);
    a->in_first = zeros(a, n + 1, sizeof *a->in_first);
    a->in_link = zeros(a, m, sizeof *a->in_link);
    a->bpr = zeros(a, m, sizeof *a->bpr);
    a->state = zeros(a, m, sizeof *a->state);
    a->fixed = zeros(a, m, sizeof *a->fixed);
    a->price = zeros(a, c * m, sizeof *a->price);
    a->cost = zeros(a, c * m, sizeof *a->cost);
    a->class_flow = zeros(a, c * m, sizeof *a->class_flow);
    a->changed = zeros(a, m, sizeof *a->changed);
    a->step_by = zeros(a, m, sizeof *a->step_by);
    a->bush_of = zeros(a, c * p->zone_count, sizeof *a->bush_of);
    if (a->failed)
        return;
    memcpy(a->given, p->link, m * sizeof *a->given);
    memcpy(a->class, p->class, c * sizeof *a->class);
    for (uint32_t z = 0; z < p->zone_count; z++)
        a->zone_node[z] = p->zone_node != NULL ? p->zone_node[z] : z;
    sort_links(a, p);
    set_prices(a);
    list_bushes(a);
    if (a->failed)
        return;
    a->batch = a->bush_count < BATCH_FROM ? 1 : BATCH;
    a->slot_count = a->bush_count < SLOTS_MAX ? (a->bush_count > 0 ? a->bush_count : 1) : SLOTS_MAX;
    a->slot = zeros(a, a->slot_count, sizeof *a->slot);
    a->block = zeros(a, (size_t)a->slot_count * c * m, sizeof *a->block);
    for (uint32_t i = 0; !a->failed && i < a->slot_count; i++)
        slot_new(a, &a->slot[i], a->batch > 1 && i < a->batch);
}

bool assign_new(const struct assign_problem *p, struct assign **out, struct err *e)
{
    *out = NULL;
    if (!problem_fits(p, e))
        return false;
    struct assign *a = calloc(1, sizeof *a);
    if (a == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for an assignment");
    a->node_count = p->node_count;
    a->zone_count = p->zone_count;
    a->link_count = p->link_count;
    a->class_count = p->class_count;
    a->first_thru = p->first_thru_node;
    make(a, p);
    if (a->failed) {
        assign_free(a);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for an assignment of %u links", p->link_count);
    }
    for (uint32_t l = 0; l < a->link_count; l++)
        bpr_at(&a->bpr[l], &a->state[l]);
    sum_costs(a);
    *out = a;
    return true;
}

void assign_free(struct assign *a)
{
    if (a == NULL)
        return;
    for (uint32_t i = 0; a->bush != NULL && i < a->bush_count; i++)
        bush_free(&a->bush[i]);
    for (uint32_t i = 0; a->slot != NULL && i < a->slot_count; i++)
        slot_free(a, &a->slot[i]);
    void *all[] = {a->given,      a->zone_node, a->outer,   a->inner,   a->from,  a->to,    a->out_first,
                   a->in_first,   a->in_link,   a->bpr,     a->state,   a->fixed, a->price, a->cost,
                   a->class_flow, a->changed,   a->step_by, a->bush_of, a->bush,  a->slot,  a->block};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(a);
}
