#include "freight/cargo.h"

bool cargo_fits(uint16_t mask, uint16_t cargo)
{
    unsigned needs = cargo & CARGO_NEEDS;
    unsigned form = cargo & CARGO_FORMS;
    unsigned has = mask | (mask & CARGO_ULD ? (unsigned)CARGO_GENERAL : 0u);
    return (has & form) != 0 && (has & needs) == needs;
}

bool cargo_rule_fits(uint16_t mask, uint16_t cargo)
{
    unsigned forms = mask & (CARGO_FORMS | CARGO_ULD);
    if (mask == 0)
        return true;
    if (forms == 0)
        return (mask & cargo & CARGO_NEEDS) != 0;
    unsigned has = forms | (forms & CARGO_ULD ? (unsigned)CARGO_GENERAL : 0u);
    return (has & cargo & CARGO_FORMS) != 0;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

uint32_t cargo_trucks(const struct net_vehicle *v, const struct freight_load *l)
{
    int64_t trucks = 1;
    if (v->payload_kg == 0)
        return 0;
    int64_t by_mass = ceil_div(l->mass_kg, v->payload_kg);
    if (by_mass > trucks)
        trucks = by_mass;
    if (l->cargo & CARGO_CONTAINER) {
        if (v->teu == 0 || (l->box40 > 0 && v->teu < 2))
            return 0;
        int64_t by_box = ceil_div(l->teu, v->teu);
        if (by_box > trucks)
            trucks = by_box;
    } else if (v->volume_dm3 > 0 && l->volume_dm3 > 0) {
        int64_t by_volume = ceil_div(l->volume_dm3, v->volume_dm3);
        if (by_volume > trucks)
            trucks = by_volume;
    }
    return trucks > UINT16_MAX ? 0 : (uint32_t)trucks;
}

void cargo_choose_truck(const struct network *n, uint8_t vehicle_class, struct freight_load *l)
{
    int64_t best = INT64_MAX;
    l->vehicle = NET_NONE;
    l->trucks = 0;
    for (uint32_t i = 0; i < n->vehicle_count; i++) {
        const struct net_vehicle *v = &n->vehicle[i];
        if (vehicle_class != 0 && v->vehicle_class != vehicle_class)
            continue;
        uint32_t trucks = cargo_trucks(v, l);
        int64_t price = (int64_t)trucks * v->myuan_per_km;
        bool tie = l->vehicle != NET_NONE && price == best;
        if (trucks == 0 || price > best || (tie && v->vehicle_class > n->vehicle[l->vehicle].vehicle_class))
            continue;
        best = price;
        l->vehicle = i;
        l->trucks = trucks;
    }
}

int64_t cargo_chargeable_kg(const struct freight_load *l, uint8_t mode)
{
    int64_t by_volume = ceil_div(l->volume_dm3, AIR_DM3_PER_KG);
    return mode == MODE_AIR && by_volume > l->mass_kg ? by_volume : l->mass_kg;
}

bool cargo_within_departure(const struct net_service *s, const struct freight_load *l)
{
    if (s->capacity_kg == 0 && s->capacity_teu_milli == 0)
        return true;
    if (s->capacity_kg > 0 && l->mass_kg > s->capacity_kg)
        return false;
    if (!(l->cargo & CARGO_CONTAINER))
        return s->capacity_kg > 0;
    return s->capacity_teu_milli == 0 || (int64_t)l->teu * 1000 <= s->capacity_teu_milli;
}

bool cargo_within_terminal(const struct net_terminal *t, const struct freight_load *l)
{
    if (l->cargo & CARGO_CONTAINER)
        return t->capacity_teu_per_day == 0 || l->teu <= t->capacity_teu_per_day;
    return t->capacity_t_per_day == 0 || l->mass_kg <= (int64_t)t->capacity_t_per_day * 1000;
}
