/* checker_money.c - what each leg owes and emits, and whether the bill says so. */
#include "plan/checker_inside.h"

int64_t check_fen(__int128 value, __int128 divisor)
{
    return (int64_t)((2 * value + divisor * CHECK_FEN) / (2 * divisor * CHECK_FEN)) * CHECK_FEN;
}

bool check_owe(struct check *c, unsigned kind, uint32_t leg, uint32_t row, int64_t amount)
{
    if (amount == 0)
        return true;
    if (c->owed_count == CHECK_OWED_MAX)
        return WRONG(c, "the bill would have more than %d lines", CHECK_OWED_MAX);
    c->owed[c->owed_count++] =
        (struct owed){.kind = (uint8_t)kind, .leg = (uint8_t)leg, .row = row, .amount = amount};
    return true;
}

static int64_t units_milli(const struct check *c, unsigned unit, int64_t kg)
{
    const struct net_vehicle *truck = unit == UNIT_TRUCK ? check_truck_of(c) : NULL;
    const int64_t of[UNIT_COUNT] = {[UNIT_T] = kg,
                                    [UNIT_TEU] = c->teu * 1000,
                                    [UNIT_BOX20] = c->box20 * 1000,
                                    [UNIT_BOX40] = c->box40 * 1000,
                                    [UNIT_KG] = kg * 1000,
                                    [UNIT_SHIPMENT] = 1000,
                                    [UNIT_TRUCK] = truck != NULL ? check_trucks_of(c, truck) * 1000 : 0};
    return unit < UNIT_COUNT ? of[unit] : 0;
}

static bool mask_holds(const struct check *c, unsigned mask)
{
    unsigned forms = mask & (CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER | CARGO_ULD);
    unsigned form = c->cargo & (CARGO_GENERAL | CARGO_BULK | CARGO_CONTAINER);
    if (form == CARGO_GENERAL)
        form |= CARGO_ULD;
    return forms != 0 ? (forms & form) != 0 : mask == 0 || (mask & c->cargo) != 0;
}

static int64_t chargeable_kg(const struct check *c, unsigned mode)
{
    int64_t by_volume = (c->r->cargo.volume_dm3 + 5) / 6;
    return mode == MODE_AIR && by_volume > c->r->cargo.mass_kg ? by_volume : c->r->cargo.mass_kg;
}

/* The rules that a bill is made of: published and agreed ones look the same here. */
struct book {
    const struct net_tariff_rule *rule;
    uint32_t count;
    bool agreed;
};

struct ride {
    const struct net_service *s;
    const struct plan_leg *leg;
    uint32_t i;
    int64_t kg;
};

static bool rule_holds(const struct check *c, const struct ride *x, const struct net_tariff_rule *r,
                       int64_t kg)
{
    return r->tariff == x->s->tariff && mask_holds(c, r->cargo) && r->break_kg <= kg &&
           r->valid_from_day <= x->leg->service_day && x->leg->service_day <= r->valid_to_day;
}

static bool same_charge(const struct net_tariff_rule *a, const struct net_tariff_rule *b)
{
    return a->kind == b->kind && a->unit == b->unit && a->cargo == b->cargo;
}

/* Of its kind, cargo and unit the rule with the largest break for kg, the first of several. */
static bool beaten(const struct check *c, const struct ride *x, const struct book *k, uint32_t at, int64_t kg)
{
    const struct net_tariff_rule *r = &k->rule[at];
    for (uint32_t b = 0; b < k->count; b++) {
        const struct net_tariff_rule *o = &k->rule[b];
        if (b != at && same_charge(o, r) && rule_holds(c, x, o, kg) &&
            (o->break_kg > r->break_kg || (o->break_kg == r->break_kg && b < at)))
            return true;
    }
    return false;
}

static int64_t amount_of(const struct check *c, const struct ride *x, const struct net_tariff_rule *r,
                         int64_t kg)
{
    int64_t m = x->leg->distance_m, units = units_milli(c, r->unit, kg);
    if (r->electrified_only)
        m = m * x->s->electrified_permille / 1000;
    __int128 nano = (__int128)r->base_myuan * units * 1000000 + (__int128)r->per_km_nyuan * m * units;
    int64_t amount = check_fen(nano, 1000000000), least = check_fen(r->min_myuan, 1);
    return amount > least ? amount : least;
}

static bool owe_rules(struct check *c, const struct ride *x, const struct book *k, const struct book *over,
                      int64_t *freight)
{
    for (uint32_t a = 0; a < k->count; a++) {
        const struct net_tariff_rule *r = &k->rule[a];
        bool void_ = false;
        if (!rule_holds(c, x, r, x->kg) || beaten(c, x, k, a, x->kg) || units_milli(c, r->unit, x->kg) == 0)
            continue;
        for (uint32_t o = 0; over != NULL && o < over->count; o++)
            void_ = void_ || (over->rule[o].kind == r->kind && rule_holds(c, x, &over->rule[o], x->kg) &&
                              units_milli(c, over->rule[o].unit, x->kg) > 0);
        if (void_)
            continue;
        int64_t amount = amount_of(c, x, r, x->kg);
        uint32_t row = a;
        bool declared =
            x->s->mode == MODE_AIR && r->kind == CHARGE_FREIGHT && (r->unit == UNIT_KG || r->unit == UNIT_T);
        for (uint32_t b = 0; declared && b < k->count; b++) { /* a higher break, declared in full */
            int64_t kg = k->rule[b].break_kg;
            if (kg <= x->kg || !same_charge(&k->rule[b], r) || !rule_holds(c, x, &k->rule[b], kg) ||
                beaten(c, x, k, b, kg) || amount_of(c, x, &k->rule[b], kg) >= amount)
                continue;
            amount = amount_of(c, x, &k->rule[b], kg);
            row = b;
        }
        uint32_t before = c->owed_count;
        if (!check_owe(c, LINE_TARIFF, x->i, row, amount))
            return false;
        if (c->owed_count > before)
            c->owed[before].agreed = k->agreed;
        *freight += r->kind == CHARGE_FREIGHT;
    }
    return true;
}

bool check_tariff(struct check *c, uint32_t i, const struct net_service *s, const struct plan_leg *leg)
{
    struct ride x = {.s = s, .leg = leg, .i = i, .kg = chargeable_kg(c, s->mode)};
    struct book published = {c->n->tariff_rule, c->n->tariff_rule_count, false};
    struct book agreed = {.agreed = true};
    int64_t freight = 0;
    if (c->r->agreed != NULL) {
        agreed.rule = c->r->agreed->rule;
        agreed.count = c->r->agreed->count;
    }
    if (!owe_rules(c, &x, &agreed, NULL, &freight) || !owe_rules(c, &x, &published, &agreed, &freight))
        return false;
    return freight > 0 || WRONG(c, "leg %u: the tariff of the service has no freight rate for this cargo", i);
}

static bool storage_holds(const struct check *c, const struct net_storage *r, bool own)
{
    bool here = own ? r->terminal == c->terminal
                    : r->terminal == NET_NONE && r->kind == c->n->terminal[c->terminal].kind;
    return here && mask_holds(c, r->cargo) && units_milli(c, r->unit, c->r->cargo.mass_kg) > 0;
}

/* The rate of the row for one day of the stay, or 0 when another row's holds. */
static bool rate_of_day(const struct check *c, uint32_t at, bool own, int64_t day)
{
    const struct net_storage *r = &c->n->storage[at];
    if (!storage_holds(c, r, own) || r->from_day == 0 || r->from_day > day)
        return false;
    for (uint32_t i = 0; i < c->n->storage_count; i++) {
        const struct net_storage *x = &c->n->storage[i];
        if (i == at || x->unit != r->unit || x->cargo != r->cargo || x->from_day > day || x->from_day == 0 ||
            !storage_holds(c, x, own))
            continue;
        if (x->from_day > r->from_day || (x->from_day == r->from_day && i < at))
            return false;
    }
    return true;
}

bool check_storage(struct check *c, uint32_t i, int64_t from, int64_t to)
{
    bool own = false;
    for (uint32_t k = 0; k < c->n->storage_count; k++)
        own = own || c->n->storage[k].terminal == c->terminal;
    for (uint32_t k = 0; k < c->n->storage_count; k++) {
        const struct net_storage *r = &c->n->storage[k];
        int64_t days = 0;
        for (int64_t day = 1; from + (day - 1) * CHECK_DAY_S < to; day++)
            days += rate_of_day(c, k, own, day);
        __int128 units = (__int128)units_milli(c, r->unit, c->r->cargo.mass_kg) * days;
        if (days > 0 && !check_owe(c, LINE_STORAGE, i, k, check_fen(units * r->myuan_per_day, 1000)))
            return false;
    }
    return true;
}

bool check_truck_money(struct check *c, uint32_t i, const struct plan_leg *leg, const struct net_vehicle *v)
{
    __int128 k = leg->trucks;
    uint32_t row = (uint32_t)(v - c->n->vehicle);
    int64_t back = v->empty_return_permille;
    if (c->cargo & CARGO_CONTAINER && back < v->box_return_permille)
        back = v->box_return_permille;
    int64_t cooling = c->r->cargo.chilled ? v->reefer_myuan_per_h : 0;
    return check_owe(c, LINE_TRUCK_RUNNING, i, row, check_fen(k * leg->distance_m * v->myuan_per_km, 1000)) &&
           check_owe(c, LINE_TRUCK_TIME, i, row, check_fen(k * leg->drive_s * v->myuan_per_h, 3600)) &&
           check_owe(c, LINE_TRUCK_FIXED, i, row, check_fen(k * v->fixed_myuan, 1)) &&
           check_owe(c, LINE_EMPTY_RETURN, i, row,
                     check_fen(k * leg->distance_m * v->myuan_per_km * back, 1000000)) &&
           check_owe(c, LINE_REEFER, i, row, check_fen(k * leg->drive_s * cooling, 3600)) &&
           check_owe(c, LINE_TOLL, i, NET_NONE, check_fen(k * leg->toll_myuan, 1));
}

static int64_t grams(const struct check *c, const struct net_emission *f, __int128 per, __int128 scale)
{
    int64_t permille = 1000 + (c->r->cargo.chilled ? f->reefer_permille : 0);
    __int128 amount = per * c->r->cargo.mass_kg * permille;
    return (int64_t)((2 * amount + scale) / (2 * scale));
}

bool check_emission(struct check *c, uint32_t i, const struct plan_leg *leg, uint32_t emission, unsigned mode)
{
    const __int128 scale = INT64_C(1000000000000);
    const struct net_emission *f = &c->n->emission[emission];
    __int128 m = leg->distance_m;
    if (leg->co2_wtw_g != grams(c, f, m * f->wtw_mg_per_tkm, scale) ||
        leg->co2_ttw_g != grams(c, f, m * f->ttw_mg_per_tkm, scale))
        return WRONG(c, "leg %u: CO2 is not mass x distance x factor", i);
    if (leg->emission != emission || leg->co2_wtt_g + leg->co2_ttw_g != leg->co2_wtw_g)
        return WRONG(c, "leg %u: CO2 well-to-tank or its factor is wrong", i);
    if (leg->chargeable_kg != chargeable_kg(c, mode) || leg->boxes != c->box20 + c->box40 ||
        leg->teu != c->teu)
        return WRONG(c, "leg %u: chargeable mass or number of boxes is not the load's", i);
    return true;
}

void check_hub(struct check *c, uint32_t leg)
{
    const struct net_terminal *t = &c->n->terminal[c->terminal];
    if (t->hub_emission == 0)
        return;
    const struct net_emission *f = &c->n->emission[t->hub_emission - 1];
    c->hub_wtw[leg] += grams(c, f, f->wtw_mg_per_t, 1000000000);
    c->hub_ttw[leg] += grams(c, f, f->ttw_mg_per_t, 1000000000);
}

static bool check_lines(struct check *c, int64_t *total)
{
    const struct plan_itinerary *it = c->it;
    for (uint32_t i = 0; i < it->line_count; i++) {
        const struct plan_line *l = &it->lines[i];
        bool known = false;
        for (uint32_t k = 0; k < c->owed_count && !known; k++) {
            struct owed *o = &c->owed[k];
            known = !o->met && o->kind == l->kind && o->leg == l->leg && o->row == l->row &&
                    o->agreed == (l->agreed != NULL) && o->amount == l->amount_myuan;
            o->met = o->met || known;
        }
        if (!known)
            return WRONG(c, "line %u of the bill (kind %u, leg %u) is not owed", i, l->kind, l->leg);
        *total += l->amount_myuan;
    }
    for (uint32_t k = 0; k < c->owed_count; k++)
        if (!c->owed[k].met)
            return WRONG(c, "a line of kind %u for leg %u is missing from the bill", c->owed[k].kind,
                         c->owed[k].leg);
    return true;
}

bool check_bill(struct check *c)
{
    const struct plan_itinerary *it = c->it;
    int64_t total = 0, co2 = 0, ttw = 0, hub_wtw = 0, hub_ttw = 0, m = 0;
    for (uint32_t i = 0; i < it->leg_count; i++) {
        const struct plan_leg *l = &it->legs[i];
        if (l->hub_wtw_g != c->hub_wtw[i] || l->hub_ttw_g != c->hub_ttw[i])
            return WRONG(c, "leg %u: CO2 of the hub is not mass x factor of its kind", i);
        co2 += l->co2_wtw_g + l->hub_wtw_g;
        ttw += l->co2_ttw_g + l->hub_ttw_g;
        hub_wtw += l->hub_wtw_g;
        hub_ttw += l->hub_ttw_g;
        m += l->distance_m;
    }
    int64_t held_s = it->arrive_at - c->r->ready_at;
    int64_t holding =
        check_fen((__int128)c->r->cargo.value_yuan * CHECK_HOLDING_PERMILLE * held_s,
                  INT64_C(365) * CHECK_DAY_S) +
        check_fen((__int128)c->r->value_of_time_myuan_per_t_h * c->r->cargo.mass_kg * held_s, 3600000);
    if (!check_owe(c, LINE_HOLDING, 0, NET_NONE, holding) ||
        !check_owe(c, LINE_CO2, 0, NET_NONE,
                   check_fen((__int128)c->r->co2_price_myuan_per_t * co2, 1000000)) ||
        !check_lines(c, &total))
        return false;
    if (total != it->total_myuan || total % CHECK_FEN != 0)
        return WRONG(c, "the total is not the sum of its lines");
    if (co2 != it->co2_wtw_g || ttw != it->co2_ttw_g || co2 - ttw != it->co2_wtt_g ||
        hub_wtw != it->hub_wtw_g || hub_ttw != it->hub_ttw_g || m != it->distance_m)
        return WRONG(c, "CO2 or distance of the option is not the sum of its legs");
    return true;
}
