/* demand.h - data/demand.csv: what is to be shipped, in the order in which it comes up, and the requests made
 * from its rows. A wrong cell stops the reading with file, line and column.
 */
#ifndef ZH_LOADTEST_DEMAND_H
#define ZH_LOADTEST_DEMAND_H

#include "base/arena.h"
#include "base/err.h"
#include "zongheng/v1/routing.pb-c.h"

#include <stdint.h>

enum { DEMAND_FAMILIES_MAX = 5 };

struct demand_row {
    int64_t release_min;         /* after the replay's first instant */
    int64_t origin, destination; /* the network source's node ids */
    char *commodity;
    int64_t mass_kg, volume_dm3, deliver_by_h;
    uint32_t teu;
    bool chilled, bulk;
    uint32_t family_count;
    Zongheng__V1__Family families[DEMAND_FAMILIES_MAX];
};

struct demand {
    struct demand_row *rows;
    size_t count;
    struct arena arena; /* holds all of it */
};

bool demand_read(struct demand *d, const char *path, struct err *e);
void demand_release(struct demand *d);

/* The questions of a row, in the arena; NULL when that is full. start_s is the UTC instant of minute 0. */
Zongheng__V1__FindRoutesRequest *demand_route(const struct demand_row *r, int64_t start_s, struct arena *a);
Zongheng__V1__GetCostRequest *demand_cost(const struct demand_row *r, int64_t start_s, struct arena *a);

#endif
