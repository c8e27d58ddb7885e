/* search.c - plan_search: families one after the other, the options worth showing, the reasons for the rest.
 */
#include "freight/calendar.h"
#include "plan/engine.h"

#include <stdlib.h>

enum { PICK_MAX = 32 };

struct candidate {
    uint32_t label;
    enum plan_family family;
    int64_t arrive_at, total_myuan, co2_g;
    bool earliest, cheapest, cleanest, picked;
};

struct pick {
    struct candidate *of;
    uint32_t count;
};

static bool less(int64_t a, int64_t b, int64_t a2, int64_t b2)
{
    return a < b || (a == b && a2 < b2);
}

/* Marks the best of one family; ties go to the lower cost, then to the earlier arrival. */
static void mark_best(struct candidate *c, uint32_t count)
{
    uint32_t early = 0, cheap = 0, clean = 0;
    for (uint32_t i = 1; i < count; i++) {
        if (less(c[i].arrive_at, c[early].arrive_at, c[i].total_myuan, c[early].total_myuan))
            early = i;
        if (less(c[i].total_myuan, c[cheap].total_myuan, c[i].arrive_at, c[cheap].arrive_at))
            cheap = i;
        if (less(c[i].co2_g, c[clean].co2_g, c[i].total_myuan, c[clean].total_myuan))
            clean = i;
    }
    c[early].earliest = c[cheap].cheapest = c[clean].cleanest = true;
}

/* Delivered labels of the family just searched become candidates. */
static bool collect(struct plan_query *q, enum plan_family f, struct arena *a, struct pick *out,
                    struct err *e)
{
    uint32_t count = 0;
    const struct label_pool *p = &q->pool;
    for (uint32_t i = p->head[label_set_delivered(p)]; i != NET_NONE; i = p->label[i].next)
        q->queue[count++] = i;
    *out = (struct pick){.count = count};
    if (count == 0)
        return true;
    out->of = arena_calloc(a, count, sizeof *out->of);
    if (out->of == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < count; i++) {
        const struct label *l = &p->label[q->queue[i]];
        out->of[i] =
            (struct candidate){.label = q->queue[i],
                               .family = f,
                               .arrive_at = l->arrive_at,
                               .co2_g = l->co2_g,
                               .total_myuan = l->money_myuan + plan_holding_myuan(q->request, l->arrive_at) +
                                              plan_co2_myuan(q->request, l->co2_g)};
    }
    mark_best(out->of, count);
    return true;
}

static int by_family_arrival(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    if (x->arrive_at != y->arrive_at)
        return x->arrive_at < y->arrive_at ? -1 : 1;
    if (x->total_myuan != y->total_myuan)
        return x->total_myuan < y->total_myuan ? -1 : 1;
    return x->label < y->label ? -1 : x->label > y->label;
}

static void take(struct candidate **chosen, uint32_t *count, uint32_t max, struct candidate *c)
{
    if (c->picked || *count == max)
        return;
    c->picked = true;
    chosen[(*count)++] = c;
}

/* First each family's cheapest, so that no family hides another; then the earliest, the cleanest, then the
 * rest. */
static uint32_t choose(struct pick pick[FAMILY_COUNT], uint32_t max, struct candidate **chosen)
{
    uint32_t count = 0;
    for (int round = 0; round < 4; round++)
        for (int f = 0; f < FAMILY_COUNT; f++)
            for (uint32_t i = 0; i < pick[f].count; i++) {
                struct candidate *c = &pick[f].of[i];
                if (round == 3 || (round == 0 ? c->cheapest : round == 1 ? c->earliest : c->cleanest))
                    take(chosen, &count, max, c);
            }
    qsort(chosen, count, sizeof(struct candidate *), by_family_arrival);
    return count;
}

/* After the options of the search, which they cannot beat: nothing hides them. */
static bool add_alternatives(struct plan_query *q, struct arena *a, struct plan_answer *out, struct err *e)
{
    if (!plan_drive_alternatives(q, a, e))
        return false;
    for (unsigned form = PLAN_FORMS; form < q->direct_count && q->pool.count < LABELS_MAX; form++) {
        struct label l;
        if (!plan_direct_label(q, form, &l) ||
            (q->request->deliver_by != 0 && l.arrive_at > q->request->deliver_by))
            continue;
        struct plan_itinerary *it = &out->options[out->option_count];
        q->pool.label[q->pool.count] = l;
        if (!plan_build(q, FAMILY_ROAD, q->pool.count++, a, it, e))
            return false;
        it->alternative = (uint8_t)++out->alternative_count;
        it->shared_permille = q->direct_shared_permille[form];
        out->option_count++;
    }
    return true;
}

static bool answer(struct plan_query *q, struct pick pick[FAMILY_COUNT], struct arena *a,
                   struct plan_answer *out, struct err *e)
{
    struct candidate *chosen[PICK_MAX];
    uint32_t count = choose(pick, q->request->max_options, chosen);
    out->options = arena_calloc(a, (size_t)count + PLAN_ALTERNATIVES_MAX + 1, sizeof *out->options);
    if (out->options == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < count; i++) {
        struct plan_itinerary *it = &out->options[i];
        if (!plan_build(q, chosen[i]->family, chosen[i]->label, a, it, e))
            return false;
        it->earliest = chosen[i]->earliest;
        it->cheapest = chosen[i]->cheapest;
        it->cleanest = chosen[i]->cleanest;
    }
    out->option_count = count;
    return q->request->alternatives == 0 || add_alternatives(q, a, out, e);
}

static bool search(struct plan_query *q, struct arena *a, struct plan_answer *out, struct err *e)
{
    struct pick pick[FAMILY_COUNT] = {{0}};
    for (int f = 0; f < FAMILY_COUNT; f++) {
        if (!(q->request->families >> f & 1))
            continue;
        if (!plan_label_family(q, (enum plan_family)f, e) || !collect(q, (enum plan_family)f, a, &pick[f], e))
            return false;
        if (pick[f].count == 0 &&
            !plan_explain(q, (enum plan_family)f, a, &out->not_offered[out->not_offered_count++], e))
            return false;
    }
    out->label_count = q->pool.count;
    return answer(q, pick, a, out, e);
}

bool plan_search(struct plan_query *q, const struct plan_request *r, plan_stop_fn *stop, void *stop_ctx,
                 struct arena *a, struct plan_answer *out, struct err *e)
{
    *out = (struct plan_answer){0};
    if (!plan_request_check(q->p->net, r, e))
        return false;
    q->stop = stop;
    q->stop_ctx = stop_ctx;
    bool ok = plan_prepare(q, r, a, e) && search(q, a, out, e);
    plan_finish(q);
    return ok;
}

/* The form of a truck leg is found again by its numbers; of equals the fastest. */
static bool leg_arcs(struct plan_query *q, const struct plan_leg *leg, struct arena *a, const uint32_t **arcs,
                     uint32_t *count, struct err *e)
{
    int form = 1;
    struct road_cost c;
    road_one_to_one(q->road, plan_metric(q, 0), leg->from_node, leg->to_node, &c);
    if (plan_run(&c).drive_s == leg->drive_s)
        form = 0;
    return road_path(q->road, plan_metric(q, form), leg->from_node, leg->to_node, a, arcs, count, e);
}

bool plan_geometry(struct plan_query *q, const struct plan_request *r, struct plan_itinerary *it,
                   struct arena *a, struct err *e)
{
    bool ok = plan_request_check(q->p->net, r, e) && plan_metrics(q, r, e);
    for (uint32_t i = 0; ok && i < it->leg_count; i++) {
        struct plan_leg *leg = &it->legs[i];
        if (leg->service == NET_NONE && leg->arcs == NULL && plan_metric(q, 0) != NULL)
            ok = leg_arcs(q, leg, a, &leg->arcs, &leg->arc_count, e);
    }
    plan_finish(q);
    return ok;
}
