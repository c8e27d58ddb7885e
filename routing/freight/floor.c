#include "freight/floor.h"

#include "freight/bill.h"

static bool alike(const struct net_tariff_rule *a, const struct net_tariff_rule *b)
{
    return a->kind == b->kind && a->cargo == b->cargo && a->unit == b->unit;
}

struct floor_of {
    const struct net_tariff_rule *rule;
    uint32_t count;
    const struct freight_load *load;
    int64_t kg; /* chargeable */
};

/* Is another rule of the same kind, cargo and unit with a larger break in force? */
static bool outbid(const struct floor_of *x, uint32_t at)
{
    const struct net_tariff_rule *r = &x->rule[at];
    for (uint32_t i = 0; i < x->count; i++) {
        const struct net_tariff_rule *o = &x->rule[i];
        bool better = o->break_kg > r->break_kg || (o->break_kg == r->break_kg && i < at);
        if (i != at && better && alike(o, r) && (int64_t)o->break_kg <= x->kg)
            return true;
    }
    return false;
}

/* The least of all breaks that may be declared. */
static void declare(const struct floor_of *x, const struct net_tariff_rule *r, int64_t *base, int64_t *per_km)
{
    for (uint32_t i = 0; i < x->count; i++) {
        const struct net_tariff_rule *o = &x->rule[i];
        if ((int64_t)o->break_kg <= x->kg || !alike(o, r))
            continue;
        *base = o->base_myuan < *base ? o->base_myuan : *base;
        *per_km = o->per_km_nyuan < *per_km ? o->per_km_nyuan : *per_km;
    }
}

bool freight_floor_of(const struct network *n, const struct net_service *s, const struct freight_load *l,
                      struct freight_floor *out)
{
    enum { ROUNDING_MYUAN = 6 };
    bool freight = false;
    *out = (struct freight_floor){0};
    if (s->tariff >= n->tariff_count)
        return false;
    const struct net_tariff *t = &n->tariff[s->tariff];
    struct floor_of x = {.rule = &n->tariff_rule[t->rule_first],
                         .count = t->rule_count,
                         .load = l,
                         .kg = cargo_chargeable_kg(l, s->mode)};
    for (uint32_t i = 0; i < x.count; i++) {
        const struct net_tariff_rule *r = &x.rule[i];
        int64_t units = bill_units_milli(r->unit, l, x.kg), base = r->base_myuan, per_km = r->per_km_nyuan;
        if (units == 0 || (int64_t)r->break_kg > x.kg || !cargo_rule_fits(r->cargo, l->cargo) ||
            outbid(&x, i))
            continue;
        bool air = s->mode == MODE_AIR && r->kind == CHARGE_FREIGHT;
        if (air)
            declare(&x, r, &base, &per_km);
        double per_m = (double)units * (double)per_km / 1e9;
        per_m = r->electrified_only ? per_m * s->electrified_permille / 1000 : per_m;
        out->per_m_myuan += per_m;
        out->base_myuan += (double)units * (double)base / 1000 - ROUNDING_MYUAN -
                           (r->electrified_only ? per_m : 0); /* its metres are rounded down */
        out->least_myuan += air ? 0 : (double)r->min_myuan - ROUNDING_MYUAN;
        freight = freight || r->kind == CHARGE_FREIGHT;
    }
    out->per_m_myuan *= 1 - 1e-12;
    return freight;
}
