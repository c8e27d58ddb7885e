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

bool bill_round_wide(int64_t a, int64_t b, int64_t divisor, int64_t *myuan)
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
    enum { SCALE = 1000000 };
    int64_t least = 0, of_base, of_km, rate;
    if (r->base_myuan < 0 || r->per_km_nyuan < 0 || r->base_myuan > BILL_MAX_MYUAN ||
        r->per_km_nyuan > BILL_MAX_MYUAN || units_milli < 0 || distance_m < 0 || distance_m > UINT32_MAX)
        return false;
    if (__builtin_mul_overflow(r->base_myuan, (int64_t)SCALE, &of_base) ||
        __builtin_mul_overflow(r->per_km_nyuan, distance_m, &of_km) ||
        __builtin_add_overflow(of_base, of_km, &rate)) {
        __int128 wide = (__int128)r->base_myuan * SCALE + (__int128)r->per_km_nyuan * distance_m;
        const __int128 room = (__int128)1 << 125;
        if ((units_milli > 0 && wide > room / units_milli) ||
            !to_fen(wide * units_milli, (__int128)SCALE * 1000, myuan))
            return false;
    } else if (!bill_round(rate, units_milli, (int64_t)SCALE * 1000, myuan)) {
        return false;
    }
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

/* The rules of one tariff: published, or agreed. */
struct rules {
    const struct net_tariff_rule *rule;
    uint32_t count, tariff, row; /* row: of the first in its table */
    bool agreed;
};

static bool alike(const struct net_tariff_rule *a, const struct net_tariff_rule *b)
{
    return a->tariff == b->tariff && a->kind == b->kind && a->cargo == b->cargo && a->unit == b->unit;
}

/* Is another rule of the same kind, cargo and unit with a larger break in force? Of equal breaks the first.
 */
static bool outbid(const struct rules *x, uint32_t at, const struct freight_load *l, int64_t kg, int32_t day)
{
    const struct net_tariff_rule *r = &x->rule[at];
    for (uint32_t i = 0; i < x->count; i++) {
        const struct net_tariff_rule *o = &x->rule[i];
        bool better = o->break_kg > r->break_kg || (o->break_kg == r->break_kg && i < at);
        if (i != at && better && alike(o, r) && counts(o, l, kg, day))
            return true;
    }
    return false;
}

/* By air: is a higher break cheaper, declared in full? Then the line becomes that rule's. */
static bool declare_more(const struct rules *x, const struct bill_ride *ride, const struct freight_load *l,
                         int64_t kg, struct bill_line *line)
{
    const struct net_tariff_rule *r = &x->rule[line->row - x->row];
    if (ride->service->mode != MODE_AIR || r->kind != CHARGE_FREIGHT ||
        (r->unit != UNIT_KG && r->unit != UNIT_T))
        return true;
    for (uint32_t i = 0; i < x->count; i++) {
        const struct net_tariff_rule *o = &x->rule[i];
        int64_t amount, units = bill_units_milli(o->unit, l, o->break_kg);
        if ((int64_t)o->break_kg <= kg || !alike(o, r) || !counts(o, l, o->break_kg, ride->day) ||
            outbid(x, i, l, o->break_kg, ride->day))
            continue;
        if (!bill_rule_amount(o, units, line->distance_m, &amount))
            return false;
        if (amount >= line->amount_myuan)
            continue;
        line->amount_myuan = amount;
        line->row = x->row + i;
        line->units_milli = units;
    }
    return true;
}

/* Does an agreed rule of this charge count? */
static bool overridden(const struct rules *over, uint8_t kind, const struct freight_load *l, int64_t kg,
                       int32_t day)
{
    for (uint32_t i = 0; over != NULL && i < over->count; i++) {
        const struct net_tariff_rule *r = &over->rule[i];
        if (r->tariff == over->tariff && r->kind == kind && counts(r, l, kg, day) &&
            bill_units_milli(r->unit, l, kg) > 0)
            return true;
    }
    return false;
}

static bool add_rules(const struct network *n, const struct rules *x, const struct rules *over,
                      const struct bill_ride *ride, const struct freight_load *l, struct bill *b,
                      bool *freight)
{
    int64_t kg = cargo_chargeable_kg(l, ride->service->mode);
    const struct net_tariff *t = &n->tariff[x->tariff];
    for (uint32_t i = 0; i < x->count; i++) {
        const struct net_tariff_rule *r = &x->rule[i];
        int64_t units = bill_units_milli(r->unit, l, kg);
        if (r->tariff != x->tariff || units == 0 || !counts(r, l, kg, ride->day) ||
            outbid(x, i, l, kg, ride->day) || overridden(over, r->kind, l, kg, ride->day))
            continue;
        int64_t m = ride->distance_m;
        if (r->electrified_only)
            m = m * ride->service->electrified_permille / 1000;
        struct bill_line line = {.kind = BILL_TARIFF,
                                 .charge = r->kind,
                                 .agreed = x->agreed,
                                 .row = x->row + i,
                                 .units_milli = units,
                                 .distance_m = m};
        if (!bill_rule_amount(r, units, m, &line.amount_myuan) || !declare_more(x, ride, l, kg, &line))
            return false;
        r = &x->rule[line.row - x->row];
        line.estimated = !x->agreed && r->confidence == CONF_ESTIMATED;
        line.source = x->agreed ? 0 : r->source != 0 ? r->source : t->source;
        if (!bill_add(b, &line))
            return false;
        *freight = *freight || r->kind == CHARGE_FREIGHT;
    }
    return true;
}

bool bill_tariff(const struct network *n, const struct bill_ride *ride, const struct freight_load *l,
                 struct bill *b)
{
    uint32_t at = ride->service->tariff;
    bool freight = false;
    if (at >= n->tariff_count)
        return false;
    const struct net_tariff *t = &n->tariff[at];
    struct rules published = {
        .rule = &n->tariff_rule[t->rule_first], .count = t->rule_count, .tariff = at, .row = t->rule_first};
    struct rules agreed = {.tariff = at, .agreed = true};
    if (l->agreed != NULL) {
        agreed.rule = l->agreed->rule;
        agreed.count = l->agreed->count;
    }
    return add_rules(n, &agreed, NULL, ride, l, b, &freight) &&
           add_rules(n, &published, &agreed, ride, l, b, &freight) && freight;
}

static void next_change(const struct net_tariff_rule *r, int32_t day, int32_t *next)
{
    if (r->valid_from_day > day && r->valid_from_day < *next)
        *next = r->valid_from_day;
    if (r->valid_to_day >= day && r->valid_to_day < *next - 1)
        *next = r->valid_to_day + 1;
}

int32_t bill_next_change(const struct network *n, uint32_t tariff, const struct freight_load *l, int32_t day)
{
    int32_t next = INT32_MAX;
    if (tariff >= n->tariff_count)
        return next;
    const struct net_tariff *t = &n->tariff[tariff];
    for (uint32_t i = t->rule_first; i < t->rule_first + t->rule_count; i++)
        next_change(&n->tariff_rule[i], day, &next);
    for (uint32_t i = 0; l->agreed != NULL && i < l->agreed->count; i++)
        if (l->agreed->rule[i].tariff == tariff)
            next_change(&l->agreed->rule[i], day, &next);
    return next;
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
