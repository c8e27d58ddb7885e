#include "freight/floor.h"

#include "freight/bill.h"

enum { ROUNDING_MYUAN = 6 }; /* of a line */

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

void freight_line_of(const struct network *n, const struct net_tariff *t, uint16_t form,
                     struct freight_line *out)
{
    const struct net_tariff_rule *rule = &n->tariff_rule[t->rule_first];
    *out = (struct freight_line){.simple = t->rule_count <= UINT8_MAX};
    for (uint32_t i = 0; i < t->rule_count; i++) {
        const struct net_tariff_rule *r = &rule[i];
        if (!cargo_rule_fits(r->cargo, form))
            continue;
        out->simple =
            out->simple && r->break_kg == 0 && r->valid_from_day == INT32_MIN && r->valid_to_day == INT32_MAX;
        for (uint32_t k = 0; k < i; k++)
            out->simple = out->simple && !alike(r, &rule[k]);
        if (r->kind == CHARGE_FREIGHT)
            out->freight_units |= (uint8_t)(1u << r->unit);
        double per_m = (double)r->per_km_nyuan / 1e6; /* 1e-6 yuan a km */
        out->rules[r->unit]++;
        out->myuan[r->unit] += (double)r->base_myuan;
        out->least_myuan[r->unit] += (double)r->min_myuan;
        if (r->electrified_only)
            out->electrified_per_m[r->unit] += per_m;
        else
            out->myuan_per_m[r->unit] += per_m;
    }
}

bool freight_floor_by(const struct freight_line *x, const struct net_service *s, const struct freight_load *l,
                      struct freight_floor *out)
{
    bool freight = false;
    int64_t kg = cargo_chargeable_kg(l, s->mode);
    double electrified = s->electrified_permille / 1000.0;
    *out = (struct freight_floor){0};
    for (int u = 0; u < UNIT_COUNT; u++) {
        double units = x->rules[u] == 0 ? 0 : (double)bill_units_milli((uint8_t)u, l, kg) / 1000;
        if (units == 0)
            continue;
        double per_m = units * x->electrified_per_m[u] * electrified;
        out->base_myuan +=
            units * x->myuan[u] - x->rules[u] * ROUNDING_MYUAN - per_m; /* metres rounded down */
        out->per_m_myuan += units * x->myuan_per_m[u] + per_m;
        out->least_myuan += x->least_myuan[u] - x->rules[u] * ROUNDING_MYUAN;
        freight = freight || x->freight_units >> u & 1;
    }
    out->per_m_myuan *= 1 - 1e-12;
    return freight;
}
