/* Trip tables: TNTP, or CSV behind a first byte 'c'. What was read adds up, and is assigned on a ring of
 * roads. */
#include "fuzz.h"
#include "whatif/assign.h"

#include <math.h>
#include <stdlib.h>

enum { ZONES = 5 };

static void use(const struct demand *d, const struct demand_report *r)
{
    struct err e = {0};
    struct assign *a;
    struct assign_result result;
    struct assign_link link[ZONES];
    double total = 0;
    for (uint32_t i = 0; i < d->table_count; i++)
        total += trips_total(&d->table[i].trips);
    if (fabs(total - r->total) > 1e-9 * total || d->zone_count != ZONES)
        abort();
    for (uint32_t i = 0; i < ZONES; i++)
        link[i] = (struct assign_link){
            .from = i, .to = (i + 1) % ZONES, .capacity = 1, .free_flow_time = 1, .b = 0.1, .power = 1};
    struct assign_problem p = {.node_count = ZONES, .zone_count = ZONES, .link = link, .link_count = ZONES};
    struct assign_options o = {.gap = 1e-6, .iterations_max = 3};
    for (uint32_t i = 0; i < d->table_count && i < 3; i++) {
        struct assign_class c = {.pce = 1, .trips = &d->table[i].trips};
        p.class = &c;
        p.class_count = 1;
        if (!assign_new(&p, &a, &e))
            abort();
        if (!assign_run(a, &o, &result, &e) || result.unserved != 0)
            abort();
        assign_free(a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct demand_report r;
    struct err e = {0};
    struct demand d;
    bool csv = len > 0 && data[0] == 'c';
    const char *path = fuzz_file(0, "trips", data + csv, len - csv);
    if (csv ? demand_read_csv(path, ZONES, NULL, NULL, &d, &r, &e)
            : demand_read_tntp(path, ZONES, &d, &r, &e)) {
        use(&d, &r);
        demand_free(&d);
    }
    fuzz_remove("trips");
    return 0;
}
