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

static bool add(struct bill *b, struct bill_line *line, uint8_t kind, int64_t units, int64_t rate,
                int64_t divisor)
{
    line->kind = kind;
    return bill_round(units, rate, divisor, &line->amount_myuan) && bill_add(b, line);
}

bool truck_bill(const struct network *n, const struct freight_load *l, const struct truck_run *run,
                struct bill *b)
{
    const struct net_vehicle *v = &n->vehicle[l->vehicle];
    struct bill_line line = {.estimated = v->confidence == CONF_ESTIMATED,
                             .row = l->vehicle,
                             .source = v->source,
                             .units_milli = (int64_t)l->trucks * 1000,
                             .distance_m = run->distance_m};
    int64_t trucks = l->trucks;
    int64_t back = truck_return_permille(v, l);
    bool cold = (l->cargo & CARGO_REEFER) != 0 && v->reefer_myuan_per_h > 0;
    if (!add(b, &line, BILL_TRUCK_RUNNING, trucks * run->distance_m, v->myuan_per_km, 1000) ||
        !add(b, &line, BILL_TRUCK_TIME, trucks * run->drive_s, v->myuan_per_h, 3600) ||
        !add(b, &line, BILL_TRUCK_FIXED, trucks, v->fixed_myuan, 1) ||
        !add(b, &line, BILL_EMPTY_RETURN, trucks * run->distance_m * back, v->myuan_per_km, 1000000) ||
        (cold && !add(b, &line, BILL_REEFER, trucks * run->drive_s, v->reefer_myuan_per_h, 3600)))
        return false;
    line.row = NET_NONE; /* tolls of several regions may add up in one leg */
    line.source = 0;
    line.estimated = false;
    for (uint32_t i = 0; i < n->toll_count; i++) /* the class's tolls */
        if (n->toll[i].vehicle_class == v->vehicle_class) {
            line.estimated = line.estimated || n->toll[i].confidence == CONF_ESTIMATED;
            line.source = line.source != 0 ? line.source : n->toll[i].source;
        }
    return add(b, &line, BILL_TOLL, trucks, run->toll_myuan, 1);
}
