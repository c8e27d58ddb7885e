/* single.c - the one best option of all families asked: the cheapest (of equals the earliest) or the earliest
 * (of equals the cheapest), then the cleanest, then that of the first family.
 *
 * The same labels as for whole fronts (chain.c), taken by the least total (or arrival) of what may become of
 * them, but only while that is no more than the best so far has: the truck from door to door first, then
 * whatever beats it. So a family whose cheapest chain cannot is not entered at all. Bounds are those of
 * floors.c, and what belongs to a terminal (its truck leg, its handling) is made when a label comes there. A*
 * (Hart, Nilsson, Raphael 1968) with a bound kept from family to family. */
#include "plan/engine.h"

void plan_single_take(struct plan_query *q, enum plan_family f, int64_t total_myuan)
{
    struct plan_single *s = &q->single;
    const struct label *l = &q->pool.label[q->pool.count - 1];
    bool early = s->by == SINGLE_EARLIEST;
    int64_t value[] = {early ? l->arrive_at : total_myuan, early ? total_myuan : l->arrive_at, l->co2_g};
    int64_t best[] = {early ? s->arrive_at : s->total_myuan, early ? s->total_myuan : s->arrive_at, s->co2_g};
    int i = 0;
    while (i < 2 && value[i] == best[i])
        i++;
    bool better = value[i] < best[i] || (value[i] == best[i] && f <= s->family); /* as the front has it */
    if (s->any && !better)
        return;
    *s = (struct plan_single){.by = s->by,
                              .any = true,
                              .limit = value[0],
                              .total_myuan = total_myuan,
                              .arrive_at = l->arrive_at,
                              .co2_g = l->co2_g,
                              .label = q->pool.count - 1,
                              .family = f};
}

bool plan_find_single(struct plan_query *q, struct err *e)
{
    /* what is quick first: its best spares the others work */
    static const uint8_t order[FAMILY_COUNT] = {FAMILY_ROAD, FAMILY_AIR_ROAD, FAMILY_RAIL_ROAD,
                                                FAMILY_ROAD_WATER, FAMILY_RAIL_WATER};
    plan_set_rates(q);
    plan_floors_begin(q);
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (q->request->families >> order[i] & 1 && !plan_label_family(q, (enum plan_family)order[i], e))
            return false;
    return true;
}
