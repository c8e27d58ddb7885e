#include "whatif/chains.h"

#include <math.h>
#include <string.h>

enum { CHAINS_ARENA = 64 << 20 };

struct choosing {
    const struct network *net;
    const struct consignments *all;
    const struct chains_rules *rules;
    struct plan_query *query;
    struct arena arena;
    struct chains *out;
    struct err *e;
};

/* The cheapest option of each family; NULL: none. */
static void cheapest(const struct plan_answer *a, const struct plan_itinerary *best[FAMILY_COUNT])
{
    memset(best, 0, FAMILY_COUNT * sizeof *best);
    for (uint32_t i = 0; i < a->option_count; i++) {
        const struct plan_itinerary *o = &a->options[i];
        if (best[o->family] == NULL || o->total_myuan < best[o->family]->total_myuan)
            best[o->family] = o;
    }
}

static void shares(const struct plan_itinerary *const best[FAMILY_COUNT], double tonnes,
                   const struct chains_rules *r, double share[FAMILY_COUNT])
{
    int first = -1;
    double sum = 0;
    for (int f = 0; f < FAMILY_COUNT; f++) {
        share[f] = 0;
        if (best[f] != NULL && (first < 0 || best[f]->total_myuan < best[first]->total_myuan))
            first = f;
    }
    for (int f = 0; f < FAMILY_COUNT; f++) {
        if (best[f] == NULL)
            continue;
        double dearer = (double)(best[f]->total_myuan - best[first]->total_myuan) / 1000 / tonnes;
        share[f] = r->logit ? exp(-r->logit_scale * dearer) : f == first;
        sum += share[f];
    }
    for (int f = 0; f < FAMILY_COUNT; f++)
        share[f] /= sum > 0 ? sum : 1;
}

/* One family's part of a consignment, per day. */
static bool put(struct choosing *x, const struct consignment *c, const struct plan_itinerary *o, double part)
{
    struct family_total *f = &x->out->family[o->family];
    double tonnes = (double)c->mass_kg / 1000 * part;
    f->tonnes += tonnes;
    f->co2_t += (double)o->co2_wtw_g / 1e6 * part;
    f->money_yuan += (double)o->total_myuan / 1000 * part;
    for (uint32_t l = 0; l < o->leg_count; l++) {
        const struct plan_leg *leg = &o->legs[l];
        f->tkm += tonnes * (double)leg->distance_m / 1000;
        struct truck_trip t = {.from = leg->from_node,
                               .to = leg->to_node,
                               .vehicle_class = leg->vehicle_class,
                               .group = c->group,
                               .trucks = leg->trucks * part,
                               .tonnes = tonnes};
        if (leg->mode == LEG_TRUCK && leg->service == NET_NONE && t.from != t.to &&
            !trucks_add(&x->out->trucks, &t, x->e))
            return false;
    }
    return true;
}

static bool ask(struct choosing *x, const struct consignment *c, bool late, struct plan_answer *a)
{
    struct plan_request r;
    consignment_request(x->net, c, x->rules->week_start_s, late, &r);
    arena_reset(&x->arena);
    return plan_search(x->query, &r, NULL, NULL, &x->arena, a, x->e);
}

static bool choose_one(struct choosing *x, const struct consignment *c)
{
    struct plan_answer a;
    const struct plan_itinerary *best[FAMILY_COUNT];
    double share[FAMILY_COUNT], per_day = x->rules->factor / x->all->days;
    if (!ask(x, c, false, &a))
        return false;
    if (a.option_count == 0) {
        if (!ask(x, c, true, &a))
            return false;
        x->out->late += a.option_count > 0;
    }
    if (a.option_count == 0) {
        x->out->unserved++;
        x->out->unserved_tonnes += (double)c->mass_kg / 1000 * per_day;
        return true;
    }
    cheapest(&a, best);
    shares(best, (double)c->mass_kg / 1000, x->rules, share);
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (share[f] > 0 && !put(x, c, best[f], share[f] * per_day))
            return false;
    return true;
}

bool chains_choose(const struct network *n, const struct plan_network *p, const struct consignments *c,
                   const struct chains_rules *r, const struct chains_hooks *h, struct chains *out,
                   struct err *e)
{
    struct choosing x = {.net = n, .all = c, .rules = r, .out = out, .e = e};
    memset(out, 0, sizeof *out);
    if (!(r->factor > 0 && r->factor <= 1000) || !(r->logit_scale >= 0 && r->logit_scale <= 1000))
        return fail_field(e, ERR_INVALID_ARGUMENT, "demand",
                          "the factor is above 0 to 1,000, the logit's scale 0 to 1,000");
    if (!plan_query_new(p, &x.query, e))
        return false;
    arena_init(&x.arena, CHAINS_ARENA);
    bool ok = true;
    for (uint32_t i = 0; ok && i < c->count; i++) {
        if (h != NULL && h->stop != NULL && h->stop(h->ctx))
            ok = fail(e, ERR_CANCELLED, "stopped while freight chose between families");
        else
            ok = choose_one(&x, &c->of[i]);
        if (ok && h != NULL && h->progress != NULL && i % 64 == 0)
            h->progress(h->ctx, (double)i / c->count);
    }
    trucks_sum(&out->trucks);
    arena_release(&x.arena);
    plan_query_free(x.query);
    return ok;
}

void chains_free(struct chains *c)
{
    trucks_free(&c->trucks);
}
