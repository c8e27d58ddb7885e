/* cost.c - plan_cost: the one option that is first, or cheapest, in its family.
 *
 * Most questions for a cost are answered by the truck from door to door. It is priced first; scheduled
 * line-hauls are looked for when one of them may be better by bounds that need no road (linehaul.h); other
 * families, and those questions, are the search's for one option. */
#include "plan/engine.h"

struct offer { /* what decides between two options of a family */
    int64_t arrive_at, total_myuan, co2_g;
    uint32_t label;
    bool any;
};

static bool better(const struct offer *a, const struct offer *b, bool cheapest)
{
    if (!b->any)
        return true;
    if (a->arrive_at == b->arrive_at && a->total_myuan == b->total_myuan)
        return a->co2_g < b->co2_g;
    if (cheapest ? a->total_myuan != b->total_myuan : a->arrive_at == b->arrive_at)
        return a->total_myuan < b->total_myuan;
    return a->arrive_at < b->arrive_at;
}

/* The direct truck's labels are the first of the pool. */
static struct offer drive(struct plan_query *q, bool cheapest)
{
    struct offer best = {.any = false};
    q->pool.count = 0;
    for (unsigned f = 0; f < PLAN_FORMS; f++) {
        struct label *l = &q->pool.label[q->pool.count];
        if (!plan_direct_label(q, f, l) ||
            (q->request->deliver_by != 0 && l->arrive_at > q->request->deliver_by))
            continue;
        struct offer x = {l->arrive_at, plan_total_myuan(q, l), l->co2_g, q->pool.count++, true};
        if (better(&x, &best, cheapest))
            best = x;
    }
    return best;
}

/* Of all chains of the family, by the search for one (single.c). */
static bool search(struct plan_query *q, bool cheapest, struct arena *a, struct offer *best, struct err *e)
{
    q->pool.count = 0;
    q->single.by = cheapest ? SINGLE_CHEAPEST : SINGLE_EARLIEST;
    if (!plan_prepare_tables(q, a, e) || !plan_find_single(q, e))
        return false;
    *best = (struct offer){.label = q->single.label, .any = q->single.any};
    return true;
}

/* Is the direct truck certainly what is asked for? */
static bool drive_alone(struct plan_query *q, bool cheapest, struct offer *best)
{
    if (q->load.vehicle == NET_NONE)
        return false;
    plan_drive_doors(q);
    *best = drive(q, cheapest);
    if (!best->any)
        return false;
    q->stamp++; /* prices of rides are asked anew */
    q->relax = 0;
    return !(cheapest ? plan_linehaul_may_cost(q, best->total_myuan)
                      : plan_linehaul_may_arrive(q, best->arrive_at - q->request->ready_at));
}

static bool find(struct plan_query *q, bool cheapest, struct arena *a, struct plan_itinerary *out,
                 bool *found, struct err *e)
{
    const struct plan_request *r = q->request;
    enum plan_family f = FAMILY_ROAD;
    struct offer best;
    while (!(r->families >> f & 1))
        f++;
    bool alone = f == FAMILY_ROAD && r->via_count == 0 && drive_alone(q, cheapest, &best);
    if (!alone && !search(q, cheapest, a, &best, e))
        return false;
    *found = best.any;
    return !best.any || plan_bill(q, f, best.label, a, out, e);
}

bool plan_cost(struct plan_query *q, const struct plan_request *r, bool cheapest, plan_stop_fn *stop,
               void *stop_ctx, struct arena *a, struct plan_itinerary *out, bool *found, struct err *e)
{
    *found = false;
    if (!plan_request_check(q->p->net, r, e))
        return false;
    if (r->latest_pickup || r->alternatives > 0 || (r->families & (r->families - 1)) != 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "families",
                          "a cost is asked forward, of one family, without alternatives");
    q->bare = q->no_direct = false;
    q->stop = stop;
    q->stop_ctx = stop_ctx;
    bool ok = plan_metrics(q, r, e) && find(q, cheapest, a, out, found, e);
    plan_finish(q);
    return ok;
}
