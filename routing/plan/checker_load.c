/* checker_load.c - the load of the question, what takes it, and its trucks, derived on their own. */
#include "plan/checker_inside.h"

#include <string.h>

static const struct net_container *box_row(const struct check *c, const char *type)
{
    const struct net_container *best = NULL;
    size_t most = 1;
    for (uint32_t i = 0; i < c->n->container_count; i++) {
        const char *have = c->n->container[i].iso_type;
        size_t same = 0;
        while (same < 4 && have[same] == type[same] && type[same] != '\0')
            same++;
        if (same > most) {
            most = same;
            best = &c->n->container[i];
        }
    }
    return best;
}

void check_load(struct check *c)
{
    const struct plan_cargo *g = &c->r->cargo;
    c->cargo = g->container_count > 0 ? CARGO_CONTAINER : g->bulk ? CARGO_BULK : CARGO_GENERAL;
    c->cargo |= (g->chilled ? CARGO_REEFER : 0u) | (g->dangerous ? CARGO_DANGEROUS : 0u);
    for (uint32_t i = 0; i < g->container_count; i++) {
        const struct plan_containers *x = &g->containers[i];
        const struct net_container *row = box_row(c, x->iso_type);
        c->teu += (int64_t)x->count * x->teu;
        *(x->teu == 1 ? &c->box20 : &c->box40) += x->count;
        if (row == NULL)
            continue;
        c->tare_kg += (int64_t)x->count * row->tare_kg;
        if (c->box_cm < row->height_cm)
            c->box_cm = row->height_cm;
    }
}

bool check_takes(const struct check *c, unsigned mask)
{
    if (c->cargo & CARGO_GENERAL && mask & CARGO_ULD)
        mask |= CARGO_GENERAL;
    return (mask & c->cargo) == c->cargo;
}

/* Is there a degree that the cargo may have and the place can keep? */
static bool keeps(const struct check *c, int min_c, int max_c)
{
    const struct plan_cargo *g = &c->r->cargo;
    if (!g->chilled || (g->min_c == 0 && g->max_c == 0) || (min_c == 0 && max_c == 0))
        return true;
    for (int t = g->min_c; t <= g->max_c; t++)
        if (t >= min_c && t <= max_c)
            return true;
    return false;
}

static bool class_allowed(const struct check *c, uint32_t classes)
{
    return !c->r->cargo.dangerous || classes == 0 ||
           (net_dangerous_bit(c->r->cargo.dangerous_class) & classes) != 0;
}

static bool lies(uint32_t along, uint32_t across, uint32_t length, uint32_t width)
{
    return (length == 0 || along <= length) && (width == 0 || across <= width);
}

static bool piece_passes(const struct check *c, uint32_t kg, uint32_t length, uint32_t width, uint32_t height)
{
    const struct freight_piece *p = &c->r->cargo.piece;
    uint32_t a = p->length_cm, b = p->width_cm;
    if (c->cargo & CARGO_CONTAINER)
        return true;
    bool floor = lies(a, b, length, width) || lies(b, a, length, width);
    if (length == 0 ||
        width == 0) /* one side known: the longer of the piece against length, the shorter else */
        floor = lies(a > b ? a : b, a > b ? b : a, length, width);
    return floor && (kg == 0 || p->kg <= kg) && (height == 0 || p->height_cm <= height);
}

bool check_terminal_takes(const struct check *c, const struct net_terminal *t)
{
    return t->status == STATUS_OPEN && check_takes(c, t->cargo) && keeps(c, t->min_c, t->max_c) &&
           class_allowed(c, t->dangerous_classes) && piece_passes(c, t->max_piece_kg, 0, 0, 0);
}

bool check_service_takes(const struct check *c, const struct net_service *s)
{
    static const struct net_equipment nothing_known;
    const struct net_equipment *q = s->equipment > 0 && s->equipment <= c->n->equipment_count
                                        ? c->n->equipment + s->equipment - 1
                                        : &nothing_known;
    return check_takes(c, s->cargo) && keeps(c, q->min_c, q->max_c) &&
           class_allowed(c, q->dangerous_classes) &&
           piece_passes(c, q->max_piece_kg, q->length_cm, q->width_cm, q->height_cm);
}

/* Boxes of one length: most on a truck by places (`teu` of them for one box) and mass. */
static int64_t on_one(const struct check *c, const struct net_vehicle *v, int64_t teu)
{
    int64_t boxes = c->box20 + c->box40, kg = c->r->cargo.mass_kg + c->tare_kg, k = 0;
    /* k + 1 boxes of the average weigh (k + 1) * ceil(kg / boxes) */
    while ((k + 1) * teu <= v->teu && (k + 1) * ((kg + boxes - 1) / boxes) <= v->payload_kg)
        k++;
    return k;
}

int64_t check_trucks_of(const struct check *c, const struct net_vehicle *v)
{
    const struct plan_cargo *g = &c->r->cargo;
    if (c->teu > 0) {
        int64_t k20 = on_one(c, v, 1), k40 = on_one(c, v, 2);
        if ((c->box20 > 0 && k20 == 0) || (c->box40 > 0 && k40 == 0))
            return INT64_MAX;
        return (c->box20 > 0 ? (c->box20 + k20 - 1) / k20 : 0) +
               (c->box40 > 0 ? (c->box40 + k40 - 1) / k40 : 0);
    }
    int64_t wide = v->width_cm > v->load_width_cm ? v->width_cm : v->load_width_cm;
    int64_t high = v->height_cm > v->load_height_cm ? v->height_cm : v->load_height_cm;
    if (g->piece.kg > v->payload_kg || (v->floor_cm > 0 && g->piece.length_cm > v->floor_cm) ||
        (wide > 0 && g->piece.width_cm > wide) || (high > 0 && g->piece.height_cm + v->deck_cm > high))
        return INT64_MAX;
    int64_t k = (g->mass_kg + v->payload_kg - 1) / v->payload_kg;
    int64_t by = v->volume_dm3 > 0 ? (g->volume_dm3 + v->volume_dm3 - 1) / v->volume_dm3 : 0;
    return k > by ? k : by;
}

/* The truck class of the load: the one asked, or the least cost per km of all trucks together. */
const struct net_vehicle *check_truck_of(const struct check *c)
{
    const struct net_vehicle *best = NULL;
    for (uint32_t i = 0; i < c->n->vehicle_count; i++) {
        const struct net_vehicle *v = &c->n->vehicle[i];
        if ((c->r->vehicle.vehicle_class != 0 && v->vehicle_class != c->r->vehicle.vehicle_class) ||
            v->payload_kg == 0 || check_trucks_of(c, v) > UINT16_MAX)
            continue;
        int64_t price = check_trucks_of(c, v) * v->myuan_per_km;
        int64_t least = best != NULL ? check_trucks_of(c, best) * best->myuan_per_km : INT64_MAX;
        if (price < least || (price == least && v->vehicle_class < best->vehicle_class))
            best = v;
    }
    return best;
}

void check_measures(const struct check *c, const struct net_vehicle *v, int64_t *height_cm, int64_t *width_cm)
{
    bool boxes = (c->cargo & CARGO_CONTAINER) != 0;
    int64_t top = boxes ? c->box_cm : c->r->cargo.piece.height_cm;
    int64_t high = top > 0 ? top + v->deck_cm : 0, wide = boxes ? 0 : c->r->cargo.piece.width_cm;
    *height_cm = v->height_cm > 0 && high > v->height_cm ? high : 0;
    *width_cm = v->width_cm > 0 && wide > v->width_cm ? wide : 0;
}
