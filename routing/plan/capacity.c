/* capacity.c - how much of a load fits a departure or a terminal's day, and the chain that has room for most
 * of it: the widest path (Pollack 1960), found by halving over the rooms that there are. */
#include "plan/engine.h"

#include <math.h>
#include <stdlib.h>

static void narrow(struct plan_room *x, int64_t limit, int64_t asked, const char *unit)
{
    double share = asked > limit ? (double)limit / (double)asked : 1;
    if (share < x->share)
        *x = (struct plan_room){.share = share, .limit = limit, .asked = asked, .unit = unit};
}

struct plan_room plan_departure_room(const struct net_service *s, const struct freight_load *l)
{
    struct plan_room x = {.share = INFINITY};
    bool box = (l->cargo & CARGO_CONTAINER) != 0;
    if (s->capacity_kg == 0 && s->capacity_teu_milli == 0)
        return x;
    if (s->capacity_kg > 0)
        narrow(&x, s->capacity_kg, l->mass_kg, "kg");
    else if (!box)
        x.share = 0; /* sold by the box only */
    if (box && s->capacity_teu_milli > 0)
        narrow(&x, s->capacity_teu_milli, (int64_t)l->teu * 1000, "1/1000 TEU");
    return x;
}

struct plan_room plan_terminal_room(const struct net_terminal *t, const struct freight_load *l)
{
    struct plan_room x = {.share = INFINITY};
    bool box = (l->cargo & CARGO_CONTAINER) != 0;
    if (box && t->capacity_teu_per_day > 0)
        narrow(&x, (int64_t)t->capacity_teu_per_day * 1000, (int64_t)l->teu * 1000, "1/1000 TEU");
    if (!box && t->capacity_t_per_day > 0)
        narrow(&x, (int64_t)t->capacity_t_per_day * 1000, l->mass_kg, "kg");
    return x;
}

bool plan_reachable(struct plan_query *q, enum plan_family f, unsigned relax, bool *found, uint32_t *truck_m,
                    struct err *e)
{
    const struct plan_request *asked = q->request;
    struct plan_request r = *asked;
    uint32_t keep = q->pool.count;
    r.deliver_by = 0; /* a chain that is late is a chain */
    q->request = &r;
    plan_relaxed(q, relax);
    q->first_only = true;
    bool ok = plan_label_family(q, f, e);
    q->first_only = false;
    *found = q->pool.front_count > 0;
    if (ok && truck_m != NULL && q->pool.front_count > 0)
        *truck_m = q->pool.label[q->pool.front[0].label].truck_m;
    q->pool.count = keep;
    q->request = asked;
    plan_relaxed(q, 0);
    return ok;
}

static bool enough(struct plan_query *q, enum plan_family f, double share, bool *found, struct err *e)
{
    q->share = share;
    q->tables_made = false;
    bool ok = plan_reachable(q, f, RELAX_CAPACITY, found, NULL, e);
    q->share = 0;
    q->tables_made = false;
    plan_relaxed(q, 0);
    return ok;
}

static int by_share(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The rooms below the load, ascending. */
static uint32_t rooms(const struct plan_query *q, enum plan_family f, double *share)
{
    const struct network *n = q->p->net;
    const struct plan_served *at = plan_served_by(q->p, f);
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < n->service_count; i++)
        if (plan_main_modes(f) >> n->service[i].mode & 1)
            share[count++] = plan_departure_room(&n->service[i], &q->load).share;
    for (uint32_t i = 0; i < at->count; i++)
        share[count++] = plan_terminal_room(&n->terminal[at->terminal[i]], &q->load).share;
    qsort(share, count, sizeof *share, by_share);
    for (uint32_t i = 0; i < count; i++)
        if (share[i] > 0 && share[i] < 1 && (kept == 0 || share[i] > share[kept - 1]))
            share[kept++] = share[i];
    return kept;
}

static bool is_it(struct plan_room x, double share, struct plan_broken *b)
{
    if (!(x.share <= share) || !(x.share >= share))
        return false;
    b->name = "capacity";
    b->unit = x.unit;
    b->limit = x.limit;
    b->asked = x.asked;
    return true;
}

/* Whose room it is. */
static void name_it(const struct plan_query *q, enum plan_family f, double share, struct plan_broken *b)
{
    const struct network *n = q->p->net;
    const struct plan_served *at = plan_served_by(q->p, f);
    for (uint32_t i = 0; i < n->service_count; i++)
        if (plan_main_modes(f) >> n->service[i].mode & 1 &&
            is_it(plan_departure_room(&n->service[i], &q->load), share, b)) {
            b->of = net_string(n, n->service[i].name);
            return;
        }
    for (uint32_t i = 0; i < at->count; i++)
        if (is_it(plan_terminal_room(&n->terminal[at->terminal[i]], &q->load), share, b)) {
            b->of = net_string(n, n->terminal[at->terminal[i]].name_zh);
            return;
        }
}

bool plan_bottleneck(struct plan_query *q, enum plan_family f, struct arena *a, struct plan_broken *broken,
                     const char **text, struct err *e)
{
    const struct network *n = q->p->net;
    double *share = arena_calloc(a, (size_t)n->service_count + n->terminal_count + 1, sizeof *share);
    bool found = false;
    *text = NULL;
    if (share == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    uint32_t low = 0, high = rooms(q, f, share); /* those below low do, those from high on do not */
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (!enough(q, f, share[mid], &found, e))
            return false;
        if (found)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0)
        return true;
    name_it(q, f, share[low - 1], broken);
    bool box = broken->unit != NULL && broken->unit[0] == '1';
    const double unit = 1000;
    *text =
        arena_printf(a,
                     "the load of %.3f %s is larger than a departure or terminal of every chain takes; the "
                     "widest chain takes %.3f %s (%s): ship it in parts",
                     (double)broken->asked / unit, box ? "TEU" : "t", (double)broken->limit / unit,
                     box ? "TEU" : "t", broken->of);
    return *text != NULL ||
           fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
}
