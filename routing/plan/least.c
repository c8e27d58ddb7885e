#include "plan/least.h"

#include "freight/bill.h"
#include "plan/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double less = 1 - 1e-9;

/* May the rule count for cargo of that form, whatever its needs? certain: it does. */
static bool may_fit(const struct net_tariff_rule *r, uint16_t form, bool *certain)
{
    bool forms = (r->cargo & (CARGO_FORMS | CARGO_ULD)) != 0;
    *certain = r->break_kg == 0 && r->valid_from_day == INT32_MIN && r->valid_to_day == INT32_MAX &&
               (forms || r->cargo == 0);
    return !forms || cargo_rule_fits(r->cargo, form);
}

/* One of them counts: that with the largest break that the load has. */
static bool alike(const struct net_tariff_rule *a, const struct net_tariff_rule *b)
{
    return a->kind == b->kind && a->cargo == b->cargo && a->unit == b->unit;
}

/* Rules that are alike, told by the first that is certain: the least of them. */
static void add(const struct net_tariff_rule *rule, uint32_t count, uint32_t at, struct plan_least_rate *out)
{
    const struct net_tariff_rule *r = &rule[at];
    int64_t least = r->base_myuan, per_km = r->electrified_only ? 0 : r->per_km_nyuan;
    bool certain;
    for (uint32_t i = 0; i < count; i++) {
        if (!alike(&rule[i], r))
            continue;
        if (i < at && may_fit(&rule[i], CARGO_FORMS, &certain) && certain)
            return; /* it was added with that one */
        least = rule[i].base_myuan < least ? rule[i].base_myuan : least;
        if (rule[i].electrified_only || rule[i].per_km_nyuan < per_km)
            per_km = rule[i].electrified_only ? 0 : rule[i].per_km_nyuan;
    }
    out->myuan[r->unit] += (double)least;
    out->myuan_per_m[r->unit] += (double)per_km / 1e6; /* 1e-6 yuan a km */
}

/* False: the tariff has no freight for such cargo. */
static bool rate_of(const struct network *n, const struct net_tariff *t, uint16_t form,
                    struct plan_least_rate *out)
{
    const struct net_tariff_rule *rule = &n->tariff_rule[t->rule_first];
    bool freight = false, certain;
    *out = (struct plan_least_rate){{0}, {0}};
    for (uint32_t i = 0; i < t->rule_count; i++) {
        if (!may_fit(&rule[i], form, &certain))
            continue;
        freight = freight || rule[i].kind == CHARGE_FREIGHT;
        if (certain)
            add(rule, t->rule_count, i, out);
    }
    return freight;
}

static bool below(const struct plan_least_rate *a, const struct plan_least_rate *b)
{
    for (int u = 0; u < UNIT_COUNT; u++)
        if (a->myuan[u] > b->myuan[u] || a->myuan_per_m[u] > b->myuan_per_m[u])
            return false;
    return true;
}

/* Unless another is not above it in anything; those that it makes useless go. */
static bool put(struct plan_least_rates *x, const struct plan_least_rate *rate)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < x->count; i++)
        if (below(&x->of[i], rate))
            return true;
    for (uint32_t i = 0; i < x->count; i++)
        if (!below(rate, &x->of[i]))
            x->of[kept++] = x->of[i];
    x->count = kept;
    if (x->count == x->room) {
        struct plan_least_rate *bigger = realloc(x->of, (2 * (size_t)x->room + 4) * sizeof *bigger);
        if (bigger == NULL)
            return false;
        x->of = bigger;
        x->room = 2 * x->room + 4;
    }
    x->of[x->count++] = *rate;
    return true;
}

static void set_boarding(struct plan_least *x, const struct network *n)
{
    for (int m = 0; m < MODE_COUNT; m++)
        for (int f = 0; f < PLAN_LEAST_FORMS; f++) {
            double least = INFINITY;
            for (uint32_t i = 0; i < n->handling_count; i++) {
                const struct net_handling *h = &n->handling[i];
                double price =
                    (double)(1 << f == CARGO_CONTAINER ? h->price_myuan_per_teu : h->price_myuan_per_t);
                if (h->to_mode == m && cargo_fits(h->cargo, (uint16_t)(1 << f)) && price < least)
                    least = price;
            }
            x->board_myuan[m][f] = least;
        }
}

static void measure(struct plan_least *x, const struct plan_network *p)
{
    for (int m = 0; m < MODE_COUNT; m++) {
        x->m_per_unit[m] = p->rides.edge_first[m] < p->rides.edge_first[m + 1] ? INFINITY : 0;
        for (uint32_t i = p->rides.edge_first[m]; i < p->rides.edge_first[m + 1]; i++) {
            const struct plan_edge *r = &p->rides.edge[i];
            double product = geo_product(p->lies[r->from], p->lies[r->to]), metres;
            if (product > p->ride_min) /* nobody rides so near */
                continue;
            metres = r->distance_m / geo_chord_of(product) * less;
            x->m_per_unit[m] = metres < x->m_per_unit[m] ? metres : x->m_per_unit[m];
        }
        if (x->m_per_unit[m] == INFINITY)
            x->m_per_unit[m] = 0;
    }
}

bool plan_least_new(struct plan_network *p, struct err *e)
{
    struct plan_least *x = &p->least;
    const struct network *n = p->net;
    uint8_t *seen = calloc((size_t)n->tariff_count + 1, sizeof *seen); /* by tariff: modes */
    *x = (struct plan_least){0};
    x->line = calloc((size_t)n->tariff_count * PLAN_LEAST_FORMS + 1, sizeof *x->line);
    bool ok = seen != NULL && x->line != NULL;
    for (uint32_t i = 0; ok && i < n->tariff_count * PLAN_LEAST_FORMS; i++)
        freight_line_of(n, &n->tariff[i / PLAN_LEAST_FORMS], (uint16_t)(1 << i % PLAN_LEAST_FORMS),
                        &x->line[i]);
    for (uint32_t i = 0; ok && i < n->service_count; i++) {
        const struct net_service *s = &n->service[i];
        struct plan_least_rate rate;
        if (s->tariff >= n->tariff_count || seen[s->tariff] >> s->mode & 1)
            continue;
        seen[s->tariff] |= (uint8_t)(1u << s->mode);
        for (int f = 0; ok && f < PLAN_LEAST_FORMS; f++)
            ok = !rate_of(n, &n->tariff[s->tariff], (uint16_t)(1 << f), &rate) ||
                 put(&x->ride[s->mode][f], &rate);
    }
    free(seen);
    if (!ok) {
        plan_least_free(x);
        return fail(e, ERR_RESOURCE_EXHAUSTED, "out of memory for the least rates of a network");
    }
    set_boarding(x, n);
    measure(x, p);
    return true;
}

void plan_least_free(struct plan_least *x)
{
    for (int m = 0; m < MODE_COUNT; m++)
        for (int f = 0; f < PLAN_LEAST_FORMS; f++)
            free(x->ride[m][f].of);
    free(x->line);
    *x = (struct plan_least){0};
}

struct plan_least_ride plan_least_ride(const struct plan_query *q, unsigned mode)
{
    enum { ROUNDING_MYUAN = 5 * (BILL_LINES_MAX + 4) }; /* of each line; of the handling's rows */
    const struct freight_load *l = &q->load;
    int64_t kg = cargo_chargeable_kg(l, (uint8_t)mode);
    double units[UNIT_COUNT];
    struct plan_least_ride least = {INFINITY, INFINITY};
    for (int u = 0; u < UNIT_COUNT; u++) /* what is agreed may be anything */
        units[u] = l->agreed != NULL ? 0 : (double)bill_units_milli((uint8_t)u, l, kg) / 1e3;
    for (int f = 0; f < PLAN_LEAST_FORMS; f++) {
        const struct plan_least_rates *rates = &q->p->least.ride[mode][f];
        if (!(l->cargo >> f & 1))
            continue;
        double board = q->p->least.board_myuan[mode][f] *
                       (1 << f == CARGO_CONTAINER ? (double)l->teu : (double)l->mass_kg / 1e3);
        for (uint32_t i = 0; i < rates->count; i++) {
            double ride = board, per_m = 0;
            for (int u = 0; u < UNIT_COUNT; u++) {
                ride += units[u] * rates->of[i].myuan[u];
                per_m += units[u] * rates->of[i].myuan_per_m[u];
            }
            least.myuan = ride < least.myuan ? ride : least.myuan;
            least.myuan_per_unit = per_m < least.myuan_per_unit ? per_m : least.myuan_per_unit;
        }
    }
    least.myuan = least.myuan * less - ROUNDING_MYUAN;
    least.myuan = least.myuan > 0 ? least.myuan : 0;
    least.myuan_per_unit *= q->p->least.m_per_unit[mode] * less;
    return least;
}
