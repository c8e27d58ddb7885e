/* truck.h - a lorry's leg: hours of rest and lines of the bill.
 *
 * Rest: at least 20 minutes after every 4 h of driving (Road Traffic Safety Law regulations, art. 62(7)), and
 * after every 8 h a night's rest of 10 h unless a second driver is aboard. No rest after the end. Driver and
 * vehicle are paid for driving hours, the cooling unit too. The way back empty costs a share of the running
 * cost (no toll, no hours): for boxes, which go back to the depot they came from, the class's box_return
 * share when it is the larger one. Pure; any thread.
 */
#ifndef ZH_FREIGHT_TRUCK_H
#define ZH_FREIGHT_TRUCK_H

#include "freight/bill.h"

enum { TRUCK_BLOCK_S = 4 * 3600, TRUCK_BREAK_S = 20 * 60, TRUCK_NIGHT_S = 10 * 3600 };

struct truck_run { /* of one truck */
    int64_t drive_s, distance_m, toll_myuan;
};

int64_t truck_rest_s(int64_t drive_s, bool second_driver);

/* The share of the running cost that the empty way back adds. */
unsigned truck_return_permille(const struct net_vehicle *v, const struct freight_load *l);

/* Running, time, fixed, empty return, cooling and toll lines of all trucks of the load. */
bool truck_bill(const struct network *n, const struct freight_load *l, const struct truck_run *run,
                struct bill *b);
/* Their sum alone. */
bool truck_myuan(const struct network *n, const struct freight_load *l, const struct truck_run *run,
                 int64_t *sum_myuan);

#endif
