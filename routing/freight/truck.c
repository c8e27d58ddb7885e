#include "freight/truck.h"

int64_t truck_rest_s(int64_t drive_s, bool second_driver)
{
    if (drive_s <= 0)
        return 0;
    int64_t stops = (drive_s - 1) / TRUCK_BLOCK_S;
    int64_t nights = second_driver ? 0 : stops / 2;
    return (stops - nights) * TRUCK_BREAK_S + nights * TRUCK_NIGHT_S;
}

unsigned truck_return_permille(const struct net_vehicle *v, const struct freight_load *l)
{
    bool box = (l->cargo & CARGO_CONTAINER) != 0 && v->box_return_permille > v->empty_return_permille;
    return box ? v->box_return_permille : v->empty_return_permille;
}

enum { PARTS = 6 };

struct part {
    uint8_t kind;
    int64_t units, rate, divisor;
};

/* What the lines are made of; the toll is the last. */
static void parts_of(const struct net_vehicle *v, const struct freight_load *l, const struct truck_run *run,
                     struct part out[PARTS])
{
    int64_t trucks = l->trucks, metres = trucks * run->distance_m, seconds = trucks * run->drive_s;
    bool cold = (l->cargo & CARGO_REEFER) != 0 && v->reefer_myuan_per_h > 0;
    out[0] = (struct part){BILL_TRUCK_RUNNING, metres, v->myuan_per_km, 1000};
    out[1] = (struct part){BILL_TRUCK_TIME, seconds, v->myuan_per_h, 3600};
    out[2] = (struct part){BILL_TRUCK_FIXED, trucks, v->fixed_myuan, 1};
    out[3] = (struct part){BILL_EMPTY_RETURN, metres * truck_return_permille(v, l), v->myuan_per_km, 1000000};
    out[4] = (struct part){BILL_REEFER, cold ? seconds : 0, v->reefer_myuan_per_h, 3600};
    out[5] = (struct part){BILL_TOLL, trucks, run->toll_myuan, 1};
}

bool truck_bill(const struct network *n, const struct freight_load *l, const struct truck_run *run,
                struct bill *b)
{
    const struct net_vehicle *v = &n->vehicle[l->vehicle];
    struct part part[PARTS];
    struct bill_line line = {.estimated = v->confidence == CONF_ESTIMATED,
                             .row = l->vehicle,
                             .source = v->source,
                             .units_milli = (int64_t)l->trucks * 1000,
                             .distance_m = run->distance_m};
    parts_of(v, l, run, part);
    for (int i = 0; i < PARTS; i++) {
        if (part[i].kind == BILL_TOLL) { /* tolls of several regions may add up in one leg */
            line.row = NET_NONE;
            line.source = 0;
            line.estimated = false;
        }
        for (uint32_t k = 0; part[i].kind == BILL_TOLL && k < n->toll_count; k++) /* the class's tolls */
            if (n->toll[k].vehicle_class == v->vehicle_class) {
                line.estimated = line.estimated || n->toll[k].confidence == CONF_ESTIMATED;
                line.source = line.source != 0 ? line.source : n->toll[k].source;
            }
        line.kind = part[i].kind;
        if (!bill_round(part[i].units, part[i].rate, part[i].divisor, &line.amount_myuan) ||
            !bill_add(b, &line))
            return false;
    }
    return true;
}

bool truck_myuan(const struct network *n, const struct freight_load *l, const struct truck_run *run,
                 int64_t *sum_myuan)
{
    struct part part[PARTS];
    int64_t amount;
    parts_of(&n->vehicle[l->vehicle], l, run, part);
    *sum_myuan = 0;
    for (int i = 0; i < PARTS; i++) {
        if (part[i].units == 0 || part[i].rate == 0)
            continue;
        if (!bill_round(part[i].units, part[i].rate, part[i].divisor, &amount))
            return false;
        *sum_myuan += amount;
    }
    return true;
}
