/* best.c - the cheapest and the fastest of each family, from the fronts alone. */
#include "plan/engine.h"

static void take(struct plan_best *b, const struct label_front *x)
{
    bool cheaper = x->total_myuan < b->cheapest_myuan ||
                   (x->total_myuan == b->cheapest_myuan && x->arrive_at < b->cheapest_at);
    bool faster =
        x->arrive_at < b->fastest_at || (x->arrive_at == b->fastest_at && x->total_myuan < b->fastest_myuan);
    if (!b->any || cheaper) {
        b->cheapest_myuan = x->total_myuan;
        b->cheapest_at = x->arrive_at;
        b->cheapest_co2_g = x->co2_g;
    }
    if (!b->any || faster) {
        b->fastest_at = x->arrive_at;
        b->fastest_myuan = x->total_myuan;
        b->fastest_co2_g = x->co2_g;
    }
    b->any = true;
}

bool plan_best(struct plan_query *q, const struct plan_request *r, plan_stop_fn *stop, void *stop_ctx,
               struct arena *a, struct plan_best out[FAMILY_COUNT], struct err *e)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        out[f] = (struct plan_best){.any = false};
    if (!plan_request_check(q->p->net, r, e))
        return false;
    if (r->latest_pickup || r->alternatives > 0)
        return fail_field(e, ERR_INVALID_ARGUMENT, "latest_pickup",
                          "the best of each family is asked forward, without alternatives");
    q->bare = q->no_direct = false;
    q->stop = stop;
    q->stop_ctx = stop_ctx;
    bool ok = plan_prepare(q, r, a, e);
    for (int f = 0; ok && f < FAMILY_COUNT; f++) {
        if (!(r->families >> f & 1))
            continue;
        q->pool.count = 0;
        ok = plan_label_family(q, (enum plan_family)f, e);
        for (uint32_t i = 0; ok && i < q->pool.front_count; i++)
            take(&out[f], &q->pool.front[i]);
    }
    plan_finish(q);
    return ok;
}
