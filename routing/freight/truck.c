#include "freight/truck.h"

int64_t truck_rest_s(int64_t drive_s, bool second_driver)
{
    if (drive_s <= 0)
        return 0;
    int64_t stops = (drive_s - 1) / TRUCK_BLOCK_S;
    int64_t nights = second_driver ? 0 : stops / 2;
    return (stops - nights) * TRUCK_BREAK_S + nights * TRUCK_NIGHT_S;
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
    line.kind = BILL_TRUCK_RUNNING;
    if (!bill_round(trucks * run->distance_m, v->myuan_per_km, 1000, &line.amount_myuan) ||
        !bill_add(b, &line))
        return false;
    line.kind = BILL_TRUCK_TIME;
    if (!bill_round(trucks * run->drive_s, v->myuan_per_h, 3600, &line.amount_myuan) || !bill_add(b, &line))
        return false;
    line.kind = BILL_TRUCK_FIXED;
    if (!bill_round(trucks, v->fixed_myuan, 1, &line.amount_myuan) || !bill_add(b, &line))
        return false;
    line.kind = BILL_TOLL;
    line.row = NET_NONE; /* tolls of several regions may add up in one leg */
    line.source = 0;
    line.estimated = false;
    for (uint32_t i = 0; i < n->toll_count; i++) /* the class's tolls */
        if (n->toll[i].vehicle_class == v->vehicle_class) {
            line.estimated = line.estimated || n->toll[i].confidence == CONF_ESTIMATED;
            line.source = line.source != 0 ? line.source : n->toll[i].source;
        }
    return bill_round(trucks, run->toll_myuan, 1, &line.amount_myuan) && bill_add(b, &line);
}
