/* search.c - plan_search: families one after the other, the options worth showing, the reasons for the rest.
 */
#include "freight/calendar.h"
#include "plan/engine.h"
#include "plan/gaps.h"

#include <stdlib.h>
#include <string.h>

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

/* Has a, which stays, all that b has but for the tolerance? Backward, arrive_at is minus the pickup. */
static bool near_enough(const struct plan_request *r, const struct candidate *a, const struct candidate *b)
{
    int64_t dearer = a->total_myuan > b->total_myuan ? a->total_myuan : b->total_myuan;
    int64_t share = dearer / 1000 * r->tolerance_permille + dearer % 1000 * r->tolerance_permille / 1000;
    int64_t money = share > r->tolerance_myuan ? share : r->tolerance_myuan;
    return a->arrive_at - b->arrive_at <= r->tolerance_s && a->total_myuan - b->total_myuan <= money &&
           a->co2_g - b->co2_g <= r->tolerance_g;
}

static int by_total(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->total_myuan != y->total_myuan)
        return x->total_myuan < y->total_myuan ? -1 : 1;
    if (x->arrive_at != y->arrive_at)
        return x->arrive_at < y->arrive_at ? -1 : 1;
    return x->co2_g < y->co2_g ? -1 : x->co2_g > y->co2_g;
}

/* From the dearest on, what is better than some other by no more than the tolerance goes. Of those that stay
 * each is better than each other by more, and one stays. */
static uint32_t thin(const struct plan_request *r, struct candidate *c, uint32_t count)
{
    qsort(c, count, sizeof *c, by_total);
    for (uint32_t i = count; i-- > 0;)
        for (uint32_t k = 0; k < count; k++)
            if (k != i && near_enough(r, &c[k], &c[i])) {
                memmove(&c[i], &c[i + 1], (count - i - 1) * sizeof *c);
                count--;
                break;
            }
    return count;
}

/* The front of the family just searched becomes candidates. */
static bool collect(struct plan_query *q, enum plan_family f, struct arena *a, struct pick *out,
                    struct err *e)
{
    const struct label_pool *p = &q->pool;
    const struct plan_request *r = q->request;
    uint32_t count = p->front_count;
    *out = (struct pick){.count = count};
    if (count == 0)
        return true;
    out->of = arena_calloc(a, count, sizeof *out->of);
    if (out->of == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < count; i++)
        out->of[i] = (struct candidate){.label = p->front[i].label,
                                        .family = f,
                                        .arrive_at = p->front[i].arrive_at,
                                        .co2_g = p->front[i].co2_g,
                                        .total_myuan = p->front[i].total_myuan};
    if (r->tolerance_s + r->tolerance_myuan + r->tolerance_g + r->tolerance_permille > 0)
        out->count = thin(r, out->of, count);
    mark_best(out->of, out->count);
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
        it->latest_pickup = plan_pickup_of(q, q->pool.count - 1);
        it->shared_permille = q->direct_shared_permille[form];
        if (q->request->explain)
            plan_connections(q, it);
        out->option_count++;
    }
    return true;
}

static bool build(struct plan_query *q, const struct candidate *c, struct arena *a, struct plan_itinerary *it,
                  struct err *e)
{
    const struct plan_request *asked = q->request;
    struct plan_request r = *asked;
    uint32_t label = c->label;
    if (asked->latest_pickup) { /* the chain as it would be found by who is ready then */
        r.ready_at = -c->arrive_at;
        label = plan_replay(q, c->label, r.ready_at);
        if (label == NET_NONE)
            return fail(e, ERR_RESOURCE_EXHAUSTED, "the question needs more than %d partial chains",
                        LABELS_MAX);
    }
    q->request = &r;
    bool ok = plan_build(q, c->family, label, a, it, e);
    if (ok)
        it->latest_pickup = plan_pickup_of(q, label);
    if (ok && r.explain)
        plan_connections(q, it);
    q->request = asked;
    it->earliest = c->earliest;
    it->cheapest = c->cheapest;
    it->cleanest = c->cleanest;
    return ok;
}

static bool answer(struct plan_query *q, struct pick pick[FAMILY_COUNT], struct arena *a,
                   struct plan_answer *out, struct err *e)
{
    struct candidate *chosen[PICK_MAX];
    uint32_t count = choose(pick, q->request->max_options, chosen);
    out->options = arena_calloc(a, (size_t)count + PLAN_ALTERNATIVES_MAX + 1, sizeof *out->options);
    if (out->options == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    for (uint32_t i = 0; i < count; i++)
        if (!build(q, chosen[i], a, &out->options[i], e))
            return false;
    out->option_count = count;
    return q->request->alternatives == 0 || add_alternatives(q, a, out, e);
}

/* Why there is no latest pickup: as if the cargo had been ready all the time. */
static bool explain_backward(struct plan_query *q, enum plan_family f, struct arena *a,
                             struct plan_not_offered *out, struct err *e)
{
    const struct plan_request *asked = q->request;
    struct plan_request r = *asked;
    if (r.ready_at == 0)
        r.ready_at = r.deliver_by - (int64_t)PLAN_HORIZON_DAYS * CAL_DAY_S;
    q->request = &r;
    bool ok = plan_label_family(q, f, e) && plan_explain(q, f, a, out, e);
    q->request = asked;
    return ok;
}

/* The front of a family into its pick. */
static bool search_family(struct plan_query *q, enum plan_family f, struct arena *a,
                          struct plan_fronts *fronts, struct pick *pick, struct err *e)
{
    bool back = q->request->latest_pickup;
    return (back ? plan_label_backward(q, f, e) : plan_label_family(q, f, e)) &&
           plan_fronts_keep(q, f, a, fronts, e) && collect(q, f, a, pick, e);
}

static bool search(struct plan_query *q, struct arena *a, struct plan_answer *out, struct err *e)
{
    struct pick pick[FAMILY_COUNT] = {{0}};
    struct plan_fronts fronts = {.count = {0}};
    bool back = q->request->latest_pickup;
    for (int i = 0; i < FAMILY_COUNT; i++) {
        enum plan_family f = (enum plan_family)i;
        if (!(q->request->families >> f & 1))
            continue;
        if (!search_family(q, f, a, &fronts, &pick[f], e))
            return false;
        struct plan_not_offered *why = &out->not_offered[out->not_offered_count];
        if (pick[f].count > 0)
            continue;
        out->not_offered_count++;
        if (!(back ? explain_backward(q, f, a, why, e) : plan_explain(q, f, a, why, e)))
            return false;
    }
    out->label_count = q->pool.count;
    return plan_margins(q, &fronts, a, out, e) && answer(q, pick, a, out, e);
}

/* --- one option --- */

/* The cleanest of all families, from their fronts. */
static bool cleanest(struct plan_query *q, struct arena *a, struct candidate *best, struct err *e)
{
    struct plan_fronts fronts = {.count = {0}};
    bool any = false;
    for (int f = 0; f < FAMILY_COUNT; f++) {
        struct pick pick = {0};
        if (q->request->families >> f & 1 && !search_family(q, (enum plan_family)f, a, &fronts, &pick, e))
            return false;
        for (uint32_t i = 0; i < pick.count; i++) {
            const struct candidate *c = &pick.of[i];
            if (!c->cleanest || (any && !less(c->co2_g, best->co2_g, c->total_myuan, best->total_myuan)))
                continue;
            *best = *c;
            any = true;
        }
    }
    return true;
}

static bool quickest(struct plan_query *q, struct candidate *best, struct err *e)
{
    if (!plan_find_single(q, e))
        return false;
    if (q->single.any)
        *best = (struct candidate){.label = q->single.label, .family = q->single.family};
    return true;
}

/* The best option of all families alone; when there is none, *out has none. */
static bool search_single(struct plan_query *q, struct arena *a, struct plan_answer *out, struct err *e)
{
    struct candidate best = {.label = NET_NONE};
    if (!(q->request->single == SINGLE_CLEANEST ? cleanest(q, a, &best, e) : quickest(q, &best, e)))
        return false;
    out->label_count = q->pool.count;
    if (best.label == NET_NONE)
        return true;
    best.earliest = q->request->single == SINGLE_EARLIEST; /* of the others nothing is known */
    best.cheapest = q->request->single == SINGLE_CHEAPEST;
    out->options = arena_calloc(a, 1, sizeof *out->options);
    if (out->options == NULL)
        return fail(e, ERR_RESOURCE_EXHAUSTED, "the answer does not fit the memory of one request");
    out->option_count = 1;
    return build(q, &best, a, out->options, e);
}

bool plan_search(struct plan_query *q, const struct plan_request *r, plan_stop_fn *stop, void *stop_ctx,
                 struct arena *a, struct plan_answer *out, struct err *e)
{
    bool quick = r->single == SINGLE_CHEAPEST || r->single == SINGLE_EARLIEST, ok = true;
    *out = (struct plan_answer){0};
    if (!plan_request_check(q->p->net, r, e))
        return false;
    q->bare = r->latest_pickup;
    q->no_direct = false;
    q->stop = stop;
    q->stop_ctx = stop_ctx;
    if (r->single != SINGLE_NO)
        ok =
            (quick ? plan_prepare_lazy(q, r, a, e) : plan_prepare(q, r, a, e)) && search_single(q, a, out, e);
    if (ok && out->option_count == 0) /* all options, or why there is none */
        ok = plan_prepare(q, r, a, e) && search(q, a, out, e);
    plan_finish(q);
    return ok;
}

bool plan_kinds(struct plan_query *q, const struct plan_request *r, const struct plan_itinerary *it,
                struct road_kind *out)
{
    const struct plan_leg *truck = NULL;
    uint32_t trucks = 0;
    for (uint32_t i = 0; i < it->leg_count; i++)
        if (it->legs[i].service == NET_NONE) {
            truck = &it->legs[i];
            trucks++;
        }
    if (trucks != 1 || truck->arcs != NULL)
        return false;
    bool ok = plan_metrics(q, r, NULL) && plan_metric(q, 0) != NULL;
    const struct road_labels *l = ok ? plan_labels(q, truck->form, truck->from_node, truck->to_node) : NULL;
    if (l != NULL)
        ok = road_labels_kinds(l, truck->from_node, truck->to_node, out);
    else if (ok)
        ok = road_kinds(q->road, plan_metric(q, truck->form), truck->from_node, truck->to_node, out);
    plan_finish(q);
    return ok;
}

static bool leg_arcs(struct plan_query *q, const struct plan_leg *leg, struct arena *a, const uint32_t **arcs,
                     uint32_t *count, struct err *e)
{
    const struct road_labels *l = plan_labels(q, leg->form, leg->from_node, leg->to_node);
    if (l != NULL)
        return road_labels_path(l, leg->from_node, leg->to_node, a, arcs, count, e);
    return road_path(q->road, plan_metric(q, leg->form), leg->from_node, leg->to_node, a, arcs, count, e);
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
