#include "whatif/trucks.h"

#include <stdlib.h>
#include <string.h>

bool trucks_add(struct trucks *t, const struct truck_trip *row, struct err *e)
{
    if (row->trucks <= 0)
        return true;
    if (t->count == t->room) {
        uint32_t more = t->room > 0 ? t->room * 2 : 1024;
        struct truck_trip *list = t->count < TRUCKS_MAX ? realloc(t->of, more * sizeof *list) : NULL;
        if (list == NULL)
            return fail_field(e, ERR_RESOURCE_EXHAUSTED, "demand",
                              "no memory for more than %u rows of trucks", t->count);
        t->of = list;
        t->room = more;
    }
    t->of[t->count++] = *row;
    return true;
}

int truck_trip_order(const struct truck_trip *x, const struct truck_trip *y)
{
    if (x->vehicle_class != y->vehicle_class)
        return x->vehicle_class < y->vehicle_class ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

static int order(const void *a, const void *b)
{
    const struct truck_trip *x = a, *y = b;
    int o = truck_trip_order(x, y);
    if (o != 0)
        return o;
    if (x->trucks < y->trucks || x->trucks > y->trucks) /* so that sums do not depend on the rows' order */
        return x->trucks < y->trucks ? -1 : 1;
    return x->tonnes < y->tonnes ? -1 : x->tonnes > y->tonnes;
}

void trucks_sum(struct trucks *t)
{
    uint32_t n = 0;
    if (t->count == 0)
        return;
    qsort(t->of, t->count, sizeof *t->of, order);
    for (uint32_t i = 1; i < t->count; i++) {
        struct truck_trip *x = &t->of[n];
        const struct truck_trip *y = &t->of[i];
        if (truck_trip_order(x, y) == 0) {
            x->trucks += y->trucks;
            x->tonnes += y->tonnes;
        } else {
            t->of[++n] = *y;
        }
    }
    t->count = n + 1;
}

void trucks_free(struct trucks *t)
{
    free(t->of);
    *t = (struct trucks){0};
}

double trucks_total(const struct trucks *t)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->count; i++)
        sum += t->of[i].trucks;
    return sum;
}
