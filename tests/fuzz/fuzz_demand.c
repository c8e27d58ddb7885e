/* The demand of a replay: read or refused with its line; of what is read, requests can be made and paced. */
#include "../../loadtest/pace.h"
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct demand d;
    struct err e = {0};
    struct arena a;
    struct pace p = {.kind = PACE_DEMAND, .speed = 1000};
    if (!demand_read(&d, fuzz_file(0, "demand.csv", data, len), &e)) {
        if (e.code == ERR_OK || e.text[0] == '\0')
            abort();
        return 0;
    }
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < d.count; i++) {
        arena_reset(&a);
        if (demand_route(&d.rows[i], 0, &a) == NULL || demand_cost(&d.rows[i], 0, &a) == NULL ||
            !isfinite(pace_due_ns(&p, &d, (double)i)))
            abort();
    }
    arena_release(&a);
    demand_release(&d);
    return 0;
}
