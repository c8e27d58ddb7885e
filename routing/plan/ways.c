/* ways.c - the direct truck's other ways: through given places, and good alternatives to the fastest. */
#include "plan/engine.h"
#include "road/alternative.h"

#include <math.h>

bool plan_drive_via(struct plan_query *q, struct arena *a, struct err *e)
{
    const struct plan_request *r = q->request;
    uint32_t stop[PLAN_VIA_MAX + 2], count = 0;
    stop[count++] = r->from;
    for (uint32_t i = 0; i < r->via_count; i++)
        stop[count++] = r->via[i];
    stop[count++] = r->to;
    for (int f = 0; f < PLAN_FORMS; f++) {
        const struct road_metric *m = plan_metric(q, f);
        struct err why = {0};
        if (m == NULL || road_via(q->road, q->p->net, m, stop, count, a, &q->direct_arcs[f],
                                  &q->direct_arc_count[f], &q->direct[f], &why))
            continue;
        if (why.code != ERR_NOT_FOUND) {
            if (e != NULL)
                *e = why;
            return false;
        }
        q->direct[f] = (struct road_cost){.weight = ROAD_INF};
        q->direct_arcs[f] = NULL;
    }
    return true;
}

/* What a shipper would see of two ways. */
static bool alike(const struct road_cost *a, const struct road_cost *b)
{
    return a->time_ms == b->time_ms && a->length_m == b->length_m && a->toll_myuan == b->toll_myuan;
}

static bool is_there(const struct plan_query *q, const struct road_cost *c)
{
    for (uint32_t i = 0; i < q->direct_count; i++)
        if (alike(&q->direct[i], c))
            return true;
    return false;
}

bool plan_drive_alternatives(struct plan_query *q, struct arena *a, struct err *e)
{
    const struct plan_request *r = q->request;
    const struct road_metric *m = plan_metric(q, 0);
    struct road_alternative *way = NULL;
    struct err why = {0};
    uint32_t count = 0;
    if (m == NULL || q->direct[0].weight == ROAD_INF)
        return true;
    /* The fastest and perhaps the cheapest are among them. */
    if (!road_alternatives(q->road, q->p->net, m, r->from, r->to, r->alternatives + PLAN_FORMS, NULL, a, &way,
                           &count, &why)) {
        if (e != NULL)
            *e = why;
        return why.code == ERR_NOT_FOUND;
    }
    for (uint32_t i = 1; i < count && q->direct_count < PLAN_FORMS + r->alternatives; i++) {
        uint32_t at = q->direct_count;
        if (is_there(q, &way[i].cost))
            continue;
        q->direct[at] = way[i].cost;
        q->direct_arcs[at] = way[i].arc;
        q->direct_arc_count[at] = way[i].count;
        q->direct_shared_permille[at] = (uint16_t)lround(way[i].shared * 1000);
        q->direct_count++;
    }
    return true;
}
