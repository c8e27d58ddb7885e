#include "freight/bill.h"

static bool to_fen(__int128 numerator, __int128 divisor, int64_t *myuan)
{
    const __int128 fen = divisor * BILL_FEN_MYUAN;
    __int128 amount = (numerator + fen / 2) / fen * BILL_FEN_MYUAN;
    if (numerator < 0 || amount > BILL_MAX_MYUAN)
        return false;
    *myuan = (int64_t)amount;
    return true;
}

bool bill_round(int64_t a, int64_t b, int64_t divisor, int64_t *myuan)
{
    return to_fen((__int128)a * b, divisor, myuan);
}

bool bill_add(struct bill *b, const struct bill_line *line)
{
    if (line->amount_myuan == 0)
        return true;
    if (b->count == BILL_LINES_MAX || line->amount_myuan < 0)
        return false;
    b->line[b->count++] = *line;
    b->sum_myuan += line->amount_myuan; /* 40 lines of at most 1e15 stay far below 2^63 */
    return true;
}

bool bill_rule_amount(const struct net_tariff_rule *r, int64_t units_milli, int64_t distance_m,
                      int64_t *myuan)
{
    /* base: myuan per unit; per_km: 1e-6 yuan per unit and km = 1e-3 myuan; metres and milli-units: 1e-9. */
    const __int128 scale = 1000000;
    if (r->base_myuan < 0 || r->per_km_nyuan < 0 || r->base_myuan > BILL_MAX_MYUAN ||
        r->per_km_nyuan > BILL_MAX_MYUAN || units_milli < 0 || distance_m < 0 || distance_m > UINT32_MAX)
        return false;
    __int128 rate = (__int128)r->base_myuan * scale + (__int128)r->per_km_nyuan * distance_m;
    const __int128 room = (__int128)1 << 125;
    if (units_milli > 0 && rate > room / units_milli)
        return false;
    if (!to_fen(rate * units_milli, scale * 1000, myuan))
        return false;
    int64_t least = 0;
    if (!bill_round(r->min_myuan, 1, 1, &least))
        return false;
    if (*myuan < least)
        *myuan = least;
    return true;
}

int64_t bill_units_milli(uint8_t unit, const struct freight_load *l, int64_t chargeable_kg)
{
    switch (unit) {
    case UNIT_T:
        return chargeable_kg;
    case UNIT_KG:
        return chargeable_kg * 1000;
    case UNIT_TEU:
        return (int64_t)l->teu * 1000;
    case UNIT_BOX20:
        return (int64_t)l->box20 * 1000;
    case UNIT_BOX40:
        return (int64_t)l->box40 * 1000;
    case UNIT_TRUCK:
        return (int64_t)l->trucks * 1000;
    case UNIT_SHIPMENT:
        return 1000;
    default:
        return 0;
    }
}

static bool counts(const struct net_tariff_rule *r, const struct freight_load *l, int64_t kg, int32_t day)
{
    return day >= r->valid_from_day && day <= r->valid_to_day && (int64_t)r->break_kg <= kg &&
           cargo_rule_fits(r->cargo, l->cargo);
}

/* Is another rule of the same kind, cargo and unit with a larger break in force? Of equal breaks the first.
 */
static bool outbid(const struct net_tariff_rule *rules, uint32_t count, uint32_t at,
                   const struct freight_load *l, int64_t kg, int32_t day)
{
    const struct net_tariff_rule *r = &rules[at];
    for (uint32_t i = 0; i < count; i++) {
        const struct net_tariff_rule *x = &rules[i];
        if (i == at || x->kind != r->kind || x->cargo != r->cargo || x->unit != r->unit)
            continue;
        bool better = x->break_kg > r->break_kg || (x->break_kg == r->break_kg && i < at);
        if (better && counts(x, l, kg, day))
            return true;
    }
    return false;
}

bool bill_tariff(const struct network *n, const struct bill_ride *ride, const struct freight_load *l,
                 struct bill *b)
{
    if (ride->service->tariff >= n->tariff_count)
        return false;
    const struct net_tariff *t = &n->tariff[ride->service->tariff];
    const struct net_tariff_rule *rules = &n->tariff_rule[t->rule_first];
    int64_t kg = cargo_chargeable_kg(l, ride->service->mode);
    bool freight = false;
    for (uint32_t i = 0; i < t->rule_count; i++) {
        const struct net_tariff_rule *r = &rules[i];
        int64_t units = bill_units_milli(r->unit, l, kg);
        if (units == 0 || !counts(r, l, kg, ride->day) || outbid(rules, t->rule_count, i, l, kg, ride->day))
            continue;
        int64_t m = ride->distance_m;
        if (r->electrified_only)
            m = m * ride->service->electrified_permille / 1000;
        struct bill_line line = {.kind = BILL_TARIFF,
                                 .charge = r->kind,
                                 .estimated = r->confidence == CONF_ESTIMATED,
                                 .row = t->rule_first + i,
                                 .source = r->source != 0 ? r->source : t->source,
                                 .units_milli = units,
                                 .distance_m = m};
        if (!bill_rule_amount(r, units, m, &line.amount_myuan) || !bill_add(b, &line))
            return false;
        freight = freight || r->kind == CHARGE_FREIGHT;
    }
    return freight;
}

bool bill_handling(const struct network *n, const struct net_terminal *t, uint8_t from_mode, uint8_t to_mode,
                   const struct freight_load *l, struct bill *b, uint32_t *p50_min)
{
    bool found = false, boxes = (l->cargo & CARGO_CONTAINER) != 0;
    *p50_min = 0;
    for (uint32_t i = 0; i < t->handling_count; i++) {
        const struct net_handling *h = &n->handling[t->handling_first + i];
        if (h->from_mode != from_mode || h->to_mode != to_mode || !cargo_fits(h->cargo, l->cargo))
            continue;
        struct bill_line line = {.kind = BILL_HANDLING,
                                 .estimated = h->confidence == CONF_ESTIMATED,
                                 .row = t->handling_first + i,
                                 .source = h->source,
                                 .units_milli = boxes ? (int64_t)l->teu * 1000 : l->mass_kg};
        int64_t price = boxes ? h->price_myuan_per_teu : h->price_myuan_per_t;
        if (!bill_round(line.units_milli, price, 1000, &line.amount_myuan) || !bill_add(b, &line))
            return false;
        *p50_min += h->p50_min;
        found = true;
    }
    return found;
}
