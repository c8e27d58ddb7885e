#include "freight/cargo.h"

#include <string.h>

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

/* Boxes are not divided: so many of each length stand on one truck, by places and by mass. */
static int64_t trucks_of_boxes(const struct net_vehicle *v, const struct freight_load *l)
{
    int64_t boxes = (int64_t)l->box20 + l->box40, trucks = 0;
    int64_t each_kg = ceil_div(l->mass_kg + l->tare_kg, boxes > 0 ? boxes : 1);
    int64_t by_mass = each_kg > 0 ? v->payload_kg / each_kg : v->teu;
    int64_t on20 = by_mass < v->teu ? by_mass : v->teu, on40 = by_mass < v->teu / 2 ? by_mass : v->teu / 2;
    if ((l->box20 > 0 && on20 == 0) || (l->box40 > 0 && on40 == 0))
        return 0;
    trucks += l->box20 > 0 ? ceil_div(l->box20, on20) : 0;
    trucks += l->box40 > 0 ? ceil_div(l->box40, on40) : 0;
    return trucks;
}

static bool takes_piece(const struct net_vehicle *v, const struct freight_load *l)
{
    const struct freight_piece *p = &l->piece;
    uint16_t wide = v->load_width_cm > v->width_cm ? v->load_width_cm : v->width_cm;
    uint16_t high = v->load_height_cm > v->height_cm ? v->load_height_cm : v->height_cm;
    return p->kg <= v->payload_kg && (v->floor_cm == 0 || p->length_cm <= v->floor_cm) &&
           (wide == 0 || p->width_cm <= wide) && (high == 0 || p->height_cm + v->deck_cm <= high);
}

uint32_t cargo_trucks(const struct net_vehicle *v, const struct freight_load *l)
{
    int64_t trucks = 1;
    if (v->payload_kg == 0)
        return 0;
    if (l->cargo & CARGO_CONTAINER) {
        trucks = trucks_of_boxes(v, l);
    } else {
        int64_t by_mass = ceil_div(l->mass_kg, v->payload_kg), by_volume = 0;
        if (!takes_piece(v, l))
            return 0;
        if (v->volume_dm3 > 0 && l->volume_dm3 > 0)
            by_volume = ceil_div(l->volume_dm3, v->volume_dm3);
        trucks = by_mass > trucks ? by_mass : trucks;
        trucks = by_volume > trucks ? by_volume : trucks;
    }
    return trucks > UINT16_MAX ? 0 : (uint32_t)trucks;
}

struct cargo_measures cargo_measures(const struct net_vehicle *v, const struct freight_load *l)
{
    struct cargo_measures m = {0};
    bool boxes = (l->cargo & CARGO_CONTAINER) != 0;
    unsigned top = boxes ? l->box_height_cm : l->piece.height_cm;
    top = top > 0 ? top + v->deck_cm : 0;
    if (v->height_cm > 0 && top > v->height_cm)
        m.height_cm = (uint16_t)(top < UINT16_MAX ? top : UINT16_MAX);
    if (!boxes && v->width_cm > 0 && l->piece.width_cm > v->width_cm)
        m.width_cm = l->piece.width_cm;
    return m;
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

const struct net_container *cargo_container(const struct network *n, const char *iso_type)
{
    for (size_t same = 4; same >= 2; same--)
        for (uint32_t i = 0; i < n->container_count; i++)
            if (strncmp(n->container[i].iso_type, iso_type, same) == 0)
                return &n->container[i];
    return NULL;
}
